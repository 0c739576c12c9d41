//! The running wiki as a Rust API: read a `World`, perform a verb.
//!
//! Knows no HTTP, no HTML and no git2. Synchronous: callers that are not, call it on threads that
//! may block. Reading order: `world`, `derive` (how a world follows from the repository),
//! `propose` (the one door for changes; `line` is who waits there), `verbs`, `wiki` (all of it together, and its loop).

pub mod blame;
pub mod cites;
pub mod clear;
pub mod clock;
pub mod derive;
pub mod docs_cache;
mod each_commit;
pub mod fields;
pub mod history;
pub mod hook;
pub mod kept;
mod line;
pub mod merging;
pub mod mirror;
pub mod narrow;
pub mod propose;
pub mod pushes;
pub mod removed;
pub mod search;
pub mod since;
pub mod terms;
pub mod verbs;
pub mod versions;
pub mod wiki;
pub mod world;

/// Lines of a file that one commit wrote.
pub use polder_store::Run;
/// What the repository answered instead of doing as asked: part of this crate's own answers.
pub use polder_store::StoreError;
/// Who may sign in. They have nothing to do with a wiki's content; `web` asks them through here.
pub use polder_store::accounts;
/// Bounds the process that receives a push.
pub use polder_store::bound_push;
