//! INV-2: a site that follows from another one says what the same site made from nothing says.
//!
//! Small wikis in which every name means something elsewhere are changed step by step, and after
//! each step everything that can be asked of a site is compared.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil;
use proptest::prelude::*;

use crate::access::{self, Right, Who};
use crate::doc::{self, Doc};
use crate::eval::Eval;
use crate::ids::{BlobId, CommitId};
use crate::judge;
use crate::manifest::{Change, Entry, Manifest, OddKind, OddName};
use crate::maptree::{self, By, Growth};
use crate::path::FilePath;
use crate::query;
use crate::site::{self, Seen, Site, wants_doc};
use crate::value::Value;

const TODAY: civil::Date = civil::date(2010, 6, 1);

const NODE: &str = "type: node
tree_parent: owner | parent
fields:
  title: {type: text}
  parent: {type: ref, to: [node], inverse: children}
  owner: {type: ref, to: [thing], required: true, immutable: true, default: Kop}
  rel: {type: list, of: {ref: [node, thing]}, unique: true}
  parts: {type: list, of: {record: {who: {type: ref, to: [page], required: true}}}}
  one: {type: record, record: {who: {type: ref, to: [node]}}}
  code: {type: text, unique: true}
  order: {type: int, unique_in: parent}
  amount: {type: money, allow_unknown: true}
  share: {type: decimal}
  file: {type: file}
  total: {type: rollup, from: node, via: parent, agg: sum, of: amount}
rules:
  - {id: less-than-above, when: parent is not empty, check: amount <= parent.amount, message: {nl: '{parent} is kleiner.'}}
  - {id: alike, level: warning, check: count(siblings(code).rel) < 2}
  - {id: after, when: order > 1, check: previous(order).amount is not empty}
";

const THING: &str = "type: thing
fields:
  title: {type: text}
  plan: {type: ref, to: [node, thing], unique: true, inverse: things}
  code: {type: text, unique_in: plan}
";

const FOLDERS: [&str; 5] = ["", "a/", "a/b/", "c/", "A-b/"];
const BASES: [&str; 14] = [
    "plan.md",
    "Plan.md",
    "plan.markdown",
    "p 1.md",
    "p-1.md",
    "README.md",
    "Home.md",
    "index.md",
    "_Sidebar.md",
    "a.md",
    "b.md",
    "Ω.md",
    "kop.md",
    "zo@v1.md",
];
const FILES: [&str; 8] =
    ["zo.mar\u{212a}down", "plan", "Plan.pdf", "plan.PDF", "a", "Ως.txt", "ΩΣ.TXT", "\u{212a}op.txt"];
const TITLES: [&str; 8] = ["Plan", "plan", "Kop", "KOP", "a/plan", "Ω", "p 1", "Iets anders"];
/// What links and references name.
const NAMES: [&str; 27] = [
    "zo.mar\u{212a}down",
    "plan",
    "Plan",
    "a/plan",
    "../plan",
    "/plan",
    "/a/b/plan.md",
    "b/plan",
    "..",
    "/",
    "a",
    "A_B",
    "p_1",
    "P 1",
    "Kop",
    "Iets anders",
    "ω",
    "Ωσ.txt",
    "kop.txt",
    "plan.pdf",
    "Home",
    "c/",
    "zo@v1",
    "zo",
    "plan@v1#kop",
    "nergens/plan",
    "Nergens",
];

/// One step of a random walk: which file, and how it is made.
type Step = (usize, usize, u64);

fn pick<'a>(all: &[&'a str], seed: &mut u64) -> &'a str {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    all[(*seed >> 33) as usize % all.len()]
}

fn chance(of: usize, seed: &mut u64) -> bool {
    let all = ["y", "n", "n", "n", "n", "n", "n", "n", "n", "n"];
    pick(&all[..of], seed) == "y"
}

