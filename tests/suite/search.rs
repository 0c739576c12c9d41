//! Search as people use it.

use crate::wiki::{Answer, TestWiki, between, git};

fn wiki() -> TestWiki {
    TestWiki::with(&[
        ("fiets.md", "---\ntitle: Fietsen in de polder\nowner: Waterschap\n---\nWe fietsen langs één café. Beleidsregels gelden overal.\n"),
        ("policy.md", "---\nlang: en\n---\n# Policies\n\nOpen policies for everybody, device context included.\n"),
        ("los.md", "De context van een device is hier anders.\n"),
    ])
    .ready()
}

#[test]
fn words_are_found_by_stem_in_both_languages_and_without_accents() {
    let wiki = wiki();
    for (query, page) in [
        ("fiets", "/fiets"),
        ("fietsen", "/fiets"),
        ("beleidsregel", "/fiets"),
        ("cafe", "/fiets"),
        ("een", "/fiets"),
        ("policy", "/policy"),
        ("waterschap", "/fiets"),
        ("polder", "/fiets"),
        ("beleidsreg", "/fiets"),
    ] {
        wiki.get(&format!("/-/search?q={query}")).ok().in_main().shows(&format!("href=\"{page}\""));
    }
}

#[test]
fn a_phrase_is_found_in_order_and_the_passage_is_marked() {
    let wiki = wiki();
    let answer = wiki.get("/-/search?q=%22device+context%22").ok();
    answer.in_main().shows("href=\"/policy\"").lacks("href=\"/los\"").shows("<mark>");
}

#[test]
fn a_saved_page_is_found_and_a_deleted_one_is_not() {
    let wiki = wiki();
    wiki.editor("los").text("Een kwartelkoning broedt hier.\n").save().status(303);
    wiki.eventually("/-/search?q=kwartelkoning", |answer| answer.main().contains("href=\"/los\""));
    wiki.post("/-/delete/los", &[("name", "Noor")]).status(303);
    wiki.get("/-/search?q=kwartelkoning").ok().in_main().lacks("href=\"/los\"");
}

#[test]
fn r7_any_query_is_answered() {
    let wiki = wiki();
    let long = "x".repeat(5_000);
    let queries = [
        "",
        "%20",
        "%22",
        "%22%22",
        "AND",
        "OR+NOT",
        "(((",
        "title:",
        "*",
        "a*b",
        "-fiets",
        "%5B%5D",
        "%00",
        "%FF",
        "..",
        "field:x:y",
        "%E2%80%AE",
        "~1",
        "[a+TO+b]",
        "{}",
        "\\",
        "%5C",
        &long,
    ];
    for query in queries {
        let status = wiki.get(&format!("/-/search?q={query}")).status;
        assert!(status < 500, "{query}: {status}");
    }
    wiki.get("/-/search?q=%3Cscript%3Ealert(1)%3C/script%3E").ok().lacks("<script>alert");
}

/// A wiki with a past: `los` was changed, `policy` deleted, `fiets` moved. And the commit before that.
fn aged() -> (TestWiki, String) {
    let wiki = wiki();
    let then = wiki.tip();
    wiki.editor("los").text("Hier staat nu een zeppelin.\n").save().status(303);
    wiki.post("/-/delete/policy", &[("name", "Noor")]).status(303);
    wiki.post("/-/move/fiets", &[("to", "rijwiel"), ("name", "Noor"), ("base", &wiki.tip())]).status(303);
    wiki.eventually("/-/search?q=zeppelin", |answer| answer.main().contains("href=\"/los\""));
    (wiki, then)
}

