//! Writing: the editor, its preview, saving, and the screen on which a clash is finished by hand.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Path;
use polder_core::access::{self, Who};
use polder_core::diff;
use polder_core::ids::CommitId;
use polder_core::merge::{Chunk, marked};
use polder_core::path::{FilePath, Kind, percent_encode};
use polder_wiki::propose::{Clash, Done, ProposeError};
use polder_wiki::verbs::Act;

use crate::answer::Answer;
use crate::body;
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::{Ask, Editor, NAME_COOKIE, clean_name};
use crate::moment::now_href;
use crate::pages::diff::pieces;
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::views::conflict::{ConflictView, conflict as conflict_view};
use crate::views::edit::{EditMode, EditView, edit as edit_view};
use crate::views::{Complaint, Field, Signature, Tab};
use crate::words::{Lang, Moment, Words};

/// What a form of this wiki posts. Missing fields are empty.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// `None` when the form had no text that could be read: nothing is saved then.
    pub text: Option<String>,
    pub summary: String,
    pub name: String,
    pub base: String,
    pub path: String,
    pub to: String,
    pub from: String,
    pub preview: bool,
}

impl Form {
    pub fn read(pairs: Pairs) -> Form {
        let mut form = Form::default();
        for (key, value) in pairs {
            match key.as_str() {
                "text" => form.text = Some(value),
                "summary" => form.summary = value,
                "name" => form.name = value,
                "base" => form.base = value,
                "path" => form.path = value,
                "to" => form.to = value,
                "from" => form.from = value,
                "act" => form.preview = value == "preview",
                "preview" => form.preview = true,
                _ => {}
            }
        }
        form
    }

    /// The commit that the form was made from; an empty one means that there was no page.
    pub fn base(&self) -> Result<Option<CommitId>, Fail> {
        let base = self.base.trim();
        if base.is_empty() {
            return Ok(None);
        }
        CommitId::parse(base).map(Some).ok_or(Fail::BadRequest("fail-bad-base"))
    }

    pub fn signature(&self, ask: &Ask) -> Signature {
        signature(ask, &self.name, &self.summary, &self.base)
    }

    /// Who writes the commit, and a complaint when a name is needed and there is none.
    pub fn signed(&self, ask: &Ask) -> (Who, Option<Complaint>) {
        let who = signed_by(ask, &self.name);
        let complaint =
            name_fault(ask, &who).map(|key| Complaint { field: Field::Name, text: ask.words.t(key).to_owned() });
        (who, complaint)
    }
}

/// What is wrong with a name that was typed. Nobody signs as somebody who has an account.
pub fn name_fault(ask: &Ask, who: &Who) -> Option<&'static str> {
    let name = who.name.as_deref().unwrap_or_default();
    match who.account {
        _ if name.is_empty() => Some("complaint-name"),
        None if ask.app.accounts.is_name_taken(name) => Some("complaint-name-taken"),
        _ => None,
    }
}

/// What every form that makes a commit holds: the name given, else the one given before. Whoever has
/// an account is not asked.
pub fn signature(ask: &Ask, name: &str, summary: &str, base: &str) -> Signature {
    let name = if name.is_empty() { &ask.known_name } else { name };
    Signature {
        name: ask.who.account.is_none().then(|| name.to_owned()),
        summary: summary.to_owned(),
        base: base.to_owned(),
        csrf: ask.person.csrf(),
    }
}

/// Whoever asks, under the name of the account, or without one under the name that was typed.
pub fn signed_by(ask: &Ask, name: &str) -> Who {
    match ask.who.account {
        Some(_) => ask.who.clone(),
        None => Who { name: Some(clean_name(name)), ..ask.who.clone() },
    }
}

/// `GET /-/edit/<page>`, and `GET /-/edit/` for a page still to be named.
pub async fn open(editor: Editor, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    editor.run(move |ask| editor_screen(ask, &raw_page(ask, "/-/edit/", &page))).await
}

/// `POST /-/edit/<page>`: preview or save.
pub async fn save(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run_form(save_posted).await
}

pub fn save_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let form = Form::read(pairs);
    in_time(ask, form.text.as_deref().unwrap_or_default())?;
    save_form(ask, &raw_page(ask, "/-/edit/", ""), &form)
}

/// Refuses what was sent too often after what came before it, with the text that was typed.
pub fn in_time(ask: &Ask, typed: &str) -> Result<(), Fail> {
    match ask.wait_s {
        Some(seconds) => Err(Fail::TooOften { seconds, typed: typed.to_owned() }),
        None => Ok(()),
    }
}

