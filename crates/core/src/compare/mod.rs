//! Two versions of a plan compared in the language of plans: which pages and records came, went,
//! moved and changed, which of their fields hold something else, and what that does to totals.
//!
//! Needs no more than two sites as somebody sees them (INV-4), each with its own day, and who knows
//! which page moved where. Every value is a value here: `change` says how two of them differ,
//! `total` adds up what a difference is made of and checks the sum, `plans` says to which plan it
//! belongs. No words, no rendering: the prose of a page is compared in `prose`, the maps of two sites
//! in `mapdiff`.
//!
//! Pages are looked at even where their file is the same, since what is computed for them may have
//! changed through others. Bounded by `limits::COMPARE_…`: what is past a bound is counted, and a
//! value that would cost too much is told as such, never taken for equal.

mod change;
mod plans;
#[cfg(test)]
mod tests;
mod total;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::eval::Eval;
use crate::expr::Ty;
use crate::front;
use crate::ids::BlobId;
use crate::limits;
use crate::maptree;
use crate::names::PageIdx;
use crate::path::{FilePath, Kind as FileKind};
use crate::site::{Page, Seen};
use crate::types::{self, FieldAt, Texts, Type};
use crate::value::{Fault, Value};

pub use change::{AmountChange, Change, ListChange, Shift};
pub use plans::{PLAN, PlanChange, by_plan};
pub use total::{Line, PartChange, TotalChange, Unit, Verdict};

/// Frontmatter that is told elsewhere in a comparison.
const TOLD_ELSEWHERE: [&str; 2] = ["type", "title"];

/// One of the two versions, and the day that its expressions see.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub seen: Seen<'a>,
    pub today: civil::Date,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'s> {
    /// One page, as it is on either side, and the records that belong to it.
    Page(Pair),
    /// Everything in a folder and the page of its address, and the records that belong to those.
    Folder(&'s str),
    Wiki,
}

/// What the caller knows and a site does not.
pub struct Known<'k> {
    /// Whether another page stands at this path in the new version than in the old one.
    pub is_another: &'k dyn Fn(&FilePath) -> bool,
    /// Where a page of the old version, by its path there, is in the new one, when it was moved.
    pub moved: &'k dyn Fn(&FilePath) -> Option<FilePath>,
    /// The bytes of a file, for telling whether a body changed.
    pub read: &'k dyn Fn(BlobId) -> Option<Arc<[u8]>>,
}

/// A page on both sides. At least one of them has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    pub old: Option<PageIdx>,
    pub new: Option<PageIdx>,
}

/// What became of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Added,
    Removed,
    /// It was there already, but did not belong to what is compared.
    Joined,
    /// It is still there, but no longer belongs to what is compared.
    Left,
    Changed,
}

/// A page that is not the same on both sides.
#[derive(Clone, Debug)]
pub struct PageChange {
    pub pair: Pair,
    pub fate: Fate,
    /// It has another path.
    pub is_moved: bool,
    /// It has another title.
    pub is_renamed: bool,
    /// It is of another type, or of one where it was of none.
    pub is_retyped: bool,
    /// Whether its text (without frontmatter) changed; `None` where that could not be told.
    pub body: Option<bool>,
    /// Fields that hold something else, in the order of the type. Of a page that came or went: all
    /// that it holds.
    pub fields: Vec<FieldChange>,
}

impl PageChange {
    /// Whether only the way its file is written changed: order, quotes, comments.
    pub fn is_spelling_only(&self) -> bool {
        self.fate == Fate::Changed
            && !self.is_moved
            && !self.is_renamed
            && !self.is_retyped
            && self.body == Some(false)
            && self.fields.is_empty()
    }
}

/// Where a field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written in the page, by its type.
    Written,
    /// Computed from other fields.
    Computed,
    /// A total over records that refer to the page.
    Total,
    /// Written in the page, but its type does not know it.
    Untyped,
}

/// Whether the type of the page has a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Both,
    /// Only in the new version.
    Gained,
    /// Only in the old version.
    Lost,
}

/// A field that holds something else.
#[derive(Clone, Debug)]
pub struct FieldChange {
    pub key: Box<str>,
    /// Empty where no type names it.
    pub label: Texts,
    pub origin: Origin,
    pub standing: Standing,
    pub old: Held,
    pub new: Held,
    pub change: Change,
}

