//! Links that know their version, pieces of pages within other pages, and who cites what.

use crate::version::publish;
use crate::wiki::{Files, TestWiki, git, polder};

const PLAN: &str = "plannen/plan";

const FILES: Files<'static> = &[
    (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\n"),
    (
        ".polder/types/plan.yml",
        "type: plan\nfields:\n  title: {type: text}\n  ceiling: {type: money}\n  spent: {type: rollup, from: cost, via: plan, agg: sum, of: amount}\n",
    ),
    (
        ".polder/types/cost.yml",
        "type: cost\nfields:\n  title: {type: text}\n  plan: {type: ref, to: [plan]}\n  amount: {type: money}\n",
    ),
    ("FrontPage.md", "# Voorpagina\n"),
    (
        "plannen/plan.md",
        "---\ntype: plan\ntitle: Het plan\nceiling: EUR 500.00\n---\nBegin. Zie [[Kosten]].\n\n## Doel\n\nHet eerste doel. ^doel\n\nMeer over het doel[^n].\n\n## Geld\n\nUitgegeven: `= this.spent`.\n\n```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\n```\n\n## Slot\n\nHet slot.\n\n[^n]: Een noot.\n",
    ),
    ("kosten.md", "# Kosten\n\nAlle kosten.\n"),
    ("kosten/druk.md", "---\ntype: cost\ntitle: Drukwerk\nplan: plannen/plan\namount: EUR 100.00\n---\n"),
];

/// v1, then another goal and other costs, then v2.
fn two_versions() -> TestWiki {
    let wiki = TestWiki::with(FILES).ready();
    publish(&wiki, PLAN, &[]).status(303);
    wiki.editor(PLAN).replace("Het eerste doel.", "Het tweede doel.").save().status(303);
    wiki.editor("kosten/druk").replace("100.00", "120.00").save().status(303);
    publish(&wiki, PLAN, &[("label", "v2"), ("date", "2010-01-01"), ("supersedes", "v1")]).status(303);
    wiki
}

fn write(wiki: &TestWiki, page: &str, text: &str) {
    wiki.editor(page).text(text).save().status(303);
}

/// What `polder check` lists.
fn check(wiki: &TestWiki) -> String {
    polder(wiki.folder.path(), &["check", "repo.git"]).stdout()
}

#[test]
fn a_link_leads_to_its_version_and_says_what_became_of_it() {
    let wiki = two_versions();
    write(
        &wiki,
        "links",
        "A [[Het plan@v1#Doel|het doel]].\n\nB [[Het plan@v1#Slot]].\n\nC [in woorden](plannen/plan.md@v1#^doel).\n\nD [[Het plan@v2#Doel]].\n\nE [[Het plan@v1]].\n\nF [[Het plan@v9#Doel]].\n\nG [**vet** weg](plannen/plan.md@v9).\n\nH [[Het plan@v1#Nergens]].\n\nI [[Het plan@2009-12-31#Doel]] en [[Het plan@v1..v2]] en [[Het plan@v1..v8]].\n",
    );
    let page = wiki.get("/links").ok().in_main();
    page
        .shows("<a href=\"/plannen/plan@v1#doel\" class=\"wikilink\">het doel</a> <span class=\"cited\">(v1; geldend is v2, dit deel is gewijzigd)</span>.")
        .shows("plan@v1#slot\" class=\"wikilink\">Het plan@v1#Slot</a> <span class=\"cited\">(v1; geldend is v2, dit deel is gelijk gebleven)</span>")
        .shows("<a href=\"/plannen/plan@v1#^doel\">in woorden</a> <span class=\"cited\">(v1; geldend is v2, dit deel is gewijzigd)</span>")
        .shows("plan@v2#doel\" class=\"wikilink\">Het plan@v2#Doel</a>.</p>")
        .shows("plan@v1\" class=\"wikilink\">Het plan@v1</a> <span class=\"cited\">(v1; geldend is v2, de pagina is gewijzigd)</span>")
        .shows("<a href=\"/plannen/plan@v9#doel\" class=\"missing\">Het plan@v9#Doel<span class=\"unseen\"> (deze versie is er niet)</span></a>")
        .shows("class=\"missing\"><strong>vet</strong> weg<span class=\"unseen\"> (deze versie is er niet)</span></a>")
        .shows("dit deel stond er toen niet in")
        .shows("plan@2009-12-31#doel\" class=\"wikilink\">Het plan@2009-12-31#Doel</a> <span class=\"cited\">(v1; geldend is v2, dit deel is gewijzigd)</span>")
        .shows("<a href=\"/plannen/plan@v1..v2\" class=\"wikilink\">Het plan@v1..v2</a> en")
        .shows("plan@v1..v8\" class=\"missing\"");
    wiki.get("/plannen/plan@v1#doel").ok();
    wiki.ask("GET", "/links", &[("Accept-Language", "en")], b"")
        .ok()
        .shows("(v1; v2 is in force, this part has changed)");

    // A new version changes what is said, though no page changed.
    publish(&wiki, PLAN, &[("label", "v9"), ("date", "2010-02-01"), ("supersedes", "v2")]).status(303);
    wiki.get("/links")
        .ok()
        .shows("(v1; geldend is v9, dit deel is gewijzigd)")
        .lacks("plan@v9#doel\" class=\"missing\"");
    // What the record says is part of the whole page.
    write(&wiki, "heel", "[[Het plan@v9]]\n");
    wiki.get("/heel").ok().lacks("class=\"cited\"");
    wiki.editor(PLAN).replace("EUR 500.00", "EUR 600.00").save().status(303);
    publish(&wiki, PLAN, &[("label", "v10"), ("date", "2010-03-01")]).status(303);
    wiki.get("/heel").ok().shows("(v9; geldend is v10, de tekst is gelijk gebleven, de gegevens zijn gewijzigd)");
    publish(&wiki, PLAN, &[("label", "weg"), ("date", "2010-04-01"), ("kind", "withdrawal")]).status(303);
    wiki.get("/heel").ok().shows("(v9; ingetrokken op 1\u{a0}april 2010)");
}

