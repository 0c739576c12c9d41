//! Queries: a block of YAML in a page that asks for records and says how to show them.
//!
//! ```yaml
//! from: project
//! where: plan = this and status in ['accepted', 'running']
//! columns: [title, lead, planned, spent]
//! group: activity
//! sort: [activity.code, -planned]
//! total: [planned, spent]
//! view: table
//! ```
//!
//! Reading a block types all of it against the site; running it gives rows, groups and totals as
//! values. Totals count every row found, also those past the limit. How a table, board or chart is
//! drawn is not known here, and neither is the spelling of any language.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::eval::{Eval, Place, aggregate};
use crate::expr::{self, Cmp, Code, Formula, Scope, Targets, Ty};
use crate::front::{self, Scalar};
use crate::limits;
use crate::names::{self, PageIdx};
use crate::path::Kind as FileKind;
use crate::problem::{Level, Pos, Problem};
use crate::site::Seen;
use crate::types::{Aggregate, FieldAt, Kind, Texts, Types, entry, near_problem, pos, scalars, texts};
use crate::value::{Date, Precision, Value};

/// The words after the three backticks that make a block a query. GitHub and editors colour the
/// block by the first.
pub const INFO: &str = "yaml polder-query";

/// A query ready to be run.
#[derive(Debug)]
pub struct Query {
    pub from: Targets,
    pub only: Option<Formula>,
    pub columns: Vec<Column>,
    pub group: Option<Column>,
    /// What to sort by, and whether downwards.
    pub sort: Vec<(Formula, bool)>,
    pub totals: Vec<Total>,
    pub view: View,
    pub caption: Option<Box<str>>,
    /// What to say when there are no rows.
    pub empty: Option<Box<str>>,
    pub limit: usize,
}

/// A column of the result.
#[derive(Debug)]
pub struct Column {
    pub formula: Formula,
    label: Texts,
    /// The field that the column shows as it is, of whatever record: it lends its label.
    pub named_by: Option<FieldAt>,
    /// The field of the row itself that may be written in place.
    pub editable: Option<FieldAt>,
}

/// A total below a column, or below the whole.
#[derive(Debug)]
pub struct Total {
    /// The column that it stands under.
    pub column: Option<usize>,
    pub how: Aggregate,
    pub of: Option<Formula>,
    pub ty: Ty,
}

/// How the rows are shown.
#[derive(Debug)]
pub enum View {
    Table,
    List,
    /// Cards in columns by a choice, which is the group.
    Board,
    /// Bars along time by a period (or two dates).
    Timeline {
        period: Formula,
    },
    Calendar {
        date: Formula,
    },
    Chart(Box<Chart>),
    /// The number of rows.
    Count,
    /// The first total alone.
    Value,
}

/// Bars: `y` over the rows that agree in `x`, apart for each `stack`.
#[derive(Debug)]
pub struct Chart {
    pub x: Column,
    pub how: Aggregate,
    pub of: Option<Formula>,
    pub ty: Ty,
    pub stack: Option<Column>,
    pub fill: Option<Fill>,
}

/// Names months or years in which nothing was found, between the first and the last that was, or
/// between those given.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    pub by: Precision,
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// What is said of them, such as "no costs".
    pub none: Option<Box<str>>,
}

/// What a query gives.
#[derive(Debug, Default)]
pub struct Table {
    /// At most the query's limit, grouped rows together.
    pub rows: Vec<Row>,
    /// All rows are in one group when there is no grouping.
    pub groups: Vec<Group>,
    /// One for each of the query's totals, over all rows found.
    pub totals: Vec<Value>,
    pub n_found: usize,
    /// For a chart, at most the query's limit.
    pub bars: Vec<Bar>,
    /// How many bars there are.
    pub n_bars: usize,
    /// The last month or year that was filled in, when there are too many between the first and the
    /// last.
    pub filled_to: Option<Date>,
    /// Whether bars are whole because they would have too many parts.
    pub is_unstacked: bool,
    /// It took more steps than are allowed; there is no result.
    pub is_too_costly: bool,
}

/// One record found.
#[derive(Clone, Debug)]
pub struct Row {
    pub page: PageIdx,
    /// One for each column.
    pub cells: Vec<Value>,
    /// When it is: for a timeline or calendar.
    pub when: Value,
}

