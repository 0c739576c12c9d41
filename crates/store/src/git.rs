//! The only place that starts processes.
//!
//! Each gets an environment made here, so that neither the host's git configuration nor
//! variables of whoever started Polder change what it does; arguments that can't be taken for
//! options (the callers pass parsed ids after `--end-of-options` and `--`); and, but for the
//! wires, a time limit. There is no shell.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::StoreError;

/// Output is handed on in pieces of this size.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces that wait before a process is held up.
const PIECES_WAITING: usize = 16;

/// Most output kept of a process whose answer is taken whole.
const ANSWER_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Most kept of what a process complains of.
const COMPLAINT_MAX_BYTES: usize = 16 * 1024;

/// Time for a question that git answers at once.
const VERSION_MAX: Duration = Duration::from_secs(20);

/// Time for a process to clear up when it is asked to end.
const CLEAR_UP_MAX: Duration = Duration::from_secs(3);

/// How often it is looked whether a process that nobody waits for has ended.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Settings that hold for every process, above those of the repository.
///
/// `core.fsync`: objects and refs that git writes survive a power cut (INV-5). `protocol.allow`:
/// nothing is fetched from elsewhere, but by `remote`, which allows the one protocol that it speaks. `core.fsmonitor`, `core.hooksPath`: no program that
/// the repository names is run.
const SETTINGS: [&str; 12] = [
    "safe.directory=*",
    "core.fsync=committed,reference,index",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    // A program of the repository's own would be run at each push otherwise; this one says nothing.
    "core.alternateRefsCommand=true",
    "core.useReplaceRefs=false",
    "core.quotePath=false",
    "protocol.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "color.ui=false",
];

/// Which repository a process works on.
#[derive(Clone, Copy, Default)]
pub(crate) struct Target<'a> {
    pub git_dir: Option<&'a Path>,
    pub work_tree: Option<&'a Path>,
    /// An index file other than the repository's.
    pub index: Option<&'a Path>,
    /// Where pushed objects wait: see `Store::quarantine`.
    pub quarantine: &'a [(&'static str, OsString)],
}

/// How a process ended, and what it said.
pub(crate) struct Answer {
    pub ok: bool,
    pub out: Vec<u8>,
    pub complaint: String,
}

/// Whether to go on reading.
pub(crate) enum Next {
    More,
    Stop,
}

/// A `git` command with everything but its own arguments.
pub(crate) fn command(target: Target<'_>) -> Command {
    dress(Command::new("git"), target)
}

/// How much a process stands back for others.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// Somebody waits for it, but many more wait for pages.
    Patient,
    /// Nobody waits for it: it takes what the processor and the disk have left.
    Idle,
}

