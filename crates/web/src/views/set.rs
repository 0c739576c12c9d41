//! A few fields of a page to be mended: what a row of a table could not save.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::PageHead;
use super::Signature;
use super::complaints;
use super::link_to;
use super::new_head;
use super::query::Control;
use super::signature;
use crate::words::Words;

pub struct SetView {
    pub head: PageHead,
    pub action: String,
    pub fields: Vec<SetField>,
    pub back: String,
    pub cancel_href: String,
    pub signature: Signature,
    pub complaints: Vec<Complaint>,
}

pub struct SetField {
    pub name: String,
    pub label: String,
    pub control: Control,
}

pub fn set(words: &Words, view: &SetView) -> Markup {
    html! {
        (new_head(words, &view.head, words.t("set-act")))
        (complaints(words, &view.complaints))
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) {
            input type="hidden" name="back" value=(view.back);
            div.fields {
                @for field in &view.fields {
                    div.field {
                        label for={ "ui." (field.name) } { (field.label) }
                        @match &field.control {
                            Control::Text { value, .. } => {
                                input id={ "ui." (field.name) } type="text" name=(field.name) value=(value) autocomplete="off";
                            }
                            Control::Choice(options) => {
                                select id={ "ui." (field.name) } name=(field.name) {
                                    @for (value, label, is_present) in options {
                                        option value=(value) selected[*is_present] { (label) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-main type="submit" { (words.t("set-save")) }
                a href=(link_to(&view.cancel_href)) { (words.t("set-cancel")) }
            }
        }
    }
}
