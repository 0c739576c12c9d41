//! Two versions of a text, read like an edited text.
//!
//! Nothing is told by colour alone: signs, underlines, strikes and words for screen readers say it
//! too. The rows were computed before.

use maud::Markup;
use maud::html;

use super::OTHER_SLOT;
use super::PageHead;
use super::Part;
use super::SLOT;
use super::Signature;
use super::fill;
use super::head;
use super::link_to;
use super::paging;
use super::signature;
use super::time;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Equal,
    Removed,
    Added,
}

/// A line of either text. Marked parts are the words that changed within it.
#[derive(Clone, Debug)]
pub struct DiffRow {
    pub kind: RowKind,
    /// Line numbers, from 1.
    pub old_line: Option<u32>,
    pub new_line: Option<u32>,
    pub parts: Vec<Part>,
}

/// A stretch of a difference.
#[derive(Clone, Debug)]
pub enum DiffPiece {
    Rows(Vec<DiffRow>),
    /// So many equal lines are not shown.
    Skipped(usize),
}

/// Which lines of a long difference are shown, counted from 1, and where the others are.
pub struct DiffPart {
    pub first: usize,
    pub last: usize,
    pub all: usize,
    pub begin_href: Option<String>,
    pub next_href: Option<String>,
}

/// One of the two versions.
pub struct DiffSide {
    pub at: Option<Moment>,
    pub author: String,
    pub summary: String,
    /// The commit's first digits.
    pub short: String,
    /// The name of a version.
    pub version: Option<String>,
    pub href: Option<String>,
}

/// The form that brings the old version back.
pub struct Revert {
    pub action: String,
    /// The commit whose text comes back, posted as `to`.
    pub to: String,
    pub signature: Signature,
}

pub struct DiffView {
    pub head: PageHead,
    pub old: DiffSide,
    pub new: DiffSide,
    pub pieces: Vec<DiffPiece>,
    /// `None` where all of it is shown.
    pub part: Option<DiffPart>,
    pub added: usize,
    pub removed: usize,
    /// False when the texts are so large that only their changed middle is told.
    pub exact: bool,
    /// The page moved between the two: from and to.
    pub moved: Option<(String, String)>,
    pub previous_href: Option<String>,
    pub next_href: Option<String>,
    /// The same comparison in the language of plans.
    pub plain_href: Option<String>,
    pub revert: Option<Revert>,
}

pub fn diff(words: &Words, view: &DiffView) -> Markup {
    html! {
        (head(words, &view.head, words.t("diff-act")))
        @if let Some(plain) = &view.plain_href { p.diff-way { a href=(link_to(plain)) { (words.t("diff-as-plan")) } } }
        (sides(words, &view.old, &view.new))
        p.diff-sum {
            @if view.added == 0 && view.removed == 0 {
                (words.t("diff-same"))
            } @else {
                (words.f("diff-added", &[("count", Arg::Count(view.added as u64))])) ", "
                (words.f("diff-removed", &[("count", Arg::Count(view.removed as u64))])) "."
            }
            @if let Some((from, to)) = &view.moved {
                " " (fill(&words.f("diff-moved", &[("from", SLOT), ("to", OTHER_SLOT)]),
                    &html! { code { (from) } }, Some(&html! { code { (to) } })))
            }
            @if !view.exact { " " (words.t("diff-inexact")) }
        }
        (paging(words.t("diff-paging"), (words.t("diff-previous"), view.previous_href.as_deref()),
            (words.t("diff-next"), view.next_href.as_deref())))
        @if let Some(part) = &view.part { (part_of(words, part)) }
        @if view.added + view.removed > 0 { (diff_table(words, &view.pieces, words.t("diff-caption"))) }
        @if let Some(part) = &view.part { (part_of(words, part)) }
        @if let Some(revert) = &view.revert { (revert_form(words, revert)) }
    }
}

fn part_of(words: &Words, part: &DiffPart) -> Markup {
    let args = [
        ("first", Arg::Text(&words.count(part.first as u64))),
        ("last", Arg::Text(&words.count(part.last as u64))),
        ("all", Arg::Text(&words.count(part.all as u64))),
    ];
    html! {
        p.diff-part {
            (words.f("diff-part", &args))
            @if let Some(href) = &part.begin_href { " " a href=(link_to(href)) { (words.t("diff-part-begin")) } }
            @if let Some(href) = &part.next_href { " " a href=(link_to(href)) { (words.t("diff-part-next")) } }
        }
    }
}

