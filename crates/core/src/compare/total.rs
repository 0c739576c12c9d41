//! What a total of a page is made of in both versions, and the sum that must hold: the old total
//! and all changes of its parts come to the new total, per currency.
//!
//! The totals are what `eval` says; the parts are asked for one by one. So the line is a check of
//! both, and not the same number told twice. Parts that are unknown are counted, never added. A
//! total that is no sum (an average, a highest value) has parts but no line.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::compare::{Held, Pair, Work, change};
use crate::expr::Ty;
use crate::judge;
use crate::limits;
use crate::names::PageIdx;
use crate::types::{Aggregate, FieldAt, Kind, Texts};
use crate::value::{Currency, Fault, Money, Value};

/// What is added up. Parts of different units are never added to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Money(Currency),
    Number,
    /// As a fraction.
    Percent,
    Months,
}

impl Unit {
    /// A figure in this unit, as a value that can be spelled.
    pub fn value(self, figure: Decimal) -> Value {
        match self {
            Unit::Money(currency) => Value::Money(Money { amount: figure, currency }),
            Unit::Number => Value::Number(figure),
            Unit::Percent => Value::Percent(figure),
            Unit::Months => Value::Months(i32::try_from(figure).unwrap_or(0)),
        }
    }
}

/// A total that differs, in value or in what it is made of.
#[derive(Clone, Debug)]
pub struct TotalChange {
    pub pair: Pair,
    pub key: Box<str>,
    pub label: Texts,
    pub how: Aggregate,
    pub old: Held,
    pub new: Held,
    /// Parts that differ, the largest differences first; at most `limits::COMPARE_MAX_PARTS`.
    pub parts: Vec<PartChange>,
    pub n_changed: usize,
    pub n_same: usize,
    pub lines: Vec<Line>,
    /// Parts of the total that were and are unknown.
    pub unknown: (u32, u32),
    pub verdict: Verdict,
}

/// What one record adds to a total, where that differs. `None`: it does not count on that side.
#[derive(Clone, Debug)]
pub struct PartChange {
    pub pair: Pair,
    pub old: Option<Held>,
    pub new: Option<Held>,
    /// By unit; what is unknown is not in it.
    pub by: Vec<(Unit, Decimal)>,
    /// Unknown amounts in it.
    pub unknown: (u32, u32),
}

/// `old + change = new`, in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub unit: Unit,
    pub old: Decimal,
    /// The changes of all parts together.
    pub change: Decimal,
    pub new: Decimal,
    /// Whether they come to that.
    pub holds: bool,
}

/// What can be said of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Old total and changes come to the new total.
    Holds,
    /// So do those that are known; others are unknown.
    HoldsForKnown,
    /// They do not. That is a fault of the program.
    Broken,
    /// An average, a share, a highest or lowest value: changes of the parts do not add up to it.
    NotASum,
    /// One of the totals is unknown as a whole.
    Unknown,
    /// One of the totals, or a part, could not be computed.
    Fault(Fault),
}

/// Amounts added up by unit.
#[derive(Clone, Debug, Default)]
struct Tally {
    by: BTreeMap<Unit, Decimal>,
    n_unknown: u32,
    fault: Option<Fault>,
}

impl Tally {
    fn of(value: &Value) -> Tally {
        let mut tally = Tally::default();
        tally.add(value);
        tally
    }

