//! Letters to people: an invitation, a link for a new password. With `outbound`, the only
//! place that opens a connection to elsewhere.
//!
//! They are sent by a thread of its own, one after the other, so that no answer waits for a mail
//! server. What can't be sent is logged and dropped: whoever waits for it asks again. A panic ends one
//! letter, not the post.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{Message, SmtpTransport, Transport as _};
use tracing::{error, info, warn};

/// Letters that wait; more are dropped. At a second each, a minute's worth.
const WAITING_MAX: usize = 64;
/// How long a mail server may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Nobody is sent a link that they asked for more often than this, in seconds.
const AGAIN_AFTER_S: i64 = 60;
/// Addresses remembered for that.
const REMEMBERED_MAX: usize = 1_000;

/// Plain text to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub body: String,
}

enum Job {
    Send(Letter),
    Run(Box<dyn FnOnce() + Send>),
}

/// What letters are given to.
#[derive(Clone)]
pub struct Post {
    jobs: SyncSender<Job>,
    /// Address and second of the last link that somebody asked for.
    last: Arc<Mutex<HashMap<String, i64>>>,
}

impl Post {
    /// `smtp` is the address of a mail server, like `smtps://user:password@mail.example.org`; `from`
    /// is who letters come from. Errors are for who set that up, and never hold the password.
    pub fn start(smtp: &str, from: &str) -> Result<Post, String> {
        let from: Mailbox = from.parse().map_err(|_| format!("mail_from: `{from}` is no e-mail address"))?;
        let transport = SmtpTransport::from_url(smtp)
            .map_err(|_| "smtp: this is no address of a mail server; write smtps://user:password@host".to_owned())?
            .timeout(Some(TIMEOUT))
            .build();
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        thread::Builder::new()
            .name("mail".to_owned())
            .spawn(move || {
                for job in waiting {
                    // The transport is whole at every moment: a broken connection is made anew.
                    let done = catch_unwind(AssertUnwindSafe(|| match job {
                        Job::Send(letter) => send(&transport, &from, letter),
                        Job::Run(run) => run(),
                    }));
                    if done.is_err() {
                        error!("a letter was dropped: writing or sending it panicked");
                    }
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Post { jobs, last: Arc::default() })
    }

    /// Takes a letter; false where too many wait.
    pub fn send(&self, letter: Letter) -> bool {
        self.put(Job::Send(letter))
    }

    /// Does something where letters are sent, in its turn.
    pub fn later(&self, run: Box<dyn FnOnce() + Send>) -> bool {
        self.put(Job::Run(run))
    }

    /// Whether the last link that was asked for at this address was long enough ago. Now it was asked.
    pub fn may_send_to(&self, address: &str, now_s: i64) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.retain(|_, at_s| now_s.saturating_sub(*at_s) < AGAIN_AFTER_S);
        let key = address.to_lowercase();
        if last.contains_key(&key) || last.len() >= REMEMBERED_MAX {
            return false;
        }
        last.insert(key, now_s);
        true
    }

    fn put(&self, job: Job) -> bool {
        match self.jobs.try_send(job) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                warn!("a letter was dropped: {WAITING_MAX} wait already");
                false
            }
        }
    }
}

fn send(transport: &SmtpTransport, from: &Mailbox, letter: Letter) {
    // Addresses and subjects are coded by the library: nothing in them can begin another header.
    let message = letter.to.parse::<Mailbox>().ok().and_then(|to| {
        let one_line: String = letter.subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Message::builder()
            .from(from.clone())
            .to(to)
            .subject(one_line)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)
            .ok()
    });
    let Some(message) = message else {
        warn!("a letter could not be written: its address can't be used");
        return;
    };
    match transport.send(&message) {
        Ok(_) => info!("a letter was sent"),
        // What the server says may hold the address.
        Err(error) => warn!(
            is_permanent = error.is_permanent(),
            is_timeout = error.is_timeout(),
            status = ?error.status(),
            "a letter could not be sent"
        ),
    }
}
