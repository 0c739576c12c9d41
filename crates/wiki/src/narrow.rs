//! The wiki that a class of readers sees: as if what they may not read were not there (INV-4).
//!
//! It is a world like any other, with a site of the files that they may read, the history of those
//! and the versions of those. So search, sums, maps, backlinks and lists need know nothing of rules,
//! and nothing can be forgotten there. Readers who may read the same share it. The rules of today count
//! for everything, old versions too; what they say stands in `core::access`.

use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use polder_core::access::{Access, Reads, Who};
use polder_core::ids::CommitId;
use polder_core::manifest::Entry;
use polder_core::path::FilePath;
use polder_core::site::Site;
use polder_core::version::Version;
use polder_store::StoreError;
use rustc_hash::FxHasher;

use crate::derive;
use crate::history::narrow::Narrowed;
use crate::history::{Facts, History};
use crate::versions::Tagged;
use crate::wiki::{PastError, Wiki};
use crate::world::World;

/// Worlds of classes of readers kept: at least and at most so many, and between as many as this memory
/// holds by what one was measured to take (45 MiB with 14,000 pages and 100,000 commits). They share
/// docs, and what is equal, with each other.
const CLASSES_AT_LEAST: usize = 16;
const CLASSES_AT_MOST: usize = 64;
const CLASSES_BYTES: usize = 720 * 1024 * 1024;
const PAGE_BYTES: usize = 1_200;
const COMMIT_BYTES: usize = 300;

/// The world as a class of readers sees it came from this.
#[derive(Debug)]
pub(crate) struct Narrow {
    pub(crate) whole: Arc<World>,
    reads: Arc<Reads>,
    /// `None` while the history is being read.
    history: Option<Narrowed>,
}

/// The worlds made for classes of readers, the one asked for last at the end.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    kept: Mutex<Vec<Arc<World>>>,
    /// Held while one is made: who comes meanwhile finds it made.
    turn: Mutex<()>,
}

impl Narrow {
    /// Whether a part of a commit is not seen, of which this is told.
    pub(crate) fn is_cut(&self, shown: &Facts) -> bool {
        self.whole.history.as_ref().and_then(|whole| whole.commit(shown.id)).is_none_or(|facts| facts != *shown)
    }

    pub(crate) fn hides(&self, path: &FilePath, commit: CommitId) -> bool {
        !self.reads.may(path.as_str()) || self.history.as_ref().is_none_or(|history| history.hides(path, commit))
    }
}

impl World {
    /// The rules of today, as they are for everybody.
    pub fn access(&self) -> &Arc<Access> {
        self.whole().site.access()
    }

    /// Stands for what is seen, where worlds of one commit are to be told apart; 0 for everything. What
    /// is kept by it need not be judged anew.
    pub fn class(&self) -> u64 {
        self.site.class
    }

    /// Stands for the readers whose world this is, the same at each start; 0 for those who may read
    /// everything.
    pub fn readers(&self) -> u64 {
        self.narrow.as_ref().map_or(0, |narrow| narrow.reads.token())
    }

    /// Whether a part of the wiki is left out.
    pub fn is_narrow(&self) -> bool {
        self.narrow.is_some()
    }

    pub(crate) fn whole(&self) -> &World {
        self.narrow.as_ref().map_or(self, |narrow| &narrow.whole)
    }
}

impl Wiki {
    /// The present world as `who` sees it, if it costs nothing to say. Take it once per answer (INV-1).
    pub fn world_at_hand(&self, who: &Who) -> Option<Arc<World>> {
        let whole = self.world();
        let reads = whole.site.access().reads(who);
        if reads.all() {
            return Some(whole);
        }
        self.classes.known(&whole, &reads)
    }

    /// The same, made first if need be, which takes as long as a change to what differs.
    pub fn world_for(&self, who: &Who) -> Result<Arc<World>, StoreError> {
        let whole = self.world();
        let reads = whole.site.access().reads(who);
        if reads.all() {
            return Ok(whole);
        }
        if let Some(world) = self.classes.known(&whole, &reads) {
            return Ok(world);
        }
        let _turn = self.classes.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(world) = self.classes.known(&whole, &reads) {
            return Ok(world);
        }
        let before = self.classes.earlier(&reads);
        let world = Arc::new(narrowed(whole, reads, before.as_deref())?);
        self.classes.keep(Arc::clone(&world));
        Ok(world)
    }

    /// The last commit up to this one that `who` sees something of.
    pub fn last_seen(&self, who: &Who, commit: CommitId) -> Result<Option<CommitId>, StoreError> {
        let world = self.world_for(who)?;
        Ok(match &world.narrow {
            Some(narrow) => narrow.history.as_ref().and_then(|history| history.nearest(commit)),
            None => Some(commit),
        })
    }

