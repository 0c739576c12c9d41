//! The rows of a query as files: CSV, JSON and iCalendar; and the block alone, as its page would show it.
//!
//! Spellings are those of files (`2010-05`, a point before decimals, `unknown` as the word), so that
//! another program adds up the same total; all rows found are there, also those that the page cuts
//! off. `variant=excel-nl` is for Dutch Excel alone. A chart gives its points.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use jiff::civil;
use polder_core::doc::Block;
use polder_core::eval::Eval;
use polder_core::expr::Ty;
use polder_core::limits;
use polder_core::links;
use polder_core::query::{self, Query, Row, Table, View};
use polder_core::site::{Page, Seen};
use polder_core::types::Aggregate;
use polder_core::value::{Moment, Money, Value, in_percents};
use serde_json::{Map, Value as Json, json};

use crate::answer::Answer;
use crate::csv::{Field, Variant, Writer};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit;
use crate::pages::embed::Filling;
use crate::pages::query::{Draw, On, one_block};
use crate::pages::query_month::{Span, span};
use crate::pages::screen::{self, Screen};
use crate::values::Spelling;
use crate::views::Tab;
use crate::views::query::alone as alone_view;
use crate::words::Arg;

/// Lines of iCalendar are folded at so many bytes (RFC 5545 §3.1).
const ICAL_LINE_MAX_BYTES: usize = 75;

/// `GET /-/query/<page>?n=1&format=csv`
pub async fn export(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader.run_at(move |ask| answer(ask, &edit::raw_page(ask, "/-/query/", &page))).await
}

fn answer(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let path = screen::page_path(ask, raw)?;
    let seen = ask.seen();
    let page = seen.page_at(&path).ok_or(Fail::NotFound)?;
    let at = seen.page(page).ok_or(Fail::NotFound)?;
    let n = match screen::param(ask, "n") {
        Some(text) => text.parse().ok().filter(|n| *n > 0).ok_or(Fail::BadRequest("fail-query-number"))?,
        None => 1,
    };
    let block = at.doc.queries.get(n - 1).ok_or(Fail::NotFound)?;
    let format = screen::param(ask, "format").unwrap_or_else(|| "csv".to_owned());
    if format == "html" {
        let on = On {
            seen,
            page: Some(page),
            doc: &at.doc,
            path: &path,
            today: ask.today,
            is_now: ask.moment.is_none(),
            is_alone: true,
        };
        return Ok(alone(ask, &on, at, n, block));
    }
    let this = query::this_of(seen, Some(page));
    let mut query = query::read(&block.source, block.line.saturating_add(1), seen.types(), this)
        .map_err(|_| Fail::BadRequest("fail-query"))?;
    query.limit = limits::QUERY_MAX_ROWS;
    let eval = Eval::new(seen, ask.today);
    let table = query::run(&query, &eval, Some(page));
    if table.is_too_costly {
        return Err(Fail::BadRequest("query-too-costly"));
    }
    let is_now = ask.moment.is_none();
    let on = On { seen, page: Some(page), doc: &at.doc, path: &path, today: ask.today, is_now, is_alone: false };
    let spelling = Spelling { words: ask.words, seen };
    let draw = Draw { ask, on: &on, query: &query, table: &table, n, spelling, is_embedded: false };
    let variant = Variant::named(screen::param(ask, "variant").as_deref());
    let (mime, body) = match format.as_str() {
        "csv" => ("text/csv; charset=utf-8", csv(&draw, variant)),
        "json" => ("application/json", as_json(&draw).to_string()),
        "ics" => ("text/calendar; charset=utf-8", ical(&draw)),
        _ => return Err(Fail::BadRequest("fail-format")),
    };
    let name: String = path.base_name().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let mut answer = Answer::new(StatusCode::OK, mime, Bytes::from(body))
        .with(header::CONTENT_DISPOSITION, &format!("inline; filename=\"{name}-q{n}.{format}\""));
    answer.commit = ask.commit().and_then(|main| header::HeaderValue::from_str(&main.to_string()).ok());
    answer.keep = screen::keep(ask);
    Ok(answer)
}

