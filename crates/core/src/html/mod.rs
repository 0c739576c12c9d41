//! A page's body as safe HTML.
//!
//! Links are resolved by the site's answers, never here. Raw HTML passes an allow-list, parsed
//! and written anew once, last (security R1). Nothing here makes `style`, `on…` or a script:
//! classes only, so that a strict Content-Security-Policy holds. The furniture around a body is
//! not drawn here, and no word of any language stands here: words come in by `Labels`.
//!
//! `nodes` writes each kind of node, `marks` leaves the places for what is computed later, `cut` cuts
//! one piece out of a page, `safe` is the allow-list.

mod cut;
mod marks;
mod nodes;
mod safe;
#[cfg(test)]
mod tests;

use std::fmt;

use comrak::html::Anchorizer;
use comrak::nodes::AstNode;
use comrak::options::Plugins;
use comrak::{Arena, Options};
use rustc_hash::FxHashMap;

use crate::blocks::{self, Block};
use crate::doc::{self, Doc, Shape};
use crate::limits;
use crate::links::{self, PageLinks, Resolved, Target};
use crate::markdown;
use crate::path::percent_encode;
use crate::piece::Piece;
use crate::rawhtml;
use crate::site::Seen;

use self::cut::cut_out;
use self::marks::{Found, MARK_MAX_BYTES, block_text, cut_marks, find_asked, may_mark};
use self::nodes::format_node;
use self::safe::sanitise;

/// The few words that stand inside a rendered body, in the reader's language.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Names the region of a wide table.
    pub table: String,
    /// Read out, in brackets, after a link to a page that does not exist.
    pub missing: String,
    /// Stands for a task that is done, and for one that is not.
    pub done: String,
    pub open: String,
    /// Titles of alerts: note, tip, important, warning, caution.
    pub alerts: [String; 5],
    /// Read out for the link from a footnote back to the text; the number follows.
    pub back: String,
    /// Read out, in brackets, after a link to a version that does not exist.
    pub no_version: String,
    /// Said, in brackets, after a link that stands for one embedded page too many.
    pub too_many: String,
}

/// What is known of a link's version beyond its site: whether there is one, and what to say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cite {
    /// No such version.
    pub missing: bool,
    /// Where it leads, when not where the site says.
    pub href: Option<String>,
    /// Said after the link.
    pub note: Option<String>,
}

/// A rendered body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    pub html: String,
    /// Headings for a table of contents, levels as shown.
    pub toc: Vec<TocEntry>,
    /// Where results of the page's queries and values go in, in the order of the HTML. A body holds
    /// no results, so it can be kept while they change.
    pub holes: Vec<Hole>,
}

/// A place in rendered HTML where text may stand, for something that is computed for each answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Bytes of the HTML before it.
    pub at: usize,
    pub what: Asked,
}

/// What goes into a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// The result of a query, by its place in `Doc::queries`.
    Query(usize),
    /// A value, by its place in `Doc::values`.
    Value(usize),
    /// Another page or a piece of it, by the place of the link in `Doc::links`.
    Embed(usize),
    /// What is said beneath a block of the text, by its place in what `render_by_block` gives.
    Block(usize),
}

impl Rendered {
    /// HTML without headings or holes.
    fn of(html: String) -> Rendered {
        Rendered { html, toc: Vec::new(), holes: Vec::new() }
    }

    /// The HTML with something in each hole.
    pub fn filled(&self, mut fill: impl FnMut(Asked, &mut String)) -> String {
        let mut filled = String::with_capacity(self.html.len() + 1_024 * self.holes.len());
        let mut done = 0;
        for hole in &self.holes {
            filled.push_str(&self.html[done..hole.at]);
            fill(hole.what, &mut filled);
            done = hole.at;
        }
        filled.push_str(&self.html[done..]);
        filled
    }
}

/// One line of a table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TocEntry {
    pub level: u8,
    pub text: String,
    pub slug: String,
}

/// Renders the body of a page (without frontmatter) that was parsed as `doc`, of which the links
/// were resolved as `answers`.
pub fn render(text: &str, doc: &Doc, answers: &PageLinks, seen: Seen<'_>, labels: &Labels) -> Rendered {
    render_citing(text, doc, answers, seen, labels, &[])
}

