//! The wikis that come with the program.

use crate::wiki::{TestWiki, polder};
use crate::words::root;

#[test]
fn the_starter_wikis_have_no_problems() {
    for folder in ["content", "crates/polder/starter/nl", "crates/polder/starter/en"] {
        let path = root().join(folder);
        let ran = polder(&root(), &["check", &path.display().to_string()]).status(0);
        assert_eq!(ran.stdout(), "", "{folder}");
    }
}

#[test]
fn a_first_start_makes_the_demonstration_wiki_and_a_second_finds_it() {
    let wiki = TestWiki::serve(tempfile::tempdir().expect("a folder"), &[]).ready();
    wiki.get("/").ok().shows("Bureau Ambtenaar 2.0");
    wiki.get("/plannen/plan-van-aanpak").ok().shows("niet meer actueel").shows("href=\"/plannen/programma\"");
    wiki.get("/begroting/2009/BA-2009-001").ok().shows("500.000,00");
    assert!(wiki.folder.path().join("data/wiki.git").is_dir());
    wiki.editor("FrontPage").replace("title: ", "title: Nieuw ").save().status(303);
    let wiki = wiki.restarted(&[]);
    wiki.get("/").ok().shows("Nieuw ");
}

#[test]
fn every_page_of_the_demonstration_wiki_is_shown_and_every_link_leads_somewhere() {
    let wiki = TestWiki::serve(tempfile::tempdir().expect("a folder"), &[]).ready();
    let mut rest = vec!["/".to_owned(), "/-/index".to_owned()];
    let mut met: std::collections::BTreeSet<String> = rest.iter().cloned().collect();
    while let Some(path) = rest.pop() {
        let answer = wiki.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        for href in answer.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let href = href.split('#').next().unwrap_or_default().replace("&amp;", "&");
            let page = href.starts_with('/') && !href.starts_with("/-/") && !href.contains('@');
            if page && met.insert(href.clone()) {
                rest.push(href);
            }
        }
    }
    assert!(met.len() > 80, "only {} pages were reached", met.len());
}
