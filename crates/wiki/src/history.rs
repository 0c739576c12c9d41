//! Which commits touched which file, through renames, in memory.
//!
//! A `History` is a cheap snapshot of a log that only grows: a save appends one commit, and
//! snapshots taken before it stay as they were. The order of commits is a pure function of their
//! graph: parents before children, and of those that could come next the oldest, then the
//! smallest id. So a history that grew step by step equals one that was read from nothing
//! (INV-2). When the new commits are no chain on the old tip (a merge was pushed, the branch was
//! rewound), a new log is made, and only commits that are not known yet are read.
//!
//! Renames are found here, commit by commit: the same bytes under another name, or for pages at
//! least half of the same lines. Copies are not. Author names are as written in the commit; who
//! may see what is not judged here. A clone that was shallow and is made whole is noticed when
//! the history is built next, not by `grown`.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap};
use std::fmt;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::path::{FilePath, Kind, is_invisible};
use polder_store::{LogEntry, Store, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use tracing::warn;

/// Longest summary kept, in characters: what fits on a line of a list.
const SUMMARY_MAX_CHARS: usize = 200;

/// Up to so many new commits are read one by one; for more, a git process is worth starting.
const WALK_MAX_COMMITS: usize = 64;

/// Pages that go, and pages that come, in one commit, that are still compared by their lines.
/// Every one is compared with every other.
const RENAME_MAX_PAGES: usize = 50;

/// Larger pages, and pages after this much of one commit, are not compared by their lines, so
/// that no commit takes long to read.
const RENAME_MAX_PAGE_BYTES: usize = 512 * 1024;
const RENAME_MAX_COMMIT_BYTES: usize = 4 * 1024 * 1024;

/// Files named of one change in a list; the rest is counted.
const CHANGE_MAX_FILES: usize = 50;

/// Commits, files and touches are numbered in 32 bits. Half of those, since a rename is two
/// marks.
const NUMBER_MAX: usize = u32::MAX as usize / 2;

/// Commits between two calls of `progress`.
const PROGRESS_EVERY: usize = 500;

/// First bytes of a cache file. The number counts changes of the format and of the rules by
/// which renames are found.
const CACHE_MARK: &[u8; 16] = b"polder history 1";

/// Comment threads lie below this folder; they are no changes of the wiki's pages.
const TALK: &str = ".polder/talk/";

/// All commits of the branch up to one of them. Cheap to clone.
///
/// Invariant: the first `upto` commits of the log are the last of them and all its ancestors.
#[derive(Clone)]
pub struct History {
    log: Arc<Log>,
    upto: usize,
}

/// A table to which chains of commits are appended; what is in it never changes.
struct Log {
    /// From so many commits on, every beginning of the table is a whole history: each commit
    /// after them has the one before it as a parent.
    n_made: usize,
    table: RwLock<Table>,
}

/// One line of a page's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: CommitId,
    /// By the author's clock: seconds since 1970.
    pub time_s: i64,
    /// The author's distance from UTC in minutes.
    pub offset_min: i32,
    /// Empty when the commit names nobody.
    pub author: String,
    /// At most 200 characters of the first line.
    pub summary: String,
    /// Where the page was after this commit; when it was deleted, before it.
    pub path: FilePath,
    pub what: What,
}

/// What a commit did to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Created,
    Edited,
    Deleted,
    /// Moved here, and perhaps edited too.
    Renamed {
        from: FilePath,
    },
}

/// A part of a page's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Newest first.
    pub rows: Vec<Row>,
    /// Of the whole history of the page.
    pub total: usize,
}

/// What one commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub id: CommitId,
    pub time_s: i64,
    pub offset_min: i32,
    pub author: String,
    pub summary: String,
}

/// One commit in a list of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub commit: Facts,
    /// Sorted by path; at most 50.
    pub touched: Vec<(FilePath, What)>,
    /// All that it touched, as far as it was asked for.
    pub n_touched: usize,
}

impl History {
    /// No commits: of an empty repository, or of one that was not read yet.
    pub fn empty() -> History {
        History::around(Table::default())
    }

    /// Reads the history of `tip`: from the cache file and what came after it, or whole.
    /// Writes the cache file when it was not up to date; a damaged one is ignored.
    /// `progress` is told the number of commits read so far.
    pub fn build(
        store: &Store,
        tip: Option<CommitId>,
        cache: Option<&Path>,
        progress: &dyn Fn(usize),
    ) -> Result<History, StoreError> {
        let Some(tip) = tip else { return Ok(History::empty()) };
        let cached = cache.and_then(History::load_cache).filter(|cached| cached.leads_to(store, tip));
        let cached_tip = cached.as_ref().and_then(History::tip);
        let history = match cached {
            Some(cached) => cached.grown_to(store, tip, progress)?,
            None => History::whole(store, tip, progress)?,
        };
        if let Some(file) = cache
            && cached_tip != Some(tip)
            && let Err(error) = history.save_cache(file)
        {
            warn!(file = %file.display(), %error, "could not write the cache of the history");
        }
        Ok(history)
    }

    /// The history of `tip`, which should share most of its commits with this one.
    pub fn grown(&self, store: &Store, tip: Option<CommitId>) -> Result<History, StoreError> {
        match tip {
            Some(tip) => self.grown_to(store, tip, &|_| {}),
            None => Ok(History::empty()),
        }
    }

