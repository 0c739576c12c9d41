//! Records through forms: a type is chosen, a new record begun, one that is there changed. Both ways
//! between the form and Markdown, nothing typed is lost. Saving goes through `Wiki::save`, as the
//! editor does; what a text means is read by `polder_core::form`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use polder_core::form::{self, Around, Fault, Typed};
use polder_core::front::{self, Front};
use polder_core::limits;
use polder_core::path::{FilePath, percent_encode};
use polder_core::review::Verdict;
use polder_core::site::Page;
use polder_core::types::{Kind, Type};
use polder_core::value::Value;
use polder_wiki::propose::ProposeError;
use rustc_hash::FxHashMap;

use crate::answer::Answer;
use crate::body;
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::{Ask, Editor};
use crate::moment::now_href;
use crate::pages::edit::{self, Form};
use crate::pages::form_fields::{Drawer, fault_text};
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::values;
use crate::views::form::{
    FormControl, FormField, FormView, NewPath, TypeGroup, TypeLink, form as form_view, types as types_view,
};
use crate::views::{Complaint, Field, Link, Tab};
use crate::words::{Arg, Words};

/// Addresses tried for a new page before somebody must choose one.
const NUMBERED_MAX: usize = 100;

/// What a button of the form does.
enum Press {
    Save,
    Preview,
    /// On to the editor, with what was typed.
    Markdown,
    /// From the editor, with this text.
    Form(String),
    Add(String),
    Remove(String),
}

/// A form as it was posted.
struct Sent {
    press: Press,
    typed: Typed,
    /// What the fields are laid over, and the text beneath; of a page that is there they may be left
    /// out, and are then as they are.
    front: Option<String>,
    body: Option<String>,
    signed: Form,
}

impl Sent {
    fn read(pairs: Pairs) -> Result<Sent, Fail> {
        let mut sent =
            Sent { press: Press::Save, typed: Typed::default(), front: None, body: None, signed: Form::default() };
        let mut text = None;
        let mut act = String::new();
        for (key, value) in pairs {
            match key.as_str() {
                "front" => sent.front = Some(value.replace("\r\n", "\n")),
                "body" => sent.body = Some(value.replace("\r\n", "\n")),
                "text" => text = Some(value.replace("\r\n", "\n")),
                "summary" => sent.signed.summary = value,
                "name" => sent.signed.name = value,
                "base" => sent.signed.base = value,
                "path" => sent.signed.path = value,
                "act" => act = value,
                "add" => sent.press = Press::Add(value),
                "remove" => sent.press = Press::Remove(value),
                _ if key.starts_with("f.") => sent.typed.put(key, value),
                _ => {}
            }
        }
        match (act.as_str(), text) {
            ("form", Some(text)) => sent.press = Press::Form(text),
            ("form", None) => return Err(Fail::BadRequest("fail-bad-form")),
            ("preview", _) => sent.press = Press::Preview,
            ("markdown", _) => sent.press = Press::Markdown,
            _ => {}
        }
        Ok(sent)
    }

    /// What was typed, a line for each field and the text below, so that it can be kept by hand.
    fn as_text(&self) -> String {
        let mut text = String::new();
        for (name, value) in self.typed.all().filter(|(_, value)| !value.trim().is_empty()) {
            text.push_str(&format!("{}: {value}\n", name.trim_start_matches("f.")));
        }
        if let Some(body) = &self.body {
            text.push('\n');
            text.push_str(body);
        }
        text
    }
}

/// A form before somebody: whose it is, what it is laid over, what was typed.
pub(super) struct Draft<'a> {
    pub(super) kind: &'a Type,
    /// The page, when it is there.
    pub(super) page: Option<FilePath>,
    /// The frontmatter with its fences, unsaved changes included.
    front_text: String,
    front: Front,
    /// The page as the wiki has it.
    pub(super) saved: Option<Front>,
    typed: Option<Typed>,
    /// It was posted, and is saved nowhere.
    is_unsaved: bool,
    body: String,
    signed: Form,
}

