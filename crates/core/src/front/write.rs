//! How one field of a frontmatter is changed, with the least change to the text (INV-11).
//!
//! A change is first tried where it stands, item by item, then by writing the field's whole value
//! anew, then with more quotes. Every result is read back: it must say what was asked, and every
//! other field what it said before. Comments on lines of their own stay in any case.
//!
//! The order of the keys of a map within a field carries no meaning: the file keeps its own.

#[cfg(test)]
mod tests;

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use similar::{Algorithm, DiffOp};

use super::layout::{
    Frame, Layout, Node, Part, Shape, Style, begins_line, column, line_start, line_stop, next_line, next_sign,
};
use super::{FIRST_LINE, Field, Front, Scalar, Split, Value, alike, alike_values, over, read_events, split};
use crate::limits;
use crate::problem::{Pos, Problem};

/// What a field is to become. Texts are given as they are to be read; quotes are the writer's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewValue {
    Scalar(String),
    List(Vec<NewValue>),
    /// Keys with their values. A key that comes twice is refused.
    Map(Vec<(String, NewValue)>),
    /// `key:` with nothing after it.
    Empty,
}

impl From<&Value> for NewValue {
    fn from(value: &Value) -> NewValue {
        match value {
            Value::Scalar(scalar) => NewValue::Scalar(scalar.text.clone()),
            Value::List(items) => NewValue::List(items.iter().map(NewValue::from).collect()),
            Value::Map(fields) => {
                NewValue::Map(fields.iter().map(|field| (field.key.clone(), (&field.value).into())).collect())
            }
            Value::Empty => NewValue::Empty,
        }
    }
}

impl NewValue {
    /// The same with the keys of all maps in order. None when it is deeper than what can be read,
    /// or has a key twice.
    fn sorted(&self, depth_left: usize) -> Option<NewValue> {
        Some(match self {
            NewValue::Scalar(_) | NewValue::Empty => self.clone(),
            NewValue::List(items) => {
                let depth_left = depth_left.checked_sub(1)?;
                NewValue::List(items.iter().map(|item| item.sorted(depth_left)).collect::<Option<_>>()?)
            }
            NewValue::Map(entries) => {
                let depth_left = depth_left.checked_sub(1)?;
                let entry = |(key, value): &(String, NewValue)| Some((key.clone(), value.sorted(depth_left)?));
                let mut entries: Vec<_> = entries.iter().map(entry).collect::<Option<_>>()?;
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                    return None;
                }
                NewValue::Map(entries)
            }
        })
    }

    /// Whether two values say the same. What can't be read says nothing.
    fn says(&self, other: &NewValue) -> bool {
        let sorted = |value: &NewValue| value.sorted(limits::FRONT_MAX_DEPTH);
        sorted(self).is_some_and(|this| Some(this) == sorted(other))
    }
}

/// Why a field was not written. The text is then as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The frontmatter has this problem; somebody must mend it first.
    Unreadable(Problem),
    /// There is no scalar in that place: a list, a map, a block where none can be replaced.
    NotScalar,
    /// No spelling within the limits was found that changes this value and nothing else (INV-11).
    Entangled,
}

/// Sets one top-level field to any value; only the lines of what differs change.
///
/// A field that says so already leaves the text as it is. Items and entries that stay are kept
/// with their comments, indent and quotes. A missing key is added as the last line, a missing
/// frontmatter as a block of its own; both in block style. A byte order mark, comments on lines of
/// their own, the order of keys, blank lines and CRLF stay.
pub fn set_value(text: &str, key: &str, value: &NewValue) -> Result<String, SetError> {
    let split = split(text);
    if value.sorted(limits::FRONT_MAX_DEPTH).is_none() {
        return Err(SetError::Entangled);
    }
    let Some(range) = split.front.clone() else {
        return add_block(&split, key, value);
    };
    let yaml = &text[range];
    let front = read_whole(yaml)?;
    let Some(index) = front.fields.iter().position(|field| field.key == key) else {
        return add_field(&split, &front, key, value);
    };
    if NewValue::from(&front.fields[index].value).says(value) {
        return Ok(text.to_owned());
    }
    let layout = Layout::of(yaml).ok_or(SetError::Entangled)?;
    let (part, frame, column) = root_part(&layout, index).ok_or(SetError::Entangled)?;
    let wanted = |read: &Front| is_set(&front, read, index, value);
    for (outdent, whole, quoted) in [
        (None, false, false),
        (None, false, true),
        (None, true, false),
        (None, true, true),
        (Some(column), true, false),
        (Some(column), true, true),
    ] {
        let writer = Writer { layout: &layout, end: line_end(text), quoted, outdent };
        let changes = match whole {
            false => writer.change(part, frame, value),
            true => writer.rewrite(part, frame, value),
        };
        if let Some(new) =
            changes.and_then(|changes| applied(&split, changes)).filter(|new| reads(&split, new, &wanted))
        {
            return Ok(new);
        }
    }
    Err(SetError::Entangled)
}

