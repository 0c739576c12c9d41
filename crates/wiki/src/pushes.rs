//! Who pushed which commits.
//!
//! The author of a commit is whoever its writer says; who pushed it is known for certain, so that it is
//! noted and shown beside the author where the two differ. The notes lie in a ref of the repository
//! (`store::kept_refs`) and name addresses only; what name belongs to one is for who keeps accounts.

use std::sync::Arc;

use polder_core::ids::CommitId;
use polder_store::{PushNote, Store, StoreError};
use rustc_hash::FxHashMap;

use crate::hook::Update;
use crate::wiki::Wiki;
use crate::world::World;

/// Who pushed what, as far as it was noted.
#[derive(Debug, Default)]
pub struct Pushes {
    /// Where the notes ended when they were read.
    pub tip: Option<CommitId>,
    by: FxHashMap<CommitId, Arc<str>>,
}

impl Pushes {
    /// Reads the notes that `before` does not know.
    pub(crate) fn read(store: &Store, before: &Arc<Pushes>) -> Result<Arc<Pushes>, StoreError> {
        let tip = store.pushes_tip()?;
        if tip == before.tip {
            return Ok(Arc::clone(before));
        }
        let mut by = before.by.clone();
        // The oldest last: who brought a commit first is who brought it.
        for note in store.pushes(before.tip)? {
            let Some(address) = note.address else { continue };
            let address: Arc<str> = address.into();
            by.extend(note.commits.into_iter().map(|commit| (commit, Arc::clone(&address))));
        }
        Ok(Arc::new(Pushes { tip, by }))
    }
}

impl Wiki {
    /// The address of who pushed a commit, where it is not the author's own.
    pub fn pushed_by(&self, world: &World, commit: CommitId) -> Option<Arc<str>> {
        let address = world.tagged.pushes.by.get(&commit)?;
        let facts = self.store().commit_facts(commit).ok()??;
        (facts.author.email != **address).then(|| Arc::clone(address))
    }
}

/// Notes the updates of a push that were made. Without an account there is nobody to note; a push with
/// errors that an admin asked to be taken is noted all the same.
pub fn note(
    store: &Store,
    updates: &[Update],
    address: Option<&str>,
    took_broken: bool,
    now_s: i64,
) -> Result<(), StoreError> {
    if address.is_none() && !took_broken {
        return Ok(());
    }
    for update in updates {
        let commits = match (update.new, update.name.starts_with("refs/heads/")) {
            (Some(new), true) => store.new_commits(update.old, new)?,
            _ => Vec::new(),
        };
        store.note_push(&PushNote {
            address: address.map(str::to_owned),
            time_s: now_s,
            name: update.name.clone(),
            old: update.old,
            new: update.new,
            took_broken,
            commits,
        })?;
    }
    Ok(())
}