    /// Writes the cache file, whole or not at all.
    pub fn save_cache(&self, file: &Path) -> io::Result<()> {
        let bytes = self.encode().map_err(io::Error::other)?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = file.with_file_name(name);
        // Not synced: what a power cut leaves of it is recognised as damaged.
        let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, file));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    pub fn tip(&self) -> Option<CommitId> {
        let last = self.upto.checked_sub(1)?;
        Some(self.table().commits[last].id)
    }

    /// The number of commits.
    pub fn len(&self) -> usize {
        self.upto
    }

    pub fn is_empty(&self) -> bool {
        self.upto == 0
    }

    /// The history of the page at `path`, newest first, through renames. After a page that was
    /// deleted and made again it goes on; of a page made where another was moved away, it begins
    /// with the making. Of a path that was moved away it ends before the move.
    pub fn of(&self, path: &FilePath, from: usize, count: usize) -> Rows {
        let table = self.table();
        let life = table.latest(path, self.upto).map(|end| table.life(end, self.upto)).unwrap_or_default();
        let total = life.iter().map(|stay| table.n_rows(stay)).sum();
        let rows = table.marks_newest_first(&life, from, count);
        Rows { rows: rows.into_iter().map(|(file, mark)| table.row(file, mark)).collect(), total }
    }

    /// The latest line of a page's history.
    pub fn last(&self, path: &FilePath) -> Option<Row> {
        self.of(path, 0, 1).rows.pop()
    }

    /// What was changed, newest first: in the whole wiki or below a folder. Commits that touch
    /// nothing there are left out, and so are comments. A page that was moved out of a folder is
    /// a change there.
    pub fn recent(&self, folder: Option<&str>, from: usize, count: usize) -> Vec<Change> {
        let table = self.table();
        let below = folder.map(|folder| folder.trim_matches('/')).filter(|folder| !folder.is_empty()).map(|folder| {
            let is_below = |path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            table.files.iter().map(|file| is_below(file.path.as_str())).collect::<Vec<bool>>()
        });
        let is_asked = |file: u32| match &below {
            Some(below) => below[file as usize],
            None => true,
        };
        let is_shown = |&&(file, act): &&(u32, Act<u32>)| {
            let moved_from_there = matches!(act, Act::From(source) if is_asked(source));
            (is_asked(file) || moved_from_there) && !table.files[file as usize].path.as_str().starts_with(TALK)
        };
        let touched_there = |commit: &usize| table.touches_of(*commit).iter().any(|touch| is_shown(&touch));
        let commits = (0..self.upto).rev().filter(touched_there).skip(from).take(count);
        commits
            .map(|commit| {
                let shown = table.touches_of(commit).iter().filter(is_shown);
                let touched = shown.clone().take(CHANGE_MAX_FILES).filter_map(|(file, _)| {
                    let file = &table.files[*file as usize];
                    let at = file.at(number(commit))?;
                    Some((file.path.clone(), table.what(file.marks[at].trace)?))
                });
                Change { commit: table.facts(commit), touched: touched.collect(), n_touched: shown.count() }
            })
            .collect()
    }

    /// Where the page is that was last moved away from `path`, after all later moves. `None`
    /// when none was, or when it came back.
    pub fn moved_to(&self, path: &FilePath) -> Option<FilePath> {
        let table = self.table();
        let start = *table.by_path.get(path)?;
        let file = &table.files[start as usize];
        let n_marks = file.n_marks(self.upto);
        let away = file.turns.iter().rev().map(|at| *at as usize).find(|at| *at < n_marks && file.leaves_at(*at))?;
        let (end, _) = table.settled((start, away), self.upto);
        (end != start).then(|| table.files[end as usize].path.clone())
    }

    /// What a commit says of itself, if it is on the branch.
    pub fn commit(&self, id: CommitId) -> Option<Facts> {
        let table = self.table();
        Some(table.facts(self.place(&table, id)?))
    }

    /// The last commit of the main line (first parents) made no later than `time_s`, seconds since
    /// 1970 by the authors' clocks: where the branch was then, as far as commits tell. `None` before
    /// the first.
    pub fn as_of(&self, time_s: i64) -> Option<CommitId> {
        let table = self.table();
        let mut at = self.upto.checked_sub(1);
        while let Some(commit) = at {
            let facts = &table.commits[commit];
            if facts.time_s <= time_s {
                return Some(facts.id);
            }
            at = table.parents_of(commit).first().map(|parent| *parent as usize);
        }
        None
    }

    /// The parents of a commit that are on the branch too, the main line first.
    pub fn parents(&self, id: CommitId) -> Vec<CommitId> {
        let table = self.table();
        let Some(place) = self.place(&table, id) else { return Vec::new() };
        table.parents_of(place).iter().map(|parent| table.commits[*parent as usize].id).collect()
    }

    /// Where a commit stands in the order of all: parents before children.
    pub fn number_of(&self, id: CommitId) -> Option<usize> {
        let table = self.table();
        self.place(&table, id)
    }

    /// How far apart two commits stand in the order of all, as a measure of how much differs.
    pub fn distance(&self, a: CommitId, b: CommitId) -> Option<usize> {
        let table = self.table();
        Some(self.place(&table, a)?.abs_diff(self.place(&table, b)?))
    }

    /// Where the page that is at `path` now stood after `commit`; `None` when it was not there yet.
    pub fn path_at(&self, path: &FilePath, commit: CommitId) -> Option<FilePath> {
        let table = self.table();
        let place = number(self.place(&table, commit)?);
        let life = table.latest(path, self.upto).map(|end| table.life(end, self.upto))?;
        let stood = life.iter().filter_map(|stay| {
            let marks = &table.files[stay.file as usize].marks[stay.marks.clone()];
            let n_upto = marks.partition_point(|mark| mark.commit <= place);
            Some((marks[..n_upto].last()?.commit, stay.file))
        });
        let (_, file) = stood.max_by_key(|(commit, _)| *commit)?;
        Some(table.files[file as usize].path.clone())
    }

    /// The latest line, at `commit` or before it, in the history of the page that was at `path` then.
    pub fn up_to(&self, path: &FilePath, commit: CommitId) -> Option<Row> {
        let table = self.table();
        let place = number(self.place(&table, commit)?);
        self.nearest_before(&table, path, place, place.checked_add(1)?)
    }

    /// How often a page was changed after `commit`, in which it was at `path`.
    pub fn n_after(&self, path: &FilePath, commit: CommitId) -> usize {
        let table = self.table();
        let Some(place) = self.place(&table, commit).map(number) else { return 0 };
        let Some(life) = table.life_at(path, place, self.upto) else { return 0 };
        let n_rows = |stay: &Stay| {
            let marks = &table.files[stay.file as usize].marks[stay.marks.clone()];
            let n_upto = marks.partition_point(|mark| mark.commit <= place);
            marks[n_upto..].iter().filter(|mark| mark.is_row()).count()
        };
        life.iter().map(n_rows).sum()
    }

    /// The line before `commit` in the history of the page that was at `path` then. The commit
    /// need not have touched it.
    pub fn before(&self, path: &FilePath, commit: CommitId) -> Option<Row> {
        let table = self.table();
        let place = number(self.place(&table, commit)?);
        self.nearest_before(&table, path, place, place)
    }

    /// The last line before commit number `end`, of the page that was at `path` after commit `place`.
    fn nearest_before(&self, table: &Table, path: &FilePath, place: u32, end: u32) -> Option<Row> {
        let life = table.life_at(path, place, self.upto)?;
        let nearest = life.iter().filter_map(|stay| {
            let marks = &table.files[stay.file as usize].marks[stay.marks.clone()];
            let n_before = marks.partition_point(|mark| mark.commit < end);
            let mark = marks[..n_before].iter().rev().find(|mark| mark.is_row())?;
            Some((stay.file, *mark))
        });
        let (file, mark) = nearest.max_by_key(|(_, mark)| mark.commit)?;
        Some(table.row(file, mark))
    }

    /// The line after `commit` in the history of the page that was at `path` then, also when it
    /// was moved away since.
    pub fn after(&self, path: &FilePath, commit: CommitId) -> Option<Row> {
        let table = self.table();
        let place = number(self.place(&table, commit)?);
        let life = table.life_at(path, place, self.upto)?;
        let nearest = life.iter().filter_map(|stay| {
            let marks = &table.files[stay.file as usize].marks[stay.marks.clone()];
            let n_upto = marks.partition_point(|mark| mark.commit <= place);
            let mark = marks[n_upto..].iter().find(|mark| mark.is_row())?;
            Some((stay.file, *mark))
        });
        let (file, mark) = nearest.min_by_key(|(_, mark)| mark.commit)?;
        Some(table.row(file, mark))
    }

    fn around(table: Table) -> History {
        let upto = table.commits.len();
        History { log: Arc::new(Log { n_made: upto, table: RwLock::new(table) }), upto }
    }

    fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.log.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, table: &Table, id: CommitId) -> Option<usize> {
        table.by_id.get(&id).map(|place| *place as usize).filter(|place| *place < self.upto)
    }

    fn whole(store: &Store, tip: CommitId, progress: &dyn Fn(usize)) -> Result<History, StoreError> {
        let mut table = Table::default();
        read_log(store, None, tip, &mut |entry| {
            table.push(&entry)?;
            if table.commits.len().is_multiple_of(PROGRESS_EVERY) {
                progress(table.commits.len());
            }
            Ok(())
        })?;
        progress(table.commits.len());
        Ok(History::around(table.ordered(tip)))
    }

    fn grown_to(&self, store: &Store, tip: CommitId, progress: &dyn Fn(usize)) -> Result<History, StoreError> {
        if let Some(known) = self.beginning(tip) {
            return Ok(known);
        }
        let fresh = self.fetch(store, tip, progress)?;
        if self.append(&fresh)?
            && let Some(grown) = self.beginning(tip)
        {
            return Ok(grown);
        }
        let mut table = self.table().clone();
        for entry in &fresh {
            table.push(entry)?;
        }
        Ok(History::around(table.ordered(tip)))
    }

    /// The history of a tip that this log already holds as such.
    fn beginning(&self, tip: CommitId) -> Option<History> {
        let upto = *self.table().by_id.get(&tip)? as usize + 1;
        (upto >= self.log.n_made).then(|| History { log: Arc::clone(&self.log), upto })
    }

    /// The commits of `tip` that are not in the log, parents before children.
    fn fetch(&self, store: &Store, tip: CommitId, progress: &dyn Fn(usize)) -> Result<Vec<Entry>, StoreError> {
        if let Some(entries) = self.walk(store, tip)? {
            return Ok(entries);
        }
        let after = self.table().commits.last().map(|commit| commit.id);
        let read = |after| {
            let mut entries = Vec::new();
            let mut n_read = 0;
            read_log(store, after, tip, &mut |entry| {
                n_read += 1;
                if n_read % PROGRESS_EVERY == 0 {
                    progress(n_read);
                }
                if !self.table().by_id.contains_key(&entry.id) {
                    entries.push(entry);
                }
                Ok(())
            })?;
            Ok(entries)
        };
        match read(after) {
            // What the branch was rewound from may be gone from the repository.
            Err(_) if after.is_some() => read(None),
            outcome => outcome,
        }
    }

    /// The same one by one; `None` when there are too many.
    fn walk(&self, store: &Store, tip: CommitId) -> Result<Option<Vec<Entry>>, StoreError> {
        let is_known = |id: &CommitId| self.table().by_id.contains_key(id);
        let mut read: FxHashMap<CommitId, Entry> = FxHashMap::default();
        let mut ahead = vec![tip];
        while let Some(id) = ahead.pop() {
            if is_known(&id) || read.contains_key(&id) {
                continue;
            }
            if read.len() == WALK_MAX_COMMITS {
                return Ok(None);
            }
            let entry = Entry::of(store, store.touched(id)?);
            ahead.extend(&entry.parents);
            read.insert(id, entry);
        }
        let mut entries = Vec::with_capacity(read.len());
        ahead.push(tip);
        while let Some(id) = ahead.pop() {
            let Some(entry) = read.get(&id) else { continue };
            let missing = entry.parents.iter().copied().filter(|parent| read.contains_key(parent));
            let n_ahead = ahead.len();
            ahead.push(id);
            ahead.extend(missing);
            if ahead.len() == n_ahead + 1 {
                ahead.pop();
                entries.extend(read.remove(&id));
            }
        }
        Ok(Some(entries))
    }

    /// Appends entries that are a chain on the log's last commit; `false` when they are not.
    fn append(&self, entries: &[Entry]) -> Result<bool, StoreError> {
        let mut table = self.log.table.write().unwrap_or_else(PoisonError::into_inner);
        let Some(mut last) = table.commits.last().map(|commit| commit.id) else { return Ok(false) };
        let mut seen = FxHashSet::default();
        for entry in entries {
            let parents_known = entry.parents.iter().all(|id| table.by_id.contains_key(id) || seen.contains(id));
            let is_new = !table.by_id.contains_key(&entry.id) && seen.insert(entry.id);
            if !is_new || !parents_known || !entry.parents.contains(&last) {
                return Ok(false);
            }
            last = entry.id;
        }
        for entry in entries {
            table.push(entry)?;
        }
        Ok(true)
    }

    /// Whether the commits of a cache are those of the repository, and `tip` is made on them.
    fn leads_to(&self, store: &Store, tip: CommitId) -> bool {
        let Some(cached_tip) = self.tip() else { return false };
        let table = self.table();
        let mut roots = (0..self.upto).filter(|place| table.parents_of(*place).is_empty());
        // A clone that was shallow has parents now where it had none.
        let is_root = |id| matches!(store.commit_facts(id), Ok(Some(facts)) if facts.parents.is_empty());
        store.is_ancestor(cached_tip, tip).unwrap_or(false) && roots.all(|place| is_root(table.commits[place].id))
    }
}

impl Default for History {
    fn default() -> History {
        History::empty()
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("tip", &self.tip()).field("len", &self.upto).finish()
    }
}

fn read_log(
    store: &Store,
    after: Option<CommitId>,
    tip: CommitId,
    each: &mut dyn FnMut(Entry) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    store.log(after, tip, &mut |log| {
        outcome = each(Entry::of(store, log));
        outcome.is_ok()
    })?;
    outcome
}

// The table ---------------------------------------------------------------------------------

/// Commits in an order that has parents before children, and what follows from it for files.
/// Files and authors are numbered in the order in which they first appear.
#[derive(Clone, Default)]
struct Table {
    commits: Vec<Commit>,
    /// Those of the first commit, then of the second, and so on; also the next two.
    parents: Vec<u32>,
    touches: Vec<(u32, Act<u32>)>,
    summaries: String,
    authors: Vec<Arc<str>>,
    files: Vec<File>,
    by_id: FxHashMap<CommitId, u32>,
    by_path: FxHashMap<FilePath, u32>,
    by_author: FxHashMap<Arc<str>, u32>,
}