/// Removes one top-level field with its lines and the comments at their ends; comments on lines of
/// their own stay. A text without the field stays as it is, a frontmatter may be left empty.
pub fn remove(text: &str, key: &str) -> Result<String, SetError> {
    let split = split(text);
    let Some(range) = split.front.clone() else {
        return Ok(text.to_owned());
    };
    let yaml = &text[range];
    let mut want = read_whole(yaml)?;
    let Some(index) = want.fields.iter().position(|field| field.key == key) else {
        return Ok(text.to_owned());
    };
    want.fields.remove(index);
    let layout = Layout::of(yaml).ok_or(SetError::Entangled)?;
    let (_, frame, column) = root_part(&layout, index).ok_or(SetError::Entangled)?;
    let Some(Node { shape: Shape::Map { parts, .. }, .. }) = &layout.root else {
        return Err(SetError::Entangled);
    };
    // Comments and blank lines of the field would be text in a block that now stands before them.
    for (outdent, blanks) in [(None, false), (Some(column), false), (Some(column), true)] {
        let writer = Writer { layout: &layout, end: line_end(text), quoted: false, outdent };
        let mut changes = writer.take_out(parts, index..index + 1, frame);
        if let Some(last) = changes.as_mut().and_then(|changes| changes.last_mut()).filter(|_| blanks) {
            let rest = &yaml[last.range.end..];
            let first = rest.len() - rest.trim_start().len();
            last.range.end = line_start(yaml, last.range.end + first).max(last.range.end);
        }
        let says = |read: &Front| alike(&read.fields, &want.fields);
        if let Some(new) = changes.and_then(|changes| applied(&split, changes)).filter(|new| reads(&split, new, &says))
        {
            return Ok(new);
        }
    }
    Err(SetError::Entangled)
}

/// Sets one top-level field to a text, as `set_value` does, but never in the place of a list or map.
pub fn set_scalar(text: &str, key: &str, value: &str) -> Result<String, SetError> {
    if let Some(yaml) = split(text).yaml()
        && let Some(Value::List(_) | Value::Map(_)) = read_whole(yaml)?.get(key)
    {
        return Err(SetError::NotScalar);
    }
    set_value(text, key, &NewValue::Scalar(value.to_owned()))
}

/// Replaces the scalar that begins at `at` (line and column in the file, as in `Scalar::at`), at
/// any depth; every other byte stays. Blocks (`|`, `>`) are `NotScalar`.
pub fn replace_scalar_at(text: &str, at: Pos, value: &str) -> Result<String, SetError> {
    let split = split(text);
    let range = split.front.clone().ok_or(SetError::NotScalar)?;
    let yaml = &text[range];
    let mut want = read_whole(yaml)?;
    let place = want.fields.iter_mut().find_map(|field| find(&mut field.value, at)).ok_or(SetError::NotScalar)?;
    let Value::Scalar(scalar) = &*place else {
        return Err(SetError::NotScalar);
    };
    let style = style_of(scalar, yaml).ok_or(SetError::NotScalar)?;
    let range = scalar.span.0 as usize..scalar.span.1 as usize;
    *place = spoken(value);
    // Whether brackets stand around it is not known here: what is plain may have to be quoted.
    for quoted in [false, true] {
        let change = Change { range: range.clone(), text: spelled(value, style, Frame::Block, quoted) };
        let says = |read: &Front| alike(&read.fields, &want.fields);
        if let Some(new) = applied(&split, vec![change]).filter(|new| reads(&split, new, &says)) {
            return Ok(new);
        }
    }
    Err(SetError::Entangled)
}

/// A frontmatter may only be written when all of it could be read.
fn read_whole(yaml: &str) -> Result<Front, SetError> {
    let mut reader = read_events(yaml, FIRST_LINE);
    match reader.problems.is_empty() {
        true => Ok(reader.front),
        false => Err(SetError::Unreadable(reader.problems.swap_remove(0))),
    }
}

fn root_part<'a>(layout: &'a Layout<'_>, index: usize) -> Option<(&'a Part, Frame, usize)> {
    match &layout.root.as_ref()?.shape {
        Shape::Map { frame, parts } => {
            let part = parts.get(index)?;
            Some((part, *frame, column(layout.yaml, part.start)))
        }
        _ => None,
    }
}

/// Whether a frontmatter says of one field what is wanted, and of the others what it said before.
fn is_set(old: &Front, new: &Front, index: usize, value: &NewValue) -> bool {
    let is_right = |(at, (old, new)): (usize, (&Field, &Field))| {
        old.key == new.key
            && match at == index {
                true => NewValue::from(&new.value).says(value),
                false => alike_values(&old.value, &new.value),
            }
    };
    old.fields.len() == new.fields.len() && old.fields.iter().zip(&new.fields).enumerate().all(is_right)
}

