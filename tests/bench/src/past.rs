//! The wiki as it was: pages of old versions, how long the site of an old commit takes to make, how
//! much memory ten of them need, and search in them and in what was taken away.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use polder_core::ids::CommitId;
use polder_core::site::Site;
use polder_wiki::derive::{self, Memo};

use crate::anchor::ready_store;
use crate::http::{self, Asked, encode, load};
use crate::measures::{Bench, expect, expect_all, failed, git_output, ms};
use crate::process::Server;
use crate::table::{Line, Wanted, median};

/// Pages asked for in one round, each for the first time.
const PAGES: usize = 1_500;
const ROUNDS: usize = 5;
/// Sites of the past that are kept at once.
const KEPT: usize = 10;
/// Commits between one old site and the next: about 50, and about 5,000 pages differ.
const STEPS: [(usize, &str, f64, f64); 2] = [(50, "50", 100.0, 50.0), (6_200, "5,000", 2_000.0, 1_000.0)];

pub fn past(bench: &mut Bench) -> io::Result<()> {
    views(bench)?;
    searches(bench)?;
    removed(bench)?;
    for (step, files, floor, aim) in STEPS {
        sites(bench, step, files, (floor, aim))?;
    }
    Ok(())
}

/// A page that is not kept, at an old commit of which the site is, beside the present page.
fn views(bench: &mut Bench) -> io::Result<()> {
    let site = bench.site(&bench.big, "big")?;
    let old = commits(bench, 50, 1)?.remove(0);
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let cpu = |hrefs: &[String]| -> io::Result<f64> {
        let requests: Vec<Vec<u8>> = hrefs.iter().map(|href| http::get(site.server.address, href)).collect();
        let n = requests.len() as f64;
        let before = site.server.cpu_s();
        expect_all(&load(site.server.address, &Asked::Each(requests), 4)?)?;
        Ok((site.server.cpu_s() - before) / n)
    };
    let first = |at: usize| site.made.pages.get(at).map(|page| href(page, "")).unwrap_or_default();
    cpu(&[format!("{}?at=~{old}", first(0))])?;
    for round in 0..ROUNDS {
        let pages = &site.made.pages[round * PAGES + 1..(round + 1) * PAGES + 1];
        let then: Vec<String> = pages.iter().map(|page| href(page, &format!("?at=~{old}"))).collect();
        let now: Vec<String> = pages.iter().map(|page| href(page, "")).collect();
        let (then, now) = (cpu(&then)?, cpu(&now)?);
        ratios.push(then / now);
        ours.push(then);
        theirs.push(now);
    }
    bench.say(Line {
        what: "page at an old version, not in the cache, its site kept".to_owned(),
        ours: format!("CPU {}", ms(median(&ours))),
        against: format!("the same pages now: CPU {}", ms(median(&theirs))),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtMost { floor: 3.0, aim: 1.5 },
    });
    site.server.stop()
}

/// A search at an old commit of which the site is kept: the first, which indexes what differs, and the
/// next ones, beside the same words now.
fn searches(bench: &mut Bench) -> io::Result<()> {
    let site = bench.site(&bench.big, "big")?;
    let mut client = site.server.client()?;
    let page = site.made.pages.first().cloned().unwrap_or_default();
    for (step, files, floor, aim) in [(50, "50", 500.0, 100.0), (6_200, "5,000", 10_000.0, 5_000.0)] {
        let (mut first, mut then, mut now) = (Vec::new(), Vec::new(), Vec::new());
        for old in commits(bench, step, 3)? {
            expect(client.get(&href(&page, &format!("?at=~{old}")))?.status, 200, "a page of then")?;
            let mut ask = |query: &str, at: &str| -> io::Result<f64> {
                let reply = client.get(&format!("/-/search?q={query}{at}"))?;
                expect(reply.status, 200, "a search")?;
                Ok(reply.took.as_secs_f64())
            };
            let at = format!("&at=~{old}");
            first.push(ask("begroting", &at)?);
            for query in ["begroting", "dijk+plan", "project", "%22van+de%22", "water*"].repeat(4) {
                then.push(ask(query, &at)?);
                now.push(ask(query, "")?);
            }
        }
        bench.say(Line {
            what: format!("first search at an old version, each about {files} files before the last"),
            ours: format!("p50 {}, worst {}", ms(median(&first)), ms(first.iter().copied().fold(0.0, f64::max))),
            against: "its site is kept".to_owned(),
            figure: median(&first) * 1_000.0,
            unit: " ms",
            wanted: Wanted::AtMost { floor, aim },
        });
        bench.say(Line {
            what: format!("next searches there, {files} files"),
            ours: format!("p50 {}", ms(median(&then))),
            against: format!("the same words now: p50 {}", ms(median(&now))),
            figure: median(&then) / median(&now),
            unit: "x",
            wanted: Wanted::AtMost { floor: 3.0, aim: 2.0 },
        });
    }
    site.server.stop()
}

