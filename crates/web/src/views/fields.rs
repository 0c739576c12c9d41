//! How the fields of one page changed: commit by commit, each field with what it was and what it is.

use maud::Markup;
use maud::html;

use super::Link;
use super::PageHead;
use super::fill;
use super::head;
use super::link_to;
use super::paging;
use super::time;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

/// How a field changed; values are spelled for the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineHow {
    Came(String),
    Went(String),
    Became { old: String, new: String },
    Items { added: Vec<String>, removed: Vec<String> },
    Reordered(String),
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLine {
    pub label: String,
    pub how: LineHow,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldsRow {
    pub at: Moment,
    pub author: String,
    pub summary: String,
    /// What it changed in the page.
    pub href: String,
    pub lines: Vec<FieldLine>,
    /// More fields than are named.
    pub n_left_out: usize,
}

/// A field to choose: its key, its label, whether it is chosen.
pub type Choice = (String, String, bool);

pub struct FieldsView {
    pub head: PageHead,
    pub action: String,
    /// The moment that is looked at, kept by the form.
    pub rev: Option<String>,
    pub choices: Vec<Choice>,
    pub more: Vec<Link>,
    /// The newest first.
    pub rows: Vec<FieldsRow>,
    /// What to say when there are no rows.
    pub nothing: String,
    pub newest_href: Option<String>,
    pub older_href: Option<String>,
}

pub fn fields(words: &Words, view: &FieldsView) -> Markup {
    html! {
        (head(words, &view.head, words.t("fields-act")))
        p.lead { (words.t("fields-lead")) }
        div.tools {
            @if !view.choices.is_empty() {
                form.inline action=(link_to(&view.action)) {
                    @if let Some(rev) = &view.rev { input type="hidden" name="at" value=(rev); }
                    label for="ui.field" { (words.t("fields-field")) }
                    select id="ui.field" name="field" {
                        option value="" { (words.t("fields-all")) }
                        @for (key, label, chosen) in &view.choices {
                            option value=(key) selected[*chosen] { (label) }
                        }
                    }
                    button type="submit" { (words.t("fields-show")) }
                }
            }
            ul.actions { @for link in &view.more { li { a href=(link_to(&link.href)) { (link.title) } } } }
        }
        @if view.rows.is_empty() { p.empty { (view.nothing) } }
        @else { ol.field-log { @for row in &view.rows { (one(words, row)) } } }
        (paging(
            words.t("paging-label"),
            (words.t("fields-newest"), view.newest_href.as_deref()),
            (words.t("paging-older"), view.older_href.as_deref()),
        ))
    }
}

fn one(words: &Words, row: &FieldsRow) -> Markup {
    let author = match row.author.as_str() {
        "" => html! { (words.t("blame-nobody")) },
        author => html! { bdi { (author) } },
    };
    html! {
        li {
            p.field-log-head {
                (fill(&words.f("blame-by", &[("author", super::SLOT), ("date", super::OTHER_SLOT)]),
                    &author, Some(&time(words, row.at))))
                " · "
                a href=(link_to(&row.href)) {
                    @if row.summary.is_empty() { (words.t("history-no-summary")) } @else { bdi { (row.summary) } }
                }
            }
            dl {
                @for line in &row.lines { div { dt { (line.label) } dd { (how(words, &line.how)) } } }
            }
            @if row.n_left_out > 0 {
                p.note { (words.f("fields-left-out", &[("count", Arg::Count(row.n_left_out as u64))])) }
            }
        }
    }
}

fn how(words: &Words, how: &LineHow) -> Markup {
    let said = |key: &str| html! { span.note { (words.t(key)) } " " };
    match how {
        LineHow::Came(new) => html! { (said("fields-came")) ins { bdi { (new) } } },
        LineHow::Went(old) => html! { (said("fields-went")) del { bdi { (old) } } },
        LineHow::Reordered(new) => html! { (said("fields-reordered")) bdi { (new) } },
        LineHow::Became { old, new } => html! {
            (unseen(words.t("fields-was"))) " " del { bdi { (old) } }
            " " span aria-hidden="true" { "→" } " "
            (unseen(words.t("fields-is"))) " " ins { bdi { (new) } }
        },
        LineHow::Items { added, removed } => html! {
            @if !added.is_empty() { span { (said("fields-added")) (several(added, true)) } " " }
            @if !removed.is_empty() { span { (said("fields-removed")) (several(removed, false)) } }
        },
    }
}

fn several(items: &[String], came: bool) -> Markup {
    html! {
        @for (nth, item) in items.iter().enumerate() {
            @if nth > 0 { ", " }
            @if came { ins { bdi { (item) } } } @else { del { bdi { (item) } } }
        }
    }
}
