//! What can go wrong in the store: what a caller can act on by name, the rest in one bag.
//!
//! The words here are for logs; what people read is written in `web` and `polder`.

use std::fmt;
use std::path::PathBuf;

use polder_core::ids::CommitId;

/// An act that did not happen.
#[derive(Clone, Debug)]
pub enum StoreError {
    /// There is no `git` program on the PATH.
    NoGit,
    /// `prepare` was not called: without it a commit could be lost in a power cut (INV-5).
    NotPrepared,
    /// The repository has no such object, or one of another kind.
    Absent(String),
    /// More, or larger, than is read into memory at once.
    TooLarge(String),
    /// Another git process holds this lock file, for longer than is worth waiting.
    Busy { lock: PathBuf },
    /// Local changes in the work tree stand in the way, in these files.
    WouldOverwrite { paths: Vec<String> },
    /// A git process was ended because it took too long.
    TookTooLong(String),
    /// Anything else, in the words of whoever found it.
    Other(String),
}

/// Why a folder is not opened.
#[derive(Debug)]
pub enum OpenError {
    /// There is nothing at this path.
    Missing,
    /// A folder, but no git repository.
    PlainFolder,
    /// Something that Polder can't use, and why.
    NotReadable(String),
}

/// Why a commit was not made. The branch is where it was.
#[derive(Debug)]
pub enum CommitError {
    /// The branch no longer points at the draft's parent, but here.
    Moved {
        main: Option<CommitId>,
    },
    /// Local changes in the work tree stand in the way, in these files.
    WouldOverwrite {
        paths: Vec<String>,
    },
    /// A file stands where the draft needs a folder, or the reverse, or a link stands there.
    Clash {
        path: String,
    },
    Other(StoreError),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::NoGit => f.write_str("the git program was not found on the PATH"),
            StoreError::NotPrepared => f.write_str("the store was used before it was prepared"),
            StoreError::Absent(what) => write!(f, "the repository has no {what}"),
            StoreError::TooLarge(what) => write!(f, "too large: {what}"),
            StoreError::Busy { lock } => {
                write!(f, "another git process holds {}; if none is running, remove that file", lock.display())
            }
            StoreError::WouldOverwrite { paths } => {
                write!(f, "local changes would be overwritten in {}", paths.join(", "))
            }
            StoreError::TookTooLong(what) => write!(f, "{what} took too long and was ended"),
            StoreError::Other(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Missing => f.write_str("there is nothing at this path"),
            OpenError::PlainFolder => f.write_str("this folder is no git repository"),
            OpenError::NotReadable(why) => f.write_str(why),
        }
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommitError::Moved { main: Some(main) } => write!(f, "the branch moved to {main}"),
            CommitError::Moved { main: None } => f.write_str("the branch is gone"),
            CommitError::WouldOverwrite { paths } => {
                write!(f, "local changes would be overwritten in {}", paths.join(", "))
            }
            CommitError::Clash { path } => write!(f, "{path} is both a file and a folder, or a link"),
            CommitError::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}
impl std::error::Error for OpenError {}
impl std::error::Error for CommitError {}

impl From<git2::Error> for StoreError {
    fn from(error: git2::Error) -> StoreError {
        match error.code() {
            git2::ErrorCode::NotFound => StoreError::Absent(error.message().to_owned()),
            _ => StoreError::Other(error.message().to_owned()),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        StoreError::Other(error.to_string())
    }
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> CommitError {
        match error {
            StoreError::WouldOverwrite { paths } => CommitError::WouldOverwrite { paths },
            other => CommitError::Other(other),
        }
    }
}

impl From<git2::Error> for CommitError {
    fn from(error: git2::Error) -> CommitError {
        CommitError::Other(error.into())
    }
}
