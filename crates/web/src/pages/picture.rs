//! Pictures of query results: bars along time, and bars for amounts, as SVG.
//!
//! Places are computed exactly (amounts never pass through a float) and rounded to a tenth of a
//! pixel. Only presentation attributes and classes are written, so that a strict policy holds; a
//! picture says nothing that the table below it does not say.

use std::fmt::Write as _;

use jiff::civil;
use polder_core::html::escape;
use polder_core::query::Chart;
use polder_core::types::Aggregate;
use polder_core::value::Value;
use rust_decimal::Decimal;

use crate::pages::query::{Draw, stack_keys};
use crate::pages::query_month::{Span, days_between, span};
use crate::views::Html;
use crate::words::Arg;

/// Width of a picture, in pixels; on narrower screens it scrolls.
const WIDTH: i32 = 640;

/// Height of a row: its words above its bar.
const ROW: i32 = 40;

/// Above the rows of a timeline: the words of its axis.
const AXIS: i32 = 24;

/// Rows drawn; the table below has them all, and words beside the picture say so.
pub const ROWS_MAX: usize = 100;

/// Characters of a label; its whole stands in the table.
const LABEL_MAX_CHARS: usize = 60;

/// Lines of an axis.
const TICKS_MAX: i32 = 9;

/// Patterns that tell the parts of a bar apart without colour. With more parts they come again, in
/// the order that the legend has too.
const PATTERNS: usize = 8;

/// What a chart is made of.
pub struct Drawn {
    pub fact: String,
    pub legend: Vec<(String, Html)>,
    pub picture: Html,
}

/// Rows that a timeline can draw.
pub fn n_dated(draw: &Draw<'_>) -> usize {
    draw.table.rows.iter().filter(|row| span(&row.when).is_some()).count()
}

/// One bar for each row, along time.
pub fn timeline(draw: &Draw<'_>) -> Html {
    let rows = draw.table.rows.iter().filter_map(|row| Some((row, span(&row.when)?))).take(ROWS_MAX);
    let mut rows: Vec<_> = rows.collect();
    if draw.query.sort.is_empty() && draw.query.group.is_none() {
        rows.sort_by_key(|row| row.1.first);
    }
    let Some((first, last)) = range(rows.iter().map(|row| row.1)) else { return Html::default() };
    let n_days = days_between(first, last).saturating_add(1).max(1);
    let x = |day: civil::Date| -> Decimal {
        let days = days_between(first, day).clamp(0, n_days);
        (Decimal::from(days) * Decimal::from(WIDTH) / Decimal::from(n_days)).round_dp(1).normalize()
    };
    let height = AXIS + ROW * i32::try_from(rows.len()).unwrap_or(0) + 8;
    let fade = format!("ui.q-{}-fade", draw.n);
    let mut svg = begin(draw, height);
    let _ = write!(
        svg,
        "<defs><linearGradient id=\"{fade}-end\"><stop class=\"fade-full\" offset=\"0.6\"/><stop class=\"fade-none\" \
         offset=\"1\"/></linearGradient><linearGradient id=\"{fade}-begin\"><stop class=\"fade-none\" offset=\"0\"/>\
         <stop class=\"fade-full\" offset=\"0.4\"/></linearGradient></defs>"
    );
    for (day, label) in ticks(draw, first, last) {
        let at = x(day);
        let _ = write!(svg, "<line class=\"query-tick\" x1=\"{at}\" y1=\"{AXIS}\" x2=\"{at}\" y2=\"{height}\"/>");
        let _ = write!(svg, "<text class=\"query-axis\" x=\"{at}\" y=\"14\">{}</text>", escaped(&label));
    }
    for (n, (row, span)) in (0i32..).zip(&rows) {
        let top = AXIS + n * ROW;
        let (from, to) = (x(span.first), span.last.tomorrow().map_or(Decimal::from(WIDTH), &x));
        let width = (to - from).max(Decimal::from(3));
        let title = draw.on.seen.page(row.page).map_or("", |page| page.title());
        // Words that begin far to the right end with their bar instead.
        let (anchor, at) = if from > Decimal::from(WIDTH / 2) { ("end", from + width) } else { ("start", from) };
        let _ = write!(
            svg,
            "<text x=\"{at}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            top + 16,
            escaped(&clipped(title))
        );
        let fill = match (span.opens, span.never_ends) {
            (false, false) => String::new(),
            (true, false) => format!(" fill=\"url(#{fade}-begin)\""),
            (_, true) => format!(" fill=\"url(#{fade}-end)\""),
        };
        let class = if fill.is_empty() { "query-bar" } else { "query-bar-open" };
        let _ = write!(
            svg,
            "<rect class=\"{class}\"{fill} x=\"{from}\" y=\"{}\" width=\"{width}\" height=\"12\" rx=\"2\"/>",
            top + 21
        );
    }
    let today = draw.on.today;
    if first <= today && today <= last {
        let at = x(today);
        let _ = write!(svg, "<line class=\"query-now\" x1=\"{at}\" y1=\"{AXIS}\" x2=\"{at}\" y2=\"{height}\"/>");
    }
    svg.push_str("</svg>");
    Html(svg)
}

