//! The dialect: which Markdown a page is written in, decided here and nowhere else.
//!
//! CommonMark and GFM with wiki links, footnotes, alerts and description lists, by comrak. Math in
//! dollars is off, because a budget wiki is full of sums of money. Frontmatter never gets here:
//! `front::split` cuts it off before.

use std::cell::Cell;
use std::collections::HashSet;

use comrak::nodes::{AstNode, NodeValue};
use comrak::{Arena, Options};

use crate::limits;

/// Parsing gives up after this many steps per byte of text, which bounds it without a clock.
/// Measured: real pages take under one step per two bytes.
const STEPS_PER_BYTE: usize = 16;
/// comrak asks every 256 steps whether to stop.
const STEPS_PER_ASK: usize = 256;

/// comrak's options for this dialect. Wiki links are read target first; `links` swaps.
pub fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.inline_footnotes = true;
    options.extension.description_lists = true;
    options.extension.alerts = true;
    options.extension.wikilinks_title_after_pipe = true;
    options.extension.header_id_prefix = Some(String::new());
    options.render.tasklist_classes = true;
    options
}

/// Parses a body. `None` when it is too large, too deep or too costly to be shown as Markdown.
pub fn parse<'a>(arena: &'a Arena<'a>, body: &str) -> Option<&'a AstNode<'a>> {
    if body.len() > limits::RENDER_MAX_BYTES || costs_squares(body) {
        return None;
    }
    let budget = 64 + body.len() * STEPS_PER_BYTE / STEPS_PER_ASK;
    let asked = Cell::new(0usize);
    let spent = || {
        asked.set(asked.get() + 1);
        asked.get() > budget
    };
    let root = comrak::try_parse_document(arena, body, &options(), &spent).ok()?;
    (depth_within(root, limits::NESTING_MAX * 2)).then_some(root)
}

/// Texts on which comrak takes time by the square without asking whether to stop.
fn costs_squares(body: &str) -> bool {
    let quotes = |line: &str| {
        line.bytes().take_while(|byte| matches!(byte, b'>' | b' ' | b'\t')).filter(|byte| *byte == b'>').count()
    };
    // Most pages have neither sign: looking for one sign is cheap.
    (body.contains('>') && body.lines().any(|line| quotes(line) > limits::QUOTES_MAX))
        || (body.contains('^') && body.matches("^[").nth(limits::INLINE_NOTES_MAX).is_some())
}

