//! Short forms by which somebody comes in: signing in, the first account, an invitation, a new
//! password; and a form that is sent once more.

use super::link_to;
use maud::Markup;
use maud::html;

use super::Link;
use super::csrf;
use super::inputs::Input;
use super::inputs::faults;
use super::inputs::hidden;
use super::inputs::input;
use crate::words::Words;

pub struct SignView {
    pub title: String,
    /// Why this is asked, and what comes of it.
    pub lead: String,
    /// What else to know, a paragraph each.
    pub notes: Vec<String>,
    pub action: String,
    /// What goes along unseen.
    pub carried: Vec<(String, String)>,
    pub csrf: String,
    pub inputs: Vec<Input>,
    /// What is wrong with the whole of it.
    pub fault: Option<String>,
    /// `None` where there is nothing to send.
    pub button: Option<String>,
    /// Where else to show who one is, and the words of the button that leads there.
    pub elsewhere: Option<Link>,
    pub ways: Vec<Link>,
}

pub fn sign(words: &Words, view: &SignView) -> Markup {
    html! {
        div.head { h1 { (view.title) } @if !view.lead.is_empty() { p.lead { (view.lead) } } }
        (faults(words, "", &view.inputs, view.fault.as_deref()))
        @for note in &view.notes { p.sign-note { (note) } }
        @if view.button.is_some() || view.elsewhere.is_some() {
            form.editor.sign id="ui.form" method="post" action=(link_to(&view.action)) {
                (csrf(&view.csrf))
                (hidden(&view.carried))
                div.fields { @for field in &view.inputs { (input("", field)) } }
                div.buttons {
                    @if let Some(button) = &view.button { button.button-main type="submit" { (button) } }
                    // Sends the same form, with what waits in it; what is typed is not asked for there.
                    @if let Some(elsewhere) = &view.elsewhere {
                        button type="submit" formaction=(link_to(&elsewhere.href)) formnovalidate {
                            (elsewhere.title)
                        }
                    }
                }
            }
        }
        @if !view.ways.is_empty() {
            ul.actions { @for way in &view.ways { li { a href=(link_to(&way.href)) { (way.title) } } } }
        }
    }
}
