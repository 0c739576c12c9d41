//! People: signing in, their accounts, invitations, what a token may do, and saving with a session
//! that has ended. Tests against attacks are named after their rows.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::wiki::{Answer, TestWiki, between, commit_files, git, polder, unescape};

pub const PASSWORD: &str = "een lange dijk in de zon";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// Longer than any test waits for a link in the log or a letter.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with cookies of its own.
pub struct Browser<'a> {
    wiki: &'a TestWiki,
    cookie: RefCell<String>,
}

impl<'a> Browser<'a> {
    fn new(wiki: &'a TestWiki) -> Browser<'a> {
        Browser { wiki, cookie: RefCell::default() }
    }

    fn with(wiki: &'a TestWiki, cookie: &str) -> Browser<'a> {
        Browser { wiki, cookie: RefCell::new(cookie.to_owned()) }
    }

    fn cookie(&self) -> String {
        self.cookie.borrow().clone()
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let cookie = self.cookie();
        let mut all = headers.to_vec();
        if !cookie.is_empty() {
            all.push(("Cookie", &cookie));
        }
        let answer = self.wiki.ask(method, path, &all, body);
        for line in answer.header("set-cookie").lines() {
            let pair = line.split(';').next().unwrap_or_default();
            if pair.starts_with("polder=") {
                *self.cookie.borrow_mut() = if pair == "polder=" { String::new() } else { pair.to_owned() };
            }
        }
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// A form as a browser sends it, with just these fields.
    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("http://{}", self.wiki.address);
        self.send("POST", path, &[("Origin", &origin), FORM], encode(fields).as_bytes())
    }

    /// The same with the token that the screens of this session hold.
    pub fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token();
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post(path, &all)
    }

    fn token(&self) -> String {
        between(&self.get("/-/privacy").ok().text(), "name=\"csrf\" value=\"", "\"").to_owned()
    }

    fn sign_in(self, login: &str, password: &str) -> Browser<'a> {
        self.post("/-/sign-in", &[("login", login), ("password", password), ("next", "/")]).status(303).leads_to("/");
        self
    }
}

pub fn encode(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    fields.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

/// The way to the first account, as the server prints it.
pub fn first_path(wiki: &TestWiki) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = wiki.log();
        if let Some(at) = log.find("/-/first/") {
            return log[at..].split_whitespace().next().expect("a path").to_owned();
        }
        assert!(Instant::now() < until, "no link for the first account:\n{log}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Makes the first admin, who is signed in.
pub fn admin(wiki: &TestWiki) -> Browser<'_> {
    let browser = Browser::new(wiki);
    let path = first_path(wiki);
    let fields = [("login", "noor"), ("name", "Noor de Vries"), ("email", "noor@example.org"), ("password", PASSWORD)];
    browser.post(&path, &fields).status(303).leads_to("/");
    browser
}

/// A link that an admin's screen shows, as a path.
fn shown_link(answer: &Answer, kind: &str) -> String {
    let text = answer.text();
    let url = between(&text, "id=\"ui.secret\">", "<").to_owned();
    url[url.find(kind).unwrap_or_else(|| panic!("{url}"))..].to_owned()
}

/// Invites somebody, who is signed in then.
pub fn invited<'a>(admin: &Browser<'a>, login: &str, groups: &str) -> Browser<'a> {
    let made = admin.submit("/-/people/invite", &[("email", ""), ("groups", groups)]).ok();
    let path = shown_link(&made, "/-/invite/");
    let browser = Browser::new(admin.wiki);
    let email = format!("{login}@example.org");
    let fields = [("login", login), ("name", &format!("{login} Jansen")), ("email", &email), ("password", PASSWORD)];
    browser.post(&path, &fields).status(303);
    browser
}

/// A token, made on the screen of an account.
pub fn token_of(browser: &Browser<'_>, scope: &str) -> String {
    let made = browser.submit("/-/account/token", &[("label", "toets"), ("days", "7"), ("scope", scope)]).ok();
    let text = made.text();
    between(&text, "id=\"ui.secret\">", "<").to_owned()
}

fn save(browser: &Browser<'_>, page: &str, text: &str, more: &[(&str, &str)]) -> Answer {
    let base = browser.wiki.tip();
    let mut fields = vec![("text", text), ("base", &base), ("summary", "Anders")];
    fields.extend(more);
    browser.post(&format!("/-/edit/{page}"), &fields)
}

fn author(wiki: &TestWiki) -> String {
    git(&wiki.repo(), &["log", "-1", "--format=%an <%ae> / %cn", "main"]).ok().stdout().trim().to_owned()
}

#[test]
fn the_first_admin_is_made_once_and_writes_under_a_name() {
    let wiki = TestWiki::tiny_with(&[]);
    let path = first_path(&wiki);
    // Nobody who reads gets a cookie, and nobody is asked to sign in while there are no accounts.
    let anonymous = Browser::new(&wiki);
    let before = anonymous.get("/").ok().lacks("/-/sign-in");
    assert_eq!(before.header("set-cookie"), "");
    anonymous.get("/-/sign-in").ok().shows("nog geen accounts");
    anonymous.get(&path).ok().shows("Het eerste account");
    let short = [("login", "noor"), ("name", "Noor"), ("password", "kort")];
    anonymous.post(&path, &short).status(422).shows("ten minste 12").shows("value=\"noor\"").lacks("value=\"kort\"");
    let noor = admin(&wiki);
    anonymous.get(&path).status(404);
    anonymous.post(&path, &[("login", "bas"), ("password", PASSWORD)]).status(404);
    // From here on writing takes an account.
    anonymous.get("/-/edit/plan/dijk").status(401).shows("name=\"password\"");
    anonymous.get("/plan/dijk").ok().lacks("/-/edit/plan/dijk").shows("/-/sign-in?next=/plan/dijk");
    let form = noor.get("/-/edit/plan/dijk").ok().lacks("name=\"name\"").shows("Noor de Vries");
    assert_eq!(form.header("cache-control"), "no-store");
    let csrf = noor.token();
    save(&noor, "plan/dijk", "# De dijk\n\nNieuw.\n", &[("csrf", &csrf), ("name", "Iemand anders")]).status(303);
    let written = author(&wiki);
    assert!(
        written.starts_with("Noor de Vries <") && written.ends_with("@users.polder.invalid> / Polder"),
        "{written}"
    );
    assert!(!written.contains("example.org"), "{written}");
    // Out again: the session does nothing any more, also for who kept it.
    let kept = noor.cookie();
    noor.get("/-/sign-out").status(405);
    let out = noor.submit("/-/sign-out", &[]).status(303);
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(noor.cookie(), "");
    Browser::with(&wiki, &kept).get("/-/account").status(401);
}

