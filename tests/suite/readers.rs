//! What a reader sees of a wiki of which they may not read all (INV-4): the very same as of a wiki in
//! which the rest was never written. Two repositories, one with and one without what is closed, are
//! served and asked the same.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

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

```query
from: cost
columns: [title, amount]
sum: [amount]
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
}

fn step(message: &'static str, files: &[(&'static str, &str)]) -> Step {
    let files = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    Step { message, files, moves: Vec::new(), tag: None }
}

fn is_closed(path: &str) -> bool {
    path.starts_with("geheim/") || path.starts_with("plannen/stil") || path == ".polder/access.yml"
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
    ];
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
fn write(folder: &Path, name: &str, without_closed: bool) -> Vec<String> {
    git(folder, &["init", "-q", "--bare", "-b", "main", name]).ok();
    let repo = folder.join(name);
    let mut script = String::new();
    let mut texts: std::collections::BTreeMap<&str, String> = std::collections::BTreeMap::new();
    let (mut n_commits, mut tags) = (0, Vec::new());
    for (at, step) in steps().into_iter().enumerate() {
        let time = 1_262_304_000 + 86_400 * at as i64;
        let mut edits = Vec::new();
        let mut is_cut = false;
        for (from, to) in &step.moves {
            let text = texts.remove(from).expect("there");
            texts.insert(to, text.clone());
            let (went, came) = (without_closed && is_closed(from), without_closed && is_closed(to));
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
            let goes_on = steps().iter().any(|step| step.moves.iter().any(|(from, to)| from == path && is_closed(to)));
            if without_closed && (is_closed(path) || goes_on) {
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
            script += &format!("commit refs/heads/main\nmark :{n_commits}\n");
            for role in ["author", "committer"] {
                script += &format!("{role} Noor <noor@example.org> {time} +0100\n");
            }
            script += &format!("data {}\n{message}\n", message.len());
            if n_commits > 1 {
                script += &format!("from :{}\n", n_commits - 1);
            }
            script += &edits.concat();
        }
        if let Some(tag) = step.tag
            && !(without_closed && is_closed(tag))
        {
            tags.push((tag, n_commits, time));
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
    git(&repo, &["rev-list", "--reverse", "main"]).ok().stdout().lines().map(str::to_owned).collect()
}

struct Pair {
    whole: TestWiki,
    open: TestWiki,
    /// Ids of the commits of both that a reader sees, and those that they do not.
    ids: Vec<(String, String)>,
    hidden: Vec<String>,
}

impl Pair {
    fn new() -> Pair {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let all = write(folder.path(), "repo.git", false);
        let repo = folder.path().join("repo.git").display().to_string();
        let whole = TestWiki::serve(folder, &["--repo", &repo]).ready();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let left = write(folder.path(), "repo.git", true);
        let repo = folder.path().join("repo.git").display().to_string();
        let open = TestWiki::serve(folder, &["--repo", &repo]).ready();
        // By their days, of which each step has its own.
        let day = |wiki: &TestWiki, id: &str| git(&wiki.repo(), &["show", "-s", "--format=%at", id]).ok().stdout();
        let mut ids = Vec::new();
        let mut hidden = Vec::new();
        for id in all {
            match left.iter().find(|other| day(&open, other) == day(&whole, &id)) {
                Some(other) => ids.push((id, other.clone())),
                None => hidden.push(id),
            }
        }
        assert_eq!(ids.len(), left.len());
        assert!(hidden.len() >= 2);
        Pair { whole, open, ids, hidden }
    }

    /// An address of the whole wiki, with `~N` for a commit, asked of both; what differs is told.
    fn same(&self, address: &str) -> String {
        let of = |side: fn(&(String, String)) -> &String| {
            let mut address = address.to_owned();
            for (n, pair) in self.ids.iter().enumerate().rev() {
                address = address.replace(&format!("~{n}~"), &format!("~{}", side(pair)));
            }
            address
        };
        let (first, second) = (of(|pair| &pair.0), of(|pair| &pair.1));
        let (whole, open) =
            (self.whole.ask("GET", &first, FROM_AFAR, b""), self.open.ask("GET", &second, FROM_AFAR, b""));
        let (seen, expected) = (self.plain(&whole), self.plain(&open));
        if seen != expected {
            let differ: Vec<_> = seen.lines().zip(expected.lines()).filter(|(a, b)| a != b).take(5).collect();
            panic!("{first} tells of what is closed (seen, expected):\n{differ:#?}");
        }
        seen
    }

    /// An answer without what must differ: ids of commits, addresses of the servers, tags of answers,
    /// numbers of requests.
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
                text = text.replace(&a[..length], &format!("~{n}~")).replace(&b[..length], &format!("~{n}~"));
            }
        }
        text.replace(&self.whole.address, "HERE").replace(&self.open.address, "HERE").replace("><", ">\n<")
    }
}

#[test]
fn a_reader_sees_what_they_would_see_if_the_rest_were_never_written() {
    let pair = Pair::new();
    let pages = [
        "",
        "FrontPage",
        "plannen/dijk",
        "kosten/zand",
        "wens",
        "oud",
        "notitie",
        "plannen/stil",
        "plannen",
        "geheim",
        "geheim/",
        "geheim/kluis",
        "geheim/goud",
        "geheim/notitie",
        "geheim/plaatje.png",
        "geheim/nergens",
        "nergens",
        "Kluis",
        "kluis",
        "Goud",
        ".polder/access.yml",
        ".polder/types/plan.yml",
        "GEHEIM/kluis",
        "geheim%2Fkluis",
    ];
    let mut addresses: Vec<String> = Vec::new();
    for page in pages {
        addresses.push(format!("/{page}"));
        for screen in [
            "history", "blame", "fields", "versions", "raw", "page", "query", "total", "timemap", "timegate", "compare",
        ] {
            addresses.push(format!("/-/{screen}/{page}"));
        }
        addresses.push(format!("/-/versions/{page}?format=json"));
        addresses.push(format!("/-/query/{page}?format=csv&n=1"));
        for version in [
            "v1",
            "zomer",
            "v9",
            "2010-01-02",
            "2010-01-05",
            "2010-01-09",
            "2010-01-12",
            "~0~",
            "~1~",
            "~4~",
            "v1..zomer",
            "~0~..~3~",
        ] {
            addresses.push(format!("/{page}@{version}"));
        }
        addresses.push(format!("/-/diff/{page}?from=~0~&to=~2~").replace("=~", "=~"));
        addresses.push(format!("/-/edit/{page}"));
    }
    for at in ["2010-01-03", "2010-01-06", "@zomer", "plannen/dijk@v1", "geheim/goud@v1", "~0~", "~3~"] {
        for screen in [
            "index",
            "mindmap",
            "mindmap?format=svg",
            "search?q=dijk",
            "search?q=marimba",
            "search?q=hobo",
            "problems",
            "changes",
        ] {
            let sign = if screen.contains('?') { '&' } else { '?' };
            addresses.push(format!("/-/{screen}{sign}at={at}"));
        }
    }
    for word in [
        "dijk",
        "xylofoon",
        "marimba",
        "klavecimbel",
        "Kluis",
        "kluis",
        "goud*",
        "Goudstaaf",
        "hobo",
        "fagotten",
        "trompetten",
        "cipher",
        "tag:cipher",
        "#dijk",
        "type:cost",
        "type:plan",
        "geheim",
        "notitie",
        "Stilplan",
    ] {
        addresses.push(format!("/-/search?q={}", word.replace('#', "%23")));
        addresses.push(format!("/-/search?q={}&in=past", word.replace('#', "%23")));
        addresses.push(format!("/-/search?q={}&past=1", word.replace('#', "%23")));
    }
    for screen in [
        "index",
        "index?by=tag",
        "index?by=title",
        "mindmap",
        "mindmap?format=svg",
        "mindmap?format=json",
        "mindmap?tree=links",
        "problems",
        "problems?format=json",
        "changes",
        "changes.atom",
        "changes?since=2010-01-01",
        "changes?since=2010-01-01&format=json",
        "changes?since=2010-01-01&format=atom",
        "changes?since=plannen/dijk@v1",
        "changes?since=geheim/goud@v1",
        "changes?folder=geheim",
        "changes?folder=plannen",
        "versions/",
        "new",
        "privacy",
    ] {
        addresses.push(format!("/-/{screen}"));
    }
    let mut statuses = BTreeSet::new();
    for address in &addresses {
        let text = pair.same(address);
        statuses.insert(text.lines().next().unwrap_or_default().to_owned());
    }
    assert!(statuses.contains("200") && statuses.contains("404"), "{statuses:?}");
    // The tests are about something.
    pair.whole.get("/geheim/goud").shows("Goudstaaf");
    pair.whole.get("/plannen/dijk").shows("1.050,00");
    assert!(pair.same("/plannen/dijk").contains("150,00"));
    assert!(!pair.same("/plannen/dijk").contains("1.050,00"), "totals count what the reader may see");
    pair.whole.get("/-/search?q=Goudstaaf").shows("Goudstaaf");
    // A commit of which nothing is seen is none, by any beginning of its id.
    for id in &pair.hidden {
        for length in [40, 12, 7, 4] {
            let known = pair.whole.ask("GET", &format!("/FrontPage@~{}", &id[..length]), FROM_AFAR, b"");
            assert_eq!(known.status, 404, "{length} of {id}");
            let text = known.text();
            let none = pair.whole.ask(
                "GET",
                &format!("/FrontPage@~{}", &"0123456789abcdef0123456789abcdef01234567"[..length]),
                FROM_AFAR,
                b"",
            );
            let plain = |text: &str, id: &str| text.replace(id, "ID");
            assert_eq!(
                plain(&text, &id[..length]),
                plain(&none.text(), &"0123456789abcdef0123456789abcdef01234567"[..length])
            );
        }
    }
}

#[test]
fn what_is_closed_tells_nothing_by_its_saves() {
    let pair = Pair::new();
    let ask = |path: &str| pair.whole.ask("GET", path, FROM_AFAR, b"");
    let addresses =
        ["/FrontPage", "/plannen/dijk", "/-/changes", "/-/changes.atom", "/-/index", "/-/mindmap", "/-/search?q=dijk"];
    let before: Vec<Answer> = addresses.iter().map(|path| ask(path)).collect();
    pair.whole.editor("geheim/goud").replace("900.00", "5000.00").summary("Meer goud").save().status(303);
    for (path, before) in addresses.iter().zip(before) {
        let after = ask(path);
        assert_eq!(after.text(), before.text(), "{path}");
        assert_eq!(after.header("etag"), before.header("etag"), "{path}");
        assert_eq!(after.header("polder-commit"), before.header("polder-commit"), "{path}");
    }
    // And of a page that goes where it may not be read, nothing stays.
    pair.whole
        .post("/-/move/kosten/zand", &[("to", "geheim/zand"), ("name", "Noor"), ("base", &pair.whole.tip())])
        .status(303);
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
fn a_clash_shows_no_past_that_may_not_be_read() {
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
fn fields_and_merges_tell_nothing_of_a_page_that_went_where_it_is_closed() {
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
