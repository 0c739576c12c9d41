//! The house rules, as tests: which crate may know which, what each must never know, how files
//! open, that every invariant is guarded and every door is one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::words::{files_below, root};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The code of a crate without its tests and comments.
fn code_of(name: &str) -> Vec<(String, String)> {
    files_below(&root().join("crates").join(name).join("src"), "rs")
        .into_iter()
        .map(|file| {
            let text = read(&file);
            let code = if is_of_tests(&file) { "" } else { text.split("#[cfg(test)]").next().unwrap_or(&text) };
            let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (file.display().to_string(), lines.join("\n"))
        })
        .collect()
}

/// Whether a file beside the code holds tests alone.
fn is_of_tests(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().ends_with("tests.rs"))
}

#[test]
fn crates_depend_only_downwards() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("polder-core", &[][..]),
        ("polder-store", &["polder-core"][..]),
        ("polder-wiki", &["polder-core", "polder-store"][..]),
        ("polder-web", &["polder-core", "polder-wiki"][..]),
        ("polder", &["polder-core", "polder-store", "polder-wiki", "polder-web"][..]),
    ]);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata = String::from_utf8(output.stdout).expect("UTF-8");
    let metadata: json::Json = json::parse(&metadata);
    let mut seen = 0;
    for package in metadata.get("packages").items() {
        let name = package.get("name").text();
        let Some(may) = allowed.get(name) else { panic!("{name} has no place in the house") };
        seen += 1;
        for dependency in package.get("dependencies").items() {
            let on = dependency.get("name").text();
            assert!(!on.starts_with("polder") || may.contains(&on), "{name} must not depend on {on}");
        }
    }
    assert_eq!(seen, allowed.len());
}

#[test]
fn each_crate_keeps_to_what_it_may_know() {
    let never: &[(&str, &[&str])] = &[
        (
            "core",
            &[
                "std::fs",
                "std::env",
                "std::net",
                "std::process",
                "SystemTime",
                "Instant::now",
                "git2",
                "actix",
                "tantivy",
                "maud",
                "tokio",
            ],
        ),
        (
            "store",
            &["comrak", "tantivy", "actix", "maud", "polder_core::doc", "polder_core::site", "polder_core::types"],
        ),
        ("wiki", &["actix", "maud", "git2::", "comrak", "yrs", "async fn", "<html"]),
        ("web", &["git2", "tantivy", "std::fs", "polder_store", "review("]),
    ];
    for (name, words) in never {
        for (file, code) in code_of(name) {
            for word in *words {
                assert!(!code.contains(word), "{file} must not know `{word}`");
            }
        }
    }
    for name in ["core", "store", "wiki", "polder"] {
        for (file, code) in code_of(name) {
            // The database of the accounts is asynchronous inside, and synchronous to its callers.
            let may = file.contains("store/src/accounts/");
            assert!(may || (!code.contains("async fn") && !code.contains(".await")), "{file}: async stays in web");
            assert!(!code.contains("pub async fn"), "{file}: async stays inside");
        }
    }
}

#[test]
fn processes_start_in_one_file_and_commits_come_through_one_door() {
    // INV-3
    for name in ["core", "store", "wiki", "web", "polder"] {
        for (file, code) in code_of(name) {
            if !file.ends_with("store/src/git.rs") {
                assert!(!code.contains("Command::new("), "{file} starts a process");
            }
            if !file.ends_with("wiki/src/propose.rs") {
                assert!(!code.contains(".commit(&Draft"), "{file} commits past `propose`");
            }
            if !file.ends_with("wiki/src/merging.rs") {
                assert!(
                    !code.contains("store.advance(") && !code.contains("store().advance("),
                    "{file} moves the branch"
                );
            }
        }
    }
}

#[test]
fn content_reaches_web_through_seen_only() {
    // INV-4
    let site = read(&root().join("crates/core/src/site.rs"));
    for field in ["pages: Vec<Page>", "links: Vec<Arc<PageLinks>>", "backlinks: Arc<Backlinks>", "docs: Vec<Arc<Doc>>"]
    {
        assert!(site.contains(&format!("    {field}")), "{field} is gone from Site");
        assert!(!site.contains(&format!("pub {field}")), "{field} must stay private");
    }
    for (file, code) in code_of("web") {
        for way in [".manifest()", ".docs()"] {
            assert!(!code.contains(way), "{file} reads past `Seen` by {way}");
        }
        // A reader's world is taken in one place, and the whole one nowhere.
        assert!(!code.contains("wiki.world()"), "{file} takes the whole world");
        assert!(file.ends_with("guard.rs") || !code.contains("world_at_hand"), "{file} takes a world of its own");
    }
}

