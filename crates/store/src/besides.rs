//! What a repository has besides the files of the wiki's branch, for telling somebody about it before
//! anything is done with it: other branches and tags, hooks, where its objects come from, sizes.
//!
//! Reads only. What a name means to the wiki (which tags are versions of which pages) is not known here.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use polder_core::ids::{BlobId, CommitId};

use crate::error::StoreError;
use crate::git::{self, Target};
use crate::store::{Store, head_branch};
use crate::tree::oid;

/// Names told of one kind; others are counted.
const NAMES_MAX: usize = 50;

/// Time for counting all commits: git counts a hundred thousand in a second.
const COUNT_MAX: Duration = Duration::from_secs(120);

/// Time for comparing a work tree with what was committed.
const STATUS_MAX: Duration = Duration::from_secs(120);

/// Filters that are switched off for that; people have one or two.
const FILTERS_MAX: usize = 50;

/// A pointer of Git LFS is smaller than this (its specification).
const POINTER_MAX_BYTES: u64 = 1_024;

/// How a pointer of Git LFS begins.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What stands beside the wiki's branch, and where all of it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// Commits that the wiki's branch reaches; `None` while it has none, and where counting took too long.
    pub n_commits: Option<u64>,
    /// Other branches of this repository, the first in the order of their names.
    pub branches: Vec<String>,
    pub n_branches: usize,
    /// Tags without an `@` in their name.
    pub other_tags: Vec<String>,
    pub n_other_tags: usize,
    /// Whether HEAD names a commit instead of a branch.
    pub is_detached: bool,
    pub has_stash: bool,
    /// Older commits were left out.
    pub is_shallow: bool,
    /// Files are fetched when somebody asks for them.
    pub is_partial: bool,
    /// Objects lie in other repositories too, in these folders.
    pub alternates: Vec<PathBuf>,
    /// A linked work tree (`git worktree`) of the repository that lies elsewhere.
    pub is_linked: bool,
    /// Programs that git would start, by the names of their hooks.
    pub hooks: Vec<String>,
    /// Files of the work tree that were changed, or are not in git. `None` without a work tree, and where
    /// that can't be told without running programs of the repository.
    pub n_changed: Option<usize>,
}

/// How large a file is, and whether it only says where its bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSize {
    pub bytes: u64,
    /// Of the file that a pointer of Git LFS stands for.
    pub lfs_bytes: Option<u64>,
}

impl Store {
    /// What stands besides the wiki's branch.
    pub fn besides(&self) -> Result<Besides, StoreError> {
        let mut besides = self.with(|repository| -> Result<Besides, StoreError> {
            let mut besides = Besides {
                is_detached: head_branch(repository)?.is_none(),
                is_linked: repository.is_worktree(),
                ..Besides::default()
            };
            // A ref that can't be read, or that is no text, leads nowhere.
            for reference in repository.references()?.flatten() {
                let Ok(name) = reference.name() else { continue };
                let (names, count, name) = match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
                    (Some(name), _) if name == self.branch() => continue,
                    (Some(name), _) => (&mut besides.branches, &mut besides.n_branches, name),
                    (_, Some(name)) if name.contains('@') => continue,
                    (_, Some(name)) => (&mut besides.other_tags, &mut besides.n_other_tags, name),
                    _ => {
                        besides.has_stash |= name == "refs/stash";
                        continue;
                    }
                };
                *count += 1;
                names.push(name.to_owned());
            }
            for names in [&mut besides.branches, &mut besides.other_tags] {
                names.sort();
                names.truncate(NAMES_MAX);
            }
            let config = repository.config()?.snapshot()?;
            besides.is_partial = config.get_string("extensions.partialclone").is_ok()
                || fs::read_dir(self.common_dir().join("objects/pack"))
                    .into_iter()
                    .flatten()
                    .flatten()
                    .any(|entry| entry.path().extension().is_some_and(|end| end == "promisor"));
            Ok(besides)
        })?;
        besides.is_shallow = self.is_shallow();
        let alternates = fs::read_to_string(self.common_dir().join("objects/info/alternates")).unwrap_or_default();
        let named = alternates.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        besides.alternates = named.take(NAMES_MAX).map(PathBuf::from).collect();
        besides.hooks = hooks(&self.common_dir().join("hooks"));
        besides.n_commits = match self.main_tip()? {
            Some(tip) => self.n_commits(tip).ok(),
            None => None,
        };
        if self.work_tree().is_some() {
            besides.n_changed = self.n_changed()?;
        }
        Ok(besides)
    }

    fn n_commits(&self, tip: CommitId) -> Result<u64, StoreError> {
        let mut command = git::command(Target { git_dir: Some(self.git_dir()), ..Target::default() });
        command.args(["rev-list", "--count", "--end-of-options", &tip.to_string(), "--"]);
        let answer = git::run(command, COUNT_MAX)?;
        let count = std::str::from_utf8(&answer.out).ok().and_then(|out| out.trim().parse().ok());
        count.ok_or(StoreError::Other(answer.complaint))
    }

    /// Files with local changes, untracked ones among them. The index is left as it is, and the filters
    /// that the repository's configuration names are switched off: they are programs.
    fn n_changed(&self) -> Result<Option<usize>, StoreError> {
        let filters = self.with(|repository| -> Result<Vec<String>, StoreError> {
            let mut names = Vec::new();
            repository.config()?.entries(Some("^filter\\..*$"))?.for_each(|entry| {
                let name = entry.name().ok().and_then(|name| name.rsplit_once('.')).map(|(name, _)| name.to_owned());
                names.extend(name.filter(|name| !names.contains(name)));
            })?;
            Ok(names)
        })?;
        if filters.len() > FILTERS_MAX {
            return Ok(None);
        }
        let target = Target { git_dir: Some(self.git_dir()), work_tree: self.work_tree(), ..Target::default() };
        let mut command = git::command(target);
        let off = ["clean", "smudge", "process"].map(|key| (key, "")).into_iter().chain([("required", "false")]);
        let off = filters.iter().flat_map(|name| off.clone().map(move |(key, value)| (format!("{name}.{key}"), value)));
        let mut n_off = 0;
        for (key, value) in off {
            command.env(format!("GIT_CONFIG_KEY_{n_off}"), key).env(format!("GIT_CONFIG_VALUE_{n_off}"), value);
            n_off += 1;
        }
        command.env("GIT_CONFIG_COUNT", n_off.to_string());
        command.args(["status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all"]);
        let answer = git::run(command, STATUS_MAX)?;
        if !answer.ok {
            return Err(StoreError::Other(answer.complaint));
        }
        Ok(Some(answer.out.iter().filter(|byte| **byte == 0).count()))
    }

    /// The size of each of these files; `None` for one whose bytes are not here. `may_point` says for
    /// each whether it is looked at for a pointer of Git LFS.
    pub fn file_sizes(
        &self,
        files: &mut dyn Iterator<Item = (BlobId, bool)>,
    ) -> Result<Vec<Option<FileSize>>, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            let size = |(blob, may_point): (BlobId, bool)| {
                let (bytes, _) = odb.read_header(oid(blob.0)).ok()?;
                let bytes = u64::try_from(bytes).ok()?;
                let lfs_bytes = match may_point && bytes <= POINTER_MAX_BYTES {
                    true => odb.read(oid(blob.0)).ok().and_then(|object| pointed_at(object.data())),
                    false => None,
                };
                Some(FileSize { bytes, lfs_bytes })
            };
            Ok(files.map(size).collect())
        })
    }
}

