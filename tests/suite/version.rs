//! Named versions: made in the browser and by git, read with everything of their commit, never moved.

use crate::wiki::{Answer, Files, TestWiki, git};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  ceiling: {type: money, currency: [EUR], label: {nl: Plafond, en: Ceiling}}
  end: {type: date}
  superseded_by: {type: ref, to: [plan]}
  spent: {type: rollup, from: cost, via: plan, agg: sum, of: amount, label: {nl: Besteed, en: Spent}}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Cost}
tree_parent: plan
fields:
  title: {type: text, required: true}
  plan: {type: ref, to: [plan], required: true, inverse: costs}
  amount: {type: money, required: true, currency: [EUR]}
";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\n"),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/cost.yml", COST),
    ("FrontPage.md", "# Voorpagina\n\nZie [[Plan van aanpak]].\n"),
    (
        "plannen/plan-van-aanpak.md",
        "---\ntype: plan\ntitle: Plan van aanpak\nceiling: EUR 500000.00\nend: 2010-05-01\n---\nDe eerste opzet. Zie [[Voorpagina]].\n\n```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\ntotal: {amount: sum}\ncaption: Kosten\n```\n",
    ),
    ("kosten/druk.md", "---\ntype: cost\ntitle: Drukwerk\nplan: plannen/plan-van-aanpak\namount: EUR 100.00\n---\n"),
    ("besluiten/b-3.md", "# Besluit drie\n"),
];

const PLACE: &str = "plannen/plan-van-aanpak";

/// Publishes version v1 of a page, with other fields where they are given.
pub fn publish(wiki: &TestWiki, page: &str, fields: &[(&str, &str)]) -> Answer {
    let base = wiki.tip();
    let mut all = vec![
        ("label", "v1"),
        ("date", "1 september 2009"),
        ("title", "Eerste versie"),
        ("decision", "besluiten/b-3"),
        ("note", "Voorgelegd aan het overleg."),
        ("supersedes", ""),
        ("scope", page),
        ("kind", "revision"),
        ("name", "Noor"),
        ("base", base.as_str()),
    ];
    for (key, value) in fields {
        match all.iter_mut().find(|(known, _)| known == key) {
            Some(field) => field.1 = value,
            None => all.push((key, value)),
        }
    }
    wiki.post(&format!("/-/publish/{page}"), &all)
}

/// A wiki in which v1 was published and much changed since.
fn published() -> TestWiki {
    let wiki = TestWiki::with(FILES).ready();
    publish(&wiki, PLACE, &[]).status(303).leads_to("/plannen/plan-van-aanpak@v1");
    wiki.editor(PLACE)
        .replace("500000.00", "650000.00")
        .replace("De eerste opzet", "De tweede opzet")
        .save()
        .status(303);
    wiki.editor("kosten/druk").replace("100.00", "120.00").save().status(303);
    wiki.editor("kosten/zaal")
        .text("---\ntype: cost\ntitle: Zaalhuur\nplan: plannen/plan-van-aanpak\namount: EUR 30.00\n---\n")
        .save()
        .status(303);
    wiki
}

#[test]
fn a_version_shows_the_page_and_its_totals_as_they_were() {
    let wiki = published();
    let now = wiki.get("/plannen/plan-van-aanpak").ok().in_main();
    now.shows("650.000,00").shows("150,00").shows("Zaalhuur").shows("Concept, niet vastgesteld. Geldend is versie v1");
    let old = wiki.get("/plannen/plan-van-aanpak@v1").ok();
    let old_text = old.main();
    for there in
        ["500.000,00", "De eerste opzet", "Drukwerk", "100,00", "de geldende versie", "Er is een nieuwer concept"]
    {
        assert!(old_text.contains(there), "{there}: {old_text}");
    }
    for gone in ["650.000,00", "Zaalhuur", "120,00", "De tweede opzet"] {
        assert!(!old_text.contains(gone), "{gone}");
    }
    let commit = git(&wiki.repo(), &["rev-parse", "plannen/plan-van-aanpak@v1^{commit}"]).ok().stdout();
    assert_eq!(old.header("polder-commit"), commit.trim());
    assert_eq!(old.header("memento-datetime"), "Mon, 31 Aug 2009 22:00:00 GMT", "midnight in Amsterdam");
    assert!(old.header("link").contains("rel=\"version-history\""), "{}", old.header("link"));
    // The same by the other spelling, and its links stay in the version.
    let same = wiki.get("/plannen/plan-van-aanpak?at=plannen/plan-van-aanpak@v1").ok();
    assert_eq!(same.main(), old_text);
    let front = "/FrontPage?at=plannen/plan-van-aanpak%40v1";
    assert!(old_text.contains(&format!("href=\"{front}\"")), "{old_text}");
    wiki.get(front).ok().shows("Je ziet de wiki zoals zij was bij versie v1").lacks("/-/edit/FrontPage");
    // What a version shows does not change with what comes after it.
    wiki.editor(PLACE).replace("650000.00", "700000.00").save().status(303);
    let after = wiki.get("/plannen/plan-van-aanpak@v1").ok().main();
    assert_eq!(after.replace("2 wijzigingen", "één wijziging"), old_text, "but for the number of changes since");
}

