//! What changed since a moment, plan by plan; and the form that asks for it.
//!
//! Rows, totals and sentences look as in a comparison (`compare`).

use maud::Markup;
use maud::html;

use super::Link;
use super::compare::Heading;
use super::compare::PageTable;
use super::compare::TotalTable;
use super::compare::page_table;
use super::compare::section;
use super::compare::sentences;
use super::compare::summary;
use super::compare::total_tables;
use super::diff::DiffSide;
use super::diff::sides;
use super::link_to;
use super::unseen;
use crate::words::Words;

/// What can be asked for; of a choice the value sent, how it is called, and whether it is chosen.
pub struct SinceForm {
    pub action: String,
    pub since: String,
    pub until: String,
    pub folder: String,
    pub plans: Vec<(String, String, bool)>,
    /// Moments to choose instead of writing one.
    pub versions: Vec<(String, String)>,
    pub meetings: Vec<(String, String)>,
}

pub struct SinceView {
    pub title: String,
    /// To which plan or folder it is narrowed; may be empty.
    pub narrowed: String,
    pub form: SinceForm,
    pub old: DiffSide,
    pub new: DiffSide,
    pub summary: Vec<String>,
    pub warnings: Vec<String>,
    pub plans: Vec<PlanView>,
    /// Plans that are not shown here, and how many there are in words.
    pub more_plans: Vec<Link>,
    pub more: String,
    /// As a feed, as a file, and the same as a comparison.
    pub links: Vec<Link>,
}

/// One plan, or what belongs to none.
pub struct PlanView {
    pub title: String,
    /// The comparison of the plan itself.
    pub href: Option<String>,
    /// This plan alone, where not all of it is shown.
    pub only_href: Option<String>,
    pub summary: Vec<String>,
    pub decisions: PageTable,
    pub records: PageTable,
    pub totals: Vec<TotalTable>,
    pub totals_more: String,
    /// Pages of which the text changed, and where it is compared.
    pub texts: Vec<Link>,
    pub texts_more: String,
}

pub fn since(words: &Words, view: &SinceView) -> Markup {
    html! {
        div.head {
            h1 { span.kicker { (words.t("changes-title")) (unseen(": ")) } (view.title) }
            @if !view.narrowed.is_empty() { p.note { (view.narrowed) } }
        }
        details.since-ask {
            summary { (words.t("since-other")) }
            (form(words, &view.form))
        }
        (sides(words, &view.old, &view.new))
        div.compare {
            (summary(words, &view.summary, &view.warnings))
            @for (n, one) in view.plans.iter().enumerate() { (plan(words, n, one)) }
            @if !view.more_plans.is_empty() {
                section aria-labelledby="ui.since-more" {
                    h2 id="ui.since-more" { (words.t("since-more-plans")) }
                    ul.compare-list { @for link in &view.more_plans { li { a href=(link_to(&link.href)) { bdi { (link.title) } } } } }
                    @if !view.more.is_empty() { p.note { (view.more) } }
                }
            }
        }
        ul.compare-foot { @for link in &view.links { li { a href=(link_to(&link.href)) rel="nofollow" { (link.title) } } } }
    }
}

fn plan(words: &Words, n: usize, view: &PlanView) -> Markup {
    let id = format!("ui.since-{n}");
    let part = |name: &str| format!("{id}-{name}");
    html! {
        section.since-plan aria-labelledby=(id) {
            h2 id=(id) {
                @match &view.href {
                    Some(href) => a href=(link_to(href)) { bdi { (view.title) } },
                    None => bdi { (view.title) },
                }
            }
            (sentences(&view.summary))
            @if !view.decisions.groups.is_empty() {
                (page_table(words, &part("decisions"), words.t("since-decisions"), Heading::Third, &view.decisions))
            }
            @if !view.totals.is_empty() {
                (total_tables(words, &part("totals"), Heading::Third, &view.totals, &view.totals_more))
            }
            @if !view.records.groups.is_empty() {
                (page_table(words, &part("records"), words.t("compare-pages"), Heading::Third, &view.records))
            }
            @if !view.texts.is_empty() {
                (section(Heading::Third, &part("texts"), words.t("since-texts"), &html! {
                    ul.compare-list { @for link in &view.texts { li { a href=(link_to(&link.href)) { bdi { (link.title) } } } } }
                    @if !view.texts_more.is_empty() { p.note { (view.texts_more) } }
                }))
            }
            @if let Some(href) = &view.only_href {
                p { a href=(link_to(href)) { (words.t("since-only")) (unseen(&format!(": {}", view.title))) } }
            }
        }
    }
}

/// A moment is written, or chosen; what is chosen goes first.
pub fn form(words: &Words, form: &SinceForm) -> Markup {
    let choice = |id: &str, name: &str, label: &str, choices: &[(String, String)]| {
        html! {
            @if !choices.is_empty() {
                div.field {
                    label for=(id) { (label) }
                    select id=(id) name=(name) {
                        option value="" { (words.t("since-choose")) }
                        @for (value, text) in choices { option value=(value) { (text) } }
                    }
                }
            }
        }
    };
    html! {
        form.since-form action=(link_to(&form.action)) {
            div.field {
                label for="ui.since-text" { (words.t("since-label")) }
                p.hint id="ui.since-hint" { (words.t("since-hint")) }
                input id="ui.since-text" type="text" name="since" value=(form.since) maxlength="1200" autocomplete="off"
                    spellcheck="false" aria-describedby="ui.since-hint";
            }
            (choice("ui.since-version", "version", words.t("since-version"), &form.versions))
            (choice("ui.since-meeting", "meeting", words.t("since-meeting"), &form.meetings))
            div.field {
                label for="ui.since-until" { (words.t("since-until")) }
                p.hint id="ui.since-until-hint" { (words.t("since-until-hint")) }
                input id="ui.since-until" type="text" name="until" value=(form.until) maxlength="1200" autocomplete="off"
                    spellcheck="false" aria-describedby="ui.since-until-hint";
            }
            @if !form.plans.is_empty() {
                div.field {
                    label for="ui.since-plan" { (words.t("since-plan")) }
                    select id="ui.since-plan" name="plan" {
                        option value="" { (words.t("since-all-plans")) }
                        @for (value, text, chosen) in &form.plans { option value=(value) selected[*chosen] { (text) } }
                    }
                }
            }
            @if !form.folder.is_empty() { input type="hidden" name="folder" value=(form.folder); }
            div.buttons { button.button-main type="submit" { (words.t("changes-show")) } }
        }
    }
}
