//! Which commits touched which file, through renames, in memory.
//!
//! A `History` is a cheap snapshot of a log that only grows: a save appends one commit, and
//! snapshots taken before it stay as they were. The order of commits is a pure function of their
//! graph: parents before children, and of those that could come next the oldest, then the
//! smallest id. So a history that grew step by step equals one that was read from nothing
//! (INV-2). When the new commits are no chain on the old tip (a merge was pushed, the branch was
//! rewound), a new log is made, and only commits that are not known yet are read.
//!
//! `table` holds the log, `commit` reads one commit and finds what was renamed in it, `cache` keeps
//! all for the next start. Author names are as written in the commit; who may see what is not judged
//! here. A clone that was shallow and is made whole is noticed when the history is built next, not
//! by `grown`.

mod cache;
mod commit;
pub mod narrow;
mod table;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::{fmt, fs, io};

use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_store::{Store, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};
use tracing::warn;

use self::commit::Entry;
use self::table::{Act, Table, number};

pub use self::commit::MOVED_TRAILER;

/// Up to so many new commits are read one by one; for more, a git process is worth starting.
const WALK_MAX_COMMITS: usize = 64;

/// Files named of one change in a list; the rest is counted.
const CHANGE_MAX_FILES: usize = 50;

/// Commits, files and touches are numbered in 32 bits. Half of those, since a rename is two
/// marks.
const NUMBER_MAX: usize = u32::MAX as usize / 2;

/// Commits between two calls of `progress`.
const PROGRESS_EVERY: usize = 500;

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

    /// The first commit of the main line.
    pub fn first(&self) -> Option<CommitId> {
        let table = self.table();
        let mut at = self.upto.checked_sub(1)?;
        while let Some(parent) = table.parents_of(at).first() {
            at = *parent as usize;
        }
        Some(table.commits[at].id)
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

    /// Where the page that is at `path` now, or was there last, stood after `commit`; `None` when it was
    /// not there then, whatever stood at its path.
    pub fn path_at(&self, path: &FilePath, commit: CommitId) -> Option<FilePath> {
        let table = self.table();
        let past = table.past(number(self.place(&table, commit)?));
        let life = table.latest(path, self.upto).map(|end| table.life(end, self.upto))?;
        let stood = life.iter().filter_map(|stay| {
            let marks = &table.files[stay.file as usize].marks[stay.marks.clone()];
            let last = marks.iter().rev().find(|mark| past.has(mark.commit))?;
            // Where it was moved away it stands elsewhere, and where it was deleted nowhere.
            last.is_there().then_some((last.commit, stay.file))
        });
        let (_, file) = stood.max_by_key(|(commit, _)| *commit)?;
        Some(table.files[file as usize].path.clone())
    }

    /// Where the page is now, or was last, that stood at `path` after `commit`; `None` when none did.
    pub fn path_now(&self, path: &FilePath, commit: CommitId) -> Option<FilePath> {
        let table = self.table();
        let past = table.past(number(self.place(&table, commit)?));
        let (file, at) = table.last_in(path, &past, self.upto)?;
        if !table.files[file as usize].marks[at].is_there() {
            return None;
        }
        let (end, _) = table.settled((file, at), self.upto);
        Some(table.files[end as usize].path.clone())
    }

    /// Whether a page or file stood at an address, or below it, after a commit. `is_meant` judges the
    /// addresses of all files, so ask only where looking one up does not do.
    pub fn has_any(&self, commit: CommitId, is_meant: &dyn Fn(&FilePath) -> bool) -> bool {
        let table = self.table();
        let Some(place) = self.place(&table, commit) else { return false };
        let past = table.past(number(place));
        table.files.iter().filter(|file| is_meant(&file.path)).any(|file| {
            let last = file.marks[..file.n_marks(self.upto)].iter().rev().find(|mark| past.has(mark.commit));
            last.is_some_and(table::Mark::is_there)
        })
    }

    /// Whether another page stood at `path` after the one commit than after the other.
    pub fn is_another(&self, path: &FilePath, one: CommitId, other: CommitId) -> bool {
        let has_turns = {
            let table = self.table();
            table.by_path.get(path).is_some_and(|file| !table.files[*file as usize].turns.is_empty())
        };
        // Most paths are of one page for as long as there is anything at them.
        has_turns && self.path_now(path, one) != self.path_now(path, other)
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
        let n_rows = |stay: &table::Stay| {
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

    /// The commit of which `hex` is the beginning, if there is just one.
    pub fn begins(&self, hex: &str) -> Option<CommitId> {
        let table = self.table();
        let mut found = table.commits[..self.upto].iter().filter(|commit| commit.id.to_string().starts_with(hex));
        let first = found.next()?.id;
        found.next().is_none().then_some(first)
    }

    /// Whether a commit touched the file at `path`.
    pub fn touched(&self, id: CommitId, path: &FilePath) -> bool {
        let table = self.table();
        let (Some(place), Some(file)) = (self.place(&table, id), table.by_path.get(path)) else { return false };
        table.files[*file as usize].at(number(place)).is_some()
    }

    /// Where a commit stands in the order of all, from 0; `None` when it is not on the branch.
    pub fn order_of(&self, id: CommitId) -> Option<usize> {
        self.place(&self.table(), id)
    }

    /// All commits, newest first.
    pub fn newest_first(&self) -> Vec<CommitId> {
        self.table().commits[..self.upto].iter().rev().map(|commit| commit.id).collect()
    }

    /// The pages that a commit moved: from where, and to where.
    pub fn moves_in(&self, id: CommitId) -> Vec<(FilePath, FilePath)> {
        let table = self.table();
        let Some(place) = self.place(&table, id) else { return Vec::new() };
        let path = |file: u32| table.files[file as usize].path.clone();
        let moved = table.touches_of(place).iter().filter_map(|(file, act)| match act {
            Act::From(source) => Some((path(*source), path(*file))),
            _ => None,
        });
        moved.collect()
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

#[cfg(test)]
mod tests;
