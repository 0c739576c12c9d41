//! People and rules: what a page costs somebody who may not read everything, how soon they see what
//! was saved, and whether signing in gets in the way of reading.
//!
//! A wiki with two hundred rules of access, beside a copy of it without any; both have accounts, so
//! that whoever is not signed in is a stranger in both. Of the folders each group reads one that
//! nobody else does, so that each is a class of readers of its own. A figure of CPU time is the whole
//! time of all rounds, since one round of it is short; a ratio is that of two such times.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use polder_core::path::FilePath;
use polder_store::{Draft, Person, Store};

use crate::anchor::ready_store;
use crate::http::{self, Asked, Client, get_as, load};
use crate::make::{Made, WARM};
use crate::measures::{Bench, expect, expect_all, failed, ms, size_of};
use crate::process::Server;
use crate::table::{Line, Wanted, median, percentile};

const N_RULES: usize = 200;
/// With whoever is not signed in they are the sixteen classes of which the worlds are kept.
const N_GROUPS: usize = 15;
/// Who signs in at once.
const N_PEOPLE: usize = 50;
const ADMIN: &str = "beheerder";

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;
const SLICE: Duration = Duration::from_millis(800);
/// Pages asked by each reader in a round of pages that are not kept.
const PAGES_EACH: usize = 400;

/// Saves after which every class asks for a page.
const SAVES: usize = 9;

const STORMS: usize = 5;
/// Views that are under way at once while people sign in, and the time from one to the next of each:
/// many readers, and a machine that is not full.
const VIEWERS: usize = 4;
const VIEW_EVERY: Duration = Duration::from_millis(8);
const CALM: Duration = Duration::from_secs(2);

/// Views.
pub fn people(bench: &mut Bench) -> io::Result<()> {
    let made = bench.pages.clone();
    let rules = Rules::of(&made);
    let ruled = wiki(bench, &made, "ruled", Some(&rules))?;
    let free = wiki(bench, &made, "free", None)?;
    let open: Vec<&String> = made.pages.iter().filter(|page| rules.is_open(page)).collect();
    let reader = sign_in(&ruled, &login(0))?;
    let member = sign_in(&free, &login(0))?;
    let sides = [
        Side { server: &ruled, cookie: &reader },
        Side { server: &ruled, cookie: "" },
        Side { server: &free, cookie: "" },
        Side { server: &free, cookie: &member },
    ];
    for side in &sides {
        let mut client = side.server.client()?;
        let closed = client.send(&get_as(side.server.address, &format!("/{}", rules.closed_page), side.cookie))?;
        let wanted = if side.server.address == ruled.address { 404 } else { 200 };
        expect(closed.status, wanted, "a page of a folder that only others read")?;
    }
    let warm =
        views(&sides, |_, side, _| Asked::Same(get_as(side.server.address, &format!("/{WARM}"), side.cookie), SLICE))?;
    say_views(bench, "warm page", &warm);
    let not_kept = views(&sides, |round, side, at| {
        // Nobody asks twice for a page of one wiki.
        let first = (2 * round + at % 2) * PAGES_EACH;
        let pages = open.iter().skip(first).take(PAGES_EACH);
        Asked::Each(pages.map(|page| get_as(side.server.address, &format!("/{page}"), side.cookie)).collect())
    })?;
    say_views(bench, "page not in the cache", &not_kept);
    free.stop()?;
    ruled.stop()
}

/// Signing in, while others read.
pub fn storm(bench: &mut Bench) -> io::Result<()> {
    let made = bench.pages.clone();
    let rules = Rules::of(&made);
    let server = wiki(bench, &made, "ruled", Some(&rules))?;
    let open: Vec<&String> = made.pages.iter().filter(|page| rules.is_open(page)).collect();
    storms(bench, &server, &open)?;
    server.stop()
}

