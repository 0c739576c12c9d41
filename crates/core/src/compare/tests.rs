//! Comparisons on small sites made of texts; that the sum under a total always holds, by chance.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use jiff::civil;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::access::Who;
use crate::doc;
use crate::ids::CommitId;
use crate::manifest::{Entry, Manifest};
use crate::site::{self, Site, wants_doc};
use crate::value::{Currency, Money};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  status: {type: enum, values: [draft, current]}
  period: {type: daterange}
  owner: {type: ref, to: [page]}
  partners: {type: list, of: {ref: [page]}}
  budget: {type: money, currency: [EUR, USD], allow_unknown: true}
  share: {type: percent}
  staff: {type: int}
  due: {type: date}
  total: {type: rollup, from: cost, via: plan, agg: sum, of: amount}
  spent: {type: rollup, from: cost, via: plan, agg: sum, of: amount, where: \"kind = 'spent'\"}
  n_costs: {type: rollup, from: cost, via: plan, agg: count}
  hours: {type: rollup, from: cost, via: plan, agg: sum, of: hours}
  mean: {type: rollup, from: cost, via: plan, agg: average, of: amount}
  by_kind: {type: rollup, from: cost, via: plan, agg: sum, of: amount, by: kind}
  twice: {type: computed, as: money, expr: total + total}
  age: {type: computed, as: bool, expr: due < today()}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Cost}
tree_parent: plan
fields:
  title: {type: text}
  plan: {type: ref, to: [plan], inverse: costs}
  kind: {type: enum, values: [planned, spent]}
  amount: {type: money, currency: [EUR, USD], allow_unknown: true}
  hours: {type: decimal}
";

const RECEIPT: &str = "type: receipt
tree_parent: cost
fields:
  title: {type: text}
  cost: {type: ref, to: [cost]}
  amount: {type: money, currency: [EUR]}
";

const OLD_DAY: civil::Date = civil::date(2010, 1, 1);
const NEW_DAY: civil::Date = civil::date(2010, 6, 1);

type Files = Vec<(String, String)>;

fn page(name: &str, front: &str) -> (String, String) {
    (format!("{name}.md"), format!("---\n{front}---\n"))
}

fn types() -> Files {
    [("plan", PLAN), ("cost", COST), ("receipt", RECEIPT)]
        .map(|(name, text)| (format!(".polder/types/{name}.yml"), text.to_owned()))
        .to_vec()
}

fn blob(text: &str) -> BlobId {
    let mut blob = [0; 20];
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    blob[..8].copy_from_slice(&hash.to_le_bytes());
    BlobId(blob)
}

