//! What a field of a record holds: amounts, dates, periods, references, and how each is written.
//!
//! Every kind of value has one spelling in a file, read strictly from the scalar as it stands and
//! written back the same. No amount passes through a binary float; what does not fit is a fault
//! that can be shown, not a panic. Spellings for people (`€ 500.000,00`) are made at the rim.
//! Which field holds which kind of value is said by `types`.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::civil;
use rust_decimal::Decimal;

use crate::limits;
use crate::names::PageIdx;

/// A value of a field, or what an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing is there.
    Empty,
    /// Something is there, and nobody knows yet how much (DESIGN §6: not zero).
    Unknown,
    /// It could not be computed.
    Fault(Fault),
    Bool(bool),
    Number(Decimal),
    /// As a fraction: 0.8 for 80%.
    Percent(Decimal),
    Money(Money),
    /// Several currencies, or a part that is unknown, or nothing at all.
    Sum(Arc<Sum>),
    /// A whole number of months, the difference of two dates or what is added to one.
    Months(i32),
    Text(Arc<str>),
    Date(Date),
    Period(Period),
    Moment(Moment),
    /// A page that a reference leads to.
    Page(PageIdx),
    /// A reference that leads to no page, as written.
    Lost(Arc<str>),
    List(Arc<[Value]>),
    /// The fields of a nested record, in the order of its type.
    Record(Arc<[Value]>),
}

/// Why a value could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// More digits than a decimal holds (28).
    Overflow,
    /// More steps than `limits::EVAL_MAX_STEPS`.
    TooCostly,
    /// A total that contains itself.
    Cycle,
    /// Its expression can't be read.
    Unreadable,
}

/// What is wrong with a scalar. The name is the code of the problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misspelt {
    Number,
    Whole,
    Percent,
    Money,
    /// A number without a currency.
    MoneyBare,
    /// Too many or too few digits after the point for this currency.
    MoneyCents,
    Date,
    Period,
    /// The end lies before the beginning.
    PeriodOrder,
    Moment,
    Bool,
    TooLarge,
}

impl Misspelt {
    /// The code of the problem that tells it.
    pub fn code(self) -> &'static str {
        match self {
            Misspelt::Number => "value-number",
            Misspelt::Whole => "value-whole",
            Misspelt::Percent => "value-percent",
            Misspelt::Money => "value-money",
            Misspelt::MoneyBare => "value-money-bare",
            Misspelt::MoneyCents => "value-money-cents",
            Misspelt::Date => "value-date",
            Misspelt::Period => "value-period",
            Misspelt::PeriodOrder => "value-period-order",
            Misspelt::Moment => "value-moment",
            Misspelt::Bool => "value-bool",
            Misspelt::TooLarge => "value-too-large",
        }
    }
}

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const EUR: Currency = Currency(*b"EUR");

    /// Three capital letters.
    pub fn parse(text: &str) -> Option<Currency> {
        let code: [u8; 3] = text.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Currency(code))
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Digits of its smallest unit after the point (ISO 4217, table A.1).
    pub fn n_minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// An exact amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    /// `EUR 500000.00`: the code, one space, an optional minus, digits without leading zeros or
    /// grouping, a point and as many digits as the currency has.
    pub fn parse(text: &str) -> Result<Money, Misspelt> {
        if strict_decimal(text).is_ok() {
            return Err(Misspelt::MoneyBare);
        }
        let (code, amount) = text.split_once(' ').ok_or(Misspelt::Money)?;
        let currency = Currency::parse(code).ok_or(Misspelt::Money)?;
        let exact = strict_decimal(amount).map_err(|fault| match fault {
            Misspelt::TooLarge => Misspelt::TooLarge,
            _ => Misspelt::Money,
        })?;
        if exact.scale() != currency.n_minor_digits() {
            return Err(Misspelt::MoneyCents);
        }
        Ok(Money { amount: exact, currency })
    }

    /// 1234 and a half, as an example of how an amount is written.
    pub fn example(currency: Currency) -> Money {
        Money { amount: Decimal::new(12_345, 1), currency }.rounded()
    }

    /// The amount with exactly the digits of its currency; halves go to the even digit.
    pub fn rounded(self) -> Money {
        let mut amount = self.amount.round_dp(self.currency.n_minor_digits());
        amount.rescale(self.currency.n_minor_digits());
        if amount.is_zero() {
            amount.set_sign_positive(true);
        }
        Money { amount, currency: self.currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.rounded();
        write!(f, "{} {}", shown.currency, shown.amount)
    }
}

