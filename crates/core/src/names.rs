//! Which page a name means. One table per set of names; looking up changes nothing.
//!
//! The order (DESIGN §7): the path relative to the linking page, the path from the root, an
//! alias, a title, a base name. Case, Unicode form, and the difference between blank, hyphen and
//! underscore do not count, but an exact spelling wins. Two pages of the same name are never
//! chosen between: the answer says so.
//!
//! A table is followed by the next one without being made anew (`Names::changed`), and whoever
//! looks up by `Asking` learns by what keys: as long as `Keys` holds none of them, the answers
//! stay the same.

use std::borrow::Cow;
use std::hash::Hasher as _;
use std::sync::Arc;

use rustc_hash::{FxHashSet, FxHasher};

use crate::carry::Shift;
use crate::path::{FilePath, fold, strip_page_extension};

/// An index into the pages of a site.
pub type PageIdx = u32;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Page(PageIdx),
    /// A file that is no page, by its index in the manifest.
    File(u32),
    Ambiguous(Vec<PageIdx>),
    Nothing,
}

/// What the table is made of: one per page, in page order.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    pub path: &'a FilePath,
    pub title_key: Option<&'a str>,
    pub alias_keys: &'a [Box<str>],
}

/// The names of one site.
#[derive(Debug, Default)]
pub struct Names {
    /// By the key of an address: the pages there, then those that stand for a folder there.
    addresses: Arc<Table>,
    /// Files that are no pages, by their folded path.
    files: Arc<Table>,
    /// By alias, then by title, then by base name.
    words: Arc<Table>,
    pages: Arc<Slots>,
    manifest: Arc<Slots>,
}

/// How the names of a site differ from those of the one before.
pub struct NamesChange<'a> {
    /// How the places of pages moved, and those of all files.
    pub pages: &'a Shift,
    pub entries: &'a Shift,
    pub gone: Vec<Named<'a>>,
    pub came: Vec<(PageIdx, Named<'a>)>,
    /// Pages that have another title or other aliases than before: as they were, and are.
    pub renamed: Vec<(Named<'a>, Named<'a>)>,
    pub files_gone: Vec<&'a FilePath>,
    pub files_came: Vec<(u32, &'a FilePath)>,
}

/// Keys of which the meaning may have changed. Told by hashes: there may be false alarms.
#[derive(Debug)]
pub struct Keys {
    tags: FxHashSet<u32>,
    /// By the low bits of the tags: most of what is asked is in none.
    bits: [u64; 64],
}

/// Looks names up, and notes by what keys.
pub struct Asking<'n> {
    names: &'n Names,
    tags: Vec<u32>,
}

/// Pages or files in the order in which they came. Tables hold a place in this list, which stays
/// when others come and go.
#[derive(Clone, Debug, Default)]
struct Slots {
    paths: Vec<FilePath>,
    /// The index of each in its site; `GONE` when there is none.
    at: Vec<u32>,
}

const GONE: u32 = u32::MAX;

/// One key of a name, and what has it.
#[derive(Clone, Debug)]
struct Row {
    hash: u64,
    key: Box<str>,
    item: Item,
}

/// What has a key. Of several, those of the least rank count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    rank: u8,
    slot: u32,
}

/// Keys and what has them, in small pieces, of which a changed table shares most.
#[derive(Debug, Default)]
struct Table {
    /// A power of two of them, by the first bits of the hash; none in an empty table.
    shards: Vec<Arc<[Entry]>>,
    n_keys: usize,
}

/// Sorted by hash and key.
#[derive(Clone, Debug)]
struct Entry {
    hash: u64,
    key: Box<str>,
    items: Few,
}

/// Mostly one; never none. Sorted by rank, then in page order.
#[derive(Clone, Debug)]
enum Few {
    One(Item),
    Many(Box<[Item]>),
}

