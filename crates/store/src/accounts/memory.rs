//! What every request asks, kept in memory: accounts, live sessions, tokens, identities.
//!
//! All of it, not a part: so an unknown secret is known to be unknown, and costs the disk nothing.
//! A thousand accounts with three sessions each take about 2 MB. It carries the number of the last
//! change that it holds; own changes are patched in, those of others make it be read anew.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sqlx::{AnyConnection, Row as _};

use super::account::{Account, AccountId, name_key};
use super::database::NotReached;
use super::fault::AccountsError;
use super::secret::{self, SecretHash};
use super::tokens::Scope;

#[derive(Default)]
pub(super) struct Memory {
    pub generation: i64,
    pub accounts: HashMap<AccountId, Arc<Account>>,
    pub logins: HashMap<Box<str>, AccountId>,
    /// Display names, as they are compared.
    pub names: HashSet<Box<str>>,
    pub sessions: HashMap<SecretHash, Arc<Session>>,
    pub tokens: HashMap<SecretHash, Arc<Token>>,
    pub identities: HashMap<(Box<str>, Box<str>), AccountId>,
}

/// A session as it is stored, but for when it was last seen: that is written now and then.
#[derive(Debug)]
pub(super) struct Session {
    pub handle: i64,
    pub account: AccountId,
    pub made_s: i64,
    pub renewed_s: i64,
    pub seen: Moment,
    pub network: Box<str>,
    pub agent: Box<str>,
}

#[derive(Debug)]
pub(super) struct Token {
    pub handle: i64,
    pub account: AccountId,
    pub label: Box<str>,
    pub scope: Scope,
    pub made_s: i64,
    pub expires_s: Option<i64>,
    /// 0 for never.
    pub used: Moment,
}

/// A time that moves with each request, and how much of that is on disk.
#[derive(Debug)]
pub(super) struct Moment {
    now_s: AtomicI64,
    written_s: AtomicI64,
}

impl Moment {
    pub fn at(time_s: i64) -> Moment {
        Moment { now_s: AtomicI64::new(time_s), written_s: AtomicI64::new(time_s) }
    }

    pub fn get(&self) -> i64 {
        self.now_s.load(Ordering::Relaxed)
    }

    pub fn touch(&self, now_s: i64) {
        self.now_s.fetch_max(now_s, Ordering::Relaxed);
    }

    /// The time to be written, if it is newer than what is on disk.
    pub fn unwritten(&self) -> Option<i64> {
        let now_s = self.get();
        (now_s > self.written_s.load(Ordering::Relaxed)).then_some(now_s)
    }

    pub fn written(&self, time_s: i64) {
        self.written_s.fetch_max(time_s, Ordering::Relaxed);
    }
}

impl Memory {
    pub fn by_login(&self, login_key: &str) -> Option<&Arc<Account>> {
        self.accounts.get(self.logins.get(login_key)?)
    }

    /// Takes over the times that the memory before had and the disk has not.
    pub fn keep_moments(&self, before: &Memory) {
        for (hash, session) in &self.sessions {
            if let Some(old) = before.sessions.get(hash) {
                session.seen.touch(old.seen.get());
            }
        }
        for (hash, token) in &self.tokens {
            if let Some(old) = before.tokens.get(hash) {
                token.used.touch(old.used.get());
            }
        }
    }
}

pub(super) async fn generation(connection: &mut AnyConnection) -> Result<i64, AccountsError> {
    sqlx::query_scalar("SELECT generation FROM polder_state WHERE id = 1").fetch_one(connection).await.reached()
}

/// Reads all of it. The number of the change is read first: what is newer is read again at the next
/// look, what is older is never taken for new.
pub(super) async fn load(connection: &mut AnyConnection) -> Result<Memory, AccountsError> {
    let mut memory = Memory { generation: generation(&mut *connection).await?, ..Memory::default() };
    load_accounts(&mut memory, &mut *connection).await?;
    load_sessions(&mut memory, &mut *connection).await?;
    load_tokens(&mut memory, &mut *connection).await?;
    let rows = sqlx::query("SELECT issuer, subject, account FROM identities").fetch_all(connection).await.reached()?;
    for row in &rows {
        let (issuer, subject): (String, String) = (row.try_get(0).reached()?, row.try_get(1).reached()?);
        memory.identities.insert((issuer.into(), subject.into()), AccountId(row.try_get(2).reached()?));
    }
    Ok(memory)
}

