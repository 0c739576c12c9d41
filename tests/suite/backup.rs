//! `polder backup` and `polder restore`: beside a running server, into another folder, and what is
//! refused.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::wiki::{PROGRAM, TINY, TestWiki, commit_files, git, polder, request};

const PASSWORD: &str = "mijn fiets staat scheef tegen de heg";

/// A wiki of Polder's own with an account that has a password and a token, and a version.
fn wiki() -> (TestWiki, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let repo = folder.path().join("data/wiki.git");
    fs::create_dir_all(folder.path().join("data")).expect("made");
    git(folder.path(), &["init", "-q", "--bare", "-b", "main", "data/wiki.git"]).ok();
    commit_files(&repo, TINY, "Begin");
    git(&repo, &["tag", "-a", "-m", "Versie 1", "plan/dijk@v1", "main"]).ok();
    git(&repo, &["update-ref", "refs/polder/own", "main"]).ok();
    git(&repo, &["branch", "suggest/7", "main"]).ok();
    add_somebody(folder.path());
    let token = polder(folder.path(), &["user", "token", "anna", "--scope", "write"]).status(0).stdout();
    (TestWiki::serve(folder, &[]), token.trim().to_owned())
}

fn add_somebody(folder: &Path) {
    let mut add = Command::new(PROGRAM)
        .args(["user", "add", "anna", "--admin", "--password-stdin", "--group", "team"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("polder runs");
    add.stdin.take().expect("piped").write_all(PASSWORD.as_bytes()).expect("written");
    assert!(add.wait().expect("ended").success());
}

fn refs(repo: &Path) -> String {
    git(repo, &["for-each-ref", "--format=%(objectname) %(refname)"]).ok().stdout()
}

fn with_token(wiki: &TestWiki, method: &str, path: &str, token: &str, body: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    request(&wiki.address, method, path, &headers, body.as_bytes()).status
}

#[test]
fn a_wiki_comes_back_elsewhere_with_its_pages_versions_and_accounts() {
    let (wiki, token) = wiki();
    let home = wiki.folder.path().to_owned();
    polder(&home, &["backup", "b.tar"]).status(0).says("keep it as secret");
    let mode = fs::metadata(home.join("b.tar")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    polder(&home, &["backup", "b.tar"]).status(2).says("there already");
    polder(&home, &["restore", "b.tar"]).status(2).says("nothing is overwritten");

    polder(&home, &["restore", "b.tar", "--data", "elsewhere"]).status(0).says("sign in again");
    assert_eq!(refs(&home.join("elsewhere/wiki.git")), refs(&home.join("data/wiki.git")));
    git(&home.join("elsewhere/wiki.git"), &["fsck", "--strict"]).ok();
    let list = |data: &str| polder(&home, &["user", "list", "--json", "--data", data]).status(0).stdout();
    assert_eq!(list("elsewhere"), list("data"));

    let pages = ["/", "/plan/dijk", "/plan/dijk@v1", "/-/history/plan/dijk"];
    let before: Vec<String> = pages.iter().map(|page| wiki.eventually(page, is_whole).main()).collect();
    let again = wiki.restarted(&["--data", "elsewhere"]);
    for (page, before) in pages.iter().zip(before) {
        assert_eq!(again.eventually(page, is_whole).main(), before, "{page}");
    }
    let url = format!("http://anna:{}@{}/wiki.git", PASSWORD.replace(' ', "%20"), again.address);
    git(&home, &["clone", "-q", &url, "by-password"]).ok();
    assert_eq!(with_token(&again, "GET", "/", &token, ""), 200);
    let url = format!("http://anna:{token}@{}/wiki.git", again.address);
    git(&home, &["clone", "-q", &url, "by-token"]).ok();
}

/// History is made in the background; until then answers are not kept.
fn is_whole(answer: &crate::wiki::Answer) -> bool {
    answer.status == 200 && answer.headers.contains_key("etag")
}

#[test]
fn sessions_and_links_are_not_in_a_backup() {
    let (wiki, _) = wiki();
    let home = wiki.folder.path().to_owned();
    let link = polder(&home, &["user", "reset", "anna"]).status(0).stdout();
    polder(&home, &["backup", "b.tar"]).status(0);
    polder(&home, &["restore", "b.tar", "--data", "elsewhere"]).status(0);
    wiki.get(link.trim()).ok();
    let again = wiki.restarted(&["--data", "elsewhere"]);
    assert_ne!(again.get(link.trim()).status, 200, "a link of before");
}

/// Ends the saves, also when an expectation fails.
struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_backup_under_running_saves_is_a_wiki_as_it_was_at_one_moment() {
    let wiki = TestWiki::tiny();
    let home = wiki.folder.path().to_owned();
    let ended = AtomicBool::new(false);
    let mut tips = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !ended.load(Ordering::Relaxed) {
                n += 1;
                let editor = wiki.editor("plan/dijk");
                let text = format!("{}\nRegel {n}.\n", editor.text);
                editor.text(&text).save().status(303);
            }
        });
        let _end = AtTheEnd(&ended);
        for n in 0..3 {
            let (file, data) = (format!("b{n}.tar"), format!("elsewhere{n}"));
            polder(&home, &["backup", &file, "--repo", "repo.git"]).status(0);
            tips.push(git(&home.join("repo.git"), &["rev-parse", "main"]).ok().stdout());
            polder(&home, &["restore", &file, "--data", &data]).status(0);
            let restored = home.join(&data).join("wiki.git");
            git(&restored, &["fsck", "--strict"]).ok();
            // What is in it is on the branch, up to no later than its end.
            let tip = git(&restored, &["rev-parse", "main"]).ok().stdout();
            git(&home.join("repo.git"), &["merge-base", "--is-ancestor", tip.trim(), tips[n].trim()]).ok();
        }
    });
    git(&home.join("repo.git"), &["fsck", "--strict"]).ok();
}

