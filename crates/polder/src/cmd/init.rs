//! `polder init DIR`: a small wiki of one's own, in a repository with a work tree.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use polder_store::Store;

use crate::cli::{Init, StarterLang};
use crate::starter;
use crate::stop::Stop;

pub fn run(init: &Init) -> Result<ExitCode, Stop> {
    let dir = &init.dir;
    if dir.exists() && !is_empty(dir)? {
        return Err(Stop::usage(format!(
            "{0} is not empty. Choose a new folder; to serve what is in {0}, make it a git repository (git init, git add, git commit) and run: polder serve --repo {0}",
            dir.display()
        )));
    }
    let scratch = tempfile_dir()?;
    starter::ready_git(&scratch)?;
    let made = make(dir, init.lang);
    let _ = fs::remove_dir_all(&scratch);
    made?;
    println!("{}", dir.display());
    eprintln!("A wiki was made in {0}. Serve it with: polder serve --repo {0}", dir.display());
    Ok(ExitCode::SUCCESS)
}

fn make(dir: &Path, lang: StarterLang) -> Result<(), Stop> {
    let failed = |error: &dyn std::fmt::Display| Stop::failed(format!("{} could not be made: {error}", dir.display()));
    let store = Store::create_with_work_tree(dir).map_err(|error| failed(&error))?;
    let wiki = starter::open_bare(store)?;
    match lang {
        StarterLang::Nl => starter::fill(&wiki, starter::STARTER_NL, "Een nieuwe wiki"),
        StarterLang::En => starter::fill(&wiki, starter::STARTER_EN, "A new wiki"),
    }
}

fn is_empty(dir: &Path) -> Result<bool, Stop> {
    let mut entries =
        fs::read_dir(dir).map_err(|error| Stop::failed(format!("{} could not be read: {error}", dir.display())))?;
    Ok(entries.next().is_none())
}

/// A folder for git's settings while this command runs.
fn tempfile_dir() -> Result<std::path::PathBuf, Stop> {
    let folder = std::env::temp_dir().join(format!("polder-init-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| Stop::failed(format!("no temporary folder: {error}")))?;
    Ok(folder)
}
