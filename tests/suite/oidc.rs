//! Single sign-on against an issuer that says what each test has it say: tokens that don't hold, keys
//! that change, answers for another browser. The same at a real provider is in tests/browser.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use polder_web::oidc::jose::to_base64url;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::people::{encode, first_path};
use crate::wiki::{Answer, PROGRAM, TestWiki, between, unescape};

const PASSWORD: &str = "een lange dijk in de zon";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// What an issuer answers, and what it was asked.
#[derive(Default)]
struct Said {
    /// By path; what is not here is not found.
    answers: BTreeMap<String, (u16, String)>,
    asked: Vec<(String, String)>,
}

/// An issuer on this machine.
struct Issuer {
    origin: String,
    said: Arc<Mutex<Said>>,
    key: EcdsaKeyPair,
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).expect("a key")
}

fn jwk(key: &EcdsaKeyPair, kid: &str) -> Value {
    let point = key.public_key().as_ref();
    json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": to_base64url(&point[1..33]), "y": to_base64url(&point[33..]) })
}

impl Issuer {
    fn begin() -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let said = Arc::new(Mutex::new(Said::default()));
        let issuer = Issuer { origin, said: Arc::clone(&said), key: new_key() };
        issuer.describe(json!({}));
        issuer.say("/keys", 200, &json!({ "keys": [jwk(&issuer.key, "een")] }));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &said);
            }
        });
        issuer
    }

    /// Its description, with these in place of what it would say.
    fn describe(&self, but: Value) {
        let at = |path: &str| format!("{}{path}", self.origin);
        let mut all = json!({
            "issuer": self.origin,
            "authorization_endpoint": at("/auth?tenant=1"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
        });
        for (name, value) in but.as_object().expect("an object") {
            all[name] = value.clone();
        }
        self.say("/.well-known/openid-configuration", 200, &all);
    }

    fn say(&self, path: &str, status: u16, value: &Value) {
        self.said.lock().expect("not poisoned").answers.insert(path.to_owned(), (status, value.to_string()));
    }

    /// How often a path was asked for, and with what the last time.
    fn asked(&self, path: &str) -> (usize, String) {
        let said = self.said.lock().expect("not poisoned");
        let all: Vec<&String> = said.asked.iter().filter(|(at, _)| at == path).map(|(_, what)| what).collect();
        (all.len(), all.last().map(|what| (*what).clone()).unwrap_or_default())
    }

    /// What it says of Noor, for one sign-in.
    fn claims(&self, asked: &Asked) -> Value {
        let now_s = now_s();
        json!({
            "iss": self.origin, "sub": "noor-1", "aud": "polder", "exp": now_s + 300, "iat": now_s,
            "nonce": asked.get("nonce"), "name": "Noor de Vries", "preferred_username": "noor",
        })
    }

    /// Answers the next code with a token.
    fn give(&self, token: &str) {
        self.say("/token", 200, &json!({ "access_token": "abc", "token_type": "Bearer", "id_token": token }));
    }

    fn give_claims(&self, claims: &Value) {
        self.give(&signed(&json!({ "alg": "ES256", "kid": "een" }), claims, &self.key));
    }
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
}

/// What is signed of a token.
fn message(head: &Value, claims: &Value) -> String {
    format!("{}.{}", to_base64url(head.to_string().as_bytes()), to_base64url(claims.to_string().as_bytes()))
}

fn signed(head: &Value, claims: &Value, key: &EcdsaKeyPair) -> String {
    let message = message(head, claims);
    let signature = key.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
    format!("{message}.{}", to_base64url(signature.as_ref()))
}

