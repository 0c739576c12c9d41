//! What links lead to. Resolving asks the names of a site and nothing else.
//!
//! Writing links anew when a page moves stands in `moving`.

use std::sync::Arc;

use crate::carry::Shift;
use crate::doc::{Doc, Link, LinkKind};
use crate::front::{Front, Value};
use crate::names::{Asking, Found, Names, PageIdx, normal_path};
use crate::path::{FilePath, percent_decode, slug, strip_page_extension};
use crate::settings::LinkOrder;

/// One link of a page, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub to: Target,
    /// Whether the right side of a wiki link names the target.
    pub swapped: bool,
    /// Whether what follows an `@` in the target is a version, not the end of a name.
    pub versioned: bool,
}

impl Resolved {
    /// The side of a link that names its target, as written.
    pub fn written<'a>(&self, link: &'a Link) -> &'a str {
        match &link.second {
            Some(second) if self.swapped => second,
            _ => &link.first,
        }
    }

    /// The version that a link asks for: a label, a day, `~commit`.
    pub fn version<'a>(&self, link: &'a Link) -> Option<&'a str> {
        if self.versioned { parts(self.written(link)).version } else { None }
    }
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Page(PageIdx),
    File(u32),
    /// The page itself (`[[#heading]]`, `#heading`).
    Own,
    /// Outside the wiki, or an address of the program itself.
    External,
    /// No such page: the path where it would be made.
    Missing(Box<str>),
    Ambiguous(Box<[PageIdx]>),
    /// A URL scheme that is not followed.
    Refused,
}

/// All links of one page, in the doc's order, and how its piped links vote on the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageLinks {
    pub links: Vec<Resolved>,
    /// Pages referred to, sorted, once each, the page itself left out.
    pub targets: Vec<PageIdx>,
    pub votes: Votes,
    /// The keys of names from which all this follows.
    pub(crate) noted: Arc<[u32]>,
}

impl PageLinks {
    /// The same where pages and files stand now; `None` when one that is meant is gone.
    pub(crate) fn followed(self: &Arc<PageLinks>, pages: &Shift, entries: &Shift) -> Option<Arc<PageLinks>> {
        let stays = |page: &PageIdx| pages.to(*page) == Some(*page);
        let is_level = |link: &Resolved| match &link.to {
            Target::Page(page) => stays(page),
            Target::File(file) => entries.to(*file) == Some(*file),
            Target::Ambiguous(all) => all.iter().all(stays),
            Target::Own | Target::External | Target::Missing(_) | Target::Refused => true,
        };
        if entries.is_none() || (self.targets.iter().all(stays) && self.links.iter().all(is_level)) {
            return Some(Arc::clone(self));
        }
        let mut now = PageLinks::clone(self);
        let follow = |page: &mut PageIdx| pages.to(*page).map(|to| *page = to);
        now.targets.iter_mut().try_for_each(follow)?;
        for link in &mut now.links {
            match &mut link.to {
                Target::Page(page) => follow(page)?,
                Target::File(file) => *file = entries.to(*file)?,
                Target::Ambiguous(all) => all.iter_mut().try_for_each(follow)?,
                Target::Own | Target::External | Target::Missing(_) | Target::Refused => {}
            }
        }
        Some(Arc::new(now))
    }
}

/// Of the piped links of which exactly one side names a page: which side it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    pub first: u32,
    pub second: u32,
}

/// The parts of a link's target as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    pub name: &'a str,
    /// After the last `@`, when that looks like a version.
    pub version: Option<&'a str>,
    /// After the first `#`.
    pub fragment: Option<&'a str>,
}

/// Splits `Plan van aanpak@v1#Kop`.
pub fn parts(target: &str) -> Parts<'_> {
    let (rest, fragment) = match target.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (target, None),
    };
    let (name, version) = match rest.rsplit_once('@') {
        Some((name, version)) if is_version(version) => (name, Some(version)),
        _ => (rest, None),
    };
    Parts { name: name.trim(), version, fragment }
}

