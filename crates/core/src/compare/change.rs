//! How two values of a field differ: by how much an amount rose, how far a date moved, what came to
//! a list and what left it.
//!
//! References are the same when they lead to the same page, wherever that moved. What is unknown is
//! never taken for zero: becoming known is a change of its own.

use std::collections::HashMap;
use std::fmt::Write as _;

use rust_decimal::Decimal;

use crate::compare::{Held, Pairing};
use crate::expr::Ty;
use crate::limits;
use crate::value::{Currency, Date, Money, Period, Precision, Sum, Value};

/// How a value became another.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Something stands where nothing stood.
    Filled,
    Emptied,
    BecameKnown,
    BecameUnknown,
    /// By currency, and how many parts were and are unknown.
    Amount {
        by: Vec<AmountChange>,
        unknown: (u32, u32),
    },
    /// By how much a number rose, and which part of what it was that is.
    Number {
        by: Decimal,
        part: Option<Decimal>,
    },
    /// By which fraction a percentage rose: 0.05 from 80% to 85%.
    Percent(Decimal),
    /// Months more.
    Months(i64),
    Date(Shift),
    /// How far each end moved; `None` where it did not.
    Period {
        from: Option<Shift>,
        to: Option<Shift>,
    },
    /// Seconds later.
    Moment(i64),
    List(ListChange),
    /// Something else, of which no more can be said.
    Other,
}

/// An amount in one currency. Where there was none, that is nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmountChange {
    pub old: Money,
    pub new: Money,
    pub by: Money,
    /// Which part of the old amount that is, as a fraction; `None` where the old one was nothing.
    pub part: Option<Decimal>,
}

/// How far a date moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    Months(i32),
    Days(i32),
    /// The same time, told more precisely or less.
    Finer,
    Coarser,
    /// An open end was set.
    Set,
    /// An end was opened.
    Opened,
}

/// What came to a list and what left it. At most `limits::COMPARE_MAX_ITEMS` of either are given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListChange {
    pub added: Vec<Value>,
    pub removed: Vec<Value>,
    pub n_added: usize,
    pub n_removed: usize,
}

impl ListChange {
    /// Whether the items are the same in another order.
    pub fn is_order_only(&self) -> bool {
        self.n_added == 0 && self.n_removed == 0
    }
}

/// How what is held became something else; `None` when it is the same.
pub(super) fn between(old: &Held, new: &Held, pairing: &Pairing) -> Option<Change> {
    let (a, b) = (&old.value, &new.value);
    if is_same(a, b, pairing) {
        return None;
    }
    Some(match (a, b) {
        (Value::Fault(_), _) | (_, Value::Fault(_)) => Change::Other,
        (a, _) if a.is_empty() => Change::Filled,
        (_, b) if b.is_empty() => Change::Emptied,
        (Value::Unknown, b) if !matches!(b, Value::Sum(_)) => Change::BecameKnown,
        (a, Value::Unknown) if !matches!(a, Value::Sum(_)) => Change::BecameUnknown,
        _ if is_amount(old) && is_amount(new) => return amounts(a, b),
        (Value::Number(a), Value::Number(b)) => match b.checked_sub(*a) {
            Some(by) => Change::Number { by, part: part(by, *a) },
            None => Change::Other,
        },
        (Value::Percent(a), Value::Percent(b)) => b.checked_sub(*a).map_or(Change::Other, Change::Percent),
        (Value::Months(a), Value::Months(b)) => Change::Months(i64::from(*b) - i64::from(*a)),
        (Value::Date(a), Value::Date(b)) => Change::Date(shift(*a, *b, Date::first)),
        (Value::Period(a), Value::Period(b)) => periods(*a, *b),
        (Value::Moment(a), Value::Moment(b)) => Change::Moment(b.unix_s().saturating_sub(a.unix_s())),
        (Value::List(a), Value::List(b)) => Change::List(lists(a, b, pairing)),
        _ => Change::Other,
    })
}

fn is_amount(held: &Held) -> bool {
    matches!(held.ty, Ty::Money) || matches!(held.value, Value::Money(_) | Value::Sum(_))
}

/// Whether two values of the two sides say the same.
pub(super) fn is_same(old: &Value, new: &Value, pairing: &Pairing) -> bool {
    match (old, new) {
        (Value::Page(old), Value::Page(new)) => pairing.new_of(*old) == Some(*new),
        (Value::List(old), Value::List(new)) | (Value::Record(old), Value::Record(new)) => {
            old.len() == new.len() && old.iter().zip(new.iter()).all(|(old, new)| is_same(old, new, pairing))
        }
        (Value::Money(_) | Value::Sum(_), Value::Money(_) | Value::Sum(_)) => old.order(new, false).is_eq(),
        // What a type reads on one side only stands in both files as it is spelled.
        (Value::Text(text), other) | (other, Value::Text(text)) if !matches!(other, Value::Text(_)) => {
            !text.is_empty() && other.to_string() == **text
        }
        (old, new) => old == new || (old.is_empty() && new.is_empty()),
    }
}

