//! Takes a pushed commit into the wiki's branch though the branch went on since: merged as a save is, text
//! by line and frontmatter by key, and judged like one (INV-3, INV-8).
//!
//! It needs no `World`, so that the hook that git starts can do it. The merge is written as a commit to
//! which nothing points, judged against the branch, and then the branch is moved to it by
//! compare-and-swap; whoever was faster is merged with in turn. A clash moves nothing: the pushed commit
//! is kept, and a person finishes the merge in the browser through the same function.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::manifest::Change;
use polder_core::merge::{Chunk, Merge, merge3};
use polder_core::path::FilePath;
use polder_core::review::{Located, Verdict};
use polder_store::{CommitError, Draft, Person, Store, StoreError, Waiting};

use crate::each_commit;
use crate::hook::{self, Judgement, Pusher, Update};
use crate::propose::author;
use crate::pushes;
use crate::verbs::Act;
use crate::wiki::Wiki;

/// Tries before a merge gives up against writers that keep moving the branch.
const TRIES: usize = 8;

/// Clashes told and shown of one merge; who has more merges in their clone.
pub const CLASHES_MAX: usize = 50;

/// A pushed commit that asks to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub tip: CommitId,
    pub pusher: Pusher<'a>,
    /// The first line of the merge's message.
    pub summary: &'a str,
    pub time_s: i64,
    pub offset_min: i32,
}

/// What a person decided about clashing files, when the branch was at `at`.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    pub at: Option<CommitId>,
    /// `None` for a file that is not to be there.
    pub files: BTreeMap<FilePath, Option<Vec<u8>>>,
}

/// A pushed commit that is in the branch.
#[derive(Clone, Debug)]
pub struct Taken {
    pub old: Option<CommitId>,
    /// Where the branch is now.
    pub new: CommitId,
    /// Whether a merge had to be made.
    pub merged: bool,
    /// Files that the branch got by it.
    pub n_files: usize,
    pub verdict: Verdict,
    /// Errors that were taken, as an admin asked.
    pub broken: Vec<Located>,
}

/// A file that two sides changed, each in its way.
#[derive(Clone, Debug)]
pub struct FileClash {
    pub path: FilePath,
    pub base: Option<BlobId>,
    /// What was pushed; `None` when that deletes the file.
    pub ours: Option<BlobId>,
    /// What the wiki says by now.
    pub theirs: Option<BlobId>,
    /// What a person chose before, with which the wiki clashes since.
    pub chosen: Option<Vec<u8>>,
    /// How far they could be brought together; `None` for what is no text on all sides.
    pub chunks: Option<Vec<Chunk>>,
}

/// Why a pushed commit was not taken. The branch is where it was.
#[derive(Debug)]
pub enum NotTaken {
    /// `at` is where the branch was.
    Clash {
        at: CommitId,
        files: Vec<FileClash>,
    },
    Refused(Box<Judgement>),
    /// It shares no history with the branch, or takes away names that cannot be written here.
    Unrelated,
    /// The branch moved under every try.
    Busy,
    Store(StoreError),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> NotTaken {
        NotTaken::Store(error)
    }
}

/// Takes what is offered. `cache` is the folder of what the server derived, if any.
pub fn take(store: &Store, offer: &Offer<'_>, chosen: &Chosen, cache: Option<&Path>) -> Result<Taken, NotTaken> {
    for _ in 0..TRIES {
        let main = store.main_tip()?;
        if let Some(main) = main
            && store.is_ancestor(offer.tip, main)?
        {
            let (old, new) = (Some(main), main);
            return Ok(Taken { old, new, merged: false, n_files: 0, verdict: Verdict::default(), broken: Vec::new() });
        }
        let rules = hook::rules_for(store, main, offer.pusher.who)?;
        let mut judgement = Judgement::default();
        // Again: rules and rights may have changed since it was pushed.
        if each_commit::judge(store, main, offer.tip, offer.pusher.who, &rules, &mut judgement)? {
            hook::judge_offer(store, main, offer.tip, offer.pusher.who, &rules, &mut judgement)?;
        }
        if !judgement.accepted() {
            return Err(NotTaken::Refused(Box::new(judgement)));
        }
        let new = match main {
            Some(main) if !store.is_ancestor(main, offer.tip)? => merge(store, main, offer, chosen)?,
            _ => offer.tip,
        };
        hook::judge_step(store, main, new, &offer.pusher, &rules, cache, &mut judgement)?;
        if !judgement.accepted() {
            return Err(NotTaken::Refused(Box::new(judgement)));
        }
        match store.advance(main, new) {
            Ok(()) => {
                let n_files = match main {
                    Some(main) => store.changes(main, new)?.files.len(),
                    None => store.manifest(new)?.entries().len(),
                };
                return Ok(Taken {
                    old: main,
                    new,
                    merged: new != offer.tip,
                    n_files,
                    verdict: judgement.verdict,
                    broken: judgement.taken,
                });
            }
            Err(CommitError::Moved { .. }) => {}
            Err(CommitError::WouldOverwrite { paths }) => {
                judgement.blocked = paths;
                return Err(NotTaken::Refused(Box::new(judgement)));
            }
            Err(error) => return Err(NotTaken::Store(plain(error))),
        }
    }
    Err(NotTaken::Busy)
}

