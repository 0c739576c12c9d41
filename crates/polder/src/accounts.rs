//! Where the accounts lie, and opening them: the same for the server and for `polder user`.

use std::path::Path;

use polder_store::accounts::{Accounts, Place};

use crate::config::Config;
use crate::stop::Stop;

/// The file in the data folder, where no other place is set.
const FILE: &str = "accounts.db";

pub fn open(config: &Config, data: &Path) -> Result<Accounts, Stop> {
    let place = config.accounts.as_deref().map_or_else(|| Place::File(data.join(FILE)), Place::parse);
    Accounts::open(&place)
        .map_err(|error| Stop::failed(format!("the accounts in {place} could not be opened: {error}")))
}
