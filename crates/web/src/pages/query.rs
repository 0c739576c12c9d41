//! What the query blocks and inline values of a page come to, made ready for its view.
//!
//! A rendered body has holes (`html::Hole`); they are filled here for one reader on one day. A
//! block that can't be read or costs too much says so in its place, and the rest of the page shows.
//! Rows are laid out in `query_rows`, a calendar in `query_month`; pictures are drawn in `picture`, files
//! of the rows made in `export`.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::civil;
use maud::Markup;
use polder_core::doc::{Block, Doc};
use polder_core::eval::{Eval, Place};
use polder_core::expr::{self, Scope, Ty};
use polder_core::html::{Asked, Rendered};
use polder_core::limits;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::query::{self, Column, Query, Table, Total, View};
use polder_core::site::Seen;
use polder_core::spelling;
use polder_core::types::Aggregate;
use polder_core::value::Value;

use crate::guard::Ask;
use crate::pages::embed::{self, Filling};
use crate::pages::screen;
use crate::pages::{export, picture};
use crate::values::{self, Spelling};
use crate::views::query::{
    Cell, Grid, GridGroup, GridRow, Head, QueryView, Shape, TotalRow, block as block_view, value as value_view,
};
use crate::views::{Html, Link};
use crate::words::{Arg, Words};

/// Rows of a table that can be edited in place at once.
pub(super) const EDITED_ROWS_MAX: usize = 200;

/// Where a text stands whose queries are asked.
#[derive(Clone, Copy)]
pub struct On<'a> {
    pub seen: Seen<'a>,
    /// What `this` is; a new page that is looked at before it is saved is none yet.
    pub page: Option<PageIdx>,
    pub doc: &'a Doc,
    pub path: &'a FilePath,
    pub today: civil::Date,
    /// Whether this is the page itself as it is now, so that its cells can be written and its rows
    /// fetched as files.
    pub is_now: bool,
    /// Whether one block is shown without the page around it.
    pub is_alone: bool,
}

/// The body with results in its holes. One that nobody else holds is not copied.
pub fn filled(ask: &Ask, on: &On<'_>, rendered: Arc<Rendered>) -> Html {
    filled_by_block(ask, on, rendered, &mut |_| None)
}

/// The same, with something beneath each block of the text.
pub fn filled_by_block(
    ask: &Ask,
    on: &On<'_>,
    rendered: Arc<Rendered>,
    beneath: &mut dyn FnMut(usize) -> Option<Markup>,
) -> Html {
    if rendered.holes.is_empty() {
        return Html(Arc::try_unwrap(rendered).map_or_else(|shared| shared.html.clone(), |own| own.html));
    }
    Html(fill(ask, on, &rendered, &mut Filling::of(on), beneath))
}

/// The same within the bounds of a page that it may be a part of.
pub fn fill(
    ask: &Ask,
    on: &On<'_>,
    rendered: &Rendered,
    filling: &mut Filling,
    beneath: &mut dyn FnMut(usize) -> Option<Markup>,
) -> String {
    let eval = Eval::new(on.seen, on.today);
    let answers = OnceCell::new();
    rendered.filled(|asked, out| {
        let most = filling.steps_left.min(limits::EVAL_MAX_STEPS);
        let markup = match asked {
            Asked::Query(n) => {
                eval.renew_up_to(most);
                on.doc.queries.get(n).map(|block| one_block(ask, on, &eval, n + 1, block, filling))
            }
            Asked::Value(n) => {
                eval.renew_up_to(most);
                on.doc.values.get(n).map(|inline| inline_value(ask, on, &eval, &inline.source))
            }
            Asked::Embed(n) => {
                let answers = answers.get_or_init(|| embed::answers(on));
                out.push_str(&embed::one(ask, on, answers, n, filling).0);
                return;
            }
            Asked::Block(n) => beneath(n),
        };
        out.push_str(&markup.map(|markup| markup.0).unwrap_or_default());
        filling.steps_left -= most - eval.steps_left();
    })
}

