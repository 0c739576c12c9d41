//! History, comparison, old versions, recent changes, feeds.

use crate::wiki::TestWiki;

fn wiki_with_history() -> TestWiki {
    let wiki = TestWiki::tiny().ready();
    wiki.editor("plan/dijk")
        .replace("Het begin van de dijk.", "Het begin van de lange dijk.")
        .summary("Lange dijk")
        .save()
        .status(303);
    wiki.editor("plan/dijk")
        .replace("Het slot", "Het einde")
        .name("Bas")
        .summary("Slot <b>beter</b>")
        .save()
        .status(303);
    wiki
}

#[test]
fn a_page_lists_its_changes_newest_first() {
    let wiki = wiki_with_history();
    let page = wiki.get("/-/history/plan/dijk").ok();
    let text = page.main();
    let (bas, noor) = (text.find("Slot &lt;b&gt;").expect("escaped"), text.find("Lange dijk").expect("there"));
    assert!(bas < noor);
    page.shows("Begin").shows("type=\"radio\"").lacks("Slot <b>");
    wiki.get("/-/history/plan/sluis").ok().lacks("Lange dijk");
}

#[test]
fn two_versions_are_compared_by_word_and_without_colour() {
    let wiki = wiki_with_history();
    let ids: Vec<String> =
        crate::wiki::git(&wiki.repo(), &["log", "--format=%H"]).ok().stdout().lines().map(str::to_owned).collect();
    let answer = wiki.get(&format!("/-/diff/plan/dijk?from={}&to={}", ids[2], ids[0])).status(303);
    let location = answer.header("location").to_owned();
    assert!(location.starts_with("/plan/dijk@~"), "{location}");
    wiki.get(&location).ok().shows("<ins").shows("<del").shows("toegevoegd:").shows("verwijderd:").shows("lange");
    wiki.get(&format!("/plan/dijk@~{}..~{}", ids[0], ids[0])).ok().shows("gelijk");
    let source = wiki.get(&format!("{location}?view=source")).ok();
    source.shows("<ins").shows("<del").shows("toegevoegd:").shows("verwijderd:").shows("class=\"diff\"");
}

#[test]
fn a_name_given_by_one_person_is_never_shown_to_another() {
    let wiki = wiki_with_history();
    let ids: Vec<String> =
        crate::wiki::git(&wiki.repo(), &["log", "--format=%H"]).ok().stdout().lines().map(str::to_owned).collect();
    let paths = [
        format!("/plan/dijk@~{}..~{}?view=source", ids[1], ids[0]),
        "/-/edit/plan/dijk".to_owned(),
        "/plan/dijk".to_owned(),
    ];
    for path in &paths {
        wiki.ask("GET", path, &[("Cookie", "polder-name=Geheim")], b"").ok();
        wiki.get(path).ok().lacks("Geheim");
    }
}

#[test]
fn an_old_version_is_viewed_in_full_as_it_was() {
    let wiki = wiki_with_history();
    let first = crate::wiki::git(&wiki.repo(), &["rev-list", "--max-parents=0", "main"]).ok().stdout();
    let old = wiki.get(&format!("/plan/dijk@~{}", &first[..12])).ok();
    assert_eq!(old.header("polder-commit"), first.trim());
    old.shows("Het slot").lacks("lange dijk").shows("zoals zij was op");
    wiki.get(&format!("/-/raw/plan/dijk?at=~{}", &first[..12])).ok().shows("Het slot van de dijk.");
}

#[test]
fn versions_that_are_not_there_are_not_found() {
    let wiki = TestWiki::tiny();
    for version in ["~0000000000", "~xyz", "~", "v1", "", "~1234567..~1234567", "2010-13-45", "~..", "@", "%40"] {
        let status = wiki.get(&format!("/plan/dijk@{version}")).status;
        assert!(status == 404 || status == 400, "{version}: {status}");
    }
}

