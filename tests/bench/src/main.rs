//! The benchmark of Polder: makes large repositories, measures the real server on them beside the
//! bare parts that it is made of, and prints one table. `README.md` beside it says how to read it.
//!
//! Nothing here is a test: no figure fails a build.

mod anchor;
mod clone;
mod compare;
mod http;
mod make;
mod measures;
mod past;
mod people;
mod plans;
mod process;
mod records;
mod table;
mod text;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::measures::Bench;

const USAGE: &str = "polder-bench --polder PROGRAM [--work DIR] [--only GROUP,GROUP] [--out FILE]
             [--pages N] [--commits N] [--small-pages N] [--small-commits N]
groups: start view search history growth save catch-up records past compare people storm classes clone
        beside saves;
        `make` only makes the repositories";

type Group = (&'static str, fn(&mut Bench) -> io::Result<()>);

const GROUPS: [Group; 16] = [
    ("start", measures::start),
    ("view", measures::view),
    ("search", measures::search),
    ("history", measures::history),
    ("growth", measures::growth),
    ("save", measures::save),
    ("catch-up", measures::catch_up),
    ("records", records::records),
    ("past", past::past),
    ("compare", compare::compare),
    ("people", people::people),
    ("storm", people::storm),
    ("classes", people::classes),
    ("clone", clone::clone),
    ("beside", clone::beside),
    ("saves", clone::saves),
];

struct Flags {
    polder: PathBuf,
    work: PathBuf,
    only: Vec<String>,
    out: Option<PathBuf>,
    pages: usize,
    commits: usize,
    small_pages: usize,
    small_commits: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("anchor") if arguments.len() == 4 => {
            anchor::serve(Path::new(&arguments[1]), Path::new(&arguments[2]), Path::new(&arguments[3]))
        }
        _ => match flags(&arguments) {
            Some(flags) => run(&flags),
            None => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        },
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("polder-bench: {error}");
            ExitCode::from(3)
        }
    }
}

fn flags(arguments: &[String]) -> Option<Flags> {
    let mut flags = Flags {
        polder: PathBuf::new(),
        work: env::temp_dir().join("polder-bench"),
        only: Vec::new(),
        out: None,
        pages: 14_000,
        commits: 100_000,
        small_pages: 1_000,
        small_commits: 1_000,
    };
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--polder" => flags.polder = PathBuf::from(value),
            "--work" => flags.work = PathBuf::from(value),
            "--only" => flags.only = value.split(',').map(str::to_owned).collect(),
            "--out" => flags.out = Some(PathBuf::from(value)),
            "--pages" => flags.pages = value.parse().ok()?,
            "--commits" => flags.commits = value.parse().ok()?,
            "--small-pages" => flags.small_pages = value.parse().ok()?,
            "--small-commits" => flags.small_commits = value.parse().ok()?,
            _ => return None,
        }
    }
    let known = |name: &String| name == "make" || GROUPS.iter().any(|(group, _)| group == name);
    (flags.polder.is_file() && flags.only.iter().all(known)).then_some(flags)
}

fn run(flags: &Flags) -> io::Result<()> {
    fs::create_dir_all(&flags.work)?;
    let small = make::repository(&flags.work, flags.small_pages, flags.small_commits)?;
    // Records have repositories of their own.
    let wants_big = flags.only.is_empty() || flags.only.iter().any(|only| only != "records" && only != "compare");
    let repository = |n_commits: usize| match wants_big {
        true => make::repository(&flags.work, flags.pages, n_commits),
        false => Ok(small.clone()),
    };
    let (pages, big) = (repository(flags.small_commits)?, repository(flags.commits)?);
    let folder = flags.work.join(format!("run-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let program = flags.polder.canonicalize()?;
    let mut bench = Bench { program, folder, work: flags.work.clone(), small, pages, big, lines: Vec::new() };
    let before = load_average();
    let measured = GROUPS
        .iter()
        .filter(|(name, _)| flags.only.is_empty() || flags.only.iter().any(|only| only == name))
        .try_for_each(|(_, measure)| measure(&mut bench));
    if measured.is_err() {
        eprintln!("{}", fs::read_to_string(bench.folder.join("log")).unwrap_or_default());
    }
    fs::remove_dir_all(&bench.folder)?;
    measured?;
    let table = table::whole(&conditions(&before), &bench.lines);
    println!("{table}");
    if let Some(out) = &flags.out {
        if let Some(folder) = out.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(out, &table)?;
    }
    Ok(())
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn conditions(load_before: &str) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let git = std::process::Command::new("git").arg("--version").output();
    let git = git.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    format!(
        "{cores} cores, {git}; load average {load_before} at the begin, {} at the end. Ratios are of one run; \
         load generator and servers share the cores.",
        load_average()
    )
}
