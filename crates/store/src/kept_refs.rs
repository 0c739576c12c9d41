//! What Polder keeps in refs of its own, hidden from clones: who pushed what, and pushed commits that wait
//! for a person to finish a merge.
//!
//! `refs/polder/pushes` is a chain of commits without files, one for each push: the author is who pushed,
//! by the opaque address that also stands in their commits, never by name, so that an account that goes
//! leaves a pseudonym. The message lists the commits. It lies in the repository, so that a copy of the
//! repository says the same.
//!
//! `refs/polder/for/<who>/<time>-<commit>` keeps a pushed commit from being tidied away.

use std::collections::HashSet;

use git2::{ErrorCode, Repository, Signature, Time};
use polder_core::ids::CommitId;

use crate::error::StoreError;
use crate::read::facts_of;
use crate::store::{Store, lock};
use crate::tree::{id_of, oid};

const PUSHES: &str = "refs/polder/pushes";
const WAITING: &str = "refs/polder/for/";

/// Commits named by one note; those of a larger push are not told apart from others of its kind.
const NOTE_COMMITS_MAX: usize = 5_000;

/// Tries before a note is given up against others who write notes at the same moment.
const NOTE_TRIES: usize = 20;

/// Merges of one person that wait to be finished, and of all together; the oldest goes first.
const WAITING_OWN_MAX: usize = 20;
const WAITING_MAX: usize = 500;
/// How long one waits: who has not come back by then pushes again.
const WAITING_LIVES_S: i64 = 30 * 24 * 3600;

/// Who stands in the name of a ref when nobody is known.
const NOBODY: &str = "nobody";

/// The name in a note, where git wants one, and the address where nobody is known.
const NOTE_NAME: &str = "account";
const NO_ADDRESS: &str = "nobody@wiki.invalid";

/// One push that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushNote {
    /// The address of who pushed; `None` where there are no accounts.
    pub address: Option<String>,
    /// Seconds since 1970.
    pub time_s: i64,
    /// The branch or tag that moved.
    pub name: String,
    pub old: Option<CommitId>,
    pub new: Option<CommitId>,
    /// Whether errors of content were taken with it, as an admin asked.
    pub took_broken: bool,
    pub commits: Vec<CommitId>,
}

/// A pushed commit that waits for its merge to be finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub commit: CommitId,
    /// Seconds since 1970.
    pub time_s: i64,
    /// The address of who pushed it; `None` where there are no accounts.
    pub address: Option<String>,
    name: String,
}

impl PushNote {
    fn message(&self) -> String {
        let id = |id: Option<CommitId>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let broken = if self.took_broken { "Accepted-Broken: yes\n" } else { "" };
        let mut text = format!("push\n\nRef: {}\nOld: {}\nNew: {}\n{broken}", self.name, id(self.old), id(self.new));
        for commit in self.commits.iter().take(NOTE_COMMITS_MAX) {
            text.push_str(&format!("Commit: {commit}\n"));
        }
        text
    }

    fn read(address: &str, time_s: i64, message: &str) -> PushNote {
        let address = (address != NO_ADDRESS).then(|| address.to_owned());
        let mut note = PushNote { address, time_s, ..PushNote::default() };
        for line in message.lines() {
            let Some((key, value)) = line.split_once(": ") else { continue };
            match key {
                "Ref" => value.clone_into(&mut note.name),
                "Old" => note.old = CommitId::parse(value),
                "New" => note.new = CommitId::parse(value),
                "Accepted-Broken" => note.took_broken = true,
                "Commit" => note.commits.extend(CommitId::parse(value)),
                _ => {}
            }
        }
        note
    }
}