/// The same with a hole after each block of the text that stands in no other, and where those blocks
/// stand in the file. There are none where the text can't be laid out.
pub fn render_by_block(
    text: &str,
    doc: &Doc,
    answers: &PageLinks,
    seen: Seen<'_>,
    labels: &Labels,
) -> (Rendered, Vec<Block>) {
    let mut blocks = Vec::new();
    let rendered = render_with(text, doc, answers, seen, labels, &[], Some(&mut blocks));
    (rendered, blocks)
}

/// The same, where something is known of the versions that links name: `cites` has one place for each
/// link, or none at all.
pub fn render_citing(
    text: &str,
    doc: &Doc,
    answers: &PageLinks,
    seen: Seen<'_>,
    labels: &Labels,
    cites: &[Option<Cite>],
) -> Rendered {
    render_with(text, doc, answers, seen, labels, cites, None)
}

fn render_with(
    text: &str,
    doc: &Doc,
    answers: &PageLinks,
    seen: Seen<'_>,
    labels: &Labels,
    cites: &[Option<Cite>],
    blocks: Option<&mut Vec<Block>>,
) -> Rendered {
    let body = doc::body(text);
    let arena = Arena::new();
    let Some(root) = tree(&arena, doc, body) else { return Rendered::of(plain(body)) };
    let order = Order { answers: &answers.links, links: &doc.links, cites };
    let by_block = blocks.map(|blocks| ByBlock { arena: &arena, text, blocks });
    render_tree(&Source { body, doc, seen, labels, is_embedded: false }, root, order, by_block, |_| Some(order))
        .unwrap_or_else(|| Rendered::of(plain(body)))
}

/// Renders a piece of a page to be shown within another: headings are no headings there, and nothing
/// can be linked to. `None` when the page has no such piece, or is no Markdown.
pub fn render_piece(
    text: &str,
    doc: &Doc,
    answers: &PageLinks,
    seen: Seen<'_>,
    labels: &Labels,
    cites: &[Option<Cite>],
    piece: &Piece,
) -> Option<Rendered> {
    let body = doc::body(text);
    let arena = Arena::new();
    let root = tree(&arena, doc, body)?;
    let whole = Order { answers: &answers.links, links: &doc.links, cites };
    // What is cut out takes its links along: they are counted off in the order in which they stand.
    let mut cut = (Vec::new(), Vec::new(), Vec::new());
    render_tree(&Source { body, doc, seen, labels, is_embedded: true }, root, whole, None, |ids| {
        for n in cut_out(root, doc, ids, piece)? {
            cut.0.push(answers.links.get(n)?.clone());
            cut.1.push(doc.links.get(n)?.clone());
            cut.2.push(cites.get(n).cloned().flatten());
        }
        Some(Order { answers: &cut.0, links: &cut.1, cites: &cut.2 })
    })
}

/// What is rendered, and for whom.
struct Source<'s> {
    body: &'s str,
    doc: &'s Doc,
    seen: Seen<'s>,
    labels: &'s Labels,
    is_embedded: bool,
}

/// Where each block of the text is to have a hole after it; the blocks come out.
struct ByBlock<'a, 'b> {
    arena: &'a Arena<'a>,
    text: &'b str,
    blocks: &'b mut Vec<Block>,
}

/// Links with what is known of each, in the order in which they are written.
#[derive(Clone, Copy)]
struct Order<'s> {
    answers: &'s [Resolved],
    links: &'s [doc::Link],
    cites: &'s [Option<Cite>],
}

fn tree<'a>(arena: &'a Arena<'a>, doc: &Doc, body: &str) -> Option<&'a AstNode<'a>> {
    match doc.shape {
        Shape::Text => markdown::parse(arena, body),
        Shape::Plain | Shape::Binary => None,
    }
}

/// Ids of blocks by the identity of their nodes.
type BlockIds = FxHashMap<usize, Box<str>>;

