//! One piece of a page, cut out of its tree with the notes that it refers to.

use std::collections::HashSet;

use comrak::html::Anchorizer;
use comrak::nodes::{AstNode, NodeValue};
use rustc_hash::FxHashMap;

use super::nodes::is_link;
use super::{BlockIds, identity};
use crate::doc::Doc;
use crate::piece::{self, Piece};

/// Cuts a tree down to one piece and the notes that it refers to. Gives the places of the links that
/// are left; `None` when there is no such piece.
pub(super) fn cut_out<'a>(root: &'a AstNode<'a>, doc: &Doc, ids: &BlockIds, piece: &Piece) -> Option<Vec<usize>> {
    let places: FxHashMap<usize, usize> = root
        .descendants()
        .filter(|node| is_link(node))
        .take(doc.links.len())
        .enumerate()
        .map(|(n, node)| (identity(node), n))
        .collect();
    let kept: Vec<&AstNode<'a>> = match piece {
        Piece::Whole => return Some((0..places.len()).collect()),
        Piece::Block(id) => {
            let node = root.descendants().find(|node| ids.get(&identity(node)) == Some(id))?;
            match &node.data().value {
                // An item stands in a list.
                NodeValue::Item(_) | NodeValue::TaskItem(_) => {
                    let list = node.parent()?;
                    for other in list.children().filter(|other| !std::ptr::eq(*other, node)).collect::<Vec<_>>() {
                        other.detach();
                    }
                    vec![list]
                }
                _ => vec![node],
            }
        }
        Piece::Section(name) => {
            let slug = piece::section(doc, name)?;
            let mut anchors = Anchorizer::new();
            let (heading, level) = root.descendants().find_map(|node| match &node.data().value {
                NodeValue::Heading(heading) => {
                    (anchors.anchorize(&node.collect_text()) == slug).then_some((node, heading.level))
                }
                _ => None,
            })?;
            let is_next =
                |node: &&AstNode<'a>| matches!(&node.data().value, NodeValue::Heading(next) if next.level <= level);
            let is_note = |node: &&AstNode<'a>| matches!(node.data().value, NodeValue::FootnoteDefinition(_));
            let below = heading.following_siblings().skip(1).take_while(|node| !is_next(node) && !is_note(node));
            std::iter::once(heading).chain(below).collect()
        }
    };
    let mut wanted: HashSet<String> = HashSet::new();
    for node in kept.iter().flat_map(|node| node.descendants()) {
        if let NodeValue::FootnoteReference(note) = &node.data().value {
            wanted.insert(note.name.clone());
        }
    }
    let is_wanted = |node: &&AstNode<'a>| match &node.data().value {
        NodeValue::FootnoteDefinition(note) => wanted.contains(&note.name),
        _ => false,
    };
    let notes: Vec<&AstNode<'a>> = root.children().filter(is_wanted).collect();
    for node in &kept {
        node.detach();
    }
    for other in root.children().collect::<Vec<_>>() {
        other.detach();
    }
    for node in kept.into_iter().chain(notes) {
        root.append(node);
    }
    Some(root.descendants().filter_map(|node| places.get(&identity(node)).copied()).collect())
}
