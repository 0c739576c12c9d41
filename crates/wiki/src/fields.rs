//! How the fields of a page changed: its history read commit by commit, a bounded part at a time.
//!
//! A commit is held against the one that it was made on, so that work on two lines of commits is not
//! told as going to and fro; of a merge only what differs from all its parents counts. What a commit
//! changed never changes, so it is kept. How values are spelled is not decided here.

use std::sync::Arc;

use polder_core::fields_changed::{self, How, field_changes};
use polder_core::front::{self, Front, Value};
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::path::FilePath;
use polder_store::StoreError;

use crate::history::{History, Row, What};
use crate::kept::Kept;
use crate::wiki::Wiki;
use crate::world::World;

/// Bytes of kept changes: those of some 50,000 commits.
const CHANGES_KEPT: usize = 16 * 1024 * 1024;

/// Frontmatters held while a history is read: the new one of a commit is mostly the old one of the
/// next.
const FRONTS_HELD: usize = 4;

/// Parents of a merge that are looked at.
const PARENTS_MAX: usize = 16;

/// What one commit did to the fields of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// What the page called its type before and after.
    pub old_type: Option<Box<str>>,
    pub new_type: Option<Box<str>>,
    pub fields: Vec<FieldChanged>,
}

/// One field that changed. Not both sides are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChanged {
    pub key: Box<str>,
    pub old: Option<Value>,
    pub new: Option<Value>,
    pub how: HowChanged,
}

/// As `fields_changed::How`.
#[derive(Clone, Debug, PartialEq)]
pub enum HowChanged {
    Came,
    Went,
    Became,
    Items { added: Vec<Value>, removed: Vec<Value> },
    Reordered,
}

/// A line of a page's history with what it did to the fields.
#[derive(Clone, Debug)]
pub struct FieldRow {
    pub row: Row,
    /// The commit that it is told against; `None` where the page was not there yet.
    pub before: Option<CommitId>,
    pub changed: Arc<Changed>,
}

/// A part of a page's field changes.
#[derive(Clone, Debug, Default)]
pub struct FieldLog {
    /// Lines with changes, newest first.
    pub rows: Vec<FieldRow>,
    /// Lines of the history that were read for it.
    pub n_read: usize,
    /// The oldest line that was read, when there are older ones.
    pub goes_on: Option<Row>,
}

/// How much of a history is read.
#[derive(Clone, Copy, Debug)]
pub struct Portion<'a> {
    /// Lines of the history passed over, from the newest.
    pub from: usize,
    /// Lines read at most.
    pub rows_max: usize,
    /// Changes after which no further line is read. Those of one commit are not parted.
    pub changes_max: usize,
    /// Only this field.
    pub only: Option<&'a str>,
}

#[derive(Debug)]
pub struct FieldLogs {
    kept: Kept<Asked, (Option<CommitId>, Arc<Changed>)>,
}

/// By the class of readers, the commit, and where the page was then.
type Asked = (u64, CommitId, FilePath);

impl Default for FieldLogs {
    fn default() -> FieldLogs {
        FieldLogs { kept: Kept::new(CHANGES_KEPT) }
    }
}

impl Wiki {
    /// A part of the field changes of the page that is, or was last, at `path`. `history` is
    /// that of the world.
    pub fn field_log(
        &self,
        world: &World,
        history: &History,
        path: &FilePath,
        portion: &Portion<'_>,
    ) -> Result<FieldLog, StoreError> {
        // One more than is read: it says whether there is more.
        let found = history.of(path, portion.from, portion.rows_max.saturating_add(1));
        let n_found = found.rows.len();
        let mut log = FieldLog::default();
        let mut fronts = Fronts::default();
        let mut n_changes = 0;
        for row in found.rows.into_iter().take(portion.rows_max) {
            log.n_read += 1;
            let (before, changed) = self.changed(world, history, &row, &mut fronts)?;
            let n_wanted = match portion.only {
                Some(key) => changed.fields.iter().filter(|field| *field.key == *key).count(),
                None => changed.fields.len(),
            };
            n_changes += n_wanted;
            let is_full = n_changes >= portion.changes_max;
            if (is_full || log.n_read == portion.rows_max) && log.n_read < n_found {
                log.goes_on = Some(row.clone());
            }
            if n_wanted > 0 {
                log.rows.push(FieldRow { row, before, changed });
            }
            if is_full {
                break;
            }
        }
        Ok(log)
    }

    /// What one line of a history did, and the commit that it is told against.
    fn changed(
        &self,
        world: &World,
        history: &History,
        row: &Row,
        fronts: &mut Fronts,
    ) -> Result<(Option<CommitId>, Arc<Changed>), StoreError> {
        let key = (world.class(), row.id, row.path.clone());
        if let Some(kept) = self.field_logs.kept.get(&key) {
            return Ok(kept);
        }
        let mut before = None;
        let mut changed = Changed::default();
        // That a page went is no change of its fields.
        if row.what != What::Deleted
            && let Some(new) = self.file_at(world, row.id, row.path.as_str())?
        {
            let new = fronts.of(self, new)?;
            let mut olds = Vec::new();
            for parent in history.parents(row.id).into_iter().take(PARENTS_MAX) {
                if let Some(old) = self.front_in(world, parent, row, fronts)? {
                    before = before.or(Some(parent));
                    olds.push(old);
                }
            }
            changed = changed_in(&olds, &new);
        }
        let kept = (before, Arc::new(changed));
        self.field_logs.kept.put(key, kept.clone(), weight(&kept.1));
        Ok(kept)
    }

