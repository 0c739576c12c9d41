//! History, on repositories that are written by `git fast-import`.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::Once;

use polder_core::ids::BlobId;
use tempfile::TempDir;

use super::cache::{CACHE_MARK, check_sum, decode};
use super::commit::{Loose, RENAME_MAX_PAGES, renames, shown};
use super::*;

/// A repository that is written by `git fast-import`.
struct Repo {
    dir: TempDir,
    store: Store,
    commits: Vec<CommitId>,
}

impl Repo {
    fn new() -> Repo {
        static PREPARED: Once = Once::new();
        PREPARED.call_once(|| {
            let dir = TempDir::new().expect("a temporary folder");
            polder_store::prepare(&dir.keep()).expect("prepared");
        });
        let dir = TempDir::new().expect("a temporary folder");
        let store = Store::create(&dir.path().join("wiki.git")).expect("created");
        Repo { dir, store, commits: Vec::new() }
    }

    /// Makes a commit on the commits with these numbers; gives its own.
    fn commit(&mut self, parents: &[usize], time_s: i64, edits: &[&str]) -> usize {
        self.import(&[(parents.to_vec(), time_s, edits.iter().map(|edit| (*edit).to_owned()).collect())]);
        self.commits.len() - 1
    }

    /// Parents by number, time, and edits: `path=text`, `-path`, `old>new`.
    fn import(&mut self, drafts: &[(Vec<usize>, i64, Vec<String>)]) {
        let n_before = self.commits.len();
        let mut script = String::from("feature done\n");
        let name = |commits: &[CommitId], parent: usize| match commits.get(parent) {
            Some(id) => id.to_string(),
            None => format!(":{}", parent + 1),
        };
        for (n, (parents, time_s, edits)) in drafts.iter().enumerate() {
            let n = n_before + n;
            // Each on a branch of its own, so that no older commit is lost.
            let message = format!("Commit {n}");
            script += &format!("commit refs/heads/c{n}\nmark :{}\n", n + 1);
            for role in ["author", "committer"] {
                script += &format!("{role} Author {} <a@example.org> {time_s} +0100\n", n % 5);
            }
            script += &format!("data {}\n{message}\n", message.len());
            for (at, parent) in parents.iter().enumerate() {
                script += &format!("{} {}\n", if at == 0 { "from" } else { "merge" }, name(&self.commits, *parent));
            }
            for edit in edits {
                if let Some(path) = edit.strip_prefix('-') {
                    script += &format!("D {path}\n");
                } else if let Some((path, text)) = edit.split_once('=') {
                    script += &format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
                } else if let Some((old, new)) = edit.split_once('>') {
                    script += &format!("R {old} {new}\n");
                }
            }
        }
        script += "done\n";
        self.git(&["fast-import", "--quiet", "--force", "--export-marks=marks"], &script);
        let marks = fs::read_to_string(self.store.git_dir().join("marks")).expect("marks");
        let mut ids: Vec<(usize, CommitId)> = marks
            .lines()
            .filter_map(|line| {
                let (mark, id) = line.strip_prefix(':')?.split_once(' ')?;
                Some((mark.parse().ok()?, CommitId::parse(id)?))
            })
            .collect();
        ids.sort_unstable();
        self.commits.extend(ids.into_iter().map(|(_, id)| id));
        assert_eq!(self.commits.len(), n_before + drafts.len());
    }

    fn git(&self, args: &[&str], input: &str) -> String {
        let mut child = Command::new("git")
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .current_dir(self.store.git_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git runs");
        io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("fed");
        let output = child.wait_with_output().expect("ended");
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn id(&self, number: usize) -> Option<CommitId> {
        Some(self.commits[number])
    }

    fn whole(&self, number: usize) -> History {
        History::build(&self.store, self.id(number), None, &|_| {}).expect("built")
    }
}

fn path(text: &str) -> FilePath {
    FilePath::parse(text).expect("a path")
}

/// Short words for a page's history, newest first, such as `3:R a.md>b.md`.
fn story(repo: &Repo, history: &History, at: &str) -> Vec<String> {
    let rows = history.of(&path(at), 0, 1_000);
    assert_eq!(rows.rows.len(), rows.total);
    rows.rows.iter().map(|row| told(repo, row)).collect()
}

fn told(repo: &Repo, row: &Row) -> String {
    let number = repo.commits.iter().position(|id| *id == row.id).expect("a commit");
    format!("{number}:{}", deed(&row.path, &row.what))
}

fn deed(path: &FilePath, what: &What) -> String {
    match what {
        What::Created => format!("C {path}"),
        What::Edited => format!("E {path}"),
        What::Deleted => format!("D {path}"),
        What::Renamed { from } => format!("R {from}>{path}"),
    }
}

const LONG: &str = "# Dike\nThe first line of text\nThe second line of text\nThe third line of text\n";

#[test]
fn history_follows_a_page_through_renames_and_gaps() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &[&format!("a.md={LONG}"), "other.md=other"]);
    repo.commit(&[0], 11, &[&format!("a.md={LONG}more")]);
    repo.commit(&[1], 12, &["a.md>plan/b.md"]);
    repo.commit(&[2], 13, &["other.md=changed"]);
    // Moved and edited in one commit.
    repo.commit(&[3], 14, &["-plan/b.md", &format!("plan/c.md={LONG}quite another end")]);
    repo.commit(&[4], 15, &["-plan/c.md"]);
    repo.commit(&[5], 16, &["plan/c.md=made again"]);
    let tip = repo.commit(&[6], 17, &["a.md=another page"]);
    let history = repo.whole(tip);
    assert_eq!(history.tip(), repo.id(tip));
    assert_eq!(
        story(&repo, &history, "plan/c.md"),
        ["6:C plan/c.md", "5:D plan/c.md", "4:R plan/b.md>plan/c.md", "2:R a.md>plan/b.md", "1:E a.md", "0:C a.md"]
    );
    assert_eq!(story(&repo, &history, "a.md"), ["7:C a.md"], "a new page begins with its making");
    assert_eq!(story(&repo, &history, "plan/b.md"), ["2:R a.md>plan/b.md", "1:E a.md", "0:C a.md"]);
    assert_eq!(story(&repo, &history, "none.md"), [""; 0]);
    let page = history.of(&path("plan/c.md"), 2, 2);
    assert_eq!((page.rows.len(), page.total), (2, 6));
    assert_eq!(told(&repo, &page.rows[1]), "2:R a.md>plan/b.md");
    let last = history.last(&path("other.md")).expect("a row");
    assert_eq!(
        (last.time_s, last.offset_min, last.author.as_str(), last.summary.as_str()),
        (13, 60, "Author 3", "Commit 3")
    );

