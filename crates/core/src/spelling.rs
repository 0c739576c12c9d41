//! How people of one language write amounts, numbers, dates and times: `€ 500.000,00`, `1 mei 2010`.
//!
//! Reading turns what a person typed into a value; the spelling of files is always taken as well.
//! What a language writes in two ways is read by its own habit (`1.234` is 1234 in Dutch) or, where
//! the habit is not sure, refused with what to write instead. Writing is for screens (with blanks
//! that do not break) and for fields of forms; what is written is read back as the same value.
//!
//! The spelling of files is in `value`; the words around values are the interface's.

use std::fmt::Write as _;

use jiff::civil;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::limits;
use crate::value::{self, Currency, Date, Misspelt, Moment, Money, Period, Precision, in_percents};

/// A language in which people write values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tongue {
    Dutch,
    English,
}

/// Where a value will stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// On a page: amounts and dates do not break over lines, minus is a minus sign.
    Shown,
    /// In a field of a form: what a keyboard gives.
    Typed,
}

const DUTCH_MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Short names that are not the first three letters of the month.
const SHORT_MONTHS: [(&str, i8); 3] = [("mrt", 3), ("sept", 9), ("okt", 10)];

/// Signs that mean one currency in the two languages. `$` means several, and is none of them.
const SIGNS: [(char, Currency); 1] = [('€', Currency::EUR)];

impl Tongue {
    pub const ALL: [Tongue; 2] = [Tongue::Dutch, Tongue::English];

    /// The name of a month, 1 to 12; of any other number the last.
    pub fn month(self, month: i8) -> &'static str {
        let names = match self {
            Tongue::Dutch => &DUTCH_MONTHS,
            Tongue::English => &ENGLISH_MONTHS,
        };
        let at = usize::try_from(month).unwrap_or_default().clamp(1, 12) - 1;
        names[at]
    }

    /// How people write an amount that nobody knows yet.
    pub fn unknown(self) -> &'static str {
        match self {
            Tongue::Dutch => "onbekend",
            Tongue::English => "unknown",
        }
    }

    /// Whether a text says so, in any of the languages.
    pub fn is_unknown(text: &str) -> bool {
        let text = text.trim().to_lowercase();
        Tongue::ALL.iter().any(|tongue| tongue.unknown() == text)
    }

    pub fn yes(self) -> &'static str {
        match self {
            Tongue::Dutch => "ja",
            Tongue::English => "yes",
        }
    }

    /// The sign between groups of three digits, and the one before decimals.
    pub fn signs(self) -> (char, char) {
        match self {
            Tongue::Dutch => ('.', ','),
            Tongue::English => (',', '.'),
        }
    }
}

// Writing.

/// `€ 500.000,00` or `€500,000.00`, for a page.
pub fn money(tongue: Tongue, money: Money) -> String {
    write_money(tongue, money, Place::Shown)
}

/// The same for a field of a form.
pub fn typed_money(tongue: Tongue, money: Money) -> String {
    write_money(tongue, money, Place::Typed)
}

/// `1.234,5`, for a page.
pub fn number(tongue: Tongue, number: Decimal) -> String {
    write_number(tongue, number, Place::Shown)
}

/// `1234,5`, for a field of a form: without groups, which nobody types.
pub fn typed_number(tongue: Tongue, number: Decimal) -> String {
    let text = number.to_string();
    match tongue {
        Tongue::Dutch => text.replace('.', ","),
        Tongue::English => text,
    }
}

/// `12,5%`, for a page. The number is a fraction.
pub fn percent(tongue: Tongue, fraction: Decimal) -> String {
    format!("{}%", write_number(tongue, in_percents(fraction), Place::Shown))
}

/// `12,5%`, for a field of a form.
pub fn typed_percent(tongue: Tongue, fraction: Decimal) -> String {
    format!("{}%", typed_number(tongue, in_percents(fraction)))
}

/// `1 mei 2010`, `mei 2010` or `2010`, for a page.
pub fn date(tongue: Tongue, date: Date) -> String {
    write_date(tongue, date, Place::Shown)
}

/// The same for a field of a form.
pub fn typed_date(tongue: Tongue, date: Date) -> String {
    write_date(tongue, date, Place::Typed)
}

