//! What runs as git's pre-receive hook: judges a push while its objects are in quarantine.
//!
//! The same `review` as for a save (INV-3), over the files that the push changes, against the tree before
//! it, and by the rules of access before it (INV-8). What may not be in any commit is judged of each
//! (`each_commit`). What may be pushed at all: fast-forwards of the wiki's branch, the same to
//! `refs/for/<branch>`, where it may also be behind (`merging` brings it together, after this), and new
//! versions (annotated tags with an `@`). Words are chosen by the caller.

use std::path::Path;
use std::sync::Arc;

use polder_core::access::{self, Access, Right, Standing, Who};
use polder_core::doc;
use polder_core::ids::{CommitId, TagId};
use polder_core::limits;
use polder_core::manifest::Manifest;
use polder_core::path::{FilePath, Kind};
use polder_core::problem::Problem;
use polder_core::review::{Located, Verdict};
use polder_core::version::VersionName;
use polder_store::{Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::each_commit;
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
    /// Pushed to be merged, and no commit.
    NoCommit,
    /// Any other ref.
    Unknown,
}

/// A commit that bears the address of somebody else's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forged {
    pub commit: CommitId,
    pub address: String,
}

/// A push of more than people write, and how much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooMuch {
    Objects(u64),
    /// Paths changed by its commits.
    Paths(u64),
    /// Branches and tags.
    Refs(u64),
}

/// What is wrong with what was asked by `git push -o`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionFault {
    Unknown(String),
    /// For admins only.
    NotAllowed(&'static str),
}

/// What the hook says of a push.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    pub refs: Vec<(String, RefFault)>,
    pub options: Vec<OptionFault>,
    pub too_much: Option<TooMuch>,
    pub forged: Vec<Forged>,
    /// What stands in commits on the way, or behind a merge, and may stand in none.
    pub within: Vec<(CommitId, Located)>,
    /// What is said of the tip.
    pub verdict: Verdict,
    /// Errors of content that are taken all the same, since an admin asked for it.
    pub taken: Vec<Located>,
    /// What some commit of the push changes and the pusher may not, as shown to people.
    pub not_allowed: Vec<String>,
    /// Files with local changes in the owner's work tree that the push would overwrite.
    pub blocked: Vec<String>,
}

impl Judgement {
    pub fn accepted(&self) -> bool {
        self.refs.is_empty()
            && self.options.is_empty()
            && self.too_much.is_none()
            && self.forged.is_empty()
            && self.within.is_empty()
            && self.verdict.refused.is_empty()
            && self.not_allowed.is_empty()
            && self.blocked.is_empty()
    }

    /// Takes errors of content, never those of names, kinds of files, sizes, encodings or rules of access.
    pub(crate) fn take_broken(&mut self) {
        let refused = std::mem::take(&mut self.verdict.refused);
        let (content, other) =
            refused.into_iter().partition(|located| located.path != access::PATH && !is_about_file(&located.problem));
        (self.taken, self.verdict.refused) = (content, other);
    }

    /// What the tip has by itself is told of the tip alone.
    fn spare(&mut self) {
        let same = |located: &Located, other: &Located| {
            located.path == other.path && located.problem.code == other.problem.code
        };
        let refused = &self.verdict.refused;
        self.within.retain(|(_, located)| !refused.iter().any(|other| same(located, other)));
    }
}

/// Whether a problem is about a file's being there at all, rather than about what it says.
fn is_about_file(problem: &Problem) -> bool {
    let codes = ["symlink", "submodule", "name-collision", "access-misnamed", "too-large", "utf8"];
    codes.contains(&problem.code.as_str()) || problem.code.starts_with("path-")
}

/// What may be asked by `git push -o`.
pub const ACCEPT_BROKEN: &str = "polder.accept-broken";

/// The name under which a branch is pushed to be merged: `refs/for/main`.
pub const FOR_MERGE: &str = "refs/for/";

/// Branches and tags of one push: a whole plan with all its versions has some hundreds.
const REFS_MAX: usize = 1_000;

/// Who pushes, and what they ask for.
#[derive(Clone, Copy, Debug)]
pub struct Pusher<'a> {
    pub who: &'a Who,
    /// As given by `git push -o`.
    pub options: &'a [String],
}

