//! What the server did, counted, in Prometheus' text format.
//!
//! Labels come from fixed lists, never from what somebody asked for, so that their number is bounded
//! and nobody can read addresses of pages from them. Counters start at nothing with the process.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What addresses lead to, as labels of counters and in the log: the first three are no screens of
/// their own; after them stand all words behind `/-/` of `routes`, in order.
const CLASSES: [&str; 47] = [
    "page",
    "git",
    "other",
    "accessibility",
    "account",
    "assets",
    "blame",
    "changes",
    "changes.atom",
    "compare",
    "delete",
    "diff",
    "edit",
    "fields",
    "first",
    "forgot",
    "form",
    "health",
    "history",
    "index",
    "invite",
    "lang",
    "merge",
    "metrics",
    "mindmap",
    "mirrors",
    "move",
    "new",
    "oidc",
    "people",
    "privacy",
    "problems",
    "publish",
    "query",
    "raw",
    "ready",
    "reset",
    "revert",
    "search",
    "set",
    "sign-in",
    "sign-out",
    "sign-up",
    "timegate",
    "timemap",
    "total",
    "versions",
];
const PAGE: usize = 0;
const GIT: usize = 1;
const OTHER: usize = 2;

/// Upper bounds of the buckets of the histogram, in microseconds: from a kept page to a large push.
const BUCKETS_US: [u64; 10] = [500, 1_000, 2_500, 5_000, 10_000, 50_000, 100_000, 500_000, 2_000_000, 10_000_000];

/// Statuses by their first digit, 1 to 5.
const STATUSES: usize = 5;

/// A kind of address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(usize);

impl Class {
    /// `path` as it is asked for within the wiki.
    pub fn of(path: &str) -> Class {
        let Some(rest) = path.strip_prefix("/-/") else {
            return Class(match path {
                "/robots.txt" | "/favicon.ico" | "/.well-known/security.txt" => OTHER,
                path if path.starts_with("/wiki.git/") => GIT,
                _ => PAGE,
            });
        };
        let verb = rest.split('/').next().unwrap_or_default();
        Class(match verb {
            "page" => PAGE,
            _ => CLASSES[OTHER + 1..].binary_search(&verb).map_or(OTHER, |at| OTHER + 1 + at),
        })
    }

    pub fn name(self) -> &'static str {
        CLASSES.get(self.0).copied().unwrap_or("other")
    }
}

/// The counters of one server.
#[derive(Debug)]
pub struct Metrics {
    requests: [[AtomicU64; STATUSES]; CLASSES.len()],
    /// One more than there are bounds: the last has none.
    seconds: [AtomicU64; BUCKETS_US.len() + 1],
    seconds_sum_us: AtomicU64,
    pub saves: AtomicU64,
    pub refused_rates: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            requests: std::array::from_fn(|_| std::array::from_fn(|_| AtomicU64::new(0))),
            seconds: std::array::from_fn(|_| AtomicU64::new(0)),
            seconds_sum_us: AtomicU64::new(0),
            saves: AtomicU64::new(0),
            refused_rates: AtomicU64::new(0),
        }
    }
}

