//! Work trees in which the wiki's branch is checked out follow when it moves.
//!
//! Otherwise the owner's next `git commit -a` would take back what others wrote. As by
//! `git read-tree -m -u OLD NEW`: files that differ are written, local changes elsewhere stay.
//! Local changes in a file that would be written forbid the move instead.
//!
//! While the branch and a work tree move together, the index is locked as git locks it, so that
//! a commit of the owner comes before or after, never between. The work is done on a copy of
//! the index, which takes its place at the end. What is done with the branch itself is `commit`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use polder_core::ids::CommitId;
use tempfile::TempDir;

use crate::error::StoreError;
use crate::git::{self, Answer, Target};
use crate::read::tree_of;
use crate::store::{Store, sync_folder};
use crate::tree::{self, Difference};

/// A person's git command holds the index this long at most before a save is refused.
const INDEX_WAIT: Duration = Duration::from_secs(3);

/// Time for one step on a large work tree on a slow disk.
const STEP_MAX: Duration = Duration::from_secs(120);

/// Up to this many paths are named one by one to git; more would be too long a command line.
const NAMED_PATHS_MAX: usize = 200;

/// The name of a `Note` in a work tree's git folder.
const NOTE_NAME: &str = "polder-follows";

/// Files synced in a work tree, so that a power cut does not make them look emptied by the
/// owner. After an import or a large push this would take minutes; git holds them all anyway.
const SYNCED_FILES_MAX: usize = 1_000;

/// The id of the tree without entries, which git knows without storing it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A work tree with the wiki's branch checked out.
pub(crate) struct Checkout {
    git_dir: PathBuf,
    work_tree: PathBuf,
    quarantine: Vec<(&'static str, OsString)>,
}

/// A checkout with a copy of its index, and the index itself locked.
pub(crate) struct Held {
    checkout: Checkout,
    copy: IndexCopy,
    note: Option<Note>,
    _lock: IndexLock,
}

struct IndexCopy {
    dir: TempDir,
}

/// A file that says from where to where the work tree is being brought. After a crash it is
/// still there, and the next start goes on. Removed when dropped.
struct Note {
    path: PathBuf,
}

/// `index.lock`, which git programs respect. Removed when dropped.
struct IndexLock {
    path: PathBuf,
}

impl Store {
    /// The files with local changes that forbid moving the branch from `old` (`None`: there was
    /// no commit) to `new`. Changes nothing.
    pub fn work_tree_blockers(&self, old: Option<CommitId>, new: CommitId) -> Result<Vec<String>, StoreError> {
        let mut blockers = BTreeSet::new();
        for checkout in self.checkouts() {
            let copy = IndexCopy::of(&checkout)?;
            blockers.extend(self.blockers(&checkout, &copy, old, new)?);
        }
        Ok(blockers.into_iter().collect())
    }

    /// Brings the work trees from `old` to `new`, after a push moved the branch. Doing it again
    /// changes nothing. `WouldOverwrite` when the owner changed a file since the push was judged.
    pub fn follow(&self, old: Option<CommitId>, new: CommitId) -> Result<(), StoreError> {
        self.sync_pushed()?;
        for checkout in self.checkouts() {
            let held = Held::take(checkout)?;
            let paths = self.held_blockers(&held, old, new)?;
            if !paths.is_empty() {
                return Err(StoreError::WouldOverwrite { paths });
            }
            self.write_held(held, old, new)?;
        }
        Ok(())
    }

    /// Goes on where a crash left a work tree behind a branch that had moved already. What can't
    /// be done now is left to the owner, who sees it in `git status`.
    pub(crate) fn resume_following(&self) {
        for checkout in self.checkouts() {
            let path = checkout.git_dir.join(NOTE_NAME);
            let Ok(said) = fs::read_to_string(&path) else { continue };
            let mut words = said.split_whitespace().map(CommitId::parse);
            let (Some(old), Some(Some(new))) = (words.next(), words.next()) else { continue };
            if self.main_tip().is_ok_and(|main| main == Some(new)) {
                let _ = self.follow(old, new);
            }
            let _ = fs::remove_file(path);
        }
    }

