//! Coming in and going out: signing in, the first account, invitations, new passwords.
//!
//! A form that was sent without a session is not lost: it goes along, unseen, with the form that asks
//! to sign in, and is acted on once somebody has. What takes an argon2 hash waits its turn outside the
//! threads that serve pages.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use polder_wiki::accounts::{AccountFault, How, Kind, LinkFault, Network, NewAccount, NewSession, SignInError};
use tokio::sync::Semaphore;
use tracing::warn;

use crate::answer::Answer;
use crate::csrf::{self, Anybody, AsAdmin, Need, Own, Pairs, Posted, ToEdit};
use crate::fail::{self, Fail};
use crate::guard::{Ask, Reader};
use crate::oidc::Kept;
use crate::pages::screen::{self, Screen};
use crate::pages::{account, edit, form, moving, oidc, people, set, versions};
use crate::session::{self, By, Person, now_s};
use crate::views::Link;
use crate::views::inputs::{Input, InputKind};
use crate::views::sign::{SignView, sign as sign_view};
use crate::words::{Arg, Words};

/// What hashes a password is done by this many at a time; there is one thread that hashes, and the
/// others of the pool are for pages.
static HASHING: Semaphore = Semaphore::const_new(2);
/// Those that wait for it.
static WAITING: AtomicUsize = AtomicUsize::new(0);
/// More than this wait a minute or longer; they are told to come back.
const WAITING_MAX: usize = 256;

/// When it is worth trying again, in seconds, where too many sign in at once: at 20 ms each, all who
/// wait are done by then.
const BUSY_S: u32 = 6;

/// Before the name of a field that is kept while somebody signs in, and where it was sent.
const CARRY: &str = "carry.";
const TARGET: &str = "target";

/// Fields that are never kept: passwords are typed again.
const SECRETS: [&str; 2] = ["password", "current"];

/// The longest password, in characters; one that is longer is refused before it is hashed.
pub const PASSWORD_MAX_CHARS: usize = 256;
/// The longest name to sign in with, and e-mail address.
pub const LOGIN_MAX_CHARS: usize = 64;
pub const EMAIL_MAX_CHARS: usize = 254;

/// A field of a form that was posted; empty where it was not sent.
pub fn field<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// Runs what hashes a password, when it is its turn.
pub async fn slowly<N: Need>(
    posted: Posted<N>,
    act: impl FnOnce(&Ask, Pairs) -> Result<Answer, Fail> + Send + 'static,
) -> HttpResponse {
    let Some(_turn) = turn().await else {
        return fail::answer(&posted.ask, &Fail::Crowded).respond(&posted.request);
    };
    posted.run(act).await
}

/// Waits until a password may be hashed; `None` where too many wait already.
pub async fn turn() -> Option<tokio::sync::SemaphorePermit<'static>> {
    // Given up also when the one who waits goes away: then this is never polled again.
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            WAITING.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let place = Place;
    if WAITING.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
        return None;
    }
    let turn = HASHING.acquire().await;
    drop(place);
    turn.ok()
}

/// `GET /-/sign-in?next=/path`.
pub async fn open(reader: Reader) -> HttpResponse {
    reader
        .run(|ask| {
            let next = screen::param(ask, "next");
            let next = next.as_deref().and_then(session::local).unwrap_or("/");
            if ask.person.signed().is_some() {
                return Ok(Answer::redirect(StatusCode::SEE_OTHER, next));
            }
            let asked = Asked { lead: ask.words.t("sign-in-lead"), next, ..Asked::default() };
            Ok(form_screen(ask, &asked, StatusCode::OK))
        })
        .await
}

/// The form to sign in, in place of a screen that needs it.
pub fn before(ask: &Ask) -> Answer {
    let next = session::local(&ask.here).unwrap_or("/");
    form_screen(ask, &Asked { lead: ask.words.t("sign-in-before"), next, ..Asked::default() }, StatusCode::UNAUTHORIZED)
}

/// The same in place of what a form would have done, which is kept.
pub fn within(ask: &Ask, pairs: Pairs) -> Answer {
    let kept = Kept { target: ask.here.clone(), pairs };
    let asked = Asked { lead: ask.words.t("sign-in-within"), kept: Some(kept), ..Asked::default() };
    form_screen(ask, &asked, StatusCode::UNAUTHORIZED)
}