#[test]
fn a_link_without_a_version_in_force_is_compared_with_now() {
    let wiki = TestWiki::with(FILES).ready();
    let first = &wiki.tip()[..7];
    write(&wiki, "links", &format!("[[Het plan@~{first}#Doel]] [[Het plan@~{first}#Slot]] [[Het plan@~0000000]]\n"));
    wiki.editor(PLAN).replace("Het eerste doel.", "Het tweede doel.").save().status(303);
    wiki.get("/links")
        .ok()
        .shows("; dit deel is gewijzigd)")
        .shows("; dit deel is gelijk gebleven)")
        .shows("@~0000000\" class=\"missing\"");
    // A page that is gone is found at its versions.
    publish(&wiki, "kosten", &[]).status(303);
    write(&wiki, "oud", "[[Kosten@v1]] [[kosten@v1]] [[kosten]]\n");
    let base = wiki.tip();
    wiki.post("/-/delete/kosten", &[("name", "Noor"), ("summary", ""), ("base", &base)]).status(303);
    wiki.get("/oud")
        .ok()
        .shows("<a href=\"/kosten@v1\" class=\"wikilink\">kosten@v1</a>")
        .shows("class=\"missing\">kosten<");
    wiki.get("/kosten@v1").ok();
    // What works is no problem and no page to be made; what does not is told.
    write(&wiki, "fout", "[[kosten@v2]] [[nooit@v1]]\n");
    let problems = wiki.get("/-/problems?by=file").ok().in_main().text();
    let of = |page: &str| problems.split("<section").find(|part| part.contains(page)).unwrap_or("").to_owned();
    assert_eq!(of("href=\"/oud\"").matches("bestaat niet").count(), 1, "{problems}");
    assert!(of("href=\"/fout\"").contains("kosten heeft geen versie “v2”"), "{problems}");
    assert!(of("href=\"/fout\"").contains("nooit@v1” bestaat niet"), "{problems}");
    let wanted = wiki.get("/-/index?by=wanted").ok().in_main().shows("kosten").text();
    assert!(!wanted.contains("nooit") && !wanted.contains("fout"), "{wanted}");
    let checked = check(&wiki);
    assert!(checked.contains("nooit@v1") && !checked.contains("“kosten@v1”"), "{checked}");
}

