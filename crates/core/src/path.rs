//! `FilePath`: the only spelling of a path that exists in the program.
//!
//! One rule for web, command line, push and (later) import: what does not pass here is shown at
//! most, never written. Follows DESIGN §6 "Names". It says nothing about whether a file exists.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::limits;

/// A path inside the repository: UTF-8, relative, `/` between segments, no `.` or `..`.
///
/// Invariant: passes `check`, and `kind` follows from the text. Built by `parse` (what is found)
/// or `parse_new` (what is made).
#[derive(Clone)]
pub struct FilePath {
    text: Arc<str>,
    kind: Kind,
}

/// What a file is for, told by its path alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A Markdown page that people see at an address.
    Page,
    /// `_Sidebar`, `_Header`, `_Footer`: shown with pages, not by itself.
    Part,
    /// Everything under `.polder/`.
    Settings,
    /// Any other file: an attachment.
    File,
}

/// Why a string is no path. The words are `problem-<code>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    Empty,
    TooLong,
    TooDeep,
    /// An empty segment, `.` or `..`.
    Dots,
    /// A control, invisible or direction-changing character, a backslash or a NUL.
    Character,
    /// `.git` in any of its spellings.
    GitName,
    /// A segment that begins or ends in a blank, or ends in a dot.
    Edge,
    /// Not in Unicode form NFC.
    NotNfc,
    /// Forbidden on Windows only: refused for new names, tolerated where it exists.
    Windows,
    /// Not UTF-8.
    NotUtf8,
}

impl PathFault {
    pub fn code(self) -> &'static str {
        match self {
            PathFault::Empty => "path-empty",
            PathFault::TooLong => "path-too-long",
            PathFault::TooDeep => "path-too-deep",
            PathFault::Dots => "path-dots",
            PathFault::Character => "path-character",
            PathFault::GitName => "path-git",
            PathFault::Edge => "path-edge",
            PathFault::NotNfc => "path-not-nfc",
            PathFault::Windows => "path-windows",
            PathFault::NotUtf8 => "path-not-utf8",
        }
    }
}

impl FilePath {
    /// A path as it may be found in a repository.
    pub fn parse(path: &str) -> Result<FilePath, PathFault> {
        check(path)?;
        Ok(FilePath { text: Arc::from(path), kind: kind_of(path) })
    }

    /// A path for a new file: besides, it must be NFC and possible on Windows.
    pub fn parse_new(path: &str) -> Result<FilePath, PathFault> {
        check(path)?;
        if !is_nfc(path) {
            return Err(PathFault::NotNfc);
        }
        if path.split('/').any(windows_forbids) {
            return Err(PathFault::Windows);
        }
        Ok(FilePath { text: Arc::from(path), kind: kind_of(path) })
    }

    /// The same from bytes, as git stores names.
    pub fn from_bytes(bytes: &[u8]) -> Result<FilePath, PathFault> {
        FilePath::parse(std::str::from_utf8(bytes).map_err(|_| PathFault::NotUtf8)?)
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last segment, with extension.
    pub fn file_name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or(&self.text)
    }

    /// The folder without a trailing slash; `""` at the root.
    pub fn folder(&self) -> &str {
        self.text.rfind('/').map_or("", |at| &self.text[..at])
    }

    /// The address of a page: its path without `.md`. For other files the path itself.
    pub fn address(&self) -> &str {
        match self.kind() {
            Kind::Page | Kind::Part => strip_page_extension(&self.text),
            Kind::Settings | Kind::File => &self.text,
        }
    }

