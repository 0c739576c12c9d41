//! What runs as git's pre-receive hook: judges a push while its objects are in quarantine.
//!
//! The same `review` as for a save (INV-3), over the files that the push changes, against the
//! tree before it; and the rules of access before it (INV-8), over what each of its commits changes:
//! a tip that looks clean may hide one that is not. What may be pushed at all: fast-forwards of the wiki's branch, and new
//! versions (annotated tags with an `@`). Words are chosen by the caller.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use polder_core::access::{self, Access, Right, Standing, Who};
use polder_core::doc;
use polder_core::ids::{CommitId, TagId};
use polder_core::limits;
use polder_core::manifest::Manifest;
use polder_core::path::{FilePath, Kind};
use polder_core::review::Verdict;
use polder_core::version::VersionName;
use polder_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

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
    /// Who may not read the whole wiki may not push to it: a pack may name what it does not bring.
    Unread,
    /// A version of what they may not edit.
    NotAllowed,
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
    /// What some commit of the push changes and the pusher may not, as shown to people.
    pub not_allowed: Vec<String>,
    /// Files with local changes in the owner's work tree that the push would overwrite.
    pub blocked: Vec<String>,
}

impl Judgement {
    pub fn accepted(&self) -> bool {
        self.refs.is_empty()
            && self.verdict.refused.is_empty()
            && self.not_allowed.is_empty()
            && self.blocked.is_empty()
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

/// The variable by which the server tells its hook who pushes: a `who_text`. A hook that is not told
/// takes them for nobody.
pub const WHO_VARIABLE: &str = "POLDER_HOOK_WHO";

/// How `Who` is written in that variable.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoText {
    name: Option<String>,
    account: Option<String>,
    address: Option<String>,
    groups: Vec<String>,
    standing: String,
}

const STANDINGS: [(&str, Standing); 4] = [
    ("anonymous", Standing::Anonymous),
    ("account", Standing::Account),
    ("admin", Standing::Admin),
    ("owner", Standing::Owner),
];

/// Who pushes, for the hook.
pub fn who_text(who: &Who) -> String {
    let standing = STANDINGS.iter().find(|known| known.1 == who.standing).map_or("anonymous", |known| known.0);
    let text = WhoText {
        name: who.name.clone(),
        account: who.account.as_deref().map(str::to_owned),
        address: who.address.clone(),
        groups: who.groups.iter().map(|group| group.to_string()).collect(),
        standing: standing.to_owned(),
    };
    serde_json::to_string(&text).expect("texts and lists of texts have a JSON form")
}

/// The reverse; `None` for what `who_text` does not write.
pub fn read_who(text: &str) -> Option<Who> {
    let text: WhoText = serde_json::from_str(text).ok()?;
    let standing = STANDINGS.iter().find(|known| known.0 == text.standing)?.1;
    Some(Who {
        name: text.name,
        account: text.account.map(String::into_boxed_str),
        address: text.address,
        groups: Arc::new(text.groups.into_iter().map(String::into_boxed_str).collect()),
        standing,
    })
}

/// The rules of access at a commit.
fn rules_at(store: &Store, commit: Option<CommitId>) -> Result<Access, StoreError> {
    let Some(commit) = commit else { return Ok(Access::none()) };
    let Some(blob) = store.file_at(commit, access::PATH)? else {
        let is_odd = store.manifest(commit)?.odd.iter().any(|odd| access::stands_for_rules(&odd.shown));
        return Ok(if is_odd { Access::closed(Vec::new()) } else { Access::none() });
    };
    Ok(match store.size(blob)? {
        size if size > limits::PAGE_MAX_BYTES => Access::closed(Vec::new()),
        _ => Access::of_doc(&doc::parse(Kind::Settings, &store.read(blob)?)),
    })
}

/// Judges all updates of one push by `who`. `cache` is the folder of what the server derived, if any.
pub fn judge(store: &Store, updates: &[Update], who: &Who, cache: Option<&Path>) -> Result<Judgement, StoreError> {
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
    let rules = if who.may_all() { Access::none() } else { rules_at(store, tips.main)? };
    if !rules.reads(who).all() {
        judgement.refs = updates.iter().map(|update| (update.name.clone(), RefFault::Unread)).collect();
        return Ok(judgement);
    }
    let may_edit = |path: &str| rules.may(who, Right::Edit, path);
    for update in updates {
        if update.name == branch {
            judgement.not_allowed = denied(store, update, who, &may_edit)?;
            judge_branch(store, update, cache, &mut judgement)?;
        } else if let Some(name) = version_of(update)
            && (!versions::may_publish(&rules, who, &name.scope, || files_at(store, tip))?
                || (!who.may_all() && has_left(store, update, &name, tip)?))
        {
            judgement.refs.push((update.name.clone(), RefFault::NotAllowed));
        } else if let Some(fault) = other_fault(store, update, tip, &mut labels)? {
            judgement.refs.push((update.name.clone(), fault));
        }
    }
    Ok(judgement)
}

fn files_at(store: &Store, tip: Option<CommitId>) -> Result<Arc<Manifest>, StoreError> {
    Ok(Arc::new(tip.map(|tip| store.manifest(tip)).transpose()?.unwrap_or_default()))
}

/// Whether the page that a tag names went from its place after the tagged commit. The label would follow
/// it to where it is now, which others than admins may not be asked to judge.
fn has_left(store: &Store, update: &Update, name: &VersionName, tip: Option<CommitId>) -> Result<bool, StoreError> {
    let tagged = update.new.map(|new| store.tag(TagId(new.0))).transpose()?.flatten();
    let (Some(tagged), Some(tip)) = (tagged, tip) else { return Ok(false) };
    let mut has_left = false;
    let is_it = |path: &FilePath| path.kind() == Kind::Page && path.address() == &*name.scope;
    if tagged.commit != tip {
        store.log(Some(tagged.commit), tip, &mut |entry| {
            has_left |= entry.touches.iter().any(|touch| touch.new.is_none() && is_it(&touch.path));
            !has_left
        })?;
    }
    Ok(has_left)
}

/// The version that an update makes, if its name is that of one.
fn version_of(update: &Update) -> Option<VersionName> {
    VersionName::parse(update.name.strip_prefix("refs/tags/")?)
}

/// What some commit of a push changes without the right to.
fn denied(
    store: &Store,
    update: &Update,
    who: &Who,
    may_edit: &dyn Fn(&str) -> bool,
) -> Result<Vec<String>, StoreError> {
    let (Some(new), false) = (update.new, who.may_all()) else { return Ok(Vec::new()) };
    let mut denied = BTreeSet::new();
    let mut look = |path: &str| {
        if !may_edit(path) {
            denied.insert(path.to_owned());
        }
    };
    store.paths_changed(update.old, new, &mut |path| look(&String::from_utf8_lossy(path)))?;
    // A merge may take the place of what is there by what was there long ago.
    if let Some(old) = update.old {
        let (before, after) = (store.manifest(old)?, store.manifest(new)?);
        before.changes_to(&after).iter().for_each(|change| look(change.path.as_str()));
        before.odd.iter().filter(|odd| !after.odd.contains(odd)).for_each(|odd| look(&odd.shown));
    }
    Ok(denied.into_iter().collect())
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
