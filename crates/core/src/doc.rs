//! A file's parsed bytes. Total: every byte string gives a `Doc`; what is odd is a problem in it.
//!
//! A doc knows only itself: not its path, not whether a link leads anywhere. It depends on
//! nothing but the kind and the bytes, so it can be kept by blob id for good (`VERSION` changes
//! when this code would read the same bytes differently). It does not hold the text.

use comrak::Arena;
use comrak::html::Anchorizer;
use comrak::nodes::{AstNode, NodeValue};
use serde::{Deserialize, Serialize};

use crate::front::{self, Front};
use crate::limits;
use crate::markdown;
use crate::names::name_key;
use crate::path::Kind;
use crate::problem::{Level, Pos, Problem};

/// Raise this when `parse` reads the same bytes differently: kept docs are then read again.
pub const VERSION: u32 = 3;

/// What a file says, short of its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doc {
    pub shape: Shape,
    pub size_bytes: u64,
    /// From the frontmatter, else the first heading of level 1.
    pub title: Option<String>,
    /// Whether the title is the body's first heading, which is then not shown twice.
    pub title_is_heading: bool,
    pub front: Front,
    pub headings: Vec<Heading>,
    pub spots: Vec<Spot>,
    pub links: Vec<Link>,
    /// Blocks that ask for records, and values inside lines.
    pub queries: Vec<Block>,
    pub values: Vec<Inline>,
    pub tags: Vec<String>,
    /// Keys (`name_key`) of the title and of the aliases, for finding the page by name.
    pub title_key: Option<Box<str>>,
    pub alias_keys: Vec<Box<str>>,
    pub problems: Vec<Problem>,
}

/// How a file's bytes can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Markdown (or YAML, for settings).
    Text,
    /// UTF-8, but too large, deep or costly for Markdown: shown as it stands.
    Plain,
    /// Not UTF-8: described, never served as text.
    Binary,
}

/// A heading of the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    pub level: u8,
    pub text: String,
    /// The anchor by GitHub's rule, unique in the page.
    pub slug: String,
    pub line: u32,
}

/// A block that links can name: `^id` at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    pub id: Box<str>,
    /// The first and the last line of the block.
    pub line: u32,
    pub last: u32,
}

/// A query block as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub source: Box<str>,
    /// The line of its opening fence.
    pub line: u32,
}

/// A value inside a line: `= this.free` in backticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inline {
    /// The expression, without the sign before it.
    pub source: Box<str>,
    pub at: Pos,
}

/// The expression of a piece of code that is an inline value.
pub fn inline_value(code: &str) -> Option<&str> {
    code.strip_prefix("= ").map(str::trim).filter(|source| !source.is_empty())
}

/// Whether the words after a fence make the block a query.
pub fn is_query(info: &str) -> bool {
    info.split_whitespace().eq(crate::query::INFO.split(' '))
}

/// What kind of reference a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkKind {
    /// `[[a|b]]`
    Wiki,
    /// `![[a]]`
    Embed,
    /// `[text](url)`
    Markdown,
    /// `![alt](url)`
    Image,
}

/// A link as written. Which side of a wiki link names the page is decided by the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub kind: LinkKind,
    /// The left side of `[[a|b]]`, or the URL.
    pub first: Box<str>,
    /// The right side of `[[a|b]]`, when there is one.
    pub second: Option<Box<str>>,
    pub at: Pos,
}

/// A doc that says nothing.
fn empty(shape: Shape, size_bytes: u64) -> Doc {
    Doc {
        shape,
        size_bytes,
        title: None,
        title_is_heading: false,
        front: Front::default(),
        headings: Vec::new(),
        spots: Vec::new(),
        links: Vec::new(),
        queries: Vec::new(),
        values: Vec::new(),
        tags: Vec::new(),
        title_key: None,
        alias_keys: Vec::new(),
        problems: Vec::new(),
    }
}

/// What stands for a file whose bytes the repository does not give.
pub fn unreadable() -> Doc {
    let mut doc = empty(Shape::Binary, 0);
    doc.problems.push(Problem::new(Level::Error, Pos::default(), "unreadable", &[]));
    doc
}

