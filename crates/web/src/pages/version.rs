//! What a page's screen says of versions: which one is shown, which one holds, and how to get from
//! one to another. In words above the text, as links beside it, and in headers for programs
//! (RFC 5829 link relations, RFC 7089 Memento).

use actix_web::http::header::{self, HeaderName};
use jiff::civil::{Date, Time};
use polder_core::address;
use polder_core::path::{FilePath, percent_encoded};
use polder_core::version::{self, Version, VersionKind};
use polder_wiki::{cites, clock};

use crate::guard::Ask;
use crate::moment::{self, Moment, What, now_href};
use crate::pages::edit::moment_of;
use crate::pages::screen;
use crate::views::Link;
use crate::views::page::Banner;
use crate::views::versions::{Switch, SwitchItem};
use crate::words::Arg;

/// Versions named beside a page; the list has them all.
const SWITCH_MAX: usize = 6;

/// Versions of folders and of the wiki that are named for a page, the newest.
const ABOVE_MAX: usize = 50;

/// What a page's screen says of versions.
#[derive(Default)]
pub struct Shown {
    pub banner: Option<Banner>,
    pub switch: Option<Switch>,
    /// For the window, where it is not just the page's own.
    pub title: Option<String>,
    pub is_indexed: bool,
    pub canonical: Option<String>,
    pub headers: Vec<(HeaderName, String)>,
}

/// Where a page is now that was at `path` at the moment that is looked at.
pub fn path_now(ask: &Ask, path: &FilePath) -> FilePath {
    let (Some(moment), Some(history)) = (&ask.moment, &ask.world.history) else { return path.clone() };
    history.path_now(path, moment.commit).unwrap_or_else(|| path.clone())
}

/// The version that holds for a page on a day: of its own, else of the nearest folder that has any.
pub fn governing<'a>(ask: &'a Ask, address: &str, day: Date) -> Option<&'a Version> {
    ask.world.governing(address, day)
}

/// `path` is where the page is at the moment that is looked at, `now` where it is by now.
pub fn shown(ask: &Ask, path: &FilePath, now: &FilePath) -> Shown {
    let mut shown = Shown { is_indexed: true, ..Shown::default() };
    if ask.world.versions().is_empty() && ask.moment.is_none() {
        return shown;
    }
    let mut list = versions_with(ask, now);
    list.retain(|version| !ask.world.is_lost(version));
    let holds = governing(ask, now.address(), ask.clock_day);
    let names = Names { ask, now };
    shown.banner = match &ask.moment {
        Some(moment) => names.past_banner(moment, path, holds),
        None => holds.and_then(|holds| names.present_banner(holds)),
    };
    if let Some(moment) = &ask.moment {
        let title = ask.seen().page_at(path).and_then(|page| ask.seen().page(page)).map(|page| page.title());
        let name = match &moment.what {
            What::Version(version) => version.label().to_owned(),
            What::Day(day) => ask.words.civil(*day),
            What::Commit => moment.commit.short(),
        };
        let is_asked = !moment.at.is_empty();
        shown.title = title.filter(|_| is_asked).map(|title| format!("{title} @ {name}"));
        shown.is_indexed = matches!(moment.what, What::Version(_));
        if let (What::Version(version), true) = (&moment.what, is_asked) {
            shown.canonical = Some(names.href(version));
        }
    }
    if !list.is_empty() {
        shown.switch = Some(names.switch(&list, holds));
    }
    if !list.is_empty() || ask.moment.is_some() {
        shown.headers = names.headers(&list, holds);
    }
    shown
}

/// The versions in which a page can be seen, oldest first.
pub fn versions_with<'a>(ask: &'a Ask, now: &FilePath) -> Vec<&'a Version> {
    let own = ask.world.own_versions(now.address());
    let above = version::scopes(now.address()).skip(1).flat_map(|scope| ask.world.versions().of(scope));
    let is_in = |version: &&Version| cites::path_then(&ask.world, now, version.commit).is_some();
    let by_date = |version: &&Version| (version.date, version.time_s);
    let mut above: Vec<&Version> = above.collect();
    above.sort_by_key(by_date);
    let newest = above.into_iter().rev().filter(is_in).take(ABOVE_MAX);
    let mut list: Vec<&Version> = own.into_iter().chain(newest).collect();
    list.sort_by_key(by_date);
    list
}

