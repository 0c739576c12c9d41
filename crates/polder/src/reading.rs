//! A wiki read by its path, for commands that look without serving: a git repository at its branch,
//! or a plain folder as it lies there.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use polder_core::doc;
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::manifest::{Entry, Manifest, OddKind, OddName};
use polder_core::path::FilePath;
use polder_core::site::{self, Site, wants_doc};
use polder_store::{OpenError, Store, StoreError};
use polder_wiki::derive::{self, Memo};

use crate::starter;
use crate::stop::Stop;

/// Folders deeper than paths may be are not walked.
const DEPTH_MAX: usize = limits::PATH_MAX_SEGMENTS;

/// What lies at a path.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    Repository(&'a Store),
    Folder(&'a Path),
}

/// Does something with what lies at `path`.
pub fn with<T>(path: &Path, act: impl FnOnce(Source<'_>) -> Result<T, Stop>) -> Result<T, Stop> {
    if !path.is_dir() {
        return Err(Stop::usage(format!("{} is no folder", path.display())));
    }
    let scratch = std::env::temp_dir().join(format!("polder-read-{}", std::process::id()));
    let done = match starter::ready_git(&scratch).map(|()| Store::open_to_look(path)) {
        Ok(Ok(store)) => act(Source::Repository(&store)),
        Ok(Err(OpenError::PlainFolder)) | Err(_) => act(Source::Folder(path)),
        Ok(Err(error)) => Err(Stop::failed(format!("{}: {error}", path.display()))),
    };
    let _ = fs::remove_dir_all(&scratch);
    done
}

/// The site of the branch (of what HEAD names, where that is no branch), or of the folder.
pub fn site(source: Source<'_>) -> Result<Site, Stop> {
    match source {
        Source::Repository(store) => match store.main_tip().map_err(failed)? {
            Some(main) => site_at(store, main),
            None => Ok(derive::empty_site()),
        },
        Source::Folder(root) => read_folder(root),
    }
}

/// The site of one commit.
pub fn site_at(store: &Store, at: CommitId) -> Result<Site, Stop> {
    derive::site_at(store, &mut Memo::default(), at, None, &|_, _| {}).map_err(failed)
}

/// What the repository answered instead.
pub fn failed(error: StoreError) -> Stop {
    Stop::failed(error.to_string())
}

/// A folder read as if it were one commit. Ids are counted: nothing here is stored.
fn read_folder(root: &Path) -> Result<Site, Stop> {
    let mut found = Found::default();
    walk(root, "", 0, &mut found)?;
    found.files.sort_by(|a, b| a.0.path.cmp(&b.0.path));
    let mut docs = Vec::new();
    let mut entries = Vec::new();
    for (entry, bytes) in found.files {
        if wants_doc(&entry.path) {
            docs.push(Arc::new(doc::parse(entry.path.kind(), &bytes)));
        }
        entries.push(entry);
    }
    let manifest = Manifest::new(entries, found.odd);
    Ok(site::assemble(CommitId([0; 20]), Arc::new(manifest), docs, None))
}

#[derive(Default)]
struct Found {
    files: Vec<(Entry, Vec<u8>)>,
    odd: Vec<OddName>,
}

fn walk(folder: &Path, prefix: &str, depth: usize, found: &mut Found) -> Result<(), Stop> {
    let failed = |error: std::io::Error| Stop::failed(format!("{} could not be read: {error}", folder.display()));
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let shown = format!("{prefix}{}", name.to_string_lossy());
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_symlink() {
            found.odd.push(OddName { shown, why: OddKind::Symlink });
        } else if kind.is_dir() {
            if name != ".git" && depth < DEPTH_MAX {
                walk(&entry.path(), &format!("{shown}/"), depth + 1, found)?;
            }
        } else {
            match name.to_str().map(|name| FilePath::parse(&format!("{prefix}{name}"))) {
                Some(Ok(path)) => {
                    let bytes = if wants_doc(&path) { fs::read(entry.path()).map_err(failed)? } else { Vec::new() };
                    found.files.push((Entry { path, blob: counted(found.files.len()) }, bytes));
                }
                _ => found.odd.push(OddName { shown, why: OddKind::Name }),
            }
        }
    }
    Ok(())
}

fn counted(n: usize) -> BlobId {
    let mut id = [0; 20];
    id[..8].copy_from_slice(&(n as u64 + 1).to_le_bytes());
    BlobId(id)
}
