//! Somebody's own account: profile, password, sessions, tokens, sign-in log, export, the end of it.
//!
//! Only a browser that is signed in comes here, never a token: a token that leaks must not make
//! others. What an account hangs on asks to sign in once more when that was long ago.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use polder_core::limits;
use polder_wiki::accounts::{
    Account, AccountFault, AccountId, Change, How, Kind, LogRow, Scope, SessionKey, SessionRow, Signed, TokenKey, What,
};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::csrf::{Own, Pairs, Posted};
use crate::fail::Fail;
use crate::guard::{Ask, SignedIn};
use crate::pages::screen::{self, Screen};
use crate::pages::{edit, sign};
use crate::session::{self, now_s};
use crate::views::account::{
    AccountView, Choice, ElsewhereLine, ElsewhereView, LogLine, SessionLine, TokenLine, account as account_view,
};
use crate::views::inputs::{Input, InputKind};
use crate::words::{Arg, Lang, Moment, Words};

/// Sign-ins shown of one account.
const LOG_SHOWN: usize = 20;
/// A token lives no longer than this unless it is for good.
const TOKEN_DAYS_MAX: i64 = 3_650;
const DAY_S: i64 = 24 * 3_600;

/// `GET /-/account`.
pub async fn open(reader: SignedIn) -> HttpResponse {
    reader
        .run(|ask| {
            let done = screen::param(ask, "done").and_then(|done| done_words(ask.words, &done));
            account_screen(ask, &Shown { done, ..Shown::default() }, StatusCode::OK)
        })
        .await
}

fn done_words(words: &Words, done: &str) -> Option<String> {
    let key = match done {
        "profile" => "account-done-profile",
        "password" => "account-done-password",
        "end" => "account-done-end",
        "token" => "account-done-token",
        "linked" => "account-done-linked",
        "unlinked" => "account-done-unlinked",
        _ => return None,
    };
    Some(words.t(key).to_owned())
}

/// `POST /-/account/<act>`.
pub async fn post(posted: Posted<Own>) -> HttpResponse {
    sign::slowly(posted, posted_act).await
}

pub fn posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    posted_act(ask, pairs)
}

/// What was ended already, or is none of theirs, is not there.
fn gone_or(ended: Result<(), AccountFault>) -> Result<(), Fail> {
    match ended {
        Err(AccountFault::Unknown) => Err(Fail::NotFound),
        other => other.map_err(sign::broken),
    }
}

fn posted_act(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let Some(signed) = ask.person.signed() else { return Err(Fail::NotFound) };
    let act = edit::raw_page(ask, "/-/account/", "");
    let accounts = &ask.app.accounts;
    let id = signed.account.id;
    match act.as_str() {
        "profile" => change_profile(ask, signed, pairs),
        "password" => change_password(ask, signed, &pairs),
        "end" => {
            let Ok(key) = sign::field(&pairs, "key").parse::<SessionKey>() else { return Err(Fail::NotFound) };
            gone_or(accounts.end_session(id, key))?;
            Ok(back("end"))
        }
        "end-others" => {
            accounts.end_sessions(id, Some(signed.session)).map_err(sign::broken)?;
            Ok(back("end"))
        }
        "token" => make_token(ask, signed, pairs),
        "end-token" => {
            let Ok(key) = sign::field(&pairs, "key").parse::<TokenKey>() else { return Err(Fail::NotFound) };
            gone_or(accounts.end_token(id, key))?;
            Ok(back("token"))
        }
        "unlink" => unlink(ask, signed, pairs),
        "remove" => remove(ask, signed, pairs),
        _ => Err(Fail::NotFound),
    }
}

fn back(done: &str) -> Answer {
    Answer::redirect(StatusCode::SEE_OTHER, &format!("/-/account?done={done}"))
}

