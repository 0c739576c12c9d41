//! `polder user`, and accounts beside a running server.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::wiki::{PROGRAM, Ran, TINY, between, commit_files, git, polder, request};

const GOOD: &str = "mijn fiets staat scheef tegen de heg";

fn user(folder: &Path, args: &[&str]) -> Ran {
    let all: Vec<&str> = std::iter::once("user").chain(args.iter().copied()).collect();
    polder(folder, &all)
}

/// Runs a command that reads a password.
fn with_password(folder: &Path, args: &[&str], password: &[u8]) -> (i32, String) {
    let mut child = Command::new(PROGRAM)
        .arg("user")
        .args(args)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("polder runs");
    // A program that has read enough closes the pipe.
    let _ = child.stdin.take().expect("piped").write_all(password);
    let output = child.wait_with_output().expect("ended");
    let told = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&told).into_owned())
}

#[test]
fn accounts_are_made_listed_and_changed() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    user(dir, &["list"]).status(0).says("no accounts");
    let add = ["add", "Anna", "--admin", "--password-stdin", "--name", "Anna de Vries", "--group", "team,leiding"];
    assert_eq!(with_password(dir, &add, format!("{GOOD}\n").as_bytes()).0, 0);
    user(dir, &["add", "bert", "--email", "bert@example.org"]).status(0).says("polder user reset bert");
    let list = user(dir, &["list"]).status(0).stdout();
    assert!(list.starts_with("Anna  Anna de Vries  ") && list.contains("admin, +leiding, +team"), "{list}");
    let list = user(dir, &["list", "--json"]).status(0).stdout();
    assert!(list.contains("\"login\": \"bert\"") && list.contains("\"email\": \"bert@example.org\""), "{list}");
    assert!(!list.contains("argon2"), "{list}");
    assert_eq!(user(dir, &["groups", "ANNA", "+nieuw", "-team"]).status(0).stdout(), "leiding\nnieuw\n");
    user(dir, &["disable", "bert"]).status(0);
    user(dir, &["reset", "bert"]).status(2).says("disabled");
    user(dir, &["enable", "bert"]).status(0);
    let link = user(dir, &["reset", "bert"]).status(0).stdout();
    assert!(link.starts_with("/-/reset/") && link.trim_end().len() == 9 + 43, "{link}");
    user(dir, &["remove", "bert"]).status(0);
    user(dir, &["remove", "bert"]).status(2).says("no account");
}

#[test]
fn what_can_t_be_an_account_is_refused_with_what_helps() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    user(dir, &["add", "een naam"]).status(2).says("letters and digits");
    user(dir, &["add", "a", "--email", "x"]).status(2).says("name@example.org");
    user(dir, &["add", "a", "--group", "admins"]).status(2).says("hyphens");
    user(dir, &["add", "a", "--name", "<b>"]).status(2).says("80 characters");
    for (password, says) in [
        (&b"kort"[..], "12 characters"),
        (b"Welkom123456!", "first that somebody would try"),
        (&[b'x'; 5_000], "256 characters"),
        (b"", "12 characters"),
        (b"\xff\xfe\xff", "UTF-8"),
    ] {
        let (status, told) = with_password(dir, &["add", "a", "--password-stdin"], password);
        assert!(status == 2 && told.contains(says), "{status} {told}");
    }
    user(dir, &["add", "anna"]).status(0);
    user(dir, &["add", "ANNA"]).status(2).says("already");
    user(dir, &["groups", "anna", "team"]).status(2).says("+group");
    user(dir, &["token", "anna", "--scope", "all"]).status(2);
    user(dir, &["token", "anna", "--scope", "read", "--days", "0"]).status(2);
    user(dir, &["token", "nobody", "--scope", "read"]).status(2).says("polder user list");
    user(dir, &["list", "--accounts", "geen/map/x.db"]).status(0).says("no accounts");
    user(dir, &["add", "piet", "--accounts", "geen/map/x.db"]).status(3).says("could not be opened");
    let told = user(dir, &["list", "--accounts", "postgres://polder:s3cret@127.0.0.1:1/x"]).status(3).stderr();
    assert!(told.contains("127.0.0.1:1") && !told.contains("s3cret"), "{told}");
}

#[test]
fn a_token_is_printed_alone() {
    let home = tempfile::tempdir().expect("a folder");
    user(home.path(), &["add", "anna"]).status(0);
    let ran = user(home.path(), &["token", "anna", "--scope", "write", "--label", "laptop", "--days", "30"]).status(0);
    assert!(ran.stdout().starts_with("pld_") && ran.stdout().len() == 48, "{}", ran.stdout());
    assert_eq!(ran.stderr(), "");
}

#[test]
fn the_place_of_the_accounts_is_set_as_other_settings_are() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    std::fs::write(dir.join("polder.toml"), "accounts = \"bestand.db\"\ndata = \"elders\"\n").expect("written");
    user(dir, &["add", "anna"]).status(0);
    assert!(dir.join("bestand.db").is_file());
    user(dir, &["add", "bert", "--accounts", "vlag.db"]).status(0);
    assert!(user(dir, &["list", "--accounts", "vlag.db"]).status(0).stdout().starts_with("bert"));
    assert!(user(dir, &["list"]).status(0).stdout().starts_with("anna"));
    assert!(!dir.join("elders/accounts.db").exists());
}