    /// Git syncs the files that a push brings, but not the folders that name them.
    fn sync_pushed(&self) -> Result<(), StoreError> {
        let branch = self.common_dir().join(self.branch_ref());
        for folder in [Some(&*self.common_dir().join("objects/pack")), branch.parent()].into_iter().flatten() {
            if folder.is_dir() {
                sync_folder(folder)?;
            }
        }
        Ok(())
    }

    pub(crate) fn held_blockers(
        &self,
        held: &Held,
        old: Option<CommitId>,
        new: CommitId,
    ) -> Result<Vec<String>, StoreError> {
        self.blockers(&held.checkout, &held.copy, old, new)
    }

    /// All work trees, linked ones included, that have the branch checked out at this moment.
    pub(crate) fn checkouts(&self) -> Vec<Checkout> {
        let mut found = Vec::new();
        let mut add = |git_dir: PathBuf, work_tree: PathBuf| {
            if head_names(&git_dir, &self.branch_ref()) && work_tree.is_dir() {
                found.push(Checkout { git_dir, work_tree, quarantine: self.quarantine().to_vec() });
            }
        };
        if let Some(work_tree) = &self.main_work_tree {
            add(self.common_dir().to_owned(), work_tree.clone());
        }
        // Without linked work trees the folder is missing.
        for linked in fs::read_dir(self.common_dir().join("worktrees")).into_iter().flatten().flatten() {
            let git_dir = linked.path();
            let Ok(named) = fs::read_to_string(git_dir.join("gitdir")) else { continue };
            // Names the `.git` file in the work tree; may be relative to where it is written.
            let link = git_dir.join(named.trim_end_matches('\n'));
            if let Some(work_tree) = link.parent().and_then(|dir| dir.canonicalize().ok()) {
                add(git_dir, work_tree);
            }
        }
        found
    }

    /// Writes the files that differ, all of them or, when one can't be, none; then lets go.
    pub(crate) fn write_held(&self, held: Held, old: Option<CommitId>, new: CommitId) -> Result<(), StoreError> {
        held.write(old, new)?;
        let differences = self.differences(old, new)?;
        // Never a link, which may lead to what can't be opened without waiting.
        let written = differences.iter().filter(|difference| difference.new.is_some_and(|new| new.blob().is_some()));
        for difference in written.take(SYNCED_FILES_MAX) {
            match fs::File::open(held.checkout.work_tree.join(difference.path.as_str())) {
                Ok(file) => file.sync_all()?,
                // Left out of a sparse work tree.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        held.finish()
    }

    fn differences(&self, old: Option<CommitId>, new: CommitId) -> Result<Vec<Difference>, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            let old = old.map(|old| tree_of(&odb, old)).transpose()?;
            Ok(tree::compare(&odb, old, Some(tree_of(&odb, new)?))?.paths)
        })
    }

    /// Untracked files in the way are looked for here: git would write over those it ignores.
    /// For the rest git is asked by a dry run, and for the names only if that refuses.
    fn blockers(
        &self,
        checkout: &Checkout,
        copy: &IndexCopy,
        old: Option<CommitId>,
        new: CommitId,
    ) -> Result<Vec<String>, StoreError> {
        let differences = self.differences(old, new)?;
        let added = differences.iter().filter(|difference| difference.old.is_none());
        let in_the_way = checkout.untracked_in_the_way(copy, added.map(|difference| difference.path.as_str()))?;
        if !in_the_way.is_empty() {
            return Ok(in_the_way);
        }
        if checkout.dry_run(copy, old, new)?.ok {
            return Ok(Vec::new());
        }
        // A file that was only touched looks changed until the index is refreshed.
        let mut refresh = checkout.command(copy);
        refresh.args(["update-index", "-q", "--refresh"]);
        git::run(refresh, STEP_MAX)?;
        let refusal = checkout.dry_run(copy, old, new)?;
        if refusal.ok {
            return Ok(Vec::new());
        }
        let changed: BTreeSet<&str> = differences.iter().map(|difference| difference.path.as_str()).collect();
        let names = checkout.local_changes(copy, old, &changed)?;
        if names.is_empty() {
            return Err(StoreError::Other(format!("the work tree can't follow: {}", refusal.complaint)));
        }
        Ok(names)
    }
}