/// Whether a new text has the old body, and a frontmatter that says what is wanted.
fn reads(old: &Split<'_>, text: &str, says: &dyn Fn(&Front) -> bool) -> bool {
    let new = split(text);
    let front = new.yaml().and_then(|yaml| read_whole(yaml).ok());
    new.body_text() == old.body_text() && front.is_some_and(|front| says(&front))
}

fn find(value: &mut Value, at: Pos) -> Option<&mut Value> {
    match value {
        Value::Scalar(scalar) if scalar.at == at => Some(value),
        Value::List(items) => items.iter_mut().find_map(|item| find(item, at)),
        Value::Map(fields) => fields.iter_mut().find_map(|field| find(&mut field.value, at)),
        Value::Scalar(_) | Value::Empty => None,
    }
}

/// A scalar of which only the text counts.
fn spoken(value: &str) -> Value {
    Value::Scalar(Scalar { text: value.to_owned(), quoted: false, at: Pos::default(), span: (0, 0) })
}

/// How a scalar is written; None for a block.
fn style_of(scalar: &Scalar, yaml: &str) -> Option<Style> {
    match (scalar.quoted, yaml.as_bytes().get(scalar.span.0 as usize)) {
        (false, _) => Some(Style::Plain),
        (true, Some(b'\'')) => Some(Style::Single),
        (true, Some(b'"')) => Some(Style::Double),
        (true, _) => None,
    }
}

/// Puts a frontmatter with one field before a text that has none.
fn add_block(split: &Split<'_>, key: &str, value: &NewValue) -> Result<String, SetError> {
    if split.oversize {
        let start = Pos { line: 1, column: 1 };
        return Err(SetError::Unreadable(over(start, "front-too-large", limits::FRONT_MAX_BYTES)));
    }
    let end = line_end(split.text);
    let block = |lines: String| format!("---{end}{lines}---{end}");
    add_lines(split, &Front::default(), key, value, split.body, 0, &block)
}

/// Adds a field as the last one of a frontmatter.
fn add_field(split: &Split<'_>, front: &Front, key: &str, value: &NewValue) -> Result<String, SetError> {
    let layout = split.yaml().and_then(Layout::of);
    let root = layout.as_ref().and_then(|layout| layout.root.as_ref());
    if let (Some(layout), Some(Node { span, shape: Shape::Map { frame: Frame::Flow, parts } })) = (&layout, root) {
        let wanted = |read: &Front| is_added(front, read, key, value);
        for quoted in [false, true] {
            let writer = Writer { layout, end: line_end(split.text), quoted, outdent: None };
            let entry = writer.flow_entry(key, value).ok_or(SetError::Entangled)?;
            let changes = match parts.is_empty() {
                true => vec![Change { range: span.clone(), text: format!("{{{entry}}}") }],
                false => writer.put_flow(parts, Some(parts.len() - 1), &[entry]),
            };
            if let Some(new) = applied(split, changes).filter(|new| reads(split, new, &wanted)) {
                return Ok(new);
            }
        }
        return Err(SetError::Entangled);
    }
    let indent = front.fields.first().map_or(0, |field| field.at.column.saturating_sub(1) as usize);
    let end = split.front.as_ref().map_or(split.body, |range| range.end);
    add_lines(split, front, key, value, end, indent, &|lines| lines)
}

/// Puts the lines of a new field at a byte of the text.
fn add_lines(
    split: &Split<'_>,
    front: &Front,
    key: &str,
    value: &NewValue,
    at: usize,
    indent: usize,
    around: &dyn Fn(String) -> String,
) -> Result<String, SetError> {
    let end = line_end(split.text);
    let layout = Layout::of("").ok_or(SetError::Entangled)?;
    for quoted in [false, true] {
        let writer = Writer { layout: &layout, end, quoted, outdent: None };
        let written = writer.block(value, indent, Hang::Key, None);
        let first = format!("{}{}:{}", " ".repeat(indent), spelled_key(key, Frame::Block), written.inline);
        let lines: String = std::iter::once(&first).chain(&written.lines).map(|line| format!("{line}{end}")).collect();
        let text = format!("{}{}{}", &split.text[..at], around(lines), &split.text[at..]);
        if reads(split, &text, &|read| is_added(front, read, key, value)) {
            return Ok(text);
        }
    }
    Err(SetError::Entangled)
}

fn is_added(old: &Front, new: &Front, key: &str, value: &NewValue) -> bool {
    match new.fields.split_last() {
        Some((last, rest)) => alike(rest, &old.fields) && last.key == key && NewValue::from(&last.value).says(value),
        None => false,
    }
}

/// Bytes of the YAML and what stands in their place afterwards.
struct Change {
    range: Range<usize>,
    text: String,
}

