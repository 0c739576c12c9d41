//! `polder restore FILE`: a wiki from a backup, in a place where there is none yet.
//!
//! The whole file is checked before anything is written. The accounts come into their place before
//! the repository does: were it interrupted between the two, no wiki stands open without them.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use polder_store::accounts::{Accounts, Place, Rows};
use polder_store::backup;

use crate::accounts;
use crate::cli;
use crate::cmd::backup::{flags, repository, told};
use crate::cmd::serve;
use crate::config;
use crate::starter;
use crate::stop::Stop;

pub fn run(asked: &cli::Restore) -> Result<ExitCode, Stop> {
    let config = config::read(&flags(&asked.place))?;
    let file = &asked.file;
    let failed = |error: &dyn std::fmt::Display| Stop::failed(format!("{}: {error}", file.display()));
    let found = backup::read(file).map_err(|error| failed(&error))?;
    let rows = backup::accounts_of(file, &found).map_err(|error| failed(&error))?;
    if backup::is_open_to_others(file) {
        eprintln!("Others on this machine can read {}, and the hashes of passwords in it.", file.display());
    }
    let data = serve::data_folder(&config)?;
    let repo = repository(&config, &data);
    if fs::symlink_metadata(&repo).is_ok() {
        return Err(Stop::usage(format!(
            "{} is there already, and nothing is overwritten; restore into another folder by --data DIR, or move it away",
            repo.display()
        )));
    }
    let place = accounts::place(&config, &data);
    if holds_accounts(&place)? {
        return Err(Stop::usage(format!("there are accounts in {place} already, and nothing is overwritten")));
    }
    starter::ready_git(&data.join("wiki/git"))?;
    // Beside its place, so that it gets there by one step, or not at all.
    let name = repo.file_name().map_or_else(|| "wiki.git".into(), ToOwned::to_owned);
    let waiting = repo.with_file_name(format!(".restoring-{}-{}", std::process::id(), name.to_string_lossy()));
    backup::restore_repository(file, &found, &waiting, &mut |words| {
        eprintln!("Git finds some of what was in the repository odd, as it was before: {words}");
    })
    .map_err(|error| failed(&error))?;
    let restored = put_back(&place, &rows).and_then(|()| {
        fs::rename(&waiting, &repo)
            .and_then(|()| fs::File::open(repo.parent().unwrap_or_else(|| Path::new(".")))?.sync_all())
            .map_err(|error| Stop::failed(format!("{}: {error}", repo.display())))
    });
    if let Err(stop) = restored {
        let _ = fs::remove_dir_all(&waiting);
        return Err(stop);
    }
    println!("{}", repo.display());
    eprintln!(
        "{}, was put back. Everybody has to sign in again, and links for passwords and invitations hold no more. \
         Tokens that were ended after the backup was made hold again: end them anew.",
        told(&found)
    );
    Ok(ExitCode::SUCCESS)
}

/// Whether somebody's accounts would be in the way.
fn holds_accounts(place: &Place) -> Result<bool, Stop> {
    match place {
        Place::File(path) if fs::symlink_metadata(path).is_err() => Ok(false),
        place => Ok(open(place)?.any()),
    }
}

fn put_back(place: &Place, rows: &Rows) -> Result<(), Stop> {
    // Accounts that are gone are what somebody puts back; that there were some is no hindrance.
    Accounts::begin_anew(place).map_err(|error| Stop::failed(error.to_string()))?;
    let accounts = open(place)?;
    let done = if rows.n_accounts == 0 { Ok(()) } else { accounts.put_back(rows) };
    accounts.close();
    done.map_err(|error| Stop::failed(format!("the accounts could not be put back in {place}: {error}")))
}

fn open(place: &Place) -> Result<Accounts, Stop> {
    Accounts::open(place).map_err(|error| Stop::failed(format!("the accounts in {place} could not be opened: {error}")))
}
