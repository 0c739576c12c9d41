//! Accounts are made, changed, disabled, removed. There is always an admin who can sign in.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::{AnyConnection, Row as _};

use super::Accounts;
use super::account::{self, Account, AccountId, Change, NewAccount, login_key};
use super::acts::{self, Act};
use super::database::{NotReached as _, next_id};
use super::fault::{AccountFault, AccountsError};
use super::log::{self, What};
use super::sessions::{SessionKey, delete_sessions};
use super::{password, secret};

/// A new account whose fields were checked and whose password was hashed.
pub(super) struct Checked {
    login: String,
    name: String,
    email: Option<String>,
    lang: Option<String>,
    groups: BTreeSet<Box<str>>,
    is_admin: bool,
    hash: Option<String>,
}

/// What becomes of tokens when a password is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tokens {
    Stay,
    End,
}

impl Accounts {
    pub fn add(&self, new: NewAccount) -> Result<Arc<Account>, AccountFault> {
        let checked = self.checked(new)?;
        let (doer, now_s) = (self.doer, self.now_s());
        let id = self.write(async |connection| {
            let id = insert(connection, &checked, now_s).await?;
            acts::write(connection, doer, Some(id), (Act::Made, ""), now_s).await?;
            if checked.is_admin {
                acts::write(connection, doer, Some(id), (Act::AdminGiven, ""), now_s).await?;
            }
            Ok::<AccountId, AccountFault>(id)
        })?;
        self.account(id).ok_or(AccountFault::Unknown)
    }

