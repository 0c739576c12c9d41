//! Git trees as bytes: listing, comparing and rewriting them.
//!
//! Read here rather than by the library, because a library refuses a whole tree for one entry
//! that it dislikes, and because its general comparison is a hundred times slower. Whatever
//! bytes stand in a tree, reading it ends and gives what can be made of it (INV-9): entries are
//! put in order, of two with the same name the last one counts, and a rest that can't be read
//! is one odd name. Says nothing of commits.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use git2::{ObjectType, Odb, Oid};
use polder_core::ids::BlobId;
use polder_core::limits::PATH_MAX_SEGMENTS;
use polder_core::manifest::{Entry, Manifest, OddKind, OddName};
use polder_core::path::FilePath;

use crate::error::{CommitError, StoreError};

/// Most entries that one walk visits. Trees may share subtrees, so that a few objects can spell
/// billions of files; the largest wikis known have some ten thousands, and this many paths fit
/// in 200 MB. Tests reach the limit sooner.
const WALK_MAX_ENTRIES: usize = if cfg!(test) { 20_000 } else { 500_000 };

/// What an entry is, as git itself understands modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    File,
    /// A file that may be executed: for the wiki the same as a file.
    Program,
    Symlink,
    Submodule,
    Folder,
}

impl Mode {
    /// Reads mode bits; what git does not know, it takes for a submodule.
    pub(crate) fn from_bits(bits: u32) -> Mode {
        match bits & 0o170_000 {
            0o100_000 if bits & 0o100 != 0 => Mode::Program,
            0o100_000 => Mode::File,
            0o120_000 => Mode::Symlink,
            0o040_000 => Mode::Folder,
            _ => Mode::Submodule,
        }
    }

    fn is_file(self) -> bool {
        matches!(self, Mode::File | Mode::Program)
    }
}

/// One entry of one tree, borrowed from its bytes.
#[derive(Clone, Copy)]
struct RawEntry<'a> {
    mode: Mode,
    /// The mode as it is written in the tree, to be written back the same.
    mode_digits: &'a [u8],
    name: &'a [u8],
    id: [u8; 20],
}

/// A tree that was read: its entries in git's order, and whether all of it could be read.
struct RawTree<'a> {
    entries: Vec<RawEntry<'a>>,
    whole: bool,
}

/// One path on one side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub mode: Mode,
    pub id: [u8; 20],
}

/// One path that differs between two trees. Folders are never listed, only what is in them.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub path: FilePath,
    pub old: Option<Side>,
    pub new: Option<Side>,
}

/// What differs between two trees.
#[derive(Default)]
pub(crate) struct Differences {
    /// Sorted by path.
    pub paths: Vec<Difference>,
    /// A name that is no `FilePath`, or a tree that could not be read whole, differs as well.
    pub odd: bool,
}

impl Side {
    /// The id of a regular file; `None` for links and submodules.
    pub(crate) fn blob(self) -> Option<BlobId> {
        self.mode.is_file().then_some(BlobId(self.id))
    }
}

impl RawEntry<'_> {
    fn side(&self) -> Side {
        Side { mode: self.mode, id: self.id }
    }

    fn is_folder(&self) -> bool {
        self.mode == Mode::Folder
    }
}

/// Git's order: by bytes, where a folder's name ends in a slash. A file and a folder of the
/// same name are therefore two different entries.
fn order(a: &RawEntry<'_>, b: &RawEntry<'_>) -> Ordering {
    order_names((a.name, a.is_folder()), (b.name, b.is_folder()))
}

/// Total even over names that contain a slash, which sorting relies on.
fn order_names((a, a_folder): (&[u8], bool), (b, b_folder): (&[u8], bool)) -> Ordering {
    let shared = a.len().min(b.len());
    let slash = |folder: bool| if folder { &b"/"[..] } else { &[] };
    let rest_a = a[shared..].iter().chain(slash(a_folder));
    let rest_b = b[shared..].iter().chain(slash(b_folder));
    a[..shared].cmp(&b[..shared]).then_with(|| rest_a.cmp(rest_b)).then_with(|| a_folder.cmp(&b_folder))
}

