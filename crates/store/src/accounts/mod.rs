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
//! passwords), `password` (choosing them), `tokens`, `links`, `identities`, `log`, `acts` (what admins
//! did), `rows` (backups).

mod account;
mod acts;
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
mod rows;
mod schema;
mod secret;
mod sessions;
#[cfg(test)]
mod tests;
mod tick;
mod tokens;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::AnyConnection;
use tracing::{error, warn};

use database::{Database, FileNow};
use hashing::Hasher;
use memory::Memory;
use tick::Runtime;

pub use account::{
    Account, AccountId, COMMIT_DOMAIN, Change, EMAIL_MAX_BYTES, GROUP_MAX_BYTES, LOGIN_MAX_CHARS, NAME_MAX_CHARS,
    NewAccount, RESERVED_GROUPS, is_group,
};
pub use acts::{ACTS_KEPT_ROWS, Act, ActRow, Named};
pub use database::Place;
pub use fault::{AccountFault, AccountsError, LinkFault, SignInError};
pub use identities::Held;
pub use limits::Network;
pub use links::{INVITE_LIVES_S, Kind, Link, LinkKey, LinkRow, RESET_LIVES_S};
pub use log::{LogRow, What};
pub use password::{LONGEST as PASSWORD_LONGEST, SHORTEST as PASSWORD_SHORTEST};
pub use rows::Rows;
pub use sessions::{How, NewSession, SessionKey, SessionRow, Signed};
pub use tokens::{Scope, TOKEN_LABEL_MAX_CHARS, TokenKey, TokenRow};

/// All accounts of one place. Cheap to clone; may be asked on any thread.
#[derive(Clone)]
pub struct Accounts {
    shared: Arc<Shared>,
    doer: Doer,
}

/// Who changes something, for the log of what was done to accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Doer {
    /// People, with what is their own: no matter of that log.
    #[default]
    Own,
    /// Somebody at the machine itself.
    Machine,
    Admin(AccountId),
}

struct Shared {
    place: Place,
    database: Database,
    /// Whether it is written beside the database that it holds accounts.
    is_marked: AtomicBool,
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
        let had_accounts = database::had_accounts(place);
        if had_accounts && is_missing(place) {
            return Err(AccountsError::Away);
        }
        let runtime = Runtime::start()?;
        let database = Database::open(place, runtime.handle())?;
        let memory = database.read(async |connection| memory::load(connection).await)?;
        if had_accounts && memory.accounts.is_empty() {
            return Err(AccountsError::Away);
        }
        let accounts = Accounts {
            shared: Arc::new(Shared {
                place: place.clone(),
                database,
                is_marked: AtomicBool::new(false),
                memory: RwLock::new(memory),
                hasher: Hasher::start()?,
                site_words: RwLock::default(),
                clock,
                _runtime: runtime,
            }),
            doer: Doer::Own,
        };
        accounts.shared.mark();
        tick::follow(&accounts.shared)?;
        Ok(accounts)
    }

    /// The same accounts, changed by somebody.
    pub fn acting(&self, doer: Doer) -> Accounts {
        Accounts { doer, ..self.clone() }
    }

    /// Whether there were accounts in this place when it was last looked at, also if they are gone.
    pub fn had_any(place: &Place) -> bool {
        database::had_accounts(place)
    }

    /// Forgets that there were accounts in this place, so that `open` begins anew. The database itself
    /// is not touched.
    pub fn begin_anew(place: &Place) -> Result<(), AccountsError> {
        database::unmark(place).map_err(|error| AccountsError::Other(error.to_string()))
    }

    /// Whether there is any account: until then, whoever is at this machine may do everything.
    pub fn any(&self) -> bool {
        self.shared.has_any()
    }

    /// Whether what held the accounts was taken away. Nobody can be known then.
    pub fn is_away(&self) -> bool {
        self.shared.database.is_away()
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

    /// Whether an account has this display name, without regard to case and spaces.
    pub fn is_name_taken(&self, name: &str) -> bool {
        self.memory().names.contains(account::name_key(name).as_str())
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

    /// Writes down whether there are accounts, when that has changed.
    fn mark(&self) {
        let has_any = self.has_any();
        if self.is_marked.swap(has_any, Ordering::Relaxed) == has_any {
            return;
        }
        let done = if has_any { database::mark(&self.place) } else { database::unmark(&self.place) };
        if let Err(error) = done {
            warn!("it could not be written beside the accounts whether there are any: {error}");
        }
    }

    /// Whether the file of the accounts is the one that was opened. If another has its place, that is
    /// opened.
    fn is_same_file(&self) -> Result<bool, AccountsError> {
        match self.database.file_now() {
            FileNow::Same => return Ok(true),
            FileNow::Gone if self.has_any() => {
                self.set_away(true);
                return Err(AccountsError::Away);
            }
            FileNow::Gone | FileNow::Replaced => {}
        }
        let opened = self.database.open_anew().and_then(|()| self.take_over());
        match &opened {
            Ok(()) => self.database.note_files(true),
            Err(_) => {
                self.set_away(true);
                // Closed while it has its name, it leaves no log behind, which SQLite would take for
                // that of the file that is put there next.
                self.database.close();
            }
        }
        opened.map(|()| false)
    }

    /// Takes what is in the database now for what counts, whatever it was before. Never one without
    /// accounts where there were some.
    fn take_over(&self) -> Result<(), AccountsError> {
        let fresh = self.database.look_into(async |connection| memory::load(connection).await)?;
        if fresh.accounts.is_empty() && self.has_any() {
            self.set_away(true);
            return Err(AccountsError::Away);
        }
        {
            let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
            fresh.keep_moments(&memory);
            *memory = fresh;
        }
        self.set_away(false);
        warn!("the accounts were put back from elsewhere: what they are now counts");
        self.mark();
        Ok(())
    }

    fn has_any(&self) -> bool {
        !self.memory().accounts.is_empty()
    }

    fn set_away(&self, is_away: bool) {
        if is_away && !self.database.is_away() {
            error!(
                "the file of the accounts, {}, was taken away or replaced by one without accounts; nobody can sign in \
                 until it is back",
                self.place
            );
        }
        self.database.set_away(is_away);
    }

    /// Reads all anew, unless somebody read something newer meanwhile.
    fn reload(&self) -> Result<(), AccountsError> {
        let fresh = self.database.read(async |connection| memory::load(connection).await)?;
        {
            let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
            if fresh.generation >= memory.generation {
                fresh.keep_moments(&memory);
                *memory = fresh;
            }
        }
        self.mark();
        Ok(())
    }
}

/// Whether nothing was ever kept in this place, as far as can be seen without opening it.
pub fn is_missing(place: &Place) -> bool {
    matches!(place, Place::File(file) if !file.exists())
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
