//! `polder access explain WHO PATH`: what somebody may do at a path, and which rule decides.
//!
//! What is wrong in the rules goes to standard error, so that the table stays a table.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Arc;

use polder_core::access::{self, Access, Decision, Right, Rule, Standing, Who, Why};
use polder_store::accounts::Account;
use polder_web::words::{Arg, Words};

use crate::accounts;
use crate::cli::{self, Serve};
use crate::cmd::{problem_line, serve, terminal_lang};
use crate::config;
use crate::reading;
use crate::stop::Stop;

/// How somebody without an account is called on the command line.
const ANONYMOUS: &str = "anonymous";

pub fn run(asked: &cli::Access) -> Result<ExitCode, Stop> {
    let cli::AccessCommand::Explain(asked) = &asked.command;
    let config = config::read(&Serve { repo: asked.repo.clone(), data: asked.data.clone(), ..Serve::default() })?;
    let data = serve::data_place(&config)?;
    let repo = config.repo.clone().unwrap_or_else(|| data.join("wiki.git"));
    let site = reading::with(&repo, reading::site)?;
    let accounts = accounts::open_if_there(&config, &data)?;
    let account = accounts.as_ref().and_then(|accounts| accounts.by_login(&asked.who));
    let who = look_up(asked, account.as_deref());
    let lang = terminal_lang();
    let words = Words::get(lang);
    for right in Right::ALL {
        println!("{}", line(words, site.access(), &who, right, &asked.path));
    }
    for problem in site.access().problems() {
        eprintln!("{}", problem_line(lang, access::PATH, problem));
    }
    Ok(ExitCode::SUCCESS)
}

/// Whom the command names. Groups are those of the account, if there is one, and those that are given.
fn look_up(asked: &cli::Explain, account: Option<&Account>) -> Who {
    if asked.who == ANONYMOUS {
        return Who::default();
    }
    let mut groups: BTreeSet<Box<str>> = asked.groups.iter().map(|group| group.as_str().into()).collect();
    groups.extend(account.iter().flat_map(|account| account.groups.iter().cloned()));
    let is_admin = account.is_some_and(|account| account.is_admin);
    Who {
        account: Some(account.map_or(asked.who.as_str(), |account| &account.login).into()),
        groups: Arc::new(groups),
        standing: if is_admin { Standing::Admin } else { Standing::Account },
        ..Who::default()
    }
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