impl<'a> Draft<'a> {
    /// `None` when the frontmatter can't be read or its type is not known.
    fn of_text(ask: &'a Ask, page: Option<FilePath>, text: &str, signed: Form) -> Option<Draft<'a>> {
        let split = front::split(text);
        let (front, problems) = front::read(split.yaml()?, front::FIRST_LINE);
        let types = ask.seen().types();
        let kind = types.get(types.named(front.text("type")?)?);
        let saved = page.as_ref().and_then(|path| ask.seen().page_at(path)).and_then(|page| ask.seen().page(page));
        let is_page = page.is_some();
        problems.is_empty().then(|| Draft {
            kind,
            page,
            front_text: text[..split.body].to_owned(),
            // Of a page that moved away in the meantime: as the form began.
            saved: saved.map(|page| page.doc.front.clone()).or_else(|| is_page.then(|| front.clone())),
            front,
            typed: None,
            is_unsaved: false,
            body: split.body_text().to_owned(),
            signed,
        })
    }

    fn folder(&self) -> &str {
        self.page.as_ref().map_or("", FilePath::folder)
    }

    /// The whole page: the frontmatter with these changes, and the body. Changes that can't be written
    /// are left out, and are faults.
    fn text(&self, outcome: &mut form::Outcome) -> Text {
        let mut front = self.front_text.clone();
        let mut is_whole = true;
        for change in &outcome.changes {
            match form::apply(&front, std::slice::from_ref(change)) {
                Ok(written) => front = written,
                Err((key, _)) => {
                    is_whole = false;
                    let name = form::input_name(&key);
                    let is_too_long = front.len() + form::size_bytes(change) > limits::FRONT_MAX_BYTES;
                    let code = if is_too_long { "form-long" } else { "form-entangled" };
                    if !outcome.faults.iter().any(|fault| fault.name == name) {
                        outcome.faults.push(Fault { name, code: code.to_owned(), args: Vec::new() });
                    }
                }
            }
        }
        if !front.ends_with('\n') && !self.body.is_empty() {
            front.push('\n');
        }
        Text { text: front + &self.body, is_whole }
    }

    fn action(&self) -> String {
        match &self.page {
            Some(page) => screen::act_href("form", page),
            None => new_href(self.kind),
        }
    }
}

/// The text that a form comes to.
struct Text {
    text: String,
    /// Whether everything typed is in it.
    is_whole: bool,
}

fn new_href(kind: &Type) -> String {
    let mut href = String::from("/-/new/");
    percent_encode(&kind.name, &mut href);
    href
}

/// `GET /-/form/<page>`.
pub async fn open(editor: Editor, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    editor.run(move |ask| open_screen(ask, &edit::raw_page(ask, "/-/form/", &page))).await
}

/// `POST /-/form/<page>`.
pub async fn post(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run_form(form_posted).await
}

pub fn form_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let sent = Sent::read(pairs)?;
    edit::in_time(ask, &sent.as_text())?;
    let path = screen::page_path(ask, &edit::raw_page(ask, "/-/form/", ""))?;
    act(ask, Some(path), None, sent)
}

/// `GET /-/new`: which type?
pub async fn choose(editor: Editor) -> HttpResponse {
    editor.run(choose_screen).await
}

/// `GET /-/new/<type>?<field>=…`.
pub async fn begin(editor: Editor, kind: Path<String>) -> HttpResponse {
    let kind = kind.into_inner();
    editor.run(move |ask| begin_screen(ask, &kind)).await
}

/// `POST /-/new/<type>`.
pub async fn create(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run_form(new_posted).await
}

pub fn new_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let sent = Sent::read(pairs)?;
    edit::in_time(ask, &sent.as_text())?;
    let kind = polder_core::path::percent_decode(&edit::raw_page(ask, "/-/new/", "")).unwrap_or_default();
    act(ask, None, Some(&kind), sent)
}

fn open_screen(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let path = screen::page_path(ask, raw)?;
    let Some(blob) = ask.seen().file(path.as_str()) else { return Err(Fail::NotFound) };
    if !screen::has_form(ask, &path) {
        return Ok(Answer::redirect(StatusCode::SEE_OTHER, &screen::act_href("edit", &path)));
    }
    let base = ask.world.main.map(|main| main.to_string()).unwrap_or_default();
    let text = body::text_of(ask, blob)?;
    let signed = Form { base, ..Form::default() };
    match Draft::of_text(ask, Some(path.clone()), &text, signed) {
        Some(draft) => Ok(show(ask, &draft, Shown::default())),
        None => Ok(Answer::redirect(StatusCode::SEE_OTHER, &screen::act_href("edit", &path))),
    }
}