/// The same for somebody whose sign-in is too long ago for what they want.
pub fn once_more(ask: &Ask, pairs: Pairs) -> Answer {
    let kept = Kept { target: ask.here.clone(), pairs };
    again_screen(ask, kept, None, StatusCode::UNAUTHORIZED)
}

fn again_screen(ask: &Ask, kept: Kept, fault: Option<String>, status: StatusCode) -> Answer {
    let account = ask.person.account();
    let has_password = account.is_none_or(|account| account.has_password);
    let login = account.map(|account| account.login.clone()).unwrap_or_default();
    let asked = Asked {
        lead: ask.words.t(if has_password { "sign-in-again" } else { "sign-in-again-elsewhere" }),
        login: &login,
        is_fixed: true,
        kept: Some(kept),
        fault,
        ..Asked::default()
    };
    form_screen(ask, &asked, status)
}

/// The form to sign in once more, with what was wrong: what waited still does.
pub fn refused(ask: &Ask, login: &str, next: &str, kept: Option<Kept>, fault: String, status: StatusCode) -> Answer {
    match kept {
        Some(kept) if ask.person.signed().is_some() => again_screen(ask, kept, Some(fault), status),
        kept => {
            let key = if kept.is_some() { "sign-in-within" } else { "sign-in-lead" };
            let asked = Asked { lead: ask.words.t(key), login, next, kept, fault: Some(fault), ..Asked::default() };
            form_screen(ask, &asked, status)
        }
    }
}

/// 403: a form of another session, to be sent once more by whoever sees that it is theirs.
pub fn send_again(ask: &Ask, pairs: Pairs) -> Answer {
    let words = ask.words;
    let view = SignView {
        title: words.t("again-title").to_owned(),
        lead: words.t("again-lead").to_owned(),
        notes: Vec::new(),
        action: ask.here.clone(),
        carried: pairs.into_iter().filter(|(key, _)| !SECRETS.contains(&key.as_str())).collect(),
        csrf: ask.person.csrf(),
        inputs: Vec::new(),
        fault: None,
        button: Some(words.t("again-button").to_owned()),
        elsewhere: None,
        ways: Vec::new(),
    };
    show(ask, &view, StatusCode::FORBIDDEN)
}

/// What a form to sign in shows.
#[derive(Default)]
struct Asked<'a> {
    lead: &'a str,
    login: &'a str,
    is_fixed: bool,
    next: &'a str,
    kept: Option<Kept>,
    fault: Option<String>,
}

fn form_screen(ask: &Ask, asked: &Asked<'_>, status: StatusCode) -> Answer {
    let words = ask.words;
    let can = ask.person.has_accounts && ask.person.can_sign_in(ask.is_local);
    // Who has none is asked for none, where they can show elsewhere who they are.
    let has_password =
        !asked.is_fixed || ask.app.oidc.is_none() || ask.person.account().is_some_and(|account| account.has_password);
    let mut carried: Pairs = Vec::new();
    if !asked.next.is_empty() {
        carried.push(("next".to_owned(), asked.next.to_owned()));
    }
    if let Some(kept) = &asked.kept {
        carried.push((TARGET.to_owned(), kept.target.clone()));
        let pairs = kept.pairs.iter().filter(|(key, _)| !SECRETS.contains(&key.as_str()));
        carried.extend(pairs.map(|(key, value)| (format!("{CARRY}{key}"), value.clone())));
    }
    let login = Input {
        name: "login",
        label: words.t("people-login").to_owned(),
        hint: String::new(),
        kind: InputKind::Text,
        value: asked.login.to_owned(),
        known_as: "username",
        is_required: true,
        is_fixed: asked.is_fixed,
        max_chars: LOGIN_MAX_CHARS,
        fault: None,
    };
    let password = Input {
        name: "password",
        label: words.t("people-password").to_owned(),
        kind: InputKind::Password,
        value: String::new(),
        known_as: "current-password",
        is_fixed: false,
        max_chars: PASSWORD_MAX_CHARS,
        ..login.clone()
    };
    let mut notes = Vec::new();
    if !ask.person.has_accounts {
        notes.push(words.t("sign-in-none").to_owned());
    } else if !can {
        notes.push(words.t("sign-in-tls").to_owned());
    }
    let mut ways = Vec::new();
    if can {
        ways.push(Link { title: words.t("sign-in-forgot").to_owned(), href: "/-/forgot".to_owned() });
        if ask.app.stand.sign_up {
            ways.push(Link { title: words.t("sign-up-title").to_owned(), href: "/-/sign-up".to_owned() });
        }
    }
    ways.push(Link { title: words.t("privacy-title").to_owned(), href: "/-/privacy".to_owned() });
    let view = SignView {
        title: words.t("sign-in-title").to_owned(),
        lead: asked.lead.to_owned(),
        notes,
        action: "/-/sign-in".to_owned(),
        carried,
        csrf: String::new(),
        inputs: if has_password { vec![login, password] } else { Vec::new() },
        fault: asked.fault.clone(),
        button: (can && has_password).then(|| words.t("sign-in-button").to_owned()),
        elsewhere: if can { oidc::button(ask) } else { None },
        ways,
    };
    let mut answer = show(ask, &view, status);
    if status == StatusCode::UNAUTHORIZED {
        // What a program can do; browsers ask nothing for it.
        answer = answer.with(header::WWW_AUTHENTICATE, "Bearer realm=\"Polder\"");
    }
    answer
}