/// One block without its page.
fn alone(ask: &Ask, on: &On<'_>, page: &Page, n: usize, block: &Block) -> Answer {
    let words = ask.words;
    let eval = Eval::new(on.seen, on.today);
    let mut filling = Filling::of(on);
    filling.cells_left = usize::MAX;
    let drawn = one_block(ask, on, &eval, n, block, &mut filling);
    let head = screen::head(ask, on.path, page.title(), screen::page_lang(ask, &page.doc), Tab::None);
    let title = format!("{}: {}", words.t("query-title"), page.title());
    let mut answer = screen::screen(
        ask,
        Screen { folder: on.path.folder(), ..Screen::new(&title) },
        alone_view(words, &head, &drawn),
    );
    answer.keep = screen::keep(ask);
    answer
}

/// When a row is: what its view asks, else the first of its columns that says so.
pub fn when<'t>(query: &Query, row: &'t Row) -> Option<(&'t Value, Span)> {
    let own = span(&row.when).map(|span| (&row.when, span));
    own.or_else(|| {
        let dated = query.columns.iter().zip(&row.cells);
        let mut dated = dated.filter(|(column, _)| matches!(column.formula.ty, Ty::Date | Ty::Period | Ty::Moment));
        dated.find_map(|(_, value)| Some((value, span(value)?)))
    })
}

// CSV.

fn csv(draw: &Draw<'_>, variant: Variant) -> String {
    let mut writer = Writer::new(variant);
    let text = |text: &str| Field::Text(text.to_owned());
    let commit = draw.ask.commit().map(|commit| commit.to_string()).unwrap_or_default();
    let as_of = draw.on.today.to_string();
    let (heads, rows) = match &draw.query.view {
        View::Chart(chart) => points(draw, chart),
        _ => records(draw),
    };
    let mut line: Vec<Field> = heads.iter().map(|head| text(head)).collect();
    line.extend([text("commit"), text("as_of")]);
    writer.line(&line);
    for mut row in rows {
        row.extend([text(&commit), text(&as_of)]);
        writer.line(&row);
    }
    let n_columns = line.len();
    for left_out in left_out(draw) {
        let mut row = vec![text(&format!("... {left_out}"))];
        row.resize_with(n_columns - 2, || text(""));
        row.extend([text(&commit), text(&as_of)]);
        writer.line(&row);
    }
    writer.text
}

/// What the file lacks, in words, so that nobody takes the part for the whole.
fn left_out(draw: &Draw<'_>) -> Vec<String> {
    match &draw.query.view {
        View::Chart(_) => draw.chart_left_out(),
        _ => {
            let (n_rows, n_found) = (draw.table.rows.len(), draw.table.n_found);
            let args = [("shown", Arg::Count(n_rows as u64)), ("count", Arg::Count(n_found as u64))];
            (n_rows < n_found).then(|| draw.ask.words.f("query-file-cut", &args)).into_iter().collect()
        }
    }
}

fn records(draw: &Draw<'_>) -> (Vec<String>, Vec<Vec<Field>>) {
    let mut heads = vec!["page".to_owned()];
    for column in &draw.query.columns {
        push_heads(&mut heads, &column.formula.source, &column.formula.ty);
    }
    let rows = draw.table.rows.iter().map(|row| {
        let page = draw.on.seen.page(row.page).map_or("", |page| page.path.address());
        let mut fields = vec![Field::Text(page.to_owned())];
        for (column, value) in draw.query.columns.iter().zip(&row.cells) {
            push_fields(&mut fields, draw.on.seen, &column.formula.ty, value);
        }
        fields
    });
    (heads, rows.collect())
}

