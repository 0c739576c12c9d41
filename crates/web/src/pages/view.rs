//! A page as people read it, and everything else that can stand at an address: an old version, a
//! comparison, a file, a folder, nothing.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use polder_core::doc::{Doc, Shape};
use polder_core::eval::Eval;
use polder_core::front::{Field, Value};
use polder_core::html::{self, Rendered};
use polder_core::links;
use polder_core::names::{Found, PageIdx};
use polder_core::path::{FilePath, percent_decode, percent_encode, strip_page_extension};
use polder_core::site::{AtAddress, Child, Page, Seen};
use polder_core::succession;
use polder_core::types;
use polder_wiki::cites;

use crate::answer::{Answer, Keep};
use crate::app::AnswerKey;
use crate::body;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::moment::{self, Moment};
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::pages::{cite, compare, diff, files, form, version};
use crate::values;
use crate::views::folder::{FolderView, folder as folder_view};
use crate::views::frame::Place;
use crate::views::missing::{Deleted, MissingView, missing as missing_view};
use crate::views::page::{Banner, Edited, FieldValue, PageView, RecordField, page as page_view};
use crate::views::{Html, Link, Listed, Tab};

/// Backlinks and sub-pages listed under a page; the rest is counted by the index.
const LIST_MAX: usize = 200;

/// Frontmatter that the page shows in its own way.
const SHOWN_ELSEWHERE: [&str; 8] = ["title", "tags", "tag", "aliases", "alias", "lang", "superseded_by", "type"];

/// Any address outside `/-/`. What was answered for the same commit is answered from memory, and a
/// page that is soon made is made at once: both without leaving the thread.
///
/// What is made is kept if its address was asked for before, be it at another commit. Whoever reads
/// the whole wiki once drives nothing out that others come back for.
pub async fn view(mut reader: Reader) -> HttpResponse {
    let key = key(&reader.ask);
    if let Some(answer) = reader.ask.app.answers.get(&key) {
        return answer.respond(&reader.request);
    }
    reader.ask.keeps = reader.ask.app.was_asked(&key.address);
    let at_once = reader.run_here(|ask| {
        let (page, made) = quick_page(ask)?;
        Some(kept(ask, &key, |ask| page_answer(ask, page, Some(made))))
    });
    match at_once {
        Some(response) => response,
        None => reader.run(move |ask| kept(ask, &key, |ask| at_moment(ask, address_of(&ask.here)))).await,
    }
}

/// The same for pages whose path clashes with an address of the program.
pub async fn view_clashing(reader: Reader) -> HttpResponse {
    reader
        .run(move |ask| {
            let raw = address_of(&ask.here);
            at_moment(ask, raw.strip_prefix("-/page/").unwrap_or(raw))
        })
        .await
}

/// The page at the address asked for, rendered, when it is one that is soon made.
fn quick_page(ask: &Ask) -> Option<(PageIdx, Arc<Rendered>)> {
    let raw = address_of(&ask.here);
    let address = percent_decode(raw)?;
    if raw.contains('@') || ask.here.contains("at=") || address.starts_with('/') || address.ends_with('/') {
        return None;
    }
    let seen = ask.seen();
    let AtAddress::Page(page) = seen.at(&address) else { return None };
    if ask.world.is_published(seen, seen.page(page)?) {
        return None;
    }
    let folder = seen.page(page)?.path.folder();
    let mut parts = body::PARTS.into_iter().filter_map(|name| seen.part(folder, name));
    let are_quick = parts.all(|part| body::quickly(ask, part).is_some());
    are_quick.then(|| body::quickly(ask, page)).flatten().map(|made| (page, made))
}

fn key(ask: &Ask) -> AnswerKey {
    AnswerKey {
        commit: ask.world.main,
        class: ask.world.class(),
        versions: ask.world.versions_token(),
        address: ask.here.clone(),
        home: if ask.can_clone() { ask.home.clone() } else { String::new() },
        lang: ask.lang(),
        can_edit: ask.can_edit,
        person: ask.person.mark(),
        today: ask.today,
    }
}

fn kept(ask: &Ask, key: &AnswerKey, act: impl FnOnce(&Ask) -> Result<Answer, Fail>) -> Result<Answer, Fail> {
    let answer = act(ask)?;
    if let (Keep::Tagged(_), StatusCode::OK) = (&answer.keep, answer.status)
        && ask.keeps
    {
        let weight = answer.body.len() + key.address.len() + key.home.len() + 512;
        ask.app.answers.put(key.clone(), Arc::new(answer.clone()), weight);
    }
    Ok(answer)
}

