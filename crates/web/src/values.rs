//! Values as people of one language read them: those of records by what they are, those of pages
//! without a type by their shape. Only how they look; no amount passes through a float.

use polder_core::expr::Ty;
use polder_core::links;
use polder_core::path::{percent_encode, percent_encoded};
use polder_core::site::Seen;
use polder_core::spelling;
use polder_core::value::{Currency, Date, Fault, Money, Period, Value, strict_percent};
use rust_decimal::Decimal;

use crate::views::page::{FieldValue, Tone};
use crate::words::{Arg, Lang, Words};

/// Digits after the point of a number that was computed and has more than anybody writes.
const COMPUTED_DIGITS: u32 = 2;

/// The same of a percentage, as a fraction.
const COMPUTED_FRACTION_DIGITS: u32 = 3;

/// Parts of a value spelled; longer lists end in dots.
const PARTS_MAX: usize = 200;

/// Spells values for one reader.
#[derive(Clone, Copy)]
pub struct Spelling<'a> {
    pub words: &'static Words,
    pub seen: Seen<'a>,
}

/// A page that a value names: its title, and where it stands or would be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub title: String,
    pub href: String,
    pub exists: bool,
}

impl Spelling<'_> {
    /// The whole value as text.
    pub fn text(&self, ty: &Ty, value: &Value) -> String {
        let (words, tongue) = (self.words, self.words.lang.tongue());
        match value {
            Value::Empty => String::new(),
            Value::Unknown => words.t("value-unknown").to_owned(),
            Value::Fault(fault) => words.t(fault_key(*fault)).to_owned(),
            Value::Bool(true) => words.t("value-yes").to_owned(),
            Value::Bool(false) => words.t("value-no").to_owned(),
            Value::Number(number) => spelling::number(tongue, computed(*number)),
            Value::Percent(fraction) => spelling::percent(tongue, computed_fraction(*fraction)),
            Value::Money(money) => spelling::money(tongue, *money),
            Value::Sum(sum) => {
                let mut parts: Vec<String> = sum.parts().map(|money| spelling::money(tongue, money)).collect();
                match (parts.is_empty(), sum.n_unknown) {
                    // Nothing was there to add up.
                    (true, 0) if matches!(ty, Ty::Money) => {
                        return spelling::money(tongue, Money { amount: Decimal::ZERO, currency: self.currency() });
                    }
                    (true, 0) => return spelling::number(tongue, Decimal::ZERO),
                    (_, 0) => {}
                    (_, n) => parts.push(words.f("value-n-unknown", &[("count", Arg::Count(u64::from(n)))])),
                }
                parts.join(" + ")
            }
            Value::Months(months) => {
                let n = words.f("value-months", &[("count", Arg::Count(u64::from(months.unsigned_abs())))]);
                if *months < 0 { format!("\u{2212}{n}") } else { n }
            }
            Value::Text(id) => match ty {
                Ty::Choice(choices) => {
                    let choice = choices.iter().find(|choice| choice.id == *id);
                    choice.and_then(|choice| choice.label.get(words.lang.code())).unwrap_or(id).to_owned()
                }
                _ => id.to_string(),
            },
            Value::Date(date) => spelling::date(tongue, *date),
            Value::Period(period) => period_text(words, *period),
            Value::Moment(moment) => {
                format!("{}, {}", spelling::date(tongue, moment.date()), spelling::clock(*moment))
            }
            Value::Page(page) => self.seen.page(*page).map_or_else(String::new, |page| page.title().to_owned()),
            Value::Lost(text) => links::parts(links::reference(text).unwrap_or(text)).name.to_owned(),
            Value::List(items) => {
                let of = match ty {
                    Ty::List(of) => of,
                    other => other,
                };
                let mut parts: Vec<String> = items.iter().take(PARTS_MAX).map(|item| self.text(of, item)).collect();
                if items.len() > PARTS_MAX {
                    parts.push("…".to_owned());
                }
                parts.join(", ")
            }
            Value::Record(parts) => {
                let fields = match ty {
                    Ty::Record(fields) => Some(fields),
                    _ => None,
                };
                let parts = parts.iter().enumerate().filter(|(_, part)| !part.is_empty()).map(|(at, part)| {
                    let ty = fields.and_then(|fields| fields.get(at)).map_or(Ty::Nothing, |field| field.kind.ty());
                    self.text(&ty, part)
                });
                parts.collect::<Vec<_>>().join(": ")
            }
        }
    }

    /// The currency of this wiki, for a sum of nothing.
    fn currency(&self) -> Currency {
        self.seen.settings().currency.unwrap_or(Currency::EUR)
    }

    /// An amount without its currency, for a column that names it; `None` when it is another.
    pub fn bare_amount(&self, value: &Value, currency: Currency) -> Option<String> {
        match value {
            Value::Money(money) if money.currency == currency => {
                Some(spelling::number(self.words.lang.tongue(), money.rounded().amount))
            }
            Value::Empty | Value::Unknown => Some(self.text(&Ty::Money, value)),
            Value::Sum(sum) => {
                let (known, others): (Vec<Money>, Vec<Money>) = sum.parts().partition(|part| part.currency == currency);
                let mut parts: Vec<String> =
                    known.iter().filter_map(|money| self.bare_amount(&Value::Money(*money), currency)).collect();
                if sum.n_unknown > 0 {
                    parts.push(self.words.f("value-n-unknown", &[("count", Arg::Count(u64::from(sum.n_unknown)))]));
                }
                if parts.is_empty() && others.is_empty() {
                    return self.bare_amount(&Value::Money(Money { amount: Decimal::ZERO, currency }), currency);
                }
                others.is_empty().then(|| parts.join(" + "))
            }
            _ => None,
        }
    }

    /// The page that a value names, when it names one.
    pub fn page(&self, value: &Value) -> Option<Named> {
        match value {
            Value::Page(page) => {
                let at = self.seen.page(*page)?;
                Some(Named { title: at.title().to_owned(), href: self.seen.href(&at.path), exists: true })
            }
            Value::Lost(text) => {
                let name = links::parts(links::reference(text).unwrap_or(text)).name;
                let mut href = String::from("/-/edit/");
                percent_encode(name.trim_start_matches('/'), &mut href);
                href.push_str("?title=");
                href.push_str(&percent_encoded(name.rsplit('/').next().unwrap_or(name)));
                Some(Named { title: name.to_owned(), href, exists: false })
            }
            _ => None,
        }
    }
}

