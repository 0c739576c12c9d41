//! Who wrote what in the reading view, and the history of a page's fields.

use std::process::{Command, Stdio};

use crate::wiki::{Answer, TestWiki, between, git};

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  status: {type: enum, values: [draft, current], value_labels: {draft: {nl: concept, en: draft}, current: {nl: geldend, en: in force}}, label: {nl: Toestand, en: Status}}
  ceiling: {type: money, currency: [EUR], label: {nl: Plafond, en: Ceiling}}
  period: {type: daterange, label: {nl: Looptijd, en: Period}}
  partners: {type: list, of: {type: ref, to: [org]}, label: {nl: Partners, en: Partners}}
";
const PHASE: &str = "type: phase
label: {nl: Fase, en: Phase}
fields:
  title: {type: text, required: true}
  ceiling: {type: money, currency: [EUR], label: {nl: Bedrag, en: Amount}}
";
const ORG: &str = "type: org\nfields:\n  title: {type: text, required: true}\n";

/// Commits by several people, made by git itself.
struct Past {
    stream: Vec<u8>,
    n: usize,
}

impl Past {
    fn new() -> Past {
        let mut past = Past { stream: Vec::new(), n: 0 };
        past.commit(
            "Noor",
            "Begin",
            &[
                (".polder/config.yml", "title: Proef\nlanguage: nl\n"),
                (".polder/types/plan.yml", PLAN),
                (".polder/types/phase.yml", PHASE),
                (".polder/types/org.yml", ORG),
                ("org/lnv.md", "---\ntype: org\ntitle: Het ministerie\n---\n"),
                ("org/bzk.md", "---\ntype: org\ntitle: De gemeente\n---\n"),
            ],
        );
        past
    }

    /// A commit on the last one; gives its mark.
    fn commit(&mut self, by: &str, summary: &str, files: &[(&str, &str)]) -> usize {
        let from: Vec<usize> = (self.n > 0).then_some(self.n).into_iter().collect();
        self.commit_on(&from, by, summary, &[], files)
    }

    fn moved(&mut self, by: &str, from: &str, to: &str, files: &[(&str, &str)]) -> usize {
        self.commit_on(&[self.n], by, "Verplaatst", &[(from, to)], files)
    }

    fn commit_on(
        &mut self,
        parents: &[usize],
        by: &str,
        summary: &str,
        moves: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> usize {
        self.n += 1;
        let at_s = 1_262_304_000 + self.n * 86_400;
        let who = format!("{by} <x@example.org> {at_s} +0100");
        let mut add = |text: String| self.stream.extend_from_slice(text.as_bytes());
        add(format!("commit refs/heads/main\nmark :{}\nauthor {who}\ncommitter {who}\n", self.n));
        add(format!("data {}\n{summary}\n", summary.len()));
        for (nth, parent) in parents.iter().enumerate() {
            add(format!("{} :{parent}\n", if nth == 0 { "from" } else { "merge" }));
        }
        for (from, to) in moves {
            add(format!("R {from} {to}\n"));
        }
        for (path, text) in files {
            match *text {
                "" => add(format!("D {path}\n")),
                text => add(format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len())),
            }
        }
        self.n
    }

    fn wiki(&self) -> TestWiki {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let repo = folder.path().join("repo.git");
        git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
        let mut import = Command::new("git")
            .args(["fast-import", "--quiet", "--force"])
            .current_dir(&repo)
            .stdin(Stdio::piped())
            .spawn()
            .expect("git runs");
        std::io::Write::write_all(&mut import.stdin.take().expect("piped"), &self.stream).expect("written");
        assert!(import.wait().expect("ended").success());
        TestWiki::serve(folder, &["--repo", &repo.display().to_string()]).ready()
    }
}

