//! The accounts of the wiki, for who keeps them: a list with an invitation, and one person.

use super::link_to;
use maud::Markup;
use maud::html;

use super::account::LogLine;
use super::account::log;
use super::csrf;
use super::inputs::Input;
use super::inputs::faults;
use super::inputs::input;
use super::inputs::tick;
use super::time;
use super::unseen;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;

/// Somebody in the list.
pub struct PersonLine {
    pub name: String,
    pub login: String,
    pub href: String,
    pub groups: Vec<String>,
    pub is_admin: bool,
    pub is_enabled: bool,
    pub made: Moment,
}

/// A link that was made just now, shown once.
#[derive(Clone)]
pub struct MadeLink {
    pub title: String,
    pub lead: String,
    pub url: String,
}

/// A link that can still be used, without its secret.
pub struct LinkLine {
    pub key: String,
    pub what: String,
    /// For whom, and what it gives.
    pub of: String,
    pub by: String,
    pub made: Moment,
    pub expires: Option<Moment>,
}

/// What one of those did who keep the accounts.
pub struct ActLine {
    pub at: Moment,
    pub by: String,
    pub what: String,
    pub whom: String,
    pub more: String,
}

pub struct PeopleView {
    pub csrf: String,
    pub people: Vec<PersonLine>,
    /// What was done just now.
    pub done: Option<String>,
    pub links: Vec<LinkLine>,
    pub link: Option<MadeLink>,
    pub fault: Option<String>,
    pub invite: Vec<Input>,
    pub invites_admin: bool,
    pub log: Vec<LogLine>,
}

pub struct PersonView {
    pub name: String,
    pub login: String,
    pub email: Option<String>,
    pub address: String,
    pub csrf: String,
    /// Where its forms go, without the act.
    pub action: String,
    pub is_admin: bool,
    pub is_enabled: bool,
    /// Whether it is the account of who looks.
    pub is_own: bool,
    pub made: Moment,
    /// Groups that come from single sign-on, and are not changed here.
    pub issued_groups: Vec<String>,
    pub done: Option<String>,
    pub link: Option<MadeLink>,
    pub fault: Option<String>,
    pub inputs: Vec<Input>,
    pub log: Vec<LogLine>,
}

pub fn people(words: &Words, view: &PeopleView) -> Markup {
    html! {
        div.head {
            h1 { (words.t("people-title")) }
            p.lead { (words.f("people-count", &[("count", Arg::Count(view.people.len() as u64))])) }
        }
        @if let Some(done) = &view.done { p.notice.notice-good role="status" { (done) } }
        (faults(words, "", &view.invite, view.fault.as_deref()))
        @if let Some(link) = &view.link { (made(words, link)) }
        div.table-scroll tabindex="0" role="group" aria-label=(words.t("people-title")) {
            table.plain {
                thead {
                    tr {
                        th scope="col" { (words.t("people-name")) }
                        th scope="col" { (words.t("people-login")) }
                        th scope="col" { (words.t("people-groups")) }
                        th scope="col" { (words.t("people-since")) }
                    }
                }
                tbody {
                    @for line in &view.people {
                        tr {
                            th scope="row" {
                                a href=(link_to(&line.href)) { bdi { (line.name) } }
                                @if line.is_admin { " " span.pill { (words.t("people-admin")) } }
                                @if !line.is_enabled { " " span.pill.pill-warning { (words.t("people-disabled")) } }
                            }
                            td { bdi { (line.login) } }
                            td { (line.groups.join(", ")) }
                            td { (time(words, line.made)) }
                        }
                    }
                }
            }
        }
        section.around aria-labelledby="ui.rules" {
            h2 id="ui.rules" { (words.t("people-rules")) }
            p { (words.t("people-rules-lead")) }
            ul.actions { li { a href=(link_to("/-/edit/.polder/access.yml")) { (words.t("people-rules-edit")) } } }
        }
        section.around aria-labelledby="ui.invite" {
            h2 id="ui.invite" { (words.t("people-invite")) }
            p { (words.t("people-invite-lead")) }
            form.editor method="post" action=(link_to("/-/people/invite")) {
                (csrf(&view.csrf))
                div.fields { @for field in &view.invite { (input("", field)) } }
                (tick("admin", "admin", words.t("people-invite-admin"), view.invites_admin))
                div.buttons { button.button-main type="submit" { (words.t("people-invite-button")) } }
            }
        }
        section.around aria-labelledby="ui.links" {
            h2 id="ui.links" { (words.t("people-links")) }
            p { (words.t("people-links-lead")) }
            @if view.links.is_empty() { p.empty { (words.t("people-no-links")) } }
            @else { ul.lines { @for line in &view.links { (link_line(words, view, line)) } } }
        }
        section.around aria-labelledby="ui.log" {
            h2 id="ui.log" { (words.t("account-log")) }
            p { (words.t("people-log-lead")) }
            ul.actions { li { a href=(link_to("/-/people-log")) { (words.t("acts-title")) } } }
            (log(words, &view.log, true))
        }
    }
}