/// The two ends of a period for the fields of a form; an open end is empty.
pub fn typed_period(tongue: Tongue, period: Period) -> (String, String) {
    let end = |date: Option<Date>| date.map_or_else(String::new, |date| typed_date(tongue, date));
    (end(period.from), end(period.to))
}

/// The date and the time of a moment for the fields of a form. The distance to UTC is told where it
/// is not that of `zone`.
pub fn typed_moment(tongue: Tongue, moment: Moment, zone: &TimeZone) -> (String, String) {
    let time = moment.local.time();
    let mut clock = format!("{:02}:{:02}", time.hour(), time.minute());
    if time.second() != 0 {
        let _ = write!(clock, ":{:02}", time.second());
    }
    if offset_in(zone, moment.local) != Some(moment.offset_s) {
        let _ = write!(clock, " {}", offset_text(moment.offset_s));
    }
    (typed_date(tongue, moment.date()), clock)
}

/// `10:00`, for a page.
pub fn clock(moment: Moment) -> String {
    format!("{:02}:{:02}", moment.local.hour(), moment.local.minute())
}

fn write_money(tongue: Tongue, money: Money, place: Place) -> String {
    let rounded = money.rounded();
    let is_negative = rounded.amount.is_sign_negative() && !rounded.amount.is_zero();
    let digits = write_number(tongue, rounded.amount.abs(), place);
    let minus = match (is_negative, place) {
        (false, _) => "",
        (true, Place::Shown) => "\u{2212}",
        (true, Place::Typed) => "-",
    };
    let blank = match place {
        Place::Shown => "\u{a0}",
        Place::Typed => " ",
    };
    let sign = SIGNS.iter().find(|sign| sign.1 == money.currency).map(|sign| sign.0);
    match (sign, tongue) {
        (Some(sign), Tongue::Dutch) => format!("{sign}{blank}{minus}{digits}"),
        (Some(sign), Tongue::English) => format!("{minus}{sign}{digits}"),
        (None, _) => format!("{}{blank}{minus}{digits}", money.currency),
    }
}

fn write_number(tongue: Tongue, number: Decimal, place: Place) -> String {
    let (group, point) = tongue.signs();
    let text = number.to_string();
    let (minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (if place == Place::Shown { "\u{2212}" } else { "-" }, digits),
        None => ("", text.as_str()),
    };
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut written = String::with_capacity(text.len() + text.len() / 3 + 3);
    written.push_str(minus);
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            written.push(group);
        }
        written.push(digit);
    }
    if let Some(rest) = rest {
        written.push(point);
        written.push_str(rest);
    }
    written
}

fn write_date(tongue: Tongue, date: Date, place: Place) -> String {
    let blank = match place {
        Place::Shown => "\u{a0}",
        Place::Typed => " ",
    };
    let year = date.year();
    match (date.month(), date.day()) {
        (Some(month), Some(day)) => format!("{day}{blank}{} {year:04}", tongue.month(month)),
        (Some(month), None) => format!("{} {year:04}", tongue.month(month)),
        _ => format!("{year:04}"),
    }
}

