//! Mirrors: other repositories that a wiki is kept level with, as the settings of the server say.
//!
//! A push brings the branch and its versions there, a pull brings theirs here, by the same function that
//! takes a push to `refs/for/<branch>` (INV-3): each commit and what it comes to is judged, two lines of
//! work are merged as saves are, and a clash is told and waits for a person. Nothing is forced on either
//! side, and versions never move (INV-10). What a mirror brings may change pages; settings, types and
//! rules of access only where the server's settings say so (INV-8).
//!
//! Each mirror has a thread of its own, and git runs at low priority. How it went is kept in memory.

use std::collections::BTreeSet;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use polder_core::access::Who;
use polder_core::ids::{CommitId, TagId};
use polder_core::path::fold;
use polder_core::review::Located;
use polder_store::{Pushed, Remote, RemoteError, RemoteRefs, Store, StoreError, Token};
use tracing::{error, info, warn};

use crate::clock;
use crate::hook::Pusher;
use crate::merging::{self, Chosen, NotTaken, Offer, clash_paths};
use crate::versions::{Labels, judge_tag};
use crate::wiki::Wiki;

pub use polder_store::Remote as MirrorRemote;
/// How a mirror is reached: part of this crate's own API.
pub use polder_store::{RemoteAddress, Ssh, Way, is_branch_name, is_remote_name};

/// How often it is looked whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// After a change it is waited until there was none for so long, so that ten saves are one push,
const SETTLE: Duration = Duration::from_secs(2);
/// but not longer than this.
const SETTLE_MAX: Duration = Duration::from_secs(20);
/// The pause after a first failure, doubled with each further one up to the last.
const BACK_OFF: Duration = Duration::from_secs(5);
const BACK_OFF_MAX: Duration = Duration::from_secs(3600);
/// Rounds of one try, where the other side is written to at the same moment.
const ROUNDS: usize = 6;
/// Commits shown of those that one side lacks, problems told of what was refused, versions named.
const SHOWN: usize = 10;
/// Versions taken or brought in one try; the rest comes with the next.
const TAGS_MAX: usize = 5_000;
/// Longest token; those of git hosts have some 100 bytes.
const TOKEN_MAX_BYTES: u64 = 8 * 1024;

/// Which way things go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Push,
    Pull,
    Both,
}

impl Direction {
    pub fn word(self) -> &'static str {
        match self {
            Direction::Push => "push",
            Direction::Pull => "pull",
            Direction::Both => "both",
        }
    }

    fn pushes(self) -> bool {
        self != Direction::Pull
    }

    fn pulls(self) -> bool {
        self != Direction::Push
    }
}

/// A mirror as it was set.
#[derive(Clone, Debug)]
pub struct Setting {
    pub remote: Remote,
    pub direction: Direction,
    pub every: Duration,
    /// Whether a change of the wiki is brought there soon after it.
    pub on_change: bool,
    /// The name that goes with the token, and the file with the token, read anew each time.
    pub user: String,
    pub token_file: Option<PathBuf>,
    /// Whether a pull may change settings, types and rules of access.
    pub takes_settings: bool,
    /// The first line of a merge's message.
    pub summary: String,
}

/// What stands against a mirror.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The file with the token can't be read.
    Token(String),
    Denied(String),
    HostKey(String),
    NoRepository(String),
    Unreachable(String),
    TookTooLong,
    /// The other side has commits that this wiki has not, and nothing is pulled.
    Ahead,
    /// The other side refused the branch, in its own words.
    Refused(String),
    /// Both changed the same lines. The commit waits for a person.
    Clash {
        commit: CommitId,
        paths: Vec<String>,
    },
    /// What was pulled holds errors.
    Judged(Vec<Located>),
    /// What was pulled changes settings, types or rules, and may not.
    Settings(Vec<String>),
    /// Local changes in the owner's files stand in the way.
    Blocked(Vec<String>),
    /// The two have no commit in common.
    Unrelated,
    /// It moved under every try.
    Busy,
    Broken(String),
}

