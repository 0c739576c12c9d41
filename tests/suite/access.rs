//! Who may do what: the tables of `tests/cases/access`, changes and pushes under rules, and the
//! command that explains them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use polder_core::access::{Access, Right, Standing, Who};
use polder_core::path::FilePath;
use polder_core::version::VersionText;
use polder_store::Store;
use polder_store::accounts::{Accounts, NewAccount, Place};
use polder_wiki::hook;
use polder_wiki::propose::ProposeError;
use polder_wiki::verbs::{Act, VerbError};
use polder_wiki::versions::{Publication, PublishError};
use polder_wiki::wiki::Wiki;

use crate::wiki::{Files, PROGRAM, Ran, commit_files, git, polder};
use crate::words::root;

/// `anonymous`, `account`, `admin`, `owner`, or the groups of an account.
fn who(text: &str) -> Who {
    let standing = match text {
        "anonymous" => Standing::Anonymous,
        "admin" => Standing::Admin,
        "owner" => Standing::Owner,
        _ => Standing::Account,
    };
    let groups: BTreeSet<Box<str>> = match (standing, text) {
        (Standing::Account, text) if text != "account" => text.split(',').map(Box::from).collect(),
        _ => BTreeSet::new(),
    };
    let account = (standing == Standing::Account).then(|| Box::from("noor"));
    let address = account.as_ref().map(|_| "00112233aabbccdd@users.polder.invalid".to_owned());
    Who { name: Some("Noor".to_owned()), account, address, groups: Arc::new(groups), standing }
}

#[test]
fn access_is_as_written_down() {
    let folder = root().join("tests/cases/access");
    let mut n_lines = 0;
    for entry in fs::read_dir(folder).expect("there") {
        let table = entry.expect("readable").path();
        if table.extension().is_none_or(|extension| extension != "tsv") {
            continue;
        }
        let rules = fs::read_to_string(table.with_extension("yml")).expect("rules beside the table");
        let access = Access::read(&rules);
        let text = fs::read_to_string(&table).expect("readable");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, right, path, may] = fields.as_slice() else { panic!("{}: {line}", table.display()) };
            let right = Right::parse(right).expect("a right");
            let want = match *may {
                "yes" => true,
                "no" => false,
                other => panic!("{}: {other}", table.display()),
            };
            let (who, place) = (who(name), format!("{}: {line}", table.display()));
            assert_eq!(access.may(&who, right, path), want, "{place}");
            if right == Right::Read {
                assert_eq!(access.reads(&who).may(path), want, "{place}");
            }
            n_lines += 1;
        }
    }
    assert!(n_lines > 100, "{n_lines}");
}

const RULES: &str = "rules:\n  - path: /\n    edit: editors\n  - path: personeel\n    read: hr\n    edit: hr\n  - path: vast\n    edit: board\n";

const OFFICE: Files<'static> = &[
    (".polder/access.yml", RULES),
    ("FrontPage.md", "# Voorpagina\n"),
    ("plan.md", "# Plan\n\nZie [[bron]].\n"),
    ("bron.md", "De bron.\n"),
    ("vast/besluit.md", "# Besluit\n\nZie [[stuk]].\n"),
    ("stuk.md", "Het stuk.\n"),
    ("personeel/salarissen.md", "# Salarissen\n\nZie [[kwijt]].\n"),
    ("kwijt.md", "Zoek.\n"),
];

/// A bare repository and the wiki in it.
fn office() -> (tempfile::TempDir, PathBuf, Wiki) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let repo = folder.path().join("repo.git");
    git(folder.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    commit_files(&repo, OFFICE, "Begin");
    polder_store::prepare(&folder.path().join("git")).expect("git is ready");
    let store = Store::open(&repo).expect("opened");
    let wiki = Wiki::open(store, None, &|_| {}).expect("read");
    (folder, repo, wiki)
}

fn act(who: &Who) -> Act<'_> {
    Act { who, summary: "", time_s: 1_300_000_000, offset_min: 60 }
}

fn path(text: &str) -> FilePath {
    FilePath::parse(text).expect("a path")
}

/// The paths that a refusal names; `None` when there was none.
fn refused<T>(outcome: Result<T, ProposeError>) -> Option<Vec<String>> {
    match outcome {
        Err(ProposeError::NotAllowed { paths }) => Some(paths.iter().map(ToString::to_string).collect()),
        Err(error) => panic!("another refusal: {error:?}"),
        Ok(_) => None,
    }
}

