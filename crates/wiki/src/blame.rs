//! Who wrote each line of a page last, kept by the commit that changed the page last.
//!
//! Git tells it; where git takes a moved page for a new one and the history does not, the lines that
//! came along are looked up once more, in the page as it was before the move.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polder_core::diff;
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::path::FilePath;
use polder_store::{Run, StoreError};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::history::{History, What};
use crate::kept::Kept;
use crate::wiki::Wiki;
use crate::world::World;

/// Bytes of kept answers.
const BLAMES_KEPT: usize = 8 * 1024 * 1024;

/// Git processes that read lines at the same time. Others are told to come back.
const AT_ONCE: usize = 4;

/// Moves that git did not see, in the past of one page.
const MOVES_MAX: usize = 20;

/// What is seen of the wiki, the commit that changed the page last, its bytes, and where it lay.
type Key = (u64, CommitId, BlobId, FilePath);

/// What was told before, and how many are being told.
#[derive(Debug)]
pub struct Blames {
    kept: Kept<Key, Arc<[Run]>>,
    n_running: AtomicUsize,
}

/// Why it is not told.
#[derive(Debug)]
pub enum BlameError {
    /// The history is still being read.
    Reading,
    /// Others are being told just now.
    Busy,
    /// The page is too large, or git took too long over it.
    TooMuch,
    Store(StoreError),
}

impl From<StoreError> for BlameError {
    fn from(error: StoreError) -> BlameError {
        match error {
            StoreError::TooLarge(_) | StoreError::TookTooLong(_) => BlameError::TooMuch,
            error => BlameError::Store(error),
        }
    }
}

impl Default for Blames {
    fn default() -> Blames {
        Blames { kept: Kept::new(BLAMES_KEPT), n_running: AtomicUsize::new(0) }
    }
}

/// One of those that run; counted off when it ends, however it ends.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(n_running: &'a AtomicUsize) -> Option<Turn<'a>> {
        let turn = Turn(n_running);
        (n_running.fetch_add(1, Ordering::Relaxed) < AT_ONCE).then_some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Wiki {
    /// Who wrote the lines of the page that lies at `path` in `commit` and holds `blob` there: in the
    /// order of the page, without gaps, by lines that end in a line feed.
    pub fn blame(
        &self,
        world: &World,
        commit: CommitId,
        path: &FilePath,
        blob: BlobId,
    ) -> Result<Arc<[Run]>, BlameError> {
        let history = world.history.as_ref().ok_or(BlameError::Reading)?;
        // On another line of commits the page may have been changed later and otherwise.
        let changed = match history.up_to(path, commit) {
            Some(row) if row.path == *path && self.store().file_at(row.id, path.as_str())? == Some(blob) => row.id,
            _ => commit,
        };
        let key = (world.class(), changed, blob, path.clone());
        if let Some(runs) = self.blames.kept.get(&key) {
            return Ok(runs);
        }
        if self.store().size(blob)? > limits::RENDER_MAX_BYTES {
            return Err(BlameError::TooMuch);
        }
        let _turn = Turn::take(&self.blames.n_running).ok_or(BlameError::Busy)?;
        let whole = world.whole().history.as_ref().ok_or(BlameError::Reading)?;
        let mut runs = self.runs(whole, changed, path, MOVES_MAX)?;
        if world.is_narrow() {
            runs = self.seen_runs(world, history, changed, path, blob, &runs)?;
        }
        let runs: Arc<[Run]> = runs.into();
        self.blames.kept.put(key, Arc::clone(&runs), size_of_val(&*runs) + 256);
        Ok(runs)
    }

    /// The same as those see it who know nothing of what the page was before it came to where they see
    /// it: what is older came with that.
    fn seen_runs(
        &self,
        world: &World,
        history: &History,
        commit: CommitId,
        path: &FilePath,
        blob: BlobId,
        runs: &[Run],
    ) -> Result<Vec<Run>, StoreError> {
        let now = history.path_now(path, commit).unwrap_or_else(|| path.clone());
        let rows = history.of(&now, 0, usize::MAX).rows;
        let Some(came) = rows.last() else { return Ok(Vec::new()) };
        let known: FxHashSet<CommitId> = rows.iter().map(|row| row.id).collect();
        if runs.iter().all(|run| known.contains(&run.commit)) {
            return Ok(runs.to_vec());
        }
        let first = self.file_at(world, came.id, came.path.as_str())?;
        let difference = match first {
            Some(first) if self.store().size(first)? <= limits::RENDER_MAX_BYTES => {
                diff::lines(&self.read_text(first)?, &self.read_text(blob)?)
            }
            _ => diff::lines("", ""),
        };
        let then: FxHashMap<u32, u32> =
            (difference.rows.iter()).filter_map(|row| Some((row.new_line?, row.old_line?))).collect();
        let mut seen: Vec<Run> = Vec::new();
        for run in runs {
            if known.contains(&run.commit) {
                seen.push(*run);
                continue;
            }
            for line in run.line..run.line.saturating_add(run.n_lines) {
                let line_then = then.get(&line).copied().unwrap_or(line);
                match seen.last_mut() {
                    Some(last)
                        if last.commit == came.id
                            && last.line + last.n_lines == line
                            && last.line_then + last.n_lines == line_then =>
                    {
                        last.n_lines += 1;
                    }
                    _ => seen.push(Run { commit: came.id, line, line_then, n_lines: 1 }),
                }
            }
        }
        Ok(seen)
    }

    fn runs(
        &self,
        history: &History,
        commit: CommitId,
        path: &FilePath,
        moves_left: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let runs = self.store().blame(commit, path)?;
        // Where git stopped, nothing is older.
        let first = runs.iter().map(|run| run.commit).min_by_key(|commit| history.number_of(*commit));
        let Some((first, row)) = first.and_then(|first| Some((first, history.up_to(path, first)?))) else {
            return Ok(runs);
        };
        let (What::Renamed { from }, true, Some(parent)) =
            (&row.what, row.id == first && moves_left > 0, history.parents(first).first().copied())
        else {
            return Ok(runs);
        };
        let (old, new) =
            (self.store().file_at(parent, from.as_str())?, self.store().file_at(first, row.path.as_str())?);
        let (Some(old), Some(new)) = (old, new) else { return Ok(runs) };
        if self.store().size(old)?.max(self.store().size(new)?) > limits::RENDER_MAX_BYTES {
            return Ok(runs);
        }
        let difference = diff::lines(&self.read_text(old)?, &self.read_text(new)?);
        let came_along: FxHashMap<u32, u32> = difference
            .rows
            .iter()
            .filter(|row| row.kind == diff::RowKind::Equal)
            .filter_map(|row| Some((row.new_line?, row.old_line?)))
            .collect();
        if came_along.is_empty() {
            return Ok(runs);
        }
        let before = self.runs(history, parent, from, moves_left - 1)?;
        Ok(mended(&runs, first, &came_along, &before))
    }
}