#[test]
fn a_version_that_is_not_there_is_a_problem_with_a_place() {
    let wiki = two_versions();
    write(
        &wiki,
        "links",
        "Goed: [[Het plan@v1]].\n\nFout: [[Het plan@v9#Doel]] en [[Kosten@v1]].\n\n[[Het plan#^weg]]\n",
    );
    let problems = wiki.get("/-/problems?by=file").ok().in_main();
    problems
        .shows("plannen/plan heeft geen versie “v9”. Er zijn: v1, v2.")
        .shows("kosten heeft geen versie “v1”. Er is nog geen versie gepubliceerd.")
        .shows("heeft geen deel “^weg”")
        .lacks("geen versie “v1”. Er zijn");
    wiki.get("/links").ok().shows("geen versie “v9”");
    let checked = check(&wiki);
    assert!(checked.contains("links.md:3:7 warning:"), "{checked}");
    assert!(checked.contains("v9") && checked.contains("v1, v2"), "{checked}");
    // A tag pushed later mends it, without a change to any page.
    publish(&wiki, PLAN, &[("label", "v9"), ("date", "2010-02-01")]).status(303);
    wiki.get("/-/problems").ok().lacks("“v9”");
    assert!(!check(&wiki).contains("v9"));
}

#[test]
fn pieces_of_pages_stand_within_others_as_they_were() {
    let wiki = two_versions();
    write(
        &wiki,
        "delen",
        "Heel:\n\n![[Het plan]]\n\nEen kop:\n\n![[Het plan#Doel]]\n\nEen alinea van toen:\n\n![[Het plan@v1#^doel]]\n\nGeld van toen:\n\n![[Het plan@v1#Geld]]\n\nEen plaat: ![[niet.png]]\n",
    );
    let page = wiki.get("/delen").ok().in_main();
    let text = page.text();
    let figures: Vec<&str> = text.split("<figure class=\"embed\">").skip(1).collect();
    assert_eq!(figures.len(), 4, "{text}");
    let has = |n: usize, words: &[&str]| {
        words.iter().for_each(|word| assert!(figures[n].contains(word), "{n}: {word}\n{}", figures[n]))
    };
    let lacks = |n: usize, words: &[&str]| {
        words.iter().for_each(|word| assert!(!figures[n].contains(word), "{n}: {word}\n{}", figures[n]))
    };
    has(
        0,
        &[
            "Begin.",
            "Het tweede doel.",
            "Het slot.",
            "Uit <a href=\"/plannen/plan\"><bdi>Het plan</bdi></a>",
            "<p class=\"embed-heading\">Doel</p>",
        ],
    );
    has(0, &["120,00", "Drukwerk"]);
    has(
        1,
        &[
            "Het tweede doel.",
            "Meer over het doel",
            "Een noot.",
            "<a href=\"/plannen/plan#Doel\"".replace("Doel", "doel").as_str(),
            "Het plan: Doel",
        ],
    );
    lacks(1, &["Begin.", "Het slot.", "Drukwerk"]);
    has(
        2,
        &[
            "Het eerste doel.",
            "href=\"/plannen/plan@v1#^doel\"",
            "v1 (1\u{a0}september 2009)",
            "; <span class=\"cited\">geldend is v2, dit deel is gewijzigd</span>",
        ],
    );
    lacks(2, &["Meer over het doel", "^doel</p>"]);
    // Sums and rows are of that version and its links keep it.
    has(3, &["100,00", "Drukwerk", "geldend is v2, dit deel is gelijk gebleven"]);
    lacks(3, &["120,00"]);
    assert!(
        figures[3].contains("at=plannen%2Fplan%40v1") || figures[3].contains("at=plannen/plan%40v1"),
        "{}",
        figures[3]
    );
    // No id stands twice, and every reference within the page finds its own.
    let ids: Vec<&str> = text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().expect("closed")).collect();
    let once: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(once.len(), ids.len(), "{ids:?}");
    // An embed counts as a link.
    wiki.get("/plannen/plan").ok().shows("href=\"/delen\"");
}

