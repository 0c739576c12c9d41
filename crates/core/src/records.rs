//! The records of a site: what the frontmatter of each typed page holds, read by its type.
//!
//! Reading a field is total: what is spelled wrong is a problem that says what to write, and the
//! field is then empty. References are resolved by the names of the site. What must hold between
//! records is judged in `judge`; what is computed from them, in `eval`.

use std::fmt::Write as _;
use std::hash::BuildHasher as _;
use std::sync::{Arc, OnceLock};

use rust_decimal::Decimal;
use rustc_hash::FxBuildHasher;

use crate::carry::{self, Shift};
use crate::doc::Doc;
use crate::front::{self, Front, Scalar};
use crate::links;
use crate::names::{self, Asking, Found, Names, PageIdx};
use crate::path::{FilePath, Kind as FileKind};
use crate::problem::{Level, Pos, Problem};
use crate::site::{Lent, Page};
use crate::types::{Allow, Bounds, Field, FieldAt, Kind, Type, TypeIdx, Types, pos};
use crate::value::{self, Currency, Date, Misspelt, Moment, Money, Period, Value};

/// Keys that every page may have, whatever its type.
pub const COMMON_KEYS: [&str; 10] =
    ["type", "title", "tags", "tag", "aliases", "alias", "lang", "superseded_by", "x", "description"];

/// One typed page's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub of: TypeIdx,
    /// In the order of the type's fields; those that are computed are empty here.
    pub values: Box<[Value]>,
    /// What is wrong with single fields.
    pub problems: Vec<Problem>,
    /// The keys of names from which the references follow.
    noted: Arc<[u32]>,
}

impl Record {
    /// The same where pages stand now; `None` when one that it refers to is gone.
    fn followed(self: &Arc<Record>, pages: &Shift) -> Option<Arc<Record>> {
        if pages.is_none() || self.values.iter().all(|value| is_level(value, pages)) {
            return Some(Arc::clone(self));
        }
        let mut values = self.values.clone();
        for value in &mut values {
            follow(value, pages)?;
        }
        Some(Arc::new(Record { of: self.of, values, problems: self.problems.clone(), noted: Arc::clone(&self.noted) }))
    }
}

/// Whether the pages in a value stand where they stood.
fn is_level(value: &Value, pages: &Shift) -> bool {
    match value {
        Value::Page(page) => pages.to(*page) == Some(*page),
        Value::List(items) | Value::Record(items) => items.iter().all(|item| is_level(item, pages)),
        _ => true,
    }
}

/// Puts the pages in a value where they stand now; `None` when one is gone.
fn follow(value: &mut Value, pages: &Shift) -> Option<()> {
    match value {
        Value::Page(page) => *page = pages.to(*page)?,
        Value::List(items) | Value::Record(items) if !items.iter().all(|item| is_level(item, pages)) => {
            let mut all = items.to_vec();
            for item in &mut all {
                follow(item, pages)?;
            }
            *items = all.into();
        }
        _ => {}
    }
    Some(())
}

/// All records of a site, by page.
#[derive(Debug)]
pub struct Records {
    types: Arc<Types>,
    all: Vec<Option<Arc<Record>>>,
    by_type: Vec<Vec<PageIdx>>,
    /// For each field of each type: who refers to whom by it, and who holds the same.
    indexes: Vec<Vec<OnceLock<Arc<Index>>>>,
}

/// The records of a type by what one of their fields holds. Pairs are sorted, each once.
#[derive(Debug, Default)]
struct Index {
    /// Page referred to, page that refers.
    by_target: Vec<(PageIdx, PageIdx)>,
    /// Other values by the hash of their spelling, page that holds it.
    by_text: Vec<(u32, PageIdx)>,
}

/// Pages of which a field holds something else than before, by where they stood and stand.
#[derive(Clone, Default)]
struct Differing {
    before: Vec<PageIdx>,
    now: Vec<PageIdx>,
}

