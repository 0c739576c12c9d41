//! A record as a form: what its fields hold as people type it, and back into the page's frontmatter
//! with the least change (INV-11).
//!
//! A field that comes back as it was shown keeps its bytes, however oddly it is written; a field
//! that was emptied goes; keys that the type does not know, comments and the body stay. What was
//! typed is never lost: a text that can't be read as a value is told as a fault and, where somebody
//! goes on in Markdown, written as it stands. What fields and records mean together is judged
//! elsewhere (`review`); how a form looks is the interface's.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::front::{self, Front, NewValue, Scalar, SetError};
use crate::limits;
use crate::links;
use crate::names::Found;
use crate::path::slug;
use crate::problem::{Level, Pos};
use crate::records;
use crate::site::Seen;
use crate::spelling::{self, Tongue};
use crate::types::{Allow, Choice, Field, Kind, Pattern, Type};
use crate::value::{self, Currency, Date, Misspelt, Moment, Money, Period, Value};

/// The texts of a form's inputs by name. Of a name that comes twice the last counts, as for a check
/// box with a hidden "no" before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    pub fn put(&mut self, name: String, text: String) {
        self.0.insert(name, text.replace("\r\n", "\n"));
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every input by its name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The numbers of the rows of a list that are in the form.
    fn rows(&self, list: &str) -> BTreeSet<usize> {
        self.below(list).filter_map(|rest| rest.split('.').next()?.parse().ok()).collect()
    }

    /// Names below a name, without it.
    fn below(&self, name: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{name}.");
        let from = self.0.range(prefix.clone()..);
        from.take_while({
            let prefix = prefix.clone();
            move |(key, _)| key.starts_with(&prefix)
        })
        .map(move |(key, _)| &key[prefix.len()..])
    }

    /// An empty row at the end of a list.
    pub fn add_row(&mut self, list: &str) {
        let rows = self.rows(list);
        if rows.len() < limits::FORM_MAX_ROWS {
            let next = rows.last().map_or(0, |last| last.saturating_add(1));
            self.0.insert(format!("{list}.{next}"), String::new());
        }
    }

    /// Takes a row out of its list; the others keep their numbers.
    pub fn remove_row(&mut self, row: &str) {
        let below = format!("{row}.");
        self.0.retain(|name, _| name != row && !name.starts_with(&below));
    }
}

/// What reading and writing fields needs to know of the world.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub tongue: Tongue,
    /// The clock of the wiki, for times without a distance to UTC.
    pub zone: &'a TimeZone,
    /// The folder of the page, from which references are read.
    pub folder: &'a str,
    pub seen: Seen<'a>,
}

/// A field of a form, or a part of one.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// The name of its input; of several inputs, what their names begin with.
    pub name: String,
    /// `None`: an item of a list, or a title that the type does not know.
    pub field: Option<&'a Field>,
    pub kind: &'a Kind,
    pub holds: Holds<'a>,
    /// It has its value for good.
    pub is_locked: bool,
}

/// What the inputs of a part hold.
#[derive(Clone, Debug)]
pub enum Holds<'a> {
    /// One input, `name`.
    Line(String),
    /// Two inputs, `name.from` and `name.to`.
    Ends { from: String, to: String },
    /// Two inputs, `name.date` and `name.time`.
    Clock { date: String, time: String },
    /// A list: `name.0`, `name.1` …; numbers may be missing. An input `name` says that it is there.
    Rows(Vec<Part<'a>>),
    /// A nested record: `name.key` for each field.
    Fields(Vec<Part<'a>>),
    /// Written in a way that no input holds; as it stands in the file. It can only stay or, as a
    /// row, go.
    Odd(String),
}

/// Texts kept back of which somebody is told; of more, these stand for all.
const STRAYS_MAX: usize = 20;

/// Something typed that can't be saved so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The input.
    pub name: String,
    /// The code of a problem (see `records`), or one of this module: `form-ref`, `form-ref-many`,
    /// `form-required`, `form-long`, `form-entangled`, `form-locked`; of what no input holds also
    /// `form-type` and `form-odd`.
    pub code: String,
    pub args: Vec<(String, String)>,
}

/// What a form changes, by key; `None` removes the field.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub changes: Vec<(Box<str>, Option<NewValue>)>,
    pub faults: Vec<Fault>,
}

/// A title for types that have no field for it.
static PLAIN_TEXT: Kind = Kind::Text { max_chars: None, pattern: None };

/// The name of the input of a top-level field.
pub fn input_name(key: &str) -> String {
    named("f", key)
}

/// The name of an input below another. Keys may hold anything; dots part the names.
fn named(above: &str, key: &str) -> String {
    let mut name = format!("{above}.");
    for char in key.chars() {
        match char {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '-' => name.push(char),
            char => {
                let _ = write!(name, "_{:x}_", u32::from(char));
            }
        }
    }
    name
}

