//! Pushed commits that clash with what the wiki says by now: each clashing file, and one to finish.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::SLOT;
use super::Signature;
use super::area_text;
use super::complaints;
use super::diff::DiffPiece;
use super::diff::diff_table;
use super::fill;
use super::link_to;
use super::signature;
use crate::words::Arg;
use crate::words::Words;

pub struct MergeView {
    /// The language of the texts.
    pub lang: String,
    pub action: String,
    pub cancel_href: String,
    /// The first digits of the pushed commit, and the first line of its message.
    pub short: String,
    pub message: String,
    pub files: Vec<MergeFile>,
    /// All files about which somebody must decide, shown or not.
    pub n_clashes: usize,
    /// Files of one merge that are not shown, since there are too many.
    pub n_more: usize,
    /// `base` in here is the commit of the branch that the screen was made of.
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
}

pub struct MergeFile {
    pub path: String,
    pub clash: MergeClash,
}

pub enum MergeClash {
    /// Texts: the joined one with marks, what was pushed, what is there now, what both began with.
    Texts { marked: String, mine: String, theirs: String, base: String, pieces: Vec<DiffPiece> },
    /// One of two is chosen whole. `None` where a side has no such file.
    Either { mine: Option<u64>, theirs: Option<u64>, keep_mine: bool },
}

pub fn merge(words: &Words, view: &MergeView) -> Markup {
    html! {
        div.head {
            h1 { (words.t("merge-title")) }
            p.lead { (fill(&words.f("merge-lead", &[("commit", SLOT), ("message", Arg::Text(&view.message))]),
                &html! { code { (view.short) } }, None)) }
        }
        div.notice.notice-signal {
            p { (words.t("merge-why")) }
            p { (words.f("merge-todo", &[("count", Arg::Count(view.n_clashes as u64))])) }
        }
        (complaints(words, &view.complaints))
        @if view.n_more > 0 {
            p { (words.f("merge-too-many", &[("count", Arg::Count(view.n_more as u64))])) }
        } @else {
            form.editor id="ui.form" method="post" action=(link_to(&view.action)) data-guard=(words.t("edit-guard")) {
                @for (n, file) in view.files.iter().enumerate() { (merge_file(words, view, file, n)) }
                (signature(words, &view.signature, &view.complaints))
                div.buttons {
                    button.button-main type="submit" { (words.t("merge-save")) }
                    a href=(link_to(&view.cancel_href)) { (words.t("merge-later")) }
                }
            }
        }
    }
}

fn merge_file(words: &Words, view: &MergeView, file: &MergeFile, n: usize) -> Markup {
    let heading = format!("ui.file-{n}");
    html! {
        section.around.wide aria-labelledby=(heading) {
            h2 id=(heading) { code { bdi { (file.path) } } }
            @match &file.clash {
                MergeClash::Texts { marked, mine, theirs, base, pieces } => {
                    div.field {
                        label for={ "ui.text-" (n) } { (words.t("conflict-text")) }
                        p.hint id={ "ui.text-hint-" (n) } { (words.t("conflict-text-hint")) }
                        textarea id={ "ui.text-" (n) } name={ "text:" (file.path) } rows="18" lang=(view.lang)
                            aria-describedby={ "ui.text-hint-" (n) } { (area_text(marked)) }
                    }
                    details {
                        summary { (words.t("conflict-difference")) }
                        (diff_table(words, pieces, words.t("merge-difference-caption")))
                    }
                    details {
                        summary { (words.t("conflict-texts")) }
                        div.three {
                            (whole(&format!("ui.mine-{n}"), words.t("merge-mine"), mine, &view.lang))
                            (whole(&format!("ui.theirs-{n}"), words.t("conflict-theirs"), theirs, &view.lang))
                            (whole(&format!("ui.base-{n}"), words.t("merge-base"), base, &view.lang))
                        }
                    }
                },
                MergeClash::Either { mine, theirs, keep_mine } => {
                    fieldset {
                        legend { (words.t("merge-which")) }
                        (either(words, file, "mine", words.t("merge-mine"), *mine, *keep_mine))
                        (either(words, file, "theirs", words.t("merge-theirs"), *theirs, !*keep_mine))
                    }
                }
            }
        }
    }
}

fn either(words: &Words, file: &MergeFile, value: &str, label: &str, size: Option<u64>, checked: bool) -> Markup {
    html! {
        label.target {
            input type="radio" name={ "keep:" (file.path) } value=(value) checked[checked];
            " " (label) " "
            span.note {
                @match size {
                    Some(size) => (words.f("merge-size", &[("bytes", Arg::Count(size))])),
                    None => (words.t("merge-gone")),
                }
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