impl Records {
    /// Reads the records of all pages. What `lent` read of the same doc by the same types is taken
    /// over, if no name that it refers by means something else.
    pub(crate) fn read(
        pages: &[Page],
        types: &Arc<Types>,
        names: &Names,
        lent: Option<(&Lent<'_>, &Records)>,
    ) -> Records {
        let lent = lent.filter(|(_, records)| Arc::ptr_eq(&records.types, types));
        let mut all: Vec<Option<Arc<Record>>> = vec![None; pages.len()];
        if types.is_empty() {
            return Records::new(types, all, |_| Vec::new());
        }
        let mut anew: Vec<PageIdx> = Vec::new();
        for (at, page) in (0..).zip(pages) {
            let kept = lent.and_then(|(lent, records)| match records.all.get(lent.same(at, page)? as usize)? {
                Some(record) if lent.keys.has_any(&record.noted) => None,
                Some(record) => record.followed(&lent.pages).map(Some),
                // It was of no type, by the same types.
                None => Some(None),
            });
            match kept {
                Some(record) => all[at as usize] = record,
                None => anew.push(at),
            }
        }
        let read = carry::each(&anew, |at| read_record(&pages[*at as usize], types, names).map(Arc::new));
        for (at, record) in anew.iter().zip(read) {
            all[*at as usize] = record;
        }
        match lent {
            Some((lent, previous)) => Records::new(types, all, |new| previous.indexes_for(new, lent, &anew)),
            None => Records::new(types, all, |new| {
                new.types.all().iter().map(|kind| kind.fields.iter().map(|_| OnceLock::new()).collect()).collect()
            }),
        }
    }

    fn new(
        types: &Arc<Types>,
        all: Vec<Option<Arc<Record>>>,
        indexes: impl FnOnce(&Records) -> Vec<Vec<OnceLock<Arc<Index>>>>,
    ) -> Records {
        let mut by_type = vec![Vec::new(); types.all().len()];
        for (at, record) in (0..).zip(&all) {
            if let Some(record) = record {
                by_type[usize::from(record.of)].push(at);
            }
        }
        let mut records = Records { types: Arc::clone(types), all, by_type, indexes: Vec::new() };
        records.indexes = indexes(&records);
        records
    }

    /// The indexes that there are, for `new`, of which the records of `anew` were read.
    fn indexes_for(&self, new: &Records, lent: &Lent<'_>, anew: &[PageIdx]) -> Vec<Vec<OnceLock<Arc<Index>>>> {
        let mut differing: Vec<Vec<Differing>> =
            self.types.all().iter().map(|kind| vec![Differing::default(); kind.fields.len()]).collect();
        let was = anew.iter().map(|now| (lent.pages.from(*now), Some(*now)));
        for (was, now) in lent.pages.gone().map(|was| (Some(was), None)).chain(was) {
            let (old, record) = (was.and_then(|was| self.get(was)), now.and_then(|now| new.get(now)));
            for (page, one, other, is_new) in [(was, old, record, false), (now, record, old, true)] {
                let (Some(page), Some(one)) = (page, one) else { continue };
                let other = other.filter(|other| other.of == one.of);
                for (at, value) in one.values.iter().enumerate() {
                    if other.is_some_and(|other| lies_alike(value, &other.values[at], lent, is_new)) {
                        continue;
                    }
                    let field = &mut differing[usize::from(one.of)][at];
                    if is_new { field.now.push(page) } else { field.before.push(page) }
                }
            }
        }
        let followed = |at: FieldAt, index: &OnceLock<Arc<Index>>, differing: &Differing| match index.get() {
            None => OnceLock::new(),
            Some(same) if lent.pages.is_none() && differing.before.is_empty() && differing.now.is_empty() => {
                OnceLock::from(Arc::clone(same))
            }
            Some(index) => OnceLock::from(Arc::new(index.followed(&lent.pages, differing, new, at))),
        };
        (0..)
            .zip(self.indexes.iter().zip(&differing))
            .map(|(of, (indexes, differing))| {
                (0..).zip(indexes.iter().zip(differing)).map(|(at, (index, d))| followed((of, at), index, d)).collect()
            })
            .collect()
    }

    pub fn types(&self) -> &Types {
        &self.types
    }

    pub fn get(&self, page: PageIdx) -> Option<&Record> {
        self.all.get(page as usize)?.as_deref()
    }

    /// Whether the record of a page is that of a page of another site, and refers to the same pages.
    /// It may be so without being told so.
    pub(crate) fn is_same(&self, page: PageIdx, other: &Records, page_there: PageIdx) -> bool {
        match (self.all.get(page as usize), other.all.get(page_there as usize)) {
            (Some(Some(one)), Some(Some(other))) => Arc::ptr_eq(one, other),
            (Some(None), Some(None)) => true,
            _ => false,
        }
    }

    /// The records of one type, in the order of their paths.
    pub fn of_type(&self, kind: TypeIdx) -> &[PageIdx] {
        self.by_type.get(usize::from(kind)).map_or(&[], Vec::as_slice)
    }

    /// What a field of a page holds as written (or by default).
    pub fn value(&self, page: PageIdx, at: FieldAt) -> Option<&Value> {
        let record = self.get(page)?;
        if record.of != at.0 { None } else { record.values.get(usize::from(at.1)) }
    }

    /// Records that refer to `target` by this field, in the order of their paths.
    pub fn referrers(&self, at: FieldAt, target: PageIdx) -> impl ExactSizeIterator<Item = PageIdx> + '_ {
        let pairs = &self.index(at).by_target;
        let from = pairs.partition_point(|pair| pair.0 < target);
        let to = pairs.partition_point(|pair| pair.0 <= target);
        pairs[from..to].iter().map(|pair| pair.1)
    }

