//! Who wrote what: the page as it is read, and beneath each block and field who wrote it last, when,
//! and why. For now, and for any moment.
//!
//! A text that can't be told by blocks (it is no Markdown, or holds signs that Polder needs itself)
//! is shown as it stands, in stretches of lines.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Path;
use polder_core::doc::Shape;
use polder_core::front;
use polder_core::html;
use polder_core::ids::CommitId;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::site::Page;
use polder_wiki::Run;
use polder_wiki::blame::BlameError;
use polder_wiki::history::History;
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Keep};
use crate::body;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit::{moment_of, raw_page};
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::pages::{version, view};
use crate::values;
use crate::views::blame::{BlameView, BlamedField, Note, Told, Wrote, beneath, blame as blame_view};
use crate::views::page::FieldValue;
use crate::views::{Html, Link, Tab};

/// Earlier changes named beneath one block, and on the whole screen; the rest is counted.
const EARLIER_MAX: usize = 20;
const EARLIER_ON_SCREEN_MAX: usize = 5_000;

/// Fields shown with who wrote them; real pages have a tenth of it.
const FIELDS_MAX: usize = 200;

/// Stretches of lines, where a text is shown as it stands.
const STRETCHES_MAX: usize = 5_000;

/// `GET /-/blame/<page>?at=…`
pub async fn blame(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader.run_at(move |ask| answer(ask, &raw_page(ask, "/-/blame/", &page))).await
}

fn answer(ask: &Ask, raw: &str) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let history = ask.world.history.as_ref().ok_or(Fail::Reading)?;
    let commit = ask.commit().ok_or(Fail::NotFound)?;
    let page = page_of(ask, history, raw)?;
    let at = seen.page(page).ok_or(Fail::NotFound)?;
    let now = version::path_now(ask, &at.path);
    let runs = match at.doc.shape {
        Shape::Binary => Ok(None),
        _ => match ask.app.wiki.blame(&ask.world, commit, &at.path, at.blob) {
            Ok(runs) => Ok(Some(runs)),
            Err(BlameError::TooMuch) => Err(()),
            Err(BlameError::Reading) => return Err(Fail::Reading),
            Err(BlameError::Busy) => return Err(Fail::Crowded),
            Err(BlameError::Store(error)) => return Err(error.into()),
        },
    };
    let (fields, told) = match runs {
        Ok(Some(runs)) => {
            let text = ask.app.wiki.read_text(at.blob)?;
            let mut teller =
                Teller { history, now: &now, runs: &runs, known: FxHashMap::default(), n_left: EARLIER_ON_SCREEN_MAX };
            let fields = fields(ask, at, &text, &mut teller);
            (fields, told(ask, page, at, &text, &mut teller))
        }
        Ok(None) => (Vec::new(), Told::NotText),
        Err(()) => (Vec::new(), Told::TooMuch),
    };
    let is_told = matches!(told, Told::Text(_));
    let mut head = screen::head(ask, &at.path, at.title(), screen::page_lang(ask, &at.doc), Tab::History);
    head.history_href = screen::act_href("history", &now);
    head.versions_href = screen::act_href("versions", &now);
    let mut more = vec![Link { title: ask.words.t("blame-history").to_owned(), href: head.history_href.clone() }];
    if !at.doc.front.fields.is_empty() {
        let href = seen.stay(screen::act_href("fields", &now));
        more.push(Link { title: ask.words.t("fields-act").to_owned(), href });
    }
    let view = BlameView { head, fields, told, more };
    let title = format!("{}: {}", ask.words.t("blame-act"), at.title());
    let frame = Screen { folder: at.path.folder(), ..Screen::new(&title) };
    let mut answer = screen::screen(ask, frame, blame_view(ask.words, &view));
    // What took too long may go better the next time.
    answer.keep = if is_told { screen::keep(ask) } else { Keep::Never };
    Ok(answer)
}

/// The page at this address at the moment that is looked at, also when it lay elsewhere then.
fn page_of(ask: &Ask, history: &History, raw: &str) -> Result<PageIdx, Fail> {
    let (seen, path) = (ask.seen(), screen::page_path(ask, raw)?);
    if let Some(page) = seen.page_at(&path) {
        return Ok(page);
    }
    let then = ask.moment.as_ref().and_then(|moment| history.path_at(&path, moment.commit));
    then.and_then(|then| seen.page_at(&then)).ok_or(Fail::NotFound)
}

/// Tells who wrote which lines.
struct Teller<'a> {
    history: &'a History,
    /// Where the page is by now, for addresses.
    now: &'a FilePath,
    runs: &'a [Run],
    known: FxHashMap<CommitId, Option<(usize, Rc<Wrote>)>>,
    /// Earlier changes that may still be named on this screen.
    n_left: usize,
}