fn address_of(here: &str) -> &str {
    here.split('?').next().unwrap_or(here).trim_start_matches('/')
}

/// What stands at an address, at the moment that the address itself or `?at=` names.
fn at_moment(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    // The raw path is split at its last `@`; an encoded one never splits (DESIGN §3).
    if let Some((page, version)) = raw.rsplit_once('@') {
        return at_version(ask, page, version);
    }
    let address = percent_decode(raw).ok_or(Fail::BadRequest("fail-bad-address"))?;
    match moment::asked(ask)? {
        Some(moment) => at_address(&ask.at(moment), &address),
        None => at_address(ask, &address),
    }
}

fn at_address(ask: &Ask, address: &str) -> Result<Answer, Fail> {
    let seen = ask.seen();
    if address.starts_with('/') || address.ends_with('/') {
        let bare = address.trim_matches('/');
        return Ok(Answer::redirect(StatusCode::MOVED_PERMANENTLY, &seen.stay(screen::folder_href(bare))));
    }
    match seen.at(address) {
        AtAddress::Page(page) => published_or_now(ask, page),
        AtAddress::Moved(page) => match seen.page(page) {
            Some(page) => Ok(Answer::redirect(StatusCode::MOVED_PERMANENTLY, &seen.href(&page.path))),
            None => Err(Fail::NotFound),
        },
        AtAddress::File(path, blob) => files::file(ask, &path, blob),
        AtAddress::Folder(folder) => Ok(folder_answer(ask, &folder)),
        AtAddress::Nothing if address.is_empty() => Ok(no_front_page(ask)),
        AtAddress::Nothing => nothing(ask, address),
    }
}

/// A page as readers get it who ask for no moment.
fn published_or_now(ask: &Ask, page: PageIdx) -> Result<Answer, Fail> {
    let at = ask.seen().page(page).ok_or(Fail::NotFound)?;
    let Some(moment) = moment::published(ask, at)? else { return page_answer(ask, page, None) };
    let then = cites::path_then(&ask.world, &at.path, moment.commit);
    let published = ask.at_published(moment);
    match then.and_then(|then| published.seen().page_at(&then)) {
        Some(page) => page_answer(&published, page, None),
        // A version of which the page is no part must not keep it from being read.
        None => page_answer(ask, page, None),
    }
}

/// `/` of a wiki without a front page: what there is, or the invitation to make one.
fn no_front_page(ask: &Ask) -> Answer {
    if ask.seen().readable().next().is_some() {
        return folder_answer(ask, "");
    }
    missing(ask, "FrontPage", screen::new_path("FrontPage").ok().as_ref())
}

fn page_answer(ask: &Ask, page: PageIdx, made: Option<Arc<Rendered>>) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let at = seen.page(page).ok_or(Fail::NotFound)?;
    let mut view = page_content(ask, page, made)?;
    let now = version::path_now(ask, &at.path);
    let shown = version::shown(ask, &at.path, &now);
    if ask.moment.as_ref().is_some_and(|moment| moment.at.is_empty()) {
        // Readers get a version, but what can be done here is done to the page as it is now.
        let (kind, raw_href) = (view.head.kind.take(), view.head.raw_href.take());
        let lang = view.head.lang.clone();
        view.head = screen::head(&ask.of_now(), &now, at.title(), &lang, Tab::View);
        (view.head.kind, view.head.raw_href) = (kind, raw_href);
    }
    view.edited = edited(ask, at, &now);
    view.fields_href = (!view.record.is_empty()).then(|| seen.stay(screen::act_href("fields", &now)));
    view.head.history_href = screen::act_href("history", &now);
    view.head.versions_href = screen::act_href("versions", &now);
    // What took over is told also where an old version is read: that is what the reader must know.
    if let Some(successor) = successor(ask, &now) {
        view.banners.push(Banner::Superseded(successor));
    }
    view.banners.extend(shown.banner);
    view.versions = shown.switch;
    view.backlinks = screen::backlinks(seen, page, LIST_MAX);
    view.sub_pages = sub_pages(seen, at);
    if ask.can_edit {
        let of_now = ask.of_now();
        let present = of_now.seen().page_at(&now).and_then(|page| of_now.seen().page(page));
        view.begin = present.map(|at| form::begin_links(&of_now, at)).unwrap_or_default();
        let lost = cites::lost_links_of(&ask.world, seen, page, &|commit, now| cite::is_in(ask, commit, now));
        view.problems = seen
            .problems_of(page, ask.today)
            .iter()
            .chain(&lost)
            .map(|problem| screen::problem_line(ask.words, problem, None))
            .collect();
    }
    let is_front = seen.front_page() == Some(page);
    let title = shown.title.unwrap_or_else(|| at.title().to_owned());
    let frame = Screen {
        place: if is_front { Place::FrontPage } else { Place::Elsewhere },
        title: &title,
        indexed: shown.is_indexed,
        canonical: shown.canonical,
        says_moment: true,
        feeds: vec![Link { title: ask.words.t("feed-page").to_owned(), href: feed_href(&now) }],
        folder: at.path.folder(),
        page: Some(page),
        ..Screen::new(&title)
    };
    let mut answer = screen::screen(ask, frame, page_view(ask.words, &view));
    for (name, value) in &shown.headers {
        answer = answer.with(name.clone(), value);
    }
    answer.keep = screen::keep(ask);
    Ok(answer)
}

