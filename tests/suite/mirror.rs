//! Mirrors and webhooks, with real git remotes, a second Polder, and a receiver that checks what it gets.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ring::hmac;
use serde_json::Value;

use crate::people::{encode, first_path};
use crate::wiki::{Clone as Work, TINY, TestWiki, between, commit_files, git, polder, unescape};

/// Longer than the pause after a failure or two.
const PATIENCE: Duration = Duration::from_secs(60);
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const PASSWORD: &str = "een lange dijk in de zon";

/// A place for settings, secrets and remotes.
struct Yard(tempfile::TempDir);

impl Yard {
    fn new() -> Yard {
        Yard(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).expect("written");
        self.path(name).display().to_string()
    }

    /// A repository without work tree, with what a small wiki begins with or empty.
    fn remote(&self, name: &str, is_filled: bool) -> String {
        git(self.0.path(), &["init", "-q", "--bare", "-b", "main", name]).ok();
        if is_filled {
            commit_files(&self.path(name), TINY, "Begin");
        }
        self.path(name).display().to_string()
    }

    /// The small wiki with these settings; its log is kept.
    fn wiki(&self, settings: &str) -> TestWiki {
        let file = self.write("polder.toml", settings);
        TestWiki::tiny_with(&["--config", &file])
    }

    fn clone_of(&self, remote: &str, name: &str) -> Work {
        git(self.0.path(), &["clone", "-q", remote, name]).ok();
        let path = self.path(name);
        for (key, value) in [("user.name", "Bas"), ("user.email", "bas@example.org")] {
            git(&path, &["config", key, value]).ok();
        }
        Work { path }
    }
}