/// The fields of a type with what the page holds and, over it, what was typed. The title goes first;
/// what is computed is not among them. `saved` is the page as the wiki has it.
pub fn parts<'a>(
    kind: &'a Type,
    front: &Front,
    typed: Option<&Typed>,
    saved: Option<&Front>,
    around: &Around<'_>,
) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let title = kind.field("title").map(|at| &kind.fields[usize::from(at)]);
    let mut add = |key: &str, field: Option<&'a Field>| {
        let own = field.map_or(&PLAIN_TEXT, |field| &field.kind);
        let mut part = part_of(own, field, input_name(key), front.get(key), around);
        part.is_locked = field.is_some_and(|field| field.immutable)
            && saved.and_then(|saved| saved.text(key)).is_some_and(|text| !text.trim().is_empty());
        // What is settled is shown as it is, since nobody can type in it.
        if let Some(typed) = typed.filter(|_| !part.is_locked) {
            fill(&mut part, front.get(key), typed, around);
        }
        parts.push(part);
    };
    add("title", title);
    for field in kind.fields.iter().filter(|field| field.is_written() && &*field.key != "title") {
        if &*field.key != "type" {
            add(&field.key, Some(field));
        }
    }
    parts
}

/// What the file says, as a part.
fn part_of<'a>(
    kind: &'a Kind,
    field: Option<&'a Field>,
    name: String,
    written: Option<&front::Value>,
    around: &Around<'_>,
) -> Part<'a> {
    let part = |name: String, holds: Holds<'a>| Part { name, field, kind, holds, is_locked: false };
    let default = field.and_then(|field| field.default.as_deref());
    let text = match written {
        None | Some(front::Value::Empty) => Some(default.unwrap_or_default()),
        Some(front::Value::Scalar(scalar)) => Some(scalar.text.as_str()),
        Some(_) => None,
    };
    match (kind, text) {
        (Kind::List { of, .. }, _) => {
            let items = items_of(written);
            let row = |at: usize| part_of(of, None, format!("{name}.{at}"), items.get(at), around);
            if items.len() > limits::FORM_MAX_ROWS {
                return part(name, Holds::Odd(shown(written)));
            }
            let rows = (0..items.len().max(1)).map(row).collect();
            part(name, Holds::Rows(rows))
        }
        (Kind::Record(fields), None | Some("")) if !matches!(written, Some(front::Value::List(_))) => {
            let entry = |key: &str| match written {
                Some(front::Value::Map(entries)) => {
                    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
                }
                _ => None,
            };
            let fields = fields
                .iter()
                .map(|field| part_of(&field.kind, Some(field), named(&name, &field.key), entry(&field.key), around));
            let fields = fields.collect();
            part(name, Holds::Fields(fields))
        }
        (Kind::Record(_), _) | (_, None) => part(name, Holds::Odd(shown(written))),
        (Kind::Period, Some(text)) => {
            let (from, to) = match Period::parse(text.trim()) {
                Ok(period) => spelling::typed_period(around.tongue, period),
                // As `raw_period` writes what it can't read.
                Err(_) => match text.split_once('/').filter(|(_, to)| !to.contains('/')) {
                    Some((from, to)) => (odd_end(from), odd_end(to)),
                    None => (text.to_owned(), String::new()),
                },
            };
            part(name, Holds::Ends { from, to })
        }
        (Kind::Moment, Some(text)) => {
            let (date, time) = match Moment::parse(text.trim()) {
                Ok(moment) => spelling::typed_moment(around.tongue, moment, around.zone),
                Err(_) => (text.to_owned(), String::new()),
            };
            part(name, Holds::Clock { date, time })
        }
        (kind, Some(text)) => part(name, Holds::Line(typed_text(kind, text, around))),
    }
}

fn items_of(written: Option<&front::Value>) -> &[front::Value] {
    match written {
        Some(front::Value::List(items)) => items,
        Some(front::Value::Empty) | None => &[],
        Some(value) => std::slice::from_ref(value),
    }
}

fn odd_end(text: &str) -> String {
    if text == ".." { String::new() } else { text.to_owned() }
}

/// One line of what no input holds: enough to know it by.
fn shown(written: Option<&front::Value>) -> String {
    let mut text = String::new();
    if let Some(written) = written {
        show(written, &mut text);
    }
    text
}

fn show(value: &front::Value, text: &mut String) {
    let between = |text: &mut String, at: usize| {
        if at > 0 {
            text.push_str(", ");
        }
    };
    match value {
        front::Value::Empty => {}
        front::Value::Scalar(scalar) => text.push_str(&scalar.text),
        front::Value::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                between(text, at);
                show(item, text);
            }
            text.push(']');
        }
        front::Value::Map(fields) => {
            text.push('{');
            for (at, field) in fields.iter().enumerate() {
                between(text, at);
                let _ = write!(text, "{}: ", field.key);
                show(&field.value, text);
            }
            text.push('}');
        }
    }
}

/// A scalar of a file as its reader would type it. What is odd stays as it is.
fn typed_text(kind: &Kind, raw: &str, around: &Around<'_>) -> String {
    let text = raw.trim();
    let value = match kind {
        Kind::Money { .. } if text == "unknown" => Some(Value::Unknown),
        Kind::Money { .. } => Money::parse(text).ok().map(Value::Money),
        Kind::Int(_) => value::strict_whole(text).ok().map(Value::Number),
        Kind::Decimal(_) => value::strict_decimal(text).ok().map(Value::Number),
        Kind::Percent(_) => value::strict_percent(text).ok().map(Value::Percent),
        Kind::Date => Date::parse(text).ok().map(Value::Date),
        Kind::Ref(_) => return address_of(text, around).unwrap_or_else(|| raw.to_owned()),
        _ => None,
    };
    value.map_or_else(|| raw.to_owned(), |value| typed_value(around.tongue, around.seen, &value))
}

