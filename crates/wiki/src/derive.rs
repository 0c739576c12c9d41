//! How a site follows from a commit: list the tree, parse what was never parsed, assemble.
//!
//! Parsing is remembered by kind and blob. Everything that needs the whole wiki is left to
//! `core::site::assemble`; nothing is patched here, so that catching up and starting over give
//! the same (INV-2).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polder_core::doc::{self, Doc};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Entry, Manifest};
use polder_core::path::{FilePath, Kind};
use polder_core::site::{self, Site};
use polder_store::{Store, StoreError};
use rustc_hash::FxHashMap;
use tracing::warn;

use crate::docs_cache::KeptDoc;

/// Docs remembered beyond those of the present site, for old versions.
const SPARE_DOCS: usize = 20_000;

/// Docs by what they were parsed from.
pub(crate) type Docs = FxHashMap<(Kind, BlobId), Arc<Doc>>;

/// Docs that are remembered.
#[derive(Debug, Default)]
pub struct Memo {
    docs: Docs,
    /// Docs parsed since the memo was last written to disk.
    pub unsaved: usize,
}

impl Memo {
    pub fn new(kept: Vec<KeptDoc>) -> Memo {
        let docs = kept.into_iter().map(|kept| ((kept.kind, kept.blob), kept.doc)).collect();
        Memo { docs, unsaved: 0 }
    }

    /// Remembers docs, so that their files need not be read.
    pub(crate) fn know(&mut self, docs: Docs) {
        self.unsaved += docs.len();
        self.docs.extend(docs);
    }

    /// The docs of a site, for keeping on disk.
    pub fn of_site(&self, site: &Site) -> Vec<KeptDoc> {
        wanted(site.manifest())
            .filter_map(|entry| {
                let kind = entry.path.kind();
                let doc = self.docs.get(&(kind, entry.blob))?;
                Some(KeptDoc { kind, blob: entry.blob, doc: Arc::clone(doc) })
            })
            .collect()
    }

    /// Forgets what only old versions needed, when that has become much.
    fn tidy(&mut self, in_use: usize) {
        if self.docs.len() > in_use * 2 + SPARE_DOCS {
            self.docs.retain(|_, doc| Arc::strong_count(doc) > 1);
        }
    }
}

/// The site of a repository in which nothing was ever saved.
pub fn empty_site() -> Site {
    site::assemble(CommitId([0; 20]), Arc::new(Manifest::default()), Vec::new(), None)
}