    let moved = |from: &str| history.moved_to(&path(from)).map(|to| to.to_string());
    assert_eq!(moved("a.md").as_deref(), Some("plan/c.md"));
    assert_eq!(moved("plan/b.md").as_deref(), Some("plan/c.md"));
    assert_eq!([moved("plan/c.md"), moved("other.md"), moved("none.md")], [None, None, None]);

    let commit = |number: usize| repo.commits[number];
    let near = |at: &str, number: usize| {
        let told = |row: Option<Row>| row.map_or_else(|| "none".to_owned(), |row| told(&repo, &row));
        [told(history.before(&path(at), commit(number))), told(history.after(&path(at), commit(number)))]
    };
    assert_eq!(near("plan/c.md", 2), ["1:E a.md", "4:R plan/b.md>plan/c.md"]);
    assert_eq!(near("plan/c.md", 3), ["2:R a.md>plan/b.md", "4:R plan/b.md>plan/c.md"]);
    assert_eq!(near("plan/b.md", 2), ["1:E a.md", "4:R plan/b.md>plan/c.md"], "forward through a move");
    assert_eq!(near("a.md", 1), ["0:C a.md", "2:R a.md>plan/b.md"], "the page that was there then");
    assert_eq!(near("a.md", 7), ["none", "none"]);
    assert_eq!(near("other.md", 5), ["3:E other.md", "none"]);
    assert_eq!(near("none.md", 5), ["none", "none"]);
    assert_eq!(history.before(&path("a.md"), CommitId([7; 20])), None);
    assert_eq!(history.commit(commit(3)).map(|facts| facts.summary).as_deref(), Some("Commit 3"));
    assert_eq!(history.commit(CommitId([7; 20])), None);
}

#[test]
fn recent_changes_leave_out_comments_and_other_folders() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &["a.md=one", "plan/b.md=two", "planning/c.md=three"]);
    repo.commit(&[0], 11, &[".polder/talk/a/1.md=hello"]);
    repo.commit(&[1], 12, &[]);
    repo.commit(&[2], 13, &["planning/c.md=four", ".polder/talk/a/2.md=hello"]);
    let tip = repo.commit(&[3], 14, &["plan/b.md>b.md"]);
    let history = repo.whole(tip);
    let recent = |folder: Option<&str>, from, count| {
        let changes = history.recent(folder, from, count);
        let told = changes.iter().map(|change| {
            assert_eq!(change.touched.len(), change.n_touched);
            let deeds: Vec<String> = change.touched.iter().map(|(path, what)| deed(path, what)).collect();
            format!("{}: {}", change.commit.summary, deeds.join(", "))
        });
        told.collect::<Vec<String>>()
    };
    let all =
        ["Commit 4: R plan/b.md>b.md", "Commit 3: E planning/c.md", "Commit 0: C a.md, C plan/b.md, C planning/c.md"];
    assert_eq!(recent(None, 0, 10), all);
    assert_eq!(recent(Some("/"), 1, 1), all[1..2]);
    assert_eq!(recent(Some("plan"), 0, 10), ["Commit 4: R plan/b.md>b.md", "Commit 0: C plan/b.md"]);
    assert_eq!(recent(Some("planning/"), 0, 10), ["Commit 3: E planning/c.md", "Commit 0: C planning/c.md"]);
    assert_eq!(recent(Some("none"), 0, 10), [""; 0]);

    let many: Vec<String> = (0..CHANGE_MAX_FILES + 7).map(|n| format!("many/{n}.md=text {n}")).collect();
    let many = repo.commit(&[tip], 15, &many.iter().map(String::as_str).collect::<Vec<_>>());
    let change = &repo.whole(many).recent(None, 0, 1)[0];
    assert_eq!((change.touched.len(), change.n_touched), (CHANGE_MAX_FILES, CHANGE_MAX_FILES + 7));
}

