//! Several commits, one upon the other, that become durable together.
//!
//! Each is made in memory, by its own author and with its own message, upon the one before it. Then all
//! their objects are written and synced, the branch is moved once, and the work trees follow once. When
//! `publish` gives `Ok`, every commit of the batch and all it needs are on the disk, and the branch points
//! at the last one (INV-5); when it does not, the branch is where it was.
//!
//! One commit is written as loose objects, more as one pack: as fast for one, and a pack for each save
//! would make thousands of packs. What may be committed is not known here.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use git2::{Buf, Indexer, ObjectType, Odb, OdbLookupFlags, Oid, Repository};
use polder_core::ids::CommitId;

use crate::commit::{Draft, commit_text};
use crate::error::{CommitError, StoreError};
use crate::read::tree_of;
use crate::store::{Store, lock, sync_folder};
use crate::tree::{self, id_of};

/// Commits of one batch. As many editors who save in the same moment wait for one another; more would
/// keep the first of them waiting for the judging of all.
const COMMITS_MAX: usize = 64;

/// Bytes of objects that one pack is made of, in memory and compared with each other for differences.
/// Pages of the usual 5 KB reach it after some hundreds of saves; one large attachment is written loose.
const PACKED_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Bytes that the handle for writing keeps in memory before it is given up for a new one.
const DESK_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Loose objects written at the same time. A save has four or five.
const WRITERS_MAX: usize = 8;

/// Before the backends for packs (2) and loose objects (1): what is written stays in memory.
const IN_MEMORY_PRIORITY: i32 = 1_000;

/// A folder of such a name is swept away by git's own tidying when a crash left it.
const INCOMING_PREFIX: &str = "tmp_objdir-polder-";

/// A handle that writes objects into memory and reads them from there. What stays in it from an
/// earlier batch does no harm: objects are known by what they contain, and a batch writes all its own.
pub(crate) struct Desk {
    repository: Repository,
    bytes: usize,
}

/// Commits that are made and not yet published. Dropping it forgets them.
pub struct Batch<'s> {
    store: &'s Store,
    desk: Desk,
    base: Option<CommitId>,
    tip: Option<CommitId>,
    objects: Vec<Object>,
    known: HashSet<Oid>,
    bytes: usize,
    n_commits: usize,
    writing: MutexGuard<'s, Option<Desk>>,
}

/// Something to be written, under its id.
struct Object {
    id: Oid,
    kind: ObjectType,
    bytes: Vec<u8>,
}

impl Store {
    /// Begins a batch of commits upon `base`, where the branch should be by now; `None` when there is no
    /// commit. Others of this process that write wait until it is published or dropped.
    pub fn begin(&self, base: Option<CommitId>) -> Result<Batch<'_>, StoreError> {
        if !self.is_durable() {
            return Err(StoreError::NotPrepared);
        }
        let mut writing = lock(&self.writing);
        let desk = match writing.take() {
            Some(desk) => desk,
            None => Desk { repository: self.open_desk()?, bytes: 0 },
        };
        let (objects, known) = (Vec::new(), HashSet::new());
        Ok(Batch { store: self, desk, base, tip: base, objects, known, bytes: 0, n_commits: 0, writing })
    }

    fn open_desk(&self) -> Result<Repository, git2::Error> {
        let repository = self.open_handle()?;
        repository.odb()?.add_new_mempack_backend(IN_MEMORY_PRIORITY)?;
        Ok(repository)
    }
}

