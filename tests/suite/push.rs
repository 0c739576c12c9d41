//! Pushing as to a git host: every commit is judged, who pushed is known, what is behind is merged by the
//! server, and no client can do harm. By a real git client, where a client would do it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::people::{admin, invited, token_of};
use crate::wiki::{Clone, Ran, TestWiki, between, commit_files, git, unescape};

/// A clone that asks for answers in English.
fn cloned(wiki: &TestWiki, name: &str) -> Clone {
    let clone = wiki.clone_as(name);
    clone.git(&["config", "http.extraHeader", "Accept-Language: en"]).ok();
    clone
}

/// A clone that pushes with somebody's token.
fn clone_with(wiki: &TestWiki, login: &str, token: &str) -> Clone {
    let clone = cloned(wiki, login);
    let url = format!("http://{login}:{token}@{}/wiki.git", wiki.address);
    clone.git(&["remote", "set-url", "origin", &url]).ok();
    clone
}

fn for_main(clone: &Clone) -> Ran {
    clone.git(&["push", "-q", "origin", "HEAD:refs/for/main"])
}

fn fsck(wiki: &TestWiki) {
    git(&wiki.repo(), &["fsck", "--strict"]).ok();
    wiki.get("/").ok();
}

/// Adds what `index` says under a path, without a work tree in which it could not be.
fn stage(clone: &Clone, mode: &str, text: &str, path: &str) {
    let mut child = Command::new("git")
        .args(["hash-object", "-w", "--stdin"])
        .current_dir(&clone.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("written");
    let out = child.wait_with_output().expect("git ends").stdout;
    let id = String::from_utf8_lossy(&out).trim().to_owned();
    clone.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{path}")]).ok();
}

// ---- Every commit ----

#[test]
fn g8_a_clean_tip_does_not_hide_what_no_commit_may_hold() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let bad: [(&str, &str, &str, &str); 6] = [
        ("120000", "/etc/passwd", "plan/koppeling.md", "[symlink]"),
        ("100644", "x\n", "plan/a\\b.md", "[path-"),
        ("100644", "x\n", "plan/DIJK.md", "[name-collision]"),
        ("100644", "x\n", "Plan/nieuw.md", "[name-collision]"),
        ("100644", "x\n", "plan/cafe\u{301}.md", "[path-not-nfc]"),
        ("100644", "x\n", "plan/ eerst.md", "[path-"),
    ];
    for (n, (mode, text, path, code)) in bad.into_iter().enumerate() {
        let clone = cloned(&wiki, &format!("onder-{n}"));
        stage(&clone, mode, text, path);
        clone.git(&["commit", "-q", "-m", "Fout"]).ok();
        clone.git(&["rm", "-q", "--cached", path]).ok();
        clone.git(&["commit", "-q", "-m", "Weg"]).ok();
        let said = clone.push().refused().says(code).says("(in commit ").stderr();
        assert!(said.contains("rebase -i"), "{said}");
        for_main(&clone).refused().says(code);
        // The same from the side, behind a merge that takes nothing of it.
        let clone = cloned(&wiki, &format!("zij-{n}"));
        clone.git(&["checkout", "-q", "-b", "zij"]).ok();
        stage(&clone, mode, text, path);
        clone.git(&["commit", "-q", "-m", "Fout"]).ok();
        clone.git(&["checkout", "-q", "-f", "main"]).ok();
        clone.write("plan/goed.md", "x\n").commit("Goed");
        clone.git(&["merge", "-q", "-s", "ours", "-m", "Samen", "zij"]).ok();
        clone.push().refused().says(code);
    }
    // Bytes: no text, and too large.
    let clone = cloned(&wiki, "bytes");
    clone.write("plan/latin.md", b"een\ncaf\xe9\n").commit("Latijn");
    clone.write("plan/latin.md", "een\n").commit("Tekst").push().refused().says("plan/latin.md:2:4").says("[utf8]");
    let clone = cloned(&wiki, "groot");
    clone.write("plan/groot.md", vec![b'x'; 13 * 1024 * 1024]).commit("Groot");
    clone.write("plan/groot.md", "klein\n").commit("Klein").push().refused().says("[too-large]");
    assert_eq!(wiki.tip(), tip);
    // Renaming to other capitals is one commit without two such names; and content is judged by the tip.
    let clone = cloned(&wiki, "goed");
    clone.git(&["mv", "plan/sluis.md", "plan/Sluis.md"]).ok();
    clone.commit("Hoofdletter").write("plan/half.md", "---\ntitle: a\ntitle: b\n---\n").commit("Half werk");
    clone.write("plan/half.md", "---\ntitle: a\n---\n").commit("Heel werk").push().ok();
    wiki.get("/plan/half").ok();
    fsck(&wiki);
}

