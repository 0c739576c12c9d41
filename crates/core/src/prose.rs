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

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, DiffableStr as _};

use crate::address;
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

/// Gives the present address of what moved.
pub type Now<'n> = &'n dyn Fn(&str) -> Option<String>;

/// Compares two rendered bodies. `now` gives the present address of a link's target that moved.
pub fn compare(old: &str, new: &str, now: Now<'_>, labels: &Labels) -> Option<Prose> {
    if old.len().max(new.len()) > limits::PROSE_MAX_BYTES {
        return None;
    }
    let (old, new) = (Tree::read(old, Some(now))?, Tree::read(new, None)?);
    let mut weaver = Weaver { labels, steps_left: limits::PROSE_MAX_STEPS, room: limits::PROSE_MAX_MARKS_BYTES };
    let prose = weaver.prose(&old.nodes, &new.nodes);
    (weaver.room > 0).then_some(prose)
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
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "caption",
    "pre",
    "blockquote",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "section",
    "details",
    "summary",
    "figure",
    "figcaption",
    "article",
    "aside",
    "header",
    "footer",
];

impl Tree {
    /// Reads what a serialiser wrote: every start tag closed, `<` and `>` nowhere else than in tags
    /// and quotes. `None` for anything else.
    fn read(html: &str, now: Option<Now<'_>>) -> Option<Tree> {
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
    // The link of a heading to itself says nothing, nor that of a note back to its place; what is
    // hidden is not shown.
    let is_unsaid = |element: &Element| {
        let is_anchor = element.children.is_empty() && element.open.contains(" class=\"anchor\"");
        let leads_back = element.open.contains(" data-footnote-backref");
        is_anchor || leads_back || element.open.ends_with(" hidden>") || element.open.contains(" hidden=\"")
    };
    if matches!(&node, Node::Element(element) if is_unsaid(element)) {
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
fn read_tag(tag: &str, now: Option<Now<'_>>) -> Option<Element> {
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
            // Without ids nothing on this page can be led to.
            ("href", Some(href)) if href.starts_with('#') => {}
            ("href", Some(href)) => {
                let href = now.and_then(|now| now(address::within(href))).map(|href| {
                    let mut escaped = address::at(&href).base.to_owned();
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
    let is_block = |node: &Node| matches!(node, Node::Element(element) if element.is_block());
    let is_blank = |node: &Node| matches!(node, Node::Text(text) if text.trim().is_empty());
    let mut items = Vec::new();
    let mut rest = nodes;
    while let Some(first) = rest.first() {
        if let Node::Element(element) = first
            && element.is_block()
        {
            items.push(Item::Block(element));
            rest = &rest[1..];
            continue;
        }
        let end = rest.iter().position(is_block).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if !run.iter().all(is_blank) {
            items.push(Item::Run(run));
        }
        rest = after;
    }
    items
}

/// What became of an item, in reading order. Numbers are places in the old and the new list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    Same(usize),
    Removed(usize),
    Added(usize),
    Changed(usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Added,
    Removed,
}

impl Mark {
    fn tag(self) -> &'static str {
        match self {
            Mark::Added => "ins",
            Mark::Removed => "del",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Mark::Added => "prose-added",
            Mark::Removed => "prose-removed",
        }
    }
}

struct Weaver<'l> {
    labels: &'l Labels,
    steps_left: usize,
    /// Bytes that marks may still take, with the elements that are opened anew for them.
    room: usize,
}

impl Weaver<'_> {
    fn prose(&mut self, old: &[Node], new: &[Node]) -> Prose {
        let (olds, news) = (items(old), items(new));
        let rows = self.align(&olds, &news);
        let moved = moved(&rows, &olds, &news);
        let mut prose = Prose::default();
        let mut blocks: Vec<(bool, String)> = Vec::with_capacity(rows.len());
        for row in rows {
            let mut html = String::new();
            match row {
                Row::Same(at) => news[at].write(&mut html),
                Row::Removed(at) if moved.0.contains(&at) => self.moved_away(&olds[at], &mut html),
                Row::Added(at) if moved.1.contains(&at) => {
                    prose.n_moved += 1;
                    self.moved_here(&news[at], &mut html);
                }
                Row::Removed(at) => {
                    prose.n_removed += 1;
                    self.mark(&olds[at], Mark::Removed, &mut html);
                }
                Row::Added(at) => {
                    prose.n_added += 1;
                    self.mark(&news[at], Mark::Added, &mut html);
                }
                Row::Changed(from, to) => {
                    prose.n_changed += 1;
                    self.change(&olds[from], &news[to], &mut html);
                }
            }
            html.push('\n');
            blocks.push((matches!(row, Row::Same(_)), html));
        }
        prose.pieces = folded(blocks);
        prose
    }

    /// Sets two lists beside each other.
    fn align(&mut self, olds: &[Item<'_>], news: &[Item<'_>]) -> Vec<Row> {
        let htmls = |items: &[Item<'_>]| items.iter().map(Item::html).collect::<Vec<String>>();
        let (old_htmls, new_htmls) = (htmls(olds), htmls(news));
        let n_bytes: usize = old_htmls.iter().chain(&new_htmls).map(String::len).sum();
        let old_keys: Vec<&str> = old_htmls.iter().map(String::as_str).collect();
        let new_keys: Vec<&str> = new_htmls.iter().map(String::as_str).collect();
        let [old_numbers, new_numbers] = diff::number_lines([&old_keys, &new_keys]);
        let (hunks, _) = diff::hunks(&old_numbers, &new_numbers, Algorithm::Patience);
        diff::spend(&mut self.steps_left, n_bytes);
        let mut rows = Vec::new();
        let mut at_new = 0;
        for hunk in hunks {
            rows.extend((at_new..hunk.new.start).map(Row::Same));
            at_new = hunk.new.end;
            let (mut old_at, mut new_at) = (hunk.old.start, hunk.new.start);
            for (from, to) in self.pairs(&olds[hunk.old.clone()], &news[hunk.new.clone()]) {
                let (from, to) = (hunk.old.start + from, hunk.new.start + to);
                rows.extend((old_at..from).map(Row::Removed));
                rows.extend((new_at..to).map(Row::Added));
                rows.push(Row::Changed(from, to));
                (old_at, new_at) = (from + 1, to + 1);
            }
            rows.extend((old_at..hunk.old.end).map(Row::Removed));
            rows.extend((new_at..hunk.new.end).map(Row::Added));
        }
        rows.extend((at_new..news.len()).map(Row::Same));
        rows
    }

    /// Which items became which, by the words that they have in common.
    fn pairs(&mut self, removed: &[Item<'_>], added: &[Item<'_>]) -> Vec<(usize, usize)> {
        if removed.is_empty() || added.is_empty() {
            return Vec::new();
        }
        let texts = |items: &[Item<'_>]| items.iter().map(Item::text).collect::<Vec<String>>();
        let (old_texts, new_texts) = (texts(removed), texts(added));
        let old: Vec<&str> = old_texts.iter().map(String::as_str).collect();
        let new: Vec<&str> = new_texts.iter().map(String::as_str).collect();
        let mut pairs = diff::pair(&old, &new, limits::PROSE_MAX_BYTES, &mut self.steps_left);
        pairs.retain(|(from, to)| may_pair(&removed[*from], &added[*to]));
        pairs
    }

    /// One item that became another of its kind.
    fn change(&mut self, old: &Item<'_>, new: &Item<'_>, out: &mut String) {
        match (old, new) {
            (Item::Block(old), Item::Block(new)) => {
                // What differs in the tag alone (the first number of a list) shows only as a whole.
                let is_tag_only = old.open != new.open && Item::Block(old).inner() == Item::Block(new).inner();
                if new.is_void || is_tag_only {
                    self.mark(&Item::Block(old), Mark::Removed, out);
                    self.mark(&Item::Block(new), Mark::Added, out);
                    return;
                }
                out.push_str(&new.open);
                match new.name.as_str() {
                    "tr" => self.cells(&old.children, &new.children, out),
                    _ => self.children(&old.children, &new.children, out),
                }
                new.close(out);
            }
            (Item::Run(old), Item::Run(new)) => self.words(old, new, out),
            (old, new) => {
                self.mark(old, Mark::Removed, out);
                self.mark(new, Mark::Added, out);
            }
        }
    }

    fn children(&mut self, old: &[Node], new: &[Node], out: &mut String) {
        let (olds, news) = (items(old), items(new));
        for row in self.align(&olds, &news) {
            match row {
                Row::Same(at) => news[at].write(out),
                Row::Removed(at) => self.mark(&olds[at], Mark::Removed, out),
                Row::Added(at) => self.mark(&news[at], Mark::Added, out),
                Row::Changed(from, to) => self.change(&olds[from], &news[to], out),
            }
        }
    }

    /// The cells of a row keep their columns.
    fn cells(&mut self, old: &[Node], new: &[Node], out: &mut String) {
        for (old, new) in items(old).iter().zip(&items(new)) {
            if old.html() == new.html() {
                new.write(out);
                continue;
            }
            match (old, new) {
                (Item::Block(old), Item::Block(new)) => {
                    out.push_str(&new.open);
                    self.children(&old.children, &new.children, out);
                    new.close(out);
                }
                (_, new) => new.write(out),
            }
        }
    }

    /// A whole item that came or went.
    fn mark(&mut self, item: &Item<'_>, mark: Mark, out: &mut String) {
        match item {
            Item::Run(nodes) => self.wrap(mark, "", nodes, out),
            Item::Block(element) => match element.name.as_str() {
                // These may stand in their parents only, so the mark goes inside.
                "li" | "td" | "th" | "dt" | "dd" | "summary" | "figcaption" | "caption" => {
                    out.push_str(&element.open);
                    if !element.children.is_empty() {
                        self.wrap(mark, "", &element.children, out);
                    }
                    element.close(out);
                }
                "tr" | "thead" | "tbody" | "tfoot" => {
                    out.push_str(&element.open);
                    for child in items(&element.children) {
                        self.mark(&child, mark, out);
                    }
                    element.close(out);
                }
                _ => {
                    self.open(mark, " prose-block", out);
                    element.write(out);
                    let _ = write!(out, "</{}>", mark.tag()); // A string takes whatever is written.
                }
            },
        }
    }

    fn open(&mut self, mark: Mark, more: &str, out: &mut String) {
        let word = match mark {
            Mark::Added => &self.labels.added,
            Mark::Removed => &self.labels.removed,
        };
        let before = out.len();
        let _ = write!(out, "<{} class=\"{}{more}\">", mark.tag(), mark.class());
        unseen(word, out);
        unseen(" ", out);
        // As much again for its end.
        self.room = self.room.saturating_sub(2 * (out.len() - before));
    }

    fn wrap(&mut self, mark: Mark, more: &str, nodes: &[Node], out: &mut String) {
        self.open(mark, more, out);
        write_all(nodes, out);
        self.end(mark, out);
    }

    fn end(&mut self, mark: Mark, out: &mut String) {
        unseen(" ", out);
        unseen(&self.labels.end, out);
        let _ = write!(out, "</{}>", mark.tag()); // A string takes whatever is written.
    }

    fn moved_here(&self, item: &Item<'_>, out: &mut String) {
        out.push_str("<div class=\"prose-moved\"><p class=\"prose-note\">");
        html::escape(&self.labels.moved_here, out);
        out.push_str("</p>");
        item.write(out);
        out.push_str("</div>");
    }

    fn moved_away(&self, item: &Item<'_>, out: &mut String) {
        out.push_str("<p class=\"prose-note prose-moved-away\">");
        html::escape(&self.labels.moved_away, out);
        let _ = write!(out, " “{}”</p>", beginning(item)); // A string takes whatever is written.
    }

    /// Two runs of words, one text.
    fn words(&mut self, old: &[Node], new: &[Node], out: &mut String) {
        let mut paths = Paths::default();
        let (olds, news) = (paths.atoms(old), paths.atoms(new));
        let n_bytes: usize = olds.iter().chain(&news).map(|atom| atom.text.len()).sum();
        let (head, tail) = diff::equal_ends(&olds, &news);
        let (old_end, new_end) = (olds.len() - tail, news.len() - tail);
        let is_enough = diff::spend(&mut self.steps_left, n_bytes * diff::STEPS_PER_BYTE)
            && diff::spend(&mut self.steps_left, (old_end - head) * (new_end - head));
        if !is_enough {
            self.wrap(Mark::Removed, "", old, out);
            self.wrap(Mark::Added, "", new, out);
            return;
        }
        let numbers = paths.numbers([&olds[head..old_end], &news[head..new_end]]);
        let ops = similar::capture_diff_slices(Algorithm::Myers, &numbers[0], &numbers[1]);
        self.styled(&paths, &news[..head], out);
        let (mut gone, mut come): (Vec<Atom<'_>>, Vec<Atom<'_>>) = (Vec::new(), Vec::new());
        for (at, op) in ops.iter().enumerate() {
            let (olds, news) = (&olds[head..][op.old_range()], &news[head..][op.new_range()]);
            let is_between = at > 0 && at + 1 < ops.len();
            // "the _red house_" reads better than "the _red_ _house_".
            let is_gap = is_between && news.iter().all(|atom| atom.text.trim().is_empty());
            if matches!(op, DiffOp::Equal { .. }) && !is_gap {
                self.changed_words(&paths, &mut gone, &mut come, out);
                self.styled(&paths, news, out);
            } else {
                gone.extend(olds);
                come.extend(news);
            }
        }
        self.changed_words(&paths, &mut gone, &mut come, out);
        self.styled(&paths, &news[new_end..], out);
    }

    fn changed_words<'n>(
        &mut self,
        paths: &Paths<'n>,
        gone: &mut Vec<Atom<'n>>,
        come: &mut Vec<Atom<'n>>,
        out: &mut String,
    ) {
        for (mark, atoms) in [(Mark::Removed, std::mem::take(gone)), (Mark::Added, std::mem::take(come))] {
            if !atoms.is_empty() {
                self.open(mark, "", out);
                self.styled(paths, &atoms, out);
                self.end(mark, out);
            }
        }
    }

    /// Writes atoms with the elements around them, every one closed in the end.
    fn styled(&mut self, paths: &Paths<'_>, atoms: &[Atom<'_>], out: &mut String) {
        let mut open: Vec<&Element> = Vec::new();
        for atom in atoms {
            if self.room == 0 {
                break;
            }
            let around = paths.around(atom.path);
            let n_kept = open.iter().zip(&around).take_while(|(a, b)| std::ptr::eq(**a, **b)).count();
            while open.len() > n_kept {
                if let Some(element) = open.pop() {
                    element.close(out);
                }
            }
            for element in &around[n_kept..] {
                out.push_str(&element.open);
                self.room = self.room.saturating_sub(element.open.len());
                open.push(element);
            }
            out.push_str(atom.text);
        }
        while let Some(element) = open.pop() {
            element.close(out);
        }
    }
}

impl Item<'_> {
    fn inner(&self) -> String {
        let mut inner = String::new();
        match self {
            Item::Block(element) => write_all(&element.children, &mut inner),
            Item::Run(nodes) => write_all(nodes, &mut inner),
        }
        inner
    }
}

fn may_pair(old: &Item<'_>, new: &Item<'_>) -> bool {
    let n_cells = |item: &Item<'_>| match item {
        Item::Block(element) if element.name == "tr" => items(&element.children).len(),
        _ => 0,
    };
    old.name() == new.name() && n_cells(old) == n_cells(new)
}

/// Places of items that only stand elsewhere: among the removed, and among the added.
fn moved(rows: &[Row], olds: &[Item<'_>], news: &[Item<'_>]) -> (Vec<usize>, Vec<usize>) {
    let mut gone: Vec<(String, usize)> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Removed(at) => Some((olds[*at].html(), *at)),
            _ => None,
        })
        .filter(|(_, at)| !olds[*at].text().trim().is_empty())
        .collect();
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for row in rows {
        let Row::Added(at) = row else { continue };
        let html = news[*at].html();
        if let Some(found) = gone.iter().position(|gone| gone.0 == html) {
            from.push(gone.swap_remove(found).1);
            to.push(*at);
        }
    }
    (from, to)
}

