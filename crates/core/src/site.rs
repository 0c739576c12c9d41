//! All docs of one commit, and everything that follows from them: names, links, backlinks.
//!
//! `assemble` is a pure function of one tree. A previous site only lends what is computed from
//! the same inputs, told by identity; the result is the same without it (INV-2), and a test holds
//! that. What few screens need (tags, wanted pages, problems) is computed when first asked.
//! Content leaves a site through `Seen` only (INV-4).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::civil;

use crate::doc::{Doc, Shape};
use crate::eval::Eval;
use crate::ids::{BlobId, CommitId};
use crate::judge;
use crate::links::{self, LookedUp, PageLinks, Resolved, Target};
use crate::manifest::{Entry, Manifest, OddKind};
use crate::names::{Found, Named, Names, PageIdx, distance, name_key};
use crate::path::{FilePath, Kind};
use crate::piece::{self, Piece};
use crate::problem::{Level, Pos, Problem};
use crate::query;
use crate::records::Records;
use crate::settings::{self, LinkOrder, Settings};
use crate::types::{Type, Types};

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

/// Who looks. Rules about who may see what come with accounts; until then everyone sees all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The name to write in commits; `None` for a reader.
    pub name: Option<String>,
}

/// Everything that follows from one tree. Immutable.
#[derive(Debug)]
pub struct Site {
    pub at: CommitId,
    manifest: Arc<Manifest>,
    settings: Arc<Settings>,
    docs: Vec<Arc<Doc>>,
    types: Arc<Types>,
    records: Records,
    /// The files of the types, by name, from which `types` was read.
    type_docs: BTreeMap<Box<str>, Arc<Doc>>,
    pages: Vec<Page>,
    /// Names (`name_key`) that some part has: most wikis have no parts at all.
    part_names: Vec<Box<str>>,
    names: Arc<Names>,
    order: LinkOrder,
    links: Vec<Arc<PageLinks>>,
    backlinks: Vec<Arc<[PageIdx]>>,
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
    let mut type_docs = BTreeMap::new();
    let mut part_names = Vec::new();
    for (entry, doc) in manifest.entries().iter().filter(|entry| wants_doc(&entry.path)).zip(&docs) {
        match entry.path.kind() {
            Kind::Page | Kind::Part => {
                if entry.path.kind() == Kind::Part {
                    part_names.push(name_key(entry.path.base_name()));
                }
                pages.push(Page { path: entry.path.clone(), blob: entry.blob, doc: Arc::clone(doc) });
            }
            Kind::Settings if entry.path.as_str() == settings::PATH => settings_doc = Some(doc),
            Kind::Settings => {
                if let Some(name) = type_name(&entry.path) {
                    type_docs.insert(Box::from(name), Arc::clone(doc));
                }
            }
            Kind::File => {}
        }
    }
    part_names.sort_unstable();
    part_names.dedup();
    let settings = read_settings(settings_doc.map(Arc::as_ref), previous);
    let types = read_types(&type_docs, previous);
    let names = match previous {
        Some(previous) if same_names(previous, &manifest, &pages) => Arc::clone(&previous.names),
        _ => Arc::new(read_names(&manifest, &pages)),
    };
    let records =
        Records::read(&pages, &types, &names, previous.map(|previous| (&previous.records, previous.pages.as_slice())));
    let kept =
        previous.filter(|previous| Arc::ptr_eq(&previous.names, &names) && previous.settings.links == settings.links);
    let looked_up = look_up_all(&pages, &names, settings.links, kept);
    let order = match settings.links {
        LinkOrder::Auto => detect_order(&manifest, sum_votes(&looked_up)),
        chosen => chosen,
    };
    let kept = kept.filter(|previous| previous.order == order);
    let links = decide_all(&pages, &names, settings.links, order, looked_up, kept);
    let backlinks = invert(&links, kept);
    Site {
        at,
        manifest,
        settings,
        docs,
        types,
        records,
        type_docs,
        pages,
        part_names,
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

/// Whether the names of `previous` are those of this tree: the same paths, titles and aliases.
fn same_names(previous: &Site, manifest: &Manifest, pages: &[Page]) -> bool {
    let (old, new) = (previous.manifest.entries(), manifest.entries());
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| old.path.same(&new.path))
        && previous.pages.iter().zip(pages).all(|(old, new)| {
            Arc::ptr_eq(&old.doc, &new.doc)
                || (old.doc.title == new.doc.title && old.doc.alias_keys == new.doc.alias_keys)
        })
}

fn read_names(manifest: &Manifest, pages: &[Page]) -> Names {
    let named = pages.iter().map(|page| Named {
        path: &page.path,
        title_key: page.doc.title_key.as_deref(),
        alias_keys: &page.doc.alias_keys,
    });
    let files = (0u32..).zip(manifest.entries()).filter(|(_, entry)| entry.path.kind() == Kind::File);
    Names::new(named, files.map(|(at, entry)| (at, &entry.path)))
}

/// What one page's links name: as it was, or looked up anew.
enum Look {
    Kept(Arc<PageLinks>),
    New(LookedUp),
}

/// Pages of which the links are looked up by one thread; more are shared among two.
const PAGES_PER_THREAD: usize = 1_000;

fn look_up_all(pages: &[Page], names: &Names, order: LinkOrder, kept: Option<&Site>) -> Vec<Look> {
    let look = |(at, page): (usize, &Page)| match kept {
        Some(previous) if Arc::ptr_eq(&previous.pages[at].doc, &page.doc) => {
            Look::Kept(Arc::clone(&previous.links[at]))
        }
        _ => Look::New(links::look_up(&page.doc, &page.path, names, order)),
    };
    if kept.is_some() || pages.len() < 2 * PAGES_PER_THREAD {
        return pages.iter().enumerate().map(look).collect();
    }
    let (left, right) = pages.split_at(pages.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| right.iter().map(|page| look((0, page))).collect::<Vec<Look>>());
        let mut all: Vec<Look> = left.iter().map(|page| look((0, page))).collect();
        match other.join() {
            Ok(rest) => all.extend(rest),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        all
    })
}