#[derive(Clone)]
struct Commit {
    id: CommitId,
    time_s: i64,
    offset_min: i32,
    author: u32,
    /// Where its part of the table's `parents`, `touches` and `summaries` ends.
    parents_end: u32,
    touches_end: u32,
    summary_end: usize,
}

/// What a commit did to a file, told by that commit alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Act<P> {
    Added,
    Changed,
    Gone,
    /// Added, and another file with (much of) the same in it is gone, which is not told apart.
    From(P),
}

/// One path and the commits that touched it.
#[derive(Clone)]
struct File {
    path: FilePath,
    /// In the order of commits.
    marks: Vec<Mark>,
    /// The marks at which another page comes to this path, or one leaves it. Few.
    turns: Vec<u32>,
    /// A page was moved away, and none came since.
    is_left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    commit: u32,
    trace: Trace,
}

/// What a commit did to a file, told in the light of the commits before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trace {
    Created,
    Edited,
    Deleted,
    From(u32),
    To(u32),
}

/// The marks of a file that are about one page, from its coming to its leaving. Those that
/// follow its leaving were made on another line of commits, where it had not left.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stay {
    file: u32,
    marks: Range<usize>,
}

/// A file by its number, and one of its marks.
type MarkPlace = (u32, usize);

impl Mark {
    fn is_row(&self) -> bool {
        !matches!(self.trace, Trace::To(_))
    }
}

impl File {
    fn mark(&mut self, commit: u32, trace: Trace) {
        let is_turn = match trace {
            Trace::From(_) | Trace::To(_) => true,
            Trace::Created => self.is_left,
            Trace::Edited | Trace::Deleted => false,
        };
        if is_turn {
            self.turns.push(number(self.marks.len()));
        }
        match trace {
            Trace::To(_) => self.is_left = true,
            Trace::Created | Trace::From(_) => self.is_left = false,
            Trace::Edited | Trace::Deleted => {}
        }
        self.marks.push(Mark { commit, trace });
    }

    fn exists(&self) -> bool {
        let last = self.marks.last().map(|mark| mark.trace);
        matches!(last, Some(Trace::Created | Trace::Edited | Trace::From(_)))
    }

    /// The marks that commits before `upto` made.
    fn n_marks(&self, upto: usize) -> usize {
        self.marks.partition_point(|mark| (mark.commit as usize) < upto)
    }

    /// The mark that a commit made.
    fn at(&self, commit: u32) -> Option<usize> {
        self.marks.binary_search_by_key(&commit, |mark| mark.commit).ok()
    }

    fn leaves_at(&self, at: usize) -> bool {
        matches!(self.marks[at].trace, Trace::To(_))
    }

    /// The marks about the page that the mark `at` is about.
    fn stay(&self, at: usize, upto: usize) -> Range<usize> {
        let n_after = self.turns.partition_point(|turn| *turn as usize <= at);
        let comes = |turn: &u32| Some(*turn as usize).filter(|turn| !self.leaves_at(*turn));
        let start = self.turns[..n_after].iter().rev().find_map(comes).unwrap_or(0);
        let end = self.turns[n_after..].iter().find_map(comes).unwrap_or(usize::MAX);
        start..end.min(self.n_marks(upto))
    }
}

impl Table {
    /// Puts a commit at the end. One that is there already is left as it is; parents that are
    /// not in the table are taken for absent.
    fn push(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if self.by_id.contains_key(&entry.id) {
            return Ok(());
        }
        let n_most = [
            self.commits.len(),
            self.parents.len() + entry.parents.len(),
            // A rename names two files.
            self.touches.len().max(self.files.len()) + 2 * entry.touches.len(),
        ];
        if n_most.into_iter().any(|n| n >= NUMBER_MAX) {
            return Err(StoreError::TooLarge("the history".to_owned()));
        }
        let author = self.author(&entry.author);
        self.parents.extend(entry.parents.iter().filter_map(|id| self.by_id.get(id)));
        for (path, act) in &entry.touches {
            let file = self.file(path);
            let act = act.map(|source| self.file(source));
            self.touches.push((file, act));
        }
        self.finish(entry.id, entry.time_s, entry.offset_min, author, &entry.summary);
        Ok(())
    }

    /// Makes a commit of the parents and touches that were added since the last one.
    fn finish(&mut self, id: CommitId, time_s: i64, offset_min: i32, author: u32, summary: &str) {
        let place = number(self.commits.len());
        self.summaries.push_str(summary);
        self.by_id.insert(id, place);
        self.commits.push(Commit {
            id,
            time_s,
            offset_min,
            author,
            parents_end: number(self.parents.len()),
            touches_end: number(self.touches.len()),
            summary_end: self.summaries.len(),
        });
        let is_merge = self.parents_of(place as usize).len() > 1;
        for at in self.touches_range(place as usize) {
            let (file, act) = self.touches[at];
            self.mark(place, is_merge, file, act);
        }
    }

    fn mark(&mut self, commit: u32, is_merge: bool, file: u32, act: Act<u32>) {
        // A merge is told by its first parent; the file may have come with another.
        let existed = is_merge && self.files[file as usize].exists();
        let (trace, source) = match act {
            Act::Added if existed => (Trace::Edited, None),
            Act::Added => (Trace::Created, None),
            Act::Changed => (Trace::Edited, None),
            Act::Gone => (Trace::Deleted, None),
            Act::From(source) if existed => (Trace::Edited, Some((source, Trace::Deleted))),
            Act::From(source) => (Trace::From(source), Some((source, Trace::To(file)))),
        };
        self.files[file as usize].mark(commit, trace);
        if let Some((source, trace)) = source {
            self.files[source as usize].mark(commit, trace);
        }
    }

    fn author(&mut self, name: &str) -> u32 {
        if let Some(author) = self.by_author.get(name) {
            return *author;
        }
        let (author, name) = (number(self.authors.len()), Arc::<str>::from(name));
        self.authors.push(Arc::clone(&name));
        self.by_author.insert(name, author);
        author
    }

    fn file(&mut self, path: &FilePath) -> u32 {
        if let Some(file) = self.by_path.get(path) {
            return *file;
        }
        let file = number(self.files.len());
        self.files.push(File { path: path.clone(), marks: Vec::new(), turns: Vec::new(), is_left: false });
        self.by_path.insert(path.clone(), file);
        file
    }