fn offset_text(offset_s: i32) -> String {
    let minutes = offset_s.abs() / 60;
    let sign = if offset_s < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

// Reading.

/// An amount. A number alone is in the only currency there may be (`currencies`), else in euros
/// when there is no such list; with several it must be said.
pub fn read_money(tongue: Tongue, text: &str, currencies: &[Currency]) -> Result<Money, Misspelt> {
    let text = tidy(text);
    if text.is_empty() || text.len() > limits::TYPED_VALUE_MAX_BYTES {
        return Err(Misspelt::Money);
    }
    match Money::parse(&text) {
        Ok(money) => return Ok(money),
        Err(Misspelt::TooLarge) => return Err(Misspelt::TooLarge),
        Err(_) => {}
    }
    let (currency, amount) = split_currency(&text)?;
    let currency = match (currency, currencies) {
        (Some(currency), _) => currency,
        (None, []) => Currency::EUR,
        (None, [only]) => *only,
        (None, _) => return Err(Misspelt::MoneyBare),
    };
    // `500,-` is a habit of price lists.
    let amount = amount.strip_suffix(",-").or_else(|| amount.strip_suffix(",--")).unwrap_or(&amount);
    let plain = plain_number(tongue, amount).ok_or(Misspelt::Money)?;
    let n_minor = currency.n_minor_digits();
    let mut exact = value::strict_decimal(&plain).map_err(|fault| match fault {
        Misspelt::TooLarge => Misspelt::TooLarge,
        _ => Misspelt::Money,
    })?;
    if exact.scale() > n_minor {
        return Err(Misspelt::MoneyCents);
    }
    exact.rescale(n_minor);
    Ok(Money { amount: exact, currency })
}

/// A number with decimals.
pub fn read_decimal(tongue: Tongue, text: &str) -> Result<Decimal, Misspelt> {
    let plain = plain_number(tongue, &tidy(text)).ok_or(Misspelt::Number)?;
    value::strict_decimal(&plain)
}

/// A whole number.
pub fn read_whole(tongue: Tongue, text: &str) -> Result<Decimal, Misspelt> {
    let plain = plain_number(tongue, &tidy(text)).ok_or(Misspelt::Whole)?;
    value::strict_whole(&plain)
}

/// `12,5%`, `12,5 %` or `12,5`, as a fraction.
pub fn read_percent(tongue: Tongue, text: &str) -> Result<Decimal, Misspelt> {
    let text = tidy(text);
    let bare = text.strip_suffix('%').unwrap_or(&text).trim_end();
    let plain = plain_number(tongue, bare).ok_or(Misspelt::Percent)?;
    value::strict_percent(&format!("{plain}%"))
}

/// `1 mei 2010`, `1-5-2010`, `mei 2010`, `5-2010`, `2010`, `2010-05-01`. In English days come first
/// or last: `1/5/2010` is refused unless both ways give one date.
pub fn read_date(tongue: Tongue, text: &str) -> Result<Date, Misspelt> {
    let text = tidy(text);
    if text.len() > limits::TYPED_VALUE_MAX_BYTES {
        return Err(Misspelt::Date);
    }
    if let Ok(date) = Date::parse(&text) {
        return Ok(date);
    }
    let lower = text.to_lowercase().replace(',', " ");
    let words: Vec<&str> = lower
        .split(|char: char| char.is_whitespace() || "-/.".contains(char))
        .filter(|word| !word.is_empty())
        .collect();
    let made = |year: &str, month: i8, day: Option<&str>| {
        let day = day.map_or_else(String::new, |day| format!("-{day:0>2}"));
        Date::parse(&format!("{year}-{month:02}{day}"))
    };
    match words.as_slice() {
        [day, month, year] if month_named(month).is_some() => {
            made(year, month_named(month).unwrap_or_default(), Some(ordinal(day)))
        }
        [month, day, year] if tongue == Tongue::English && month_named(month).is_some() => {
            made(year, month_named(month).unwrap_or_default(), Some(ordinal(day)))
        }
        [month, year] => {
            let month = month_named(month).or_else(|| small(month)).ok_or(Misspelt::Date)?;
            made(year, month, None)
        }
        [year, month, day] if year.len() == 4 => made(year, small(month).ok_or(Misspelt::Date)?, Some(day)),
        [first, second, year] => {
            let (day, month) = (small(first).ok_or(Misspelt::Date)?, small(second).ok_or(Misspelt::Date)?);
            let usual = made(year, month, Some(first));
            match tongue {
                Tongue::Dutch => usual,
                Tongue::English => match (usual, made(year, day, Some(second))) {
                    (Ok(one), Ok(other)) if one != other => Err(Misspelt::Date),
                    (one, other) => one.or(other),
                },
            }
        }
        _ => Err(Misspelt::Date),
    }
}

/// Two ends, of which one may be open (empty or `..`).
pub fn read_period(tongue: Tongue, from: &str, to: &str) -> Result<Period, Misspelt> {
    // The spelling of files, typed whole into the first field.
    if to.trim().is_empty()
        && from.contains('/')
        && let Ok(period) = Period::parse(from.trim())
    {
        return Ok(period);
    }
    let end = |text: &str| match text.trim() {
        "" | ".." | "…" => Ok(None),
        text => read_date(tongue, text).map(Some),
    };
    Period::new(end(from)?, end(to)?)
}

/// A date and a time (`10:00`, `10.00`, perhaps with `+01:00` or `Z`), by the clock of `zone` when no
/// distance to UTC is said.
pub fn read_moment(tongue: Tongue, date: &str, time: &str, zone: &TimeZone) -> Result<Moment, Misspelt> {
    if time.trim().is_empty()
        && let Ok(moment) = Moment::parse(date.trim())
    {
        return Ok(moment);
    }
    let day = read_date(tongue, date).map_err(|_| Misspelt::Moment)?;
    if day.precision() != Precision::Day {
        return Err(Misspelt::Moment);
    }
    let time = tidy(time);
    let (clock, offset) = match time.find(['+', '-', 'Z', 'z']) {
        Some(at) => (time[..at].trim_end(), Some(&time[at..])),
        None => (time.as_str(), None),
    };
    let clock = clock.replace('.', ":");
    let mut parts = clock.split(':');
    let mut part = || match parts.next() {
        Some(part) => part.parse::<i8>().map(Some).map_err(|_| Misspelt::Moment),
        None => Ok(None),
    };
    let (hour, minute, second) = (part()?, part()?, part()?);
    let (Some(hour), Some(minute), None) = (hour, minute, parts.next()) else { return Err(Misspelt::Moment) };
    let clock = civil::Time::new(hour, minute, second.unwrap_or(0), 0).map_err(|_| Misspelt::Moment)?;
    let local = day.first().to_datetime(clock);
    let offset_s = match offset {
        Some(offset) => read_offset(offset).ok_or(Misspelt::Moment)?,
        None => offset_in(zone, local).ok_or(Misspelt::Moment)?,
    };
    Ok(Moment { local, offset_s })
}

/// Yes or no, in either language or as in a file.
pub fn read_bool(text: &str) -> Result<bool, Misspelt> {
    match text.trim().to_lowercase().as_str() {
        "true" | "ja" | "yes" => Ok(true),
        "false" | "nee" | "no" => Ok(false),
        _ => Err(Misspelt::Bool),
    }
}

/// Blanks and minus signs as a keyboard gives them.
fn tidy(text: &str) -> String {
    text.trim()
        .chars()
        .map(|char| match char {
            '\u{2212}' => '-',
            char if char.is_whitespace() => ' ',
            char => char,
        })
        .collect()
}

/// A code or sign before or after a number, and the number with its minus.
fn split_currency(text: &str) -> Result<(Option<Currency>, String), Misspelt> {
    let (minus, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest.trim_start()));
    let signed = SIGNS.iter().find_map(|(sign, currency)| {
        let number = rest.strip_prefix(*sign).or_else(|| rest.strip_suffix(*sign))?;
        Some((*currency, number))
    });
    let code = |part: Option<&str>| part.and_then(|part| Currency::parse(&part.to_ascii_uppercase()));
    let found = signed.or_else(|| {
        if let Some(currency) = code(rest.get(..3)) {
            return Some((currency, &rest[3..]));
        }
        let cut = rest.len().checked_sub(3)?;
        code(rest.get(cut..)).map(|currency| (currency, &rest[..cut]))
    });
    let (currency, number) = found.map_or((None, rest), |(currency, number)| (Some(currency), number.trim()));
    if !minus.is_empty() && number.starts_with('-') {
        return Err(Misspelt::Money);
    }
    Ok((currency, format!("{minus}{number}")))
}

