//! Rows of the list of attacks that belong to no other file: names and contents of pushes, texts that
//! would like to be more, rules of access, signing in. The table in `docs/TESTING.md` says which test
//! holds which row.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::hostile::{is_harmless, object, raw_commit, tree};
use crate::people::encode;
use crate::wiki::{Answer, Clone, Files, PROGRAM, Ran, TINY, TestWiki, commit_files, git, polder};

/// How browsers send forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

const PASSWORD: &str = "mijn fiets staat scheef tegen de heg";

/// Longer than this is a hang, also of an unoptimised build beside other tests.
const HANG: Duration = Duration::from_secs(60);

/// Makes an account in the wiki that `place` names, before it is served or while it is.
pub fn add_account(folder: &Path, place: &[&str], login: &str, more: &[&str], password: &str) {
    let mut child = Command::new(PROGRAM)
        .args(["user", "add", login, "--password-stdin"])
        .args(more)
        .args(place)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("piped").write_all(format!("{password}\n").as_bytes()).expect("written");
    assert!(child.wait().expect("ended").success(), "no account {login}");
}

/// A token of an account.
pub fn token(folder: &Path, place: &[&str], login: &str, scope: &str) -> String {
    let args: Vec<&str> = ["user", "token", login, "--scope", scope].iter().chain(place).copied().collect();
    polder(folder, &args).status(0).stdout().trim().to_owned()
}

/// A wiki with accounts and no limits: `baas` keeps it, the others are in the groups that they are
/// named for.
pub struct Office {
    pub wiki: TestWiki,
    repo: String,
    /// For writing, by account: made before the server looked.
    tokens: BTreeMap<String, String>,
    /// Of the one who keeps it, for reading.
    reads: String,
}

impl Office {
    pub fn new(files: Files<'_>, people: &[&str], args: &[&str]) -> Office {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path().join("repo.git");
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
        commit_files(&at, files, "Begin");
        let repo = at.display().to_string();
        std::fs::write(folder.path().join("polder.toml"), "limits = false\n").expect("written");
        let place = ["--repo", repo.as_str(), "--data", "data"];
        add_account(folder.path(), &place, "baas", &["--admin"], PASSWORD);
        for who in people {
            add_account(folder.path(), &place, who, &["--group", who], PASSWORD);
        }
        let accounts = people.iter().chain(&["baas"]);
        let tokens = accounts.map(|who| ((*who).to_owned(), token(folder.path(), &place, who, "write"))).collect();
        let reads = token(folder.path(), &place, "baas", "read");
        let all: Vec<&str> = place.iter().chain(args).copied().collect();
        let wiki = TestWiki::serve(folder, &all).ready();
        Office { wiki, repo, tokens, reads }
    }

    fn place(&self) -> [&str; 4] {
        ["--repo", &self.repo, "--data", "data"]
    }

    fn user(&self, verb: &str, args: &[&str]) -> Ran {
        let all: Vec<&str> = ["user", verb].iter().chain(&self.place()).chain(args).copied().collect();
        polder(self.wiki.folder.path(), &all).status(0)
    }

    pub fn token(&self, login: &str) -> String {
        self.tokens[login].clone()
    }

    /// What somebody asks by a token; an empty one is nobody's.
    pub fn ask(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let by = if token.is_empty() { ("X-Forwarded-For", "203.0.113.9") } else { ("Authorization", bearer.as_str()) };
        self.wiki.ask(method, path, &[by, ("Content-Type", FORM)], body.as_bytes())
    }

    pub fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, "")
    }

    /// The cookie of somebody who signs in.
    pub fn sign_in(&self, login: &str) -> String {
        let made = self.wiki.post("/-/sign-in", &[("login", login), ("password", PASSWORD), ("next", "/")]).status(303);
        made.header("set-cookie").split(';').next().expect("a cookie").to_owned()
    }

    /// Pushes what a clone has.
    fn push(&self, clone: &Clone, login: &str, token: &str, refspec: &str) -> Ran {
        clone.git(&["push", "-q", &format!("http://{login}:{token}@{}/wiki.git", self.wiki.address), refspec])
    }

    /// A clone, by an account.
    fn clone_by(&self, login: &str, token: &str) -> Clone {
        let path = self.wiki.folder.path().join(format!("clone-{login}"));
        let url = format!("http://{login}:{token}@{}/wiki.git", self.wiki.address);
        git(self.wiki.folder.path(), &["clone", "-q", &url, &path.display().to_string()]).ok();
        Clone { path }
    }
}

/// Waits for something that changes by itself, so long and no longer.
pub fn soon(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(5);
    while !is_so() {
        assert!(Instant::now() < until, "not within 5 seconds: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Pushes a commit of exactly this tree on top of the branch.
fn push_tree(wiki: &TestWiki, clone: &Clone, id: &str) -> Ran {
    let author = b"N <n@example.org> 1262304000 +0100";
    let commit = raw_commit(&clone.path, id, &["refs/remotes/origin/main"], author, b"Vreemd");
    let ran = clone.git(&["push", "-q", "origin", &format!("{commit}:refs/heads/main")]);
    // A server that fell over refused nothing.
    wiki.get("/-/health").ok();
    ran
}

#[test]
fn g1_names_that_git_takes_for_its_own_are_refused_as_file_and_as_folder() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    let tip = wiki.tip();
    let page = object(&clone.path, "blob", b"# Pagina\n");
    let names: [&[u8]; 24] = [
        b".git",
        b".GIT",
        b".Git",
        b"git~1",
        b"GIT~1",
        b".git ",
        b".git.",
        b".git::$INDEX_ALLOCATION",
        b".g\xe2\x80\x8cit",
        b".gi\xe2\x80\x8dt",
        b"\xef\xbb\xbf.git",
        b".gitmodules",
        b".GitModules",
        b"gitmod~1",
        b"gi7eba~1",
        b".gitconfig",
        b"..",
        b".",
        b"a\\b.md",
        b"a\x01b.md",
        b"a\nb.md",
        b"a\xffb.md",
        b" a.md",
        b"a.md.",
    ];
    let whole = |mode: &'static str, name: &[u8], id: String| {
        tree(&clone.path, vec![(mode, name.to_vec(), id), ("100644", b"FrontPage.md".to_vec(), page.clone())])
    };
    for name in names {
        let shown = String::from_utf8_lossy(name).into_owned();
        let within = tree(&clone.path, vec![("100644", b"p.md".to_vec(), page.clone())]);
        for id in [whole("100644", name, page.clone()), whole("40000", name, within)] {
            let ran = push_tree(&wiki, &clone, &id);
            assert!(!ran.0.status.success(), "{shown:?} was taken");
            assert_eq!(wiki.tip(), tip, "{shown:?}");
        }
    }
    // What is made the same way with a name that may be, is taken.
    push_tree(&wiki, &clone, &whole("100644", b"goed.md", page.clone())).ok();
}

#[test]
fn g2_a_symbolic_link_is_never_taken_nor_followed() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    let tip = wiki.tip();
    let secret = wiki.folder.path().join("geheim.txt");
    std::fs::write(&secret, "wachtwoord-buiten-de-wiki\n").expect("written");
    let target = object(&clone.path, "blob", secret.display().to_string().as_bytes());
    let page = object(&clone.path, "blob", b"# Pagina\n");
    for name in ["koppel.md", "koppel.png", "FrontPage.md", "_Sidebar.md"] {
        let id = tree(
            &clone.path,
            vec![("120000", name.into(), target.clone()), ("100644", b"a.md".to_vec(), page.clone())],
        );
        push_tree(&wiki, &clone, &id).refused().says("symlink");
    }
    let folder = tree(&clone.path, vec![("120000", b"config.yml".to_vec(), target.clone())]);
    let id = tree(&clone.path, vec![("40000", b".polder".to_vec(), folder)]);
    push_tree(&wiki, &clone, &id).refused().says("symlink");
    assert_eq!(wiki.tip(), tip);
    // One that was there before is shown by nobody, and nothing is written through it.
    let repo = wiki.repo();
    let target = object(&repo, "blob", secret.display().to_string().as_bytes());
    let page = object(&repo, "blob", b"# Pagina\n");
    let id = tree(
        &repo,
        vec![
            ("120000", b"koppel.md".to_vec(), target.clone()),
            ("120000", b"koppel.txt".to_vec(), target.clone()),
            ("120000", b"_Sidebar.md".to_vec(), target),
            ("100644", b"FrontPage.md".to_vec(), page),
        ],
    );
    let tip = raw_commit(&repo, &id, &["main"], b"N <n@e> 1262304000 +0100", b"Koppelingen");
    git(&repo, &["update-ref", "refs/heads/main", &tip]).ok();
    wiki.eventually("/", |answer| answer.header("polder-commit") == tip);
    for path in ["/", "/koppel", "/koppel.md", "/koppel.txt", "/-/raw/koppel", "/-/raw/koppel.txt", "/-/blame/koppel"] {
        wiki.get(path).lacks("wachtwoord-buiten").lacks("geheim.txt");
    }
    let _ = wiki.post("/-/edit/koppel", &[("text", "overschreven"), ("name", "Noor"), ("base", &tip), ("act", "save")]);
    assert_eq!(std::fs::read_to_string(&secret).expect("readable"), "wachtwoord-buiten-de-wiki\n");
}