/// Whether this folder's HEAD names the branch.
fn head_names(git_dir: &Path, branch_ref: &str) -> bool {
    let head = fs::read_to_string(git_dir.join("HEAD")).unwrap_or_default();
    head.strip_prefix("ref:").is_some_and(|name| name.trim() == branch_ref)
}

fn spelled(commit: Option<CommitId>) -> String {
    commit.map_or_else(|| EMPTY_TREE.to_owned(), |commit| commit.to_string())
}

impl Checkout {
    fn command(&self, copy: &IndexCopy) -> Command {
        git::command(Target {
            git_dir: Some(&self.git_dir),
            work_tree: Some(&self.work_tree),
            index: Some(&copy.path()),
            quarantine: &self.quarantine,
        })
    }

    fn dry_run(&self, copy: &IndexCopy, old: Option<CommitId>, new: CommitId) -> Result<Answer, StoreError> {
        let mut command = self.command(copy);
        command.args(["read-tree", "-m", "-u", "-n", &spelled(old), &new.to_string()]);
        git::run(command, STEP_MAX)
    }

    /// What stands where files are to be added, and is not in the index.
    fn untracked_in_the_way<'a>(
        &self,
        copy: &IndexCopy,
        added: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>, StoreError> {
        let mut suspects = BTreeSet::new();
        let mut folders = BTreeSet::new();
        for path in added {
            match self.first_obstacle(path) {
                Some(obstacle) if obstacle == path && self.work_tree.join(path).is_dir() => {
                    folders.insert(path.to_owned());
                }
                Some(obstacle) => {
                    suspects.insert(obstacle.to_owned());
                }
                None => {}
            }
        }
        let mut found = BTreeSet::new();
        if !suspects.is_empty() {
            let tracked = self.names(copy, &["ls-files", "--cached", "-z"], &suspects)?;
            found.extend(suspects.difference(&tracked).cloned());
        }
        if !folders.is_empty() {
            found.extend(self.names(copy, &["ls-files", "--others", "-z"], &folders)?);
        }
        Ok(found.into_iter().collect())
    }

    /// The first part of a path, from the root on, at which something stands that is not a
    /// folder to go into; a folder at the end counts too.
    fn first_obstacle<'a>(&self, path: &'a str) -> Option<&'a str> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let there = fs::symlink_metadata(self.work_tree.join(&path[..end])).ok()?;
            if end == path.len() || !there.is_dir() {
                return Some(&path[..end]);
            }
        }
        None
    }

    /// The changed files in which the work tree or the index differs from `old`, or which stand
    /// in a merge that is not finished.
    fn local_changes(
        &self,
        copy: &IndexCopy,
        old: Option<CommitId>,
        changed: &BTreeSet<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let everything = BTreeSet::new();
        let old = spelled(old);
        let unmerged = self.names(copy, &["diff-files", "--name-only", "--diff-filter=U", "-z"], &everything)?;
        if !unmerged.is_empty() {
            return Ok(unmerged.into_iter().collect());
        }
        let mut local = self.names(copy, &["diff-index", "--name-only", "--no-renames", "-z", &old], &everything)?;
        local.extend(self.names(
            copy,
            &["diff-index", "--cached", "--name-only", "--no-renames", "-z", &old],
            &everything,
        )?);
        let exact: Vec<String> = local.iter().filter(|name| changed.contains(name.as_str())).cloned().collect();
        if !exact.is_empty() {
            return Ok(exact);
        }
        // A file where a folder is to be, or the reverse.
        local.extend(self.names(copy, &["ls-files", "--others", "-z"], &everything)?);
        let below = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        local.retain(|name| changed.iter().any(|path| below(name, path) || below(path, name) || name == path));
        Ok(local.into_iter().collect())
    }

    /// The names that a listing command gives, limited to `paths` unless there are none or many.
    fn names(
        &self,
        copy: &IndexCopy,
        arguments: &[&str],
        paths: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut command = self.command(copy);
        command.args(arguments).arg("--");
        if paths.len() <= NAMED_PATHS_MAX {
            command.args(paths);
        }
        let answer = git::run(command, STEP_MAX)?;
        if !answer.ok {
            return Err(StoreError::Other(answer.complaint));
        }
        let names = answer.out.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }
}

