//! Rendered bodies, kept by what they follow from: the bytes, the path, the names, the language.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use polder_core::blocks::Block;
use polder_core::doc::{self, Doc, Shape};
use polder_core::html::{self, Labels, Rendered, TocEntry};
use polder_core::ids::BlobId;
use polder_core::markdown;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, Kind};
use polder_core::site::{Page, Seen};

use crate::app::BodyKey;
use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::query::{self, On};
use crate::views::Html;
use crate::views::page::Contents;
use crate::words::{Lang, Words};

/// A page up to this many bytes, links and headings is rendered on the thread that took the request:
/// that takes a few milliseconds at most, and handing it over costs as much as a usual page does.
const QUICK_MAX_BYTES: u64 = 32 * 1024;
const QUICK_MAX_PARTS: usize = 500;

/// The parts that may stand around a page.
pub const PARTS: [&str; 3] = ["_Header", "_Footer", "_Sidebar"];

/// A page of the present world, rendered, if that is soon done. `None` where it is large, can't be
/// read, or holds what costs much more than its length: code to colour, raw HTML to sanitise.
pub fn quickly(ask: &Ask, page: PageIdx) -> Option<Arc<Rendered>> {
    let at = ask.seen().page(page)?;
    let doc = &at.doc;
    if !doc.queries.is_empty() || !doc.values.is_empty() || has_totals(ask.seen(), page) {
        return None;
    }
    if let Some(rendered) = kept(ask, at) {
        return Some(rendered);
    }
    let is_small = doc.shape == Shape::Text
        && doc.size_bytes <= QUICK_MAX_BYTES
        && doc.links.len() <= QUICK_MAX_PARTS
        && doc.headings.len() <= QUICK_MAX_PARTS;
    if !is_small {
        return None;
    }
    let bytes = ask.app.wiki.read_small(at.blob).ok()?;
    markdown::costs_little(&bytes).then(|| make(ask, page, at, &bytes))
}

/// Whether a record shows what must be computed from others.
fn has_totals(seen: Seen<'_>, page: PageIdx) -> bool {
    let kind = seen.records().get(page).map(|record| seen.types().get(record.of));
    kind.is_some_and(|kind| kind.fields.iter().any(|field| !field.is_written()))
}

/// A page of the site that is looked at, rendered; from memory when nothing it follows from changed.
pub fn of_page(ask: &Ask, page: PageIdx) -> Result<Arc<Rendered>, Fail> {
    let Some(at) = ask.seen().page(page) else { return Err(Fail::NotFound) };
    if let Some(rendered) = kept(ask, at) {
        return Ok(rendered);
    }
    let bytes = ask.app.wiki.read(at.blob)?;
    Ok(make(ask, page, at, &bytes))
}

/// What was rendered before, when nothing it follows from changed.
fn kept(ask: &Ask, at: &Page) -> Option<Arc<Rendered>> {
    let site = ask.site();
    let (names, order, had_types, rendered) = ask.app.bodies.get(&key(ask, at))?;
    // Values in lines are code where there are no types.
    let has_types = !ask.seen().types().is_empty();
    let is_same = Arc::ptr_eq(&names, &site.names_token()) && order == site.link_order() && had_types == has_types;
    is_same.then_some(rendered)
}

fn key(ask: &Ask, at: &Page) -> BodyKey {
    // Links keep the moment, so that each moment has its own.
    let moment = ask.moment.as_ref().map(|moment| moment.at.as_str().into());
    (at.blob, at.path.clone(), ask.lang(), moment)
}

fn make(ask: &Ask, page: PageIdx, at: &Page, bytes: &[u8]) -> Arc<Rendered> {
    let (site, seen) = (ask.site(), ask.seen());
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    let rendered = Arc::new(html::render(&text, &at.doc, seen.links(page), seen, labels(ask.words)));
    // A part stands around many pages.
    if ask.keeps || at.path.kind() == Kind::Part {
        let kept = (site.names_token(), site.link_order(), !seen.types().is_empty(), Arc::clone(&rendered));
        ask.app.bodies.put(key(ask, at), kept, rendered.html.len() + 256);
    }
    rendered
}

/// A page with room beneath each block of its text, and the lines of those blocks. Not kept.
pub fn by_block(ask: &Ask, page: PageIdx, at: &Page, text: &str) -> (Rendered, Vec<Block>) {
    let seen = ask.seen();
    html::render_by_block(text, &at.doc, seen.links(page), seen, &labels(ask.words))
}

/// Text that is not (yet) a page of the site, as it would be shown at `path`.
pub fn of_text(ask: &Ask, seen: Seen<'_>, path: &FilePath, text: &str) -> (Doc, Rendered) {
    let doc = doc::parse(Kind::Page, text.as_bytes());
    let answers = seen.resolve(&doc, path);
    let rendered = html::render(text, &doc, &answers, seen, labels(ask.words));
    (doc, rendered)
}

/// The nearest part of that name (`_Sidebar` …), rendered; empty when there is none.
pub fn part(ask: &Ask, folder: &str, name: &str) -> Html {
    let seen = ask.seen();
    let found = seen.part(folder, name).and_then(|page| Some((page, seen.page(page)?)));
    let Some((page, at)) = found else { return Html::default() };
    let Ok(rendered) = of_page(ask, page) else { return Html::default() };
    let on =
        On { seen, page: Some(page), doc: &at.doc, path: &at.path, today: ask.today, is_now: false, is_alone: false };
    query::filled(ask, &on, rendered)
}

/// The bytes of a file as text.
pub fn text_of(ask: &Ask, blob: BlobId) -> Result<String, Fail> {
    Ok(ask.app.wiki.read_text(blob)?)
}

/// The same for every page, so they are put together once.
fn labels(words: &Words) -> &'static Labels {
    static DUTCH: OnceLock<Labels> = OnceLock::new();
    static ENGLISH: OnceLock<Labels> = OnceLock::new();
    let made = match words.lang {
        Lang::Nl => &DUTCH,
        Lang::En => &ENGLISH,
    };
    made.get_or_init(|| Labels {
        table: words.t("body-table").to_owned(),
        missing: words.t("body-missing").to_owned(),
        done: words.t("body-done").to_owned(),
        open: words.t("body-open").to_owned(),
        alerts: ["alert-note", "alert-tip", "alert-important", "alert-warning", "alert-caution"]
            .map(|key| words.t(key).to_owned()),
        back: words.t("body-back").to_owned(),
    })
}

/// Headings as a tree, from three on.
pub fn contents(toc: &[TocEntry]) -> Vec<Contents> {
    if toc.len() < 3 {
        return Vec::new();
    }
    let mut roots: Vec<(u8, Contents)> = Vec::new();
    let mut stack: Vec<(u8, Contents)> = Vec::new();
    for entry in toc {
        while stack.last().is_some_and(|(level, _)| *level >= entry.level) {
            close(&mut stack, &mut roots);
        }
        let item = Contents { title: entry.text.clone(), anchor: entry.slug.clone(), children: Vec::new() };
        stack.push((entry.level, item));
    }
    while !stack.is_empty() {
        close(&mut stack, &mut roots);
    }
    roots.into_iter().map(|(_, item)| item).collect()
}

fn close(stack: &mut Vec<(u8, Contents)>, roots: &mut Vec<(u8, Contents)>) {
    if let Some(done) = stack.pop() {
        match stack.last_mut() {
            Some((_, parent)) => parent.children.push(done.1),
            None => roots.push(done),
        }
    }
}
