//! The rows of a query as a table, a list or a board, and what can be changed in them in place.

use polder_core::expr::Ty;
use polder_core::form;
use polder_core::names::PageIdx;
use polder_core::query::{Column, Group, Row};
use polder_core::types::{FieldAt, Kind};
use polder_core::value::{Currency, Value};

use crate::pages::query::{Draw, EDITED_ROWS_MAX};
use crate::pages::{screen, set};
use crate::values;
use crate::views::query::{
    BoardColumn, Card, Cell, CellField, Control, Grid, GridGroup, GridRow, Head, ListGroup, Mover, NamedLink, RowForm,
};

impl<'a> Draw<'a> {
    pub(super) fn grid(&self, is_editing: bool) -> Grid {
        let words = self.words();
        let currencies: Vec<Option<Currency>> =
            (0..self.query.columns.len()).map(|at| if is_editing { None } else { self.single_currency(at) }).collect();
        let columns = self.query.columns.iter().zip(&currencies).map(|(column, currency)| {
            let label = self.label(column);
            Head {
                label: currency.map_or_else(|| label.clone(), |c| format!("{label} ({})", values::currency_sign(c))),
                is_figure: column.formula.ty.is_figure(),
            }
        });
        let groups = self.table.groups.iter().filter(|group| !group.rows.is_empty()).map(|group| {
            // Fields and choices weigh much more than cells: the first rows can be edited here, others on
            // their own pages.
            let most = if is_editing { EDITED_ROWS_MAX } else { usize::MAX };
            let rows = group.rows.clone().take_while(|at| *at < most);
            let rows = rows.filter_map(|at| Some((at, self.table.rows.get(at)?)));
            GridGroup {
                label: self.query.group.as_ref().map(|by| self.group_label(by, group)),
                rows: rows.map(|(at, row)| self.grid_row(at, row, &currencies, is_editing)).collect(),
                totals: match &self.query.group {
                    Some(_) => self.total_rows(&group.totals, words.t("query-subtotal")),
                    None => Vec::new(),
                },
            }
        });
        Grid {
            columns: columns.collect(),
            groups: groups.collect(),
            totals: self.total_rows(&self.table.totals, words.t("query-total")),
            has_buttons: is_editing,
        }
    }

    fn group_label(&self, by: &Column, group: &Group) -> Cell {
        match self.cell(by, &group.key, None) {
            Cell::Nothing => Cell::Quiet(self.words().t("query-no-value").to_owned()),
            cell => cell,
        }
    }

    /// The only currency of a column of amounts; it then stands in the head.
    fn single_currency(&self, at: usize) -> Option<Currency> {
        if self.query.columns.get(at)?.formula.ty != Ty::Money {
            return None;
        }
        let mut only = None;
        for row in &self.table.rows {
            match row.cells.get(at)? {
                Value::Money(money) if only.is_none_or(|known| known == money.currency) => only = Some(money.currency),
                Value::Empty | Value::Unknown => {}
                Value::Sum(sum) => {
                    for part in sum.parts() {
                        if only.is_some_and(|known| known != part.currency) {
                            return None;
                        }
                        only = Some(part.currency);
                    }
                }
                _ => return None,
            }
        }
        only
    }

    fn grid_row(&self, at: usize, row: &Row, currencies: &[Option<Currency>], is_editing: bool) -> GridRow {
        let form_id = format!("ui.q-{}-r{at}", self.n);
        let mut has_fields = false;
        let mut cells = Vec::with_capacity(row.cells.len());
        for (n, (column, value)) in self.query.columns.iter().zip(&row.cells).enumerate() {
            let field = column
                .editable
                .filter(|_| is_editing && !has_lines(value))
                .and_then(|at| self.field(row, at, value, &form_id));
            has_fields |= field.is_some();
            let bare = currencies.get(n).copied().flatten().and_then(|only| self.spelling.bare_amount(value, only));
            cells.push(match (field, bare) {
                (Some(field), _) => Cell::Field(Box::new(field)),
                (None, Some(text)) if matches!(value, Value::Money(_) | Value::Sum(_)) => Cell::Figure(text),
                _ => self.cell(column, value, Some(row.page)),
            });
        }
        self.link_row(&mut cells, row);
        let form = has_fields.then(|| self.row_form(row.page, form_id, true)).flatten();
        GridRow { cells, form }
    }

