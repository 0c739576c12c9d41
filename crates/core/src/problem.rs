//! A fact about content that somebody should know: an error, a warning or a hint.
//!
//! A problem carries a code and the values that its sentence needs, never the sentence: words
//! belong to the reader's language and are chosen at the rim.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a problem weighs. Errors refuse a change that adds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    Hint,
    Warning,
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Hint => "hint",
            Level::Warning => "warning",
            Level::Error => "error",
        })
    }
}

/// A place in a file. Lines and columns count from 1; columns count characters. 0:0 = the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pos {
    pub line: u32,
    pub column: u32,
}

/// One problem of one file. The file is known by who holds the problem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Problem {
    pub level: Level,
    pub at: Pos,
    /// Stable name in kebab-case, e.g. `front-duplicate-key`. The words are `problem-<code>`.
    pub code: String,
    /// What the sentence needs, by name, e.g. `("key", "title")`.
    pub args: Vec<(String, String)>,
}

impl Problem {
    pub fn new(level: Level, at: Pos, code: &str, args: &[(&str, &str)]) -> Problem {
        Problem {
            level,
            at,
            code: code.to_owned(),
            args: args.iter().map(|(name, value)| ((*name).to_owned(), clip(value))).collect(),
        }
    }

    /// What makes two problems the same one before and after a change: not the place, nor what may
    /// have changed elsewhere (what would be allowed, what is near).
    pub fn identity(&self) -> (&str, Vec<&(String, String)>) {
        let counts = |name: &str| match name {
            "field" | "found" | "id" | "name" | "key" | "other" | "reason" => {
                self.code != "field-unique" || name != "other"
            }
            "target" => self.code != "ref-type",
            _ => false,
        };
        (&self.code, self.args.iter().filter(|arg| counts(&arg.0)).collect())
    }
}

/// Values quoted in a sentence are cut, so that a hostile page cannot make a hostile message.
fn clip(value: &str) -> String {
    match value.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