/// A number in its strict spelling, from how this language writes it. `None`: it is no number, or
/// could be two.
fn plain_number(tongue: Tongue, text: &str) -> Option<String> {
    if text.len() > limits::TYPED_VALUE_MAX_BYTES {
        return None;
    }
    let (group, point) = tongue.signs();
    let (minus, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest.trim_start()));
    let (whole, rest) = match digits.split_once(point) {
        Some((whole, rest)) => (whole, Some(rest)),
        None => (digits, None),
    };
    let ungrouped = |whole: &str, sign: char| -> Option<String> {
        let mut groups = whole.split(sign);
        let first = groups.next().filter(|first| (1..=3).contains(&first.len()) && all_digits(first))?;
        let mut joined = first.to_owned();
        for group in groups {
            if group.len() != 3 || !all_digits(group) {
                return None;
            }
            joined.push_str(group);
        }
        Some(joined)
    };
    if rest.is_some_and(|rest| !all_digits(rest)) {
        return None;
    }
    let whole = if all_digits(whole) {
        Some(whole.to_owned())
    } else {
        ungrouped(whole, group).or_else(|| ungrouped(whole, ' '))
    };
    match (whole, rest) {
        (Some(whole), None) => Some(format!("{minus}{whole}")),
        (Some(whole), Some(rest)) => Some(format!("{minus}{whole}.{rest}")),
        // The spelling of files: no other way to read `0.8`.
        (None, None) if tongue == Tongue::Dutch => value::strict_decimal(digits).ok().map(|_| text.replace(' ', "")),
        (None, _) => None,
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn month_named(word: &str) -> Option<i8> {
    let known = |names: &[&str; 12]| {
        let at = names.iter().position(|name| {
            let name = name.to_lowercase();
            name == word || (word.len() == 3 && name.starts_with(word))
        })?;
        i8::try_from(at + 1).ok()
    };
    let short = || SHORT_MONTHS.iter().find(|short| short.0 == word).map(|short| short.1);
    known(&DUTCH_MONTHS).or_else(|| known(&ENGLISH_MONTHS)).or_else(short)
}

/// `1st` as `1`.
fn ordinal(day: &str) -> &str {
    let bare = day.trim_end_matches(|char: char| char.is_ascii_alphabetic());
    match &day[bare.len()..] {
        "" | "st" | "nd" | "rd" | "th" | "e" => bare,
        _ => day,
    }
}

fn small(word: &str) -> Option<i8> {
    (word.len() <= 2 && all_digits(word)).then(|| word.parse().ok()).flatten()
}

fn read_offset(text: &str) -> Option<i32> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let (hours, minutes) = (i32::from(small(hours)?), i32::from(small(minutes)?));
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60)
}

