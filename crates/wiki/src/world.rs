//! One state of the wiki: immutable, taken once per answer (INV-1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_core::site::{Page, Problems, Seen, Site};
use polder_core::version::{self, Version, VersionKind, VersionName, Versions};

use crate::history::History;
use crate::narrow::Narrow;
use crate::versions::Tagged;

/// The refs, the site at the default branch, and the history up to it.
#[derive(Debug)]
pub struct World {
    /// The tip of the default branch; `None` while nothing was ever saved.
    pub main: Option<CommitId>,
    pub tagged: Arc<Tagged>,
    pub site: Arc<Site>,
    /// `None` while it is being read for the first time: answers say so and are not kept.
    pub history: Option<History>,
    /// The names of versions by the present address of what they are of.
    owners: OnceLock<BTreeMap<String, Vec<VersionName>>>,
    /// Versions of which the commit has nothing of what they are called after.
    empty: OnceLock<BTreeSet<VersionName>>,
    /// Links of the site to versions that are not there.
    pub(crate) lost_links: OnceLock<Arc<Problems>>,
    /// Of what it is a part, when it is what a class of readers sees.
    pub(crate) narrow: Option<Narrow>,
}

/// Why a version can't be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its commit is not on the branch: it was taken off, or a shallow clone never had it.
    OffBranch,
    /// Its commit has no such page, folder or file.
    NotThere,
}

impl World {
    pub fn new(main: Option<CommitId>, tagged: Arc<Tagged>, site: Arc<Site>, history: Option<History>) -> World {
        World {
            main,
            tagged,
            site,
            history,
            owners: OnceLock::new(),
            empty: OnceLock::new(),
            lost_links: OnceLock::new(),
            narrow: None,
        }
    }

    /// All named versions, as their tags are called.
    pub fn versions(&self) -> &Versions {
        &self.tagged.versions
    }

    /// Stands for the versions where only whether they are the same counts.
    pub fn versions_token(&self) -> u64 {
        self.tagged.token
    }

    /// The version that `page@label` means. Labels follow a moved page, and the old address of such a
    /// page keeps leading to it.
    pub fn version(&self, address: &str, label: &str) -> Option<&Version> {
        let own = self.own_versions(address);
        let exact = own.iter().copied().find(|version| version.label() == label);
        let own = exact.or_else(|| own.iter().copied().find(|version| version.label().eq_ignore_ascii_case(label)));
        own.or_else(|| self.versions().find(address, label))
    }

    /// The versions of a page or folder itself, those that it had under other addresses among them, in
    /// the order in which they came into force. A page that was made where another was moved away has
    /// none of that one's.
    pub fn own_versions(&self, address: &str) -> Vec<&Version> {
        let versions = self.versions();
        if versions.is_empty() {
            return Vec::new();
        }
        let Some(history) = &self.history else { return versions.of(address).iter().collect() };
        let owners = self.owners.get_or_init(|| owners(versions, history));
        let key = version::normal(address);
        let mut own: Vec<&Version> =
            owners.get(&*key).into_iter().flatten().filter_map(|name| versions.named(name)).collect();
        own.sort_by_key(|version| (version.date, version.time_s));
        own
    }

    /// All versions by the present address of what they are of, in the order in which they came into
    /// force.
    pub fn versions_by_address(&self) -> BTreeMap<&str, Vec<&Version>> {
        let mut all: BTreeMap<&str, Vec<&Version>> = BTreeMap::new();
        match &self.history {
            Some(history) => {
                for (address, names) in self.owners.get_or_init(|| owners(self.versions(), history)) {
                    all.entry(address).or_default().extend(names.iter().filter_map(|name| self.versions().named(name)));
                }
            }
            None => {
                self.versions().all().for_each(|version| all.entry(&*version.name.scope).or_default().push(version))
            }
        }
        for versions in all.values_mut() {
            versions.sort_by_key(|version| (version.date, version.time_s));
        }
        all
    }

