//! Records through the doors: a save, a push and `polder check` are judged alike; records are found
//! by type and field, and stand in index and map.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::wiki::{Files, TestWiki};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  status: {type: enum, values: [draft, current, superseded], value_labels: {current: {nl: actueel, en: current}}, required: true, transitions: {draft: [current]}}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Cost}
tree_parent: plan
fields:
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], required: true, inverse: costs}
  amount: {type: money, required: true, currency: [EUR]}
  settles: {type: ref, to: [cost], inverse: settled_by}
  open_amount: {type: computed, as: money, expr: amount - sum(settled_by.amount)}
rules:
  - id: not-over
    check: open_amount >= 0
    message: {nl: 'Er is {open_amount} te veel afgeboekt.', en: 'Settled {open_amount} too much.'}
";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\n"),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/cost.yml", COST),
    ("FrontPage.md", "# Voorpagina\n"),
    ("plan.md", "---\ntype: plan\ntitle: Plan van aanpak\nstatus: current\n---\n"),
    ("kosten/a.md", "---\ntype: cost\ntitle: Drukwerk\nplan: plan\namount: EUR 100.00\n---\n"),
    (
        "kosten/b.md",
        "---\ntype: cost\ntitle: Betaald drukwerk\nplan: plan\namount: EUR 40.00\nsettles: kosten/a\n---\n",
    ),
    ("los.md", "---\ntype: plan\nstatus: curent\ntitle: Los\n---\n"),
];

#[test]
fn a_save_is_judged_by_its_type_and_by_what_it_breaks_elsewhere() {
    let wiki = TestWiki::with(FILES).ready();
    let answer = wiki.editor("kosten/a").replace("EUR 100.00", "100").save().status(422);
    assert!(answer.has("EUR 100.00"), "it says what to write: {}", answer.text());
    // The page saved is right in itself; the one that it settles no longer is.
    let answer = wiki.editor("kosten/b").replace("40.00", "100.01").save().status(422);
    assert!(answer.has("kosten/a") && answer.has("0,01"), "{}", answer.text());
    wiki.editor("kosten/b").replace("40.00", "100.00").save().status(303);
    // What was wrong before holds up nothing else.
    wiki.editor("los").replace("title: Los", "title: Los plan").save().status(303);
    let answer = wiki.editor("plan").replace("status: current", "status: draft").save().status(422);
    assert!(answer.has("current") && answer.has("draft"), "{}", answer.text());
    assert!(wiki.file("plan.md").contains("status: current"));
}

#[test]
fn a_push_is_judged_like_a_save_of_the_same_record() {
    let wiki = TestWiki::with(FILES).ready();
    let clone = wiki.clone_as("werk");
    clone.replace("kosten/b.md", "40.00", "100.01").commit("te veel");
    clone.push().refused().says("kosten/a.md").says("[rule]");
    clone.replace("kosten/b.md", "100.01", "1.234,56").commit("geen bedrag");
    clone.push().refused().says("kosten/b.md:5:9").says("EUR 1234.56").says("[value-money]");
    clone.replace("kosten/b.md", "EUR 1.234,56", "EUR 60.00").commit("goed");
    clone.push().ok();
    assert!(wiki.file("kosten/b.md").contains("EUR 60.00"));
    // Deleting what others need names them.
    clone.git(&["rm", "-q", "plan.md"]).ok();
    clone.commit("weg");
    clone.push().refused().says("kosten/a.md").says("[ref-missing]");
}

#[test]
fn records_are_found_by_type_and_field() {
    let wiki = TestWiki::with(FILES).ready();
    let found = |query: &str| wiki.get(&format!("/-/search?q={query}")).ok().in_main();
    let costs = found("type%3Acost");
    assert!(
        costs.has("Drukwerk") && costs.has("Betaald drukwerk") && !costs.has("Plan van aanpak"),
        "{}",
        costs.text()
    );
    assert!(found("soort%3Aplan+status%3Aactueel").has("Plan van aanpak"), "by the label too");
    assert!(!found("soort%3Aplan+-status%3Acurrent").has("Plan van aanpak"));
    let both = found("betaald+plan%3A%22plan+van%22");
    assert!(both.has("Betaald") && !both.has("href=\"/kosten/a\""), "{}", both.text());
    // A colon where there is no such field is a word as any other.
    found("weg%3Adrukwerk").shows("Drukwerk");
    let index = wiki.get("/-/index?by=type").ok();
    assert!(index.has("Kosten") && index.has("/-/search?q=type%3Acost"), "{}", index.text());
    let map = wiki.get("/-/mindmap?tree=records&focus=plan").ok();
    assert!(map.has("Drukwerk") && !map.has("Voorpagina</text>"), "{}", map.text());
}