/// The first request of each class after a save, and what the worlds of the classes take.
pub fn classes(bench: &mut Bench) -> io::Result<()> {
    let made = bench.big.clone();
    let rules = Rules::of(&made);
    let server = wiki(bench, &made, "classes", Some(&rules))?;
    let mut cookies = vec![String::new()];
    for n in 0..N_GROUPS {
        // Signing in asks for a world too: the measured ones are made anew after the next save.
        cookies.push(sign_in(&server, &login(n))?);
    }
    let admin = sign_in(&server, ADMIN)?;
    let beside = ready_store(&bench.copy(&made, "classes")?, &bench.folder)?;
    let mut clients = cookies.iter().map(|_| server.client()).collect::<io::Result<Vec<_>>>()?;
    let (mut first, mut next, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let ask = |client: &mut Client, cookie: &str| -> io::Result<f64> {
        let reply = client.send(&get_as(server.address, &format!("/{WARM}"), cookie))?;
        expect(reply.status, 200, "a page after a save")?;
        Ok(reply.took.as_secs_f64())
    };
    for round in 0..SAVES {
        let page =
            made.pages.iter().filter(|page| rules.is_open(page)).nth(round * 11).ok_or_else(|| failed("pages"))?;
        let commit = save_beside(&beside, page, round)?;
        let mut client = server.client()?;
        wait_for(&server, &mut client, &admin, &commit)?;
        whole.push(ask(&mut client, &admin)?);
        for (client, cookie) in clients.iter_mut().zip(&cookies) {
            first.push(ask(client, cookie)?);
            next.push(ask(client, cookie)?);
        }
    }
    let n_classes = cookies.len();
    bench.say(Line {
        what: format!("first page of a class of readers after a save, {n_classes} classes, {}", size_of(&made)),
        ours: format!("p50 {}, p95 {}", ms(median(&first)), ms(percentile(&first, 0.95))),
        against: format!(
            "the page once more: p50 {}; for who may read everything, after the save: p50 {}",
            ms(median(&next)),
            ms(median(&whole))
        ),
        figure: percentile(&first, 0.95) * 1000.0,
        unit: " ms",
        wanted: Wanted::AtMost { floor: 100.0, aim: 30.0 },
    });
    server.stop()?;
    class_memory(bench, &made, &rules, n_classes)
}

/// Started anew, so that nothing was in use before: a class of readers after the other.
fn class_memory(bench: &mut Bench, made: &Made, rules: &Rules, n_classes: usize) -> io::Result<()> {
    let server = wiki(bench, made, "classes", Some(rules))?;
    let admin = sign_in(&server, ADMIN)?;
    let mut client = server.client()?;
    let mut visit = |cookie: &str| -> io::Result<f64> {
        let reply = client.send(&get_as(server.address, &format!("/{WARM}"), cookie))?;
        expect(reply.status, 200, "a page")?;
        Ok(reply.took.as_secs_f64())
    };
    visit(&admin)?;
    std::thread::sleep(Duration::from_millis(500));
    let before = server.pss_mb();
    let mut made_in = vec![visit("")?];
    for n in 0..N_GROUPS {
        let begun = Instant::now();
        // Signing in makes the world of who comes in, and takes a password's time besides.
        let cookie = sign_in(&server, &login(n))?;
        made_in.push(begun.elapsed().as_secs_f64());
        visit(&cookie)?;
    }
    std::thread::sleep(Duration::from_millis(500));
    let after = server.pss_mb();
    let each = (after - before) / n_classes as f64;
    bench.say(Line {
        what: format!("memory of a class of readers, mean of {n_classes}, {}", size_of(made)),
        ours: format!(
            "{each:.1} MiB each; the world of a class made from nothing: {} and, with a sign-in, p50 {}",
            ms(made_in[0]),
            ms(median(&made_in[1..]))
        ),
        against: format!("the server before: {before:.0} MiB, then {after:.0} MiB"),
        figure: (after - before) / before * 100.0,
        unit: " %",
        wanted: Wanted::Stated,
    });
    server.stop()
}

/// Who asks where.
struct Side<'a> {
    server: &'a Server,
    cookie: &'a str,
}

