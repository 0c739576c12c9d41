//! The files of one git tree: path to blob id, sorted; and comparing two of them.
//!
//! Holds no contents. Names that break the rule of `path` are kept apart as `odd`, so that they
//! can be shown but never written.

use std::cmp::Ordering;

use crate::ids::BlobId;
use crate::path::FilePath;

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub path: FilePath,
    pub blob: BlobId,
}

/// A name in the tree that is not a `FilePath`, or not a regular file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OddName {
    /// As in git, with invalid UTF-8 and control characters replaced.
    pub shown: String,
    pub why: OddKind,
}

/// Why a name is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OddKind {
    Name,
    Symlink,
    Submodule,
}

/// All files of one tree, sorted by path; paths are unique.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    entries: Vec<Entry>,
    pub odd: Vec<OddName>,
}

/// How one file differs between two manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: FilePath,
    pub old: Option<BlobId>,
    pub new: Option<BlobId>,
}

impl Manifest {
    /// Sorts the entries; of entries with the same path the last one stays.
    pub fn new(mut entries: Vec<Entry>, mut odd: Vec<OddName>) -> Manifest {
        entries.reverse();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|later, kept| later.path == kept.path);
        odd.sort();
        odd.dedup();
        Manifest { entries, odd }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, path: &str) -> Option<BlobId> {
        self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok().map(|at| self.entries[at].blob)
    }

    /// This manifest with `changes` made to it.
    pub fn changed(&self, changes: &[Change], odd: Vec<OddName>) -> Manifest {
        let mut sorted: Vec<&Change> = changes.iter().collect();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        let mut entries = Vec::with_capacity(self.entries.len() + sorted.len());
        let mut rest = self.entries.as_slice();
        for change in sorted {
            let before = rest.partition_point(|entry| entry.path < change.path);
            entries.extend_from_slice(&rest[..before]);
            rest = &rest[before..];
            if rest.first().is_some_and(|entry| entry.path == change.path) {
                rest = &rest[1..];
            }
            if let Some(blob) = change.new {
                entries.push(Entry { path: change.path.clone(), blob });
            }
        }
        entries.extend_from_slice(rest);
        Manifest { entries, odd }
    }

    /// The files that `is_kept` names, and the odd names whose shown form it names.
    pub fn only(&self, is_kept: &mut dyn FnMut(&FilePath) -> bool, is_odd_kept: &dyn Fn(&str) -> bool) -> Manifest {
        let entries = self.entries.iter().filter(|entry| is_kept(&entry.path)).cloned().collect();
        Manifest { entries, odd: self.odd.iter().filter(|odd| is_odd_kept(&odd.shown)).cloned().collect() }
    }

    /// What must change to get from `self` to `new`, sorted by path.
    pub fn changes_to(&self, new: &Manifest) -> Vec<Change> {
        let (mut a, mut b) = (self.entries.iter().peekable(), new.entries.iter().peekable());
        let mut changes = Vec::new();
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return changes,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(x), Some(y)) => x.path.cmp(&y.path),
            };
            let old = if order != Ordering::Greater { a.next() } else { None };
            let new = if order != Ordering::Less { b.next() } else { None };
            if old.map(|e| e.blob) != new.map(|e| e.blob)
                && let Some(entry) = old.or(new)
            {
                changes.push(Change { path: entry.path.clone(), old: old.map(|e| e.blob), new: new.map(|e| e.blob) });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &[(&str, u8)]) -> Manifest {
        let entries = files
            .iter()
            .map(|(path, blob)| Entry { path: FilePath::parse(path).expect("a good path"), blob: BlobId([*blob; 20]) })
            .collect();
        Manifest::new(entries, Vec::new())
    }

    #[test]
    fn the_changes_between_two_manifests_lead_from_one_to_the_other() {
        let old = manifest(&[("a.md", 1), ("b/c.md", 2), ("d.md", 3)]);
        let new = manifest(&[("a.md", 9), ("b/e.md", 2), ("d.md", 3)]);
        let changes = old.changes_to(&new);
        assert_eq!(changes.len(), 3);
        assert_eq!(old.changed(&changes, Vec::new()), new);
        assert_eq!(new.changed(&new.changes_to(&old), Vec::new()), old);
    }
}
