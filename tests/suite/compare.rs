//! Two versions in the language of plans: a page, a folder, the whole wiki; as a screen, as JSON, and
//! as a tabular difference that can be read again.

use std::collections::BTreeMap;

use crate::wiki::{Answer, Files, TestWiki, between, git, unescape};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  status:
    type: enum
    label: {nl: Stand, en: Status}
    values: [draft, current]
    value_labels: {draft: {nl: concept, en: draft}, current: {nl: actueel, en: current}}
  period: {type: daterange, label: {nl: Looptijd, en: Period}}
  partners: {type: list, of: {ref: [page]}, label: {nl: Partners, en: Partners}}
  ceiling:
    type: rollup
    label: {nl: Plafond, en: Ceiling}
    from: cost
    via: plan
    agg: sum
    of: amount
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Costs}
tree_parent: plan
fields:
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], label: {nl: Plan, en: Plan}, inverse: costs}
  amount: {type: money, label: {nl: Bedrag, en: Amount}, currency: [EUR, USD], allow_unknown: true}
";

const RESULT: &str = "type: result
label: {nl: Resultaat, en: Deliverable}
tree_parent: plan
fields:
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], inverse: results}
  due: {type: date, label: {nl: Klaar, en: Due}}
";

const OLD_BODY: &str = "De eerste alinea blijft staan.

De tweede alinea zegt dat het plan een jaar duurt.

- een punt over water
- een punt over land

Een alinea die verdwijnt & niet terugkomt.

| Wat | Wanneer |
|---|---|
| Begin | januari |
| Einde | mei |

Slot van `= this.ceiling`.
";

const NEW_BODY: &str = "De eerste alinea blijft staan.

De tweede alinea zegt dat het plan anderhalf jaar duurt.

- een punt over water
- een punt over lucht
- een punt over <b>vuur</b>

| Wat | Wanneer |
|---|---|
| Begin | januari |
| Einde | augustus |

Slot van `= this.ceiling`.
";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\nlinks:\n  order: target-first\n"),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/cost.yml", COST),
    (".polder/types/result.yml", RESULT),
    ("FrontPage.md", "---\ntitle: Voorpagina\n---\nWelkom.\n"),
    ("wie/noor.md", "---\ntitle: Noor\n---\n"),
    ("wie/bas.md", "---\ntitle: Bas\n---\n"),
    ("kosten/a.md", "---\ntype: cost\ntitle: Zand, klei\nplan: plannen/plan\namount: EUR 500000.00\n---\n"),
    ("kosten/b.md", "---\ntype: cost\ntitle: Water\nplan: plannen/plan\namount: unknown\n---\n"),
    ("kosten/weg.md", "---\ntype: cost\ntitle: Vervalt -> niet\nplan: plannen/plan\namount: EUR 1.00\n---\n"),
    ("resultaten/een.md", "---\ntype: result\ntitle: Rapport\nplan: plannen/plan\ndue: 2010-05-31\n---\n"),
];

/// A wiki with a plan in two versions, and the two commits.
fn two_versions() -> (TestWiki, String, String) {
    let plan = |front: &str, body: &str| format!("---\ntype: plan\ntitle: Plan van aanpak\n{front}---\n{body}");
    let old = plan("status: draft\nperiod: 2010-01/2010-05\npartners: [wie/noor]\n", OLD_BODY);
    let new = plan("status: current\nperiod: 2010-01/2010-08\npartners: [wie/bas, wie/noor]\n", NEW_BODY);
    let mut files = FILES.to_vec();
    files.push(("plannen/plan.md", &old));
    let wiki = TestWiki::with(&files);
    let before = wiki.tip();
    let clone = wiki.clone_as("bas");
    clone
        .write("plannen/plan.md", &new)
        .write("kosten/a.md", "---\ntype: cost\ntitle: Zand, klei\nplan: plannen/plan\namount: EUR 600000.00\n---\n")
        .write("kosten/c.md", "---\ntype: cost\ntitle: \"=Hout\"\nplan: plannen/plan\namount: EUR 50001.00\n---\n")
        .write("resultaten/twee.md", "---\ntype: result\ntitle: Advies\nplan: plannen/plan\ndue: 2010-08\n---\n")
        .write("resultaten/drie.md", "---\ntype: result\ntitle: Kaart\nplan: plannen/plan\n---\n");
    clone.git(&["rm", "-q", "kosten/weg.md"]).ok();
    clone.git(&["mv", "resultaten/een.md", "resultaten/rapport.md"]).ok();
    clone.commit("Uitbreiding").push().ok();
    let wiki = wiki.ready();
    let after = wiki.tip();
    (wiki, before[..10].to_owned(), after[..10].to_owned())
}