impl Few {
    fn items(&self) -> &[Item] {
        match self {
            Few::One(item) => std::slice::from_ref(item),
            Few::Many(items) => items,
        }
    }

    /// `None` for an empty list.
    fn new(items: &[Item]) -> Option<Few> {
        match items {
            [] => None,
            [item] => Some(Few::One(*item)),
            items => Some(Few::Many(items.into())),
        }
    }
}

/// Which table a key is of; part of its hash.
#[derive(Clone, Copy)]
enum Of {
    Address,
    File,
    Word,
}

const RANK_PAGE: u8 = 0;
const RANK_FOLDER: u8 = 1;
const RANK_ALIAS: u8 = 0;
const RANK_TITLE: u8 = 1;
const RANK_BASE: u8 = 2;

/// Keys in a piece of a table when it is made. All pieces are counted once for each changed table,
/// and each piece with a changed name is copied.
const PER_SHARD: usize = 8;

/// A table is made anew when its pieces have grown by this, or when one page in so many changed.
const TOO_MUCH: usize = 4;

/// Names under which a folder's own page is found, in order of preference.
pub const FOLDER_PAGES: [&str; 6] = ["frontpage", "home", "index", "readme", "start", "main-page"];

impl Names {
    /// Builds the table. `files` are the paths that are no pages, with their manifest index.
    pub fn new<'a>(pages: impl Iterator<Item = Named<'a>>, files: impl Iterator<Item = (u32, &'a FilePath)>) -> Names {
        let (mut slots, mut file_slots) = (Slots::default(), Slots::default());
        let (mut addresses, mut words, mut by_file) = (Vec::new(), Vec::new(), Vec::new());
        for (at, page) in (0..).zip(pages) {
            let slot = slots.add(page.path, at);
            addresses.extend(address_rows(page.path, slot));
            words.extend(word_rows(&page, slot));
        }
        for (at, path) in files {
            by_file.push(file_row(path, file_slots.add(path, at)));
        }
        Names {
            addresses: Arc::new(Table::new(addresses)),
            files: Arc::new(Table::new(by_file)),
            words: Arc::new(Table::new(words)),
            pages: Arc::new(slots),
            manifest: Arc::new(file_slots),
        }
    }

    /// Whether following a change costs less than `new`.
    pub fn is_near(&self, change: &NamesChange<'_>) -> bool {
        let n_changed = change.gone.len() + change.came.len() + change.renamed.len();
        let n_files_changed = change.files_gone.len() + change.files_came.len();
        let roomy = |table: &Table| table.n_keys <= table.shards.len().max(1) * PER_SHARD * TOO_MUCH;
        let is_full = |slots: &Slots, n_came: usize| {
            let n_gone = slots.at.iter().filter(|at| **at == GONE).count();
            slots.at.len() + n_came > TOO_MUCH * (slots.at.len() - n_gone + PER_SHARD)
        };
        (n_changed + n_files_changed) * TOO_MUCH <= self.pages.at.len() + self.manifest.at.len()
            && [&self.addresses, &self.files, &self.words].into_iter().all(|table| roomy(table))
            && !is_full(&self.pages, change.came.len())
            && !is_full(&self.manifest, change.files_came.len())
    }