    /// A row without a title leads to its page by its first cell that says anything.
    pub(super) fn link_row(&self, cells: &mut [Cell], row: &Row) {
        let types = self.on.seen.types();
        if self.query.columns.iter().any(|column| column.formula.is_title(types)) {
            return;
        }
        let Some(href) = self.on.seen.page(row.page).map(|page| self.on.seen.href(&page.path)) else { return };
        let first = cells.iter_mut().find(|cell| matches!(cell, Cell::Text(_)));
        if let Some(cell) = first
            && let Cell::Text(text) = cell
        {
            let title = std::mem::take(text);
            *cell = Cell::Links(vec![NamedLink { title, href, exists: true }]);
        }
    }

    fn row_form(&self, page: PageIdx, id: String, is_editing: bool) -> Option<RowForm> {
        let at = self.on.seen.page(page)?;
        Some(RowForm {
            id,
            action: screen::act_href("set", &at.path),
            base: self.ask.world.main.map(|main| main.to_string()).unwrap_or_default(),
            back: self.back(is_editing),
            csrf: self.ask.person.csrf(),
            label: at.title().to_owned(),
        })
    }

    /// The field of a form for a cell, where the row has that field.
    fn field(&self, row: &Row, at: FieldAt, value: &Value, form: &str) -> Option<CellField> {
        self.on.seen.records().get(row.page).filter(|record| record.of == at.0)?;
        let field = self.on.seen.types().field(at);
        let title = self.on.seen.page(row.page).map_or("", |page| page.title());
        let label = field.label.get(self.lang()).map_or_else(|| values::key_label(&field.key), str::to_owned);
        let control = match set::choices(self.words(), self.on.seen, field, value) {
            Some(options) => Control::Choice(options),
            None => Control::Text {
                value: form::typed_value(self.words().lang.tongue(), self.on.seen, value),
                is_number: matches!(field.kind, Kind::Int(_) | Kind::Decimal(_) | Kind::Percent(_)),
            },
        };
        Some(CellField {
            form: form.to_owned(),
            name: format!("field.{}", field.key),
            label: format!("{label}: {title}"),
            control,
        })
    }

    /// A value as it stands in a cell. `row` is the page that a title leads to.
    pub fn cell(&self, column: &Column, value: &Value, row: Option<PageIdx>) -> Cell {
        let types = self.on.seen.types();
        let ty = &column.formula.ty;
        let link = |named: values::Named| NamedLink { title: named.title, href: named.href, exists: named.exists };
        let text = self.spelling.text(ty, value);
        match value {
            _ if value.is_empty() => Cell::Nothing,
            Value::Unknown | Value::Fault(_) => Cell::Quiet(text),
            Value::Page(_) | Value::Lost(_) => {
                self.spelling.page(value).map_or(Cell::Nothing, |named| Cell::Links(vec![link(named)]))
            }
            Value::List(items) if items.iter().all(|item| matches!(item, Value::Page(_) | Value::Lost(_))) => {
                Cell::Links(items.iter().filter_map(|item| self.spelling.page(item)).map(link).collect())
            }
            Value::Text(_) if column.formula.is_title(types) => match row.and_then(|row| self.on.seen.page(row)) {
                Some(page) => {
                    Cell::Links(vec![NamedLink { title: text, href: self.on.seen.href(&page.path), exists: true }])
                }
                None => Cell::Text(text),
            },
            Value::Text(id) if matches!(ty, Ty::Choice(_)) => {
                let key = column.named_by.map_or("", |at| &*types.field(at).key);
                match values::status_tone(key, id) {
                    Some(tone) => Cell::Pill(text, tone),
                    None => Cell::Text(text),
                }
            }
            _ if ty.is_figure() => Cell::Figure(text),
            _ => Cell::Text(text),
        }
    }

