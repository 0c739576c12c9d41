//! A wiki that runs: its repository, its published world, its search index, and the loop that
//! keeps them level.
//!
//! `Wiki` is a value: a process may hold several. The loop is level-triggered: it waits for a
//! poke or a second, compares refs, catches up, brings the index level. A web save, a push, a
//! `git commit` beside it and a fetch are noticed the same way: the refs differ.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use polder_core::doc::{Doc, Shape};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::Manifest;
use polder_core::path::FilePath;
use polder_core::site::{Seen, Site};
use polder_store::{CommitFacts, Store, StoreError, Whose};
use tracing::{error, info, warn};

use crate::blame::Blames;
use crate::cites::Compared;
use crate::derive::{self, Docs, Memo};
use crate::docs_cache;
use crate::fields::FieldLogs;
use crate::history::History;
use crate::kept::Kept;
use crate::narrow::Classes;
use crate::propose::Proposals;
use crate::removed::{self, Removed};
use crate::search::{Answer, Level, Search};
use crate::versions::Tagged;
use crate::world::World;

/// How long the loop waits without a poke before it looks at the refs.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long new pages may stay in the memory of the index before they are written to disk.
const FLUSH_EVERY: Duration = Duration::from_secs(5);
/// How often the derived parts are written to the cache, if they changed.
const CACHE_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether the repository is untidy, and how long after the start first.
const UNTIDY_LOOK_EVERY: Duration = Duration::from_secs(30);
/// A repository in which something changed is tidied this often, however little it was.
const TIDY_EVERY: Duration = Duration::from_secs(3600);
/// Tidying takes at most this part of the time: after it there is a pause so many times as long.
const TIDY_PAUSE: u32 = 9;
/// How often it is looked whether commits came that took something away.
const REMOVED_EVERY: Duration = Duration::from_millis(500);
/// How long a history that could not be read is left alone while nothing changes.
const HISTORY_RETRY: Duration = Duration::from_secs(60);
/// Bytes of file contents kept in memory.
const BYTES_KEPT: usize = 96 * 1024 * 1024;
/// Of which texts of pages, read ahead after the start; the rest leaves room for what else is read.
/// Enough for some 15,000 usual pages.
const BYTES_AHEAD: usize = BYTES_KEPT / 8 * 7;
/// Pages read ahead at once, then a pause, so that requests go first.
const PAGES_AHEAD: usize = 50;
const PAUSE_AHEAD: Duration = Duration::from_millis(5);
/// Sites of old versions kept. They share with each other and with the present one what is equal.
const SITES_KEPT: usize = 10;

/// Threads that may make or await the site of an old version at once.
const PAST_WAITING_MAX: usize = 4;

/// Why the site of an old version is not to be had.
#[derive(Debug)]
pub enum PastError {
    /// Too many ask for old versions at once.
    Busy,
    Store(StoreError),
}

impl From<StoreError> for PastError {
    fn from(error: StoreError) -> PastError {
        PastError::Store(error)
    }
}

/// A place among those who wait; given up when dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicUsize) -> Option<Waiting<'a>> {
        let place = Waiting(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < PAST_WAITING_MAX).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a wiki tells while it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Files parsed of those that must be.
    Pages { done: usize, of: usize },
    /// Commits read into the history.
    Commits { done: usize },
    /// Pages put into the search index.
    Index { done: usize, of: usize },
}

/// A running wiki.
pub struct Wiki {
    store: Store,
    cache: Option<PathBuf>,
    world: RwLock<Arc<World>>,
    deriving: Mutex<Deriving>,
    /// Docs that only old versions need.
    past_memo: Mutex<Memo>,
    turn: Mutex<()>,
    pub(crate) proposals: Proposals,
    search: Search,
    removed: Removed,
    bytes: Kept<BlobId, Arc<[u8]>>,
    pub(crate) compared: Compared,
    pub(crate) blames: Blames,
    pub(crate) field_logs: FieldLogs,
    /// Sites of old versions, the one asked for last at the end.
    past: Mutex<Vec<Arc<Site>>>,
    /// Threads that make such a site or wait for it.
    waiting_past: AtomicUsize,
    poked: Mutex<bool>,
    wake: Condvar,
    stopping: AtomicBool,
    commits_read: AtomicU64,
    pub(crate) classes: Classes,
    /// Where the work tree is, when a push left it behind.
    to_follow: Mutex<Option<Option<CommitId>>>,
    /// The tip for which the history was last read, and when.
    history_tried: Mutex<Option<(Option<CommitId>, Instant)>>,
}