    fn parents_of(&self, commit: usize) -> &[u32] {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].parents_end);
        &self.parents[start as usize..self.commits[commit].parents_end as usize]
    }

    fn touches_range(&self, commit: usize) -> Range<usize> {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].touches_end);
        start as usize..self.commits[commit].touches_end as usize
    }

    fn touches_of(&self, commit: usize) -> &[(u32, Act<u32>)] {
        &self.touches[self.touches_range(commit)]
    }

    fn summary_of(&self, commit: usize) -> &str {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].summary_end);
        &self.summaries[start..self.commits[commit].summary_end]
    }

    /// The table of `tip` and its ancestors in the order that follows from their graph.
    fn ordered(self, tip: CommitId) -> Table {
        let Some(order) = self.by_id.get(&tip).map(|tip| self.order_of(*tip)) else { return Table::default() };
        if order.len() == self.commits.len() && order.iter().enumerate().all(|(at, commit)| at == *commit as usize) {
            return self;
        }
        let mut ordered = Table::default();
        for commit in order {
            let commit = commit as usize;
            let facts = &self.commits[commit];
            let author = ordered.author(&self.authors[facts.author as usize]);
            let parents = self.parents_of(commit).iter().map(|parent| &self.commits[*parent as usize].id);
            ordered.parents.extend(parents.filter_map(|id| ordered.by_id.get(id)));
            for (file, act) in self.touches_of(commit) {
                let file = ordered.file(&self.files[*file as usize].path);
                let act = act.map(|source| ordered.file(&self.files[*source as usize].path));
                ordered.touches.push((file, act));
            }
            ordered.finish(facts.id, facts.time_s, facts.offset_min, author, self.summary_of(commit));
        }
        ordered
    }

    /// `tip` and its ancestors: parents before children, then by time, then by id.
    fn order_of(&self, tip: u32) -> Vec<u32> {
        let mut n_waits_for: Vec<Option<usize>> = vec![None; self.commits.len()];
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.commits.len()];
        let mut ready = BinaryHeap::new();
        let rank = |commit: u32| {
            let facts = &self.commits[commit as usize];
            Reverse((facts.time_s, facts.id, commit))
        };
        let mut ahead = vec![tip];
        while let Some(commit) = ahead.pop() {
            let parents = self.parents_of(commit as usize);
            if n_waits_for[commit as usize].replace(parents.len()).is_some() {
                continue;
            }
            if parents.is_empty() {
                ready.push(rank(commit));
            }
            for parent in parents {
                children[*parent as usize].push(commit);
                ahead.push(*parent);
            }
        }
        let mut order = Vec::with_capacity(self.commits.len());
        while let Some(Reverse((_, _, commit))) = ready.pop() {
            order.push(commit);
            for child in &children[commit as usize] {
                if let Some(n) = &mut n_waits_for[*child as usize] {
                    *n -= 1;
                    if *n == 0 {
                        ready.push(rank(*child));
                    }
                }
            }
        }
        order
    }

    /// The last mark of a path.
    fn latest(&self, path: &FilePath, upto: usize) -> Option<MarkPlace> {
        let file = *self.by_path.get(path)?;
        Some((file, self.files[file as usize].n_marks(upto).checked_sub(1)?))
    }

    /// Where the page stayed up to and including a mark, latest first.
    ///
    /// Each step goes to a mark of an earlier commit, so this ends.
    fn life(&self, end: MarkPlace, upto: usize) -> Vec<Stay> {
        let mut life = Vec::new();
        let mut earliest = u32::MAX;
        let mut next = Some(end);
        while let Some((file, at)) = next {
            let marks = &self.files[file as usize].marks;
            let stay = Stay { file, marks: self.files[file as usize].stay(at, upto) };
            let start = marks[stay.marks.start];
            life.push(stay);
            next = match start.trace {
                Trace::From(source) if start.commit < earliest => {
                    earliest = start.commit;
                    self.files[source as usize].at(start.commit).map(|at| (source, at))
                }
                _ => None,
            };
        }
        life
    }

    /// All stays of the page that was at `path` when `commit` was made, or that was there last
    /// before it; if none was, of the page that is there now.
    fn life_at(&self, path: &FilePath, commit: u32, upto: usize) -> Option<Vec<Stay>> {
        let newest = self.latest(path, upto)?;
        let life = self.life(newest, upto);
        let (file, _) = newest;
        let marks = &self.files[file as usize].marks[..self.files[file as usize].n_marks(upto)];
        let began = life.iter().map(|stay| self.files[stay.file as usize].marks[stay.marks.start].commit).min()?;
        let at = match marks.partition_point(|mark| mark.commit <= commit).checked_sub(1) {
            Some(at) if commit < began => at,
            _ => newest.1,
        };
        Some(self.life(self.settled((file, at), upto), upto))
    }

    /// The mark with which the last stay of a page ends.
    ///
    /// Each step goes to marks of a later commit, so this ends.
    fn settled(&self, start: MarkPlace, upto: usize) -> MarkPlace {
        let (mut place, mut at) = start;
        let mut latest = None;
        loop {
            let file = &self.files[place as usize];
            let stay = file.stay(at, upto);
            let turns = file.turns.iter().rev().map(|turn| *turn as usize);
            let leaves = turns.filter(|turn| stay.contains(turn)).find(|turn| file.leaves_at(*turn));
            let onward = leaves.and_then(|turn| match file.marks[turn] {
                Mark { commit, trace: Trace::To(target) } if Some(commit) > latest => {
                    latest = Some(commit);
                    Some((target, self.files[target as usize].at(commit)?))
                }
                _ => None,
            });
            match onward {
                Some(next) => (place, at) = next,
                None => return (place, stay.end.saturating_sub(1)),
            }
        }
    }

    fn n_rows(&self, stay: &Stay) -> usize {
        let file = &self.files[stay.file as usize];
        let turns = file.turns.iter().map(|turn| *turn as usize);
        stay.marks.len() - turns.filter(|turn| stay.marks.contains(turn) && file.leaves_at(*turn)).count()
    }

    fn marks_newest_first(&self, life: &[Stay], from: usize, count: usize) -> Vec<(u32, Mark)> {
        let rows = |stay: &Stay| {
            let (file, marks) = (stay.file, stay.marks.clone());
            self.files[file as usize].marks[marks]
                .iter()
                .rev()
                .filter(|mark| mark.is_row())
                .map(move |mark| (file, *mark))
        };
        let starts = life.iter().map(|stay| self.files[stay.file as usize].marks[stay.marks.start].commit);
        let latest = life.iter().skip(1).map(|stay| rows(stay).next().map_or(0, |(_, mark)| mark.commit));
        if starts.zip(latest).all(|(start, latest)| latest < start) {
            return life.iter().flat_map(rows).skip(from).take(count).collect();
        }
        // A page was moved on one line of commits and edited on another.
        let mut all: Vec<(u32, Mark)> = life.iter().flat_map(rows).collect();
        all.sort_by_key(|(_, mark)| Reverse(mark.commit));
        all.into_iter().skip(from).take(count).collect()
    }

    fn row(&self, file: u32, mark: Mark) -> Row {
        let Facts { id, time_s, offset_min, author, summary } = self.facts(mark.commit as usize);
        let path = self.files[file as usize].path.clone();
        let what = self.what(mark.trace).expect("a mark of a leaving is no row");
        Row { id, time_s, offset_min, author, summary, path, what }
    }

    fn what(&self, trace: Trace) -> Option<What> {
        match trace {
            Trace::Created => Some(What::Created),
            Trace::Edited => Some(What::Edited),
            Trace::Deleted => Some(What::Deleted),
            Trace::From(source) => Some(What::Renamed { from: self.files[source as usize].path.clone() }),
            Trace::To(_) => None,
        }
    }

    fn facts(&self, commit: usize) -> Facts {
        let Commit { id, time_s, offset_min, author, .. } = self.commits[commit];
        let author = self.authors[author as usize].to_string();
        Facts { id, time_s, offset_min, author, summary: self.summary_of(commit).to_owned() }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("`push` and `decode` let nothing grow past 32 bits")
}

impl<P> Act<P> {
    fn map<Q>(&self, mut source: impl FnMut(&P) -> Q) -> Act<Q> {
        match self {
            Act::Added => Act::Added,
            Act::Changed => Act::Changed,
            Act::Gone => Act::Gone,
            Act::From(path) => Act::From(source(path)),
        }
    }
}

// One commit --------------------------------------------------------------------------------

/// What history keeps of one commit; a pure function of the commit.
struct Entry {
    id: CommitId,
    parents: Vec<CommitId>,
    time_s: i64,
    offset_min: i32,
    author: String,
    summary: String,
    touches: Vec<(FilePath, Act<FilePath>)>,
}

impl Entry {
    fn of(store: &Store, log: LogEntry) -> Entry {
        let author = shown(&log.author, limits::NAME_MAX_CHARS);
        let summary = shown(&log.summary, SUMMARY_MAX_CHARS);
        let mut gone = Vec::new();
        let mut came = Vec::new();
        let mut touches = Vec::with_capacity(log.touches.len());
        let mut changed = log.touches;
        // A damaged tree may name a file twice.
        changed.dedup_by(|next, kept| next.path == kept.path);
        for touch in changed {
            match (touch.old, touch.new) {
                (Some(blob), None) => gone.push(Loose { path: touch.path, blob }),
                (None, Some(blob)) => came.push(Loose { path: touch.path, blob }),
                _ => touches.push((touch.path, Act::Changed)),
            }
        }
        let mut read = |blob| read_page(store, blob);
        for (source, target) in recorded(&log.trailers, &mut gone, &mut came) {
            touches.push((target.path, Act::From(source.path)));
        }
        for (source, target) in renames(&mut gone, &mut came, &mut read) {
            touches.push((target.path, Act::From(source.path)));
        }
        touches.extend(gone.into_iter().map(|file| (file.path, Act::Gone)));
        touches.extend(came.into_iter().map(|file| (file.path, Act::Added)));
        touches.sort_by(|(a, _), (b, _)| a.cmp(b));
        let LogEntry { id, parents, time_s, offset_min, .. } = log;
        Entry { id, parents, time_s, offset_min, author, summary, touches }
    }
}

