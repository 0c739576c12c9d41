//! Somebody's own account: who they are, how they get in, what was made in their name, and the end.

use super::link_to;
use maud::Markup;
use maud::html;

use super::csrf;
use super::inputs::Input;
use super::inputs::faults;
use super::inputs::input;
use super::time;
use super::unseen;
use crate::words::Moment;
use crate::words::Words;

/// A browser that is signed in.
pub struct SessionLine {
    pub key: String,
    /// The browser as it calls itself, and from which network.
    pub agent: String,
    pub from: String,
    pub made: Moment,
    pub used: Moment,
    /// The one that looks at this screen.
    pub is_here: bool,
}

/// A program that acts in somebody's name.
pub struct TokenLine {
    pub key: String,
    pub label: String,
    pub can_write: bool,
    pub made: Moment,
    pub expires: Option<Moment>,
    pub used: Option<Moment>,
}

/// An account elsewhere that leads to this one.
pub struct ElsewhereLine {
    pub key: String,
    pub name: String,
    /// Who they are there.
    pub subject: String,
}

/// Signing in by an account elsewhere.
pub struct ElsewhereView {
    pub lines: Vec<ElsewhereLine>,
    /// The words of the button that adds one.
    pub add: Option<String>,
}

/// Something that happened at the door.
pub struct LogLine {
    pub at: Moment,
    /// The name that was typed; shown where the log is of all.
    pub login: String,
    pub what: String,
    pub is_bad: bool,
    pub from: String,
    pub agent: String,
}

/// One of a few.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub is_chosen: bool,
}

pub struct AccountView {
    pub name: String,
    pub login: String,
    /// What stands in commits instead of the e-mail address.
    pub address: String,
    pub groups: Vec<String>,
    pub is_admin: bool,
    pub csrf: String,
    /// What was done just now.
    pub done: Option<String>,
    /// A token that was made just now, shown once.
    pub token: Option<String>,
    /// What is wrong with a form as a whole.
    pub fault: Option<String>,
    pub profile: Vec<Input>,
    pub langs: Vec<Choice>,
    /// Empty for an account that signs in elsewhere.
    pub password: Vec<Input>,
    pub elsewhere: Option<ElsewhereView>,
    pub sessions: Vec<SessionLine>,
    pub tokens: Vec<TokenLine>,
    pub token_inputs: Vec<Input>,
    pub log: Vec<LogLine>,
}

