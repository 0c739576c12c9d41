//! A record as a form, and the screen on which a new record's type is chosen.
//!
//! Everything is plain HTML: rows of a list come and go by submit buttons. What each field holds,
//! its words and its faults were decided before.

use maud::Markup;
use maud::html;

use super::Complaint;
use super::Field;
use super::Html;
use super::PageHead;
use super::ProblemLine;
use super::Signature;
use super::area_text;
use super::complaint_list;
use super::head;
use super::invalid;
use super::link_to;
use super::new_head;
use super::plain_head;
use super::problem_list;
use super::signature;
use crate::words::Words;

/// A field of the form, or one input of it.
pub struct FormField {
    /// The name of its input, or what the names of its inputs begin with.
    pub name: String,
    pub label: String,
    /// Whether the label is only for screen readers: rows of a list have their list's legend.
    pub has_quiet_label: bool,
    /// May be empty.
    pub hint: String,
    pub required: bool,
    /// What is wrong with it, when something is.
    pub error: Option<String>,
    pub control: FormControl,
}

/// How a field is filled in.
pub enum FormControl {
    Line {
        value: String,
        /// `decimal`, `numeric`, `url`, `email` or `text`.
        mode: &'static str,
        /// The id of the list that it may be chosen from.
        list: Option<String>,
        /// It has its value for good.
        is_locked: bool,
    },
    Area {
        value: String,
        rows: usize,
    },
    Check {
        is_on: bool,
    },
    Choose {
        options: Vec<FormOption>,
        chosen: String,
    },
    /// Several inputs that make one value or one record.
    Group(Vec<FormField>),
    /// Rows of a list, each with the name by which it is removed.
    Rows(Vec<FormField>),
    /// As it stands in the file; nothing here can change it.
    Odd(String),
}

/// One of the values to choose from.
#[derive(Clone)]
pub struct FormOption {
    pub value: String,
    pub label: String,
}

/// Suggestions for inputs with too many choices for a list to pick from.
pub struct FormList {
    pub id: String,
    pub options: Vec<FormOption>,
}

/// The address of a page that is yet to be made.
pub struct NewPath {
    /// As typed; empty: made of the fields.
    pub value: String,
    /// What it comes to, once that is known.
    pub saved_as: Option<String>,
    /// The pattern by which it is made, for people.
    pub hint: String,
}

pub struct FormView {
    pub head: PageHead,
    /// What the screen does, above the title.
    pub act: String,
    /// What the type is for; may be empty.
    pub kind_hint: String,
    /// `None` when the page exists.
    pub new_path: Option<NewPath>,
    pub action: String,
    pub cancel_href: String,
    pub help_href: Option<String>,
    pub fields: Vec<FormField>,
    pub lists: Vec<FormList>,
    /// The frontmatter that the fields are laid over, hidden in the form.
    pub front: String,
    pub body: String,
    pub signature: Signature,
    /// About the name, the address, the text, the whole.
    pub complaints: Vec<Complaint>,
    pub problems: Vec<ProblemLine>,
    pub preview: Option<Html>,
    /// It holds what was typed before and is nowhere else.
    pub is_unsaved: bool,
}

/// Types to choose from, under the name of what they belong to.
pub struct TypeGroup {
    pub name: String,
    pub types: Vec<TypeLink>,
}

pub struct TypeLink {
    pub label: String,
    pub hint: String,
    pub href: String,
}

/// The screen on which a type is chosen.
pub fn types(words: &Words, groups: &[TypeGroup]) -> Markup {
    html! {
        (plain_head(words.t("new-title"), &html! { (words.t("new-lead")) }))
        @if groups.is_empty() { p.empty { (words.t("new-none")) } }
        @for (i, group) in groups.iter().enumerate() {
            section.type-group aria-labelledby={ "ui.types-" (i) } {
                h2 id={ "ui.types-" (i) } { (group.name) }
                ul.listed {
                    @for link in &group.types {
                        li {
                            a href=(link_to(&link.href)) { (link.label) }
                            @if !link.hint.is_empty() { " " span.note { (link.hint) } }
                        }
                    }
                }
            }
        }
        p { a href=(link_to("/-/edit/")) { (words.t("new-plain")) } }
    }
}

