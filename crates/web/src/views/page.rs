//! A page as it is read: banners, head, record, contents, text, and what links to it.

use maud::Markup;
use maud::html;
use polder_core::path::percent_encoded;

use super::Html;
use super::Link;
use super::Listed;
use super::PageHead;
use super::ProblemLine;
use super::Room;
use super::SLOT;
use super::fill;
use super::head;
use super::link_to;
use super::listed;
use super::listed_plainly;
use super::problem_list;
use super::time;
use super::unseen;
use super::versions::Switch;
use super::versions::switch;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

/// Headings are at most six deep.
const CONTENTS_MAX_DEPTH: usize = 6;

/// What a reader must know before the first word.
#[derive(Clone, Debug)]
pub enum Banner {
    /// Another page took over.
    Superseded(Link),
    /// This is the page as it was.
    Old { at: Moment, commit: String, present_href: String, compare_href: String },
    /// What must be known of the version that is read, or of the one that holds.
    Version { text: String, actions: Vec<Link> },
    /// The file is not UTF-8 text.
    NotText { raw_href: String },
    /// The page is too large to be laid out; its source follows as it is.
    TooLarge { raw_href: String },
}

/// Who wrote last.
#[derive(Clone, Debug)]
pub enum Edited {
    Known {
        author: String,
        at: Moment,
        history_href: String,
        /// Who wrote what; `None` where there is no text to tell it of.
        blame_href: Option<String>,
    },
    /// History is still being read.
    Reading,
    Unknown,
}

/// How a status is doing, doubled by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Neutral,
    Good,
    Warning,
    Error,
}

/// The value of a record's field, written in the reader's language already.
#[derive(Clone, Debug)]
pub enum FieldValue {
    Text(String),
    /// Set with tabular figures.
    Amount(String),
    /// A total, and where the pages are that make it up; nowhere for an old version.
    Total {
        text: String,
        href: Option<String>,
        label: String,
    },
    Status(String, Tone),
    /// References; `None` where the page does not exist yet.
    Links(Vec<(String, Option<String>)>),
    Html(Html),
}

/// A line of the record panel.
#[derive(Clone, Debug)]
pub struct RecordField {
    pub label: String,
    pub value: FieldValue,
}

/// A heading in the contents and those beneath it.
#[derive(Clone, Debug)]
pub struct Contents {
    pub title: String,
    /// The heading's id, without `#`.
    pub anchor: String,
    pub children: Vec<Contents>,
}

pub struct PageView {
    pub head: PageHead,
    pub banners: Vec<Banner>,
    /// The versions of the page, when there are any.
    pub versions: Option<Switch>,
    pub edited: Edited,
    pub record: Vec<RecordField>,
    /// How its fields changed.
    pub fields_href: Option<String>,
    /// Empty when the page has too few headings.
    pub contents: Vec<Contents>,
    /// The wiki's `_Header`, the page's text, the wiki's `_Footer`.
    pub header: Html,
    pub body: Html,
    pub footer: Html,
    pub tags: Vec<Link>,
    pub backlinks: Vec<Listed>,
    /// Pages in the folder that this page stands for.
    pub sub_pages: Vec<Listed>,
    /// Records that may be made here, referring to this page; for those who may edit.
    pub begin: Vec<Link>,
    /// Shown to those who may edit.
    pub problems: Vec<ProblemLine>,
}

pub fn page(words: &Words, view: &PageView) -> Markup {
    let lists = (view.backlinks.len() + view.sub_pages.len()) * 160;
    html! {
        (Room(view.header.0.len() + view.body.0.len() + view.footer.0.len() + lists + 4096))
        @for banner in &view.banners { (show_banner(words, banner)) }
        article.page {
            (head(words, &view.head, ""))
            @if let Some(versions) = &view.versions { (switch(words, versions)) }
            (edited(words, &view.edited))
            (record(words, &view.record, view.fields_href.as_deref()))
            (contents(words, &view.contents))
            @if !view.header.0.is_empty() { div.text.part lang=(view.head.lang) { (view.header) } }
            div.text lang=(view.head.lang) { (view.body) }
            @if !view.footer.0.is_empty() { div.text.part lang=(view.head.lang) { (view.footer) } }
            (around(words, view))
        }
    }
}

fn show_banner(words: &Words, banner: &Banner) -> Markup {
    match banner {
        Banner::Superseded(link) => html! {
            div.notice.notice-signal role="note" {
                p { (fill(&words.f("banner-superseded", &[("page", SLOT)]), &html! { a href=(link_to(&link.href)) { bdi { (link.title) } } }, None)) }
            }
        },
        Banner::Old { at, commit, present_href, compare_href } => html! {
            div.notice.notice-signal role="note" {
                p {
                    (fill(&words.f("banner-old", &[("date", SLOT)]), &time(words, *at), None))
                    " " code { (commit) }
                }
                ul.actions {
                    li { a href=(link_to(present_href)) { (words.t("banner-present")) } }
                    li { a href=(link_to(compare_href)) { (words.t("banner-compare")) } }
                }
            }
        },
        Banner::Version { text, actions } => html! {
            aside.notice.notice-signal role="note" aria-label=(words.t("moment-label")) {
                p { (text) }
                ul.actions { @for link in actions { li { a href=(link_to(&link.href)) { (link.title) } } } }
            }
        },
        Banner::NotText { raw_href } => html! {
            div.notice.notice-error role="note" {
                p { (words.t("banner-not-text")) }
                ul.actions { li { a href=(link_to(raw_href)) { (words.t("banner-raw")) } } }
            }
        },
        Banner::TooLarge { raw_href } => html! {
            div.notice.notice-signal role="note" {
                p { (words.t("banner-too-large")) }
                ul.actions { li { a href=(link_to(raw_href)) { (words.t("banner-raw")) } } }
            }
        },
    }
}

