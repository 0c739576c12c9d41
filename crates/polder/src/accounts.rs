//! Where the accounts lie, and opening them: the same for the server and for `polder user`.

use std::path::Path;

use polder_store::accounts::{Accounts, Place};

use crate::config::Config;
use crate::stop::Stop;

/// The file in the data folder, where no other place is set.
const FILE: &str = "accounts.db";

pub fn open(config: &Config, data: &Path) -> Result<Accounts, Stop> {
    open_at(&place(config, data))
}

/// The same for looking only: where none were ever kept, nothing is made.
pub fn open_if_any(config: &Config, data: &Path) -> Result<Option<Accounts>, Stop> {
    match place(config, data) {
        Place::File(file) if !file.is_file() => Ok(None),
        place => open_at(&place).map(Some),
    }
}

/// Where these settings say that the accounts are.
pub fn place(config: &Config, data: &Path) -> Place {
    config.accounts.as_deref().map_or_else(|| Place::File(data.join(FILE)), Place::parse)
}

fn open_at(place: &Place) -> Result<Accounts, Stop> {
    Accounts::open(place).map_err(|error| Stop::failed(format!("the accounts in {place} could not be opened: {error}")))
}
