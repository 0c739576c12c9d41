//! All pages, in one of six orders: A–Z, by folder, by type, by tag, those that nothing links to, and those
//! that are linked to but not made yet.

use maud::Markup;
use maud::html;

use super::Listed;
use super::link_to;
use super::listed;
use crate::words::Arg;
use crate::words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexOrder {
    Alphabet,
    Folder,
    Type,
    Tag,
    Orphans,
    Wanted,
}

/// A letter, folder or tag, with its pages. Without a name the list has no heading.
pub struct IndexGroup {
    pub name: String,
    pub href: Option<String>,
    pub pages: Vec<Listed>,
}

pub struct IndexView {
    /// `/-/index`, to which `?by=` is added.
    pub action: String,
    /// The moment that is looked at, percent-encoded; empty for now.
    pub moment: String,
    pub order: IndexOrder,
    pub has_types: bool,
    pub groups: Vec<IndexGroup>,
    /// Pages in this list.
    pub total: usize,
    /// Where a page of a type is begun; for those who may edit.
    pub new_href: Option<String>,
    pub problems: Problems,
    pub problems_href: String,
}

/// What is known of the problems of the whole wiki.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problems {
    None,
    Counted(usize),
    NotYetCounted,
}

pub fn index(words: &Words, view: &IndexView) -> Markup {
    html! {
        div.head {
            h1 { (words.t("index-title")) }
            nav.tabs aria-label=(words.t("index-orders")) {
                ul {
                    li { (order(view, IndexOrder::Alphabet, "", words.t("index-alphabet"))) }
                    li { (order(view, IndexOrder::Folder, "?by=folder", words.t("index-folder"))) }
                    @if view.has_types { li { (order(view, IndexOrder::Type, "?by=type", words.t("index-type"))) } }
                    li { (order(view, IndexOrder::Tag, "?by=tag", words.t("index-tag"))) }
                    li { (order(view, IndexOrder::Orphans, "?by=orphans", words.t("index-orphans"))) }
                    li { (order(view, IndexOrder::Wanted, "?by=wanted", words.t("index-wanted"))) }
                }
            }
        }
        p.lead { (explained(words, view)) }
        @if let Some(href) = &view.new_href { p { a href=(link_to(href)) { (words.t("index-new")) } } }
        p { a href=(link_to("/-/versions/")) { (words.t("versions-of-wiki")) } }
        @match view.problems {
            Problems::None => {},
            Problems::Counted(count) => p {
                a href=(link_to(&view.problems_href)) { (words.f("index-problems", &[("count", Arg::Count(count as u64))])) }
            },
            Problems::NotYetCounted => p { a href=(link_to(&view.problems_href)) { (words.t("index-problems-look")) } },
        }
        @if view.order == IndexOrder::Alphabet && view.groups.len() > 1 { (letters(words, view)) }
        @if view.groups.is_empty() { p.empty { (empty(words, view.order)) } }
        div.index {
            @for (i, group) in view.groups.iter().enumerate() { (one(group, i)) }
        }
    }
}

fn order(view: &IndexView, order: IndexOrder, query: &str, text: &str) -> Markup {
    super::tab(&format!("{}{query}{}", view.action, stay(view, query)), text, view.order == order)
}

fn explained(words: &Words, view: &IndexView) -> String {
    let count = [("count", Arg::Count(view.total as u64))];
    match view.order {
        IndexOrder::Alphabet | IndexOrder::Folder => words.f("index-lead-all", &count),
        IndexOrder::Type => words.f("index-lead-type", &count),
        IndexOrder::Tag => words.f("index-lead-tag", &count),
        IndexOrder::Orphans => words.f("index-lead-orphans", &count),
        IndexOrder::Wanted => words.f("index-lead-wanted", &count),
    }
}

fn empty(words: &Words, order: IndexOrder) -> &str {
    match order {
        IndexOrder::Alphabet | IndexOrder::Folder => words.t("index-empty-all"),
        IndexOrder::Type => words.t("index-empty-type"),
        IndexOrder::Tag => words.t("index-empty-tag"),
        IndexOrder::Orphans => words.t("index-empty-orphans"),
        IndexOrder::Wanted => words.t("index-empty-wanted"),
    }
}

fn letters(words: &Words, view: &IndexView) -> Markup {
    html! {
        nav.letters aria-label=(words.t("index-letters")) {
            ul { @for (i, group) in view.groups.iter().enumerate() { li { a href={ "#ui.group-" (i) } { (group.name) } } } }
        }
    }
}

fn one(group: &IndexGroup, place: usize) -> Markup {
    html! {
        section aria-labelledby=[(!group.name.is_empty()).then(|| format!("ui.group-{place}"))] {
            @if !group.name.is_empty() {
                h2 id={ "ui.group-" (place) } {
                    @match &group.href {
                        Some(href) => a href=(link_to(href)) { bdi { (group.name) } },
                        None => bdi { (group.name) },
                    }
                }
            }
            (listed(&group.pages))
        }
    }
}

/// What keeps an address at the moment that is looked at.
fn stay(view: &IndexView, query: &str) -> String {
    match (view.moment.as_str(), query) {
        ("", _) => String::new(),
        (moment, "") => format!("?at={moment}"),
        (moment, _) => format!("&at={moment}"),
    }
}