fn parse(raw: &[u8]) -> RawTree<'_> {
    let mut entries: Vec<RawEntry<'_>> = Vec::with_capacity(raw.len() / 40);
    let mut rest = raw;
    let mut whole = true;
    while !rest.is_empty() {
        let Some((entry, after)) = parse_entry(rest) else {
            whole = false;
            break;
        };
        entries.push(entry);
        rest = after;
    }
    let sorted = entries.windows(2).all(|pair| order(&pair[0], &pair[1]) == Ordering::Less);
    if !sorted {
        // Stable, after turning around: of entries with the same name the last one stays.
        entries.reverse();
        entries.sort_by(order);
        entries.dedup_by(|later, kept| order(later, kept) == Ordering::Equal);
    }
    RawTree { entries, whole }
}

/// `mode SP name NUL id`: the first entry and what follows it.
fn parse_entry(raw: &[u8]) -> Option<(RawEntry<'_>, &[u8])> {
    let blank = raw.iter().take(8).position(|byte| *byte == b' ')?;
    let (mode_digits, rest) = (&raw[..blank], &raw[blank + 1..]);
    let mut bits = 0;
    for digit in mode_digits {
        if !(b'0'..=b'7').contains(digit) {
            return None;
        }
        bits = bits << 3 | u32::from(digit - b'0');
    }
    let end = rest.iter().position(|byte| *byte == 0)?;
    let id: [u8; 20] = rest.get(end + 1..end + 21)?.try_into().ok()?;
    let entry = RawEntry { mode: Mode::from_bits(bits), mode_digits, name: &rest[..end], id };
    Some((entry, &rest[end + 21..]))
}

fn read_tree<'o>(odb: &'o Odb<'_>, id: [u8; 20]) -> Result<git2::OdbObject<'o>, StoreError> {
    let tree = odb.read(oid(id))?;
    if tree.kind() != ObjectType::Tree {
        return Err(StoreError::Absent(format!("tree {}", oid(id))));
    }
    Ok(tree)
}

pub(crate) fn oid(id: [u8; 20]) -> Oid {
    Oid::from_bytes(&id).expect("twenty bytes are an object id")
}

pub(crate) fn id_of(oid: Oid) -> [u8; 20] {
    let mut id = [0; 20];
    id.copy_from_slice(oid.as_bytes());
    id
}

/// The id that a file of this content has in git.
pub fn blob_id(bytes: &[u8]) -> Result<BlobId, StoreError> {
    Ok(BlobId(id_of(Oid::hash_object(ObjectType::Blob, bytes)?)))
}

/// A path as far as it was walked; grows and shrinks with the walk.
#[derive(Default)]
struct Walked {
    path: Vec<u8>,
    n_entries: usize,
}

impl Walked {
    /// Appends a name and gives the length to cut back to.
    fn enter(&mut self, name: &[u8]) -> usize {
        let before = self.path.len();
        if before > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        before
    }

    fn leave(&mut self, before: usize) {
        self.path.truncate(before);
    }

    fn count(&mut self, n: usize) -> Result<(), StoreError> {
        self.n_entries += n;
        if self.n_entries > WALK_MAX_ENTRIES {
            return Err(StoreError::TooLarge(format!("a tree of more than {WALK_MAX_ENTRIES} entries")));
        }
        Ok(())
    }

    fn file_path(&self) -> Option<FilePath> {
        FilePath::from_bytes(&self.path).ok()
    }

    /// For people: invalid UTF-8 and control characters replaced.
    fn shown(&self) -> String {
        let replace = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        String::from_utf8_lossy(&self.path).chars().map(replace).collect()
    }
}

/// All files of a tree.
pub(crate) fn list(odb: &Odb<'_>, root: [u8; 20]) -> Result<Manifest, StoreError> {
    let mut listing = Listing { odb, walked: Walked::default(), entries: Vec::new(), odd: Vec::new() };
    listing.folder(root, 0)?;
    Ok(Manifest::new(listing.entries, listing.odd))
}

struct Listing<'a> {
    odb: &'a Odb<'a>,
    walked: Walked,
    entries: Vec<Entry>,
    odd: Vec<OddName>,
}

