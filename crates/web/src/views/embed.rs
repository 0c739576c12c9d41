//! A page, or a piece of one, within another page; or what stands in its place.

use maud::Markup;
use maud::html;

use super::Html;
use super::Link;
use super::link_to;
use crate::words::Words;

pub struct EmbedView {
    pub body: Html,
    /// The language of the page that it comes from.
    pub lang: String,
    pub source: Link,
    /// Of which version it is, and what holds by now.
    pub version: Option<String>,
    pub standing: Option<String>,
}

pub fn embed(words: &Words, view: &EmbedView) -> Markup {
    html! {
        figure.embed {
            blockquote.embed-text lang=(view.lang) { (view.body) }
            figcaption {
                (words.t("embed-from")) " " a href=(link_to(&view.source.href)) { bdi { (view.source.title) } }
                @if let Some(version) = &view.version { ", " (version) }
                @if let Some(standing) = &view.standing { "; " span.cited { (standing) } }
            }
        }
    }
}

/// Why a page is not shown, and the way to it where there is one.
pub fn fault(text: &str, source: Option<&Link>) -> Markup {
    html! {
        p.embed-fault {
            (text)
            @if let Some(source) = source { " " a href=(link_to(&source.href)) { bdi { (source.title) } } }
        }
    }
}
