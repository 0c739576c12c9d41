//! The accounts, for who keeps them: the list, invitations, one person with groups and rights.
//!
//! Every act asks to sign in once more when that was long ago. A password is never set here: a link
//! lets its owner do so.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use polder_core::limits;
use polder_core::path::{percent_decode, percent_encode};
use polder_wiki::accounts::{
    Account, AccountFault, Accounts, Act, ActRow, Change, Doer, INVITE_LIVES_S, Kind, LinkKey, LinkRow, Named,
    RESET_LIVES_S, is_group,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::warn;

use crate::answer::Answer;
use crate::csrf::{AsAdmin, Pairs, Posted};
use crate::fail::Fail;
use crate::guard::{Admin, Ask};
use crate::mail::Letter;
use crate::pages::account::{faulty, log_lines, moment};
use crate::pages::screen::{self, Screen};
use crate::pages::{edit, sign};
use crate::session::now_s;
use crate::views::inputs::{Input, InputKind};
use crate::views::people::{
    ActLine, LinkLine, MadeLink, PeopleView, PersonLine, PersonView, acts as acts_view, people as people_view,
    person as person_view,
};
use crate::words::{Arg, Lang, Words};

/// Lines of the log shown, of all and of one.
const LOG_SHOWN: usize = 50;
/// Lines of what was done.
const ACTS_SHOWN: usize = 1_000;
/// The longest list of groups that is typed: more than an account may have.
const GROUPS_MAX_CHARS: usize = 2_000;

/// `GET /-/people`.
pub async fn open(admin: Admin) -> HttpResponse {
    admin
        .run(|ask| {
            let done = screen::param(ask, "done").filter(|done| done == "withdrawn");
            let done = done.map(|_| ask.words.t("people-withdrawn").to_owned());
            people_screen(ask, &Shown { done, ..Shown::default() }, StatusCode::OK)
        })
        .await
}

/// `GET /-/people/<login>`.
pub async fn person(admin: Admin, login: Path<String>) -> HttpResponse {
    let login = login.into_inner();
    admin
        .run(move |ask| {
            let account = ask.app.accounts.by_login(&login).ok_or(Fail::NotFound)?;
            let done = screen::param(ask, "done").filter(|done| done == "yes");
            let done = done.map(|_| ask.words.t("people-done").to_owned());
            person_screen(ask, &account, &Shown { done, ..Shown::default() }, StatusCode::OK)
        })
        .await
}

/// `POST /-/people/invite`.
pub async fn post_invite(posted: Posted<AsAdmin>) -> HttpResponse {
    posted.run(self::posted).await
}

/// `POST /-/people/withdraw`.
pub async fn post_withdraw(posted: Posted<AsAdmin>) -> HttpResponse {
    posted.run(self::posted).await
}

/// `GET /-/people-log`: what was done by those who keep the accounts; `?format=json` for programs.
pub async fn acts(admin: Admin) -> HttpResponse {
    admin
        .run(|ask| {
            let rows = ask.app.accounts.acts(0, ACTS_SHOWN).map_err(sign::broken)?;
            if screen::param(ask, "format").as_deref() == Some("json") {
                return Ok(acts_json(&rows));
            }
            let words = ask.words;
            let lines: Vec<ActLine> = rows.iter().map(|row| act_line(ask, row)).collect();
            Ok(screen::screen(ask, Screen::new(words.t("acts-title")), acts_view(words, &lines)))
        })
        .await
}

/// `POST /-/people/<login>/<act>`.
pub async fn post(posted: Posted<AsAdmin>) -> HttpResponse {
    posted.run(self::posted).await
}

/// What is typed on these screens, and what came of it.
#[derive(Default)]
struct Shown {
    done: Option<String>,
    link: Option<MadeLink>,
    fault: Option<AccountFault>,
    /// What is wrong, when that is no fault of the account.
    whole: Option<String>,
    email: String,
    groups: Option<String>,
    is_admin: bool,
}

pub fn posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    if !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    let raw = edit::raw_page(ask, "/-/people/", "");
    let Some((login, act)) = raw.split_once('/') else {
        return match raw.as_str() {
            "invite" => invite(ask, &pairs),
            "withdraw" => withdraw(ask, &pairs),
            _ => Err(Fail::NotFound),
        };
    };
    let login = percent_decode(login).ok_or(Fail::NotFound)?;
    let account = ask.app.accounts.by_login(&login).ok_or(Fail::NotFound)?;
    let is_own = ask.person.account().is_some_and(|own| own.id == account.id);
    let accounts = acting(ask);
    let done = match act {
        "change" => return change(ask, &account, &pairs),
        "reset" => return reset(ask, &account),
        // Nobody shuts themselves out by a slip.
        "disable" if is_own => {
            let shown = Shown { whole: Some(ask.words.t("people-disable-own").to_owned()), ..Shown::default() };
            return person_screen(ask, &account, &shown, StatusCode::CONFLICT);
        }
        "disable" => accounts.disable(account.id),
        "enable" => accounts.enable(account.id),
        "end" => accounts.end_all(account.id),
        _ => return Err(Fail::NotFound),
    };
    match done {
        Ok(()) => Ok(Answer::redirect(StatusCode::SEE_OTHER, &format!("{}?done=yes", href(&account)))),
        Err(fault) => {
            let shown = Shown { fault: Some(faulty(fault)?), ..Shown::default() };
            person_screen(ask, &account, &shown, StatusCode::CONFLICT)
        }
    }
}

