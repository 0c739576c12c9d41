//! How a value became another, in words: `+ € 150.000,00 (+ 30%)`, `einde 3 maanden later`.

use polder_core::compare::{AmountChange, Change, FieldChange, Held, ListChange, Origin, PartChange, Shift, Unit};
use polder_core::expr::Ty;
use polder_core::ids::CommitId;
use polder_core::path::percent_decode;
use polder_core::site::Seen;
use polder_core::spelling;
use polder_core::value::{Money, Value};
use rust_decimal::Decimal;

use crate::guard::Ask;
use crate::moment;
use crate::pages::screen;
use crate::values::{self, Spelling};
use crate::views::query::{Cell, NamedLink};
use crate::words::{Arg, Words};

/// Items of a list told in a line; the rest is counted.
const ITEMS_TOLD: usize = 8;

/// Longest text told within a sentence, in characters.
const TOLD_MAX_CHARS: usize = 60;

/// Digits after the point of a part in percents, as a fraction: 12,3%.
const PART_DIGITS: u32 = 3;

/// Spells what is held on either side.
#[derive(Clone, Copy)]
pub struct Tell<'a> {
    pub words: &'static Words,
    pub old: Version<'a>,
    pub new: Version<'a>,
}

/// One side: what it shows, and at which commit.
#[derive(Clone, Copy)]
pub struct Version<'a> {
    /// The request at that version.
    pub ask: &'a Ask,
    pub seen: Seen<'a>,
    pub commit: CommitId,
}

impl Version<'_> {
    /// The address of a page in this version.
    pub fn href(&self, href: &str) -> String {
        self.seen.stay(href.to_owned())
    }
}

/// Which side a value is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Old,
    New,
}