/// When the loop last did what it does now and then.
#[derive(Default)]
struct Due {
    flush: Option<Instant>,
    cache: Option<Instant>,
    cached_tip: Option<CommitId>,
}

/// When the repository was last looked at and tidied (at first: the start), and what the branch was then.
struct Care {
    looked: Instant,
    tidied: Instant,
    tip: Option<CommitId>,
    pause: Duration,
}

#[derive(Debug, Default)]
struct Deriving {
    memo: Memo,
}

impl std::fmt::Debug for Wiki {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wiki").field("git_dir", &self.store.git_dir()).finish_non_exhaustive()
    }
}

impl Wiki {
    /// Opens a wiki on a repository: pages can be served when this returns; history and search
    /// follow when the loop runs. `cache` is a folder for what is derived, `None` for none.
    pub fn open(store: Store, cache: Option<&Path>, progress: &(dyn Fn(Progress) + Sync)) -> Result<Wiki, StoreError> {
        let cache = cache.and_then(|folder| match std::fs::create_dir_all(folder) {
            Ok(()) => Some(folder.to_path_buf()),
            Err(error) => {
                warn!(folder = %folder.display(), "starting without a cache: {error}");
                None
            }
        });
        let kept = cache.as_deref().map(|folder| docs_cache::load(&folder.join("docs"))).unwrap_or_default();
        let mut memo = Memo::new(kept);
        let tips = store.tips()?;
        let of = AtomicU64::new(0);
        let told = |done: usize, total: usize| {
            if total != usize::MAX {
                of.store(total as u64, Ordering::Relaxed);
            }
            progress(Progress::Pages { done, of: of.load(Ordering::Relaxed) as usize });
        };
        let site = match tips.main {
            Some(main) => derive::site_at(&store, &mut memo, main, None, &told)?,
            None => derive::empty_site(),
        };
        let folder = cache.as_ref().map(|folder| folder.join("search"));
        let search = match Search::open(folder.as_deref()) {
            Ok(search) => search,
            Err(error) => {
                warn!("the search index could not be opened on disk and is built in memory: {error}");
                Search::open(None).map_err(|error| StoreError::Other(error.to_string()))?
            }
        };
        let removed = Removed::new(cache.as_ref().map(|folder| folder.join("past")).as_deref());
        let tagged = Arc::new(Tagged::read(&store, tips.tags, &Tagged::default())?);
        let world = World::new(tips.main, tagged, Arc::new(site), None);
        Ok(Wiki {
            store,
            cache,
            world: RwLock::new(Arc::new(world)),
            deriving: Mutex::new(Deriving { memo }),
            past_memo: Mutex::new(Memo::default()),
            turn: Mutex::new(()),
            proposals: Proposals::default(),
            search,
            removed,
            bytes: Kept::new(BYTES_KEPT),
            compared: Compared::default(),
            blames: Blames::default(),
            field_logs: FieldLogs::default(),
            past: Mutex::new(Vec::new()),
            waiting_past: AtomicUsize::new(0),
            poked: Mutex::new(false),
            wake: Condvar::new(),
            stopping: AtomicBool::new(false),
            commits_read: AtomicU64::new(0),
            classes: Classes::default(),
            to_follow: Mutex::new(None),
            history_tried: Mutex::new(None),
        })
    }

    /// The present state. Take it once per answer (INV-1).
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Brings the published world level with the refs. Safe at any time, any number of times.
    pub fn catch_up(&self) -> Result<Arc<World>, StoreError> {
        self.catch_up_with(None)
    }

    /// The same, where the site may be known that the branch has by now.
    pub(crate) fn catch_up_with(&self, ahead: Option<Site>) -> Result<Arc<World>, StoreError> {
        let mut deriving = lock(&self.deriving);
        let was = self.world();
        let main = self.store.main_tip()?;
        if main == was.main {
            return Ok(was);
        }
        let site = match (main, ahead) {
            (Some(main), Some(ahead)) if ahead.at == main => ahead,
            (Some(main), _) => {
                let near = was.main.is_some().then_some(&*was.site);
                derive::site_at(&self.store, &mut deriving.memo, main, near, &|_, _| {})?
            }
            (None, _) => derive::empty_site(),
        };
        // A history that can't be brought level is read anew by the loop; pages are served meanwhile.
        let history = was.history.as_ref().and_then(|history| match history.grown(&self.store, main) {
            Ok(history) => Some(history),
            Err(error) => {
                warn!("the history could not be brought level: {error}");
                None
            }
        });
        Ok(self.publish(World::new(main, Arc::clone(&was.tagged), Arc::new(site), history)))
    }