#[test]
fn other_screens_show_the_moment_too() {
    let wiki = published();
    let at = "at=plannen/plan-van-aanpak@v1";
    wiki.get(&format!("/-/index?{at}")).ok().in_main().shows("Drukwerk").lacks("Zaalhuur");
    wiki.get(&format!("/-/mindmap?tree=records&{at}")).ok().in_main().shows("Drukwerk").lacks("Zaalhuur");
    wiki.get(&format!("/-/problems?{at}")).ok().shows("Je ziet de wiki zoals zij was bij versie v1");
    wiki.get(&format!("/-/raw/plannen/plan-van-aanpak?{at}")).ok().shows("500000.00").lacks("650000.00");
    wiki.get(&format!("/-/query/plannen/plan-van-aanpak?n=1&format=csv&{at}")).ok().shows("100.00").lacks("30.00");
    wiki.get(&format!("/-/total/plannen/plan-van-aanpak?field=spent&{at}")).ok().shows("100,00").lacks("Zaalhuur");
    wiki.get(&format!("/kosten/zaal?{at}"))
        .status(404)
        .shows("bestond niet op 1\u{a0}september 2009")
        .shows("/kosten/zaal");
    wiki.get("/-/index?at=plannen/plan-van-aanpak@v9").status(404);
    wiki.get("/-/index?at=2009-02-30").status(404).shows("2009-02-30");
    wiki.get("/-/index?at=1999-01-01").status(404).shows("was er nog niets");
    wiki.get("/-/index?at=2999-01-01").status(404);
    let today = wiki.get("/-/index?at=~0000000").status(404);
    assert!(today.has("hoort niet bij deze wiki"));
}

#[test]
fn a_day_in_an_address_means_what_was_in_force_then() {
    let wiki = published();
    publish(&wiki, PLACE, &[("label", "v2"), ("date", "2010-01-01"), ("supersedes", "v1")]).status(303);
    publish(&wiki, PLACE, &[("label", "weg"), ("date", "2011-03-01"), ("kind", "withdrawal")]).status(303);
    wiki.get("/plannen/plan-van-aanpak@2009-12-31").ok().shows("500.000,00");
    wiki.get("/plannen/plan-van-aanpak@2010-01-01").ok().shows("650.000,00").shows("Ingetrokken op 1\u{a0}maart 2011");
    wiki.get("/plannen/plan-van-aanpak@2009-08-31").status(404).shows("gold nog geen versie").shows("v1").shows("v2");
    wiki.get("/plannen/plan-van-aanpak").ok().shows("Ingetrokken op 1\u{a0}maart 2011 door besluit Besluit drie");
    let old = wiki.get("/plannen/plan-van-aanpak@v1").ok();
    assert!(old.has("Dit is versie v1"));
    wiki.get("/plannen/plan-van-aanpak@v9").status(404).shows("plannen/plan-van-aanpak@v1");
    // A page without versions of any kind shows how it stood.
    let today = wiki.get("/FrontPage@2009-12-31").status(404);
    assert!(today.has("was er nog niets"));
}