fn tip(repo: &str) -> String {
    let ran = git(Path::new(repo), &["rev-parse", "-q", "--verify", "main"]);
    ran.stdout().trim().to_owned()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never came to be that {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn state(wiki: &TestWiki) -> Value {
    serde_json::from_slice(&wiki.get("/-/mirrors?format=json").ok().body).expect("JSON")
}

/// Waits until the only mirror is as expected; gives how it is.
fn mirror(wiki: &TestWiki, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + PATIENCE;
    loop {
        let all = state(wiki);
        let one = &all["mirrors"][0];
        if is_so(one) {
            return one.clone();
        }
        assert!(Instant::now() < end, "it never came to be that {what}:\n{all:#}\n{}", wiki.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn level(wiki: &TestWiki) -> Value {
    mirror(wiki, "the mirror is level", |one| one["is_level"] == true && one["here"] == wiki.tip().as_str())
}

fn faulty(wiki: &TestWiki, code: &str) -> Value {
    mirror(wiki, code, |one| one["fault"]["code"] == code)
}

fn now(wiki: &TestWiki, name: &str) {
    wiki.post("/-/mirrors/now", &[("mirror", name)]).status(303).leads_to("/-/mirrors?asked=yes");
}

#[test]
fn what_is_saved_is_soon_at_the_mirror_with_its_versions() {
    let yard = Yard::new();
    let remote = yard.remote("elders.git", false);
    let wiki = yard.wiki(&format!("[[mirror]]\nname = \"elders\"\nurl = \"{remote}\"\nevery = \"1h\"\n"));
    level(&wiki);
    assert_eq!(tip(&remote), wiki.tip());
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    git(&wiki.repo(), &["tag", "-a", "-m", "Eerste", "plan/dijk@v1", "main"]).ok();
    git(&wiki.repo(), &["tag", "geen-versie", "main"]).ok();
    until("the save is there", || tip(&remote) == wiki.tip());
    until("the version is there", || git(Path::new(&remote), &["tag"]).ok().stdout().trim() == "plan/dijk@v1");
    wiki.get("/-/mirrors").ok().shows("elders").shows("gelijk").shows(&remote);
    wiki.get("/-/metrics").ok().shows("polder_mirror_level{mirror=\"elders\"} 1");
    assert!(wiki.log().contains("the mirror `elders` is level"), "{}", wiki.log());
    assert_eq!(git(Path::new(&remote), &["fsck", "--strict", "--no-dangling"]).ok().stdout(), "");
}

#[test]
fn a_mirror_that_went_on_is_told_and_never_forced() {
    // INV-10
    let yard = Yard::new();
    let remote = yard.remote("elders.git", true);
    let clone = yard.clone_of(&remote, "bas");
    clone.replace("plan/sluis.md", "De sluis", "De schutsluis").commit("Van Bas").push().ok();
    let theirs = tip(&remote);
    let wiki = yard.wiki(&format!("[[mirror]]\nname = \"elders\"\nurl = \"{remote}\"\nevery = \"1h\"\n"));
    let ours = wiki.tip();
    let one = faulty(&wiki, "ahead");
    assert_eq!((one["behind"]["count"].as_u64(), one["ahead"]["count"].as_u64()), (Some(1), Some(0)));
    assert_eq!(one["behind"]["newest"][0]["summary"], "Van Bas");
    wiki.get("/-/mirrors").ok().shows("Er is niets overschreven").shows("1 commit staat alleen daar").shows("Van Bas");
    wiki.get("/-/metrics").ok().shows("polder_mirror_level{mirror=\"elders\"} 0");
    assert_eq!((tip(&remote), wiki.tip()), (theirs, ours));
}

#[test]
fn what_a_mirror_brings_is_merged_with_saves_and_its_versions_come_along() {
    // INV-3
    let yard = Yard::new();
    let remote = yard.remote("elders.git", true);
    let clone = yard.clone_of(&remote, "bas");
    let settings = format!("[[mirror]]\nname = \"elders\"\nurl = \"{remote}\"\ndirection = \"pull\"\nevery = \"1h\"\n");
    let wiki = yard.wiki(&settings);
    level(&wiki);
    git(&wiki.repo(), &["tag", "-a", "-m", "Van hier", "plan/sluis@v1", "main"]).ok();
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    clone.replace("plan/dijk.md", "Het slot", "Het einde").commit("Van Bas").push().ok();
    for (name, args) in [
        ("plan/dijk@v1", &["-a", "-m", "Eerste"][..]),
        ("plan/sluis@v1", &["-a", "-m", "Van daar"]),
        ("plan/licht@v1", &[]),
    ] {
        clone.git(&[&["tag"], args, &[name]].concat()).ok();
        clone.git(&["push", "-q", "origin", name]).ok();
    }
    let before = tip(&remote);
    now(&wiki, "elders");
    let one = mirror(&wiki, "it came", |one| one["is_level"] == true && one["ahead"]["count"] == 2);
    wiki.get("/plan/dijk").ok().shows("Het vertrek").shows("Het einde");
    let log = git(&wiki.repo(), &["log", "-1", "--format=%an|%s|%P", "main"]).ok().stdout();
    assert!(log.starts_with("elders|Samengevoegd met spiegel elders|"), "{log}");
    assert_eq!(log.trim().rsplit('|').next().map(|parents| parents.split(' ').count()), Some(2));
    wiki.eventually("/plan/dijk@v1", |answer| answer.status == 200).shows("Het einde");
    // A version of the same name there is told, and moves nothing here.
    let told = one["versions"].to_string();
    assert!(told.contains("plan/sluis@v1: daar staat een andere versie"), "{told}");
    assert!(told.contains("plan/licht@v1: daar staat een tag"), "{told}");
    assert_eq!(
        git(&wiki.repo(), &["tag", "-l", "--format=%(subject)", "plan/sluis@v1"]).ok().stdout().trim(),
        "Van hier"
    );
    assert_eq!(tip(&remote), before, "a pull writes nothing there");
    assert_eq!(git(&wiki.repo(), &["fsck", "--strict", "--no-dangling"]).ok().stdout(), "");
    // What was fetched is not served.
    assert!(!git(yard.0.path(), &["ls-remote", &wiki.clone_url()]).ok().stdout().contains("refs/polder"));
}

#[test]
fn a_clash_leaves_both_sides_and_is_finished_by_a_person() {
    let yard = Yard::new();
    let remote = yard.remote("elders.git", true);
    let clone = yard.clone_of(&remote, "bas");
    let wiki = yard.wiki(&format!(
        "[[mirror]]\nname = \"elders\"\nurl = \"{remote}\"\ndirection = \"both\"\nevery = \"1h\"\non_change = false\n"
    ));
    level(&wiki);
    wiki.editor("plan/dijk").replace("Het begin", "Ons begin").save().status(303);
    clone.replace("plan/dijk.md", "Het begin", "Hun begin").commit("Van Bas").push().ok();
    let (ours, theirs) = (wiki.tip(), tip(&remote));
    now(&wiki, "elders");
    let one = faulty(&wiki, "clash");
    assert_eq!(one["fault"]["said"][0], "plan/dijk.md");
    assert_eq!((wiki.tip(), tip(&remote)), (ours, theirs.clone()));
    let href = format!("/-/merge/{theirs}");
    assert_eq!(one["fault"]["href"], href.as_str());
    wiki.get("/-/mirrors").ok().shows("dezelfde regels").shows(&format!("href=\"{href}\""));
    let form = wiki.get(&href).ok().text();
    let base = form.split("<input").find(|input| input.contains("name=\"base\"")).expect("a base");
    let base = unescape(between(base, "value=\"", "\""));
    let text = wiki.file("plan/dijk.md").replace("Ons begin", "Ons gedeelde begin");
    wiki.post(&href, &[("base", &base), ("name", "Noor"), ("summary", ""), ("text:plan/dijk.md", &text)]).status(303);
    now(&wiki, "elders");
    level(&wiki);
    assert_eq!(tip(&remote), wiki.tip());
    assert!(wiki.file("plan/dijk.md").contains("Ons gedeelde begin"));
}

#[test]
fn a_mirror_brings_no_settings_and_no_errors() {
    // INV-8
    let yard = Yard::new();
    let remote = yard.remote("elders.git", true);
    let clone = yard.clone_of(&remote, "bas");
    let wiki = yard
        .wiki(&format!("[[mirror]]\nname = \"elders\"\nurl = \"{remote}\"\ndirection = \"pull\"\nevery = \"1h\"\n"));
    level(&wiki);
    let ours = wiki.tip();
    clone.write(".polder/access.yml", "everyone: [edit]\n").commit("Alles open");
    clone.git(&["rm", "-q", ".polder/access.yml"]).ok();
    clone.commit("En weer weg").push().ok();
    now(&wiki, "elders");
    let one = faulty(&wiki, "settings");
    assert_eq!(one["fault"]["said"][0], ".polder/access.yml", "also when only a commit on the way does");
    assert_eq!(wiki.tip(), ours);
    clone.git(&["reset", "-q", "--hard", "HEAD~2"]).ok();
    clone.write("plan/fout.md", "---\ntitle: a\ntitle: b\n---\n").commit("Fout");
    clone.git(&["push", "-q", "--force", "origin", "HEAD:main"]).ok();
    now(&wiki, "elders");
    let one = faulty(&wiki, "judged");
    assert!(one["fault"]["said"][0].as_str().is_some_and(|said| said.starts_with("plan/fout.md")), "{one:#}");
    assert_eq!(wiki.tip(), ours);
    clone.write("plan/fout.md", "---\ntitle: a\n---\n").commit("Goed").push().ok();
    now(&wiki, "elders");
    level(&wiki);
    assert_eq!(wiki.tip(), tip(&remote));
}

#[test]
fn a_remote_that_is_away_is_told_and_caught_up_with_later() {
    let yard = Yard::new();
    let remote = yard.path("later.git").display().to_string();
    let wiki = yard.wiki(&format!("[[mirror]]\nname = \"later\"\nurl = \"{remote}\"\nevery = \"1h\"\n"));
    let one = faulty(&wiki, "no-repository");
    assert_eq!(one["failures"], 1);
    assert!(one["next"].is_string() && one["succeeded"].is_null(), "{one:#}");
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    yard.remote("later.git", false);
    // Without being asked, though the next time is an hour away.
    level(&wiki);
    assert_eq!(tip(&remote), wiki.tip());
    assert_eq!(wiki.log().matches("the mirror `later` is not level").count(), 1, "told once");
}

/// A wiki with an account, and a token of it for writing.
fn with_account(yard: &Yard) -> (TestWiki, String) {
    let wiki = TestWiki::tiny_with(&[]);
    let fields = [("login", "noor"), ("name", "Noor de Vries"), ("email", "noor@example.org"), ("password", PASSWORD)];
    wiki.post(&first_path(&wiki), &fields).status(303);
    let repo = wiki.repo().display().to_string();
    let ran = polder(wiki.folder.path(), &["user", "token", "noor", "--scope", "write", "--repo", &repo]).ok();
    let token = ran.stdout().trim().to_owned();
    (wiki, yard.write("token", &format!("{token}\n")))
}

fn save_by_token(wiki: &TestWiki, token: &str, page: &str, old: &str, new: &str) {
    let bearer = format!("Bearer {token}");
    for _ in 0..20 {
        let base = wiki.tip();
        let text = git(&wiki.repo(), &["show", &format!("{base}:{page}.md")]).ok().stdout();
        assert!(text.contains(old), "{text}");
        let fields = [("text", text.replace(old, new)), ("base", base), ("summary", String::new())];
        let fields = fields.each_ref().map(|(key, value)| (*key, value.as_str()));
        let answer = wiki.ask(
            "POST",
            &format!("/-/edit/{page}"),
            &[("Authorization", &bearer), FORM],
            encode(&fields).as_bytes(),
        );
        if answer.status == 303 {
            return;
        }
        assert_eq!(answer.status, 409, "{}", answer.text());
    }
    panic!("the save was never taken");
}

#[test]
fn two_wikis_that_mirror_each_other_lose_nothing() {
    let (yard, other_yard) = (Yard::new(), Yard::new());
    let (there, token_file) = with_account(&other_yard);
    let token = fs::read_to_string(&token_file).expect("read").trim().to_owned();
    let here = yard.wiki(&format!(
        "[[mirror]]\nname = \"daar\"\nurl = \"{}\"\ndirection = \"both\"\nevery = \"5s\"\ntoken_file = \"{token_file}\"\n",
        there.clone_url()
    ));
    level(&here);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..5 {
                here.editor("plan/sluis").replace("Zie [de", &format!("Hier {n}. Zie [de")).save().status(303);
                here.editor("plan/dijk").replace("Het begin", &format!("Het begin {n}")).save().status(303);
                std::thread::sleep(Duration::from_millis(600));
            }
        });
        scope.spawn(|| {
            for n in 0..5 {
                save_by_token(&there, &token, "FrontPage", "Welkom.", &format!("Welkom. Daar {n}."));
                save_by_token(&there, &token, "plan/dijk", "Het slot", &format!("Het slot {n}"));
                std::thread::sleep(Duration::from_millis(700));
            }
        });
    });
    until("both are level", || {
        let one = &state(&here)["mirrors"][0];
        here.tip() == there.tip() && one["is_level"] == true
    });
    for wiki in [&here, &there] {
        let (sluis, front, dijk) = (wiki.file("plan/sluis.md"), wiki.file("FrontPage.md"), wiki.file("plan/dijk.md"));
        for n in 0..5 {
            assert!(sluis.contains(&format!("Hier {n}.")), "{sluis}");
            assert!(front.contains(&format!("Daar {n}.")), "{front}");
        }
        assert!(dijk.contains("Het begin 4 3 2 1 0 van") && dijk.contains("Het slot 4 3 2 1 0 van"), "{dijk}");
        assert_eq!(git(&wiki.repo(), &["fsck", "--strict", "--no-dangling"]).ok().stdout(), "");
    }
    let log = here.log();
    assert!(!log.contains(&token), "{log}");
}

#[test]
fn a_wrong_token_is_told_without_it() {
    let (yard, other_yard) = (Yard::new(), Yard::new());
    let (there, _) = with_account(&other_yard);
    let file = yard.write("token", "pld_verkeerdgeheim\n");
    let wiki = yard.wiki(&format!(
        "[[mirror]]\nname = \"daar\"\nurl = \"{}\"\nevery = \"1h\"\ntoken_file = \"{file}\"\n",
        there.clone_url()
    ));
    faulty(&wiki, "denied");
    let shown = wiki.get("/-/mirrors").ok().shows("laat deze wiki niet toe").text();
    let json = state(&wiki).to_string();
    for text in [&shown, &json, &wiki.log()] {
        assert!(!text.contains("verkeerdgeheim") && !text.contains("cG9sZGVy"), "{text}");
    }
    // A file that holds none is told too, and is read anew.
    fs::remove_file(&file).expect("removed");
    now(&wiki, "daar");
    faulty(&wiki, "token");
}

#[test]
fn ssh_is_spoken_by_a_program_that_is_never_asked_anything() {
    let yard = Yard::new();
    let remote = yard.remote("elders.git", false);
    let said = yard.path("said").display().to_string();
    let program = yard.write(
        "ssh",
        &format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> '{said}'\nfor last; do :; done\nexec sh -c \"$last\"\n"),
    );
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("allowed");
    let known = yard.write("known hosts", "");
    let wiki = yard.wiki(&format!(
        "[[mirror]]\nname = \"ssh\"\nurl = \"git@git.example.org:{remote}\"\nssh = \"{program}\"\nkey_file = \"{program}\"\nknown_hosts = \"{known}\"\n"
    ));
    level(&wiki);
    assert_eq!(tip(&remote), wiki.tip());
    let said = fs::read_to_string(said).expect("it was called");
    for part in [
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        &format!("UserKnownHostsFile=\"{known}\""),
        "git@git.example.org",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn only_who_keeps_the_wiki_sees_mirrors() {
    let yard = Yard::new();
    let (wiki, _) = with_account(&yard);
    let answer = wiki.get("/-/mirrors");
    assert!(answer.status != 200 || !answer.has("Git-spiegels"), "{}", answer.text());
    wiki.get("/-/mirrors?format=json").lacks("\"mirrors\"");
    let refused = wiki.post("/-/mirrors/now", &[("mirror", "x")]);
    assert!(refused.status != 303, "{}", refused.text());
    let fresh = TestWiki::tiny();
    fresh.get("/-/mirrors").ok().shows("Er zijn geen spiegels ingesteld");
    fresh.post("/-/mirrors/now", &[("mirror", "x")]).status(404);
}

/// What a receiver got.
#[derive(Clone, Debug)]
struct Message {
    id: String,
    time: String,
    signature: String,
    body: String,
}

/// A receiver of webhooks, that answers with these statuses in turn and then with 204.
fn receiver(statuses: &[u16]) -> (String, Arc<Mutex<Vec<Message>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/haak?sleutel=geheim", listener.local_addr().expect("an address"));
    let got: Arc<Mutex<Vec<Message>>> = Arc::default();
    let (kept, statuses) = (Arc::clone(&got), statuses.to_vec());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let mut headers = std::collections::BTreeMap::new();
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some((name, value)) = line.split_once(':') {
                    headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
                }
                line.clear();
            }
            let length: usize = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            let header = |name: &str| headers.get(name).cloned().unwrap_or_default();
            let n = {
                let mut got = kept.lock().expect("not poisoned");
                got.push(Message {
                    id: header("webhook-id"),
                    time: header("webhook-timestamp"),
                    signature: header("webhook-signature"),
                    body: String::from_utf8(body).expect("UTF-8"),
                });
                got.len()
            };
            let status = statuses.get(n - 1).copied().unwrap_or(204);
            let more = if status == 302 { "Location: /elders\r\n" } else { "" };
            let _ = (&stream).write_all(
                format!("HTTP/1.1 {status} x\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
            );
        }
    });
    (address, got)
}