    /// Changes fields. Who becomes admin signs in anew.
    pub fn change(&self, id: AccountId, change: Change) -> Result<Arc<Account>, AccountFault> {
        let login = change.login.as_deref().map(account::check_login).transpose()?;
        let name = change.name.as_deref().map(account::check_name).transpose()?;
        let email = change.email.map(|email| email.as_deref().map(account::check_email).transpose()).transpose()?;
        let lang = change.lang.map(|lang| lang.as_deref().map(account::check_lang).transpose()).transpose()?;
        if let Some(groups) = &change.groups {
            account::check_groups(groups)?;
        }
        let (doer, now_s) = (self.doer, self.now_s());
        self.write(async |connection| {
            let row = sqlx::query("SELECT login, name, email, lang, is_admin FROM accounts WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await
                .reached()?
                .ok_or(AccountFault::Unknown)?;
            let was_admin = row.try_get::<i64, _>(4).reached()? != 0;
            let is_admin = change.is_admin.unwrap_or(was_admin);
            let login = match &login {
                Some(login) => login.clone(),
                None => row.try_get(0).reached()?,
            };
            let old_name: String = row.try_get(1).reached()?;
            let name = name.clone().unwrap_or_else(|| old_name.clone());
            let email = match &email {
                Some(email) => email.clone(),
                None => row.try_get(2).reached()?,
            };
            let lang = match &lang {
                Some(lang) => lang.clone(),
                None => row.try_get(3).reached()?,
            };
            must_be_free(connection, &login, Some(id)).await?;
            if change.name.is_some() {
                name_must_be_free(connection, &name, Some(id)).await?;
            }
            if was_admin && !is_admin {
                must_not_be_last_admin(connection, id).await?;
                delete_links(connection, id).await?;
            }
            if is_admin && !was_admin {
                delete_sessions(connection, id, None).await?;
            }
            sqlx::query(
                "UPDATE accounts SET login = $2, login_key = $3, name = $4, email = $5, lang = $6, is_admin = $7
                 WHERE id = $1",
            )
            .bind(id.0)
            .bind(&login)
            .bind(login_key(&login))
            .bind(&name)
            .bind(&email)
            .bind(&lang)
            .bind(i64::from(is_admin))
            .execute(&mut *connection)
            .await
            .reached()?;
            let mut done: Vec<(Act, String)> = Vec::new();
            if let Some(groups) = &change.groups {
                let differ = differences(&own_groups(connection, id).await?, groups);
                set_groups(connection, id, groups).await?;
                done.extend((!differ.is_empty()).then_some((Act::Groups, differ)));
            }
            match (was_admin, is_admin) {
                (false, true) => done.push((Act::AdminGiven, String::new())),
                (true, false) => done.push((Act::AdminTaken, String::new())),
                _ => {}
            }
            if name != old_name {
                done.push((Act::Renamed, String::new()));
            }
            for (act, more) in &done {
                acts::write(connection, doer, Some(id), (*act, more), now_s).await?;
            }
            Ok::<(), AccountFault>(())
        })?;
        self.account(id).ok_or(AccountFault::Unknown)
    }

    /// Sets a password, and ends all sessions but `keep`, and links to reset it.
    pub fn set_password(&self, id: AccountId, new: &str, keep: Option<SessionKey>) -> Result<(), AccountFault> {
        let hash = self.hash_for(id, new)?;
        let now_s = self.now_s();
        self.write(async |connection| put_password(connection, id, &hash, (keep, Tokens::Stay), now_s).await)
    }

    /// Nobody is this account any more: sessions end at once, tokens and passwords do nothing until it
    /// is enabled again.
    pub fn disable(&self, id: AccountId) -> Result<(), AccountFault> {
        let (doer, now_s) = (self.doer, self.now_s());
        self.write(async |connection| {
            must_not_be_last_admin(connection, id).await?;
            put_enabled(connection, id, false).await?;
            delete_sessions(connection, id, None).await?;
            delete_links(connection, id).await?;
            log::write(connection, Some(id), What::Disabled, ("", ""), now_s).await?;
            acts::write(connection, doer, Some(id), (Act::Disabled, ""), now_s).await?;
            Ok(())
        })
    }

    pub fn enable(&self, id: AccountId) -> Result<(), AccountFault> {
        let (doer, now_s) = (self.doer, self.now_s());
        self.write(async |connection| {
            put_enabled(connection, id, true).await?;
            log::write(connection, Some(id), What::Enabled, ("", ""), now_s).await?;
            acts::write(connection, doer, Some(id), (Act::Enabled, ""), now_s).await?;
            Ok(())
        })
    }

    /// Removes the account and all that is held about it. Its commits keep the display name; whose
    /// address stands in them nobody can tell any more.
    pub fn remove(&self, id: AccountId) -> Result<(), AccountFault> {
        let (doer, now_s) = (self.doer, self.now_s());
        self.write(async |connection| {
            must_not_be_last_admin(connection, id).await?;
            let login: Option<String> = sqlx::query_scalar("DELETE FROM accounts WHERE id = $1 RETURNING login")
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await
                .reached()?;
            let login = login.ok_or(AccountFault::Unknown)?;
            acts::write(connection, doer, Some(id), (Act::Removed, &login), now_s).await?;
            Ok::<(), AccountFault>(())
        })?;
        self.shared.mark();
        Ok(())
    }

    /// Ends all sessions and tokens of an account, and the links that it made.
    pub fn end_all(&self, id: AccountId) -> Result<(), AccountFault> {
        let (doer, now_s) = (self.doer, self.now_s());
        self.write(async |connection| {
            delete_sessions(connection, id, None).await?;
            delete_tokens(connection, id).await?;
            delete_links(connection, id).await?;
            acts::write(connection, doer, Some(id), (Act::Ended, ""), now_s).await?;
            Ok(())
        })
    }

    /// Checks all fields, and hashes the password, which takes a moment.
    pub(super) fn checked(&self, new: NewAccount) -> Result<Checked, AccountFault> {
        let login = account::check_login(&new.login)?;
        let name = account::check_name(if new.name.trim().is_empty() { &login } else { &new.name })?;
        let email = new.email.as_deref().map(account::check_email).transpose()?;
        let lang = new.lang.as_deref().map(account::check_lang).transpose()?;
        account::check_groups(&new.groups)?;
        if self.by_login(&login).is_some() {
            return Err(AccountFault::LoginTaken);
        }
        if self.is_name_taken(&name) {
            return Err(AccountFault::NameTaken);
        }
        let hash = match &new.password {
            Some(password) => {
                Some(self.judge_and_hash(password, &[&login, &name, email.as_deref().unwrap_or_default()])?)
            }
            None => None,
        };
        Ok(Checked { login, name, email, lang, groups: new.groups, is_admin: new.is_admin, hash })
    }

    /// Judges and hashes a new password of an account.
    pub(super) fn hash_for(&self, id: AccountId, password: &str) -> Result<String, AccountFault> {
        let account = self.account(id).ok_or(AccountFault::Unknown)?;
        let own = [&*account.login, &*account.name, account.email.as_deref().unwrap_or_default()];
        self.judge_and_hash(password, &own)
    }

    fn judge_and_hash(&self, password: &str, own: &[&str]) -> Result<String, AccountFault> {
        let site = self.shared.site_words.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let words: Vec<&str> = own.iter().copied().chain(site.iter().map(String::as_str)).collect();
        password::judge(password, &words)?;
        Ok(self.shared.hasher.hash(password.to_owned())?)
    }
}

/// Writes an account and its groups; gives its id.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    new: &Checked,
    now_s: i64,
) -> Result<AccountId, AccountFault> {
    must_be_free(connection, &new.login, None).await?;
    name_must_be_free(connection, &new.name, None).await?;
    let id = AccountId(next_id(&mut *connection).await?);
    sqlx::query(
        "INSERT INTO accounts (id, login, login_key, name, email, lang, is_admin, is_enabled, opaque, password, made_s)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10)",
    )
    .bind(id.0)
    .bind(&new.login)
    .bind(login_key(&new.login))
    .bind(&new.name)
    .bind(&new.email)
    .bind(&new.lang)
    .bind(i64::from(new.is_admin))
    .bind(secret::hex(&secret::random::<8>()?))
    .bind(&new.hash)
    .bind(now_s)
    .execute(&mut *connection)
    .await
    .reached()?;
    set_groups(connection, id, &new.groups).await?;
    Ok(id)
}

