//! Proposals that are served together, held against the same ones served one by one.

use std::fs;
use std::sync::{Arc, Once};

use polder_store::Store;
use tempfile::TempDir;

use super::*;

/// Commits have the same ids wherever the same was saved.
const TIME_S: i64 = 1_700_000_000;

/// A wiki in a repository of its own, with some files.
struct Made {
    dir: TempDir,
    wiki: Wiki,
    first: CommitId,
}

fn made(files: &[(&str, &str)]) -> Made {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        let dir = TempDir::new().expect("a temporary folder");
        polder_store::prepare(&dir.keep()).expect("prepared");
    });
    let dir = TempDir::new().expect("a temporary folder");
    let store = Store::create(&dir.path().join("wiki.git")).expect("created");
    let wiki = Wiki::open(store, None, &|_| {}).expect("opened");
    let edits = files.iter().map(|(path, text)| put(path, text)).collect();
    let done = wiki.propose(&proposal(&Who::owner(), None, edits)).expect("made");
    Made { dir, wiki, first: done.commit.expect("a commit") }
}

fn put(path: &str, text: &str) -> Edit {
    Edit::Put { path: FilePath::parse(path).expect("a good path"), bytes: text.as_bytes().to_vec() }
}

fn delete(path: &str) -> Edit {
    Edit::Delete { path: FilePath::parse(path).expect("a good path") }
}

fn proposal<'a>(who: &'a Who, base: Option<CommitId>, edits: Vec<Edit>) -> Proposal<'a> {
    let summary = "Saved".to_owned();
    Proposal { edits, base, who, summary, trailers: Vec::new(), time_s: TIME_S, offset_min: 60 }
}

fn named(name: &str) -> Who {
    Who { name: Some(name.to_owned()), ..Who::owner() }
}

/// Somebody with an account, to whom the rules apply.
fn member(name: &str) -> Who {
    let standing = polder_core::access::Standing::Account;
    let groups = Arc::new(["editors".into()].into());
    Who { name: Some(name.to_owned()), account: Some(name.to_lowercase().into()), groups, standing, ..Who::default() }
}

