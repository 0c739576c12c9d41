//! The result of a query as a page shows it: a table, a list, a board, a picture with its table.
//!
//! Every block has a caption, a place to link to, and its rows as files. Pictures are SVG with
//! attributes and classes only. All values are spelled before they come here.

use maud::Markup;
use maud::html;

use super::Html;
use super::Link;
use super::PageHead;
use super::ProblemLine;
use super::csrf;
use super::link_to;
use super::new_head;
use super::page::Tone;
use super::page::pill;
use super::problem_list;
use super::unseen;
use crate::words::Arg;
use crate::words::Words;

/// Longest text that is never broken: `28 september 2009`.
const SHORT_MAX_CHARS: usize = 17;

/// One block.
pub struct QueryView {
    /// Its number on the page, from 1.
    pub n: usize,
    pub caption: String,
    pub shape: Shape,
    /// What it leaves out, in sentences.
    pub notes: Vec<String>,
    /// `12 rijen`, `200 van 1.240 rijen`; empty where rows mean nothing.
    pub count: String,
    /// The rows as files.
    pub files: Vec<Link>,
    /// To the cells as fields of forms, or back.
    pub edit: Option<Link>,
}

/// What a block came to.
pub enum Shape {
    /// It can't be read.
    Faulty {
        problems: Vec<ProblemLine>,
        source: String,
    },
    /// It would take too long.
    TooCostly {
        source: String,
    },
    /// Too large to stand on this page beside the others; where it stands, when it can be shown alone.
    Elsewhere(Option<String>),
    /// No rows, in the block's own words or ours.
    Empty(String),
    Table(Grid),
    List(Vec<ListGroup>),
    Board(Vec<BoardColumn>),
    /// A picture, what it says in a sentence, and the same as a table.
    Picture {
        fact: String,
        legend: Vec<(String, Html)>,
        picture: Html,
        grid: Grid,
    },
    Calendar(Box<Month>),
    /// A number or amount alone.
    Figure(String),
}

/// A table with groups and totals.
#[derive(Default)]
pub struct Grid {
    pub columns: Vec<Head>,
    pub groups: Vec<GridGroup>,
    /// Below all.
    pub totals: Vec<TotalRow>,
    /// Whether the last column holds what saves a row.
    pub has_buttons: bool,
}

/// The head of a column.
pub struct Head {
    pub label: String,
    pub is_figure: bool,
}

#[derive(Default)]
pub struct GridGroup {
    /// `None` when the rows are not grouped.
    pub label: Option<Cell>,
    pub rows: Vec<GridRow>,
    pub totals: Vec<TotalRow>,
}

pub struct GridRow {
    pub cells: Vec<Cell>,
    pub form: Option<RowForm>,
}

/// A line of totals: the words for the line, and what stands under each column.
pub struct TotalRow {
    pub label: String,
    pub cells: Vec<String>,
}

/// The form that saves a row.
pub struct RowForm {
    pub id: String,
    pub action: String,
    pub base: String,
    pub back: String,
    pub csrf: String,
    /// What it saves, for who can't see the row: `Bewaar: Lezing`.
    pub label: String,
}

/// One value.
pub enum Cell {
    Nothing,
    Text(String),
    /// Set with tabular figures, to the right.
    Figure(String),
    /// Not an amount: unknown, or a fault in words.
    Quiet(String),
    Pill(String, Tone),
    Links(Vec<NamedLink>),
    Field(Box<CellField>),
}

pub struct NamedLink {
    pub title: String,
    pub href: String,
    pub exists: bool,
}

/// A cell that is written in its place.
pub struct CellField {
    /// The form it belongs to.
    pub form: String,
    pub name: String,
    pub label: String,
    pub control: Control,
}

pub enum Control {
    Text {
        value: String,
        is_number: bool,
    },
    /// Value, words, whether it is the present one.
    Choice(Vec<(String, String, bool)>),
}

pub struct ListGroup {
    pub label: Option<Cell>,
    /// The first cell leads.
    pub items: Vec<Vec<Cell>>,
}

pub struct BoardColumn {
    pub label: String,
    pub n: String,
    /// Totals of the column, with their words.
    pub totals: Vec<String>,
    pub cards: Vec<Card>,
}