/// CPU time per answer of each side, all rounds taken together, in seconds.
fn views(sides: &[Side<'_>; 4], asked: impl Fn(usize, &Side<'_>, usize) -> Asked) -> io::Result<[f64; 4]> {
    let mut cpu = [0.0; 4];
    let mut n = [0.0; 4];
    for round in 0..ROUNDS {
        for (at, side) in sides.iter().enumerate() {
            let asked = asked(round, side, at);
            let before = side.server.cpu_s();
            let done = load(side.server.address, &asked, CONNECTIONS)?;
            expect_all(&done)?;
            cpu[at] += side.server.cpu_s() - before;
            n[at] += done.n_answers as f64;
        }
    }
    Ok(std::array::from_fn(|at| cpu[at] / n[at]))
}

fn say_views(bench: &mut Bench, what: &str, cpu: &[f64; 4]) {
    let [reader, stranger, free, member] = *cpu;
    let us = |seconds: f64| format!("CPU {:.1} µs", seconds * 1e6);
    let wanted = || Wanted::AtMost { floor: 1.4, aim: 1.4 };
    let rows = [
        ("signed in, who may not read everything", reader, "not signed in, the same wiki", stranger, wanted()),
        ("signed in, who may not read everything", reader, "not signed in, the wiki without rules", free, wanted()),
        ("not signed in", stranger, "not signed in, the wiki without rules", free, Wanted::Stated),
        ("signed in, without rules", member, "not signed in, the wiki without rules", free, Wanted::Stated),
    ];
    for (who, ours, whom, theirs, wanted) in rows {
        let rules = if who.ends_with("without rules") { String::new() } else { format!(", {N_RULES} rules") };
        bench.say(Line {
            what: format!("{what}, {CONNECTIONS} connections, {who}{rules}"),
            ours: us(ours),
            against: format!("{whom}: {}", us(theirs)),
            figure: ours / theirs,
            unit: "x",
            wanted,
        });
    }
}

/// Fifty sign in at once while others read.
fn storms(bench: &mut Bench, server: &Server, pages: &[&String]) -> io::Result<()> {
    // The first storm after a start makes the worlds of all classes of readers besides.
    let (mut first, mut first_in) = (Vec::new(), 0.0);
    let (mut calm, mut storm, mut all_in) = (Vec::new(), Vec::new(), Vec::new());
    let (mut n_in, mut n_wait, mut n_other) = (0, 0, 0);
    for round in 0..=STORMS {
        let ended = AtomicBool::new(false);
        let read = |ended: &AtomicBool| read_on(server, pages, ended);
        std::thread::scope(|scope| -> io::Result<()> {
            let viewers: Vec<_> = (0..VIEWERS).map(|_| scope.spawn(|| read(&ended))).collect();
            std::thread::sleep(CALM);
            ended.store(true, Ordering::Relaxed);
            for viewer in viewers {
                calm.extend(viewer.join().map_err(|_| failed("a viewer broke off"))??);
            }
            Ok(())
        })?;
        ended.store(false, Ordering::Relaxed);
        std::thread::scope(|scope| -> io::Result<()> {
            let viewers: Vec<_> = (0..VIEWERS).map(|_| scope.spawn(|| read(&ended))).collect();
            // The connections are there before anybody sends: what is measured is signing in.
            let clients = (0..N_PEOPLE).map(|_| server.client()).collect::<io::Result<Vec<_>>>()?;
            let begun = Instant::now();
            let people: Vec<_> = clients
                .into_iter()
                .enumerate()
                .map(|(n, mut client)| {
                    scope.spawn(move || client.post("/-/sign-in", &[("login", &login(n)), ("password", &password(n))]))
                })
                .collect();
            for person in people {
                match person.join().map_err(|_| failed("somebody broke off"))??.status {
                    303 => n_in += 1,
                    429 | 503 => n_wait += 1,
                    _ => n_other += 1,
                }
            }
            match round {
                0 => first_in = begun.elapsed().as_secs_f64(),
                _ => all_in.push(begun.elapsed().as_secs_f64()),
            }
            ended.store(true, Ordering::Relaxed);
            for viewer in viewers {
                let times = if round == 0 { &mut first } else { &mut storm };
                times.extend(viewer.join().map_err(|_| failed("a viewer broke off"))??);
            }
            Ok(())
        })?;
        if n_other > 0 {
            return Err(failed(format!("{n_other} sign-ins were answered otherwise, in round {round}")));
        }
    }
    let p99 = |times: &[f64]| percentile(times, 0.99);
    bench.say(Line {
        what: format!("views while {N_PEOPLE} people sign in at once, p99"),
        ours: format!("p50 {}, p99 {} of {} views", ms(median(&storm)), ms(p99(&storm)), storm.len()),
        against: format!("nobody signs in: p50 {}, p99 {} of {} views", ms(median(&calm)), ms(p99(&calm)), calm.len()),
        figure: p99(&storm) / p99(&calm),
        unit: "x",
        wanted: Wanted::AtMost { floor: 2.0, aim: 2.0 },
    });
    bench.say(Line {
        what: format!(
            "the same in the first storm after a start, which makes the worlds of {N_GROUPS} classes of readers"
        ),
        ours: format!("p50 {}, p99 {} of {} views", ms(median(&first)), ms(p99(&first)), first.len()),
        against: format!("nobody signs in: p99 {}; until all are answered {first_in:.2} s", ms(p99(&calm))),
        figure: p99(&first) / p99(&calm),
        unit: "x",
        wanted: Wanted::Stated,
    });
    bench.say(Line {
        what: format!("until all {N_PEOPLE} are answered, while others read"),
        ours: format!(
            "p50 {:.2} s; {n_in} signed in, {n_wait} told to come back, in {} storms",
            median(&all_in),
            STORMS + 1
        ),
        against: String::from("–"),
        figure: median(&all_in),
        unit: " s",
        wanted: Wanted::Stated,
    });
    Ok(())
}

