//! One state of the wiki: immutable, taken once per answer (INV-1).

use std::collections::BTreeMap;

use polder_core::ids::CommitId;
use polder_core::site::Site;

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
}
