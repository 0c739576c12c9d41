//! The example files of `docs/in-a-clone`, run as they stand: a hook refuses on the client what the
//! server would refuse, in the same words.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::wiki::{Clone, PROGRAM, Ran, TestWiki};
use crate::words::root;

const PLAN: &[(&str, &str)] = &[
    (".polder/config.yml", "title: Proef\nlanguage: en\n"),
    (".polder/types/cost.yml", "type: cost\nfields:\n  amount: {type: money, required: true}\n"),
    ("oud.md", "---\ntype: cost\n---\n"),
    ("a.md", "---\ntype: cost\namount: EUR 5.00\n---\n"),
];

fn example(name: &str) -> PathBuf {
    root().join("docs/in-a-clone").join(name)
}

fn install(clone: &Clone, hook: &str) {
    fs::copy(example(hook), clone.path.join(".git/hooks").join(hook)).expect("copied with its permissions");
}

/// With the program on the PATH, as somebody has it who works in a clone.
fn run(folder: &Path, program: &str, args: &[&str]) -> Ran {
    let mut path = OsString::from(Path::new(PROGRAM).parent().expect("a folder"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("PATH", path)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .output();
    Ran(output.expect("it runs"))
}

/// The lines that name a place and a code.
fn judged(told: &str) -> BTreeSet<String> {
    let lines = told.lines().map(|line| line.trim_start_matches("remote:").trim().to_owned());
    lines.filter(|line| line.contains(".md:") && line.ends_with(']')).collect()
}

#[test]
fn a_push_is_refused_on_the_client_in_the_words_of_the_server() {
    let wiki = TestWiki::with(PLAN);
    let clone = wiki.clone_as("noor");
    install(&clone, "pre-push");
    let tip = wiki.tip();
    clone.write("a.md", "---\ntype: cost\namount: 5\n---\n").write("b.md", "---\ntype: cost\n---\n").commit("Fout");
    let own = run(&clone.path, "git", &["push", "-q", "origin", "HEAD:main"]).refused().stderr();
    assert!(!own.contains("remote:"), "it left this machine: {own}");
    let theirs = run(&clone.path, "git", &["push", "-q", "--no-verify", "origin", "HEAD:main"]).refused().stderr();
    assert_eq!(judged(&own).len(), 2, "{own}");
    assert_eq!(judged(&own), judged(&theirs), "{own}\n{theirs}");
    assert_eq!(wiki.tip(), tip);
    // Another branch is not the wiki's; what is mended goes through, and the old fault with it.
    run(&clone.path, "git", &["push", "-q", "--dry-run", "origin", "HEAD:refs/heads/zijtak"]).ok();
    clone.write("a.md", "---\ntype: cost\namount: EUR 6.00\n---\n").write("b.md", "b\n");
    clone.git(&["add", "-A"]).ok();
    clone.git(&["commit", "-q", "--amend", "-m", "Goed"]).ok();
    run(&clone.path, "git", &["push", "-q", "origin", "HEAD:main"]).ok();
    assert_ne!(wiki.tip(), tip);
    // A stale clone is judged by what it knows; the server says that it is stale.
    wiki.editor("a").replace("6.00", "7.00").save().status(303);
    clone.write("c.md", "---\ntype: cost\n---\n").commit("Fout");
    let own = run(&clone.path, "git", &["push", "-q", "origin", "HEAD:main"]).refused().stderr();
    assert_eq!(judged(&own).len(), 1, "{own}");
    assert!(git_is_clean(&clone));
}

fn git_is_clean(clone: &Clone) -> bool {
    clone.git(&["status", "--porcelain"]).ok().stdout().is_empty()
        && clone
            .git(&["for-each-ref", "--format=%(refname)"])
            .ok()
            .stdout()
            .lines()
            .all(|name| !name.contains("judged"))
}

#[test]
fn a_commit_is_judged_before_it_is_made_by_what_is_staged() {
    let wiki = TestWiki::with(PLAN);
    let clone = wiki.clone_as("noor");
    install(&clone, "pre-commit");
    let commit = || run(&clone.path, "git", &["commit", "-q", "-m", "x"]);
    clone.write("a.md", "---\ntype: cost\namount: 5\n---\n");
    clone.git(&["add", "-A"]).ok();
    let told = commit().refused().says("a.md:3:").stderr();
    assert!(!told.contains("oud.md"), "{told}");
    // Mended in the index, and not in the file: what is staged counts.
    clone.write("a.md", "---\ntype: cost\namount: EUR 9.00\n---\n");
    clone.git(&["add", "-A"]).ok();
    clone.write("a.md", "---\ntype: cost\namount: veel\n---\n");
    commit().ok();
    // By name alone, with an index of git's own.
    run(&clone.path, "git", &["commit", "-q", "-m", "x", "a.md"]).refused().says("a.md:3:");
    assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]).ok().stdout().trim(), "2");
}

#[test]
fn a_service_that_builds_judges_what_it_checked_out() {
    let wiki = TestWiki::with(PLAN);
    let clone = wiki.clone_as("noor");
    let check = example("check.sh").display().to_string();
    clone.write("b.md", "---\ntype: cost\n---\n").commit("Fout");
    // As such services have it: a commit, and no branch.
    clone.git(&["checkout", "-q", "--detach"]).ok();
    run(&clone.path, "sh", &[&check, "origin/main"]).status(1).says("b.md").says("[field-required]");
    run(&clone.path, "sh", &[&check]).status(1).says("oud.md");
    clone.write("b.md", "b\n").commit("Goed");
    run(&clone.path, "sh", &[&check, "origin/main"]).status(0);
    run(&clone.path, "sh", &[&check, "nergens"]).status(2);
    // The files for two such services ask the same, of a clone with its history.
    let github = fs::read_to_string(example("github-actions.yml")).expect("readable");
    assert!(github.contains("polder check . --since") && github.contains("fetch-depth: 0"));
    let gitlab = fs::read_to_string(example("gitlab-ci.yml")).expect("readable");
    assert!(gitlab.contains("polder check .") && gitlab.contains("GIT_DEPTH: \"0\""));
    let line = gitlab.lines().find_map(|line| line.trim().strip_prefix("- polder check")).expect("a command");
    let line = format!("polder check{line}");
    let since = clone.git(&["rev-parse", "origin/main"]).ok().stdout();
    let set = format!("CI_MERGE_REQUEST_DIFF_BASE_SHA={}; {line}", since.trim());
    run(&clone.path, "sh", &["-c", &set]).status(0);
    run(&clone.path, "sh", &["-c", &line]).status(1);
}
