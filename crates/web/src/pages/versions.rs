//! The versions of a page: their list (a screen, JSON, Atom), the form that makes one, and the two
//! addresses by which programs find the page as of a time (RFC 7089).

use std::collections::BTreeSet;
use std::str::FromStr as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use polder_core::access::Who;
use polder_core::address::at;
use polder_core::compare::PLAN;
use polder_core::ids::CommitId;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::spelling;
use polder_core::value;
use polder_core::version::{self, Version, VersionKind, VersionText};
use polder_wiki::cites;
use polder_wiki::versions::{Publication, PublishError};
use serde_json::json;

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Editor, Reader, clean_name};
use crate::pages::edit::{self, Body, moment_of, raw_page};
use crate::pages::screen::{self, Screen};
use crate::pages::version::{self as shown, Names, http_day};
use crate::views::atom::{AtomEntry, AtomView, atom as atom_view};
use crate::views::versions::{
    PublishView, ScopeChoice, VersionRow, VersionsView, publish as publish_view, versions as versions_view,
};
use crate::views::{Link, Tab, query_value};
use crate::words::{Arg, Moment};

/// Longest note, title and decision of a version, in characters: together well within the message of
/// a tag that is read.
const NOTE_MAX_CHARS: usize = 10_000;
const LINE_MAX_CHARS: usize = 500;

/// Pages offered as the decision behind a version.
const DECISIONS_MAX: usize = 200;

/// Pages named that cite one version.
const CITED_MAX: usize = 100;

/// `GET /-/versions/<page>?format=json|atom`
pub async fn versions(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/versions/", &page))?;
            title_of(ask, &path)?;
            match screen::param(ask, "format").as_deref() {
                None => list_screen(ask, &path),
                Some("json") => Ok(as_json(ask, &path)),
                Some("atom") => Ok(as_atom(ask, &path)),
                Some(_) => Err(Fail::BadRequest("fail-format")),
            }
        })
        .await
}

/// `GET /-/compare/<page>?from=v1&to=v2`: what the form on the list asks for.
pub async fn compare(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let raw = raw_page(ask, "/-/compare/", &page);
            let part = |name: &str| screen::param(ask, name).unwrap_or_default();
            let (from, to) = (part("from"), part("to"));
            let is_rev = |rev: &str| {
                let plain = rev.strip_prefix('~').unwrap_or(rev);
                plain.is_empty() || version::check_label(plain).is_ok() || version::looks_like_date(plain)
            };
            if !is_rev(&from) || !is_rev(&to) {
                return Err(Fail::UnknownVersion(format!("{from}..{to}").chars().take(200).collect()));
            }
            let path = screen::page_path(ask, &raw)?;
            Ok(Answer::redirect(StatusCode::SEE_OTHER, &format!("{}@{from}..{to}", path.href())))
        })
        .await
}

fn title_of(ask: &Ask, path: &FilePath) -> Result<String, Fail> {
    let seen = ask.seen();
    match seen.page_at(path).and_then(|page| seen.page(page)) {
        Some(page) => Ok(page.title().to_owned()),
        None if ask.world.own_versions(path.address()).is_empty() => Err(Fail::NotFound),
        // The page is gone, its versions are not.
        None => Ok(path.base_name().to_owned()),
    }
}