impl Pusher<'_> {
    /// Whether errors of content are to be taken, from who may ask for it.
    pub fn accepts_broken(&self) -> bool {
        self.who.may_all() && self.options.iter().any(|option| option == ACCEPT_BROKEN)
    }

    fn faults(&self) -> Vec<OptionFault> {
        let faults = self.options.iter().filter_map(|option| match option.as_str() {
            ACCEPT_BROKEN => (!self.who.may_all()).then_some(OptionFault::NotAllowed(ACCEPT_BROKEN)),
            unknown => Some(OptionFault::Unknown(unknown.to_owned())),
        });
        faults.collect()
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

/// The variables by which the server tells its hook where the repository is, for what happens when the
/// quarantine is over, the folder of git's settings, and the address at which people find the wiki.
pub const REPOSITORY_VARIABLE: &str = "POLDER_HOOK_REPOSITORY";
pub const SETTINGS_VARIABLE: &str = "POLDER_HOOK_SETTINGS";
pub const HOME_VARIABLE: &str = "POLDER_HOOK_HOME";

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

/// Judges all updates of one push. `cache` is the folder of what the server derived, if any.
pub fn judge(
    store: &Store,
    updates: &[Update],
    pusher: &Pusher<'_>,
    cache: Option<&Path>,
) -> Result<Judgement, StoreError> {
    let who = pusher.who;
    let mut judgement = Judgement { options: pusher.faults(), ..Judgement::default() };
    if updates.len() > REFS_MAX {
        judgement.too_much = Some(TooMuch::Refs(REFS_MAX as u64));
        return Ok(judgement);
    }
    let branch = format!("refs/heads/{}", store.branch());
    let for_merge = format!("{FOR_MERGE}{}", store.branch());
    let moved = updates.iter().find(|update| update.name == branch);
    let tips = store.tips()?;
    let mut labels = Labels::new(tips.tags.keys());
    // A version may come together with the commits that it names.
    let tip = match moved {
        Some(update) => update.new,
        None => tips.main,
    };
    let rules = rules_for(store, tips.main, who)?;
    if !rules.reads(who).all() {
        judgement.refs = updates.iter().map(|update| (update.name.clone(), RefFault::Unread)).collect();
        return Ok(judgement);
    }
    for update in updates {
        if update.name == branch {
            judge_branch(store, update, pusher, &rules, cache, &mut judgement)?;
        } else if update.name == for_merge {
            judge_for_merge(store, update, tips.main, who, &rules, &mut judgement)?;
        } else if let Some(name) = version_of(update)
            && (!versions::may_publish(&rules, who, &name.scope, || files_at(store, tip))?
                || (!who.may_all() && has_left(store, update, &name, tip)?))
        {
            judgement.refs.push((update.name.clone(), RefFault::NotAllowed));
        } else if let Some(fault) = other_fault(store, update, tip, &mut labels)? {
            judgement.refs.push((update.name.clone(), fault));
        }
    }
    judgement.spare();
    Ok(judgement)
}

/// The rules by which `who` is judged: none for those who may do everything.
pub(crate) fn rules_for(store: &Store, main: Option<CommitId>, who: &Who) -> Result<Access, StoreError> {
    if who.may_all() { Ok(Access::none()) } else { rules_at(store, main) }
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

fn other_fault(
    store: &Store,
    update: &Update,
    tip: Option<CommitId>,
    labels: &mut Labels,
) -> Result<Option<RefFault>, StoreError> {
    if update.name.starts_with("refs/heads/") || update.name.starts_with(FOR_MERGE) {
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
    pusher: &Pusher<'_>,
    rules: &Access,
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
    if each_commit::judge(store, update.old, new, pusher.who, rules, judgement)? {
        judge_step(store, update.old, new, pusher, rules, cache, judgement)?;
    }
    Ok(())
}

/// Judges who may change what lies between two trees. A merge may take the place of what is there by what
/// was there long ago, which none of its commits shows as a change.
fn judge_between(
    store: &Store,
    old: CommitId,
    new: CommitId,
    who: &Who,
    rules: &Access,
    judgement: &mut Judgement,
) -> Result<(), StoreError> {
    if who.may_all() {
        return Ok(());
    }
    let (before, after) = (store.manifest(old)?, store.manifest(new)?);
    let changed = before.changes_to(&after);
    let changed = changed.iter().map(|change| change.path.as_str());
    let gone = before.odd.iter().filter(|odd| !after.odd.contains(odd));
    let came = after.odd.iter().filter(|odd| !before.odd.contains(odd));
    let odd = gone.chain(came).map(|odd| odd.shown.as_str());
    let denied = changed.chain(odd).filter(|path| !rules.may(who, Right::Edit, path));
    let denied: Vec<String> = denied.map(str::to_owned).collect();
    judgement.not_allowed.extend(denied);
    judgement.not_allowed.sort();
    judgement.not_allowed.dedup();
    Ok(())
}

/// Judges who may change what a merge of `tip` would take. Before any merge is tried: what clashes is
/// kept for somebody who may do more.
pub(crate) fn judge_offer(
    store: &Store,
    main: Option<CommitId>,
    tip: CommitId,
    who: &Who,
    rules: &Access,
    judgement: &mut Judgement,
) -> Result<(), StoreError> {
    let Some(main) = main.filter(|_| !who.may_all()) else { return Ok(()) };
    match store.merge_base(main, tip)? {
        Some(base) => judge_between(store, base, tip, who, rules, judgement),
        None => Ok(()),
    }
}

/// Judges what a move of the branch comes to, when each commit was judged.
pub(crate) fn judge_step(
    store: &Store,
    old: Option<CommitId>,
    new: CommitId,
    pusher: &Pusher<'_>,
    rules: &Access,
    cache: Option<&Path>,
    judgement: &mut Judgement,
) -> Result<(), StoreError> {
    if let Some(old) = old {
        judge_between(store, old, new, pusher.who, rules, judgement)?;
    }
    judgement.verdict = since::judge(store, old, new, cache)?.verdict;
    if pusher.accepts_broken() {
        judgement.take_broken();
    }
    judgement.blocked = store.work_tree_blockers(old, new)?;
    Ok(())
}

/// Of what is pushed to be merged, each commit is judged here, and who may change what it would bring;
/// what the merge comes to, by who merges.
fn judge_for_merge(
    store: &Store,
    update: &Update,
    main: Option<CommitId>,
    who: &Who,
    rules: &Access,
    judgement: &mut Judgement,
) -> Result<(), StoreError> {
    let Some(new) = update.new.filter(|_| update.old.is_none()) else {
        judgement.refs.push((update.name.clone(), RefFault::NoCommit));
        return Ok(());
    };
    match store.commit_facts(new)? {
        Some(_) => {
            if each_commit::judge(store, main, new, who, rules, judgement)? {
                judge_offer(store, main, new, who, rules, judgement)?;
            }
            Ok(())
        }
        None => {
            judgement.refs.push((update.name.clone(), RefFault::NoCommit));
            Ok(())
        }
    }
}
