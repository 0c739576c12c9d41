//! A page as it is read, with who wrote it last beneath each block and each field.

use maud::Markup;
use maud::html;

use super::Html;
use super::Link;
use super::PageHead;
use super::fill;
use super::head;
use super::link_to;
use super::page::FieldValue;
use super::page::field_value;
use super::time;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

/// A change that wrote something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrote {
    pub at: Moment,
    /// Empty when the commit names nobody.
    pub author: String,
    pub summary: String,
    /// What it changed in the page, as readers see it.
    pub href: String,
    /// The same in the source; `None` where it made the page.
    pub source_href: Option<String>,
}

/// Who wrote a part of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What the note is about, where that does not stand above it.
    pub label: Option<String>,
    pub last: Wrote,
    /// Earlier changes of which something is left, newest first.
    pub earlier: Vec<Wrote>,
    /// More of them than are named.
    pub n_left_out: usize,
    /// People other than who wrote last.
    pub n_other_authors: usize,
}

/// A field of the frontmatter.
#[derive(Clone, Debug)]
pub struct BlamedField {
    pub label: String,
    /// `None` where the key stands there with nothing after it.
    pub value: Option<FieldValue>,
    pub note: Option<Note>,
}

/// What there is to show.
#[derive(Clone, Debug)]
pub enum Told {
    Text(Html),
    /// The file is no text.
    NotText,
    /// Too large, or git took too long.
    TooMuch,
}

pub struct BlameView {
    pub head: PageHead,
    pub fields: Vec<BlamedField>,
    pub told: Told,
    pub more: Vec<Link>,
}

pub fn blame(words: &Words, view: &BlameView) -> Markup {
    html! {
        article.page {
            (head(words, &view.head, words.t("blame-act")))
            ul.actions { @for link in &view.more { li { a href=(link_to(&link.href)) { (link.title) } } } }
            @match &view.told {
                Told::NotText => div.notice role="note" { p { (words.t("blame-not-text")) } },
                Told::TooMuch => div.notice role="note" { p { (words.t("blame-too-much")) } },
                Told::Text(body) => {
                    p.lead { (words.t("blame-lead")) }
                    (fields(words, &view.fields))
                    div.text.blamed lang=(view.head.lang) { (body) }
                }
            }
        }
    }
}

fn fields(words: &Words, fields: &[BlamedField]) -> Markup {
    html! {
        @if !fields.is_empty() {
            section.record.blamed aria-labelledby="ui.record" {
                h2.unseen id="ui.record" { (words.t("record-title")) }
                dl {
                    @for field in fields {
                        div {
                            dt { (field.label) }
                            dd {
                                @match &field.value {
                                    Some(value) => (field_value(words, value)),
                                    None => span.note { (words.t("blame-empty")) },
                                }
                                @if let Some(note) = &field.note { (beneath(words, note)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Who wrote what stands above it.
pub fn beneath(words: &Words, note: &Note) -> Markup {
    let lang = words.lang.code();
    let last = html! {
        @if let Some(label) = &note.label { (label) ": " } @else { (unseen(words.t("blame-written-by"))) (unseen(" ")) }
        (wrote(words, &note.last))
    };
    let n_earlier = (note.earlier.len() + note.n_left_out) as u64;
    let summary = match note.n_other_authors {
        0 => words.f("blame-earlier", &[("count", Arg::Count(n_earlier))]),
        n => words.f("blame-others", &[("count", Arg::Count(n as u64))]),
    };
    html! {
        @if n_earlier == 0 {
            p.blame lang=(lang) { (last) }
        } @else {
            div.blame lang=(lang) {
                p { (last) }
                details {
                    summary { (summary) }
                    ol {
                        @for change in &note.earlier { li { (wrote(words, change)) } }
                        @if note.n_left_out > 0 {
                            li { (words.f("blame-left-out", &[("count", Arg::Count(note.n_left_out as u64))])) }
                        }
                    }
                }
            }
        }
    }
}

fn wrote(words: &Words, change: &Wrote) -> Markup {
    let author = match change.author.as_str() {
        "" => html! { (words.t("blame-nobody")) },
        author => html! { bdi { (author) } },
    };
    html! {
        (fill(&words.f("blame-by", &[("author", super::SLOT), ("date", super::OTHER_SLOT)]),
            &author, Some(&time(words, change.at))))
        " · "
        a href=(link_to(&change.href)) {
            @if change.summary.is_empty() { (words.t("history-no-summary")) } @else { bdi { (change.summary) } }
        }
        @if let Some(href) = &change.source_href { " · " a href=(link_to(href)) { (words.t("blame-source")) } }
    }
}