/// Amounts added up, per currency, and how many were unknown. Exact; of no order of adding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// By currency, each once; parts may come to zero.
    parts: Vec<(Currency, Decimal)>,
    pub n_unknown: u32,
    has_overflown: bool,
}

impl Sum {
    /// Currency by currency in the order of their codes, where one that is not there is zero; then
    /// by how much is unknown.
    fn order(&self, other: &Sum) -> Ordering {
        let (mut left, mut right) = (self.parts.as_slice(), other.parts.as_slice());
        while let Some(currency) = left.first().into_iter().chain(right.first()).map(|part| part.0).min() {
            let next = |parts: &mut &[(Currency, Decimal)]| match parts.split_first() {
                Some((first, rest)) if first.0 == currency => {
                    *parts = rest;
                    first.1
                }
                _ => Decimal::ZERO,
            };
            let order = next(&mut left).cmp(&next(&mut right));
            if order.is_ne() {
                return order;
            }
        }
        self.n_unknown.cmp(&other.n_unknown)
    }

    pub fn add(&mut self, money: Money) {
        match self.parts.binary_search_by_key(&money.currency, |part| part.0) {
            Ok(at) => match self.parts[at].1.checked_add(money.amount) {
                Some(total) => self.parts[at].1 = total,
                None => self.has_overflown = true,
            },
            Err(at) => self.parts.insert(at, (money.currency, money.amount)),
        }
    }

    /// Adds any value that an amount can be; other values are passed over.
    pub fn add_value(&mut self, value: &Value) {
        match value {
            Value::Money(money) => self.add(*money),
            Value::Sum(sum) => {
                for part in sum.parts() {
                    self.add(part);
                }
                self.n_unknown = self.n_unknown.saturating_add(sum.n_unknown);
                self.has_overflown |= sum.has_overflown;
            }
            Value::Unknown => self.n_unknown = self.n_unknown.saturating_add(1),
            Value::Fault(Fault::Overflow) => self.has_overflown = true,
            _ => {}
        }
    }

    /// The known parts, by currency.
    pub fn parts(&self) -> impl Iterator<Item = Money> + '_ {
        self.parts.iter().map(|(currency, amount)| Money { amount: *amount, currency: *currency })
    }

    /// One amount where it is one.
    pub fn into_value(self) -> Value {
        if self.has_overflown {
            return Value::Fault(Fault::Overflow);
        }
        match (self.parts.as_slice(), self.n_unknown) {
            ([(currency, amount)], 0) => Value::Money(Money { amount: *amount, currency: *currency }),
            ([], 1) => Value::Unknown,
            _ => Value::Sum(Arc::new(self)),
        }
    }

    fn negated(mut self) -> Sum {
        for part in &mut self.parts {
            part.1 = -part.1;
        }
        self
    }
}

/// `a + b` or `a - b` of two values that are amounts. What is unknown in either stays counted.
pub fn add_amounts(left: &Value, right: &Value, minus: bool) -> Value {
    if let (Value::Money(a), Value::Money(b)) = (left, right)
        && a.currency == b.currency
    {
        let sum = if minus { a.amount.checked_sub(b.amount) } else { a.amount.checked_add(b.amount) };
        return sum
            .map_or(Value::Fault(Fault::Overflow), |amount| Value::Money(Money { amount, currency: a.currency }));
    }
    let mut sum = Sum::default();
    sum.add_value(left);
    let mut other = Sum::default();
    other.add_value(right);
    let other = if minus { other.negated() } else { other };
    sum.add_value(&Value::Sum(Arc::new(other)));
    sum.into_value()
}