fn answer(stream: TcpStream, said: &Mutex<Said>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut said = said.lock().expect("not poisoned");
    let (status, text) = said.answers.get(&path).cloned().unwrap_or((404, "{}".to_owned()));
    said.asked.push((path, format!("{head}\n{}", String::from_utf8_lossy(&body))));
    drop(said);
    // A redirect says where to in its text.
    let more = if status == 302 { format!("Location: {}\r\n", text.trim_matches('"')) } else { String::new() };
    let _ = write!(
        reader.get_mut(),
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}

/// A wiki that people sign in to at an issuer, and an admin `anna` who has a password.
struct House {
    wiki: TestWiki,
    issuer: Issuer,
    _folder: tempfile::TempDir,
}

impl House {
    fn with(settings: &str) -> House {
        let (folder, issuer) = (tempfile::tempdir().expect("a folder"), Issuer::begin());
        let secret = folder.path().join("secret");
        fs::write(&secret, "geheim & 100%\n").expect("written");
        let config = folder.path().join("polder.toml");
        let text = format!(
            "oidc_issuer = \"{}\"\noidc_client_id = \"polder\"\noidc_name = \"Bureau\"\noidc_secret_file = \"{}\"\n{settings}",
            issuer.origin,
            secret.display()
        );
        fs::write(&config, text).expect("written");
        let wiki = TestWiki::tiny_with(&["--config", &config.display().to_string()]);
        let house = House { wiki, issuer, _folder: folder };
        let admin = house.browser();
        let fields = [("login", "anna"), ("name", "Anna"), ("password", PASSWORD)];
        admin.post(&first_path(&house.wiki), &fields).status(303);
        house
    }

    fn open() -> House {
        House::with("oidc_sign_up = true\n")
    }

    fn browser(&self) -> Browser<'_> {
        Browser { wiki: &self.wiki, cookies: RefCell::default() }
    }
}

/// A browser that keeps all cookies.
struct Browser<'a> {
    wiki: &'a TestWiki,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Browser<'_> {
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut all = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("Cookie", &cookies));
        }
        let answer = self.wiki.ask(method, path, &all, body);
        let set = answer.headers.get("set-cookie").cloned().unwrap_or_default();
        for line in set.lines() {
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("http://{}", self.wiki.address);
        self.send("POST", path, &[("Origin", &origin), FORM], encode(fields).as_bytes())
    }

    fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = between(&self.get("/-/privacy").ok().text(), "name=\"csrf\" value=\"", "\"").to_owned();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post(path, &all)
    }

    fn begin(&self) -> Asked {
        asked(&self.post("/-/oidc/sign-in", &[("next", "/plan/dijk")]).ok())
    }

    /// Comes back with a code.
    fn back(&self, state: &str) -> Answer {
        self.get(&format!("/-/oidc/callback?code=een-code&state={state}"))
    }

    fn is_signed_in(&self) -> bool {
        self.get("/-/account").status == 200
    }
}

/// What the issuer is asked.
struct Asked {
    address: String,
    fields: BTreeMap<String, String>,
}

