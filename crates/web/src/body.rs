//! Rendered bodies, kept by what they follow from: the bytes, the path, the names, the language.

use std::sync::Arc;

use jiff::civil::Date;
use polder_core::doc::{self, Doc};
use polder_core::html::{self, Labels, Rendered, TocEntry};
use polder_core::ids::BlobId;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, Kind};
use polder_core::site::{Seen, Site};

use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::query::{self, On};
use crate::views::Html;
use crate::views::page::Contents;
use crate::words::Words;

/// A page of the present world, rendered; from memory when nothing it follows from changed.
pub fn of_page(ask: &Ask, page: PageIdx) -> Result<Arc<Rendered>, Fail> {
    of_page_in(ask, &ask.world.site, page)
}

/// A page of any site, rendered.
pub fn of_page_in(ask: &Ask, site: &Site, page: PageIdx) -> Result<Arc<Rendered>, Fail> {
    let seen = site.seen_by(&ask.who);
    let Some(at) = seen.page(page) else { return Err(Fail::NotFound) };
    let names = site.names_token();
    let key = (at.blob, at.path.clone(), ask.lang());
    let order = site.link_order();
    let has_types = !seen.types().is_empty();
    if let Some((kept_names, kept_order, had_types, rendered)) = ask.app.bodies.get(&key)
        && Arc::ptr_eq(&kept_names, &names)
        && kept_order == order
        && had_types == has_types
    {
        return Ok(rendered);
    }
    let bytes = ask.app.wiki.read(at.blob)?;
    let text = String::from_utf8_lossy(&bytes);
    let rendered = Arc::new(html::render(&text, &at.doc, seen.links(page), seen, &labels(ask.words)));
    ask.app.bodies.put(key, (names, order, has_types, Arc::clone(&rendered)), rendered.html.len() + 256);
    Ok(rendered)
}

/// Text that is not (yet) a page of the site, as it would be shown at `path`.
pub fn of_text(ask: &Ask, seen: Seen<'_>, path: &FilePath, text: &str) -> (Doc, Rendered) {
    let doc = doc::parse(Kind::Page, text.as_bytes());
    let answers = seen.resolve(&doc, path);
    let rendered = html::render(text, &doc, &answers, seen, &labels(ask.words));
    (doc, rendered)
}

/// The nearest part of that name (`_Sidebar` …), rendered; empty when there is none.
pub fn part(ask: &Ask, site: &Site, folder: &str, name: &str, today: Date) -> Html {
    let seen = site.seen_by(&ask.who);
    let found = seen.part(folder, name).and_then(|page| Some((page, seen.page(page)?)));
    let Some((page, at)) = found else { return Html::default() };
    let Ok(rendered) = of_page_in(ask, site, page) else { return Html::default() };
    let on = On { seen, page: Some(page), doc: &at.doc, path: &at.path, today, is_now: false };
    query::filled(ask, &on, &rendered)
}

/// The bytes of a file as text.
pub fn text_of(ask: &Ask, blob: BlobId) -> Result<String, Fail> {
    Ok(ask.app.wiki.read_text(blob)?)
}

fn labels(words: &Words) -> Labels {
    Labels {
        table: words.t("body-table").to_owned(),
        missing: words.t("body-missing").to_owned(),
        done: words.t("body-done").to_owned(),
        open: words.t("body-open").to_owned(),
        alerts: ["alert-note", "alert-tip", "alert-important", "alert-warning", "alert-caution"]
            .map(|key| words.t(key).to_owned()),
        back: words.t("body-back").to_owned(),
    }
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
