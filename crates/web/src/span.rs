//! From which moment to which: what `since=` and `until=` mean.
//!
//! Both take a day, a month or a year, a full name of a version, a day or commit of a page
//! (`plan@2010-01-01`), a commit (`~3f2a9c1`), a number of days ago (`30d`) and the name of a page that
//! has a date, such as a meeting. Since a day is from its begin: the old side is what was there at the
//! end of the day before. Until a day is to its end. What is compared then stands in `pages::since`.

use jiff::civil::Date as Day;
use polder_core::ids::CommitId;
use polder_core::links;
use polder_core::names::{Found, PageIdx};
use polder_core::site::{AtAddress, Seen};
use polder_core::spelling;
use polder_core::types::Kind;
use polder_core::value::{Date, Value};

use crate::fail::Fail;
use crate::guard::Ask;
use crate::moment::{self, Moment, NOW, What};
use crate::words::Arg;

/// Longest text that can name a moment: the longest path, and a label.
const NAMED_MAX_BYTES: usize = polder_core::limits::PATH_MAX_BYTES + 100;

/// Most days that can be counted back: a hundred years.
const DAYS_MAX: i32 = 36_600;

/// One end.
pub struct End {
    /// As it was asked for.
    pub asked: String,
    /// In words.
    pub name: String,
    /// The request at that moment.
    pub ask: Ask,
    pub commit: CommitId,
    /// The wiki began within what was asked for, so that this is its first commit.
    pub is_begin: bool,
}

pub struct Span {
    pub since: End,
    pub until: End,
}

/// Reads both ends; nothing for `until` is now.
pub fn read(ask: &Ask, since: &str, until: &str) -> Result<Span, Fail> {
    let Some(history) = &ask.world.history else { return Err(Fail::Reading) };
    let since = since_end(ask, since.trim())?;
    let until = until_end(ask, until.trim())?;
    if history.number_of(until.commit) < history.number_of(since.commit) {
        return Err(Fail::BadRequest("since-backwards"));
    }
    Ok(Span { since, until })
}

/// What a text means.
enum Named {
    /// A day, a month or a year.
    Date(Date, String),
    DaysAgo(Day, u64),
    Rev(CommitId, What),
}

fn since_end(ask: &Ask, text: &str) -> Result<End, Fail> {
    let (day, name, may_begin) = match named(ask, text)? {
        Named::Rev(commit, what) => return rev_end(ask, text, commit, what),
        Named::DaysAgo(day, n) => (day, ask.words.f("since-days-ago", &[("count", Arg::Count(n))]), true),
        Named::Date(date, name) => {
            if date.first() > ask.clock_day {
                return Err(Fail::NoSuchDay(text.to_owned()));
            }
            let last = date.last().min(ask.clock_day);
            let has_begun = ask.app.wiki.on_day(&ask.world, last).is_some();
            (date.first(), name, has_begun)
        }
    };
    let eve = day.yesterday().map_err(|_| Fail::NoSuchDay(text.to_owned()))?;
    let first = || ask.world.history.as_ref().and_then(|history| history.first()).filter(|_| may_begin);
    let (commit, what, is_begin) = match ask.app.wiki.on_day(&ask.world, eve) {
        Some(commit) => (commit, What::Day(eve), false),
        None => (first().ok_or(Fail::BeforeAll(day))?, What::Commit, true),
    };
    let ask = ask.at(Moment::new(ask, commit, what)?);
    Ok(End { asked: text.to_owned(), name, ask, commit, is_begin })
}