// ---- Who ----

#[test]
fn g13_nobody_writes_in_anothers_name_and_who_pushed_is_shown() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let (of_noor, of_bas) = (token_of(&noor, "write"), token_of(&bas, "write"));
    // Noor saves in the browser: her address stands in the repository.
    let tip = wiki.tip();
    noor.submit("/-/edit/plan/sluis", &[("text", "# Sluis\n"), ("base", &tip), ("act", "save")]).status(303);
    let address = git(&wiki.repo(), &["log", "-1", "--format=%ae", "main"]).ok().stdout().trim().to_owned();
    assert!(address.ends_with("@users.polder.invalid"), "{address}");

    let clone = clone_with(&wiki, "bas", &of_bas);
    clone.replace("plan/dijk.md", "begin", "vertrek");
    clone.git(&["add", "-A"]).ok();
    clone.git(&["commit", "-q", "--author", &format!("Noor <{}>", address.to_uppercase()), "-m", "Namens Noor"]).ok();
    clone.push().refused().says("hoort hier bij het account van iemand anders").says("--reset-author");
    for_main(&clone).refused().says("hoort hier bij het account van iemand anders");
    clone.git(&["-c", &format!("user.email={address}"), "commit", "-q", "--amend", "--reset-author", "--no-edit"]).ok();
    clone.push().refused().says("hoort hier bij het account van iemand anders");
    // Anybody else may be named: then who pushed stands beside them.
    clone.git(&["commit", "-q", "--amend", "--author", "Kees <kees@example.org>", "--reset-author", "--no-edit"]);
    clone
        .git(&[
            "-c",
            "user.email=kees@example.org",
            "-c",
            "user.name=Kees",
            "commit",
            "-q",
            "--amend",
            "--reset-author",
            "--no-edit",
        ])
        .ok();
    clone.push().ok();
    for path in ["/-/history/plan/dijk", "/-/changes", "/-/changes.atom"] {
        wiki.eventually(path, |answer| answer.text().contains("gepusht door bas Jansen"));
    }
    wiki.get("/-/history/plan/sluis").lacks("gepusht door");
    // Merging and rebasing over what is there already changes nobody's name.
    let tip = wiki.tip();
    noor.submit("/-/edit/plan/sluis", &[("text", "# Sluis 2\n"), ("base", &tip), ("act", "save")]).status(303);
    clone.write("plan/bas.md", "x\n").commit("Van Bas");
    clone.git(&["pull", "-q", "--no-rebase", "--no-edit", "origin", "main"]).ok();
    clone.push().ok();
    let by_noor = clone_with(&wiki, "noor", &of_noor);
    by_noor.write("plan/noor.md", "x\n");
    by_noor.git(&["add", "-A"]).ok();
    by_noor.git(&["-c", &format!("user.email={address}"), "commit", "-q", "-m", "Van Noor"]).ok();
    by_noor.push().ok();
    wiki.get("/-/history/plan/noor").ok().lacks("gepusht door");
    // Who is gone leaves an address, and no name.
    bas.submit("/-/account/remove", &[("sure", "yes"), ("password", crate::people::PASSWORD)]);
    let notes = git(&wiki.repo(), &["log", "--format=%an %ae %B", "refs/polder/pushes"]).ok().stdout();
    assert!(notes.contains("users.polder.invalid") && !notes.to_lowercase().contains("jansen"), "{notes}");
    // It lies in the repository, and in no clone.
    let served = git(wiki.folder.path(), &["ls-remote", &wiki.clone_url()]).ok().stdout();
    assert!(!served.contains("polder"), "{served}");
    fsck(&wiki);
}

#[test]
fn options_are_named_or_refused_and_broken_content_is_for_admins() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let (of_noor, of_bas) = (token_of(&noor, "write"), token_of(&bas, "write"));
    let with = |clone: &Clone, option: &str| clone.git(&["push", "-q", "-o", option, "origin", "HEAD:main"]);
    let clone = clone_with(&wiki, "bas", &of_bas);
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    with(&clone, "polder.accept-broken").refused().says("alleen een beheerder").says("front-duplicate-key");
    with(&clone, "ci.skip").refused().says("-o ci.skip").says("polder.accept-broken");
    let clone = clone_with(&wiki, "noor", &of_noor);
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    clone.push().refused().says("[front-duplicate-key]");
    // Never for what is about files rather than what they say.
    clone.write("plan/latin.md", b"caf\xe9\n").commit("Latijn");
    with(&clone, "polder.accept-broken").refused().says("[utf8]");
    clone.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    with(&clone, "polder.accept-broken").ok().says("1 fout is aangenomen").says("[front-duplicate-key]");
    let notes = git(&wiki.repo(), &["log", "--format=%B", "refs/polder/pushes"]).ok().stdout();
    assert!(notes.contains("Accepted-Broken: yes"), "{notes}");
    wiki.get("/plan/fout").ok();
}

