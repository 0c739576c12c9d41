//! Signing in by an account elsewhere: the way there, the way back, and which account here it is.
//!
//! The talk with the issuer is in `oidc`. Somebody is known by issuer and subject alone: an account
//! with the same name or e-mail address is not theirs until they link it themselves. Nothing happens
//! without a button that they press here, so that no other site can have them signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use polder_core::limits;
use polder_wiki::accounts::{Account, AccountFault, AccountId, How, Network, NewAccount, SignInError};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::answer::Answer;
use crate::csrf::{Anybody, Own, Pairs, Posted};
use crate::fail::{self, Fail};
use crate::guard::{self, Ask, Reader};
use crate::oidc::claims::Known;
use crate::oidc::{Brought, Browser, Oidc, OidcFault, Purpose, WAITS_S, Waiting};
use crate::pages::{account, screen, sign};
use crate::session::now_s;
use crate::views::Link;
use crate::views::sign::SignView;
use crate::words::Arg;

/// What asks the issuer is done by this many at a time: it may take seconds, and the other threads
/// of the pool are for pages.
static ASKING: Semaphore = Semaphore::const_new(4);
static WAITING: AtomicUsize = AtomicUsize::new(0);
/// More than this wait too long; they are told to come back.
const WAITING_MAX: usize = 256;

const SECURE_COOKIE: &str = "__Host-polder-oidc";
const PLAIN_COOKIE: &str = "polder-oidc";

/// Logins that are tried for a new account: `noor`, `noor2`, up to this.
const LOGINS_TRIED: u32 = 99;

/// The button on the form to sign in.
pub fn button(ask: &Ask) -> Option<Link> {
    let oidc = ask.app.oidc.as_ref()?;
    let title = ask.words.f("oidc-button", &[("name", Arg::Text(&oidc.settings.name))]);
    Some(Link { title, href: "/-/oidc/sign-in".to_owned() })
}

/// `POST /-/oidc/sign-in`: begins to sign in elsewhere. A form that waits does so here meanwhile.
pub async fn begin(posted: Posted<Anybody>) -> HttpResponse {
    let browser = browser(posted.request.headers(), posted.ask.person.is_https);
    let Some(_turn) = turn().await else {
        return fail::answer(&posted.ask, &Fail::Crowded).respond(&posted.request);
    };
    posted
        .run(move |ask, pairs| {
            let (next, kept) = sign::carried(pairs);
            // Who is signed in and is asked once more, must be the same afterwards.
            let purpose = match ask.person.signed() {
                Some(signed) if kept.is_some() => Purpose::Again(signed.account.id),
                _ => Purpose::SignIn,
            };
            start(ask, browser, Waiting::new(purpose, &next, kept, now_s()))
        })
        .await
}

/// `POST /-/oidc/link`: begins to link the account of who is signed in.
pub async fn link(posted: Posted<Own>) -> HttpResponse {
    let Some(_turn) = turn().await else {
        return fail::answer(&posted.ask, &Fail::Crowded).respond(&posted.request);
    };
    posted.run(link_posted).await
}

pub fn link_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let Some(signed) = ask.person.signed() else { return Err(Fail::NotFound) };
    if !ask.person.is_fresh() {
        return Ok(sign::once_more(ask, pairs));
    }
    start(ask, None, Waiting::new(Purpose::Link(signed.account.id), "/-/account", None, now_s()))
}

/// Waits for its turn to ask the issuer; `None` where too many wait already.
async fn turn() -> Option<SemaphorePermit<'static>> {
    if WAITING.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
        WAITING.fetch_sub(1, Ordering::Relaxed);
        return None;
    }
    let turn = ASKING.acquire().await;
    WAITING.fetch_sub(1, Ordering::Relaxed);
    turn.ok()
}

fn browser(headers: &HeaderMap, is_https: bool) -> Option<Browser> {
    let name = if is_https { SECURE_COOKIE } else { PLAIN_COOKIE };
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    guard::cookie(cookies, name).and_then(Browser::known)
}

