//! A server that others can reach: proxies, headers of every answer, limits, encryption, the address
//! below a path, what machines ask it, and what it writes down. Tests are named after the rows of the
//! list of attacks that they hold.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::rows::Office;
use crate::wiki::{Answer, TestWiki, between, commit_files, polder};
use crate::words::root;

/// The log's line about the request with this id.
fn line(wiki: &TestWiki, answer: &Answer) -> String {
    let id = answer.header("x-request-id").to_owned();
    assert!(!id.is_empty(), "{:?}", answer.headers);
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        if let Some(line) = wiki.log().lines().find(|line| line.contains(&id)) {
            return line.to_owned();
        }
        assert!(Instant::now() < until, "{id} is not in the log:\n{}", wiki.log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn only_a_named_proxy_says_for_whom_it_asks() {
    let client = |proxies: &[&str], headers: &[(&str, &str)]| {
        let wiki = TestWiki::tiny_with(proxies);
        let answer = wiki.ask("GET", "/", headers, b"").ok();
        let line = line(&wiki, &answer);
        line.split("client=").nth(1).and_then(|rest| rest.split(' ').next()).expect("a client").to_owned()
    };
    let chain = ("X-Forwarded-For", "203.0.113.9, 198.51.100.7, 10.0.0.4");
    assert_eq!(client(&[], &[chain]), "127.0.0.0/24", "from nobody in particular");
    assert_eq!(client(&["--proxies", "192.0.2.1"], &[chain]), "127.0.0.0/24", "from another");
    // The rightmost that is no proxy; what stands left of it, anybody may have written.
    assert_eq!(client(&["--proxies", "127.0.0.0/8"], &[chain]), "10.0.0.0/24");
    assert_eq!(client(&["--proxies", "127.0.0.1,10.0.0.0/8"], &[chain]), "198.51.100.0/24");
    assert_eq!(
        client(&["--proxies", "127.0.0.1"], &[("Forwarded", "for=\"[2001:db8:7::9]:4711\";proto=https")]),
        "2001:db8:7::/48"
    );
    // Two headers that do not say the same: one of them the client wrote.
    let both = [("X-Forwarded-For", "203.0.113.9"), ("Forwarded", "for=198.51.100.7")];
    assert_eq!(client(&["--proxies", "127.0.0.1"], &both), "127.0.0.0/24");
    for odd in ["unknown", "", "::::", "203.0.113.9\t", "a, b"] {
        let answer = client(&["--proxies", "127.0.0.1"], &[("X-Forwarded-For", odd)]);
        assert!(answer == "127.0.0.0/24" || answer == "203.0.113.0/24", "{odd:?} {answer}");
    }
}

#[test]
fn a_proxy_that_speaks_https_makes_addresses_https_and_never_opens_editing() {
    let wiki = TestWiki::tiny_with(&["--proxies", "127.0.0.1"]);
    let asked =
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "wiki.example.org"), ("X-Forwarded-For", "127.0.0.1")];
    let answer = wiki.ask("GET", "/-/changes.atom", &asked, b"").ok();
    assert!(answer.has("https://wiki.example.org/"), "{}", answer.text());
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
    wiki.ask("GET", "/-/edit/FrontPage", &asked, b"").status(403);
    // Nor does the bare address, once there is a proxy that may leave its headers out.
    wiki.get("/-/edit/FrontPage").status(403);
    wiki.get("/wiki.git/info/refs?service=git-upload-pack").status(403);
    let plain = wiki.get("/-/changes.atom").ok();
    assert!(plain.has(&format!("http://{}/", wiki.address)) && plain.header("strict-transport-security").is_empty());
    // A host that is none is not written into an address.
    let odd = [("X-Forwarded-Host", "a\"><b>"), ("X-Forwarded-Proto", "https")];
    wiki.ask("GET", "/-/changes.atom", &odd, b"").ok().lacks("<b>");

    let wiki = TestWiki::tiny_with(&["--url", "https://wiki.example.org", "--proxies", "127.0.0.1"]);
    wiki.get("/-/changes.atom").ok().shows("https://wiki.example.org/");
}

#[test]
fn w6_headers_that_name_a_person_are_never_believed() {
    let names = [
        "X-Remote-User",
        "Remote-User",
        "X-Forwarded-User",
        "X-Auth-Request-User",
        "X-WEBAUTH-USER",
        "X-Forwarded-Email",
    ];
    for args in [&[][..], &["--proxies", "127.0.0.1"][..]] {
        let wiki = TestWiki::tiny_with(args);
        let before = wiki.ask("GET", "/", &[("X-Forwarded-For", "203.0.113.9")], b"").ok();
        for name in names {
            let asked = [(name, "admin"), ("X-Forwarded-For", "203.0.113.9")];
            let after = wiki.ask("GET", "/", &asked, b"").ok();
            assert_eq!(before.main(), after.main(), "{name}");
            assert!(!after.text().contains("admin"), "{name}");
            wiki.ask("GET", "/-/edit/FrontPage", &asked, b"").status(403);
            assert!(
                line(&wiki, &after).contains("user=\"-\"") || line(&wiki, &after).contains("user=-"),
                "{}",
                line(&wiki, &after)
            );
        }
    }
}

