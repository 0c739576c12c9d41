//! Clones: against git's own server behind nginx on the same commits, beside people who read, and of
//! a repository that thousands of saves went into.
//!
//! nginx and fcgiwrap come from the system (Debian: `nginx-light fcgiwrap`); without them the rows
//! that need them are left out, with a word. CPU is that of a server and of all that it started.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use polder_core::path::FilePath;
use polder_store::{Draft, Person, Store, Whose};

use crate::anchor::ready_store;
use crate::make::Made;
use crate::measures::{Bench, expect, failed, git_output, ms, size_of};
use crate::process::{self, Server};
use crate::table::{Line, Wanted, median, percentile};

/// Each takes as long as three clones, half a minute or more.
const ROUNDS: usize = 2;
/// Who clones at once while others read.
const CLONERS: usize = 4;
const VIEWERS: usize = 4;
const VIEW_EVERY: Duration = Duration::from_millis(8);
const SLICE: Duration = Duration::from_secs(6);
/// Saves before the last row, each as git's own library writes it: loose objects.
const SAVES: usize = 5_000;
const BITMAP_MAX: Duration = Duration::from_secs(180);

/// Against nginx. Packing the copies has read all that is sent, so no side finds the disk cold.
pub fn clone(bench: &mut Bench) -> io::Result<()> {
    let made = bench.big.clone();
    // The server without a bitmap has a copy of its own.
    let bare = bench.copy(&made, "clone-bare")?;
    let packed = bench.copy(&made, "clone-packed")?;
    process::run(git(&packed).args(["repack", "-a", "-d", "-q", "--write-bitmap-index"]))?;
    let site = bench.site(&made, "clone")?;
    wait_for_bitmap(&bench.copy(&made, "clone")?)?;
    match Backend::start(&bench.folder) {
        Ok(backend) => compare(bench, &made, &site.server, &backend, [&bare, &packed])?,
        Err(error) => {
            eprintln!("clones are not compared with git http-backend: {error} (Debian: nginx-light, fcgiwrap)")
        }
    }
    site.server.stop()
}

/// What views feel of clones.
pub fn beside(bench: &mut Bench) -> io::Result<()> {
    let made = bench.big.clone();
    let site = bench.site(&made, "beside")?;
    wait_for_bitmap(&bench.copy(&made, "beside")?)?;
    views(bench, &made, &site.server)?;
    site.server.stop()
}

/// A repository after many saves, kept tidy as a running wiki keeps it, against the same commits
/// packed afresh.
pub fn saves(bench: &mut Bench) -> io::Result<()> {
    let made = bench.pages.clone();
    let repo = bench.copy(&made, "saved")?;
    let store = ready_store(&repo, &bench.folder)?;
    let (mut n_tidied, mut tidying, mut files_max) = (0, Duration::ZERO, 0);
    for n in 0..SAVES {
        save(&store, &made.pages[n * 7 % made.pages.len()], n)?;
        let sizes = store.sizes().map_err(failed)?;
        files_max = files_max.max(sizes.n_loose + sizes.n_packs);
        if sizes.is_untidy() {
            let begun = Instant::now();
            store.tidy(Whose::Ours, std::time::SystemTime::now(), &|| true).map_err(failed)?;
            (n_tidied, tidying) = (n_tidied + 1, tidying + begun.elapsed());
        }
    }
    let sizes = store.sizes().map_err(failed)?;
    let fresh = bench.folder.join("saved-fresh.git");
    process::run(Command::new("git").args(["clone", "-q", "--bare", "--no-local"]).arg(&repo).arg(&fresh))?;
    process::run(git(&fresh).args(["repack", "-a", "-d", "-q", "--write-bitmap-index"]))?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let old = Server::polder(&bench.program, &repo, &bench.folder.join("saved-data"), &bench.log())?;
    let new = Server::polder(&bench.program, &fresh, &bench.folder.join("fresh-data"), &bench.log())?;
    for server in [&old, &new] {
        server.wait_ready()?;
        server.wait_removed()?;
    }
    for _ in 0..ROUNDS {
        ours.push(cloned(bench, &url_of(&old))?);
        theirs.push(cloned(bench, &url_of(&new))?);
    }
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(one, other)| one / other).collect();
    bench.say(Line {
        what: format!("clone after {SAVES} saves, {}", size_of(&made)),
        ours: format!(
            "p50 {:.2} s; {} packs, {} loose objects, {:.0} MB; at most {files_max} files; tidied {n_tidied} times, {:.1} s in all",
            median(&ours),
            sizes.n_packs,
            sizes.n_loose,
            sizes.pack_bytes as f64 / 1e6,
            tidying.as_secs_f64()
        ),
        against: format!(
            "packed afresh: p50 {:.2} s; {:.0} MB",
            median(&theirs),
            ready_store(&fresh, &bench.folder)?.sizes().map_err(failed)?.pack_bytes as f64 / 1e6
        ),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtMost { floor: 1.3, aim: 1.1 },
    });
    old.stop()?;
    new.stop()
}