fn begin(draw: &Draw<'_>, height: i32) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"{}\">",
        escaped(&draw.words().f("query-picture", &[("caption", Arg::Text(&draw.caption()))]))
    )
}

/// From the first to the last day that is told, with room for ends that are open.
fn range(spans: impl Iterator<Item = Span>) -> Option<(civil::Date, civil::Date)> {
    let (mut days, mut opens, mut never_ends): (Vec<civil::Date>, bool, bool) = (Vec::new(), false, false);
    for span in spans {
        opens |= span.opens;
        never_ends |= span.never_ends;
        days.extend((!span.opens).then_some(span.first));
        days.extend((!span.never_ends).then_some(span.last));
    }
    let (first, last) = (*days.iter().min()?, *days.iter().max()?);
    let room = jiff::Span::new().days((days_between(first, last) / 8).max(60));
    let first = if opens { first.saturating_sub(room) } else { first };
    let last = if never_ends { last.saturating_add(room) } else { last };
    Some((first.first_of_month(), last.last_of_month()))
}

/// Beginnings of months or years, few enough to read.
fn ticks(draw: &Draw<'_>, first: civil::Date, last: civil::Date) -> Vec<(civil::Date, String)> {
    let month = |date: civil::Date| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    let n_months = month(last) - month(first) + 1;
    const STEPS: [i32; 11] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
    let step = STEPS.into_iter().find(|step| n_months <= step * TICKS_MAX).unwrap_or(12_000);
    let begin = month(first).div_euclid(step) * step;
    let mut ticks = Vec::new();
    let mut at = begin;
    while at <= month(last) {
        let (year, number) = (at.div_euclid(12), at.rem_euclid(12) + 1);
        let date = i16::try_from(year).ok().and_then(|year| {
            let number = i8::try_from(number).ok()?;
            Some((civil::Date::new(year, number, 1).ok()?, number))
        });
        if let Some((day, number)) = date.filter(|(day, _)| *day >= first) {
            let name = draw.words().lang.tongue().month(number);
            let label = if step < 12 {
                let short: String = name.chars().take(3).collect();
                format!("{short} {year}")
            } else {
                year.to_string()
            };
            ticks.push((day, label));
        }
        at += step;
    }
    ticks
}

/// One bar for each value of `x`, of parts when it is stacked.
pub fn chart(draw: &Draw<'_>, chart: &Chart) -> Drawn {
    let bars = draw.table.bars.get(..ROWS_MAX.min(draw.table.bars.len())).unwrap_or_default();
    let none = Drawn { fact: fact(draw, chart), legend: Vec::new(), picture: Html::default() };
    // Amounts in several currencies have no common scale: the table says all.
    let Some(sizes) = bars.iter().map(|bar| size(&bar.y)).collect::<Option<Vec<Size>>>() else { return none };
    let units: Vec<&Option<String>> = sizes.iter().map(|size| &size.unit).filter(|unit| unit.is_some()).collect();
    if units.windows(2).any(|pair| pair[0] != pair[1]) {
        return none;
    }
    let most = sizes.iter().map(|size| size.amount.abs()).max().unwrap_or_default();
    let is_negative = sizes.iter().any(|size| size.amount < Decimal::ZERO);
    if most.is_zero() {
        return none;
    }
    let keys = match &chart.stack {
        Some(stack) if !is_negative => stack_keys(draw.table, &stack.formula.ty),
        _ => Vec::new(),
    };
    let width = |amount: Decimal| {
        let share = amount.abs().checked_div(most).unwrap_or_default();
        (share * Decimal::from(WIDTH)).round_dp(1).normalize()
    };
    let height = ROW * i32::try_from(bars.len()).unwrap_or(0) + 4;
    let mut svg = begin(draw, height);
    svg.push_str("<defs>");
    for pattern in 0..keys.len().min(PATTERNS) {
        svg.push_str(&pattern_def(draw.n, pattern));
    }
    svg.push_str("</defs>");
    for (n, (bar, size)) in (0i32..).zip(bars.iter().zip(&sizes)) {
        let top = n * ROW;
        let label = draw.spelling.text(&chart.x.formula.ty, &bar.x);
        let label = if label.is_empty() { draw.words().t("query-no-value").to_owned() } else { label };
        let figure = draw.bar_text(chart, bar);
        let _ = write!(
            svg,
            "<text x=\"0\" y=\"{0}\">{1}</text><text class=\"query-amount\" x=\"{WIDTH}\" y=\"{0}\" text-anchor=\"end\">{2}</text>",
            top + 16,
            escaped(&clipped(&label)),
            escaped(&figure)
        );
        let mut at = Decimal::ZERO;
        for (which, key) in keys.iter().enumerate() {
            let part = bar.parts.iter().find(|part| part.0.order(key, false).is_eq());
            let Some(amount) = part.and_then(|part| self::size(&part.1)).map(|size| size.amount) else { continue };
            let wide = width(amount);
            svg.push_str(&bar_rect(draw.n, which, at, top + 22, wide));
            at += wide;
        }
        if keys.is_empty() {
            let class = if size.amount < Decimal::ZERO { "query-bar query-bar-minus" } else { "query-bar" };
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"0\" y=\"{}\" width=\"{}\" height=\"12\"/>",
                top + 22,
                width(size.amount)
            );
        }
    }
    svg.push_str("</svg>");
    let legend = keys.iter().enumerate().map(|(which, key)| (draw.stack_label(chart, key), swatch(draw.n, which)));
    Drawn { fact: fact(draw, chart), legend: legend.collect(), picture: Html(svg) }
}

