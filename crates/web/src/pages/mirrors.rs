//! `/-/mirrors`: how it goes with mirrors and webhooks, for who keeps the wiki; and "now".

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use polder_wiki::mirror::{Fault, Lead, OddVersion, Setting, State};
use serde_json::{Value as Json, json};

use crate::answer::Answer;
use crate::csrf::{Pairs, Posted, ToKeep};
use crate::fail::Fail;
use crate::guard::{Ask, Keeper};
use crate::pages::account::moment;
use crate::pages::screen::{self, Screen};
use crate::pages::sign;
use crate::views::mirrors::{
    DeliveryLine, FaultView, HookView, LeadView, MirrorView, MirrorsView, mirrors as mirrors_view,
};
use crate::views::{Level, Link};
use crate::webhook::{self, How};
use crate::words::{Arg, Words, iso};

/// Versions that are told one by one.
const VERSIONS_SHOWN: usize = 20;
/// Lines of what git said that are shown.
const SAID_LINES: usize = 20;

/// `GET /-/mirrors`, with `?format=json` for programs.
pub async fn open(keeper: Keeper) -> HttpResponse {
    keeper.run(|ask| if is_json(ask) { Ok(as_json(ask)) } else { Ok(mirrors_screen(ask)) }).await
}

/// `POST /-/mirrors/now`: `mirror` (a name) or `webhook` (a number) is tried at once.
pub async fn now(posted: Posted<ToKeep>) -> HttpResponse {
    posted.run(try_now).await
}

fn is_json(ask: &Ask) -> bool {
    screen::param(ask, "format").as_deref() == Some("json")
}

fn try_now(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let is_there = match (sign::field(&pairs, "mirror"), sign::field(&pairs, "webhook").parse::<usize>()) {
        ("", Ok(at)) => ask.app.webhooks.ask_now(at.wrapping_sub(1)),
        (name, _) => ask.app.mirrors.ask_now(name),
    };
    if !is_there {
        return Err(Fail::NotFound);
    }
    Ok(Answer::redirect(StatusCode::SEE_OTHER, "/-/mirrors?asked=yes"))
}

fn mirrors_screen(ask: &Ask) -> Answer {
    let words = ask.words;
    let states = ask.app.mirrors.states();
    let hooks = ask.app.webhooks.states();
    let view = MirrorsView {
        csrf: ask.person.csrf(),
        asked: screen::param(ask, "asked").is_some_and(|asked| asked == "yes"),
        mirrors: states.iter().map(|(setting, state)| mirror(ask, setting, state)).collect(),
        hooks: (1..).zip(&hooks).map(|(n, (setting, state))| hook(ask, n, setting, state)).collect(),
        json_href: "/-/mirrors?format=json".to_owned(),
    };
    screen::screen(ask, Screen::new(words.t("mirrors-title")), mirrors_view(words, &view))
}

fn mirror(ask: &Ask, setting: &Setting, state: &State) -> MirrorView {
    let words = ask.words;
    let odd = &state.stand.odd;
    let mut versions: Vec<String> = odd.iter().take(VERSIONS_SHOWN).map(|version| odd_words(words, version)).collect();
    if odd.len() > VERSIONS_SHOWN {
        let more = (odd.len() - VERSIONS_SHOWN) as u64;
        versions.push(words.f("mirrors-odd-more", &[("count", Arg::Count(more))]));
    }
    MirrorView {
        name: setting.remote.name.clone(),
        address: setting.remote.address.to_string(),
        direction: words
            .t(match setting.direction.word() {
                "push" => "mirrors-push",
                "pull" => "mirrors-pull",
                _ => "mirrors-both",
            })
            .to_owned(),
        every: every(words, setting.every.as_secs()),
        on_change: setting.on_change,
        is_running: state.is_running,
        is_level: state.fault.is_none() && state.succeeded_s.is_some(),
        tried: state.tried_s.map(|at| moment(ask, at)),
        succeeded: state.succeeded_s.map(|at| moment(ask, at)),
        next: state.next_s.filter(|_| !state.is_running).map(|at| moment(ask, at)),
        fault: state.fault.as_ref().map(|fault| fault_view(ask, fault)),
        ahead: lead(&state.stand.ahead),
        behind: lead(&state.stand.behind),
        versions,
    }
}

