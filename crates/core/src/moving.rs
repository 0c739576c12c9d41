//! Writing links anew when a page moves, so that everything still leads where it led.
//!
//! Changes the bytes of link targets and nothing else (INV-11). A link that still leads to the
//! same page after the move stays as it is; a link that can't be rewritten for sure is left and
//! reported with its line.

use std::ops::Range;

use comrak::Arena;
use comrak::nodes::NodeValue;

use crate::doc::{Doc, Link, LinkKind};
use crate::front::{self, Scalar, Value};
use crate::links::{self, Resolved, Target, parts};
use crate::markdown;
use crate::names::Found;
use crate::path::{FilePath, percent_encode, strip_page_extension};
use crate::records;
use crate::site::Site;

/// One page of which links are written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Where the page stands after the move.
    pub path: FilePath,
    pub text: String,
    pub rewritten: usize,
    /// Lines with a link that should have been rewritten but could not be, for sure.
    pub left: Vec<u32>,
}

/// The pages to rewrite when `from` becomes `to`.
///
/// `after` is the site in which the file stands at its new path and nothing else changed.
/// `text_of` gives the text of a page by its path *before* the move.
pub fn rewrites(
    before: &Site,
    after: &Site,
    from: &FilePath,
    to: &FilePath,
    text_of: &dyn Fn(&FilePath) -> Option<String>,
) -> Vec<Rewrite> {
    let moved = |path: &FilePath| if path == from { to.clone() } else { path.clone() };
    let mut rewrites = Vec::new();
    for (at, page) in before.pages().iter().enumerate() {
        let own = page.path == *from;
        let answers = &before.page_links(at as u32).links;
        let touches = |target: &Target| before.target_path(target).is_some_and(|path| path == from);
        // What its type takes for a reference is one, however it is spelled.
        let typed: Vec<&Scalar> = records::reference_scalars(&page.doc, before.types());
        let has_reference = || {
            let written = typed.iter().map(|scalar| name_of(scalar));
            links::references(&page.doc.front).into_iter().chain(written).any(|written| {
                let found = before.names().find(page.path.folder(), parts(written).name);
                found_path(before, &found).is_some_and(|path| path == from || own)
            })
        };
        if !own && !answers.iter().any(|answer| touches(&answer.to)) && !has_reference() {
            continue;
        }
        let Some(text) = text_of(&page.path) else { continue };
        let now = moved(&page.path);
        let wanted = |answer: &Resolved, link: &Link| -> Option<FilePath> {
            let expected = moved(before.target_path(&answer.to)?);
            let setting = after.settings().links;
            let then = links::resolve_one(link, &now, after.names(), setting, after.link_order());
            (after.target_path(&then.to) != Some(&expected) || then.swapped != answer.swapped).then_some(expected)
        };
        let wanted_reference = |written: &str| -> Option<FilePath> {
            let name = parts(written).name;
            let expected = moved(found_path(before, &before.names().find(page.path.folder(), name))?);
            let then = after.names().find(now.folder(), name);
            (found_path(after, &then) != Some(&expected)).then_some(expected)
        };
        let rewrite = rewrite(&text, &now, answers, &page.doc, &typed, &wanted, &wanted_reference);
        if rewrite.rewritten > 0 || !rewrite.left.is_empty() {
            rewrites.push(rewrite);
        }
    }
    rewrites
}

fn found_path<'a>(site: &'a Site, found: &Found) -> Option<&'a FilePath> {
    match found {
        Found::Page(page) => Some(&site.pages().get(*page as usize)?.path),
        Found::File(file) => site.target_path(&Target::File(*file)),
        Found::Ambiguous(_) | Found::Nothing => None,
    }
}

