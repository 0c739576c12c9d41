//! A page's body as safe HTML.
//!
//! Links are resolved by the site's answers, never here. Raw HTML passes an allow-list, parsed
//! and written anew once, last (security R1). Nothing here makes `style`, `on…` or a script:
//! classes only, so that a strict Content-Security-Policy holds. The furniture around a body is
//! not drawn here, and no word of any language stands here: words come in by `Labels`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use comrak::html::{Anchorizer, ChildRendering, Context};
use comrak::nodes::{AlertType, AstNode, NodeAlert, NodeCodeBlock, NodeLink, NodeValue, TableAlignment};
use comrak::options::Plugins;
use comrak::{Arena, Options};
use rustc_hash::{FxHashMap, FxHashSet};
use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

use crate::address::at;
use crate::blocks::{self, Block};
use crate::doc::{self, Doc, Shape};
use crate::limits;
use crate::links::{self, PageLinks, Resolved, Target};
use crate::markdown;
use crate::path::percent_encode;
use crate::piece::{self, Piece};
use crate::rawhtml;
use crate::site::Seen;

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

/// Cuts a tree down to one piece and the notes that it refers to. Gives the places of the links that
/// are left; `None` when there is no such piece.
fn cut_out<'a>(root: &'a AstNode<'a>, doc: &Doc, ids: &BlockIds, piece: &Piece) -> Option<Vec<usize>> {
    let places: FxHashMap<usize, usize> = root
        .descendants()
        .filter(|node| is_link(node))
        .take(doc.links.len())
        .enumerate()
        .map(|(n, node)| (identity(node), n))
        .collect();
    let kept: Vec<&AstNode<'a>> = match piece {
        Piece::Whole => return Some((0..places.len()).collect()),
        Piece::Block(id) => {
            let node = root.descendants().find(|node| ids.get(&identity(node)) == Some(id))?;
            match &node.data().value {
                // An item stands in a list.
                NodeValue::Item(_) | NodeValue::TaskItem(_) => {
                    let list = node.parent()?;
                    for other in list.children().filter(|other| !std::ptr::eq(*other, node)).collect::<Vec<_>>() {
                        other.detach();
                    }
                    vec![list]
                }
                _ => vec![node],
            }
        }
        Piece::Section(name) => {
            let slug = piece::section(doc, name)?;
            let mut anchors = Anchorizer::new();
            let (heading, level) = root.descendants().find_map(|node| match &node.data().value {
                NodeValue::Heading(heading) => {
                    (anchors.anchorize(&node.collect_text()) == slug).then_some((node, heading.level))
                }
                _ => None,
            })?;
            let is_next =
                |node: &&AstNode<'a>| matches!(&node.data().value, NodeValue::Heading(next) if next.level <= level);
            let is_note = |node: &&AstNode<'a>| matches!(node.data().value, NodeValue::FootnoteDefinition(_));
            let below = heading.following_siblings().skip(1).take_while(|node| !is_next(node) && !is_note(node));
            std::iter::once(heading).chain(below).collect()
        }
    };
    let mut wanted: HashSet<String> = HashSet::new();
    for node in kept.iter().flat_map(|node| node.descendants()) {
        if let NodeValue::FootnoteReference(note) = &node.data().value {
            wanted.insert(note.name.clone());
        }
    }
    let is_wanted = |node: &&AstNode<'a>| match &node.data().value {
        NodeValue::FootnoteDefinition(note) => wanted.contains(&note.name),
        _ => false,
    };
    let notes: Vec<&AstNode<'a>> = root.children().filter(is_wanted).collect();
    for node in &kept {
        node.detach();
    }
    for other in root.children().collect::<Vec<_>>() {
        other.detach();
    }
    for node in kept.into_iter().chain(notes) {
        root.append(node);
    }
    Some(root.descendants().filter_map(|node| places.get(&identity(node)).copied()).collect())
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

fn format_node<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !context.user.ids.is_empty()
        && let Some(id) = context.user.ids.get(&identity(node))
    {
        return spot(context, node, id, entering);
    }
    format_known(context, node, entering)
}

/// A block that links can name: the mark that they lead to stands at its begin.
fn spot<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    id: &str,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    let holds_mark = matches!(node.data().value, NodeValue::Paragraph | NodeValue::Item(_) | NodeValue::TaskItem(_));
    let is_shown = entering && !context.user.is_embedded;
    if is_shown && !holds_mark {
        writeln!(context, "<div id=\"^{}\" class=\"spot\"></div>", attr(id))?;
    }
    let children = format_known(context, node, entering)?;
    if is_shown && holds_mark {
        write!(context, "<span id=\"^{}\" class=\"spot\"></span>", attr(id))?;
    }
    Ok(children)
}