#[test]
fn g3_submodules_and_their_settings_are_refused() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    let tip = wiki.tip();
    let page = object(&clone.path, "blob", b"# Pagina\n");
    let id = tree(
        &clone.path,
        vec![("160000", b"module".to_vec(), tip.clone()), ("100644", b"a.md".to_vec(), page.clone())],
    );
    push_tree(&wiki, &clone, &id).refused().says("submodule");
    for text in [
        "[submodule \"a\"]\n\tpath = a\n\turl = --upload-pack=touch kwaad\n",
        "[submodule \"a\"]\n\tpath = -u./kwaad\n\turl = ext::sh -c kwaad\n",
        "[submodule \"a\"]\n\tpath = a\n\turl = x\n\tupdate = !kwaad\n",
        "[submodule \"a\"]\n\tpath = \"a\r\"\n\turl = x\n",
        "",
    ] {
        let settings = object(&clone.path, "blob", text.as_bytes());
        for name in [".gitmodules", ".GITMODULES", "gitmod~1"] {
            let id = tree(
                &clone.path,
                vec![("100644", name.into(), settings.clone()), ("100644", b"a.md".to_vec(), page.clone())],
            );
            push_tree(&wiki, &clone, &id).refused();
        }
    }
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn g4_attributes_hide_nothing_and_run_nothing() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    clone.write(".gitattributes", "*.md -diff\n").commit("Eigenschappen").push().ok();
    // They count for nothing here: neither in the wiki nor beside it.
    let canary = wiki.folder.path().join("kwaad");
    let attributes = "*.md -diff -text binary export-subst filter=kwaad diff=kwaad merge=kwaad\n";
    commit_files(&wiki.repo(), &[(".gitattributes", attributes), ("a.md", "# A\n\neerst $Format:%H$\n")], "Begin");
    std::fs::create_dir_all(wiki.repo().join("info")).expect("made");
    std::fs::write(wiki.repo().join("info/attributes"), attributes).expect("written");
    for key in
        ["filter.kwaad.clean", "filter.kwaad.smudge", "diff.kwaad.textconv", "diff.kwaad.command", "merge.kwaad.driver"]
    {
        git(&wiki.repo(), &["config", key, &format!("touch {}", canary.display())]).ok();
    }
    let wiki = wiki.ready();
    wiki.eventually("/a", |answer| answer.status == 200);
    let before = wiki.tip();
    wiki.editor("a").replace("eerst", "daarna").save().status(303);
    let now = wiki.tip();
    let shown = wiki.get(&format!("/a@~{before}..~{now}?view=source")).ok();
    assert!(shown.has("eerst") && shown.has("daarna"), "{}", shown.main());
    wiki.get("/-/raw/a").ok().shows("$Format:%H$");
    wiki.get("/-/blame/a").ok().shows("daarna");
    wiki.get("/-/history/a").ok();
    wiki.clone_as("bas");
    assert!(!canary.exists(), "something of the repository's own settings ran");
}

#[test]
fn g5_no_name_or_revision_becomes_an_option_of_git() {
    let names =
        ["-Okwaad", "--output=kwaad", "--upload-pack=kwaad", "--exec=kwaad", "-", "--", "--all", "--end-of-options"];
    let files: Vec<(String, String)> =
        names.iter().map(|name| (format!("{name}.md"), format!("# Pagina {name}\n"))).collect();
    let mut files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.extend(TINY);
    let wiki = TestWiki::with(&files).ready();
    let revisions = [
        "-Okwaad",
        "--output=kwaad",
        "--upload-pack=kwaad",
        "--exec=touch kwaad",
        "--all",
        "--",
        "-",
        "--no-index",
        "-p",
        "-n1",
        "--stdin",
        "HEAD",
        "main",
        "main~1",
        "main^{tree}",
        "main:plan/dijk.md",
        ":/Begin",
        "@{0}",
        "@{u}",
        "refs/heads/main",
        "FETCH_HEAD",
        "^main",
        "main..main",
        "v1^!",
        "$(touch kwaad)",
        "`touch kwaad`",
        "|touch kwaad",
        ";touch kwaad",
        "\ntouch kwaad",
        "\0--output=kwaad",
        "ext::sh -c kwaad",
    ];
    let coded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    for revision in revisions {
        let coded = coded(revision);
        for address in [
            format!("/plan/dijk@~{coded}"),
            format!("/plan/dijk?at=~{coded}"),
            format!("/plan/dijk@~{coded}..~{coded}"),
            format!("/-/raw/plan/dijk?at=~{coded}"),
            format!("/-/changes?since=~{coded}"),
            format!("/-/index?at=~{coded}"),
            format!("/-/diff/plan/dijk?from={coded}&to={coded}"),
        ] {
            let answer = wiki.get(&address);
            // The form of `diff` asks again for what it can't read.
            assert!(matches!(answer.status, 303 | 400 | 404), "{revision:?} {address}: {}", answer.status);
        }
        for address in [
            format!("/-/history/plan/dijk?from={coded}"),
            format!("/-/search?q={coded}"),
            format!("/-/fields/plan/dijk?before={coded}"),
        ] {
            assert!(wiki.get(&address).status < 500, "{address}");
        }
        wiki.post("/-/edit/plan/dijk", &[("text", "weg"), ("name", "Noor"), ("act", "save"), ("base", revision)]);
    }
    for name in names {
        let name = coded(name);
        for screen in ["", "-/history/", "-/blame/", "-/raw/", "-/fields/", "-/edit/", "-/page/"] {
            let answer = wiki.get(&format!("/{screen}{name}"));
            assert_eq!(answer.status, 200, "/{screen}{name}: {}", answer.text());
        }
        wiki.get(&format!("/-/history/{name}")).shows("Begin");
    }
    wiki.editor(&coded("--output=kwaad")).text("# Anders\n").save().status(303);
    wiki.post(
        &format!("/-/move/{}", coded("-Okwaad")),
        &[("to", "--exec=kwaad2"), ("name", "Noor"), ("base", &wiki.tip())],
    );
    let made = Command::new("find").arg(wiki.folder.path()).args(["-name", "*kwaad*"]).output().expect("find runs");
    assert_eq!(String::from_utf8_lossy(&made.stdout), "", "git made a file");
}

#[test]
fn g6_names_that_differ_in_case_or_form_alone_are_refused_by_push_and_form() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let clone = wiki.clone_as("noor");
    let page = object(&clone.path, "blob", b"# Pagina\n");
    let file = |name: &str| ("100644", name.as_bytes().to_vec(), page.clone());
    let folder = |name: &str| ("40000", name.as_bytes().to_vec(), tree(&clone.path, vec![file("p.md")]));
    let twins = [
        vec![file("Nieuw.md"), file("nieuw.md")],
        vec![folder("Map"), folder("map")],
        vec![folder("Map"), file("map")],
        vec![file("caf\u{e9}.md"), file("cafe\u{301}.md")],
        vec![file("stra\u{df}e.md"), file("STRASSE.md")],
        vec![file("\u{3a3}.md"), file("\u{3c2}.md")],
    ];
    for entries in twins {
        let names: Vec<String> = entries.iter().map(|entry| String::from_utf8_lossy(&entry.1).into_owned()).collect();
        let ran = push_tree(&wiki, &clone, &tree(&clone.path, entries));
        assert!(!ran.0.status.success(), "{names:?} were taken");
    }
    assert_eq!(wiki.tip(), tip);
    let all = || git(&wiki.repo(), &["ls-tree", "-r", "--name-only", "main"]).ok().stdout();
    let before = all();
    for path in ["plan/DIJK", "PLAN/dijk", "Plan/Sluis", "frontpage"] {
        let fields = [("text", "# Tweeling\n"), ("name", "Noor"), ("act", "save"), ("base", ""), ("path", path)];
        let _ = wiki.post("/-/edit/nieuw", &fields);
        let _ = wiki.post("/-/move/plan/sluis", &[("to", path), ("name", "Noor"), ("base", &tip)]);
    }
    let folded = |text: &str| text.to_lowercase();
    let mut names: Vec<String> = all().lines().map(folded).collect();
    names.dedup();
    assert_eq!(names.len(), all().lines().count(), "{}", all());
    assert!(before.lines().filter(|name| !name.contains("luis")).all(|name| all().contains(name)), "{}", all());
}