impl Tell<'_> {
    /// The comparison of what stands at an address, between the same versions, by the names that were
    /// asked for: a commit has a day of its own.
    pub fn between(&self, href: &str) -> String {
        let address = percent_decode(href.trim_matches('/')).unwrap_or_default();
        let name = |version: Version<'_>| moment::name_for(version.ask, version.ask.moment.as_deref(), &address);
        format!("{href}@{}..{}", name(self.old), name(self.new))
    }

    fn version(&self, which: Which) -> Version<'_> {
        match which {
            Which::Old => self.old,
            Which::New => self.new,
        }
    }

    fn spelling(&self, which: Which) -> Spelling<'_> {
        Spelling { words: self.words, seen: self.version(which).seen }
    }

    /// The whole value as text.
    pub fn text(&self, which: Which, held: &Held) -> String {
        self.spelling(which).text(&held.ty, &held.value)
    }

    /// The value as it stands in a table; pages lead to this version of them.
    pub fn cell(&self, which: Which, held: &Held) -> Cell {
        let links: Vec<NamedLink> = match &held.value {
            Value::List(items) => items.iter().map_while(|item| self.link(which, item)).collect(),
            value => self.link(which, value).into_iter().collect(),
        };
        let n_items = if let Value::List(items) = &held.value { items.len() } else { 1 };
        if !links.is_empty() && links.len() == n_items {
            return Cell::Links(links);
        }
        let text = self.text(which, held);
        match &held.value {
            _ if text.is_empty() => Cell::Nothing,
            Value::Unknown | Value::Fault(_) => Cell::Quiet(text),
            _ if held.ty.is_figure() => Cell::Figure(text),
            _ => Cell::Text(text),
        }
    }

    fn link(&self, which: Which, value: &Value) -> Option<NamedLink> {
        let named = self.spelling(which).page(value)?;
        // Spelled through the window of its version, it leads there already.
        Some(NamedLink { title: named.title, href: named.href, exists: named.exists })
    }

    /// The name of a field.
    pub fn label(&self, field: &FieldChange) -> String {
        field.label.get(self.words.lang.code()).map_or_else(|| values::key_label(&field.key), str::to_owned)
    }

    /// How a field changed.
    pub fn change(&self, field: &FieldChange) -> String {
        let words = self.words;
        match &field.change {
            Change::Filled => words.t("compare-filled").to_owned(),
            Change::Emptied => words.t("compare-emptied").to_owned(),
            Change::BecameKnown => words.t("compare-known").to_owned(),
            Change::BecameUnknown => words.t("compare-unknown").to_owned(),
            Change::Amount { by, unknown } => self.amounts(by, *unknown),
            Change::Number { by, part } => self.with_part(self.signed_number(*by), *part),
            Change::Percent(by) => {
                let points = spelling::number(
                    words.lang.tongue(),
                    polder_core::value::in_percents(by.abs().round_dp(PART_DIGITS)),
                );
                signed(by.is_sign_negative(), &words.f("compare-points", &[("points", Arg::Text(&points))]))
            }
            Change::Months(by) => signed(*by < 0, &self.months(by.unsigned_abs())),
            Change::Date(by) => self.shift(*by),
            Change::Period { from, to } => {
                let end = |key: &str, by: &Option<Shift>| by.map(|by| format!("{} {}", words.t(key), self.shift(by)));
                let ends = [end("compare-begin", from), end("compare-end", to)];
                ends.into_iter().flatten().collect::<Vec<_>>().join(", ")
            }
            Change::Moment(seconds) => self.time(*seconds),
            Change::List(list) => self.list(field, list),
            Change::Other => words.t("compare-other").to_owned(),
        }
    }

    fn amounts(&self, by: &[AmountChange], unknown: (u32, u32)) -> String {
        let mut parts: Vec<String> =
            by.iter().map(|amount| self.with_part(self.signed_money(amount.by), amount.part)).collect();
        if unknown.0 != unknown.1 {
            parts.push(self.unknown(unknown));
        }
        parts.join("; ")
    }

    fn unknown(&self, (old, new): (u32, u32)) -> String {
        let count = |n: u32| self.words.count(u64::from(n));
        self.words.f("compare-unknown-count", &[("old", Arg::Text(&count(old))), ("new", Arg::Text(&count(new)))])
    }

    fn with_part(&self, change: String, part: Option<Decimal>) -> String {
        match part {
            Some(part) => {
                let percent = spelling::percent(self.words.lang.tongue(), part.abs().round_dp(PART_DIGITS).normalize());
                format!("{change} ({})", signed(part.is_sign_negative(), &percent))
            }
            None => change,
        }
    }

    /// `+ € 150.000,00`
    pub fn signed_money(&self, money: Money) -> String {
        let bare = Money { amount: money.amount.abs(), currency: money.currency };
        signed(money.amount.is_sign_negative(), &spelling::money(self.words.lang.tongue(), bare))
    }

    fn signed_number(&self, by: Decimal) -> String {
        let text = self.spelling(Which::New).text(&Ty::Number, &Value::Number(by.abs()));
        signed(by.is_sign_negative(), &text)
    }

    fn months(&self, n: u64) -> String {
        match (n % 12, n / 12) {
            (0, years) if years > 0 => self.words.f("compare-years", &[("count", Arg::Count(years))]),
            _ => self.words.f("value-months", &[("count", Arg::Count(n))]),
        }
    }

    fn shift(&self, by: Shift) -> String {
        let words = self.words;
        match by {
            Shift::Months(months) => signed(months < 0, &self.months(u64::from(months.unsigned_abs()))),
            Shift::Days(days) => {
                let n = words.f("compare-days", &[("count", Arg::Count(u64::from(days.unsigned_abs())))]);
                signed(days < 0, &n)
            }
            Shift::Finer => words.t("compare-finer").to_owned(),
            Shift::Coarser => words.t("compare-coarser").to_owned(),
            Shift::Set => words.t("compare-set").to_owned(),
            Shift::Opened => words.t("compare-opened").to_owned(),
        }
    }

    fn time(&self, seconds: i64) -> String {
        let n = seconds.unsigned_abs();
        let text = match n {
            n if n.is_multiple_of(86_400) => self.words.f("compare-days", &[("count", Arg::Count(n / 86_400))]),
            n if n.is_multiple_of(3_600) => self.words.f("compare-hours", &[("count", Arg::Count(n / 3_600))]),
            n => self.words.f("compare-minutes", &[("count", Arg::Count(n / 60))]),
        };
        signed(seconds < 0, &text)
    }

    fn list(&self, field: &FieldChange, list: &ListChange) -> String {
        if list.is_order_only() {
            return self.words.t("compare-order").to_owned();
        }
        let part = |which: Which, key: &str, values: &[Value], n: usize| {
            if n == 0 {
                return None;
            }
            let held = if which == Which::Old { &field.old } else { &field.new };
            let of = if let Ty::List(of) = &held.ty { of } else { &held.ty };
            let told = values.iter().take(ITEMS_TOLD).map(|value| self.spelling(which).text(of, value));
            let mut items: Vec<String> = told.map(|text| cut(&text)).collect();
            if n > ITEMS_TOLD {
                items.push(self.words.f("compare-more", &[("count", Arg::Count((n - ITEMS_TOLD) as u64))]));
            }
            Some(self.words.f(key, &[("items", Arg::Text(&items.join(", ")))]))
        };
        let added = part(Which::New, "compare-items-added", &list.added, list.n_added);
        let removed = part(Which::Old, "compare-items-removed", &list.removed, list.n_removed);
        added.into_iter().chain(removed).collect::<Vec<_>>().join("; ")
    }

    /// What a part adds more or less, by unit.
    pub fn part(&self, part: &PartChange) -> String {
        let mut texts: Vec<String> = part.by.iter().map(|(unit, by)| self.signed_figure(*unit, *by)).collect();
        if part.unknown.0 != part.unknown.1 {
            texts.push(self.unknown(part.unknown));
        }
        texts.join("; ")
    }

    /// A figure of a total with its sign.
    pub fn signed_figure(&self, unit: Unit, figure: Decimal) -> String {
        signed(figure.is_sign_negative() && !figure.is_zero(), &self.figure(unit, figure.abs()))
    }

    /// A figure of a total.
    pub fn figure(&self, unit: Unit, figure: Decimal) -> String {
        let ty = match unit {
            Unit::Money(_) => Ty::Money,
            Unit::Percent => Ty::Percent,
            Unit::Number => Ty::Number,
            Unit::Months => Ty::Months,
        };
        self.spelling(Which::New).text(&ty, &unit.value(figure))
    }

    /// A field in a sentence, when there is one for it: `Plafond stijgt met …`.
    pub fn sentence(&self, field: &FieldChange, prefix: &str) -> Option<String> {
        let (words, label) = (self.words, format!("{prefix}{}", self.label(field)));
        let new = self.text(Which::New, &field.new);
        match &field.change {
            Change::Amount { by, unknown } if unknown.0 == unknown.1 && by.len() == 1 => {
                let amount = by.first()?;
                let bare = Money { amount: amount.by.amount.abs(), currency: amount.by.currency };
                let key = if amount.by.amount.is_sign_negative() { "compare-falls" } else { "compare-rises" };
                let by = spelling::money(words.lang.tongue(), bare);
                Some(words.f(key, &[("field", Arg::Text(&label)), ("by", Arg::Text(&by)), ("new", Arg::Text(&new))]))
            }
            Change::Amount { .. }
            | Change::Number { .. }
            | Change::Percent(_)
            | Change::Months(_)
            | Change::Date(_)
            | Change::Period { .. } => {
                let change = self.change(field);
                let args = [("field", Arg::Text(&label)), ("change", Arg::Text(&change)), ("new", Arg::Text(&new))];
                Some(words.f("compare-differs", &args))
            }
            Change::BecameKnown | Change::BecameUnknown | Change::Filled | Change::Emptied | Change::Other
                if field.origin != Origin::Computed && is_short(&field.old) && is_short(&field.new) =>
            {
                let old = match self.text(Which::Old, &field.old) {
                    text if text.is_empty() => words.t("compare-nothing").to_owned(),
                    text => text,
                };
                let new = if new.is_empty() { words.t("compare-nothing").to_owned() } else { new };
                let args = [("field", Arg::Text(&label)), ("old", Arg::Text(&old)), ("new", Arg::Text(&new))];
                Some(words.f("compare-becomes", &args))
            }
            _ => None,
        }
    }

    /// A field in a few words, for a row of a table: `Bedrag + € 10,00`.
    pub fn brief(&self, field: &FieldChange) -> String {
        let label = self.label(field);
        match &field.change {
            Change::Other | Change::Filled | Change::Emptied if is_short(&field.old) && is_short(&field.new) => {
                let text = |which, held| match self.text(which, held) {
                    text if text.is_empty() => self.words.t("compare-nothing").to_owned(),
                    text => cut(&text),
                };
                format!("{label}: {} → {}", text(Which::Old, &field.old), text(Which::New, &field.new))
            }
            Change::Amount { .. } | Change::Number { .. } | Change::Percent(_) => {
                format!("{label} {}", self.change(field))
            }
            _ => format!("{label}: {}", self.change(field)),
        }
    }
}

/// Values that can be told within a line.
fn is_short(held: &Held) -> bool {
    match &held.value {
        Value::List(_) | Value::Record(_) | Value::Fault(_) => false,
        Value::Text(text) => text.chars().nth(TOLD_MAX_CHARS).is_none() && !text.contains('\n'),
        _ => true,
    }
}

fn cut(text: &str) -> String {
    screen::cut(text, TOLD_MAX_CHARS)
}

/// A plus or minus sign that stays with what follows.
fn signed(is_less: bool, text: &str) -> String {
    let sign = if is_less { '\u{2212}' } else { '+' };
    format!("{sign}\u{a0}{text}")
}
