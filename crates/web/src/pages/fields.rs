//! How the fields of a page changed: as a screen, as JSON and as Atom; all fields or one.
//!
//! A screen reads a bounded part of the page's history and says where to go on, so that a page that
//! was changed a thousand times costs no more than one that was changed a hundred times.

use std::collections::HashSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::web::{Bytes, Path};
use polder_core::front::{self, OneLine, Scalar};
use polder_core::ids::CommitId;
use polder_core::links;
use polder_core::names::Found;
use polder_core::path::{FilePath, percent_encode, percent_encoded};
use polder_core::records::read_value;
use polder_core::types::{self, Type};
use polder_wiki::fields::{Changed, FieldChanged, FieldLog, FieldRow, HowChanged, Portion};
use polder_wiki::history::History;
use serde_json::{Value as Json, json};

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit::raw_page;
use crate::pages::screen::{self, Screen};
use crate::pages::{version, view};
use crate::values::{self, Spelling};
use crate::views::atom::{AtomEntry, AtomView, atom};
use crate::views::fields::{FieldLine, FieldsRow, FieldsView, LineHow, fields as fields_view};
use crate::views::page::FieldValue;
use crate::views::{Link, Tab};
use crate::words::{Arg, Moment, iso};

/// Changes of fields on one screen, and lines of the history that are read for it. A field that
/// changed seldom is looked for in so many; they take a tenth of a second.
const CHANGES: usize = 50;
const ROWS: usize = 500;

/// Fields told of one commit, and items of one list; the rest is counted.
const FIELDS_MAX: usize = 100;
const ITEMS_MAX: usize = 50;

/// Longer values are cut off on the screen and in the feed.
const VALUE_MAX_CHARS: usize = 300;

/// Fields to choose from.
const CHOICES_MAX: usize = 300;

/// `GET /-/fields/<page>?field=…&before=…&format=…&at=…`
pub async fn fields(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader.run_at(move |ask| answer(ask, &raw_page(ask, "/-/fields/", &page))).await
}

/// What is asked for, and what was found.
struct Shown<'a> {
    ask: &'a Ask,
    /// Where the page is, or was last.
    path: FilePath,
    title: String,
    only: Option<String>,
    /// Begins at the newest.
    is_newest: bool,
    log: FieldLog,
}

fn answer(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let history = ask.world.history.as_ref().ok_or(Fail::Reading)?;
    let path = version::path_now(ask, &screen::page_path(ask, raw)?);
    if history.last(&path).is_none() {
        return Err(Fail::NotFound);
    }
    let only = screen::param(ask, "field").filter(|key| !key.is_empty());
    let before = screen::param(ask, "before").filter(|before| !before.is_empty());
    let from = match (&before, &ask.moment) {
        (Some(before), _) => rows_before(ask, history, &path, before)?,
        (None, Some(moment)) => n_newer(history, &path, moment.commit),
        (None, None) => 0,
    };
    let portion = Portion { from, rows_max: ROWS, changes_max: CHANGES, only: only.as_deref() };
    let log = ask.app.wiki.field_log(history, ask.world.class(), &path, &portion)?;
    let title = match ask.seen().page_at(&path).and_then(|page| ask.seen().page(page)) {
        Some(page) => page.title().to_owned(),
        None => path.base_name().to_owned(),
    };
    let found = Shown { ask, path, title, only, is_newest: before.is_none(), log };
    let mut answer = match screen::param(ask, "format").as_deref().unwrap_or("") {
        "" | "html" => found.screen(),
        "json" => {
            let body = Bytes::from(found.json().to_string());
            Answer::new(StatusCode::OK, "application/json", body)
        }
        "atom" => {
            let body = Bytes::from(atom(&found.atom()));
            Answer::new(StatusCode::OK, "application/atom+xml; charset=utf-8", body)
        }
        _ => return Err(Fail::BadRequest("fail-format")),
    };
    answer.commit = ask.commit().and_then(|main| HeaderValue::from_str(&main.to_string()).ok());
    answer.keep = screen::keep(ask);
    Ok(answer)
}

/// Lines of the page's history that are newer than a commit.
fn n_newer(history: &History, path: &FilePath, commit: CommitId) -> usize {
    let then = history.path_at(path, commit).unwrap_or_else(|| path.clone());
    history.n_after(&then, commit)
}