#[test]
fn a_page_that_was_moved_round_ends_where_it_is() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &["a.md=text of a page"]);
    repo.commit(&[0], 11, &["a.md>b.md"]);
    let back = repo.commit(&[1], 12, &["b.md>a.md"]);
    let history = repo.whole(back);
    assert_eq!(history.moved_to(&path("a.md")), None);
    assert_eq!(history.moved_to(&path("b.md")), Some(path("a.md")));
    assert_eq!(story(&repo, &history, "a.md"), ["2:R b.md>a.md", "1:R a.md>b.md", "0:C a.md"]);
    // Two pages change places; git sees two edits.
    repo.commit(&[back], 13, &["x.md=quite another text"]);
    let swapped = repo.commit(&[3], 14, &["x.md=text of a page", "a.md=quite another text"]);
    let history = repo.whole(swapped);
    assert_eq!(history.moved_to(&path("x.md")), None);
    assert_eq!(story(&repo, &history, "x.md"), ["4:E x.md", "3:C x.md"]);
}

#[test]
fn an_edit_on_another_line_of_commits_is_not_lost_by_a_move() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &[&format!("a.md={LONG}")]);
    let moved = repo.commit(&[0], 11, &["a.md>b.md"]);
    let edited = repo.commit(&[0], 12, &[&format!("a.md={LONG}more")]);
    let later = repo.commit(&[edited], 13, &[&format!("a.md={LONG}more and more")]);
    let merged = format!("b.md={LONG}more and more, merged");
    for parents in [[moved, later], [later, moved]] {
        let merge = repo.commit(&parents, 14, &[&merged, "-a.md"]);
        let history = repo.whole(merge);
        let expected = [&format!("{merge}:E b.md"), "3:E a.md", "2:E a.md", "1:R a.md>b.md", "0:C a.md"];
        assert_eq!(story(&repo, &history, "b.md"), expected);
        let row = |row: Option<Row>| row.map(|row| told(&repo, &row));
        assert_eq!(row(history.before(&path("b.md"), repo.commits[later])).as_deref(), Some("2:E a.md"));
        assert_eq!(row(history.after(&path("b.md"), repo.commits[moved])).as_deref(), Some("2:E a.md"));
        assert_eq!(history.of(&path("b.md"), 1, 2).rows.len(), 2);
    }
}

#[test]
fn both_of_two_moves_of_one_page_know_its_past() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &["a.md=text of a page"]);
    repo.commit(&[0], 11, &["a.md>b.md"]);
    repo.commit(&[0], 12, &["a.md>c.md"]);
    let merge = repo.commit(&[1, 2], 13, &["c.md=text of a page"]);
    let history = repo.whole(merge);
    assert_eq!(story(&repo, &history, "b.md"), ["1:R a.md>b.md", "0:C a.md"]);
    assert_eq!(story(&repo, &history, "c.md"), ["2:R a.md>c.md", "0:C a.md"]);
    assert_eq!(history.moved_to(&path("a.md")), Some(path("c.md")));
}

/// INV-2: the order and all that follows from it depend on nothing but the graph.
#[test]
fn growing_step_by_step_equals_reading_from_nothing() {
    for seed in 1..=6 {
        let mut chance = Chance(seed);
        let mut repo = Repo::new();
        let n_commits = 60;
        let mut drafts: Vec<(Vec<usize>, i64, Vec<String>)> = Vec::new();
        let mut files: Vec<BTreeSet<String>> = Vec::new();
        for n in 0..n_commits {
            let mut parents = Vec::new();
            if n > 0 && chance.below(25) > 0 {
                parents.push(if chance.below(3) > 0 { n - 1 } else { chance.below(n) });
                while chance.below(4) == 0 && parents.len() < 4 {
                    let other = chance.below(n);
                    if !parents.contains(&other) {
                        parents.push(other);
                    }
                }
            }
            let mut own = parents.first().map_or_else(BTreeSet::new, |first| files[*first].clone());
            let mut edits = Vec::new();
            for _ in 0..chance.below(4) {
                let present: Vec<&String> = own.iter().collect();
                let any = (!present.is_empty()).then(|| present[chance.below(present.len())].clone());
                let fresh = format!("{}/{}.md", chance.below(2), chance.below(6));
                match (chance.below(4), any) {
                    (0, Some(old)) if !own.contains(&fresh) => {
                        edits.push(format!("{old}>{fresh}"));
                        own.remove(&old);
                        own.insert(fresh);
                    }
                    (1, Some(old)) => {
                        edits.push(format!("-{old}"));
                        own.remove(&old);
                    }
                    (_, Some(old)) if chance.below(2) == 0 => edits.push(format!("{old}={LONG}{}", chance.below(9))),
                    _ => {
                        edits.push(format!("{fresh}={LONG}{}", chance.below(9)));
                        own.insert(fresh);
                    }
                }
            }
            files.push(own);
            // Clocks that stand still and go back.
            drafts.push((parents, 100 + chance.below(n / 2 + 1) as i64, edits));
        }
        repo.import(&drafts);
        let mut grown = History::empty();
        let mut before: Option<(History, Vec<u8>)> = None;
        for step in 0..n_commits + 20 {
            // First in order, with leaps; then anywhere, back too.
            let tip = if step < n_commits {
                step.saturating_sub(chance.below(2) * chance.below(4))
            } else {
                chance.below(n_commits)
            };
            grown = grown.grown(&repo.store, repo.id(tip)).expect("grown");
            let whole = repo.whole(tip);
            let bytes = whole.encode().expect("encoded");
            assert_eq!(grown.encode().expect("encoded"), bytes, "seed {seed}, tip {tip}");
            assert_eq!(grown.tip(), repo.id(tip));
            let decoded = History::around(decode(&bytes).expect("decoded"));
            assert_eq!(decoded.encode().expect("encoded"), bytes);
            for file in whole.table().files.iter().map(|file| &file.path) {
                let rows = grown.of(file, 0, 100);
                assert_eq!(rows, whole.of(file, 0, 100));
                assert_eq!(rows, decoded.of(file, 0, 100));
                assert_eq!(rows.total, rows.rows.len());
                assert_eq!(grown.moved_to(file), whole.moved_to(file));
            }
            for place in 0..whole.len() {
                let n = repo.commits.iter().position(|id| *id == whole.table().commits[place].id).expect("a commit");
                let n_parents = whole.table().parents_of(place).len();
                assert_eq!(n_parents, drafts[n].0.len(), "parents come before children");
            }
            for n in 0..n_commits {
                let listed = grown.commit(repo.commits[n]).is_some();
                assert_eq!(listed, repo.store.is_ancestor(repo.commits[n], repo.commits[tip]).expect("known"));
            }
            assert_eq!(grown.recent(Some("1"), 0, 100), whole.recent(Some("1"), 0, 100));
            if let Some((snapshot, bytes)) = before.replace((grown.clone(), bytes)) {
                assert_eq!(snapshot.encode().expect("encoded"), bytes, "an old snapshot stays as it was");
            }
        }
    }
}

