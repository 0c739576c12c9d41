//! Typed pages: checking them all and one, asking five questions about them, and catching up after
//! one of them was saved.
//!
//! All but the questions over HTTP is measured in one process, by the library. Checks and questions
//! run on one thread and are told by its CPU time, which other work on the cores doesn't lengthen; so is catching up.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use polder_core::access::Who;
use polder_core::doc;
use polder_core::eval::Eval;
use polder_core::ids::BlobId;
use polder_core::manifest::Change;
use polder_core::path::{FilePath, Kind};
use polder_core::problem::Level;
use polder_core::query;
use polder_core::review::{New, Reviewed, Sites, Verdict, review};
use polder_core::site::Site;
use polder_store::Store;
use polder_wiki::derive::{self, Memo};
use polder_wiki::{clock, wiki::Wiki};

use crate::anchor::ready_store;
use crate::make::Made;
use crate::measures::{Bench, failed, ms, one_catch_up, wait_level};
use crate::plans::{self, BLOCKS, QUERIES};
use crate::process::Cpu;
use crate::table::{Line, Wanted, median, percentile};

/// Typed pages that are checked and asked about.
const N_RECORDS: usize = 10_000;
/// Typed pages among which one is saved.
const SIZES: [usize; 3] = [1_000, 5_000, 14_000];
const ROUNDS: usize = 9;
const SAVES: usize = 40;

pub fn records(bench: &mut Bench) -> io::Result<()> {
    let made = plans::repository(&bench.work, N_RECORDS)?;
    let store = ready_store(&made.git_dir, &bench.folder)?;
    let main = store.main_tip().map_err(failed)?.ok_or_else(|| failed("no branch"))?;
    let begun = Instant::now();
    let site = derive::site_at(&store, &mut Memo::default(), main, None, &|_, _| {}).map_err(failed)?;
    let read_s = begun.elapsed().as_secs_f64();
    full_check(bench, &site, read_s)?;
    one_page(bench, &made, &store, &site)?;
    questions(bench, &site)?;
    over_http(bench, &made)?;
    growth(bench)
}

/// A site that computed nothing yet.
fn fresh(site: &Site) -> Site {
    derive::site_again(site, site.at)
}

fn full_check(bench: &mut Bench, site: &Site, read_s: f64) -> io::Result<()> {
    let who = Who::default();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let site = fresh(site);
        let begun = Cpu::now()?;
        let problems = site.seen_by(&who).problems(clock::today(site.settings()));
        times.push(begun.elapsed_s()?);
        // Rules look at the day, so that there may be warnings; an error would spoil the saves.
        if let Some(error) = problems.values().flatten().find(|problem| problem.level == Level::Error) {
            return Err(failed(error));
        }
    }
    say(
        bench,
        "full check by the library (CPU)",
        &times,
        Some((2000.0, 1000.0)),
        &format!("reading all pages before: {}", ms(read_s)),
    );
    Ok(())
}

/// What a save is judged by: the page parsed, the site with it, the review of both.
fn one_page(bench: &mut Bench, made: &Made, store: &Store, site: &Site) -> io::Result<()> {
    for (what, bound, change) in [
        ("an amount was changed", Some((50.0, 20.0)), amount as fn(&str, usize) -> String),
        ("a title was changed", None, |text, n| text.replacen("title: Post", &format!("title: Betaling {n} van"), 1)),
    ] {
        let mut times = Vec::new();
        for n in 0..SAVES {
            let path = FilePath::parse(&format!("{}.md", made.pages[n * 37 % made.pages.len()])).map_err(failed)?;
            let old = site.manifest().get(path.as_str()).ok_or_else(|| failed(&path))?;
            let before = store.read(old).map_err(failed)?;
            let text = change(std::str::from_utf8(&before).map_err(failed)?, n);
            let begun = Cpu::now()?;
            let verdict = judged(site, &path, old, &before, &text);
            times.push(begun.elapsed_s()?);
            if !verdict.refused.is_empty() || text.as_bytes() == before {
                return Err(failed(verdict.refused));
            }
        }
        say(bench, &format!("one page judged as on a save, {what} (CPU)"), &times, bound, "–");
    }
    Ok(())
}

fn judged(site: &Site, path: &FilePath, old: BlobId, before: &[u8], text: &str) -> Verdict {
    let was = doc::parse(Kind::Page, before);
    let new = Arc::new(doc::parse(Kind::Page, text.as_bytes()));
    let changes = [Change { path: path.clone(), old: Some(old), new: Some(BlobId([0; 20])) }];
    let manifest = site.manifest().changed(&changes, site.manifest().odd.clone());
    let would_be = derive::site_after(site, manifest.clone(), &[(path.clone(), Arc::clone(&new))]);
    let who = Who::default();
    let today = clock::today(site.settings());
    let sites = Sites { before: site.seen_by(&who), after: would_be.seen_by(&who), today };
    let new = New { size_bytes: text.len(), doc: Some(&new) };
    let files = [Reviewed { path, old: Some(&was), new: Some(new) }];
    review(site.manifest(), &manifest, &changes, &files, Some(sites))
}

/// The page with other cents in its amount: what is settled stays less than what was committed.
pub fn amount(text: &str, n: usize) -> String {
    let changed = text.lines().map(|line| {
        let Some(amount) = line.strip_prefix("amount: ") else { return format!("{line}\n") };
        let (euros, cents) = amount.split_once('.').unwrap_or(("EUR 100", "00"));
        let cents = (cents.parse::<usize>().unwrap_or(0) + 1 + n % 90) % 100;
        format!("amount: {euros}.{cents:02}\n")
    });
    changed.collect()
}