pub struct Card {
    pub title: NamedLink,
    /// Labels and values.
    pub lines: Vec<(String, Cell)>,
    pub mover: Option<Mover>,
}

/// What moves a card to another column.
pub struct Mover {
    pub form: RowForm,
    pub name: String,
    pub label: String,
    pub options: Vec<(String, String, bool)>,
}

/// One month.
pub struct Month {
    pub label: String,
    pub earlier: Option<Link>,
    pub later: Option<Link>,
    /// Short and full names of the days, from Monday.
    pub weekdays: Vec<(String, String)>,
    pub weeks: Vec<Vec<Option<Day>>>,
    /// What counts in this month without a day of its own.
    pub whole: Vec<(NamedLink, String)>,
    /// Words about rows without a date.
    pub undated: String,
}

pub struct Day {
    pub n: i8,
    /// The whole date, read out.
    pub label: String,
    pub is_today: bool,
    pub events: Vec<NamedLink>,
}

/// A whole block.
pub fn block(words: &Words, view: &QueryView) -> Markup {
    let title = format!("ui.q-{}", view.n);
    html! {
        figure.query id={ "q." (view.n) } {
            figcaption.query-caption id=(title) { (view.caption) }
            (shape(words, view, &title))
            @for note in &view.notes { p.note { (note) } }
            @if !view.files.is_empty() || !view.count.is_empty() {
                ul.query-foot {
                    @if !view.count.is_empty() { li { (view.count) } }
                    li { a href={ "#q." (view.n) } { (words.t("query-link")) (unseen(&of(&view.caption))) } }
                    @for file in &view.files {
                        li { a href=(link_to(&file.href)) { (file.title) (unseen(&of(&view.caption))) } }
                    }
                    @if let Some(edit) = &view.edit {
                        li { a href=(link_to(&edit.href)) { (edit.title) (unseen(&of(&view.caption))) } }
                    }
                }
            }
        }
    }
}

/// A block without its page.
pub fn alone(words: &Words, page: &PageHead, block: &Markup) -> Markup {
    html! {
        (new_head(words, page, words.t("query-title")))
        div.text { (block) }
        p { a href=(link_to(&page.view_href)) { (words.t("total-back")) } }
    }
}

fn of(caption: &str) -> String {
    format!(": {caption}")
}

fn shape(words: &Words, view: &QueryView, title: &str) -> Markup {
    match &view.shape {
        Shape::Faulty { problems, source } => html! {
            div.notice.notice-error role="note" {
                p { (words.f("query-faulty", &[("count", Arg::Count(problems.len() as u64))])) }
                (problem_list(words, problems))
            }
            (source_below(words, source))
        },
        Shape::TooCostly { source } => html! {
            div.notice.notice-signal role="note" { p { (words.t("query-too-costly")) } }
            (source_below(words, source))
        },
        Shape::Elsewhere(href) => html! {
            div.notice.notice-signal role="note" {
                p {
                    (words.t("query-elsewhere"))
                    @if let Some(href) = href { " " a href=(link_to(href)) { (words.t("query-alone")) (unseen(&of(&view.caption))) } }
                }
            }
        },
        Shape::Empty(text) => html! { p.empty { (text) } },
        Shape::Table(table) => grid(words, table, title),
        Shape::List(groups) => list(words, groups),
        Shape::Board(columns) => board(words, columns),
        Shape::Picture { fact, legend, picture, grid: table } => html! {
            @if !fact.is_empty() { p.query-fact { (fact) } }
            @if !picture.0.is_empty() {
                @if !legend.is_empty() {
                    ul.query-legend { @for (label, swatch) in legend { li { (swatch) (label) } } }
                }
                div.query-picture tabindex="0" role="group" aria-labelledby=(title) { (picture) }
            }
            (grid(words, table, title))
        },
        Shape::Calendar(month) => calendar(words, month, title),
        Shape::Figure(text) => html! { p.query-figure { (text) } },
    }
}

fn source_below(words: &Words, source: &str) -> Markup {
    html! {
        details.query-source {
            summary { (words.t("query-source")) }
            pre tabindex="0" { code { (source) } }
        }
    }
}