fn format_known<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    match &node.data().value {
        NodeValue::Heading(heading) => heading_node(context, node, heading.level, entering),
        NodeValue::Paragraph if context.user.asked.bare.contains(&identity(node)) => Ok(ChildRendering::HTML),
        NodeValue::WikiLink(link) => wiki_link(context, node, link.embed, entering),
        NodeValue::Link(link) => markdown_link(context, link, entering),
        NodeValue::Image(link) => image(context, node, link, entering),
        NodeValue::CodeBlock(block) => match context.user.asked.by_node.get(&identity(node)) {
            Some(asked) => block_mark(context, *asked, entering),
            None => code_block(context, block, entering),
        },
        NodeValue::Code(_) => match context.user.asked.by_node.get(&identity(node)) {
            Some(asked) => inline_mark(context, *asked, entering),
            None => comrak::html::format_node_default(context, node, entering),
        },
        NodeValue::Table(_) => table(context, node, entering),
        NodeValue::TableCell => table_cell(context, node, entering),
        NodeValue::Alert(alert) => alert_node(context, alert, entering),
        NodeValue::TaskItem(item) => {
            let done = item.symbol.is_some();
            task_item(context, node, done, entering)
        }
        _ => comrak::html::format_node_default(context, node, entering),
    }
}

fn heading_node<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    level: u8,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    let shown = (level + context.user.shift).min(6);
    if context.user.is_embedded {
        return embedded_heading(context, node, level, entering);
    }
    if !entering {
        context.write_str("</h")?;
        context.write_str(digit(shown))?;
        context.write_str(">\n")?;
        return Ok(ChildRendering::HTML);
    }
    let (text, slug) = match context.user.headings.next() {
        Some(known) => {
            debug_assert_eq!((known.level, known.text.as_str()), (level, node.collect_text().as_str()));
            (known.text.clone(), known.slug.clone())
        }
        None => {
            let text = node.collect_text();
            let slug = context.user.anchors.anchorize(&text);
            (text, slug)
        }
    };
    if std::mem::take(&mut context.user.skip_title) && level == 1 {
        // The title stands above already; its links must still be counted off.
        pass_links(context, node.descendants());
        write!(context, "<h{shown} class=\"shown-above\" id=\"{}\" hidden>", attr(&slug))?;
        return Ok(ChildRendering::Plain);
    }
    // Only for the eye: read out, it would say every heading twice.
    context.write_str("<h")?;
    context.write_str(digit(shown))?;
    context.write_str(" id=\"")?;
    escape_to(&slug, context)?;
    context.write_str("\"><a class=\"anchor\" href=\"#")?;
    escape_to(&slug, context)?;
    context.write_str("\" aria-hidden=\"true\" tabindex=\"-1\"></a>")?;
    context.user.toc.push(TocEntry { level: shown, text, slug });
    Ok(ChildRendering::HTML)
}

/// The level of a heading as it stands in its tag.
fn digit(level: u8) -> &'static str {
    ["1", "2", "3", "4", "5", "6"][usize::from(level.clamp(1, 6)) - 1]
}

/// A heading within another page is none of that page's: it looks like one.
fn embedded_heading<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    level: u8,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering && std::mem::take(&mut context.user.skipping) {
        return Ok(ChildRendering::HTML);
    }
    // The title stands in the caption.
    let is_title = entering && std::mem::take(&mut context.user.skip_title) && level == 1;
    if is_title && node.next_sibling().is_some() {
        pass_links(context, node.descendants());
        context.user.skipping = true;
        return Ok(ChildRendering::Skip);
    }
    context.write_str(if entering { "<p class=\"embed-heading\">" } else { "</p>\n" })?;
    Ok(ChildRendering::HTML)
}

