//! History in bulk: which commit touched which file.
//!
//! One `git log` walks the history, some forty times faster than the library does. It is asked
//! only for ids and paths; what a commit says of itself is read here from its bytes, so that
//! `log` and `touched` say the same of every commit, whatever stands in it. Renames are not
//! guessed here: a rename is one path that goes and one that comes.

use std::collections::HashSet;
use std::time::Duration;

use git2::Repository;
use polder_core::ids::{BlobId, CommitId};
use polder_core::path::FilePath;

use crate::error::StoreError;
use crate::git::{self, Next, Target};
use crate::read::{facts_of, summary, trailers, tree_of};
use crate::store::Store;
use crate::tree::{self, Difference, Mode, Side};

/// Time for a whole history; 100,000 commits take some ten seconds.
const LOG_MAX: Duration = Duration::from_secs(15 * 60);

/// Time to find where two histories went apart; with 100,000 commits it takes less than a second.
const BASE_MAX: Duration = Duration::from_secs(60);

/// A token of git's answer longer than this is no answer of git.
const TOKEN_MAX_BYTES: usize = 1024 * 1024;

/// One commit, as history needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub id: CommitId,
    pub parents: Vec<CommitId>,
    /// When it was written, by the author's clock: seconds since 1970.
    pub time_s: i64,
    /// The author's distance from UTC in minutes.
    pub offset_min: i32,
    pub author: String,
    pub email: String,
    /// The first line of the message.
    pub summary: String,
    /// What the last paragraph of the message says in lines of the form `Key: value`.
    pub trailers: Vec<(String, String)>,
    /// Sorted by path. For a merge: the files that differ from all parents.
    pub touches: Vec<Touch>,
}

/// One file that a commit changed. `old` and `new` differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    pub path: FilePath,
    /// In the first parent.
    pub old: Option<BlobId>,
    pub new: Option<BlobId>,
}

impl Touch {
    /// `None` when no regular file changed, as with links or the right to execute.
    fn between(path: FilePath, old: Option<Side>, new: Option<Side>) -> Option<Touch> {
        let [old, new] = [old, new].map(|side| side.and_then(Side::blob));
        (old != new).then_some(Touch { path, old, new })
    }
}

impl Store {
    /// Every commit that `upto` has and `after` has not, parents before children, until `each`
    /// gives `false`.
    pub fn log(
        &self,
        after: Option<CommitId>,
        upto: CommitId,
        each: &mut dyn FnMut(LogEntry) -> bool,
    ) -> Result<(), StoreError> {
        let mut command =
            git::command(Target { git_dir: Some(self.git_dir()), quarantine: self.quarantine(), ..Target::default() });
        command.args(["log", "--topo-order", "--reverse", "--format=tformat:%H", "--raw", "-z", "-c", "--root"]);
        command.args(["--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-decorate"]);
        command.args(["--no-notes", "--no-show-signature", "--no-mailmap", "--end-of-options"]);
        command.arg(match after {
            Some(after) => format!("{after}..{upto}"),
            None => upto.to_string(),
        });
        command.arg("--");
        self.with(|repository| {
            let mut reader = LogReader { repository, token: Vec::new(), entry: None, raw: None };
            let mut stopped = false;
            let (ok, complaint) = git::stream(command, LOG_MAX, &mut |piece| {
                stopped = !reader.piece(piece, each)?;
                Ok(if stopped { Next::Stop } else { Next::More })
            })?;
            if !ok {
                return Err(StoreError::Other(complaint));
            }
            if !stopped {
                reader.hand_on(each);
            }
            Ok(())
        })
    }

    /// The newest commit that both have: where the two went apart. `None` when they have none in
    /// common, as far as the history is here (a shallow clone may lack it).
    pub fn merge_base(&self, one: CommitId, other: CommitId) -> Result<Option<CommitId>, StoreError> {
        if self.is_ancestor(one, other)? {
            return Ok(Some(one));
        }
        let mut command =
            git::command(Target { git_dir: Some(self.git_dir()), quarantine: self.quarantine(), ..Target::default() });
        command.args(["merge-base", "--end-of-options"]).args([one, other].map(|id| id.to_string()));
        let answer = git::run(command, BASE_MAX)?;
        let base = std::str::from_utf8(&answer.out).ok().and_then(|out| CommitId::parse(out.trim()));
        match (base, answer.ok || answer.complaint.trim().is_empty()) {
            (None, false) => Err(StoreError::Other(answer.complaint)),
            (base, _) => Ok(base),
        }
    }