    /// The names after a change: what `new` would make of the pages and files as they are now.
    pub fn changed(&self, change: &NamesChange<'_>) -> Names {
        let (mut addresses, mut words, mut by_file) = (Rows::default(), Rows::default(), Rows::default());
        for page in &change.gone {
            let Some(slot) = self.slot(page.path) else { continue };
            addresses.gone.extend(address_rows(page.path, slot));
            words.gone.extend(word_rows(page, slot));
        }
        for (old, new) in &change.renamed {
            let Some(slot) = self.slot(new.path) else { continue };
            let (old, new) = (word_rows(old, slot), word_rows(new, slot));
            words.gone.extend(without(&old, &new));
            words.came.extend(without(&new, &old));
        }
        for path in &change.files_gone {
            let Some(slot) = self.file_slot(path) else { continue };
            by_file.gone.push(file_row(path, slot));
        }
        let mut slots = self.pages.followed(change.pages);
        if !change.came.is_empty() {
            let slots = Arc::make_mut(&mut slots);
            for (at, page) in &change.came {
                let slot = slots.add(page.path, *at);
                addresses.came.extend(address_rows(page.path, slot));
                words.came.extend(word_rows(page, slot));
            }
        }
        let mut file_slots = self.manifest.followed(change.entries);
        if !change.files_came.is_empty() {
            let slots = Arc::make_mut(&mut file_slots);
            for (at, path) in &change.files_came {
                let slot = slots.add(path, *at);
                by_file.came.push(file_row(path, slot));
            }
        }
        Names {
            addresses: Table::changed(&self.addresses, addresses, &slots),
            files: Table::changed(&self.files, by_file, &file_slots),
            words: Table::changed(&self.words, words, &slots),
            pages: slots,
            manifest: file_slots,
        }
    }

    fn slot(&self, path: &FilePath) -> Option<u32> {
        self.address(&name_key(path.address())).iter().find(|item| self.pages.is(**item, path)).map(|item| item.slot)
    }

    fn file_slot(&self, path: &FilePath) -> Option<u32> {
        let key = fold(path.as_str());
        let items = self.files.get(hash_of(Of::File, &key), &key);
        items.iter().find(|item| self.manifest.is(**item, path)).map(|item| item.slot)
    }

    fn address(&self, key: &str) -> &[Item] {
        self.addresses.get(hash_of(Of::Address, key), key)
    }

    /// The page at exactly this address.
    pub fn at(&self, address: &str) -> Option<PageIdx> {
        self.exact(pages_of(self.address(&name_key(address))), address)
    }

    fn exact(&self, pages: &[Item], address: &str) -> Option<PageIdx> {
        let path = |item: &Item| self.pages.paths.get(item.slot as usize);
        let found = pages.iter().find(|item| path(item).is_some_and(|path| path.address() == address))?;
        Some(self.pages.index(*found))
    }

    /// The page at this address, else the one whose address differs only in case, Unicode form,
    /// or blank/hyphen/underscore, when there is only one.
    pub fn near(&self, address: &str) -> Option<PageIdx> {
        let pages = pages_of(self.address(&name_key(address)));
        match pages {
            [only] => Some(self.pages.index(*only)),
            pages => self.exact(pages, address),
        }
    }

    /// The page that stands for a folder (`README`, `index`, …); `""` is the root.
    pub fn folder_page(&self, folder: &str) -> Option<PageIdx> {
        folder_of(self.address(&name_key(folder))).map(|item| self.pages.index(item))
    }

    /// The file that is no page at exactly this path.
    pub fn file(&self, path: &str) -> Option<u32> {
        if self.files.n_keys == 0 {
            return None;
        }
        let key = fold(path);
        self.exact_file(self.files.get(hash_of(Of::File, &key), &key), path)
    }

    fn exact_file(&self, files: &[Item], path: &str) -> Option<u32> {
        let is_it = |item: &&Item| self.manifest.paths.get(item.slot as usize).is_some_and(|at| at.as_str() == path);
        files.iter().find(is_it).map(|item| self.manifest.index(*item))
    }

    /// What `name`, written on a page in `folder`, means. `name` has no fragment or version.
    pub fn find(&self, folder: &str, name: &str) -> Found {
        self.find_noting(folder, name, &mut |_| {})
    }

