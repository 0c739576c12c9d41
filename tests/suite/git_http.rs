//! Clone and push by a real git client.

use crate::wiki::{TestWiki, git};

#[test]
fn a_clone_is_the_whole_wiki() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    assert!(clone.path.join("plan/dijk.md").exists());
    assert_eq!(clone.git(&["rev-parse", "HEAD"]).ok().stdout().trim(), wiki.tip());
    let shallow = wiki.folder.path().join("shallow");
    git(wiki.folder.path(), &["clone", "-q", "--depth", "1", &wiki.clone_url(), &shallow.display().to_string()]).ok();
    let partial = wiki.folder.path().join("partial");
    git(wiki.folder.path(), &["clone", "-q", "--filter=blob:none", &wiki.clone_url(), &partial.display().to_string()])
        .ok();
    let old = wiki.folder.path().join("v0");
    git(
        wiki.folder.path(),
        &["-c", "protocol.version=0", "clone", "-q", &wiki.clone_url(), &old.display().to_string()],
    )
    .ok();
}

#[test]
fn a_push_is_seen_at_once_by_readers_and_search() {
    let wiki = TestWiki::tiny().ready();
    let clone = wiki.clone_as("noor");
    clone
        .write("plan/gemaal.md", "# Het gemaal\n\nZeldzaamwoord.\n")
        .replace("plan/dijk.md", "begin", "vertrek")
        .commit("Gemaal")
        .push()
        .ok();
    wiki.get("/plan/gemaal").ok().shows("Zeldzaamwoord");
    wiki.get("/plan/dijk").ok().shows("vertrek");
    wiki.get("/-/changes").ok().shows("Gemaal");
    wiki.eventually("/-/search?q=zeldzaamwoord", |answer| answer.main().contains("href=\"/plan/gemaal\""));
}

#[test]
fn a_large_push_goes_through() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    // Not compressible, so that the request is sent in chunks and larger than any buffer.
    let mut state = 7u64;
    let noise: Vec<u8> = (0..3_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    clone.write("files/ruis.bin", noise).commit("Ruis").push().ok();
    wiki.get("/files/ruis.bin").ok();
}

#[test]
fn a_push_is_judged_like_a_save_and_told_by_line() {
    // INV-3
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let clone = wiki.clone_as("noor");
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    clone.push().refused().says("remote: plan/fout.md:3:1").says("[front-duplicate-key]");
    assert_eq!(wiki.tip(), tip);
    clone.write("plan/fout.md", "---\ntitle: a\n---\n").commit("Goed").push().ok();
}

#[test]
fn names_and_files_that_cannot_be_are_refused() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let fresh = |name: &str| wiki.clone_as(name);
    let clone = fresh("case");
    clone.write("plan/DIJK.md", "x\n").commit("Hoofdletters").push().refused().says("[name-collision]");
    let clone = fresh("nfc");
    clone.write("plan/cafe\u{301}.md", "x\n").commit("NFD").push().refused().says("[path-not-nfc]");
    let clone = fresh("back");
    clone.write("plan/a\\b.md", "x\n").commit("Schuin").push().refused();
    let clone = fresh("utf8");
    clone
        .write("plan/latin.md", b"caf\xe9\n")
        .commit("Latijn")
        .push()
        .refused()
        .says("plan/latin.md:1:4")
        .says("[utf8]");
    let clone = fresh("link");
    std::os::unix::fs::symlink("/etc/passwd", clone.path.join("wachtwoord.md")).expect("a link");
    clone.commit("Koppeling").push().refused().says("[symlink]");
    let clone = fresh("sub");
    git(&clone.path, &["update-index", "--add", "--cacheinfo", &format!("160000,{tip},module")]).ok();
    git(&clone.path, &["commit", "-q", "-m", "Module"]).ok();
    clone.push().refused().says("[submodule]");
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn history_is_never_rewound_over_the_wire() {
    // INV-10
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    clone.replace("plan/dijk.md", "begin", "x").commit("Een").push().ok();
    let tip = wiki.tip();
    clone.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    clone.git(&["push", "-q", "--force", "origin", "HEAD:main"]).refused();
    clone.git(&["push", "-q", "origin", ":main"]).refused();
    clone.git(&["push", "-q", "origin", "HEAD:refs/heads/anders"]).refused();
    clone.git(&["push", "-q", "origin", "HEAD:refs/polder/x"]).refused();
    clone.git(&["tag", "licht"]).ok();
    clone.git(&["push", "-q", "origin", "licht"]).refused();
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn a_version_is_a_new_annotated_tag_and_never_moves() {
    // INV-10
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    clone.git(&["tag", "-a", "-m", "Eerste", "plan/dijk@v1"]).ok();
    clone.git(&["push", "-q", "origin", "plan/dijk@v1"]).ok();
    clone.replace("plan/dijk.md", "begin", "later").commit("Later").push().ok();
    wiki.get("/plan/dijk@v1").ok().shows("Het begin").lacks("later van");
    clone.git(&["tag", "-f", "-a", "-m", "Anders", "plan/dijk@v1"]).ok();
    clone.git(&["push", "-q", "--force", "origin", "plan/dijk@v1"]).refused();
    clone.git(&["push", "-q", "origin", ":plan/dijk@v1"]).refused();
    wiki.get("/plan/dijk@v1").ok().shows("Het begin");
}

#[test]
fn a_stale_push_is_refused_and_succeeds_after_a_pull() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    wiki.editor("plan/dijk").replace("begin", "eerste").save().status(303);
    clone.replace("plan/sluis.md", "sluis", "schutsluis").commit("Sluis");
    clone.push().refused();
    clone.git(&["pull", "-q", "--rebase", "origin", "main"]).ok();
    clone.push().ok();
    let text = wiki.get("/plan/dijk").ok();
    text.shows("eerste");
}