    /// Records that refer to `target` by whatever field.
    pub fn all_referrers(&self, target: PageIdx) -> Vec<PageIdx> {
        let mut from: Vec<PageIdx> = Vec::new();
        for (of, kind) in (0..).zip(self.types.all()) {
            for (at, field) in (0..).zip(&kind.fields) {
                if field.targets().is_some() {
                    from.extend(self.referrers((of, at), target));
                }
            }
        }
        // References inside nested records have no index; few types have them.
        let has_nested = |kind: &Type| {
            kind.fields.iter().any(|field| match &field.kind {
                Kind::Record(_) => true,
                Kind::List { of, .. } => matches!(**of, Kind::Record(_)),
                _ => false,
            })
        };
        let nested = |value: &Value| match value {
            Value::Record(parts) => parts.contains(&Value::Page(target)),
            _ => false,
        };
        let kinds = (0..).zip(self.types.all()).filter(|(_, kind)| has_nested(kind));
        for page in kinds.flat_map(|(of, _)| self.of_type(of)).copied() {
            let Some(record) = self.get(page) else { continue };
            let refers = record.values.iter().any(|value| match value {
                Value::List(items) => items.iter().any(nested),
                value => nested(value),
            });
            if refers {
                from.push(page);
            }
        }
        from.sort_unstable();
        from.dedup();
        from
    }

    /// Records of the field's type that hold this value in it, in the order of their paths.
    pub fn holding(&self, at: FieldAt, value: &Value) -> Vec<PageIdx> {
        if let Value::Page(target) = value {
            return self.referrers(at, *target).collect();
        }
        if value.is_empty() {
            return Vec::new();
        }
        let text = value.to_string();
        let hash = hash_of(&text);
        let pairs = &self.index(at).by_text;
        let from = pairs.partition_point(|pair| pair.0 < hash);
        let holds = |page: &PageIdx| match (self.value(*page, at), value) {
            (Some(Value::Text(held)), Value::Text(asked)) => held == asked,
            (Some(held), _) => held.to_string() == text,
            (None, _) => false,
        };
        pairs[from..].iter().take_while(|pair| pair.0 == hash).map(|pair| pair.1).filter(holds).collect()
    }

    fn index(&self, at: FieldAt) -> &Index {
        self.indexes[usize::from(at.0)][usize::from(at.1)].get_or_init(|| {
            let mut index = Index::default();
            index.add(self, at, self.of_type(at.0));
            Arc::new(index)
        })
    }
}

/// Whether a value that was read anew lies in an index where the one before did. By its spelling
/// too: 1.0 and 1.00 are equal, but lie apart.
fn lies_alike(value: &Value, other: &Value, lent: &Lent<'_>, is_new: bool) -> bool {
    let (old, new) = if is_new { (other, value) } else { (value, other) };
    if lent.pages.is_none() || is_level(old, &lent.pages) {
        return old == new && old.to_string() == new.to_string();
    }
    let mut old = old.clone();
    follow(&mut old, &lent.pages).is_some() && old == *new
}

impl Index {
    /// Adds what a field of these pages holds.
    fn add(&mut self, records: &Records, at: FieldAt, pages: &[PageIdx]) {
        let mut text = String::new();
        for page in pages {
            match records.value(*page, at) {
                Some(Value::Page(target)) => self.by_target.push((*target, *page)),
                Some(Value::List(items)) => {
                    for item in items.iter() {
                        if let Value::Page(target) = item {
                            self.by_target.push((*target, *page));
                        }
                    }
                }
                Some(value) if !value.is_empty() => {
                    text.clear();
                    // Writing to a text does not fail.
                    let _ = write!(text, "{value}");
                    self.by_text.push((hash_of(&text), *page));
                }
                _ => {}
            }
        }
        self.by_target.sort_unstable();
        self.by_target.dedup();
        self.by_text.sort_unstable();
    }