#[test]
fn accounts_that_are_taken_away_let_nobody_in_and_open_nothing() {
    let wiki = TestWiki::tiny_with(&["--data", "data"]);
    let noor = admin(&wiki);
    let (file, elsewhere) = (wiki.folder.path().join("data/accounts.db"), wiki.folder.path().join("elsewhere.db"));
    let csrf = noor.token();
    std::fs::rename(&file, &elsewhere).expect("moved");
    wiki.eventually("/-/ready", |answer| answer.text().contains("accounts: "));
    let refused = noor.get("/-/account").status(503).shows("niet te bereiken");
    assert_eq!(refused.header("retry-after"), "5");
    save(&noor, "plan/dijk", "Dit was getypt.", &[("csrf", &csrf)]).status(503).shows("Dit was getypt.");
    let anonymous = Browser::new(&wiki);
    anonymous.get("/plan/dijk").ok();
    // Not as if there had never been an account.
    anonymous.get("/-/edit/plan/dijk").status(401);
    git(wiki.folder.path(), &["clone", "-q", &wiki.clone_url(), "c"]).ok();
    let waiting = save(&anonymous, "plan/dijk", "Dit wacht.", &[]).status(401).text();
    assert!(waiting.contains("Dit wacht."), "{waiting}");
    let fields =
        [("login", "noor"), ("password", PASSWORD), ("target", "/-/edit/plan/dijk"), ("carry.text", "Dit wacht.")];
    let away = anonymous.post("/-/sign-in", &fields).status(503).shows("Dit wacht.").shows("gaat niet verloren");
    assert_eq!(away.header("retry-after"), "5");
    std::fs::rename(&elsewhere, &file).expect("moved back");
    wiki.eventually("/-/ready", |answer| answer.status == 200);
    noor.get("/-/account").ok();
    assert!(wiki.log().contains("was taken away"), "{}", wiki.log());
    // And at a start.
    wiki.stop();
    std::fs::rename(&file, &elsewhere).expect("moved");
    let repo = wiki.repo().display().to_string();
    let serve = ["serve", "--repo", &repo, "--data", "data", "--listen", "127.0.0.1:0"];
    polder(wiki.folder.path(), &serve).status(3).says("--new-accounts");
    polder(wiki.folder.path(), &["user", "list", "--data", "data"]).status(3).says("--new-accounts");
    assert!(!file.exists(), "nothing was made in its place");
    let wiki = wiki.restarted(&["--repo", &repo, "--data", "data", "--new-accounts"]);
    wiki.get("/-/edit/plan/dijk").ok();
}

#[test]
fn a_wiki_with_rules_does_not_start_open() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path();
    git(dir, &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    let rules = (".polder/access.yml", "rules:\n  - path: geheim\n    read: [admins]\n");
    commit_files(&dir.join("repo.git"), &[("FrontPage.md", "# Voor\n"), ("geheim/a.md", "# A\n"), rules], "Begin");
    let serve = ["serve", "--repo", "repo.git", "--data", "data", "--listen", "127.0.0.1:0"];
    polder(dir, &serve).status(3).says("--new-accounts").says("polder user add");
    assert!(!dir.join("data/accounts.db").exists(), "nor is it taken for one that never had accounts next time");
    // Asking after accounts makes none, and a place without any is like none.
    polder(dir, &["user", "list", "--data", "data"]).status(0).says("no accounts");
    polder(dir, &["user", "reset", "noor", "--data", "data"]).status(2).says("no accounts");
    assert!(!dir.join("data/accounts.db").exists());
    std::fs::write(dir.join("data/accounts.db"), "").expect("written");
    polder(dir, &serve).status(3).says("--new-accounts").says("polder user add");
    polder(dir, &serve).status(3).says("--new-accounts");
    polder(dir, &["user", "add", "noor", "--data", "data"]).status(0);
    let wiki = TestWiki::serve(home, &serve[1..5]);
    wiki.get("/").ok();
    wiki.get("/geheim/a").status(404);
}

#[test]
fn a_locked_database_says_to_try_again() {
    let wiki = TestWiki::tiny_with(&["--data", "data"]);
    let noor = admin(&wiki);
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.read()";
    let mut holder = Command::new("python3")
        .args(["-c", script])
        .arg(wiki.folder.path().join("data/accounts.db"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python3");
    let mut line = String::new();
    BufReader::new(holder.stdout.take().expect("piped")).read_line(&mut line).expect("read");
    assert_eq!(line, "held\n");
    let refused = noor.submit("/-/account/token", &[("label", "a"), ("days", "7"), ("scope", "read")]).status(503);
    assert_eq!(refused.header("retry-after"), "5");
    let fields =
        [("login", "noor"), ("password", PASSWORD), ("target", "/-/edit/plan/dijk"), ("carry.text", "Dit wacht.")];
    Browser::new(&wiki).post("/-/sign-in", &fields).status(503).shows("Dit wacht.");
    noor.get("/-/account").ok();
    drop(holder.stdin.take());
    let _ = holder.wait();
    Browser::new(&wiki).sign_in("noor", PASSWORD);
}

#[test]
fn the_cookie_of_a_session_is_out_of_reach_and_secure_where_it_can_be() {
    let wiki = TestWiki::tiny_with(&["--proxies", "127.0.0.1", "--url", "https://wiki.example.org"]);
    let path = first_path(&wiki);
    let fields = encode(&[("login", "noor"), ("password", PASSWORD)]);
    let by_proxy = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "wiki.example.org"),
        ("Origin", "https://wiki.example.org"),
        FORM,
    ];
    let made = wiki.ask("POST", &path, &by_proxy, fields.as_bytes()).status(303);
    let cookie = made.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-polder="), "{cookie}");
    for part in ["Path=/;", "Secure;", "HttpOnly;", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    let signed = |headers: &[(&str, &str)]| wiki.ask("GET", "/-/account", headers, b"").status;
    assert_eq!(signed(&[("Cookie", &pair), by_proxy[0], by_proxy[1], by_proxy[2]]), 200);
    // Over plain HTTP that cookie is none, nor is its secret under the short name.
    let plain = [("Cookie", pair.as_str()), by_proxy[0], ("X-Forwarded-Proto", "http"), by_proxy[2]];
    assert_eq!(signed(&plain), 401);
    let short = pair.replace("__Host-", "");
    assert_eq!(signed(&[("Cookie", &short), by_proxy[0], by_proxy[1], by_proxy[2]]), 401);
    // Without TLS nobody signs in from elsewhere.
    let open = [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "wiki.example.org"),
        ("Origin", "https://wiki.example.org"),
        FORM,
    ];
    wiki.ask("POST", "/-/sign-in", &open, fields.as_bytes()).status(403).shows("https://");
    wiki.ask("GET", "/-/sign-in", &open[..4], b"").ok().shows("niet versleuteld").lacks("type=\"password\"");
}

/// What it is called, its headers, its body.
type Forgery<'a> = (&'a str, Vec<(&'a str, &'a str)>, String);