#[test]
fn g7_a_push_that_grows_when_it_is_unpacked_is_refused_and_costs_little() {
    let wiki = TestWiki::tiny().ready();
    let clone = wiki.clone_as("noor");
    let tip = wiki.tip();
    let page = object(&clone.path, "blob", b"# Pagina\n");
    let front = || ("100644", b"FrontPage.md".to_vec(), page.clone());
    // Ten folders in each of ten, ten deep: as many files as there are people.
    let mut id = tree(&clone.path, (0..10).map(|n| ("100644", format!("{n}.md").into_bytes(), page.clone())).collect());
    for _ in 0..9 {
        id = tree(&clone.path, (0..10).map(|n| ("40000", format!("{n}").into_bytes(), id.clone())).collect());
    }
    let many = tree(&clone.path, vec![("40000", b"d".to_vec(), id), front()]);
    let mut id = tree(&clone.path, vec![("100644", b"p.md".to_vec(), page.clone())]);
    for _ in 0..3_000 {
        id = tree_of_one(&clone.path, &id);
    }
    let deep = tree(&clone.path, vec![("40000", b"d".to_vec(), id), front()]);
    let zeros = object(&clone.path, "blob", &vec![b'a'; 150 * 1024 * 1024]);
    let large = tree(&clone.path, vec![("100644", b"groot.md".to_vec(), zeros), front()]);
    for (what, id) in [("many", many), ("deep", deep), ("large", large)] {
        let began = Instant::now();
        let ran = push_tree(&wiki, &clone, &id);
        assert!(!ran.0.status.success(), "{what} was taken");
        assert!(began.elapsed() < HANG, "{what} took {:?}", began.elapsed());
        assert_eq!(wiki.tip(), tip, "{what}");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", wiki.process())).expect("Linux");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let peak_kb: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(peak_kb < 600 * 1024, "{peak}");
}

/// A folder `d` in a tree, made by the quick way: thousands of them are needed.
fn tree_of_one(repo: &Path, id: &str) -> String {
    tree(repo, vec![("40000", b"d".to_vec(), id.to_owned())])
}

#[test]
fn g9_only_the_branch_and_new_versions_can_be_pushed() {
    let wiki = TestWiki::tiny();
    let clone = wiki.clone_as("noor");
    clone.replace("plan/dijk.md", "begin", "x").commit("Een");
    let before = git(&wiki.repo(), &["for-each-ref"]).ok().stdout();
    let tree = clone.git(&["rev-parse", "HEAD^{tree}"]).ok().stdout();
    let replace = format!("HEAD:refs/replace/{}", wiki.tip());
    for refspec in [
        replace.as_str(),
        "HEAD:refs/notes/commits",
        "HEAD:refs/heads/MAIN",
        "HEAD:refs/heads/Main",
        "HEAD:refs/heads/main/sub",
        "HEAD:refs/heads/anders",
        "HEAD:refs/polder/x",
        "HEAD:refs/remotes/x/main",
        "HEAD:refs/stash",
        "HEAD:refs/tags/licht",
        "HEAD:refs/tags/plan/dijk@v1",
        ":refs/heads/main",
        "+HEAD~1:refs/heads/main",
        &format!("{}:refs/heads/main", tree.trim()),
        &format!("{}:refs/tags/plan/dijk@v2", tree.trim()),
    ] {
        let ran = clone.git(&["push", "-q", "--force", "origin", refspec]);
        let is_nothing_new = refspec.starts_with("+HEAD~1");
        assert!(is_nothing_new || !ran.0.status.success(), "{refspec} was taken");
        assert_eq!(git(&wiki.repo(), &["for-each-ref"]).ok().stdout(), before, "{refspec}");
    }
    // The symbolic name of the branch moves nothing either.
    let _ = clone.git(&["push", "-q", "origin", "HEAD:HEAD"]);
    assert_eq!(git(&wiki.repo(), &["symbolic-ref", "HEAD"]).ok().stdout().trim(), "refs/heads/main");
    // A replacement that an owner's repository has counts for nothing.
    wiki.get("/plan/dijk").ok();
    let options = ["push", "-q", "-o", "visibility=public", "-o", "--exec=x", "origin", "HEAD:main"];
    let told = clone.git(&options);
    assert!(!told.0.status.success() && String::from_utf8_lossy(&told.0.stderr).contains("visibility=public"));
    clone.git(&["push", "-q", "origin", "HEAD:main"]).ok();
    let other = git(&wiki.repo(), &["rev-parse", "main~1"]).ok().stdout();
    git(&wiki.repo(), &["replace", &wiki.tip(), other.trim()]).ok();
    commit_files(&wiki.repo(), &[("los.md", "# Los\n")], "Verder");
    let wiki = wiki.ready();
    wiki.eventually("/-/history/plan/dijk", |answer| answer.has("Een"));
}

#[test]
fn g10_the_right_is_that_of_what_is_done_whatever_the_address_says() {
    let office = Office::new(TINY, &[], &[]);
    let wiki = &office.wiki;
    let reads = &office.reads;
    let (tip, mime) = (wiki.tip(), "application/x-git-receive-pack-request");
    let basic = format!("Bearer {reads}");
    for address in [
        "/wiki.git/git-receive-pack",
        "/wiki.git/git-receive-pack?service=git-upload-pack",
        "/wiki.git/git-receive-pack?service=git-receive-pack&service=git-upload-pack",
        "/wiki.git/%67it-receive-pack",
    ] {
        let asked = [("Content-Type", mime), ("X-Forwarded-For", "203.0.113.9")];
        let nobody = wiki.ask("POST", address, &asked, b"0000");
        assert!(matches!(nobody.status, 401 | 403), "{address}: {}", nobody.status);
        let asked = [("Content-Type", mime), ("Authorization", basic.as_str())];
        wiki.ask("POST", address, &asked, b"0000").status(403);
    }
    for address in [
        "/wiki.git/info/refs?service=git-receive-pack",
        "/wiki.git/info/refs?service=git-upload-pack&service=git-receive-pack",
        "/wiki.git/info/refs?service=git-receive-pack&service=git-upload-pack",
        "/wiki.git/info/refs?servic%65=git-receive-pack",
    ] {
        let answer = wiki.ask("GET", address, &[("Authorization", &basic)], b"");
        assert!(!answer.has("report-status"), "{address} offers to take a push: {}", answer.text());
    }
    for path in [
        "/wiki.git/../wiki.git/config",
        "/wiki.git/%2e%2e/repo.git/config",
        "/wiki.git/objects/info/alternates",
        "/wiki.git//config",
        "/repo.git/info/refs?service=git-upload-pack",
    ] {
        let answer = wiki.get(path);
        assert!(matches!(answer.status, 400 | 403 | 404), "{path}: {}", answer.status);
        answer.lacks("repositoryformatversion");
    }
    assert_eq!(wiki.tip(), tip);
}

const RULES: &str = "rules:\n  - path: /\n    edit: schrijvers\n  - path: personeel\n    read: [hr]\n    edit: [hr]\n  - path: vast\n    edit: [raad]\n";

#[test]
fn g11_whoever_may_not_read_everything_gets_no_object_by_its_id() {
    let files =
        [(".polder/access.yml", RULES), ("open.md", "# Open\n"), ("personeel/loon.md", "# Loon\n\nzevenduizend\n")];
    let office = Office::new(&files, &["schrijvers"], &[]);
    let (wiki, own) = (&office.wiki, office.token("schrijvers"));
    let id = |what: &str| git(&wiki.repo(), &["rev-parse", what]).ok().stdout().trim().to_owned();
    let bearer = format!("Bearer {own}");
    let asked = [("Content-Type", "application/x-git-upload-pack-request"), ("Authorization", bearer.as_str())];
    for want in [id("main"), id("main:personeel/loon.md"), id("main:personeel")] {
        let line = format!("want {want}\n");
        let body = format!("{:04x}{line}00000009done\n", line.len() + 4);
        wiki.ask("POST", "/wiki.git/git-upload-pack", &asked, body.as_bytes()).status(403);
        // Nor where a screen takes an id.
        for address in
            [format!("/open@~{want}"), format!("/-/raw/personeel/loon?at=~{want}"), format!("/open?at=~{want}")]
        {
            office.get(&own, &address).lacks("zevenduizend");
        }
    }
    // And they push no tree that names what they may not read, to read it under another name.
    let folder = wiki.folder.path().join("leeg");
    git(wiki.folder.path(), &["init", "-q", "-b", "main", "leeg"]).ok();
    let clone = Clone { path: folder };
    let stolen = tree(&clone.path, vec![("100644", b"open.md".to_vec(), id("main:personeel/loon.md"))]);
    let author = b"N <n@e> 1262304000 +0100";
    let mut bytes = format!("tree {stolen}\nparent {}\n", id("main")).into_bytes();
    bytes.extend_from_slice(&[b"author ", &author[..], b"\ncommitter ", author, b"\n\nx"].concat());
    let commit = object(&clone.path, "commit", &bytes);
    let tip = wiki.tip();
    office.push(&clone, "schrijvers", &own, &format!("{commit}:refs/heads/main")).refused();
    assert_eq!(wiki.tip(), tip);
    office.get(&own, "/open").ok().lacks("zevenduizend");
}

#[test]
fn g12_nothing_in_the_repository_s_own_settings_is_run() {
    let wiki = TestWiki::tiny();
    let repo = wiki.repo();
    let canary = wiki.folder.path().join("gelopen");
    let script = format!("#!/bin/sh\necho $0 >> {}\n", canary.display());
    let runnable = |path: &Path| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("set");
    };
    std::fs::create_dir_all(repo.join("hooks")).expect("made");
    for hook in [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
        "proc-receive",
        "pre-auto-gc",
        "post-checkout",
    ] {
        std::fs::write(repo.join("hooks").join(hook), &script).expect("written");
        runnable(&repo.join("hooks").join(hook));
    }
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "core.alternateRefsCommand",
        "diff.external",
        "uploadpack.packObjectsHook",
        "gc.recentObjectsHook",
        "credential.helper",
        "gpg.program",
        "log.showSignature",
        "pager.log",
    ] {
        let program = wiki.folder.path().join(format!("kwaad-{key}"));
        std::fs::write(&program, &script).expect("written");
        runnable(&program);
        let value = if key == "log.showSignature" { "true".to_owned() } else { program.display().to_string() };
        git(&repo, &["config", key, &value]).ok();
    }
    git(&repo, &["config", "core.hooksPath", &repo.join("hooks").display().to_string()]).ok();
    let place = repo.display().to_string();
    let wiki = wiki.restarted(&["--repo", &place]).ready();
    // By itself: the git that this test starts obeys those settings, so nothing else of it may run here.
    let _ = std::fs::remove_file(&canary);
    for path in [
        "/plan/dijk",
        "/-/history/plan/dijk",
        "/-/blame/plan/dijk",
        "/-/changes",
        "/wiki.git/info/refs?service=git-upload-pack",
    ] {
        wiki.get(path).ok();
    }
    wiki.editor("plan/dijk").replace("Het begin", "Een begin").save().status(303);
    let clone = wiki.clone_as("noor");
    clone.replace("plan/dijk.md", "Een begin", "Nog een").commit("Gepusht").push().ok();
    wiki.get("/plan/dijk").ok().shows("Nog een");
    let ran = std::fs::read_to_string(&canary).unwrap_or_default();
    assert_eq!(ran, "", "something of the repository's own ran");
}