fn link_line(words: &Words, view: &PeopleView, line: &LinkLine) -> Markup {
    html! {
        li {
            div {
                p.line-name { (line.what) @if !line.of.is_empty() { ": " bdi { (line.of) } } }
                p.note {
                    (words.t("people-link-by")) " " bdi { (line.by) } ", " (time(words, line.made))
                    @if let Some(at) = line.expires { " · " (words.t("account-expires")) " " (time(words, at)) }
                }
            }
            form.line-act method="post" action=(link_to("/-/people/withdraw")) {
                (csrf(&view.csrf))
                input type="hidden" name="key" value=(line.key);
                button.small type="submit" { (words.t("token-end")) (unseen(&format!(": {} {}", line.what, line.of))) }
            }
        }
    }
}

/// What was done to accounts and links, the last first.
pub fn acts(words: &Words, lines: &[ActLine]) -> Markup {
    html! {
        div.head {
            nav.crumbs aria-label=(words.t("crumbs-label")) { ol { li { a href=(link_to("/-/people")) { (words.t("people-title")) } } } }
            h1 { (words.t("acts-title")) }
            p.lead { (words.t("acts-lead")) }
        }
        @if lines.is_empty() { p.empty { (words.t("acts-none")) } }
        @else {
            div.table-scroll tabindex="0" role="group" aria-label=(words.t("acts-title")) {
                table.plain {
                    thead {
                        tr {
                            th scope="col" { (words.t("log-when")) }
                            th scope="col" { (words.t("acts-by")) }
                            th scope="col" { (words.t("log-what")) }
                            th scope="col" { (words.t("acts-whom")) }
                            th scope="col" { (words.t("acts-more")) }
                        }
                    }
                    tbody {
                        @for line in lines {
                            tr {
                                td { (time(words, line.at)) }
                                td { bdi { (line.by) } }
                                td { (line.what) }
                                td { bdi { (line.whom) } }
                                td { bdi { (line.more) } }
                            }
                        }
                    }
                }
            }
            ul.actions { li { a href=(link_to("/-/people-log?format=json")) { (words.t("fields-json")) } } }
        }
    }
}

pub fn person(words: &Words, view: &PersonView) -> Markup {
    let act = |act: &str, text: &str, class: Option<&str>| {
        html! {
            form.line-act method="post" action={ (link_to(&view.action)) (act) } {
                (csrf(&view.csrf))
                button class=[class] type="submit" { (text) }
            }
        }
    };
    html! {
        div.head {
            nav.crumbs aria-label=(words.t("crumbs-label")) { ol { li { a href=(link_to("/-/people")) { (words.t("people-title")) } } } }
            h1 { bdi { (view.name) } }
            p.lead {
                (words.t("people-login")) ": " bdi { (view.login) }
                @if view.is_admin { " " span.pill { (words.t("people-admin")) } }
                @if !view.is_enabled { " " span.pill.pill-warning { (words.t("people-disabled")) } }
            }
        }
        @if let Some(done) = &view.done { p.notice.notice-good role="status" { (done) } }
        (faults(words, "", &view.inputs, view.fault.as_deref()))
        @if let Some(link) = &view.link { (made(words, link)) }
        dl.facts {
            dt { (words.t("people-email")) } dd { @match &view.email { Some(email) => bdi { (email) }, None => (words.t("people-no-email")) } }
            dt { (words.t("people-address")) } dd { code { (view.address) } }
            dt { (words.t("people-since")) } dd { (time(words, view.made)) }
            @if !view.issued_groups.is_empty() {
                dt { (words.t("oidc-groups")) } dd { (view.issued_groups.join(", ")) }
            }
        }
        section.around aria-labelledby="ui.rights" {
            h2 id="ui.rights" { (words.t("people-rights")) }
            form.editor method="post" action={ (link_to(&view.action)) "change" } {
                (csrf(&view.csrf))
                div.fields { @for field in &view.inputs { (input("", field)) } }
                (tick("admin", "admin", words.t("people-is-admin"), view.is_admin))
                div.buttons { button.button-main type="submit" { (words.t("account-save")) } }
            }
        }
        section.around aria-labelledby="ui.access" {
            h2 id="ui.access" { (words.t("people-access")) }
            p { (words.t("people-access-lead")) }
            div.buttons {
                (act("reset", words.t("people-reset"), None))
                (act("end", words.t("people-end"), None))
                @if !view.is_own {
                    @if view.is_enabled { (act("disable", words.t("people-disable"), Some("button-danger"))) }
                    @else { (act("enable", words.t("people-enable"), None)) }
                }
            }
        }
        section.around aria-labelledby="ui.log" {
            h2 id="ui.log" { (words.t("account-log")) }
            (log(words, &view.log, false))
        }
    }
}

/// A link that is shown this once.
fn made(words: &Words, link: &MadeLink) -> Markup {
    html! {
        section.notice.notice-good aria-labelledby="ui.made" tabindex="-1" {
            h2 id="ui.made" { (link.title) }
            p { (link.lead) }
            div.once {
                code id="ui.secret" { (link.url) }
                button.copy type="button" hidden data-copy="ui.secret" data-done=(words.t("foot-copied")) {
                    (words.t("foot-copy")) (unseen(words.t("people-copy-what")))
                }
                span.unseen role="status" {}
            }
        }
    }
}
