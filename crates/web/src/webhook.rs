//! Outgoing webhooks: tells other programs what changed, as the settings of the server say.
//!
//! Signed as "Standard Webhooks" has it. Nothing is told but what a reader who is not signed in may read.
//! Each hook has a thread, which tells one thing after another: what changes while a receiver is slow or
//! away is told in one when its turn comes, so that nothing is left out and little is kept. That is in
//! memory alone: what changed while Polder did not run is not told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use polder_core::access::Who;
use polder_core::ids::CommitId;
use polder_core::path::{FilePath, Kind};
use polder_core::version::VersionName;
use polder_wiki::history::What;
use polder_wiki::wiki::Wiki;
use polder_wiki::world::World;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};
use tracing::{error, info, warn};

use crate::oidc::jose::{from_base64url, to_base64url};
use crate::outbound::{Outbound, Place};
use crate::session::now_s;

/// How often it is looked whether something changed.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Pauses after each try that failed. After the last try what was to be told is dropped, and the log and
/// the screen say so.
const PAUSES: [Duration; 7] = [
    Duration::from_secs(2),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
];
/// Commits and pages told in one message, and versions; further ones are counted.
const COMMITS_MAX: usize = 200;
const PAGES_MAX: usize = 500;
const VERSIONS_MAX: usize = 200;
/// Messages of which it is shown how they went.
const SHOWN: usize = 20;
/// Shortest secret, as the standard has it.
const SECRET_MIN_BYTES: usize = 24;
const SECRET_MAX_BYTES: usize = 1_024;

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The branch went on.
    Change,
    /// Versions were made.
    Version,
}

impl Event {
    pub const ALL: [Event; 2] = [Event::Change, Event::Version];

