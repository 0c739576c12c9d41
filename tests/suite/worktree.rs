//! Serving a repository with a work tree: the owner's files follow, and nothing of theirs is lost.

use std::fs;

use crate::wiki::{TINY, TestWiki, git};

fn wiki_with_work_tree() -> TestWiki {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("werk");
    fs::create_dir(&dir).expect("made");
    git(&dir, &["init", "-q", "-b", "main", "."]).ok();
    for (path, text) in TINY {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        fs::write(file, text).expect("written");
    }
    git(&dir, &["add", "."]).ok();
    git(&dir, &["commit", "-q", "-m", "Begin"]).ok();
    TestWiki::serve(home, &["--repo", "werk"])
}

#[test]
fn the_work_tree_and_its_index_follow_a_save_and_a_push() {
    let wiki = wiki_with_work_tree();
    let dir = wiki.folder.path().join("werk");
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    assert!(fs::read_to_string(dir.join("plan/dijk.md")).expect("there").contains("vertrek"));
    assert_eq!(git(&dir, &["status", "--porcelain"]).ok().stdout(), "");
    wiki.clone_as("noor").write("plan/nieuw.md", "nieuw\n").commit("Nieuw").push().ok();
    assert!(dir.join("plan/nieuw.md").is_file());
    assert_eq!(git(&dir, &["status", "--porcelain"]).ok().stdout(), "");
    // What the owner commits next reverts nothing.
    fs::write(dir.join("plan/sluis.md"), "# De sluis\n\neigen werk\n").expect("written");
    git(&dir, &["commit", "-q", "-a", "-m", "Eigen"]).ok();
    wiki.eventually("/plan/sluis", |answer| answer.has("eigen werk"));
    wiki.get("/plan/dijk").ok().shows("vertrek");
    wiki.get("/plan/nieuw").ok();
}

#[test]
fn local_changes_in_the_way_refuse_a_save_or_push_and_are_named() {
    let wiki = wiki_with_work_tree();
    let dir = wiki.folder.path().join("werk");
    let tip = git(&dir, &["rev-parse", "main"]).ok().stdout();
    let clone = wiki.clone_as("noor");
    fs::write(dir.join("plan/dijk.md"), "eigen, nog niet vastgelegd\n").expect("written");
    let answer = wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(409);
    answer.shows("plan/dijk.md").shows("vertrek");
    clone.replace("plan/dijk.md", "begin", "vertrek").commit("x").push().refused().says("plan/dijk.md");
    assert_eq!(git(&dir, &["rev-parse", "main"]).ok().stdout(), tip);
    assert_eq!(fs::read_to_string(dir.join("plan/dijk.md")).expect("there"), "eigen, nog niet vastgelegd\n");
    // Another page can still be saved.
    wiki.editor("plan/sluis").replace("Zie", "Kijk naar").save().status(303);
    assert_eq!(fs::read_to_string(dir.join("plan/dijk.md")).expect("there"), "eigen, nog niet vastgelegd\n");
}