fn cookie(secret: &str, age_s: i64, is_https: bool) -> String {
    let (name, secure) = if is_https { (SECURE_COOKIE, " Secure;") } else { (PLAIN_COOKIE, "") };
    format!("{name}={secret}; Path=/; Max-Age={age_s};{secure} HttpOnly; SameSite=Lax")
}

/// Sends a browser to the issuer. By `Refresh`, since browsers hold a redirect after a form to where
/// forms of this wiki may lead, which is nowhere else.
fn start(ask: &Ask, browser: Option<Browser>, waiting: Waiting) -> Result<Answer, Fail> {
    let Some(oidc) = ask.app.oidc.as_ref().filter(|_| ask.person.has_accounts) else { return Err(Fail::NotFound) };
    sign::may_sign_in(ask)?;
    let Some(browser) = browser.or_else(Browser::new) else {
        return refused(ask, oidc, Refusal::Issuer(OidcFault::Away), waiting);
    };
    let location = match oidc.begin(&browser, waiting) {
        Ok(location) => location,
        Err((fault, waiting)) => return refused(ask, oidc, Refusal::Issuer(fault), waiting),
    };
    let words = ask.words;
    let name = [("name", Arg::Text(&oidc.settings.name))];
    let view = SignView {
        title: words.f("oidc-going-title", &name),
        lead: words.t("oidc-going").to_owned(),
        notes: Vec::new(),
        action: String::new(),
        carried: Vec::new(),
        csrf: String::new(),
        inputs: Vec::new(),
        fault: None,
        button: None,
        elsewhere: None,
        ways: vec![Link { title: words.f("oidc-go", &name), href: location.clone() }],
    };
    Ok(sign::show(ask, &view, StatusCode::OK)
        .with(HeaderName::from_static("refresh"), &format!("0; url={location}"))
        .with(header::SET_COOKIE, &cookie(browser.secret(), WAITS_S, ask.person.is_https)))
}

/// `GET /-/oidc/callback`: somebody comes back from the issuer.
pub async fn callback(reader: Reader) -> HttpResponse {
    let agent = sign::agent(&reader.request);
    let browser = browser(reader.request.headers(), reader.ask.person.is_https);
    let Some(_turn) = turn().await else {
        return fail::answer(&reader.ask, &Fail::Crowded).respond(&reader.request);
    };
    reader.run(move |ask| come_back(ask, browser, &agent)).await
}

fn come_back(ask: &Ask, browser: Option<Browser>, agent: &str) -> Result<Answer, Fail> {
    let Some(oidc) = ask.app.oidc.as_ref().filter(|_| ask.person.has_accounts) else { return Err(Fail::NotFound) };
    sign::may_sign_in(ask)?;
    let param = |name: &str| screen::param(ask, name);
    let state = param("state").unwrap_or_default();
    let begun = browser.and_then(|browser| Some((oidc.take(&browser, &state, now_s())?, browser)));
    let Some((waiting, browser)) = begun else {
        return refused(ask, oidc, Refusal::NotBegun, Waiting::new(Purpose::SignIn, "/", None, now_s()));
    };
    let (code, error, issuer) = (param("code"), param("error"), param("iss"));
    let brought = Brought { code: code.as_deref(), error: error.as_deref(), issuer: issuer.as_deref() };
    let known = match oidc.finish(&browser, &state, &brought, waiting.purpose, now_s()) {
        Ok(known) => known,
        Err(fault) => return refused(ask, oidc, Refusal::Issuer(fault), waiting),
    };
    let done = match waiting.purpose {
        Purpose::Link(id) => linked(ask, id, &known),
        Purpose::SignIn => found(ask, oidc, &known),
        Purpose::Again(id) => {
            let found = ask.app.accounts.identity(&known.issuer, &known.subject);
            Ok(found.filter(|found| found.id == id).ok_or(Refusal::Another))
        }
    };
    let account = match done {
        Ok(Ok(account)) => account,
        Ok(Err(why)) => return refused(ask, oidc, why, waiting),
        Err(fail) => return away_or(ask, oidc, fail, waiting),
    };
    if !account.is_enabled {
        return refused(ask, oidc, Refusal::Disabled, waiting);
    }
    if let Err(fail) = take_groups(ask, &account, &known) {
        return away_or(ask, oidc, fail, waiting);
    }
    if let Purpose::Link(_) = waiting.purpose {
        return Ok(Answer::redirect(StatusCode::SEE_OTHER, "/-/account?done=linked"));
    }
    let from = Network::of(ask.person.client);
    match ask.app.accounts.sign_in_as(account.id, How::Oidc, &from, agent, now_s()) {
        Ok(session) => {
            let answer = sign::signed_in(ask, &session, waiting.kept, &waiting.next)?;
            Ok(answer.with(header::SET_COOKIE, &cookie("", 0, ask.person.is_https)))
        }
        Err(SignInError::Wrong) => refused(ask, oidc, Refusal::Disabled, waiting),
        Err(SignInError::Store(error)) => away_or(ask, oidc, sign::broken(error), waiting),
        Err(error) => Err(Fail::Broken { what: format!("{error:?}"), typed: String::new() }),
    }
}