#[test]
fn a_refusal_speaks_the_language_of_who_pushes() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    let said = clone.git(&["-c", "http.extraHeader=Accept-Language: nl", "push", "-q", "origin", "HEAD:main"]);
    said.refused().says("Polder heeft deze push niet aangenomen");
    clone
        .git(&["-c", "http.extraHeader=Accept-Language: en", "push", "origin", "HEAD:main"])
        .refused()
        .says("did not accept");
}

// ---- Merged by the server ----

#[test]
fn a_push_that_is_behind_is_merged_by_line_and_by_key() {
    let wiki = TestWiki::tiny().ready();
    let clone = cloned(&wiki, "noor");
    wiki.editor("plan/dijk").replace("slot van de dijk", "einde van de dijk").save().status(303);
    let main = wiki.tip();
    clone
        .replace("plan/dijk.md", "Het begin", "Het vertrek")
        .replace("plan/dijk.md", "tags: [water, plan]", "tags: [water, plan]\nstatus: nieuw")
        .write("plan/gemaal.md", "# Gemaal\n")
        .commit("Vertrek");
    let mine = clone.git(&["rev-parse", "HEAD"]).ok().stdout().trim().to_owned();
    // The usual push is refused by the client itself; forced, by the server, which names the way.
    clone.push().refused();
    clone.git(&["push", "-q", "--force", "origin", "HEAD:main"]).refused().says("HEAD:refs/for/main");
    assert_eq!(wiki.tip(), main);
    let said = for_main(&clone).ok().says("Merged into the wiki as").says("2 files changed").says("git pull").stderr();
    assert!(!said.contains("error"), "{said}");
    let parents = git(&wiki.repo(), &["log", "-1", "--format=%P|%an|%cn|%s", "main"]).ok().stdout();
    assert!(parents.starts_with(&format!("{main} {mine}|")), "{parents}");
    assert!(parents.contains("|Polder|"), "{parents}");
    wiki.get("/plan/dijk").ok().shows("Het vertrek").shows("einde van de dijk");
    wiki.get("/plan/gemaal").ok();
    assert!(wiki.file("plan/dijk.md").contains("status: nieuw"));
    // Nothing is left under that name, and the clone follows.
    let refs = git(&wiki.repo(), &["for-each-ref", "--format=%(refname)"]).ok().stdout();
    assert!(!refs.contains("refs/for"), "{refs}");
    clone.git(&["pull", "-q", "--ff-only", "origin", "main"]).ok();
    // A fast-forward moves the branch, and the clone knows it at once.
    clone.write("plan/rechtdoor.md", "x\n").commit("Rechtdoor");
    for_main(&clone).ok().says("nothing to merge");
    let known = clone.git(&["rev-parse", "origin/main"]).ok().stdout();
    assert_eq!(known.trim(), wiki.tip());
    for_main(&clone).ok().says("already");
    fsck(&wiki);
}

#[test]
fn an_edit_follows_a_page_that_the_other_side_moved() {
    let wiki = TestWiki::tiny().ready();
    let clone = cloned(&wiki, "verplaatst");
    let other = cloned(&wiki, "bewerkt");
    // Moved in the clone, edited in the wiki.
    clone.git(&["mv", "plan/dijk.md", "plan/qqq-dijk.md"]).ok();
    clone.commit("Verplaatst");
    wiki.editor("plan/dijk").replace("Het begin", "De aanvang").save().status(303);
    for_main(&clone).ok();
    assert!(wiki.file("plan/qqq-dijk.md").contains("De aanvang"));
    wiki.get("/plan/dijk").leads_to("/plan/qqq-dijk");
    // Moved in the wiki, edited in the other clone.
    other.replace("plan/dijk.md", "Het slot", "Het einde").commit("Bewerkt");
    for_main(&other).refused().says("plan/dijk.md");
    let other = cloned(&wiki, "nogmaals");
    clone.git(&["pull", "-q", "--ff-only", "origin", "main"]).ok();
    clone.git(&["mv", "plan/qqq-dijk.md", "plan/bbb-dijk.md"]).ok();
    clone.commit("Weer verplaatst").push().ok();
    other.replace("plan/qqq-dijk.md", "Het slot", "Het einde").commit("Bewerkt");
    for_main(&other).ok();
    let text = wiki.file("plan/bbb-dijk.md");
    assert!(text.contains("De aanvang") && text.contains("Het einde"), "{text}");
    wiki.get("/plan/qqq-dijk").leads_to("/plan/bbb-dijk");
    fsck(&wiki);
}