/// 24 bytes, as the standard writes secrets.
const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
const SECRET_BYTES: &[u8] = b"0123456789abcdefghijklmn";

fn is_signed(message: &Message) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET_BYTES);
    let tag = hmac::sign(&key, format!("{}.{}.{}", message.id, message.time, message.body).as_bytes());
    let url = polder_web::oidc::jose::to_base64url(tag.as_ref()).replace('-', "+").replace('_', "/");
    message.signature == format!("v1,{url}=")
}

fn got(messages: &Arc<Mutex<Vec<Message>>>, count: usize) -> Vec<Message> {
    until(&format!("{count} messages came"), || messages.lock().expect("not poisoned").len() >= count);
    messages.lock().expect("not poisoned").clone()
}

#[test]
fn a_webhook_is_told_each_change_in_order_and_signed() {
    let yard = Yard::new();
    let (address, messages) = receiver(&[]);
    let secret = yard.write("secret", SECRET);
    let wiki = yard.wiki(&format!("[[webhook]]\nurl = \"{address}\"\nsecret_file = \"{secret}\"\n")).ready();
    // It begins to look once it runs.
    std::thread::sleep(Duration::from_millis(1_000));
    let before = wiki.tip();
    wiki.editor("plan/dijk").replace("begin", "vertrek").name("Noor").summary("Anders").save().status(303);
    let first = got(&messages, 1);
    wiki.editor("plan/nieuw").text("# Iets nieuws\n").save().status(303);
    let second = got(&messages, 2);
    git(&wiki.repo(), &["tag", "-a", "-m", "Eerste", "plan/dijk@v1", "main"]).ok();
    let all = got(&messages, 3);
    assert!(all.iter().all(is_signed), "{all:?}");
    let body = |message: &Message| -> Value { serde_json::from_str(&message.body).expect("JSON") };
    let told = body(&first[0]);
    assert_eq!((told["type"].as_str(), told["data"]["before"].as_str()), (Some("wiki.changed"), Some(before.as_str())));
    let page = &told["data"]["pages"][0];
    assert_eq!(
        (page["path"].as_str(), page["fate"].as_str(), page["title"].as_str()),
        (Some("plan/dijk"), Some("changed"), Some("De dijk"))
    );
    let commit = &told["data"]["commits"][0];
    assert_eq!((commit["author"].as_str(), commit["summary"].as_str()), (Some("Noor"), Some("Anders")));
    let next = body(&second[1]);
    assert_eq!(next["data"]["before"], told["data"]["after"]);
    assert_eq!(
        (next["data"]["after"].as_str(), next["data"]["pages"][0]["fate"].as_str()),
        (Some(wiki.tip().as_str()), Some("added"))
    );
    let made = body(&all[2]);
    assert_eq!(
        (made["type"].as_str(), made["data"]["versions"][0]["label"].as_str()),
        (Some("version.made"), Some("v1"))
    );
    // The secret of the receiver, in the query of its address, is nobody's business.
    wiki.get("/-/mirrors").ok().shows("aangenomen").shows(&all[2].id).lacks("sleutel=geheim");
    wiki.get("/-/metrics").ok().shows("polder_webhook_taken{webhook=\"1\"} 1");
}