impl Teller<'_> {
    /// Who wrote these stretches of lines (first and last, from 1).
    fn note(&mut self, lines: &[(u32, u32)]) -> Option<Note> {
        let mut commits: Vec<CommitId> = Vec::new();
        let mut met = HashSet::new();
        for (first, last) in lines {
            let from = self.runs.partition_point(|run| run.line.saturating_add(run.n_lines) <= *first);
            let touched = self.runs[from..].iter().take_while(|run| run.line <= *last);
            commits.extend(touched.map(|run| run.commit).filter(|commit| met.insert(*commit)));
        }
        let mut changes: Vec<(usize, Rc<Wrote>)> = commits.into_iter().filter_map(|id| self.change(id)).collect();
        changes.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        let mut changes = changes.into_iter().map(|(_, change)| change);
        let last = (*changes.next()?).clone();
        let n_earlier = changes.len();
        let n_named = EARLIER_MAX.min(self.n_left).min(n_earlier);
        self.n_left -= n_named;
        let mut others: HashSet<String> = HashSet::new();
        let mut earlier = Vec::with_capacity(n_named);
        for change in changes {
            if change.author != last.author && !others.contains(&change.author) {
                others.insert(change.author.clone());
            }
            if earlier.len() < n_named {
                earlier.push((*change).clone());
            }
        }
        Some(Note { label: None, last, earlier, n_left_out: n_earlier - n_named, n_other_authors: others.len() })
    }

    /// A commit by its place in the history, and in words; `None` when it is not on the branch.
    fn change(&mut self, id: CommitId) -> Option<(usize, Rc<Wrote>)> {
        let (history, now) = (self.history, self.now);
        let made = || {
            let facts = history.commit(id)?;
            let parent = parent_with(history, now, id);
            let wrote = Wrote {
                at: moment_of(facts.time_s, facts.offset_min),
                author: facts.author,
                summary: facts.summary,
                href: change_href(history, now, id),
                source_href: parent.map(|parent| screen::change_href(now, parent, id)),
            };
            Some((history.number_of(id)?, Rc::new(wrote)))
        };
        self.known.entry(id).or_insert_with(made).clone()
    }
}

/// The parent of a commit in which the page that is at `now` by now was there already.
fn parent_with(history: &History, now: &FilePath, id: CommitId) -> Option<CommitId> {
    history.parents(id).into_iter().find(|parent| history.path_at(now, *parent).is_some())
}

/// What a commit changed in the page that is at `now` by now, as readers see it; the page itself where
/// it was made.
pub fn change_href(history: &History, now: &FilePath, id: CommitId) -> String {
    match parent_with(history, now, id) {
        Some(parent) => screen::diff_href(now, parent, id),
        None => screen::version_href(&history.path_at(now, id).unwrap_or_else(|| now.clone()), id),
    }
}

fn fields(ask: &Ask, at: &Page, text: &str, teller: &mut Teller<'_>) -> Vec<BlamedField> {
    let seen = ask.seen();
    let end = front::split(text).body_line.saturating_sub(2);
    let lines: Vec<&str> = text.split('\n').take(usize::try_from(end).unwrap_or(usize::MAX)).collect();
    let is_said = |line: &u32| {
        let text = lines.get((*line as usize).saturating_sub(1)).map_or("", |line| line.trim());
        !text.is_empty() && !text.starts_with('#')
    };
    let kind = seen.type_of(&at.doc);
    let all = &at.doc.front.fields;
    let shown = all.iter().take(FIELDS_MAX).enumerate().map(|(nth, field)| {
        let next = all.get(nth + 1).map_or(end, |next| next.at.line.saturating_sub(1));
        // Comments and blank lines at its end are about what follows.
        let last = (field.at.line..=next.max(field.at.line)).rev().find(is_said).unwrap_or(field.at.line);
        let known = kind.and_then(|kind| kind.field(&field.key).map(|nth| &kind.fields[nth as usize]));
        let label = known.and_then(|known| known.label.get(ask.lang().code()));
        let value = match (field.key.as_str(), field.value.text()) {
            ("type", Some(name)) => Some(FieldValue::Text(view::type_label(seen, ask, name))),
            _ => view::field_value(ask, seen, at, known, field),
        };
        BlamedField {
            label: label.map_or_else(|| values::key_label(&field.key), str::to_owned),
            value,
            note: teller.note(&[(field.at.line, last)]),
        }
    });
    shown.collect()
}

fn told(ask: &Ask, page: PageIdx, at: &Page, text: &str, teller: &mut Teller<'_>) -> Told {
    let (words, seen) = (ask.words, ask.seen());
    if at.doc.shape == Shape::Text {
        let (rendered, blocks) = body::by_block(ask, page, at, text);
        if !blocks.is_empty() || at.doc.size_bytes == 0 {
            // The title stands above already, and its note would seem to be about nothing.
            let title = at.doc.headings.first().filter(|_| at.doc.title_is_heading).map(|heading| heading.line);
            let on = On {
                seen,
                page: Some(page),
                doc: &at.doc,
                path: &at.path,
                today: ask.today,
                is_now: ask.moment.is_none(),
                is_alone: false,
            };
            return Told::Text(query::filled_by_block(ask, &on, Arc::new(rendered), &mut |nth| {
                let lines = &blocks.get(nth)?.lines;
                let is_title = title.is_some_and(|title| lines.iter().any(|(from, to)| (*from..=*to).contains(&title)));
                let note = teller.note(lines)?;
                let label = is_title.then(|| words.t("blame-title").to_owned());
                Some(beneath(words, &Note { label, ..note }))
            }));
        }
    }
    stretches(ask, text, teller)
}

/// The text after the frontmatter as it stands, parted where another commit wrote it.
fn stretches(ask: &Ask, text: &str, teller: &mut Teller<'_>) -> Told {
    let split = front::split(text);
    let mut lines = split.body_text().split_inclusive('\n');
    let mut out = String::with_capacity(text.len() + 4096);
    let runs = teller.runs;
    let after_front = runs.partition_point(|run| run.line.saturating_add(run.n_lines) <= split.body_line);
    for (nth, run) in runs[after_front..].iter().enumerate() {
        if nth >= STRETCHES_MAX {
            return Told::TooMuch;
        }
        let first = run.line.max(split.body_line);
        let end = run.line.saturating_add(run.n_lines);
        let stretch: String = lines.by_ref().take((end - first) as usize).collect();
        out.push_str(&html::plain(&stretch));
        let note = teller.note(&[(first, end.saturating_sub(1))]);
        out.push_str(&note.map(|note| beneath(ask.words, &note).0).unwrap_or_default());
    }
    Told::Text(Html(out))
}
