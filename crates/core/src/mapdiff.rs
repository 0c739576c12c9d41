//! The maps of two versions as one: each topic added, removed, moved, changed or the same.
//!
//! Topics are told apart by where they lead; a page that moved is the same topic. What went hangs
//! where it hung. [`pruned`] leaves out what is the same, but for what leads to a change, so that
//! the picture (by `mindmap` and `svg` as ever) shows the difference and not the wiki. Words are the
//! caller's.

use rustc_hash::FxHashMap;

use crate::mindmap::{Standing, Topic, TopicKind, Tree};

/// What the caller knows of the two versions. Addresses are those of topics (`Topic::href`).
pub struct Known<'k> {
    /// The new address of a page of the old version that moved.
    pub now: &'k dyn Fn(&str) -> Option<String>,
    /// Whether an old address leads to something in the new version, and the other way round. A
    /// tree may have been cut before it came to it.
    pub is_there: &'k dyn Fn(&str) -> bool,
    pub was_there: &'k dyn Fn(&str) -> bool,
    /// Whether the page at a new address changed.
    pub is_changed: &'k dyn Fn(&str) -> bool,
}

/// One tree of two.
pub fn join(old: &Tree, new: &Tree, known: &Known<'_>) -> Tree {
    let olds = Side::new(old, &|href| (known.now)(href));
    let news = Side::new(new, &|_| None);
    let mut joined = Tree::new();
    let mut rest: std::collections::VecDeque<(Option<usize>, Came)> = std::collections::VecDeque::new();
    match (new.topics().is_empty(), old.topics().is_empty()) {
        (false, _) => rest.push_back((None, Came::New(0))),
        (true, false) => rest.push_back((None, Came::Old(0))),
        (true, true) => {}
    }
    while let Some((parent, came)) = rest.pop_front() {
        let (topic, children) = match came {
            Came::New(at) => {
                let standing = standing(at, &olds, &news, known);
                (Topic { standing, ..new.topics()[at].clone() }, news.children_with(at, &olds, known))
            }
            Came::Old(at) => {
                let topic = Topic { standing: Standing::Removed, focus_href: None, ..old.topics()[at].clone() };
                (
                    topic,
                    old.topics()[at]
                        .children
                        .iter()
                        .filter(|child| olds.is_gone(**child, &news, known))
                        .map(|child| Came::Old(*child))
                        .collect(),
                )
            }
        };
        let here = joined.add(parent, topic);
        rest.extend(children.into_iter().map(|child| (Some(here), child)));
    }
    joined
}

/// Leaves out topics that are the same and lead to nothing else. Of each parent's so many are kept;
/// the rest become one topic made by `more`.
pub fn pruned(tree: &Tree, n_same_kept: usize, more: &dyn Fn(usize) -> Topic) -> Tree {
    let topics = tree.topics();
    let mut leads: Vec<bool> =
        topics.iter().map(|topic| !matches!(topic.standing, Standing::Same | Standing::Plain)).collect();
    // Children lie after their parents.
    for at in (0..topics.len()).rev() {
        leads[at] |= topics[at].children.iter().any(|child| leads[*child]);
    }
    let mut kept = Tree::new();
    let Some(root) = topics.first() else { return kept };
    kept.add(None, root.clone());
    let mut rest = std::collections::VecDeque::from([(0, 0)]);
    while let Some((from, here)) = rest.pop_front() {
        let n_same = topics[from].children.iter().filter(|child| !leads[**child]).count();
        let keeps_same = n_same <= n_same_kept;
        for child in &topics[from].children {
            if leads[*child] || keeps_same {
                let below = kept.add(Some(here), topics[*child].clone());
                // Of what is the same only the topic itself is shown.
                if leads[*child] {
                    rest.push_back((*child, below));
                }
            }
        }
        if !keeps_same {
            kept.add(Some(here), Topic { kind: TopicKind::More, ..more(n_same) });
        }
    }
    kept
}