fn verb<T>(outcome: Result<T, VerbError>) -> Option<Vec<String>> {
    refused(outcome.map_err(|error| match error {
        VerbError::Propose(error) => error,
        other => panic!("another refusal: {other:?}"),
    }))
}

/// INV-8
#[test]
fn a_change_is_judged_by_the_rules_before_it() {
    let (_folder, repo, wiki) = office();
    let tip = || git(&repo, &["rev-parse", "main"]).ok().stdout();
    let before = tip();
    let save = |by: &str, file: &str, text: &str| {
        let who = who(by);
        let base = wiki.world().main;
        refused(wiki.save(&path(file), text, base, &act(&who), "x"))
    };
    let some = |paths: &[&str]| Some(paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
    // Nobody grants themselves the right that they use.
    let open = "rules:\n  - path: /\n    edit: everyone\n";
    assert_eq!(save("editors", ".polder/access.yml", open), some(&[]), "may not even read it");
    assert_eq!(save("hr,editors,board", ".polder/access.yml", open), some(&[".polder/access.yml"]));
    assert_eq!(save("editors", ".polder/config.yml", "title: x\n"), some(&[".polder/config.yml"]));
    assert_eq!(save("anonymous", "plan.md", "x\n"), some(&["plan.md"]));
    assert_eq!(save("account", "plan.md", "x\n"), some(&["plan.md"]));
    assert_eq!(save("editors", "vast/besluit.md", "x\n"), some(&["vast/besluit.md"]));
    assert_eq!(save("editors", "vast/nieuw.md", "x\n"), some(&["vast/nieuw.md"]));
    // What is there and what is not sound the same where one may not read.
    assert_eq!(save("editors", "personeel/salarissen.md", "x\n"), some(&[]));
    assert_eq!(save("editors", "personeel/bestaat-niet.md", "x\n"), some(&[]));
    assert_eq!(save("editors", "Personeel/Salarissen.md", "x\n"), some(&[]));
    assert_eq!(tip(), before);
    assert_eq!(save("editors", "plan.md", "# Plan\n\nMeer.\n"), None);
    let author = git(&repo, &["log", "-1", "--format=%an <%ae>", "main"]).ok().stdout();
    assert_eq!(author.trim(), "Noor <00112233aabbccdd@users.polder.invalid>");
    // An admin may, and errors in the rules refuse the change before they lock anybody out.
    let admin = who("admin");
    let outcome = wiki.save(&path(".polder/access.yml"), "rules:\n  - path: x\n    raed: y\n", None, &act(&admin), "x");
    assert!(matches!(outcome, Err(ProposeError::Clash(_) | ProposeError::Refused(_))));
    let base = wiki.world().main;
    match wiki.save(&path(".polder/access.yml"), "rules:\n  - path: x\n    raed: y\n", base, &act(&admin), "x") {
        Err(ProposeError::Refused(verdict)) => {
            let codes: Vec<&str> = verdict.refused.iter().map(|located| located.problem.code.as_str()).collect();
            assert_eq!(codes, ["access-unknown-key"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(save("admin", ".polder/access.yml", open), None);
    assert_eq!(save("anonymous", "vast/besluit.md", "# Open\n"), None);
}

#[test]
fn p4_moving_deleting_putting_back_and_publishing_need_the_right_at_every_place() {
    let (_folder, repo, wiki) = office();
    let moved = |by: &str, from: &str, to: &str| {
        let who = who(by);
        let planned = verb(wiki.plan_move(&path(from), &path(to), &who));
        let done = verb(wiki.move_page(&path(from), &path(to), &act(&who), "x"));
        assert_eq!(planned, done, "{from} to {to}");
        done
    };
    let some = |paths: &[&str]| Some(paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>());
    assert_eq!(moved("editors", "plan.md", "vast/plan.md"), some(&["vast/plan.md"]));
    assert_eq!(moved("editors", "vast/besluit.md", "besluit.md"), some(&["vast/besluit.md"]));
    assert_eq!(moved("editors", "plan.md", "personeel/salarissen.md"), some(&[]), "taken or not");
    assert_eq!(moved("editors", "plan.md", "personeel/vrij.md"), some(&[]));
    assert_eq!(moved("editors", "personeel/salarissen.md", "uitgelekt.md"), some(&[]));
    assert_eq!(moved("editors", "personeel/niets.md", "uitgelekt.md"), some(&[]));
    // Links are written anew where they may change the page, and stay elsewhere: told or not.
    let text = |file: &str| git(&repo, &["show", &format!("main:{file}")]).ok().stdout();
    assert_eq!(moved("editors", "stuk.md", "ander-stuk.md"), None);
    assert!(text("vast/besluit.md").contains("[[stuk]]"));
    assert_eq!(moved("editors", "kwijt.md", "weer-terecht.md"), None);
    assert!(text("personeel/salarissen.md").contains("[[kwijt]]"));
    assert_eq!(moved("editors", "bron.md", "de-bron.md"), None);
    assert!(text("plan.md").contains("[[de-bron]]"), "{}", text("plan.md"));

    let editors = who("editors");
    let base = wiki.world().main;
    assert_eq!(verb(wiki.delete(&path("vast/besluit.md"), base, &act(&editors), "x")), some(&["vast/besluit.md"]));
    assert_eq!(verb(wiki.delete(&path("personeel/salarissen.md"), base, &act(&editors), "x")), some(&[]));
    assert_eq!(verb(wiki.delete(&path("personeel/niets.md"), base, &act(&editors), "x")), some(&[]));
    // Putting back what stood at a place that they may not read.
    let (here, there) = (path("plan.md"), path("personeel/salarissen.md"));
    let commit = base.expect("a commit");
    let put_back = wiki.revert(&here, (commit, Some(&there)), (commit, Some(&here)), &act(&editors), "x");
    assert!(matches!(put_back, Err(VerbError::NoPage)), "{put_back:?}");

    let publish = |by: &str, scope: &str| {
        let text = VersionText::default();
        let publication = Publication { scope, label: "v1", commit, text };
        let who = who(by);
        !matches!(wiki.publish_version(&publication, &act(&who)), Err(PublishError::NotAllowed))
    };
    assert!(!publish("editors", "vast/besluit") && !publish("editors", "personeel/niets") && !publish("account", ""));
    assert!(!publish("editors", "was-hier") && !publish("editors", "pla"));
    assert!(publish("editors", "plan") && publish("board", "vast") && publish("admin", "was-hier"));
}

/// Pushes to the repository as the server would let somebody: by git, with this program as its hook.
struct Pusher<'a> {
    clone: PathBuf,
    repo: &'a Path,
}

impl Pusher<'_> {
    fn write(&self, file: &str, text: &str) -> &Self {
        let file = self.clone.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
        self
    }

    fn commit(&self, message: &str) -> &Self {
        git(&self.clone, &["add", "-A"]).ok();
        git(&self.clone, &["commit", "-q", "-m", message]).ok();
        self
    }

    /// Forgets what was not pushed.
    fn anew(&self) -> &Self {
        git(&self.clone, &["fetch", "-q", &self.repo.display().to_string(), "main"]).ok();
        git(&self.clone, &["reset", "-q", "--hard", "FETCH_HEAD"]).ok();
        self
    }

    fn push(&self, who: Option<&str>, refspec: &str) -> Ran {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Noor", "-c", "user.email=n@example.org", "push", "-q"]);
        command.arg(self.repo).arg(refspec).current_dir(&self.clone);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
        match who {
            Some(who) => command.env(hook::WHO_VARIABLE, who),
            None => command.env_remove(hook::WHO_VARIABLE),
        };
        Ran(command.output().expect("git runs"))
    }

    fn push_as(&self, by: &str) -> Ran {
        self.push(Some(&hook::who_text(&who(by))), "HEAD:main")
    }
}

/// INV-8
#[test]
fn g8_every_commit_of_a_push_is_judged_by_the_rules_before_it() {
    let (folder, repo, _wiki) = office();
    fs::create_dir_all(repo.join("hooks")).expect("made");
    let _ = fs::remove_file(repo.join("hooks/pre-receive"));
    std::os::unix::fs::symlink(PROGRAM, repo.join("hooks/pre-receive")).expect("a hook");
    git(folder.path(), &["clone", "-q", "repo.git", "clone"]).ok();
    let noor = Pusher { clone: folder.path().join("clone"), repo: &repo };

    // Whoever may not read everything may not push anything.
    noor.write("plan.md", "# Plan\n").commit("Plan").push_as("editors").refused().says("may read the whole wiki");
    noor.push_as("anonymous").refused().says("may read the whole wiki");
    noor.push(None, "HEAD:main").refused();
    noor.push(Some("{\"standing\":\"owner\"}"), "HEAD:main").refused().says("who pushes");
    noor.push(Some("x"), "HEAD:main").refused();
    noor.push_as("hr,editors").ok();

    // A tip that looks clean over a commit that is not.
    noor.write("vast/besluit.md", "# Anders\n").commit("Fout");
    noor.push_as("hr,editors").refused().says("vast/besluit.md").says("ask an admin");
    noor.write("vast/besluit.md", "# Besluit\n\nZie [[stuk]].\n").commit("Terug");
    noor.push_as("hr,editors").refused().says("vast/besluit.md");
    // A name that is no path, and what is no file, are changes too.
    noor.anew().write("vast/x\\y.md", "x\n").commit("Naam");
    git(&noor.clone, &["rm", "-q", "vast/x\\y.md"]).ok();
    noor.commit("Weg").push_as("hr,editors").refused().says("vast/x\\y.md");
    noor.anew();
    std::os::unix::fs::symlink("besluit.md", noor.clone.join("vast/koppeling.md")).expect("a link");
    noor.commit("Koppeling");
    git(&noor.clone, &["rm", "-q", "vast/koppeling.md"]).ok();
    noor.commit("Weg").push_as("hr,editors").refused().says("vast/koppeling.md");
    // Both ends of a move.
    noor.anew();
    git(&noor.clone, &["mv", "plan.md", "vast/plan.md"]).ok();
    noor.commit("Verplaatst").push_as("hr,editors").refused().says("vast/plan.md");
    noor.anew();
    git(&noor.clone, &["mv", "vast/besluit.md", "besluit.md"]).ok();
    noor.commit("Verplaatst").push_as("hr,editors").refused().says("vast/besluit.md");

    // Rules in the same push do not hold for it, not even one commit later.
    noor.anew().write(".polder/access.yml", "rules: []\n").commit("Regels").write("vast/nieuw.md", "x\n").commit("x");
    noor.push_as("hr,editors").refused().says(".polder/access.yml").says("vast/nieuw.md");
    noor.push_as("hr,editors,board").refused().says(".polder/access.yml");
    noor.anew().write(".polder/access.yml", "rules:\n  - path: a\n    raed: b\n").commit("Regels");
    noor.push_as("admin").refused().says("access-unknown-key");

    // A merge that brings in what others wrote is no change of theirs; one that undoes it is.
    noor.anew();
    git(&noor.clone, &["checkout", "-q", "-b", "zij"]).ok();
    noor.write("plan.md", "# Plan\n\nVan opzij.\n").commit("Opzij");
    commit_files(&repo, &[("vast/besluit.md", "# Besluit van de raad\n")], "De raad");
    git(&noor.clone, &["fetch", "-q", &repo.display().to_string(), "main"]).ok();
    git(&noor.clone, &["merge", "-q", "--no-edit", "FETCH_HEAD"]).ok();
    noor.push_as("hr,editors").ok();
    git(&noor.clone, &["checkout", "-q", "-b", "kwaad", "HEAD~1"]).ok();
    git(&noor.clone, &["fetch", "-q", &repo.display().to_string(), "main"]).ok();
    git(&noor.clone, &["merge", "-q", "--no-edit", "-s", "ours", "FETCH_HEAD"]).ok();
    noor.push_as("hr,editors").refused().says("vast/besluit.md");

    // Versions need the right to edit what they name.
    noor.anew();
    let tag = |name: &str| {
        git(&noor.clone, &["tag", "-a", "-m", "x", name]).ok();
        format!("refs/tags/{name}")
    };
    let (plan, fixed, all) = (tag("plan@v1"), tag("vast/besluit@v1"), tag("@v1"));
    let by = hook::who_text(&who("hr,editors"));
    noor.push(Some(&by), &fixed).refused().says("make versions");
    // A place where nothing is any more may be the former one of a page that they may not edit.
    noor.push(Some(&by), &tag("was-hier@v1")).refused().says("make versions");
    noor.push(Some(&by), &plan).ok();
    noor.push(Some(&by), &all).ok();
    noor.push(Some(&hook::who_text(&who("hr"))), &tag("@v2")).refused().says("make versions");
    // Rules that can't be read let nobody push but admins.
    commit_files(&repo, &[(".polder/access.yml", "rules: [")], "Kapot");
    noor.anew().write("plan.md", "# Weer\n").commit("x").push_as("hr,editors,board").refused();
    noor.push_as("admin").ok();
}

#[test]
fn who_pushes_is_handed_on_whole_and_nothing_else_is_taken() {
    for name in ["anonymous", "account", "hr,board", "admin", "owner"] {
        let who = Who { name: Some("Noor \"x\"\n\0é".to_owned()), ..who(name) };
        let text = hook::who_text(&who);
        assert!(!text.contains(['\0', '\n']), "{text}");
        assert_eq!(hook::read_who(&text), Some(who));
    }
    for text in [
        "",
        "{}",
        "null",
        "[]",
        "\"owner\"",
        "{\"name\":null,\"account\":null,\"address\":null,\"groups\":[],\"standing\":\"Owner\"}",
    ] {
        assert_eq!(hook::read_who(text), None, "{text}");
    }
}

#[test]
fn the_command_says_which_rule_decides() {
    let (folder, _repo, _wiki) = office();
    let explain = |args: &[&str]| {
        let args: Vec<&str> = ["access", "explain", "--repo", "repo.git"].iter().chain(args).copied().collect();
        polder(folder.path(), &args)
    };
    let says = |args: &[&str]| explain(args).status(0).stdout();
    let lines = says(&["anonymous", "personeel/salarissen.md"]);
    assert_eq!(lines.lines().count(), 5, "{lines}");
    assert!(lines.starts_with("read     no   .polder/access.yml:4, the rule for /personeel\n"), "{lines}");
    assert!(lines.contains("edit     no   .polder/access.yml:4: may not read /personeel"), "{lines}");
    let lines = says(&["noor", "plan", "--group", "editors,hr"]);
    assert!(lines.contains("read     yes  no rule") && lines.contains("edit     yes  .polder/access.yml:2"), "{lines}");
    assert!(says(&["noor", "/", "--group", "hr"]).contains("edit     no   .polder/access.yml:2, the rule for /\n"));
    assert!(
        says(&["noor", ".polder/config.yml", "--group", "hr"]).contains("edit     no   settings are for admins only")
    );
    explain(&["noor"]).status(2);
    // Accounts as they are kept, in their groups.
    let data = folder.path().join("data");
    explain(&["noor", "plan", "--data", "data"]).status(2).says("no account noor");
    assert!(!data.exists(), "looking makes nothing");
    fs::create_dir(&data).expect("made");
    let accounts = Accounts::open(&Place::File(data.join("accounts.db"))).expect("opened");
    let add = |login: &str, group: &str, is_admin: bool| {
        let groups = BTreeSet::from([Box::from(group)]);
        accounts.add(NewAccount { login: login.to_owned(), groups, is_admin, ..NewAccount::default() }).expect("added")
    };
    add("noor", "editors", false);
    add("baas", "board", true);
    let away = add("weg", "editors", false);
    accounts.disable(away.id).expect("switched off");
    let of = |login: &str, path: &str| explain(&[login, path, "--data", "data"]).status(0);
    assert!(of("Noor", "plan").stdout().contains("edit     yes  .polder/access.yml:2"));
    assert!(of("noor", "vast").stdout().contains("edit     no   .polder/access.yml:7"));
    assert!(of("baas", ".polder/access.yml").stdout().contains("edit     yes  admins may do everything"));
    assert!(of("weg", "plan").says("switched off").stdout().contains("edit     no"));
    of("noor", "plan").says(".polder/access.yml:4:5 hint: There is nobody in the group “hr”.");
    polder(folder.path(), &["access", "explain", "noor", "x", "--repo", "nergens"]).status(2);
    commit_files(&folder.path().join("repo.git"), &[(".polder/access.yml", "rules: [")], "Kapot");
    let ran = explain(&["noor", "x", "--group", "hr"]).status(0);
    assert!(ran.stdout().contains("read     no   the rules of access can’t be read"), "{}", ran.stdout());
    assert!(ran.stderr().contains(".polder/access.yml:"), "{}", ran.stderr());
}