#[test]
fn versions_are_listed_for_people_and_programs() {
    let wiki = published();
    publish(&wiki, PLACE, &[("label", "v2"), ("date", "2010-01-01"), ("supersedes", "v1")]).status(303);
    publish(&wiki, PLACE, &[("label", "zomer"), ("scope", ""), ("date", "2010-06-01")]).status(303);
    let list = wiki.get("/-/versions/plannen/plan-van-aanpak").ok().in_main();
    let list = list
        .shows("1\u{a0}september 2009")
        .shows("Besluit drie")
        .shows("Voorgelegd aan het overleg.")
        .shows("de hele wiki");
    let (v1, v2) = (list.text().find("@v1\"").expect("v1"), list.text().find("@v2\"").expect("v2"));
    assert!(v2 < v1, "newest first");
    let json = wiki.get("/-/versions/plannen/plan-van-aanpak?format=json").ok().text();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let labels: Vec<&str> =
        json["versions"].as_array().expect("a list").iter().filter_map(|v| v["label"].as_str()).collect();
    assert_eq!(labels, ["v1", "v2", "zomer"]);
    assert_eq!(json["versions"][1]["supersedes"][0], "v1");
    assert_eq!(json["versions"][1]["in_force"], true);
    wiki.get("/-/versions/plannen/plan-van-aanpak?format=atom")
        .ok()
        .shows("<entry>")
        .shows("plannen/plan-van-aanpak@v2");
    wiki.get("/-/versions/nergens").status(404);
    // The way between two of them.
    wiki.get("/-/compare/plannen/plan-van-aanpak?from=v1&to=v2")
        .status(303)
        .leads_to("/plannen/plan-van-aanpak@v1..v2");
    wiki.get("/plannen/plan-van-aanpak@v1..v2").ok();
    wiki.get("/plannen/plan-van-aanpak@v1..").ok();
    wiki.get("/-/compare/plannen/plan-van-aanpak?from=v1&to=//x").status(404);
    // Memento.
    let gate = wiki.ask(
        "GET",
        "/-/timegate/plannen/plan-van-aanpak",
        &[("Accept-Datetime", "Thu, 31 Dec 2009 12:00:00 GMT")],
        b"",
    );
    gate.status(302).leads_to("/plannen/plan-van-aanpak@v1");
    wiki.ask("GET", "/-/timegate/plannen/plan-van-aanpak", &[("Accept-Datetime", "gisteren")], b"").status(400);
    let map = wiki.get("/-/timemap/plannen/plan-van-aanpak").ok();
    assert!(map.has("rel=\"first memento\"; datetime=\"Mon, 31 Aug 2009 22:00:00 GMT\""), "{}", map.text());
}

#[test]
fn what_is_no_version_is_refused_with_what_was_typed() {
    let wiki = TestWiki::with(FILES).ready();
    for (field, value, says) in [
        ("label", "", "Schrijf een label"),
        ("label", "2010-01-01", "datum"),
        ("label", "versie één", "zonder accent"),
        ("label", "v1..2", "twee punten"),
        ("date", "31 februari 2010", "bestaande dag"),
        ("date", "2010", "bestaande dag"),
        ("supersedes", "v0", "geen eerdere versie v0"),
        ("name", "", "naam"),
    ] {
        let answer = publish(&wiki, PLACE, &[("note", "Blijft staan"), (field, value)]).status(422);
        assert!(answer.has(says), "{field}={value}: {}", answer.main());
        answer.shows("Blijft staan");
    }
    publish(&wiki, PLACE, &[("scope", "elders")]).status(400);
    publish(&wiki, PLACE, &[("kind", "xyz")]).status(400);
    publish(&wiki, "nergens", &[]).status(404);
    publish(&wiki, PLACE, &[("note", &"lang ".repeat(20_000))]).status(422).shows("te lang");
    let base = wiki.tip();
    let fields = [("label", "v1"), ("kind", "revision"), ("name", "Noor"), ("base", base.as_str())];
    wiki.post(&format!("/-/publish/{PLACE}"), &fields).status(400);
    let first = wiki.tip();
    wiki.editor("plannen/later").text("# Later\n").save().status(303);
    publish(&wiki, "plannen/later", &[("base", &first)]).status(422).shows("bestond nog niet");
    publish(&wiki, PLACE, &[("base", "0000000000000000000000000000000000000000")]).status(404);
    publish(&wiki, PLACE, &[]).status(303);
    publish(&wiki, PLACE, &[("label", "V1")]).status(409).shows("Er is al een versie v1");
    assert_eq!(git(&wiki.repo(), &["tag"]).ok().stdout().trim(), "plannen/plan-van-aanpak@v1");
}