    /// The last segment of the address.
    pub fn base_name(&self) -> &str {
        let address = self.address();
        address.rsplit('/').next().unwrap_or(address)
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where people see this file, as a reference from the root of the site: `/plan/dijk`.
    /// `@` is always encoded, since it separates a version from an address; a path that looks
    /// like one of the program's own addresses is reached under `/-/page/`.
    pub fn href(&self) -> String {
        let address = self.address();
        let mut href = String::with_capacity(address.len() + 16);
        href.push_str(if is_reserved(address) { "/-/page/" } else { "/" });
        percent_encode(address, &mut href);
        href
    }

    /// Whether both are the same path, cheaply when they are one allocation.
    pub fn same(&self, other: &FilePath) -> bool {
        Arc::ptr_eq(&self.text, &other.text) || self.text == other.text
    }

    /// What two paths share when a file system that ignores case or Unicode form confuses them.
    pub fn collision_key(&self) -> String {
        fold(&self.text)
    }
}

fn kind_of(path: &str) -> Kind {
    if path.starts_with(".polder/") {
        return Kind::Settings;
    }
    // Folders and files that begin with a dot belong to other programs.
    if path.split('/').any(|segment| segment.starts_with('.')) {
        return Kind::File;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = strip_page_extension(name);
    if stem.len() == name.len() || stem.is_empty() {
        return Kind::File;
    }
    let is_part = ["_sidebar", "_header", "_footer"].iter().any(|part| stem.eq_ignore_ascii_case(part));
    if is_part { Kind::Part } else { Kind::Page }
}

/// Addresses that the program keeps for itself (DESIGN §3).
pub fn is_reserved(address: &str) -> bool {
    let first = address.split('/').next().unwrap_or(address);
    first == "-"
        || first == ".well-known"
        || first.ends_with(".git")
        || matches!(address, "robots.txt" | "sitemap.xml" | "favicon.ico")
}

/// By the byte: what a path in a URL holds as it is.
const STAYS_IN_URL: [bool; 256] = {
    let mut stays = [false; 256];
    let mut byte = 0;
    while byte < stays.len() {
        // Below 128, so the cast is exact.
        stays[byte] = byte < 128
            && matches!(byte as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/');
        byte += 1;
    }
    stays
};

/// Appends the bytes of a text, each as `%41`.
pub fn push_percents(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        out.push('%');
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// A text as it stands in a URL, as a path or as a value of a query.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    percent_encode(text, &mut encoded);
    encoded
}

/// Appends a path as it stands in a URL: all but unreserved characters and `/` encoded.
pub fn percent_encode(path: &str, out: &mut String) {
    let mut rest = path;
    while let Some(at) = rest.bytes().position(|byte| !STAYS_IN_URL[usize::from(byte)]) {
        let (before, encoded) = rest.split_at(at);
        let first = encoded.chars().next().map_or(1, char::len_utf8);
        out.push_str(before);
        let (odd, after) = encoded.split_at(first);
        push_percents(odd, out);
        rest = after;
    }
    out.push_str(rest);
}

/// Decodes `%41` once; what is not valid stays as it is. `None` when the result is not UTF-8.
pub fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match pair.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()) {
            Some(byte) if pair.is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)) => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Folds case and Unicode form: the key by which names are compared.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // Lower after upper approximates full case folding (ß = SS = ss, final sigma).
    name.nfc().collect::<String>().to_uppercase().to_lowercase().nfc().collect()
}

/// `Plan van aanpak` to `plan-van-aanpak`: the file name that Polder gives to a new page.
/// Letters of every script stay; accents are dropped; the rest becomes one hyphen.
pub fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for c in title.nfd() {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !unicode_normalization::char::is_combining_mark(c) && !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let mut slug: String = slug.trim_end_matches('-').nfc().collect();
    while slug.len() > 120 {
        slug.pop();
    }
    slug
}

/// `x.md` and `x.markdown` without their extension.
pub fn strip_page_extension(path: &str) -> &str {
    for extension in [".md", ".markdown"] {
        if let Some(cut) = path.len().checked_sub(extension.len())
            && path.is_char_boundary(cut)
            && path[cut..].eq_ignore_ascii_case(extension)
        {
            return &path[..cut];
        }
    }
    path
}

fn check(path: &str) -> Result<(), PathFault> {
    if path.is_empty() {
        return Err(PathFault::Empty);
    }
    if path.len() > limits::PATH_MAX_BYTES {
        return Err(PathFault::TooLong);
    }
    if path.split('/').count() > limits::PATH_MAX_SEGMENTS {
        return Err(PathFault::TooDeep);
    }
    let mut previous = '/';
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        let joins =
            matches!(c, '\u{200c}' | '\u{200d}') && previous != '/' && chars.peek().is_some_and(|next| *next != '/');
        if !joins && bad_character(c) {
            return Err(PathFault::Character);
        }
        previous = c;
    }
    path.split('/').try_for_each(check_segment)
}

fn check_segment(segment: &str) -> Result<(), PathFault> {
    if segment.is_empty() || segment == "." || segment == ".." {
        return Err(PathFault::Dots);
    }
    if segment.len() > limits::SEGMENT_MAX_BYTES {
        return Err(PathFault::TooLong);
    }
    if is_git_name(segment) {
        return Err(PathFault::GitName);
    }
    if segment.starts_with(char::is_whitespace) || segment.ends_with(|c: char| c == '.' || c.is_whitespace()) {
        return Err(PathFault::Edge);
    }
    Ok(())
}

/// Control, invisible, direction-changing, private and unassigned characters (Cc, Cf, Zl, Zp, Co).
fn bad_character(c: char) -> bool {
    c == '\\' || is_invisible(c)
}

/// Characters that a reader cannot see or that reorder what is seen.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{110bd}' | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}')
}

/// `.git` and everything that some file system takes for it, `.gitmodules` and kin included.
fn is_git_name(segment: &str) -> bool {
    let seen: String = segment.chars().filter(|c| !is_invisible(*c)).collect();
    let folded = fold(&seen);
    // NTFS cuts streams (`.git::$INDEX_ALLOCATION`) and trailing dots and blanks.
    let stem = folded.split(':').next().unwrap_or(&folded).trim_end_matches(['.', ' ']);
    stem == ".git"
        || matches!(stem, ".gitmodules" | ".gitconfig")
        || ["git~", "gitmod~", "gi7eba~", "gi7d29~"].iter().any(|short| {
            stem.strip_prefix(short).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        })
}

