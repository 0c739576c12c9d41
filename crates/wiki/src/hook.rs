//! What runs as git's pre-receive hook: judges a push while its objects are in quarantine.
//!
//! The same `review` as for a save (INV-3), over the files that the push changes, against the
//! tree before it. What may be pushed at all: fast-forwards of the wiki's branch, and new
//! versions (annotated tags with an `@`). Words are chosen by the caller.

use std::path::Path;

use polder_core::ids::{CommitId, TagId};
use polder_core::review::Verdict;
use polder_store::{Store, StoreError};

use crate::since;
use crate::versions::{self, Labels, TagFault};

/// One line that git gives to the hook: where a ref was, where it is to go, its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    pub old: Option<CommitId>,
    pub new: Option<CommitId>,
    pub name: String,
}

/// Why a ref may not be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefFault {
    /// A branch other than the wiki's.
    OtherBranch,
    /// The wiki's branch may not be deleted or rewound (INV-10).
    NotForward,
    /// A version may not be moved or deleted (INV-10), and other tags are not kept here.
    Version,
    /// A new tag that is no version.
    NoVersion(TagFault),
    /// Any other ref.
    Unknown,
}

/// What the hook says of a push.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    pub refs: Vec<(String, RefFault)>,
    pub verdict: Verdict,
    /// Files with local changes in the owner's work tree that the push would overwrite.
    pub blocked: Vec<String>,
}

impl Judgement {
    pub fn accepted(&self) -> bool {
        self.refs.is_empty() && self.verdict.refused.is_empty() && self.blocked.is_empty()
    }
}

/// Reads `old new name`; `None` for a line that git would not write.
pub fn read_update(line: &str) -> Option<Update> {
    let mut words = line.splitn(3, ' ');
    let old = CommitId::parse(words.next()?)?;
    let new = CommitId::parse(words.next()?)?;
    let name = words.next()?.to_owned();
    let some = |id: CommitId| (id.0 != [0; 20]).then_some(id);
    Some(Update { old: some(old), new: some(new), name })
}

/// The variable by which the server tells its hook where parsed docs are kept, so that the rules
/// between records can be judged without reading the whole wiki anew.
pub const CACHE_VARIABLE: &str = "POLDER_HOOK_CACHE";

/// Judges all updates of one push. `cache` is the folder of what the server derived, if any.
pub fn judge(store: &Store, updates: &[Update], cache: Option<&Path>) -> Result<Judgement, StoreError> {
    let mut judgement = Judgement::default();
    let branch = format!("refs/heads/{}", store.branch());
    let moved = updates.iter().find(|update| update.name == branch);
    let tips = store.tips()?;
    let mut labels = Labels::new(tips.tags.keys());
    // A version may come together with the commits that it names.
    let tip = match moved {
        Some(update) => update.new,
        None => tips.main,
    };
    for update in updates {
        if update.name == branch {
            judge_branch(store, update, cache, &mut judgement)?;
        } else if let Some(fault) = other_fault(store, update, tip, &mut labels)? {
            judgement.refs.push((update.name.clone(), fault));
        }
    }
    Ok(judgement)
}

fn other_fault(
    store: &Store,
    update: &Update,
    tip: Option<CommitId>,
    labels: &mut Labels,
) -> Result<Option<RefFault>, StoreError> {
    if update.name.starts_with("refs/heads/") {
        return Ok(Some(RefFault::OtherBranch));
    }
    let Some(tag) = update.name.strip_prefix("refs/tags/") else { return Ok(Some(RefFault::Unknown)) };
    let (None, Some(new), true) = (update.old, update.new, tag.contains('@')) else {
        return Ok(Some(RefFault::Version));
    };
    // What git gives is the id of whatever the ref is to point at.
    let judged = versions::judge_tag(store, tag, TagId(new.0), tip, labels)?;
    Ok(judged.err().map(RefFault::NoVersion))
}

fn judge_branch(
    store: &Store,
    update: &Update,
    cache: Option<&Path>,
    judgement: &mut Judgement,
) -> Result<(), StoreError> {
    let Some(new) = update.new else {
        judgement.refs.push((update.name.clone(), RefFault::NotForward));
        return Ok(());
    };
    if let Some(old) = update.old
        && !store.is_ancestor(old, new)?
    {
        judgement.refs.push((update.name.clone(), RefFault::NotForward));
        return Ok(());
    }
    judgement.verdict = since::judge(store, update.old, new, cache)?.verdict;
    judgement.blocked = store.work_tree_blockers(update.old, new)?;
    Ok(())
}