#[test]
fn w1_what_another_site_sends_changes_nothing() {
    let wiki = TestWiki::tiny_with(&["--limits=false"]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let (own, foreign) = (noor.token(), bas.token());
    let origin = format!("http://{}", wiki.address);
    let tip = wiki.tip();
    let acts: [(&str, &[(&str, &str)]); 6] = [
        ("/-/edit/plan/dijk", &[("text", "weg"), ("base", &tip)]),
        ("/-/delete/plan/dijk", &[("base", &tip)]),
        ("/-/move/plan/dijk", &[("to", "elders"), ("base", &tip)]),
        ("/-/sign-out", &[]),
        ("/-/account/token", &[("label", "x"), ("scope", "write"), ("days", "")]),
        ("/-/people/invite", &[("admin", "yes")]),
    ];
    for (path, fields) in acts {
        let with = |token: &str| encode(&[fields, &[("csrf", token)]].concat());
        let (good, bare) = (with(&own), encode(fields));
        let twice = format!("{good}&csrf={own}");
        let ours = ("Origin", origin.as_str());
        let forgeries: Vec<Forgery<'_>> = vec![
            ("no origin", vec![FORM], good.clone()),
            ("null", vec![("Origin", "null"), FORM], good.clone()),
            ("elsewhere", vec![("Origin", "http://evil.example"), FORM], good.clone()),
            ("a name that begins alike", vec![("Origin", "http://127.0.0.1.evil.example"), FORM], good.clone()),
            ("another port", vec![("Origin", "http://127.0.0.1:1"), FORM], good.clone()),
            ("two origins", vec![ours, ("Origin", "http://evil.example"), FORM], good.clone()),
            ("text", vec![ours, ("Content-Type", "text/plain")], good.clone()),
            ("no type", vec![ours], good.clone()),
            ("json", vec![ours, ("Content-Type", "application/json")], good.clone()),
            ("no token", vec![ours, FORM], bare.clone()),
            ("somebody else's token", vec![ours, FORM], with(&foreign)),
            ("an empty token", vec![ours, FORM], with("")),
            ("half a token", vec![ours, FORM], with(&own[..32])),
            ("two tokens", vec![ours, FORM], twice),
        ];
        for (name, headers, body) in forgeries {
            let answer = noor.send("POST", path, &headers, body.as_bytes());
            assert!(matches!(answer.status, 400 | 403), "{name} at {path}: {}", answer.status);
            assert!(!answer.has("id=\"ui.secret\""), "{name} at {path}");
        }
        assert!(noor.get(path).status != 303, "{path} by GET");
    }
    assert_eq!(wiki.tip(), tip, "nothing was changed");
    noor.get("/-/account").ok();
    // The same by what a person sends: the token as a field, or as a header of a script.
    let header = [("Origin", origin.as_str()), FORM, ("X-CSRF-Token", own.as_str())];
    let body = encode(&[("text", "# Dijk\n"), ("base", &tip)]);
    noor.send("POST", "/-/edit/plan/dijk", &header, body.as_bytes()).status(303);
}

#[test]
fn a_form_of_an_earlier_session_comes_back_to_be_sent_once_more() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let old = noor.token();
    noor.post("/-/sign-in", &[("login", "noor"), ("password", PASSWORD)]).status(303);
    let again = save(&noor, "plan/dijk", "# De dijk\n\nBewaard & \"wel\".\n", &[("csrf", &old)]).status(403);
    let main = unescape(&again.main());
    assert!(main.contains("Verstuur opnieuw") && main.contains("Bewaard & \"wel\"."), "{main}");
    assert!(again.main().contains("action=\"/-/edit/plan/dijk\""));
    let fields = hidden(&again);
    noor.post("/-/edit/plan/dijk", &as_pairs(&fields)).status(303);
    assert!(wiki.file("plan/dijk.md").contains("Bewaard & \"wel\"."));
}

/// The hidden fields of the form in `main`.
fn hidden(answer: &Answer) -> Vec<(String, String)> {
    let main = answer.main();
    let input = |input: &str| {
        let name = unescape(between(input, "name=\"", "\""));
        let value = if input.contains("value=\"") { unescape(between(input, "value=\"", "\"")) } else { String::new() };
        (name, value)
    };
    main.split("<input").skip(1).filter(|text| text.starts_with(" type=\"hidden\"")).map(input).collect()
}

fn as_pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

#[test]
fn a_save_with_a_session_that_has_ended_is_kept_and_goes_on_after_signing_in() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let token = noor.token();
    noor.submit("/-/sign-out", &[]).status(303);
    let text = "---\ntitle: De dijk\n---\n\nRegel één.\r\n\r\n  <b>\"&amp;\"</b>\tEind. \u{1f30a}\n";
    let asked = save(&noor, "plan/dijk", text, &[("csrf", &token), ("act", "save")]).status(401);
    asked.clone_shows("niet (meer) aangemeld");
    let mut fields = hidden(&asked);
    assert!(
        fields
            .iter()
            .any(|(key, value)| key == "carry.text" && value.replace("\r\n", "\n") == text.replace("\r\n", "\n"))
    );
    // A wrong password keeps it as well.
    fields.push(("login".to_owned(), "noor".to_owned()));
    let wrong = [as_pairs(&fields), vec![("password", "dit is het niet hoor")]].concat();
    let still = noor.post("/-/sign-in", &wrong).status(401).shows("horen niet bij elkaar");
    assert!(hidden(&still).iter().any(|(key, _)| key == "carry.text"));
    let right = [as_pairs(&fields), vec![("password", PASSWORD)]].concat();
    noor.post("/-/sign-in", &right).status(303).leads_to("/plan/dijk");
    assert!(wiki.file("plan/dijk.md").contains("<b>\"&amp;\"</b>\tEind. \u{1f30a}"));
    assert!(author(&wiki).starts_with("Noor de Vries <"));
    noor.get("/-/account").ok();
}

#[test]
fn other_forms_wait_for_a_sign_in_too_and_a_clash_shows_as_ever() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let tip = wiki.tip();
    let csrf = noor.token();
    save(&noor, "plan/dijk", &wiki.file("plan/dijk.md").replace("Het begin", "De aanvang"), &[("csrf", &csrf)])
        .status(303);
    let goes_on = |path: &str, fields: &[(&str, &str)]| {
        let browser = Browser::new(&wiki);
        let asked = browser.post(path, fields).status(401);
        let kept = hidden(&asked);
        let all = [as_pairs(&kept), vec![("login", "noor"), ("password", PASSWORD)]].concat();
        let answer = browser.post("/-/sign-in", &all);
        browser.get("/-/account").ok();
        answer
    };
    let mine =
        git(&wiki.repo(), &["show", &format!("{tip}:plan/dijk.md")]).ok().stdout().replace("Het begin", "Het eerste");
    let clash = goes_on("/-/edit/plan/dijk", &[("text", &mine), ("base", &tip), ("summary", "")]).status(409);
    assert!(clash.has("De aanvang") && clash.has("Het eerste") && clash.has("name=\"csrf\""));
    goes_on("/-/edit/plan/dijk", &[("text", "x"), ("base", "geen"), ("summary", "")]).status(400);
    let now = wiki.tip();
    goes_on("/-/move/plan/sluis", &[("to", "plan/spui"), ("base", &now)]).status(303).leads_to("/plan/spui");
    let now = wiki.tip();
    goes_on(
        "/-/publish/plan/dijk",
        &[("label", "v1"), ("date", ""), ("scope", "plan/dijk"), ("kind", "revision"), ("base", &now)],
    )
    .status(303)
    .leads_to("/plan/dijk@v1");
    goes_on("/-/delete/plan/spui", &[("base", &wiki.tip())]).status(303);
    // What leads nowhere does nothing, and they are in.
    let browser = Browser::new(&wiki);
    let odd = [("target", "/-/sign-out"), ("carry.x", "y"), ("login", "noor"), ("password", PASSWORD)];
    browser.post("/-/sign-in", &odd).status(303).leads_to("/");
    browser.get("/-/account").ok();
}

