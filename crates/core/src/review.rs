//! The gate: whether edits may become a commit. One validator for the browser, the command line
//! and `git push` (INV-3).
//!
//! Judges names, sizes, encodings and frontmatter of what changed. Only errors that a change adds
//! refuse it; untidy content is a warning. Who may change what is decided in `access`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use jiff::civil;

use crate::access::{self, Access};
use crate::doc::Doc;
use crate::eval::Eval;
use crate::judge;
use crate::limits;
use crate::manifest::{Change, Manifest, OddKind};
use crate::path::{FilePath, Kind};
use crate::problem::{Level, Pos, Problem};
use crate::site::Seen;

/// A changed file as it was and as it would be.
#[derive(Debug)]
pub struct Reviewed<'a> {
    pub path: &'a FilePath,
    pub old: Option<&'a Doc>,
    /// `None` when the file is deleted.
    pub new: Option<New<'a>>,
}

/// A file's new content.
#[derive(Debug)]
pub struct New<'a> {
    pub size_bytes: usize,
    /// For pages, parts and settings.
    pub doc: Option<&'a Doc>,
}

/// A problem and the file that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// As shown to people; a `FilePath` where the name is one.
    pub path: String,
    pub problem: Problem,
}

/// What the gate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Errors that the change adds: it is refused.
    pub refused: Vec<Located>,
    pub warnings: Vec<Located>,
}

/// The sites without and with a change, for judging what is between records.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a> {
    pub before: Seen<'a>,
    pub after: Seen<'a>,
    /// The day that rules see.
    pub today: civil::Date,
}

/// Whether a change touches anything that types speak of, so that the sites must be compared.
pub fn wants_sites(before: Seen<'_>, changes: &[Change]) -> bool {
    let is_type = |change: &Change| change.path.as_str().starts_with(".polder/types/");
    let is_page = |change: &Change| change.path.kind() == Kind::Page;
    changes.iter().any(is_type) || (!before.types().is_empty() && changes.iter().any(is_page))
}

/// Judges changed files against the tree before and after, and records against the sites.
///
/// `odd` are names in the tree after the change that are no paths, of which those in the tree
/// before are tolerated. `sites` may be left out when `wants_sites` says so.
pub fn review(
    before: &Manifest,
    after: &Manifest,
    changes: &[Change],
    files: &[Reviewed<'_>],
    sites: Option<Sites<'_>>,
) -> Verdict {
    let mut verdict = Verdict::default();
    for odd in after.odd.iter().filter(|odd| !before.odd.contains(odd)) {
        verdict.refused.push(Located { path: odd.shown.clone(), problem: odd_problem(odd.why) });
    }
    new_names(before, after, changes, &mut verdict);
    for file in files {
        judge(file, &mut verdict);
    }
    if let Some(sites) = sites {
        let (before, after) = (Eval::new(sites.before, sites.today), Eval::new(sites.after, sites.today));
        let (refused, told) = judge::judge_change(&before, &after, changes);
        verdict.refused.extend(refused);
        verdict.warnings.extend(told);
    }
    verdict
}

/// What is wrong with a name that is shown but never written.
pub fn odd_problem(why: OddKind) -> Problem {
    let code = match why {
        OddKind::Name => "path-character",
        OddKind::Symlink => "symlink",
        OddKind::Submodule => "submodule",
    };
    Problem::new(Level::Error, Pos::default(), code, &[])
}

/// New names must be possible everywhere and differ from all others by more than case or form.
fn new_names(before: &Manifest, after: &Manifest, changes: &[Change], verdict: &mut Verdict) {
    let added: Vec<&FilePath> = changes
        .iter()
        .filter(|change| change.old.is_none() && change.new.is_some())
        .map(|change| &change.path)
        .collect();
    if added.is_empty() {
        return;
    }
    for path in &added {
        if access::is_misnamed(path) {
            let problem = Problem::new(Level::Error, Pos::default(), "access-misnamed", &[("path", access::PATH)]);
            refuse(verdict, path, problem);
        }
        if let Err(fault) = FilePath::parse_new(path.as_str()) {
            refuse(verdict, path, Problem::new(Level::Error, Pos::default(), fault.code(), &[]));
        }
    }
    // Folders collide as well as files: every prefix of a path is a name.
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    let mut clashes: Vec<(&str, &str)> = Vec::new();
    for entry in after.entries() {
        let path = entry.path.as_str();
        for end in path.match_indices('/').map(|(at, _)| at).chain([path.len()]) {
            let name = &path[..end];
            let key = crate::path::fold(name);
            match spellings.get(key.as_str()) {
                Some(first) if *first != name => clashes.push((*first, name)),
                Some(_) => {}
                None => {
                    spellings.insert(key, name);
                }
            }
        }
    }
    if clashes.is_empty() {
        return;
    }
    let before_names = names_of(before.entries().iter().map(|entry| &entry.path));
    let added_names = names_of(added.iter().copied());
    let mut told: HashSet<&str> = HashSet::new();
    for (first, second) in clashes {
        let is_known = |name: &str| before_names.contains(name);
        if is_known(first) && is_known(second) {
            continue;
        }
        let second_is_new = added_names.contains(second) && !is_known(second);
        let (new, other) = if second_is_new { (second, first) } else { (first, second) };
        if told.insert(new) {
            let problem = Problem::new(Level::Error, Pos::default(), "name-collision", &[("other", other)]);
            verdict.refused.push(Located { path: new.to_owned(), problem });
        }
    }
}

/// All paths and all folders that they lie in.
fn names_of<'a>(paths: impl Iterator<Item = &'a FilePath>) -> HashSet<&'a str> {
    paths
        .flat_map(|path| {
            let path = path.as_str();
            path.match_indices('/').map(|(at, _)| at).chain([path.len()]).map(move |end| &path[..end])
        })
        .collect()
}