/// Rows that agree in the group's value.
#[derive(Clone, Debug)]
pub struct Group {
    pub key: Value,
    pub rows: Range<usize>,
    pub n_found: usize,
    pub totals: Vec<Value>,
}

/// One bar of a chart.
#[derive(Clone, Debug)]
pub struct Bar {
    pub x: Value,
    /// Empty where nothing was found (`Fill`).
    pub y: Value,
    /// By the value of `stack`, in its order.
    pub parts: Vec<(Value, Value)>,
}

impl Column {
    /// Its label in a language: given, else that of the field it shows. `None`: the source stands
    /// for it.
    pub fn label<'q>(&'q self, types: &'q Types, lang: &str) -> Option<&'q str> {
        self.label.get(lang).or_else(|| types.field(self.named_by?).label.get(lang))
    }
}

const KEYS: [&str; 11] =
    ["from", "where", "columns", "group", "sort", "total", "view", "caption", "empty", "limit", "label"];

const VIEWS: [&str; 8] = ["table", "list", "board", "timeline", "calendar", "chart", "count", "value"];

/// Reads a block that begins on `first_line` of its file. `this` is what the page is.
pub fn read(source: &str, first_line: u32, types: &Types, this: Targets) -> Result<Query, Vec<Problem>> {
    let (front, mut problems) = front::read(source, first_line);
    if !problems.is_empty() {
        return Err(problems);
    }
    let at = Pos { line: first_line, column: 1 };
    for field in front.fields.iter().filter(|field| !KEYS.contains(&field.key.as_str())) {
        let near = names::nearest(&field.key, KEYS.into_iter());
        problems.push(near_problem(field.at, "query-key", &field.key, near));
    }
    let root = front::Value::Map(front.fields);
    let mut reader = Reader { types, this, problems, at };
    let query = reader.query(&root);
    match query {
        Some(query) if reader.problems.is_empty() => Ok(query),
        _ => {
            if reader.problems.is_empty() {
                reader.problems.push(Problem::new(Level::Error, at, "query-missing", &[("key", "from")]));
            }
            Err(reader.problems)
        }
    }
}

struct Reader<'a> {
    types: &'a Types,
    this: Targets,
    problems: Vec<Problem>,
    at: Pos,
}

