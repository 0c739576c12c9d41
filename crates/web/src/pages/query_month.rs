//! When rows are, and the month of a calendar that shows them.

use jiff::civil;
use polder_core::expr::Ty;
use polder_core::query::Row;
use polder_core::spelling;
use polder_core::value::{Date, Precision, Value};

use crate::pages::query::Draw;
use crate::pages::screen;
use crate::views::Link;
use crate::views::query::{Day, Month, NamedLink};
use crate::words::Arg;

/// A period with days of its own longer than this is listed beside the calendar, not on each day.
const CALENDAR_MAX_DAYS: i32 = 31;

impl Draw<'_> {
    /// The month asked for, else this one or the nearest that has anything.
    pub(super) fn month(&self) -> Option<Month> {
        let words = self.words();
        let spans: Vec<(&Row, Span)> = self.table.rows.iter().filter_map(|row| Some((row, span(&row.when)?))).collect();
        let own = if self.is_embedded { None } else { screen::param(self.ask, &format!("q-{}.month", self.n)) };
        let asked =
            own.and_then(|month| Date::parse(&month).ok()).filter(|month| month.precision() == Precision::Month);
        let first = asked.map(Date::first).or_else(|| nearest_month(&spans, self.on.today))?;
        let last = first.last_of_month();
        let in_month = |span: &Span| span.first <= last && first <= span.last;
        let (mut whole, mut by_day): (Vec<(NamedLink, String)>, Vec<Vec<NamedLink>>) = (Vec::new(), Vec::new());
        by_day.resize_with(31, Vec::new);
        for (row, span) in spans.iter().filter(|(_, span)| in_month(span)) {
            let Some(page) = self.on.seen.page(row.page) else { continue };
            let link =
                || NamedLink { title: page.title().to_owned(), href: self.on.seen.href(&page.path), exists: true };
            if !span.has_days() || days_between(span.first, span.last) >= CALENDAR_MAX_DAYS {
                let ty = Ty::Nothing;
                whole.push((link(), self.spelling.text(&ty, &row.when)));
                continue;
            }
            let from = span.first.max(first).day();
            let to = span.last.min(last).day();
            for day in from..=to {
                if let Some(events) = usize::try_from(day - 1).ok().and_then(|at| by_day.get_mut(at)) {
                    events.push(link());
                }
            }
        }
        let tongue = words.lang.tongue();
        let month_link = |month: civil::Date| {
            let name = Date::of_month(month.year(), month.month())?;
            let title = spelling::date(tongue, name);
            let chosen = format!("q-{}.month={name}", self.n);
            let href = if self.on.is_alone {
                self.alone_href(&chosen)
            } else {
                // A calendar in another page turns where it is written.
                let page = if self.is_embedded { self.on.path.href() } else { String::new() };
                self.ask.stay_here(format!("{page}?{chosen}#q.{}", self.n))
            };
            Some(Link { title, href })
        };
        let undated = self.table.rows.len() - spans.len();
        let days = by_day.into_iter().zip(1i8..).take(usize::try_from(last.day()).unwrap_or(31));
        let mut weeks: Vec<Vec<Option<Day>>> =
            vec![(0..first.weekday().to_monday_zero_offset()).map(|_| None).collect()];
        for (events, n) in days {
            if weeks.last().is_some_and(|week| week.len() == 7) {
                weeks.push(Vec::new());
            }
            let date = civil::Date::new(first.year(), first.month(), n).unwrap_or(first);
            let day =
                Day { n, label: spelling::date(tongue, Date::of_day(date)), is_today: date == self.on.today, events };
            if let Some(week) = weeks.last_mut() {
                week.push(Some(day));
            }
        }
        if let Some(week) = weeks.last_mut() {
            week.resize_with(7, || None);
        }
        Some(Month {
            label: spelling::date(tongue, Date::of_month(first.year(), first.month())?),
            earlier: first.yesterday().ok().filter(|day| day.year() >= 0).and_then(month_link),
            later: last.tomorrow().ok().and_then(month_link),
            weekdays: words.weekdays(),
            weeks,
            whole,
            undated: match undated {
                0 => String::new(),
                n => words.f("query-undated", &[("count", Arg::Count(n as u64))]),
            },
        })
    }
}

/// The days that something takes, open ends told.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub first: civil::Date,
    pub last: civil::Date,
    pub opens: bool,
    pub never_ends: bool,
    /// Both ends are days, not months or years.
    precise: bool,
}

impl Span {
    fn has_days(&self) -> bool {
        self.precise && !self.opens && !self.never_ends
    }
}

/// When something is, if that can be said.
pub fn span(value: &Value) -> Option<Span> {
    let of = |from: Option<Date>, to: Option<Date>| {
        let is_day = |date: Option<Date>| date.is_none_or(|date| date.precision() == Precision::Day);
        Some(Span {
            first: from.map_or(civil::Date::MIN, Date::first),
            last: to.map_or(civil::Date::MAX, Date::last),
            opens: from.is_none(),
            never_ends: to.is_none(),
            precise: is_day(from) && is_day(to),
        })
    };
    match value {
        Value::Date(date) => of(Some(*date), Some(*date)),
        Value::Moment(moment) => of(Some(moment.date()), Some(moment.date())),
        Value::Period(period) => of(period.from, period.to),
        _ => None,
    }
}

/// Days from one to the other.
pub fn days_between(from: civil::Date, to: civil::Date) -> i32 {
    i32::try_from(to.duration_since(from).as_hours() / 24).unwrap_or(i32::MAX)
}

/// The first day of the month of today when something is in it, else of what comes next or was last.
fn nearest_month(spans: &[(&Row, Span)], today: civil::Date) -> Option<civil::Date> {
    let (first, last) = (today.first_of_month(), today.last_of_month());
    if spans.iter().any(|(_, span)| span.first <= last && first <= span.last) {
        return Some(first);
    }
    let next = spans.iter().map(|(_, span)| span.first).filter(|day| *day > last).min();
    next.or_else(|| spans.iter().map(|(_, span)| span.last).max()).map(|day| day.first_of_month())
}