#[test]
fn a_straight_history_names_the_commits_that_git_names() {
    let mut chance = Chance(99);
    let mut repo = Repo::new();
    let mut drafts = Vec::new();
    for n in 0..WALK_MAX_COMMITS * 3 {
        let edits = (0..chance.below(3)).map(|_| format!("{}.txt={}", chance.below(20), chance.below(1_000)));
        drafts.push((n.checked_sub(1).into_iter().collect(), 100 + n as i64, edits.collect()));
    }
    repo.import(&drafts);
    let tip = drafts.len() - 1;
    let early = repo.whole(5);
    // Too many for one by one.
    let history = early.grown(&repo.store, repo.id(tip)).expect("grown");
    assert!(Arc::ptr_eq(&early.log, &history.log), "a chain is appended");
    assert_eq!(history.encode().expect("encoded"), repo.whole(tip).encode().expect("encoded"));
    assert_eq!((early.len(), history.len()), (6, drafts.len()));
    let tip_id = repo.commits[tip].to_string();
    for n in 0..20 {
        let file = format!("{n}.txt");
        let by_git = repo.git(&["log", "--no-renames", "--format=%H", &tip_id, "--", &file], "");
        let rows = history.of(&path(&file), 0, 1_000).rows;
        let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
        assert_eq!(ids, by_git.lines().collect::<Vec<_>>());
    }
    assert_eq!(early.commit(repo.commits[tip]), None, "what came later is not in a snapshot");
}

#[test]
fn two_that_grow_at_once_both_get_their_own() {
    let mut repo = Repo::new();
    let mut drafts: Vec<(Vec<usize>, i64, Vec<String>)> = vec![(vec![], 1, vec!["a.md=0".to_owned()])];
    for n in 1..40 {
        drafts.push((vec![n - 1], n as i64, vec![format!("a.md={n}")]));
    }
    // Twenty more beside them, on the first.
    for n in 40..60 {
        drafts.push((vec![if n == 40 { 0 } else { n - 1 }], n as i64, vec![format!("b.md={n}")]));
    }
    repo.import(&drafts);
    let start = repo.whole(0);
    std::thread::scope(|scope| {
        for range in [0..40, 40..60, 0..40] {
            let (start, repo) = (start.clone(), &repo);
            scope.spawn(move || {
                let mut history = start;
                for n in range {
                    history = history.grown(&repo.store, repo.id(n)).expect("grown");
                    assert_eq!(history.encode().expect("encoded"), repo.whole(n).encode().expect("encoded"));
                }
            });
        }
    });
    assert_eq!(start.of(&path("a.md"), 0, 9).total, 1);
    assert_eq!(start.recent(None, 0, 9).len(), 1);
}

#[test]
fn a_cache_is_used_grown_and_ignored_when_damaged() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &[&format!("a.md={LONG}"), "b.md=two"]);
    repo.commit(&[0], 11, &["a.md>c.md"]);
    repo.commit(&[1], 12, &["b.md=three"]);
    repo.commit(&[0], 13, &["b.md=elsewhere"]);
    let file = repo.dir.path().join("cache/history");
    let n_read = std::cell::Cell::new(0);
    let progress = |n: usize| n_read.set(n);
    let build = |number: usize| {
        n_read.set(0);
        let history = History::build(&repo.store, repo.id(number), Some(&file), &progress).expect("built");
        assert_eq!(history.encode().expect("encoded"), repo.whole(number).encode().expect("encoded"));
        assert_eq!(fs::read(&file).expect("a cache"), history.encode().expect("encoded"));
        n_read.get()
    };
    assert_eq!(build(1), 2, "read whole");
    assert_eq!(build(1), 0, "read from the cache");
    assert_eq!(build(2), 0, "grown from the cache");
    assert_eq!(build(3), 2, "not made on what the cache holds");
    let good = fs::read(&file).expect("a cache");
    for at in 0..good.len() {
        assert!(decode(&good[..at]).is_none(), "cut at {at}");
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(decode(&bad).is_none(), "changed at {at}");
    }
    fs::write(&file, &good[..good.len() / 2]).expect("damaged");
    assert_eq!(build(3), 2, "read whole");
    fs::remove_file(&file).expect("removed");
    fs::create_dir(&file).expect("in the way");
    assert_eq!(History::build(&repo.store, repo.id(3), Some(&file), &progress).expect("built").len(), 2);
    let left: Vec<_> = fs::read_dir(repo.dir.path().join("cache")).expect("listed").collect();
    assert_eq!(left.len(), 1, "nothing half written stays");
}

