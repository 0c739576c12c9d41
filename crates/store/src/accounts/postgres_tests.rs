//! A PostgreSQL server of the tests' own: in a temporary folder, on a free port of loopback, gone
//! with the value. From Debian's package; where that is missing, tests say so and pass, unless
//! `TEST_POSTGRES=1` demands it.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PASSWORD: &str = "alleen voor de proef";
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
    running: Option<Child>,
    n_databases: AtomicU32,
}

impl Server {
    /// `None` where PostgreSQL is not installed and nobody demands it.
    pub fn start() -> Option<Server> {
        let Some(programs) = programs() else {
            assert!(
                std::env::var_os("TEST_POSTGRES").is_none(),
                "TEST_POSTGRES is set, but there is no /usr/lib/postgresql/*/bin/initdb"
            );
            eprintln!("\n*** PostgreSQL is not installed: the accounts were NOT tested on it ***\n");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        // The server refuses to run as root, which tests in a container often are.
        let user = rustix::process::getuid().is_root().then(somebody);
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("given away");
        }
        let mut server = Server { folder, programs, user, port: free_port(), running: None, n_databases: 0.into() };
        server.make_cluster();
        server.run();
        Some(server)
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        let name = format!("proef{}", self.n_databases.fetch_add(1, Ordering::Relaxed));
        self.ask(&format!("CREATE DATABASE {name}"), "postgres").expect("a database is made");
        self.address(&name)
    }

    fn address(&self, database: &str) -> String {
        let password = PASSWORD.replace(' ', "%20");
        format!("postgres://proef:{password}@127.0.0.1:{}/{database}", self.port)
    }

    fn make_cluster(&self) {
        let password = self.folder.path().join("password");
        fs::write(&password, PASSWORD).expect("written");
        if let Some((uid, gid)) = self.user {
            chown(&password, Some(uid), Some(gid)).expect("given away");
        }
        let made = self
            .command("initdb")
            .args(["--auth=scram-sha-256", "--username=proef", "--encoding=UTF8", "--no-locale", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg(self.cluster())
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    fn run(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).expect("a log");
        let child = self
            .command("postgres")
            .arg("-D")
            .arg(self.cluster())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"])
            .stderr(log)
            .spawn()
            .expect("postgres runs");
        self.running = Some(child);
        let until = Instant::now() + PATIENCE;
        while let Err(error) = self.ask("SELECT 1", "postgres") {
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "PostgreSQL does not answer: {error}\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            if let Some(pid) = rustix::process::Pid::from_raw(child.id() as i32) {
                // Ends what others ask and stops properly.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
            }
            let _ = child.wait();
        }
    }

    pub fn start_again(&mut self) {
        self.run();
    }

    fn ask(&self, sql: &str, database: &str) -> Result<(), String> {
        let asked = Command::new(self.programs.join("psql"))
            .args(["-qAt", "-c", sql])
            .arg(self.address(database))
            .env("PGCONNECT_TIMEOUT", "5")
            .output()
            .map_err(|error| error.to_string())?;
        if asked.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&asked.stderr).into_owned()) }
    }

    fn cluster(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.stdin(Stdio::null()).stdout(Stdio::null()).current_dir(self.folder.path()).env("LC_ALL", "C");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where Debian puts the programs of the newest version.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb").is_file().then(|| (version, path.join("bin")))
        })
        .collect();
    folders.sort();
    folders.pop().map(|(_, path)| path)
}

/// The user that the package makes, or nobody.
fn somebody() -> (u32, u32) {
    let users = fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
    let found = ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    found.unwrap_or((65_534, 65_534))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}