/// Folds equal blocks that are far from any change.
fn folded(blocks: Vec<(bool, String)>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let show = |html: &str, pieces: &mut Vec<Piece>| match pieces.last_mut() {
        Some(Piece::Shown(shown)) => shown.push_str(html),
        _ => pieces.push(Piece::Shown(html.to_owned())),
    };
    let mut at = 0;
    while at < blocks.len() {
        let n_same = blocks[at..].iter().take_while(|block| block.0).count();
        let end = at + n_same;
        let from = if at == 0 { 0 } else { at + CONTEXT.min(n_same) };
        let to = if end == blocks.len() { end } else { end.saturating_sub(CONTEXT).max(at) };
        if to >= from + FOLD_MIN {
            blocks[at..from].iter().for_each(|block| show(&block.1, &mut pieces));
            let hidden: String = blocks[from..to].iter().map(|block| block.1.as_str()).collect();
            pieces.push(Piece::Folded(to - from, hidden));
            blocks[to..end].iter().for_each(|block| show(&block.1, &mut pieces));
        } else {
            blocks[at..end].iter().for_each(|block| show(&block.1, &mut pieces));
        }
        at = end;
        while blocks.get(at).is_some_and(|block| !block.0) {
            show(&blocks[at].1, &mut pieces);
            at += 1;
        }
    }
    pieces
}