#[test]
fn a_cache_of_a_shallow_clone_is_not_used_when_it_is_made_whole() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &["a.md=one"]);
    repo.commit(&[0], 11, &["a.md=two"]);
    let tip = repo.commit(&[1], 12, &["a.md=three"]);
    let (from, to) = (format!("file://{}", repo.store.git_dir().display()), repo.dir.path().join("clone"));
    let to_text = to.display().to_string();
    repo.git(&["clone", "--quiet", "--bare", "--depth=2", "--branch=c2", &from, &to_text], "");
    let file = repo.dir.path().join("cache");
    let len = || {
        let store = Store::open(&to).expect("opened");
        History::build(&store, repo.id(tip), Some(&file), &|_| {}).expect("built").len()
    };
    assert_eq!(len(), 2);
    repo.git(&["--git-dir", &to_text, "fetch", "--quiet", "--unshallow", &from, "c2"], "");
    assert_eq!([len(), len()], [3, 3]);
}

/// INV-9: a cache whose sum is right but whose numbers are not is refused or harmless.
#[test]
fn numbers_that_lead_nowhere_are_refused() {
    let mut repo = Repo::new();
    repo.commit(&[], 10, &["a.md=some text", "b.md=two"]);
    repo.commit(&[0], 11, &["a.md>c.md"]);
    let tip = repo.commit(&[1], 12, &["c.md>a.md"]);
    let good = repo.whole(tip).encode().expect("encoded");
    for at in CACHE_MARK.len() + 8..good.len() {
        for value in [0, 1, 2, 3, 4, 5, 0x7f, 0xff] {
            let mut bad = good.clone();
            bad[at] = value;
            let sum = check_sum(&bad[CACHE_MARK.len() + 8..]);
            bad[CACHE_MARK.len()..CACHE_MARK.len() + 8].copy_from_slice(&sum);
            let Some(table) = decode(&bad) else { continue };
            let history = History::around(table);
            for file in ["a.md", "b.md", "c.md"].map(path) {
                history.of(&file, 0, 10);
                history.moved_to(&file);
                for id in &repo.commits {
                    history.before(&file, *id);
                    history.after(&file, *id);
                }
            }
            history.recent(None, 0, 10);
        }
    }
}

#[test]
fn an_empty_repository_has_an_empty_history() {
    let repo = Repo::new();
    let history = History::build(&repo.store, None, None, &|_| {}).expect("built");
    assert!(history.is_empty());
    assert_eq!((history.tip(), history.last(&path("a.md"))), (None, None));
    assert!(history.recent(None, 0, 10).is_empty());
    assert!(history.grown(&repo.store, Some(CommitId([3; 20]))).is_err(), "no such commit");
    let cleared = history.grown(&repo.store, None).expect("empty");
    assert_eq!(cleared.encode().expect("encoded"), history.encode().expect("encoded"));
}