#[test]
fn no_id_stands_twice_beside_parts_and_notes() {
    let noted = |title: &str| format!("# {title}\n\nTekst[^1] en nog eens[^1].\n\n## Kop\n\n[^1]: Noot van {title}.\n");
    let wiki = TestWiki::with(&[
        ("FrontPage.md", &format!("{}\n![[ander]]\n\n![[ander#Kop]]\n", noted("Voor"))),
        ("ander.md", &noted("Ander")),
        ("_Sidebar.md", &noted("Zij")),
        ("_Header.md", &noted("Kopstuk")),
        ("_Footer.md", &noted("Voet")),
    ])
    .ready();
    for address in ["/", "/ander", "/-/blame/FrontPage", "/-/blame/ander"] {
        let text = wiki.get(address).ok().text();
        let ids: Vec<&str> = text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().expect("closed")).collect();
        let mut seen = std::collections::BTreeSet::new();
        let twice: Vec<&&str> = ids.iter().filter(|id| !seen.insert(**id)).collect();
        assert!(twice.is_empty(), "{address}: {twice:?}");
        // What refers within a part finds it.
        for part in text.split("href=\"#").skip(1) {
            let id = part.split('"').next().expect("closed");
            assert!(ids.contains(&id), "{address}: #{id}");
        }
    }
}

#[test]
fn within_a_version_what_is_shown_is_of_that_version() {
    let wiki = TestWiki::with(FILES).ready();
    write(&wiki, "blad", "![[Het plan#Doel]]\n");
    publish(&wiki, "blad", &[("scope", ""), ("label", "zomer"), ("date", "2010-01-01")]).status(303);
    wiki.editor(PLAN).replace("Het eerste doel.", "Het tweede doel.").save().status(303);
    wiki.get("/blad").ok().shows("Het tweede doel.").lacks("Het eerste doel.");
    let then = wiki.get("/blad?at=@zomer").ok().in_main();
    then.shows("Het eerste doel.").lacks("Het tweede doel.").shows("href=\"/plannen/plan?at=%40zomer#doel\"");
}

#[test]
fn what_cannot_be_shown_says_so_in_its_place() {
    let wiki = two_versions();
    write(
        &wiki,
        "zelf",
        "# Zelf\n\n![[zelf]]\n\n## Deel\n\n![[#Deel]]\n\n## Ander\n\nTekst.\n\n## Nog een\n\n![[#Ander]]\n",
    );
    let own = wiki.get("/zelf").ok().in_main();
    assert_eq!(own.text().matches("nog eens in zichzelf").count(), 2, "{}", own.text());
    own.shows("<p>Tekst.</p>");
    write(&wiki, "a", "A ![[b]]\n\n![[b]]\n");
    write(&wiki, "b", "Tekst van b.\n\n![[a]]\n");
    wiki.get("/a")
        .ok()
        .shows("Tekst van b.")
        .shows("nog eens in zichzelf")
        .shows("A <a href=\"/b\" class=\"wikilink\">b</a>");
    for (page, next) in [("d1", "d2"), ("d2", "d3"), ("d3", "d4"), ("d4", "d5"), ("d5", "FrontPage")] {
        write(&wiki, page, &format!("Laag {page}.\n\n![[{next}]]\n"));
    }
    wiki.get("/d1").ok().in_main().shows("Laag d4.").lacks("Laag d5.").shows("hoogstens drie diep");
    write(
        &wiki,
        "fout",
        "![[Nergens]]\n\n![[Het plan@v9]]\n\n![[Het plan@v1#^weg]]\n\n![[Het plan#Geen kop]]\n\n![[Het plan@2009-01-01]]\n",
    );
    wiki.get("/fout")
        .ok()
        .shows("maar die pagina bestaat niet")
        .shows("href=\"/-/edit/nergens\"")
        .shows("deel van versie v9, maar die versie is er niet")
        .shows("het deel “^weg”")
        .shows("het deel “Geen kop”")
        .shows("deel van versie 2009-01-01");
    // A preview shows the same.
    let editor = wiki.editor("nieuw").text("![[Het plan@v1#^doel]]\n\n[[Het plan@v8]]\n");
    editor.preview().ok().shows("Het eerste doel.").shows("deze versie is er niet");
}

