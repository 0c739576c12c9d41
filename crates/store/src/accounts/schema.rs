//! The tables of the accounts: all SQL that shapes the database, none that reads or writes rows.
//!
//! The same statements run on SQLite and PostgreSQL. So there are two types only, `TEXT` and
//! `BIGINT`: a yes is 1, a moment is seconds since 1970, a hash is hexadecimal. Secrets are never
//! stored, only their SHA-256; passwords as argon2id (`hashing`).

use sqlx::AnyConnection;

use super::database::NotReached;
use super::fault::AccountsError;

/// The one row that all writers take first: it counts changes and hands out ids.
const STATE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS polder_state (
        id BIGINT PRIMARY KEY,
        shape BIGINT NOT NULL,
        generation BIGINT NOT NULL,
        next_id BIGINT NOT NULL
    )",
    "INSERT INTO polder_state (id, shape, generation, next_id) VALUES (1, 0, 1, 1) ON CONFLICT (id) DO NOTHING",
];

/// What brings a database from each shape to the next. A shape that was released never changes.
const STEPS: [&[&str]; 4] = [ROOT, GROUPS_OF_ISSUERS, NETWORKS_OF_SIGN_INS, ACTS];

/// The shape that the tables have after all steps.
pub(super) const NEWEST: usize = STEPS.len();

const ROOT: &[&str] = &[
    "CREATE TABLE accounts (
        id BIGINT PRIMARY KEY,
        login TEXT NOT NULL,
        login_key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        email TEXT,
        lang TEXT,
        is_admin BIGINT NOT NULL,
        is_enabled BIGINT NOT NULL,
        opaque TEXT NOT NULL UNIQUE,
        password TEXT,
        made_s BIGINT NOT NULL
    )",
    "CREATE TABLE memberships (
        account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        PRIMARY KEY (account, name)
    )",
    "CREATE TABLE sessions (
        hash TEXT PRIMARY KEY,
        handle BIGINT NOT NULL UNIQUE,
        account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        made_s BIGINT NOT NULL,
        renewed_s BIGINT NOT NULL,
        seen_s BIGINT NOT NULL,
        network TEXT NOT NULL,
        agent TEXT NOT NULL
    )",
    "CREATE INDEX sessions_by_account ON sessions (account)",
    "CREATE TABLE tokens (
        hash TEXT PRIMARY KEY,
        handle BIGINT NOT NULL UNIQUE,
        account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        label TEXT NOT NULL,
        scope TEXT NOT NULL,
        made_s BIGINT NOT NULL,
        expires_s BIGINT,
        used_s BIGINT
    )",
    "CREATE INDEX tokens_by_account ON tokens (account)",
    "CREATE TABLE links (
        hash TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        account BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
        member_of TEXT NOT NULL,
        is_admin BIGINT NOT NULL,
        email TEXT,
        made_by BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
        made_s BIGINT NOT NULL,
        expires_s BIGINT
    )",
    "CREATE TABLE identities (
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        PRIMARY KEY (issuer, subject)
    )",
    "CREATE INDEX identities_by_account ON identities (account)",
    "CREATE TABLE sign_ins (
        id BIGINT PRIMARY KEY,
        account BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
        time_s BIGINT NOT NULL,
        what TEXT NOT NULL,
        network TEXT NOT NULL,
        agent TEXT NOT NULL
    )",
    "CREATE INDEX sign_ins_by_account ON sign_ins (account, id)",
    "CREATE INDEX sign_ins_by_time ON sign_ins (time_s)",
];

/// Beside `memberships`, which are given here.
const GROUPS_OF_ISSUERS: &[&str] = &["CREATE TABLE issued_memberships (
        account BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        PRIMARY KEY (account, name)
    )"];

/// Asked at each sign-in, of an account at which somebody may have guessed a hundred thousand times.
const NETWORKS_OF_SIGN_INS: &[&str] = &["CREATE INDEX sign_ins_by_network ON sign_ins (account, network, what)"];

/// By the numbers of accounts, without holding them to it: a line stays when an account goes.
const ACTS: &[&str] = &["CREATE TABLE acts (
        id BIGINT PRIMARY KEY,
        time_s BIGINT NOT NULL,
        done_by BIGINT,
        whom BIGINT,
        what TEXT NOT NULL,
        more TEXT NOT NULL
    )"];

/// Makes the row of state, if it isn't there.
pub(super) async fn make_state(connection: &mut AnyConnection) -> Result<(), AccountsError> {
    for statement in STATE {
        sqlx::query(statement).execute(&mut *connection).await.reached()?;
    }
    Ok(())
}

/// Brings the tables to the newest shape. To be called within a transaction that holds the row of
/// state, so that two starting programs don't both do it.
pub(super) async fn bring_up(connection: &mut AnyConnection) -> Result<(), AccountsError> {
    let shape: i64 = sqlx::query_scalar("SELECT shape FROM polder_state WHERE id = 1")
        .fetch_one(&mut *connection)
        .await
        .reached()?;
    let shape = usize::try_from(shape).unwrap_or_default();
    if shape > STEPS.len() {
        return Err(AccountsError::Newer);
    }
    for statement in STEPS[shape..].iter().copied().flatten().copied() {
        sqlx::query(statement).execute(&mut *connection).await.reached()?;
    }
    sqlx::query("UPDATE polder_state SET shape = $1 WHERE id = 1")
        .bind(STEPS.len() as i64)
        .execute(&mut *connection)
        .await
        .reached()?;
    Ok(())
}
