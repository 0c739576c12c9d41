//! What expressions come to: fields that are computed, totals over references, conditions.
//!
//! Every total is exact; unknown parts are counted, never taken for zero. Steps are counted over
//! the whole of one `Eval`, so that no expression, however it is put, costs more than its bound;
//! past it everything is `Fault::TooCostly`. Nothing is rounded here but at the end of an average.
//! Who may see what is decided by the `Seen` that an `Eval` is made of (INV-4).

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::sync::Arc;

use jiff::civil;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::expr::{Arith, Cmp, Code, DatePart, Formula, Meta, Ty};
use crate::limits;
use crate::links;
use crate::names::PageIdx;
use crate::records::Records;
use crate::site::Seen;
use crate::types::{Aggregate, FieldAt, Kind, Rollup};
use crate::value::{self, Date, Fault, Money, Period, Precision, Sum, Value};

/// Expressions inside each other, through computed fields too, before one is given up: each takes
/// a piece of the stack.
const DEPTH_MAX: u32 = 150;

/// Computes for one reader on one day.
#[derive(Debug)]
pub struct Eval<'a> {
    seen: Seen<'a>,
    records: &'a Records,
    today: civil::Date,
    steps_left: Cell<u64>,
    /// Of all questions together.
    budget: Cell<u64>,
    depth: Cell<u32>,
    computed: RefCell<FxHashMap<(PageIdx, FieldAt), Value>>,
}

/// The page that fields are of, and the page that `this` is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub row: PageIdx,
    pub this: Option<PageIdx>,
}

impl Place {
    pub fn own(page: PageIdx) -> Place {
        Place { row: page, this: Some(page) }
    }
}

impl<'a> Eval<'a> {
    /// `today` is the day that expressions see.
    pub fn new(seen: Seen<'a>, today: civil::Date) -> Eval<'a> {
        Eval {
            seen,
            records: seen.records(),
            today,
            steps_left: Cell::new(limits::EVAL_MAX_STEPS),
            budget: Cell::new(limits::CHECK_MAX_STEPS),
            depth: Cell::new(0),
            computed: RefCell::default(),
        }
    }

    pub fn seen(&self) -> Seen<'a> {
        self.seen
    }