/// Whether a text has nothing in it that costs much more than its length: blocks of code, which are
/// coloured, and raw HTML, which is sanitised. `false` also where it only looks like that.
pub fn costs_little(text: &[u8]) -> bool {
    const CHUNK: usize = 64;
    let opens = |pair: &[u8]| matches!(pair, b"``" | b"~~" | [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!' | b'?']);
    // Few chunks have such a sign at all, and those are found many bytes at a time.
    text.chunks(CHUNK).enumerate().all(|(n, chunk)| {
        let any = chunk.iter().fold(false, |any, byte| any | matches!(byte, b'`' | b'~' | b'<'));
        let begin = n * CHUNK;
        !any || !text[begin..text.len().min(begin + CHUNK + 1)].windows(2).any(opens)
    })
}

/// Takes the ids out of a tree by which links name blocks: `^id` at the end of a paragraph or list
/// item, or alone after what it names. Gives the node that each names, in the order of the text; of
/// two that are equal the first counts.
pub fn take_block_ids<'a>(root: &'a AstNode<'a>, body: &str) -> Vec<(&'a AstNode<'a>, Box<str>)> {
    let mut taken: Vec<(&AstNode<'_>, Box<str>)> = Vec::new();
    // Few pages have the sign at all.
    if !body.contains('^') {
        return taken;
    }
    let is_paragraph = |node: &&'a AstNode<'a>| matches!(node.data().value, NodeValue::Paragraph);
    let paragraphs: Vec<&AstNode<'_>> = root.descendants().filter(is_paragraph).collect();
    let mut met: HashSet<Box<str>> = HashSet::new();
    for paragraph in paragraphs {
        if let Some((named, id)) = take_block_id(paragraph)
            && taken.len() < limits::DOC_MAX_SPOTS
            && met.insert(id.clone())
        {
            taken.push((named, id));
        }
    }
    taken
}

fn take_block_id<'a>(paragraph: &'a AstNode<'a>) -> Option<(&'a AstNode<'a>, Box<str>)> {
    let last = paragraph.last_child()?;
    let (before, id) = match &last.data().value {
        NodeValue::Text(literal) => {
            let (before, id) = split_block_id(literal)?;
            (before.to_owned(), Box::from(id))
        }
        _ => return None,
    };
    match last.previous_sibling() {
        // Alone: it names what stands before it.
        None if before.is_empty() => {
            let named = paragraph.previous_sibling()?;
            paragraph.detach();
            return Some((named, id));
        }
        Some(line_end) if before.is_empty() => {
            if !matches!(line_end.data().value, NodeValue::SoftBreak | NodeValue::LineBreak) {
                return None;
            }
            line_end.detach();
            last.detach();
        }
        _ => last.data_mut().value = NodeValue::Text(before.trim_end().to_owned().into()),
    }
    let item = paragraph.parent().filter(|parent| {
        let is_item = matches!(parent.data().value, NodeValue::Item(_) | NodeValue::TaskItem(_));
        is_item && paragraph.previous_sibling().is_none()
    });
    Some((item.unwrap_or(paragraph), id))
}

/// What stands before an id at the end of a text, and the id.
fn split_block_id(text: &str) -> Option<(&str, &str)> {
    let (before, id) = text.rsplit_once('^')?;
    let is_apart = before.is_empty() || before.ends_with([' ', '\t']);
    (is_apart && is_block_id(id)).then_some((before, id))
}

/// Whether a text can be the id of a block: letters and digits of ASCII, and `-`.
pub fn is_block_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= limits::BLOCK_ID_MAX_CHARS
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The text of a body without its marks, for the search index, at most `max_bytes` long.
/// Blocks are separated by line ends. A body that can't be parsed is returned as it stands.
pub fn plain(body: &str, max_bytes: usize) -> String {
    let arena = Arena::new();
    let mut text = String::with_capacity(body.len().min(max_bytes));
    match parse(&arena, body) {
        Some(root) => {
            take_block_ids(root, body);
            collect_plain(root, max_bytes, &mut text);
        }
        None => text.push_str(body),
    }
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn collect_plain<'a>(root: &'a AstNode<'a>, max_bytes: usize, text: &mut String) {
    for node in root.descendants() {
        if text.len() >= max_bytes {
            return;
        }
        match &node.data().value {
            NodeValue::Text(literal) => text.push_str(literal),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(code) => {
                separate(text);
                text.push_str(&code.literal);
            }
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            NodeValue::TableCell => {
                separate_by(text, ' ');
            }
            value if value.block() => separate(text),
            _ => {}
        }
    }
}

fn separate(text: &mut String) {
    separate_by(text, '\n');
}

fn separate_by(text: &mut String, mark: char) {
    if !text.is_empty() && !text.ends_with(['\n', ' ']) {
        text.push(mark);
    }
}

/// Walks without recursion, since the depth is what is in doubt.
fn depth_within<'a>(root: &'a AstNode<'a>, max: usize) -> bool {
    let mut depth = 0usize;
    for edge in root.traverse() {
        match edge {
            comrak::arena_tree::NodeEdge::Start(_) => {
                depth += 1;
                if depth > max {
                    return false;
                }
            }
            comrak::arena_tree::NodeEdge::End(_) => depth -= 1,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_blocks_are_taken_out_of_the_text() {
        let body = "Een alinea met [[a]]. ^een\n\n- punt ^twee\n  - onder\n- ander\n\n| a |\n|---|\n| b ^nee |\n\n^drie\n\n> citaat\n> ^vier\n\n`^code`\n\nx^2 en 5 ^ 6\n\nnog eens ^een\n\n**vet** ^vijf\n";
        let arena = Arena::new();
        let root = parse(&arena, body).expect("parsed");
        let taken = take_block_ids(root, body);
        let kind = |node: &AstNode<'_>| match node.data().value {
            NodeValue::Paragraph => "paragraph",
            NodeValue::Item(_) => "item",
            NodeValue::Table(_) => "table",
            _ => "other",
        };
        let found: Vec<(&str, &str)> = taken.iter().map(|(node, id)| (kind(node), &**id)).collect();
        assert_eq!(
            found,
            [("paragraph", "een"), ("item", "twee"), ("table", "drie"), ("paragraph", "vier"), ("paragraph", "vijf")]
        );
        let text = plain(body, 1_000);
        assert!(!text.contains("^een") && !text.contains("^twee") && !text.contains("^drie"), "{text}");
        assert!(text.contains("^code") && text.contains("x^2 en 5 ^ 6") && text.contains("b ^nee"), "{text}");
        assert!(plain("^alleen", 100).contains("^alleen"), "there is nothing before it that it could name");
    }

    #[test]
    fn what_may_cost_much_is_told_from_plain_text() {
        for plain in ["", "a `b` ~c~ 1 < 2 <3 > [[d]]", "`", "<"] {
            assert!(costs_little(plain.as_bytes()), "{plain}");
        }
        for costly in ["```rust\n", "~~~\n", "a <b>c</b>", "</a>", "<!-- -->", "<?php"] {
            // At every place of a chunk, and across the end of one.
            for before in 0..130 {
                let text = format!("{}{costly}", "x".repeat(before));
                assert!(!costs_little(text.as_bytes()), "{costly} after {before}");
            }
        }
    }
}
