//! Writing single fields of a page: from a cell of a table, or by moving a card of a board.
//!
//! What was typed is read as people of the reader's language write it; what can't be read so is
//! written as it stands, and the page's own judgement says what is wrong with it. The change goes
//! through the same door as the editor's. Only the lines of fields that differ change (INV-11).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use polder_core::form;
use polder_core::front;
use polder_core::limits;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::site::{Seen, Site};
use polder_core::types::{Field, Kind};
use polder_core::value::Value;
use polder_wiki::propose::ProposeError;

use crate::answer::Answer;
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::edit::{self, Form};
use crate::pages::screen::{self, Screen};
use crate::values;
use crate::views::query::Control;
use crate::views::set::{SetField, SetView, set as set_view};
use crate::views::{Complaint, Field as FormField, Tab};
use crate::words::{Arg, Words};

/// Pages offered for a reference; with more, its path is typed.
const REFERENCES_MAX: usize = 200;

/// Fields that one form may set; a row of a table has fewer.
const FIELDS_MAX: usize = 50;

/// Before the key of a field in a form.
const PREFIX: &str = "field.";

/// What may be chosen for a field: value, words, whether it is the present one. `None` where the
/// value is typed.
pub fn choices(words: &Words, seen: Seen<'_>, field: &Field, present: &Value) -> Option<Vec<(String, String, bool)>> {
    let lang = words.lang.code();
    let mut options: Vec<(String, String, bool)> = match &field.kind {
        kind @ Kind::Choice { .. } => {
            let now = if let Value::Text(text) = present { Some(&**text) } else { None };
            let is_present = |id: &str| now == Some(id);
            form::next_choices(kind, now)
                .into_iter()
                .map(|choice| {
                    let label = choice.label.get(lang).unwrap_or(&choice.id);
                    (choice.id.to_string(), label.to_owned(), is_present(&choice.id))
                })
                .collect()
        }
        Kind::Bool => [(true, "value-yes"), (false, "value-no")]
            .map(|(is, key)| (is.to_string(), words.t(key).to_owned(), *present == Value::Bool(is)))
            .into(),
        Kind::Ref(targets) if !targets.any => {
            let records = targets.named.iter().flat_map(|kind| seen.records().of_type(*kind)).copied();
            let records: Vec<PageIdx> = records.take(REFERENCES_MAX + 1).collect();
            if records.len() > REFERENCES_MAX {
                return None;
            }
            let option = |page: PageIdx| {
                let at = seen.page(page)?;
                Some((at.path.address().to_owned(), at.title().to_owned(), *present == Value::Page(page)))
            };
            let mut options: Vec<(String, String, bool)> = records.into_iter().filter_map(option).collect();
            options.sort_by_key(|option| option.1.to_lowercase());
            options
        }
        _ => return None,
    };
    if !present.is_empty() && !options.iter().any(|option| option.2) {
        let text = form::typed_value(words.lang.tongue(), seen, present);
        options.insert(0, (text.clone(), text, true));
    }
    if present.is_empty() || !field.required {
        options.insert(0, (String::new(), words.t("query-no-value").to_owned(), present.is_empty()));
    }
    Some(options)
}

/// What a form asks to be set.
struct Wish {
    /// Keys with what was typed.
    fields: Vec<(String, String)>,
    form: Form,
    back: String,
}

impl Wish {
    fn read(pairs: Pairs) -> Result<Wish, Fail> {
        let mut wish = Wish { fields: Vec::new(), form: Form::default(), back: String::new() };
        for (key, value) in pairs {
            match key.strip_prefix(PREFIX) {
                Some(_) if wish.fields.len() >= FIELDS_MAX => return Err(Fail::BadRequest("fail-form-inputs")),
                Some(field) => wish.fields.push((field.to_owned(), value)),
                None => match key.as_str() {
                    "base" => wish.form.base = value,
                    "name" => wish.form.name = value,
                    "summary" => wish.form.summary = value,
                    "back" => wish.back = value,
                    _ => {}
                },
            }
        }
        Ok(wish)
    }
}

/// `POST /-/set/<page>`: sets fields, and goes back to where the form stood.
pub async fn set(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run(set_posted).await
}

pub fn set_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    set_fields(ask, &edit::raw_page(ask, "/-/set/", ""), Wish::read(pairs)?)
}