fn is_version(text: &str) -> bool {
    let label = text.strip_prefix('~').unwrap_or(text);
    !label.is_empty()
        && label.len() <= 140
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && label.as_bytes()[0].is_ascii_alphanumeric()
}

/// Whether any link of a doc may name a version, without looking anything up.
pub fn may_cite(doc: &Doc) -> bool {
    let has_sign = |text: &str| text.as_bytes().contains(&b'@');
    doc.links.iter().any(|link| has_sign(&link.first) || link.second.as_deref().is_some_and(has_sign))
}

/// Whether a doc may show other pages within it.
pub fn may_embed(doc: &Doc) -> bool {
    doc.links.iter().any(|link| link.kind == LinkKind::Embed)
}

/// What the links of a page name, before it is decided which side of each counts.
#[derive(Debug, Default)]
pub struct LookedUp {
    sides: Vec<(Side, Option<Side>)>,
    /// Pages that the frontmatter refers to.
    referred: Vec<PageIdx>,
    pub votes: Votes,
    noted: Arc<[u32]>,
}

/// What one side of a link names, and whether with a version.
#[derive(Debug)]
struct Side {
    to: Target,
    versioned: bool,
}

/// Looks up every link of `doc`. Both sides of piped links are looked up when `order` is open.
pub fn look_up(doc: &Doc, path: &FilePath, names: &Names, order: LinkOrder) -> LookedUp {
    let mut asking = Asking::new(names);
    let mut found = LookedUp { sides: Vec::with_capacity(doc.links.len()), ..LookedUp::default() };
    for link in &doc.links {
        let sides = sides(link, path, &mut asking, order);
        if let (first, Some(second)) = &sides {
            match (names_something(&first.to), names_something(&second.to)) {
                (true, false) => found.votes.first += 1,
                (false, true) => found.votes.second += 1,
                _ => {}
            }
        }
        found.sides.push(sides);
    }
    for reference in references(&doc.front) {
        if let Found::Page(target) = asking.find(path.folder(), parts(reference).name) {
            found.referred.push(target);
        }
    }
    found.noted = asking.noted();
    found
}

/// Decides which side of each link counts, `own` being the page itself.
pub fn decide(doc: &Doc, own: PageIdx, order: LinkOrder, looked_up: LookedUp) -> PageLinks {
    let mut page = PageLinks {
        links: Vec::with_capacity(doc.links.len()),
        targets: looked_up.referred,
        votes: looked_up.votes,
        noted: looked_up.noted,
    };
    for (link, sides) in doc.links.iter().zip(looked_up.sides) {
        let resolved = choose(link, sides, order);
        if let Target::Page(target) = resolved.to {
            page.targets.push(target);
        }
        page.links.push(resolved);
    }
    page.targets.retain(|target| *target != own);
    page.targets.sort_unstable();
    page.targets.dedup();
    page
}

/// Frontmatter values that refer to pages: paths with a slash, or in double brackets.
/// Types will say this exactly; until a field's type is known, only clear cases count.
pub fn references(front: &Front) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest: Vec<&Value> = front.fields.iter().map(|field| &field.value).collect();
    while let Some(value) = rest.pop() {
        match value {
            Value::Scalar(scalar) => {
                if let Some(target) = reference(&scalar.text) {
                    found.push(target);
                }
            }
            Value::List(values) => rest.extend(values),
            Value::Map(fields) => rest.extend(fields.iter().map(|field| &field.value)),
            Value::Empty => {}
        }
    }
    found
}

/// The page that a frontmatter value names, when it clearly names one.
pub fn reference(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
        return Some(inner.split('|').next().unwrap_or(inner));
    }
    let path_like = text.contains('/')
        && text.len() <= 300
        && !text.contains("://")
        && !text.contains(' ')
        && !text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    path_like.then_some(text)
}

/// Resolves one link of the page at `path`. `setting` is what the wiki's settings say of the
/// order, `order` what it comes to.
pub fn resolve_one(link: &Link, path: &FilePath, names: &Names, setting: LinkOrder, order: LinkOrder) -> Resolved {
    choose(link, sides(link, path, &mut Asking::new(names), setting), order)
}

