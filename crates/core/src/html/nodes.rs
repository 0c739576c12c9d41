//! Each kind of node as HTML: headings, links, pictures, code, tables, alerts, tasks. Written to a text
//! that is made safe afterwards.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use comrak::html::{ChildRendering, Context};
use comrak::nodes::{AlertType, AstNode, NodeAlert, NodeCodeBlock, NodeLink, NodeValue, TableAlignment};
use syntect::html::{ClassStyle, ClassedHTMLGenerator};
use syntect::parsing::SyntaxSet;
use syntect::util::LinesWithEndings;

use super::marks::{block_mark, inline_mark};
use super::*;
use crate::address::at;

pub(super) fn format_node<'a>(
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

pub(super) fn is_image(target: &str) -> bool {
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

pub(super) fn is_link(node: &AstNode<'_>) -> bool {
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