fn text(seed: &mut u64) -> String {
    let mut text = String::from("---\n");
    for (of, key, values) in [(2, "title", &TITLES), (3, "alias", &TITLES)] {
        if chance(of, seed) {
            text.push_str(&format!("{key}: {}\n", pick(values, seed)));
        }
    }
    text.push_str(&format!("type: {}\n", pick(&["node", "node", "node", "thing", "thing", "elders", "''"], seed)));
    for (key, list) in [("parent", false), ("owner", false), ("plan", false), ("rel", true)] {
        if chance(2, seed) {
            let (one, other) = (pick(&NAMES, seed), pick(&NAMES, seed));
            let value = if list { format!("[\"{one}\", '[[{other}]]']") } else { format!("\"{one}\"") };
            text.push_str(&format!("{key}: {value}\n"));
        }
    }
    if chance(3, seed) {
        text.push_str(&format!("parts: [{{who: \"{}\"}}, {{who: \"{}\"}}]\n", pick(&NAMES, seed), pick(&NAMES, seed)));
        text.push_str(&format!("one: {{who: \"{}\"}}\n", pick(&NAMES, seed)));
        text.push_str(&format!("superseded_by: \"{}\"\n", pick(&NAMES, seed)));
    }
    for (key, values) in [
        ("code", &["x", "X", "y", "1.0"]),
        ("order", &["1", "2", "2", "3"]),
        ("amount", &["EUR 1.00", "EUR 2.00", "unknown", "EUR 1.50"]),
        ("share", &["'1.0'", "'1.00'", "'2'", "x"]),
        ("file", &["plan.pdf", "a/Plan.pdf", "Plan.pdf", "plan"]),
    ] {
        if chance(2, seed) {
            text.push_str(&format!("{key}: {}\n", pick(values, seed)));
        }
    }
    text.push_str("---\n## Kop\n");
    for _ in 0..3 {
        let (one, other) = (pick(&NAMES, seed), pick(&NAMES, seed));
        text.push_str(&match pick(&["wiki", "piped", "embed", "markdown", "image"], seed) {
            "wiki" => format!("[[{one}]] "),
            "piped" => format!("[[{one}|{other}]] "),
            "embed" => format!("![[{one}]] "),
            "markdown" => format!("[x](<{one}>) "),
            _ => format!("![x](<{one}>) "),
        });
    }
    text
}

fn change(files: &mut BTreeMap<String, String>, (place, what, seed): Step) {
    let mut seed = seed;
    match what {
        // A page is made, or written anew.
        0..6 => {
            files.insert(page_path(place), text(&mut seed));
        }
        6 => {
            let at = place % files.len();
            let path = files.keys().nth(at).unwrap().clone();
            files.remove(&path);
        }
        // A page or file is moved.
        7 => {
            let at = place % files.len();
            let path = files.keys().nth(at).unwrap().clone();
            if path.ends_with(".md") && !path.starts_with('.') {
                let text = files.remove(&path).unwrap();
                files.insert(page_path(seed as usize >> 7), text);
            }
        }
        // A page has another title, and says the same besides.
        8 => {
            let at = place % files.len();
            let (_, text) = files.iter_mut().nth(at).unwrap();
            let title = text.lines().find(|line| line.starts_with("title: ")).unwrap_or("type: node").to_owned();
            let other = title.replace("title:", "was:");
            *text = text.replacen(&title, &format!("title: {}\n{other}", pick(&TITLES, &mut seed)), 1);
        }
        9 => {
            let path = format!("{}{}", FOLDERS[place % FOLDERS.len()], pick(&FILES, &mut seed));
            if files.remove(&path).is_none() {
                files.insert(path, String::new());
            }
        }
        10 => {
            let order = pick(&["auto", "text-first", "target-first"], &mut seed);
            files.insert(".polder/config.yml".into(), format!("links:\n  order: {order}\n"));
        }
        _ => {
            let text = if chance(2, &mut seed) { NODE.replace("[node, thing]", "[node]") } else { NODE.to_owned() };
            files.insert(".polder/types/node.yml".into(), text);
        }
    }
}

fn page_path(place: usize) -> String {
    format!("{}{}", FOLDERS[place % FOLDERS.len()], BASES[place / FOLDERS.len() % BASES.len()])
}

/// As the store does it: what was parsed once is the same doc.
#[derive(Default)]
struct Parsed(BTreeMap<(String, bool), Arc<Doc>>);

