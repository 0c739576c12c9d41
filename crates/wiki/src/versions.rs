//! Named versions of a running wiki: read from tags, made by a person, judged in a push, and which
//! of them holds on a day.
//!
//! What a version *is* stands in `core::version`.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::civil::Date;
use polder_core::access::{Access, Right, Who};
use polder_core::ids::{CommitId, TagId};
use polder_core::manifest::Manifest;
use polder_core::path::{FilePath, fold};
use polder_core::version::{self, LabelFault, TagFacts, Version, VersionName, VersionText, Versions, check_label};
use polder_store::{Store, StoreError, TagDraft};
use rustc_hash::{FxHashMap, FxHasher};

use crate::clock;
use crate::propose::author;
use crate::pushes::Pushes;
use crate::verbs::Act;
use crate::wiki::Wiki;
use crate::world::World;

/// The tags that may name versions, and the versions that they are.
#[derive(Debug, Default)]
pub struct Tagged {
    /// Tags with an `@` in their name, and what they point at.
    pub tags: BTreeMap<String, TagId>,
    pub versions: Versions,
    /// Who pushed what.
    pub pushes: Arc<Pushes>,
    /// Equal for equal tags and pushes.
    pub token: u64,
}

impl Tagged {
    /// Reads what `before` does not know. A tag that can't be read is no version.
    pub fn read(store: &Store, tags: BTreeMap<String, TagId>, before: &Tagged) -> Result<Tagged, StoreError> {
        let known: BTreeMap<(&VersionName, TagId), &Version> =
            before.versions.all().map(|version| ((&version.name, version.tag), version)).collect();
        let mut all = Vec::new();
        for (name, tag) in &tags {
            let Some(parsed) = VersionName::parse(name) else { continue };
            if let Some(version) = known.get(&(&parsed, *tag)) {
                all.push((*version).clone());
            } else if let Some(facts) = store.tag(*tag)? {
                all.extend(Version::read(name, *tag, &facts));
            }
        }
        let pushes = Pushes::read(store, &before.pushes)?;
        let mut hasher = FxHasher::default();
        (&tags, pushes.tip).hash(&mut hasher);
        let token = hasher.finish();
        Ok(Tagged { versions: Versions::new(all), tags, pushes, token })
    }

    /// Just these versions.
    pub(crate) fn of(versions: Vec<Version>, pushes: &Arc<Pushes>) -> Tagged {
        let mut hasher = FxHasher::default();
        let tags: BTreeMap<String, TagId> = versions.iter().map(|version| (version.name.tag(), version.tag)).collect();
        (&tags, pushes.tip).hash(&mut hasher);
        let token = hasher.finish();
        Tagged { versions: Versions::new(versions), tags, pushes: Arc::clone(pushes), token }
    }
}

/// A version to be made.
#[derive(Debug)]
pub struct Publication<'a> {
    /// The address of a page, the path of a folder, or nothing for the whole wiki.
    pub scope: &'a str,
    pub label: &'a str,
    /// The commit that the person had before them.
    pub commit: CommitId,
    pub text: VersionText,
}

/// Why no version was made.
#[derive(Debug)]
pub enum PublishError {
    /// The rules of access do not let them: a version takes the right to edit what it names.
    NotAllowed,
    Label(LabelFault),
    /// There is one of this label, perhaps in other case.
    Taken(String),
    /// A label that it is to take the place of is not there.
    Unknown(String),
    /// The commit is not on the branch.
    NotOnBranch,
    Store(StoreError),
}

impl From<StoreError> for PublishError {
    fn from(error: StoreError) -> PublishError {
        PublishError::Store(error)
    }
}

impl Wiki {
    /// Makes a version, for good: there is no verb that moves or deletes one (INV-10).
    pub fn publish_version(&self, publication: &Publication<'_>, act: &Act<'_>) -> Result<Arc<World>, PublishError> {
        let _turn = self.take_turn();
        let world = self.catch_up_all()?;
        if !may_publish(world.site.access(), act.who, publication.scope, || Ok(Arc::clone(world.site.manifest())))? {
            return Err(PublishError::NotAllowed);
        }
        // The label of an older commit would follow the page that was here then.
        if let (Ok(page), Some(main), Some(history), false) =
            (FilePath::parse(&format!("{}.md", publication.scope)), world.main, &world.history, act.who.may_all())
            && history.is_another(&page, publication.commit, main)
        {
            return Err(PublishError::NotAllowed);
        }
        check_label(publication.label).map_err(PublishError::Label)?;
        let own = world.own_versions(publication.scope);
        let named = |label: &str| own.iter().find(|version| version.label().eq_ignore_ascii_case(label));
        if let Some(taken) = named(publication.label) {
            return Err(PublishError::Taken(taken.label().to_owned()));
        }
        if let Some(unknown) = publication.text.supersedes.iter().find(|label| named(label).is_none()) {
            return Err(PublishError::Unknown(unknown.clone()));
        }
        // Whether there is a commit that they see nothing of is not told.
        if self.on_branch(&*self.world_for(act.who)?, publication.commit)?.is_none() {
            return Err(PublishError::NotOnBranch);
        }
        let name = VersionName::new(publication.scope, publication.label);
        let made = self.store().make_tag(&TagDraft {
            name: &name.tag(),
            commit: publication.commit,
            tagger: author(act.who),
            time_s: act.time_s,
            offset_min: act.offset_min,
            message: &publication.text.write(),
        })?;
        if !made {
            return Err(PublishError::Taken(publication.label.to_owned()));
        }
        let world = self.catch_up_all()?;
        self.poke();
        Ok(world)
    }