/// The first words of an item, as HTML without elements.
fn beginning(item: &Item<'_>) -> String {
    let mut text = String::new();
    match item {
        Item::Block(element) => plain(&element.children, &mut text),
        Item::Run(nodes) => plain(nodes, &mut text),
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some((end, _)) = text.char_indices().nth(MOVED_MAX_CHARS) else { return text };
    let mut begin = &text[..end];
    // No entity is cut in two.
    if let Some(and) = begin.rfind('&')
        && !begin[and..].contains(';')
    {
        begin = &begin[..and];
    }
    format!("{begin}…")
}

fn plain(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) => {
                out.push(' ');
                plain(&element.children, out);
            }
        }
    }
}

fn unseen(text: &str, out: &mut String) {
    out.push_str("<span class=\"unseen\">");
    html::escape(text, out);
    out.push_str("</span>");
}

/// A word, a blank, a sign, or an element without content. Equal atoms look the same.
#[derive(Clone, Copy)]
struct Atom<'n> {
    text: &'n str,
    /// The place in `Paths` of the elements around it.
    path: usize,
    /// Stands for the start tags of those elements.
    style: u32,
}

impl PartialEq for Atom<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.style == other.style && self.text == other.text
    }
}

/// The elements around atoms: each path is a shorter one and an element. 0 is the empty one.
#[derive(Default)]
struct Paths<'n> {
    all: Vec<(usize, &'n Element)>,
    styles: HashMap<(u32, &'n str), u32>,
}

impl<'n> Paths<'n> {
    fn atoms(&mut self, nodes: &'n [Node]) -> Vec<Atom<'n>> {
        let mut atoms = Vec::new();
        self.add(nodes, (0, 0), &mut atoms);
        atoms
    }

    fn add(&mut self, nodes: &'n [Node], (path, style): (usize, u32), atoms: &mut Vec<Atom<'n>>) {
        for node in nodes {
            match node {
                Node::Text(text) => tokens(text, &mut |text| atoms.push(Atom { text, path, style })),
                Node::Element(element) if element.is_void => atoms.push(Atom { text: &element.open, path, style }),
                Node::Element(element) => {
                    let next = u32::try_from(self.styles.len() + 1).unwrap_or(u32::MAX);
                    let style = *self.styles.entry((style, &element.open)).or_insert(next);
                    self.all.push((path, element));
                    let path = self.all.len();
                    if element.children.is_empty() {
                        atoms.push(Atom { text: "", path, style });
                    }
                    self.add(&element.children, (path, style), atoms);
                }
            }
        }
    }

    /// From the outermost in.
    fn around(&self, mut path: usize) -> Vec<&'n Element> {
        let mut around = Vec::new();
        while let Some((parent, element)) = path.checked_sub(1).and_then(|at| self.all.get(at)) {
            around.push(*element);
            path = *parent;
        }
        around.reverse();
        around
    }

    /// Numbers for atoms: equal atoms have equal numbers.
    fn numbers(&self, lists: [&[Atom<'n>]; 2]) -> [Vec<u32>; 2] {
        // The hasher is std's keyed one, since a page can be made of words that collide in others.
        let mut known: HashMap<(u32, &str), u32> = HashMap::new();
        lists.map(|atoms| {
            let mut number = |atom: &Atom<'n>| {
                let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                *known.entry((atom.style, atom.text)).or_insert(next)
            };
            atoms.iter().map(&mut number).collect()
        })
    }
}

/// Words, blanks and signs of a text; an entity is one sign.
fn tokens<'t>(text: &'t str, each: &mut dyn FnMut(&'t str)) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        rest[..at].tokenize_unicode_words().into_iter().for_each(&mut *each);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end + 1);
        each(&rest[at..end]);
        rest = &rest[end..];
    }
    rest.tokenize_unicode_words().into_iter().for_each(each);
}
