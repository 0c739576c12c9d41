//! Holes in a body for what is computed for each answer.
//!
//! While a page is written and sanitised, a mark stands for each: text between two signs that
//! no content can give. Afterwards the marks are cut out, and those that stand where no text may
//! (content had opened an attribute) are dropped.

use std::collections::HashSet;
use std::fmt::{self, Write as _};

use comrak::html::{ChildRendering, Context};
use comrak::nodes::{AstNode, NodeValue};
use rustc_hash::{FxHashMap, FxHashSet};

use super::nodes::is_image;
use super::{Asked, Hole, State, identity};
use crate::doc;
use crate::limits;
use crate::links::{Resolved, Target};

/// Begins and ends a mark. Unicode promises that it is never a character; no named entity means it.
pub(super) const MARK: char = '\u{fdd1}';

/// The longest mark as a block.
pub(super) const MARK_MAX_BYTES: usize = 48;

/// Whether the text can't give `MARK` by itself: not as it stands, nor by a numeric reference,
/// which both Markdown and HTML read. Where it can, queries stay code.
pub(super) fn may_mark(text: &str) -> bool {
    if text.contains(MARK) {
        return false;
    }
    text.match_indices("&#").all(|(at, _)| {
        let rest = &text[at + 2..];
        let (digits, radix) = match rest.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16),
            None => (rest, 10),
        };
        let number = digits
            .chars()
            .map_while(|digit| digit.to_digit(radix))
            .fold(0u32, |number, digit| number.saturating_mul(radix).saturating_add(digit));
        number != u32::from(MARK)
    })
}

/// What asks for something that is computed for each answer, by the identity of its node.
#[derive(Default)]
pub(super) struct Found {
    pub(super) by_node: FxHashMap<usize, Asked>,
    /// Paragraphs of nothing but embeds, which are no paragraphs.
    pub(super) bare: HashSet<usize>,
    /// Embeds beyond those that one page may have.
    pub(super) too_many: HashSet<usize>,
}

/// Numbers as `doc::parse`, which walks alike.
pub(super) fn find_asked<'a>(root: &'a AstNode<'a>, without_types: bool, answers: &[Resolved]) -> Found {
    let mut found = Found::default();
    let (mut n_queries, mut n_values, mut n_links, mut n_embeds) = (0, 0, 0, 0);
    let mut of_embeds: HashSet<usize> = HashSet::new();
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::Paragraph if holds_embeds_only(node) => {
                of_embeds.insert(identity(node));
            }
            NodeValue::CodeBlock(block) if doc::is_query(&block.info) && n_queries < limits::QUERIES_MAX => {
                found.by_node.insert(identity(node), Asked::Query(n_queries));
                n_queries += 1;
            }
            NodeValue::Code(code) if doc::inline_value(&code.literal).is_some() && n_values < limits::QUERIES_MAX => {
                if !without_types {
                    found.by_node.insert(identity(node), Asked::Value(n_values));
                }
                n_values += 1;
            }
            NodeValue::WikiLink(link) => {
                let shows_page = link.embed && answers.get(n_links).is_some_and(|answer| is_of_page(answer, &link.url));
                let paragraph = node.parent().map(identity).filter(|parent| shows_page && of_embeds.contains(parent));
                if let Some(paragraph) = paragraph {
                    if n_embeds < limits::EMBEDS_MAX {
                        found.by_node.insert(identity(node), Asked::Embed(n_links));
                        found.bare.insert(paragraph);
                    } else if n_embeds < 2 * limits::EMBEDS_MAX {
                        // Said often enough then; and what is said makes the page grow.
                        found.too_many.insert(identity(node));
                    }
                    n_embeds += 1;
                }
                n_links += 1;
            }
            NodeValue::Link(_) | NodeValue::Image(_) => n_links += 1,
            _ => {}
        }
    }
    found
}

/// Whether an embed shows a page: not a file, nor a picture that is not there.
fn is_of_page(answer: &Resolved, url: &str) -> bool {
    match &answer.to {
        Target::Page(_) | Target::Own | Target::Ambiguous(_) => true,
        Target::Missing(_) => !is_image(url),
        Target::File(_) | Target::External | Target::Refused => false,
    }
}

/// An embed is a block: within a line it is a link.
fn holds_embeds_only<'a>(paragraph: &'a AstNode<'a>) -> bool {
    paragraph.children().all(|child| match &child.data().value {
        NodeValue::WikiLink(link) => link.embed,
        NodeValue::SoftBreak | NodeValue::LineBreak => true,
        NodeValue::Text(text) => text.trim().is_empty(),
        _ => false,
    })
}

pub(super) fn block_mark(
    context: &mut Context<State<'_>>,
    asked: Asked,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if entering {
        context.write_str(&block_text(asked))?;
    }
    Ok(ChildRendering::HTML)
}

/// A mark as a block of its own, which ends paragraphs that raw HTML left open.
pub(super) fn block_text(asked: Asked) -> String {
    format!("<div>{}</div>\n", mark_text(asked))
}

pub(super) fn inline_mark(
    context: &mut Context<State<'_>>,
    asked: Asked,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if entering {
        context.write_str(&mark_text(asked))?;
    }
    Ok(ChildRendering::Skip)
}

fn mark_text(asked: Asked) -> String {
    match asked {
        Asked::Query(n) => format!("{MARK}q{n}{MARK}"),
        Asked::Value(n) => format!("{MARK}v{n}{MARK}"),
        Asked::Embed(n) => format!("{MARK}e{n}{MARK}"),
        Asked::Block(n) => format!("{MARK}b{n}{MARK}"),
    }
}

/// Takes the marks out of HTML as a serialiser writes it: no `<` in text, no `"` in an attribute.
pub(super) fn cut_marks(html: String) -> (String, Vec<Hole>) {
    if !html.contains(MARK) {
        return (html, Vec::new());
    }
    let mut cut = String::with_capacity(html.len());
    let mut holes: Vec<Hole> = Vec::new();
    let mut known: FxHashSet<Asked> = FxHashSet::default();
    let (mut in_tag, mut in_quotes) = (false, false);
    let mut rest = html.as_str();
    while let Some(at) = rest.find(['<', '>', '"', MARK]) {
        let (before, here) = rest.split_at(at);
        cut.push_str(before);
        let Some(inner) = here.strip_prefix(MARK) else {
            match here.as_bytes()[0] {
                b'<' if !in_tag => in_tag = true,
                b'>' if in_tag && !in_quotes => in_tag = false,
                b'"' if in_tag => in_quotes = !in_quotes,
                _ => {}
            }
            cut.push_str(&here[..1]);
            rest = &here[1..];
            continue;
        };
        let Some((name, after)) = inner.split_once(MARK) else {
            rest = inner;
            continue;
        };
        let asked = read_mark(name).filter(|asked| !in_tag && known.insert(*asked));
        holes.extend(asked.map(|what| Hole { at: cut.len(), what }));
        rest = after;
    }
    cut.push_str(rest);
    (cut, holes)
}

fn read_mark(name: &str) -> Option<Asked> {
    if let Some(n) = name.strip_prefix('q') {
        return n.parse().ok().map(Asked::Query);
    }
    if let Some(n) = name.strip_prefix('e') {
        return n.parse().ok().map(Asked::Embed);
    }
    if let Some(n) = name.strip_prefix('b') {
        return n.parse().ok().map(Asked::Block);
    }
    name.strip_prefix('v')?.parse().ok().map(Asked::Value)
}