#[test]
fn commits_off_the_branch_are_not_shown() {
    let wiki = TestWiki::tiny().ready();
    let repo = wiki.repo();
    let tree = crate::wiki::git(&repo, &["rev-parse", "main^{tree}"]).ok().stdout();
    let hidden = crate::wiki::git(&repo, &["commit-tree", "-m", "verborgen", tree.trim()]).ok().stdout();
    wiki.get(&format!("/plan/dijk@~{}", &hidden[..12])).status(404);
}

#[test]
fn recent_changes_are_a_page_and_a_feed_per_wiki_folder_and_page() {
    let wiki = wiki_with_history();
    wiki.get("/-/changes").ok().shows("Lange dijk").shows("Begin");
    wiki.get("/-/changes?folder=plan").ok().shows("Lange dijk");
    wiki.get("/-/changes?folder=elders").ok().lacks("Lange dijk");
    for feed in ["/-/changes.atom", "/-/changes.atom?folder=plan", "/-/changes.atom?page=plan/dijk"] {
        let answer = wiki.get(feed).ok().shows("<feed xmlns=\"http://www.w3.org/2005/Atom\"").shows("Lange dijk");
        assert!(answer.header("content-type").starts_with("application/atom+xml"));
        answer.lacks("Slot <b>");
    }
}

#[test]
fn a_plain_git_commit_is_noticed() {
    let wiki = TestWiki::tiny().ready();
    crate::wiki::commit_files(&wiki.repo(), &[("plan/gemaal.md", "# Het gemaal\n\nwaterrijk\n")], "Van buiten");
    wiki.eventually("/plan/gemaal", |answer| answer.status == 200);
    wiki.eventually("/-/search?q=waterrijk", |answer| answer.main().contains("href=\"/plan/gemaal\""));
    wiki.get("/-/changes").ok().shows("Van buiten");
}

#[test]
fn a_rewind_on_disk_is_survived() {
    // INV-10
    let wiki = wiki_with_history();
    crate::wiki::git(&wiki.repo(), &["update-ref", "refs/heads/main", "main~2"]).ok();
    let page = wiki.eventually("/plan/dijk", |answer| !answer.has("lange dijk"));
    page.shows("Het slot");
    wiki.eventually("/-/changes", |answer| !answer.has("Lange dijk"));
    wiki.editor("plan/dijk").replace("begin", "vervolg").save().status(303);
    wiki.get("/plan/dijk").ok().shows("vervolg");
}

#[test]
fn a_long_difference_is_told_in_parts() {
    let lines = |word: &str| (0..5_000).map(|n| format!("{word} {n}\n")).collect::<String>();
    let wiki = TestWiki::with(&[("FrontPage.md", "Welkom.\n"), ("lang.md", &lines("oud"))]);
    let old = wiki.tip();
    let clone = wiki.clone_as("bas");
    clone.write("lang.md", lines("nieuw")).commit("Alles anders").push().ok();
    let wiki = wiki.ready();
    let address = format!("/lang@~{}..~{}?view=source", &old[..10], &wiki.tip()[..10]);
    let mut href = address.clone();
    let mut n_rows = 0;
    let mut n_screens = 0;
    loop {
        let page = wiki.get(&href).ok();
        assert!(page.body.len() < 1_000_000, "{} bytes", page.body.len());
        n_rows += page.text().matches("<td class=\"diff-text\">").count();
        n_screens += 1;
        assert!(n_screens < 20);
        let text = page.text().replace("&amp;", "&");
        let Some(part) = text.split("De regels die volgen").next().filter(|_| text.contains("De regels die volgen"))
        else {
            break;
        };
        href = part.rsplit("href=\"").next().expect("a link").split('"').next().expect("its end").to_owned();
    }
    assert_eq!((n_rows, n_screens), (10_000, 5));
    wiki.get(&address).ok().shows("de regels 1 tot en met 2.000 van 10.000");
    wiki.get(&href).ok().shows("Naar het begin");
    wiki.get(&format!("{address}&line=999999999")).ok().shows("10.000 van 10.000");
    wiki.get(&format!("{address}&line=x")).ok();
}
