//! The wikis that come with the program: that they are sound, that the founding plan's figures come
//! out, and that the rules of the plan are held by its types. What blocks look like on a page is
//! tested elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use polder_core::access::Who;
use polder_core::eval::{Eval, Place};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Entry, Manifest};
use polder_core::path::FilePath;
use polder_core::site::{self, Site, wants_doc};
use polder_core::value::{Date, Value};
use polder_core::{doc, judge, query};

use crate::wiki::{TestWiki, polder};
use crate::words::root;

#[test]
fn the_starter_wikis_have_no_problems() {
    for folder in ["content", "crates/polder/starter/nl", "crates/polder/starter/en"] {
        let path = root().join(folder);
        let ran = polder(&root(), &["check", &path.display().to_string()]).status(0);
        assert_eq!(ran.stdout(), "", "{folder}");
    }
}

#[test]
fn a_first_start_makes_the_demonstration_wiki_and_a_second_finds_it() {
    let wiki = TestWiki::serve(tempfile::tempdir().expect("a folder"), &[]).ready();
    wiki.get("/").ok().shows("Bureau Ambtenaar 2.0");
    wiki.get("/plannen/plan-van-aanpak").ok().shows("niet meer actueel").shows("href=\"/plannen/programma\"");
    wiki.get("/begroting/2009/BA-2009-001").ok().shows("500.000,00");
    assert!(wiki.folder.path().join("data/wiki.git").is_dir());
    wiki.editor("FrontPage").replace("title: ", "title: Nieuw ").save().status(303);
    let wiki = wiki.restarted(&[]);
    wiki.get("/").ok().shows("Nieuw ");
}

#[test]
fn every_page_of_the_demonstration_wiki_is_shown_and_every_link_leads_somewhere() {
    let wiki = TestWiki::serve(tempfile::tempdir().expect("a folder"), &[]).ready();
    let mut rest = vec!["/".to_owned(), "/-/index".to_owned()];
    let mut met: std::collections::BTreeSet<String> = rest.iter().cloned().collect();
    while let Some(path) = rest.pop() {
        let answer = wiki.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        for href in answer.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let href = href.split('#').next().unwrap_or_default().replace("&amp;", "&");
            let page = href.starts_with('/') && !href.starts_with("/-/") && !href.contains('@');
            if page && met.insert(href.clone()) {
                rest.push(href);
            }
        }
    }
    assert!(met.len() > 80, "only {} pages were reached", met.len());
}

/// The files of a wiki that are parsed, by path.
fn texts(folder: &str) -> BTreeMap<String, String> {
    fn walk(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("readable");
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), texts);
            } else if wants_doc(&FilePath::parse(&name).expect("a good path")) {
                texts.insert(name, fs::read_to_string(entry.path()).expect("text"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&root().join(folder), "", &mut found);
    found
}

fn assembled(texts: &BTreeMap<String, String>) -> Site {
    let mut entries: Vec<Entry> = (0u64..)
        .zip(texts.keys())
        .map(|(n, path)| {
            let mut blob = [0; 20];
            blob[..8].copy_from_slice(&n.to_le_bytes());
            Entry { path: FilePath::parse(path).expect("a good path"), blob: BlobId(blob) }
        })
        .collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let docs = entries
        .iter()
        .map(|entry| Arc::new(doc::parse(entry.path.kind(), texts[entry.path.as_str()].as_bytes())))
        .collect();
    site::assemble(CommitId([1; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, None)
}

/// What an expression comes to on a page, on a day.
fn value(site: &Site, page: &str, source: &str, day: &str) -> String {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).expect("a good path")).expect("a page");
    let formula = query::value_formula(seen, at, source).unwrap_or_else(|fault| panic!("{page} {source}: {fault}"));
    Eval::new(seen, Date::parse(day).expect("a day").first()).value(&formula, Place::own(at)).to_string()
}

/// The ids of the rules and the codes of other checks that a page does not meet on a day.
fn unmet(site: &Site, page: &str, day: &str) -> Vec<String> {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).expect("a good path")).expect("a page");
    let eval = Eval::new(seen, Date::parse(day).expect("a day").first());
    let named = |problem: polder_core::problem::Problem| match problem.code.as_str() {
        "rule" => problem.args[0].1.clone(),
        _ => problem.code,
    };
    judge::problems_of(&eval, at).into_iter().map(named).collect()
}