#[test]
fn w3_a_session_is_new_at_each_sign_in_and_ends_when_told() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let first = noor.cookie();
    // What a client brings is never made a session.
    let planted = Browser::with(&wiki, "polder=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    planted.get("/-/account").status(401);
    let planted = planted.sign_in("noor", PASSWORD);
    assert!(!planted.cookie().contains("AAAAAAAA"), "{}", planted.cookie());
    // Signing in again in one browser leaves the old id behind.
    noor.post("/-/sign-in", &[("login", "noor"), ("password", PASSWORD)]).status(303);
    assert_ne!(noor.cookie(), first);
    Browser::with(&wiki, &first).get("/-/account").status(401);
    // A list of them, each ended by a button; the account of another is out of reach.
    let bas = invited(&noor, "bas", "");
    let list = noor.get("/-/account").ok();
    let key = between(&list.text(), "action=\"/-/account/end\"", "</form>").to_owned();
    let key = between(&key, "name=\"key\" value=\"", "\"").to_owned();
    bas.submit("/-/account/end", &[("key", &key)]).status(404).lacks(&key);
    planted.get("/-/account").ok();
    noor.submit("/-/account/end", &[("key", &key)]).status(303);
    planted.get("/-/account").status(401);
    // All others at once, by a button and by a new password.
    let other = Browser::new(&wiki).sign_in("noor", PASSWORD);
    noor.submit("/-/account/end-others", &[]).status(303);
    other.get("/-/account").status(401);
    let other = Browser::new(&wiki).sign_in("noor", PASSWORD);
    let new = "nog een langere dijk, met riet";
    noor.submit("/-/account/password", &[("current", "zomaar iets anders"), ("password", new)])
        .status(422)
        .shows("niet je huidige wachtwoord");
    noor.submit("/-/account/password", &[("current", PASSWORD), ("password", new)]).status(303);
    other.get("/-/account").status(401);
    noor.get("/-/account").ok();
    let back = Browser::new(&wiki);
    back.post("/-/sign-in", &[("login", "noor"), ("password", PASSWORD)]).status(401);
    back.sign_in("noor", new).get("/-/account").ok();
}

#[test]
fn w5_an_answer_does_not_tell_who_has_an_account() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    invited(&noor, "bas", "");
    noor.submit("/-/people/bas/disable", &[]).status(303);
    let browser = Browser::new(&wiki);
    let told = |login: &str, password: &str| {
        let answer = browser.post("/-/sign-in", &[("login", login), ("password", password)]);
        (answer.status, answer.main().replace(login, "X"))
    };
    let wrong = told("noor", "dit is het niet hoor");
    assert_eq!(wrong.0, 401);
    assert_eq!(told("niemand", "dit is het niet hoor"), wrong);
    assert_eq!(told("bas", PASSWORD), wrong, "disabled, with the right password");
    let forgot = |login: &str| browser.post("/-/forgot", &[("login", login)]).ok().main();
    assert_eq!(forgot("noor"), forgot("niemand"));
}

#[test]
fn w7_a_link_for_a_password_works_once_and_ends_all_sessions() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let made = noor.submit("/-/people/bas/reset", &[]).ok();
    let path = shown_link(&made, "/-/reset/");
    let browser = Browser::new(&wiki);
    browser.get(&path).ok().shows("Nieuw wachtwoord");
    browser.post(&path, &[("password", "kort")]).status(422);
    bas.get("/-/account").ok();
    let new = "water naar de zee dragen";
    browser.post(&path, &[("password", new)]).status(303);
    browser.get("/-/account").ok().shows("bas Jansen");
    bas.get("/-/account").status(401);
    browser.get(&path).status(404);
    browser.post(&path, &[("password", "een heel ander wachtwoord")]).status(404);
    Browser::new(&wiki).sign_in("bas", new);
    // A second link ends the first; the secret of one kind is none of another.
    let one = shown_link(&noor.submit("/-/people/bas/reset", &[]).ok(), "/-/reset/");
    let two = shown_link(&noor.submit("/-/people/bas/reset", &[]).ok(), "/-/reset/");
    browser.get(&one).status(404);
    browser.get(&two.replace("reset", "invite")).status(404);
    browser.get(&two.replace("reset", "first")).status(404);
    // Nor is an invitation good for two.
    let made = noor.submit("/-/people/invite", &[("groups", "redactie")]).ok();
    let path = shown_link(&made, "/-/invite/");
    let fields = |login: &'static str| [("login", login), ("name", ""), ("email", ""), ("password", PASSWORD)];
    Browser::new(&wiki).post(&path, &fields("cas")).status(303);
    Browser::new(&wiki).post(&path, &fields("dirk")).status(404);
}

#[test]
fn w9_going_on_leads_to_this_wiki_alone() {
    let wiki = TestWiki::tiny_with(&[]);
    let _noor = admin(&wiki);
    let odd = [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/%0d%0aSet-Cookie:x=y\r\nX: y",
        "evil.example",
        "",
        " /plan",
        "///evil.example",
        "/ /evil.example",
    ];
    for next in odd {
        let browser = Browser::new(&wiki);
        let fields = [("login", "noor"), ("password", PASSWORD), ("next", next)];
        browser.post("/-/sign-in", &fields).status(303).leads_to("/");
        let path = format!("/-/sign-in?{}", encode(&[("next", next)]));
        browser.get(&path).status(303).leads_to("/");
        assert!(!Browser::new(&wiki).get(&path).ok().main().contains("evil"), "{next:?}");
    }
    let browser = Browser::new(&wiki);
    let fields = [("login", "noor"), ("password", PASSWORD), ("next", "/plan/dijk?at=~abc")];
    browser.post("/-/sign-in", &fields).status(303).leads_to("/plan/dijk?at=~abc");
}

#[test]
fn p13_addresses_and_sign_ins_are_for_their_owner_and_admins() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let token = bas.token();
    save(&bas, "plan/dijk", "# Dijk\n", &[("csrf", &token)]).status(303);
    for path in ["/-/people", "/-/people/noor", "/-/people/bas"] {
        bas.get(path).status(403).lacks("example.org");
        Browser::new(&wiki).get(path).status(401).lacks("example.org").lacks("Noor");
        noor.get(path).ok();
    }
    noor.get("/-/people/bas").ok().shows("bas@example.org").shows("127.0.0.0/24");
    noor.get("/-/people/niemand").status(404);
    bas.submit("/-/people/noor/reset", &[]).status(403);
    bas.submit("/-/people/invite", &[("admin", "yes")]).status(403);
    for path in ["/plan/dijk", "/-/history/plan/dijk", "/-/changes", "/-/blame/plan/dijk", "/-/changes.atom"] {
        for browser in [&bas, &noor, &Browser::new(&wiki)] {
            let answer = browser.get(path).ok().lacks("example.org");
            assert!(!answer.main_or_all().contains("noor@"), "{path}");
        }
    }
    let log = git(&wiki.repo(), &["log", "--all", "--format=%an %ae %cn %ce %B"]).ok().stdout();
    assert!(!log.contains("bas@example.org") && log.contains("bas Jansen"), "{log}");
}

