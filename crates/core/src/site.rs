//! All docs of one commit, and everything that follows from them: names, links, backlinks.
//!
//! `assemble` is a pure function of one tree. A previous site only lends what is computed from
//! the same inputs: docs told by identity, names by the keys that were asked. The result is the
//! same without it (INV-2), and tests hold that. What few screens need (tags, wanted pages, problems) is computed when first asked.
//! Content leaves a site through `Seen` only (INV-4).

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::civil;

use crate::access::{self, Access, Who};
use crate::carry::{self, Shift};
use crate::doc::{Doc, Shape};
use crate::eval::Eval;
use crate::ids::{BlobId, CommitId};
use crate::judge;
use crate::links::{self, PageLinks, Resolved, Target, Votes};
use crate::manifest::{Entry, Manifest, OddKind};
use crate::names::{Found, Keys, Named, Names, NamesChange, PageIdx, distance, name_key};
use crate::path::{FilePath, Kind};
use crate::piece::{self, Piece};
use crate::problem::{Level, Pos, Problem};
use crate::query;
use crate::records::Records;
use crate::review;
use crate::settings::{self, LinkOrder, Settings};
use crate::types::{self, Type, Types};

/// A page (or part) of a site.
#[derive(Clone, Debug)]
pub struct Page {
    pub path: FilePath,
    pub blob: BlobId,
    pub doc: Arc<Doc>,
}

impl Page {
    /// The title, else the base name as it stands.
    pub fn title(&self) -> &str {
        self.doc.title.as_deref().unwrap_or_else(|| self.path.base_name())
    }
}

/// Everything that follows from one tree. Immutable.
#[derive(Debug)]
pub struct Site {
    pub at: CommitId,
    /// Stands for the readers whose site this is: 0 for those who may read everything.
    pub class: u64,
    manifest: Arc<Manifest>,
    settings: Arc<Settings>,
    access: Arc<Access>,
    /// The file from which `access` was read.
    access_doc: Option<Arc<Doc>>,
    docs: Vec<Arc<Doc>>,
    types: Arc<Types>,
    records: Records,
    /// The files of the types, by name, from which `types` was read.
    type_docs: BTreeMap<Box<str>, Arc<Doc>>,
    pages: Vec<Page>,
    /// The addresses of all parts, as keys (`name_key`): most wikis have few, many have none.
    part_keys: Vec<Box<str>>,
    names: Arc<Names>,
    order: LinkOrder,
    links: Vec<Arc<PageLinks>>,
    backlinks: Arc<Backlinks>,
    /// By the day on which they were found: rules may look at it.
    problems: Mutex<Option<(civil::Date, Arc<Problems>)>>,
    wanted: OnceLock<Vec<Wanted>>,
    tags: OnceLock<BTreeMap<String, Vec<PageIdx>>>,
    cited: OnceLock<Cited>,
}

/// Who cites which version of a page: pages by label as written, without its case.
pub type Cited = BTreeMap<PageIdx, BTreeMap<String, Vec<PageIdx>>>;

/// Problems by file.
pub type Problems = BTreeMap<FilePath, Vec<Problem>>;

/// A page that links lead to but that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The path without extension where it would be made.
    pub path: String,
    pub from: Vec<PageIdx>,
}

/// What stands in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Child {
    Page(PageIdx),
    /// A sub-folder, by its whole path, with the page of the same address if there is one.
    Folder(String, Option<PageIdx>),
}

/// Makes a site of one tree. `docs` holds one doc for each entry of the manifest that `wants_doc`,
/// in the manifest's order.
pub fn assemble(at: CommitId, manifest: Arc<Manifest>, docs: Vec<Arc<Doc>>, previous: Option<&Site>) -> Site {
    let mut pages = Vec::with_capacity(docs.len());
    let mut settings_doc: Option<&Arc<Doc>> = None;
    let mut access_doc: Option<&Arc<Doc>> = None;
    let mut type_docs = BTreeMap::new();
    let mut part_keys = Vec::new();
    for (entry, doc) in manifest.entries().iter().filter(|entry| wants_doc(&entry.path)).zip(&docs) {
        match entry.path.kind() {
            Kind::Page | Kind::Part => {
                if entry.path.kind() == Kind::Part {
                    part_keys.push(name_key(entry.path.address()));
                }
                pages.push(Page { path: entry.path.clone(), blob: entry.blob, doc: Arc::clone(doc) });
            }
            Kind::Settings if entry.path.as_str() == settings::PATH => settings_doc = Some(doc),
            Kind::Settings if entry.path.as_str() == access::PATH => access_doc = Some(doc),
            Kind::Settings => {
                if let Some(name) = type_name(&entry.path) {
                    type_docs.insert(Box::from(name), Arc::clone(doc));
                }
            }
            Kind::File => {}
        }
    }
    let settings = read_settings(settings_doc.map(Arc::as_ref), previous);
    let access = read_access(access_doc, &manifest, previous);
    let types = read_types(&type_docs, previous);
    let (names, lent) = match previous {
        Some(previous) => lend(previous, &manifest, &pages),
        None => (Arc::new(read_names(&manifest, &pages)), None),
    };
    let lent = lent.as_ref();
    let records = Records::read(&pages, &types, &names, lent.map(|lent| (lent, &lent.previous.records)));
    let Linked { order, links, backlinks } = link(&pages, &manifest, &names, settings.links, lent);
    Site {
        at,
        class: 0,
        manifest,
        settings,
        access,
        access_doc: access_doc.cloned(),
        docs,
        types,
        records,
        type_docs,
        pages,
        part_keys,
        names,
        order,
        links,
        backlinks,
        problems: Mutex::new(None),
        wanted: OnceLock::new(),
        tags: OnceLock::new(),
        cited: OnceLock::new(),
    }
}