/// What versions are looked at of: a page, a folder, or the wiki at the empty address.
pub struct Place<'a> {
    pub ask: &'a Ask,
    /// By its present address, and where that leads.
    pub address: &'a str,
    pub href: String,
}

impl Place<'_> {
    pub fn is_own(&self, version: &Version) -> bool {
        self.ask.world.own_versions(self.address).iter().any(|own| own.name == version.name)
    }

    /// By its label alone where it is its own.
    pub fn called(&self, version: &Version) -> String {
        if self.is_own(version) { version.label().to_owned() } else { version.name.rev() }
    }

    /// What stands here at a version.
    pub fn href(&self, version: &Version) -> String {
        match self.ask.world.version(self.address, version.label()) {
            Some(found) if found.name == version.name => format!("{}@{}", self.href, version.label()),
            // It has a label of that name itself.
            _ => format!("{}?at={}", self.href, percent_encoded(&version.name.rev())),
        }
    }

    /// From one version to another, or to now.
    pub fn compare_href(&self, from: &Version, to: Option<&Version>) -> String {
        let name = |version: &Version| moment::name_of(self.ask, version, self.address);
        format!("{}@{}..{}", self.href, name(from), to.map_or_else(String::new, name))
    }
}

/// How a version of a page is called: by its label alone where it is the page's own.
pub struct Names<'a> {
    pub ask: &'a Ask,
    /// Where the page is by now.
    pub now: &'a FilePath,
}

