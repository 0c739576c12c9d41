//! One file per command.

pub mod access;
pub mod backup;
pub mod check;
pub mod doctor;
pub mod hook;
pub mod init;
pub mod restore;
pub mod serve;
pub mod types;
pub mod user;

use std::env;

use polder_web::words::Lang;

/// The language for messages in a terminal: POSIX's order of variables, else English.
pub fn terminal_lang() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
        .and_then(|value| Lang::parse(value.split('.').next().unwrap_or_default()))
        .unwrap_or(Lang::En)
}

/// `file:line:column level: sentence [code]`, the same wherever Polder judges.
pub fn problem_line(lang: Lang, path: &str, problem: &polder_core::problem::Problem) -> String {
    let words = polder_web::words::Words::get(lang);
    let place = match (problem.at.line, problem.at.column) {
        (0, _) => String::new(),
        (line, 0) => format!(":{line}"),
        (line, column) => format!(":{line}:{column}"),
    };
    let level = match problem.level {
        polder_core::problem::Level::Error => words.t("level-error"),
        polder_core::problem::Level::Warning => words.t("level-warning"),
        polder_core::problem::Level::Hint => words.t("level-hint"),
    };
    format!("{path}{place} {level}: {} [{}]", words.problem(&problem.code, &problem.args), problem.code)
}
