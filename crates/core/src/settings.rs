//! What `.polder/config.yml` says about a wiki, with defaults for what it leaves out.
//!
//! Reads only; unknown keys are problems with the nearest known name, and stay in the file.

use crate::front::{Field, Front, Value};
use crate::names::nearest;
use crate::problem::{Level, Problem};
use crate::value::Currency;

/// Which side of `[[a|b]]` names the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkOrder {
    /// Told from the content (`research`: markers, then counting).
    #[default]
    Auto,
    TextFirst,
    TargetFirst,
}

/// The settings of one wiki.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub title: Option<String>,
    /// A language tag such as `nl`; the language of pages that name none.
    pub language: Option<String>,
    pub links: LinkOrder,
    /// The front page's address, when the wiki chooses one itself.
    pub home: Option<String>,
    /// An IANA name such as `Europe/Amsterdam`: in which zone today is today.
    pub timezone: Option<String>,
    /// In which a sum of nothing is written; EUR when it says nothing.
    pub currency: Option<Currency>,
}

/// Where the settings stand.
pub const PATH: &str = ".polder/config.yml";

const KEYS: [&str; 6] = ["title", "language", "links", "home", "timezone", "currency"];

/// Reads settings from the parsed YAML.
pub fn read(front: &Front) -> (Settings, Vec<Problem>) {
    let mut settings = Settings::default();
    let mut problems = Vec::new();
    for field in &front.fields {
        match field.key.as_str() {
            "title" => settings.title = text(field, &mut problems),
            "language" => settings.language = text(field, &mut problems),
            "timezone" => settings.timezone = text(field, &mut problems),
            "home" => settings.home = text(field, &mut problems),
            "currency" => match text(field, &mut problems).as_deref().map(Currency::parse) {
                Some(None) => problems.push(wrong(field, "EUR")),
                found => settings.currency = found.flatten(),
            },
            "links" => read_links(field, &mut settings, &mut problems),
            _ => problems.push(unknown(field, &KEYS)),
        }
    }
    (settings, problems)
}

fn read_links(field: &Field, settings: &mut Settings, problems: &mut Vec<Problem>) {
    let Value::Map(fields) = &field.value else {
        problems.push(wrong(field, "order: target-first"));
        return;
    };
    for field in fields {
        if field.key != "order" {
            problems.push(unknown(field, &["order"]));
            continue;
        }
        match text(field, problems).as_deref() {
            Some("auto") => settings.links = LinkOrder::Auto,
            Some("text-first") => settings.links = LinkOrder::TextFirst,
            Some("target-first") => settings.links = LinkOrder::TargetFirst,
            _ => problems.push(wrong(field, "auto, text-first, target-first")),
        }
    }
}

fn text(field: &Field, problems: &mut Vec<Problem>) -> Option<String> {
    match &field.value {
        Value::Scalar(scalar) => Some(scalar.text.clone()),
        _ => {
            problems.push(wrong(field, "…"));
            None
        }
    }
}

fn unknown(field: &Field, known: &[&str]) -> Problem {
    let near = nearest(&field.key, known.iter().copied()).unwrap_or_default();
    Problem::new(Level::Warning, field.at, "settings-unknown-key", &[("key", &field.key), ("near", near)])
}

fn wrong(field: &Field, expected: &str) -> Problem {
    Problem::new(Level::Error, field.at, "settings-wrong-value", &[("key", &field.key), ("expected", expected)])
}