#[test]
fn w10_a_receiver_that_fails_is_tried_again_and_no_redirect_is_followed() {
    let yard = Yard::new();
    let (address, messages) = receiver(&[500, 302]);
    let secret = yard.write("secret", SECRET);
    let settings =
        format!("[[webhook]]\nurl = \"{address}\"\nsecret_file = \"{secret}\"\nevents = [\"wiki.changed\"]\n");
    let wiki = yard.wiki(&settings).ready();
    std::thread::sleep(Duration::from_millis(1_000));
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    let first = got(&messages, 1);
    wiki.eventually("/-/mirrors", |answer| answer.has("geweigerd met status 500"));
    wiki.editor("plan/sluis").replace("De sluis", "De schutsluis").save().status(303);
    wiki.editor("FrontPage").replace("Welkom", "Dag").save().status(303);
    let all = got(&messages, 4);
    assert!(all[..3].iter().all(|message| message.id == first[0].id && message.body == first[0].body), "{all:?}");
    assert!(all.iter().all(is_signed), "{all:?}");
    // What changed meanwhile is told in one, after it.
    let body: Value = serde_json::from_str(&all[3].body).expect("JSON");
    assert_ne!(all[3].id, first[0].id);
    assert_eq!((body["data"]["n_commits"].as_u64(), body["data"]["n_pages"].as_u64()), (Some(2), Some(2)));
    assert_eq!(body["data"]["after"], wiki.tip().as_str());
}