/// A value inside a line.
pub fn inline_value(ask: &Ask, on: &On<'_>, eval: &Eval<'_>, source: &str) -> Markup {
    let words = ask.words;
    let this = query::this_of(on.seen, on.page);
    let scope = Scope { types: on.seen.types(), row: this.clone(), this: Some(this) };
    let formula = match expr::compile(source, &scope) {
        Ok(formula) => formula,
        Err(fault) => {
            let args: Vec<(String, String)> =
                fault.args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            let text = words.problem(fault.code, &args);
            return value_view(&format!("{source}: {text}"), true);
        }
    };
    let Some(page) = on.page else { return value_view(words.t("query-after-save"), false) };
    let value = eval.value(&formula, Place::own(page));
    let text = Spelling { words, seen: on.seen }.text(&formula.ty, &value);
    let shown = if text.is_empty() { words.t("query-no-value") } else { &text };
    value_view(shown, matches!(value, Value::Fault(_)))
}

/// One block, as far as the page still has room for it.
pub fn one_block(ask: &Ask, on: &On<'_>, eval: &Eval<'_>, n: usize, block: &Block, filling: &mut Filling) -> Markup {
    let words = ask.words;
    let this = query::this_of(on.seen, on.page);
    let plain = |shape: Shape| QueryView {
        n,
        caption: words.t("query-title").to_owned(),
        shape,
        notes: Vec::new(),
        count: String::new(),
        files: Vec::new(),
        edit: None,
    };
    let read = query::read(&block.source, block.line.saturating_add(1), on.seen.types(), this);
    let view = match read {
        Err(problems) => plain(Shape::Faulty {
            problems: problems.iter().map(|problem| screen::problem_line(words, problem, None)).collect(),
            source: block.source.to_string(),
        }),
        Ok(query) => {
            let table = query::run(&query, eval, on.page);
            let spelling = Spelling { words, seen: on.seen };
            let is_embedded = filling.is_in_embed();
            let draw = Draw { ask, on, query: &query, table: &table, n, spelling, is_embedded };
            let n_cells = draw.n_cells();
            if table.is_too_costly {
                let shape = Shape::TooCostly { source: block.source.to_string() };
                QueryView { caption: draw.caption(), ..plain(shape) }
            } else if n_cells > filling.cells_left && !draw.is_editing() {
                let href = on.is_now.then(|| draw.alone_href(""));
                let count = draw.count();
                QueryView { caption: draw.caption(), count, files: draw.files(), ..plain(Shape::Elsewhere(href)) }
            } else {
                filling.cells_left -= n_cells.min(filling.cells_left);
                draw.view()
            }
        }
    };
    block_view(words, &view)
}

/// One result on its way to the view.
pub struct Draw<'a> {
    pub ask: &'a Ask,
    pub on: &'a On<'a>,
    pub query: &'a Query,
    pub table: &'a Table,
    pub n: usize,
    pub spelling: Spelling<'a>,
    /// Whether another page shows it: what an address says of queries is not about this one then.
    pub is_embedded: bool,
}

