//! Who somebody is: by the cookie of a session, or by a token in `Authorization`.
//!
//! Everything here is read from memory, for every request. Passwords are never checked here: that
//! takes long and is done where somebody signs in (`pages/sign.rs`) or where git asks (`git_http`).
//! What somebody may do is decided by `guard`; whether a form is theirs by `csrf`.

use std::hash::{Hash as _, Hasher as _};
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::header::{self, HeaderMap};
use polder_core::access::{Standing, Who};
use polder_wiki::accounts::{Account, NewSession, Scope, Signed};
use rustc_hash::FxHasher;

use crate::answer::Answer;
use crate::app::App;
use crate::proxy::Origin;

/// The cookie of a session. The long name makes browsers refuse it without `Secure`, `Path=/` and
/// this very host; it can't be used without TLS, where this machine alone takes the short one.
const SECURE_COOKIE: &str = "__Host-polder";
const PLAIN_COOKIE: &str = "polder";

/// A cookie or `Authorization` value longer than this is no secret of ours: those have 43 characters
/// and a prefix; a password before it is coded has 256 at most.
const SECRET_MAX_BYTES: usize = 2_048;

/// How long a browser keeps the cookie, in seconds: as long as the longest session lasts. The server
/// ends it earlier.
const COOKIE_AGE_S: u32 = 30 * 24 * 3_600;

/// After this many seconds a sign-in does not count any more for changing e-mail, password, tokens
/// or the account itself (ASVS 5.0, V7.5.1).
const FRESH_S: i64 = 15 * 60;

/// Addresses that a person is sent back to are no longer.
const NEXT_MAX_BYTES: usize = 2_048;

/// How somebody made themselves known.
#[derive(Clone)]
pub enum By {
    Nothing,
    Session(Signed),
    /// By a program, whose token may have the right to read alone.
    Token(Arc<Account>, Scope),
    /// A token was sent that is none (any more).
    UnknownToken,
    /// A cookie or a token was sent, but what held the accounts is gone: whose it is can't be told.
    Away,
}

/// Who asks, and by what that is known.
#[derive(Clone)]
pub struct Person {
    pub by: By,
    /// Whether there is any account: without one, nobody needs to be known.
    pub has_accounts: bool,
    pub is_https: bool,
    /// Where the request came from.
    pub client: IpAddr,
}

impl Person {
    pub fn of(app: &App, headers: &HeaderMap, came: &Origin) -> Person {
        let accounts = &app.accounts;
        let is_https = came.is_https;
        let has_accounts = accounts.any();
        let by = match has_accounts {
            true if accounts.is_away() => away(headers, is_https),
            true => by(app, headers, is_https),
            false => By::Nothing,
        };
        Person { by, has_accounts, is_https, client: came.client }
    }

    pub fn account(&self) -> Option<&Arc<Account>> {
        match &self.by {
            By::Session(signed) => Some(&signed.account),
            By::Token(account, _) => Some(account),
            By::Nothing | By::UnknownToken | By::Away => None,
        }
    }

    /// The account of somebody who sits at a browser: what programs may not do is done by this.
    pub fn signed(&self) -> Option<&Signed> {
        match &self.by {
            By::Session(signed) => Some(signed),
            _ => None,
        }
    }

    /// Whether a token that is for reading alone was used.
    pub fn only_reads(&self) -> bool {
        matches!(self.by, By::Token(_, Scope::Read))
    }

    /// Whether the last sign-in is recent enough for what an account hangs on.
    pub fn is_fresh(&self) -> bool {
        self.signed().is_some_and(|signed| now_s().saturating_sub(signed.renewed_s) < FRESH_S)
    }

    /// What stands in forms of this session; empty for whoever has none.
    pub fn csrf(&self) -> String {
        self.signed().map_or_else(String::new, |signed| hex(&signed.csrf))
    }

    /// Different for all whose screens differ by who they are: the name in the bar, the token in forms.
    pub fn mark(&self) -> u64 {
        let mut hasher = FxHasher::default();
        match &self.by {
            By::Nothing | By::UnknownToken | By::Away => u64::from(self.has_accounts),
            By::Session(signed) => {
                (&signed.account.login, &signed.account.name, signed.account.is_admin).hash(&mut hasher);
                signed.csrf.hash(&mut hasher);
                hasher.finish() | 2
            }
            By::Token(account, scope) => {
                (&account.login, &account.name, account.is_admin, matches!(scope, Scope::Write)).hash(&mut hasher);
                hasher.finish() | 3
            }
        }
    }

