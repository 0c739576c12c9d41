//! Judges each commit of a push, not only what the push comes to.
//!
//! What is in the history is in every clone and can be shown for ever, so names, kinds of files, sizes,
//! encodings, the right to change a file and whose address a commit bears must be in order in every new
//! commit: a clean tip may stand over one that is not, and a merge may bring one in from the side.
//!
//! Whether the content is right (frontmatter, types, rules) is judged of the tip alone, by `since`: people
//! commit half-done work on the way, and what was mended before the push never was what the wiki says.
//! Showing it as an old state does no harm (INV-9).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polder_core::access::{Access, Right, Standing, Who};
use polder_core::doc;
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::manifest::{Manifest, OddKind};
use polder_core::path::{FilePath, Kind, fold};
use polder_core::problem::{Level, Pos, Problem};
use polder_core::review::{Located, odd_problem, review};
use polder_store::accounts::COMMIT_DOMAIN;
use polder_store::{Brought, Incoming, NewFile, Store, StoreError};

use crate::hook::{Forged, Judgement, TooMuch};

/// Paths changed by all commits of one push. A year of work by one person is some thousands.
const PATHS_MAX: usize = 10_000;
/// The same for admins, who bring in whole wikis.
const PATHS_MAX_ADMIN: usize = 200_000;

/// Objects of one push; each changed page brings some five.
const OBJECTS_MAX: u64 = 20_000;
const OBJECTS_MAX_ADMIN: u64 = 5_000_000;

/// Commits whose whole tree is read because a new name is like another one. More are taken to be as bad
/// as they look.
const TREES_MAX: usize = 50;

/// Judges what leads from `before` to `new`. Adds to `judgement` what no commit may hold; gives whether
/// it could be read whole.
pub(crate) fn judge(
    store: &Store,
    before: Option<CommitId>,
    new: CommitId,
    who: &Who,
    rules: &Access,
    judgement: &mut Judgement,
) -> Result<bool, StoreError> {
    let (n_paths, n_objects) = match who.may_all() {
        true => (PATHS_MAX_ADMIN, OBJECTS_MAX_ADMIN),
        false => (PATHS_MAX, OBJECTS_MAX),
    };
    if store.n_objects_waiting()? > n_objects {
        judgement.too_much = Some(TooMuch::Objects(n_objects));
        return Ok(false);
    }
    // An admin who fills an empty wiki brings a history that was made elsewhere, by other rules and with
    // addresses of other wikis. What is seen of it is its tip.
    if before.is_none() && who.may_all() {
        return Ok(true);
    }
    let Some(incoming) = store.incoming(before, new, n_paths)? else {
        judgement.too_much = Some(TooMuch::Paths(n_paths as u64));
        return Ok(false);
    };
    addresses(&incoming, who, judgement);
    rights(&incoming, who, rules, judgement);
    let known = before.map(|before| store.manifest(before)).transpose()?.unwrap_or_default();
    let mut within = Within { store, known: &known, found: Vec::new(), told: HashSet::new() };
    within.files(&incoming)?;
    within.names(&incoming, new)?;
    judgement.within.extend(within.found);
    Ok(true)
}

/// Nobody may write in another's name: the addresses that stand for accounts here are their own only.
fn addresses(incoming: &Incoming, who: &Who, judgement: &mut Judgement) {
    // Without accounts such an address is nobody's.
    if who.standing == Standing::Owner {
        return;
    }
    let own = who.address.as_deref().unwrap_or_default();
    let is_anothers = |email: &str| {
        let email = email.trim().to_ascii_lowercase();
        email.strip_suffix(COMMIT_DOMAIN).is_some_and(|rest| rest.ends_with('@')) && email != own
    };
    for commit in &incoming.commits {
        for person in [&commit.author, &commit.committer] {
            if is_anothers(&person.email) && judgement.forged.last().is_none_or(|last| last.commit != commit.id) {
                judgement.forged.push(Forged { commit: commit.id, address: person.email.clone() });
            }
        }
    }
}

fn rights(incoming: &Incoming, who: &Who, rules: &Access, judgement: &mut Judgement) {
    if who.may_all() {
        return;
    }
    let mut denied: BTreeSet<String> = judgement.not_allowed.drain(..).collect();
    let paths: BTreeSet<&[u8]> = incoming.files.iter().map(|file| &*file.path).collect();
    for path in paths {
        let path = String::from_utf8_lossy(path);
        if !rules.may(who, Right::Edit, &path) {
            denied.insert(path.into_owned());
        }
    }
    judgement.not_allowed = denied.into_iter().collect();
}

struct Within<'a> {
    store: &'a Store,
    /// What was there before the push: it may stay as it is.
    known: &'a Manifest,
    found: Vec<(CommitId, Located)>,
    /// What was told already, by path and code.
    told: HashSet<(String, String)>,
}

