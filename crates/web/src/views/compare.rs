//! Two versions of a page, a folder or the whole wiki, in the language of plans: sentences first,
//! then tables, then the text as an edited text.
//!
//! Nothing is told by colour alone: what came and went says so in words. Values and texts are spelled
//! before they come here, and compared HTML was made safe before.

use maud::Markup;
use maud::html;

use super::Html;
use super::Link;
use super::PageHead;
use super::Way;
use super::diff::DiffSide;
use super::diff::sides;
use super::head;
use super::link_to;
use super::mindmap::OutlineItem;
use super::mindmap::outline;
use super::page::Tone;
use super::page::pill;
use super::paging;
use super::query::Cell;
use super::query::cell;
use super::unseen;
use crate::words::Arg;
use crate::words::Words;

pub struct CompareView {
    pub head: CompareHead,
    /// Ways to look at the difference; one of them is open.
    pub tabs: Vec<(Link, bool)>,
    pub old: DiffSide,
    pub new: DiffSide,
    pub previous_href: Option<String>,
    pub next_href: Option<String>,
    /// The difference in sentences.
    pub summary: Vec<String>,
    /// Where something could not be told.
    pub warnings: Vec<String>,
    pub fields: Vec<FieldRow>,
    pub totals: Vec<TotalTable>,
    pub totals_more: String,
    pub pages: PageTable,
    pub records: PageTable,
    /// Files that are no pages: what became of them, and their path.
    pub files: Vec<(String, String)>,
    pub files_more: String,
    pub prose: ProseView,
    pub map: Option<MapView>,
    /// The difference as files, and with another scope.
    pub links: Vec<Link>,
}

/// What stands above it.
pub enum CompareHead {
    Page(Box<PageHead>),
    /// A folder or the wiki: the folders above it, and its name.
    Folder {
        crumbs: Vec<Link>,
        title: String,
    },
}

/// A field that holds something else.
pub struct FieldRow {
    pub label: String,
    /// `nieuw veld`, `totaal`; may be empty.
    pub note: String,
    pub old: Cell,
    pub new: Cell,
    pub change: String,
}

/// A total, and what its difference is made of.
pub struct TotalTable {
    pub title: String,
    /// From what to what.
    pub lead: String,
    pub rows: Vec<PartRow>,
    /// How many parts are not listed or the same, in words.
    pub more: String,
    /// `old + change = new`, each with whether it holds.
    pub checks: Vec<String>,
    /// What is to be said of them.
    pub verdict: String,
    pub is_broken: bool,
    pub is_open: bool,
}

pub struct PartRow {
    pub title: String,
    pub href: String,
    pub old: Cell,
    pub new: Cell,
    pub change: String,
}

#[derive(Default)]
pub struct PageTable {
    pub lead: String,
    pub groups: Vec<PageGroup>,
    pub more: String,
}

/// Pages of one type.
pub struct PageGroup {
    pub label: String,
    pub rows: Vec<PageRow>,
}

pub struct PageRow {
    pub title: String,
    /// The comparison of this page, or the version that there is.
    pub href: String,
    pub fate: String,
    pub tone: Tone,
    pub old_href: Option<String>,
    pub new_href: Option<String>,
    pub changes: Vec<String>,
}

pub enum ProseView {
    /// It is not about one page, or about one that is on one side only.
    None,
    /// A sentence instead of a text.
    Said(String),
    Compared {
        lead: String,
        pieces: Vec<ProsePiece>,
        lang: String,
    },
}

pub enum ProsePiece {
    Shown(Html),
    Folded(usize, Html),
}

pub struct MapView {
    pub lead: String,
    pub drawing: Html,
    pub outline: Vec<OutlineItem>,
}

pub fn compare(words: &Words, view: &CompareView) -> Markup {
    let has_records = !view.records.groups.is_empty();
    html! {
        @match &view.head {
            CompareHead::Page(page) => (head(words, page, words.t("compare-act"))),
            CompareHead::Folder { crumbs, title } => div.head {
                (super::crumbs(words, crumbs))
                h1 { span.kicker { (words.t("compare-act")) (unseen(": ")) } bdi { (title) } }
            },
        }
        nav.compare-ways aria-label=(words.t("compare-ways")) {
            ul { @for (link, open) in &view.tabs { li { (super::tab(&link.href, &link.title, *open)) } } }
        }
        (sides(words, &view.old, &view.new))
        (ways(words, view))
        div.compare {
            @if let Some(map) = &view.map { (map_section(words, map)) }
            @else {
                (summary(words, &view.summary, &view.warnings))
                @if !view.fields.is_empty() { (fields(words, &view.fields)) }
                @if !view.totals.is_empty() {
                    (total_tables(words, "ui.compare-totals", Heading::Second, &view.totals, &view.totals_more))
                 }
                @if !view.pages.groups.is_empty() {
                    (page_table(words, "ui.compare-pages", words.t("compare-pages"), Heading::Second, &view.pages))
                }
                @if has_records {
                    (page_table(words, "ui.compare-records", words.t("compare-records"), Heading::Second, &view.records))
                 }
                @if !view.files.is_empty() { (files(words, view)) }
                (prose(words, &view.prose))
            }
        }
        @if !view.links.is_empty() {
            ul.compare-foot { @for link in &view.links { li { a href=(link_to(&link.href)) rel="nofollow" { (link.title) } } } }
        }
    }
}