/// A line for each bar, or for each part of it.
fn points(draw: &Draw<'_>, chart: &query::Chart) -> (Vec<String>, Vec<Vec<Field>>) {
    let seen = draw.on.seen;
    let mut heads = Vec::new();
    push_heads(&mut heads, &chart.x.formula.source, &chart.x.formula.ty);
    // With too many parts bars are whole.
    let stack = chart.stack.as_ref().filter(|_| !draw.table.is_unstacked);
    if let Some(stack) = stack {
        push_heads(&mut heads, &stack.formula.source, &stack.formula.ty);
    }
    push_heads(&mut heads, &aggregate_source(chart.how, chart.of.as_ref().map(|of| &*of.source)), &chart.ty);
    let mut rows = Vec::new();
    for bar in &draw.table.bars {
        let mut line = |key: Option<&Value>, figure: &Value| {
            let mut fields = Vec::new();
            push_fields(&mut fields, seen, &chart.x.formula.ty, &bar.x);
            if let (Some(stack), Some(key)) = (stack, key) {
                push_fields(&mut fields, seen, &stack.formula.ty, key);
            }
            push_fields(&mut fields, seen, &chart.ty, figure);
            rows.push(fields);
        };
        match stack {
            Some(_) => bar.parts.iter().for_each(|(key, figure)| line(Some(key), figure)),
            None => line(None, &bar.y),
        }
    }
    (heads, rows)
}

/// `sum(amount)`.
fn aggregate_source(how: Aggregate, of: Option<&str>) -> String {
    let name = Aggregate::NAMES.iter().find(|known| known.1 == how).map_or("", |known| known.0);
    format!("{name}({})", of.unwrap_or_default())
}

fn push_heads(heads: &mut Vec<String>, source: &str, ty: &Ty) {
    heads.push(source.to_owned());
    match ty {
        Ty::Money => heads.push(format!("{source}_currency")),
        ty if names_pages(ty) => heads.push(format!("{source}_title")),
        _ => {}
    }
}

/// Whether values of this kind are references, alone or several.
fn names_pages(ty: &Ty) -> bool {
    match ty {
        Ty::Page(_) => true,
        Ty::List(of) => matches!(**of, Ty::Page(_)),
        _ => false,
    }
}

fn push_fields(fields: &mut Vec<Field>, seen: Seen<'_>, ty: &Ty, value: &Value) {
    if *ty == Ty::Money {
        let (amount, currency) = match value {
            Value::Money(money) => {
                (Field::Number(money.rounded().amount.to_string()), money.currency.code().to_owned())
            }
            // What is no single amount stands as the file would spell it, and adds up to nothing.
            other => (Field::Text(spelled(seen, other)), String::new()),
        };
        fields.extend([amount, Field::Text(currency)]);
        return;
    }
    fields.push(match value {
        Value::Number(number) => Field::Number(number.to_string()),
        Value::Percent(fraction) => Field::Number(format!("{}%", in_percents(*fraction))),
        other => Field::Text(spelled(seen, other)),
    });
    if names_pages(ty) {
        fields.push(Field::Text(titles(seen, value)));
    }
}

/// A value as files spell it; pages by their path.
pub fn spelled(seen: Seen<'_>, value: &Value) -> String {
    match value {
        Value::Page(page) => seen.page(*page).map_or_else(String::new, |page| page.path.address().to_owned()),
        Value::Lost(text) => links::parts(links::reference(text).unwrap_or(text)).name.to_owned(),
        Value::List(items) => items.iter().map(|item| spelled(seen, item)).collect::<Vec<_>>().join("; "),
        Value::Record(parts) => parts.iter().map(|part| spelled(seen, part)).collect::<Vec<_>>().join(" | "),
        other => other.to_string(),
    }
}