impl Asked {
    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

fn asked(answer: &Answer) -> Asked {
    let refresh = answer.headers.get("refresh").expect("a way to the issuer");
    let (address, query) = refresh.trim_start_matches("0; url=").split_once('?').expect("a query");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| polder_core::path::percent_decode(text).expect("UTF-8");
    let fields = pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
    Asked { address: address.to_owned(), fields }
}

#[test]
fn whoever_signs_in_elsewhere_for_the_first_time_gets_an_account() {
    let house = House::open();
    let noor = house.browser();
    noor.get("/-/sign-in").ok().shows("Aanmelden met Bureau");
    let asked = noor.begin();
    assert_eq!(asked.address, format!("{}/auth", house.issuer.origin));
    for (name, value) in [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", "polder"),
        ("scope", "openid profile email"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked.get(name), value, "{name}");
    }
    assert_eq!(asked.get("redirect_uri"), format!("http://{}/-/oidc/callback", house.wiki.address));
    // 128 bits and more: 22 characters carry 132.
    assert!(asked.get("state").len() >= 22 && asked.get("nonce").len() >= 22);
    house.issuer.give_claims(&house.issuer.claims(&asked));
    noor.back(asked.get("state")).status(303).leads_to("/plan/dijk");
    assert!(noor.is_signed_in());
    noor.get("/-/account").ok().shows("Noor de Vries").shows("noor-1");
    // What was sent for it: the secret in the header alone, and the verifier of the challenge.
    let (n_asked, sent) = house.issuer.asked("/token");
    assert_eq!(n_asked, 1);
    let coded = "cG9sZGVyOmdlaGVpbSUyMCUyNiUyMDEwMCUyNQ==";
    assert!(sent.to_lowercase().contains(&format!("authorization: basic {coded}").to_lowercase()), "{sent}");
    assert!(!sent.contains("client_secret") && !sent.contains("client_assertion"), "{sent}");
    let verifier = sent.split("code_verifier=").nth(1).expect("a verifier").split('&').next().expect("one").trim();
    assert!((43..=128).contains(&verifier.len()), "{verifier}");
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    assert_eq!(asked.get("code_challenge"), to_base64url(digest.as_ref()));
    // The same person again is the same account; another with the same name is another.
    let again = house.browser();
    let asked = again.begin();
    let mut claims = house.issuer.claims(&asked);
    claims["name"] = json!("Noor Jansen");
    house.issuer.give_claims(&claims);
    again.back(asked.get("state")).status(303);
    again.get("/-/account").ok().shows("Noor de Vries");
    let other = house.browser();
    let asked = other.begin();
    let mut claims = house.issuer.claims(&asked);
    claims["sub"] = json!("noor-2");
    house.issuer.give_claims(&claims);
    other.back(asked.get("state")).status(303);
    other.get("/-/account").ok().shows("noor2");
    assert!(!house.wiki.log().contains("geheim"));
}

/// Signs in with what `change` makes of good claims, and expects that nobody is.
#[track_caller]
fn refused(house: &House, change: impl FnOnce(&mut Value)) -> Answer {
    let noor = house.browser();
    let asked = noor.begin();
    let mut claims = house.issuer.claims(&asked);
    change(&mut claims);
    house.issuer.give_claims(&claims);
    let answer = noor.back(asked.get("state"));
    assert!(!noor.is_signed_in(), "{}", answer.main());
    assert_eq!(answer.status, 403, "{}", answer.main());
    answer
}

#[test]
fn w8_a_token_without_a_signature_is_refused() {
    let house = House::open();
    for head in [json!({ "alg": "none" }), json!({ "alg": "None", "kid": "een" }), json!({ "kid": "een" })] {
        let noor = house.browser();
        let asked = noor.begin();
        let message = message(&head, &house.issuer.claims(&asked));
        house.issuer.give(&format!("{message}."));
        noor.back(asked.get("state")).status(403).shows("niet te vertrouwen");
        assert!(!noor.is_signed_in());
    }
}

#[test]
fn w8_a_token_that_takes_the_public_key_for_a_secret_is_refused() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    let message = message(&json!({ "alg": "HS256", "kid": "een" }), &house.issuer.claims(&asked));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, house.issuer.key.public_key().as_ref());
    let tag = hmac::sign(&secret, message.as_bytes());
    house.issuer.give(&format!("{message}.{}", to_base64url(tag.as_ref())));
    noor.back(asked.get("state")).status(403);
    assert!(!noor.is_signed_in());
}

#[test]
fn w8_a_token_by_another_key_is_refused() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    let claims = house.issuer.claims(&asked);
    house.issuer.give(&signed(&json!({ "alg": "ES256", "kid": "een" }), &claims, &new_key()));
    noor.back(asked.get("state")).status(403);
    assert!(!noor.is_signed_in());
    // Nor one that brings its key along.
    let own = new_key();
    let head = json!({ "alg": "ES256", "jwk": jwk(&own, "een"), "jku": "http://127.0.0.1:1/keys" });
    let asked = noor.begin();
    house.issuer.give(&signed(&head, &house.issuer.claims(&asked), &own));
    noor.back(asked.get("state")).status(403);
    assert!(!noor.is_signed_in());
}

#[test]
fn w8_a_token_for_another_purpose_is_refused() {
    let house = House::open();
    for head in [
        json!({ "alg": "ES256", "kid": "een", "typ": "at+jwt" }),
        json!({ "alg": "ES256", "kid": "een", "crit": ["b64"], "b64": false }),
    ] {
        let noor = house.browser();
        let asked = noor.begin();
        house.issuer.give(&signed(&head, &house.issuer.claims(&asked), &house.issuer.key));
        noor.back(asked.get("state")).status(403);
        assert!(!noor.is_signed_in());
    }
}

#[test]
fn w8_a_token_of_another_issuer_is_refused() {
    let house = House::open();
    refused(&house, |claims| claims["iss"] = json!("https://elders.example.org"));
    refused(&house, |claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().expect("text"))));
}

#[test]
fn w8_a_token_for_another_audience_is_refused() {
    let house = House::open();
    refused(&house, |claims| claims["aud"] = json!("andere-wiki"));
    refused(&house, |claims| claims["aud"] = json!([]));
}