pub fn account(words: &Words, view: &AccountView) -> Markup {
    let all: Vec<Input> = [&view.profile, &view.password, &view.token_inputs].into_iter().flatten().cloned().collect();
    html! {
        div.head {
            h1 { span.kicker { (words.t("account-title")) (unseen(": ")) } bdi { (view.name) } }
            p.lead {
                (words.t("people-login")) ": " bdi { (view.login) }
                @if view.is_admin { " · " (words.t("people-admin")) }
                @if !view.groups.is_empty() { " · " (words.t("people-groups")) ": " (view.groups.join(", ")) }
            }
        }
        @if let Some(done) = &view.done { p.notice.notice-good role="status" { (done) } }
        (faults(words, "", &all, view.fault.as_deref()))
        @if let Some(token) = &view.token { (made(words, token)) }
        section.around aria-labelledby="ui.profile" {
            h2 id="ui.profile" { (words.t("account-profile")) }
            form.editor method="post" action=(link_to("/-/account/profile")) {
                (csrf(&view.csrf))
                div.fields {
                    @for field in &view.profile { (input("", field)) }
                    (select("lang", words.t("account-lang"), &view.langs))
                }
                div.buttons { button.button-main type="submit" { (words.t("account-save")) } }
            }
            p.note { (words.t("account-address")) " " code { (view.address) } }
        }
        @if !view.password.is_empty() {
            section.around aria-labelledby="ui.password-title" {
                h2 id="ui.password-title" { (words.t("account-password")) }
                p { (words.t("account-password-lead")) }
                form.editor method="post" action=(link_to("/-/account/password")) {
                    (csrf(&view.csrf))
                    // Password keepers want to know whose password it is.
                    input type="hidden" name="username" value=(view.login) autocomplete="username";
                    div.fields { @for field in &view.password { (input("", field)) } }
                    div.buttons { button type="submit" { (words.t("account-password-button")) } }
                }
            }
        }
        @if let Some(ways) = &view.elsewhere { (elsewhere(words, view, ways)) }
        (sessions(words, view))
        (tokens(words, view))
        section.around aria-labelledby="ui.log" {
            h2 id="ui.log" { (words.t("account-log")) }
            p { (words.t("account-log-lead")) }
            (log(words, &view.log, false))
        }
        section.around aria-labelledby="ui.export" {
            h2 id="ui.export" { (words.t("account-export")) }
            p { (words.t("account-export-lead")) }
            ul.actions {
                li { a href=(link_to("/-/account/export")) { (words.t("account-export-button")) } }
                li { a href=(link_to("/-/privacy")) { (words.t("privacy-title")) } }
            }
        }
        section.around aria-labelledby="ui.remove" {
            h2 id="ui.remove" { (words.t("account-remove")) }
            p { (words.t("account-remove-lead")) }
            form.editor method="post" action=(link_to("/-/account/remove")) {
                (csrf(&view.csrf))
                (super::inputs::tick("sure", "sure", words.t("account-remove-sure"), false))
                div.buttons { button.button-danger type="submit" { (words.t("account-remove-button")) } }
            }
        }
    }
}

/// A token that is shown this once.
fn made(words: &Words, token: &str) -> Markup {
    html! {
        section.notice.notice-good aria-labelledby="ui.made" tabindex="-1" {
            h2 id="ui.made" { (words.t("token-made")) }
            p { (words.t("token-made-lead")) }
            div.once {
                code id="ui.secret" { (token) }
                button.copy type="button" hidden data-copy="ui.secret" data-done=(words.t("foot-copied")) {
                    (words.t("foot-copy")) (unseen(words.t("token-copy-what")))
                }
                span.unseen role="status" {}
            }
        }
    }
}

/// A list to choose one of.
pub fn select(name: &str, label: &str, choices: &[Choice]) -> Markup {
    html! {
        div.field {
            label for={ "ui." (name) } { (label) }
            select id={ "ui." (name) } name=(name) {
                @for choice in choices { option value=(choice.value) selected[choice.is_chosen] { (choice.label) } }
            }
        }
    }
}

/// A button that does something to one line of a list.
fn act(view: &AccountView, action: &str, key: &str, text: &str, of: &str) -> Markup {
    html! {
        form.line-act method="post" action=(link_to(action)) {
            (csrf(&view.csrf))
            input type="hidden" name="key" value=(key);
            button.small type="submit" { (text) (unseen(&format!(": {of}"))) }
        }
    }
}

fn elsewhere(words: &Words, view: &AccountView, ways: &ElsewhereView) -> Markup {
    html! {
        section.around aria-labelledby="ui.elsewhere" {
            h2 id="ui.elsewhere" { (words.t("oidc-account")) }
            p { (words.t("oidc-account-lead")) }
            ul.lines {
                @for line in &ways.lines {
                    li {
                        div { p.line-name { bdi { (line.name) } } p.note { bdi { (line.subject) } } }
                        (act(view, "/-/account/unlink", &line.key, words.t("oidc-unlink"), &line.name))
                    }
                }
            }
            @if let Some(add) = &ways.add {
                form.line-act method="post" action=(link_to("/-/oidc/link")) {
                    (csrf(&view.csrf))
                    button type="submit" { (add) }
                }
            }
        }
    }
}

