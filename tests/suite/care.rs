//! Care of the repository, by the running server.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use crate::wiki::{TINY, TestWiki, commit_files, git};

/// The server looks after half a minute first.
const PATIENCE: Duration = Duration::from_secs(90);

fn loose(repo: &std::path::Path) -> usize {
    let counted = git(repo, &["count-objects", "-v"]).ok().stdout();
    let line = counted.lines().find_map(|line| line.strip_prefix("count: ")).expect("a count");
    line.parse().expect("a number")
}

#[test]
fn a_running_wiki_makes_its_repository_tidy_and_stops_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let repo = folder.path().join("data/wiki.git");
    git(folder.path(), &["init", "-q", "--bare", "-b", "main", "data/wiki.git"]).ok();
    commit_files(&repo, TINY, "Begin");
    // What a killed push left, long ago and just now.
    let (old, young) =
        (repo.join("objects/tmp_objdir-incoming-Oud123"), repo.join("objects/tmp_objdir-incoming-Jong12"));
    for dir in [&old, &young] {
        fs::create_dir(dir).expect("made");
        fs::write(dir.join("tmp_pack"), "x").expect("written");
    }
    let then = SystemTime::now() - Duration::from_secs(3 * 24 * 3600);
    for path in [old.join("tmp_pack"), old.clone()] {
        fs::File::open(path).expect("opened").set_modified(then).expect("set");
    }
    let wiki = TestWiki::serve(folder, &[]);
    for n in 0..5 {
        let editor = wiki.editor("plan/dijk");
        let text = format!("{}\nRegel {n}.\n", editor.text);
        editor.text(&text).save().status(303);
    }
    let begun = Instant::now();
    let has_bitmap = || {
        let files = fs::read_dir(repo.join("objects/pack")).expect("listed");
        files.flatten().any(|file| file.path().extension().is_some_and(|end| end == "bitmap"))
    };
    while !has_bitmap() || loose(&repo) > 0 {
        assert!(begun.elapsed() < PATIENCE, "it was not tidied: {} loose objects", loose(&repo));
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(!old.exists() && young.exists());
    // Saves, views and clones go on.
    let editor = wiki.editor("plan/dijk");
    let text = format!("{}\nDaarna.\n", editor.text);
    editor.text(&text).save().status(303);
    wiki.get("/plan/dijk").ok().shows("Daarna.");
    let url = wiki.clone_url();
    git(wiki.folder.path(), &["clone", "-q", &url, "clone"]).ok();
    git(&repo, &["fsck", "--strict"]).ok();
    let begun = Instant::now();
    wiki.stop();
    assert!(begun.elapsed() < Duration::from_secs(10));
}