#[test]
fn g13_names_in_commits_are_plain_text_and_nobody_signs_as_another() {
    let office = Office::new(TINY, &["schrijvers"], &[]);
    let wiki = &office.wiki;
    let own = office.token("schrijvers");
    let body =
        encode(&[("text", "# Dijk\n"), ("base", &wiki.tip()), ("name", "Baas <baas@example.org>"), ("author", "Baas")]);
    office.ask(&own, "POST", "/-/edit/plan/dijk", &body).status(303);
    let author = git(&wiki.repo(), &["log", "-1", "--format=%an|%ae|%cn", "main"]).ok().stdout();
    let mut fields = author.trim().split('|');
    let (name, address) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    assert_eq!(name, "schrijvers", "{author}");
    assert!(address.ends_with("@users.polder.invalid"), "{author}");
    assert_eq!(fields.next(), Some("Polder"), "{author}");
    // What a pusher writes into a commit is shown as text, in every list.
    let clone = office.clone_by("schrijvers", &own);
    let evil = b"<script>alert(1)</script> \xe2\x80\xae <\"><img src=x>@e> 1262304000 +0100";
    let page = clone.git(&["rev-parse", "HEAD:FrontPage.md"]).ok().stdout();
    let id = tree(&clone.path, vec![("100644", b"FrontPage.md".to_vec(), page.trim().to_owned())]);
    let commit = raw_commit(&clone.path, &id, &["HEAD"], evil, b"<script>alert(2)</script>");
    // Git itself refuses some of it; where it does not, nothing becomes markup.
    let _ = office.push(&clone, "schrijvers", &own, &format!("{commit}:refs/heads/main"));
    for path in
        ["/", "/-/changes", "/-/changes.atom", "/-/history/FrontPage", "/-/blame/FrontPage", "/-/history/plan/dijk"]
    {
        wiki.get(path).lacks("<script>alert").lacks("<img src=x>");
    }
}

#[test]
fn g14_an_object_that_is_not_what_its_id_says_is_never_shown() {
    let wiki = TestWiki::tiny().ready();
    wiki.editor("plan/dijk").text("# Eerste\n\nde eerste tekst\n").save().status(303);
    let first = wiki.tip();
    wiki.editor("plan/dijk").text("# Tweede\n\nde tweede tekst\n").save().status(303);
    let place = |at: &str| {
        let id = git(&wiki.repo(), &["rev-parse", &format!("{at}:plan/dijk.md")]).ok().stdout();
        let (folder, name) = id.trim().split_at(2);
        wiki.repo().join("objects").join(folder).join(name)
    };
    let (old, new) = (place(&first), place("main"));
    std::fs::remove_file(&old).expect("a loose object");
    std::fs::copy(&new, &old).expect("copied");
    wiki.stop();
    let repo = wiki.repo().display().to_string();
    let wiki = wiki.restarted(&["--repo", &repo]);
    for address in
        [format!("/-/raw/plan/dijk?at=~{first}"), format!("/plan/dijk@~{first}"), format!("/plan/dijk?at=~{first}")]
    {
        let answer = wiki.get(&address);
        assert!(!answer.has("de tweede tekst"), "{address} shows other bytes as these: {}", answer.text());
        assert!(answer.status != 200 || !address.contains("raw"), "{address}: {}", answer.status);
    }
    wiki.get("/plan/dijk").ok().shows("de tweede tekst");
    wiki.editor("plan/dijk").replace("tweede tekst", "derde tekst").save().status(303);
}

#[test]
fn r2_no_spelling_of_a_scheme_becomes_an_address_that_runs() {
    let mut text = String::from("# Adressen\n\n");
    let before = [
        "",
        " ",
        "\t",
        "\u{1}",
        "\u{b}",
        "\u{a0}",
        "\u{200b}",
        "\u{feff}",
        "&#1;",
        "&#x0a;",
        "&Tab;",
        "&NewLine;",
        "%09",
        "\\",
    ];
    let schemes = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "java&#x0a;script:alert(1)",
        "java&Tab;script:alert(1)",
        "javascript&colon;alert(1)",
        "javascript&#58;alert(1)",
        "&#106;avascript:alert(1)",
        "vbscript:x",
        "data:text/html,<b>x",
        "data:text/html;base64,PHN2Zz4=",
        "blob:x",
        "file:///etc/passwd",
        "view-source:x",
        "//evil.example/x",
        "/\\evil.example/x",
        "\\\\evil.example/x",
    ];
    for scheme in schemes {
        for lead in before {
            let address = format!("{lead}{scheme}");
            text.push_str(&format!(
                "[a](<{address}>) [b]({address}) ![c](<{address}>) [[{address}]] [[{address}|d]] <{address}> <a href=\"{address}\">e</a> <img src=\"{address}\" alt=\"f\"> <q cite=\"{address}\">g</q>\n\n"
            ));
        }
    }
    // And any two bytes before it.
    for one in (1u8..0x30).chain([0x7f]) {
        for two in [1u8, 9, 10, 13, 32, b'/', b'&', b'\\', 0x7f] {
            let lead = String::from_utf8_lossy(&[one, two]).into_owned();
            text.push_str(&format!("<a href=\"{lead}javascript:alert(1)\">x</a> [y](<{lead}javascript:alert(1)>)\n\n"));
        }
    }
    let wiki = TestWiki::with(&[("FrontPage.md", &text), ("_Sidebar.md", &text[..4_000])]);
    let html = wiki.get("/").ok().text();
    let mut n_addresses = 0;
    for attribute in [" href=\"", " src=\"", " cite=\"", " action=\"", " formaction=\"", " poster=\"", " xlink:href=\""]
    {
        for value in html.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            n_addresses += 1;
            assert!(is_harmless(&decoded(value)), "{attribute}{value:?}");
        }
    }
    assert!(n_addresses > 100, "{n_addresses}");
}