impl Listing<'_> {
    /// `depth` is bounded, because a path of too many segments is no `FilePath`.
    fn folder(&mut self, id: [u8; 20], depth: usize) -> Result<(), StoreError> {
        debug_assert!(depth <= PATH_MAX_SEGMENTS);
        let object = read_tree(self.odb, id)?;
        let tree = parse(object.data());
        self.walked.count(tree.entries.len())?;
        for entry in &tree.entries {
            let before = self.walked.enter(entry.name);
            match (entry.mode, self.walked.file_path()) {
                (_, None) => self.odd(OddKind::Name),
                (Mode::Folder, Some(_)) => self.folder(entry.id, depth + 1)?,
                (Mode::Symlink, _) => self.odd(OddKind::Symlink),
                (Mode::Submodule, _) => self.odd(OddKind::Submodule),
                (Mode::File | Mode::Program, Some(path)) => {
                    self.entries.push(Entry { path, blob: BlobId(entry.id) });
                }
            }
            self.walked.leave(before);
        }
        if !tree.whole {
            let before = self.walked.enter("\u{fffd}".as_bytes());
            self.odd(OddKind::Name);
            self.walked.leave(before);
        }
        Ok(())
    }

    fn odd(&mut self, why: OddKind) {
        self.odd.push(OddName { shown: self.walked.shown(), why });
    }
}

/// What differs between two trees; reads only folders that differ. `None` is the empty tree.
pub(crate) fn compare(odb: &Odb<'_>, old: Option<[u8; 20]>, new: Option<[u8; 20]>) -> Result<Differences, StoreError> {
    let mut comparison = Comparison { odb, walked: Walked::default(), found: Differences::default() };
    if old != new {
        comparison.folder(old, new)?;
    }
    comparison.found.paths.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(comparison.found)
}

struct Comparison<'a> {
    odb: &'a Odb<'a>,
    walked: Walked,
    found: Differences,
}

impl Comparison<'_> {
    fn folder(&mut self, old: Option<[u8; 20]>, new: Option<[u8; 20]>) -> Result<(), StoreError> {
        let old = old.map(|id| read_tree(self.odb, id)).transpose()?;
        let new = new.map(|id| read_tree(self.odb, id)).transpose()?;
        let old = parse(old.as_ref().map_or(&[], |tree| tree.data()));
        let new = parse(new.as_ref().map_or(&[], |tree| tree.data()));
        self.walked.count(old.entries.len() + new.entries.len())?;
        self.found.odd |= !old.whole || !new.whole;
        let (mut a, mut b) = (old.entries.iter().peekable(), new.entries.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(x), Some(y)) => order(x, y),
            };
            let x = if order == Ordering::Greater { None } else { a.next() };
            let y = if order == Ordering::Less { None } else { b.next() };
            if x.map(RawEntry::side) != y.map(RawEntry::side) {
                self.entry(x, y)?;
            }
        }
    }

    fn entry(&mut self, old: Option<&RawEntry<'_>>, new: Option<&RawEntry<'_>>) -> Result<(), StoreError> {
        let Some(either) = old.or(new) else { return Ok(()) };
        let before = self.walked.enter(either.name);
        match self.walked.file_path() {
            None => self.found.odd = true,
            // Bounded: a path of too many segments is no `FilePath`.
            Some(_) if either.is_folder() => self.folder(old.map(|e| e.id), new.map(|e| e.id))?,
            Some(path) => {
                self.found.paths.push(Difference { path, old: old.map(RawEntry::side), new: new.map(RawEntry::side) })
            }
        }
        self.walked.leave(before);
        Ok(())
    }
}

/// Is told a path with what stood there and what stands there; whether to go on.
type Told<'t> = dyn FnMut(&[u8], Option<Side>, Option<Side>) -> bool + 't;

/// Tells of every path that differs between two trees, also of what is no name: a folder with such a name
/// is told as a whole. `left` entries may still be looked at; `false` when that is not enough, or when `each`
/// wants no more.
pub(crate) fn differing(
    odb: &Odb<'_>,
    old: Option<[u8; 20]>,
    new: Option<[u8; 20]>,
    left: &mut usize,
    each: &mut Told<'_>,
) -> Result<bool, StoreError> {
    if old == new {
        return Ok(true);
    }
    Differing { odb, walked: Walked::default(), left, each }.folder(old, new)
}