fn feed_href(path: &FilePath) -> String {
    let mut href = String::from("/-/changes.atom?page=");
    percent_encode(path.address(), &mut href);
    href
}

/// The parts of a page that follow from its own site alone; `made` is its body, where there is one
/// already.
fn page_content(ask: &Ask, page: PageIdx, made: Option<Arc<Rendered>>) -> Result<PageView, Fail> {
    let seen = ask.seen();
    let at = seen.page(page).ok_or(Fail::NotFound)?;
    let lang = screen::page_lang(ask, &at.doc);
    let (today, is_now) = (ask.today, ask.moment.is_none());
    let on = On { seen, page: Some(page), doc: &at.doc, path: &at.path, today, is_now, is_alone: false };
    let mut head = screen::head(ask, &at.path, at.title(), lang, Tab::View);
    head.kind = at.doc.front.text("type").map(|name| type_label(seen, ask, name));
    let mut banners = Vec::new();
    let raw_href = ask.stay_here(screen::act_href("raw", &at.path));
    let (body, contents) = match at.doc.shape {
        Shape::Binary => {
            banners.push(Banner::NotText { raw_href });
            (Html::default(), Vec::new())
        }
        shape => {
            if shape == Shape::Plain {
                banners.push(Banner::TooLarge { raw_href });
            }
            let rendered = made.map_or_else(|| body::of_page(ask, page), Ok)?;
            let contents = body::contents(&rendered.toc);
            (query::filled(ask, &on, rendered), contents)
        }
    };
    let folder = at.path.folder();
    Ok(PageView {
        head,
        banners,
        edited: Edited::Unknown,
        record: record(ask, &on, at),
        fields_href: None,
        contents,
        header: body::part(ask, folder, "_Header"),
        body,
        footer: body::part(ask, folder, "_Footer"),
        versions: None,
        tags: tags(ask, &at.doc),
        backlinks: Vec::new(),
        sub_pages: Vec::new(),
        begin: Vec::new(),
        problems: Vec::new(),
    })
}

fn tags(ask: &Ask, doc: &Doc) -> Vec<Link> {
    doc.tags
        .iter()
        .map(|tag| {
            let mut href = String::from("/-/index?by=tag#tag-");
            percent_encode(tag, &mut href);
            Link { title: tag.clone(), href: ask.seen().stay(href) }
        })
        .collect()
}

/// Who edited a page last, up to the moment that is looked at; `now` is where its history stands.
fn edited(ask: &Ask, page: &Page, now: &FilePath) -> Edited {
    let path = &page.path;
    let Some(history) = &ask.world.history else { return Edited::Reading };
    let row = match &ask.moment {
        Some(moment) => history.up_to(path, moment.commit),
        None => history.last(path),
    };
    match row {
        Some(row) => Edited::Known {
            author: row.author.clone(),
            at: screen::moment(&row),
            history_href: screen::act_href("history", now),
            blame_href: (page.doc.shape == Shape::Text).then(|| ask.stay_here(screen::act_href("blame", now))),
        },
        None => Edited::Unknown,
    }
}

/// The page that took over, at the end of the chain (DESIGN §3): as it is said now.
fn successor(ask: &Ask, path: &FilePath) -> Option<Link> {
    let seen = ask.world.site.seen_by(&ask.who);
    let at = seen.page(succession::last(seen, seen.page_at(path)?)?)?;
    Some(Link { title: at.title().to_owned(), href: at.path.href() })
}

