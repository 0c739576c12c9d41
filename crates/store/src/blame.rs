//! Which commit wrote each line of a file last, by one `git blame`.
//!
//! It is asked only for commits and line numbers; what a commit says of itself is read elsewhere.
//! Whitespace does not count, so that other line ends or an indent make nobody the author of a
//! text. Renames of whole files are followed as git finds them.

use std::time::Duration;

use polder_core::ids::{BlobId, CommitId};
use polder_core::path::FilePath;

use crate::error::StoreError;
use crate::git::{self, Next, Target};
use crate::store::Store;

/// Time for the lines of one file. A page that changed a thousand times takes a tenth of a second.
const BLAME_MAX: Duration = Duration::from_secs(20);

/// Stretches of lines told of one file: more than a page of the largest size in use has.
const RUNS_MAX: usize = 200_000;

/// What is kept of one line of git's answer. Ids and numbers come first; names may be long.
const LINE_KEPT_BYTES: usize = 128;

/// Lines next to each other that one commit wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub commit: CommitId,
    /// In the file that was asked about, from 1.
    pub line: u32,
    /// Where it stands in the file as that commit left it, from 1.
    pub line_then: u32,
    pub n_lines: u32,
}

impl Store {
    /// Who wrote the lines of the file at `path` in `commit`, by lines that end in a line feed: in
    /// the order of the file, without gaps.
    pub fn blame(&self, commit: CommitId, path: &FilePath) -> Result<Vec<Run>, StoreError> {
        let mut command =
            git::command(Target { git_dir: Some(self.git_dir()), quarantine: self.quarantine(), ..Target::default() });
        // A file with commits to pass over, named by the repository, may not be there; programs that
        // make text of files are not run.
        command.args(["blame", "--incremental", "-w", "--root", "--no-ignore-revs-file", "--no-textconv"]);
        // Here `--end-of-options` is not understood; an id can't be taken for an option.
        command.arg(commit.to_string()).arg("--").arg(path.as_str());
        let mut reader = Reader::default();
        let (ok, complaint) = git::stream(command, BLAME_MAX, &mut |piece| {
            reader.piece(piece)?;
            Ok(Next::More)
        })?;
        if !ok {
            return Err(StoreError::Other(complaint));
        }
        reader.runs.sort_unstable_by_key(|run| run.line);
        Ok(joined(reader.runs))
    }
}

/// Runs in order, with neighbours of one stretch made one.
fn joined(runs: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(runs.len());
    for run in runs {
        match joined.last_mut() {
            Some(last)
                if last.commit == run.commit
                    && last.line.checked_add(last.n_lines) == Some(run.line)
                    && last.line_then.checked_add(last.n_lines) == Some(run.line_then) =>
            {
                last.n_lines = last.n_lines.saturating_add(run.n_lines);
            }
            _ => joined.push(run),
        }
    }
    joined
}

/// Reads git's answer line by line. Only the lines `id then now count` count; all others begin with
/// a word.
#[derive(Default)]
struct Reader {
    /// The beginning of a line that has not ended.
    line: Vec<u8>,
    runs: Vec<Run>,
}

impl Reader {
    fn piece(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        let mut lines = piece.split(|byte| *byte == b'\n');
        let first = lines.next().unwrap_or_default();
        self.keep(first);
        for next in lines {
            self.end_of_line()?;
            self.keep(next);
        }
        Ok(())
    }