impl Names<'_> {
    fn place(&self) -> Place<'_> {
        Place { ask: self.ask, address: self.now.address(), href: self.now.href() }
    }

    /// Whether a version is of the page, of a folder above it or of the wiki.
    fn is_above(&self, version: &Version) -> bool {
        self.place().is_own(version)
            || version::scopes(self.now.address()).skip(1).any(|scope| scope == &*version.name.scope)
    }

    pub fn of(&self, version: &Version) -> String {
        self.place().called(version)
    }

    /// The page at a version.
    pub fn href(&self, version: &Version) -> String {
        self.place().href(version)
    }

    /// From one version to another, or to now.
    pub fn compare_href(&self, from: &Version, to: Option<&Version>) -> String {
        self.place().compare_href(from, to)
    }

    fn link(&self, key: &str, href: String) -> Link {
        Link { title: self.ask.words.t(key).to_owned(), href }
    }

    /// What is said of a version that is looked at.
    fn past_banner(&self, moment: &Moment, path: &FilePath, holds: Option<&Version>) -> Option<Banner> {
        let words = self.ask.words;
        let is_there = self.ask.world.site.seen_by(&self.ask.who).page_at(self.now).is_some();
        let present: Vec<Link> =
            is_there.then(|| self.link("banner-present", now_href(self.ask, self.now))).into_iter().collect();
        let version = match &moment.what {
            What::Version(version) => &**version,
            What::Day(_) => {
                let text = screen::moment_text(self.ask, moment);
                let name = moment::name_for(self.ask, Some(moment), self.now.address());
                let compare = format!("{}@{name}..", self.now.href());
                let mut actions = present;
                actions.push(self.link("banner-compare", compare));
                return Some(Banner::Version { text, actions });
            }
            What::Commit => {
                let facts = self.ask.app.wiki.commit_facts(&self.ask.world, moment.commit).ok()??;
                return Some(Banner::Old {
                    at: moment_of(facts.time_s, facts.offset_min),
                    commit: moment.commit.short(),
                    present_href: now_href(self.ask, self.now),
                    compare_href: screen::diff_href(path, moment.commit, self.ask.world.main.unwrap_or(moment.commit)),
                });
            }
        };
        if !self.is_above(version) {
            let text = screen::moment_text(self.ask, moment);
            return Some(Banner::Version { text, actions: present });
        }
        let (label, date) = (self.of(version), words.civil(version.date));
        let own = [("label", Arg::Text(label.as_str())), ("date", Arg::Text(date.as_str()))];
        let mut actions = present;
        let mut text = match holds {
            _ if version.date > self.ask.clock_day => words.f("version-not-yet", &own),
            Some(holds) if holds.name == version.name => words.f("version-holds", &own),
            Some(holds) if holds.text.kind == VersionKind::Withdrawal => {
                format!("{} {}", words.f("version-is", &own), self.withdrawn(holds))
            }
            Some(holds) => {
                actions.push(Link {
                    title: words.f("version-see", &[("label", Arg::Text(&self.of(holds)))]),
                    href: self.href(holds),
                });
                actions.push(Link {
                    title: words
                        .f("version-compare", &[("from", Arg::Text(&label)), ("to", Arg::Text(&self.of(holds)))]),
                    href: self.compare_href(version, Some(holds)),
                });
                let other = words.civil(holds.date);
                let holding = self.of(holds);
                let args = [
                    ("label", Arg::Text(label.as_str())),
                    ("date", Arg::Text(date.as_str())),
                    ("current", Arg::Text(holding.as_str())),
                    ("currentdate", Arg::Text(other.as_str())),
                ];
                words.f("version-older", &args)
            }
            None => words.f("version-is", &own),
        };
        if version.text.kind == VersionKind::Withdrawal {
            let is_last = holds.is_none_or(|holds| holds.name == version.name);
            text = if is_last { self.withdrawn(version) } else { format!("{} {text}", self.withdrawn(version)) };
        }
        if !is_there {
            text = format!("{text} {}", words.t("version-page-gone"));
        }
        let is_last = holds.is_none_or(|holds| holds.name == version.name);
        let n_changes = if is_last && is_there { self.n_changes(version, path) } else { 0 };
        if n_changes > 0 {
            let args = [("count", Arg::Count(n_changes as u64)), ("label", Arg::Text(label.as_str()))];
            text = format!("{text} {}", words.f("version-newer-draft", &args));
            actions.push(self.link("banner-compare", self.compare_href(version, None)));
        }
        Some(Banner::Version { text, actions })
    }

    /// What is said of the page as it is now, where a version of it or of its folder holds.
    fn present_banner(&self, holds: &Version) -> Option<Banner> {
        let words = self.ask.words;
        let text = if holds.text.kind == VersionKind::Withdrawal {
            self.withdrawn(holds)
        } else {
            // A version of the whole wiki would speak on every page after its first change.
            if holds.name.scope.is_empty() || self.n_changes_of(holds) == 0 {
                return None;
            }
            let (label, date) = (self.of(holds), words.civil(holds.date));
            // Only what somebody decided on was adopted.
            let key = if holds.text.decision.is_some() { "version-draft-adopted" } else { "version-draft" };
            words.f(key, &[("label", Arg::Text(&label)), ("date", Arg::Text(&date))])
        };
        let see = words.f("version-see", &[("label", Arg::Text(&self.of(holds)))]);
        let actions = vec![
            Link { title: see, href: self.href(holds) },
            self.link("version-compare-draft", self.compare_href(holds, None)),
        ];
        Some(Banner::Version { text, actions })
    }

    fn withdrawn(&self, version: &Version) -> String {
        let date = self.ask.words.civil(version.date);
        match &version.text.decision {
            Some(decision) => self.ask.words.f(
                "version-withdrawn-by",
                &[("date", Arg::Text(&date)), ("decision", Arg::Text(&decision_title(self.ask, decision)))],
            ),
            None => self.ask.words.f("version-withdrawn", &[("date", Arg::Text(&date))]),
        }
    }

    /// Changes to the page since a version in which it was at `path`.
    fn n_changes(&self, version: &Version, path: &FilePath) -> usize {
        self.ask.world.history.as_ref().map_or(0, |history| history.n_after(path, version.commit))
    }

    fn n_changes_of(&self, version: &Version) -> usize {
        let Some(history) = &self.ask.world.history else { return 0 };
        let then = history.path_at(self.now, version.commit).unwrap_or_else(|| self.now.clone());
        history.n_after(&then, version.commit)
    }

    fn switch(&self, list: &[&Version], holds: Option<&Version>) -> Switch {
        let here = match self.ask.moment.as_deref() {
            Some(Moment { what: What::Version(version), .. }) => Some(version.name.clone()),
            _ => None,
        };
        let is_here = |version: &Version| here.as_ref() == Some(&version.name);
        let item = |version: &&Version| SwitchItem {
            label: self.of(version),
            date: self.ask.words.civil(version.date),
            href: self.href(version),
            is_here: is_here(version),
            holds: holds.is_some_and(|holds| holds.name == version.name),
        };
        let mut items: Vec<SwitchItem> = list.iter().rev().take(SWITCH_MAX).map(item).collect();
        if let Some(old) = list.iter().find(|version| is_here(version))
            && !items.iter().any(|item| item.is_here)
        {
            items.push(item(old));
        }
        Switch {
            items,
            now_href: now_href(self.ask, self.now),
            is_now: self.ask.moment.is_none(),
            all_href: screen::act_href("versions", self.now),
        }
    }

    /// For programs: which versions there are, and of when this one is.
    fn headers(&self, list: &[&Version], holds: Option<&Version>) -> Vec<(HeaderName, String)> {
        let mut links = vec![
            (self.now.href(), "original"),
            (screen::act_href("timegate", self.now), "timegate"),
            (screen::act_href("timemap", self.now), "timemap"),
            (screen::act_href("versions", self.now), "version-history"),
        ];
        links.extend(holds.map(|holds| (self.href(holds), "latest-version")));
        let mut headers = Vec::new();
        if let Some(moment) = self.ask.moment.as_deref().filter(|moment| !moment.at.is_empty()) {
            if let What::Version(version) = &moment.what
                && let Some(at) = list.iter().position(|other| other.name == version.name)
            {
                let before = at.checked_sub(1).and_then(|at| list.get(at));
                links.extend(before.map(|version| (self.href(version), "predecessor-version")));
                links.extend(list.get(at + 1).map(|version| (self.href(version), "successor-version")));
            }
            headers.extend(self.datetime(moment).map(|at| (HeaderName::from_static("memento-datetime"), at)));
        }
        let links: Vec<String> =
            links.into_iter().map(|(href, rel)| format!("<{}>; rel=\"{rel}\"", address::at(&href))).collect();
        headers.push((header::LINK, links.join(", ")));
        headers
    }

    fn datetime(&self, moment: &Moment) -> Option<String> {
        match &moment.what {
            What::Version(version) => Some(http_day(self.ask, version.date)),
            What::Day(_) | What::Commit => {
                let facts = self.ask.app.wiki.commit_facts(&self.ask.world, moment.commit).ok()??;
                http_time(facts.time_s)
            }
        }
    }
}

