//! What changed since a moment, by plan: since a day, a version, a change, a meeting, a number of days;
//! as a screen, as JSON and as a feed. And what is said where there is no such moment.

use serde_json::Value as Json;

use crate::wiki::{Answer, Clone, Files, TestWiki, between};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  period: {type: daterange, label: {nl: Looptijd, en: Period}}
  ceiling: {type: rollup, label: {nl: Plafond, en: Ceiling}, from: cost, via: plan, agg: sum, of: amount}
";

const PROJECT: &str = "type: project
label: {nl: Project, en: Project}
tree_parent: plan
fields:
  title: {type: text}
  plan: {type: ref, to: [plan], inverse: projects}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Costs}
tree_parent: 'project | plan'
fields:
  title: {type: text}
  plan: {type: ref, to: [plan], inverse: costs}
  project: {type: ref, to: [project], inverse: costs}
  amount: {type: money, label: {nl: Bedrag, en: Amount}, currency: [EUR]}
";

const MEETING: &str = "type: meeting
label: {nl: Bijeenkomst, en: Meeting}
fields:
  title: {type: text}
  host: {type: text}
  start: {type: datetime}
";

const DECISION: &str = "type: decision
label: {nl: Besluit, en: Decision}
fields:
  title: {type: text}
  date: {type: date, label: {nl: Datum, en: Date}}
  subject: {type: ref, to: [plan, project]}
";

const BEGIN: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\n"),
    (".polder/types/plan.yml", PLAN),
    (".polder/types/project.yml", PROJECT),
    (".polder/types/cost.yml", COST),
    (".polder/types/meeting.yml", MEETING),
    (".polder/types/decision.yml", DECISION),
    ("FrontPage.md", "# Voorpagina\n\nWelkom.\n"),
    ("plannen/dijk.md", "---\ntype: plan\ntitle: Dijkplan\nperiod: 2010-01/2010-05\n---\nEen dijk.\n"),
    ("plannen/sluis.md", "---\ntype: plan\ntitle: Sluisplan\n---\nEen sluis.\n"),
    ("plannen/rust.md", "---\ntype: plan\ntitle: Rustplan\n---\nHier gebeurt niets.\n"),
    ("projecten/zand.md", "---\ntype: project\ntitle: Zandproject\nplan: plannen/dijk\n---\nScheppen.\n"),
    ("kosten/klei.md", "---\ntype: cost\ntitle: Klei\nplan: plannen/dijk\namount: EUR 500000.00\n---\n"),
    ("kosten/deur.md", "---\ntype: cost\ntitle: Deur\nplan: plannen/sluis\namount: EUR 100.00\n---\n"),
    ("bijeenkomsten/maart.md", "---\ntype: meeting\ntitle: Overleg van maart\nstart: 2010-03-10T10:00:00+01:00\n---\n"),
    ("bijeenkomsten/ooit.md", "---\ntype: meeting\ntitle: Overleg zonder datum\n---\n"),
];

fn commit(clone: &Clone, date: &str, message: &str) {
    clone.git(&["add", "-A"]).ok();
    clone.git(&["commit", "-q", "--date", date, "-m", message]).ok();
}

/// Begun on 1 January 2010; changed on 1 February, 10 March (the day of the meeting) and 1 June.
fn wiki() -> (TestWiki, [String; 3]) {
    let wiki = TestWiki::with(BEGIN);
    let clone = wiki.clone_as("bas");
    let tip = || clone.git(&["rev-parse", "HEAD"]).ok().stdout().trim().to_owned();
    clone.replace("kosten/deur.md", "100.00", "150.00");
    commit(&clone, "2010-02-01T12:00:00+0100", "Deur");
    let february = tip();
    clone.replace("FrontPage.md", "Welkom.", "Wees welkom.").write(
        "besluiten/b1.md",
        "---\ntype: decision\ntitle: Meer klei\ndate: 2010-03-10\nsubject: projecten/zand\n---\nBesloten.\n",
    );
    commit(&clone, "2010-03-10T12:00:00+0100", "Besluit");
    let march = tip();
    clone
        .replace("kosten/klei.md", "500000.00", "650000.00")
        .replace("plannen/dijk.md", "2010-05", "2010-08")
        .replace("projecten/zand.md", "Scheppen.", "Scheppen en kruien.")
        .write(
            "kosten/kar.md",
            "---\ntype: cost\ntitle: Kar\nplan: plannen/dijk\nproject: projecten/zand\namount: EUR 25.50\n---\n",
        );
    clone.git(&["mv", "kosten/deur.md", "kosten/sluisdeur.md"]).ok();
    commit(&clone, "2010-06-01T12:00:00+0200", "Uitbreiding");
    let june = tip();
    clone.git(&["tag", "-a", "plannen/dijk@v1", "-m", "Eerste versie\n\nDate: 2010-03-11", &march]).ok();
    clone.push().ok();
    clone.git(&["push", "-q", "origin", "plannen/dijk@v1"]).ok();
    (wiki.ready(), [february, march, june])
}