fn site_of(files: &Files) -> Site {
    let mut files = files.clone();
    files.sort_by(|a, b| FilePath::parse(&a.0).unwrap().cmp(&FilePath::parse(&b.0).unwrap()));
    let entries: Vec<Entry> =
        files.iter().map(|(path, text)| Entry { path: FilePath::parse(path).unwrap(), blob: blob(text) }).collect();
    let docs = files.iter().map(|(path, text)| (FilePath::parse(path).unwrap(), text));
    let docs = docs.filter(|(path, _)| wants_doc(path));
    let docs = docs.map(|(path, text)| Arc::new(doc::parse(path.kind(), text.as_bytes()))).collect();
    site::assemble(CommitId([1; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, None)
}

/// Two sets of files, compared.
struct Two {
    old: Site,
    new: Site,
    texts: Vec<String>,
    moves: Vec<(&'static str, &'static str)>,
}

impl Two {
    fn new(old: Files, new: Files) -> Two {
        let with_types = |mut files: Files| {
            if !files.iter().any(|file| file.0.starts_with(".polder/types/")) {
                files.extend(types());
            }
            files
        };
        let (old, new) = (with_types(old), with_types(new));
        let texts = old.iter().chain(&new).map(|file| file.1.clone()).collect();
        Two { old: site_of(&old), new: site_of(&new), texts, moves: Vec::new() }
    }

    fn moved(mut self, from: &'static str, to: &'static str) -> Two {
        self.moves.push((from, to));
        self
    }

    fn pair(&self, name: &str) -> Pair {
        let who = Who::default();
        let path = FilePath::parse(&format!("{name}.md")).unwrap();
        Pair { old: self.old.seen_by(&who).page_at(&path), new: self.new.seen_by(&who).page_at(&path) }
    }

    fn compare(&self, scope: Scope<'_>) -> Comparison {
        let who = Who::default();
        let moved = |path: &FilePath| {
            let found = self.moves.iter().find(|known| known.0 == path.address())?;
            FilePath::parse(&format!("{}.md", found.1)).ok()
        };
        let read = |id: BlobId| self.texts.iter().find(|text| blob(text) == id).map(|text| text.as_bytes().into());
        let old = Side { seen: self.old.seen_by(&who), today: OLD_DAY };
        let new = Side { seen: self.new.seen_by(&who), today: NEW_DAY };
        // A page that moved left its path to another.
        let is_another = |path: &FilePath| self.moves.iter().any(|known| known.0 == path.address());
        compare(old, new, scope, &Known { is_another: &is_another, moved: &moved, read: &read })
    }

    fn of(&self, name: &str) -> Comparison {
        self.compare(Scope::Page(self.pair(name)))
    }
}

fn field<'c>(comparison: &'c Comparison, key: &str) -> &'c FieldChange {
    let found = comparison.pages.all.iter().flat_map(|page| &page.fields).find(|field| &*field.key == key);
    found.unwrap_or_else(|| panic!("{key} is the same"))
}

fn keys(page: &PageChange) -> Vec<&str> {
    page.fields.iter().map(|field| &*field.key).collect()
}

fn eur(amount: &str) -> Money {
    Money::parse(&format!("EUR {amount}")).unwrap()
}