/// A value as its reader would type it in one line.
pub fn typed_value(tongue: Tongue, seen: Seen<'_>, value: &Value) -> String {
    match value {
        Value::Number(number) => spelling::typed_number(tongue, *number),
        Value::Percent(fraction) => spelling::typed_percent(tongue, *fraction),
        Value::Money(money) => spelling::typed_money(tongue, *money),
        Value::Unknown => tongue.unknown().to_owned(),
        Value::Date(date) => spelling::typed_date(tongue, *date),
        Value::Page(page) => seen.page(*page).map_or_else(String::new, |page| page.path.address().to_owned()),
        Value::Empty => String::new(),
        other => other.to_string(),
    }
}

/// What was typed in one line, as a file spells it; else what is wrong and what would be right.
/// References and kinds without a spelling of their own stand as they were typed.
fn spelled(tongue: Tongue, kind: &Kind, text: &str) -> Result<String, (Misspelt, String)> {
    match kind {
        Kind::Money { unknown, .. } if Tongue::is_unknown(text) && !matches!(unknown, Allow::Never) => {
            Ok("unknown".to_owned())
        }
        Kind::Money { currencies, .. } => spelling::read_money(tongue, text, currencies)
            .map(|money| money.to_string())
            .map_err(|fault| (fault, money_fix(tongue, text, currencies))),
        Kind::Int(_) => spelling::read_whole(tongue, text)
            .map(|number| number.to_string())
            .map_err(|fault| (fault, number_fix(tongue, text, Decimal::new(5, 0)))),
        Kind::Decimal(_) => spelling::read_decimal(tongue, text)
            .map(|number| number.to_string())
            .map_err(|fault| (fault, number_fix(tongue, text, Decimal::new(5, 1)))),
        Kind::Percent(_) => spelling::read_percent(tongue, text)
            .map(|fraction| format!("{}%", value::in_percents(fraction)))
            .map_err(|fault| (fault, spelling::typed_percent(tongue, Decimal::new(125, 3)))),
        Kind::Date => spelling::read_date(tongue, text)
            .map(|date| date.to_string())
            .map_err(|fault| (fault, date_fix(tongue, text))),
        Kind::Bool => {
            spelling::read_bool(text).map(|yes| yes.to_string()).map_err(|fault| (fault, tongue.yes().to_owned()))
        }
        _ => Ok(text.to_owned()),
    }
}

/// What was typed in one line for a field, as a file spells it; as it was typed where it can't be read.
pub fn written(tongue: Tongue, kind: &Kind, text: &str) -> String {
    let text = text.trim();
    if text.len() > limits::FRONT_MAX_BYTES {
        return text.to_owned();
    }
    if matches!(kind, Kind::Period) {
        let (from, to) = text.split_once('/').unwrap_or((text, ""));
        let open = |end: &str| odd_end(end.trim());
        let period = spelling::read_period(tongue, &open(from), &open(to));
        return period.map_or_else(|_| text.to_owned(), |period| period.to_string());
    }
    if matches!(kind, Kind::Money { .. }) && Tongue::is_unknown(text) {
        // Where it may not be, its own judgement says so.
        return "unknown".to_owned();
    }
    spelled(tongue, kind, text).unwrap_or_else(|_| text.to_owned())
}

/// The address of the page that a reference means, when it means nothing besides (a version, a
/// heading).
fn address_of(text: &str, around: &Around<'_>) -> Option<String> {
    let parts = links::parts(links::reference(text).unwrap_or(text));
    if parts.name.is_empty() || parts.version.is_some() || parts.fragment.is_some() {
        return None;
    }
    match around.seen.find(around.folder, parts.name) {
        Found::Page(page) => around.seen.page(page).map(|page| page.path.address().to_owned()),
        _ => None,
    }
}

/// Puts what was typed in the place of what the file says.
fn fill(part: &mut Part<'_>, written: Option<&front::Value>, typed: &Typed, around: &Around<'_>) {
    let name = part.name.clone();
    let of = |below: &str| typed.get(&format!("{name}.{below}")).map(str::to_owned);
    match &mut part.holds {
        Holds::Line(text) => {
            if let Some(new) = typed.get(&name) {
                new.clone_into(text);
            }
        }
        Holds::Ends { from, to } => {
            *from = of("from").unwrap_or_else(|| std::mem::take(from));
            *to = of("to").unwrap_or_else(|| std::mem::take(to));
        }
        Holds::Clock { date, time } => {
            *date = of("date").unwrap_or_else(|| std::mem::take(date));
            *time = of("time").unwrap_or_else(|| std::mem::take(time));
        }
        Holds::Fields(fields) => {
            for field in fields {
                let value = field.field.and_then(|known| match written {
                    Some(front::Value::Map(entries)) => entries.iter().find(|entry| entry.key == *known.key),
                    _ => None,
                });
                fill(field, value.map(|entry| &entry.value), typed, around);
            }
        }
        Holds::Rows(rows) => {
            let Kind::List { of, .. } = part.kind else { return };
            let mut numbers = typed.rows(&name);
            if numbers.is_empty() && typed.get(&name).is_none() {
                return;
            }
            let items = items_of(written);
            if numbers.is_empty() {
                // A number that no item of the file has.
                numbers.insert(items.len());
            }
            *rows = numbers
                .into_iter()
                .take(limits::FORM_MAX_ROWS)
                .map(|at| {
                    let mut row = part_of(of, None, format!("{name}.{at}"), items.get(at), around);
                    fill(&mut row, items.get(at), typed, around);
                    row
                })
                .collect();
        }
        Holds::Odd(_) => {}
    }
}