fn plain(error: CommitError) -> StoreError {
    match error {
        CommitError::Other(error) => error,
        CommitError::Clash { path } => StoreError::Other(format!("`{path}` is taken by something that is no file")),
        CommitError::Moved { .. } => StoreError::Other("the branch moved".to_owned()),
        CommitError::WouldOverwrite { paths } => StoreError::WouldOverwrite { paths },
    }
}

/// Writes the commit that brings `main` and the offer together.
fn merge(store: &Store, main: CommitId, offer: &Offer<'_>, chosen: &Chosen) -> Result<CommitId, NotTaken> {
    let files = lay(store, main, offer.tip, chosen)?;
    let one_line: String = offer.summary.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let message: String = one_line.trim().chars().take(limits::SUMMARY_MAX_CHARS).collect();
    let draft = Draft {
        parent: Some(main),
        merged: Some(offer.tip),
        files: &files,
        author: author(offer.pusher.who),
        committer: Person { name: "Polder".to_owned(), email: "polder@wiki.invalid".to_owned() },
        time_s: offer.time_s,
        offset_min: offer.offset_min,
        message: &message,
    };
    match store.write_commit(&draft) {
        Ok(commit) => Ok(commit),
        // A page here stands where a folder is there.
        Err(CommitError::Clash { path }) => match FilePath::parse(&path) {
            Ok(path) => {
                let clash = FileClash { path, base: None, ours: None, theirs: None, chosen: None, chunks: None };
                Err(NotTaken::Clash { at: main, files: vec![clash] })
            }
            Err(_) => Err(NotTaken::Unrelated),
        },
        Err(error) => Err(NotTaken::Store(plain(error))),
    }
}

/// The files that are to be written on top of `main`.
type Laid = Vec<(FilePath, Option<Vec<u8>>)>;

fn lay(store: &Store, main: CommitId, tip: CommitId, chosen: &Chosen) -> Result<Laid, NotTaken> {
    let base = store.merge_base(main, tip)?.ok_or(NotTaken::Unrelated)?;
    let [before, ours, theirs] = [base, tip, main].map(|commit| store.manifest(commit));
    let (before, ours, theirs) = (before?, ours?, theirs?);
    // Such names are never written here, so that they can't be taken away here either.
    if before.odd.iter().any(|odd| !ours.odd.contains(odd) && theirs.odd.contains(odd)) {
        return Err(NotTaken::Unrelated);
    }
    let (our_changes, their_changes) = (before.changes_to(&ours), before.changes_to(&theirs));
    let at = chosen.at.filter(|at| *at != main).map(|at| store.manifest(at)).transpose()?;
    let mut files: Laid = Vec::new();
    // Later than what was pushed under the same name: of two the last one counts.
    let mut followed: Laid = Vec::new();
    let mut clashes = Vec::new();
    for change in our_changes.iter().cloned() {
        let now = theirs.get(change.path.as_str());
        if now == change.new {
            continue;
        }
        if now == change.old {
            files.push((change.path, change.new.map(|blob| store.read(blob)).transpose()?));
            continue;
        }
        if !chosen.files.contains_key(&change.path) {
            // Moved here and edited there: the edit goes along.
            if let (None, Some(now), Some(to)) = (change.new, now, moved(&change, &our_changes))
                && theirs.get(to.as_str()).is_none()
            {
                files.push((change.path, None));
                followed.push((to, Some(store.read(now)?)));
                continue;
            }
            // And the reverse.
            if let (Some(new), None, Some(to)) = (change.new, now, moved(&change, &their_changes)) {
                followed.push((to, Some(store.read(new)?)));
                continue;
            }
        }
        let then = at.as_ref().map_or(now, |at| at.get(change.path.as_str()));
        let (base, own) = match chosen.files.get(&change.path) {
            Some(own) if then == now => {
                files.push((change.path, own.clone()));
                continue;
            }
            // Somebody changed the file while it was being merged by hand.
            Some(own) => (then, own.clone()),
            None => (change.old, change.new.map(|blob| store.read(blob)).transpose()?),
        };
        let joined =
            match (text(store, base)?, own.as_ref().map(|own| String::from_utf8(own.clone())), text(store, now)?) {
                (Some(base), Some(Ok(own)), Some(theirs)) if now.is_some() => Some(merge3(&base, &own, &theirs)),
                _ => None,
            };
        match joined {
            Some(Merge::Clean(text)) => files.push((change.path, Some(text.into_bytes()))),
            other => clashes.push(FileClash {
                chosen: chosen.files.get(&change.path).cloned().flatten(),
                path: change.path,
                base: change.old,
                ours: change.new,
                theirs: now,
                chunks: match other {
                    Some(Merge::Clash(chunks)) => Some(chunks),
                    _ => None,
                },
            }),
        }
    }
    files.append(&mut followed);
    if clashes.is_empty() { Ok(files) } else { Err(NotTaken::Clash { at: main, files: clashes }) }
}

