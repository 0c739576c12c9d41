//! What a commit says, and moving the branch to it by compare-and-swap.
//!
//! Correct against any other program that writes to the repository. How its objects come onto the
//! disk is `batch`. What may be written is decided before, in `wiki`: this is the last step behind its
//! one door (INV-3).

use std::thread;
use std::time::Duration;

use git2::{ErrorCode, Oid, Repository};
use polder_core::ids::CommitId;
use polder_core::path::FilePath;

use crate::batch::reached;
use crate::error::{CommitError, StoreError};
use crate::git::{self, Target};
use crate::read::Person;
use crate::store::{Store, lock};
use crate::tree::oid;
use crate::worktree::Held;

/// Another program that moves the branch holds its lock for milliseconds. These many tries,
/// this far apart, are over half a second.
const LOCK_TRIES: u32 = 30;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Time for deleting a ref; it waits a second at most for the lock of the packed refs.
const DELETE_MAX: Duration = Duration::from_secs(20);

/// What the record of a branch's moves says.
const MOVE_MESSAGE: &str = "polder: save";

/// A name under which something is committed when none was left after cleaning.
const NAMELESS: &str = "unknown";

/// A commit to be made.
pub struct Draft<'a> {
    /// Where the branch must point; `None` for the first commit.
    pub parent: Option<CommitId>,
    /// What is merged into it, when this is a merge.
    pub merged: Option<CommitId>,
    /// New bytes, or `None` to delete. Of two edits of one path the last one counts.
    pub files: &'a [(FilePath, Option<Vec<u8>>)],
    pub author: Person,
    pub committer: Person,
    /// Seconds since 1970, for author and committer.
    pub time_s: i64,
    /// Minutes from UTC.
    pub offset_min: i32,
    pub message: &'a str,
}

impl Store {
    /// Makes the commit and moves the branch and its work trees to it, or changes nothing.
    pub fn commit(&self, draft: &Draft<'_>) -> Result<CommitId, CommitError> {
        // Early, to spare the work; the swap at the end is what counts.
        let main = self.main_tip()?;
        if main != draft.parent {
            return Err(CommitError::Moved { main });
        }
        let mut batch = self.begin(draft.parent)?;
        let commit = batch.add(draft)?;
        batch.publish()?;
        Ok(commit)
    }

    /// Writes a commit to which nothing points yet, so that it can be judged. `advance` moves the branch to it.
    pub fn write_commit(&self, draft: &Draft<'_>) -> Result<CommitId, CommitError> {
        let mut batch = self.begin(draft.parent)?;
        let commit = batch.add(draft)?;
        batch.write()?;
        Ok(commit)
    }

    /// Moves the branch and its work trees from `old` to a commit that is in the repository, or changes
    /// nothing.
    pub fn advance(&self, old: Option<CommitId>, new: CommitId) -> Result<(), CommitError> {
        if !self.is_durable() {
            return Err(CommitError::Other(StoreError::NotPrepared));
        }
        let _writing = lock(&self.writing);
        self.with(|repository| self.advance_in(repository, old, new))
    }

    pub(crate) fn advance_in(
        &self,
        repository: &Repository,
        old: Option<CommitId>,
        new: CommitId,
    ) -> Result<(), CommitError> {
        let mut held = self.checkouts().into_iter().map(Held::take).collect::<Result<Vec<Held>, _>>()?;
        for held in &mut held {
            let paths = self.held_blockers(held, old, new)?;
            if !paths.is_empty() {
                return Err(CommitError::WouldOverwrite { paths });
            }
            held.announce(old, new)?;
        }
        self.swap(repository, old, new)?;
        reached("moved");
        for held in held {
            if let Err(error) = self.write_held(held, old, new) {
                // Somebody changed the file in the last milliseconds, or the disk is full.
                return self.take_back(repository, old, new, error);
            }
        }
        Ok(())
    }