    /// The same where pages stand now, with what differs as `records` have it.
    fn followed(&self, pages: &Shift, differing: &Differing, records: &Records, at: FieldAt) -> Index {
        let mut before = differing.before.clone();
        before.sort_unstable();
        let stays = |page: &PageIdx| before.binary_search(page).is_err();
        let mut new = Index::default();
        new.add(records, at, &differing.now);
        let kept = self.by_target.iter().filter(|pair| stays(&pair.1));
        let by_target = merged(kept.filter_map(|pair| Some((pages.to(pair.0)?, pages.to(pair.1)?))), new.by_target);
        let kept = self.by_text.iter().filter(|pair| stays(&pair.1));
        let by_text = merged(kept.filter_map(|pair| Some((pair.0, pages.to(pair.1)?))), new.by_text);
        Index { by_target, by_text }
    }
}

/// Two sorted lists as one.
fn merged(kept: impl Iterator<Item = (u32, u32)>, new: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let mut new = new.into_iter().peekable();
    let mut all = Vec::with_capacity(kept.size_hint().1.unwrap_or(0) + new.len());
    for pair in kept {
        while let Some(before) = new.next_if(|new| *new < pair) {
            all.push(before);
        }
        all.push(pair);
    }
    all.extend(new);
    all
}

fn hash_of(text: &str) -> u32 {
    // The upper bits are the better mixed ones.
    (FxBuildHasher.hash_one(text) >> 32) as u32
}

/// The record of a page; `None` when it is of no type that is known.
fn read_record(page: &Page, types: &Types, names: &Names) -> Option<Record> {
    if page.path.kind() != FileKind::Page {
        return None;
    }
    record_of(&page.doc, &page.path, types, names)
}

/// The record of a doc that stands (or would stand) at `path`.
pub fn record_of(doc: &Doc, path: &FilePath, types: &Types, names: &Names) -> Option<Record> {
    let of = types.named(doc.front.text("type")?)?;
    let mut reader = Reader { folder: path.folder(), names: Asking::new(names), problems: Vec::new() };
    let kind = types.get(of);
    let values = kind.fields.iter().map(|field| reader.field(field, doc.front.get(&field.key))).collect();
    reader.unknown_keys(kind, &doc.front);
    Some(Record { of, values, problems: reader.problems, noted: reader.names.noted() })
}

/// The scalars of a page's frontmatter that its type takes for references.
pub fn reference_scalars<'d>(doc: &'d Doc, types: &Types) -> Vec<&'d Scalar> {
    let mut found = Vec::new();
    let Some(of) = doc.front.text("type").and_then(|name| types.named(name)) else { return found };
    for field in &types.get(of).fields {
        if let Some(written) = doc.front.get(&field.key) {
            add_references(&field.kind, written, &mut found);
        }
    }
    found
}

fn add_references<'d>(kind: &Kind, written: &'d front::Value, found: &mut Vec<&'d Scalar>) {
    match (kind, written) {
        (Kind::Ref(_), front::Value::Scalar(scalar)) => found.push(scalar),
        (Kind::List { of, .. }, front::Value::List(items)) => {
            for item in items {
                add_references(of, item, found);
            }
        }
        (Kind::List { of, .. }, one) => add_references(of, one, found),
        (Kind::Record(fields), front::Value::Map(entries)) => {
            for entry in entries {
                if let Some(field) = fields.iter().find(|field| *field.key == *entry.key) {
                    add_references(&field.kind, &entry.value, found);
                }
            }
        }
        _ => {}
    }
}

/// Where a field is written in a page: its value, else its key, else the type's key.
pub fn place(front: &Front, key: &str) -> Pos {
    let found = front.fields.iter().find(|field| field.key == key);
    match found {
        Some(field) if !matches!(field.value, front::Value::Empty) => pos(&field.value),
        Some(field) => field.at,
        None => front.fields.iter().find(|field| field.key == "type").map(|field| field.at).unwrap_or_default(),
    }
}