/// A figure that can be drawn: how much, and of what.
struct Size {
    amount: Decimal,
    unit: Option<String>,
}

/// The known part of a figure. `None` where there are several currencies.
fn size(value: &Value) -> Option<Size> {
    let plain = |amount: Decimal| Some(Size { amount, unit: None });
    match value {
        Value::Number(number) => plain(*number),
        Value::Percent(fraction) => plain(*fraction),
        Value::Months(months) => plain(Decimal::from(*months)),
        Value::Money(money) => Some(Size { amount: money.amount, unit: Some(money.currency.code().to_owned()) }),
        Value::Sum(sum) => {
            let mut parts = sum.parts();
            match (parts.next(), parts.next()) {
                (None, _) => plain(Decimal::ZERO),
                (Some(only), None) => Some(Size { amount: only.amount, unit: Some(only.currency.code().to_owned()) }),
                _ => None,
            }
        }
        _ => plain(Decimal::ZERO),
    }
}

fn pattern_id(n: usize, which: usize) -> String {
    format!("ui.q-{n}-p{}", which % PATTERNS)
}

fn pattern_def(n: usize, which: usize) -> String {
    let marks = match which % PATTERNS {
        0 => "",
        1 => "<path class=\"query-mark\" d=\"M-2 2l4 -4M0 8l8 -8M6 10l4 -4\"/>",
        2 => "<circle class=\"query-mark-dot\" cx=\"4\" cy=\"4\" r=\"1.8\"/>",
        3 => "<path class=\"query-mark\" d=\"M0 4h8\"/>",
        4 => "<path class=\"query-mark\" d=\"M4 0v8\"/>",
        5 => "<path class=\"query-mark\" d=\"M0 0l8 8M8 0l-8 8\"/>",
        6 => "",
        _ => "<path class=\"query-mark\" d=\"M0 4h8M4 0v8\"/>",
    };
    format!(
        "<pattern id=\"{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect class=\"query-ground-{}\" \
         width=\"8\" height=\"8\"/>{marks}</pattern>",
        pattern_id(n, which),
        which % PATTERNS
    )
}

fn bar_rect(n: usize, which: usize, x: Decimal, y: i32, width: Decimal) -> String {
    format!(
        "<rect class=\"query-part\" fill=\"url(#{})\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"14\"/>",
        pattern_id(n, which)
    )
}

/// A piece of a pattern for the legend. It uses the definition of the picture that follows.
fn swatch(n: usize, which: usize) -> Html {
    Html(format!(
        "<svg width=\"20\" height=\"14\" viewBox=\"0 0 20 14\" aria-hidden=\"true\"><rect class=\"query-part\" \
         fill=\"url(#{})\" width=\"20\" height=\"14\"/></svg>",
        pattern_id(n, which)
    ))
}

/// The main fact of a chart in a sentence.
fn fact(draw: &Draw<'_>, chart: &Chart) -> String {
    let words = draw.words();
    let mut units = draw.table.bars.iter().filter_map(|bar| size(&bar.y)?.unit);
    if let Some(unit) = units.next()
        && units.any(|other| other != unit)
    {
        // Which is most can't be said of several currencies.
        return String::new();
    }
    let sizes = draw.table.bars.iter().map(|bar| (bar, size(&bar.y).map(|size| size.amount)));
    let Some((most, _)) = sizes.filter(|bar| bar.1.is_some()).max_by(|a, b| a.1.cmp(&b.1)) else {
        return String::new();
    };
    let label = draw.spelling.text(&chart.x.formula.ty, &most.x);
    let label = if label.is_empty() { words.t("query-no-value").to_owned() } else { label };
    let figure = draw.spelling.text(&chart.ty, &most.y);
    if matches!(chart.how, Aggregate::Sum | Aggregate::Count) && draw.table.bars.len() > 1 {
        let values: Vec<Value> = draw.table.bars.iter().map(|bar| bar.y.clone()).collect();
        let all = polder_core::eval::aggregate(Aggregate::Sum, &chart.ty, values.iter());
        let all = draw.spelling.text(&chart.ty, &all);
        return words.f(
            "query-fact-all",
            &[("all", Arg::Text(&all)), ("most", Arg::Text(&figure)), ("label", Arg::Text(&label))],
        );
    }
    words.f("query-fact", &[("most", Arg::Text(&figure)), ("label", Arg::Text(&label))])
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(LABEL_MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}