/// What stands in `main`, with plain blanks.
fn read(answer: &Answer) -> String {
    answer.main().replace('\u{a0}', " ")
}

/// The text of a stretch of HTML, without tags.
fn text(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => {
                in_tag = true;
                text.push(' ');
            }
            '>' => in_tag = false,
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    unescape(&text).split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",")
}

fn section(page: &str, id: &str) -> String {
    between(page, &format!("aria-labelledby=\"ui.compare-{id}\""), "</section>").to_owned()
}

#[test]
fn a_plan_is_compared_in_sentences_and_tables() {
    let (wiki, old, new) = two_versions();
    let answer = wiki.get(&format!("/plannen/plan@~{old}..~{new}")).ok();
    assert_eq!(answer.header("polder-commit")[..10], new);
    let page = read(&answer);
    let summary = text(&section(&page, "summary"));
    for said in [
        "Plafond stijgt met € 150.000,00 naar € 650.001,00 + 1 onbekend.",
        "Looptijd: einde + 3 maanden, wordt januari 2010 t/m augustus 2010.",
        "Stand: van concept naar actueel.",
        "Kosten: 1 erbij, 1 weg, 1 gewijzigd.",
        "Resultaat: 2 erbij, 1 verplaatst.",
    ] {
        assert!(summary.contains(said), "{said:?} is missing in: {summary}");
    }
    let fields = text(&section(&page, "fields"));
    assert!(fields.contains("Partners Noor Bas, Noor erbij: Bas"), "{fields}");
    assert!(
        fields.contains("Plafond totaal € 500.001,00 + 1 onbekend € 650.001,00 + 1 onbekend + € 150.000,00 (+ 30%)"),
        "{fields}"
    );
    let totals = section(&page, "totals");
    let said = text(&totals);
    assert!(said.contains("€ 500.001,00 + € 150.000,00 = € 650.001,00"), "{said}");
    assert!(said.contains("Voor wat bekend is") && said.contains("Onbekend: eerst 1, nu 1."), "{said}");
    assert!(said.contains("Zand, klei € 500.000,00 € 600.000,00 + € 100.000,00"), "{said}");
    assert!(said.contains("=Hout telde niet mee € 50.001,00 + € 50.001,00"), "{said}");
    assert!(said.contains("1 onderdeel bleef gelijk."), "{said}");
    assert!(totals.contains(&format!("href=\"/kosten/a@~{old}..~{new}\"")), "{totals}");
    let records = section(&page, "records");
    assert!(records.contains(&format!("href=\"/kosten/weg?at=~{old}\"")), "{records}");
    assert!(records.contains(&format!("href=\"/resultaten/twee?at=~{new}\"")), "{records}");
    assert!(text(&records).contains("Rapport verplaatst verplaatst van resultaten/een"), "{records}");
    // In English too, and in the other direction.
    let back = wiki.ask("GET", &format!("/plannen/plan@~{new}..~{old}"), &[("Accept-Language", "en")], b"").ok();
    let summary = text(&section(&read(&back), "summary"));
    assert!(summary.contains("Ceiling falls by €150,000.00 to €500,001.00 + 1 unknown."), "{summary}");
    assert!(summary.contains("Period: end − 3 months, becomes January 2010"), "{summary}");
    // Every link on the screen leads somewhere.
    for part in page.split("href=\"/").skip(1) {
        let href = format!("/{}", part.split('"').next().expect("a link"));
        if href.contains("@~") {
            wiki.get(&href).ok();
        }
    }
}