impl Within<'_> {
    fn tell(&mut self, commit: CommitId, path: &str, problem: Problem) {
        if self.told.insert((path.to_owned(), problem.code.clone())) {
            self.found.push((commit, Located { path: path.to_owned(), problem }));
        }
    }

    fn files(&mut self, incoming: &Incoming) -> Result<(), StoreError> {
        let mut judged: HashMap<(BlobId, Kind), Option<Problem>> = HashMap::new();
        for file in &incoming.files {
            let shown = shown(&file.path);
            let path = match (FilePath::from_bytes(&file.path), file.brought) {
                (_, Brought::Nothing) => continue,
                (Ok(path), Brought::File(_)) => path,
                (Err(_), _) => {
                    self.odd(file, &shown, OddKind::Name);
                    continue;
                }
                (_, Brought::Symlink) => {
                    self.odd(file, &shown, OddKind::Symlink);
                    continue;
                }
                (_, Brought::Submodule) => {
                    self.odd(file, &shown, OddKind::Submodule);
                    continue;
                }
            };
            let Brought::File(blob) = file.brought else { continue };
            if !file.was_there
                && self.known.get(path.as_str()).is_none()
                && let Err(fault) = FilePath::parse_new(path.as_str())
            {
                self.tell(file.commit, &shown, Problem::new(Level::Error, Pos::default(), fault.code(), &[]));
            }
            // What stands there already was taken before.
            if self.known.get(path.as_str()) == Some(blob) {
                continue;
            }
            let problem = match judged.get(&(blob, path.kind())) {
                Some(problem) => problem.clone(),
                None => {
                    let problem = self.bytes(&path, blob)?;
                    judged.insert((blob, path.kind()), problem.clone());
                    problem
                }
            };
            if let Some(problem) = problem {
                self.tell(file.commit, &shown, problem);
            }
        }
        Ok(())
    }

    fn odd(&mut self, file: &NewFile, shown: &str, why: OddKind) {
        if !self.known.odd.iter().any(|odd| odd.shown == *shown) {
            self.tell(file.commit, shown, odd_problem(why));
        }
    }

    /// What no file may be: too large, or a page that is no text.
    fn bytes(&self, path: &FilePath, blob: BlobId) -> Result<Option<Problem>, StoreError> {
        let most = match path.kind() {
            Kind::File => limits::FILE_MAX_BYTES,
            _ => limits::PAGE_MAX_BYTES,
        };
        if self.store.size(blob)? > most {
            return Ok(Some(Problem::new(Level::Error, Pos::default(), "too-large", &[("most", &most.to_string())])));
        }
        if path.kind() == Kind::File {
            return Ok(None);
        }
        let bytes = self.store.read(blob)?;
        let is_text = std::str::from_utf8(&bytes).is_ok();
        Ok((!is_text).then(|| Problem::new(Level::Error, doc::bad_byte(&bytes), "utf8", &[])))
    }

    /// No two names of one commit may differ by case or Unicode form only. The tip is judged with its
    /// content; of the others a tree is read only when one of its new names looks like another name.
    fn names(&mut self, incoming: &Incoming, tip: CommitId) -> Result<(), StoreError> {
        let added = incoming.files.iter().filter(|file| matches!(file.brought, Brought::File(_)) && !file.was_there);
        let added: Vec<(CommitId, FilePath)> =
            added.filter_map(|file| Some((file.commit, FilePath::from_bytes(&file.path).ok()?))).collect();
        if added.iter().all(|(commit, _)| *commit == tip) {
            return Ok(());
        }
        let mut spellings: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (_, path) in &added {
            for name in prefixes(path.as_str()) {
                spellings.entry(fold(name)).or_default().insert(name);
            }
        }
        for entry in self.known.entries() {
            for name in prefixes(entry.path.as_str()) {
                if let Some(known) = spellings.get_mut(&fold(name)) {
                    known.insert(name);
                }
            }
        }
        let is_like_another =
            |path: &str| prefixes(path).any(|name| spellings.get(&fold(name)).is_some_and(|known| known.len() > 1));
        let mut suspects: BTreeMap<CommitId, Vec<String>> = BTreeMap::new();
        for (commit, path) in added.iter().filter(|(commit, path)| *commit != tip && is_like_another(path.as_str())) {
            suspects.entry(*commit).or_default().push(path.as_str().to_owned());
        }
        for (n, (commit, paths)) in suspects.into_iter().enumerate() {
            let found = match n < TREES_MAX {
                true => self.collisions(commit)?,
                false => paths.into_iter().map(|path| Located { path, problem: like_another() }).collect(),
            };
            for located in found {
                self.tell(commit, &located.path, located.problem);
            }
        }
        Ok(())
    }

    fn collisions(&self, commit: CommitId) -> Result<Vec<Located>, StoreError> {
        let after = self.store.manifest(commit)?;
        let changes = self.known.changes_to(&after);
        let mut found = review(self.known, &after, &changes, &[], None).refused;
        found.retain(|located| located.problem.code == "name-collision");
        Ok(found)
    }
}

fn like_another() -> Problem {
    Problem::new(Level::Error, Pos::default(), "name-collision", &[("other", "?")])
}

/// All names that a path makes: its folders, and itself.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| at).chain([path.len()]).map(move |end| &path[..end])
}

/// As a manifest shows odd names.
fn shown(path: &[u8]) -> String {
    let replace = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(path).chars().map(replace).collect()
}