fn number(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

#[test]
fn fields_say_how_they_changed() {
    let two = Two::new(
        vec![
            page("a", "title: A\n"),
            page("b", "title: B\n"),
            page("c", "title: C\n"),
            page(
                "plan",
                "type: plan\ntitle: Oud\nstatus: draft\nperiod: 2010-01/2010-05\nowner: a\npartners: [a, b]\nbudget: EUR 500000.00\nshare: 80%\nstaff: 2\ndue: 2010-02-28\nx_note: een\ntags: [een, twee]\n",
            ),
        ],
        vec![
            page("a", "title: Anders\n"),
            page("b", "title: B\n"),
            page("c", "title: C\n"),
            page(
                "plan",
                "type: plan\ntitle: Nieuw\nstatus: current\nperiod: 2010-01/2010-08-31\nowner: a\npartners: [c, a]\nbudget: EUR 650000.00\nshare: 85%\nstaff: 3\ndue: 2010-03-31\nx_note: twee\ntags: [twee, drie]\n",
            ),
        ],
    );
    let found = two.of("plan");
    let plan = &found.pages.all[0];
    assert_eq!((plan.fate, plan.is_renamed, plan.is_moved, plan.body), (Fate::Changed, true, false, Some(false)));
    let want = ["status", "period", "partners", "budget", "share", "staff", "due", "age", "x_note", "tags"];
    assert_eq!(keys(plan), want, "a reference to a page with another title is the same");
    let by = Money { amount: number("150000.00"), currency: Currency::EUR };
    let amount = AmountChange { old: eur("500000.00"), new: eur("650000.00"), by, part: Some(number("0.3")) };
    assert_eq!(field(&found, "budget").change, Change::Amount { by: vec![amount], unknown: (0, 0) });
    assert_eq!(field(&found, "period").change, Change::Period { from: None, to: Some(Shift::Months(3)) });
    assert_eq!(
        field(&found, "due").change,
        Change::Date(Shift::Months(1)),
        "from the end of a month to the end of one"
    );
    assert_eq!(field(&found, "share").change, Change::Percent(number("0.05")));
    assert_eq!(field(&found, "staff").change, Change::Number { by: number("1"), part: Some(number("0.5")) });
    let Change::List(partners) = &field(&found, "partners").change else { panic!("no list") };
    assert_eq!((partners.n_added, partners.n_removed), (1, 1));
    assert_eq!(partners.removed, [Value::Page(two.pair("b").old.unwrap())]);
    assert_eq!(partners.added, [Value::Page(two.pair("c").new.unwrap())]);
    assert_eq!(field(&found, "x_note").origin, Origin::Untyped);
    assert!(matches!(&field(&found, "tags").change, Change::List(list) if (list.n_added, list.n_removed) == (1, 1)));
    assert_eq!(field(&found, "age").old.value, Value::Bool(false), "each version has a day of its own");
}

#[test]
fn dates_move_by_what_they_know() {
    for (old, new, want) in [
        ("2010-01-15", "2010-04-15", Shift::Months(3)),
        ("2010-01-15", "2010-01-31", Shift::Days(16)),
        ("2010-05", "2010-02", Shift::Months(-3)),
        ("2010", "2012", Shift::Months(24)),
        ("2010", "2010-05", Shift::Finer),
        ("2010-05-03", "2010-05", Shift::Coarser),
        ("2010-05", "2010-08-01", Shift::Months(3)),
        ("2010-03-31", "2010-02-28", Shift::Months(-1)),
        ("2010-01-31", "2010-02-01", Shift::Days(1)),
    ] {
        let plan = |due: &str| vec![page("plan", &format!("type: plan\ntitle: P\ndue: {due}\n"))];
        let found = Two::new(plan(old), plan(new)).of("plan");
        assert_eq!(field(&found, "due").change, Change::Date(want), "{old} to {new}");
    }
    for (old, new, want) in [
        ("2010/..", "2010/2011", (None, Some(Shift::Set))),
        ("2010/2011", "2010/..", (None, Some(Shift::Opened))),
        ("2010-01-01/2010-12-31", "2011-01-01/2011-12-31", (Some(Shift::Months(12)), Some(Shift::Months(12)))),
    ] {
        let plan = |period: &str| vec![page("plan", &format!("type: plan\ntitle: P\nperiod: {period}\n"))];
        let found = Two::new(plan(old), plan(new)).of("plan");
        assert_eq!(field(&found, "period").change, Change::Period { from: want.0, to: want.1 }, "{old} to {new}");
    }
}

#[test]
fn unknown_and_misspelt_values_are_no_zeros() {
    for (old, new, want) in [
        ("unknown", "EUR 5.00", Change::BecameKnown),
        ("EUR 5.00", "unknown", Change::BecameUnknown),
        ("\"\"", "EUR 5.00", Change::Filled),
        ("EUR 5.00", "\"\"", Change::Emptied),
        ("veel", "EUR 5.00", Change::Other),
    ] {
        let plan = |budget: &str| vec![page("plan", &format!("type: plan\ntitle: P\nbudget: {budget}\n"))];
        let found = Two::new(plan(old), plan(new)).of("plan");
        assert_eq!(field(&found, "budget").change, want, "{old} to {new}");
    }
}

#[test]
fn a_page_that_moved_is_the_same_page() {
    let cost = |plan: &str| page("k/a", &format!("type: cost\ntitle: K\nplan: {plan}\namount: EUR 5.00\n"));
    let plan = |name: &str| page(name, "type: plan\ntitle: P\nowner: baas\n");
    let two = Two::new(
        vec![plan("oud/plan"), cost("oud/plan"), page("baas", "title: Baas\n")],
        vec![plan("nieuw/plan"), cost("nieuw/plan"), page("wie/baas", "title: Baas\n")],
    )
    .moved("oud/plan", "nieuw/plan")
    .moved("baas", "wie/baas");
    let found = two.compare(Scope::Wiki);
    let moved: Vec<bool> = found.pages.all.iter().map(|page| page.is_moved).collect();
    assert_eq!(moved, [false, true, true], "{:?}", found.pages.all);
    assert!(found.pages.all[0].is_spelling_only(), "the cost names the plan by its new path");
    assert_eq!(keys(&found.pages.all[1]), Vec::<&str>::new(), "its owner moved along");
    assert!(found.totals.is_empty());
    // Nobody knows of the moves: pages went, others came.
    let found = Two { moves: Vec::new(), ..two }.compare(Scope::Wiki);
    let fates: Vec<Fate> = found.pages.all.iter().map(|page| page.fate).collect();
    assert_eq!(fates, [Fate::Removed, Fate::Changed, Fate::Added, Fate::Removed, Fate::Added]);
}

#[test]
fn records_of_a_plan_come_go_join_and_leave() {
    let cost = |name: &str, plan: &str, amount: &str| {
        page(name, &format!("type: cost\ntitle: {name}\nplan: {plan}\namount: EUR {amount}\n"))
    };
    let receipt =
        |amount: &str| page("r/bon", &format!("type: receipt\ntitle: Bon\ncost: k/a\namount: EUR {amount}\n"));
    let plans = [page("plan", "type: plan\ntitle: P\n"), page("ander", "type: plan\ntitle: Q\n")];
    let two = Two::new(
        [
            plans.to_vec(),
            vec![
                cost("k/a", "plan", "5.00"),
                cost("k/weg", "plan", "1.00"),
                cost("k/uit", "plan", "2.00"),
                cost("k/in", "ander", "7.00"),
                receipt("1.00"),
            ],
        ]
        .concat(),
        [
            plans.to_vec(),
            vec![
                cost("k/a", "plan", "6.00"),
                cost("k/nieuw", "plan", "3.00"),
                cost("k/uit", "ander", "2.00"),
                cost("k/in", "plan", "7.00"),
                receipt("2.00"),
            ],
        ]
        .concat(),
    );
    let found = two.of("plan");
    let who = Who::default();
    let fates: Vec<(Fate, String)> = found
        .records
        .all
        .iter()
        .map(|change| {
            let path = path_of(change.pair, two.old.seen_by(&who), two.new.seen_by(&who)).unwrap();
            (change.fate, path.address().to_owned())
        })
        .collect();
    let want = [
        (Fate::Changed, "k/a"),
        (Fate::Joined, "k/in"),
        (Fate::Added, "k/nieuw"),
        (Fate::Left, "k/uit"),
        (Fate::Removed, "k/weg"),
        (Fate::Changed, "r/bon"),
    ];
    assert_eq!(fates, want.map(|(fate, path)| (fate, path.to_owned())));
    assert_eq!(found.records.n_seen, (4, 4));
    let costs = &found.records.counts["cost"];
    assert_eq!((costs.added, costs.removed, costs.joined, costs.left, costs.changed), (1, 1, 1, 1, 1));
    assert_eq!(costs.moved, 0);
    let total = found.totals.iter().find(|total| &*total.key == "total").unwrap();
    assert_eq!((total.verdict, total.n_changed, total.n_same), (Verdict::Holds, 5, 0));
    let line = total.lines[0];
    assert_eq!((line.old, line.change, line.new), (number("8.00"), number("8.00"), number("16.00")));
    assert_eq!(total.parts[0].by, [(Unit::Money(Currency::EUR), number("7.00"))], "the largest goes first");
    // The same of a folder: the plan is in it, its costs belong to it.
    let found = two.compare(Scope::Folder("plan"));
    assert_eq!((found.pages.all.len(), found.records.all.len()), (1, 6));
}

#[test]
fn totals_that_are_no_sums_or_unknown_say_so() {
    let cost = |name: &str, more: &str| page(name, &format!("type: cost\ntitle: K\nplan: plan\n{more}"));
    let plan = page("plan", "type: plan\ntitle: P\n");
    let two = Two::new(
        vec![plan.clone(), cost("a", "amount: unknown\nkind: spent\nhours: 1.5\n"), cost("b", "amount: EUR 1.00\n")],
        vec![
            plan,
            cost("a", "amount: EUR 3.00\nkind: spent\nhours: 2.5\n"),
            cost("b", "amount: unknown\n"),
            cost("c", "amount: USD 2.00\n"),
        ],
    );
    let found = two.of("plan");
    let total = |key: &str| found.totals.iter().find(|total| &*total.key == key).unwrap();
    let whole = total("total");
    assert_eq!((whole.verdict, whole.unknown), (Verdict::HoldsForKnown, (1, 1)));
    let lines: Vec<(Unit, Decimal, Decimal, Decimal)> =
        whole.lines.iter().map(|line| (line.unit, line.old, line.change, line.new)).collect();
    let (euro, dollar) = (Currency::parse("EUR").unwrap(), Currency::parse("USD").unwrap());
    let want = [
        (Unit::Money(euro), number("1.00"), number("2.00"), number("3.00")),
        (Unit::Money(dollar), number("0"), number("2.00"), number("2.00")),
    ];
    assert_eq!(lines, want);
    assert_eq!(total("mean").verdict, Verdict::NotASum);
    assert!(total("mean").lines.is_empty() && total("mean").n_changed == 3);
    assert_eq!(total("n_costs").lines[0].change, number("1"));
    assert_eq!(total("hours").lines[0].new, number("2.5"));
    assert_eq!(total("by_kind").verdict, Verdict::HoldsForKnown);
    // Of the whole wiki only totals of which the value differs are taken apart; here all do.
    assert_eq!(two.compare(Scope::Wiki).totals.len(), found.totals.len());
}

#[test]
fn what_joined_or_left_counts_as_that_alone() {
    let cost = |name: &str, plan: &str| page(name, &format!("type: cost\ntitle: K\nplan: {plan}\namount: EUR 1.00\n"));
    let plans = [page("ander", "type: plan\ntitle: A\n"), page("plan", "type: plan\ntitle: P\n")];
    let files = |costs: [(String, String); 3]| [plans.to_vec(), costs.to_vec()].concat();
    let two = Two::new(
        files([cost("k/a", "plan"), cost("k/b", "plan"), cost("k/c", "ander")]),
        files([cost("m/a", "plan"), cost("m/b", "ander"), cost("m/c", "plan")]),
    );
    let found = two.moved("k/a", "m/a").moved("k/b", "m/b").moved("k/c", "m/c").of("plan");
    let costs = &found.records.counts["cost"];
    assert_eq!((costs.changed, costs.moved, costs.joined, costs.left), (1, 1, 1, 1));
}

#[test]
fn less_than_a_cent_is_no_difference() {
    let pairing = Pairing::default();
    let held = |text: &str| Held {
        ty: Ty::Money,
        value: Value::Money(Money {
            amount: number(text.split_once(' ').unwrap().1),
            currency: Currency::parse(text.split_once(' ').unwrap().0).unwrap(),
        }),
    };
    let change = |old: &str, new: &str| change::between(&held(old), &held(new), &pairing);
    assert_eq!(change("EUR 1.001", "EUR 1.002"), None);
    assert!(matches!(change("EUR 1.001", "EUR 1.009"), Some(Change::Amount { by, .. }) if by.len() == 1));
    assert_eq!(change("EUR 0.001", "USD 0.001"), Some(Change::Other), "nothing, but in another currency");
}

#[test]
fn bodies_are_read_of_pages_that_are_told_only() {
    let files = |title: &str| -> Files {
        let names = 0..limits::COMPARE_MAX_PAGES + 20;
        names.map(|n| page(&format!("p{n:05}"), &format!("title: {title} {n}\n"))).collect()
    };
    let (old, new) = (site_of(&files("Oud")), site_of(&files("Nieuw")));
    let (who, n_read) = (Who::default(), std::cell::Cell::new(0));
    let read = |_| {
        n_read.set(n_read.get() + 1);
        Some(Arc::from(&b"x"[..]))
    };
    let side = |site| Side { seen: Site::seen_by(site, &who), today: OLD_DAY };
    let found =
        compare(side(&old), side(&new), Scope::Wiki, &Known { is_another: &|_| false, moved: &|_| None, read: &read });
    assert_eq!((found.pages.n_different(), found.pages.all.len()), (2_020, limits::COMPARE_MAX_PAGES));
    assert_eq!(n_read.get(), 2 * limits::COMPARE_MAX_PAGES);
}

#[test]
fn a_type_that_gains_and_loses_fields_is_told() {
    let with = |plan_type: &str, front: &str| {
        vec![(".polder/types/plan.yml".to_owned(), plan_type.to_owned()), page("plan", front)]
    };
    let front = "type: plan\ntitle: P\na: EUR 1.00\nb: EUR 2.00\n";
    let two = Two::new(
        with("type: plan\nfields:\n  a: {type: money}\n", front),
        with("type: plan\nfields:\n  b: {type: money}\n", front),
    );
    let found = two.of("plan");
    assert!(found.pages.all.is_empty(), "what is written is the same: {:?}", found.pages.all);
    let two = Two::new(
        with("type: plan\nfields:\n  a: {type: int, default: '3'}\n", "type: plan\ntitle: P\n"),
        with("type: plan\nfields:\n  b: {type: int, default: '4'}\n", "type: plan\ntitle: P\n"),
    );
    let found = two.of("plan");
    let told: Vec<(&str, Standing)> =
        found.pages.all[0].fields.iter().map(|field| (&*field.key, field.standing)).collect();
    assert_eq!(told, [("b", Standing::Gained), ("a", Standing::Lost)]);
    // A page of another type.
    let two = Two::new(vec![page("x", "type: plan\ntitle: X\nbudget: EUR 1.00\n")], vec![page("x", "title: X\n")]);
    let found = two.of("x");
    assert!(found.pages.all[0].is_retyped);
    assert_eq!(field(&found, "budget").change, Change::Emptied);
}

#[test]
fn totals_change_through_pages_whose_files_do_not() {
    let plan = page("plan", "type: plan\ntitle: P\n");
    let cost = |amount: &str| page("k", &format!("type: cost\ntitle: K\nplan: plan\namount: EUR {amount}\n"));
    let found = Two::new(vec![plan.clone(), cost("1.00")], vec![plan, cost("2.00")]).compare(Scope::Wiki);
    assert_eq!(found.pages.n_different(), 2);
    let plan = found.pages.all.iter().find(|page| page.body == Some(false) && page.fields.len() > 1).unwrap();
    assert_eq!(keys(plan), ["total", "mean", "by_kind", "twice"]);
    assert_eq!(found.totals.len(), 3);
    assert!(!found.is_cut);
}

#[test]
fn other_files_are_told_by_path() {
    let two = Two::new(
        vec![("f/a.pdf".to_owned(), "1".to_owned()), ("_Sidebar.md".to_owned(), "x".to_owned())],
        vec![("f/b.pdf".to_owned(), "1".to_owned()), ("_Sidebar.md".to_owned(), "y".to_owned())],
    );
    let found = two.compare(Scope::Wiki);
    let told: Vec<(&str, Fate)> = found.files.iter().map(|file| (file.path.as_str(), file.fate)).collect();
    assert_eq!(told, [("_Sidebar.md", Fate::Changed), ("f/a.pdf", Fate::Removed), ("f/b.pdf", Fate::Added)]);
    assert_eq!(two.compare(Scope::Folder("f")).files.len(), 2);
}

/// A cost: its plan, what it costs, whether it was spent, hours.
fn a_cost() -> impl Strategy<Value = Option<String>> {
    let amount = prop_oneof![
        Just("unknown".to_owned()),
        (0u64..10_000_000_000, any::<bool>(), any::<bool>()).prop_map(|(cents, minus, euro)| {
            let (currency, sign) = (if euro { "EUR" } else { "USD" }, if minus { "-" } else { "" });
            format!("{currency} {sign}{}.{:02}", cents / 100, cents % 100)
        }),
        Just(String::new()),
    ];
    let plan = proptest::sample::select(vec!["plan", "ander", "weg"]);
    let hours = proptest::option::of(0u32..1_000);
    let cost = (plan, amount, any::<bool>(), hours).prop_map(|(plan, amount, is_spent, hours)| {
        let kind = if is_spent { "spent" } else { "planned" };
        let hours = hours.map(|hours| format!("hours: {}.{}\n", hours / 10, hours % 10)).unwrap_or_default();
        format!("type: cost\ntitle: K\nplan: {plan}\nkind: {kind}\namount: {amount}\n{hours}")
    });
    proptest::option::weighted(0.8, cost)
}

fn a_version() -> impl Strategy<Value = Vec<Option<String>>> {
    proptest::collection::vec(a_cost(), 8)
}

fn version(costs: &[Option<String>]) -> Files {
    let costs = costs.iter().enumerate().filter_map(|(n, front)| Some(page(&format!("k/{n}"), front.as_deref()?)));
    costs.chain([page("plan", "type: plan\ntitle: P\n"), page("ander", "type: plan\ntitle: Q\n")]).collect()
}

/// Known amounts by currency and how many are unknown, added up from the text.
fn by_hand(costs: &[Option<String>], currency: &str, only_spent: bool) -> (Decimal, u32) {
    let mut sum = (Decimal::ZERO, 0);
    for cost in costs.iter().flatten() {
        if !cost.contains("plan: plan\n") || (only_spent && !cost.contains("kind: spent")) {
            continue;
        }
        let amount = cost.lines().find_map(|line| line.strip_prefix("amount: ")).unwrap_or_default();
        match amount.strip_prefix(currency) {
            Some(figure) => sum.0 += number(figure.trim()),
            None if amount == "unknown" => sum.1 += 1,
            None => {}
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_old_total_and_all_changes_come_to_the_new_total(old in a_version(), new in a_version()) {
        let two = Two::new(version(&old), version(&new));
        let found = two.of("plan");
        for total in &found.totals {
            if &*total.key == "mean" {
                prop_assert_eq!(total.verdict, Verdict::NotASum);
                continue;
            }
            prop_assert!(matches!(total.verdict, Verdict::Holds | Verdict::HoldsForKnown), "{:?}", total);
            prop_assert!(total.lines.iter().all(|line| line.holds));
            prop_assert_eq!(total.parts.len(), total.n_changed);
            // What is listed is what was added up.
            for line in &total.lines {
                let listed = total.parts.iter().flat_map(|part| &part.by).filter(|by| by.0 == line.unit);
                prop_assert_eq!(listed.map(|by| by.1).sum::<Decimal>(), line.change);
            }
            if !matches!(&*total.key, "total" | "spent") {
                continue;
            }
            let only_spent = &*total.key == "spent";
            for currency in ["EUR", "USD"] {
                let (old, new) = (by_hand(&old, currency, only_spent), by_hand(&new, currency, only_spent));
                let unit = Unit::Money(Currency::parse(currency).unwrap());
                let line = total.lines.iter().find(|line| line.unit == unit);
                let line = line.map(|line| (line.old, line.new)).unwrap_or_default();
                prop_assert_eq!(line, (old.0, new.0));
                prop_assert_eq!(total.unknown, (old.1, new.1));
            }
            prop_assert_eq!(total.verdict == Verdict::Holds, total.unknown == (0, 0));
        }
        // Back again it is the same difference with the other sign.
        let back = Two::new(version(&new), version(&old)).of("plan");
        prop_assert_eq!(back.totals.len(), found.totals.len());
        for (there, back) in found.totals.iter().zip(&back.totals) {
            for (there, back) in there.lines.iter().zip(&back.lines) {
                prop_assert_eq!(there.change, -back.change);
            }
        }
    }

    #[test]
    fn nothing_differs_from_itself(costs in a_version()) {
        let two = Two::new(version(&costs), version(&costs));
        for scope in [Scope::Wiki, Scope::Folder("k"), Scope::Page(two.pair("plan"))] {
            let found = two.compare(scope);
            // Days differ, but nothing here looks at them.
            prop_assert_eq!((found.pages.n_different(), found.records.n_different()), (0, 0));
            prop_assert!(found.totals.is_empty() && found.files.is_empty());
        }
    }
}

#[test]
fn what_differs_belongs_to_a_plan() {
    let types = || -> Files {
        let of = |name: &str, text: &str| (format!(".polder/types/{name}.yml"), text.to_owned());
        vec![
            of("plan", "type: plan\nfields:\n  title: {type: text}\n  superseded_by: {type: ref, to: [plan]}\n"),
            of(
                "part",
                "type: part\ntree_parent: 'part | plan'\nfields:\n  part: {type: ref, to: [part]}\n  plan: {type: ref, to: [plan]}\n  n: {type: int}\n",
            ),
            of("note", "type: note\nfields:\n  about: {type: list, of: {ref: [part, note, plan]}}\n  n: {type: int}\n"),
        ]
    };
    let site = |n: u32, end: &str, superseded: &str| -> Files {
        let mut files = types();
        let part = |name: &str, front: &str| page(name, &format!("type: part\n{front}n: {n}\n"));
        files.extend([
            page("plan/a", &format!("type: plan\ntitle: A {n}\n{superseded}")),
            page("plan/b", "type: plan\n"),
            part("direct", "plan: plan/a\n"),
            part("below", "part: direct\n"),
            part("deep", "part: below\n"),
            part("went", &format!("plan: plan/{end}\n")),
            part("round", "part: and-round\n"),
            part("and-round", "part: round\n"),
            part("alone", ""),
            page("note-on-part", &format!("type: note\nabout: [alone, deep]\nn: {n}\n")),
            page("note-on-note", &format!("type: note\nabout: [note-on-part]\nn: {n}\n")),
            page("plain", &format!("title: {n}\n")),
        ]);
        files
    };
    let two = Two::new(site(1, "a", ""), site(2, "b", "superseded_by: plan/b\n"));
    let found = two.compare(Scope::Wiki);
    let who = Who::default();
    let (old, new) = (two.old.seen_by(&who), two.new.seen_by(&who));
    let known = Known { is_another: &|_| false, moved: &|_| None, read: &|_| None };
    let pairing = Pairing::new(old, new, Scope::Wiki, &known);
    let told = by_plan(&found, old, new, &pairing);
    let name = |pair: Pair| path_of(pair, old, new).unwrap().address().to_owned();
    let told: Vec<(String, Vec<String>)> = told
        .iter()
        .map(|told| {
            let changes = told.changes.iter().map(|change| match change.fate {
                Fate::Changed => name(change.pair),
                fate => format!("{} {fate:?}", name(change.pair)),
            });
            (told.plan.map(name).unwrap_or_default(), changes.collect())
        })
        .collect();
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    assert_eq!(
        told,
        [
            ("plan/a".to_owned(), list(&["below", "deep", "direct", "note-on-part", "plan/a", "went Left"])),
            ("plan/b".to_owned(), list(&["went Joined"])),
            (String::new(), list(&["alone", "and-round", "note-on-note", "plain", "round"])),
        ]
    );
}

#[test]
fn a_page_made_where_another_was_moved_away_is_new() {
    let text = |title: &str| format!("title: {title}\n");
    let two = Two::new(vec![page("k/a", &text("Oud"))], vec![page("k/a", &text("Nieuw")), page("k/z", &text("Oud"))]);
    let found = two.moved("k/a", "k/z").compare(Scope::Folder("k"));
    let count = &found.pages.counts[""];
    assert_eq!((count.added, count.removed, count.changed, count.moved), (1, 0, 1, 1));
    let moved = found.pages.all.iter().find(|change| change.is_moved).unwrap();
    assert!(!moved.is_renamed && moved.fields.is_empty());
}