/// Parses a file.
pub fn parse(kind: Kind, bytes: &[u8]) -> Doc {
    let mut doc = empty(Shape::Text, bytes.len() as u64);
    let Ok(text) = std::str::from_utf8(bytes) else {
        doc.shape = Shape::Binary;
        doc.problems.push(Problem::new(Level::Error, bad_byte(bytes), "utf8", &[]));
        return doc;
    };
    if bytes.len() > limits::PAGE_MAX_BYTES {
        doc.shape = Shape::Plain;
        let most = limits::PAGE_MAX_BYTES.to_string();
        doc.problems.push(Problem::new(Level::Error, Pos::default(), "too-large", &[("most", &most)]));
        return doc;
    }
    match kind {
        Kind::Page | Kind::Part => read_page(text, &mut doc),
        Kind::Settings => {
            let (front, problems) = front::read(text, 1);
            doc.front = front;
            doc.problems = problems;
        }
        Kind::File => doc.shape = Shape::Plain,
    }
    doc.problems.truncate(limits::DOC_MAX_PROBLEMS);
    doc
}

/// The body of a page: its text without frontmatter.
pub fn body(text: &str) -> &str {
    &text[front::split(text).body..]
}

fn read_page(text: &str, doc: &mut Doc) {
    let split = front::split(text);
    if split.oversize {
        let most = limits::FRONT_MAX_BYTES.to_string();
        doc.problems.push(Problem::new(
            Level::Error,
            Pos { line: 1, column: 1 },
            "front-too-large",
            &[("most", &most)],
        ));
    }
    if let Some(range) = split.front.clone() {
        let (front, problems) = front::read(&text[range], 2);
        doc.front = front;
        doc.problems.extend(problems);
    }
    let arena = Arena::new();
    match markdown::parse(&arena, &text[split.body..]) {
        Some(root) => read_body(root, &text[split.body..], split.body_line, doc),
        None => {
            doc.shape = Shape::Plain;
            let at = Pos { line: split.body_line, column: 1 };
            doc.problems.push(Problem::new(Level::Warning, at, "too-costly", &[]));
        }
    }
    name(doc);
}

fn read_body<'a>(root: &'a AstNode<'a>, body: &str, first_line: u32, doc: &mut Doc) {
    let line_of = |line: usize| first_line.saturating_sub(1).saturating_add(u32::try_from(line).unwrap_or(u32::MAX));
    for (node, id) in markdown::take_block_ids(root, body) {
        let place = node.data().sourcepos;
        doc.spots.push(Spot { id, line: line_of(place.start.line), last: line_of(place.end.line) });
    }
    let mut anchors = Anchorizer::new();
    for node in root.descendants() {
        let ast = node.data();
        let start = ast.sourcepos.start;
        let at = Pos { line: line_of(start.line), column: u32::try_from(start.column).unwrap_or(u32::MAX) };
        match &ast.value {
            NodeValue::Heading(heading) if doc.headings.len() < limits::DOC_MAX_HEADINGS => {
                let text = node.collect_text();
                doc.headings.push(Heading {
                    level: heading.level,
                    slug: anchors.anchorize(&text),
                    text,
                    line: at.line,
                });
            }
            NodeValue::CodeBlock(block) if is_query(&block.info) && doc.queries.len() < limits::QUERIES_MAX => {
                doc.queries.push(Block { source: block.literal.as_str().into(), line: at.line });
            }
            NodeValue::Code(code) if doc.values.len() < limits::QUERIES_MAX => {
                if let Some(source) = inline_value(&code.literal) {
                    doc.values.push(Inline { source: source.into(), at });
                }
            }
            NodeValue::WikiLink(link) => {
                let kind = if link.embed { LinkKind::Embed } else { LinkKind::Wiki };
                let label = node.collect_text();
                let second = (label != link.url).then(|| label.into_boxed_str());
                add_link(doc, kind, &link.url, second, at);
            }
            NodeValue::Link(link) => add_link(doc, LinkKind::Markdown, &link.url, None, at),
            NodeValue::Image(link) => add_link(doc, LinkKind::Image, &link.url, None, at),
            _ => {}
        }
    }
}