    /// The frontmatter of a page before a line of its history.
    fn front_in(
        &self,
        world: &World,
        parent: CommitId,
        row: &Row,
        fronts: &mut Fronts,
    ) -> Result<Option<Arc<Front>>, StoreError> {
        let came_from = match &row.what {
            What::Renamed { from } => Some(from),
            _ => None,
        };
        for path in came_from.into_iter().chain([&row.path]) {
            if let Some(blob) = self.file_at(world, parent, path.as_str())? {
                return fronts.of(self, blob).map(Some);
            }
        }
        Ok(None)
    }
}

/// What leads from the frontmatters of the parents to the new one: told against the first, without
/// what is as in another one.
fn changed_in(olds: &[Arc<Front>], new: &Front) -> Changed {
    let nothing = Arc::new(Front::default());
    let first = olds.first().unwrap_or(&nothing);
    let is_new = |key: &str| {
        olds.iter().skip(1).all(|other| match (other.get(key), new.get(key)) {
            (Some(other), Some(new)) => !fields_changed::same(other, new),
            (other, new) => other.is_some() != new.is_some(),
        })
    };
    let own = |values: Vec<&Value>| values.into_iter().cloned().collect();
    let fields = field_changes(first, new).into_iter().filter(|change| is_new(change.key)).map(|change| FieldChanged {
        key: change.key.into(),
        old: change.old.cloned(),
        new: change.new.cloned(),
        how: match change.how {
            How::Came => HowChanged::Came,
            How::Went => HowChanged::Went,
            How::Became => HowChanged::Became,
            How::Items { added, removed } => HowChanged::Items { added: own(added), removed: own(removed) },
            How::Reordered => HowChanged::Reordered,
        },
    });
    let kind = |front: &Front| front.text("type").map(Into::into);
    Changed { fields: fields.collect(), old_type: kind(first), new_type: kind(new) }
}

/// About how many bytes it takes.
fn weight(changed: &Changed) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Empty => 64,
            Value::Scalar(scalar) => 96 + scalar.text.len(),
            Value::List(items) => 64 + items.iter().map(of).sum::<usize>(),
            Value::Map(fields) => {
                64 + fields.iter().map(|field| 64 + field.key.len() + of(&field.value)).sum::<usize>()
            }
        }
    }
    let sides = changed.fields.iter().map(|field| {
        let both: usize = [&field.old, &field.new].into_iter().flatten().map(of).sum();
        // Items are told once more than they stand in the two sides.
        field.key.len() + 2 * both + 128
    });
    256 + sides.sum::<usize>()
}

/// The frontmatters read last.
#[derive(Default)]
struct Fronts(Vec<(BlobId, Arc<Front>)>);

impl Fronts {
    fn of(&mut self, wiki: &Wiki, blob: BlobId) -> Result<Arc<Front>, StoreError> {
        if let Some((_, front)) = self.0.iter().find(|(known, _)| *known == blob) {
            return Ok(Arc::clone(front));
        }
        // Not by the memory of files, from which old versions would drive out what is read now.
        let front = match wiki.store().size(blob)? {
            size if size > limits::PAGE_MAX_BYTES => Front::default(),
            _ => read_front(&wiki.store().read(blob)?),
        };
        if self.0.len() >= FRONTS_HELD {
            self.0.remove(0);
        }
        let front = Arc::new(front);
        self.0.push((blob, Arc::clone(&front)));
        Ok(front)
    }
}

/// Bytes that are no text have no fields.
fn read_front(bytes: &[u8]) -> Front {
    let Ok(text) = std::str::from_utf8(bytes) else { return Front::default() };
    front::split(text).yaml().map(|yaml| front::read(yaml, front::FIRST_LINE).0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(text: &str) -> Arc<Front> {
        Arc::new(read_front(format!("---\n{text}---\nbody\n").as_bytes()))
    }

    fn keys(olds: &[&str], new: &str) -> Vec<String> {
        let olds: Vec<Arc<Front>> = olds.iter().map(|old| front(old)).collect();
        changed_in(&olds, &front(new)).fields.iter().map(|field| field.key.to_string()).collect()
    }

    #[test]
    fn of_a_merge_only_what_differs_from_all_parents_counts() {
        assert_eq!(keys(&[], "a: 1\n"), ["a"]);
        assert_eq!(keys(&["a: 1\n"], "a: 2\nb: 1\n"), ["a", "b"]);
        // One line of commits changed `a`, the other `b`; the merge itself chose `c`.
        assert_eq!(keys(&["a: 2\nb: 1\nc: 1\n", "a: 1\nb: 2\nc: 2\n"], "a: 2\nb: 2\nc: 3\n"), ["c"]);
        // What went on one side, and stayed away, is told by that side.
        assert_eq!(keys(&["a: 1\n", ""], ""), Vec::<String>::new());
        assert_eq!(keys(&["a: 1\n", "a: 2\n"], ""), ["a"]);
    }

    #[test]
    fn bytes_without_frontmatter_have_no_fields() {
        for odd in [&b"\xff\xfe---\na: 1\n---\n"[..], b"", b"text", b"---\na: 1\n"] {
            assert_eq!(read_front(odd), Front::default());
        }
        let changed = changed_in(&[front("type: plan\n")], &front("type: phase\n"));
        assert_eq!((changed.old_type.as_deref(), changed.new_type.as_deref()), (Some("plan"), Some("phase")));
        assert!(weight(&changed) > 256);
    }
}
