//! Single sign-on: somebody shows who they are by an account that they have elsewhere (OpenID Connect
//! 1.0, authorization code with PKCE).
//!
//! This is the talk with the issuer; which account it leads to is decided in `pages/oidc.rs`. The
//! browser holds one secret in a cookie. From it and a number that is new each time follow `state`,
//! `nonce` and the PKCE verifier, so that an answer is of use to no other browser. What was asked
//! waits here, once and for a while. Signed answers are read by `jose`, what they say by `claims`.
//! Left out: ending the session at the issuer, refresh tokens, other flows, registration by itself.

pub mod claims;
pub mod jose;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use polder_wiki::accounts::AccountId;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{digest, hmac};
use serde_json::{Value, json};
use tracing::warn;

use crate::csrf::Pairs;
use crate::outbound::{Outbound, Place, Received};
use claims::{ClaimFault, Expected, Known};
use jose::{Key, Signer, Token, TokenFault, from_base64url, to_base64url};

/// The secret of a browser, and the number of one sign-in, in bytes.
const SECRET_BYTES: usize = 32;
const NUMBER_BYTES: usize = 16;
/// How long somebody may take to sign in elsewhere, in seconds: time for a second factor, and coffee.
pub const WAITS_S: i64 = 30 * 60;
/// Sign-ins that wait. Past it the oldest without a form is dropped: some 500 bytes each.
const WAITING_MAX: usize = 10_000;
/// Forms that are kept meanwhile, all together.
const KEPT_MAX_BYTES: usize = 64 * 1024 * 1024;
/// What the issuer says of itself is asked again after this; keys also when one is unknown.
const DESCRIBED_FOR: Duration = Duration::from_secs(3_600);
/// A proof of who we are holds so many seconds.
const PROOF_LIVES_S: i64 = 60;
/// Texts of the issuer in the log.
const SAID_MAX_CHARS: usize = 64;
const CODE_MAX_BYTES: usize = 4_096;

/// How this wiki proves to the issuer that it is itself. One way per issuer, and per request.
pub enum Proof {
    /// `client_secret_basic`
    Secret(String),
    /// `private_key_jwt`
    Key(Box<Signer>),
}

/// What the owner set.
pub struct Settings {
    pub issuer: Place,
    pub client_id: String,
    pub proof: Proof,
    /// The claim that lists groups.
    pub groups_claim: Option<String>,
    /// Whether a first sign-in makes an account.
    pub sign_up: bool,
    /// What people call the issuer.
    pub name: String,
    /// How sure it must be of who they are.
    pub acr: Option<String>,
    /// The address of this wiki that the issuer sends people back to, as it is registered there.
    pub redirect: String,
}

/// What somebody signs in elsewhere for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    SignIn,
    /// To show once more that this account is theirs.
    Again(AccountId),
    /// To sign in to this account from now on.
    Link(AccountId),
}

/// A form that waits until somebody has signed in.
#[derive(Clone, Default)]
pub struct Kept {
    pub target: String,
    pub pairs: Pairs,
}

/// A sign-in that has begun.
pub struct Waiting {
    pub purpose: Purpose,
    pub next: String,
    pub kept: Option<Kept>,
    begun_s: i64,
}

impl Waiting {
    pub fn new(purpose: Purpose, next: &str, kept: Option<Kept>, now_s: i64) -> Waiting {
        Waiting { purpose, next: next.to_owned(), kept, begun_s: now_s }
    }

    fn kept_bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.pairs.iter().map(|(key, value)| key.len() + value.len()).sum())
    }
}

/// Why nobody was signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OidcFault {
    /// The issuer could not be asked, or its answer is none.
    Away,
    /// It does not know this wiki, or not like that.
    Settings,
    /// It, or they themselves, said no.
    Refused,
    /// What it said does not hold.
    Token,
    /// It is not sure enough who they are.
    Level,
    /// They were to sign in anew, and did not.
    Stale,
    /// Too much waits already.
    Full,
}

/// The answer that a browser brings.
pub struct Brought<'a> {
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
    /// RFC 9207.
    pub issuer: Option<&'a str>,
}

/// What the issuer says of itself.
struct Description {
    authorization: Place,
    token: Place,
    keys: Place,
    claims: Option<Place>,
    scopes: Vec<String>,
    /// Whether it names itself in each answer.
    names_itself: bool,
    read: Instant,
}