fn sum_votes(looks: &[Look]) -> (u64, u64) {
    looks.iter().fold((0, 0), |(first, second), look| {
        let votes = match look {
            Look::Kept(links) => links.votes,
            Look::New(looked_up) => looked_up.votes,
        };
        (first + u64::from(votes.first), second + u64::from(votes.second))
    })
}

/// Markers of other programs first, then what nearly all piped links agree on (interop §4.1).
fn detect_order(manifest: &Manifest, (first, second): (u64, u64)) -> LinkOrder {
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
    if first + second >= 5 && second * 100 >= (first + second) * 95 {
        return LinkOrder::TextFirst;
    }
    LinkOrder::TargetFirst
}

fn decide_all(
    pages: &[Page],
    names: &Names,
    setting: LinkOrder,
    order: LinkOrder,
    looks: Vec<Look>,
    kept: Option<&Site>,
) -> Vec<Arc<PageLinks>> {
    pages
        .iter()
        .zip(looks)
        .enumerate()
        .map(|(at, (page, look))| {
            let looked_up = match look {
                Look::Kept(links) if kept.is_some() => return links,
                // The order turned over: what was decided before must be decided again.
                Look::Kept(_) => links::look_up(&page.doc, &page.path, names, setting),
                Look::New(looked_up) => looked_up,
            };
            let own = PageIdx::try_from(at).unwrap_or(PageIdx::MAX);
            Arc::new(links::decide(&page.doc, &page.path, own, names, order, looked_up))
        })
        .collect()
}

/// Who links to each page. Only targets that some changed page gained or lost are counted anew.
fn invert(links: &[Arc<PageLinks>], kept: Option<&Site>) -> Vec<Arc<[PageIdx]>> {
    let Some(previous) = kept else {
        let mut lists: Vec<Vec<PageIdx>> = vec![Vec::new(); links.len()];
        for (from, page) in (0..).zip(links) {
            for target in &page.targets {
                lists[*target as usize].push(from);
            }
        }
        return lists.into_iter().map(Arc::from).collect();
    };
    let mut backlinks = previous.backlinks.clone();
    for (from, (old, new)) in (0..).zip(previous.links.iter().zip(links)) {
        if Arc::ptr_eq(old, new) {
            continue;
        }
        for gone in old.targets.iter().filter(|target| new.targets.binary_search(target).is_err()) {
            let list = &mut backlinks[*gone as usize];
            *list = list.iter().copied().filter(|page| *page != from).collect();
        }
        for come in new.targets.iter().filter(|target| old.targets.binary_search(target).is_err()) {
            let list = &mut backlinks[*come as usize];
            let at = list.partition_point(|page| *page < from);
            let mut pages = list.to_vec();
            pages.insert(at, from);
            *list = pages.into();
        }
    }
    backlinks
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
                for problem in doc.problems.iter().cloned().chain(own).chain(of_type) {
                    add(&entry.path, problem);
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
        links::decide(doc, path, PageIdx::MAX, names, self.site.order, looked_up)
    }

    /// Pages that link to this one.
    pub fn backlinks(&self, page: PageIdx) -> &'a [PageIdx] {
        &self.site.backlinks[page as usize]
    }

    /// The part (`_Sidebar` …) that counts for a page in `folder`: the nearest ancestor's.
    pub fn part(&self, folder: &str, name: &str) -> Option<PageIdx> {
        if self.site.part_names.is_empty() || !self.site.part_names.contains(&name_key(name)) {
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
        let prefix = format!("{folder}/");
        let pages = &self.site.pages;
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
                    if let Target::Missing(path) = &link.to
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
            .filter(|(at, _)| Some(*at) != front && self.site.backlinks[*at as usize].is_empty())
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
