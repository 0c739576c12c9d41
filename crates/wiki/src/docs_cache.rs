//! Parsed docs on disk, so that a start need not parse the whole wiki again.
//!
//! One file, keyed by kind, blob and the version of the parser; wholly derived, so a damaged or
//! older file is ignored and written anew.

use std::fs;
use std::hash::Hasher as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use polder_core::doc::{Doc, VERSION};
use polder_core::ids::BlobId;
use polder_core::path::Kind;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

const MAGIC: &[u8; 8] = b"polderD1";

/// One kept doc.
#[derive(Serialize, Deserialize)]
pub struct KeptDoc {
    pub kind: Kind,
    pub blob: BlobId,
    pub doc: Arc<Doc>,
}

/// Reads the file; empty when it is missing, damaged or of another version.
pub fn load(file: &Path) -> Vec<KeptDoc> {
    let Ok(bytes) = fs::read(file) else { return Vec::new() };
    let Some((head, body)) = bytes.split_at_checked(20) else { return Vec::new() };
    if head[..8] != *MAGIC || head[8..12] != VERSION.to_le_bytes() || head[12..20] != checksum(body) {
        return Vec::new();
    }
    postcard::from_bytes(body).unwrap_or_default()
}

/// Writes the file whole and puts it in place at once.
pub fn save(file: &Path, docs: &[KeptDoc]) -> io::Result<()> {
    let body = postcard::to_stdvec(docs).map_err(io::Error::other)?;
    let fresh = file.with_extension("new");
    let mut out = fs::File::create(&fresh)?;
    out.write_all(MAGIC)?;
    out.write_all(&VERSION.to_le_bytes())?;
    out.write_all(&checksum(&body))?;
    out.write_all(&body)?;
    out.sync_all()?;
    fs::rename(&fresh, file)
}

/// Finds damage, not malice: the cache folder is as trusted as the repository beside it.
fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.write_usize(bytes.len());
    hasher.finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_docs_come_back_and_damage_is_seen() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("docs");
        let text = b"---\ntitle: Dijk\ntags: [a, b]\n---\n# Kop\n[[x|y]]\n";
        let doc = Arc::new(polder_core::doc::parse(Kind::Page, text));
        let kept = KeptDoc { kind: Kind::Page, blob: BlobId([7; 20]), doc: Arc::clone(&doc) };
        save(&file, &[kept]).expect("the cache is written");
        assert_eq!(*load(&file)[0].doc, *doc);
        let bytes = fs::read(&file).expect("the file is there");
        for at in [0, 9, 15, 25, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            fs::write(&file, damaged).expect("writable");
            assert!(load(&file).is_empty(), "byte {at}");
        }
        fs::write(&file, &bytes[..bytes.len() / 2]).expect("writable");
        assert!(load(&file).is_empty());
    }
}