/// From a start without caches until all that was taken away can be searched, and what it needs.
fn removed(bench: &mut Bench) -> io::Result<()> {
    let repo = bench.copy(&bench.big, "big")?;
    let data = bench.folder.join("removed-data");
    let server = Server::polder(&bench.program, &repo, &data, &bench.log())?;
    let (history, search) = server.wait_ready()?;
    let before_cpu = server.cpu_s();
    let level = server.wait_removed()?;
    let more = level.saturating_sub(history.max(search)).as_secs_f64();
    let cpu = server.cpu_s() - before_cpu;
    let mut client = server.client()?;
    let mut times = Vec::new();
    for query in ["begroting", "dijk+plan", "project", "%22van+de%22", "water*"].repeat(4) {
        let reply = client.get(&format!("/-/search?past=1&q={query}"))?;
        expect(reply.status, 200, "a search in what was taken away")?;
        times.push(reply.took.as_secs_f64());
    }
    server.stop()?;
    let size = folder_bytes(&data.join("wiki/cache/past"))?;
    bench.say(Line {
        what: "until what was taken away can be searched, from nothing".to_owned(),
        ours: format!(
            "{:.0} s after the start, {more:.0} s after history and search; CPU {cpu:.0} s, then {:.0} MB on disk",
            level.as_secs_f64(),
            size as f64 / 1e6
        ),
        against: format!("a search in it: p50 {}", ms(median(&times))),
        figure: level.as_secs_f64(),
        unit: " s",
        wanted: Wanted::AtMost { floor: 300.0, aim: 120.0 },
    });
    Ok(())
}

fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut n_bytes = 0;
    for file in fs::read_dir(folder)? {
        n_bytes += file?.metadata()?.len();
    }
    Ok(n_bytes)
}

/// The sites of ten old commits, each made from the one after it.
fn sites(bench: &mut Bench, step: usize, files: &str, (floor, aim): (f64, f64)) -> io::Result<()> {
    let store = ready_store(&bench.big.git_dir, &bench.folder)?;
    let main = store.main_tip().map_err(failed)?.ok_or_else(|| failed("no branch"))?;
    let before = resident_bytes()?;
    let mut memo = Memo::default();
    let now = Arc::new(derive::site_at(&store, &mut memo, main, None, &|_, _| {}).map_err(failed)?);
    let present = resident_bytes()?.saturating_sub(before);
    let before = resident_bytes()?;
    let mut times = Vec::new();
    let mut differing = Vec::new();
    let mut kept: Vec<Arc<Site>> = vec![now];
    for commit in commits(bench, step, KEPT)? {
        let at = CommitId::parse(&commit).ok_or_else(|| failed(&commit))?;
        let near = Arc::clone(kept.last().ok_or_else(|| failed("no site"))?);
        differing.push(store.changes(near.at, at).map_err(failed)?.files.len() as f64);
        let begun = Instant::now();
        let site = derive::site_at(&store, &mut memo, at, Some(&near), &|_, _| {}).map_err(failed)?;
        times.push(begun.elapsed().as_secs_f64());
        kept.push(Arc::new(site));
    }
    let more = resident_bytes()?.saturating_sub(before);
    bench.say(Line {
        what: format!("site of an old commit, about {files} files differ from a kept one"),
        ours: format!("p50 {}, worst {}", ms(median(&times)), ms(times.iter().copied().fold(0.0, f64::max))),
        against: format!("files that differ: {:.0}", median(&differing)),
        figure: median(&times) * 1_000.0,
        unit: " ms",
        wanted: Wanted::AtMost { floor, aim },
    });
    let mib = |bytes: usize| format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0));
    bench.say(Line {
        what: format!("memory of ten old sites, {files} files apart"),
        ours: mib(more),
        against: format!("the present site: {}", mib(present)),
        figure: more as f64 / present.max(1) as f64 * 100.0,
        unit: " %",
        wanted: if step < 1_000 { Wanted::AtMost { floor: 25.0, aim: 15.0 } } else { Wanted::Stated },
    });
    Ok(())
}

/// So many commits of the main line, each a step before the other.
fn commits(bench: &Bench, step: usize, n: usize) -> io::Result<Vec<String>> {
    let all = git_output(&bench.big.git_dir, &["rev-list", "--first-parent", "HEAD"])?;
    let all: Vec<&str> = all.lines().collect();
    Ok((1..=n).filter_map(|at| all.get(at * step)).map(|commit| (*commit).to_owned()).collect())
}

fn href(address: &str, query: &str) -> String {
    let mut href = String::from("/");
    encode(address, &mut href);
    href.push_str(query);
    href
}

/// What this process holds in memory (Linux).
fn resident_bytes() -> io::Result<usize> {
    let text = fs::read_to_string("/proc/self/statm")?;
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    let size = Command::new("getconf").arg("PAGESIZE").output()?.stdout;
    let size = String::from_utf8_lossy(&size).trim().parse::<usize>().unwrap_or(4096);
    Ok(pages.unwrap_or(0) * size)
}