/// A query block of a page by its caption: the rows' cells, and the totals.
fn block(site: &Site, page: &str, caption: &str) -> (Vec<String>, Vec<String>) {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse(&format!("{page}.md")).expect("a good path")).expect("a page");
    let blocks = &seen.page(at).expect("a page").doc.queries;
    let query = blocks
        .iter()
        .filter_map(|block| query::read(&block.source, block.line, seen.types(), query::this_of(seen, Some(at))).ok())
        .find(|query| query.caption.as_deref() == Some(caption))
        .unwrap_or_else(|| panic!("{page} has no block \u{201c}{caption}\u{201d}"));
    let eval = Eval::new(seen, Date::parse("2010-06-01").expect("a day").first());
    let table = query::run(&query, &eval, Some(at));
    let spelled = |value: &Value| match value {
        Value::Page(page) => seen.page(*page).map_or("", |page| page.title()).to_owned(),
        value => value.to_string(),
    };
    let row = |row: &query::Row| row.cells.iter().map(spelled).collect::<Vec<_>>().join(" | ");
    let bars = table.bars.iter().map(|bar| format!("{} | {}", spelled(&bar.x), spelled(&bar.y)));
    let is_chart = !table.bars.is_empty();
    let rows = if is_chart { bars.collect() } else { table.rows.iter().map(row).collect() };
    (rows, table.totals.iter().map(spelled).collect())
}

#[test]
fn the_founding_figures_come_out() {
    let site = assembled(&texts("content"));
    let plan = |source: &str| value(&site, "plannen/plan-van-aanpak", source, "2009-10-01");
    assert_eq!(plan("ceiling"), "EUR 500000.00", "the conditional amount is not in it");
    assert_eq!(plan("possible_max"), "EUR 650000.00");
    assert_eq!(plan("open_conditions"), "EUR 150000.00");
    assert_eq!(plan("count(entries[kind = 'planned'])"), "2");
    assert_eq!(plan("planned"), "2 unknown", "unknown is not zero");
    assert_eq!(plan("unspent"), "", "nothing is said of what was not spent until the budget is closed");
    assert_eq!((plan("target_staff"), plan("places"), plan("vacancies"), plan("staff")), four("5", "5", "5", "0"));
    assert_eq!(plan("staff_missing"), "5");
    let place = |source: &str| value(&site, "detacheringen/plaats-1", source, "2009-10-01");
    assert_eq!((place("share"), place("home_share")), ("80%".to_owned(), "20%".to_owned()));
    let entry = |source: &str| value(&site, "begroting/2009/BA-2009-001", source, "2009-10-01");
    assert_eq!((entry("amount"), entry("period.to")), ("EUR 500000.00".to_owned(), "2010-12-31".to_owned()));
    let (rows, totals) = block(&site, "begroting", "Geld per plan");
    assert_eq!(
        rows[0],
        "Plan van aanpak | superseded | EUR 500000.00 | EUR 650000.00 | 2 unknown |  |  | EUR 500000.00"
    );
    assert_eq!(rows.len(), 2, "{rows:?} {totals:?}");
    assert_eq!(block(&site, "begroting", "Mogelijk maximum van het plan van aanpak").1, ["EUR 650000.00"]);
    let (rows, _) = block(&site, "begroting", "Bedragen met een voorwaarde");
    assert!(rows.len() == 1 && rows[0].contains("EUR 150000.00 | 2009-12-01 | open"), "{rows:?}");
    assert!(block(&site, "begroting", "Begroting voor het tweede jaar").0.is_empty(), "so the page says: to follow");
    assert!(block(&site, "kosten", "Alle gemaakte kosten").0.is_empty(), "nothing fictional is counted");
}

fn four(a: &str, b: &str, c: &str, d: &str) -> (String, String, String, String) {
    (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())
}

