//! Asks once more before a page goes, and says what would lead nowhere then.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::Listed;
use super::PageHead;
use super::Signature;
use super::complaints;
use super::head;
use super::link_to;
use super::listed;
use super::signature;
use crate::words::Arg;
use crate::words::Words;

pub struct DeleteView {
    pub head: PageHead,
    pub action: String,
    pub cancel_href: String,
    /// Pages that link here.
    pub backlinks: Vec<Listed>,
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
}

pub fn delete(words: &Words, view: &DeleteView) -> Markup {
    html! {
        (head(words, &view.head, words.t("delete-act")))
        (complaints(words, &view.complaints))
        p { (words.t("delete-lead")) }
        @if view.backlinks.is_empty() {
            p { (words.t("delete-no-links")) }
        } @else {
            div.notice.notice-signal role="note" {
                p { (words.f("delete-links", &[("count", Arg::Count(view.backlinks.len() as u64))])) }
                (listed(&view.backlinks))
            }
        }
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) {
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-danger type="submit" { (words.t("delete-button")) }
                a href=(link_to(&view.cancel_href)) { (words.t("delete-keep")) }
            }
        }
    }
}
