//! Fields of the small forms about people: signing in, accounts, invitations.
//!
//! What a field holds and what is wrong with it was decided before.

use maud::Markup;
use maud::html;

use crate::words::Arg;
use crate::words::Words;

/// What may be typed, and what a browser may fill in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    Text,
    Email,
    /// A password that is known, to be filled in.
    Password,
    /// One that is made now.
    NewPassword,
}

/// One field.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: &'static str,
    pub label: String,
    /// May be empty.
    pub hint: String,
    pub kind: InputKind,
    /// Never of a password.
    pub value: String,
    /// What browsers know the value by (`autocomplete`).
    pub known_as: &'static str,
    pub is_required: bool,
    pub is_fixed: bool,
    pub max_chars: usize,
    /// What must be mended.
    pub fault: Option<String>,
}

/// A field with its label, hint and fault. `scope` keeps ids apart where forms stand together.
pub fn input(scope: &str, input: &Input) -> Markup {
    let id = format!("ui.{scope}{}", input.name);
    let (hint_id, fault_id) = (format!("{id}-hint"), format!("{id}-fault"));
    let mut by: Vec<&str> = Vec::new();
    if !input.hint.is_empty() {
        by.push(&hint_id);
    }
    if input.fault.is_some() {
        by.push(&fault_id);
    }
    let kind = match input.kind {
        InputKind::Text => "text",
        InputKind::Email => "email",
        InputKind::Password | InputKind::NewPassword => "password",
    };
    html! {
        div.field {
            label for=(id) { (input.label) }
            @if !input.hint.is_empty() { p.hint id=(hint_id) { (input.hint) } }
            @if let Some(fault) = &input.fault { p.field-error id=(fault_id) { (fault) } }
            input id=(id) type=(kind) name=(input.name) value=[(!input.value.is_empty()).then_some(&input.value)]
                maxlength=(input.max_chars) required[input.is_required] readonly[input.is_fixed]
                autocomplete=(input.known_as) autocapitalize=[(input.name == "login").then_some("none")] spellcheck="false"
                aria-describedby=[(!by.is_empty()).then(|| by.join(" "))]
                aria-invalid=[input.fault.is_some().then_some("true")];
        }
    }
}

/// What must be mended in the fields of a form, above it; each leads to its field.
pub fn faults(words: &Words, scope: &str, inputs: &[Input], whole: Option<&str>) -> Markup {
    let wrong: Vec<&Input> = inputs.iter().filter(|input| input.fault.is_some()).collect();
    let n = wrong.len() + usize::from(whole.is_some());
    html! {
        @if n > 0 {
            section.notice.notice-error role="alert" aria-labelledby="ui.faults" tabindex="-1" {
                h2 id="ui.faults" { (words.f("people-faults", &[("count", Arg::Count(n as u64))])) }
                ul {
                    @if let Some(whole) = whole { li { (whole) } }
                    @for input in wrong {
                        li { a href={ "#ui." (scope) (input.name) } { (input.label) ": " (input.fault.as_deref().unwrap_or_default()) } }
                    }
                }
            }
        }
    }
}

/// A box to tick.
pub fn tick(id: &str, name: &str, label: &str, is_ticked: bool) -> Markup {
    html! {
        div.choice {
            input id={ "ui." (id) } type="checkbox" name=(name) value="yes" checked[is_ticked];
            label for={ "ui." (id) } { (label) }
        }
    }
}

/// Fields that nobody sees: what goes along with a form.
pub fn hidden(fields: &[(String, String)]) -> Markup {
    html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
}