#[test]
fn p14_rights_and_hashes_are_never_taken_from_or_given_to_a_form() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let made = noor.submit("/-/people/invite", &[("groups", "redactie")]).ok();
    let path = shown_link(&made, "/-/invite/");
    let bas = Browser::new(&wiki);
    let greedy = [
        ("login", "bas"),
        ("password", PASSWORD),
        ("admin", "yes"),
        ("is_admin", "true"),
        ("groups", "hr, bestuur"),
        ("id", "1"),
        ("opaque", "0000000000000000"),
    ];
    bas.post(&path, &greedy).status(303);
    bas.get("/-/account").ok().shows("redactie").lacks("bestuur").lacks("Beheerder");
    let change =
        [("name", "Bas"), ("email", ""), ("lang", "nl"), ("admin", "yes"), ("groups", "hr"), ("login", "noor")];
    bas.submit("/-/account/profile", &change).status(303);
    bas.get("/-/account").ok().shows("redactie").lacks("Beheerder").lacks("hr,").shows("<bdi>bas</bdi>");
    bas.get("/-/people").status(403);
    let export = bas.get("/-/account/export").ok();
    assert!(export.header("content-disposition").starts_with("attachment"));
    let text = export.text();
    let cookie = bas.cookie();
    let secret = cookie.trim_start_matches("polder=");
    for never in ["argon2", "hash", secret, "csrf"] {
        assert!(!text.contains(never), "{never} in {text}");
    }
    for held in ["\"login\": \"bas\"", "redactie", "in-invite", "127.0.0.0/24", "@users.polder.invalid"] {
        assert!(text.contains(held), "{held} is missing in {text}");
    }
}

#[test]
fn p15_a_disabled_account_comes_in_by_no_door() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let token = token_of(&bas, "write");
    let reset = shown_link(&noor.submit("/-/people/bas/reset", &[]).ok(), "/-/reset/");
    let bearer = format!("Bearer {token}");
    wiki.ask("GET", "/plan/dijk", &[("Authorization", &bearer)], b"").ok();
    noor.submit("/-/people/bas/disable", &[]).status(303);
    bas.get("/-/account").status(401);
    Browser::new(&wiki).post("/-/sign-in", &[("login", "bas"), ("password", PASSWORD)]).status(401);
    wiki.ask("GET", "/plan/dijk", &[("Authorization", &bearer)], b"").status(401);
    Browser::new(&wiki).get(&reset).status(404);
    Browser::new(&wiki).post(&reset, &[("password", "een nieuw lang woord")]).status(404);
    for secret in [token.as_str(), PASSWORD] {
        push(&wiki, "bas", secret, &format!("weg-{}", secret.len())).refused();
    }
    // Back again: with the password, but no session of before.
    noor.submit("/-/people/bas/enable", &[]).status(303);
    bas.get("/-/account").status(401);
    Browser::new(&wiki).sign_in("bas", PASSWORD);
    // Nobody shuts themselves out, nor the last who keeps the accounts.
    noor.submit("/-/people/noor/disable", &[]).status(409);
    noor.submit("/-/people/noor/change", &[("name", "Noor"), ("groups", "")]).status(422).shows("beheerder over");
    noor.submit("/-/account/remove", &[("sure", "yes")]).status(409);
}

/// Changes a file in a fresh clone, and pushes it with these credentials.
fn push(wiki: &TestWiki, login: &str, secret: &str, name: &str) -> crate::wiki::Ran {
    let folder = wiki.folder.path().join(name);
    git(wiki.folder.path(), &["clone", "-q", &wiki.clone_url(), &folder.display().to_string()]).ok();
    std::fs::write(folder.join("gepusht.md"), format!("# Gepusht {name}\n")).expect("written");
    git(&folder, &["add", "-A"]).ok();
    git(&folder, &["commit", "-q", "-m", "Gepusht"]).ok();
    let secret = secret.replace(' ', "%20");
    let url = format!("http://{login}:{secret}@{}/wiki.git", wiki.address);
    git(&folder, &["push", "-q", &url, "HEAD:main"])
}