fn judge(file: &Reviewed<'_>, verdict: &mut Verdict) {
    let Some(new) = &file.new else { return };
    let most = match file.path.kind() {
        Kind::File => limits::FILE_MAX_BYTES,
        _ => limits::PAGE_MAX_BYTES,
    };
    if new.size_bytes > most {
        let problem = Problem::new(Level::Error, Pos::default(), "too-large", &[("most", &most.to_string())]);
        refuse(verdict, file.path, problem);
        return;
    }
    let Some(doc) = new.doc else { return };
    let old = file.old.map(|old| problems_of(file.path, old)).unwrap_or_default();
    let mut known: Vec<_> = old.iter().map(Problem::identity).collect();
    for problem in problems_of(file.path, doc).iter() {
        match (problem.level, known.iter().position(|old| *old == problem.identity())) {
            (Level::Error, Some(at)) => {
                known.swap_remove(at);
                warn(verdict, file.path, problem.clone());
            }
            (Level::Error, None) => refuse(verdict, file.path, problem.clone()),
            _ => warn(verdict, file.path, problem.clone()),
        }
    }
}

/// What is wrong with a file by itself. Rules of access are read here as well: whoever makes them
/// should hear what they would come to.
fn problems_of<'d>(path: &FilePath, doc: &'d Doc) -> Cow<'d, [Problem]> {
    if path.as_str() != access::PATH {
        return Cow::Borrowed(&doc.problems);
    }
    // What an error leads to does not come about when it is refused.
    let told = |problem: &&Problem| !access::is_consequence(problem);
    Cow::Owned(Access::of_doc(doc).problems().iter().filter(told).cloned().collect())
}

fn refuse(verdict: &mut Verdict, path: &FilePath, problem: Problem) {
    verdict.refused.push(Located { path: path.as_str().to_owned(), problem });
}

fn warn(verdict: &mut Verdict, path: &FilePath, problem: Problem) {
    verdict.warnings.push(Located { path: path.as_str().to_owned(), problem });
}
