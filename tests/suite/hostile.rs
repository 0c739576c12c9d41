//! Hostile input: any bytes as page, address, form, repository or wire give an answer, never a
//! panic, a hang or a 500 (INV-9), and nothing that a person wrote becomes a script.
//!
//! Mutations are seeded, so a failure comes back; `tests/cases/hostile` holds what they begin
//! from. Times here are bounds against hanging, far above what is measured, no benchmarks.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use polder_core::access::Who;
use polder_core::doc;
use polder_core::front;
use polder_core::html::{Labels, render, render_piece};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Entry, Manifest};
use polder_core::merge::{Merge, marked, merge3};
use polder_core::names;
use polder_core::path::{self, FilePath, Kind};
use polder_core::piece::{self, Change, Piece};
use polder_core::site::{self, Site};
use polder_core::{diff, links, nested};

use crate::wiki::{TestWiki, git, unescape};
use crate::words::root;

/// Longer than this is a hang, also of an unoptimised build beside other tests.
const HANG: Duration = Duration::from_secs(20);

/// Numbers that look random and come again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most.max(1) as u64).expect("small")
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut files: Vec<_> = fs::read_dir(root().join("tests/cases/hostile"))
        .expect("there are cases")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    assert!(files.len() >= 3);
    files.iter().map(|file| fs::read(file).expect("readable")).collect()
}

/// Pieces that parsers trip over.
const PIECES: [&str; 48] = [
    "[[",
    "]]",
    "![",
    "](",
    "[^",
    "]:",
    "^[",
    "`",
    "```",
    "~~~",
    "\n\n",
    "\n",
    "\r",
    "\t",
    "> ",
    "- ",
    "1. ",
    "# ",
    "---\n",
    "***",
    "__",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "<a href=\"",
    "\">",
    "<script>",
    "javascript:",
    "&#",
    ";",
    "|",
    "|-|\n",
    "\\",
    "\0",
    "\u{202e}",
    "\u{feff}",
    "e\u{301}",
    "👩\u{200d}💻",
    ": ",
    "{",
    "}",
    "<details>",
    "@~",
    "![[",
    "@v1#^a",
    " ^a\n",
    "\n\n^a\n\n",
];

fn mutate(dice: &mut Dice, from: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = from[dice.below(from.len())].clone();
    for _ in 0..=dice.below(12) {
        let at = dice.below(bytes.len() + 1);
        let to = (at + dice.below(40)).min(bytes.len());
        match dice.below(7) {
            0 => drop(bytes.drain(at..to)),
            1 => {
                let piece = bytes[at..to].repeat(1 + dice.below(6));
                bytes.splice(at..at, piece);
            }
            2 => {
                let other = &from[dice.below(from.len())];
                let start = dice.below(other.len());
                let end = (start + dice.below(80)).min(other.len());
                bytes.splice(at..at, other[start..end].iter().copied());
            }
            3 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
            _ => {
                let piece = PIECES[dice.below(PIECES.len())].repeat(1 + dice.below(3));
                bytes.splice(at..at, piece.into_bytes());
            }
        }
    }
    bytes
}

/// A site of one page of these bytes and a few that its links may name.
fn site_of(bytes: &[u8]) -> Site {
    let files: [(&str, &[u8]); 5] = [
        ("case.md", bytes),
        ("a.md", b"---\ntitle: \"<script>\"\n---\n# e\n"),
        ("x/dubbel.md", b""),
        ("y/dubbel.md", b""),
        ("g.png", b""),
    ];
    let entry = |(n, (path, _)): (u8, &(&str, &[u8]))| Entry {
        path: FilePath::parse(path).expect("a good path"),
        blob: BlobId([n; 20]),
    };
    let manifest = Manifest::new((0u8..).zip(&files).map(entry).collect(), Vec::new());
    let bytes_of = |path: &FilePath| files.iter().find(|(name, _)| *name == path.as_str()).expect("known").1;
    let docs = manifest.entries().iter().filter(|entry| site::wants_doc(&entry.path));
    let docs = docs.map(|entry| Arc::new(doc::parse(entry.path.kind(), bytes_of(&entry.path)))).collect();
    site::assemble(CommitId([1; 20]), Arc::new(manifest), docs, None)
}

fn rendered(bytes: &[u8]) -> String {
    let site = site_of(bytes);
    let who = Who::default();
    let seen = site.seen_by(&who);
    let page = seen.page_at(&FilePath::parse("case.md").expect("a good path")).expect("there");
    seen.problems(polder_wiki::clock::today(seen.settings()));
    let text = String::from_utf8_lossy(bytes);
    let labels = Labels { missing: "weg".into(), ..Labels::default() };
    render(&text, &seen.page(page).expect("there").doc, seen.links(page), seen, &labels).html
}

/// Pieces of the page as they would stand within another.
fn pieces(bytes: &[u8]) -> Vec<String> {
    let site = site_of(bytes);
    let who = Who::default();
    let seen = site.seen_by(&who);
    let at = seen.page_at(&FilePath::parse("case.md").expect("a good path")).expect("there");
    let doc = &seen.page(at).expect("there").doc;
    let text = String::from_utf8_lossy(bytes);
    let sections = doc.headings.iter().map(|heading| Piece::Section(heading.slug.as_str().into()));
    let blocks = doc.spots.iter().map(|spot| Piece::Block(spot.id.clone()));
    let wanted: Vec<Piece> = sections.take(3).chain(blocks.take(3)).chain([Piece::Whole]).collect();
    let found = wanted.iter().filter_map(|piece| {
        assert_eq!(piece::change(&text, &text, piece), Change::Same, "{piece:?}");
        render_piece(&text, doc, seen.links(at), seen, &Labels::default(), &[], piece)
    });
    found.map(|rendered| nested::within(&rendered.html, "e1.", "/case")).collect()
}

