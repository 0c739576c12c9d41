//! Which page a name means. One table per set of names; looking up changes nothing.
//!
//! The order (DESIGN §7): the path relative to the linking page, the path from the root, an
//! alias, a title, a base name. Case, Unicode form, and the difference between blank, hyphen and
//! underscore do not count, but an exact spelling wins. Two pages of the same name are never
//! chosen between: the answer says so.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::path::{FilePath, fold, strip_page_extension};

/// An index into the pages of a site.
pub type PageIdx = u32;

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    Page(PageIdx),
    /// A file that is no page, by its index in the manifest.
    File(u32),
    Ambiguous(Vec<PageIdx>),
    Nothing,
}

/// What the table is made of: one per page, in page order.
pub struct Named<'a> {
    pub path: &'a FilePath,
    pub title_key: Option<&'a str>,
    pub alias_keys: &'a [Box<str>],
}

/// The names of one site.
#[derive(Debug, Default)]
pub struct Names {
    exact: FxHashMap<Box<str>, PageIdx>,
    by_path: FxHashMap<Box<str>, Few>,
    by_alias: FxHashMap<Box<str>, Few>,
    by_title: FxHashMap<Box<str>, Few>,
    by_base: FxHashMap<Box<str>, Few>,
    files: FxHashMap<Box<str>, u32>,
    files_folded: FxHashMap<Box<str>, u32>,
    /// By the folder's key: its own page, and how preferred its name is.
    folders: FxHashMap<Box<str>, (usize, PageIdx)>,
}

/// Mostly one page; the list keeps page order.
#[derive(Debug)]
enum Few {
    One(PageIdx),
    Many(Vec<PageIdx>),
}

impl Few {
    fn pages(&self) -> &[PageIdx] {
        match self {
            Few::One(page) => std::slice::from_ref(page),
            Few::Many(pages) => pages,
        }
    }
}

/// Names under which a folder's own page is found, in order of preference.
pub const FOLDER_PAGES: [&str; 6] = ["frontpage", "home", "index", "readme", "start", "main-page"];

impl Names {
    /// Builds the table. `files` are the paths that are no pages, with their manifest index.
    pub fn new<'a>(pages: impl Iterator<Item = Named<'a>>, files: impl Iterator<Item = (u32, &'a FilePath)>) -> Names {
        let mut names = Names::default();
        for (at, page) in pages.enumerate() {
            let at = PageIdx::try_from(at).unwrap_or(PageIdx::MAX);
            let address = page.path.address();
            names.exact.entry(address.into()).or_insert(at);
            let key = name_key(address);
            let (folder, base) = key.rsplit_once('/').unwrap_or(("", &key));
            if let Some(rank) = FOLDER_PAGES.iter().position(|name| *name == base) {
                let entry = names.folders.entry(folder.into()).or_insert((rank, at));
                if rank < entry.0 {
                    *entry = (rank, at);
                }
            }
            add(&mut names.by_path, key, at);
            add(&mut names.by_base, name_key(page.path.base_name()), at);
            if let Some(key) = page.title_key {
                add(&mut names.by_title, key.into(), at);
            }
            for key in page.alias_keys {
                add(&mut names.by_alias, key.clone(), at);
            }
        }
        for (at, path) in files {
            names.files.entry(path.as_str().into()).or_insert(at);
            names.files_folded.entry(fold(path.as_str()).into()).or_insert(at);
        }
        names
    }

    /// The page at exactly this address.
    pub fn at(&self, address: &str) -> Option<PageIdx> {
        self.exact.get(address).copied()
    }

    /// The page at this address, else the one whose address differs only in case, Unicode form,
    /// or blank/hyphen/underscore, when there is only one.
    pub fn near(&self, address: &str) -> Option<PageIdx> {
        self.at(address).or_else(|| match self.by_path.get(name_key(address).as_ref())? {
            Few::One(page) => Some(*page),
            Few::Many(_) => None,
        })
    }

    /// The page that stands for a folder (`README`, `index`, …); `""` is the root.
    pub fn folder_page(&self, folder: &str) -> Option<PageIdx> {
        self.folders.get(name_key(folder).as_ref()).map(|(_, page)| *page)
    }

    /// The file that is no page at exactly this path.
    pub fn file(&self, path: &str) -> Option<u32> {
        self.files.get(path).copied()
    }

    /// What `name`, written on a page in `folder`, means. `name` has no fragment or version.
    pub fn find(&self, folder: &str, name: &str) -> Found {
        let rooted = name.starts_with('/');
        let name = name.trim_matches('/');
        let plain = !name.split('/').any(|segment| matches!(segment, "" | "." | ".."));
        if !rooted && !folder.is_empty() {
            let path = if plain { Some(format!("{folder}/{name}")) } else { normal_path(folder, name) };
            if let Some(found) = path.and_then(|path| self.by_address(&path)) {
                return found;
            }
        }
        let path = if plain { Some(Cow::Borrowed(name)) } else { normal_path("", name).map(Cow::Owned) };
        if let Some(found) = path.and_then(|path| self.by_address(&path)) {
            return found;
        }
        if rooted {
            return Found::Nothing;
        }
        let key = name_key(strip_page_extension(name));
        for table in [&self.by_alias, &self.by_title, &self.by_base] {
            match table.get(key.as_ref()).map(Few::pages) {
                Some([page]) => return Found::Page(*page),
                Some(pages) => return Found::Ambiguous(pages.to_vec()),
                None => {}
            }
        }
        Found::Nothing
    }

