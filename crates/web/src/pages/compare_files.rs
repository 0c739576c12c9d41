//! A comparison as files: JSON with everything that is told, and CSV in the form of a tabular diff.
//!
//! The CSV has a line for each field of each page: `@@` heads the columns, `+++` a field of a page
//! that came, `---` of one that went, `->` one that holds something else, as `old->new`. Programs
//! that read such differences can apply it. Values are spelled as in files (`EUR 500000.00`). What is
//! past a bound is told at the end, in a line `...`.

use std::collections::BTreeMap;

use polder_core::compare::{
    Change, Comparison, Count, Fate, FieldChange, Held, Line, Origin, PageChange, Pages, Pair, PartChange, Shift,
    Standing, TotalChange, Verdict,
};
use polder_core::expr::Ty;
use polder_core::site::{Page, Seen};
use polder_core::types::Aggregate;
use polder_core::value::{Money, Value, in_percents};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use crate::csv::{Field, Variant, Writer};
use crate::pages::compare::{Asked, Scope};
use crate::pages::compare_words::Tell;
use crate::pages::export::{json_value, spelled};
use crate::words::Arg;

// CSV.

pub fn csv(asked: &Asked<'_>, found: &Comparison, variant: Variant) -> String {
    let mut writer = Writer::new(variant);
    writer.line(&["@@", "page", "field", "value"].map(|head| Field::Mark(head.to_owned())));
    for page in found.pages.all.iter().chain(&found.records.all) {
        page_lines(&asked.tell, page, &mut writer);
    }
    for left_out in left_out(&asked.tell, found) {
        let cells = ["...", "", "", &left_out];
        writer.line(&cells.map(|cell| Field::Mark(cell.to_owned())));
    }
    writer.text
}

/// What the files lack, in words: pages past a bound, and what would take too much computing.
pub fn left_out(tell: &Tell<'_>, found: &Comparison) -> Vec<String> {
    let n_missing = |pages: &Pages| pages.n_different() - pages.all.len();
    let n_pages = n_missing(&found.pages) + n_missing(&found.records);
    let pages = (n_pages > 0).then(|| tell.words.f("compare-files-cut", &[("count", Arg::Count(n_pages as u64))]));
    let costly = found.is_cut.then(|| tell.words.t("compare-cut").to_owned());
    pages.into_iter().chain(costly).collect()
}

fn page_lines(tell: &Tell<'_>, change: &PageChange, writer: &mut Writer) {
    let (old, new) = pages(tell, change.pair);
    let address = |page: Option<&Page>| page.map(|page| page.path.address().to_owned()).unwrap_or_default();
    let title = |page: Option<&Page>| page.map(|page| page.title().to_owned()).unwrap_or_default();
    let kind = |page: Option<&Page>| page.and_then(|page| page.doc.front.text("type")).unwrap_or_default().to_owned();
    let content = |page: Option<&Page>| page.map(|page| page.blob.to_string()).unwrap_or_default();
    let mut row = |field: &str, before: String, after: String| {
        let page = (address(old), address(new));
        let (action, page, value) = match change.fate {
            Fate::Added => ("+++".to_owned(), page.1, after),
            Fate::Removed => ("---".to_owned(), page.0, before),
            _ => {
                // A longer arrow where one of the texts has an arrow in it.
                let mut arrow = "->".to_owned();
                while [&page.0, &page.1, &before, &after].iter().any(|cell| cell.contains(&arrow)) {
                    arrow.insert(0, '-');
                }
                let both = |old: String, new: String| if old == new { new } else { format!("{old}{arrow}{new}") };
                (arrow.clone(), both(page.0, page.1), both(before, after))
            }
        };
        writer.line(&[Field::Mark(action), Field::Text(page), Field::Text(field.to_owned()), Field::Text(value)]);
    };
    let is_one_sided = matches!(change.fate, Fate::Added | Fate::Removed);
    if is_one_sided || change.is_renamed || change.is_moved {
        row("title", title(old), title(new));
    }
    if (is_one_sided && !(kind(old) + &kind(new)).is_empty()) || change.is_retyped {
        row("type", kind(old), kind(new));
    }
    for field in &change.fields {
        let of = |seen: Seen<'_>, held: &Held| spelled(seen, &held.value);
        row(&field.key, of(tell.old.seen, &field.old), of(tell.new.seen, &field.new));
    }
    // The text itself has no place in a cell: the names of the two files stand for it.
    if change.body == Some(true) && !is_one_sided {
        row("content", content(old), content(new));
    }
}