fn list_screen(ask: &Ask, path: &FilePath) -> Result<Answer, Fail> {
    let title = title_of(ask, path)?;
    let list = shown::versions_with(ask, path);
    let names = Names { ask, now: path };
    let holds = shown::governing(ask, path.address(), ask.clock_day);
    let exists = ask.seen().page_at(path).is_some();
    let mut choices = vec![(String::new(), ask.words.t("versions-now").to_owned())];
    choices.extend(list.iter().rev().map(|version| {
        let named = ask.world.version(path.address(), version.label());
        let value = match named {
            Some(found) if found.name == version.name => version.label().to_owned(),
            _ => format!("~{}", version.commit.short()),
        };
        (value, format!("{} ({})", names.of(version), ask.words.civil(version.date)))
    }));
    let own = screen::act_href("versions", path);
    let view = VersionsView {
        head: screen::head(ask, path, &title, screen::content_lang(ask), Tab::Versions),
        rows: (0..list.len()).rev().map(|at| row(ask, &names, &list, at, holds)).collect(),
        publish_href: (ask.can_edit && exists).then(|| screen::act_href("publish", path)),
        compare_action: screen::act_href("compare", path),
        choices,
        feed_href: format!("{own}?format=atom"),
        json_href: format!("{own}?format=json"),
    };
    let screen_title = format!("{}: {title}", ask.words.t("versions-act"));
    let feeds = vec![Link { title: ask.words.t("versions-feed").to_owned(), href: view.feed_href.clone() }];
    let frame = Screen { folder: path.folder(), feeds, ..Screen::new(&screen_title) };
    let mut answer = screen::screen(ask, frame, versions_view(ask.words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}

fn row(ask: &Ask, names: &Names<'_>, list: &[&Version], at: usize, holds: Option<&Version>) -> VersionRow {
    let version = list[at];
    let scope = match &*version.name.scope {
        _ if names.of(version) == version.label() => String::new(),
        "" => ask.words.t("publish-scope-wiki").to_owned(),
        folder => folder.to_owned(),
    };
    VersionRow {
        label: version.label().to_owned(),
        title: version.text.title.clone(),
        date: ask.words.civil(version.date),
        href: names.href(version),
        scope,
        kind: match version.text.kind {
            _ if ask.world.is_lost(version) => Some(ask.words.t("versions-lost").to_owned()),
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
        since_href: names.compare_href(version, None),
        plan_href: plan_href(ask, names.now, version),
        before_href: at.checked_sub(1).map(|before| names.compare_href(list[before], Some(version))),
        cited_by: cited_by(ask, names, version),
    }
}

/// What changed in a whole plan since a version of it.
fn plan_href(ask: &Ask, path: &FilePath, version: &Version) -> Option<String> {
    let seen = ask.seen();
    let kind = seen.page_at(path).and_then(|page| seen.page(page)).and_then(|page| seen.type_of(&page.doc))?;
    let rev = query_value(&version.name.rev());
    (&*kind.name == PLAN).then(|| format!("/-/changes?since={rev}&plan={}", query_value(path.address())))
}

/// The pages of today that link to a version of a page, or show part of it: by its label, or by a day
/// on which it held.
fn cited_by(ask: &Ask, names: &Names<'_>, version: &Version) -> Vec<Link> {
    let seen = ask.seen();
    let address = names.now.address();
    let Some(cited) = seen.page_at(names.now).and_then(|page| seen.cited(page)) else { return Vec::new() };
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

fn kind_key(kind: VersionKind) -> &'static str {
    match kind {
        VersionKind::Revision => "publish-kind-revision",
        VersionKind::Erratum => "publish-kind-erratum",
        VersionKind::Withdrawal => "publish-kind-withdrawal",
    }
}

fn origin(ask: &Ask) -> String {
    ask.home.clone()
}

fn as_json(ask: &Ask, path: &FilePath) -> Answer {
    let names = Names { ask, now: path };
    let holds = shown::governing(ask, path.address(), ask.clock_day);
    let list: Vec<serde_json::Value> = shown::versions_with(ask, path)
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
                "href": at(&names.href(version)).to_string(),
                "lost": ask.world.is_lost(version),
                "in_force": holds.is_some_and(|holds| holds.name == version.name),
                "cited_by": cited_by(ask, &names, version)
                    .into_iter()
                    .map(|link| json!({ "title": link.title, "href": at(&link.href).to_string() }))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    let body = json!({ "page": path.address(), "href": at(&path.href()).to_string(), "versions": list });
    let mut answer = Answer::new(StatusCode::OK, "application/json", Bytes::from(body.to_string()));
    answer.commit = ask.commit().and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
    answer.keep = screen::keep(ask);
    answer
}

fn as_atom(ask: &Ask, path: &FilePath) -> Answer {
    let names = Names { ask, now: path };
    let origin = origin(ask);
    let mut entries: Vec<AtomEntry> = shown::versions_with(ask, path)
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
                title: format!("{}: {}", names.of(version), version.text.title),
                href: format!("{origin}{}", names.href(version)),
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
        page_href: format!("{origin}{}", screen::act_href("versions", path)),
        at: entries.first().map_or(Moment { unix_seconds: 0, offset_seconds: 0 }, |entry| entry.at),
        entries,
    };
    let mut answer = Answer::new(StatusCode::OK, "application/atom+xml; charset=utf-8", Bytes::from(atom_view(&view)));
    answer.keep = screen::keep(ask);
    answer
}

/// What the form that makes a version holds.
#[derive(Clone, Debug, Default)]
struct Wish {
    label: String,
    date: String,
    title: String,
    decision: String,
    supersedes: String,
    /// `None` where the form did not say: that is not the whole wiki.
    scope: Option<String>,
    kind: String,
    note: String,
    name: String,
    base: String,
}

impl Wish {
    fn read(body: Body) -> Result<Wish, Fail> {
        let mut wish = Wish::default();
        for (key, value) in edit::pairs(body)? {
            let field = match key.as_str() {
                "label" => &mut wish.label,
                "date" => &mut wish.date,
                "title" => &mut wish.title,
                "decision" => &mut wish.decision,
                "supersedes" => &mut wish.supersedes,
                "scope" => wish.scope.get_or_insert_default(),
                "kind" => &mut wish.kind,
                "note" => &mut wish.note,
                "name" => &mut wish.name,
                "base" => &mut wish.base,
                _ => continue,
            };
            *field = value.trim().to_owned();
        }
        Ok(wish)
    }
}

/// `GET /-/publish/<page>`
pub async fn open(editor: Editor, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    editor
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/publish/", &page))?;
            let holds = shown::governing(ask, path.address(), ask.clock_day);
            let own =
                holds.filter(|holds| ask.world.own_versions(path.address()).iter().any(|own| own.name == holds.name));
            let wish = Wish {
                date: spelling::typed_date(ask.lang().tongue(), value::Date::of_day(ask.clock_day)),
                supersedes: own.map_or_else(String::new, |own| own.label().to_owned()),
                scope: Some(path.address().to_owned()),
                kind: VersionKind::Revision.word().to_owned(),
                name: ask.known_name.clone(),
                base: ask.world.main.map(|main| main.to_string()).unwrap_or_default(),
                ..Wish::default()
            };
            publish_screen(ask, &path, &wish, Vec::new(), StatusCode::OK)
        })
        .await
}