    /// Every version that a page can be seen in: its own, and those of the folders above it and of the
    /// wiki, in the order in which they came into force.
    pub fn versions_above(&self, address: &str) -> Vec<&Version> {
        let mut all = self.own_versions(address);
        for scope in version::scopes(address).filter(|scope| *scope != address) {
            all.extend(self.versions().of(scope));
        }
        all.sort_by_key(|version| (version.date, version.time_s));
        all
    }

    /// The versions that say what holds for a page: its own, else those of the nearest folder that has
    /// any, else those of the wiki; oldest first, empty where there are none at all.
    pub fn ruling(&self, address: &str) -> Vec<&Version> {
        let mut own = self.own_versions(address);
        own.retain(|version| !self.is_lost(version));
        if !own.is_empty() {
            return own;
        }
        let of = |scope| self.versions().of(scope).iter().filter(|version| !self.is_lost(version)).collect::<Vec<_>>();
        version::scopes(address).skip(1).map(of).find(|list| !list.is_empty()).unwrap_or_default()
    }

    /// Why a version can't be shown and holds for nothing.
    pub fn loss(&self, version: &Version) -> Option<Loss> {
        let history = self.history.as_ref()?;
        if history.commit(version.commit).is_none() {
            return Some(Loss::OffBranch);
        }
        let empty = self.empty.get_or_init(|| {
            let versions = self.versions().all().filter(|version| is_empty(version, history));
            versions.map(|version| version.name.clone()).collect()
        });
        empty.contains(&version.name).then_some(Loss::NotThere)
    }

    pub fn is_lost(&self, version: &Version) -> bool {
        self.loss(version).is_some()
    }

    /// Whether the type of a page says that readers get a version of it, and there are any.
    pub fn is_published(&self, seen: Seen<'_>, page: &Page) -> bool {
        !self.versions().is_empty()
            && seen.type_of(&page.doc).is_some_and(|kind| kind.shows_published)
            && !self.own_versions(page.path.address()).is_empty()
    }

    /// The version that readers get of such a page on a day: its own in force, unless that says that
    /// nothing is.
    pub fn published(&self, seen: Seen<'_>, page: &Page, day: Date) -> Option<&Version> {
        if !self.is_published(seen, page) {
            return None;
        }
        let mut own = self.own_versions(page.path.address());
        own.retain(|version| !self.is_lost(version));
        version::in_force(&own, day).filter(|holds| holds.text.kind != VersionKind::Withdrawal)
    }

    /// The version that holds for a page on a day.
    pub fn governing(&self, address: &str, day: Date) -> Option<&Version> {
        version::in_force(&self.ruling(address), day)
    }
}

/// The names of versions by the present address of the page, or the folder, that they are of.
fn owners(versions: &Versions, history: &History) -> BTreeMap<String, Vec<VersionName>> {
    let mut owners: BTreeMap<String, Vec<VersionName>> = BTreeMap::new();
    for version in versions.all() {
        let scope = &*version.name.scope;
        let path = FilePath::parse(&format!("{scope}.md")).ok();
        let now = path.and_then(|path| history.path_now(&path, version.commit));
        let address = now.map_or_else(|| scope.to_owned(), |now| version::normal(now.address()).into_owned());
        owners.entry(address).or_default().push(version.name.clone());
    }
    owners
}

/// Whether the commit of a version has nothing of what it is called after: no page of that path then or
/// now, and nothing in a folder of that name.
fn is_empty(version: &Version, history: &History) -> bool {
    let (scope, commit) = (&*version.name.scope, version.commit);
    if scope.is_empty() {
        return false;
    }
    let has_page = FilePath::parse(&format!("{scope}.md"))
        .is_ok_and(|page| history.path_now(&page, commit).is_some() || history.path_at(&page, commit).is_some());
    !has_page && !history.has_any(commit, &|path| version::is_of(path, scope))
}