fn add_link(doc: &mut Doc, kind: LinkKind, first: &str, second: Option<Box<str>>, at: Pos) {
    if doc.links.len() < limits::DOC_MAX_LINKS {
        doc.links.push(Link { kind, first: first.into(), second, at });
    }
}

/// Title, aliases and tags, once the frontmatter and the headings are known.
fn name(doc: &mut Doc) {
    let written = doc.front.text("title").map(str::trim).filter(|title| !title.is_empty());
    let first = doc.headings.first().filter(|heading| heading.level == 1 && !heading.text.trim().is_empty());
    doc.title_is_heading = match (written, first) {
        (Some(title), Some(heading)) => title == heading.text.trim(),
        (None, Some(_)) => true,
        _ => false,
    };
    doc.title = written.map(str::to_owned).or_else(|| first.map(|heading| heading.text.trim().to_owned()));
    doc.title_key = doc.title.as_deref().map(name_key);
    doc.alias_keys = doc.front.aliases().into_iter().take(limits::DOC_MAX_ALIASES).map(name_key).collect();
    let mut tags: Vec<String> = Vec::new();
    for tag in doc.front.tags() {
        let tag = tag.trim().trim_start_matches('#');
        if !tag.is_empty() && tags.len() < limits::DOC_MAX_TAGS && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    doc.tags = tags;
}

/// Where the first byte stands that is not UTF-8.
pub fn bad_byte(bytes: &[u8]) -> Pos {
    let good = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let line_start = good.rfind('\n').map_or(0, |at| at + 1);
    Pos {
        line: u32::try_from(good.matches('\n').count() + 1).unwrap_or(u32::MAX),
        column: u32::try_from(good[line_start..].chars().count() + 1).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Doc {
        parse(Kind::Page, text.as_bytes())
    }

    #[test]
    fn a_page_gives_its_title_headings_links_and_tags() {
        let doc = page(
            "---\ntitle: Dijk\ntags: [water, plan]\naliases: [De dijk]\n---\n## Kop\n[[Plan van aanpak|het plan]] en [x](y.md) ![p](p.png) ![[q]]\n",
        );
        assert_eq!(doc.title.as_deref(), Some("Dijk"));
        assert_eq!(doc.tags, ["water", "plan"]);
        assert_eq!(doc.alias_keys.len(), 1);
        assert_eq!(doc.headings[0].slug, "kop");
        assert_eq!(doc.headings[0].line, 6);
        let kinds: Vec<LinkKind> = doc.links.iter().map(|link| link.kind).collect();
        assert_eq!(kinds, [LinkKind::Wiki, LinkKind::Markdown, LinkKind::Image, LinkKind::Embed]);
        assert_eq!(&*doc.links[0].first, "Plan van aanpak");
        assert_eq!(doc.links[0].second.as_deref(), Some("het plan"));
        assert_eq!(doc.links[0].at, Pos { line: 7, column: 1 });
    }

    #[test]
    fn the_first_heading_is_the_title_when_there_is_no_other() {
        let doc = page("# Dijk\n\ntekst\n");
        assert_eq!(doc.title.as_deref(), Some("Dijk"));
        assert!(doc.title_is_heading);
        assert_eq!(page("tekst\n").title, None);
    }

    #[test]
    fn any_bytes_give_a_doc() {
        // INV-9
        assert_eq!(parse(Kind::Page, b"a\nb\xffc").shape, Shape::Binary);
        assert_eq!(parse(Kind::Page, b"a\nb\xffc").problems[0].at, Pos { line: 2, column: 2 });
        let deep = ">".repeat(5_000);
        assert_eq!(parse(Kind::Page, deep.as_bytes()).shape, Shape::Plain);
        for text in ["---", "---\n", "---\n---", "---\na: [\n---\n", "[[", "[[|]]", "![[|", "\u{feff}---\nx: y\n---\n"]
        {
            parse(Kind::Page, text.as_bytes());
        }
    }
}