/// The text after changes to its YAML. None when two of them touch the same bytes.
fn applied(split: &Split<'_>, mut changes: Vec<Change>) -> Option<String> {
    let front = split.front.clone()?;
    // A stable order: what was put at the same byte earlier stands before.
    changes.sort_by_key(|change| (change.range.start, change.range.end));
    let mut text = split.text[..front.start].to_owned();
    let mut at = front.start;
    for change in changes {
        text.push_str(split.text.get(at..front.start + change.range.start)?);
        text.push_str(&change.text);
        at = front.start + change.range.end;
    }
    text.push_str(&split.text[at..]);
    Some(text)
}

/// What a value hangs on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hang {
    Key,
    Dash,
}

/// A value in block style: what follows its colon or dash, and the lines below, without line ends.
struct Written {
    inline: String,
    lines: Vec<String>,
    /// The lines below are text, so that no comment may stand between.
    is_text: bool,
}

/// One way to write, over one frontmatter as it stands.
struct Writer<'a> {
    layout: &'a Layout<'a>,
    /// The line end of the file.
    end: &'static str,
    /// Whether every text is put in double quotes, because a nicer way did not read back.
    quoted: bool,
    /// The column to which the comments of a rewritten field go, when theirs would make them text.
    outdent: Option<usize>,
}

