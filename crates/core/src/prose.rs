//! Two rendered bodies as one text that reads like an edited one: what came is underlined, what went
//! is struck, what was moved says so, long equal stretches fold.
//!
//! Works on what `html::render` made, which is safe and well-formed, and never on source. The HTML
//! is read into a tree; children of equal elements are set beside each other by what they say, as
//! deep as they differ, and words within a paragraph last. Written are only start tags that stood in
//! one of the two bodies, text that stood there, and this file's own `ins`, `del` and `span`; every
//! element is closed where it was opened. So nothing in content can end a mark early, and since
//! content may not carry the classes made here, none can pass for one.
//!
//! Ids are left out, since both texts have them. HTML that can't be read, is too large or too deep
//! is not compared (`None`): the difference of the sources is there for it.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, DiffableStr as _};

use crate::diff;
use crate::html;
use crate::limits;

/// The few words in a compared text, in the reader's language.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Read out before what came and before what went.
    pub added: String,
    pub removed: String,
    /// Read out behind it.
    pub end: String,
    /// Shown before a block that stood elsewhere, and where it stood.
    pub moved_here: String,
    pub moved_away: String,
}

/// A compared text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    pub pieces: Vec<Piece>,
    /// Blocks (paragraphs, headings, lists …) that came, went, changed within, and moved.
    pub n_added: usize,
    pub n_removed: usize,
    pub n_changed: usize,
    pub n_moved: usize,
}

impl Prose {
    pub fn is_same(&self) -> bool {
        self.n_added + self.n_removed + self.n_changed + self.n_moved == 0
    }
}

/// A stretch of a compared text, as safe HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Shown(String),
    /// So many equal blocks, far from any change.
    Folded(usize, String),
}

/// Equal blocks shown on either side of a change.
const CONTEXT: usize = 1;

/// Fewer equal blocks than this are not worth folding.
const FOLD_MIN: usize = 3;

/// Longest beginning of a moved block that is told where it stood, in characters.
const MOVED_MAX_CHARS: usize = 60;

/// Compares two rendered bodies. `now` gives the present address of a link's target that moved.
pub fn compare(old: &str, new: &str, now: &dyn Fn(&str) -> Option<String>, labels: &Labels) -> Option<Prose> {
    if old.len().max(new.len()) > limits::PROSE_MAX_BYTES {
        return None;
    }
    let (old, new) = (Tree::read(old, Some(now))?, Tree::read(new, None)?);
    let mut weaver = Weaver { labels, steps_left: limits::PROSE_MAX_STEPS };
    Some(weaver.prose(&old.nodes, &new.nodes))
}

/// A piece of HTML.
#[derive(Clone, Debug)]
enum Node {
    /// As it stands, entities and all.
    Text(String),
    Element(Element),
}

#[derive(Clone, Debug)]
struct Element {
    name: String,
    /// The start tag without its id.
    open: String,
    /// It has no end tag.
    is_void: bool,
    children: Vec<Node>,
}

struct Tree {
    nodes: Vec<Node>,
}

const VOID: [&str; 6] = ["br", "hr", "img", "input", "wbr", "col"];

/// Elements that do not stand in a line.
const BLOCKS: [&str; 34] = [
    "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption",
    "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "section", "details", "summary", "figure",
    "figcaption", "article", "aside", "header", "footer",
];

impl Tree {
    /// Reads what a serialiser wrote: every start tag closed, `<` and `>` nowhere else than in tags
    /// and quotes. `None` for anything else.
    fn read(html: &str, now: Option<&dyn Fn(&str) -> Option<String>>) -> Option<Tree> {
        let mut open: Vec<Element> = Vec::new();
        let mut nodes: Vec<Node> = Vec::new();
        let mut rest = html;
        while !rest.is_empty() {
            let Some(at) = rest.find('<') else {
                put(&mut open, &mut nodes, Node::Text(rest.to_owned()));
                break;
            };
            if at > 0 {
                put(&mut open, &mut nodes, Node::Text(rest[..at].to_owned()));
            }
            let end = tag_end(&rest[at..])?;
            let tag = &rest[at..at + end];
            rest = &rest[at + end..];
            if let Some(name) = tag.strip_prefix("</") {
                let closed = open.pop()?;
                if closed.name != name.trim_end_matches('>').trim() {
                    return None;
                }
                put(&mut open, &mut nodes, Node::Element(closed));
                continue;
            }
            let element = read_tag(tag, now)?;
            if element.is_void {
                put(&mut open, &mut nodes, Node::Element(element));
            } else if open.len() < limits::PROSE_MAX_DEPTH {
                open.push(element);
            } else {
                return None;
            }
        }
        open.is_empty().then_some(Tree { nodes })
    }
}

