//! Where the accounts lie, and opening them: the same for the server and for `polder user`.

use std::path::Path;

use polder_store::accounts::{Accounts, AccountsError, Place, is_missing};

use crate::config::Config;
use crate::stop::Stop;

/// The file in the data folder, where no other place is set.
const FILE: &str = "accounts.db";

pub fn open(config: &Config, data: &Path) -> Result<Accounts, Stop> {
    open_at(&place(config, data))
}

/// The same for looking only: where none were ever kept, nothing is made.
pub fn open_if_any(config: &Config, data: &Path) -> Result<Option<Accounts>, Stop> {
    let place = place(config, data);
    match &place {
        Place::File(file) if !file.is_file() && !Accounts::had_any(&place) => Ok(None),
        place => open_at(place).map(Some),
    }
}

/// Whether there is no file of accounts where it would be.
pub fn are_missing(config: &Config, data: &Path) -> bool {
    is_missing(&place(config, data))
}

/// Forgets that there were accounts whose file is gone.
pub fn begin_anew(config: &Config, data: &Path) -> Result<(), Stop> {
    Accounts::begin_anew(&place(config, data)).map_err(|error| Stop::failed(error.to_string()))
}

/// Why a wiki with rules is not served without accounts.
pub fn none_for_rules(config: &Config, data: &Path) -> Stop {
    let place = place(config, data);
    Stop::failed(format!(
        "this wiki has rules of access (.polder/access.yml), but there are no accounts in {place}. Put them back from a copy, say where they are (--accounts), or make some first (polder user add NAME --admin --password-stdin). To begin without any, which opens the wiki to whoever is at this machine until there is an account: polder serve --new-accounts"
    ))
}

/// Why nothing is opened: where accounts are gone, a wiki without any would be open at its machine.
fn gone_from(place: &Place) -> Stop {
    Stop::failed(format!(
        "the accounts of this wiki are gone: {place} is not there or holds none. Put it back from a copy. To begin anew without accounts, which opens the wiki to whoever is at this machine: polder serve --new-accounts"
    ))
}

/// Where these settings say that the accounts are.
pub fn place(config: &Config, data: &Path) -> Place {
    config.accounts.as_deref().map_or_else(|| Place::File(data.join(FILE)), Place::parse)
}

fn open_at(place: &Place) -> Result<Accounts, Stop> {
    Accounts::open(place).map_err(|error| match error {
        AccountsError::Away => gone_from(place),
        error => Stop::failed(format!("the accounts in {place} could not be opened: {error}")),
    })
}
