//! The accessibility statement: what was done, what was not checked, whom to tell.

use maud::Markup;
use maud::html;

use super::SLOT;
use super::fill;
use super::plain_head;
use crate::words::Words;

pub struct AccessibilityView {
    pub wiki_title: String,
    /// How to reach who runs this wiki, e.g. an e-mail address; empty when not set.
    pub contact: String,
}

pub fn accessibility(words: &Words, view: &AccessibilityView) -> Markup {
    html! {
        (plain_head(words.t("access-title"), &html! {}))
        div.text {
            p { (fill(&words.f("access-lead", &[("wiki", SLOT)]), &html! { bdi { (view.wiki_title) } }, None)) }
            h2 { (words.t("access-status-title")) }
            p { (words.t("access-status")) }
            h2 { (words.t("access-done-title")) }
            ul {
                li { (words.t("access-done-keyboard")) }
                li { (words.t("access-done-scripts")) }
                li { (words.t("access-done-colour")) }
                li { (words.t("access-done-zoom")) }
                li { (words.t("access-done-map")) }
                li { (words.t("access-done-motion")) }
            }
            h2 { (words.t("access-limits-title")) }
            ul {
                li { (words.t("access-limit-content")) }
                li { (words.t("access-limit-editor")) }
                li { (words.t("access-limit-tests")) }
            }
            h2 { (words.t("access-contact-title")) }
            @if view.contact.is_empty() {
                p { (words.t("access-contact-none")) }
            } @else {
                p { (fill(&words.f("access-contact", &[("contact", SLOT)]), &html! { bdi { (view.contact) } }, None)) }
            }
        }
    }
}