#[test]
fn a_version_names_the_pages_that_cite_it() {
    let wiki = two_versions();
    write(&wiki, "een", "[[Het plan@v1]] en nog eens [[Het plan@V1#Doel]]\n");
    write(&wiki, "twee", "![[Het plan@v1#^doel]]\n");
    write(&wiki, "drie", "---\nbron: \"[[Het plan@v2]]\"\n---\n[[Het plan]]\n");
    write(&wiki, "vier", "[[Het plan@2009-12-31]]\n");
    let json = wiki.get("/-/versions/plannen/plan?format=json").ok().text();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let cited = |at: usize| -> Vec<&str> {
        json["versions"][at]["cited_by"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|link| link["href"].as_str())
            .collect()
    };
    assert_eq!(cited(0), ["/een", "/twee", "/vier"]);
    assert_eq!(cited(1), ["/drie"]);
    let list = wiki.get("/-/versions/plannen/plan").ok().in_main();
    list.shows("Aangehaald in").shows("href=\"/twee\"");
}

#[test]
fn a_move_takes_versions_along() {
    let wiki = two_versions();
    write(
        &wiki,
        "links",
        "[[plannen/plan@v1#Doel|a]] [b](plannen/plan.md@v1#doel) [c](/plannen/plan@v2) ![[plannen/plan@v1#^doel]]\n\n![[plannen/plan@v1#^doel]]\n",
    );
    let base = wiki.tip();
    wiki.post(
        "/-/move/plannen/plan",
        &[("to", "plannen/2010/nieuw"), ("name", "Noor"), ("summary", ""), ("base", &base)],
    )
    .status(303);
    let text = git(&wiki.repo(), &["show", "main:links.md"]).ok().stdout();
    assert_eq!(
        text,
        "[[plannen/2010/nieuw@v1#Doel|a]] [b](plannen/2010/nieuw.md@v1#doel) [c](/plannen/2010/nieuw@v2) ![[plannen/2010/nieuw@v1#^doel]]\n\n![[plannen/2010/nieuw@v1#^doel]]\n"
    );
    wiki.get("/links")
        .ok()
        .shows("(v1; geldend is v2, dit deel is gewijzigd)")
        .shows("Het eerste doel.")
        .lacks("class=\"missing\"");
    assert!(!check(&wiki).contains("versie"), "{}", check(&wiki));
    wiki.get("/-/versions/plannen/2010/nieuw").ok().shows("Aangehaald in");
}

#[test]
fn r10_embeds_without_end_are_cut_short_in_words() {
    // INV-9
    let wiki = TestWiki::with(FILES).ready();
    let big = format!("# Groot\n\n## Kop\n\nKlein.\n\n## Rest\n\n{}", "Een regel vol woorden.\n\n".repeat(100_000));
    let clone = wiki.clone_as("werk");
    // Two pages that show each other, in every version.
    clone.write("a.md", "A.\n\n![[b@v1]]\n").write("b.md", "B.\n\n![[a@v1]]\n").write("groot.md", big);
    clone.write("veel.md", "![[kosten]]\n\n".repeat(20_000));
    // Each shows fifty of the next.
    for n in 0..4 {
        clone.write(&format!("m{n}.md"), format!("![[m{}]]\n\n", n + 1).repeat(50));
    }
    clone.write("m4.md", "Eind.\n");
    clone.commit("Begin").push().ok();
    for page in ["a", "b"] {
        publish(&wiki, page, &[]).status(303);
    }
    wiki.get("/a").ok().shows("B.").shows("nog eens in zichzelf");
    wiki.get("/a@v1").ok().shows("B.").shows("nog eens in zichzelf");
    write(&wiki, "toont-groot", "![[Groot#Kop]]\n\n![[groot]]\n");
    wiki.get("/toont-groot").ok().shows("te groot om in te voegen").lacks("Een regel vol woorden");
    let many = wiki.get("/veel").ok().in_main();
    assert_eq!(many.text().matches("<figure class=\"embed\">").count(), 50);
    many.shows("(te veel ingevoegde delen op één pagina; daarom een link)");
    let multiplied = wiki.get("/m0").ok().in_main();
    let n = multiplied.text().matches("<figure class=\"embed\">").count();
    assert!(n <= 100, "{n}");
    multiplied.shows("te veel ingevoegde delen");
    // Versions of one page, more than moments are kept.
    for n in 1..=8 {
        wiki.editor("kosten").text(&format!("Kosten {n}.\n")).save().status(303);
        publish(&wiki, "kosten", &[("label", &format!("k{n}"))]).status(303);
    }
    write(&wiki, "alle", &(1..=8).map(|n| format!("![[kosten@k{n}]]\n\n")).collect::<String>());
    let all = wiki.get("/alle").ok().in_main().shows("Kosten 6.").lacks("Kosten 7.");
    all.shows("uit te veel versies").shows("href=\"/kosten@k8\"");
    // What looks like a version and is none.
    write(
        &wiki,
        "raar",
        "[[kosten@..]] [[kosten@...]] [[kosten@-1]] [[kosten@2010-02-31]] [[kosten@~]] [[kosten@k1..]] [x](kosten.md%40k1) [[@k1]] ![[@..]]\n\n![[kosten@..]]\n\n![[kosten@k1..k2]]\n\n![[kosten@~zz]]\n\n![[#^]]\n\n![[#]]\n\n![[]]\n",
    );
    wiki.get("/raar")
        .ok()
        .shows("<a href=\"/kosten@k1..\" class=\"wikilink\">")
        .shows("href=\"/raar@k1\" class=\"missing\"");
    wiki.get("/-/problems").ok();
}

