//! What a pusher reads: what is wrong, where, and what to do.

use polder_core::access::Who;
use polder_core::review::Located;
use polder_web::words::{Arg, Lang, Words};
use polder_wiki::hook::{ACCEPT_BROKEN, Judgement, OptionFault, RefFault, TooMuch};
use polder_wiki::versions::TagFault;

use crate::cmd::problem_line;

/// Problems told in one push; the rest is counted.
const LINES_MAX: usize = 50;

/// A judgement line by line; nothing for one that finds nothing.
pub fn judgement(lang: Lang, judgement: &Judgement, who: &Who) {
    let words = Words::get(lang);
    if !judgement.accepted() {
        eprintln!("{}", words.t("push-refused"));
    }
    for (name, fault) in judgement.refs.iter().take(LINES_MAX) {
        eprintln!("{}", ref_line(words, name, fault));
    }
    for fault in &judgement.options {
        eprintln!("{}", option_line(words, fault));
    }
    if let Some(too_much) = judgement.too_much {
        eprintln!("{}", too_much_line(words, too_much));
    }
    let own = who.address.as_deref().unwrap_or_default();
    for forged in judgement.forged.iter().take(LINES_MAX) {
        let args = [
            ("commit", Arg::Text(&forged.commit.short())),
            ("address", Arg::Text(&forged.address)),
            ("own", Arg::Text(own)),
        ];
        eprintln!("{}", words.f("push-forged", &args));
    }
    for path in judgement.not_allowed.iter().take(LINES_MAX) {
        eprintln!("{}", words.f("push-not-allowed", &[("path", Arg::Text(path))]));
    }
    if !judgement.blocked.is_empty() {
        eprintln!("{}", words.f("push-blocked", &[("files", Arg::Text(&judgement.blocked.join(", ")))]));
    }
    for (commit, located) in judgement.within.iter().take(LINES_MAX) {
        let line = problem_line(lang, &located.path, &located.problem);
        let args = [("commit", Arg::Text(&commit.short())), ("line", Arg::Text(&line))];
        eprintln!("{}", words.f("push-within", &args));
    }
    if !judgement.within.is_empty() {
        eprintln!("{}", words.t("push-within-todo"));
    }
    let verdict = &judgement.verdict;
    for located in verdict.refused.iter().take(LINES_MAX) {
        eprintln!("{}", problem_line(lang, &located.path, &located.problem));
    }
    let over = |n: usize| n.saturating_sub(LINES_MAX);
    let untold = over(verdict.refused.len())
        + over(judgement.refs.len())
        + over(judgement.not_allowed.len())
        + over(judgement.within.len())
        + over(judgement.forged.len());
    if untold > 0 {
        eprintln!("{}", words.f("push-more", &[("count", Arg::Count(untold as u64))]));
    }
    problems(lang, &verdict.warnings);
    broken(lang, &judgement.taken);
}

/// What is told and holds up nothing.
pub fn problems(lang: Lang, told: &[Located]) {
    for located in told.iter().take(LINES_MAX) {
        eprintln!("{}", problem_line(lang, &located.path, &located.problem));
    }
    if told.len() > LINES_MAX {
        let untold = (told.len() - LINES_MAX) as u64;
        eprintln!("{}", Words::get(lang).f("push-more", &[("count", Arg::Count(untold))]));
    }
}

/// Errors that are taken since an admin asked for it.
pub fn broken(lang: Lang, taken: &[Located]) {
    if taken.is_empty() {
        return;
    }
    let args = [("count", Arg::Count(taken.len() as u64)), ("option", Arg::Text(ACCEPT_BROKEN))];
    eprintln!("{}", Words::get(lang).f("push-broken-taken", &args));
    problems(lang, taken);
}

fn option_line(words: &Words, fault: &OptionFault) -> String {
    match fault {
        OptionFault::Unknown(option) => {
            words.f("push-option-unknown", &[("option", Arg::Text(option)), ("known", Arg::Text(ACCEPT_BROKEN))])
        }
        OptionFault::NotAllowed(option) => words.f("push-option-not-allowed", &[("option", Arg::Text(option))]),
    }
}

fn too_much_line(words: &Words, too_much: TooMuch) -> String {
    match too_much {
        TooMuch::Objects(most) => words.f("push-too-many-objects", &[("most", Arg::Count(most))]),
        TooMuch::Refs(most) => words.f("push-too-many-refs", &[("most", Arg::Count(most))]),
        TooMuch::Paths(most) => words.f("push-too-many-paths", &[("most", Arg::Count(most))]),
    }
}

fn ref_line(words: &Words, name: &str, fault: &RefFault) -> String {
    let tell = |key: &str| words.f(key, &[("ref", Arg::Text(name))]);
    match fault {
        RefFault::OtherBranch => tell("push-other-branch"),
        RefFault::NotForward => {
            let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
            words.f("push-not-forward", &[("ref", Arg::Text(name)), ("branch", Arg::Text(branch))])
        }
        RefFault::NoCommit => tell("push-no-commit"),
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