async fn load_accounts(memory: &mut Memory, connection: &mut AnyConnection) -> Result<(), AccountsError> {
    let mut own_groups = load_groups("SELECT account, name FROM memberships", &mut *connection).await?;
    let mut issued_groups = load_groups("SELECT account, name FROM issued_memberships", &mut *connection).await?;
    let rows = sqlx::query(
        "SELECT id, login, name, email, lang, is_admin, is_enabled, opaque,
            CASE WHEN password IS NULL THEN 0 ELSE 1 END, made_s, login_key
         FROM accounts",
    )
    .fetch_all(connection)
    .await
    .reached()?;
    for row in &rows {
        let id: i64 = row.try_get(0).reached()?;
        let key: String = row.try_get(10).reached()?;
        let own_groups = own_groups.remove(&id).unwrap_or_default();
        let mut groups = issued_groups.remove(&id).unwrap_or_default();
        groups.extend(own_groups.iter().cloned());
        let account = Account {
            id: AccountId(id),
            login: row.try_get(1).reached()?,
            name: row.try_get(2).reached()?,
            email: row.try_get(3).reached()?,
            lang: row.try_get(4).reached()?,
            groups,
            own_groups,
            is_admin: row.try_get::<i64, _>(5).reached()? != 0,
            is_enabled: row.try_get::<i64, _>(6).reached()? != 0,
            opaque: row.try_get(7).reached()?,
            has_password: row.try_get::<i64, _>(8).reached()? != 0,
            made_s: row.try_get(9).reached()?,
        };
        memory.logins.insert(key.into(), account.id);
        memory.names.insert(name_key(&account.name).into());
        memory.accounts.insert(account.id, Arc::new(account));
    }
    Ok(())
}

async fn load_groups(
    query: &'static str,
    connection: &mut AnyConnection,
) -> Result<HashMap<i64, BTreeSet<Box<str>>>, AccountsError> {
    let mut groups: HashMap<i64, BTreeSet<Box<str>>> = HashMap::new();
    for row in &sqlx::query(query).fetch_all(connection).await.reached()? {
        let name: String = row.try_get(1).reached()?;
        groups.entry(row.try_get(0).reached()?).or_default().insert(name.into());
    }
    Ok(groups)
}

async fn load_sessions(memory: &mut Memory, connection: &mut AnyConnection) -> Result<(), AccountsError> {
    let rows = sqlx::query("SELECT hash, handle, account, made_s, renewed_s, seen_s, network, agent FROM sessions")
        .fetch_all(connection)
        .await
        .reached()?;
    for row in &rows {
        let session = Session {
            handle: row.try_get(1).reached()?,
            account: AccountId(row.try_get(2).reached()?),
            made_s: row.try_get(3).reached()?,
            renewed_s: row.try_get(4).reached()?,
            seen: Moment::at(row.try_get(5).reached()?),
            network: row.try_get::<String, _>(6).reached()?.into(),
            agent: row.try_get::<String, _>(7).reached()?.into(),
        };
        if let Some(hash) = secret::from_hex(row.try_get(0).reached()?) {
            memory.sessions.insert(hash, Arc::new(session));
        }
    }
    Ok(())
}

async fn load_tokens(memory: &mut Memory, connection: &mut AnyConnection) -> Result<(), AccountsError> {
    let rows = sqlx::query("SELECT hash, handle, account, label, scope, made_s, expires_s, used_s FROM tokens")
        .fetch_all(connection)
        .await
        .reached()?;
    for row in &rows {
        let scope: String = row.try_get(4).reached()?;
        let hash = secret::from_hex(row.try_get(0).reached()?);
        // A scope of a later Polder is not guessed at: that token does nothing here.
        let (Some(hash), Some(scope)) = (hash, Scope::parse(&scope)) else { continue };
        let token = Token {
            handle: row.try_get(1).reached()?,
            account: AccountId(row.try_get(2).reached()?),
            label: row.try_get::<String, _>(3).reached()?.into(),
            scope,
            made_s: row.try_get(5).reached()?,
            expires_s: row.try_get(6).reached()?,
            used: Moment::at(row.try_get::<Option<i64>, _>(7).reached()?.unwrap_or(0)),
        };
        memory.tokens.insert(hash, Arc::new(token));
    }
    Ok(())
}