/// The first characters of a line as it is shown: without those that can't be seen or that
/// change the direction of others. The joiners that some scripts need stay.
fn shown(line: &str, max_chars: usize) -> String {
    let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let line: String = line.chars().filter(|c| !is_invisible(*c) || is_joiner(*c)).collect();
    let line = line.trim_matches(|c: char| c.is_whitespace() || is_joiner(c));
    match line.char_indices().nth(max_chars) {
        None => line.to_owned(),
        Some(_) => {
            let kept: String = line.chars().take(max_chars - 1).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// `None` when it can't be read or is too large to compare.
fn read_page(store: &Store, blob: BlobId) -> Option<Vec<u8>> {
    store.size(blob).ok().filter(|size| *size <= RENAME_MAX_PAGE_BYTES)?;
    store.read(blob).ok()
}

// Renames -----------------------------------------------------------------------------------

/// A file that goes or comes with a commit.
struct Loose {
    path: FilePath,
    blob: BlobId,
}

/// The key under which a move is recorded in the commit that makes it: `old -> new`.
pub const MOVED_TRAILER: &str = "Polder-Moved";

/// Takes the recorded moves out of what goes and what comes. A record that fits nothing which
/// the commit does is no record.
fn recorded(trailers: &[(String, String)], gone: &mut Vec<Loose>, came: &mut Vec<Loose>) -> Vec<(Loose, Loose)> {
    let mut found = Vec::new();
    for (_, value) in trailers.iter().filter(|(key, _)| key == MOVED_TRAILER) {
        let pairs = value.match_indices(" -> ").map(|(at, arrow)| (&value[..at], &value[at + arrow.len()..]));
        let position = |files: &[Loose], path: &str| files.iter().position(|file| file.path.as_str() == path);
        let fits = pairs.filter_map(|(old, new)| Some((position(gone, old)?, position(came, new)?))).next();
        if let Some((source, target)) = fits {
            found.push((gone.remove(source), came.remove(target)));
        }
    }
    found
}

/// Takes the renames out of what goes and what comes; both are sorted by path.
fn renames(
    gone: &mut Vec<Loose>,
    came: &mut Vec<Loose>,
    read: &mut dyn FnMut(BlobId) -> Option<Vec<u8>>,
) -> Vec<(Loose, Loose)> {
    let mut found = Vec::new();
    take_equal(gone, came, &|file| (file.blob, file.path.file_name()), &mut found);
    take_equal(gone, came, &|file| (file.blob, ""), &mut found);
    take_similar(gone, came, read, &mut found);
    found
}

/// Pairs files whose keys are equal, the first with the first.
fn take_equal(
    gone: &mut Vec<Loose>,
    came: &mut Vec<Loose>,
    key: &dyn Fn(&Loose) -> (BlobId, &str),
    found: &mut Vec<(Loose, Loose)>,
) {
    if gone.is_empty() || came.is_empty() {
        return;
    }
    let sorted = |files: &[Loose]| {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by(|a, b| key(&files[*a]).cmp(&key(&files[*b])));
        order
    };
    let (sources, targets) = (sorted(gone), sorted(came));
    let mut pairs = Vec::new();
    let (mut s, mut t) = (0, 0);
    while s < sources.len() && t < targets.len() {
        match key(&gone[sources[s]]).cmp(&key(&came[targets[t]])) {
            Ordering::Less => s += 1,
            Ordering::Greater => t += 1,
            Ordering::Equal => {
                pairs.push((sources[s], targets[t]));
                s += 1;
                t += 1;
            }
        }
    }
    take(gone, came, &pairs, found);
}

/// Pairs pages that share at least half of their text, the most alike first.
fn take_similar(
    gone: &mut Vec<Loose>,
    came: &mut Vec<Loose>,
    read: &mut dyn FnMut(BlobId) -> Option<Vec<u8>>,
    found: &mut Vec<(Loose, Loose)>,
) {
    let pages =
        |files: &[Loose]| (0..files.len()).filter(|at| files[*at].path.kind() == Kind::Page).collect::<Vec<usize>>();
    let (sources, targets) = (pages(gone), pages(came));
    let fits = |pages: &[usize]| (1..=RENAME_MAX_PAGES).contains(&pages.len());
    if !fits(&sources) || !fits(&targets) {
        return;
    }
    let mut n_bytes = 0;
    let mut texts = |pages: &[usize], files: &[Loose]| {
        let text_of = |page: &usize| {
            let text = read(files[*page].blob).unwrap_or_default();
            n_bytes += text.len();
            if n_bytes <= RENAME_MAX_COMMIT_BYTES { text } else { Vec::new() }
        };
        pages.iter().map(text_of).collect::<Vec<Vec<u8>>>()
    };
    let (source_texts, target_texts) = (texts(&sources, gone), texts(&targets, came));
    let mut numbers = FxHashMap::default();
    let source_lines: Vec<Lines> = source_texts.iter().map(|text| Lines::of(text, &mut numbers)).collect();
    let target_lines: Vec<Lines> = target_texts.iter().map(|text| Lines::of(text, &mut numbers)).collect();
    let mut candidates = Vec::new();
    for (source, a) in sources.iter().zip(&source_lines) {
        for (target, b) in targets.iter().zip(&target_lines) {
            let (shared, of) = (a.shared_with(b), a.n_bytes.max(b.n_bytes));
            if of > 0 && 2 * shared >= of {
                candidates.push((shared, of, *source, *target));
            }
        }
    }
    let renames_folder = |source: usize, target: usize| gone[source].path.file_name() == came[target].path.file_name();
    // Stable, so that what is alike stays in the order of the paths.
    candidates.sort_by(|(shared, of, source, target), (shared_b, of_b, source_b, target_b)| {
        let alike = (shared_b * of).cmp(&(shared * of_b));
        alike.then_with(|| renames_folder(*source_b, *target_b).cmp(&renames_folder(*source, *target)))
    });
    let (mut used_sources, mut used_targets) = (BTreeSet::new(), BTreeSet::new());
    let mut pairs = Vec::new();
    for (_, _, source, target) in candidates {
        if !used_sources.contains(&source) && !used_targets.contains(&target) {
            used_sources.insert(source);
            used_targets.insert(target);
            pairs.push((source, target));
        }
    }
    take(gone, came, &pairs, found);
}

/// Moves pairs of places out of both lists; the order of what stays is kept.
fn take(gone: &mut Vec<Loose>, came: &mut Vec<Loose>, pairs: &[(usize, usize)], found: &mut Vec<(Loose, Loose)>) {
    if pairs.is_empty() {
        return;
    }
    let mut sources: Vec<Option<Loose>> = gone.drain(..).map(Some).collect();
    let mut targets: Vec<Option<Loose>> = came.drain(..).map(Some).collect();
    for (source, target) in pairs {
        found.extend(sources[*source].take().zip(targets[*target].take()));
    }
    gone.extend(sources.into_iter().flatten());
    came.extend(targets.into_iter().flatten());
}

/// How often each line stands in a text, without regard to their order, to blank lines, or to
/// blanks at the end of a line.
struct Lines {
    /// The number of the line, its bytes, how often; sorted by number.
    lines: Vec<(u32, u32, u32)>,
    n_bytes: u64,
}

impl Lines {
    fn of<'t>(text: &'t [u8], numbers: &mut FxHashMap<&'t [u8], u32>) -> Lines {
        let mut lines: Vec<(u32, u32, u32)> = Vec::new();
        for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty()) {
            let fresh = number(numbers.len());
            lines.push((*numbers.entry(line).or_insert(fresh), number(line.len()), 1));
        }
        lines.sort_unstable();
        let n_bytes = lines.iter().map(|(_, bytes, _)| u64::from(*bytes)).sum();
        lines.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            kept.2 += u32::from(is_same);
            is_same
        });
        Lines { lines, n_bytes }
    }

    /// The bytes of the lines that both have.
    fn shared_with(&self, other: &Lines) -> u64 {
        let (mut a, mut b) = (0, 0);
        let mut shared = 0;
        while let (Some((x, bytes, n)), Some((y, _, m))) = (self.lines.get(a), other.lines.get(b)) {
            if x == y {
                shared += u64::from(*bytes) * u64::from(*n.min(m));
            }
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        shared
    }
}

// The cache file ----------------------------------------------------------------------------

/// What the cache file holds after its mark and check sum: what marks can't be derived without.
#[derive(Serialize, Deserialize)]
struct Saved<'a> {
    #[serde(borrow)]
    paths: Vec<&'a str>,
    #[serde(borrow)]
    authors: Vec<&'a str>,
    summaries: &'a str,
    commits: Vec<SavedCommit>,
    parents: Vec<u32>,
    touches: Vec<(u32, Act<u32>)>,
}

#[derive(Serialize, Deserialize)]
struct SavedCommit {
    id: CommitId,
    time_s: i64,
    offset_min: i32,
    author: u32,
    n_parents: u32,
    n_touches: u32,
    summary_bytes: u32,
}

impl History {
    fn load_cache(file: &Path) -> Option<History> {
        Some(History::around(decode(&fs::read(file).ok()?)?))
    }

    /// The bytes of the cache file. Equal for equal histories.
    fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let table = self.table();
        let commits = &table.commits[..self.upto];
        let touches = &table.touches[..commits.last().map_or(0, |commit| commit.touches_end as usize)];
        let numbers = touches.iter().flat_map(|(file, act)| match act {
            Act::From(source) => [*file, *source],
            Act::Added | Act::Changed | Act::Gone => [*file, *file],
        });
        let n_files = numbers.max().map_or(0, |last| last as usize + 1);
        let n_authors = commits.iter().map(|commit| commit.author as usize + 1).max().unwrap_or(0);
        let saved_commit = |place: usize| SavedCommit {
            id: commits[place].id,
            time_s: commits[place].time_s,
            offset_min: commits[place].offset_min,
            author: commits[place].author,
            n_parents: number(table.parents_of(place).len()),
            n_touches: number(table.touches_of(place).len()),
            summary_bytes: number(table.summary_of(place).len()),
        };
        let saved = Saved {
            paths: table.files[..n_files].iter().map(|file| file.path.as_str()).collect(),
            authors: table.authors[..n_authors].iter().map(|name| &**name).collect(),
            summaries: &table.summaries[..commits.last().map_or(0, |commit| commit.summary_end)],
            commits: (0..self.upto).map(saved_commit).collect(),
            parents: table.parents[..commits.last().map_or(0, |commit| commit.parents_end as usize)].to_vec(),
            touches: touches.to_vec(),
        };
        let mut bytes = CACHE_MARK.to_vec();
        bytes.extend_from_slice(&[0; 8]);
        let mut bytes = postcard::to_extend(&saved, bytes)?;
        let sum = check_sum(&bytes[CACHE_MARK.len() + 8..]);
        bytes[CACHE_MARK.len()..CACHE_MARK.len() + 8].copy_from_slice(&sum);
        Ok(bytes)
    }
}

/// `None` for anything that `encode` did not write.
fn decode(bytes: &[u8]) -> Option<Table> {
    let (sum, rest) = bytes.strip_prefix(CACHE_MARK)?.split_first_chunk::<8>()?;
    if *sum != check_sum(rest) {
        return None;
    }
    let saved: Saved<'_> = postcard::from_bytes(rest).ok()?;
    let counts =
        [saved.commits.len(), saved.parents.len(), saved.touches.len(), saved.paths.len(), saved.authors.len()];
    if counts.into_iter().any(|n| n >= NUMBER_MAX) {
        return None;
    }
    let mut table = Table::default();
    table.by_id.reserve(saved.commits.len());
    table.commits.reserve(saved.commits.len());
    for path in &saved.paths {
        table.file(&FilePath::parse(path).ok()?);
    }
    for author in &saved.authors {
        table.author(author);
    }
    let (n_files, n_authors) = (table.files.len(), table.authors.len());
    let is_file = |file: &u32| (*file as usize) < n_files;
    let mut parents = saved.parents.as_slice();
    let mut touches = saved.touches.as_slice();
    let mut summaries = saved.summaries;
    for (place, commit) in saved.commits.iter().enumerate() {
        let (own_parents, rest) = parents.split_at_checked(commit.n_parents as usize)?;
        parents = rest;
        let (own_touches, rest) = touches.split_at_checked(commit.n_touches as usize)?;
        touches = rest;
        let (summary, rest) = summaries.split_at_checked(commit.summary_bytes as usize)?;
        summaries = rest;
        let parents_known = own_parents.iter().all(|parent| (*parent as usize) < place);
        let files_known = own_touches.iter().all(|(file, act)| match act {
            Act::From(source) => is_file(file) && is_file(source) && file != source,
            Act::Added | Act::Changed | Act::Gone => is_file(file),
        });
        if !parents_known || !files_known || commit.author as usize >= n_authors {
            return None;
        }
        table.parents.extend_from_slice(own_parents);
        table.touches.extend_from_slice(own_touches);
        table.finish(commit.id, commit.time_s, commit.offset_min, commit.author, summary);
    }
    let is_whole = table.by_id.len() == table.commits.len() && table.files.len() == saved.paths.len();
    is_whole.then_some(table)
}