/// The accounts, changed by who asks.
fn acting(ask: &Ask) -> Accounts {
    ask.app.accounts.acting(ask.person.account().map_or(Doer::Own, |account| Doer::Admin(account.id)))
}

fn withdraw(ask: &Ask, pairs: &Pairs) -> Result<Answer, Fail> {
    match acting(ask).withdraw_link(&LinkKey(sign::field(pairs, "key").to_owned())) {
        Ok(()) => Ok(Answer::redirect(StatusCode::SEE_OTHER, "/-/people?done=withdrawn")),
        Err(AccountFault::Unknown) => Err(Fail::NotFound),
        Err(fault) => Err(sign::broken(fault)),
    }
}

fn href(account: &Account) -> String {
    let mut href = String::from("/-/people/");
    percent_encode(&account.login, &mut href);
    href
}

/// Names of groups between commas or spaces.
fn read_groups(text: &str) -> Result<BTreeSet<Box<str>>, AccountFault> {
    let names =
        text.split([',', ' ', ';', '\n']).map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty());
    names.map(|name| if is_group(&name) { Ok(name.into()) } else { Err(AccountFault::GroupBad) }).collect()
}

fn invite(ask: &Ask, pairs: &Pairs) -> Result<Answer, Fail> {
    let email = sign::field(pairs, "email").trim().to_owned();
    let typed = sign::field(pairs, "groups").to_owned();
    let is_admin = sign::field(pairs, "admin") == "yes";
    let again = |fault: AccountFault| {
        let groups = Some(typed.clone());
        let shown = Shown { fault: Some(faulty(fault)?), email: email.clone(), groups, is_admin, ..Shown::default() };
        people_screen(ask, &shown, StatusCode::UNPROCESSABLE_ENTITY)
    };
    let groups = match read_groups(&typed) {
        Ok(groups) => groups,
        Err(fault) => return again(fault),
    };
    let kind = Kind::Invite { groups, is_admin, email: Some(email.clone()).filter(|email| !email.is_empty()) };
    let secret = match make_link(ask, &acting(ask), &kind, INVITE_LIVES_S) {
        Ok(secret) => secret,
        Err(fault) => return again(fault),
    };
    let url = format!("{}/-/invite/{secret}", ask.home);
    let is_mailed = !email.is_empty() && mail(ask, &email, ask.words, "mail-invite", &url);
    let words = ask.words;
    let lead = match is_mailed {
        true => words.f("people-link-mailed", &[("email", Arg::Text(&email))]),
        false => words.t("people-invite-link-lead").to_owned(),
    };
    let link = Some(MadeLink { title: words.t("people-invite-link").to_owned(), lead, url });
    people_screen(ask, &Shown { link, ..Shown::default() }, StatusCode::OK)
}