fn sessions(words: &Words, view: &AccountView) -> Markup {
    let others = view.sessions.iter().any(|line| !line.is_here);
    html! {
        section.around aria-labelledby="ui.sessions" {
            h2 id="ui.sessions" { (words.t("account-sessions")) }
            p { (words.t("account-sessions-lead")) }
            ul.lines {
                @for line in &view.sessions {
                    li {
                        div {
                            p.line-name { bdi { (line.agent) } @if line.is_here { " " span.pill.pill-good { (words.t("account-here")) } } }
                            p.note {
                                (words.t("account-since")) " " (time(words, line.made)) " · "
                                (words.t("account-used")) " " (time(words, line.used)) " · " (line.from)
                            }
                        }
                        @if !line.is_here { (act(view, "/-/account/end", &line.key, words.t("account-end"), &line.agent)) }
                    }
                }
            }
            @if others {
                form.line-act method="post" action=(link_to("/-/account/end-others")) {
                    (csrf(&view.csrf))
                    button type="submit" { (words.t("account-end-others")) }
                }
            }
        }
    }
}

fn tokens(words: &Words, view: &AccountView) -> Markup {
    html! {
        section.around aria-labelledby="ui.tokens" {
            h2 id="ui.tokens" { (words.t("account-tokens")) }
            p { (words.t("account-tokens-lead")) }
            @if view.tokens.is_empty() { p.empty { (words.t("account-no-tokens")) } }
            @else {
                ul.lines {
                    @for line in &view.tokens {
                        li {
                            div {
                                p.line-name {
                                    bdi { (line.label) } " "
                                    span.pill { (words.t(if line.can_write { "token-writes" } else { "token-reads" })) }
                                }
                                p.note {
                                    (words.t("account-made")) " " (time(words, line.made)) " · "
                                    @match line.expires {
                                        Some(at) => { (words.t("account-expires")) " " (time(words, at)) },
                                        None => (words.t("account-no-end")),
                                    }
                                    " · "
                                    @match line.used {
                                        Some(at) => { (words.t("account-used")) " " (time(words, at)) },
                                        None => (words.t("account-unused")),
                                    }
                                }
                            }
                            (act(view, "/-/account/end-token", &line.key, words.t("token-end"), &line.label))
                        }
                    }
                }
            }
            form.editor method="post" action=(link_to("/-/account/token")) {
                (csrf(&view.csrf))
                div.fields {
                    @for field in &view.token_inputs { (input("", field)) }
                    fieldset.field {
                        legend { (words.t("token-scope")) }
                        div.choice {
                            input id="ui.scope-read" type="radio" name="scope" value="read" checked;
                            label for="ui.scope-read" { (words.t("token-reads")) }
                        }
                        div.choice {
                            input id="ui.scope-write" type="radio" name="scope" value="write";
                            label for="ui.scope-write" { (words.t("token-writes")) }
                        }
                    }
                }
                div.buttons { button type="submit" { (words.t("token-make")) } }
            }
        }
    }
}

/// What happened at the door, the last first.
pub fn log(words: &Words, lines: &[LogLine], says_login: bool) -> Markup {
    html! {
        @if lines.is_empty() { p.empty { (words.t("account-no-log")) } }
        @else {
            div.table-scroll tabindex="0" role="group" aria-label=(words.t("account-log")) {
                table.plain {
                    thead {
                        tr {
                            th scope="col" { (words.t("log-when")) }
                            @if says_login { th scope="col" { (words.t("people-login")) } }
                            th scope="col" { (words.t("log-what")) }
                            th scope="col" { (words.t("log-from")) }
                            th scope="col" { (words.t("log-agent")) }
                        }
                    }
                    tbody {
                        @for line in lines {
                            tr {
                                td { (time(words, line.at)) }
                                @if says_login { td { bdi { (line.login) } } }
                                td { @if line.is_bad { span.pill.pill-warning { (line.what) } } @else { (line.what) } }
                                td { (line.from) }
                                td { bdi { (line.agent) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