#[test]
fn what_is_pushed_to_be_merged_is_judged_as_what_it_comes_to() {
    // INV-3
    let wiki = TestWiki::tiny();
    let clone = cloned(&wiki, "noor");
    wiki.editor("plan/dijk").replace("begin", "eerste").save().status(303);
    let main = wiki.tip();
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    for_main(&clone).refused().says("plan/fout.md:3:1").says("[front-duplicate-key]").says("not accepted");
    // A name that only clashes with what came in since.
    let other = cloned(&wiki, "ander");
    clone.git(&["reset", "-q", "--hard", "HEAD~1"]).ok();
    other.write("plan/Nieuw.md", "x\n").commit("Nieuw").push().ok();
    let main = {
        assert_ne!(main, wiki.tip());
        wiki.tip()
    };
    clone.write("plan/nieuw.md", "y\n").commit("nieuw");
    for_main(&clone).refused().says("[name-collision]");
    // What is no commit of this wiki, no commit at all, or another branch.
    clone.git(&["checkout", "-q", "--orphan", "los"]).ok();
    clone.commit("Los");
    for_main(&clone).refused().says("shares no history");
    clone.git(&["push", "-q", "origin", "main:refs/for/anders"]).refused();
    clone.git(&["push", "-q", "origin", "main^{tree}:refs/for/main"]).refused();
    clone.git(&["push", "-q", "origin", ":refs/for/main"]).refused();
    assert_eq!(wiki.tip(), main);
    fsck(&wiki);
}

#[test]
fn g8_a_merge_that_brings_back_old_rules_is_not_kept_until_an_admin_takes_it() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let strict = "rules:\n  - path: /\n    edit: [admins]\n  - path: notes\n    edit: [accounts]\n";
    commit_files(&wiki.repo(), &[(".polder/access.yml", "rules: []\n"), ("notes/x.md", "# X\n")], "Open");
    let open = wiki.tip();
    commit_files(&wiki.repo(), &[(".polder/access.yml", strict)], "Dicht");
    let clone = clone_with(&wiki, "bas", &token_of(&bas, "write"));
    let pushed = wiki.tip();
    commit_files(&wiki.repo(), &[("notes/x.md", "# X, nieuw\n")], "Verder");
    let main = wiki.tip();

    // The rules are those of one of its parents: git shows no change of them.
    clone.write(".polder/access.yml", "rules: []\n").write("notes/x.md", "# X van Bas\n");
    clone.git(&["add", "-A"]).ok();
    let tree = clone.git(&["write-tree"]).ok().stdout().trim().to_owned();
    let merged = clone.git(&["commit-tree", "-m", "Samen", "-p", &pushed, "-p", &open, &tree]).ok().stdout();
    clone.git(&["reset", "-q", "--hard", merged.trim()]).ok();
    for_main(&clone).refused().says(".polder/access.yml: dit bestand mag je niet wijzigen");
    noor.get(&format!("/-/merge/{}", merged.trim())).status(404);
    // With what Bas may change alone, the clash is kept for him to finish.
    clone.git(&["reset", "-q", "--hard", &pushed]).ok();
    clone.write("notes/x.md", "# X van Bas\n").commit("Van Bas");
    let own = clone.git(&["rev-parse", "HEAD"]).ok().stdout().trim().to_owned();
    for_main(&clone).refused().says("notes/x.md").says("/-/merge/");
    bas.get(&format!("/-/merge/{own}")).ok();
    assert_eq!(wiki.tip(), main);
    assert_eq!(wiki.file(".polder/access.yml"), strict);
    fsck(&wiki);
}