/// What is wrong with rendered HTML: a tag, attribute or address that content may not have.
fn fault(html: &str) -> Option<String> {
    const TAGS: &str = " a abbr acronym article aside b bdi bdo blockquote br caption center cite code col colgroup \
        data dd del details dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img input \
        ins kbd li mark nav ol p pre q rp rt rtc ruby s samp section small span strike strong sub summary sup table \
        tbody td tfoot th thead time tr tt u ul var wbr ";
    const ATTRIBUTES: &str = " align alt aria-hidden aria-label aria-describedby char charoff checked cite class \
        colspan compact data-footnote-backref data-footnote-backref-idx data-footnote-ref data-footnotes datetime dir \
        disabled headers height hidden href hreflang id lang loading open rel role rowspan scope size span src start \
        tabindex title type valign width ";
    let has = |list: &str, name: &str| list.contains(&format!(" {name} "));
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let here: String = rest.chars().take(80).collect();
        let body = rest.strip_prefix('/').unwrap_or(rest);
        let end = body.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(body.len());
        let (tag, mut inside) = body.split_at(end);
        if tag.is_empty() || !has(TAGS, tag) {
            return Some(format!("the tag <{here}"));
        }
        loop {
            inside = inside.trim_start();
            if let Some(after) = inside.strip_prefix('>').or_else(|| inside.strip_prefix("/>")) {
                rest = after;
                break;
            }
            let end = inside.find(['=', ' ', '>', '/']).unwrap_or(inside.len());
            let (name, after) = inside.split_at(end);
            if name.is_empty() || !has(ATTRIBUTES, name) {
                return Some(format!("the attribute {name:?} in <{here}"));
            }
            inside = after;
            let Some(quoted) = inside.strip_prefix("=\"") else { continue };
            let Some(end) = quoted.find('"') else { return Some(format!("no end of {name} in <{here}")) };
            let value = unescape(&quoted[..end]);
            if matches!(name, "href" | "src" | "cite") && !is_harmless(&value) {
                return Some(format!("the address {value:?} in <{here}"));
            }
            if name == "id" && value.starts_with("ui.") {
                return Some(format!("the program's own id in <{here}"));
            }
            inside = &quoted[end + 1..];
        }
    }
    None
}

/// As a browser takes an address: C0 and blanks before it go, tabs and line ends go everywhere.
pub fn is_harmless(address: &str) -> bool {
    let seen: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let seen = seen.trim_start_matches(|c: char| c <= ' ').to_ascii_lowercase();
    if seen.starts_with("//") || seen.starts_with("/\\") || seen.starts_with('\\') {
        return false;
    }
    match seen.find([':', '/', '?', '#']) {
        Some(at) if seen[at..].starts_with(':') => matches!(&seen[..at], "http" | "https" | "mailto" | "tel"),
        _ => true,
    }
}

#[test]
fn the_checker_of_html_sees_what_it_must() {
    for bad in [
        "<script>",
        "<p onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<a href=\" java\nscript:x\">",
        "<a href=\"//evil\">",
        "<p style=\"x\">",
        "<svg>",
        "< p>",
    ] {
        assert!(fault(bad).is_some(), "{bad}");
    }
    assert_eq!(fault("<p id=\"a\"><a href=\"/x?a=b:c\" rel=\"x\">&lt;script&gt;</a><br /><input disabled></p>"), None);
}

#[test]
fn r1_no_bytes_as_a_page_break_reading_or_become_a_script() {
    // INV-9
    let seeds = seeds();
    for seed in &seeds {
        assert_eq!(fault(&rendered(seed)), None);
    }
    let mut dice = Dice(7);
    let until = Instant::now() + Duration::from_secs(9);
    let mut n = 0;
    while Instant::now() < until || n < 200 {
        n += 1;
        let bytes = mutate(&mut dice, &seeds);
        let began = Instant::now();
        let html = rendered(&bytes);
        let shown = || format!("mutation {n}:\n{}", String::from_utf8_lossy(&bytes));
        assert!(began.elapsed() < HANG, "{}", shown());
        if let Some(fault) = fault(&html) {
            panic!("{fault}\n{}\nbecame\n{html}", shown());
        }
        for html in pieces(&bytes) {
            assert_eq!(fault(&html), None, "a piece of {}\nbecame\n{html}", shown());
        }
        assert!(began.elapsed() < HANG, "{}", shown());
        doc::parse(Kind::Settings, &bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (fields, problems) = front::read(&text, 1);
        assert!(problems.iter().all(|problem| problem.at.line as usize <= text.lines().count() + 2), "{}", shown());
        for field in fields.fields.iter().take(3) {
            let _ = front::set_scalar(&text, &field.key, "een: 'waarde'\n# \u{0}");
        }
        let _ = front::set_scalar(&text, "titel", &text);
    }
}

#[test]
fn no_texts_break_comparing_or_merging_and_no_line_is_lost() {
    let seeds = seeds();
    let mut dice = Dice(11);
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        let mut text = || String::from_utf8_lossy(&mutate(&mut dice, &seeds)).into_owned();
        let (base, ours, theirs) = (text(), text(), text());
        let lines = diff::lines(&base, &ours);
        let _ = diff::folded(&lines, 3);
        match merge3(&base, &ours, &theirs) {
            Merge::Clean(_) => {}
            Merge::Clash(chunks) => drop(marked(&chunks, "onze", "basis", "hunne")),
        }
        assert_eq!(merge3(&base, &ours, &base), Merge::Clean(ours.clone()));
        assert_eq!(merge3(&base, &base, &theirs), Merge::Clean(theirs.clone()));
    }
}