impl Held {
    /// Waits a little for the owner's git command to end.
    pub(crate) fn take(checkout: Checkout) -> Result<Held, StoreError> {
        let lock = IndexLock::take(checkout.git_dir.join("index.lock"))?;
        let copy = IndexCopy::of(&checkout)?;
        Ok(Held { checkout, copy, note: None, _lock: lock })
    }

    /// Call before the branch moves: from here on a crash is made good by the next start.
    pub(crate) fn announce(&mut self, old: Option<CommitId>, new: CommitId) -> Result<(), StoreError> {
        let note = Note { path: self.checkout.git_dir.join(NOTE_NAME) };
        let mut file = fs::File::create(&note.path)?;
        file.write_all(format!("{} {new}\n", old.map_or_else(|| "-".to_owned(), |old| old.to_string())).as_bytes())?;
        file.sync_all()?;
        sync_folder(&self.checkout.git_dir)?;
        self.note = Some(note);
        Ok(())
    }

    fn write(&self, old: Option<CommitId>, new: CommitId) -> Result<(), StoreError> {
        let mut command = self.checkout.command(&self.copy);
        command.args(["read-tree", "-m", "-u", &spelled(old), &new.to_string()]);
        let answer = git::run(command, STEP_MAX)?;
        if answer.ok {
            Ok(())
        } else {
            Err(StoreError::Other(format!("the work tree can't follow: {}", answer.complaint)))
        }
    }

    /// Puts the copy of the index in its place and lets go.
    fn finish(self) -> Result<(), StoreError> {
        let index = self.checkout.git_dir.join("index");
        match fs::rename(self.copy.path(), index) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl IndexCopy {
    /// Git replaces its index at once, so a copy is always whole.
    fn of(checkout: &Checkout) -> Result<IndexCopy, StoreError> {
        let dir = tempfile::Builder::new().prefix("polder-index-").tempdir_in(&checkout.git_dir)?;
        match fs::copy(checkout.git_dir.join("index"), dir.path().join("index")) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(IndexCopy { dir }),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("index")
    }
}

impl IndexLock {
    fn take(path: PathBuf) -> Result<IndexLock, StoreError> {
        let deadline = Instant::now() + INDEX_WAIT;
        loop {
            match fs::File::create_new(&path) {
                Ok(mut file) => {
                    let lock = IndexLock { path };
                    file.write_all(lock_mark().as_bytes())?;
                    return Ok(lock);
                }
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                Err(_) if is_left_behind(&path) => drop(fs::remove_file(&path)),
                Err(_) if Instant::now() >= deadline => return Err(StoreError::Busy { lock: path }),
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // If it stays, the next start finds that there is nothing to do.
        let _ = fs::remove_file(&self.path);
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        // If it is gone, somebody removed it by hand.
        let _ = fs::remove_file(&self.path);
    }
}

/// Tells a lock of Polder from one of git, and a lock of this run from one before a crash.
fn lock_mark() -> String {
    format!("polder {} {}\n", std::process::id(), run_mark())
}

/// Different for each run of the program, also when it gets the same process id again.
fn run_mark() -> u128 {
    static MARK: std::sync::OnceLock<u128> = std::sync::OnceLock::new();
    *MARK.get_or_init(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()))
}

/// Whether a Polder that no longer runs left this lock, as after a power cut. Where processes
/// can't be seen, no lock is taken for left behind.
fn is_left_behind(path: &Path) -> bool {
    let Ok(mark) = fs::read_to_string(path) else { return false };
    let mut words = mark.split_whitespace();
    let (Some("polder"), Some(process), Some(run)) = (words.next(), words.next(), words.next()) else { return false };
    let (Ok(process), Ok(run)) = (process.parse::<u32>(), run.parse::<u128>()) else { return false };
    if process == std::process::id() {
        return run != run_mark();
    }
    Path::new("/proc/self").exists() && !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use polder_core::path::FilePath;

    use super::*;
    use crate::commit::Draft;
    use crate::error::CommitError;
    use crate::git::testing::{git, ready};
    use crate::read::Person;

    /// A repository with a work tree in which two files are committed.
    fn owned() -> (TempDir, PathBuf, Store) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path().join("work");
        fs::create_dir(&dir).expect("made");
        git(&dir, &["init", "-q", "-b", "main"]);
        write(&dir, "a.md", "one\n");
        write(&dir, "map/b.md", "two\n");
        write(&dir, ".gitignore", "*.tmp\n");
        git(&dir, &["add", "-A"]);
        git(&dir, &["commit", "-q", "-m", "first"]);
        let store = Store::open(&dir).expect("opened");
        (temp, dir, store)
    }

    fn write(dir: &Path, path: &str, text: &str) {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
    }

    fn read(dir: &Path, path: &str) -> String {
        fs::read_to_string(dir.join(path)).unwrap_or_else(|error| format!("({error})"))
    }

    fn save(store: &Store, files: &[(&str, Option<&str>)]) -> Result<CommitId, CommitError> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| {
                let path = FilePath::parse(path).expect("a good path");
                (path, text.map(|text| text.as_bytes().to_vec()))
            })
            .collect();
        let person = Person { name: "Bo".into(), email: String::new() };
        store.commit(&Draft {
            parent: store.main_tip().expect("read"),
            merged: None,
            files: &files,
            author: person.clone(),
            committer: person,
            time_s: 1_700_000_000,
            offset_min: 0,
            message: "Saved",
        })
    }

