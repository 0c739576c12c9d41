//! What a reader sees of a wiki of which they may not read all (INV-4): the very same as of a wiki in
//! which the rest was never written. Two repositories, one with and one without what is closed, are
//! served and asked the same, by anybody and by an account that is in no group, at a browser and by
//! tokens. Tests are named after the rows of the list of attacks that they hold.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::people::encode;
use crate::rows::{FORM, add_account, soon, token};
use crate::wiki::{Answer, TestWiki, commit_files, git, polder};

/// A header that only a proxy sends: whoever comes through one is not the owner at the machine.
const FROM_AFAR: &[(&str, &str)] = &[("X-Forwarded-For", "203.0.113.9")];

const ACCESS: &str = "rules:
  - path: geheim
    read: bestuur
    edit: bestuur
  - path: plannen/stil
    read: bestuur
";

const PLAN: &str = "type: plan
label: {nl: Plan, en: Plan}
fields:
  title: {type: text, required: true}
  ceiling: {type: rollup, label: {nl: Plafond, en: Ceiling}, from: cost, via: plan, agg: sum, of: amount}
";

const COST: &str = "type: cost
label: {nl: Kosten, en: Costs}
tree_parent: plan
fields:
  title: {type: text}
  plan: {type: ref, to: [plan], inverse: costs}
  amount: {type: money, label: {nl: Bedrag, en: Amount}, currency: [EUR]}
";

const FRONT: &str = "# Voorpagina

Welkom bij [[Dijkplan]]. Zie ook [[Kluis]], [[geheim/kluis]] en ![[geheim/kluis]] en [[plannen/stil]].

```yaml polder-query
from: cost
columns: [title, amount]
total: [amount]
```
";

/// One commit: what is written, and what a reader is told of it.
struct Step {
    message: &'static str,
    /// `path` and text; an empty text deletes.
    files: Vec<(&'static str, String)>,
    /// `from` and `to`.
    moves: Vec<(&'static str, &'static str)>,
    /// A version of it, made by a tag.
    tag: Option<&'static str>,
    line: Line,
}

/// Where a step stands in the past of the wiki.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Main,
    /// On a branch that begins at the main line.
    Side,
    /// Brings the branch into the main line.
    Merge,
}

fn step(message: &'static str, files: &[(&'static str, &str)]) -> Step {
    let files = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    Step { message, files, moves: Vec::new(), tag: None, line: Line::Main }
}

const ZIJ: &str = "# Zij\n\nEen theremin, door niemand gehoord.\n";

fn is_closed(path: &str) -> bool {
    path.starts_with("geheim/") || path.starts_with("plannen/stil") || path == ".polder/access.yml"
}

/// Which of the two repositories is written.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Whole,
    /// Without what is closed.
    Open,
    /// The same, but with the rules: where accounts ask, they say who edits.
    OpenWithRules,
}

impl Written {
    fn leaves_out(self, path: &str) -> bool {
        match self {
            Written::Whole => false,
            Written::Open => is_closed(path),
            Written::OpenWithRules => is_closed(path) && path != ".polder/access.yml",
        }
    }
}

fn cost(title: &str, plan: &str, amount: &str) -> String {
    format!("---\ntype: cost\ntitle: {title}\nplan: {plan}\namount: EUR {amount}\n---\n\nVoor {title}.\n")
}

