//! The form that makes a version, and the two addresses by which programs find a page as of a time
//! (RFC 7089). The lists of versions stand in `version_list`.

use std::str::FromStr as _;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use polder_core::address::at;
use polder_core::ids::CommitId;
use polder_core::path::{FilePath, percent_encoded};
use polder_core::spelling;
use polder_core::value;
use polder_core::version::{self, VersionKind, VersionText};
use polder_wiki::cites;
use polder_wiki::versions::{Publication, PublishError};

use crate::answer::{Answer, Keep};
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::{Ask, Editor, Reader};
use crate::pages::edit::{self, raw_page};
use crate::pages::screen::{self, Screen};
use crate::pages::version::{self as shown, Names, http_day};
use crate::views::Tab;
use crate::views::versions::{PublishView, ScopeChoice, publish as publish_view};
use crate::words::Arg;

/// Longest note, title and decision of a version, in characters: together well within the message of
/// a tag that is read.
const NOTE_MAX_CHARS: usize = 10_000;
const LINE_MAX_CHARS: usize = 500;

/// Pages offered as the decision behind a version.
const DECISIONS_MAX: usize = 200;

/// The title of a page that is there, or has versions.
pub fn title_of(ask: &Ask, path: &FilePath) -> Result<String, Fail> {
    let seen = ask.seen();
    match seen.page_at(path).and_then(|page| seen.page(page)) {
        Some(page) => Ok(page.title().to_owned()),
        None if ask.world.own_versions(path.address()).is_empty() => Err(Fail::NotFound),
        // The page is gone, its versions are not.
        None => Ok(path.base_name().to_owned()),
    }
}

pub fn kind_key(kind: VersionKind) -> &'static str {
    match kind {
        VersionKind::Revision => "publish-kind-revision",
        VersionKind::Erratum => "publish-kind-erratum",
        VersionKind::Withdrawal => "publish-kind-withdrawal",
    }
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
    fn read(pairs: Pairs) -> Wish {
        let mut wish = Wish::default();
        for (key, value) in pairs {
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
        wish
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
                scope: Some(screen::param(ask, "scope").unwrap_or_else(|| path.address().to_owned())),
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
pub async fn publish(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run_form(publish_posted).await
}

pub fn publish_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let wish = Wish::read(pairs);
    edit::in_time(ask, &wish.note)?;
    let path = screen::page_path(ask, &raw_page(ask, "/-/publish/", ""))?;
    publish_as(ask, &path, &wish)
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
    let who = edit::signed_by(ask, &wish.name);
    if let Some(key) = edit::name_fault(ask, &who) {
        faults.push(("name", words.t(key).to_owned()));
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
    let publication = Publication { scope: &scope, label: &wish.label, commit, text };
    match ask.app.wiki.publish_version(&publication, &edit::act(&who, "")) {
        Ok(_) => {
            let mut to = screen::folder_href(path.address());
            match scope == path.address() {
                true => to.push_str(&format!("@{}", wish.label)),
                false => {
                    let rev = format!("{scope}@{}", wish.label);
                    to.push_str(&format!("?at={}", percent_encoded(&rev)));
                }
            }
            Ok(edit::remember_name(Answer::redirect(StatusCode::SEE_OTHER, &to), &wish.name))
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
        name: ask.who.account.is_none().then(|| wish.name.clone()),
        csrf: ask.person.csrf(),
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
            let origin = &ask.home;
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