fn wiki_link<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    embed: bool,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return close_link(context);
    }
    let Some(next) = next_link(context) else { return Ok(ChildRendering::HTML) };
    let Next { answer, link, .. } = next;
    if let Some(asked) = context.user.asked.by_node.get(&identity(node)) {
        block_mark(context, *asked, true)?;
        return Ok(ChildRendering::Skip);
    }
    let target = answer.written(link);
    let shown: &str = match (&link.second, answer.swapped) {
        (Some(_), true) => &link.first,
        (Some(second), false) => second,
        (None, _) => shown_target(target),
    };
    if embed
        && let Target::File(_) = answer.to
        && is_image(target)
        && let Some(src) = href(context.user.seen, &answer.to, target)
    {
        let alt = node.collect_text();
        write!(context, "<img src=\"{}{}\" alt=\"{}\" loading=\"lazy\">", at(&src).base, attr(&src), attr(&alt))?;
        return Ok(ChildRendering::Skip);
    }
    open_link(context, next, target, "wikilink", None)?;
    if context.user.asked.too_many.contains(&identity(node)) {
        context.user.note = Some(&context.user.labels.too_many);
    }
    context.escape(shown)?;
    close_link(context)?;
    context.user.current = None;
    Ok(ChildRendering::Skip)
}

/// What a bare `[[target]]` shows: the name without a leading slash or the extension.
fn shown_target(target: &str) -> &str {
    target.trim_start_matches('/')
}

fn is_image(target: &str) -> bool {
    let name = links::parts(target).name.to_ascii_lowercase();
    [".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"].iter().any(|extension| name.ends_with(extension))
}

fn markdown_link(
    context: &mut Context<State<'_>>,
    link: &NodeLink,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return close_link(context);
    }
    let Some(next) = next_link(context) else { return Ok(ChildRendering::HTML) };
    let title = (!link.title.is_empty()).then_some(link.title.as_str());
    open_link(context, next, &link.url, "", title)?;
    Ok(ChildRendering::HTML)
}

fn open_link<'s>(
    context: &mut Context<State<'s>>,
    next: Next<'s>,
    target: &str,
    class: &str,
    title: Option<&str>,
) -> fmt::Result {
    let seen = context.user.seen;
    let Next { answer, link, cite } = next;
    let (href, class) = match &answer.to {
        // A version of a page that is there no more.
        _ if let Some(href) = cite.and_then(|cite| cite.href.clone()) => (Some(href), class),
        Target::External => (Some(target.to_owned()), if links::is_url(target) { "external" } else { class }),
        Target::Refused => (None, class),
        Target::Missing(path) if path.is_empty() => (None, "missing"),
        Target::Missing(path) => {
            let mut href = String::from("/-/edit/");
            percent_encode(path, &mut href);
            href.push_str("?title=");
            percent_encode(links::parts(target).name.rsplit('/').next().unwrap_or(target), &mut href);
            (Some(href), "missing")
        }
        Target::Ambiguous(_) => {
            let mut href = String::from("/-/search?q=");
            percent_encode(links::parts(target).name, &mut href);
            (Some(href), "ambiguous")
        }
        to => (address(seen, to, answer.version(link), links::parts(target).fragment), class),
    };
    let has_no_version = cite.is_some_and(|cite| cite.missing);
    let class = if has_no_version { "missing" } else { class };
    match href {
        Some(href) => {
            context.write_str("<a href=\"")?;
            context.write_str(at(&href).base)?;
            escape_to(&href, context)?;
            context.write_str("\"")?;
            context.user.current = Some(true);
        }
        None => {
            context.write_str("<span")?;
            context.user.current = Some(false);
        }
    }
    if !class.is_empty() {
        context.write_str(" class=\"")?;
        context.write_str(class)?;
        context.write_str("\"")?;
    }
    if class == "external" {
        context.write_str(" rel=\"noopener noreferrer\"")?;
    }
    let labels = context.user.labels;
    let unseen = if has_no_version { &labels.no_version } else { &labels.missing };
    context.user.unseen = (class == "missing").then_some(unseen);
    context.user.note = cite.and_then(|cite| cite.note.as_deref());
    if let Some(title) = title {
        context.write_str(" title=\"")?;
        escape_to(title, context)?;
        context.write_str("\"")?;
    }
    context.write_str(">")
}

fn close_link(context: &mut Context<State<'_>>) -> Result<ChildRendering, fmt::Error> {
    if let Some(words) = context.user.unseen.take() {
        write!(context, "<span class=\"unseen\"> ({})</span>", attr(words))?;
    }
    match context.user.current.take() {
        Some(true) => context.write_str("</a>")?,
        Some(false) => context.write_str("</span>")?,
        None => {}
    }
    if let Some(note) = context.user.note.take() {
        write!(context, " <span class=\"cited\">({})</span>", attr(note))?;
    }
    Ok(ChildRendering::HTML)
}

