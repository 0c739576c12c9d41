//! `polder user …`: accounts, from the machine itself. Works beside a running server, which notices
//! within a second.
//!
//! What was asked for goes to standard output (a list, a link, a token), what happened to standard
//! error. Passwords come by standard input only: an argument can be read by others.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use polder_store::accounts::{
    Account, AccountFault, Accounts, Change, Doer, Kind, NewAccount, PASSWORD_LONGEST, RESET_LIVES_S, Scope, is_group,
};
use polder_web::words::{Arg, Words};
use serde_json::json;

use crate::accounts;
use crate::cli::{self, Serve, UserCommand};
use crate::cmd::{serve, terminal_lang};
use crate::config;
use crate::stop::Stop;

const DAY_S: i64 = 24 * 3600;
/// A password in UTF-8, and the end of its line.
const PASSWORD_MAX_BYTES: u64 = PASSWORD_LONGEST as u64 * 4 + 2;

pub fn run(asked: &cli::User) -> Result<ExitCode, Stop> {
    let flags = Serve {
        repo: asked.place.repo.clone(),
        data: asked.place.data.clone(),
        accounts: asked.place.accounts.clone(),
        config: asked.place.config.clone(),
        ..Serve::default()
    };
    let config = config::read(&flags)?;
    let words = Words::get(terminal_lang());
    let accounts = match &asked.command {
        UserCommand::Add(_) => accounts::open(&config, &serve::data_folder(&config)?)?,
        // Asking after accounts makes no place for them.
        command => match accounts::open_if_any(&config, &serve::data_place(&config)?)? {
            Some(accounts) => accounts,
            None => return none(words, command),
        },
    };
    let url = config.url.as_ref().map(ToString::to_string).unwrap_or_default();
    let user = User { accounts: accounts.acting(Doer::Machine), url, words };
    match &asked.command {
        UserCommand::Add(new) => user.add(new),
        UserCommand::List { json } => user.list(*json),
        UserCommand::Disable { name } => user.disable(name),
        UserCommand::Enable { name } => user.enable(name),
        UserCommand::Remove { name } => user.remove(name),
        UserCommand::Reset { name } => user.reset(name),
        UserCommand::Groups { name, changes } => user.groups(name, changes),
        UserCommand::Token(token) => user.token(token),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// What is said where accounts were never kept: an empty list, or that there is nobody to do it to.
fn none(words: &Words, command: &UserCommand) -> Result<ExitCode, Stop> {
    match command {
        UserCommand::List { json } => {
            if *json {
                println!("[]");
            } else {
                eprintln!("{}", words.t("user-none"));
            }
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Stop::usage(words.t("user-none"))),
    }
}

struct User {
    accounts: Accounts,
    /// The public address of the wiki; empty when it is not set, and links begin with their path.
    url: String,
    words: &'static Words,
}

impl User {
    fn add(&self, new: &cli::UserAdd) -> Result<(), Stop> {
        let password = if new.password_stdin { Some(self.password()?) } else { None };
        let account = NewAccount {
            login: new.login.clone(),
            name: new.name.clone().unwrap_or_default(),
            email: new.email.clone(),
            lang: None,
            groups: new.groups.iter().map(|group| group.as_str().into()).collect(),
            is_admin: new.admin,
            password,
        };
        let account = self.done(self.accounts.add(account), &new.login)?;
        self.say(if account.has_password { "user-added" } else { "user-added-bare" }, &account.login);
        Ok(())
    }

    fn list(&self, json: bool) -> Result<(), Stop> {
        let all = self.accounts.list();
        if json {
            let rows: Vec<serde_json::Value> = all.iter().map(|account| json_row(account)).collect();
            println!("{:#}", serde_json::Value::Array(rows));
        } else if all.is_empty() {
            eprintln!("{}", self.words.t("user-none"));
        } else {
            print!("{}", self.table(&all));
        }
        Ok(())
    }

    fn disable(&self, name: &str) -> Result<(), Stop> {
        let account = self.find(name)?;
        self.done(self.accounts.disable(account.id), name)?;
        self.say("user-disabled", &account.login);
        Ok(())
    }

    fn enable(&self, name: &str) -> Result<(), Stop> {
        let account = self.find(name)?;
        self.done(self.accounts.enable(account.id), name)?;
        self.say("user-enabled", &account.login);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Stop> {
        let account = self.find(name)?;
        self.done(self.accounts.remove(account.id), name)?;
        self.say("user-removed", &account.login);
        Ok(())
    }

    fn reset(&self, name: &str) -> Result<(), Stop> {
        let account = self.find(name)?;
        if !account.is_enabled {
            return Err(self.stop("user-is-disabled", &account.login));
        }
        let secret = self.done(self.accounts.make_link(Kind::Reset(account.id), None, RESET_LIVES_S), name)?;
        println!("{}/-/reset/{secret}", self.url);
        let minutes = Arg::Count(RESET_LIVES_S.unsigned_abs() / 60);
        eprintln!("{}", self.words.f("user-reset", &[("user", Arg::Text(&account.login)), ("minutes", minutes)]));
        Ok(())
    }

    fn groups(&self, name: &str, changes: &[String]) -> Result<(), Stop> {
        let account = self.find(name)?;
        let mut groups = account.own_groups.clone();
        for change in changes {
            // All that follows the name is taken for a group.
            if change.starts_with("--") {
                return Err(self.stop("user-groups-option", change));
            }
            let (adds, group) = match (change.strip_prefix('+'), change.strip_prefix('-')) {
                (Some(group), _) => (true, group),
                (_, Some(group)) => (false, group),
                _ => return Err(self.stop("user-groups-how", change)),
            };
            if !is_group(group) {
                return Err(self.stop("user-fault-group", group));
            }
            if adds {
                groups.insert(group.into());
            } else {
                groups.remove(group);
            }
        }
        if groups != account.own_groups {
            let change = Change { groups: Some(groups.clone()), ..Change::default() };
            self.done(self.accounts.change(account.id, change), name)?;
        }
        print!("{}", lines(&groups));
        Ok(())
    }

    fn token(&self, token: &cli::UserToken) -> Result<(), Stop> {
        let account = self.find(&token.login)?;
        let scope = match token.scope {
            cli::TokenScope::Read => Scope::Read,
            cli::TokenScope::Write => Scope::Write,
        };
        let expires_s = token.days.map(|days| now_s() + i64::from(days) * DAY_S);
        let label = token.label.as_deref().unwrap_or_default();
        let secret = self.done(self.accounts.new_token(account.id, label, scope, expires_s), &token.login)?;
        println!("{secret}");
        Ok(())
    }

    /// The first line of standard input.
    fn password(&self) -> Result<String, Stop> {
        let mut text = String::new();
        std::io::stdin()
            .take(PASSWORD_MAX_BYTES + 1)
            .read_to_string(&mut text)
            .map_err(|_| self.stop("user-password-unread", ""))?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    }

    fn find(&self, name: &str) -> Result<Arc<Account>, Stop> {
        self.accounts.by_login(name).ok_or_else(|| self.stop("user-unknown", name))
    }

    fn done<T>(&self, result: Result<T, AccountFault>, login: &str) -> Result<T, Stop> {
        result.map_err(|fault| self.stopped(&fault, login))
    }

    fn stopped(&self, fault: &AccountFault, login: &str) -> Stop {
        let key = match fault {
            AccountFault::Unknown => "user-unknown",
            AccountFault::LoginTaken => "user-fault-login-taken",
            AccountFault::LoginBad => "user-fault-login",
            AccountFault::NameBad => "user-fault-name",
            AccountFault::NameTaken => "user-fault-name-taken",
            AccountFault::EmailBad => "user-fault-email",
            AccountFault::GroupBad => "user-fault-groups",
            AccountFault::LabelBad => "user-fault-label",
            AccountFault::PasswordShort => "user-fault-password-short",
            AccountFault::PasswordLong => "user-fault-password-long",
            AccountFault::PasswordCommon => "user-fault-password-common",
            AccountFault::PasswordIsName => "user-fault-password-own",
            AccountFault::LastAdmin => "user-fault-last-admin",
            AccountFault::TooMany => "user-fault-many",
            AccountFault::Store(error) => return Stop::failed(error.to_string()),
            // No command here gives a language or an identity.
            AccountFault::LangBad | AccountFault::IdentityBad | AccountFault::IdentityTaken => "user-unknown",
        };
        self.stop(key, login)
    }

    fn stop(&self, key: &str, user: &str) -> Stop {
        Stop::usage(self.words.f(key, &[("user", Arg::Text(user))]))
    }

    fn say(&self, key: &str, user: &str) {
        eprintln!("{}", self.words.f(key, &[("user", Arg::Text(user))]));
    }

    fn table(&self, all: &[Arc<Account>]) -> String {
        let rows: Vec<[String; 4]> = all.iter().map(|account| self.row(account)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second, third) = (width(0), width(1), width(2));
        let mut text = String::new();
        for [login, name, email, remarks] in &rows {
            text.push_str(format!("{login:first$}  {name:second$}  {email:third$}  {remarks}").trim_end());
            text.push('\n');
        }
        text
    }

    fn row(&self, account: &Account) -> [String; 4] {
        let mut remarks: Vec<String> = Vec::new();
        if account.is_admin {
            remarks.push(self.words.t("user-is-admin").to_owned());
        }
        if !account.is_enabled {
            remarks.push(self.words.t("user-is-off").to_owned());
        }
        if !account.has_password {
            remarks.push(self.words.t("user-has-none").to_owned());
        }
        remarks.extend(account.groups.iter().map(|group| format!("+{group}")));
        [account.login.clone(), account.name.clone(), account.email.clone().unwrap_or_default(), remarks.join(", ")]
    }
}

fn json_row(account: &Account) -> serde_json::Value {
    json!({
        "login": account.login,
        "name": account.name,
        "email": account.email,
        "groups": account.groups.iter().map(|group| &**group).collect::<Vec<&str>>(),
        "admin": account.is_admin,
        "enabled": account.is_enabled,
        "password": account.has_password,
        "made": account.made_s,
    })
}

fn lines(groups: &BTreeSet<Box<str>>) -> String {
    groups.iter().map(|group| format!("{group}\n")).collect()
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