/// Lines up to and including the one that a commit made.
fn rows_before(ask: &Ask, history: &History, path: &FilePath, hex: &str) -> Result<usize, Fail> {
    let unknown = || Fail::UnknownVersion(hex.chars().take(40).collect());
    let commit = ask.app.wiki.commit_named(&ask.world, hex)?.ok_or_else(unknown)?;
    let n_newer = n_newer(history, path, commit);
    let is_row = history.of(path, n_newer, 1).rows.first().is_some_and(|row| row.id == commit);
    Ok(n_newer + usize::from(is_row))
}

impl Shown<'_> {
    fn screen(&self) -> Answer {
        let (ask, words) = (self.ask, self.ask.words);
        let label = self.only.as_deref().map(|key| self.label(key, self.kind_now()));
        let nothing = match (&self.log.goes_on, &label) {
            (Some(last), _) => words.f(
                "fields-none-here",
                &[
                    ("count", Arg::Count(self.log.n_read as u64)),
                    ("date", Arg::Text(&words.date(screen::moment(last)))),
                ],
            ),
            (None, Some(label)) => words.f("fields-empty-one", &[("field", Arg::Text(label))]),
            (None, None) => words.t("fields-empty").to_owned(),
        };
        let there = ask.seen().page_at(&self.path).is_some();
        let mut head = screen::head(ask, &self.path, &self.title, screen::content_lang(ask), Tab::History);
        if !there {
            head.edit_href = None;
        }
        let feed = Link { title: words.t("fields-feed").to_owned(), href: self.href(&[("format", "atom")]) };
        let mut more = vec![
            Link { title: words.t("fields-atom").to_owned(), href: feed.href.clone() },
            Link { title: words.t("fields-json").to_owned(), href: self.href(&[("format", "json")]) },
        ];
        if there {
            let href = ask.seen().stay(screen::act_href("blame", &self.path));
            more.push(Link { title: words.t("blame-act").to_owned(), href });
        }
        let view = FieldsView {
            head,
            action: screen::act_href("fields", &self.path),
            rev: ask.moment.as_ref().map(|moment| moment.rev()),
            choices: self.choices(),
            more,
            rows: self.log.rows.iter().map(|row| self.row(row)).collect(),
            nothing,
            newest_href: (!self.is_newest).then(|| self.href(&[])),
            older_href: self.older_href(),
        };
        let title = format!("{}: {}", words.t("fields-act"), self.title);
        let frame = Screen { folder: self.path.folder(), feeds: vec![feed], ..Screen::new(&title) };
        screen::screen(ask, frame, fields_view(words, &view))
    }

    /// This log with other parameters.
    fn href(&self, more: &[(&str, &str)]) -> String {
        let mut href = screen::act_href("fields", &self.path);
        let own = self.only.as_deref().map(|only| ("field", only));
        for (nth, (name, value)) in own.into_iter().chain(more.iter().copied()).enumerate() {
            href.push_str(if nth == 0 { "?" } else { "&" });
            href.push_str(&format!("{name}={}", percent_encoded(value)));
        }
        self.ask.seen().stay(href)
    }

    fn older_href(&self) -> Option<String> {
        let last = self.log.goes_on.as_ref()?;
        Some(self.href(&[("before", &last.id.to_string())]))
    }

    /// What the page's type is at the moment that is looked at.
    fn kind_now(&self) -> Option<&Type> {
        let seen = self.ask.seen();
        seen.type_of(&seen.page(seen.page_at(&self.path)?)?.doc)
    }

    /// The fields that the page has or may have, and those on this screen.
    fn choices(&self) -> Vec<(String, String, bool)> {
        let seen = self.ask.seen();
        let page = seen.page_at(&self.path).and_then(|page| seen.page(page));
        let written = page.into_iter().flat_map(|page| page.doc.front.fields.iter().map(|field| field.key.as_str()));
        let kind = self.kind_now();
        let typed = kind.into_iter().flat_map(|kind| kind.fields.iter()).filter(|field| field.is_written());
        let told = self.log.rows.iter().flat_map(|row| row.changed.fields.iter().map(|field| &*field.key));
        let mut met = HashSet::new();
        typed
            .map(|field| &*field.key)
            .chain(written)
            .chain(told)
            .chain(self.only.as_deref())
            .filter(|key| met.insert(*key))
            .take(CHOICES_MAX)
            .map(|key| (key.to_owned(), self.label(key, kind), self.only.as_deref() == Some(key)))
            .collect()
    }

    fn label(&self, key: &str, kind: Option<&Type>) -> String {
        let known = known_field(kind, key).and_then(|field| field.label.get(self.ask.lang().code()));
        known.map_or_else(|| values::key_label(key), str::to_owned)
    }

    fn kind(&self, name: Option<&str>) -> Option<&Type> {
        let types = self.ask.seen().types();
        types.named(name?).map(|at| types.get(at))
    }

    /// The changes of a commit that are asked for.
    fn wanted<'r>(&'r self, changed: &'r Changed) -> impl Iterator<Item = &'r FieldChanged> {
        changed.fields.iter().filter(|field| self.only.as_deref().is_none_or(|only| only == &*field.key))
    }

    fn row(&self, row: &FieldRow) -> FieldsRow {
        let lines: Vec<FieldLine> =
            self.wanted(&row.changed).take(FIELDS_MAX).map(|field| self.line(row, field)).collect();
        FieldsRow {
            at: screen::moment(&row.row),
            author: row.row.author.clone(),
            summary: row.row.summary.clone(),
            href: self.change_href(row),
            n_left_out: self.wanted(&row.changed).count() - lines.len(),
            lines,
        }
    }

    fn change_href(&self, row: &FieldRow) -> String {
        match row.before {
            Some(before) => screen::diff_href(&self.path, before, row.row.id),
            None => screen::version_href(&row.row.path, row.row.id),
        }
    }

    fn line(&self, row: &FieldRow, field: &FieldChanged) -> FieldLine {
        let (old_kind, new_kind) =
            (self.kind(row.changed.old_type.as_deref()), self.kind(row.changed.new_type.as_deref()));
        let folder = row.row.path.folder();
        let old = |value: &front::Value| self.spelled(old_kind, &field.key, value, folder);
        let new = |value: &front::Value| self.spelled(new_kind, &field.key, value, folder);
        let side = |value: &Option<front::Value>, spell: &dyn Fn(&front::Value) -> String| {
            value.as_ref().map_or_else(String::new, spell)
        };
        let how = match &field.how {
            HowChanged::Came => LineHow::Came(side(&field.new, &new)),
            HowChanged::Went => LineHow::Went(side(&field.old, &old)),
            HowChanged::Became => LineHow::Became { old: side(&field.old, &old), new: side(&field.new, &new) },
            HowChanged::Reordered => LineHow::Reordered(side(&field.new, &new)),
            HowChanged::Items { added, removed } => {
                LineHow::Items { added: several(added, &new), removed: several(removed, &old) }
            }
        };
        // A page that became another kind of record is told by the words of the new one.
        let kind = if known_field(new_kind, &field.key).is_some() { new_kind } else { old_kind };
        FieldLine { label: self.label(&field.key, kind), how }
    }

    /// A value as the reader's language writes it, cut off where it is long.
    fn spelled(&self, kind: Option<&Type>, key: &str, value: &front::Value, folder: &str) -> String {
        let (words, seen) = (self.ask.words, self.ask.seen());
        if let ("type", Some(name)) = (key, value.text()) {
            return cut(&view::type_label(seen, self.ask, name));
        }
        if let Some(field) = known_field(kind, key)
            && let Ok(read) = read_value(field, value, folder, seen.names())
        {
            let text = Spelling { words, seen }.text(&field.kind.ty(), &read);
            if !text.is_empty() {
                return cut(&text);
            }
        }
        let scalar = |key: &str, scalar: &Scalar| self.plain(key, scalar, folder);
        let line = OneLine { key: &values::key_label, scalar: &scalar, items_max: ITEMS_MAX };
        cut(&line.spell(key, value))
    }

    /// A scalar without a type, told by its shape.
    fn plain(&self, key: &str, scalar: &Scalar, folder: &str) -> String {
        let (words, seen) = (self.ask.words, self.ask.seen());
        if let Some(target) = links::reference(&scalar.text) {
            let name = links::parts(target).name;
            let page = match seen.find(folder, name) {
                Found::Page(page) => seen.page(page),
                _ => None,
            };
            return page.map_or(name, |page| page.title()).to_owned();
        }
        match values::scalar(words, key, &scalar.text) {
            FieldValue::Text(text) | FieldValue::Amount(text) | FieldValue::Status(text, _) => text,
            _ => scalar.text.clone(),
        }
    }

    /// Values are spelled as in the file: one kind of text for all programs.
    fn json(&self) -> Json {
        let origin = &self.ask.home;
        let changes = self.log.rows.iter().flat_map(|row| {
            let href = format!("{origin}{}", self.change_href(row));
            self.wanted(&row.changed).map(move |field| {
                let (how, added, removed) = match &field.how {
                    HowChanged::Came => ("came", Json::Null, Json::Null),
                    HowChanged::Went => ("went", Json::Null, Json::Null),
                    HowChanged::Became => ("became", Json::Null, Json::Null),
                    HowChanged::Reordered => ("reordered", Json::Null, Json::Null),
                    HowChanged::Items { added, removed } => {
                        ("items", added.iter().map(raw).collect(), removed.iter().map(raw).collect())
                    }
                };
                json!({
                    "commit": row.row.id.to_string(),
                    "time": iso(screen::moment(&row.row)),
                    "author": row.row.author,
                    "summary": row.row.summary,
                    "page": row.row.path.address(),
                    "field": &*field.key,
                    "how": how,
                    "old": field.old.as_ref().map_or(Json::Null, raw),
                    "new": field.new.as_ref().map_or(Json::Null, raw),
                    "added": added,
                    "removed": removed,
                    "href": href,
                })
            })
        });
        let next = self.log.goes_on.as_ref().map(|last| {
            let before = last.id.to_string();
            format!("{origin}{}", self.href(&[("before", &before), ("format", "json")]))
        });
        json!({
            "page": self.path.address(),
            "commit": self.ask.commit().map(|commit| commit.to_string()),
            "changes": changes.collect::<Vec<Json>>(),
            "next": next,
        })
    }

    fn atom(&self) -> AtomView {
        let (words, origin) = (self.ask.words, &self.ask.home);
        let entries: Vec<AtomEntry> = self
            .log
            .rows
            .iter()
            .map(|found| {
                let row = self.row(found);
                let labels: Vec<&str> = row.lines.iter().map(|line| line.label.as_str()).collect();
                let mut told: Vec<String> = row.lines.iter().map(|line| in_words(self.ask, line)).collect();
                if row.n_left_out > 0 {
                    told.push(words.f("fields-left-out", &[("count", Arg::Count(row.n_left_out as u64))]));
                }
                let mut path = String::new();
                percent_encode(found.row.path.as_str(), &mut path);
                AtomEntry {
                    id: format!("urn:git:{}:{path}:fields", found.row.id),
                    title: format!("{}: {}", self.title, labels.join(", ")),
                    href: format!("{origin}{}", row.href),
                    at: row.at,
                    author: row.author,
                    summary: format!("{} · {}", told.join("; "), row.summary),
                }
            })
            .collect();
        AtomView {
            id: format!("{origin}{}", self.ask.here),
            lang: self.ask.lang().code(),
            title: format!("{} · {}: {}", screen::wiki_title(self.ask), words.t("fields-act"), self.title),
            self_href: format!("{origin}{}", self.ask.here),
            page_href: format!("{origin}{}", self.href(&[])),
            at: entries.first().map_or(Moment { unix_seconds: 0, offset_seconds: 0 }, |entry| entry.at),
            entries,
        }
    }
}