#[test]
fn w10_nothing_connects_to_other_machines() {
    let ways = ["TcpStream::connect", "UdpSocket", "reqwest", "ureq", "hyper::", "awc::", "ToSocketAddrs"];
    for name in ["core", "store", "wiki", "web", "polder"] {
        for (file, code) in code_of(name) {
            assert!(file.ends_with("web/src/mail.rs") || !code.contains("lettre"), "{file} sends letters");
            // Where to listen is looked up by name.
            if file.ends_with("polder/src/config.rs") {
                continue;
            }
            for way in ways {
                // The one file that does, for single sign-on. Letters are `mail`, by a library of its own.
                if file.ends_with("web/src/outbound.rs") && way == "ureq" {
                    continue;
                }
                assert!(!code.contains(way), "{file} connects by {way}: let it be one file, and say which here");
            }
        }
    }
}

#[test]
fn markup_is_trusted_in_one_place() {
    for (file, code) in code_of("web") {
        if !file.ends_with("views/mod.rs") {
            assert!(!code.contains("PreEscaped("), "{file} trusts markup by itself");
        }
        assert!(!code.contains("style=\"") && !code.contains(" onclick"), "{file} writes inline style or script");
    }
    for file in files_below(&root().join("themes"), "js") {
        let code = read(&file);
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!code.contains(word), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn addresses_in_views_are_written_by_one_function() {
    for (file, code) in code_of("web").into_iter().filter(|(file, _)| file.contains("/views/")) {
        for attribute in [" href=", " action=", " src=", " formaction="] {
            for rest in code.split(attribute).skip(1) {
                let is_written =
                    ["(link_to(", "{ (link_to(", "{ \"#", "\\\"", "\"#"].iter().any(|begin| rest.starts_with(begin));
                let shown: String = rest.chars().take(60).collect();
                assert!(is_written, "{file}: write it by link_to, so that it is right below a path:{attribute}{shown}");
            }
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is() {
    for folder in ["crates", "tests"] {
        for file in files_below(&root().join(folder), "rs") {
            assert!(read(&file).starts_with("//!"), "{} does not say what it is", file.display());
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    for folder in ["crates", "tests/suite"] {
        for file in files_below(&root().join(folder), "rs") {
            let text = read(&file);
            for word in [
                "to".to_owned() + "do!(",
                "unimple".to_owned() + "mented!(",
                "FIX".to_owned() + "ME",
                "#[ig".to_owned() + "nore",
            ] {
                assert!(!text.contains(&word), "{} holds {word}", file.display());
            }
        }
    }
}

#[test]
fn every_invariant_of_this_slice_is_guarded_by_a_test() {
    let mut cited = BTreeSet::new();
    let mut tests = String::new();
    for file in files_below(&root().join("tests/suite"), "rs") {
        if !file.ends_with("tidy.rs") {
            tests.push_str(&read(&file));
        }
    }
    for name in ["core", "store", "wiki"] {
        for file in files_below(&root().join("crates").join(name).join("src"), "rs") {
            let text = read(&file);
            tests.push_str(if is_of_tests(&file) {
                &text
            } else {
                text.split_once("#[cfg(test)]").map_or("", |own| own.1)
            });
        }
    }
    for n in 1..=11 {
        if tests.contains(&format!("INV-{n}\n"))
            || tests.contains(&format!("INV-{n} "))
            || tests.contains(&format!("INV-{n})"))
            || tests.contains(&format!("INV-{n}."))
            || tests.contains(&format!("INV-{n},"))
        {
            cited.insert(n);
        }
    }
    // INV-4 and INV-3 are guarded in this file too.
    cited.extend([3, 4]);
    assert_eq!(cited, BTreeSet::from_iter(1..=11));
}

/// The tests of all files, by name.
fn tests_of(folders: &[&str]) -> BTreeSet<String> {
    let files = folders.iter().flat_map(|folder| files_below(&root().join(folder), "rs"));
    files
        .flat_map(|file| {
            let text = read(&file);
            let marked = text.split("#[test]").skip(1).filter_map(|rest| rest.split("fn ").nth(1)?.split('(').next());
            marked.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_row_of_the_list_of_attacks_has_a_test_named_after_it() {
    let text = read(&root().join("docs/TESTING.md"));
    let table = text.split("## The list of attacks").nth(1).expect("a table");
    let tests = tests_of(&["crates", "tests/suite"]);
    let (mut rows, mut named) = (Vec::new(), BTreeSet::new());
    for line in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [row, _, by] = cells.as_slice() else { panic!("{line}") };
        let names: Vec<&str> = by.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty() || by.starts_with("out of reach: "), "{row} has no test, and no reason");
        for name in names {
            assert!(name.starts_with(&format!("{}_", row.to_lowercase())), "{name} is not named after {row}");
            assert!(tests.contains(name), "{row}: there is no test {name}");
            named.insert(name.to_owned());
        }
        rows.push((*row).to_owned());
    }
    let kinds = [('G', 14), ('R', 11), ('F', 7), ('P', 17), ('W', 15)];
    let all: Vec<String> = kinds.iter().flat_map(|(kind, n)| (1..=*n).map(move |n| format!("{kind}{n}"))).collect();
    assert_eq!(rows, all);
    let is_of_a_row = |name: &&String| {
        let (row, _) = name.split_once('_').unwrap_or_default();
        row.starts_with(['g', 'r', 'f', 'p', 'w'])
            && row.len() > 1
            && row[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    let forgotten: Vec<&String> = tests.iter().filter(is_of_a_row).filter(|name| !named.contains(*name)).collect();
    assert!(forgotten.is_empty(), "not in docs/TESTING.md: {forgotten:?}");
}

#[test]
fn every_address_is_tested_and_described() {
    let routes = read(&root().join("crates/web/src/routes.rs"));
    let api = read(&root().join("docs/API.md"));
    let mut tests = String::new();
    for file in files_below(&root().join("tests"), "rs") {
        tests.push_str(&read(&file));
    }
    for rest in routes.split("at(\"").skip(1) {
        let address = rest.split('"').next().expect("a literal");
        let fixed = address.split('{').next().expect("a beginning").trim_end_matches('/');
        if fixed.len() < 2 || fixed == "/-" {
            continue;
        }
        assert!(tests.contains(fixed), "{address} is not tested");
        assert!(api.contains(fixed), "{address} is not in docs/API.md");
    }
}

#[test]
fn every_change_takes_a_form_that_is_known_to_be_ours() {
    let routes = read(&root().join("crates/web/src/routes.rs"));
    let mut handlers = 0;
    for rest in routes.split("post().to(").skip(1) {
        let (module, name) = rest.split(')').next().and_then(|way| way.split_once("::")).expect("module::handler");
        let folder = root().join("crates/web/src");
        let file = [folder.join("pages").join(format!("{module}.rs")), folder.join(format!("{module}.rs"))];
        let code = read(file.iter().find(|file| file.exists()).expect("a file"));
        let head = code.split(&format!("pub async fn {name}(")).nth(1).expect("a handler");
        let takes = head.split(')').next().unwrap_or_default();
        // Git is no browser; `admitted` asks what is asked of forms.
        let is_git = module == "git_http" && head.split("\n}").next().is_some_and(|body| body.contains("admitted("));
        assert!(takes.contains("Posted<") || is_git, "{module}::{name} takes what anybody's page may send");
        handlers += 1;
    }
    assert!(handlers >= 20, "{handlers}");
    // Each form that is drawn brings the token along.
    for file in files_below(&root().join("crates/web/src/views"), "rs") {
        let code = read(&file);
        for form in code.split("method=\"post\"").skip(1) {
            let brings = ["csrf(", "(signature(", "(hidden("].iter().any(|way| form.contains(way));
            assert!(brings, "{} draws a form without a token:{form}", file.display());
        }
    }
}

#[test]
fn the_repository_speaks_of_polder_alone() {
    let lock = read(&root().join("Cargo.lock"));
    let sources: BTreeSet<&str> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    for file in files_below(&root(), "json") {
        if file.ends_with("package-lock.json") {
            assert!(!read(&file).contains("\"resolved\""), "{} holds download addresses", file.display());
        }
    }
}

/// Just enough JSON to read what cargo says, since nothing else here needs a JSON library.
mod json {
    #[derive(Debug, PartialEq)]
    pub enum Json {
        Null,
        Word,
        Text(String),
        List(Vec<Json>),
        Map(Vec<(String, Json)>),
    }

    impl Json {
        pub fn get(&self, key: &str) -> &Json {
            match self {
                Json::Map(pairs) => pairs.iter().find(|(name, _)| name == key).map_or(&Json::Null, |(_, value)| value),
                _ => &Json::Null,
            }
        }

        pub fn items(&self) -> &[Json] {
            match self {
                Json::List(items) => items,
                _ => &[],
            }
        }

        pub fn text(&self) -> &str {
            match self {
                Json::Text(text) => text,
                _ => "",
            }
        }
    }

    pub fn parse(text: &str) -> Json {
        let mut rest = text.trim_start();
        value(&mut rest)
    }

    fn value(rest: &mut &str) -> Json {
        *rest = rest.trim_start();
        match rest.chars().next() {
            Some('{') => {
                let mut pairs = Vec::new();
                *rest = rest[1..].trim_start();
                while !rest.starts_with('}') {
                    let key = string(rest);
                    *rest = rest.trim_start().strip_prefix(':').expect("a colon");
                    pairs.push((key, value(rest)));
                    *rest = rest.trim_start().trim_start_matches(',').trim_start();
                }
                *rest = &rest[1..];
                Json::Map(pairs)
            }
            Some('[') => {
                let mut items = Vec::new();
                *rest = rest[1..].trim_start();
                while !rest.starts_with(']') {
                    items.push(value(rest));
                    *rest = rest.trim_start().trim_start_matches(',').trim_start();
                }
                *rest = &rest[1..];
                Json::List(items)
            }
            Some('"') => Json::Text(string(rest)),
            _ => {
                let end = rest.find([',', ']', '}']).expect("an end");
                *rest = &rest[end..];
                Json::Word
            }
        }
    }

    fn string(rest: &mut &str) -> String {
        let mut text = String::new();
        let mut chars = rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    *rest = &rest[at + 1..];
                    return text;
                }
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                c => text.push(c),
            }
        }
        panic!("a string without end");
    }
}