/// A value of an attribute as a browser reads it, as far as entities that this program writes go.
fn decoded(value: &str) -> String {
    let mut text = crate::wiki::unescape(value);
    for code in 0u32..0x80 {
        let Some(c) = char::from_u32(code) else { continue };
        for spelled in [format!("&#{code};"), format!("&#x{code:x};"), format!("&#x{code:02x};")] {
            text = text.replace(&spelled, &c.to_string());
        }
    }
    text.replace("&Tab;", "\t").replace("&NewLine;", "\n").replace("&colon;", ":")
}

#[test]
fn r4_diagrams_and_formulas_are_text() {
    let hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>";
    let mut text = String::new();
    for language in
        ["mermaid", "math", "latex", "dot", "graphviz", "plantuml", "geojson", "stl", "html", "svg", "vega", "ipynb"]
    {
        text.push_str(&format!("```{language}\n{hostile}\n%%{{init: {{\"securityLevel\":\"loose\"}}}}%%\n\\href{{javascript:alert(1)}}{{x}}\n```\n\n"));
    }
    text.push_str("$$\n<script>alert(1)</script><svg onload=alert(1)>\n$$\n\n$`\\href{javascript:alert(1)}{x}`$ $<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>$\n");
    let wiki = TestWiki::with(&[("FrontPage.md", &text)]);
    let html = wiki.get("/").ok().in_main();
    for bad in ["<img", "<script", "<svg", "<math", "<iframe", "<object", "<canvas", "=\"javascript:"] {
        assert!(!html.has(bad), "{bad} in {}", html.text());
    }
    assert!(html.text().matches("securityLevel").count() >= 12, "{}", html.text());
}