/// What is said beneath the block in which `text` stands: without tags.
#[track_caller]
fn beneath(answer: &Answer, text: &str) -> String {
    let main = answer.main();
    let at = main.find(text).unwrap_or_else(|| panic!("{text:?} is missing in:\n{main}"));
    let note = between(&main[at..], "class=\"blame\"", "</div>");
    plain(note)
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars().skip_while(|c| *c != '>').skip(1) {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    text.replace('\u{a0}', " ")
}

const TEXT: &str = "---\ntype: plan\ntitle: Dijkplan\nceiling: EUR 500000.00\nperiod: 2010-01/2010-05\npartners: [org/lnv]\nstatus: draft\n---\nDe eerste alinea.\n\n## Doelen\n\n- meten\n- ophogen\n\nDe laatste alinea.\n";

#[test]
fn each_block_says_who_wrote_it_last_through_edits_and_moves() {
    let mut past = Past::new();
    past.commit("Noor", "Het plan", &[("oud/plan.md", TEXT)]);
    let second = TEXT.replace("- ophogen", "- ophogen met klei");
    past.commit("Bas", "Met klei", &[("oud/plan.md", &second)]);
    past.moved("Sanne", "oud/plan.md", "plan/dijk.md", &[]);
    let third = second.replace("500000.00", "650000.00").replace("- meten", "- eerst meten");
    past.commit("Joris", "Meer <b>geld</b>", &[("plan/dijk.md", &third)]);
    // Other line ends make nobody an author.
    past.commit("Windows", "Regeleinden", &[("plan/dijk.md", &third.replace('\n', "\r\n"))]);
    let wiki = past.wiki();
    let page = wiki.get("/-/blame/plan/dijk").ok();
    assert!(page.header("etag").starts_with("W/"), "kept");
    assert_eq!(beneath(&page, "De eerste alinea."), "Geschreven door Noor op 3 januari 2010, 01:00 · Het plan");
    assert_eq!(beneath(&page, "De laatste alinea."), "Geschreven door Noor op 3 januari 2010, 01:00 · Het plan");
    let list = beneath(&page, "eerst meten");
    assert!(
        list.starts_with(
            "Geschreven door Joris op 6 januari 2010, 01:00 · Meer &lt;b&gt;geld&lt;/b&gt; · bronteksten 1 ander"
        ),
        "{list}"
    );
    assert!(list.contains("Bas op 4 januari 2010, 01:00 · Met klei"), "{list}");
    // The fields too: the amount by Joris, the period by Noor.
    assert!(beneath(&page, "650.000,00").contains("Joris"));
    assert!(beneath(&page, "Looptijd").contains("Noor"));
    page.lacks("Windows").lacks("Verplaatst");
    // Links lead to what each change did.
    let main = wiki.get("/-/blame/plan/dijk").main();
    let link = between(&main[main.find("eerst meten").expect("there")..], "href=\"", "\"").to_owned();
    wiki.get(&link).ok().shows("650.000,00").shows("Joris");
    // Nothing without the page, and the way there from the page and from its history.
    // Each change can be read, and looked at in the source.
    assert!(link.contains("..~") && !link.contains("view=source"), "{link}");
    assert!(main.contains(&format!("href=\"{link}?view=source\">brontekst</a>")), "{main}");
    wiki.get(&format!("{link}?view=source")).ok().shows("class=\"diff\"");
    wiki.get("/plan/dijk").ok().shows("href=\"/-/blame/plan/dijk\"").shows("href=\"/-/fields/plan/dijk\"");
    wiki.get("/-/history/plan/dijk").ok().shows("href=\"/-/blame/plan/dijk\"").shows("href=\"/-/fields/plan/dijk\"");
    wiki.get("/-/blame/plan/niets").status(404);
    wiki.get("/-/blame/oud/plan").status(404);
}

#[test]
fn a_moment_has_its_own_answer() {
    let mut past = Past::new();
    past.commit("Noor", "Het plan", &[("oud/plan.md", TEXT)]);
    past.moved("Sanne", "oud/plan.md", "plan/dijk.md", &[]);
    past.commit("Bas", "Anders", &[("plan/dijk.md", &TEXT.replace("De eerste alinea", "De nieuwe alinea"))]);
    let wiki = past.wiki();
    assert!(beneath(&wiki.get("/-/blame/plan/dijk").ok(), "De nieuwe alinea").contains("Bas"));
    for path in
        ["/-/blame/plan/dijk?at=2010-01-04", "/-/blame/plan/dijk?at=2010-01-03", "/-/blame/oud/plan?at=2010-01-03"]
    {
        let then = wiki.get(path).ok().shows("Je bekijkt").lacks("De nieuwe alinea");
        assert!(beneath(&then, "De eerste alinea").contains("Noor"), "{path}");
    }
    wiki.get("/plan/dijk?at=2010-01-04").ok().shows("/-/blame/plan/dijk?at=2010-01-04");
    wiki.get("/-/blame/plan/dijk?at=2010-01-02").status(404);
    let fields = wiki.get("/-/fields/plan/dijk?at=2010-01-04").ok();
    fields.shows("ingevuld:").shows("name=\"at\" value=\"2010-01-04\"");
}

#[test]
fn work_on_two_lines_of_commits_is_told_of_each() {
    let mut past = Past::new();
    let base = past.commit("Noor", "Het plan", &[("plan.md", TEXT)]);
    let (ours, theirs) = (TEXT.replace("500000", "600000"), TEXT.replace("2010-05", "2010-09"));
    let theirs = theirs.replace("De laatste", "De allerlaatste");
    let side = past.commit_on(&[base], "Bas", "Later klaar", &[], &[("plan.md", &theirs)]);
    let main = past.commit_on(&[base], "Sanne", "Meer geld", &[], &[("plan.md", &ours)]);
    let both = theirs.replace("500000", "600000").replace("status: draft", "status: current");
    past.commit_on(&[main, side], "Joris", "Samengevoegd", &[], &[("plan.md", &both)]);
    let wiki = past.wiki();
    let page = wiki.get("/-/blame/plan").ok();
    assert!(beneath(&page, "De allerlaatste").contains("Bas"));
    assert!(beneath(&page, "600.000,00").contains("Sanne"));
    assert!(beneath(&page, "Toestand").contains("Joris"));
    // No going to and fro between the two lines: each change is told once.
    let changes = json_changes(&wiki, "/-/fields/plan?format=json");
    let told: Vec<(&str, &str)> = changes.iter().map(|(field, author, _)| (field.as_str(), author.as_str())).collect();
    assert_eq!(told[..3], [("status", "Joris"), ("ceiling", "Sanne"), ("period", "Bas")], "{told:?}");
    assert!(told[3..].iter().all(|(_, author)| *author == "Noor"), "{told:?}");
}

/// Field, author and how of each change, by a plain reading of the JSON.
fn json_changes(wiki: &TestWiki, path: &str) -> Vec<(String, String, String)> {
    let answer = wiki.get(path).ok();
    assert_eq!(answer.header("content-type"), "application/json");
    let text = answer.text();
    let value = |change: &str, key: &str| between(change, &format!("\"{key}\":\""), "\"").to_owned();
    let changes = between(&text, "\"changes\":[", "],\"commit\"").to_owned();
    let parts = changes.split("{\"added\"").skip(1);
    parts.map(|change| (value(change, "field"), value(change, "author"), value(change, "how"))).collect()
}

#[test]
fn the_history_of_the_fields_is_told_in_the_readers_spelling() {
    let mut past = Past::new();
    past.commit("Noor", "Het plan", &[("oud/plan.md", TEXT)]);
    past.commit("Bas", "Alleen tekst", &[("oud/plan.md", &TEXT.replace("eerste", "tweede"))]);
    let more = TEXT.replace("500000.00", "650000.00").replace("[org/lnv]", "\n  - org/lnv\n  - org/bzk");
    past.commit("Bas", "Meer geld, meer partners", &[("oud/plan.md", &more)]);
    past.moved("Sanne", "oud/plan.md", "plan/dijk.md", &[]);
    let current = more.replace("status: draft", "status: 'current' # besluit 3");
    past.commit("Sanne", "Vastgesteld", &[("plan/dijk.md", &current)]);
    let phase =
        "---\ntype: phase\ntitle: \"Dijkplan\"\nceiling: EUR 700000.00\nextra: 2010-03-01\n---\nDe eerste alinea.\n";
    past.commit("Joris", "", &[("plan/dijk.md", phase)]);
    let wiki = past.wiki();
    let page = wiki.get("/-/fields/plan/dijk").ok();
    let text = plain(&page.main());
    for there in [
        "Bedragwas € 650.000,00 → is nu € 700.000,00",
        "Typewas Plan → is nu Fase",
        "Extraingevuld: 1 maart 2010",
        "Looptijdweggehaald: januari 2010 t/m mei 2010",
        "Toestandwas concept → is nu geldend",
        "Partnerserbij: De gemeente",
        "Plafondwas € 500.000,00 → is nu € 650.000,00",
        "Plafondingevuld: € 500.000,00",
        "Joris op 8 januari 2010, 01:00 · zonder samenvatting",
    ] {
        assert!(text.contains(there), "{there:?} is missing in:\n{text}");
    }
    assert!(!text.contains("Alleen tekst") && !text.contains("Verplaatst"), "no field changed there:\n{text}");
    // Each leads to what it did.
    let main = page.main();
    let link = between(&main[main.find("Meer geld").expect("there") - 200..], "href=\"", "\"").to_owned();
    wiki.get(&link).ok().shows("650.000,00");
    // One field; JSON; Atom.
    let one = wiki.get("/-/fields/plan/dijk?field=ceiling").ok();
    one.shows("value=\"ceiling\" selected").shows("700.000,00").in_main().lacks("Vastgesteld");
    let changes = json_changes(&wiki, "/-/fields/plan/dijk?format=json&field=partners");
    let hows: Vec<&str> = changes.iter().map(|(_, _, how)| how.as_str()).collect();
    assert_eq!(hows, ["went", "items", "came"]);
    let feed = wiki.get("/-/fields/plan/dijk?format=atom").ok();
    assert!(feed.header("content-type").starts_with("application/atom+xml"));
    feed.shows("<title>Dijkplan: Toestand</title>").shows("Toestand: was concept, is nu geldend · Vastgesteld");
    wiki.get("/-/fields/plan/dijk?format=xml").status(400);
    wiki.get("/-/fields/plan/dijk?before=0000000").status(404);
    wiki.get("/-/fields/plan/dijk?field=nergens").ok().shows("Nergens is nog niet veranderd");
    wiki.get("/-/fields/plan/niets").status(404);
    wiki.ask("GET", "/-/fields/plan/dijk", &[("Accept-Language", "en")], b"").ok().shows("€650,000.00");
}

#[test]
fn a_long_history_is_told_in_parts_that_follow_on_each_other() {
    let mut past = Past::new();
    for nth in 0..700 {
        // The title changes each fifth time, the status at the begin only.
        let text = format!("---\ntitle: Titel {}\nstatus: draft\n---\nTekst {nth}.\n", nth / 5);
        past.commit("Noor", "Verder", &[("plan.md", &text)]);
    }
    let wiki = past.wiki();
    let mut path = "/-/fields/plan?format=json".to_owned();
    let mut titles = Vec::new();
    let mut n_parts = 0;
    loop {
        let text = wiki.get(&path).ok().text();
        let new: Vec<String> =
            text.split("\"new\":\"").skip(1).map(|rest| rest.split('"').next().expect("closed").to_owned()).collect();
        assert!(new.len() <= 51, "{} changes at once", new.len());
        titles.extend(new);
        n_parts += 1;
        match text.split_once("\"next\":\"") {
            Some((_, next)) => {
                let next = next.split('"').next().expect("closed");
                path = next.split_once(&wiki.address).expect("of this wiki").1.to_owned();
            }
            None => break,
        }
    }
    let mut expected: Vec<String> = (0..140).rev().map(|nth| format!("Titel {nth}")).collect();
    expected.push("draft".to_owned());
    assert_eq!(titles, expected);
    assert_eq!(n_parts, 3);
    // A field that did not change for long is looked for in parts too.
    let seldom = wiki.get("/-/fields/plan?field=status").ok();
    let older = seldom.shows("In de 500 wijzigingen").main();
    let older = between(&older, "rel=\"next\" href=\"", "\"").replace("&amp;", "&");
    wiki.get(&older).ok().in_main().shows("ingevuld:").shows("Naar de nieuwste");
    // A page that went is told of still.
    wiki.post("/-/delete/plan", &[("name", "Bas"), ("base", &wiki.tip())]).status(303);
    wiki.get("/-/fields/plan").ok().shows("Titel 139").in_main().lacks("weggehaald");
    wiki.get("/-/blame/plan").status(404);
}

#[test]
fn a_move_that_git_does_not_see_is_followed() {
    let mut past = Past::new();
    // Most lines stay, but by far the most bytes go.
    let long = "Een lange regel die helemaal verdwijnt, zoals dat gaat. ".repeat(8);
    let text = format!("a\nb\nc\nd\n\n{long}\n");
    past.commit("Noor", "Het begin", &[("oud.md", &text)]);
    // As Polder notes it when somebody moves a page.
    let summary = "Verplaatst\n\nPolder-Moved: oud.md -> nieuw.md";
    let new = format!("a\nb\nc\nd\n\n{}\n", "Heel anders nu. ".repeat(30));
    past.commit_on(&[past.n], "Bas", summary, &[("oud.md", "nieuw.md")], &[("nieuw.md", &new)]);
    let wiki = past.wiki();
    let log = git(&wiki.repo(), &["log", "--follow", "--format=%s", "main", "--", "nieuw.md"]).ok().stdout();
    assert!(!log.contains("Het begin"), "git sees it after all: {log}");
    let page = wiki.get("/-/blame/nieuw").ok();
    assert!(beneath(&page, "<p>a").contains("Noor"), "{}", page.main());
    assert!(beneath(&page, "Heel anders").contains("Bas"));
}

#[test]
fn whatever_stands_in_a_page_its_blocks_are_told_or_its_lines() {
    let mut past = Past::new();
    let odd = "plan/-p \"q\" $(x) ;.md";
    let quoted = "\"plan/-p \\\"q\\\" $(x) ;.md\"";
    let raw = "<div>\n\nbinnen\n\n</div>\n\n<table><tr><td>\n\ncel\n\n</td></tr></table>\n\n<b>open\n\nna\n\n<script>\n\nweg\n\n</script>\n\neinde\n";
    past.commit(
        "Noor",
        "Oneven",
        &[
            (quoted, "# Raar\n\nEen naam.\n"),
            ("rauw.md", raw),
            ("teken.md", "Een &#xFDD1; teken.\n\nTwee.\n"),
            ("regels.md", "a\r\rb\n\nc\n"),
            ("leeg.md", "\n"),
            ("kop.md", "---\na: |\n  een\n\n  twee\n# los\nb: {c: 1, d: 2}\ne:\n---\n"),
            ("diep.md", &format!("{}x\n", ">".repeat(3_000))),
        ],
    );
    past.commit(
        "Bas",
        "Erbij",
        &[
            ("teken.md", "Een &#xFDD1; teken.\n\nDrie.\n"),
            ("diep.md", &format!("{}x\ny\n", ">".repeat(3_000))),
            ("kop.md", "---\na: |\n  een\n\n  drie\n# los\nb: {c: 1, d: 2}\ne:\n---\n"),
        ],
    );
    let wiki = past.wiki();
    let mut address = String::new();
    polder_core::path::percent_encode(odd.trim_end_matches(".md"), &mut address);
    assert!(beneath(&wiki.get(&format!("/-/blame/{address}")).ok(), "Een naam.").contains("Noor"));
    wiki.get(&format!("/-/fields/{address}")).ok();
    let page = wiki.get("/-/blame/rauw").ok();
    for text in ["binnen", "cel", "einde"] {
        assert!(beneath(&page, text).contains("Noor"), "{text}");
    }
    // What Polder needs for itself, and what is too deep for Markdown: told by lines.
    for (path, old, new) in [("teken", "teken.", "Drie."), ("diep", "&gt;&gt;x", "y\n")] {
        let page = wiki.get(&format!("/-/blame/{path}")).ok();
        assert!(beneath(&page, old).contains("Noor"), "{path}: {}", page.main());
        assert!(beneath(&page, new).contains("Bas"), "{path}: {}", page.main());
    }
    let lines = wiki.get("/-/blame/regels").ok();
    assert!(beneath(&lines, ">a<").contains("Noor") && beneath(&lines, ">c<").contains("Noor"));
    wiki.get("/-/blame/leeg").ok();
    let fields = wiki.get("/-/blame/kop").ok();
    assert!(beneath(&fields, "<dt>A</dt>").contains("Bas"));
    assert!(beneath(&fields, "<dt>B</dt>").contains("Noor"));
    assert!(beneath(&fields, "<dt>E</dt>").contains("Noor"));
}

#[test]
fn large_pages_and_no_pages_are_answered_soon() {
    let mut past = Past::new();
    let long = |word: &str| (0..5_000).map(|nth| format!("{word} {nth}\n\n")).collect::<String>();
    past.commit("Noor", "Lang", &[("lang.md", &long("een")), ("groot.md", &"regel\n".repeat(900_000))]);
    past.commit("Bas", "Anders", &[("lang.md", &long("een").replace("een 4999", "twee 4999"))]);
    let wiki = past.wiki();
    // Bytes that are no text, by git, since the imports here are text.
    let repo = wiki.repo();
    let file = wiki.folder.path().join("bytes");
    std::fs::write(&file, b"\xff\x00\xfe bytes\n").expect("written");
    let blob = git(&repo, &["hash-object", "-w", &file.display().to_string()]).ok().stdout();
    let index = wiki.folder.path().join("index").display().to_string();
    let with_index = |args: &[&str]| {
        let mut all = vec!["--git-dir", "."];
        all.extend(args);
        let out = Command::new("git").args(&all).current_dir(&repo).env("GIT_INDEX_FILE", &index).output();
        String::from_utf8(out.expect("git runs").stdout).expect("text")
    };
    with_index(&["read-tree", "main"]);
    with_index(&["update-index", "--add", "--cacheinfo", &format!("100644,{},bytes.md", blob.trim())]);
    let tree = with_index(&["write-tree"]);
    let commit = git(&repo, &["commit-tree", "-p", "main", "-m", "Bytes", tree.trim()]).ok().stdout();
    git(&repo, &["update-ref", "refs/heads/main", commit.trim()]).ok();
    wiki.eventually("/bytes", |answer| answer.status == 200);
    let started = std::time::Instant::now();
    let page = wiki.get("/-/blame/lang").ok();
    assert!(beneath(&page, "een 17<").contains("Noor"));
    assert!(beneath(&page, "twee 4999").contains("Bas"));
    wiki.get("/-/blame/bytes").ok().shows("geen tekst");
    wiki.get("/-/blame/groot").ok().shows("te groot");
    wiki.get("/-/fields/bytes").ok().shows("nog geen veld");
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    for path in ["/-/blame/..%2f..%2fetc/passwd", "/-/blame/%00", "/-/blame/.git/config", "/-/blame/.polder/config.yml"]
    {
        let status = wiki.get(path).status;
        assert!(status == 404 || status == 400, "{path}: {status}");
    }
}