/// A table; `title` is the id of its name.
pub fn grid(words: &Words, grid: &Grid, title: &str) -> Markup {
    let width = grid.columns.len() + usize::from(grid.has_buttons);
    html! {
        div.table-scroll tabindex="0" role="group" aria-labelledby=(title) {
            table.query-table aria-labelledby=(title) {
                thead {
                    tr {
                        @for head in &grid.columns { th class=[head.is_figure.then_some("right")] scope="col" { (head.label) } }
                        @if grid.has_buttons { th.query-save scope="col" { (unseen(words.t("query-save-column"))) } }
                    }
                }
                @for group in &grid.groups {
                    tbody {
                        @if let Some(label) = &group.label {
                            tr.query-group { th scope="rowgroup" colspan=(width) { (cell(words, label)) } }
                        }
                        @for row in &group.rows { (grid_row(words, grid, row)) }
                        @for total in &group.totals { (total_row(grid, total, "query-subtotal")) }
                    }
                }
                @if !grid.totals.is_empty() {
                    tfoot { @for total in &grid.totals { (total_row(grid, total, "query-total")) } }
                }
            }
        }
    }
}

fn grid_row(words: &Words, grid: &Grid, row: &GridRow) -> Markup {
    html! {
        tr {
            @for (at, value) in row.cells.iter().enumerate() {
                @let right = grid.columns.get(at).is_some_and(|head| head.is_figure);
                @if at == 0 && !right && !matches!(value, Cell::Field(_)) {
                    th scope="row" { (cell(words, value)) }
                } @else {
                    td class=[right.then_some("right")] { (cell(words, value)) }
                }
            }
            @if grid.has_buttons {
                td.query-save {
                    @if let Some(form) = &row.form {
                        form id=(form.id) method="post" action=(link_to(&form.action)) {
                            (hidden(form))
                            button.small type="submit" { (words.t("query-save")) (unseen(&of(&form.label))) }
                        }
                    }
                }
            }
        }
    }
}

fn hidden(form: &RowForm) -> Markup {
    html! {
        input type="hidden" name="base" value=(form.base);
        input type="hidden" name="back" value=(form.back);
        (csrf(&form.csrf))
    }
}

/// The words stand in the first cell, with its own total behind them where it has one.
fn total_row(grid: &Grid, total: &TotalRow, class: &str) -> Markup {
    html! {
        tr class=(class) {
            @for (at, text) in total.cells.iter().enumerate() {
                @let right = grid.columns.get(at).is_some_and(|head| head.is_figure);
                @if at == 0 {
                    th scope="row" {
                        (total.label) @if !text.is_empty() { ": " span.figure { (text) } }
                    }
                } @else {
                    td class=[right.then_some("right")] { (text) }
                }
            }
            @if grid.has_buttons { td.query-save {} }
        }
    }
}

pub(super) fn cell(words: &Words, value: &Cell) -> Markup {
    match value {
        Cell::Nothing => html! {},
        Cell::Text(text) => html! { bdi class=[is_short(text).then_some("whole")] { (text) } },
        Cell::Figure(text) => html! { span.figure { (text) } },
        Cell::Quiet(text) => html! { span.quiet { (text) } },
        Cell::Pill(text, tone) => html! { span class=(pill(*tone)) { (text) } },
        Cell::Links(links) => html! {
            @for (at, link) in links.iter().enumerate() {
                @if at > 0 { ", " }
                (named_link(words, link))
            }
        },
        Cell::Field(field) => html! {
            @match &field.control {
                Control::Text { value, is_number } => {
                    input.small type="text" form=(field.form) name=(field.name) value=(value) aria-label=(field.label)
                        inputmode=[is_number.then_some("decimal")] autocomplete="off" size=(field_size(value));
                }
                Control::Choice(options) => {
                    select.small form=(field.form) name=(field.name) aria-label=(field.label) { (choices(options)) }
                }
            }
        },
    }
}

/// Numbers and dates stand on one line.
fn is_short(text: &str) -> bool {
    text.chars().nth(SHORT_MAX_CHARS).is_none()
}

/// As wide as what stands there, within reason.
fn field_size(value: &str) -> usize {
    value.chars().count().clamp(8, 30)
}

