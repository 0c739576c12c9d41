//! Where the log goes: standard error, each event as one line.
//!
//! A line about a request waits for others, so that a page costs no write of its own; they go
//! together after a moment, or when there are many. Whatever else is told goes at once, with those
//! that waited before it. A program that is killed loses what waits; one that ends does not.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polder_core::path::is_invisible;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// How long a line about a request may wait. Whoever follows the log sees it as if at once.
const WAIT: Duration = Duration::from_millis(100);
/// With so many bytes they don't wait: hundreds of lines, one write.
const WAITING_MAX_BYTES: usize = 64 * 1024;

static WAITING: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static FIRST: Condvar = Condvar::new();

/// Starts the thread that writes what waits.
pub fn start() -> io::Result<()> {
    std::thread::Builder::new().name("log".to_owned()).spawn(run).map(|_| ())
}

/// Writes what waits.
pub fn flush() {
    write_out(&mut waiting());
}

fn run() {
    loop {
        // An idle server wakes for nothing.
        let empty = FIRST.wait_while(waiting(), |waiting| waiting.is_empty());
        drop(empty);
        std::thread::sleep(WAIT);
        flush();
    }
}

fn waiting() -> MutexGuard<'static, Vec<u8>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_out(waiting: &mut Vec<u8>) {
    // There is nobody left to tell when it can't be written.
    let _ = io::stderr().write_all(waiting);
    waiting.clear();
}

/// Makes the lines of a log.
#[derive(Clone, Copy, Debug)]
pub enum Lines {
    /// Words for people: what could look like another line, or move the cursor, is escaped.
    Plain,
    /// JSON, which escapes by itself.
    Json,
}

/// Takes one event.
#[derive(Debug)]
pub struct Line {
    lines: Lines,
    can_wait: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { lines: *self, can_wait: false }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line {
        Line { lines: *self, can_wait: about.target() == "polder::request" && *about.level() >= Level::INFO }
    }
}

impl Write for Line {
    /// An event comes whole, in one call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut waiting = waiting();
        let was_empty = waiting.is_empty();
        match self.lines {
            Lines::Plain => one_line(event, &mut waiting),
            Lines::Json => waiting.extend_from_slice(event),
        }
        if !self.can_wait || waiting.len() >= WAITING_MAX_BYTES {
            write_out(&mut waiting);
        } else if was_empty {
            FIRST.notify_one();
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds an event as one line, whatever is in it: a text that somebody sent can't look like the next
/// line, nor move the cursor of who reads it.
fn one_line(event: &[u8], out: &mut Vec<u8>) {
    let event = event.strip_suffix(b"\n").unwrap_or(event);
    if event.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        out.extend_from_slice(event);
    } else {
        for c in String::from_utf8_lossy(event).trim_end_matches('\n').chars() {
            if c.is_control() || is_invisible(c) {
                out.extend(c.escape_default().map(|c| c as u8));
            } else {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let line = |event: &str| {
            let mut out = b"before\n".to_vec();
            one_line(event.as_bytes(), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(line("plain text\n"), "before\nplain text\n");
        assert_eq!(line("één\nregel\u{1b}[2J\u{202e}x\n"), "before\néén\\nregel\\u{1b}[2J\\u{202e}x\n");
        let mut out = Vec::new();
        one_line(b"bad \xff byte\n", &mut out);
        assert_eq!(out, "bad \u{fffd} byte\n".as_bytes());
    }
}
