//! Keeps an old repository as fast as a young one: for reading, and for those who clone it.
//!
//! Small packs and loose objects are gathered into packs that double in size, so that there are few
//! of them and none is written anew often. A bitmap over all packs says what each commit reaches:
//! with it a clone costs the server little more than its bytes. What nothing reaches any more is
//! removed after a while, in repositories that are Polder's own; in those of others nothing is ever
//! removed that is not stored elsewhere in them.
//!
//! All of it happens beside readers and writers, at the lowest priority, and ends at once when asked
//! to. When it is time is for the caller to say, by `Sizes`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::StoreError;
use crate::git::{self, Pace, Target};
use crate::store::{Store, sync_folder};

/// Time for one task. The slowest seen, all of 500,000 objects packed anew, took half a minute.
const TASK_MAX: Duration = Duration::from_secs(20 * 60);

/// Loose objects that are left as they are: some hundred saves. A clone reads each as a file.
const LOOSE_MAX: usize = 4_000;

/// Packs that are left as they are; finding an object asks each in turn. Doubling in size, packs of a
/// million objects are fewer than this.
const PACKS_MAX: usize = 30;

/// Files of an interrupted push or task are left for as long as it could still be at work.
const LEFTOVER_AGE: Duration = Duration::from_secs(2 * 3600);

/// Objects that nothing reaches are kept for as long as git itself does by default.
const SPARE_DAYS: u64 = 14;

/// Objects that nothing reaches, from which removing them is worth packing everything anew: so many,
/// and a tenth of those that are reached.
const SPARE_MIN: u64 = 5_000;

/// How long what was removed can be put back. A save or push that leans on it has ended by then.
const ASIDE_AGE: Duration = Duration::from_secs(3600);

/// Where it waits, in the folder of the objects.
const ASIDE: &str = "polder-aside";

/// Room on the disk that saves may need while a task writes.
const ROOM_BYTES: u64 = 64 * 1024 * 1024;

/// Settings for packing: one thread, and memory that does not grow with the repository.
const SETTINGS: [&str; 4] =
    ["pack.threads=1", "pack.windowMemory=256m", "pack.deltaCacheSize=64m", "core.multiPackIndex=true"];

/// Whose a repository is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Polder made it, in its data folder.
    Ours,
    /// Somebody has Polder serve it, and may do with it what they like at any time.
    Theirs,
}

/// What a repository takes on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub n_loose: usize,
    pub loose_bytes: u64,
    pub n_packs: usize,
    pub pack_bytes: u64,
    /// The largest pack, and its index, of which the size goes by the number of objects.
    pub largest_bytes: u64,
    largest_idx_bytes: u64,
    idx_bytes: u64,
    /// Whether clones are spared the walk through all objects.
    pub has_bitmap: bool,
    /// Packs of objects that nothing reached when they were gathered, and how many those are.
    pub n_cruft: u64,
    oldest_cruft: Option<SystemTime>,
}

impl Sizes {
    /// Whether there is so much lying about that gathering it is worth the while.
    pub fn is_untidy(&self) -> bool {
        self.n_loose > LOOSE_MAX || self.n_packs > PACKS_MAX || (!self.has_bitmap && self.n_packs + self.n_loose > 0)
    }

    /// Most that gathering writes: what is small, and the largest pack when it is not much larger.
    fn to_gather_bytes(&self) -> u64 {
        let small = self.pack_bytes - self.largest_bytes + self.loose_bytes;
        // An index has some 28 bytes for each object.
        let n_small = (self.idx_bytes - self.largest_idx_bytes) / 28 + self.n_loose as u64;
        if self.largest_idx_bytes / 28 >= 2 * n_small { small } else { small + self.largest_bytes }
    }
}

/// What was done, for the log.
#[derive(Clone, Debug, Default)]
pub struct Tidied {
    pub before: Sizes,
    pub after: Sizes,
    /// Objects that nothing reached were packed apart, or removed.
    pub has_sorted_out: bool,
    /// There was no room on the disk to gather anything.
    pub lacks_room: bool,
}