#[test]
fn a_tag_made_in_a_clone_counts_the_same_and_bad_ones_are_refused() {
    let wiki = TestWiki::with(FILES).ready();
    let clone = wiki.clone_as("werk");
    let tag = |name: &str, message: &str| {
        clone.git(&["tag", "-a", "-m", message, name]).ok();
        clone.git(&["push", "origin", &format!("refs/tags/{name}")])
    };
    tag("plannen/plan-van-aanpak@v1", "Eerste\n\nDate: 2009-09-01\nDecision: besluiten/b-3\nKind: revision").ok();
    wiki.get("/plannen/plan-van-aanpak@v1").ok().shows("500.000,00").shows("1\u{a0}september 2009");
    wiki.get("/-/versions/plannen/plan-van-aanpak").ok().shows("Besluit drie");
    tag("plannen/plan-van-aanpak@V1", "x").refused().says("v1");
    tag("plannen/plan-van-aanpak@2010-01-01", "x").refused().says("datum");
    tag("plannen/pl%61n@v1", "x").refused().says("%XX");
    clone.git(&["tag", "plannen/licht@v1"]).ok();
    clone.git(&["push", "origin", "refs/tags/plannen/licht@v1"]).refused();
    // Nor do two that come together differ in case only.
    for label in ["Zomer", "zomer"] {
        clone.git(&["tag", "-a", "-m", "x", &format!("plannen@{label}")]).ok();
    }
    clone.git(&["push", "origin", "refs/tags/plannen@Zomer", "refs/tags/plannen@zomer"]).refused().says("Zomer");
    clone.git(&["push", "origin", "refs/tags/plannen@Zomer"]).ok();
    clone.git(&["push", "origin", "refs/tags/plannen@zomer"]).refused();
    // A commit that is not in the wiki is no version of it, unless it comes along.
    clone.write("nieuw.md", "# Nieuw\n").commit("nieuw");
    tag("nieuw@v1", "x").refused().says("nieuw@v1");
    clone.git(&["push", "origin", "main", "refs/tags/nieuw@v1"]).ok();
    wiki.get("/nieuw@v1").ok();
    // A version never moves (INV-10).
    clone.git(&["tag", "-f", "-a", "-m", "x", "plannen/plan-van-aanpak@v1"]).ok();
    clone.git(&["push", "-f", "origin", "refs/tags/plannen/plan-van-aanpak@v1"]).refused();
    clone.git(&["push", "origin", ":refs/tags/plannen/plan-van-aanpak@v1"]).refused();
}

#[test]
fn a_note_that_speaks_of_signatures_keeps_what_the_version_says() {
    let wiki = TestWiki::with(FILES).ready();
    let note = "zie -----BEGIN HIER\r\n-----BEGIN PGP SIGNATURE-----\r\nslot";
    let title = "-----BEGIN SSH SIGNATURE----- was de titel";
    publish(&wiki, PLACE, &[("title", title), ("note", note), ("kind", "withdrawal"), ("decision", "")]).status(303);
    let list = wiki.get("/-/versions/plannen/plan-van-aanpak").ok();
    list.shows("intrekking").shows("zie -----BEGIN HIER").shows("slot").shows(title);
}

#[test]
fn labels_follow_a_page_that_moves() {
    let wiki = published();
    let base = wiki.tip();
    let fields = [("to", "plannen/2010/plan"), ("name", "Noor"), ("summary", ""), ("base", base.as_str())];
    wiki.post("/-/move/plannen/plan-van-aanpak", &fields).status(303);
    wiki.get("/plannen/2010/plan@v1").ok().shows("500.000,00").lacks("650.000,00");
    wiki.get("/plannen/plan-van-aanpak@v1").ok().shows("500.000,00");
    wiki.get("/-/versions/plannen/2010/plan").ok().shows("@v1").shows("Eerste versie");
    wiki.get("/plannen/2010/plan").ok().shows("Geldend is versie v1");
    publish(&wiki, "plannen/2010/plan", &[("label", "v1")]).status(409);
}

#[test]
fn versions_of_folders_and_of_the_wiki_govern_their_pages() {
    let wiki = TestWiki::with(FILES).ready();
    publish(&wiki, PLACE, &[("label", "zomer"), ("scope", "plannen")]).status(303);
    publish(&wiki, PLACE, &[("label", "zomer"), ("scope", "")]).status(303);
    wiki.editor(PLACE).replace("500000.00", "650000.00").save().status(303);
    assert_eq!(git(&wiki.repo(), &["tag"]).ok().stdout().trim(), "@zomer\nplannen@zomer");
    wiki.get("/plannen/plan-van-aanpak@zomer").ok().shows("500.000,00").shows("plannen@zomer");
    wiki.get("/plannen@zomer").ok().shows("plan-van-aanpak?at=plannen%40zomer");
    wiki.get("/@zomer").ok().shows("Voorpagina");
    wiki.get("/kosten/druk@zomer").ok().shows("Drukwerk").shows("@zomer");
}

