//! The pages that make up a total of a record.

use maud::Markup;
use maud::html;

use super::PageHead;
use super::link_to;
use super::new_head;
use super::query::Grid;
use super::query::grid;
use crate::words::Words;

pub struct TotalView {
    pub head: PageHead,
    /// The total's name.
    pub act: String,
    pub lead: String,
    /// The condition under which a page counts, as its type has it; empty when all do.
    pub condition: String,
    /// How many parts are unknown, in words; empty when none is.
    pub unknown: String,
    pub grid: Grid,
    pub is_empty: bool,
}

pub fn total(words: &Words, view: &TotalView) -> Markup {
    html! {
        (new_head(words, &view.head, &view.act))
        p.lead id="ui.total" {
            (view.lead)
            @if !view.unknown.is_empty() { " (" (view.unknown) ")" }
        }
        @if !view.condition.is_empty() { p.note { (words.t("total-condition")) " " code { (view.condition) } } }
        @if !view.is_empty { div.text { div.query { (grid(words, &view.grid, "ui.total")) } } }
        p { a href=(link_to(&view.head.view_href)) { (words.t("total-back")) } }
    }
}