fn choose_screen(ask: &Ask) -> Result<Answer, Fail> {
    let types = ask.seen().types();
    let mut groups: Vec<TypeGroup> = Vec::new();
    for kind in types.all() {
        // The last is what it belongs to when it belongs to nothing nearer.
        let above = kind.tree_parent.iter().rev().find_map(|key| {
            let field = &kind.fields[usize::from(kind.field(key)?)];
            field.targets()?.named.first().map(|at| types.get(*at))
        });
        let name = match above {
            Some(above) => ask.words.f("new-under", &[("type", Arg::Text(&type_label(ask.words, above)))]),
            None => ask.words.t("new-alone").to_owned(),
        };
        let link = TypeLink {
            label: type_label(ask.words, kind),
            hint: kind.hint.get(ask.lang().code()).unwrap_or_default().to_owned(),
            href: new_href(kind),
        };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.types.push(link),
            None => groups.push(TypeGroup { name, types: vec![link] }),
        }
    }
    let alone = ask.words.t("new-alone");
    groups.sort_by_key(|group| (group.name != alone, group.name.to_lowercase()));
    for group in &mut groups {
        group.types.sort_by_key(|link| link.label.to_lowercase());
    }
    let title = ask.words.t("new-title");
    Ok(screen::screen(ask, Screen::new(title), types_view(ask.words, &groups)))
}

fn begin_screen(ask: &Ask, name: &str) -> Result<Answer, Fail> {
    let mut draft = new_draft(ask, name)?;
    let mut typed = Typed::default();
    let query = ask.here.split_once('?').map_or("", |here| here.1);
    for (key, value) in screen::query_pairs(query) {
        match draft.kind.field(&key).map(|at| &draft.kind.fields[usize::from(at)].kind) {
            Some(Kind::List { .. }) => typed.put(format!("{}.0", form::input_name(&key)), value),
            Some(_) => typed.put(form::input_name(&key), value),
            None if key == "title" => typed.put(form::input_name(&key), value),
            None => {}
        }
    }
    propose_ids(ask, draft.kind, &mut typed);
    draft.typed = Some(typed);
    Ok(show(ask, &draft, Shown::default()))
}

/// The next free number for identifiers that stay for good.
fn propose_ids(ask: &Ask, kind: &Type, typed: &mut Typed) {
    let seen = ask.seen();
    let Some(own) = seen.types().named(&kind.name) else { return };
    for (at, field) in (0..).zip(&kind.fields) {
        let Kind::Text { pattern, .. } = &field.kind else { continue };
        let name = form::input_name(&field.key);
        if !field.unique || !field.immutable || typed.get(&name).is_some() {
            continue;
        }
        // Numbers go on where the new page will lie; elsewhere may be examples or an archive.
        let folder = kind.path.as_deref().and_then(|path| path.split('{').next()).unwrap_or_default();
        let of = |is_near: fn(&str, &str) -> bool| {
            let pages = seen.records().of_type(own).iter();
            let near = pages.filter(|page| seen.page(**page).is_some_and(|at| is_near(at.path.as_str(), folder)));
            let known = near.filter_map(|page| match seen.records().value(*page, (own, at)) {
                Some(Value::Text(text)) => Some(&**text),
                _ => None,
            });
            form::next_id(pattern.as_ref(), known)
        };
        let next = of(|path, folder| path.starts_with(folder)).or_else(|| of(|_, _| true));
        if let Some(next) = next {
            typed.put(name, next);
        }
    }
}

/// A page of a type that is not there yet.
fn new_draft<'a>(ask: &'a Ask, name: &str) -> Result<Draft<'a>, Fail> {
    let types = ask.seen().types();
    let kind = types.named(name).map(|at| types.get(at)).ok_or(Fail::BadRequest("fail-no-type"))?;
    let base = ask.world.main.map(|main| main.to_string()).unwrap_or_default();
    let signed = Form { base, ..Form::default() };
    let begun = front::set_scalar("", "type", &kind.name).unwrap_or_default();
    Draft::of_text(ask, None, &begun, signed).ok_or(Fail::BadRequest("fail-no-type"))
}

