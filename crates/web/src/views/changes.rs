//! What changed lately, in the wiki or in one folder, by day.

use maud::Markup;
use maud::html;

use super::ChangeKind;
use super::Link;
use super::change_kind;
use super::link_to;
use super::paging_by_age;
use super::since::SinceForm;
use super::since::form as since_form;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;
use crate::words::iso;

/// A page that a commit touched.
pub struct ChangedPage {
    pub title: String,
    /// `None` when the page is gone.
    pub href: Option<String>,
    pub kind: ChangeKind,
    pub diff_href: Option<String>,
}

/// One commit.
pub struct Change {
    pub at: Moment,
    pub author: String,
    /// Who pushed it, where that is not the author.
    pub pushed_by: Option<String>,
    pub summary: String,
    pub pages: Vec<ChangedPage>,
    /// Pages that it touched besides those listed.
    pub more_pages: usize,
}

/// The changes of one day, newest first.
pub struct ChangeDay {
    pub day: Moment,
    pub changes: Vec<Change>,
}

pub struct ChangesView {
    pub action: String,
    pub days: Vec<ChangeDay>,
    /// Folders to choose from; `(path, chosen)`.
    pub folders: Vec<(String, bool)>,
    pub feed: Link,
    /// The form that asks what changed since a moment.
    pub since: SinceForm,
    pub newer_href: Option<String>,
    pub older_href: Option<String>,
    /// History is still being read.
    pub reading: bool,
}

pub fn changes(words: &Words, view: &ChangesView) -> Markup {
    html! {
        div.head { h1 { (words.t("changes-title")) } }
        div.tools {
            @if !view.folders.is_empty() {
                form.inline action=(link_to(&view.action)) {
                    label for="ui.folder" { (words.t("changes-folder")) }
                    select id="ui.folder" name="folder" {
                        option value="" { (words.t("changes-everywhere")) }
                        @for (path, chosen) in &view.folders { option value=(path) selected[*chosen] { (path) } }
                    }
                    button type="submit" { (words.t("changes-show")) }
                }
            }
            a href=(link_to(&view.feed.href)) { (view.feed.title) }
        }
        details.since-ask { summary { (words.t("since-ask")) } (since_form(words, &view.since)) }
        @if view.reading { div.notice role="status" { p { (words.t("history-reading")) } } }
        @if view.days.is_empty() && !view.reading { p.empty { (words.t("changes-empty")) } }
        @for (i, day) in view.days.iter().enumerate() {
            section.day aria-labelledby={ "ui.day-" (i) } {
                h2 id={ "ui.day-" (i) } { (words.day(day.day)) }
                ol.changes { @for change in &day.changes { (one(words, change)) } }
            }
        }
        (paging_by_age(words, view.newer_href.as_deref(), view.older_href.as_deref()))
    }
}

fn one(words: &Words, change: &Change) -> Markup {
    html! {
        li {
            time.clock datetime=(iso(change.at)) { (words.clock(change.at)) }
            div {
                @for page in &change.pages {
                    p.change-page {
                        @match &page.href {
                            Some(href) => a href=(link_to(href)) { bdi { (page.title) } },
                            None => bdi { (page.title) },
                        }
                        " " (change_kind(words, &page.kind))
                        @if let Some(href) = &page.diff_href {
                            " " a.quiet href=(link_to(href)) { (words.t("changes-diff")) (unseen(" ")) (unseen(&page.title)) }
                        }
                    }
                }
                @if change.more_pages > 0 {
                    p.note { (words.f("changes-more", &[("count", Arg::Count(change.more_pages as u64))])) }
                }
                p.note {
                    bdi { (change.author) }
                    @if let Some(pushed_by) = &change.pushed_by { " (" bdi { (pushed_by) } ")" }
                    @if !change.summary.is_empty() { " · " bdi { (change.summary) } }
                }
            }
        }
    }
}