/// `POST /-/publish/<page>`
pub async fn publish(editor: Editor, page: Path<String>, body: Body) -> HttpResponse {
    let page = page.into_inner();
    let wish = Wish::read(body);
    editor
        .run_form(move |ask| {
            let wish = wish?;
            edit::in_time(ask, &wish.note)?;
            let path = screen::page_path(ask, &raw_page(ask, "/-/publish/", &page))?;
            publish_as(ask, &path, &wish)
        })
        .await
}

fn publish_as(ask: &Ask, path: &FilePath, wish: &Wish) -> Result<Answer, Fail> {
    let words = ask.words;
    let mut faults: Vec<(&'static str, String)> = Vec::new();
    if let Err(fault) = version::check_label(&wish.label) {
        faults.push(("label", words.label_fault(fault).to_owned()));
    }
    let date = match read_date(ask, &wish.date) {
        Some(date) => Some(date),
        None => {
            faults.push(("date", words.t("publish-date-bad").to_owned()));
            None
        }
    };
    let name = clean_name(&wish.name);
    if name.is_empty() {
        faults.push(("name", words.t("complaint-name").to_owned()));
    }
    let split = wish.supersedes.split([',', ' ']).map(str::trim).filter(|label| !label.is_empty());
    let supersedes: Vec<String> = split.map(str::to_owned).collect();
    let Some(scope) =
        scopes(ask, path).into_iter().find(|(value, _)| Some(value) == wish.scope.as_ref()).map(|(value, _)| value)
    else {
        return Err(Fail::BadRequest("fail-bad-address"));
    };
    let commit = CommitId::parse(&wish.base).ok_or(Fail::BadRequest("fail-bad-base"))?;
    let kind = VersionKind::parse(&wish.kind).ok_or(Fail::BadRequest("publish-kind-bad"))?;
    let seen = ask.seen();
    if seen.page_at(path).is_none() {
        return Err(Fail::NotFound);
    }
    if ask.app.wiki.on_branch(&ask.world, commit)?.is_some() && cites::path_then(&ask.world, path, commit).is_none() {
        faults.push(("label", words.t("publish-not-there").to_owned()));
    }
    for (field, text, most) in [
        ("note", &wish.note, NOTE_MAX_CHARS),
        ("title", &wish.title, LINE_MAX_CHARS),
        ("decision", &wish.decision, LINE_MAX_CHARS),
    ] {
        if text.chars().count() > most {
            faults.push((field, words.f("publish-long", &[("most", Arg::Count(most as u64))])));
        }
    }
    if !faults.is_empty() {
        return publish_screen(ask, path, wish, faults, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let text = VersionText {
        title: if wish.title.is_empty() { title_of(ask, path)? } else { wish.title.clone() },
        note: wish.note.clone(),
        date,
        decision: Some(wish.decision.clone()).filter(|decision| !decision.is_empty()),
        supersedes,
        kind,
    };
    let who = Who { name: Some(name.clone()), ..ask.who.clone() };
    let publication = Publication { scope: &scope, label: &wish.label, commit, text };
    match ask.app.wiki.publish_version(&publication, &edit::act(&who, "")) {
        Ok(_) => {
            let mut to = screen::folder_href(path.address());
            match scope == path.address() {
                true => to.push_str(&format!("@{}", wish.label)),
                false => {
                    let rev = format!("{scope}@{}", wish.label);
                    to.push_str(&format!("?at={}", crate::views::query_value(&rev)));
                }
            }
            Ok(edit::remember_name(Answer::redirect(StatusCode::SEE_OTHER, &to), &name))
        }
        Err(PublishError::Label(fault)) => {
            faults.push(("label", words.label_fault(fault).to_owned()));
            publish_screen(ask, path, wish, faults, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(PublishError::Taken(label)) => {
            faults.push(("label", words.f("publish-taken", &[("label", Arg::Text(&label))])));
            publish_screen(ask, path, wish, faults, StatusCode::CONFLICT)
        }
        Err(PublishError::Unknown(label)) => {
            faults.push(("supersedes", words.f("publish-unknown", &[("label", Arg::Text(&label))])));
            publish_screen(ask, path, wish, faults, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(PublishError::NotAllowed) => Err(Fail::NotAllowed { files: vec![scope], typed: String::new() }),
        Err(PublishError::NotOnBranch) => Err(Fail::UnknownVersion(commit.short())),
        Err(PublishError::Store(error)) => Err(error.into()),
    }
}

/// A day as people write it; nothing is today.
fn read_date(ask: &Ask, text: &str) -> Option<jiff::civil::Date> {
    if text.is_empty() {
        return Some(ask.clock_day);
    }
    let date = spelling::read_date(ask.lang().tongue(), text).ok()?;
    date.day().map(|_| date.first())
}

/// Of what a version can be made from a page, and how that is called.
fn scopes(ask: &Ask, path: &FilePath) -> Vec<(String, String)> {
    let words = ask.words;
    let mut all = vec![(path.address().to_owned(), words.t("publish-scope-page").to_owned())];
    for scope in version::scopes(path.address()).skip(1).filter(|scope| !scope.is_empty()) {
        all.push((scope.to_owned(), words.f("publish-scope-folder", &[("folder", Arg::Text(scope))])));
    }
    all.push((String::new(), words.t("publish-scope-wiki").to_owned()));
    all
}

fn publish_screen(
    ask: &Ask,
    path: &FilePath,
    wish: &Wish,
    faults: Vec<(&'static str, String)>,
    status: StatusCode,
) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let page = seen.page_at(path).and_then(|page| seen.page(page)).ok_or(Fail::NotFound)?;
    let title = page.title().to_owned();
    let decisions = seen.types().named("decision").map(|kind| seen.records().of_type(kind)).unwrap_or_default();
    let decisions = decisions.iter().rev().take(DECISIONS_MAX).filter_map(|page| seen.page(*page));
    let choice = |value: &str, text: &str, chosen: &str| ScopeChoice {
        value: value.to_owned(),
        text: text.to_owned(),
        chosen: value == chosen,
    };
    let view = PublishView {
        head: screen::head(ask, path, &title, screen::page_lang(ask, &page.doc), Tab::Versions),
        action: screen::act_href("publish", path),
        cancel_href: screen::act_href("versions", path),
        scopes: scopes(ask, path)
            .iter()
            .map(|(value, text)| choice(value, text, wish.scope.as_deref().unwrap_or_default()))
            .collect(),
        kinds: VersionKind::ALL
            .into_iter()
            .map(|kind| choice(kind.word(), ask.words.t(kind_key(kind)), &wish.kind))
            .collect(),
        label: wish.label.clone(),
        title: wish.title.clone(),
        date: wish.date.clone(),
        decision: wish.decision.clone(),
        decisions: decisions.map(|page| (page.path.address().to_owned(), page.title().to_owned())).collect(),
        note: wish.note.clone(),
        supersedes: wish.supersedes.clone(),
        name: wish.name.clone(),
        base: wish.base.clone(),
        faults,
    };
    let screen_title = format!("{}: {title}", ask.words.t("publish-act"));
    let frame = Screen { folder: path.folder(), ..Screen::new(&screen_title) };
    let mut answer = screen::screen(ask, frame, publish_view(ask.words, &view));
    answer.status = status;
    answer.keep = Keep::Never;
    Ok(answer)
}

/// `GET /-/timegate/<page>` with `Accept-Datetime`: leads to the page as of then (RFC 7089 §4).
pub async fn timegate(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    let wanted = reader.request.headers().get("accept-datetime").map(|value| value.to_str().unwrap_or("").to_owned());
    reader
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/timegate/", &page))?;
            title_of(ask, &path)?;
            let mut list = shown::versions_with(ask, &path);
            list.retain(|version| !ask.world.is_lost(version));
            let names = Names { ask, now: &path };
            let then = match &wanted {
                Some(wanted) => Some(http_date(wanted).ok_or(Fail::BadRequest("fail-datetime"))?),
                None => None,
            };
            let zone = polder_wiki::clock::zone(ask.world.site.settings());
            let day = then.map_or(ask.clock_day, |then| zone.to_datetime(then).date());
            let to = match version::in_force(&list, day) {
                Some(version) => names.href(version),
                None => match list.first() {
                    // Before the first there is none nearer.
                    Some(first) => names.href(first),
                    None => format!("{}?at={}", path.href(), day.min(ask.clock_day)),
                },
            };
            Ok(Answer::redirect(StatusCode::FOUND, &to)
                .with(header::VARY, "accept-datetime")
                .with(header::LINK, &format!("<{}>; rel=\"original\"", at(&path.href()))))
        })
        .await
}

/// A date of HTTP (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<jiff::Timestamp> {
    let plain = text.trim().strip_suffix("GMT")?.trim_end();
    let civil = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S", plain).ok();
    let civil = civil.or_else(|| jiff::civil::DateTime::from_str(plain).ok())?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}

/// `GET /-/timemap/<page>`: all versions as links (RFC 7089 §5).
pub async fn timemap(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/timemap/", &page))?;
            title_of(ask, &path)?;
            let mut list = shown::versions_with(ask, &path);
            list.retain(|version| !ask.world.is_lost(version));
            let names = Names { ask, now: &path };
            let origin = origin(ask);
            let mut lines = vec![
                format!("<{origin}{}>; rel=\"original\"", path.href()),
                format!("<{origin}{}>; rel=\"timegate\"", screen::act_href("timegate", &path)),
                format!(
                    "<{origin}{}>; rel=\"self\"; type=\"application/link-format\"",
                    screen::act_href("timemap", &path)
                ),
            ];
            let last = list.len().saturating_sub(1);
            lines.extend(list.iter().enumerate().map(|(at, version)| {
                let rel = match at {
                    0 if last == 0 => "first last memento",
                    0 => "first memento",
                    at if at == last => "last memento",
                    _ => "memento",
                };
                let when = http_day(ask, version.date);
                format!("<{origin}{}>; rel=\"{rel}\"; datetime=\"{when}\"", names.href(version))
            }));
            let body = Bytes::from(lines.join(",\n"));
            let mut answer = Answer::new(StatusCode::OK, "application/link-format", body);
            answer.keep = screen::keep(ask);
            Ok(answer)
        })
        .await
}
