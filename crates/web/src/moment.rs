//! Which moment of the wiki an answer shows, when that is not now: a version, a day, a commit.
//!
//! `page@v1` and `/page?at=page@v1` mean the same. The moment governs the whole answer: the
//! site, what "today" is, and where links lead. Which banners say so stands in `pages::version`.

use std::sync::Arc;

use jiff::civil::Date;
use polder_core::ids::CommitId;
use polder_core::path::{FilePath, percent_encoded};
use polder_core::site::{Page, Site};
use polder_core::version::{self, Version, VersionName};

use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::screen;

/// A moment of the wiki.
#[derive(Clone)]
pub struct Moment {
    /// The value of `?at=`, percent-encoded, that links keep; empty where a page is read as of a version
    /// only because its type says so.
    pub at: String,
    /// The same value, always.
    pub own: String,
    pub commit: CommitId,
    pub site: Arc<Site>,
    /// What "today" is then.
    pub day: Date,
    pub what: What,
}

/// How a moment was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Version(Box<Version>),
    /// The wiki as it was at the end of a day.
    Day(Date),
    Commit,
}

impl Moment {
    /// The value of `?at=`, as a form sends it.
    pub fn rev(&self) -> String {
        match &self.what {
            What::Version(version) => version.name.rev(),
            What::Day(day) => day.to_string(),
            What::Commit => format!("~{}", self.commit.short()),
        }
    }

    pub fn new(ask: &Ask, commit: CommitId, what: What) -> Result<Moment, Fail> {
        let site = ask.app.wiki.site_at(&ask.world, commit)?;
        let day = match &what {
            What::Version(version) => version.date,
            What::Day(day) => *day,
            // What was said of "today" then stays so: the same tree and the same day give the same bytes.
            What::Commit => {
                let facts = ask.app.wiki.commit_facts(&ask.world, commit)?;
                facts.and_then(|facts| version::day_of(facts.time_s, facts.offset_min)).unwrap_or(ask.clock_day)
            }
        };
        let mut moment = Moment { at: String::new(), own: String::new(), commit, site, day, what };
        moment.own = percent_encoded(&moment.rev());
        moment.at = moment.own.clone();
        Ok(moment)
    }
}

/// The value of `?at=` that means the text as it is now, also where readers get a version.
pub const NOW: &str = "now";

/// The moment that `?at=` names; `None` where the address asks for none.
pub fn asked(ask: &Ask) -> Result<Option<Moment>, Fail> {
    // Nearly every address has no query at all.
    if !ask.here.contains("at=") {
        return Ok(None);
    }
    match screen::param(ask, "at") {
        Some(rev) if !rev.is_empty() && rev != NOW => of_rev(ask, &rev).map(Some),
        // One that can't be read is not now.
        None if is_asked_somehow(&ask.here) => Err(Fail::BadRequest("fail-bad-address")),
        _ => Ok(None),
    }
}

/// Whether the query names `at`, whatever that says.
fn is_asked_somehow(here: &str) -> bool {
    here.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with("at=")))
}

/// A commit, and how it was named: a moment whose site nobody asked for yet.
pub type Named = (CommitId, What);

/// The moment that a full name of a version, a day or a commit means.
pub fn of_rev(ask: &Ask, rev: &str) -> Result<Moment, Fail> {
    let unknown = || Fail::UnknownVersion(rev.chars().take(200).collect());
    let (commit, what) = if let Some(rest) = rev.strip_prefix('~') {
        past_named(ask, rest)?
    } else if version::looks_like_date(rev) {
        day_named(ask, rev)?
    } else {
        let name = VersionName::parse_rev(rev).ok_or_else(unknown)?;
        version_named(ask, ask.world.version(&name.scope, &name.label).ok_or_else(unknown)?)?
    };
    Moment::new(ask, commit, what)
}

/// The moment that `address@version` means.
pub fn of_page(ask: &Ask, address: &str, version: &str) -> Result<Moment, Fail> {
    let (commit, what) = named(ask, address, version)?;
    Moment::new(ask, commit, what)
}

/// The commit that `address@version` means, for who needs no site.
pub fn named(ask: &Ask, address: &str, version: &str) -> Result<Named, Fail> {
    if let Some(rest) = version.strip_prefix('~') {
        return past_named(ask, rest);
    }
    // The full name of a version, of this page or of another.
    if version.contains('@') {
        let unknown = || Fail::UnknownVersion(version.chars().take(200).collect());
        let name = VersionName::parse_rev(version).ok_or_else(unknown)?;
        return version_named(ask, ask.world.version(&name.scope, &name.label).ok_or_else(unknown)?);
    }
    if version::looks_like_date(version) {
        let day = version::parse_date(version).ok_or_else(|| Fail::NoSuchDay(version.to_owned()))?;
        let ruling = ask.world.ruling(address);
        if ruling.is_empty() {
            return day_named(ask, version);
        }
        return match version::in_force(&ruling, day) {
            Some(version) => version_named(ask, version),
            None => Err(Fail::NoVersionThen { address: address.to_owned(), day }),
        };
    }
    match ask.world.version(address, version) {
        Some(version) => version_named(ask, version),
        None => Err(Fail::UnknownLabel { address: address.to_owned(), label: version.chars().take(200).collect() }),
    }
}