#[test]
fn a_replaced_plan_says_so_in_every_version() {
    let wiki = published();
    wiki.editor("plannen/programma")
        .text("---\ntype: plan\ntitle: Programma\n---\nHet programma.\n")
        .save()
        .status(303);
    wiki.editor(PLACE)
        .replace("end: 2010-05-01", "end: 2010-05-01\nsuperseded_by: plannen/programma")
        .save()
        .status(303);
    let says = "Deze versie is niet meer actueel. Zie <a href=\"/plannen/programma\"><bdi>Programma</bdi></a> voor het huidige bestand.";
    for address in ["/plannen/plan-van-aanpak", "/plannen/plan-van-aanpak@v1"] {
        let text = wiki.get(address).ok().main();
        let (banner, head) = (text.find(says).expect("said"), text.find("<article").expect("there"));
        assert!(banner < head, "{address}: before the page itself");
    }
}

#[test]
fn pages_that_take_over_from_each_other_in_a_circle_are_refused() {
    let wiki = published();
    let text = "---\ntype: plan\ntitle: Programma\nsuperseded_by: plannen/plan-van-aanpak\n---\n";
    wiki.editor("plannen/programma").text(text).save().status(303);
    let editor = wiki.editor(PLACE).replace("end: 2010-05-01", "end: 2010-05-01\nsuperseded_by: plannen/programma");
    let answer = editor.save().status(422);
    assert!(answer.has("Plan van aanpak → Programma"), "{}", answer.main());
}

#[test]
fn a_type_may_say_that_readers_get_the_version_in_force() {
    let with = |(path, text): &(&'static str, &'static str)| match *path {
        ".polder/types/plan.yml" => (*path, format!("{text}default_view: published\n")),
        _ => (*path, (*text).to_owned()),
    };
    let files: Vec<(&str, String)> = FILES.iter().map(with).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let wiki = TestWiki::with(&files).ready();
    wiki.get("/plannen/plan-van-aanpak").ok().shows("500.000,00").lacks("Dit is versie");
    publish(&wiki, PLACE, &[]).status(303);
    let saved = wiki.editor(PLACE).replace("500000.00", "650000.00").save().status(303);
    saved.leads_to("/plannen/plan-van-aanpak?at=now");
    wiki.editor("kosten/druk").replace("100.00", "120.00").save().status(303);
    let read = wiki.get("/plannen/plan-van-aanpak").ok().in_main();
    let read = read.shows("500.000,00").shows("de geldende versie").shows("nieuwer concept").lacks("120,00");
    // Links lead on as from now, and what belongs to the answer to the version.
    let read = read.shows("href=\"/FrontPage\"").shows("/plannen/plan-van-aanpak?at=now");
    let read = read.shows("format=csv&amp;at=plannen/plan-van-aanpak%40v1").shows("field=spent&amp;at=plannen");
    read.shows("/-/form/plannen/plan-van-aanpak");
    wiki.get("/plannen/plan-van-aanpak?at=now").ok().in_main().shows("650.000,00").shows("Concept, niet vastgesteld");
    // A withdrawn plan is read as it is now, with the word.
    publish(&wiki, PLACE, &[("label", "weg"), ("date", "2010-01-01"), ("kind", "withdrawal")]).status(303);
    wiki.get("/plannen/plan-van-aanpak").ok().in_main().shows("650.000,00").shows("Ingetrokken op");
}