#[test]
fn r5_a_query_is_no_program() {
    let cost =
        "label: {nl: Kosten, en: Costs}\nfields:\n  title: {type: text}\n  amount: {type: money, currency: [EUR]}\n";
    let record = "---\ntype: cost\ntitle: '{{constructor.constructor(\"return 1\")()}} ${7*7} #{7*7} <%= 7*7 %>'\namount: EUR 7.00\n---\n\n{{7*7}} ${7*7} {% raw %}\n";
    let queries = [
        "from: cost\nwhere: \"amount.constructor.constructor('return process')()\"\n",
        "from: cost\nwhere: \"system('touch kwaad')\"\n",
        "from: cost\nwhere: \"1; drop table\"\n",
        "from: cost\nwhere: \"`touch kwaad`\"\n",
        "from: cost\ncolumns: [title, \"${7*7}\", \"{{7*7}}\", __proto__, constructor]\n",
        "from: \"../../etc/passwd\"\n",
        "from: cost\nsort: [\"eval(1)\"]\nlimit: 99999999999999999999\n",
        "from: cost\nwhere: \"include('/etc/passwd')\"\n",
        "from: *x\n",
        "from: &a [*a]\n",
        "from: !!python/object:os.system cost\n",
    ];
    let page: String = queries.iter().map(|query| format!("```yaml polder-query\n{query}```\n\n")).collect();
    let deep = format!(
        "```yaml polder-query\nfrom: cost\nwhere: \"{}amount > 1{}\"\n```\n",
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    let wiki = TestWiki::with(&[
        (".polder/types/cost.yml", cost),
        ("zand.md", record),
        ("FrontPage.md", &page),
        ("diep.md", &deep),
        ("goed.md", "```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\n```\n"),
    ]);
    let began = Instant::now();
    for path in ["/", "/diep", "/goed", "/zand", "/-/query/FrontPage?format=csv&n=1", "/-/query/diep?format=json&n=1"] {
        let answer = wiki.get(path);
        assert!(answer.status < 500, "{path}: {}", answer.text());
        // 49 is what 7 times 7 comes to, and stands nowhere by itself.
        assert!(!answer.has(">49<") && !answer.has("root:x:"), "{path}: {}", answer.text());
    }
    assert!(began.elapsed() < HANG);
    wiki.get("/goed").ok().shows("${7*7}").shows("{{constructor");
}

#[test]
fn r8_no_id_of_a_text_stands_for_one_of_the_program() {
    let own = TestWiki::tiny();
    let ids = |html: &str| -> Vec<String> {
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let chrome: Vec<String> = ids(&own.get("/").ok().text()).into_iter().filter(|id| id.starts_with("ui.")).collect();
    assert!(!chrome.is_empty(), "the screens have ids of their own");
    let mut text = String::new();
    for id in chrome.iter().map(String::as_str).chain([
        "main",
        "body",
        "csrf",
        "location",
        "document",
        "forms",
        "getElementById",
        "__proto__",
        "attributes",
    ]) {
        text.push_str(&format!(
            "## {id}\n\n<a id=\"{id}\" name=\"{id}\">x</a> <div id=\"{id}\" name=\"{id}\">y</div> <img name=\"{id}\" src=\"a.png\"> <form id=\"{id}\"><input name=\"csrf\" value=\"x\"></form>\n\n"
        ));
    }
    let wiki = TestWiki::with(&[("FrontPage.md", &text), ("_Sidebar.md", &text)]);
    let html = wiki.get("/").ok().text();
    for id in &chrome {
        assert!(ids(&html).iter().filter(|own| *own == id).count() <= 1, "{id}");
    }
    for part in ["main", "nav"] {
        let Some(inner) =
            html.split(&format!("<{part}")).nth(1).and_then(|rest| rest.split(&format!("</{part}>")).next())
        else {
            continue;
        };
        for element in ["<a ", "<div ", "<img "] {
            for tag in inner.split(element).skip(1).filter_map(|rest| rest.split('>').next()) {
                assert!(!tag.contains(" name=") && !tag.starts_with("name="), "{element}{tag}");
            }
        }
    }
    assert_eq!(html.matches("value=\"x\"").count(), 0, "no field of a form comes from a text");
}

#[test]
fn r11_what_turns_writing_round_is_refused_in_names_and_stays_in_its_place() {
    let wiki = TestWiki::tiny();
    let tip = wiki.tip();
    let clone = wiki.clone_as("noor");
    for sign in [
        "\u{202e}",
        "\u{202d}",
        "\u{2066}",
        "\u{2067}",
        "\u{200f}",
        "\u{200b}",
        "\u{2060}",
        "\u{feff}",
        "\u{ad}",
        "\u{e0041}",
    ] {
        let name = format!("a{sign}dm.exe.md");
        let page = object(&clone.path, "blob", b"# Pagina\n");
        let id = tree(&clone.path, vec![("100644", name.clone().into_bytes(), page)]);
        push_tree(&wiki, &clone, &id).refused();
        let path = name.trim_end_matches(".md").to_owned();
        let fields = [("text", "# X\n"), ("name", "Noor"), ("act", "save"), ("base", ""), ("path", path.as_str())];
        let answer = wiki.post("/-/edit/nieuw", &fields);
        assert!(answer.status != 303 || !answer.header("location").contains("%E2%80"), "{name:?}");
    }
    let names = git(&wiki.repo(), &["ls-tree", "-r", "--name-only", "-z", "main"]).ok().stdout();
    assert!(
        names.chars().all(|c| c == '\0' || (!c.is_control() && !"\u{202e}\u{200b}\u{feff}".contains(c))),
        "{names:?}"
    );
    assert_eq!(git(&wiki.repo(), &["merge-base", "--is-ancestor", &tip, "main"]).0.status.code(), Some(0));
    // The name under which somebody saves keeps none of it.
    let fields = [("text", "# Ja\n"), ("name", "No\u{202e}or"), ("act", "save"), ("base", "")];
    wiki.post("/-/edit/ja", &fields).status(303);
    assert_eq!(git(&wiki.repo(), &["log", "-1", "--format=%an", "main"]).ok().stdout().trim(), "Noor");
}

#[test]
fn f1_no_frontmatter_multiplies_and_none_of_the_kind_is_saved() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
    }
    let merges: String = (1..30).map(|n| format!("m{n}: &m{n}\n  <<: [*m{0}, *m{0}]\n", n - 1)).collect();
    let deep = format!("d: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let keys: String = (0..60_000).map(|_| "a:\n").collect();
    let fronts = [
        ("bom", bomb.clone()),
        ("samen", format!("m0: &m0 {{a: b}}\n{merges}")),
        ("diep", deep),
        ("blok", (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("zelf", "a: &a [*a]\n".to_owned()),
        ("soort", "a: !!python/object/apply:os.system [touch kwaad]\n".to_owned()),
        ("dubbel", "title: een\ntitle: twee\n".to_owned()),
        ("veel", keys),
    ];
    let files: Vec<(String, String)> = fronts
        .iter()
        .map(|(name, front)| (format!("{name}.md"), format!("---\n{front}---\n# Kop\n\nTekst.\n")))
        .collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.extend(TINY);
    // In a repository they are content like any other.
    let began = Instant::now();
    let wiki = TestWiki::with(&all).ready();
    for (name, _) in &fronts {
        wiki.get(&format!("/{name}")).ok().shows("Tekst.");
    }
    wiki.get("/-/index?by=type").ok();
    assert!(began.elapsed() < HANG, "{:?}", began.elapsed());
    // They do not come in by a form or a push.
    let tip = wiki.tip();
    let clone = wiki.clone_as("noor");
    for (name, front) in &fronts {
        let text = format!("---\n{front}---\n# Kop\n");
        let fields = [("text", text.as_str()), ("name", "Noor"), ("act", "save"), ("base", ""), ("path", "nieuw")];
        let answer = wiki.post("/-/edit/nieuw", &fields);
        assert!(answer.status != 303, "{name} was saved");
        clone.git(&["reset", "-q", "--hard", "origin/main"]).ok();
        clone.write("nieuw.md", text).commit(name).push().refused();
    }
    assert_eq!(wiki.tip(), tip);
}

#[test]
fn f4_no_address_reaches_a_file_outside_the_wiki() {
    let wiki = TestWiki::tiny();
    let secret = "wachtwoord-buiten-de-wiki";
    for name in ["geheim.txt", "repo.git/geheim.txt", "share/geheim.txt"] {
        let file = wiki.folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, secret).expect("written");
    }
    let ways = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%00",
        "...",
        "..;",
        "%c0%ae%c0%ae",
        "%uff0e%uff0e",
        "%ef%bc%8e%ef%bc%8e",
        "..\\",
        "..%5c",
    ];
    let signs = ["/", "%2f", "%252f", "%5c", "\\", "//", "/./", "%c0%af"];
    let screens = [
        "/",
        "/-/raw/",
        "/-/page/",
        "/-/assets/",
        "/-/history/",
        "/-/edit/",
        "/plan/",
        "/wiki.git/",
        "/-/lang/",
        "/-/blame/",
    ];
    let mut n = 0;
    for screen in screens {
        for way in ways {
            for sign in signs {
                for times in [1, 4] {
                    let climbed = format!("{way}{sign}").repeat(times);
                    for goal in ["geheim.txt", "etc/passwd"] {
                        let address = format!("{screen}{climbed}{goal}");
                        let answer = wiki.get(&address);
                        assert!(!answer.has(secret) && !answer.has("root:x:"), "{address}: {}", answer.text());
                        assert!(answer.status < 500, "{address}: {}", answer.status);
                        n += 1;
                    }
                }
            }
        }
    }
    assert!(n > 3_000, "{n}");
    for (field, verb) in [("to", "move/plan/sluis"), ("path", "edit/nieuw")] {
        for path in [
            "../../../buiten",
            "/etc/buiten",
            "a/../../buiten",
            "..\\buiten",
            "plan/./buiten",
            ".git/hooks/buiten",
            "%2e%2e/buiten",
        ] {
            let base = wiki.tip();
            let fields = [(field, path), ("text", "x"), ("name", "Noor"), ("act", "save"), ("base", &base)];
            let answer = wiki.post(&format!("/-/{verb}"), &fields);
            assert!(answer.status != 303 || !answer.header("location").contains(".."), "{path}");
        }
    }
    let made = Command::new("find").arg(wiki.folder.path()).args(["-name", "*buiten*"]).output().expect("find runs");
    assert_eq!(String::from_utf8_lossy(&made.stdout), "");
}

#[test]
fn p3_a_rule_counts_for_its_folder_whole_and_for_no_neighbour() {
    let rules = "rules:\n  - path: geheim\n    read: [hr]\n  - path: plan\n    read: [hr]\n  - path: plan/open\n    read: everyone\n";
    let files = [
        (".polder/access.yml", rules),
        ("geheim.md", "# dicht\n"),
        ("geheim/x.md", "# dicht\n"),
        ("geheim/diep/x.md", "# dicht\n"),
        ("geheim-niet/x.md", "# vrij\n"),
        ("geheimen.md", "# vrij\n"),
        ("ongeheim/x.md", "# vrij\n"),
        ("a/geheim/x.md", "# vrij\n"),
        ("plan/x.md", "# dicht\n"),
        ("plan/openbaar/x.md", "# dicht\n"),
        ("plan/open/x.md", "# vrij\n"),
        ("planning/x.md", "# vrij\n"),
    ];
    let office = Office::new(&files, &["hr"], &[]);
    let own = office.token("hr");
    for (path, text) in &files[1..] {
        let address = format!("/{}", path.trim_end_matches(".md"));
        let is_open = text.contains("vrij");
        office.get(&own, &address).ok();
        for spelled in [
            address.clone(),
            address.to_uppercase(),
            format!("/-/page{address}"),
            format!("/-/raw{address}"),
            address.replace("e", "%65"),
        ] {
            let answer = office.get("", &spelled);
            assert!(is_open || answer.status == 404, "{spelled}: {} {}", answer.status, answer.header("location"));
        }
        assert_eq!(office.get("", &address).status == 200, is_open, "{address}");
    }
}

#[test]
fn p4_a_version_of_a_page_that_went_where_one_may_not_publish_is_refused() {
    let rules = "rules:\n  - path: /\n    edit: [schrijvers]\n  - path: vast\n    edit: [raad]\n";
    let files = [
        (".polder/access.yml", rules),
        ("plan.md", "# Plan\n\nDit wordt een besluit van de raad.\n"),
        ("eigen.md", "# Eigen\n"),
    ];
    let office = Office::new(&files, &["schrijvers", "raad"], &[]);
    let (wiki, own, all) = (&office.wiki, office.token("schrijvers"), office.token("baas"));
    let then = wiki.tip();
    let body = encode(&[("to", "vast/plan"), ("base", &then)]);
    office.ask(&all, "POST", "/-/move/plan", &body).status(303);
    // Another page at the old address is theirs; what was said of it then is the council's.
    let fields = |text: &str| encode(&[("text", text), ("base", ""), ("path", "plan"), ("act", "save")]);
    let label = |page: &str, name: &str| {
        encode(&[("label", name), ("commit", &then), ("base", &then), ("act", "publish")]) + page
    };
    office.ask(&own, "POST", "/-/publish/vast/plan", &label("", "v1")).status(403);
    let gone = office.ask(&own, "POST", "/-/publish/plan", &label("", "v1"));
    assert!(matches!(gone.status, 400 | 403 | 404), "{}", gone.text());
    office.ask(&own, "POST", "/-/edit/nieuw", &fields("# Een ander plan\n")).status(303);
    let clone = office.clone_by("schrijvers", &own);
    for (tag, at) in
        [("plan@v2", then.as_str()), ("vast/plan@v3", then.as_str()), ("vast/plan@v4", "HEAD"), ("vast@v5", "HEAD")]
    {
        clone.git(&["tag", "-a", "-m", "x", tag, at]).ok();
        office.push(&clone, "schrijvers", &own, &format!("refs/tags/{tag}")).refused();
    }
    assert_eq!(git(&wiki.repo(), &["tag", "--list"]).ok().stdout(), "");
    // Their own pages, then and now, they may.
    for (tag, at) in [("eigen@v1", then.as_str()), ("plan@nu", "HEAD")] {
        clone.git(&["tag", "-a", "-m", "x", tag, at]).ok();
        office.push(&clone, "schrijvers", &own, &format!("refs/tags/{tag}")).ok();
    }
}

#[test]
fn p12_a_right_that_is_taken_away_is_gone_at_once() {
    let files =
        [(".polder/access.yml", RULES), ("open.md", "# Open\n"), ("personeel/loon.md", "# Loon\n\nzevenduizend\n")];
    let office = Office::new(&files, &["hr"], &[]);
    let (wiki, own) = (&office.wiki, office.token("hr"));
    let cookie = office.sign_in("hr");
    let surfaces = [
        "/personeel/loon",
        "/-/raw/personeel/loon",
        "/-/history/personeel/loon",
        "/wiki.git/info/refs?service=git-upload-pack",
    ];
    let statuses = || -> Vec<u16> {
        let by_cookie = surfaces[..3].iter().map(|path| wiki.ask("GET", path, &[("Cookie", &cookie)], b"").status);
        surfaces.iter().map(|path| office.get(&own, path).status).chain(by_cookie).collect()
    };
    assert_eq!(statuses(), [200; 7]);
    let shut = |what: &str| soon(what, || statuses().iter().all(|status| matches!(status, 401 | 403 | 404)));
    let open = |what: &str| soon(what, || statuses()[..4] == [200; 4]);
    // By the rules; by a push, so that the server has to notice.
    commit_files(&office.wiki.repo(), &[(".polder/access.yml", &RULES.replace("[hr]", "[raad]"))], "Dicht");
    shut("the rules");
    office.get(&own, "/-/search?q=zevenduizend").ok().lacks("personeel/loon");
    commit_files(&office.wiki.repo(), &[(".polder/access.yml", RULES)], "Open");
    open("the rules again");
    // By the group, from outside the server.
    office.user("groups", &["hr", "-hr"]);
    shut("the group");
    office.user("groups", &["hr", "+hr"]);
    open("the group again");
    office.user("disable", &["hr"]);
    shut("the account");
}

#[test]
fn p17_settings_and_rules_are_written_by_admins_only_by_every_way() {
    let rules = "rules:\n  - path: /\n    edit: [schrijvers]\n";
    let files = [
        (".polder/access.yml", rules),
        (".polder/config.yml", "title: Proef\nlanguage: nl\n"),
        (".polder/types/plan.yml", "label: {nl: Plan, en: Plan}\nfields:\n  title: {type: text}\n"),
        ("plan.md", "---\ntype: plan\ntitle: Plan\n---\n\nTekst.\n"),
    ];
    let office = Office::new(&files, &["schrijvers"], &[]);
    let (wiki, own, all) = (&office.wiki, office.token("schrijvers"), office.token("baas"));
    let tip = wiki.tip();
    let open = "rules:\n  - path: /\n    edit: everyone\n";
    let mut asked: Vec<(String, String)> = Vec::new();
    for file in [
        ".polder/access.yml",
        ".polder/config.yml",
        ".polder/types/plan.yml",
        ".polder/types/nieuw.yml",
        ".polder/x.md",
        ".polder",
    ] {
        for spelled in [
            file.to_owned(),
            file.to_uppercase(),
            file.replace(".polder", "%2epolder"),
            file.replace("polder", "p%6fld%65r"),
        ] {
            asked.push((format!("/-/edit/{spelled}"), encode(&[("text", open), ("base", &tip), ("act", "save")])));
            asked.push((format!("/-/delete/{spelled}"), encode(&[("base", &tip)])));
            asked.push((format!("/-/move/{spelled}"), encode(&[("to", "weg"), ("base", &tip)])));
            asked.push((format!("/-/revert/{spelled}"), encode(&[("from", &tip), ("to", &tip), ("base", &tip)])));
        }
        asked.push((
            "/-/edit/nieuw".to_owned(),
            encode(&[("text", open), ("base", ""), ("path", file), ("act", "save")]),
        ));
        asked.push(("/-/move/plan".to_owned(), encode(&[("to", file), ("base", &tip)])));
        asked.push((format!("/-/form/{file}"), encode(&[("f.title", "x"), ("base", &tip), ("act", "save")])));
        asked.push((format!("/-/set/{file}"), encode(&[("f.title", "x"), ("base", &tip)])));
        asked.push((format!("/-/publish/{file}"), encode(&[("label", "v1"), ("base", &tip)])));
    }
    for (path, body) in &asked {
        let answer = office.ask(&own, "POST", path, body);
        assert!(answer.status >= 400, "{path} {body}: {}", answer.status);
        assert_eq!(wiki.tip(), tip, "{path} {body}");
    }
    let clone = office.clone_by("schrijvers", &own);
    for file in [
        ".polder/access.yml",
        ".polder/config.yml",
        ".polder/types/plan.yml",
        ".polder/nieuw.md",
        ".POLDER/access.yml",
        ".Polder/x.yml",
    ] {
        clone.git(&["reset", "-q", "--hard", "origin/main"]).ok();
        clone.git(&["clean", "-fdq"]).ok();
        clone.write(file, open).commit("Regels");
        office.push(&clone, "schrijvers", &own, "HEAD:main").refused();
        // Nor hidden beneath a tip that looks clean.
        clone.git(&["revert", "--no-edit", "HEAD"]).ok();
        office.push(&clone, "schrijvers", &own, "HEAD:main").refused();
    }
    clone.git(&["reset", "-q", "--hard", "origin/main"]).ok();
    clone.git(&["mv", "plan.md", ".polder/plan.md"]).ok();
    clone.git(&["commit", "-q", "-m", "Verplaatst"]).ok();
    office.push(&clone, "schrijvers", &own, "HEAD:main").refused();
    assert_eq!(wiki.tip(), tip);
    let body = encode(&[("text", open), ("base", &tip), ("act", "save")]);
    office.ask(&all, "POST", "/-/edit/.polder/access.yml", &body).status(303);
}

#[test]
fn w4_guessing_is_slowed_by_account_and_by_address_whatever_a_header_says() {
    let office = Office::new(TINY, &["bas"], &[]);
    let wiki = &office.wiki;
    let tried = |login: &str, password: &str| wiki.post("/-/sign-in", &[("login", login), ("password", password)]);
    // One account: after some tries the next has to wait, also with the right password.
    let waits = (0..40).map(|n| (n, tried("bas", "dit is het niet hoor"))).find(|(_, answer)| answer.status == 429);
    let (n, refused) = waits.expect("it waits at last");
    assert!((3..=10).contains(&n), "{n}");
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|wait| wait >= 1), "{:?}", refused.headers);
    tried("bas", PASSWORD).status(429);
    // Of many accounts, one address guesses so often and no more; names that are not there count alike.
    let refused = (0..60).find(|n| tried(&format!("iemand{n}"), "dit is het niet hoor").status == 429);
    assert!(refused.is_some_and(|n| n <= 30), "{refused:?}");
    tried("baas", PASSWORD).status(429);
    // Git's way in counts with it.
    let basic = [("Authorization", "Basic YmFhczp2ZXJrZWVyZA=="), ("Content-Type", "text/plain")];
    wiki.ask("GET", "/wiki.git/info/refs?service=git-receive-pack", &basic, b"").status(429);
    // Elsewhere nobody is kept waiting: pages are read, tokens work.
    office.get(&office.token("baas"), "/plan/dijk").ok();

    // Headers of somebody who is no named proxy make no new address.
    let office = Office::new(TINY, &[], &["--proxies", "192.0.2.1"]);
    let wiki = &office.wiki;
    let origin = format!("http://{}", wiki.address);
    let refused = (0..60).any(|n| {
        let client = format!("198.51.100.{n}");
        let headers = [
            ("Origin", origin.as_str()),
            ("Content-Type", FORM),
            ("X-Forwarded-For", &client),
            ("X-Forwarded-Proto", "https"),
        ];
        let body = encode(&[("login", &format!("iemand{n}")), ("password", "dit is het niet hoor")]);
        matches!(wiki.ask("POST", "/-/sign-in", &headers, body.as_bytes()).status, 403 | 429)
    });
    assert!(refused);
}

