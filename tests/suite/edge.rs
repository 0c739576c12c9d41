//! A server that others can reach: proxies, headers of every answer, limits, encryption, the address
//! below a path, what machines ask it, and what it writes down. Tests are named after the rows of the
//! list of attacks that they hold.

use std::time::{Duration, Instant};

use crate::wiki::{Answer, TestWiki, commit_files};
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
        let lies = ["a.html", "a.js", "a.css", "a.png", "a.pdf", "a.xml"].contains(name);
        assert_eq!(lies, mime == "application/octet-stream", "{name} is {mime}");
        assert_eq!(lies, answer.header("content-disposition").starts_with("attachment"), "{name}");
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