#[test]
fn the_text_reads_like_an_edited_text() {
    let (wiki, old, new) = two_versions();
    let page = wiki.get(&format!("/plannen/plan@~{old}..~{new}")).ok().main();
    let prose = section(&page, "prose");
    for html in [
        "<del class=\"prose-removed\"><span class=\"unseen\">verwijderd:</span><span class=\"unseen\"> </span>een",
        "<ins class=\"prose-added\"><span class=\"unseen\">toegevoegd:</span><span class=\"unseen\"> </span>anderhalf",
        "<del class=\"prose-removed prose-block\">",
        "Een alinea die verdwijnt &amp; niet terugkomt.",
        "<li><ins class=\"prose-added\">",
        "<b>vuur</b>",
        "<td>Einde</td>",
        "augustus",
    ] {
        assert!(prose.contains(html), "{html:?} is missing in:\n{prose}");
    }
    let body = prose.split_once("class=\"text prose\"").expect("a text").1;
    assert!(!body.contains(" id=") && !body.contains("class=\"anchor\""), "{body}");
    // The source is one click away.
    wiki.get(&format!("/plannen/plan@~{old}..~{new}?view=source"))
        .ok()
        .shows("class=\"diff\"")
        .shows("period: 2010-01/2010-");
    wiki.get(&format!("/plannen/plan@~{old}..~{old}")).ok().shows("De twee versies zijn gelijk").lacks("<ins");
}

#[test]
fn a_folder_and_the_wiki_are_compared_too() {
    let (wiki, old, new) = two_versions();
    let folder = read(&wiki.get(&format!("/kosten@~{old}..~{new}")).ok());
    let summary = text(&section(&folder, "summary"));
    assert!(summary.contains("Kosten: 1 erbij, 1 weg, 1 gewijzigd."), "{summary}");
    let pages = text(&section(&folder, "pages"));
    assert!(pages.contains("Zand, klei gewijzigd Bedrag + € 100.000,00 (+ 20%)"), "{pages}");
    assert!(pages.contains("=Hout nieuw Bedrag € 50.001,00"), "{pages}");
    let whole = read(&wiki.get(&format!("/@~{old}..~{new}")).ok());
    let summary = text(&section(&whole, "summary"));
    for said in
        ["Resultaat: 2 erbij, 1 verplaatst.", "Plan van aanpak: Plafond stijgt met € 150.000,00", "Plan: 1 gewijzigd."]
    {
        assert!(summary.contains(said), "{said:?} is missing in: {summary}");
    }
    let map = read(&wiki.get(&format!("/@~{old}..~{new}?view=map")).ok());
    for said in
        ["map-added", "map-removed", "map-changed", "map-moved", "Gewijzigd: 2. Verplaatst: 1. Nieuw: 3. Vervallen: 1."]
    {
        assert!(map.contains(said), "{said:?} is missing in:\n{map}");
    }
    let outline = between(&map, "class=\"outline\"", "</section>");
    assert!(
        text(outline).contains("=Hout Kosten · nieuw") && text(outline).contains("Vervalt -> niet Kosten · vervallen"),
        "{outline}"
    );
    wiki.get(&format!("/@~{old}..~{new}?view=map&tree=folders")).ok().shows("map-added");
    wiki.get(&format!("/kosten@~{old}..~{new}?view=map")).ok().shows("map-added");
    wiki.get(&format!("/nergens@~{old}..~{new}")).status(404);
    wiki.get(&format!("/@~{old}..~0000000")).status(404);
    // A settings file has no fields: its source is compared.
    wiki.get(&format!("/.polder/config.yml@~{old}..~{new}")).ok().shows("gelijk");
}

