//! The mindmap, the index, the list of problems.

use crate::wiki::TestWiki;

fn hrefs(html: &str) -> std::collections::BTreeSet<String> {
    html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn the_map_is_drawn_and_listed_with_the_same_links() {
    let wiki = TestWiki::tiny().ready();
    for path in [
        "/-/mindmap",
        "/-/mindmap?tree=links",
        "/-/mindmap?focus=plan",
        "/-/mindmap?focus=plan/dijk&tree=links&depth=1",
    ] {
        let page = wiki.get(path).ok();
        let main = page.main();
        let (start, end) = (main.find("<svg").expect("a drawing"), main.find("</svg>").expect("its end"));
        let drawn = hrefs(&main[start..end]);
        let rest = format!("{}{}", &main[..start], &main[end..]);
        assert!(!drawn.is_empty(), "{path}");
        for href in &drawn {
            assert!(hrefs(&rest).contains(href), "{href} of {path} is only drawn");
        }
    }
    wiki.get("/-/mindmap?shape=outline").ok().lacks("<svg").shows("href=\"/plan/dijk\"");
    wiki.get("/-/mindmap?focus=nergens").status(404);
}

#[test]
fn a_large_folder_is_cut_and_says_how_much_more_there_is() {
    let files: Vec<(String, String)> = (0..400).map(|n| (format!("map/p{n:03}.md"), "x\n".to_owned())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wiki = TestWiki::with(&files);
    let page = wiki.get("/-/mindmap?focus=map").ok();
    assert!(page.main().matches("map-node").count() <= 150);
    page.shows("340");
    wiki.get("/-/mindmap?tree=folders").ok();
}

#[test]
fn the_index_has_five_orders() {
    let wiki = TestWiki::tiny().ready();
    wiki.get("/-/index").ok().shows("href=\"/plan/dijk\"").shows("De sluis");
    wiki.get("/-/index?by=folder").ok().shows("plan");
    wiki.get("/-/index?by=tag").ok().shows("water");
    wiki.get("/-/index?by=orphans").ok().in_main().shows("href=\"/plan/sluis\"").lacks("href=\"/plan/dijk\"");
    wiki.get("/-/index?by=wanted").ok().shows("/-/edit/nieuwe-pagina").shows("Voorpagina");
    wiki.get("/-/index?by=xyz").ok();
}

#[test]
fn problems_are_listed_with_file_and_line() {
    let wiki = TestWiki::tiny();
    wiki.get("/-/problems").ok().shows("Nieuwe pagina").shows("FrontPage.md");
}

#[test]
fn the_index_does_not_look_through_the_wiki_for_problems() {
    let wiki = TestWiki::with(&[("a.md", "[weg](weg.md) en [kwijt](kwijt.md)\n")]).ready();
    let index = wiki.get("/-/index").ok();
    assert!(index.has("href=\"/-/problems\"") && index.has("Punten van aandacht") && !index.has("2 punten"));
    assert_eq!(index.header("cache-control"), "no-store", "not counted yet: not kept");
    wiki.get("/-/problems").ok();
    let index = wiki.get("/-/index").ok().shows("2 punten van aandacht");
    assert!(index.header("etag").starts_with("W/"));
    wiki.editor("a").replace("[weg](weg.md) en [kwijt](kwijt.md)", "Niets.").save().status(303);
    wiki.get("/-/problems").ok();
    wiki.get("/-/index").ok().lacks("punten van aandacht").lacks("Punten van aandacht");
}