#[test]
fn no_name_breaks_reading_names_and_good_ones_come_back() {
    const PARTS: [&str; 30] = [
        "a",
        "B",
        "é",
        "e\u{301}",
        "/",
        "//",
        "..",
        ".",
        ".git",
        ".md",
        "@",
        "@v1",
        "%",
        "%2f",
        "%ff",
        "#",
        "?",
        "\\",
        "\0",
        "\n",
        " ",
        "\u{202e}",
        "\u{200d}",
        "ß",
        "İ",
        "|",
        "con",
        "~",
        "-",
        "👩\u{200d}💻",
    ];
    let mut dice = Dice(13);
    for _ in 0..40_000 {
        let name: String = (0..dice.below(9)).map(|_| dice.one(&PARTS)).collect();
        let _ = (path::slug(&name), path::fold(&name), names::name_key(&name), links::parts(&name));
        let _ = (links::place_for("a/b", &name), names::normal_path("a/b", &name), links::safe_url(&name));
        let _ = path::percent_decode(&name);
        if let Ok(path) = FilePath::parse(&name) {
            assert!(!name.split('/').any(|part| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git")));
            let href = path.href();
            assert!(href.starts_with('/') && !href.starts_with("//") && href.is_ascii(), "{href}");
            let back = path::percent_decode(href.strip_prefix("/-/page").unwrap_or(&href));
            assert_eq!(back.as_deref().map(|back| &back[1..]), Some(path.address()));
        }
        assert!(FilePath::parse_new(&name).is_err() || FilePath::parse(&name).is_ok());
    }
}

/// Texts that cost some reader of Markdown, HTML or YAML time or memory by the square.
fn costly() -> Vec<(&'static str, String)> {
    let n = 40_000;
    let many = |piece: &str| piece.repeat(n);
    let counted = |make: &dyn Fn(usize) -> String| (0..n).map(make).collect::<String>();
    let cells = "|a".repeat(6_000) + "|\n";
    vec![
        ("open brackets", many("[")),
        ("open links", many("[a](")),
        ("nested links", many("[a") + &many("](b)")),
        ("open wiki links", many("[[a|")),
        ("emphasis", many("*a **a ")),
        ("underscores", many("_a__")),
        ("backticks", (1..1_000).map(|n| format!("e{}", "`".repeat(n))).collect()),
        ("quotes on one line", many(">")),
        ("deep quotes", ("> ".repeat(95) + "a\n").repeat(1_000)),
        ("deep lists", (0..500).map(|n| "  ".repeat(n) + "- a\n").collect()),
        ("wide table", format!("{cells}{}|\n{}", "|-".repeat(6_000), cells.repeat(20))),
        ("one long definition", format!("[a]: b \"{}\"\n\n{}", "t".repeat(20_000), many("[a]"))),
        ("many definitions", counted(&|n| format!("[r{n}]: u\n")) + "\n" + &counted(&|n| format!("[r{n}] "))),
        ("footnotes", counted(&|n| format!("[^{n}] ")) + "\n\n" + &counted(&|n| format!("[^{n}]: x\n\n"))),
        ("inline notes", many("^[")),
        ("character data", many("a <![CDATA[")),
        ("open comments", many("a <!--")),
        ("open tags", many("<a ")),
        ("open blocks", many("<div>")),
        ("open blocks in text", many("a <div>")),
        ("wrong ends", many("<b>") + &many("</i>")),
        ("open lists", many("<ul><li>")),
        ("open tables", "<table><tr><td>".repeat(n / 4)),
        ("copied formatting", format!("<div>{}</div>{}", "<b id=x>".repeat(900), many("<div>x</div>"))),
        ("copied different", (0..900).map(|n| format!("<b id=x{n}>")).collect::<String>() + &many("<div>x</div>")),
        ("attributes", format!("a <a {}>", counted(&|n| format!("b{n}=c ")))),
        ("entities", many("&")),
        ("addresses", many("www.a@")),
        ("brackets in addresses", format!("http://a{}", many(")"))),
        ("headings", "# a\n".repeat(100_000)),
        ("embeds", many("![[a]]\n\n")),
        ("embeds in one paragraph", many("![[a]]\n") + "en tekst"),
        ("embeds with versions", counted(&|n| format!("![[a@v{n}#^b]]\n"))),
        ("links to versions", counted(&|n| format!("[[a@v{n}]] "))),
        ("blocks with ids", counted(&|n| format!("a ^i{n}\n\n"))),
        ("ids alone", many("^a\n\n")),
        ("missing links", counted(&|n| format!("[[p{n}]] "))),
        ("ambiguous links", many("[[dubbel]] ")),
        ("one long line", "woord ".repeat(350_000)),
        ("paragraphs", "a\n\n".repeat(200_000)),
        ("code", ("```rust\n".to_owned() + &"fn a() { \"x\" }\n".repeat(1_500) + "```\n\n").repeat(40)),
        ("open strings in code", format!("```rust\n{}\n```\n", "\"a\n".repeat(9_000))),
        ("combining", format!("# a{}\n", many("\u{301}"))),
        ("deep YAML", format!("---\na: {}\n---\n", "[".repeat(20_000))),
        ("aliases in YAML", "---\na: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n---\n".to_owned()),
        ("many keys", format!("---\n{}---\n", (0..7_000).map(|n| format!("k{n}: v\n")).collect::<String>())),
        ("equal keys", format!("---\n{}---\n", "a: b\n".repeat(9_000))),
        ("complex keys", format!("---\n{}\n---\n", "? ".repeat(9_000))),
    ]
}

#[test]
fn r6_no_text_costs_more_than_its_size_allows() {
    for (name, text) in costly() {
        let began = Instant::now();
        let html = rendered(text.as_bytes());
        assert!(began.elapsed() < HANG, "{name}: {:?} for {} bytes", began.elapsed(), text.len());
        assert!(html.len() < 12 * text.len() + 256 * 1024, "{name}: {} of {} bytes", html.len(), text.len());
        assert_eq!(fault(&html), None, "{name}");
    }
}

#[test]
fn raw_html_of_real_pages_is_kept_however_long() {
    let row = "<tr><td>a <b>b</b><br><td><a href=\"x\" title='y'>c</a></tr>\n";
    let text = format!("<details open>\n<table>\n{}</table>\n</details>\n\nen <kbd>x</kbd>\n", row.repeat(3_000));
    let html = rendered(text.as_bytes());
    assert_eq!(html.matches("<tr>").count(), 3_000);
    assert_eq!(html.matches("<b>b</b>").count(), 3_000);
    assert!(html.contains("<kbd>x</kbd>") && html.contains("<details open"));
}

#[test]
fn differences_of_large_texts_end() {
    let lines = |make: &dyn Fn(usize) -> String| (0..20_000).map(make).collect::<String>();
    let mut dice = Dice(17);
    let mut rolled = || (0..20_000).map(|_| format!("{}\n", dice.below(50))).collect::<String>();
    let texts = [
        (lines(&|n| format!("{n}\n")), lines(&|n| format!("{}\n", 20_000 - n))),
        (lines(&|n| format!("a{n} x y\n")), lines(&|n| format!("b{n} x z\n"))),
        ("a\nb\n".repeat(10_000), "b\na\nc\n".repeat(7_000)),
        (rolled(), rolled()),
        ("a b ".repeat(300_000), "a c ".repeat(300_000)),
        (("a b ".repeat(900) + "\n").repeat(50), ("b a c ".repeat(600) + "\n").repeat(50)),
    ];
    for (n, (old, new)) in texts.iter().enumerate() {
        let began = Instant::now();
        let _ = diff::lines(old, new);
        let _ = merge3(old, new, &format!("{old}z\n"));
        assert!(began.elapsed() < HANG, "text {n}: {:?}", began.elapsed());
    }
}

/// What a site may be asked, with odd values in every place.
#[test]
fn no_request_is_answered_by_a_500_or_leads_elsewhere() {
    const ROUTES: [&str; 27] = [
        "/",
        "/-/edit/",
        "/-/move/",
        "/-/delete/",
        "/-/revert/",
        "/-/history/",
        "/-/diff/",
        "/-/raw/",
        "/-/page/",
        "/-/changes",
        "/-/changes.atom",
        "/-/search",
        "/-/mindmap",
        "/-/index",
        "/-/problems",
        "/-/lang/",
        "/-/assets/",
        "/-/accessibility",
        "/-/health",
        "/-/",
        "/robots.txt",
        "/favicon.ico",
        "/wiki.git/info/refs",
        "/wiki.git/git-upload-pack",
        "/wiki.git/git-receive-pack",
        "/wiki.git/HEAD",
        "/x.git/info/refs",
    ];
    const BITS: [&str; 40] = [
        "a",
        "plan/dijk",
        "FrontPage",
        "slecht",
        "f.bin",
        "%",
        "%2",
        "%zz",
        "%00",
        "%0d%0aX:y",
        "%2f",
        "%2f%2fevil/",
        "/evil/",
        "%2e%2e/",
        "../",
        ".",
        "//",
        "@",
        "@v1",
        "@..",
        "@~0",
        "%40",
        "~",
        "%ff",
        "%C3%A9",
        "%e2%80%ae",
        ".md",
        ".md/",
        ".git",
        ".polder/config.yml",
        "?",
        "&",
        "=",
        "+",
        "%5c",
        "--help",
        "%c0%af",
        "%25%32%66",
        "{page}",
        ";",
    ];
    const KEYS: [&str; 17] = [
        "q", "at", "from", "to", "by", "focus", "page", "folder", "next", "title", "service", "before", "a", "b", "n",
        "depth", "base",
    ];
    const VALUES: [&str; 24] = [
        "",
        "0",
        "-1",
        "99999999999999999999",
        "18446744073709551615",
        "NaN",
        "a",
        "git-upload-pack",
        "v1",
        "%00",
        "%ff",
        "%22",
        "(",
        "*",
        "AND",
        "a+b",
        "%22a",
        "title:",
        "..",
        "%0d%0a",
        "%C3%A9",
        "tag",
        "links",
        "//evil",
    ];
    let wiki = TestWiki::with(&[
        ("FrontPage.md", "hoi [[a]]\n"),
        ("a.md", "# A\ntekst\n"),
        ("plan/dijk.md", "x\n"),
        ("f.bin", "\u{1}"),
    ])
    .ready();
    let tip = wiki.tip();
    git(&wiki.repo(), &["tag", "-a", "-m", "Date: x", "a@v1", "main"]).ok();
    let long = "x".repeat(3_000);
    let at_tip = format!("@~{}..~{tip}", &tip[..4]);
    let origin = format!("http://{}", wiki.address);
    let mut dice = Dice(23);
    let mut seen = BTreeSet::new();
    for _ in 0..1_500 {
        let mut path = dice.one(&ROUTES).to_owned();
        for _ in 0..dice.below(4) {
            match dice.below(25) {
                0 => path.push_str(&at_tip),
                1 => path.push_str(&long[..300]),
                _ => path.push_str(dice.one(&BITS)),
            }
        }
        for n in 0..dice.below(4) {
            path.push_str(if n == 0 && !path.contains('?') { "?" } else { "&" });
            path.push_str(&format!("{}={}", dice.one(&KEYS), dice.one(&VALUES)));
        }
        let method = dice.one(&["GET", "GET", "GET", "POST", "HEAD"]);
        let mime = dice.one(&[
            "application/x-www-form-urlencoded",
            "application/x-git-upload-pack-request",
            "application/x-git-receive-pack-request",
        ]);
        let mut headers = vec![("Origin", origin.as_str()), ("Content-Type", mime)];
        match dice.below(8) {
            0 => headers
                .push(("Cookie", dice.one(&["polder-name=%ff", "polder-name=%0d%0aX:y", ";;==", "polder-lang=x"]))),
            1 => headers.push(("If-None-Match", dice.one(&["*", "", "W/", ",,,", "\"a\""]))),
            2 => headers.push(("Accept-Language", dice.one(&["xx", "en;q=99", "nl;q=-1", ";;", "*"]))),
            3 => headers.push(("Cookie", long.as_str())),
            4 => headers.push(("Content-Encoding", dice.one(&["gzip", "br", "deflate", "x"]))),
            _ => {}
        }
        let mut body = Vec::new();
        if method == "POST" {
            for _ in 0..dice.below(7) {
                let key = dice.one(&["text", "summary", "name", "base", "path", "to", "from", "act", "%ff", ""]);
                let value = dice.one(&[
                    "",
                    "x",
                    "%ff",
                    "%00",
                    "..",
                    "a",
                    "save",
                    "preview",
                    ".git/x",
                    "a/b",
                    "%0d%0a",
                    "---%0aa:[",
                ]);
                body.extend_from_slice(format!("{key}={value}&").as_bytes());
            }
            if dice.below(4) == 0 {
                body = (0..dice.below(300)).map(|_| u8::try_from(dice.below(256)).expect("a byte")).collect();
            }
        }
        let began = Instant::now();
        let answer = wiki.ask(method, &path, &headers, &body);
        seen.insert(answer.status);
        let said = format!("{method} {path} {:?}\n{:?}", String::from_utf8_lossy(&body), answer.headers);
        assert!(answer.status < 500, "{}: {said}\n{}", answer.status, answer.text());
        assert!(began.elapsed() < HANG, "{said}");
        assert!(!answer.headers.contains_key("x"), "{said}");
        if (300..400).contains(&answer.status) && answer.status != 304 {
            assert!(is_harmless(answer.header("location")), "{said}");
            assert!(answer.header("location").starts_with('/'), "{said}");
        }
    }
    assert!(seen.len() >= 7, "the requests are too much alike: {seen:?}");
    wiki.get("/-/health").ok();
}

#[test]
fn no_address_leads_to_another_site() {
    let wiki = TestWiki::tiny();
    for path in [
        "//evil.example/",
        "/%2fevil.example/",
        "/%2Fevil.example/",
        "/%2f%2fevil.example/",
        "/%5cevil.example/",
        "/\\evil.example/",
        "/-/page//evil.example/",
        "/-/page/%2fevil.example/",
        "/-/page/%5cevil.example/",
        "/.//evil.example/",
        "/%09/evil.example/",
        "//evil.example/x.md",
        "/%2fplan/dijk.md",
        "/%2fPLAN/dijk",
        "/-/lang/en?next=//evil.example",
        "/-/lang/en?next=/%5cevil.example",
        "/-/lang/en?next=/%09/evil.example",
        "/-/lang/en?next=/%0d%0aX:y",
    ] {
        let answer = wiki.get(path);
        let location = answer.header("location");
        assert!(location.is_empty() || (location.starts_with('/') && is_harmless(location)), "{path}: {location}");
        assert!(!answer.headers.contains_key("x"), "{path}");
    }
}

#[test]
fn r3_nothing_written_becomes_a_script_on_any_screen() {
    // `<zz` stands in everything that a person can write; as a tag it may appear nowhere.
    let mark = "\"><zz>'&";
    let quoted = mark.replace('\'', "''");
    let page = format!(
        "---\ntitle: '{quoted}'\ntags: ['{quoted}']\ntype: '{quoted}'\nlang: '{quoted}'\naliases: ['{quoted}']\nsuperseded_by: '{quoted}'\n'{quoted}': '{quoted}'\nref: '[[{quoted}]]'\nstatus: '{quoted}'\n---\n## {mark}\n[[{mark}]] [[x|{mark}]] ![{mark}](y.png '{mark}') #{mark}\n"
    );
    let config = format!("title: '{quoted}'\nlanguage: '{quoted}'\nlinks:\n  order: '{quoted}'\n");
    let kind = format!("label: '{quoted}'\nfields:\n  status: {{label: '{quoted}', values: ['{quoted}']}}\n");
    let files = [
        ("FrontPage.md".to_owned(), "hoi\n".to_owned()),
        ("kwaad.md".to_owned(), page),
        ("_Sidebar.md".to_owned(), format!("[[kwaad]] {mark}\n")),
        (".polder/config.yml".to_owned(), config),
        (".polder/types/x.yml".to_owned(), kind),
        ("m<zz>/p<zz>.md".to_owned(), format!("# {mark}\n")),
        ("m<zz>/<zz>.bin".to_owned(), "x".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wiki = TestWiki::with(&files);
    let author = b"\"><zz>' <\"><zz>@b> 1262304000 +0100";
    let tip = raw_commit(&wiki.repo(), "main^{tree}", &["main"], author, b"\"><zz>]]>&\n\n<zz> \x01\xff");
    git(&wiki.repo(), &["update-ref", "refs/heads/main", &tip]).ok();
    wiki.eventually("/", |answer| answer.header("polder-commit") == tip);
    let wiki = wiki.ready();
    let q = "%22%3E%3Czz%3E'&";
    let mut paths: Vec<String> = [
        "/",
        "/kwaad",
        "/m%3Czz%3E",
        "/m%3Czz%3E/p%3Czz%3E",
        "/-/index",
        "/-/index?by=tag",
        "/-/index?by=folder",
        "/-/index?by=orphans",
        "/-/index?by=wanted",
        "/-/problems",
        "/-/changes",
        "/-/mindmap",
        "/-/mindmap?focus=kwaad",
        "/-/history/kwaad",
        "/-/edit/kwaad",
        "/-/move/kwaad",
        "/-/delete/kwaad",
        "/-/diff/kwaad",
        "/-/search?q=zz",
        "/-/changes.atom",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.push(format!("/kwaad@~{}", &tip[..8]));
    paths.push(format!("/FrontPage@~{}..~{}", &tip[..8], &tip[..8]));
    for before in [
        "/",
        "/kwaad@",
        "/kwaad@~",
        "/-/",
        "/-/search?q=",
        "/-/edit/",
        "/-/edit/nieuw?title=",
        "/-/history/",
        "/-/diff/",
        "/-/mindmap?focus=",
        "/-/index?by=",
        "/-/changes?folder=",
        "/-/changes.atom?page=",
        "/-/raw/",
        "/-/page/",
        "/-/move/",
        "/-/lang/",
        "/-/lang/en?next=",
        "/-/assets/",
    ] {
        paths.push(format!("{before}{q}"));
    }
    for path in paths {
        let cookie = format!("polder-name={q}; polder-lang={q}");
        let answer = wiki.ask("GET", &path, &[("Cookie", &cookie), ("Accept-Language", "nl\"><zz>")], b"");
        assert!(answer.status < 500, "{path}: {}", answer.text());
        let file = answer.header("content-type").starts_with("text/plain");
        assert!(file || !answer.has("<zz"), "{path}:\n{}", answer.text());
        if answer.header("content-type").starts_with("text/html") {
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        }
        if path.contains(".atom") && answer.status == 200 {
            assert!(is_xml_text(&answer.body), "{path}:\n{}", answer.text());
        }
    }
    for act in ["preview", "save"] {
        let fields = [("text", mark), ("name", mark), ("summary", mark), ("path", mark), ("act", act)];
        wiki.post("/-/edit/kwaad2", &[fields.as_slice(), &[("base", "")]].concat()).lacks("<zz");
        wiki.post(&format!("/-/move/kwaad?{q}"), &[("to", mark), ("name", mark)]).lacks("<zz");
    }
}

/// UTF-8 of the characters that XML 1.0 allows, with every `&` the beginning of an entity.
fn is_xml_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    let entity = |rest: &str| ["amp;", "lt;", "gt;", "quot;", "apos;", "#"].iter().any(|name| rest.starts_with(name));
    text.chars().all(allowed) && text.split('&').skip(1).all(entity)
}

/// A commit of exactly these bytes, whatever git thinks of them.
pub fn raw_commit(repo: &Path, tree: &str, parents: &[&str], author: &[u8], message: &[u8]) -> String {
    let id = |name: &str| git(repo, &["rev-parse", name]).ok().stdout().trim().to_owned();
    let mut bytes = format!("tree {}\n", id(tree)).into_bytes();
    for parent in parents {
        bytes.extend_from_slice(format!("parent {}\n", id(parent)).as_bytes());
    }
    bytes.extend_from_slice(&[b"author ", author, b"\ncommitter ", author, b"\n\n", message].concat());
    object(repo, "commit", &bytes)
}

pub fn object(repo: &Path, kind: &str, bytes: &[u8]) -> String {
    let mut git = Command::new("git")
        .args(["hash-object", "-t", kind, "-w", "--literally", "--stdin"])
        .current_dir(repo)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    git.stdin.take().expect("piped").write_all(bytes).expect("written");
    let output = git.wait_with_output().expect("ended");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("hex").trim().to_owned()
}

/// A tree of exactly these entries: mode, name, id.
pub fn tree(repo: &Path, mut entries: Vec<(&str, Vec<u8>, String)>) -> String {
    entries.sort_by_key(|(mode, name, _)| [name.as_slice(), if *mode == "40000" { b"/" } else { b"" }].concat());
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(format!("{mode} ").as_bytes());
        bytes.extend_from_slice(&name);
        bytes.push(0);
        bytes.extend((0..20).map(|n| u8::from_str_radix(&id[2 * n..2 * n + 2], 16).expect("hex")));
    }
    object(repo, "tree", &bytes)
}

const ODD_NAMES: [&[u8]; 62] = [
    b"-",
    b"-.md",
    b"@.md",
    b"a@b.md",
    b"@v1.md",
    b"a@..b.md",
    b"wiki.git.md",
    b"robots.txt.md",
    b"favicon.ico.md",
    b"..md",
    b"...md",
    b".md",
    b"a\nb.md",
    b"a\x01b.md",
    b"a\xffb.md",
    b"\xff.md",
    b"A.md",
    b"a.md",
    b"caf\xc3\xa9.md",
    b"cafe\xcc\x81.md",
    b"con.md",
    b"a\\b.md",
    b".GIT",
    b"git~1",
    b".gitmodules",
    b".gitattributes",
    b"\xe2\x80\xaeevil.md",
    b"a b.md",
    b" a.md",
    b"a .md",
    b"a.md.md",
    b"a%2fb.md",
    b"a%.md",
    b"%40.md",
    b"a?b.md",
    b"a#b.md",
    b"a&b.md",
    b"a'b.md",
    b"a\"b.md",
    b"<b>.md",
    b"~.md",
    b"x.markdown",
    b"x.md",
    b"README.md",
    b"index.md",
    b"Home.md",
    b"home.md",
    b"_Sidebar.md",
    b"_sidebar.md",
    b"\xf0\x9f\x92\xa9.md",
    b"a\xe2\x80\x8db.md",
    b"a:b.md",
    b"--help.md",
    b"-Otouch.md",
    b"*.md",
    b":(top).md",
    b"a+b.md",
    b"a;b.md",
    b"\xc3\x9f.md",
    b"ss.md",
    b".polder.md",
    b".well-known",
];

#[test]
fn a_repository_of_odd_names_and_commits_opens_and_every_link_leads_somewhere() {
    // INV-9
    let wiki = TestWiki::with(&[("FrontPage.md", "hoi\n")]);
    let repo = wiki.repo();
    let page = object(&repo, "blob", b"# hallo\n[[x]]\n");
    let sub =
        tree(&repo, vec![("100644", b"x.md".to_vec(), page.clone()), ("100644", b"search.md".to_vec(), page.clone())]);
    let settings = tree(
        &repo,
        vec![
            ("100644", b"config.yml".to_vec(), object(&repo, "blob", b"title: [a\nlanguage: {}\nlinks: x\n")),
            (
                "40000",
                b"types".to_vec(),
                tree(&repo, vec![("100644", b"b.yml".to_vec(), object(&repo, "blob", b"\xff\xfe"))]),
            ),
        ],
    );
    let mut entries: Vec<(&str, Vec<u8>, String)> =
        ODD_NAMES.iter().map(|name| ("100644", name.to_vec(), page.clone())).collect();
    entries.push(("100644", "x".repeat(300).into_bytes(), page.clone()));
    entries.push(("100644", b"niet.md".to_vec(), object(&repo, "blob", b"\xff\xfe\x00")));
    entries.push(("120000", b"link.md".to_vec(), object(&repo, "blob", b"/etc/passwd")));
    entries.push(("120000", b"linkmap".to_vec(), object(&repo, "blob", b"../../..")));
    entries.push(("160000", b"module.md".to_vec(), "1".repeat(40)));
    entries.push(("100755", b"uit.md".to_vec(), page.clone()));
    for folder in ["dash", "dir.md", ".dot", "A", "UP\u{e9}", "UPe\u{301}", "b"] {
        entries.push(("40000", folder.as_bytes().to_vec(), sub.clone()));
    }
    entries.push(("40000", b"leeg".to_vec(), tree(&repo, Vec::new())));
    entries.push(("40000", b".polder".to_vec(), settings));
    let authors: [&[u8]; 20] = [
        b"",
        b"x",
        b"x <a>",
        b" <a@b> 1262304000 +0100",
        b"x <> 1262304000 +0100",
        b"x <a> -1 +0000",
        b"x <a> 99999999999999999999 +0000",
        b"x <a> 9223372036854775807 +9999",
        b"x <a> 253402300800 +0000",
        b"x <a> 1262304000 +99999",
        b"x <a> 1262304000 -2400",
        b"x <a> morgen +0100",
        b"\xff\xfe <\xff> 1 +0000",
        b"a\x00b <x> 1 +0000",
        b"\xe2\x80\xaeevil <x> 1 +0000",
        b"a <b> <c> 1 +0000",
        b"a <b 1 +0000",
        b"a <b@c> -9223372036854775808 +0100",
        b"\x01\x1b[31m <x> 1 +0000",
        b"a <b@c> 67767976233446399 +1400",
    ];
    let messages: [&[u8]; 6] =
        [b"", b"\n\n", b"\xff\xfe", b"]]> <x> & \x00 \x01", b"a\r\nb", b"\xed\xa0\x80 \xef\xbf\xbf"];
    let mut tip = wiki.tip();
    for n in 0..authors.len() + messages.len() {
        let text = object(&repo, "blob", format!("versie {n}\n").as_bytes());
        let all = [entries.as_slice(), &[("100644", b"hist.md".to_vec(), text)]].concat();
        let whole = tree(&repo, all);
        let author = authors.get(n).copied().unwrap_or(b"N <n@e> 1262304000 +0100");
        let message = n.checked_sub(authors.len()).map_or(b"m".as_slice(), |n| messages[n]);
        tip = raw_commit(&repo, &whole, &[&tip], author, message);
    }
    git(&repo, &["update-ref", "refs/heads/main", &tip]).ok();
    wiki.eventually("/", |answer| answer.header("polder-commit") == tip);
    let wiki = wiki.ready();

    for path in ["/link.md", "/-/raw/link", "/-/raw/link.md", "/linkmap/etc/passwd", "/module", "/.git/config"] {
        wiki.get(path).lacks("root:").status(404);
    }
    for path in
        ["/-", "/-/page/-", "/%40", "/a%40b", "/-/page/robots.txt", "/-/page/wiki.git", "/a%252fb", "/UP%C3%A9/x"]
    {
        assert!(wiki.get(path).status < 500, "{path}");
    }
    wiki.get("/-/page/wiki.git").ok().shows("hallo");
    wiki.get("/a%40b").ok().shows("hallo");
    let feed = wiki.get("/-/changes.atom").ok();
    assert!(is_xml_text(&feed.body), "{}", feed.text());
    let history = wiki.get("/-/history/hist").ok();
    assert!(history.text().matches("@~").count() > 20, "{}", history.text());

    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut queue: Vec<String> =
        ["/", "/-/index", "/-/index?by=folder", "/-/changes", "/-/history/hist", "/-/problems", "/-/mindmap"]
            .map(str::to_owned)
            .to_vec();
    let mut n = 0;
    while let Some(path) = queue.pop() {
        if !known.insert(path.clone()) {
            continue;
        }
        let began = Instant::now();
        let answer = wiki.get(&path);
        n += 1;
        assert!(
            answer.status < 400 || path.starts_with("/-/edit/") || is_offered_anyway(&path),
            "{path}: {}",
            answer.status
        );
        assert!(began.elapsed() < HANG, "{path}");
        if n < 300 {
            for link in answer.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                let link = unescape(link.split('#').next().unwrap_or(link));
                if link.starts_with('/') && !link.starts_with("//") && !link.starts_with("/-/assets/") {
                    queue.push(link);
                }
            }
        }
    }
    assert!(n > 100, "only {n} addresses were found");
    wiki.editor("FrontPage").text("nieuw\n").save().status(303);
    wiki.get("/").ok().shows("nieuw");
}

/// Places where a screen offers what need not be there: an old version in which a page was not.
fn is_offered_anyway(path: &str) -> bool {
    path.contains("@~") || path.contains("/-/raw/") || path.contains("/-/history/")
}

#[test]
fn a_folder_deeper_than_any_limit_takes_only_itself_away() {
    let wiki = TestWiki::with(&[("FrontPage.md", "hoi [[a]]\n"), ("a.md", "# A\n")]).ready();
    let repo = wiki.repo();
    let mut id = tree(&repo, vec![("100644", b"p.md".to_vec(), object(&repo, "blob", b"diep\n"))]);
    for _ in 0..100 {
        id = tree(&repo, vec![("40000", b"d".to_vec(), id)]);
    }
    let page = object(&repo, "blob", b"# A\n\ndiep\n");
    let whole = tree(&repo, vec![("40000", b"d".to_vec(), id), ("100644", b"FrontPage.md".to_vec(), page)]);
    let tip = raw_commit(&repo, &whole, &["main"], b"N <n@e> 1262304000 +0100", b"diep");
    git(&repo, &["update-ref", "refs/heads/main", &tip]).ok();
    wiki.eventually("/", |answer| answer.header("polder-commit") == tip);
    for path in ["/", "/-/changes", "/-/history/FrontPage", "/-/index?by=folder", "/-/mindmap", "/-/problems"] {
        wiki.get(path).ok();
    }
    for path in [format!("/{}p", "d/".repeat(101)), format!("/-/edit/{}p", "d/".repeat(101))] {
        assert!(matches!(wiki.get(&path).status, 400 | 404), "{path}");
    }
}

#[test]
fn what_is_done_to_the_repository_meanwhile_is_survived() {
    // INV-10
    let save = |wiki: &TestWiki, page: &str| wiki.editor(page).text("opgeslagen\n").save().status(303);
    let wiki = TestWiki::tiny().ready();
    for page in ["p0", "p1", "p2"] {
        save(&wiki, page);
    }
    git(&wiki.repo(), &["gc", "-q", "--prune=now"]).ok();
    wiki.get("/p2").ok().shows("opgeslagen");
    save(&wiki, "p3");
    let old = wiki.tip();
    git(&wiki.repo(), &["update-ref", "refs/heads/main", "main~3"]).ok();
    git(&wiki.repo(), &["reflog", "expire", "--expire=now", "--all"]).ok();
    git(&wiki.repo(), &["gc", "-q", "--prune=now"]).ok();
    wiki.eventually("/p3", |answer| answer.status == 404);
    wiki.get("/p0").ok();
    wiki.get(&format!("/p0@~{old}")).status(404);
    wiki.get("/-/history/p0").ok();
    save(&wiki, "p4");

    let tip = wiki.tip();
    git(&wiki.repo(), &["update-ref", "-d", "refs/heads/main"]).ok();
    wiki.eventually("/p0", |answer| answer.status == 404);
    git(&wiki.repo(), &["update-ref", "refs/heads/main", &tip]).ok();
    wiki.eventually("/p0", |answer| answer.status == 200);

    // A branch that leads nowhere leaves readers what was there.
    let branch = wiki.repo().join("refs/heads/main");
    fs::write(&branch, format!("{}\n", "9".repeat(40))).expect("written");
    std::thread::sleep(Duration::from_millis(1_500));
    wiki.get("/p0").ok();
    fs::write(&branch, format!("{tip}\n")).expect("written");
    save(&wiki, "p5");
    wiki.eventually("/-/history/p5", |answer| answer.status == 200);
}

#[test]
fn a_save_that_a_lock_holds_up_says_so_and_keeps_the_text() {
    let wiki = TestWiki::tiny().ready();
    let lock = wiki.repo().join("refs/heads/main.lock");
    fs::write(&lock, "").expect("written");
    let answer = wiki.editor("plan/dijk").text("wat ik typte\n").save();
    assert!(matches!(answer.status, 409 | 503), "{}:\n{}", answer.status, answer.text());
    answer.shows("wat ik typte");
    fs::remove_file(&lock).expect("removed");
    wiki.editor("plan/dijk").text("wat ik typte\n").save().status(303);
}

#[test]
fn only_this_machine_and_only_our_own_forms_change_anything() {
    let wiki = TestWiki::tiny();
    let port = wiki.address.rsplit(':').next().expect("a port").to_owned();
    let form = |host: &str, origin: Option<&str>, extra: &[(&str, &str)]| {
        let mut headers = vec![("Host", host), ("Content-Type", "application/x-www-form-urlencoded")];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        headers.extend_from_slice(extra);
        wiki.ask("POST", "/-/edit/nieuw", &headers, b"text=x&name=x&act=save&base=").status
    };
    let ours = format!("http://{}", wiki.address);
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "2130706433",
        "127.1",
        "0x7f.1",
        "",
        "[::1].evil.example",
        "[::1]evil",
        "localhost:80/../x",
        "localhost:x",
        "localhost:\"><zz>",
        "[::1",
        "127.0.0.1:80:80",
    ] {
        assert_eq!(form(host, Some(&format!("http://{host}")), &[]), 403, "{host}");
        let pushed = wiki.ask("GET", "/wiki.git/info/refs?service=git-receive-pack", &[("Host", host)], b"");
        assert_eq!(pushed.status, 403, "{host}");
    }
    for origin in [None, Some("null"), Some("http://evil.example"), Some("http://127.0.0.1"), Some("http://localhost")]
    {
        assert_eq!(form(&wiki.address, origin, &[]), 403, "{origin:?}");
    }
    for near in [
        format!("{ours}/"),
        format!("{ours}.evil.example"),
        format!("http://x@{}", wiki.address),
        format!("http://localhost:{port}"),
    ] {
        assert_eq!(form(&wiki.address, Some(&near), &[]), 403, "{near}");
    }
    assert_eq!(form(&wiki.address, Some(&ours), &[("Origin", "http://evil.example")]), 403, "two origins");
    for header in ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"] {
        assert_eq!(form(&wiki.address, Some(&ours), &[(header, "1.2.3.4")]), 403, "{header}");
    }
    assert_eq!(form(&wiki.address, Some(&ours), &[]), 303);
}