impl Fault {
    /// Whether it is worth trying again soon: a line that broke, not an answer.
    fn may_pass(&self) -> bool {
        matches!(
            self,
            Fault::Denied(_)
                | Fault::NoRepository(_)
                | Fault::Unreachable(_)
                | Fault::TookTooLong
                | Fault::Busy
                | Fault::Token(_)
                | Fault::HostKey(_)
                | Fault::Broken(_)
        )
    }

    /// For the log and for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Token(_) => "token",
            Fault::Denied(_) => "denied",
            Fault::HostKey(_) => "host-key",
            Fault::NoRepository(_) => "no-repository",
            Fault::Unreachable(_) => "unreachable",
            Fault::TookTooLong => "too-long",
            Fault::Ahead => "ahead",
            Fault::Refused(_) => "refused",
            Fault::Clash { .. } => "clash",
            Fault::Judged(_) => "judged",
            Fault::Settings(_) => "settings",
            Fault::Blocked(_) => "blocked",
            Fault::Unrelated => "unrelated",
            Fault::Busy => "busy",
            Fault::Broken(_) => "broken",
        }
    }
}

impl From<RemoteError> for Fault {
    fn from(error: RemoteError) -> Fault {
        match error {
            RemoteError::Denied(said) => Fault::Denied(said),
            RemoteError::HostKey(said) => Fault::HostKey(said),
            RemoteError::NoRepository(said) => Fault::NoRepository(said),
            RemoteError::Unreachable(said) => Fault::Unreachable(said),
            RemoteError::TookTooLong => Fault::TookTooLong,
            RemoteError::Stopped => Fault::Busy,
            RemoteError::Store(error) => Fault::Broken(error.to_string()),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Broken(error.to_string())
    }
}

/// A commit, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCommit {
    pub id: CommitId,
    pub author: String,
    pub summary: String,
}

/// Commits that one side has and the other has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lead {
    pub count: u64,
    /// The newest of them.
    pub newest: Vec<ShownCommit>,
}

/// A version that was left where it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OddVersion {
    /// Another of this name is on the other side.
    Moved(String),
    /// One of theirs that is no version here.
    NotTaken(String),
    /// One of ours that the other side refused, in its words.
    NotGiven(String, String),
}

/// Where the two stand, as far as was seen.
#[derive(Clone, Debug, Default)]
pub struct Stand {
    pub here: Option<CommitId>,
    pub there: Option<CommitId>,
    /// What we have and they have not, and the reverse.
    pub ahead: Lead,
    pub behind: Lead,
    pub odd: Vec<OddVersion>,
}

/// How it goes with a mirror. Times are seconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub is_running: bool,
    pub tried_s: Option<i64>,
    pub succeeded_s: Option<i64>,
    /// When it is tried again.
    pub next_s: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    pub fault: Option<Fault>,
    pub stand: Stand,
}

#[derive(Debug)]
struct One {
    setting: Setting,
    state: Mutex<State>,
    asked: AtomicBool,
}

/// All mirrors of a wiki.
#[derive(Debug, Default)]
pub struct Mirrors {
    all: Vec<One>,
    stopping: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

impl Mirrors {
    pub fn new(settings: Vec<Setting>) -> Mirrors {
        let one = |setting| One { setting, state: Mutex::default(), asked: AtomicBool::new(false) };
        Mirrors { all: settings.into_iter().map(one).collect(), ..Mirrors::default() }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each mirror with how it goes.
    pub fn states(&self) -> Vec<(&Setting, State)> {
        self.all.iter().map(|one| (&one.setting, lock(&one.state).clone())).collect()
    }

    /// Has a mirror tried at once; false where there is none of that name.
    pub fn ask_now(&self, name: &str) -> bool {
        let Some(one) = self.all.iter().find(|one| one.setting.remote.name == name) else { return false };
        one.asked.store(true, Ordering::Release);
        self.wake.notify_all();
        true
    }

    /// Ends all that is under way.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake.notify_all();
    }

