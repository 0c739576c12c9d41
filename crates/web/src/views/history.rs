//! The versions of one page, any two of which can be compared.

use maud::Markup;
use maud::html;

use super::ChangeKind;
use super::Link;
use super::PageHead;
use super::change_kind;
use super::head;
use super::link_to;
use super::paging_by_age;
use super::time;
use super::unseen;
use crate::words::Moment;
use crate::words::Words;

pub struct HistoryRow {
    /// The full commit id, as posted by the radio buttons.
    pub commit: String,
    /// Its first digits, as shown.
    pub short: String,
    pub at: Moment,
    pub author: String,
    /// Who pushed it, where that is not the author.
    pub pushed_by: Option<String>,
    pub summary: String,
    pub kind: ChangeKind,
    /// `None` where the page did not exist afterwards.
    pub view_href: Option<String>,
    /// What this version changed; `None` for the first.
    pub diff_href: Option<String>,
    /// Back to this version; `None` for the present one, and for who may not edit.
    pub revert_href: Option<String>,
}

pub struct HistoryView {
    pub head: PageHead,
    /// Where `?from=…&to=…` goes.
    pub compare_action: String,
    /// Other ways to look at what was written when.
    pub more: Vec<Link>,
    /// The newest first.
    pub rows: Vec<HistoryRow>,
    pub newer_href: Option<String>,
    pub older_href: Option<String>,
    /// History is still being read, so this may not be all.
    pub reading: bool,
}

pub fn history(words: &Words, view: &HistoryView) -> Markup {
    let comparable = view.rows.len() > 1;
    html! {
        (head(words, &view.head, words.t("history-act")))
        @if !view.more.is_empty() {
            ul.actions { @for link in &view.more { li { a href=(link_to(&link.href)) { (link.title) } } } }
        }
        @if view.reading { div.notice role="status" { p { (words.t("history-reading")) } } }
        @if view.rows.is_empty() {
            @if !view.reading { p.empty { (words.t("history-empty")) } }
        } @else {
            form action=(link_to(&view.compare_action)) {
                @if comparable { (compare_button(words)) }
                div.table-scroll {
                    table.history {
                        caption.unseen { (words.t("history-caption")) }
                        thead {
                            tr {
                                @if comparable {
                                    th.pick scope="col" { (words.t("history-from")) }
                                    th.pick scope="col" { (words.t("history-to")) }
                                }
                                th scope="col" { (words.t("history-version")) }
                                th scope="col" { (words.t("history-what")) }
                                th scope="col" { span.unseen { (words.t("history-actions")) } }
                            }
                        }
                        tbody { @for (i, row) in view.rows.iter().enumerate() { (history_row(words, row, i, comparable)) } }
                    }
                }
                @if comparable && view.rows.len() > 10 { (compare_button(words)) }
            }
            (paging_by_age(words, view.newer_href.as_deref(), view.older_href.as_deref()))
        }
    }
}

fn compare_button(words: &Words) -> Markup {
    html! { div.buttons { button type="submit" { (words.t("history-compare")) } } }
}

fn history_row(words: &Words, row: &HistoryRow, place: usize, comparable: bool) -> Markup {
    html! {
        tr {
            @if comparable {
                td.pick { (pick(words.t("history-pick-from"), "from", row, words, place == 1)) }
                td.pick { (pick(words.t("history-pick-to"), "to", row, words, place == 0)) }
            }
            th.version scope="row" {
                @match &row.view_href {
                    Some(href) => a href=(link_to(href)) { (time(words, row.at)) },
                    None => (time(words, row.at)),
                }
                span.by { bdi { (row.author) } }
                @if let Some(pushed_by) = &row.pushed_by { span.by { bdi { (pushed_by) } } }
            }
            td.what {
                (change_kind(words, &row.kind)) " "
                @if row.summary.is_empty() { span.note { (words.t("history-no-summary")) } } @else { bdi { (row.summary) } }
            }
            td.row-links {
                @if let Some(href) = &row.diff_href {
                    a href=(link_to(href)) { (words.t("history-diff")) (unseen(" ")) (unseen(&words.date(row.at))) }
                }
                @if let Some(href) = &row.revert_href {
                    a href=(link_to(href)) rel="nofollow" { (words.t("history-revert")) (unseen(" ")) (unseen(&words.date(row.at))) }
                }
                code.note { (row.short) }
            }
        }
    }
}

fn pick(label: &str, name: &str, row: &HistoryRow, words: &Words, checked: bool) -> Markup {
    html! {
        label.target {
            input type="radio" name=(name) value=(row.commit) checked[checked];
            span.unseen { (label) " " (words.date(row.at)) }
        }
    }
}
