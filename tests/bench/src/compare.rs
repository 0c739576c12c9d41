//! Two whole versions of a wiki of typed pages compared, where five hundred pages differ.
//!
//! Each round makes a new version beside the server and compares it with the one before, which the
//! server has to put together first. Then the same is asked as JSON, when it has both. In further rounds
//! it is asked plan by plan: what changed since the version before.

use std::io;
use std::time::Duration;

use polder_core::path::FilePath;
use polder_store::{Draft, Person, Store};

use crate::anchor::ready_store;
use crate::http::Client;
use crate::make::Made;
use crate::measures::{Bench, failed, ms};
use crate::plans;
use crate::records::amount;
use crate::table::{Line, Wanted, median, percentile};

const N_PAGES: usize = 14_000;
const N_DIFFERENT: usize = 500;
const ROUNDS: usize = 9;

/// How often it is looked whether the server shows a new version.
const LOOK_MS: u64 = 20;

pub fn compare(bench: &mut Bench) -> io::Result<()> {
    let made = plans::repository(&bench.work, N_PAGES)?;
    let site = bench.site(&made, "compare")?;
    let beside = ready_store(&bench.copy(&made, "compare")?, &bench.folder)?;
    let mut client = site.server.client()?;
    let mut before = tip(&beside)?;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let after = next_version(&beside, &made, round)?;
        wait_for(&mut client, &after)?;
        let address = format!("/@~{}..~{}", &before[..10], &after[..10]);
        let reply = client.get(&address)?;
        if reply.status != 200 || !reply.text().contains("class=\"compare-table") {
            return Err(failed(format!("{address}: status {}", reply.status)));
        }
        first.push(reply.took.as_secs_f64());
        let reply = client.get(&format!("{address}?format=json"))?;
        if reply.status != 200 || !is_all_told(&reply.text()) {
            return Err(failed(format!("{address}: status {}, or something was left out", reply.status)));
        }
        again.push(reply.took.as_secs_f64());
        before = after;
    }
    let mut since = Vec::new();
    for round in ROUNDS..2 * ROUNDS {
        let after = next_version(&beside, &made, round)?;
        wait_for(&mut client, &after)?;
        let address = format!("/-/changes?since=~{}&until=~{}", &before[..10], &after[..10]);
        let reply = client.get(&address)?;
        if reply.status != 200 || !reply.text().contains("class=\"since-plan\"") {
            return Err(failed(format!("{address}: status {}", reply.status)));
        }
        since.push(reply.took.as_secs_f64());
        before = after;
    }
    bench.say(Line {
        what: format!("what changed since a version, by plan, over HTTP: {N_DIFFERENT} of {N_PAGES} typed pages"),
        ours: format!("p50 {}, p95 {}", ms(median(&since)), ms(percentile(&since, 0.95))),
        against: String::new(),
        figure: median(&since),
        unit: " s",
        wanted: Wanted::AtMost { floor: 1.0, aim: 0.3 },
    });
    bench.say(Line {
        what: format!("two whole versions compared over HTTP, {N_DIFFERENT} of {N_PAGES} typed pages differ"),
        ours: format!("p50 {}, p95 {}", ms(median(&first)), ms(percentile(&first, 0.95))),
        against: format!("as JSON, with both versions at hand: p50 {}", ms(median(&again))),
        figure: median(&first),
        unit: " s",
        wanted: Wanted::AtMost { floor: 1.0, aim: 0.3 },
    });
    Ok(())
}

/// Whether all pages that differ are told, in a wiki in Dutch. There are more totals than are given.
fn is_all_told(json: &str) -> bool {
    json.contains("\"left_out\":[") && !json.contains("staan ook niet in de bestanden") && !json.contains("rekenwerk")
}

fn tip(store: &Store) -> io::Result<String> {
    let tip = store.main_tip().map_err(failed)?;
    tip.map(|tip| tip.to_string()).ok_or_else(|| failed("no branch"))
}

/// A version in which other costs have other amounts.
fn next_version(store: &Store, made: &Made, round: usize) -> io::Result<String> {
    let parent = store.main_tip().map_err(failed)?.ok_or_else(|| failed("no branch"))?;
    let mut files = Vec::with_capacity(N_DIFFERENT);
    for n in 0..N_DIFFERENT {
        // Evenly over all costs, each round others.
        let page = &made.pages[(n * made.pages.len() / N_DIFFERENT + round) % made.pages.len()];
        let path = FilePath::parse(&format!("{page}.md")).map_err(failed)?;
        let blob = store.file_at(parent, path.as_str()).map_err(failed)?.ok_or_else(|| failed(&path))?;
        let text = String::from_utf8_lossy(&store.read(blob).map_err(failed)?).into_owned();
        files.push((path, Some(format!("{}Bijgesteld.\n", amount(&text, round)).into_bytes())));
    }
    let who = Person { name: "Meter".to_owned(), email: "meter@wiki.invalid".to_owned() };
    let draft = Draft {
        parent: Some(parent),
        merged: None,
        files: &files,
        author: who.clone(),
        committer: who,
        time_s: 1_700_000_000 + round as i64,
        offset_min: 0,
        message: "Bijstelling",
    };
    Ok(store.commit(&draft).map_err(failed)?.to_string())
}

fn wait_for(client: &mut Client, commit: &str) -> io::Result<()> {
    loop {
        let reply = client.get("/")?;
        if reply.header("polder-commit") == Some(commit) && reply.header("etag").is_some() {
            // What follows a new version (search, files kept on disk) is another matter.
            std::thread::sleep(Duration::from_millis(300));
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(LOOK_MS));
    }
}