/// `None` when `choose`, which may cut down the tree and says which links are left, gives nothing, or
/// when the HTML grows past its bound.
fn render_tree<'a, 's>(
    source: &Source<'s>,
    root: &'a AstNode<'a>,
    whole: Order<'s>,
    by_block: Option<ByBlock<'a, '_>>,
    choose: impl FnOnce(&BlockIds) -> Option<Order<'s>>,
) -> Option<Rendered> {
    let Source { body, doc, seen, labels, is_embedded } = *source;
    let ids: BlockIds =
        markdown::take_block_ids(root, body).into_iter().map(|(node, id)| (identity(node), id)).collect();
    // Looking through the tree is spared where there is nothing to find.
    let asks = !doc.queries.is_empty() || !doc.values.is_empty() || body.contains("![[");
    let may_mark = (asks || by_block.is_some()) && may_mark(body);
    let asked =
        if asks && may_mark { find_asked(root, seen.types().is_empty(), whole.answers) } else { Found::default() };
    let blocks = by_block.filter(|_| may_mark).map(|by| {
        *by.blocks = blocks::mark(by.arena, root, by.text, &|n| block_text(Asked::Block(n)));
        &*by.blocks
    });
    let n_blocks = blocks.map_or(0, Vec::len);
    let order = choose(&ids)?;
    let raw = if body.contains('<') { rawhtml::weigh(root) } else { None };
    let shift = shift(doc);
    // Links grow most: an address may be much longer than what was written for it.
    let room = body.len() + body.len() / 4 + doc.links.len() * 96 + n_blocks * MARK_MAX_BYTES + 256;
    let state = || State {
        answers: order.answers.iter(),
        raw_links: order.links.iter(),
        cites: order.cites.iter(),
        seen,
        labels,
        shift,
        anchors: Anchorizer::new(),
        // A doc that holds fewer headings than it may holds them all.
        headings: if doc.headings.len() < limits::DOC_MAX_HEADINGS { doc.headings.iter() } else { [].iter() },
        skip_title: doc.title_is_heading,
        toc: Vec::new(),
        highlighted: 0,
        max_len: body.len() * limits::RENDER_MAX_GROWTH + 64 * 1024 + n_blocks * MARK_MAX_BYTES,
        current: None,
        unseen: None,
        note: None,
        column: 0,
        asked: &asked,
        ids: &ids,
        skipping: false,
        is_embedded,
    };
    let mut options = markdown::options();
    options.render.r#unsafe = raw.is_some();
    let mut done = format(root, &options, state(), room);
    if let (Some(raw), Some((_, text))) = (&raw, &done)
        && raw.is_too_dear(text)
    {
        // Shown as text: no real page has so much HTML left open.
        options.render.r#unsafe = false;
        options.render.escape = true;
        done = format(root, &options, state(), room);
    }
    let (state, mut text) = done?;
    if blocks.and_then(|blocks| blocks.last()).is_some_and(|last| last.is_notes) {
        text.push_str(&block_text(Asked::Block(n_blocks - 1)));
    }
    // comrak knows these words in English only. Quotes in content are escaped, so that no
    // content can look like this attribute.
    let text = if body.contains('^') {
        let back = format!("aria-label=\"{} ", attr(&labels.back));
        text.replace("aria-label=\"Back to reference ", &back)
    } else {
        text // Without the mark of a note there is no way back from one.
    };
    let html = if options.render.r#unsafe { sanitise(&text) } else { text };
    // Where no mark was made, content that looks like one is content.
    let has_marks = !asked.by_node.is_empty() || n_blocks > 0;
    let (html, holes) = if has_marks { cut_marks(html) } else { (html, Vec::new()) };
    Some(Rendered { html, toc: state.toc, holes })
}

/// A node of a tree that stays where it is.
fn identity<'a>(node: &'a AstNode<'a>) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Writes the tree, which may well take `room` bytes; `None` when that grows past its bound.
fn format<'a, 's>(
    root: &'a AstNode<'a>,
    options: &Options<'_>,
    state: State<'s>,
    room: usize,
) -> Option<(State<'s>, String)> {
    let mut bounded = Bounded { text: String::with_capacity(room), max: state.max_len };
    let plugins = Plugins::default();
    let done = comrak::html::format_document_with_formatter(root, options, &mut bounded, &plugins, format_node, state);
    done.ok().map(|state| (state, bounded.text))
}

