//! What an issuer says of somebody: whether it is said to us, now, for this sign-in; and what of it
//! becomes an account.
//!
//! Somebody is the issuer and the subject, never a name or an e-mail address: those change hands. The
//! signature was checked before (`jose`).

use std::collections::BTreeSet;

use polder_wiki::accounts::is_group;
use serde_json::Value;

/// Clocks differ by no more than this, in seconds.
const SKEW_S: i64 = 60;
/// OpenID Connect allows a subject so many bytes.
const SUBJECT_MAX_BYTES: usize = 255;
/// Groups of one person that are looked at; an account may have 200.
const GROUPS_MAX: usize = 200;
/// Somebody who had to sign in anew did so no longer ago than this, in seconds.
const ANEW_S: i64 = 5 * 60;

/// What must be so for the claims to be believed.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// How sure the issuer must be, where the wiki asks for that.
    pub acr: Option<&'a str>,
    /// Whether they had to sign in there just now.
    pub anew: bool,
    pub now_s: i64,
}

/// The claim that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimFault {
    Issuer,
    Audience,
    Authorized,
    Expired,
    NotYet,
    Issued,
    Nonce,
    Subject,
    Level,
    Stale,
}

/// The subject of claims that are for us and now.
pub fn check<'a>(claims: &'a Value, expected: &Expected<'_>) -> Result<&'a str, ClaimFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(ClaimFault::Issuer);
    }
    let audience = strings(claims.get("aud"));
    if !audience.contains(&expected.client_id) {
        return Err(ClaimFault::Audience);
    }
    let is_authorized = match claims.get("azp") {
        Some(party) => party.as_str() == Some(expected.client_id),
        None => audience.len() == 1,
    };
    if !is_authorized {
        return Err(ClaimFault::Authorized);
    }
    let latest = expected.now_s.saturating_add(SKEW_S);
    let earliest = expected.now_s.saturating_sub(SKEW_S);
    if seconds(claims.get("exp")).is_none_or(|at| at <= earliest) {
        return Err(ClaimFault::Expired);
    }
    if claims.get("nbf").is_some_and(|at| seconds(Some(at)).is_none_or(|at| at > latest)) {
        return Err(ClaimFault::NotYet);
    }
    if seconds(claims.get("iat")).is_none_or(|at| at > latest) {
        return Err(ClaimFault::Issued);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(ClaimFault::Nonce);
    }
    if expected.acr.is_some_and(|acr| text("acr") != Some(acr)) {
        return Err(ClaimFault::Level);
    }
    if expected.anew && seconds(claims.get("auth_time")).is_none_or(|at| at < expected.now_s.saturating_sub(ANEW_S)) {
        return Err(ClaimFault::Stale);
    }
    text("sub").filter(|subject| (1..=SUBJECT_MAX_BYTES).contains(&subject.len())).ok_or(ClaimFault::Subject)
}

/// Whole seconds since 1970; some issuers write fractions.
fn seconds(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    value.as_i64().or_else(|| value.as_f64().filter(|at| (0.0..1e15).contains(at)).map(|at| at as i64))
}

/// One text, or a list of them.
fn strings(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    }
}

/// Somebody, as the issuer knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub issuer: String,
    pub subject: String,
    /// Names to sign in with that would fit, the best first. Not unique, perhaps not usable.
    pub logins: Vec<String>,
    pub name: String,
    /// Only where the issuer says that it is theirs.
    pub email: Option<String>,
    /// `None` where groups are not asked for or not told.
    pub groups: Option<BTreeSet<Box<str>>>,
}

/// `all` are several sets of claims about one subject; what the first says goes before.
pub fn known(issuer: &str, subject: &str, groups_claim: Option<&str>, all: &[&Value]) -> Known {
    let first = |name: &str| all.iter().find_map(|claims| claims.get(name));
    let text = |name: &str| first(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let is_theirs = first("email_verified").is_some_and(|theirs| *theirs == Value::Bool(true));
    let email = text("email").filter(|_| is_theirs);
    let before_at = |text: &str| text.split('@').next().unwrap_or_default().to_owned();
    let logins = [text("preferred_username"), text("nickname"), text("email")].into_iter().flatten();
    let groups = groups_claim.and_then(first).map(|groups| {
        let named = strings(Some(groups)).into_iter().filter(|name| is_group(name));
        named.take(GROUPS_MAX).map(Box::from).collect()
    });
    Known {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        logins: logins.map(before_at).collect(),
        name: text("name").unwrap_or_default().to_owned(),
        email: email.map(str::to_owned),
        groups,
    }
}

/// Whether claims lack what `known` looks for, and it may stand elsewhere.
pub fn is_thin(claims: &Value, groups_claim: Option<&str>) -> bool {
    claims.get("name").is_none()
        || claims.get("preferred_username").is_none()
        || groups_claim.is_some_and(|name| claims.get(name).is_none())
}