/// What stands in `main`, with plain blanks.
fn read(answer: &Answer) -> String {
    answer.main().replace('\u{a0}', " ")
}

/// The section of a plan.
fn plan<'a>(page: &'a str, title: &str) -> &'a str {
    page.split("<section class=\"since-plan\"")
        .find(|part| part.split("</h2>").next().is_some_and(|head| head.contains(&format!("<bdi>{title}</bdi>"))))
        .unwrap_or_else(|| panic!("no plan {title} in {page}"))
}

/// What the table of pages says of one of them.
fn row<'a>(plan: &'a str, title: &str) -> &'a str {
    between(between(plan, ">Pagina’s<", "</table>"), &format!("{title}</bdi>"), "</tr>")
}

fn json(wiki: &TestWiki, query: &str) -> Json {
    let text = wiki.get(&format!("/-/changes?{query}&format=json")).ok().text();
    serde_json::from_str(&text).expect("JSON")
}

/// The titles of the plans that a query names, those of no plan as `-`.
fn plans(wiki: &TestWiki, query: &str) -> Vec<String> {
    let all = json(wiki, query);
    let plans = all["plans"].as_array().expect("a list").iter();
    plans.map(|plan| plan["plan"].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn what_changed_since_a_day_is_told_plan_by_plan() {
    let (wiki, _) = wiki();
    let answer = wiki.get("/-/changes?since=2010-02-02").ok();
    let page = read(&answer);
    assert!(page.contains("Veranderd sinds 2 februari 2010"), "{page}");
    assert!(page.contains("In 2 plannen is iets veranderd."), "{page}");
    let dike = plan(&page, "Dijkplan");
    for there in [
        "Plafond stijgt met € 150.025,50 naar € 650.025,50.",
        "Looptijd: einde + 3 maanden",
        "€ 500.000,00 + € 150.025,50 = € 650.025,50",
        "Het oude totaal en alle wijzigingen samen zijn het nieuwe totaal.",
        "Meer klei",
        "Bedrag + € 150.000,00 (+ 30%)",
        "Kar",
    ] {
        assert!(dike.contains(there), "{there:?} is missing in {dike}");
    }
    // Decisions come first; a text leads to its comparison.
    let (decisions, records) = (dike.find(">Besluiten<").expect("decisions"), dike.find(">Pagina’s<").expect("pages"));
    assert!(decisions < records && dike.find("Meer klei").expect("there") < records, "{dike}");
    let texts = between(dike, ">Tekst gewijzigd<", "</ul>");
    assert!(texts.contains("Zandproject") && texts.contains("href=\"/projecten/zand@2010-02-01..\""), "{texts}");
    assert!(!between(dike, ">Pagina’s<", "</table>").contains("Zandproject"), "only its text changed: {dike}");
    let lock = plan(&page, "Sluisplan");
    assert!(lock.contains("verplaatst van kosten/deur"), "{lock}");
    let outside = plan(&page, "Buiten de plannen");
    assert!(outside.contains("Voorpagina") && !outside.contains("Meer klei"), "{outside}");
    assert!(!page.contains("Rustplan</bdi></a></h2>"), "nothing changed there");
    // What leads on from it is there.
    for href in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if href.starts_with('/') {
            let status = wiki.get(&crate::wiki::unescape(href)).status;
            assert!(status < 400, "{href}: {status}");
        }
    }
}

#[test]
fn a_day_counts_from_its_begin_to_its_end() {
    let (wiki, _) = wiki();
    // The change of 1 February is since 1 February and not since 2 February.
    let amounts = |query: &str| json(&wiki, query)["plans"].to_string();
    assert!(amounts("since=2010-02-01").contains("150.00"));
    assert!(!amounts("since=2010-02-02").contains("\"100.00\""));
    assert_eq!(plans(&wiki, "since=2010-02-01&until=2010-02-01"), ["plannen/sluis"]);
    assert_eq!(plans(&wiki, "since=2010-02-02&until=2010-02-28"), [""; 0]);
    // A month, and a day as people write it.
    assert_eq!(plans(&wiki, "since=februari+2010&until=2010-02"), ["plannen/sluis"]);
    assert_eq!(plans(&wiki, "since=10+maart+2010&until=10-3-2010"), ["plannen/dijk", "-"]);
    // Of the day on which the wiki began, its first state is the old side.
    wiki.get("/-/changes?since=2010-01-01").ok().shows("Toen was deze wiki er nog niet").shows("Dijkplan");
}

#[test]
fn versions_changes_meetings_and_numbers_of_days_are_moments_too() {
    let (wiki, [february, march, june]) = wiki();
    let all = ["plannen/dijk", "plannen/sluis"];
    let june = format!("until=~{}", &june[..10]);
    assert_eq!(plans(&wiki, &format!("since=plannen/dijk@v1&{june}")), all);
    assert_eq!(plans(&wiki, &format!("since=~{}&{june}", &march[..10])), all);
    assert_eq!(plans(&wiki, &format!("since=~{}&until=~{}", &february[..10], &march[..10])), ["plannen/dijk", "-"]);
    // The meeting was on 10 March, from its begin; by its address, its title, as a link.
    for name in
        ["bijeenkomsten/maart", "Overleg+van+maart", "%5B%5BOverleg%20van%20maart%5D%5D", "/bijeenkomsten/maart"]
    {
        let page = read(&wiki.get(&format!("/-/changes?since={name}")).ok());
        assert!(page.contains("Veranderd sinds Overleg van maart (10 maart 2010)"), "{name}: {page}");
        assert!(plan(&page, "Dijkplan").contains("Meer klei"));
    }
    // The last days: nothing happened in them.
    wiki.get("/-/changes?since=7d").ok().shows("Veranderd sinds 7 dagen geleden").shows("Er is niets veranderd.");
    // A change of today is in them, and a wiki younger than the days began within them.
    wiki.editor("plannen/rust").replace("niets", "iets").save().status(303);
    assert_eq!(plans(&wiki, "since=7d"), ["plannen/rust"]);
    wiki.get("/-/changes?since=30000d").ok().shows("Toen was deze wiki er nog niet");
    // What is chosen in the form goes before what stands in it.
    wiki.get("/-/changes?since=7d&version=plannen/dijk@v1&meeting=&plan=plannen/dijk")
        .status(303)
        .leads_to("/-/changes?since=plannen/dijk%40v1&plan=plannen/dijk");
    wiki.get("/-/changes?since=&version=&meeting=bijeenkomsten/maart")
        .status(303)
        .leads_to("/-/changes?since=bijeenkomsten/maart");
}

#[test]
fn it_is_narrowed_to_a_plan_or_a_folder() {
    let (wiki, _) = wiki();
    assert_eq!(plans(&wiki, "since=2010-02-01&plan=plannen/sluis"), ["plannen/sluis"]);
    assert_eq!(plans(&wiki, "since=2010-02-01&plan=Dijkplan"), ["plannen/dijk"]);
    assert_eq!(plans(&wiki, "since=2010-02-01&plan=-"), ["-"]);
    assert_eq!(plans(&wiki, "since=2010-02-01&plan=plannen/rust"), [""; 0]);
    wiki.get("/-/changes?since=2010-02-01&plan=plannen/rust").ok().shows("Er is niets veranderd.");
    wiki.get("/-/changes?since=2010-02-01&plan=FrontPage").status(400).shows("Deze pagina is geen plan.");
    wiki.get("/-/changes?since=2010-02-01&plan=nergens").status(404);
    let costs = json(&wiki, "since=2010-02-02&folder=kosten");
    assert!(!costs.to_string().contains("Meer klei") && costs.to_string().contains("Kar"), "{costs}");
    // From the versions of the plan it is one click.
    let versions = wiki.get("/-/versions/plannen/dijk").ok();
    let href = "/-/changes?since=plannen/dijk%40v1&amp;plan=plannen/dijk";
    assert!(versions.text().contains(href), "{}", versions.text());
    let page = read(&wiki.get(&crate::wiki::unescape(href)).ok());
    assert!(
        page.contains("Veranderd sinds plannen/dijk@v1 (11 maart 2010)") && page.contains("Alleen: Dijkplan"),
        "{page}"
    );
    // And from the recent changes there is the form, with the versions and meetings that there are.
    let form = wiki.get("/-/changes").ok().in_main();
    form.shows("name=\"since\"")
        .shows("value=\"plannen/dijk@v1\"")
        .shows("value=\"bijeenkomsten/maart\"")
        .lacks("value=\"bijeenkomsten/ooit\"");
}

#[test]
fn a_record_that_went_to_another_plan_is_told_under_both() {
    let (wiki, _) = wiki();
    wiki.editor("kosten/kar")
        .replace("plan: plannen/dijk\nproject: projecten/zand", "plan: plannen/sluis")
        .save()
        .status(303);
    let page = read(&wiki.get("/-/changes?since=1d").ok());
    assert!(row(plan(&page, "Dijkplan"), "Kar").contains("hoort er niet meer bij"), "{page}");
    assert!(row(plan(&page, "Sluisplan"), "Kar").contains("hoort er nu bij"), "{page}");
    assert!(plan(&page, "Sluisplan").contains("Plafond stijgt met € 25,50 naar € 175,50."), "{page}");
}

#[test]
fn programs_get_all_of_it() {
    let (wiki, [_, march, june]) = wiki();
    let answer = wiki.get("/-/changes?since=2010-02-02&format=json").ok();
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("polder-commit"), june);
    let all: Json = serde_json::from_str(&answer.text()).expect("JSON");
    assert_eq!((&all["is_complete"], &all["since"]["as_of"]), (&Json::from(true), &Json::from("2010-02-01")));
    let dike = &all["plans"][0];
    assert_eq!((&dike["plan"], &dike["title"]), (&Json::from("plannen/dijk"), &Json::from("Dijkplan")));
    assert_eq!(dike["decisions"][0]["new"]["title"], "Meer klei");
    assert_eq!(dike["totals"][0]["lines"][0]["new"]["amount"], "650025.50");
    assert_eq!(dike["totals"][0]["adds_up"], true);
    let moved = &all["plans"][1]["pages"];
    assert!(moved.as_array().expect("a list").iter().any(|page| page["is_moved"] == true), "{moved}");
    assert_eq!(all["plans"][2]["plan"], Json::Null);
    // The same, not sent twice.
    let tag = answer.header("etag").to_owned();
    wiki.ask("GET", "/-/changes?since=2010-02-02&format=json", &[("If-None-Match", &tag)], b"").status(304);
    let march = json(&wiki, &format!("since=2010-02-02&until=~{}", &march[..10]));
    assert_eq!(march["plans"][0]["totals"], Json::from(Vec::<Json>::new()));
    wiki.get("/-/changes?since=2010-02-02&format=xml").status(400);
}

