//! What those did who keep the accounts: who gave which right or link to whom, and took it away.
//!
//! What people do with their own account stands in the log of sign-ins. Lines name accounts by number,
//! so they name nobody any more once an account is removed; only the line of the removal itself keeps
//! the login that was removed.

use sqlx::{AnyConnection, Row as _};

use super::account::AccountId;
use super::database::{NotReached as _, next_id};
use super::fault::AccountsError;
use super::{Accounts, Doer};

/// How long a line is kept: a change of rights is asked after when somebody looks back on two years.
pub const ACTS_KEPT_S: i64 = 2 * 365 * 24 * 3600;
/// Lines kept at most; the oldest go. An office makes some hundreds a year.
pub const ACTS_KEPT_ROWS: i64 = 10_000;
/// Lines given at once.
const COUNT_MAX: usize = 1_000;
/// Longest note to a line, in characters: the groups of one account rarely have more.
const MORE_MAX_CHARS: usize = 500;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Made for somebody, or by somebody who was invited.
    Made,
    Removed,
    Disabled,
    Enabled,
    AdminGiven,
    AdminTaken,
    /// The note says which were added and which taken away.
    Groups,
    Renamed,
    Invited,
    ResetLink,
    Withdrawn,
    /// All sessions and tokens of an account.
    Ended,
    TokenMade,
}

const ALL: [Act; 13] = [
    Act::Made,
    Act::Removed,
    Act::Disabled,
    Act::Enabled,
    Act::AdminGiven,
    Act::AdminTaken,
    Act::Groups,
    Act::Renamed,
    Act::Invited,
    Act::ResetLink,
    Act::Withdrawn,
    Act::Ended,
    Act::TokenMade,
];

impl Act {
    /// A name that stays, for the database, texts and exports.
    pub fn code(self) -> &'static str {
        match self {
            Act::Made => "made",
            Act::Removed => "removed",
            Act::Disabled => "disabled",
            Act::Enabled => "enabled",
            Act::AdminGiven => "admin-given",
            Act::AdminTaken => "admin-taken",
            Act::Groups => "groups",
            Act::Renamed => "renamed",
            Act::Invited => "invited",
            Act::ResetLink => "reset-link",
            Act::Withdrawn => "withdrawn",
            Act::Ended => "ended",
            Act::TokenMade => "token-made",
        }
    }

    fn parse(code: &str) -> Option<Act> {
        ALL.into_iter().find(|act| act.code() == code)
    }
}

/// Somebody whom a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// At the machine itself, or about no account.
    Nobody,
    /// An account that was removed since.
    Gone,
    Login(String),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActRow {
    pub time_s: i64,
    pub by: Named,
    pub whom: Named,
    pub act: Act,
    /// Which groups, which address.
    pub more: String,
}

impl Accounts {
    /// What was done, newest first, after leaving out the first `from` lines.
    pub fn acts(&self, from: usize, count: usize) -> Result<Vec<ActRow>, AccountsError> {
        let (from, count) = (i64::try_from(from).unwrap_or(i64::MAX), count.min(COUNT_MAX) as i64);
        let rows = self.shared.database.read(async |connection| {
            sqlx::query("SELECT time_s, done_by, whom, what, more FROM acts ORDER BY id DESC LIMIT $1 OFFSET $2")
                .bind(count)
                .bind(from)
                .fetch_all(connection)
                .await
                .reached()
        })?;
        let named = |id: Option<i64>| match id {
            None => Named::Nobody,
            Some(id) => self.account(AccountId(id)).map_or(Named::Gone, |account| Named::Login(account.login.clone())),
        };
        let mut lines = Vec::new();
        for row in &rows {
            let what: String = row.try_get(3).reached()?;
            // A line of a later Polder is left out rather than guessed at.
            let Some(act) = Act::parse(&what) else { continue };
            lines.push(ActRow {
                time_s: row.try_get(0).reached()?,
                by: named(row.try_get(1).reached()?),
                whom: named(row.try_get(2).reached()?),
                act,
                more: row.try_get(4).reached()?,
            });
        }
        Ok(lines)
    }
}

/// Writes a line, unless somebody does something with what is their own. To be called within a
/// transaction.
pub(super) async fn write(
    connection: &mut AnyConnection,
    doer: Doer,
    whom: Option<AccountId>,
    (act, more): (Act, &str),
    now_s: i64,
) -> Result<(), AccountsError> {
    let by = match doer {
        Doer::Own => return Ok(()),
        Doer::Machine => None,
        Doer::Admin(id) => Some(id.0),
    };
    let more: String = more.chars().take(MORE_MAX_CHARS).collect();
    let id = next_id(&mut *connection).await?;
    sqlx::query("INSERT INTO acts (id, time_s, done_by, whom, what, more) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(now_s)
        .bind(by)
        .bind(whom.map(|whom| whom.0))
        .bind(act.code())
        .bind(more)
        .execute(connection)
        .await
        .reached()
        .map(|_| ())
}

pub(super) async fn prune(connection: &mut AnyConnection, now_s: i64) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM acts WHERE time_s < $1")
        .bind(now_s - ACTS_KEPT_S)
        .execute(&mut *connection)
        .await
        .reached()?;
    sqlx::query("DELETE FROM acts WHERE id <= (SELECT id FROM acts ORDER BY id DESC LIMIT 1 OFFSET $1)")
        .bind(ACTS_KEPT_ROWS)
        .execute(connection)
        .await
        .reached()
        .map(|_| ())
}