/// Has the wiki serve these together, as one thread does for those that wait.
fn together(wiki: &Wiki, proposals: &[Proposal<'_>]) -> Vec<Outcome> {
    let tickets: Vec<_> = proposals.iter().map(|proposal| Ticket::new(wiki.asked(proposal))).collect();
    wiki.serve(&tickets);
    tickets.iter().map(|ticket| ticket.taken().expect("answered")).collect()
}

/// What an outcome says, in words that can be compared.
fn said(outcome: &Outcome) -> String {
    match outcome {
        Ok(done) => format!("{:?} merged {} {:?}", done.commit, done.merged, done.verdict),
        Err(error) => format!("{error:?}"),
    }
}

fn git(made: &Made, args: &[&str]) -> String {
    let mut command = std::process::Command::new("git");
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("a PATH")).env("GIT_CONFIG_NOSYSTEM", "1");
    let out = command.current_dir(made.dir.path().join("wiki.git")).args(args).output().expect("git runs");
    assert!(out.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

fn n_packs(made: &Made) -> usize {
    let packs = fs::read_dir(made.dir.path().join("wiki.git/objects/pack")).into_iter().flatten().flatten();
    packs.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count()
}

#[test]
fn each_is_judged_upon_the_one_before_it_and_is_a_commit_of_its_own() {
    // INV-3, INV-5
    let made = made(&[("a.md", "een\n\ntwee\n\ndrie\n"), ("b.md", "b\n")]);
    let base = Some(made.first);
    let (noor, bas, eve) = (named("Noor"), named("Bas"), named("Eve"));
    let outcomes = together(
        &made.wiki,
        &[
            proposal(&noor, base, vec![put("a.md", "1\n\ntwee\n\ndrie\n")]),
            // The same line: shown what stands there by then, though it is on no disk yet.
            proposal(&bas, base, vec![put("a.md", "EEN\n\ntwee\n\ndrie\n")]),
            // Another paragraph: merged.
            proposal(&bas, base, vec![put("a.md", "een\n\ntwee\n\n3\n")]),
            proposal(&eve, base, vec![put("c.md", "---\na: 1\na: 2\n---\n")]),
            proposal(&eve, base, vec![put("b.md/in.md", "x\n")]),
            proposal(&eve, Some(CommitId([7; 20])), vec![put("b.md", "x\n")]),
            // What the first one made is there already.
            proposal(&eve, base, vec![put("a.md", "1\n\ntwee\n\ndrie\n")]),
            proposal(&noor, base, vec![delete("b.md"), put("new.md", "nieuw\n")]),
            proposal(&eve, base, vec![put("b.md", "te laat\n")]),
            proposal(&eve, base, vec![put("NEW.md", "x\n")]),
        ],
    );
    let ids: Vec<CommitId> = outcomes.iter().flatten().filter_map(|done| done.commit).collect();
    let [
        Ok(first),
        Err(ProposeError::Clash(clashes)),
        Ok(third),
        Err(ProposeError::Refused(_)),
        fifth,
        sixth,
        seventh,
        Ok(_),
        ninth,
        tenth,
    ] = outcomes.as_slice()
    else {
        panic!("{outcomes:#?}");
    };
    assert_eq!(clashes[0].theirs.as_deref(), Some("1\n\ntwee\n\ndrie\n"));
    assert_eq!(clashes[0].now, first.commit, "the base of the next try");
    assert!(third.merged);
    assert!(matches!(fifth, Err(ProposeError::Refused(verdict)) if verdict.refused[0].problem.code == "path-taken"));
    assert!(matches!(sixth, Err(ProposeError::UnknownBase)));
    assert!(matches!(seventh, Ok(Done { commit: None, .. })), "{seventh:?}");
    assert!(matches!(ninth, Err(ProposeError::Clash(clashes)) if clashes[0].theirs.is_none()), "{ninth:?}");
    assert!(matches!(tenth, Err(ProposeError::Refused(_))), "{tenth:?}");

    let log = git(&made, &["log", "--format=%H %an", "main"]);
    let expected = [(ids[2], "Noor"), (ids[1], "Bas"), (ids[0], "Noor")].map(|(id, name)| format!("{id} {name}"));
    assert!(log.starts_with(&expected.join("\n")), "{log}");
    assert_eq!(git(&made, &["show", "main:a.md"]), "1\n\ntwee\n\n3");
    assert_eq!(n_packs(&made), 1, "written together");
    assert_eq!(made.wiki.world().main, Some(ids[2]));
    git(&made, &["fsck", "--strict"]);
}

#[test]
fn who_did_not_see_the_other_is_judged_upon_what_the_other_changed_of_the_rules() {
    // INV-8: the rules before a change are those that the change before it made.
    let made = made(&[("a.md", "a\n"), (".polder/access.yml", "rules:\n  - path: /\n    edit: editors\n")]);
    let base = Some(made.first);
    let (owner, bas) = (Who::owner(), member("Bas"));
    let closed = "rules:\n  - path: /\n    edit: board\n";
    let kind = "type: ding\nfields:\n  prijs: {type: money, required: true}\n";
    let outcomes = together(
        &made.wiki,
        &[
            proposal(&bas, base, vec![put("a.md", "door Bas\n")]),
            proposal(&owner, base, vec![put(".polder/types/ding.yml", kind)]),
            proposal(&owner, base, vec![put("x.md", "---\ntype: ding\n---\n")]),
            proposal(&owner, base, vec![put(".polder/access.yml", closed)]),
            proposal(&bas, base, vec![put("b.md", "niet meer\n")]),
        ],
    );
    let said: Vec<String> = outcomes.iter().map(said).collect();
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok() && outcomes[3].is_ok(), "{said:#?}");
    assert!(matches!(outcomes[2], Err(ProposeError::Refused(_))), "{said:#?}");
    assert!(matches!(outcomes[4], Err(ProposeError::NotAllowed { .. })), "{said:#?}");
}

#[test]
fn a_record_is_compared_with_those_that_came_just_before_it() {
    let kind = "type: ding\nfields:\n  nummer: {type: text, unique: true}\n";
    let made = made(&[(".polder/types/ding.yml", kind)]);
    let who = Who::owner();
    let page = |path: &str, number: &str| {
        proposal(&who, Some(made.first), vec![put(path, &format!("---\ntype: ding\nnummer: {number}\n---\n"))])
    };
    let outcomes = together(&made.wiki, &[page("a.md", "1"), page("b.md", "1"), page("c.md", "2"), page("d.md", "2")]);
    let said: Vec<String> = outcomes.iter().map(said).collect();
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, false], "{said:#?}");
    assert!(said[1].contains("field-unique"), "{said:#?}");
}