/// Tells damage, not malice: FNV-1a over words of eight bytes.
fn check_sum(bytes: &[u8]) -> [u8; 8] {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64 ^ bytes.len() as u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        // So that high bits reach the low ones too.
        sum ^= sum >> 32;
    }
    sum.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::sync::Once;

    use tempfile::TempDir;

    use super::*;

    /// A repository that is written by `git fast-import`.
    struct Repo {
        dir: TempDir,
        store: Store,
        commits: Vec<CommitId>,
    }

    impl Repo {
        fn new() -> Repo {
            static PREPARED: Once = Once::new();
            PREPARED.call_once(|| {
                let dir = TempDir::new().expect("a temporary folder");
                polder_store::prepare(&dir.keep()).expect("prepared");
            });
            let dir = TempDir::new().expect("a temporary folder");
            let store = Store::create(&dir.path().join("wiki.git")).expect("created");
            Repo { dir, store, commits: Vec::new() }
        }

        /// Makes a commit on the commits with these numbers; gives its own.
        fn commit(&mut self, parents: &[usize], time_s: i64, edits: &[&str]) -> usize {
            self.import(&[(parents.to_vec(), time_s, edits.iter().map(|edit| (*edit).to_owned()).collect())]);
            self.commits.len() - 1
        }

        /// Parents by number, time, and edits: `path=text`, `-path`, `old>new`.
        fn import(&mut self, drafts: &[(Vec<usize>, i64, Vec<String>)]) {
            let n_before = self.commits.len();
            let mut script = String::from("feature done\n");
            let name = |commits: &[CommitId], parent: usize| match commits.get(parent) {
                Some(id) => id.to_string(),
                None => format!(":{}", parent + 1),
            };
            for (n, (parents, time_s, edits)) in drafts.iter().enumerate() {
                let n = n_before + n;
                // Each on a branch of its own, so that no older commit is lost.
                let message = format!("Commit {n}");
                script += &format!("commit refs/heads/c{n}\nmark :{}\n", n + 1);
                for role in ["author", "committer"] {
                    script += &format!("{role} Author {} <a@example.org> {time_s} +0100\n", n % 5);
                }
                script += &format!("data {}\n{message}\n", message.len());
                for (at, parent) in parents.iter().enumerate() {
                    script += &format!("{} {}\n", if at == 0 { "from" } else { "merge" }, name(&self.commits, *parent));
                }
                for edit in edits {
                    if let Some(path) = edit.strip_prefix('-') {
                        script += &format!("D {path}\n");
                    } else if let Some((path, text)) = edit.split_once('=') {
                        script += &format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
                    } else if let Some((old, new)) = edit.split_once('>') {
                        script += &format!("R {old} {new}\n");
                    }
                }
            }
            script += "done\n";
            self.git(&["fast-import", "--quiet", "--force", "--export-marks=marks"], &script);
            let marks = fs::read_to_string(self.store.git_dir().join("marks")).expect("marks");
            let mut ids: Vec<(usize, CommitId)> = marks
                .lines()
                .filter_map(|line| {
                    let (mark, id) = line.strip_prefix(':')?.split_once(' ')?;
                    Some((mark.parse().ok()?, CommitId::parse(id)?))
                })
                .collect();
            ids.sort_unstable();
            self.commits.extend(ids.into_iter().map(|(_, id)| id));
            assert_eq!(self.commits.len(), n_before + drafts.len());
        }

        fn git(&self, args: &[&str], input: &str) -> String {
            let mut child = Command::new("git")
                .args(args)
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .current_dir(self.store.git_dir())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("git runs");
            io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("fed");
            let output = child.wait_with_output().expect("ended");
            assert!(output.status.success(), "git {args:?}");
            String::from_utf8(output.stdout).expect("text")
        }

        fn id(&self, number: usize) -> Option<CommitId> {
            Some(self.commits[number])
        }

        fn whole(&self, number: usize) -> History {
            History::build(&self.store, self.id(number), None, &|_| {}).expect("built")
        }
    }

    fn path(text: &str) -> FilePath {
        FilePath::parse(text).expect("a path")
    }

    /// Short words for a page's history, newest first, such as `3:R a.md>b.md`.
    fn story(repo: &Repo, history: &History, at: &str) -> Vec<String> {
        let rows = history.of(&path(at), 0, 1_000);
        assert_eq!(rows.rows.len(), rows.total);
        rows.rows.iter().map(|row| told(repo, row)).collect()
    }

    fn told(repo: &Repo, row: &Row) -> String {
        let number = repo.commits.iter().position(|id| *id == row.id).expect("a commit");
        format!("{number}:{}", deed(&row.path, &row.what))
    }

    fn deed(path: &FilePath, what: &What) -> String {
        match what {
            What::Created => format!("C {path}"),
            What::Edited => format!("E {path}"),
            What::Deleted => format!("D {path}"),
            What::Renamed { from } => format!("R {from}>{path}"),
        }
    }

    const LONG: &str = "# Dike\nThe first line of text\nThe second line of text\nThe third line of text\n";

    #[test]
    fn history_follows_a_page_through_renames_and_gaps() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &[&format!("a.md={LONG}"), "other.md=other"]);
        repo.commit(&[0], 11, &[&format!("a.md={LONG}more")]);
        repo.commit(&[1], 12, &["a.md>plan/b.md"]);
        repo.commit(&[2], 13, &["other.md=changed"]);
        // Moved and edited in one commit.
        repo.commit(&[3], 14, &["-plan/b.md", &format!("plan/c.md={LONG}quite another end")]);
        repo.commit(&[4], 15, &["-plan/c.md"]);
        repo.commit(&[5], 16, &["plan/c.md=made again"]);
        let tip = repo.commit(&[6], 17, &["a.md=another page"]);
        let history = repo.whole(tip);
        assert_eq!(history.tip(), repo.id(tip));
        assert_eq!(
            story(&repo, &history, "plan/c.md"),
            ["6:C plan/c.md", "5:D plan/c.md", "4:R plan/b.md>plan/c.md", "2:R a.md>plan/b.md", "1:E a.md", "0:C a.md"]
        );
        assert_eq!(story(&repo, &history, "a.md"), ["7:C a.md"], "a new page begins with its making");
        assert_eq!(story(&repo, &history, "plan/b.md"), ["2:R a.md>plan/b.md", "1:E a.md", "0:C a.md"]);
        assert_eq!(story(&repo, &history, "none.md"), [""; 0]);
        let page = history.of(&path("plan/c.md"), 2, 2);
        assert_eq!((page.rows.len(), page.total), (2, 6));
        assert_eq!(told(&repo, &page.rows[1]), "2:R a.md>plan/b.md");
        let last = history.last(&path("other.md")).expect("a row");
        assert_eq!(
            (last.time_s, last.offset_min, last.author.as_str(), last.summary.as_str()),
            (13, 60, "Author 3", "Commit 3")
        );

        let moved = |from: &str| history.moved_to(&path(from)).map(|to| to.to_string());
        assert_eq!(moved("a.md").as_deref(), Some("plan/c.md"));
        assert_eq!(moved("plan/b.md").as_deref(), Some("plan/c.md"));
        assert_eq!([moved("plan/c.md"), moved("other.md"), moved("none.md")], [None, None, None]);

        let commit = |number: usize| repo.commits[number];
        let near = |at: &str, number: usize| {
            let told = |row: Option<Row>| row.map_or_else(|| "none".to_owned(), |row| told(&repo, &row));
            [told(history.before(&path(at), commit(number))), told(history.after(&path(at), commit(number)))]
        };
        assert_eq!(near("plan/c.md", 2), ["1:E a.md", "4:R plan/b.md>plan/c.md"]);
        assert_eq!(near("plan/c.md", 3), ["2:R a.md>plan/b.md", "4:R plan/b.md>plan/c.md"]);
        assert_eq!(near("plan/b.md", 2), ["1:E a.md", "4:R plan/b.md>plan/c.md"], "forward through a move");
        assert_eq!(near("a.md", 1), ["0:C a.md", "2:R a.md>plan/b.md"], "the page that was there then");
        assert_eq!(near("a.md", 7), ["none", "none"]);
        assert_eq!(near("other.md", 5), ["3:E other.md", "none"]);
        assert_eq!(near("none.md", 5), ["none", "none"]);
        assert_eq!(history.before(&path("a.md"), CommitId([7; 20])), None);
        assert_eq!(history.commit(commit(3)).map(|facts| facts.summary).as_deref(), Some("Commit 3"));
        assert_eq!(history.commit(CommitId([7; 20])), None);
    }

    #[test]
    fn recent_changes_leave_out_comments_and_other_folders() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &["a.md=one", "plan/b.md=two", "planning/c.md=three"]);
        repo.commit(&[0], 11, &[".polder/talk/a/1.md=hello"]);
        repo.commit(&[1], 12, &[]);
        repo.commit(&[2], 13, &["planning/c.md=four", ".polder/talk/a/2.md=hello"]);
        let tip = repo.commit(&[3], 14, &["plan/b.md>b.md"]);
        let history = repo.whole(tip);
        let recent = |folder: Option<&str>, from, count| {
            let changes = history.recent(folder, from, count);
            let told = changes.iter().map(|change| {
                assert_eq!(change.touched.len(), change.n_touched);
                let deeds: Vec<String> = change.touched.iter().map(|(path, what)| deed(path, what)).collect();
                format!("{}: {}", change.commit.summary, deeds.join(", "))
            });
            told.collect::<Vec<String>>()
        };
        let all = [
            "Commit 4: R plan/b.md>b.md",
            "Commit 3: E planning/c.md",
            "Commit 0: C a.md, C plan/b.md, C planning/c.md",
        ];
        assert_eq!(recent(None, 0, 10), all);
        assert_eq!(recent(Some("/"), 1, 1), all[1..2]);
        assert_eq!(recent(Some("plan"), 0, 10), ["Commit 4: R plan/b.md>b.md", "Commit 0: C plan/b.md"]);
        assert_eq!(recent(Some("planning/"), 0, 10), ["Commit 3: E planning/c.md", "Commit 0: C planning/c.md"]);
        assert_eq!(recent(Some("none"), 0, 10), [""; 0]);

        let many: Vec<String> = (0..CHANGE_MAX_FILES + 7).map(|n| format!("many/{n}.md=text {n}")).collect();
        let many = repo.commit(&[tip], 15, &many.iter().map(String::as_str).collect::<Vec<_>>());
        let change = &repo.whole(many).recent(None, 0, 1)[0];
        assert_eq!((change.touched.len(), change.n_touched), (CHANGE_MAX_FILES, CHANGE_MAX_FILES + 7));
    }

    #[test]
    fn a_page_that_was_moved_round_ends_where_it_is() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &["a.md=text of a page"]);
        repo.commit(&[0], 11, &["a.md>b.md"]);
        let back = repo.commit(&[1], 12, &["b.md>a.md"]);
        let history = repo.whole(back);
        assert_eq!(history.moved_to(&path("a.md")), None);
        assert_eq!(history.moved_to(&path("b.md")), Some(path("a.md")));
        assert_eq!(story(&repo, &history, "a.md"), ["2:R b.md>a.md", "1:R a.md>b.md", "0:C a.md"]);
        // Two pages change places; git sees two edits.
        repo.commit(&[back], 13, &["x.md=quite another text"]);
        let swapped = repo.commit(&[3], 14, &["x.md=text of a page", "a.md=quite another text"]);
        let history = repo.whole(swapped);
        assert_eq!(history.moved_to(&path("x.md")), None);
        assert_eq!(story(&repo, &history, "x.md"), ["4:E x.md", "3:C x.md"]);
    }

    #[test]
    fn an_edit_on_another_line_of_commits_is_not_lost_by_a_move() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &[&format!("a.md={LONG}")]);
        let moved = repo.commit(&[0], 11, &["a.md>b.md"]);
        let edited = repo.commit(&[0], 12, &[&format!("a.md={LONG}more")]);
        let later = repo.commit(&[edited], 13, &[&format!("a.md={LONG}more and more")]);
        let merged = format!("b.md={LONG}more and more, merged");
        for parents in [[moved, later], [later, moved]] {
            let merge = repo.commit(&parents, 14, &[&merged, "-a.md"]);
            let history = repo.whole(merge);
            let expected = [&format!("{merge}:E b.md"), "3:E a.md", "2:E a.md", "1:R a.md>b.md", "0:C a.md"];
            assert_eq!(story(&repo, &history, "b.md"), expected);
            let row = |row: Option<Row>| row.map(|row| told(&repo, &row));
            assert_eq!(row(history.before(&path("b.md"), repo.commits[later])).as_deref(), Some("2:E a.md"));
            assert_eq!(row(history.after(&path("b.md"), repo.commits[moved])).as_deref(), Some("2:E a.md"));
            assert_eq!(history.of(&path("b.md"), 1, 2).rows.len(), 2);
        }
    }

    #[test]
    fn both_of_two_moves_of_one_page_know_its_past() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &["a.md=text of a page"]);
        repo.commit(&[0], 11, &["a.md>b.md"]);
        repo.commit(&[0], 12, &["a.md>c.md"]);
        let merge = repo.commit(&[1, 2], 13, &["c.md=text of a page"]);
        let history = repo.whole(merge);
        assert_eq!(story(&repo, &history, "b.md"), ["1:R a.md>b.md", "0:C a.md"]);
        assert_eq!(story(&repo, &history, "c.md"), ["2:R a.md>c.md", "0:C a.md"]);
        assert_eq!(history.moved_to(&path("a.md")), Some(path("c.md")));
    }

    /// INV-2: the order and all that follows from it depend on nothing but the graph.
    #[test]
    fn growing_step_by_step_equals_reading_from_nothing() {
        for seed in 1..=6 {
            let mut chance = Chance(seed);
            let mut repo = Repo::new();
            let n_commits = 60;
            let mut drafts: Vec<(Vec<usize>, i64, Vec<String>)> = Vec::new();
            let mut files: Vec<BTreeSet<String>> = Vec::new();
            for n in 0..n_commits {
                let mut parents = Vec::new();
                if n > 0 && chance.below(25) > 0 {
                    parents.push(if chance.below(3) > 0 { n - 1 } else { chance.below(n) });
                    while chance.below(4) == 0 && parents.len() < 4 {
                        let other = chance.below(n);
                        if !parents.contains(&other) {
                            parents.push(other);
                        }
                    }
                }
                let mut own = parents.first().map_or_else(BTreeSet::new, |first| files[*first].clone());
                let mut edits = Vec::new();
                for _ in 0..chance.below(4) {
                    let present: Vec<&String> = own.iter().collect();
                    let any = (!present.is_empty()).then(|| present[chance.below(present.len())].clone());
                    let fresh = format!("{}/{}.md", chance.below(2), chance.below(6));
                    match (chance.below(4), any) {
                        (0, Some(old)) if !own.contains(&fresh) => {
                            edits.push(format!("{old}>{fresh}"));
                            own.remove(&old);
                            own.insert(fresh);
                        }
                        (1, Some(old)) => {
                            edits.push(format!("-{old}"));
                            own.remove(&old);
                        }
                        (_, Some(old)) if chance.below(2) == 0 => {
                            edits.push(format!("{old}={LONG}{}", chance.below(9)))
                        }
                        _ => {
                            edits.push(format!("{fresh}={LONG}{}", chance.below(9)));
                            own.insert(fresh);
                        }
                    }
                }
                files.push(own);
                // Clocks that stand still and go back.
                drafts.push((parents, 100 + chance.below(n / 2 + 1) as i64, edits));
            }
            repo.import(&drafts);
            let mut grown = History::empty();
            let mut before: Option<(History, Vec<u8>)> = None;
            for step in 0..n_commits + 20 {
                // First in order, with leaps; then anywhere, back too.
                let tip = if step < n_commits {
                    step.saturating_sub(chance.below(2) * chance.below(4))
                } else {
                    chance.below(n_commits)
                };
                grown = grown.grown(&repo.store, repo.id(tip)).expect("grown");
                let whole = repo.whole(tip);
                let bytes = whole.encode().expect("encoded");
                assert_eq!(grown.encode().expect("encoded"), bytes, "seed {seed}, tip {tip}");
                assert_eq!(grown.tip(), repo.id(tip));
                let decoded = History::around(decode(&bytes).expect("decoded"));
                assert_eq!(decoded.encode().expect("encoded"), bytes);
                for file in whole.table().files.iter().map(|file| &file.path) {
                    let rows = grown.of(file, 0, 100);
                    assert_eq!(rows, whole.of(file, 0, 100));
                    assert_eq!(rows, decoded.of(file, 0, 100));
                    assert_eq!(rows.total, rows.rows.len());
                    assert_eq!(grown.moved_to(file), whole.moved_to(file));
                }
                for place in 0..whole.len() {
                    let n =
                        repo.commits.iter().position(|id| *id == whole.table().commits[place].id).expect("a commit");
                    let n_parents = whole.table().parents_of(place).len();
                    assert_eq!(n_parents, drafts[n].0.len(), "parents come before children");
                }
                for n in 0..n_commits {
                    let listed = grown.commit(repo.commits[n]).is_some();
                    assert_eq!(listed, repo.store.is_ancestor(repo.commits[n], repo.commits[tip]).expect("known"));
                }
                assert_eq!(grown.recent(Some("1"), 0, 100), whole.recent(Some("1"), 0, 100));
                if let Some((snapshot, bytes)) = before.replace((grown.clone(), bytes)) {
                    assert_eq!(snapshot.encode().expect("encoded"), bytes, "an old snapshot stays as it was");
                }
            }
        }
    }

    #[test]
    fn a_straight_history_names_the_commits_that_git_names() {
        let mut chance = Chance(99);
        let mut repo = Repo::new();
        let mut drafts = Vec::new();
        for n in 0..WALK_MAX_COMMITS * 3 {
            let edits = (0..chance.below(3)).map(|_| format!("{}.txt={}", chance.below(20), chance.below(1_000)));
            drafts.push((n.checked_sub(1).into_iter().collect(), 100 + n as i64, edits.collect()));
        }
        repo.import(&drafts);
        let tip = drafts.len() - 1;
        let early = repo.whole(5);
        // Too many for one by one.
        let history = early.grown(&repo.store, repo.id(tip)).expect("grown");
        assert!(Arc::ptr_eq(&early.log, &history.log), "a chain is appended");
        assert_eq!(history.encode().expect("encoded"), repo.whole(tip).encode().expect("encoded"));
        assert_eq!((early.len(), history.len()), (6, drafts.len()));
        let tip_id = repo.commits[tip].to_string();
        for n in 0..20 {
            let file = format!("{n}.txt");
            let by_git = repo.git(&["log", "--no-renames", "--format=%H", &tip_id, "--", &file], "");
            let rows = history.of(&path(&file), 0, 1_000).rows;
            let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
            assert_eq!(ids, by_git.lines().collect::<Vec<_>>());
        }
        assert_eq!(early.commit(repo.commits[tip]), None, "what came later is not in a snapshot");
    }

    #[test]
    fn two_that_grow_at_once_both_get_their_own() {
        let mut repo = Repo::new();
        let mut drafts: Vec<(Vec<usize>, i64, Vec<String>)> = vec![(vec![], 1, vec!["a.md=0".to_owned()])];
        for n in 1..40 {
            drafts.push((vec![n - 1], n as i64, vec![format!("a.md={n}")]));
        }
        // Twenty more beside them, on the first.
        for n in 40..60 {
            drafts.push((vec![if n == 40 { 0 } else { n - 1 }], n as i64, vec![format!("b.md={n}")]));
        }
        repo.import(&drafts);
        let start = repo.whole(0);
        std::thread::scope(|scope| {
            for range in [0..40, 40..60, 0..40] {
                let (start, repo) = (start.clone(), &repo);
                scope.spawn(move || {
                    let mut history = start;
                    for n in range {
                        history = history.grown(&repo.store, repo.id(n)).expect("grown");
                        assert_eq!(history.encode().expect("encoded"), repo.whole(n).encode().expect("encoded"));
                    }
                });
            }
        });
        assert_eq!(start.of(&path("a.md"), 0, 9).total, 1);
        assert_eq!(start.recent(None, 0, 9).len(), 1);
    }

    #[test]
    fn a_cache_is_used_grown_and_ignored_when_damaged() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &[&format!("a.md={LONG}"), "b.md=two"]);
        repo.commit(&[0], 11, &["a.md>c.md"]);
        repo.commit(&[1], 12, &["b.md=three"]);
        repo.commit(&[0], 13, &["b.md=elsewhere"]);
        let file = repo.dir.path().join("cache/history");
        let n_read = std::cell::Cell::new(0);
        let progress = |n: usize| n_read.set(n);
        let build = |number: usize| {
            n_read.set(0);
            let history = History::build(&repo.store, repo.id(number), Some(&file), &progress).expect("built");
            assert_eq!(history.encode().expect("encoded"), repo.whole(number).encode().expect("encoded"));
            assert_eq!(fs::read(&file).expect("a cache"), history.encode().expect("encoded"));
            n_read.get()
        };
        assert_eq!(build(1), 2, "read whole");
        assert_eq!(build(1), 0, "read from the cache");
        assert_eq!(build(2), 0, "grown from the cache");
        assert_eq!(build(3), 2, "not made on what the cache holds");
        let good = fs::read(&file).expect("a cache");
        for at in 0..good.len() {
            assert!(decode(&good[..at]).is_none(), "cut at {at}");
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            assert!(decode(&bad).is_none(), "changed at {at}");
        }
        fs::write(&file, &good[..good.len() / 2]).expect("damaged");
        assert_eq!(build(3), 2, "read whole");
        fs::remove_file(&file).expect("removed");
        fs::create_dir(&file).expect("in the way");
        assert_eq!(History::build(&repo.store, repo.id(3), Some(&file), &progress).expect("built").len(), 2);
        let left: Vec<_> = fs::read_dir(repo.dir.path().join("cache")).expect("listed").collect();
        assert_eq!(left.len(), 1, "nothing half written stays");
    }

    #[test]
    fn a_cache_of_a_shallow_clone_is_not_used_when_it_is_made_whole() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &["a.md=one"]);
        repo.commit(&[0], 11, &["a.md=two"]);
        let tip = repo.commit(&[1], 12, &["a.md=three"]);
        let (from, to) = (format!("file://{}", repo.store.git_dir().display()), repo.dir.path().join("clone"));
        let to_text = to.display().to_string();
        repo.git(&["clone", "--quiet", "--bare", "--depth=2", "--branch=c2", &from, &to_text], "");
        let file = repo.dir.path().join("cache");
        let len = || {
            let store = Store::open(&to).expect("opened");
            History::build(&store, repo.id(tip), Some(&file), &|_| {}).expect("built").len()
        };
        assert_eq!(len(), 2);
        repo.git(&["--git-dir", &to_text, "fetch", "--quiet", "--unshallow", &from, "c2"], "");
        assert_eq!([len(), len()], [3, 3]);
    }

    /// INV-9: a cache whose sum is right but whose numbers are not is refused or harmless.
    #[test]
    fn numbers_that_lead_nowhere_are_refused() {
        let mut repo = Repo::new();
        repo.commit(&[], 10, &["a.md=some text", "b.md=two"]);
        repo.commit(&[0], 11, &["a.md>c.md"]);
        let tip = repo.commit(&[1], 12, &["c.md>a.md"]);
        let good = repo.whole(tip).encode().expect("encoded");
        for at in CACHE_MARK.len() + 8..good.len() {
            for value in [0, 1, 2, 3, 4, 5, 0x7f, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let sum = check_sum(&bad[CACHE_MARK.len() + 8..]);
                bad[CACHE_MARK.len()..CACHE_MARK.len() + 8].copy_from_slice(&sum);
                let Some(table) = decode(&bad) else { continue };
                let history = History::around(table);
                for file in ["a.md", "b.md", "c.md"].map(path) {
                    history.of(&file, 0, 10);
                    history.moved_to(&file);
                    for id in &repo.commits {
                        history.before(&file, *id);
                        history.after(&file, *id);
                    }
                }
                history.recent(None, 0, 10);
            }
        }
    }

    #[test]
    fn an_empty_repository_has_an_empty_history() {
        let repo = Repo::new();
        let history = History::build(&repo.store, None, None, &|_| {}).expect("built");
        assert!(history.is_empty());
        assert_eq!((history.tip(), history.last(&path("a.md"))), (None, None));
        assert!(history.recent(None, 0, 10).is_empty());
        assert!(history.grown(&repo.store, Some(CommitId([3; 20]))).is_err(), "no such commit");
        let cleared = history.grown(&repo.store, None).expect("empty");
        assert_eq!(cleared.encode().expect("encoded"), history.encode().expect("encoded"));
    }

    /// Finds renames among `path=text` without a repository; equal texts are equal blobs.
    fn found(gone: &[&str], came: &[&str]) -> Vec<String> {
        let mut texts: FxHashMap<BlobId, Vec<u8>> = FxHashMap::default();
        let mut loose = |files: &[&str]| {
            let mut files: Vec<Loose> = files
                .iter()
                .map(|file| {
                    let (name, text) = file.split_once('=').expect("path=text");
                    let mut blob = BlobId([0; 20]);
                    blob.0[..8].copy_from_slice(&check_sum(text.as_bytes()));
                    texts.insert(blob, text.as_bytes().to_vec());
                    Loose { path: path(name), blob }
                })
                .collect();
            files.sort_by(|a, b| a.path.cmp(&b.path));
            files
        };
        let (mut gone, mut came) = (loose(gone), loose(came));
        let n_files = gone.len() + came.len();
        let pairs = renames(&mut gone, &mut came, &mut |blob| texts.get(&blob).cloned());
        assert_eq!(n_files, gone.len() + came.len() + 2 * pairs.len());
        let mut told: Vec<String> =
            pairs.iter().map(|(source, target)| format!("{}>{}", source.path, target.path)).collect();
        told.sort();
        told
    }

    #[test]
    fn renames_are_paired_the_same_way_every_time() {
        assert_eq!(found(&["a.md=x"], &["b.txt=x"]), ["a.md>b.txt"], "the same bytes, whatever the kind");
        assert_eq!(found(&["a.md=x"], &["b.md=y"]), [""; 0]);
        // The same name goes first, then the order of the paths.
        assert_eq!(
            found(&["1/x.md=s", "1/y.md=s", "1/z.md=s"], &["2/a.md=s", "2/y.md=s", "2/z.md=s"]),
            ["1/x.md>2/a.md", "1/y.md>2/y.md", "1/z.md>2/z.md"]
        );
        assert_eq!(found(&["1.md=s", "2.md=s"], &["3.md=s"]), ["1.md>3.md"]);
        // Half of the text, counted in bytes of lines; line ends and order do not count.
        assert_eq!(found(&["a.md=aaaa\nbbbb"], &["b.md=bbbb\r\n\ncccc\n"]), ["a.md>b.md"]);
        assert_eq!(found(&["a.md=aaaaa\nbbbb"], &["b.md=bbbb\nccccc"]), [""; 0]);
        assert_eq!(
            found(&["a.md=aa\naa\naa\naa"], &["b.md=aa\nb1\nb2\nb3"]),
            [""; 0],
            "a line counts as often as it stands"
        );
        assert_eq!(found(&["a.txt=aaaa\nbbbb"], &["b.txt=aaaa\nbbbb\n"]), [""; 0], "pages only");
        assert_eq!(found(&["a.md="], &["b.md=\n"]), [""; 0], "nothing is not like nothing");
        // The most alike first, whatever the order of the paths.
        assert_eq!(
            found(
                &["a.md=1111\n2222\n3333", "b.md=1111\n2222\n4444"],
                &["c.md=1111\n2222\n4444\n5", "d.md=1111\n2222\n6666"]
            ),
            ["a.md>d.md", "b.md>c.md"]
        );
        assert_eq!(
            found(&["1/a.md=1111\n2", "1/b.md=1111\n3"], &["2/a.md=1111\n4", "2/b.md=1111\n5"]),
            ["1/a.md>2/a.md", "1/b.md>2/b.md"],
            "among the equally alike the same name goes first"
        );
        let many: Vec<String> = (0..=RENAME_MAX_PAGES).map(|n| format!("{n}.md=aaaa\n{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(found(&many[1..], &["new.md=aaaa\nn"]).len(), 1);
        assert_eq!(found(&many, &["new.md=aaaa\nn"]), [""; 0], "too many to compare");
    }

    #[test]
    fn names_are_shown_without_what_cannot_be_seen() {
        assert_eq!(shown(" An\u{202e}ne\u{7} \u{200b}", 100), "Anne");
        assert_eq!(
            shown("\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{62f}", 100),
            "\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{62f}"
        );
        assert_eq!(shown("\u{200d}", 100), "");
        assert_eq!(shown("één twee", 4), "één…");
        assert_eq!(shown("één", 3), "één");
    }

    #[test]
    fn a_commit_that_names_a_file_twice_does_no_harm() {
        let mut table = Table::default();
        for n in 1..4u8 {
            let touches = vec![
                (path("a.md"), Act::From(path("a.md"))),
                (path("a.md"), Act::Gone),
                (path("b.md"), Act::From(path("a.md"))),
            ];
            let parents = (n > 1).then_some(CommitId([n - 1; 20])).into_iter().collect();
            let (author, summary) = (String::new(), String::new());
            let entry = Entry { id: CommitId([n; 20]), parents, time_s: 0, offset_min: 0, author, summary, touches };
            table.push(&entry).expect("room");
        }
        let history = History::around(table);
        for file in ["a.md", "b.md"].map(path) {
            history.of(&file, 0, 10);
            history.moved_to(&file);
            history.before(&file, CommitId([2; 20]));
            history.after(&file, CommitId([2; 20]));
        }
    }

    /// Chance that is the same in every run (xorshift).
    struct Chance(u64);

    impl Chance {
        fn below(&mut self, n: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
        }
    }
}