/// The site at a commit. `near` is a site whose tree is alike: its manifest is changed rather
/// than listed again, and what it computed from the same inputs is taken over.
pub fn site_at(
    store: &Store,
    memo: &mut Memo,
    at: CommitId,
    near: Option<&Site>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Site, StoreError> {
    let manifest = match near {
        Some(near) => changed_manifest(store, near, at)?,
        None => store.manifest(at)?,
    };
    site_of(store, memo, at, Arc::new(manifest), near, progress)
}

/// The site of a commit whose files are known.
pub(crate) fn site_of(
    store: &Store,
    memo: &mut Memo,
    at: CommitId,
    manifest: Arc<Manifest>,
    near: Option<&Site>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Site, StoreError> {
    let docs = docs(store, memo, &manifest, near, progress)?;
    let site = site::assemble(at, manifest, docs, near);
    memo.tidy(site.manifest().entries().len());
    Ok(site)
}

fn changed_manifest(store: &Store, near: &Site, at: CommitId) -> Result<Manifest, StoreError> {
    let changes = store.changes(near.at, at)?;
    if changes.odd {
        return store.manifest(at);
    }
    let manifest = near.manifest();
    Ok(manifest.changed(&changes.files, manifest.odd.clone()))
}

/// The files that a site has a doc of, in the order of its docs.
pub fn wanted(manifest: &Manifest) -> impl Iterator<Item = &Entry> {
    manifest.entries().iter().filter(|entry| site::wants_doc(&entry.path))
}

/// The site that a change would make of `before`: for judging, so it has no commit of its own.
/// `new_docs` are those of the changed files, by path.
pub fn site_after(before: &Site, after: Manifest, new_docs: &[(FilePath, Arc<Doc>)]) -> Site {
    let mut known = wanted(before.manifest()).zip(before.docs()).peekable();
    let mut docs = Vec::with_capacity(before.docs().len() + new_docs.len());
    let mut fresh: Vec<(&FilePath, &Arc<Doc>)> = new_docs.iter().map(|(path, doc)| (path, doc)).collect();
    fresh.sort_unstable_by_key(|(path, _)| *path);
    for entry in wanted(&after) {
        while known.peek().is_some_and(|(old, _)| old.path < entry.path) {
            known.next();
        }
        let kept = known.next_if(|(old, _)| old.path == entry.path).map(|(_, doc)| doc);
        let fresh = fresh.binary_search_by_key(&&entry.path, |(path, _)| *path).ok().map(|at| fresh[at].1);
        docs.push(fresh.or(kept).map_or_else(|| Arc::new(doc::unreadable()), Arc::clone));
    }
    site::assemble(before.at, Arc::new(after), docs, Some(before))
}

/// A site once more, with everything it computed taken over: for a world in which only refs or
/// the history changed.
pub fn site_again(site: &Site, at: CommitId) -> Site {
    site::assemble(at, Arc::clone(site.manifest()), site.docs().to_vec(), Some(site))
}

/// One doc for each entry that wants one: those of `near` where the file is the same, then what is
/// remembered, then by parsing. Many unknown ones are parsed on two threads.
pub fn docs(
    store: &Store,
    memo: &mut Memo,
    manifest: &Manifest,
    near: Option<&Site>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Arc<Doc>>, StoreError> {
    let mut found: Vec<Option<Arc<Doc>>> = Vec::with_capacity(manifest.entries().len());
    let mut unknown: Vec<(Kind, BlobId)> = Vec::new();
    let mut old = near.into_iter().flat_map(|near| wanted(near.manifest()).zip(near.docs())).peekable();
    for entry in wanted(manifest) {
        while old.peek().is_some_and(|(before, _)| !before.path.same(&entry.path) && before.path < entry.path) {
            old.next();
        }
        let same =
            old.next_if(|(before, _)| before.path.same(&entry.path)).filter(|(before, _)| before.blob == entry.blob);
        let key = (entry.path.kind(), entry.blob);
        let doc = same.map(|(_, doc)| Arc::clone(doc)).or_else(|| memo.docs.get(&key).map(Arc::clone));
        if doc.is_none() {
            unknown.push(key);
        }
        found.push(doc);
    }
    unknown.sort_unstable();
    unknown.dedup();
    memo.unsaved += unknown.len();
    for (key, doc) in parse_all(store, &unknown, progress)? {
        memo.docs.insert(key, doc);
    }
    let remembered = |entry: &Entry| memo.docs.get(&(entry.path.kind(), entry.blob)).map(Arc::clone);
    let absent = || Arc::new(doc::unreadable());
    Ok(found
        .into_iter()
        .zip(wanted(manifest))
        .map(|(doc, entry)| doc.or_else(|| remembered(entry)).unwrap_or_else(absent))
        .collect())
}

type Parsed = Vec<((Kind, BlobId), Arc<Doc>)>;

fn parse_all(
    store: &Store,
    keys: &[(Kind, BlobId)],
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Parsed, StoreError> {
    let done = AtomicUsize::new(0);
    let parse_some = |keys: &[(Kind, BlobId)]| -> Result<Parsed, StoreError> {
        let mut parsed = Vec::with_capacity(keys.len());
        for &(kind, blob) in keys {
            match store.read(blob) {
                Ok(bytes) => parsed.push(((kind, blob), Arc::new(doc::parse(kind, &bytes)))),
                // One lost or oversize file must not close the whole wiki (INV-9); not remembered,
                // since it may come back.
                Err(error @ (StoreError::Absent(_) | StoreError::TooLarge(_) | StoreError::Other(_))) => {
                    warn!(%blob, "a page can't be read: {error}");
                }
                Err(error) => return Err(error),
            }
            let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
            if so_far.is_multiple_of(500) {
                progress(so_far, usize::MAX);
            }
        }
        Ok(parsed)
    };
    if keys.len() < 64 {
        return parse_some(keys);
    }
    let total = keys.len();
    progress(0, total);
    let (left, right) = keys.split_at(total / 2);
    let (left, right) = std::thread::scope(|scope| {
        let other = scope.spawn(|| parse_some(right));
        (parse_some(left), other.join())
    });
    let mut parsed = left?;
    match right {
        Ok(right) => parsed.extend(right?),
        Err(panic) => std::panic::resume_unwind(panic),
    }
    progress(total, total);
    Ok(parsed)
}