/// The sign of a currency, else its code.
pub fn currency_sign(currency: Currency) -> String {
    if currency == Currency::EUR { "€".to_owned() } else { currency.code().to_owned() }
}

/// The words for a value that could not be computed.
pub fn fault_key(fault: Fault) -> &'static str {
    match fault {
        Fault::Overflow => "value-fault-overflow",
        Fault::TooCostly => "value-fault-costly",
        Fault::Cycle => "value-fault-cycle",
        Fault::Unreadable => "value-fault-unreadable",
    }
}

/// A number that was divided has digits without end; one that was written keeps all it has.
fn computed(number: Decimal) -> Decimal {
    let is_written = number.scale() <= polder_core::limits::DECIMAL_MAX_DIGITS_AFTER_POINT as u32;
    if is_written { number } else { number.round_dp(COMPUTED_DIGITS) }
}

fn computed_fraction(fraction: Decimal) -> Decimal {
    // Nobody writes more than two digits after the point of a percentage.
    let is_written = fraction.normalize().scale() <= 4;
    if is_written { fraction } else { fraction.round_dp(COMPUTED_FRACTION_DIGITS) }
}

/// How a choice is doing, for fields of which the words are shown as a pill.
pub fn status_tone(key: &str, id: &str) -> Option<Tone> {
    matches!(key, "status" | "stage" | "state" | "outcome").then(|| tone(id))
}

/// An amount as a page writes it.
pub fn money_text(lang: Lang, money: Money) -> String {
    spelling::money(lang.tongue(), money)
}

/// One scalar, told by its shape. References are not told here.
pub fn scalar(words: &'static Words, key: &str, text: &str) -> FieldValue {
    if let Ok(money) = Money::parse(text) {
        return FieldValue::Amount(money_text(words.lang, money));
    }
    if let Some(tone) = status_tone(key, text) {
        return FieldValue::Status(plain_id(text), tone);
    }
    match (written_date(words, text), text) {
        (Some(range), _) => FieldValue::Text(range),
        (None, "true") => FieldValue::Text(words.t("value-yes").to_owned()),
        (None, "false") => FieldValue::Text(words.t("value-no").to_owned()),
        (None, "unknown") => FieldValue::Text(words.t("value-unknown").to_owned()),
        (None, text) => FieldValue::Text(text.to_owned()),
    }
}

/// A value in the spelling of files as people write it: `EUR 1.00 + 2 unknown`, `80%`, `2010-05`.
pub fn written(words: &'static Words, text: &str) -> String {
    let one = |part: &str| {
        if let Ok(money) = Money::parse(part) {
            return money_text(words.lang, money);
        }
        if let Ok(fraction) = strict_percent(part) {
            return spelling::percent(words.lang.tongue(), computed_fraction(fraction));
        }
        match part.strip_suffix(" unknown").and_then(|count| count.parse::<u64>().ok()) {
            Some(count) => words.f("value-n-unknown", &[("count", Arg::Count(count))]),
            None => written_date(words, part).unwrap_or_else(|| part.to_owned()),
        }
    };
    match text {
        "unknown" => words.t("value-unknown").to_owned(),
        text => text.split(" + ").map(one).collect::<Vec<String>>().join(" + "),
    }
}

/// `required_when` to `Required when`: a key as a label, until its type names it.
pub fn key_label(key: &str) -> String {
    let spaced = plain_id(key);
    let mut chars = spaced.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

pub fn plain_id(id: &str) -> String {
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

/// `2010-01/2010-05` as `januari 2010 t/m mei 2010`, with its precision kept.
fn written_date(words: &'static Words, text: &str) -> Option<String> {
    if let Ok(date) = Date::parse(text) {
        return Some(spelling::date(words.lang.tongue(), date));
    }
    Period::parse(text).ok().map(|period| period_text(words, period))
}

/// A period in words; its open ends too.
fn period_text(words: &Words, period: Period) -> String {
    let tongue = words.lang.tongue();
    match (period.from, period.to) {
        (Some(from), Some(to)) if from == to => spelling::date(tongue, from),
        (Some(from), Some(to)) => {
            format!("{} {} {}", spelling::date(tongue, from), words.t("value-through"), spelling::date(tongue, to))
        }
        (Some(from), None) => format!("{} {}", words.t("value-from"), spelling::date(tongue, from)),
        (None, Some(to)) => format!("{} {}", words.t("value-until"), spelling::date(tongue, to)),
        (None, None) => String::new(),
    }
}