fn windows_forbids(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment).trim_end().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || (stem.len() == 4
            && (stem.starts_with("COM") || stem.starts_with("LPT"))
            && stem.ends_with(|c: char| ('1'..='9').contains(&c)));
    device || segment.contains([':', '*', '?', '"', '<', '>', '|'])
}

impl PartialEq for FilePath {
    fn eq(&self, other: &FilePath) -> bool {
        self.same(other)
    }
}

impl Eq for FilePath {}

impl PartialOrd for FilePath {
    fn partial_cmp(&self, other: &FilePath) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FilePath {
    fn cmp(&self, other: &FilePath) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for FilePath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Borrow<str> for FilePath {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl Serialize for FilePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FilePath, D::Error> {
        let path = <&str>::deserialize(deserializer)?;
        FilePath::parse(path).map_err(|fault| serde::de::Error::custom(fault.code()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_harm_a_clone_are_refused() {
        let refused = [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "./a",
            ".git",
            "a/.git/config",
            ".GIT",
            ".Git/x",
            ".git.",
            ".git ",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "git~1",
            "GIT~12/x",
            "gi7eba~1",
            ".gitmodules",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            "a\u{feff}b",
            "a\u{200b}b",
            " a",
            "a ",
            "a/b.",
            "a. /b",
            "a\tb",
            "\u{e000}",
        ];
        for path in refused {
            assert!(FilePath::parse(path).is_err(), "{path:?} must be refused");
        }
        assert!(FilePath::parse(&"a/".repeat(60)).is_err());
        assert!(FilePath::parse(&"é".repeat(200)).is_err());
        assert_eq!(FilePath::from_bytes(b"a\xff.md"), Err(PathFault::NotUtf8));
    }

    #[test]
    fn names_that_only_windows_forbids_open_but_are_not_made() {
        for path in ["con.md", "a:b.md", "what?.md", "COM1", "x/AUX.txt"] {
            assert!(FilePath::parse(path).is_ok(), "{path}");
            assert_eq!(FilePath::parse_new(path), Err(PathFault::Windows), "{path}");
        }
        assert_eq!(FilePath::parse_new("cafe\u{301}.md"), Err(PathFault::NotNfc));
        assert!(FilePath::parse_new("café/één plan.md").is_ok());
        assert!(FilePath::parse_new("👩\u{200d}💻.md").is_ok());
        assert!(FilePath::parse_new(".github/x.md").is_ok());
    }

    #[test]
    fn the_kind_follows_from_the_path() {
        let kind = |path: &str| FilePath::parse(path).expect("a good path").kind();
        assert_eq!(kind("a/b.md"), Kind::Page);
        assert_eq!(kind("a/b.MD"), Kind::Page);
        assert_eq!(kind("a/_Sidebar.md"), Kind::Part);
        assert_eq!(kind(".polder/types/plan.yml"), Kind::Settings);
        assert_eq!(kind(".obsidian/x.md"), Kind::File);
        assert_eq!(kind("a/b.png"), Kind::File);
        assert_eq!(kind("a/.md"), Kind::File);
    }

    #[test]
    fn names_collide_by_case_and_unicode_form() {
        let key = |path: &str| FilePath::parse(path).expect("a good path").collision_key();
        assert_eq!(key("Plan.md"), key("plan.MD"));
        assert_eq!(key("café.md"), key("CAFE\u{301}.md"));
        assert_eq!(key("Straße.md"), key("STRASSE.md"));
        assert_ne!(key("a.md"), key("b.md"));
    }

    #[test]
    fn a_page_is_reached_at_its_path_without_extension() {
        let href = |path: &str| FilePath::parse(path).expect("a good path").href();
        assert_eq!(href("plan/één plan.md"), "/plan/%C3%A9%C3%A9n%20plan");
        assert_eq!(href("a@b.md"), "/a%40b");
        assert_eq!(href("-/search.md"), "/-/page/-/search");
        assert_eq!(href("wiki.git.md"), "/-/page/wiki.git");
        assert_eq!(href("files/a.png"), "/files/a.png");
        assert_eq!(percent_decode("a%20b%zz%+1%C3%A9").as_deref(), Some("a b%zz%+1é"));
        assert_eq!(percent_decode("%ff"), None);
    }

    #[test]
    fn a_title_becomes_a_kebab_case_slug() {
        assert_eq!(slug("Plan van aanpak"), "plan-van-aanpak");
        assert_eq!(slug("  Één café: € 500 — nu! "), "een-cafe-500-nu");
        assert_eq!(slug("日本語"), "日本語");
        assert_eq!(slug("!!!"), "");
        assert!(slug(&"é".repeat(500)).len() <= 120);
    }
}
