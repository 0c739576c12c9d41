//! The connection to SQLite or PostgreSQL, for callers that are not asynchronous.
//!
//! sqlx needs a tokio runtime for its sockets and timers. It runs on a thread of its own, which
//! does nothing else but tick (`mod`); the thread that asks drives its own question and sleeps
//! meanwhile. So it may be asked on any thread, also on one of another runtime.
//!
//! A file can be taken away or replaced while it is open: then the connections would go on with what
//! nobody will find again. So it is looked at (`file_now`), and while it is gone nothing is answered.

use std::fs::{self, OpenOptions};
use std::future::Future;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _};
use tokio::runtime::Handle;

use super::fault::AccountsError;
use super::schema;

/// SQLite has one writer at a time; the second connection reads meanwhile.
const FILE_CONNECTIONS: u32 = 2;
/// Writers wait for each other in PostgreSQL too; a few more for readers.
const SERVER_CONNECTIONS: u32 = 4;
/// A database that does not answer is told to whoever asks, rather than waited for.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A database that is gone does not hold up the end of the program.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What stands behind the name of the database in that of the file which says that it held accounts.
const MARKER_ENDING: &str = ".kept";
const MARKER_TEXT: &str =
    "The file of this name without .kept holds accounts. Should it be gone, Polder does not start as if
there had never been any: put it back from a copy, or begin anew with `polder serve --new-accounts`.
";

/// Where the accounts are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite, readable by its owner only.
    File(PathBuf),
    /// An address as PostgreSQL's own programs take it: `postgres://name:password@host/database`.
    Postgres(String),
}

impl Place {
    /// From a setting: what begins like an address of PostgreSQL is one, all else is a file.
    pub fn parse(text: &str) -> Place {
        match text.starts_with("postgres://") || text.starts_with("postgresql://") {
            true => Place::Postgres(text.to_owned()),
            false => Place::File(text.into()),
        }
    }
}

/// Without the password, since this ends up in messages.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File(path) => write!(f, "{}", path.display()),
            Place::Postgres(address) => {
                let rest = address.split_once("://").map_or("", |(_, rest)| rest);
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                write!(f, "postgres://{}", host.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Place({self})")
    }
}

/// What a file is besides its name: device and number.
type FileId = (u64, u64);

/// The file of SQLite and the log beside it, as they were when last looked at.
#[derive(Clone, Copy, Default)]
struct Files {
    main: Option<FileId>,
    log: Option<FileId>,
    /// Whether what is in it counts. If not, it is opened anew at the next look.
    is_taken: bool,
}

/// What became of the file since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileNow {
    Same,
    /// Another one has its name.
    Replaced,
    Gone,
}

pub(super) struct Database {
    place: Place,
    pool: RwLock<AnyPool>,
    runtime: Handle,
    files: Mutex<Files>,
    /// Nothing is read or written meanwhile.
    is_away: AtomicBool,
}

impl Database {
    /// Connects, and brings the tables to the newest shape.
    pub fn open(place: &Place, runtime: Handle) -> Result<Database, AccountsError> {
        sqlx::any::install_default_drivers();
        let pool = connect(place, &runtime)?;
        let database = Database {
            place: place.clone(),
            pool: RwLock::new(pool),
            runtime,
            files: Mutex::default(),
            is_away: AtomicBool::new(false),
        };
        database.ready(place)?;
        database.note_files(true);
        Ok(database)
    }

    /// Whether the file that was opened is still there.
    pub fn file_now(&self) -> FileNow {
        let Place::File(path) = &self.place else { return FileNow::Same };
        let held = *self.files();
        match file_id(path) {
            None => FileNow::Gone,
            now if now == held.main && held.is_taken => {
                self.note_files(true);
                FileNow::Same
            }
            _ => FileNow::Replaced,
        }
    }

    /// Opens what has the name of the file now, and lets go of what had it before. Whether it counts
    /// is for the caller to say: `note_files(true)`, or `close`.
    pub fn open_anew(&self) -> Result<(), AccountsError> {
        let Place::File(path) = &self.place else { return Ok(()) };
        self.close();
        // The log of the file that was replaced would be taken for that of the new one.
        let held = *self.files();
        if held.log.is_some() && held.log == file_id(&beside(path, "-wal")) && held.main != file_id(path) {
            for ending in ["-wal", "-shm"] {
                let _ = fs::remove_file(beside(path, ending));
            }
        }
        let pool = connect(&self.place, &self.runtime)?;
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = pool;
        let ready = self.ready(&self.place);
        // Also of one that will not count: its log must not be taken for that of the next.
        self.note_files(false);
        ready
    }

