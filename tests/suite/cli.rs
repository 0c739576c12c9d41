//! The command line.

use std::fs;

use crate::wiki::{TestWiki, git, polder};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn init_makes_a_wiki_that_can_be_served_in_both_languages() {
    for (lang, word) in [("nl", "Welkom"), ("en", "Welcome")] {
        let home = folder();
        polder(home.path(), &["init", "wiki", "--lang", lang]).status(0).says("polder serve --repo wiki");
        let dir = home.path().join("wiki");
        assert!(dir.join("FrontPage.md").is_file() && dir.join(".polder/config.yml").is_file());
        assert_eq!(git(&dir, &["status", "--porcelain"]).ok().stdout(), "", "the work tree is clean");
        polder(home.path(), &["check", "wiki"]).status(0);
        let wiki = TestWiki::serve(home, &["--repo", "wiki"]);
        wiki.get("/").ok().shows(word);
    }
}

#[test]
fn init_leaves_a_folder_with_something_in_it_alone() {
    let home = folder();
    fs::create_dir(home.path().join("vol")).expect("made");
    fs::write(home.path().join("vol/x.md"), "x").expect("written");
    polder(home.path(), &["init", "vol"]).status(2).says("not empty");
    assert_eq!(fs::read_dir(home.path().join("vol")).expect("there").count(), 1);
}

#[test]
fn a_plain_folder_is_refused_with_what_helps() {
    let home = folder();
    fs::create_dir(home.path().join("gewoon")).expect("made");
    polder(home.path(), &["serve", "--repo", "gewoon", "--listen", "127.0.0.1:0"]).status(2).says("polder init");
    polder(home.path(), &["serve", "--repo", "nergens", "--listen", "127.0.0.1:0"])
        .status(2)
        .says("polder init nergens");
    // A folder inside a repository is not that repository.
    git(home.path(), &["init", "-q", "."]).ok();
    polder(home.path(), &["serve", "--repo", "gewoon", "--listen", "127.0.0.1:0"]).status(2).says("polder init");
}

#[test]
fn check_reads_folders_and_repositories_and_tells_by_its_status() {
    let home = folder();
    let dir = home.path().join("map");
    fs::create_dir(&dir).expect("made");
    fs::write(dir.join("a.md"), "---\nx: 1\nx: 2\n---\n[[Nergens]]\n").expect("written");
    let ran = polder(home.path(), &["check", "map"]).status(1);
    ran.says("a.md:3:1 error:").says("[front-duplicate-key]").says("a.md:5:1 warning:").says("[link-broken]");
    fs::write(dir.join("a.md"), "[[Nergens]]\n").expect("written");
    polder(home.path(), &["check", "map"]).status(0).says("[link-broken]");
    git(&dir, &["init", "-q", "-b", "main", "."]).ok();
    git(&dir, &["add", "."]).ok();
    git(&dir, &["commit", "-q", "-m", "x"]).ok();
    polder(home.path(), &["check", "map"]).status(0).says("[link-broken]");
    polder(home.path(), &["check", "nergens"]).status(2);
}

#[test]
fn settings_come_from_file_environment_and_flags_and_unknown_ones_are_named() {
    let home = folder();
    fs::write(home.path().join("polder.toml"), "lisen = \"127.0.0.1:0\"\n").expect("written");
    polder(home.path(), &["serve"]).status(2).says("`lisen`").says("`listen`");
    fs::write(home.path().join("polder.toml"), "listen = \"nonsense\"\n").expect("written");
    polder(home.path(), &["serve"]).status(2).says("nonsense");
    // The flag covers the file.
    let wiki = TestWiki::serve(home, &[]);
    wiki.get("/-/health").ok().shows("ok");
    let ran = std::process::Command::new(crate::wiki::PROGRAM)
        .arg("serve")
        .env("POLDER_LISTN", "x")
        .current_dir(wiki.folder.path())
        .output()
        .expect("runs");
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("POLDER_LISTEN"));
}

#[test]
fn wrong_usage_is_status_two_and_help_names_the_commands() {
    let home = folder();
    polder(home.path(), &["--nonsense"]).status(2);
    polder(home.path(), &["check", "a", "b"]).status(2);
    polder(home.path(), &["--help"]).status(0).says("serve").says("init").says("check").says("types");
    for command in ["serve", "init", "check", "types"] {
        polder(home.path(), &[command, "--help"]).status(0);
    }
}

#[test]
fn without_git_the_program_says_what_it_needs() {
    let home = folder();
    let ran = std::process::Command::new(crate::wiki::PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("PATH", home.path())
        .current_dir(home.path())
        .output()
        .expect("runs");
    assert_eq!(ran.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("2.39.2"));
}

#[test]
fn an_address_in_use_is_explained() {
    let wiki = TestWiki::tiny();
    let home = folder();
    polder(home.path(), &["serve", "--listen", &wiki.address]).status(3).says("--listen");
}