/// A server whose standard error is kept in the file `told`.
struct Noted<'a> {
    folder: &'a Path,
    server: Child,
}

impl Noted<'_> {
    fn serve<'a>(folder: &'a Path, args: &[&str], log: &str) -> Noted<'a> {
        let server = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .current_dir(folder)
            .env("LC_ALL", "C")
            .env("POLDER_LOG", log)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("told")).expect("made"))
            .spawn()
            .expect("polder runs");
        let noted = Noted { folder, server };
        let until = Instant::now() + Duration::from_secs(60);
        while !["history is ready", "The wiki is at"].iter().all(|told| noted.told().contains(told)) {
            assert!(Instant::now() < until, "{}", noted.told());
            std::thread::sleep(Duration::from_millis(20));
        }
        // Only now does it hear a signal.
        request(&noted.address(), "GET", "/-/health", &[], b"").ok();
        noted
    }

    fn told(&self) -> String {
        std::fs::read_to_string(self.folder.join("told")).unwrap_or_default()
    }

    fn address(&self) -> String {
        between(&self.told(), "The wiki is at http://", "/ ").to_owned()
    }

    fn ended(mut self) -> String {
        let _ = Command::new("kill").args(["-TERM", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
        self.told()
    }
}

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn w15_a_start_without_accounts_offers_a_link_and_one_with_accounts_does_not() {
    let home = tempfile::tempdir().expect("a folder");
    let offer = || Noted::serve(home.path(), &[], "info").ended();
    let secret = |told: &str| told.split("/-/first/").nth(1).map(|rest| rest[..43].to_owned());
    let (one, two) = (secret(&offer()).expect("a link"), secret(&offer()).expect("a link"));
    assert_ne!(one, two, "made anew at each start");
    user(home.path(), &["add", "anna", "--admin"]).status(0);
    let told = offer();
    assert_eq!(secret(&told), None, "{told}");
    let files: Vec<String> = names_in(&home.path().join("data"));
    assert!(!files.iter().any(|name| name.starts_with("accounts.db-")), "all is in one file: {files:?}");
}

#[test]
fn inv_7_no_account_and_no_secret_is_in_a_clone_or_in_the_log() {
    // INV-7
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    git(dir, &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    commit_files(&dir.join("repo.git"), TINY, "Begin");
    let wiki = Noted::serve(dir, &["--repo", "repo.git", "--data", "data"], "debug");
    let address = wiki.address();
    let url = format!("http://{address}/wiki.git");
    git(dir, &["clone", "-q", "--mirror", &url, "kloon"]).ok();
    let place = ["--data", "data"];
    let user = |args: &[&str]| user(dir, &[args, &place].concat()).status(0).stdout();
    let add = ["add", "geheimzinnig", "--password-stdin", "--email", "anna@geheim.example", "--data", "data"];
    assert_eq!(with_password(dir, &add, GOOD.as_bytes()).0, 0);
    let token = user(&["token", "geheimzinnig", "--scope", "read"]);
    let token = token.trim_end();
    let link = user(&["reset", "geheimzinnig"]);
    let link = link.trim_end();
    let bearer = format!("Bearer {token}");
    for (path, headers) in [
        ("/", &[("Authorization", bearer.as_str())][..]),
        ("/-/search?q=dijk", &[("Cookie", "polder=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]),
        (link, &[]),
    ] {
        request(&address, "GET", path, headers, b"");
    }
    // Now that there are accounts, this may be refused.
    git(&dir.join("kloon"), &["fetch", "-q", "--all"]);
    let told = wiki.ended();
    assert!(told.contains("/-/first/"), "the link for the first account is shown, and nothing else:");
    let told = told.lines().filter(|line| !line.contains("/-/first/")).collect::<Vec<_>>().join("\n");
    let secrets =
        [GOOD, token, &link["/-/reset/".len()..], "anna@geheim.example", "geheimzinnig", "argon2", "accounts.db"];
    for secret in secrets {
        assert!(!told.contains(secret) || secret == "accounts.db", "the log holds {secret}:\n{told}");
        for folder in ["repo.git", "kloon"] {
            // Every object, spelled out, and what refs are called.
            let objects = git(&dir.join(folder), &["cat-file", "--batch-all-objects", "--batch"]).ok().stdout();
            let refs = git(&dir.join(folder), &["for-each-ref"]).ok().stdout();
            assert!(objects.contains("Het begin van de dijk"), "the objects are there");
            assert!(!objects.contains(secret) && !refs.contains(secret), "{folder} holds {secret}");
        }
    }
    assert!(names_in(&dir.join("data")).contains(&"accounts.db".to_owned()));
    assert!(!names_in(&dir.join("repo.git")).contains(&"accounts.db".to_owned()));
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