fn compare(bench: &mut Bench, made: &Made, server: &Server, backend: &Backend, repos: [&Path; 2]) -> io::Result<()> {
    let [bare, packed] = repos.map(|repo| backend.url(repo));
    let ours = url_of(server);
    let (mut walls, mut cpus): ([Vec<f64>; 3], [Vec<f64>; 3]) = Default::default();
    let before = server.pss_mb();
    for _ in 0..ROUNDS {
        for (at, url) in [&ours, &bare, &packed].into_iter().enumerate() {
            let used = || if at == 0 { cpu_with_children_s(&[server.pid()]) } else { backend.cpu_s() };
            let begun = used();
            let wall = cloned(bench, url)?;
            walls[at].push(wall);
            cpus[at].push(used() - begun);
        }
    }
    let ratio = |of: &[Vec<f64>; 3], to: usize| {
        median(&of[0].iter().zip(&of[to]).map(|(one, other)| one / other).collect::<Vec<_>>())
    };
    let s = |values: &[f64]| format!("{:.2} s", median(values));
    bench.say(Line {
        what: format!("clone over HTTP, {}", size_of(made)),
        ours: s(&walls[0]),
        against: format!("nginx + git http-backend: {}; with a bitmap of its own {}", s(&walls[1]), s(&walls[2])),
        figure: ratio(&walls, 1),
        unit: "x",
        wanted: Wanted::AtMost { floor: 1.1, aim: 0.7 },
    });
    bench.say(Line {
        what: format!("CPU of the server per clone, {}", size_of(made)),
        ours: s(&cpus[0]),
        against: format!("nginx + git http-backend without bitmap: {}; with one {}", s(&cpus[1]), s(&cpus[2])),
        figure: ratio(&cpus, 1),
        unit: "x",
        wanted: Wanted::AtMost { floor: 0.3, aim: 0.08 },
    });
    bench.say(Line {
        what: "memory of the server itself after these clones".to_owned(),
        ours: format!("{:.0} MB", server.pss_mb()),
        against: format!("before: {before:.0} MB"),
        figure: server.pss_mb() - before,
        unit: " MB",
        wanted: Wanted::AtMost { floor: 64.0, aim: 16.0 },
    });
    Ok(())
}

/// Views of pages while others clone and throw away what they get.
fn views(bench: &mut Bench, made: &Made, server: &Server) -> io::Result<()> {
    let tip = git_output(&made.git_dir, &["rev-parse", "HEAD"])?.trim().to_owned();
    let (mut calm, mut busy, mut n_bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..2 {
        for cloners in [0, CLONERS] {
            let ended = &AtomicBool::new(false);
            let tip = &tip;
            let (times, got) = std::thread::scope(|scope| -> io::Result<(Vec<f64>, u64)> {
                let viewers: Vec<_> =
                    (0..VIEWERS).map(|n| scope.spawn(move || read_on(server, &made.pages, n, ended))).collect();
                let cloners: Vec<_> =
                    (0..cloners).map(|_| scope.spawn(move || swallow(server.address, tip, ended))).collect();
                std::thread::sleep(SLICE);
                ended.store(true, Ordering::Relaxed);
                let (mut times, mut got) = (Vec::new(), 0);
                for viewer in viewers {
                    times.extend(viewer.join().map_err(|_| failed("a viewer broke off"))??);
                }
                for cloner in cloners {
                    got += cloner.join().map_err(|_| failed("a clone broke off"))??;
                }
                Ok((times, got))
            })?;
            n_bytes += got;
            if cloners == 0 { calm.extend(times) } else { busy.extend(times) }
        }
    }
    let p99 = |times: &[f64]| percentile(times, 0.99);
    bench.say(Line {
        what: format!("views while {CLONERS} clone at once, p99, {}", size_of(made)),
        ours: format!(
            "p50 {}, p99 {} of {} views; {:.0} MB/s cloned",
            ms(median(&busy)),
            ms(p99(&busy)),
            busy.len(),
            n_bytes as f64 / 1e6 / (2.0 * SLICE.as_secs_f64())
        ),
        against: format!("nobody clones: p50 {}, p99 {} of {} views", ms(median(&calm)), ms(p99(&calm)), calm.len()),
        figure: p99(&busy) / p99(&calm),
        unit: "x",
        wanted: Wanted::AtMost { floor: 5.0, aim: 2.0 },
    });
    Ok(())
}

/// One reader who looks at pages in step until the end is called; the times of their answers.
fn read_on(server: &Server, pages: &[String], offset: usize, ended: &AtomicBool) -> io::Result<Vec<f64>> {
    let mut client = server.client()?;
    let mut times = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        let page = &pages[(offset + times.len() * 7) % pages.len().min(500)];
        let begun = Instant::now();
        let reply = client.get(&format!("/{page}"))?;
        expect(reply.status, 200, page)?;
        times.push(reply.took.as_secs_f64());
        std::thread::sleep(VIEW_EVERY.saturating_sub(begun.elapsed()));
    }
    Ok(times)
}