/// How many topics have each standing: changed, moved, added, removed.
pub fn counts(tree: &Tree) -> [usize; 4] {
    let n = |standing| tree.topics().iter().filter(|topic| topic.standing == standing).count();
    [n(Standing::Changed), n(Standing::Moved), n(Standing::Added), n(Standing::Removed)]
}

/// A topic of the joined tree, by its place in the tree that it comes from.
#[derive(Clone, Copy)]
enum Came {
    New(usize),
    Old(usize),
}

/// A tree with what tells its topics apart.
struct Side<'t> {
    topics: &'t [Topic],
    keys: Vec<String>,
    parents: Vec<Option<usize>>,
    by_key: FxHashMap<String, usize>,
}

impl<'t> Side<'t> {
    fn new(tree: &'t Tree, now: &dyn Fn(&str) -> Option<String>) -> Side<'t> {
        let topics = tree.topics();
        let mut parents = vec![None; topics.len()];
        for (at, topic) in topics.iter().enumerate() {
            topic.children.iter().for_each(|child| parents[*child] = Some(at));
        }
        let key = |at: usize, topic: &Topic| match &topic.href {
            _ if at == 0 => String::new(),
            // Groups lead to one list of all of them.
            Some(href) if href.starts_with("/-/") => format!("{href}\n{}", topic.title),
            Some(href) => now(href).unwrap_or_else(|| href.clone()),
            None => format!("\n{}", topic.title),
        };
        let keys: Vec<String> = topics.iter().enumerate().map(|(at, topic)| key(at, topic)).collect();
        let mut by_key = FxHashMap::default();
        for (at, key) in keys.iter().enumerate() {
            by_key.entry(key.clone()).or_insert(at);
        }
        Side { topics, keys, parents, by_key }
    }

    fn parent_key(&self, at: usize) -> Option<&str> {
        self.parents[at].map(|parent| self.keys[parent].as_str())
    }

    /// Whether a topic of this (old) side is not in the new version.
    fn is_gone(&self, at: usize, news: &Side<'_>, known: &Known<'_>) -> bool {
        let topic = &self.topics[at];
        let is_there = topic.href.as_deref().is_some_and(|href| !href.starts_with("/-/") && (known.is_there)(href));
        topic.kind != TopicKind::More && !news.by_key.contains_key(&self.keys[at]) && !is_there
    }

    /// The children of a topic of this (new) side, with those that went from the same topic of the
    /// old side: each behind the one that it stood behind.
    fn children_with(&self, at: usize, olds: &Side<'_>, known: &Known<'_>) -> Vec<Came> {
        let mut children: Vec<Came> = self.topics[at].children.iter().map(|child| Came::New(*child)).collect();
        let Some(before) = olds.by_key.get(&self.keys[at]) else { return children };
        let mut place = 0;
        for child in &olds.topics[*before].children {
            if olds.is_gone(*child, self, known) {
                children.insert(place, Came::Old(*child));
                place += 1;
                continue;
            }
            let stays = children
                .iter()
                .position(|known| matches!(known, Came::New(new) if self.keys[*new] == olds.keys[*child]));
            place = stays.map_or(place, |stays| stays + 1);
        }
        children
    }
}

fn standing(at: usize, olds: &Side<'_>, news: &Side<'_>, known: &Known<'_>) -> Standing {
    let topic = &news.topics[at];
    if topic.kind == TopicKind::More {
        return Standing::Plain;
    }
    let is_changed = topic.href.as_deref().is_some_and(|href| (known.is_changed)(href));
    let Some(before) = olds.by_key.get(&news.keys[at]) else {
        let was_there = topic.href.as_deref().is_some_and(|href| !href.starts_with("/-/") && (known.was_there)(href));
        // It was in no tree, but it was there: only where it hangs is new.
        return if was_there { Standing::Moved } else { Standing::Added };
    };
    let old = &olds.topics[*before];
    let is_elsewhere = at > 0 && (olds.parent_key(*before) != news.parent_key(at) || old.href != topic.href);
    match (is_elsewhere, is_changed || old.title != topic.title) {
        (true, _) => Standing::Moved,
        (false, true) => Standing::Changed,
        (false, false) => Standing::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(lines: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        let mut places: FxHashMap<String, usize> = FxHashMap::default();
        for (parent, name) in lines {
            let topic = Topic { title: (*name).to_owned(), href: Some(format!("/{name}")), ..Topic::default() };
            let at = tree.add(places.get(*parent).copied(), topic);
            places.insert((*name).to_owned(), at);
        }
        tree
    }

    fn joined(old: &Tree, new: &Tree, moves: &[(&str, &str)], changed: &[&str]) -> Tree {
        let now = |href: &str| moves.iter().find(|known| known.0 == href).map(|known| known.1.to_owned());
        let is_in = |tree: &Tree, href: &str| tree.topics().iter().any(|topic| topic.href.as_deref() == Some(href));
        let known = Known {
            now: &now,
            is_there: &|href| is_in(new, href),
            was_there: &|href| is_in(old, href),
            is_changed: &|href| changed.contains(&href),
        };
        join(old, new, &known)
    }

    fn shown(tree: &Tree) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = vec![(0, 0)];
        while let Some((at, depth)) = rest.pop() {
            let topic = &tree.topics()[at];
            let sign = match topic.standing {
                Standing::Plain => '?',
                Standing::Same => '=',
                Standing::Changed => '~',
                Standing::Moved => '>',
                Standing::Added => '+',
                Standing::Removed => '-',
            };
            lines.push(format!("{}{sign}{}", " ".repeat(depth), topic.title));
            rest.extend(topic.children.iter().rev().map(|child| (*child, depth + 1)));
        }
        lines
    }

    #[test]
    fn topics_come_go_move_and_change() {
        let old = tree(&[
            ("", "wiki"),
            ("wiki", "a"),
            ("a", "a1"),
            ("a", "a2"),
            ("a2", "diep"),
            ("a", "a3"),
            ("wiki", "b"),
            ("b", "b1"),
        ]);
        let new = tree(&[
            ("", "wiki"),
            ("wiki", "a"),
            ("a", "a1"),
            ("a", "a3"),
            ("wiki", "b"),
            ("b", "nieuw"),
            ("b", "b2"),
            ("wiki", "c"),
        ]);
        let joined = joined(&old, &new, &[("/b1", "/b2")], &["/a3"]);
        let want = ["=wiki", " =a", "  =a1", "  -a2", "   -diep", "  ~a3", " =b", "  +nieuw", "  >b2", " +c"];
        assert_eq!(shown(&joined), want);
        assert_eq!(counts(&joined), [1, 1, 2, 2]);
        let more = |n: usize| Topic { title: format!("{n} gelijk"), ..Topic::default() };
        assert_eq!(
            shown(&pruned(&joined, 0, &more)),
            ["=wiki", " =a", "  -a2", "   -diep", "  ~a3", "  ?1 gelijk", " =b", "  +nieuw", "  >b2", " +c"]
        );
        assert_eq!(shown(&pruned(&joined, 3, &more)), want);
    }

    #[test]
    fn a_page_that_hangs_elsewhere_moved_and_is_told_once() {
        let old = tree(&[("", "w"), ("w", "a"), ("a", "x"), ("w", "b")]);
        let new = tree(&[("", "w"), ("w", "a"), ("w", "b"), ("b", "x")]);
        assert_eq!(shown(&joined(&old, &new, &[], &[])), ["=w", " =a", " =b", "  >x"]);
    }

    #[test]
    fn one_of_two_may_be_empty() {
        let one = tree(&[("", "w"), ("w", "a")]);
        let none = Tree::new();
        assert_eq!(shown(&joined(&one, &none, &[], &[])), ["-w", " -a"]);
        assert_eq!(shown(&joined(&none, &one, &[], &[])), ["+w", " +a"]);
        assert!(joined(&none, &none, &[], &[]).topics().is_empty());
        assert!(pruned(&none, 0, &|_| Topic::default()).topics().is_empty());
    }
}
