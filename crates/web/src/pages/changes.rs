//! Recent changes, of the wiki, a folder or a page: as a screen and as Atom.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use polder_core::ids::CommitId;
use polder_core::path::{FilePath, Kind, percent_encode};
use polder_core::site::Child;
use polder_wiki::history::{Change as Changed, What};

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::screen::{self, Screen};
use crate::pages::since;
use crate::views::Link;
use crate::views::atom::{AtomEntry, AtomView, atom as atom_view};
use crate::views::changes::{Change, ChangeDay, ChangedPage, ChangesView, changes as changes_view};
use crate::views::frame::Place;
use crate::words::{Arg, Moment};

/// Commits on one screen, pages told of one commit, entries of a feed, folders to choose from.
const COMMITS: usize = 50;
const PAGES: usize = 10;
const ENTRIES: usize = 50;
const FOLDERS: usize = 200;

/// `GET /-/changes?folder=…&from=50`; with `since`, all that changed since that moment (`since`).
pub async fn changes(reader: Reader) -> HttpResponse {
    reader.run(changes_screen).await
}

fn changes_screen(ask: &Ask) -> Result<Answer, Fail> {
    if let Some(answer) = since::asked(ask)? {
        return Ok(answer);
    }
    let folder = folder(ask)?;
    let from = screen::count_param(ask, "from", 10_000_000);
    let found = match &ask.world.history {
        Some(history) => history.recent(folder.as_deref(), from, COMMITS + 1),
        None => Vec::new(),
    };
    let more = found.len() > COMMITS;
    let href = |from: usize| {
        let mut href = String::from("/-/changes?");
        if let Some(folder) = &folder {
            href.push_str("folder=");
            percent_encode(folder, &mut href);
            href.push('&');
        }
        href.push_str(&format!("from={from}"));
        href
    };
    let feed = feed(ask, folder.as_deref());
    let view = ChangesView {
        action: "/-/changes".to_owned(),
        days: days(ask, &found[..found.len().min(COMMITS)]),
        folders: folders(ask, folder.as_deref()),
        feed: feed.clone(),
        since: since::form(ask)?,
        newer_href: (from > 0).then(|| href(from.saturating_sub(COMMITS))),
        older_href: more.then(|| href(from + COMMITS)),
        reading: ask.world.history.is_none(),
    };
    let title = ask.words.t("changes-title");
    let frame = Screen { feeds: vec![feed], ..Screen::new(title).at(Place::Changes) };
    let mut answer = screen::screen(ask, frame, changes_view(ask.words, &view));
    answer.keep = if view.reading { Keep::Never } else { screen::keep(ask) };
    Ok(answer)
}

/// The folder asked for; one that can't be a path is refused, since nothing can be in it.
pub fn folder(ask: &Ask) -> Result<Option<String>, Fail> {
    let folder = screen::param(ask, "folder").unwrap_or_default();
    let folder = folder.trim_matches('/');
    if folder.is_empty() {
        return Ok(None);
    }
    match FilePath::parse(folder) {
        Ok(_) => Ok(Some(folder.to_owned())),
        Err(_) => Err(Fail::BadRequest("fail-bad-address")),
    }
}

fn feed(ask: &Ask, folder: Option<&str>) -> Link {
    let mut href = String::from("/-/changes.atom");
    if let Some(folder) = folder {
        href.push_str("?folder=");
        percent_encode(folder, &mut href);
    }
    Link { title: ask.words.t("feed-changes").to_owned(), href }
}

fn folders(ask: &Ask, chosen: Option<&str>) -> Vec<(String, bool)> {
    let children = ask.seen().children("").into_iter();
    let mut folders: Vec<(String, bool)> = children
        .filter_map(|child| match child {
            Child::Folder(path, _) => Some(path),
            Child::Page(_) => None,
        })
        .take(FOLDERS)
        .map(|path| {
            let is_chosen = chosen == Some(path.as_str());
            (path, is_chosen)
        })
        .collect();
    if let Some(chosen) = chosen
        && !folders.iter().any(|(_, is_chosen)| *is_chosen)
    {
        folders.push((chosen.to_owned(), true));
    }
    folders
}

