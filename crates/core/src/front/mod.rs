//! The frontmatter of a page: where it stands, what it says, and how one field of it is changed.
//!
//! Reading is total: odd YAML gives the fields before the odd place and a problem. Scalars stay as
//! written; nobody here guesses that `2010` is a number. What multiplies or hides meaning (anchors,
//! aliases, tags, merge keys, duplicate keys) is refused on the event stream, before a value is
//! built. Writing stands in `write`: it touches the lines of one field and reads the result back
//! before it hands it out (INV-11).
//!
//! Types and meanings of fields are not known here.

mod layout;
mod write;

use std::ops::Range;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::problem::{Level, Pos, Problem};

pub use write::{NewValue, SetError, remove, replace_scalar_at, set_scalar, set_value};

/// Where the frontmatter and the body of a text stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<'a> {
    pub text: &'a str,
    /// Bytes of the YAML between the two fences, without them. None when there is no frontmatter.
    pub front: Option<Range<usize>>,
    /// The byte where the body begins (after a byte order mark, when there is no frontmatter).
    pub body: usize,
    /// The line, counted from 1, on which the body begins.
    pub body_line: u32,
    /// There is a block between fences, but larger than `limits::FRONT_MAX_BYTES`: body text.
    pub oversize: bool,
}

impl<'a> Split<'a> {
    /// The YAML between the fences.
    pub fn yaml(&self) -> Option<&'a str> {
        self.front.clone().map(|range| &self.text[range])
    }

    /// Everything after the frontmatter.
    pub fn body_text(&self) -> &'a str {
        &self.text[self.body..]
    }
}

/// The line of a page on which its YAML begins: the one after the opening fence.
pub const FIRST_LINE: u32 = 2;

/// Finds the frontmatter of a text: a first line `---` up to a line `---` or `...`.
pub fn split(text: &str) -> Split<'_> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut split = Split { text, front: None, body: start, body_line: 1, oversize: false };
    let mut lines = text[start..].split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| bare(line) == "---" && line.ends_with('\n')) else {
        return split;
    };
    let front = start + first.len();
    let mut at = front;
    let mut line_number = FIRST_LINE;
    for line in lines {
        if matches!(bare(line), "---" | "...") {
            if at - front > limits::FRONT_MAX_BYTES {
                split.oversize = true;
            } else {
                split.front = Some(front..at);
                split.body = at + line.len();
                split.body_line = line_number.saturating_add(1);
            }
            return split;
        }
        at += line.len();
        line_number = line_number.saturating_add(1);
    }
    split
}

/// A line without its end and the blanks before it.
fn bare(line: &str) -> &str {
    line.trim_end_matches([' ', '\t', '\r', '\n'])
}

/// The fields of a frontmatter in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Front {
    pub fields: Vec<Field>,
}

/// One key with its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub key: String,
    /// Where the key stands in the file.
    pub at: Pos,
    pub value: Value,
}

/// A value without a type. At most `limits::FRONT_MAX_DEPTH` deep, so that walking it may recurse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Scalar(Scalar),
    List(Vec<Value>),
    Map(Vec<Field>),
    /// `key:` with nothing after it. `key: ""` is a scalar.
    Empty,
}

/// One piece of text as written, after YAML's own escapes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    pub text: String,
    /// In quotes or as a block (`|`, `>`): certainly text, whatever it looks like.
    pub quoted: bool,
    /// Where it begins in the file.
    pub at: Pos,
    /// Its bytes, quotes included, in the YAML that was read; a page's own offset is
    /// `Split::front.start` more. The span of a block begins after its `|` or `>` line.
    pub span: (u32, u32),
}

/// How a value is spelled on one line.
pub struct OneLine<'a> {
    /// What a key of a map is called.
    pub key: &'a dyn Fn(&str) -> String,
    /// What a scalar says, by the key that it stands under.
    pub scalar: &'a dyn Fn(&str, &Scalar) -> String,
    /// Items told of one list and fields of one map; more are an ellipsis.
    pub items_max: usize,
}

impl OneLine<'_> {
    /// Items are parted by commas, fields of a map by semicolons. `key` is what the value stands under.
    pub fn spell(&self, key: &str, value: &Value) -> String {
        let joined = |mut parts: Vec<String>, n: usize, between: &str| {
            if n > parts.len() {
                parts.push("…".to_owned());
            }
            parts.join(between)
        };
        match value {
            Value::Empty => String::new(),
            Value::Scalar(scalar) => (self.scalar)(key, scalar),
            Value::List(items) => {
                let parts = items.iter().take(self.items_max).map(|item| self.spell(key, item));
                joined(parts.collect(), items.len(), ", ")
            }
            Value::Map(fields) => {
                let parts = fields.iter().take(self.items_max);
                let parts =
                    parts.map(|field| format!("{}: {}", (self.key)(&field.key), self.spell(&field.key, &field.value)));
                joined(parts.collect(), fields.len(), "; ")
            }
        }
    }
}