pub fn show(ask: &Ask, view: &SignView, status: StatusCode) -> Answer {
    let mut answer = screen::screen(ask, Screen::new(&view.title), sign_view(ask.words, view));
    answer.status = status;
    answer
}

/// `POST /-/sign-in`.
pub async fn sign_in(posted: Posted<Anybody>) -> HttpResponse {
    let agent = agent(&posted.request);
    let Some(_turn) = turn().await else {
        // What waits to be done after signing in is in the form, so it comes back.
        return posted.run(|ask, pairs| Ok(refused_sign_in(ask, pairs, &SignInError::Busy))).await;
    };
    posted.run(move |ask, pairs| sign_in_posted(ask, pairs, &agent)).await
}

/// The name of a browser, for the sign-in log.
pub fn agent(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    agent.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn sign_in_posted(ask: &Ask, pairs: Pairs, agent: &str) -> Result<Answer, Fail> {
    may_sign_in(ask)?;
    let from = Network::of(ask.person.client);
    let signed = ask.app.accounts.sign_in(field(&pairs, "login"), field(&pairs, "password"), &from, agent, now_s());
    match signed {
        Ok(session) => {
            let (next, kept) = carried(pairs);
            signed_in(ask, &session, kept, &next)
        }
        Err(error) => Ok(refused_sign_in(ask, pairs, &error)),
    }
}

/// The form once more, with what is wrong, and all that waits.
fn refused_sign_in(ask: &Ask, pairs: Pairs, error: &SignInError) -> Answer {
    let login = field(&pairs, "login").trim().to_owned();
    let (next, kept) = carried(pairs);
    let (status, fault, wait) = sign_in_fault(ask.words, error);
    let answer = refused(ask, &login, &next, kept, fault, status);
    match wait {
        Some(seconds) => answer.with(header::RETRY_AFTER, &seconds.to_string()),
        None => answer,
    }
}

/// Where to go on to after signing in, and the form that waits for it.
pub fn carried(pairs: Pairs) -> (String, Option<Kept>) {
    let next = session::local(field(&pairs, "next")).unwrap_or("/").to_owned();
    let target = session::local(field(&pairs, TARGET)).map(str::to_owned);
    let carried = pairs.into_iter().filter_map(|(key, value)| Some((key.strip_prefix(CARRY)?.to_owned(), value)));
    (next, target.map(|target| Kept { target, pairs: carried.collect() }))
}

/// A session needs TLS, or this very machine.
pub fn may_sign_in(ask: &Ask) -> Result<(), Fail> {
    if ask.person.can_sign_in(ask.is_local) { Ok(()) } else { Err(Fail::NeedsTls) }
}

/// Why nobody was signed in: the status, the words, and for how many seconds to wait.
pub fn sign_in_fault(words: &Words, error: &SignInError) -> (StatusCode, String, Option<u32>) {
    match error {
        SignInError::Wrong => (StatusCode::UNAUTHORIZED, words.t("sign-in-wrong").to_owned(), None),
        SignInError::Wait { seconds } => {
            let text = words.f("sign-in-wait", &[("seconds", Arg::Count(u64::from(*seconds)))]);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(*seconds))
        }
        SignInError::Busy => (StatusCode::SERVICE_UNAVAILABLE, words.t("sign-in-busy").to_owned(), Some(BUSY_S)),
        SignInError::Store(error) => {
            warn!("nobody can sign in now: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, words.t("fail-away").to_owned(), Some(fail::AWAY_S))
        }
    }
}

/// Somebody is in: a new session, the old one of this browser ended, and what waited is done.
pub fn signed_in(ask: &Ask, session: &NewSession, kept: Option<Kept>, next: &str) -> Result<Answer, Fail> {
    if let Some(old) = ask.person.signed() {
        let ended = ask.app.accounts.end_session(old.account.id, old.session);
        if let Err(error) = ended {
            warn!("an old session could not be ended: {error:?}");
        }
    }
    let person = Person { by: By::Session(session.signed.clone()), has_accounts: true, ..ask.person.clone() };
    let mut ask = ask.as_signed(person)?;
    let answer = match kept {
        Some(kept) => {
            ask = ask.at_address(kept.target);
            resumed(&ask, kept.pairs).unwrap_or_else(|fail| fail::answer(&ask, &fail))
        }
        None => Answer::redirect(StatusCode::SEE_OTHER, next),
    };
    Ok(session::begin(answer, session, ask.person.is_https))
}

/// Acts on a form that waited. Every act is judged again, for who has signed in.
fn resumed(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let path = ask.here.split('?').next().unwrap_or_default();
    let verb = path.strip_prefix("/-/").and_then(|path| path.split('/').next()).unwrap_or_default();
    match verb {
        "edit" => csrf::again::<ToEdit>(ask, pairs, edit::save_posted),
        "form" => csrf::again::<ToEdit>(ask, pairs, form::form_posted),
        "new" => csrf::again::<ToEdit>(ask, pairs, form::new_posted),
        "move" => csrf::again::<ToEdit>(ask, pairs, moving::move_posted),
        "delete" => csrf::again::<ToEdit>(ask, pairs, moving::delete_posted),
        "revert" => csrf::again::<ToEdit>(ask, pairs, moving::revert_posted),
        "set" => csrf::again::<ToEdit>(ask, pairs, set::set_posted),
        "publish" => csrf::again::<ToEdit>(ask, pairs, versions::publish_posted),
        "account" => csrf::again::<Own>(ask, pairs, account::posted),
        "oidc" => csrf::again::<Own>(ask, pairs, oidc::link_posted),
        "people" => csrf::again::<AsAdmin>(ask, pairs, people::posted),
        // What leads nowhere any more: they are in all the same.
        _ => Ok(Answer::redirect(StatusCode::SEE_OTHER, "/")),
    }
}

/// `POST /-/sign-out`.
pub async fn sign_out(posted: Posted<Own>) -> HttpResponse {
    posted
        .run(|ask, _| {
            if let Some(signed) = ask.person.signed() {
                ask.app.accounts.end_session(signed.account.id, signed.session).map_err(broken)?;
            }
            Ok(session::end(Answer::redirect(StatusCode::SEE_OTHER, "/"), ask.person.is_https))
        })
        .await
}

/// Something of the database that nobody can act on, or not now.
pub fn broken(fault: impl Into<AccountFault>) -> Fail {
    let fault = fault.into();
    if let AccountFault::Store(error) = &fault {
        warn!("the accounts can't be reached: {error}");
        return Fail::Away { typed: String::new() };
    }
    Fail::Broken { what: format!("accounts: {fault:?}"), typed: String::new() }
}

/// The fields of a new account, as they were typed.
#[derive(Default)]
struct Typed {
    login: String,
    name: String,
    email: String,
    password: String,
    /// The address that an invitation is for.
    is_email_fixed: bool,
}

impl Typed {
    fn read(pairs: &Pairs) -> Typed {
        let text = |name: &str| field(pairs, name).trim().to_owned();
        Typed {
            login: text("login"),
            name: text("name"),
            email: text("email"),
            password: field(pairs, "password").to_owned(),
            is_email_fixed: false,
        }
    }

    /// As an account without groups and rights: those come from the way in.
    fn account(&self, ask: &Ask) -> NewAccount {
        NewAccount {
            login: self.login.clone(),
            name: self.name.clone(),
            email: Some(self.email.clone()).filter(|email| !email.is_empty()),
            lang: Some(ask.lang().code().to_owned()),
            password: Some(self.password.clone()),
            ..NewAccount::default()
        }
    }

    fn inputs(&self, words: &Words, fault: Option<&AccountFault>) -> Vec<Input> {
        let of = |name: &'static str| {
            fault.filter(|fault| fault_field(fault) == name).map(|fault| fault_words(words, fault))
        };
        let input = |name: &'static str, label: &str, hint: &str, kind, value: &str, known_as, max_chars| Input {
            name,
            label: label.to_owned(),
            hint: hint.to_owned(),
            kind,
            value: value.to_owned(),
            known_as,
            is_required: matches!(name, "login" | "password"),
            is_fixed: name == "email" && self.is_email_fixed,
            max_chars,
            fault: of(name),
        };
        let name_max = polder_core::limits::NAME_MAX_CHARS;
        vec![
            input(
                "login",
                words.t("people-login"),
                words.t("people-login-hint"),
                InputKind::Text,
                &self.login,
                "username",
                LOGIN_MAX_CHARS,
            ),
            input(
                "name",
                words.t("people-name"),
                words.t("people-name-hint"),
                InputKind::Text,
                &self.name,
                "name",
                name_max,
            ),
            input(
                "email",
                words.t("people-email"),
                words.t("people-email-hint"),
                InputKind::Email,
                &self.email,
                "email",
                EMAIL_MAX_CHARS,
            ),
            new_password(words, "password", of("password")),
        ]
    }
}