/// One reader who looks at pages in step until the end is called; the times of their answers. A
/// reader who is late does not make up for it.
fn read_on(server: &Server, pages: &[&String], ended: &AtomicBool) -> io::Result<Vec<f64>> {
    let mut client = server.client()?;
    let mut times = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let page = pages[times.len() * 7 % pages.len().min(500)];
        let begun = Instant::now();
        let reply = client.get(&format!("/{page}"))?;
        expect(reply.status, 200, page)?;
        times.push(reply.took.as_secs_f64());
        std::thread::sleep(VIEW_EVERY.saturating_sub(begun.elapsed()));
    }
    Ok(times)
}

/// The rules of the wiki: each group reads one folder that is closed to the others, some folders and
/// pages are closed to all but a group without members, and the rest say who edits.
struct Rules {
    text: String,
    /// Folders and pages that not everybody reads.
    closed: BTreeSet<String>,
    /// A page in one of them that the first group does not read.
    closed_page: String,
}

impl Rules {
    fn of(made: &Made) -> Rules {
        let folder = |page: &str| page.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut folders: Vec<String> = made.pages.iter().map(|page| folder(page)).collect();
        folders.sort();
        folders.dedup();
        let mut rules = Rules { text: String::from("rules:\n"), closed: BTreeSet::new(), closed_page: String::new() };
        let mut n_rules = 0;
        // Every third folder, so that closed ones lie among open ones.
        for (at, folder) in folders.iter().enumerate() {
            if at % 3 == 0 {
                let of = at / 3;
                let who = if of < N_GROUPS { group(of) } else { "bestuur".to_owned() };
                let _ = write!(rules.text, "  - path: {folder}\n    read: [{who}]\n");
                rules.closed.insert(folder.clone());
            } else {
                let _ = write!(rules.text, "  - path: {folder}\n    edit: [{}]\n", group(at % N_GROUPS));
            }
            n_rules += 1;
        }
        let pages = made.pages.iter().filter(|page| !rules.closed.contains(&folder(page)));
        let step = (made.pages.len() / N_RULES / 2).max(1);
        let mut closed_pages = Vec::new();
        for (at, page) in pages.skip(1).step_by(step).take(N_RULES.saturating_sub(n_rules)).enumerate() {
            let (right, who) =
                if at % 4 == 0 { ("read", "bestuur".to_owned()) } else { ("edit", group(at % N_GROUPS)) };
            let _ = write!(rules.text, "  - path: {page}\n    {right}: [{who}]\n");
            if right == "read" {
                closed_pages.push(page.clone());
            }
        }
        rules.closed.extend(closed_pages);
        rules.closed_page = made.pages.iter().find(|page| folder(page) == folders[3]).cloned().unwrap_or_default();
        rules
    }

