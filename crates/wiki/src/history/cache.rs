//! The file in which a history waits for the next start.

use std::fs;
use std::path::Path;

use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use serde::{Deserialize, Serialize};

use super::table::{Act, Table, number};
use super::{History, NUMBER_MAX};

/// First bytes of a cache file. The number counts changes of the format and of the rules by
/// which renames are found.
pub(super) const CACHE_MARK: &[u8; 16] = b"polder history 1";

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
    pub(super) fn load_cache(file: &Path) -> Option<History> {
        Some(History::around(decode(&fs::read(file).ok()?)?))
    }

    /// The bytes of the cache file. Equal for equal histories.
    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
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
pub(super) fn decode(bytes: &[u8]) -> Option<Table> {
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
pub(super) fn check_sum(bytes: &[u8]) -> [u8; 8] {
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
