//! Judges what changed between two commits by the same `review` as a save (INV-3): for git's hook
//! and for `polder check --since`.
//!
//! The sites are assembled only when the change touches what types speak of. Neither words nor
//! what may be pushed are decided here.

use std::path::Path;
use std::sync::Arc;

use polder_core::access::Who;
use polder_core::doc::{self, Doc};
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::manifest::{Change, Manifest};
use polder_core::path::{FilePath, Kind};
use polder_core::review::{New, Reviewed, Sites, Verdict, review};
use polder_core::site::{Site, wants_doc};
use polder_store::{Store, StoreError};

use crate::clock;
use crate::derive::{self, Memo};
use crate::docs_cache;

/// What the gate says of a change that is already a commit.
#[derive(Debug)]
pub struct Judged {
    /// The files that differ, by path.
    pub changes: Vec<Change>,
    pub verdict: Verdict,
    /// The site with the change, where judging needed it. Its commit is that before the change.
    pub after: Option<Site>,
}

/// Judges what leads from `old` (nothing at all for `None`) to `new`. `cache` is the folder of what
/// a server derived, if any.
pub fn judge(store: &Store, old: Option<CommitId>, new: CommitId, cache: Option<&Path>) -> Result<Judged, StoreError> {
    let before = match old {
        Some(old) => store.manifest(old)?,
        None => Manifest::default(),
    };
    let after = store.manifest(new)?;
    let changes = before.changes_to(&after);
    let mut parsed = Vec::with_capacity(changes.len());
    for change in &changes {
        let old = parse(store, &change.path, change.old)?;
        let new = parse(store, &change.path, change.new)?;
        let size = change.new.map(|blob| store.size(blob)).transpose()?;
        parsed.push((old, new, size));
    }
    let files: Vec<Reviewed<'_>> = changes
        .iter()
        .zip(&parsed)
        .map(|(change, (old, new, size))| Reviewed {
            path: &change.path,
            old: old.as_deref(),
            new: size.map(|size_bytes| New { size_bytes, doc: new.as_deref() }),
        })
        .collect();
    if !touches_types(&before, &changes) {
        let verdict = review(&before, &after, &changes, &files, None);
        return Ok(Judged { changes, verdict, after: None });
    }
    let kept = cache.map(|folder| docs_cache::load(&folder.join("docs"))).unwrap_or_default();
    let mut memo = Memo::new(kept);
    let site = match old {
        Some(old) => derive::site_at(store, &mut memo, old, None, &|_, _| {})?,
        None => derive::empty_site(),
    };
    let new_docs: Vec<_> = changes
        .iter()
        .zip(&parsed)
        .filter_map(|(change, (_, new, _))| Some((change.path.clone(), new.clone()?)))
        .collect();
    let would_be = derive::site_after(&site, after.clone(), &new_docs);
    let who = Who::owner();
    let today = clock::today(site.settings());
    let sites = Sites { before: site.seen_by(&who), after: would_be.seen_by(&who), today };
    let verdict = review(&before, &after, &changes, &files, Some(sites));
    Ok(Judged { changes, verdict, after: Some(would_be) })
}

/// A file's doc; `None` for what has none, and for a page that is too large to be one.
fn parse(store: &Store, path: &FilePath, blob: Option<BlobId>) -> Result<Option<Arc<Doc>>, StoreError> {
    match blob.filter(|_| wants_doc(path)) {
        Some(blob) if store.size(blob)? <= limits::PAGE_MAX_BYTES => {
            Ok(Some(Arc::new(doc::parse(path.kind(), &store.read(blob)?))))
        }
        _ => Ok(None),
    }
}

/// Whether a change touches anything that types speak of; `review::wants_sites` before there is a
/// site.
fn touches_types(before: &Manifest, changes: &[Change]) -> bool {
    let is_type = |path: &FilePath| path.as_str().starts_with(".polder/types/");
    let has_types = before.entries().iter().any(|entry| is_type(&entry.path));
    changes.iter().any(|change| is_type(&change.path))
        || (has_types && changes.iter().any(|change| change.path.kind() == Kind::Page))
}