/// The type that a file describes.
fn type_name(path: &FilePath) -> Option<&str> {
    path.as_str().strip_prefix(".polder/types/")?.strip_suffix(".yml")
}

/// Whether a file is parsed at all: pages, parts and settings.
pub fn wants_doc(path: &FilePath) -> bool {
    path.kind() != Kind::File
}

fn read_settings(doc: Option<&Doc>, previous: Option<&Site>) -> Arc<Settings> {
    let settings = doc.map(|doc| settings::read(&doc.front).0).unwrap_or_default();
    match previous {
        Some(previous) if *previous.settings == settings => Arc::clone(&previous.settings),
        _ => Arc::new(settings),
    }
}

fn read_access(doc: Option<&Arc<Doc>>, manifest: &Manifest, previous: Option<&Site>) -> Arc<Access> {
    if let (Some(doc), Some(previous)) = (doc, previous)
        && previous.access_doc.as_ref().is_some_and(|old| Arc::ptr_eq(old, doc))
    {
        return Arc::clone(&previous.access);
    }
    let access = match doc {
        Some(doc) => Access::of_doc(doc),
        // Something stands there that is no file: what it was to say is not known.
        None => match manifest.odd.iter().find(|odd| access::stands_for_rules(&odd.shown)) {
            Some(odd) => Access::closed(vec![review::odd_problem(odd.why)]),
            None => Access::none(),
        },
    };
    match previous {
        Some(previous) if *previous.access == access => Arc::clone(&previous.access),
        _ => Arc::new(access),
    }
}

fn read_types(docs: &BTreeMap<Box<str>, Arc<Doc>>, previous: Option<&Site>) -> Arc<Types> {
    let same = |previous: &&Site| {
        previous.type_docs.len() == docs.len()
            && previous.type_docs.iter().zip(docs).all(|(old, new)| old.0 == new.0 && Arc::ptr_eq(old.1, new.1))
    };
    match previous.filter(same) {
        Some(previous) => Arc::clone(&previous.types),
        None => Arc::new(Types::read(docs.iter().map(|(name, doc)| (&**name, &doc.front)))),
    }
}

/// What the site before lends to the next.
pub(crate) struct Lent<'a> {
    previous: &'a Site,
    pub pages: Shift,
    entries: Shift,
    /// The names that may mean something else than before.
    pub keys: Keys,
}

impl<'a> Lent<'a> {
    /// Where this page stood before, if it says the same.
    pub fn same(&self, at: PageIdx, page: &Page) -> Option<PageIdx> {
        let was = self.pages.from(at)?;
        let before = self.previous.pages.get(was as usize)?;
        Arc::ptr_eq(&before.doc, &page.doc).then_some(was)
    }
}

/// The names of a site, and what `previous` lends to it.
fn lend<'a>(previous: &'a Site, manifest: &Manifest, pages: &[Page]) -> (Arc<Names>, Option<Lent<'a>>) {
    let (old, new) = (previous.manifest.entries(), manifest.entries());
    let entries = Shift::between(old.iter().map(|entry| &entry.path), new.iter().map(|entry| &entry.path));
    let paths = (previous.pages.iter().map(|page| &page.path), pages.iter().map(|page| &page.path));
    let shift = if entries.is_none() { Shift::none() } else { Shift::between(paths.0, paths.1) };
    let renamed: Vec<_> = (0..)
        .zip(pages)
        .filter_map(|(at, page)| {
            let before = &previous.pages[shift.from(at)? as usize];
            let same = Arc::ptr_eq(&before.doc, &page.doc)
                || (before.doc.title == page.doc.title && before.doc.alias_keys == page.doc.alias_keys);
            (!same).then(|| (named(before), named(page)))
        })
        .collect();
    if entries.is_none() && renamed.is_empty() {
        return (Arc::clone(&previous.names), Some(Lent { previous, pages: shift, entries, keys: Keys::none() }));
    }
    let file = |entry: &&'_ Entry| entry.path.kind() == Kind::File;
    let change = NamesChange {
        pages: &shift,
        entries: &entries,
        gone: shift.gone().map(|at| named(&previous.pages[at as usize])).collect(),
        came: shift.came().map(|at| (at, named(&pages[at as usize]))).collect(),
        renamed,
        files_gone: entries.gone().map(|at| &old[at as usize]).filter(file).map(|entry| &entry.path).collect(),
        files_came: (entries.came())
            .map(|at| (at, &new[at as usize]))
            .filter(|(_, entry)| file(entry))
            .map(|(at, entry)| (at, &entry.path))
            .collect(),
    };
    let names =
        if previous.names.is_near(&change) { previous.names.changed(&change) } else { read_names(manifest, pages) };
    let keys = Keys::of(&change);
    (Arc::new(names), Some(Lent { previous, pages: shift, entries, keys }))
}

