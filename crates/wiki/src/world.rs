//! One state of the wiki: immutable, taken once per answer (INV-1).

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};

use polder_core::ids::CommitId;
use polder_core::site::Site;
use rustc_hash::FxHasher;

use crate::history::History;

/// The refs, the site at the default branch, and the history up to it.
#[derive(Debug)]
pub struct World {
    /// The tip of the default branch; `None` while nothing was ever saved.
    pub main: Option<CommitId>,
    /// Named versions (annotated tags with `@`) and the commits they name.
    pub versions: BTreeMap<String, CommitId>,
    pub site: Site,
    /// `None` while it is being read for the first time: answers say so and are not kept.
    pub history: Option<History>,
    /// Stands for `versions` where only whether they are the same counts.
    pub versions_token: u64,
}

impl World {
    pub fn new(
        main: Option<CommitId>,
        versions: BTreeMap<String, CommitId>,
        site: Site,
        history: Option<History>,
    ) -> World {
        let mut hasher = FxHasher::default();
        versions.hash(&mut hasher);
        World { main, versions_token: hasher.finish(), versions, site, history }
    }
}