    /// The site of a commit that is not on the disk yet, from its files and from what the new ones say.
    pub(crate) fn site_ahead(
        &self,
        at: CommitId,
        manifest: &Arc<Manifest>,
        docs: Docs,
        near: &World,
    ) -> Result<Site, StoreError> {
        let mut deriving = lock(&self.deriving);
        deriving.memo.know(docs);
        let near = near.main.is_some().then_some(&*near.site);
        derive::site_of(&self.store, &mut deriving.memo, at, Arc::clone(manifest), near, &|_, _| {})
    }

    /// Looks at all refs, named versions included; dearer than `catch_up`.
    pub(crate) fn catch_up_all(&self) -> Result<Arc<World>, StoreError> {
        self.catch_up()?;
        // Looked at under the lock, so that nobody publishes older refs over newer ones.
        let _deriving = lock(&self.deriving);
        let now = self.world();
        let tips = self.store.tips()?;
        if tips.tags == now.tagged.tags && self.store.pushes_tip()? == now.tagged.pushes.tip {
            return Ok(now);
        }
        let tagged = Arc::new(Tagged::read(&self.store, tips.tags, &now.tagged)?);
        let history = now.history.clone();
        Ok(self.publish(World::new(now.main, tagged, Arc::clone(&now.site), history)))
    }