fn named(page: &Page) -> Named<'_> {
    Named { path: &page.path, title_key: page.doc.title_key.as_deref(), alias_keys: &page.doc.alias_keys }
}

fn read_names(manifest: &Manifest, pages: &[Page]) -> Names {
    let files = (0u32..).zip(manifest.entries()).filter(|(_, entry)| entry.path.kind() == Kind::File);
    Names::new(pages.iter().map(named), files.map(|(at, entry)| (at, &entry.path)))
}

struct Linked {
    order: LinkOrder,
    links: Vec<Arc<PageLinks>>,
    backlinks: Arc<Backlinks>,
}

/// Looks up the links of all pages of which `lent` has no answer that still holds.
fn link(pages: &[Page], manifest: &Manifest, names: &Names, setting: LinkOrder, lent: Option<&Lent<'_>>) -> Linked {
    let lent = lent.filter(|lent| lent.previous.settings.links == setting);
    let kept: Vec<Option<Arc<PageLinks>>> = (0..)
        .zip(pages)
        .map(|(at, page)| {
            let lent = lent?;
            let links = &lent.previous.links[lent.same(at, page)? as usize];
            let is_open = lent.keys.has_any(&links.noted);
            if is_open { None } else { links.followed(&lent.pages, &lent.entries) }
        })
        .collect();
    let anew: Vec<PageIdx> = (0..).zip(&kept).filter(|(_, links)| links.is_none()).map(|(at, _)| at).collect();
    let looked_up = carry::each(&anew, |at| {
        let page = &pages[*at as usize];
        links::look_up(&page.doc, &page.path, names, setting)
    });
    let order = match setting {
        LinkOrder::Auto => {
            let votes = kept.iter().flatten().map(|links| links.votes);
            detect_order(manifest, votes.chain(looked_up.iter().map(|looked_up| looked_up.votes)))
        }
        chosen => chosen,
    };
    if let Some(lent) = lent
        && lent.previous.order != order
    {
        // The order turned over: what was decided before must be decided again.
        return link(pages, manifest, names, setting, None);
    }
    let decided = anew
        .iter()
        .zip(looked_up)
        .map(|(at, looked_up)| Arc::new(links::decide(&pages[*at as usize].doc, *at, order, looked_up)));
    let mut decided = decided.collect::<Vec<_>>().into_iter();
    let links: Vec<Arc<PageLinks>> =
        kept.into_iter().map(|kept| kept.or_else(|| decided.next()).unwrap_or_default()).collect();
    let backlinks = match lent {
        Some(lent) => lent.previous.backlinks.followed(&links, &anew, lent),
        None => Arc::new(Backlinks::of(&links)),
    };
    Linked { order, links, backlinks }
}

/// Markers of other programs first, then what nearly all piped links agree on (interop §4.1).
fn detect_order(manifest: &Manifest, votes: impl Iterator<Item = Votes>) -> LinkOrder {
    let mut text_first = false;
    for entry in manifest.entries() {
        let path = entry.path.as_str();
        if path.starts_with(".obsidian/") || path.starts_with(".silverbullet") {
            return LinkOrder::TargetFirst;
        }
        let name = entry.path.file_name();
        text_first |=
            (name.len() > 8 && name.starts_with('_') && entry.path.kind() == Kind::Part) || path == ".redirects.gollum";
    }
    if text_first {
        return LinkOrder::TextFirst;
    }
    let (first, second) =
        votes.fold((0, 0), |(first, second), votes| (first + u64::from(votes.first), second + u64::from(votes.second)));
    if first + second >= 5 && second * 100 >= (first + second) * 95 {
        return LinkOrder::TextFirst;
    }
    LinkOrder::TargetFirst
}

/// Who links to each page.
#[derive(Debug, Default)]
struct Backlinks {
    /// Where the list of each page begins in `from`, and at last where the last one ends.
    starts: Vec<u32>,
    from: Vec<PageIdx>,
}