impl Reader<'_> {
    fn query(&mut self, root: &front::Value) -> Option<Query> {
        let from = self.from(entry(root, "from"))?;
        let scope = Scope { types: self.types, row: from.clone(), this: Some(self.this.clone()) };
        let only = match entry(root, "where") {
            Some(front::Value::Scalar(source)) => {
                let formula = expr::compile(&source.text, &scope).and_then(|only| only.expect(&Ty::Bool, source));
                self.told(formula.map_err(|fault| fault.problem(source)))
            }
            Some(other) => {
                self.bad(other, "where", "status = 'open'");
                None
            }
            None => None,
        };
        let mut columns = Vec::new();
        match entry(root, "columns") {
            Some(front::Value::List(items)) => {
                columns.extend(items.iter().filter_map(|item| self.column(item, &scope)));
            }
            Some(front::Value::Empty) | None => {
                let title = Scalar { text: "title".into(), quoted: false, at: self.at, span: (0, 0) };
                columns.extend(self.column(&front::Value::Scalar(title), &scope));
            }
            Some(other) => columns.extend(self.column(other, &scope)),
        }
        if columns.len() > limits::QUERY_MAX_COLUMNS {
            self.bad(entry(root, "columns").unwrap_or(root), "columns", &format!("1..{}", limits::QUERY_MAX_COLUMNS));
            return None;
        }
        let mut group = entry(root, "group").and_then(|group| self.column(group, &scope));
        let mut sort = Vec::new();
        for source in entry(root, "sort").map(scalars).unwrap_or_default() {
            let (text, is_down) = match source.text.strip_prefix('-') {
                Some(rest) => (rest, true),
                None => (source.text.as_str(), false),
            };
            let formula = expr::compile(text, &scope).map_err(|fault| fault.problem(source));
            sort.extend(self.told(formula).map(|formula| (formula, is_down)));
        }
        let totals = self.totals(entry(root, "total"), &columns, &scope);
        let (kind, options) = match entry(root, "view") {
            None => ("table".to_owned(), None),
            Some(view) => {
                let named = entry(view, "kind").and_then(front::Value::text).or_else(|| view.text());
                (named.unwrap_or_default().to_owned(), Some(view))
            }
        };
        let option = |key: &str| options.and_then(|options| entry(options, key));
        let view = match kind.as_str() {
            "table" => View::Table,
            "list" => View::List,
            "count" => View::Count,
            "value" => {
                if totals.is_empty() {
                    self.missing("total");
                }
                View::Value
            }
            "board" => {
                if let Some(by) = option("by") {
                    group = self.column(by, &scope);
                }
                match &group {
                    Some(column) if matches!(column.formula.ty, Ty::Choice(_)) => {}
                    Some(_) => self.bad(option("by").or_else(|| entry(root, "group"))?, "group", "enum"),
                    None => self.missing("group"),
                }
                View::Board
            }
            "timeline" => View::Timeline { period: self.when(option("period"), &from, &scope)? },
            "calendar" => View::Calendar { date: self.when(option("date"), &from, &scope)? },
            "chart" => View::Chart(Box::new(self.chart(options?, &scope)?)),
            other => {
                let near = names::nearest(other, VIEWS.into_iter());
                let at = options.map(pos).unwrap_or(self.at);
                self.problems.push(near_problem(at, "query-view", other, near));
                return None;
            }
        };
        let limit = match entry(root, "limit") {
            None => limits::QUERY_DEFAULT_ROWS,
            Some(limit) => match limit.text().and_then(|text| text.parse::<usize>().ok()) {
                Some(n) if (1..=limits::QUERY_MAX_ROWS).contains(&n) => n,
                _ => {
                    self.bad(limit, "limit", &format!("1..{}", limits::QUERY_MAX_ROWS));
                    return None;
                }
            },
        };
        let text = |key: &str| entry(root, key).and_then(front::Value::text).map(Box::from);
        // A page holds so many cells and no more; totals count all rows anyway, and files have them.
        let most = if matches!(view, View::Board) { limits::QUERY_MAX_CARDS } else { limits::QUERY_MAX_CELLS };
        let limit = limit.min(most / columns.len().max(1)).max(1);
        let (caption, empty) = (text("caption"), text("empty"));
        Some(Query { from, only, columns, group, sort, totals, view, caption, empty, limit })
    }

    fn from(&mut self, said: Option<&front::Value>) -> Option<Targets> {
        let Some(said) = said else {
            self.missing("from");
            return None;
        };
        let mut targets = Targets::default();
        for name in scalars(said) {
            if name.text == "pages" {
                targets.any = true;
                continue;
            }
            match self.types.named(&name.text) {
                Some(at) => targets.named.push(at),
                None => {
                    let near =
                        self.types.near(&name.text).or_else(|| names::nearest(&name.text, ["pages"].into_iter()));
                    self.problems.push(near_problem(name.at, "type-unknown", &name.text, near));
                }
            }
        }
        if targets.any || !targets.named.is_empty() {
            return Some(targets);
        }
        if self.problems.is_empty() {
            self.missing("from");
        }
        None
    }

    fn column(&mut self, said: &front::Value, scope: &Scope<'_>) -> Option<Column> {
        let (source, label) = match said {
            front::Value::Scalar(source) => (source, Texts::default()),
            front::Value::Map(_) => match entry(said, "expr") {
                Some(front::Value::Scalar(source)) => (source, texts(entry(said, "label"))),
                _ => {
                    self.bad(said, "columns", "{expr: planned, label: Planned}");
                    return None;
                }
            },
            other => {
                self.bad(other, "columns", "[title, status]");
                return None;
            }
        };
        let formula = expr::compile(&source.text, scope).map_err(|fault| fault.problem(source));
        let formula = self.told(formula)?;
        let named_by = match &formula.code {
            Code::Field(_, at) => at.first().copied(),
            Code::DatePart(of, _) => match &**of {
                Code::Field(_, at) => at.first().copied(),
                _ => None,
            },
            _ => None,
        };
        let editable = formula.own_field().filter(|at| {
            let field = self.types.field(*at);
            field.is_written()
                && !field.immutable
                && !matches!(field.kind, Kind::List { .. } | Kind::Record(_) | Kind::Markdown { .. })
        });
        Some(Column { formula, label, named_by, editable })
    }

    fn totals(&mut self, said: Option<&front::Value>, columns: &[Column], scope: &Scope<'_>) -> Vec<Total> {
        let mut totals = Vec::new();
        let under = |source: &str| columns.iter().position(|column| *column.formula.source == *source);
        match said {
            None => {}
            // `total: {planned: sum, due: earliest, title: count}`
            Some(front::Value::Map(fields)) => {
                for field in fields {
                    let how = field.value.text().unwrap_or_default();
                    let source = format!("{how}({})", field.key);
                    if Aggregate::named(how).is_none() {
                        let near = names::nearest(how, Aggregate::NAMES.iter().map(|known| known.0));
                        self.problems.push(near_problem(pos(&field.value), "type-aggregate", how, near));
                        continue;
                    }
                    let place = Scalar { text: source, quoted: false, at: field.at, span: (0, 0) };
                    totals.extend(self.total(&place, under(&field.key), scope));
                }
            }
            Some(list) => {
                for source in scalars(list) {
                    totals.extend(self.total(source, under(&source.text), scope));
                }
            }
        }
        totals
    }

    fn total(&mut self, source: &Scalar, column: Option<usize>, scope: &Scope<'_>) -> Option<Total> {
        let read = expr::compile_aggregate(&source.text, scope).map_err(|fault| fault.problem(source));
        let (how, of, ty) = self.told(read)?;
        Some(Total { column, how, of, ty })
    }

    /// What says when a record is: given, else the type's period, else its only date.
    fn when(&mut self, said: Option<&front::Value>, from: &Targets, scope: &Scope<'_>) -> Option<Formula> {
        let source = match said {
            Some(front::Value::Scalar(source)) => source.clone(),
            _ => {
                let of_type = |kind: &crate::types::TypeIdx| {
                    let kind = self.types.get(*kind);
                    let is_date = |field: &&crate::types::Field| matches!(field.kind, Kind::Date | Kind::Moment);
                    let period = kind.period_field().map(|at| &kind.fields[usize::from(at)]);
                    period.or_else(|| kind.fields.iter().find(is_date)).map(|field| field.key.to_string())
                };
                let Some(key) = from.named.first().and_then(of_type) else {
                    self.missing("view.date");
                    return None;
                };
                Scalar { text: key, quoted: false, at: self.at, span: (0, 0) }
            }
        };
        let formula = expr::compile(&source.text, scope).map_err(|fault| fault.problem(&source));
        let formula = self.told(formula)?;
        if matches!(formula.ty, Ty::Period | Ty::Date | Ty::Moment) {
            return Some(formula);
        }
        self.bad(&front::Value::Scalar(source), "view", "daterange, date");
        None
    }

    fn chart(&mut self, options: &front::Value, scope: &Scope<'_>) -> Option<Chart> {
        let Some(x) = entry(options, "x") else {
            self.missing("view.x");
            return None;
        };
        let x = self.column(x, scope)?;
        let Some(front::Value::Scalar(y)) = entry(options, "y") else {
            self.missing("view.y");
            return None;
        };
        let read = expr::compile_aggregate(&y.text, scope).map_err(|fault| fault.problem(y));
        let (how, of, ty) = self.told(read)?;
        if !ty.is_figure() {
            self.bad(&front::Value::Scalar(y.clone()), "view.y", "sum(amount), count()");
            return None;
        }
        let stack = entry(options, "stack").and_then(|stack| self.column(stack, scope));
        let fill = match entry(options, "fill") {
            None => None,
            Some(_) if x.formula.ty != Ty::Date => {
                self.bad(entry(options, "x")?, "view.x", "date.month");
                return None;
            }
            Some(said) => Some(self.fill(said)?),
        };
        Some(Chart { x, how, of, ty, stack, fill })
    }

    /// `month`, or `{by: month, from: 2010-01, to: 2010-12, none: no costs}`.
    fn fill(&mut self, said: &front::Value) -> Option<Fill> {
        let text = |key: &str| entry(said, key).and_then(front::Value::text);
        let by = match said.text().or_else(|| text("by")) {
            Some("month") => Precision::Month,
            Some("year") => Precision::Year,
            _ => {
                self.bad(said, "view.fill", "month, year");
                return None;
            }
        };
        let mut ends = [None, None];
        for (end, key) in ends.iter_mut().zip(["from", "to"]) {
            let Some(said) = entry(said, key) else { continue };
            match said.text().map(Date::parse) {
                Some(Ok(date)) if date.precision() >= by => *end = Some(date.cut(by)),
                _ => {
                    self.bad(said, "view.fill", if by == Precision::Month { "2010-01" } else { "2010" });
                    return None;
                }
            }
        }
        Some(Fill { by, from: ends[0], to: ends[1], none: text("none").map(Box::from) })
    }

    fn told<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn bad(&mut self, found: &front::Value, key: &str, want: &str) {
        self.problems.push(Problem::new(Level::Error, pos(found), "query-bad", &[("key", key), ("want", want)]));
    }

    fn missing(&mut self, key: &str) {
        self.problems.push(Problem::new(Level::Error, self.at, "query-missing", &[("key", key)]));
    }
}