#[test]
fn a_clash_is_finished_in_the_browser_by_who_pushed() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let (bas, cor) = (invited(&noor, "bas", ""), invited(&noor, "cor", ""));
    let clone = clone_with(&wiki, "bas", &token_of(&bas, "write"));
    let save = |from: &str, to: &str| {
        let (tip, text) = (wiki.tip(), wiki.file("plan/dijk.md").replace(from, to));
        noor.submit("/-/edit/plan/dijk", &[("text", &text), ("base", &tip), ("act", "save")]).status(303);
    };
    save("Het begin", "De aanvang");
    let main = wiki.tip();
    clone.replace("plan/dijk.md", "Het begin", "Het vertrek").write("plan/gemaal.md", "# Gemaal\n").commit("Vertrek");
    clone.git(&["rm", "-q", "plan/sluis.md"]).ok();
    clone.commit("Sluis weg");
    let tip = wiki.tip();
    noor.submit("/-/edit/plan/sluis", &[("text", "# Sluis, nieuw\n"), ("base", &tip), ("act", "save")]).status(303);
    let mine = clone.git(&["rev-parse", "HEAD"]).ok().stdout().trim().to_owned();
    let said = for_main(&clone).refused().says("plan/dijk.md").says("plan/sluis.md").stderr();
    let path = format!("/-/merge/{mine}");
    assert!(said.contains(&format!("http://{}{path}", wiki.address)), "{said}");
    assert_ne!(main, wiki.tip(), "only the save moved it");
    let before = wiki.tip();

    wiki.get(&path).status(401);
    cor.get(&path).status(404);
    noor.get(&path).ok().shows("Samenvoegen afmaken");
    let shown = bas.get(&path).ok();
    shown.in_main().shows("De aanvang").shows("Het vertrek").shows("Sluis weg").shows("heeft dit bestand niet");
    // With the marks still in it nothing is saved.
    let text = bas.get(&path).text();
    let marked =
        unescape(between(&text, "name=\"text:plan/dijk.md\"", "</textarea>").split_once('>').expect("a text").1);
    assert!(marked.contains("<<<<<<<"), "{marked}");
    let fields = |text: &str| {
        vec![
            ("text:plan/dijk.md".to_owned(), text.to_owned()),
            ("keep:plan/sluis.md".to_owned(), "theirs".to_owned()),
            ("base".to_owned(), before.clone()),
        ]
    };
    let post = |browser: &crate::people::Browser<'_>, text: &str| {
        let fields = fields(text);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        browser.submit(&path, &fields)
    };
    post(&bas, &marked).status(422).shows("tekens");
    let chosen = "---\ntitle: De dijk\n---\nHet vertrek en de aanvang.\n\nOnder.\n";
    post(&cor, chosen).status(404);
    assert_eq!(wiki.tip(), before);
    // Meanwhile somebody changes the same page again.
    save("## Slot", "## Einde");
    post(&bas, chosen).status(409);
    let tip = wiki.tip();
    let (text, again) = (wiki.file("plan/dijk.md"), fields(chosen));
    assert!(text.contains("## Einde"));
    let again: Vec<(&str, &str)> = again[..2].iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let again = [again, vec![("base", tip.as_str())]].concat();
    bas.submit(&path, &again).status(303);
    assert_eq!(wiki.file("plan/dijk.md"), chosen);
    assert_eq!(wiki.file("plan/sluis.md"), "# Sluis, nieuw\n");
    wiki.get("/plan/gemaal").ok();
    let parents = git(&wiki.repo(), &["log", "-1", "--format=%P|%an", "main"]).ok().stdout();
    assert_eq!(parents.trim(), format!("{tip} {mine}|bas Jansen"));
    bas.get(&path).status(404);
    clone.git(&["pull", "-q", "--ff-only", "origin", "main"]).ok();
    fsck(&wiki);
}

#[test]
fn pushes_to_be_merged_and_saves_at_once_lose_nothing() {
    let wiki = TestWiki::tiny();
    let clones: Vec<Clone> = ["een", "twee"].iter().map(|name| cloned(&wiki, name)).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..10 {
                let editor = wiki.editor("plan/sluis");
                let text = format!("{}bewaard {n}\n", editor.text);
                editor.text(&text).save().status(303);
            }
        });
        for (at, clone) in clones.iter().enumerate() {
            scope.spawn(move || {
                for n in 0..4 {
                    clone.write(&format!("push/{at}-{n}.md"), format!("gepusht {n}\n")).commit("p");
                    let until = Instant::now() + Duration::from_secs(60);
                    while !for_main(clone).0.status.success() {
                        assert!(Instant::now() < until, "{at} {n}");
                    }
                }
            });
        }
    });
    let text = wiki.file("plan/sluis.md");
    (0..10).for_each(|n| assert!(text.contains(&format!("bewaard {n}")), "{text}"));
    for at in 0..2 {
        (0..4).for_each(|n| assert_eq!(wiki.file(&format!("push/{at}-{n}.md")), format!("gepusht {n}\n")));
    }
    fsck(&wiki);
}