/// The page part of this address as sent, not as decoded by the router.
pub fn raw_page(ask: &Ask, prefix: &str, decoded: &str) -> String {
    let path = ask.here.split('?').next().unwrap_or_default();
    path.strip_prefix(prefix).unwrap_or(decoded).to_owned()
}

fn editor_screen(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let path = if raw.is_empty() { None } else { Some(editable(ask, raw)?) };
    let base = ask.world.main.map(|main| main.to_string()).unwrap_or_default();
    let asked_title = screen::param(ask, "title");
    let (text, exists) = match path.as_ref().and_then(|path| ask.seen().file(path.as_str())) {
        Some(blob) => {
            let bytes = ask.app.wiki.read(blob)?;
            if std::str::from_utf8(&bytes).is_err() {
                return Err(Fail::BadRequest("fail-not-text"));
            }
            (body::text_of(ask, blob)?, true)
        }
        None => (path.as_ref().map_or_else(String::new, |path| new_text(path, asked_title.as_deref())), false),
    };
    let form = Form { text: Some(text), base, ..Form::default() };
    let raw_path = path.as_ref().map_or_else(String::new, |path| path.address().to_owned());
    Ok(form_screen(ask, path.as_ref(), exists, &raw_path, &form, Vec::new(), StatusCode::OK))
}

/// Pages, parts and settings are edited as text; other files are not.
fn editable(ask: &Ask, raw: &str) -> Result<FilePath, Fail> {
    let decoded = polder_core::path::percent_decode(raw).unwrap_or_default();
    if let Ok(path) = FilePath::parse(&decoded)
        && path.kind() == Kind::Settings
    {
        return Ok(path);
    }
    let path = screen::page_path(ask, raw)?;
    match path.kind() {
        Kind::Page | Kind::Part | Kind::Settings => Ok(path),
        Kind::File => Err(Fail::BadRequest("fail-not-text")),
    }
}

/// A new page begins with its title, as the red link that led here named it.
fn new_text(path: &FilePath, title: Option<&str>) -> String {
    match path.as_str() {
        // What holds without it, to go on from.
        access::PATH => return "rules:\n  - path: /\n    read: everyone\n    edit: accounts\n".to_owned(),
        _ if path.kind() == Kind::Settings => return String::new(),
        _ => {}
    }
    let title = title.map_or_else(|| title_of(path), str::to_owned);
    let one_line: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match polder_core::front::set_scalar("", "title", one_line.trim()) {
        Ok(text) => format!("{text}\n"),
        Err(_) => String::new(),
    }
}