/// Shapes that lead, or look as if they led, to another place than they say.
const ELSEWHERE: [&str; 34] = [
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http://evil.example\\@localhost",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,evil",
    "ftp://evil.example",
    "evil.example",
    "@evil.example",
    ":evil.example",
    "?evil.example",
    "#evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "/\u{200b}/evil.example",
    "/\u{2215}evil.example",
    "/../evil",
    "/a/../../evil",
    "/%2e%2e/evil",
    "/.%2E/evil",
    "/./evil",
    "/a/..\\..\\evil",
];

#[test]
fn w9_no_shape_of_next_leads_out_of_this_wiki() {
    let office = Office::new(TINY, &[], &[]);
    let wiki = &office.wiki;
    let cookie = office.sign_in("baas");
    for next in ELSEWHERE {
        let asked = encode(&[("next", next)]);
        let there = wiki.ask("GET", &format!("/-/sign-in?{asked}"), &[("Cookie", &cookie)], b"").status(303);
        assert_eq!(there.header("location"), "/", "sign-in {next:?}");
        wiki.get(&format!("/-/lang/en?{asked}")).status(303).leads_to("/");
        let form = wiki.get(&format!("/-/sign-in?{asked}")).ok();
        assert!(!form.main().contains("evil"), "{next:?}: {}", form.main());
        // And sent with the form itself.
        let fields = [("login", "baas"), ("password", PASSWORD), ("next", next)];
        wiki.post("/-/sign-in", &fields).status(303).leads_to("/");
    }
    // What is a place here stays one.
    for next in ["/plan/dijk", "/plan/dijk?at=~abc&x=%2F%2Fy", "/-/search?q=//evil", "/a..b/c...d"] {
        wiki.get(&format!("/-/lang/en?{}", encode(&[("next", next)]))).status(303).leads_to(next);
    }
    // No address of a page leads elsewhere either.
    for path in [
        "//evil.example/..%2f",
        "/%2f%2fevil.example.md",
        "/\\evil.example.md",
        "/%5cevil.example/",
        "/evil.example%2f/.md",
        "/.//evil.example/",
    ] {
        let location = wiki.get(path).header("location").to_owned();
        assert!(location.is_empty() || (location.starts_with('/') && is_harmless(&location)), "{path}: {location}");
    }
}