/// What a field holds on one side. Pages in it are those of that side.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub ty: Ty,
    pub value: Value,
}

impl Held {
    fn nothing() -> Held {
        Held { ty: Ty::Nothing, value: Value::Empty }
    }
}

/// How many pages of one type came, went and changed.
#[derive(Clone, Debug, Default)]
pub struct Count {
    pub label: Texts,
    pub added: usize,
    pub removed: usize,
    pub joined: usize,
    pub left: usize,
    /// Changed in place, moved pages included.
    pub changed: usize,
    /// Those of the changed ones that have another path.
    pub moved: usize,
}

impl Count {
    fn add(&mut self, page: &PageChange) {
        match page.fate {
            Fate::Added => self.added += 1,
            Fate::Removed => self.removed += 1,
            Fate::Joined => self.joined += 1,
            Fate::Left => self.left += 1,
            Fate::Changed => {
                self.changed += 1;
                self.moved += usize::from(page.is_moved);
            }
        }
    }

    /// All of them.
    pub fn all(&self) -> usize {
        self.added + self.removed + self.joined + self.left + self.changed
    }
}

/// Pages that are not the same, and how many there are of each type.
#[derive(Debug, Default)]
pub struct Pages {
    /// By path, at most `limits::COMPARE_MAX_PAGES`.
    pub all: Vec<PageChange>,
    /// By the name of the type; pages without one under the empty name. All of them are counted.
    pub counts: BTreeMap<Box<str>, Count>,
    /// Looked at on the old and the new side, changed or not.
    pub n_seen: (usize, usize),
}

impl Pages {
    /// How many are not the same.
    pub fn n_different(&self) -> usize {
        self.counts.values().map(Count::all).sum()
    }
}

/// A file that is no page and not the same: an attachment, a type, a side bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    pub path: FilePath,
    /// `Added`, `Removed` or `Changed`.
    pub fate: Fate,
}

/// What differs between two versions.
#[derive(Debug, Default)]
pub struct Comparison {
    /// In scope.
    pub pages: Pages,
    /// Records that belong to pages in scope and are not in scope themselves.
    pub records: Pages,
    /// Totals of pages in scope. Of one page all that differ, in value or in what they are made of;
    /// of more pages those that differ in value. At most `limits::COMPARE_MAX_TOTALS`.
    pub totals: Vec<TotalChange>,
    pub n_totals: usize,
    /// Other files in scope, at most `limits::COMPARE_MAX_FILES`.
    pub files: Vec<FileChange>,
    pub n_files: usize,
    /// Something was too costly to be computed, so that differences may be missing.
    pub is_cut: bool,
    pub pairing: Pairing,
}

/// Compares two versions.
pub fn compare(old: Side<'_>, new: Side<'_>, scope: Scope<'_>, known: &Known<'_>) -> Comparison {
    let pairing = Pairing::new(old.seen, new.seen, scope, known);
    let mut work = Work { old: Teller::new(old), new: Teller::new(new), pairing: &pairing, known };
    let in_scope = pairing.in_scope(old.seen, new.seen, scope);
    let mut found = Comparison::default();
    let mut wanted_totals = Vec::new();
    for pair in &in_scope {
        found.pages.n_seen.0 += usize::from(pair.old.is_some());
        found.pages.n_seen.1 += usize::from(pair.new.is_some());
        let change = work.page(*pair, true, true);
        let is_alone = matches!(scope, Scope::Page(_));
        wanted_totals.extend(work.totals_of(*pair, change.as_ref(), is_alone));
        work.count(change, &mut found.pages);
    }
    if scope != Scope::Wiki {
        work.records(&in_scope, &mut found.records);
    }
    found.n_totals = wanted_totals.len();
    if found.n_totals > limits::COMPARE_MAX_TOTALS {
        // What lies under nothing counts what lies under it.
        let below: FxHashSet<PageIdx> = maptree::parents(new.seen).into_iter().map(|(page, _)| page).collect();
        wanted_totals.sort_by_key(|(pair, _)| pair.new.is_some_and(|page| below.contains(&page)));
    }
    for (pair, key) in wanted_totals {
        if found.totals.len() == limits::COMPARE_MAX_TOTALS {
            break;
        }
        match work.total(pair, &key) {
            Some(total) => found.totals.push(total),
            // Of one page every total was asked for, and this one is the same.
            None => found.n_totals -= 1,
        }
    }
    if !matches!(scope, Scope::Page(_)) {
        files(old.seen, new.seen, scope, &mut found);
    }
    found.is_cut = work.old.is_cut || work.new.is_cut;
    found.pairing = pairing;
    found
}

