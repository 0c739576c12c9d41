//! What git starts when somebody pushes: this program under the names of its hooks. `pre-receive` judges
//! (here), `proc-receive` takes what was pushed to be merged (`take`), `post-receive` notes who pushed
//! (`noted`). What goes to standard error git shows to the pusher, each line after `remote:`.

mod noted;
mod take;
mod tell;

use std::env;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use polder_core::access::Who;
use polder_store::Store;
use polder_web::words::Lang;
use polder_wiki::hook::{
    CACHE_VARIABLE, Pusher, REPOSITORY_VARIABLE, SETTINGS_VARIABLE, Update, WHO_VARIABLE, judge, read_update, read_who,
};

use crate::stop::Stop;

/// The names under which git finds this program.
pub const NAMES: [&str; 3] = ["pre-receive", "proc-receive", "post-receive"];

/// Options that one push may give; git itself bounds their length.
const OPTIONS_MAX: usize = 100;

/// Which hook git started this program as.
pub fn called() -> Option<&'static str> {
    let name = env::args_os().next()?;
    let name = Path::new(&name).file_name()?;
    NAMES.into_iter().find(|known| name == *known)
}

pub fn run(name: &str) -> Result<ExitCode, Stop> {
    let means = Means::read()?;
    match name {
        "proc-receive" => take::run(&means),
        "post-receive" => noted::run(&means),
        _ => judged(&means),
    }
}

/// What the server told by variables.
struct Means {
    lang: Lang,
    who: Who,
    cache: Option<PathBuf>,
}

impl Means {
    fn read() -> Result<Means, Stop> {
        let who = match env::var(WHO_VARIABLE) {
            Ok(text) => read_who(&text).ok_or_else(|| failed(&"who pushes could not be read"))?,
            Err(_) => Who::default(),
        };
        Ok(Means {
            lang: env::var("POLDER_HOOK_LANG").ok().as_deref().and_then(Lang::parse).unwrap_or(Lang::En),
            who,
            cache: env::var_os(CACHE_VARIABLE).map(PathBuf::from),
        })
    }
}

fn failed(error: &dyn std::fmt::Display) -> Stop {
    Stop { says: error.to_string(), status: 1 }
}

fn judged(means: &Means) -> Result<ExitCode, Stop> {
    let updates = updates()?;
    let options = options();
    let store = Store::open_from_hook().map_err(|error| failed(&error))?;
    let pusher = Pusher { who: &means.who, options: &options };
    let judgement = judge(&store, &updates, &pusher, means.cache.as_deref()).map_err(|error| failed(&error))?;
    tell::judgement(means.lang, &judgement, &means.who);
    Ok(if judgement.accepted() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The updates that git writes to a hook.
fn updates() -> Result<Vec<Update>, Stop> {
    let mut updates = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line.map_err(|error| failed(&error))?;
        match read_update(&line) {
            Some(update) => updates.push(update),
            None => return Err(failed(&"git said something that could not be read")),
        }
    }
    Ok(updates)
}

/// What was given by `git push -o`.
fn options() -> Vec<String> {
    let count: usize = env::var("GIT_PUSH_OPTION_COUNT").ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    let option = |n| env::var_os(format!("GIT_PUSH_OPTION_{n}"));
    // One too many of them is told as unknown.
    (0..count.min(OPTIONS_MAX)).filter_map(option).map(|option| option.to_string_lossy().into_owned()).collect()
}

/// The repository for writing, as the server has it, when the quarantine is over.
fn repository() -> Result<Store, Stop> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from).ok_or_else(|| failed(&format!("{name} is not set")));
    polder_store::prepare(&named(SETTINGS_VARIABLE)?).map_err(|error| failed(&error))?;
    let place = named(REPOSITORY_VARIABLE)?;
    Store::open(&place).map_err(|error| failed(&format!("{}: {error}", place.display())))
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