/// What the left side names, and the right side where that is asked. An explicit order is taken at
/// its word: then only the side that counts is looked up, and stands first.
fn sides(link: &Link, path: &FilePath, names: &mut Asking<'_>, setting: LinkOrder) -> (Side, Option<Side>) {
    let second = link.second.as_deref().filter(|_| link.kind == LinkKind::Wiki);
    match (link.kind, second, setting) {
        (LinkKind::Markdown | LinkKind::Image, _, _) => (url_target(&link.first, link.kind, path, names), None),
        (_, None, _) | (_, Some(_), LinkOrder::TargetFirst) => (wiki_target(&link.first, path, names), None),
        (_, Some(second), LinkOrder::TextFirst) => (wiki_target(second, path, names), None),
        (_, Some(second), LinkOrder::Auto) => {
            (wiki_target(&link.first, path, names), Some(wiki_target(second, path, names)))
        }
    }
}

/// Which side counts (each link for itself, where exactly one side names something).
fn choose(link: &Link, sides: (Side, Option<Side>), order: LinkOrder) -> Resolved {
    let piped = link.kind == LinkKind::Wiki && link.second.is_some();
    let (side, swapped) = match sides {
        (side, None) => (side, piped && order == LinkOrder::TextFirst),
        (first, Some(second)) => {
            let swapped = match (rank(&first.to), rank(&second.to)) {
                (a, b) if a == b => order == LinkOrder::TextFirst,
                (a, b) => a < b,
            };
            (if swapped { second } else { first }, swapped)
        }
    };
    Resolved { to: side.to, swapped, versioned: side.versioned }
}

/// A URL is surely the target; a name of something that exists very likely.
fn rank(target: &Target) -> u8 {
    match target {
        Target::External | Target::Refused => 2,
        Target::Page(_) | Target::File(_) | Target::Own | Target::Ambiguous(_) => 1,
        Target::Missing(_) => 0,
    }
}

fn names_something(target: &Target) -> bool {
    rank(target) == 1
}

fn wiki_target(target: &str, path: &FilePath, names: &mut Asking<'_>) -> Side {
    let plain = |to: Target| Side { to, versioned: false };
    if is_url(target) {
        return plain(scheme_target(target));
    }
    let parts = parts(target);
    let versioned = parts.version.is_some();
    if parts.name.is_empty() {
        return Side { to: Target::Own, versioned };
    }
    if versioned {
        // A name that contains an `@` may be a page's own name.
        let whole = target.split('#').next().unwrap_or(target).trim();
        if let Some(to) = known(names.find(path.folder(), whole)) {
            return plain(to);
        }
    }
    let to = known(names.find(path.folder(), parts.name));
    Side { to: to.unwrap_or_else(|| Target::Missing(place_for(path.folder(), parts.name).into())), versioned }
}

fn url_target(url: &str, kind: LinkKind, path: &FilePath, names: &mut Asking<'_>) -> Side {
    let plain = |to: Target| Side { to, versioned: false };
    if url.is_empty() || url.starts_with('#') {
        return plain(Target::Own);
    }
    if is_url(url) || url.starts_with("//") {
        return plain(scheme_target(url));
    }
    let file = url.split(['#', '?']).next().unwrap_or(url);
    if file.is_empty() {
        return plain(Target::Own);
    }
    let Some(whole) = percent_decode(file) else { return plain(Target::Missing("".into())) };
    if whole == "/-" || whole.starts_with("/-/") {
        return plain(Target::External);
    }
    // Markdown links are paths: no look-up by title or alias.
    let from = if whole.starts_with('/') { "" } else { path.folder() };
    let mut find = |name: &str| match normal_path(from, name) {
        Some(full) => known(names.find("", &format!("/{full}"))),
        None => None,
    };
    // An encoded `@` never splits (DESIGN §3).
    let Parts { name, version, .. } = parts(file);
    let split = version.and_then(|_| percent_decode(name));
    if let Some(to) = find(&whole) {
        return plain(to);
    }
    let versioned = split.is_some();
    let name = split.unwrap_or(whole);
    if name.is_empty() {
        return Side { to: Target::Own, versioned };
    }
    let to = versioned.then(|| find(&name)).flatten().unwrap_or_else(|| {
        let full = normal_path(from, &name).unwrap_or_default();
        let is_page = kind == LinkKind::Markdown
            && (strip_page_extension(&full).len() < full.len() || !full.rsplit('/').next().unwrap_or("").contains('.'));
        Target::Missing(if is_page { strip_page_extension(&full).into() } else { "".into() })
    });
    Side { to, versioned }
}