/// Which page of the one side is which of the other.
#[derive(Debug, Default)]
pub struct Pairing {
    to_new: Vec<Option<PageIdx>>,
    to_old: Vec<Option<PageIdx>>,
}

impl Pairing {
    /// By path, unless another page stands there by now; what is left, by where it moved to.
    fn new(old: Seen<'_>, new: Seen<'_>, scope: Scope<'_>, known: &Known<'_>) -> Pairing {
        let (olds, news) = (old.pages(), new.pages());
        let mut pairing = Pairing { to_new: vec![None; olds.len()], to_old: vec![None; news.len()] };
        let (mut at_old, mut at_new) = (0, 0);
        while let (Some(one), Some(other)) = (olds.get(at_old), news.get(at_new)) {
            match one.path.cmp(&other.path) {
                std::cmp::Ordering::Less => at_old += 1,
                std::cmp::Ordering::Greater => at_new += 1,
                std::cmp::Ordering::Equal => {
                    if !(known.is_another)(&one.path) {
                        pairing.join(at_old, at_new);
                    }
                    at_old += 1;
                    at_new += 1;
                }
            }
        }
        if let Scope::Page(Pair { old: Some(one), new: Some(other) }) = scope
            && (one as usize) < olds.len()
            && (other as usize) < news.len()
        {
            // Told by who knows the page.
            pairing.part(one as usize, other as usize);
            pairing.join(one as usize, other as usize);
        }
        for (at, page) in olds.iter().enumerate() {
            if pairing.to_new[at].is_none()
                && page.path.kind() == FileKind::Page
                && let Some(to) = (known.moved)(&page.path).and_then(|path| new.page_at(&path))
                && pairing.to_old[to as usize].is_none()
            {
                pairing.join(at, to as usize);
            }
        }
        pairing
    }

    fn join(&mut self, old: usize, new: usize) {
        self.to_new[old] = PageIdx::try_from(new).ok();
        self.to_old[new] = PageIdx::try_from(old).ok();
    }

    /// Takes two pages from whoever they were joined to.
    fn part(&mut self, old: usize, new: usize) {
        if let Some(other) = self.to_new[old].take() {
            self.to_old[other as usize] = None;
        }
        if let Some(other) = self.to_old[new].take() {
            self.to_new[other as usize] = None;
        }
    }

    pub fn new_of(&self, old: PageIdx) -> Option<PageIdx> {
        self.to_new.get(old as usize).copied().flatten()
    }

    pub fn old_of(&self, new: PageIdx) -> Option<PageIdx> {
        self.to_old.get(new as usize).copied().flatten()
    }

    /// Pages on both sides of which the path differs.
    pub fn moves<'p>(&'p self, old: Seen<'p>, new: Seen<'p>) -> impl Iterator<Item = (&'p Page, &'p Page)> {
        (0..).zip(&self.to_new).filter_map(move |(at, to)| {
            let (one, other) = (old.page(at)?, new.page((*to)?)?);
            (one.path != other.path).then_some((one, other))
        })
    }

    /// The pairs in scope, by their new path, else their old one.
    fn in_scope(&self, old: Seen<'_>, new: Seen<'_>, scope: Scope<'_>) -> Vec<Pair> {
        let is_in = |page: &Page| is_in_scope(&page.path, scope);
        let mut pairs = match scope {
            Scope::Page(pair) => return vec![pair],
            _ => Vec::new(),
        };
        for (at, page) in new.readable() {
            let before = self.old_of(at);
            // What moved in or out of a folder is part of what happened to it.
            if is_in(page) || before.and_then(|before| old.page(before)).is_some_and(is_in) {
                pairs.push(Pair { old: before, new: Some(at) });
            }
        }
        let gone = old.readable().filter(|(at, page)| self.new_of(*at).is_none() && is_in(page));
        pairs.extend(gone.map(|(at, _)| Pair { old: Some(at), new: None }));
        sort_by_path(&mut pairs, old, new);
        pairs
    }
}