impl Backlinks {
    fn of(links: &[Arc<PageLinks>]) -> Backlinks {
        let mut pairs: Vec<(PageIdx, PageIdx)> = Vec::new();
        for (from, page) in (0..).zip(links) {
            pairs.extend(page.targets.iter().map(|target| (*target, from)));
        }
        Backlinks::default().with(links.len(), &Shift::none(), &[], pairs)
    }

    fn to(&self, page: PageIdx) -> &[PageIdx] {
        let bounds = page as usize..=page as usize + 1;
        match self.starts.get(bounds) {
            Some([start, end]) => &self.from[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// Those of the next site, in which the links of `anew` were looked up.
    fn followed(self: &Arc<Backlinks>, links: &[Arc<PageLinks>], anew: &[PageIdx], lent: &Lent<'_>) -> Arc<Backlinks> {
        let before = |at: PageIdx| lent.pages.from(at).map(|was| &lent.previous.links[was as usize]);
        let targets = |at: PageIdx| &links[at as usize].targets;
        if lent.pages.is_none() && anew.iter().all(|at| before(*at).is_some_and(|old| old.targets == *targets(*at))) {
            return Arc::clone(self);
        }
        let mut gone: Vec<PageIdx> =
            lent.pages.gone().chain(anew.iter().filter_map(|at| lent.pages.from(*at))).collect();
        gone.sort_unstable();
        let pairs = anew.iter().flat_map(|from| targets(*from).iter().map(|target| (*target, *from))).collect();
        Arc::new(self.with(links.len(), &lent.pages, &gone, pairs))
    }

    /// The links of other pages than `gone` at their new places, and `pairs` of target and page.
    fn with(&self, n_pages: usize, shift: &Shift, gone: &[PageIdx], mut pairs: Vec<(PageIdx, PageIdx)>) -> Backlinks {
        pairs.sort_unstable();
        let mut pairs = pairs.into_iter().peekable();
        let mut starts = Vec::with_capacity(n_pages + 1);
        let mut from: Vec<PageIdx> = Vec::with_capacity(self.from.len() + pairs.len());
        let place = |from: &[PageIdx]| u32::try_from(from.len()).unwrap_or(u32::MAX);
        for page in (0..).take(n_pages) {
            starts.push(place(&from));
            let kept = shift.from(page).map_or(&[][..], |was| self.to(was));
            for was in kept.iter().filter(|was| gone.binary_search(was).is_err()) {
                let Some(now) = shift.to(*was) else { continue };
                while let Some((_, new)) = pairs.next_if(|(target, new)| *target == page && *new < now) {
                    from.push(new);
                }
                from.push(now);
            }
            while let Some((_, new)) = pairs.next_if(|(target, _)| *target == page) {
                from.push(new);
            }
        }
        starts.push(place(&from));
        Backlinks { starts, from }
    }
}

impl Site {
    /// The window through which `who` sees this site.
    pub fn seen_by<'a>(&'a self, who: &'a Who) -> Seen<'a> {
        Seen { site: self, who, moment: "" }
    }

    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who may do what in this site.
    pub fn access(&self) -> &Arc<Access> {
        &self.access
    }

    /// Identifies the names table (paths, titles, aliases): what is made from the same table and the
    /// same bytes is the same. Valid while a site that holds the table lives.
    pub fn names_token(&self) -> Arc<Names> {
        Arc::clone(&self.names)
    }

    /// The docs from which this site was assembled, one per entry that `wants_doc`, in order.
    pub fn docs(&self) -> &[Arc<Doc>] {
        &self.docs
    }

    pub(crate) fn pages(&self) -> &[Page] {
        &self.pages
    }

    pub(crate) fn types(&self) -> &Types {
        &self.types
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Which side of a piped link counts where nothing else decides.
    pub fn link_order(&self) -> LinkOrder {
        self.order
    }

    pub(crate) fn page_links(&self, page: PageIdx) -> &PageLinks {
        &self.links[page as usize]
    }

    pub(crate) fn target_path(&self, target: &Target) -> Option<&FilePath> {
        match target {
            Target::Page(page) => self.pages.get(*page as usize).map(|page| &page.path),
            Target::File(file) => self.manifest.entries().get(*file as usize).map(|entry| &entry.path),
            _ => None,
        }
    }

    fn find_problems(&self, seen: Seen<'_>, today: civil::Date) -> Problems {
        let mut all = Problems::new();
        let mut add = |path: &FilePath, problem: Problem| all.entry(path.clone()).or_default().push(problem);
        for (entry, doc) in self.manifest.entries().iter().filter(|entry| wants_doc(&entry.path)).zip(&self.docs) {
            if entry.path.kind() == Kind::Settings {
                let own = if entry.path.as_str() == settings::PATH { settings::read(&doc.front).1 } else { Vec::new() };
                let name = type_name(&entry.path);
                let of_type = name.and_then(|name| self.types.problems.get(name)).into_iter().flatten().cloned();
                if access::is_misnamed(&entry.path) {
                    let args = [("path", access::PATH)];
                    add(&entry.path, Problem::new(Level::Error, Pos::default(), "access-misnamed", &args));
                }
                if entry.path.as_str() == access::PATH {
                    for problem in self.access.problems() {
                        add(&entry.path, problem.clone());
                    }
                    continue;
                }
                for problem in doc.problems.iter().cloned().chain(own).chain(of_type) {
                    add(&entry.path, problem);
                }
            }
        }
        for kind in self.types.all() {
            if let Ok(path) = FilePath::parse(&types::path(&kind.name)) {
                for problem in judge::default_problems(seen, kind) {
                    add(&path, problem);
                }
            }
        }
        let eval = Eval::new(seen, today);
        for (at, page) in seen.readable() {
            for problem in judge::problems_of(&eval, at).into_iter().chain(query::problems_of(seen, at)) {
                add(&page.path, problem);
            }
        }
        for (page, links) in self.pages.iter().zip(&self.links) {
            for problem in &page.doc.problems {
                add(&page.path, problem.clone());
            }
            for (link, resolved) in page.doc.links.iter().zip(&links.links) {
                if let Some(problem) = self.link_problem(link, resolved) {
                    add(&page.path, problem);
                }
            }
        }
        let mut by_key: BTreeMap<String, &FilePath> = BTreeMap::new();
        for entry in self.manifest.entries() {
            if let Some(first) = by_key.insert(entry.path.collision_key(), &entry.path) {
                let other = first.as_str();
                add(&entry.path, Problem::new(Level::Error, Pos::default(), "name-collision", &[("other", other)]));
            }
        }
        for problems in all.values_mut() {
            problems.sort_by(|a, b| (a.at, &a.code, &a.args).cmp(&(b.at, &b.code, &b.args)));
        }
        all
    }

    fn link_problem(&self, link: &crate::doc::Link, resolved: &Resolved) -> Option<Problem> {
        let shown = resolved.written(link);
        match &resolved.to {
            // A page that is gone is still there in its versions, which this site does not know.
            Target::Missing(_) if resolved.versioned => None,
            Target::Missing(_) => Some(Problem::new(Level::Warning, link.at, "link-broken", &[("target", shown)])),
            Target::Ambiguous(pages) => {
                let list: Vec<&str> = pages
                    .iter()
                    .filter_map(|page| self.pages.get(*page as usize))
                    .map(|page| page.path.address())
                    .take(5)
                    .collect();
                Some(Problem::new(
                    Level::Warning,
                    link.at,
                    "link-ambiguous",
                    &[("target", shown), ("pages", &list.join(", "))],
                ))
            }
            Target::Refused => Some(Problem::new(Level::Warning, link.at, "link-refused", &[("target", shown)])),
            // What a version holds is not to be told from this site.
            Target::Page(_) if resolved.versioned => None,
            Target::Page(page) => {
                let fragment = links::parts(shown).fragment.filter(|fragment| !fragment.is_empty())?;
                let doc = &self.pages.get(*page as usize)?.doc;
                let (code, is_there) = match Piece::of(Some(fragment)) {
                    Piece::Block(id) => ("link-no-block", doc.spots.iter().any(|spot| spot.id == id)),
                    Piece::Section(name) => ("link-no-heading", piece::section(doc, &name).is_some()),
                    Piece::Whole => return None,
                };
                (doc.shape == Shape::Text && !is_there)
                    .then(|| Problem::new(Level::Hint, link.at, code, &[("target", shown), ("heading", fragment)]))
            }
            Target::File(_) | Target::Own | Target::External => None,
        }
    }
}

/// Whether the part at an address (`key` is its `name_key`) may be the one called `name` that counts
/// in `folder`: `false` only where it surely is not. Most pages have no part, and this is asked six
/// times for each.
fn may_count(key: &str, folder: &str, name: &str) -> bool {
    let (place, base) = key.rsplit_once('/').unwrap_or(("", key));
    let is_plain = |text: &str| text.is_ascii() && text.trim().len() == text.len();
    let is_same = |key: &str, text: &str| {
        let folded =
            text.bytes().map(|byte| if matches!(byte, b' ' | b'_') { b'-' } else { byte.to_ascii_lowercase() });
        key.len() == text.len() && key.bytes().eq(folded)
    };
    if !is_plain(folder) || !is_plain(name) {
        return true;
    }
    let is_above = place.is_empty()
        || folder.get(..place.len()).is_some_and(|above| {
            is_same(place, above) && matches!(folder.as_bytes().get(place.len()), None | Some(b'/'))
        });
    is_above && is_same(base, name)
}

/// A site as somebody sees it (INV-4). Every view, search, sum, map and feed reads through this.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    site: &'a Site,
    who: &'a Who,
    /// The moment that the reader looks at, percent-encoded for an address; empty for now.
    moment: &'a str,
}

/// What stands at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtAddress {
    Page(PageIdx),
    /// A page stands at another spelling of this address.
    Moved(PageIdx),
    File(FilePath, BlobId),
    /// No page, but pages below it.
    Folder(String),
    Nothing,
}

impl<'a> Seen<'a> {
    pub fn who(&self) -> &'a Who {
        self.who
    }

    /// The same, seen at a moment that addresses keep: the value of `?at=`, percent-encoded.
    pub fn at_moment(self, moment: &'a str) -> Seen<'a> {
        Seen { moment, ..self }
    }

    /// The address of a file, at the moment that is looked at.
    pub fn href(&self, path: &FilePath) -> String {
        self.stay(path.href())
    }

    /// Any address of the wiki, so that it leads to the same moment.
    pub fn stay(&self, mut href: String) -> String {
        if !self.moment.is_empty() {
            let end = href.find('#').unwrap_or(href.len());
            let sign = if href[..end].contains('?') { '&' } else { '?' };
            href.insert_str(end, &format!("{sign}at={}", self.moment));
        }
        href
    }

    pub fn commit(&self) -> CommitId {
        self.site.at
    }

    /// Stands for the readers whose site this is: sites of one commit differ by it.
    pub fn class(&self) -> u64 {
        self.site.class
    }

    pub fn settings(&self) -> &'a Settings {
        &self.site.settings
    }

    /// All pages and parts, in path order; the index of each is its `PageIdx`.
    pub fn pages(&self) -> &'a [Page] {
        &self.site.pages
    }