/// Texts that were sent under names which no input of the form has: of fields that are computed or
/// that the type does not know, of a type to change to, of what can't be changed here. They are read
/// by nobody, so each is told.
pub fn strays(kind: &Type, front: &Front, typed: &Typed, saved: Option<&Front>, around: &Around<'_>) -> Vec<Fault> {
    let mut inputs = BTreeSet::new();
    for part in &parts(kind, front, Some(typed), saved, around) {
        add_inputs(part, &mut inputs);
    }
    let says_type = input_name("type");
    let is_stray = |(name, text): &(&String, &String)| {
        let is_same_type = **name == says_type && *text.trim() == *kind.name;
        !text.trim().is_empty() && !inputs.contains(*name) && !is_same_type
    };
    typed.0.iter().filter(is_stray).take(STRAYS_MAX).map(|(name, text)| stray(kind, name, text)).collect()
}

/// The names of the inputs of a part that hold what is typed in them.
fn add_inputs(part: &Part<'_>, inputs: &mut BTreeSet<String>) {
    match &part.holds {
        Holds::Line(_) => {
            inputs.insert(part.name.clone());
        }
        Holds::Ends { .. } => inputs.extend(["from", "to"].map(|end| format!("{}.{end}", part.name))),
        Holds::Clock { .. } => inputs.extend(["date", "time"].map(|side| format!("{}.{side}", part.name))),
        Holds::Rows(parts) | Holds::Fields(parts) => {
            for part in parts {
                add_inputs(part, inputs);
            }
        }
        Holds::Odd(_) => {}
    }
}

fn stray(kind: &Type, name: &str, text: &str) -> Fault {
    let is_of = |field: &&Field| {
        let own = input_name(&field.key);
        name == own || name.strip_prefix(&own).is_some_and(|rest| rest.starts_with('.'))
    };
    let known = kind.fields.iter().find(is_of);
    let key = known.map_or_else(|| name.strip_prefix("f.").unwrap_or(name), |field| &*field.key);
    let (code, of) = match known {
        _ if key == "type" => ("form-type", "field"),
        Some(field) if !field.is_written() => ("field-computed", "field"),
        Some(_) => ("form-odd", "field"),
        None => ("field-unknown", "name"),
    };
    let args = [(of, key), ("found", text), ("near", "")].map(|(name, text)| (name.to_owned(), short(text)));
    Fault { name: name.to_owned(), code: code.to_owned(), args: args.into() }
}

/// What a fault shows of a text.
fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

/// What a part comes to.
enum Answer {
    /// As it was.
    Same,
    Nothing,
    New(NewValue),
}

/// Reads a form back. Of a page that is yet to be made (`saved` is `None`) defaults of required fields
/// are written, and every required field must be filled.
pub fn read(kind: &Type, front: &Front, typed: &Typed, saved: Option<&Front>, around: &Around<'_>) -> Outcome {
    let mut reader = Reader { around, typed, outcome: Outcome::default() };
    let was = parts(kind, front, None, saved, around);
    let now = parts(kind, front, Some(typed), saved, around);
    // A draft may still lack what it will need, as in `judge`.
    let is_draft = now.iter().any(|part| {
        part.field.is_some_and(|field| &*field.key == "status")
            && matches!(&part.holds, Holds::Line(text) if text == "draft")
    });
    for (was, now) in was.iter().zip(&now) {
        reader.field(was, now, front, saved.is_none(), is_draft);
    }
    reader.outcome
}

struct Reader<'a> {
    around: &'a Around<'a>,
    typed: &'a Typed,
    outcome: Outcome,
}

