//! What a push brings: its new commits and every file that one of them changes, within bounds.
//!
//! A tree may spell billions of files with a few objects. So the git program is asked for the ids of commits
//! only, and trees are compared here, which ends as soon as there are more files than the caller wants. What
//! the paths and files mean, and who may bring them, is judged elsewhere.

use std::collections::HashSet;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use polder_core::ids::{BlobId, CommitId};

use crate::error::StoreError;
use crate::git::{self, Target};
use crate::read::{Person, facts_of, tree_of};
use crate::store::Store;
use crate::tree::{self, Mode, Side};

/// Time to list what a push brings. What takes longer is no work of people.
const LIST_MAX: Duration = Duration::from_secs(60);

/// Where the number of objects stands in the index of a pack, version 2: the last of 256 counts.
const IDX_COUNT_AT: u64 = 8 + 255 * 4;

/// The first of the variables that name a hook's quarantine.
const NEW_OBJECTS: &str = "GIT_OBJECT_DIRECTORY";

/// A commit that a push brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    pub id: CommitId,
    pub author: Person,
    pub committer: Person,
}

/// What a commit puts at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    Nothing,
    File(BlobId),
    Symlink,
    Submodule,
}

/// A path that a new commit changes, against all its parents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub commit: CommitId,
    /// As git stores it: any bytes but NUL.
    pub path: Box<[u8]>,
    /// Whether its first parent has something there.
    pub was_there: bool,
    pub brought: Brought,
}

/// All that a push brings, parents before children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    pub commits: Vec<NewCommit>,
    pub files: Vec<NewFile>,
}

/// Entries of trees looked at for each path that may change: the folders that it lies in are read.
const ENTRIES_PER_PATH: usize = 500;

/// Paths by which a merge may differ from one of its parents.
const MERGE_MAX: usize = 200_000;

impl NewFile {
    fn of(commit: CommitId, path: &[u8], old: Option<Side>, new: Option<Side>) -> NewFile {
        let brought = new.map_or(Brought::Nothing, |side| match side.mode {
            Mode::File | Mode::Program => Brought::File(BlobId(side.id)),
            Mode::Symlink => Brought::Symlink,
            Mode::Submodule | Mode::Folder => Brought::Submodule,
        });
        NewFile { commit, path: path.into(), was_there: old.is_some(), brought }
    }
}

impl Store {
    /// What `upto` has and `after` has not. `None` when that is more than these many paths.
    pub fn incoming(
        &self,
        after: Option<CommitId>,
        upto: CommitId,
        paths_max: usize,
    ) -> Result<Option<Incoming>, StoreError> {
        let mut incoming = Incoming::default();
        let ids = self.new_commits(after, upto)?;
        self.with(|repository| {
            let odb = repository.odb()?;
            let mut left = paths_max.saturating_mul(ENTRIES_PER_PATH);
            for id in ids {
                let facts = facts_of(repository, id)?;
                let tree = tree_of(&odb, id)?;
                let mut found: Vec<NewFile> = Vec::new();
                for (n, parent) in
                    facts.parents.iter().map(Some).chain(facts.parents.is_empty().then_some(None)).enumerate()
                {
                    let before = parent.map(|parent| tree_of(&odb, *parent)).transpose()?;
                    let mut here = Vec::new();
                    // A merge may differ from one parent by all that the other has.
                    let most = match facts.parents.len() {
                        0 | 1 => paths_max - incoming.files.len(),
                        _ => paths_max.max(MERGE_MAX),
                    };
                    let is_within = tree::differing(&odb, before, Some(tree), &mut left, &mut |path, old, new| {
                        here.push(NewFile::of(id, path, old, new));
                        here.len() <= most
                    })?;
                    if !is_within {
                        return Ok(None);
                    }
                    if n == 0 {
                        found = here;
                    } else {
                        let differs: HashSet<Box<[u8]>> = here.into_iter().map(|file| file.path).collect();
                        found.retain(|file| differs.contains(&file.path));
                    }
                }
                incoming.files.append(&mut found);
                if incoming.files.len() > paths_max {
                    return Ok(None);
                }
                incoming.commits.push(NewCommit { id, author: facts.author, committer: facts.committer });
            }
            Ok(Some(incoming))
        })
    }

    /// The commits that `upto` has and `after` has not, parents before children.
    pub fn new_commits(&self, after: Option<CommitId>, upto: CommitId) -> Result<Vec<CommitId>, StoreError> {
        let mut command =
            git::command(Target { git_dir: Some(self.git_dir()), quarantine: self.quarantine(), ..Target::default() });
        command.args(["rev-list", "--topo-order", "--reverse", "--end-of-options"]);
        command.arg(match after {
            Some(after) => format!("{after}..{upto}"),
            None => upto.to_string(),
        });
        command.arg("--");
        let answer = git::run(command, LIST_MAX)?;
        if !answer.ok {
            return Err(StoreError::Other(answer.complaint));
        }
        Ok(answer.out.split(|byte| *byte == b'\n').filter_map(BlobId::parse_bytes).map(|id| CommitId(id.0)).collect())
    }

    /// How many objects wait for judgement, when this process is a hook.
    pub fn n_objects_waiting(&self) -> Result<u64, StoreError> {
        let Some((_, folder)) = self.quarantine().iter().find(|(name, _)| *name == NEW_OBJECTS) else {
            return Ok(0);
        };
        let packs = match std::fs::read_dir(Path::new(folder).join("pack")) {
            Ok(packs) => packs,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut n_objects = 0;
        for pack in packs {
            let path = pack?.path();
            if path.extension().is_some_and(|extension| extension == "idx") {
                let mut file = File::open(path)?;
                let mut count = [0; 4];
                file.seek(SeekFrom::Start(IDX_COUNT_AT))?;
                file.read_exact(&mut count)?;
                n_objects += u64::from(u32::from_be_bytes(count));
            }
        }
        Ok(n_objects)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready};

    #[test]
    fn every_commit_tells_what_it_brings_also_behind_a_merge() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        let save = |name: &str| {
            fs::write(dir.join(name), name).expect("written");
            git(dir, &["add", "-A"]);
            git(dir, &["commit", "-q", "-m", name]);
            CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id")
        };
        let first = save("a.md");
        git(dir, &["checkout", "-q", "-b", "side"]);
        std::os::unix::fs::symlink("/etc/passwd", dir.join("link.md")).expect("a link");
        let linked = save("side.md");
        git(dir, &["rm", "-q", "link.md"]);
        git(dir, &["commit", "-q", "-m", "gone"]);
        git(dir, &["checkout", "-q", "main"]);
        save("b.md");
        git(dir, &["merge", "-q", "--no-edit", "side"]);
        let tip = CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id");
        let store = Store::open(dir).expect("opened");
        let incoming = store.incoming(Some(first), tip, 100).expect("listed").expect("few");
        assert_eq!(incoming.commits.len(), 4);
        let link =
            NewFile { commit: linked, path: b"link.md".as_slice().into(), was_there: false, brought: Brought::Symlink };
        assert!(incoming.files.contains(&link), "{:?}", incoming.files);
        assert_eq!(incoming.files.iter().filter(|file| &*file.path == b"link.md").count(), 2, "and that it went");
        assert!(incoming.commits.iter().all(|commit| !commit.committer.email.is_empty()));
        assert_eq!(store.incoming(Some(first), tip, 3).expect("listed"), None);
        assert_eq!(store.n_objects_waiting().expect("asked"), 0, "this is no hook");
    }
}
