//! The wikis that come with the program, embedded (see `build.rs`), and putting one in a
//! repository through the wiki's own door.

use polder_core::access::Who;
use polder_core::path::FilePath;
use polder_store::{Store, prepare};
use polder_wiki::propose::{Edit, Proposal};
use polder_wiki::wiki::Wiki;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::stop::Stop;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files of a starter wiki.
pub type Files = &'static [(&'static str, &'static [u8])];

/// Commits all `files` to an empty repository.
pub fn fill(wiki: &Wiki, files: Files, summary: &str) -> Result<(), Stop> {
    let mut edits = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        let path = FilePath::parse_new(path)
            .map_err(|fault| Stop::failed(format!("the starter wiki holds a bad name, {path}: {}", fault.code())))?;
        edits.push(Edit::Put { path, bytes: bytes.to_vec() });
    }
    let who = Who { name: Some("Polder".to_owned()), ..Who::owner() };
    let proposal = Proposal {
        edits,
        base: None,
        who: &who,
        summary: summary.to_owned(),
        trailers: Vec::new(),
        time_s: now_s(),
        offset_min: 0,
    };
    match wiki.propose(&proposal) {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::failed(format!("the starter wiki could not be saved: {error:?}"))),
    }
}

/// Opens git for durable work; `folder` gets a small configuration file of our own.
pub fn ready_git(folder: &Path) -> Result<(), Stop> {
    let least = (2, 39, 2);
    match polder_store::git_version() {
        Ok(version) if version >= least => {}
        Ok((major, minor, patch)) => {
            let says = format!("git {major}.{minor}.{patch} is too old: Polder needs git 2.39.2 or newer on the PATH");
            return Err(Stop::failed(says));
        }
        Err(_) => return Err(Stop::failed("git was not found: install git 2.39.2 or newer and put it on the PATH")),
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| Stop::failed(format!("the folder {} could not be made: {error}", folder.display())))?;
    prepare(folder).map_err(|error| Stop::failed(format!("git could not be set up: {error}")))
}

/// Opens a wiki without cache, for a command that only fills it.
pub fn open_bare(store: Store) -> Result<Wiki, Stop> {
    Wiki::open(store, None, &|_| {}).map_err(|error| Stop::failed(error.to_string()))
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