impl Store {
    /// Counts what lies in the repository, without opening any of it.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let objects = self.common_dir().join("objects");
        let mut sizes = Sizes::default();
        for folder in files_of(&objects)?.into_iter().filter(|entry| is_fan(&entry.name)) {
            for file in files_of(&folder.path)?.iter().filter(|file| file.name.len() == 38) {
                sizes.n_loose += 1;
                sizes.loose_bytes += file.size_bytes;
            }
        }
        for file in files_of(&objects.join("pack"))? {
            let Some((stem, end)) = file.name.rsplit_once('.') else { continue };
            match end {
                "pack" => {
                    sizes.n_packs += 1;
                    sizes.pack_bytes += file.size_bytes;
                    if file.size_bytes > sizes.largest_bytes {
                        sizes.largest_bytes = file.size_bytes;
                        sizes.largest_idx_bytes = size_of(&file.path.with_extension("idx"));
                    }
                }
                "idx" => sizes.idx_bytes += file.size_bytes,
                "bitmap" => sizes.has_bitmap = true,
                "mtimes" => {
                    sizes.n_cruft += size_of(&objects.join(format!("pack/{stem}.idx"))) / 28;
                    let packed = fs::metadata(objects.join(format!("pack/{stem}.pack")));
                    let packed = packed.and_then(|packed| packed.modified()).ok();
                    sizes.oldest_cruft = match (sizes.oldest_cruft, packed) {
                        (Some(one), Some(other)) => Some(one.min(other)),
                        (one, other) => one.or(other),
                    };
                }
                _ => {}
            }
        }
        Ok(sizes)
    }

    /// Gathers what lies about and renews what readers and clones are spared work by, as long as
    /// `going` says. Takes seconds, or as long as the whole repository takes to be packed.
    pub fn tidy(&self, whose: Whose, now: SystemTime, going: &dyn Fn() -> bool) -> Result<Tidied, StoreError> {
        let before = self.sizes()?;
        let mut done = Tidied { before: before.clone(), ..Tidied::default() };
        if self.main_tip()?.is_none() {
            return Ok(done);
        }
        let task = |arguments: &[&str]| self.task(arguments, going);
        task(&["commit-graph", "write", "--reachable", "--split", "--changed-paths", "--no-progress"])?;
        task(&["pack-refs", "--all", "--prune"])?;
        if !self.borrows_objects() {
            self.settle_aside(now, going)?;
            if self.room_bytes() < before.to_gather_bytes() + ROOM_BYTES {
                done.lacks_room = true;
            } else {
                task(&["repack", "-d", "-q", "--geometric=2", "--write-midx", "--write-bitmap-index"])?;
                done.has_sorted_out = whose == Whose::Ours && self.sort_out(now, going)?;
            }
        }
        done.after = self.sizes()?;
        Ok(done)
    }

    /// Removes what interrupted pushes, saves and tasks left behind, when it is old. Gives how many
    /// files and folders went.
    pub fn sweep(&self, whose: Whose, now: SystemTime) -> Result<usize, StoreError> {
        let common = self.common_dir();
        let objects = common.join("objects");
        let mut old: Vec<PathBuf> = Vec::new();
        let mut look = |folder: &Path, is_leftover: &dyn Fn(&str) -> bool| -> Result<(), StoreError> {
            for file in files_of(folder)?.into_iter().filter(|file| is_leftover(&file.name)) {
                // A folder is as old as the newest in it.
                let newest = files_of(&file.path)?.iter().map(|inner| inner.modified).max();
                let newest = newest.map_or(file.modified, |newest| newest.max(file.modified));
                if now.duration_since(newest).is_ok_and(|age| age > LEFTOVER_AGE) {
                    old.push(file.path);
                }
            }
            Ok(())
        };
        look(&objects, &|name| {
            ["tmp_objdir-", "incoming-", "tmp_object_git2_", "tmp_obj_"].iter().any(|start| name.starts_with(start))
        })?;
        look(&objects.join("pack"), &|name| {
            ["tmp_", ".tmp-", "pack_git2_"].iter().any(|start| name.starts_with(start))
                || name == "multi-pack-index.lock"
        })?;
        look(&objects.join("info"), &|name| name == "commit-graph.lock")?;
        look(&objects.join("info/commit-graphs"), &|name| name.ends_with(".lock") || name.starts_with("tmp_"))?;
        for folder in files_of(&objects)?.iter().filter(|entry| is_fan(&entry.name)) {
            look(&folder.path, &|name| name.starts_with("tmp_obj"))?;
        }
        if whose == Whose::Ours {
            look(common, &|name| name == "packed-refs.lock" || name == "packed-refs.new")?;
        }
        for path in &old {
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
        Ok(old.len())
    }

    /// Whether some of what is reached lies elsewhere: such a repository is not packed anew.
    pub(crate) fn borrows_objects(&self) -> bool {
        let objects = self.common_dir().join("objects");
        let packs = files_of(&objects.join("pack")).unwrap_or_default();
        size_of(&objects.join("info/alternates")) > 0
            || self.is_shallow()
            || packs.iter().any(|file| file.name.ends_with(".promisor"))
    }

    /// Free on the disk for whoever may not use what is reserved.
    fn room_bytes(&self) -> u64 {
        rustix::fs::statvfs(self.common_dir()).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Packs apart what nothing reaches, when it is much, and removes what was packed apart long ago.
    fn sort_out(&self, now: SystemTime, going: &dyn Fn() -> bool) -> Result<bool, StoreError> {
        let sizes = self.sizes()?;
        let aged = Duration::from_secs(SPARE_DAYS * 24 * 3600);
        let is_old = sizes.oldest_cruft.is_some_and(|at| now.duration_since(at).is_ok_and(|age| age > aged));
        let n_stored = (sizes.idx_bytes / 28).saturating_sub(sizes.n_cruft);
        if !is_old {
            let mut command = self.idle(&["rev-list", "--count", "--objects", "--all", "--use-bitmap-index"]);
            command.stdin(std::process::Stdio::null());
            let answer = git::run_while(command, TASK_MAX, going)?;
            let n_reached = String::from_utf8_lossy(&answer.out).trim().parse::<u64>().ok().filter(|_| answer.ok);
            let n_spare = n_reached.map_or(0, |n_reached| n_stored.saturating_sub(n_reached));
            if n_spare < SPARE_MIN || n_spare < n_stored / 10 {
                return Ok(false);
            }
        }
        // Everything is written anew.
        if self.room_bytes() < sizes.pack_bytes + ROOM_BYTES {
            return Ok(false);
        }
        // Git takes the age of an object from its pack: what an old pack holds would go at once, although
        // nothing reaches it only since now. So it is packed apart first, and goes when that pack is old.
        let mut expiry = "--cruft-expiration=never".to_owned();
        if is_old {
            if self.common_dir().join("objects").join(ASIDE).exists() {
                return Ok(false);
            }
            self.set_aside(now)?;
            expiry = format!("--cruft-expiration={SPARE_DAYS}.days.ago");
        }
        self.task(&["repack", "-a", "-d", "-q", "--cruft", &expiry, "--write-midx", "--write-bitmap-index"], going)?;
        Ok(true)
    }

    /// Keeps what is about to be removed at hand. A save that began before may have found an object
    /// there and not written it again, which nobody can see until its branch moves.
    fn set_aside(&self, now: SystemTime) -> Result<(), StoreError> {
        let objects = self.common_dir().join("objects");
        let aside = objects.join(ASIDE);
        fs::create_dir(&aside)?;
        // Of all packs: what nothing reaches may lie in any of them.
        for file in files_of(&objects.join("pack"))? {
            if [".pack", ".idx", ".mtimes"].iter().any(|end| file.name.ends_with(end)) {
                fs::hard_link(&file.path, aside.join(&file.name))?;
            }
        }
        let since = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        fs::File::create(aside.join("since"))?.write_all(since.to_string().as_bytes())?;
        sync_folder(&aside)
    }

    /// Lets go of what was set aside an hour ago, or puts it back if something leans on it.
    fn settle_aside(&self, now: SystemTime, going: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let objects = self.common_dir().join("objects");
        let aside = objects.join(ASIDE);
        if !aside.is_dir() {
            return Ok(());
        }
        let since = fs::read_to_string(aside.join("since")).ok().and_then(|text| text.parse::<u64>().ok());
        let since = SystemTime::UNIX_EPOCH + Duration::from_secs(since.unwrap_or_default());
        if now.duration_since(since).is_ok_and(|age| age < ASIDE_AGE) {
            return Ok(());
        }
        let check = self.idle(&["rev-list", "--objects", "--all", "--quiet"]);
        if !git::run_while(check, TASK_MAX, going)?.ok {
            for file in files_of(&aside)?.iter().filter(|file| file.name.starts_with("pack-")) {
                // The index last: with it the pack begins to count.
                if !file.name.ends_with(".idx") {
                    put_back(file, &objects)?;
                }
            }
            for file in files_of(&aside)?.iter().filter(|file| file.name.ends_with(".idx")) {
                put_back(file, &objects)?;
            }
            sync_folder(&objects.join("pack"))?;
        }
        Ok(fs::remove_dir_all(&aside)?)
    }

    fn idle(&self, arguments: &[&str]) -> std::process::Command {
        let mut command =
            git::gentle_command(Target { git_dir: Some(self.git_dir()), ..Target::default() }, Pace::Idle);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments);
        command
    }

    fn task(&self, arguments: &[&str], going: &dyn Fn() -> bool) -> Result<(), StoreError> {
        let answer = git::run_while(self.idle(arguments), TASK_MAX, going)?;
        if answer.ok { Ok(()) } else { Err(StoreError::Other(answer.complaint)) }
    }
}