#[test]
fn a_feed_has_an_entry_for_each_plan_that_changed_and_goes_on() {
    let (wiki, _) = wiki();
    let feed = wiki.get("/-/changes.atom?since=2010-02-02").ok().text();
    assert_eq!(feed.matches("<entry>").count(), 3, "{feed}");
    assert!(feed.contains("<title>Dijkplan</title>") && feed.contains("Plafond stijgt met"), "{feed}");
    assert!(feed.contains("/-/changes?since=2010-02-02&amp;plan=plannen/dijk#2010-06-01</id>"), "{feed}");
    assert!(feed.contains("<updated>2010-06-01T12:00:00+02:00</updated>"), "{feed}");
    // Outside the plans nothing changed after 10 March.
    assert!(feed.contains("plan=-#2010-03-10</id>"), "{feed}");
    assert!(feed.find("Dijkplan").expect("there") < feed.find("Buiten de plannen").expect("there"), "newest first");
    // A moving feed is empty until something changes.
    let moving = wiki.get("/-/changes.atom?since=7d").ok();
    moving.lacks("<entry>").shows("<updated>2010-06-01T12:00:00+02:00</updated>");
    wiki.editor("plannen/rust").replace("niets", "iets").save().status(303);
    let moving = wiki.get("/-/changes.atom?since=7d").ok().text();
    assert_eq!(moving.matches("<entry>").count(), 1, "{moving}");
    assert!(
        moving.contains("<title>Rustplan</title>") && moving.contains("since=7d&amp;plan=plannen/rust#"),
        "{moving}"
    );
    let id = |feed: &str| between(feed, "<entry>", "</id>").to_owned();
    wiki.editor("plannen/rust").replace("iets", "van alles").save().status(303);
    let again = wiki.get("/-/changes.atom?since=7d").ok().text();
    assert_eq!(id(&again), id(&moving), "one entry for each day");
    assert_eq!(wiki.get("/-/changes.atom?since=7d&plan=plannen/dijk").ok().text().matches("<entry>").count(), 0);
    wiki.get("/-/changes.atom?since=gisteren").status(404);
}