#[test]
fn a_work_tree_follows_a_merge() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let work = folder.path().join("werk");
    git(folder.path(), &["init", "-q", "-b", "main", "werk"]).ok();
    fs::create_dir(work.join("plan")).expect("made");
    fs::write(work.join("plan/dijk.md"), "een\n\ntwee\n\ndrie\n").expect("written");
    git(&work, &["add", "-A"]).ok();
    git(&work, &["commit", "-q", "-m", "Begin"]).ok();
    let wiki = TestWiki::serve(folder, &["--repo", "werk"]);
    let clone = cloned(&wiki, "noor");
    wiki.editor("plan/dijk").replace("drie", "vier").save().status(303);
    clone.replace("plan/dijk.md", "een", "nul").commit("Nul");
    for_main(&clone).ok();
    let until = Instant::now() + Duration::from_secs(10);
    while !git(&work, &["status", "--porcelain"]).ok().stdout().is_empty() {
        assert!(Instant::now() < until, "the work tree did not follow");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fs::read_to_string(work.join("plan/dijk.md")).expect("read"), "nul\n\ntwee\n\nvier\n");
}

// ---- The wire ----

#[test]
fn requests_may_be_compressed_and_clones_shallow_or_partial() {
    let wiki = TestWiki::tiny();
    let clone = cloned(&wiki, "noor");
    for n in 0..40 {
        clone.write(&format!("reeks/p{n}.md"), format!("# Pagina {n}\n")).commit("Reeks");
    }
    clone.push().ok();
    let url = wiki.clone_url();
    let folder = wiki.folder.path();
    // What the server does not know makes a long question, which git compresses. Git asks for the newest
    // first, by whole seconds.
    std::thread::sleep(Duration::from_millis(1_100));
    for _ in 0..60 {
        clone.git(&["commit", "-q", "--allow-empty", "-m", "Eigen"]).ok();
    }
    wiki.editor("plan/dijk").replace("begin", "eerste").save().status(303);
    let trace = folder.join("trace");
    let fetched = Command::new("git")
        .args(["fetch", "-q", "origin"])
        .current_dir(&clone.path)
        .env("GIT_TRACE_CURL", &trace)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .expect("git runs");
    assert!(fetched.success());
    let said = fs::read_to_string(&trace).expect("a trace").to_lowercase();
    assert!(said.contains("content-encoding: gzip"), "the request was not compressed");
    assert!(said.contains("git-protocol: version=2"), "not by version 2");
    // Shallow, deepened and pushed from; partial, and files fetched when they are needed.
    git(folder, &["clone", "-q", "--depth", "3", &url, "ondiep"]).ok();
    let shallow = Clone { path: folder.join("ondiep") };
    assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]).ok().stdout().trim(), "3");
    shallow.write("plan/ondiep.md", "x\n").commit("Ondiep").push().ok();
    shallow.git(&["fetch", "-q", "--deepen", "10"]).ok();
    shallow.git(&["fetch", "-q", "--unshallow"]).ok();
    git(folder, &["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "deels"]).ok();
    let partial = Clone { path: folder.join("deels") };
    partial.git(&["checkout", "-q", "main"]).ok();
    partial.write("plan/deels.md", "x\n").commit("Deels").push().ok();
    for version in ["0", "1"] {
        let protocol = format!("protocol.version={version}");
        let name = format!("versie-{version}");
        git(folder, &["-c", &protocol, "clone", "-q", &url, &name]).ok();
        let old = Clone { path: folder.join(&name) };
        old.write(&format!("plan/{name}.md"), "x\n").commit("Oud");
        old.git(&["-c", &protocol, "push", "-q", "origin", "HEAD:main"]).ok();
    }
    fsck(&wiki);
}

fn connect(wiki: &TestWiki, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&wiki.address).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let origin = &wiki.address;
    write!(stream, "POST /wiki.git/git-receive-pack HTTP/1.1\r\nHost: {origin}\r\nContent-Type: application/x-git-receive-pack-request\r\n{head}\r\n")
        .expect("written");
    stream
}