/// A date as precise as it was written: a year, a month or a day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    year: i16,
    /// 0: not said.
    month: i8,
    day: i8,
}

/// How precise a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    Year,
    Month,
    Day,
}

impl Precision {
    /// The word for it in expressions.
    pub fn word(self) -> &'static str {
        match self {
            Precision::Year => "year",
            Precision::Month => "month",
            Precision::Day => "day",
        }
    }
}

impl Date {
    /// `2010`, `2010-05` or `2010-05-01` (EDTF level 0, ISO 8601-2).
    pub fn parse(text: &str) -> Result<Date, Misspelt> {
        let mut parts = text.split('-');
        let year = digits(parts.next().unwrap_or_default(), 4).ok_or(Misspelt::Date)?;
        let month = parts.next().map(|part| digits(part, 2).ok_or(Misspelt::Date)).transpose()?;
        let day = parts.next().map(|part| digits(part, 2).ok_or(Misspelt::Date)).transpose()?;
        if parts.next().is_some() {
            return Err(Misspelt::Date);
        }
        let narrow = |number: i16| i8::try_from(number).map_err(|_| Misspelt::Date);
        let (first_month, first_day) = (narrow(month.unwrap_or(1))?, narrow(day.unwrap_or(1))?);
        civil::Date::new(year, first_month, first_day).map_err(|_| Misspelt::Date)?;
        Ok(Date { year, month: month.map_or(0, |_| first_month), day: day.map_or(0, |_| first_day) })
    }

    pub fn of_day(day: civil::Date) -> Date {
        Date { year: day.year(), month: day.month(), day: day.day() }
    }

    /// A month without a day; `None` where there is no such month.
    pub fn of_month(year: i16, month: i8) -> Option<Date> {
        civil::Date::new(year, month, 1).ok().map(|_| Date { year, month, day: 0 })
    }

    pub fn precision(self) -> Precision {
        match (self.month, self.day) {
            (0, _) => Precision::Year,
            (_, 0) => Precision::Month,
            _ => Precision::Day,
        }
    }

    pub fn year(self) -> i16 {
        self.year
    }

    /// 1 to 12; `None` of a year alone.
    pub fn month(self) -> Option<i8> {
        (self.month > 0).then_some(self.month)
    }

    pub fn day(self) -> Option<i8> {
        (self.day > 0).then_some(self.day)
    }

    /// Its first day.
    pub fn first(self) -> civil::Date {
        civil::Date::new(self.year, self.month.max(1), self.day.max(1)).unwrap_or(civil::Date::ZERO)
    }

    /// Its last day, which belongs to it.
    pub fn last(self) -> civil::Date {
        match self.precision() {
            Precision::Year => self.first().last_of_year(),
            Precision::Month => self.first().last_of_month(),
            Precision::Day => self.first(),
        }
    }

    /// The same with another precision at most.
    pub fn cut(self, to: Precision) -> Date {
        let month = if to >= Precision::Month { self.month } else { 0 };
        let day = if to >= Precision::Day { self.day } else { 0 };
        Date { year: self.year, month, day }
    }

    /// So many months later, no day beyond the end of a month; `None` outside of the years 0 to 9999.
    pub fn plus_months(self, months: i32) -> Option<Date> {
        let moved = self.first().checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
        (0..=9999).contains(&moved.year()).then(|| Date::of_day(moved).cut(self.precision()))
    }
}

impl Ord for Date {
    /// By the first day; of two that begin together the more precise goes first.
    fn cmp(&self, other: &Date) -> Ordering {
        (self.year, self.month.max(1), self.day.max(1))
            .cmp(&(other.year, other.month.max(1), other.day.max(1)))
            .then_with(|| other.precision().cmp(&self.precision()))
    }
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Date) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision() {
            Precision::Year => write!(f, "{:04}", self.year),
            Precision::Month => write!(f, "{:04}-{:02}", self.year, self.month),
            Precision::Day => write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day),
        }
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// From one date to another, both included; an end may be open.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    pub from: Option<Date>,
    pub to: Option<Date>,
}

