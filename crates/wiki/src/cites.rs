//! Links that name a version: whether there is one, what holds today, and whether the cited piece
//! changed since.
//!
//! A site knows no refs, so a link's version is looked up in the world, for each answer. What two
//! texts come to, compared, is remembered by their blobs. Words are not found here.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;
use polder_core::access::Who;
use polder_core::ids::{BlobId, CommitId};
use polder_core::limits;
use polder_core::links::{self, Target};
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, strip_page_extension};
use polder_core::piece::{self, Change, Piece};
use polder_core::problem::{Level, Problem};
use polder_core::site::{Problems, Seen, Site};
use polder_core::version::{self, Version, VersionKind, Versions};
use polder_store::{Store, StoreError};

use crate::history::History;
use crate::kept::Kept;
use crate::versions::Tagged;
use crate::wiki::Wiki;
use crate::world::World;

/// Comparisons remembered, and places of files in old commits: some megabytes.
const COMPARED_KEPT: usize = 50_000;

/// Labels named where one is not there.
const LABELS_TOLD: usize = 8;

/// A version and the piece of a page that a link names.
#[derive(Clone, Copy, Debug)]
pub struct Citation<'a> {
    /// Where the page is by now.
    pub now: &'a FilePath,
    /// A label, a day, or `~` and a commit.
    pub version: &'a str,
    pub piece: &'a Piece,
}

/// What a version in a link means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Version(Box<Version>),
    /// The page as it stood at the end of a day.
    Day(Date),
    Commit(CommitId),
}

/// A citation, found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    pub what: Named,
    pub commit: CommitId,
    pub against: Against,
}

/// What the cited piece is to what holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Against {
    /// It holds itself.
    Itself,
    /// Another version holds; no change is told where too much would have to be compared.
    Version(Box<Version>, Option<Change>),
    Withdrawn(Box<Version>),
    /// No version holds: the page as it is now.
    Now(Option<Change>),
    /// The page is there no more.
    Gone,
}

/// Comparisons and look-ups that follow from immutable objects alone.
#[derive(Debug)]
pub struct Compared {
    /// Also how many bytes were compared, which counts whether they are compared anew or not.
    changes: Kept<(BlobId, BlobId, Piece), (Change, usize)>,
    files: Kept<(u64, CommitId, FilePath), Option<BlobId>>,
}

impl Default for Compared {
    fn default() -> Compared {
        Compared { changes: Kept::new(COMPARED_KEPT), files: Kept::new(COMPARED_KEPT) }
    }
}

impl Wiki {
    /// What a citation comes to on a day; `None` where there is no such version, or the page is not in
    /// it. `here` is the page's file at the moment that is looked at. `bytes_left` bounds what is
    /// compared for one answer.
    pub fn cited(
        &self,
        world: &World,
        citation: Citation<'_>,
        here: Option<BlobId>,
        day: Date,
        bytes_left: &mut usize,
    ) -> Result<Option<Cited>, StoreError> {
        let Some((what, commit)) = self.named(world, citation)? else { return Ok(None) };
        let Some(then) = self.file_then(world, citation.now, commit)? else { return Ok(None) };
        let holds = world.governing(citation.now.address(), day);
        let is_itself = |holds: &Version| match &what {
            Named::Version(version) => version.name == holds.name,
            Named::Day(_) | Named::Commit(_) => holds.commit == commit,
        };
        let against = match holds {
            Some(holds) if is_itself(holds) => Against::Itself,
            Some(holds) if holds.text.kind == VersionKind::Withdrawal => Against::Withdrawn(Box::new(holds.clone())),
            Some(holds) => {
                let change = match self.file_then(world, citation.now, holds.commit)? {
                    Some(held) => self.compare(then, held, citation.piece, bytes_left)?,
                    None => Some(Change::Gone),
                };
                Against::Version(Box::new(holds.clone()), change)
            }
            None => match here {
                Some(here) => Against::Now(self.compare(then, here, citation.piece, bytes_left)?),
                None => Against::Gone,
            },
        };
        Ok(Some(Cited { what, commit, against }))
    }