#[test]
fn a_page_that_came_or_went_or_moved_is_told_as_that() {
    let (wiki, old, new) = two_versions();
    wiki.get(&format!("/resultaten/twee@~{old}..~{new}")).ok().shows("Deze pagina is nieuw.");
    wiki.get(&format!("/kosten/weg@~{old}..~{new}")).ok().shows("Deze pagina is vervallen.");
    for address in ["resultaten/rapport", "resultaten/een"] {
        let page = read(&wiki.get(&format!("/{address}@~{old}..~{new}")).ok());
        assert!(text(&page).contains("verplaatst van resultaten/een naar resultaten/rapport"), "{page}");
    }
}

#[test]
fn json_holds_values_and_checks() {
    let (wiki, old, new) = two_versions();
    let answer = wiki.get(&format!("/plannen/plan@~{old}..~{new}?format=json")).ok();
    assert_eq!(answer.header("content-type"), "application/json");
    let json: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(json["scope"]["page"], "plannen/plan");
    assert_eq!(json["is_complete"], true);
    let page = &json["pages"][0];
    assert_eq!((&page["fate"], &page["is_text_changed"]), (&"changed".into(), &true.into()));
    let fields = page["fields"].as_array().expect("fields");
    let field = |key: &str| fields.iter().find(|field| field["key"] == key).expect("the field");
    assert_eq!(
        field("ceiling")["change"]["amounts"][0]["by"],
        serde_json::json!({"amount": "150000.00", "currency": "EUR"})
    );
    assert_eq!(field("ceiling")["change"]["n_unknown"], serde_json::json!([1, 1]));
    assert_eq!(field("period")["change"], serde_json::json!({"kind": "period", "from": null, "to": {"months": 3}}));
    assert_eq!(field("partners")["change"]["added"][0]["page"], "wie/bas");
    let total = &json["totals"][0];
    assert_eq!((&total["adds_up"], &total["n_changed"], &total["n_same"]), (&true.into(), &3.into(), &1.into()));
    assert_eq!(total["lines"][0]["changes"]["amount"], "150000.00");
    let fates: Vec<(&str, &str)> = json["records"]
        .as_array()
        .expect("records")
        .iter()
        .map(|record| {
            let page = record["new"]["page"].as_str().or(record["old"]["page"].as_str()).expect("a page");
            (record["fate"].as_str().expect("a fate"), page)
        })
        .collect();
    let want = [
        ("changed", "kosten/a"),
        ("added", "kosten/c"),
        ("removed", "kosten/weg"),
        ("added", "resultaten/drie"),
        ("changed", "resultaten/rapport"),
        ("added", "resultaten/twee"),
    ];
    assert_eq!(fates, want);
    wiki.get(&format!("/plannen/plan@~{old}..~{new}?format=xml")).status(400);
}

/// Cells of a CSV file (RFC 4180).
fn rows(csv: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = csv.chars().peekable();
    let mut in_quotes = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => row.push(std::mem::take(&mut cell)),
            '\r' if !in_quotes => {}
            '\n' if !in_quotes => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}