/// Why somebody who came back is not signed in.
enum Refusal {
    /// No sign-in of this browser waits for such an answer.
    NotBegun,
    Issuer(OidcFault),
    /// Nobody here, and they may not make an account themselves.
    Unknown,
    Disabled,
    /// The accounts can't be reached.
    Away,
    /// They are not who they were.
    Another,
    /// The account elsewhere leads to another one here.
    Taken,
    /// No account could be made of what the issuer says.
    Unusable,
}

impl Refusal {
    fn words(&self) -> (StatusCode, &'static str) {
        match self {
            Refusal::NotBegun => (StatusCode::BAD_REQUEST, "oidc-not-begun"),
            Refusal::Issuer(OidcFault::Away) => (StatusCode::BAD_GATEWAY, "oidc-away"),
            Refusal::Issuer(OidcFault::Settings) => (StatusCode::BAD_GATEWAY, "oidc-settings"),
            Refusal::Issuer(OidcFault::Refused) => (StatusCode::FORBIDDEN, "oidc-refused"),
            Refusal::Issuer(OidcFault::Token) => (StatusCode::FORBIDDEN, "oidc-token"),
            Refusal::Issuer(OidcFault::Level) => (StatusCode::FORBIDDEN, "oidc-level"),
            Refusal::Issuer(OidcFault::Stale) => (StatusCode::FORBIDDEN, "oidc-stale"),
            Refusal::Issuer(OidcFault::Full) => (StatusCode::SERVICE_UNAVAILABLE, "oidc-full"),
            Refusal::Unknown => (StatusCode::FORBIDDEN, "oidc-unknown"),
            Refusal::Disabled => (StatusCode::FORBIDDEN, "oidc-disabled"),
            Refusal::Away => (StatusCode::SERVICE_UNAVAILABLE, "fail-away"),
            Refusal::Another => (StatusCode::FORBIDDEN, "oidc-another"),
            Refusal::Taken => (StatusCode::CONFLICT, "oidc-taken"),
            Refusal::Unusable => (StatusCode::FORBIDDEN, "oidc-unusable"),
        }
    }
}

/// The screen that they came from, with what is wrong; what waited still does.
fn refused(ask: &Ask, oidc: &Oidc, why: Refusal, waiting: Waiting) -> Result<Answer, Fail> {
    let (status, key) = why.words();
    let fault = ask.words.f(key, &[("name", Arg::Text(&oidc.settings.name))]);
    match waiting.purpose {
        Purpose::Link(_) if ask.person.signed().is_some() => account::with_fault(ask, fault, status),
        _ => Ok(sign::refused(ask, "", &waiting.next, waiting.kept, fault, status)),
    }
}

/// The same where the accounts can't be reached: what waited comes back in the form.
fn away_or(ask: &Ask, oidc: &Oidc, fail: Fail, waiting: Waiting) -> Result<Answer, Fail> {
    match fail {
        Fail::Away { .. } => {
            let answer = refused(ask, oidc, Refusal::Away, waiting)?;
            Ok(answer.with(header::RETRY_AFTER, &fail::AWAY_S.to_string()))
        }
        fail => Err(fail),
    }
}

