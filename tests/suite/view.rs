//! Pages as people read them, and everything else at an address.

use crate::wiki::{TINY, TestWiki};

#[test]
fn a_page_shows_its_text_links_and_furniture() {
    let wiki = TestWiki::tiny().ready();
    let page = wiki.get("/plan/dijk").ok();
    assert_eq!(page.text().matches("<h1").count(), 1, "one title");
    page.shows("De dijk")
        .shows("<h2 id=\"begin\">")
        .shows("Inhoudsopgave")
        .shows("FrontPage")
        .shows("Mindmap")
        .shows("Laatst bewerkt door")
        .shows("Verwijst hierheen")
        .shows("href=\"/plan/sluis\"")
        .shows("git clone http://")
        .shows("water")
        .lacks("style=")
        .lacks(" onclick");
    wiki.get("/").ok().shows("Welkom").shows("class=\"missing\"").shows("/-/edit/nieuwe-pagina?title=Nieuwe%20pagina");
}

#[test]
fn a_link_by_title_alias_path_or_base_name_leads_to_the_page() {
    let files = &[
        ("a/een.md", "---\ntitle: Eén\naliases: [Eerste]\n---\n"),
        (
            "b/twee.md",
            "[[Eén]] [[Eerste|x]] [[a/een]] [[een]] [[/a/een]] [[../a/een]] [[EEN]] [y](../a/een.md) [z](/a/een)\n",
        ),
    ];
    let wiki = TestWiki::with(files);
    let page = wiki.get("/b/twee").ok();
    assert_eq!(page.main().matches("href=\"/a/een\"").count(), 9, "{}", page.main());
    page.lacks("class=\"missing\"");
}