#[test]
fn w8_a_token_for_more_than_this_wiki_is_refused_unless_it_was_given_to_it() {
    let house = House::open();
    refused(&house, |claims| claims["aud"] = json!(["polder", "andere-wiki"]));
    refused(&house, |claims| {
        claims["aud"] = json!(["polder", "andere-wiki"]);
        claims["azp"] = json!("andere-wiki");
    });
    refused(&house, |claims| claims["azp"] = json!("andere-wiki"));
    let noor = house.browser();
    let asked = noor.begin();
    let mut claims = house.issuer.claims(&asked);
    (claims["aud"], claims["azp"]) = (json!(["polder", "andere-wiki"]), json!("polder"));
    house.issuer.give_claims(&claims);
    noor.back(asked.get("state")).status(303);
    assert!(noor.is_signed_in());
}

#[test]
fn w8_a_token_that_has_expired_is_refused() {
    let house = House::open();
    refused(&house, |claims| claims["exp"] = json!(now_s() - 120));
    refused(&house, |claims| claims["exp"] = json!("morgen"));
}

#[test]
fn w8_a_token_that_does_not_hold_yet_is_refused() {
    let house = House::open();
    refused(&house, |claims| claims["nbf"] = json!(now_s() + 600));
    refused(&house, |claims| claims["iat"] = json!(now_s() + 600));
    refused(&house, |claims| claims["iat"] = Value::Null);
}

#[test]
fn w8_a_token_for_another_sign_in_is_refused() {
    let house = House::open();
    refused(&house, |claims| claims["nonce"] = Value::Null);
    let other = house.browser().begin();
    refused(&house, |claims| claims["nonce"] = json!(other.get("nonce")));
    refused(&house, |claims| claims["sub"] = json!(""));
}

#[test]
fn w8_an_answer_with_a_state_that_was_not_asked_for_is_refused() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    let state = asked.get("state");
    for wrong in ["", "abc", "abc.def", &state[1..], &format!("{state}A")] {
        noor.back(wrong).status(400).shows("niet in deze browser begonnen");
    }
    noor.get("/-/oidc/callback?code=een-code").status(400);
    assert_eq!(house.issuer.asked("/token").0, 0, "no code is sent for it");
    // The right one still counts, and once.
    noor.back(state).status(303);
    assert!(noor.is_signed_in());
    noor.back(state).status(400);
    assert_eq!(house.issuer.asked("/token").0, 1);
}

#[test]
fn w8_an_answer_for_another_browser_is_refused() {
    let house = House::open();
    let (noor, bas) = (house.browser(), house.browser());
    let asked = bas.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    // Somebody who never began, and somebody who began themselves.
    noor.back(asked.get("state")).status(400);
    noor.begin();
    noor.back(asked.get("state")).status(400);
    assert!(!noor.is_signed_in());
    assert_eq!(house.issuer.asked("/token").0, 0);
    // It was not used up by them.
    bas.back(asked.get("state")).status(303);
    assert!(bas.is_signed_in());
}

#[test]
fn w8_somebody_who_is_not_known_surely_enough_is_refused() {
    let house = House::with("oidc_sign_up = true\noidc_acr = \"hoog\"\n");
    refused(&house, |_| ()).shows("niet zeker genoeg");
    refused(&house, |claims| claims["acr"] = json!("laag"));
    let noor = house.browser();
    let asked = noor.begin();
    assert_eq!(asked.get("acr_values"), "hoog");
    let mut claims = house.issuer.claims(&asked);
    claims["acr"] = json!("hoog");
    house.issuer.give_claims(&claims);
    noor.back(asked.get("state")).status(303);
    assert!(noor.is_signed_in());
}

#[test]
fn w8_an_answer_that_names_another_issuer_is_refused() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    let state = asked.get("state");
    let path = format!("/-/oidc/callback?code=x&state={state}&iss=https%3A%2F%2Felders.example.org");
    noor.get(&path).status(403);
    assert_eq!(house.issuer.asked("/token").0, 0);
    // Who says that it always names itself must do so.
    let house = House::open();
    house.issuer.describe(json!({ "authorization_response_iss_parameter_supported": true }));
    let noor = house.browser();
    let asked = noor.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    noor.back(asked.get("state")).status(403);
    let asked = noor.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    let named = encode(&[("iss", &house.issuer.origin)]);
    noor.get(&format!("/-/oidc/callback?code=x&state={}&{named}", asked.get("state"))).status(303);
}

