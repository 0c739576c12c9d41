//! The search index: brought level with a site, asked for pages.
//!
//! The index is never the truth. It holds for each page the id of the bytes it was made from, so
//! that bringing it level is comparing two lists of files, after a start as after a save, a push
//! or a rewind (INV-2). What it answers are pages of the site that is asked about: a hit that the
//! site lacks, or that the reader may not see, is dropped before it is counted (INV-4). So an
//! index that lags can miss, never leak or dangle.
//!
//! Pages saved lately are indexed in memory first, in small pieces that can be asked at once, and
//! reach the disk by `flush`. Of pieces that hold the same page the newest counts.
//!
//! `index` holds what is written, `find` asks it. tantivy does the rest: dictionaries, postings,
//! phrases, files, merging.
//!
//! A site of the past is asked by `past`: from this index, where it has the same bytes, and from
//! small ones in memory.
//!
//! Not here: how a text is cut and what a query means (`terms`); text that is in no site that is
//! asked about (`removed`).

mod find;
pub(crate) mod index;
mod past;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use std::{fmt, fs, io};

use polder_core::access::Who;
use polder_core::filter;
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::Change;
use polder_core::names::PageIdx;
use polder_core::site::{Seen, Site};
use tantivy::TantivyError;
use tracing::{info, warn};

use self::find::Shown;
use self::index::Writer;
use self::past::Past;
use crate::terms::Query;

/// More changes than this at once go straight to disk.
const OVERLAY_MAX_CHANGES: usize = 200;
/// The first chunk of a large change is so many pages, each next one twice as many: something is
/// found soon, and the index ends in few segments.
const CHUNK_PAGES: usize = 1_000;
/// A chunk ends at so many bytes of text too, since text waits in memory for the writer.
const CHUNK_MAX_BYTES: usize = 32 * 1024 * 1024;
/// Progress is told once per so many pages.
const PROGRESS_PAGES: usize = 64;
/// Nobody pages further than this; keeping more hits in order costs time.
const HITS_MAX: usize = 10_000;
/// How often a lock is tried for, and what is waited between: a quarter of a second in all.
const LOCK_TRIES: usize = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The search index of one wiki. Everything may be called from several threads; `sync` and
/// `flush` wait for each other, `find` waits for neither.
pub struct Search {
    folder: Option<PathBuf>,
    writer: Mutex<Option<Writer>>,
    shown: RwLock<Arc<Shown>>,
    past: Past,
    level: Mutex<Level>,
    /// Held while this lives, so that no second process writes the folder; let go last.
    _lock: Option<File>,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Pages done, of pages to do; 0 of 0 before the first `sync`.
    Building { done: usize, of: usize },
    /// Level with this commit.
    Ready(CommitId),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub hits: Vec<Hit>,
    /// Pages found in all.
    pub n_found: usize,
    /// Every page found has all that was asked. `false`: none has, and these have some of it.
    pub exact: bool,
    /// The index is level with the site that was asked about.
    pub ready: bool,
    /// Pages of a site of the past whose text was not searched, since they are too many.
    pub n_left_out: usize,
}

/// A page that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub page: PageIdx,
    /// Pieces of text in order, and whether each is a match.
    pub passage: Vec<(String, bool)>,
    pub score: f32,
}

/// Why the index could not be used. It is rebuilt by the next `sync` where that can help.
#[derive(Debug)]
pub enum SearchError {
    /// Another process has the folder.
    InUse,
    Io(io::Error),
    Index(Box<TantivyError>),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchError::InUse => f.write_str("another process uses this search index"),
            SearchError::Io(error) => write!(f, "the search index can't be read or written: {error}"),
            SearchError::Index(error) => write!(f, "the search index failed: {error}"),
        }
    }
}

impl std::error::Error for SearchError {}

impl From<io::Error> for SearchError {
    fn from(error: io::Error) -> SearchError {
        SearchError::Io(error)
    }
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> SearchError {
        SearchError::Index(Box::new(error))
    }
}

impl Search {
    /// Takes the folder, or memory alone. Quick: the index itself is opened, and checked, by the
    /// first `sync`; a damaged or older one is made anew then.
    ///
    /// # Errors
    /// `InUse`, or `Io` when the folder can't be made.
    pub fn open(folder: Option<&Path>) -> Result<Search, SearchError> {
        let lock = folder.map(lock).transpose()?;
        Ok(Search {
            folder: folder.map(|folder| folder.join("index")),
            _lock: lock,
            writer: Mutex::new(None),
            shown: RwLock::new(Arc::new(Shown::default())),
            past: Past::default(),
            level: Mutex::new(Level::Building { done: 0, of: 0 }),
        })
    }

    /// Brings the index level with `site`. `read` gives a page's bytes; `progress` hears pages done
    /// and to do. Few changes are findable when this returns but only in memory until `flush`.
    ///
    /// # Errors
    /// `Io` or `Index`; what was findable stays so, and the next call opens the index anew.
    pub fn sync(
        &self,
        site: &Site,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let mut slot = locked(&self.writer);
        let result = self.sync_with(&mut slot, site, read, progress);
        if result.is_err() {
            self.give_up(&mut slot);
        }
        result
    }

    /// Has the next `sync` open the index anew, and tells that it is no longer level.
    fn give_up(&self, slot: &mut Option<Writer>) {
        *slot = None;
        *locked(&self.level) = Level::Building { done: 0, of: 0 };
    }

