//! Keeps an old repository as fast as a young one.
//!
//! Never removes anything that is not stored elsewhere in it, so a reader or writer at work
//! needs no lock against it.

use std::time::Duration;

use crate::error::StoreError;
use crate::git::{self, Target};
use crate::store::Store;

/// Time for one task; the slowest seen, on 500,000 objects, took some seconds.
const TASK_MAX: Duration = Duration::from_secs(20 * 60);

impl Store {
    /// Indexes the history and gathers loose files. Takes seconds; runs at low priority.
    pub fn maintain(&self) -> Result<(), StoreError> {
        self.task(&["commit-graph", "write", "--reachable", "--split", "--changed-paths", "--no-progress"])?;
        self.task(&["maintenance", "run", "--quiet", "--task=loose-objects", "--task=pack-refs"])?;
        if self.has_packs() {
            self.task(&["maintenance", "run", "--quiet", "--task=incremental-repack"])?;
        }
        Ok(())
    }

    /// Git takes it for a failure when there is nothing to index.
    fn has_packs(&self) -> bool {
        let packs = std::fs::read_dir(self.common_dir().join("objects/pack"));
        packs.into_iter().flatten().flatten().any(|file| file.path().extension().is_some_and(|end| end == "pack"))
    }

    fn task(&self, arguments: &[&str]) -> Result<(), StoreError> {
        let mut command = git::gentle_command(Target { git_dir: Some(self.git_dir()), ..Target::default() });
        command.args(arguments);
        let answer = git::run(command, TASK_MAX)?;
        if answer.ok { Ok(()) } else { Err(StoreError::Other(answer.complaint)) }
    }
}
