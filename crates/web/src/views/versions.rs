//! Versions of a page: the list, the form with which one is made, and the way from one to another.

use maud::Markup;
use maud::html;

use super::Link;
use super::Listed;
use super::PageHead;
use super::area_text;
use super::complaint_list;
use super::csrf;
use super::head;
use super::link_to;
use super::listed;
use super::time;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

/// Beside a page: a few of its versions, and now.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Newest first.
    pub items: Vec<SwitchItem>,
    pub now_href: String,
    pub is_now: bool,
    pub all_href: String,
}

#[derive(Clone, Debug)]
pub struct SwitchItem {
    pub label: String,
    pub date: String,
    pub href: String,
    pub is_here: bool,
    /// Whether it is the version in force.
    pub holds: bool,
}

pub fn switch(words: &Words, switch: &Switch) -> Markup {
    html! {
        nav.version-switch aria-label=(words.t("versions-label")) {
            span.version-switch-name aria-hidden="true" { (words.t("versions-label")) }
            ul {
                li { a href=(link_to(&switch.now_href)) aria-current=[switch.is_now.then_some("true")] { (words.t("versions-now")) } }
                @for item in &switch.items {
                    li {
                        a href=(link_to(&item.href)) aria-current=[item.is_here.then_some("true")] {
                            bdi { (item.label) } " " span.note { (item.date) }
                            @if item.holds { " " span.pill.pill-good { (words.t("versions-holds")) } }
                        }
                    }
                }
                li { a href=(link_to(&switch.all_href)) { (words.t("versions-all")) } }
            }
        }
    }
}

/// One version in the list.
#[derive(Clone, Debug)]
pub struct VersionRow {
    pub label: String,
    pub title: String,
    pub date: String,
    pub href: String,
    /// Of the folder above, or of the wiki; empty for the page's own.
    pub scope: String,
    pub kind: Option<String>,
    pub holds: bool,
    pub note: String,
    /// What decided it, and where that stands.
    pub decision: Option<(String, Option<String>)>,
    pub supersedes: String,
    pub tagger: String,
    pub made_at: Moment,
    pub commit: String,
    /// What changed since, and since the version before it.
    pub since_href: String,
    pub before_href: Option<String>,
    /// What changed since in all that belongs to the page, when that is a plan.
    pub plan_href: Option<String>,
    pub cited_by: Vec<Link>,
}

/// What stands above a list.
pub enum ListHead {
    Page(Box<PageHead>),
    /// A folder or the wiki: the folders above it, and its name.
    Other {
        crumbs: Vec<Link>,
        title: String,
    },
}

pub struct VersionsView {
    pub head: ListHead,
    /// What is said where there is none.
    pub none: String,
    /// Newest first.
    pub rows: Vec<VersionRow>,
    pub publish_href: Option<String>,
    pub compare_action: String,
    /// What can be compared: the value sent, and how it is called.
    pub choices: Vec<(String, String)>,
    pub feed_href: String,
    pub json_href: String,
    /// What lies below and has versions of its own, and how many of those are not named.
    pub below: Vec<Listed>,
    pub more: usize,
    /// The lists of the folders above, and of the wiki.
    pub above: Vec<Link>,
}

pub fn versions(words: &Words, view: &VersionsView) -> Markup {
    html! {
        @match &view.head {
            ListHead::Page(page) => (head(words, page, words.t("versions-act"))),
            ListHead::Other { crumbs, title } => div.head {
                (super::crumbs(words, crumbs))
                h1 { span.kicker { (words.t("versions-act")) (unseen(": ")) } bdi { (title) } }
            },
        }
        @if let Some(href) = &view.publish_href {
            p { a.button href=(link_to(href)) { (words.t("versions-publish")) } }
        }
        @if view.rows.is_empty() {
            p.empty { (view.none) }
        } @else {
            @if view.choices.len() > 1 { (compare_form(words, view)) }
            ol.version-list reversed {
                @for row in &view.rows { li { (version_row(words, row)) } }
            }
            ul.actions {
                li { a href=(link_to(&view.feed_href)) { (words.t("versions-feed")) } }
                li { a href=(link_to(&view.json_href)) { "JSON" } }
            }
        }
        @if !view.below.is_empty() {
            section.around aria-labelledby="ui.versions-below" {
                h2 id="ui.versions-below" { (words.t("versions-below")) }
                (listed(&view.below))
                @if view.more > 0 {
                    p.note { (words.f("compare-not-shown", &[("count", Arg::Count(view.more as u64))])) }
                }
            }
        }
        @if !view.above.is_empty() {
            ul.actions { @for link in &view.above { li { a href=(link_to(&link.href)) { (link.title) } } } }
        }
    }
}