impl Writer<'_> {
    /// Makes a part say what is wanted, and leaves what says so already. `frame` is that of the
    /// list or map which it is a part of.
    fn change(&self, part: &Part, frame: Frame, want: &NewValue) -> Option<Vec<Change>> {
        let node = &part.value;
        if node.said().says(want) {
            return Some(Vec::new());
        }
        let small = match (&node.shape, want) {
            (Shape::Scalar { style, .. }, NewValue::Scalar(text))
                if *style != Style::Block && (frame != Frame::Block || self.chomp(text).is_none()) =>
            {
                Some(vec![Change { range: node.span.clone(), text: spelled(text, *style, frame, self.quoted) }])
            }
            (Shape::List { frame, parts }, NewValue::List(items)) if !parts.is_empty() && !items.is_empty() => {
                self.change_list(parts, *frame, items)
            }
            (Shape::Map { frame, parts }, NewValue::Map(entries)) if !parts.is_empty() && !entries.is_empty() => {
                self.change_map(parts, *frame, entries)
            }
            _ => None,
        };
        small.or_else(|| self.rewrite(part, frame, want))
    }

    /// Items that are in both lists stay; between them, as many as can are changed one by one, and
    /// the rest is removed or added.
    fn change_list(&self, parts: &[Part], frame: Frame, items: &[NewValue]) -> Option<Vec<Change>> {
        let sorted = |value: &NewValue| value.sorted(limits::FRONT_MAX_DEPTH);
        let old: Vec<_> = parts.iter().map(|part| sorted(&part.value.said())).collect::<Option<_>>()?;
        let new: Vec<_> = items.iter().map(sorted).collect::<Option<_>>()?;
        let mut changes = Vec::new();
        let (mut old_at, mut new_at) = (0, 0);
        let end = DiffOp::Equal { old_index: old.len(), new_index: new.len(), len: 0 };
        for op in similar::capture_diff_slices(Algorithm::Myers, &old, &new).into_iter().chain([end]) {
            let DiffOp::Equal { old_index, new_index, len } = op else {
                continue;
            };
            changes.extend(self.change_gap(parts, frame, old_at..old_index, &items[new_at..new_index])?);
            (old_at, new_at) = (old_index + len, new_index + len);
        }
        Some(changes)
    }

    fn change_gap(&self, parts: &[Part], frame: Frame, old: Range<usize>, new: &[NewValue]) -> Option<Vec<Change>> {
        let n_paired = old.len().min(new.len());
        let mut changes = Vec::new();
        for (part, item) in parts[old.clone()].iter().zip(new) {
            changes.extend(self.change(part, frame, item)?);
        }
        let rest = old.start + n_paired..old.end;
        if !rest.is_empty() {
            changes.extend(self.take_out(parts, rest, frame)?);
        }
        let added = &new[n_paired..];
        if !added.is_empty() {
            changes.extend(self.put_items(parts, (old.start + n_paired).checked_sub(1), frame, added)?);
        }
        Some(changes)
    }

    /// Entries are known by their keys; new ones go to the end.
    fn change_map<'a>(&self, parts: &'a [Part], frame: Frame, entries: &[(String, NewValue)]) -> Option<Vec<Change>> {
        let wanted: FxHashMap<&str, &NewValue> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let key_of = |part: &'a Part| part.key.as_ref().map_or("", |key| key.text.as_str());
        let kept = |part: &'a Part| wanted.get(key_of(part)).copied();
        let present: FxHashSet<&str> = parts.iter().map(key_of).collect();
        let added: Vec<_> = entries.iter().filter(|(key, _)| !present.contains(key.as_str())).collect();
        let last_kept = parts.iter().rposition(|part| kept(part).is_some())?;
        let n_kept = parts.iter().filter(|part| kept(part).is_some()).count();
        // A comma between would be added and removed at once.
        if frame == Frame::Flow && !added.is_empty() && n_kept < parts.len() {
            return None;
        }
        let mut changes = Vec::new();
        let mut at = 0;
        while at < parts.len() {
            let part = &parts[at];
            if let Some(value) = kept(part) {
                changes.extend(self.change(part, frame, value)?);
                at += 1;
                continue;
            }
            let n_out = parts[at..].iter().take_while(|part| kept(part).is_none()).count();
            changes.extend(self.take_out(parts, at..at + n_out, frame)?);
            at += n_out;
        }
        if added.is_empty() {
            return Some(changes);
        }
        match frame {
            Frame::Flow => {
                let texts: Vec<_> =
                    added.iter().map(|(key, value)| self.flow_entry(key, value)).collect::<Option<_>>()?;
                changes.extend(self.put_flow(parts, Some(last_kept), &texts));
            }
            Frame::Block => {
                let column = self.column(&parts[last_kept]);
                let mut lines = Vec::new();
                for (key, value) in added {
                    let written = self.block(value, column, Hang::Key, None);
                    let key = spelled_key(key, Frame::Block);
                    lines.push(format!("{}{key}:{}", " ".repeat(column), written.inline));
                    lines.extend(written.lines);
                }
                changes.push(self.below(parts[last_kept].end(), &lines));
            }
            Frame::Pair => return None,
        }
        Some(changes)
    }

    fn column(&self, part: &Part) -> usize {
        column(self.layout.yaml, part.start)
    }

    /// Lines below the line of a byte.
    fn below(&self, at: usize, lines: &[String]) -> Change {
        let stop = line_stop(self.layout.yaml, at);
        Change { range: stop..stop, text: lines.iter().map(|line| format!("{}{line}", self.end)).collect() }
    }

    /// Adds items after a part, or before the first one, in the style of that neighbour.
    fn put_items(&self, parts: &[Part], after: Option<usize>, frame: Frame, items: &[NewValue]) -> Option<Vec<Change>> {
        let neighbour = &parts[after.unwrap_or(0)];
        match frame {
            Frame::Flow => {
                let texts: Vec<_> =
                    items.iter().map(|item| self.flow_like(&neighbour.value, item)).collect::<Option<_>>()?;
                Some(self.put_flow(parts, after, &texts))
            }
            Frame::Block => {
                let column = self.column(neighbour);
                let pad = " ".repeat(column);
                let mut lines = Vec::new();
                for item in items {
                    let written = self.block_like(neighbour, item, column);
                    lines.push(format!("{pad}-{}", written.inline));
                    lines.extend(written.lines);
                }
                match after {
                    Some(_) => Some(vec![self.below(neighbour.end(), &lines)]),
                    None if begins_line(self.layout.yaml, neighbour.start) => {
                        let at = line_start(self.layout.yaml, neighbour.start);
                        let text = lines.iter().map(|line| format!("{line}{}", self.end)).collect();
                        Some(vec![Change { range: at..at, text }])
                    }
                    None => None,
                }
            }
            Frame::Pair => None,
        }
    }

    /// Adds texts between brackets, on lines of their own where the neighbour has one.
    fn put_flow(&self, parts: &[Part], after: Option<usize>, texts: &[String]) -> Vec<Change> {
        let yaml = self.layout.yaml;
        let neighbour = &parts[after.unwrap_or(0)];
        let start = neighbour.start;
        let own_line = begins_line(yaml, start).then(|| &yaml[line_start(yaml, start)..start]);
        let gap = own_line.map_or(" ".to_owned(), |indent| format!("{}{indent}", self.end));
        if after.is_none() {
            let text = texts.iter().map(|text| format!("{text},{gap}")).collect();
            return vec![Change { range: start..start, text }];
        }
        let end = neighbour.end();
        let put = |at: usize, text: String| Change { range: at..at, text };
        let before_comma = || texts.iter().map(|text| format!(",{gap}{text}")).collect::<String>();
        let after_comma = || texts.iter().map(|text| format!("{gap}{text},")).collect::<String>();
        let between = || texts.join(&format!(",{gap}"));
        let (stop, rest) = (line_stop(yaml, end), yaml[end..line_stop(yaml, end)].trim_start_matches([' ', '\t']));
        let comma = rest.starts_with(',').then(|| yaml[end..].find(',').map_or(end, |at| end + at));
        match comma {
            // The comment of a line stays with what stands before it.
            Some(comma) if own_line.is_some() && is_comment(&yaml[comma + 1..stop]) => vec![put(stop, after_comma())],
            None if own_line.is_some()
                && is_comment(rest)
                && yaml.as_bytes().get(next_sign(yaml, end)) != Some(&b',') =>
            {
                vec![put(end, ",".to_owned()), put(stop, format!("{gap}{}", between()))]
            }
            _ => vec![put(end, before_comma())],
        }
    }

    /// Removes parts with their lines, or between brackets with their commas.
    fn take_out(&self, parts: &[Part], out: Range<usize>, frame: Frame) -> Option<Vec<Change>> {
        match frame {
            Frame::Block => {
                parts[out.clone()].iter().zip(out).map(|(part, at)| self.take_block(part, parts.get(at + 1))).collect()
            }
            Frame::Flow => Some(self.take_flow(parts, out)),
            Frame::Pair => None,
        }
    }

    fn take_block(&self, part: &Part, next: Option<&Part>) -> Option<Change> {
        let yaml = self.layout.yaml;
        if begins_line(yaml, part.start) {
            return Some(self.take_lines(line_start(yaml, part.start)..next_line(yaml, part.end())));
        }
        // It stands behind a dash: what follows takes its place.
        let range = part.start..next?.start;
        let has_comment = self.layout.comments(range.clone()).iter().any(|comment| comment.alone);
        (!has_comment).then_some(Change { range, text: String::new() })
    }

    /// Removes whole lines, but not the comments among them that have a line of their own.
    fn take_lines(&self, range: Range<usize>) -> Change {
        let kept = self.own_comments(range.clone());
        Change { range, text: kept.iter().map(|(_, line)| format!("{line}{}", self.end)).collect() }
    }

    /// The comments in a range that have a line of their own, as lines, with the byte of their `#`.
    fn own_comments(&self, range: Range<usize>) -> Vec<(usize, String)> {
        let yaml = self.layout.yaml;
        let line = |start: usize, stop: usize| match self.outdent {
            Some(column) => format!("{}{}", " ".repeat(column), &yaml[start..stop]),
            None => yaml[line_start(yaml, start)..stop].to_owned(),
        };
        let alone = self.layout.comments(range).into_iter().filter(|comment| comment.alone);
        alone.map(|comment| (comment.span.start, line(comment.span.start, comment.span.end))).collect()
    }

    fn take_flow(&self, parts: &[Part], out: Range<usize>) -> Vec<Change> {
        let yaml = self.layout.yaml;
        let cut = |range: Range<usize>| Change { range, text: String::new() };
        let bare = |range: &Range<usize>| self.layout.comments(range.clone()).is_empty();
        if let Some(next) = parts.get(out.end) {
            let whole = parts[out.start].start..next.start;
            if bare(&whole) {
                return vec![cut(whole)];
            }
            return parts[out].iter().map(|part| self.take_with_comma(part)).collect();
        }
        let last_end = parts[out.end - 1].end();
        let Some(before) = out.start.checked_sub(1).map(|at| &parts[at]) else {
            return vec![cut(parts[out.start].start..last_end)];
        };
        let whole = before.end()..last_end;
        let remark = yaml[last_end..line_stop(yaml, last_end)].trim_start_matches([' ', '\t', ',']);
        if bare(&whole) && !remark.starts_with('#') {
            return vec![cut(whole)];
        }
        let mut changes: Vec<Change> = parts[out].iter().map(|part| self.take_with_comma(part)).collect();
        let sign = |at: usize| yaml.as_bytes().get(at) == Some(&b',');
        let comma = next_sign(yaml, before.end());
        if sign(comma) && !sign(next_sign(yaml, last_end)) {
            changes.push(cut(comma..comma + 1));
        }
        changes
    }

    /// Removes a part between brackets with the comma after it, and its lines when they are its own.
    fn take_with_comma(&self, part: &Part) -> Change {
        let yaml = self.layout.yaml;
        let sign = next_sign(yaml, part.end());
        let end = if yaml.as_bytes().get(sign) == Some(&b',') { sign + 1 } else { part.end() };
        let rest = &yaml[end..line_stop(yaml, end)];
        if begins_line(yaml, part.start) && is_comment(rest) {
            return self.take_lines(line_start(yaml, part.start)..next_line(yaml, end));
        }
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        Change { range: part.start..end + blanks, text: String::new() }
    }

    /// Writes the whole value of a part anew.
    fn rewrite(&self, part: &Part, frame: Frame, want: &NewValue) -> Option<Vec<Change>> {
        match frame {
            Frame::Block => self.rewrite_block(part, want),
            Frame::Flow | Frame::Pair => self.rewrite_flow(part, want),
        }
    }

    fn rewrite_flow(&self, part: &Part, want: &NewValue) -> Option<Vec<Change>> {
        if part.key.is_none() && *want == NewValue::Empty {
            return None;
        }
        let text = self.flow(want)?;
        let range = part.value.span.clone();
        let text = match (&part.key, part.after, &part.value.shape) {
            (Some(_), None, _) => format!(": {text}"),
            (_, _, Shape::Empty) => format!(" {text}"),
            _ => text,
        };
        Some(vec![Change { range, text }])
    }

    fn rewrite_block(&self, part: &Part, want: &NewValue) -> Option<Vec<Change>> {
        let yaml = self.layout.yaml;
        let node = &part.value;
        let (after, lead) = match (&part.key, part.after) {
            (Some(key), after) if key.asked || after.is_none() => {
                (part.start, format!("{}:", spelled_key(&key.text, Frame::Block)))
            }
            (_, Some(after)) => (after, String::new()),
            _ => return None,
        };
        let hang = if part.key.is_some() { Hang::Key } else { Hang::Dash };
        let written = self.block(want, self.column(part), hang, self.inner_column(node, want));
        let stop = line_stop(yaml, after);
        if node.span.end <= stop {
            let first = Change { range: after..node.span.end, text: lead + &written.inline };
            return Some(vec![first, self.below(after, &written.lines)]);
        }
        let whole = after..line_stop(yaml, node.span.end);
        let remark = self
            .layout
            .comments(whole.clone())
            .into_iter()
            .find(|comment| !comment.alone && (comment.span.end <= stop || comment.span.start >= node.span.end));
        let mut text = lead + &written.inline;
        if let Some(remark) = remark {
            let before = yaml[..remark.span.start].trim_end_matches([' ', '\t']).len();
            text.push_str(&yaml[before..remark.span.end]);
        }
        let (above, under): (Vec<_>, Vec<_>) = self
            .own_comments(whole.clone())
            .into_iter()
            .partition(|(at, _)| *at < node.span.start && !written.is_text && !written.lines.is_empty());
        let lines = |comments: Vec<(usize, String)>| comments.into_iter().map(|(_, line)| line);
        for line in lines(above).chain(written.lines).chain(lines(under)) {
            text.push_str(self.end);
            text.push_str(&line);
        }
        Some(vec![Change { range: whole, text }])
    }

    /// The column of the lines of an old value, where a new one of the same kind can have it too.
    fn inner_column(&self, node: &Node, want: &NewValue) -> Option<usize> {
        let yaml = self.layout.yaml;
        match (&node.shape, want) {
            (Shape::List { frame: Frame::Block, parts }, NewValue::List(_))
            | (Shape::Map { frame: Frame::Block, parts }, NewValue::Map(_)) => {
                parts.first().map(|part| self.column(part))
            }
            (Shape::Scalar { style: Style::Block, .. }, NewValue::Scalar(_)) => {
                let lines = yaml[node.span.clone()].lines().skip(1);
                let line = lines.into_iter().find(|line| !line.trim().is_empty())?;
                Some(line.len() - line.trim_start_matches(' ').len())
            }
            _ => None,
        }
    }

    /// A new item in the style of its neighbour: in brackets or not, its quotes, its indent.
    fn block_like(&self, neighbour: &Part, want: &NewValue, column: usize) -> Written {
        let node = &neighbour.value;
        let inline = match (&node.shape, want) {
            (Shape::Scalar { style, .. }, NewValue::Scalar(text)) if self.chomp(text).is_none() => {
                Some(spelled(text, *style, Frame::Block, self.quoted))
            }
            (Shape::List { frame: Frame::Flow, .. }, NewValue::List(_))
            | (Shape::Map { frame: Frame::Flow, .. }, NewValue::Map(_)) => self.flow(want),
            _ => None,
        };
        match inline {
            Some(text) => Written { inline: format!(" {text}"), lines: Vec::new(), is_text: false },
            None => self.block(want, column, Hang::Dash, self.inner_column(node, want)),
        }
    }

    fn flow_like(&self, neighbour: &Node, want: &NewValue) -> Option<String> {
        match (&neighbour.shape, want) {
            (Shape::Scalar { style, .. }, NewValue::Scalar(text)) => {
                Some(spelled(text, *style, Frame::Flow, self.quoted))
            }
            (_, NewValue::Empty) => None,
            _ => self.flow(want),
        }
    }

    /// A value in block style, below a key or dash in `column`; `inner` is the column of its lines,
    /// two more unless told.
    fn block(&self, want: &NewValue, column: usize, hang: Hang, inner: Option<usize>) -> Written {
        let mut written = Written { inline: String::new(), lines: Vec::new(), is_text: false };
        let inner = inner.unwrap_or(column + 2);
        let pad = " ".repeat(inner);
        match want {
            NewValue::Empty => {}
            NewValue::Scalar(text) => match self.chomp(text) {
                Some(chomp) => {
                    written.is_text = true;
                    written.inline = format!(" |{chomp}");
                    let lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
                    written.lines = lines
                        .map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") })
                        .collect();
                }
                None => written.inline = format!(" {}", spelled(text, Style::Plain, Frame::Block, self.quoted)),
            },
            NewValue::List(items) if items.is_empty() => written.inline = " []".to_owned(),
            NewValue::Map(entries) if entries.is_empty() => written.inline = " {}".to_owned(),
            NewValue::List(items) => {
                if hang == Hang::Dash
                    && let Some(text) = self.flow(want)
                {
                    written.inline = format!(" {text}");
                    return written;
                }
                for item in items {
                    let item = self.block(item, inner, Hang::Dash, None);
                    written.lines.push(format!("{pad}-{}", item.inline));
                    written.lines.extend(item.lines);
                }
            }
            NewValue::Map(entries) => {
                for (key, value) in entries {
                    let value = self.block(value, inner, Hang::Key, None);
                    let line = format!("{}:{}", spelled_key(key, Frame::Block), value.inline);
                    match hang == Hang::Dash && written.inline.is_empty() {
                        // The first entry stands behind the dash, in the column of the others.
                        true => {
                            written.inline = format!("{}{line}", " ".repeat(inner.saturating_sub(column + 1).max(1)))
                        }
                        false => written.lines.push(format!("{pad}{line}")),
                    }
                    written.lines.extend(value.lines);
                }
            }
        }
        written
    }

    /// A value within brackets. None for an item of a list with nothing in it.
    fn flow(&self, want: &NewValue) -> Option<String> {
        match want {
            NewValue::Empty => Some(String::new()),
            NewValue::Scalar(text) => Some(spelled(text, Style::Plain, Frame::Flow, self.quoted)),
            NewValue::List(items) if items.contains(&NewValue::Empty) => None,
            NewValue::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.flow(item)).collect::<Option<_>>()?;
                Some(format!("[{}]", items.join(", ")))
            }
            NewValue::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| self.flow_entry(key, value)).collect::<Option<_>>()?;
                Some(format!("{{{}}}", entries.join(", ")))
            }
        }
    }

    fn flow_entry(&self, key: &str, value: &NewValue) -> Option<String> {
        Some(format!("{}: {}", spelled_key(key, Frame::Flow), self.flow(value)?))
    }

    /// The sign for the line ends at the end of a text that is written as a block, which is done
    /// for several lines. None when it is not: one line, leading blanks, lines of blanks (which
    /// editors take away), signs that need escapes.
    fn chomp(&self, text: &str) -> Option<&'static str> {
        let body = text.trim_end_matches('\n');
        let is_one_line = !body.trim_start_matches('\n').contains('\n');
        let starts_blank = text.trim_start_matches('\n').starts_with([' ', '\t']);
        let is_odd = text.chars().any(|char| char != '\n' && char != '\t' && needs_escape(char));
        let has_blank_line = text.split('\n').any(|line| !line.is_empty() && line.trim().is_empty());
        if self.quoted || is_one_line || starts_blank || has_blank_line || is_odd {
            return None;
        }
        match text.len() - body.len() {
            0 => Some("-"),
            1 => Some(""),
            _ => Some("+"),
        }
    }
}