    fn is_going(&self) -> bool {
        !self.stopping.load(Ordering::Acquire)
    }

    /// Keeps one mirror level until `stop`. Wants a thread of its own.
    pub fn run(&self, wiki: &Wiki, at: usize) {
        let Some(one) = self.all.get(at) else { return };
        let mut watch = Watch { next: Instant::now(), level: None, changed: None, retries: false };
        while self.is_going() {
            let asked = one.asked.swap(false, Ordering::AcqRel);
            if asked || watch.is_due(wiki, &one.setting) {
                self.try_once(wiki, one, &mut watch);
            }
            if !one.asked.load(Ordering::Acquire) {
                drop(self.wake.wait_timeout(lock(&self.sleep), LOOK_EVERY));
            }
        }
    }

    fn try_once(&self, wiki: &Wiki, one: &One, watch: &mut Watch) {
        let setting = &one.setting;
        let name = setting.remote.name.as_str();
        lock(&one.state).is_running = true;
        watch.changed = None;
        // Before it, so that a save in between counts as a change.
        watch.level = Some(mark(wiki));
        let mut stand = Stand::default();
        // A panic here is a bug, but it must not leave the mirror without its thread.
        let outcome =
            std::panic::catch_unwind(AssertUnwindSafe(|| level(wiki, setting, &|| self.is_going(), &mut stand)));
        let outcome = outcome.unwrap_or_else(|_| {
            error!(mirror = name, "a mirror broke off; it is tried again");
            Err(Fault::Broken("it broke off".to_owned()))
        });
        if !self.is_going() {
            lock(&one.state).is_running = false;
            return;
        }
        let mut state = lock(&one.state);
        let now_s = now_s();
        let before = state.fault.as_ref().map(Fault::code);
        state.is_running = false;
        state.tried_s = Some(now_s);
        state.stand = stand;
        let pause = match outcome {
            Ok(()) => {
                if before.is_some() || state.succeeded_s.is_none() {
                    info!(mirror = name, "the mirror `{name}` is level");
                }
                (state.failures, state.fault, state.succeeded_s) = (0, None, Some(now_s));
                setting.every
            }
            Err(fault) => {
                state.failures = state.failures.saturating_add(1);
                let pause = match fault.may_pass() {
                    true => BACK_OFF.saturating_mul(1 << (state.failures - 1).min(16)).min(BACK_OFF_MAX),
                    false => setting.every,
                };
                // Once for each kind of failure: what goes on for a night need not fill the log.
                if before != Some(fault.code()) {
                    warn!(mirror = name, fault = fault.code(), "the mirror `{name}` is not level; see /-/mirrors");
                }
                watch.retries = fault.may_pass();
                state.fault = Some(fault);
                pause
            }
        };
        watch.retries &= state.fault.is_some();
        watch.next = Instant::now() + pause;
        state.next_s = Some(now_s.saturating_add(i64::try_from(pause.as_secs()).unwrap_or(i64::MAX)));
    }
}

/// When a mirror is due.
struct Watch {
    next: Instant,
    /// What the wiki was when it was last tried.
    level: Option<(Option<CommitId>, u64)>,
    /// What it is since, since when it is other than that, and since when as it is.
    changed: Option<((Option<CommitId>, u64), Instant, Instant)>,
    /// Whether it waits for a line that broke: then a change alone is no reason to try.
    retries: bool,
}

impl Watch {
    fn is_due(&mut self, wiki: &Wiki, setting: &Setting) -> bool {
        let now = Instant::now();
        if now >= self.next {
            return true;
        }
        if !setting.on_change || self.retries {
            return false;
        }
        let at = mark(wiki);
        if self.level == Some(at) {
            self.changed = None;
            return false;
        }
        let (_, first, last) = match self.changed {
            Some(changed) if changed.0 == at => changed,
            Some((_, first, _)) => (at, first, now),
            None => (at, now, now),
        };
        self.changed = Some((at, first, last));
        now - last >= SETTLE || now - first >= SETTLE_MAX
    }
}

/// Equal for equal branch and versions.
fn mark(wiki: &Wiki) -> (Option<CommitId>, u64) {
    let world = wiki.world();
    (world.main, world.versions_token())
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What stands behind these locks is replaced whole: a panic leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The two sides, as one try sees them.
struct Between<'a> {
    wiki: &'a Wiki,
    store: &'a Store,
    setting: &'a Setting,
    token: Option<Token>,
    going: &'a dyn Fn() -> bool,
}

/// Brings both sides level, as far as the directions allow.
fn level(wiki: &Wiki, setting: &Setting, going: &dyn Fn() -> bool, stand: &mut Stand) -> Result<(), Fault> {
    let token = setting.token_file.as_ref().map(|file| read_token(file, &setting.user)).transpose()?;
    let between = Between { wiki, store: wiki.store(), setting, token, going };
    let mut refs = between.refs()?;
    let outcome = between.level_branch(&mut refs, stand);
    // Also when the branch is not level: who looks wants to know by what.
    let measured = between.measure(&refs, stand);
    outcome.and(measured)?;
    between.level_tags(&refs, stand)
}

fn read_token(file: &Path, user: &str) -> Result<Token, Fault> {
    let fault = |why: &dyn std::fmt::Display| Fault::Token(format!("{}: {why}", file.display()));
    if fs::metadata(file).map_err(|error| fault(&error))?.len() > TOKEN_MAX_BYTES {
        return Err(fault(&"too large for a token"));
    }
    let secret = fs::read_to_string(file).map_err(|error| fault(&error))?.trim().to_owned();
    if secret.is_empty() || secret.chars().any(char::is_control) {
        return Err(fault(&"holds no token in one line"));
    }
    Ok(Token { user: user.to_owned(), secret })
}

impl Between<'_> {
    fn refs(&self) -> Result<RemoteRefs, Fault> {
        Ok(self.store.remote_refs(&self.setting.remote, self.token.as_ref(), self.going)?)
    }

