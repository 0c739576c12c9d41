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

use crate::blocks::{self, Block};
use crate::doc::{self, Doc, Shape};
use crate::limits;
use crate::links::{self, PageLinks, Resolved, Target};
use crate::markdown;
use crate::path::percent_encode;
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
    render_with(text, doc, answers, seen, labels, None)
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
    let rendered = render_with(text, doc, answers, seen, labels, Some(&mut blocks));
    (rendered, blocks)
}

fn render_with(
    text: &str,
    doc: &Doc,
    answers: &PageLinks,
    seen: Seen<'_>,
    labels: &Labels,
    blocks: Option<&mut Vec<Block>>,
) -> Rendered {
    let body = doc::body(text);
    let arena = Arena::new();
    let root = match doc.shape {
        Shape::Text => markdown::parse(&arena, body),
        Shape::Plain | Shape::Binary => None,
    };
    let Some(root) = root else { return Rendered::of(plain(body)) };
    let raw = if body.contains('<') { rawhtml::weigh(root) } else { None };
    let shift = shift(doc);
    let asks = !doc.queries.is_empty() || !doc.values.is_empty();
    let may_mark = (asks || blocks.is_some()) && may_mark(body);
    let asked = if asks && may_mark { find_asked(root, seen.types().is_empty()) } else { FxHashMap::default() };
    let blocks = blocks.filter(|_| may_mark).map(|blocks| {
        *blocks = blocks::mark(&arena, root, text, &|n| block_text(Asked::Block(n)));
        &*blocks
    });
    let n_blocks = blocks.map_or(0, Vec::len);
    // Links grow most: an address may be much longer than what was written for it.
    let room = body.len() + body.len() / 4 + doc.links.len() * 96 + n_blocks * MARK_MAX_BYTES + 256;
    let state = || State {
        answers: answers.links.iter(),
        raw_links: doc.links.iter(),
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
        missing: false,
        column: 0,
        asked: &asked,
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
    match done {
        Some((state, mut text)) => {
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
            let has_marks = !asked.is_empty() || n_blocks > 0;
            let (html, holes) = if has_marks { cut_marks(html) } else { (html, Vec::new()) };
            Rendered { html, toc: state.toc, holes }
        }
        None => Rendered::of(plain(body)),
    }
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
    let mut href = match to {
        Target::Page(page) => {
            let path = &seen.page(*page)?.path;
            let whole = target.split('#').next().unwrap_or(target).trim();
            match parts.version.filter(|_| whole != path.address()) {
                // Another moment than the one that is looked at.
                Some(version) => format!("{}@{version}", path.href()),
                None => seen.href(path),
            }
        }
        Target::File(_) => seen.href(seen.target_path(to)?),
        Target::Own => String::new(),
        _ => return None,
    };
    if let Some(fragment) = parts.fragment {
        href.push('#');
        // By the rule for headings, not by looking at the other page: what is made of this page must
        // not change with that one.
        let slug = Anchorizer::new().anchorize(fragment.rsplit('#').next().unwrap_or(fragment));
        percent_encode(&slug, &mut href);
    } else if matches!(to, Target::Own) {
        href.push('#');
    }
    Some(href)
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
    /// Whether the link being written leads to no page.
    missing: bool,
    /// The column of the table cell being written.
    column: usize,
    /// What is asked for by which piece of code.
    asked: &'s FxHashMap<usize, Asked>,
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
    match &node.data().value {
        NodeValue::Heading(heading) => heading_node(context, node, heading.level, entering),
        NodeValue::WikiLink(link) => wiki_link(context, node, &link.url, link.embed, entering),
        NodeValue::Link(link) => markdown_link(context, link, entering),
        NodeValue::Image(link) => image(context, node, link, entering),
        NodeValue::CodeBlock(block) => match context.user.asked.get(&identity(node)) {
            Some(asked) => block_mark(context, *asked, entering),
            None => code_block(context, block, entering),
        },
        NodeValue::Code(_) => match context.user.asked.get(&identity(node)) {
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
        for child in node.descendants() {
            if matches!(child.data().value, NodeValue::WikiLink(_) | NodeValue::Link(_) | NodeValue::Image(_)) {
                next_link(context);
            }
        }
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

fn wiki_link<'a>(
    context: &mut Context<State<'_>>,
    node: &'a AstNode<'a>,
    url: &str,
    embed: bool,
    entering: bool,
) -> Result<ChildRendering, fmt::Error> {
    if !entering {
        return close_link(context);
    }
    let Some((answer, link)) = next_link(context) else { return Ok(ChildRendering::HTML) };
    let target: &str = if answer.swapped { link.second.as_deref().unwrap_or(url) } else { &link.first };
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
        write!(context, "<img src=\"{}\" alt=\"{}\" loading=\"lazy\">", attr(&src), attr(&alt))?;
        return Ok(ChildRendering::Skip);
    }
    open_link(context, answer, target, "wikilink", None)?;
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
    let Some((answer, _)) = next_link(context) else { return Ok(ChildRendering::HTML) };
    let title = (!link.title.is_empty()).then_some(link.title.as_str());
    open_link(context, answer, &link.url, "", title)?;
    Ok(ChildRendering::HTML)
}

fn open_link(
    context: &mut Context<State<'_>>,
    answer: &Resolved,
    target: &str,
    class: &str,
    title: Option<&str>,
) -> fmt::Result {
    let seen = context.user.seen;
    let (href, class) = match &answer.to {
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
        to => (self::href(seen, to, target), class),
    };
    match href {
        Some(href) => {
            context.write_str("<a href=\"")?;
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
    context.user.missing = class == "missing";
    if let Some(title) = title {
        context.write_str(" title=\"")?;
        escape_to(title, context)?;
        context.write_str("\"")?;
    }
    context.write_str(">")
}

fn close_link(context: &mut Context<State<'_>>) -> Result<ChildRendering, fmt::Error> {
    if std::mem::take(&mut context.user.missing) {
        let words = attr(&context.user.labels.missing);
        write!(context, "<span class=\"unseen\"> ({words})</span>")?;
    }
    match context.user.current.take() {
        Some(true) => context.write_str("</a>")?,
        Some(false) => context.write_str("</span>")?,
        None => {}
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
    let Some((answer, _)) = next_link(context) else { return Ok(ChildRendering::Skip) };
    // Links inside an alternative text are not shown, but were counted.
    for child in node.descendants().skip(1) {
        if matches!(child.data().value, NodeValue::WikiLink(_) | NodeValue::Link(_) | NodeValue::Image(_)) {
            next_link(context);
        }
    }
    let alt = node.collect_text();
    match &answer.to {
        Target::File(_) => {
            let src = href(context.user.seen, &answer.to, &link.url).unwrap_or_default();
            write!(context, "<img src=\"{}\" alt=\"{}\" loading=\"lazy\"", attr(&src), attr(&alt))?;
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

/// The answer for the next link in the doc's order. Formatting visits links in that order too.
fn next_link<'s>(context: &mut Context<State<'s>>) -> Option<(&'s Resolved, &'s doc::Link)> {
    let answer = context.user.answers.next()?;
    let link = context.user.raw_links.next()?;
    Some((answer, link))
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

/// Code that asks for something, by its identity: numbered as in `doc::parse`, which walks alike.
fn find_asked<'a>(root: &'a AstNode<'a>, without_types: bool) -> FxHashMap<usize, Asked> {
    let mut asked = FxHashMap::default();
    let (mut n_queries, mut n_values) = (0, 0);
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::CodeBlock(block) if doc::is_query(&block.info) && n_queries < limits::QUERIES_MAX => {
                asked.insert(identity(node), Asked::Query(n_queries));
                n_queries += 1;
            }
            NodeValue::Code(code) if doc::inline_value(&code.literal).is_some() && n_values < limits::QUERIES_MAX => {
                if !without_types {
                    asked.insert(identity(node), Asked::Value(n_values));
                }
                n_values += 1;
            }
            _ => {}
        }
    }
    asked
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
