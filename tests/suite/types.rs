//! `polder types`: what people read, and JSON Schema that others check pages by.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::wiki::{PROGRAM, polder};
use crate::words::root;

fn schema(language: &str) -> Value {
    let ran = Command::new(PROGRAM)
        .args(["types", "content", "--json-schema"])
        .env("LC_ALL", language)
        .current_dir(root())
        .output()
        .expect("the program runs");
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("JSON alone on standard output")
}

#[test]
fn the_types_are_listed_with_their_fields_for_people() {
    let ran = polder(&root(), &["types", "content"]).status(0);
    ran.says("budget-entry (Budget entry)").says("new pages: begroting/{date.year}/{id}");
    let text = polder(&root(), &["types", "content"]).status(0).stdout();
    let entry = text.split("\n\n").find(|part| part.starts_with("budget-entry ")).expect("there");
    let line = |key: &str| -> Vec<&str> {
        let line = entry.lines().find(|line| line.trim_start().starts_with(&format!("{key} "))).expect("a field");
        line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect()
    };
    assert_eq!(line("id"), ["id", "Number", "text", "required, unique, never changes"]);
    assert_eq!(line("amount"), ["amount", "Amount", "money EUR", "required"]);
    assert_eq!(line("settles"), ["settles", "Settles", "ref budget-entry"]);
    assert_eq!(line("condition")[3], "required when kind = 'conditional'");
    assert!(line("open_amount").contains(&"computed"));
    // A wiki without types says how to make one, and a type that is wrong is told.
    let home = tempfile::tempdir().expect("a folder");
    let ran = polder(home.path(), &["types"]).status(0);
    assert_eq!(ran.stdout(), "");
    ran.says(".polder/types/project.yml");
    fs::create_dir_all(home.path().join(".polder/types")).expect("made");
    fs::write(home.path().join(".polder/types/x.yml"), "type: x\nfields:\n  a: {type: txt}\n  b: {type: date}\n")
        .expect("written");
    for flags in [&["types"][..], &["types", "--json-schema"]] {
        let ran = polder(home.path(), flags).status(1);
        assert!(ran.stderr().contains(".polder/types/x.yml:3:13 error:"), "{}", ran.stderr());
        assert!(ran.stdout().contains('b') && !ran.stdout().contains("error"), "{}", ran.stdout());
    }
    polder(home.path(), &["types", "nergens"]).status(2);
}

#[test]
fn the_schema_defines_every_type_in_the_language_of_the_terminal() {
    let (dutch, english) = (schema("nl_NL.UTF-8"), schema("C"));
    assert_eq!(dutch["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(dutch["$id"], "polder:types");
    let names: Vec<String> = fs::read_dir(root().join("content/.polder/types"))
        .expect("there")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().trim_end_matches(".yml").to_owned())
        .collect();
    assert!(names.len() > 10);
    for name in &names {
        let def = &dutch["$defs"][name];
        assert_eq!(def["properties"]["type"]["const"], name.as_str());
        assert_eq!(def["additionalProperties"], true, "{name}");
        assert!(def["required"].as_array().is_some_and(|asked| asked.contains(&"type".into())), "{name}");
    }
    assert_eq!(dutch["$defs"].as_object().map(serde_json::Map::len), Some(names.len()));
    assert_eq!(dutch["$defs"]["budget-entry"]["title"], "Begrotingspost");
    assert_eq!(english["$defs"]["budget-entry"]["title"], "Budget entry");
    let entry = &english["$defs"]["budget-entry"]["properties"];
    assert_eq!(entry["vat"]["enum"], serde_json::json!(["included", "excluded", "none"]));
    assert_eq!(entry["open_amount"]["readOnly"], true);
}

/// Judged by somebody else's program: Python's `jsonschema`, which `tests/run` installs where it may.
#[test]
fn an_outside_validator_takes_the_pages_and_refuses_what_is_spelled_wrong() {
    let has_validator = |module: &str| {
        Command::new("python3").args(["-c", &format!("import {module}")]).output().is_ok_and(|ran| ran.status.success())
    };
    if !has_validator("jsonschema") || !has_validator("yaml") {
        eprintln!("Python's jsonschema and yaml are not installed; the schema was judged by its parts alone");
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("schema.json");
    fs::write(&file, schema("C").to_string()).expect("written");
    let ran = Command::new("python3")
        .arg(root().join("tests/suite/types.py"))
        .args([&file, &root().join("content")])
        .output()
        .expect("Python runs");
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}
