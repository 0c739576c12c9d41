//! Something could not be done: what happened, what to do, and a way out.
//!
//! Which words belong to which failure is decided by who answers; this only shows them.

use maud::Markup;
use maud::html;

use super::Link;
use super::link_to;
use crate::words::Words;

pub struct FailView {
    /// The HTTP status, shown small, for who asks for help.
    pub status: u16,
    pub title: String,
    pub happened: String,
    pub advice: String,
    pub ways_out: Vec<Link>,
    /// What the reader had typed, so that it is not lost; empty when nothing.
    pub typed: String,
    /// Names the request in the log of the server; empty where nobody need look there.
    pub id: String,
}

pub fn fail(words: &Words, view: &FailView) -> Markup {
    html! {
        div.head { h1 { (view.title) } p.lead { (view.happened) } }
        @if !view.advice.is_empty() { p.advice { (view.advice) } }
        @if !view.typed.is_empty() {
            div.field {
                label for="ui.typed" { (words.t("fail-typed")) }
                textarea id="ui.typed" rows="12" readonly { (super::area_text(&view.typed)) }
            }
        }
        @if !view.ways_out.is_empty() {
            ul.actions { @for way in &view.ways_out { li { a href=(link_to(&way.href)) { (way.title) } } } }
        }
        p.note { (words.t("fail-status")) " " (view.status) @if !view.id.is_empty() { ". " (words.t("fail-id")) " " code { (view.id) } } }
    }
}