fn until_end(ask: &Ask, text: &str) -> Result<End, Fail> {
    let now = |name: String| {
        let commit = ask.world.main.ok_or(Fail::NotFound)?;
        Ok(End { asked: text.to_owned(), name, ask: ask.clone(), commit, is_begin: false })
    };
    if text.is_empty() || text == NOW {
        return now(String::new());
    }
    let (first, last, name) = match named(ask, text)? {
        Named::Rev(commit, what) => return rev_end(ask, text, commit, what),
        Named::DaysAgo(day, n) => (day, day, ask.words.f("since-days-ago", &[("count", Arg::Count(n))])),
        Named::Date(date, name) => (date.first(), date.last(), name),
    };
    if first > ask.clock_day {
        return Err(Fail::NoSuchDay(text.to_owned()));
    }
    if last >= ask.clock_day {
        return now(name);
    }
    let commit = ask.app.wiki.on_day(&ask.world, last).ok_or(Fail::BeforeAll(last))?;
    let ask = ask.at(Moment::new(ask, commit, What::Day(last))?);
    Ok(End { asked: text.to_owned(), name, ask, commit, is_begin: false })
}

fn rev_end(ask: &Ask, text: &str, commit: CommitId, what: What) -> Result<End, Fail> {
    let moment = Moment::new(ask, commit, what)?;
    let of = match &moment.what {
        What::Version(version) => version.name.rev(),
        What::Commit | What::Day(_) => text.to_owned(),
    };
    let name = dated(ask, &of, moment.day);
    Ok(End { asked: text.to_owned(), name, ask: ask.at(moment), commit, is_begin: false })
}

fn dated(ask: &Ask, name: &str, day: Day) -> String {
    ask.words.f("since-dated", &[("name", Arg::Text(name)), ("date", Arg::Text(&ask.words.civil(day)))])
}

fn named(ask: &Ask, text: &str) -> Result<Named, Fail> {
    let unknown = || Fail::UnknownSince(text.chars().take(200).collect());
    if text.is_empty() || text.len() > NAMED_MAX_BYTES {
        return Err(unknown());
    }
    if text.starts_with('~') {
        let (commit, what) = moment::named(ask, "", text)?;
        return Ok(Named::Rev(commit, what));
    }
    if let Some(n) = days_ago(text) {
        let day = jiff::Span::new().try_days(n).ok().and_then(|days| ask.clock_day.checked_sub(days).ok());
        return Ok(Named::DaysAgo(day.ok_or_else(unknown)?, u64::from(n.unsigned_abs())));
    }
    if let Ok(date) = spelling::read_date(ask.lang().tongue(), text) {
        return Ok(Named::Date(date, spelling::date(ask.lang().tongue(), date)));
    }
    if polder_core::version::looks_like_date(text) {
        return Err(Fail::NoSuchDay(text.chars().take(200).collect()));
    }
    let name = links::reference(text).unwrap_or(text);
    if let Some((address, version)) = name.rsplit_once('@') {
        let (commit, what) = moment::named(ask, address.trim_matches('/'), version)?;
        return Ok(Named::Rev(commit, what));
    }
    let seen = ask.seen();
    let page = page_named(seen, name).ok_or_else(unknown)?;
    let title = seen.page(page).map_or("", |page| page.title());
    let date = date_of(seen, page).ok_or_else(|| Fail::Undated(title.to_owned()))?;
    Ok(Named::Date(date, dated(ask, title, date.first())))
}

/// `7d`: so many days ago.
fn days_ago(text: &str) -> Option<i32> {
    let digits = text.strip_suffix(['d', 'D'])?;
    let is_number = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|n| is_number && *n > 0 && *n <= DAYS_MAX)
}

/// A page by its address, else by its name.
pub fn page_named(seen: Seen<'_>, name: &str) -> Option<PageIdx> {
    match seen.at(name.trim().trim_matches('/')) {
        AtAddress::Page(page) | AtAddress::Moved(page) => Some(page),
        _ => match seen.find("", name) {
            Found::Page(page) => Some(page),
            _ => None,
        },
    }
}

/// The day that a record is of: its first field that holds a date or a time.
pub fn date_of(seen: Seen<'_>, page: PageIdx) -> Option<Date> {
    let record = seen.records().get(page)?;
    let kind = seen.types().get(record.of);
    kind.fields.iter().zip(&record.values).find_map(|(field, value)| match (&field.kind, value) {
        (Kind::Date, Value::Date(date)) => Some(*date),
        (Kind::Moment, Value::Moment(moment)) => Some(moment.date()),
        _ => None,
    })
}