impl Parsed {
    fn tree(&mut self, files: &BTreeMap<String, String>) -> (Arc<Manifest>, Vec<Arc<Doc>>) {
        let mut entries = Vec::new();
        for (path, text) in files {
            let mut blob = [0u8; 20];
            for (at, byte) in text.bytes().enumerate() {
                blob[at % 20] = byte.wrapping_add(blob[at % 20].rotate_left(3));
            }
            entries.push(Entry { path: FilePath::parse(path).unwrap(), blob: BlobId(blob) });
        }
        let manifest = Arc::new(Manifest::new(entries, Vec::new()));
        let wanted = manifest.entries().iter().filter(|entry| wants_doc(&entry.path));
        let docs = wanted.map(|entry| {
            let text = &files[entry.path.as_str()];
            let kind = entry.path.kind();
            let known = self.0.entry((text.clone(), entry.path.as_str().starts_with('.')));
            Arc::clone(known.or_insert_with(|| Arc::new(doc::parse(kind, text.as_bytes()))))
        });
        let docs = docs.collect();
        (manifest, docs)
    }
}

/// Everything a site answers, as text.
fn told(site: &Site) -> Vec<String> {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let mut told = Vec::new();
    let mut tell = |what: &str, said: &dyn std::fmt::Debug| told.push(format!("{what}: {said:?}"));
    for (at, page) in (0..).zip(seen.pages()) {
        tell("page", &(page.path.as_str(), page.title(), seen.page_at(&page.path)));
        tell("links", &(seen.links(at), seen.backlinks(at)));
        tell("record", &seen.records().get(at));
        tell("referrers", &seen.records().all_referrers(at));
        tell("problems", &seen.problems_of(at, TODAY));
    }
    let places = FOLDERS.map(|folder| folder.trim_end_matches('/'));
    for folder in places {
        tell("folder", &(seen.children(folder), seen.part(folder, "_sidebar"), seen.names().folder_page(folder)));
        for name in NAMES {
            tell("find", &(folder, name, seen.find(folder, name)));
        }
        for base in BASES.into_iter().chain(FILES) {
            let address = format!("{folder}/{base}");
            let address = address.trim_start_matches('/');
            let bare = address.trim_end_matches(".md");
            tell("at", &(bare, seen.at(bare), seen.names().at(bare), seen.names().near(bare)));
            tell("file", &(address, seen.at(address), seen.names().file(address)));
        }
    }
    let mut keys: Vec<_> = seen.names().all_keys().collect();
    keys.sort_unstable();
    tell("keys", &keys);
    for name in ["plam", "kp", "p-2", "iets-ander"] {
        tell("near", &(name, seen.near_names(name, 5)));
    }
    tell("site", &(site.link_order(), seen.front_page(), seen.wanted(), seen.orphans(), seen.tags()));
    tell("all problems", &seen.problems(TODAY));
    told.extend(records_told(seen));
    let growth = Growth { root_title: "W".into(), depth: 4, lang: "nl", focus_href: &|focus| focus.to_owned() };
    for by in [By::Folders, By::Links, By::Records] {
        for focus in ["", "a", "plan", "a/plan"] {
            let grown = maptree::grow(seen, by, focus, &growth);
            told.push(format!("map {by:?} {focus}: {:?} {}", grown.tree, grown.total));
        }
    }
    told
}

/// What the indexes, roll-ups and a query say.
fn records_told(seen: Seen<'_>) -> Vec<String> {
    let records = seen.records();
    let eval = Eval::new(seen, TODAY);
    let mut told = Vec::new();
    for (of, kind) in (0..).zip(records.types().all()) {
        told.push(format!("of {}: {:?}", kind.name, records.of_type(of)));
        for (field, _) in (0..).zip(&kind.fields) {
            for (page, _) in (0..).zip(seen.pages()) {
                let referrers: Vec<_> = records.referrers((of, field), page).collect();
                let value = records.value(page, (of, field)).cloned().unwrap_or(Value::Empty);
                let holding = records.holding((of, field), &value);
                let comes_to = records.get(page).filter(|record| record.of == of);
                let comes_to = comes_to.map(|_| eval.field(page, (of, field)).into_owned());
                told.push(format!("{of} {field} {page}: {referrers:?} {value} {holding:?} {comes_to:?}"));
            }
        }
    }
    for block in ["from: node\ngroup: parent\ntotal: [amount]\n", "from: thing\ngroup: code\nsort: [plan]\n"] {
        let query = query::read(block, 1, seen.types(), query::this_of(seen, None));
        let table = query.map(|query| query::run(&query, &eval, None));
        let table = table.map(|table| {
            let rows: Vec<String> = table.rows.iter().map(|row| format!("{:?} {:?}", row.page, row.cells)).collect();
            let groups: Vec<String> =
                table.groups.iter().map(|group| format!("{:?} {:?}", group.key, group.totals)).collect();
            (table.n_found, rows, groups, table.totals)
        });
        told.push(format!("{block}: {table:?}"));
    }
    told
}