#[test]
fn another_page_at_the_old_address_is_another_page() {
    let with = |(path, text): &(&'static str, &'static str)| match *path {
        ".polder/types/plan.yml" => (*path, format!("{text}default_view: published\n")),
        _ => (*path, (*text).to_owned()),
    };
    let files: Vec<(&str, String)> = FILES.iter().map(with).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let wiki = TestWiki::with(&files).ready();
    publish(&wiki, PLACE, &[]).status(303);
    let base = wiki.tip();
    let fields = [("to", "plannen/plan-2009"), ("name", "Noor"), ("summary", ""), ("base", base.as_str())];
    wiki.post("/-/move/plannen/plan-van-aanpak", &fields).status(303);
    // What readers get by their type's wish has its tools where the page is now.
    let moved = wiki.get("/plannen/plan-2009").ok().in_main();
    let moved =
        moved.shows("de geldende versie").shows("/-/form/plannen/plan-2009").lacks("/-/form/plannen/plan-van-aanpak");
    moved.shows("/-/move/plannen/plan-2009").shows("/-/blame/plannen/plan-2009");
    wiki.editor(PLACE)
        .text("---\ntype: plan\ntitle: Nieuw plan\nceiling: EUR 900.00\n---\nHeel anders.\n")
        .save()
        .status(303);
    wiki.get("/plannen/plan-van-aanpak").ok().in_main().shows("Heel anders").lacks("De eerste opzet");
    wiki.get("/plannen/plan-2009@v1").ok().in_main().shows("De eerste opzet");
    // The old address of the version keeps leading to it.
    wiki.get("/plannen/plan-van-aanpak@v1").ok().in_main().shows("De eerste opzet");
    wiki.get("/-/versions/plannen/plan-van-aanpak").ok().in_main().shows("nog geen versie");
    wiki.get("/-/versions/plannen/plan-2009").ok().in_main().shows("Eerste versie");
}

#[test]
fn a_version_is_found_however_its_page_is_spelled() {
    let files: Files<'_> = &[
        ("FrontPage.md", "# Voorpagina\n"),
        ("map/README.md", "# De map\n\nWat erin ligt.\n"),
        ("cafe\u{301}.md", "# Het café\n\nKoffie.\n"),
    ];
    let wiki = TestWiki::with(files).ready();
    let base = wiki.tip();
    for (page, scope) in [("map/README", "map/README"), ("cafe%CC%81", "cafe\u{301}")] {
        let fields =
            [("label", "v1"), ("scope", scope), ("kind", "revision"), ("name", "Noor"), ("base", base.as_str())];
        wiki.post(&format!("/-/publish/{page}"), &fields).status(303);
    }
    wiki.get("/map@v1").ok().shows("Wat erin ligt");
    wiki.get("/MAP@v1").ok().shows("Wat erin ligt");
    wiki.get("/cafe%CC%81@v1").ok().shows("Koffie");
    wiki.get("/-/versions/cafe%CC%81").ok().shows("@v1");
    wiki.get("/-/versions/nergens?format=json").status(404);
    wiki.get("/-/timemap/nergens").status(404);
}

#[test]
fn the_source_of_a_day_is_that_of_the_page_of_that_day() {
    let wiki = TestWiki::with(FILES).ready();
    publish(&wiki, PLACE, &[("date", "2010-02-01")]).status(303);
    // The first commit of these tests is of 1 January 2010.
    let day = "2010-01-06";
    wiki.get(&format!("/plannen/plan-van-aanpak?at={day}"))
        .ok()
        .shows(&format!("/-/raw/plannen/plan-van-aanpak?at={day}"));
    let raw = wiki.get(&format!("/-/raw/plannen/plan-van-aanpak?at={day}")).ok();
    let first = git(&wiki.repo(), &["rev-list", "--max-parents=0", "main"]).ok().stdout();
    assert_eq!(raw.header("polder-commit"), first.trim());
}

#[test]
fn a_version_that_left_the_branch_holds_for_nothing() {
    let wiki = published();
    publish(&wiki, PLACE, &[("label", "v2"), ("date", "2010-01-01")]).status(303);
    let v1 = git(&wiki.repo(), &["rev-parse", "plannen/plan-van-aanpak@v1^{commit}"]).ok().stdout();
    git(&wiki.repo(), &["update-ref", "refs/heads/main", v1.trim()]).ok();
    wiki.eventually("/plannen/plan-van-aanpak", |answer| !answer.has("650.000,00"));
    let old = wiki.eventually("/plannen/plan-van-aanpak@v1", |answer| answer.has("de geldende versie"));
    assert!(old.header("link").contains("@v1>; rel=\"latest-version\""), "{}", old.header("link"));
    wiki.get("/plannen/plan-van-aanpak@v2").status(404).shows("niet meer bij deze wiki");
    wiki.get("/-/versions/plannen/plan-van-aanpak").ok().shows("niet te tonen");
    wiki.ask("GET", "/-/timegate/plannen/plan-van-aanpak", &[], b"")
        .status(302)
        .leads_to("/plannen/plan-van-aanpak@v1");
    wiki.get("/plannen/plan-van-aanpak?at=%ff").status(400);
}

