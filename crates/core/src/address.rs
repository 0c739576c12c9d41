//! Where addresses of the wiki begin: at the root of a site, or below a path (`/wiki`).
//!
//! Inside the program an address is always one within the wiki (`/plan/dijk`, `/-/search`): it is
//! compared, looked up and kept as such. What stands before it is put there by `at`, where it is
//! written into something that leaves the program, and nowhere else. A process serves one public
//! address, so that the path is set once, before anything is written.

use std::fmt;
use std::sync::OnceLock;

static BASE: OnceLock<Box<str>> = OnceLock::new();

/// Sets the path below which all is served: empty, or `/wiki`. Only the first call counts.
pub fn serve_below(base: &str) {
    let _ = BASE.set(base.into());
}

/// What stands before every address: empty, or `/wiki`.
pub fn base() -> &'static str {
    BASE.get().map_or("", |base| base)
}

/// An address as it is written out. What is no address of this wiki (`#here`, `?page=2`,
/// `https://…`, `mailto:…`) stays as it is.
pub fn at(href: &str) -> At<'_> {
    let is_own = href.starts_with('/') && !href.starts_with("//");
    At { base: if is_own { base() } else { "" }, href }
}

/// See `at`. Nothing is escaped: that is for who knows what it is written into.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    pub base: &'static str,
    pub href: &'a str,
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base)?;
        f.write_str(self.href)
    }
}

/// The address within the wiki of one that was written out.
pub fn within(written: &str) -> &str {
    match written.strip_prefix(base()) {
        Some(rest) if rest.starts_with('/') => rest,
        _ => written,
    }
}