/// Writes a password and ends what the old one gave.
pub(super) async fn put_password(
    connection: &mut AnyConnection,
    id: AccountId,
    hash: &str,
    (keep, tokens): (Option<SessionKey>, Tokens),
    now_s: i64,
) -> Result<(), AccountFault> {
    let set = sqlx::query("UPDATE accounts SET password = $2 WHERE id = $1")
        .bind(id.0)
        .bind(hash)
        .execute(&mut *connection)
        .await
        .reached()?;
    if set.rows_affected() == 0 {
        return Err(AccountFault::Unknown);
    }
    delete_sessions(connection, id, keep).await?;
    if tokens == Tokens::End {
        delete_tokens(connection, id).await?;
    }
    sqlx::query("DELETE FROM links WHERE account = $1 AND kind = 'reset'")
        .bind(id.0)
        .execute(&mut *connection)
        .await
        .reached()?;
    log::write(connection, Some(id), What::PasswordSet, ("", ""), now_s).await?;
    Ok(())
}

async fn put_enabled(connection: &mut AnyConnection, id: AccountId, is_enabled: bool) -> Result<(), AccountFault> {
    let done = sqlx::query("UPDATE accounts SET is_enabled = $2 WHERE id = $1")
        .bind(id.0)
        .bind(i64::from(is_enabled))
        .execute(connection)
        .await
        .reached()?;
    if done.rows_affected() == 0 { Err(AccountFault::Unknown) } else { Ok(()) }
}

async fn delete_tokens(connection: &mut AnyConnection, id: AccountId) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM tokens WHERE account = $1").bind(id.0).execute(connection).await.reached().map(|_| ())
}