impl Batch<'_> {
    /// Whether another commit should wait for the next batch.
    pub fn is_full(&self) -> bool {
        self.n_commits >= COMMITS_MAX || self.bytes >= PACKED_MAX_BYTES
    }

    /// The number of commits added so far.
    pub fn len(&self) -> usize {
        self.n_commits
    }

    /// Whether there is nothing to publish.
    pub fn is_empty(&self) -> bool {
        self.n_commits == 0
    }

    /// Makes a commit upon the last one, which must be its parent. Nothing is on the disk yet. After an
    /// error the batch is as it was before.
    pub fn add(&mut self, draft: &Draft<'_>) -> Result<CommitId, CommitError> {
        if draft.parent != self.tip {
            return Err(CommitError::Moved { main: self.tip });
        }
        let mut fresh = Vec::new();
        let commit = make(&self.desk.repository, draft, &mut fresh)?;
        for object in fresh {
            self.bytes += object.bytes.len();
            self.desk.bytes += object.bytes.len();
            if self.known.insert(object.id) {
                self.objects.push(object);
            }
        }
        self.tip = Some(commit);
        self.n_commits += 1;
        Ok(commit)
    }

    /// Makes the commits durable and moves the branch and its work trees to the last one, or changes
    /// nothing. Of several commits that can't be published together, some may be publishable alone.
    pub fn publish(mut self) -> Result<(), CommitError> {
        let outcome = self.write_and_move();
        // Only a handle that did its work is used again.
        if outcome.is_ok() && self.desk.bytes <= DESK_MAX_BYTES {
            *self.writing = Some(self.desk);
        }
        outcome
    }

    fn write_and_move(&self) -> Result<(), CommitError> {
        let (store, old) = (self.store, self.base);
        reached("begin");
        let Some(new) = self.tip.filter(|_| !self.is_empty()) else { return Ok(()) };
        store.with(|repository| {
            // Early, to spare the work; the swap below is what counts.
            let main = store.main_of(repository)?;
            if main != old {
                return Err(CommitError::Moved { main });
            }
            self.write()?;
            store.advance_in(repository, old, new)
        })
    }

    /// Writes the commits and all they need durably. Nothing points at them.
    pub(crate) fn write(&self) -> Result<(), StoreError> {
        // What is there already was perhaps never synced: by a program of the owner's, or by a try that
        // failed half-way. A loose object is not written again then; a pack holds all.
        let is_there = |object: &Object| {
            self.store.with(|repository| {
                Ok::<bool, StoreError>(repository.odb()?.exists_ext(object.id, OdbLookupFlags::NO_REFRESH))
            })
        };
        let leans = self.objects.iter().map(is_there).collect::<Result<Vec<bool>, _>>()?.contains(&true);
        if (self.n_commits > 1 || leans) && self.bytes <= 2 * PACKED_MAX_BYTES {
            self.write_pack()?;
        } else {
            self.write_loose()?;
        }
        self.store.with(|repository| check_written(&repository.odb()?, &self.objects))?;
        reached("read back");
        Ok(())
    }

    /// Writes all objects as one pack beside the others, and syncs it before it gets its name: a pack
    /// that a power cut left half would be a damaged repository, even if nothing points into it.
    fn write_pack(&self) -> Result<(), StoreError> {
        let mut builder = self.desk.repository.packbuilder()?;
        // Starting threads for a few objects takes longer than they save.
        builder.set_threads(1);
        for object in &self.objects {
            builder.insert_object(object.id, None)?;
        }
        let mut pack = Buf::new();
        builder.write_buf(&mut pack)?;
        let objects = self.store.common_dir().join("objects");
        let folder = objects.join("pack");
        fs::create_dir_all(&folder)?;
        let incoming = tempfile::Builder::new().prefix(INCOMING_PREFIX).tempdir_in(&objects)?;
        // Readable and not writable, as git makes its packs.
        let mut indexer = Indexer::new(None, incoming.path(), 0o444, false)?;
        indexer.write_all(&pack)?;
        let name = format!("pack-{}", indexer.commit()?);
        let parts = ["pack", "idx"].map(|end| format!("{name}.{end}"));
        reached("packed");
        thread::scope(|scope| {
            let syncs = parts.each_ref().map(|part| {
                let file = incoming.path().join(part);
                scope.spawn(move || fs::File::open(file)?.sync_all())
            });
            syncs.into_iter().try_for_each(|sync| {
                sync.join().map_err(|_| StoreError::Other("a sync broke off".to_owned()))?.map_err(StoreError::from)
            })
        })?;
        reached("synced");
        // The index last: git takes a pack for there when it has one.
        for (part, step) in parts.iter().zip(["pack named", "index named"]) {
            fs::rename(incoming.path().join(part), folder.join(part))?;
            reached(step);
        }
        sync_folder(&folder)?;
        reached("names synced");
        Ok(())
    }

    /// Writes objects side by side: each waits for the disk several times, and a disk serves waiting
    /// writers together.
    fn write_loose(&self) -> Result<(), StoreError> {
        let (store, objects) = (self.store, &self.objects);
        let folder = store.common_dir().join("objects");
        let next = AtomicUsize::new(0);
        let write_some = || {
            store.with(|repository| {
                let odb = repository.odb()?;
                while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let was_there = odb.exists_ext(object.id, OdbLookupFlags::NO_REFRESH);
                    odb.write(object.kind, &object.bytes)?;
                    let name = object.id.to_string();
                    let fan = folder.join(&name[..2]);
                    let file = fan.join(&name[2..]);
                    if was_there && file.exists() {
                        fs::File::open(&file)?.sync_all()?;
                        sync_folder(&fan)?;
                    }
                }
                Ok::<(), StoreError>(())
            })
        };
        thread::scope(|scope| {
            let writers: Vec<_> = (0..objects.len().min(WRITERS_MAX)).map(|_| scope.spawn(write_some)).collect();
            writers.into_iter().try_for_each(|writer| {
                writer.join().unwrap_or_else(|_| Err(StoreError::Other("a writer broke off".to_owned())))
            })
        })?;
        // Folders in it may be new, also those of a try before this one.
        sync_folder(&folder)
    }
}

