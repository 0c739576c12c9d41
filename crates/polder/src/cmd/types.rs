//! `polder types [PATH]`: the types of a wiki with their fields, as a table or as JSON Schema.
//!
//! What is wrong in the files of the types goes to standard error, so that the schema stays a
//! schema; the exit status is then 1.

use std::process::ExitCode;

use polder_core::access::Who;
use polder_core::expr::Targets;
use polder_core::json_schema;
use polder_core::problem::Level;
use polder_core::types::{Field, Kind, Type, Types, path};
use polder_web::words::{Arg, Words};

use crate::cli;
use crate::cmd::{problem_line, terminal_lang};
use crate::reading;
use crate::stop::Stop;

pub fn run(asked: &cli::Types) -> Result<ExitCode, Stop> {
    let site = reading::with(&asked.path, reading::site)?;
    let who = Who::owner();
    let types = site.seen_by(&who).types();
    let lang = terminal_lang();
    let words = Words::get(lang);
    if asked.json_schema {
        println!("{:#}", json_schema::schema(types, lang.code()));
    } else if types.is_empty() {
        eprintln!("{}", words.t("types-none"));
    } else {
        let tables: Vec<String> = types.all().iter().map(|kind| table(words, types, kind)).collect();
        print!("{}", tables.join("\n"));
    }
    let mut has_errors = false;
    for (name, problems) in &types.problems {
        for problem in problems {
            has_errors |= problem.level == Level::Error;
            eprintln!("{}", problem_line(lang, &path(name), problem));
        }
    }
    Ok(if has_errors { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A type: its name and what it is for, then a line for each field.
fn table(words: &Words, types: &Types, kind: &Type) -> String {
    let lang = words.lang.code();
    let mut text = kind.name.to_string();
    if let Some(label) = kind.label.get(lang) {
        text.push_str(&format!(" ({label})"));
    }
    text.push('\n');
    if let Some(hint) = kind.hint.get(lang) {
        text.push_str(&format!("  {hint}\n"));
    }
    if let Some(path) = &kind.path {
        text.push_str(&format!("  {}\n", words.f("types-made-at", &[("path", Arg::Text(path))])));
    }
    let rows: Vec<[String; 4]> = kind.fields.iter().map(|field| row(words, types, kind, field)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second, third) = (width(0), width(1), width(2));
    for [key, label, holds, remarks] in &rows {
        let line = format!("  {key:first$}  {label:second$}  {holds:third$}  {remarks}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row(words: &Words, types: &Types, kind: &Type, field: &Field) -> [String; 4] {
    let mut remarks: Vec<String> = Vec::new();
    let mut say = |holds: bool, key: &str| {
        if holds {
            remarks.push(words.t(key).to_owned());
        }
    };
    say(field.required, "types-required");
    say(field.unique, "types-unique");
    say(field.immutable, "types-immutable");
    say(!field.is_written(), "types-computed");
    if let Some(when) = &field.required_when {
        remarks.push(words.f("types-required-when", &[("when", Arg::Text(&when.source))]));
    }
    if let Some(other) = field.unique_in.and_then(|at| kind.fields.get(usize::from(at))) {
        remarks.push(words.f("types-unique-in", &[("field", Arg::Text(&other.key))]));
    }
    if let Some(default) = &field.default {
        remarks.push(words.f("types-default", &[("value", Arg::Text(default))]));
    }
    let label = field.label.get(words.lang.code()).unwrap_or_default().to_owned();
    [field.key.to_string(), label, holds(types, &field.kind), remarks.join(", ")]
}

/// The kind as type files name it, with what narrows it down.
fn holds(types: &Types, kind: &Kind) -> String {
    let name = kind.name();
    match kind {
        Kind::Money { currencies, .. } if !currencies.is_empty() => {
            let codes: Vec<&str> = currencies.iter().map(|currency| currency.code()).collect();
            format!("{name} {}", codes.join(", "))
        }
        Kind::Choice { choices, .. } => {
            let ids: Vec<&str> = choices.iter().map(|choice| &*choice.id).collect();
            format!("{name} {}", ids.join(" | "))
        }
        Kind::Ref(targets) => format!("{name} {}", leads_to(types, targets)),
        Kind::List { of, .. } => format!("{name}: {}", holds(types, of)),
        Kind::Record(fields) => {
            let keys: Vec<&str> = fields.iter().map(|field| &*field.key).collect();
            format!("{name} {{{}}}", keys.join(", "))
        }
        Kind::Rollup(rollup) => {
            let from = types.get(rollup.from);
            let via = from.fields.get(usize::from(rollup.via)).map_or("", |field| &*field.key);
            format!("{name} {}.{via}", from.name)
        }
        _ => name.to_owned(),
    }
}

fn leads_to(types: &Types, targets: &Targets) -> String {
    if targets.any {
        return "page".to_owned();
    }
    let names: Vec<&str> = targets.named.iter().map(|at| &*types.get(*at).name).collect();
    names.join(" | ")
}
