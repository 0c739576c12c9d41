//! What the wiki holds about people, for how long, and which cookies there are.

use super::link_to;
use maud::Markup;
use maud::html;

use crate::words::Words;

/// What is held: a name, what it is for, and how long.
pub struct HeldLine {
    pub what: String,
    pub why: String,
    pub how_long: String,
}

pub struct PrivacyView {
    pub lead: String,
    pub held: Vec<HeldLine>,
    pub cookies: Vec<HeldLine>,
    /// What else holds, a paragraph each.
    pub notes: Vec<String>,
    /// Where somebody with an account finds their own; `None` for others.
    pub account_href: Option<String>,
}

pub fn privacy(words: &Words, view: &PrivacyView) -> Markup {
    html! {
        div.head { h1 { (words.t("privacy-title")) } p.lead { (view.lead) } }
        @for note in &view.notes { p { (note) } }
        h2 id="ui.held" { (words.t("privacy-held")) }
        (table(words, &view.held, words.t("privacy-held")))
        h2 id="ui.cookies" { (words.t("privacy-cookies")) }
        p { (words.t("privacy-cookies-lead")) }
        (table(words, &view.cookies, words.t("privacy-cookies")))
        @if let Some(href) = &view.account_href {
            ul.actions { li { a href=(link_to(href)) { (words.t("privacy-own")) } } }
        }
    }
}

fn table(words: &Words, lines: &[HeldLine], label: &str) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="group" aria-label=(label) {
            table.plain {
                thead {
                    tr {
                        th scope="col" { (words.t("privacy-what")) }
                        th scope="col" { (words.t("privacy-why")) }
                        th scope="col" { (words.t("privacy-how-long")) }
                    }
                }
                tbody {
                    @for line in lines {
                        tr { th scope="row" { (line.what) } td { (line.why) } td { (line.how_long) } }
                    }
                }
            }
        }
    }
}