    /// What is there now is what is open; `is_taken`: and what counts.
    pub fn note_files(&self, is_taken: bool) {
        let Place::File(path) = &self.place else { return };
        *self.files() = Files { main: file_id(path), log: file_id(&beside(path, "-wal")), is_taken };
    }

    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Release);
    }

    pub fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Acquire)
    }

    fn files(&self) -> std::sync::MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> AnyPool {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn must_be_there(&self) -> Result<(), AccountsError> {
        if self.is_away() { Err(AccountsError::Away) } else { Ok(()) }
    }

    fn ready(&self, place: &Place) -> Result<(), AccountsError> {
        self.wait(async {
            let mut connection = self.pool().acquire().await.reached()?;
            if let Place::File(_) = place {
                // Readers don't wait for a writer. Every commit still reaches the disk: `synchronous`
                // stays FULL.
                sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await.reached()?;
            }
            // PostgreSQL may refuse this when two programs do it at the same moment.
            if schema::make_state(&mut connection).await.is_err() {
                schema::make_state(&mut connection).await?;
            }
            Ok::<(), AccountsError>(())
        })?;
        self.change(async |connection| schema::bring_up(connection).await).map(|_| ())
    }

    /// Closes the connections, upon which SQLite puts all that was written into its one file.
    pub fn close(&self) {
        let _ = self.wait(async { tokio::time::timeout(CLOSE_TIMEOUT, self.pool().close()).await });
    }

    /// Runs a question to its end on this thread.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        wait(&self.runtime, future)
    }

    /// Runs `body` on a connection, outside a transaction.
    pub fn read<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.must_be_there()?;
        self.look_into(body)
    }

    /// The same of a file that is not known yet to be the right one.
    pub fn look_into<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.wait(async {
            let mut connection = self.pool().acquire().await.reached()?;
            body(&mut connection).await
        })
    }

    /// Runs `body` in a transaction that others are told of: gives what it gave, and the number of
    /// the change. An error undoes everything.
    ///
    /// The counter is raised first. That takes the lock for writing on both databases, so writers
    /// follow each other and what `body` reads stays true until it is done.
    pub fn write<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<(T, i64), E> {
        self.must_be_there()?;
        self.change(body)
    }

    fn change<T, E: From<AccountsError>>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, E>,
    ) -> Result<(T, i64), E> {
        self.wait(async {
            let mut transaction = self.pool().begin().await.reached()?;
            let generation: i64 = sqlx::query_scalar(
                "UPDATE polder_state SET generation = generation + 1 WHERE id = 1 RETURNING generation",
            )
            .fetch_one(&mut *transaction)
            .await
            .reached()?;
            let value = body(&mut transaction).await?;
            transaction.commit().await.reached()?;
            Ok((value, generation))
        })
    }

    /// Runs `body` in a transaction that changes nothing of what others keep in memory.
    pub fn note<T>(
        &self,
        body: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, AccountsError>,
    ) -> Result<T, AccountsError> {
        self.must_be_there()?;
        self.wait(async {
            let mut transaction = self.pool().begin().await.reached()?;
            // As in `write`: the lock first.
            sqlx::query("UPDATE polder_state SET generation = generation WHERE id = 1")
                .execute(&mut *transaction)
                .await
                .reached()?;
            let value = body(&mut transaction).await?;
            transaction.commit().await.reached()?;
            Ok(value)
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.close();
    }
}

/// A number that was never given out before.
pub(super) async fn next_id(connection: &mut AnyConnection) -> Result<i64, AccountsError> {
    sqlx::query_scalar("UPDATE polder_state SET next_id = next_id + 1 WHERE id = 1 RETURNING next_id - 1")
        .fetch_one(connection)
        .await
        .reached()
}

/// Turns the errors of sqlx into ours. Its texts name tables and hosts, never values.
pub(super) trait NotReached<T> {
    fn reached(self) -> Result<T, AccountsError>;
}

impl<T> NotReached<T> for Result<T, sqlx::Error> {
    fn reached(self) -> Result<T, AccountsError> {
        self.map_err(|error| AccountsError::Other(error.to_string()))
    }
}

fn wait<F: Future>(runtime: &Handle, future: F) -> F::Output {
    let _inside = runtime.enter();
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn connect(place: &Place, runtime: &Handle) -> Result<AnyPool, AccountsError> {
    let (address, connections) = match place {
        Place::File(path) => {
            let path = make_file(path)?;
            (format!("sqlite://{}?mode=rwc", percent_encoded(&path)?), FILE_CONNECTIONS)
        }
        Place::Postgres(address) => (address.clone(), SERVER_CONNECTIONS),
    };
    let options: AnyConnectOptions =
        address.parse().map_err(|_| AccountsError::BadPlace("the address of the database can't be read".to_owned()))?;
    let options = options.disable_statement_logging();
    wait(runtime, async {
        // The pool would only say that it took too long.
        let first = tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await;
        first.map_err(|_| AccountsError::Other("the database does not answer".to_owned()))?.reached()?;
        AnyPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .reached()
    })
}

fn file_id(path: &Path) -> Option<FileId> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// The name of a file with more behind it.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// A file that says that there were accounts in the database beside it. Without it, a database that
/// is gone looks like one that never was, and a wiki without accounts is open at its machine.
fn marker(place: &Place) -> Option<PathBuf> {
    match place {
        Place::File(path) => Some(beside(path, MARKER_ENDING)),
        Place::Postgres(_) => None,
    }
}

/// Whether accounts were kept here before.
pub(super) fn had_accounts(place: &Place) -> bool {
    marker(place).is_some_and(|marker| marker.exists())
}

pub(super) fn mark(place: &Place) -> std::io::Result<()> {
    let Some(marker) = marker(place).filter(|marker| !marker.exists()) else { return Ok(()) };
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(marker)?;
    file.write_all(MARKER_TEXT.as_bytes())
}

/// Forgets that there were accounts.
pub(super) fn unmark(place: &Place) -> std::io::Result<()> {
    match marker(place).map(fs::remove_file) {
        Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the file before SQLite does, so that nobody else may ever read it; the files that SQLite
/// puts beside it get the same rights.
fn make_file(path: &Path) -> Result<PathBuf, AccountsError> {
    let failed = |error: std::io::Error| AccountsError::Other(format!("{}: {error}", path.display()));
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(failed)?;
    path.canonicalize().map_err(failed)
}

fn percent_encoded(path: &Path) -> Result<String, AccountsError> {
    let text = path.to_str().ok_or_else(|| AccountsError::BadPlace(format!("{} is not UTF-8", path.display())))?;
    let mut encoded = String::with_capacity(text.len());
    polder_core::path::percent_encode(text, &mut encoded);
    Ok(encoded)
}