fn compare_form(words: &Words, view: &VersionsView) -> Markup {
    let select = |name: &str, id: &str, chosen: usize| {
        html! {
            select id=(id) name=(name) {
                @for (at, (value, text)) in view.choices.iter().enumerate() {
                    option value=(value) selected[at == chosen] { (text) }
                }
            }
        }
    };
    html! {
        form.inline action=(link_to(&view.compare_action)) {
            label for="ui.from" { (words.t("versions-from")) }
            (select("from", "ui.from", 1))
            label for="ui.to" { (words.t("versions-to")) }
            (select("to", "ui.to", 0))
            button type="submit" { (words.t("versions-compare")) }
        }
    }
}

fn version_row(words: &Words, row: &VersionRow) -> Markup {
    html! {
        h2 {
            a href=(link_to(&row.href)) { bdi { (row.label) } } " " span.note { (row.date) }
            @if row.holds { " " span.pill.pill-good { (words.t("versions-holds")) } }
            @if let Some(kind) = &row.kind { " " span.pill { (kind) } }
        }
        @if !row.title.is_empty() { p { bdi { (row.title) } } }
        @if !row.note.is_empty() { p.version-note { (row.note) } }
        dl.plain {
            @if !row.scope.is_empty() { div { dt { (words.t("versions-scope")) } dd { (row.scope) } } }
            @if let Some((decision, href)) = &row.decision {
                div {
                    dt { (words.t("versions-decision")) }
                    dd { @if let Some(href) = href { a href=(link_to(href)) { bdi { (decision) } } } @else { bdi { (decision) } } }
                }
            }
            @if !row.supersedes.is_empty() { div { dt { (words.t("versions-supersedes")) } dd { (row.supersedes) } } }
            div {
                dt { (words.t("versions-made")) }
                dd { bdi { (row.tagger) } ", " (time(words, row.made_at)) " " code { (row.commit) } }
            }
            @if !row.cited_by.is_empty() {
                div {
                    dt { (words.t("versions-cited")) }
                    dd {
                        @for (at, link) in row.cited_by.iter().enumerate() {
                            @if at > 0 { ", " }
                            a href=(link_to(&link.href)) { bdi { (link.title) } }
                        }
                    }
                }
            }
        }
        ul.actions {
            li { a href=(link_to(&row.since_href)) { (words.t("versions-since")) (unseen(&format!(" ({})", row.label))) } }
            @if let Some(href) = &row.plan_href {
                li { a href=(link_to(href)) { (words.t("since-version-link")) (unseen(&format!(" ({})", row.label))) } }
            }
            @if let Some(href) = &row.before_href {
                li { a href=(link_to(href)) { (words.t("versions-before")) (unseen(&format!(" ({})", row.label))) } }
            }
        }
    }
}

/// Of what a version is made.
#[derive(Clone, Debug)]
pub struct ScopeChoice {
    pub value: String,
    pub text: String,
    pub chosen: bool,
}