fn image<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    link: &NodeLink,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return Ok(ChildRendering::HTML);
    }
    let Some(Next { answer, .. }) = next_link(context) else { return Ok(ChildRendering::Skip) };
    // Links inside an alternative text are not shown, but were counted.
    pass_links(context, node.descendants().skip(1));
    let alt = node.collect_text();
    match &answer.to {
        Target::File(_) => {
            let src = href(context.user.seen, &answer.to, &link.url).unwrap_or_default();
            write!(context, "<img src=\"{}{}\" alt=\"{}\" loading=\"lazy\"", at(&src).base, attr(&src), attr(&alt))?;
            if !link.title.is_empty() {
                write!(context, " title=\"{}\"", attr(&link.title))?;
            }
            context.write_str(">")?;
        }
        Target::External if links::is_url(&link.url) => {
            // The reader's browser asks nobody else for anything: an image elsewhere is a link.
            write!(context, "<a href=\"{}\" class=\"external\" rel=\"noopener noreferrer\">", attr(&link.url))?;
            context.escape(if alt.is_empty() { &link.url } else { &alt })?;
            context.write_str("</a>")?;
        }
        _ => {
            context.write_str("<span class=\"missing\">")?;
            context.escape(if alt.is_empty() { &link.url } else { &alt })?;
            context.write_str("</span>")?;
        }
    }
    Ok(ChildRendering::Skip)
}

/// A link with what is known of it.
#[derive(Clone, Copy)]
struct Next<'s> {
    answer: &'s Resolved,
    link: &'s doc::Link,
    cite: Option<&'s Cite>,
}

/// The next link in the doc's order. Formatting visits links in that order too.
fn next_link<'s>(context: &mut Context<State<'s>>) -> Option<Next<'s>> {
    let answer = context.user.answers.next()?;
    let link = context.user.raw_links.next()?;
    let cite = context.user.cites.next().and_then(Option::as_ref);
    Some(Next { answer, link, cite })
}

/// Counts off links that are not shown.
fn pass_links<'a>(context: &mut Context<State<'_>>, nodes: impl Iterator<Item = &'a AstNode<'a>>) {
    for node in nodes {
        if is_link(node) {
            next_link(context);
        }
    }
}

fn is_link(node: &AstNode<'_>) -> bool {
    matches!(node.data().value, NodeValue::WikiLink(_) | NodeValue::Link(_) | NodeValue::Image(_))
}

fn code_block(
    context: &mut Context<State<'_>>,
    block: &NodeCodeBlock,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return Ok(ChildRendering::HTML);
    }
    let language = block.info.split_whitespace().next().unwrap_or_default();
    context.write_str("<pre tabindex=\"0\"><code")?;
    if !language.is_empty() {
        write!(context, " class=\"language-{}\"", attr(language))?;
    }
    context.write_str(">")?;
    let room = limits::HIGHLIGHT_MAX_BYTES.saturating_sub(context.user.highlighted);
    match (block.literal.len() <= room).then(|| highlight(language, &block.literal)).flatten() {
        Some(html) => {
            context.user.highlighted += block.literal.len();
            context.write_str(&html)?;
        }
        None => context.escape(&block.literal)?,
    }
    context.write_str("</code></pre>\n")?;
    Ok(ChildRendering::HTML)
}

// Holes. While a page is written and sanitised, a mark stands for each: text between two signs that
// no content can give. Afterwards the marks are cut out, and those that stand where no text may
// (content had opened an attribute) are dropped.

/// Begins and ends a mark. Unicode promises that it is never a character; no named entity means it.
const MARK: char = '\u{fdd1}';

/// The longest mark as a block.
const MARK_MAX_BYTES: usize = 48;

/// Whether the text can't give `MARK` by itself: not as it stands, nor by a numeric reference,
/// which both Markdown and HTML read. Where it can, queries stay code.
fn may_mark(text: &str) -> bool {
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
struct Found {
    by_node: FxHashMap<usize, Asked>,
    /// Paragraphs of nothing but embeds, which are no paragraphs.
    bare: HashSet<usize>,
    /// Embeds beyond those that one page may have.
    too_many: HashSet<usize>,
}

/// Numbers as `doc::parse`, which walks alike.
fn find_asked<'a>(root: &'a AstNode<'a>, without_types: bool, answers: &[Resolved]) -> Found {
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

/// A node of a tree that stays where it is.
fn identity<'a>(node: &'a AstNode<'a>) -> usize {
    std::ptr::from_ref(node).addr()
}

