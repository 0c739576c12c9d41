//! The program: reads the command line, does one thing, and says how it went by its exit status:
//! 0 done, 1 problems found, 2 wrong usage, 3 could not.
//!
//! Started by git as one of its hooks, it judges or takes a push instead.

mod accounts;
mod cli;
mod cmd;
mod config;
mod log;
mod reading;
mod remotes;
mod report;
mod sso;
mod starter;
mod stop;
mod tls;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::stop::Stop;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(hook) = cmd::hook::called() {
        return finish(cmd::hook::run(hook));
    }
    let cli = Cli::parse();
    finish(match cli.command {
        None => cmd::serve::run(&cli.serve),
        Some(Command::Serve(serve)) => cmd::serve::run(&serve),
        Some(Command::Init(init)) => cmd::init::run(&init),
        Some(Command::Check(check)) => cmd::check::run(&check),
        Some(Command::Doctor(doctor)) => cmd::doctor::run(&doctor),
        Some(Command::Types(types)) => cmd::types::run(&types),
        Some(Command::Access(access)) => cmd::access::run(&access),
        Some(Command::Backup(backup)) => cmd::backup::run(&backup),
        Some(Command::Restore(restore)) => cmd::restore::run(&restore),
        Some(Command::User(user)) => cmd::user::run(&user),
    })
}

fn finish(outcome: Result<ExitCode, Stop>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(stop) => {
            eprintln!("polder: {}", stop.says);
            ExitCode::from(stop.status)
        }
    }
}