fn ways(words: &Words, view: &CompareView) -> Markup {
    let back: Way<'_> = (words.t("diff-previous"), view.previous_href.as_deref());
    let on: Way<'_> = (words.t("diff-next"), view.next_href.as_deref());
    paging(words.t("diff-paging"), back, on)
}

/// What differs in a few sentences, and what could not be told.
pub(super) fn summary(words: &Words, lines: &[String], warnings: &[String]) -> Markup {
    html! {
        section.compare-summary aria-labelledby="ui.compare-summary" {
            h2 id="ui.compare-summary" { (words.t("compare-summary")) }
            (sentences(lines))
            @if !warnings.is_empty() {
                div.notice.notice-signal role="note" { @for warning in warnings { p { (warning) } } }
            }
        }
    }
}

/// One sentence, or a list of them.
pub(super) fn sentences(lines: &[String]) -> Markup {
    html! {
        @match lines {
            [] => {},
            [only] => p { (only) },
            lines => ul { @for line in lines { li { (line) } } },
        }
    }
}

fn fields(words: &Words, rows: &[FieldRow]) -> Markup {
    html! {
        section aria-labelledby="ui.compare-fields" {
            h2 id="ui.compare-fields" { (words.t("compare-fields")) }
            div.table-scroll tabindex="0" role="group" aria-labelledby="ui.compare-fields" {
                table.compare-table aria-labelledby="ui.compare-fields" {
                    thead {
                        tr {
                            th scope="col" { (words.t("compare-field")) }
                            th scope="col" { (words.t("compare-was")) }
                            th scope="col" { (words.t("compare-is")) }
                            th scope="col" { (words.t("compare-change")) }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                th scope="row" { bdi { (row.label) } @if !row.note.is_empty() { " " span.note { (row.note) } } }
                                td.compare-old { (value(words, &row.old)) }
                                td.compare-new { (value(words, &row.new)) }
                                td { (row.change) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A value, or the words for none.
fn value(words: &Words, shown: &Cell) -> Markup {
    match shown {
        Cell::Nothing => html! { span.quiet { (words.t("compare-nothing")) } },
        shown => cell(words, shown),
    }
}

/// Totals taken apart, under a heading.
pub(super) fn total_tables(words: &Words, id: &str, level: Heading, totals: &[TotalTable], more: &str) -> Markup {
    let content = html! {
        @for (n, total) in totals.iter().enumerate() { (total_table(words, &format!("{id}-{n}"), level, total)) }
        @if !more.is_empty() { p.note { (more) } }
    };
    section(level, id, words.t("compare-totals"), &content)
}

/// A part of the screen under its heading. Parts of a plan are no landmarks: each plan has the same.
pub(super) fn section(level: Heading, id: &str, title: &str, content: &Markup) -> Markup {
    html! {
        @match level {
            Heading::Second => section aria-labelledby=(id) { (heading(level, id, title)) (content) },
            _ => div.compare-part { (heading(level, id, title)) (content) },
        }
    }
}

fn total_table(words: &Words, title: &str, level: Heading, total: &TotalTable) -> Markup {
    html! {
        details.compare-total open[total.is_open] {
            summary { (heading(level.below(), title, &total.title)) " " span.figure { (total.lead) } }
            div.table-scroll tabindex="0" role="group" aria-labelledby=(title) {
                table.compare-table aria-labelledby=(title) {
                    thead {
                        tr {
                            th scope="col" { (words.t("compare-part")) }
                            th.right scope="col" { (words.t("compare-was")) }
                            th.right scope="col" { (words.t("compare-is")) }
                            th.right scope="col" { (words.t("compare-change")) }
                        }
                    }
                    tbody {
                        @for row in &total.rows {
                            tr {
                                th scope="row" { a href=(link_to(&row.href)) { bdi { (row.title) } } }
                                td.right.compare-old { (part(words, &row.old)) }
                                td.right.compare-new { (part(words, &row.new)) }
                                td.right { span.figure { (row.change) } }
                            }
                        }
                    }
                }
            }
            @if !total.more.is_empty() { p.note { (total.more) } }
            @for check in &total.checks { p.compare-check { span.figure { (check) } } }
            @if !total.verdict.is_empty() {
                p class=(if total.is_broken { "compare-verdict compare-broken" } else { "compare-verdict" }) { (total.verdict) }
            }
        }
    }
}

/// How deep a heading stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Second,
    Third,
    Fourth,
}

impl Heading {
    fn below(self) -> Heading {
        match self {
            Heading::Second => Heading::Third,
            Heading::Third | Heading::Fourth => Heading::Fourth,
        }
    }
}

fn heading(level: Heading, id: &str, text: &str) -> Markup {
    match level {
        Heading::Second => html! { h2 id=(id) { (text) } },
        Heading::Third => html! { h3 id=(id) { (text) } },
        Heading::Fourth => html! { h4 id=(id) { (text) } },
    }
}

fn part(words: &Words, shown: &Cell) -> Markup {
    match shown {
        Cell::Nothing => html! { span.quiet { (words.t("compare-not-counted")) } },
        shown => cell(words, shown),
    }
}

/// Pages that differ, under a heading.
pub(super) fn page_table(words: &Words, id: &str, title: &str, level: Heading, table: &PageTable) -> Markup {
    let content = html! {
            @if !table.lead.is_empty() { p { (table.lead) } }
            div.table-scroll tabindex="0" role="group" aria-labelledby=(id) {
                table.compare-table.compare-pages aria-labelledby=(id) {
                    thead {
                        tr {
                            th scope="col" { (words.t("compare-page")) }
                            th scope="col" { (words.t("compare-what")) }
                            th scope="col" { (words.t("compare-change")) }
                            th scope="col" { (words.t("compare-versions")) }
                        }
                    }
                    @for group in &table.groups {
                        tbody {
                            @if !group.label.is_empty() {
                                tr.compare-group { th scope="rowgroup" colspan="4" { (group.label) } }
                            }
                            @for row in &group.rows { (page_row(words, row)) }
                        }
                    }
                }
            }
            @if !table.more.is_empty() { p.note { (table.more) } }
    };
    section(level, id, title, &content)
}

fn page_row(words: &Words, row: &PageRow) -> Markup {
    let of = format!(": {}", row.title);
    html! {
        tr {
            th scope="row" { a href=(link_to(&row.href)) { bdi { (row.title) } } }
            td { span class=(pill(row.tone)) { (row.fate) } }
            td { @for (at, change) in row.changes.iter().enumerate() { @if at > 0 { "; " } (change) } }
            td.compare-links {
                @if let Some(href) = &row.old_href { a href=(link_to(href)) { (words.t("compare-old")) (unseen(&of)) } }
                @if row.old_href.is_some() && row.new_href.is_some() { " · " }
                @if let Some(href) = &row.new_href { a href=(link_to(href)) { (words.t("compare-new")) (unseen(&of)) } }
            }
        }
    }
}

fn files(words: &Words, view: &CompareView) -> Markup {
    html! {
        section aria-labelledby="ui.compare-files" {
            h2 id="ui.compare-files" { (words.t("compare-files")) }
            ul.compare-list { @for (fate, path) in &view.files { li { code { (path) } " " span.note { (fate) } } } }
            @if !view.files_more.is_empty() { p.note { (view.files_more) } }
        }
    }
}

fn prose(words: &Words, view: &ProseView) -> Markup {
    html! {
        @match view {
            ProseView::None => {},
            ProseView::Said(said) => section aria-labelledby="ui.compare-prose" {
                h2 id="ui.compare-prose" { (words.t("compare-prose")) }
                p { (said) }
            },
            ProseView::Compared { lead, pieces, lang } => section aria-labelledby="ui.compare-prose" {
                h2 id="ui.compare-prose" { (words.t("compare-prose")) }
                p.note { (lead) }
                div.text.prose lang=(lang) {
                    @for piece in pieces {
                        @match piece {
                            ProsePiece::Shown(html) => (html),
                            ProsePiece::Folded(n, html) => details.prose-same lang=(lang) {
                                summary lang=(words.lang.code()) { (words.f("compare-folded", &[("count", Arg::Count(*n as u64))])) }
                                (html)
                            },
                        }
                    }
                }
            },
        }
    }
}

fn map_section(words: &Words, map: &MapView) -> Markup {
    html! {
        section.compare-map aria-labelledby="ui.compare-map" {
            h2 id="ui.compare-map" { (words.t("compare-map")) }
            p { (map.lead) }
            @if !map.drawing.0.is_empty() {
                div.map-picture role="region" tabindex="0" aria-label=(words.t("map-region")) { (map.drawing) }
                p.hint.map-hint { (words.t("map-hint")) }
            }
        }
        section.outline aria-labelledby="ui.outline" {
            h2 id="ui.outline" { (words.t("map-outline")) }
            (outline(words, &map.outline, 0, usize::MAX))
        }
    }
}