/// Links to begin records that refer to this page by a field for which it has a name.
pub fn begin_links(ask: &Ask, page: &Page) -> Vec<Link> {
    let types = ask.seen().types();
    let Some(own) = page.doc.front.text("type").and_then(|name| types.named(name)) else { return Vec::new() };
    let mut links: Vec<Link> = Vec::new();
    for at in types.inverse_names(own).flat_map(|name| types.inverse(own, name)) {
        let (kind, field) = (types.get(at.0), types.field(*at));
        let mut href = format!("{}?", new_href(kind));
        percent_encode(&field.key, &mut href);
        href.push('=');
        percent_encode(page.path.address(), &mut href);
        let title = type_label(ask.words, kind);
        links.push(Link { title: ask.words.f("new-of", &[("type", Arg::Text(&title))]), href });
    }
    // One type may refer by several fields; the first by name stands for them.
    links.sort_by(|a, b| (&a.title, &a.href).cmp(&(&b.title, &b.href)));
    links.dedup_by(|a, b| a.title == b.title);
    links
}

/// What a button does.
fn act(ask: &Ask, path: Option<FilePath>, name: Option<&str>, sent: Sent) -> Result<Answer, Fail> {
    let Sent { press, mut typed, front, body, signed } = sent;
    if let Press::Form(text) = &press {
        let page = path.clone().filter(|path| ask.seen().file(path.as_str()).is_some());
        return Ok(from_markdown(ask, path, page, text, signed));
    }
    // A page that was moved or deleted under an open form is still that page: `Wiki::save` knows.
    let page = path;
    let text = match (&front, &page) {
        (None, Some(page)) => present_text(ask, page)?,
        _ => front.unwrap_or_default(),
    };
    let mut draft = match (name, Draft::of_text(ask, page, &text, signed.clone())) {
        (_, Some(draft)) => draft,
        (Some(name), None) if text.is_empty() => new_draft(ask, name)?,
        // The frontmatter that the form is laid over can't be read: its lines would be lost.
        _ => return Err(Fail::BadRequest("fail-form-front")),
    };
    if let Some(body) = body {
        draft.body = body;
    }
    draft.signed = signed;
    draft.is_unsaved = true;
    match &press {
        Press::Add(list) => typed.add_row(list),
        Press::Remove(row) => typed.remove_row(row),
        _ => {}
    }
    draft.typed = Some(typed.clone());
    let zone = polder_wiki::clock::zone(ask.seen().settings());
    let around = Around { tongue: ask.lang().tongue(), zone: &zone, folder: draft.folder(), seen: ask.seen() };
    // What no input of this form holds goes nowhere: that is said, with what was typed.
    let strays = form::strays(draft.kind, &draft.front, &typed, draft.saved.as_ref(), &around);
    let complaints: Vec<Complaint> = strays.iter().map(|stray| stray_complaint(ask.words, stray)).collect();
    if matches!(press, Press::Add(_) | Press::Remove(_)) {
        return Ok(show(ask, &draft, Shown { complaints, ..Shown::default() }));
    }
    let mut outcome = form::read(draft.kind, &draft.front, &typed, draft.saved.as_ref(), &around);
    let Text { text, is_whole } = draft.text(&mut outcome);
    if matches!(press, Press::Markdown) && is_whole && complaints.is_empty() {
        return Ok(to_markdown(ask, &draft, &text, &around));
    }
    let shown = Shown { faults: outcome.faults, complaints, ..Shown::default() };
    match press {
        Press::Markdown => Ok(show(ask, &draft, Shown { status: StatusCode::UNPROCESSABLE_ENTITY, ..shown })),
        Press::Preview => Ok(show(ask, &draft, Shown { preview: Some(text), ..shown })),
        _ => save(ask, &draft, shown, text, &around),
    }
}

/// Something that was sent and has no place in the form, with what it said.
fn stray_complaint(words: &Words, stray: &Fault) -> Complaint {
    let problem = words.problem(&stray.code, &stray.args);
    let found = stray.args.iter().find(|arg| arg.0 == "found").map_or("", |arg| arg.1.as_str());
    let text = words.f("form-stray", &[("problem", Arg::Text(&problem)), ("found", Arg::Text(found))]);
    Complaint { field: Field::Form, text }
}

/// The text of a page as it is now, line ends as in a form.
fn present_text(ask: &Ask, page: &FilePath) -> Result<String, Fail> {
    let blob = ask.seen().file(page.as_str()).ok_or(Fail::NotFound)?;
    Ok(body::text_of(ask, blob)?.replace("\r\n", "\n"))
}