pub struct Oidc {
    pub settings: Settings,
    outbound: Outbound,
    description: Mutex<Option<Arc<Description>>>,
    keys: Mutex<Arc<Vec<Key>>>,
    waiting: Mutex<HashMap<String, Waiting>>,
}

/// The secret of one browser.
pub struct Browser(String);

impl Browser {
    /// The one that a cookie holds, if it is one.
    pub fn known(secret: &str) -> Option<Browser> {
        from_base64url(secret).filter(|bytes| bytes.len() == SECRET_BYTES).map(|_| Browser(secret.to_owned()))
    }

    pub fn new() -> Option<Browser> {
        random::<SECRET_BYTES>().map(|bytes| Browser(to_base64url(&bytes)))
    }

    pub fn secret(&self) -> &str {
        &self.0
    }

    /// What follows from the secret and the number of one sign-in, for one use.
    fn derived(&self, purpose: &str, number: &[u8]) -> String {
        to_base64url(hmac::sign(&self.key(), &[purpose.as_bytes(), b"\0", number].concat()).as_ref())
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes())
    }

    /// `state` for a number: the number itself, and that it is of this browser.
    fn state(&self, number: &[u8]) -> String {
        format!("{}.{}", to_base64url(number), self.derived("state", number))
    }

    /// The number of a `state` of this browser; `None` for others.
    fn number(&self, state: &str) -> Option<Vec<u8>> {
        let (number, tag) = state.split_once('.')?;
        let (number, tag) = (from_base64url(number)?, from_base64url(tag)?);
        hmac::verify(&self.key(), &[b"state\0", &number[..]].concat(), &tag).ok()?;
        (number.len() == NUMBER_BYTES).then_some(number)
    }
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