impl Store {
    /// Notes a push that was taken. It is on the disk when this returns.
    pub fn note_push(&self, note: &PushNote) -> Result<(), StoreError> {
        if !self.is_durable() {
            return Err(StoreError::NotPrepared);
        }
        let _writing = lock(&self.writing);
        self.with(|repository| {
            let email = note.address.as_deref().unwrap_or(NO_ADDRESS);
            let who = Signature::new(NOTE_NAME, email, &Time::new(note.time_s, 0))?;
            let tree = repository.find_tree(repository.treebuilder(None)?.write()?)?;
            let mut tries = 0;
            loop {
                let last = tip(repository)?.map(|tip| repository.find_commit(oid(tip.0))).transpose()?;
                let parents: Vec<_> = last.iter().collect();
                match repository.commit(Some(PUSHES), &who, &who, &note.message(), &tree, &parents) {
                    Ok(_) => return Ok(()),
                    Err(error) if tries < NOTE_TRIES && is_race(error.code()) => tries += 1,
                    Err(error) => return Err(error.into()),
                }
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
        })
    }

    /// Where the notes end; different when there are more.
    pub fn pushes_tip(&self) -> Result<Option<CommitId>, StoreError> {
        self.with(tip)
    }

    /// The notes after `known`, the newest first. A chain that can't be read ends there.
    pub fn pushes(&self, known: Option<CommitId>) -> Result<Vec<PushNote>, StoreError> {
        self.with(|repository| {
            let mut notes = Vec::new();
            let mut next = tip(repository)?;
            let mut seen = HashSet::new();
            while let Some(id) = next.filter(|id| Some(*id) != known && seen.insert(*id)) {
                let Ok(facts) = facts_of(repository, id) else { break };
                notes.push(PushNote::read(&facts.author.email, facts.time_s, &facts.message));
                next = facts.parents.first().copied();
            }
            Ok(notes)
        })
    }

    /// Keeps a pushed commit until its merge is finished. Older ones make room.
    pub fn keep_waiting(&self, commit: CommitId, address: Option<&str>, now_s: i64) -> Result<(), StoreError> {
        let who = who_of(address);
        self.with(|repository| {
            let name = format!("{WAITING}{who}/{now_s}-{commit}");
            repository.reference(&name, oid(commit.0), true, "polder: a merge waits")?;
            let mut waiting = waiting(repository)?;
            waiting.sort_by_key(|one| std::cmp::Reverse(one.time_s));
            let (mut n_own, mut n_all) = (0, 0);
            for one in waiting {
                let is_own = who_of(one.address.as_deref()) == who;
                let is_again = one.commit == commit && is_own && one.name != name;
                n_own += usize::from(is_own);
                n_all += 1;
                let is_past = one.time_s < now_s - WAITING_LIVES_S || n_all > WAITING_MAX;
                if is_again || is_past || (is_own && n_own > WAITING_OWN_MAX) {
                    self.delete_ref(&one.name, None)?;
                }
            }
            Ok(())
        })
    }

    /// The pushed commits that wait.
    pub fn waiting(&self) -> Result<Vec<Waiting>, StoreError> {
        self.with(waiting)
    }

    /// Lets go of one whose merge is finished.
    pub fn forget_waiting(&self, one: &Waiting) -> Result<(), StoreError> {
        self.delete_ref(&one.name, None)
    }
}

fn is_race(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Modified | ErrorCode::Exists | ErrorCode::Locked | ErrorCode::GenericError)
}