    /// As it is set, and as messages call their type.
    pub fn name(self) -> &'static str {
        match self {
            Event::Change => "wiki.changed",
            Event::Version => "version.made",
        }
    }

    pub fn parse(name: &str) -> Option<Event> {
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// By what a receiver knows that a message is ours.
pub struct Secret(hmac::Key);

impl Secret {
    /// `whsec_` and base64, or any text of 24 bytes or more.
    pub fn parse(text: &str) -> Option<Secret> {
        let text = text.trim();
        let bytes = match text.strip_prefix("whsec_") {
            Some(coded) => from_base64url(&coded.trim_end_matches('=').replace('+', "-").replace('/', "_"))?,
            None => text.as_bytes().to_vec(),
        };
        let is_long = (SECRET_MIN_BYTES..=SECRET_MAX_BYTES).contains(&bytes.len());
        is_long.then(|| Secret(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The header `webhook-signature`.
    fn signature(&self, id: &str, time_s: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{time_s}.{body}").as_bytes());
        format!("v1,{}", to_base64(tag.as_ref()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Base64 with padding (RFC 4648 §4).
fn to_base64(bytes: &[u8]) -> String {
    let mut text = to_base64url(bytes).replace('-', "+").replace('_', "/");
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// A hook as it was set.
#[derive(Debug)]
pub struct Setting {
    pub place: Place,
    pub secret: Secret,
    pub events: BTreeSet<Event>,
}

/// How it went with one message.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    pub event: Event,
    /// When it was last tried, in seconds since 1970.
    pub tried_s: i64,
    pub tries: usize,
    pub how: How,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    Taken,
    /// It answered with this status. Tried again, unless it was given up.
    Refused(u16),
    /// In the words of whoever found it.
    Failed(String),
}

/// How it goes with a hook.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The newest first.
    pub deliveries: VecDeque<Delivery>,
    /// When the first of them is tried again.
    pub next_s: Option<i64>,
    pub n_given_up: u64,
}

impl State {
    /// Whether the last message was taken, or there was none.
    pub fn is_well(&self) -> bool {
        self.deliveries.front().is_none_or(|last| last.how == How::Taken)
    }
}

#[derive(Debug)]
struct One {
    setting: Setting,
    state: Mutex<State>,
    asked: AtomicBool,
}

/// All hooks of a wiki.
#[derive(Debug, Default)]
pub struct Webhooks {
    all: Vec<One>,
    /// The address of the wiki.
    home: String,
    stopping: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

/// What a receiver knows.
struct Known {
    main: Option<CommitId>,
    versions: BTreeSet<VersionName>,
}

impl Known {
    fn of(world: &World) -> Known {
        Known { main: world.main, versions: world.versions().all().map(|version| version.name.clone()).collect() }
    }
}

impl Webhooks {
    pub fn new(settings: Vec<Setting>, home: &str) -> Webhooks {
        let one = |setting| One { setting, state: Mutex::default(), asked: AtomicBool::new(false) };
        Webhooks { all: settings.into_iter().map(one).collect(), home: home.to_owned(), ..Webhooks::default() }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each hook with how it goes.
    pub fn states(&self) -> Vec<(&Setting, State)> {
        self.all.iter().map(|one| (&one.setting, lock(&one.state).clone())).collect()
    }

    /// Has what waits for a hook tried at once; false where there is none of that number.
    pub fn ask_now(&self, at: usize) -> bool {
        let Some(one) = self.all.get(at) else { return false };
        one.asked.store(true, Ordering::Release);
        self.wake.notify_all();
        true
    }

    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake.notify_all();
    }

    fn is_going(&self) -> bool {
        !self.stopping.load(Ordering::Acquire)
    }

    /// Tells one receiver what changes until `stop`. Wants a thread of its own.
    pub fn run(&self, wiki: &Wiki, at: usize) {
        let Some(one) = self.all.get(at) else { return };
        let outbound = Outbound::new();
        let mut known = None;
        while self.is_going() {
            // A panic here is a bug, but it must not leave the hook without its thread.
            let turn = AssertUnwindSafe(|| self.turn(wiki, one, &outbound, &mut known));
            if std::panic::catch_unwind(turn).is_err() {
                error!("telling a webhook broke off; it goes on with what changes next");
                known = None;
            }
            self.pause(LOOK_EVERY);
        }
    }

    fn turn(&self, wiki: &Wiki, one: &One, outbound: &Outbound, known: &mut Option<Known>) {
        let world = match wiki.world_for(&Who::default()) {
            Ok(world) if world.history.is_some() => world,
            Ok(_) => return,
            Err(error) => {
                warn!("what a reader sees could not be told to a webhook: {error}");
                return;
            }
        };
        let Some(last) = known else {
            *known = Some(Known::of(&world));
            return;
        };
        let events = &one.setting.events;
        if world.main != last.main {
            let what = self.changed(&world, last.main);
            last.main = world.main;
            if events.contains(&Event::Change) {
                self.tell(one, outbound, Event::Change, what);
            }
        }
        let made: Vec<VersionName> = world
            .versions()
            .all()
            .map(|version| &version.name)
            .filter(|name| !last.versions.contains(name))
            .cloned()
            .collect();
        if !made.is_empty() {
            last.versions = Known::of(&world).versions;
            if events.contains(&Event::Version) {
                let what = self.made(&world, &made);
                self.tell(one, outbound, Event::Version, what);
            }
        }
    }

    /// Sends one message, again and again until it is taken or given up.
    fn tell(&self, one: &One, outbound: &Outbound, event: Event, what: Value) {
        let mut random = [0; 16];
        if SystemRandom::new().fill(&mut random).is_err() {
            warn!("this machine has no randomness for the name of a message");
            return;
        }
        let id = format!("msg_{}", to_base64url(&random));
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let body = json!({ "type": event.name(), "timestamp": time, "data": what }).to_string();
        for tries in 1.. {
            let now_s = now_s();
            let signature = one.setting.secret.signature(&id, now_s, &body);
            let time_s = now_s.to_string();
            let headers =
                [("webhook-id", id.as_str()), ("webhook-timestamp", &time_s), ("webhook-signature", &signature)];
            let how = match outbound.post_json(&one.setting.place, &body, &headers) {
                Ok(answer) if (200..300).contains(&answer.status) => How::Taken,
                Ok(answer) => How::Refused(answer.status),
                Err(why) => How::Failed(why),
            };
            // 410: the receiver wants this no more.
            let pause = PAUSES.get(tries - 1).copied().filter(|_| how != How::Taken && how != How::Refused(410));
            let is_given_up = how != How::Taken && pause.is_none();
            {
                let mut state = lock(&one.state);
                let delivery = Delivery { id: id.clone(), event, tried_s: now_s, tries, how: how.clone() };
                match state.deliveries.front_mut() {
                    Some(front) if front.id == id => *front = delivery,
                    _ => state.deliveries.push_front(delivery),
                }
                state.deliveries.truncate(SHOWN);
                state.next_s = pause.map(|pause| now_s + i64::try_from(pause.as_secs()).unwrap_or(0));
                state.n_given_up += u64::from(is_given_up);
            }
            match how {
                How::Taken if tries > 1 => info!(tries, "a webhook was taken after {tries} tries"),
                How::Taken => {}
                _ if is_given_up => warn!(tries, "a webhook was given up after {tries} tries; see /-/mirrors"),
                _ if tries == 1 => warn!("a webhook was not taken, and is tried again; see /-/mirrors"),
                _ => {}
            }
            let Some(pause) = pause else { return };
            let until = Instant::now() + pause;
            while Instant::now() < until && self.is_going() && !one.asked.swap(false, Ordering::AcqRel) {
                self.pause(LOOK_EVERY);
            }
            if !self.is_going() {
                return;
            }
        }
    }

    fn pause(&self, time: Duration) {
        drop(self.wake.wait_timeout(lock(&self.sleep), time));
    }

    /// What a reader sees of how the branch went on.
    fn changed(&self, world: &World, before: Option<CommitId>) -> Value {
        let nothing = json!({ "wiki": self.wiki(world), "before": before.map(|id| id.to_string()), "after": world.main.map(|id| id.to_string()) });
        let Some(history) = &world.history else { return nothing };
        let order = before.map(|before| history.order_of(before));
        let n_known = match order {
            None => 0,
            Some(Some(order)) => order + 1,
            // The owner took commits off the branch: what is new since can't be said.
            Some(None) => history.len(),
        };
        let n_new = history.len().saturating_sub(n_known);
        let mut found = history.recent(None, 0, n_new.min(COMMITS_MAX));
        found.retain(|change| history.order_of(change.commit.id).is_some_and(|order| order >= n_known));
        // The oldest first, so that what a page came to is what the newest says.
        let mut pages: BTreeMap<FilePath, (&'static str, Option<FilePath>)> = BTreeMap::new();
        for change in found.iter().rev() {
            for (path, what) in change.touched.iter().filter(|(path, _)| path.kind() == Kind::Page) {
                let was = pages.remove(path);
                let fate = match (what, &was) {
                    (What::Created, _) => ("added", None),
                    (What::Edited, Some(was)) => was.clone(),
                    (What::Edited, None) => ("changed", None),
                    // What came and went in between is nothing to tell.
                    (What::Deleted, Some(("added", None))) => continue,
                    (What::Deleted, _) => ("removed", None),
                    (What::Renamed { from }, _) => match pages.remove(from) {
                        Some(("added", None)) => ("added", None),
                        Some(("moved", source)) => ("moved", source),
                        _ => ("moved", Some(from.clone())),
                    },
                };
                pages.insert(path.clone(), fate);
            }
        }
        let anybody = Who::default();
        let seen = world.site.seen_by(&anybody);
        let shown = pages.iter().take(PAGES_MAX).map(|(path, (fate, from))| {
            let title = seen.page_at(path).and_then(|page| seen.page(page)).map(|page| page.title().to_owned());
            json!({
                "path": path.address(),
                "url": format!("{}{}", self.home, path.href()),
                "title": title,
                "fate": fate,
                "from": from.as_ref().map(|from| from.address()),
            })
        });
        let commits = found.iter().map(|change| {
            json!({
                "id": change.commit.id.to_string(),
                "author": change.commit.author,
                "summary": change.commit.summary,
                "time": Timestamp::from_second(change.commit.time_s).unwrap_or_default().to_string(),
            })
        });
        json!({
            "wiki": self.wiki(world),
            "before": before.map(|id| id.to_string()),
            "after": world.main.map(|id| id.to_string()),
            "rewound": matches!(order, Some(None)),
            "n_commits": n_new,
            // The newest first.
            "commits": commits.collect::<Vec<Value>>(),
            "n_pages": pages.len(),
            "pages": shown.collect::<Vec<Value>>(),
            // Whether all is told.
            "is_whole": n_new <= COMMITS_MAX
                && pages.len() <= PAGES_MAX
                && found.iter().all(|change| change.touched.len() == change.n_touched),
        })
    }

    fn made(&self, world: &World, made: &[VersionName]) -> Value {
        let versions = made.iter().take(VERSIONS_MAX).filter_map(|name| world.versions().named(name));
        let versions = versions.map(|version| {
            json!({
                "name": version.name.rev(),
                "of": &*version.name.scope,
                "label": version.label(),
                "commit": version.commit.to_string(),
                "date": version.date.to_string(),
            })
        });
        json!({ "wiki": self.wiki(world), "n_versions": made.len(), "versions": versions.collect::<Vec<Value>>() })
    }

    fn wiki(&self, world: &World) -> Value {
        json!({ "title": world.site.settings().title.as_deref().unwrap_or("Polder"), "url": self.home })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands behind these locks is whole at every moment: a panic leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