fn offset_in(zone: &TimeZone, local: civil::DateTime) -> Option<i32> {
    zone.to_ambiguous_timestamp(local).compatible().ok().map(|at| zone.to_offset(at).seconds())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    use Tongue::{Dutch, English};

    fn eur(text: &str) -> Money {
        Money::parse(&format!("EUR {text}")).unwrap()
    }

    #[test]
    fn amounts_are_read_as_each_language_writes_them() {
        let cases = [
            (Dutch, "€ 500.000,00", "500000.00"),
            (Dutch, "€500.000", "500000.00"),
            (Dutch, "500000", "500000.00"),
            (Dutch, "500 000,5", "500000.50"),
            (Dutch, "1.234", "1234.00"),
            (Dutch, "1234.56", "1234.56"),
            (Dutch, "EUR 500000.00", "500000.00"),
            (Dutch, "eur 12", "12.00"),
            (Dutch, "12 EUR", "12.00"),
            (Dutch, "12,- €", "12.00"),
            (Dutch, "€ -1,50", "-1.50"),
            (Dutch, "-€1,50", "-1.50"),
            (Dutch, "\u{2212}1,50", "-1.50"),
            (English, "€500,000.00", "500000.00"),
            (English, "500,000", "500000.00"),
            (English, "EUR 500000.00", "500000.00"),
            (English, "-€1.50", "-1.50"),
            (English, "1234.5", "1234.50"),
        ];
        for (tongue, text, want) in cases {
            assert_eq!(read_money(tongue, text, &[Currency::EUR]), Ok(eur(want)), "{tongue:?} {text}");
        }
        let refused = [
            (English, "1.234", Misspelt::MoneyCents),
            (English, "1.234,56", Misspelt::Money),
            (Dutch, "1,234", Misspelt::MoneyCents),
            (Dutch, "1,234.56", Misspelt::Money),
            (Dutch, "1.23.456", Misspelt::Money),
            (Dutch, "veel", Misspelt::Money),
            (Dutch, "$ 5", Misspelt::Money),
            (Dutch, "- - 5", Misspelt::Money),
            (Dutch, "", Misspelt::Money),
            (Dutch, "1234567890123456789", Misspelt::TooLarge),
        ];
        for (tongue, text, fault) in refused {
            assert_eq!(read_money(tongue, text, &[Currency::EUR]), Err(fault), "{tongue:?} {text}");
        }
        let two = [Currency::EUR, Currency::parse("USD").unwrap()];
        assert_eq!(read_money(Dutch, "5", &two), Err(Misspelt::MoneyBare));
        assert_eq!(read_money(Dutch, "USD 5", &two).unwrap().to_string(), "USD 5.00");
        assert_eq!(read_money(Dutch, "JPY 1.200", &[]).unwrap().to_string(), "JPY 1200");
    }

    #[test]
    fn numbers_are_read_strictly_where_they_could_be_two() {
        assert_eq!(read_decimal(Dutch, "0,8").unwrap().to_string(), "0.8");
        assert_eq!(read_decimal(Dutch, "0.8").unwrap().to_string(), "0.8");
        assert_eq!(read_decimal(Dutch, "1.234").unwrap().to_string(), "1234");
        assert_eq!(read_decimal(English, "0.8").unwrap().to_string(), "0.8");
        assert!(read_decimal(English, "0,8").is_err());
        assert_eq!(read_whole(English, "1,234").unwrap().to_string(), "1234");
        assert!(read_whole(English, "1.234").is_err());
        assert_eq!(read_percent(Dutch, "12,5 %").unwrap().to_string(), "0.125");
        assert_eq!(read_percent(Dutch, "12,5").unwrap().to_string(), "0.125");
        assert!(read_percent(English, "12,5").is_err());
        assert_eq!((read_bool("Ja"), read_bool("no"), read_bool("x")), (Ok(true), Ok(false), Err(Misspelt::Bool)));
    }

    #[test]
    fn dates_are_read_as_each_language_writes_them() {
        let cases = [
            (Dutch, "1 mei 2010", "2010-05-01"),
            (Dutch, "1\u{a0}mei 2010", "2010-05-01"),
            (Dutch, "1-5-2010", "2010-05-01"),
            (Dutch, "01/05/2010", "2010-05-01"),
            (Dutch, "1.5.2010", "2010-05-01"),
            (Dutch, "mei 2010", "2010-05"),
            (Dutch, "mrt. 2010", "2010-03"),
            (Dutch, "5-2010", "2010-05"),
            (Dutch, "2010", "2010"),
            (Dutch, "2010-05-01", "2010-05-01"),
            (Dutch, "2010/5/1", "2010-05-01"),
            (English, "1 May 2010", "2010-05-01"),
            (English, "May 1st, 2010", "2010-05-01"),
            (English, "Sept 2010", "2010-09"),
            (English, "13/5/2010", "2010-05-13"),
            (English, "5/13/2010", "2010-05-13"),
            (English, "5/5/2010", "2010-05-05"),
        ];
        for (tongue, text, want) in cases {
            assert_eq!(read_date(tongue, text).map(|date| date.to_string()), Ok(want.to_owned()), "{tongue:?} {text}");
        }
        for (tongue, text) in [
            (English, "1/5/2010"),
            (Dutch, "31-2-2010"),
            (Dutch, "1-5-10"),
            (Dutch, "mei"),
            (Dutch, "13-2010"),
            (Dutch, "1 mei"),
            (Dutch, ""),
            (Dutch, "May 1 2010"),
            (Dutch, "gisteren"),
        ] {
            assert_eq!(read_date(tongue, text), Err(Misspelt::Date), "{tongue:?} {text}");
        }
        let period = |from: &str, to: &str| read_period(Dutch, from, to).map(|period| period.to_string());
        assert_eq!(period("jan 2010", "mei 2010"), Ok("2010-01/2010-05".to_owned()));
        assert_eq!(period("", "31-12-2009"), Ok("../2009-12-31".to_owned()));
        assert_eq!(period("2009-09/..", ""), Ok("2009-09/..".to_owned()));
        assert_eq!(period("2011", "2010"), Err(Misspelt::PeriodOrder));
        assert_eq!(period("straks", "2010"), Err(Misspelt::Date));
    }

    #[test]
    fn a_moment_without_an_offset_is_by_the_clock_of_the_zone() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let read = |date: &str, time: &str| read_moment(Dutch, date, time, &zone).map(|moment| moment.to_string());
        assert_eq!(read("4 maart 2010", "10:00"), Ok("2010-03-04T10:00:00+01:00".to_owned()));
        assert_eq!(read("4 juli 2010", "10.30"), Ok("2010-07-04T10:30:00+02:00".to_owned()));
        assert_eq!(read("4 juli 2010", "10:30 +01:00"), Ok("2010-07-04T10:30:00+01:00".to_owned()));
        assert_eq!(read("4 juli 2010", "10:30Z"), Ok("2010-07-04T10:30:00Z".to_owned()));
        assert_eq!(read("2010-03-04T10:00:00+01:00", ""), Ok("2010-03-04T10:00:00+01:00".to_owned()));
        for (date, time) in [("juli 2010", "10:00"), ("4 juli 2010", ""), ("4 juli 2010", "25:00"), ("x", "10:00")] {
            assert_eq!(read(date, time), Err(Misspelt::Moment), "{date} {time}");
        }
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        assert_eq!(money(Dutch, eur("500000.00")), "€\u{a0}500.000,00");
        assert_eq!(money(English, eur("-1234.50")), "\u{2212}€1,234.50");
        assert_eq!(money(Dutch, Money::parse("USD 1200.00").unwrap()), "USD\u{a0}1.200,00");
        assert_eq!(percent(Dutch, Decimal::new(125, 3)), "12,5%");
        assert_eq!(date(Dutch, Date::parse("2010-05-01").unwrap()), "1\u{a0}mei 2010");
        assert_eq!(date(English, Date::parse("2010-05").unwrap()), "May 2010");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(
            cents in -10_000_000_000_000i64..10_000_000_000_000,
            scale in 0u32..7,
            code in prop::sample::select(vec!["EUR", "USD", "JPY", "KWD"]),
            (year, month, day) in (1i16..=9999, 1i8..=12, 1i8..=28),
            precision in 0usize..3,
            offset_min in -720i32..=840,
        ) {
            let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
            let currency = Currency::parse(code).unwrap();
            let amount = Money { amount: Decimal::new(cents, currency.n_minor_digits()), currency };
            let number = Decimal::new(cents, scale);
            let precision = [Precision::Year, Precision::Month, Precision::Day][precision];
            let day = Date::of_day(civil::Date::new(year, month, day).unwrap());
            let date_of = day.cut(precision);
            let moment = Moment { local: day.first().at(10, 5, 0, 0), offset_s: offset_min * 60 };
            for tongue in Tongue::ALL {
                prop_assert_eq!(read_money(tongue, &money(tongue, amount), &[]), Ok(amount));
                prop_assert_eq!(read_money(tongue, &typed_money(tongue, amount), &[]), Ok(amount));
                prop_assert_eq!(read_money(tongue, &amount.to_string(), &[]), Ok(amount));
                prop_assert_eq!(read_decimal(tongue, &typed_number(tongue, number)), Ok(number));
                if number.scale() > 0 || tongue == English {
                    prop_assert_eq!(read_decimal(tongue, &super::number(tongue, number)), Ok(number));
                }
                let fraction = Decimal::new(cents, scale + 2);
                prop_assert_eq!(read_percent(tongue, &typed_percent(tongue, fraction)), Ok(fraction));
                prop_assert_eq!(read_date(tongue, &date(tongue, date_of)), Ok(date_of));
                prop_assert_eq!(read_date(tongue, &typed_date(tongue, date_of)), Ok(date_of));
                prop_assert_eq!(read_date(tongue, &date_of.to_string()), Ok(date_of));
                let period = Period::new(Some(date_of), None).unwrap();
                let (from, to) = typed_period(tongue, period);
                prop_assert_eq!(read_period(tongue, &from, &to), Ok(period));
                let (on, at) = typed_moment(tongue, moment, &zone);
                prop_assert_eq!(read_moment(tongue, &on, &at, &zone), Ok(moment));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", other in "[-0-9 .,:€a-zA-Z+/%…\u{2212}]{0,24}") {
            let zone = TimeZone::UTC;
            for tongue in Tongue::ALL {
                for text in [&text, &other] {
                    let _ = read_money(tongue, text, &[]);
                    let _ = read_decimal(tongue, text);
                    let _ = read_whole(tongue, text);
                    let _ = read_percent(tongue, text);
                    let _ = read_date(tongue, text);
                    let _ = read_period(tongue, text, &other);
                    let _ = read_moment(tongue, text, &other, &zone);
                    let _ = read_moment(tongue, "2010-05-01", text, &zone);
                }
                let _ = read_bool(&text);
            }
        }
    }
}