fn known(found: Found) -> Option<Target> {
    match found {
        Found::Page(page) => Some(Target::Page(page)),
        Found::File(file) => Some(Target::File(file)),
        Found::Ambiguous(pages) => Some(Target::Ambiguous(pages.into())),
        Found::Nothing => None,
    }
}

/// Where a page of this name would be made: beside the linking page, or from the root when the
/// name has folders. Segments become slugs.
pub fn place_for(folder: &str, name: &str) -> String {
    let name = strip_page_extension(name);
    let base = if name.trim_start_matches('/').contains('/') || name.starts_with('/') { "" } else { folder };
    let path = normal_path(base, name).unwrap_or_default();
    let kept = if base.is_empty() { 0 } else { folder.split('/').count() };
    path.split('/')
        .enumerate()
        .map(|(at, segment)| if at < kept { segment.to_owned() } else { slug(segment) })
        .filter(|segment| !segment.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

fn scheme_target(url: &str) -> Target {
    if safe_url(url) { Target::External } else { Target::Refused }
}

/// Whether a URL names its scheme (`https:…`), after dropping what browsers drop.
pub fn is_url(url: &str) -> bool {
    let Some((scheme, _)) = url.split_once(':') else { return false };
    let scheme: String = scheme.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    !scheme.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && scheme.len() > 1
}

/// Whether a URL may stand in a link: http, https, mailto, tel, or relative within the site.
pub fn safe_url(url: &str) -> bool {
    let seen: String = url.chars().filter(|c| !c.is_control()).collect();
    let seen = seen.trim_start();
    if seen.starts_with("//") || seen.starts_with("/\\") || seen.starts_with('\\') {
        return false;
    }
    match seen.find([':', '/', '?', '#']) {
        Some(at) if seen.as_bytes()[at] == b':' => {
            matches!(seen[..at].trim().to_ascii_lowercase().as_str(), "http" | "https" | "mailto" | "tel")
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_a_name_a_version_and_a_fragment() {
        let all = parts("Plan van aanpak@v1#Kop");
        assert_eq!((all.name, all.version, all.fragment), ("Plan van aanpak", Some("v1"), Some("Kop")));
        assert_eq!(parts("jan@example org").name, "jan@example org");
        assert_eq!(parts("#kop"), Parts { name: "", version: None, fragment: Some("kop") });
    }

    #[test]
    fn only_known_schemes_are_links() {
        for url in ["http://a", "HTTPS://a", "mailto:a@b", "a/b", "/a", "#x", "?q", "a b"] {
            assert!(safe_url(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:x",
            "java\nscript:x",
            "\u{1}javascript:x",
            "data:text/html,x",
            "vbscript:x",
            "//evil",
            "/\\evil",
            "\\evil",
            "ext::sh",
            " javascript:x",
        ] {
            assert!(!safe_url(url), "{url:?}");
        }
    }

    #[test]
    fn a_missing_page_is_made_beside_the_page_or_from_the_root() {
        assert_eq!(place_for("Mijn map", "Nieuw plan"), "Mijn map/nieuw-plan");
        assert_eq!(place_for("a", "b/Nieuw"), "b/nieuw");
        assert_eq!(place_for("a", "/Nieuw.md"), "nieuw");
        assert_eq!(place_for("a", "../../x"), "", "a link out of the wiki makes nothing");
    }
}
