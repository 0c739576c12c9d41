//! Two people changed the same lines (409): both texts, what they came from, and one to finish.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::OTHER_SLOT;
use super::PageHead;
use super::SLOT;
use super::Signature;
use super::area_text;
use super::complaints;
use super::diff::DiffPiece;
use super::diff::diff_table;
use super::fill;
use super::head;
use super::link_to;
use super::signature;
use super::time;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

pub struct ConflictView {
    pub head: PageHead,
    pub action: String,
    pub cancel_href: String,
    /// Who saved in the meantime; `None` when history is still being read.
    pub other: Option<(String, Moment)>,
    /// How many places could not be joined by themselves.
    pub clashes: usize,
    /// The joined text with marks where a choice is needed.
    pub marked: String,
    /// What the reader typed, what stands there now, and what both began with.
    pub mine: String,
    pub theirs: String,
    pub base: String,
    /// From theirs to mine.
    pub pieces: Vec<DiffPiece>,
    /// `base` in here is the present commit, so that saving replaces what was just shown.
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
}

pub fn conflict(words: &Words, view: &ConflictView) -> Markup {
    html! {
        (head(words, &view.head, words.t("conflict-act")))
        div.notice.notice-signal role="alert" {
            p {
                @match &view.other {
                    Some((author, at)) => (fill(&words.f("conflict-who", &[("author", SLOT), ("date", OTHER_SLOT)]),
                        &html! { bdi { (author) } }, Some(&time(words, *at)))),
                    None => (words.t("conflict-someone")),
                }
                " " (words.t("conflict-kept"))
            }
            p { (words.f("conflict-todo", &[("count", Arg::Count(view.clashes as u64))])) }
        }
        (complaints(words, &view.complaints))
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) data-guard=(words.t("edit-guard")) {
            div.field {
                label for="ui.text" { (words.t("conflict-text")) }
                p.hint id="ui.text-hint" { (words.t("conflict-text-hint")) }
                textarea id="ui.text" name="text" rows="22" lang=(view.head.lang) aria-describedby="ui.text-hint" {
                    (area_text(&view.marked))
                }
            }
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-main type="submit" name="act" value="save" { (words.t("form-save")) }
                a href=(link_to(&view.cancel_href)) { (words.t("conflict-drop")) }
            }
        }
        section.around.wide aria-labelledby="ui.difference" {
            h2 id="ui.difference" { (words.t("conflict-difference")) }
            (diff_table(words, &view.pieces, words.t("conflict-difference-caption")))
        }
        section.around.wide aria-labelledby="ui.texts" {
            h2 id="ui.texts" { (words.t("conflict-texts")) }
            div.three {
                (whole("ui.mine", words.t("conflict-mine"), &view.mine, &view.head.lang))
                (whole("ui.theirs", words.t("conflict-theirs"), &view.theirs, &view.head.lang))
                (whole("ui.base", words.t("conflict-base"), &view.base, &view.head.lang))
            }
        }
    }
}

fn whole(id: &str, label: &str, text: &str, lang: &str) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            textarea id=(id) rows="12" readonly lang=(lang) { (area_text(text)) }
        }
    }
}