fn titles(seen: Seen<'_>, value: &Value) -> String {
    match value {
        Value::Page(page) => seen.page(*page).map_or_else(String::new, |page| page.title().to_owned()),
        Value::List(items) => items.iter().map(|item| titles(seen, item)).collect::<Vec<_>>().join("; "),
        _ => String::new(),
    }
}

// JSON.

fn as_json(draw: &Draw<'_>) -> Json {
    let seen = draw.on.seen;
    let mut whole = json!({
        "page": draw.on.path.address(),
        "n": draw.n,
        "caption": draw.caption(),
        "commit": draw.ask.commit().map(|commit| commit.to_string()),
        "as_of": draw.on.today.to_string(),
        "n_found": draw.table.n_found,
        "left_out": left_out(draw),
    });
    let totals = |table: &Table| -> Vec<Json> {
        let totals = draw.query.totals.iter().zip(&table.totals);
        totals
            .map(|(total, value)| {
                json!({
                    "total": aggregate_source(total.how, total.of.as_ref().map(|of| &*of.source)),
                    "type": total.ty.name(),
                    "value": json_value(seen, &total.ty, value),
                })
            })
            .collect()
    };
    let column = |source: &str, label: String, ty: &Ty| json!({"key": source, "label": label, "type": ty.name()});
    let fields = match &draw.query.view {
        View::Chart(chart) => {
            let y = aggregate_source(chart.how, chart.of.as_ref().map(|of| &*of.source));
            let points = draw.table.bars.iter().map(|bar| {
                let parts = bar.parts.iter().map(|(key, figure)| {
                    let ty = chart.stack.as_ref().map_or(&Ty::Nothing, |stack| &stack.formula.ty);
                    json!({"stack": json_value(seen, ty, key), "y": json_value(seen, &chart.ty, figure)})
                });
                let mut point = Map::new();
                point.insert("x".to_owned(), json_value(seen, &chart.x.formula.ty, &bar.x));
                point.insert("y".to_owned(), json_value(seen, &chart.ty, &bar.y));
                if chart.stack.is_some() {
                    point.insert("parts".to_owned(), Json::Array(parts.collect()));
                }
                Json::Object(point)
            });
            let columns = [
                column(&chart.x.formula.source, draw.label(&chart.x), &chart.x.formula.ty),
                column(&y, draw.chart_label(chart), &chart.ty),
            ];
            json!({"columns": columns, "points": points.collect::<Vec<Json>>(), "totals": totals(draw.table)})
        }
        _ => {
            let columns: Vec<Json> = draw
                .query
                .columns
                .iter()
                .map(|own| column(&own.formula.source, draw.label(own), &own.formula.ty))
                .collect();
            let rows = draw.table.rows.iter().map(|row| {
                let page = seen.page(row.page);
                let cells = draw.query.columns.iter().zip(&row.cells);
                let values: Map<String, Json> = cells
                    .map(|(own, value)| (own.formula.source.to_string(), json_value(seen, &own.formula.ty, value)))
                    .collect();
                json!({
                    "page": page.map(|page| page.path.address()),
                    "title": page.map(|page| page.title()),
                    "values": values,
                })
            });
            json!({"columns": columns, "rows": rows.collect::<Vec<Json>>(), "totals": totals(draw.table)})
        }
    };
    if let (Json::Object(whole), Json::Object(fields)) = (&mut whole, fields) {
        whole.extend(fields);
    }
    whole
}