    /// The same; `note` is told the hash of every key that the answer follows from.
    fn find_noting(&self, folder: &str, name: &str, note: &mut impl FnMut(u64)) -> Found {
        let rooted = name.starts_with('/');
        let name = name.trim_matches('/');
        let plain = !name.split('/').any(|segment| matches!(segment, "" | "." | ".."));
        if !rooted && !folder.is_empty() {
            let path = if plain { Some(format!("{folder}/{name}")) } else { normal_path(folder, name) };
            if let Some(found) = path.and_then(|path| self.by_address(&path, note)) {
                return found;
            }
        }
        let path = if plain { Some(Cow::Borrowed(name)) } else { normal_path("", name).map(Cow::Owned) };
        if let Some(found) = path.and_then(|path| self.by_address(&path, note)) {
            return found;
        }
        if rooted {
            return Found::Nothing;
        }
        let key = name_key(strip_page_extension(name));
        let hash = hash_of(Of::Word, &key);
        note(hash);
        let items = self.words.get(hash, &key);
        let Some(first) = items.first() else { return Found::Nothing };
        self.one_or_all(&items[..items.partition_point(|item| item.rank == first.rank)])
    }

    fn by_address(&self, path: &str, note: &mut impl FnMut(u64)) -> Option<Found> {
        let address = strip_page_extension(path);
        let key = name_key(address);
        let hash = hash_of(Of::Address, &key);
        note(hash);
        let items = self.addresses.get(hash, &key);
        let folder = folder_of(items).map(|item| Found::Page(self.pages.index(item)));
        if path.is_empty() {
            return folder;
        }
        let pages = pages_of(items);
        if let Some(page) = self.exact(pages, address) {
            return Some(Found::Page(page));
        }
        let mut files: &[Item] = &[];
        // The key of an ASCII path follows from that of the address (see `Keys::of_file`).
        if self.files.n_keys > 0 || !path.is_ascii() {
            let key = fold(path);
            let hash = hash_of(Of::File, &key);
            if !path.is_ascii() {
                note(hash);
            }
            files = self.files.get(hash, &key);
        }
        if let Some(file) = self.exact_file(files, path) {
            return Some(Found::File(file));
        }
        if !pages.is_empty() {
            return Some(self.one_or_all(pages));
        }
        files.first().map(|file| Found::File(self.manifest.index(*file))).or(folder)
    }

    fn one_or_all(&self, items: &[Item]) -> Found {
        match items {
            [item] => Found::Page(self.pages.index(*item)),
            items => Found::Ambiguous(items.iter().map(|item| self.pages.index(*item)).collect()),
        }
    }

    /// All titles, aliases and base names, for near names. In no order.
    pub fn all_keys(&self) -> impl Iterator<Item = (&str, PageIdx)> {
        self.words
            .shards
            .iter()
            .flat_map(|shard| shard.iter())
            .flat_map(|entry| entry.items.items().iter().map(|item| (&*entry.key, self.pages.index(*item))))
    }
}

impl<'n> Asking<'n> {
    pub fn new(names: &'n Names) -> Asking<'n> {
        Asking { names, tags: Vec::new() }
    }

    /// `Names::find`.
    pub fn find(&mut self, folder: &str, name: &str) -> Found {
        self.names.find_noting(folder, name, &mut |hash| self.tags.push(tag(hash)))
    }

    /// The keys by which was looked up, for `Keys::has_any`.
    pub fn noted(self) -> Arc<[u32]> {
        self.tags.into()
    }
}

impl Keys {
    pub fn none() -> Keys {
        Keys { tags: FxHashSet::default(), bits: [0; 64] }
    }

    /// The keys of all names that came or went.
    pub fn of(change: &NamesChange<'_>) -> Keys {
        let mut keys = Keys::none();
        for page in change.gone.iter().chain(change.came.iter().map(|(_, page)| page)) {
            keys.add_all(&address_rows(page.path, 0));
            keys.add_all(&word_rows(page, 0));
        }
        for (old, new) in &change.renamed {
            let (old, new) = (word_rows(old, 0), word_rows(new, 0));
            keys.add_all(&without(&old, &new));
            keys.add_all(&without(&new, &old));
        }
        for path in change.files_gone.iter().copied().chain(change.files_came.iter().map(|(_, path)| *path)) {
            keys.of_file(path);
        }
        keys
    }