impl Reader<'_> {
    fn field(&mut self, was: &Part<'_>, now: &Part<'_>, front: &Front, is_new: bool, is_draft: bool) {
        let key = was.field.map_or("title", |field| &*field.key);
        let written = front.get(key);
        let default = was.field.and_then(|field| field.default.as_deref());
        let required = was.field.is_some_and(|field| field.required);
        if now.is_locked {
            return self.locked(now, written);
        }
        let n_faults = self.outcome.faults.len();
        let mut answer = self.answer(was, now, written);
        if let (Answer::Same, true, true, None, Some(default)) = (&answer, is_new, required, written, default) {
            answer = Answer::New(NewValue::Scalar(default.to_owned()));
        }
        let is_missing = matches!(&answer, Answer::Nothing) || (matches!(&answer, Answer::Same) && is_blank(now));
        if required && !is_draft && is_missing && default.is_none() && (is_new || !is_blank(was)) {
            self.fault(first_input(now), "form-required", &[]);
        }
        if let (Answer::New(value), Some(field)) = (&answer, was.field)
            && self.outcome.faults.len() == n_faults
        {
            self.check(field, now, value);
        }
        let change = match answer {
            Answer::Same => return,
            // A field that stands empty in the file may stay so.
            Answer::Nothing => match written {
                None | Some(front::Value::Empty) => return,
                Some(front::Value::Scalar(scalar)) if scalar.text.is_empty() => return,
                Some(_) => None,
            },
            Answer::New(value) => Some(value),
        };
        if change.is_some() && change == written.map(NewValue::from) {
            return;
        }
        self.outcome.changes.push((key.into(), change));
    }

    /// A field that is settled comes back as it is; another text for it is told.
    fn locked(&mut self, part: &Part<'_>, written: Option<&front::Value>) {
        let mut filled = part.clone();
        fill(&mut filled, written, self.typed, self.around);
        let n_faults = self.outcome.faults.len();
        let answer = self.answer(part, &filled, written);
        self.outcome.faults.truncate(n_faults);
        let is_same = match &answer {
            Answer::Same => true,
            Answer::Nothing => is_blank(part),
            Answer::New(value) => written.is_some_and(|written| NewValue::from(written) == *value),
        };
        if !is_same {
            let mut inputs = BTreeSet::new();
            add_inputs(&filled, &mut inputs);
            let found: Vec<&str> = inputs.iter().filter_map(|name| self.typed.get(name)).collect();
            self.fault(first_input(part), "form-locked", &[("found", &found.join(" "))]);
        }
    }

    /// What the type says about the value of a field, told at the input that holds it.
    fn check(&mut self, field: &Field, part: &Part<'_>, new: &NewValue) {
        let mut lines = Vec::new();
        let value = placed(new, part, &mut lines);
        let Err(problems) = records::read_value(field, &value, self.around.folder, self.around.seen.names()) else {
            return;
        };
        for problem in problems.into_iter().filter(|problem| problem.level == Level::Error) {
            let line = usize::try_from(problem.at.line).unwrap_or_default();
            let name = line.checked_sub(1).and_then(|at| lines.get(at)).cloned().unwrap_or_else(|| first_input(part));
            self.outcome.faults.push(Fault { name, code: problem.code, args: problem.args });
        }
    }

    fn answer(&mut self, was: &Part<'_>, now: &Part<'_>, written: Option<&front::Value>) -> Answer {
        match (&was.holds, &now.holds) {
            (_, Holds::Odd(_)) => Answer::Same,
            (Holds::Line(old), Holds::Line(new)) if old == new => Answer::Same,
            (_, Holds::Line(text)) => self.line(now, text),
            (Holds::Ends { from, to }, Holds::Ends { from: new_from, to: new_to }) => {
                if (from, to) == (new_from, new_to) {
                    return Answer::Same;
                }
                self.ends(now, new_from, new_to)
            }
            (Holds::Clock { date, time }, Holds::Clock { date: new_date, time: new_time }) => {
                if (date, time) == (new_date, new_time) {
                    return Answer::Same;
                }
                self.clock(now, new_date, new_time)
            }
            (Holds::Fields(old), Holds::Fields(new)) => self.fields(old, new, written),
            (Holds::Rows(old), Holds::Rows(new)) => {
                if self.typed.rows(&now.name).len() > limits::FORM_MAX_ROWS {
                    self.fault(now.name.clone(), "list-many", &[("want", &limits::FORM_MAX_ROWS.to_string())]);
                }
                self.rows(now.kind, old, new, written)
            }
            _ => Answer::Same,
        }
    }

    fn rows(&mut self, kind: &Kind, old: &[Part<'_>], new: &[Part<'_>], written: Option<&front::Value>) -> Answer {
        let Kind::List { of, .. } = kind else { return Answer::Same };
        let items = items_of(written);
        let mut values = Vec::new();
        for row in new {
            let at = old.iter().position(|old| old.name == row.name);
            let item = at.and_then(|at| items.get(at));
            let blank;
            let was = match at {
                Some(at) => &old[at],
                None => {
                    blank = part_of(of, None, row.name.clone(), None, self.around);
                    &blank
                }
            };
            match (self.answer(was, row, item), item) {
                (Answer::New(value), _) => values.push(value),
                (Answer::Same, Some(item)) => values.push(NewValue::from(item)),
                _ => {}
            }
        }
        let same = NewValue::List(values.clone());
        match values.is_empty() {
            _ if written.is_some_and(|written| NewValue::from(written) == same) => Answer::Same,
            true if items.is_empty() => Answer::Same,
            true => Answer::Nothing,
            // One item without brackets, left alone.
            false if values.len() == 1 && written.is_some_and(|written| NewValue::from(written) == values[0]) => {
                Answer::Same
            }
            false => Answer::New(same),
        }
    }

    fn fields(&mut self, old: &[Part<'_>], new: &[Part<'_>], written: Option<&front::Value>) -> Answer {
        let entries = match written {
            Some(front::Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let mut values: Vec<(String, NewValue)> =
            entries.iter().map(|entry| (entry.key.clone(), NewValue::from(&entry.value))).collect();
        let mut has_changed = false;
        for (was, now) in old.iter().zip(new) {
            let Some(field) = was.field else { continue };
            let entry = entries.iter().find(|entry| entry.key == *field.key).map(|entry| &entry.value);
            match self.answer(was, now, entry) {
                Answer::Same => {}
                Answer::Nothing => {
                    let n_before = values.len();
                    values.retain(|value| value.0 != *field.key);
                    has_changed |= values.len() != n_before;
                }
                Answer::New(value) => {
                    has_changed = true;
                    match values.iter_mut().find(|known| known.0 == *field.key) {
                        Some(known) => known.1 = value,
                        None => values.push((field.key.to_string(), value)),
                    }
                }
            }
        }
        match (has_changed, values.is_empty()) {
            (false, _) => Answer::Same,
            (true, true) => Answer::Nothing,
            (true, false) => {
                for (now, field) in new.iter().filter_map(|now| Some((now, now.field?))) {
                    if field.required && is_blank(now) && field.default.is_none() {
                        self.fault(first_input(now), "form-required", &[]);
                    }
                }
                Answer::New(NewValue::Map(values))
            }
        }
    }

    fn line(&mut self, part: &Part<'_>, typed: &str) -> Answer {
        let text = typed.trim();
        if text.is_empty() {
            return Answer::Nothing;
        }
        if !self.fits(&part.name, typed) {
            return Answer::New(NewValue::Scalar(text.to_owned()));
        }
        let spelled = match part.kind {
            Kind::Ref(_) => return self.reference(part, text),
            Kind::Markdown { .. } | Kind::Text { .. } if typed.contains('\n') => Ok(typed.trim_end().to_owned()),
            kind => spelled(self.around.tongue, kind, text),
        };
        match spelled {
            Ok(text) => Answer::New(NewValue::Scalar(text)),
            Err((fault, fix)) => {
                self.misspelt(part.name.clone(), fault, text, &fix);
                Answer::New(NewValue::Scalar(text.to_owned()))
            }
        }
    }

    fn reference(&mut self, part: &Part<'_>, text: &str) -> Answer {
        let around = self.around;
        let target = links::reference(text).unwrap_or(text);
        let parts = links::parts(target);
        let written = match around.seen.find(around.folder, parts.name) {
            Found::Page(page) => around.seen.page(page).map(|at| {
                let address = at.path.address();
                // A page nearer by may have the same name.
                let is_plain = matches!(around.seen.find(around.folder, address), Found::Page(found) if found == page);
                let version = parts.version.map_or_else(String::new, |version| format!("@{version}"));
                let fragment = parts.fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
                format!("{}{address}{version}{fragment}", if is_plain { "" } else { "/" })
            }),
            Found::Ambiguous(pages) => {
                let addresses: Vec<&str> =
                    pages.iter().take(5).filter_map(|page| Some(around.seen.page(*page)?.path.address())).collect();
                self.fault(part.name.clone(), "form-ref-many", &[("found", text), ("want", &addresses.join(", "))]);
                None
            }
            // A path may name a page that is yet to be made.
            Found::Nothing | Found::File(_) if links::reference(text).is_none() => {
                self.fault(part.name.clone(), "form-ref", &[("found", text)]);
                None
            }
            Found::Nothing | Found::File(_) => None,
        };
        Answer::New(NewValue::Scalar(written.unwrap_or_else(|| text.to_owned())))
    }

    fn ends(&mut self, part: &Part<'_>, from: &str, to: &str) -> Answer {
        let (from, to) = (from.trim(), to.trim());
        if from.is_empty() && to.is_empty() {
            return Answer::Nothing;
        }
        let tongue = self.around.tongue;
        let (from_name, to_name) = (format!("{}.from", part.name), format!("{}.to", part.name));
        let raw = match (from.is_empty(), to.is_empty()) {
            (_, true) if from.contains('/') => from.to_owned(),
            (true, _) => format!("../{to}"),
            (_, true) => format!("{from}/.."),
            _ => format!("{from}/{to}"),
        };
        if !self.fits(&from_name, from) || !self.fits(&to_name, to) {
            return Answer::New(NewValue::Scalar(raw));
        }
        match spelling::read_period(tongue, from, to) {
            Ok(period) => return Answer::New(NewValue::Scalar(period.to_string())),
            Err(Misspelt::PeriodOrder) => {
                self.misspelt(to_name, Misspelt::PeriodOrder, &format!("{from} – {to}"), &format!("{to} – {from}"));
            }
            Err(_) => {
                for (name, text) in [(from_name, from), (to_name, to)] {
                    if !matches!(text, "" | ".." | "…") && spelling::read_date(tongue, text).is_err() {
                        self.misspelt(name, Misspelt::Date, text, &date_fix(tongue, text));
                    }
                }
                if matches!((from, to), ("" | "..", "" | "..")) {
                    self.misspelt(format!("{}.from", part.name), Misspelt::Date, from, &date_fix(tongue, ""));
                }
            }
        }
        Answer::New(NewValue::Scalar(raw))
    }

    fn clock(&mut self, part: &Part<'_>, date: &str, time: &str) -> Answer {
        let (date, time) = (date.trim(), time.trim());
        if date.is_empty() && time.is_empty() {
            return Answer::Nothing;
        }
        let tongue = self.around.tongue;
        let (date_name, time_name) = (format!("{}.date", part.name), format!("{}.time", part.name));
        let raw = format!("{date} {time}").trim().to_owned();
        if !self.fits(&date_name, date) || !self.fits(&time_name, time) {
            return Answer::New(NewValue::Scalar(raw));
        }
        match spelling::read_moment(tongue, date, time, self.around.zone) {
            Ok(moment) => Answer::New(NewValue::Scalar(moment.to_string())),
            Err(fault) => {
                let is_day =
                    spelling::read_date(tongue, date).is_ok_and(|date| date.precision() == value::Precision::Day);
                match is_day {
                    true => self.misspelt(time_name, fault, time, "10:00"),
                    false => self.misspelt(date_name, Misspelt::Date, date, &date_fix(tongue, date)),
                }
                Answer::New(NewValue::Scalar(raw))
            }
        }
    }

    /// Whether a text can stand in a frontmatter at all.
    fn fits(&mut self, name: &str, text: &str) -> bool {
        let fits = text.len() <= limits::FRONT_MAX_BYTES;
        if !fits {
            self.fault(name.to_owned(), "form-long", &[("most", &limits::FRONT_MAX_BYTES.to_string())]);
        }
        fits
    }

    fn misspelt(&mut self, name: String, fault: Misspelt, found: &str, fix: &str) {
        self.fault(name, fault.code(), &[("found", found), ("fix", fix)]);
    }

    fn fault(&mut self, name: String, code: &str, args: &[(&str, &str)]) {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), short(value))).collect();
        self.outcome.faults.push(Fault { name, code: code.to_owned(), args });
    }
}