fn every(words: &Words, seconds: u64) -> String {
    let (key, count) = match seconds {
        s if s > 0 && s.is_multiple_of(86_400) => ("mirrors-every-days", s / 86_400),
        s if s > 0 && s.is_multiple_of(3_600) => ("mirrors-every-hours", s / 3_600),
        s if s > 0 && s.is_multiple_of(60) => ("mirrors-every-minutes", s / 60),
        s => ("mirrors-every-seconds", s),
    };
    words.f(key, &[("count", Arg::Count(count))])
}

fn lead(lead: &Lead) -> LeadView {
    LeadView {
        count: lead.count,
        commits: lead
            .newest
            .iter()
            .map(|commit| (commit.id.short(), commit.author.clone(), commit.summary.clone()))
            .collect(),
    }
}

fn odd_words(words: &Words, version: &OddVersion) -> String {
    match version {
        OddVersion::Moved(name) => words.f("mirrors-odd-moved", &[("name", Arg::Text(name))]),
        OddVersion::NotTaken(name) => words.f("mirrors-odd-not-taken", &[("name", Arg::Text(name))]),
        OddVersion::NotGiven(name, why) => {
            words.f("mirrors-odd-not-given", &[("name", Arg::Text(name)), ("why", Arg::Text(why))])
        }
    }
}

/// What stands against a mirror, in words, with what was said by the other side and what to do.
fn fault_view(ask: &Ask, fault: &Fault) -> FaultView {
    let words = ask.words;
    let view = |key: &str, said: &str| FaultView {
        text: words.t(key).to_owned(),
        said: said.lines().take(SAID_LINES).map(str::to_owned).collect(),
        link: None,
    };
    match fault {
        Fault::Token(why) => view("mirrors-fault-token", why),
        Fault::Denied(said) => view("mirrors-fault-denied", said),
        Fault::HostKey(said) => view("mirrors-fault-host-key", said),
        Fault::NoRepository(said) => view("mirrors-fault-no-repository", said),
        Fault::Unreachable(said) => view("mirrors-fault-unreachable", said),
        Fault::TookTooLong => view("mirrors-fault-too-long", ""),
        Fault::Ahead => view("mirrors-fault-ahead", ""),
        Fault::Refused(said) => view("mirrors-fault-refused", said),
        Fault::Clash { commit, paths } => FaultView {
            link: Some(Link { title: words.t("mirrors-merge").to_owned(), href: format!("/-/merge/{commit}") }),
            ..view("mirrors-fault-clash", &paths.join("\n"))
        },
        Fault::Judged(problems) => {
            let said: Vec<String> = problems
                .iter()
                .map(|located| screen::problem_line(words, &located.problem, Some(&located.path)))
                .map(|line| match line.line {
                    Some(at) if line.level == Level::Error => {
                        format!("{} ({})", line.text, words.f("mirrors-line", &[("line", Arg::Count(at.into()))]))
                    }
                    _ => line.text,
                })
                .collect();
            view("mirrors-fault-judged", &said.join("\n"))
        }
        Fault::Settings(paths) => view("mirrors-fault-settings", &paths.join("\n")),
        Fault::Blocked(paths) => view("mirrors-fault-blocked", &paths.join("\n")),
        Fault::Unrelated => view("mirrors-fault-unrelated", ""),
        Fault::Busy => view("mirrors-fault-busy", ""),
        Fault::Broken(why) => view("mirrors-fault-broken", why),
    }
}