    /// Whoever asks for a path that is not ASCII notes its folded form; who asks for one that is
    /// has noted the key of the address, which for ASCII follows from the folded form.
    fn of_file(&mut self, path: &FilePath) {
        let folded = fold(path.as_str());
        self.add(hash_of(Of::File, &folded));
        self.add(hash_of(Of::Address, &name_key(strip_page_extension(&folded))));
    }

    fn add_all(&mut self, rows: &[Row]) {
        for row in rows {
            self.add(row.hash);
        }
    }

    fn add(&mut self, hash: u64) {
        let tag = tag(hash);
        self.tags.insert(tag);
        let (word, bit) = bit_of(tag);
        self.bits[word] |= bit;
    }

    /// Whether one of the keys that somebody noted is among these.
    pub fn has_any(&self, noted: &[u32]) -> bool {
        !self.tags.is_empty()
            && noted.iter().any(|tag| {
                let (word, bit) = bit_of(*tag);
                self.bits[word] & bit != 0 && self.tags.contains(tag)
            })
    }
}

fn bit_of(tag: u32) -> (usize, u64) {
    ((tag >> 6) as usize % 64, 1 << (tag % 64))
}

/// Half of a hash: two keys that share it by chance cost a look-up too many.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn hash_of(of: Of, key: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(key.as_bytes());
    hasher.write_u8(of as u8);
    hasher.finish()
}

fn row(of: Of, key: Box<str>, rank: u8, slot: u32) -> Row {
    Row { hash: hash_of(of, &key), key, item: Item { rank, slot } }
}

/// The keys under which the address of a page leads to it.
fn address_rows(path: &FilePath, slot: u32) -> Vec<Row> {
    let key = name_key(path.address());
    let (folder, base) = key.rsplit_once('/').unwrap_or(("", &key));
    let rank = (RANK_FOLDER..).zip(FOLDER_PAGES).find(|(_, name)| *name == base).map(|(rank, _)| rank);
    let of_folder = rank.map(|rank| row(Of::Address, folder.into(), rank, slot));
    let own = (!key.is_empty()).then(|| row(Of::Address, key, RANK_PAGE, slot));
    own.into_iter().chain(of_folder).collect()
}

/// The keys under which a page is found by a word, each once.
fn word_rows(page: &Named<'_>, slot: u32) -> Vec<Row> {
    let aliases = page.alias_keys.iter().map(|key| (key.clone(), RANK_ALIAS));
    let title = page.title_key.map(|key| (Box::from(key), RANK_TITLE));
    let base = (name_key(page.path.base_name()), RANK_BASE);
    let mut rows: Vec<Row> = Vec::with_capacity(page.alias_keys.len() + 2);
    for (key, rank) in aliases.chain(title).chain([base]) {
        let is_there = |row: &Row| row.item.rank == rank && row.key == key;
        if !key.is_empty() && !rows.iter().any(is_there) {
            rows.push(row(Of::Word, key, rank, slot));
        }
    }
    rows
}

fn file_row(path: &FilePath, slot: u32) -> Row {
    row(Of::File, fold(path.as_str()).into(), 0, slot)
}

/// The rows of one page that are not among the others of it.
fn without(rows: &[Row], others: &[Row]) -> Vec<Row> {
    let same = |a: &Row, b: &Row| a.item.rank == b.item.rank && a.key == b.key;
    rows.iter().filter(|row| !others.iter().any(|other| same(row, other))).cloned().collect()
}

/// Of what has the key of an address: the pages there.
fn pages_of(items: &[Item]) -> &[Item] {
    &items[..items.partition_point(|item| item.rank == RANK_PAGE)]
}

/// Of what has the key of an address: the page that stands for the folder there.
fn folder_of(items: &[Item]) -> Option<Item> {
    items.iter().find(|item| item.rank >= RANK_FOLDER).copied()
}

