//! argon2id, on one thread of its own at the lowest priority.
//!
//! One hash takes 19 MiB and some 20 ms. One at a time, a storm of sign-ins takes neither the
//! memory nor the processors from those who read. The thread also keeps the count of failures:
//! since it judges and counts between two hashes, no burst gets more guesses than are allowed.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use super::fault::{AccountsError, SignInError};
use super::limits::{Came, Limits};
use super::secret;

/// Memory (KiB) and passes: what OWASP's ASVS 5.0 asks at least.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Sign-ins that wait; more are told to come back. At 20 ms each the last one waits over a second.
const QUEUE: usize = 64;

/// A question to the thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hasher {
    queue: SyncSender<Job>,
}

type Job = Box<dyn FnOnce(&mut Bench) + Send>;

/// One sign-in to be judged.
pub(super) struct Attempt {
    pub login_key: String,
    pub password: String,
    /// Of the account, if there is one that may sign in by a password.
    pub hash: Option<String>,
    pub came: Came,
    pub now_s: i64,
}

/// A right password, with a new hash where the kept one is weaker than today's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Right {
    pub rehashed: Option<String>,
}

/// What the thread works with.
struct Bench {
    argon: Argon2<'static>,
    /// Of a password that nobody has: compared with for accounts that don't exist.
    dummy: String,
    limits: Limits,
}

impl Hasher {
    pub fn start() -> Result<Hasher, AccountsError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| failed(&error))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        thread::Builder::new()
            .name("passwords".to_owned())
            .spawn(move || work(argon, &jobs))
            .map_err(|error| AccountsError::Other(error.to_string()))?;
        Ok(Hasher { queue })
    }

    /// Judges an attempt by the limits and by its password. Takes the same time whether or not there
    /// is such an account.
    pub fn attempt(&self, attempt: Attempt) -> Result<Right, SignInError> {
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |bench| {
            let _ = answer.send(bench.attempt(&attempt));
        });
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => SignInError::Busy,
            TrySendError::Disconnected(_) => SignInError::Store(gone()),
        })?;
        answered.recv().map_err(|_| gone())?
    }

    /// Hashes a new password. Waits for its turn.
    pub fn hash(&self, password: String) -> Result<String, AccountsError> {
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |bench| {
            let _ = answer.send(hash(&bench.argon, &password));
        });
        self.queue.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

fn work(argon: Argon2<'static>, jobs: &Receiver<Job>) {
    // On Linux this is the priority of the thread alone.
    let _ = rustix::process::setpriority_process(None, 19);
    let dummy = secret::fresh("").and_then(|password| hash(&argon, &password)).unwrap_or_default();
    let mut bench = Bench { argon, dummy, limits: Limits::default() };
    while let Ok(job) = jobs.recv() {
        job(&mut bench);
    }
}

impl Bench {
    fn attempt(&mut self, attempt: &Attempt) -> Result<Right, SignInError> {
        if let Some(seconds) = self.limits.wait(&attempt.login_key, attempt.came, attempt.now_s) {
            return Err(SignInError::Wait { seconds });
        }
        let against = attempt.hash.as_deref().unwrap_or(&self.dummy);
        let is_same = PasswordHash::new(against)
            .is_ok_and(|hash| self.argon.verify_password(attempt.password.as_bytes(), &hash).is_ok());
        let Some(hash) = attempt.hash.as_deref().filter(|_| is_same) else {
            self.limits.failed(&attempt.login_key, attempt.came, attempt.now_s);
            return Err(SignInError::Wrong);
        };
        self.limits.succeeded(&attempt.login_key, attempt.came);
        let rehashed = match is_weak(hash) {
            true => self::hash(&self.argon, &attempt.password).ok(),
            false => None,
        };
        Ok(Right { rehashed })
    }
}

fn hash(argon: &Argon2<'_>, password: &str) -> Result<String, AccountsError> {
    let salt: [u8; 16] = secret::random()?;
    let hash = argon.hash_password_with_salt(password.as_bytes(), &salt).map_err(|error| failed(&error))?;
    Ok(hash.to_string())
}

fn is_weak(hash: &str) -> bool {
    PasswordHash::new(hash)
        .ok()
        .and_then(|hash| Params::try_from(&hash).ok())
        .is_none_or(|params| params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES)
}

fn failed(error: &dyn std::fmt::Display) -> AccountsError {
    AccountsError::Other(format!("a password could not be hashed: {error}"))
}

fn gone() -> AccountsError {
    AccountsError::Other("the thread that compares passwords has ended".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::limits::Network;
    use super::*;

    fn attempt(password: &str, hash: Option<&str>) -> Attempt {
        Attempt {
            login_key: "anna".to_owned(),
            password: password.to_owned(),
            hash: hash.map(str::to_owned),
            came: Came::New(Network::of(std::net::IpAddr::V4(7.into()))),
            now_s: 1_000,
        }
    }

    #[test]
    fn a_password_is_compared_with_its_hash() {
        let hasher = Hasher::start().unwrap();
        let hash = hasher.hash("een lange zin met woorden".to_owned()).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(hasher.attempt(attempt("een lange zin met woorden", Some(&hash))), Ok(Right { rehashed: None }));
        assert_eq!(hasher.attempt(attempt("een lange zin met woord", Some(&hash))), Err(SignInError::Wrong));
        assert_eq!(hasher.attempt(attempt("een lange zin met woorden", None)), Err(SignInError::Wrong));
        assert_eq!(hasher.attempt(attempt("x", Some("no hash"))), Err(SignInError::Wrong));
    }

    #[test]
    fn a_weaker_hash_is_replaced_at_sign_in() {
        let hasher = Hasher::start().unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8_192, 1, 1, None).unwrap());
        let old = hash(&weak, "een lange zin met woorden").unwrap();
        let right = hasher.attempt(attempt("een lange zin met woorden", Some(&old))).unwrap();
        let new = right.rehashed.expect("a stronger hash");
        assert!(is_weak(&old) && !is_weak(&new));
        assert_eq!(hasher.attempt(attempt("een lange zin met woorden", Some(&new))), Ok(Right { rehashed: None }));
    }

    #[test]
    fn a_burst_gets_no_more_guesses_than_are_free() {
        let hasher = Hasher::start().unwrap();
        let answers: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                thread::spawn(move || hasher.attempt(attempt("wrong password", None)))
            })
            .collect::<Vec<_>>()
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(answers.iter().filter(|answer| **answer == Err(SignInError::Wrong)).count(), 5);
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Err(SignInError::Wait { .. }))).count(), 15);
    }

    #[test]
    fn a_full_queue_says_so() {
        let hasher = Hasher::start().unwrap();
        let threads: Vec<_> = (0..QUEUE + 40)
            .map(|n| {
                let hasher = hasher.clone();
                thread::spawn(move || {
                    let mut attempt = attempt("wrong password", None);
                    attempt.login_key = format!("a{n}");
                    attempt.came = Came::New(Network::of(std::net::IpAddr::V4((n as u32 * 1_000).into())));
                    hasher.attempt(attempt)
                })
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(answers.contains(&Err(SignInError::Busy)), "{answers:?}");
    }
}