#[test]
fn csv_is_a_tabular_difference_that_applies() {
    let (wiki, old, new) = two_versions();
    let csv = |from: &str, to: &str| {
        let answer = wiki.get(&format!("/@~{from}..~{to}?format=csv")).ok();
        assert!(answer.header("content-type").starts_with("text/csv"));
        rows(&answer.text())
    };
    let there = csv(&old, &new);
    assert_eq!(there[0], ["@@", "page", "field", "value"]);
    let has = |row: [&str; 4]| assert!(there.iter().any(|known| *known == row), "{row:?} is missing in {there:#?}");
    has(["->", "kosten/a", "amount", "EUR 500000.00->EUR 600000.00"]);
    has(["+++", "kosten/c", "title", "=Hout"]);
    has(["+++", "kosten/c", "amount", "EUR 50001.00"]);
    has(["---", "kosten/weg", "title", "Vervalt -> niet"]);
    has(["->", "plannen/plan", "ceiling", "EUR 500001.00 + 1 unknown->EUR 650001.00 + 1 unknown"]);
    has(["->", "plannen/plan", "period", "2010-01/2010-05->2010-01/2010-08"]);
    has(["->", "plannen/plan", "partners", "wie/noor->wie/bas; wie/noor"]);
    has(["->", "resultaten/een->resultaten/rapport", "title", "Rapport"]);
    // Applied to what it takes away or changes, it gives what the way back takes away or changes.
    type Table = BTreeMap<(String, String), String>;
    let sides = |diff: &[Vec<String>]| {
        let (mut before, mut after) = (Table::new(), Table::new());
        for row in &diff[1..] {
            let [action, page, field, value] = row.as_slice() else { panic!("{row:?}") };
            let split = |cell: &str| {
                let (old, new) = cell.split_once(action.as_str()).unwrap_or((cell, cell));
                (old.to_owned(), new.to_owned())
            };
            match action.as_str() {
                "+++" => drop(after.insert((page.clone(), field.clone()), value.clone())),
                "---" => drop(before.insert((page.clone(), field.clone()), value.clone())),
                _ => {
                    let (page, value) = (split(page), split(value));
                    before.insert((page.0, field.clone()), value.0);
                    after.insert((page.1, field.clone()), value.1);
                }
            }
        }
        (before, after)
    };
    let (before, after) = sides(&there);
    let (back_before, back_after) = sides(&csv(&new, &old));
    assert_eq!((before, after), (back_after, back_before));
}

