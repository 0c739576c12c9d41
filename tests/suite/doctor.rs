//! `polder doctor`: what it says of repositories as people have them, and that it changes nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::wiki::{PROGRAM, TINY, TestWiki, commit_files, git, polder};

fn repo(home: &Path, files: &[(&str, &str)]) {
    git(home, &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    commit_files(&home.join("repo.git"), files, "Begin");
}

fn json_of(home: &Path, path: &str, status: i32) -> Value {
    let ran = polder(home, &["doctor", path, "--format", "json"]).status(status);
    serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout()))
}

const VAULT: &[(&str, &str)] = &[
    (".obsidian/app.json", "{\"attachmentFolderPath\": \"bijlagen\"}\n"),
    ("Home.md", "Zie [[Plan|het plan]], [[Notitie]] en ![[foto.png]].\n%%niet voor ieder%%\n==let op==\n"),
    ("README.md", "# Over\n"),
    ("werk/Plan.md", "[[Nergens|weg]] [[Home|terug]]\n\n```dataview\nLIST\n```\n"),
    ("werk/Notitie.md", "een\n"),
    ("prive/Notitie.md", "twee\n"),
    ("bijlagen/foto.png", "x"),
    ("bord.canvas", "{}\n"),
    ("aux.md", "Een naam die niet overal kan.\n"),
];