    /// Moves the branch from `old` to `new`, if it is still at `old`.
    pub(crate) fn swap(
        &self,
        repository: &Repository,
        old: Option<CommitId>,
        new: CommitId,
    ) -> Result<(), CommitError> {
        // The id of zeros stands for a branch that does not exist yet.
        let expected = old.map_or(Oid::ZERO_SHA1, |old| oid(old.0));
        for _ in 0..LOCK_TRIES {
            match repository.reference_matching(&self.branch_ref(), oid(new.0), true, expected, MOVE_MESSAGE) {
                Ok(_) => return Ok(()),
                Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound) => {
                    return Err(CommitError::Moved { main: self.main_of(repository)? });
                }
                Err(error) if error.code() == ErrorCode::Locked => {}
                Err(error) => return Err(error.into()),
            }
            thread::sleep(LOCK_PAUSE);
            let main = self.main_of(repository)?;
            if main != old {
                return Err(CommitError::Moved { main });
            }
        }
        let lock = self.common_dir().join(format!("{}.lock", self.branch_ref()));
        Err(CommitError::Other(StoreError::Busy { lock }))
    }

    /// Undoes a move of the branch that a work tree could not follow. When somebody has built
    /// upon it already, it stays.
    pub(crate) fn take_back(
        &self,
        repository: &Repository,
        old: Option<CommitId>,
        new: CommitId,
        error: StoreError,
    ) -> Result<(), CommitError> {
        let undone = match old {
            Some(old) => self.swap(repository, Some(new), old).is_ok(),
            None => self.delete_ref(&self.branch_ref(), Some(new)).is_ok(),
        };
        if undone { Err(error.into()) } else { Ok(()) }
    }
}

impl Store {
    /// Deletes a ref, if it is there and, where that is said, still at `old`. By the program: the library
    /// reads the packed refs before it locks them, and would write back those that moved in between.
    pub(crate) fn delete_ref(&self, name: &str, old: Option<CommitId>) -> Result<(), StoreError> {
        let mut command = git::command(Target { git_dir: Some(self.git_dir()), ..Target::default() });
        command.args(["update-ref", "--no-deref", "-d", name]).args(old.map(|old| old.to_string()));
        let answer = git::run(command, DELETE_MAX)?;
        if answer.ok { Ok(()) } else { Err(StoreError::Other(answer.complaint)) }
    }
}

