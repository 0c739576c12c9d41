//! The versions of a page, a folder or the whole wiki: their list as a screen, as JSON and as Atom, and
//! the form on it that leads to a comparison.
//!
//! Making a version stands in `versions`, what is said of one on a page in `version`.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use polder_core::address::at;
use polder_core::compare::PLAN;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, percent_decode, percent_encode, percent_encoded};
use polder_core::site::AtAddress;
use polder_core::version::{self, Version, VersionKind, VersionName};
use polder_wiki::world::Loss;
use serde_json::json;

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit::{moment_of, raw_page};
use crate::pages::screen::{self, Screen};
use crate::pages::version::{self as shown, Place};
use crate::pages::versions::{kind_key, title_of};
use crate::views::atom::{AtomEntry, AtomView, atom as atom_view};
use crate::views::versions::{ListHead, VersionRow, VersionsView, versions as versions_view};
use crate::views::{Link, Listed, Tab};
use crate::words::{Arg, Moment};

/// Pages named that cite one version.
const CITED_MAX: usize = 100;

/// Pages and folders with versions of their own that are named below a folder or the wiki.
const BELOW_MAX: usize = 500;

/// What the versions are of.
enum Subject {
    Page(FilePath),
    Folder(String),
    Wiki,
}

impl Subject {
    /// `raw` is what stands behind the verb in the address.
    fn read(ask: &Ask, raw: &str) -> Result<Subject, Fail> {
        let address = percent_decode(raw).ok_or(Fail::BadRequest("fail-bad-address"))?;
        let address = address.trim_matches('/');
        if address.is_empty() {
            return Ok(Subject::Wiki);
        }
        if let AtAddress::Folder(folder) = ask.seen().at(address) {
            return Ok(Subject::Folder(folder));
        }
        let path = screen::page_path(ask, raw)?;
        title_of(ask, &path)?;
        Ok(Subject::Page(path))
    }

    fn address(&self) -> &str {
        match self {
            Subject::Page(path) => path.address(),
            Subject::Folder(folder) => folder,
            Subject::Wiki => "",
        }
    }

    fn title(&self, ask: &Ask) -> Result<String, Fail> {
        match self {
            Subject::Page(path) => title_of(ask, path),
            Subject::Folder(folder) => Ok(folder.rsplit('/').next().unwrap_or(folder).to_owned()),
            Subject::Wiki => Ok(screen::wiki_title(ask)),
        }
    }

    fn place<'a>(&'a self, ask: &'a Ask) -> Place<'a> {
        let href = match self {
            Subject::Page(path) => path.href(),
            _ => screen::folder_href(self.address()),
        };
        Place { ask, address: self.address(), href }
    }

    /// Every version that it can be seen in, oldest first.
    fn versions<'a>(&self, ask: &'a Ask) -> Vec<&'a Version> {
        match self {
            Subject::Page(path) => shown::versions_with(ask, path),
            _ => ask.world.versions_above(self.address()),
        }
    }

    fn act_href(&self, verb: &str) -> String {
        act_href(verb, self.address())
    }
}

fn act_href(verb: &str, address: &str) -> String {
    let mut href = format!("/-/{verb}/");
    percent_encode(address, &mut href);
    href
}

/// `GET /-/versions/<page or folder>?format=json|atom`; without either, those of the wiki.
pub async fn versions(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let subject = Subject::read(ask, &raw_page(ask, "/-/versions/", &page))?;
            match screen::param(ask, "format").as_deref() {
                None => list_screen(ask, &subject),
                Some("json") => Ok(as_json(ask, &subject)),
                Some("atom") => Ok(as_atom(ask, &subject)),
                Some(_) => Err(Fail::BadRequest("fail-format")),
            }
        })
        .await
}

