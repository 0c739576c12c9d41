//! Search as people use it.

use crate::wiki::TestWiki;

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
fn any_query_is_answered() {
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