/// Runs a query that stands on page `this`.
pub fn run(query: &Query, eval: &Eval<'_>, this: Option<PageIdx>) -> Table {
    let place = |row: PageIdx| Place { row, this };
    let mut found: Vec<PageIdx> = candidates(query, eval, this);
    if let Some(only) = &query.only {
        found.retain(|row| eval.holds(only, place(*row)) == Some(true));
    }
    let mut table = Table { n_found: found.len(), ..Table::default() };
    // Group first, then what was asked for, then the path: the same rows always come the same way.
    let grouping = query.group.as_ref().map(|group| &group.formula);
    let by: Vec<(&Formula, bool)> =
        grouping.into_iter().map(|by| (by, false)).chain(query.sort.iter().map(|sort| (&sort.0, sort.1))).collect();
    // The keys of all rows in one piece, `by.len()` for each.
    let mut keys: Vec<Value> = Vec::with_capacity(found.len() * by.len());
    for row in &found {
        keys.extend(by.iter().map(|(by, _)| sort_key(eval, &by.ty, eval.value(by, place(*row)))));
    }
    let keys_of = |at: usize| &keys[at * by.len()..(at + 1) * by.len()];
    // Candidates come in the order of their paths, so their place among them breaks ties.
    let mut places: Vec<usize> = (0..found.len()).collect();
    let compare = |a: &usize, b: &usize| {
        let pairs = keys_of(*a).iter().zip(keys_of(*b)).zip(&by);
        let order = pairs.map(|((a, b), (_, is_down))| a.order(b, *is_down)).find(|order| order.is_ne());
        order.unwrap_or_else(|| a.cmp(b))
    };
    if grouping.is_none() && places.len() > query.limit {
        // Only the rows that are shown need their places; totals have none.
        places.select_nth_unstable_by(query.limit, compare);
        places[..query.limit].sort_unstable_by(compare);
    } else {
        places.sort_unstable_by(compare);
    }
    let found: Vec<PageIdx> = places.iter().map(|at| found[*at]).collect();
    table.totals = query.totals.iter().map(|total| total_of(total, eval, &found, this)).collect();
    let mut begin = 0;
    while begin < found.len() {
        let is_same = |at: &usize| keys_of(places[begin])[0].order(&keys_of(*at)[0], false).is_eq();
        let end = match grouping {
            Some(_) => begin + places[begin..].iter().take_while(|at| is_same(at)).count(),
            None => found.len(),
        };
        let shown = begin.min(query.limit)..end.min(query.limit);
        table.groups.push(Group {
            key: grouping.map_or(Value::Empty, |group| eval.value(group, place(found[begin]))),
            rows: shown,
            n_found: end - begin,
            totals: match grouping {
                Some(_) => query.totals.iter().map(|total| total_of(total, eval, &found[begin..end], this)).collect(),
                None => table.totals.clone(),
            },
        });
        begin = end;
    }
    if let View::Chart(chart) = &query.view {
        add_bars(&mut table, chart, eval, &found, this, query.limit);
    }
    let when = match &query.view {
        View::Timeline { period } => Some(period),
        View::Calendar { date } => Some(date),
        _ => None,
    };
    table.rows = found
        .iter()
        .take(query.limit)
        .map(|row| Row {
            page: *row,
            cells: query.columns.iter().map(|column| eval.value(&column.formula, place(*row))).collect(),
            when: when.map_or(Value::Empty, |when| eval.value(when, place(*row))),
        })
        .collect();
    if eval.is_exhausted() {
        return Table { is_too_costly: true, ..Table::default() };
    }
    table
}