    fn is_open(&self, page: &str) -> bool {
        let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
        !self.closed.contains(page) && !self.closed.contains(folder)
    }
}

fn group(n: usize) -> String {
    format!("groep{n}")
}

fn login(n: usize) -> String {
    format!("lezer{n}")
}

fn password(n: usize) -> String {
    format!("dijkgraaf op de fiets {n}")
}

/// A server on a copy of a repository, with accounts, and with rules if there are any.
fn wiki(bench: &Bench, made: &Made, name: &str, rules: Option<&Rules>) -> io::Result<Server> {
    let is_new = !bench.folder.join(format!("{name}.git")).exists();
    let repo = bench.copy(made, name)?;
    let data = bench.folder.join(format!("{name}-data"));
    if is_new {
        if let Some(rules) = rules {
            let beside = ready_store(&repo, &bench.folder)?;
            commit(&beside, ".polder/access.yml", rules.text.clone().into_bytes(), 0)?;
        }
        std::fs::create_dir_all(&data)?;
        add(&bench.program, &repo, &data, &[ADMIN, "--admin"], &password(N_PEOPLE))?;
        for n in 0..N_PEOPLE {
            add(&bench.program, &repo, &data, &[&login(n), "--group", &group(n % N_GROUPS)], &password(n))?;
        }
    }
    // How often somebody may ask is another matter: here all come from one address.
    let server = Server::polder_with(&bench.program, &repo, &data, &bench.log(), &["--limits", "false"])?;
    server.wait_ready()?;
    server.wait_removed()?;
    Ok(server)
}

fn add(program: &Path, repo: &Path, data: &Path, who: &[&str], password: &str) -> io::Result<()> {
    let mut command = Command::new(program);
    command.args(["user", "add", "--password-stdin"]).args(who).arg("--repo").arg(repo).arg("--data").arg(data);
    let mut child =
        command.current_dir(data).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{password}")?;
    }
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr))),
    }
}

/// Signs in, and gives what the browser would send from then on.
fn sign_in(server: &Server, login: &str) -> io::Result<String> {
    let n = login.strip_prefix("lezer").and_then(|n| n.parse().ok()).unwrap_or(N_PEOPLE);
    let reply = server.client()?.post("/-/sign-in", &[("login", login), ("password", &password(n))])?;
    expect(reply.status, 303, "a sign-in")?;
    let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next());
    cookie.map(str::to_owned).ok_or_else(|| failed("no session"))
}

fn save_beside(store: &Store, page: &str, n: usize) -> io::Result<String> {
    let path = format!("{page}.md");
    let tip = store.main_tip().map_err(failed)?.ok_or_else(|| failed("no branch"))?;
    let blob = store.file_at(tip, &path).map_err(failed)?.ok_or_else(|| failed(&path))?;
    let mut bytes = store.read(blob).map_err(failed)?;
    bytes.extend_from_slice(format!("\nBijgewerkt {n}.\n").as_bytes());
    commit(store, &path, bytes, n)
}

fn commit(store: &Store, path: &str, bytes: Vec<u8>, n: usize) -> io::Result<String> {
    let who = Person { name: "Meter".to_owned(), email: "meter@wiki.invalid".to_owned() };
    let draft = Draft {
        parent: store.main_tip().map_err(failed)?,
        merged: None,
        files: &[(FilePath::parse(path).map_err(failed)?, Some(bytes))],
        author: who.clone(),
        committer: who,
        time_s: 1_700_000_000 + n as i64,
        offset_min: 0,
        message: "Meting",
    };
    Ok(store.commit(&draft).map_err(failed)?.to_string())
}

/// Waits until who may read everything sees a commit, and what follows it is over.
fn wait_for(server: &Server, client: &mut Client, cookie: &str, commit: &str) -> io::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let reply: http::Reply = client.send(&get_as(server.address, "/", cookie))?;
        if reply.header("polder-commit") == Some(commit) {
            std::thread::sleep(Duration::from_millis(300));
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(failed("a commit beside the server was not noticed"))
}
