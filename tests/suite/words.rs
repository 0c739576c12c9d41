//! The interface's texts: complete in both languages, none unused, none missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use polder_web::words::{Lang, Words, all_keys};

fn sources() -> String {
    let mut all = String::new();
    for folder in ["crates/web/src", "crates/polder/src"] {
        for file in files_below(&root().join(folder), "rs") {
            all.push_str(&fs::read_to_string(file).expect("readable"));
        }
    }
    all
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the top of the project")
}

/// Files with this extension, sorted; what tools keep (`target`, `node_modules`, `.git`) left out.
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.expect("readable").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name, "target" | "node_modules" | ".git" | "data") {
                found.extend(files_below(&path, extension));
            }
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn both_languages_have_the_same_texts_and_no_faults() {
    for lang in Lang::ALL {
        assert_eq!(Words::get(lang).faults, Vec::<String>::new());
        let keys: BTreeSet<&String> = all_keys(lang).iter().collect();
        assert_eq!(keys.len(), all_keys(lang).len(), "a key of {} is given twice", lang.code());
    }
    let of = |lang| all_keys(lang).iter().collect::<BTreeSet<_>>();
    assert_eq!(of(Lang::Nl), of(Lang::En));
}

#[test]
fn no_text_is_missing_and_none_is_unused() {
    let sources = sources();
    let keys: BTreeSet<&str> = all_keys(Lang::Nl).iter().map(String::as_str).collect();
    for call in [".t(\"", ".f(\""] {
        for rest in sources.split(call).skip(1) {
            let key = rest.split('"').next().expect("a literal");
            assert!(keys.contains(key), "{key} has no text");
        }
    }
    let unused: Vec<&&str> =
        keys.iter().filter(|key| !key.starts_with("problem-") && !sources.contains(&format!("\"{key}\""))).collect();
    assert_eq!(unused, Vec::<&&str>::new(), "texts that nothing shows");
}

#[test]
fn every_problem_has_its_own_words() {
    let mut core = String::new();
    for file in files_below(&root().join("crates/core/src"), "rs") {
        core.push_str(&fs::read_to_string(file).expect("readable"));
    }
    for file in ["propose.rs", "cites.rs"] {
        core.push_str(&fs::read_to_string(root().join("crates/wiki/src").join(file)).expect("readable"));
    }
    let keys = all_keys(Lang::Nl);
    let told: Vec<&str> = keys
        .iter()
        .filter_map(|key| key.strip_prefix("problem-"))
        .filter(|code| !matches!(*code, "other" | "line"))
        .collect();
    for code in &told {
        assert!(
            core.contains(&format!("\"{code}\"")) || matches!(*code, "lead" | "more" | "none" | "rule-broken"),
            "no problem has the code {code}"
        );
    }
    // Codes are the literals given to `Problem::new` after a level and a place.
    for start in core.match_indices("Problem::new(").map(|(at, _)| at) {
        let mut end = (start + 200).min(core.len());
        while !core.is_char_boundary(end) {
            end -= 1;
        }
        if let Some(code) = core[start..end].split('"').nth(1).filter(|code| code.contains('-') || *code == "utf8") {
            assert!(told.contains(&code), "{code} has no words");
        }
    }
}