#[test]
fn p16_a_token_does_what_its_scope_says_on_every_route() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let (reads, writes) = (token_of(&noor, "read"), token_of(&noor, "write"));
    let basic = |token: &str| format!("Basic {}", base64(format!("noor:{token}").as_bytes()));
    let tip = wiki.tip();
    let forms: [(&str, String); 8] = [
        ("/-/edit/plan/dijk", encode(&[("text", "weg"), ("base", &tip)])),
        ("/-/form/plan/dijk", encode(&[("base", &tip)])),
        ("/-/move/plan/dijk", encode(&[("to", "x"), ("base", &tip)])),
        ("/-/delete/plan/dijk", encode(&[("base", &tip)])),
        ("/-/revert/plan/dijk", encode(&[("to", &tip), ("base", &tip)])),
        ("/-/set/plan/dijk", encode(&[("field.title", "x"), ("base", &tip)])),
        ("/-/publish/plan/dijk", encode(&[("label", "v1"), ("base", &tip)])),
        ("/-/new/plan", encode(&[("base", &tip)])),
    ];
    for value in [format!("Bearer {reads}"), basic(&reads)] {
        let auth = ("Authorization", value.as_str());
        for (path, body) in &forms {
            wiki.ask("POST", path, &[auth, FORM], body.as_bytes()).status(403).shows("alleen lezen");
        }
        for path in ["/plan/dijk", "/-/raw/plan/dijk", "/-/changes.atom", "/-/history/plan/dijk", "/-/search?q=dijk"] {
            wiki.ask("GET", path, &[auth], b"").ok().lacks("/-/edit/plan/dijk\"");
        }
        wiki.ask("GET", "/-/edit/plan/dijk", &[auth], b"").status(403);
    }
    assert_eq!(wiki.tip(), tip);
    // No token opens the account that it belongs to, or makes another.
    for token in [&reads, &writes] {
        let value = format!("Bearer {token}");
        let auth = ("Authorization", value.as_str());
        for path in ["/-/account", "/-/account/export", "/-/people", "/-/people/noor"] {
            wiki.ask("GET", path, &[auth], b"").status(403);
        }
        for path in ["/-/account/token", "/-/account/password", "/-/account/remove", "/-/people/invite", "/-/sign-out"]
        {
            wiki.ask("POST", path, &[auth, FORM], b"label=x&sure=yes").status(403).lacks("ui.secret");
        }
    }
    // A program saves without a form, but not on behalf of another site that knows it is there.
    let value = basic(&writes);
    let auth = ("Authorization", value.as_str());
    let body = encode(&[("text", "# De dijk\n\nDoor een programma.\n"), ("base", &tip)]);
    wiki.ask("POST", "/-/edit/plan/dijk", &[auth, FORM, ("Origin", "http://evil.example")], body.as_bytes())
        .status(403);
    wiki.ask("POST", "/-/edit/plan/dijk", &[auth, FORM], body.as_bytes()).status(303);
    assert!(author(&wiki).starts_with("Noor de Vries <"));
    // What is no token says so; so does one that was withdrawn.
    wiki.ask("GET", "/", &[("Authorization", "Bearer pld_AAAA")], b"").status(401);
    let list = noor.get("/-/account").ok().text();
    for rest in list.split("action=\"/-/account/end-token\"").skip(1) {
        let key = between(rest, "name=\"key\" value=\"", "\"");
        noor.submit("/-/account/end-token", &[("key", key)]).status(303);
    }
    wiki.ask("GET", "/", &[auth], b"").status(401);
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for n in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * n) & 63) as usize];
            text.push(if n <= three.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[test]
fn git_asks_for_an_account_where_the_rules_do() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    // Everybody may read everything: so everybody may clone, and nobody may push without an account.
    push(&wiki, "niemand", "niets", "vreemd").refused();
    let bare = wiki.ask("GET", "/wiki.git/info/refs?service=git-receive-pack", &[], b"").status(401);
    assert!(bare.header("www-authenticate").starts_with("Basic "));
    push(&wiki, "bas", &token_of(&bas, "read"), "leest").refused();
    push(&wiki, "bas", &token_of(&bas, "write"), "token").ok();
    wiki.get("/gepusht").ok().shows("Gepusht token");
    assert!(author(&wiki).starts_with("Noor <noor@example.org>"), "the author of a pushed commit stays");
    push(&wiki, "bas", PASSWORD, "woord").ok();
    // What not everybody may read is not cloned by everybody.
    let rules = "rules:\n  - path: personeel\n    read: [hr]\n";
    let csrf = noor.token();
    let base = wiki.tip();
    noor.post("/-/edit/.polder/access.yml", &[("text", rules), ("base", &base), ("csrf", &csrf)]).status(303);
    let refs = "/wiki.git/info/refs?service=git-upload-pack";
    wiki.ask("GET", refs, &[], b"").status(401);
    let as_bas = format!("Basic {}", base64(format!("bas:{PASSWORD}").as_bytes()));
    wiki.ask("GET", refs, &[("Authorization", &as_bas)], b"").status(403).shows("hele wiki");
    let as_noor = format!("Basic {}", base64(format!("noor:{PASSWORD}").as_bytes()));
    wiki.ask("GET", refs, &[("Authorization", &as_noor)], b"").ok();
    let wrong = format!("Basic {}", base64(b"noor:verkeerd wachtwoord"));
    wiki.ask("GET", refs, &[("Authorization", &wrong)], b"").status(401);
    // The address to clone from is shown to who may.
    bas.get("/").ok().lacks("/wiki.git");
    noor.get("/").ok().shows("/wiki.git");
}

#[test]
fn rights_by_path_hold_for_who_is_signed_in() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "redactie");
    let cas = invited(&noor, "cas", "");
    let rules = "rules:\n  - path: plan\n    edit: redactie\n  - path: plan/sluis\n    read: redactie\n";
    let (csrf, base) = (noor.token(), wiki.tip());
    // From the screen on which people are kept, to a form that begins with what holds already.
    noor.get("/-/people").ok().shows("href=\"/-/edit/.polder/access.yml\"");
    noor.get("/-/edit/.polder/access.yml").ok().shows("edit: accounts").lacks("name=\"path\"");
    let fields = [("text", rules), ("base", &base), ("csrf", &csrf), ("path", ".polder/access.yml")];
    noor.post("/-/edit/.polder/access.yml", &fields).status(303).leads_to("/.polder/access.yml");
    assert_eq!(wiki.file(".polder/access.yml"), rules);
    bas.get("/-/edit/plan/dijk").ok();
    cas.get("/-/edit/plan/dijk").status(403).shows("mag je met dit account niet");
    let csrf = cas.token();
    let refused = save(&cas, "plan/dijk", "# Van cas\n", &[("csrf", &csrf)]).status(403);
    assert!(refused.has("# Van cas"), "what was typed comes back");
    save(&cas, "eigen", "# Van cas\n", &[("csrf", &csrf), ("path", "eigen")]).status(303);
    bas.get("/plan/sluis").ok();
    cas.get("/plan/sluis").status(404);
    // A group that is taken away counts at once.
    noor.submit("/-/people/bas/change", &[("name", "Bas"), ("groups", "")]).status(303);
    bas.get("/plan/sluis").status(404);
    bas.get("/-/edit/plan/dijk").status(403);
    // What one reader got is never given to another.
    noor.get("/plan/dijk").ok().shows("Noor de Vries");
    cas.get("/plan/dijk").ok().lacks("Noor de Vries").shows("cas Jansen");
    Browser::new(&wiki).get("/plan/dijk").ok().lacks("Jansen").lacks("csrf");
    let tag = cas.get("/plan/dijk").ok().header("etag").to_owned();
    bas.send("GET", "/plan/dijk", &[("If-None-Match", &tag)], b"").ok();
    cas.send("GET", "/plan/dijk", &[("If-None-Match", &tag)], b"").status(304);
}

#[test]
fn an_account_is_changed_and_removed_by_its_owner() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let csrf = bas.token();
    save(&bas, "plan/dijk", "# Dijk van Bas\n", &[("csrf", &csrf)]).status(303);
    let address = author(&wiki);
    let faulty = [("name", "a<b"), ("email", "geen adres"), ("lang", "")];
    bas.submit("/-/account/profile", &faulty).status(422).shows("value=\"geen adres\"");
    let fields = [("name", "Bas Bakker"), ("email", "b@example.org"), ("lang", "en")];
    bas.submit("/-/account/profile", &fields).status(303).leads_to("/-/account?done=profile");
    bas.get("/-/account").ok().shows("Bas Bakker").shows("Your account");
    bas.submit("/-/account/token", &[("label", "x"), ("days", "0"), ("scope", "read")]).status(422);
    bas.submit("/-/account/remove", &[]).status(422);
    bas.submit("/-/account/remove", &[("sure", "yes")]).status(303).leads_to("/");
    bas.get("/-/account").status(401);
    noor.get("/-/people/bas").status(404);
    noor.get("/-/people").ok().lacks("Bas Bakker");
    assert_eq!(author(&wiki), address, "what was written stays");
    // Whoever takes the name later is somebody else.
    let other = invited(&noor, "bas", "");
    let csrf = other.token();
    save(&other, "plan/dijk", "# Een andere Bas\n", &[("csrf", &csrf)]).status(303);
    assert_ne!(author(&wiki), address);
}