fn judged(before: &Site, after: &Site, changes: &[Change]) -> String {
    let who = Who::default();
    let (before, after) = (before.seen_by(&who), after.seen_by(&who));
    format!("{:?}", judge::judge_change(&Eval::new(before, TODAY), &Eval::new(after, TODAY), changes))
}

/// What tells two sites apart to whoever keeps something by their names.
fn shown_names(site: &Site) -> Vec<String> {
    let entries = site.manifest().entries().iter().map(|entry| entry.path.as_str().to_owned());
    let titles = site.pages().iter().map(|page| format!("{:?} {:?}", page.doc.title, page.doc.alias_keys));
    entries.chain(titles).collect()
}

fn compare(got: Vec<String>, want: Vec<String>) -> Result<(), TestCaseError> {
    let differs = got.iter().zip(&want).find(|(got, want)| got != want);
    prop_assert!(differs.is_none(), "followed: {}\nfrom nothing: {}", differs.unwrap().0, differs.unwrap().1);
    prop_assert_eq!(got.len(), want.len());
    Ok(())
}

fn walk(first: &[Step], steps: &[Vec<Step>]) -> Result<(), TestCaseError> {
    let mut files: BTreeMap<String, String> = BTreeMap::from(
        [("node", NODE), ("thing", THING)].map(|(name, text)| (format!(".polder/types/{name}.yml"), text.to_owned())),
    );
    for (place, _, seed) in first {
        change(&mut files, (*place, 0, *seed));
    }
    let mut parsed = Parsed::default();
    let (manifest, docs) = parsed.tree(&files);
    let mut followed = site::assemble(CommitId([1; 20]), manifest, docs, None);
    prop_assert!(followed.types().problems.is_empty(), "{:?}", followed.types().problems);
    // Judging tells by identity whether types changed, so they alone are taken over.
    let (mut typed_before, mut lone_before) = alone(&files, &mut parsed, None);
    for (round, step) in (0u8..).zip(steps) {
        step.iter().for_each(|step| change(&mut files, *step));
        let (manifest, docs) = parsed.tree(&files);
        let at = CommitId([round; 20]);
        let next = site::assemble(at, Arc::clone(&manifest), docs.clone(), Some(&followed));
        let fresh = site::assemble(at, manifest, docs, None);
        compare(told(&next), told(&fresh))?;
        let changes = followed.manifest().changes_to(next.manifest());
        let (typed, lone) = alone(&files, &mut parsed, Some(&typed_before));
        prop_assert_eq!(judged(&followed, &next, &changes), judged(&lone_before, &lone, &changes));
        let is_same = Arc::ptr_eq(&followed.names_token(), &next.names_token());
        prop_assert_eq!(is_same, shown_names(&followed) == shown_names(&next));
        (followed, typed_before, lone_before) = (next, typed, lone);
    }
    Ok(())
}