fn edited(words: &Words, edited: &Edited) -> Markup {
    match edited {
        Edited::Known { author, at, history_href, blame_href } => html! {
            p.edited {
                (fill(&words.f("edited-by", &[("author", SLOT), ("date", super::OTHER_SLOT)]),
                    &html! { bdi { (author) } }, Some(&time(words, *at))))
                " · " a href=(link_to(history_href)) { (words.t("edited-history")) }
                @if let Some(href) = blame_href { " · " a href=(link_to(href)) { (words.t("blame-link")) } }
            }
        },
        Edited::Reading => html! { p.edited { (words.t("edited-reading")) } },
        Edited::Unknown => html! {},
    }
}

fn record(words: &Words, fields: &[RecordField], log_href: Option<&str>) -> Markup {
    html! {
        @if !fields.is_empty() {
            section.record aria-labelledby="ui.record" {
                h2.unseen id="ui.record" { (words.t("record-title")) }
                dl {
                    @for field in fields {
                        div {
                            dt { (field.label) }
                            dd { (field_value(words, &field.value)) }
                        }
                    }
                }
                @if let Some(href) = log_href { p.record-log { a href=(link_to(href)) { (words.t("fields-link")) } } }
            }
        }
    }
}

pub fn field_value(words: &Words, value: &FieldValue) -> Markup {
    match value {
        FieldValue::Text(text) => html! { bdi { (text) } },
        FieldValue::Amount(text) => html! { span.amount { (text) } },
        FieldValue::Total { text, href, label } => html! {
            span.amount {
                @match href {
                    Some(href) => a href=(link_to(href)) { (text) (unseen(&format!(" ({}: {label})", words.t("total-parts")))) },
                    None => (text),
                }
            }
        },
        FieldValue::Status(word, tone) => html! { span class=(pill(*tone)) { (word) } },
        FieldValue::Html(html) => html! { (html) },
        FieldValue::Links(links) => html! {
            @for (i, (title, href)) in links.iter().enumerate() {
                @if i > 0 { ", " }
                @match href {
                    Some(href) => a href=(link_to(href)) { bdi { (title) } },
                    None => span.missing { bdi { (title) } (unseen(words.t("record-missing"))) },
                }
            }
        },
    }
}

pub fn pill(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "pill",
        Tone::Good => "pill pill-good",
        Tone::Warning => "pill pill-warning",
        Tone::Error => "pill pill-error",
    }
}

fn contents(words: &Words, entries: &[Contents]) -> Markup {
    html! {
        @if !entries.is_empty() {
            details.fold.contents {
                summary { (words.t("contents-title")) }
                nav aria-label=(words.t("contents-title")) { (contents_list(entries, CONTENTS_MAX_DEPTH)) }
            }
        }
    }
}

fn contents_list(entries: &[Contents], depth_left: usize) -> Markup {
    html! {
        ol {
            @for entry in entries {
                li {
                    a href={ "#" (percent_encoded(&entry.anchor)) } { bdi { (entry.title) } }
                    @if !entry.children.is_empty() && depth_left > 1 { (contents_list(&entry.children, depth_left - 1)) }
                }
            }
        }
    }
}

fn around(words: &Words, view: &PageView) -> Markup {
    html! {
        @if !view.sub_pages.is_empty() {
            section.around aria-labelledby="ui.sub-pages" {
                h2 id="ui.sub-pages" { (words.t("sub-pages-title")) }
                (listed_plainly(&view.sub_pages))
            }
        }
        @if !view.begin.is_empty() {
            section.around aria-labelledby="ui.begin" {
                h2 id="ui.begin" { (words.t("new-here")) }
                ul.actions { @for link in &view.begin { li { a href=(link_to(&link.href)) { (link.title) } } } }
            }
        }
        @if !view.backlinks.is_empty() {
            section.around aria-labelledby="ui.backlinks" {
                h2 id="ui.backlinks" { (words.t("backlinks-title")) }
                (listed(&view.backlinks))
            }
        }
        @if !view.tags.is_empty() {
            section.around aria-labelledby="ui.tags" {
                h2 id="ui.tags" { (words.t("tags-title")) }
                ul.tags { @for tag in &view.tags { li { a href=(link_to(&tag.href)) { bdi { (tag.title) } } } } }
            }
        }
        @if !view.problems.is_empty() {
            details.around.page-problems {
                summary { (words.f("page-problems", &[("count", Arg::Count(view.problems.len() as u64))])) }
                (problem_list(words, &view.problems))
            }
        }
    }
}