fn put_back(file: &Entry, objects: &Path) -> Result<(), StoreError> {
    let target = objects.join("pack").join(&file.name);
    if !target.exists() {
        fs::hard_link(&file.path, target)?;
    }
    Ok(())
}

/// A file or folder in a folder.
struct Entry {
    name: String,
    path: PathBuf,
    size_bytes: u64,
    modified: SystemTime,
}

/// What lies in a folder; nothing if it is none. What goes meanwhile is left out.
fn files_of(folder: &Path) -> Result<Vec<Entry>, StoreError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(found) = entry.metadata() else { continue };
        files.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            path: entry.path(),
            size_bytes: found.len(),
            modified: found.modified()?,
        });
    }
    Ok(files)
}

fn size_of(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |found| found.len())
}

/// `00` to `ff`: a folder of loose objects.
fn is_fan(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Instant;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// A repository with some commits, all of it loose.
    fn young(commits: usize) -> (TempDir, Store) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        git(temp.path(), &["init", "-q", "--bare", "-b", "main", "wiki.git"]);
        let dir = temp.path().join("wiki.git");
        save(&dir, "first", commits);
        let store = Store::open(&dir).expect("opened");
        (temp, store)
    }

    /// Commits as loose objects, each with a page of its own.
    fn save(dir: &Path, word: &str, commits: usize) {
        for n in 0..commits {
            let blob = git_fed(dir, &["hash-object", "-w", "--stdin"], format!("{word} {n}\n").as_bytes());
            let tree = git_fed(dir, &["mktree"], format!("100644 blob {blob}\ta.md\n").as_bytes());
            let parent = git(dir, &["for-each-ref", "--format=%(objectname)", "refs/heads/main"]);
            let mut commit = vec!["commit-tree", "-m", "x", &tree];
            if !parent.is_empty() {
                commit.extend(["-p", &parent]);
            }
            let commit = git(dir, &commit);
            git(dir, &["update-ref", "refs/heads/main", &commit]);
        }
    }

    fn tidied(store: &Store, whose: Whose, now: SystemTime) -> Tidied {
        store.tidy(whose, now, &|| true).expect("tidied")
    }

    #[test]
    fn loose_objects_and_small_packs_become_few_packs_with_a_bitmap() {
        let (_temp, store) = young(12);
        assert!(store.sizes().expect("counted").is_untidy(), "there is no bitmap yet");
        for round in 0..6 {
            save(store.git_dir(), &format!("round {round}"), 3);
            git(store.git_dir(), &["repack", "-q"]);
            save(store.git_dir(), &format!("loose {round}"), 2);
        }
        let done = tidied(&store, Whose::Theirs, SystemTime::now());
        assert_eq!(done.before.n_packs, 6);
        assert!(done.before.n_loose > 0 && done.after.n_loose == 0, "{done:?}");
        assert!(done.after.n_packs < 4 && done.after.has_bitmap && !done.after.is_untidy(), "{done:?}");
        git(store.git_dir(), &["fsck", "--strict"]);
        // Again, with nothing to do, and after some more saves.
        tidied(&store, Whose::Theirs, SystemTime::now());
        save(store.git_dir(), "more", 2);
        assert_eq!(tidied(&store, Whose::Ours, SystemTime::now()).after.n_loose, 0);
        let counted = git(store.git_dir(), &["rev-list", "--count", "--use-bitmap-index", "main"]);
        assert_eq!(counted, "44");
    }

    #[test]
    fn what_a_save_wrote_before_its_branch_moves_is_never_lost() {
        let (_temp, store) = young(3);
        let waiting = git_fed(store.git_dir(), &["hash-object", "-w", "--stdin"], b"not yet in a commit\n");
        for whose in [Whose::Theirs, Whose::Ours] {
            tidied(&store, whose, SystemTime::now());
            tidied(&store, whose, SystemTime::now() + 30 * DAY);
        }
        assert_eq!(git(store.git_dir(), &["cat-file", "-p", &waiting]), "not yet in a commit");
    }

    #[test]
    fn much_that_nothing_reaches_goes_after_two_weeks_and_only_where_the_repository_is_ours() {
        let (_temp, store) = young(3);
        let dir = store.git_dir().to_owned();
        let mut stream = String::new();
        for n in 0..SPARE_MIN + 500 {
            let text = format!("lost {n}\n");
            stream.push_str(&format!("blob\ndata {}\n{text}\n", text.len()));
        }
        git_fed(&dir, &["fast-import", "--quiet"], stream.as_bytes());
        let lost = git_fed(&dir, &["hash-object", "--stdin"], b"lost 7\n");
        let is_there =
            || git(&dir, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]).contains(&lost);
        let now = SystemTime::now();
        assert!(!tidied(&store, Whose::Theirs, now).has_sorted_out);
        assert!(is_there());
        let done = tidied(&store, Whose::Ours, now);
        assert!(done.has_sorted_out && done.after.n_cruft >= SPARE_MIN, "{done:?}");
        assert!(is_there());
        // Each time it is looked at, so that a young one stays.
        assert!(!tidied(&store, Whose::Ours, now + DAY).has_sorted_out);
        age_cruft(&dir, 20);
        let done = tidied(&store, Whose::Ours, now);
        assert!(done.has_sorted_out && done.after.n_cruft == 0, "{done:?}");
        assert!(!is_there());
        git(&dir, &["fsck", "--strict"]);
        // A save that leans on it after all: it was at hand.
        assert!(dir.join("objects").join(ASIDE).is_dir());
        let tree = git_fed(&dir, &["mktree", "--missing"], format!("100644 blob {lost}\ta.md\n").as_bytes());
        let commit = git(&dir, &["commit-tree", "-m", "x", "-p", "main", &tree]);
        git(&dir, &["update-ref", "refs/heads/main", &commit]);
        store.settle_aside(now + 2 * ASIDE_AGE, &|| true).expect("settled");
        assert!(is_there());
        assert!(!dir.join("objects").join(ASIDE).exists());
        git(&dir, &["fsck", "--strict"]);
    }

    /// Makes what lies in packs of spare objects so many days old, also by what they themselves say.
    fn age_cruft(dir: &Path, days: u64) {
        let then = SystemTime::now() - DAY * u32::try_from(days).expect("few days");
        let seconds = then.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        for file in files_of(&dir.join("objects/pack")).expect("listed") {
            if file.name.ends_with(".mtimes") {
                let mut bytes = fs::read(&file.path).expect("read");
                let end = bytes.len() - 40;
                for at in (12..end).step_by(4) {
                    bytes[at..at + 4].copy_from_slice(&u32::try_from(seconds).expect("before 2106").to_be_bytes());
                }
                let mut permissions = fs::metadata(&file.path).expect("there").permissions();
                std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
                fs::set_permissions(&file.path, permissions).expect("allowed");
                fs::write(&file.path, bytes).expect("written");
                let pack = fs::File::open(file.path.with_extension("pack")).expect("opened");
                pack.set_modified(then).expect("set");
            }
        }
    }

    #[test]
    fn leftovers_of_killed_pushes_go_when_they_are_old() {
        let (_temp, store) = young(2);
        let objects = store.git_dir().join("objects");
        let folders = ["tmp_objdir-incoming-Ab12cd", "incoming-xyz"];
        for folder in folders {
            fs::create_dir_all(objects.join(folder).join("pack")).expect("made");
            fs::write(objects.join(folder).join("pack/tmp_pack_1"), "x").expect("written");
        }
        let fan = files_of(&objects).expect("listed").into_iter().find(|entry| is_fan(&entry.name)).expect("one");
        let files = [
            "pack/tmp_pack_x",
            "pack/.tmp-1-pack-2.idx",
            "pack/multi-pack-index.lock",
            &format!("{}/tmp_obj_x", fan.name),
        ];
        for file in files {
            fs::write(objects.join(file), "x").expect("written");
        }
        let now = SystemTime::now();
        assert_eq!(store.sweep(Whose::Ours, now).expect("swept"), 0, "they may be in use");
        let kept = files_of(&fan.path).expect("listed").len();
        assert_eq!(store.sweep(Whose::Ours, now + DAY).expect("swept"), folders.len() + files.len());
        assert_eq!(files_of(&fan.path).expect("listed").len(), kept - 1);
        git(store.git_dir(), &["fsck", "--strict"]);
        assert_eq!(store.sweep(Whose::Theirs, now + DAY).expect("swept"), 0);
    }

    #[test]
    fn a_repository_that_borrows_or_is_cut_off_is_not_packed_anew() {
        let (temp, store) = young(4);
        git(temp.path(), &["clone", "-q", "--bare", "--shared", "wiki.git", "borrows.git"]);
        let source = format!("file://{}", store.git_dir().display());
        git(temp.path(), &["clone", "-q", "--bare", "--depth", "1", &source, "short.git"]);
        for name in ["borrows.git", "short.git"] {
            let other = Store::open(&temp.path().join(name)).expect("opened");
            let done = tidied(&other, Whose::Theirs, SystemTime::now());
            assert!(!done.after.has_bitmap, "{name}");
            git(other.git_dir(), &["fsck"]);
        }
    }

    #[test]
    fn it_ends_at_once_when_asked_to_and_leaves_no_process_behind() {
        let (_temp, store) = young(2);
        let going = AtomicBool::new(false);
        let begun = Instant::now();
        let ended = store.tidy(Whose::Ours, SystemTime::now(), &|| going.load(Ordering::Relaxed));
        assert!(ended.is_err() && begun.elapsed() < Duration::from_secs(5));
        assert!(!store.git_dir().join("objects/info/commit-graphs/commit-graph-chain.lock").exists());
        going.store(true, Ordering::Relaxed);
        store.tidy(Whose::Ours, SystemTime::now(), &|| going.load(Ordering::Relaxed)).expect("tidied");
    }
}