fn rewrite(
    text: &str,
    now: &FilePath,
    answers: &[Resolved],
    doc: &Doc,
    typed: &[&Scalar],
    wanted: &dyn Fn(&Resolved, &Link) -> Option<FilePath>,
    wanted_reference: &dyn Fn(&str) -> Option<FilePath>,
) -> Rewrite {
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut left = Vec::new();
    let spans = spans(text, doc);
    for (at, (link, answer)) in doc.links.iter().zip(answers).enumerate() {
        let Some(place) = wanted(answer, link) else { continue };
        let span = spans.get(at).cloned().flatten();
        match span.and_then(|span| target_span(text, span, link, answer.swapped)) {
            Some(span) => changes.push((span, spelling(link, answer, now, &place))),
            None => left.push(link.at.line),
        }
    }
    let yaml_start = front::split(text).front.map_or(0, |front| front.start);
    for scalar in scalars(doc) {
        let is_typed = || typed.iter().any(|typed| typed.at == scalar.at).then(|| name_of(scalar));
        let Some(written) = links::reference(&scalar.text).or_else(is_typed) else { continue };
        let Some(place) = wanted_reference(written) else { continue };
        let span = yaml_start + scalar.span.0 as usize..yaml_start + scalar.span.1 as usize;
        let name = parts(written).name;
        match text.get(span.clone()).filter(|raw| raw.matches(name).count() == 1) {
            Some(raw) => changes.push((span, raw.replacen(name, place.address(), 1))),
            None => left.push(scalar.at.line),
        }
    }
    apply(text, now, changes, left)
}

/// The name in a field that holds a reference.
fn name_of(scalar: &Scalar) -> &str {
    let text = scalar.text.trim();
    links::reference(text).unwrap_or(text)
}

fn scalars(doc: &Doc) -> Vec<&Scalar> {
    let mut found = Vec::new();
    let mut rest: Vec<&Value> = doc.front.fields.iter().map(|field| &field.value).collect();
    while let Some(value) = rest.pop() {
        match value {
            Value::Scalar(scalar) => found.push(scalar),
            Value::List(values) => rest.extend(values),
            Value::Map(fields) => rest.extend(fields.iter().map(|field| &field.value)),
            Value::Empty => {}
        }
    }
    found
}

fn spelling(link: &Link, answer: &Resolved, now: &FilePath, place: &FilePath) -> String {
    match link.kind {
        LinkKind::Wiki | LinkKind::Embed => {
            let written = answer.written(link);
            // An `@` may belong to the name.
            let name = if answer.versioned {
                parts(written).name
            } else {
                written.split('#').next().unwrap_or(written).trim()
            };
            let rest = written.split_once(name).map_or("", |(_, rest)| rest);
            let target = match place.kind() {
                crate::path::Kind::Page | crate::path::Kind::Part => place.address(),
                _ => place.as_str(),
            };
            format!("{target}{rest}").replace('|', "\\|")
        }
        LinkKind::Markdown | LinkKind::Image => relative_url(now, place, &link.first, answer.versioned),
    }
}

fn apply(text: &str, path: &FilePath, mut changes: Vec<(Range<usize>, String)>, left: Vec<u32>) -> Rewrite {
    changes.sort_by_key(|(span, _)| span.start);
    let mut out = String::with_capacity(text.len() + 64);
    let (mut done, mut rewritten) = (0, 0);
    for (span, new) in changes {
        if span.start < done {
            continue;
        }
        out.push_str(&text[done..span.start]);
        out.push_str(&new);
        done = span.end;
        rewritten += 1;
    }
    out.push_str(&text[done..]);
    Rewrite { path: path.clone(), text: out, rewritten, left }
}