#[test]
fn broken_and_slow_requests_leave_the_server_to_others() {
    let wiki = TestWiki::tiny().ready();
    let head = format!("POST /-/edit/x HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n", wiki.address);
    let requests: Vec<Vec<u8>> = vec![
        b"\0\0\0".to_vec(),
        b"GET".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nx".to_vec(),
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(200_000)).into_bytes(),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(5_000)).into_bytes(),
        format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").into_bytes(),
        format!("{head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef").into_bytes(),
        format!("{head}Content-Length: -1\r\n\r\n").into_bytes(),
        format!("{head}Content-Length: 99999999999\r\n\r\nx").into_bytes(),
        format!("{head}Content-Length: 1000\r\n\r\ntext=half").into_bytes(),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx").into_bytes(),
        format!("{head}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc").into_bytes(),
    ];
    let open: Vec<TcpStream> = requests
        .iter()
        .map(|request| {
            let mut stream = TcpStream::connect(&wiki.address).expect("the server listens");
            // A server that refuses early may close before all is sent.
            let _ = stream.write_all(request);
            stream
        })
        .collect();
    wiki.get("/").ok();
    for mut stream in open {
        stream.set_read_timeout(Some(Duration::from_millis(300))).expect("a time limit");
        let mut answer = [0; 64];
        let n = stream.read(&mut answer).unwrap_or(0);
        let said = String::from_utf8_lossy(&answer[..n]).into_owned();
        assert!(!said.contains(" 500 ") && !said.contains(" 200 ") && !said.contains(" 303 "), "{said}");
    }
    wiki.get("/-/health").ok();
}

#[test]
fn any_bytes_on_the_wire_leave_the_repository_as_it_was() {
    let wiki = TestWiki::tiny().ready();
    let tip = wiki.tip();
    let mut dice = Dice(29);
    for n in 0..40 {
        let service = dice.one(&["git-upload-pack", "git-receive-pack"]);
        let mut body: Vec<u8> = (0..dice.below(400)).map(|_| u8::try_from(dice.below(256)).expect("a byte")).collect();
        if n % 2 == 0 {
            let line = format!("{tip} {} refs/heads/main\0report-status", "1".repeat(40));
            body = [format!("{:04x}{line}0000PACK", line.len() + 4).into_bytes(), body].concat();
        }
        let mime = format!("application/x-{service}-request");
        let answer = wiki.ask("POST", &format!("/wiki.git/{service}"), &[("Content-Type", &mime)], &body);
        assert!(answer.status < 500, "{}", answer.text());
    }
    assert_eq!(wiki.tip(), tip);
    wiki.get("/plan/dijk").ok();
    wiki.clone_as("Noor").git(&["fsck"]).ok();
}
