//! The two threads behind the accounts: one drives the sockets and timers of sqlx, one looks at the
//! clock.
//!
//! They end when the last `Accounts` is dropped.

use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::database::NotReached as _;
use super::fault::AccountsError;
use super::memory;
use super::sessions::{ABSOLUTE_S, ADMIN_ABSOLUTE_S, IDLE_S};
use super::{Shared, acts, log};

/// How soon a change by another program is seen, at the latest. It costs one small question each.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Looks between two writings of last uses: a minute.
const FLUSH_EVERY: u32 = 120;
/// Looks between two removals of what has expired: an hour.
const PRUNE_EVERY: u32 = 7_200;

/// Keeps the runtime going; dropping it ends the thread.
pub(super) struct Runtime {
    handle: Handle,
    _ends: oneshot::Sender<()>,
}

impl Runtime {
    pub fn start() -> Result<Runtime, AccountsError> {
        let failed = |error: std::io::Error| AccountsError::Other(format!("no runtime for the accounts: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (ends, ended) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("accounts-io".to_owned())
            .spawn(move || {
                let _ = runtime.block_on(ended);
            })
            .map_err(failed)?;
        Ok(Runtime { handle, _ends: ends })
    }

    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

/// Looks after the accounts until they are dropped.
pub(super) fn follow(shared: &Arc<Shared>) -> Result<(), AccountsError> {
    let weak = Arc::downgrade(shared);
    thread::Builder::new()
        .name("accounts".to_owned())
        .spawn(move || run(&weak))
        .map(|_| ())
        .map_err(|error| AccountsError::Other(error.to_string()))
}

fn run(shared: &Weak<Shared>) {
    let mut told = false;
    // The first tidying comes soon after the start, the first flush a minute later.
    for look in 1_u32.. {
        thread::sleep(LOOK_EVERY);
        let Some(shared) = shared.upgrade() else { return };
        let done = shared.look().and_then(|()| match look {
            _ if look % PRUNE_EVERY == 1 => shared.prune(),
            _ if look.is_multiple_of(FLUSH_EVERY) => shared.flush(),
            _ => Ok(()),
        });
        match done {
            Err(error) if !told => {
                warn!("the database of the accounts does not answer, what is in memory goes on: {error}");
                told = true;
            }
            Ok(()) if told => {
                info!("the database of the accounts answers again");
                told = false;
            }
            _ => {}
        }
    }
}

impl Shared {
    /// Reads anew if another program changed something.
    fn look(&self) -> Result<(), AccountsError> {
        if !self.is_same_file()? {
            return Ok(());
        }
        let asked = || self.database.look_into(async |connection| memory::generation(connection).await);
        let there = asked()?;
        let held = self.memory().generation;
        // Less than is held: either this program wrote something since it was asked, or the database was
        // put back from a copy.
        if there < held && asked()? < held {
            return self.take_over();
        }
        self.set_away(false);
        if there > held { self.reload() } else { Ok(()) }
    }

    pub(super) fn flush(&self) -> Result<(), AccountsError> {
        let (sessions, tokens): (Vec<_>, Vec<_>) = {
            let memory = self.memory();
            let sessions = memory.sessions.values().filter(|session| session.seen.unwritten().is_some()).cloned();
            let tokens = memory.tokens.values().filter(|token| token.used.unwritten().is_some()).cloned();
            (sessions.collect(), tokens.collect())
        };
        if sessions.is_empty() && tokens.is_empty() {
            return Ok(());
        }
        let seen: Vec<(i64, i64)> = sessions.iter().map(|session| (session.handle, session.seen.get())).collect();
        let used: Vec<(i64, i64)> = tokens.iter().map(|token| (token.handle, token.used.get())).collect();
        self.database.note(async |connection| {
            // Another server may have written a later time.
            for (handle, time_s) in &seen {
                sqlx::query("UPDATE sessions SET seen_s = $2 WHERE handle = $1 AND seen_s < $2")
                    .bind(handle)
                    .bind(time_s)
                    .execute(&mut *connection)
                    .await
                    .reached()?;
            }
            for (handle, time_s) in &used {
                sqlx::query("UPDATE tokens SET used_s = $2 WHERE handle = $1 AND (used_s IS NULL OR used_s < $2)")
                    .bind(handle)
                    .bind(time_s)
                    .execute(&mut *connection)
                    .await
                    .reached()?;
            }
            Ok(())
        })?;
        for (session, (_, time_s)) in sessions.iter().zip(&seen) {
            session.seen.written(*time_s);
        }
        for (token, (_, time_s)) in tokens.iter().zip(&used) {
            token.used.written(*time_s);
        }
        Ok(())
    }

    /// Removes what has expired: sessions, links, old lines of the log. Expired tokens stay, so that
    /// their owner sees why something stopped working.
    pub(super) fn prune(&self) -> Result<(), AccountsError> {
        self.flush()?;
        let now_s = (self.clock)();
        self.database.write(async |connection| {
            sqlx::query(
                "DELETE FROM sessions WHERE made_s < $1 OR seen_s < $2
                 OR (made_s < $3 AND account IN (SELECT id FROM accounts WHERE is_admin = 1))",
            )
            .bind(now_s - ABSOLUTE_S)
            .bind(now_s - IDLE_S)
            .bind(now_s - ADMIN_ABSOLUTE_S)
            .execute(&mut *connection)
            .await
            .reached()?;
            sqlx::query("DELETE FROM links WHERE expires_s < $1")
                .bind(now_s)
                .execute(&mut *connection)
                .await
                .reached()?;
            log::prune(connection, now_s).await?;
            acts::prune(connection, now_s).await?;
            Ok::<(), AccountsError>(())
        })?;
        self.reload()
    }
}
