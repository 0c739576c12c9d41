//! What makes up a total of a record: the pages that count, what each adds, and the sum.

use actix_web::HttpResponse;
use actix_web::web::Path;
use polder_core::eval::Eval;
use polder_core::expr::Ty;
use polder_core::judge;
use polder_core::limits;
use polder_core::types::{Aggregate, Kind};
use polder_core::value::Value;

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit;
use crate::pages::query::{n_unknown, total_key};
use crate::pages::screen::{self, Screen};
use crate::values::{self, Spelling};
use crate::views::Tab;
use crate::views::query::{Cell, Grid, GridGroup, GridRow, Head, NamedLink, TotalRow};
use crate::views::total::{TotalView, total as total_view};
use crate::words::Arg;

/// `GET /-/total/<page>?field=spent`
pub async fn total(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader.run_at(move |ask| answer(ask, &edit::raw_page(ask, "/-/total/", &page))).await
}

fn answer(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let (words, seen) = (ask.words, ask.seen());
    let path = screen::page_path(ask, raw)?;
    let page = seen.page_at(&path).ok_or(Fail::NotFound)?;
    let at = seen.page(page).ok_or(Fail::NotFound)?;
    let record = seen.records().get(page).ok_or(Fail::NotFound)?;
    let key = screen::param(ask, "field").unwrap_or_default();
    let field_at = seen.types().get(record.of).field(&key).ok_or(Fail::NotFound)?;
    let field_at = (record.of, field_at);
    let field = seen.types().field(field_at);
    let Kind::Rollup(rollup) = &field.kind else { return Err(Fail::NotFound) };
    let eval = Eval::new(seen, ask.today);
    let parts = judge::parts_of_total(&eval, page, field_at).ok_or(Fail::NotFound)?;
    let whole = eval.field(page, field_at).into_owned();
    let spelling = Spelling { words, seen };
    let lang = words.lang.code();
    let label = |field: &polder_core::types::Field| {
        field.label.get(lang).map_or_else(|| values::key_label(&field.key), str::to_owned)
    };
    let of = rollup.of.as_ref();
    let part_ty = if rollup.how == Aggregate::Share { Ty::Bool } else { of.map_or(Ty::Nothing, |of| of.ty.clone()) };
    let what = match (rollup.how, of) {
        (Aggregate::Share, _) => Some(words.t("total-counts").to_owned()),
        (_, Some(of)) => Some(match of.own_field() {
            Some(at) => label(seen.types().field(at)),
            None => of.source.to_string(),
        }),
        (_, None) => None,
    };
    let mut columns = vec![Head { label: words.t("query-column-title").to_owned(), is_figure: false }];
    columns.extend(what.map(|label| Head { label, is_figure: part_ty.is_figure() }));
    let n_parts = parts.len();
    let rows = parts.into_iter().take(limits::QUERY_MAX_ROWS).filter_map(|(row, value)| {
        let page = seen.page(row)?;
        let title = NamedLink { title: page.title().to_owned(), href: seen.href(&page.path), exists: true };
        let mut cells = vec![Cell::Links(vec![title])];
        if of.is_some() || rollup.how == Aggregate::Share {
            let text = spelling.text(&part_ty, &value);
            cells.push(match value {
                Value::Unknown | Value::Fault(_) => Cell::Quiet(text),
                _ if text.is_empty() => Cell::Nothing,
                _ if part_ty.is_figure() => Cell::Figure(text),
                _ => Cell::Text(text),
            });
        }
        Some(GridRow { cells, form: None })
    });
    let rows: Vec<GridRow> = rows.collect();
    let mut totals = vec![String::new(); columns.len()];
    if let Some(last) = totals.last_mut() {
        *last = spelling.text(&rollup.ty, &whole);
    }
    let kind = seen.types().get(rollup.from);
    let view = TotalView {
        head: screen::head(ask, &path, at.title(), screen::page_lang(ask, &at.doc), Tab::None),
        act: label(field),
        lead: words.f(
            "total-lead",
            &[("count", Arg::Count(n_parts as u64)), ("type", Arg::Text(kind.label.get(lang).unwrap_or(&kind.name)))],
        ),
        condition: rollup.only.as_ref().map_or_else(String::new, |only| only.source.to_string()),
        unknown: match n_unknown(&whole) {
            0 => String::new(),
            n => words.f("value-n-unknown", &[("count", Arg::Count(n))]),
        },
        grid: Grid {
            columns,
            groups: vec![GridGroup { label: None, rows, totals: Vec::new() }],
            totals: vec![TotalRow { label: words.t(total_key(rollup.how)).to_owned(), cells: totals }],
            has_buttons: false,
        },
        is_empty: n_parts == 0,
    };
    let title = format!("{}: {}", label(field), at.title());
    let mut answer =
        screen::screen(ask, Screen { folder: path.folder(), ..Screen::new(&title) }, total_view(words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}
