//! `post-receive`: notes who pushed, when the refs have moved. Nothing can be refused any more; what can't
//! be noted is told.

use std::process::ExitCode;

use polder_wiki::hook::Pusher;
use polder_wiki::pushes;

use super::{Means, failed, now_s, options, repository, updates};
use crate::stop::Stop;

pub fn run(means: &Means) -> Result<ExitCode, Stop> {
    let updates = updates()?;
    let options = options();
    let took_broken = Pusher { who: &means.who, options: &options }.accepts_broken();
    if means.who.address.is_none() && !took_broken {
        return Ok(ExitCode::SUCCESS);
    }
    let store = repository()?;
    pushes::note(&store, &updates, means.who.address.as_deref(), took_broken, now_s())
        .map_err(|error| failed(&error))?;
    Ok(ExitCode::SUCCESS)
}