/// Where a file of the base went on one side, when that is certain: nothing else there has its content.
fn moved(change: &Change, changes: &[Change]) -> Option<FilePath> {
    let old = change.old?;
    let gone = |other: &&Change| other.old == Some(old) && other.new.is_none();
    let came = |other: &&Change| other.new == Some(old) && other.old.is_none();
    let mut to = changes.iter().filter(came);
    let (first, second) = (to.next()?, to.next());
    (second.is_none() && changes.iter().filter(gone).count() == 1).then(|| first.path.clone())
}

/// A file as text, nothing for no file; `None` for what is no text.
fn text(store: &Store, blob: Option<BlobId>) -> Result<Option<String>, StoreError> {
    let Some(blob) = blob else { return Ok(Some(String::new())) };
    if store.size(blob)? > limits::PAGE_MAX_BYTES {
        return Ok(None);
    }
    Ok(String::from_utf8(store.read(blob)?).ok())
}

impl Wiki {
    /// The pushed commit that waits for `act.who` to finish its merge: for who pushed it, and for admins.
    pub fn waiting_for(&self, commit: CommitId, who: &polder_core::access::Who) -> Result<Option<Waiting>, StoreError> {
        if !self.world().access().reads(who).all() {
            return Ok(None);
        }
        let all = self.store().waiting()?;
        let is_theirs = |one: &Waiting| who.may_all() || (one.address.is_some() && one.address == who.address);
        Ok(all.into_iter().find(|one| one.commit == commit && is_theirs(one)))
    }

    /// Where the branch is, and the files about which somebody must decide before `commit` can be taken.
    pub fn clashes(&self, commit: CommitId) -> Result<(Option<CommitId>, Vec<FileClash>), NotTaken> {
        let Some(main) = self.store().main_tip()? else { return Ok((None, Vec::new())) };
        match lay(self.store(), main, commit, &Chosen::default()) {
            Ok(_) => Ok((Some(main), Vec::new())),
            Err(NotTaken::Clash { at, files }) => Ok((Some(at), files)),
            Err(other) => Err(other),
        }
    }

    /// The size of a file in bytes, without reading it.
    pub fn size(&self, blob: BlobId) -> Result<usize, StoreError> {
        self.store().size(blob)
    }

    /// The first line of the message of a pushed commit.
    pub fn pushed_summary(&self, commit: CommitId) -> Result<String, StoreError> {
        let facts = self.store().commit_facts(commit)?;
        Ok(facts.and_then(|facts| facts.message.lines().next().map(str::to_owned)).unwrap_or_default())
    }

    /// Takes a commit that waited, with what was decided. Who finishes it is the author of the merge.
    pub fn finish_merge(
        &self,
        waiting: &Waiting,
        chosen: &Chosen,
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Taken, NotTaken> {
        let summary = if act.summary.trim().is_empty() { default_summary } else { act.summary };
        let _turn = self.take_turn();
        let offer = Offer {
            tip: waiting.commit,
            pusher: Pusher { who: act.who, options: &[] },
            summary,
            time_s: act.time_s,
            offset_min: act.offset_min,
        };
        let taken = take(self.store(), &offer, chosen, self.cache_folder())?;
        let update =
            Update { old: taken.old, new: Some(taken.new), name: format!("refs/heads/{}", self.store().branch()) };
        // The merge stands; what fails after it is told in the log.
        if let Err(error) = pushes::note(self.store(), &[update], waiting.address.as_deref(), false, act.time_s) {
            tracing::warn!("who pushed could not be noted: {error}");
        }
        if let Err(error) = self.store().forget_waiting(waiting) {
            tracing::warn!("a finished merge is still kept waiting: {error}");
        }
        self.catch_up_all()?;
        self.poke();
        Ok(taken)
    }
}

/// The paths that clash, as many as are told.
pub fn clash_paths(files: &[FileClash]) -> Vec<&str> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    paths.into_iter().take(CLASHES_MAX).collect()
}