/// Finds renames among `path=text` without a repository; equal texts are equal blobs.
fn found(gone: &[&str], came: &[&str]) -> Vec<String> {
    let mut texts: FxHashMap<BlobId, Vec<u8>> = FxHashMap::default();
    let mut loose = |files: &[&str]| {
        let mut files: Vec<Loose> = files
            .iter()
            .map(|file| {
                let (name, text) = file.split_once('=').expect("path=text");
                let mut blob = BlobId([0; 20]);
                blob.0[..8].copy_from_slice(&check_sum(text.as_bytes()));
                texts.insert(blob, text.as_bytes().to_vec());
                Loose { path: path(name), blob }
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    };
    let (mut gone, mut came) = (loose(gone), loose(came));
    let n_files = gone.len() + came.len();
    let pairs = renames(&mut gone, &mut came, &mut |blob| texts.get(&blob).cloned());
    assert_eq!(n_files, gone.len() + came.len() + 2 * pairs.len());
    let mut told: Vec<String> =
        pairs.iter().map(|(source, target)| format!("{}>{}", source.path, target.path)).collect();
    told.sort();
    told
}

#[test]
fn renames_are_paired_the_same_way_every_time() {
    assert_eq!(found(&["a.md=x"], &["b.txt=x"]), ["a.md>b.txt"], "the same bytes, whatever the kind");
    assert_eq!(found(&["a.md=x"], &["b.md=y"]), [""; 0]);
    // The same name goes first, then the order of the paths.
    assert_eq!(
        found(&["1/x.md=s", "1/y.md=s", "1/z.md=s"], &["2/a.md=s", "2/y.md=s", "2/z.md=s"]),
        ["1/x.md>2/a.md", "1/y.md>2/y.md", "1/z.md>2/z.md"]
    );
    assert_eq!(found(&["1.md=s", "2.md=s"], &["3.md=s"]), ["1.md>3.md"]);
    // Half of the text, counted in bytes of lines; line ends and order do not count.
    assert_eq!(found(&["a.md=aaaa\nbbbb"], &["b.md=bbbb\r\n\ncccc\n"]), ["a.md>b.md"]);
    assert_eq!(found(&["a.md=aaaaa\nbbbb"], &["b.md=bbbb\nccccc"]), [""; 0]);
    assert_eq!(
        found(&["a.md=aa\naa\naa\naa"], &["b.md=aa\nb1\nb2\nb3"]),
        [""; 0],
        "a line counts as often as it stands"
    );
    assert_eq!(found(&["a.txt=aaaa\nbbbb"], &["b.txt=aaaa\nbbbb\n"]), [""; 0], "pages only");
    assert_eq!(found(&["a.md="], &["b.md=\n"]), [""; 0], "nothing is not like nothing");
    // The most alike first, whatever the order of the paths.
    assert_eq!(
        found(
            &["a.md=1111\n2222\n3333", "b.md=1111\n2222\n4444"],
            &["c.md=1111\n2222\n4444\n5", "d.md=1111\n2222\n6666"]
        ),
        ["a.md>d.md", "b.md>c.md"]
    );
    assert_eq!(
        found(&["1/a.md=1111\n2", "1/b.md=1111\n3"], &["2/a.md=1111\n4", "2/b.md=1111\n5"]),
        ["1/a.md>2/a.md", "1/b.md>2/b.md"],
        "among the equally alike the same name goes first"
    );
    let many: Vec<String> = (0..=RENAME_MAX_PAGES).map(|n| format!("{n}.md=aaaa\n{n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(found(&many[1..], &["new.md=aaaa\nn"]).len(), 1);
    assert_eq!(found(&many, &["new.md=aaaa\nn"]), [""; 0], "too many to compare");
}

#[test]
fn names_are_shown_without_what_cannot_be_seen() {
    assert_eq!(shown(" An\u{202e}ne\u{7} \u{200b}", 100), "Anne");
    assert_eq!(
        shown("\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{62f}", 100),
        "\u{645}\u{6cc}\u{200c}\u{631}\u{648}\u{62f}"
    );
    assert_eq!(shown("\u{200d}", 100), "");
    assert_eq!(shown("één twee", 4), "één…");
    assert_eq!(shown("één", 3), "één");
}

#[test]
fn a_commit_that_names_a_file_twice_does_no_harm() {
    let mut table = Table::default();
    for n in 1..4u8 {
        let touches = vec![
            (path("a.md"), Act::From(path("a.md"))),
            (path("a.md"), Act::Gone),
            (path("b.md"), Act::From(path("a.md"))),
        ];
        let parents = (n > 1).then_some(CommitId([n - 1; 20])).into_iter().collect();
        let (author, summary) = (String::new(), String::new());
        let entry = Entry { id: CommitId([n; 20]), parents, time_s: 0, offset_min: 0, author, summary, touches };
        table.push(&entry).expect("room");
    }
    let history = History::around(table);
    for file in ["a.md", "b.md"].map(path) {
        history.of(&file, 0, 10);
        history.moved_to(&file);
        history.before(&file, CommitId([2; 20]));
        history.after(&file, CommitId([2; 20]));
    }
}

/// Chance that is the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

fn id_of(repo: &Repo, number: usize) -> CommitId {
    repo.commits[number]
}

#[test]
fn a_page_is_found_where_it_stood_and_the_branch_where_it_was() {
    let mut repo = Repo::new();
    let first = repo.commit(&[], 1_000, &["a.md=one\ntwo\nthree", "b.md=other"]);
    let edited = repo.commit(&[first], 2_000, &["a.md=one\ntwo\nfour"]);
    let aside = repo.commit(&[first], 2_500, &["b.md=aside"]);
    let merged = repo.commit(&[edited, aside], 3_000, &[]);
    let moved = repo.commit(&[merged], 4_000, &["a.md>c/d.md"]);
    let last = repo.commit(&[moved], 5_000, &["c/d.md=one\ntwo\nfour\nfive"]);
    let history = repo.whole(last);
    let commits = repo.commits.clone();
    let id = |number: usize| commits[number];
    let stood = |number: usize| history.path_at(&path("c/d.md"), id(number)).map(|path| path.as_str().to_owned());
    assert_eq!(stood(first).as_deref(), Some("a.md"));
    assert_eq!(stood(merged).as_deref(), Some("a.md"));
    assert_eq!(stood(moved).as_deref(), Some("c/d.md"));
    assert_eq!(history.path_at(&path("nowhere.md"), id(last)), None);
    let up_to = |at: &str, number: usize| history.up_to(&path(at), id(number)).map(|row| row.id);
    assert_eq!(up_to("a.md", first), Some(id(first)));
    assert_eq!(up_to("a.md", merged), Some(id(edited)));
    assert_eq!(up_to("c/d.md", last), Some(id(last)));
    let n_after = |at: &str, number: usize| history.n_after(&path(at), id(number));
    assert_eq!((n_after("a.md", first), n_after("a.md", merged), n_after("c/d.md", last)), (3, 2, 0));
    let now = |at: &str, number: usize| history.path_now(&path(at), id(number)).map(|path| path.as_str().to_owned());
    assert_eq!(now("a.md", first).as_deref(), Some("c/d.md"));
    // Another page at the old address is another page.
    let again = repo.commit(&[last], 6_000, &["a.md=quite another"]);
    let later = repo.whole(again);
    assert_eq!(later.path_now(&path("a.md"), id_of(&repo, first)), Some(path("c/d.md")));
    assert_eq!(later.path_now(&path("a.md"), id_of(&repo, again)), Some(path("a.md")));
    assert_eq!(later.path_at(&path("a.md"), id_of(&repo, first)), None);
    assert_eq!(later.path_at(&path("c/d.md"), id_of(&repo, first)), Some(path("a.md")));
    // The main line: what was merged later was not there before.
    let as_of = |time_s: i64| history.as_of(time_s);
    assert_eq!((as_of(999), as_of(1_000), as_of(2_700)), (None, Some(id(first)), Some(id(edited))));
    assert_eq!((as_of(3_000), as_of(9_000)), (Some(id(merged)), Some(id(last))));
    assert_eq!(history.distance(id(first), id(last)), Some(5));
}

#[test]
fn where_another_page_stands_is_not_where_a_page_stood() {
    let mut repo = Repo::new();
    let first = repo.commit(&[], 1_000, &["a.md=one\ntwo\nthree", "b.md=other\nlines\nhere"]);
    let moved = repo.commit(&[first], 2_000, &["a.md>z.md"]);
    let again = repo.commit(&[moved], 3_000, &["b.md>a.md"]);
    let last = repo.commit(&[again], 4_000, &["b.md=the third page"]);
    let history = repo.whole(last);
    let id = |number: usize| id_of(&repo, number);
    let text = |path: Option<FilePath>| path.map(|path| path.as_str().to_owned());
    let now = |at: &str, number: usize| text(history.path_now(&path(at), id(number)));
    assert_eq!(now("a.md", first).as_deref(), Some("z.md"));
    assert_eq!(now("b.md", first).as_deref(), Some("a.md"));
    assert_eq!(now("a.md", moved), None, "nothing stood there");
    assert_eq!(now("a.md", again).as_deref(), Some("a.md"));
    assert_eq!(now("b.md", again), None);
    let then = |at: &str, number: usize| text(history.path_at(&path(at), id(number)));
    assert_eq!(then("a.md", first).as_deref(), Some("b.md"));
    assert_eq!(then("b.md", first), None, "the third page was not there");
    assert_eq!(then("z.md", first).as_deref(), Some("a.md"));
    assert!(history.is_another(&path("a.md"), id(first), id(last)));
    assert!(history.is_another(&path("b.md"), id(last), id(first)));
    assert!(!history.is_another(&path("z.md"), id(moved), id(last)));
    // Of the page that was at the path then, not of the one that came.
    let up_to = |at: &str, number: usize| history.up_to(&path(at), id(number)).map(|row| row.id);
    assert_eq!((up_to("a.md", first), history.n_after(&path("a.md"), id(first))), (Some(id(first)), 1));
    assert_eq!(history.after(&path("a.md"), id(first)).map(|row| row.path), Some(path("z.md")));
}

#[test]
fn a_commit_on_another_line_has_what_its_own_line_had() {
    let mut repo = Repo::new();
    let first = repo.commit(&[], 1_000, &["a.md=one\ntwo\nthree"]);
    let moved = repo.commit(&[first], 2_000, &["a.md>b.md", "new.md=x"]);
    let aside = repo.commit(&[first], 3_000, &["c.md=aside"]);
    let merged = repo.commit(&[moved, aside], 4_000, &[]);
    let history = repo.whole(merged);
    let id = |number: usize| id_of(&repo, number);
    let then = |at: &str, number: usize| history.path_at(&path(at), id(number));
    assert_eq!(then("b.md", aside), Some(path("a.md")), "it was moved on the other line");
    assert_eq!(then("new.md", aside), None);
    assert_eq!((then("b.md", moved), then("b.md", merged)), (Some(path("b.md")), Some(path("b.md"))));
    assert_eq!(history.path_now(&path("a.md"), id(aside)), Some(path("b.md")));
    assert_eq!(history.path_now(&path("b.md"), id(aside)), None);
}

/// What the tests about readers may see: all but what lies below `secret`.
fn open(path: &str) -> bool {
    path != "secret" && !path.starts_with("secret/")
}

fn shown_changes(repo: &Repo, history: &History) -> Vec<String> {
    let changes = history.recent(None, 0, 1_000).into_iter().flat_map(|change| {
        let number = repo.commits.iter().position(|id| *id == change.commit.id).expect("a commit");
        let summary = change.commit.summary;
        change.touched.into_iter().map(move |(path, what)| format!("{number}:{} {summary}", deed(&path, &what)))
    });
    changes.collect()
}

#[test]
fn what_may_not_be_read_has_no_history() {
    let mut repo = Repo::new();
    let first = repo.commit(&[], 1_000, &[&format!("a.md={LONG}"), &format!("b.md={LONG}b"), "secret/s.md=s"]);
    let hidden = repo.commit(&[first], 2_000, &["secret/s.md=more", "secret/t.md=t"]);
    let both = repo.commit(&[hidden], 3_000, &[&format!("a.md={LONG}two\n"), "secret/s.md=even more"]);
    let went = repo.commit(&[both], 4_000, &["b.md>secret/b.md"]);
    let back = repo.commit(&[went], 5_000, &["secret/t.md=t, and more of it\nand more"]);
    let came = repo.commit(&[back], 6_000, &["secret/t.md>t.md"]);
    let whole = repo.whole(came);
    let narrow = whole.narrowed(None, &open).expect("narrowed");
    let seen = &narrow.history;
    assert_eq!(story(&repo, seen, "a.md"), ["2:E a.md", "0:C a.md"]);
    assert_eq!(story(&repo, seen, "b.md"), [""; 0], "it went on to where it is not seen");
    assert_eq!(story(&repo, seen, "secret/s.md"), [""; 0]);
    assert_eq!(story(&repo, seen, "t.md"), ["5:C t.md"], "from its coming on");
    assert_eq!(shown_changes(&repo, seen), ["5:C t.md …", "2:E a.md …", "0:C a.md …"]);
    assert_eq!(seen.commit(id_of(&repo, hidden)), None, "nothing of it is seen");
    assert_eq!(seen.parents(id_of(&repo, both)), [id_of(&repo, first)]);
    assert_eq!(narrow.nearest(id_of(&repo, back)), Some(id_of(&repo, both)));
    assert_eq!(seen.tip(), Some(id_of(&repo, came)));
    assert_eq!(seen.as_of(4_500), Some(id_of(&repo, both)));
    assert!(narrow.hides(&path("b.md"), id_of(&repo, both)), "where it lies now counts too");
    assert!(!narrow.hides(&path("a.md"), id_of(&repo, both)));
    assert!(narrow.hides(&path("secret/t.md"), id_of(&repo, back)));
    // Made anew at the old place it is another page.
    let again = repo.commit(&[came], 7_000, &["b.md=another"]);
    let later = repo.whole(again).narrowed(None, &open).expect("narrowed");
    assert_eq!(story(&repo, &later.history, "b.md"), ["6:C b.md"]);
    assert!(later.hides(&path("b.md"), id_of(&repo, both)));
    assert!(!later.hides(&path("b.md"), id_of(&repo, again)));
    assert_eq!(later.history.commit(id_of(&repo, again)).map(|facts| facts.summary).as_deref(), Some("Commit 6"));
}

#[test]
fn a_narrowed_history_that_grew_is_one_made_at_once_and_tells_of_nothing_hidden() {
    for seed in 1..=12 {
        let mut chance = Chance(seed);
        let mut repo = Repo::new();
        let folders = ["", "secret/", "open/"];
        let mut files: Vec<String> = Vec::new();
        let mut tip = None;
        let mut history: Option<History> = None;
        let mut narrow: Option<narrow::Narrowed> = None;
        for n in 0..30i64 {
            let mut edits = Vec::new();
            for _ in 0..=chance.below(2) {
                let at = chance.below(files.len() + 2);
                match (files.get(at).cloned(), chance.below(4)) {
                    (None, _) => {
                        let name = format!("{}{n}-{}.md", folders[chance.below(3)], edits.len());
                        edits.push(format!("{name}={LONG}{name}\n"));
                        files.push(name);
                    }
                    (Some(file), 0) => {
                        let name = format!("{}{n}-{}.md", folders[chance.below(3)], edits.len());
                        if !edits.iter().any(|edit: &String| edit.contains(file.as_str())) {
                            edits.push(format!("{file}>{name}"));
                            files[at] = name;
                        }
                    }
                    (Some(file), 1) if files.len() > 3 => {
                        if !edits.iter().any(|edit: &String| edit.contains(file.as_str())) {
                            edits.push(format!("-{file}"));
                            files.remove(at);
                        }
                    }
                    (Some(file), _) => {
                        if !edits.iter().any(|edit: &String| edit.contains(file.as_str())) {
                            edits.push(format!("{file}={LONG}{file}\n{n}\n"));
                        }
                    }
                }
            }
            if edits.is_empty() {
                continue;
            }
            let edits: Vec<&str> = edits.iter().map(String::as_str).collect();
            let parents: Vec<usize> = tip.into_iter().collect();
            let now = repo.commit(&parents, 1_000 + n, &edits);
            tip = Some(now);
            let whole = match &history {
                Some(history) => history.grown(&repo.store, repo.id(now)).expect("grown"),
                None => repo.whole(now),
            };
            let grown = whole.narrowed(narrow.as_ref(), &open).expect("narrowed");
            let fresh = whole.narrowed(None, &open).expect("narrowed");
            assert_eq!(shown_changes(&repo, &grown.history), shown_changes(&repo, &fresh.history), "seed {seed}");
            for change in shown_changes(&repo, &fresh.history) {
                assert!(!change.contains("secret"), "{change}");
            }
            for file in &files {
                assert_eq!(story(&repo, &grown.history, file), story(&repo, &fresh.history, file));
                let is_hidden = !open(file);
                assert_eq!(fresh.hides(&path(file), id_of(&repo, now)), is_hidden, "{file}");
                assert_eq!(story(&repo, &fresh.history, file).is_empty(), is_hidden, "{file}");
            }
            for place in 0..=now {
                let nearest = |narrow: &narrow::Narrowed| narrow.nearest(id_of(&repo, place));
                assert_eq!(nearest(&grown), nearest(&fresh));
            }
            (history, narrow) = (Some(whole), Some(grown));
        }
    }
}