#[test]
fn the_fictional_budget_adds_up_from_estimate_to_cost() {
    let site = assembled(&texts("content"));
    let plan = |source: &str| value(&site, "voorbeelden/voorbeeldplan", source, "2020-12-31");
    assert_eq!(plan("ceiling"), "EUR 16000.00", "15000 reserved and 1000 of which the condition is met");
    assert_eq!(plan("possible_max"), "EUR 16000.00", "what lapsed does not count");
    assert_eq!(plan("planned"), "EUR 11700.00 + 1 unknown");
    assert_eq!(plan("committed"), "EUR 1987.25");
    assert_eq!(plan("spent"), "EUR 5884.25");
    assert_eq!(plan("free"), "EUR 8128.50");
    assert_eq!((plan("staff"), plan("vacancies"), plan("fte_lent")), ("1".into(), "1".into(), "0.8".into()));
    assert_eq!(
        value(&site, "voorbeelden/VB-2020-011", "open_amount", "2020-12-31"),
        "EUR 0.00",
        "the rest was released"
    );
    let (months, totals) = block(&site, "voorbeelden/begroting", "Kosten per maand");
    assert_eq!(totals, ["EUR 5884.25"]);
    let names: Vec<&str> = months.iter().map(|month| month.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    assert_eq!(names[6..8], ["2020-07", "2020-08"], "months without costs are named");
    let cents = |figure: &str| -> i64 {
        let amount = figure.rsplit_once("EUR ").map_or("0", |figure| figure.1);
        amount.replace('.', "").parse().expect("an amount")
    };
    assert_eq!(months.iter().map(|month| cents(month)).sum::<i64>(), 588_425, "months add up to the whole");
    let per_phase = block(&site, "voorbeelden/begroting", "Geld per fase").1;
    assert_eq!(per_phase[1..], ["EUR 1987.25", "EUR 5884.25"], "phases add up to the whole");
}

#[test]
fn every_block_of_the_demonstration_wiki_has_a_caption_and_ends() {
    let site = assembled(&texts("content"));
    let who = Who::default();
    let seen = site.seen_by(&who);
    let (mut n_blocks, mut views) = (0, BTreeMap::new());
    for (at, page) in seen.readable() {
        for block in &page.doc.queries {
            let query = query::read(&block.source, block.line, seen.types(), query::this_of(seen, Some(at)))
                .unwrap_or_else(|problems| panic!("{} line {}: {problems:?}", page.path, block.line));
            let eval = Eval::new(seen, Date::parse("2010-06-01").expect("a day").first());
            assert!(!query::run(&query, &eval, Some(at)).is_too_costly, "{} line {}", page.path, block.line);
            assert!(query.caption.is_some(), "{} line {} has no caption", page.path, block.line);
            let view = format!("{:?}", query.view);
            *views.entry(view.split([' ', '(']).next().unwrap_or_default().to_owned()).or_insert(0) += 1;
            n_blocks += 1;
        }
    }
    assert!(n_blocks > 60, "{n_blocks}");
    for view in ["Table", "List", "Board", "Timeline", "Calendar", "Chart", "Count", "Value"] {
        assert!(views.contains_key(view), "no page shows a {view}: {views:?}");
    }
}

/// Each case changes one page, and says which rules it breaks on which day.
#[test]
fn the_rules_of_the_plan_are_held_by_its_types() {
    let content = texts("content");
    let told = |page: &str, day: &str, change: &dyn Fn(&str) -> String| {
        let mut texts = content.clone();
        let path = format!("{page}.md");
        let text = change(texts.get(&path).map_or("", String::as_str));
        texts.insert(path, text);
        unmet(&assembled(&texts), page, day)
    };
    let put = |front: &'static str| move |_: &str| format!("---\n{front}---\n");
    let none: [&str; 0] = [];
    let phase = "fasen/kwartiermakersfase";
    assert_eq!(
        told(phase, "2010-01-01", &|text| text.replace("status: active", "status: closed")),
        ["closed-needs-gate"],
        "R1"
    );
    let next = "fasen/inrichting-en-bouw";
    assert_eq!(
        told(next, "2010-01-01", &|text| text.replace("status: upcoming", "status: active")),
        ["gate-before-next"],
        "R1"
    );
    assert_eq!(
        told("fasen/tweede-fase", "2010-01-01", &|text| text.to_owned()),
        none,
        "R2: a shared month is no overlap"
    );
    assert_eq!(
        told("fasen/tweede-fase", "2010-01-01", &|text| text.replace("2010-05/", "2010-04/")),
        ["no-overlap"],
        "R2"
    );
    let raise = "begroting/2009/BA-2009-002";
    assert_eq!(told(raise, "2010-01-01", &|text| text.to_owned()), none, "R4: the plan is superseded");
    let current = |text: &str| text.replace("plannen/plan-van-aanpak", "plannen/programma");
    assert_eq!(told(raise, "2009-12-01", &current), none, "R4: it is still the day");
    assert_eq!(told(raise, "2009-12-02", &current), ["condition-decided-in-time"], "R4");
    assert_eq!(
        told(raise, "2009-12-02", &|text| text.replace("state: open", "state: met")),
        ["condition-has-decision"],
        "R4"
    );
    assert_eq!(told(raise, "2009-12-01", &|text| text.replace("EUR 150000.00", "unknown")), none, "R5");
    let reserved = "begroting/2009/BA-2009-001";
    assert_eq!(told(reserved, "2009-12-01", &|text| text.replace("EUR 500000.00", "unknown")), ["value-unknown"], "R5");
    let lent = "voorbeelden/detachering-sam";
    let twice = |text: &str| text.replace("share: 80%", "share: 120%");
    assert_eq!(told(lent, "2020-06-01", &twice).len(), 2, "R6: over 100% alone, and in the sum");
    let paid = |text: &str| {
        text.replace(
            "salary_paid_by: voorbeelden/gemeente-voorbeelddam",
            "salary_paid_by: voorbeelden/bureau-voorbeeld",
        )
    };
    assert_eq!(told(lent, "2020-06-01", &paid), ["salary-stays-at-home"], "R6");
    let cost = "voorbeelden/VB-2020-012";
    assert_eq!(
        told(cost, "2020-06-01", &|text| text.replace("counterparty: ", "oud: ")),
        ["field-unknown", "spent-has-counterparty"],
        "R8"
    );
    assert_eq!(
        told(cost, "2020-06-01", &|text| text.replace("reference: ", "redaction: privacy\nreference: ")),
        ["withheld-name-is-left-out"],
        "R8"
    );
    assert_eq!(
        told(cost, "2020-06-01", &|text| text.replace("date: 2020-04-01", "date: 2020-04")),
        ["spent-day"],
        "R8"
    );
    let board = put("type: body\ntitle: R\nname: R\nkind: working-group\nperiod: 2020/..\nmeetings_min_per_year: 2\n");
    assert_eq!(told("overleg/r", "2021-06-30", &board), none, "R10: there is time left");
    assert_eq!(told("overleg/r", "2021-07-01", &board), ["half-year-meetings"], "R10");
    assert_eq!(told("overleg/r", "2021-11-01", &board), ["whole-year-meetings"], "R10");
    let group = "voorbeelden/stuurgroep";
    assert_eq!(told(group, "2020-11-01", &|text| text.to_owned()), none, "R10: two meetings");
    assert_eq!(
        told(group, "2020-11-01", &|text| text.replace("per_year: 2", "per_year: 3")),
        ["whole-year-meetings"],
        "R10"
    );
    assert_eq!(
        told(group, "2020-11-01", &|text| text.replace("confirmed_by: ", "oud: ")),
        ["field-unknown", "provisional-until-decided"],
        "R19"
    );
    assert_eq!(
        told(group, "2020-11-01", &|text| text.replace("provisional: false", "provisional: true")),
        ["decided-not-provisional"],
        "R19"
    );
    let meeting = "voorbeelden/stuurgroep-september";
    assert_eq!(
        told(meeting, "2021-01-01", &|text| text.replace("closed_reason: ", "oud: ")),
        ["field-unknown", "field-required-when"],
        "R12"
    );
    let project = "voorbeelden/project-leeskring";
    let stranger = |text: &str| text.replace("gemeente-voorbeelddam", "provincie-verzonnenland");
    assert_eq!(told(project, "2020-06-01", &stranger), ["submitted-by-participant"], "R14");
    assert_eq!(
        told(project, "2020-06-01", &|text| text.replace("status: submitted", "status: accepted")),
        ["field-required-when"],
        "R15"
    );
    assert_eq!(
        told(project, "2020-06-01", &|text| text
            .replace("status: submitted", "status: declined\nactivity: voorbeelden/voorbeeldactiviteit")),
        ["declined-says-why"],
        "R14"
    );
    let long = |text: &str| text.replace("period: 2020-01/2020-12", "period: 2020-01/2021-12");
    assert_eq!(told("voorbeelden/voorbeeldplan", "2020-12-31", &long), none, "R16: the first year");
    assert_eq!(told("voorbeelden/voorbeeldplan", "2021-01-01", &long), ["budget-for-this-year"], "R16");
    let organisation = "voorbeelden/waterschap-de-oefenpolder";
    let bare = |text: &str| {
        let (before, after) = text.split_once("    commitments:").expect("commitments");
        format!("{before}---{}", after.split_once("---").expect("an end").1)
    };
    assert_eq!(told(organisation, "2020-06-01", &bare), ["participants-arrange-access"], "R18");
    let closed = |text: &str| text.replace("target_staff: 2", "target_staff: 2\nbudget_closed_on: 2021-02-01");
    assert_eq!(told("voorbeelden/voorbeeldplan", "2021-03-01", &closed), ["closed-without-commitments"], "R20");
    let promise = "toezeggingen/zichtbare-kosten";
    assert_eq!(
        told(promise, "2010-01-01", &|text| text.replace("status: open", "status: kept")),
        ["kept-has-evidence"],
        "R13"
    );
}