fn hook(ask: &Ask, n: usize, setting: &webhook::Setting, state: &webhook::State) -> HookView {
    let words = ask.words;
    HookView {
        n: n.to_string(),
        address: shown_address(setting),
        events: setting.events.iter().map(|event| event.name().to_owned()).collect(),
        next: state.next_s.map(|at| moment(ask, at)),
        is_well: state.is_well(),
        n_given_up: state.n_given_up,
        deliveries: state
            .deliveries
            .iter()
            .map(|delivery| DeliveryLine {
                at: moment(ask, delivery.tried_s),
                event: delivery.event.name().to_owned(),
                id: delivery.id.clone(),
                tries: delivery.tries as u64,
                how: match &delivery.how {
                    How::Taken => words.t("mirrors-hook-taken").to_owned(),
                    How::Refused(status) => {
                        words.f("mirrors-hook-refused", &[("status", Arg::Text(&status.to_string()))])
                    }
                    How::Failed(why) => words.f("mirrors-hook-failed", &[("why", Arg::Text(why))]),
                },
                is_taken: delivery.how == How::Taken,
            })
            .collect(),
    }
}

/// The address without its query, which may hold a secret of the receiver's.
fn shown_address(setting: &webhook::Setting) -> String {
    setting.place.as_str().split('?').next().unwrap_or_default().to_owned()
}

fn as_json(ask: &Ask) -> Answer {
    let time = |at: Option<i64>| at.map(|at| iso(moment(ask, at)));
    let commits = |lead: &Lead| {
        let newest = lead
            .newest
            .iter()
            .map(|commit| json!({ "id": commit.id.to_string(), "author": commit.author, "summary": commit.summary }));
        json!({ "count": lead.count, "newest": newest.collect::<Vec<Json>>() })
    };
    let mirrors = ask.app.mirrors.states().into_iter().map(|(setting, state)| {
        let fault = state.fault.as_ref().map(|fault| {
            let view = fault_view(ask, fault);
            json!({ "code": fault.code(), "text": view.text, "said": view.said, "href": view.link.map(|link| link.href) })
        });
        json!({
            "name": setting.remote.name,
            "url": setting.remote.address.as_str(),
            "direction": setting.direction.word(),
            "every_s": setting.every.as_secs(),
            "on_change": setting.on_change,
            "is_running": state.is_running,
            "is_level": state.fault.is_none() && state.succeeded_s.is_some(),
            "tried": time(state.tried_s),
            "succeeded": time(state.succeeded_s),
            "next": time(state.next_s),
            "failures": state.failures,
            "fault": fault,
            "here": state.stand.here.map(|id| id.to_string()),
            "there": state.stand.there.map(|id| id.to_string()),
            "ahead": commits(&state.stand.ahead),
            "behind": commits(&state.stand.behind),
            "versions": state.stand.odd.iter().map(|version| odd_words(ask.words, version)).collect::<Vec<String>>(),
        })
    });
    let hooks = ask.app.webhooks.states().into_iter().map(|(setting, state)| {
        let deliveries = state.deliveries.iter().map(|delivery| {
            let (status, why) = match &delivery.how {
                How::Taken => (None, None),
                How::Refused(status) => (Some(*status), None),
                How::Failed(why) => (None, Some(why.clone())),
            };
            json!({
                "id": delivery.id, "type": delivery.event.name(), "tried": time(Some(delivery.tried_s)),
                "tries": delivery.tries, "is_taken": delivery.how == How::Taken, "status": status, "why": why,
            })
        });
        json!({
            "url": shown_address(setting),
            "events": setting.events.iter().map(|event| event.name()).collect::<Vec<&str>>(),
            "next": time(state.next_s),
            "n_given_up": state.n_given_up,
            "deliveries": deliveries.collect::<Vec<Json>>(),
        })
    });
    let all = json!({ "mirrors": mirrors.collect::<Vec<Json>>(), "webhooks": hooks.collect::<Vec<Json>>() });
    Answer::new(StatusCode::OK, "application/json", Bytes::from(all.to_string()))
}