fn sub_pages(seen: Seen<'_>, page: &Page) -> Vec<Listed> {
    let base = page.path.base_name().to_lowercase();
    let folder = if polder_core::names::FOLDER_PAGES.contains(&base.as_str()) {
        page.path.folder()
    } else {
        page.path.address()
    };
    if folder.is_empty() {
        return Vec::new();
    }
    if !seen.has_children(folder) {
        return Vec::new();
    }
    let children = seen.children(folder).into_iter().take(LIST_MAX);
    let pages = children.filter_map(|child| match child {
        Child::Page(page) => Some(page),
        Child::Folder(_, page) => page,
    });
    screen::listed(seen, pages.filter(|child| seen.page(*child).is_some_and(|child| child.path != page.path)))
}

/// The fields of a record in the order of its type, what is computed among them, then whatever else
/// the frontmatter says.
fn record(ask: &Ask, on: &On<'_>, page: &Page) -> Vec<RecordField> {
    let seen = on.seen;
    let lang = ask.lang().code();
    let typed =
        on.page.and_then(|page| seen.records().get(page)).map(|record| (record.of, seen.types().get(record.of)));
    let eval = Eval::new(seen, on.today);
    let written = |key: &str| page.doc.front.fields.iter().find(|field| field.key == key);
    let is_shown = |key: &str| !SHOWN_ELSEWHERE.contains(&key);
    let mut shown = Vec::new();
    if let Some((of, kind)) = typed {
        for (at, field) in (0..).zip(&kind.fields).filter(|(_, field)| is_shown(&field.key)) {
            let label = field.label.get(lang).map_or_else(|| values::key_label(&field.key), str::to_owned);
            let value = match field.is_written() {
                true => written(&field.key).and_then(|own| field_value(ask, seen, page, Some(field), own)),
                false => computed_value(ask, on, &eval, (of, at), &label),
            };
            shown.extend(value.map(|value| RecordField { label, value }));
        }
    }
    let is_typed = |key: &str| typed.is_some_and(|(_, kind)| kind.field(key).is_some());
    for field in page.doc.front.fields.iter().filter(|field| is_shown(&field.key) && !is_typed(&field.key)) {
        let value = field_value(ask, seen, page, None, field);
        shown.extend(value.map(|value| RecordField { label: values::key_label(&field.key), value }));
    }
    shown
}

/// A field that the page does not write; a total leads to what makes it up.
fn computed_value(ask: &Ask, on: &On<'_>, eval: &Eval<'_>, at: types::FieldAt, label: &str) -> Option<FieldValue> {
    let field = on.seen.types().field(at);
    // Each field has its own bound, within that of the page.
    let steps = eval.steps_left();
    let value = eval.field(on.page?, at).into_owned();
    eval.next_of_many(steps);
    let value = std::borrow::Cow::<polder_core::value::Value>::Owned(value);
    let ty = field.kind.ty();
    let text = values::Spelling { words: ask.words, seen: on.seen }.text(&ty, &value);
    if text.is_empty() {
        return None;
    }
    if let types::Kind::Rollup(_) = field.kind {
        let is_asked = on.is_now || ask.moment.is_some();
        let href = is_asked.then(|| {
            let mut href = screen::act_href("total", on.path);
            href.push_str("?field=");
            percent_encode(&field.key, &mut href);
            ask.stay_here(href)
        });
        return Some(FieldValue::Total { text, href, label: label.to_owned() });
    }
    Some(if ty.is_figure() { FieldValue::Amount(text) } else { FieldValue::Text(text) })
}

pub(super) fn type_label(seen: Seen<'_>, ask: &Ask, name: &str) -> String {
    let types = seen.types();
    let label = types.named(name).and_then(|at| types.get(at).label.get(ask.lang().code()));
    label.map_or_else(|| values::key_label(name), str::to_owned)
}