    fn by_address(&self, path: &str) -> Option<Found> {
        if path.is_empty() {
            return self.folder_page("").map(Found::Page);
        }
        let address = strip_page_extension(path);
        if let Some(page) = self.at(address) {
            return Some(Found::Page(page));
        }
        if let Some(file) = self.file(path) {
            return Some(Found::File(file));
        }
        let key = name_key(address);
        match self.by_path.get(key.as_ref()).map(Few::pages) {
            Some([page]) => return Some(Found::Page(*page)),
            Some(pages) => return Some(Found::Ambiguous(pages.to_vec())),
            None => {}
        }
        if !self.files_folded.is_empty()
            && let Some(file) = self.files_folded.get(fold(path).as_str())
        {
            return Some(Found::File(*file));
        }
        self.folders.get(key.as_ref()).map(|(_, page)| Found::Page(*page))
    }

    /// All titles, aliases and base names, for near names.
    pub fn all_keys(&self) -> impl Iterator<Item = (&str, PageIdx)> {
        [&self.by_title, &self.by_alias, &self.by_base]
            .into_iter()
            .flat_map(|table| table.iter())
            .flat_map(|(key, few)| few.pages().iter().map(|page| (key.as_ref(), *page)))
    }
}

fn add(table: &mut FxHashMap<Box<str>, Few>, key: Box<str>, page: PageIdx) {
    if key.is_empty() {
        return;
    }
    match table.entry(key) {
        std::collections::hash_map::Entry::Vacant(free) => {
            free.insert(Few::One(page));
        }
        std::collections::hash_map::Entry::Occupied(mut taken) => match taken.get_mut() {
            Few::One(first) if *first == page => {}
            Few::One(first) => {
                let first = *first;
                taken.insert(Few::Many(vec![first, page]));
            }
            Few::Many(pages) if pages.last() == Some(&page) => {}
            Few::Many(pages) => pages.push(page),
        },
    }
}

/// The key by which names are compared: case and Unicode form folded, blank = `-` = `_`.
pub fn name_key(name: &str) -> Box<str> {
    let folded = fold(name.trim());
    if folded.contains([' ', '_']) {
        return folded.replace([' ', '_'], "-").into_boxed_str();
    }
    folded.into_boxed_str()
}

/// `folder` and the relative `path` as one path without `.` and `..`; `None` when it leaves the root.
pub fn normal_path(folder: &str, path: &str) -> Option<String> {
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

/// The candidate that is nearest to `word`, when it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).collect();
    let most = (word.len() / 3).max(1);
    candidates
        .filter_map(|candidate| {
            let distance = distance(&word, candidate, most)?;
            Some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The number of letters to change, add, drop or swap with the next, when it is at most `most`.
pub fn distance(word: &[char], other: &str, most: usize) -> Option<usize> {
    let other: Vec<char> = other.chars().take(word.len() + most + 1).collect();
    if word.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && word[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    let distance = above[other.len()];
    (distance <= most).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(paths: &[(&str, Option<&str>)]) -> Names {
        let paths: Vec<(FilePath, Option<Box<str>>)> = paths
            .iter()
            .map(|(path, title)| (FilePath::parse(path).expect("a good path"), title.map(name_key)))
            .collect();
        Names::new(
            paths.iter().map(|(path, title)| Named { path, title_key: title.as_deref(), alias_keys: &[] }),
            std::iter::empty(),
        )
    }

    #[test]
    fn a_name_means_the_relative_path_then_the_root_then_a_title_then_a_base_name() {
        let names = table(&[("a/x.md", None), ("b/x.md", None), ("c.md", Some("De Kop")), ("d/e.md", None)]);
        assert_eq!(names.find("a", "x"), Found::Page(0));
        assert_eq!(names.find("b", "X"), Found::Page(1));
        assert_eq!(names.find("b", "/a/x"), Found::Page(0));
        assert_eq!(names.find("b", "../a/x.md"), Found::Page(0));
        assert_eq!(names.find("", "x"), Found::Ambiguous(vec![0, 1]));
        assert_eq!(names.find("a", "de_kop"), Found::Page(2));
        assert_eq!(names.find("a", "E"), Found::Page(3));
        assert_eq!(names.find("a", "/e"), Found::Nothing);
        assert_eq!(names.find("a", "../../etc"), Found::Nothing);
    }

    #[test]
    fn a_folder_is_found_by_its_readme() {
        let names = table(&[("README.md", None), ("a/README.md", None)]);
        assert_eq!(names.find("", "a"), Found::Page(1));
        assert_eq!(names.folder_page(""), Some(0));
    }

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        assert_eq!(nearest("lisen", ["listen", "repo"].into_iter()), Some("listen"));
        assert_eq!(nearest("tilte", ["title", "links"].into_iter()), Some("title"));
        assert_eq!(nearest("colour", ["title", "links"].into_iter()), None);
    }
}