/// A site of the types alone that follows the one before, and the whole site that follows that.
fn alone(files: &BTreeMap<String, String>, parsed: &mut Parsed, typed_before: Option<&Site>) -> (Site, Site) {
    let types = files.iter().filter(|file| file.0.starts_with('.'));
    let types = types.map(|(path, text)| (path.clone(), text.clone())).collect();
    let (manifest, docs) = parsed.tree(&types);
    let typed = site::assemble(CommitId([0; 20]), manifest, docs, typed_before);
    let (manifest, docs) = parsed.tree(files);
    let lone = site::assemble(CommitId([0; 20]), manifest, docs, Some(&typed));
    (typed, lone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn a_site_that_follows_says_what_it_says_from_nothing(
        first in proptest::collection::vec((0usize..70, 0usize..1, any::<u64>()), 20..50),
        steps in proptest::collection::vec(
            proptest::collection::vec((0usize..70, 0usize..12, any::<u64>()), 1..4),
            1..10,
        ),
    ) {
        walk(&first, &steps)?;
    }
}

/// How many pages of a site have their links and records from the one before.
fn n_lent(before: &Site, after: &Site) -> usize {
    let pages = (0u32..).zip(before.pages()).filter_map(|(was, page)| {
        let now = after.pages().iter().position(|now| now.path == page.path)? as u32;
        Some(std::ptr::eq(before.page_links(was), after.page_links(now)))
    });
    pages.filter(|same| *same).count()
}

#[test]
fn a_changed_title_reads_only_what_mentions_it() {
    let mut files: BTreeMap<String, String> = BTreeMap::from([(".polder/types/node.yml".into(), NODE.into())]);
    for n in 0..100 {
        let next = (n + 1) % 100;
        files.insert(
            format!("p/{n:02}.md"),
            format!("---\ntitle: Kop {n}\ntype: node\nparent: Kop {next}\n---\n[[Kop {next}]] [[../{next:02}]]\n"),
        );
    }
    let mut parsed = Parsed::default();
    let (manifest, docs) = parsed.tree(&files);
    let before = site::assemble(CommitId([1; 20]), manifest, docs, None);
    let title = files["p/50.md"].replace("Kop 50", "Hoofd");
    files.insert("p/50.md".into(), title);
    let (manifest, docs) = parsed.tree(&files);
    let after = site::assemble(CommitId([2; 20]), manifest, docs, Some(&before));
    assert_eq!(n_lent(&before, &after), 98, "the page itself, and the one that names it");
    assert!(matches!(after.page_links(49).links[0].to, crate::links::Target::Missing(_)));
    files.insert("p/zz.md".into(), "# Kop 50\n".into());
    let (manifest, docs) = parsed.tree(&files);
    let last = site::assemble(CommitId([3; 20]), manifest, docs, Some(&after));
    assert_eq!(n_lent(&after, &last), 99, "a page that comes after all others moves none");
    assert_eq!(last.page_links(49).links[0].to, crate::links::Target::Page(100));
}

#[test]
fn rules_of_access_are_read_once_and_close_where_they_are_no_file() {
    let mut parsed = Parsed::default();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    files.insert("a.md".into(), "# A\n".into());
    files.insert(access::PATH.into(), "rules:\n  - {path: a, read: hr}\n".into());
    let mut assemble = |files: &BTreeMap<String, String>, previous: Option<&Site>| {
        let (manifest, docs) = parsed.tree(files);
        site::assemble(CommitId([1; 20]), manifest, docs, previous)
    };
    let first = assemble(&files, None);
    assert!(!first.access().may(&Who::default(), Right::Read, "a.md"));
    files.insert("b.md".into(), "# B\n".into());
    let second = assemble(&files, Some(&first));
    assert!(Arc::ptr_eq(first.access(), second.access()));
    files.insert(access::PATH.into(), "rules:\n  - {path: b, read: hr}\n".into());
    let third = assemble(&files, Some(&second));
    assert!(third.access().may(&Who::default(), Right::Read, "a.md"));
    files.remove(access::PATH);
    files.insert(".polder/Access.yml".into(), "rules: []\n".into());
    let fourth = assemble(&files, Some(&third));
    assert!(fourth.access().rules().is_empty() && !fourth.access().is_closed());
    let owner = Who::owner();
    let problems = fourth.seen_by(&owner).problems(TODAY);
    assert_eq!(problems[".polder/Access.yml"][0].code, "access-misnamed");
    // A link or a repository of its own in the place of the file, or of its folder.
    for shown in [access::PATH, ".polder"] {
        let odd = vec![OddName { shown: shown.to_owned(), why: OddKind::Symlink }];
        let manifest = Arc::new(Manifest::new(Vec::new(), odd));
        let odd = site::assemble(CommitId([1; 20]), manifest, Vec::new(), Some(&fourth));
        assert!(odd.access().is_closed(), "{shown}");
    }
}
