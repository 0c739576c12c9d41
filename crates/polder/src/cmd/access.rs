//! `polder access explain WHO PATH`: what somebody may do at a path, and which rule decides.
//!
//! What is wrong in the rules goes to standard error, so that the table stays a table.

use std::process::ExitCode;
use std::sync::Arc;

use polder_core::access::{self, Access, Decision, Right, Rule, Standing, Who, Why};
use polder_store::accounts::Accounts;
use polder_web::session::who_is;
use polder_web::words::{Arg, Words};

use crate::accounts;
use crate::cli::{self, Serve};
use crate::cmd::serve::data_place;
use crate::cmd::{problem_line, terminal_lang};
use crate::config;
use crate::reading;
use crate::stop::Stop;

/// How somebody without an account is called on the command line.
const ANONYMOUS: &str = "anonymous";

pub fn run(asked: &cli::Access) -> Result<ExitCode, Stop> {
    let cli::AccessCommand::Explain(asked) = &asked.command;
    let config = config::read(&Serve { repo: asked.repo.clone(), data: asked.data.clone(), ..Serve::default() })?;
    let data = data_place(&config)?;
    let repo = config.repo.clone().unwrap_or_else(|| data.join("wiki.git"));
    let site = reading::with(&repo, reading::site)?;
    let lang = terminal_lang();
    let words = Words::get(lang);
    let accounts = accounts::open_if_any(&config, &data)?;
    let who = look_up(words, asked, accounts.as_ref())?;
    for right in Right::ALL {
        println!("{}", line(words, site.access(), &who, right, &asked.path));
    }
    for problem in site.access().problems() {
        eprintln!("{}", problem_line(lang, access::PATH, problem));
    }
    let accounts = accounts.map(|accounts| accounts.list()).unwrap_or_default();
    let has_member = |group: &str| accounts.iter().any(|account| account.groups.contains(group));
    for hint in site.access().empty_groups(&has_member) {
        eprintln!("{}", problem_line(lang, access::PATH, &hint));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whom the command names. With groups, somebody who is in those besides; there need be no such
/// account then.
fn look_up(words: &Words, asked: &cli::Explain, accounts: Option<&Accounts>) -> Result<Who, Stop> {
    if asked.who == ANONYMOUS {
        return Ok(Who::default());
    }
    let account = accounts.and_then(|accounts| accounts.by_login(&asked.who));
    if account.is_none() && asked.groups.is_empty() {
        return Err(Stop::usage(words.f("access-no-account", &[("login", Arg::Text(&asked.who))])));
    }
    if account.as_ref().is_some_and(|account| !account.is_enabled) {
        eprintln!("{}", words.f("access-disabled", &[("login", Arg::Text(&asked.who))]));
        return Ok(Who::default());
    }
    let mut who = match &account {
        Some(account) => who_is(account),
        None => Who { standing: Standing::Account, ..Who::default() },
    };
    Arc::make_mut(&mut who.groups).extend(asked.groups.iter().map(|group| Box::from(group.as_str())));
    Ok(who)
}

/// The right, whether they have it, and why.
fn line(words: &Words, access: &Access, who: &Who, right: Right, path: &str) -> String {
    let decision = access.decide(who, right, path);
    let answer = words.t(if decision.allowed { "access-yes" } else { "access-no" });
    format!("{:8} {answer:4} {}", right.name(), reason(words, &decision))
}

fn reason(words: &Words, decision: &Decision<'_>) -> String {
    let of_rule = |key: &str, rule: &Rule| {
        let place = format!("{}:{}", access::PATH, rule.at.line);
        words.f(key, &[("place", Arg::Text(&place)), ("path", Arg::Text(&format!("/{}", rule.path)))])
    };
    match (decision.why, decision.rule) {
        (Why::ClosedRule, Some(rule)) => of_rule("access-by-closed-rule", rule),
        (Why::Unread, Some(rule)) => of_rule("access-by-unread", rule),
        (_, Some(rule)) => of_rule("access-by-rule", rule),
        (Why::MayAll, None) => words.t("access-by-admin").to_owned(),
        (Why::Closed, None) => words.t("access-by-closed").to_owned(),
        (Why::Settings, None) => words.t("access-by-settings").to_owned(),
        (Why::Rules, None) => words.t("access-by-rules").to_owned(),
        (Why::Rule | Why::NoRule | Why::ClosedRule | Why::Unread, None) => words.t("access-by-none").to_owned(),
    }
}