/// Numbers are texts: a JSON number loses digits in most programs.
pub fn json_value(seen: Seen<'_>, ty: &Ty, value: &Value) -> Json {
    let money = |money: Money| json!({"amount": money.rounded().amount.to_string(), "currency": money.currency.code()});
    match value {
        Value::Empty | Value::Fault(_) => Json::Null,
        Value::Unknown => json!("unknown"),
        Value::Bool(is) => json!(is),
        Value::Money(amount) => money(*amount),
        Value::Sum(sum) => {
            json!({"amounts": sum.parts().map(money).collect::<Vec<Json>>(), "n_unknown": sum.n_unknown})
        }
        Value::Page(page) => match seen.page(*page) {
            Some(page) => json!({"page": page.path.address(), "title": page.title()}),
            None => Json::Null,
        },
        Value::Lost(_) => json!({"page": spelled(seen, value), "missing": true}),
        Value::List(items) => {
            let of = match ty {
                Ty::List(of) => of,
                other => other,
            };
            Json::Array(items.iter().map(|item| json_value(seen, of, item)).collect())
        }
        Value::Record(values) => match ty {
            Ty::Record(fields) => {
                let values = fields.iter().zip(values.iter());
                let values =
                    values.map(|(field, value)| (field.key.to_string(), json_value(seen, &field.kind.ty(), value)));
                Json::Object(values.collect())
            }
            _ => Json::Array(values.iter().map(|value| json_value(seen, &Ty::Nothing, value)).collect()),
        },
        other => json!(other.to_string()),
    }
}

// iCalendar (RFC 5545).

fn ical(draw: &Draw<'_>) -> String {
    let mut text = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Polder//Polder//NL"] {
        ical_line(&mut text, line);
    }
    ical_line(&mut text, &format!("X-WR-CALNAME:{}", ical_text(&draw.caption())));
    for left_out in left_out(draw) {
        ical_line(&mut text, &format!("X-WR-CALDESC:{}", ical_text(&left_out)));
    }
    let stamp = format!("{}T000000Z", compact(draw.on.today));
    for row in &draw.table.rows {
        let Some(page) = draw.on.seen.page(row.page) else { continue };
        let Some((value, span)) = when(draw.query, row).filter(|when| !when.1.opens) else { continue };
        ical_line(&mut text, "BEGIN:VEVENT");
        ical_line(&mut text, &format!("UID:{}@polder", page.path.href().trim_start_matches('/')));
        ical_line(&mut text, &format!("DTSTAMP:{stamp}"));
        match value {
            Value::Moment(moment) => ical_line(&mut text, &format!("DTSTART:{}", in_utc(*moment))),
            _ => {
                ical_line(&mut text, &format!("DTSTART;VALUE=DATE:{}", compact(span.first)));
                // The end is the day after the last.
                if let Some(after) = span.last.tomorrow().ok().filter(|_| !span.never_ends) {
                    ical_line(&mut text, &format!("DTEND;VALUE=DATE:{}", compact(after)));
                }
            }
        }
        ical_line(&mut text, &format!("SUMMARY:{}", ical_text(page.title())));
        ical_line(&mut text, &format!("URL:{}{}", draw.ask.home, draw.on.seen.href(&page.path)));
        ical_line(&mut text, "END:VEVENT");
    }
    ical_line(&mut text, "END:VCALENDAR");
    text
}

fn compact(day: civil::Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

fn in_utc(moment: Moment) -> String {
    match jiff::Timestamp::from_second(moment.unix_s()) {
        Ok(at) => {
            let at = jiff::tz::Offset::UTC.to_datetime(at);
            format!("{}T{:02}{:02}{:02}Z", compact(at.date()), at.hour(), at.minute(), at.second())
        }
        Err(_) => format!("{}T000000Z", compact(moment.local.date())),
    }
}

fn ical_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(char);
            }
            '\n' => escaped.push_str("\\n"),
            char if char.is_control() => {}
            char => escaped.push(char),
        }
    }
    escaped
}

/// A line, folded so that no piece is longer than is allowed and no character is cut in two.
fn ical_line(text: &mut String, line: &str) {
    let mut room = ICAL_LINE_MAX_BYTES;
    for char in line.chars() {
        if char.len_utf8() > room {
            text.push_str("\r\n ");
            room = ICAL_LINE_MAX_BYTES - 1;
        }
        room -= char.len_utf8();
        text.push(char);
    }
    text.push_str("\r\n");
}
