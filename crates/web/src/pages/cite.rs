//! What is said of links that name a version: that there is none, or what holds by now and whether the
//! cited piece changed since.
//!
//! How citations are found and compared stands in `polder_wiki::cites`.

use jiff::civil::Date;
use polder_core::doc::Doc;
use polder_core::html::{self, Cite};
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::links::{self, PageLinks, Target};
use polder_core::path::FilePath;
use polder_core::piece::{Change, Piece};
use polder_core::version::Version;
use polder_wiki::cites::{self, Against, Citation, Cited, Named};

use crate::guard::Ask;
use crate::pages::version::{self as shown, Names};
use crate::words::Arg;

/// What is known of the versions that the links of a page name, with a place for each link; empty
/// where none names one. `path` is the page at the moment that is looked at.
pub fn of_links(ask: &Ask, doc: &Doc, path: &FilePath, answers: &PageLinks) -> Vec<Option<Cite>> {
    if !links::may_cite(doc) || !answers.links.iter().any(|answer| answer.versioned) {
        return Vec::new();
    }
    let mut bytes_left = limits::CITES_MAX_BYTES;
    let mut n_left = limits::CITES_MAX;
    let links = doc.links.iter().zip(&answers.links);
    links
        .map(|(link, answer)| {
            let version = answer.version(link).filter(|_| n_left > 0)?;
            n_left -= 1;
            let written = answer.written(link);
            let target = target(ask, path, &answer.to, written)?;
            let fragment = links::parts(written).fragment;
            let piece = Piece::of(fragment);
            let mut cite = of_version(ask, &target, version, &piece, &mut bytes_left);
            if !matches!(answer.to, Target::Page(_)) {
                let mut href = format!("{}@{version}", target.now.href());
                if let Some(fragment) = fragment {
                    html::push_fragment(fragment, &mut href);
                }
                cite.href = Some(href);
            }
            Some(cite)
        })
        .collect()
}

/// A page that a link names a version of.
pub struct CitedPage {
    /// Where it is by now, and its file at the moment that is looked at.
    pub now: FilePath,
    pub here: Option<BlobId>,
}

/// The page that a link leads to: one that is there, the page itself, or one that is there no more but
/// has versions.
pub fn target(ask: &Ask, own: &FilePath, to: &Target, written: &str) -> Option<CitedPage> {
    let seen = ask.seen();
    let path = match to {
        Target::Page(page) => &seen.page(*page)?.path,
        Target::Own => own,
        Target::Missing(place) => {
            let now = cites::gone(ask.world.versions(), written, place)?;
            return Some(CitedPage { now, here: None });
        }
        _ => return None,
    };
    Some(CitedPage { now: shown::path_now(ask, path), here: seen.file(path.as_str()) })
}

/// What a citation comes to at the moment that is looked at; `None` where there is no such version.
pub fn cited(ask: &Ask, page: &CitedPage, version: &str, piece: &Piece, bytes_left: &mut usize) -> Option<Cited> {
    let citation = Citation { now: &page.now, version, piece };
    ask.app.wiki.cited(&ask.world, citation, page.here, ask.today, bytes_left).ok().flatten()
}

/// Whether a page was there at a commit.
pub fn is_in(ask: &Ask, commit: CommitId, now: &FilePath) -> bool {
    ask.app.wiki.file_then(&ask.world, now, commit).is_ok_and(|file| file.is_some())
}

fn of_version(ask: &Ask, page: &CitedPage, version: &str, piece: &Piece, bytes_left: &mut usize) -> Cite {
    if let Some((from, to)) = version.split_once("..") {
        // A comparison says by itself what changed.
        let mut is_known = |side: &str| side.is_empty() || cited(ask, page, side, piece, bytes_left).is_some();
        return Cite { missing: !is_known(from) || !is_known(to), ..Cite::default() };
    }
    match cited(ask, page, version, piece, bytes_left) {
        Some(cited) => Cite { note: note(ask, page, &cited, piece), ..Cite::default() },
        // While the history is being read, days and former addresses are not known yet.
        None => Cite { missing: ask.world.history.is_some(), ..Cite::default() },
    }
}

/// What is said after a link.
fn note(ask: &Ask, page: &CitedPage, cited: &Cited, piece: &Piece) -> Option<String> {
    let standing = standing(ask, page, cited, piece)?;
    Some(format!("{}; {standing}", label(ask, page, cited)))
}

/// How what is cited is called: `v1`, a day, a commit.
pub fn label(ask: &Ask, page: &CitedPage, cited: &Cited) -> String {
    match &cited.what {
        Named::Version(version) => Names { ask, now: &page.now }.of(version),
        Named::Day(day) => ask.words.civil(*day),
        Named::Commit(commit) => commit.short(),
    }
}

/// From when it is.
pub fn date(cited: &Cited) -> Option<Date> {
    match &cited.what {
        Named::Version(version) => Some(version.date),
        Named::Day(_) | Named::Commit(_) => None,
    }
}

/// What holds instead, and whether the cited piece changed; `None` where it holds itself.
pub fn standing(ask: &Ask, page: &CitedPage, cited: &Cited, piece: &Piece) -> Option<String> {
    let words = ask.words;
    let holding = |holds: &Version| {
        let current = Names { ask, now: &page.now }.of(holds);
        words.f("cite-holds", &[("current", Arg::Text(&current))])
    };
    let change = |change: Change| words.t(change_key(change, piece));
    Some(match &cited.against {
        Against::Itself => return None,
        Against::Version(holds, None) => holding(holds),
        Against::Version(holds, Some(how)) => format!("{}, {}", holding(holds), change(*how)),
        Against::Withdrawn(holds) => words.f("cite-withdrawn", &[("date", Arg::Text(&words.civil(holds.date)))]),
        Against::Now(how) => change((*how)?).to_owned(),
        Against::Gone => words.t("cite-page-gone").to_owned(),
    })
}

fn change_key(change: Change, piece: &Piece) -> &'static str {
    match (change, piece) {
        (Change::Same, Piece::Whole) => "cite-page-same",
        (Change::Same, _) => "cite-piece-same",
        (Change::Fields, _) => "cite-page-fields",
        (Change::Changed, Piece::Whole) => "cite-page-changed",
        (Change::Changed, _) => "cite-piece-changed",
        (Change::Gone, Piece::Whole) => "cite-page-gone",
        (Change::Gone, _) => "cite-piece-gone",
        (Change::Absent, _) => "cite-piece-absent",
    }
}