    fn add(&mut self, value: &Value) {
        match value {
            Value::Money(money) => self.put(Unit::Money(money.currency), money.amount),
            Value::Sum(sum) => {
                for part in sum.parts() {
                    self.put(Unit::Money(part.currency), part.amount);
                }
                self.n_unknown = self.n_unknown.saturating_add(sum.n_unknown);
            }
            Value::Number(number) => self.put(Unit::Number, *number),
            Value::Percent(fraction) => self.put(Unit::Percent, *fraction),
            Value::Months(months) => self.put(Unit::Months, Decimal::from(*months)),
            Value::Unknown => self.n_unknown = self.n_unknown.saturating_add(1),
            Value::Fault(fault) => self.fault = Some(*fault),
            // Totals apart for each value of something: pairs of that and the total.
            Value::List(items) => {
                for item in items.iter() {
                    match item {
                        Value::Record(pair) => pair.last().into_iter().for_each(|total| self.add(total)),
                        item => self.add(item),
                    }
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, unit: Unit, figure: Decimal) {
        let sum = self.by.entry(unit).or_default();
        match sum.checked_add(figure) {
            Some(total) => *sum = total,
            None => self.fault = Some(Fault::Overflow),
        }
    }

    fn get(&self, unit: Unit) -> Decimal {
        self.by.get(&unit).copied().unwrap_or_default()
    }

    /// What there is more than in `old`, by unit; `None` when that has too many digits.
    fn more_than(&self, old: &Tally) -> Option<Vec<(Unit, Decimal)>> {
        let mut units: Vec<Unit> = self.by.keys().chain(old.by.keys()).copied().collect();
        units.sort_unstable();
        units.dedup();
        let mut more = Vec::new();
        for unit in units {
            let by = self.get(unit).checked_sub(old.get(unit))?;
            if !by.is_zero() {
                more.push((unit, by));
            }
        }
        Some(more)
    }
}

impl Work<'_, '_> {
    /// One total of a page taken apart; `None` when neither it nor a part of it differs.
    pub(super) fn total(&mut self, pair: Pair, key: &str) -> Option<TotalChange> {
        let (old_at, new_at) = (self.old.rollup(pair.old, key), self.new.rollup(pair.new, key));
        let of = new_at.map(|at| self.new.seen.types().field(at));
        let field = of.or_else(|| old_at.map(|at| self.old.seen.types().field(at)))?;
        let Kind::Rollup(rollup) = &field.kind else { return None };
        let (how, label) = (rollup.how, field.label.clone());
        let mut held = |page: Option<PageIdx>, at: Option<FieldAt>, is_new: bool| {
            let teller = if is_new { &mut self.new } else { &mut self.old };
            page.zip(at).map_or_else(Held::nothing, |(page, at)| teller.held(page, at))
        };
        let (old, new) = (held(pair.old, old_at, false), held(pair.new, new_at, true));
        let old_parts = self.old.parts(pair.old, old_at);
        let new_parts = self.new.parts(pair.new, new_at);
        let mut total = TotalChange {
            pair,
            key: key.into(),
            label,
            how,
            unknown: (0, 0),
            parts: Vec::new(),
            n_changed: 0,
            n_same: 0,
            lines: Vec::new(),
            verdict: Verdict::Holds,
            old,
            new,
        };
        let parts_add_up = self.add_parts(&mut total, old_parts, new_parts);
        if total.n_changed == 0 && change::is_same(&total.old.value, &total.new.value, self.pairing) {
            return None;
        }
        check(&mut total, parts_add_up);
        total.parts.sort_by_key(|part| std::cmp::Reverse(largest(part)));
        total.parts.truncate(limits::COMPARE_MAX_PARTS);
        Some(total)
    }

    /// Sets the parts of both sides beside each other. Gives all changes by unit and what parts are
    /// unknown on either side, or why that can't be told.
    fn add_parts(&self, total: &mut TotalChange, old: Vec<Part>, new: Vec<Part>) -> Result<Changes, Fault> {
        let mut pairs: BTreeMap<Pair, Sides> = BTreeMap::new();
        for (page, held) in new {
            pairs.entry(Pair { old: self.pairing.old_of(page), new: Some(page) }).or_default().1 = Some(held);
        }
        for (page, held) in old {
            pairs.entry(Pair { old: Some(page), new: self.pairing.new_of(page) }).or_default().0 = Some(held);
        }
        let mut all = Changes::default();
        let mut fault = None;
        for (pair, (old, new)) in pairs {
            let tally = |held: &Option<Held>| held.as_ref().map(|held| Tally::of(&held.value)).unwrap_or_default();
            let (before, after) = (tally(&old), tally(&new));
            fault = fault.or(before.fault).or(after.fault);
            all.unknown.0 = all.unknown.0.saturating_add(before.n_unknown);
            all.unknown.1 = all.unknown.1.saturating_add(after.n_unknown);
            let Some(by) = after.more_than(&before) else {
                fault = Some(Fault::Overflow);
                continue;
            };
            for (unit, figure) in &by {
                let sum = all.by.entry(*unit).or_default();
                match sum.checked_add(*figure) {
                    Some(more) => *sum = more,
                    None => fault = Some(Fault::Overflow),
                }
            }
            let is_same = match (&old, &new) {
                (Some(old), Some(new)) => change::is_same(&old.value, &new.value, self.pairing),
                _ => false,
            };
            if is_same {
                total.n_same += 1;
                continue;
            }
            total.n_changed += 1;
            let unknown = (before.n_unknown, after.n_unknown);
            total.parts.push(PartChange { pair, old, new, by, unknown });
        }
        fault.map_or(Ok(all), Err)
    }
}

/// A record that counts, and what it adds.
type Part = (PageIdx, Held);

/// What a record adds on either side.
type Sides = (Option<Held>, Option<Held>);

/// What all parts of a total changed by.
#[derive(Debug, Default)]
struct Changes {
    by: BTreeMap<Unit, Decimal>,
    unknown: (u32, u32),
}

impl super::Teller<'_> {
    fn rollup(&self, page: Option<PageIdx>, key: &str) -> Option<FieldAt> {
        let (of, kind) = self.kind(page)?;
        let at = (of, kind.field(key)?);
        matches!(self.seen.types().field(at).kind, Kind::Rollup(_)).then_some(at)
    }

    fn parts(&mut self, page: Option<PageIdx>, at: Option<FieldAt>) -> Vec<Part> {
        let Some((page, at)) = page.zip(at) else { return Vec::new() };
        let Kind::Rollup(rollup) = &self.seen.types().field(at).kind else { return Vec::new() };
        let parts = self.within(|eval| judge::parts_of_total(eval, page, at)).unwrap_or_default();
        let ty = rollup.of.as_ref().map(|of| of.ty.clone());
        let parts = parts.into_iter().map(|(part, value)| {
            let held = match (&ty, rollup.how) {
                (_, Aggregate::Share) => Held { ty: Ty::Bool, value },
                (Some(ty), how) if how != Aggregate::Count => Held { ty: ty.clone(), value },
                // Each that has something counts as one.
                (Some(_), _) => one(!value.is_empty()),
                (None, _) => one(true),
            };
            (part, held)
        });
        parts.collect()
    }
}

fn one(counts: bool) -> Held {
    Held { ty: Ty::Number, value: Value::number(usize::from(counts)) }
}

/// Adds the lines, and says whether they hold.
fn check(total: &mut TotalChange, changes: Result<Changes, Fault>) {
    let (old, new) = (Tally::of(&total.old.value), Tally::of(&total.new.value));
    total.unknown = (old.n_unknown, new.n_unknown);
    if !matches!(total.how, Aggregate::Sum | Aggregate::Count) {
        total.verdict = Verdict::NotASum;
        return;
    }
    let changes = match (changes, old.fault.or(new.fault)) {
        (Ok(changes), None) => changes,
        (Err(fault), _) | (_, Some(fault)) => {
            total.verdict = Verdict::Fault(fault);
            return;
        }
    };
    let is_money = counts_unknown(&total.old.ty) || counts_unknown(&total.new.ty);
    let has_unknown = changes.unknown != (0, 0) || total.unknown != (0, 0);
    if has_unknown && !is_money {
        total.verdict = Verdict::Unknown;
        return;
    }
    let mut units: Vec<Unit> = old.by.keys().chain(new.by.keys()).chain(changes.by.keys()).copied().collect();
    units.sort_unstable();
    units.dedup();
    total.lines = units
        .into_iter()
        .map(|unit| {
            let (old, new) = (old.get(unit), new.get(unit));
            let change = changes.by.get(&unit).copied().unwrap_or_default();
            Line { unit, old, change, new, holds: adds_up(unit, old, change, new) }
        })
        .collect();
    let holds = total.lines.iter().all(|line| line.holds) && changes.unknown == total.unknown;
    total.verdict = match (holds, total.unknown) {
        (false, _) => Verdict::Broken,
        (true, (0, 0)) => Verdict::Holds,
        (true, _) => Verdict::HoldsForKnown,
    };
}

/// Whether a total says how much of it is unknown. Others are unknown as a whole.
fn counts_unknown(ty: &Ty) -> bool {
    match ty {
        Ty::Money => true,
        Ty::List(of) => counts_unknown(of),
        Ty::Record(fields) => fields.iter().any(|field| counts_unknown(&field.kind.ty())),
        _ => false,
    }
}

/// Amounts come to the cent. Other numbers may have been divided and then have digits without end,
/// of which more than anybody writes say nothing.
fn adds_up(unit: Unit, old: Decimal, change: Decimal, new: Decimal) -> bool {
    let Some(sum) = old.checked_add(change) else { return false };
    match unit {
        Unit::Money(_) => sum == new,
        _ => {
            let digits = limits::DECIMAL_MAX_DIGITS_AFTER_POINT as u32;
            sum.round_dp(digits) == new.round_dp(digits)
        }
    }
}

fn largest(part: &PartChange) -> Decimal {
    part.by.iter().map(|(_, figure)| figure.abs()).max().unwrap_or_default()
}