#[test]
fn a_client_that_hangs_up_or_lies_about_lengths_leaves_everything_as_it_was() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let zero = "0".repeat(40);
    let line = format!("{tip} {zero} refs/heads/main\0report-status");
    let command = format!("{:04x}{line}0000", line.len() + 4);
    let bodies: [Vec<u8>; 8] = [
        b"ffff".to_vec(),
        b"0001".to_vec(),
        b"zzzz not a length".to_vec(),
        format!("{:04x}{line}", line.len() + 400).into_bytes(),
        command.replace(&zero, &"1".repeat(40)).into_bytes(),
        [command.replace(&zero, &"1".repeat(40)).as_bytes(), b"PACK\0\0\0\x02\xff\xff\xff\xff"].concat(),
        [
            command.replace(&zero, &"1".repeat(40)).as_bytes(),
            b"PACK\0\0\0\x02\0\0\0\x01\xbf\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        ]
        .concat(),
        Vec::new(),
    ];
    for body in &bodies {
        let mut stream = connect(&wiki, &format!("Content-Length: {}\r\nConnection: close\r\n", body.len()));
        stream.write_all(body).expect("written");
        let mut said = Vec::new();
        let _ = stream.take(64 * 1024).read_to_end(&mut said);
    }
    // A body that is shorter than it says, and then nothing; and one that says two lengths.
    for head in ["Content-Length: 1000000\r\n", "Transfer-Encoding: chunked\r\n"] {
        let mut stream = connect(&wiki, head);
        let _ = stream.write_all(command.as_bytes());
        drop(stream);
    }
    let hanging: Vec<TcpStream> = (0..4).map(|_| connect(&wiki, "Content-Length: 1000000\r\n")).collect();
    assert_eq!(wiki.tip(), tip);
    // Those who hang hold up nobody who reads or saves.
    wiki.get("/plan/dijk").ok();
    wiki.editor("plan/dijk").replace("begin", "eerste").save().status(303);
    drop(hanging);
    let clone = cloned(&wiki, "noor");
    clone.write("plan/daarna.md", "x\n").commit("Daarna").push().ok();
    fsck(&wiki);
}

/// The largest memory that the server and what it started took, as far as it is seen.
fn peak_bytes(process: u32) -> u64 {
    let mut sum = 0;
    for entry in fs::read_dir("/proc").expect("readable").flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let text = |name: &str| fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let field = |text: &str, key: &str| -> Option<u64> {
            text.lines().find(|line| line.starts_with(key))?.split_whitespace().nth(1)?.parse().ok()
        };
        let mut of = id;
        for _ in 0..6 {
            if of == process {
                sum += field(&text("status"), "RssAnon:").unwrap_or(0) * 1024;
                break;
            }
            let status = fs::read_to_string(format!("/proc/{of}/status")).unwrap_or_default();
            match field(&status, "PPid:") {
                Some(parent) if parent > 1 => of = parent as u32,
                _ => break,
            }
        }
    }
    sum
}

/// Pushes while somebody watches the memory.
fn watched(wiki: &TestWiki, push: impl FnOnce() -> Ran) -> (Ran, u64, Duration) {
    let done = std::sync::atomic::AtomicBool::new(false);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                peak = peak.max(peak_bytes(wiki.process()));
                std::thread::sleep(Duration::from_millis(20));
            }
            peak
        });
        let ran = push();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        (ran, watch.join().expect("watched"), begun.elapsed())
    })
}

const GROWTH_MAX: u64 = 600 * 1024 * 1024;

#[test]
fn g7_bombs_are_refused_in_bounded_memory_and_time() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let calm = peak_bytes(wiki.process());
    let small = |ran: Ran, peak: u64, took: Duration| {
        let ran = ran.refused();
        assert!(peak < calm + GROWTH_MAX, "{} MiB: {}", peak / (1024 * 1024), ran.stderr());
        assert!(took < Duration::from_secs(60), "{took:?}");
    };
    // A file of 300 MiB that a pack holds in 300 KB.
    let clone = cloned(&wiki, "groot");
    fs::File::create(clone.path.join("nul.bin")).and_then(|file| file.set_len(300 * 1024 * 1024)).expect("made");
    clone.commit("Groot");
    let (ran, peak, took) = watched(&wiki, || clone.push());
    small(ran, peak, took);
    // A delta that copies 4 KB until it is 512 MiB.
    let clone = cloned(&wiki, "delta");
    let (ran, peak, took) = watched(&wiki, || delta_bomb(&wiki, &clone, 512 * 1024 * 1024));
    small(ran, peak, took);
    // Ten billion files in eleven objects.
    let clone = cloned(&wiki, "boom");
    let mut id = clone.git(&["rev-parse", "HEAD:plan/dijk.md"]).ok().stdout().trim().to_owned();
    let mut kind = "100644 blob";
    for _ in 0..10 {
        let tree: String = (0..10).map(|n| format!("{kind} {id}\tm{n}\n")).collect();
        id = fed(&clone.path, &["mktree"], tree.as_bytes());
        kind = "040000 tree";
    }
    let commit = clone.git(&["commit-tree", "-p", "HEAD", "-m", "Boom", &id]).ok().stdout().trim().to_owned();
    for to in ["main", "refs/for/main"] {
        let (ran, peak, took) = watched(&wiki, || clone.git(&["push", "-q", "origin", &format!("{commit}:{to}")]));
        small(ran, peak, took);
    }
    assert_eq!(wiki.tip(), tip);
    fsck(&wiki);
}

