//! What history keeps of one commit, and which files were moved in it.
//!
//! A rename is the same bytes under another name, or for pages at least half of the same lines.
//! Copies are not found.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::path::{FilePath, Kind, is_invisible};
use polder_store::{LogEntry, Store};
use rustc_hash::FxHashMap;

use super::table::{Act, number};

/// Longest summary kept, in characters: what fits on a line of a list.
const SUMMARY_MAX_CHARS: usize = 200;

/// Pages that go, and pages that come, in one commit, that are still compared by their lines.
/// Every one is compared with every other.
pub(super) const RENAME_MAX_PAGES: usize = 50;

/// Larger pages, and pages after this much of one commit, are not compared by their lines, so
/// that no commit takes long to read.
const RENAME_MAX_PAGE_BYTES: usize = 512 * 1024;
const RENAME_MAX_COMMIT_BYTES: usize = 4 * 1024 * 1024;

/// What history keeps of one commit; a pure function of the commit.
pub(super) struct Entry {
    pub(super) id: CommitId,
    pub(super) parents: Vec<CommitId>,
    pub(super) time_s: i64,
    pub(super) offset_min: i32,
    pub(super) author: String,
    pub(super) summary: String,
    pub(super) touches: Vec<(FilePath, Act<FilePath>)>,
}

impl Entry {
    pub(super) fn of(store: &Store, log: LogEntry) -> Entry {
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
pub(super) fn shown(line: &str, max_chars: usize) -> String {
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

/// A file that goes or comes with a commit.
pub(super) struct Loose {
    pub(super) path: FilePath,
    pub(super) blob: BlobId,
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
pub(super) fn renames(
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
    pub(super) fn of<'t>(text: &'t [u8], numbers: &mut FxHashMap<&'t [u8], u32>) -> Lines {
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