pub struct PublishView {
    pub head: PageHead,
    pub action: String,
    pub cancel_href: String,
    pub scopes: Vec<ScopeChoice>,
    pub kinds: Vec<ScopeChoice>,
    pub label: String,
    pub title: String,
    pub date: String,
    pub decision: String,
    /// Pages that may be the decision.
    pub decisions: Vec<(String, String)>,
    pub note: String,
    pub supersedes: String,
    /// The last name given; `None` when the reader is known already and no name is asked.
    pub name: Option<String>,
    pub csrf: String,
    pub base: String,
    /// What to mend, and in which field (the name of its control).
    pub faults: Vec<(&'static str, String)>,
}

pub fn publish(words: &Words, view: &PublishView) -> Markup {
    let listed: Vec<(String, &str)> =
        view.faults.iter().map(|(field, text)| (format!("ui.{field}"), text.as_str())).collect();
    let listed: Vec<(&str, &str)> = listed.iter().map(|(id, text)| (id.as_str(), *text)).collect();
    let fault = |field: &str| view.faults.iter().find(|(of, _)| *of == field).map(|(_, text)| text);
    let invalid = |field: &str| fault(field).is_some().then_some("true");
    let told = |field: &str| {
        html! {
            @if let Some(text) = fault(field) { p.field-error id={ "ui." (field) "-error" } { (text) } }
        }
    };
    let by = |field: &str| match fault(field) {
        Some(_) => format!("ui.{field}-hint ui.{field}-error"),
        None => format!("ui.{field}-hint"),
    };
    html! {
        (head(words, &view.head, words.t("publish-act")))
        (complaint_list(words, &listed))
        p { (words.t("publish-lead")) }
        form.editor id="ui.form" method="post" action=(link_to(&view.action)) {
            input type="hidden" name="base" value=(view.base);
            (csrf(&view.csrf))
            div.fields {
                div.field {
                    label for="ui.label" { (words.t("publish-label")) }
                    p.hint id="ui.label-hint" { (words.t("publish-label-hint")) }
                    (told("label"))
                    input id="ui.label" type="text" name="label" value=(view.label) required maxlength="64" autocomplete="off"
                        spellcheck="false" aria-describedby=(by("label")) aria-invalid=[invalid("label")];
                }
                div.field {
                    label for="ui.date" { (words.t("publish-date")) }
                    p.hint id="ui.date-hint" { (words.t("publish-date-hint")) }
                    (told("date"))
                    input id="ui.date" type="text" name="date" value=(view.date) autocomplete="off"
                        aria-describedby=(by("date")) aria-invalid=[invalid("date")];
                }
                div.field {
                    label for="ui.title" { (words.t("publish-title")) }
                    p.hint id="ui.title-hint" { (words.t("publish-title-hint")) }
                    (told("title"))
                    input id="ui.title" type="text" name="title" value=(view.title) maxlength="200" autocomplete="off"
                        aria-describedby="ui.title-hint";
                }
                div.field {
                    label for="ui.decision" { (words.t("publish-decision")) }
                    p.hint id="ui.decision-hint" { (words.t("publish-decision-hint")) }
                    (told("decision"))
                    input id="ui.decision" type="text" name="decision" value=(view.decision) maxlength="500" autocomplete="off"
                        list="ui.decisions" aria-describedby="ui.decision-hint";
                    datalist id="ui.decisions" {
                        @for (value, text) in &view.decisions { option value=(value) { (text) } }
                    }
                }
                div.field {
                    label for="ui.supersedes" { (words.t("publish-supersedes")) }
                    p.hint id="ui.supersedes-hint" { (words.t("publish-supersedes-hint")) }
                    (told("supersedes"))
                    input id="ui.supersedes" type="text" name="supersedes" value=(view.supersedes) maxlength="500"
                        autocomplete="off" spellcheck="false" aria-describedby=(by("supersedes"))
                        aria-invalid=[invalid("supersedes")];
                }
                (choices(words.t("publish-scope"), "scope", &view.scopes))
                (choices(words.t("publish-kind"), "kind", &view.kinds))
                div.field {
                    label for="ui.note" { (words.t("publish-note")) }
                    (told("note"))
                    textarea id="ui.note" name="note" rows="4" maxlength="10000" { (area_text(&view.note)) }
                }
                @if let Some(name) = &view.name {
                    div.field {
                        label for="ui.name" { (words.t("form-name")) }
                        p.hint id="ui.name-hint" { (words.t("form-name-hint")) }
                        (told("name"))
                        input id="ui.name" type="text" name="name" value=(name) required maxlength="100" autocomplete="name"
                            aria-describedby=(by("name")) aria-invalid=[invalid("name")];
                    }
                }
            }
            div.buttons {
                button.button-main type="submit" { (words.t("publish-button")) }
                a href=(link_to(&view.cancel_href)) { (words.t("form-cancel")) }
            }
        }
    }
}

fn choices(legend: &str, name: &str, choices: &[ScopeChoice]) -> Markup {
    html! {
        fieldset.field {
            legend { (legend) }
            @for (at, choice) in choices.iter().enumerate() {
                div.choice {
                    input id={ "ui." (name) "-" (at) } type="radio" name=(name) value=(choice.value) checked[choice.chosen];
                    label for={ "ui." (name) "-" (at) } { (choice.text) }
                }
            }
        }
    }
}
