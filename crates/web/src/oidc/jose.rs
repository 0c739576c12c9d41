//! Signed tokens (JWS, RFC 7515) and the keys that they are checked by (JWK, RFC 7517), as far as
//! single sign-on needs them: three algorithms with public keys, compact form, nothing encrypted.
//!
//! The cryptography is ring's. A key is only ever used for its own algorithm, so that a token can't
//! have a public key taken for a shared secret; `none` and HMAC are not known at all.

use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

/// Longest token that is looked at. Those with hundreds of groups have some 30 KB.
const TOKEN_MAX_BYTES: usize = 256 * 1024;
/// Keys of one issuer that are looked at. Usual are two to ten.
const KEYS_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    fn parse(name: &str) -> Option<Algorithm> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "ES256" => Some(Algorithm::Es256),
            // The newer name (RFC 9864) of the same with this curve.
            "EdDSA" | "Ed25519" => Some(Algorithm::EdDsa),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Es256 => "ES256",
            Algorithm::EdDsa => "EdDSA",
        }
    }
}

/// A public key of the issuer.
#[derive(Clone, Debug)]
pub struct Key {
    kid: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// A point that is not compressed.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Rsa { .. } => Algorithm::Rs256,
            Material::P256(_) => Algorithm::Es256,
            Material::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Material::P256(point) => {
                signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            Material::Ed25519(point) => {
                signature::UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok()
            }
        }
    }
}

/// The keys of a set that can sign; others are passed over.
pub fn keys(set: &Value) -> Vec<Key> {
    let listed = set.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    listed.iter().take(KEYS_MAX).filter_map(key).collect()
}

fn key(jwk: &Value) -> Option<Key> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(from_base64url);
    let material = match (text("kty")?, text("crv")) {
        ("RSA", _) => Material::Rsa { n: bytes("n")?, e: bytes("e")? },
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes("x")?, bytes("y")?);
            Material::P256([&[4][..], &x, &y].concat())
        }
        ("OKP", Some("Ed25519")) => Material::Ed25519(bytes("x")?),
        _ => return None,
    };
    let key = Key { kid: text("kid").map(str::to_owned), material };
    let is_for_this = text("alg").is_none_or(|name| Algorithm::parse(name) == Some(key.algorithm()));
    let is_for_signing = text("use").is_none_or(|purpose| purpose == "sig");
    (is_for_this && is_for_signing).then_some(key)
}

/// A token in its parts; its signature is not checked yet, so that its claims can't be reached.
pub struct Token<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    message: &'a str,
    signature: Vec<u8>,
    claims: Value,
}

/// Why a token is no good, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Not three parts of JSON and bytes.
    Shape,
    /// An algorithm that is not on the list, `none` among them.
    Algorithm,
    /// Something that must be understood and is not.
    Critical,
    /// Signed for another purpose.
    Kind,
    /// No key of the issuer with that name.
    UnknownKey,
    /// Signed by none of the issuer's keys.
    Signature,
}

impl<'a> Token<'a> {
    pub fn parse(token: &'a str) -> Result<Token<'a>, TokenFault> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(TokenFault::Shape);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenFault::Shape)?;
        let (head, body) = message.split_once('.').ok_or(TokenFault::Shape)?;
        let head = object(head).ok_or(TokenFault::Shape)?;
        let claims = object(body).ok_or(TokenFault::Shape)?;
        let signature = from_base64url(signature).ok_or(TokenFault::Shape)?;
        let text = |name: &str| head.get(name).and_then(Value::as_str);
        let algorithm = text("alg").and_then(Algorithm::parse).ok_or(TokenFault::Algorithm)?;
        if head.get("crit").is_some() {
            return Err(TokenFault::Critical);
        }
        if head.get("typ").is_some_and(|kind| !kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("jwt"))) {
            return Err(TokenFault::Kind);
        }
        let kid = text("kid").map(str::to_owned);
        Ok(Token { algorithm, kid, message, signature, claims })
    }

    /// Its claims, if one of these keys has signed it.
    pub fn claims(&self, keys: &[Key]) -> Result<&Value, TokenFault> {
        let mut fitting = keys
            .iter()
            .filter(|key| key.algorithm() == self.algorithm && (self.kid.is_none() || key.kid == self.kid))
            .peekable();
        if fitting.peek().is_none() {
            return Err(TokenFault::UnknownKey);
        }
        let is_signed = fitting.any(|key| key.has_signed(self.message.as_bytes(), &self.signature));
        if is_signed { Ok(&self.claims) } else { Err(TokenFault::Signature) }
    }
}

fn object(part: &str) -> Option<Value> {
    serde_json::from_slice::<Value>(&from_base64url(part)?).ok().filter(Value::is_object)
}

/// A private key of ours, to prove who we are.
pub enum Signer {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// From a PEM file: RSA of at least 2048 bits, P-256 or Ed25519.
    pub fn parse(pem: &str) -> Result<Signer, &'static str> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "there is no private key in PEM in it")?;
        match key {
            PrivateKeyDer::Pkcs1(key) => {
                RsaKeyPair::from_der(key.secret_pkcs1_der()).map(Signer::Rsa).map_err(|_| "its RSA key can't be used")
            }
            PrivateKeyDer::Pkcs8(key) => {
                let der = key.secret_pkcs8_der();
                let random = SystemRandom::new();
                let rsa = || RsaKeyPair::from_pkcs8(der).map(Signer::Rsa).ok();
                let p256 =
                    || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).map(Signer::P256).ok();
                let ed25519 = || Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Signer::Ed25519).ok();
                rsa()
                    .or_else(p256)
                    .or_else(ed25519)
                    .ok_or("its key is none of RSA (2048 bits or more), P-256 and Ed25519")
            }
            _ => Err("its key is not in PKCS#8; `openssl pkcs8 -topk8 -nocrypt` makes it so"),
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Signer::Rsa(_) => Algorithm::Rs256,
            Signer::P256(_) => Algorithm::Es256,
            Signer::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// A token with these claims; `None` if the machine has no randomness.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let head = json!({ "alg": self.algorithm().name(), "typ": "JWT" }).to_string();
        let message = format!("{}.{}", to_base64url(head.as_bytes()), to_base64url(claims.to_string().as_bytes()));
        let random = SystemRandom::new();
        let signature = match self {
            Signer::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).ok()?;
                signature
            }
            Signer::P256(key) => key.sign(&random, message.as_bytes()).ok()?.as_ref().to_vec(),
            Signer::Ed25519(key) => key.sign(message.as_bytes()).as_ref().to_vec(),
        };
        Some(format!("{message}.{}", to_base64url(&signature)))
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding (RFC 4648 §5).
pub fn to_base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let at = |n: usize| u32::from(three.get(n).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..=three.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * n) & 63) as usize]));
        }
    }
    text
}

/// `None` for what is not that, also if only its last bits say nothing.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut n_bits) = (0u32, 0);
    for c in text.bytes() {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits).ok()?);
            bits &= (1 << n_bits) - 1;
        }
    }
    (n_bits < 6 && bits == 0).then_some(bytes)
}