    pub fn records(&self) -> &'a Records {
        self.records
    }

    /// Whether the bound of steps was met: what came out since then is no answer.
    pub fn is_exhausted(&self) -> bool {
        self.steps_left.get() == 0
    }

    /// Begins to count steps anew, for the next question of its own.
    pub fn renew(&self) {
        self.renew_up_to(limits::EVAL_MAX_STEPS);
    }

    /// The same for a question that may take no more than `most` steps, being one of many.
    pub fn renew_up_to(&self, most: u64) {
        self.steps_left.set(most.min(limits::EVAL_MAX_STEPS));
    }

    /// The next of many questions: each has its own bound, and all of them together have one.
    pub fn next_of_many(&self, used_before: u64) {
        let used = used_before.saturating_sub(self.steps_left.get());
        self.budget.set(self.budget.get().saturating_sub(used));
        self.steps_left.set(self.budget.get().min(limits::EVAL_MAX_STEPS));
    }

    /// Steps that may still be taken.
    pub fn steps_left(&self) -> u64 {
        self.steps_left.get()
    }

    /// What a formula comes to.
    pub fn value(&self, formula: &Formula, place: Place) -> Value {
        let value = self.run(&formula.code, place).into_owned();
        if self.is_exhausted() { Value::Fault(Fault::TooCostly) } else { value }
    }

    /// Whether a condition holds; `None` when that is unknown.
    pub fn holds(&self, formula: &Formula, place: Place) -> Option<bool> {
        let holds = truth(&self.run(&formula.code, place));
        holds.filter(|_| !self.is_exhausted())
    }

    /// What a field of a page holds, computed if it must be.
    pub fn field(&self, page: PageIdx, at: FieldAt) -> Cow<'_, Value> {
        self.page_field(page, std::slice::from_ref(&at))
    }

    /// Takes `n` steps; false when there are no more.
    fn step(&self, n: usize) -> bool {
        let left = self.steps_left.get().saturating_sub(n as u64);
        self.steps_left.set(left);
        left > 0
    }

    fn run<'e>(&'e self, code: &'e Code, place: Place) -> Cow<'e, Value> {
        let depth = self.depth.get();
        if !self.step(1) || depth >= DEPTH_MAX {
            self.steps_left.set(0);
            return Cow::Owned(Value::Fault(Fault::TooCostly));
        }
        self.depth.set(depth + 1);
        let value = self.compute(code, place);
        self.depth.set(depth);
        value
    }

    fn compute<'e>(&'e self, code: &'e Code, place: Place) -> Cow<'e, Value> {
        let owned = |value: Value| Cow::Owned(value);
        match code {
            Code::Const(value) => Cow::Borrowed(value),
            Code::Fault(fault) => owned(Value::Fault(*fault)),
            Code::Row => owned(Value::Page(place.row)),
            Code::This => owned(place.this.map_or(Value::Empty, Value::Page)),
            Code::Field(of, at) => match &**of {
                Code::Row => self.page_field(place.row, at),
                Code::This => place.this.map_or(Cow::Owned(Value::Empty), |page| self.page_field(page, at)),
                of => self.each(of, place, &|page| self.page_field(page, at)),
            },
            Code::Meta(of, meta) => self.each(of, place, &|page| Cow::Owned(self.meta(page, *meta))),
            Code::Inverse(of, at) => self.each(of, place, &|page| {
                let mut from: Vec<Value> = Vec::new();
                for at in at.iter() {
                    let referrers = self.records.referrers(*at, page);
                    if !self.step(referrers.len()) {
                        return Cow::Owned(Value::Fault(Fault::TooCostly));
                    }
                    from.extend(referrers.map(Value::Page));
                }
                Cow::Owned(Value::List(from.into()))
            }),
            Code::Part(of, at) => {
                let of = self.run(of, place);
                let part = |value: &Value| match value {
                    Value::Record(parts) => parts.get(usize::from(*at)).cloned().unwrap_or(Value::Empty),
                    _ => Value::Empty,
                };
                owned(self.mapped(&of, &part))
            }
            Code::DatePart(of, what) => {
                let of = self.run(of, place);
                owned(self.mapped(&of, &|value| date_part(value, *what)))
            }
            Code::Filter(list, only) => {
                let list = self.run(list, place);
                let Value::List(items) = &*list else { return list };
                let kept = items.iter().filter(|item| {
                    let Value::Page(page) = item else { return false };
                    let place = Place { row: *page, this: place.this };
                    truth(&self.run(only, place)) == Some(true)
                });
                let kept: Vec<Value> = kept.cloned().collect();
                owned(Value::List(kept.into()))
            }
            Code::Not(of) => owned(said(truth(&self.run(of, place)).map(|is| !is))),
            Code::And(a, b) => owned(said(match truth(&self.run(a, place)) {
                Some(false) => Some(false),
                Some(true) => truth(&self.run(b, place)),
                None => truth(&self.run(b, place)).filter(|is| !is),
            })),
            Code::Or(a, b) => owned(said(match truth(&self.run(a, place)) {
                Some(true) => Some(true),
                Some(false) => truth(&self.run(b, place)),
                None => truth(&self.run(b, place)).filter(|is| *is),
            })),
            Code::Compare(how, a, b) => {
                let (a, b) = (self.run(a, place), self.run(b, place));
                owned(said(compare(*how, &a, &b)))
            }
            Code::Arith(how, a, b) => {
                let (a, b) = (self.run(a, place), self.run(b, place));
                owned(arith(*how, &a, &b))
            }
            Code::Neg(of) => owned(match &*self.run(of, place) {
                Value::Number(number) => Value::Number(-*number),
                Value::Percent(fraction) => Value::Percent(-*fraction),
                Value::Months(months) => Value::Months(months.saturating_neg()),
                amount @ (Value::Money(_) | Value::Sum(_)) => {
                    value::add_amounts(&Value::Sum(Arc::default()), amount, true)
                }
                other => other.clone(),
            }),
            Code::In(a, list) => {
                let a = self.run(a, place);
                if let Code::List(items) = &**list {
                    let found = items.iter().any(|item| same(&a, &self.run(item, place)));
                    return owned(Value::Bool(found));
                }
                let list = self.run(list, place);
                let found = match &*list {
                    Value::List(items) => self.step(items.len()) && items.iter().any(|item| same(&a, item)),
                    _ => false,
                };
                owned(Value::Bool(found))
            }
            Code::Contains(a, b) => {
                let (a, b) = (self.run(a, place), self.run(b, place));
                owned(Value::Bool(match (&*a, &*b) {
                    (Value::Text(text), Value::Text(part)) => {
                        // A long text is many steps.
                        self.step(text.len() / 64) && text.to_lowercase().contains(&part.to_lowercase())
                    }
                    (Value::List(items), b) => self.step(items.len()) && items.iter().any(|item| same(item, b)),
                    _ => false,
                }))
            }
            Code::Overlaps(a, b) => {
                let (a, b) = (self.run(a, place), self.run(b, place));
                let (a, b) = (periods(&a), periods(&b));
                let n = a.len().saturating_mul(b.len());
                let found = self.step(n) && a.iter().any(|a| b.iter().any(|b| a.overlaps(*b)));
                owned(Value::Bool(found))
            }
            Code::IsEmpty(of) => owned(Value::Bool(self.run(of, place).is_empty())),
            Code::List(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.run(item, place).into_owned()).collect();
                owned(Value::List(items.into()))
            }
            Code::AsPercent(of) => owned(match self.run(of, place).into_owned() {
                Value::Number(number) => Value::Percent(number),
                other => other,
            }),
            Code::Today => owned(Value::Date(Date::of_day(self.today))),
            Code::Aggregate(how, ty, of) => {
                let of = self.run(of, place);
                match &*of {
                    Value::List(items) if self.step(items.len()) => owned(aggregate(*how, ty, items.iter())),
                    Value::Fault(_) => of,
                    _ => owned(aggregate(*how, ty, std::iter::empty())),
                }
            }
            Code::Siblings(at) => {
                let own = self.page_field(place.row, std::slice::from_ref(at));
                let all = self.records.holding(*at, &own);
                if !self.step(all.len()) {
                    return owned(Value::Fault(Fault::TooCostly));
                }
                let others: Vec<Value> = all.into_iter().filter(|page| *page != place.row).map(Value::Page).collect();
                owned(Value::List(others.into()))
            }
            Code::Previous { order, within } => owned(self.previous(*order, *within, place.row)),
            Code::Active(periods_at, day) => {
                let day = self.run(day, place);
                let period = self.page_field(place.row, periods_at);
                owned(said(match (&*period, &*day) {
                    (Value::Period(period), Value::Date(day)) => Some(period.holds(day.first())),
                    _ => None,
                }))
            }
            Code::Precision(of) => owned(match &*self.run(of, place) {
                Value::Date(date) => Value::text(date.precision().word()),
                _ => Value::Empty,
            }),
            Code::HasVersion(at) => {
                let key = &self.records.types().field(*at).key;
                let text = self.seen.page(place.row).and_then(|page| page.doc.front.text(key));
                let target = text.map(|text| links::reference(text).unwrap_or(text));
                owned(Value::Bool(target.is_some_and(|target| links::parts(target).version.is_some())))
            }
            Code::LinkedTo(of) => owned(Value::Bool(match &*self.run(of, place) {
                Value::Page(page) => self.seen.links(place.row).targets.binary_search(page).is_ok(),
                _ => false,
            })),
            Code::MaxOverTime { items, value, periods } => {
                let items = self.run(items, place);
                owned(self.max_over_time(&items, value, periods, place))
            }
        }
    }

    /// A step taken from one page, or from each of a list.
    fn each<'e>(&'e self, of: &'e Code, place: Place, step: &dyn Fn(PageIdx) -> Cow<'e, Value>) -> Cow<'e, Value> {
        let of = self.run(of, place);
        match &*of {
            Value::Page(page) => step(*page),
            Value::List(items) => {
                if !self.step(items.len()) {
                    return Cow::Owned(Value::Fault(Fault::TooCostly));
                }
                let mut values: Vec<Value> = Vec::with_capacity(items.len());
                for item in items.iter() {
                    let Value::Page(page) = item else { continue };
                    match &*step(*page) {
                        // What is made counts, not only what is walked: lists of lists multiply.
                        Value::List(inner) if self.step(inner.len()) => values.extend(inner.iter().cloned()),
                        Value::List(_) | Value::Fault(Fault::TooCostly) => {
                            return Cow::Owned(Value::Fault(Fault::TooCostly));
                        }
                        value => values.push(value.clone()),
                    }
                    if values.len() > limits::EVAL_MAX_LIST {
                        self.steps_left.set(0);
                        return Cow::Owned(Value::Fault(Fault::TooCostly));
                    }
                }
                Cow::Owned(Value::List(values.into()))
            }
            Value::Fault(fault) => Cow::Owned(Value::Fault(*fault)),
            _ => Cow::Owned(Value::Empty),
        }
    }

    /// A change made to one value, or to each of a list; lists in records in a list become one.
    fn mapped(&self, value: &Value, change: &dyn Fn(&Value) -> Value) -> Value {
        let Value::List(items) = value else { return change(value) };
        let mut values: Vec<Value> = Vec::with_capacity(items.len());
        for item in items.iter() {
            match change(item) {
                Value::List(inner) if self.step(inner.len()) => values.extend(inner.iter().cloned()),
                Value::List(_) => return Value::Fault(Fault::TooCostly),
                value => values.push(value),
            }
        }
        Value::List(values.into())
    }

    fn page_field(&self, page: PageIdx, places: &[FieldAt]) -> Cow<'_, Value> {
        let Some(record) = self.records.get(page) else { return Cow::Owned(Value::Empty) };
        let Some(at) = places.iter().find(|at| at.0 == record.of) else { return Cow::Owned(Value::Empty) };
        let field = self.records.types().field(*at);
        if field.is_written() {
            return record.values.get(usize::from(at.1)).map_or(Cow::Owned(Value::Empty), Cow::Borrowed);
        }
        let key = (page, *at);
        if let Some(known) = self.computed.borrow().get(&key) {
            return Cow::Owned(known.clone());
        }
        let value = match &field.kind {
            Kind::Computed { formula: Some(formula), empty_when, .. } => {
                let place = Place::own(page);
                let is_left_out = empty_when.as_ref().is_some_and(|when| self.holds(when, place) == Some(true));
                if is_left_out { Value::Empty } else { self.run(&formula.code, place).into_owned() }
            }
            Kind::Rollup(rollup) => self.rollup(rollup, page),
            _ => Value::Fault(Fault::Unreadable),
        };
        if self.is_exhausted() {
            // What came out is not the answer.
            return Cow::Owned(Value::Fault(Fault::TooCostly));
        }
        self.computed.borrow_mut().insert(key, value.clone());
        Cow::Owned(value)
    }

    /// The records that a roll-up of a page counts.
    pub fn counted(&self, rollup: &Rollup, page: PageIdx) -> Vec<PageIdx> {
        let referrers = self.records.referrers((rollup.from, rollup.via), page);
        if !self.step(referrers.len()) {
            return Vec::new();
        }
        let is_share = rollup.how == Aggregate::Share;
        referrers
            .filter(|row| {
                let place = Place { row: *row, this: Some(page) };
                is_share || rollup.only.as_ref().is_none_or(|only| self.holds(only, place) == Some(true))
            })
            .collect()
    }

    fn rollup(&self, rollup: &Rollup, page: PageIdx) -> Value {
        let rows = self.counted(rollup, page);
        let place = |row: PageIdx| Place { row, this: Some(page) };
        let total = |rows: &[PageIdx], ty: &Ty| match (rollup.how, &rollup.of) {
            (Aggregate::Share, _) => {
                let holds = rows
                    .iter()
                    .filter(|row| rollup.only.as_ref().is_none_or(|only| self.holds(only, place(**row)) == Some(true)));
                share(holds.count(), rows.len())
            }
            (how, Some(of)) => {
                let values: Vec<Value> = rows.iter().map(|row| self.value(of, place(*row))).collect();
                aggregate(how, ty, values.iter())
            }
            (_, None) => Value::number(rows.len()),
        };
        let value = match (&rollup.by, &rollup.ty) {
            (Some(by), Ty::List(ty)) => {
                let mut groups: Vec<(Value, Vec<PageIdx>)> = Vec::new();
                let mut keyed: Vec<(Value, PageIdx)> =
                    rows.iter().map(|row| (self.value(by, place(*row)), *row)).collect();
                keyed.sort_by(|a, b| a.0.order(&b.0, false));
                for (key, row) in keyed {
                    match groups.last_mut() {
                        Some((last, rows)) if last.order(&key, false).is_eq() => rows.push(row),
                        _ => groups.push((key, vec![row])),
                    }
                }
                let pairs = groups.into_iter().map(|(key, rows)| Value::Record([key, total(&rows, ty)].into()));
                Value::List(pairs.collect())
            }
            (_, ty) => total(&rows, ty),
        };
        if self.is_exhausted() { Value::Fault(Fault::TooCostly) } else { value }
    }

    fn meta(&self, page: PageIdx, meta: Meta) -> Value {
        let Some(at) = self.seen.page(page) else { return Value::Empty };
        match meta {
            Meta::Title => Value::text(at.title()),
            Meta::Path => Value::text(at.path.address()),
            Meta::Slug => Value::text(at.path.base_name()),
            Meta::Folder => Value::text(at.path.folder()),
            Meta::Type => at.doc.front.text("type").map_or(Value::Empty, Value::text),
            Meta::Tags => Value::List(at.doc.tags.iter().map(|tag| Value::text(tag)).collect()),
        }
    }

    fn previous(&self, order: FieldAt, within: Option<u16>, row: PageIdx) -> Value {
        let own = self.field(row, order);
        let all = match within {
            Some(within) => {
                let scope = self.field(row, (order.0, within));
                self.records.holding((order.0, within), &scope)
            }
            None => self.records.of_type(order.0).to_vec(),
        };
        if !self.step(all.len()) {
            return Value::Fault(Fault::TooCostly);
        }
        let mut best: Option<(PageIdx, Cow<'_, Value>)> = None;
        for page in all {
            let value = self.field(page, order);
            if value.compare(&own) != Some(Ordering::Less) {
                continue;
            }
            if best.as_ref().is_none_or(|best| value.compare(&best.1) == Some(Ordering::Greater)) {
                best = Some((page, value));
            }
        }
        best.map_or(Value::Empty, |best| Value::Page(best.0))
    }

    fn max_over_time(&self, items: &Value, value: &Code, periods: &[FieldAt], place: Place) -> Value {
        let Value::List(items) = items else { return Value::Empty };
        if !self.step(items.len()) {
            return Value::Fault(Fault::TooCostly);
        }
        let mut pages: Vec<PageIdx> = items
            .iter()
            .filter_map(|item| match item {
                Value::Page(page) => Some(*page),
                _ => None,
            })
            .collect();
        pages.push(place.row);
        pages.sort_unstable();
        pages.dedup();
        let period_of = |page: PageIdx| match &*self.page_field(page, periods) {
            Value::Period(period) => Some(*period),
            _ => None,
        };
        let begins: Vec<Date> = pages.iter().filter_map(|page| period_of(*page)?.from).collect();
        // What begins, and what has ended the day before, by day.
        let mut turns: Vec<(civil::Date, Decimal)> = Vec::new();
        let mut is_percent = false;
        for page in pages {
            let amount = match &*self.run(value, Place { row: page, this: place.this }) {
                Value::Percent(fraction) => {
                    is_percent = true;
                    *fraction
                }
                Value::Number(number) => *number,
                _ => continue,
            };
            let (first, mut last) = match period_of(page) {
                Some(period) => period.days(),
                None => (civil::Date::MIN, civil::Date::MAX),
            };
            // A month in which one ends and another begins is shared by neither (DESIGN §6).
            if let Some(Period { from, to: Some(to) }) = period_of(page)
                && to.precision() < Precision::Day
                && from != Some(to)
                && begins.contains(&to)
            {
                last = to.first().yesterday().unwrap_or(last);
            }
            turns.push((first, amount));
            if let Ok(after) = last.tomorrow() {
                turns.push((after, -amount));
            }
        }
        // On one day what ended goes before what begins.
        turns.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
        let (mut now, mut most) = (Decimal::ZERO, Decimal::ZERO);
        for (_, change) in turns {
            match now.checked_add(change) {
                Some(sum) => now = sum,
                None => return Value::Fault(Fault::Overflow),
            }
            most = most.max(now);
        }
        if is_percent { Value::Percent(most) } else { Value::Number(most) }
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is) => Some(*is),
        Value::Unknown | Value::Fault(_) => None,
        value => Some(!value.is_empty()),
    }
}

