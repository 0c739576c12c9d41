//! The log of sign-ins: who came in or failed to, from which network, by which program.
//!
//! It is kept for 90 days. It holds no whole address and no name that was typed but does not exist:
//! that may be a password in the wrong field.

use sqlx::{AnyConnection, Row as _};

use super::Accounts;
use super::account::AccountId;
use super::database::{NotReached as _, next_id};
use super::fault::AccountsError;
use super::sessions::How;

/// How long a line is kept: long enough to look into an incident, no longer.
pub const KEPT_S: i64 = 90 * 24 * 3600;
/// Lines kept at most, so that somebody who guesses for weeks does not fill the disk: some 30 MB.
const KEPT_ROWS: i64 = 200_000;
/// Longest name of a program that is kept.
pub(super) const AGENT_MAX_CHARS: usize = 200;
/// Lines given at once.
const COUNT_MAX: usize = 1_000;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    SignedIn(How),
    /// A wrong password, an unknown name, or a disabled account.
    Failed,
    PasswordSet,
    Disabled,
    Enabled,
    TokenMade,
    TokenEnded,
    SessionEnded,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub time_s: i64,
    /// `None` where no account has the name that was typed.
    pub login: Option<String>,
    pub what: What,
    /// The network, shortened; empty for what was done at the machine.
    pub from: String,
    /// What the program says of itself.
    pub agent: String,
}

impl What {
    /// A name that stays, for the database, texts and exports.
    pub fn code(self) -> &'static str {
        match self {
            What::SignedIn(How::Password) => "in-password",
            What::SignedIn(How::Oidc) => "in-oidc",
            What::SignedIn(How::Invite) => "in-invite",
            What::SignedIn(How::Reset) => "in-reset",
            What::SignedIn(How::First) => "in-first",
            What::Failed => "failed",
            What::PasswordSet => "password-set",
            What::Disabled => "disabled",
            What::Enabled => "enabled",
            What::TokenMade => "token-made",
            What::TokenEnded => "token-ended",
            What::SessionEnded => "session-ended",
        }
    }

    fn parse(code: &str) -> Option<What> {
        let all = [
            What::SignedIn(How::Password),
            What::SignedIn(How::Oidc),
            What::SignedIn(How::Invite),
            What::SignedIn(How::Reset),
            What::SignedIn(How::First),
            What::Failed,
            What::PasswordSet,
            What::Disabled,
            What::Enabled,
            What::TokenMade,
            What::TokenEnded,
            What::SessionEnded,
        ];
        all.into_iter().find(|what| what.code() == code)
    }
}

impl Accounts {
    /// The log, newest first: of one account or of all, after leaving out the first `from` lines.
    pub fn log(&self, id: Option<AccountId>, from: usize, count: usize) -> Result<Vec<LogRow>, AccountsError> {
        let (from, count) = (i64::try_from(from).unwrap_or(i64::MAX), count.min(COUNT_MAX) as i64);
        self.shared.database.read(async |connection| {
            let question = match id {
                Some(id) => sqlx::query(
                    "SELECT s.time_s, a.login, s.what, s.network, s.agent FROM sign_ins s
                     LEFT JOIN accounts a ON a.id = s.account
                     WHERE s.account = $3 ORDER BY s.id DESC LIMIT $1 OFFSET $2",
                )
                .bind(count)
                .bind(from)
                .bind(id.0),
                None => sqlx::query(
                    "SELECT s.time_s, a.login, s.what, s.network, s.agent FROM sign_ins s
                     LEFT JOIN accounts a ON a.id = s.account
                     ORDER BY s.id DESC LIMIT $1 OFFSET $2",
                )
                .bind(count)
                .bind(from),
            };
            let mut lines = Vec::new();
            for row in &question.fetch_all(connection).await.reached()? {
                let what: String = row.try_get(2).reached()?;
                // A line of a later Polder is left out rather than guessed at.
                let Some(what) = What::parse(&what) else { continue };
                lines.push(LogRow {
                    time_s: row.try_get(0).reached()?,
                    login: row.try_get(1).reached()?,
                    what,
                    from: row.try_get(3).reached()?,
                    agent: row.try_get(4).reached()?,
                });
            }
            Ok(lines)
        })
    }
}

/// Writes a line. To be called within a transaction.
pub(super) async fn write(
    connection: &mut AnyConnection,
    account: Option<AccountId>,
    what: What,
    (network, agent): (&str, &str),
    now_s: i64,
) -> Result<(), AccountsError> {
    let id = next_id(&mut *connection).await?;
    sqlx::query("INSERT INTO sign_ins (id, account, time_s, what, network, agent) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(account.map(|account| account.0))
        .bind(now_s)
        .bind(what.code())
        .bind(network)
        .bind(agent)
        .execute(connection)
        .await
        .reached()?;
    Ok(())
}

/// Whether somebody signed in to this account from this network, as far back as the log goes.
pub(super) async fn came_before(
    connection: &mut AnyConnection,
    account: AccountId,
    network: &str,
) -> Result<bool, AccountsError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT id FROM sign_ins WHERE account = $1 AND network = $2 AND what LIKE 'in-%' LIMIT 1")
            .bind(account.0)
            .bind(network)
            .fetch_optional(connection)
            .await
            .reached()?;
    Ok(found.is_some())
}

pub(super) async fn prune(connection: &mut AnyConnection, now_s: i64) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM sign_ins WHERE time_s < $1")
        .bind(now_s - KEPT_S)
        .execute(&mut *connection)
        .await
        .reached()?;
    let oldest: Option<i64> = sqlx::query_scalar("SELECT id FROM sign_ins ORDER BY id DESC LIMIT 1 OFFSET $1")
        .bind(KEPT_ROWS)
        .fetch_optional(&mut *connection)
        .await
        .reached()?;
    if let Some(oldest) = oldest {
        sqlx::query("DELETE FROM sign_ins WHERE id <= $1").bind(oldest).execute(connection).await.reached()?;
    }
    Ok(())
}

/// What a program says of itself, in so far as it can be kept.
pub(super) fn agent_kept(agent: &str) -> String {
    agent.chars().filter(|c| !polder_core::path::is_invisible(*c)).take(AGENT_MAX_CHARS).collect()
}