/// The size that a pointer of Git LFS gives; `None` for any other file.
fn pointed_at(bytes: &[u8]) -> Option<u64> {
    if !bytes.starts_with(POINTER) {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    text.lines().find_map(|line| line.strip_prefix("size "))?.trim().parse().ok()
}

/// The hooks that git would start: files with the name of a hook that may be executed.
fn hooks(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_program = |entry: &fs::DirEntry| {
        use std::os::unix::fs::PermissionsExt as _;
        entry.path().metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let mut names: Vec<String> = entries
        .filter(is_program)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.contains('.'))
        .collect();
    names.sort();
    names.truncate(NAMES_MAX);
    names
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready};

    #[test]
    fn what_stands_besides_the_branch_is_told_and_left_alone() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        let store = Store::open(dir).expect("opened");
        let empty = store.besides().expect("told");
        assert_eq!((empty.n_commits, empty.n_branches, empty.n_changed), (None, 0, Some(0)));

        fs::write(dir.join("a.md"), "een\n").expect("written");
        let pointer = format!("{}v1\noid sha256:{}\nsize 12345\n", String::from_utf8_lossy(POINTER), "0".repeat(64));
        fs::write(dir.join("film.mp4"), pointer).expect("written");
        git(dir, &["add", "."]);
        git(dir, &["commit", "-q", "-m", "one"]);
        for name in ["feature/b", "a"] {
            git(dir, &["branch", "-q", name]);
        }
        git(dir, &["tag", "release-1"]);
        git(dir, &["tag", "-a", "-m", "v", "a@v1"]);
        fs::write(dir.join("a.md"), "twee\n").expect("written");
        git(dir, &["stash", "-q"]);
        fs::write(dir.join("b.md"), "nieuw\n").expect("written");
        // A filter of the repository's would be a program to run.
        let ran = dir.join(".git/ran");
        for key in ["clean", "process"] {
            git(dir, &["config", &format!("filter.a=b.c.{key}"), &format!("touch '{}'", ran.display())]);
        }
        git(dir, &["config", "filter.a=b.c.required", "true"]);
        fs::write(dir.join(".git/info/attributes"), "*.md filter=a=b.c\n").expect("written");
        fs::write(dir.join("a.md"), "drie\n").expect("written");
        let before = fs::read(dir.join(".git/index")).expect("an index");
        let besides = store.besides().expect("told");
        assert_eq!(fs::read(dir.join(".git/index")).expect("an index"), before);
        assert_eq!((besides.n_commits, besides.branches.as_slice()), (Some(1), &["a".into(), "feature/b".into()][..]));
        assert_eq!((besides.other_tags.as_slice(), besides.has_stash), (&["release-1".into()][..], true));
        assert_eq!((besides.n_changed, besides.is_detached), (Some(2), false));
        assert!(!ran.exists(), "a program of the repository ran");
        let tip = store.main_tip().expect("read").expect("there");
        let manifest = store.manifest(tip).expect("listed");
        let sizes = store.file_sizes(&mut manifest.entries().iter().map(|entry| (entry.blob, true))).expect("read");
        assert_eq!(sizes[0], Some(FileSize { bytes: 4, lfs_bytes: None }));
        assert_eq!(sizes[1].and_then(|size| size.lfs_bytes), Some(12_345));
        let nothing = store.file_sizes(&mut [(BlobId([7; 20]), true)].into_iter()).expect("read");
        assert_eq!(nothing, [None]);
    }
}