/// `nieuw-plan` as `Nieuw plan`.
fn title_of(path: &FilePath) -> String {
    if path.kind() == Kind::Settings {
        return path.as_str().to_owned();
    }
    let spaced = path.base_name().replace(['-', '_'], " ");
    let mut chars = spaced.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The editor with what a form holds.
pub fn form_screen(
    ask: &Ask,
    path: Option<&FilePath>,
    exists: bool,
    raw_path: &str,
    form: &Form,
    complaints: Vec<Complaint>,
    status: StatusCode,
) -> Answer {
    let fallback = FilePath::parse("nieuw.md").ok();
    let shown = path.or(fallback.as_ref());
    let title = shown.map_or_else(String::new, |shown| match ask.seen().page_at(shown) {
        Some(page) => ask.seen().page(page).map_or_else(String::new, |page| page.title().to_owned()),
        None => path.map_or_else(|| ask.words.t("edit-act-new").to_owned(), title_of),
    });
    let lang = screen::content_lang(ask).to_owned();
    let head = match shown {
        Some(shown) => screen::head(ask, shown, &title, &lang, Tab::Edit),
        None => return crate::fail::answer(ask, &Fail::NotFound),
    };
    let (preview, problems) = match (form.preview, shown) {
        (true, Some(shown)) => {
            let (doc, rendered) = body::of_text(ask, ask.seen(), shown, form.text.as_deref().unwrap_or_default());
            let problems = doc.problems.iter().map(|problem| screen::problem_line(ask.words, problem, None)).collect();
            let seen = ask.seen();
            let on = On {
                seen,
                page: seen.page_at(shown),
                doc: &doc,
                path: shown,
                today: ask.today,
                is_now: false,
                is_alone: false,
            };
            (Some(query::filled(ask, &on, Arc::new(rendered))), problems)
        }
        _ => (None, Vec::new()),
    };
    // What a setting is called says what it is.
    let is_setting = path.is_some_and(|path| path.kind() == Kind::Settings);
    let mode = if exists || is_setting { EditMode::Edit } else { EditMode::New { path: raw_path.to_owned() } };
    let action = match path {
        Some(path) if path.kind() == Kind::Settings => {
            let mut action = String::from("/-/edit/");
            percent_encode(path.as_str(), &mut action);
            action
        }
        Some(path) => screen::act_href("edit", path),
        None => "/-/edit/".to_owned(),
    };
    // A text whose frontmatter a form can hold goes on there as well.
    let form_action = path.filter(|path| path.kind() == Kind::Page).map(|path| screen::act_href("form", path));
    let view = EditView {
        form_action: form_action.filter(|_| is_record(ask, form.text.as_deref().unwrap_or_default())),
        mode,
        cancel_href: path.filter(|_| exists).map_or_else(|| "/".to_owned(), FilePath::href),
        action,
        help_href: help_href(ask),
        text: form.text.clone().unwrap_or_default(),
        signature: form.signature(ask),
        complaints,
        problems,
        preview,
        head,
    };
    let screen_title = format!("{}: {title}", ask.words.t(if exists { "edit-act" } else { "edit-act-new" }));
    let folder = path.map_or("", FilePath::folder);
    let mut answer = screen::screen(ask, Screen { folder, ..Screen::new(&screen_title) }, edit_view(ask.words, &view));
    answer.status = status;
    answer
}

/// Whether a text is a record of a type that the wiki knows.
fn is_record(ask: &Ask, text: &str) -> bool {
    let Some(yaml) = polder_core::front::split(text).yaml() else { return false };
    let (front, problems) = polder_core::front::read(yaml, polder_core::front::FIRST_LINE);
    problems.is_empty() && front.text("type").is_some_and(|name| ask.seen().types().named(name).is_some())
}

/// The wiki's own help on writing, when it has one.
pub fn help_href(ask: &Ask) -> Option<String> {
    ["hulp/markdown", "hulp/bewerken", "hulp", "help/markdown", "help/editing", "help"].iter().find_map(|address| {
        match ask.seen().at(address) {
            polder_core::site::AtAddress::Page(page) => ask.seen().page(page).map(|page| page.path.href()),
            _ => None,
        }
    })
}

fn save_form(ask: &Ask, raw: &str, form: &Form) -> Result<Answer, Fail> {
    let Some(text) = &form.text else { return Err(Fail::BadRequest("fail-bad-form")) };
    let mut complaints = Vec::new();
    let chosen = form.path.trim().trim_matches('/');
    let at_address = if raw.is_empty() { None } else { Some(editable(ask, raw)?) };
    let exists_now = at_address.as_ref().is_some_and(|path| ask.seen().file(path.as_str()).is_some());
    // The address of a new page can still be changed in the form.
    let path = match &at_address {
        Some(path) if exists_now || chosen.is_empty() || path.kind() == Kind::Settings => Some(path.clone()),
        _ => {
            let path = screen::new_path(chosen).ok().and_then(|path| FilePath::parse_new(path.as_str()).ok());
            if path.is_none() {
                complaints.push(Complaint { field: Field::Path, text: ask.words.t("complaint-path").to_owned() });
            }
            path
        }
    };
    let (who, no_name) = form.signed(ask);
    let shown_path = if chosen.is_empty() { raw } else { chosen };
    let exists = path.as_ref().is_some_and(|path| ask.seen().file(path.as_str()).is_some());
    if exists && path != at_address {
        // The form was for a new page, and was given the address of another.
        complaints.push(Complaint { field: Field::Path, text: ask.words.t("complaint-taken").to_owned() });
    }
    if form.preview {
        return Ok(form_screen(ask, path.as_ref(), exists_now, shown_path, form, complaints, StatusCode::OK));
    }
    complaints.extend(no_name);
    if has_clash_marks(text) {
        complaints.push(Complaint { field: Field::Text, text: ask.words.t("complaint-marks").to_owned() });
    }
    let (Some(path), true) = (&path, complaints.is_empty()) else {
        let shown = path.as_ref().or(at_address.as_ref());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(form_screen(ask, shown, exists_now, shown_path, form, complaints, status));
    };
    let title = title_of(path);
    let words = if exists { "summary-edit" } else { "summary-create" };
    let act = act(&who, &form.summary);
    let default = screen::summary(ask, words, &title);
    let base = match form.base()? {
        // A base that is not (or no longer) on the branch is no base: then both texts are shown.
        Some(base) => ask.app.wiki.on_branch(&ask.world, base)?,
        None => None,
    };
    match ask.app.wiki.save(path, text, base, &act, &default) {
        Ok(done) => Ok(saved(ask, &done, &now_href(ask, path), &form.name)),
        Err(ProposeError::Clash(clashes)) => match clashes.into_iter().next() {
            Some(clash) => Ok(clash_screen(ask, &clash, form)),
            None => Err(Fail::Busy { typed: text.clone() }),
        },
        Err(ProposeError::Refused(verdict)) => {
            let complaints = verdict
                .refused
                .iter()
                .map(|located| {
                    let line = screen::problem_line(ask.words, &located.problem, None);
                    let text = match line.line {
                        Some(n) => format!(
                            "{} {}",
                            ask.words.f("problem-line", &[("line", crate::words::Arg::Count(u64::from(n)))]),
                            line.text
                        ),
                        None => line.text,
                    };
                    let field = if located.problem.code.starts_with("path-") { Field::Path } else { Field::Text };
                    Complaint { field: if exists { Field::Text } else { field }, text }
                })
                .collect();
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(form_screen(ask, Some(path), exists, shown_path, form, complaints, status))
        }
        Err(error) => Err(Fail::of_proposal(ask, error, text)),
    }
}

/// Whether the marks of an unfinished merge still stand in a text: those that `clash_screen` makes,
/// in whatever language, so that a page about such marks can still be written.
pub fn has_clash_marks(text: &str) -> bool {
    let labels = Lang::ALL.map(|lang| [Words::get(lang).t("conflict-mine"), Words::get(lang).t("conflict-theirs")]);
    text.lines().any(|line| {
        let label = line.strip_prefix("<<<<<<< ").or_else(|| line.strip_prefix(">>>>>>> "));
        label.is_some_and(|label| labels.iter().flatten().any(|known| *known == label.trim_end()))
    })
}

/// By whom and when.
pub fn act<'a>(who: &'a Who, summary: &'a str) -> Act<'a> {
    let now = jiff::ZonedDateTime::now();
    Act { who, summary, time_s: now.timestamp().as_second(), offset_min: now.offset().seconds() / 60 }
}

/// To the page, remembering the name. The answer shows the commit, so that a program can tell.
pub fn saved(ask: &Ask, done: &Done, href: &str, name: &str) -> Answer {
    let mut answer = Answer::redirect(StatusCode::SEE_OTHER, href);
    answer.commit =
        done.commit.or(ask.world.main).and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
    remember_name(answer, name)
}

/// Sets the cookie with the name that somebody gave.
pub fn remember_name(answer: Answer, name: &str) -> Answer {
    let mut encoded = String::new();
    percent_encode(&clean_name(name), &mut encoded);
    if encoded.is_empty() {
        return answer;
    }
    answer.with_cookie(NAME_COOKIE, &encoded, 180)
}

/// 409: both texts and what they began with, to be finished by hand.
pub fn clash_screen(ask: &Ask, clash: &Clash, form: &Form) -> Answer {
    let words = ask.words;
    let theirs = clash.theirs.clone().unwrap_or_default();
    let title = ask
        .seen()
        .page_at(&clash.path)
        .and_then(|page| ask.seen().page(page))
        .map_or_else(|| title_of(&clash.path), |page| page.title().to_owned());
    let other = ask
        .app
        .wiki
        .world_for(&ask.who)
        .ok()
        .and_then(|world| world.history.as_ref()?.last(&clash.path))
        .map(|row| (row.author.clone(), screen::moment(&row)));
    let base = clash.now.and_then(|now| ask.app.wiki.last_seen(&ask.who, now).ok()?);
    let base = base.map(|now| now.to_string()).unwrap_or_default();
    let view = ConflictView {
        head: screen::head(ask, &clash.path, &title, screen::content_lang(ask), Tab::Edit),
        action: screen::act_href("edit", &clash.path),
        cancel_href: clash.path.href(),
        other,
        clashes: clash.chunks.iter().filter(|chunk| matches!(chunk, Chunk::Clash { .. })).count(),
        marked: marked(&clash.chunks, words.t("conflict-mine"), words.t("conflict-base"), words.t("conflict-theirs")),
        mine: clash.ours.clone(),
        pieces: pieces(&diff::lines(&theirs, &clash.ours)),
        theirs,
        base: clash.base.clone(),
        signature: signature(ask, &form.name, &form.summary, &base),
        complaints: Vec::new(),
    };
    let screen_title = format!("{}: {title}", words.t("conflict-act"));
    let mut answer = screen::screen(ask, Screen::new(&screen_title), conflict_view(words, &view));
    answer.status = StatusCode::CONFLICT;
    answer
}

/// A row's moment, for who only has seconds.
pub fn moment_of(time_s: i64, offset_min: i32) -> Moment {
    Moment { unix_seconds: time_s, offset_seconds: offset_min * 60 }
}