impl Period {
    /// `2010-01/2010-05`, `2009-09/..`, `../2009-12-31` (EDTF intervals, ISO 8601-2).
    pub fn parse(text: &str) -> Result<Period, Misspelt> {
        let (from, to) = text.split_once('/').ok_or(Misspelt::Period)?;
        let end = |text: &str| match text {
            ".." => Ok(None),
            text => Date::parse(text).map(Some).map_err(|_| Misspelt::Period),
        };
        Period::new(end(from)?, end(to)?)
    }

    pub fn new(from: Option<Date>, to: Option<Date>) -> Result<Period, Misspelt> {
        match (from, to) {
            (None, None) => Err(Misspelt::Period),
            (Some(from), Some(to)) if from.first() > to.last() => Err(Misspelt::PeriodOrder),
            _ => Ok(Period { from, to }),
        }
    }

    /// Its first and last day; the ends of time where it is open.
    pub fn days(self) -> (civil::Date, civil::Date) {
        (self.from.map_or(civil::Date::MIN, Date::first), self.to.map_or(civil::Date::MAX, Date::last))
    }

    pub fn holds(self, day: civil::Date) -> bool {
        let (first, last) = self.days();
        first <= day && day <= last
    }

    /// Whether two periods run at the same time. Periods that share nothing but the month or year in
    /// which one ends and the other begins follow on each other (DESIGN §6).
    pub fn overlaps(self, other: Period) -> bool {
        let joins = |one: Period, next: Period| {
            one.to.is_some() && one.to == next.from && one.to.is_some_and(|at| at.precision() < Precision::Day)
        };
        let ((a_first, a_last), (b_first, b_last)) = (self.days(), other.days());
        a_first <= b_last && b_first <= a_last && !joins(self, other) && !joins(other, self)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |f: &mut fmt::Formatter<'_>, date: Option<Date>| match date {
            Some(date) => write!(f, "{date}"),
            None => f.write_str(".."),
        };
        end(f, self.from)?;
        f.write_str("/")?;
        end(f, self.to)
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A date and time with the distance to UTC that it was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// As on the wall clock where it was written.
    pub local: civil::DateTime,
    pub offset_s: i32,
}

impl Moment {
    /// `2010-03-04T10:00:00+01:00` or `…Z` (RFC 3339; seconds may be left out).
    pub fn parse(text: &str) -> Result<Moment, Misspelt> {
        let bytes = text.as_bytes();
        if bytes.get(10) != Some(&b'T') || text.contains('[') || text.len() > 40 {
            return Err(Misspelt::Moment);
        }
        let pieces = jiff::fmt::temporal::Pieces::parse(text).map_err(|_| Misspelt::Moment)?;
        let (Some(time), Some(offset)) = (pieces.time(), pieces.to_numeric_offset()) else {
            return Err(Misspelt::Moment);
        };
        Date::parse(&text[..10]).map_err(|_| Misspelt::Moment)?;
        // Zones lie within fourteen hours of UTC, with some room.
        if offset.seconds().abs() > 18 * 3_600 {
            return Err(Misspelt::Moment);
        }
        Ok(Moment { local: pieces.date().to_datetime(time), offset_s: offset.seconds() })
    }

    /// Seconds since 1970 in UTC.
    pub fn unix_s(self) -> i64 {
        let epoch = civil::date(1970, 1, 1).to_datetime(civil::Time::midnight());
        self.local.duration_since(epoch).as_secs() - i64::from(self.offset_s)
    }

