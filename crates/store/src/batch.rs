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

use git2::{Buf, Indexer, ObjectType, Odb, Oid, Repository};
use polder_core::ids::CommitId;

use crate::commit::{Draft, commit_text};
use crate::error::{CommitError, StoreError};
use crate::read::tree_of;
use crate::store::{Store, lock, sync_folder};
use crate::tree::{self, id_of};
use crate::worktree::Held;

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
        let Some(new) = self.tip.filter(|_| !self.is_empty()) else { return Ok(()) };
        store.with(|repository| {
            // Early, to spare the work; the swap below is what counts.
            let main = store.main_of(repository)?;
            if main != old {
                return Err(CommitError::Moved { main });
            }
            if self.n_commits > 1 && self.bytes <= 2 * PACKED_MAX_BYTES {
                self.write_pack()?;
            } else {
                self.write_loose()?;
            }
            check_written(&repository.odb()?, &self.objects)?;
            let mut held = store.checkouts().into_iter().map(Held::take).collect::<Result<Vec<Held>, _>>()?;
            for held in &mut held {
                let paths = store.held_blockers(held, old, new)?;
                if !paths.is_empty() {
                    return Err(CommitError::WouldOverwrite { paths });
                }
                held.announce(old, new)?;
            }
            store.swap(repository, old, new)?;
            for held in held {
                if let Err(error) = store.write_held(held, old, new) {
                    // Somebody changed the file in the last milliseconds, or the disk is full.
                    return store.take_back(repository, old, new, error);
                }
            }
            Ok(())
        })
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
        thread::scope(|scope| {
            let syncs = parts.each_ref().map(|part| {
                let file = incoming.path().join(part);
                scope.spawn(move || fs::File::open(file)?.sync_all())
            });
            syncs.into_iter().try_for_each(|sync| {
                sync.join().map_err(|_| StoreError::Other("a sync broke off".to_owned()))?.map_err(StoreError::from)
            })
        })?;
        // The index last: git takes a pack for there when it has one.
        for part in &parts {
            fs::rename(incoming.path().join(part), folder.join(part))?;
        }
        sync_folder(&folder)
    }

    /// Writes objects side by side: each waits for the disk several times, and a disk serves waiting
    /// writers together.
    fn write_loose(&self) -> Result<(), StoreError> {
        let (store, objects) = (self.store, &self.objects);
        let folder = store.common_dir().join("objects");
        let new_folders = objects.iter().any(|object| !folder.join(&object.id.to_string()[..2]).exists());
        let next = AtomicUsize::new(0);
        let write_some = || {
            store.with(|repository| {
                let odb = repository.odb()?;
                while let Some(object) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    odb.write(object.kind, &object.bytes)?;
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
        if new_folders { sync_folder(&folder) } else { Ok(()) }
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