    fn publish(&self, world: World) -> Arc<World> {
        let world = Arc::new(world);
        *self.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&world);
        world
    }

    /// The bytes of a file, mostly from memory. The blob comes from `Seen` (INV-4).
    pub fn read(&self, blob: BlobId) -> Result<Arc<[u8]>, StoreError> {
        if let Some(bytes) = self.bytes.get(&blob) {
            return Ok(bytes);
        }
        let bytes: Arc<[u8]> = self.store.read(blob)?.into();
        self.bytes.put(blob, Arc::clone(&bytes), bytes.len() + 64);
        Ok(bytes)
    }

    /// The same for a file whose doc says that it is small, which saves looking at its size.
    pub fn read_small(&self, blob: BlobId) -> Result<Arc<[u8]>, StoreError> {
        match self.bytes.get(&blob) {
            Some(bytes) => Ok(bytes),
            None => Ok(self.store.read_small(blob)?.into()),
        }
    }

    /// Reads the texts of pages before anybody asks for them: taking one out of git costs as much
    /// as laying it out does.
    fn read_ahead(&self) {
        let world = self.world();
        let mut room = BYTES_AHEAD;
        let pages = derive::wanted(world.site.manifest()).zip(world.site.docs());
        for (n, (entry, doc)) in pages.filter(|(_, doc)| doc.shape == Shape::Text).enumerate() {
            let weight = usize::try_from(doc.size_bytes).unwrap_or(usize::MAX).saturating_add(64);
            if weight > room || self.stopping.load(Ordering::Relaxed) {
                return;
            }
            room -= weight;
            // What can't be read now is told about when somebody asks for it.
            if let Ok(bytes) = self.store.read_small(entry.blob) {
                self.bytes.put(entry.blob, bytes.into(), weight);
            }
            if n % PAGES_AHEAD == PAGES_AHEAD - 1 {
                std::thread::sleep(PAUSE_AHEAD);
            }
        }
    }

    /// A file as text; what is not UTF-8 is replaced.
    pub fn read_text(&self, blob: BlobId) -> Result<String, StoreError> {
        Ok(String::from_utf8_lossy(&self.read(blob)?).into_owned())
    }

    /// The site at a commit of the branch, as those see it whose world this is. One that is not kept is made from the nearest site at
    /// hand, so that a neighbour of it costs what differs.
    pub fn site_at(&self, world: &World, at: CommitId) -> Result<Arc<Site>, PastError> {
        if world.main == Some(at) {
            return Ok(Arc::clone(&world.site));
        }
        let Some(narrow) = &world.narrow else { return self.whole_site_at(world, at) };
        if let Some(site) = self.kept_site(at, world.class()) {
            return Ok(site);
        }
        let site = self.narrow_site_at(world, narrow, at)?;
        self.keep_site(&site);
        Ok(site)
    }

    pub(crate) fn whole_site_at(&self, world: &World, at: CommitId) -> Result<Arc<Site>, PastError> {
        if world.main == Some(at) {
            return Ok(Arc::clone(&world.site));
        }
        if let Some(site) = self.kept_site(at, 0) {
            return Ok(site);
        }
        // One at a time, and few who wait: whoever reads the whole history must not take all threads
        // from those who save.
        let _waiting = Waiting::begin(&self.waiting_past).ok_or(PastError::Busy)?;
        // Beside the lock of `catch_up`, so that looking at an old version holds up no save.
        let mut memo = lock(&self.past_memo);
        if let Some(site) = self.kept_site(at, 0) {
            return Ok(site);
        }
        let near = self.nearest_site(world, at);
        let near = near.as_deref().or_else(|| world.main.is_some().then_some(&*world.site));
        let site = Arc::new(derive::site_at(&self.store, &mut memo, at, near, &|_, _| {})?);
        drop(memo);
        self.keep_site(&site);
        Ok(site)
    }

    fn keep_site(&self, site: &Arc<Site>) {
        let mut past = lock(&self.past);
        // What the rules of a class said before is not asked for again.
        if past.len() >= SITES_KEPT {
            past.remove(0);
        }
        past.push(Arc::clone(site));
    }

    fn kept_site(&self, at: CommitId, class: u64) -> Option<Arc<Site>> {
        let mut past = lock(&self.past);
        let found = past.iter().position(|site| site.at == at && site.class == class)?;
        let site = past.remove(found);
        past.push(Arc::clone(&site));
        Some(site)
    }

    /// The kept site that is nearer to a commit than the present one.
    fn nearest_site(&self, world: &World, at: CommitId) -> Option<Arc<Site>> {
        let history = world.history.as_ref()?;
        let to_now = history.distance(world.main?, at)?;
        let past = lock(&self.past);
        let whole = past.iter().filter(|site| site.class == 0);
        let measured = whole.filter_map(|site| Some((history.distance(site.at, at)?, site)));
        let (distance, site) = measured.min_by_key(|(distance, _)| *distance)?;
        (distance < to_now).then(|| Arc::clone(site))
    }

    /// A commit of the branch by its id or an unambiguous beginning of it.
    pub fn commit_named(&self, world: &World, hex: &str) -> Result<Option<CommitId>, StoreError> {
        // Whether another commit begins so is not told to those who may not see it.
        if world.is_narrow() {
            return Ok(world.history.as_ref().and_then(|history| history.begins(&hex.to_ascii_lowercase())));
        }
        let Some(commit) = self.store.resolve_prefix(hex)? else { return Ok(None) };
        self.on_branch(world, commit)
    }

    /// The commit, if it is on the branch.
    pub fn on_branch(&self, world: &World, commit: CommitId) -> Result<Option<CommitId>, StoreError> {
        let Some(main) = world.main else { return Ok(None) };
        let known = match &world.history {
            Some(history) => history.commit(commit).is_some(),
            None if world.is_narrow() => false,
            None => self.store.is_ancestor(commit, main)?,
        };
        Ok(known.then_some(commit))
    }

    /// Whether the repository lacks older commits, since it was cloned without them.
    pub fn is_shallow(&self) -> bool {
        self.store.is_shallow()
    }

    /// What a commit says of itself, as far as those may know whose world this is.
    pub fn commit_facts(&self, world: &World, commit: CommitId) -> Result<Option<CommitFacts>, StoreError> {
        let Some(narrow) = &world.narrow else { return self.store.commit_facts(commit) };
        let Some(seen) = world.history.as_ref().and_then(|history| Some((history, history.commit(commit)?))) else {
            return Ok(None);
        };
        let (history, shown) = seen;
        let Some(mut facts) = self.store.commit_facts(commit)? else { return Ok(None) };
        facts.parents = history.parents(commit);
        if narrow.is_cut(&shown) {
            facts.message = shown.summary;
        }
        Ok(Some(facts))
    }

    /// The blob of a file at a commit of the branch, if those may see it whose world this is.
    pub fn file_at(&self, world: &World, commit: CommitId, path: &str) -> Result<Option<BlobId>, StoreError> {
        if let Some(narrow) = &world.narrow
            && FilePath::parse(path).map_or(true, |path| narrow.hides(&path, commit))
        {
            return Ok(None);
        }
        self.store.file_at(commit, path)
    }

    /// Searches the pages that `seen` shows.
    pub fn find(&self, seen: Seen<'_>, query: &str, from: usize, count: usize) -> Answer {
        // Where the whole index would count in the order of hits, it would tell of what is not seen.
        if seen.class() != 0 {
            return self.find_at(seen, query, from, count);
        }
        self.search.find(seen, &|blob| self.read(blob).ok().map(|bytes| bytes.to_vec()), query, from, count)
    }

    /// The same for the pages of a site of the past.
    pub fn find_at(&self, seen: Seen<'_>, query: &str, from: usize, count: usize) -> Answer {
        // Beside the bytes that are kept: thousands may be read, each once.
        self.search.find_at(seen, &|blob| self.store.read(blob).ok(), query, from, count)
    }

    /// Searches what was taken away from pages; `None` while the history is being read.
    pub fn find_removed(
        &self,
        world: &World,
        seen: Seen<'_>,
        query: &str,
        from: usize,
        count: usize,
    ) -> Option<removed::Found> {
        let history = world.history.as_ref()?;
        let ready = self.removed.is_level_with(world.whole().history.as_ref()?);
        Some(self.removed.find(seen, history, ready, query, from, count))
    }

    /// How far the index of what was taken away is.
    pub fn removed_level(&self) -> removed::Level {
        self.removed.level()
    }

    /// How far the search index is.
    pub fn search_level(&self) -> Level {
        self.search.level()
    }

    /// Whether search is level with a world, and with what it is a part of.
    pub fn is_indexed(&self, world: &World) -> bool {
        matches!(self.search.level(), Level::Ready(level) if Some(level) == world.whole().main)
    }

    /// Commits read so far, while the history is built.
    pub fn commits_read(&self) -> u64 {
        self.commits_read.load(Ordering::Relaxed)
    }

    /// The git process that serves a clone or fetch; `advertise` for the first of its two requests.
    pub fn upload_pack(&self, advertise: bool, protocol: Option<&str>) -> Command {
        self.store.upload_pack(advertise, protocol)
    }

    /// The git process that receives a push. `hooks` holds this program under the names of its hooks.
    pub fn receive_pack(&self, advertise: bool, protocol: Option<&str>, hooks: &Path, env: &[(&str, &str)]) -> Command {
        let mut command = self.store.receive_pack(advertise, protocol, hooks, env);
        if let Some(cache) = &self.cache {
            command.env(crate::hook::CACHE_VARIABLE, cache);
        }
        command.env(crate::hook::REPOSITORY_VARIABLE, self.store.place());
        if let Some(settings) = polder_store::settings_folder() {
            command.env(crate::hook::SETTINGS_VARIABLE, settings);
        }
        command
    }

    /// Where the branch is at this moment, whether the world shows it yet or not.
    pub fn tip_now(&self) -> Result<Option<CommitId>, StoreError> {
        self.store.main_tip()
    }

    /// After a push that began when the branch was at `before`: the work tree follows, and readers
    /// see it. What could not follow is tried again by the loop.
    pub fn pushed(&self, before: Option<CommitId>) -> Result<Arc<World>, StoreError> {
        let after = self.store.main_tip()?;
        if before != after {
            // A tree that is behind already has further to go.
            lock(&self.to_follow).get_or_insert(before);
        }
        let followed = self.follow();
        // Readers see the push even when the owner's files could not follow.
        let world = self.catch_up_all()?;
        self.poke();
        followed?;
        Ok(world)
    }

    /// Has the work tree follow, where a push left it behind.
    fn follow(&self) -> Result<(), StoreError> {
        let mut to_follow = lock(&self.to_follow);
        let (Some(from), Some(tip)) = (*to_follow, self.store.main_tip()?) else { return Ok(()) };
        self.store.follow(from, tip)?;
        *to_follow = None;
        Ok(())
    }

    /// Tells the loop that something may have changed.
    pub fn poke(&self) {
        *lock(&self.poked) = true;
        self.wake.notify_all();
    }

    /// Ends the loop; what is only in memory is written.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.poke();
    }

    /// Runs until `stop`: builds history and index, then keeps everything level.
    pub fn run(&self, progress: &(dyn Fn(Progress) + Sync)) {
        let mut due = Due::default();
        while !self.stopping.load(Ordering::Relaxed) {
            // A panic here is a bug, but it must not leave the wiki without its loop.
            match std::panic::catch_unwind(AssertUnwindSafe(|| self.turn(&mut due, progress))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => warn!("could not catch up with the repository: {error}"),
                Err(_) => error!("catching up with the repository broke off; it is tried again"),
            }
            self.wait();
        }
        self.flush();
        self.save_docs();
        self.save_history();
    }

    /// One turn of the loop: bring everything level, then whatever is due.
    fn turn(&self, due: &mut Due, progress: &(dyn Fn(Progress) + Sync)) -> Result<(), StoreError> {
        if let Err(error) = self.follow() {
            warn!("the work tree could not follow a push: {error}");
        }
        let looked = self.look(progress);
        if due.flush.is_none_or(|at| at.elapsed() >= FLUSH_EVERY) {
            due.flush = Some(Instant::now());
            self.flush();
        }
        let tip = self.world().main;
        if tip != due.cached_tip && due.cache.is_none_or(|at| at.elapsed() >= CACHE_EVERY) {
            (due.cache, due.cached_tip) = (Some(Instant::now()), tip);
            self.save_docs();
            self.save_history();
        }
        looked
    }

    /// Keeps the repository tidy, until `stop`. Takes minutes on a large one, so it wants a thread of
    /// its own.
    ///
    /// Before that it removes what was left behind, and reads ahead.
    pub fn run_maintenance(&self, whose: Whose) {
        match self.store.sweep(whose, SystemTime::now()) {
            Ok(0) => {}
            Ok(n) => info!(n, "{n} old files of interrupted pushes were removed"),
            Err(error) => warn!("old files of interrupted pushes could not be removed: {error}"),
        }
        self.read_ahead();
        let mut care = Care { looked: Instant::now(), tidied: Instant::now(), tip: None, pause: Duration::ZERO };
        while !self.stopping.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
            if care.looked.elapsed() >= UNTIDY_LOOK_EVERY {
                care.looked = Instant::now();
                self.tidy_if_due(whose, &mut care);
            }
        }
    }

    fn tidy_if_due(&self, whose: Whose, care: &mut Care) {
        let tip = self.world().main;
        let since = care.tidied.elapsed();
        if since < care.pause || tip == care.tip {
            return;
        }
        let is_untidy = self.store.sizes().is_ok_and(|sizes| sizes.is_untidy());
        if !is_untidy && since < TIDY_EVERY {
            return;
        }
        let begun = Instant::now();
        let done = self.store.tidy(whose, SystemTime::now(), &|| !self.stopping.load(Ordering::Relaxed));
        let took = begun.elapsed();
        (care.tidied, care.tip, care.pause) = (Instant::now(), tip, took * TIDY_PAUSE);
        match done {
            Ok(done) => {
                let (before, after) = (&done.before, &done.after);
                info!(
                    took_ms = took.as_millis() as u64,
                    "the repository was tidied: {} loose objects and {} packs became {} and {}",
                    before.n_loose,
                    before.n_packs,
                    after.n_loose,
                    after.n_packs
                );
                if done.lacks_room {
                    warn!("there is too little room on the disk to pack the repository");
                }
                // What can't be made tidier is not tried over and over.
                if done.lacks_room || after.is_untidy() {
                    care.pause = care.pause.max(TIDY_EVERY);
                }
            }
            Err(_) if self.stopping.load(Ordering::Relaxed) => {}
            Err(error) => {
                warn!("git could not tidy the repository: {error}");
                care.pause = care.pause.max(TIDY_EVERY);
            }
        }
    }

    /// Keeps the index of what was taken away level, until `stop`. The first time takes minutes in a
    /// large wiki, so it wants a thread of its own; nobody waits for it.
    pub fn run_removed(&self) {
        polder_store::go_last();
        let mut tried: Option<(Option<CommitId>, Instant)> = None;
        while !self.stopping.load(Ordering::Relaxed) {
            let world = self.world();
            let again = tried.is_none_or(|(tip, at)| tip != world.main || at.elapsed() >= HISTORY_RETRY);
            // What is there now goes first: it is asked for more often.
            let may = again && matches!(self.search.level(), Level::Ready(_));
            if let Some(history) = world.history.as_ref().filter(|_| may) {
                let going = || !self.stopping.load(Ordering::Relaxed);
                let synced =
                    std::panic::catch_unwind(AssertUnwindSafe(|| self.removed.sync(&self.store, history, &going)));
                match synced {
                    Ok(Ok(())) => tried = None,
                    Ok(Err(error)) => {
                        warn!("what was taken away can't be searched: {error}");
                        tried = Some((world.main, Instant::now()));
                    }
                    Err(_) => {
                        error!("indexing what was taken away broke off; it is tried again");
                        tried = Some((world.main, Instant::now()));
                    }
                }
            }
            std::thread::sleep(REMOVED_EVERY);
        }
        self.removed.close();
    }

    fn wait(&self) {
        let poked = lock(&self.poked);
        let (mut poked, _) =
            self.wake.wait_timeout_while(poked, LOOK_EVERY, |poked| !*poked).unwrap_or_else(PoisonError::into_inner);
        *poked = false;
    }

    fn look(&self, progress: &(dyn Fn(Progress) + Sync)) -> Result<(), StoreError> {
        let world = self.catch_up_all()?;
        if world.history.is_none() && self.may_try_history(world.main) {
            self.build_history(progress);
        }
        if self.search.level() == Level::Ready(world.site.at) {
            return Ok(());
        }
        let read = |blob: BlobId| self.store.read(blob).ok();
        let told = |done: usize, of: usize| progress(Progress::Index { done, of });
        self.search.sync(&world.site, &read, &told).map_err(|error| StoreError::Other(error.to_string()))
    }

    /// A history that could not be read is tried again when the branch moved, and now and then.
    fn may_try_history(&self, main: Option<CommitId>) -> bool {
        let mut tried = lock(&self.history_tried);
        let again = tried.is_none_or(|(tip, at)| tip != main || at.elapsed() >= HISTORY_RETRY);
        if again {
            *tried = Some((main, Instant::now()));
        }
        again
    }

    fn build_history(&self, progress: &(dyn Fn(Progress) + Sync)) {
        let tip = self.world().main;
        let file = self.history_file();
        let told = |done: usize| {
            self.commits_read.store(done as u64, Ordering::Relaxed);
            progress(Progress::Commits { done });
        };
        let built = History::build(&self.store, tip, file.as_deref(), &told);
        let mut grown = match built {
            Ok(history) => history,
            Err(error) => {
                warn!("the history could not be read: {error}");
                return;
            }
        };
        let _deriving = lock(&self.deriving);
        let now = self.world();
        if now.main != tip {
            match grown.grown(&self.store, now.main) {
                Ok(history) => grown = history,
                Err(error) => {
                    warn!("the history could not be brought level: {error}");
                    return;
                }
            }
        }
        info!(commits = grown.len(), "the history is ready");
        self.publish(World::new(now.main, Arc::clone(&now.tagged), Arc::clone(&now.site), Some(grown)));
    }

    fn flush(&self) {
        if let Err(error) = self.search.flush() {
            warn!("the search index could not be written: {error}");
        }
    }

    fn history_file(&self) -> Option<PathBuf> {
        self.cache.as_ref().map(|folder| folder.join("history"))
    }

    fn save_history(&self) {
        let world = self.world();
        if let (Some(file), Some(history)) = (self.history_file(), &world.history)
            && let Err(error) = history.save_cache(&file)
        {
            warn!("the history could not be kept for the next start: {error}");
        }
    }

    /// Writes the parsed docs for the next start, when enough of them are new.
    fn save_docs(&self) {
        let Some(file) = self.cache.as_ref().map(|folder| folder.join("docs")) else { return };
        let docs = {
            let mut deriving = lock(&self.deriving);
            if deriving.memo.unsaved == 0 {
                return;
            }
            deriving.memo.unsaved = 0;
            deriving.memo.of_site(&self.world().site)
        };
        if let Err(error) = docs_cache::save(&file, &docs) {
            warn!("parsed pages could not be kept for the next start: {error}");
        }
    }

    /// The folder of what is derived, if there is one.
    pub(crate) fn cache_folder(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// One proposal at a time: a courtesy, see `propose`.
    pub(crate) fn take_turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    /// The docs of a manifest made of files that are mostly known.
    pub(crate) fn docs_for(&self, manifest: &Manifest) -> Result<Vec<Arc<Doc>>, StoreError> {
        derive::docs(&self.store, &mut lock(&self.deriving).memo, manifest, Some(&self.world().site), &|_, _| {})
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands behind these locks is replaced whole or only added to: a panic leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