/// The field for a password that is made now.
pub fn new_password(words: &Words, name: &'static str, fault: Option<String>) -> Input {
    Input {
        name,
        label: words.t("people-new-password").to_owned(),
        hint: words.t("people-new-password-hint").to_owned(),
        kind: InputKind::NewPassword,
        value: String::new(),
        known_as: "new-password",
        is_required: true,
        is_fixed: false,
        max_chars: PASSWORD_MAX_CHARS,
        fault,
    }
}

/// The field that a fault is about; empty for what is about none.
pub fn fault_field(fault: &AccountFault) -> &'static str {
    match fault {
        AccountFault::LoginTaken | AccountFault::LoginBad => "login",
        AccountFault::NameBad | AccountFault::NameTaken => "name",
        AccountFault::EmailBad => "email",
        AccountFault::LangBad => "lang",
        AccountFault::GroupBad => "groups",
        AccountFault::LabelBad => "label",
        AccountFault::PasswordShort
        | AccountFault::PasswordLong
        | AccountFault::PasswordCommon
        | AccountFault::PasswordIsName => "password",
        AccountFault::Unknown
        | AccountFault::LastAdmin
        | AccountFault::TooMany
        | AccountFault::IdentityBad
        | AccountFault::IdentityTaken
        | AccountFault::Store(_) => "",
    }
}