    /// The version, day or commit that a citation names, if there is one.
    fn named(&self, world: &World, citation: Citation<'_>) -> Result<Option<(Named, CommitId)>, StoreError> {
        let Citation { now, version: text, .. } = citation;
        if let Some(hex) = text.strip_prefix('~') {
            return Ok(self.commit_named(world, hex)?.map(|commit| (Named::Commit(commit), commit)));
        }
        let version = if version::looks_like_date(text) {
            let Some(day) = version::parse_date(text) else { return Ok(None) };
            let ruling = world.ruling(now.address());
            if ruling.is_empty() {
                return Ok(self.on_day(world, day).map(|commit| (Named::Day(day), commit)));
            }
            version::in_force(&ruling, day)
        } else {
            world.version(now.address(), text)
        };
        let Some(version) = version else { return Ok(None) };
        let commit = self.on_branch(world, version.commit)?;
        Ok(commit.map(|commit| (Named::Version(Box::new(version.clone())), commit)))
    }

    /// The file of a page at a commit, wherever it was then.
    pub fn file_then(&self, world: &World, now: &FilePath, commit: CommitId) -> Result<Option<BlobId>, StoreError> {
        let Some(path) = path_then(world, now, commit) else { return Ok(None) };
        let key = (world.class(), commit, path);
        if let Some(file) = self.compared.files.get(&key) {
            return Ok(file);
        }
        let file = self.file_at(world, commit, key.2.as_str())?;
        self.compared.files.put(key, file, 1);
        Ok(file)
    }

    fn compare(
        &self,
        old: BlobId,
        new: BlobId,
        piece: &Piece,
        bytes_left: &mut usize,
    ) -> Result<Option<Change>, StoreError> {
        if old == new {
            return Ok(Some(Change::Same));
        }
        let key = (old, new, piece.clone());
        let (change, size) = match self.compared.changes.get(&key) {
            Some(known) => known,
            None => {
                let size = self.store().size(old)?.saturating_add(self.store().size(new)?);
                if size > *bytes_left {
                    *bytes_left = 0;
                    return Ok(None);
                }
                let (old, new) = (self.read_beside(old)?, self.read_beside(new)?);
                let change = piece::change(&String::from_utf8_lossy(&old), &String::from_utf8_lossy(&new), piece);
                self.compared.changes.put(key, (change, size), 1);
                (change, size)
            }
        };
        // The same whether it was remembered or not.
        let is_within = size <= *bytes_left;
        *bytes_left = bytes_left.saturating_sub(size);
        Ok(is_within.then_some(change))
    }

    /// The bytes of a page that is not asked for itself. What is not in the memory of files does not
    /// come into it: old versions would drive out what is read now.
    pub fn read_beside(&self, blob: BlobId) -> Result<Arc<[u8]>, StoreError> {
        match self.store().size(blob)? {
            size if size > limits::PAGE_MAX_BYTES => Err(StoreError::TooLarge(format!("text {blob} of {size} bytes"))),
            _ => self.read_small(blob),
        }
    }

    /// Links of the present site to versions that are not there.
    pub fn lost_links(&self, world: &World) -> Arc<Problems> {
        let is_in =
            |commit: CommitId, now: &FilePath| self.file_then(world, now, commit).is_ok_and(|file| file.is_some());
        let found = || Arc::new(lost_links(world, world.site.seen_by(&Who::owner()), &is_in));
        Arc::clone(world.lost_links.get_or_init(found))
    }
}

/// Where a page was at a commit that is at `now` by now; `None` where it was not there, as far as the
/// history is known.
pub fn path_then(world: &World, now: &FilePath, commit: CommitId) -> Option<FilePath> {
    match &world.history {
        Some(history) => history.path_at(now, commit),
        None if world.is_narrow() => None,
        None => Some(now.clone()),
    }
}

/// The world of a repository that is not served, as far as links to versions ask for it: the history
/// is read only where some link names one.
pub fn world_of(store: &Store, site: Site) -> Result<World, StoreError> {
    let tips = store.tips()?;
    let tagged = Arc::new(Tagged::read(store, tips.tags, &Tagged::default())?);
    let who = Who::owner();
    let seen = site.seen_by(&who);
    let versions = &tagged.versions;
    let cites = (0..)
        .zip(seen.pages())
        .any(|(at, page)| links::may_cite(&page.doc) && !citations(versions, seen, at).is_empty());
    let history = match cites && !tagged.versions.is_empty() {
        true => Some(History::build(store, Some(site.at), None, &|_| {})?),
        false => None,
    };
    Ok(World::new(tips.main, tagged, Arc::new(site), history))
}