fn path_of<'a>(pair: Pair, old: Seen<'a>, new: Seen<'a>) -> Option<&'a FilePath> {
    let page = pair.new.and_then(|page| new.page(page)).or_else(|| pair.old.and_then(|page| old.page(page)));
    page.map(|page| &page.path)
}

fn sort_by_path(pairs: &mut [Pair], old: Seen<'_>, new: Seen<'_>) {
    pairs.sort_by(|a, b| path_of(*a, old, new).cmp(&path_of(*b, old, new)));
}

fn is_in_scope(path: &FilePath, scope: Scope<'_>) -> bool {
    match scope {
        Scope::Wiki => true,
        Scope::Folder(folder) => {
            let below = path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
            below || path.address() == folder
        }
        Scope::Page(_) => false,
    }
}

/// What one side says of its pages, within its bound of steps.
struct Teller<'a> {
    seen: Seen<'a>,
    eval: Eval<'a>,
    steps_left: u64,
    is_cut: bool,
}

impl<'a> Teller<'a> {
    fn new(side: Side<'a>) -> Teller<'a> {
        Teller {
            seen: side.seen,
            eval: Eval::new(side.seen, side.today),
            steps_left: limits::COMPARE_MAX_STEPS,
            is_cut: false,
        }
    }

    fn page(&self, page: Option<PageIdx>) -> Option<&'a Page> {
        self.seen.page(page?)
    }

    fn kind(&self, page: Option<PageIdx>) -> Option<(types::TypeIdx, &'a Type)> {
        let record = self.seen.records().get(page?)?;
        Some((record.of, self.seen.types().get(record.of)))
    }

    /// Has something computed, within what is left of the steps.
    fn within<T>(&mut self, act: impl FnOnce(&Eval<'a>) -> T) -> T {
        let most = self.steps_left.min(limits::EVAL_MAX_STEPS);
        self.eval.renew_up_to(most);
        let done = act(&self.eval);
        self.is_cut |= self.eval.is_exhausted();
        self.steps_left -= most.saturating_sub(self.eval.steps_left()).min(self.steps_left);
        done
    }

    /// What a field of a page's type holds: its value, or what was written where that is none.
    fn held(&mut self, page: PageIdx, at: FieldAt) -> Held {
        let field = self.seen.types().field(at);
        let value = self.within(|eval| eval.field(page, at).into_owned());
        if value == Value::Fault(Fault::TooCostly) {
            self.is_cut = true;
        }
        if value.is_empty()
            && field.is_written()
            && let Some(written) = self.seen.page(page).and_then(|page| page.doc.front.get(&field.key))
        {
            let text = written.on_one_line();
            if !text.is_empty() {
                return Held { ty: Ty::Text, value: Value::text(&text) };
            }
        }
        Held { ty: field.kind.ty(), value }
    }

    /// What the frontmatter says under a key that no type knows.
    fn untyped(&self, page: Option<PageIdx>, key: &str) -> Held {
        let Some(page) = self.page(page) else { return Held::nothing() };
        if matches!(key, "tags" | "tag") {
            let tags: Vec<Value> = page.doc.tags.iter().map(|tag| Value::text(tag)).collect();
            return Held { ty: Ty::List(Box::new(Ty::Text)), value: Value::List(tags.into()) };
        }
        match page.doc.front.get(key) {
            None => Held::nothing(),
            Some(front::Value::List(items)) => {
                let items: Vec<Value> = items.iter().map(|item| Value::text(&item.on_one_line())).collect();
                Held { ty: Ty::List(Box::new(Ty::Text)), value: Value::List(items.into()) }
            }
            Some(value) => {
                let text = value.on_one_line();
                let value = if text.is_empty() { Value::Empty } else { Value::text(&text) };
                Held { ty: Ty::Text, value }
            }
        }
    }
}

/// A comparison in the making.
struct Work<'a, 'w> {
    old: Teller<'a>,
    new: Teller<'a>,
    pairing: &'w Pairing,
    known: &'w Known<'w>,
}

impl Work<'_, '_> {
    /// What became of one page, but for its text; `None` when it is the same. It belonged to what is compared on the
    /// old side, and on the new.
    fn page(&mut self, pair: Pair, was_in: bool, is_in: bool) -> Option<PageChange> {
        let (old, new) = (self.old.page(pair.old), self.new.page(pair.new));
        let fate = match (old, new) {
            (None, None) => return None,
            (None, Some(_)) => Fate::Added,
            (Some(_), None) => Fate::Removed,
            _ if was_in && !is_in => Fate::Left,
            _ if is_in && !was_in => Fate::Joined,
            _ => Fate::Changed,
        };
        let is_same_file = matches!((old, new), (Some(old), Some(new)) if old.blob == new.blob);
        let fields = self.fields(pair, is_same_file);
        let both = old.zip(new);
        let change = PageChange {
            pair,
            fate,
            is_moved: both.is_some_and(|(old, new)| old.path != new.path),
            is_renamed: both.is_some_and(|(old, new)| old.title() != new.title()),
            is_retyped: both.is_some_and(|(old, new)| old.doc.front.text("type") != new.doc.front.text("type")),
            body: is_same_file.then_some(false),
            fields,
        };
        let is_same = fate == Fate::Changed && is_same_file && !change.is_moved && change.fields.is_empty();
        (!is_same).then_some(change)
    }