    fn level_branch(&self, refs: &mut RemoteRefs, stand: &mut Stand) -> Result<(), Fault> {
        let direction = self.setting.direction;
        for _ in 0..ROUNDS {
            if let Some(there) = refs.branch
                && self.store.commit_facts(there)?.is_none()
            {
                // It may have gone on since it was listed.
                refs.branch = Some(self.store.fetch_branch(&self.setting.remote, self.token.as_ref(), self.going)?);
            }
            (stand.here, stand.there) = (self.store.main_tip()?, refs.branch);
            let (here, there) = (stand.here, stand.there);
            if here == there {
                return Ok(());
            }
            let has_theirs = match (here, there) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(here), Some(there)) => self.store.is_ancestor(there, here)?,
            };
            if !has_theirs {
                let Some(there) = there.filter(|_| direction.pulls()) else { return Err(Fault::Ahead) };
                self.take(there)?;
                continue;
            }
            let Some(here) = here.filter(|_| direction.pushes()) else { return Ok(()) };
            match self.store.push_branch(&self.setting.remote, self.token.as_ref(), here, self.going)? {
                Pushed::Done => {
                    refs.branch = Some(here);
                    // Saves may have gone on meanwhile; they are the next try's.
                    (stand.here, stand.there) = (Some(here), Some(here));
                    return Ok(());
                }
                Pushed::Refused(said) => return Err(Fault::Refused(said)),
                Pushed::Stale => *refs = self.refs()?,
            }
        }
        Err(Fault::Busy)
    }

    /// Takes their branch into the wiki, as if it were pushed to be merged.
    fn take(&self, there: CommitId) -> Result<(), Fault> {
        let wiki = self.wiki;
        let _turn = wiki.take_turn();
        let here = self.store.main_tip()?;
        if !self.setting.takes_settings {
            self.look_for_settings(here, there)?;
        }
        let now_s = now_s();
        let zone = clock::zone(wiki.world().site.settings());
        let offset = zone.to_offset(jiff::Timestamp::from_second(now_s).unwrap_or_default());
        // Who set up the mirror trusts it with pages; whose commits these are is for the other side to say.
        let who = Who { name: Some(self.setting.remote.name.clone()), ..Who::owner() };
        let offer = Offer {
            tip: there,
            pusher: Pusher { who: &who, options: &[] },
            summary: &self.setting.summary,
            time_s: now_s,
            offset_min: offset.seconds() / 60,
        };
        let taken = match merging::take(self.store, &offer, &Chosen::default(), wiki.cache_folder()) {
            Ok(taken) => taken,
            Err(NotTaken::Clash { files, .. }) => {
                self.store.keep_waiting(there, None, now_s)?;
                let paths = clash_paths(&files).into_iter().map(str::to_owned).collect();
                return Err(Fault::Clash { commit: there, paths });
            }
            Err(NotTaken::Refused(judgement)) if !judgement.blocked.is_empty() => {
                return Err(Fault::Blocked(judgement.blocked));
            }
            Err(NotTaken::Refused(mut judgement)) => {
                let within = judgement.within.drain(..).map(|(_, located)| located);
                return Err(Fault::Judged(judgement.verdict.refused.into_iter().chain(within).take(SHOWN).collect()));
            }
            Err(NotTaken::Unrelated) => return Err(Fault::Unrelated),
            Err(NotTaken::Busy) => return Err(Fault::Busy),
            Err(NotTaken::Store(error)) => return Err(error.into()),
        };
        self.let_go_of_waiting(taken.new)?;
        let name = self.setting.remote.name.as_str();
        info!(mirror = name, files = taken.n_files, merged = taken.merged, "the mirror `{name}` brought changes");
        wiki.catch_up_all()?;
        wiki.poke();
        Ok(())
    }

    /// Commits that waited for a person, and came in by another way.
    fn let_go_of_waiting(&self, tip: CommitId) -> Result<(), Fault> {
        for waiting in self.store.waiting()?.iter().filter(|waiting| waiting.address.is_none()) {
            if self.store.is_ancestor(waiting.commit, tip)? {
                self.store.forget_waiting(waiting)?;
            }
        }
        Ok(())
    }

    /// Refuses what changes settings, types or rules: in any commit, and in what it comes to, since a merge
    /// may take the place of what is there by what was there long ago.
    fn look_for_settings(&self, here: Option<CommitId>, there: CommitId) -> Result<(), Fault> {
        let Some(here) = here else { return Ok(()) };
        let mut found = BTreeSet::new();
        self.store.log(Some(here), there, &mut |entry| {
            found.extend(
                entry
                    .touches
                    .iter()
                    .map(|touch| touch.path.as_str())
                    .filter(|path| is_setting(path))
                    .map(str::to_owned),
            );
            found.len() < SHOWN
        })?;
        if let Some(base) = self.store.merge_base(here, there)? {
            let changes = self.store.changes(base, there)?;
            let paths = changes.files.iter().map(|change| change.path.as_str());
            found.extend(paths.filter(|path| is_setting(path)).map(str::to_owned));
        }
        if found.is_empty() { Ok(()) } else { Err(Fault::Settings(found.into_iter().take(SHOWN).collect())) }
    }

    fn level_tags(&self, refs: &RemoteRefs, stand: &mut Stand) -> Result<(), Fault> {
        let own = self.store.tips()?;
        let odd = &mut stand.odd;
        odd.extend(own.tags.iter().filter_map(|(name, id)| {
            refs.tags.get(name).filter(|theirs| *theirs != id).map(|_| OddVersion::Moved(name.clone()))
        }));
        if self.setting.direction.pulls() {
            let new: Vec<(&String, TagId)> = refs
                .tags
                .iter()
                .filter(|(name, _)| !own.tags.contains_key(*name))
                .map(|(name, id)| (name, *id))
                .take(TAGS_MAX)
                .collect();
            self.take_tags(&new, own.main, &own.tags.keys().collect::<Vec<_>>(), odd)?;
        }
        if self.setting.direction.pushes()
            && let Some(there) = refs.branch
        {
            let mut names = Vec::new();
            for (name, id) in own.tags.iter().filter(|(name, _)| !refs.tags.contains_key(*name)).take(TAGS_MAX) {
                // Only versions, and of what is there.
                if let Some(facts) = self.store.tag(*id)?
                    && self.store.is_ancestor(facts.commit, there)?
                {
                    names.push(name.clone());
                }
            }
            let refused = self.store.push_tags(&self.setting.remote, self.token.as_ref(), &names, self.going)?;
            odd.extend(refused.into_iter().map(|(name, why)| OddVersion::NotGiven(name, why)));
        }
        Ok(())
    }

    /// Their versions that are valid here become ours.
    fn take_tags(
        &self,
        new: &[(&String, TagId)],
        tip: Option<CommitId>,
        known: &[&String],
        odd: &mut Vec<OddVersion>,
    ) -> Result<(), Fault> {
        if new.is_empty() {
            return Ok(());
        }
        let mut missing = Vec::new();
        for (name, id) in new {
            if self.store.tag(*id)?.is_none() && self.store.commit_facts(CommitId(id.0)).ok().flatten().is_none() {
                missing.push((*name).clone());
            }
        }
        self.store.fetch_tags(&self.setting.remote, self.token.as_ref(), &missing, self.going)?;
        let _turn = self.wiki.take_turn();
        let mut labels = Labels::new(known.iter().copied());
        let mut taken = false;
        for (name, id) in new {
            match judge_tag(self.store, name, *id, tip, &mut labels)? {
                Ok(()) => taken |= self.store.adopt_tag(name, *id)?,
                Err(_) => odd.push(OddVersion::NotTaken((*name).clone())),
            }
        }
        if taken {
            self.wiki.catch_up_all()?;
            self.wiki.poke();
        }
        Ok(())
    }

    /// What one has and the other has not.
    fn measure(&self, refs: &RemoteRefs, stand: &mut Stand) -> Result<(), Fault> {
        let (here, there) = (self.store.main_tip()?, refs.branch);
        (stand.here, stand.there) = (here, there);
        if here == there {
            return Ok(());
        }
        let known = match there {
            Some(there) => self.store.commit_facts(there)?.map(|_| there),
            None => None,
        };
        if let Some(here) = here.filter(|_| known == there) {
            stand.ahead = self.lead(here, there)?;
        }
        // Where it could not be fetched nothing is known of it.
        if let Some(there) = known {
            stand.behind = self.lead(there, here)?;
        }
        Ok(())
    }

    fn lead(&self, one: CommitId, other: Option<CommitId>) -> Result<Lead, Fault> {
        let apart = self.store.apart(one, other, SHOWN)?;
        let mut newest = Vec::new();
        for id in apart.newest {
            let Some(facts) = self.store.commit_facts(id)? else { continue };
            let summary = facts.message.lines().next().unwrap_or_default().to_owned();
            newest.push(ShownCommit { id, author: facts.author.name, summary });
        }
        Ok(Lead { count: apart.count, newest })
    }
}

/// Whether a path holds what only admins change.
fn is_setting(path: &str) -> bool {
    let path = fold(path);
    path == ".polder" || (path.starts_with(".polder/") && !path.starts_with(".polder/talk/"))
}