#[test]
fn saves_and_pushes_at_once_lose_nothing() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..6 {
                let editor = wiki.editor("plan/sluis");
                let text = format!("{}bewaard {n}\n", editor.text);
                editor.text(&text).save().status(303);
            }
        });
        scope.spawn(|| {
            for n in 0..4 {
                clone.write(&format!("push/p{n}.md"), format!("gepusht {n}\n")).commit("p");
                for _ in 0..20 {
                    if clone.push().0.status.success() {
                        break;
                    }
                    clone.git(&["pull", "-q", "--rebase", "origin", "main"]).ok();
                }
            }
        });
    });
    let text = wiki.file("plan/sluis.md");
    for n in 0..6 {
        assert!(text.contains(&format!("bewaard {n}")), "{text}");
    }
    for n in 0..4 {
        assert_eq!(wiki.file(&format!("push/p{n}.md")), format!("gepusht {n}\n"));
    }
}

#[test]
fn only_the_smart_protocol_is_spoken() {
    let wiki = TestWiki::tiny();
    for path in
        ["/wiki.git/HEAD", "/wiki.git/config", "/wiki.git/objects/info/packs", "/wiki.git/info/refs", "/wiki.git"]
    {
        let status = wiki.get(path).status;
        assert!(status == 403 || status == 404, "{path}: {status}");
    }
    let origin = format!("http://{}", wiki.address);
    let wrong = [("Content-Type", "text/plain"), ("Origin", origin.as_str())];
    wiki.ask("POST", "/wiki.git/git-receive-pack", &wrong, b"0000").status(415);
    let foreign = [("Content-Type", "application/x-git-receive-pack-request"), ("Origin", "http://evil.example")];
    wiki.ask("POST", "/wiki.git/git-receive-pack", &foreign, b"0000").status(403);
}

#[test]
fn without_its_hook_no_push_is_taken() {
    // INV-3
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    let tip = wiki.tip();
    let hook = walk(&wiki.folder.path().join("share"))
        .into_iter()
        .find(|file| file.ends_with("hooks/pre-receive"))
        .expect("there is a hook");
    std::fs::remove_file(hook).expect("removed");
    clone.replace("plan/dijk.md", "begin", "x").commit("x").push().refused();
    assert_eq!(wiki.tip(), tip);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { found.extend(walk(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[test]
fn only_branches_and_tags_are_served() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    for name in ["refs/stash", "refs/notes/commits", "refs/remotes/elders/main", "refs/polder/eigen"] {
        git(&wiki.repo(), &["update-ref", name, &tip]).ok();
    }
    let served = git(wiki.folder.path(), &["ls-remote", &wiki.clone_url()]).ok().stdout();
    let names: Vec<&str> = served.lines().filter_map(|line| line.split('\t').nth(1)).collect();
    assert_eq!(names, ["HEAD", "refs/heads/main"]);
}