impl Value {
    /// All of it as written, on one line.
    pub fn on_one_line(&self) -> String {
        let (key, scalar) = (str::to_owned, |_: &str, scalar: &Scalar| scalar.text.clone());
        OneLine { key: &key, scalar: &scalar, items_max: usize::MAX }.spell("", self)
    }

    /// The text, when this is a scalar.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }
}

impl Front {
    /// The value of a key, spelled exactly so.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.key == key).map(|field| &field.value)
    }

    /// The text of a key that holds one scalar.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The texts of a key that holds a list of scalars, or one. Other items are passed over.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        let values = match self.get(key) {
            Some(Value::List(items)) => items.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        values.iter().filter_map(Value::text).collect()
    }

    /// What `tags` and `tag` say. A single scalar may hold several, parted by commas.
    pub fn tags(&self) -> Vec<&str> {
        let mut tags = Vec::new();
        for key in ["tags", "tag"] {
            match self.text(key) {
                Some(line) => tags.extend(line.split(',')),
                None => tags.extend(self.texts(key)),
            }
        }
        tags.into_iter().map(str::trim).filter(|tag| !tag.is_empty()).collect()
    }

    /// What `aliases` and `alias` say. Names may hold commas, so a scalar is one name.
    pub fn aliases(&self) -> Vec<&str> {
        let mut names = self.texts("aliases");
        names.extend(self.texts("alias"));
        names.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
    }
}

/// Reads YAML whose first line is line `first_line` of its file.
///
/// The problems are all errors; after any but `front-duplicate-key` the rest is not read. Codes:
/// `front-too-large` (most), `front-syntax` (reason), `front-tab`, `front-anchor`, `front-alias`,
/// `front-tag`, `front-merge-key`, `front-duplicate-key` (key), `front-too-deep` (most),
/// `front-too-many` (most), `front-not-fields`, `front-odd-key`.
pub fn read(yaml: &str, first_line: u32) -> (Front, Vec<Problem>) {
    let reader = read_events(yaml, first_line);
    (reader.front, reader.problems)
}

fn read_events(yaml: &str, first_line: u32) -> Reader<'_> {
    let mut reader = Reader { yaml, first_line, front: Front::default(), open: Vec::new(), problems: Vec::new() };
    if let Err(problem) = reader.run() {
        reader.problems.push(problem);
        // The root is kept as far as it came: its fields are whole, the ones still open are dropped.
        if let Some(Open::Map { fields, .. }) = reader.open.drain(..).next() {
            reader.front = Front { fields };
        }
    }
    reader
}

/// What the parser says of a text, within the limits.
fn events(yaml: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), ScanError>> {
    let options = granit_parser::options! {
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: limits::FRONT_MAX_DEPTH,
        block_nesting_limit: limits::FRONT_MAX_DEPTH,
    };
    Parser::new_from_str_with_options(yaml, options)
}

/// The state of one reading.
struct Reader<'a> {
    yaml: &'a str,
    first_line: u32,
    front: Front,
    open: Vec<Open>,
    problems: Vec<Problem>,
}

/// A list or map whose end has not come yet.
enum Open {
    List(Vec<Value>),
    Map { fields: Vec<Field>, seen: FxHashSet<String>, key: Option<Key> },
}