    /// The entry of one commit, equal to what `log` gives of it, without starting a process.
    pub fn touched(&self, id: CommitId) -> Result<LogEntry, StoreError> {
        self.with(|repository| {
            let mut entry = empty_entry(repository, id)?;
            let odb = repository.odb()?;
            let new = tree_of(&odb, id)?;
            let Some((first, others)) = entry.parents.split_first() else {
                let found = tree::compare(&odb, None, Some(new))?.paths;
                entry.touches = touches(found);
                return Ok(entry);
            };
            let mut found = tree::compare(&odb, Some(tree_of(&odb, *first)?), Some(new))?.paths;
            for other in others {
                let differs: HashSet<FilePath> = tree::compare(&odb, Some(tree_of(&odb, *other)?), Some(new))?
                    .paths
                    .into_iter()
                    .map(|difference| difference.path)
                    .collect();
                found.retain(|difference| differs.contains(&difference.path));
            }
            entry.touches = touches(found);
            Ok(entry)
        })
    }
}

fn touches(found: Vec<Difference>) -> Vec<Touch> {
    found.into_iter().filter_map(|found| Touch::between(found.path, found.old, found.new)).collect()
}

fn empty_entry(repository: &Repository, id: CommitId) -> Result<LogEntry, StoreError> {
    let facts = facts_of(repository, id)?;
    Ok(LogEntry {
        id,
        parents: facts.parents,
        time_s: facts.time_s,
        offset_min: facts.offset_min,
        author: facts.author.name,
        email: facts.author.email,
        summary: summary(&facts.message),
        trailers: trailers(&facts.message),
        touches: Vec::new(),
    })
}

/// Puts entries together from git's answer: tokens that end in NUL. A commit's id, then for
/// each path the token `:modes ids letters` and the path itself, which may hold any byte.
struct LogReader<'a> {
    repository: &'a Repository,
    /// What came of a token that has not ended.
    token: Vec<u8>,
    entry: Option<LogEntry>,
    /// What was said of the path that comes next.
    raw: Option<(Option<Side>, Option<Side>)>,
}

impl LogReader<'_> {
    /// `false` when no more is wanted.
    fn piece(&mut self, piece: &[u8], each: &mut dyn FnMut(LogEntry) -> bool) -> Result<bool, StoreError> {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == 0) {
            let more = if self.token.is_empty() {
                self.token(&rest[..end], each)?
            } else {
                let mut token = std::mem::take(&mut self.token);
                token.extend_from_slice(&rest[..end]);
                self.token(&token, each)?
            };
            if !more {
                return Ok(false);
            }
            rest = &rest[end + 1..];
        }
        self.token.extend_from_slice(rest);
        if self.token.len() > TOKEN_MAX_BYTES {
            return Err(StoreError::TooLarge("a path in git's log".to_owned()));
        }
        Ok(true)
    }

    fn token(&mut self, token: &[u8], each: &mut dyn FnMut(LogEntry) -> bool) -> Result<bool, StoreError> {
        if let Some((old, new)) = self.raw.take() {
            let touch = FilePath::from_bytes(token).ok().and_then(|path| Touch::between(path, old, new));
            if let Some(entry) = &mut self.entry {
                entry.touches.extend(touch);
            }
            return Ok(true);
        }
        let token = token.strip_prefix(b"\n").unwrap_or(token);
        if token.is_empty() {
            return Ok(true);
        }
        let unreadable = || StoreError::Other(format!("git's log says {:?}", String::from_utf8_lossy(token)));
        if token.starts_with(b":") {
            self.raw = Some(parse_raw(token).ok_or_else(unreadable)?);
            return Ok(true);
        }
        let id = BlobId::parse_bytes(token).map(|id| CommitId(id.0)).ok_or_else(unreadable)?;
        let more = self.hand_on(each);
        self.entry = Some(empty_entry(self.repository, id)?);
        Ok(more)
    }

    /// Hands on the entry that is complete; `false` when no more is wanted.
    fn hand_on(&mut self, each: &mut dyn FnMut(LogEntry) -> bool) -> bool {
        let Some(mut entry) = self.entry.take() else { return true };
        // The repository may set an order of its own for paths.
        entry.touches.sort_by(|a, b| a.path.cmp(&b.path));
        each(entry)
    }
}

