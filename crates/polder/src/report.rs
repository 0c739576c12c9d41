//! Problems as programs read them: JSON of our own, and SARIF 2.1.0 (OASIS), which code hosts and
//! editors show beside the lines.
//!
//! Levels and codes stay the same in every language; only the messages are in the reader's.

use std::collections::BTreeMap;

use polder_core::path::percent_encode;
use polder_core::problem::{Level, Problem};
use polder_core::review::Located;
use polder_web::words::Words;
use serde_json::{Map, Value, json};

/// What a check found.
pub struct Report {
    pub n_pages: usize,
    pub problems: Vec<Located>,
}

/// `{"pages": n, "problems": [{file, line, column, level, code, message, args}]}`. Line and column
/// count from 1; 0 stands for the file as a whole.
pub fn json(report: &Report, words: &Words) -> Value {
    let problems: Vec<Value> = report.problems.iter().map(|located| self::problem(words, located)).collect();
    json!({ "pages": report.n_pages, "problems": problems })
}

/// One problem with its place.
pub fn problem(words: &Words, Located { path, problem }: &Located) -> Value {
    let args: Map<String, Value> =
        problem.args.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    json!({
        "file": path,
        "line": problem.at.line,
        "column": problem.at.column,
        "level": problem.level.to_string(),
        "code": problem.code,
        "message": message(words, problem),
        "args": args,
    })
}

/// One run of the tool `polder`, with a rule for each code that occurs.
pub fn sarif(report: &Report, words: &Words) -> Value {
    let mut rules: BTreeMap<&str, usize> = report.problems.iter().map(|located| (&*located.problem.code, 0)).collect();
    for (at, place) in rules.values_mut().enumerate() {
        *place = at;
    }
    let results: Vec<Value> = report
        .problems
        .iter()
        .map(|Located { path, problem }| {
            json!({
                "ruleId": problem.code,
                "ruleIndex": rules[&*problem.code],
                "level": sarif_level(problem.level),
                "message": { "text": message(words, problem) },
                "locations": [{ "physicalLocation": place(path, problem) }],
            })
        })
        .collect();
    let rules: Vec<Value> = rules.keys().map(|code| json!({ "id": code })).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "polder", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "language": words.lang.code(),
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn message(words: &Words, problem: &Problem) -> String {
    words.problem(&problem.code, &problem.args)
}

/// The levels of SARIF are named otherwise (§3.27.10).
fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Hint => "note",
    }
}

/// The file as a relative URI, and the region where there is one.
fn place(path: &str, problem: &Problem) -> Value {
    let mut uri = String::with_capacity(path.len());
    percent_encode(path, &mut uri);
    let mut place = json!({ "artifactLocation": { "uri": uri } });
    if problem.at.line > 0 {
        let mut region = json!({ "startLine": problem.at.line });
        if problem.at.column > 0 {
            region["startColumn"] = problem.at.column.into();
        }
        place["region"] = region;
    }
    place
}