/// What must be mended.
pub fn fault_words(words: &Words, fault: &AccountFault) -> String {
    words
        .t(match fault {
            AccountFault::LoginTaken => "fault-login-taken",
            AccountFault::LoginBad => "fault-login-bad",
            AccountFault::NameBad => "fault-name-bad",
            AccountFault::NameTaken => "fault-name-taken",
            AccountFault::EmailBad => "fault-email-bad",
            AccountFault::LangBad => "fail-bad-language",
            AccountFault::GroupBad => "fault-group-bad",
            AccountFault::LabelBad => "fault-label-bad",
            AccountFault::PasswordShort => "fault-password-short",
            AccountFault::PasswordLong => "fault-password-long",
            AccountFault::PasswordCommon => "fault-password-common",
            AccountFault::PasswordIsName => "fault-password-name",
            AccountFault::LastAdmin => "fault-last-admin",
            AccountFault::TooMany => "fault-too-many",
            AccountFault::Unknown
            | AccountFault::IdentityBad
            | AccountFault::IdentityTaken
            | AccountFault::Store(_) => "fault-gone",
        })
        .to_owned()
}

/// The ways in that begin with a secret in the address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    First,
    Invite,
    Reset,
    SignUp,
}

impl Way {
    fn prefix(self) -> &'static str {
        match self {
            Way::First => "/-/first/",
            Way::Invite => "/-/invite/",
            Way::Reset => "/-/reset/",
            Way::SignUp => "/-/sign-up",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Way::First => "first-title",
            Way::Invite => "invite-title",
            Way::Reset => "reset-title",
            Way::SignUp => "sign-up-title",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Way::First => "first-lead",
            Way::Invite => "invite-lead",
            Way::Reset => "reset-lead",
            Way::SignUp => "sign-up-lead",
        }
    }

    fn button(self) -> &'static str {
        match self {
            Way::Reset => "reset-button",
            Way::First | Way::Invite | Way::SignUp => "people-make",
        }
    }

    fn fits(self, kind: &Kind) -> bool {
        matches!(
            (self, kind),
            (Way::First, Kind::First) | (Way::Invite, Kind::Invite { .. }) | (Way::Reset, Kind::Reset(_))
        )
    }
}