type Found = Result<Arc<Account>, Refusal>;

/// Links an account to who came back, if it is still theirs in this browser.
fn linked(ask: &Ask, id: AccountId, known: &Known) -> Result<Found, Fail> {
    if ask.person.signed().is_none_or(|signed| signed.account.id != id) {
        return Ok(Err(Refusal::Another));
    }
    let accounts = &ask.app.accounts;
    match accounts.link_identity(id, &known.issuer, &known.subject) {
        Ok(()) => Ok(accounts.account(id).ok_or(Refusal::Another)),
        Err(AccountFault::IdentityTaken) => Ok(Err(Refusal::Taken)),
        Err(fault) => Err(sign::broken(fault)),
    }
}

/// The account of who came back; a new one for who has none, where that may be.
fn found(ask: &Ask, oidc: &Oidc, known: &Known) -> Result<Found, Fail> {
    let accounts = &ask.app.accounts;
    if let Some(account) = accounts.identity(&known.issuer, &known.subject) {
        return Ok(Ok(account));
    }
    if !oidc.settings.sign_up {
        return Ok(Err(Refusal::Unknown));
    }
    let Some(made) = made(ask, known)? else { return Ok(Err(Refusal::Unusable)) };
    match accounts.link_identity(made.id, &known.issuer, &known.subject) {
        Ok(()) => Ok(Ok(made)),
        // The same person, by another window, was quicker.
        Err(AccountFault::IdentityTaken) => {
            accounts.remove(made.id).map_err(sign::broken)?;
            Ok(accounts.identity(&known.issuer, &known.subject).ok_or(Refusal::Unusable))
        }
        Err(fault) => Err(sign::broken(fault)),
    }
}

/// A new account by the names that the issuer gives, as far as they can be used; `None` where none can.
fn made(ask: &Ask, known: &Known) -> Result<Option<Arc<Account>>, Fail> {
    let new = |login: String, name: &str, email: Option<String>| NewAccount {
        login,
        name: name.to_owned(),
        email,
        lang: None,
        ..NewAccount::default()
    };
    let own_name = guard::clean_name(&known.name);
    let usual = ["account".to_owned()];
    for login in known.logins.iter().chain(&usual) {
        let (mut name, mut email) = (own_name.clone(), known.email.clone());
        let (mut n, mut n_named) = (1, 1);
        while n <= LOGINS_TRIED {
            let tried = if n == 1 { login.clone() } else { format!("{login}{n}") };
            match ask.app.accounts.add(new(tried.clone(), &name, email.clone())) {
                Ok(account) => return Ok(Some(account)),
                Err(AccountFault::LoginTaken) => n += 1,
                Err(AccountFault::NameTaken) if n_named < LOGINS_TRIED => {
                    n_named += 1;
                    name = numbered(if own_name.is_empty() { &tried } else { &own_name }, n_named);
                }
                Err(AccountFault::NameBad) if !name.is_empty() => name.clear(),
                Err(AccountFault::EmailBad) if email.is_some() => email = None,
                Err(AccountFault::Store(error)) => return Err(sign::broken(AccountFault::Store(error))),
                Err(_) => break,
            }
        }
    }
    Ok(None)
}

/// A name with a number behind it, within what a name may have.
fn numbered(name: &str, n: u32) -> String {
    let number = format!(" {n}");
    let room = limits::NAME_MAX_CHARS.saturating_sub(number.len());
    name.chars().take(room).chain(number.chars()).collect()
}

/// Gives an account the groups that the issuer tells now, in place of those that it told before.
fn take_groups(ask: &Ask, account: &Account, known: &Known) -> Result<(), Fail> {
    match &known.groups {
        Some(groups) => ask.app.accounts.set_issued_groups(account.id, groups).map_err(sign::broken),
        None => Ok(()),
    }
}