fn days(ask: &Ask, found: &[Changed]) -> Vec<ChangeDay> {
    let mut days: Vec<(i64, ChangeDay)> = Vec::new();
    for changed in found {
        let at = Moment { unix_seconds: changed.commit.time_s, offset_seconds: changed.commit.offset_min * 60 };
        let day = (at.unix_seconds + i64::from(at.offset_seconds)).div_euclid(86_400);
        let change = change(ask, changed, at);
        match days.last_mut() {
            Some((last, open)) if *last == day => open.changes.push(change),
            _ => days.push((day, ChangeDay { day: at, changes: vec![change] })),
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

fn change(ask: &Ask, changed: &Changed, at: Moment) -> Change {
    let pages: Vec<&(FilePath, What)> = changed.touched.iter().filter(|(path, _)| path.kind() == Kind::Page).collect();
    let n_pages = pages.len();
    let shown: Vec<&(FilePath, What)> = if pages.is_empty() {
        changed.touched.iter().take(PAGES).collect()
    } else {
        pages.into_iter().take(PAGES).collect()
    };
    let more_pages = if changed.n_touched > changed.touched.len() {
        changed.n_touched - shown.len()
    } else {
        n_pages.saturating_sub(shown.len())
    };
    Change {
        at,
        author: changed.commit.author.clone(),
        pushed_by: screen::pushed_by(ask, changed.commit.id),
        summary: changed.commit.summary.clone(),
        more_pages,
        pages: shown.into_iter().map(|(path, what)| changed_page(ask, changed, path, what)).collect(),
    }
}

fn changed_page(ask: &Ask, changed: &Changed, path: &FilePath, what: &What) -> ChangedPage {
    let seen = ask.seen();
    let page = seen.page_at(path).and_then(|page| seen.page(page));
    let there = page.is_some() || (path.kind() == Kind::File && seen.file(path.as_str()).is_some());
    let before = match (path.kind(), &ask.world.history) {
        (Kind::Page, Some(history)) => history.before(path, changed.commit.id),
        _ => None,
    };
    ChangedPage {
        title: page.map_or_else(|| path.address().to_owned(), |page| page.title().to_owned()),
        href: there.then(|| path.href()),
        kind: screen::change_kind(what),
        diff_href: before.map(|row| screen::change_href(path, row.id, changed.commit.id)),
    }
}

/// `GET /-/changes.atom`, with `?folder=`, `?page=` or `?since=`.
pub async fn atom(reader: Reader) -> HttpResponse {
    reader.run(atom_feed).await
}

fn atom_feed(ask: &Ask) -> Result<Answer, Fail> {
    if let Some(answer) = since::feed(ask)? {
        return Ok(answer);
    }
    let origin = &ask.home;
    let page = screen::param(ask, "page");
    let (title, page_href, entries) = match &page {
        Some(address) => {
            let path = screen::page_path(ask, &encoded(address))?;
            (path.address().to_owned(), path.href(), page_entries(ask, &path, origin))
        }
        None => {
            let folder = folder(ask)?;
            let href = match &folder {
                Some(folder) => screen::folder_href(folder),
                None => "/-/changes".to_owned(),
            };
            let title = folder.clone().unwrap_or_else(|| ask.words.t("changes-title").to_owned());
            (title, href, entries(ask, folder.as_deref(), origin))
        }
    };
    let at = entries.first().map_or(Moment { unix_seconds: 0, offset_seconds: 0 }, |entry| entry.at);
    let view = AtomView {
        id: format!("{origin}{}", ask.here),
        lang: ask.lang().code(),
        title: format!("{} · {title}", screen::wiki_title(ask)),
        self_href: format!("{origin}{}", ask.here),
        page_href: format!("{origin}{page_href}"),
        at,
        entries,
    };
    let body = Bytes::from(atom_view(&view));
    let mut answer = Answer::new(StatusCode::OK, "application/atom+xml; charset=utf-8", body);
    answer.keep = if ask.world.history.is_none() { Keep::Never } else { screen::keep(ask) };
    Ok(answer)
}

fn encoded(address: &str) -> String {
    let mut out = String::new();
    percent_encode(address, &mut out);
    out
}

fn entries(ask: &Ask, folder: Option<&str>, origin: &str) -> Vec<AtomEntry> {
    let Some(history) = &ask.world.history else { return Vec::new() };
    let mut entries = Vec::new();
    for changed in history.recent(folder, 0, ENTRIES) {
        for (path, what) in changed.touched.iter().filter(|(path, _)| path.kind() == Kind::Page) {
            if entries.len() >= ENTRIES {
                return entries;
            }
            let at = Moment { unix_seconds: changed.commit.time_s, offset_seconds: changed.commit.offset_min * 60 };
            let shown = changed_page(ask, &changed, path, what);
            entries.push(AtomEntry {
                id: format!("urn:git:{}:{}", changed.commit.id, encoded(path.as_str())),
                title: shown.title,
                href: format!("{origin}{}", shown.diff_href.or(shown.href).unwrap_or_else(|| path.href())),
                at,
                author: changed.commit.author.clone(),
                summary: feed_summary(ask, changed.commit.id, &changed.commit.summary),
            });
        }
    }
    entries
}

fn page_entries(ask: &Ask, path: &FilePath, origin: &str) -> Vec<AtomEntry> {
    let Some(history) = &ask.world.history else { return Vec::new() };
    let rows = history.of(path, 0, ENTRIES + 1).rows;
    rows.iter()
        .take(ENTRIES)
        .enumerate()
        .map(|(at, row)| {
            let href = match rows.get(at + 1) {
                Some(older) => screen::change_href(path, older.id, row.id),
                None => screen::version_href(&row.path, row.id),
            };
            AtomEntry {
                id: format!("urn:git:{}:{}", row.id, encoded(row.path.as_str())),
                title: row.path.address().to_owned(),
                href: format!("{origin}{href}"),
                at: screen::moment(row),
                author: row.author.clone(),
                summary: feed_summary(ask, row.id, &row.summary),
            }
        })
        .collect()
}

fn feed_summary(ask: &Ask, commit: CommitId, summary: &str) -> String {
    let summary = match summary {
        "" => ask.words.t("history-no-summary").to_owned(),
        summary => ask.words.f("feed-summary", &[("summary", Arg::Text(summary))]),
    };
    match screen::pushed_by(ask, commit) {
        Some(pushed_by) => format!("{summary} ({pushed_by})"),
        None => summary,
    }
}