/// `GET /-/first/<secret>`.
pub async fn first(reader: Reader) -> HttpResponse {
    reader.run(|ask| open_link(ask, Way::First)).await
}

/// `POST /-/first/<secret>`: makes the first account, which keeps the others.
pub async fn make_first(posted: Posted<Anybody>) -> HttpResponse {
    let agent = agent(&posted.request);
    slowly(posted, move |ask, pairs| come_in(ask, Way::First, &pairs, &agent)).await
}

/// `GET /-/invite/<secret>`.
pub async fn invite(reader: Reader) -> HttpResponse {
    reader.run(|ask| open_link(ask, Way::Invite)).await
}

/// `POST /-/invite/<secret>`.
pub async fn accept(posted: Posted<Anybody>) -> HttpResponse {
    let agent = agent(&posted.request);
    slowly(posted, move |ask, pairs| come_in(ask, Way::Invite, &pairs, &agent)).await
}

/// `GET /-/reset/<secret>`.
pub async fn reset(reader: Reader) -> HttpResponse {
    reader.run(|ask| open_link(ask, Way::Reset)).await
}

/// `POST /-/reset/<secret>`: sets a new password, which ends all sessions of the account.
pub async fn set_password(posted: Posted<Anybody>) -> HttpResponse {
    let agent = agent(&posted.request);
    slowly(posted, move |ask, pairs| come_in(ask, Way::Reset, &pairs, &agent)).await
}

/// `GET /-/sign-up`: only where the wiki is set up so.
pub async fn sign_up(reader: Reader) -> HttpResponse {
    reader.run(|ask| open_link(ask, Way::SignUp)).await
}

/// `POST /-/sign-up`.
pub async fn make_own(posted: Posted<Anybody>) -> HttpResponse {
    let agent = agent(&posted.request);
    slowly(posted, move |ask, pairs| come_in(ask, Way::SignUp, &pairs, &agent)).await
}

fn secret(ask: &Ask, way: Way) -> String {
    edit::raw_page(ask, way.prefix(), "")
}

/// Whether a way in is open: its link is there and not used yet.
fn link_kind(ask: &Ask, way: Way) -> Result<Option<Kind>, Fail> {
    may_sign_in(ask)?;
    if way == Way::SignUp {
        return if ask.app.stand.sign_up && ask.person.has_accounts { Ok(None) } else { Err(Fail::NotFound) };
    }
    let link = ask.app.accounts.link(&secret(ask, way), now_s()).map_err(broken)?;
    match link.map(|link| link.kind).filter(|kind| way.fits(kind)) {
        Some(kind) => Ok(Some(kind)),
        None => Err(Fail::LinkGone),
    }
}

fn open_link(ask: &Ask, way: Way) -> Result<Answer, Fail> {
    let kind = link_kind(ask, way)?;
    let email = match kind {
        Some(Kind::Invite { email: Some(email), .. }) => email,
        _ => String::new(),
    };
    Ok(link_screen(
        ask,
        way,
        &Typed { is_email_fixed: !email.is_empty(), email, ..Typed::default() },
        None,
        StatusCode::OK,
    ))
}

fn link_screen(ask: &Ask, way: Way, typed: &Typed, fault: Option<&AccountFault>, status: StatusCode) -> Answer {
    let words = ask.words;
    let inputs = match way {
        Way::Reset => vec![new_password(words, "password", fault.map(|fault| fault_words(words, fault)))],
        Way::First | Way::Invite | Way::SignUp => typed.inputs(words, fault),
    };
    let view = SignView {
        title: words.t(way.title()).to_owned(),
        lead: words.t(way.lead()).to_owned(),
        notes: Vec::new(),
        action: ask.here.split('?').next().unwrap_or_default().to_owned(),
        carried: Vec::new(),
        csrf: String::new(),
        fault: fault.filter(|fault| fault_field(fault).is_empty()).map(|fault| fault_words(words, fault)),
        inputs,
        button: Some(words.t(way.button()).to_owned()),
        elsewhere: None,
        ways: vec![Link { title: words.t("privacy-title").to_owned(), href: "/-/privacy".to_owned() }],
    };
    show(ask, &view, status)
}

