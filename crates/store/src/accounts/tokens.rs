//! Personal access tokens, for git and the API.
//!
//! A token is `pld_` and 256 random bits, shown once; the database knows its SHA-256. What each may
//! do within its scope is decided where it is used.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use polder_core::path::is_invisible;

use super::Accounts;
use super::account::{Account, AccountId};
use super::acts::{self, Act};
use super::database::NotReached as _;
use super::fault::AccountFault;
use super::log::{self, What};
use super::memory::{Moment, Token};
use super::secret;

/// Longest label.
pub const TOKEN_LABEL_MAX_CHARS: usize = 80;
/// Tokens of one account: one per program is far fewer.
const TOKENS_MAX: i64 = 100;

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Read,
    Write,
}

/// Names a token in lists and forms. Whoever knows it can't use the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenKey(pub i64);

/// A token in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    pub key: TokenKey,
    pub label: String,
    pub scope: Scope,
    pub made_s: i64,
    pub expires_s: Option<i64>,
    pub used_s: Option<i64>,
}

impl Scope {
    pub fn code(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
        }
    }

    pub fn parse(code: &str) -> Option<Scope> {
        [Scope::Read, Scope::Write].into_iter().find(|scope| scope.code() == code)
    }
}

impl Accounts {
    /// Whose token this is and for what, if it still holds. From memory; the last use is written
    /// within a minute.
    pub fn token(&self, secret: &str, now_s: i64) -> Option<(Arc<Account>, Scope)> {
        let hash = secret::hash(secret, secret::TOKEN_PREFIX)?;
        let memory = self.memory();
        let token = memory.tokens.get(&hash)?;
        let account = memory.accounts.get(&token.account)?;
        if !account.is_enabled || token.expires_s.is_some_and(|expires_s| expires_s <= now_s) {
            return None;
        }
        token.used.touch(now_s);
        Some((Arc::clone(account), token.scope))
    }

    /// Makes a token and gives its secret, which can't be had again.
    pub fn new_token(
        &self,
        id: AccountId,
        label: &str,
        scope: Scope,
        expires_s: Option<i64>,
    ) -> Result<String, AccountFault> {
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.chars().count() > TOKEN_LABEL_MAX_CHARS || label.chars().any(is_invisible) {
            return Err(AccountFault::LabelBad);
        }
        let secret = secret::fresh(secret::TOKEN_PREFIX)?;
        let hash = secret::hash(&secret, secret::TOKEN_PREFIX).ok_or(AccountFault::Unknown)?;
        let (doer, now_s) = (self.doer, self.now_s());
        let token = Arc::new(Token {
            handle: secret::fresh_handle()?,
            account: id,
            label: label.into(),
            scope,
            made_s: now_s,
            expires_s,
            used: Moment::at(0),
        });
        self.write_small(
            async |connection| {
                let known: Option<i64> = sqlx::query_scalar("SELECT id FROM accounts WHERE id = $1")
                    .bind(id.0)
                    .fetch_optional(&mut *connection)
                    .await
                    .reached()?;
                known.ok_or(AccountFault::Unknown)?;
                let n_tokens: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM tokens WHERE account = $1")
                    .bind(id.0)
                    .fetch_one(&mut *connection)
                    .await
                    .reached()?;
                if n_tokens >= TOKENS_MAX {
                    return Err(AccountFault::TooMany);
                }
                sqlx::query(
                    "INSERT INTO tokens (hash, handle, account, label, scope, made_s, expires_s)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(secret::hex(&hash))
                .bind(token.handle)
                .bind(id.0)
                .bind(&*token.label)
                .bind(scope.code())
                .bind(now_s)
                .bind(expires_s)
                .execute(&mut *connection)
                .await
                .reached()?;
                log::write(connection, Some(id), What::TokenMade, ("", ""), now_s).await?;
                acts::write(connection, doer, Some(id), (Act::TokenMade, scope.code()), now_s).await?;
                Ok(())
            },
            |memory, ()| {
                memory.tokens.insert(hash, Arc::clone(&token));
            },
        )?;
        Ok(secret)
    }

    /// Tokens of an account, expired ones too, the newest first.
    pub fn tokens(&self, id: AccountId) -> Vec<TokenRow> {
        let mut rows: Vec<TokenRow> = self
            .memory()
            .tokens
            .values()
            .filter(|token| token.account == id)
            .map(|token| TokenRow {
                key: TokenKey(token.handle),
                label: token.label.to_string(),
                scope: token.scope,
                made_s: token.made_s,
                expires_s: token.expires_s,
                used_s: Some(token.used.get()).filter(|used_s| *used_s > 0),
            })
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.made_s), row.key.0));
        rows
    }

    /// Ends a token of this account, at once.
    pub fn end_token(&self, id: AccountId, key: TokenKey) -> Result<(), AccountFault> {
        let now_s = self.now_s();
        self.write_small(
            async |connection| {
                let ended = sqlx::query("DELETE FROM tokens WHERE account = $1 AND handle = $2")
                    .bind(id.0)
                    .bind(key.0)
                    .execute(&mut *connection)
                    .await
                    .reached()?;
                if ended.rows_affected() == 0 {
                    return Err(AccountFault::Unknown);
                }
                log::write(connection, Some(id), What::TokenEnded, ("", ""), now_s).await?;
                Ok(())
            },
            |memory, ()| memory.tokens.retain(|_, token| token.account != id || token.handle != key.0),
        )
    }
}

/// 16 hexadecimal digits.
impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for TokenKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<TokenKey, Self::Err> {
        i64::from_str_radix(text, 16).map(TokenKey)
    }
}