fn choices(options: &[(String, String, bool)]) -> Markup {
    html! {
        @for (value, label, is_present) in options { option value=(value) selected[*is_present] { (label) } }
    }
}

fn named_link(words: &Words, link: &NamedLink) -> Markup {
    html! {
        a class=[(!link.exists).then_some("missing")] href=(link_to(&link.href)) {
            bdi class=[is_short(&link.title).then_some("whole")] { (link.title) } @if !link.exists { (unseen(words.t("record-missing"))) }
        }
    }
}

fn list(words: &Words, groups: &[ListGroup]) -> Markup {
    html! {
        @for group in groups {
            @if let Some(label) = &group.label { p.query-group { (cell(words, label)) } }
            ul.query-list {
                @for item in &group.items {
                    li {
                        @for (at, value) in item.iter().filter(|value| !matches!(value, Cell::Nothing)).enumerate() {
                            @if at > 0 { " · " }
                            (cell(words, value))
                        }
                    }
                }
            }
        }
    }
}

fn board(words: &Words, columns: &[BoardColumn]) -> Markup {
    html! {
        div.query-board tabindex="0" role="group" aria-label=(words.t("query-board")) {
            ul {
                @for column in columns {
                    li.query-column {
                        p.query-column-head { strong { (column.label) } " " span.quiet { (column.n) } }
                        @for total in &column.totals { p.query-column-total { (total) } }
                        @if column.cards.is_empty() { p.empty { (words.t("query-board-empty")) } }
                        @else {
                            ul { @for entry in &column.cards { li { (card(words, entry)) } } }
                        }
                    }
                }
            }
        }
    }
}

fn card(words: &Words, card: &Card) -> Markup {
    html! {
        div.query-card {
            p.query-card-title { (named_link(words, &card.title)) }
            @if !card.lines.is_empty() {
                dl { @for (label, value) in &card.lines { div { dt { (label) } dd { (cell(words, value)) } } } }
            }
            @if let Some(mover) = &card.mover {
                form.pair method="post" action=(link_to(&mover.form.action)) {
                    (hidden(&mover.form))
                    select.small name=(mover.name) aria-label={ (mover.label) (of(&card.title.title)) } {
                        (choices(&mover.options))
                    }
                    button.small type="submit" { (words.t("query-move")) (unseen(&of(&card.title.title))) }
                }
            }
        }
    }
}

fn calendar(words: &Words, month: &Month, title: &str) -> Markup {
    html! {
        nav.query-months aria-label=(words.t("query-months")) {
            @if let Some(earlier) = &month.earlier { a rel="prev" href=(link_to(&earlier.href)) { "←\u{a0}" (earlier.title) } }
            strong { (month.label) }
            @if let Some(later) = &month.later { a rel="next" href=(link_to(&later.href)) { (later.title) "\u{a0}→" } }
        }
        div.table-scroll tabindex="0" role="group" aria-labelledby=(title) {
            table.query-calendar aria-label=(month.label) {
                thead { tr { @for (short, full) in &month.weekdays { th scope="col" { abbr title=(full) { (short) } } } } }
                tbody {
                    @for week in &month.weeks {
                        tr {
                            @for day in week {
                                @match day {
                                    None => td.query-outside {},
                                    Some(day) => td class=[day.is_today.then_some("query-today")] {
                                        span.query-day {
                                            (day.n)
                                            @if day.is_today { (unseen(&of(words.t("query-today")))) }
                                        }
                                        @if !day.events.is_empty() {
                                            ul aria-label=(day.label) {
                                                @for event in &day.events { li { (named_link(words, event)) } }
                                            }
                                        }
                                    },
                                }
                            }
                        }
                    }
                }
            }
        }
        @if !month.whole.is_empty() {
            p { (words.t("query-whole-month")) }
            ul.query-list { @for (link, when) in &month.whole { li { (named_link(words, link)) " · " (when) } } }
        }
        @if !month.undated.is_empty() { p.note { (month.undated) } }
    }
}

/// A value inside a line.
pub fn value(text: &str, is_fault: bool) -> Markup {
    if is_fault {
        return html! { span.value.value-fault role="note" { (text) } };
    }
    html! { span.value { (text) } }
}