/// The begin of a day in the wiki's zone, as HTTP writes it.
pub fn http_day(ask: &Ask, day: Date) -> String {
    let zone = clock::zone(ask.world.site.settings());
    let begin = zone.to_timestamp(day.to_datetime(Time::midnight()));
    begin.ok().and_then(|begin| http_time(begin.as_second())).unwrap_or_default()
}

/// Seconds since 1970 as HTTP writes a date (RFC 9110 §5.6.7).
pub fn http_time(time_s: i64) -> Option<String> {
    let at = jiff::Timestamp::from_second(time_s).ok()?;
    jiff::fmt::strtime::format("%a, %d %b %Y %H:%M:%S GMT", jiff::tz::TimeZone::UTC.to_datetime(at)).ok()
}

/// A decision by the title of its page, where it names one.
pub fn decision_title(ask: &Ask, decision: &str) -> String {
    decision_page(ask, decision).map_or_else(|| decision.to_owned(), |link| link.title)
}

/// The page that a decision is.
pub fn decision_page(ask: &Ask, decision: &str) -> Option<Link> {
    let seen = ask.world.site.seen_by(&ask.who);
    let name = polder_core::links::reference(decision).unwrap_or(decision);
    match seen.find("", name) {
        polder_core::names::Found::Page(page) => {
            let page = seen.page(page)?;
            Some(Link { title: page.title().to_owned(), href: page.path.href() })
        }
        _ => None,
    }
}