impl Oidc {
    pub fn new(settings: Settings) -> Oidc {
        Oidc {
            settings,
            outbound: Outbound::new(),
            description: Mutex::default(),
            keys: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Where to send a browser, to sign in at the issuer. What waits comes back where it can't.
    pub fn begin(&self, browser: &Browser, waiting: Waiting) -> Result<String, (OidcFault, Waiting)> {
        let Ok(described) = self.described() else { return Err((OidcFault::Away, waiting)) };
        let Some(number) = random::<NUMBER_BYTES>() else { return Err((OidcFault::Away, waiting)) };
        let challenge = digest::digest(&digest::SHA256, browser.derived("verifier", &number).as_bytes());
        let (state, nonce) = (browser.state(&number), browser.derived("nonce", &number));
        let challenge = to_base64url(challenge.as_ref());
        let scope = self.scope(&described);
        let mut asked = vec![
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.settings.redirect),
            ("scope", &scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if let Some(acr) = &self.settings.acr {
            asked.push(("acr_values", acr));
        }
        if let Purpose::Again(_) = waiting.purpose {
            asked.extend([("prompt", "login"), ("max_age", "0")]);
        }
        let at = described.authorization.as_str();
        let location = format!("{at}{}{}", if at.contains('?') { '&' } else { '?' }, form(&asked));
        match self.keep(state, waiting) {
            Ok(()) => Ok(location),
            Err(waiting) => Err((OidcFault::Full, waiting)),
        }
    }

    /// What waited for this answer; only for the browser that began it, once, and for a while.
    pub fn take(&self, browser: &Browser, state: &str, now_s: i64) -> Option<Waiting> {
        browser.number(state)?;
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(state)?;
        (now_s.saturating_sub(waiting.begun_s) <= WAITS_S).then_some(waiting)
    }

    /// Who somebody is, by what their browser brought from the issuer. `state` was taken before.
    pub fn finish(
        &self,
        browser: &Browser,
        state: &str,
        brought: &Brought<'_>,
        purpose: Purpose,
        now_s: i64,
    ) -> Result<Known, OidcFault> {
        let number = browser.number(state).ok_or(OidcFault::Token)?;
        let described = self.described()?;
        let issuer = self.settings.issuer.as_str();
        if brought.issuer.is_some_and(|named| named != issuer) || (described.names_itself && brought.issuer.is_none()) {
            warn!("single sign-on: an answer came from another issuer, or from none");
            return Err(OidcFault::Token);
        }
        let Some(code) = brought.code.filter(|code| !code.is_empty() && code.len() <= CODE_MAX_BYTES) else {
            let error = said(brought.error.unwrap_or("no code"));
            warn!("single sign-on: the issuer answered `{error}`");
            return Err(if error == "access_denied" || error == "login_required" || error == "interaction_required" {
                OidcFault::Refused
            } else {
                OidcFault::Settings
            });
        };
        let granted = self.redeem(&described, code, &browser.derived("verifier", &number), now_s)?;
        let Some(id_token) = granted.get("id_token").and_then(Value::as_str) else {
            warn!("single sign-on: the issuer gave no ID token");
            return Err(OidcFault::Settings);
        };
        let nonce = browser.derived("nonce", &number);
        let expected = Expected {
            issuer,
            client_id: &self.settings.client_id,
            nonce: &nonce,
            acr: self.settings.acr.as_deref(),
            anew: matches!(purpose, Purpose::Again(_)),
            now_s,
        };
        let claims = self.proven(&described, id_token)?;
        let subject = claims::check(&claims, &expected).map_err(|fault| {
            warn!("single sign-on: a claim does not hold: {fault:?}");
            match fault {
                ClaimFault::Level => OidcFault::Level,
                ClaimFault::Stale => OidcFault::Stale,
                _ => OidcFault::Token,
            }
        })?;
        let groups_claim = self.settings.groups_claim.as_deref();
        let more = match granted.get("access_token").and_then(Value::as_str) {
            Some(access) if claims::is_thin(&claims, groups_claim) => self.more_claims(&described, access, subject)?,
            _ => Value::Null,
        };
        Ok(claims::known(issuer, subject, groups_claim, &[&claims, &more]))
    }

    fn scope(&self, described: &Description) -> String {
        let mut scope = "openid profile email".to_owned();
        // Where there is a scope of that name, groups are told to who asks for it.
        if let Some(name) = self.settings.groups_claim.as_ref().filter(|name| described.scopes.contains(name)) {
            scope.push(' ');
            scope.push_str(name);
        }
        scope
    }

    fn keep(&self, state: String, waiting: Waiting) -> Result<(), Waiting> {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let now_s = waiting.begun_s;
        all.retain(|_, other| now_s.saturating_sub(other.begun_s) <= WAITS_S);
        let kept: usize = all.values().map(Waiting::kept_bytes).sum();
        if waiting.kept.is_some() && kept + waiting.kept_bytes() > KEPT_MAX_BYTES {
            return Err(waiting);
        }
        if all.len() >= WAITING_MAX {
            let oldest = all.iter().filter(|(_, other)| other.kept.is_none()).min_by_key(|(_, other)| other.begun_s);
            let Some(oldest) = oldest.map(|(state, _)| state.clone()) else { return Err(waiting) };
            all.remove(&oldest);
        }
        all.insert(state, waiting);
        Ok(())
    }

    /// What the issuer says of itself, as it was read not long ago.
    fn described(&self) -> Result<Arc<Description>, OidcFault> {
        let kept = self.description.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.read.elapsed() < DESCRIBED_FOR) {
            return Ok(kept);
        }
        let issuer = &self.settings.issuer;
        let at = format!("{}/.well-known/openid-configuration", issuer.as_str().trim_end_matches('/'));
        let value = Place::parse(&at).ok_or(OidcFault::Settings).and_then(|place| self.read(&place, None))?;
        let described = description(issuer, &value).map_err(|why| {
            warn!("single sign-on: the description of the issuer can't be used: {why}");
            OidcFault::Away
        })?;
        let described = Arc::new(described);
        self.read_keys(&described)?;
        *self.description.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&described));
        Ok(described)
    }

    fn read_keys(&self, described: &Description) -> Result<Arc<Vec<Key>>, OidcFault> {
        let keys = Arc::new(jose::keys(&self.read(&described.keys, None)?));
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }

    /// The claims of a token that the issuer has signed.
    fn proven(&self, described: &Description, token: &str) -> Result<Value, OidcFault> {
        let refused = |fault: TokenFault| {
            warn!("single sign-on: the ID token can't be believed: {fault:?}");
            OidcFault::Token
        };
        let token = Token::parse(token).map_err(refused)?;
        let keys = Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        let claims = match token.claims(&keys) {
            // The issuer has new keys. Asked once: it is the issuer itself that gave this token.
            Err(TokenFault::UnknownKey) => token.claims(&self.read_keys(described)?).cloned(),
            known => known.cloned(),
        };
        claims.map_err(refused)
    }