    fn is_body_changed(&self, old: Option<&Page>, new: Option<&Page>) -> Option<bool> {
        let (Some(old), Some(new)) = (old, new) else { return Some(true) };
        let (old, new) = ((self.known.read)(old.blob)?, (self.known.read)(new.blob)?);
        match (std::str::from_utf8(&old), std::str::from_utf8(&new)) {
            (Ok(old), Ok(new)) => Some(front::split(old).body_text().trim() != front::split(new).body_text().trim()),
            _ => Some(true),
        }
    }

    /// The fields that hold something else.
    fn fields(&mut self, pair: Pair, is_same_file: bool) -> Vec<FieldChange> {
        let (old_kind, new_kind) = (self.old.kind(pair.old), self.new.kind(pair.new));
        let mut changes = Vec::new();
        for (at, field) in new_kind.iter().flat_map(|(of, kind)| places(*of, kind)) {
            let before = old_kind.and_then(|(of, kind)| Some((of, kind.field(&field.key)?)));
            let new = pair.new.map_or_else(Held::nothing, |page| self.new.held(page, at));
            let old = match (pair.old, before) {
                (Some(page), Some(before)) => self.old.held(page, before),
                (page, _) => self.old.untyped(page, &field.key),
            };
            // A page that came has a type for the first time: its fields are no news of the type.
            let is_gained = before.is_none() && old_kind.is_some();
            let standing = if is_gained { Standing::Gained } else { Standing::Both };
            self.add(&mut changes, field, standing, old, new);
        }
        for (at, field) in old_kind.iter().flat_map(|(of, kind)| places(*of, kind)) {
            if new_kind.is_some_and(|(_, kind)| kind.field(&field.key).is_some()) {
                continue;
            }
            let old = pair.old.map_or_else(Held::nothing, |page| self.old.held(page, at));
            let new = self.new.untyped(pair.new, &field.key);
            let standing = if new_kind.is_some() { Standing::Lost } else { Standing::Both };
            self.add(&mut changes, field, standing, old, new);
        }
        if !is_same_file {
            self.add_untyped(&mut changes, pair, old_kind.map(|kind| kind.1), new_kind.map(|kind| kind.1));
        }
        changes
    }

    fn add(&self, changes: &mut Vec<FieldChange>, field: &types::Field, standing: Standing, old: Held, new: Held) {
        if let Some(change) = change::between(&old, &new, self.pairing) {
            let origin = match &field.kind {
                types::Kind::Rollup(_) => Origin::Total,
                types::Kind::Computed { .. } => Origin::Computed,
                _ => Origin::Written,
            };
            let label = field.label.clone();
            changes.push(FieldChange { key: field.key.clone(), label, origin, standing, old, new, change });
        }
    }