/// Acts on one of the ways in, and signs in whoever came by it.
fn come_in(ask: &Ask, way: Way, pairs: &Pairs, agent: &str) -> Result<Answer, Fail> {
    let kind = link_kind(ask, way)?;
    let mut typed = Typed::read(pairs);
    if let Some(Kind::Invite { email: Some(email), .. }) = kind {
        (typed.email, typed.is_email_fixed) = (email, true);
    }
    let accounts = &ask.app.accounts;
    let secret = secret(ask, way);
    let made = match way {
        Way::First => accounts.use_first(&secret, typed.account(ask), now_s()),
        Way::Invite => accounts.use_invite(&secret, typed.account(ask), now_s()),
        Way::Reset => accounts.use_reset(&secret, &typed.password, now_s()),
        Way::SignUp => accounts.add(typed.account(ask)).map_err(LinkFault::from),
    };
    let account = match made {
        Ok(account) => account,
        Err(LinkFault::Gone) => return Err(Fail::LinkGone),
        Err(LinkFault::Refused(AccountFault::Store(error))) => return Err(broken(AccountFault::Store(error))),
        Err(LinkFault::Refused(fault)) => {
            return Ok(link_screen(ask, way, &typed, Some(&fault), StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    let how = match way {
        Way::First => How::First,
        Way::Invite | Way::SignUp => How::Invite,
        Way::Reset => How::Reset,
    };
    let from = Network::of(ask.person.client);
    match accounts.sign_in_as(account.id, how, &from, agent, now_s()) {
        Ok(session) => signed_in(ask, &session, None, "/"),
        Err(SignInError::Wrong) => Err(Fail::NotYours),
        Err(SignInError::Store(error)) => Err(broken(error)),
        Err(error) => Err(Fail::Broken { what: format!("{error:?}"), typed: String::new() }),
    }
}

/// `GET /-/forgot`.
pub async fn forgot(reader: Reader) -> HttpResponse {
    reader.run(|ask| Ok(forgot_screen(ask, false))).await
}

/// `POST /-/forgot`: mails a link to whoever has that name or address; the answer is the same for all.
pub async fn mail_link(posted: Posted<Anybody>) -> HttpResponse {
    posted
        .run(|ask, pairs| {
            let named = field(&pairs, "login").trim().to_owned();
            if let Some(post) = &ask.app.mail {
                // Looked up where the letters are written, so that the answer takes the same time for all.
                let ask = ask.clone();
                post.later(Box::new(move || people::mail_reset(&ask, &named)));
            }
            Ok(forgot_screen(ask, true))
        })
        .await
}

fn forgot_screen(ask: &Ask, is_sent: bool) -> Answer {
    let words = ask.words;
    let has_mail = ask.app.mail.is_some() && ask.person.has_accounts;
    let key = match (has_mail, is_sent) {
        (false, _) => "forgot-ask",
        (true, false) => "forgot-lead",
        (true, true) => "forgot-sent",
    };
    let input = Input {
        name: "login",
        label: words.t("forgot-who").to_owned(),
        hint: String::new(),
        kind: InputKind::Text,
        value: String::new(),
        known_as: "username",
        is_required: true,
        is_fixed: false,
        max_chars: EMAIL_MAX_CHARS,
        fault: None,
    };
    let view = SignView {
        title: words.t("forgot-title").to_owned(),
        lead: words.t(key).to_owned(),
        notes: Vec::new(),
        action: "/-/forgot".to_owned(),
        carried: Vec::new(),
        csrf: String::new(),
        inputs: vec![input],
        fault: None,
        button: (has_mail && !is_sent).then(|| words.t("forgot-button").to_owned()),
        elsewhere: None,
        ways: vec![Link { title: words.t("sign-in-title").to_owned(), href: "/-/sign-in".to_owned() }],
    };
    show(ask, &view, StatusCode::OK)
}