#[test]
fn a_move_takes_references_along_however_they_are_spelled() {
    let mut files = FILES.to_vec();
    files.push(("kosten/c.md", "---\ntype: cost\ntitle: C\nplan: Plan van aanpak # bij naam\namount: EUR 1.00\n---\n"));
    files.push(("kosten/d.md", "---\ntype: cost\ntitle: D\nplan: \"../plan\"\namount: EUR 1.00\n---\n"));
    let wiki = TestWiki::with(&files).ready();
    // The delete screen tells all who refer to it; the move screen, those that are written anew.
    let screen = wiki.get("/-/delete/plan").ok().in_main();
    assert!(!wiki.get("/-/move/plan").ok().in_main().has("href=\"/kosten/c\""));
    for page in ["/kosten/a", "/kosten/c", "/kosten/d"] {
        assert!(screen.has(&format!("href=\"{page}\"")), "{page} is told before: {}", screen.text());
    }
    wiki.post("/-/move/plan", &[("to", "plannen/plan-van-2009"), ("name", "Noor")]).status(303);
    assert!(wiki.file("kosten/a.md").contains("plan: plannen/plan-van-2009\n"), "{}", wiki.file("kosten/a.md"));
    assert!(wiki.file("kosten/c.md").contains("plan: Plan van aanpak # bij naam\n"), "the title still leads there");
    assert!(wiki.file("kosten/d.md").contains("plan: \"plannen/plan-van-2009\"\n"), "{}", wiki.file("kosten/d.md"));
    // A new page that would take a reference over is refused: amounts would count elsewhere.
    let answer = wiki.editor("kosten/plan-van-aanpak").text("---\ntype: plan\ntitle: X\nstatus: current\n---\n").save();
    assert!(answer.status(422).has("kosten/c"), "the page that would change is named");
}

/// Adds up the column `amount` of a CSV by exact decimals, row by row, as somebody outside would.
const ADD_UP: &str = "
import csv, decimal, sys
rows = list(csv.DictReader(sys.stdin))
total = sum((decimal.Decimal(row['amount']) for row in rows), decimal.Decimal(0))
print(len(rows), total, ' '.join(sorted({row['amount_currency'] for row in rows})))
";

#[test]
fn a_file_of_all_costs_added_up_outside_is_the_total_of_the_page() {
    let mut files = FILES.to_vec();
    let amounts: Vec<(String, String)> = (0..250)
        .map(|n: u64| {
            let cents = n * n * 7919 + 13;
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let text = format!("---\ntype: cost\ntitle: Kosten {n}\nplan: plan\namount: EUR {amount}\n---\n");
            (format!("kosten/c{n:03}.md"), text)
        })
        .collect();
    files.extend(amounts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let block = "```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\ntotal: [amount]\nlimit: 20\n```\n";
    files.push(("alles.md", block));
    let wiki = TestWiki::with(&files).ready();
    let csv = wiki.get("/-/query/alles?n=1&format=csv").ok();
    let mut python = Command::new("python3")
        .args(["-c", ADD_UP])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    python.stdin.take().expect("piped").write_all(csv.text().as_bytes()).expect("written");
    let said = String::from_utf8(python.wait_with_output().expect("ended").stdout).expect("text");
    let [rows, total, currency] = said.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{said:?}") };
    assert_eq!((rows, currency), ("252", "EUR"), "every row, also those past the limit of the page");
    // The page writes the same as Dutch readers do.
    let (whole, cents) = total.split_once('.').expect("cents");
    let mut grouped = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    let page = wiki.get("/alles").ok();
    assert!(page.has(&format!("{grouped},{cents}")), "{total} is not on the page: {}", page.main());
}

#[test]
fn problems_stand_by_kind_and_by_file() {
    let wiki = TestWiki::with(FILES).ready();
    let problems = wiki.get("/-/problems").ok();
    assert!(problems.has("los.md") && problems.has("curent"), "{}", problems.text());
    wiki.get("/-/problems?by=file").ok().shows("/-/edit/los");
}