/// The rows of which the condition is asked: those that refer to `this` when it says so.
fn candidates(query: &Query, eval: &Eval<'_>, this: Option<PageIdx>) -> Vec<PageIdx> {
    if query.from.any {
        let seen: Seen<'_> = eval.seen();
        return seen.readable().map(|(page, _)| page).collect();
    }
    if let (Some(only), [kind]) = (&query.only, query.from.named.as_slice())
        && let Some(at) = refers_to_this(&only.code).filter(|at| at.0 == *kind)
    {
        return this.map(|this| eval.records().referrers(at, this).collect()).unwrap_or_default();
    }
    let mut rows: Vec<PageIdx> =
        query.from.named.iter().flat_map(|kind| eval.records().of_type(*kind)).copied().collect();
    rows.sort_unstable();
    rows
}

/// The field of `field = this`, when that must hold.
fn refers_to_this(code: &Code) -> Option<FieldAt> {
    match code {
        Code::And(a, b) => refers_to_this(a).or_else(|| refers_to_this(b)),
        Code::Compare(Cmp::Same, a, b) => match (&**a, &**b) {
            (Code::Field(row, at), Code::This) | (Code::This, Code::Field(row, at))
                if matches!(**row, Code::Row) && at.len() == 1 =>
            {
                Some(at[0])
            }
            _ => None,
        },
        _ => None,
    }
}