#[test]
fn w8_an_account_is_not_taken_by_its_name_or_address() {
    let house = House::open();
    let thief = house.browser();
    let asked = thief.begin();
    let mut claims = house.issuer.claims(&asked);
    claims["preferred_username"] = json!("anna");
    (claims["email"], claims["email_verified"]) = (json!("anna@example.org"), json!(true));
    house.issuer.give_claims(&claims);
    thief.back(asked.get("state")).status(303);
    thief.get("/-/account").ok().shows("anna2").lacks("Beheerder");
    thief.get("/-/people").status(403);
}

#[test]
fn w8_a_sign_in_is_begun_by_a_form_of_this_wiki_only() {
    let house = House::open();
    let noor = house.browser();
    let foreign = [("Origin", "https://elders.example.org"), FORM];
    noor.send("POST", "/-/oidc/sign-in", &foreign, b"next=%2F").status(403);
    noor.get("/-/oidc/sign-in").status(405);
    let answer = noor.post("/-/oidc/sign-in", &[("next", "//elders.example.org")]).ok();
    let asked = asked(&answer);
    house.issuer.give_claims(&house.issuer.claims(&asked));
    noor.back(asked.get("state")).status(303).leads_to("/");
}

#[test]
fn keys_are_fetched_anew_once_when_one_is_unknown() {
    let house = House::open();
    let first = house.browser();
    let asked = first.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    first.back(asked.get("state")).status(303);
    assert_eq!(house.issuer.asked("/keys").0, 1);
    // The issuer has a new key, of another kind.
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let new = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key");
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "twee", "x": to_base64url(new.public_key().as_ref()) });
    house.issuer.say("/keys", 200, &json!({ "keys": [{ "kty": "oct", "k": "AAAA" }, jwk] }));
    let second = house.browser();
    let asked = second.begin();
    let message = message(&json!({ "alg": "EdDSA", "kid": "twee" }), &house.issuer.claims(&asked));
    house.issuer.give(&format!("{message}.{}", to_base64url(new.sign(message.as_bytes()).as_ref())));
    second.back(asked.get("state")).status(303);
    assert!(second.is_signed_in());
    assert_eq!(house.issuer.asked("/keys").0, 2);
    // A key that it does not have after all is asked for once.
    let third = house.browser();
    let asked = third.begin();
    house.issuer.give(&signed(&json!({ "alg": "ES256", "kid": "drie" }), &house.issuer.claims(&asked), &new_key()));
    third.back(asked.get("state")).status(403);
    assert_eq!(house.issuer.asked("/keys").0, 3);
}

#[test]
fn groups_of_the_issuer_come_and_go_and_those_given_here_stay() {
    let house = House::with("oidc_sign_up = true\noidc_groups_claim = \"groups\"\n");
    house.issuer.describe(json!({
        "userinfo_endpoint": format!("{}/me", house.issuer.origin),
        "scopes_supported": ["openid", "groups"],
    }));
    let noor = house.browser();
    let sign_in = |groups: Value, subject: &str| {
        let asked = noor.begin();
        assert_eq!(asked.get("scope"), "openid profile email groups");
        house.issuer.give_claims(&house.issuer.claims(&asked));
        house.issuer.say("/me", 200, &json!({ "sub": subject, "groups": groups }));
        noor.back(asked.get("state"))
    };
    sign_in(json!(["dijkploeg", "admins", "everyone", "Geen Groep", 7, "hr"]), "noor-1").status(303);
    assert!(house.issuer.asked("/me").1.to_lowercase().contains("authorization: bearer abc"));
    noor.get("/-/account").ok().shows("dijkploeg, hr");
    let anna = house.browser();
    anna.post("/-/sign-in", &[("login", "anna"), ("password", PASSWORD), ("next", "/")]).status(303);
    // The form of the admin holds those that are given here, and saving it takes none of the others over.
    anna.get("/-/people/noor").ok().lacks("value=\"dijkploeg").shows("dijkploeg, hr");
    anna.submit("/-/people/noor/change", &[("name", "Noor de Vries"), ("groups", "sluis")]);
    sign_in(json!(["hr"]), "noor-1").status(303);
    noor.get("/-/account").ok().shows("hr, sluis").lacks("dijkploeg");
    // What is told about somebody else is nothing.
    sign_in(json!(["sluiswacht"]), "bas-1").status(403);
    noor.get("/-/account").ok().lacks("sluiswacht");
}