/// The editor's text in the form, where it can be read so; else the editor again.
fn from_markdown(ask: &Ask, here: Option<FilePath>, page: Option<FilePath>, text: &str, signed: Form) -> Answer {
    if let Some(mut draft) = Draft::of_text(ask, page.clone(), text, signed.clone()) {
        draft.is_unsaved = true;
        return show(ask, &draft, Shown::default());
    }
    let complaint = Complaint { field: Field::Text, text: ask.words.t("form-not-switched").to_owned() };
    let raw = if signed.path.is_empty() {
        here.as_ref().map_or_else(String::new, |path| path.address().to_owned())
    } else {
        signed.path.clone()
    };
    let form = Form { text: Some(text.to_owned()), ..signed };
    let exists = page.is_some();
    edit::form_screen(ask, here.as_ref(), exists, &raw, &form, vec![complaint], StatusCode::UNPROCESSABLE_ENTITY)
}

fn to_markdown(ask: &Ask, draft: &Draft<'_>, text: &str, around: &Around<'_>) -> Answer {
    let form = Form { text: Some(text.to_owned()), ..draft.signed.clone() };
    if let Some(page) = &draft.page {
        return edit::form_screen(ask, Some(page), true, page.address(), &form, Vec::new(), StatusCode::OK);
    }
    let address = new_address(ask, draft, text, around).unwrap_or_default();
    let path = screen::new_path(&address).ok();
    edit::form_screen(ask, path.as_ref(), false, &address, &form, Vec::new(), StatusCode::OK)
}

/// The address of a page to be made: as typed, else by the type's pattern with a number where it is
/// taken. `Err` is the fault that stands in the way.
fn new_address(ask: &Ask, draft: &Draft<'_>, text: &str, around: &Around<'_>) -> Result<String, Fault> {
    let chosen = draft.signed.path.trim().trim_matches('/');
    if !chosen.is_empty() {
        return Ok(chosen.to_owned());
    }
    let split = front::split(text);
    let front = split.yaml().map(|yaml| front::read(yaml, front::FIRST_LINE).0).unwrap_or_default();
    let fault = |key: &str, code: &str, found: &str| Fault {
        name: form::input_name(key),
        code: code.to_owned(),
        args: vec![("found".to_owned(), found.to_owned())],
    };
    let address = form::address(draft.kind, &front, around).map_err(|key| fault(&key, "form-path", ""))?;
    let is_free = |address: &str| {
        ask.seen().names().near(address).is_none() && ask.seen().file(&format!("{address}.md")).is_none()
    };
    if is_free(&address) {
        return Ok(address);
    }
    // A number for good names one page only: another page must not get it with a suffix.
    let pattern = draft.kind.path.as_deref().unwrap_or_default();
    let unique = draft.kind.fields.iter().find(|field| field.unique && pattern.contains(&format!("{{{}}}", field.key)));
    if let Some(field) = unique {
        return Err(fault(&field.key, "form-taken", front.text(&field.key).unwrap_or_default()));
    }
    let numbered = (2..NUMBERED_MAX).map(|n| format!("{address}-{n}")).find(|address| is_free(address));
    numbered.ok_or_else(|| fault("title", "form-path", ""))
}

fn save(ask: &Ask, draft: &Draft<'_>, mut shown: Shown, text: String, around: &Around<'_>) -> Result<Answer, Fail> {
    shown.status = StatusCode::UNPROCESSABLE_ENTITY;
    let (who, no_name) = draft.signed.signed(ask);
    shown.complaints.extend(no_name);
    let path = match &draft.page {
        Some(page) => Some(page.clone()),
        None => match new_address(ask, draft, &text, around) {
            Ok(address) => {
                let path = screen::new_path(&address).ok().and_then(|path| FilePath::parse_new(path.as_str()).ok());
                let taken = path.as_ref().is_some_and(|path| ask.seen().file(path.as_str()).is_some());
                if path.is_none() || taken {
                    let key = if taken { "complaint-taken" } else { "complaint-path" };
                    shown.complaints.push(Complaint { field: Field::Path, text: ask.words.t(key).to_owned() });
                }
                path
            }
            Err(fault) => {
                if !shown.faults.iter().any(|known| known.name == fault.name) {
                    shown.faults.push(fault);
                }
                None
            }
        },
    };
    let (Some(path), true, true) = (&path, shown.faults.is_empty(), shown.complaints.is_empty()) else {
        return Ok(show(ask, draft, shown));
    };
    let base = match draft.signed.base()? {
        Some(base) => ask.app.wiki.on_branch(&ask.world, base)?,
        None => None,
    };
    let title = title_in(&text).unwrap_or_else(|| path.base_name().to_owned());
    let words = if draft.page.is_some() { "summary-edit" } else { "summary-create" };
    let default = screen::summary(ask, words, &title);
    match ask.app.wiki.save(path, &text, base, &edit::act(&who, &draft.signed.summary), &default) {
        Ok(done) => Ok(edit::saved(ask, &done, &now_href(ask, path), &draft.signed.name)),
        Err(ProposeError::Clash(clashes)) => match clashes.into_iter().next() {
            Some(clash) => {
                let form = Form { text: Some(text), ..draft.signed.clone() };
                Ok(edit::clash_screen(ask, &clash, &form))
            }
            None => Err(Fail::Busy { typed: text }),
        },
        Err(ProposeError::Refused(verdict)) => {
            refused(ask, draft, &verdict, path, &mut shown);
            Ok(show(ask, draft, shown))
        }
        Err(error) => Err(Fail::of_proposal(ask, error, &text)),
    }
}