fn make_link(ask: &Ask, accounts: &Accounts, kind: &Kind, lives_s: i64) -> Result<String, AccountFault> {
    let by = ask.person.account().map(|account| account.id);
    accounts.make_link(kind.clone(), by, lives_s)
}

fn reset(ask: &Ask, account: &Account) -> Result<Answer, Fail> {
    let secret = match make_link(ask, &acting(ask), &Kind::Reset(account.id), RESET_LIVES_S) {
        Ok(secret) => secret,
        Err(fault) => {
            let shown = Shown { fault: Some(faulty(fault)?), ..Shown::default() };
            return person_screen(ask, account, &shown, StatusCode::CONFLICT);
        }
    };
    let url = format!("{}/-/reset/{secret}", ask.home);
    let words = ask.words;
    let link = MadeLink {
        title: words.t("people-reset-link").to_owned(),
        lead: words.t("people-reset-link-lead").to_owned(),
        url,
    };
    person_screen(ask, account, &Shown { link: Some(link), ..Shown::default() }, StatusCode::OK)
}

fn change(ask: &Ask, account: &Arc<Account>, pairs: &Pairs) -> Result<Answer, Fail> {
    let typed = sign::field(pairs, "groups").to_owned();
    let name = sign::field(pairs, "name").trim().to_owned();
    let is_admin = sign::field(pairs, "admin") == "yes";
    let changed = read_groups(&typed).and_then(|groups| {
        let change = Change {
            name: (name != account.name).then_some(name),
            groups: Some(groups),
            is_admin: Some(is_admin),
            ..Change::default()
        };
        acting(ask).change(account.id, change).map(|_| ())
    });
    match changed {
        Ok(()) => Ok(Answer::redirect(StatusCode::SEE_OTHER, &format!("{}?done=yes", href(account)))),
        Err(fault) => {
            let shown = Shown { fault: Some(faulty(fault)?), groups: Some(typed), is_admin, ..Shown::default() };
            person_screen(ask, account, &shown, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// An invitation or a link for a new password that can still be used.
fn link_line(ask: &Ask, row: &LinkRow) -> LinkLine {
    let words = ask.words;
    let accounts = &ask.app.accounts;
    let login = |id| accounts.account(id).map(|account| account.login.clone());
    let link = &row.link;
    let (what, of) = match &link.kind {
        Kind::Invite { groups, is_admin, email } => {
            let admin = is_admin.then(|| words.t("people-admin").to_owned());
            let groups = groups.iter().map(|group| group.to_string());
            let of: Vec<String> = email.iter().cloned().chain(admin).chain(groups).collect();
            ("people-link-invite", of.join(", "))
        }
        Kind::Reset(id) => ("people-link-reset", login(*id).unwrap_or_default()),
        Kind::First => ("people-link-invite", String::new()),
    };
    LinkLine {
        key: row.key.0.clone(),
        what: words.t(what).to_owned(),
        of,
        by: link.by.and_then(login).unwrap_or_else(|| words.t("acts-nobody").to_owned()),
        made: moment(ask, link.made_s),
        expires: link.expires_s.map(|at_s| moment(ask, at_s)),
    }
}

fn act_line(ask: &Ask, row: &ActRow) -> ActLine {
    let words = ask.words;
    let named = |named: &Named, nobody: &str| match named {
        Named::Login(login) => login.clone(),
        Named::Gone => words.t("acts-gone").to_owned(),
        Named::Nobody => nobody.to_owned(),
    };
    ActLine {
        at: moment(ask, row.time_s),
        by: named(&row.by, words.t("acts-nobody")),
        what: words.t(act_key(row.act)).to_owned(),
        whom: named(&row.whom, ""),
        more: row.more.clone(),
    }
}

fn act_key(act: Act) -> &'static str {
    match act {
        Act::Made => "act-made",
        Act::Removed => "act-removed",
        Act::Disabled => "log-disabled",
        Act::Enabled => "log-enabled",
        Act::AdminGiven => "act-admin-given",
        Act::AdminTaken => "act-admin-taken",
        Act::Groups => "act-groups",
        Act::Renamed => "act-renamed",
        Act::Invited => "act-invited",
        Act::ResetLink => "act-reset-link",
        Act::Withdrawn => "act-withdrawn",
        Act::Ended => "act-ended",
        Act::TokenMade => "log-token-made",
    }
}

fn acts_json(rows: &[ActRow]) -> Answer {
    let login = |named: &Named| match named {
        Named::Login(login) => json!(login),
        Named::Gone | Named::Nobody => Value::Null,
    };
    let rows = rows.iter().map(|row| {
        let time = jiff::Timestamp::from_second(row.time_s).map_or(Value::Null, |at| json!(at.to_string()));
        let (by, whom) = (login(&row.by), login(&row.whom));
        json!({ "time": time, "by": by, "what": row.act.code(), "whom": whom, "more": row.more })
    });
    let body = json!({ "acts": rows.collect::<Vec<_>>() });
    Answer::new(StatusCode::OK, "application/json", body.to_string().into())
}

/// A field of these screens.
fn text(
    words: &Words,
    name: &'static str,
    label: &str,
    hint: &str,
    value: &str,
    fault: Option<&AccountFault>,
) -> Input {
    let fault = fault.filter(|fault| sign::fault_field(fault) == name).map(|fault| sign::fault_words(words, fault));
    Input {
        name,
        label: label.to_owned(),
        hint: hint.to_owned(),
        kind: InputKind::Text,
        value: value.to_owned(),
        known_as: "off",
        is_required: false,
        is_fixed: false,
        max_chars: GROUPS_MAX_CHARS,
        fault,
    }
}

/// The words for a fault that is about no one field.
fn whole_fault(words: &Words, fault: Option<&AccountFault>) -> Option<String> {
    fault.filter(|fault| sign::fault_field(fault).is_empty()).map(|fault| sign::fault_words(words, fault))
}

fn people_screen(ask: &Ask, shown: &Shown, status: StatusCode) -> Result<Answer, Fail> {
    let words = ask.words;
    let accounts = &ask.app.accounts;
    let line = |account: &Arc<Account>| PersonLine {
        name: account.name.clone(),
        login: account.login.clone(),
        href: href(account),
        groups: account.groups.iter().map(|group| group.to_string()).collect(),
        is_admin: account.is_admin,
        is_enabled: account.is_enabled,
        made: moment(ask, account.made_s),
    };
    let fault = shown.fault.as_ref();
    let hint = if ask.app.mail.is_some() { "people-invite-email-hint" } else { "people-invite-no-mail-hint" };
    let view = PeopleView {
        csrf: ask.person.csrf(),
        people: accounts.list().iter().map(line).collect(),
        done: shown.done.clone(),
        links: accounts.links(None).map_err(sign::broken)?.iter().map(|row| link_line(ask, row)).collect(),
        link: shown.link.clone(),
        fault: whole_fault(words, fault),
        invite: vec![
            Input {
                kind: InputKind::Email,
                max_chars: sign::EMAIL_MAX_CHARS,
                ..text(words, "email", words.t("people-email"), words.t(hint), &shown.email, fault)
            },
            text(
                words,
                "groups",
                words.t("people-groups"),
                words.t("people-groups-hint"),
                shown.groups.as_deref().unwrap_or_default(),
                fault,
            ),
        ],
        invites_admin: shown.is_admin,
        log: log_lines(ask, &accounts.log(None, 0, LOG_SHOWN).map_err(sign::broken)?),
    };
    let mut answer = screen::screen(ask, Screen::new(words.t("people-title")), people_view(words, &view));
    answer.status = status;
    Ok(answer)
}

fn person_screen(ask: &Ask, account: &Account, shown: &Shown, status: StatusCode) -> Result<Answer, Fail> {
    let words = ask.words;
    let fault = shown.fault.as_ref();
    let groups = match &shown.groups {
        Some(typed) => typed.clone(),
        None => account.own_groups.iter().map(|group| &**group).collect::<Vec<_>>().join(", "),
    };
    let view = PersonView {
        name: account.name.clone(),
        login: account.login.clone(),
        email: account.email.clone(),
        address: account.commit_address(),
        csrf: ask.person.csrf(),
        action: format!("{}/", href(account)),
        is_admin: if shown.groups.is_some() { shown.is_admin } else { account.is_admin },
        is_enabled: account.is_enabled,
        is_own: ask.person.account().is_some_and(|own| own.id == account.id),
        made: moment(ask, account.made_s),
        issued_groups: account.groups.difference(&account.own_groups).map(|group| group.to_string()).collect(),
        done: shown.done.clone(),
        link: shown.link.clone(),
        fault: shown.whole.clone().or_else(|| whole_fault(words, fault)),
        inputs: vec![
            Input {
                is_required: true,
                max_chars: limits::NAME_MAX_CHARS,
                ..text(words, "name", words.t("people-name"), words.t("people-name-hint"), &account.name, fault)
            },
            text(words, "groups", words.t("people-groups"), words.t("people-groups-hint"), &groups, fault),
        ],
        log: log_lines(ask, &ask.app.accounts.log(Some(account.id), 0, LOG_SHOWN).map_err(sign::broken)?),
    };
    let mut answer = screen::screen(ask, Screen::new(&account.name), person_view(words, &view));
    answer.status = status;
    Ok(answer)
}

/// Mails a link for a new password to the account of that name or address, when there is one. Whether
/// there is, nobody can tell from this: it takes a look into memory, and the post goes by itself.
pub fn mail_reset(ask: &Ask, named: &str) {
    let accounts = &ask.app.accounts;
    let of_address = || {
        let list = accounts.list();
        let mut with = list
            .into_iter()
            .filter(|account| account.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(named)));
        // An address that two share says not whose password is meant.
        with.next().filter(|_| with.next().is_none())
    };
    let Some(account) = accounts.by_login(named).or_else(of_address).filter(|account| account.is_enabled) else {
        return;
    };
    let (Some(email), Some(post)) = (&account.email, &ask.app.mail) else { return };
    if !post.may_send_to(email, now_s()) {
        return;
    }
    match accounts.make_link(Kind::Reset(account.id), None, RESET_LIVES_S) {
        Ok(secret) => {
            let lang = account.lang.as_deref().and_then(Lang::parse);
            let words = lang.map_or(ask.words, Words::get);
            mail(ask, email, words, "mail-reset", &format!("{}/-/reset/{secret}", ask.home));
        }
        Err(fault) => warn!("a link for a new password could not be made: {fault:?}"),
    }
}

/// Sends a letter with a link; false where there is no post.
fn mail(ask: &Ask, to: &str, words: &Words, kind: &str, url: &str) -> bool {
    let Some(post) = &ask.app.mail else { return false };
    let title = screen::wiki_title(ask);
    let args = [("wiki", Arg::Text(&title)), ("url", Arg::Text(url))];
    let (subject, body) = match kind {
        "mail-invite" => (words.f("mail-invite-subject", &args), words.f("mail-invite", &args)),
        _ => (words.f("mail-reset-subject", &args), words.f("mail-reset", &args)),
    };
    post.send(Letter { to: to.to_owned(), subject, body })
}
