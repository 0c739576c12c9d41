//! Rendered bodies, kept by what they follow from: the bytes, the path, the names, the language.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use polder_core::blocks::Block;
use polder_core::doc::{self, Doc, Shape};
use polder_core::html::{self, Cite, Labels, Rendered, TocEntry};
use polder_core::ids::BlobId;
use polder_core::links;
use polder_core::markdown;
use polder_core::names::PageIdx;
use polder_core::nested;
use polder_core::path::{FilePath, Kind};
use polder_core::piece::Piece;
use polder_core::site::{Page, Seen};

use crate::app::{BodyKey, KeptBody};
use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::cite;
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
    // What is said of versions may have to be read first.
    if links::may_cite(doc) || links::may_embed(doc) {
        return None;
    }
    if let Some(rendered) = kept(ask, at, &[]) {
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
    markdown::costs_little(&bytes).then(|| make(ask, page, at, &bytes, Vec::new()))
}

/// Whether a record shows what must be computed from others.
fn has_totals(seen: Seen<'_>, page: PageIdx) -> bool {
    let kind = seen.records().get(page).map(|record| seen.types().get(record.of));
    kind.is_some_and(|kind| kind.fields.iter().any(|field| !field.is_written()))
}

/// A page of the site that is looked at, rendered; from memory when nothing it follows from changed.
pub fn of_page(ask: &Ask, page: PageIdx) -> Result<Arc<Rendered>, Fail> {
    let Some(at) = ask.seen().page(page) else { return Err(Fail::NotFound) };
    let cites = cite::of_links(ask, &at.doc, &at.path, ask.seen().links(page));
    of_page_citing(ask, page, at, cites)
}

/// The same without a word on the versions that its links name: what is compared must not differ for
/// the days on which it is read.
pub fn of_page_alone(ask: &Ask, page: PageIdx) -> Result<Arc<Rendered>, Fail> {
    let Some(at) = ask.seen().page(page) else { return Err(Fail::NotFound) };
    of_page_citing(ask, page, at, Vec::new())
}

fn of_page_citing(ask: &Ask, page: PageIdx, at: &Page, cites: Vec<Option<Cite>>) -> Result<Arc<Rendered>, Fail> {
    if let Some(rendered) = kept(ask, at, &cites) {
        return Ok(rendered);
    }
    let bytes = ask.app.wiki.read(at.blob)?;
    Ok(make(ask, page, at, &bytes, cites))
}

/// A piece of a page as it is shown within another; `None` when there is no such piece.
pub fn piece_of(ask: &Ask, page: PageIdx, piece: &Piece) -> Result<Option<Arc<Rendered>>, Fail> {
    let seen = ask.seen();
    let Some(at) = seen.page(page) else { return Err(Fail::NotFound) };
    let cites = cite::of_links(ask, &at.doc, &at.path, seen.links(page));
    let key = (key(ask, at), piece.clone());
    if let Some(kept) = ask.app.pieces.get(&key).filter(|kept| is_same(ask, kept, &cites)) {
        return Ok(Some(kept.rendered));
    }
    let text = text_of(ask, at.blob)?;
    let rendered = html::render_piece(&text, &at.doc, seen.links(page), seen, labels(ask.words), &cites, piece);
    let Some(rendered) = rendered.map(Arc::new) else { return Ok(None) };
    let weight = rendered.html.len() + 256;
    ask.app.pieces.put(key, to_keep(ask, cites, &rendered), weight);
    Ok(Some(rendered))
}

/// What was rendered before, when nothing it follows from changed.
fn kept(ask: &Ask, at: &Page, cites: &[Option<Cite>]) -> Option<Arc<Rendered>> {
    let kept = ask.app.bodies.get(&key(ask, at))?;
    is_same(ask, &kept, cites).then_some(kept.rendered)
}

fn is_same(ask: &Ask, kept: &KeptBody, cites: &[Option<Cite>]) -> bool {
    let site = ask.site();
    Arc::ptr_eq(&kept.names, &site.names_token())
        && kept.order == site.link_order()
        && kept.has_types != ask.seen().types().is_empty()
        && *kept.cites == *cites
}

fn to_keep(ask: &Ask, cites: Vec<Option<Cite>>, rendered: &Arc<Rendered>) -> KeptBody {
    let site = ask.site();
    KeptBody {
        names: site.names_token(),
        order: site.link_order(),
        has_types: !ask.seen().types().is_empty(),
        cites: cites.into(),
        rendered: Arc::clone(rendered),
    }
}

fn key(ask: &Ask, at: &Page) -> BodyKey {
    // Links keep the moment, so that each moment has its own.
    let moment = ask.moment.as_ref().map(|moment| moment.at.as_str().into());
    (at.blob, at.path.clone(), ask.lang(), moment, ask.world.class())
}

fn make(ask: &Ask, page: PageIdx, at: &Page, bytes: &[u8], cites: Vec<Option<Cite>>) -> Arc<Rendered> {
    let seen = ask.seen();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    };
    let rendered = html::render_citing(&text, &at.doc, seen.links(page), seen, labels(ask.words), &cites);
    let rendered = Arc::new(rendered);
    // A part stands around many pages.
    if ask.keeps || at.path.kind() == Kind::Part {
        ask.app.bodies.put(key(ask, at), to_keep(ask, cites, &rendered), rendered.html.len() + 256);
    }
    rendered
}

/// A page with room beneath each block of its text, and the lines of those blocks. Not kept.
pub fn by_block(ask: &Ask, page: PageIdx, at: &Page, text: &str) -> (Rendered, Vec<Block>) {
    let seen = ask.seen();
    html::render_by_block(text, &at.doc, seen.links(page), seen, labels(ask.words))
}

/// Text that is not (yet) a page of the site, as it would be shown at `path`.
pub fn of_text(ask: &Ask, seen: Seen<'_>, path: &FilePath, text: &str) -> (Doc, Rendered) {
    let doc = doc::parse(Kind::Page, text.as_bytes());
    let answers = seen.resolve(&doc, path);
    let cites = cite::of_links(ask, &doc, path, &answers);
    let rendered = html::render_citing(text, &doc, &answers, seen, labels(ask.words), &cites);
    (doc, rendered)
}

/// The nearest part of that name (`_Sidebar` …), rendered; empty when there is none. Its ids are its
/// own, since it stands beside the page and other parts.
pub fn part(ask: &Ask, folder: &str, name: &str) -> Html {
    let seen = ask.seen();
    let found = seen.part(folder, name).and_then(|page| Some((page, seen.page(page)?)));
    let Some((page, at)) = found else { return Html::default() };
    let Ok(rendered) = of_page(ask, page) else { return Html::default() };
    let on =
        On { seen, page: Some(page), doc: &at.doc, path: &at.path, today: ask.today, is_now: false, is_alone: false };
    let filled = query::filled(ask, &on, rendered);
    let prefix = format!("ui.{}.", name.trim_start_matches('_').to_ascii_lowercase());
    // What is not in it may be on the page.
    Html(nested::within(&filled.0, &prefix, ""))
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
        no_version: words.t("cite-no-version").to_owned(),
        too_many: words.t("embed-too-many").to_owned(),
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