/// A new value as if it had been read from a file in which each input stands on a line of its own.
fn placed(value: &NewValue, part: &Part<'_>, lines: &mut Vec<String>) -> front::Value {
    match value {
        NewValue::Scalar(text) => {
            lines.push(first_input(part));
            let at = Pos { line: u32::try_from(lines.len()).unwrap_or(u32::MAX), column: 1 };
            front::Value::Scalar(Scalar { text: text.clone(), quoted: false, at, span: (0, 0) })
        }
        NewValue::Empty => front::Value::Empty,
        NewValue::List(items) => {
            // Rows left blank have no item.
            let rows: Vec<&Part<'_>> = match &part.holds {
                Holds::Rows(rows) => rows.iter().filter(|row| !is_blank(row)).collect(),
                _ => Vec::new(),
            };
            let item = |(at, item): (usize, &NewValue)| placed(item, rows.get(at).copied().unwrap_or(part), lines);
            front::Value::List(items.iter().enumerate().map(item).collect())
        }
        NewValue::Map(entries) => {
            let fields = match &part.holds {
                Holds::Fields(fields) => fields.as_slice(),
                _ => &[],
            };
            let mut placed_entries = Vec::with_capacity(entries.len());
            for (key, value) in entries {
                let own = fields.iter().find(|field| field.field.is_some_and(|known| *known.key == **key));
                let value = placed(value, own.unwrap_or(part), lines);
                placed_entries.push(front::Field { key: key.clone(), at: Pos::default(), value });
            }
            front::Value::Map(placed_entries)
        }
    }
}