#[test]
fn w9_a_host_that_somebody_made_up_is_in_no_address() {
    let hosts = [
        "evil.example",
        "evil.example:80",
        "wiki.example.org.evil.example",
        "wiki.example.org@evil.example",
        "127.0.0.1.evil.example",
    ];
    let wiki =
        TestWiki::tiny_with(&["--url", "https://wiki.example.org", "--security-contact", "mailto:x@example.org"]);
    let addresses = [
        "/",
        "/plan/dijk",
        "/-/changes.atom",
        "/plan/dijk.md",
        "/plan/dijk/",
        "/-/lang/en?next=/plan/dijk",
        "/nergens",
        "/.well-known/security.txt",
        "/robots.txt",
        "/-/sign-in",
        "/-/timemap/plan/dijk",
    ];
    for host in hosts {
        for address in addresses {
            for more in [
                &[][..],
                &[("X-Forwarded-Host", "evil.example")][..],
                &[("X-Original-URL", "/evil.example"), ("X-Host", "evil.example")][..],
            ] {
                let headers: Vec<(&str, &str)> = [("Host", host)].iter().chain(more).copied().collect();
                let answer = wiki.ask("GET", address, &headers, b"");
                assert!(!answer.has("evil.example"), "{host} {address}: {}", answer.text());
                for (name, value) in &answer.headers {
                    assert!(!value.contains("evil.example"), "{host} {address} {name}: {value}");
                }
            }
        }
        let form = [("Host", host), ("Origin", &*format!("http://{host}")), ("Content-Type", FORM)]
            .map(|(a, b)| (a, b.to_owned()));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        wiki.ask("POST", "/-/edit/plan/dijk", &form, b"text=x&name=x&act=save&base=").status(403);
    }
}

#[test]
fn w6_only_this_machine_itself_reads_what_is_counted() {
    let wiki = TestWiki::tiny_with(&[]);
    let with = |headers: &[(&str, &str)]| wiki.ask("GET", "/-/metrics", headers, b"").status;
    assert_eq!(with(&[]), 200);
    assert_eq!(with(&[("Host", "localhost")]), 200);
    // Something in between that was not named makes everybody come from here.
    for header in [
        ("Host", "wiki.example.org"),
        ("Host", "127.0.0.1.evil.example"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "for=127.0.0.1"),
        ("Via", "1.1 x"),
        ("X-Real-IP", "127.0.0.1"),
        ("CF-Connecting-IP", "127.0.0.1"),
    ] {
        assert_eq!(with(&[header]), 404, "{header:?}");
    }
    let mut old = TcpStream::connect(&wiki.address).expect("the server listens");
    old.write_all(format!("GET /-/metrics HTTP/1.0\r\nHost: {}\r\n\r\n", wiki.address).as_bytes()).expect("sent");
    let mut said = String::new();
    old.read_to_string(&mut said).expect("an answer");
    assert!(said.contains(" 404 ") && !said.contains("polder_requests"), "{said}");
}

#[test]
fn w14_a_costly_question_is_counted_in_any_spelling() {
    let args = ["--limits", "--proxies", "127.0.0.1"];
    let wiki = TestWiki::tiny_with(&args).ready();
    let spellings = [
        "/-/changes?sinc%65=2010-01-01",
        "/-/changes?%73ince=2010-01-01",
        "/-/changes?a=b&since=2010-01-01",
        "/-/change%73?since=2010-01-01",
        "/-/changes.atom?sinc%65=2010-01-01",
        "/-/%62lame/plan/dijk?x=",
        "/-/%71uery/plan/dijk?x=",
        "/-/tot%61l/plan/dijk?x=",
        "/plan/dijk@2020-01-01..2021-01-01?x=",
        "/plan/dijk@2020-01-01%2e%2e2021-01-01?x=",
        "/plan/dijk%402020-01-01..2021-01-01?x=",
    ];
    for (n, address) in spellings.iter().enumerate() {
        let from = format!("198.51.100.{n}");
        let by = |address: &str| wiki.ask("GET", address, &[("X-Forwarded-For", &from)], b"");
        let first = by(address);
        if matches!(first.status, 400 | 404) {
            // What the router does not take for the costly screen costs nothing.
            continue;
        }
        let sign = if address.ends_with("x=") { "" } else { "&x=" };
        let refused = (0..200).find(|n| by(&format!("{address}{sign}{n}")).status == 429);
        assert!(refused.is_some_and(|n| n >= 25), "{address}: {refused:?}");
    }
}

#[test]
fn w12_whoever_hangs_up_while_signing_in_keeps_nobody_else_from_it() {
    let office = Office::new(TINY, &["bas"], &["--proxies", "127.0.0.1"]);
    let wiki = &office.wiki;
    let origin = "https://wiki.example.org";
    let head = |client: &str, body: &str| {
        format!(
            "POST /-/sign-in HTTP/1.1\r\nHost: wiki.example.org\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: {client}\r\nOrigin: {origin}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    // More than may wait, in several waves, each from an address of its own; none stays for the answer.
    for wave in 0..3 {
        let streams: Vec<TcpStream> = (0..300)
            .map(|n| {
                let body = encode(&[("login", &format!("iemand{wave}-{n}")), ("password", "dit is het niet hoor")]);
                let mut stream = TcpStream::connect(&wiki.address).expect("the server listens");
                let client = format!("10.{wave}.{n}.1", n = n % 250);
                let _ = stream.write_all(head(&client, &body).as_bytes());
                stream
            })
            .collect();
        std::thread::sleep(Duration::from_millis(200));
        drop(streams);
    }
    let body = encode(&[("login", "bas"), ("password", PASSWORD), ("next", "/plan/dijk")]);
    let headers = [
        ("Host", "wiki.example.org"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("Origin", origin),
        ("Content-Type", FORM),
    ];
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = wiki.ask("POST", "/-/sign-in", &headers, body.as_bytes());
        if answer.status == 303 {
            assert!(answer.header("set-cookie").starts_with("__Host-polder="), "{:?}", answer.headers);
            break;
        }
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(Instant::now() < until, "nobody can sign in any more");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn w12_clones_that_nobody_reads_leave_those_of_other_networks() {
    let office = Office::new(TINY, &[], &["--proxies", "127.0.0.1"]);
    let wiki = &office.wiki;
    // More than the system keeps between the two ends, and of a kind that can't be made smaller.
    let mut state = 1u64;
    let noise: String = (0..24_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from((state >> 40) % 90).expect("small"))
        })
        .collect();
    commit_files(&wiki.repo(), &[("groot.txt", &noise)], "Groot");
    wiki.eventually("/groot.txt", |answer| answer.status == 200);
    let want = format!("want {}\n", wiki.tip());
    let body = format!("{:04x}{want}00000009done\n", want.len() + 4);
    let held: Vec<TcpStream> = (0..12)
        .map(|n| {
            let mut stream = TcpStream::connect(&wiki.address).expect("the server listens");
            let head = format!(
                "POST /wiki.git/git-upload-pack HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 203.0.113.{n}\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n{body}",
                wiki.address,
                body.len()
            );
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    // So many have begun.
    let mut first = [0; 12];
    (&held[0]).read_exact(&mut first).expect("an answer");
    assert_eq!(&first, b"HTTP/1.1 200");
    std::thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    let header = |client: &str| format!("http.extraHeader=X-Forwarded-For: {client}");
    let ran = git(wiki.folder.path(), &["-c", &header("198.51.100.7"), "ls-remote", &wiki.clone_url()]);
    ran.ok();
    git(wiki.folder.path(), &["-c", &header("2001:db8::7"), "clone", "-q", "--depth=1", &wiki.clone_url(), "kloon"])
        .ok();
    // Held ones are given up after a minute; nobody waited for that.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let begun: Vec<String> = held.iter().skip(1).filter_map(answered).collect();
    assert!(begun.len() < 2, "one network holds more than its share: {begun:#?}");
}

/// The beginning of an answer, if it has begun.
fn answered(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a time limit");
    let mut some = [0; 300];
    let n = (&*stream).read(&mut some).ok()?;
    Some(String::from_utf8_lossy(&some[..n]).into_owned())
}