pub fn form(words: &Words, view: &FormView) -> Markup {
    let mut faults = Vec::new();
    for field in &view.fields {
        collect_faults(field, &mut faults);
    }
    let mut listed: Vec<(&str, &str)> = faults.iter().map(|(id, text)| (id.as_str(), *text)).collect();
    listed.extend(view.complaints.iter().map(|complaint| (complaint.field.id(), complaint.text.as_str())));
    html! {
        @match view.new_path {
            Some(_) => (new_head(words, &view.head, &view.act)),
            None => (head(words, &view.head, &view.act)),
        }
        @if !view.kind_hint.is_empty() { p.lead { (view.kind_hint) } }
        (complaint_list(words, &listed))
        @if let Some(preview) = &view.preview {
            section.preview id="ui.preview" aria-labelledby="ui.preview-title" {
                h2 id="ui.preview-title" { (words.t("edit-preview-title")) }
                p.hint { (words.t("edit-preview-hint")) }
                @if let Some(path) = view.new_path.as_ref().and_then(|path| path.saved_as.as_ref()) {
                    p { (words.t("form-saved-as")) " " code { (path) } }
                }
                @if !view.problems.is_empty() { (problem_list(words, &view.problems)) }
                div.text lang=(view.head.lang) { (preview) }
            }
        }
        form.editor.form id="ui.form" method="post" action=(link_to(&view.action)) novalidate data-guard=(words.t("edit-guard"))
            data-unsaved[view.is_unsaved] {
            // Enter in an input presses the first button of a form: that must not be one of a list.
            button.unseen type="submit" name="act" value="save" tabindex="-1" aria-hidden="true" { (words.t("form-save")) }
            input type="hidden" name="front" value=(view.front);
            @for field in &view.fields { (one(words, &view.action, field)) }
            @for list in &view.lists {
                datalist id=(list.id) {
                    @for option in &list.options { option value=(option.value) { (option.label) } }
                }
            }
            div.field {
                label for="ui.text" { (words.t("edit-text")) }
                p.hint id="ui.text-hint" {
                    (words.t("form-text-hint"))
                    @if let Some(href) = &view.help_href { " " a href=(link_to(href)) { (words.t("edit-help")) } }
                }
                textarea id="ui.text" name="body" rows="14" lang=(view.head.lang) spellcheck="true"
                    aria-describedby="ui.text-hint" aria-invalid=[invalid(Field::Text, &view.complaints)] {
                    (area_text(&view.body))
                }
            }
            @if let Some(path) = &view.new_path {
                div.field {
                    label for="ui.path" { (words.t("edit-path")) }
                    p.hint id="ui.path-hint" { (path.hint) }
                    input id="ui.path" type="text" name="path" value=(path.value) autocomplete="off" spellcheck="false"
                        aria-describedby="ui.path-hint" aria-invalid=[invalid(Field::Path, &view.complaints)];
                    @if let Some(path) = &path.saved_as {
                        p.saved-as { (words.t("form-saved-as")) " " code { (path) } }
                    }
                }
            }
            (signature(words, &view.signature, &view.complaints))
            div.buttons {
                button.button-main type="submit" name="act" value="save" { (words.t("form-save")) }
                button type="submit" name="act" value="preview" formaction={ (link_to(&view.action)) "#ui.preview" } {
                    (words.t("form-preview"))
                }
                button type="submit" name="act" value="markdown" { (words.t("form-markdown")) }
                a href=(link_to(&view.cancel_href)) { (words.t("form-cancel")) }
            }
        }
    }
}

/// The id of an input.
pub fn input_id(name: &str) -> String {
    format!("ui.{name}")
}

/// What is wrong, by the id of the input that it leads to.
fn collect_faults<'a>(field: &'a FormField, faults: &mut Vec<(String, &'a str)>) {
    if let Some(error) = &field.error {
        let id = match &field.control {
            FormControl::Group(_) | FormControl::Rows(_) => first_id(field),
            _ => input_id(&field.name),
        };
        faults.push((id, error));
    }
    if let FormControl::Group(fields) | FormControl::Rows(fields) = &field.control {
        for field in fields {
            collect_faults(field, faults);
        }
    }
}

fn first_id(field: &FormField) -> String {
    match &field.control {
        FormControl::Group(fields) | FormControl::Rows(fields) => {
            fields.first().map_or_else(|| input_id(&field.name), first_id)
        }
        _ => input_id(&field.name),
    }
}

