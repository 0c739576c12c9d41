//! `polder check [PATH]`: the problems of a wiki, one per line, or as JSON or SARIF.
//!
//! With `--since` only what a change adds refuses (exit status 1), by the same `review` as a save
//! and a push; of the files that changed, everything else is told too. The change begins where the
//! branch and the revision went apart: what others did since is not this branch's doing.

use std::collections::HashSet;
use std::process::ExitCode;

use polder_core::access::Who;
use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_core::problem::{Level, Problem};
use polder_core::review::{Located, Verdict, odd_problem};
use polder_core::site::{Problems, Site};
use polder_store::Store;
use polder_web::words::Words;
use polder_wiki::world::World;
use polder_wiki::{cites, clock, since};

use crate::cli::{Check, Format};
use crate::cmd::{problem_line, terminal_lang};
use crate::reading::{self, Source, failed};
use crate::report::{self, Report};
use crate::stop::Stop;

pub fn run(check: &Check) -> Result<ExitCode, Stop> {
    let outcome = reading::with(&check.path, |source| match (&check.since, source) {
        (None, Source::Repository(store)) => {
            let world = cites::world_of(store, reading::site(source)?).map_err(failed)?;
            Ok(of_all(&world.site, &lost_links(store, &world)))
        }
        (None, source @ Source::Folder(_)) => Ok(of_all(&reading::site(source)?, &Problems::new())),
        (Some(revision), Source::Repository(store)) => of_change(store, revision),
        (Some(_), Source::Folder(path)) => Err(Stop::usage(format!(
            "{} is a plain folder without a history, so nothing can have changed since then; leave out --since",
            path.display()
        ))),
    })?;
    let lang = terminal_lang();
    match check.format {
        Format::Text => {
            for located in &outcome.report.problems {
                println!("{}", problem_line(lang, &located.path, &located.problem));
            }
        }
        Format::Json => println!("{:#}", report::json(&outcome.report, Words::get(lang))),
        Format::Sarif => println!("{:#}", report::sarif(&outcome.report, Words::get(lang))),
    }
    eprintln!("{}", outcome.summary);
    Ok(if outcome.fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

struct Outcome {
    report: Report,
    /// What a person reads last.
    summary: String,
    fails: bool,
}

/// Links to versions that are not there; a plain folder has no versions.
pub(crate) fn lost_links(store: &Store, world: &World) -> Problems {
    let is_in = |commit: CommitId, now: &FilePath| {
        let then = cites::path_then(world, now, commit);
        then.is_some_and(|then| store.file_at(commit, then.as_str()).is_ok_and(|file| file.is_some()))
    };
    cites::lost_links(world, world.site.seen_by(&Who::owner()), &is_in)
}

fn of_all(site: &Site, lost: &Problems) -> Outcome {
    let mut report = Report { n_pages: n_pages(site), problems: problems(site, lost, &|_| true) };
    for (shown, why) in site.seen_by(&Who::owner()).odd_names() {
        report.problems.push(Located { path: shown.to_owned(), problem: odd_problem(why) });
    }
    let n = |level: Level| report.problems.iter().filter(|located| located.problem.level == level).count();
    let n_errors = n(Level::Error);
    let summary = format!(
        "pages: {}, errors: {n_errors}, warnings: {}, hints: {}",
        report.n_pages,
        n(Level::Warning),
        n(Level::Hint)
    );
    Outcome { report, summary, fails: n_errors > 0 }
}

fn of_change(store: &Store, revision: &str) -> Result<Outcome, Stop> {
    let since = store.resolve(revision).map_err(failed)?.ok_or_else(|| {
        Stop::usage(format!(
            "`{revision}` names no commit of this repository, or more than one; name a branch, a tag or a commit"
        ))
    })?;
    let Some(tip) = store.main_tip().map_err(failed)? else {
        return Err(Stop::usage(format!("the branch `{}` has no commits yet", store.branch())));
    };
    let apart = store.merge_base(since, tip).map_err(failed)?.ok_or_else(|| {
        Stop::usage(format!(
            "`{revision}` and the branch `{}` have no commit in common here; in a shallow clone, fetch more of the history",
            store.branch()
        ))
    })?;
    let judged = since::judge(store, Some(apart), tip, None).map_err(failed)?;
    let site = match judged.after {
        Some(site) => site,
        None => reading::site_at(store, tip)?,
    };
    let world = cites::world_of(store, site).map_err(failed)?;
    let (site, lost) = (&world.site, lost_links(store, &world));
    let is_changed = |path: &FilePath| judged.changes.binary_search_by(|change| change.path.cmp(path)).is_ok();
    let n_refused = judged.verdict.refused.len();
    let others = problems(site, &lost, &is_changed);
    let report = Report { n_pages: n_pages(site), problems: all_told(judged.verdict, others) };
    let summary = format!(
        "files changed since {revision}: {}, errors added: {n_refused}, other problems in these files: {}",
        judged.changes.len(),
        report.problems.len() - n_refused
    );
    Ok(Outcome { report, summary, fails: n_refused > 0 })
}

/// What refuses first, then what the gate tells and what else is wrong in the files that changed.
fn all_told(verdict: Verdict, others: Vec<Located>) -> Vec<Located> {
    let mut told: Vec<Located> = Vec::new();
    let mut met: HashSet<(String, Problem)> = HashSet::new();
    for located in verdict.refused.into_iter().chain(verdict.warnings).chain(others) {
        if met.insert((located.path.clone(), located.problem.clone())) {
            told.push(located);
        }
    }
    told
}

fn n_pages(site: &Site) -> usize {
    site.seen_by(&Who::owner()).readable().count()
}

/// The problems of all files that `wanted` picks, by file and place.
pub(crate) fn problems(site: &Site, lost: &Problems, wanted: &dyn Fn(&FilePath) -> bool) -> Vec<Located> {
    let who = Who::owner();
    let seen = site.seen_by(&who);
    let mut all = (*seen.problems(clock::today(seen.settings()))).clone();
    for (file, problems) in lost {
        let own = all.entry(file.clone()).or_default();
        own.extend(problems.iter().cloned());
        own.sort_by(|a, b| (a.at, &a.code, &a.args).cmp(&(b.at, &b.code, &b.args)));
    }
    let located = |file: &FilePath, problem: Problem| Located { path: file.as_str().to_owned(), problem };
    let wanted = all.into_iter().filter(|(file, _)| wanted(file));
    wanted
        .flat_map(|(file, all)| all.into_iter().map(move |problem| located(&file, problem)).collect::<Vec<_>>())
        .collect()
}