    /// The pages people see at an address (no parts), with their index.
    pub fn readable(&self) -> impl Iterator<Item = (PageIdx, &'a Page)> + use<'a> {
        (0..).zip(&self.site.pages).filter(|(_, page)| page.path.kind() == Kind::Page)
    }

    pub fn page(&self, page: PageIdx) -> Option<&'a Page> {
        self.site.pages.get(page as usize)
    }

    /// The page whose file this is.
    pub fn page_at(&self, path: &FilePath) -> Option<PageIdx> {
        // Nearly always there is one page at an address: one look instead of a search.
        if let Some(at) = self.site.names.at(path.address())
            && self.page(at).is_some_and(|page| page.path == *path)
        {
            return Some(at);
        }
        let at = self.site.pages.binary_search_by(|page| page.path.cmp(path)).ok()?;
        PageIdx::try_from(at).ok()
    }

    /// What stands at an address (a decoded path without leading slash).
    pub fn at(&self, address: &str) -> AtAddress {
        let names = &self.site.names;
        if address.is_empty() {
            return self.front_page().map_or(AtAddress::Nothing, AtAddress::Page);
        }
        if let Some(page) = names.at(address) {
            return AtAddress::Page(page);
        }
        if let Some(entry) = names.file(address).and_then(|at| self.site.manifest.entries().get(at as usize)) {
            return AtAddress::File(entry.path.clone(), entry.blob);
        }
        if address.starts_with(".polder/")
            && let Ok(path) = FilePath::parse(address)
            && let Some(blob) = self.site.manifest.get(address)
        {
            return AtAddress::File(path, blob);
        }
        if let Some(page) = names.folder_page(address) {
            return AtAddress::Page(page);
        }
        if let Some(page) = names.near(address) {
            return AtAddress::Moved(page);
        }
        if self.has_children(address) {
            return AtAddress::Folder(address.to_owned());
        }
        AtAddress::Nothing
    }