/// What one field of a form or file means: its value, or what is wrong. `folder` and `names` are
/// for references.
pub fn read_value(field: &Field, written: &front::Value, folder: &str, names: &Names) -> Result<Value, Vec<Problem>> {
    let mut reader = Reader { folder, names: Asking::new(names), problems: Vec::new() };
    let value = reader.field(field, Some(written));
    if reader.problems.is_empty() { Ok(value) } else { Err(reader.problems) }
}

struct Reader<'a> {
    folder: &'a str,
    names: Asking<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn field(&mut self, field: &Field, written: Option<&front::Value>) -> Value {
        match written {
            Some(written) if !field.is_written() => {
                self.tell(pos(written), "field-computed", &[("field", &field.key)]);
                Value::Empty
            }
            None | Some(front::Value::Empty) => match &field.default {
                Some(default) => {
                    let scalar = Scalar { text: default.to_string(), quoted: false, at: Pos::default(), span: (0, 0) };
                    let n_told = self.problems.len();
                    let value = self.scalar(&field.kind, &field.key, &scalar);
                    self.problems.truncate(n_told);
                    value
                }
                None => Value::Empty,
            },
            Some(written) => self.value(&field.kind, &field.key, written),
        }
    }

    fn value(&mut self, kind: &Kind, key: &str, written: &front::Value) -> Value {
        match (kind, written) {
            (_, front::Value::Empty) => Value::Empty,
            (Kind::List { of, min, max, unique }, written) => {
                let one = std::slice::from_ref(written);
                let items = match written {
                    front::Value::List(items) => items.as_slice(),
                    _ => one,
                };
                let values: Vec<Value> = items.iter().map(|item| self.value(of, key, item)).collect();
                let at = pos(written);
                if min.is_some_and(|min| values.len() < min) {
                    self.tell(at, "list-few", &[("field", key), ("want", &min.unwrap_or(0).to_string())]);
                }
                if max.is_some_and(|max| values.len() > max) {
                    self.tell(at, "list-many", &[("field", key), ("want", &max.unwrap_or(0).to_string())]);
                }
                if *unique
                    && let Some((later, _)) =
                        values.iter().enumerate().find(|(at, value)| !value.is_empty() && values[..*at].contains(value))
                {
                    let found = items.get(later).and_then(front::Value::text).unwrap_or_default();
                    self.tell(at, "list-twice", &[("field", key), ("found", found)]);
                }
                Value::List(values.into())
            }
            (Kind::Record(fields), front::Value::Map(entries)) => {
                for entry in entries.iter().filter(|entry| !fields.iter().any(|field| *field.key == *entry.key)) {
                    let near = names::nearest(&entry.key, fields.iter().map(|field| &*field.key)).unwrap_or_default();
                    let args = [("name", entry.key.as_str()), ("near", near)];
                    self.problems.push(Problem::new(Level::Warning, entry.at, "field-unknown", &args));
                }
                let get = |key: &str| entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
                let mut values = Vec::with_capacity(fields.len());
                for field in fields.iter() {
                    let value = self.field(field, get(&field.key));
                    if field.required && value.is_empty() {
                        let path = format!("{key}.{}", field.key);
                        self.tell(pos(written), "field-required", &[("field", &path)]);
                    }
                    values.push(value);
                }
                Value::Record(values.into())
            }
            (Kind::Record(_), other) => {
                self.tell(pos(other), "value-record", &[("field", key)]);
                Value::Empty
            }
            (_, front::Value::Scalar(scalar)) => self.scalar(kind, key, scalar),
            (_, other) => {
                self.tell(pos(other), "value-scalar", &[("field", key), ("kind", kind.name())]);
                Value::Empty
            }
        }
    }

    fn scalar(&mut self, kind: &Kind, key: &str, scalar: &Scalar) -> Value {
        let text = scalar.text.trim();
        if text.is_empty() {
            return Value::Empty;
        }
        match kind {
            Kind::Text { max_chars, pattern } => {
                self.length(scalar, key, *max_chars);
                if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern.fits(text)) {
                    self.tell(
                        scalar.at,
                        "value-pattern",
                        &[("field", key), ("found", text), ("want", &pattern.source)],
                    );
                }
                Value::text(text)
            }
            Kind::Markdown { max_chars } => {
                self.length(scalar, key, *max_chars);
                Value::text(&scalar.text)
            }
            Kind::Int(bounds) => self.number(scalar, key, value::strict_whole(text), bounds, Value::Number),
            Kind::Decimal(bounds) => self.number(scalar, key, value::strict_decimal(text), bounds, Value::Number),
            Kind::Percent(bounds) => self.number(scalar, key, value::strict_percent(text), bounds, Value::Percent),
            Kind::Money { currencies, unknown } => {
                if text == "unknown" && !matches!(unknown, Allow::Never) {
                    return Value::Unknown;
                }
                if text == "unknown" {
                    self.tell(scalar.at, "value-unknown", &[("field", key)]);
                    return Value::Empty;
                }
                match Money::parse(text) {
                    Ok(money) if currencies.is_empty() || currencies.contains(&money.currency) => Value::Money(money),
                    Ok(money) => {
                        let codes: Vec<&str> = currencies.iter().map(Currency::code).collect();
                        let args = [("field", key), ("found", money.currency.code()), ("want", &codes.join(", "))];
                        self.tell(scalar.at, "value-currency", &args);
                        Value::Empty
                    }
                    Err(fault) => {
                        let currency = currencies.first().copied().unwrap_or(Currency::EUR);
                        let fix = guess_money(text, currency).map_or_else(
                            || Money { amount: Decimal::new(123_456, 2), currency }.to_string(),
                            |money| money.to_string(),
                        );
                        self.misspelt(scalar, key, fault, &fix);
                        Value::Empty
                    }
                }
            }
            Kind::Date => match Date::parse(text) {
                Ok(date) => Value::Date(date),
                Err(fault) => {
                    let fix = guess_date(text).map_or_else(|| "2010-05-01".to_owned(), |date| date.to_string());
                    self.misspelt(scalar, key, fault, &fix);
                    Value::Empty
                }
            },
            Kind::Period => match Period::parse(text) {
                Ok(period) => Value::Period(period),
                Err(fault) => {
                    let fix = match (Date::parse(text), text.split_once('/')) {
                        (Ok(date), _) => format!("{date}/{date}"),
                        (_, Some((from, to))) if fault == Misspelt::PeriodOrder => format!("{to}/{from}"),
                        _ => "2010-01/2010-05".to_owned(),
                    };
                    self.misspelt(scalar, key, fault, &fix);
                    Value::Empty
                }
            },
            Kind::Moment => match Moment::parse(text) {
                Ok(moment) => Value::Moment(moment),
                Err(fault) => {
                    self.misspelt(scalar, key, fault, "2010-03-04T10:00:00+01:00");
                    Value::Empty
                }
            },
            Kind::Bool => match value::strict_bool(text) {
                Ok(yes) => Value::Bool(yes),
                Err(fault) => {
                    let is_no = matches!(
                        text.to_ascii_lowercase().as_str(),
                        "no" | "nee" | "n" | "off" | "uit" | "0" | "false"
                    );
                    self.misspelt(scalar, key, fault, if is_no { "false" } else { "true" });
                    Value::Empty
                }
            },
            Kind::Choice { choices, .. } => match choices.iter().find(|choice| *choice.id == *text) {
                Some(choice) => Value::Text(Arc::clone(&choice.id)),
                None => {
                    let near = names::nearest(text, choices.iter().map(|choice| &*choice.id)).unwrap_or_default();
                    let ids: Vec<&str> = choices.iter().map(|choice| &*choice.id).take(12).collect();
                    let args = [("field", key), ("found", text), ("near", near), ("want", &ids.join(", "))];
                    self.tell(scalar.at, "value-choice", &args);
                    Value::Empty
                }
            },
            Kind::Ref(_) => {
                let target = links::reference(text).unwrap_or(text);
                match self.names.find(self.folder, links::parts(target).name) {
                    Found::Page(page) => Value::Page(page),
                    _ => Value::Lost(text.into()),
                }
            }
            Kind::Url { prefix } => {
                let fits = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
                match prefix {
                    Some(prefix) if !text.starts_with(&**prefix) => {
                        self.tell(scalar.at, "value-prefix", &[("field", key), ("found", text), ("want", prefix)]);
                    }
                    None if !fits || text.contains(char::is_whitespace) => {
                        let fix = format!("https://{}", text.split_whitespace().next().unwrap_or_default());
                        self.tell(scalar.at, "value-url", &[("field", key), ("found", text), ("fix", &fix)]);
                    }
                    _ => {}
                }
                Value::text(text)
            }
            Kind::Email => {
                let fits = text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
                if !fits || text.contains(char::is_whitespace) {
                    self.tell(scalar.at, "value-email", &[("field", key), ("found", text)]);
                }
                Value::text(text)
            }
            Kind::Language => {
                if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') || text.len() > 35 {
                    self.tell(scalar.at, "value-language", &[("field", key), ("found", text)]);
                }
                Value::text(text)
            }
            Kind::File => Value::text(text),
            Kind::List { .. } | Kind::Record(_) | Kind::Computed { .. } | Kind::Rollup(_) => Value::Empty,
        }
    }

    fn number(
        &mut self,
        scalar: &Scalar,
        key: &str,
        read: Result<Decimal, Misspelt>,
        bounds: &Bounds,
        make: fn(Decimal) -> Value,
    ) -> Value {
        let text = scalar.text.trim();
        match read {
            Ok(number) => {
                if let Some(min) = bounds.min.filter(|min| number < *min) {
                    self.tell(
                        scalar.at,
                        "value-low",
                        &[("field", key), ("found", text), ("want", &make(min).to_string())],
                    );
                }
                if let Some(max) = bounds.max.filter(|max| number > *max) {
                    self.tell(
                        scalar.at,
                        "value-high",
                        &[("field", key), ("found", text), ("want", &make(max).to_string())],
                    );
                }
                make(number)
            }
            Err(fault) => {
                let plain = text.replace(',', ".").replace(['%', ' ', '\u{a0}'], "");
                let fix = match (fault, value::strict_decimal(&plain)) {
                    (Misspelt::Percent, Ok(_)) => format!("{plain}%"),
                    (Misspelt::Percent, Err(_)) => "80%".to_owned(),
                    (Misspelt::Number, Ok(_)) => plain,
                    (Misspelt::Whole, Ok(number)) => number.round().to_string(),
                    (Misspelt::Number, _) => "0.5".to_owned(),
                    _ => "5".to_owned(),
                };
                self.misspelt(scalar, key, fault, &fix);
                Value::Empty
            }
        }
    }

    fn length(&mut self, scalar: &Scalar, key: &str, most: Option<usize>) {
        if let Some(most) = most.filter(|most| scalar.text.chars().count() > *most) {
            self.tell(scalar.at, "value-long", &[("field", key), ("want", &most.to_string())]);
        }
    }

    fn misspelt(&mut self, scalar: &Scalar, key: &str, fault: Misspelt, fix: &str) {
        self.tell(scalar.at, fault.code(), &[("field", key), ("found", &scalar.text), ("fix", fix)]);
    }

    fn unknown_keys(&mut self, kind: &Type, front: &Front) {
        let known = |key: &str| COMMON_KEYS.contains(&key) || kind.field(key).is_some();
        for field in front.fields.iter().filter(|field| !known(&field.key)) {
            let candidates = kind.fields.iter().map(|field| &*field.key).chain(COMMON_KEYS);
            let near = names::nearest(&field.key, candidates).unwrap_or_default();
            let args = [("name", field.key.as_str()), ("near", near)];
            self.problems.push(Problem::new(Level::Warning, field.at, "field-unknown", &args));
        }
    }

    fn tell(&mut self, at: Pos, code: &str, args: &[(&str, &str)]) {
        self.problems.push(Problem::new(Level::Error, at, code, args));
    }
}

