//! `polder check`: what a change adds since a revision, and what programs read of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::wiki::{Ran, TestWiki, commit_files, git, polder};

/// A repository with a type, a record, and old faults that no change is blamed for.
fn plan(home: &Path) -> PathBuf {
    let repo = home.join("repo.git");
    git(home, &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    commit_files(
        &repo,
        &[
            (
                ".polder/types/cost.yml",
                "type: cost\nfields:\n  title: {type: text, required: true}\n  amount: {type: money, required: true}\n  settles: {type: ref, to: [cost]}\nrules:\n  - id: enough\n    when: settles is not empty\n    check: \"amount >= settles.amount\"\n    message: {nl: 'Minder dan {settles.title}.', en: '{amount} is less than {settles.title}.'}\n",
            ),
            ("a.md", "---\ntype: cost\ntitle: A\namount: EUR 5.00\n---\n[[Nergens]]\n"),
            ("b.md", "---\ntype: cost\ntitle: B\namount: EUR 9.00\nsettles: a\n---\n"),
            ("oud.md", "---\ntype: cost\ntitle: Oud\n---\n"),
        ],
        "Begin",
    );
    repo
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout()))
}

#[test]
fn only_what_a_change_adds_refuses_and_old_faults_elsewhere_are_left_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let repo = plan(home.path());
    polder(home.path(), &["check", "repo.git"]).status(1).says("oud.md").says("[field-required]");
    let same = polder(home.path(), &["check", "repo.git", "--since", "main"]).status(0);
    assert_eq!(same.stdout(), "", "nothing changed");

    // An untidy change is told, not refused; the old fault in a changed file too.
    commit_files(&repo, &[("oud.md", "---\ntype: cost\ntitle: Ouder\n---\n[[Ook nergens]]\n")], "Twee");
    let ran = polder(home.path(), &["check", "repo.git", "--since", "HEAD~1"]).status(0);
    let ran = ran.says("oud.md:5:1 warning:").says("[link-broken]").says("[field-required]");
    assert!(!ran.stdout().contains("a.md"), "{}", ran.stdout());

    // A fault that the change makes in a file it does not touch is the change's own.
    commit_files(&repo, &[("a.md", "---\ntype: cost\ntitle: A\namount: EUR 10.00\n---\n")], "Drie");
    let ran = polder(home.path(), &["check", "repo.git", "--since", "main^"]).status(1);
    let ran = ran.says("b.md:4:9 error: €9.00 is less than A. [rule]");
    assert!(!ran.stdout().contains("oud.md"), "{}", ran.stdout());
    // Both changes together, from an id and through a version.
    git(&repo, &["tag", "-a", "-m", "v", "oud@v1", "main~2"]).ok();
    for revision in ["main~2", "oud@v1", git(&repo, &["rev-parse", "--short", "main~2"]).ok().stdout().trim()] {
        let ran = polder(home.path(), &["check", "repo.git", "--since", revision]).status(1);
        ran.says("b.md:4:9 error:").says("oud.md:5:1 warning:");
    }
}