    fn refused(store: &Store, files: &[(&str, Option<&str>)]) -> Vec<String> {
        let before = store.main_tip().expect("read");
        let outcome = save(store, files);
        assert_eq!(store.main_tip().expect("read"), before, "nothing moved");
        match outcome {
            Err(CommitError::WouldOverwrite { paths }) => paths,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn a_save_is_seen_in_the_work_tree_and_a_later_commit_of_the_owner_takes_nothing_back() {
        let (_temp, dir, store) = owned();
        // The owner is at work elsewhere: changed, staged and untracked.
        write(&dir, "map/b.md", "owner\n");
        write(&dir, "staged.md", "owner\n");
        write(&dir, "loose.md", "owner\n");
        git(&dir, &["add", "staged.md"]);
        save(&store, &[("a.md", Some("saved\n")), ("new/c.md", Some("saved\n"))]).expect("saved");
        assert_eq!((read(&dir, "a.md"), read(&dir, "new/c.md")), ("saved\n".into(), "saved\n".into()));
        assert_eq!(
            git(&dir, &["status", "--porcelain"]),
            "M map/b.md\nA  staged.md\n?? loose.md".replacen('M', " M", 1)
        );
        git(&dir, &["commit", "-q", "-a", "-m", "owner"]);
        assert_eq!(git(&dir, &["show", "HEAD:a.md"]), "saved");
        assert_eq!(git(&dir, &["show", "HEAD:map/b.md"]), "owner");
        save(&store, &[("new/c.md", None), ("map/b.md", Some("again\n"))]).expect("saved");
        assert!(!dir.join("new").exists());
        git(&dir, &["commit", "-q", "-a", "--allow-empty", "-m", "owner"]);
        assert_eq!(git(&dir, &["show", "--stat", "--format=", "HEAD"]), "");
        assert!(fs::read_dir(dir.join(".git")).expect("listed").flatten().all(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            !name.starts_with("polder-") && !name.ends_with(".lock")
        }));
    }

    #[test]
    fn local_changes_in_the_way_refuse_the_save_and_are_named() {
        let (_temp, dir, store) = owned();
        write(&dir, "a.md", "owner\n");
        assert_eq!(refused(&store, &[("a.md", Some("saved\n")), ("map/b.md", Some("saved\n"))]), ["a.md"]);
        assert_eq!(refused(&store, &[("a.md", None)]), ["a.md"]);
        git(&dir, &["add", "a.md"]);
        assert_eq!(refused(&store, &[("a.md", Some("saved\n"))]), ["a.md"]);
        git(&dir, &["reset", "-q", "--hard"]);

        write(&dir, "untracked \u{e9}.md", "owner\n");
        write(&dir, "ignored.tmp", "owner\n");
        write(&dir, "folder/inside.md", "owner\n");
        assert_eq!(refused(&store, &[("untracked \u{e9}.md", Some("x"))]), ["untracked \u{e9}.md"]);
        assert_eq!(refused(&store, &[("untracked \u{e9}.md/below.md", Some("x"))]), ["untracked \u{e9}.md"]);
        assert_eq!(refused(&store, &[("ignored.tmp", Some("x"))]), ["ignored.tmp"]);
        assert_eq!(refused(&store, &[("folder", Some("x"))]), ["folder/inside.md"]);
        assert_eq!(refused(&store, &[("ignored.tmp/x", Some("x")), ("folder", Some("x"))]).len(), 2);
        assert_eq!(read(&dir, "ignored.tmp"), "owner\n");
        // A deletion in the way of a folder that is to be a file.
        write(&dir, "map/untracked.md", "owner\n");
        assert_eq!(refused(&store, &[("map/b.md", None), ("map", Some("x"))]), ["map/untracked.md"]);

        // Touched only: the same text is no change.
        write(&dir, "a.md", "one\n");
        save(&store, &[("a.md", Some("saved\n"))]).expect("saved");
        assert_eq!(read(&dir, "a.md"), "saved\n");
        // A tracked file becomes a folder, and back.
        save(&store, &[("a.md", None), ("a.md/in.md", Some("x"))]).expect("saved");
        assert_eq!(read(&dir, "a.md/in.md"), "x");
        save(&store, &[("a.md/in.md", None), ("a.md", Some("y"))]).expect("saved");
        assert_eq!(read(&dir, "a.md"), "y");
        assert_eq!(git(&dir, &["status", "--porcelain", "-uno"]), "");
    }

    #[test]
    fn the_first_commit_fills_an_empty_work_tree_or_is_refused() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        let store = Store::open(dir).expect("opened");
        write(dir, "FrontPage.md", "owner\n");
        assert_eq!(refused(&store, &[("FrontPage.md", Some("x")), ("b.md", Some("x"))]), ["FrontPage.md"]);
        fs::remove_file(dir.join("FrontPage.md")).expect("removed");
        save(&store, &[("FrontPage.md", Some("x")), ("b.md", Some("x"))]).expect("saved");
        assert_eq!(git(dir, &["status", "--porcelain"]), "");
    }

