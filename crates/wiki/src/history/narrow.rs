//! The history that a class of readers sees: as if what they may not read had never been written.
//!
//! It is a history of its own, made from the whole one by leaving out files. So nothing that asks it
//! must know of rules, and nothing can be forgotten there (INV-4). Which paths may be read is for
//! the caller to say.
//!
//! A line of a page's history is left out when its path may not be read, or when the page went on to
//! where it may not be read: today's rules must allow both. A commit of which nothing is left is left
//! out, and one of which a part is left out says nothing of itself but when and by whom.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_store::StoreError;
use rustc_hash::FxHashSet;

use super::History;
use super::commit::Entry;
use super::table::{Act, Past, Table, number};

/// What stands for the summary of a commit of which a part is left out.
pub const CUT: &str = "…";

/// Commits looked at to know whether a merge brought anything. Branches are merged after some dozens
/// of commits elsewhere; each merge of a long history costs this at most, some 20 µs.
const BEHIND_MAX_COMMITS: usize = 1_000;

/// A history, and what of it a class of readers sees.
#[derive(Clone, Debug)]
pub struct Narrowed {
    whole: History,
    pub history: History,
    /// Differs between those of which one is not the other grown: what was seen may be hidden by now.
    pub mark: u64,
    files: Vec<Sight>,
    /// For each commit of the whole history, the last one on its main line, itself included, that is
    /// left: its place among those, and one.
    nearest: Vec<u32>,
}

/// What is seen of one path.
#[derive(Clone, Debug)]
enum Sight {
    All,
    Nothing,
    /// All but these marks: of pages that went on to where they are not seen.
    But(Vec<Range<usize>>),
}

impl History {
    /// What is seen of this history by those who may read what `may` says. `before` is the same of an
    /// earlier state with the same `may`, which costs less to go on from.
    pub fn narrowed(&self, before: Option<&Narrowed>, may: &dyn Fn(&str) -> bool) -> Result<Narrowed, StoreError> {
        match before.and_then(|before| before.grown(self, may)) {
            Some(grown) => grown,
            None => self.narrowed_whole(may),
        }
    }

    fn narrowed_whole(&self, may: &dyn Fn(&str) -> bool) -> Result<Narrowed, StoreError> {
        let table = self.table();
        let files: Vec<Sight> =
            (0..table.files.len()).map(|file| Sight::of(&table, number(file), self.upto, may)).collect();
        let mut narrow = Table::default();
        let mut nearest = Vec::with_capacity(self.upto);
        for place in 0..self.upto {
            let last = left(&table, place, &files, &nearest, &mut narrow)?;
            nearest.push(last);
        }
        drop(table);
        static MARKS: AtomicU64 = AtomicU64::new(1);
        let mark = MARKS.fetch_add(1, Ordering::Relaxed);
        Ok(Narrowed { whole: self.clone(), history: History::around(narrow), mark, files, nearest })
    }
}

impl Narrowed {
    /// The last commit that is left at or before a commit of the whole history. The files that are seen
    /// are the same in both.
    pub fn nearest(&self, commit: CommitId) -> Option<CommitId> {
        let place = self.whole.place(&self.whole.table(), commit)?;
        let left = self.nearest.get(place)?.checked_sub(1)?;
        Some(self.history.table().commits.get(left as usize)?.id)
    }

    /// Whether there ever was a file at `path`.
    pub fn knows(&self, path: &FilePath) -> bool {
        self.whole.table().by_path.contains_key(path)
    }

    /// Whether the file that was at `path` after a commit is not seen. What no commit of the branch
    /// tells of is not seen.
    pub fn hides(&self, path: &FilePath, commit: CommitId) -> bool {
        self.at(commit).is_none_or(|then| self.hides_then(path, &then))
    }

    /// A commit to ask about many files.
    pub(crate) fn at(&self, commit: CommitId) -> Option<Past> {
        let table = self.whole.table();
        let place = self.whole.place(&table, commit)?;
        Some(table.past(number(place)))
    }

    pub(crate) fn hides_then(&self, path: &FilePath, then: &Past) -> bool {
        let table = self.whole.table();
        let Some(file) = table.by_path.get(path) else { return true };
        match self.files.get(*file as usize) {
            Some(Sight::All) => false,
            Some(Sight::Nothing) | None => true,
            Some(Sight::But(hidden)) => {
                let last = table.last_in(path, then, self.whole.upto);
                last.is_none_or(|(_, last)| hidden.iter().any(|range| range.contains(&last)))
            }
        }
    }