fn block_mark(context: &mut Context<State<'_>>, asked: Asked, entering: bool) -> Result<ChildRendering, fmt::Error> {
    if entering {
        context.write_str(&block_text(asked))?;
    }
    Ok(ChildRendering::HTML)
}

/// A mark as a block of its own, which ends paragraphs that raw HTML left open.
fn block_text(asked: Asked) -> String {
    format!("<div>{}</div>\n", mark_text(asked))
}

fn inline_mark(context: &mut Context<State<'_>>, asked: Asked, entering: bool) -> Result<ChildRendering, fmt::Error> {
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
fn cut_marks(html: String) -> (String, Vec<Hole>) {
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

/// Colours code by class. `None` when the language is unknown or the grammar gives up.
fn highlight(language: &str, code: &str) -> Option<String> {
    static GRAMMARS: OnceLock<SyntaxSet> = OnceLock::new();
    if language.is_empty() || code.len() > limits::HIGHLIGHT_MAX_BYTES || code.lines().any(|line| line.len() > 2_000) {
        return None;
    }
    let grammars = GRAMMARS.get_or_init(SyntaxSet::load_defaults_newlines);
    let syntax = grammars.find_syntax_by_token(language)?;
    let mut generator =
        ClassedHTMLGenerator::new_with_class_style(syntax, grammars, ClassStyle::SpacedPrefixed { prefix: "hl-" });
    for line in LinesWithEndings::from(code) {
        generator.parse_html_for_line_which_includes_newline(line).ok()?;
    }
    Some(generator.finalize())
}

fn table<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if entering {
        write!(
            context,
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">",
            attr(&context.user.labels.table)
        )?;
        return comrak::html::format_node_default(context, node, entering);
    }
    comrak::html::format_node_default(context, node, entering)?;
    context.write_str("</div>\n")?;
    Ok(ChildRendering::HTML)
}

/// A cell aligned by class, since `align` and `style` are not to be had under a strict policy.
fn table_cell<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    let row = node.parent();
    let in_header = row.is_some_and(|row| matches!(row.data().value, NodeValue::TableRow(true)));
    if !entering {
        context.write_str(if in_header { "</th>\n" } else { "</td>\n" })?;
        return Ok(ChildRendering::HTML);
    }
    let column = if node.previous_sibling().is_none() { 0 } else { context.user.column + 1 };
    context.user.column = column;
    let alignment = row.and_then(|row| row.parent()).and_then(|table| match &table.data().value {
        NodeValue::Table(table) => table.alignments.get(column).copied(),
        _ => None,
    });
    context.write_str(if in_header { "<th scope=\"col\"" } else { "<td" })?;
    match alignment {
        Some(TableAlignment::Left) => context.write_str(" class=\"left\"")?,
        Some(TableAlignment::Center) => context.write_str(" class=\"center\"")?,
        Some(TableAlignment::Right) => context.write_str(" class=\"right\"")?,
        _ => {}
    }
    context.write_str(">")?;
    Ok(ChildRendering::HTML)
}

fn alert_node(
    context: &mut Context<State<'_>>,
    alert: &NodeAlert,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        context.write_str("</div>\n")?;
        return Ok(ChildRendering::HTML);
    }
    let (at, kind) = match alert.alert_type {
        AlertType::Note => (0, "note"),
        AlertType::Tip => (1, "tip"),
        AlertType::Important => (2, "important"),
        AlertType::Warning => (3, "warning"),
        AlertType::Caution => (4, "caution"),
    };
    write!(context, "<div class=\"markdown-alert markdown-alert-{kind}\">\n<p class=\"markdown-alert-title\">")?;
    let title = alert.title.clone().unwrap_or_else(|| context.user.labels.alerts[at].clone());
    context.escape(&title)?;
    context.write_str("</p>\n")?;
    Ok(ChildRendering::HTML)
}

fn task_item<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    done: bool,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    let in_list = node.parent().is_some_and(|parent| matches!(parent.data().value, NodeValue::List(_)));
    if !entering {
        if in_list {
            context.write_str("</li>\n")?;
        }
        return Ok(ChildRendering::HTML);
    }
    if in_list {
        context.write_str("<li class=\"task-list-item\">")?;
    }
    let label = if done { &context.user.labels.done } else { &context.user.labels.open };
    let checked = if done { " checked" } else { "" };
    write!(context, "<input type=\"checkbox\" disabled{checked} aria-label=\"{}\"> ", attr(label))?;
    Ok(ChildRendering::HTML)
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