/// A key whose value has not come yet.
struct Key {
    text: String,
    at: Pos,
    /// Said before in the same map: its value is dropped.
    again: bool,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Problem> {
        if self.yaml.len() > limits::FRONT_MAX_BYTES {
            let start = Pos { line: self.first_line, column: 1 };
            return Err(over(start, "front-too-large", limits::FRONT_MAX_BYTES));
        }
        let mut documents = 0;
        for (count, step) in events(self.yaml).enumerate() {
            let (event, span) = step.map_err(|error| self.unreadable(&error))?;
            let at = self.pos(&span.start);
            if count >= limits::FRONT_MAX_EVENTS {
                return Err(over(at, "front-too-many", limits::FRONT_MAX_EVENTS));
            }
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(error(at, "front-syntax", &[("reason", "a second document begins")]));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_marks(at, anchor, tag.is_some())?;
                    self.scalar(&text, style, &span)?;
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.refuse_marks(at, anchor, tag.is_some())?;
                    self.start(at, Open::List(Vec::new()))?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.refuse_marks(at, anchor, tag.is_some())?;
                    let map = Open::Map { fields: Vec::new(), seen: FxHashSet::default(), key: None };
                    self.start(at, map)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(),
                Event::Alias(_) | Event::UnresolvedAlias(_) => {
                    return Err(error(at, "front-alias", &[]));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn refuse_marks(&self, at: Pos, anchor: usize, tagged: bool) -> Result<(), Problem> {
        if anchor != 0 {
            return Err(error(at, "front-anchor", &[]));
        }
        if tagged {
            return Err(error(at, "front-tag", &[]));
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: &Span) -> Result<(), Problem> {
        let at = self.pos(&span.start);
        let bytes = span.byte_range().unwrap_or_default();
        // The parser writes `~` for a value that is not there.
        let absent = style == ScalarStyle::Plain && bytes.is_empty();
        let span = (narrow(bytes.start), narrow(bytes.end));
        match self.open.last_mut() {
            None if absent => Ok(()),
            None => Err(error(at, "front-not-fields", &[])),
            Some(Open::Map { seen, key: key @ None, .. }) => {
                if absent {
                    return Err(error(at, "front-odd-key", &[]));
                }
                if text == "<<" && style == ScalarStyle::Plain {
                    return Err(error(at, "front-merge-key", &[]));
                }
                if tab_before(self.yaml, bytes.start) {
                    return Err(error(at, "front-tab", &[]));
                }
                let again = !seen.insert(text.to_owned());
                if again {
                    self.problems.push(error(at, "front-duplicate-key", &[("key", text)]));
                }
                *key = Some(Key { text: text.to_owned(), at, again });
                Ok(())
            }
            Some(_) => {
                let quoted = style != ScalarStyle::Plain;
                let scalar = Scalar { text: text.to_owned(), quoted, at, span };
                self.put(if absent { Value::Empty } else { Value::Scalar(scalar) });
                Ok(())
            }
        }
    }

    fn start(&mut self, at: Pos, opened: Open) -> Result<(), Problem> {
        match (self.open.last(), &opened) {
            (None, Open::List(_)) => return Err(error(at, "front-not-fields", &[])),
            (Some(Open::Map { key: None, .. }), _) => return Err(error(at, "front-odd-key", &[])),
            _ => {}
        }
        if self.open.len() >= limits::FRONT_MAX_DEPTH {
            return Err(over(at, "front-too-deep", limits::FRONT_MAX_DEPTH));
        }
        self.open.push(opened);
        Ok(())
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::List(items)) => self.put(Value::List(items)),
            Some(Open::Map { fields, .. }) if self.open.is_empty() => self.front = Front { fields },
            Some(Open::Map { fields, .. }) => self.put(Value::Map(fields)),
            None => {}
        }
    }

    /// Gives a finished value to the list or key that waits for it.
    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map { fields, key, .. }) => {
                if let Some(key) = key.take().filter(|key| !key.again) {
                    fields.push(Field { key: key.text, at: key.at, value });
                }
            }
            None => {}
        }
    }

    fn unreadable(&self, failure: &ScanError) -> Problem {
        let at = self.pos(failure.marker());
        match failure.kind() {
            ErrorKind::UnknownAnchor => error(at, "front-alias", &[]),
            ErrorKind::RecursionLimitExceeded => over(at, "front-too-deep", limits::FRONT_MAX_DEPTH),
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart => error(at, "front-tab", &[]),
            kind => error(at, "front-syntax", &[("reason", &kind.to_string())]),
        }
    }

    fn pos(&self, marker: &Marker) -> Pos {
        Pos {
            line: narrow(marker.line()).saturating_sub(1).saturating_add(self.first_line),
            column: narrow(marker.col()).saturating_add(1),
        }
    }
}

fn error(at: Pos, code: &str, args: &[(&str, &str)]) -> Problem {
    Problem::new(Level::Error, at, code, args)
}