/// `:mode mode id id letter`, with one colon, mode, id and letter more for each further parent:
/// what the first parent has and what the commit has.
fn parse_raw(token: &[u8]) -> Option<(Option<Side>, Option<Side>)> {
    let n_parents = token.iter().take_while(|byte| **byte == b':').count();
    let mut words = token[n_parents..].split(|byte| *byte == b' ');
    let mut modes = Vec::with_capacity(n_parents + 1);
    for _ in 0..=n_parents {
        modes.push(u32::from_str_radix(std::str::from_utf8(words.next()?).ok()?, 8).ok()?);
    }
    let mut ids = Vec::with_capacity(n_parents + 1);
    for _ in 0..=n_parents {
        ids.push(BlobId::parse_bytes(words.next()?)?);
    }
    let side = |at: usize| (modes[at] != 0).then(|| Side { mode: Mode::from_bits(modes[at]), id: ids[at].0 });
    Some((side(0), side(n_parents)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    fn entries(store: &Store, after: Option<CommitId>, upto: CommitId) -> Vec<LogEntry> {
        let mut entries = Vec::new();
        store
            .log(after, upto, &mut |entry| {
                entries.push(entry);
                true
            })
            .expect("a log");
        entries
    }

    fn head(dir: &Path) -> CommitId {
        CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id")
    }

    fn write(dir: &Path, path: &str, text: &str) {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
    }

    fn save(dir: &Path, message: &str) {
        git(dir, &["add", "-A"]);
        git(dir, &["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message]);
    }

    #[test]
    fn two_histories_went_apart_at_one_commit_or_never_met() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        save(dir, "een");
        let base = head(dir);
        save(dir, "twee");
        let main = head(dir);
        git(dir, &["checkout", "-q", "-b", "zij", &base.to_string()]);
        save(dir, "drie");
        let side = head(dir);
        git(dir, &["checkout", "-q", "--orphan", "los"]);
        save(dir, "vier");
        let alone = head(dir);
        let store = Store::open(dir).expect("a store");
        let of = |one, other| store.merge_base(one, other).expect("an answer");
        assert_eq!([of(main, side), of(side, main)], [Some(base); 2]);
        assert_eq!([of(base, side), of(side, base), of(main, main)], [Some(base), Some(base), Some(main)]);
        assert_eq!([of(main, alone), of(alone, side)], [None; 2]);
    }

    #[test]
    fn log_and_touched_say_the_same() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        write(dir, "a.md", "one\n");
        write(dir, "map/b.md", "two\n");
        write(dir, "odd\x01name.md", "odd\n");
        write(dir, ":colon\nline.md", "odd\n");
        save(dir, "First\n\nwith more");
        let first = head(dir);
        git(dir, &["mv", "a.md", "map/renamed.md"]);
        write(dir, "map/b.md", "two and more\n");
        save(dir, "Moved and changed");
        std::os::unix::fs::symlink("map/b.md", dir.join("link.md")).expect("a link");
        save(dir, "");
        git(dir, &["update-index", "--chmod=+x", "map/b.md"]);
        git(dir, &["commit", "-q", "-m", "Only a mode"]);
        git(dir, &["checkout", "-q", "-f"]);
        git(dir, &["checkout", "-q", "-b", "side"]);
        write(dir, "map/b.md", "of the side\n");
        write(dir, "side.md", "of the side\n");
        save(dir, "Side");
        git(dir, &["checkout", "-q", "main"]);
        write(dir, "map/b.md", "of main\n");
        save(dir, "Main");
        // A merge that differs from both parents in one file, takes one and adds one.
        git(dir, &["merge", "-q", "-s", "ours", "--no-commit", "side"]);
        write(dir, "map/b.md", "of both\n");
        write(dir, "only-in-merge.md", "new\n");
        fs::remove_file(dir.join("map/renamed.md")).expect("removed");
        git(dir, &["checkout", "-q", "side", "--", "side.md"]);
        save(dir, "Merge");
        let merge = head(dir);
        // A file becomes a folder and a link becomes a file.
        fs::remove_file(dir.join("link.md")).expect("removed");
        write(dir, "link.md", "now a file\n");
        fs::remove_file(dir.join("side.md")).expect("removed");
        write(dir, "side.md/inside.md", "in a folder\n");
        save(dir, "Kinds");
        // A third root, an octopus, and an author that is hard to read.
        git(dir, &["checkout", "-q", "--orphan", "other"]);
        write(dir, "other.md", "other\n");
        save(dir, "Other root");
        git(dir, &["checkout", "-q", "-f", "main"]);
        let tree = git(dir, &["rev-parse", "HEAD^{tree}"]);
        let parents = ["main", "side", "other"].map(|name| git(dir, &["rev-parse", name]));
        let raw = format!(
            "tree {tree}\nparent {}\nparent {}\nparent {}\nauthor A\x07da <x> <y@z> 99999999999999 +9999\ncommitter \nencoding ISO-8859-1\n\n\n\u{fc}\t\x1b octopus",
            parents[0], parents[1], parents[2]
        );
        let octopus = git_fed(dir, &["hash-object", "-w", "-t", "commit", "--literally", "--stdin"], raw.as_bytes());
        git(dir, &["update-ref", "refs/heads/main", &octopus]);

        let store = Store::open(dir).expect("opened");
        let all = entries(&store, None, CommitId::parse(&octopus).expect("an id"));
        assert_eq!(all.len(), 10);
        for entry in &all {
            assert_eq!(&store.touched(entry.id).expect("touched"), entry);
        }
        let of = |id: CommitId| all.iter().find(|entry| entry.id == id).expect("in the log");
        let paths = |id: CommitId| of(id).touches.iter().map(|touch| touch.path.as_str()).collect::<Vec<_>>();
        assert_eq!(paths(first), ["a.md", "map/b.md"], "odd names are skipped");
        assert_eq!(paths(merge), ["map/b.md", "map/renamed.md", "only-in-merge.md"]);
        assert_eq!(of(merge).touches[1].new, None);
        assert_eq!(of(first).summary, "First");
        assert_eq!(all[3].summary, "Only a mode");
        assert!(all[3].touches.is_empty(), "a mode is no content");
        assert_eq!(all.last().map(|entry| entry.summary.as_str()), Some("\u{fc}  octopus"));

        let later = entries(&store, Some(first), merge);
        assert_eq!(later.len(), 6);
        let mut seen = 0;
        let mut two = |_| {
            seen += 1;
            seen < 2
        };
        store.log(None, merge, &mut two).expect("a log");
        assert_eq!(seen, 2, "stops when no more is wanted");
        assert!(store.log(None, CommitId([9; 20]), &mut |_| true).is_err());
    }

    #[test]
    fn a_shallow_clone_ends_where_its_history_ends() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path().join("whole");
        fs::create_dir(&dir).expect("made");
        git(&dir, &["init", "-q", "-b", "main"]);
        for text in ["1", "2", "3"] {
            write(&dir, "a.md", text);
            save(&dir, text);
        }
        let url = format!("file://{}", dir.display());
        git(temp.path(), &["clone", "-q", "--depth", "2", &url, "cut"]);
        let store = Store::open(&temp.path().join("cut")).expect("opened");
        let all = entries(&store, None, head(&dir));
        assert_eq!(all.len(), 2);
        assert!(all[0].parents.is_empty());
        for entry in &all {
            assert_eq!(&store.touched(entry.id).expect("touched"), entry);
        }
    }
}