#[test]
fn a_branch_that_is_behind_answers_for_its_own_changes() {
    let home = tempfile::tempdir().expect("a folder");
    let repo = plan(home.path());
    git(home.path(), &["clone", "-q", "repo.git", "werk"]).ok();
    // On the other side a fault is mended, another made, and pages come and change.
    let theirs: Vec<(String, String)> =
        (0..20).map(|n| (format!("n{n}.md"), format!("---\ntype: cost\ntitle: N{n}\n---\n"))).collect();
    let mut theirs: Vec<(&str, &str)> = theirs.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    theirs.extend([
        ("oud.md", "---\ntype: cost\ntitle: Oud\namount: EUR 1.00\n---\n"),
        ("b.md", "---\ntype: cost\ntitle: B\namount: EUR 1.00\nsettles: a\n---\n"),
    ]);
    commit_files(&repo, &theirs, "Elders");
    let work = home.path().join("werk");
    git(&work, &["fetch", "-q"]).ok();
    fs::write(work.join("c.md"), "---\ntype: cost\ntitle: C\namount: EUR 1.00\n---\n").expect("written");
    git(&work, &["add", "-A"]).ok();
    git(&work, &["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "Eigen"]).ok();
    let ran = polder(home.path(), &["check", "werk", "--since", "origin/main"]).status(0);
    assert_eq!(ran.stdout(), "");
    ran.says("files changed since origin/main: 1,");
    fs::write(work.join("c.md"), "---\ntype: cost\ntitle: C\nsettles: a\n---\n").expect("written");
    git(&work, &["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-a", "-m", "Fout"]).ok();
    let ran = polder(home.path(), &["check", "werk", "--since", "origin/main"]).status(1);
    assert_eq!(ran.says("c.md").stdout().lines().count(), 1);
    // Two histories that never met.
    git(&work, &["checkout", "-q", "--orphan", "los"]).ok();
    git(&work, &["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "Los"]).ok();
    polder(home.path(), &["check", "werk", "--since", "origin/main"]).status(2).says("no commit in common");
}

#[test]
fn the_command_line_and_a_push_refuse_the_same() {
    // INV-3
    let wiki = TestWiki::with(&[
        (".polder/types/cost.yml", "type: cost\nfields:\n  amount: {type: money, required: true}\n"),
        ("a.md", "---\ntype: cost\namount: EUR 5.00\n---\n"),
    ]);
    let clone = wiki.clone_as("noor");
    clone.write("a.md", "---\ntype: cost\namount: 5\n---\n").write("b.md", "---\ntype: cost\n---\n").commit("Fout");
    let told = clone.push().refused().stderr();
    let ran = polder(&clone.path, &["check", ".", "--since", "origin/main"]).status(1);
    let lines: Vec<String> = ran.stdout().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let code = line.rsplit('[').next().expect("a code");
        let place = line.split(' ').next().expect("a place");
        assert!(told.lines().any(|told| told.contains(place) && told.contains(code)), "{line}\n{told}");
    }
}

#[test]
fn a_revision_that_is_none_is_wrong_usage_in_words() {
    let home = tempfile::tempdir().expect("a folder");
    let repo = plan(home.path());
    for revision in ["nergens", "--all", "--upload-pack=touch owned", "main:a.md", "a..b", ""] {
        let since = format!("--since={revision}");
        let ran = polder(home.path(), &["check", "repo.git", &since]).status(2);
        ran.says("names no commit").says("branch");
    }
    assert_eq!(fs::read_dir(home.path()).expect("there").count(), 1, "nothing was made");
    // A folder has no history, and an empty repository no branch.
    fs::create_dir(home.path().join("map")).expect("made");
    polder(home.path(), &["check", "map", "--since", "HEAD"]).status(2).says("plain folder");
    git(home.path(), &["init", "-q", "-b", "main", "leeg"]).ok();
    polder(home.path(), &["check", "leeg", "--since", "HEAD"]).status(2).says("names no commit");
    polder(home.path(), &["check", "repo.git", "--format", "xml"]).status(2);
    assert!(repo.is_dir());
}

#[test]
fn json_holds_every_problem_with_its_place_code_and_words() {
    let home = tempfile::tempdir().expect("a folder");
    plan(home.path());
    let ran = polder(home.path(), &["check", "repo.git", "--format", "json"]).status(1);
    let found = json_of(&ran);
    assert_eq!(found["pages"], 3);
    let problems = found["problems"].as_array().expect("a list");
    let lines = polder(home.path(), &["check", "repo.git"]).status(1).stdout();
    assert_eq!(problems.len(), lines.lines().count());
    for (problem, line) in problems.iter().zip(lines.lines()) {
        let text = |key: &str| problem[key].as_str().unwrap_or_else(|| panic!("{key} of {problem}"));
        let place = format!("{}:{}:{}", text("file"), problem["line"], problem["column"]);
        assert_eq!(line, format!("{place} {}: {} [{}]", text("level"), text("message"), text("code")));
        assert!(problem["args"].is_object());
    }
    let missing = problems.iter().find(|problem| problem["code"] == "field-required").expect("told");
    assert_eq!(missing["args"]["field"], "amount");
    // The same keys whatever was asked, and in a folder as well.
    let ran = polder(home.path(), &["check", "repo.git", "--since", "main", "--format", "json"]).status(0);
    assert_eq!(json_of(&ran), serde_json::json!({ "pages": 3, "problems": [] }));
    fs::create_dir(home.path().join("map")).expect("made");
    fs::write(home.path().join("map/é b.md"), "[[Nergens]]\n").expect("written");
    let found = json_of(&polder(home.path(), &["check", "map", "--format", "json"]).status(0));
    assert_eq!(found["problems"][0]["file"], "é b.md");
}

#[test]
fn sarif_has_what_its_standard_requires() {
    let home = tempfile::tempdir().expect("a folder");
    let repo = plan(home.path());
    commit_files(&repo, &[("map/é b:c.md", "[[Nergens]] en [[a#niets]]\n")], "Namen");
    let log = json_of(&polder(home.path(), &["check", "repo.git", "--format", "sarif"]).status(1));
    // §3.13: version and runs; §3.14: tool; §3.19: name.
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.contains("sarif-schema-2.1.0")));
    let runs = log["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "polder");
    let rules = driver["rules"].as_array().expect("rules");
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().expect("an id")).collect();
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!(ids, unique);
    let results = runs[0]["results"].as_array().expect("results");
    assert!(results.len() >= 4, "{results:?}");
    let mut levels = std::collections::BTreeSet::new();
    for result in results {
        // §3.27: message; a rule that is named by index is that of its id; a level of the four.
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        let at = result["ruleIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an index");
        assert_eq!(result["ruleId"], ids[at]);
        levels.insert(result["level"].as_str().expect("a level").to_owned());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a file");
        // A relative reference (RFC 3986 §4.2): ASCII, no colon in its first part.
        assert!(uri.is_ascii() && !uri.contains([' ', ':']) && !uri.starts_with('/'), "{uri}");
        assert!(place["region"]["startLine"].as_u64().is_some_and(|line| line >= 1));
        assert!(place["region"]["startColumn"].as_u64().is_some_and(|column| column >= 1));
    }
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), ["error", "note", "warning"]);
    assert!(results.iter().any(|result| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "map/%C3%A9%20b%3Ac.md"
    }));
    // With nothing to tell it is still a whole log.
    let log = json_of(&polder(home.path(), &["check", "repo.git", "--since", "main", "--format", "sarif"]).status(0));
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn thousands_of_changed_files_are_judged_in_seconds() {
    let home = tempfile::tempdir().expect("a folder");
    let repo = plan(home.path());
    let pages: Vec<(String, String)> = (0..4_000)
        .map(|n| {
            (format!("post/p{n}.md"), format!("---\ntype: cost\ntitle: P{n}\namount: EUR {n}.00\nsettles: a\n---\n"))
        })
        .collect();
    let files: Vec<(&str, &str)> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    commit_files(&repo, &files, "Veel");
    let begun = std::time::Instant::now();
    let ran = polder(home.path(), &["check", "repo.git", "--since", "HEAD~1"]).status(1);
    // The first five are less than what they settle.
    assert_eq!(ran.stdout().lines().filter(|line| line.contains(" error: ")).count(), 5, "{}", ran.stdout());
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
