//! The log in memory: commits in their order, and of each path what happened to it.
//!
//! Everything is a number into a table, so that a hundred thousand commits are some megabytes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_store::StoreError;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::commit::Entry;
use super::{Facts, NUMBER_MAX, Row, What};

/// Commits in an order that has parents before children, and what follows from it for files.
/// Files and authors are numbered in the order in which they first appear.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) commits: Vec<Commit>,
    /// Those of the first commit, then of the second, and so on; also the next two.
    pub(super) parents: Vec<u32>,
    pub(super) touches: Vec<(u32, Act<u32>)>,
    pub(super) summaries: String,
    pub(super) authors: Vec<Arc<str>>,
    pub(super) files: Vec<File>,
    pub(super) by_id: FxHashMap<CommitId, u32>,
    pub(super) by_path: FxHashMap<FilePath, u32>,
    by_author: FxHashMap<Arc<str>, u32>,
    /// Of each commit, whether one after it came from it.
    has_child: Vec<bool>,
    /// Commits that none came from so far.
    n_heads: usize,
}

#[derive(Clone)]
pub(super) struct Commit {
    pub(super) id: CommitId,
    pub(super) time_s: i64,
    pub(super) offset_min: i32,
    pub(super) author: u32,
    /// Where its part of the table's `parents`, `touches` and `summaries` ends.
    pub(super) parents_end: u32,
    pub(super) touches_end: u32,
    pub(super) summary_end: usize,
    /// Whether it came from all commits before it.
    knits: bool,
}

/// The commits that one came from, itself among them.
pub(crate) struct Past {
    /// All commits before this one.
    below: u32,
    /// Some of those after.
    others: FxHashSet<u32>,
}

impl Past {
    pub(super) fn has(&self, commit: u32) -> bool {
        commit < self.below || self.others.contains(&commit)
    }
}

/// What a commit did to a file, told by that commit alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Act<P> {
    Added,
    Changed,
    Gone,
    /// Added, and another file with (much of) the same in it is gone, which is not told apart.
    From(P),
}

/// One path and the commits that touched it.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: FilePath,
    /// In the order of commits.
    pub(super) marks: Vec<Mark>,
    /// The marks at which another page comes to this path, or one leaves it. Few.
    pub(super) turns: Vec<u32>,
    /// A page was moved away, and none came since.
    is_left: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) commit: u32,
    pub(super) trace: Trace,
}

/// What a commit did to a file, told in the light of the commits before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trace {
    Created,
    Edited,
    Deleted,
    From(u32),
    To(u32),
}

/// The marks of a file that are about one page, from its coming to its leaving. Those that
/// follow its leaving were made on another line of commits, where it had not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) file: u32,
    pub(super) marks: Range<usize>,
}

/// A file by its number, and one of its marks.
type MarkPlace = (u32, usize);

impl Mark {
    pub(super) fn is_row(&self) -> bool {
        !matches!(self.trace, Trace::To(_))
    }

    /// Whether a page stands at the path after it.
    pub(super) fn is_there(&self) -> bool {
        matches!(self.trace, Trace::Created | Trace::Edited | Trace::From(_))
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
        self.marks.last().is_some_and(Mark::is_there)
    }

    /// The marks that commits before `upto` made.
    pub(super) fn n_marks(&self, upto: usize) -> usize {
        self.marks.partition_point(|mark| (mark.commit as usize) < upto)
    }

    /// The mark that a commit made.
    pub(super) fn at(&self, commit: u32) -> Option<usize> {
        self.marks.binary_search_by_key(&commit, |mark| mark.commit).ok()
    }

    pub(super) fn leaves_at(&self, at: usize) -> bool {
        matches!(self.marks[at].trace, Trace::To(_))
    }