/// The past of the whole wiki. Words of what is closed are in no open text.
fn steps() -> Vec<Step> {
    let zand = cost("Zand", "plannen/dijk", "100.00");
    let goud = cost("Goudstaaf", "plannen/dijk", "900.00");
    let dijk = "---\ntype: plan\ntitle: Dijkplan\n---\n\nEen dijk van zand, met een lange tekst die blijft staan.\n\nNog een alinea van [[Voorpagina]].\n";
    let mut steps = vec![
        step(
            "Begin",
            &[
                (".polder/config.yml", "title: Proef\nlanguage: nl\nlinks:\n  order: target-first\n"),
                (".polder/types/plan.yml", PLAN),
                (".polder/types/cost.yml", COST),
                (".polder/access.yml", ACCESS),
                ("FrontPage.md", FRONT),
                ("plannen/dijk.md", dijk),
                ("kosten/zand.md", &zand),
                (
                    "geheim/kluis.md",
                    "---\ntags: [cipher, dijk]\n---\n# Kluis\n\nHet woord is xylofoon. [[Dijkplan]] [[nergens-heen]]\n",
                ),
                ("geheim/plaatje.png", "geen echt plaatje"),
            ],
        ),
        step(
            "Goud in de kluis",
            &[("geheim/goud.md", &goud), ("geheim/kluis.md", "# Kluis\n\nHet woord is nu marimba. [[Dijkplan]]\n")],
        ),
        step("Zand wordt duurder", &[("kosten/zand.md", &zand.replace("100.00", "150.00"))]),
        step(
            "Dijk en kluis tegelijk",
            &[
                ("plannen/dijk.md", &dijk.replace("zand,", "zand en klei,")),
                ("geheim/kluis.md", "# Kluis\n\nEn nu klavecimbel.\n"),
            ],
        ),
        step("Een notitie", &[("notitie.md", "# Notitie\n\nOver de hobo en de dijk, lang genoeg om te herkennen.\n")]),
        step("De notitie gaat weg", &[]),
        step(
            "In de kluis ontstaat iets",
            &[("geheim/wens.md", "# Wens\n\nEen wens over fagotten, lang genoeg om te herkennen.\n")],
        ),
        step("De wens wordt openbaar", &[]),
        step("Weg met een open pagina", &[("oud.md", "# Oud\n\nOude tekst over trompetten.\n")]),
        step("Oud is weg", &[("oud.md", "")]),
        step(
            "Kluis dicht",
            &[("geheim/kluis.md", ""), ("plannen/stil.md", "---\ntype: plan\ntitle: Stilplan\n---\n\nStil.\n")],
        ),
        // Another page at the address of one that went where it is closed.
        step("Een nieuwe notitie", &[("notitie.md", "# Notitie\n\nOver de tuba, en nergens anders over.\n")]),
        step("Opzij in de kluis", &[("geheim/zij.md", ZIJ)]),
        step("Opzij, half in de kluis", &[("geheim/zij2.md", ZIJ), ("zij.md", "# Zij\n\nVan opzij.\n")]),
        step("Intussen", &[("main.md", "# Main\n\nIntussen.\n")]),
        step("Samengevoegd", &[("geheim/zij.md", ZIJ), ("geheim/zij2.md", ZIJ), ("zij.md", "# Zij\n\nVan opzij.\n")]),
        step("Opzij, helemaal in de kluis", &[("geheim/dicht.md", ZIJ)]),
        step("Verder", &[("main.md", "# Main\n\nEn verder.\n")]),
        step("Kluis samengevoegd", &[("geheim/dicht.md", ZIJ)]),
    ];
    for (at, line) in [(12, Line::Side), (13, Line::Side), (15, Line::Merge), (16, Line::Side), (18, Line::Merge)] {
        steps[at].line = line;
    }
    steps[5].moves.push(("notitie.md", "geheim/notitie.md"));
    steps[7].moves.push(("geheim/wens.md", "wens.md"));
    steps[1].tag = Some("geheim/goud@v1");
    // Its commit changed nothing that is open.
    steps[6].tag = Some("plannen/dijk@v1");
    steps[10].tag = Some("@zomer");
    steps
}