    /// For rules and commits; `is_owner` is for whoever sits at this machine while there are no accounts.
    pub fn who(&self, is_owner: bool) -> Who {
        match self.account() {
            Some(account) => who_is(account),
            None => Who { standing: if is_owner { Standing::Owner } else { Standing::Anonymous }, ..Who::default() },
        }
    }

    /// Whether a session can be given to this browser: by TLS, or on this machine itself.
    pub fn can_sign_in(&self, is_local: bool) -> bool {
        self.is_https || is_local
    }
}

/// An account as rules and commits see it.
pub fn who_is(account: &Account) -> Who {
    Who {
        name: Some(account.name.clone()),
        account: Some(account.login.as_str().into()),
        address: Some(format!("{}@users.polder.invalid", account.opaque)),
        groups: Arc::new(account.groups.clone()),
        standing: if account.is_admin { Standing::Admin } else { Standing::Account },
    }
}

/// Seconds since 1970.
pub fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn by(app: &App, headers: &HeaderMap, is_https: bool) -> By {
    let accounts = &app.accounts;
    if let Some(token) = token(headers) {
        return match accounts.token(&token, now_s()) {
            Some((account, scope)) => By::Token(account, scope),
            None => By::UnknownToken,
        };
    }
    match session_secret(headers, is_https).and_then(|secret| accounts.session(secret, now_s())) {
        Some(signed) => By::Session(signed),
        None => By::Nothing,
    }
}

/// Who sends nothing to be known by is nobody, as ever.
fn away(headers: &HeaderMap, is_https: bool) -> By {
    match session_secret(headers, is_https).is_some() || headers.contains_key(header::AUTHORIZATION) {
        true => By::Away,
        false => By::Nothing,
    }
}

/// The secret of the session that a browser sends.
pub fn session_secret(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    let name = if is_https { SECURE_COOKIE } else { PLAIN_COOKIE };
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let secret = crate::guard::cookie(cookies, name)?;
    (!secret.is_empty() && secret.len() <= SECRET_MAX_BYTES).then_some(secret)
}

/// A token of ours, as `Bearer` or as the password of `Basic`.
fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok().filter(|value| value.len() <= SECRET_MAX_BYTES)?;
    let (scheme, rest) = value.split_once(' ')?;
    let token = if scheme.eq_ignore_ascii_case("bearer") { rest.trim().to_owned() } else { basic(headers)?.1 };
    is_token(&token).then_some(token)
}

/// Whether a secret has the shape of a token, and so is no password.
pub fn is_token(secret: &str) -> bool {
    secret.starts_with("pld_")
}

/// Name and password of `Authorization: Basic`.
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok().filter(|value| value.len() <= SECRET_MAX_BYTES)?;
    let (scheme, coded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64(coded.trim())?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}

/// Decodes base64 (RFC 4648 §4), with or without its padding.
fn base64(coded: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(coded.len() * 3 / 4);
    let (mut bits, mut n_bits) = (0u32, 0);
    for c in coded.trim_end_matches('=').bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0x00ff_ffff;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// Bytes in lower case digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Has the browser keep a session.
pub fn begin(answer: Answer, session: &NewSession, is_https: bool) -> Answer {
    answer.with(header::SET_COOKIE, &cookie_text(&session.secret, COOKIE_AGE_S, is_https))
}

/// Has the browser drop its session, and what it keeps of this wiki's screens.
pub fn end(answer: Answer, is_https: bool) -> Answer {
    answer
        .with(header::SET_COOKIE, &cookie_text("", 0, is_https))
        .with(header::HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"")
}

fn cookie_text(value: &str, age_s: u32, is_https: bool) -> String {
    let (name, secure) = if is_https { (SECURE_COOKIE, " Secure;") } else { (PLAIN_COOKIE, "") };
    format!("{name}={value}; Path=/; Max-Age={age_s};{secure} HttpOnly; SameSite=Lax")
}

/// An address to go on to that is a path of this wiki, and nothing that a browser could take for
/// another site (W9).
pub fn local(next: &str) -> Option<&str> {
    let is_path = next.starts_with('/') && !next[1..].starts_with(['/', '\\']);
    // Browsers climb by these, also out of the path that the wiki is served below.
    let path = next.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    let climbs = path.split(['/', '\\']).any(|segment| segment == "." || segment == "..");
    let is_path = is_path && !climbs;
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic());
    (is_path && is_plain && next.len() <= NEXT_MAX_BYTES).then_some(next)
}