#[test]
fn somebody_without_an_account_is_told_whom_to_ask_and_may_link_one() {
    let house = House::with("");
    let anna = house.browser();
    let asked = anna.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    anna.back(asked.get("state")).status(403).shows("Vraag een beheerder om een uitnodiging");
    assert!(!anna.is_signed_in());
    anna.post("/-/sign-in", &[("login", "anna"), ("password", PASSWORD), ("next", "/")]).status(303);
    anna.get("/-/account").ok().shows("Koppel mijn account van Bureau");
    // Not by a form of elsewhere.
    anna.post("/-/oidc/link", &[]).status(403);
    let asked = self::asked(&anna.submit("/-/oidc/link", &[]).ok());
    house.issuer.give_claims(&house.issuer.claims(&asked));
    anna.back(asked.get("state")).status(303).leads_to("/-/account?done=linked");
    anna.get("/-/account").ok().shows("noor-1").lacks("Koppel mijn account");
    let elsewhere = house.browser();
    let asked = elsewhere.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    elsewhere.back(asked.get("state")).status(303);
    elsewhere.get("/-/people").ok();
    anna.submit("/-/account/unlink", &[("key", "0")]).status(303);
    let asked = elsewhere.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    house.browser();
    elsewhere.back(asked.get("state")).status(403);
}

#[test]
fn a_link_that_was_begun_by_somebody_else_is_refused() {
    let house = House::open();
    let anna = house.browser();
    anna.post("/-/sign-in", &[("login", "anna"), ("password", PASSWORD), ("next", "/")]).status(303);
    let asked = self::asked(&anna.submit("/-/oidc/link", &[]).ok());
    house.issuer.give_claims(&house.issuer.claims(&asked));
    // The session ends meanwhile.
    anna.cookies.borrow_mut().remove("polder");
    anna.back(asked.get("state")).status(403);
    assert!(!anna.is_signed_in());
}

#[test]
fn p15_a_disabled_account_is_not_signed_in_from_elsewhere() {
    let house = House::open();
    let noor = house.browser();
    let sign_in = |browser: &Browser<'_>| {
        let asked = browser.begin();
        house.issuer.give_claims(&house.issuer.claims(&asked));
        browser.back(asked.get("state"))
    };
    sign_in(&noor).status(303);
    let done = Command::new(PROGRAM)
        .args(["user", "disable", "noor", "--repo", &house.wiki.repo().display().to_string()])
        .env("XDG_DATA_HOME", house.wiki.folder.path().join("share"))
        .current_dir(house.wiki.folder.path())
        .output()
        .expect("the program runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    house.wiki.eventually("/-/health", |_| !noor.is_signed_in());
    sign_in(&noor).status(403).shows("uitgeschakeld");
    assert!(!noor.is_signed_in());
}

#[test]
fn a_save_that_waits_is_done_after_signing_in_elsewhere_and_not_lost_before() {
    let house = House::open();
    let noor = house.browser();
    let base = house.wiki.tip();
    let text = "---\ntitle: De dijk\n---\nBewaard na het <aanmelden> & \"meer\".\n";
    let fields = [("text", text), ("summary", "Elders aangemeld"), ("base", &base)];
    let form = noor.post("/-/edit/plan/dijk", &fields).status(401).shows("formaction=\"/-/oidc/sign-in\"").text();
    let carried: Vec<(String, String)> = form
        .split("<input type=\"hidden\"")
        .skip(1)
        .map(|input| {
            let of = |name: &str| unescape(between(input, &format!("{name}=\""), "\""));
            (of("name"), of("value"))
        })
        .collect();
    let carried: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The issuer says no: the text is still there.
    let asked = self::asked(&noor.post("/-/oidc/sign-in", &carried).ok());
    let back = noor.get(&format!("/-/oidc/callback?error=access_denied&state={}", asked.get("state"))).status(403);
    back.shows("niet aangemeld").shows("Bewaard na het &lt;aanmelden&gt; &amp; &quot;meer&quot;.");
    let asked = self::asked(&noor.post("/-/oidc/sign-in", &carried).ok());
    house.issuer.give_claims(&house.issuer.claims(&asked));
    noor.back(asked.get("state")).status(303).leads_to("/plan/dijk");
    assert_eq!(house.wiki.file("plan/dijk.md"), text);
}