#[test]
fn what_is_no_whole_backup_is_refused_and_leaves_nothing_behind() {
    let (wiki, _) = wiki();
    let home = wiki.folder.path();
    polder(home, &["backup", "b.tar"]).status(0);
    let whole = fs::read(home.join("b.tar")).expect("read");
    let refused = |bytes: &[u8]| {
        fs::write(home.join("c.tar"), bytes).expect("written");
        polder(home, &["restore", "c.tar", "--data", "elsewhere"]).status(3).says("no whole backup");
        assert!(!home.join("elsewhere").exists());
    };
    for at in [0, 200, 600, 1100, whole.len() / 2, whole.len() - 1500, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        refused(&bytes);
    }
    refused(&whole[..whole.len() / 2]);
    refused(&whole[..whole.len() - 1024]);
    refused(b"");
    // An archive of somebody else, with a name that leads out.
    fs::write(home.join("evil"), "x").expect("written");
    let args = ["-cPf", "evil.tar", "--transform=s|evil|../../evil|", "evil"];
    let made = Command::new("tar").args(args).current_dir(home).status().expect("tar runs");
    assert!(made.success());
    refused(&fs::read(home.join("evil.tar")).expect("read"));
    polder(home, &["restore", "nothing.tar", "--data", "elsewhere"]).status(3).says("nothing.tar");
    polder(home, &["backup", "x.tar", "--data", "nowhere"]).status(2).says("no wiki");
    assert!(!home.join("nowhere").exists());
}

#[test]
fn accounts_that_are_there_are_not_mixed_with_others() {
    let (wiki, _) = wiki();
    let home = wiki.folder.path();
    polder(home, &["backup", "b.tar"]).status(0);
    polder(home, &["user", "add", "bert", "--data", "elsewhere"]).status(0);
    polder(home, &["restore", "b.tar", "--data", "elsewhere"]).status(2).says("there are accounts");
    assert!(!home.join("elsewhere/wiki.git").exists());
    let repo = home.join("other/plan.git");
    fs::create_dir(home.join("other")).expect("made");
    polder(home, &["restore", "b.tar", "--data", "third", "--repo", &repo.display().to_string()]).status(0);
    assert_eq!(refs(&repo), refs(&home.join("data/wiki.git")));
}