/// The same at low priority, where the system can do that.
pub(crate) fn gentle_command(target: Target<'_>, pace: Pace) -> Command {
    let words: &[&str] = match pace {
        Pace::Patient if is_there("nice") => &["nice", "-n", "10", "git"],
        Pace::Idle if is_there("nice") && is_there("ionice") => &["ionice", "-c3", "nice", "-n", "19", "git"],
        Pace::Idle if is_there("nice") => &["nice", "-n", "19", "git"],
        Pace::Patient | Pace::Idle => &["git"],
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    dress(command, target)
}

fn is_there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// How far a thread stands back that nobody waits for: a tenth of the processor where others want all.
const LAST: i32 = 10;

/// Has the calling thread, and those that it starts from now on, leave the processor to all others that
/// want it, where the system can do that for one thread.
pub fn go_last() {
    #[cfg(target_os = "linux")]
    // Where it is forbidden, the thread works on as before.
    let _ = rustix::process::nice(LAST);
}

fn dress(mut command: Command, target: Target<'_>) -> Command {
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin")));
    for (name, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_NO_REPLACE_OBJECTS", "1"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("LC_ALL", "C"),
    ] {
        command.env(name, value);
    }
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    if let Some(dir) = target.git_dir {
        command.env("GIT_DIR", dir).current_dir(dir);
    }
    if let Some(dir) = target.work_tree {
        command.env("GIT_WORK_TREE", dir).current_dir(dir);
    }
    if let Some(file) = target.index {
        command.env("GIT_INDEX_FILE", file);
    }
    command.envs(target.quarantine.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a process to its end and takes its answer whole.
pub(crate) fn run(command: Command, limit: Duration) -> Result<Answer, StoreError> {
    let mut out = Vec::new();
    let mut too_much = false;
    let (ok, complaint) = stream(command, limit, &mut |piece| {
        out.extend_from_slice(piece);
        too_much = out.len() > ANSWER_MAX_BYTES;
        Ok(if too_much { Next::Stop } else { Next::More })
    })?;
    if too_much {
        return Err(StoreError::TooLarge(format!("an answer of git of more than {ANSWER_MAX_BYTES} bytes")));
    }
    Ok(Answer { ok, out, complaint })
}

/// Runs a process and hands on its output piece by piece. Gives whether it ended well (or was
/// stopped by `each`), and what it complained of. It never outlives this call.
pub(crate) fn stream(
    mut command: Command,
    limit: Duration,
    each: &mut dyn FnMut(&[u8]) -> Result<Next, StoreError>,
) -> Result<(bool, String), StoreError> {
    let what = name_of(&command);
    let deadline = Instant::now() + limit;
    let mut running = Running(command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => StoreError::NoGit,
        _ => StoreError::Other(format!("could not start {what}: {error}")),
    })?);
    let out = pieces(running.0.stdout.take());
    let complaints = beginning(running.0.stderr.take(), COMPLAINT_MAX_BYTES);
    loop {
        match out.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(piece) => {
                if let Next::Stop = each(&piece)? {
                    return Ok((true, String::new()));
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => return Err(StoreError::TookTooLong(what)),
        }
    }
    let complaint = complaints.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap_or_default();
    // Its output is closed, so it ends at once or hangs.
    loop {
        if let Some(status) = running.0.try_wait()? {
            return Ok((status.success(), String::from_utf8_lossy(&complaint).trim().to_owned()));
        }
        if Instant::now() >= deadline {
            return Err(StoreError::TookTooLong(what));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs a process that nobody waits for, with all that it starts, as long as `going` says. One that
/// is ended before gets the time to clear up behind it.
pub(crate) fn run_while(command: Command, limit: Duration, going: &dyn Fn() -> bool) -> Result<Answer, StoreError> {
    run_fed(command, None, limit, going)
}

/// What a process is given to read.
pub(crate) type Input = Box<dyn std::io::Read + Send>;

/// The same for a process that is given something to read.
pub(crate) fn run_fed(
    command: Command,
    input: Option<Input>,
    limit: Duration,
    going: &dyn Fn() -> bool,
) -> Result<Answer, StoreError> {
    run_keeping(command, input, limit, COMPLAINT_MAX_BYTES, going)
}

/// The same for one that says more: of its output `out_max` bytes are kept.
pub(crate) fn run_keeping(
    mut command: Command,
    input: Option<Input>,
    limit: Duration,
    out_max: usize,
    going: &dyn Fn() -> bool,
) -> Result<Answer, StoreError> {
    let what = name_of(&command);
    let deadline = Instant::now() + limit;
    command.process_group(0);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut family = Family(command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => StoreError::NoGit,
        _ => StoreError::Other(format!("could not start {what}: {error}")),
    })?);
    if let (Some(mut input), Some(mut stdin)) = (input, family.0.stdin.take()) {
        // Ends with what there is to read, or with the process.
        thread::spawn(move || std::io::copy(&mut input, &mut stdin));
    }
    let out = beginning(family.0.stdout.take(), out_max);
    let complaints = beginning(family.0.stderr.take(), COMPLAINT_MAX_BYTES);
    loop {
        if let Some(status) = family.0.try_wait()? {
            let out = out.recv_timeout(CLEAR_UP_MAX).unwrap_or_default();
            let complaint = complaints.recv_timeout(CLEAR_UP_MAX).unwrap_or_default();
            let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
            return Ok(Answer { ok: status.success(), out, complaint });
        }
        if Instant::now() >= deadline {
            return Err(StoreError::TookTooLong(what));
        }
        if !going() {
            return Err(StoreError::Other(format!("{what} was ended, since Polder stops")));
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Ends a process and all that it started, when nobody waits for it any more.
struct Family(Child);

impl Drop for Family {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) else { return };
        // Git removes its unfinished files when it is asked to end.
        let _ = kill_process_group(group, Signal::TERM);
        let until = Instant::now() + CLEAR_UP_MAX;
        while Instant::now() < until && !matches!(self.0.try_wait(), Ok(Some(_))) {
            thread::sleep(LOOK_EVERY);
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.0.wait();
    }
}

/// `git log`, for messages: the first argument that is no setting.
fn name_of(command: &Command) -> String {
    let mut arguments = command.get_args().map(OsStr::to_string_lossy);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "-c" | "-n" => drop(arguments.next()),
            "git" | "nice" | "-c3" => {}
            verb => return format!("git {verb}"),
        }
    }
    "git".to_owned()
}

/// Ends the process when nobody waits for it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What comes out of a pipe, as it comes.
fn pieces<R: std::io::Read + Send + 'static>(pipe: Option<R>) -> Receiver<Vec<u8>> {
    let (send, receive) = sync_channel(PIECES_WAITING);
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        loop {
            let mut piece = vec![0; PIECE_BYTES];
            match pipe.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => return,
                Ok(n) => piece.truncate(n),
            }
            if send.send(piece).is_err() {
                return;
            }
        }
    });
    receive
}