/// `GET /-/compare/<page or folder>?from=v1&to=v2`: what the form on the list asks for.
pub async fn compare(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let raw = raw_page(ask, "/-/compare/", &page);
            let part = |name: &str| screen::param(ask, name).unwrap_or_default();
            let (from, to) = (part("from"), part("to"));
            let is_rev = |rev: &str| {
                let plain = rev.strip_prefix('~').unwrap_or(rev);
                plain.is_empty()
                    || version::check_label(plain).is_ok()
                    || version::looks_like_date(plain)
                    || VersionName::parse_rev(plain).is_some()
            };
            if !is_rev(&from) || !is_rev(&to) {
                return Err(Fail::UnknownVersion(format!("{from}..{to}").chars().take(200).collect()));
            }
            let address = percent_decode(&raw).ok_or(Fail::BadRequest("fail-bad-address"))?;
            let address = address.trim_matches('/');
            let home = match ask.seen().at(address) {
                _ if address.is_empty() => "/".to_owned(),
                AtAddress::Folder(folder) => screen::folder_href(&folder),
                _ => screen::page_path(ask, &raw)?.href(),
            };
            let sides = [from, to].map(|rev| percent_encoded(&rev).replace("..", "%2E%2E")).join("..");
            Ok(Answer::redirect(StatusCode::SEE_OTHER, &format!("{home}@{sides}")))
        })
        .await
}