    #[test]
    fn linked_work_trees_follow_and_other_branches_do_not() {
        let (temp, dir, store) = owned();
        git(&dir, &["worktree", "add", "-q", "-b", "side", "../linked"]);
        let linked = temp.path().join("linked");
        let through_link = Store::open(&linked).expect("opened");
        save(&through_link, &[("a.md", Some("on the side\n"))]).expect("saved");
        assert_eq!((read(&linked, "a.md"), read(&dir, "a.md")), ("on the side\n".into(), "one\n".into()));
        assert_eq!(git(&linked, &["status", "--porcelain"]), "");

        git(&dir, &["checkout", "-q", "--detach"]);
        git(&linked, &["checkout", "-q", "main"]);
        save(&store, &[("a.md", Some("saved\n"))]).expect("saved");
        assert_eq!((read(&linked, "a.md"), read(&dir, "a.md")), ("saved\n".into(), "one\n".into()));
        assert_eq!(git(&linked, &["status", "--porcelain"]), "");
        assert_eq!(git(&dir, &["status", "--porcelain"]), "");
    }

    #[test]
    fn a_moved_branch_is_followed_and_twice_is_once() {
        let (_temp, dir, store) = owned();
        let old = store.main_tip().expect("read").expect("there");
        let tree = git(&dir, &["rev-parse", "HEAD^{tree}"]);
        let blob = crate::git::testing::git_fed(&dir, &["hash-object", "-w", "--stdin"], b"pushed\n");
        let listing = git(&dir, &["ls-tree", &tree]).replace(&git(&dir, &["rev-parse", "HEAD:a.md"]), &blob);
        let tree = crate::git::testing::git_fed(&dir, &["mktree"], format!("{listing}\n").as_bytes());
        let new = git(&dir, &["commit-tree", "-p", "HEAD", "-m", "pushed", &tree]);
        let new = CommitId::parse(&new).expect("an id");

        assert!(store.work_tree_blockers(Some(old), new).expect("asked").is_empty());
        write(&dir, "a.md", "owner\n");
        assert_eq!(store.work_tree_blockers(Some(old), new).expect("asked"), ["a.md"]);
        git(&dir, &["update-ref", "refs/heads/main", &new.to_string()]);
        assert!(matches!(store.follow(Some(old), new), Err(StoreError::WouldOverwrite { paths }) if paths == ["a.md"]));
        write(&dir, "a.md", "one\n");
        store.follow(Some(old), new).expect("followed");
        store.follow(Some(old), new).expect("followed");
        assert_eq!(read(&dir, "a.md"), "pushed\n");
        assert_eq!(git(&dir, &["status", "--porcelain"]), "");
    }