fn over(at: Pos, code: &str, most: usize) -> Problem {
    error(at, code, &[("most", &most.to_string())])
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether a tab stands between the begin of the line and this byte, with only blanks besides.
/// The parser lets that pass before the first key.
fn tab_before(yaml: &str, byte: usize) -> bool {
    let before = &yaml.as_bytes()[..byte.min(yaml.len())];
    let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t'));
    let n_blanks = blanks.clone().count();
    let is_indent = before.len() == n_blanks || before[before.len() - n_blanks - 1] == b'\n';
    is_indent && blanks.into_iter().any(|byte| *byte == b'\t')
}

/// Whether two lists of fields say the same, wherever and however it is written.
pub fn alike(left: &[Field], right: &[Field]) -> bool {
    let pairs = || left.iter().zip(right);
    left.len() == right.len() && pairs().all(|(a, b)| a.key == b.key && alike_values(&a.value, &b.value))
}

fn alike_values(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike_values(a, b)),
        (Value::Map(a), Value::Map(b)) => alike(a, b),
        (Value::Empty, Value::Empty) => true,
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn codes(yaml: &str) -> Vec<String> {
        read(yaml, 1).1.into_iter().map(|problem| problem.code).collect()
    }

    fn scalar<'a>(front: &'a Front, key: &str) -> &'a Scalar {
        match front.get(key) {
            Some(Value::Scalar(scalar)) => scalar,
            other => panic!("{key} is {other:?}"),
        }
    }

    #[test]
    fn a_value_is_spelled_on_one_line() {
        let front = read("a: [een, {b_c: [twee, drie], d: }, 'vier']\n", FIRST_LINE).0;
        let value = front.get("a").expect("there");
        assert_eq!(value.on_one_line(), "een, b_c: twee, drie; d: , vier");
        let scalar = |key: &str, scalar: &Scalar| format!("{key}={}", scalar.text);
        let line = OneLine { key: &|key| key.to_uppercase(), scalar: &scalar, items_max: 2 };
        assert_eq!(line.spell("a", value), "a=een, B_C: b_c=twee, b_c=drie; D: , …");
    }

    #[test]
    fn frontmatter_stands_between_a_first_line_of_dashes_and_a_closing_one() {
        let found = |text: &str| {
            let split = split(text);
            (split.yaml().map(str::to_owned), split.body_text().to_owned(), split.body_line)
        };
        let some = |yaml: &str, body: &str, line| (Some(yaml.to_owned()), body.to_owned(), line);
        assert_eq!(found("---\na: 1\n---\nbody"), some("a: 1\n", "body", 4));
        assert_eq!(found("\u{feff}--- \r\na: 1\r\n...\t\r\nbody"), some("a: 1\r\n", "body", 4));
        assert_eq!(found("---\n---\n"), some("", "", 3));
        assert_eq!(found("---\na: 1\n---"), some("a: 1\n", "", 4));
        for text in ["", "---", "---\n", "---\na: 1\n", " ---\na: 1\n---\n", "----\n---\n", "a\n---\n---\n"] {
            assert_eq!(found(text), (None, text.to_owned(), 1), "{text:?}");
        }
        assert_eq!(split("\u{feff}text").body, 3);
    }

    #[test]
    fn too_large_a_frontmatter_is_body_text() {
        let text = format!("---\na: {}\n---\nbody", "x".repeat(limits::FRONT_MAX_BYTES));
        let split = split(&text);
        assert_eq!((split.front, split.body, split.oversize), (None, 0, true));
        assert!(matches!(set_scalar(&text, "a", "b"), Err(SetError::Unreadable(_))));
        assert_eq!(codes(&format!("a: {}", "x".repeat(limits::FRONT_MAX_BYTES))), ["front-too-large"]);
    }

    #[test]
    fn scalars_stay_as_written_and_know_their_place() {
        let yaml = "jaar: 2010 # c\nland: NO\nbedrag: EUR 500000.00\nleeg:\nniets: ''\nnul: ~\né: [ü, \"x\\ty\"]\nmap:\n  a: 1\n  b: |\n    lang\n    stuk\n";
        let (front, problems) = read(yaml, 2);
        assert_eq!(problems, []);
        let texts: Vec<_> = ["jaar", "land", "bedrag", "niets", "nul"].map(|key| front.text(key).unwrap()).into();
        assert_eq!(texts, ["2010", "NO", "EUR 500000.00", "", "~"]);
        assert_eq!(front.get("leeg"), Some(&Value::Empty));
        assert_eq!(front.texts("é"), ["ü", "x\ty"]);
        assert_eq!(scalar(&front, "jaar").at, Pos { line: 2, column: 7 });
        assert!(scalar(&front, "niets").quoted && !scalar(&front, "nul").quoted);
        let Some(Value::List(items)) = front.get("é") else { panic!() };
        let Value::Scalar(second) = &items[1] else { panic!() };
        assert_eq!(second.at, Pos { line: 8, column: 8 });
        assert_eq!(&yaml[second.span.0 as usize..second.span.1 as usize], "\"x\\ty\"");
        let Some(Value::Map(fields)) = front.get("map") else { panic!() };
        assert_eq!(fields[1].at, Pos { line: 11, column: 3 });
        assert!(matches!(&fields[1].value, Value::Scalar(block) if block.text == "lang\nstuk\n" && block.quoted));
    }

    #[test]
    fn tags_and_aliases_are_read_from_both_spellings() {
        let (front, _) = read("tags: water, plan,\ntag: [dijk]\naliases: De dijk, oud\nalias:\n  - Dijkplan\n", 1);
        assert_eq!(front.tags(), ["water", "plan", "dijk"]);
        assert_eq!(front.aliases(), ["De dijk, oud", "Dijkplan"]);
        assert_eq!(front.text("tag"), None);
        assert!(front.texts("absent").is_empty());
    }

    #[test]
    fn what_multiplies_or_hides_meaning_is_refused() {
        let cases = [
            ("a: &x 1\n", "front-anchor"),
            ("a: &x [1]\n", "front-anchor"),
            ("a: *x\n", "front-alias"),
            ("*x : 1\n", "front-alias"),
            ("a: !t 1\n", "front-tag"),
            ("a: !!str 1\n", "front-tag"),
            ("!!map\na: 1\n", "front-tag"),
            ("a:\n  <<: {b: 1}\n", "front-merge-key"),
            ("a: 1\na: 2\n", "front-duplicate-key"),
            ("a: {b: 1, \"b\": 2}\n", "front-duplicate-key"),
            ("a:\n\t- b\n", "front-tab"),
            ("\ta: b\n", "front-tab"),
            ("a: b\n\tc\n", "front-tab"),
            ("- a\n", "front-not-fields"),
            ("text\n", "front-not-fields"),
            ("? [a]\n: b\n", "front-odd-key"),
            (": b\n", "front-odd-key"),
            ("a: 'b\n", "front-syntax"),
            ("a: b: c\n", "front-syntax"),
            ("%YAML 1.2\n--- \na: 1\n", "front-syntax"),
            ("a: 1\n--- \nb: 2\n", "front-syntax"),
            ("a: \u{0}\n", "front-syntax"),
        ];
        for (yaml, code) in cases {
            assert_eq!(codes(yaml), [code], "{yaml:?}");
        }
        let nested = |depth: usize| format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth));
        assert!(codes(&nested(limits::FRONT_MAX_DEPTH - 1)).is_empty());
        assert_eq!(codes(&nested(limits::FRONT_MAX_DEPTH)), ["front-too-deep"]);
        assert_eq!(codes(&format!("a: {}", "[".repeat(60_000))), ["front-too-deep"]);
        assert_eq!(codes(&format!("a: [{}]\n", "x, ".repeat(limits::FRONT_MAX_EVENTS))), ["front-too-many"]);
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n";
        assert_eq!(read(bomb, 1).0.fields, []);
    }

    #[test]
    fn fields_before_the_odd_place_are_kept() {
        let (front, problems) = read("a: 1\nb: [2, *x]\nc: 3\n", 2);
        let keys: Vec<_> = front.fields.iter().map(|field| field.key.as_str()).collect();
        assert_eq!(keys, ["a"]);
        assert_eq!(problems[0].at, Pos { line: 3, column: 8 });
        let (front, problems) = read("a: 1\na: 2\nb: 3\n", 2);
        assert_eq!((front.text("a"), front.text("b"), problems.len()), (Some("1"), Some("3"), 1));
    }

    /// Pieces that YAML is sensitive to, in any order.
    pub(super) fn odd_yaml() -> impl Strategy<Value = String> {
        let pieces = proptest::sample::select(vec![
            "a",
            "b",
            "c",
            "é",
            ": ",
            ":",
            "- ",
            "? ",
            "\n",
            "\n",
            "\n  ",
            "\r\n",
            "\t",
            " ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "'",
            "\"",
            "|",
            ">",
            "|+",
            "#",
            " # ",
            "&a",
            "*a",
            "!t",
            "<<",
            "%",
            "@",
            "\u{feff}",
            "\u{2028}",
            "\\",
            "~",
            "---",
            "...",
            "a: 1\n",
            "b: 'x'\n",
            "c: |\n  t\n",
            "\u{1f30d}",
            "\u{7}",
        ]);
        proptest::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn reading_is_total(yaml in odd_yaml()) {
            // INV-9
            let (front, problems) = read(&yaml, 1);
            prop_assert!(problems.iter().all(|problem| problem.at.line > 0));
            let text = format!("---\n{yaml}\n---\nbody");
            let split = split(&text);
            prop_assert!(text.is_char_boundary(split.body));
            let _ = (front.tags(), set_scalar(&text, "a", "1"), replace_scalar_at(&text, Pos { line: 2, column: 4 }, "x"));
        }
    }
}