fn one(words: &Words, action: &str, field: &FormField) -> Markup {
    match &field.control {
        FormControl::Group(fields) => html! {
            fieldset.group id=(input_id(&field.name)) aria-describedby=[described(field)] {
                (legend(words, field))
                (told(field))
                div.group-fields { @for field in fields { (one(words, action, field)) } }
            }
        },
        FormControl::Rows(rows) => list(words, action, field, rows),
        FormControl::Check { is_on } => html! {
            div.field.check {
                input type="hidden" name=(field.name) value="false";
                div {
                    input id=(input_id(&field.name)) type="checkbox" name=(field.name) value="true" checked[*is_on]
                        aria-describedby=[described(field)] aria-invalid=[field.error.as_ref().map(|_| "true")];
                    " " (label(words, field))
                }
                (told(field))
            }
        },
        FormControl::Odd(text) => html! {
            div.field id=(input_id(&field.name)) {
                span.label { (field.label) }
                p.hint { (words.t("form-odd")) }
                p.odd { code { (text) } }
                input type="hidden" name=(field.name) value="";
            }
        },
        _ => html! {
            div.field {
                (label(words, field))
                (told(field))
                (input(words, field))
            }
        },
    }
}

/// Rows, and buttons that come back to the same list.
fn list(words: &Words, action: &str, field: &FormField, rows: &[FormField]) -> Markup {
    let back = format!("{action}#{}", input_id(&field.name));
    html! {
        fieldset.group.rows id=(input_id(&field.name)) aria-describedby=[described(field)] {
            (legend(words, field))
            (told(field))
            input type="hidden" name=(field.name) value="";
            @for row in rows {
                div.row {
                    (one(words, action, row))
                    button.quiet type="submit" name="remove" value=(row.name)
                        formaction=(link_to(&back)) aria-label={ (words.t("form-remove")) ": " (row.label) } {
                        (words.t("form-remove"))
                        // Beneath a record of several inputs it must say which.
                        @if matches!(row.control, FormControl::Group(_)) { ": " (row.label) }
                    }
                }
            }
            div {
                button.quiet type="submit" name="add" value=(field.name) formaction=(link_to(&back))
                    aria-label={ (words.t("form-add")) ": " (field.label) } {
                    (words.t("form-add"))
                }
            }
        }
    }
}

fn legend(words: &Words, field: &FormField) -> Markup {
    html! {
        legend {
            (field.label)
            @if field.required { " " span.required { (words.t("form-required")) } }
        }
    }
}

fn label(words: &Words, field: &FormField) -> Markup {
    html! {
        label class=[field.has_quiet_label.then_some("unseen")] for=(input_id(&field.name)) {
            (field.label)
            @if field.required { " " span.required { (words.t("form-required")) } }
        }
    }
}

/// The hint and what is wrong.
fn told(field: &FormField) -> Markup {
    html! {
        @if !field.hint.is_empty() { p.hint id={ (input_id(&field.name)) "-hint" } { (field.hint) } }
        @if let Some(error) = &field.error { p.field-error id={ (input_id(&field.name)) "-error" } { (error) } }
    }
}

fn described(field: &FormField) -> Option<String> {
    let id = input_id(&field.name);
    match (field.hint.is_empty(), field.error.is_some()) {
        (true, false) => None,
        (false, false) => Some(format!("{id}-hint")),
        (true, true) => Some(format!("{id}-error")),
        (false, true) => Some(format!("{id}-hint {id}-error")),
    }
}

fn input(words: &Words, field: &FormField) -> Markup {
    let id = input_id(&field.name);
    let is_invalid = field.error.as_ref().map(|_| "true");
    match &field.control {
        FormControl::Line { value, mode, list, is_locked } => html! {
            input id=(id) type="text" name=(field.name) value=(value) inputmode=[(*mode != "text").then_some(*mode)]
                list=[list.as_ref()] autocomplete="off" readonly[*is_locked]
                aria-describedby=[described(field)] aria-invalid=[is_invalid]
                aria-required=[field.required.then_some("true")];
        },
        FormControl::Area { value, rows } => html! {
            textarea.prose id=(id) name=(field.name) rows=(rows) spellcheck="true"
                aria-describedby=[described(field)] aria-invalid=[is_invalid]
                aria-required=[field.required.then_some("true")] { (area_text(value)) }
        },
        FormControl::Choose { options, chosen } => html! {
            select id=(id) name=(field.name) aria-describedby=[described(field)] aria-invalid=[is_invalid]
                aria-required=[field.required.then_some("true")] {
                @for option in options {
                    option value=(option.value) selected[option.value == *chosen] {
                        @if !option.label.is_empty() { (option.label) }
                        @else if field.required { (words.t("form-choose")) }
                        @else { (words.t("form-empty")) }
                    }
                }
            }
        },
        _ => html! {},
    }
}