    pub fn date(self) -> Date {
        Date::of_day(self.local.date())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (Date::of_day(self.local.date()), self.local.time());
        write!(f, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if self.offset_s == 0 {
            return f.write_str("Z");
        }
        let minutes = self.offset_s.abs() / 60;
        let sign = if self.offset_s < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// A decimal in its strict spelling: an optional minus, digits without leading zeros, at most one
/// point with digits after it. `1_000`, `1e3`, `+5`, `.5` and `05` are none.
pub fn strict_decimal(text: &str) -> Result<Decimal, Misspelt> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leads_zero = whole.len() > 1 && whole.starts_with('0');
    if !all_digits(whole) || leads_zero || rest.is_some_and(|rest| !all_digits(rest)) {
        return Err(Misspelt::Number);
    }
    if whole.len() > limits::DECIMAL_MAX_WHOLE_DIGITS
        || rest.is_some_and(|rest| rest.len() > limits::DECIMAL_MAX_DIGITS_AFTER_POINT)
    {
        return Err(Misspelt::TooLarge);
    }
    Decimal::from_str_exact(text).map_err(|_| Misspelt::TooLarge)
}

/// A whole number in its strict spelling.
pub fn strict_whole(text: &str) -> Result<Decimal, Misspelt> {
    match strict_decimal(text) {
        Ok(number) if !text.contains('.') => Ok(number),
        Err(Misspelt::TooLarge) => Err(Misspelt::TooLarge),
        _ => Err(Misspelt::Whole),
    }
}

/// `80%` or `12.5%`, as a fraction.
pub fn strict_percent(text: &str) -> Result<Decimal, Misspelt> {
    let number = strict_decimal(text.strip_suffix('%').ok_or(Misspelt::Percent)?);
    let number = number.map_err(|fault| match fault {
        Misspelt::TooLarge => Misspelt::TooLarge,
        _ => Misspelt::Percent,
    })?;
    number.checked_div(Decimal::ONE_HUNDRED).ok_or(Misspelt::TooLarge)
}

/// `true` or `false`; nothing else is one.
pub fn strict_bool(text: &str) -> Result<bool, Misspelt> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Misspelt::Bool),
    }
}