fn said(is: Option<bool>) -> Value {
    is.map_or(Value::Unknown, Value::Bool)
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(items), b) => items.iter().any(|item| same(item, b)),
        (a, b) => a.compare(b) == Some(Ordering::Equal),
    }
}

/// Empty equals nothing but empty; whether it is more or less than something is unknown.
fn compare(how: Cmp, a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Fault(_) | Value::Unknown, _) | (_, Value::Fault(_) | Value::Unknown) => return None,
        _ => {}
    }
    match (a.is_empty(), b.is_empty()) {
        (false, false) => {}
        (both, other) => {
            return Some(match how {
                Cmp::Same => both && other,
                Cmp::Differs => both != other,
                _ => return None,
            });
        }
    }
    if let (Value::Text(a), Value::Text(b), Cmp::Same | Cmp::Differs) = (a, b, how) {
        return Some((a == b) == (how == Cmp::Same));
    }
    let date = |value: &Value| match value {
        Value::Date(date) => Some(*date),
        Value::Moment(moment) => Some(moment.date()),
        _ => None,
    };
    if let (Some(x), Some(y)) = (date(a), date(b))
        && !matches!((a, b), (Value::Moment(_), Value::Moment(_)))
    {
        // A month is before a day when all of it is, and not after it when some of it is not.
        match how {
            Cmp::Less => return Some(x.last() < y.first()),
            Cmp::AtMost => return Some(x.first() <= y.last()),
            Cmp::More => return Some(x.first() > y.last()),
            Cmp::AtLeast => return Some(x.last() >= y.first()),
            Cmp::Same | Cmp::Differs => {}
        }
    }
    let Some(order) = a.compare(b) else {
        // A sum that can't be compared is unknown; values of different kinds simply differ.
        let is_sum = matches!(a, Value::Sum(_) | Value::Money(_));
        return match how {
            _ if is_sum => None,
            Cmp::Same => Some(false),
            Cmp::Differs => Some(true),
            _ => None,
        };
    };
    Some(match how {
        Cmp::Same => order.is_eq(),
        Cmp::Differs => order.is_ne(),
        Cmp::Less => order.is_lt(),
        Cmp::AtMost => order.is_le(),
        Cmp::More => order.is_gt(),
        Cmp::AtLeast => order.is_ge(),
    })
}