/// Makes files, trees and commit in memory.
fn make(repository: &Repository, draft: &Draft<'_>, fresh: &mut Vec<Object>) -> Result<CommitId, CommitError> {
    let odb = repository.odb()?;
    let mut add = |kind: ObjectType, bytes: Vec<u8>| -> Result<[u8; 20], StoreError> {
        let id = odb.write(kind, &bytes)?;
        fresh.push(Object { id, kind, bytes });
        Ok(id_of(id))
    };
    let mut files = Vec::with_capacity(draft.files.len());
    for (path, bytes) in draft.files {
        let blob = bytes.as_ref().map(|bytes| add(ObjectType::Blob, bytes.clone())).transpose()?;
        files.push((path, blob));
    }
    let root = draft.parent.map(|parent| tree_of(&odb, parent)).transpose()?;
    let tree = tree::rewrite(&odb, root, &files, &mut |tree| add(ObjectType::Tree, tree))?;
    Ok(CommitId(add(ObjectType::Commit, commit_text(draft, tree).into_bytes())?))
}

/// Reads back what was written, before anything points at it: a disk that lies, or an older
/// object that is damaged, is found while the text is still at hand.
fn check_written(odb: &Odb<'_>, objects: &[Object]) -> Result<(), StoreError> {
    for object in objects {
        let read = odb.read(object.id)?;
        if read.kind() != object.kind || read.data() != object.bytes {
            return Err(StoreError::Other(format!("{} is not on the disk as it was written", object.id)));
        }
    }
    Ok(())
}

/// Where a test has the process end, as a crash would.
#[cfg(test)]
pub(crate) fn reached(step: &str) {
    if std::env::var("POLDER_TEST_ENDS_AT").is_ok_and(|at| at == step) {
        std::process::abort();
    }
}

