//! Who somebody is elsewhere (single sign-on), and all that is held about an account.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::AnyConnection;

use super::Accounts;
use super::account::{self, Account, AccountId};
use super::changes::must_not_be_last_admin;
use super::database::NotReached as _;
use super::fault::{AccountFault, AccountsError};
use super::links::LinkRow;
use super::log::LogRow;
use super::sessions::SessionRow;
use super::tokens::TokenRow;

/// Longest issuer or subject in bytes. OpenID Connect allows 255 for a subject.
const IDENTITY_MAX_BYTES: usize = 1_000;
/// Lines of the log in an export.
const LOG_ROWS: usize = 1_000;

/// All that is held about one account, without hashes.
#[derive(Clone, Debug)]
pub struct Held {
    pub account: Arc<Account>,
    pub sessions: Vec<SessionRow>,
    pub tokens: Vec<TokenRow>,
    /// Issuer and subject of each.
    pub identities: Vec<(String, String)>,
    pub log: Vec<LogRow>,
    /// Invitations and links that this account made for others, and that can still be used.
    pub links: Vec<LinkRow>,
}

impl Accounts {
    /// Whose account this is elsewhere. From memory. Whether it is enabled is asked at sign-in.
    pub fn identity(&self, issuer: &str, subject: &str) -> Option<Arc<Account>> {
        let memory = self.memory();
        let id = memory.identities.get(&(Box::from(issuer), Box::from(subject)))?;
        memory.accounts.get(id).cloned()
    }

    /// Binds an account to somebody elsewhere. One that belongs to another account is refused.
    pub fn link_identity(&self, id: AccountId, issuer: &str, subject: &str) -> Result<(), AccountFault> {
        let is_good = |text: &str| (1..=IDENTITY_MAX_BYTES).contains(&text.len()) && !text.contains('\0');
        if !is_good(issuer) || !is_good(subject) {
            return Err(AccountFault::IdentityBad);
        }
        self.write(async |connection| {
            let known: Option<i64> = sqlx::query_scalar("SELECT id FROM accounts WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await
                .reached()?;
            known.ok_or(AccountFault::Unknown)?;
            let holder: Option<i64> =
                sqlx::query_scalar("SELECT account FROM identities WHERE issuer = $1 AND subject = $2")
                    .bind(issuer)
                    .bind(subject)
                    .fetch_optional(&mut *connection)
                    .await
                    .reached()?;
            match holder {
                Some(holder) if holder == id.0 => return Ok(()),
                Some(_) => return Err(AccountFault::IdentityTaken),
                None => {}
            }
            sqlx::query("INSERT INTO identities (issuer, subject, account) VALUES ($1, $2, $3)")
                .bind(issuer)
                .bind(subject)
                .bind(id.0)
                .execute(connection)
                .await
                .reached()?;
            Ok(())
        })
    }

    /// Lets go of somebody elsewhere, and of the groups that come from there.
    pub fn unlink_identity(&self, id: AccountId, issuer: &str, subject: &str) -> Result<(), AccountFault> {
        self.write(async |connection| {
            let n_ways: i64 = sqlx::query_scalar(
                "SELECT (SELECT COUNT(*) FROM identities WHERE account = $1)
                     + (SELECT COUNT(*) FROM accounts WHERE id = $1 AND password IS NOT NULL)",
            )
            .bind(id.0)
            .fetch_one(&mut *connection)
            .await
            .reached()?;
            if n_ways == 1 {
                must_not_be_last_admin(connection, id).await?;
            }
            let gone = sqlx::query("DELETE FROM identities WHERE issuer = $1 AND subject = $2 AND account = $3")
                .bind(issuer)
                .bind(subject)
                .bind(id.0)
                .execute(&mut *connection)
                .await
                .reached()?;
            if gone.rows_affected() == 0 {
                return Err(AccountFault::Unknown);
            }
            put_issued_groups(connection, id, &BTreeSet::new()).await?;
            Ok(())
        })
    }

    /// Puts these in place of all groups that an issuer gave before. Those that were given here stay.
    pub fn set_issued_groups(&self, id: AccountId, groups: &BTreeSet<Box<str>>) -> Result<(), AccountFault> {
        account::check_groups(groups)?;
        self.write(async |connection| {
            let known: Option<i64> = sqlx::query_scalar("SELECT id FROM accounts WHERE id = $1")
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await
                .reached()?;
            known.ok_or(AccountFault::Unknown)?;
            put_issued_groups(connection, id, groups).await?;
            Ok(())
        })
    }

    /// Who this account is elsewhere: issuer and subject, in order.
    pub fn identities(&self, id: AccountId) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = self
            .memory()
            .identities
            .iter()
            .filter(|(_, holder)| **holder == id)
            .map(|((issuer, subject), _)| (issuer.to_string(), subject.to_string()))
            .collect();
        all.sort();
        all
    }

    /// All that is held about an account; `None` if there is none.
    pub fn export(&self, id: AccountId) -> Result<Option<Held>, AccountsError> {
        let Some(account) = self.account(id) else { return Ok(None) };
        Ok(Some(Held {
            account,
            sessions: self.sessions(id),
            tokens: self.tokens(id),
            identities: self.identities(id),
            log: self.log(Some(id), 0, LOG_ROWS)?,
            links: self.links(Some(id))?,
        }))
    }
}

async fn put_issued_groups(
    connection: &mut AnyConnection,
    id: AccountId,
    groups: &BTreeSet<Box<str>>,
) -> Result<(), AccountsError> {
    sqlx::query("DELETE FROM issued_memberships WHERE account = $1")
        .bind(id.0)
        .execute(&mut *connection)
        .await
        .reached()?;
    for group in groups {
        sqlx::query("INSERT INTO issued_memberships (account, name) VALUES ($1, $2)")
            .bind(id.0)
            .bind(&**group)
            .execute(&mut *connection)
            .await
            .reached()?;
    }
    Ok(())
}