    /// The marks about the page that the mark `at` is about.
    pub(super) fn stay(&self, at: usize, upto: usize) -> Range<usize> {
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
    pub(super) fn push(&mut self, entry: &Entry) -> Result<(), StoreError> {
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
    pub(super) fn finish(&mut self, id: CommitId, time_s: i64, offset_min: i32, author: u32, summary: &str) {
        let place = number(self.commits.len());
        self.summaries.push_str(summary);
        self.by_id.insert(id, place);
        let starts = place.checked_sub(1).map_or(0, |before| self.commits[before as usize].parents_end);
        for parent in &self.parents[starts as usize..] {
            let had_child = std::mem::replace(&mut self.has_child[*parent as usize], true);
            self.n_heads -= usize::from(!had_child);
        }
        self.has_child.push(false);
        self.n_heads += 1;
        self.commits.push(Commit {
            id,
            time_s,
            offset_min,
            author,
            parents_end: number(self.parents.len()),
            touches_end: number(self.touches.len()),
            summary_end: self.summaries.len(),
            knits: self.n_heads == 1,
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

    pub(super) fn author(&mut self, name: &str) -> u32 {
        if let Some(author) = self.by_author.get(name) {
            return *author;
        }
        let (author, name) = (number(self.authors.len()), Arc::<str>::from(name));
        self.authors.push(Arc::clone(&name));
        self.by_author.insert(name, author);
        author
    }

    pub(super) fn file(&mut self, path: &FilePath) -> u32 {
        if let Some(file) = self.by_path.get(path) {
            return *file;
        }
        let file = number(self.files.len());
        self.files.push(File { path: path.clone(), marks: Vec::new(), turns: Vec::new(), is_left: false });
        self.by_path.insert(path.clone(), file);
        file
    }

    pub(super) fn parents_of(&self, commit: usize) -> &[u32] {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].parents_end);
        &self.parents[start as usize..self.commits[commit].parents_end as usize]
    }

    fn touches_range(&self, commit: usize) -> Range<usize> {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].touches_end);
        start as usize..self.commits[commit].touches_end as usize
    }

    pub(super) fn touches_of(&self, commit: usize) -> &[(u32, Act<u32>)] {
        &self.touches[self.touches_range(commit)]
    }

    pub(super) fn summary_of(&self, commit: usize) -> &str {
        let start = commit.checked_sub(1).map_or(0, |before| self.commits[before].summary_end);
        &self.summaries[start..self.commits[commit].summary_end]
    }

    /// The table of `tip` and its ancestors in the order that follows from their graph.
    pub(super) fn ordered(self, tip: CommitId) -> Table {
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

    /// The commits that one came from. On a single line of commits these are all before it.
    pub(super) fn past(&self, commit: u32) -> Past {
        let mut past = Past { below: 0, others: FxHashSet::default() };
        let mut ahead = BinaryHeap::from([commit]);
        while let Some(commit) = ahead.pop() {
            if self.commits[commit as usize].knits {
                past.below = commit + 1;
                break;
            }
            if past.others.insert(commit) {
                ahead.extend(self.parents_of(commit as usize));
            }
        }
        past
    }

    /// The last mark of a path that one of these commits made.
    pub(super) fn last_in(&self, path: &FilePath, past: &Past, upto: usize) -> Option<MarkPlace> {
        let (file, newest) = self.latest(path, upto)?;
        let marks = &self.files[file as usize].marks[..=newest];
        Some((file, marks.iter().rposition(|mark| past.has(mark.commit))?))
    }

    /// The last mark of a path.
    pub(super) fn latest(&self, path: &FilePath, upto: usize) -> Option<MarkPlace> {
        let file = *self.by_path.get(path)?;
        Some((file, self.files[file as usize].n_marks(upto).checked_sub(1)?))
    }

    /// Where the page stayed up to and including a mark, latest first.
    ///
    /// Each step goes to a mark of an earlier commit, so this ends.
    pub(super) fn life(&self, end: MarkPlace, upto: usize) -> Vec<Stay> {
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

    /// All stays of the page that was at `path` when `commit` was made. If none was, of the page that
    /// is there now, where that was elsewhere then; else of the one that was there last before it, or of
    /// the one that came.
    pub(super) fn life_at(&self, path: &FilePath, commit: u32, upto: usize) -> Option<Vec<Stay>> {
        let newest = self.latest(path, upto)?;
        let there = self.last_in(path, &self.past(commit), upto);
        if let Some((file, at)) = there.filter(|(file, at)| self.files[*file as usize].marks[*at].is_there()) {
            return Some(self.life(self.settled((file, at), upto), upto));
        }
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
    pub(super) fn settled(&self, start: MarkPlace, upto: usize) -> MarkPlace {
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

    pub(super) fn n_rows(&self, stay: &Stay) -> usize {
        let file = &self.files[stay.file as usize];
        let turns = file.turns.iter().map(|turn| *turn as usize);
        stay.marks.len() - turns.filter(|turn| stay.marks.contains(turn) && file.leaves_at(*turn)).count()
    }

    pub(super) fn marks_newest_first(&self, life: &[Stay], from: usize, count: usize) -> Vec<(u32, Mark)> {
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

    pub(super) fn row(&self, file: u32, mark: Mark) -> Row {
        let Facts { id, time_s, offset_min, author, summary } = self.facts(mark.commit as usize);
        let path = self.files[file as usize].path.clone();
        let what = self.what(mark.trace).expect("a mark of a leaving is no row");
        Row { id, time_s, offset_min, author, summary, path, what }
    }

    pub(super) fn what(&self, trace: Trace) -> Option<What> {
        match trace {
            Trace::Created => Some(What::Created),
            Trace::Edited => Some(What::Edited),
            Trace::Deleted => Some(What::Deleted),
            Trace::From(source) => Some(What::Renamed { from: self.files[source as usize].path.clone() }),
            Trace::To(_) => None,
        }
    }

    pub(super) fn facts(&self, commit: usize) -> Facts {
        let Commit { id, time_s, offset_min, author, .. } = self.commits[commit];
        let author = self.authors[author as usize].to_string();
        Facts { id, time_s, offset_min, author, summary: self.summary_of(commit).to_owned() }
    }
}

pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).expect("`push` and `decode` let nothing grow past 32 bits")
}

impl<P> Act<P> {
    pub(super) fn map<Q>(&self, mut source: impl FnMut(&P) -> Q) -> Act<Q> {
        match self {
            Act::Added => Act::Added,
            Act::Changed => Act::Changed,
            Act::Gone => Act::Gone,
            Act::From(path) => Act::From(source(path)),
        }
    }
}
