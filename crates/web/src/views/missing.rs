//! A page that does not exist (404): make it, or find what was meant.

use maud::Markup;
use maud::html;

use super::Listed;
use super::SLOT;
use super::fill;
use super::link_to;
use super::listed;
use super::time;
use crate::words::Moment;
use crate::words::Words;

pub struct MissingView {
    /// The name as asked for.
    pub title: String,
    pub path: String,
    /// `None` when this reader may not make pages, or no page can be called so.
    pub create_href: Option<String>,
    /// When a page of this name was deleted, and where to see it.
    pub deleted: Option<Deleted>,
    pub near: Vec<Listed>,
    pub search_action: String,
}

pub struct Deleted {
    pub at: Moment,
    pub author: String,
    pub history_href: String,
}

pub fn missing(words: &Words, view: &MissingView) -> Markup {
    html! {
        div.head {
            h1 { (fill(&words.f("missing-title", &[("page", SLOT)]), &html! { bdi { (view.title) } }, None)) }
            p.lead { (fill(&words.f("missing-lead", &[("path", SLOT)]), &html! { code { (view.path) } }, None)) }
        }
        @if let Some(deleted) = &view.deleted {
            div.notice role="note" {
                p {
                    (fill(&words.f("missing-deleted", &[("author", SLOT), ("date", super::OTHER_SLOT)]),
                        &html! { bdi { (deleted.author) } }, Some(&time(words, deleted.at))))
                    " " a href=(link_to(&deleted.history_href)) { (words.t("missing-deleted-history")) }
                }
            }
        }
        @if let Some(href) = &view.create_href {
            p { a.button.button-main href=(link_to(href)) rel="nofollow" { (words.t("missing-create")) } }
        }
        @if !view.near.is_empty() {
            section.around aria-labelledby="ui.near" {
                h2 id="ui.near" { (words.t("missing-near")) }
                (listed(&view.near))
            }
        }
        section.around aria-labelledby="ui.seek" {
            h2 id="ui.seek" { (words.t("missing-search")) }
            form.inline action=(link_to(&view.search_action)) {
                label.unseen for="ui.seek-q" { (words.t("search-label")) }
                input id="ui.seek-q" type="search" name="q" value=(view.title) maxlength="500" autocomplete="off";
                button type="submit" { (words.t("search-button")) }
            }
        }
    }
}
