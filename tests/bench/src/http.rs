//! A small HTTP/1.1 client: one request after the other with their times, or many connections at
//! once with a rate.
//!
//! It reads just enough of an answer to know where it ends and what it said. No chunks, no
//! redirects: both servers measured here send a length.

use std::cell::Cell;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// No answer takes this long, unless something hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// A server may close a connection over which nothing comes for long: it is made anew before that.
const IDLE_MAX: Duration = Duration::from_secs(5);
/// Threads that make load; each drives its share of the connections.
const LOAD_THREADS: usize = 2;

/// One answer, whole.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl Reply {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A kept-alive connection that asks one thing at a time.
pub struct Client {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    used: Instant,
}

impl Client {
    pub fn new(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Client { address, stream, buffer: Vec::with_capacity(1 << 17), used: Instant::now() })
    }

    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send(&get(self.address, path))
    }

    /// Posts a form as a page of the same site does.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Reply> {
        self.send(&post(self.address, path, fields))
    }

    pub fn send(&mut self, request: &[u8]) -> io::Result<Reply> {
        if self.used.elapsed() > IDLE_MAX {
            self.stream = Client::new(self.address)?.stream;
        }
        let begun = Instant::now();
        self.used = begun;
        self.stream.write_all(request)?;
        self.buffer.clear();
        loop {
            if let Some(sizes) = sizes(&self.buffer)
                && self.buffer.len() >= sizes.head + sizes.body
            {
                let took = begun.elapsed();
                let head = String::from_utf8_lossy(&self.buffer[..sizes.head]).into_owned();
                let body = self.buffer[sizes.head..sizes.head + sizes.body].to_vec();
                return Ok(Reply { status: sizes.status, head, body, took });
            }
            let begin = self.buffer.len();
            self.buffer.resize(begin + (1 << 16), 0);
            let n = self.stream.read(&mut self.buffer[begin..])?;
            self.buffer.truncate(begin + n);
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

pub fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    get_as(address, path, "")
}

/// As whoever sends this cookie; of nobody when it is empty.
pub fn get_as(address: SocketAddr, path: &str, cookie: &str) -> Vec<u8> {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Language: nl\r\n{cookie}\r\n").into_bytes()
}

fn post(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (key, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(key);
        body.push('=');
        encode(value, &mut body);
    }
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nAccept-Language: nl\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Percent-encodes for a query or a form.
pub fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

struct Sizes {
    status: u16,
    head: usize,
    body: usize,
}

/// What the head says, once it is there whole.
fn sizes(bytes: &[u8]) -> Option<Sizes> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let status = text.get(9..12)?.parse().ok()?;
    let body = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    Some(Sizes { status, head, body })
}

/// What a load came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    pub n_answers: u64,
    /// Answers other than 200.
    pub n_others: u64,
    pub n_bytes: u64,
    pub took: Duration,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.n_answers as f64 / self.took.as_secs_f64()
    }
}

/// What many connections ask.
pub enum Asked {
    /// The same again and again, so long.
    Same(Vec<u8>, Duration),
    /// Each of these once.
    Each(Vec<Vec<u8>>),
}

/// Keeps `n_connections` busy until the time is over or all is asked.
pub fn load(address: SocketAddr, asked: &Asked, n_connections: usize) -> io::Result<Load> {
    let begun = Instant::now();
    let parts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..LOAD_THREADS)
            .map(|thread| scope.spawn(move || load_part(address, asked, n_connections / LOAD_THREADS, thread)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a load thread broke off"))))
            .collect::<io::Result<Vec<Load>>>()
    })?;
    let mut all = Load { took: begun.elapsed(), ..Load::default() };
    for part in parts {
        all.n_answers += part.n_answers;
        all.n_others += part.n_others;
        all.n_bytes += part.n_bytes;
    }
    Ok(all)
}

fn load_part(address: SocketAddr, asked: &Asked, n_connections: usize, thread: usize) -> io::Result<Load> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    // Every second request of a list is this thread's.
    let next = Rc::new(Cell::new(thread));
    let begun = Instant::now();
    local.block_on(&runtime, async {
        let (same, list, until) = match asked {
            Asked::Same(request, time) => (request.clone(), Rc::new(Vec::new()), Some(begun + *time)),
            Asked::Each(list) => (Vec::new(), Rc::new(list.clone()), None),
        };
        let tasks: Vec<_> = (0..n_connections)
            .map(|_| {
                tokio::task::spawn_local(connection(address, same.clone(), Rc::clone(&list), Rc::clone(&next), until))
            })
            .collect();
        let mut all = Load::default();
        for task in tasks {
            let part = task.await.map_err(io::Error::other)??;
            all.n_answers += part.n_answers;
            all.n_others += part.n_others;
            all.n_bytes += part.n_bytes;
        }
        Ok(all)
    })
}

async fn connection(
    address: SocketAddr,
    same: Vec<u8>,
    list: Rc<Vec<Vec<u8>>>,
    next: Rc<Cell<usize>>,
    until: Option<Instant>,
) -> io::Result<Load> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0u8; 1 << 18];
    let mut load = Load::default();
    loop {
        let request = match until {
            Some(until) if Instant::now() >= until => return Ok(load),
            Some(_) => &same,
            None => {
                let at = next.get();
                next.set(at + LOAD_THREADS);
                match list.get(at) {
                    Some(request) => request,
                    None => return Ok(load),
                }
            }
        };
        stream.write_all(request).await?;
        let mut filled = 0;
        let mut whole: Option<Sizes> = None;
        loop {
            if whole.is_none() {
                whole = sizes(&buffer[..filled]);
            }
            if let Some(sizes) = &whole {
                let size = sizes.head + sizes.body;
                if filled >= size {
                    load.n_answers += 1;
                    load.n_others += u64::from(sizes.status != 200);
                    load.n_bytes += size as u64;
                    break;
                }
                if size > buffer.len() {
                    buffer.resize(size, 0);
                }
            }
            let n = stream.read(&mut buffer[filled..]).await?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            filled += n;
        }
    }
}
