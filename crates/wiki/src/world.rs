//! One state of the wiki: immutable, taken once per answer (INV-1).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_core::site::{Problems, Site};
use polder_core::version::{self, Version, Versions};

use crate::history::History;
use crate::versions::Tagged;

/// The refs, the site at the default branch, and the history up to it.
#[derive(Debug)]
pub struct World {
    /// The tip of the default branch; `None` while nothing was ever saved.
    pub main: Option<CommitId>,
    pub tagged: Arc<Tagged>,
    pub site: Site,
    /// `None` while it is being read for the first time: answers say so and are not kept.
    pub history: Option<History>,
    /// The former addresses under which versions of a page stand, by its present address.
    former: OnceLock<BTreeMap<String, Vec<Box<str>>>>,
    /// Links of the site to versions that are not there.
    pub(crate) lost_links: OnceLock<Arc<Problems>>,
}

impl World {
    pub fn new(main: Option<CommitId>, tagged: Arc<Tagged>, site: Site, history: Option<History>) -> World {
        World { main, tagged, site, history, former: OnceLock::new(), lost_links: OnceLock::new() }
    }

    /// All named versions, as their tags are called.
    pub fn versions(&self) -> &Versions {
        &self.tagged.versions
    }

    /// Stands for the versions where only whether they are the same counts.
    pub fn versions_token(&self) -> u64 {
        self.tagged.token
    }

    /// The version that `page@label` means. Labels follow a moved page.
    pub fn version(&self, address: &str, label: &str) -> Option<&Version> {
        let versions = self.versions();
        let own = versions.get(address, label);
        let former = || self.former(address).iter().find_map(|scope| versions.get(scope, label));
        own.or_else(former).or_else(|| versions.find(address, label))
    }

    /// The versions of a page or folder itself, those that it had under other addresses among them,
    /// in the order in which they came into force.
    pub fn own_versions(&self, address: &str) -> Vec<&Version> {
        let former = self.former(address).iter().flat_map(|scope| self.versions().of(scope));
        let mut own: Vec<&Version> = self.versions().of(address).iter().chain(former).collect();
        own.sort_by_key(|version| (version.date, version.time_s));
        own
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
        let own = self.own_versions(address);
        if !own.is_empty() {
            return own;
        }
        let above = version::scopes(address).skip(1).map(|scope| self.versions().of(scope));
        above.into_iter().find(|list| !list.is_empty()).map_or_else(Vec::new, |list| list.iter().collect())
    }

    /// The version that holds for a page on a day.
    pub fn governing(&self, address: &str, day: Date) -> Option<&Version> {
        version::in_force(&self.ruling(address), day)
    }

    fn former(&self, address: &str) -> &[Box<str>] {
        let (Some(history), false) = (&self.history, self.versions().is_empty()) else { return &[] };
        let former = self.former.get_or_init(|| {
            let mut former: BTreeMap<String, Vec<Box<str>>> = BTreeMap::new();
            for scope in self.versions().scopes() {
                let Ok(path) = FilePath::parse(&format!("{scope}.md")) else { continue };
                if self.site.manifest().get(path.as_str()).is_some() {
                    continue;
                }
                if let Some(now) = history.moved_to(&path) {
                    former.entry(now.address().to_owned()).or_default().push(scope.into());
                }
            }
            former
        });
        former.get(address).map_or(&[], Vec::as_slice)
    }
}