impl<'a> Draw<'a> {
    pub fn words(&self) -> &'static Words {
        self.ask.words
    }

    pub(super) fn lang(&self) -> &'static str {
        self.ask.words.lang.code()
    }

    pub(super) fn can_write(&self) -> bool {
        self.ask.can_edit && self.on.is_now
    }

    /// Whether the cells were asked for as fields of forms.
    pub(super) fn is_editing(&self) -> bool {
        self.can_write() && screen::param(self.ask, "edit").is_some_and(|asked| asked == format!("q-{}", self.n))
    }

    /// How much it puts on the page; a choice of a card weighs as much as a cell.
    fn n_cells(&self) -> usize {
        let per_row = match &self.query.view {
            View::Count | View::Value => return 1,
            View::Chart(chart) => {
                let n_parts = chart.stack.as_ref().map_or(0, |_| limits::QUERY_MAX_STACK);
                return self.table.bars.len().saturating_mul(2 + n_parts);
            }
            View::Board => {
                let ty = self.query.group.as_ref().filter(|_| self.can_write()).map(|by| &by.formula.ty);
                let n_choices = if let Some(Ty::Choice(choices)) = ty { choices.len() } else { 0 };
                self.query.columns.len() + n_choices
            }
            _ => self.query.columns.len(),
        };
        self.table.rows.len().saturating_mul(per_row)
    }

    /// The caption: its own, else what it asks for.
    pub fn caption(&self) -> String {
        if let Some(caption) = &self.query.caption {
            return caption.to_string();
        }
        let types = self.on.seen.types();
        let mut names: Vec<&str> = Vec::new();
        if self.query.from.any {
            names.push(self.words().t("query-pages"));
        }
        for at in &self.query.from.named {
            let kind = types.get(*at);
            names.push(kind.label.get(self.lang()).unwrap_or(&kind.name));
        }
        names.join(", ")
    }

    fn view(&self) -> QueryView {
        let words = self.words();
        let is_figure = matches!(self.query.view, View::Count | View::Value);
        let is_editing = self.is_editing();
        let shape = match &self.query.view {
            _ if self.table.n_found == 0 && (!is_figure || self.query.empty.is_some()) => {
                let said = self.query.empty.as_deref();
                Shape::Empty(said.unwrap_or_else(|| words.t("query-empty")).to_owned())
            }
            View::Count => Shape::Figure(words.count(self.table.n_found as u64)),
            View::Value => Shape::Figure(self.first_total()),
            _ if is_editing => Shape::Table(self.grid(true)),
            View::Table => Shape::Table(self.grid(false)),
            View::List => Shape::List(self.list()),
            View::Board => Shape::Board(self.board()),
            View::Timeline { .. } => {
                let drawn = picture::timeline(self);
                Shape::Picture { fact: String::new(), legend: Vec::new(), picture: drawn, grid: self.grid(false) }
            }
            View::Calendar { .. } => self.month().map_or_else(
                || Shape::Empty(words.t("query-no-dates").to_owned()),
                |month| Shape::Calendar(Box::new(month)),
            ),
            View::Chart(chart) => {
                let drawn = picture::chart(self, chart);
                Shape::Picture {
                    fact: drawn.fact,
                    legend: drawn.legend,
                    picture: drawn.picture,
                    grid: self.chart_grid(chart),
                }
            }
        };
        QueryView {
            n: self.n,
            caption: self.caption(),
            shape,
            notes: self.notes(is_editing),
            count: if is_figure { String::new() } else { self.count() },
            files: self.files(),
            edit: self.edit_link(is_editing),
        }
    }

    /// What is left out of the picture or the form, so that nobody takes the part for the whole.
    fn notes(&self, is_editing: bool) -> Vec<String> {
        let words = self.words();
        let cut = |key: &str, shown: usize, of: usize| {
            let args = [("shown", Arg::Count(shown as u64)), ("count", Arg::Count(of as u64))];
            (shown < of).then(|| words.f(key, &args))
        };
        let mut notes = Vec::new();
        match &self.query.view {
            _ if is_editing => notes.extend(cut("query-edit-cut", EDITED_ROWS_MAX, self.table.rows.len())),
            View::Timeline { .. } => {
                notes.extend(cut("query-picture-cut", picture::ROWS_MAX, picture::n_dated(self)));
            }
            View::Chart(_) => {
                notes.extend(cut("query-picture-cut", picture::ROWS_MAX, self.table.bars.len()));
                notes.extend(self.chart_left_out());
            }
            _ => {}
        }
        notes
    }

    /// What a chart lacks, in its picture, its table and its files alike.
    pub fn chart_left_out(&self) -> Vec<String> {
        let words = self.words();
        let (shown, all) = (self.table.bars.len(), self.table.n_bars);
        let mut notes = Vec::new();
        if shown < all {
            let args = [("shown", Arg::Count(shown as u64)), ("count", Arg::Count(all as u64))];
            notes.push(words.f("query-bars-cut", &args));
        }
        notes.extend(self.table.filled_to.map(|last| {
            let last = spelling::date(words.lang.tongue(), last);
            words.f("query-fill-cut", &[("last", Arg::Text(&last))])
        }));
        if self.table.is_unstacked {
            let most = Arg::Count(limits::QUERY_MAX_STACK as u64);
            notes.push(words.f("query-stack-cut", &[("most", most)]));
        }
        notes
    }

    /// How many rows there are, and how much of their totals is unknown.
    fn count(&self) -> String {
        let words = self.words();
        let (shown, found) = (self.table.rows.len() as u64, self.table.n_found as u64);
        let is_cut = shown < found && !matches!(self.query.view, View::Chart(_));
        let rows = match is_cut {
            true => words.f("query-rows-cut", &[("shown", Arg::Count(shown)), ("count", Arg::Count(found))]),
            false => words.f("query-rows", &[("count", Arg::Count(found))]),
        };
        let n_unknown = self.table.totals.iter().map(n_unknown).max().unwrap_or(0);
        if n_unknown == 0 {
            return rows;
        }
        format!("{rows}, {}", words.f("value-n-unknown", &[("count", Arg::Count(n_unknown))]))
    }

    fn files(&self) -> Vec<Link> {
        if !self.on.is_now && self.ask.moment.is_none() {
            return Vec::new();
        }
        let file = |format: &str, title: &str| Link {
            title: title.to_owned(),
            href: self.ask.stay_here(format!(
                "{}?n={}&format={format}",
                screen::act_href("query", self.on.path),
                self.n
            )),
        };
        let mut files = vec![file("csv", "CSV"), file("json", "JSON")];
        if self.table.rows.iter().any(|row| export::when(self.query, row).is_some()) {
            files.push(file("ics", "iCal"));
        }
        files
    }

    fn edit_link(&self, is_editing: bool) -> Option<Link> {
        let words = self.words();
        let has_rows =
            !self.table.rows.is_empty() && !matches!(self.query.view, View::Chart(_) | View::Count | View::Value);
        let is_any = self.query.columns.iter().any(|column| column.editable.is_some());
        if !self.can_write() || !has_rows || !is_any {
            return None;
        }
        let (href, title) = match is_editing {
            true => (self.back(false), words.t("query-edit-done")),
            false => (self.back(true), words.t("query-edit")),
        };
        Some(Link { title: title.to_owned(), href })
    }

    /// The address of this block.
    pub(super) fn back(&self, is_editing: bool) -> String {
        let edit = if is_editing { format!("edit=q-{}", self.n) } else { String::new() };
        match (self.on.is_alone, is_editing) {
            (true, _) => self.alone_href(&edit),
            (false, true) => self.ask.stay_here(format!("{}?{edit}#q.{}", self.on.path.href(), self.n)),
            (false, false) => self.ask.stay_here(format!("{}#q.{}", self.on.path.href(), self.n)),
        }
    }

    /// The address of this block without its page.
    pub(super) fn alone_href(&self, more: &str) -> String {
        let and = if more.is_empty() { "" } else { "&" };
        let own = screen::act_href("query", self.on.path);
        self.ask.stay_here(format!("{own}?n={0}&format=html{and}{more}#q.{0}", self.n))
    }

    /// The label of a column.
    pub fn label(&self, column: &Column) -> String {
        let types = self.on.seen.types();
        if let Some(label) = column.label(types, self.lang()) {
            return label.to_owned();
        }
        if column.formula.is_title(types) {
            return self.words().t("query-column-title").to_owned();
        }
        let source = &*column.formula.source;
        let is_name = source.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        if is_name { values::key_label(source) } else { source.to_owned() }
    }

    fn first_total(&self) -> String {
        let (Some(total), Some(value)) = (self.query.totals.first(), self.table.totals.first()) else {
            return String::new();
        };
        self.total_text(total, value)
    }

    /// A total as text; one over nothing says so.
    pub fn total_text(&self, total: &Total, value: &Value) -> String {
        let text = self.spelling.text(&total.ty, value);
        if text.is_empty() { self.words().t("query-no-value").to_owned() } else { text }
    }

    /// What a total is called: `Totaal`, `vroegste`.
    pub(super) fn total_words(&self, how: Aggregate) -> &'static str {
        self.words().t(total_key(how))
    }

    /// One line for totals that stand under columns, and one for each that doesn't.
    pub(super) fn total_rows(&self, values: &[Value], label: &str) -> Vec<TotalRow> {
        let width = self.query.columns.len();
        let mut under: Vec<String> = vec![String::new(); width];
        let mut rows = Vec::new();
        for (total, value) in self.query.totals.iter().zip(values) {
            let text = self.total_text(total, value);
            let what = self.total_words(total.how);
            match total.column.and_then(|column| under.get_mut(column)) {
                Some(cell) => {
                    let text = if total.how == Aggregate::Sum { text } else { format!("{what}: {text}") };
                    if !cell.is_empty() {
                        cell.push_str(" · ");
                    }
                    cell.push_str(&text);
                }
                None => {
                    let of = total.of.as_ref().map_or_else(String::new, |of| format!(" ({})", of.source));
                    let mut cells = vec![String::new(); width];
                    if let Some(first) = cells.first_mut() {
                        *first = text;
                    }
                    rows.push(TotalRow { label: format!("{what}{of}"), cells });
                }
            }
        }
        if under.iter().any(|cell| !cell.is_empty()) {
            rows.insert(0, TotalRow { label: label.to_owned(), cells: under });
        }
        rows
    }

    /// The points of a chart as a table.
    fn chart_grid(&self, chart: &query::Chart) -> Grid {
        let keys = chart.stack.as_ref().map(|stack| stack_keys(self.table, &stack.formula.ty)).unwrap_or_default();
        let figure = |value: &Value| {
            let text = self.spelling.text(&chart.ty, value);
            if text.is_empty() { Cell::Nothing } else { Cell::Figure(text) }
        };
        let mut columns = vec![Head { label: self.label(&chart.x), is_figure: false }];
        for key in &keys {
            columns.push(Head { label: self.stack_label(chart, key), is_figure: true });
        }
        columns.push(Head { label: self.chart_label(chart), is_figure: true });
        let rows = self.table.bars.iter().map(|bar| {
            let x = match self.cell(&chart.x, &bar.x, None) {
                Cell::Nothing => Cell::Quiet(self.words().t("query-no-value").to_owned()),
                cell => cell,
            };
            let part = |key: &Value| bar.parts.iter().find(|part| part.0.order(key, false).is_eq()).map(|part| &part.1);
            let mut cells = vec![x];
            cells.extend(keys.iter().map(|key| part(key).map_or(Cell::Nothing, figure)));
            cells.push(match self.bar_text(chart, bar) {
                text if bar.y.is_empty() => Cell::Quiet(text),
                text => Cell::Figure(text),
            });
            GridRow { cells, form: None }
        });
        let rows: Vec<GridRow> = rows.collect();
        Grid { columns, groups: vec![GridGroup { label: None, rows, totals: Vec::new() }], ..Grid::default() }
    }

    /// The figure of a bar, or what is said where there was nothing to count.
    pub fn bar_text(&self, chart: &query::Chart, bar: &query::Bar) -> String {
        let none = chart.fill.as_ref().filter(|_| bar.y.is_empty()).map(|fill| fill.none.as_deref());
        match none {
            Some(none) => none.map_or_else(|| self.words().t("query-nothing").to_owned(), str::to_owned),
            None => self.spelling.text(&chart.ty, &bar.y),
        }
    }

    /// What a chart shows: `Totaal Bedrag`.
    pub fn chart_label(&self, chart: &query::Chart) -> String {
        let what = self.total_words(chart.how);
        let types = self.on.seen.types();
        match chart.of.as_ref() {
            Some(of) => {
                let label = of.own_field().and_then(|at| types.field(at).label.get(self.lang()));
                format!("{what}: {}", label.unwrap_or(&of.source))
            }
            None => what.to_owned(),
        }
    }

    pub fn stack_label(&self, chart: &query::Chart, key: &Value) -> String {
        let ty = chart.stack.as_ref().map_or(&Ty::Nothing, |stack| &stack.formula.ty);
        let text = self.spelling.text(ty, key);
        if text.is_empty() { self.words().t("query-no-value").to_owned() } else { text }
    }
}

