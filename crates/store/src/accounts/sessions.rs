//! Signing in, and the sessions that come of it.
//!
//! All sessions are made by one function, which asks whether the account is enabled. A session is
//! a secret of 256 bits; the database knows its SHA-256. It ends by itself: after a week unused and
//! after thirty days anyway, for admins after twelve hours and a day.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::{AnyConnection, Row as _};

use super::Accounts;
use super::account::{Account, AccountId, LOGIN_MAX_CHARS, login_key};
use super::database::NotReached as _;
use super::fault::{AccountFault, AccountsError, SignInError};
use super::hashing::Attempt;
use super::limits::{Came, Network};
use super::log::{self, What};
use super::memory::{Moment, Session};
use super::password;
use super::secret::{self, SecretHash};

const HOUR_S: i64 = 3600;
/// A session unused for this long has ended, and any session after `ABSOLUTE_S`.
pub(super) const IDLE_S: i64 = 7 * 24 * HOUR_S;
pub(super) const ABSOLUTE_S: i64 = 30 * 24 * HOUR_S;
/// The same for admins, whose sessions are worth more to a thief.
pub(super) const ADMIN_IDLE_S: i64 = 12 * HOUR_S;
pub(super) const ADMIN_ABSOLUTE_S: i64 = 24 * HOUR_S;
/// Sessions of one account; with one more, the one that was used longest ago ends.
const SESSIONS_MAX: i64 = 50;

/// What somebody signed in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Password,
    /// Single sign-on.
    Oidc,
    Invite,
    Reset,
    /// The link that makes the first admin.
    First,
}

/// Names a session in lists and forms. Whoever knows it can't use the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey(pub i64);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    pub account: Arc<Account>,
    pub session: SessionKey,
    /// What forms carry to show that they come from a page of this session.
    pub csrf: [u8; 32],
    pub made_s: i64,
    /// The last time that this person proved who they are.
    pub renewed_s: i64,
}

/// A session that was just made. The secret is shown to nobody but the browser.
pub struct NewSession {
    pub secret: String,
    pub signed: Signed,
}

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    pub key: SessionKey,
    pub made_s: i64,
    pub seen_s: i64,
    pub from: String,
    pub agent: String,
}

impl Accounts {
    /// Who holds this secret, if its session lives. From memory.
    pub fn session(&self, secret: &str, now_s: i64) -> Option<Signed> {
        let hash = secret::hash(secret, "")?;
        let memory = self.memory();
        let session = memory.sessions.get(&hash)?;
        let account = memory.accounts.get(&session.account)?;
        if !account.is_enabled || !lives(session, account, now_s) {
            return None;
        }
        session.seen.touch(now_s);
        Some(signed(account, session, secret))
    }

    /// Signs in by a password. Takes the time of one hash whether or not there is such an account.
    /// To be called where waiting is no harm.
    pub fn sign_in(
        &self,
        login: &str,
        password: &str,
        from: &Network,
        agent: &str,
        now_s: i64,
    ) -> Result<NewSession, SignInError> {
        let (account, hash) = self.prove(login, password, *from, agent, now_s)?;
        self.make_session(account, How::Password, Some(&hash), *from, agent, now_s)
    }

    /// Whose name and password these are, by the same limits as `sign_in`; makes no session. For
    /// programs that send both with each request.
    pub fn check_login(
        &self,
        login: &str,
        password: &str,
        from: &Network,
        agent: &str,
        now_s: i64,
    ) -> Result<Arc<Account>, SignInError> {
        let (id, _) = self.prove(login, password, *from, agent, now_s)?;
        self.account(id).filter(|account| account.is_enabled).ok_or(SignInError::Wrong)
    }

    /// Makes a session for somebody who proved by other means who they are.
    pub fn sign_in_as(
        &self,
        id: AccountId,
        how: How,
        from: &Network,
        agent: &str,
        now_s: i64,
    ) -> Result<NewSession, SignInError> {
        self.make_session(id, how, None, *from, agent, now_s)
    }

    /// Whether this is the password of somebody who is signed in already. Failures count for the
    /// account, as at sign-in.
    pub fn check_password(&self, id: AccountId, password: &str) -> Result<(), SignInError> {
        let account = self.account(id).ok_or(SignInError::Wrong)?;
        let (kept, _) = self.kept_password(&login_key(&account.login), "")?;
        let hash = kept.map(|(_, hash)| hash);
        self.compare(login_key(&account.login), password, hash, Came::Inside, self.now_s()).map(|_| ())
    }