/// Whether the rest of a line is blank or a comment.
fn is_comment(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '\t']);
    rest.is_empty() || rest.starts_with('#')
}

fn spelled_key(key: &str, frame: Frame) -> String {
    match is_plain(key) && !key.starts_with("<<") && (frame == Frame::Block || is_flow_plain(key)) {
        true => key.to_owned(),
        false => in_double_quotes(key),
    }
}

/// A text in the place of one in this style, on one line.
fn spelled(text: &str, old: Style, frame: Frame, quoted: bool) -> String {
    let single = || in_single_quotes(text).filter(|_| old == Style::Single);
    match old {
        _ if quoted => in_double_quotes(text),
        Style::Single | Style::Double => single().unwrap_or_else(|| in_double_quotes(text)),
        Style::Plain | Style::Block if is_plain(text) && (frame == Frame::Block || is_flow_plain(text)) => {
            text.to_owned()
        }
        Style::Plain | Style::Block => in_double_quotes(text),
    }
}

/// Whether a plain text can also stand in `[…]` and `{…}`. Stricter than YAML.
fn is_flow_plain(text: &str) -> bool {
    !text.contains([',', '[', ']', '{', '}'])
}

/// Whether a value can stand without quotes, outside of `[…]` and `{…}`. Stricter than YAML.
fn is_plain(value: &str) -> bool {
    let mut chars = value.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let second = chars.next().unwrap_or(' ');
    let starts_well = match first {
        '-' | '?' | ':' => !second.is_whitespace() && !",[]{}".contains(second),
        _ => !",[]{}#&*!|>'\"%@`".contains(first),
    };
    starts_well
        && value.trim() == value
        && !value.ends_with(':')
        && !value.contains(": ")
        && !value.contains(":\t")
        && !value.contains(" #")
        && !value.contains("\t#")
        && !value.chars().any(needs_escape)
}

fn in_single_quotes(value: &str) -> Option<String> {
    (!value.chars().any(needs_escape)).then(|| format!("'{}'", value.replace('\'', "''")))
}

fn in_double_quotes(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for char in value.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if needs_escape(char) => quoted.push_str(&format!("\\u{:04x}", u32::from(char))),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

/// Control characters, line breaks and marks that YAML reads as something else than text.
fn needs_escape(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The line ends of a text: those of its first line.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}