#[test]
fn whoever_is_asked_once_more_signs_in_anew_as_the_same() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    house.issuer.give_claims(&house.issuer.claims(&asked));
    noor.back(asked.get("state")).status(303);
    let waits =
        [("target", "/-/account/token"), ("carry.label", "rekenaar"), ("carry.scope", "read"), ("carry.days", "7")];
    let again = |change: &dyn Fn(&mut Value)| {
        let asked = self::asked(&noor.post("/-/oidc/sign-in", &waits).ok());
        assert_eq!((asked.get("prompt"), asked.get("max_age")), ("login", "0"));
        let mut claims = house.issuer.claims(&asked);
        claims["auth_time"] = json!(now_s());
        change(&mut claims);
        house.issuer.give_claims(&claims);
        noor.back(asked.get("state"))
    };
    again(&|claims| claims["auth_time"] = Value::Null).status(403).shows("opnieuw laten aanmelden").lacks("pld_");
    again(&|claims| claims["auth_time"] = json!(now_s() - 3_600)).status(403).lacks("pld_");
    again(&|claims| claims["sub"] = json!("bas-1")).status(403).shows("als iemand anders").lacks("pld_");
    // What waited still does, and Noor is still Noor.
    noor.get("/-/account").ok().shows("Noor de Vries").lacks("rekenaar");
    again(&|_| ()).ok().shows("pld_").shows("rekenaar");
}

#[test]
fn w10_no_redirect_of_the_issuer_is_followed_and_no_plain_address_elsewhere_is_asked() {
    let house = House::open();
    let noor = house.browser();
    let asked = noor.begin();
    let there = TcpListener::bind("127.0.0.1:0").expect("a port");
    there.set_nonblocking(true).expect("set");
    let place = format!("http://{}/token", there.local_addr().expect("an address"));
    house.issuer.say("/token", 302, &json!(place));
    noor.back(asked.get("state")).status(502);
    assert!(there.accept().is_err(), "the redirect was followed");
    let house = House::open();
    house.issuer.describe(json!({ "token_endpoint": "http://192.0.2.1/token" }));
    house.browser().post("/-/oidc/sign-in", &[]).status(502).shows("niet te bereiken");
    house.issuer.describe(json!({ "issuer": "https://elders.example.org" }));
    house.browser().post("/-/oidc/sign-in", &[]).status(502);
    house.issuer.describe(json!({}));
    house.browser().post("/-/oidc/sign-in", &[]).ok();
}

#[test]
fn settings_that_do_not_go_together_are_told_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("secret"), "x").expect("written");
    let issuer = "oidc_issuer = \"https://login.example.org\"\n";
    let id = "oidc_client_id = \"polder\"\n";
    for (settings, says) in [
        ("oidc_client_id = \"polder\"\n".to_owned(), "needs `oidc_issuer`"),
        (issuer.to_owned(), "oidc_client_id"),
        (format!("{issuer}{id}"), "one of `oidc_secret_file` and `oidc_key_file`"),
        (format!("{issuer}{id}oidc_secret_file = \"secret\"\noidc_key_file = \"secret\"\n"), "one of"),
        (format!("{issuer}{id}oidc_key_file = \"secret\"\n"), "no private key"),
        (format!("{issuer}{id}oidc_secret_file = \"gone\"\n"), "could not be read"),
        ("oidc_issuer = \"http://login.example.org\"\n".to_owned(), "is no issuer"),
        (format!("{issuer}{id}oidc_secret_file = \"secret\"\nlisten = \"0.0.0.0:0\"\n"), "needs `url`"),
    ] {
        fs::write(folder.path().join("polder.toml"), &settings).expect("written");
        let done = Command::new(PROGRAM)
            .args(["serve", "--data", "data"])
            .current_dir(folder.path())
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{settings}\n{said}");
        assert!(said.contains(says), "{settings}\n{said}");
    }
}