/// Asks for everything as `git clone` does, over and over, and throws it away: the bytes that came.
fn swallow(address: SocketAddr, tip: &str, ended: &AtomicBool) -> io::Result<u64> {
    let line = |text: &str| format!("{:04x}{text}\n", text.len() + 5);
    let body = line("command=fetch")
        + &line("object-format=sha1")
        + "0001"
        + &line("ofs-delta")
        + &line(&format!("want {tip}"))
        + &line("done")
        + "0000";
    let mut total = 0;
    let mut piece = vec![0; 1 << 18];
    while !ended.load(Ordering::Relaxed) {
        let mut stream = TcpStream::connect(address)?;
        write!(
            stream,
            "POST /wiki.git/git-upload-pack HTTP/1.1\r\nHost: {address}\r\nGit-Protocol: version=2\r\nConnection: close\r\n\
             Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut got = 0;
        while !ended.load(Ordering::Relaxed) {
            let n = stream.read(&mut piece)?;
            if got == 0 && !piece.starts_with(b"HTTP/1.1 200") {
                return Err(failed(String::from_utf8_lossy(&piece[..n.min(200)])));
            }
            got += n as u64;
            if n == 0 {
                break;
            }
        }
        total += got;
    }
    Ok(total)
}

fn save(store: &Store, page: &str, n: usize) -> io::Result<()> {
    let path = format!("{page}.md");
    let tip = store.main_tip().map_err(failed)?.ok_or_else(|| failed("no branch"))?;
    let blob = store.file_at(tip, &path).map_err(failed)?.ok_or_else(|| failed(&path))?;
    let mut bytes = store.read(blob).map_err(failed)?;
    bytes.extend_from_slice(format!("\nBijgewerkt {n}.\n").as_bytes());
    let who = Person { name: "Meter".to_owned(), email: "meter@wiki.invalid".to_owned() };
    let draft = Draft {
        parent: Some(tip),
        merged: None,
        files: &[(FilePath::parse(&path).map_err(failed)?, Some(bytes))],
        author: who.clone(),
        committer: who,
        time_s: 1_700_000_000 + n as i64,
        offset_min: 0,
        message: "Meting",
    };
    store.commit(&draft).map_err(failed)?;
    Ok(())
}

/// A bare clone by git's own client into a folder that goes again; the seconds that it took.
fn cloned(bench: &Bench, url: &str) -> io::Result<f64> {
    let to = bench.folder.join("cloned.git");
    let took = process::run(
        Command::new("git").args(["clone", "-q", "--bare", url]).arg(&to).env("GIT_CONFIG_GLOBAL", "/dev/null"),
    )?;
    fs::remove_dir_all(&to)?;
    Ok(took.as_secs_f64())
}

fn url_of(server: &Server) -> String {
    format!("http://{}/wiki.git", server.address)
}

/// The server makes it some time after its start, when nothing else needs to be made.
fn wait_for_bitmap(repo: &Path) -> io::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < BITMAP_MAX {
        let files = fs::read_dir(repo.join("objects/pack"))?;
        if files.flatten().any(|file| file.path().extension().is_some_and(|end| end == "bitmap")) {
            std::thread::sleep(Duration::from_secs(1));
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(failed("the repository was not tidied in time"))
}

fn git(repo: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(repo);
    command
}

/// Git's own server: nginx before it, fcgiwrap between them.
struct Backend {
    address: SocketAddr,
    /// Where the CPU times of git are noted.
    times: PathBuf,
    children: Vec<Child>,
}

impl Backend {
    fn start(folder: &Path) -> io::Result<Backend> {
        let (nginx, fcgiwrap) = (program("nginx")?, program("fcgiwrap")?);
        // Of the same git that Polder runs.
        let exec_path = git_output(folder, &["--exec-path"])?;
        let git_server = Path::new(exec_path.trim()).join("git-http-backend");
        if !git_server.is_file() {
            return Err(failed(format!("there is no {}", git_server.display())));
        }
        let own = folder.join("nginx");
        fs::create_dir_all(&own)?;
        let script = own.join("serve");
        let text = format!("#!/bin/sh\n{}\ntimes >>{}\n", git_server.display(), own.join("times").display());
        fs::write(&script, text)?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        fs::write(own.join("conf"), configuration(&own, folder, &script, address))?;
        let quiet = |command: &mut Command| {
            let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.process_group(0).spawn()
        };
        let socket = format!("unix:{}", own.join("socket").display());
        let mut backend = Backend { address, times: own.join("times"), children: Vec::new() };
        backend.children.push(quiet(Command::new(fcgiwrap).args(["-c", "4", "-s", &socket]))?);
        backend.children.push(quiet(Command::new(nginx).arg("-c").arg(own.join("conf")).arg("-p").arg(&own))?);
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() || !own.join("socket").exists() {
            if begun.elapsed() > Duration::from_secs(5) {
                return Err(failed("nginx did not start"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(backend)
    }

    fn url(&self, repo: &Path) -> String {
        format!("http://{}/{}", self.address, repo.file_name().unwrap_or_default().to_string_lossy())
    }

    /// That of nginx and fcgiwrap, and of git, which fcgiwrap does not wait for: its script notes it.
    fn cpu_s(&self) -> f64 {
        let pids: Vec<u32> = self.children.iter().map(Child::id).collect();
        let noted = fs::read_to_string(&self.times).unwrap_or_default();
        cpu_with_children_s(&pids) + noted.split_whitespace().filter_map(seconds).sum::<f64>()
    }
}

/// `1m2.50s`, as a shell tells times.
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
}

impl Drop for Backend {
    fn drop(&mut self) {
        for child in &mut self.children {
            // With all that it started.
            let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", child.id())]).status();
            let _ = child.wait();
        }
    }
}

fn configuration(own: &Path, root: &Path, git_server: &Path, address: SocketAddr) -> String {
    let (own, git_server, root) = (own.display(), git_server.display().to_string(), root.display().to_string());
    let passed: String = [
        ("SCRIPT_FILENAME", git_server.as_str()),
        ("GIT_HTTP_EXPORT_ALL", "\"\""),
        ("GIT_PROJECT_ROOT", root.as_str()),
        ("PATH_INFO", "$uri"),
        ("QUERY_STRING", "$query_string"),
        ("REQUEST_METHOD", "$request_method"),
        ("CONTENT_TYPE", "$content_type"),
        ("CONTENT_LENGTH", "$content_length"),
        ("HTTP_CONTENT_ENCODING", "$http_content_encoding"),
        ("GIT_PROTOCOL", "$http_git_protocol"),
        ("REMOTE_ADDR", "$remote_addr"),
    ]
    .iter()
    .map(|(name, value)| format!("      fastcgi_param {name} {value};\n"))
    .collect();
    format!(
        "daemon off;\nmaster_process off;\npid {own}/pid;\nerror_log {own}/log;\nevents {{}}\nhttp {{\n  access_log off;\n  \
         client_body_temp_path {own}/a;\n  fastcgi_temp_path {own}/b;\n  proxy_temp_path {own}/c;\n  uwsgi_temp_path {own}/d;\n  \
         scgi_temp_path {own}/e;\n  server {{\n    listen {address};\n    location / {{\n      fastcgi_pass unix:{own}/socket;\n      \
         fastcgi_buffering off;\n      fastcgi_read_timeout 600;\n{passed}    }}\n  }}\n}}\n"
    )
}

fn program(name: &str) -> io::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| failed(format!("there is no {name}")))
}

/// User and system time of these processes, of those below them, and of those that ended, in seconds.
fn cpu_with_children_s(pids: &[u32]) -> f64 {
    let mut wanted: Vec<u32> = pids.to_vec();
    let all: Vec<(u32, u32, f64)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_string_lossy().parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            Some((pid, parent, process::cpu_of_stat(&stat)))
        })
        .collect();
    let mut at = 0;
    while let Some(&pid) = wanted.get(at) {
        wanted.extend(all.iter().filter(|(_, parent, _)| *parent == pid).map(|(child, ..)| *child));
        at += 1;
    }
    all.iter().filter(|(pid, ..)| wanted.contains(pid)).map(|(.., cpu)| cpu).sum()
}
