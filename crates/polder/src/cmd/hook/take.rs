//! `proc-receive`: takes what was pushed to `refs/for/<branch>`, and tells git where it went.
//!
//! Git and this program speak in packet lines (githooks(5)): first each says its version, then git names
//! the updates and the options of the push, then each update is answered by `ok` or `ng`. What the pusher
//! reads goes to standard error. The branch is moved here, not by git; the objects are no longer in
//! quarantine.

use std::env;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use polder_store::Store;
use polder_web::words::{Arg, Words};
use polder_wiki::hook::{FOR_MERGE, HOME_VARIABLE, Pusher, Update, read_update};
use polder_wiki::merging::{Chosen, NotTaken, Offer, Taken, clash_paths, take};

use super::{Means, failed, now_s, repository, tell};
use crate::stop::Stop;

/// Lines that git sends at most; it names only the updates that this program is for.
const LINES_MAX: usize = 1_000;

pub fn run(means: &Means) -> Result<ExitCode, Stop> {
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    converse(means, &mut from, &mut to).map_err(|error| failed(&error))?;
    Ok(ExitCode::SUCCESS)
}

fn converse(means: &Means, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<()> {
    let hello = lines(from)?;
    let can = hello.first().and_then(|line| line.split_once('\0')).map_or("", |(_, can)| can);
    let with_options = can.split(' ').any(|can| can.trim() == "push-options");
    send(to, if with_options { "version=1\0push-options" } else { "version=1" })?;
    flush(to)?;
    let updates = lines(from)?;
    let options = if with_options { lines(from)? } else { Vec::new() };
    for line in updates {
        let Some(update) = read_update(&line) else { continue };
        answer(means, &update, &options, to)?;
    }
    flush(to)
}

fn answer(means: &Means, update: &Update, options: &[String], to: &mut dyn Write) -> io::Result<()> {
    let words = Words::get(means.lang);
    let name = &update.name;
    let outcome = match repository() {
        Ok(store) => taken(means, &store, update, options).map_err(|why| {
            tell_not_taken(means, &store, update, &why);
            match why {
                NotTaken::Clash { .. } => words.t("push-for-ng-clash"),
                NotTaken::Refused(_) => words.t("push-for-ng-refused"),
                NotTaken::Unrelated => words.t("push-for-ng-unrelated"),
                NotTaken::Busy => words.t("push-for-ng-busy"),
                NotTaken::Store(_) => words.t("push-for-ng-broken"),
            }
        }),
        Err(stop) => {
            eprintln!("{}", stop.says);
            Err(words.t("push-for-ng-broken"))
        }
    };
    match outcome {
        Ok(taken) => {
            tell_taken(means, &taken);
            send(to, &format!("ok {name}"))?;
            // The client moves its own picture of the branch to what it has; a merge it has yet to fetch.
            if !taken.merged && Some(taken.new) == update.new {
                let branch = name.strip_prefix(FOR_MERGE).unwrap_or_default();
                send(to, &format!("option refname refs/heads/{branch}"))?;
                if let Some(old) = taken.old {
                    send(to, &format!("option old-oid {old}"))?;
                }
                send(to, &format!("option new-oid {}", taken.new))?;
            }
            Ok(())
        }
        Err(why) => send(to, &format!("ng {name} {why}")),
    }
}

fn taken(means: &Means, store: &Store, update: &Update, options: &[String]) -> Result<Taken, NotTaken> {
    let words = Words::get(means.lang);
    let Some(tip) = update.new else { return Err(NotTaken::Unrelated) };
    let offer = Offer {
        tip,
        pusher: Pusher { who: &means.who, options },
        summary: words.t("summary-merge"),
        time_s: now_s(),
        offset_min: 0,
    };
    let taken = take(store, &offer, &Chosen::default(), means.cache.as_deref())?;
    // Git tells `post-receive` of what moved by a `refname` only, and of a merge there is none.
    if taken.merged {
        let moved = Update { old: taken.old, new: Some(taken.new), name: format!("refs/heads/{}", store.branch()) };
        let took_broken = !taken.broken.is_empty();
        let noted = polder_wiki::pushes::note(store, &[moved], means.who.address.as_deref(), took_broken, now_s());
        if let Err(error) = noted {
            eprintln!("{error}");
        }
    }
    Ok(taken)
}

fn tell_taken(means: &Means, taken: &Taken) {
    let words = Words::get(means.lang);
    tell::problems(means.lang, &taken.verdict.warnings);
    tell::broken(means.lang, &taken.broken);
    let args = [("id", Arg::Text(&taken.new.short())), ("count", Arg::Count(taken.n_files as u64))];
    match (taken.merged, taken.old == Some(taken.new)) {
        (true, _) => eprintln!("{}", words.f("push-for-merged", &args)),
        (false, true) => eprintln!("{}", words.t("push-for-there")),
        (false, false) => eprintln!("{}", words.f("push-for-forward", &args)),
    }
}

fn tell_not_taken(means: &Means, store: &Store, update: &Update, why: &NotTaken) {
    let words = Words::get(means.lang);
    match why {
        NotTaken::Clash { files, .. } => {
            eprintln!("{}", words.t("push-for-clash"));
            clash_paths(files).into_iter().for_each(|path| eprintln!("  {path}"));
            let Some(tip) = update.new else { return };
            match store.keep_waiting(tip, means.who.address.as_deref(), now_s()) {
                Ok(()) => {
                    let home = env::var(HOME_VARIABLE).unwrap_or_default();
                    let address = format!("{home}/-/merge/{tip}");
                    eprintln!("{}", words.f("push-for-finish", &[("address", Arg::Text(&address))]));
                }
                Err(error) => eprintln!("{error}"),
            }
        }
        NotTaken::Refused(judgement) => tell::judgement(means.lang, judgement, &means.who),
        NotTaken::Unrelated => eprintln!("{}", words.t("push-for-unrelated")),
        NotTaken::Busy => eprintln!("{}", words.t("push-for-busy")),
        NotTaken::Store(error) => eprintln!("{error}"),
    }
}

// ---- Packet lines ----

/// The lines up to a flush, without their ends.
fn lines(from: &mut dyn Read) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    while let Some(line) = line(from)? {
        if lines.len() >= LINES_MAX {
            return Err(io::Error::other("git says too much"));
        }
        lines.push(line);
    }
    Ok(lines)
}

/// One line; `None` for a flush. Four digits say its length, themselves included.
fn line(from: &mut dyn Read) -> io::Result<Option<String>> {
    let mut digits = [0; 4];
    from.read_exact(&mut digits)?;
    let length = std::str::from_utf8(&digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    match length {
        Some(0) => Ok(None),
        Some(length @ 4..) => {
            let mut text = vec![0; length - 4];
            from.read_exact(&mut text)?;
            let text = String::from_utf8_lossy(&text);
            Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
        }
        _ => Err(io::Error::other("git does not speak in packet lines")),
    }
}

fn send(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(format!("{:04x}{text}", text.len() + 4).as_bytes())
}

fn flush(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(b"0000")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_lines_are_read_as_they_are_sent() {
        let mut sent = Vec::new();
        send(&mut sent, "version=1\0push-options atomic").expect("sent");
        send(&mut sent, "").expect("sent");
        flush(&mut sent).expect("sent");
        let mut from = &sent[..];
        assert_eq!(lines(&mut from).expect("read"), ["version=1\0push-options atomic", ""]);
        for odd in [&b"zzzz"[..], b"0003", b"00", b"0009ab"] {
            assert!(lines(&mut &*odd).is_err(), "{odd:?}");
        }
    }
}