    fn sync_with(
        &self,
        slot: &mut Option<Writer>,
        site: &Site,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let writer = match slot {
            Some(writer) => writer,
            None => slot.insert(Writer::open(self.folder.as_deref())?),
        };
        let changes = writer.changes_to(site);
        if changes.is_empty() {
            if writer.at != Some(site.at) {
                writer.level_with(site);
                self.show(writer, Some(site));
            }
        } else if changes.len() <= OVERLAY_MAX_CHANGES {
            let added = writer.add_piece(site, &changes, read)?;
            writer.level_with(site);
            self.show(writer, Some(site));
            writer.write_later(&changes, added)?;
        } else {
            self.sync_many(writer, site, &changes, read, progress)?;
        }
        *locked(&self.level) = Level::Ready(site.at);
        if writer.is_overfull() {
            writer.commit()?;
            self.show(writer, Some(site));
        }
        Ok(())
    }

    fn sync_many(
        &self,
        writer: &mut Writer,
        site: &Site,
        changes: &[Change],
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let of = changes.len();
        let tell = |done: usize| {
            *locked(&self.level) = Level::Building { done, of };
            progress(done, of);
        };
        tell(0);
        writer.at = None;
        let (mut chunk_pages, mut n_pages, mut n_bytes) = (CHUNK_PAGES, 0, 0);
        for (done, change) in changes.iter().enumerate() {
            let document = writer.fields.document_of(site, change, read);
            n_bytes += document.as_ref().map_or(0, |document| document.n_bytes);
            n_pages += 1;
            writer.write(change, document.map(|document| document.inner))?;
            if n_pages >= chunk_pages || n_bytes >= CHUNK_MAX_BYTES {
                writer.commit()?;
                self.show(writer, Some(site));
                (chunk_pages, n_pages, n_bytes) = (chunk_pages.saturating_mul(2), 0, 0);
            }
            if done % PROGRESS_PAGES == 0 {
                tell(done);
            }
        }
        writer.level_with(site);
        writer.commit()?;
        self.show(writer, Some(site));
        tell(of);
        info!(n_pages = of, "indexed {of} changed pages for search");
        Ok(())
    }

    /// Writes what is only in memory to disk. Called by a timer and before the end.
    ///
    /// # Errors
    /// As `sync`.
    pub fn flush(&self) -> Result<(), SearchError> {
        let mut slot = locked(&self.writer);
        let Some(writer) = slot.as_mut().filter(|writer| writer.is_dirty) else { return Ok(()) };
        let result = writer.commit();
        match &result {
            Ok(()) => self.show(writer, None),
            Err(_) => self.give_up(&mut slot),
        }
        result
    }

    /// How far the index is.
    pub fn level(&self) -> Level {
        *locked(&self.level)
    }

    /// Finds the pages that match `query`, best first, of which `count` from the `from`-th (from 0)
    /// on are given with a passage. Any text is a query (see `terms::Query`).
    pub fn find(
        &self,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        query: &str,
        from: usize,
        count: usize,
    ) -> Answer {
        let shown = self.shown();
        let ready = shown.at == Some(seen.commit());
        let answered = answer(&shown, seen, read, Question { query, from, count });
        if answered.is_err()
            && let Ok(mut slot) = self.writer.try_lock()
        {
            // It is opened anew.
            self.give_up(&mut slot);
        }
        or_nothing(answered.map(|answer| Answer { ready, ..answer }))
    }

    /// The same for a site of the past: only documents made from the very bytes of its pages count, and
    /// what the index lacks is indexed first, within bounds. `read` gives a page's bytes.
    pub fn find_at(
        &self,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        query: &str,
        from: usize,
        count: usize,
    ) -> Answer {
        let shown = self.shown();
        if shown.at == Some(seen.commit()) && seen.class() == 0 {
            return self.find(seen, read, query, from, count);
        }
        let answered = self.past.asked(&shown, seen, read).and_then(|then| {
            let answer = answer(&then.shown, seen, read, Question { query, from, count })?;
            Ok(Answer { ready: then.ready, n_left_out: then.n_left_out, ..answer })
        });
        or_nothing(answered)
    }

    fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, writer: &Writer, site: Option<&Site>) {
        let shown = Arc::new(writer.shown());
        if let Some(site) = site {
            shown.view(site.seen_by(&Who::owner()));
        }
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
        self.past.loosen();
    }
}

/// What could not be searched gives no hits, and is not level.
fn or_nothing(answered: Result<Answer, SearchError>) -> Answer {
    answered.unwrap_or_else(|error| {
        warn!(%error, "could not search");
        Answer::default()
    })
}

/// What is asked, and which of the hits are wanted.
struct Question<'a> {
    query: &'a str,
    from: usize,
    count: usize,
}

/// Asks; whether the index was level is for the caller to say.
fn answer(
    shown: &Shown,
    seen: Seen<'_>,
    read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    question: Question<'_>,
) -> Result<Answer, SearchError> {
    let (filters, words) = filter::split(seen, question.query);
    let query = Query::parse(&words);
    if query.is_empty() && filters.is_empty() {
        return Ok(Answer { exact: true, ..Answer::default() });
    }
    shown.find(seen, read, &query, &filters, question.from.min(HITS_MAX), question.count.min(HITS_MAX))
}

/// A panic elsewhere does not make what is behind a lock wrong: each is replaced as a whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(folder: &Path) -> Result<File, SearchError> {
    fs::create_dir_all(folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    let locked = patiently(|| file.try_lock(), |error| matches!(error, TryLockError::WouldBlock));
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SearchError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Tries for a lock. A process that this one starts holds its locks too until it becomes another
/// program, so a lock that was let go a moment ago may still be held.
pub(crate) fn patiently<T, E>(mut take: impl FnMut() -> Result<T, E>, is_held: impl Fn(&E) -> bool) -> Result<T, E> {
    for _ in 1..LOCK_TRIES {
        match take() {
            Err(error) if is_held(&error) => std::thread::sleep(LOCK_PAUSE),
            taken => return taken,
        }
    }
    take()
}

#[cfg(test)]
mod tests;