fn title_in(text: &str) -> Option<String> {
    let front = front::read(front::split(text).yaml()?, front::FIRST_LINE).0;
    front.text("title").map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned)
}

/// What the gate says, at the fields that it speaks of.
fn refused(ask: &Ask, draft: &Draft<'_>, verdict: &Verdict, path: &FilePath, shown: &mut Shown) {
    for located in &verdict.refused {
        let problem = &located.problem;
        let field = problem.args.iter().find(|arg| arg.0 == "field").map(|arg| arg.1.as_str());
        let key = field.map(|field| field.split('.').next().unwrap_or(field));
        let own = located.path == path.as_str();
        let known = key.filter(|key| own && (draft.kind.field(key).is_some() || *key == "title"));
        match known {
            Some(key) => shown.faults.push(Fault {
                name: form::input_name(key),
                code: problem.code.clone(),
                args: problem.args.clone(),
            }),
            None => {
                let file = (!own).then_some(located.path.as_str());
                let text = screen::problem_line(ask.words, problem, file).text;
                let field = if problem.code.starts_with("path-") || problem.code == "name-collision" {
                    if draft.page.is_none() { Field::Path } else { Field::Form }
                } else {
                    Field::Form
                };
                shown.complaints.push(Complaint { field, text });
            }
        }
    }
}

/// What is shown with a form besides its fields.
struct Shown {
    faults: Vec<Fault>,
    complaints: Vec<Complaint>,
    /// The whole text, to be laid out.
    preview: Option<String>,
    status: StatusCode,
}

impl Default for Shown {
    fn default() -> Shown {
        Shown { faults: Vec::new(), complaints: Vec::new(), preview: None, status: StatusCode::OK }
    }
}