fn list_screen(ask: &Ask, subject: &Subject) -> Result<Answer, Fail> {
    let words = ask.words;
    let title = subject.title(ask)?;
    let list = subject.versions(ask);
    let place = subject.place(ask);
    let holds = ask.world.governing(subject.address(), ask.clock_day);
    let mut choices = vec![(String::new(), words.t("versions-now").to_owned())];
    let known = list.iter().rev().filter(|version| !ask.world.is_lost(version));
    choices.extend(known.map(|version| {
        let named = ask.world.version(subject.address(), version.label());
        let value = match named {
            Some(found) if found.name == version.name => version.label().to_owned(),
            _ => version.name.rev(),
        };
        (value, format!("{} ({})", place.called(version), words.civil(version.date)))
    }));
    let own = subject.act_href("versions");
    let (below, more) = below(ask, subject.address());
    let view = VersionsView {
        head: head(ask, subject, &title),
        none: match subject {
            Subject::Page(_) => words.t("versions-none").to_owned(),
            Subject::Folder(_) => words.t("versions-none-folder").to_owned(),
            Subject::Wiki => words.t("versions-none-wiki").to_owned(),
        },
        rows: (0..list.len()).rev().map(|at| row(ask, subject, &place, &list, at, holds)).collect(),
        publish_href: publish_href(ask, subject),
        compare_action: subject.act_href("compare"),
        choices,
        feed_href: format!("{own}?format=atom"),
        json_href: format!("{own}?format=json"),
        below,
        more,
        above: above(ask, subject),
    };
    let screen_title = format!("{}: {title}", words.t("versions-act"));
    let feeds = vec![Link { title: words.t("versions-feed").to_owned(), href: view.feed_href.clone() }];
    let folder = match subject {
        Subject::Page(path) => path.folder(),
        other => other.address(),
    };
    let frame = Screen { folder, feeds, ..Screen::new(&screen_title) };
    let mut answer = screen::screen(ask, frame, versions_view(words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}

fn head(ask: &Ask, subject: &Subject, title: &str) -> ListHead {
    match subject {
        Subject::Page(path) => {
            ListHead::Page(Box::new(screen::head(ask, path, title, screen::content_lang(ask), Tab::Versions)))
        }
        other => ListHead::Other { crumbs: screen::crumbs(ask, other.address()), title: title.to_owned() },
    }
}

/// Where a version of it is made: from its page, or the page of the folder or of the wiki.
fn publish_href(ask: &Ask, subject: &Subject) -> Option<String> {
    let seen = ask.seen();
    let page = match subject {
        Subject::Page(path) => seen.page_at(path),
        Subject::Folder(folder) => seen.page_of(folder),
        Subject::Wiki => seen.front_page(),
    };
    let page = seen.page(page.filter(|_| ask.can_edit)?)?;
    let href = screen::act_href("publish", &page.path);
    Some(match subject {
        Subject::Page(_) => href,
        other => format!("{href}?scope={}", percent_encoded(other.address())),
    })
}

/// The lists of the folders above it, and of the wiki.
fn above(ask: &Ask, subject: &Subject) -> Vec<Link> {
    let scopes = version::scopes(subject.address()).skip(1);
    let folder = |scope: &str| match scope {
        "" => ask.words.t("versions-of-wiki").to_owned(),
        folder => ask.words.f("versions-of-folder", &[("folder", Arg::Text(folder))]),
    };
    // A folder without versions of its own or below it is no place to look.
    let has_any = |scope: &&str| scope.is_empty() || !ask.world.versions().of(scope).is_empty();
    scopes.filter(has_any).map(|scope| Link { title: folder(scope), href: act_href("versions", scope) }).collect()
}

/// What lies below and has versions of its own, and how much of it is not named.
fn below(ask: &Ask, address: &str) -> (Vec<Listed>, usize) {
    let seen = ask.seen();
    let all = ask.world.versions_by_address();
    let is_below = |of: &str| !of.is_empty() && (address.is_empty() || is_in_folder(of, address));
    let list: Vec<Listed> = all
        .into_iter()
        .filter(|(of, _)| is_below(of))
        .filter_map(|(of, versions)| {
            let newest = versions.last()?;
            let title = match seen.at(of) {
                AtAddress::Page(page) => seen.page(page).map(|page| page.title().to_owned()),
                AtAddress::Folder(folder) => Some(format!("{folder}/")),
                _ => None,
            };
            let name = format!("{} ({})", newest.label(), ask.words.civil(newest.date));
            let note = loss_words(ask, newest).map_or(name.clone(), |why| format!("{name}, {why}"));
            Some(Listed { title: title.unwrap_or_else(|| of.to_owned()), href: act_href("versions", of), note })
        })
        .collect();
    let more = list.len().saturating_sub(BELOW_MAX);
    (list.into_iter().take(BELOW_MAX).collect(), more)
}

fn is_in_folder(address: &str, folder: &str) -> bool {
    address.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Why a version can't be shown, in words.
fn loss_words(ask: &Ask, version: &Version) -> Option<&'static str> {
    let key = match ask.world.loss(version)? {
        Loss::OffBranch if ask.app.wiki.is_shallow() => "versions-shallow",
        Loss::OffBranch => "versions-lost",
        Loss::NotThere => "versions-not-there",
    };
    Some(ask.words.t(key))
}

fn row(
    ask: &Ask,
    subject: &Subject,
    place: &Place<'_>,
    list: &[&Version],
    at: usize,
    holds: Option<&Version>,
) -> VersionRow {
    let version = list[at];
    let scope = match &*version.name.scope {
        _ if place.called(version) == version.label() => String::new(),
        "" => ask.words.t("publish-scope-wiki").to_owned(),
        folder => folder.to_owned(),
    };
    VersionRow {
        label: version.label().to_owned(),
        title: version.text.title.clone(),
        date: ask.words.civil(version.date),
        href: place.href(version),
        scope,
        kind: match version.text.kind {
            _ if ask.world.is_lost(version) => loss_words(ask, version).map(str::to_owned),
            VersionKind::Revision => None,
            kind => Some(ask.words.t(kind_key(kind)).to_owned()),
        },
        holds: holds.is_some_and(|holds| holds.name == version.name),
        note: version.text.note.clone(),
        decision: version.text.decision.as_deref().map(|decision| match shown::decision_page(ask, decision) {
            Some(link) => (link.title, Some(link.href)),
            None => (decision.to_owned(), None),
        }),
        supersedes: version.text.supersedes.join(", "),
        tagger: version.tagger.clone(),
        made_at: moment_of(version.time_s, version.offset_min),
        commit: version.commit.short(),
        since_href: place.compare_href(version, None),
        plan_href: plan_href(ask, subject, version),
        before_href: at.checked_sub(1).map(|before| place.compare_href(list[before], Some(version))),
        cited_by: cited_by(ask, subject, version),
    }
}

/// What changed in a whole plan since a version of it.
fn plan_href(ask: &Ask, subject: &Subject, version: &Version) -> Option<String> {
    let Subject::Page(path) = subject else { return None };
    let seen = ask.seen();
    let kind = seen.page_at(path).and_then(|page| seen.page(page)).and_then(|page| seen.type_of(&page.doc))?;
    let rev = percent_encoded(&version.name.rev());
    (&*kind.name == PLAN).then(|| format!("/-/changes?since={rev}&plan={}", percent_encoded(path.address())))
}

/// The pages of today that link to a version of a page, or show part of it: by its label, or by a day
/// on which it held.
fn cited_by(ask: &Ask, subject: &Subject, version: &Version) -> Vec<Link> {
    let Subject::Page(path) = subject else { return Vec::new() };
    let seen = ask.seen();
    let address = path.address();
    let Some(cited) = seen.page_at(path).and_then(|page| seen.cited(page)) else { return Vec::new() };
    let is_meant = |text: &str| {
        let found = match version::parse_date(text) {
            Some(day) => ask.world.governing(address, day),
            None => ask.world.version(address, text),
        };
        found.is_some_and(|found| found.name == version.name)
    };
    let by = cited.iter().filter(|(text, _)| is_meant(text)).flat_map(|(_, pages)| pages);
    let pages: BTreeSet<PageIdx> = by.copied().collect();
    let pages = pages.into_iter().take(CITED_MAX).filter_map(|page| seen.page(page));
    pages.map(|page| Link { title: page.title().to_owned(), href: seen.href(&page.path) }).collect()
}

fn as_json(ask: &Ask, subject: &Subject) -> Answer {
    let place = subject.place(ask);
    let holds = ask.world.governing(subject.address(), ask.clock_day);
    let list: Vec<serde_json::Value> = subject
        .versions(ask)
        .into_iter()
        .map(|version| {
            json!({
                "name": version.name.rev(),
                "label": version.label(),
                "scope": &*version.name.scope,
                "title": version.text.title,
                "date": version.date.to_string(),
                "kind": version.text.kind.word(),
                "decision": version.text.decision,
                "supersedes": version.text.supersedes,
                "note": version.text.note,
                "by": version.tagger,
                "commit": version.commit.to_string(),
                "href": at(&place.href(version)).to_string(),
                "lost": ask.world.is_lost(version),
                "why_lost": loss_words(ask, version),
                "in_force": holds.is_some_and(|holds| holds.name == version.name),
                "cited_by": cited_by(ask, subject, version)
                    .into_iter()
                    .map(|link| json!({ "title": link.title, "href": at(&link.href).to_string() }))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    let (below, n_more) = below(ask, subject.address());
    let below: Vec<serde_json::Value> =
        below.into_iter().map(|of| json!({ "title": of.title, "href": at(&of.href).to_string() })).collect();
    let body = json!({
        "page": subject.address(),
        "href": at(&place.href).to_string(),
        "versions": list,
        "below": below,
        "n_below_left_out": n_more,
    });
    let mut answer = Answer::new(StatusCode::OK, "application/json", Bytes::from(body.to_string()));
    answer.commit = ask.commit().and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
    answer.keep = screen::keep(ask);
    answer
}

fn as_atom(ask: &Ask, subject: &Subject) -> Answer {
    let place = subject.place(ask);
    let origin = &ask.home;
    let mut entries: Vec<AtomEntry> = subject
        .versions(ask)
        .into_iter()
        .map(|version| {
            let mut summary = version.text.note.clone();
            if let Some(decision) = &version.text.decision {
                summary = format!(
                    "{}: {}. {summary}",
                    ask.words.t("versions-decision"),
                    shown::decision_title(ask, decision)
                );
            }
            AtomEntry {
                id: format!("urn:git:tag:{}", version.name.tag()),
                title: format!("{}: {}", place.called(version), version.text.title),
                href: format!("{origin}{}", place.href(version)),
                at: moment_of(version.time_s, version.offset_min),
                author: version.tagger.clone(),
                summary: summary.trim().to_owned(),
            }
        })
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at.unix_seconds));
    let view = AtomView {
        id: format!("{origin}{}", ask.here),
        lang: ask.lang().code(),
        title: format!("{} · {}", screen::wiki_title(ask), ask.words.t("versions-act")),
        self_href: format!("{origin}{}", ask.here),
        page_href: format!("{origin}{}", subject.act_href("versions")),
        at: entries.first().map_or(Moment { unix_seconds: 0, offset_seconds: 0 }, |entry| entry.at),
        entries,
    };
    let mut answer = Answer::new(StatusCode::OK, "application/atom+xml; charset=utf-8", Bytes::from(atom_view(&view)));
    answer.keep = screen::keep(ask);
    answer
}