    /// Exchanges a code for tokens.
    fn redeem(&self, described: &Description, code: &str, verifier: &str, now_s: i64) -> Result<Value, OidcFault> {
        let mut sent = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.settings.redirect),
            ("code_verifier", verifier),
        ];
        let proof;
        let authorization = match &self.settings.proof {
            Proof::Secret(secret) => {
                let pair = format!("{}:{}", encoded(&self.settings.client_id), encoded(secret));
                Some(format!("Basic {}", base64(pair.as_bytes())))
            }
            Proof::Key(signer) => {
                proof = self.proof(signer, described, now_s).ok_or(OidcFault::Away)?;
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                sent.extend([("client_assertion_type", kind), ("client_assertion", &proof)]);
                sent.push(("client_id", &self.settings.client_id));
                None
            }
        };
        let answer = self.outbound.post(&described.token, &form(&sent), authorization.as_deref());
        let answer = self.answered(&described.token, answer)?;
        let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
        if answer.status == 200 {
            return value.filter(Value::is_object).ok_or_else(|| {
                warn!("single sign-on: the issuer answered a code with something unreadable");
                OidcFault::Away
            });
        }
        let error = value.as_ref().and_then(|value| value.get("error")).and_then(Value::as_str).unwrap_or_default();
        warn!(status = answer.status, "single sign-on: the issuer refused a code: `{}`", said(error));
        Err(match (answer.status, error) {
            (_, "invalid_grant") => OidcFault::Refused,
            (500.., _) => OidcFault::Away,
            _ => OidcFault::Settings,
        })
    }

    /// A token by which this wiki shows that it is itself (RFC 7523), for one use.
    fn proof(&self, signer: &Signer, described: &Description, now_s: i64) -> Option<String> {
        let id = &self.settings.client_id;
        signer.sign(&json!({
            "iss": id,
            "sub": id,
            "aud": described.token.as_str(),
            "jti": to_base64url(&random::<NUMBER_BYTES>()?),
            "iat": now_s,
            "exp": now_s + PROOF_LIVES_S,
        }))
    }

    /// What the issuer tells beside the token; only of the same subject.
    fn more_claims(&self, described: &Description, access: &str, subject: &str) -> Result<Value, OidcFault> {
        let Some(place) = &described.claims else { return Ok(Value::Null) };
        let is_plain = access.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain {
            return Err(OidcFault::Token);
        }
        let value = self.read(place, Some(&format!("Bearer {access}")))?;
        if value.get("sub").and_then(Value::as_str) != Some(subject) {
            warn!("single sign-on: the issuer told about somebody else");
            return Err(OidcFault::Token);
        }
        Ok(value)
    }

    /// An object that the issuer gives.
    fn read(&self, place: &Place, authorization: Option<&str>) -> Result<Value, OidcFault> {
        let answer = self.answered(place, self.outbound.get(place, authorization))?;
        let value = serde_json::from_slice::<Value>(&answer.body).ok().filter(Value::is_object);
        match value.filter(|_| answer.status == 200) {
            Some(value) => Ok(value),
            None => {
                warn!(status = answer.status, "single sign-on: {place} answers nothing that can be used");
                Err(OidcFault::Away)
            }
        }
    }

    fn answered(&self, place: &Place, answer: Result<Received, String>) -> Result<Received, OidcFault> {
        answer.map_err(|why| {
            warn!("single sign-on: {place} can't be asked: {why}");
            OidcFault::Away
        })
    }
}

/// Reads what the issuer says of itself. An issuer by TLS has nothing without.
fn description(issuer: &Place, value: &Value) -> Result<Description, String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let place = |name: &str| {
        let place = text(name).and_then(Place::parse).filter(|place| place.is_https() || !issuer.is_https());
        place.ok_or_else(|| format!("`{name}` is no address that may be asked"))
    };
    if text("issuer") != Some(issuer.as_str()) {
        return Err("it is about another issuer".to_owned());
    }
    let scopes = value.get("scopes_supported").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok(Description {
        authorization: place("authorization_endpoint")?,
        token: place("token_endpoint")?,
        keys: place("jwks_uri")?,
        claims: text("userinfo_endpoint").map(|_| place("userinfo_endpoint")).transpose()?,
        scopes: scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        names_itself: value.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        read: Instant::now(),
    })
}

/// A code of an error as it may stand in the log.
fn said(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(SAID_MAX_CHARS).collect()
}

/// Fields as a form sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

fn encoded(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => coded.push(char::from(byte)),
            _ => coded.push_str(&format!("%{byte:02X}")),
        }
    }
    coded
}

/// Base64 of the other alphabet, with its padding (RFC 4648 §4).
fn base64(bytes: &[u8]) -> String {
    let mut text = to_base64url(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
