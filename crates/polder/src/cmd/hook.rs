//! What git starts as `pre-receive`: judges a push with the same `review` as a save, and tells the
//! pusher what is wrong and what to do. Git shows each line after `remote:`.

use std::env;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use polder_core::access::Who;
use polder_store::Store;
use polder_web::words::{Arg, Lang, Words};
use polder_wiki::hook::{CACHE_VARIABLE, Judgement, RefFault, WHO_VARIABLE, judge, read_update, read_who};
use polder_wiki::versions::TagFault;

use crate::cmd::problem_line;
use crate::stop::Stop;

/// Problems told in one push; the rest is counted.
const LINES_MAX: usize = 50;

/// Whether git started this program as a hook.
pub fn is_called() -> bool {
    env::args_os().next().is_some_and(|name| Path::new(&name).file_name().is_some_and(|name| name == "pre-receive"))
}

pub fn run() -> Result<ExitCode, Stop> {
    let lang = env::var("POLDER_HOOK_LANG").ok().as_deref().and_then(Lang::parse).unwrap_or(Lang::En);
    let failed = |error: &dyn std::fmt::Display| Stop { says: error.to_string(), status: 1 };
    let mut updates = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| failed(&error))?;
        match read_update(&line) {
            Some(update) => updates.push(update),
            None => return Err(failed(&"git said something that could not be read")),
        }
    }
    let store = Store::open_from_hook().map_err(|error| failed(&error))?;
    let cache = env::var_os(CACHE_VARIABLE).map(PathBuf::from);
    let who = match env::var(WHO_VARIABLE) {
        Ok(text) => read_who(&text).ok_or_else(|| failed(&"who pushes could not be read"))?,
        Err(_) => Who::default(),
    };
    let judgement = judge(&store, &updates, &who, cache.as_deref()).map_err(|error| failed(&error))?;
    tell(Words::get(lang), lang, &judgement);
    Ok(if judgement.accepted() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(words: &Words, lang: Lang, judgement: &Judgement) {
    if !judgement.accepted() {
        eprintln!("{}", words.t("push-refused"));
    }
    for (name, fault) in &judgement.refs {
        eprintln!("{}", ref_line(words, name, fault));
    }
    for path in judgement.not_allowed.iter().take(LINES_MAX) {
        eprintln!("{}", words.f("push-not-allowed", &[("path", Arg::Text(path))]));
    }
    if !judgement.blocked.is_empty() {
        eprintln!("{}", words.f("push-blocked", &[("files", Arg::Text(&judgement.blocked.join(", ")))]));
    }
    let verdict = &judgement.verdict;
    for located in verdict.refused.iter().chain(&verdict.warnings).take(LINES_MAX) {
        eprintln!("{}", problem_line(lang, &located.path, &located.problem));
    }
    let untold = (verdict.refused.len() + verdict.warnings.len()).saturating_sub(LINES_MAX)
        + judgement.not_allowed.len().saturating_sub(LINES_MAX);
    if untold > 0 {
        eprintln!("{}", words.f("push-more", &[("count", Arg::Count(untold as u64))]));
    }
}

fn ref_line(words: &Words, name: &str, fault: &RefFault) -> String {
    let tell = |key: &str| words.f(key, &[("ref", Arg::Text(name))]);
    match fault {
        RefFault::OtherBranch => tell("push-other-branch"),
        RefFault::NotForward => tell("push-not-forward"),
        RefFault::Version | RefFault::NoVersion(TagFault::Light) => tell("push-version"),
        RefFault::Unknown => tell("push-unknown-ref"),
        RefFault::Unread => tell("push-unread"),
        RefFault::NotAllowed => tell("push-version-not-allowed"),
        RefFault::NoVersion(TagFault::Name) => tell("push-version-name"),
        RefFault::NoVersion(TagFault::OffBranch) => tell("push-version-off-branch"),
        RefFault::NoVersion(TagFault::Label(fault)) => format!("{name}: {}", words.label_fault(*fault)),
        RefFault::NoVersion(TagFault::NotThere(scope)) => {
            words.f("push-version-not-there", &[("ref", Arg::Text(name)), ("scope", Arg::Text(scope))])
        }
        RefFault::NoVersion(TagFault::Taken(label)) => {
            words.f("push-version-taken", &[("ref", Arg::Text(name)), ("label", Arg::Text(label))])
        }
    }
}