/// The bytes of each link of the doc, in its order, by parsing the body once more.
fn spans(text: &str, doc: &Doc) -> Vec<Option<Range<usize>>> {
    let body = front::split(text).body;
    let arena = Arena::new();
    let source = &text[body..];
    let Some(root) = markdown::parse(&arena, source) else { return Vec::new() };
    let starts: Vec<usize> = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |line: usize, column: usize| {
        starts.get(line.checked_sub(1)?).map(|start| body + start + column.saturating_sub(1))
    };
    let mut spans = Vec::with_capacity(doc.links.len());
    for node in root.descendants() {
        let ast = node.data();
        if matches!(ast.value, NodeValue::WikiLink(_) | NodeValue::Link(_) | NodeValue::Image(_)) {
            let pos = ast.sourcepos;
            let start = offset(pos.start.line, pos.start.column);
            let end = offset(pos.end.line, pos.end.column).map(|end| end + 1);
            spans.push(start.zip(end).map(|(start, end)| start..end));
        }
    }
    spans
}

/// The bytes of the target inside a link, when they are where they must be.
///
/// Inside a table the parser counts columns without the backslash of `\|`, so a link may begin
/// somewhat after where it is said to: it is looked for from there to the end of the line.
fn target_span(text: &str, span: Range<usize>, link: &Link, swapped: bool) -> Option<Range<usize>> {
    let line_end = text.get(span.start..)?.find('\n').map_or(text.len(), |at| span.start + at);
    match link.kind {
        LinkKind::Wiki | LinkKind::Embed => {
            let mut from = span.start;
            loop {
                let open = from + text.get(from..line_end)?.find("[[")? + 2;
                let close = open + text[open..line_end].find("]]")?;
                if let Some(span) = wiki_target_span(&text[open..close], link, swapped) {
                    return Some(open + span.start..open + span.end);
                }
                from = open;
            }
        }
        LinkKind::Markdown | LinkKind::Image => {
            // A link's text may go over lines; its target does not.
            let raw_end = text.len().min(span.end.max(line_end) + 2);
            let raw = text.get(span.start..raw_end).or_else(|| text.get(span.start..line_end))?;
            let needle = format!("]({}", link.first);
            let at = raw
                .find(&needle)
                .map(|at| at + 2)
                .or_else(|| raw.find(&format!("](<{}", link.first)).map(|at| at + 3))?;
            let start = span.start + at;
            Some(start..start + link.first.len())
        }
    }
}

/// The target's side of what stands between the brackets, if these are that link's brackets.
fn wiki_target_span(inner: &str, link: &Link, swapped: bool) -> Option<Range<usize>> {
    let (first, second) = match inner.find('|') {
        Some(bar) => (0..inner[..bar].strip_suffix('\\').map_or(bar, str::len), Some(bar + 1..inner.len())),
        None => (0..inner.len(), None),
    };
    if inner[first.clone()].trim() != &*link.first {
        return None;
    }
    let side = if swapped { second? } else { first };
    let text = &inner[side.clone()];
    let lead = text.len() - text.trim_start().len();
    Some(side.start + lead..side.start + lead + text.trim().len())
}

/// The shortest relative URL from one file to another, with the version and fragment of `written`.
fn relative_url(from: &FilePath, to: &FilePath, written: &str, versioned: bool) -> String {
    let file = written.split(['#', '?']).next().unwrap_or(written);
    // The version stays: labels follow a page that moves.
    let file = if versioned { parts(file).name } else { file };
    let suffix = written.strip_prefix(file).unwrap_or_default();
    let had_extension = strip_page_extension(file).len() < file.len();
    let target = if had_extension { to.as_str() } else { to.address() };
    let mut url = String::new();
    if file.starts_with('/') {
        url.push('/');
        percent_encode(target, &mut url);
    } else {
        let here: Vec<&str> = from.folder().split('/').filter(|segment| !segment.is_empty()).collect();
        let there: Vec<&str> = target.split('/').collect();
        let shared = here.iter().zip(&there[..there.len() - 1]).take_while(|(a, b)| a == b).count();
        for _ in shared..here.len() {
            url.push_str("../");
        }
        percent_encode(&there[shared..].join("/"), &mut url);
    }
    url = url.replace('(', "%28").replace(')', "%29");
    url.push_str(suffix);
    url
}
