//! Writing a page: a plain form, with a preview above it when asked for.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::Field;
use super::Html;
use super::PageHead;
use super::ProblemLine;
use super::Signature;
use super::area_text;
use super::complaints;
use super::head;
use super::invalid;
use super::link_to;
use super::new_head;
use super::problem_list;
use super::signature;
use crate::words::Words;

/// Whether the page exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditMode {
    /// With the path as typed so far.
    New {
        path: String,
    },
    Edit,
}

pub struct EditView {
    pub mode: EditMode,
    pub head: PageHead,
    /// Where the form goes: `/-/edit/<page>`.
    pub action: String,
    /// Where the text goes on in a form, when it is a record.
    pub form_action: Option<String>,
    pub cancel_href: String,
    pub help_href: Option<String>,
    pub text: String,
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
    /// Problems that this text has, found for the preview.
    pub problems: Vec<ProblemLine>,
    pub preview: Option<Html>,
}

pub fn edit(words: &Words, view: &EditView) -> Markup {
    html! {
        @match view.mode {
            EditMode::New { .. } => (new_head(words, &view.head, words.t("edit-act-new"))),
            EditMode::Edit => (head(words, &view.head, words.t("edit-act"))),
        }
        (complaints(words, &view.complaints))
        @if let Some(preview) = &view.preview {
            section.preview id="ui.preview" aria-labelledby="ui.preview-title" {
                h2 id="ui.preview-title" { (words.t("edit-preview-title")) }
                p.hint { (words.t("edit-preview-hint")) }
                @if !view.problems.is_empty() { (problem_list(words, &view.problems)) }
                div.text lang=(view.head.lang) { (preview) }
            }
        }
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) data-guard=(words.t("edit-guard")) {
            @if let EditMode::New { path } = &view.mode {
                div.field {
                    label for="ui.path" { (words.t("edit-path")) }
                    p.hint id="ui.path-hint" { (words.t("edit-path-hint")) }
                    input id="ui.path" type="text" name="path" value=(path) maxlength="1000" required
                        autocomplete="off" spellcheck="false" aria-describedby="ui.path-hint"
                        aria-invalid=[invalid(Field::Path, &view.complaints)];
                }
            }
            div.field {
                label for="ui.text" { (words.t("edit-text")) }
                p.hint id="ui.text-hint" {
                    (words.t("edit-text-hint"))
                    @if let Some(href) = &view.help_href { " " a href=(link_to(href)) { (words.t("edit-help")) } }
                }
                textarea id="ui.text" name="text" rows="22" lang=(view.head.lang) spellcheck="true"
                    aria-describedby="ui.text-hint" aria-invalid=[invalid(Field::Text, &view.complaints)] {
                    (area_text(&view.text))
                }
            }
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-main type="submit" name="act" value="save" { (words.t("form-save")) }
                button type="submit" name="act" value="preview" formaction={ (link_to(&view.action)) "#ui.preview" } formnovalidate {
                    (words.t("form-preview"))
                }
                @if let Some(action) = &view.form_action {
                    button type="submit" name="act" value="form" formaction=(link_to(action)) formnovalidate {
                        (words.t("form-switch"))
                    }
                }
                a href=(link_to(&view.cancel_href)) { (words.t("form-cancel")) }
            }
        }
    }
}