#[test]
fn a_vault_is_told_by_its_conventions_and_what_will_look_different() {
    let home = tempfile::tempdir().expect("a folder");
    repo(home.path(), VAULT);
    let found = json_of(home.path(), "repo.git", 1);
    let conventions = &found["conventions"];
    assert_eq!(
        (conventions["program"].as_str(), conventions["front_page"].as_str()),
        (Some("obsidian"), Some("Home.md"))
    );
    assert_eq!(conventions["link_order"], "target-first");
    assert_eq!(conventions["attachments"], serde_json::json!({"folder": "", "count": 1, "of": 2}));
    let links = &found["links"];
    assert_eq!(
        (links["target_first"].as_u64(), links["neither"].as_u64(), links["embeds"].as_u64()),
        (Some(2), Some(1), Some(1))
    );
    let ambiguous = &found["problems"]["ambiguous"];
    assert_eq!((ambiguous["count"].as_u64(), ambiguous["places"][0]["file"].as_str()), (Some(1), Some("Home.md")));
    assert_eq!(ambiguous["places"][0]["line"], 1);
    assert_eq!(found["problems"]["unwritable_names"]["places"][0]["file"], "aux.md");
    let different = &found["different"];
    for code in ["comment", "mark", "query-block"] {
        assert_eq!(different["writing"][code]["count"], 1, "{code}");
    }
    assert_eq!(different["named_without_folder"]["places"][0]["means"], "bijlagen/foto.png");
    assert_eq!(found["settings"], serde_json::json!(["links:", "  order: target-first", "home: Home"]));

    // The same for people, in both languages, and what it proposes is taken.
    let told = polder(home.path(), &["doctor", "repo.git"]).status(1);
    let told = told.says("vault of Obsidian").says("Home.md:1:").says("[link-ambiguous]").says("order: target-first");
    told.says("%%comment%% is shown as text").says("Home.md:2").says("bijlagen/foto.png").says("aux.md");
    let mut dutch = Command::new(PROGRAM);
    dutch.args(["doctor", "repo.git"]).current_dir(home.path()).env("LC_ALL", "nl_NL.UTF-8");
    let dutch = String::from_utf8(dutch.output().expect("runs").stdout).expect("UTF-8");
    assert!(dutch.contains("Wat er anders uit zal zien") && dutch.contains("kluis van Obsidian"), "{dutch}");
    let lines: Vec<&str> = found["settings"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    commit_files(&home.path().join("repo.git"), &[(".polder/config.yml", &format!("{}\n", lines.join("\n")))], "Gezet");
    let found = json_of(home.path(), "repo.git", 1);
    assert_eq!(found["settings"], serde_json::json!([]));
    assert_eq!(found["conventions"]["link_order_set"], "target-first");
}

#[test]
fn a_wiki_of_gollum_a_plain_folder_and_nothing_wrong() {
    let home = tempfile::tempdir().expect("a folder");
    repo(
        home.path(),
        &[
            ("Home.md", "[[_TOC_]]\n[[Het plan|Plan]]\n[[include:Deel]]\n[[foto.png|width=200px]]\n<<AllPages()>>\n"),
            ("Plan.md", "plan\n"),
            ("_Sidebar.md", "[[Home]]\n"),
            ("_Template.md", "x\n"),
            (".redirects.gollum", "---\nOud.md: Plan.md\n"),
            ("Oud.mediawiki", "= Oud =\n"),
            ("custom.js", "1\n"),
        ],
    );
    let found = json_of(home.path(), "repo.git", 1);
    assert_eq!(
        (found["conventions"]["program"].as_str(), found["links"]["text_first"].as_u64()),
        (Some("gollum"), Some(1))
    );
    for special in ["part", "underscored", "redirects", "other-markup", "look"] {
        assert_eq!(found["conventions"]["special"][special]["count"], 1, "{special}");
    }
    for code in ["contents", "include", "macro", "picture-options"] {
        assert_eq!(found["different"]["writing"][code]["count"], 1, "{code}");
    }
    // A folder can be looked at as well, and a wiki in which nothing is wrong is fine.
    fs::create_dir(home.path().join("map")).expect("made");
    fs::write(home.path().join("map/README.md"), "# Klaar\n").expect("written");
    polder(home.path(), &["doctor", "map"]).status(0).says("git init").says("README.md");
    assert_eq!(json_of(home.path(), "map", 0)["repository"], Value::Null);
    polder(home.path(), &["doctor", "nergens"]).status(2);
    polder(home.path(), &["doctor", "repo.git", "--format", "sarif"]).status(2);
}

#[test]
fn what_git_has_besides_the_branch_is_told_and_nothing_is_changed() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("werk");
    git(home.path(), &["init", "-q", "-b", "main", "werk"]).ok();
    fs::write(dir.join("Home.md"), "een\n").expect("written");
    git(&dir, &["add", "."]).ok();
    git(&dir, &["commit", "-q", "-m", "een"]).ok();
    git(&dir, &["branch", "-q", "zijtak"]).ok();
    git(&dir, &["tag", "-a", "-m", "v", "Home@v1"]).ok();
    git(&dir, &["tag", "Home@licht"]).ok();
    git(&dir, &["tag", "uitgave"]).ok();
    fs::write(dir.join("Home.md"), "gewijzigd\n").expect("written");
    git(&dir, &["checkout", "-q", "--detach"]).ok();
    let files = || {
        let mut all = Vec::new();
        let mut folders = vec![dir.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("readable").flatten() {
                match entry.file_type().expect("known").is_dir() {
                    true => folders.push(entry.path()),
                    false => all.push((entry.path(), fs::read(entry.path()).expect("readable"))),
                }
            }
        }
        all.sort();
        all
    };
    let before = files();
    let found = json_of(home.path(), "werk", 0);
    let git_part = &found["repository"];
    assert_eq!((git_part["detached"].as_bool(), git_part["changed_files"].as_u64()), (Some(true), Some(1)));
    // HEAD itself is looked at, so both branches are others.
    assert_eq!(git_part["other_branches"]["names"], serde_json::json!(["main", "zijtak"]));
    assert_eq!(git_part["tags_that_are_no_versions"]["names"], serde_json::json!(["Home@licht"]));
    assert_eq!((git_part["versions"].as_u64(), git_part["commits"].as_u64()), (Some(1), Some(1)));
    assert_eq!(files(), before);
    assert!(!home.path().join("share").exists(), "a data folder was made");
    // HEAD on a branch that has nothing, beside one that has.
    git(&dir, &["symbolic-ref", "HEAD", "refs/heads/leeg"]).ok();
    polder(home.path(), &["doctor", "werk"]).says("git symbolic-ref HEAD refs/heads/main");
}

#[test]
fn a_cache_that_is_thrown_away_is_made_anew_and_not_under_a_running_wiki() {
    let wiki = TestWiki::with(TINY).ready();
    let repo = wiki.repo().display().to_string();
    let before = wiki.get("/plan/dijk").ok().text();
    let home = wiki.folder.path().to_owned();
    polder(&home, &["doctor", &repo, "--rebuild"]).status(3).says("is being served");
    wiki.stop();
    let data = fs::read_dir(home.join("share/polder")).expect("data").flatten().next().expect("a wiki").path();
    assert!(data.join("wiki/cache/docs").is_file());
    fs::write(data.join("wiki/cache/eigen"), "x").expect("written");
    polder(&home, &["doctor", &repo, "--rebuild"]).status(0).says("is gone");
    let left: Vec<_> = fs::read_dir(data.join("wiki/cache")).expect("there").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["eigen"]);
    assert!(data.join("accounts.db").is_file());
    polder(&home, &["doctor", &repo, "--rebuild"]).status(0).says("nothing");
    let wiki = wiki.restarted(&["--repo", &repo]).ready();
    assert_eq!(wiki.get("/plan/dijk").ok().text(), before);
    wiki.get("/-/search?q=slot").ok().shows("/plan/dijk");
}