/// Links to versions that are not there, in a site of a world. `is_in` says whether a page was there
/// at a commit.
pub fn lost_links(world: &World, seen: Seen<'_>, is_in: &dyn Fn(CommitId, &FilePath) -> bool) -> Problems {
    let mut all = Problems::new();
    for (at, page) in (0..).zip(seen.pages()) {
        let lost = lost_links_of(world, seen, at, is_in);
        if !lost.is_empty() {
            all.insert(page.path.clone(), lost);
        }
    }
    all
}

/// The same for one page.
pub fn lost_links_of(
    world: &World,
    seen: Seen<'_>,
    page: PageIdx,
    is_in: &dyn Fn(CommitId, &FilePath) -> bool,
) -> Vec<Problem> {
    let Some(at) = seen.page(page).filter(|page| links::may_cite(&page.doc)) else { return Vec::new() };
    let mut lost = Vec::new();
    for (place, target, version) in citations(world.versions(), seen, page) {
        let Some(link) = at.doc.links.get(place) else { continue };
        let Some(target) = target else {
            let shown = seen.links(page).links.get(place).map_or("", |resolved| resolved.written(link));
            lost.push(Problem::new(Level::Warning, link.at, "link-broken", &[("target", shown)]));
            continue;
        };
        let target = &*target;
        let is_known = match version.split_once("..") {
            Some((from, to)) => [from, to].iter().all(|side| side.is_empty() || exists(world, target, side, is_in)),
            None => exists(world, target, version, is_in),
        };
        if !is_known {
            let mut labels: Vec<&str> =
                world.versions_above(target.address()).iter().map(|version| version.label()).collect();
            labels.dedup();
            let told = if labels.is_empty() {
                "none".to_owned()
            } else {
                labels[labels.len().saturating_sub(LABELS_TOLD)..].join(", ")
            };
            let args = [("target", target.address()), ("version", version), ("labels", told.as_str())];
            lost.push(Problem::new(Level::Warning, link.at, "link-no-version", &args));
        }
    }
    lost.truncate(limits::DOC_MAX_PROBLEMS);
    lost
}

/// The links of a page that name a version: by their place, the page, and the version as written. No
/// page where there is none of that name, nor a version of one that is gone.
fn citations<'a>(
    versions: &Versions,
    seen: Seen<'a>,
    page: PageIdx,
) -> Vec<(usize, Option<Cow<'a, FilePath>>, &'a str)> {
    let Some(at) = seen.page(page) else { return Vec::new() };
    let links = at.doc.links.iter().zip(&seen.links(page).links).enumerate();
    links
        .filter_map(|(place, (link, resolved))| {
            let version = resolved.version(link)?;
            let target = match &resolved.to {
                Target::Page(target) => Some(Cow::Borrowed(&seen.page(*target)?.path)),
                Target::Own => Some(Cow::Borrowed(&at.path)),
                Target::Missing(place) => gone(versions, resolved.written(link), place).map(Cow::Owned),
                _ => return None,
            };
            Some((place, target, version))
        })
        .collect()
}

/// The page that a link names which is there no more but has versions. `place` is where it would be
/// made.
pub fn gone(versions: &Versions, written: &str, place: &str) -> Option<FilePath> {
    let name = strip_page_extension(links::parts(written).name.trim_start_matches('/'));
    let address = [name, place].into_iter().find(|address| !versions.of(address).is_empty())?;
    FilePath::parse(&format!("{address}.md")).ok()
}

/// Whether a version of a page exists, as far as labels and days tell. Commits are not looked up.
fn exists(world: &World, page: &FilePath, text: &str, is_in: &dyn Fn(CommitId, &FilePath) -> bool) -> bool {
    if text.starts_with('~') {
        return true;
    }
    let version = if version::looks_like_date(text) {
        let Some(day) = version::parse_date(text) else { return false };
        let ruling = world.ruling(page.address());
        if ruling.is_empty() {
            return true;
        }
        version::in_force(&ruling, day)
    } else {
        world.version(page.address(), text)
    };
    version.is_some_and(|version| is_in(version.commit, page))
}
