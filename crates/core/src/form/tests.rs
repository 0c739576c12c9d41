//! Forms of records: what is shown of them, and what becomes of what was sent.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::access::Who;
use crate::doc;
use crate::ids::{BlobId, CommitId};
use crate::manifest::{Entry, Manifest};
use crate::path::FilePath;
use crate::site::{self, Site};

/// Frontmatters of every kind of oddness.
const ODD: [&str; 6] = [
    include_str!("../../../../tests/cases/front-odd/blocks.md"),
    include_str!("../../../../tests/cases/front-odd/comments.md"),
    include_str!("../../../../tests/cases/front-odd/flow.md"),
    include_str!("../../../../tests/cases/front-odd/keys.md"),
    include_str!("../../../../tests/cases/front-odd/lists.md"),
    include_str!("../../../../tests/cases/front-odd/root-indented.md"),
];

/// Kinds that a field may be declared as.
const KINDS: [&str; 16] = [
    "{type: text}",
    "{type: markdown, max: 900}",
    "{type: int, min: 1}",
    "{type: decimal, default: '0.5'}",
    "{type: money, currency: [EUR], allow_unknown: true}",
    "{type: percent}",
    "{type: date, required: true}",
    "{type: daterange}",
    "{type: datetime}",
    "{type: bool, default: true}",
    "{type: enum, values: [a, b], default: a}",
    "{type: ref, to: [page]}",
    "{type: list, of: text}",
    "{type: list, of: {ref: [page]}, max: 3}",
    "{type: list, of: {record: {who: {type: text, required: true}, role: {type: date}, days: {type: list, of: text}}}}",
    "{type: record, record: {text: {type: text}, after: {type: int}, 0: {type: text}}}",
];

