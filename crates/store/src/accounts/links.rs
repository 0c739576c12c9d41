//! Links that do one thing once: make the first admin, take up an invitation, reset a password.
//!
//! The secret in the link is stored hashed. Using it and what it does are one transaction, so that of
//! two who use it at the same moment one gets nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

use super::account::{self, Account, AccountId, NewAccount};
use super::acts::{self, Act};
use super::changes::{self, Tokens};
use super::database::NotReached as _;
use super::fault::{AccountFault, AccountsError, LinkFault};
use super::secret;
use super::{Accounts, Doer};

/// How long an invitation is meant to live.
pub const INVITE_LIVES_S: i64 = 7 * 24 * 3600;
/// How long a link to reset a password is meant to live.
pub const RESET_LIVES_S: i64 = 15 * 60;
/// Links that one admin may have open at once.
const LINKS_MAX: i64 = 1_000;

/// Characters of the hash of a link that name it: 64 bits, which tell nothing of the secret. The same
/// number stands in the statement of `withdraw_link`.
const KEY_CHARS: usize = 16;

/// What a link does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Makes the first account, an admin. Lives until there is any account, or a newer such link.
    First,
    /// Makes an account with these groups.
    Invite { groups: BTreeSet<Box<str>>, is_admin: bool, email: Option<String> },
    /// Sets the password of an account. A newer such link ends the older one.
    Reset(AccountId),
}

/// A link that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub kind: Kind,
    /// Who made it; `None` for the program itself.
    pub by: Option<AccountId>,
    pub made_s: i64,
    pub expires_s: Option<i64>,
}

/// Names a link in lists and forms. Whoever knows it can't use the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkKey(pub String);

/// A link in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    pub key: LinkKey,
    pub link: Link,
}

impl Accounts {
    /// Invitations and links for new passwords that can still be used, the newest first: all of them, or
    /// those that one account made.
    pub fn links(&self, by: Option<AccountId>) -> Result<Vec<LinkRow>, AccountsError> {
        let rows = self.shared.database.read(async |connection| {
            sqlx::query(
                "SELECT kind, account, member_of, is_admin, email, made_by, made_s, expires_s, hash FROM links
                 WHERE kind IN ('invite', 'reset') AND ($1 = 0 OR made_by = $1)
                 ORDER BY made_s DESC, hash LIMIT $2",
            )
            .bind(by.map_or(0, |by| by.0))
            .bind(LINKS_MAX)
            .fetch_all(connection)
            .await
            .reached()
        })?;
        let now_s = self.now_s();
        let mut links = Vec::new();
        for row in &rows {
            let hash: String = row.try_get(8).reached()?;
            let key = LinkKey(hash.chars().take(KEY_CHARS).collect());
            links.extend(read_link(row, now_s)?.map(|link| LinkRow { key, link }));
        }
        Ok(links)
    }

    /// Takes an invitation or a link for a new password back.
    pub fn withdraw_link(&self, key: &LinkKey) -> Result<(), AccountFault> {
        let (doer, now_s) = (self.doer, self.now_s());
        if key.0.len() != KEY_CHARS {
            return Err(AccountFault::Unknown);
        }
        self.shared.database.note(async |connection| {
            let row = sqlx::query(
                "DELETE FROM links WHERE substr(hash, 1, 16) = $1 AND kind IN ('invite', 'reset')
                 RETURNING account, member_of",
            )
            .bind(&key.0)
            .fetch_optional(&mut *connection)
            .await
            .reached()?;
            let Some(row) = row else { return Ok(Err(AccountFault::Unknown)) };
            let (whom, groups): (Option<i64>, String) = (row.try_get(0).reached()?, row.try_get(1).reached()?);
            let more = groups.replace(',', " ");
            acts::write(connection, doer, whom.map(AccountId), (Act::Withdrawn, &more), now_s).await?;
            Ok(Ok(()))
        })?
    }