fn fed(folder: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child.stdin.take().expect("piped").write_all(input).expect("written");
    String::from_utf8_lossy(&child.wait_with_output().expect("git ends").stdout).trim().to_owned()
}

/// Pushes a pack that is written by hand: a file, and a delta on it that makes it `size` bytes.
fn delta_bomb(wiki: &TestWiki, clone: &Clone, size: usize) -> Ran {
    let base = vec![b'a'; 64 * 1024];
    let mut delta = Vec::new();
    let varint = |out: &mut Vec<u8>, mut n: usize| {
        while n >= 0x80 {
            out.push((n & 0x7f) as u8 | 0x80);
            n >>= 7;
        }
        out.push(n as u8);
    };
    varint(&mut delta, base.len());
    varint(&mut delta, size);
    // Copy the whole base: offset 0, and a size without bytes stands for 65,536.
    delta.extend(std::iter::repeat_n(0x80u8, size / base.len()));
    let folder = wiki.folder.path();
    fs::write(folder.join("base"), &base).expect("written");
    let id = clone.git(&["hash-object", "-w", &folder.join("base").display().to_string()]).ok().stdout();
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x02".to_vec();
    let object = |pack: &mut Vec<u8>, kind: u8, size: usize, name: &[u8], bytes: &[u8]| {
        let (mut first, mut rest) = (kind << 4 | (size & 15) as u8, size >> 4);
        while rest > 0 {
            pack.push(first | 0x80);
            first = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        pack.push(first);
        pack.extend_from_slice(name);
        pack.extend_from_slice(&stored(bytes));
    };
    object(&mut pack, 3, base.len(), b"", &base);
    let name: Vec<u8> = (0..20).map(|n| u8::from_str_radix(&id.trim()[2 * n..2 * n + 2], 16).expect("an id")).collect();
    object(&mut pack, 7, delta.len(), &name, &delta);
    pack.extend_from_slice(&sha1(&clone.path, &pack));
    let tip = wiki.tip();
    let line = format!("{tip} {} refs/heads/main\0report-status", "1".repeat(40));
    let body = [format!("{:04x}{line}0000", line.len() + 4).as_bytes(), &pack].concat();
    let mut stream = connect(wiki, &format!("Content-Length: {}\r\nConnection: close\r\n", body.len()));
    stream.write_all(&body).expect("written");
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    let said_text = String::from_utf8_lossy(&said).into_owned();
    assert!(said_text.contains("unpack ") && !said_text.contains("unpack ok"), "{said_text}");
    Ran(Command::new("false").output().expect("a program that fails"))
}

/// A zlib stream that is not compressed.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut parts = bytes.chunks(65_535).peekable();
    while let Some(part) = parts.next() {
        out.push(u8::from(parts.peek().is_none()));
        out.extend_from_slice(&(part.len() as u16).to_le_bytes());
        out.extend_from_slice(&(!(part.len() as u16)).to_le_bytes());
        out.extend_from_slice(part);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
    out
}

/// By the system's own program.
fn sha1(folder: &Path, bytes: &[u8]) -> Vec<u8> {
    let file = folder.join(".git/summed");
    fs::write(&file, bytes).expect("written");
    let out = Command::new("sha1sum").arg(&file).output().expect("sha1sum runs").stdout;
    let hex = String::from_utf8_lossy(&out[..40]).into_owned();
    (0..20).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).expect("digits")).collect()
}

#[test]
fn ten_thousand_refs_in_one_push_are_refused_at_once() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    // By hand: the client of git needs minutes to line them up.
    let mut body = Vec::new();
    for n in 0..10_000 {
        let asks = if n == 0 { "\0report-status" } else { "" };
        let line = format!("{} {tip} refs/heads/tak-{n}{asks}", "0".repeat(40));
        body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(b"0000");
    body.extend_from_slice(
        b"PACK\0\0\0\x02\0\0\0\0\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3\x1e",
    );
    let begun = Instant::now();
    let mut stream = connect(&wiki, &format!("Content-Length: {}\r\nConnection: close\r\n", body.len()));
    stream.write_all(&body).expect("written");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).expect("an answer");
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(said.contains("unpack ok") && said.contains("ng refs/heads/tak-9999 "), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let served = git(wiki.folder.path(), &["ls-remote", &wiki.clone_url()]).ok().stdout();
    assert_eq!(served.lines().count(), 2, "{served}");
    wiki.editor("plan/dijk").replace("begin", "eerste").save().status(303);
    fsck(&wiki);
}