fn pages<'a>(tell: &Tell<'a>, pair: Pair) -> (Option<&'a Page>, Option<&'a Page>) {
    let old = pair.old.and_then(|page| tell.old.seen.page(page));
    (old, pair.new.and_then(|page| tell.new.seen.page(page)))
}

// JSON.

/// What JSON lacks besides: totals and other files past a bound. A table has neither.
fn left_out_of_json(tell: &Tell<'_>, found: &Comparison) -> Vec<String> {
    let cut = |key: &str, n_missing: usize| {
        (n_missing > 0).then(|| tell.words.f(key, &[("count", Arg::Count(n_missing as u64))]))
    };
    let totals = cut("compare-totals-cut", found.n_totals - found.totals.len());
    let files = cut("compare-others-cut", found.n_files - found.files.len());
    left_out(tell, found).into_iter().chain(totals).chain(files).collect()
}

pub fn as_json(asked: &Asked<'_>, found: &Comparison) -> Json {
    let left_out = left_out_of_json(&asked.tell, found);
    let scope = match &asked.scope {
        Scope::Page(path) => json!({"page": path.address()}),
        Scope::Folder(folder) => json!({"folder": folder}),
        Scope::Wiki => json!("wiki"),
    };
    json!({
        "scope": scope,
        "from": {"commit": asked.tell.old.commit.to_string(), "as_of": asked.days.0.to_string()},
        "to": {"commit": asked.tell.new.commit.to_string(), "as_of": asked.days.1.to_string()},
        "is_complete": left_out.is_empty(),
        "left_out": left_out,
        "n_pages": found.pages.n_different(),
        "n_records": found.records.n_different(),
        "counts": counts(&asked.tell, &found.pages.counts),
        "record_counts": counts(&asked.tell, &found.records.counts),
        "pages": list(&asked.tell, &found.pages),
        "records": list(&asked.tell, &found.records),
        "totals": found.totals.iter().map(|total| total_json(&asked.tell, total)).collect::<Vec<Json>>(),
        "n_totals": found.n_totals,
        "files": found
            .files
            .iter()
            .map(|file| json!({"path": file.path.as_str(), "fate": fate(file.fate)}))
            .collect::<Vec<Json>>(),
        "n_files": found.n_files,
    })
}

pub fn counts(tell: &Tell<'_>, counts: &BTreeMap<Box<str>, Count>) -> Vec<Json> {
    let one = |name: &str, count: &Count| {
        json!({
            "type": (!name.is_empty()).then_some(name),
            "label": count.label.get(tell.words.lang.code()),
            "added": count.added,
            "removed": count.removed,
            "joined": count.joined,
            "left": count.left,
            "changed": count.changed,
            "moved": count.moved,
        })
    };
    counts.iter().map(|(name, count)| one(name, count)).collect()
}

pub fn list(tell: &Tell<'_>, pages: &Pages) -> Vec<Json> {
    pages.all.iter().map(|page| page_json(tell, page)).collect()
}

fn named(page: Option<&Page>) -> Json {
    page.map_or(Json::Null, |page| {
        json!({
            "page": page.path.address(),
            "title": page.title(),
            "type": page.doc.front.text("type"),
            "blob": page.blob.to_string(),
        })
    })
}

pub fn page_json(tell: &Tell<'_>, change: &PageChange) -> Json {
    let (old, new) = pages(tell, change.pair);
    json!({
        "fate": fate(change.fate),
        "is_moved": change.is_moved,
        "old": named(old),
        "new": named(new),
        "is_text_changed": change.body,
        "fields": change.fields.iter().map(|field| field_json(tell, field)).collect::<Vec<Json>>(),
    })
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Joined => "joined",
        Fate::Left => "left",
        Fate::Changed => "changed",
    }
}

fn field_json(tell: &Tell<'_>, field: &FieldChange) -> Json {
    let (old, new) = (tell.old.seen, tell.new.seen);
    json!({
        "key": &*field.key,
        "label": tell.label(field),
        "origin": match field.origin {
            Origin::Written => "written",
            Origin::Computed => "computed",
            Origin::Total => "total",
            Origin::Untyped => "untyped",
        },
        "standing": match field.standing {
            Standing::Both => Json::Null,
            Standing::Gained => json!("gained"),
            Standing::Lost => json!("lost"),
        },
        "type": field.new.ty.name(),
        "old": json_value(old, &field.old.ty, &field.old.value),
        "new": json_value(new, &field.new.ty, &field.new.value),
        "change": change_json(tell, field),
    })
}

fn money(money: Money) -> Json {
    json!({"amount": money.rounded().amount.to_string(), "currency": money.currency.code()})
}