/// Choices lie in the order of their type, pages in that of their titles.
fn sort_key(eval: &Eval<'_>, ty: &Ty, value: Value) -> Value {
    match (ty, &value) {
        (Ty::Choice(choices), Value::Text(id)) => {
            choices.iter().position(|choice| choice.id == *id).map_or(value, Value::number)
        }
        // Two pages of one title, and two spellings of one text, lie beside each other but apart.
        (_, Value::Page(page)) => {
            let title = eval.seen().page(*page).map(|page| page.title().to_lowercase()).unwrap_or_default();
            Value::List([Value::text(&title), value].into())
        }
        (_, Value::Text(text)) => Value::List([Value::text(&text.to_lowercase()), value.clone()].into()),
        _ => value,
    }
}

fn total_of(total: &Total, eval: &Eval<'_>, rows: &[PageIdx], this: Option<PageIdx>) -> Value {
    aggregate_rows(total.how, total.of.as_ref(), &total.ty, eval, rows, this)
}

fn aggregate_rows(
    how: Aggregate,
    of: Option<&Formula>,
    ty: &Ty,
    eval: &Eval<'_>,
    rows: &[PageIdx],
    this: Option<PageIdx>,
) -> Value {
    let Some(of) = of else { return Value::number(rows.len()) };
    let mut values: Vec<Value> = Vec::with_capacity(rows.len());
    for row in rows {
        match eval.value(of, Place { row: *row, this }) {
            Value::List(items) => values.extend(items.iter().cloned()),
            value => values.push(value),
        }
    }
    aggregate(how, ty, values.iter())
}

/// A value by its place in a column.
struct Key(Value);

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.0.order(&other.0, false)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