#[test]
fn an_account_of_ones_own_takes_a_setting() {
    let closed = TestWiki::tiny_with(&[]);
    let _noor = admin(&closed);
    Browser::new(&closed).get("/-/sign-up").status(404);
    Browser::new(&closed).post("/-/sign-up", &[("login", "bas"), ("password", PASSWORD)]).status(404);
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("polder.toml");
    std::fs::write(&config, "sign_up = true\n").expect("written");
    let open = TestWiki::tiny_with(&["--config", &config.display().to_string()]);
    let before = Browser::new(&open);
    before.get("/-/sign-up").status(404);
    let _noor = admin(&open);
    let bas = Browser::new(&open);
    bas.get("/-/sign-in").ok().shows("/-/sign-up");
    bas.get("/-/sign-up").ok();
    bas.post("/-/sign-up", &[("login", "bas"), ("password", PASSWORD), ("admin", "yes")]).status(303);
    bas.get("/-/account").ok().lacks("Beheerder");
}

/// A mail server that takes letters and gives them to the test.
fn post_office() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, letters) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().expect("a stream"));
            let mut say = |text: &str| stream.write_all(text.as_bytes()).is_ok();
            let (mut letter, mut is_body) = (String::new(), false);
            say("220 post\r\n");
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
                let asked = std::mem::take(&mut line);
                if is_body {
                    if asked == ".\r\n" {
                        is_body = false;
                        say("250 ok\r\n");
                        let _ = sender.send(std::mem::take(&mut letter));
                    } else {
                        letter.push_str(&asked);
                    }
                } else if asked.starts_with("DATA") {
                    is_body = true;
                    say("354 go on\r\n");
                } else if asked.starts_with("QUIT") {
                    say("221 bye\r\n");
                    break;
                } else {
                    say("250 ok\r\n");
                }
            }
        }
    });
    (format!("smtp://{address}"), letters)
}

#[test]
fn a_forgotten_password_is_answered_by_a_letter() {
    let (smtp, letters) = post_office();
    let folder = tempfile::tempdir().expect("a folder");
    let (config, secret) = (folder.path().join("polder.toml"), folder.path().join("smtp"));
    std::fs::write(&secret, format!("{smtp}\n")).expect("written");
    let text = format!(
        "smtp = \"file:{}\"\nmail_from = \"Wiki <wiki@example.org>\"\nurl = \"http://localhost\"\n",
        secret.display()
    );
    std::fs::write(&config, text).expect("written");
    let wiki = TestWiki::tiny_with(&["--config", &config.display().to_string()]);
    let noor = admin(&wiki);
    let browser = Browser::new(&wiki);
    let sent = browser.post("/-/forgot", &[("login", "NOOR@example.org")]).ok().main();
    assert_eq!(browser.post("/-/forgot", &[("login", "niemand@example.org")]).ok().main(), sent);
    let letter = letters.recv_timeout(PATIENCE).expect("a letter");
    assert!(letter.contains("To: noor@example.org") && letter.contains("wiki@example.org"), "{letter}");
    // The link is of the address that the owner set, whatever a request says of itself.
    let body = letter.replace("=\r\n", "").replace("=3D", "=");
    let at = body.find("http://localhost/-/reset/").unwrap_or_else(|| panic!("{body}"));
    let path: String = body[at + "http://localhost".len()..].chars().take_while(|c| !c.is_whitespace()).collect();
    // Nobody is flooded, and nobody else is written to.
    browser.post("/-/forgot", &[("login", "noor")]).ok();
    let invite = noor.submit("/-/people/invite", &[("email", "cas@example.org"), ("groups", "")]).ok();
    let letter = letters.recv_timeout(PATIENCE).expect("a second letter");
    assert!(letter.contains("To: cas@example.org"), "{letter}");
    let link = shown_link(&invite, "/-/invite/");
    Browser::new(&wiki).get(&link).ok().shows("value=\"cas@example.org\"").shows("readonly");
    browser.post(&path, &[("password", "een nieuwe lange dijk")]).status(303);
    noor.get("/-/account").status(401);
    assert!(letters.try_recv().is_err(), "a letter too many");
    // No address can smuggle in another header.
    let admin = Browser::new(&wiki).sign_in("noor", "een nieuwe lange dijk");
    admin.submit("/-/people/invite", &[("email", "a@b\r\nBcc: c@example.org"), ("groups", "")]);
    assert!(letters.recv_timeout(Duration::from_millis(300)).is_err(), "a letter to nobody");
    assert!(!wiki.log().contains("example.org"), "{}", wiki.log());
}

#[test]
fn a_panic_does_not_end_the_post() {
    let post = polder_web::mail::Post::start("smtp://127.0.0.1:9", "Wiki <wiki@example.org>").expect("a post");
    let (told, tells) = mpsc::channel();
    assert!(post.later(Box::new(|| panic!("in a letter"))));
    assert!(post.later(Box::new(move || told.send(()).expect("heard"))));
    assert_eq!(tells.recv_timeout(PATIENCE), Ok(()));
}

#[test]
fn nobody_takes_the_name_of_somebody_with_an_account() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let (base, csrf) = (String::new(), noor.token());
    let rules = [("text", "rules:\n  - path: /\n    edit: everyone\n"), ("base", &*base), ("csrf", &*csrf)];
    noor.post("/-/edit/.polder/access.yml", &rules).status(303);
    let anonymous = Browser::new(&wiki);
    let refused = save(&anonymous, "plan/dijk", "# Getypt\n", &[("name", "noor  DE vries")]).status(422);
    refused.shows("Zo heet iemand met een account").shows("# Getypt").shows("noor  DE vries");
    save(&anonymous, "plan/dijk", "# Getypt\n", &[("name", "Noor de Vriès")]).status(303);
    let gone = [("to", "plan/weg"), ("name", "Noor de Vries"), ("base", &*wiki.tip())];
    anonymous.post("/-/move/plan/sluis", &gone).status(422).shows("Zo heet iemand met een account");
    // Nor by an invitation, or another name for one's own account.
    let link = shown_link(&noor.submit("/-/people/invite", &[("email", ""), ("groups", "")]).ok(), "/-/invite/");
    let fields = [("login", "bas"), ("name", "NOOR DE VRIES"), ("email", ""), ("password", PASSWORD)];
    let again = Browser::new(&wiki).post(&link, &fields).status(422).shows("Iemand anders heet hier al zo");
    again.shows("value=\"NOOR DE VRIES\"");
    let bas = invited(&noor, "bas", "");
    let fields = [("name", "Noor de Vries"), ("email", ""), ("lang", "nl")];
    bas.submit("/-/account/profile", &fields).status(422).shows("Iemand anders heet hier al zo");
    let fields = [("name", "Noor de Vries"), ("groups", "")];
    noor.submit("/-/people/bas/change", &fields).status(422).shows("Iemand anders heet hier al zo");
}