    /// Where the branch was at the end of a day in the wiki's zone, as far as commits tell.
    pub fn on_day(&self, world: &World, day: Date) -> Option<CommitId> {
        let next = day.tomorrow().ok()?;
        let midnight = next.to_datetime(jiff::civil::Time::midnight());
        let end = clock::zone(world.site.settings()).to_timestamp(midnight).ok()?;
        world.history.as_ref()?.as_of(end.as_second() - 1)
    }
}

/// Whether `who` may make versions of a page, a folder or the wiki. Versions follow a page that moved:
/// those of a place where nothing is any more may be of one that they may not edit, so they are the
/// admins'.
pub(crate) fn may_publish(
    access: &Access,
    who: &Who,
    scope: &str,
    manifest: impl FnOnce() -> Result<Arc<Manifest>, StoreError>,
) -> Result<bool, StoreError> {
    if who.may_all() {
        return Ok(true);
    }
    if !access.may(who, Right::Edit, scope) {
        return Ok(false);
    }
    let scope = fold(scope);
    let is_of_scope = |path: &FilePath| {
        let address = fold(path.address());
        address.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    Ok(scope.is_empty() || manifest()?.entries().iter().any(|entry| is_of_scope(&entry.path)))
}

/// Why a pushed tag is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagFault {
    /// It is not annotated.
    Light,
    /// The name is no path, `@` and label.
    Name,
    Label(LabelFault),
    /// There is one of this label, but for its case.
    Taken(String),
    /// The commit is neither on the branch nor pushed with it.
    OffBranch,
    /// The commit has no page, folder or file of this path.
    NotThere(String),
}

/// The labels that are there, and those of a push that were found good: what a further one may not
/// differ from in case only.
pub struct Labels(FxHashMap<(Box<str>, String), Box<str>>);

impl Labels {
    /// The labels of tags that name versions.
    pub fn new<'a>(tags: impl IntoIterator<Item = &'a String>) -> Labels {
        let mut labels = Labels(FxHashMap::default());
        tags.into_iter().filter_map(|tag| VersionName::parse(tag)).for_each(|name| labels.add(name));
        labels
    }

    fn add(&mut self, name: VersionName) {
        self.0.entry((name.scope, name.label.to_ascii_lowercase())).or_insert(name.label);
    }

    /// The label of the same page or folder that is spelled in another case.
    fn twin(&self, name: &VersionName) -> Option<&str> {
        let known = self.0.get(&(name.scope.clone(), name.label.to_ascii_lowercase()));
        known.map(AsRef::as_ref).filter(|known| *known != &*name.label)
    }
}

/// Judges a new tag of a push; `tip` is where the branch will be after it. A good one counts among
/// `labels` from then on.
pub fn judge_tag(
    store: &Store,
    name: &str,
    tag: TagId,
    tip: Option<CommitId>,
    labels: &mut Labels,
) -> Result<Result<(), TagFault>, StoreError> {
    let Some(TagFacts { commit, .. }) = store.tag(tag)? else { return Ok(Err(TagFault::Light)) };
    let Some(parsed) = VersionName::parse(name) else {
        let label = name.rsplit_once('@').map_or("", |(_, label)| label);
        return Ok(Err(check_label(label).map_or_else(TagFault::Label, |()| TagFault::Name)));
    };
    if let Some(twin) = labels.twin(&parsed) {
        return Ok(Err(TagFault::Taken(twin.to_owned())));
    }
    match tip {
        Some(tip) if store.is_ancestor(commit, tip)? => {}
        _ => return Ok(Err(TagFault::OffBranch)),
    }
    if !is_in(store, commit, &parsed.scope)? {
        return Ok(Err(TagFault::NotThere(parsed.scope.into_string())));
    }
    labels.add(parsed);
    Ok(Ok(()))
}

/// Whether a commit has what a version of `scope` would be of.
fn is_in(store: &Store, commit: CommitId, scope: &str) -> Result<bool, StoreError> {
    if scope.is_empty() || store.file_at(commit, &format!("{scope}.md"))?.is_some() {
        return Ok(true);
    }
    // A folder, another file, or a name in another Unicode form.
    Ok(store.manifest(commit)?.entries().iter().any(|entry| version::is_of(&entry.path, scope)))
}
