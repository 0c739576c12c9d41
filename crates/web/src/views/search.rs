//! What was found for some words, with the passage that has them.

use maud::Markup;
use maud::html;

use super::Link;
use super::Part;
use super::SLOT;
use super::fill;
use super::paging;
use super::passage;
use crate::words::Arg;
use crate::words::Words;

pub struct Hit {
    pub title: Vec<Part>,
    pub href: String,
    /// The folders above it, outermost first.
    pub crumbs: Vec<String>,
    pub passage: Vec<Part>,
}

pub struct SearchView {
    pub action: String,
    /// The moment that is looked at, for the form.
    pub rev: Option<String>,
    /// Empty when nothing was asked yet.
    pub query: String,
    pub total: usize,
    pub hits: Vec<Hit>,
    pub previous_href: Option<String>,
    pub next_href: Option<String>,
    /// The index is still being built, so there may be more.
    pub building: bool,
    /// A query that finds more: "Did you mean …".
    pub suggestion: Option<Link>,
    /// Makes a page of this name; `None` when it exists or this reader may not.
    pub create_href: Option<String>,
}

pub fn search(words: &Words, view: &SearchView) -> Markup {
    html! {
        div.head { h1 { (words.t("search-title")) } }
        form.inline.search-form action=(view.action) {
            @if let Some(rev) = &view.rev { input type="hidden" name="at" value=(rev); }
            label.unseen for="ui.search" { (words.t("search-label")) }
            input id="ui.search" type="search" name="q" value=(view.query) maxlength="500" autocomplete="off"
                aria-describedby="ui.search-hint";
            button.button-main type="submit" { (words.t("search-button")) }
        }
        p.hint id="ui.search-hint" { (words.t("search-hint")) }
        @if view.building { div.notice role="status" { p { (words.t("search-building")) } } }
        @if !view.query.is_empty() { (found(words, view)) }
    }
}

fn found(words: &Words, view: &SearchView) -> Markup {
    html! {
        section aria-labelledby="ui.found" {
            h2.found id="ui.found" {
                (fill(&words.f("search-count", &[("count", Arg::Count(view.total as u64)), ("query", SLOT)]),
                    &html! { bdi { (view.query) } }, None))
            }
            @if let Some(link) = &view.suggestion {
                p { (fill(&words.f("search-suggestion", &[("query", SLOT)]), &html! { a href=(link.href) { bdi { (link.title) } } }, None)) }
            }
            @if view.hits.is_empty() { p.empty { (words.t("search-empty")) } }
            ol.hits { @for hit in &view.hits { (one(hit)) } }
            @if let Some(href) = &view.create_href {
                p {
                    a.button[view.hits.is_empty()] href=(href) rel="nofollow" {
                        (fill(&words.f("search-create", &[("page", SLOT)]), &html! { bdi { (view.query) } }, None))
                    }
                }
            }
            (paging(words.t("paging-label"), (words.t("paging-previous"), view.previous_href.as_deref()),
                (words.t("paging-next"), view.next_href.as_deref())))
        }
    }
}

fn one(hit: &Hit) -> Markup {
    html! {
        li {
            h3 { a href=(hit.href) { bdi { (passage(&hit.title)) } } }
            @if !hit.crumbs.is_empty() {
                p.hit-path { @for (i, crumb) in hit.crumbs.iter().enumerate() { @if i > 0 { " › " } bdi { (crumb) } } }
            }
            @if !hit.passage.is_empty() { p.hit-passage { (passage(&hit.passage)) } }
        }
    }
}