struct Differing<'a> {
    odb: &'a Odb<'a>,
    walked: Walked,
    left: &'a mut usize,
    each: &'a mut Told<'a>,
}

impl Differing<'_> {
    fn folder(&mut self, old: Option<[u8; 20]>, new: Option<[u8; 20]>) -> Result<bool, StoreError> {
        let old = old.map(|id| read_tree(self.odb, id)).transpose()?;
        let new = new.map(|id| read_tree(self.odb, id)).transpose()?;
        let old = parse(old.as_ref().map_or(&[], |tree| tree.data()));
        let new = parse(new.as_ref().map_or(&[], |tree| tree.data()));
        let Some(left) = self.left.checked_sub(old.entries.len() + new.entries.len()) else { return Ok(false) };
        *self.left = left;
        if !new.whole {
            let before = self.walked.enter("\u{fffd}\u{0}".as_bytes());
            let goes_on = (self.each)(&self.walked.path, None, None);
            self.walked.leave(before);
            if !goes_on {
                return Ok(false);
            }
        }
        let (mut a, mut b) = (old.entries.iter().peekable(), new.entries.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => return Ok(true),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(x), Some(y)) => order(x, y),
            };
            let x = if order == Ordering::Greater { None } else { a.next() };
            let y = if order == Ordering::Less { None } else { b.next() };
            if x.map(RawEntry::side) != y.map(RawEntry::side) && !self.entry(x, y)? {
                return Ok(false);
            }
        }
    }

    fn entry(&mut self, old: Option<&RawEntry<'_>>, new: Option<&RawEntry<'_>>) -> Result<bool, StoreError> {
        let Some(either) = old.or(new) else { return Ok(true) };
        let before = self.walked.enter(either.name);
        let is_within = match self.walked.file_path() {
            // Bounded: a path of too many segments is no `FilePath`.
            Some(_) if either.is_folder() => self.folder(old.map(|e| e.id), new.map(|e| e.id))?,
            _ => (self.each)(&self.walked.path, old.map(RawEntry::side), new.map(RawEntry::side)),
        };
        self.walked.leave(before);
        Ok(is_within)
    }
}

/// The regular file at a path of a tree.
pub(crate) fn find(odb: &Odb<'_>, root: [u8; 20], path: &FilePath) -> Result<Option<BlobId>, StoreError> {
    let mut folder = root;
    let mut segments = path.as_str().split('/').peekable();
    while let Some(segment) = segments.next() {
        let object = read_tree(odb, folder)?;
        let last = segments.peek().is_none();
        let tree = parse(object.data());
        let found = tree.entries.iter().find(|entry| {
            entry.name == segment.as_bytes() && if last { entry.mode.is_file() } else { entry.is_folder() }
        });
        match found {
            None => return Ok(None),
            Some(entry) if last => return Ok(Some(BlobId(entry.id))),
            Some(entry) => folder = entry.id,
        }
    }
    Ok(None)
}

/// What is to happen at one name, and below it.
#[derive(Default)]
struct Plan<'a> {
    /// `Some(None)` deletes the file.
    file: Option<Option<[u8; 20]>>,
    below: BTreeMap<&'a str, Plan<'a>>,
}

/// Makes the trees that follow from putting (`Some`) and deleting (`None`) files, hands them to
/// `write`, and gives the id of the new root. Only trees on the way to a changed file are made.
/// The last of two edits of one path counts; deleting what is not there changes nothing.
pub(crate) fn rewrite(
    odb: &Odb<'_>,
    root: Option<[u8; 20]>,
    files: &[(&FilePath, Option<[u8; 20]>)],
    write: &mut dyn FnMut(Vec<u8>) -> Result<[u8; 20], StoreError>,
) -> Result<[u8; 20], CommitError> {
    let mut plan = Plan::default();
    for (path, blob) in files {
        let mut at = &mut plan;
        for segment in path.as_str().split('/') {
            at = at.below.entry(segment).or_default();
        }
        at.file = Some(*blob);
    }
    match rewrite_folder(odb, root, &plan.below, &mut Walked::default(), write)? {
        Some(id) => Ok(id),
        None => Ok(write(Vec::new())?),
    }
}

