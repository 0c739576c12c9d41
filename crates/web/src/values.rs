//! Frontmatter values as people of one language read them. Only how they look: nothing here knows
//! what a field means, and no amount passes through a float. How amounts and dates are spelled is said
//! by `polder_core::spelling`.

use polder_core::spelling;
use polder_core::value::{Date, Moment, Money, Period};

use crate::views::page::{FieldValue, Tone};
use crate::words::{Lang, Words};

/// One scalar, told by its shape. References are not told here.
pub fn scalar(words: &Words, key: &str, text: &str) -> FieldValue {
    if let Some(amount) = money(words.lang, text) {
        return FieldValue::Amount(amount);
    }
    if matches!(key, "status" | "stage" | "state" | "outcome") {
        return FieldValue::Status(plain_id(text), tone(text));
    }
    match (date_range(words, text), text) {
        (Some(range), _) => FieldValue::Text(range),
        (None, "true") => FieldValue::Text(words.t("value-yes").to_owned()),
        (None, "false") => FieldValue::Text(words.t("value-no").to_owned()),
        (None, "unknown") => FieldValue::Text(words.t("value-unknown").to_owned()),
        (None, text) => FieldValue::Text(text.to_owned()),
    }
}

/// `required_when` to `Required when`: a key as a label, until its type names it.
pub fn key_label(key: &str) -> String {
    let spaced = plain_id(key);
    let mut chars = spaced.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn plain_id(id: &str) -> String {
    id.replace(['_', '-'], " ")
}

fn tone(id: &str) -> Tone {
    match id {
        "current" | "active" | "accepted" | "done" | "kept" | "go" | "approved" | "participant" | "met" | "held" => {
            Tone::Good
        }
        "superseded" | "withdrawn" | "stopped" | "declined" | "lapsed" | "dropped" | "cancelled" | "conditional" => {
            Tone::Warning
        }
        "broken" | "no-go" | "rejected" => Tone::Error,
        _ => Tone::Neutral,
    }
}

/// `EUR 500000.00` as `€ 500.000,00` or `€500,000.00`; `None` when it is no amount.
fn money(lang: Lang, text: &str) -> Option<String> {
    Money::parse(text).ok().map(|money| spelling::money(lang.tongue(), money))
}

/// `2010-01/2010-05` as `januari 2010 t/m mei 2010`, with its precision kept.
fn date_range(words: &Words, text: &str) -> Option<String> {
    let date = |date: Date| spelling::date(words.lang.tongue(), date);
    if let Ok(moment) = Moment::parse(text) {
        return Some(format!("{}, {}", date(moment.date()), spelling::clock(moment)));
    }
    if let Ok(one) = Date::parse(text) {
        return Some(date(one));
    }
    match Period::parse(text).ok()? {
        Period { from: Some(from), to: Some(to) } => {
            Some(format!("{} {} {}", date(from), words.t("value-through"), date(to)))
        }
        Period { from: Some(from), to: None } => Some(format!("{} {}", words.t("value-from"), date(from))),
        Period { from: None, to: Some(to) } => Some(format!("{} {}", words.t("value-until"), date(to))),
        Period { from: None, to: None } => None,
    }
}
