//! A server that others can reach: proxies, headers of every answer, limits, encryption, the address
//! below a path, what machines ask it, and what it writes down. Tests are named after the rows of the
//! list of attacks that they hold.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::wiki::{Answer, TestWiki, request};

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
