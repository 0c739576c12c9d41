//! `TestWiki`: a wiki in a temporary folder, served by the real program on a free port, and people
//! who use it. Failing expectations print what was answered.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_polder");

/// How long a condition may take to come true before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running wiki. Ends with the value.
pub struct TestWiki {
    pub folder: tempfile::TempDir,
    pub address: String,
    server: Mutex<Child>,
}

/// Files with which a wiki begins.
pub type Files<'a> = &'a [(&'a str, &'a str)];

/// A small wiki that most tests begin with.
pub const TINY: Files<'static> = &[
    ("FrontPage.md", "---\ntitle: Voorpagina\n---\nWelkom. Zie [[plan/dijk|de dijk]] en [[Nieuwe pagina]].\n"),
    (
        "plan/dijk.md",
        "---\ntitle: De dijk\ntags: [water, plan]\n---\n## Begin\n\nHet begin van de dijk.\n\n## Midden\n\nIn het midden.\n\n## Slot\n\nHet slot van de dijk.\n",
    ),
    ("plan/sluis.md", "# De sluis\n\nZie [de dijk](dijk.md) en [[Voorpagina]].\n"),
    ("_Sidebar.md", "- [[FrontPage]]\n- [[De dijk]]\n"),
    (".polder/config.yml", "title: Proefwiki\nlanguage: nl\nlinks:\n  order: target-first\n"),
];

impl TestWiki {
    /// A wiki in a bare repository with these files.
    pub fn with(files: Files<'_>) -> TestWiki {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repo = folder.path().join("repo.git");
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
        commit_files(&repo, files, "Begin");
        TestWiki::serve(folder, &["--repo", &repo.display().to_string()])
    }

    pub fn tiny() -> TestWiki {
        TestWiki::with(TINY)
    }

    /// Serves whatever the arguments say, from `folder`.
    pub fn serve(folder: tempfile::TempDir, args: &[&str]) -> TestWiki {
        // With rules of access there must be accounts, or the wish to begin without.
        let anew = (!args.contains(&"--data")).then_some("--new-accounts");
        let args: Vec<&str> = args.iter().copied().chain(anew).collect();
        let (server, address) = start(folder.path(), &args);
        TestWiki { folder, address, server: Mutex::new(server) }
    }

    /// The small wiki, served with these arguments; its log is kept, and can be read by `log`.
    pub fn tiny_with(args: &[&str]) -> TestWiki {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repo = folder.path().join("repo.git");
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
        commit_files(&repo, TINY, "Begin");
        let log = fs::File::create(folder.path().join("log")).expect("a file");
        let repo = repo.display().to_string();
        let args: Vec<&str> = ["--repo", &repo].iter().chain(args).copied().collect();
        let (server, address) = start_as(folder.path(), &args, "info,actix_server=warn", log.into());
        TestWiki { folder, address, server: Mutex::new(server) }
    }