/// Numbers that look random and are the same at each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

#[test]
fn served_together_they_come_out_as_one_by_one() {
    // INV-2, INV-3
    let kind = "type: ding\nfields:\n  nummer: {type: text, unique: true}\n";
    let rules = "rules:\n  - path: /\n    edit: editors\n  - path: geheim\n    read: raad\n    edit: raad\n";
    let files = [
        ("a.md", "een\n\ntwee\n\ndrie\n"),
        ("b.md", "---\ntype: ding\nnummer: 1\n---\nZie [[a]].\n"),
        ("geheim/c.md", "geheim\n"),
        (".polder/types/ding.yml", kind),
        (".polder/access.yml", rules),
    ];
    let (apart, joined) = (made(&files), made(&files));
    let who = [Who::owner(), named("Noor"), member("Bas"), Who::default()];
    let mut dice = Dice(20);
    let mut bases = vec![apart.first];
    let (mut n_done, mut n_refused) = (0, 0);
    for round in 0..30 {
        let base = Some(bases[bases.len() - 1 - dice.roll(bases.len().min(3))]);
        let proposals: Vec<Proposal<'_>> = (0..2 + dice.roll(7))
            .map(|n| {
                let mark = format!("{round}-{n}");
                let edit = match dice.roll(12) {
                    0 | 1 => put("a.md", &format!("{mark}\n\ntwee\n\ndrie\n")),
                    2 | 3 => put("a.md", &format!("een\n\ntwee\n\n{mark}\n")),
                    4 => put("b.md", &format!("---\ntype: ding\nnummer: {}\n---\n", dice.roll(4))),
                    5 => put(
                        &format!("d{}.md", dice.roll(4)),
                        &format!("---\ntype: ding\nnummer: {}\n---\n", dice.roll(4)),
                    ),
                    6 => delete(["a.md", "b.md", "d1.md"][dice.roll(3)]),
                    7 => put(&format!("n{mark}.md"), "nieuw\n"),
                    8 => put("geheim/c.md", &mark),
                    9 => put("geheim/c.md", "geheim\n"),
                    10 if dice.roll(3) == 0 => put(".polder/access.yml", &format!("{rules}# {mark}\n")),
                    10 => put(".polder/types/ding.yml", &format!("{kind}  naam{}: {{type: text}}\n", dice.roll(3))),
                    _ => put(&format!("map/p{}.md", dice.roll(3)), &format!("{mark} [[a]]\n")),
                };
                proposal(&who[dice.roll(who.len())], base, vec![edit])
            })
            .collect();
        let one_by_one: Vec<Outcome> = proposals.iter().map(|proposal| apart.wiki.propose(proposal)).collect();
        let at_once = together(&joined.wiki, &proposals);
        for (n, (apart, joined)) in one_by_one.iter().zip(&at_once).enumerate() {
            assert_eq!(said(apart), said(joined), "proposal {n} of round {round}: {:?}", proposals[n]);
        }
        assert_eq!(apart.wiki.world().main, joined.wiki.world().main, "round {round}");
        bases.extend(one_by_one.iter().flatten().filter_map(|done| done.commit));
        n_done += one_by_one.iter().filter(|outcome| outcome.is_ok()).count();
        n_refused += one_by_one.iter().filter(|outcome| outcome.is_err()).count();
    }
    assert!(n_done > 30 && n_refused > 30, "{n_done} done, {n_refused} refused");
    let (now, anew) = (
        joined.wiki.world(),
        Wiki::open(Store::open(joined.wiki.store().git_dir()).expect("opened"), None, &|_| {}).expect("opened"),
    );
    assert_eq!(now.site.manifest(), anew.world().site.manifest());
    for (caught_up, made_anew) in now.site.docs().iter().zip(anew.world().site.docs()) {
        assert_eq!(format!("{caught_up:?}"), format!("{made_anew:?}"));
    }
    git(&joined, &["fsck", "--strict"]);
}