#[test]
fn text_first_links_are_told_from_the_content() {
    let mut files: Vec<(String, String)> = vec![("doel.md".into(), "x\n".into())];
    for n in 0..6 {
        files.push((format!("p{n}.md"), "Zie [[de tekst|doel]].\n".into()));
    }
    files.push(("beide.md".into(), "[[nieuw|ook nieuw]]\n".into()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wiki = TestWiki::with(&files);
    wiki.get("/p1").ok().shows("href=\"/doel\"").shows(">de tekst</a>");
    wiki.get("/beide").ok().shows("/-/edit/ook-nieuw");
}

#[test]
fn a_missing_page_offers_to_make_it_near_names_and_search() {
    let wiki = TestWiki::tiny();
    wiki.get("/plan/dijjk").status(404).shows("/-/edit/plan/dijjk").shows("href=\"/plan/dijk\"").shows("/-/search");
}

#[test]
fn addresses_have_one_spelling() {
    let wiki = TestWiki::tiny();
    wiki.get("/plan/dijk.md").status(301).leads_to("/plan/dijk");
    wiki.get("/plan/dijk/").status(301).leads_to("/plan/dijk");
    wiki.get("/Plan/DIJK").status(301).leads_to("/plan/dijk");
    wiki.get("/plan").ok().shows("De sluis");
}

#[test]
fn a_page_whose_path_clashes_with_the_program_is_reached_all_the_same() {
    let wiki = TestWiki::with(&[
        ("-/search.md", "# Streepje\n"),
        ("FrontPage.md", "[[Streepje]]\n"),
        ("a@b.md", "# Apenstaart\n"),
    ]);
    wiki.get("/").ok().shows("href=\"/-/page/-/search\"");
    wiki.get("/-/page/-/search").ok().shows("Streepje");
    wiki.get("/a%40b").ok().shows("Apenstaart");
}

#[test]
fn raw_html_passes_an_allow_list() {
    let evil = "<script>alert(1)</script><b onclick=\"x()\" style=\"color:red\" id=\"ui.main\">vet</b>\n\n<a href=\"javascript:x\">j</a> [k](javascript:x) [[javascript:x]] <img src=x onerror=y> <svg><script>z</script></svg>\n\n<details><summary>meer</summary>tekst</details>\n";
    let wiki = TestWiki::with(&[("x.md", evil)]);
    let page = wiki.get("/x").ok();
    let main = page.main();
    for bad in ["<script", "onclick", "onerror", "style=", "=\"javascript:", "<svg", "id=\"ui.main\">vet"] {
        assert!(!main.contains(bad), "{bad} in {main}");
    }
    page.shows("<b>vet</b>").shows("<summary>meer</summary>");
}

#[test]
fn a_superseded_page_says_so_first() {
    let files = &[
        ("oud.md", "---\nsuperseded_by: nieuw\n---\ntekst\n"),
        ("nieuw.md", "---\nsuperseded_by: nieuwst\n---\n"),
        ("nieuwst.md", "# Het nieuwste\n"),
        ("rond.md", "---\nsuperseded_by: rond2\n---\n"),
        ("rond2.md", "---\nsuperseded_by: rond\n---\n"),
    ];
    let wiki = TestWiki::with(files);
    wiki.get("/oud").ok().shows("niet meer actueel").shows("href=\"/nieuwst\"");
    wiki.get("/rond").ok();
}

#[test]
fn files_beside_pages_are_served_so_that_they_cannot_run() {
    let files = &[
        ("a.md", "![plaatje](b/x.gif) ![[b/x.gif]] [blad](blad.html)\n"),
        ("b/x.gif", "GIF89a"),
        ("blad.html", "<script>alert(1)</script>"),
        ("teken.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
    ];
    let wiki = TestWiki::with(files);
    assert_eq!(wiki.get("/a").ok().main().matches("src=\"/b/x.gif\"").count(), 2);
    assert_eq!(wiki.get("/b/x.gif").ok().header("content-type"), "image/gif");
    let html = wiki.get("/blad.html").ok();
    assert_eq!(html.header("content-type"), "application/octet-stream");
    assert!(html.header("content-disposition").starts_with("attachment"));
    for path in ["/b/x.gif", "/blad.html", "/teken.svg", "/-/raw/a"] {
        let answer = wiki.get(path).ok();
        assert!(answer.header("content-security-policy").contains("sandbox"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn an_answer_names_its_commit_and_is_not_sent_twice() {
    // INV-1
    let wiki = TestWiki::tiny().ready();
    let first = wiki.get("/plan/dijk").ok();
    assert_eq!(first.header("polder-commit"), wiki.tip());
    let tag = first.header("etag").to_owned();
    assert!(tag.contains(&wiki.tip()[..20]), "{tag}");
    wiki.ask("GET", "/plan/dijk", &[("If-None-Match", &tag)], b"").status(304);
    wiki.ask("GET", "/plan/dijk", &[("If-None-Match", &tag), ("Accept-Language", "en")], b"").ok().shows("lang=\"en\"");
    wiki.editor("plan/dijk").replace("begin", "start").save().status(303);
    wiki.ask("GET", "/plan/dijk", &[("If-None-Match", &tag)], b"").ok().shows("start");
}

#[test]
fn a_page_is_the_same_the_first_time_the_second_and_from_memory() {
    let large = "woorden en nog meer woorden\n\n".repeat(2_000);
    let wiki = TestWiki::with(&[
        ("small.md", "# Klein\n\nZie [[code]].\n"),
        ("code.md", "# Code\n\n```rust\nfn main() {}\n```\n"),
        ("large.md", &large),
        ("deep/small.md", "tekst\n"),
        ("deep/_Sidebar.md", "- <b>vet</b> [[small]]\n"),
    ])
    .ready();
    for page in ["/small", "/code", "/large", "/deep/small"] {
        let first = wiki.get(page).ok();
        for _ in 0..2 {
            let again = wiki.get(page).ok();
            assert_eq!(again.text(), first.text(), "{page}");
            assert_eq!(again.header("etag"), first.header("etag"), "{page}");
        }
    }
    wiki.editor("small").replace("Zie", "Lees").save().status(303);
    wiki.get("/small").ok().shows("Lees");
    wiki.get("/deep/small").ok().shows("<b>vet</b>");
}

#[test]
fn a_table_code_footnotes_alerts_and_tasks_are_shown() {
    let text = "| a | b |\n|:--|--:|\n| 1 | 2 |\n\n```rust\nfn main() {}\n```\n\nzie[^1]\n\n[^1]: noot\n\n> [!NOTE]\n> let op\n\n- [x] klaar\n- [ ] open\n\nTerm\n: uitleg\n";
    let wiki = TestWiki::with(&[("x.md", text)]);
    wiki.get("/x")
        .ok()
        .shows("class=\"table-scroll\"")
        .shows("class=\"right\"")
        .shows("class=\"hl-")
        .shows("class=\"footnotes\"")
        .shows("markdown-alert-note")
        .shows("type=\"checkbox\" disabled checked")
        .shows("<dt>Term</dt>");
}

#[test]
fn every_screen_speaks_the_language_asked_for() {
    let wiki = TestWiki::tiny();
    let english = |path: &str| wiki.ask("GET", path, &[("Accept-Language", "en-GB,en;q=0.9")], b"");
    for path in
        ["/", "/-/search?q=dijk", "/-/mindmap", "/-/index", "/-/changes", "/-/problems", "/-/accessibility", "/nergens"]
    {
        let answer = english(path);
        assert!(answer.has("<html lang=\"en\">"), "{path}");
        assert!(wiki.get(path).has("<html lang=\"nl\">"), "{path}");
    }
    let chosen = wiki.get("/-/lang/en?next=/plan/dijk").status(303).leads_to("/plan/dijk");
    assert!(chosen.header("set-cookie").starts_with("polder-lang=en"));
    wiki.ask("GET", "/", &[("Cookie", "polder-lang=en")], b"").shows("<html lang=\"en\">");
    for elsewhere in ["//evil.example", "https://evil.example", "/%5cevil.example", "\\\\evil"] {
        wiki.get(&format!("/-/lang/en?next={elsewhere}")).status(303).leads_to("/");
    }
}

#[test]
fn deleting_the_cache_changes_no_answer() {
    // INV-2
    let folder = tempfile::tempdir().expect("a folder");
    let wiki = {
        let repo = folder.path().join("repo.git");
        crate::wiki::git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
        crate::wiki::commit_files(&repo, TINY, "Begin");
        TestWiki::serve(folder, &["--repo", "repo.git", "--data", "data"])
    }
    .ready();
    wiki.editor("plan/dijk").replace("midden", "binnenste").save().status(303);
    let paths = [
        "/",
        "/plan/dijk",
        "/-/index",
        "/-/index?by=tag",
        "/-/changes",
        "/-/history/plan/dijk",
        "/-/mindmap",
        "/-/problems",
    ];
    // The address of the server is in each answer (the clone address) and changes with a restart.
    let answers = |wiki: &TestWiki| -> Vec<String> {
        paths.iter().map(|path| wiki.get(path).ok().text().replace(&wiki.address, "HERE")).collect()
    };
    let before = answers(&wiki);
    let args = ["--repo", "repo.git", "--data", "data"];
    let wiki = wiki.restarted(&args).ready();
    assert_eq!(answers(&wiki), before, "with the cache");
    wiki.stop();
    std::fs::remove_dir_all(wiki.folder.path().join("data/wiki/cache")).expect("there is a cache");
    let wiki = wiki.restarted(&args).ready();
    assert_eq!(answers(&wiki), before, "without the cache");
    let hits = wiki.get("/-/search?q=binnenste").ok();
    assert!(hits.has("href=\"/plan/dijk\""));
}