/// The two versions, beside each other.
pub(super) fn sides(words: &Words, old: &DiffSide, new: &DiffSide) -> Markup {
    html! {
        div.versions {
            (side(words, old, words.t("diff-old")))
            (side(words, new, words.t("diff-new")))
        }
    }
}

fn side(words: &Words, side: &DiffSide, label: &str) -> Markup {
    html! {
        div {
            h2 {
                span.kicker { (label) (unseen(": ")) }
                @match (&side.href, side.at) {
                    (Some(href), Some(_)) if side.version.is_some() => a href=(link_to(href)) { (side.version.as_deref().unwrap_or_default()) },
                    (Some(href), Some(at)) => a href=(link_to(href)) { (time(words, at)) },
                    (None, Some(at)) => (time(words, at)),
                    (_, None) => (words.t("diff-nothing")),
                }
            }
            p {
                bdi { (side.author) }
                @if !side.short.is_empty() { " " code.note { (side.short) } }
            }
            @if !side.summary.is_empty() { p.note { bdi { (side.summary) } } }
        }
    }
}

/// The rows of a difference; also used where two people clash.
pub fn diff_table(words: &Words, pieces: &[DiffPiece], caption: &str) -> Markup {
    html! {
        table.diff {
            caption.unseen { (caption) }
            colgroup { col.diff-no; col.diff-no; col; }
            thead.unseen {
                tr {
                    th scope="col" { (words.t("diff-line-old")) }
                    th scope="col" { (words.t("diff-line-new")) }
                    th scope="col" { (words.t("diff-line-text")) }
                }
            }
            tbody {
                @for piece in pieces {
                    @match piece {
                        DiffPiece::Rows(rows) => { @for row in rows { (diff_row(words, row)) } }
                        DiffPiece::Skipped(count) => {
                            tr.diff-skip {
                                td colspan="3" { (words.f("diff-skipped", &[("count", Arg::Count(*count as u64))])) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn diff_row(words: &Words, row: &DiffRow) -> Markup {
    let class = match row.kind {
        RowKind::Equal => "diff-equal",
        RowKind::Removed => "diff-removed",
        RowKind::Added => "diff-added",
    };
    html! {
        tr class=(class) {
            td.diff-no { @if let Some(line) = row.old_line { (line) } }
            td.diff-no { @if let Some(line) = row.new_line { (line) } }
            td.diff-text {
                @match row.kind {
                    RowKind::Equal => (plain(&row.parts)),
                    RowKind::Removed => { (unseen(words.t("diff-word-removed"))) (unseen(" ")) (removed(&row.parts)) }
                    RowKind::Added => { (unseen(words.t("diff-word-added"))) (unseen(" ")) (added(&row.parts)) }
                }
            }
        }
    }
}

fn plain(parts: &[Part]) -> Markup {
    html! { @for part in parts { (part.text) } }
}

/// A line with marked words underlines only those; a line without is new as a whole.
fn added(parts: &[Part]) -> Markup {
    let words_known = parts.iter().any(|part| part.marked);
    html! {
        @for part in parts {
            @if part.marked { ins.diff-mark { (part.text) } }
            @else if words_known || part.text.trim().is_empty() { (part.text) }
            @else { ins { (part.text) } }
        }
    }
}

fn removed(parts: &[Part]) -> Markup {
    let words_known = parts.iter().any(|part| part.marked);
    html! {
        @for part in parts {
            @if part.marked { del.diff-mark { (part.text) } }
            @else if words_known || part.text.trim().is_empty() { (part.text) }
            @else { del { (part.text) } }
        }
    }
}

fn revert_form(words: &Words, revert: &Revert) -> Markup {
    html! {
        section.around aria-labelledby="ui.revert" {
            h2 id="ui.revert" { (words.t("revert-title")) }
            p { (words.t("revert-lead")) }
            form.editor id="ui.form" method="post" action=(link_to(&revert.action)) {
                input type="hidden" name="to" value=(revert.to);
                (signature(words, &revert.signature, &[]))
                div.buttons { button type="submit" { (words.t("revert-button")) } }
            }
        }
    }
}