    /// Sessions that live, the one used last first.
    pub fn sessions(&self, id: AccountId) -> Vec<SessionRow> {
        let now_s = self.now_s();
        let memory = self.memory();
        let Some(account) = memory.accounts.get(&id) else { return Vec::new() };
        let mut rows: Vec<SessionRow> = memory
            .sessions
            .values()
            .filter(|session| session.account == id && lives(session, account, now_s))
            .map(|session| SessionRow {
                key: SessionKey(session.handle),
                made_s: session.made_s,
                seen_s: session.seen.get(),
                from: session.network.to_string(),
                agent: session.agent.to_string(),
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.seen_s), row.key.0));
        rows
    }

    /// Ends one session of this account, at once.
    pub fn end_session(&self, id: AccountId, key: SessionKey) -> Result<(), AccountFault> {
        let now_s = self.now_s();
        self.write_small(
            async |connection| {
                let ended = sqlx::query("DELETE FROM sessions WHERE account = $1 AND handle = $2")
                    .bind(id.0)
                    .bind(key.0)
                    .execute(&mut *connection)
                    .await
                    .reached()?;
                if ended.rows_affected() == 0 {
                    return Err(AccountFault::Unknown);
                }
                log::write(connection, Some(id), What::SessionEnded, ("", ""), now_s).await?;
                Ok(())
            },
            |memory, ()| memory.sessions.retain(|_, session| session.account != id || session.handle != key.0),
        )
    }

    /// Ends all sessions of this account but one.
    pub fn end_sessions(&self, id: AccountId, except: Option<SessionKey>) -> Result<(), AccountsError> {
        self.write_small(
            async |connection| delete_sessions(connection, id, except).await,
            |memory, ()| {
                memory
                    .sessions
                    .retain(|_, session| session.account != id || Some(SessionKey(session.handle)) == except);
            },
        )
    }

    /// The account of this name and password, and the hash that it was proved by.
    fn prove(
        &self,
        login: &str,
        password: &str,
        from: Network,
        agent: &str,
        now_s: i64,
    ) -> Result<(AccountId, String), SignInError> {
        // Longer ones are nobody's; they are counted by their beginning.
        let begin: String = login.trim().chars().take(LOGIN_MAX_CHARS + 1).collect();
        // PostgreSQL has no NUL in texts.
        let key = login_key(&begin.replace('\0', "\u{fffd}"));
        let (kept, is_known) = self.kept_password(&key, &from.to_string())?;
        let hash = kept.as_ref().map(|(_, hash)| hash.clone());
        let came = if is_known { Came::Known(from) } else { Came::New(from) };
        match self.compare(key, password, hash, came, now_s) {
            Ok(Some(rehashed)) => {
                let (id, old) = kept.ok_or(SignInError::Wrong)?;
                self.replace_hash(id, &old, &rehashed)?;
                Ok((id, rehashed))
            }
            Ok(None) => kept.ok_or(SignInError::Wrong),
            Err(SignInError::Wrong) => {
                self.note_failure(login, from, agent, now_s)?;
                Err(SignInError::Wrong)
            }
            Err(error) => Err(error),
        }
    }

    /// Compares on the thread for that. Gives a stronger hash where there should be one.
    fn compare(
        &self,
        login_key: String,
        password: &str,
        hash: Option<String>,
        came: Came,
        now_s: i64,
    ) -> Result<Option<String>, SignInError> {
        // Nobody has such a password. It counts as a guess like any other, and is not hashed itself.
        let is_long = password.chars().take(password::LONGEST + 1).count() > password::LONGEST;
        let (password, hash) = if is_long { (String::new(), None) } else { (password.to_owned(), hash) };
        let attempt = Attempt { login_key, password, hash, came, now_s };
        self.shared.hasher.attempt(attempt).map(|right| right.rehashed)
    }

    /// The hash of an account that may sign in by its password, and whether somebody signed in to that
    /// account from this network before.
    fn kept_password(
        &self,
        login_key: &str,
        network: &str,
    ) -> Result<(Option<(AccountId, String)>, bool), AccountsError> {
        self.shared.database.read(async |connection| {
            let row = sqlx::query(
                "SELECT id, password FROM accounts WHERE login_key = $1 AND is_enabled = 1 AND password IS NOT NULL",
            )
            .bind(login_key)
            .fetch_optional(&mut *connection)
            .await
            .reached()?;
            let kept: Option<(AccountId, String)> = row
                .map(|row| Ok::<_, AccountsError>((AccountId(row.try_get(0).reached()?), row.try_get(1).reached()?)))
                .transpose()?;
            // Asked for names that nobody has as well, so that both take as long.
            let id = kept.as_ref().map_or(AccountId(-1), |(id, _)| *id);
            let is_known = log::came_before(connection, id, network).await?;
            Ok((kept, is_known))
        })
    }

    fn replace_hash(&self, id: AccountId, old: &str, new: &str) -> Result<(), AccountsError> {
        self.shared.database.note(async |connection| {
            sqlx::query("UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2")
                .bind(id.0)
                .bind(old)
                .bind(new)
                .execute(connection)
                .await
                .reached()
                .map(|_| ())
        })
    }

    fn note_failure(&self, login: &str, from: Network, agent: &str, now_s: i64) -> Result<(), AccountsError> {
        let id = self.by_login(login.trim()).map(|account| account.id);
        let (from, agent) = (from.to_string(), log::agent_kept(agent));
        self.shared
            .database
            .note(async |connection| log::write(connection, id, What::Failed, (&from, &agent), now_s).await)
    }

    /// The only place that makes a session. `proved_by` is the hash of the password that was right:
    /// if it is no longer the account's, the password was changed meanwhile.
    fn make_session(
        &self,
        id: AccountId,
        how: How,
        proved_by: Option<&str>,
        from: Network,
        agent: &str,
        now_s: i64,
    ) -> Result<NewSession, SignInError> {
        let secret = secret::fresh("")?;
        let hash = secret::hash(&secret, "").ok_or(SignInError::Wrong)?;
        let session = Arc::new(Session {
            handle: secret::fresh_handle()?,
            account: id,
            made_s: now_s,
            renewed_s: now_s,
            seen: Moment::at(now_s),
            network: from.to_string().into(),
            agent: log::agent_kept(agent).into(),
        });
        self.write_small(
            async |connection| {
                let row = sqlx::query("SELECT is_enabled, password FROM accounts WHERE id = $1")
                    .bind(id.0)
                    .fetch_optional(&mut *connection)
                    .await
                    .reached()?
                    .ok_or(SignInError::Wrong)?;
                let password: Option<String> = row.try_get(1).reached()?;
                let is_proved = proved_by.is_none() || password.as_deref() == proved_by;
                if row.try_get::<i64, _>(0).reached()? == 0 || !is_proved {
                    return Err(SignInError::Wrong);
                }
                let dropped = make_room(connection, id).await?;
                insert(connection, &session, &hash).await?;
                let line = (&*session.network, &*session.agent);
                log::write(connection, Some(id), What::SignedIn(how), line, now_s).await?;
                Ok(dropped)
            },
            |memory, dropped| {
                memory.sessions.retain(|_, session| !dropped.contains(&session.handle));
                memory.sessions.insert(hash, Arc::clone(&session));
            },
        )?;
        let account = self.account(id).ok_or(SignInError::Wrong)?;
        let signed = signed(&account, &session, &secret);
        Ok(NewSession { secret, signed })
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SessionKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<SessionKey, Self::Err> {
        i64::from_str_radix(text, 16).map(SessionKey)
    }
}