async fn own_groups(connection: &mut AnyConnection, id: AccountId) -> Result<BTreeSet<Box<str>>, AccountsError> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM memberships WHERE account = $1")
        .bind(id.0)
        .fetch_all(connection)
        .await
        .reached()?;
    Ok(names.into_iter().map(Box::from).collect())
}

/// What was added and taken away, like `+redactie -hr`.
fn differences(old: &BTreeSet<Box<str>>, new: &BTreeSet<Box<str>>) -> String {
    let added = new.difference(old).map(|group| format!("+{group}"));
    let taken = old.difference(new).map(|group| format!("-{group}"));
    added.chain(taken).collect::<Vec<_>>().join(" ")
}

async fn set_groups(
    connection: &mut AnyConnection,
    id: AccountId,
    groups: &BTreeSet<Box<str>>,
) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM memberships WHERE account = $1").bind(id.0).execute(&mut *connection).await.reached()?;
    for group in groups {
        sqlx::query("INSERT INTO memberships (account, name) VALUES ($1, $2)")
            .bind(id.0)
            .bind(&**group)
            .execute(&mut *connection)
            .await
            .reached()?;
    }
    Ok(())
}

/// Links that were made by this account or for it.
async fn delete_links(connection: &mut AnyConnection, id: AccountId) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM links WHERE account = $1 OR made_by = $1")
        .bind(id.0)
        .execute(connection)
        .await
        .reached()
        .map(|_| ())
}

async fn must_be_free(connection: &mut AnyConnection, login: &str, but: Option<AccountId>) -> Result<(), AccountFault> {
    let holder: Option<i64> = sqlx::query_scalar("SELECT id FROM accounts WHERE login_key = $1")
        .bind(login_key(login))
        .fetch_optional(connection)
        .await
        .reached()?;
    match holder {
        Some(holder) if Some(AccountId(holder)) != but => Err(AccountFault::LoginTaken),
        _ => Ok(()),
    }
}

/// Names are compared here rather than by the database, which folds by rules of its own. Writers follow
/// each other, so what is free stays free.
async fn name_must_be_free(
    connection: &mut AnyConnection,
    name: &str,
    but: Option<AccountId>,
) -> Result<(), AccountFault> {
    let key = account::name_key(name);
    for row in &sqlx::query("SELECT id, name FROM accounts").fetch_all(connection).await.reached()? {
        let (id, other): (i64, String) = (row.try_get(0).reached()?, row.try_get(1).reached()?);
        if Some(AccountId(id)) != but && account::name_key(&other) == key {
            return Err(AccountFault::NameTaken);
        }
    }
    Ok(())
}

/// Refuses where nobody would be left who keeps the accounts: no other enabled admin, or none who has
/// a password or an account elsewhere to sign in by, where this one has.
pub(super) async fn must_not_be_last_admin(connection: &mut AnyConnection, id: AccountId) -> Result<(), AccountFault> {
    let rows = sqlx::query(
        "SELECT id, CASE WHEN password IS NOT NULL OR EXISTS (SELECT 1 FROM identities WHERE account = accounts.id)
            THEN 1 ELSE 0 END
         FROM accounts WHERE is_admin = 1 AND is_enabled = 1",
    )
    .fetch_all(connection)
    .await
    .reached()?;
    let (mut own, mut others) = (None, Vec::new());
    for row in &rows {
        let can_sign_in = row.try_get::<i64, _>(1).reached()? != 0;
        match row.try_get::<i64, _>(0).reached()? {
            admin if admin == id.0 => own = Some(can_sign_in),
            _ => others.push(can_sign_in),
        }
    }
    match own {
        Some(false) if others.is_empty() => Err(AccountFault::LastAdmin),
        Some(true) if !others.contains(&true) => Err(AccountFault::LastAdmin),
        _ => Ok(()),
    }
}