    fn add_untyped(
        &mut self,
        changes: &mut Vec<FieldChange>,
        pair: Pair,
        old_kind: Option<&Type>,
        new_kind: Option<&Type>,
    ) {
        let pages = [self.old.page(pair.old), self.new.page(pair.new)];
        let mut keys: Vec<&str> = Vec::new();
        for field in pages.into_iter().flatten().flat_map(|page| &page.doc.front.fields) {
            let is_typed = [old_kind, new_kind].into_iter().flatten().any(|kind| kind.field(&field.key).is_some());
            if !is_typed && !TOLD_ELSEWHERE.contains(&field.key.as_str()) && !keys.contains(&field.key.as_str()) {
                keys.push(&field.key);
            }
        }
        self.new.is_cut |= keys.len() > limits::COMPARE_MAX_UNTYPED;
        for key in keys.into_iter().take(limits::COMPARE_MAX_UNTYPED) {
            let (old, new) = (self.old.untyped(pair.old, key), self.new.untyped(pair.new, key));
            if let Some(change) = change::between(&old, &new, self.pairing) {
                let (origin, standing) = (Origin::Untyped, Standing::Both);
                changes.push(FieldChange {
                    key: key.into(),
                    label: Texts::default(),
                    origin,
                    standing,
                    old,
                    new,
                    change,
                });
            }
        }
    }

    fn count(&self, change: Option<PageChange>, pages: &mut Pages) {
        let Some(mut change) = change else { return };
        count_in(&mut pages.counts, &change, self.old.seen, self.new.seen);
        if pages.all.len() < limits::COMPARE_MAX_PAGES {
            // Texts are read for what is told alone.
            let (old, new) = (self.old.page(change.pair.old), self.new.page(change.pair.new));
            change.body = change.body.or_else(|| self.is_body_changed(old, new));
            pages.all.push(change);
        }
    }

    /// Records that belong to the pages in scope, on either side.
    fn records(&mut self, in_scope: &[Pair], records: &mut Pages) {
        let old_roots: Vec<PageIdx> = in_scope.iter().filter_map(|pair| pair.old).collect();
        let new_roots: Vec<PageIdx> = in_scope.iter().filter_map(|pair| pair.new).collect();
        let (was_in, is_in) = (belonging(self.old.seen, &old_roots), belonging(self.new.seen, &new_roots));
        records.n_seen = (was_in.len(), is_in.len());
        let is_root: FxHashSet<Pair> = in_scope.iter().copied().collect();
        let mut pairs: Vec<Pair> =
            is_in.iter().map(|page| Pair { old: self.pairing.old_of(*page), new: Some(*page) }).collect();
        pairs.extend(was_in.iter().map(|page| Pair { old: Some(*page), new: self.pairing.new_of(*page) }));
        sort_by_path(&mut pairs, self.old.seen, self.new.seen);
        pairs.dedup();
        for pair in pairs.into_iter().filter(|pair| !is_root.contains(pair)) {
            let was_in = pair.old.is_some_and(|page| was_in.contains(&page));
            let is_in = pair.new.is_some_and(|page| is_in.contains(&page));
            let change = self.page(pair, was_in, is_in);
            self.count(change, records);
        }
    }

    /// Which totals of a page are worth taking apart.
    fn totals_of(&self, pair: Pair, change: Option<&PageChange>, wants_all: bool) -> Vec<(Pair, Box<str>)> {
        if wants_all {
            let kinds = [self.new.kind(pair.new), self.old.kind(pair.old)];
            let mut keys: Vec<Box<str>> = Vec::new();
            for field in kinds.into_iter().flatten().flat_map(|(_, kind)| &kind.fields) {
                if matches!(field.kind, types::Kind::Rollup(_)) && !keys.contains(&field.key) {
                    keys.push(field.key.clone());
                }
            }
            return keys.into_iter().map(|key| (pair, key)).collect();
        }
        let Some(change) = change.filter(|change| change.fate == Fate::Changed) else { return Vec::new() };
        let totals = change.fields.iter().filter(|field| field.origin == Origin::Total);
        totals.map(|field| (pair, field.key.clone())).collect()
    }
}

/// Counts a page under its type.
fn count_in(counts: &mut BTreeMap<Box<str>, Count>, change: &PageChange, old: Seen<'_>, new: Seen<'_>) {
    let kind =
        |seen: Seen<'_>, page: Option<PageIdx>| kind_of(seen, page).map(|kind| (kind.name.clone(), kind.label.clone()));
    let kind = kind(new, change.pair.new).or_else(|| kind(old, change.pair.old));
    let (name, label) = kind.unwrap_or_default();
    let count = counts.entry(name).or_default();
    count.label = label;
    count.add(change);
}

fn kind_of<'a>(seen: Seen<'a>, page: Option<PageIdx>) -> Option<&'a Type> {
    Some(seen.types().get(seen.records().get(page?)?.of))
}

