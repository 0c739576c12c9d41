//! Which tree a mindmap draws: the folders of the wiki, the links around one page, or its records
//! as their types put them under each other.
//!
//! Grows only as deep as will be shown, so that a map costs what it shows. How it is laid out is
//! `mindmap`'s business.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::mindmap::{Topic, TopicKind, Tree};
use crate::names::{FOLDER_PAGES, PageIdx};
use crate::path::percent_encode;
use crate::site::{AtAddress, Child, Seen};
use crate::value::Value;

/// What the branches follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Folders,
    Links,
    /// By the `tree_parent` of each type: plan, activity, project, deliverable, cost.
    Records,
}

/// How far to grow, and how to address a map with another middle.
pub struct Growth<'a> {
    /// The name of the root of the whole wiki.
    pub root_title: String,
    pub depth: usize,
    /// For the names of types.
    pub lang: &'a str,
    pub focus_href: &'a dyn Fn(&str) -> String,
}

/// A tree, and how many topics there are under its root in all.
pub struct Grown {
    pub tree: Tree,
    pub total: usize,
}

/// Topics grown at most: a good deal more than are shown, so that "more" can count.
pub const GROWN_MAX: usize = 5_000;

/// The tree around `focus` (an address; empty for the whole wiki).
pub fn grow(seen: Seen<'_>, by: By, focus: &str, growth: &Growth<'_>) -> Grown {
    match by {
        By::Folders => by_folders(seen, focus, growth),
        By::Links => by_links(seen, focus, growth),
        By::Records => by_records(seen, focus, growth),
    }
}

fn topic(title: &str, href: Option<String>, focus_href: Option<String>, kind: TopicKind) -> Topic {
    Topic { title: title.to_owned(), href, focus_href, kind, ..Topic::default() }
}

fn folder_href(folder: &str) -> String {
    let mut href = String::from("/");
    percent_encode(folder, &mut href);
    href
}

fn by_folders(seen: Seen<'_>, focus: &str, growth: &Growth<'_>) -> Grown {
    let mut tree = Tree::default();
    let root = match seen.at(focus) {
        _ if focus.is_empty() => topic(&growth.root_title, Some(seen.stay("/".to_owned())), None, TopicKind::Folder),
        AtAddress::Page(page) | AtAddress::Moved(page) => match seen.page(page) {
            Some(page) => topic(page.title(), Some(seen.href(&page.path)), None, TopicKind::Page),
            None => return Grown { tree, total: 0 },
        },
        _ => {
            let name = focus.rsplit('/').next().unwrap_or(focus);
            topic(name, Some(seen.stay(folder_href(focus))), None, TopicKind::Folder)
        }
    };
    tree.add(None, root);
    let mut rest: VecDeque<(usize, String, usize)> = VecDeque::from([(0, focus.to_owned(), 0)]);
    let mut grown = 1;
    while let Some((parent, folder, depth)) = rest.pop_front() {
        let children = seen.children(&folder);
        let with_folder: FxHashSet<PageIdx> = children
            .iter()
            .filter_map(|child| match child {
                Child::Folder(_, page) => *page,
                Child::Page(_) => None,
            })
            .collect();
        for child in children {
            if grown >= GROWN_MAX {
                break;
            }
            let (next, below) = match child {
                Child::Page(page) if with_folder.contains(&page) => continue,
                Child::Page(page) => {
                    let Some(at) = seen.page(page) else { continue };
                    let name = at.path.base_name().to_lowercase();
                    if FOLDER_PAGES.contains(&name.as_str()) && at.path.folder() == folder {
                        continue;
                    }
                    (topic(at.title(), Some(seen.href(&at.path)), None, TopicKind::Page), None)
                }
                Child::Folder(path, page) => {
                    let at = page.and_then(|page| seen.page(page));
                    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
                    let href = at.map_or_else(|| seen.stay(folder_href(&path)), |at| seen.href(&at.path));
                    let title = at.map_or(name.as_str(), |at| at.title());
                    let focus_href = (growth.focus_href)(&path);
                    (topic(title, Some(href), Some(focus_href), TopicKind::Folder), Some(path))
                }
            };
            let here = tree.add(Some(parent), next);
            grown += 1;
            if let Some(path) = below
                && depth < growth.depth
            {
                rest.push_back((here, path, depth + 1));
            }
        }
    }
    let prefix = if focus.is_empty() { String::new() } else { format!("{focus}/") };
    let total = seen.readable().filter(|(_, page)| page.path.as_str().starts_with(&prefix)).count();
    Grown { tree, total: total.max(grown) }
}

