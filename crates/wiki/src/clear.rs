//! Throwing away what was derived, so that the next start makes it anew.
//!
//! Only what stands in a cache under a name that `Wiki::open` gives is taken away; whatever else
//! somebody put there stays. A wiki that is being served keeps its cache.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::search::{Search, SearchError};

/// The index for search, of which the lock says whether somebody serves the wiki.
const SEARCH: &str = "search";

/// What a cache holds, unfinished files among it.
const NAMES: [&str; 6] = ["docs", "docs.new", "history", "history.new", "past", SEARCH];

/// Why a cache was not cleared.
#[derive(Debug)]
pub enum ClearError {
    /// The wiki is being served.
    InUse,
    Io(io::Error),
}

impl From<io::Error> for ClearError {
    fn from(error: io::Error) -> ClearError {
        ClearError::Io(error)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    pub n_taken: usize,
    /// Things of others that stay.
    pub n_left: usize,
}

/// Empties the cache in `folder` of what Polder put there. Without such a folder there is nothing to do.
///
/// # Errors
/// `InUse`, or `Io` when something can't be read or taken away; what was taken away until then is made
/// anew as well.
pub fn clear_cache(folder: &Path) -> Result<Cleared, ClearError> {
    let mut cleared = Cleared::default();
    if !folder.is_dir() {
        return Ok(cleared);
    }
    // Held until all is gone, so that no wiki starts on half of it.
    let search = folder.join(SEARCH);
    let _held = match search.is_dir().then(|| Search::open(Some(&search))).transpose() {
        Ok(held) => held,
        Err(SearchError::InUse) => return Err(ClearError::InUse),
        Err(SearchError::Io(error)) => return Err(error.into()),
        Err(error) => return Err(io::Error::other(error.to_string()).into()),
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !NAMES.iter().any(|name| entry.file_name() == *name) {
            cleared.n_left += 1;
            continue;
        }
        // What is a link is taken away itself, never what it leads to.
        let taken = match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path()),
            false => fs::remove_file(entry.path()),
        };
        match taken {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => cleared.n_taken += 1,
        }
    }
    Ok(cleared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_polder_put_in_a_cache_is_taken_away() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = folder.path().join("cache");
        assert_eq!(clear_cache(&cache).expect("nothing to do"), Cleared::default());
        fs::create_dir_all(cache.join("search/index")).expect("made");
        fs::create_dir_all(folder.path().join("elders")).expect("made");
        for file in ["docs", "history", "search/index/x", "eigen.txt", "../elders/y"] {
            fs::write(cache.join(file), "x").expect("written");
        }
        std::os::unix::fs::symlink(folder.path().join("elders"), cache.join("past")).expect("linked");
        let held = Search::open(Some(&cache.join("search"))).expect("opened");
        assert!(matches!(clear_cache(&cache), Err(ClearError::InUse)));
        assert!(cache.join("docs").is_file());
        drop(held);
        assert_eq!(clear_cache(&cache).expect("cleared"), Cleared { n_taken: 4, n_left: 1 });
        assert!(cache.join("eigen.txt").is_file() && folder.path().join("elders/y").is_file());
        assert_eq!(fs::read_dir(&cache).expect("there").count(), 1);
    }
}