fn site(files: &[(&str, &str)]) -> Site {
    let mut files = files.to_vec();
    files.sort_unstable();
    let path = |path: &str| FilePath::parse(path).unwrap();
    let entries = (0..).zip(&files).map(|(n, file)| Entry { path: path(file.0), blob: BlobId([n; 20]) }).collect();
    let docs = files.iter().map(|file| Arc::new(doc::parse(path(file.0).kind(), file.1.as_bytes()))).collect();
    site::assemble(CommitId([1; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, None)
}

/// What a browser sends of a form in which nobody typed.
fn as_shown(parts: &[Part<'_>], typed: &mut Typed) {
    for part in parts {
        let mut put = |below: &str, text: &str| typed.put(format!("{}{below}", part.name), text.replace('\n', "\r\n"));
        match &part.holds {
            Holds::Line(text) => put("", text),
            Holds::Odd(_) => put("", ""),
            Holds::Ends { from, to } => {
                put(".from", from);
                put(".to", to);
            }
            Holds::Clock { date, time } => {
                put(".date", date);
                put(".time", time);
            }
            Holds::Rows(parts) => {
                put("", "");
                as_shown(parts, typed);
            }
            Holds::Fields(parts) => as_shown(parts, typed),
        }
    }
}

/// Whether an input is none that somebody can type in.
fn is_hidden(parts: &[Part<'_>], name: &str) -> bool {
    parts.iter().any(|part| match &part.holds {
        Holds::Odd(_) => part.name == name,
        Holds::Rows(rows) => part.name == name || is_hidden(rows, name),
        Holds::Fields(parts) => is_hidden(parts, name),
        _ => false,
    })
}

/// A type that declares each field of a frontmatter as one of `KINDS`, in turn from `first`.
fn declared(front: &Front, first: usize) -> String {
    let mut yaml = String::from("type: odd\nfields:\n");
    for (at, field) in front.fields.iter().enumerate().filter(|(_, field)| field.key != "type") {
        let _ = writeln!(yaml, "  {:?}: {}", field.key, KINDS[(first + at * 5) % KINDS.len()]);
    }
    yaml
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_form_that_nobody_touched_changes_nothing_and_one_text_changes_one_field(
        odd in 0..ODD.len(),
        first in 0..KINDS.len(),
        tongue in prop::sample::select(&Tongue::ALL[..]),
        at in 0usize..40,
        text in prop::sample::select(vec![
            "", "x", "a", "b", "ja", "€ 1.234,56", "12,5", "1 mei 2010", "2010-05", "10:00", "[[x]]", "- a: [", "a\nb\n", "'", "#", "plan/x",
        ]),
    ) {
        // INV-11
        let text_of_page = ODD[odd];
        let (front, problems) = front::read(front::split(text_of_page).yaml().unwrap(), front::FIRST_LINE);
        prop_assert!(problems.is_empty());
        let kind = declared(&front, first);
        let site = site(&[(".polder/types/odd.yml", &kind), ("x.md", text_of_page)]);
        let who = Who::default();
        let seen = site.seen_by(&who);
        let types = seen.types();
        let kind = types.get(types.named("odd").unwrap());
        let zone = TimeZone::UTC;
        let around = Around { tongue, zone: &zone, folder: "", seen };
        let shown = parts(kind, &front, None, Some(&front), &around);
        let mut typed = Typed::default();
        as_shown(&shown, &mut typed);
        let outcome = read(kind, &front, &typed, Some(&front), &around);
        prop_assert!(outcome.changes.is_empty(), "{:?}", outcome.changes);
        prop_assert_eq!(outcome.faults, vec![]);

        // One input gets another text.
        let names: Vec<&String> = typed.0.keys().filter(|name| !is_hidden(&shown, name)).collect();
        prop_assume!(!names.is_empty());
        let name = names[at % names.len()].clone();
        typed.put(name.clone(), text.to_owned());
        let outcome = read(kind, &front, &typed, Some(&front), &around);
        prop_assert!(outcome.changes.len() <= 1, "{name} = {text:?}: {:?}", outcome.changes);
        let filled = parts(kind, &front, Some(&typed), Some(&front), &around);
        let mut again = Typed::default();
        as_shown(&filled, &mut again);
        prop_assert_eq!(&again, &typed, "what was typed stays");
        if let Ok(new) = apply(text_of_page, &outcome.changes) {
            let (read_back, problems) = front::read(front::split(&new).yaml().unwrap(), front::FIRST_LINE);
            prop_assert!(problems.is_empty());
            let changed = outcome.changes.first().map(|change| &*change.0);
            for field in front.fields.iter().filter(|field| Some(field.key.as_str()) != changed) {
                let kept = read_back.get(&field.key).map(NewValue::from);
                prop_assert_eq!(kept, Some(NewValue::from(&field.value)), "{} changed too", field.key);
            }
            prop_assert_eq!(front::split(&new).body_text(), front::split(text_of_page).body_text());
            // The new text shows what was typed, or the value that it is.
            if outcome.faults.is_empty() {
                let shown = parts(kind, &read_back, None, Some(&read_back), &around);
                let mut typed = Typed::default();
                as_shown(&shown, &mut typed);
                let outcome = read(kind, &read_back, &typed, Some(&read_back), &around);
                prop_assert!(outcome.changes.is_empty() && outcome.faults.is_empty(), "{outcome:?}");
            }
        }
    }
}

#[test]
fn the_next_number_goes_on_from_the_newest_year() {
    let next = |known: &[&str]| next_id(None, known.iter().copied());
    assert_eq!(next(&["BA-2009-050", "BA-2010-014", "x"]).as_deref(), Some("BA-2010-015"));
    assert_eq!(next(&["B-2010-99"]).as_deref(), Some("B-2010-100"));
    assert_eq!(next(&["zonder"]), None);
    assert_eq!(next(&[]), None);
    assert_eq!(next(&["A-18446744073709551615"]), None);
}

#[test]
fn an_address_follows_from_the_fields_of_its_type() {
    let site = site(&[
        (
            ".polder/types/t.yml",
            "type: t\npath: 'a/{plan.slug}-{order}/{date.year}/{date.month}/{id}/{slug}'\nfields:\n  title: {type: text}\n",
        ),
        ("plannen/Plan A.md", "---\ntitle: A\n---\n"),
    ]);
    let who = Who::default();
    let seen = site.seen_by(&who);
    let kind = seen.types().get(seen.types().named("t").unwrap());
    let zone = TimeZone::UTC;
    let around = Around { tongue: Tongue::Dutch, zone: &zone, folder: "", seen };
    let of = |yaml: &str| address(kind, &front::read(yaml, 1).0, &around);
    let whole = "plan: plannen/Plan A\norder: 3\ndate: 2010-05\nid: ../K-1/x\ntitle: Één, twee\n";
    assert_eq!(of(whole).as_deref(), Ok("a/Plan A-3/2010/05/K-1-x/een-twee"));
    for (without, missing) in [("order: 3\n", "order"), ("-05", "date"), ("title: Één, twee\n", "title")] {
        assert_eq!(of(&whole.replace(without, "")), Err(missing.into()));
    }
}