fn questions(bench: &mut Bench, site: &Site) -> io::Result<()> {
    let who = Who::default();
    let page = FilePath::parse(&format!("{QUERIES}.md")).map_err(failed)?;
    let mut whole = Vec::new();
    let mut each = vec![Vec::new(); BLOCKS.len()];
    for _ in 0..ROUNDS {
        // As after a save of another page: no result is kept.
        let site = fresh(site);
        let seen = site.seen_by(&who);
        let this = seen.page_at(&page);
        let begun = Cpu::now()?;
        for (at, block) in BLOCKS.iter().enumerate() {
            let begun = Cpu::now()?;
            let question = query::read(block, 1, seen.types(), query::this_of(seen, this)).map_err(failed)?;
            let eval = Eval::new(seen, clock::today(site.settings()));
            let table = query::run(&question, &eval, this);
            each[at].push(begun.elapsed_s()?);
            if table.n_found == 0 || table.is_too_costly {
                return Err(failed(format!("{block}: {} found", table.n_found)));
            }
        }
        whole.push(begun.elapsed_s()?);
    }
    let parts: Vec<String> = each.iter().map(|times| ms(median(times))).collect();
    say(
        bench,
        "five questions by the library, results not kept (CPU)",
        &whole,
        Some((20.0, 10.0)),
        &format!("each: {}", parts.join(", ")),
    );
    Ok(())
}

/// The page with the five blocks, asked after each save of another page.
fn over_http(bench: &mut Bench, made: &Made) -> io::Result<()> {
    let site = bench.site(made, "records")?;
    let mut client = site.server.client()?;
    let address = format!("/{QUERIES}");
    let mut times = Vec::new();
    for n in 0..SAVES {
        let page = &made.pages[n * 41 % made.pages.len()];
        let mut raw = client.get(&format!("/-/raw/{page}"))?;
        let base = raw.header("polder-commit").unwrap_or_default().to_owned();
        raw.body = amount(&raw.text(), n).into_bytes();
        let text = raw.text();
        let fields = [("text", text.as_str()), ("summary", "Meting"), ("name", "Meter"), ("base", base.as_str())];
        let saved = client.post(&format!("/-/edit/{page}"), &fields)?;
        if saved.status != 303 {
            return Err(failed(format!("a save: status {}", saved.status)));
        }
        // What follows a save (search, files kept on disk) is another matter.
        std::thread::sleep(std::time::Duration::from_millis(60));
        let reply = client.get(&address)?;
        if reply.status != 200 {
            return Err(failed(format!("the questions: status {}", reply.status)));
        }
        if reply.text().matches("<table").count() < 4 {
            eprintln!("{address} shows no results yet; not measured over HTTP");
            return Ok(());
        }
        times.push(reply.took.as_secs_f64());
    }
    let warm: Vec<f64> =
        (0..ROUNDS).map(|_| Ok(client.get(&address)?.took.as_secs_f64())).collect::<io::Result<_>>()?;
    let kept = format!("the same page once more: {}", ms(median(&warm)));
    say(bench, "page with five blocks over HTTP, another page saved before each", &times, Some((20.0, 10.0)), &kept);
    Ok(())
}

fn growth(bench: &mut Bench) -> io::Result<()> {
    let mut first = None;
    for n_pages in SIZES {
        let made = plans::repository(&bench.work, n_pages)?;
        let repo = bench.copy(&made, &format!("records-{n_pages}"))?;
        let times = catch_ups(&repo, &bench.folder, &made)?;
        let middle = median(&times);
        let (small, base) = *first.get_or_insert((n_pages, middle));
        let times_more = n_pages as f64 / small as f64;
        bench.say(Line {
            what: format!("`catch_up` after an amount was saved (CPU), {n_pages} typed pages"),
            ours: format!("p50 {}, p95 {}", ms(middle), ms(percentile(&times, 0.95))),
            against: format!("{small} typed pages: p50 {}; {times_more:.0}x as many pages", ms(base)),
            figure: middle / base,
            unit: "x",
            wanted: if n_pages == small {
                Wanted::Stated
            } else {
                Wanted::AtMost { floor: times_more, aim: times_more / 2.0 }
            },
        });
    }
    Ok(())
}

fn catch_ups(repo: &Path, folder: &Path, made: &Made) -> io::Result<Vec<f64>> {
    let beside = ready_store(repo, folder)?;
    let wiki = Wiki::open(ready_store(repo, folder)?, None, &|_| {}).map_err(failed)?;
    std::thread::scope(|scope| {
        scope.spawn(|| wiki.run(&|_| {}));
        let times = wait_level(&wiki).and_then(|()| {
            let costs = (0..SAVES).map(|n| (format!("{}.md", made.pages[n * 7 % made.pages.len()]), n));
            let change = |bytes: Vec<u8>, n: usize| amount(&String::from_utf8_lossy(&bytes), n).into_bytes();
            costs.map(|(path, n)| Ok(one_catch_up(&wiki, &beside, &path, n, &change)?.cpu_s)).collect()
        });
        wiki.stop();
        times
    })
}

fn say(bench: &mut Bench, what: &str, times: &[f64], bound_ms: Option<(f64, f64)>, beside: &str) {
    let p95 = percentile(times, 0.95);
    bench.say(Line {
        what: format!("{what}, {N_RECORDS} typed pages"),
        ours: format!("p50 {}, p95 {}", ms(median(times)), ms(p95)),
        against: beside.to_owned(),
        figure: median(times) * 1000.0,
        unit: " ms",
        wanted: bound_ms.map_or(Wanted::Stated, |(floor, aim)| Wanted::AtMost { floor, aim }),
    });
}