pub(crate) fn commit_text(draft: &Draft<'_>, tree: [u8; 20]) -> String {
    use std::fmt::Write as _;
    let mut text = format!("tree {}\n", oid(tree));
    let when = format!("{} {}", draft.time_s, zone(draft.offset_min));
    // Writing to a string can't fail.
    for parent in draft.parent.into_iter().chain(draft.merged) {
        let _ = writeln!(text, "parent {parent}");
    }
    let _ = writeln!(text, "author {} {when}", signature(&draft.author));
    let _ = writeln!(text, "committer {} {when}", signature(&draft.committer));
    text.push('\n');
    let message = draft.message.replace("\r\n", "\n");
    text.extend(message.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    text.push('\n');
    text
}

/// `Name <address>`, without what git takes for the end of either.
pub(crate) fn signature(person: &Person) -> String {
    let clean = |text: &str| text.replace(|c: char| c.is_control() || matches!(c, '<' | '>'), "").trim().to_owned();
    let name = clean(&person.name);
    let email = clean(&person.email);
    format!("{} <{email}>", if name.is_empty() { NAMELESS } else { &name })
}

/// `+0130`. More than a day from UTC is none.
pub(crate) fn zone(offset_min: i32) -> String {
    let offset_min = if offset_min.abs() < 24 * 60 { offset_min } else { 0 };
    let sign = if offset_min < 0 { '-' } else { '+' };
    format!("{sign}{:02}{:02}", offset_min.abs() / 60, offset_min.abs() % 60)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Stdio;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, person_command, ready, strace_command};

    fn path(path: &str) -> FilePath {
        FilePath::parse(path).expect("a good path")
    }

    fn put(name: &str, text: &str) -> (FilePath, Option<Vec<u8>>) {
        (path(name), Some(text.as_bytes().to_vec()))
    }

    fn draft<'a>(parent: Option<CommitId>, files: &'a [(FilePath, Option<Vec<u8>>)]) -> Draft<'a> {
        let person = |name: &str| Person { name: name.into(), email: "x@example.org".into() };
        Draft {
            parent,
            merged: None,
            files,
            author: person("Bo"),
            committer: person("Polder"),
            time_s: 1_700_000_000,
            offset_min: 60,
            message: "A change",
        }
    }

    fn new_store() -> (TempDir, Store) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let store = Store::create(&temp.path().join("wiki.git")).expect("made");
        (temp, store)
    }

    fn listing(store: &Store) -> String {
        git(store.git_dir(), &["ls-tree", "-r", "main"])
    }

    #[test]
    fn files_are_put_deleted_and_moved_and_git_agrees() {
        let (_temp, store) = new_store();
        assert_eq!(store.main_tip().expect("read"), None);
        let first = [put("a.md", "one\n"), put("map/b.md", "two\n"), put("map/in/c.md", "three\n")];
        let one = store.commit(&draft(None, &first)).expect("committed");
        assert_eq!(store.main_tip().expect("read"), Some(one));
        let facts = store.commit_facts(one).expect("read").expect("there");
        assert_eq!((facts.author.name.as_str(), facts.time_s, facts.offset_min), ("Bo", 1_700_000_000, 60));
        assert_eq!(facts.message, "A change\n");

        // A file becomes a folder, a folder empties and goes, a file keeps its mode.
        let blob = git(store.git_dir(), &["rev-parse", "main:a.md"]);
        git_fed(store.git_dir(), &["hash-object", "-w", "--stdin"], b"x");
        let second = [
            (path("a.md"), None),
            put("a.md/inside.md", "four\n"),
            (path("map/in/c.md"), None),
            put("map.md", "five\n"),
            (path("not/there.md"), None),
        ];
        let two = store.commit(&draft(Some(one), &second)).expect("committed");
        assert_eq!(store.file_at(two, "a.md").expect("read"), None);
        assert_eq!(store.file_at(one, "a.md").expect("read").map(|b| b.to_string()), Some(blob));
        let names = git(store.git_dir(), &["ls-tree", "-r", "--name-only", "main"]);
        assert_eq!(names, "a.md/inside.md\nmap.md\nmap/b.md");
        git(store.git_dir(), &["fsck", "--strict", "--no-dangling"]);

        for clash in ["map", "map.md/below.md", "a.md"] {
            let edits = [put(clash, "x")];
            let outcome = store.commit(&draft(Some(two), &edits));
            assert!(matches!(&outcome, Err(CommitError::Clash { .. })), "{clash}: {outcome:?}");
        }
        let all = [(path("a.md/inside.md"), None), (path("map.md"), None), (path("map/b.md"), None)];
        let three = store.commit(&draft(Some(two), &all)).expect("committed");
        assert!(store.manifest(three).expect("read").entries().is_empty());
        assert!(store.is_ancestor(one, three).expect("asked"));
        assert!(!store.is_ancestor(three, one).expect("asked"));
        assert_eq!(store.resolve_prefix(&three.to_string()[..9]).expect("asked"), Some(three));
        assert_eq!(store.resolve_prefix("zzzzzzz").expect("asked"), None);
        assert_eq!(store.resolve_prefix("0000000").expect("asked"), None);
    }

    #[test]
    fn a_file_that_may_be_executed_stays_so_and_a_link_is_not_written() {
        let (_temp, store) = new_store();
        let dir = store.git_dir();
        let blob = git_fed(dir, &["hash-object", "-w", "--stdin"], b"echo\n");
        let tree = git_fed(
            dir,
            &["mktree"],
            format!("100755 blob {blob}\trun.sh\n120000 blob {blob}\tlink\n160000 commit {}\tsub\n", "1".repeat(40))
                .as_bytes(),
        );
        let commit = git(dir, &["commit-tree", "-m", "x", &tree]);
        git(dir, &["update-ref", "refs/heads/main", &commit]);
        let parent = CommitId::parse(&commit);
        let edits = [put("run.sh", "echo more\n")];
        let new = store.commit(&draft(parent, &edits)).expect("committed");
        assert!(listing(&store).contains("100755 blob"));
        assert!(listing(&store).contains("120000 blob"), "what is odd stays");
        for name in ["link", "sub", "link/in.md", "sub/in.md"] {
            let edits = [put(name, "x")];
            assert!(matches!(store.commit(&draft(Some(new), &edits)), Err(CommitError::Clash { .. })), "{name}");
        }
    }

    #[test]
    fn hostile_names_and_messages_stay_inside_their_lines() {
        let (_temp, store) = new_store();
        let edits = [put("a.md", "x")];
        let mut hostile = draft(None, &edits);
        hostile.author = Person { name: " Eve\n<e>\0 ".into(), email: "e>\nparent 1".into() };
        hostile.committer = Person { name: "<>".into(), email: String::new() };
        hostile.message = "Sub\0ject\r\n\r\nBody\x1b[0m";
        hostile.offset_min = i32::MIN + 1;
        let id = store.commit(&hostile).expect("committed");
        let facts = store.commit_facts(id).expect("read").expect("there");
        assert_eq!(facts.author, Person { name: "Eve e".replace(' ', ""), email: "eparent 1".into() });
        assert_eq!(facts.message, "Subject\n\nBody[0m\n");
        assert!(facts.parents.is_empty());
        git(store.git_dir(), &["fsck", "--strict"]);
    }

    #[test]
    fn a_commit_on_a_branch_that_moved_is_refused_and_says_where_it_is() {
        let (_temp, store) = new_store();
        let edits = [put("a.md", "x")];
        let one = store.commit(&draft(None, &edits)).expect("committed");
        let edits = [put("a.md", "y")];
        let two = store.commit(&draft(Some(one), &edits)).expect("committed");
        for stale in [None, Some(one)] {
            let outcome = store.commit(&draft(stale, &edits));
            assert!(matches!(outcome, Err(CommitError::Moved { main: Some(main) }) if main == two));
        }
        // The swap itself refuses too, without the early look.
        let swapped = store.with(|repository| store.swap(repository, Some(one), two));
        assert!(matches!(swapped, Err(CommitError::Moved { .. })));
        let created = store.with(|repository| store.swap(repository, None, one));
        assert!(matches!(created, Err(CommitError::Moved { .. })));
    }

    #[test]
    fn nothing_is_lost_beside_another_program_that_writes() {
        let (temp, store) = new_store();
        let edits = [put("start.md", "x")];
        store.commit(&draft(None, &edits)).expect("committed");
        let moved = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (store, moved) = (&store, &moved);
                scope.spawn(move || {
                    for i in 0..10 {
                        let edits = [put(&format!("map{thread}/{i}.md"), "x")];
                        loop {
                            let parent = store.main_tip().expect("read");
                            match store.commit(&draft(parent, &edits)) {
                                Ok(_) => break,
                                Err(CommitError::Moved { .. }) => moved.fetch_add(1, Ordering::Relaxed),
                                Err(error) => panic!("{error:?}"),
                            };
                        }
                    }
                });
            }
            let (dir, temp) = (store.git_dir(), temp.path());
            scope.spawn(move || {
                for i in 0..15 {
                    loop {
                        let old = git(dir, &["rev-parse", "main"]);
                        let index = temp.join("index");
                        let with_index = |arguments: &[&str]| {
                            let mut command = person_command(dir);
                            let out = command.env("GIT_INDEX_FILE", &index).args(arguments).output().expect("git runs");
                            String::from_utf8_lossy(&out.stdout).trim().to_owned()
                        };
                        with_index(&["read-tree", &old]);
                        let blob = git_fed(dir, &["hash-object", "-w", "--stdin"], b"cli");
                        with_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},cli/{i}.md")]);
                        let tree = with_index(&["write-tree"]);
                        let new = git(dir, &["commit-tree", "-p", &old, "-m", "cli", &tree]);
                        let mut update = person_command(dir);
                        update.args(["update-ref", "refs/heads/main", &new, &old]).stderr(Stdio::null());
                        if update.status().expect("git runs").success() {
                            break;
                        }
                    }
                }
            });
        });
        let main = store.main_tip().expect("read").expect("there");
        assert_eq!(store.manifest(main).expect("read").entries().len(), 1 + 30 + 15);
        assert_eq!(git(store.git_dir(), &["rev-list", "--count", "main"]), "46");
        assert!(moved.load(Ordering::Relaxed) > 0, "the writers met");
        git(store.git_dir(), &["fsck", "--strict", "--no-dangling"]);
    }

    #[test]
    fn a_branch_lock_that_stays_is_named() {
        let (_temp, store) = new_store();
        let edits = [put("a.md", "x")];
        let one = store.commit(&draft(None, &edits)).expect("committed");
        fs::write(store.git_dir().join("refs/heads/main.lock"), "").expect("written");
        let edits = [put("a.md", "y")];
        let outcome = store.commit(&draft(Some(one), &edits));
        assert!(
            matches!(&outcome, Err(CommitError::Other(StoreError::Busy { lock })) if lock.ends_with("refs/heads/main.lock")),
            "{outcome:?}"
        );
        assert_eq!(store.main_tip().expect("read"), Some(one));
    }

    /// INV-5, as far as a program can tell: the library is told to sync, even against the
    /// repository's own settings.
    #[test]
    fn written_objects_and_refs_are_synced() {
        let (temp, store) = new_store();
        git(store.git_dir(), &["config", "core.fsyncObjectFiles", "false"]);
        let store = Store::open(store.git_dir()).expect("opened");
        let told = store.with(|repository| repository.config()?.get_bool("core.fsyncobjectfiles"));
        assert!(told.expect("a setting"));

        let Some(syncs) = traced_syncs(temp.path()) else { return };
        let synced = |part: &str| syncs.iter().any(|line| line.contains(part));
        assert!(synced("/objects/") && synced("refs/heads/main.lock"), "{syncs:#?}");
        // Three objects and the branch, each with its folder.
        assert!(syncs.len() >= 8, "{syncs:#?}");
    }

    /// The sync calls of one save, in a process of its own, if `strace` is there and may work.
    fn traced_syncs(dir: &Path) -> Option<Vec<String>> {
        let log = dir.join("trace");
        let wiki = dir.join("traced.git");
        let test = std::env::current_exe().expect("this program");
        let status = strace_command()
            .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
            .arg(&log)
            .arg(test)
            .args(["--exact", "commit::tests::one_save_for_a_trace"])
            .env("POLDER_TEST_TRACED", &wiki)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let text = fs::read_to_string(log).ok().filter(|_| status.is_ok_and(|status| status.success()))?;
        Some(
            text.lines()
                .filter(|line| line.contains("sync(") && line.contains("traced.git"))
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Run under strace by `written_objects_and_refs_are_synced`; by itself it does nothing.
    #[test]
    fn one_save_for_a_trace() {
        let Some(dir) = std::env::var_os("POLDER_TEST_TRACED") else { return };
        ready();
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).external_template(false).initial_head("main");
        git2::Repository::init_opts(&dir, &options).expect("made");
        let store = Store::open(Path::new(&dir)).expect("opened");
        let edits = [put("a.md", "x")];
        store.commit(&draft(None, &edits)).expect("committed");
    }
}