/// Without the secret.
impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession").field("session", &self.signed.session).finish_non_exhaustive()
    }
}

fn signed(account: &Arc<Account>, session: &Session, secret: &str) -> Signed {
    Signed {
        account: Arc::clone(account),
        session: SessionKey(session.handle),
        csrf: secret::csrf(secret),
        made_s: session.made_s,
        renewed_s: session.renewed_s,
    }
}

fn lives(session: &Session, account: &Account, now_s: i64) -> bool {
    let (idle_s, absolute_s) = match account.is_admin {
        true => (ADMIN_IDLE_S, ADMIN_ABSOLUTE_S),
        false => (IDLE_S, ABSOLUTE_S),
    };
    now_s - session.seen.get() < idle_s && now_s - session.made_s < absolute_s
}

async fn insert(connection: &mut AnyConnection, session: &Session, hash: &SecretHash) -> Result<(), AccountsError> {
    sqlx::query(
        "INSERT INTO sessions (hash, handle, account, made_s, renewed_s, seen_s, network, agent)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(secret::hex(hash))
    .bind(session.handle)
    .bind(session.account.0)
    .bind(session.made_s)
    .bind(session.renewed_s)
    .bind(session.made_s)
    .bind(&*session.network)
    .bind(&*session.agent)
    .execute(connection)
    .await
    .reached()
    .map(|_| ())
}

/// Ends what is too many, and says which those were.
async fn make_room(connection: &mut AnyConnection, id: AccountId) -> Result<Vec<i64>, AccountsError> {
    let dropped: Vec<i64> = sqlx::query_scalar(
        "SELECT handle FROM sessions WHERE account = $1 ORDER BY seen_s DESC, handle LIMIT 1000 OFFSET $2",
    )
    .bind(id.0)
    .bind(SESSIONS_MAX - 1)
    .fetch_all(&mut *connection)
    .await
    .reached()?;
    for handle in &dropped {
        sqlx::query("DELETE FROM sessions WHERE handle = $1").bind(handle).execute(&mut *connection).await.reached()?;
    }
    Ok(dropped)
}

pub(super) async fn delete_sessions(
    connection: &mut AnyConnection,
    id: AccountId,
    except: Option<SessionKey>,
) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM sessions WHERE account = $1 AND handle <> $2")
        .bind(id.0)
        // Handles are never below zero.
        .bind(except.map_or(-1, |key| key.0))
        .execute(connection)
        .await
        .reached()
        .map(|_| ())
}
