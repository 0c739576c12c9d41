//! How often somebody may ask for what costs: searches, saves, comparisons and exports.
//!
//! A rate belongs to an account, or to an address for who has none. Addresses of one IPv6 network of
//! 64 bits count as one, since a single machine has all of them. Signing in has limits of its own,
//! where passwords are checked. Plain pages are not limited: they are what the server is for, and a
//! proxy counts them better.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_web::http::Method;
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use polder_core::path::percent_decode;
use polder_wiki::accounts::Network;

/// A person looks for something once a second at most; a crawler would look for ever.
const SEARCHES_PER_MINUTE: NonZeroU32 = whole(60);
/// Who signed in works here, perhaps with a program that looks for many things.
const SEARCHES_OF_ACCOUNT: NonZeroU32 = whole(300);
/// Saving is a commit with several waits for the disk.
const SAVES_PER_MINUTE: NonZeroU32 = whole(60);
/// So many at once: somebody who finishes a round of small changes.
const SAVES_AT_ONCE: NonZeroU32 = whole(20);
/// Comparisons, blame and exports read much of the repository: up to a second each.
const COSTLY_PER_MINUTE: NonZeroU32 = whole(30);

/// A person does this once; a machine would fill the mail queue, or the database.
const DOORS_PER_MINUTE: NonZeroU32 = whole(10);

/// People remembered per kind of request. Beyond it, addresses of one network (/24, /48) share a
/// rate, so that the memory stays bounded (some 100 bytes each).
const KEYS_MAX: usize = 50_000;

/// How often those are forgotten who may ask again at will: it takes a walk over all of them.
const FORGET_EVERY: Duration = Duration::from_secs(10);

const fn whole(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

/// Numbers per minute in place of the ones above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    pub searches: Option<NonZeroU32>,
    pub saves: Option<NonZeroU32>,
    pub costly: Option<NonZeroU32>,
}

/// What a request costs, as far as it is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    Search,
    Save,
    /// A comparison, blame, or export.
    Costly,
    /// What makes an account or sends a letter, for who has no account.
    Door,
}

impl Cost {
    /// `path` as it is asked for within the wiki.
    pub fn of(method: &Method, path: &str, query: &str) -> Option<Cost> {
        // As the router reads it: `/-/%73earch` is a search too.
        let decoded = if path.contains('%') { percent_decode(path) } else { None };
        let asked = decoded.as_deref().unwrap_or(path);
        let verb = asked.strip_prefix("/-/").map(|rest| rest.split('/').next().unwrap_or_default());
        if *method == Method::POST {
            let saves = ["edit", "form", "new", "move", "delete", "revert", "set", "publish", "merge"];
            let doors = ["forgot", "sign-up", "first", "invite", "reset"];
            return match verb {
                Some(verb) if saves.contains(&verb) => Some(Cost::Save),
                Some(verb) if doors.contains(&verb) => Some(Cost::Door),
                _ => None,
            };
        }
        match verb {
            Some("search") => Some(Cost::Search),
            Some("diff" | "compare" | "blame" | "query" | "fields" | "total" | "merge") => Some(Cost::Costly),
            Some("changes" | "changes.atom") => {
                let is_since = |pair: &str| {
                    let name = pair.split('=').next().unwrap_or_default();
                    name.contains('%') || name == "since"
                };
                query.split('&').any(is_since).then_some(Cost::Costly)
            }
            Some(_) => None,
            // `page@v1..v2` is a comparison.
            None => path.rsplit_once('@').is_some_and(|(_, rev)| rev.contains("..")).then_some(Cost::Costly),
        }
    }
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Account(Box<str>),
    Address(IpAddr),
}

impl Key {
    /// All of a network as one.
    fn crowded(self) -> Key {
        match self {
            Key::Address(address) => Key::Address(Network::of(address).shortened()),
            account => account,
        }
    }
}

type Limiter = RateLimiter<Key, HashMapStateStore<Key>, MonotonicClock, NoOpMiddleware<Instant>>;

/// All rates of one server.
#[derive(Debug)]
pub struct Limits {
    searches: Limiter,
    account_searches: Limiter,
    saves: Limiter,
    costly: Limiter,
    doors: Limiter,
    forgot: Mutex<Instant>,
}

impl Limits {
    pub fn new(rates: Rates) -> Limits {
        let searches = rates.searches.unwrap_or(SEARCHES_PER_MINUTE);
        let saves = rates.saves.unwrap_or(SAVES_PER_MINUTE);
        let made = |quota: Quota| RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock);
        let account_searches = SEARCHES_OF_ACCOUNT.max(searches);
        Limits {
            searches: made(Quota::per_minute(searches)),
            account_searches: made(Quota::per_minute(account_searches)),
            saves: made(Quota::per_minute(saves).allow_burst(SAVES_AT_ONCE.min(saves))),
            costly: made(Quota::per_minute(rates.costly.unwrap_or(COSTLY_PER_MINUTE))),
            doors: made(Quota::per_minute(DOORS_PER_MINUTE)),
            forgot: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request. `Err` says after how many seconds to try again.
    pub fn ask(&self, cost: Cost, account: Option<&str>, client: IpAddr) -> Result<(), u64> {
        let limiter = match (cost, account) {
            (Cost::Search, None) => &self.searches,
            (Cost::Search, Some(_)) => &self.account_searches,
            (Cost::Save, _) => &self.saves,
            (Cost::Costly, _) => &self.costly,
            (Cost::Door, _) => &self.doors,
        };
        let mut key =
            account.map_or_else(|| Key::Address(Network::of(client).address()), |account| Key::Account(account.into()));
        self.forget();
        if limiter.len() >= KEYS_MAX {
            key = key.crowded();
        }
        limiter.check_key(&key).map_err(|not_until| {
            let wait = not_until.wait_time_from(MonotonicClock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }

    /// Forgets who has not asked for so long that nothing is counted against them.
    fn forget(&self) {
        let mut forgot = self.forgot.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if forgot.elapsed() < FORGET_EVERY {
            return;
        }
        *forgot = Instant::now();
        drop(forgot);
        for limiter in [&self.searches, &self.account_searches, &self.saves, &self.costly, &self.doors] {
            limiter.retain_recent();
        }
    }
}