/// The input of a part to which somebody is led.
pub fn first_input(part: &Part<'_>) -> String {
    match &part.holds {
        Holds::Line(_) | Holds::Odd(_) => part.name.clone(),
        Holds::Ends { .. } => format!("{}.from", part.name),
        Holds::Clock { .. } => format!("{}.date", part.name),
        Holds::Rows(parts) | Holds::Fields(parts) => parts.first().map_or_else(|| part.name.clone(), first_input),
    }
}

fn is_blank(part: &Part<'_>) -> bool {
    match &part.holds {
        Holds::Line(text) => text.trim().is_empty(),
        Holds::Odd(text) => text.is_empty(),
        Holds::Ends { from: one, to: other } | Holds::Clock { date: one, time: other } => {
            one.trim().is_empty() && other.trim().is_empty()
        }
        Holds::Rows(parts) | Holds::Fields(parts) => parts.iter().all(is_blank),
    }
}

fn money_fix(tongue: Tongue, text: &str, currencies: &[Currency]) -> String {
    let currency = currencies.first().copied().unwrap_or(Currency::EUR);
    let guess = records::guess_money(text, currency).filter(|_| text.len() <= limits::TYPED_VALUE_MAX_BYTES);
    spelling::typed_money(tongue, guess.unwrap_or_else(|| Money::example(currency)))
}

fn number_fix(tongue: Tongue, text: &str, example: Decimal) -> String {
    let plain = text.replace(',', ".").replace([' ', '\u{a0}'], "");
    spelling::typed_number(tongue, value::strict_decimal(&plain).unwrap_or(example))
}

fn date_fix(tongue: Tongue, text: &str) -> String {
    let guess = records::guess_date(text).filter(|_| text.len() <= limits::TYPED_VALUE_MAX_BYTES);
    let guess = guess.or_else(|| Date::parse("2010-05-01").ok());
    guess.map_or_else(String::new, |date| spelling::typed_date(tongue, date))
}