#[test]
fn a_webhook_is_told_nothing_of_what_is_closed() {
    // INV-4
    let yard = Yard::new();
    let (address, messages) = receiver(&[]);
    let secret = yard.write("secret", SECRET);
    let wiki = yard.wiki(&format!("[[webhook]]\nurl = \"{address}\"\nsecret_file = \"{secret}\"\n"));
    let rules = "rules:\n  - path: dicht\n    read: admins\n    edit: admins\n";
    commit_files(&wiki.repo(), &[(".polder/access.yml", rules), ("dicht/loon.md", "# Geheim loon\n")], "Sluit");
    let wiki = wiki.ready();
    std::thread::sleep(Duration::from_millis(2_000));
    let n = messages.lock().expect("not poisoned").len();
    commit_files(&wiki.repo(), &[("dicht/loon.md", "# Geheim loon\n\nHoger.\n")], "Geheime verhoging");
    std::thread::sleep(Duration::from_millis(2_500));
    commit_files(&wiki.repo(), &[("plan/open.md", "# Open\n"), ("dicht/nog.md", "# Nog geheim\n")], "Geheim en open");
    let all = got(&messages, n + 1);
    assert_eq!(all.len(), n + 1, "a closed change is told by nothing: {all:?}");
    let text = all.iter().map(|message| message.body.as_str()).collect::<String>();
    assert!(text.contains("plan/open") && !text.to_lowercase().contains("geheim") && !text.contains("dicht"), "{text}");
}