/// What is not counted but looked up when somebody asks.
pub struct Levels {
    /// Seconds since the commit that is shown was made.
    pub commit_age_s: i64,
    pub pages: usize,
    /// What each memory holds: its name, and its weight in bytes.
    pub kept: Vec<(&'static str, usize)>,
    pub connections: usize,
    pub is_ready: bool,
    /// Each mirror by its name: whether it is level, and the second in which it last was.
    pub mirrors: Vec<(String, bool, i64)>,
    /// Each webhook by its number: whether its last message was taken.
    pub webhooks: Vec<bool>,
}

impl Metrics {
    /// Counts one answer.
    pub fn answered(&self, class: Class, status: u16, took: Duration) {
        let digit = usize::from(status / 100).clamp(1, STATUSES) - 1;
        if let Some(counter) = self.requests.get(class.0).and_then(|row| row.get(digit)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.iter().position(|bound| us <= *bound).unwrap_or(BUCKETS_US.len());
        self.seconds[bucket].fetch_add(1, Ordering::Relaxed);
        self.seconds_sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// All of it as text (exposition format 0.0.4).
    pub fn text(&self, levels: &Levels) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut text, "polder_requests_total", "counter", "Requests answered, by what was asked for and status.");
        for (class, row) in CLASSES.iter().zip(&self.requests) {
            for (digit, counter) in (1..).zip(row) {
                let n = counter.load(Ordering::Relaxed);
                if n > 0 {
                    let _ = writeln!(text, "polder_requests_total{{class=\"{class}\",status=\"{digit}xx\"}} {n}");
                }
            }
        }
        head(&mut text, "polder_request_seconds", "histogram", "Time until an answer began.");
        let mut n = 0;
        for (bound, counter) in BUCKETS_US.iter().zip(&self.seconds) {
            n += counter.load(Ordering::Relaxed);
            let _ = writeln!(text, "polder_request_seconds_bucket{{le=\"{}\"}} {n}", seconds(*bound));
        }
        n += self.seconds[BUCKETS_US.len()].load(Ordering::Relaxed);
        let sum = seconds(self.seconds_sum_us.load(Ordering::Relaxed));
        let _ = writeln!(text, "polder_request_seconds_bucket{{le=\"+Inf\"}} {n}");
        let _ = writeln!(text, "polder_request_seconds_sum {sum}\npolder_request_seconds_count {n}");
        let single: [(&str, &str, &str, u64); 6] = [
            ("polder_saves_total", "counter", "Changes saved in the browser.", self.saves.load(Ordering::Relaxed)),
            (
                "polder_rate_refusals_total",
                "counter",
                "Requests refused because somebody asked too often.",
                self.refused_rates.load(Ordering::Relaxed),
            ),
            (
                "polder_commit_age_seconds",
                "gauge",
                "Age of the commit that is shown.",
                levels.commit_age_s.try_into().unwrap_or(0),
            ),
            ("polder_pages", "gauge", "Pages of the wiki.", levels.pages as u64),
            ("polder_connections", "gauge", "Connections that are open.", levels.connections as u64),
            ("polder_ready", "gauge", "Whether pages, history and search are level.", u64::from(levels.is_ready)),
        ];
        for (name, kind, help, value) in single {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {value}");
        }
        head(&mut text, "polder_kept_bytes", "gauge", "What is remembered, by memory.");
        for (name, bytes) in &levels.kept {
            let _ = writeln!(text, "polder_kept_bytes{{memory=\"{name}\"}} {bytes}");
        }
        if !levels.mirrors.is_empty() {
            head(&mut text, "polder_mirror_level", "gauge", "Whether the last try left the mirror level.");
            for (name, is_level, _) in &levels.mirrors {
                let _ = writeln!(text, "polder_mirror_level{{mirror=\"{name}\"}} {}", u8::from(*is_level));
            }
            head(&mut text, "polder_mirror_level_seconds", "gauge", "When the mirror was last level, in Unix time.");
            for (name, _, at_s) in &levels.mirrors {
                let _ = writeln!(text, "polder_mirror_level_seconds{{mirror=\"{name}\"}} {at_s}");
            }
        }
        if !levels.webhooks.is_empty() {
            head(&mut text, "polder_webhook_taken", "gauge", "Whether the last message of the webhook was taken.");
            for (n, is_taken) in (1..).zip(&levels.webhooks) {
                let _ = writeln!(text, "polder_webhook_taken{{webhook=\"{n}\"}} {}", u8::from(*is_taken));
            }
        }
        text
    }
}

/// Microseconds as an exact decimal of seconds.
fn seconds(us: u64) -> String {
    let (whole, rest) = (us / 1_000_000, us % 1_000_000);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_program_has_a_class_of_its_own_and_nothing_else_has() {
        let routes = include_str!("routes.rs");
        let mut words: Vec<&str> = routes
            .split("at(\"/-/")
            .skip(1)
            .filter_map(|rest| rest.split(['/', '"']).next())
            .filter(|word| !word.starts_with('{') && *word != "page")
            .collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(CLASSES[OTHER + 1..], words);
        for word in words {
            assert_eq!(Class::of(&format!("/-/{word}")).name(), word);
            assert_eq!(Class::of(&format!("/-/{word}/plan/dijk")).name(), word);
        }
        for (path, class) in [
            ("/", "page"),
            ("/search", "page"),
            ("/-/page/-/search", "page"),
            ("/-/git", "other"),
            ("/-/other", "other"),
            ("/-/searching", "other"),
            ("/-/", "other"),
            ("/wiki.git/info/refs", "git"),
            ("/robots.txt", "other"),
        ] {
            assert_eq!(Class::of(path).name(), class, "{path}");
        }
    }
}