fn add_bars(table: &mut Table, chart: &Chart, eval: &Eval<'_>, rows: &[PageIdx], this: Option<PageIdx>, most: usize) {
    // Bars are few and rows are many, so rows are put by their bar rather than sorted.
    let split = |formula: &Formula, rows: &[PageIdx]| -> Vec<(Value, Vec<PageIdx>)> {
        let mut groups: BTreeMap<Key, (Value, Vec<PageIdx>)> = BTreeMap::new();
        for row in rows {
            let value = eval.value(formula, Place { row: *row, this });
            let key = Key(sort_key(eval, &formula.ty, value.clone()));
            groups.entry(key).or_insert_with(|| (value, Vec::new())).1.push(*row);
        }
        groups.into_values().collect()
    };
    let figure = |rows: &[PageIdx]| aggregate_rows(chart.how, chart.of.as_ref(), &chart.ty, eval, rows, this);
    let found = split(&chart.x.formula, rows).into_iter();
    let bars: Vec<Bar> = found
        .map(|(x, rows)| {
            let parts = match &chart.stack {
                Some(stack) => {
                    split(&stack.formula, &rows).into_iter().map(|(key, rows)| (key, figure(&rows))).collect()
                }
                None => Vec::new(),
            };
            Bar { x, y: figure(&rows), parts }
        })
        .collect();
    let mut bars = match &chart.fill {
        Some(fill) => {
            let (bars, filled_to) = filled(bars, fill);
            table.filled_to = filled_to;
            bars
        }
        None => bars,
    };
    table.n_bars = bars.len();
    bars.truncate(most);
    let mut keys: Vec<&Value> = bars.iter().flat_map(|bar| &bar.parts).map(|part| &part.0).collect();
    keys.sort_unstable_by(|a, b| a.order(b, false));
    keys.dedup_by(|a, b| a.order(b, false).is_eq());
    if keys.len() > limits::QUERY_MAX_STACK {
        table.is_unstacked = true;
        for bar in &mut bars {
            bar.parts.clear();
        }
    }
    table.bars = bars;
}

/// Adds the months or years that are missing, in their places; says where it stopped before the end.
fn filled(mut bars: Vec<Bar>, fill: &Fill) -> (Vec<Bar>, Option<Date>) {
    let date = |bar: &Bar| match bar.x {
        Value::Date(date) if date.precision() == fill.by => Some(date),
        _ => None,
    };
    let first = fill.from.or_else(|| bars.iter().filter_map(date).min());
    let last = fill.to.or_else(|| bars.iter().filter_map(date).max());
    let (Some(mut at), Some(last)) = (first, last) else { return (bars, None) };
    let months = if fill.by == Precision::Month { 1 } else { 12 };
    let known: Vec<Date> = bars.iter().filter_map(date).collect();
    let mut filled_to = None;
    for n in 1..=limits::QUERY_MAX_FILLED {
        if at > last {
            break;
        }
        if !known.contains(&at) {
            bars.push(Bar { x: Value::Date(at), y: Value::Empty, parts: Vec::new() });
        }
        filled_to = (n == limits::QUERY_MAX_FILLED && at < last).then_some(at);
        match at.plus_months(months) {
            Some(next) => at = next,
            None => break,
        }
    }
    bars.sort_by(|a, b| a.x.order(&b.x, false));
    (bars, filled_to)
}

/// What `this` is on a page: a record of its type, or any page.
pub fn this_of(seen: Seen<'_>, page: Option<PageIdx>) -> Targets {
    let kind = page.and_then(|page| seen.records().get(page)).map(|record| record.of);
    match kind {
        Some(kind) => Targets { any: true, named: vec![kind] },
        None => Targets::any(),
    }
}

/// What is wrong with the queries and values in a page's text.
pub fn problems_of(seen: Seen<'_>, page: PageIdx) -> Vec<Problem> {
    let Some(at) = seen.page(page) else { return Vec::new() };
    if at.path.kind() == FileKind::Settings || (at.doc.queries.is_empty() && at.doc.values.is_empty()) {
        return Vec::new();
    }
    let this = this_of(seen, Some(page));
    let mut problems = Vec::new();
    for block in &at.doc.queries {
        if let Err(found) = read(&block.source, block.line.saturating_add(1), seen.types(), this.clone()) {
            problems.extend(found);
        }
    }
    for value in &at.doc.values {
        if let Err(fault) = value_formula(seen, page, &value.source) {
            let source = Scalar { text: value.source.to_string(), quoted: false, at: value.at, span: (0, 0) };
            problems.push(fault.problem(&source));
        }
    }
    // The page can be saved; what can't be computed is said in its place.
    for problem in &mut problems {
        problem.level = Level::Warning;
    }
    problems
}

/// The formula of an inline value (`= this.free`).
pub fn value_formula(seen: Seen<'_>, page: PageIdx, source: &str) -> Result<Formula, expr::ExprFault> {
    let this = this_of(seen, Some(page));
    let scope = Scope { types: seen.types(), row: this.clone(), this: Some(this) };
    expr::compile(source, &scope)
}