fn whole(value: &Value) -> Sum {
    let mut sum = Sum::default();
    sum.add_value(value);
    sum
}

/// `None` for what is told the same, since it differs by less than the currency has digits for.
fn amounts(old: &Value, new: &Value) -> Option<Change> {
    let (old, new) = (whole(old), whole(new));
    let has_same_currencies = old.parts().map(|part| part.currency).eq(new.parts().map(|part| part.currency));
    let mut currencies: Vec<Currency> = old.parts().chain(new.parts()).map(|part| part.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let of = |sum: &Sum, currency: Currency| {
        let part = sum.parts().find(|part| part.currency == currency);
        part.unwrap_or(Money { amount: Decimal::ZERO, currency }).rounded()
    };
    let mut by = Vec::new();
    for currency in currencies {
        let (old, new) = (of(&old, currency), of(&new, currency));
        let Some(amount) = new.amount.checked_sub(old.amount) else { return Some(Change::Other) };
        if !amount.is_zero() {
            by.push(AmountChange { old, new, by: Money { amount, currency }, part: part(amount, old.amount) });
        }
    }
    let unknown = (old.n_unknown, new.n_unknown);
    match by.is_empty() && unknown.0 == unknown.1 {
        true => (!has_same_currencies).then_some(Change::Other),
        false => Some(Change::Amount { by, unknown }),
    }
}

/// Which part of `of` something is.
fn part(by: Decimal, of: Decimal) -> Option<Decimal> {
    by.checked_div(of.abs())
}

fn periods(old: Period, new: Period) -> Change {
    let end = |old: Option<Date>, new: Option<Date>, day: fn(Date) -> jiff::civil::Date| match (old, new) {
        (old, new) if old == new => None,
        (Some(old), Some(new)) => Some(shift(old, new, day)),
        (None, _) => Some(Shift::Set),
        (_, None) => Some(Shift::Opened),
    };
    Change::Period { from: end(old.from, new.from, Date::first), to: end(old.to, new.to, Date::last) }
}

/// From one date to another, by the coarser of their precisions. `day` is the day of a date that
/// counts: of the end of a period it is the last.
fn shift(old: Date, new: Date, day: fn(Date) -> jiff::civil::Date) -> Shift {
    let precision = old.precision().min(new.precision());
    let (a, b) = (old.cut(precision), new.cut(precision));
    if a == b {
        return if new.precision() > old.precision() { Shift::Finer } else { Shift::Coarser };
    }
    let months_of = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month().unwrap_or(1));
    let months = months_of(b) - months_of(a);
    let (first, last) = (day(a), day(b));
    let is_end = |date: jiff::civil::Date| date.last_of_month() == date;
    let is_whole = precision < Precision::Day || first.day() == last.day() || (is_end(first) && is_end(last));
    if is_whole && months != 0 {
        return Shift::Months(months);
    }
    Shift::Days(i32::try_from(last.duration_since(first).as_hours() / 24).unwrap_or(i32::MAX))
}

fn lists(old: &[Value], new: &[Value], pairing: &Pairing) -> ListChange {
    let mut left: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, value) in old.iter().enumerate().rev() {
        let mut key = String::new();
        write_key(value, &mut key, &|page| match pairing.new_of(page) {
            Some(new) => format!("p{new}"),
            None => format!("o{page}"),
        });
        left.entry(key).or_default().push(at);
    }
    let mut change = ListChange::default();
    for value in new {
        let mut key = String::new();
        write_key(value, &mut key, &|page| format!("p{page}"));
        if left.get_mut(&key).and_then(Vec::pop).is_none() {
            change.n_added += 1;
            change.added.push(value.clone());
        }
    }
    let mut gone: Vec<usize> = left.into_values().flatten().collect();
    gone.sort_unstable();
    change.n_removed = gone.len();
    change.removed = gone.into_iter().take(limits::COMPARE_MAX_ITEMS).map(|at| old[at].clone()).collect();
    change.added.truncate(limits::COMPARE_MAX_ITEMS);
    change
}

/// A spelling in which equal values of the two sides are equal, and only those.
fn write_key(value: &Value, key: &mut String, page_key: &dyn Fn(u32) -> String) {
    match value {
        Value::Page(page) => key.push_str(&page_key(*page)),
        Value::List(items) | Value::Record(items) => {
            for item in items.iter() {
                let mut part = String::new();
                write_key(item, &mut part, page_key);
                let _ = write!(key, "{}:{part}", part.len()); // A string takes whatever is written.
            }
        }
        Value::Text(text) => {
            let _ = write!(key, "t{text}");
        }
        Value::Number(number) | Value::Percent(number) => {
            let _ = write!(key, "n{}", number.normalize());
        }
        value => {
            let _ = write!(key, "v{value}");
        }
    }
}