    pub(super) fn list(&self) -> Vec<ListGroup> {
        let groups = self.table.groups.iter().filter(|group| !group.rows.is_empty());
        groups
            .map(|group| ListGroup {
                label: self.query.group.as_ref().map(|by| self.group_label(by, group)),
                items: self.rows_of(group).map(|row| self.cells(row)).collect(),
            })
            .collect()
    }

    pub(super) fn rows_of(&self, group: &Group) -> impl Iterator<Item = &'a Row> {
        self.table.rows.get(group.rows.clone()).unwrap_or_default().iter()
    }

    fn cells(&self, row: &Row) -> Vec<Cell> {
        let cells = self.query.columns.iter().zip(&row.cells);
        let mut cells: Vec<Cell> = cells.map(|(column, value)| self.cell(column, value, Some(row.page))).collect();
        self.link_row(&mut cells, row);
        cells
    }

    /// A column for each choice in the order of its type, and one for who has none.
    pub(super) fn board(&self) -> Vec<BoardColumn> {
        let Some(by) = &self.query.group else { return Vec::new() };
        let Ty::Choice(choices) = &by.formula.ty else { return Vec::new() };
        let group_of =
            |id: &str| self.table.groups.iter().find(|group| matches!(&group.key, Value::Text(key) if **key == *id));
        let named = choices.iter().map(|choice| {
            let label = choice.label.get(self.lang()).unwrap_or(&choice.id).to_owned();
            self.board_column(by, label, group_of(&choice.id))
        });
        let mut columns: Vec<BoardColumn> = named.collect();
        let is_known = |key: &Value| matches!(key, Value::Text(key) if choices.iter().any(|c| c.id == *key));
        if let Some(rest) = self.table.groups.iter().find(|group| !is_known(&group.key)) {
            columns.push(self.board_column(by, self.words().t("query-no-value").to_owned(), Some(rest)));
        }
        columns
    }

    fn board_column(&self, by: &Column, label: String, group: Option<&Group>) -> BoardColumn {
        let words = self.words();
        let Some(group) = group else {
            return BoardColumn { label, n: words.count(0), totals: Vec::new(), cards: Vec::new() };
        };
        let totals = self.query.totals.iter().zip(&group.totals).map(|(total, value)| {
            let column = total.column.and_then(|at| self.query.columns.get(at));
            let what = column.map_or_else(|| self.total_words(total.how).to_owned(), |column| self.label(column));
            format!("{what}: {}", self.total_text(total, value))
        });
        BoardColumn {
            label,
            n: words.count(group.n_found as u64),
            totals: totals.collect(),
            cards: self.rows_of(group).map(|row| self.card(by, &group.key, row)).collect(),
        }
    }

    fn card(&self, by: &Column, key: &Value, row: &Row) -> Card {
        let types = self.on.seen.types();
        let page = self.on.seen.page(row.page);
        let cells = self.query.columns.iter().zip(&row.cells);
        let lines = cells
            .filter(|(column, value)| {
                let is_group = column.formula.source == by.formula.source;
                !column.formula.is_title(types) && !is_group && !value.is_empty()
            })
            .map(|(column, value)| (self.label(column), self.cell(column, value, Some(row.page))));
        Card {
            title: NamedLink {
                title: page.map_or_else(String::new, |page| page.title().to_owned()),
                href: page.map_or_else(String::new, |page| self.on.seen.href(&page.path)),
                exists: true,
            },
            lines: lines.collect(),
            mover: self.mover(by, key, row),
        }
    }

    fn mover(&self, by: &Column, key: &Value, row: &Row) -> Option<Mover> {
        let at = by.editable.filter(|_| self.can_write())?;
        self.on.seen.records().get(row.page).filter(|record| record.of == at.0)?;
        let field = self.on.seen.types().field(at);
        let options = set::choices(self.words(), self.on.seen, field, key)?;
        // Where nothing may follow, there is nothing to move.
        if options.len() < 2 {
            return None;
        }
        Some(Mover {
            form: self.row_form(row.page, String::new(), false)?,
            name: format!("field.{}", field.key),
            label: self.label(by),
            options,
        })
    }
}

/// A browser takes the ends of lines out of a field of one line.
fn has_lines(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.contains(['\n', '\r']))
}