#[test]
fn links_can_be_withdrawn_and_what_admins_do_is_written_down() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "hr");
    let invite = [("email", "cas@example.org"), ("groups", "team")];
    let link = shown_link(&noor.submit("/-/people/invite", &invite).ok(), "/-/invite/");
    let listed = noor.get("/-/people").ok().shows("cas@example.org, team").shows("Gemaakt door").lacks(&link).text();
    let key = between(&listed, "name=\"key\" value=\"", "\"").to_owned();
    let export = noor.get("/-/account/export").ok().text();
    assert!(export.contains("cas@example.org") && !export.contains(link.rsplit('/').next().expect("a secret")));
    bas.submit("/-/people/withdraw", &[("key", &key)]).status(403);
    Browser::new(&wiki).get(&link).ok();
    noor.submit("/-/people/withdraw", &[("key", &key)]).status(303).leads_to("/-/people?done=withdrawn");
    Browser::new(&wiki).get(&link).status(404);
    noor.submit("/-/people/withdraw", &[("key", &key)]).status(404);
    noor.get("/-/people").ok().shows("geen uitnodigingen of links open");
    // What is done to others, and by whom.
    noor.submit("/-/people/bas/change", &[("name", "bas Jansen"), ("groups", "team"), ("admin", "yes")]).status(303);
    let token = token_of(&bas.sign_in("bas", PASSWORD), "read");
    noor.submit("/-/people/bas/end", &[]).status(303);
    let bearer = format!("Bearer {token}");
    wiki.ask("GET", "/plan/dijk", &[("Authorization", &bearer)], b"").status(401);
    noor.submit("/-/people/bas/disable", &[]).status(303);
    noor.get("/-/people-log").ok().shows("Beheerder gemaakt").shows("+team -hr").shows("Uitgeschakeld");
    let told = noor.get("/-/people-log?format=json").ok();
    assert_eq!(told.header("content-type"), "application/json");
    let json: serde_json::Value = serde_json::from_str(&told.text()).expect("JSON");
    let whats: Vec<&str> =
        json["acts"].as_array().expect("a list").iter().filter_map(|act| act["what"].as_str()).collect();
    let expected = ["disabled", "ended", "admin-given", "groups", "withdrawn", "invited", "made", "invited"];
    // Before them, how the first admin came to be.
    assert_eq!(whats, [&expected[..], &["admin-given", "made"]].concat(), "{json}");
    assert!(json["acts"][0]["by"] == "noor" && json["acts"][0]["whom"] == "bas", "{json}");
    Browser::new(&wiki).get("/-/people-log").status(401);
}

#[test]
fn a_new_password_by_a_link_ends_tokens() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let bas = invited(&noor, "bas", "");
    let token = token_of(&bas, "read");
    let link = shown_link(&noor.submit("/-/people/bas/reset", &[]).ok(), "/-/reset/");
    Browser::new(&wiki).get(&link).ok().shows("al je tokens werken niet meer");
    Browser::new(&wiki).post(&link, &[("password", "een nieuwe lange dijk")]).status(303);
    let bearer = format!("Bearer {token}");
    wiki.ask("GET", "/plan/dijk", &[("Authorization", &bearer)], b"").status(401);
}

#[test]
fn privacy_is_told_and_readers_get_no_cookie() {
    let wiki = TestWiki::tiny_with(&[]);
    let noor = admin(&wiki);
    let reader = Browser::new(&wiki);
    for path in [
        "/",
        "/plan/dijk",
        "/-/search?q=dijk",
        "/-/index",
        "/-/changes",
        "/-/privacy",
        "/-/sign-in",
        "/-/forgot",
        "/nergens",
    ] {
        assert_eq!(reader.get(path).header("set-cookie"), "", "{path}");
    }
    reader.get("/-/privacy").ok().shows("90 dagen").shows("__Host-polder").lacks("/-/account");
    noor.get("/-/privacy").ok().shows("href=\"/-/account\"");
    // Nothing that proves who somebody is gets into the log or into git.
    let secret = noor.cookie().trim_start_matches("polder=").to_owned();
    let token = token_of(&noor, "write");
    let log = wiki.log();
    let after = log.split("/-/first/").nth(1).unwrap_or_default();
    for never in [secret.as_str(), &token, PASSWORD, "noor@"] {
        assert!(!after.contains(never), "{never} in the log");
    }
}

#[test]
fn what_an_account_hangs_on_asks_for_the_password_again_after_a_while() {
    let wiki = TestWiki::tiny_with(&["--data", "d"]);
    let noor = admin(&wiki);
    let csrf = noor.token();
    let cookie = noor.cookie();
    wiki.stop();
    // An hour passes. Python reads and writes the file as the program does.
    let aged = "import sqlite3; db = sqlite3.connect('d/accounts.db'); \
                db.execute('UPDATE sessions SET renewed_s = renewed_s - 3600, made_s = made_s - 3600'); \
                db.commit()";
    let ran = Command::new("python3").args(["-c", aged]).current_dir(wiki.folder.path()).output();
    if !ran.as_ref().is_ok_and(|ran| ran.status.success()) {
        eprintln!("without python3 and its sqlite3 this is not tested: {ran:?}");
        return;
    }
    let repo = wiki.repo().display().to_string();
    let wiki = wiki.restarted(&["--repo", &repo, "--data", "d"]);
    let noor = Browser::with(&wiki, &cookie);
    noor.get("/-/account").ok();
    let acts: [(&str, &[(&str, &str)]); 5] = [
        ("/-/account/profile", &[("name", "Noor"), ("email", "dief@example.org"), ("lang", "nl")]),
        ("/-/account/token", &[("label", "x"), ("days", ""), ("scope", "write")]),
        ("/-/account/remove", &[("sure", "yes")]),
        ("/-/people/invite", &[("groups", "hr"), ("admin", "yes")]),
        ("/-/people/noor/reset", &[]),
    ];
    for (path, fields) in acts {
        let all = [fields, &[("csrf", csrf.as_str())]].concat();
        noor.post(path, &all).status(401).lacks("ui.secret").shows("je wachtwoord nog een keer").shows("readonly");
    }
    // A name alone is no such thing; saving a page neither.
    noor.submit("/-/account/profile", &[("name", "Noor V"), ("email", "noor@example.org"), ("lang", "nl")]).status(303);
    // With the password what was asked goes on, and for a while it is not asked again.
    let all = [acts[3].1, &[("csrf", csrf.as_str())]].concat();
    let asked = noor.post(acts[3].0, &all).status(401);
    let kept = hidden(&asked);
    let right = [as_pairs(&kept), vec![("login", "noor"), ("password", PASSWORD)]].concat();
    noor.post("/-/sign-in", &right).ok().shows("/-/invite/");
    noor.submit("/-/people/invite", &[("groups", "")]).ok().shows("/-/invite/");
}

trait Shows {
    fn clone_shows(&self, text: &str);
    fn main_or_all(&self) -> String;
}

impl Shows for Answer {
    fn clone_shows(&self, text: &str) {
        assert!(self.has(text), "{text:?} is missing in:\n{}", self.main());
    }

    fn main_or_all(&self) -> String {
        if self.has("<main") { self.main() } else { self.text() }
    }
}