/// Text as it stands, for what is not shown as Markdown.
pub fn plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    html.push_str("<pre class=\"plain\">");
    escape(text, &mut html);
    html.push_str("</pre>\n");
    html
}

/// Appends text so that it stands for itself in HTML, in attributes too.
pub fn escape(text: &str, out: &mut String) {
    let _ = escape_to(text, out); // A string takes whatever is written.
}

fn escape_to(text: &str, out: &mut impl fmt::Write) -> fmt::Result {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(&text[done..at])?;
        out.write_str(entity)?;
        done = at + 1;
    }
    out.write_str(&text[done..])
}

/// The address of a link's target with its version and fragment, as written by `target`.
pub fn href(seen: Seen<'_>, to: &Target, target: &str) -> Option<String> {
    let parts = links::parts(target);
    let whole = target.split('#').next().unwrap_or(target).trim();
    let is_name =
        || matches!(to, Target::Page(page) if seen.page(*page).is_some_and(|page| whole == page.path.address()));
    address(seen, to, parts.version.filter(|_| !is_name()), parts.fragment)
}

fn address(seen: Seen<'_>, to: &Target, version: Option<&str>, fragment: Option<&str>) -> Option<String> {
    let mut href = match to {
        Target::Page(page) => {
            let path = &seen.page(*page)?.path;
            match version {
                // Another moment than the one that is looked at.
                Some(version) => format!("{}@{version}", path.href()),
                None => seen.href(path),
            }
        }
        Target::File(_) => seen.href(seen.target_path(to)?),
        Target::Own => String::new(),
        _ => return None,
    };
    match fragment {
        Some(fragment) => push_fragment(fragment, &mut href),
        None if matches!(to, Target::Own) => href.push('#'),
        None => {}
    }
    Some(href)
}

/// Appends `#` and the id that a fragment as written means.
pub fn push_fragment(fragment: &str, href: &mut String) {
    href.push('#');
    // By the rule for headings, not by looking at the other page: what is made of this page must
    // not change with that one.
    match Piece::of(Some(fragment)) {
        Piece::Whole => {}
        Piece::Section(name) => percent_encode(&Anchorizer::new().anchorize(&name), href),
        Piece::Block(id) => {
            href.push('^');
            href.push_str(&id);
        }
    }
}

/// By how much headings move down, so that the title stays the only first-level heading.
fn shift(doc: &Doc) -> u8 {
    let titles = doc.headings.iter().filter(|heading| heading.level == 1).count();
    u8::from(titles > usize::from(doc.title_is_heading))
}

/// What the formatter carries along.
struct State<'s> {
    answers: std::slice::Iter<'s, Resolved>,
    raw_links: std::slice::Iter<'s, doc::Link>,
    cites: std::slice::Iter<'s, Option<Cite>>,
    seen: Seen<'s>,
    labels: &'s Labels,
    shift: u8,
    anchors: Anchorizer,
    /// The headings that are known with their anchors, in the order in which formatting visits them.
    headings: std::slice::Iter<'s, doc::Heading>,
    skip_title: bool,
    toc: Vec<TocEntry>,
    highlighted: usize,
    max_len: usize,
    /// Whether the link being written was opened as one.
    current: Option<bool>,
    /// What is read out before the link being written ends, and what is said after it.
    unseen: Option<&'s str>,
    note: Option<&'s str>,
    /// The column of the table cell being written.
    column: usize,
    asked: &'s Found,
    ids: &'s BlockIds,
    /// Whether the heading being written is left out.
    skipping: bool,
    /// Whether this is shown within another page.
    is_embedded: bool,
}

/// Text that refuses to grow past its bound.
struct Bounded {
    text: String,
    max: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.text.len() + part.len() > self.max {
            return Err(fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }
}

/// A text as it stands in an attribute, escaped while it is written.
fn attr(text: &str) -> Attr<'_> {
    Attr(text)
}

struct Attr<'a>(&'a str);

impl fmt::Display for Attr<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape_to(self.0, out)
    }
}