/// The runs, with the lines that `moved` only took along told as they were before it. `came_along`
/// leads from lines after the move to lines before it.
fn mended(runs: &[Run], moved: CommitId, came_along: &FxHashMap<u32, u32>, before: &[Run]) -> Vec<Run> {
    let mut mended: Vec<Run> = Vec::with_capacity(runs.len());
    let one = |run: &Run, nth: u32| Run {
        commit: run.commit,
        line: run.line.saturating_add(nth),
        line_then: run.line_then.saturating_add(nth),
        n_lines: 1,
    };
    for run in runs {
        if run.commit != moved {
            mended.push(*run);
            continue;
        }
        for nth in 0..run.n_lines {
            let line = one(run, nth);
            let older = came_along.get(&line.line_then).and_then(|old| {
                let at = before.partition_point(|run| run.line <= *old).checked_sub(1)?;
                let run = before.get(at).filter(|run| old - run.line < run.n_lines)?;
                Some(one(run, old - run.line))
            });
            let line = older.map_or(line, |older| Run { line: line.line, ..older });
            match mended.last_mut() {
                Some(last)
                    if last.commit == line.commit
                        && last.line.checked_add(last.n_lines) == Some(line.line)
                        && last.line_then.checked_add(last.n_lines) == Some(line.line_then) =>
                {
                    last.n_lines = last.n_lines.saturating_add(1);
                }
                _ => mended.push(line),
            }
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_a_move_took_along_are_told_as_before_it() {
        let run =
            |commit: u8, line, line_then, n_lines| Run { commit: CommitId([commit; 20]), line, line_then, n_lines };
        let runs = [run(3, 1, 1, 4), run(4, 5, 9, 1), run(3, 6, 5, 1)];
        let before = [run(1, 1, 1, 2), run(2, 3, 7, 2)];
        let came_along = FxHashMap::from_iter([(1, 1), (2, 2), (4, 3), (5, 4)]);
        let told = mended(&runs, CommitId([3; 20]), &came_along, &before);
        assert_eq!(told, [run(1, 1, 1, 2), run(3, 3, 3, 1), run(2, 4, 7, 1), run(4, 5, 9, 1), run(2, 6, 8, 1)]);
        assert_eq!(mended(&runs, CommitId([9; 20]), &came_along, &before), runs);
        // A table that leads past the end changes nothing.
        let astray = FxHashMap::from_iter([(1, 40), (2, 0)]);
        let told = mended(&runs[..1], CommitId([3; 20]), &astray, &before);
        assert_eq!(told, [run(3, 1, 1, 4)]);
    }

    #[test]
    fn only_so_many_run_at_once() {
        let n_running = AtomicUsize::new(0);
        let turns: Vec<_> = (0..AT_ONCE).map(|_| Turn::take(&n_running).expect("free")).collect();
        assert!(Turn::take(&n_running).is_none());
        drop(turns);
        assert!(Turn::take(&n_running).is_some());
        assert_eq!(n_running.load(Ordering::Relaxed), 0);
    }
}
