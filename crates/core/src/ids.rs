//! Names of git objects, parsed once and then opaque.
//!
//! Only SHA-1 ids (20 bytes): what git2 and the git program use by default. Nothing here knows
//! what an id points at.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CommitId(pub [u8; 20]);

/// The id of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobId(pub [u8; 20]);

/// The id of an annotated tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TagId(pub [u8; 20]);

impl CommitId {
    /// Reads 40 hexadecimal digits; anything else is `None`.
    pub fn parse(hex: &str) -> Option<CommitId> {
        parse_hex(hex.as_bytes()).map(CommitId)
    }

    /// The first ten digits: enough for people to tell commits apart.
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl BlobId {
    /// Reads 40 hexadecimal digits; anything else is `None`.
    pub fn parse(hex: &str) -> Option<BlobId> {
        parse_hex(hex.as_bytes()).map(BlobId)
    }

    /// Reads 40 hexadecimal digits given as bytes.
    pub fn parse_bytes(hex: &[u8]) -> Option<BlobId> {
        parse_hex(hex).map(BlobId)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

fn parse_hex(hex: &[u8]) -> Option<[u8; 20]> {
    if hex.len() != 40 {
        return None;
    }
    let mut id = [0u8; 20];
    for (byte, pair) in id.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(id)
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

fn write_hex(id: &[u8; 20], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [0u8; 40];
    for (pair, byte) in hex.chunks_exact_mut(2).zip(id) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    f.pad(std::str::from_utf8(&hex).expect("hexadecimal digits are ASCII"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_and_printed_the_same() {
        let hex = "3f2a9c1b00ff00112233445566778899aabbccdd";
        assert_eq!(CommitId::parse(hex).map(|id| id.to_string()).as_deref(), Some(hex));
        assert_eq!(CommitId::parse(&hex[1..]), None);
        assert_eq!(BlobId::parse(&hex.replace('3', "g")), None);
    }
}