/// The amount that somebody perhaps meant: `1.234,56`, `€ 500.000`, `1,234.56`.
pub fn guess_money(text: &str, currency: Currency) -> Option<Money> {
    let (code, rest) = match text.split_at_checked(3) {
        Some((code, rest)) if Currency::parse(code).is_some() => (Currency::parse(code), rest),
        _ => (None, text),
    };
    let currency = code.unwrap_or(currency);
    let digits: String = rest.chars().filter(|char| !char.is_whitespace() && !"€$£_'".contains(*char)).collect();
    let digits = digits.replace('\u{2212}', "-");
    let n_minor = currency.n_minor_digits() as usize;
    // The last separator parts the cents when few enough digits follow it; all others group.
    let cents = digits.rfind([',', '.']).filter(|at| {
        let after = digits.len() - at - 1;
        after <= n_minor && after > 0 || (after == 0)
    });
    let (whole, cents) = match cents {
        Some(at) => (&digits[..at], &digits[at + 1..]),
        None => (digits.as_str(), ""),
    };
    let whole: String = whole.chars().filter(|char| !".,".contains(*char)).collect();
    let plain = format!("{whole}.{cents:0<width$}", width = n_minor.max(1));
    let plain = if n_minor == 0 { whole } else { plain };
    let negative = plain.starts_with('-');
    let trimmed = plain.trim_start_matches('-').trim_start_matches('0');
    let trimmed =
        if trimmed.is_empty() || trimmed.starts_with('.') { format!("0{trimmed}") } else { trimmed.to_owned() };
    let amount = value::strict_decimal(&trimmed).ok()?;
    Some(Money { amount: if negative { -amount } else { amount }, currency })
}