/// Writes a repository of these steps; gives the id of each commit. Without what is closed, steps of
/// which nothing is left are left out, and steps of which a part is left out say so.
fn write(folder: &Path, name: &str, written: Written) -> Vec<String> {
    git(folder, &["init", "-q", "--bare", "-b", "main", name]).ok();
    let repo = folder.join(name);
    let mut script = String::new();
    let mut texts: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    let (mut n_commits, mut tags) = (0, Vec::new());
    let (mut main, mut side): (Option<usize>, Option<usize>) = (None, None);
    let all = steps();
    for (at, step) in all.iter().enumerate() {
        let time = 1_262_304_000 + 86_400 * at as i64;
        let mut edits = Vec::new();
        let mut is_cut = false;
        for (from, to) in &step.moves {
            let text = texts.remove(from).expect("there");
            texts.insert(to, text.clone());
            let (went, came) = (written.leaves_out(from), written.leaves_out(to));
            is_cut |= went || came;
            match (went, came) {
                (false, false) => edits.push(format!("R {from} {to}\n")),
                // What lies where it may not be read by now was never there.
                (false, true) => {}
                (true, false) => edits.push(format!("M 100644 inline {to}\ndata {}\n{text}\n", text.len())),
                (true, true) => {}
            }
        }
        for (path, text) in &step.files {
            texts.insert(path, text.clone());
            let moves = all.iter().skip(at + 1).flat_map(|later| &later.moves);
            let goes_on =
                written != Written::Whole && moves.into_iter().any(|(from, to)| from == path && is_closed(to));
            is_cut |= written != Written::Whole && is_closed(path);
            if written.leaves_out(path) || goes_on {
                is_cut = true;
            } else if text.is_empty() {
                edits.push(format!("D {path}\n"));
            } else {
                edits.push(format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
            }
        }
        if !edits.is_empty() {
            n_commits += 1;
            let message = if is_cut { "…" } else { step.message };
            let branch = if step.line == Line::Side { "zij" } else { "main" };
            script += &format!("commit refs/heads/{branch}\nmark :{n_commits}\n");
            for role in ["author", "committer"] {
                script += &format!("{role} Noor <noor@example.org> {time} +0100\n");
            }
            script += &format!("data {}\n{message}\n", message.len());
            let parent = if step.line == Line::Side { side.or(main) } else { main };
            if let Some(parent) = parent {
                script += &format!("from :{parent}\n");
            }
            if let (Line::Merge, Some(side)) = (step.line, side) {
                script += &format!("merge :{side}\n");
            }
            script += &edits.concat();
            *if step.line == Line::Side { &mut side } else { &mut main } = Some(n_commits);
        }
        if step.line == Line::Merge {
            side = None;
        }
        if let Some(tag) = step.tag
            && !written.leaves_out(tag)
        {
            tags.push((tag, main.expect("a commit"), time));
        }
    }
    for (tag, commit, time) in tags {
        script +=
            &format!("tag {tag}\nfrom :{commit}\ntagger Noor <noor@example.org> {time} +0100\ndata 11\nEen versie\n\n");
    }
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(&repo)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import.stdin.take().expect("piped").write_all(script.as_bytes()).expect("written");
    assert!(import.wait().expect("ended").success(), "git fast-import failed");
    let _ = git(&repo, &["update-ref", "-d", "refs/heads/zij"]);
    git(&repo, &["rev-list", "--reverse", "main"]).ok().stdout().lines().map(str::to_owned).collect()
}

/// One of the two wikis, and what somebody without the right needs there to be known.
struct Side {
    wiki: TestWiki,
    /// Of an account in no group, at a browser.
    cookie: String,
    /// Its tokens, and that of an admin.
    reads: String,
    writes: String,
    admin: String,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Anybody,
    Session,
    ReadToken,
    WriteToken,
    Admin,
}

const WITHOUT_THE_RIGHT: [By; 4] = [By::Anybody, By::Session, By::ReadToken, By::WriteToken];

const PASSWORD: &str = "mijn fiets staat scheef tegen de heg";

impl Side {
    fn new(written: Written, has_accounts: bool) -> (Side, Vec<String>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ids = write(folder.path(), "repo.git", written);
        let repo = folder.path().join("repo.git").display().to_string();
        let place = ["--repo", &repo, "--data", "data"];
        // What is asked here would soon be too much.
        std::fs::write(folder.path().join("polder.toml"), "limits = false\n").expect("written");
        let [mut cookie, mut reads, mut writes, mut admin] = <[String; 4]>::default();
        if has_accounts {
            add_account(folder.path(), &place, "baas", &["--admin"], PASSWORD);
            add_account(folder.path(), &place, "lezer", &["--name", "Lezer"], PASSWORD);
            reads = token(folder.path(), &place, "lezer", "read");
            writes = token(folder.path(), &place, "lezer", "write");
            admin = token(folder.path(), &place, "baas", "write");
        }
        // Rules without accounts are served where the owner says so.
        let mut args = place.to_vec();
        args.extend((!has_accounts).then_some("--new-accounts"));
        let wiki = TestWiki::serve(folder, &args).ready();
        if has_accounts {
            let made =
                wiki.post("/-/sign-in", &[("login", "lezer"), ("password", PASSWORD), ("next", "/")]).status(303);
            cookie = made.header("set-cookie").split(';').next().expect("a cookie").to_owned();
        }
        (Side { wiki, cookie, reads, writes, admin }, ids)
    }

    fn ask(&self, by: By, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Answer {
        let bearer = |token: &str| ("Authorization", format!("Bearer {token}"));
        let own = match by {
            // Who comes through something is not the owner at the machine.
            By::Anybody => ("X-Forwarded-For", "203.0.113.9".to_owned()),
            By::Session => ("Cookie", self.cookie.clone()),
            By::ReadToken => bearer(&self.reads),
            By::WriteToken => bearer(&self.writes),
            By::Admin => bearer(&self.admin),
        };
        let mut headers = vec![(own.0, own.1.as_str())];
        headers.extend(more);
        self.wiki.ask(method, path, &headers, body)
    }

    /// The token that forms of this session hold.
    fn csrf(&self) -> String {
        let screen = self.ask(By::Session, "GET", "/-/privacy", &[], b"").ok();
        crate::wiki::between(&screen.text(), "name=\"csrf\" value=\"", "\"").to_owned()
    }
}

struct Pair {
    whole: Side,
    open: Side,
    /// Ids of the commits of both that a reader sees, and those that they do not.
    ids: Vec<(String, String)>,
    hidden: Vec<String>,
    /// What the screens of a session hold, in both.
    csrf: (String, String),
}

impl Pair {
    /// Nobody has an account; the rules are of the whole wiki alone.
    fn new() -> Pair {
        Pair::of(Written::Open, false)
    }

    /// Both have the same accounts and the same rules.
    fn with_accounts() -> Pair {
        let mut pair = Pair::of(Written::OpenWithRules, true);
        pair.csrf = (pair.whole.csrf(), pair.open.csrf());
        pair
    }

    fn of(written: Written, has_accounts: bool) -> Pair {
        let (whole, all) = Side::new(Written::Whole, has_accounts);
        let (open, left) = Side::new(written, has_accounts);
        // By their days, of which each step has its own.
        let day = |side: &Side, id: &str| git(&side.wiki.repo(), &["show", "-s", "--format=%at", id]).ok().stdout();
        let mut ids = Vec::new();
        let mut hidden = Vec::new();
        for id in all {
            match left.iter().find(|other| day(&open, other) == day(&whole, &id)) {
                Some(other) => ids.push((id, other.clone())),
                None => hidden.push(id),
            }
        }
        assert_eq!(ids.len(), left.len());
        assert!(hidden.len() >= 5);
        Pair { whole, open, ids, hidden, csrf: <(String, String)>::default() }
    }

    /// What both answer to the same question, with `<N>` for the id of a commit; what differs is told.
    fn same_by(&self, by: By, method: &str, address: &str, more: &[(&str, &str)], body: &str) -> String {
        let of = |side: fn(&(String, String)) -> &String, text: &str| {
            let ids = self.ids.iter().enumerate();
            ids.fold(text.to_owned(), |text, (n, pair)| text.replace(&format!("<{n}>"), side(pair)))
        };
        let asked = |side: &Side, id: fn(&(String, String)) -> &String, csrf: &str| {
            let origin = format!("http://{}", side.wiki.address);
            let mut headers = more.to_vec();
            if method == "POST" {
                headers.push(("Content-Type", FORM));
                if matches!(by, By::Anybody | By::Session) {
                    headers.push(("Origin", &origin));
                }
            }
            let body = of(id, body).replace("CSRF", csrf);
            side.ask(by, method, &of(id, address), &headers, body.as_bytes())
        };
        let whole = asked(&self.whole, |pair| &pair.0, &self.csrf.0);
        let open = asked(&self.open, |pair| &pair.1, &self.csrf.1);
        let (seen, expected) = (self.plain(&whole), self.plain(&open));
        if seen != expected {
            let differ: Vec<_> = seen.lines().zip(expected.lines()).filter(|(a, b)| a != b).take(5).collect();
            let n_lines = (seen.lines().count(), expected.lines().count());
            panic!(
                "{by:?} {method} {address} {body} tells of what is closed (seen, expected) {n_lines:?}:\n{differ:#?}"
            );
        }
        seen
    }

    /// An address that anybody looks at.
    fn same(&self, address: &str) -> String {
        self.same_by(By::Anybody, "GET", address, &[], "")
    }

    /// All of them; at least one answers with a screen, or nothing was asked.
    fn all_same(&self, addresses: impl IntoIterator<Item = String>) {
        let texts: Vec<String> = addresses.into_iter().map(|address| self.same(&address)).collect();
        let n_shown = texts.iter().filter(|text| text.starts_with("200\n")).count();
        assert!(n_shown * 6 > texts.len(), "{n_shown} of {} are there", texts.len());
    }

    /// An answer without what must differ: ids of commits, addresses of the servers, tags of answers,
    /// numbers of requests, secrets of sessions.
    fn plain(&self, answer: &Answer) -> String {
        let mut text = format!("{}\n", answer.status);
        for (name, value) in &answer.headers {
            if !["etag", "date", "content-length", "x-request-id"].contains(&name.as_str()) {
                text += &format!("{name}: {value}\n");
            }
        }
        text += &answer.text();
        for (n, (a, b)) in self.ids.iter().enumerate() {
            for length in [40, 39, 20, 12, 10, 8, 7] {
                text = text.replace(&a[..length], &format!("<{n}>")).replace(&b[..length], &format!("<{n}>"));
            }
        }
        for csrf in [&self.csrf.0, &self.csrf.1] {
            if !csrf.is_empty() {
                text = text.replace(csrf.as_str(), "CSRF");
            }
        }
        // A failure names the request to who asks for help.
        text = text.replace(answer.header("x-request-id"), "NUMBER");
        text.replace(&self.whole.wiki.address, "HERE").replace(&self.open.wiki.address, "HERE").replace("><", ">\n<")
    }
}

/// Addresses that are there, that are closed, and that are not.
const PAGES: [&str; 26] = [
    "",
    "FrontPage",
    "plannen/dijk",
    "kosten/zand",
    "wens",
    "oud",
    "notitie",
    "zij",
    "main",
    "plannen/stil",
    "plannen",
    "geheim",
    "geheim/",
    "geheim/kluis",
    "geheim/goud",
    "geheim/notitie",
    "geheim/zij",
    "geheim/plaatje.png",
    "geheim/nergens",
    "nergens",
    "Kluis",
    "Goud",
    ".polder/access.yml",
    ".polder/types/plan.yml",
    "GEHEIM/kluis",
    "geheim%2Fkluis",
];

/// Moments of the past: versions, days, commits.
const MOMENTS: [&str; 14] = [
    "v1",
    "zomer",
    "v9",
    "2010-01-02",
    "2010-01-05",
    "2010-01-09",
    "2010-01-12",
    "2010-01-17",
    "~<0>",
    "~<1>",
    "~<4>",
    "~<8>",
    "v1..zomer",
    "~<0>..~<3>",
];

const WORDS: [&str; 22] = [
    "dijk",
    "xylofoon",
    "marimba",
    "klavecimbel",
    "theremin",
    "tuba",
    "Kluis",
    "kluis",
    "goud*",
    "Goudstaaf",
    "hobo",
    "fagotten",
    "trompetten",
    "cipher",
    "tag:cipher",
    "%23dijk",
    "type:cost",
    "type:plan",
    "geheim",
    "notitie",
    "Stilplan",
    "zij",
];

#[test]
fn p1_a_search_answers_as_if_what_is_closed_were_never_written() {
    let pair = Pair::new();
    pair.all_same(WORDS.iter().flat_map(|word| {
        ["", "&in=past", "&past=1", "&at=2010-01-06", "&at=@zomer", "&from=1"]
            .map(|more| format!("/-/search?q={word}{more}"))
    }));
    // The test is about something.
    pair.whole.wiki.get("/-/search?q=Goudstaaf").shows("Goudstaaf");
    assert!(!pair.same("/-/search?q=Goudstaaf").contains("/geheim"));
}

#[test]
fn p2_lists_trees_tags_maps_and_sums_hold_nothing_of_what_is_closed() {
    let pair = Pair::new();
    let screens = [
        "index",
        "index?by=tag",
        "index?by=title",
        "index?by=folder",
        "index?by=type",
        "index?by=orphans",
        "index?by=wanted",
        "mindmap",
        "mindmap?format=svg",
        "mindmap?format=json",
        "mindmap?tree=links",
        "mindmap?focus=plannen/dijk",
        "mindmap?focus=geheim/goud",
        "problems",
        "problems?format=json",
        "versions/",
        "new",
        "query/FrontPage?format=csv&n=1",
        "query/FrontPage?format=json&n=1",
        "total/plannen/dijk?field=ceiling",
        "total/geheim/goud?field=amount",
        "compare/?scope=plannen",
    ];
    let moments =
        ["2010-01-03", "2010-01-06", "2010-01-17", "@zomer", "plannen/dijk@v1", "geheim/goud@v1", "~<0>", "~<3>"];
    let mut all: Vec<String> = screens.map(|screen| format!("/-/{screen}")).to_vec();
    for screen in &screens[..14] {
        let sign = if screen.contains('?') { '&' } else { '?' };
        all.extend(moments.map(|at| format!("/-/{screen}{sign}at={at}")));
    }
    pair.all_same(all);
    pair.whole.wiki.get("/plannen/dijk").shows("1.050,00");
    let sum = pair.same("/plannen/dijk");
    assert!(sum.contains("150,00") && !sum.contains("1.050,00"), "totals count what the reader may see");
}

#[test]
fn p5_files_are_closed_with_their_folder_now_and_in_every_commit() {
    let pair = Pair::new();
    let place = "geheim/plaatje.png";
    pair.whole.wiki.get(&format!("/{place}")).ok().shows("geen echt plaatje");
    for address in [
        format!("/{place}"),
        format!("/{place}@~<0>"),
        format!("/{place}?at=~<0>"),
        format!("/{place}?at=2010-01-03"),
        format!("/-/raw/{place}"),
        format!("/-/raw/{place}?at=~<0>"),
        format!("/-/page/{place}"),
        format!("/-/history/{place}"),
        format!("/-/blame/{place}"),
        "/-/search?q=plaatje".to_owned(),
    ] {
        let told = pair.same(&address);
        assert!(
            !told.contains("geen echt") && (address.contains("search") || told.starts_with("404")),
            "{address}: {told}"
        );
    }
}

#[test]
fn p6_feeds_tell_of_no_change_that_may_not_be_read() {
    let pair = Pair::new();
    let feeds = [
        "changes.atom",
        "changes.atom?page=plannen/dijk",
        "changes.atom?page=geheim/kluis",
        "changes.atom?folder=geheim",
        "changes",
        "changes?from=<3>",
        "changes?since=2010-01-01",
        "changes?since=2010-01-01&format=json",
        "changes?since=2010-01-01&format=atom",
        "changes?since=plannen/dijk@v1",
        "changes?since=geheim/goud@v1",
        "changes?folder=geheim",
        "changes?folder=plannen",
        "fields/plannen/dijk?format=atom",
        "fields/geheim/goud?format=atom",
        "versions/?format=atom",
    ];
    pair.all_same(feeds.map(|feed| format!("/-/{feed}")));
    pair.same("/sitemap.xml");
    pair.same("/robots.txt");
    assert!(pair.same("/-/changes.atom").contains("Zand wordt duurder"));
    pair.whole.wiki.get("/-/changes.atom").shows("Goud in de kluis");
}

#[test]
fn p7_the_past_of_a_page_tells_of_no_place_that_may_not_be_read() {
    let pair = Pair::new();
    let mut all = Vec::new();
    for page in PAGES {
        for screen in ["history", "blame", "fields", "versions", "timemap", "timegate", "raw"] {
            all.push(format!("/-/{screen}/{page}"));
        }
        all.push(format!("/-/versions/{page}?format=json"));
        all.extend(MOMENTS.map(|moment| format!("/{page}@{moment}")));
        all.push(format!("/-/raw/{page}?at=~<2>"));
        all.push(format!("/-/diff/{page}?from=<0>&to=<2>"));
        all.push(format!("/-/diff/{page}?from=<3>&to=<8>"));
    }
    pair.all_same(all);
    // What stands at the address of a page that went away has no past but its own.
    let notes = pair.same("/-/history/notitie");
    assert!(notes.contains("Een nieuwe notitie") && !notes.contains("De notitie gaat weg"), "{notes}");
    pair.whole.wiki.get("/-/history/geheim/notitie").shows("De notitie gaat weg");
    // A merge shows what it brought that may be read, under no words that could tell of the rest.
    let aside = pair.same("/-/history/zij");
    assert!(!aside.contains("Samengevoegd") && !aside.contains("half in de kluis"), "{aside}");
    // A commit of which nothing is seen is none, by any beginning of its id.
    let none = "0123456789abcdef0123456789abcdef01234567";
    let told = |id: &str| {
        let answer = pair.whole.ask(By::Anybody, "GET", &format!("/FrontPage@~{id}"), &[], b"").status(404);
        answer.text().replace(id, "ID")
    };
    for id in &pair.hidden {
        for length in [40, 12, 7, 4] {
            assert_eq!(told(&id[..length]), told(&none[..length]), "{length} of {id}");
        }
    }
}

#[test]
fn p8_editors_previews_embeds_and_differences_show_an_account_only_what_it_may_read() {
    let pair = Pair::with_accounts();
    for by in WITHOUT_THE_RIGHT {
        for page in
            ["FrontPage", "plannen/dijk", "notitie", "zij", "wens", "geheim/goud", "geheim/kluis", "plannen/stil"]
        {
            for address in [
                format!("/{page}"),
                format!("/-/edit/{page}"),
                format!("/-/form/{page}"),
                format!("/-/move/{page}"),
                format!("/-/delete/{page}"),
                format!("/-/publish/{page}"),
                format!("/-/blame/{page}"),
                format!("/-/history/{page}"),
                format!("/{page}@~<0>..~<5>"),
                format!("/-/diff/{page}?from=<0>&to=<5>"),
            ] {
                pair.same_by(by, "GET", &address, &[], "");
            }
        }
        for address in
            ["/-/new", "/-/new/cost", "/-/edit/geheim/nieuw", "/-/edit/nieuw?title=Kluis", "/-/search?q=goud"]
        {
            pair.same_by(by, "GET", address, &[], "");
        }
        // What is shown of a text depends on who wrote it, not on who may read the page.
        let text = "# Proef\n\n![[geheim/goud]] [[Kluis]] [[geheim/kluis]] [[Goudstaaf]] ![[plannen/stil]]\n\n```yaml polder-query\nfrom: cost\ncolumns: [title, amount]\ntotal: [amount]\n```\n";
        for page in ["proef", "FrontPage", "geheim/proef", "geheim/goud"] {
            let form =
                encode(&[("text", text), ("act", "preview"), ("base", "<5>"), ("csrf", "CSRF"), ("name", "Bas")]);
            let form = form.replace("%3C5%3E", "<5>");
            pair.same_by(by, "POST", &format!("/-/edit/{page}"), &[], &form);
        }
    }
    // The test is about something: the admin sees it, and an account gets its editor.
    let form = encode(&[("text", "![[geheim/goud]]"), ("act", "preview"), ("base", "")]);
    pair.whole
        .ask(By::Admin, "POST", "/-/edit/proef", &[("Content-Type", FORM)], form.as_bytes())
        .ok()
        .shows("Goudstaaf");
    assert!(pair.same_by(By::Session, "GET", "/-/edit/plannen/dijk", &[], "").starts_with("200"));
}

#[test]
fn p9_links_to_closed_pages_look_like_links_to_nothing_and_none_leads_back() {
    let pair = Pair::new();
    for page in ["FrontPage", "plannen/dijk", "wens", "notitie", "kosten/zand"] {
        pair.same(&format!("/{page}"));
        pair.same(&format!("/{page}@~<2>"));
    }
    let front = pair.same("/FrontPage");
    let links: Vec<&str> =
        front.lines().filter(|line| line.contains("/geheim/kluis") || line.contains("plannen/stil")).collect();
    assert!(links.len() >= 2 && links.iter().all(|link| link.contains("missing")), "{links:?}");
    // The vault links to the plan: its own readers see that on the plan's page.
    let backlinks = pair.whole.wiki.get(&format!("/plannen/dijk?at=~{}", pair.ids[0].0)).ok();
    backlinks.shows("Kluis");
    assert!(!pair.same("/plannen/dijk?at=~<0>").contains("Kluis"));
}

#[test]
fn p10_the_tag_of_one_reader_is_none_for_another_and_rights_go_before_it() {
    let pair = Pair::with_accounts();
    let addresses = [
        // Which lets the index say how many there are.
        "/-/problems",
        "/FrontPage",
        "/plannen/dijk",
        "/geheim/goud",
        "/geheim/plaatje.png",
        "/-/raw/geheim/goud",
        "/-/raw/geheim/goud.md",
        "/-/raw/plannen/dijk",
        "/-/history/geheim/goud",
        "/-/history/plannen/dijk",
        "/-/changes",
        "/-/changes.atom",
        "/-/index",
        "/-/mindmap",
        "/-/mindmap?format=svg",
        "/-/versions/geheim/goud",
        "/-/blame/geheim/goud",
    ];
    for address in addresses {
        let asked = || pair.whole.ask(By::Admin, "GET", address, &[], b"").ok();
        // What is not counted yet is not kept.
        soon(address, || !asked().header("etag").is_empty());
        let whole = asked();
        let tag = whole.header("etag").to_owned();
        assert!(
            !tag.is_empty() && whole.header("cache-control") == "private, no-cache",
            "{address} {:?}",
            whole.headers
        );
        assert_eq!(pair.whole.ask(By::Admin, "GET", address, &[("If-None-Match", &tag)], b"").status, 304, "{address}");
        for by in WITHOUT_THE_RIGHT {
            for kept in [tag.as_str(), "*", &format!("\"x\", {tag}")] {
                let told = pair.same_by(by, "GET", address, &[("If-None-Match", kept)], "");
                let is_open_file = address == "/-/raw/plannen/dijk";
                // A star means whatever there is: whoever may read it, has it.
                if !is_open_file && kept != "*" {
                    assert!(!told.starts_with("304"), "{by:?} {address} {kept}");
                }
                assert!(!address.contains("geheim") || told.starts_with("404"), "{by:?} {address}: {told}");
            }
        }
    }
}

#[test]
fn p11_no_question_tells_what_is_closed_from_what_is_not_there() {
    let pair = Pair::with_accounts();
    let closed = [
        "geheim/goud",
        "geheim/kluis",
        "geheim/notitie",
        "geheim/plaatje.png",
        "plannen/stil",
        "geheim",
        "geheim/nergens",
    ];
    let base = [("base", "<5>"), ("csrf", "CSRF"), ("name", "Bas")];
    let form = |more: &[(&str, &str)]| encode(&[&base, more].concat()).replace("%3C5%3E", "<5>");
    for by in WITHOUT_THE_RIGHT {
        for page in closed {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
                pair.same_by(by, method, &format!("/{page}"), &[], "");
            }
            for (verb, more) in [
                ("edit", &[("text", "overschreven"), ("act", "save")][..]),
                ("edit", &[("text", "overschreven"), ("act", "preview")]),
                ("form", &[("f.title", "x"), ("act", "save")]),
                ("form", &[("f.title", "x"), ("body", "y"), ("act", "preview")]),
                ("set", &[("f.title", "x"), ("key", "title"), ("value", "x")]),
                ("move", &[("to", "weg")]),
                ("delete", &[]),
                ("revert", &[("from", "<2>"), ("to", "<3>")]),
                ("publish", &[("label", "v7"), ("act", "publish")]),
            ] {
                let body = form(more).replace("%3C2%3E", "<2>").replace("%3C3%3E", "<3>");
                let told = pair.same_by(by, "POST", &format!("/-/{verb}/{page}"), &[], &body);
                assert!(!told.starts_with('2') || body.contains("preview"), "{by:?} {verb} {page}: {told}");
                assert!(!told.contains("Goudstaaf") && !told.contains("klavecimbel"), "{by:?} {verb} {page}");
            }
            // From an open page to where something closed may stand already.
            let told = pair.same_by(by, "POST", "/-/move/kosten/zand", &[], &form(&[("to", page)]));
            assert!(!told.starts_with("303"), "{by:?} to {page}: {told}");
            let told = pair.same_by(
                by,
                "POST",
                "/-/edit/nieuw",
                &[],
                &form(&[("text", "x"), ("act", "save"), ("path", page)]),
            );
            assert!(!told.starts_with("303"), "{by:?} as {page}: {told}");
        }
        for service in ["git-upload-pack", "git-receive-pack"] {
            let told = pair.same_by(by, "GET", &format!("/wiki.git/info/refs?service={service}"), &[], "");
            assert!(told.starts_with("401") || told.starts_with("403"), "{by:?} {service}: {told}");
            let mime = format!("application/x-{service}-request");
            let asked = [("Content-Type", mime.as_str())];
            let answers = [&pair.whole, &pair.open]
                .map(|side| side.ask(by, "POST", &format!("/wiki.git/{service}"), &asked, b"0000"));
            let [whole, open] = answers.map(|answer| (answer.status, answer.text()));
            assert_eq!(whole, open, "{by:?} {service}");
        }
    }
    for side in [&pair.whole, &pair.open] {
        let tip = if side.admin == pair.whole.admin { 0 } else { 1 };
        let known = pair.ids.iter().map(|ids| if tip == 0 { &ids.0 } else { &ids.1 });
        let all: Vec<&String> = known.chain(&pair.hidden).collect();
        assert!(all.contains(&&side.wiki.tip()), "nothing was saved");
    }
    // HEAD says what GET does.
    for by in WITHOUT_THE_RIGHT {
        for address in ["/FrontPage", "/geheim/goud", "/-/changes.atom", "/-/raw/plannen/dijk"] {
            let [get, head] = ["GET", "HEAD"].map(|method| pair.whole.ask(by, method, address, &[], b""));
            assert_eq!((get.status, get.header("etag")), (head.status, head.header("etag")), "{by:?} {address}");
            assert!(head.body.is_empty(), "{by:?} {address}");
        }
    }
}

#[test]
fn a_reader_sees_what_they_would_see_if_the_rest_were_never_written() {
    let pair = Pair::new();
    let mut all = Vec::new();
    for page in PAGES {
        all.push(format!("/{page}"));
        for screen in ["page", "query", "total", "compare", "edit", "move", "delete", "publish"] {
            all.push(format!("/-/{screen}/{page}"));
        }
        all.push(format!("/-/query/{page}?format=csv&n=1"));
    }
    all.push("/-/privacy".to_owned());
    let statuses: BTreeSet<String> =
        all.iter().filter_map(|address| pair.same(address).lines().next().map(str::to_owned)).collect();
    assert!(statuses.contains("200") && statuses.contains("404"), "{statuses:?}");
    pair.whole.wiki.get("/geheim/goud").shows("Goudstaaf");
}

#[test]
fn p10_what_is_closed_tells_nothing_by_its_saves() {
    let pair = Pair::new();
    let wiki = &pair.whole.wiki;
    let ask = |path: &str| wiki.ask("GET", path, FROM_AFAR, b"");
    let addresses =
        ["/FrontPage", "/plannen/dijk", "/-/changes", "/-/changes.atom", "/-/index", "/-/mindmap", "/-/search?q=dijk"];
    let before: Vec<Answer> = addresses.iter().map(|path| ask(path)).collect();
    wiki.editor("geheim/goud").replace("900.00", "5000.00").summary("Meer goud").save().status(303);
    for (path, before) in addresses.iter().zip(before) {
        let after = ask(path);
        assert_eq!(after.text(), before.text(), "{path}");
        assert_eq!(after.header("etag"), before.header("etag"), "{path}");
        assert_eq!(after.header("polder-commit"), before.header("polder-commit"), "{path}");
    }
    // And of a page that goes where it may not be read, nothing stays.
    wiki.post("/-/move/kosten/zand", &[("to", "geheim/zand"), ("name", "Noor"), ("base", &wiki.tip())]).status(303);
    for path in [
        "/kosten/zand",
        "/-/history/kosten/zand",
        "/-/raw/kosten/zand.md",
        "/kosten/zand@2010-01-03",
        "/-/blame/kosten/zand",
    ] {
        let answer = ask(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    assert!(!ask("/plannen/dijk").text().contains("150,00"));
    assert!(!ask("/-/changes?since=2010-01-01&format=json").text().contains("Zand"));
}

#[test]
fn p8_a_clash_shows_no_past_that_may_not_be_read() {
    let rules = "rules:\n  - path: /\n    edit: everyone\n  - path: geheim\n    read: bestuur\n";
    let wiki = TestWiki::with(&[
        (".polder/access.yml", rules),
        ("open.md", "# Open\n"),
        ("lek.md", "# Lek\n\nHet woord is xylofoon.\n"),
    ]);
    let then = wiki.tip();
    wiki.post("/-/move/lek", &[("to", "geheim/lek"), ("name", "Noor"), ("base", &then)]).status(303);
    let wiki = wiki.ready();
    // As soon as there is an account, the rules say who edits: here everybody.
    let data = wiki.folder.path().join("share/polder");
    let data = std::fs::read_dir(data).expect("a folder").next().expect("one wiki").expect("read").path();
    let args = ["user", "add", "noor", "--admin", "--data", &data.display().to_string()];
    polder(wiki.folder.path(), &args).ok();
    wiki.eventually("/-/edit/lek", |answer| !answer.has("git clone"));
    let origin = format!("http://{}", wiki.address);
    let headers = [FROM_AFAR[0], ("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let answer = wiki.ask("POST", "/-/edit/open", &headers, b"text=Van+Bas&act=save&name=Bas&base=").text();
    assert!(answer.contains("Open"), "everybody edits, so both texts are shown: {answer}");
    for (path, body) in [
        ("/-/edit/lek", format!("text=hoi&act=save&name=Bas&base={then}")),
        ("/-/delete/lek", format!("name=Bas&base={then}")),
        ("/-/revert/lek", format!("name=Bas&from={then}&base={then}")),
        ("/-/edit/lek", format!("text=hoi&act=save&name=Bas&path=lek&base={then}")),
        ("/-/edit/lek", format!("text=hoi&act=preview&name=Bas&base={then}")),
    ] {
        let answer = wiki.ask("POST", path, &headers, body.as_bytes());
        assert!(!answer.has("xylofoon") && !answer.has("geheim"), "{path}: {}", answer.text());
    }
}

#[test]
fn p7_fields_and_merges_tell_nothing_of_a_page_that_went_where_it_is_closed() {
    let rules = "rules:\n  - path: geheim\n    read: bestuur\n";
    let wiki = TestWiki::with(&[
        (".polder/access.yml", rules),
        ("open.md", "# Open\n"),
        ("rec.md", "---\ntitle: Xylofoon\nbedrag: EUR 99999.00\n---\n\nEen stuk.\n"),
    ]);
    // A change that readers see, between the writing and the moving; then another page at the old place.
    commit_files(&wiki.repo(), &[("open.md", "# Open, en meer\n")], "Meer");
    let repo = wiki.repo();
    let file = |path: &str, text: &str| format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    let commit = |branch: &str, day: u32, message: &str, merge: &str, edits: &str| {
        let time = 1_262_400_000 + day * 86_400;
        let head = format!("commit refs/heads/{branch}\ncommitter Noor <n@example.org> {time} +0100\n");
        format!("{head}data {}\n{message}\n{merge}{edits}\n", message.len())
    };
    let aside = file("geheim/zij.md", "zij") + &file("zij.md", "zij");
    let script = [
        commit("main", 1, "Weg", "from refs/heads/main^0\n", "R rec.md geheim/rec.md\n"),
        commit("main", 2, "Nieuw", "", &file("rec.md", "---\ntitle: Nieuw\nbedrag: EUR 1.00\n---\n")),
        commit("zij", 3, "Zij", "from refs/heads/main\n", &aside),
        commit("main", 4, "Main", "", &file("main.md", "main")),
        commit("main", 5, "Marimba ontslagen", "merge refs/heads/zij\n", &aside),
    ]
    .concat();
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(&repo)
        .stdin(Stdio::piped())
        .spawn()
        .expect("git");
    import.stdin.take().expect("piped").write_all(script.as_bytes()).expect("written");
    assert!(import.wait().expect("ended").success(), "git fast-import failed");
    let wiki = wiki.ready();
    wiki.eventually("/zij", |answer| answer.status == 200);
    let since = format!("/-/changes?since=~{}", wiki.tip());
    wiki.get(&since).ok().shows("Marimba ontslagen");
    wiki.get("/-/fields/geheim/rec").ok().shows("Xylofoon");
    for path in [
        "/-/fields/rec",
        "/-/fields/rec?format=json",
        "/-/fields/rec?format=atom",
        "/-/changes",
        "/-/changes.atom",
        "/-/history/rec",
        "/-/blame/rec",
        "/-/changes?since=2010-01-02",
        "/-/history/zij",
        "/rec",
        &since,
    ] {
        let answer = wiki.ask("GET", path, FROM_AFAR, b"");
        assert!(answer.status == 200, "{path}: {}", answer.status);
        for word in ["Xylofoon", "99999", "99.999", "Marimba", "geheim"] {
            assert!(!answer.has(word), "{path} tells of {word}: {}", answer.text());
        }
    }
}