fn put(open: &mut [Element], nodes: &mut Vec<Node>, node: Node) {
    // The link of a heading to itself says nothing.
    if matches!(&node, Node::Element(element) if element.open.contains(" class=\"anchor\"")) {
        return;
    }
    open.last_mut().map_or(nodes, |parent| &mut parent.children).push(node);
}

/// Bytes of the tag that a text begins with, its `>` included.
fn tag_end(text: &str) -> Option<usize> {
    let mut in_quotes = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'>' if !in_quotes => return Some(at + 1),
            b'<' if !in_quotes => return None,
            _ => {}
        }
    }
    None
}

/// A start tag, its attributes without `id`, each in double quotes.
fn read_tag(tag: &str, now: Option<&dyn Fn(&str) -> Option<String>>) -> Option<Element> {
    let inner = tag.strip_prefix('<')?.strip_suffix('>')?;
    let (inner, closes) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
    let name_end = inner.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inner.len());
    let name = inner[..name_end].to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let mut open = format!("<{name}");
    let mut rest = inner[name_end..].trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let attribute = &rest[..end];
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if attribute.is_empty() || !attribute.bytes().all(is_name) {
            return None;
        }
        rest = &rest[end..];
        let mut value = None;
        if let Some(after) = rest.strip_prefix("=\"") {
            let (inside, after) = after.split_once('"')?;
            value = Some(inside);
            rest = after;
        } else if rest.starts_with('=') {
            return None;
        }
        rest = rest.trim_start();
        match (attribute, value) {
            ("id", _) => {}
            ("href", Some(href)) => {
                let href = now.and_then(|now| now(href)).map(|href| {
                    let mut escaped = String::new();
                    html::escape(&href, &mut escaped);
                    escaped
                });
                let _ = write!(open, " href=\"{}\"", href.as_deref().or(value).unwrap_or_default());
            }
            (attribute, Some(value)) => {
                let _ = write!(open, " {attribute}=\"{value}\""); // A string takes whatever is written.
            }
            (attribute, None) => {
                let _ = write!(open, " {attribute}");
            }
        }
    }
    open.push('>');
    let is_void = VOID.contains(&name.as_str());
    if closes && !is_void {
        return None;
    }
    Some(Element { name, open, is_void, children: Vec::new() })
}

impl Element {
    fn is_block(&self) -> bool {
        BLOCKS.contains(&self.name.as_str())
    }

    fn write(&self, out: &mut String) {
        out.push_str(&self.open);
        if !self.is_void {
            write_all(&self.children, out);
            self.close(out);
        }
    }

    fn close(&self, out: &mut String) {
        let _ = write!(out, "</{}>", self.name); // A string takes whatever is written.
    }
}

fn write_all(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) => element.write(out),
        }
    }
}

/// The text of nodes, blocks apart by a space.
fn text_of(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) => {
                if element.is_block() {
                    out.push(' ');
                }
                if element.is_void {
                    out.push_str(&element.open);
                }
                text_of(&element.children, out);
            }
        }
    }
}

/// What stands under an element: a block, or a run of what stands in a line.
#[derive(Clone, Copy)]
enum Item<'n> {
    Block(&'n Element),
    Run(&'n [Node]),
}

impl Item<'_> {
    fn name(&self) -> &str {
        match self {
            Item::Block(element) => &element.name,
            Item::Run(_) => "",
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Item::Block(element) => element.write(out),
            Item::Run(nodes) => write_all(nodes, out),
        }
    }

    fn html(&self) -> String {
        let mut html = String::new();
        self.write(&mut html);
        html
    }

    fn text(&self) -> String {
        let mut text = String::new();
        match self {
            Item::Block(element) if element.is_void => text.push_str(&element.open),
            Item::Block(element) => text_of(&element.children, &mut text),
            Item::Run(nodes) => text_of(nodes, &mut text),
        }
        text
    }
}

/// Children as items; blanks between blocks are none.
fn items(nodes: &[Node]) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut from = 0;
    let is_blank = |node: &Node| matches!(node, Node::Text(text) if text.trim().is_empty());
    let mut end_run = |items: &mut Vec<Item<'_>>, run: std::ops::Range<usize>| {
        if !nodes[run.clone()].iter().all(is_blank) {
            items.push(Run(run));
        }
    };
    // Ranges first, so that the closure above needs no lifetime of its own.
    struct Run(std::ops::Range<usize>);
    let _ = &mut end_run;
    for (at, node) in nodes.iter().enumerate() {
        if let Node::Element(element) = node
            && element.is_block()
        {
            items.push(Item::Block(element));
            from = at + 1;
        }
    }
    items
}