fn change_profile(ask: &Ask, signed: &Signed, pairs: Pairs) -> Result<Answer, Fail> {
    let account = &signed.account;
    let text = |name: &str| sign::field(&pairs, name).trim().to_owned();
    let (name, email, lang) = (text("name"), text("email"), text("lang"));
    let email_now = account.email.clone().unwrap_or_default();
    if email != email_now && !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    let change = Change {
        name: (name != account.name).then(|| name.clone()),
        email: (email != email_now).then(|| Some(email.clone()).filter(|email| !email.is_empty())),
        lang: Some(Lang::parse(&lang).map(|lang| lang.code().to_owned())),
        ..Change::default()
    };
    match ask.app.accounts.change(account.id, change) {
        Ok(_) => Ok(back("profile")),
        Err(fault) => {
            let shown = Shown { profile: Some((name, email)), fault: Some(faulty(fault)?), ..Shown::default() };
            account_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// What somebody can mend; what they can't is an error.
pub fn faulty(fault: AccountFault) -> Result<AccountFault, Fail> {
    match fault {
        AccountFault::Store(_) => Err(sign::broken(fault)),
        fault => Ok(fault),
    }
}

fn change_password(ask: &Ask, signed: &Signed, pairs: &Pairs) -> Result<Answer, Fail> {
    let accounts = &ask.app.accounts;
    if let Err(error) = accounts.check_password(signed.account.id, sign::field(pairs, "current")) {
        let (status, text, wait) = sign::sign_in_fault(ask.words, &error);
        let text = if wait.is_none() { ask.words.t("account-current-wrong").to_owned() } else { text };
        let shown = Shown { current_fault: Some(text), ..Shown::default() };
        let status = if wait.is_none() { StatusCode::UNPROCESSABLE_ENTITY } else { status };
        let answer = account_screen(ask, &shown, status)?;
        return Ok(match wait {
            Some(seconds) => answer.with(header::RETRY_AFTER, &seconds.to_string()),
            None => answer,
        });
    }
    match accounts.set_password(signed.account.id, sign::field(pairs, "password"), Some(signed.session)) {
        Ok(()) => Ok(back("password")),
        Err(fault) => {
            let shown = Shown { fault: Some(faulty(fault)?), ..Shown::default() };
            account_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn make_token(ask: &Ask, signed: &Signed, pairs: Pairs) -> Result<Answer, Fail> {
    if !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    let label = sign::field(&pairs, "label").trim().to_owned();
    let days = sign::field(&pairs, "days").trim().to_owned();
    let scope = match sign::field(&pairs, "scope") {
        "write" => Scope::Write,
        _ => Scope::Read,
    };
    let expires_s = match days.as_str() {
        "" => None,
        days => match days.parse::<i64>() {
            Ok(days) if (1..=TOKEN_DAYS_MAX).contains(&days) => Some(now_s() + days * DAY_S),
            _ => {
                let days_fault = Some(ask.words.t("token-days-bad").to_owned());
                let shown = Shown { token_typed: Some((label, days.to_owned())), days_fault, ..Shown::default() };
                return account_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY);
            }
        },
    };
    match ask.app.accounts.new_token(signed.account.id, &label, scope, expires_s) {
        Ok(secret) => account_screen(ask, &Shown { token: Some(secret), ..Shown::default() }, StatusCode::OK),
        Err(fault) => {
            let shown = Shown { token_typed: Some((label, days)), fault: Some(faulty(fault)?), ..Shown::default() };
            account_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

fn remove(ask: &Ask, signed: &Signed, pairs: Pairs) -> Result<Answer, Fail> {
    if !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    if sign::field(&pairs, "sure") != "yes" {
        let shown = Shown { whole_fault: Some(ask.words.t("account-remove-unsure").to_owned()), ..Shown::default() };
        return account_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY);
    }
    match ask.app.accounts.remove(signed.account.id) {
        Ok(()) => Ok(session::end(Answer::redirect(StatusCode::SEE_OTHER, "/"), ask.person.is_https)),
        Err(fault) => {
            let shown = Shown { fault: Some(faulty(fault)?), ..Shown::default() };
            account_screen(ask, &shown, StatusCode::CONFLICT)
        }
    }
}

/// Lets go of an account elsewhere, unless nothing else leads to this one.
fn unlink(ask: &Ask, signed: &Signed, pairs: Pairs) -> Result<Answer, Fail> {
    if !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    let accounts = &ask.app.accounts;
    let identities = accounts.identities(signed.account.id);
    let key = sign::field(&pairs, "key");
    let Some((issuer, subject)) = identities.iter().enumerate().find(|(n, _)| n.to_string() == key).map(|(_, who)| who)
    else {
        return Err(Fail::NotFound);
    };
    if identities.len() == 1 && !signed.account.has_password {
        return with_fault(ask, ask.words.t("account-unlink-last").to_owned(), StatusCode::CONFLICT);
    }
    match accounts.unlink_identity(signed.account.id, issuer, subject) {
        Ok(()) => Ok(back("unlinked")),
        Err(AccountFault::LastAdmin) => {
            with_fault(ask, ask.words.t("fault-last-admin").to_owned(), StatusCode::CONFLICT)
        }
        Err(fault) => gone_or(Err(fault)).map(|()| back("unlinked")),
    }
}

/// The screen with something that is wrong with the whole of it.
pub fn with_fault(ask: &Ask, fault: String, status: StatusCode) -> Result<Answer, Fail> {
    account_screen(ask, &Shown { whole_fault: Some(fault), ..Shown::default() }, status)
}

/// What differs between the screens of one account.
#[derive(Default)]
struct Shown {
    done: Option<String>,
    token: Option<String>,
    fault: Option<AccountFault>,
    /// What is wrong with the form, when that is no fault of the account.
    whole_fault: Option<String>,
    current_fault: Option<String>,
    days_fault: Option<String>,
    /// Name and e-mail, as they were typed.
    profile: Option<(String, String)>,
    /// Label and days.
    token_typed: Option<(String, String)>,
}

fn account_screen(ask: &Ask, shown: &Shown, status: StatusCode) -> Result<Answer, Fail> {
    let words = ask.words;
    let Some(signed) = ask.person.signed() else { return Err(Fail::NotFound) };
    // As it is now: the form may have changed it just before.
    let account = ask.app.accounts.account(signed.account.id).unwrap_or_else(|| signed.account.clone());
    let accounts = &ask.app.accounts;
    let fault = |name: &str| {
        shown
            .fault
            .as_ref()
            .filter(|fault| sign::fault_field(fault) == name)
            .map(|fault| sign::fault_words(words, fault))
    };
    let whole = shown.fault.as_ref().filter(|fault| sign::fault_field(fault).is_empty());
    let (name, email) = match &shown.profile {
        Some((name, email)) => (name.clone(), email.clone()),
        None => (account.name.clone(), account.email.clone().unwrap_or_default()),
    };
    let (label, days) = shown.token_typed.clone().unwrap_or_else(|| (String::new(), "365".to_owned()));
    let text = |name: &'static str, label: &str, hint: &str, value: String, fault: Option<String>| Input {
        name,
        label: label.to_owned(),
        hint: hint.to_owned(),
        kind: InputKind::Text,
        value,
        known_as: "off",
        is_required: true,
        is_fixed: false,
        max_chars: limits::NAME_MAX_CHARS,
        fault,
    };
    let profile = vec![
        Input {
            known_as: "name",
            ..text("name", words.t("people-name"), words.t("people-name-hint"), name, fault("name"))
        },
        Input {
            kind: InputKind::Email,
            known_as: "email",
            is_required: false,
            max_chars: sign::EMAIL_MAX_CHARS,
            ..text("email", words.t("people-email"), words.t("people-email-hint"), email, fault("email"))
        },
    ];
    let password = vec![
        Input {
            kind: InputKind::Password,
            known_as: "current-password",
            max_chars: sign::PASSWORD_MAX_CHARS,
            ..text("current", words.t("account-current"), "", String::new(), shown.current_fault.clone())
        },
        sign::new_password(words, "password", fault("password")),
    ];
    let token_inputs = vec![
        text("label", words.t("token-label"), words.t("token-label-hint"), label, fault("label")),
        Input {
            is_required: false,
            max_chars: 4,
            ..text("days", words.t("token-days"), words.t("token-days-hint"), days, shown.days_fault.clone())
        },
    ];
    let lang = account.lang.as_deref().and_then(Lang::parse);
    let mut langs = vec![Choice {
        value: String::new(),
        label: words.t("account-lang-browser").to_owned(),
        is_chosen: lang.is_none(),
    }];
    langs.extend(Lang::ALL.map(|known| Choice {
        value: known.code().to_owned(),
        label: known.own_name().to_owned(),
        is_chosen: lang == Some(known),
    }));
    let sessions = accounts.sessions(account.id);
    let tokens = accounts.tokens(account.id);
    let log = accounts.log(Some(account.id), 0, LOG_SHOWN).map_err(sign::broken)?;
    let view = AccountView {
        name: account.name.clone(),
        login: account.login.clone(),
        address: account.commit_address(),
        groups: account.groups.iter().map(|group| group.to_string()).collect(),
        is_admin: account.is_admin,
        csrf: ask.person.csrf(),
        done: shown.done.clone(),
        token: shown.token.clone(),
        fault: shown.whole_fault.clone().or_else(|| whole.map(|fault| sign::fault_words(words, fault))),
        profile,
        langs,
        password: if account.has_password { password } else { Vec::new() },
        elsewhere: elsewhere(ask, account.id),
        sessions: sessions.iter().map(|row| session_line(ask, row, signed)).collect(),
        tokens: tokens
            .iter()
            .map(|row| TokenLine {
                key: row.key.to_string(),
                label: row.label.clone(),
                can_write: row.scope == Scope::Write,
                made: moment(ask, row.made_s),
                expires: row.expires_s.map(|at| moment(ask, at)),
                used: row.used_s.map(|at| moment(ask, at)),
            })
            .collect(),
        token_inputs,
        log: log_lines(ask, &log),
    };
    let title = format!("{}: {}", words.t("account-title"), account.name);
    let mut answer = screen::screen(ask, Screen::new(&title), account_view(words, &view));
    answer.status = status;
    Ok(answer)
}

/// Where else this account is signed in by; `None` where that plays no part.
fn elsewhere(ask: &Ask, id: AccountId) -> Option<ElsewhereView> {
    let identities = ask.app.accounts.identities(id);
    let oidc = ask.app.oidc.as_ref().map(|oidc| &oidc.settings);
    if identities.is_empty() && oidc.is_none() {
        return None;
    }
    let is_here = |issuer: &str| oidc.filter(|oidc| oidc.issuer.as_str() == issuer);
    let lines = identities.iter().enumerate().map(|(n, (issuer, subject))| ElsewhereLine {
        key: n.to_string(),
        name: is_here(issuer).map_or_else(|| issuer.clone(), |oidc| oidc.name.clone()),
        subject: subject.clone(),
    });
    let is_linked = identities.iter().any(|(issuer, _)| is_here(issuer).is_some());
    let add = oidc.filter(|_| !is_linked).map(|oidc| ask.words.f("oidc-link", &[("name", Arg::Text(&oidc.name))]));
    Some(ElsewhereView { lines: lines.collect(), add })
}

fn session_line(ask: &Ask, row: &SessionRow, signed: &Signed) -> SessionLine {
    SessionLine {
        key: row.key.to_string(),
        agent: agent_name(ask.words, &row.agent),
        from: row.from.clone(),
        made: moment(ask, row.made_s),
        used: moment(ask, row.seen_s),
        is_here: row.key == signed.session,
    }
}

/// A browser by a name that people know, else as it calls itself.
fn agent_name(words: &Words, agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] =
        [("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("git/", "git")];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => words.t("account-no-agent").to_owned(),
        _ => screen::cut(agent, 60),
    }
}

/// A log for people.
pub fn log_lines(ask: &Ask, rows: &[LogRow]) -> Vec<LogLine> {
    let line = |row: &LogRow| {
        let (key, is_bad) = what_key(row.what);
        LogLine {
            at: moment(ask, row.time_s),
            login: row.login.clone().unwrap_or_else(|| ask.words.t("log-unknown").to_owned()),
            what: ask.words.t(key).to_owned(),
            is_bad,
            from: row.from.clone(),
            agent: agent_name(ask.words, &row.agent),
        }
    };
    rows.iter().map(line).collect()
}

/// What happened, in words, and whether it is something to look at.
fn what_key(what: What) -> (&'static str, bool) {
    match what {
        What::SignedIn(How::Password) => ("log-in-password", false),
        What::SignedIn(How::Oidc) => ("log-in-oidc", false),
        What::SignedIn(How::Invite) => ("log-in-invite", false),
        What::SignedIn(How::Reset) => ("log-in-reset", false),
        What::SignedIn(How::First) => ("log-in-first", false),
        What::Failed => ("log-failed", true),
        What::PasswordSet => ("log-password-set", false),
        What::Disabled => ("log-disabled", true),
        What::Enabled => ("log-enabled", false),
        What::TokenMade => ("log-token-made", false),
        What::TokenEnded => ("log-token-ended", false),
        What::SessionEnded => ("log-session-ended", false),
    }
}

/// A moment by the clock of the wiki.
pub fn moment(ask: &Ask, time_s: i64) -> Moment {
    let zone = polder_wiki::clock::zone(ask.world.site.settings());
    let at = jiff::Timestamp::from_second(time_s).unwrap_or_default();
    Moment { unix_seconds: time_s, offset_seconds: zone.to_offset(at).seconds() }
}

/// `GET /-/account/export`: all that is held about one account, but no secrets.
pub async fn export(reader: SignedIn) -> HttpResponse {
    reader
        .run(|ask| {
            let Some(signed) = ask.person.signed() else { return Err(Fail::NotFound) };
            let text = export_text(ask, &signed.account)?;
            let mut answer = Answer::new(StatusCode::OK, "application/json; charset=utf-8", Bytes::from(text));
            answer = answer.with(header::CONTENT_DISPOSITION, "attachment; filename=\"account.json\"");
            answer.is_file = true;
            Ok(answer)
        })
        .await
}

fn export_text(ask: &Ask, account: &Account) -> Result<String, Fail> {
    let held = ask.app.accounts.export(account.id).map_err(sign::broken)?.ok_or(Fail::NotFound)?;
    let time = |time_s: i64| jiff::Timestamp::from_second(time_s).map_or(Value::Null, |at| json!(at.to_string()));
    let of = &held.account;
    let sessions = held
        .sessions
        .iter()
        .map(|row| json!({ "made": time(row.made_s), "used": time(row.seen_s), "from": row.from, "agent": row.agent }));
    let tokens = held.tokens.iter().map(|row| {
        json!({
            "label": row.label,
            "scope": row.scope.code(),
            "made": time(row.made_s),
            "expires": row.expires_s.map_or(Value::Null, time),
            "used": row.used_s.map_or(Value::Null, time),
        })
    });
    let log = held
        .log
        .iter()
        .map(|row| json!({ "time": time(row.time_s), "what": row.what.code(), "from": row.from, "agent": row.agent }));
    let identities = held.identities.iter().map(|(issuer, subject)| json!({ "issuer": issuer, "subject": subject }));
    let links = held.links.iter().map(|row| {
        let (kind, groups, email) = match &row.link.kind {
            Kind::Invite { groups, email, .. } => ("invite", groups.iter().collect(), email.clone()),
            Kind::Reset(_) => ("reset", Vec::new(), None),
            Kind::First => ("first", Vec::new(), None),
        };
        let expires = row.link.expires_s.map_or(Value::Null, time);
        json!({ "kind": kind, "groups": groups, "email": email, "made": time(row.link.made_s), "expires": expires })
    });
    let value = json!({
        "account": {
            "login": of.login,
            "name": of.name,
            "email": of.email,
            "lang": of.lang,
            "groups": of.groups.iter().collect::<Vec<_>>(),
            "admin": of.is_admin,
            "enabled": of.is_enabled,
            "commit_address": of.commit_address(),
            "has_password": of.has_password,
            "made": time(of.made_s),
        },
        "identities": identities.collect::<Vec<_>>(),
        "sessions": sessions.collect::<Vec<_>>(),
        "tokens": tokens.collect::<Vec<_>>(),
        "links_made": links.collect::<Vec<_>>(),
        "sign_ins": log.collect::<Vec<_>>(),
    });
    Ok(format!("{value:#}\n"))
}
