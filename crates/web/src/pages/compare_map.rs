//! The maps of two versions drawn as one, with what became of each topic in words.

use polder_core::limits;
use polder_core::mapdiff::{self, Known};
use polder_core::maptree::{self, By, Growth};
use polder_core::mindmap::{self, Cut, Standing, Topic, TopicKind, Tree};
use polder_core::path::percent_decode;
use polder_core::site::{AtAddress, Seen};
use polder_core::svg::{self, SvgWords};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::pages::compare::{Asked, Scope};
use crate::pages::{mindmap as map_page, screen};
use crate::views::Html;
use crate::views::compare::MapView;
use crate::words::{Arg, Words};

/// Levels that are looked at; what lies deeper counts for what lies above it.
const DEPTH: usize = 5;

/// Topics of one parent that are the same and shown all the same.
const SAME_SHOWN: usize = 2;

/// Children shown under one topic: more than in a map of one version, since only changes are there.
const CHILDREN_MAX: usize = 40;

pub fn map(asked: &Asked<'_>, changed: &FxHashSet<String>, moved: &FxHashMap<String, String>) -> MapView {
    let words = asked.tell.words;
    let (by, focus) = match &asked.scope {
        Scope::Folder(folder) => (By::Folders, folder.as_str()),
        _ if !asked.tell.new.seen.types().is_empty()
            && screen::param(asked.ask, "tree").as_deref() != Some("folders") =>
        {
            (By::Records, "")
        }
        _ => (By::Folders, ""),
    };
    let growth = Growth {
        root_title: screen::wiki_title(asked.ask),
        depth: DEPTH,
        lang: words.lang.code(),
        focus_href: &|_| String::new(),
    };
    let grow = |seen: Seen<'_>| match is_at(seen, focus) {
        true => maptree::grow(seen, by, focus, &growth).tree,
        false => Tree::new(),
    };
    // Without their moments, so that the topics of both have the same addresses.
    let (old, new) = (asked.tell.old.seen.at_moment(""), asked.tell.new.seen.at_moment(""));
    let known = Known {
        now: &|href| moved.get(href).cloned(),
        is_there: &|href| is_at(new, &address(href)),
        // What stood there may be another page, which is elsewhere by now.
        was_there: &|href| is_at(old, &address(href)) && !moved.contains_key(href),
        is_changed: &|href| changed.contains(href),
    };
    let joined = mapdiff::join(&grow(old), &grow(new), &known);
    let counts = mapdiff::counts(&joined);
    let more = |n: usize| Topic {
        title: words.f("compare-map-same", &[("count", Arg::Count(n as u64))]),
        kind: TopicKind::More,
        ..Topic::default()
    };
    let pruned = mapdiff::pruned(&joined, SAME_SHOWN, &more);
    let hidden = |hidden: usize, _: &Topic| Topic {
        title: words.f("map-more", &[("count", Arg::Count(hidden as u64))]),
        ..Topic::default()
    };
    let limits = Cut { depth: DEPTH + 1, max_topics: limits::MAP_MAX_TOPICS, max_children: CHILDREN_MAX };
    let tree = told(asked, &mindmap::cut(&pruned, limits, &hidden));
    let drawing = match counts.iter().sum::<usize>() {
        0 => String::new(),
        _ => {
            let placed = mindmap::layout(&tree, &mindmap::pill_size);
            let svg_words = SvgWords {
                title: words.t("compare-map"),
                description: words.t("compare-map-description"),
                zoom: &|_| String::new(),
            };
            svg::draw(&placed, &svg_words)
        }
    };
    MapView { lead: lead(words, counts), drawing: Html(drawing), outline: map_page::outline(&tree) }
}

fn lead(words: &Words, [changed, moved, added, removed]: [usize; 4]) -> String {
    let count = |n: usize| Arg::Count(n as u64);
    let args =
        [("changed", count(changed)), ("moved", count(moved)), ("added", count(added)), ("removed", count(removed))];
    match changed + moved + added + removed {
        0 => words.t("compare-map-none").to_owned(),
        _ => words.f("compare-map-lead", &args),
    }
}

/// The same tree, each topic with what became of it, leading to where that can be seen.
fn told(asked: &Asked<'_>, tree: &Tree) -> Tree {
    let mut told = Tree::new();
    let mut parents = vec![None; tree.topics().len()];
    for (at, topic) in tree.topics().iter().enumerate() {
        topic.children.iter().for_each(|child| parents[*child] = Some(at));
    }
    for (at, topic) in tree.topics().iter().enumerate() {
        let word = match topic.standing {
            Standing::Plain | Standing::Same => "",
            Standing::Changed => asked.tell.words.t("compare-fate-changed"),
            Standing::Moved => asked.tell.words.t("compare-fate-moved"),
            Standing::Added => asked.tell.words.t("compare-fate-added"),
            Standing::Removed => asked.tell.words.t("compare-fate-removed"),
        };
        let note = [topic.note.as_str(), word].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        let href = topic.href.as_deref().filter(|href| !href.starts_with("/-/")).map(|href| match topic.standing {
            Standing::Added => asked.tell.new.href(href),
            Standing::Removed => asked.tell.old.href(href),
            _ => asked.tell.between(href),
        });
        // A folder has no version to be looked at.
        let is_folder = matches!(topic.standing, Standing::Added | Standing::Removed)
            && topic.href.as_deref().is_some_and(|href| is_folder(asked, topic.standing, href));
        let href = href.filter(|_| !is_folder);
        let note = note.join(" · ");
        told.add(parents[at], Topic { note, href, focus_href: None, children: Vec::new(), ..topic.clone() });
    }
    told
}

fn is_folder(asked: &Asked<'_>, standing: Standing, href: &str) -> bool {
    let seen = if standing == Standing::Removed { asked.tell.old.seen } else { asked.tell.new.seen };
    matches!(seen.at(&address(href)), AtAddress::Folder(_))
}

fn address(href: &str) -> String {
    percent_decode(href.trim_start_matches('/')).unwrap_or_default()
}

fn is_at(seen: Seen<'_>, address: &str) -> bool {
    address.is_empty() || !matches!(seen.at(address), AtAddress::Nothing)
}