#[test]
fn what_a_version_embeds_becomes_no_script() {
    let wiki = TestWiki::with(FILES).ready();
    write(
        &wiki,
        "vuil",
        "<i id=\"x\" title=\"<p id='y'>\">a</i> <a href=\"#x\">b</a> <a href=\"#nergens\">c</a> <script>alert(1)</script>\n\n<div>\n\nOpen. ^open\n\n<i id=\"ui.main\">\n",
    );
    write(&wiki, "toont", "![[vuil]]\n\n![[vuil#^open]]\n\nNa.\n");
    let page = wiki.get("/toont").ok().in_main();
    page.lacks("<script")
        .shows("id=\"ui.e1.x\"")
        .shows("href=\"#ui.e1.x\"")
        .shows("href=\"/vuil#nergens\"")
        .shows("Na.");
}

#[test]
fn a_comparison_tells_what_was_written_and_not_what_is_said_of_it_since() {
    let wiki = two_versions();
    write(&wiki, "links", "Zie [[Het plan@v1]].\n\n![[Het plan@v1#^doel]]\n\nEen.\n");
    publish(&wiki, "links", &[("label", "a"), ("date", "2009-10-01")]).status(303);
    wiki.editor("links").replace("Een.", "Twee.").save().status(303);
    let compared = wiki.get("/links@a..").ok().in_main();
    compared.lacks("class=\"cited\"").lacks("geldend is").shows("![[Het plan@v1#^doel]]");
    wiki.get("/links@a").ok().lacks("geldend is v2");
    wiki.get("/links").ok().shows("geldend is v2");
}

#[test]
fn a_calendar_turns_where_it_is_written() {
    let calendar = |page: &str| {
        format!(
            "# {page}\n\n```yaml polder-query\nfrom: event\ncolumns: [title]\nview: {{kind: calendar, date: date}}\n```\n"
        )
    };
    let (kal, host) = (calendar("Kal"), format!("{}\n![[Kal@v1]]\n\n![[Kal]]\n", calendar("Gast")));
    let wiki = TestWiki::with(&[
        (".polder/config.yml", "title: Proef\nlanguage: nl\ntimezone: Europe/Amsterdam\n"),
        (".polder/types/event.yml", "type: event\nfields:\n  title: {type: text}\n  date: {type: date}\n"),
        ("FrontPage.md", "# Voorpagina\n"),
        ("kal.md", &kal),
        ("gast.md", &host),
        ("dag.md", "---\ntype: event\ntitle: Dag\ndate: 2010-05-04\n---\n"),
    ])
    .ready();
    publish(&wiki, "kal", &[("decision", "")]).status(303);
    let page = wiki.get("/gast?q-1.month=2010-08").ok();
    let text = page.text();
    assert_eq!(text.matches("<strong>augustus 2010</strong>").count(), 1, "only its own turns: {text}");
    for href in [
        "\"?q-1.month=2010-09#q.1\"",
        "\"/kal?q-1.month=2010-06#q.1\"",
        "\"/kal?q-1.month=2010-06&amp;at=kal%40v1#q.1\"",
    ] {
        assert!(text.contains(href), "{href} is not in {text}");
    }
    wiki.get("/kal?q-1.month=2010-06&at=kal%40v1").ok().shows("juni 2010");
}