/// A fraction in percents, with no more digits than say something.
fn percents(fraction: Decimal) -> String {
    format!("{}%", in_percents(fraction.round_dp(4)))
}

fn change_json(tell: &Tell<'_>, field: &FieldChange) -> Json {
    let part = |part: Option<Decimal>| part.map(percents);
    match &field.change {
        Change::Filled => json!({"kind": "filled"}),
        Change::Emptied => json!({"kind": "emptied"}),
        Change::BecameKnown => json!({"kind": "known"}),
        Change::BecameUnknown => json!({"kind": "unknown"}),
        Change::Amount { by, unknown } => {
            let by = by.iter().map(|amount| json!({"by": money(amount.by), "part": part(amount.part)}));
            json!({"kind": "amount", "amounts": by.collect::<Vec<Json>>(), "n_unknown": [unknown.0, unknown.1]})
        }
        Change::Number { by, part: of } => json!({"kind": "number", "by": by.to_string(), "part": part(*of)}),
        Change::Percent(by) => json!({"kind": "percent", "by": percents(*by)}),
        Change::Months(by) => json!({"kind": "months", "by": by}),
        Change::Date(by) => json!({"kind": "date", "by": shift(*by)}),
        Change::Period { from, to } => json!({"kind": "period", "from": from.map(shift), "to": to.map(shift)}),
        Change::Moment(by) => json!({"kind": "moment", "seconds": by}),
        Change::List(list) => {
            let items = |seen: Seen<'_>, ty: &Ty, items: &[Value]| {
                let of = if let Ty::List(of) = ty { of } else { ty };
                items.iter().map(|item| json_value(seen, of, item)).collect::<Vec<Json>>()
            };
            json!({
                "kind": "list",
                "added": items(tell.new.seen, &field.new.ty, &list.added),
                "removed": items(tell.old.seen, &field.old.ty, &list.removed),
                "n_added": list.n_added,
                "n_removed": list.n_removed,
            })
        }
        Change::Other => json!({"kind": "other"}),
    }
}

fn shift(by: Shift) -> Json {
    match by {
        Shift::Months(months) => json!({"months": months}),
        Shift::Days(days) => json!({"days": days}),
        Shift::Finer => json!("finer"),
        Shift::Coarser => json!("coarser"),
        Shift::Set => json!("set"),
        Shift::Opened => json!("opened"),
    }
}

pub fn total_json(tell: &Tell<'_>, total: &TotalChange) -> Json {
    let (old, new) = (tell.old.seen, tell.new.seen);
    let how = Aggregate::NAMES.iter().find(|known| known.1 == total.how).map_or("", |known| known.0);
    let (verdict, why) = match total.verdict {
        Verdict::Holds => (Some(true), None),
        Verdict::HoldsForKnown => (Some(true), Some("some parts are unknown")),
        Verdict::Broken => (Some(false), None),
        Verdict::NotASum => (None, Some("no sum")),
        Verdict::Unknown => (None, Some("unknown")),
        Verdict::Fault(_) => (None, Some("not computed")),
    };
    let (old_page, new_page) = pages(tell, total.pair);
    let held = |seen: Seen<'_>, held: &Held| json_value(seen, &held.ty, &held.value);
    let part = |part: &PartChange| {
        let (old_page, new_page) = pages(tell, part.pair);
        json!({
            "page": new_page.or(old_page).map(|page| page.path.address()),
            "old": part.old.as_ref().map(|value| held(old, value)),
            "new": part.new.as_ref().map(|value| held(new, value)),
            "by": part.by.iter().map(|(unit, by)| json_value(new, &Ty::Nothing, &unit.value(*by))).collect::<Vec<Json>>(),
            "n_unknown": [part.unknown.0, part.unknown.1],
        })
    };
    let line = |line: &Line| {
        let figure = |figure: Decimal| json_value(new, &Ty::Nothing, &line.unit.value(figure));
        json!({"old": figure(line.old), "changes": figure(line.change), "new": figure(line.new), "adds_up": line.holds})
    };
    json!({
        "page": new_page.or(old_page).map(|page| page.path.address()),
        "field": &*total.key,
        "label": total.label.get(tell.words.lang.code()),
        "how": how,
        "old": held(old, &total.old),
        "new": held(new, &total.new),
        "parts": total.parts.iter().map(part).collect::<Vec<Json>>(),
        "n_changed": total.n_changed,
        "n_same": total.n_same,
        "lines": total.lines.iter().map(line).collect::<Vec<Json>>(),
        "n_unknown": [total.unknown.0, total.unknown.1],
        "adds_up": verdict,
        "note": why,
    })
}