#[test]
fn comparisons_that_follow_from_one_keep_the_versions_that_were_asked_for() {
    let wiki = published();
    publish(&wiki, PLACE, &[("label", "v2"), ("date", "2010-03-01")]).status(303);
    let page = wiki.get(&format!("/{PLACE}@v1..v2")).ok().in_main();
    let between = "@plannen/plan-van-aanpak%40v1..plannen/plan-van-aanpak%40v2";
    page.shows(&format!("href=\"/kosten/druk{between}\"")).shows(&format!("href=\"/{between}\""));
    let days = |address: &str| {
        let json = wiki.get(&format!("{address}?format=json")).ok().text();
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        ["from", "to"].map(|side| json[side]["as_of"].as_str().expect("a day").to_owned())
    };
    assert_eq!(days(&format!("/{PLACE}@v1..v2")), ["2009-09-01", "2010-03-01"]);
    assert_eq!(days(&format!("/kosten/druk{between}")), ["2009-09-01", "2010-03-01"]);
    assert_eq!(days(&format!("/{between}")), ["2009-09-01", "2010-03-01"]);
    wiki.get(&format!("/kosten/druk{between}?view=source")).ok().shows("120.00");
    // The whole wiki leads back to the page by its own labels.
    wiki.get(&format!("/{between}")).ok().in_main().shows(&format!("href=\"/{PLACE}@v1..v2\""));
    // A day is the same day on a page where versions rule.
    let whole = wiki.get("/@2010-02-01..").ok().in_main();
    whole.shows("href=\"/kosten/druk@2010-02-01..\"").shows(&format!("href=\"/{PLACE}@~2010-02-01..\""));
    assert_eq!(days(&format!("/{PLACE}@~2010-02-01.."))[0], "2010-02-01");
    wiki.get(&format!("/{PLACE}@~2010-02-31..")).status(404);
    wiki.get(&format!("/{PLACE}@nergens%40v1..")).status(404);
    // The form sends full names where a label is not enough.
    wiki.get("/-/compare/kosten/druk?from=plannen/plan-van-aanpak%40v1&to=")
        .status(303)
        .leads_to("/kosten/druk@plannen/plan-van-aanpak%40v1..");
}

#[test]
fn folders_and_the_wiki_have_lists_of_their_versions_too() {
    let wiki = published();
    wiki.get("/-/versions/").ok().in_main().shows("Van de wiki als geheel is nog geen versie").shows(PLACE);
    wiki.get("/-/versions/kosten").ok().in_main().shows("Van deze map is nog geen versie");
    wiki.get("/-/versions/nergens").status(404);
    let scope = |scope: &str, label: &str| {
        publish(&wiki, PLACE, &[("label", label), ("scope", scope), ("date", "2010-02-01")]).status(303);
    };
    scope("plannen", "zomer");
    scope("", "alles");
    let whole = wiki.get("/-/versions/").ok().in_main();
    whole.shows("href=\"/@alles\"").shows("href=\"/@alles..\"").lacks("href=\"/@zomer\"");
    let whole = wiki.get("/-/versions/").ok().in_main();
    whole.shows(&format!("href=\"/-/versions/{PLACE}\"")).shows("href=\"/-/versions/plannen\"").shows("zomer (");
    let folder = wiki.get("/-/versions/plannen").ok().in_main();
    folder.shows("href=\"/plannen@zomer\"").shows("href=\"/plannen@alles\"").shows("href=\"/-/versions/\"");
    wiki.get("/@alles").ok();
    wiki.get("/@alles..").ok().shows("Vergelijken");
    wiki.get("/-/compare/?from=alles&to=").status(303).leads_to("/@alles..");
    wiki.get("/-/compare/plannen?from=zomer&to=").status(303).leads_to("/plannen@zomer..");
    let json = wiki.get("/-/versions/?format=json").ok().text();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["href"], &json["versions"][0]["name"]), (&"/".into(), &"@alles".into()));
    wiki.get("/-/versions/?format=atom").ok().shows("/@alles");
    // Ways to them.
    wiki.get("/-/index").ok().in_main().shows("href=\"/-/versions/\"");
    wiki.get("/plannen").ok().in_main().shows("href=\"/-/versions/plannen\"");
    let own = wiki.get(&format!("/-/versions/{PLACE}")).ok().in_main();
    own.shows("href=\"/-/versions/plannen\"").shows("href=\"/-/versions/\"");
    // The form begins with what was looked at.
    wiki.get("/-/publish/FrontPage?scope=").ok().shows("value=\"\" checked");
}