fn known_field<'t>(kind: Option<&'t Type>, key: &str) -> Option<&'t types::Field> {
    let kind = kind?;
    kind.field(key).and_then(|at| kind.fields.get(usize::from(at)))
}

fn several(items: &[front::Value], spell: &dyn Fn(&front::Value) -> String) -> Vec<String> {
    let mut texts: Vec<String> = items.iter().take(ITEMS_MAX).map(spell).collect();
    if items.len() > ITEMS_MAX {
        texts.push("…".to_owned());
    }
    texts
}

fn cut(text: &str) -> String {
    screen::cut(text, VALUE_MAX_CHARS)
}

/// One change in a line of text.
fn in_words(ask: &Ask, line: &FieldLine) -> String {
    let (words, label) = (ask.words, &line.label);
    let how = match &line.how {
        LineHow::Came(new) => format!("{} {new}", words.t("fields-came")),
        LineHow::Went(old) => format!("{} {old}", words.t("fields-went")),
        LineHow::Reordered(new) => format!("{} {new}", words.t("fields-reordered")),
        LineHow::Became { old, new } => {
            format!("{} {old}, {} {new}", words.t("fields-was"), words.t("fields-is"))
        }
        LineHow::Items { added, removed } => {
            let parts = [("fields-added", added), ("fields-removed", removed)];
            let parts = parts.iter().filter(|(_, items)| !items.is_empty());
            parts.map(|(key, items)| format!("{} {}", words.t(key), items.join(", "))).collect::<Vec<_>>().join(" ")
        }
    };
    format!("{label}: {how}")
}

fn raw(value: &front::Value) -> Json {
    match value {
        front::Value::Empty => Json::Null,
        front::Value::Scalar(scalar) => json!(scalar.text),
        front::Value::List(items) => items.iter().map(raw).collect(),
        front::Value::Map(fields) => {
            Json::Object(fields.iter().map(|field| (field.key.clone(), raw(&field.value))).collect())
        }
    }
}
