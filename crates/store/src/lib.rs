//! The durable truth: one git repository, read and written, and the accounts beside it (`accounts`).
//!
//! It knows paths, bytes, commits and refs, and nothing of what they mean: no Markdown, no
//! types, no rights. The library (libgit2) serves points: read a file, write a commit, swap a
//! ref. The `git` program serves walks and wires: log, work trees, maintenance, clone and push.
//! Everything here is synchronous; call it from a thread that may block.
//!
//! Reading order: `error`, `store` (open, refs), `tree` (git trees as bytes), `read`, `commit`, `batch`, `tag`,
//! `worktree` (a checked-out branch follows), `git` (the only place that starts processes),
//! `log`, `blame`, `besides` (what a repository has besides the wiki's branch), `wire`, `incoming` (what a
//! push brings), `kept_refs` (what Polder keeps in refs of its own), `remote` (repositories
//! elsewhere), `maintain`, `backup`.

pub mod accounts;
pub mod backup;
mod batch;
mod besides;
mod blame;
mod commit;
mod error;
mod git;
mod incoming;
mod kept_refs;
mod log;
mod maintain;
mod read;
mod remote;
mod store;
mod tag;
mod tree;
mod wire;
mod worktree;

pub use batch::Batch;
pub use besides::{Besides, FileSize};
pub use blame::Run;
pub use commit::Draft;
pub use error::{CommitError, OpenError, StoreError};
pub use git::{git_version, go_last};
pub use incoming::{Brought, Incoming, NewCommit, NewFile};
pub use kept_refs::{PushNote, Waiting};
pub use log::{LogEntry, Touch};
pub use maintain::{Sizes, Tidied, Whose};
pub use read::{Changes, CommitFacts, Person};
pub use remote::{
    Apart, Pushed, Remote, RemoteAddress, RemoteError, RemoteRefs, Ssh, Token, Way, is_branch_name, is_remote_name,
};
pub use store::{Store, Tips, prepare, settings_folder};
pub use tag::TagDraft;
pub use tree::blob_id;
pub use wire::bound_push;