    /// The same for a later state of the same history, if it only grew by a chain of commits that moved
    /// nothing: a move may hide what was seen before.
    fn grown(&self, whole: &History, may: &dyn Fn(&str) -> bool) -> Option<Result<Narrowed, StoreError>> {
        if !Arc::ptr_eq(&self.whole.log, &whole.log) || whole.upto < self.whole.upto {
            return None;
        }
        let table = whole.table();
        let fresh = self.whole.upto..whole.upto;
        let is_plain = |place: usize| {
            table.parents_of(place).len() == 1
                && !table.touches_of(place).iter().any(|(_, act)| matches!(act, Act::From(_)))
        };
        if !fresh.clone().all(is_plain) {
            return None;
        }
        // Others may have gone on from the same state; the narrow table must end where this one does.
        let mut narrow = self.history.log.table.write().unwrap_or_else(PoisonError::into_inner);
        if narrow.commits.len() != self.history.upto {
            return None;
        }
        let mut files = self.files.clone();
        let known = files.len();
        files.extend((known..table.files.len()).map(|file| Sight::of(&table, number(file), whole.upto, may)));
        let mut nearest = self.nearest.clone();
        for place in fresh {
            match left(&table, place, &files, &nearest, &mut narrow) {
                Ok(last) => nearest.push(last),
                Err(error) => return Some(Err(error)),
            }
        }
        let upto = narrow.commits.len();
        drop(narrow);
        let history = History { log: Arc::clone(&self.history.log), upto };
        Some(Ok(Narrowed { whole: whole.clone(), history, mark: self.mark, files, nearest }))
    }
}

impl Sight {
    fn of(table: &Table, file: u32, upto: usize, may: &dyn Fn(&str) -> bool) -> Sight {
        let of = &table.files[file as usize];
        if !may(of.path.as_str()) {
            return Sight::Nothing;
        }
        let n_marks = of.n_marks(upto);
        let leaves = of.turns.iter().map(|turn| *turn as usize).filter(|turn| *turn < n_marks && of.leaves_at(*turn));
        let hidden: Vec<Range<usize>> = leaves
            .filter(|turn| {
                let (end, _) = table.settled((file, *turn), upto);
                !may(table.files[end as usize].path.as_str())
            })
            .map(|turn| of.stay(turn, upto))
            .collect();
        if hidden.is_empty() { Sight::All } else { Sight::But(hidden) }
    }
}

/// Puts what is left of a commit into `narrow`. Gives the place, and one, of the last commit on its main
/// line that is left; nought for none.
fn left(table: &Table, place: usize, files: &[Sight], nearest: &[u32], narrow: &mut Table) -> Result<u32, StoreError> {
    let is_seen = |file: u32| match &files[file as usize] {
        Sight::All => true,
        Sight::Nothing => false,
        Sight::But(hidden) => {
            let at = table.files[file as usize].at(number(place));
            at.is_some_and(|at| !hidden.iter().any(|range| range.contains(&at)))
        }
    };
    let path = |file: u32| table.files[file as usize].path.clone();
    let mut touches = Vec::new();
    // What a merge says may be about what it brings in, of which it touches nothing itself.
    let mut is_cut = table.parents_of(place).len() > 1;
    for (file, act) in table.touches_of(place) {
        let (file, is_shown) = (*file, is_seen(*file));
        let Act::From(source) = act else {
            is_cut |= !is_shown;
            touches.extend(is_shown.then(|| (path(file), act.map(|source| path(*source)))));
            continue;
        };
        let was_shown = is_seen(*source);
        is_cut |= !is_shown || !was_shown;
        match (was_shown, is_shown) {
            (true, true) => touches.push((path(file), Act::From(path(*source)))),
            (false, true) => touches.push((path(file), Act::Added)),
            (true, false) => touches.push((path(*source), Act::Gone)),
            (false, false) => {}
        }
    }
    let mut parents: Vec<u32> = Vec::new();
    for parent in table.parents_of(place) {
        let last = nearest[*parent as usize];
        if last > 0 && !parents.contains(&last) {
            parents.push(last);
        }
    }
    // A branch of which nothing is left was never begun, and so never merged.
    if let Some((main, others)) = parents.split_first() {
        let merged = others.iter().filter(|other| !is_behind(narrow, **other, *main)).copied();
        parents = std::iter::once(*main).chain(merged).collect();
    }
    let on_main = table.parents_of(place).first().map_or(0, |parent| nearest[*parent as usize]);
    if touches.is_empty() && parents.len() < 2 {
        return Ok(on_main);
    }
    let facts = table.facts(place);
    narrow.push(&Entry {
        id: facts.id,
        parents: parents.iter().map(|last| narrow.commits[*last as usize - 1].id).collect(),
        time_s: facts.time_s,
        offset_min: facts.offset_min,
        author: facts.author,
        summary: if is_cut { CUT.to_owned() } else { facts.summary },
        touches,
    })?;
    Ok(number(narrow.commits.len()))
}

/// Whether the commit at `behind` is an ancestor of that at `tip`; both places, and one. Looks at so
/// many commits between them and then says no: a merge is told of at worst that brought nothing.
fn is_behind(narrow: &Table, behind: u32, tip: u32) -> bool {
    let (mut waiting, mut seen) = (vec![tip - 1], FxHashSet::default());
    while let Some(place) = waiting.pop() {
        if place + 1 == behind {
            return true;
        }
        // Parents stand before their children.
        if place + 1 < behind || !seen.insert(place) {
            continue;
        }
        if seen.len() > BEHIND_MAX_COMMITS {
            return false;
        }
        waiting.extend(narrow.parents_of(place as usize));
    }
    false
}