#[test]
fn a_search_at_a_moment_finds_what_was_there_then_and_leads_there() {
    let (wiki, then) = aged();
    let at = format!("at=~{}", &then[..10]);
    let find = |query: &str| wiki.get(&format!("/-/search?q={query}&{at}")).ok();
    let answer = find("policies");
    assert_eq!(answer.header("polder-commit"), then);
    answer.in_main().shows(&format!("href=\"/policy?{at}\"")).shows("name=\"at\"").shows("<mark>");
    find("context").in_main().shows(&format!("href=\"/los?{at}\"")).lacks("zeppelin");
    find("zeppelin").in_main().lacks("href=\"/los");
    find("cafe").in_main().shows(&format!("href=\"/fiets?{at}\"")).lacks("rijwiel");
    wiki.get("/-/search?q=policies").ok().in_main().lacks("href=\"/policy");
    // A link that was found leads to the page of then.
    wiki.get(&format!("/policy?{at}")).ok().shows("Open policies");
    // The end of today is now; a moment that never was is said to be none.
    let today = last_day(&wiki);
    wiki.get(&format!("/-/search?q=zeppelin&at={today}")).ok().in_main().shows(&format!("href=\"/los?at={today}\""));
    wiki.get("/-/search?q=zeppelin&at=1999-01-01").status(404);
}

/// The day of the last commit.
fn last_day(wiki: &TestWiki) -> String {
    git(&wiki.repo(), &["log", "-1", "--format=%ad", "--date=short"]).ok().stdout().trim().to_owned()
}

#[test]
fn what_was_taken_away_is_found_and_leads_to_when_it_was_there() {
    let (wiki, then) = aged();
    let find = |query: &str| format!("/-/search?past=1&q={query}");
    let is_level = |answer: &Answer| !answer.main().contains("role=\"status\"");
    wiki.eventually(&find("policies"), is_level);
    // Of a page that is gone: the last version that had it, and what the change was.
    let gone = wiki.get(&find("policies")).ok().in_main();
    let before = between(&gone.text(), "href=\"/policy@~", "\"").to_owned();
    gone.shows("niet meer").shows("Noor").shows("<mark>").shows(&format!("href=\"/policy@~{before}..~"));
    wiki.get(&format!("/policy@~{before}")).ok().shows("Open policies");
    // Of a page that is still there, what it said before.
    let changed = wiki.get(&find("%22device+is+hier+anders%22")).ok().in_main();
    let change = between(&changed.text(), "href=\"/los@~", "\"").to_owned();
    assert_eq!(change, then[..change.len()]);
    changed.shows("href=\"/los\"");
    let compared =
        format!("/los@~{change}..~{}", between(&wiki.get(&find("anders")).ok().main(), &format!("{change}..~"), "\""));
    wiki.get(&compared).ok().shows("zeppelin");
    // A move takes nothing away, and what is still there was not taken away.
    wiki.get(&find("polder")).ok().in_main().lacks("href=\"/fiets").lacks("href=\"/rijwiel");
    wiki.get(&find("zeppelin")).ok().in_main().lacks("href=\"/los");
    // What is taken from a moved page leads to where it is now.
    wiki.editor("rijwiel").replace("langs één café", "langs het water").save().status(303);
    wiki.eventually(&find("cafe"), |answer| answer.main().contains("href=\"/rijwiel\""));
    // It outlives a start, and goes on.
    let repo = wiki.repo().display().to_string();
    let wiki = wiki.restarted(&["--repo", &repo]).ready();
    wiki.eventually(&find("cafe"), |answer| answer.main().contains("href=\"/rijwiel\"") && is_level(answer));
    wiki.get(&find("policies")).ok().in_main().shows(&format!("/policy@~{before}"));
    // A rewind by the owner: what those commits took away was never taken away, and is not found.
    git(&wiki.repo(), &["update-ref", "refs/heads/main", &then]).ok();
    wiki.eventually(&find("cafe"), |answer| !answer.main().contains("href=\"/rijwiel") && is_level(answer));
    wiki.get(&find("policies")).ok().in_main().lacks("/policy@~");
    for query in ["", "%22", "-a", "tag:x", "title:", "a*", "%00", "%C3%A9*", "*"] {
        wiki.get(&find(query)).ok();
    }
}