#[test]
fn a_page_made_where_another_was_moved_away_is_not_taken_for_it() {
    let long = "Een tekst die lang genoeg is om te herkennen.\n\nMet nog een alinea.\n";
    let old_page = format!("---\ntitle: Eerste\nbedrag: 1\n---\n{long}");
    let wiki = TestWiki::with(&[
        (".polder/config.yml", "title: Proef\nlanguage: nl\n"),
        ("map/a.md", &old_page),
        ("map/b.md", "---\ntitle: Blijft\n---\nBlijft.\n"),
    ])
    .ready();
    let old = wiki.tip();
    let base = wiki.tip();
    wiki.post("/-/move/map/a", &[("to", "map/z"), ("name", "Noor"), ("summary", ""), ("base", &base)]).status(303);
    let clone = wiki.clone_as("bas");
    clone.write("map/a.md", "---\ntitle: Tweede\nbedrag: 2\n---\nIets heel anders.\n").commit("Nieuw").push().ok();
    let between = format!("@~{}..~{}", &old[..10], &wiki.tip()[..10]);
    for address in ["map", ""] {
        let page = wiki.get(&format!("/{address}{between}")).ok().in_main();
        page.shows("Pagina’s zonder type: 1 erbij, 1 verplaatst.").lacks("heette");
    }
    let pages = wiki.get(&format!("/map{between}?format=json")).ok().text();
    let json: serde_json::Value = serde_json::from_str(&pages).expect("JSON");
    let told: Vec<(&str, Option<&str>, Option<&str>)> = json["pages"]
        .as_array()
        .expect("pages")
        .iter()
        .map(|page| {
            (page["fate"].as_str().expect("a fate"), page["old"]["page"].as_str(), page["new"]["page"].as_str())
        })
        .collect();
    assert_eq!(told, [("added", None, Some("map/a")), ("changed", Some("map/a"), Some("map/z"))]);
    wiki.get(&format!("/map/a{between}")).ok().in_main().shows("Deze pagina is nieuw.").lacks("Eerste");
    wiki.get(&format!("/map/a{between}?view=source")).ok().in_main().shows("Iets heel anders").lacks("herkennen");
    wiki.get(&format!("/map/z{between}")).ok().in_main().shows("verplaatst van map/a naar map/z").lacks("Tweede");
    let map = wiki.get(&format!("/map{between}?view=map")).ok().in_main();
    map.shows("Gewijzigd: 0. Verplaatst: 1. Nieuw: 1. Vervallen: 0.");
    // What stood there before is not put back over the page that is there now.
    let tip = wiki.tip();
    let fields = [("to", &old[..]), ("from", &tip), ("name", "Noor"), ("summary", ""), ("base", &tip)];
    let answer = wiki.post("/-/revert/map/a", &fields);
    assert!(answer.status >= 400, "{}", answer.status);
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn texts_in_the_difference_are_no_formulas_in_a_spreadsheet() {
    let (wiki, old, new) = two_versions();
    let text = wiki.get(&format!("/@~{old}..~{new}?format=csv&variant=excel-nl")).ok().text();
    assert!(text.starts_with("\u{feff}@@;page;field;value\r\n"), "{text}");
    assert!(text.contains("\r\n+++;kosten/c;title;'=Hout\r\n"), "{text}");
    wiki.get(&format!("/@~{old}..~{new}")).ok().shows("format=csv&amp;variant=excel-nl");
}

#[test]
fn a_difference_that_is_too_long_says_what_it_lacks() {
    let wiki = TestWiki::with(&[("FrontPage.md", "Welkom.\n")]);
    let old = wiki.tip();
    let clone = wiki.clone_as("bas");
    for n in 0..2_003 {
        clone.write(&format!("veel/p{n}.md"), format!("Pagina {n}.\n"));
    }
    for n in 0..503 {
        clone.write(&format!("bijlagen/b{n}.txt"), format!("Bijlage {n}.\n"));
    }
    clone.commit("Veel").push().ok();
    let wiki = wiki.ready();
    let address = format!("/@~{}..~{}", &old[..10], &wiki.tip()[..10]);
    let lacks = "Nog 3 pagina’s verschillen en staan ook niet in de bestanden";
    wiki.get(&address).ok().in_main().shows(lacks).shows("Nog 1.503 staan hier niet.");
    let rows = rows(&wiki.get(&format!("{address}?format=csv")).ok().text());
    let last = rows.last().expect("a row");
    assert!(last[0] == "..." && last[3].starts_with(lacks), "{last:?}");
    let json = wiki.get(&format!("{address}?format=json")).ok().text();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["is_complete"], &json["n_pages"]), (&false.into(), &2_003.into()));
    assert!(json["left_out"][0].as_str().is_some_and(|said| said.starts_with(lacks)), "{}", json["left_out"]);
    let others = "Nog 3 andere bestanden verschillen en staan er niet bij. Vergelijk een map.";
    assert_eq!((&json["left_out"][1], &json["n_files"]), (&others.into(), &503.into()));
    // What is whole says nothing.
    let one = wiki.get(&format!("/veel/p1@~{}..?format=csv", &old[..10])).ok().text();
    assert!(!one.contains("\r\n..."), "{one}");
}

#[test]
fn what_stands_in_titles_and_fields_stays_text() {
    let wiki = TestWiki::with(&[
        (".polder/config.yml", "title: Proef\nlanguage: nl\n"),
        ("x.md", "---\ntitle: \"<b>oud</b>\"\nlijst: [\"<i>a</i>\"]\n---\n<script>a</script>\n\nEen woord hier.\n"),
    ]);
    let old = wiki.tip();
    let clone = wiki.clone_as("bas");
    clone
        .write("x.md", "---\ntitle: \"<b>nieuw</b>\"\nlijst: [\"<img src=x onerror=y>\"]\n---\n<script>b</script></ins>\n\nEen ander <u onclick=x>woord</u> hier.\n")
        .commit("x")
        .push()
        .ok();
    let wiki = wiki.ready();
    let new = wiki.tip();
    for address in ["x", ""] {
        let page = wiki.get(&format!("/{address}@~{}..~{}", &old[..10], &new[..10])).ok().main();
        for bad in ["<script", "<img src=x", "onclick=x>", "<b>oud", "<i>a"] {
            assert!(!page.contains(bad), "{bad} in:\n{page}");
        }
    }
    assert_eq!(git(&wiki.repo(), &["rev-parse", "main"]).ok().stdout().trim(), new);
}