    /// Makes a link that lives so many seconds (`First` lives on), and gives its secret.
    pub fn make_link(&self, kind: Kind, by: Option<AccountId>, lives_s: i64) -> Result<String, AccountFault> {
        let row = Row::of(&kind)?;
        let secret = secret::fresh("")?;
        let hash = secret::hash(&secret, "").ok_or(AccountFault::Unknown)?;
        let (doer, now_s) = (self.doer, self.now_s());
        let expires_s = (kind != Kind::First).then(|| now_s.saturating_add(lives_s));
        self.shared.database.note(async |connection| {
            if row.kind != "invite" {
                sqlx::query("DELETE FROM links WHERE kind = $1 AND COALESCE(account, 0) = $2")
                    .bind(row.kind)
                    .bind(row.account.unwrap_or(0))
                    .execute(&mut *connection)
                    .await
                    .reached()?;
            }
            let n_open: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM links WHERE COALESCE(made_by, 0) = $1")
                .bind(by.map_or(0, |by| by.0))
                .fetch_one(&mut *connection)
                .await
                .reached()?;
            let known: Option<i64> = match row.account {
                None => Some(0),
                Some(id) => sqlx::query_scalar("SELECT id FROM accounts WHERE id = $1 AND is_enabled = 1")
                    .bind(id)
                    .fetch_optional(&mut *connection)
                    .await
                    .reached()?,
            };
            if known.is_none() {
                return Ok(Err(AccountFault::Unknown));
            }
            if n_open >= LINKS_MAX {
                return Ok(Err(AccountFault::TooMany));
            }
            sqlx::query(
                "INSERT INTO links (hash, kind, account, member_of, is_admin, email, made_by, made_s, expires_s)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(secret::hex(&hash))
            .bind(row.kind)
            .bind(row.account)
            .bind(&row.member_of)
            .bind(row.is_admin)
            .bind(&row.email)
            .bind(by.map(|by| by.0))
            .bind(now_s)
            .bind(expires_s)
            .execute(&mut *connection)
            .await
            .reached()?;
            let whom = row.account.map(AccountId);
            match &kind {
                Kind::First => {}
                Kind::Reset(_) => acts::write(connection, doer, whom, (Act::ResetLink, ""), now_s).await?,
                // Not the address: the line outlives the account.
                Kind::Invite { groups, is_admin, .. } => {
                    let admin = is_admin.then_some("admins");
                    let more: Vec<&str> = groups.iter().map(|group| &**group).chain(admin).collect();
                    acts::write(connection, doer, None, (Act::Invited, &more.join(" ")), now_s).await?;
                }
            }
            Ok(Ok(()))
        })??;
        Ok(secret)
    }

    /// What this link would do, if it can be used. Does not use it.
    pub fn link(&self, secret: &str, now_s: i64) -> Result<Option<Link>, AccountsError> {
        let Some(hash) = secret::hash(secret, "") else { return Ok(None) };
        let hash = secret::hex(&hash);
        let row = self.shared.database.read(async |connection| {
            sqlx::query(
                "SELECT kind, account, member_of, is_admin, email, made_by, made_s, expires_s FROM links WHERE hash = $1",
            )
            .bind(&hash)
            .fetch_optional(connection)
            .await
            .reached()
        })?;
        let Some(row) = row else { return Ok(None) };
        Ok(read_link(&row, now_s)?.filter(|link| link.kind != Kind::First || !self.any()))
    }

    /// Makes the first account, as an admin.
    pub fn use_first(&self, secret: &str, new: NewAccount, now_s: i64) -> Result<Arc<Account>, LinkFault> {
        self.link(secret, now_s)?.filter(|link| link.kind == Kind::First).ok_or(LinkFault::Gone)?;
        let checked = self.checked(NewAccount { is_admin: true, ..new })?;
        let id = self.write(async |connection| {
            let link = consume(connection, secret, now_s).await?;
            let n_accounts: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM accounts").fetch_one(&mut *connection).await.reached()?;
            if link.kind != Kind::First || n_accounts > 0 {
                return Err(LinkFault::Gone);
            }
            let id = changes::insert(connection, &checked, now_s).await?;
            // The link stood in the terminal.
            acts::write(connection, Doer::Machine, Some(id), (Act::Made, ""), now_s).await?;
            acts::write(connection, Doer::Machine, Some(id), (Act::AdminGiven, ""), now_s).await?;
            Ok(id)
        })?;
        self.account(id).ok_or(LinkFault::Gone)
    }

    /// Makes an account. Groups and rights are the invitation's, whatever `new` says.
    pub fn use_invite(&self, secret: &str, new: NewAccount, now_s: i64) -> Result<Arc<Account>, LinkFault> {
        let Some(Link { kind: Kind::Invite { groups, is_admin, email }, .. }) = self.link(secret, now_s)? else {
            return Err(LinkFault::Gone);
        };
        let checked = self.checked(NewAccount { groups, is_admin, email: email.or(new.email), ..new })?;
        let id = self.write(async |connection| {
            let link = consume(connection, secret, now_s).await?;
            if !matches!(link.kind, Kind::Invite { .. }) {
                return Err(LinkFault::Gone);
            }
            let id = changes::insert(connection, &checked, now_s).await?;
            // Whoever invited let them in.
            let doer = link.by.map_or(Doer::Machine, Doer::Admin);
            acts::write(connection, doer, Some(id), (Act::Made, ""), now_s).await?;
            if is_admin {
                acts::write(connection, doer, Some(id), (Act::AdminGiven, ""), now_s).await?;
            }
            Ok::<AccountId, LinkFault>(id)
        })?;
        self.account(id).ok_or(LinkFault::Gone)
    }

    /// Sets a password, and ends all sessions and tokens of that account: whoever needs a new password
    /// may have lost the old one to somebody else.
    pub fn use_reset(&self, secret: &str, password: &str, now_s: i64) -> Result<Arc<Account>, LinkFault> {
        let Some(Link { kind: Kind::Reset(id), .. }) = self.link(secret, now_s)? else { return Err(LinkFault::Gone) };
        let hash = self.hash_for(id, password)?;
        self.write(async |connection| match consume(connection, secret, now_s).await?.kind {
            Kind::Reset(of) if of == id => {
                Ok::<(), LinkFault>(changes::put_password(connection, id, &hash, (None, Tokens::End), now_s).await?)
            }
            _ => Err(LinkFault::Gone),
        })?;
        self.account(id).ok_or(LinkFault::Gone)
    }
}

/// A kind as it is stored.
struct Row {
    kind: &'static str,
    account: Option<i64>,
    member_of: String,
    is_admin: i64,
    email: Option<String>,
}

impl Row {
    fn of(kind: &Kind) -> Result<Row, AccountFault> {
        let plain = |kind, account| Row { kind, account, member_of: String::new(), is_admin: 0, email: None };
        Ok(match kind {
            Kind::First => plain("first", None),
            Kind::Reset(id) => plain("reset", Some(id.0)),
            Kind::Invite { groups, is_admin, email } => {
                account::check_groups(groups)?;
                Row {
                    member_of: groups.iter().map(|group| &**group).collect::<Vec<_>>().join(","),
                    is_admin: i64::from(*is_admin),
                    email: email.as_deref().map(account::check_email).transpose()?,
                    ..plain("invite", None)
                }
            }
        })
    }
}

/// Takes a link away and says what it was for.
async fn consume(connection: &mut AnyConnection, secret: &str, now_s: i64) -> Result<Link, LinkFault> {
    let hash = secret::hex(&secret::hash(secret, "").ok_or(LinkFault::Gone)?);
    let row = sqlx::query(
        "DELETE FROM links WHERE hash = $1
         RETURNING kind, account, member_of, is_admin, email, made_by, made_s, expires_s",
    )
    .bind(&hash)
    .fetch_optional(connection)
    .await
    .reached()?
    .ok_or(LinkFault::Gone)?;
    read_link(&row, now_s)?.ok_or(LinkFault::Gone)
}

/// `None` for one that has expired, or of a kind that a later Polder made.
fn read_link(row: &AnyRow, now_s: i64) -> Result<Option<Link>, AccountsError> {
    let expires_s: Option<i64> = row.try_get(7).reached()?;
    if expires_s.is_some_and(|expires_s| expires_s <= now_s) {
        return Ok(None);
    }
    let account: Option<i64> = row.try_get(1).reached()?;
    let email: Option<String> = row.try_get(4).reached()?;
    let kind: String = row.try_get(0).reached()?;
    let kind = match (kind.as_str(), account, email) {
        ("first", ..) => Kind::First,
        ("reset", Some(id), _) => Kind::Reset(AccountId(id)),
        ("invite", _, email) => {
            let groups: String = row.try_get(2).reached()?;
            Kind::Invite {
                groups: groups.split(',').filter(|group| !group.is_empty()).map(Box::from).collect(),
                is_admin: row.try_get::<i64, _>(3).reached()? != 0,
                email,
            }
        }
        _ => return Ok(None),
    };
    let by: Option<i64> = row.try_get(5).reached()?;
    Ok(Some(Link { kind, by: by.map(AccountId), made_s: row.try_get(6).reached()?, expires_s }))
}
