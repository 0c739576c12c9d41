//! Secrets from the system's chance, and what is kept of them.
//!
//! A secret has 256 random bits, so a plain SHA-256 of it is enough to store, and looking it up by
//! that hash tells nobody anything by its time.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::fault::AccountsError;

pub(super) const TOKEN_PREFIX: &str = "pld_";
/// 32 bytes in base64 without padding.
const SECRET_CHARS: usize = 43;

/// SHA-256 of a secret, as it was handed out.
pub(super) type SecretHash = [u8; 32];

pub(super) fn random<const N: usize>() -> Result<[u8; N], AccountsError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| AccountsError::Other(format!("no chance from the system: {error}")))?;
    Ok(bytes)
}

/// A fresh secret in letters that need no quoting anywhere.
pub(super) fn fresh(prefix: &str) -> Result<String, AccountsError> {
    let mut text = String::with_capacity(prefix.len() + SECRET_CHARS);
    text.push_str(prefix);
    base64url(&random::<32>()?, &mut text);
    Ok(text)
}

/// A random number above zero, by which a session or token is named without giving it away.
pub(super) fn fresh_handle() -> Result<i64, AccountsError> {
    Ok(i64::from_le_bytes(random()?) & i64::MAX)
}

/// `None` for what can't be one of ours, before anything is computed of it.
pub(super) fn hash(secret: &str, prefix: &str) -> Option<SecretHash> {
    let rest = secret.strip_prefix(prefix)?;
    let is_ours = rest.len() == SECRET_CHARS
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_ours.then(|| Sha256::digest(secret.as_bytes()).into())
}

/// A token for forms that only the holder of the secret can know.
pub(super) fn csrf(secret: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256>>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"csrf");
    mac.finalize().into_bytes().into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `None` for what is not 32 bytes in hexadecimal.
pub(super) fn from_hex(text: &str) -> Option<SecretHash> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

fn base64url(bytes: &[u8], out: &mut String) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
        for letter in 0..=chunk.len() {
            out.push(char::from(LETTERS[(bits >> (18 - 6 * letter)) as usize & 63]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_of_known_texts() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg")] {
            let mut out = String::new();
            base64url(bytes.as_bytes(), &mut out);
            assert_eq!(out, text);
        }
        let mut out = String::new();
        base64url(&[0xfb, 0xff, 0xfe], &mut out);
        assert_eq!(out, "-__-");
    }

    #[test]
    fn secrets_differ_and_only_ours_are_hashed() {
        let (one, two) = (fresh("pld_").unwrap(), fresh("pld_").unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 47);
        assert!(hash(&one, "pld_").is_some());
        assert_eq!(hash(&one, ""), None);
        assert_eq!(hash(&one[..46], "pld_"), None);
        assert_eq!(hash("pld_é234567890123456789012345678901234567890ab", "pld_"), None);
        assert_eq!(hash(&"x".repeat(1 << 20), ""), None);
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        let bytes: [u8; 32] = random().unwrap();
        assert_eq!(from_hex(&hex(&bytes)), Some(bytes));
        assert_eq!(from_hex("zz"), None);
        assert_eq!(from_hex(&"é".repeat(32)), None);
    }
}