    fn keep(&mut self, part: &[u8]) {
        let room = LINE_KEPT_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn end_of_line(&mut self) -> Result<(), StoreError> {
        let run = parse(&self.line);
        self.line.clear();
        self.runs.extend(run);
        match self.runs.len() > RUNS_MAX {
            true => Err(StoreError::TooLarge(format!("a file of more than {RUNS_MAX} stretches of lines"))),
            false => Ok(()),
        }
    }
}

fn parse(line: &[u8]) -> Option<Run> {
    let mut words = line.split(|byte| *byte == b' ');
    let commit = BlobId::parse_bytes(words.next()?).map(|id| CommitId(id.0))?;
    let mut number = || std::str::from_utf8(words.next()?).ok()?.parse::<u32>().ok();
    let (line_then, line, n_lines) = (number()?, number()?, number()?);
    Some(Run { commit, line, line_then, n_lines })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    #[test]
    fn only_lines_that_say_who_are_read_whatever_stands_between() {
        let id = "60c4515f2603c767fc16e5382a1c4fd01361f884";
        let text = format!(
            "{id} 1 2 3\nauthor {id} 9 9 9\nauthor-mail <\u{0}>\nsummary {}\nprevious {id} x\nfilename {id} 1 1 1\n{id} 7 1 1\n",
            "x".repeat(500)
        );
        let whole = {
            let mut reader = Reader::default();
            reader.piece(text.as_bytes()).expect("read");
            reader.runs
        };
        assert_eq!(
            whole.iter().map(|run| (run.line_then, run.line, run.n_lines)).collect::<Vec<_>>(),
            [(1, 2, 3), (7, 1, 1)]
        );
        let mut reader = Reader::default();
        for byte in text.as_bytes() {
            reader.piece(std::slice::from_ref(byte)).expect("read");
        }
        assert_eq!(reader.runs, whole, "in any pieces");
        let run = |line, line_then, n_lines| Run { commit: CommitId([1; 20]), line, line_then, n_lines };
        assert_eq!(joined(vec![run(1, 5, 2), run(3, 7, 1), run(4, 9, 1)]), [run(1, 5, 3), run(4, 9, 1)]);
    }

    #[test]
    fn lines_lead_to_their_commits_through_renames_and_line_ends() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        // What the repository says must neither break it nor run anything.
        git(dir, &["config", "blame.ignoreRevsFile", "no-such-file"]);
        git(dir, &["config", "diff.loud.textconv", "sh -c 'touch ran'"]);
        fs::write(dir.join(".gitattributes"), "*.md diff=loud\n").expect("written");
        let odd = "-p \"q\" :(glob)*.md";
        let save = |path: &str, text: &str, message: &str| {
            fs::write(dir.join(path), text).expect("written");
            git(dir, &["add", "-A"]);
            git(dir, &["commit", "-q", "-m", message]);
            CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id")
        };
        let first = save("a.md", "one\ntwo\nthree\nfour\nfive\n", "First");
        let second = save("a.md", "one\r\ntwo and more\r\nthree\r\nfour\r\nfive\r\n", "Second");
        git(dir, &["mv", "--", "a.md", odd]);
        let third = save(odd, "one\r\ntwo and more\r\nthree\r\n  four\r\nfive\r\nsix", "Third");
        let store = Store::open(dir).expect("opened");
        let path = FilePath::parse(odd).expect("a path");
        let runs = store.blame(third, &path).expect("blamed");
        let told: Vec<(CommitId, u32, u32)> = runs.iter().map(|run| (run.commit, run.line, run.n_lines)).collect();
        assert_eq!(told, [(first, 1, 1), (second, 2, 1), (first, 3, 3), (third, 6, 1)]);
        assert!(store.blame(second, &path).is_err(), "it was not there then");
        assert!(!dir.join("ran").exists() && !dir.join(".git/ran").exists());
        // A bare clone gives the same.
        let bare = temp.path().join("bare.git");
        git(dir, &["clone", "-q", "--bare", ".", "bare.git"]);
        assert_eq!(Store::open(&bare).expect("opened").blame(third, &path).expect("blamed"), runs);
        // An empty file, and one of which an author wrote odd bytes.
        let empty = save("empty.md", "", "Empty");
        assert_eq!(store.blame(empty, &FilePath::parse("empty.md").expect("a path")).expect("blamed"), []);
        let tree = git(dir, &["rev-parse", "HEAD^{tree}"]);
        let mut raw = format!("tree {tree}\nauthor A").into_bytes();
        raw.extend_from_slice(b"\xff\r <x> 1 +0000\ncommitter B <y> 1 +0000\n\nSummary \xfe\n");
        let strange = git_fed(dir, &["hash-object", "-w", "-t", "commit", "--literally", "--stdin"], &raw);
        let strange = CommitId::parse(&strange).expect("an id");
        let runs = store.blame(strange, &path).expect("blamed");
        assert_eq!(runs, [Run { commit: strange, line: 1, line_then: 1, n_lines: 6 }]);
        assert!(store.blame(CommitId([9; 20]), &path).is_err());
    }
}