/// The words for a total.
pub fn total_key(how: Aggregate) -> &'static str {
    match how {
        Aggregate::Sum => "query-total",
        Aggregate::Count => "query-total-count",
        Aggregate::Average => "query-total-average",
        Aggregate::Min => "query-total-min",
        Aggregate::Max => "query-total-max",
        Aggregate::Earliest => "query-total-earliest",
        Aggregate::Latest => "query-total-latest",
        Aggregate::Share => "query-total-share",
    }
}

/// All values of a chart's stack: choices in the order of their type.
pub fn stack_keys(table: &Table, ty: &Ty) -> Vec<Value> {
    let mut keys: Vec<Value> = Vec::new();
    for (key, _) in table.bars.iter().flat_map(|bar| &bar.parts) {
        if !keys.iter().any(|known| known.order(key, false).is_eq()) {
            keys.push(key.clone());
        }
    }
    let place = |key: &Value| match (ty, key) {
        (Ty::Choice(choices), Value::Text(id)) => choices.iter().position(|choice| choice.id == *id),
        _ => None,
    };
    keys.sort_by(|a, b| match (place(a), place(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.order(b, false),
    });
    keys
}

/// How many parts of a total are unknown.
pub fn n_unknown(value: &Value) -> u64 {
    match value {
        Value::Unknown => 1,
        Value::Sum(sum) => u64::from(sum.n_unknown),
        _ => 0,
    }
}