#[test]
fn a_version_of_what_is_not_in_its_commit_is_refused_and_shown_as_that() {
    let wiki = TestWiki::with(FILES).ready();
    let clone = wiki.clone_as("anna");
    let tag = |name: &str| clone.git(&["tag", "-a", name, "-m", "Versie\n\nDate: 2010-01-01"]);
    let push = |name: &str| clone.git(&["push", "-q", "origin", name]);
    for bad in ["nergens@v1", "plannen/plan-van-aanpak.md@v1", "plan@v1", "kosten/dru@v1"] {
        tag(bad).ok();
        let pushed = push(bad);
        assert!(!pushed.0.status.success(), "{bad}");
        let told = pushed.stderr();
        assert!(told.contains("is er geen pagina of map"), "{bad}: {told}");
    }
    for good in ["plannen@v1", "@v1", "plannen/plan-van-aanpak@v1", "kosten/druk@v1"] {
        tag(good).ok();
        push(good).ok();
    }
    // Made on the disk of the server it is there, and says what is the matter; it rules nothing.
    git(&wiki.repo(), &["-c", "user.name=A", "-c", "user.email=a@b", "tag", "-a", "weg@v1", "-m", "x", "main"]).ok();
    let list = wiki.eventually("/-/versions/weg", |answer| answer.status == 200).in_main();
    list.shows("in haar wijziging is er niets van deze naam").lacks("pill-good");
    wiki.get("/-/versions/").ok().in_main().shows("in haar wijziging is er niets van deze naam");
    wiki.get("/-/versions/weg?format=json").ok().shows("\"lost\":true");
    wiki.get("/weg@v1").status(404).shows("bestond niet op");
    // The page comes later: that version is still none of it.
    wiki.editor("weg").text("Nu wel.\n").save().status(303);
    wiki.get("/weg").ok().in_main().lacks("geldend");
}

#[test]
fn what_a_published_page_embeds_names_the_version_that_it_is_of() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in &mut files {
        match *path {
            ".polder/types/plan.yml" => text.push_str("default_view: published\n"),
            "plannen/plan-van-aanpak.md" => text.push_str("\n![[kader]]\n"),
            _ => {}
        }
    }
    files.push(("kader.md", "# Kader\n\nHet oude kader.\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let wiki = TestWiki::with(&files).ready();
    publish(&wiki, PLACE, &[]).status(303);
    wiki.editor("kader").replace("Het oude", "Het nieuwe").save().status(303);
    let read = wiki.get("/plannen/plan-van-aanpak").ok().in_main();
    let link = "<a href=\"/kader?at=plannen/plan-van-aanpak%40v1\"><bdi>Kader</bdi></a>, plannen/plan-van-aanpak@v1 (1\u{a0}september 2009)";
    read.shows("Het oude kader.").shows(link);
    wiki.get("/plannen/plan-van-aanpak?at=now").ok().in_main().shows("Het nieuwe kader.").shows("href=\"/kader\"");
}

#[test]
fn a_shallow_clone_says_that_it_lacks_older_commits() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (full, shallow) = (at("vol"), at("ondiep"));
    git(folder.path(), &["init", "-q", "-b", "main", &full]).ok();
    let in_full = |args: &[&str]| {
        let all = [&["-C", &full, "-c", "user.name=A", "-c", "user.email=a@b"], args].concat();
        git(folder.path(), &all).ok();
    };
    for (n, text) in ["Een.\n", "Twee.\n"].into_iter().enumerate() {
        std::fs::write(folder.path().join("vol/blad.md"), text).expect("written");
        in_full(&["add", "-A"]);
        in_full(&["commit", "-q", "-m", text]);
        in_full(&["tag", "-a", &format!("blad@v{}", n + 1), "-m", "Versie"]);
    }
    let url = format!("file://{full}");
    git(folder.path(), &["clone", "-q", "--depth", "1", &url, &shallow]).ok();
    git(folder.path(), &["-C", &shallow, "fetch", "-q", "--depth", "1", "origin", "tag", "blad@v1", "tag", "blad@v2"])
        .ok();
    let wiki = TestWiki::serve(folder, &["--repo", &shallow]).ready();
    wiki.get("/blad@v2").ok().shows("Twee.");
    wiki.get("/-/versions/blad").ok().in_main().shows("deze kloon is ondiep").lacks("hoort niet meer");
    wiki.get("/blad@v1").status(404).shows("die deze kloon niet heeft").shows("git fetch --unshallow");
    wiki.get("/blad").ok().shows("Twee.");
}