fn tip(repository: &Repository) -> Result<Option<CommitId>, StoreError> {
    match repository.refname_to_id(PUSHES) {
        Ok(id) => Ok(Some(CommitId(id_of(id)))),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What stands for somebody in the name of a ref: what is before the `@` of their address.
fn who_of(address: Option<&str>) -> String {
    let local = address.and_then(|address| address.split('@').next()).unwrap_or_default();
    let is_plain = !local.is_empty() && local.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain { local.to_owned() } else { NOBODY.to_owned() }
}

fn waiting(repository: &Repository) -> Result<Vec<Waiting>, StoreError> {
    let mut found = Vec::new();
    for reference in repository.references_glob(&format!("{WAITING}*"))? {
        let Ok(reference) = reference else { continue };
        let Ok(name) = reference.name() else { continue };
        let parts = name.strip_prefix(WAITING).and_then(|rest| {
            let (who, rest) = rest.split_once('/')?;
            let (time, commit) = rest.split_once('-')?;
            Some((who.to_owned(), time.parse().ok()?, CommitId::parse(commit)?))
        });
        let Some((who, time_s, commit)) = parts else { continue };
        if reference.target().map(id_of) != Some(commit.0) {
            continue;
        }
        let address = (who != NOBODY).then(|| format!("{who}@{}", crate::accounts::COMMIT_DOMAIN));
        found.push(Waiting { commit, time_s, address, name: name.to_owned() });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready};

    fn store() -> (TempDir, Store, CommitId) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        git(temp.path(), &["init", "-q", "-b", "main"]);
        git(temp.path(), &["commit", "-q", "--allow-empty", "-m", "one"]);
        let commit = CommitId::parse(&git(temp.path(), &["rev-parse", "HEAD"])).expect("an id");
        let store = Store::open(temp.path()).expect("opened");
        (temp, store, commit)
    }

    #[test]
    fn notes_are_read_as_they_were_written_also_by_many_at_once() {
        let (temp, store, commit) = store();
        assert_eq!(store.pushes(None).expect("read"), []);
        let note = |time_s: i64, address: Option<&str>| PushNote {
            address: address.map(str::to_owned),
            time_s,
            name: "refs/heads/main".to_owned(),
            old: None,
            new: Some(commit),
            took_broken: time_s % 2 == 1,
            commits: vec![commit],
        };
        store.note_push(&note(10, Some("00ff@users.polder.invalid"))).expect("noted");
        let known = store.pushes_tip().expect("read");
        store.note_push(&note(11, None)).expect("noted");
        assert_eq!(store.pushes(known).expect("read"), [note(11, None)]);
        assert_eq!(store.pushes(None).expect("read"), [note(11, None), note(10, Some("00ff@users.polder.invalid"))]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let other = Store::open(temp.path()).expect("opened");
                    (0..3).for_each(|n| other.note_push(&note(20 + n, None)).expect("noted"));
                });
            }
        });
        assert_eq!(store.pushes(None).expect("read").len(), 14);
        assert_eq!(git(temp.path(), &["fsck", "--strict", "--no-dangling"]), "");
    }

    #[test]
    fn what_waits_is_kept_a_while_and_not_without_end() {
        let (temp, store, commit) = store();
        let own = Some("00ff@users.polder.invalid");
        store.keep_waiting(commit, own, 1_000).expect("kept");
        store.keep_waiting(commit, own, 2_000).expect("kept");
        store.keep_waiting(commit, None, 3_000).expect("kept");
        let mut waiting = store.waiting().expect("read");
        waiting.sort_by_key(|one| one.time_s);
        let seen: Vec<_> = waiting.iter().map(|one| (one.time_s, one.address.as_deref(), one.commit)).collect();
        assert_eq!(seen, [(2_000, own, commit), (3_000, None, commit)], "the same commit waits once");
        store.forget_waiting(&waiting[1]).expect("let go");
        store.forget_waiting(&waiting[1]).expect("twice is fine");
        for n in 0..30 {
            git(temp.path(), &["commit", "-q", "--allow-empty", "-m", "more"]);
            let next = CommitId::parse(&git(temp.path(), &["rev-parse", "HEAD"])).expect("an id");
            store.keep_waiting(next, own, 4_000 + n).expect("kept");
        }
        assert_eq!(store.waiting().expect("read").len(), WAITING_OWN_MAX);
        store.keep_waiting(commit, None, 5_000 + WAITING_LIVES_S).expect("kept");
        assert_eq!(store.waiting().expect("read").len(), 1, "what is too old went");
    }

    #[test]
    fn what_is_no_note_does_no_harm() {
        let (temp, store, commit) = store();
        git(temp.path(), &["update-ref", PUSHES, &commit.to_string()]);
        let read = store.pushes(None).expect("read");
        assert_eq!((read.len(), read[0].commits.len()), (1, 0));
        git(temp.path(), &["update-ref", "refs/polder/for/x", &commit.to_string()]);
        git(temp.path(), &["update-ref", &format!("refs/polder/for/y/1-{}", "0".repeat(40)), "HEAD"]);
        assert_eq!(store.waiting().expect("read"), []);
    }
}
