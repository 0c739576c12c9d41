//! Giving a page another address; the links to it come along.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::Field;
use super::Listed;
use super::PageHead;
use super::Signature;
use super::complaints;
use super::head;
use super::invalid;
use super::link_to;
use super::listed;
use super::signature;
use crate::words::Arg;
use crate::words::Words;

pub struct MovingView {
    pub head: PageHead,
    pub action: String,
    pub cancel_href: String,
    pub from: String,
    pub to: String,
    /// Pages whose links will be rewritten in the same commit.
    pub rewritten: Vec<Listed>,
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
}

pub fn moving(words: &Words, view: &MovingView) -> Markup {
    html! {
        (head(words, &view.head, words.t("move-act")))
        (complaints(words, &view.complaints))
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) {
            p { (words.t("move-now")) " " code { (view.from) } }
            div.field {
                label for="ui.to" { (words.t("move-to")) }
                p.hint id="ui.to-hint" { (words.t("move-to-hint")) }
                input id="ui.to" type="text" name="to" value=(view.to) maxlength="1000" required autocomplete="off"
                    spellcheck="false" aria-describedby="ui.to-hint" aria-invalid=[invalid(Field::To, &view.complaints)];
            }
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-main type="submit" { (words.t("move-button")) }
                a href=(link_to(&view.cancel_href)) { (words.t("form-cancel")) }
            }
        }
        section.around aria-labelledby="ui.rewritten" {
            h2 id="ui.rewritten" { (words.t("move-links")) }
            @if view.rewritten.is_empty() {
                p.empty { (words.t("move-no-links")) }
            } @else {
                p { (words.f("move-rewritten", &[("count", Arg::Count(view.rewritten.len() as u64))])) }
                (listed(&view.rewritten))
            }
        }
    }
}