/// A field as it is written on a page; `known` is what its type says of it.
pub(super) fn field_value(
    ask: &Ask,
    seen: Seen<'_>,
    page: &Page,
    known: Option<&types::Field>,
    field: &Field,
) -> Option<FieldValue> {
    match &field.value {
        Value::Empty => None,
        Value::Scalar(scalar) => Some(scalar_value(ask, seen, page, known, &field.key, &scalar.text)),
        Value::List(items) => {
            let texts: Vec<&str> = items
                .iter()
                .filter_map(|item| match item {
                    Value::Scalar(scalar) => Some(scalar.text.as_str()),
                    _ => None,
                })
                .collect();
            if texts.len() < items.len() {
                return Some(FieldValue::Text(nested(&field.value)));
            }
            if !texts.is_empty() && texts.iter().all(|text| links::reference(text).is_some()) {
                return Some(FieldValue::Links(texts.iter().map(|text| reference(seen, page, text)).collect()));
            }
            Some(FieldValue::Text(texts.join(", ")))
        }
        Value::Map(_) => Some(FieldValue::Text(nested(&field.value))),
    }
}

fn scalar_value(
    ask: &Ask,
    seen: Seen<'_>,
    page: &Page,
    known: Option<&types::Field>,
    key: &str,
    text: &str,
) -> FieldValue {
    let is_ref = known.is_some_and(|known| matches!(known.kind, types::Kind::Ref(_)));
    if is_ref || links::reference(text).is_some() {
        let (title, href) = reference(seen, page, text);
        if is_ref || href.is_some() || text.starts_with("[[") {
            return FieldValue::Links(vec![(title, href)]);
        }
    }
    let named = known.and_then(|known| known.choice(text)?.label.get(ask.lang().code())).map(str::to_owned);
    match (values::scalar(ask.words, key, text), named) {
        (FieldValue::Status(_, tone), Some(label)) => FieldValue::Status(label, tone),
        (FieldValue::Text(_), Some(label)) => FieldValue::Text(label),
        (value, _) => value,
    }
}

fn reference(seen: Seen<'_>, page: &Page, text: &str) -> (String, Option<String>) {
    let target = links::reference(text).unwrap_or(text);
    match seen.find(page.path.folder(), links::parts(target).name) {
        Found::Page(found) => match seen.page(found) {
            Some(at) => {
                let href = html::href(seen, &links::Target::Page(found), target);
                (at.title().to_owned(), href.or_else(|| Some(seen.href(&at.path))))
            }
            None => (target.to_owned(), None),
        },
        _ => (target.to_owned(), None),
    }
}

/// A nested value on one line: `role: voorzitter; at: overleg`.
fn nested(value: &Value) -> String {
    let scalar = |_: &str, scalar: &polder_core::front::Scalar| scalar.text.clone();
    polder_core::front::OneLine { key: &values::key_label, scalar: &scalar, items_max: usize::MAX }.spell("", value)
}

fn folder_answer(ask: &Ask, folder: &str) -> Answer {
    let seen = ask.seen();
    let (mut folders, mut pages) = (Vec::new(), Vec::new());
    for child in seen.children(folder) {
        match child {
            Child::Page(page) => pages.push(page),
            Child::Folder(path, page) => {
                let name = path.rsplit('/').next().unwrap_or(&path);
                let title = page.and_then(|page| seen.page(page)).map_or(name, |page| page.title());
                folders.push(Listed {
                    title: title.to_owned(),
                    href: seen.stay(screen::folder_href(&path)),
                    note: String::new(),
                });
            }
        }
    }
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let title = if folder.is_empty() { screen::wiki_title(ask) } else { name.to_owned() };
    let edit = |folder: &str| {
        let mut href = String::from("/-/edit/");
        percent_encode(if folder.is_empty() { "FrontPage" } else { folder }, &mut href);
        href
    };
    let mut changes_href = String::from("/-/changes?folder=");
    percent_encode(folder, &mut changes_href);
    let mut versions_href = String::from("/-/versions/");
    percent_encode(folder, &mut versions_href);
    let view = FolderView {
        crumbs: screen::crumbs(ask, folder),
        title: title.clone(),
        folders,
        pages: screen::listed(seen, pages),
        create_href: ask.can_edit.then(|| edit(folder)),
        changes_href,
        versions_href,
    };
    let frame = Screen { folder, indexed: true, ..Screen::new(&title) };
    let mut answer = screen::screen(ask, frame, folder_view(ask.words, &view));
    answer.keep = screen::keep(ask);
    answer
}