fn arith(how: Arith, a: &Value, b: &Value) -> Value {
    let overflow = Value::Fault(Fault::Overflow);
    match (a, b) {
        (Value::Fault(_), _) => return a.clone(),
        (_, Value::Fault(_)) => return b.clone(),
        (Value::Empty, _) | (_, Value::Empty) => return Value::Empty,
        _ => {}
    }
    let is_amount = |value: &Value| matches!(value, Value::Money(_) | Value::Sum(_) | Value::Unknown);
    let decimal = |value: &Value| match value {
        Value::Number(number) | Value::Percent(number) => Some(*number),
        _ => None,
    };
    match how {
        Arith::Plus | Arith::Minus => {
            let minus = how == Arith::Minus;
            match (a, b) {
                (Value::Date(date), Value::Months(months)) => {
                    let months = if minus { months.saturating_neg() } else { *months };
                    date.plus_months(months).map_or(overflow, Value::Date)
                }
                (Value::Months(a), Value::Months(b)) => {
                    let sum = if minus { a.checked_sub(*b) } else { a.checked_add(*b) };
                    sum.map_or(overflow, Value::Months)
                }
                (Value::Number(x), Value::Number(y)) | (Value::Percent(x), Value::Percent(y)) => {
                    match if minus { x.checked_sub(*y) } else { x.checked_add(*y) } {
                        None => overflow,
                        Some(sum) if matches!(a, Value::Percent(_)) => Value::Percent(sum),
                        Some(sum) => Value::Number(sum),
                    }
                }
                (a, b) if is_amount(a) && is_amount(b) => value::add_amounts(a, b, minus),
                _ => Value::Empty,
            }
        }
        Arith::Times => match (a, b) {
            (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
            (amount, factor) | (factor, amount) if is_amount(amount) && decimal(factor).is_some() => {
                scaled(amount, |part| part.checked_mul(decimal(factor)?))
            }
            (Value::Percent(a), Value::Percent(b)) => a.checked_mul(*b).map_or(overflow, Value::Percent),
            (a, b) => match (decimal(a), decimal(b)) {
                (Some(a), Some(b)) => a.checked_mul(b).map_or(overflow, |number| Value::Number(number.normalize())),
                _ => Value::Empty,
            },
        },
        Arith::Over => match (a, b) {
            (Value::Unknown, _) | (_, Value::Unknown) => Value::Unknown,
            (amount, by) if is_amount(amount) && decimal(by).is_some() => match decimal(by) {
                Some(by) if !by.is_zero() => scaled(amount, |part| part.checked_div(by)),
                _ => Value::Empty,
            },
            (Value::Money(a), Value::Money(b)) if a.currency == b.currency => divided(a.amount, b.amount),
            (a, b) if is_amount(a) && is_amount(b) => match (unknown_in(a), unknown_in(b)) {
                (0, 0) => Value::Empty,
                _ => Value::Unknown,
            },
            (Value::Percent(a), Value::Number(b)) if !b.is_zero() => a.checked_div(*b).map_or(overflow, Value::Percent),
            (a, b) => match (decimal(a), decimal(b)) {
                (Some(a), Some(b)) => divided(a, b),
                _ => Value::Empty,
            },
        },
    }
}

fn divided(a: Decimal, b: Decimal) -> Value {
    if b.is_zero() {
        return Value::Empty;
    }
    a.checked_div(b).map_or(Value::Fault(Fault::Overflow), Value::Number)
}

fn unknown_in(value: &Value) -> u32 {
    match value {
        Value::Unknown => 1,
        Value::Sum(sum) => sum.n_unknown,
        _ => 0,
    }
}

/// Each part of an amount changed alike.
fn scaled(amount: &Value, change: impl Fn(Decimal) -> Option<Decimal>) -> Value {
    let mut whole = Sum::default();
    whole.add_value(amount);
    let mut sum = Sum::default();
    sum.n_unknown = whole.n_unknown;
    for part in whole.parts() {
        match change(part.amount) {
            // An amount is a whole number of cents from here on: rows that are shown add up.
            Some(amount) => sum.add(Money { amount, currency: part.currency }.rounded()),
            None => return Value::Fault(Fault::Overflow),
        }
    }
    sum.into_value()
}

fn date_part(value: &Value, what: DatePart) -> Value {
    let date = match (value, what) {
        (Value::Period(period), DatePart::From) => return period.from.map_or(Value::Empty, Value::Date),
        (Value::Period(period), DatePart::To) => return period.to.map_or(Value::Empty, Value::Date),
        (Value::Date(date), _) => *date,
        (Value::Moment(moment), _) => moment.date(),
        (Value::Fault(fault), _) => return Value::Fault(*fault),
        _ => return Value::Empty,
    };
    let cut = |precision: Precision| {
        if date.precision() < precision { Value::Empty } else { Value::Date(date.cut(precision)) }
    };
    match what {
        DatePart::Year => cut(Precision::Year),
        DatePart::Month => cut(Precision::Month),
        DatePart::Day => cut(Precision::Day),
        DatePart::YearNumber => Value::Number(Decimal::from(date.year())),
        DatePart::MonthNumber => date.month().map_or(Value::Empty, |month| Value::Number(Decimal::from(month))),
        DatePart::From | DatePart::To => Value::Empty,
    }
}

fn periods(value: &Value) -> Vec<Period> {
    match value {
        Value::Period(period) => vec![*period],
        Value::Date(date) => vec![Period { from: Some(*date), to: Some(*date) }],
        Value::List(items) => items.iter().flat_map(periods).collect(),
        _ => Vec::new(),
    }
}

/// The part of `all` that `some` is; nothing of nothing.
fn share(some: usize, all: usize) -> Value {
    let (some, all) = (Decimal::from(some), Decimal::from(all));
    some.checked_div(all).map_or(Value::Empty, Value::Percent)
}

/// Many values as one, of kind `ty`. What is empty does not count; what is unknown is counted apart.
pub fn aggregate<'v>(how: Aggregate, ty: &Ty, values: impl Iterator<Item = &'v Value>) -> Value {
    let mut fault = None;
    let mut n = 0usize;
    let values = values.filter(|value| !value.is_empty());
    match how {
        Aggregate::Count => return Value::number(values.count()),
        Aggregate::Share => {
            let mut holds = 0;
            for value in values {
                n += 1;
                holds += usize::from(truth(value) == Some(true));
            }
            return share(holds, n);
        }
        Aggregate::Min | Aggregate::Max | Aggregate::Earliest | Aggregate::Latest => {
            let wants_least = matches!(how, Aggregate::Min | Aggregate::Earliest);
            let mut best: Option<Value> = None;
            for value in values {
                let value = match (value, wants_least) {
                    (Value::Unknown, _) => return Value::Unknown,
                    (Value::Fault(fault), _) => return Value::Fault(*fault),
                    (Value::Period(period), true) => period.from.map_or(Value::Empty, Value::Date),
                    (Value::Period(period), false) => period.to.map_or(Value::Empty, Value::Date),
                    (value, _) => value.clone(),
                };
                if value.is_empty() {
                    continue;
                }
                let is_better = match &best {
                    None => true,
                    Some(best) => match value.compare(best) {
                        None => return Value::Unknown,
                        Some(order) => {
                            if wants_least {
                                order.is_lt()
                            } else {
                                order.is_gt()
                            }
                        }
                    },
                };
                if is_better {
                    best = Some(value);
                }
            }
            return best.unwrap_or(Value::Empty);
        }
        Aggregate::Sum | Aggregate::Average => {}
    }
    let (mut sum, mut plain, mut months) = (Sum::default(), Decimal::ZERO, 0i32);
    for value in values {
        n += 1;
        match value {
            Value::Number(number) | Value::Percent(number) => match plain.checked_add(*number) {
                Some(total) => plain = total,
                None => fault = Some(Fault::Overflow),
            },
            Value::Months(more) => months = months.saturating_add(*more),
            Value::Fault(found) => fault = Some(*found),
            value => sum.add_value(value),
        }
    }
    if let Some(fault) = fault {
        return Value::Fault(fault);
    }
    if *ty != Ty::Money && sum.n_unknown > 0 {
        // Only amounts say how much of them is known.
        return Value::Unknown;
    }
    if how == Aggregate::Average && sum.parts().count() > 1 {
        // There is no average of several currencies.
        return Value::Empty;
    }
    let total = match ty {
        Ty::Money => sum.into_value(),
        Ty::Percent => Value::Percent(plain),
        Ty::Months => Value::Months(months),
        _ => Value::Number(plain),
    };
    match how {
        Aggregate::Average if n == 0 => Value::Empty,
        Aggregate::Average if unknown_in(&total) > 0 => Value::Unknown,
        Aggregate::Average => match arith(Arith::Over, &total, &Value::number(n)) {
            Value::Money(money) => Value::Money(money.rounded()),
            other => other,
        },
        _ => total,
    }
}