fn show(ask: &Ask, draft: &Draft<'_>, shown: Shown) -> Answer {
    let words = ask.words;
    let zone = polder_wiki::clock::zone(ask.seen().settings());
    let around = Around { tongue: ask.lang().tongue(), zone: &zone, folder: draft.folder(), seen: ask.seen() };
    let parts = form::parts(draft.kind, &draft.front, draft.typed.as_ref(), draft.saved.as_ref(), &around);
    let mut drawer = Drawer {
        ask,
        draft,
        faults: shown.faults.iter().map(|fault| (fault.name.clone(), fault)).collect(),
        targets: FxHashMap::default(),
        lists: Vec::new(),
    };
    let fields: Vec<FormField> = parts.iter().map(|part| drawer.field(part)).collect();
    let lists = std::mem::take(&mut drawer.lists);
    let mut complaints = shown.complaints;
    // What is wrong with something that has no input here.
    let mut told = Vec::new();
    for field in &fields {
        add_told(field, &mut told);
    }
    for fault in shown.faults.iter().filter(|fault| !told.contains(&fault.name.as_str())) {
        let key = fault.name.strip_prefix("f.").unwrap_or(&fault.name);
        complaints.push(Complaint { field: Field::Form, text: fault_text(words, key, fault) });
    }

    let kind = type_label(words, draft.kind);
    let lang = screen::content_lang(ask).to_owned();
    let shown_path = draft.page.clone().or_else(|| FilePath::parse("nieuw.md").ok());
    let Some(path) = shown_path else { return crate::fail::answer(ask, &Fail::NotFound) };
    let page_title = match draft.page.as_ref().and_then(|page| ask.seen().page_at(page)) {
        Some(page) => ask.seen().page(page).map_or_else(String::new, |page| page.title().to_owned()),
        None => words.f("form-new", &[("type", Arg::Text(&kind))]),
    };
    let mut head = screen::head(ask, &path, &page_title, &lang, Tab::Edit);
    if draft.page.is_none() {
        head.crumbs.clear();
        words.lang.code().clone_into(&mut head.lang);
    }
    let new_path = draft.page.is_none().then(|| NewPath {
        value: draft.signed.path.clone(),
        saved_as: shown.preview.as_ref().and_then(|text| new_address(ask, draft, text, &around).ok()),
        hint: words.f("form-path-hint", &[("pattern", Arg::Text(&pattern_in_words(words, draft.kind)))]),
    });
    let at = new_path.as_ref().and_then(|new| screen::new_path(new.saved_as.as_deref()?).ok()).unwrap_or(path);
    let (preview, problems) = match &shown.preview {
        Some(text) => {
            let (doc, rendered) = body::of_text(ask, ask.seen(), &at, text);
            let problems = doc.problems.iter().map(|problem| screen::problem_line(words, problem, None)).collect();
            let (seen, today) = (ask.seen(), ask.today);
            let on = On { seen, page: seen.page_at(&at), doc: &doc, path: &at, today, is_now: false, is_alone: false };
            (Some(query::filled(ask, &on, std::sync::Arc::new(rendered))), problems)
        }
        None => (None, Vec::new()),
    };
    let is_refused = !shown.faults.is_empty() || !complaints.is_empty();
    let view = FormView {
        head,
        act: words.t(if draft.page.is_none() { "edit-act-new" } else { "edit-act" }).to_owned(),
        kind_hint: draft.kind.hint.get(words.lang.code()).unwrap_or_default().to_owned(),
        new_path,
        action: draft.action(),
        cancel_href: draft.page.as_ref().map_or_else(|| "/-/new".to_owned(), FilePath::href),
        help_href: edit::help_href(ask),
        fields,
        lists,
        front: draft.front_text.clone(),
        body: draft.body.clone(),
        signature: draft.signed.signature(ask),
        complaints,
        problems,
        preview,
        is_unsaved: draft.is_unsaved,
    };
    let act = words.t("edit-act");
    let mut title = match &draft.page {
        Some(_) => format!("{act}: {page_title}"),
        None => page_title,
    };
    if is_refused {
        title = words.f("form-error-title", &[("title", Arg::Text(&title))]);
    }
    let frame = Screen { folder: draft.folder(), ..Screen::new(&title) };
    let mut answer = screen::screen(ask, frame, form_view(words, &view));
    answer.status = shown.status;
    answer
}

/// The names of the inputs of which a fault is told.
fn add_told<'a>(field: &'a FormField, told: &mut Vec<&'a str>) {
    if field.error.is_some() {
        told.push(&field.name);
    }
    if let FormControl::Group(fields) | FormControl::Rows(fields) = &field.control {
        for field in fields {
            add_told(field, told);
        }
    }
}

/// A type by its label.
pub fn type_label(words: &Words, kind: &Type) -> String {
    kind.label.get(words.lang.code()).map_or_else(|| values::key_label(&kind.name), str::to_owned)
}

/// `begroting/{date.year}/{id}` with the labels of its fields: `begroting/‹Datum›/‹Nummer›`.
fn pattern_in_words(words: &Words, kind: &Type) -> String {
    let pattern = kind.path.as_deref().map_or_else(|| format!("{}/{{slug}}", kind.name), str::to_owned);
    let mut shown = String::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let key = name.split('.').next().unwrap_or(name);
        let label = match kind.field(if key == "slug" { "title" } else { key }) {
            Some(at) => field_label(words, &kind.fields[usize::from(at)]),
            None => words.t("form-title").to_owned(),
        };
        shown.push_str(before);
        shown.push_str(&format!("‹{label}›"));
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Whether the address of a new record is made of this field.
pub(super) fn is_in_address(kind: &Type, name: &str) -> bool {
    let pattern = kind.path.as_deref().unwrap_or("{slug}");
    let mut keys = pattern.split('{').skip(1).filter_map(|rest| rest.split(['}', '.']).next());
    keys.any(|key| name == form::input_name(if key == "slug" { "title" } else { key }))
}

pub(super) fn field_label(words: &Words, field: &polder_core::types::Field) -> String {
    field.label.get(words.lang.code()).map_or_else(|| values::key_label(&field.key), str::to_owned)
}