    #[test]
    fn a_crash_between_the_branch_and_the_work_tree_is_made_good() {
        let (_temp, dir, store) = owned();
        let old = store.main_tip().expect("read").expect("there");
        let new = save(&store, &[("a.md", Some("saved\n"))]).expect("saved");
        assert!(!dir.join(".git").join(NOTE_NAME).exists());
        // As a crash would leave it: the branch moved, the work tree not.
        git(&dir, &["reset", "-q", "--hard", &old.to_string()]);
        git(&dir, &["update-ref", "refs/heads/main", &new.to_string()]);
        write(&dir, ".git/polder-follows", &format!("{old} {new}\n"));
        write(&dir, ".git/index.lock", &format!("polder {} 1\n", std::process::id()));
        Store::open(&dir).expect("opened");
        assert_eq!((read(&dir, "a.md").as_str(), git(&dir, &["status", "--porcelain"]).as_str()), ("saved\n", ""));
        assert!(!dir.join(".git").join(NOTE_NAME).exists());
    }

    #[test]
    fn a_sparse_work_tree_stays_sparse() {
        let (_temp, dir, store) = owned();
        git(&dir, &["sparse-checkout", "set", "--no-cone", "/*", "!/map/"]);
        assert!(!dir.join("map").exists());
        save(&store, &[("map/b.md", Some("saved\n")), ("a.md", Some("saved\n"))]).expect("saved");
        assert_eq!((dir.join("map").exists(), read(&dir, "a.md").as_str()), (false, "saved\n"));
        assert_eq!(git(&dir, &["status", "--porcelain"]), "");
    }

    #[test]
    fn an_unfinished_merge_and_a_running_git_are_named() {
        let (_temp, dir, store) = owned();
        fs::write(dir.join(".git/index.lock"), "").expect("written");
        let outcome = save(&store, &[("a.md", Some("x"))]);
        assert!(
            matches!(outcome, Err(CommitError::Other(StoreError::Busy { lock })) if lock.ends_with(".git/index.lock"))
        );
        // One that a Polder left which runs no more is no obstacle.
        fs::write(dir.join(".git/index.lock"), format!("polder {} 1\n", std::process::id())).expect("written");
        save(&store, &[("a.md", Some("x\n"))]).expect("saved");

        git(&dir, &["checkout", "-q", "-b", "side", "HEAD~1"]);
        write(&dir, "map/b.md", "side\n");
        git(&dir, &["commit", "-q", "-a", "-m", "side"]);
        git(&dir, &["checkout", "-q", "main"]);
        write(&dir, "map/b.md", "main\n");
        git(&dir, &["commit", "-q", "-a", "-m", "main"]);
        let merge = crate::git::testing::person_command(&dir).args(["merge", "-q", "side"]).output().expect("git runs");
        assert!(!merge.status.success());
        assert_eq!(refused(&store, &[("a.md", Some("z\n"))]), ["map/b.md"]);
    }
}