    /// The page at exactly this address, or the one that stands for a folder there.
    pub fn page_of(&self, address: &str) -> Option<PageIdx> {
        let names = &self.site.names;
        match names.at(address) {
            Some(page) => Some(page),
            None if names.file(address).is_some() => None,
            None => names.folder_page(address),
        }
    }

    /// Any file's blob by its exact path, settings included.
    pub fn file(&self, path: &str) -> Option<BlobId> {
        self.site.manifest.get(path)
    }

    pub fn entries(&self) -> &'a [Entry] {
        self.site.manifest.entries()
    }

    /// The types of records.
    pub fn types(&self) -> &'a Types {
        &self.site.types
    }

    /// What the frontmatter of typed pages holds.
    pub fn records(&self) -> &'a Records {
        &self.site.records
    }

    /// The names of the site's pages, for reading references.
    pub fn names(&self) -> &'a Names {
        &self.site.names
    }

    /// The type that a page says it is of, when there is such a type.
    pub fn type_of(&self, doc: &Doc) -> Option<&'a Type> {
        let types = &self.site.types;
        doc.front.text("type").and_then(|name| types.named(name)).map(|at| types.get(at))
    }

    /// The front page: the chosen one, else the first of FrontPage, Home, index, README, start.
    pub fn front_page(&self) -> Option<PageIdx> {
        let chosen = self.site.settings.home.as_deref().and_then(|home| self.site.names.near(home));
        chosen.or_else(|| self.site.names.folder_page(""))
    }

    /// What a wiki link with this target means on a page in `folder`.
    pub fn find(&self, folder: &str, name: &str) -> Found {
        self.site.names.find(folder, name)
    }

    pub fn links(&self, page: PageIdx) -> &'a PageLinks {
        &self.site.links[page as usize]
    }

    pub fn target_path(&self, target: &Target) -> Option<&'a FilePath> {
        self.site.target_path(target)
    }

    /// Resolves the links of a doc that stands at `path` but is not part of this site (a preview,
    /// an old version).
    pub fn resolve(&self, doc: &Doc, path: &FilePath) -> PageLinks {
        let names = &self.site.names;
        let looked_up = links::look_up(doc, path, names, self.site.settings.links);
        links::decide(doc, PageIdx::MAX, self.site.order, looked_up)
    }

    /// Pages that link to this one.
    pub fn backlinks(&self, page: PageIdx) -> &'a [PageIdx] {
        self.site.backlinks.to(page)
    }

    /// The part (`_Sidebar` …) that counts for a page in `folder`: the nearest ancestor's.
    pub fn part(&self, folder: &str, name: &str) -> Option<PageIdx> {
        if !self.site.part_keys.iter().any(|key| may_count(key, folder, name)) {
            return None;
        }
        let mut folder = folder;
        loop {
            let address = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if let Some(page) = self.site.names.near(&address)
                && self.page(page).is_some_and(|page| page.path.kind() == Kind::Part)
            {
                return Some(page);
            }
            if folder.is_empty() {
                return None;
            }
            folder = folder.rfind('/').map_or("", |at| &folder[..at]);
        }
    }

    /// Whether anything stands below a folder.
    pub fn has_children(&self, folder: &str) -> bool {
        let pages = &self.site.pages;
        // What stands below a page's address follows it, but for a few odd names.
        const ODD_NAMES: usize = 4;
        if let Some(own) = self.site.names.at(folder) {
            for page in pages.iter().skip(own as usize + 1).take(ODD_NAMES) {
                let Some(rest) = page.path.as_str().strip_prefix(folder) else { return false };
                match rest.bytes().next().cmp(&Some(b'/')) {
                    Ordering::Less => {}
                    Ordering::Equal => return true,
                    Ordering::Greater => return false,
                }
            }
        }
        let prefix = format!("{folder}/");
        let at = pages.partition_point(|page| page.path.as_str() < prefix.as_str());
        pages.get(at).is_some_and(|page| page.path.as_str().starts_with(&prefix))
    }

    /// Pages and sub-folders directly in a folder (`""` is the root), by name.
    pub fn children(&self, folder: &str) -> Vec<Child> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let pages = &self.site.pages;
        let mut at = pages.partition_point(|page| page.path.as_str() < prefix.as_str());
        let mut children = Vec::new();
        while let Some(page) = pages.get(at) {
            let Some(rest) = page.path.as_str().strip_prefix(prefix.as_str()) else { break };
            match rest.find('/') {
                None => {
                    if page.path.kind() == Kind::Page {
                        children.push(Child::Page(PageIdx::try_from(at).unwrap_or(PageIdx::MAX)));
                    }
                    at += 1;
                }
                Some(slash) => {
                    let sub = format!("{prefix}{}", &rest[..slash]);
                    // `0` is the character after `/`: the end of everything below the sub-folder.
                    let end = format!("{sub}0");
                    children.push(Child::Folder(sub.clone(), self.site.names.at(&sub)));
                    at += pages[at..].partition_point(|page| page.path.as_str() < end.as_str());
                }
            }
        }
        children
    }

    /// Pages that links lead to but that do not exist, most wanted first.
    pub fn wanted(&self) -> &'a [Wanted] {
        self.site.wanted.get_or_init(|| {
            let mut by_path: BTreeMap<&str, Vec<PageIdx>> = BTreeMap::new();
            for (from, links) in (0..).zip(&self.site.links) {
                for link in &links.links {
                    // A page that is made now has no version yet.
                    if let Target::Missing(path) = &link.to
                        && !link.versioned
                        && !path.is_empty()
                    {
                        let list = by_path.entry(path).or_default();
                        if list.last() != Some(&from) {
                            list.push(from);
                        }
                    }
                }
            }
            let mut wanted: Vec<Wanted> =
                by_path.into_iter().map(|(path, from)| Wanted { path: path.to_owned(), from }).collect();
            wanted.sort_by_key(|wanted| std::cmp::Reverse(wanted.from.len()));
            wanted
        })
    }

    /// Pages that no other page links to.
    pub fn orphans(&self) -> Vec<PageIdx> {
        let front = self.front_page();
        self.readable()
            .filter(|(at, _)| Some(*at) != front && self.site.backlinks.to(*at).is_empty())
            .map(|(at, _)| at)
            .collect()
    }

    /// Pages by tag.
    pub fn tags(&self) -> &'a BTreeMap<String, Vec<PageIdx>> {
        self.site.tags.get_or_init(|| {
            let mut tags: BTreeMap<String, Vec<PageIdx>> = BTreeMap::new();
            for (at, page) in self.readable() {
                for tag in &page.doc.tags {
                    tags.entry(tag.clone()).or_default().push(at);
                }
            }
            tags
        })
    }

    /// The pages that link to a version of `page` or show part of one, by what they write after the
    /// `@`: a label in small letters, a day, `~commit`.
    pub fn cited(&self, page: PageIdx) -> Option<&'a BTreeMap<String, Vec<PageIdx>>> {
        self.site.cited.get_or_init(|| self.find_cited()).get(&page)
    }

    fn find_cited(&self) -> Cited {
        let mut cited = Cited::new();
        for (from, page) in self.readable() {
            let mut add = |target: PageIdx, version: &str| {
                let pages = cited.entry(target).or_default().entry(version.to_ascii_lowercase()).or_default();
                if target != from && pages.last() != Some(&from) {
                    pages.push(from);
                }
            };
            for (link, resolved) in page.doc.links.iter().zip(&self.site.links[from as usize].links) {
                if let (Target::Page(target), Some(version)) = (&resolved.to, resolved.version(link)) {
                    add(*target, version);
                }
            }
            for reference in links::references(&page.doc.front) {
                let parts = links::parts(reference);
                if let Some(version) = parts.version
                    && let Found::Page(target) = self.find(page.path.folder(), parts.name)
                {
                    add(target, version);
                }
            }
        }
        cited
    }

    /// All problems by file, as they are on a day.
    pub fn problems(&self, today: civil::Date) -> Arc<Problems> {
        // A panic elsewhere leaves at worst nothing kept.
        let mut kept = self.site.problems.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((day, problems)) = &*kept
            && *day == today
        {
            return Arc::clone(problems);
        }
        let problems = Arc::new(self.site.find_problems(*self, today));
        *kept = Some((today, Arc::clone(&problems)));
        problems
    }

    /// How many problems there are, when they have been looked for on that day; never waits for
    /// somebody who is looking.
    pub fn n_problems_known(&self, today: civil::Date) -> Option<usize> {
        let kept = self.site.problems.try_lock().ok()?;
        let (_, problems) = kept.as_ref().filter(|kept| kept.0 == today)?;
        Some(problems.values().map(Vec::len).sum())
    }

    /// The problems of one page, without looking at the others.
    pub fn problems_of(&self, page: PageIdx, today: civil::Date) -> Vec<Problem> {
        let Some(at) = self.page(page) else { return Vec::new() };
        let links = &self.site.links[page as usize];
        let of_links = at.doc.links.iter().zip(&links.links).filter_map(|(link, to)| self.site.link_problem(link, to));
        let of_record = judge::problems_of(&Eval::new(*self, today), page);
        let of_queries = query::problems_of(*self, page);
        let mut problems: Vec<Problem> =
            at.doc.problems.iter().cloned().chain(of_links).chain(of_record).chain(of_queries).collect();
        problems.sort_by(|a, b| (a.at, &a.code).cmp(&(b.at, &b.code)));
        problems
    }

    /// Names in the tree that are shown but never written.
    pub fn odd_names(&self) -> impl Iterator<Item = (&'a str, OddKind)> + use<'a> {
        self.site.manifest.odd.iter().map(|odd| (odd.shown.as_str(), odd.why))
    }

    /// Pages whose title, alias or base name is near to `name`, nearest first.
    pub fn near_names(&self, name: &str, most: usize) -> Vec<PageIdx> {
        let key = name_key(name.rsplit('/').next().unwrap_or(name));
        let word: Vec<char> = key.chars().take(64).collect();
        if word.is_empty() {
            return Vec::new();
        }
        let within = (word.len() / 3).max(1);
        let mut near: Vec<(usize, PageIdx)> = self
            .site
            .names
            .all_keys()
            .filter_map(|(candidate, page)| {
                let part_of = word.len() >= 4
                    && (candidate.contains(key.as_ref()) || (candidate.len() >= 4 && key.contains(candidate)));
                let distance = if part_of { Some(within) } else { distance(&word, candidate, within) };
                distance.map(|distance| (distance, page))
            })
            .filter(|(_, page)| self.page(*page).is_some_and(|page| page.path.kind() == Kind::Page))
            .collect();
        near.sort_unstable();
        let mut pages = Vec::new();
        for (_, page) in near {
            if !pages.contains(&page) {
                pages.push(page);
            }
            if pages.len() == most {
                break;
            }
        }
        pages
    }
}