/// What answers at an address where nothing stands: the place a page moved to, `x.md` as `x`, or
/// the screen of the missing page.
fn nothing(ask: &Ask, address: &str) -> Result<Answer, Fail> {
    let bare = strip_page_extension(address);
    let seen = ask.seen();
    if bare != address && !matches!(seen.at(bare), AtAddress::Nothing) {
        return Ok(Answer::redirect(StatusCode::MOVED_PERMANENTLY, &seen.stay(screen::folder_href(bare))));
    }
    let path = screen::new_path(bare);
    if let Some(moment) = &ask.moment {
        return elsewhere(ask, moment, bare, path.ok());
    }
    if let (Ok(path), Some(history)) = (&path, &ask.world.history)
        && let Some(now) = history.moved_to(path)
        && seen.page_at(&now).is_some()
    {
        return Ok(Answer::redirect(StatusCode::MOVED_PERMANENTLY, &now.href()));
    }
    Ok(missing(ask, bare, path.ok().as_ref()))
}

/// The screen of a page that is not there. `path` is its file, when it can have one.
fn missing(ask: &Ask, bare: &str, path: Option<&FilePath>) -> Answer {
    let seen = ask.seen();
    let title = bare.rsplit('/').next().unwrap_or(bare).to_owned();
    let can_make = path.is_some_and(|path| FilePath::parse_new(path.as_str()).is_ok()) && ask.can_edit;
    let create_href = can_make.then(|| {
        let mut href = String::from("/-/edit/");
        percent_encode(bare, &mut href);
        href
    });
    let deleted = path.and_then(|path| {
        let row = ask.world.history.as_ref()?.last(path)?;
        Some(Deleted {
            at: screen::moment(&row),
            author: row.author.clone(),
            history_href: screen::act_href("history", path),
        })
    });
    let view = MissingView {
        title: title.clone(),
        path: format!("/{bare}"),
        create_href,
        deleted,
        near: screen::listed(seen, seen.near_names(bare, 8)),
        search_action: "/-/search".to_owned(),
    };
    let page_title = ask.words.f("missing-title", &[("page", crate::words::Arg::Text(&title))]);
    let mut answer = screen::screen(ask, Screen::new(&page_title), missing_view(ask.words, &view));
    answer.status = StatusCode::NOT_FOUND;
    answer
}

/// A page that stood under another address at the moment that is looked at, or not at all.
fn elsewhere(ask: &Ask, moment: &Moment, bare: &str, path: Option<FilePath>) -> Result<Answer, Fail> {
    let path = path.ok_or(Fail::NotFound)?;
    let now = ask.world.site.seen_by(&ask.who);
    let was = ask.world.history.as_ref().and_then(|history| history.path_at(&path, moment.commit));
    match was.filter(|was| *was != path).and_then(|was| ask.seen().page_at(&was)) {
        Some(page) => page_answer(ask, page, None),
        None => Err(Fail::NotThere {
            address: bare.to_owned(),
            is_now: now.page_at(&path).is_some(),
            then: ask.words.civil(moment.day),
        }),
    }
}

/// `page@~commit`, `page@label`, `page@2010-01-01`, `page@a..b`; nothing before the `@` is the wiki.
fn at_version(ask: &Ask, page: &str, version: &str) -> Result<Answer, Fail> {
    let address = percent_decode(page).ok_or(Fail::BadRequest("fail-bad-address"))?;
    // Labels are those of the page that stands there, however it was spelled.
    let seen = ask.world.site.seen_by(&ask.who);
    let address = match seen.at(&address) {
        AtAddress::Page(page) | AtAddress::Moved(page) if !address.is_empty() => {
            seen.page(page).map_or(address, |page| page.path.address().to_owned())
        }
        _ => address,
    };
    let decoded = |version: &str| percent_decode(version).ok_or(Fail::BadRequest("fail-bad-address"));
    if let Some((from, to)) = version.split_once("..") {
        let (from, to) = (&*decoded(from)?, &*decoded(to)?);
        let scope = compare::scope(ask, &address)?;
        // The source of two versions of a page needs the two files, not all that was beside them.
        if let (compare::Scope::Page(path), Some("source")) = (&scope, screen::param(ask, "view").as_deref()) {
            let (from, to) = (moment::side_commit(ask, &address, from)?, moment::side_commit(ask, &address, to)?);
            return diff::between(ask, path.address(), from, to);
        }
        let (from, to) = (moment::side(ask, &address, from)?, moment::side(ask, &address, to)?);
        return compare::between(ask, scope, &from, &to);
    }
    let version = decoded(version)?;
    let ask = ask.at(moment::of_page(ask, &address, &version)?);
    let seen = ask.seen();
    match seen.at(&address) {
        // Another spelling need not be another address: the version says which page is meant.
        AtAddress::Moved(page) => page_answer(&ask, page, None),
        _ => at_address(&ask, &address),
    }
}