fn digits(text: &str, n: usize) -> Option<i16> {
    (text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// A fraction in percents, with no more digits than it needs: `80`, `12.5`.
pub fn in_percents(fraction: Decimal) -> Decimal {
    fraction.checked_mul(Decimal::ONE_HUNDRED).map_or(Decimal::MAX, |percents| percents.normalize())
}

impl Value {
    pub fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    pub fn number(number: usize) -> Value {
        Value::Number(Decimal::from(number))
    }

    /// Whether nothing is there: no value, no text, no items.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Empty => true,
            Value::Text(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            _ => false,
        }
    }

    /// How two values of one kind lie; `None` where that is unknown or has no meaning.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) | (Value::Percent(a), Value::Percent(b)) => Some(a.cmp(b)),
            (Value::Money(a), Value::Money(b)) => (a.currency == b.currency).then(|| a.amount.cmp(&b.amount)),
            (Value::Sum(sum), Value::Number(zero)) if zero.is_zero() => sum.sign(),
            (Value::Number(zero), Value::Sum(sum)) if zero.is_zero() => sum.sign().map(Ordering::reverse),
            (Value::Money(money), Value::Number(zero)) if zero.is_zero() => Some(money.amount.cmp(&Decimal::ZERO)),
            (Value::Number(zero), Value::Money(money)) if zero.is_zero() => Some(Decimal::ZERO.cmp(&money.amount)),
            (Value::Sum(_), Value::Sum(_) | Value::Money(_)) | (Value::Money(_), Value::Sum(_)) => {
                add_amounts(self, other, true).compare(&Value::Number(Decimal::ZERO))
            }
            (Value::Text(a), Value::Text(b)) | (Value::Lost(a), Value::Lost(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::Months(a), Value::Months(b)) => Some(a.cmp(b)),
            (Value::Moment(a), Value::Moment(b)) => Some(a.unix_s().cmp(&b.unix_s())),
            (Value::Moment(a), Value::Date(b)) => Some(a.date().cmp(b)),
            (Value::Date(a), Value::Moment(b)) => Some(a.cmp(&b.date())),
            (Value::Period(a), Value::Period(b)) => Some(a.days().cmp(&b.days())),
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Page(a), Value::Page(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// A place for every value among others of its column, upwards or downwards: what is unknown or
    /// empty or can't be computed goes last either way. A total order, whatever values meet: sorting
    /// by it can't panic (INV-9).
    pub fn order(&self, other: &Value, is_down: bool) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| {
            let order = self.order_known(other);
            if is_down { order.reverse() } else { order }
        })
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Unknown => 1,
            Value::Fault(_) => 3,
            value if value.is_empty() => 2,
            _ => 0,
        }
    }

    fn order_known(&self, other: &Value) -> Ordering {
        self.class().cmp(&other.class()).then_with(|| match (self, other) {
            (Value::List(a), Value::List(b)) | (Value::Record(a), Value::Record(b)) => {
                let first = a.iter().zip(b.iter()).map(|(a, b)| a.order(b, false)).find(|order| order.is_ne());
                first.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Value::Money(a), Value::Money(b)) if a.currency == b.currency => a.amount.cmp(&b.amount),
            (Value::Sum(_) | Value::Money(_), _) => {
                let whole = |value: &Value| {
                    let mut sum = Sum::default();
                    sum.add_value(value);
                    sum
                };
                whole(self).order(&whole(other))
            }
            _ => self.compare(other).unwrap_or(Ordering::Equal),
        })
    }

    /// Values of different classes are never compared with each other.
    fn class(&self) -> u8 {
        match self {
            Value::Empty | Value::Unknown | Value::Fault(_) => 0,
            Value::Bool(_) => 1,
            Value::Number(_) => 2,
            Value::Percent(_) => 3,
            Value::Money(_) | Value::Sum(_) => 4,
            Value::Months(_) => 5,
            Value::Date(_) => 6,
            Value::Moment(_) => 7,
            Value::Period(_) => 8,
            Value::Text(_) => 9,
            Value::Page(_) => 10,
            Value::Lost(_) => 11,
            Value::List(_) => 12,
            Value::Record(_) => 13,
        }
    }
}

impl Sum {
    /// Whether the whole is below, at or above zero; `None` when that can't be said.
    fn sign(&self) -> Option<Ordering> {
        if self.n_unknown > 0 || self.has_overflown {
            return None;
        }
        let mut signs = self.parts.iter().map(|part| part.1.cmp(&Decimal::ZERO)).filter(|sign| sign.is_ne());
        match signs.next() {
            None => Some(Ordering::Equal),
            // Amounts in several currencies have a sign together when all have the same.
            Some(sign) => signs.all(|other| other == sign).then_some(sign),
        }
    }
}

/// The spelling of files, of CSV and of JSON. References are the caller's: they need the site.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Empty | Value::Fault(_) | Value::Page(_) | Value::Record(_) => Ok(()),
            Value::Unknown => f.write_str("unknown"),
            Value::Bool(yes) => write!(f, "{yes}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Percent(fraction) => write!(f, "{}%", in_percents(*fraction)),
            Value::Money(money) => write!(f, "{money}"),
            Value::Sum(sum) => {
                let mut parts: Vec<String> = sum.parts().map(|part| part.to_string()).collect();
                if sum.n_unknown > 0 {
                    parts.push(format!("{} unknown", sum.n_unknown));
                }
                f.write_str(&parts.join(" + "))
            }
            Value::Months(months) => write!(f, "{months} months"),
            Value::Text(text) | Value::Lost(text) => f.write_str(text),
            Value::Date(date) => write!(f, "{date}"),
            Value::Period(period) => write!(f, "{period}"),
            Value::Moment(moment) => write!(f, "{moment}"),
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        f.write_str("; ")?;
                    }
                    write!(f, "{item}")?;
                }
                Ok(())
            }
        }
    }
}