    /// What the server wrote to standard error, for `tiny_with`.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("log")).expect("a log")).into_owned()
    }

    pub fn process(&self) -> u32 {
        self.server.lock().expect("not poisoned").id()
    }

    /// Stops the server and starts it again on the same folder.
    pub fn restarted(self, args: &[&str]) -> TestWiki {
        self.stop();
        let (server, address) = start(self.folder.path(), args);
        // The old value must not stop the new server: it holds none any more.
        let mut old = self;
        old.address = address;
        *old.server.lock().expect("not poisoned") = server;
        old
    }

    pub fn stop(&self) {
        let mut server = self.server.lock().expect("not poisoned");
        let _ = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
        let until = Instant::now() + PATIENCE;
        while server.try_wait().expect("waitable").is_none() {
            if Instant::now() > until {
                let _ = server.kill();
                panic!("the server did not stop");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn kill(&self) {
        let mut server = self.server.lock().expect("not poisoned");
        let _ = server.kill();
        let _ = server.wait();
    }

    pub fn repo(&self) -> PathBuf {
        self.folder.path().join("repo.git")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    /// A form as a browser on this machine sends it.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_body(path, encode(fields).as_bytes())
    }

    /// The same with a body that no browser would make.
    pub fn post_body(&self, path: &str, body: &[u8]) -> Answer {
        let origin = format!("http://{}", self.address);
        self.ask("POST", path, &[("Origin", &origin), FORM], body)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        request(&self.address, method, path, headers, body)
    }

    /// Opens the editor on a page and gives its form.
    pub fn editor(&self, page: &str) -> Editor<'_> {
        let path = format!("/-/edit/{page}");
        let answer = self.get(&path).ok();
        Editor {
            wiki: self,
            text: unescape(between(&answer.text(), "<textarea", "</textarea>").split_once('>').expect("a text area").1)
                .trim_start_matches('\n')
                .replace("\r\n", "\n"),
            base: unescape(&value_of(&answer.text(), "base")),
            page: page.to_owned(),
            name: "Noor".to_owned(),
            summary: String::new(),
            path: None,
        }
    }

    /// Tries until the answer to `path` pleases.
    pub fn eventually(&self, path: &str, pleases: impl Fn(&Answer) -> bool) -> Answer {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.get(path);
            if pleases(&answer) {
                return answer;
            }
            assert!(Instant::now() < until, "{path} never became as expected:\n{}", answer.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until history and search are there.
    pub fn ready(self) -> TestWiki {
        self.eventually("/-/changes", |answer| answer.headers.contains_key("etag"));
        self.eventually("/-/search?q=zzzz", |answer| {
            !answer.text().contains("class=\"notice building\"") && !answer.has("De zoekindex wordt nog gemaakt")
        });
        self
    }

    /// The text of a file at the tip of the branch.
    pub fn file(&self, path: &str) -> String {
        git(&self.repo(), &["show", &format!("main:{path}")]).ok().stdout()
    }

    pub fn tip(&self) -> String {
        git(&self.repo(), &["rev-parse", "main"]).ok().stdout().trim().to_owned()
    }

    pub fn clone_url(&self) -> String {
        format!("http://{}/wiki.git", self.address)
    }

    /// A clone by a real git client, in a folder of its own.
    pub fn clone_as(&self, name: &str) -> Clone {
        let path = self.folder.path().join(format!("clone-{name}"));
        git(self.folder.path(), &["clone", "-q", &self.clone_url(), &path.display().to_string()]).ok();
        for (key, value) in [("user.name", name), ("user.email", "x@example.org")] {
            git(&path, &["config", key, value]).ok();
        }
        Clone { path }
    }
}

impl Drop for TestWiki {
    fn drop(&mut self) {
        self.kill();
    }
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn start(folder: &Path, args: &[&str]) -> (Child, String) {
    start_as(folder, args, "warn", Stdio::inherit())
}

fn start_as(folder: &Path, args: &[&str], log: &str, stderr: Stdio) -> (Child, String) {
    let mut server = Command::new(PROGRAM)
        .arg("serve")
        .args(["--listen", "127.0.0.1:0"])
        .args(args)
        .current_dir(folder)
        .env("XDG_DATA_HOME", folder.join("share"))
        .env("POLDER_LOG", log)
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("an address");
    let address = line.trim().trim_start_matches("http://").trim_start_matches("https://");
    let address = address.split('/').next().unwrap_or_default().to_owned();
    assert!(!address.is_empty(), "the program printed no address");
    (server, address)
}

/// An open editor, as a person has it before them.
pub struct Editor<'a> {
    wiki: &'a TestWiki,
    pub text: String,
    pub base: String,
    page: String,
    name: String,
    summary: String,
    path: Option<String>,
}

impl Editor<'_> {
    pub fn replace(mut self, old: &str, new: &str) -> Self {
        assert!(self.text.contains(old), "{old:?} is not in the editor:\n{}", self.text);
        self.text = self.text.replace(old, new);
        self
    }

    pub fn text(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    pub fn name(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    pub fn summary(mut self, summary: &str) -> Self {
        self.summary = summary.to_owned();
        self
    }

    pub fn at(mut self, path: &str) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    pub fn save(&self) -> Answer {
        // Browsers send CRLF.
        let text = self.text.replace('\n', "\r\n");
        let mut fields = vec![
            ("text", text.as_str()),
            ("summary", &self.summary),
            ("base", &self.base),
            ("name", &self.name),
            ("act", "save"),
        ];
        if let Some(path) = &self.path {
            fields.push(("path", path));
        }
        self.wiki.post(&format!("/-/edit/{}", self.page), &fields)
    }

    pub fn preview(&self) -> Answer {
        let fields = [("text", self.text.as_str()), ("base", &self.base), ("name", ""), ("act", "preview")];
        self.wiki.post(&format!("/-/edit/{}", self.page), &fields)
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: std::collections::BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// What to print when an expectation fails: without the frame, where there is one.
    fn readable(&self) -> String {
        let text = self.text();
        if text.contains("<main") { self.main() } else { text }
    }

    #[track_caller]
    pub fn status(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{:#?}\n{}", self.headers, self.readable());
        self
    }

    #[track_caller]
    pub fn ok(self) -> Answer {
        self.status(200)
    }

    #[track_caller]
    pub fn shows(self, text: &str) -> Answer {
        assert!(self.has(text), "{text:?} is missing in:\n{}", self.readable());
        self
    }

    #[track_caller]
    pub fn lacks(self, text: &str) -> Answer {
        assert!(!self.has(text), "{text:?} should not be in:\n{}", self.readable());
        self
    }

    #[track_caller]
    pub fn leads_to(self, location: &str) -> Answer {
        assert_eq!(self.header("location"), location, "status {}\n{}", self.status, self.text());
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The answer with only what stands in `main`.
    #[track_caller]
    pub fn in_main(mut self) -> Answer {
        self.body = self.main().into_bytes();
        self
    }

    /// What stands in `main`.
    #[track_caller]
    pub fn main(&self) -> String {
        between(&self.text(), "<main", "</main>").to_owned()
    }
}

/// A clone of the wiki.
pub struct Clone {
    pub path: PathBuf,
}

impl Clone {
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("written");
        self
    }

    pub fn replace(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.path.join(path)).expect("readable");
        assert!(text.contains(old), "{old:?} is not in {path}");
        self.write(path, text.replace(old, new))
    }

    pub fn commit(&self, message: &str) -> &Self {
        git(&self.path, &["add", "-A"]).ok();
        git(&self.path, &["commit", "-q", "-m", message]).ok();
        self
    }

    pub fn push(&self) -> Ran {
        git(&self.path, &["push", "-q", "origin", "HEAD:main"])
    }

    pub fn git(&self, args: &[&str]) -> Ran {
        git(&self.path, args)
    }
}

/// A program that ran.
#[derive(Debug)]
pub struct Ran(pub Output);

impl Ran {
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert!(self.0.status.success(), "{}\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub fn status(self, status: i32) -> Ran {
        assert_eq!(self.0.status.code(), Some(status), "{}\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub fn refused(self) -> Ran {
        assert!(!self.0.status.success(), "accepted:\n{}\n{}", self.stdout(), self.stderr());
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Ran {
        let all = format!("{}{}", self.stdout(), self.stderr());
        assert!(all.contains(text), "{text:?} was not said:\n{all}");
        self
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
}

/// Git with nothing of this machine's configuration.
pub fn git(folder: &Path, args: &[&str]) -> Ran {
    Ran(Command::new("git")
        .args(["-c", "user.name=Noor", "-c", "user.email=noor@example.org", "-c", "protocol.version=2"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .output()
        .expect("git runs"))
}

/// Polder itself, as a command.
pub fn polder(folder: &Path, args: &[&str]) -> Ran {
    Ran(Command::new(PROGRAM)
        .args(args)
        .current_dir(folder)
        .env("XDG_DATA_HOME", folder.join("share"))
        .env("LC_ALL", "C")
        .output()
        .expect("the program runs"))
}

/// Commits files to a bare repository, on top of what is there.
pub fn commit_files(repo: &Path, files: Files<'_>, message: &str) {
    let mut input = String::new();
    let has_main = git(repo, &["rev-parse", "-q", "--verify", "main"]).0.status.success();
    input.push_str("commit refs/heads/main\ncommitter Noor <noor@example.org> 1262304000 +0100\n");
    input.push_str(&format!("data {}\n{message}\n", message.len()));
    if has_main {
        input.push_str("from refs/heads/main^0\n");
    }
    for (path, text) in files {
        input.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(repo)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import.stdin.take().expect("piped").write_all(input.as_bytes()).expect("written");
    assert!(import.wait().expect("ended").success(), "git fast-import failed");
}

fn encode(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                b' ' => "+".to_owned(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    fields.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

/// One HTTP request on a connection of its own.
pub fn request(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if method == "POST" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    // A server that refuses early may close before all is sent.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).expect("a status");
    let mut headers = std::collections::BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let entry: &mut String = headers.entry(name.to_ascii_lowercase()).or_default();
        if !entry.is_empty() {
            entry.push('\n');
        }
        entry.push_str(value.trim());
    }
    let raw = &bytes[end + 4..];
    let body = if headers.get("transfer-encoding").is_some_and(|value| value == "chunked") {
        unchunk(raw)
    } else {
        raw.to_vec()
    };
    Answer { status, headers, body }
}

fn unchunk(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = raw.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&raw[..end]).trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        body.extend_from_slice(&raw[end + 2..(end + 2 + size).min(raw.len())]);
        raw = raw.get(end + 4 + size..).unwrap_or_default();
    }
    body
}

#[track_caller]
pub fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from:?} is missing in:\n{text}")) + from.len();
    let end = text[start..].find(to).unwrap_or_else(|| panic!("{to:?} is missing after {from:?}")) + start;
    &text[start..end]
}

/// The value of a form's input.
fn value_of(html: &str, name: &str) -> String {
    let input = html
        .split("<input")
        .find(|input| input.contains(&format!("name=\"{name}\"")))
        .unwrap_or_else(|| panic!("no input {name}"));
    between(input, "value=\"", "\"").to_owned()
}

pub fn unescape(html: &str) -> String {
    html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