/// `None` when the folder became empty: git knows no empty folders.
fn rewrite_folder(
    odb: &Odb<'_>,
    old: Option<[u8; 20]>,
    plans: &BTreeMap<&str, Plan<'_>>,
    walked: &mut Walked,
    write: &mut dyn FnMut(Vec<u8>) -> Result<[u8; 20], StoreError>,
) -> Result<Option<[u8; 20]>, CommitError> {
    let object = old.map(|id| read_tree(odb, id)).transpose()?;
    let tree = parse(object.as_ref().map_or(&[], |tree| tree.data()));
    if !tree.whole {
        return Err(CommitError::Other(StoreError::Other(format!("the folder {} is damaged", walked.shown()))));
    }
    let planned = |entry: &&RawEntry<'_>| std::str::from_utf8(entry.name).is_ok_and(|name| plans.contains_key(name));
    let mut entries: Vec<RawEntry<'_>> = tree.entries.iter().filter(|entry| !planned(entry)).copied().collect();
    for (name, plan) in plans {
        let before = walked.enter(name.as_bytes());
        let same_name = |folder: bool| {
            let place = tree
                .entries
                .binary_search_by(|entry| order_names((entry.name, entry.is_folder()), (name.as_bytes(), folder)));
            place.ok().map(|at| tree.entries[at])
        };
        let clash = |walked: &Walked| CommitError::Clash { path: walked.shown() };
        let mut file = same_name(false);
        if let Some(edit) = plan.file {
            if file.is_some_and(|entry| !entry.mode.is_file()) {
                return Err(clash(walked));
            }
            let mode_digits = file.map_or(&b"100644"[..], |entry| entry.mode_digits);
            file = edit.map(|id| RawEntry { mode: Mode::File, mode_digits, name: name.as_bytes(), id });
        }
        let mut folder = same_name(true);
        if !plan.below.is_empty() {
            let id = rewrite_folder(odb, folder.map(|entry| entry.id), &plan.below, walked, write)?;
            folder = id.map(|id| RawEntry { mode: Mode::Folder, mode_digits: b"40000", name: name.as_bytes(), id });
        }
        if file.is_some() && folder.is_some() {
            return Err(clash(walked));
        }
        entries.extend(file);
        entries.extend(folder);
        walked.leave(before);
    }
    if entries.is_empty() {
        return Ok(None);
    }
    entries.sort_by(order);
    let mut raw = Vec::with_capacity(entries.iter().map(|entry| entry.name.len() + 30).sum());
    for entry in &entries {
        raw.extend_from_slice(entry.mode_digits);
        raw.push(b' ');
        raw.extend_from_slice(entry.name);
        raw.push(0);
        raw.extend_from_slice(&entry.id);
    }
    Ok(Some(write(raw)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_can_be_read_as_a_tree() {
        let id = [7u8; 20];
        let mut raw = b"100644 b\0".to_vec();
        raw.extend_from_slice(&id);
        raw.extend_from_slice(b"100644 a\0");
        raw.extend_from_slice(&id);
        raw.extend_from_slice(b"100644 b\0");
        raw.extend_from_slice(&[9u8; 20]);
        let tree = parse(&raw);
        assert!(tree.whole);
        assert_eq!(tree.entries.iter().map(|e| e.name).collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(tree.entries[1].id, [9u8; 20], "the last of two counts");
        for cut in 0..raw.len() {
            let _ = parse(&raw[..cut]);
        }
        for bad in [&b"x"[..], b"100644 ", b"999 a\0", b"\0\0\0\0\0\0\0\0\0\0", b" a\0", b"77777777777777 a\0"] {
            assert!(!parse(bad).whole, "{bad:?}");
        }
    }

    #[test]
    fn names_are_ordered_as_git_orders_them() {
        let names = [("a", false), ("a.b", false), ("a", true), ("a0", false), ("ab", true), ("b", false)];
        for (i, a) in names.iter().enumerate() {
            for (j, b) in names.iter().enumerate() {
                let got = order_names((a.0.as_bytes(), a.1), (b.0.as_bytes(), b.1));
                assert_eq!(got, i.cmp(&j), "{a:?} {b:?}");
            }
        }
        assert_ne!(order_names((b"a/", false), (b"a", true)), Ordering::Equal);
    }
}