/// The fields of a type, each with its place.
fn places(of: types::TypeIdx, kind: &Type) -> impl Iterator<Item = (FieldAt, &types::Field)> {
    let fields = (0..).zip(&kind.fields).map(move |(at, field)| ((of, at), field));
    fields.filter(|(_, field)| !TOLD_ELSEWHERE.contains(&&*field.key))
}

/// The records that belong to pages: those that refer to one by a field which has a name in reverse
/// or which a total counts, and whatever lies below any of them in the tree of records.
fn belonging(seen: Seen<'_>, roots: &[PageIdx]) -> FxHashSet<PageIdx> {
    let (types, records) = (seen.types(), seen.records());
    let mut belongs: FxHashSet<PageIdx> = FxHashSet::default();
    if types.is_empty() {
        return belongs;
    }
    let mut below: FxHashMap<PageIdx, Vec<PageIdx>> = FxHashMap::default();
    for (page, parent) in maptree::parents(seen) {
        below.entry(parent).or_default().push(page);
    }
    let mut ways: FxHashMap<types::TypeIdx, Vec<FieldAt>> = FxHashMap::default();
    let mut rest: Vec<PageIdx> = Vec::new();
    for root in roots {
        rest.extend(below.get(root).into_iter().flatten());
        let Some(of) = records.get(*root).map(|record| record.of) else { continue };
        let ways = ways.entry(of).or_insert_with(|| ways_to(types, of));
        rest.extend(ways.iter().flat_map(|at| records.referrers(*at, *root)));
    }
    while let Some(page) = rest.pop() {
        if belongs.insert(page) {
            rest.extend(below.get(&page).into_iter().flatten());
        }
    }
    for root in roots {
        belongs.remove(root);
    }
    belongs
}

/// The fields by which records belong to one of a type.
fn ways_to(types: &types::Types, of: types::TypeIdx) -> Vec<FieldAt> {
    let named = types.inverse_names(of).flat_map(|name| types.inverse(of, name).iter().copied());
    let counted = types.get(of).fields.iter().filter_map(|field| match &field.kind {
        types::Kind::Rollup(rollup) => Some((rollup.from, rollup.via)),
        _ => None,
    });
    // Who was superseded belongs to nobody by that.
    let mut ways: Vec<FieldAt> = named.chain(counted).filter(|at| &*types.field(*at).key != "superseded_by").collect();
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Files that are no pages.
fn files(old: Seen<'_>, new: Seen<'_>, scope: Scope<'_>, found: &mut Comparison) {
    let is_wanted = |path: &FilePath| path.kind() != FileKind::Page && is_in_scope(path, scope);
    let mut olds = old.entries().iter().filter(|entry| is_wanted(&entry.path)).peekable();
    let mut add = |path: &FilePath, fate: Fate| {
        found.n_files += 1;
        if found.files.len() < limits::COMPARE_MAX_FILES {
            found.files.push(FileChange { path: path.clone(), fate });
        }
    };
    for entry in new.entries().iter().filter(|entry| is_wanted(&entry.path)) {
        while let Some(gone) = olds.next_if(|gone| gone.path < entry.path) {
            add(&gone.path, Fate::Removed);
        }
        match olds.next_if(|before| before.path == entry.path) {
            Some(before) if before.blob == entry.blob => {}
            Some(_) => add(&entry.path, Fate::Changed),
            None => add(&entry.path, Fate::Added),
        }
    }
    for gone in olds {
        add(&gone.path, Fate::Removed);
    }
}