impl Slots {
    fn add(&mut self, path: &FilePath, at: u32) -> u32 {
        let slot = u32::try_from(self.at.len()).unwrap_or(GONE);
        self.paths.push(path.clone());
        self.at.push(at);
        slot
    }

    fn index(&self, item: Item) -> u32 {
        self.at.get(item.slot as usize).copied().unwrap_or(GONE)
    }

    fn is(&self, item: Item, path: &FilePath) -> bool {
        self.at.get(item.slot as usize).is_some_and(|at| *at != GONE) && self.paths[item.slot as usize].same(path)
    }

    /// The same at their new places.
    fn followed(self: &Arc<Slots>, shift: &Shift) -> Arc<Slots> {
        if shift.is_none() {
            return Arc::clone(self);
        }
        let at = self.at.iter().map(|at| if *at == GONE { GONE } else { shift.to(*at).unwrap_or(GONE) });
        Arc::new(Slots { paths: self.paths.clone(), at: at.collect() })
    }
}

/// What goes from a table, and what comes.
#[derive(Default)]
struct Rows {
    gone: Vec<Row>,
    came: Vec<Row>,
}

impl Table {
    fn new(mut rows: Vec<Row>) -> Table {
        rows.sort_unstable_by(|a, b| {
            (a.hash, &a.key, a.item.rank, a.item.slot).cmp(&(b.hash, &b.key, b.item.rank, b.item.slot))
        });
        let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter().peekable();
        let mut items = Vec::new();
        while let Some(Row { hash, key, item }) = rows.next() {
            items.clear();
            items.push(item);
            while let Some(row) = rows.next_if(|row| row.hash == hash && row.key == key) {
                items.push(row.item);
            }
            entries.extend(Few::new(&items).map(|items| Entry { hash, key, items }));
        }
        let n_keys = entries.len();
        let n_shards = if n_keys == 0 { 0 } else { (n_keys / PER_SHARD).next_power_of_two() };
        let mut entries = entries.into_iter().peekable();
        let shards = (0..n_shards)
            .map(|at| std::iter::from_fn(|| entries.next_if(|entry| shard_of(entry.hash, n_shards) == at)).collect())
            .collect();
        Table { shards, n_keys }
    }

    fn get(&self, hash: u64, key: &str) -> &[Item] {
        let shard = self.shards.get(shard_of(hash, self.shards.len())).map_or(&[][..], |shard| shard);
        shard.iter().find(|entry| entry.hash == hash && *entry.key == *key).map_or(&[], |entry| entry.items.items())
    }

    fn changed(self: &Arc<Table>, rows: Rows, slots: &Slots) -> Arc<Table> {
        if rows.gone.is_empty() && rows.came.is_empty() {
            return Arc::clone(self);
        }
        if self.shards.is_empty() {
            return Arc::new(Table::new(rows.came));
        }
        let mut shards = self.shards.clone();
        let mut n_keys = self.n_keys;
        let shard_of = |row: &Row| shard_of(row.hash, self.shards.len());
        let mut rows: Vec<(bool, Row)> =
            rows.gone.into_iter().map(|row| (false, row)).chain(rows.came.into_iter().map(|row| (true, row))).collect();
        // What goes first: what comes may be the same path of another kind of file.
        rows.sort_by_key(|(comes, row)| (shard_of(row), *comes));
        for rows in rows.chunk_by(|(_, a), (_, b)| shard_of(a) == shard_of(b)) {
            let shard = &mut shards[shard_of(&rows[0].1)];
            let mut entries = shard.to_vec();
            for (comes, row) in rows {
                change(&mut entries, row, *comes, slots);
            }
            n_keys = n_keys + entries.len() - shard.len();
            *shard = entries.into();
        }
        Arc::new(Table { shards, n_keys })
    }
}