/// Ids of the program's own furniture contain a dot after `ui`; headings can't produce one, and
/// raw HTML may not.
const CHROME_PREFIX: &str = "ui.";

/// Classes that content may carry: those that this file makes.
fn content_class(class: &str) -> bool {
    class.starts_with("hl-")
        || class.starts_with("language-")
        || class.starts_with("markdown-alert")
        || class.starts_with("footnote")
        || matches!(
            class,
            "anchor"
                | "table-scroll"
                | "wikilink"
                | "missing"
                | "ambiguous"
                | "external"
                | "plain"
                | "left"
                | "center"
                | "right"
                | "contains-task-list"
                | "task-list-item"
                | "shown-above"
                | "unseen"
                | "cited"
                | "spot"
                | "embed-heading"
        )
}

fn sanitise(html: &str) -> String {
    static POLICY: OnceLock<ammonia::Builder<'static>> = OnceLock::new();
    POLICY.get_or_init(policy).clean(html).to_string()
}

fn policy() -> ammonia::Builder<'static> {
    let mut policy = ammonia::Builder::default();
    policy
        .add_tags(["section", "input", "details", "summary", "figure", "figcaption", "mark", "u"])
        .rm_tags(["map", "area"])
        .generic_attributes(HashSet::from(["class", "id", "title", "lang", "dir", "role", "aria-label", "aria-hidden"]))
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_tag_attributes("div", ["tabindex"])
        .add_tag_attributes("pre", ["tabindex"])
        .add_tag_attributes("a", ["rel", "tabindex"])
        .add_tag_attributes("img", ["loading"])
        .add_tag_attributes("details", ["open"])
        .add_tag_attributes("section", ["data-footnotes"])
        .add_tag_attributes("a", ["data-footnote-ref", "data-footnote-backref", "data-footnote-backref-idx"])
        .add_generic_attributes(["hidden"])
        .set_tag_attribute_values(HashMap::from([("input", HashMap::from([("type", "checkbox"), ("disabled", "")]))]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None)
        .attribute_filter(|_, attribute, value| match attribute {
            "class" => {
                let kept: Vec<&str> = value.split_whitespace().filter(|class| content_class(class)).collect();
                (!kept.is_empty()).then(|| Cow::Owned(kept.join(" ")))
            }
            "id" if value.starts_with(CHROME_PREFIX) => None,
            "role" if value != "group" => None,
            "tabindex" if value != "0" && value != "-1" => None,
            "href" | "src" | "cite" if !links::safe_url(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_give_a_mark_by_itself_is_known() {
        for text in ["a &amp; b", "&#xFDD0;", "&#64976;", "&#;", "&#x;", "&#99999999999999999999;", "&"] {
            assert!(may_mark(text), "{text}");
        }
        for text in ["\u{fdd1}", "&#xFDD1;", "&#Xfdd1 x", "&#64977;", "&#0064977", "&#x000fdd1g"] {
            assert!(!may_mark(text), "{text}");
        }
    }

    #[test]
    fn marks_are_cut_out_where_text_may_stand_and_dropped_elsewhere() {
        let (html, holes) =
            cut_marks(format!("<p>a{MARK}q0{MARK}b</p><i title=\"<{MARK}v1{MARK}>\">{MARK}v2{MARK}</i>"));
        assert_eq!(html, "<p>ab</p><i title=\"<>\"></i>");
        let what: Vec<Asked> = holes.iter().map(|hole| hole.what).collect();
        assert_eq!(what, [Asked::Query(0), Asked::Value(2)]);
        assert_eq!(&html[holes[0].at..], "b</p><i title=\"<>\"></i>");
        let rendered = Rendered { html, toc: Vec::new(), holes };
        let filled = rendered.filled(|asked, out| out.push_str(if asked == Asked::Query(0) { "[0]" } else { "[2]" }));
        assert_eq!(filled, "<p>a[0]b</p><i title=\"<>\">[2]</i>");
        for odd in [
            format!("{MARK}"),
            format!("{MARK}x{MARK}"),
            format!("{MARK}q{MARK}"),
            format!("{MARK}q0{MARK}{MARK}q0{MARK}"),
        ] {
            let (html, holes) = cut_marks(odd);
            assert!(!html.contains(MARK) && holes.len() <= 1, "{html}");
        }
    }
}