/// The beginning of what comes out of a pipe, once it ends. Always reads on, so that a process
/// that complains much is not held up.
fn beginning<R: std::io::Read + Send + 'static>(pipe: Option<R>, most: usize) -> Receiver<Vec<u8>> {
    let (send, receive) = sync_channel(1);
    let all = pieces(pipe);
    thread::spawn(move || {
        let mut kept = Vec::new();
        while let Ok(piece) = all.recv() {
            let room = most.saturating_sub(kept.len());
            kept.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        // Nobody listens when the process was stopped.
        let _ = send.send(kept);
    });
    receive
}

/// The version of the `git` program: Polder needs 2.39.2 or newer.
pub fn git_version() -> Result<(u32, u32, u32), StoreError> {
    let mut command = command(Target::default());
    command.arg("version");
    let answer = run(command, VERSION_MAX)?;
    let said = String::from_utf8_lossy(&answer.out).trim().to_owned();
    parse_version(&said).ok_or_else(|| StoreError::Other(format!("git does not tell its version but {said:?}")))
}

/// `git version 2.47.3 (extra words)`, `git version 2.39.windows.1`.
fn parse_version(said: &str) -> Option<(u32, u32, u32)> {
    let numbers = said.strip_prefix("git version ")?.split(' ').next()?;
    let mut numbers = numbers.split('.').map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
}

/// What tests of the store do with the git program.
#[cfg(test)]
pub(crate) mod testing {
    use std::io::Write as _;
    use std::sync::OnceLock;

    use tempfile::TempDir;

    use super::*;
    use crate::store::prepare;

    /// Prepares the store once for all tests of this process.
    pub(crate) fn ready() {
        static DIR: OnceLock<TempDir> = OnceLock::new();
        let dir = DIR.get_or_init(|| TempDir::new().expect("a temporary folder"));
        prepare(dir.path()).expect("prepared");
    }

    /// A command as a person on this machine would give it, with a fixed identity.
    pub(crate) fn person_command(dir: &Path) -> Command {
        let mut command = Command::new("git");
        command.env_clear().current_dir(dir);
        command.env("PATH", std::env::var_os("PATH").expect("a PATH"));
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "Ada"),
            ("GIT_AUTHOR_EMAIL", "ada@example.org"),
            ("GIT_COMMITTER_NAME", "Ada"),
            ("GIT_COMMITTER_EMAIL", "ada@example.org"),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Tells which calls of the system a program makes; not everywhere there.
    pub(crate) fn strace_command() -> Command {
        Command::new("strace")
    }

    /// Unpacks an archive, as a person would without Polder.
    pub(crate) fn tar_command(file: &Path, into: &Path) -> Command {
        let mut command = Command::new("tar");
        command.arg("-xf").arg(file).arg("-C").arg(into);
        command
    }

    /// Runs git as a person and gives what it says, without the last line end.
    pub(crate) fn git(dir: &Path, arguments: &[&str]) -> String {
        let out = person_command(dir).args(arguments).output().expect("git runs");
        assert!(out.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    /// The same, with something on its standard input.
    pub(crate) fn git_fed(dir: &Path, arguments: &[&str], input: &[u8]) -> String {
        let mut command = person_command(dir);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("git runs");
        child.stdin.take().expect("piped").write_all(input).expect("written");
        let out = child.wait_with_output().expect("git ends");
        assert!(out.status.success(), "git {arguments:?}");
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_takes_too_long_is_ended() {
        let mut sleeper = command(Target::default());
        // Waits for input on a pipe that stays open.
        sleeper.args(["cat-file", "--batch"]).stdin(Stdio::piped());
        let dir = tempfile::TempDir::new().expect("a temporary folder");
        testing::git(dir.path(), &["init", "-q"]);
        sleeper.current_dir(dir.path());
        let started = Instant::now();
        assert!(
            matches!(run(sleeper, Duration::from_millis(200)), Err(StoreError::TookTooLong(what)) if what == "git cat-file")
        );
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_version_is_read_whatever_follows_it() {
        assert_eq!(parse_version("git version 2.47.3"), Some((2, 47, 3)));
        assert_eq!(parse_version("git version 2.39.5 (Apple Git-154)"), Some((2, 39, 5)));
        assert_eq!(parse_version("git version 2.50.windows.1"), Some((2, 50, 0)));
        assert_eq!(parse_version("hello"), None);
        assert!(git_version().expect("git is there") >= (2, 39, 2));
    }
}