    /// The site of an old commit as those see it whose world this is.
    pub(crate) fn narrow_site_at(&self, world: &World, narrow: &Narrow, at: CommitId) -> Result<Arc<Site>, PastError> {
        let Some((history, then)) = narrow.history.as_ref().and_then(|history| Some((history, history.at(at)?))) else {
            return Err(PastError::Busy);
        };
        let whole = self.whole_site_at(&narrow.whole, at)?;
        let is_kept = |path: &FilePath| narrow.reads.may(path.as_str()) && !history.hides_then(path, &then);
        Ok(Arc::new(only(&whole, at, &narrow.reads, world.class(), is_kept, &world.site)))
    }
}

impl Classes {
    fn known(&self, whole: &Arc<World>, reads: &Arc<Reads>) -> Option<Arc<World>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |world: &Arc<World>| {
            let narrow = world.narrow.as_ref();
            narrow.is_some_and(|narrow| Arc::ptr_eq(&narrow.whole, whole) && narrow.reads.token() == reads.token())
        };
        let at = kept.iter().rposition(is_it)?;
        let last = kept.len() - 1;
        if at < last {
            kept[at..].rotate_left(1);
        }
        kept.last().cloned()
    }

    /// The world of the same readers before the last changes.
    fn earlier(&self, reads: &Arc<Reads>) -> Option<Arc<World>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().rev().find(|world| world.readers() == reads.token()).cloned()
    }

    fn keep(&self, world: Arc<World>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.readers() != world.readers());
        let n_commits = world.history.as_ref().map_or(0, History::len);
        let weight = world.site.docs().len() * PAGE_BYTES + n_commits * COMMIT_BYTES;
        let most = (CLASSES_BYTES / weight.max(1)).clamp(CLASSES_AT_LEAST, CLASSES_AT_MOST);
        while kept.len() >= most {
            kept.remove(0);
        }
        kept.push(world);
    }
}

fn narrowed(whole: Arc<World>, reads: Arc<Reads>, before: Option<&World>) -> Result<World, StoreError> {
    let earlier = before.and_then(|world| world.narrow.as_ref()?.history.as_ref());
    let may = |path: &str| reads.may(path);
    let history = whole.history.as_ref().map(|history| history.narrowed(earlier, &may)).transpose()?;
    let nearest = |commit: CommitId| history.as_ref().and_then(|history| history.nearest(commit));
    let main = match &history {
        Some(_) => whole.main.and_then(nearest),
        None => whole.main,
    };
    let near = before.map_or(&whole.site, |before| &before.site);
    let at = main.unwrap_or(CommitId([0; 20]));
    let is_kept = |path: &FilePath| reads.may(path.as_str());
    let mut hasher = FxHasher::default();
    (reads.token(), history.as_ref().map(|history| history.mark)).hash(&mut hasher);
    let class = hasher.finish().max(1);
    let site = only(&whole.site, at, &reads, class, is_kept, near);
    // While the history is being read nobody knows which pages were moved out of sight.
    let versions = history
        .iter()
        .flat_map(|history| whole.tagged.versions.all().filter_map(|version| seen_version(version, &reads, history)));
    let tagged = Arc::new(Tagged::of(versions.collect(), &whole.tagged.pushes));
    let seen = history.as_ref().map(|history| history.history.clone());
    let mut world = World::new(main, tagged, Arc::new(site), seen);
    world.narrow = Some(Narrow { whole, reads, history });
    Ok(world)
}

/// A version as those see it who may read what it is of: at the last commit that they see.
fn seen_version(version: &Version, reads: &Reads, history: &Narrowed) -> Option<Version> {
    let scope = &*version.name.scope;
    if !reads.may(scope) {
        return None;
    }
    // A page that lies where it is not seen by now has no versions.
    if let Ok(path) = FilePath::parse(&format!("{scope}.md"))
        && history.knows(&path)
        && history.hides(&path, version.commit)
    {
        return None;
    }
    // A version off the branch stays one that is lost.
    let commit = history.nearest(version.commit).unwrap_or(version.commit);
    Some(Version { commit, ..version.clone() })
}

/// The site of some of the files of another.
fn only(
    whole: &Site,
    at: CommitId,
    reads: &Reads,
    class: u64,
    is_kept: impl Fn(&FilePath) -> bool,
    near: &Site,
) -> Site {
    let mut docs = Vec::new();
    let mut known = derive::wanted(whole.manifest()).zip(whole.docs()).peekable();
    let mut keep = |path: &FilePath| {
        let doc = known.next_if(|(entry, _): &(&Entry, _)| entry.path.same(path)).map(|(_, doc)| doc);
        let is_kept = is_kept(path);
        if let Some(doc) = doc.filter(|_| is_kept) {
            docs.push(Arc::clone(doc));
        }
        is_kept
    };
    let manifest = whole.manifest().only(&mut keep, &|odd| reads.may(odd));
    let mut site = polder_core::site::assemble(at, Arc::new(manifest), docs, Some(near));
    site.class = class;
    site
}
