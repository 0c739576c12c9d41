//! Frontmatter values as people of one language read them. Only how they look: nothing here knows
//! what a field means, and no amount passes through a float.

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
    let (currency, amount) = text.split_once(' ')?;
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |rest| ("\u{2212}", rest));
    let (whole, cents) = digits.split_once('.').map_or((digits, None), |(whole, cents)| (whole, Some(cents)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || whole.len() > 18 || cents.is_some_and(|cents| !all_digits(cents)) {
        return None;
    }
    let (thousands, point) = match lang {
        Lang::Nl => ('.', ','),
        Lang::En => (',', '.'),
    };
    let mut grouped = String::new();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    let currency = if currency == "EUR" { "€" } else { currency };
    let cents = cents.map_or_else(String::new, |cents| format!("{point}{cents}"));
    Some(format!("{currency}\u{a0}{sign}{grouped}{cents}"))
}

/// `2010-01/2010-05` as `januari 2010 t/m mei 2010`, with its precision kept.
fn date_range(words: &Words, text: &str) -> Option<String> {
    let Some((from, to)) = text.split_once('/') else { return date(words, text) };
    match (from, to) {
        ("..", to) => Some(format!("{} {}", words.t("value-until"), date(words, to)?)),
        (from, "..") => Some(format!("{} {}", words.t("value-from"), date(words, from)?)),
        (from, to) => Some(format!("{} {} {}", date(words, from)?, words.t("value-through"), date(words, to)?)),
    }
}

fn date(words: &Words, text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let number = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
    };
    let year = number(parts.next()?, 4)?;
    let Some(month) = parts.next() else { return Some(year.to_string()) };
    let month = number(month, 2).filter(|month| (1..=12).contains(month))?;
    let name = words.month(i8::try_from(month).ok()?);
    let Some(day) = parts.next() else { return Some(format!("{name} {year}")) };
    let day = number(day, 2).filter(|day| (1..=31).contains(day))?;
    parts.next().is_none().then(|| format!("{day}\u{a0}{name} {year}"))
}