/// Breadth first from the focus: every page is drawn once, where it is nearest.
fn by_links(seen: Seen<'_>, focus: &str, growth: &Growth<'_>) -> Grown {
    let mut tree = Tree::default();
    let start = match seen.at(focus) {
        AtAddress::Page(page) | AtAddress::Moved(page) => Some(page),
        _ => seen.front_page(),
    };
    let Some(start) = start else {
        tree.add(None, topic(&growth.root_title, Some(seen.stay("/".to_owned())), None, TopicKind::Folder));
        return Grown { tree, total: 1 };
    };
    let page_topic = |page: PageIdx, is_root: bool| {
        seen.page(page).map(|at| {
            let focus_href = (!is_root).then(|| (growth.focus_href)(at.path.address()));
            topic(at.title(), Some(seen.href(&at.path)), focus_href, TopicKind::Page)
        })
    };
    let Some(root) = page_topic(start, true) else { return Grown { tree, total: 0 } };
    tree.add(None, root);
    let mut met: FxHashSet<PageIdx> = FxHashSet::from_iter([start]);
    let mut rest: VecDeque<(usize, PageIdx, usize)> = VecDeque::from([(0, start, 0)]);
    while let Some((parent, page, depth)) = rest.pop_front() {
        if depth > growth.depth || met.len() >= GROWN_MAX {
            break;
        }
        let out = seen.links(page).targets.iter();
        let back = seen.backlinks(page).iter();
        for next in out.chain(back) {
            if met.len() >= GROWN_MAX || !met.insert(*next) {
                continue;
            }
            if let Some(next_topic) = page_topic(*next, false) {
                let here = tree.add(Some(parent), next_topic);
                rest.push_back((here, *next, depth + 1));
            }
        }
    }
    Grown { tree, total: seen.readable().count() }
}

/// The record under which each record lies: the first filled field of its type's `tree_parent`.
pub(crate) fn parents(seen: Seen<'_>) -> Vec<(PageIdx, PageIdx)> {
    let records = seen.records();
    let parent = |page: PageIdx| {
        let record = records.get(page)?;
        let kind = seen.types().get(record.of);
        kind.tree_parent.iter().find_map(|key| match record.values.get(usize::from(kind.field(key)?)) {
            Some(Value::Page(parent)) if *parent != page => Some(*parent),
            _ => None,
        })
    };
    seen.readable().filter_map(|(page, _)| Some((page, parent(page)?))).collect()
}

/// Records under each other. At the top of the whole wiki stand those that lie under none, told
/// apart by type when nothing lies under them.
fn by_records(seen: Seen<'_>, focus: &str, growth: &Growth<'_>) -> Grown {
    let mut children: FxHashMap<PageIdx, Vec<PageIdx>> = FxHashMap::default();
    let mut has_parent: FxHashSet<PageIdx> = FxHashSet::default();
    for (page, parent) in parents(seen) {
        children.entry(parent).or_default().push(page);
        has_parent.insert(page);
    }
    let label = |page: PageIdx| {
        let kind = seen.records().get(page).map(|record| seen.types().get(record.of));
        kind.map(|kind| kind.label.get(growth.lang).unwrap_or(&kind.name).to_owned()).unwrap_or_default()
    };
    let page_topic = |page: PageIdx, is_root: bool| {
        seen.page(page).map(|at| {
            let focus_href = (!is_root && children.contains_key(&page)).then(|| (growth.focus_href)(at.path.address()));
            Topic { note: label(page), ..topic(at.title(), Some(seen.href(&at.path)), focus_href, TopicKind::Page) }
        })
    };
    let mut tree = Tree::default();
    let mut met: FxHashSet<PageIdx> = FxHashSet::default();
    let mut rest: VecDeque<(usize, PageIdx, usize)> = VecDeque::new();
    match seen.at(focus) {
        AtAddress::Page(page) | AtAddress::Moved(page) if !focus.is_empty() => {
            let Some(root) = page_topic(page, true) else { return Grown { tree, total: 0 } };
            tree.add(None, root);
            met.insert(page);
            rest.push_back((0, page, 0));
        }
        _ => {
            tree.add(None, topic(&growth.root_title, Some(seen.stay("/".to_owned())), None, TopicKind::Folder));
            for (at, kind) in (0..).zip(seen.types().all()) {
                let (with, without): (Vec<PageIdx>, Vec<PageIdx>) = seen
                    .records()
                    .of_type(at)
                    .iter()
                    .filter(|page| !has_parent.contains(page))
                    .partition(|page| children.contains_key(page));
                for page in with {
                    met.insert(page);
                    if let Some(next) = page_topic(page, false) {
                        let here = tree.add(Some(0), next);
                        rest.push_back((here, page, 1));
                    }
                }
                if without.is_empty() {
                    continue;
                }
                let name = kind.label.get(growth.lang).unwrap_or(&kind.name);
                let group =
                    tree.add(Some(0), topic(name, Some("/-/index?by=type".to_owned()), None, TopicKind::Folder));
                for page in without {
                    if met.len() < GROWN_MAX
                        && met.insert(page)
                        && let Some(next) = page_topic(page, false)
                    {
                        tree.add(Some(group), next);
                    }
                }
            }
        }
    }
    while let Some((parent, page, depth)) = rest.pop_front() {
        if depth > growth.depth || met.len() >= GROWN_MAX {
            break;
        }
        for next in children.get(&page).into_iter().flatten() {
            // Records that lie under each other in a circle are met once.
            if met.len() >= GROWN_MAX || !met.insert(*next) {
                continue;
            }
            if let Some(next_topic) = page_topic(*next, false) {
                let here = tree.add(Some(parent), next_topic);
                rest.push_back((here, *next, depth + 1));
            }
        }
    }
    let total = seen.readable().filter(|(page, _)| seen.records().get(*page).is_some()).count();
    Grown { total: total.max(tree.topics().len()), tree }
}
