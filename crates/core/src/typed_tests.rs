//! Types, records, expressions, rules and queries tested together, on small sites made of texts.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use jiff::civil;
use proptest::prelude::*;

use crate::access::Who;
use crate::doc;
use crate::eval::{Eval, Place};
use crate::expr::{self, Scope, Targets};
use crate::ids::{BlobId, CommitId};
use crate::judge;
use crate::manifest::{Change, Entry, Manifest};
use crate::path::FilePath;
use crate::query;
use crate::site::{self, Site, wants_doc};
use crate::value::Value;

const PLAN: &str = "type: plan
path: plannen/{slug}
fields:
  title: {type: text, required: true}
  status: {type: enum, values: [draft, current, superseded], required: true, transitions: {draft: [current], current: [superseded]}}
  superseded_by: {type: ref, to: [plan, page]}
  ceiling: {type: rollup, from: entry, via: plan, agg: sum, of: amount, where: \"kind = 'reserved' or (kind = 'conditional' and state = 'met')\"}
  possible_max: {type: rollup, from: entry, via: plan, agg: sum, of: amount, where: \"kind = 'reserved' or (kind = 'conditional' and state != 'lapsed')\"}
  planned: {type: rollup, from: entry, via: plan, agg: sum, of: amount, where: \"kind = 'planned'\"}
  committed: {type: rollup, from: entry, via: plan, agg: sum, of: open_amount, where: \"kind = 'committed'\"}
  spent: {type: rollup, from: entry, via: plan, agg: sum, of: amount, where: \"kind = 'spent'\"}
  free: {type: computed, as: money, expr: ceiling - committed - spent}
  used: {type: computed, as: percent, expr: spent / ceiling, empty_when: ceiling = 0}
  by_year: {type: rollup, from: entry, via: plan, agg: count, by: date.year}
rules:
  - {id: needs-target, when: \"status = 'superseded'\", require: [superseded_by], message: {nl: Noem de opvolger., en: Name the successor.}}
  - {id: within-ceiling, level: warning, when: committed + spent > ceiling, check: false, message: {nl: '{committed + spent} is meer dan {ceiling}.'}}
";

const ENTRY: &str = "type: entry
path: begroting/{date.year}/{id}
fields:
  id: {type: text, required: true, pattern: 'BA-\\d{4}-\\d{3}', unique: true, immutable: true}
  title: {type: text}
  plan: {type: ref, to: [plan], required: true, inverse: entries}
  kind: {type: enum, required: true, values: [reserved, conditional, planned, committed, spent]}
  amount: {type: money, required: true, currency: [EUR, USD], allow_unknown: \"kind in ['planned', 'conditional']\"}
  date: {type: date, required: true}
  condition: {type: text, required_when: kind = 'conditional'}
  state: {type: enum, values: [open, met, lapsed]}
  settles: {type: ref, to: [entry], inverse: settled_by}
  open_amount: {type: computed, as: money, expr: \"amount - sum(settled_by[kind = 'spent'].amount)\"}
rules:
  - {id: spent-day, when: kind = 'spent', check: precision(date) = 'day', message: {nl: Een uitgave heeft een dag.}}
  - {id: not-over-settled, check: open_amount >= 0}
";

const PHASE: &str = "type: phase
fields:
  title: {type: text}
  plan: {type: ref, to: [plan], required: true, inverse: phases}
  order: {type: int, required: true, unique_in: plan}
  period: {type: daterange, required: true}
  status: {type: enum, values: [upcoming, active, closed]}
  gate: {type: ref, to: [decision]}
rules:
  - {id: closed-needs-gate, when: status = 'closed', require: [gate]}
  - {id: gate-before-next, when: status = 'active' and order > 1, check: \"previous(order).gate.outcome in ['go', 'conditional']\"}
  - {id: no-overlap, level: warning, check: not overlaps(siblings(plan).period)}
";

const DECISION: &str = "type: decision
fields:
  title: {type: text}
  outcome: {type: enum, values: [go, no-go, conditional]}
";

const SECONDMENT: &str = "type: secondment
fields:
  person: {type: text}
  share: {type: percent, min: 0%, max: 100%}
  fte: {type: decimal, default: '1.0'}
  period: {type: daterange}
  home_share: {type: computed, as: percent, expr: 100% - share}
  fte_lent: {type: computed, as: number, expr: fte * share}
rules:
  - {id: not-over-full, check: max_over_time(sum(siblings(person).share)) <= 100%}
";

fn types() -> Vec<(String, String)> {
    [("plan", PLAN), ("entry", ENTRY), ("phase", PHASE), ("decision", DECISION), ("secondment", SECONDMENT)]
        .map(|(name, text)| (format!(".polder/types/{name}.yml"), text.to_owned()))
        .to_vec()
}

fn page(name: &str, front: &str) -> (String, String) {
    (format!("{name}.md"), format!("---\n{front}---\n"))
}

fn site(mut files: Vec<(String, String)>, previous: Option<&Site>) -> Site {
    files.sort();
    let entries = files.iter().enumerate().map(|(at, (path, _))| {
        let mut blob = [0; 20];
        blob[..8].copy_from_slice(&(at as u64 + 1).to_le_bytes());
        Entry { path: FilePath::parse(path).unwrap(), blob: BlobId(blob) }
    });
    let mut entries: Vec<Entry> = entries.collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let text = |path: &str| &files.iter().find(|file| file.0 == path).unwrap().1;
    let docs = entries
        .iter()
        .filter(|entry| wants_doc(&entry.path))
        .map(|entry| Arc::new(doc::parse(entry.path.kind(), text(entry.path.as_str()).as_bytes())))
        .map(|doc| {
            // As the store does it: what was read once is the same doc.
            let known = previous.and_then(|previous| previous.docs().iter().find(|known| ***known == *doc));
            known.map_or(doc, Arc::clone)
        })
        .collect();
    site::assemble(CommitId([1; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, previous)
}

fn typed(pages: Vec<(String, String)>) -> Site {
    let site = site(types().into_iter().chain(pages).collect(), None);
    assert!(
        site.seen_by(&Who::default()).types().problems.is_empty(),
        "{:?}",
        site.seen_by(&Who::default()).types().problems
    );
    site
}

fn founding() -> Vec<(String, String)> {
    vec![
        page("plannen/plan", "type: plan\ntitle: Plan van aanpak\nstatus: current\n"),
        page(
            "b/BA-2009-001",
            "type: entry\nid: BA-2009-001\nplan: plannen/plan\nkind: reserved\namount: EUR 500000.00\ndate: 2009-09\n",
        ),
        page(
            "b/BA-2009-002",
            "type: entry\nid: BA-2009-002\nplan: \"[[Plan van aanpak]]\"\nkind: conditional\ncondition: x\namount: EUR 150000.00\ndate: 2009-09\nstate: open\n",
        ),
        page(
            "b/BA-2009-003",
            "type: entry\nid: BA-2009-003\nplan: plannen/plan\nkind: planned\namount: unknown\ndate: 2009-09\n",
        ),
        page(
            "b/BA-2009-004",
            "type: entry\nid: BA-2009-004\nplan: plannen/plan\nkind: planned\namount: EUR 120000.00\ndate: 2010\n",
        ),
        page(
            "b/BA-2010-005",
            "type: entry\nid: BA-2010-005\nplan: plannen/plan\nkind: committed\namount: EUR 1250.00\ndate: 2010-02\n",
        ),
        page(
            "b/BA-2010-006",
            "type: entry\nid: BA-2010-006\nplan: plannen/plan\nkind: spent\namount: EUR 312.45\ndate: 2010-03-12\nsettles: b/BA-2010-005\n",
        ),
    ]
}

const TODAY: civil::Date = civil::date(2010, 6, 1);

fn value_of(site: &Site, page: &str, source: &str) -> String {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).unwrap()).unwrap();
    let row = query::this_of(seen, Some(at));
    let scope = Scope { types: seen.types(), row: row.clone(), this: Some(row) };
    match expr::compile(source, &scope) {
        Ok(formula) => match Eval::new(seen, TODAY).value(&formula, Place::own(at)) {
            Value::Page(page) => seen.page(page).unwrap().path.address().to_owned(),
            value => value.to_string(),
        },
        Err(fault) => format!("{} {:?}", fault.code, fault.args.iter().map(|arg| arg.1.as_str()).collect::<Vec<_>>()),
    }
}

fn codes(site: &Site, page: &str) -> Vec<String> {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).unwrap()).unwrap();
    let problems = judge::problems_of(&Eval::new(seen, TODAY), at);
    problems
        .iter()
        .map(|problem| if problem.code == "rule" { problem.args[0].1.clone() } else { problem.code.clone() })
        .collect()
}

#[test]
fn the_founding_plan_adds_up() {
    let site = typed(founding());
    let plan = |source: &str| value_of(&site, "plannen/plan", source);
    assert_eq!(plan("ceiling"), "EUR 500000.00", "the conditional amount is not in it");
    assert_eq!(plan("possible_max"), "EUR 650000.00");
    assert_eq!(plan("planned"), "EUR 120000.00 + 1 unknown");
    assert_eq!(plan("committed"), "EUR 937.55");
    assert_eq!(plan("spent"), "EUR 312.45");
    assert_eq!(plan("free"), "EUR 498750.00");
    assert_eq!(plan("this.free"), "EUR 498750.00");
    assert_eq!(plan("used"), "0.06249%");
    assert_eq!(plan("by_year"), "; ", "pairs are spelled at the rim");
    assert_eq!(plan("count(entries)"), "6");
    assert_eq!(plan("count(entries[kind = 'planned'])"), "2");
    assert_eq!(plan("sum(entries[date < 2010].amount)"), "EUR 650000.00 + 1 unknown");
    assert_eq!(plan("planned > EUR 1.00"), "unknown");
    assert_eq!(value_of(&site, "b/BA-2010-005", "open_amount"), "EUR 937.55");
    assert_eq!(value_of(&site, "b/BA-2010-005", "plan.title"), "Plan van aanpak");
    assert_eq!(value_of(&site, "b/BA-2010-005", "plan"), "plannen/plan");
    assert_eq!(value_of(&site, "b/BA-2010-006", "settles.settled_by.amount"), "EUR 312.45");
    for entry in founding() {
        assert_eq!(codes(&site, entry.0.strip_suffix(".md").unwrap()), Vec::<String>::new(), "{}", entry.0);
    }
}

#[test]
fn expressions_are_typed_when_they_are_read() {
    let site = typed(founding());
    let entry = |source: &str| value_of(&site, "b/BA-2009-001", source);
    assert_eq!(entry("amount > 100"), "expr-money-number [\"EUR 100.00\"]");
    assert_eq!(entry("amount + 5"), "expr-money-number [\"EUR 5.00\"]");
    assert_eq!(entry("amount > 0"), "true");
    assert_eq!(entry("kind = 'reservd'"), "expr-choice [\"reservd\", \"reserved\"]");
    assert_eq!(entry("knd = 'reserved'"), "expr-name [\"knd\", \"kind\"]");
    assert_eq!(entry("summ(settled_by.amount)"), "expr-function [\"summ\", \"sum\"]");
    assert_eq!(entry("amount = date"), "expr-pair [\"money\", \"date\"]");
    assert_eq!(entry("amount and true"), "expr-type [\"money\", \"bool\"]");
    assert_eq!(entry("amount >"), "expr-ends [\"\", \"name, 'text', 12, EUR 10.00\"]");
    assert_eq!(entry("amount > EUR 1.00 )"), "expr-syntax [\")\", \"and, or\"]");
    assert_eq!(entry("'open"), "expr-quote []");
    assert_eq!(entry("1_000"), "expr-literal [\"1_000\"]");
    assert_eq!(entry("plan.entries.plan.entries.plan"), "expr-references [\"3\"]");
    assert_eq!(entry("date >= 2009 and date < 2010-01-01"), "true");
    assert_eq!(entry("date + '3 months'"), "2009-12");
    assert_eq!(entry("amount * 50%"), "EUR 250000.00");
    assert_eq!(entry("amount / 3"), "EUR 166666.67");
    assert_eq!(entry("-amount"), "EUR -500000.00");
    assert_eq!(entry("kind not in ['spent', 'planned']"), "true");
    assert_eq!(entry("state is empty and not (condition is not empty)"), "true");
    assert_eq!(entry("title"), "");
    assert_eq!(entry("slug"), "BA-2009-001");
    assert_eq!(entry("year(date) = 2009"), "true");
    assert_eq!(entry("today()"), "2010-06-01");
    assert_eq!(entry("this = plan.entries"), "expr-pair [\"ref\", \"list\"]");
    let deep = format!("{}1{}", "(".repeat(1_000), ")".repeat(1_000));
    assert!(entry(&deep).starts_with("expr-too-deep"));
    let long = vec!["true"; 300].join(" and ");
    assert!(entry(&long).starts_with("expr-too-deep"), "{}", entry(&long));
    assert!(entry(&"x".repeat(5_000)).starts_with("expr-too-long"));
}

#[test]
fn rules_fire_where_they_say() {
    let mut pages = founding();
    pages.extend([
        page("plannen/oud", "type: plan\ntitle: Oud\nstatus: superseded\n"),
        page("b/los", "type: entry\nid: BA-2010-006\nplan: plannen/weg\nkind: spent\namount: unknown\ndate: 2010-03\n"),
        page("b/meer", "type: entry\nid: BA-2010-009\nplan: b/los\nkind: spent\namount: EUR 2000.00\ndate: 2010-03-01\nsettles: b/BA-2010-005\n"),
        page("f/0", "type: phase\nplan: plannen/plan\norder: 1\nperiod: 2010-01/2010-05\nstatus: closed\n"),
        page("f/1", "type: phase\nplan: plannen/plan\norder: 2\nperiod: 2010-05/2011-12\nstatus: active\n"),
        page("f/2", "type: phase\nplan: plannen/plan\norder: 2\nperiod: 2011-06/2012\n"),
        page("s/a", "type: secondment\nperson: A\nshare: 60%\nperiod: 2010-01/2010-12\n"),
        page("s/b", "type: secondment\nperson: A\nshare: 60%\nperiod: 2010-11/2011-12\n"),
        page("s/c", "type: secondment\nperson: C\nshare: 80%\nperiod: 2010/2010\n"),
        page("s/d", "type: secondment\nperson: C\nshare: 60%\nperiod: 2011/2011\n"),
        page("x/onbekend", "type: plann\n"),
    ]);
    let site = typed(pages);
    assert_eq!(codes(&site, "plannen/oud"), ["needs-target"]);
    assert_eq!(codes(&site, "b/los"), ["field-unique", "ref-missing", "value-unknown", "spent-day"]);
    assert_eq!(codes(&site, "b/meer"), ["ref-type"]);
    assert_eq!(codes(&site, "b/BA-2010-005"), ["not-over-settled"]);
    assert_eq!(codes(&site, "f/0"), ["closed-needs-gate"]);
    assert_eq!(codes(&site, "f/1"), ["field-unique", "gate-before-next", "no-overlap"]);
    assert_eq!(codes(&site, "f/2"), ["field-unique", "no-overlap"]);
    assert_eq!(codes(&site, "s/a"), ["not-over-full"], "60% and 60% in the same month");
    assert_eq!(codes(&site, "s/c"), Vec::<String>::new(), "one after the other");
    assert_eq!(value_of(&site, "s/c", "home_share"), "20%");
    assert_eq!(value_of(&site, "s/c", "fte_lent"), "0.8");
    assert_eq!(codes(&site, "x/onbekend"), ["type-unknown"]);
}

/// What a change from one set of pages to another is refused for.
fn refusals(old: Vec<(String, String)>, new: Vec<(String, String)>) -> Vec<(String, String)> {
    let before = site(types().into_iter().chain(old.clone()).collect(), None);
    let after = site(types().into_iter().chain(new.clone()).collect(), Some(&before));
    let who = Who::default();
    let find =
        |files: &[(String, String)], path: &str| files.iter().find(|file| file.0 == path).map(|file| file.1.clone());
    let mut paths: Vec<String> = old.iter().chain(&new).map(|file| file.0.clone()).collect();
    paths.sort();
    paths.dedup();
    let changes: Vec<Change> = paths
        .into_iter()
        .filter(|path| find(&old, path) != find(&new, path))
        .map(|path| Change {
            old: find(&old, &path).map(|_| BlobId([1; 20])),
            new: find(&new, &path).map(|_| BlobId([2; 20])),
            path: FilePath::parse(&path).unwrap(),
        })
        .collect();
    let (before, after) = (Eval::new(before.seen_by(&who), TODAY), Eval::new(after.seen_by(&who), TODAY));
    let (refused, _) = judge::judge_change(&before, &after, &changes);
    refused
        .into_iter()
        .map(|located| {
            let problem = located.problem;
            (located.path, if problem.code == "rule" { problem.args[0].1.clone() } else { problem.code })
        })
        .collect()
}

fn with(
    mut pages: Vec<(String, String)>,
    path: &str,
    change: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let at = pages.iter().position(|page| page.0 == path);
    let text = at.map_or_else(String::new, |at| pages.remove(at).1);
    if let Some(text) = change(&text) {
        pages.push((path.to_owned(), text));
    }
    pages
}

#[test]
fn a_change_is_refused_for_what_it_makes_worse_elsewhere_too() {
    let told = |refused: Vec<(String, String)>| {
        refused.into_iter().map(|(path, code)| format!("{path} {code}")).collect::<Vec<_>>()
    };
    // A cost that settles more than its commitment holds: the commitment's rule breaks.
    let changed = with(founding(), "b/BA-2010-006.md", |text| Some(text.replace("312.45", "1250.01")));
    assert_eq!(told(refusals(founding(), changed)), ["b/BA-2010-005.md not-over-settled"]);
    // Deleting the plan leaves all who need it.
    let gone = with(founding(), "plannen/plan.md", |_| None);
    assert_eq!(refusals(founding(), gone).len(), 6);
    // A decision turned round breaks the phase after the one that it closed.
    let phases = || {
        let mut pages = founding();
        pages.extend([
            page("d/1", "type: decision\noutcome: go\n"),
            page(
                "f/1",
                "type: phase\nplan: plannen/plan\norder: 1\nperiod: 2010-01/2010-05\nstatus: closed\ngate: d/1\n",
            ),
            page("f/2", "type: phase\nplan: plannen/plan\norder: 2\nperiod: 2010-05/2011\nstatus: active\n"),
        ]);
        pages
    };
    let turned = with(phases(), "d/1.md", |text| Some(text.replace("go", "no-go")));
    assert_eq!(told(refusals(phases(), turned.clone())), ["f/2.md gate-before-next"]);
    // What was wrong before does not hold up anything else.
    let later = with(turned.clone(), "b/BA-2009-001.md", |text| Some(text.replace("500000", "400000")));
    assert_eq!(told(refusals(turned, later)), Vec::<String>::new());
    // What may follow on what.
    let back = with(founding(), "plannen/plan.md", |text| Some(text.replace("current", "draft")));
    assert_eq!(told(refusals(founding(), back)), ["plannen/plan.md field-transition"]);
    let number = with(founding(), "b/BA-2009-001.md", |text| Some(text.replace("BA-2009-001", "BA-2009-101")));
    assert_eq!(told(refusals(founding(), number)), ["b/BA-2009-001.md field-immutable"]);
    // A second entry under a number that is taken.
    let twice = with(founding(), "b/nieuw.md", |_| {
        Some(
            "---\ntype: entry\nid: BA-2009-001\nplan: plannen/plan\nkind: planned\namount: EUR 1.00\ndate: 2010\n---\n"
                .into(),
        )
    });
    assert_eq!(told(refusals(founding(), twice)), ["b/nieuw.md field-unique"]);
}

#[test]
fn what_is_held_is_held_in_two_saves_as_in_one() {
    let told = |old: Vec<(String, String)>, new: Vec<(String, String)>| {
        refusals(old, new).into_iter().map(|(path, code)| format!("{path} {code}")).collect::<Vec<_>>()
    };
    let entry = |change: &dyn Fn(&str) -> Option<String>| with(founding(), "b/BA-2009-001.md", change);
    let plan = |change: &dyn Fn(&str) -> Option<String>| with(founding(), "plannen/plan.md", change);
    // The type off, unknown, another, or in a frontmatter that nobody can read.
    for of in ["", "typo: entry\n", "type: \n", "type: nergens\n", "type: decision\n"] {
        let changed = entry(&|text| Some(text.replace("type: entry\n", of)));
        assert_eq!(told(founding(), changed), ["b/BA-2009-001.md type-held"], "{of}");
    }
    let bare = entry(&|_| Some("Geen velden meer.\n".into()));
    assert_eq!(told(founding(), bare), ["b/BA-2009-001.md type-held"]);
    // The field off: an immutable one, and one that goes by steps.
    let without = entry(&|text| Some(text.replace("id: BA-2009-001\n", "")));
    assert_eq!(told(founding(), without), ["b/BA-2009-001.md field-required", "b/BA-2009-001.md field-immutable"]);
    let without = plan(&|text| Some(text.replace("status: current\n", "")));
    assert_eq!(told(founding(), without), ["plannen/plan.md field-required", "plannen/plan.md field-emptied"]);
    let odd = plan(&|text| Some(text.replace("status: current\n", "status: zomaar\n")));
    assert_eq!(told(founding(), odd), ["plannen/plan.md value-choice"]);
    // Deleted is deleted; what holds nothing may change its type.
    let gone = entry(&|_| None);
    assert_eq!(told(founding(), gone), Vec::<String>::new());
    let free = || [founding(), vec![page("d/1", "type: decision\noutcome: go\n")]].concat();
    let other = with(free(), "d/1.md", |text| Some(text.replace("type: decision\noutcome: go\n", "")));
    assert_eq!(told(free(), other), Vec::<String>::new());
    // Moved and of no type at once, and moved as it is.
    let titled =
        || with(founding(), "b/BA-2009-001.md", |text| Some(text.replace("plan:", "title: Reservering\nplan:")));
    let moved = |change: &dyn Fn(&str) -> String| {
        let text = titled().into_iter().find(|page| page.0 == "b/BA-2009-001.md").unwrap().1;
        let mut pages = with(titled(), "b/BA-2009-001.md", |_| None);
        pages.push(("c/1.md".to_owned(), change(&text)));
        pages
    };
    assert_eq!(told(titled(), moved(&str::to_owned)), Vec::<String>::new());
    assert_eq!(told(titled(), moved(&|text| text.replace("type: entry\n", ""))), ["c/1.md type-held"]);
    // A type that goes by another name and holds the same.
    let renamed = |name: &str, of: &str| {
        let post = with(founding(), "b/BA-2009-001.md", |text| Some(text.replace("type: entry", of)));
        with(post, ".polder/types/post.yml", |_| {
            Some(ENTRY.replace("type: entry\n", "type: post\n").replace("id: {", name))
        })
    };
    assert_eq!(told(renamed("id: {", "type: entry"), renamed("id: {", "type: post")), Vec::<String>::new());
    let loose = |of: &str| {
        renamed("id: {hint: Los, ", of).into_iter().map(|(path, text)| {
            let text = if path.ends_with("post.yml") {
                text.replace("unique: true, immutable: true", "unique: true")
            } else {
                text
            };
            (path, text)
        })
    };
    assert_eq!(told(loose("type: entry").collect(), loose("type: post").collect()), ["b/BA-2009-001.md type-held"]);
}

#[test]
fn a_reference_for_good_follows_its_page() {
    let pages = |address: &str| {
        let mut pages = founding();
        pages.push((".polder/types/group.yml".to_owned(), GROUP.to_owned()));
        pages.push(page(address, "type: group\ntitle: Alpha\nplan: plannen/plan\n"));
        pages.push(page("g/b", &format!("type: group\nplan: plannen/plan\nowner: {address}\n")));
        pages
    };
    assert_eq!(refusals(pages("g/a"), pages("h/a")), []);
}

#[test]
fn odd_types_are_told_and_the_rest_goes_on() {
    let told = |yaml: &str| -> Vec<String> {
        let mut files = types();
        files.push((".polder/types/odd.yml".to_owned(), yaml.to_owned()));
        let site = site(files, None);
        let who = Who::default();
        let problems = &site.seen_by(&who).types().problems;
        problems.values().flatten().map(|problem| format!("{} {}", problem.at.line, problem.code)).collect()
    };
    let cases = [
        ("type: odd\nfields:\n  a: {type: mony}\n", "3 type-kind"),
        ("type: odd\nfields:\n  a: {type: ref, to: [plam]}\n", "3 type-unknown"),
        (
            "type: odd\nfields:\n  a: {type: computed, expr: b + 1}\n  b: {type: computed, expr: a + 1}\n",
            "3 type-cycle",
        ),
        ("type: odd\nfields:\n  a: {type: computed, expr: a + 1, as: number}\n", "3 type-cycle"),
        (
            "type: odd\nfields:\n  p: {type: ref, to: [odd]}\n  n: {type: int}\n  t: {type: rollup, from: odd, via: p, agg: sum, of: t}\n",
            "5 type-cycle",
        ),
        ("type: odd\nfields:\n  t: {type: rollup, from: entry, via: plan, agg: sum, of: amount}\n", "3 type-via"),
        ("type: odd\nfields:\n  t: {type: rollup, from: entry, via: plam, agg: sum, of: amount}\n", "3 expr-name"),
        ("type: odd\nfields:\n  a: {type: text, pattern: '('}\n", "3 type-bad"),
        ("type: odd\nfields:\n  a: {type: text, reqired: true}\n", "3 type-key"),
        ("type: other\n", "1 type-name"),
        ("type: odd\nfields:\n  a: {type: int}\nrules:\n  - {id: x, check: a > 'b'}\n", "5 expr-pair"),
        ("type: odd\nfields:\n  a: {type: enum}\n", "3 type-missing"),
        ("type: odd\nfields:\n  a: {type: enum, values: [x], transitions: {y: [x]}}\n", "3 expr-choice"),
    ];
    for (yaml, want) in cases {
        let told = told(yaml);
        assert!(told.iter().any(|told| told == want), "{yaml}: {told:?}");
    }
    // Spelled well, and impossible all the same. Nothing else is told of it.
    let fields = "fields:\n  day: {type: date}\n  who: {type: list, of: text}\n  plan: {type: ref, to: [plan]}\n  sum: {type: computed, expr: 1 + 1, as: number}\n";
    for (path, want) in [
        ("{x.y.z}", "type-path-field"),
        ("{days}", "type-path-field"),
        ("{day.z}", "type-path"),
        ("{day.year.month}", "type-path"),
        ("{slug.x}", "type-path"),
        ("{who}", "type-path"),
        ("{sum}", "type-path"),
        ("{plan.year}", "type-path"),
        ("{day", "type-path"),
        ("day}", "type-path"),
        ("a//{slug}", "type-path"),
        ("../{slug}", "type-path"),
        (".polder/{slug}", "type-path"),
    ] {
        let yaml = format!("type: odd\npath: '{path}'\n{fields}");
        assert_eq!(told(&yaml), [format!("2 {want}")], "{path}");
    }
    for path in ["a/{day.year}/{day.month}/{plan.slug}", "{title}", "/b/{ slug }/"] {
        assert_eq!(told(&format!("type: odd\npath: '{path}'\n{fields}")), Vec::<String>::new(), "{path}");
    }
    for (field, want) in [
        ("type: int, default: veel", "3 value-whole"),
        ("type: int, default: 3, max: 2", "3 value-high"),
        ("type: text, default: abc, pattern: 'x+'", "3 value-pattern"),
        ("type: money, currency: [EUR], default: USD 1.00", "3 value-currency"),
        ("type: money, default: unknown", "3 value-unknown"),
        ("type: date, default: [2010, 2011]", "3 type-default"),
        ("type: list, of: text, default: x", "3 type-default"),
        ("type: computed, expr: 1 + 1, as: number, default: 3", "3 type-default"),
        ("type: list, of: {record: {n: {type: bool, default: misschien}}}", "3 value-bool"),
        ("type: int, min: 5, max: 4", "3 type-bounds"),
        ("type: percent, min: 100%, max: 50%", "3 type-bounds"),
        ("type: list, of: text, min: 3, max: 1", "3 type-bounds"),
        ("type: ref, to: [plan], inverse: title", "3 type-inverse"),
        ("type: ref, to: [odd], inverse: a", "3 type-inverse"),
    ] {
        assert_eq!(told(&format!("type: odd\nfields:\n  a: {{{field}}}\n")), [want], "{field}");
    }
    for field in ["type: percent, min: 50%, max: 50%, default: 50%", "type: ref, to: [plan], inverse: odds, default: x"]
    {
        assert_eq!(told(&format!("type: odd\nfields:\n  a: {{{field}}}\n")), Vec::<String>::new(), "{field}");
    }
}

#[test]
fn a_default_that_refers_to_nothing_is_told_of_its_type() {
    let told = |field: &str| -> Vec<String> {
        let mut files = types();
        files.push((".polder/types/odd.yml".to_owned(), format!("type: odd\nfields:\n  a: {{{field}}}\n")));
        files.push(page("plan", "type: plan\ntitle: Plan\n"));
        files.push(page("plain", "title: Gewoon\n"));
        let (site, who) = (site(files, None), Who::default());
        let problems = site.seen_by(&who).problems(TODAY);
        let of = problems.iter().filter(|(path, _)| path.as_str() == ".polder/types/odd.yml");
        of.flat_map(|(_, all)| all).map(|problem| format!("{} {}", problem.at.line, problem.code)).collect()
    };
    assert_eq!(told("type: ref, to: [plan], inverse: odds, default: plan"), [""; 0]);
    assert_eq!(told("type: ref, to: [page], default: plain"), [""; 0]);
    assert_eq!(told("type: ref, to: [plan], inverse: odds, default: plam"), ["3 ref-missing"]);
    assert_eq!(told("type: ref, to: [plan], inverse: odds, default: plain"), ["3 ref-type"]);
    let nested = "type: list, of: {record: {who: {type: ref, to: [page], default: nergens}}}";
    assert_eq!(told(nested), ["3 ref-missing"]);
}

/// What every index of a site's records says: who refers to whom, and who holds what.
fn indexed(site: &Site) -> Vec<String> {
    let who = Who::default();
    let records = site.seen_by(&who).records();
    let n_pages = u32::try_from(site.pages().len()).unwrap();
    let mut said = Vec::new();
    for (of, kind) in (0..).zip(records.types().all()) {
        for (field, _) in (0..).zip(&kind.fields) {
            for target in 0..n_pages {
                said.push(format!(
                    "{of} {field} {target} {:?}",
                    records.referrers((of, field), target).collect::<Vec<_>>()
                ));
            }
            for page in 0..n_pages {
                let value = records.value(page, (of, field)).cloned().unwrap_or(Value::Empty);
                said.push(format!("{of} {field} {value} {:?}", records.holding((of, field), &value)));
            }
        }
    }
    said
}

#[test]
fn indexes_taken_over_say_what_new_ones_would() {
    // INV-2
    let lent = |text: &str| page("uitleen/noor", text);
    let mut before = founding();
    before.push(lent("type: secondment\nperson: Noor\nshare: 50%\nfte: '1.0'\n"));
    let mut previous = typed(before.clone());
    for changed in [
        lent("type: secondment\nperson: Noor\nshare: 60%\nfte: '1.00'\n"),
        lent("type: secondment\nperson: Bas\nshare: 60%\nfte: '1.00'\n"),
        lent("type: decision\noutcome: go\n"),
        lent("person: niemand\n"),
        lent("type: entry\nid: BA-2010-900\nplan: plannen/plan\nkind: spent\namount: EUR 1.00\ndate: 2010-01-01\n"),
        lent("type: entry\nid: BA-2010-901\nplan: nergens\nkind: spent\namount: EUR 1.00\ndate: 2010-01-01\n"),
    ] {
        // All indexes are there to be taken over.
        indexed(&previous);
        let at = before.len() - 1;
        before[at] = changed;
        let files: Vec<(String, String)> = types().into_iter().chain(before.clone()).collect();
        let next = site(files.clone(), Some(&previous));
        assert!(std::ptr::eq(next.names(), previous.names()));
        assert_eq!(indexed(&next), indexed(&site(files, None)));
        previous = next;
    }
}

fn run(site: &Site, page: &str, yaml: &str) -> Result<(query::Query, query::Table), Vec<String>> {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).unwrap()).unwrap();
    let query = query::read(yaml, 1, seen.types(), query::this_of(seen, Some(at)));
    let query =
        query.map_err(|problems| problems.iter().map(|p| format!("{} {}", p.at.line, p.code)).collect::<Vec<_>>())?;
    let table = query::run(&query, &Eval::new(seen, TODAY), Some(at));
    Ok((query, table))
}

fn spelled(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}

#[test]
fn queries_give_rows_groups_and_totals() {
    let site = typed(founding());
    let yaml = "from: entry\nwhere: plan = this\ncolumns: [title, id, amount, {expr: date.year, label: Jaar}]\ngroup: kind\nsort: [-amount]\ntotal: [amount]\n";
    let (query, table) = run(&site, "plannen/plan", yaml).unwrap();
    assert_eq!(table.n_found, 6);
    let groups: Vec<String> =
        table.groups.iter().map(|group| format!("{} {} {}", group.key, group.n_found, group.totals[0])).collect();
    assert_eq!(
        groups,
        [
            "reserved 1 EUR 500000.00",
            "conditional 1 EUR 150000.00",
            "planned 2 EUR 120000.00 + 1 unknown",
            "committed 1 EUR 1250.00",
            "spent 1 EUR 312.45"
        ],
        "in the order of the type"
    );
    assert_eq!(spelled(&table.totals), ["EUR 771562.45 + 1 unknown"]);
    assert_eq!(query.totals[0].column, Some(2));
    assert_eq!(spelled(&table.rows[0].cells), ["", "BA-2009-001", "EUR 500000.00", "2009"]);
    let yaml = "from: entry\nwhere: plan = this and kind = 'spent'\nview: {kind: chart, x: date.month, y: sum(amount), stack: kind}\nlimit: 1\n";
    let (_, table) = run(&site, "plannen/plan", yaml).unwrap();
    assert_eq!(table.bars.len(), 1);
    assert_eq!((table.bars[0].x.to_string(), table.bars[0].y.to_string()), ("2010-03".into(), "EUR 312.45".into()));
    assert_eq!(table.bars[0].parts.len(), 1);
    let yaml = "from: entry\nview: {kind: chart, x: date.month, y: sum(amount), fill: {by: month, to: 2010-04, none: geen kosten}}\n";
    let (_, table) = run(&site, "plannen/plan", yaml).unwrap();
    let months: Vec<String> = table.bars.iter().map(|bar| format!("{} {}", bar.x, bar.y)).collect();
    assert_eq!(
        months,
        [
            "2009-09 EUR 650000.00 + 1 unknown",
            "2009-10 ",
            "2009-11 ",
            "2009-12 ",
            "2010-01 ",
            "2010-02 EUR 1250.00",
            "2010-03 EUR 312.45",
            "2010-04 ",
            " EUR 120000.00"
        ],
        "months without anything are named; what has no month goes last"
    );
    let yaml = "from: pages\nwhere: folder = 'b'\nview: count\n";
    assert_eq!(run(&site, "plannen/plan", yaml).unwrap().1.n_found, 6);
    let (query, table) =
        run(&site, "plannen/plan", "from: entry\ntotal: {amount: max, date: earliest, title: count}\n").unwrap();
    assert_eq!(spelled(&table.totals), ["unknown", "2009-09", "0"]);
    assert_eq!(query.columns.len(), 1);
    let odd = |yaml: &str| run(&site, "plannen/plan", yaml).unwrap_err();
    assert_eq!(odd("from: entri\n"), ["1 type-unknown"]);
    assert_eq!(odd("where: x\n"), ["1 query-missing"]);
    assert_eq!(odd("from: entry\nwhere: amont > EUR 1.00\n"), ["2 expr-name"]);
    assert_eq!(odd("from: entry\nview: tabel\n"), ["2 query-view"]);
    assert_eq!(odd("from: entry\nview: board\ngroup: amount\n"), ["3 query-bad"]);
    assert_eq!(odd("from: entry\nlimit: 0\n"), ["3 query-bad".replace('3', "2")]);
    assert_eq!(odd("from: entry\ntotal: [title]\n"), ["2 expr-aggregate"]);
    assert_eq!(odd("from: entry\ncolums: [title]\n"), ["2 query-key"]);
    assert_eq!(odd("from: [\n").len(), 1);
}

#[test]
fn a_query_over_everything_times_everything_ends() {
    let mut pages = founding();
    for n in 0..3_000 {
        pages.push(page(
            &format!("p/{n}"),
            &format!("type: entry\nid: BA-3000-{n}\nplan: plannen/plan\nkind: planned\namount: EUR 1.00\ndate: 2010\n"),
        ));
    }
    let site = site(types().into_iter().chain(pages).collect(), None);
    let (_, table) =
        run(&site, "plannen/plan", "from: entry\nwhere: count(plan.entries[count(plan.entries) > 5]) > 5\n").unwrap();
    assert!(table.is_too_costly);
}

const GROUP: &str = "type: group
fields:
  title: {type: text}
  rel: {type: list, of: {ref: [group]}}
  owner: {type: ref, to: [group], immutable: true}
  plan: {type: ref, to: [plan]}
  parts: {type: list, of: {record: {who: {type: ref, to: [plan], required: true}}}}
  kind: {type: enum, values: [a, b]}
  amount: {type: money, allow_unknown: true}
  ratio: {type: computed, as: number, expr: amount / EUR 100.00}
  half: {type: computed, as: money, expr: amount / 2}
";

fn grouped(pages: Vec<(String, String)>) -> Vec<(String, String)> {
    let own = (".polder/types/group.yml".to_owned(), GROUP.to_owned());
    types().into_iter().chain([own]).chain(pages).collect()
}

#[test]
fn lists_of_lists_of_lists_end_by_their_bound() {
    let rel = vec!["g/a"; 2_000].join(", ");
    let site = site(grouped(vec![page("g/a", &format!("type: group\nrel: [{rel}]\n"))]), None);
    assert_eq!(value_of(&site, "g/a", "count(this.rel)"), "2000");
    assert_eq!(value_of(&site, "g/a", "count(this.rel.rel.rel)"), "", "a fault, which has no spelling");
}

#[test]
fn pages_of_one_title_are_groups_of_their_own_and_unknown_is_never_zero() {
    let mut pages: Vec<(String, String)> = ["x", "y"]
        .iter()
        .map(|name| page(&format!("p/{name}"), "type: plan\ntitle: Overig\nstatus: current\n"))
        .collect();
    for (n, (plan, amount)) in [("x", "EUR 1.01"), ("y", "EUR 2.01"), ("x", "unknown")].iter().enumerate() {
        pages.push(page(&format!("g/{n}"), &format!("type: group\nplan: p/{plan}\namount: {amount}\n")));
    }
    let site = site(grouped(pages), None);
    let (_, table) = run(
        &site,
        "p/x",
        "from: group\ngroup: plan\ntotal: [amount, ratio, {x: 1}]\n".replace(", {x: 1}", "").as_str(),
    )
    .unwrap();
    let totals: Vec<String> = table.groups.iter().map(|group| group.totals[0].to_string()).collect();
    assert_eq!(totals, ["EUR 1.01 + 1 unknown", "EUR 2.01"]);
    assert_eq!(table.totals[1].to_string(), "unknown", "a ratio of what is unknown");
    // Rows that are shown add up to the total that is shown.
    let (_, table) = run(&site, "p/x", "from: group\nwhere: amount > 0\ncolumns: [half]\ntotal: [half]\n").unwrap();
    assert_eq!(table.rows.iter().map(|row| row.cells[0].to_string()).collect::<Vec<_>>(), ["EUR 0.50", "EUR 1.00"]);
    assert_eq!(spelled(&table.totals), ["EUR 1.50"]);
}

#[test]
fn what_refers_is_judged_when_the_other_end_changes() {
    let refused = |old: Vec<(String, String)>, new: Vec<(String, String)>| -> Vec<String> {
        let all = |pages: Vec<(String, String)>| {
            let mut pages = pages;
            pages.push((".polder/types/group.yml".to_owned(), GROUP.to_owned()));
            pages
        };
        refusals(all(old), all(new)).into_iter().map(|(path, code)| format!("{path} {code}")).collect()
    };
    let pages = || {
        vec![
            page("plannen/plan", "type: plan\ntitle: Alpha\nstatus: current\n"),
            page("g/a", "type: group\nplan: plannen/plan\n"),
            page("g/b", "type: group\nplan: Alpha\nowner: g/a\n"),
            page("g/c", "type: group\nparts: [{who: plannen/plan}]\n"),
        ]
    };
    let untyped = with(pages(), "plannen/plan.md", |text| Some(text.replace("type: plan\n", "")));
    assert_eq!(
        refused(pages(), untyped),
        ["g/a.md ref-type", "g/b.md ref-type", "g/c.md ref-type", "plannen/plan.md type-held"]
    );
    let shadowed = with(pages(), "g/Alpha.md", |_| Some("# Iets anders\n".into()));
    assert_eq!(refused(pages(), shadowed), ["g/b.md ref-type", "g/b.md ref-turned"]);
    let gone = with(pages(), "plannen/plan.md", |_| None);
    assert_eq!(refused(pages(), gone), ["g/c.md ref-missing"], "required inside a list too");
    let other = with(pages(), "g/b.md", |text| Some(text.replace("owner: g/a", "owner: g/c")));
    assert_eq!(refused(pages(), other), ["g/b.md field-immutable"]);
    // What is allowed changed; what was wrong is wrong as before.
    let odd = || with(pages(), "g/a.md", |text| Some(text.replace("plan:", "kind: z\nplan:")));
    let wider = |mut pages: Vec<(String, String)>| {
        pages.push((".polder/types/group.yml".to_owned(), GROUP.replace("[a, b]", "[a, b, c]")));
        pages
    };
    let old = {
        let mut pages = odd();
        pages.push((".polder/types/group.yml".to_owned(), GROUP.to_owned()));
        pages
    };
    assert_eq!(refusals(old, wider(odd())), []);
    // A folder of records that look alike moves as a whole.
    let moved = |folder: &str| -> Vec<(String, String)> {
        let mut pages = founding();
        pages.extend((0..5).map(|n| {
            page(&format!("{folder}/{n}"), &format!("type: entry\ntitle: Kost\nid: BA-2011-00{n}\nplan: plannen/plan\nkind: planned\namount: EUR 1.00\ndate: 2011\n"))
        }));
        pages
    };
    assert_eq!(refused(moved("c"), moved("q/c")), Vec::<String>::new());
}

#[test]
fn months_and_currencies_are_compared_as_people_mean_it() {
    let pages = vec![
        page("s/a", "type: secondment\nperson: A\nshare: 100%\nperiod: 2010-01/2010-05\n"),
        page("s/b", "type: secondment\nperson: A\nshare: 100%\nperiod: 2010-05/2010-12\n"),
    ];
    let site = typed(pages);
    assert_eq!(codes(&site, "s/a"), Vec::<String>::new(), "a shared month is shared by neither");
    let check = |source: &str| value_of(&site, "s/a", source);
    assert_eq!(check("2010-05-31 < 2010-06"), "true");
    assert_eq!(check("2010-06-01 < 2010-06"), "false");
    assert_eq!(check("2010 < today()"), "false", "the year is not over");
    assert_eq!(check("2010-06 <= today()"), "true");
    assert_eq!(check("EUR -5.00 + USD -5.00 < 0"), "true");
    assert_eq!(check("EUR -5.00 + USD 5.00 < 0"), "unknown");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn groups_add_up_and_a_change_moves_every_total_above(
        cents in proptest::collection::vec((0i64..100_000_000, 0usize..5, 0usize..2), 1..20),
        at in 0usize..20,
        change in 1i64..1_000_000,
    ) {
        const KINDS: [&str; 5] = ["reserved", "conditional", "planned", "committed", "spent"];
        let pages = |cents: &[(i64, usize, usize)]| {
            let mut pages = founding();
            pages.push(page("plannen/ander", "type: plan\ntitle: Ander\nstatus: current\n"));
            for (n, (cents, kind, plan)) in cents.iter().enumerate() {
                let plan = ["plannen/plan", "plannen/ander"][*plan];
                let amount = format!("{}.{:02}", cents / 100, cents % 100);
                pages.push(page(&format!("p/{n:03}"), &format!(
                    "type: entry\nid: BA-3000-{n:03}\nplan: {plan}\nkind: {}\ncondition: x\namount: EUR {amount}\ndate: 2010-01-01\n", KINDS[*kind])));
            }
            typed(pages)
        };
        let total = |site: &Site, group: &str| {
            let (_, table) = run(site, "plannen/plan", &format!("from: entry\nwhere: date = 2010-01-01\ngroup: {group}\ntotal: [amount]\n")).unwrap();
            let mut sum = Value::Sum(Arc::default());
            for group in &table.groups {
                sum = crate::value::add_amounts(&sum, &group.totals[0], false);
            }
            (sum.to_string(), table.totals[0].to_string())
        };
        let before = pages(&cents);
        for group in ["kind", "plan", "date.month"] {
            let (groups, whole) = total(&before, group);
            prop_assert_eq!(&groups, &whole);
        }
        let at = at % cents.len();
        let mut moved = cents.clone();
        moved[at].0 += change;
        let after = pages(&moved);
        let field = ["ceiling", "", "planned", "committed", "spent"][cents[at].1];
        let plan = ["plannen/plan", "plannen/ander"][cents[at].2];
        if !field.is_empty() {
            let difference = |site: &Site| value_of(site, plan, field);
            let (old, new) = (difference(&before), difference(&after));
            let cents_of = |text: &str| -> i64 {
                text.strip_prefix("EUR ").unwrap().split(" + ").next().unwrap().replace('.', "").parse().unwrap()
            };
            prop_assert_eq!(cents_of(&new) - cents_of(&old), change, "{} {}", old, new);
        }
    }

    #[test]
    fn any_text_is_an_expression_or_a_fault(source in "[a-z0-9 .'()\\[\\]=<>+*/%,-]{0,60}") {
        let site = typed(founding());
        let who = Who::default();
        let seen = site.seen_by(&who);
        let scope = Scope { types: seen.types(), row: Targets::one(seen.types().named("entry").unwrap()), this: None };
        let _ = expr::compile(&source, &scope);
        let _ = expr::compile_aggregate(&source, &scope);
        let _ = query::read(&source, 1, seen.types(), Targets::any());
    }
}