/// The date that somebody perhaps meant: `1-5-2010`, `01/05/2010`, `2010/5/1`, `5-2010`.
pub fn guess_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let pad = |part: &str| format!("{part:0>2}");
    let spelled = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => format!("{year}-{}-{}", pad(month), pad(day)),
        [day, month, year] if year.len() == 4 => format!("{year}-{}-{}", pad(month), pad(day)),
        [year, month] if year.len() == 4 => format!("{year}-{}", pad(month)),
        [month, year] if year.len() == 4 => format!("{year}-{}", pad(month)),
        _ => return None,
    };
    Date::parse(&spelled).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::path::Kind as FileKind;

    fn types(yaml: &str) -> Types {
        let (front, problems) = front::read(yaml, 1);
        assert_eq!(problems, []);
        let types = Types::read([("post", &front)].into_iter());
        assert!(types.problems.is_empty(), "{:?}", types.problems);
        types
    }

    fn record(types: &Types, text: &str) -> Record {
        let doc = crate::doc::parse(FileKind::Page, format!("---\ntype: post\n{text}---\n").as_bytes());
        assert_eq!(doc.problems, []);
        record_of(&doc, &FilePath::parse("a/b.md").unwrap(), types, &Names::default()).unwrap()
    }

    #[test]
    fn what_is_spelled_wrong_is_told_with_what_to_write() {
        let types = types(
            "type: post\nfields:\n  amount: {type: money, currency: [EUR]}\n  share: {type: percent, max: 100%}\n  day: {type: date}\n  period: {type: daterange}\n  open: {type: bool}\n  kind: {type: enum, values: [planned, spent]}\n  n: {type: int, min: 0}\n  id: {type: text, pattern: 'A-\\d+', max: 9}\n  site: {type: url}\n",
        );
        let cases = [
            ("amount: \"1.234,56\"\n", "value-money", "EUR 1234.56"),
            ("amount: 500000\n", "value-money-bare", "EUR 500000.00"),
            ("amount: € 500.000,00\n", "value-money", "EUR 500000.00"),
            ("amount: EUR 12.5\n", "value-money-cents", "EUR 12.50"),
            ("amount: EUR 1,234,567.89\n", "value-money", "EUR 1234567.89"),
            ("share: 0,8\n", "value-percent", "0.8%"),
            ("share: 80\n", "value-percent", "80%"),
            ("day: 1-5-2010\n", "value-date", "2010-05-01"),
            ("day: 2010-13\n", "value-date", "2010-05-01"),
            ("period: 2010\n", "value-period", "2010/2010"),
            ("period: 2011/2010\n", "value-period-order", "2010/2011"),
            ("open: NO\n", "value-bool", "false"),
            ("open: ja\n", "value-bool", "true"),
            ("n: 5.5\n", "value-whole", "6"),
            ("site: example.org\n", "value-url", "https://example.org"),
        ];
        for (text, code, fix) in cases {
            let record = record(&types, text);
            let [problem] = record.problems.as_slice() else { panic!("{text}: {:?}", record.problems) };
            assert_eq!(problem.code, code, "{text}");
            assert!(problem.args.contains(&("fix".to_owned(), fix.to_owned())), "{text}: {problem:?}");
            assert_eq!(problem.at.line, 3, "{text}");
            assert!(problem.at.column > 1, "{text}");
        }
        for (text, code) in [
            ("kind: plannd\n", "value-choice"),
            ("share: 101%\n", "value-high"),
            ("n: -1\n", "value-low"),
            ("id: B-1\n", "value-pattern"),
            ("id: [A-1]\n", "value-scalar"),
            ("amount: USD 1.00\n", "value-currency"),
            ("amount: unknown\n", "value-unknown"),
            ("sahre: 80%\n", "field-unknown"),
        ] {
            assert_eq!(
                record(&types, text).problems.iter().map(|p| p.code.as_str()).collect::<Vec<_>>(),
                [code],
                "{text}"
            );
        }
    }
}