/// What every answer must carry; a complaint for what it lacks.
fn fault(answer: &Answer) -> Option<String> {
    let fixed = [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in fixed {
        if answer.header(name) != value {
            return Some(format!("{name}: {:?}", answer.header(name)));
        }
    }
    if !answer.header("server").is_empty() {
        return Some("it says what server it is".to_owned());
    }
    if answer.header("x-request-id").len() < 8 || answer.header("cache-control").is_empty() {
        return Some("no number, or nothing about keeping it".to_owned());
    }
    let csp = answer.header("content-security-policy");
    for bad in ["unsafe-", "http:", "https:", "*", "data:", "blob:"] {
        if csp.contains(bad) {
            return Some(format!("{bad} in {csp}"));
        }
    }
    let mime = answer.header("content-type");
    let must: &[&str] = if mime.starts_with("text/html") {
        &[
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        ]
    } else {
        &["default-src 'none'", "sandbox", "frame-ancestors 'none'"]
    };
    if let Some(lacking) = must.iter().find(|part| !csp.split(';').any(|given| given.trim() == **part)) {
        return Some(format!("{lacking} is not in {csp} ({mime})"));
    }
    if mime.starts_with("text/html") {
        let text = answer.text();
        let inline = text.split("<script").skip(1).any(|rest| !rest.starts_with(" src="));
        if inline || text.contains("<style") || text.contains(" style=") || text.contains(" onclick=") {
            return Some("inline style or script".to_owned());
        }
    }
    None
}

/// Every address of the program, with something in place of what is left open.
fn addresses() -> Vec<String> {
    let routes = std::fs::read_to_string(root().join("crates/web/src/routes.rs")).expect("readable");
    let mut all: Vec<String> = routes
        .split("at(\"")
        .skip(1)
        .map(|rest| {
            let address = rest.split('"').next().expect("a literal");
            let fixed = address.split('{').next().expect("a beginning");
            let open = match fixed {
                _ if fixed == address => "",
                "/-/new/" => "project",
                "/-/lang/" => "en",
                "/-/assets/" => "polder.js",
                _ => "plan/dijk",
            };
            format!("{fixed}{open}")
        })
        .collect();
    all.extend(
        [
            "/",
            "/plan/sluis",
            "/plan",
            "/nergens",
            "/plan/dijk@v1",
            "/plan/dijk@~zzz",
            "/-/search?q=dijk",
            "/a.svg",
            "/a.html",
            "/a.js",
            "/a.css",
            "/a.png",
            "/t.csv",
            "/-/changes?since=2020-01-01",
            "/-/geen",
            "/.git/config",
            "/-/changes.atom?page=plan/dijk",
            "/-/fields/plan/dijk?format=csv",
            "/wiki.git/HEAD",
            "/plan/dijk.md",
            "/-/timegate/plan/dijk",
            "/%00",
            "/%ff",
            "/-/raw/nergens",
            "/-/search?q=%ff",
            "/..%2f..%2fetc",
        ]
        .map(str::to_owned),
    );
    all
}

/// Files that would like to run.
const HOSTILE: &[(&str, &str)] = &[
    ("a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
    ("a.html", "<script>alert(1)</script>"),
    ("a.js", "alert(1)"),
    ("a.css", "body{}"),
    ("a.png", "<script>alert(1)</script>"),
    ("a.pdf", "<html>"),
    ("b.pdf", "%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>"),
    ("c.SVG", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"),
    ("d.svgz", "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>"),
    ("e.xhtml", "<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(1)</script></html>"),
    ("f.mjs", "alert(1)"),
    ("g.txt", "<script>alert(1)</script>"),
    ("h", "<script>alert(1)</script>"),
    ("t.csv", "a,b\n"),
    ("a.xml", "<x xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:script>alert(1)</h:script></x>"),
    ("met \"; x=.txt", "tekst"),
];

#[test]
fn every_kind_of_answer_carries_the_headers() {
    let wiki = TestWiki::tiny_with(&[]);
    commit_files(&wiki.repo(), HOSTILE, "Bestanden");
    wiki.eventually("/a.svg", |answer| answer.status == 200);
    let css = wiki
        .get("/")
        .text()
        .split("rel=\"stylesheet\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next().map(str::to_owned));
    let mut seen = std::collections::BTreeMap::new();
    let mut faults = Vec::new();
    let all: Vec<String> = addresses().into_iter().chain(css).collect();
    for address in &all {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = wiki.ask(method, address, &[], b"");
            *seen.entry(answer.status).or_insert(0) += 1;
            if let Some(fault) = fault(&answer) {
                faults.push(format!("{method} {address} {}: {fault}", answer.status));
            }
            assert!(!(method == "TRACE" && answer.status == 200), "{address}");
        }
        let kept = wiki.get(address).header("etag").to_owned();
        if !kept.is_empty() {
            let answer = wiki.ask("GET", address, &[("If-None-Match", &kept)], b"");
            faults.extend(fault_of_304(&answer).map(|fault| format!("304 {address}: {fault}")));
        }
    }
    let origin = format!("http://{}", wiki.address);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let odd = wiki.ask("POST", "/-/edit/plan/dijk", &[("Origin", &origin), form], b"act=save&text=%ff");
    let large = vec![b'a'; 37 * 1024 * 1024];
    let large = wiki.ask("POST", "/-/edit/plan/dijk", &[("Origin", &origin), form], &large);
    let git = wiki.ask(
        "POST",
        "/wiki.git/git-upload-pack",
        &[("Content-Type", "application/x-git-upload-pack-request")],
        b"0000",
    );
    let refs = wiki.get("/wiki.git/info/refs?service=git-upload-pack").ok();
    assert_eq!(large.status, 413);
    for answer in [odd, large, git, refs] {
        *seen.entry(answer.status).or_insert(0) += 1;
        faults.extend(fault(&answer).map(|fault| format!("{} {fault}", answer.status)));
    }
    assert!(faults.is_empty(), "{} of {seen:?}:\n{}", faults.len(), faults.join("\n"));
    for status in [200, 303, 400, 403, 404, 405, 413] {
        assert!(seen.contains_key(&status), "no {status} among {seen:?}");
    }
}

/// A 304 has no type; what it says stands for what was kept.
fn fault_of_304(answer: &Answer) -> Option<String> {
    (answer.status == 304 && answer.header("x-content-type-options") != "nosniff").then(|| "no nosniff".to_owned())
}

/// How an answer says that it may be kept.
#[derive(Debug, PartialEq)]
enum Kept {
    Tagged,
    Never,
    ForEver,
    /// Git's own programs answer.
    ByGit,
}

fn kept(answer: &Answer) -> Option<Kept> {
    match (answer.header("cache-control"), !answer.header("etag").is_empty(), answer.header("vary")) {
        ("private, no-cache", true, "Accept-Language, Cookie") => Some(Kept::Tagged),
        ("no-store", false, "") => Some(Kept::Never),
        ("public, max-age=31536000, immutable", false, "") => Some(Kept::ForEver),
        ("no-cache", false, "") => Some(Kept::ByGit),
        _ => None,
    }
}

#[test]
fn each_kind_of_answer_says_what_it_is_how_long_it_may_be_kept_and_whether_it_is_opened() {
    let files: Vec<_> = crate::wiki::TINY.iter().chain(HOSTILE).copied().collect();
    let files: Vec<(&str, &str)> = files
        .into_iter()
        .chain([
            ("cijfers.md", "```yaml polder-query\nfrom: kost\ncolumns: [title]\n```\n"),
            (".polder/types/kost.yml", "label: {nl: Kost, en: Cost}\nfields:\n  title: {type: text}\n"),
            ("kost.md", "---\ntype: kost\ntitle: Zand\n---\n"),
        ])
        .collect();
    let office = Office::new(&files, &["bas"], &["--security-contact", "mailto:x@example.org"]);
    let wiki = &office.wiki;
    let (chief, bas) = (office.sign_in("baas"), office.sign_in("bas"));
    let token = office.token("baas");
    let by = |cookie: &str, path: &str| wiki.ask("GET", path, &[("Cookie", cookie)], b"");
    let nobody = |path: &str| wiki.ask("GET", path, &[("X-Forwarded-For", "203.0.113.9")], b"");
    let save = |body: &str| office.ask(&token, "POST", "/-/edit/plan/dijk", body);
    let tip = wiki.tip();
    let broken = format!("text=---%0aa:+[%0a---%0a&base={tip}&act=save");
    let guesses: Vec<Answer> =
        (0..12).map(|_| wiki.post("/-/sign-in", &[("login", "bas"), ("password", "dit is het niet hoor")])).collect();
    let guessed = |status| guesses.iter().find(|answer| answer.status == status).expect("guesses are refused");
    let guessed = |status| {
        let answer = guessed(status);
        Answer { status, headers: answer.headers.clone(), body: answer.body.clone() }
    };
    let tag = nobody("/").header("etag").to_owned();
    let css = between(&nobody("/").text(), "rel=\"stylesheet\" href=\"", "\"").to_owned();
    let upload = [("Content-Type", "application/x-git-upload-pack-request")];
    let (html, text, bytes) = ("text/html; charset=utf-8", "text/plain; charset=utf-8", "application/octet-stream");
    let table = [
        ("a page", nobody("/"), 200, html, Kept::Tagged),
        ("a page for an account", by(&bas, "/"), 200, html, Kept::Tagged),
        ("a page by a token", office.get(&token, "/"), 200, html, Kept::Tagged),
        ("an old page", nobody(&format!("/plan/dijk@~{tip}")), 200, html, Kept::Tagged),
        ("history", nobody("/-/history/plan/dijk"), 200, html, Kept::Tagged),
        ("search", nobody("/-/search?q=dijk"), 200, html, Kept::Never),
        ("an editor", by(&bas, "/-/edit/plan/dijk"), 200, html, Kept::Never),
        ("to sign in", nobody("/-/sign-in"), 200, html, Kept::Never),
        ("an account", by(&bas, "/-/account"), 200, html, Kept::Never),
        ("people", by(&chief, "/-/people"), 200, html, Kept::Never),
        ("a person", by(&chief, "/-/people/bas"), 200, html, Kept::Never),
        ("all that is held", by(&bas, "/-/account/export"), 200, "application/json; charset=utf-8", Kept::Never),
        ("a feed", nobody("/-/changes.atom"), 200, "application/atom+xml; charset=utf-8", Kept::Tagged),
        ("source", nobody("/-/raw/plan/dijk"), 200, text, Kept::Tagged),
        ("CSV", nobody("/-/query/cijfers?format=csv&n=1"), 200, "text/csv; charset=utf-8", Kept::Tagged),
        ("JSON", nobody("/-/query/cijfers?format=json&n=1"), 200, "application/json", Kept::Tagged),
        ("a drawing", nobody("/a.svg"), 200, "image/svg+xml", Kept::Tagged),
        ("a table as a file", nobody("/t.csv"), 200, text, Kept::Tagged),
        ("HTML as a file", nobody("/a.html"), 200, bytes, Kept::Tagged),
        ("style", nobody(&css), 200, "text/css; charset=utf-8", Kept::ForEver),
        ("the icon", nobody("/favicon.ico"), 200, "image/svg+xml", Kept::Tagged),
        ("for robots", nobody("/robots.txt"), 200, text, Kept::Never),
        ("for who finds a hole", nobody("/.well-known/security.txt"), 200, text, Kept::Never),
        ("health", nobody("/-/health"), 200, text, Kept::Never),
        ("counters", wiki.get("/-/metrics"), 200, "text/plain; version=0.0.4; charset=utf-8", Kept::Never),
        (
            "git's refs",
            nobody("/wiki.git/info/refs?service=git-upload-pack"),
            200,
            "application/x-git-upload-pack-advertisement",
            Kept::ByGit,
        ),
        (
            "git's objects",
            wiki.ask("POST", "/wiki.git/git-upload-pack", &upload, b"0000"),
            200,
            "application/x-git-upload-pack-result",
            Kept::ByGit,
        ),
        ("one spelling", nobody("/plan/dijk.md"), 301, text, Kept::Never),
        ("a language", nobody("/-/lang/en?next=/"), 303, text, Kept::Never),
        (
            "known already",
            wiki.ask("GET", "/", &[("If-None-Match", &tag), ("X-Forwarded-For", "x")], b""),
            304,
            "",
            Kept::Tagged,
        ),
        ("no language", nobody("/-/lang/xx"), 400, html, Kept::Never),
        ("unknown", nobody("/-/account"), 401, html, Kept::Never),
        ("no such token", office.get("pld_AAAA", "/"), 401, html, Kept::Never),
        ("wrong password", guessed(401), 401, html, Kept::Never),
        ("git to an unknown", nobody("/wiki.git/info/refs?service=git-receive-pack"), 401, text, Kept::Never),
        ("not theirs", by(&bas, "/-/people"), 403, html, Kept::Never),
        ("another site's form", wiki.ask("POST", "/-/edit/x", &[("Cookie", &bas)], b"text=x"), 403, html, Kept::Never),
        ("nothing", nobody("/nergens"), 404, html, Kept::Never),
        ("no screen", nobody("/-/geen"), 404, html, Kept::Never),
        ("no counters", nobody("/-/metrics"), 404, html, Kept::Never),
        ("another method", wiki.ask("PUT", "/plan/dijk", &[], b""), 405, html, Kept::Never),
        ("a clash", save("text=anders&base=&act=save"), 409, html, Kept::Never),
        ("another type", wiki.ask("POST", "/wiki.git/git-upload-pack", &[], b"0000"), 415, text, Kept::Never),
        ("not readable", save(&broken), 422, html, Kept::Never),
        ("too often", guessed(429), 429, html, Kept::Never),
    ];
    let mut faults = Vec::new();
    for (what, answer, status, mime, keep) in &table {
        let told = (answer.status, answer.header("content-type"), kept(answer));
        if (told.0, told.1, told.2.as_ref()) != (*status, *mime, Some(keep)) {
            faults.push(format!("{what}: {told:?} {:?}", answer.headers));
        }
        if answer.status != 304 {
            faults.extend(fault(answer).map(|fault| format!("{what}: {fault}")));
        }
        let is_kept = answer.header("content-disposition").starts_with("attachment");
        let to_keep = ["a drawing", "HTML as a file", "all that is held"].contains(what);
        if is_kept != to_keep {
            faults.push(format!("{what} {:?}", answer.header("content-disposition")));
        }
        let is_forgotten = !answer.header("set-cookie").is_empty();
        if is_forgotten != (*what == "a language") {
            faults.push(format!("{what}: {:?}", answer.header("set-cookie")));
        }
        if (*status == 429) != (answer.header("retry-after").parse::<u32>().is_ok_and(|wait| wait > 0)) {
            faults.push(format!("{what}: when to come back"));
        }
        let challenges = answer.header("www-authenticate").starts_with("Basic ");
        if challenges != (*what == "git to an unknown") {
            faults.push(format!("{what}: {:?}", answer.header("www-authenticate")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_can_not_be_answered_carries_the_headers_and_a_number_for_who_asks_for_help() {
    let wiki = TestWiki::tiny_with(&[]).ready();
    let editor = wiki.editor("plan/dijk");
    editor.replace("Het begin", "Een begin").save().status(303);
    let first = wiki.tip();
    wiki.editor("plan/dijk").replace("Een begin", "Nog een begin").save().status(303);
    let blob = crate::wiki::git(&wiki.repo(), &["rev-parse", &format!("{first}:plan/dijk.md")]).ok().stdout();
    let (folder, name) = blob.trim().split_at(2);
    std::fs::remove_file(wiki.repo().join("objects").join(folder).join(name)).expect("a loose object");
    wiki.stop();
    let repo = wiki.repo().display().to_string();
    let wiki = wiki.restarted(&["--repo", &repo]);
    let answer = wiki.get(&format!("/-/raw/plan/dijk?at=~{first}")).status(500);
    assert_eq!(fault(&answer), None);
    assert!(answer.has(answer.header("x-request-id")), "{}", answer.main());
    wiki.get("/plan/dijk").ok();
}

#[test]
fn r9_nothing_that_people_put_beside_pages_can_run() {
    let wiki = TestWiki::tiny_with(&[]);
    commit_files(&wiki.repo(), HOSTILE, "Bestanden");
    wiki.eventually("/a.svg", |answer| answer.status == 200);
    for (name, _) in HOSTILE {
        let mut address = String::from("/");
        for byte in name.bytes() {
            match byte {
                b' ' | b'"' | b';' => address.push_str(&format!("%{byte:02x}")),
                byte => address.push(char::from(byte)),
            }
        }
        let answer = wiki.get(&address).ok();
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; sandbox; frame-ancestors 'none'",
            "{name}"
        );
        let mime = answer.header("content-type");
        for runs in ["html", "script", "css", "xml;", "text/xml", "application/xml"] {
            assert!(!mime.contains(runs), "{name} is {mime}");
        }
        let lies =
            ["a.html", "a.js", "a.css", "a.png", "a.pdf", "a.xml", "d.svgz", "e.xhtml", "f.mjs", "h"].contains(name);
        assert_eq!(lies, mime == "application/octet-stream", "{name} is {mime}");
        // What could run where it is opened is only kept: a drawing, too, and a PDF file that is one.
        let is_kept = answer.header("content-disposition").starts_with("attachment");
        assert_eq!(is_kept, lies || ["a.svg", "b.pdf", "c.SVG"].contains(name), "{name}");
        // By no other address is it anything else, and no header makes it so.
        for other in
            [format!("/-/raw{address}"), format!("{address}?at=~{}", wiki.tip()), format!("{address}?format=html")]
        {
            for more in
                [&[("Accept", "text/html")][..], &[("Sec-Fetch-Dest", "document"), ("Content-Type", "text/html")][..]]
            {
                let answer = wiki.ask("GET", &other, more, b"");
                let mime = answer.header("content-type");
                let is_screen = mime.starts_with("text/html")
                    && answer.header("content-security-policy").contains("script-src 'self'");
                assert!(
                    !answer.has("alert(1)")
                        || mime.starts_with("text/plain")
                        || mime == "application/octet-stream"
                        || mime == "image/svg+xml"
                        || mime == "application/pdf",
                    "{other} {mime}"
                );
                assert!(is_screen || answer.header("content-security-policy").contains("sandbox"), "{other} {mime}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
            }
        }
    }
}

#[test]
fn f6_names_and_addresses_never_become_syntax_of_a_header() {
    let wiki = TestWiki::tiny_with(&[]);
    commit_files(&wiki.repo(), &[("met \"; x=a.bin", "tekst"), ("é%0d%0aX-A: b.bin", "tekst")], "Namen");
    let named = wiki.eventually("/met%20%22;%20x=a.bin", |answer| answer.status == 200);
    assert_eq!(named.header("content-disposition"), "attachment; filename*=UTF-8''met%20%22%3B%20x%3Da.bin");
    let named = wiki.get("/%C3%A9%250d%250aX-A:%20b.bin").ok();
    assert!(
        named.header("content-disposition").starts_with("attachment; filename*=UTF-8''%C3%A9%250d%250aX-A"),
        "{:?}",
        named.headers
    );
    for answer in [
        wiki.get("/-/lang/en?next=/%0d%0aSet-Cookie:%20a=b"),
        wiki.get("/-/lang/en?next=//evil.example"),
        wiki.get("/-/lang/en?next=/%5cevil.example"),
        wiki.get("/plan/dijk%0d%0aX-A:%20b/"),
        wiki.get("/x%0d%0aX-A:b.md"),
    ] {
        assert!(answer.header("x-a").is_empty(), "{:?}", answer.headers);
        let location = answer.header("location");
        assert!(!location.contains("evil") && !location.contains('\n'), "{location}");
        assert!(!answer.header("set-cookie").contains("a=b"), "{:?}", answer.headers);
    }
}

/// Opens a connection and sends this.
fn sent(wiki: &TestWiki, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(&wiki.address).expect("the server listens");
    // A server that refuses early may close before all is sent.
    let _ = stream.write_all(bytes);
    stream
}

/// Whether the other end closed a connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a time limit");
    let mut rest = [0; 16 * 1024];
    match stream.read(&mut rest) {
        Ok(n) => n == 0,
        Err(error) => !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
    }
}

#[test]
fn w2_no_address_can_be_switched_to_another_protocol() {
    let wiki = TestWiki::tiny_with(&[]);
    for origin in ["http://evil.example", "null", &format!("http://{}", wiki.address)] {
        for address in ["/", "/plan/dijk", "/-/search", "/wiki.git/info/refs"] {
            let asked = [
                ("Origin", origin),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ];
            assert_ne!(wiki.ask("GET", address, &asked, b"").status, 101, "{origin} {address}");
        }
    }
}

#[test]
fn w11_a_request_whose_length_is_not_plain_is_refused_and_nothing_behind_it_is_read() {
    let wiki = TestWiki::tiny_with(&[]);
    let head = format!(
        "POST /-/edit/x HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        wiki.address
    );
    let behind = format!("GET /-/health HTTP/1.1\r\nHost: {}\r\n\r\n", wiki.address);
    for odd in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Content-Length: +5\r\n\r\nabcde",
        "Content-Length: 0x5\r\n\r\nabcde",
    ] {
        let mut stream = sent(&wiki, format!("{head}{odd}{behind}").as_bytes());
        stream.set_read_timeout(Some(Duration::from_secs(3))).expect("a time limit");
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 400"), "{odd:?}: {said}");
        assert!(!said.contains("\r\n\r\nok\n"), "{odd:?}: {said}");
    }
}

#[test]
fn w12_slow_clients_are_cut_off_and_others_do_not_notice() {
    let wiki = TestWiki::tiny_with(&[]).ready();
    let large = "regel tekst die lang is\n".repeat(400_000);
    commit_files(&wiki.repo(), &[("groot.txt", &large)], "Groot");
    wiki.eventually("/groot.txt", |answer| answer.status == 200);
    let began = Instant::now();
    let mut heads: Vec<TcpStream> = (0..100).map(|_| sent(&wiki, b"GET / HTTP/1.1\r\n")).collect();
    let post = format!(
        "POST /-/edit/plan/dijk HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\ntext=a",
        wiki.address
    );
    let mut bodies: Vec<TcpStream> = (0..50).map(|_| sent(&wiki, post.as_bytes())).collect();
    let ask = format!("GET /groot.txt HTTP/1.1\r\nHost: {}\r\n\r\n", wiki.address);
    let readers: Vec<TcpStream> = (0..20).map(|_| sent(&wiki, ask.as_bytes())).collect();
    let connections = || -> usize {
        let text = wiki.get("/-/metrics").ok().text();
        let line = text.lines().find(|line| line.starts_with("polder_connections ")).expect("a gauge").to_owned();
        line.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a number")
    };
    let (mut heads_at, mut bodies_at, mut readers_at) = (None, None, None);
    let mut slowest = Duration::ZERO;
    while (heads_at.is_none() || bodies_at.is_none() || readers_at.is_none())
        && began.elapsed() < Duration::from_secs(90)
    {
        for stream in heads.iter_mut().chain(&mut bodies) {
            let _ = stream.write_all(b"x");
        }
        let asked = Instant::now();
        wiki.get("/plan/dijk").ok();
        slowest = slowest.max(asked.elapsed());
        heads.retain_mut(|stream| !is_closed(stream));
        bodies.retain_mut(|stream| !is_closed(stream));
        let now = began.elapsed().as_secs();
        if heads.is_empty() {
            heads_at.get_or_insert(now);
        }
        if bodies.is_empty() {
            bodies_at.get_or_insert(now);
        }
        if heads.is_empty() && bodies.is_empty() && connections() < 10 {
            readers_at.get_or_insert(now);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    drop(readers);
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(heads_at.is_some_and(|at| at <= 40), "{heads_at:?}");
    assert!(bodies_at.is_some_and(|at| (55..=75).contains(&at)), "{bodies_at:?}");
    assert!(readers_at.is_some_and(|at| at <= 80), "{readers_at:?}, {} are open", connections());
}

#[test]
fn w12_one_address_holds_so_many_connections_and_no_more() {
    let wiki = TestWiki::tiny_with(&["--limits"]);
    let mut open: Vec<TcpStream> = (0..256).map(|_| sent(&wiki, b"")).collect();
    std::thread::sleep(Duration::from_millis(300));
    let mut more: Vec<TcpStream> = (0..20).map(|_| sent(&wiki, b"GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n")).collect();
    let until = Instant::now() + Duration::from_secs(5);
    while !more.iter_mut().all(is_closed) {
        assert!(Instant::now() < until, "more than 256 connections are open");
        std::thread::sleep(Duration::from_millis(20));
    }
    open.truncate(100);
    // Closing is noticed soon.
    std::thread::sleep(Duration::from_millis(500));
    wiki.get("/-/health").ok();
    let wiki = TestWiki::tiny_with(&["--limits", "--proxies", "127.0.0.1"]);
    let _open: Vec<TcpStream> = (0..300).map(|_| sent(&wiki, b"")).collect();
    std::thread::sleep(Duration::from_millis(300));
    wiki.get("/-/health").ok();
}

#[test]
fn w14_what_costs_is_limited_per_person_with_words_and_a_time() {
    let args = ["--limits", "--proxies", "127.0.0.1"];
    let wiki = TestWiki::tiny_with(&args).ready();
    let by = |address: &str, from: &str| {
        wiki.ask("GET", address, &[("X-Forwarded-For", from), ("Accept-Language", "en")], b"")
    };
    // A slow machine gets a few more while it asks. What is asked in another spelling counts too.
    let until = |ask: &dyn Fn(usize) -> Answer| -> Answer {
        let answers = (0..600).map(|n| (n, ask(n)));
        let (n, refused) = answers.into_iter().find(|(_, answer)| answer.status != 200).expect("refused at last");
        assert!(n >= 60, "{n} were allowed");
        refused.status(429)
    };
    let spelled = |n: usize| ["search", "%73earch", "sear%63h"][n % 3];
    let refused = until(&|n| by(&format!("/-/{}?q=dijk{n}", spelled(n)), "203.0.113.9"));
    assert!((1..=60).contains(&refused.header("retry-after").parse().unwrap_or(0)), "{:?}", refused.headers);
    refused.shows("too often").shows("second");
    wiki.ask("GET", "/-/search?q=x", &[("X-Forwarded-For", "203.0.113.9")], b"").status(429).shows("te vaak");
    assert_eq!(fault(&by("/-/search?q=dijk", "203.0.113.9")), None);
    // Others are not meant, and neither is what costs little; all of an IPv6 network is one.
    by("/-/search?q=dijk", "203.0.113.10").ok();
    by("/plan/dijk", "203.0.113.9").ok();
    until(&|n| by("/-/search?q=dijk", &format!("2001:db8::{n:x}")));
    by("/-/search?q=dijk", "2001:db8:0:1::1").ok();
    for (n, address) in [(1, "/-/blame/plan/dijk"), (2, "/-/query/plan/dijk"), (3, "/plan/dijk@2020-01-01..2021-01-01")]
    {
        let from = format!("198.51.100.{n}");
        // What was made before and is kept costs nothing, and is not refused.
        for time in 0..30 {
            assert_ne!(by(&format!("{address}?time={time}"), &from).status, 429, "{address}");
        }
        by(address, &from).status(429);
    }
    let text = wiki.ask("GET", "/-/metrics", &[], b"").ok().text();
    let refusals = text.lines().find(|line| line.starts_with("polder_rate_refusals_total ")).expect("a counter");
    assert!(refusals.rsplit(' ').next().and_then(|n| n.parse::<u32>().ok()) >= Some(6), "{refusals}");
}

#[test]
fn w14_a_save_that_comes_too_soon_gives_back_what_was_typed() {
    let wiki = TestWiki::tiny_with(&["--limits"]);
    for n in 0..20 {
        wiki.post("/-/edit/plan/dijk", &[("text", &format!("keer {n}")), ("act", "preview")]).ok();
    }
    let refused = wiki.post("/-/edit/plan/dijk", &[("text", "lang over nagedacht"), ("act", "save"), ("name", "Noor")]);
    refused.status(429).shows("lang over nagedacht");
    let record = [("f.goal", "veilig <achter> de dijk"), ("body", "en een verhaal"), ("act", "save")];
    wiki.post("/-/form/plan/dijk", &record).status(429).shows("goal: veilig").shows("en een verhaal");
    wiki.post("/-/move/plan/dijk", &[("to", "plan/kade")]).status(429);
    // This machine is not limited where nobody asked for it.
    let wiki = TestWiki::tiny_with(&[]);
    for n in 0..40 {
        wiki.post("/-/edit/plan/dijk", &[("text", &format!("keer {n}")), ("act", "preview")]).ok();
    }
}

#[test]
fn w14_numbers_that_are_asked_for_are_bounded() {
    let wiki = TestWiki::tiny_with(&[]).ready();
    for address in [
        "/-/search?q=dijk&from=99999999999999999999",
        "/-/search?q=dijk&from=-1",
        "/-/changes?from=18446744073709551615",
        "/-/history/plan/dijk?from=4294967296",
        "/-/mindmap?depth=999999999",
        &format!("/-/search?q={}", "x".repeat(20_000)),
        &format!("/?{}", "a=b&".repeat(5_000)),
    ] {
        let answer = wiki.get(address);
        assert!([200, 303, 400, 404, 414, 431].contains(&answer.status), "{} {}", answer.status, &address[..30]);
        assert!(answer.body.len() < 1_000_000);
    }
}

/// A certificate that this machine made for itself, as files.
fn certificate(folder: &std::path::Path, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn https_by_the_server_itself_speaks_http_2_and_follows_its_certificate() {
    let files = tempfile::tempdir().expect("a folder");
    certificate(files.path(), "een");
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    let wiki =
        TestWiki::tiny_with(&["--tls-cert", &cert.display().to_string(), "--tls-key", &key.display().to_string()]);
    let curl = |args: &[&str], address: &str| {
        let port = wiki.address.rsplit(':').next().expect("a port");
        let done = Command::new("curl")
            .args(["-sSi", "--cacert", &cert.display().to_string()])
            .args(args)
            .arg(format!("https://127.0.0.1:{port}{address}"))
            .output()
            .expect("curl runs");
        (
            done.status.success(),
            String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr),
        )
    };
    let (ok, said) = curl(&["--http2"], "/plan/dijk");
    assert!(ok && said.starts_with("HTTP/2 200"), "{said}");
    assert!(said.contains("strict-transport-security: max-age=63072000; includeSubDomains"), "{said}");
    assert!(said.contains("Het begin van de dijk"), "{said}");
    for (version, fine) in [("--tls-max=1.1", false), ("--tlsv1.2", true), ("--tlsv1.3", true)] {
        let args: Vec<&str> = version.split('=').collect();
        assert_eq!(curl(&args, "/-/health").0, fine, "{version}");
    }
    let (_, feed) = curl(&["--http1.1"], "/-/changes.atom");
    assert!(feed.starts_with("HTTP/1.1 200") && feed.contains(&format!("https://{}/", wiki.address)), "{feed}");
    // A form of this wiki, over HTTP/2, where there is no Host header.
    let origin = format!("Origin: https://{}", wiki.address);
    let (_, saved) = curl(&["--http2", "-H", &origin, "-d", "text=kort&act=save&name=Noor"], "/-/edit/kort");
    assert!(saved.starts_with("HTTP/2 303"), "{saved}");
    let (_, refused) =
        curl(&["--http2", "-H", &origin.replace("https", "http"), "-d", "text=x&act=save&name=Noor"], "/-/edit/kort");
    assert!(refused.starts_with("HTTP/2 403"), "{refused}");

    // Halfway through a renewal the two do not fit; the old ones go on.
    let old = std::fs::read(&cert).expect("readable");
    let next = tempfile::tempdir().expect("a folder");
    certificate(next.path(), "twee");
    std::fs::copy(next.path().join("cert.pem"), &cert).expect("copied");
    let until = Instant::now() + Duration::from_secs(10);
    while !wiki.log().contains("the certificate stays as it was") {
        assert!(Instant::now() < until, "{}", wiki.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let known = files.path().join("old.pem");
    std::fs::write(&known, old).expect("written");
    let known = known.display().to_string();
    assert!(curl(&["--cacert", &known], "/-/health").0);
    std::fs::copy(next.path().join("key.pem"), &key).expect("copied");
    let until = Instant::now() + Duration::from_secs(10);
    while !curl(&[], "/-/health").0 {
        assert!(Instant::now() < until, "{}", wiki.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!curl(&["--cacert", &known], "/-/health").0);
}

#[test]
fn a_certificate_that_can_not_be_used_is_told_at_the_start() {
    let files = tempfile::tempdir().expect("a folder");
    certificate(files.path(), "een");
    std::fs::write(files.path().join("leeg.pem"), "").expect("written");
    let serve = |cert: &str, key: &str| {
        polder(files.path(), &["serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key])
    };
    serve("nergens.pem", "key.pem").status(2).says("nergens.pem");
    serve("leeg.pem", "key.pem").status(2).says("leeg.pem");
    serve("cert.pem", "cert.pem").status(2).says("cert.pem");
    polder(files.path(), &["serve", "--listen", "127.0.0.1:0", "--tls-cert", "cert.pem"]).status(2).says("tls_key");
}

#[test]
fn machines_learn_whether_it_is_ready_what_it_did_and_where_to_report_holes() {
    let wiki = TestWiki::tiny_with(&[
        "--security-contact",
        "mailto:beveiliging@example.org",
        "--url",
        "https://wiki.example.org",
    ]);
    wiki.get("/-/health").ok().shows("ok");
    wiki.eventually("/-/ready", |answer| answer.status == 200 && answer.text() == "ready\n");
    let text = wiki.get("/.well-known/security.txt").ok();
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.text().matches("Expires: ").count(), 1);
    for line in [
        "Contact: mailto:beveiliging@example.org",
        "Canonical: https://wiki.example.org/.well-known/security.txt",
        "Preferred-Languages: nl, en",
    ] {
        assert!(text.text().lines().any(|own| own == line), "{}", text.text());
    }
    let expires =
        text.text().lines().find_map(|line| line.strip_prefix("Expires: ").map(str::to_owned)).expect("a day");
    let date = |when: &str| {
        let out = Command::new("date").args(["-u", "-d", when, "+%s"]).output().expect("date runs");
        String::from_utf8_lossy(&out.stdout).trim().parse::<i64>().expect("seconds")
    };
    let ahead = date(&expires) - date("now");
    assert!((200 * 86_400..365 * 86_400).contains(&ahead), "{expires}");
    TestWiki::tiny_with(&[]).get("/.well-known/security.txt").status(404);

    for _ in 0..3 {
        wiki.get("/plan/dijk").ok();
    }
    wiki.get("/nergens").status(404);
    let counted = wiki.get("/-/metrics").ok();
    assert_eq!(counted.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    counted
        .shows("polder_requests_total{class=\"page\",status=\"2xx\"} 3")
        .shows("polder_requests_total{class=\"page\",status=\"4xx\"} 1")
        .shows("# TYPE polder_request_seconds histogram")
        .shows("polder_request_seconds_bucket{le=\"+Inf\"}")
        .shows("polder_saves_total 0")
        .shows("polder_ready 1")
        .shows("polder_commit_age_seconds ")
        .lacks("dijk");
    // From elsewhere they are not there; through a proxy everybody is elsewhere.
    wiki.ask("GET", "/-/metrics", &[("X-Forwarded-For", "127.0.0.1")], b"").status(404);
    let wiki = TestWiki::tiny_with(&["--proxies", "127.0.0.1", "--metrics", "192.0.2.0/24"]);
    let from = |address: &str| wiki.ask("GET", "/-/metrics", &[("X-Forwarded-For", address)], b"").status;
    assert_eq!((from("192.0.2.7"), from("198.51.100.7"), from("127.0.0.1")), (200, 404, 404));
}

#[test]
fn a_stop_waits_for_what_is_being_saved_and_says_so() {
    let wiki = TestWiki::tiny_with(&[]).ready();
    let body = "text=traag+bewaard&act=save&name=Noor&base=";
    let (first, rest) = body.split_at(12);
    let head = format!(
        "POST /-/edit/traag HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: {1}\r\n\r\n{first}",
        wiki.address,
        body.len()
    );
    let mut slow = sent(&wiki, head.as_bytes());
    std::thread::sleep(Duration::from_millis(300));
    let stopped = Command::new("kill").args(["-TERM", &wiki.process().to_string()]).status().expect("kill runs");
    assert!(stopped.success());
    let stopping = wiki.eventually("/-/ready", |answer| answer.status == 503).shows("stopping");
    assert_eq!(fault(&stopping), None);
    wiki.get("/plan/dijk").ok();
    std::thread::sleep(Duration::from_millis(500));
    slow.write_all(rest.as_bytes()).expect("sent");
    let mut said = String::new();
    slow.read_to_string(&mut said).expect("an answer");
    assert!(said.starts_with("HTTP/1.1 303"), "{said}");
    wiki.stop();
    assert_eq!(wiki.file("traag.md").trim(), "traag bewaard");
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let wiki = TestWiki::tiny_with(&[]).ready();
    let head = format!(
        "POST /-/edit/x HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\na",
        wiki.address
    );
    let _slow = sent(&wiki, head.as_bytes());
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    // A second signal ends the waiting.
    for _ in 0..2 {
        Command::new("kill").args(["-TERM", &wiki.process().to_string()]).status().expect("kill runs");
        std::thread::sleep(Duration::from_millis(200));
    }
    wiki.stop();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn f7_the_log_is_one_line_per_request_and_holds_nothing_of_what_was_asked() {
    for format in ["text", "json"] {
        let wiki = TestWiki::tiny_with(&["--log-format", format, "--proxies", "127.0.0.1"]);
        let secrets = [
            ("X-Forwarded-For", "203.0.113.77"),
            ("Cookie", "polder=geheim1"),
            ("Authorization", "Bearer pld_geheim2"),
            ("Referer", "http://x/geheim3"),
        ];
        let mut asked = Vec::new();
        for address in [
            "/plan/dijk?token=geheim4",
            "/-/search?q=geheim5",
            "/geheim6%0a2026-01-01T00:00:00Z%20INFO%20forged",
            "/%1b[2Jgeheim7",
            "/-/geheim8",
            "/-/raw/geheim9",
        ] {
            asked.push(wiki.ask("GET", address, &secrets, b""));
        }
        asked.push(wiki.ask("POST", "/-/edit/plan/dijk", &secrets, b"text=geheim10&act=save"));
        asked.push(wiki.ask("BREW", "/", &secrets, b""));
        for answer in &asked {
            let line = line(&wiki, answer);
            assert!(line.contains("203.0.113.0/24") && !line.contains("203.0.113.77"), "{line}");
            assert!(line.contains(&answer.status.to_string()), "{line}");
        }
        let log = wiki.log();
        for word in ["geheim", "forged", "BREW"] {
            assert!(!log.contains(word), "{word} in:\n{log}");
        }
        assert!(log.bytes().all(|byte| byte == b'\n' || byte >= b' '), "{log:?}");
        let lines: Vec<&str> = log.lines().filter(|line| line.contains("route")).collect();
        assert_eq!(lines.len(), asked.len(), "{log}");
        if format == "json" {
            let script = "import json,sys\nfor line in sys.stdin:\n  r=json.loads(line)\n  assert {'method','route','status','ms','user','client','id','timestamp'}<=set(r), r";
            let mut python =
                Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).spawn().expect("python runs");
            python.stdin.take().expect("piped").write_all((lines.join("\n") + "\n").as_bytes()).expect("written");
            assert!(python.wait().expect("ended").success(), "{log}");
        }
    }
}

/// Addresses in what a server answered: in attributes, in JSON and in feeds.
fn addresses_in(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let mime = answer.header("content-type");
    let begins: &[&str] = match mime {
        mime if mime.starts_with("text/html") => &[" href=\"", " src=\"", " action=\"", " formaction=\""],
        mime if mime.contains("atom") => &[" href=\""],
        mime if mime.contains("json") => &["\"href\":\""],
        mime if mime.contains("link-format") => &["<"],
        _ => &[],
    };
    let mut all: Vec<String> = Vec::new();
    for begin in begins {
        let end = if *begin == "<" { '>' } else { '"' };
        all.extend(text.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).map(crate::wiki::unescape));
    }
    all.extend(answer.header("link").split('<').skip(1).filter_map(|rest| rest.split('>').next()).map(str::to_owned));
    let location = answer.header("location");
    all.extend((!location.is_empty()).then(|| location.to_owned()));
    all
}

#[test]
fn below_a_path_no_address_leads_outside_it() {
    const HOME: &str = "http://localhost/plannen/wiki";
    const BASE: &str = "/plannen/wiki";
    let folder = tempfile::tempdir().expect("a folder");
    let wiki = TestWiki::serve(folder, &["--data", "data", "--url", HOME]);
    wiki.eventually("/-/ready", |answer| answer.status == 200);
    wiki.get(BASE).status(308).leads_to(&format!("{BASE}/"));
    wiki.get("/").status(404);
    wiki.get("/plannen/wikis").status(404);
    wiki.get("/-/index").status(404);
    let mut waiting = std::collections::VecDeque::from([
        format!("{BASE}/"),
        format!("{BASE}/-/mindmap"),
        format!("{BASE}/-/index?by=type"),
        format!("{BASE}/-/changes.atom"),
        format!("{BASE}/-/new"),
        format!("{BASE}/nergens/te/vinden"),
    ]);
    let mut known: std::collections::BTreeSet<String> = waiting.iter().cloned().collect();
    let mut kinds: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let (mut outside, mut n_addresses) = (Vec::new(), 0);
    while let Some(address) = waiting.pop_front() {
        let answer = wiki.get(&address);
        assert!(answer.status < 500, "{address} {}", answer.status);
        for found in addresses_in(&answer) {
            n_addresses += 1;
            let path = match found.strip_prefix("http://localhost") {
                Some(path) => path,
                None if found.starts_with("http") || found.starts_with("mailto:") || found.starts_with("data:") => {
                    continue;
                }
                None if found.starts_with('#') || found.starts_with('?') || found.is_empty() => continue,
                None => &found,
            };
            if path != BASE && !path.starts_with(&format!("{BASE}/")) {
                outside.push(format!("{address}: {found}"));
                continue;
            }
            let path = path.split('#').next().unwrap_or_default().to_owned();
            // A few of each kind of address: what differs in it is not what is asked here.
            let inner = path.strip_prefix(BASE).unwrap_or_default();
            let shape: String = match inner.strip_prefix("/-/") {
                Some(rest) => {
                    let query =
                        inner.split_once('?').map_or("", |(_, query)| query.split('=').next().unwrap_or_default());
                    format!("{}?{query}", rest.split(['/', '?']).next().unwrap_or_default())
                }
                None => inner.chars().filter(|c| "@?=~.".contains(*c)).collect(),
            };
            let n = kinds.entry(shape).or_insert(0);
            if *n < 12 && known.insert(path.clone()) {
                *n += 1;
                waiting.push_back(path);
            }
        }
    }
    assert!(outside.is_empty(), "{} of {n_addresses}:\n{}", outside.len(), outside.join("\n"));
    assert!(kinds.len() > 15 && n_addresses > 2_000, "{n_addresses} {kinds:?}");

    // What people do, not only read.
    let origin = format!("http://{}", wiki.address);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let post = |path: &str, body: &str| {
        wiki.ask("POST", &format!("{BASE}{path}"), &[("Origin", &origin), form], body.as_bytes())
    };
    post("/-/edit/nieuw-hier", "text=een&act=save&name=Noor").status(303).leads_to(&format!("{BASE}/nieuw-hier"));
    post("/-/move/nieuw-hier", "to=elders&name=Noor").status(303).leads_to(&format!("{BASE}/elders"));
    wiki.get(&format!("{BASE}/-/lang/en?next=/elders")).status(303).leads_to(&format!("{BASE}/elders"));
    wiki.get(&format!("{BASE}/elders.md")).status(301).leads_to(&format!("{BASE}/elders"));
    wiki.get(&format!("{BASE}/elders")).ok().shows(&format!("git clone {HOME}/wiki.git"));
    let clone = crate::wiki::git(wiki.folder.path(), &["clone", "-q", &format!("{origin}{BASE}/wiki.git"), "kloon"]);
    clone.ok();
    wiki.get("/robots.txt").ok().shows(&format!("Disallow: {BASE}/-/"));
}