/// Writes changes into the text of a page, each with the least change. A new page begins with an
/// empty text and its type.
pub fn apply(text: &str, changes: &[(Box<str>, Option<NewValue>)]) -> Result<String, (Box<str>, SetError)> {
    let mut text = text.to_owned();
    for (key, value) in changes {
        let written = match value {
            Some(value) => front::set_value(&text, key, value),
            None => front::remove(&text, key),
        };
        text = written.map_err(|error| (key.clone(), error))?;
    }
    Ok(text)
}

/// The texts of a change together, in bytes: what it adds to a frontmatter at least.
pub fn size_bytes(change: &(Box<str>, Option<NewValue>)) -> usize {
    let mut size = change.0.len();
    let mut open: Vec<&NewValue> = change.1.iter().collect();
    while let Some(value) = open.pop() {
        match value {
            NewValue::Scalar(text) => size = size.saturating_add(text.len()),
            NewValue::List(items) => open.extend(items),
            NewValue::Map(entries) => open.extend(entries.iter().map(|entry| &entry.1)),
            NewValue::Empty => {}
        }
    }
    size
}

/// The values that a choice may take next: all, unless it has transitions and a value now.
pub fn next_choices<'a>(kind: &'a Kind, saved: Option<&str>) -> Vec<&'a Choice> {
    let Kind::Choice { choices, transitions } = kind else { return Vec::new() };
    let now = saved.and_then(|saved| choices.iter().position(|choice| *choice.id == *saved));
    match (transitions, now) {
        (Some(transitions), Some(now)) => {
            let next = transitions.iter().find(|from| usize::from(from.0) == now).map_or(&[][..], |from| &from.1);
            let may = |at: usize| at == now || next.iter().any(|to| usize::from(*to) == at);
            choices.iter().enumerate().filter(|(at, _)| may(*at)).map(|(_, choice)| choice).collect()
        }
        _ => choices.iter().collect(),
    }
}

/// Where a new record is made, by the pattern of its type: `begroting/{date.year}/{id}`. `Err` names
/// the field that must be filled first.
pub fn address(kind: &Type, front: &Front, around: &Around<'_>) -> Result<String, Box<str>> {
    let pattern = kind.path.as_deref().map_or_else(|| format!("{}/{{slug}}", kind.name), str::to_owned);
    let mut address = String::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        address.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        address.push_str(&placeholder(name.trim(), front, around)?);
        rest = after;
    }
    address.push_str(rest);
    Ok(address.trim_matches('/').to_owned())
}

fn placeholder(name: &str, front: &Front, around: &Around<'_>) -> Result<String, Box<str>> {
    let (key, part) = name.split_once('.').unwrap_or((name, ""));
    let keys: &[&str] = if key == "slug" { &["title", "name"] } else { &[key] };
    let missing = || -> Box<str> { keys[0].into() };
    let text = keys.iter().find_map(|key| front.text(key)).map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(missing)?;
    let written = match (key, part) {
        ("slug", _) => slug(text),
        (_, "year" | "month") => {
            let date =
                Date::parse(text.get(..10).unwrap_or(text)).or_else(|_| Date::parse(text.get(..4).unwrap_or("")));
            let date = date.map_err(|_| missing())?;
            match part {
                "year" => format!("{:04}", date.year()),
                _ => date.month().map(|month| format!("{month:02}")).ok_or_else(missing)?,
            }
        }
        (_, "slug") => {
            let parts = links::parts(links::reference(text).unwrap_or(text));
            match around.seen.find(around.folder, parts.name) {
                Found::Page(page) => {
                    around.seen.page(page).map(|page| page.path.base_name().to_owned()).ok_or_else(missing)?
                }
                _ => slug(parts.name.rsplit('/').next().unwrap_or(parts.name)),
            }
        }
        // A number or an identifier stays as it is, where a file may be called so.
        _ => text.chars().map(|char| if char.is_alphanumeric() || "-_.".contains(char) { char } else { '-' }).collect(),
    };
    let written = written.trim_matches(['.', '-']).to_owned();
    if written.is_empty() { Err(missing()) } else { Ok(written) }
}

/// The number after the newest of those that are there: `BA-2010-014` gives `BA-2010-015`. `None`
/// where they do not end in a number, or the next would not fit the pattern.
pub fn next_id<'a>(pattern: Option<&Pattern>, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let newest = known
        .filter(|id| id.len() <= limits::TYPED_VALUE_MAX_BYTES)
        .filter_map(|id| {
            let head = id.trim_end_matches(|char: char| char.is_ascii_digit());
            let number: u64 = id[head.len()..].parse().ok()?;
            Some((numbers_in(head), number, head, id.len() - head.len()))
        })
        .max()?;
    let (_, number, head, width) = newest;
    let next = format!("{head}{:0width$}", number.checked_add(1)?);
    pattern.is_none_or(|pattern| pattern.fits(&next)).then_some(next)
}

/// The numbers in a text, in order: the year decides which of two is newer.
fn numbers_in(text: &str) -> Vec<u64> {
    text.split(|char: char| !char.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}