fn set_fields(ask: &Ask, raw: &str, mut wish: Wish) -> Result<Answer, Fail> {
    let path = screen::page_path(ask, raw)?;
    if wish.form.name.is_empty() {
        wish.form.name.clone_from(&ask.known_name);
    }
    // What the form showed is what stood there at its base: only what differs from that is a wish.
    let base = match wish.form.base()? {
        Some(base) => ask.app.wiki.on_branch(&ask.world, base)?,
        None => None,
    };
    let then = match base {
        Some(base) if Some(base) != ask.world.main => Some(ask.app.wiki.site_at(&ask.world, base)?),
        _ => None,
    };
    let site: &Site = then.as_deref().unwrap_or(&ask.world.site);
    let seen = site.seen_by(&ask.who);
    let page = seen.page_at(&path).ok_or(Fail::NotFound)?;
    let record = seen.records().get(page).ok_or(Fail::BadRequest("fail-no-record"))?;
    let kind = seen.types().get(record.of);
    let blob = seen.file(path.as_str()).ok_or(Fail::NotFound)?;
    let before = ask.app.wiki.read_text(blob)?;
    let tongue = ask.lang().tongue();
    let mut text = before.clone();
    let mut labels: Vec<String> = Vec::new();
    for (key, wanted) in &wish.fields {
        // What was typed comes back with the reason, also where the field can't be set here.
        let refused = |code: &str, args: &[(&str, &str)]| {
            let args: Vec<(String, String)> =
                args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let complaint = Complaint { field: FormField::Form, text: ask.words.problem(code, &args) };
            Ok(again(ask, &path, &wish, vec![complaint], StatusCode::UNPROCESSABLE_ENTITY))
        };
        let Some(at) = kind.field(key) else { return refused("field-unknown", &[("name", key), ("near", "")]) };
        let field = &kind.fields[usize::from(at)];
        if !field.is_written() {
            return refused("field-computed", &[("field", key)]);
        }
        if matches!(field.kind, Kind::List { .. } | Kind::Record(_)) {
            return refused("value-scalar", &[("field", key), ("kind", field.kind.name())]);
        }
        let present = record.values.get(usize::from(at)).unwrap_or(&Value::Empty);
        if wanted.trim() == form::typed_value(tongue, seen, present).trim() {
            continue;
        }
        let changed = match wanted.trim() {
            "" => front::remove(&text, key),
            wanted => front::set_scalar(&text, key, &form::written(tongue, &field.kind, wanted)),
        };
        text = match changed {
            Ok(text) => text,
            Err(_) if wanted.len() + text.len() > limits::FRONT_MAX_BYTES => {
                return refused("front-too-large", &[("most", &limits::FRONT_MAX_BYTES.to_string())]);
            }
            Err(_) => {
                let complaint = Complaint { field: FormField::Form, text: ask.words.t("fail-odd-front").to_owned() };
                return Ok(again(ask, &path, &wish, vec![complaint], StatusCode::UNPROCESSABLE_ENTITY));
            }
        };
        labels.push(field.label.get(ask.lang().code()).unwrap_or(key).to_owned());
    }
    let back = local(&wish.back).unwrap_or_else(|| path.href());
    if text == before {
        return Ok(Answer::redirect(StatusCode::SEE_OTHER, &back));
    }
    wish.form.text = Some(text.clone());
    let (who, no_name) = wish.form.signed(ask);
    if let Some(complaint) = no_name {
        return Ok(again(ask, &path, &wish, vec![complaint], StatusCode::UNPROCESSABLE_ENTITY));
    }
    let title = seen.page(page).map_or("", |page| page.title()).to_owned();
    let default = summary(ask, &labels.join(", "), &title);
    let act = edit::act(&who, &wish.form.summary);
    match ask.app.wiki.save(&path, &text, base, &act, &default) {
        Ok(done) => Ok(edit::saved(ask, &done, &back, &wish.form.name)),
        Err(ProposeError::Clash(clashes)) => match clashes.into_iter().next() {
            Some(clash) => Ok(edit::clash_screen(ask, &clash, &wish.form)),
            None => Err(Fail::Busy { typed: text }),
        },
        Err(ProposeError::Refused(verdict)) => {
            let complaints = verdict.refused.iter().map(|located| {
                let own = (located.path == path.as_str()).then_some(());
                let file = own.is_none().then_some(located.path.as_str());
                let text = screen::problem_line(ask.words, &located.problem, file).text;
                Complaint { field: FormField::Form, text }
            });
            let complaints = complaints.collect();
            Ok(again(ask, &path, &wish, complaints, StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(error) => Err(Fail::of_proposal(ask, error, &text)),
    }
}

/// A path of this wiki, which a browser can't take for another site.
fn local(back: &str) -> Option<String> {
    let is_local = back.starts_with('/') && !back[1..].starts_with(['/', '\\']);
    (is_local && back.bytes().all(|byte| (0x21..0x7f).contains(&byte))).then(|| back.to_owned())
}

/// The words for the commit, in the language of the wiki.
fn summary(ask: &Ask, fields: &str, page: &str) -> String {
    let lang = crate::words::Lang::parse(screen::content_lang(ask)).unwrap_or(crate::words::Lang::Nl);
    Words::get(lang).f("summary-set", &[("fields", Arg::Text(fields)), ("page", Arg::Text(page))])
}

/// The same fields once more, with what must be mended.
fn again(ask: &Ask, path: &FilePath, wish: &Wish, complaints: Vec<Complaint>, status: StatusCode) -> Answer {
    let words = ask.words;
    let seen = ask.seen();
    let page = seen.page_at(path);
    let title = page.and_then(|page| seen.page(page)).map_or("", |page| page.title()).to_owned();
    let record = page.and_then(|page| seen.records().get(page));
    let fields = wish.fields.iter().map(|(key, wanted)| {
        let field = record.and_then(|record| {
            let at = usize::from(seen.types().get(record.of).field(key)?);
            Some((seen.types().get(record.of).fields.get(at)?, record.values.get(at)?))
        });
        let label = field.and_then(|field| field.0.label.get(words.lang.code())).map(str::to_owned);
        let options = field.and_then(|(field, present)| choices(words, seen, field, present));
        let control = match options {
            Some(mut options) => {
                for option in &mut options {
                    option.2 = option.0 == *wanted;
                }
                if !options.iter().any(|option| option.2) {
                    options.insert(0, (wanted.clone(), wanted.clone(), true));
                }
                Control::Choice(options)
            }
            None => Control::Text { value: wanted.clone(), is_number: false },
        };
        SetField { name: format!("{PREFIX}{key}"), label: label.unwrap_or_else(|| values::key_label(key)), control }
    });
    let view = SetView {
        head: screen::head(ask, path, &title, screen::content_lang(ask), Tab::None),
        action: screen::act_href("set", path),
        fields: fields.collect(),
        back: wish.back.clone(),
        cancel_href: local(&wish.back).unwrap_or_else(|| path.href()),
        signature: wish.form.signature(ask),
        complaints,
    };
    let screen_title = format!("{}: {title}", words.t("set-act"));
    let mut answer = screen::screen(ask, Screen::new(&screen_title), set_view(words, &view));
    answer.status = status;
    answer
}
