//! What was found for some words, with the passage that has them.

use maud::Markup;
use maud::html;

use super::Link;
use super::OTHER_SLOT;
use super::Part;
use super::SLOT;
use super::fill;
use super::link_to;
use super::paging;
use super::passage;
use super::time;
use crate::words::Arg;
use crate::words::Moment;
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
    /// Pages of the moment that were not searched.
    pub left_out: usize,
    /// A query that finds more: "Did you mean …".
    pub suggestion: Option<Link>,
    /// Makes a page of this name; `None` when it exists or this reader may not.
    pub create_href: Option<String>,
}

/// A page from which something was taken away.
pub struct RemovedHit {
    pub title: String,
    /// Where it was then.
    pub address: String,
    /// The last version that had it, and what the change was; `None` when nothing was before it.
    pub before_href: Option<String>,
    pub compare_href: Option<String>,
    /// The page as it is now, if it is.
    pub now_href: Option<String>,
    pub at: Moment,
    pub author: String,
    pub summary: String,
    pub passage: Vec<Part>,
    pub n_earlier: usize,
}

pub struct RemovedView {
    pub action: String,
    /// Empty when nothing was asked yet.
    pub query: String,
    pub total: usize,
    pub hits: Vec<RemovedHit>,
    pub previous_href: Option<String>,
    pub next_href: Option<String>,
    /// Changes that were looked at, of all, while some were not.
    pub building: Option<(usize, usize)>,
}

/// The question, and where it is asked.
struct Asked<'a> {
    action: &'a str,
    query: &'a str,
    rev: Option<&'a str>,
    is_past: bool,
    hint: &'a str,
}

fn form(words: &Words, asked: &Asked<'_>) -> Markup {
    html! {
        form action=(link_to(asked.action)) {
            @if let Some(rev) = asked.rev { input type="hidden" name="at" value=(rev); }
            div.inline.search-form {
                label.unseen for="ui.search" { (words.t("search-label")) }
                input id="ui.search" type="search" name="q" value=(asked.query) maxlength="500" autocomplete="off"
                    aria-describedby="ui.search-hint";
                button.button-main type="submit" { (words.t("search-button")) }
            }
            p.search-past {
                input id="ui.search-past" type="checkbox" name="past" value="1" checked[asked.is_past];
                " " label for="ui.search-past" { (words.t("search-past")) }
            }
        }
        p.hint id="ui.search-hint" { (words.t(asked.hint)) }
    }
}

/// The search in what was taken away.
pub fn removed(words: &Words, view: &RemovedView) -> Markup {
    let asked = Asked { action: &view.action, query: &view.query, rev: None, is_past: true, hint: "search-past-hint" };
    html! {
        div.head { h1 { (words.t("search-title")) } }
        (form(words, &asked))
        @if let Some((done, of)) = view.building {
            div.notice role="status" {
                p { (words.f("search-past-building", &[("done", Arg::Count(done as u64)), ("of", Arg::Count(of as u64))])) }
            }
        }
        @if !view.query.is_empty() {
            section aria-labelledby="ui.found" {
                h2.found id="ui.found" {
                    (fill(&words.f("search-past-count", &[("count", Arg::Count(view.total as u64)), ("query", SLOT)]),
                        &html! { bdi { (view.query) } }, None))
                }
                @if view.hits.is_empty() { p.empty { (words.t("search-past-empty")) } }
                ol.hits { @for hit in &view.hits { (one_removed(words, hit)) } }
                (paging(words.t("paging-label"), (words.t("paging-previous"), view.previous_href.as_deref()),
                    (words.t("paging-next"), view.next_href.as_deref())))
            }
        }
    }
}

fn one_removed(words: &Words, hit: &RemovedHit) -> Markup {
    let signed = words.f("search-past-removed", &[("date", SLOT), ("author", OTHER_SLOT)]);
    html! {
        li {
            h3 {
                @if let Some(href) = &hit.before_href { a href=(link_to(href)) { bdi { (hit.title) } } }
                @else { bdi { (hit.title) } }
            }
            p.hit-path { bdi { (hit.address) } }
            @if !hit.passage.is_empty() { p.hit-passage { (passage(&hit.passage)) } }
            p.note {
                (fill(&signed, &time(words, hit.at), Some(&html! { bdi { (hit.author) } })))
                @if !hit.summary.is_empty() { " · " bdi { (hit.summary) } }
                @if hit.n_earlier > 0 { " · " (words.f("search-past-earlier", &[("count", Arg::Count(hit.n_earlier as u64))])) }
            }
            p.hit-links {
                @if let Some(href) = &hit.before_href { a href=(link_to(href)) { (words.t("search-past-before")) (about(hit)) } " " }
                @if let Some(href) = &hit.compare_href { a href=(link_to(href)) { (words.t("search-past-change")) (about(hit)) } " " }
                @match &hit.now_href {
                    Some(href) => a href=(link_to(href)) { (words.t("search-past-now")) (about(hit)) },
                    None => span { (words.t("search-past-gone")) },
                }
            }
        }
    }
}

/// Which page a link is about, for who hears links one by one.
fn about(hit: &RemovedHit) -> Markup {
    html! { span.unseen { ": " (hit.title) } }
}

pub fn search(words: &Words, view: &SearchView) -> Markup {
    let asked = Asked {
        action: &view.action,
        query: &view.query,
        rev: view.rev.as_deref(),
        is_past: false,
        hint: "search-hint",
    };
    html! {
        div.head { h1 { (words.t("search-title")) } }
        (form(words, &asked))
        @if view.building { div.notice role="status" { p { (words.t("search-building")) } } }
        @if view.left_out > 0 {
            div.notice role="status" { p { (words.f("search-left-out", &[("count", Arg::Count(view.left_out as u64))])) } }
        }
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
                p { (fill(&words.f("search-suggestion", &[("query", SLOT)]), &html! { a href=(link_to(&link.href)) { bdi { (link.title) } } }, None)) }
            }
            @if view.hits.is_empty() { p.empty { (words.t("search-empty")) } }
            ol.hits { @for hit in &view.hits { (one(hit)) } }
            @if let Some(href) = &view.create_href {
                p {
                    a.button[view.hits.is_empty()] href=(link_to(href)) rel="nofollow" {
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
            h3 { a href=(link_to(&hit.href)) { bdi { (passage(&hit.title)) } } }
            @if !hit.crumbs.is_empty() {
                p.hit-path { @for (i, crumb) in hit.crumbs.iter().enumerate() { @if i > 0 { " › " } bdi { (crumb) } } }
            }
            @if !hit.passage.is_empty() { p.hit-passage { (passage(&hit.passage)) } }
        }
    }
}