/// `n_shards` is a power of two, or 0.
fn shard_of(hash: u64, n_shards: usize) -> usize {
    if n_shards < 2 { 0 } else { (hash >> (64 - n_shards.trailing_zeros())) as usize }
}

fn change(entries: &mut Vec<Entry>, row: &Row, comes: bool, slots: &Slots) {
    let place = entries.binary_search_by(|entry| (entry.hash, &entry.key).cmp(&(row.hash, &row.key)));
    let at = match place {
        Ok(at) => at,
        Err(at) if comes => {
            return entries.insert(at, Entry { hash: row.hash, key: row.key.clone(), items: Few::One(row.item) });
        }
        Err(_) => return,
    };
    let mut items = entries[at].items.items().to_vec();
    if comes {
        items.push(row.item);
        items.sort_by_key(|item| (item.rank, slots.index(*item)));
    } else {
        items.retain(|item| *item != row.item);
    }
    match Few::new(&items) {
        Some(items) => entries[at].items = items,
        None => {
            entries.remove(at);
        }
    }
}

/// The key by which names are compared: case and Unicode form folded, blank = `-` = `_`.
pub fn name_key(name: &str) -> Box<str> {
    let folded = fold(name.trim());
    if folded.contains([' ', '_']) {
        return folded.replace([' ', '_'], "-").into_boxed_str();
    }
    folded.into_boxed_str()
}

/// `folder` and the relative `path` as one path without `.` and `..`; `None` when it leaves the root.
pub fn normal_path(folder: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// The candidate that is nearest to `word`, when it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).collect();
    let most = (word.len() / 3).max(1);
    candidates
        .filter_map(|candidate| {
            let distance = distance(&word, candidate, most)?;
            Some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of letters to change, add, drop or swap with the next, when it is at most `most`.
pub fn distance(word: &[char], other: &str, most: usize) -> Option<usize> {
    let other: Vec<char> = other.chars().take(word.len() + most + 1).collect();
    if word.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && word[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    let distance = above[other.len()];
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(paths: &[(&str, Option<&str>)]) -> Names {
        let paths: Vec<(FilePath, Option<Box<str>>)> = paths
            .iter()
            .map(|(path, title)| (FilePath::parse(path).expect("a good path"), title.map(name_key)))
            .collect();
        Names::new(
            paths.iter().map(|(path, title)| Named { path, title_key: title.as_deref(), alias_keys: &[] }),
            std::iter::empty(),
        )
    }

    #[test]
    fn a_name_means_the_relative_path_then_the_root_then_a_title_then_a_base_name() {
        let names = table(&[("a/x.md", None), ("b/x.md", None), ("c.md", Some("De Kop")), ("d/e.md", None)]);
        assert_eq!(names.find("a", "x"), Found::Page(0));
        assert_eq!(names.find("b", "X"), Found::Page(1));
        assert_eq!(names.find("b", "/a/x"), Found::Page(0));
        assert_eq!(names.find("b", "../a/x.md"), Found::Page(0));
        assert_eq!(names.find("", "x"), Found::Ambiguous(vec![0, 1]));
        assert_eq!(names.find("a", "de_kop"), Found::Page(2));
        assert_eq!(names.find("a", "E"), Found::Page(3));
        assert_eq!(names.find("a", "/e"), Found::Nothing);
        assert_eq!(names.find("a", "../../etc"), Found::Nothing);
    }

    #[test]
    fn a_folder_is_found_by_its_readme() {
        let names = table(&[("README.md", None), ("a/README.md", None)]);
        assert_eq!(names.find("", "a"), Found::Page(1));
        assert_eq!(names.folder_page(""), Some(0));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("lisen", ["listen", "repo"].into_iter()), Some("listen"));
        assert_eq!(nearest("tilte", ["title", "links"].into_iter()), Some("title"));
        assert_eq!(nearest("colour", ["title", "links"].into_iter()), None);
    }
}
