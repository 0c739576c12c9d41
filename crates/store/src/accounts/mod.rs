//! Who may sign in: accounts, their sessions, tokens and links, and the log of sign-ins.
//!
//! They lie in a database of their own, SQLite or PostgreSQL, never in git (INV-7). What may be done
//! by whom is decided elsewhere; HTTP, cookies and mail are unknown here.
//!
//! Every request asks who it comes from, so the answers are in memory (`memory`). A counter in the
//! database is raised with every change; a thread looks at it twice a second and reads anew when
//! another program changed something (`polder user`, a second server). The same thread writes when
//! sessions and tokens were last used, and drops what has expired.
//!
//! Reading order: `account` (what one is), `schema` (the tables), `database` (the connection),
//! `memory`, `changes` (make, change, disable, remove), `sessions`, `hashing` and `limits` (guessing
//! passwords), `password` (choosing them), `tokens`, `links`, `identities`, `log`.

mod account;
mod changes;
mod database;
mod fault;
mod hashing;
mod identities;
mod limits;
mod links;
mod log;
mod memory;
mod password;
#[cfg(test)]
mod postgres_tests;
mod schema;
mod secret;
mod sessions;
#[cfg(test)]
mod tests;
mod tick;
mod tokens;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::AnyConnection;

use database::Database;
use hashing::Hasher;
use memory::Memory;
use tick::Runtime;

pub use account::{
    Account, AccountId, COMMIT_DOMAIN, Change, EMAIL_MAX_BYTES, GROUP_MAX_BYTES, LOGIN_MAX_CHARS, NAME_MAX_CHARS,
    NewAccount, RESERVED_GROUPS, is_group,
};
pub use database::Place;
pub use fault::{AccountFault, AccountsError, LinkFault, SignInError};
pub use identities::Held;
pub use limits::Network;
pub use links::{INVITE_LIVES_S, Kind, Link, RESET_LIVES_S};
pub use log::{LogRow, What};
pub use password::{LONGEST as PASSWORD_LONGEST, SHORTEST as PASSWORD_SHORTEST};
pub use sessions::{How, NewSession, SessionKey, SessionRow, Signed};
pub use tokens::{Scope, TOKEN_LABEL_MAX_CHARS, TokenKey, TokenRow};

/// All accounts of one place. Cheap to clone; may be asked on any thread.
#[derive(Clone)]
pub struct Accounts {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    memory: RwLock<Memory>,
    hasher: Hasher,
    /// Words that no password may be made of: the name of the wiki and of its host.
    site_words: RwLock<Vec<String>>,
    clock: Clock,
    /// Last, so that the connections are closed before it ends.
    _runtime: Runtime,
}

/// Seconds since 1970, for what has no caller that says the time.
type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

impl Accounts {
    /// Opens the accounts, and makes what is missing.
    pub fn open(place: &Place) -> Result<Accounts, AccountsError> {
        Accounts::open_at(place, Arc::new(now_s))
    }

    fn open_at(place: &Place, clock: Clock) -> Result<Accounts, AccountsError> {
        let runtime = Runtime::start()?;
        let database = Database::open(place, runtime.handle())?;
        let memory = database.read(async |connection| memory::load(connection).await)?;
        let accounts = Accounts {
            shared: Arc::new(Shared {
                database,
                memory: RwLock::new(memory),
                hasher: Hasher::start()?,
                site_words: RwLock::default(),
                clock,
                _runtime: runtime,
            }),
        };
        tick::follow(&accounts.shared)?;
        Ok(accounts)
    }

    /// Whether there is any account: until then, whoever is at this machine may do everything.
    pub fn any(&self) -> bool {
        !self.memory().accounts.is_empty()
    }

    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.memory().accounts.get(&id).cloned()
    }

    /// Without regard to case.
    pub fn by_login(&self, login: &str) -> Option<Arc<Account>> {
        self.memory().by_login(&account::login_key(login)).cloned()
    }

    /// The account whose address in commits this is.
    pub fn by_commit_address(&self, address: &str) -> Option<Arc<Account>> {
        let opaque = address.strip_suffix(COMMIT_DOMAIN)?.strip_suffix('@')?;
        self.memory().accounts.values().find(|account| *account.opaque == *opaque).cloned()
    }

    /// All accounts, by login.
    pub fn list(&self) -> Vec<Arc<Account>> {
        let mut all: Vec<(String, Arc<Account>)> = self
            .memory()
            .accounts
            .values()
            .map(|account| (account::login_key(&account.login), Arc::clone(account)))
            .collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all.into_iter().map(|(_, account)| account).collect()
    }

    /// Words that passwords may not be made of, besides those of the person.
    pub fn set_site_words(&self, words: Vec<String>) {
        *self.shared.site_words.write().unwrap_or_else(PoisonError::into_inner) = words;
    }

    /// Whether the database answers.
    pub fn check(&self) -> Result<(), AccountsError> {
        self.shared.database.read(async |connection| memory::generation(connection).await).map(|_| ())
    }

    /// Writes when sessions and tokens were last used. Otherwise done once a minute.
    pub fn flush(&self) -> Result<(), AccountsError> {
        self.shared.flush()
    }

    /// Writes what is left to write, and lets go of the database. For the end of the program, when
    /// nobody can say who still holds a clone of this.
    pub fn close(&self) {
        // What is lost is a minute of last uses.
        let _ = self.flush();
        self.shared.database.close();
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.shared.memory()
    }

    fn now_s(&self) -> i64 {
        (self.shared.clock)()
    }

    /// Changes the database, and then the memory by all that is in it.
    fn write<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        let (value, _) = self.shared.database.write(body)?;
        self.shared.reload()?;
        Ok(value)
    }

    /// Changes the database, and then the memory by `patch` alone, unless others changed something
    /// too: then all is read.
    fn write_small<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
        patch: impl FnOnce(&mut Memory, &T),
    ) -> Result<T, E> {
        let (value, generation) = self.shared.database.write(body)?;
        {
            let mut memory = self.shared.memory.write().unwrap_or_else(PoisonError::into_inner);
            if memory.generation >= generation {
                return Ok(value);
            }
            if memory.generation == generation - 1 {
                patch(&mut memory, &value);
                memory.generation = generation;
                return Ok(value);
            }
        }
        self.shared.reload()?;
        Ok(value)
    }
}

impl Shared {
    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all anew, unless somebody read something newer meanwhile.
    fn reload(&self) -> Result<(), AccountsError> {
        self.read_anew(|fresh, held| fresh.generation >= held.generation)
    }

    /// Reads all anew, also if the count went back: the database was put back from a copy.
    fn reload_whatever(&self) -> Result<(), AccountsError> {
        self.read_anew(|_, _| true)
    }

    fn read_anew(&self, is_wanted: impl FnOnce(&Memory, &Memory) -> bool) -> Result<(), AccountsError> {
        let fresh = self.database.read(async |connection| memory::load(connection).await)?;
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        if is_wanted(&fresh, &memory) {
            fresh.keep_moments(&memory);
            *memory = fresh;
        }
        Ok(())
    }
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