#[test]
fn what_is_no_moment_is_told_with_what_to_write() {
    let (wiki, _) = wiki();
    for (since, status, says) in [
        ("gisteren", 404, "“gisteren” is geen dag, versie of pagina"),
        ("nergens/niets", 404, "zoals een bijeenkomst"),
        ("bijeenkomsten/ooit", 400, "De pagina “Overleg zonder datum” heeft geen datum."),
        ("FrontPage", 400, "heeft geen datum"),
        ("2010-02-30", 404, "2010-02-30 is geen dag"),
        ("2999-01-01", 404, "is geen dag in het verleden van deze wiki"),
        ("1999-01-01", 404, "was er nog niets"),
        ("plannen/dijk@v9", 404, "plannen/dijk@v1"),
        ("plannen/dijk@", 404, "hoort niet bij deze wiki"),
        ("~0000000", 404, "hoort niet bij deze wiki"),
        ("~", 404, "hoort niet bij deze wiki"),
        ("0d", 404, "geen dag, versie of pagina"),
        ("99999999999999999999d", 404, "geen dag, versie of pagina"),
        ("@", 404, "hoort niet bij deze wiki"),
        ("%00", 404, "geen dag, versie of pagina"),
        ("%FF", 200, "Recente wijzigingen"),
        ("%3Cb%3E", 404, "&lt;b&gt;"),
    ] {
        let answer = wiki.get(&format!("/-/changes?since={since}")).status(status);
        assert!(answer.has(says), "{since}: {}", answer.main());
    }
    let long = "x".repeat(5_000);
    wiki.get(&format!("/-/changes?since={long}")).status(404);
    wiki.get("/-/changes?since=2010-06-01&until=2010-02-01")
        .status(400)
        .shows("Het tweede moment ligt vóór het eerste");
    wiki.get("/-/changes?since=2010-02-01&until=nergens").status(404);
    wiki.get("/-/changes?since=2010-02-01&folder=..%2Fx").status(400);
}

#[test]
fn one_change_leads_to_its_source_and_from_there_to_the_language_of_plans() {
    let (wiki, [february, march, june]) = wiki();
    let new = &june[..10];
    let history = wiki.get("/-/history/plannen/dijk").ok();
    let source = between(&history.text(), &format!("..~{new}"), "\"").to_owned();
    assert_eq!(source, "?view=source", "{}", history.main());
    for screen in ["/-/changes", "/-/changes.atom", "/-/changes.atom?page=plannen/dijk"] {
        let text = wiki.get(screen).ok().text();
        assert!(text.contains(&format!("..~{new}?view=source")), "{screen}: {text}");
    }
    let answer = wiki.get(&format!("/kosten/klei@~{}..~{new}?view=source", &march[..10])).ok();
    answer.shows("650000.00").shows(&format!("href=\"/kosten/klei@~{}..~{new}\"", &march[..10]));
    wiki.get(&format!("/plannen/dijk@v1..~{new}?view=source")).ok().shows("class=\"diff\"").shows("2010-01/2010-");
    wiki.get(&format!("/plannen/dijk@~{}..?view=source", &february[..10])).ok().shows("class=\"diff\"");
    wiki.get("/plannen/dijk@v9..?view=source").status(404);
}