#[test]
fn many_threads_lose_nothing_beside_a_git_that_commits_too() {
    // INV-5, INV-10
    let made = made(&[("a.md", "a\n")]);
    let wiki = &made.wiki;
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                let who = named(&format!("Schrijver {thread}"));
                for n in 0..12 {
                    let text = format!("door {thread}\n");
                    let edits = vec![put(&format!("map{thread}/{n}.md"), &text)];
                    let done = wiki.propose(&proposal(&who, None, edits)).expect("saved");
                    let commit = done.commit.expect("a commit");
                    let facts = wiki.store().commit_facts(commit).expect("read").expect("there");
                    assert_eq!(facts.author.name, format!("Schrijver {thread}"));
                    let tip = wiki.store().main_tip().expect("read").expect("there");
                    assert!(wiki.store().is_ancestor(commit, tip).expect("asked"), "on the branch when answered");
                }
            });
        }
        let made = &made;
        scope.spawn(move || {
            for n in 0..6 {
                let old = git(made, &["rev-parse", "main"]);
                let tree = git(made, &["rev-parse", "main^{tree}"]);
                let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
                let new =
                    git(made, &[&identity[..], &["commit-tree", "-p", &old, "-m", &format!("{n}"), &tree]].concat());
                // Whoever comes too late lets it be.
                let mut command = std::process::Command::new("git");
                command.args(["update-ref", "refs/heads/main", &new, &old]).stderr(std::process::Stdio::null());
                let _ = command.current_dir(made.dir.path().join("wiki.git")).status();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
    });
    let tip = wiki.store().main_tip().expect("read").expect("there");
    assert_eq!(wiki.store().manifest(tip).expect("read").entries().len(), 1 + 8 * 12);
    let n_saves: usize = git(&made, &["rev-list", "--count", "--committer=Polder", "main"]).parse().expect("a number");
    assert_eq!(n_saves, 1 + 8 * 12);
    git(&made, &["fsck", "--strict"]);
}

#[test]
fn a_branch_that_cannot_be_moved_fails_all_of_them_and_none_is_there() {
    // INV-5
    let made = made(&[("a.md", "a\n")]);
    let who = Who::owner();
    let lock = made.dir.path().join("wiki.git/refs/heads/main.lock");
    fs::write(&lock, "").expect("written");
    let all = [put("b.md", "b\n"), put("c.md", "c\n"), put("b.md", "anders\n")];
    let all = all.map(|edit| proposal(&who, Some(made.first), vec![edit]));
    let outcomes = together(&made.wiki, &all);
    for outcome in &outcomes {
        assert!(matches!(outcome, Err(ProposeError::Store(StoreError::Busy { .. }))), "{}", said(outcome));
    }
    assert_eq!(made.wiki.world().main, Some(made.first));
    fs::remove_file(&lock).expect("removed");
    // The third clashed with the first only if that was saved.
    let outcomes = together(&made.wiki, &all);
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok() && matches!(outcomes[2], Err(ProposeError::Clash(_))));
}
