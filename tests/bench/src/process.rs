//! The servers that are measured, as processes of their own, and the CPU time that they used.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http::Client;

/// Ticks per second in `/proc/<pid>/stat`; the same on every Linux of this architecture.
const TICKS_PER_S: f64 = 100.0;
/// A large wiki is read, indexed and its history built well within this.
const READY_MAX: Duration = Duration::from_secs(900);

/// A server that runs until this is dropped.
pub struct Server {
    pub address: SocketAddr,
    /// When its process was started.
    pub begun: Instant,
    child: Child,
}

impl Server {
    /// Starts a program that prints its address as its first line.
    pub fn start(command: &mut Command, log: &Path) -> io::Result<Server> {
        let log = fs::File::options().create(true).append(true).open(log)?;
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/');
        let address = address.parse().map_err(|_| io::Error::other(format!("no address in {line:?}; see the log")))?;
        Ok(Server { address, begun, child })
    }

    /// `polder serve` on a repository, with a data folder.
    pub fn polder(program: &Path, repo: &Path, data: &Path, log: &Path) -> io::Result<Server> {
        Server::polder_with(program, repo, data, log, &[])
    }

    /// The same with more flags.
    pub fn polder_with(program: &Path, repo: &Path, data: &Path, log: &Path, more: &[&str]) -> io::Result<Server> {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .arg("--repo")
            .arg(repo)
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .args(more);
        // A folder of its own: no configuration file that lies about counts.
        fs::create_dir_all(data)?;
        command.current_dir(data);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("POLDER_")) {
            command.env_remove(name);
        }
        command.env("POLDER_LOG", "warn");
        Server::start(&mut command, log)
    }

    pub fn client(&self) -> io::Result<Client> {
        Client::new(self.address)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// User and system time used so far, in seconds.
    pub fn cpu_s(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        ticks(&stat, 11) / TICKS_PER_S
    }

    /// Memory that is this process's own share, in MB.
    pub fn pss_mb(&self) -> f64 {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id())).unwrap_or_default();
        let line = rollup.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }

    /// Waits until history and search are level; gives the times since the start.
    pub fn wait_ready(&self) -> io::Result<(Duration, Duration)> {
        let mut client = self.client()?;
        let (mut history, mut search) = (None, None);
        while self.begun.elapsed() < READY_MAX {
            if history.is_none() && !is_reading_history(&mut client)? {
                history = Some(self.begun.elapsed());
            }
            if search.is_none() && !is_building_search(&mut client)? {
                search = Some(self.begun.elapsed());
            }
            if let (Some(history), Some(search)) = (history, search) {
                return Ok((history, search));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::other("history or search did not become ready"))
    }

    /// Waits until what was taken away can be searched, so that making it disturbs no figure; gives
    /// the time since the start.
    pub fn wait_removed(&self) -> io::Result<Duration> {
        let mut client = self.client()?;
        while self.begun.elapsed() < READY_MAX {
            if !client.get("/-/search?past=1")?.text().contains("class=\"notice\" role=\"status\"") {
                return Ok(self.begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::other("what was taken away could not be searched in time"))
    }

    /// Ends it in an orderly way, so that it keeps its caches.
    pub fn stop(mut self) -> io::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A history that is still being read is not kept by anybody.
pub fn is_reading_history(client: &mut Client) -> io::Result<bool> {
    let reply = client.get(&format!("/-/history/{}", crate::make::RARE))?;
    Ok(reply.header("cache-control") == Some("no-store"))
}

pub fn is_building_search(client: &mut Client) -> io::Result<bool> {
    let reply = client.get("/-/search?q=dijk")?;
    Ok(reply.text().contains("class=\"notice\" role=\"status\""))
}

/// CPU time of ended children of this process, in seconds.
pub fn children_cpu_s() -> f64 {
    ticks(&fs::read_to_string("/proc/self/stat").unwrap_or_default(), 13) / TICKS_PER_S
}

/// User and system time of a process and of its ended children, in seconds.
pub fn cpu_of_stat(stat: &str) -> f64 {
    (ticks(stat, 11) + ticks(stat, 13)) / TICKS_PER_S
}

/// The sum of two neighbouring fields, counted after the name in parentheses.
fn ticks(stat: &str, at: usize) -> f64 {
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().skip(at).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
}

/// A command run to its end, its output thrown away.
pub fn run(command: &mut Command) -> io::Result<Duration> {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        Ok(begun.elapsed())
    } else {
        Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim())))
    }
}

/// CPU time of this thread, in seconds.
pub struct Cpu(f64);

impl Cpu {
    pub fn now() -> io::Result<Cpu> {
        // Yielding brings the count up to date; it lags by a tick else.
        std::thread::yield_now();
        let text = fs::read_to_string("/proc/thread-self/schedstat")?;
        let ns = text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
        let ns = ns.ok_or_else(|| io::Error::other(text))?;
        Ok(Cpu(ns / 1e9))
    }

    pub fn elapsed_s(&self) -> io::Result<f64> {
        Ok(Cpu::now()?.0 - self.0)
    }
}