/// The address of a page as it is now, also where readers get a version of it.
pub fn now_href(ask: &Ask, path: &FilePath) -> String {
    let seen = ask.world.site.seen_by(&ask.who);
    let page = seen.page_at(path).and_then(|page| seen.page(page));
    let is_published = page.is_some_and(|page| ask.world.is_published(seen, page));
    if is_published { format!("{}?at={NOW}", path.href()) } else { path.href() }
}

/// The moment at which readers get a page that is asked for without one: its type may say that this
/// is the version in force.
pub fn published(ask: &Ask, page: &Page) -> Result<Option<Moment>, Fail> {
    if ask.moment.is_some() || screen::param(ask, "at").is_some() {
        return Ok(None);
    }
    let Some(holds) = ask.world.published(ask.seen(), page, ask.clock_day) else { return Ok(None) };
    // One that can't be shown must not keep the page from being read.
    match of_version(ask, holds) {
        Ok(moment) => Ok(Some(moment)),
        Err(Fail::LostVersion(_) | Fail::ShallowVersion(_)) => Ok(None),
        Err(fail) => Err(fail),
    }
}

/// The commit at one side of a comparison; nothing is now.
pub fn side_commit(ask: &Ask, address: &str, version: &str) -> Result<CommitId, Fail> {
    if version.is_empty() || version == NOW {
        return ask.world.main.ok_or(Fail::NotFound);
    }
    named(ask, address, version).map(|(commit, _)| commit)
}

/// The request at one side of a comparison, `page@A..B`; nothing is now.
pub fn side(ask: &Ask, address: &str, version: &str) -> Result<Ask, Fail> {
    if version.is_empty() || version == NOW {
        return Ok(ask.clone());
    }
    of_page(ask, address, version).map(|moment| ask.at(moment))
}

/// What follows a `~`: a commit, or a day, for the wiki as it was then whatever versions hold.
fn past_named(ask: &Ask, rest: &str) -> Result<Named, Fail> {
    match rest.contains('-') && version::looks_like_date(rest) {
        true => day_named(ask, rest),
        false => Ok((commit_named(ask, rest)?, What::Commit)),
    }
}

/// How a moment is named after the `@` in the address of a page, so that it is the same moment there:
/// percent-encoded, and nothing for now.
pub fn name_for(ask: &Ask, moment: Option<&Moment>, address: &str) -> String {
    let Some(moment) = moment else { return String::new() };
    match &moment.what {
        What::Version(version) => name_of(ask, version, address),
        What::Day(day) if ask.world.ruling(address).is_empty() => day.to_string(),
        What::Day(day) => format!("~{day}"),
        What::Commit => format!("~{}", moment.commit.short()),
    }
}

/// The same for a version: its label, or its full name where the page means another by that, or none.
pub fn name_of(ask: &Ask, version: &Version, address: &str) -> String {
    match ask.world.version(address, version.label()) {
        Some(found) if found.name == version.name => version.label().to_owned(),
        // Two points part the sides of a comparison.
        _ => percent_encoded(&version.name.rev()).replace("..", "%2E%2E"),
    }
}

fn commit_named(ask: &Ask, hex: &str) -> Result<CommitId, Fail> {
    let found = ask.app.wiki.commit_named(&ask.world, hex)?;
    found.ok_or_else(|| Fail::UnknownVersion(format!("~{}", hex.chars().take(40).collect::<String>())))
}

fn day_named(ask: &Ask, text: &str) -> Result<Named, Fail> {
    let day = version::parse_date(text).ok_or_else(|| Fail::NoSuchDay(text.to_owned()))?;
    if ask.world.history.is_none() {
        return Err(Fail::Reading);
    }
    if day > ask.clock_day {
        return Err(Fail::NoSuchDay(text.to_owned()));
    }
    let commit = ask.app.wiki.on_day(&ask.world, day).ok_or(Fail::BeforeAll(day))?;
    Ok((commit, What::Day(day)))
}

fn version_named(ask: &Ask, version: &Version) -> Result<Named, Fail> {
    // Nobody can say who may read a commit that an administrator took off the branch.
    if ask.app.wiki.on_branch(&ask.world, version.commit)?.is_none() {
        let name = version.name.rev();
        return Err(if ask.app.wiki.is_shallow() { Fail::ShallowVersion(name) } else { Fail::LostVersion(name) });
    }
    Ok((version.commit, What::Version(Box::new(version.clone()))))
}

/// A version whose commit is not on the branch any more is not shown.
fn of_version(ask: &Ask, version: &Version) -> Result<Moment, Fail> {
    let (commit, what) = version_named(ask, version)?;
    Moment::new(ask, commit, what)
}
