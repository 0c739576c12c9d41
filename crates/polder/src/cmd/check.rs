//! `polder check [PATH]`: the problems of a wiki, one per line; a git repository at its branch, or
//! a plain folder as it lies there.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use polder_core::doc;
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::manifest::{Entry, Manifest, OddKind, OddName};
use polder_core::path::FilePath;
use polder_core::problem::Level;
use polder_core::review::odd_problem;
use polder_core::site::{self, Site, Who, wants_doc};
use polder_store::{OpenError, Store};

use crate::cli::Check;
use crate::cmd::{problem_line, terminal_lang};
use crate::starter;
use crate::stop::Stop;

/// Folders deeper than paths may be are not walked.
const DEPTH_MAX: usize = limits::PATH_MAX_SEGMENTS;

pub fn run(check: &Check) -> Result<ExitCode, Stop> {
    let path = &check.path;
    if !path.is_dir() {
        return Err(Stop::usage(format!("{} is no folder", path.display())));
    }
    let site = read(path)?;
    let lang = terminal_lang();
    let who = Who::default();
    let seen = site.seen_by(&who);
    let (mut errors, mut warnings, mut hints) = (0usize, 0usize, 0usize);
    let mut tell = |file: &str, problem: &polder_core::problem::Problem| {
        match problem.level {
            Level::Error => errors += 1,
            Level::Warning => warnings += 1,
            Level::Hint => hints += 1,
        }
        println!("{}", problem_line(lang, file, problem));
    };
    for (file, problems) in seen.problems(polder_wiki::clock::today(seen.settings())).iter() {
        for problem in problems {
            tell(file.as_str(), problem);
        }
    }
    for (shown, why) in seen.odd_names() {
        tell(shown, &odd_problem(why));
    }
    let n_pages = seen.readable().count();
    eprintln!("pages: {n_pages}, errors: {errors}, warnings: {warnings}, hints: {hints}");
    Ok(if errors > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn read(path: &Path) -> Result<Site, Stop> {
    let scratch = std::env::temp_dir().join(format!("polder-check-{}", std::process::id()));
    let site = match starter::ready_git(&scratch).map(|()| Store::open(path)) {
        Ok(Ok(store)) => read_repository(&store),
        Ok(Err(OpenError::PlainFolder)) | Err(_) => read_folder(path),
        Ok(Err(error)) => Err(Stop::failed(format!("{}: {error}", path.display()))),
    };
    let _ = fs::remove_dir_all(&scratch);
    site
}

fn read_repository(store: &Store) -> Result<Site, Stop> {
    let failed = |error: polder_store::StoreError| Stop::failed(error.to_string());
    let Some(main) = store.main_tip().map_err(failed)? else { return Ok(polder_wiki::derive::empty_site()) };
    let mut memo = polder_wiki::derive::Memo::default();
    polder_wiki::derive::site_at(store, &mut memo, main, None, &|_, _| {}).map_err(failed)
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
