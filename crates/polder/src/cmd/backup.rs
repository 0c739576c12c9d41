//! `polder backup FILE`: repository and accounts as one file, also while the server runs.

use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use polder_store::accounts::Rows;
use polder_store::backup;

use crate::accounts;
use crate::cli::{self, Serve};
use crate::cmd::serve;
use crate::config::{self, Config};
use crate::starter;
use crate::stop::Stop;

pub fn run(asked: &cli::Backup) -> Result<ExitCode, Stop> {
    let config = config::read(&flags(&asked.place))?;
    let file = &asked.file;
    if std::fs::symlink_metadata(file).is_ok() {
        return Err(Stop::usage(format!("{} is there already; give another name", file.display())));
    }
    let data = serve::data_place(&config)?;
    if config.repo.is_none() && !data.join(serve::REPOSITORY).is_dir() {
        return Err(Stop::usage(format!(
            "there is no wiki in {}; say where it is by --data DIR, or by --repo PATH",
            data.display()
        )));
    }
    let data = serve::data_folder(&config)?;
    starter::ready_git(&data.join("wiki/git"))?;
    let store = serve::open(&config, &data)?;
    // First the accounts, then at once the refs: see `backup`.
    let rows = match accounts::open_if_any(&config, &data)? {
        Some(accounts) => {
            accounts.rows().map_err(|error| Stop::failed(format!("the accounts could not be read: {error}")))?
        }
        None => Rows::default(),
    };
    let made = backup::write(&store, &rows, file, now_s())
        .map_err(|error| Stop::failed(format!("{} could not be written: {error}", file.display())))?;
    println!("{}", file.display());
    eprintln!("{}, was written and read back. {KEEP}", told(&made));
    Ok(ExitCode::SUCCESS)
}

const KEEP: &str = "It holds the hashes of passwords and tokens: only you can read it, and whoever gets a copy must keep it as secret.";

/// What is in a backup, in words.
pub fn told(backup: &backup::Backup) -> String {
    let tip = backup.tip.map_or_else(|| "no pages yet".to_owned(), |tip| format!("{} at {tip}", backup.branch));
    format!(
        "A backup of {tip}, {} branches and versions and {} accounts, {} MB",
        backup.n_refs,
        backup.n_accounts,
        backup.size_bytes().div_ceil(1_000_000)
    )
}

/// The settings that say where a wiki is, as `polder serve` takes them.
pub fn flags(place: &cli::AccountsPlace) -> Serve {
    Serve {
        repo: place.repo.clone(),
        data: place.data.clone(),
        accounts: place.accounts.clone(),
        config: place.config.clone(),
        ..Serve::default()
    }
}

/// Where the repository of these settings is.
pub fn repository(config: &Config, data: &Path) -> std::path::PathBuf {
    config.repo.clone().unwrap_or_else(|| data.join(serve::REPOSITORY))
}

fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