#[cfg(not(test))]
pub(crate) fn reached(_step: &str) {}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    use polder_core::path::FilePath;
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready, strace_command};
    use crate::read::Person;

    const STEPS: [&str; 8] =
        ["begin", "packed", "synced", "pack named", "index named", "names synced", "read back", "moved"];

    fn put(name: &str, text: &str) -> (FilePath, Option<Vec<u8>>) {
        (FilePath::parse(name).expect("a good path"), Some(text.as_bytes().to_vec()))
    }

    fn draft<'a>(parent: Option<CommitId>, author: &str, files: &'a [(FilePath, Option<Vec<u8>>)]) -> Draft<'a> {
        let person = |name: &str| Person { name: name.into(), email: "x@example.org".into() };
        let (author, committer) = (person(author), person("Polder"));
        Draft {
            parent,
            merged: None,
            files,
            author,
            committer,
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

    /// Adds commits that write a file each, one upon the other.
    fn add_all(batch: &mut Batch<'_>, base: Option<CommitId>, names: &[&str]) -> Vec<CommitId> {
        let mut tip = base;
        let mut made = Vec::new();
        for name in names {
            let files = [put(&format!("map/{name}.md"), &format!("{name}\n"))];
            let commit = batch.add(&draft(tip, name, &files)).expect("added");
            tip = Some(commit);
            made.push(commit);
        }
        made
    }

    fn files_in(folder: &Path, end: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        files.filter(|file| file.to_string_lossy().ends_with(end)).collect()
    }

    #[test]
    fn commits_of_a_batch_are_each_their_own_and_share_one_pack() {
        let (_temp, store) = new_store();
        let first = store.commit(&draft(None, "Ada", &[put("start.md", "x")])).expect("committed");
        let mut batch = store.begin(Some(first)).expect("begun");
        let made = add_all(&mut batch, Some(first), &["Bo", "Cy", "Di"]);
        assert_eq!((batch.len(), batch.is_full()), (3, false));
        assert_eq!(store.main_tip().expect("read"), Some(first), "nothing moved yet");
        assert_eq!(store.commit_facts(made[0]).expect("asked"), None, "nothing is on the disk yet");
        batch.publish().expect("published");
        assert_eq!(store.main_tip().expect("read"), made.last().copied());
        let log = git(store.git_dir(), &["log", "--reverse", "--format=%H %an", "main"]);
        let expected = [(first, "Ada"), (made[0], "Bo"), (made[1], "Cy"), (made[2], "Di")];
        assert_eq!(log, expected.map(|(id, name)| format!("{id} {name}")).join("\n"));
        assert_eq!(
            git(store.git_dir(), &["ls-tree", "-r", "--name-only", &format!("{}", made[1])]),
            "map/Bo.md\nmap/Cy.md\nstart.md"
        );
        let packs = store.git_dir().join("objects/pack");
        assert_eq!((files_in(&packs, ".pack").len(), files_in(&packs, ".idx").len()), (1, 1));
        assert!(
            fs::read_dir(store.git_dir().join("objects"))
                .expect("listed")
                .flatten()
                .all(|entry| { !entry.file_name().to_string_lossy().starts_with("tmp_") })
        );
        git(store.git_dir(), &["fsck", "--strict"]);
        // The next ones begin with what the writer still has in memory, and one alone makes no pack.
        let next = store.commit(&draft(made.last().copied(), "Ed", &[put("map/Bo.md", "y")])).expect("committed");
        assert_eq!(store.main_tip().expect("read"), Some(next));
        assert_eq!(files_in(&packs, ".pack").len(), 1);
        git(store.git_dir(), &["fsck", "--strict"]);
    }

    #[test]
    fn what_cannot_be_added_leaves_the_others_and_a_dropped_batch_leaves_nothing() {
        let (_temp, store) = new_store();
        let first = store.commit(&draft(None, "Ada", &[put("start.md", "x")])).expect("committed");
        let mut batch = store.begin(Some(first)).expect("begun");
        add_all(&mut batch, Some(first), &["Bo"]);
        drop(batch);
        assert_eq!(store.main_tip().expect("read"), Some(first));
        let mut batch = store.begin(Some(first)).expect("begun");
        let made = add_all(&mut batch, Some(first), &["Cy"]);
        let clash = [put("map", "a file where a folder is")];
        assert!(matches!(batch.add(&draft(Some(made[0]), "Di", &clash)), Err(CommitError::Clash { .. })));
        assert!(matches!(batch.add(&draft(Some(first), "Di", &[])), Err(CommitError::Moved { .. })));
        let more = add_all(&mut batch, Some(made[0]), &["Ed"]);
        assert_eq!(batch.len(), 2);
        batch.publish().expect("published");
        assert_eq!(store.main_tip().expect("read"), Some(more[0]));
        assert_eq!(git(store.git_dir(), &["log", "--format=%an", "main"]), "Ed\nCy\nAda");
        git(store.git_dir(), &["fsck", "--strict"]);
    }

    #[test]
    fn a_batch_upon_a_branch_that_moved_is_refused_whole() {
        let (_temp, store) = new_store();
        let first = store.commit(&draft(None, "Ada", &[put("start.md", "x")])).expect("committed");
        let mut batch = store.begin(Some(first)).expect("begun");
        add_all(&mut batch, Some(first), &["Bo", "Cy"]);
        let tree = git(store.git_dir(), &["rev-parse", "main^{tree}"]);
        let other = git(store.git_dir(), &["commit-tree", "-p", &first.to_string(), "-m", "push", &tree]);
        git(store.git_dir(), &["update-ref", "refs/heads/main", &other]);
        let outcome = batch.publish();
        assert!(
            matches!(&outcome, Err(CommitError::Moved { main }) if *main == CommitId::parse(&other)),
            "{outcome:?}"
        );
        let again = CommitId::parse(&other);
        let mut batch = store.begin(again).expect("begun");
        add_all(&mut batch, again, &["Bo", "Cy"]);
        batch.publish().expect("published");
        assert_eq!(git(store.git_dir(), &["rev-list", "--count", "main"]), "4");
        git(store.git_dir(), &["fsck", "--strict"]);
    }

    #[test]
    fn what_is_too_much_for_one_pack_is_written_loose() {
        let (_temp, store) = new_store();
        let mut batch = store.begin(None).expect("begun");
        let large = "x".repeat(PACKED_MAX_BYTES + 1);
        let mut tip = None;
        for n in 0..3 {
            assert_eq!(batch.is_full(), n > 0);
            let files = [put(&format!("{n}.md"), &format!("{n}{large}"))];
            tip = Some(batch.add(&draft(tip, "Bo", &files)).expect("added"));
        }
        batch.publish().expect("published");
        assert_eq!(store.main_tip().expect("read"), tip);
        assert!(files_in(&store.git_dir().join("objects/pack"), ".pack").is_empty());
        git(store.git_dir(), &["fsck", "--strict"]);
    }

    /// A repository with one commit, and what comes of a process that makes a batch of two upon it and
    /// ends where `step` is reached.
    fn ended_at(step: &str) -> (TempDir, Store, CommitId) {
        let (temp, store) = new_store();
        let first = store.commit(&draft(None, "Ada", &[put("start.md", "x")])).expect("committed");
        let status = batch_command(store.git_dir()).env("POLDER_TEST_ENDS_AT", step).status().expect("runs");
        assert!(!status.success(), "{step} was never reached");
        (temp, store, first)
    }

    fn batch_command(dir: &Path) -> Command {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "batch::tests::one_batch_in_a_process_of_its_own"]);
        command.env("POLDER_TEST_BATCH_IN", dir).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Run by other tests; by itself it does nothing.
    #[test]
    fn one_batch_in_a_process_of_its_own() {
        let Some(dir) = std::env::var_os("POLDER_TEST_BATCH_IN") else { return };
        ready();
        let store = Store::open(Path::new(&dir)).expect("opened");
        let base = store.main_tip().expect("read");
        let mut batch = store.begin(base).expect("begun");
        add_all(&mut batch, base, &["Bo", "Cy"]);
        batch.publish().expect("published");
    }

    /// INV-5: wherever a crash comes, the repository is whole, and the batch is there whole or not at all.
    #[test]
    fn a_batch_that_ends_at_any_step_is_there_whole_or_not_at_all() {
        for (at, step) in STEPS.iter().enumerate() {
            let named_at = STEPS.iter().position(|step| *step == "pack named").expect("a step");
            let kept_at = STEPS.iter().position(|step| *step == "names synced").expect("a step");
            // What a power cut may take besides: names in a folder that was not synced since.
            let losses: &[&[&str]] =
                if (named_at..kept_at).contains(&at) { &[&[], &[".idx"], &[".pack", ".idx"]] } else { &[&[]] };
            for lost in losses {
                let (_temp, store, first) = ended_at(step);
                let packs = store.git_dir().join("objects/pack");
                for end in *lost {
                    files_in(&packs, end).iter().for_each(|file| fs::remove_file(file).expect("removed"));
                }
                let complaint = git(store.git_dir(), &["fsck", "--strict", "--no-dangling"]);
                assert_eq!(complaint, "", "{step} without {lost:?}");
                let n = git(store.git_dir(), &["rev-list", "--count", "main"]);
                assert_eq!(n, if *step == "moved" { "3" } else { "1" }, "{step}");
                // It goes on, with the same commits even.
                let store = Store::open(store.git_dir()).expect("opened");
                let base = store.main_tip().expect("read");
                assert_eq!(base == Some(first), *step != "moved");
                let mut batch = store.begin(base).expect("begun");
                let made = add_all(&mut batch, base, &["Bo", "Cy"]);
                batch.publish().expect("published");
                assert_eq!(store.main_tip().expect("read"), made.last().copied());
                git(store.git_dir(), &["fsck", "--strict", "--no-dangling"]);
                // What it left is swept away by git's own tidying.
                git(store.git_dir(), &["prune", "--expire=now"]);
                assert!(
                    files_in(&store.git_dir().join("objects"), "").iter().all(|file| {
                        !file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tmp_"))
                    }),
                    "{step}"
                );
            }
        }
    }

    /// INV-5: the pack and its index are synced before they get their names, the names before the branch
    /// points at what is in them, and the branch before anybody is answered.
    #[test]
    fn the_syncs_of_a_batch_come_in_their_order() {
        let (temp, store) = new_store();
        store.commit(&draft(None, "Ada", &[put("start.md", "x")])).expect("committed");
        let log = temp.path().join("trace");
        let inner = batch_command(store.git_dir());
        let mut command = strace_command();
        command.args(["-f", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,link", "-o"]).arg(&log);
        command.arg(inner.get_program()).args(inner.get_args()).env("POLDER_TEST_BATCH_IN", store.git_dir());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let Some(text) = fs::read_to_string(log).ok().filter(|_| status.is_ok_and(|status| status.success())) else {
            return;
        };
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("wiki.git")).collect();
        let at = |parts: &[&str]| {
            let found = lines.iter().position(|line| parts.iter().all(|part| line.contains(part)));
            found.unwrap_or_else(|| panic!("no {parts:?} in {lines:#?}"))
        };
        let pack = at(&["sync(", INCOMING_PREFIX, ".pack"]);
        let index = at(&["sync(", INCOMING_PREFIX, ".idx"]);
        let pack_named = at(&["rename", "objects/pack/", ".pack\""]);
        let index_named = at(&["rename", "objects/pack/", ".idx\""]);
        let named = at(&["sync(", "objects/pack>"]);
        let branch = at(&["sync(", "refs/heads/main.lock"]);
        let moved = at(&["rename", "refs/heads/main.lock"]);
        let kept = at(&["sync(", "refs/heads>"]);
        let order = [pack.max(index), pack_named, index_named, named, branch, moved, kept];
        assert!(order.is_sorted() && pack.max(index) < pack_named, "{order:?} in {lines:#?}");
    }
}
