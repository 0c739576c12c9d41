//! Mirrors and webhooks, for who keeps the wiki: how each goes, what stands against it, and "now".

use super::Link;
use super::csrf;
use super::link_to;
use super::time;
use maud::Markup;
use maud::html;

use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

pub struct MirrorsView {
    pub csrf: String,
    /// Whether one was asked for just now.
    pub asked: bool,
    pub mirrors: Vec<MirrorView>,
    pub hooks: Vec<HookView>,
    pub json_href: String,
}

pub struct MirrorView {
    pub name: String,
    pub address: String,
    pub direction: String,
    pub every: String,
    pub on_change: bool,
    pub is_running: bool,
    pub is_level: bool,
    pub tried: Option<Moment>,
    pub succeeded: Option<Moment>,
    pub next: Option<Moment>,
    pub fault: Option<FaultView>,
    pub ahead: LeadView,
    pub behind: LeadView,
    /// Versions that were left where they are, in sentences.
    pub versions: Vec<String>,
}

/// What stands against a mirror.
pub struct FaultView {
    pub text: String,
    /// Line by line, by the other side or of files here.
    pub said: Vec<String>,
    /// Where it can be mended.
    pub link: Option<Link>,
}

/// Commits that one side has and the other has not.
pub struct LeadView {
    pub count: u64,
    /// Short id, author and summary of the newest.
    pub commits: Vec<(String, String, String)>,
}

pub struct HookView {
    pub n: String,
    pub address: String,
    pub events: Vec<String>,
    pub next: Option<Moment>,
    pub is_well: bool,
    pub n_given_up: u64,
    pub deliveries: Vec<DeliveryLine>,
}

/// One message.
pub struct DeliveryLine {
    pub at: Moment,
    pub event: String,
    pub id: String,
    pub tries: u64,
    pub how: String,
    pub is_taken: bool,
}

pub fn mirrors(words: &Words, view: &MirrorsView) -> Markup {
    html! {
        div.head {
            h1 { (words.t("mirrors-title")) }
            p.lead { (words.t("mirrors-lead")) }
        }
        @if view.asked { p.notice.notice-good role="status" { (words.t("mirrors-asked")) } }
        section.around aria-labelledby="ui.mirrors" {
            h2 id="ui.mirrors" { (words.t("mirrors-mirrors")) }
            @if view.mirrors.is_empty() { p { (words.t("mirrors-none")) } }
            @for one in &view.mirrors { (mirror(words, one, &view.csrf)) }
        }
        section.around aria-labelledby="ui.webhooks" {
            h2 id="ui.webhooks" { (words.t("mirrors-hooks")) }
            @if view.hooks.is_empty() { p { (words.t("mirrors-hooks-none")) } }
            @for one in &view.hooks { (hook(words, one, &view.csrf)) }
        }
        ul.actions { li { a href=(link_to(&view.json_href)) { (words.t("mirrors-json")) } } }
    }
}

fn mirror(words: &Words, view: &MirrorView, token: &str) -> Markup {
    let title = format!("ui.mirror-{}", view.name);
    html! {
        section aria-labelledby=(title) {
            h3 id=(title) {
                bdi { (view.name) }
                @if view.is_running { " " span.pill { (words.t("mirrors-running")) } }
                @else if view.is_level { " " span.pill.pill-good { (words.t("mirrors-level")) } }
                @else if view.fault.is_some() { " " span.pill.pill-error { (words.t("mirrors-not-level")) } }
            }
            @if let Some(fault) = &view.fault {
                div.notice.notice-error {
                    p { (fault.text) }
                    @if !fault.said.is_empty() { ul { @for line in &fault.said { li { bdi { (line) } } } } }
                    @if let Some(link) = &fault.link { p { a href=(link_to(&link.href)) { (link.title) } } }
                }
            }
            dl.facts {
                dt { (words.t("mirrors-address")) } dd { code { (view.address) } }
                dt { (words.t("mirrors-direction")) } dd { (view.direction) }
                dt { (words.t("mirrors-when")) }
                dd { (view.every) @if view.on_change { ", " (words.t("mirrors-on-change")) } }
                dt { (words.t("mirrors-tried")) } dd { (moment_or(words, view.tried)) }
                dt { (words.t("mirrors-succeeded")) } dd { (moment_or(words, view.succeeded)) }
                @if let Some(next) = view.next { dt { (words.t("mirrors-next")) } dd { (time(words, next)) } }
            }
            (lead(words, "mirrors-ahead", &view.ahead))
            (lead(words, "mirrors-behind", &view.behind))
            @if !view.versions.is_empty() {
                h4 { (words.t("mirrors-odd")) }
                ul { @for line in &view.versions { li { bdi { (line) } } } }
            }
            form.line-act method="post" action=(link_to("/-/mirrors/now")) {
                (csrf(token))
                input type="hidden" name="mirror" value=(view.name);
                button type="submit" { (words.f("mirrors-now", &[("name", Arg::Text(&view.name))])) }
            }
        }
    }
}

fn moment_or(words: &Words, at: Option<Moment>) -> Markup {
    html! { @if let Some(at) = at { (time(words, at)) } @else { (words.t("mirrors-never")) } }
}

fn lead(words: &Words, key: &str, lead: &LeadView) -> Markup {
    html! {
        @if lead.count > 0 {
            h4 { (words.f(key, &[("count", Arg::Count(lead.count))])) }
            ul {
                @for (id, author, summary) in &lead.commits {
                    li { code { (id) } " " bdi { (summary) } " · " bdi { (author) } }
                }
                @if lead.count > lead.commits.len() as u64 { li { "…" } }
            }
        }
    }
}

fn hook(words: &Words, view: &HookView, token: &str) -> Markup {
    let title = format!("ui.webhook-{}", view.n);
    html! {
        section aria-labelledby=(title) {
            h3 id=(title) {
                code { (view.address) }
                @if !view.is_well { " " span.pill.pill-error { (words.t("mirrors-hook-fails")) } }
            }
            p { (words.t("mirrors-hook-events")) ": " (view.events.join(", ")) }
            @if view.n_given_up > 0 {
                p.notice.notice-error { (words.f("mirrors-hook-given-up", &[("count", Arg::Count(view.n_given_up))])) }
            }
            @if view.deliveries.is_empty() { p { (words.t("mirrors-hook-nothing")) } }
            @else {
                div.table-scroll tabindex="0" role="group" aria-labelledby=(title) {
                    table.plain {
                        thead {
                            tr {
                                th scope="col" { (words.t("mirrors-hook-when")) }
                                th scope="col" { (words.t("mirrors-hook-what")) }
                                th scope="col" { (words.t("mirrors-hook-how")) }
                                th scope="col" { (words.t("mirrors-hook-tries")) }
                            }
                        }
                        tbody {
                            @for line in &view.deliveries {
                                tr {
                                    th scope="row" { (time(words, line.at)) }
                                    td { (line.event) " " code { (line.id) } }
                                    td { span.pill.pill-good[line.is_taken].pill-error[!line.is_taken] { bdi { (line.how) } } }
                                    td { (line.tries) }
                                }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = view.next {
                p { (words.t("mirrors-next")) ": " (time(words, next)) }
                form.line-act method="post" action=(link_to("/-/mirrors/now")) {
                    (csrf(token))
                    input type="hidden" name="webhook" value=(view.n);
                    button type="submit" { (words.f("mirrors-now", &[("name", Arg::Text(&view.address))])) }
                }
            }
        }
    }
}
