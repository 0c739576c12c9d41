//! The wiki as a map: a drawing and an outline that are each other's equal.
//!
//! The drawing comes ready; the outline is made here from the same topics.

use maud::Markup;
use maud::html;

use super::Html;
use super::Link;
use super::link_to;
use super::unseen;
use crate::words::Arg;
use crate::words::Words;

/// The map never has more than 150 topics, so this only guards the stack.
const OUTLINE_MAX_DEPTH: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapShape {
    /// The drawing, with the outline beneath it.
    Map,
    /// The outline alone.
    Outline,
}

/// What makes one page lie under another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapTree {
    Folders,
    Links,
    Records,
}

/// A topic of the outline, with what lies under it.
pub struct OutlineItem {
    pub title: String,
    pub href: Option<String>,
    /// Puts this topic in the middle.
    pub focus_href: Option<String>,
    pub note: String,
    pub children: Vec<OutlineItem>,
}

pub struct MindmapView {
    pub action: String,
    /// The moment that is looked at, for the form.
    pub rev: Option<String>,
    pub shape: MapShape,
    pub map_href: String,
    pub outline_href: String,
    pub tree: MapTree,
    /// Whether there are types that put records under each other.
    pub has_records: bool,
    /// The path in the middle; empty for the whole wiki.
    pub focus: String,
    pub focus_title: String,
    /// From the root to the middle.
    pub crumbs: Vec<Link>,
    pub depth: u8,
    pub depth_max: u8,
    pub drawing: Html,
    pub outline: Vec<OutlineItem>,
    /// Topics shown, and topics there are under this middle.
    pub shown: usize,
    pub total: usize,
}

pub fn mindmap(words: &Words, view: &MindmapView) -> Markup {
    html! {
        div.head {
            (super::crumbs(words, &view.crumbs))
            h1 { span.kicker { (words.t("map-title")) (unseen(": ")) } bdi { (view.focus_title) } }
            nav.tabs aria-label=(words.t("map-shapes")) {
                ul {
                    li { (super::tab(&view.map_href, words.t("map-shape-map"), view.shape == MapShape::Map)) }
                    li { (super::tab(&view.outline_href, words.t("map-shape-outline"), view.shape == MapShape::Outline)) }
                }
            }
        }
        div.tools {
            (choices(words, view))
            p.note { (words.f("map-shown", &[("shown", Arg::Count(view.shown as u64)), ("total", Arg::Count(view.total as u64))])) }
        }
        @if view.shape == MapShape::Map {
            div.map-picture role="region" tabindex="0" aria-label=(words.t("map-region")) { (view.drawing) }
            p.hint.map-hint { (words.t("map-hint")) }
        }
        section.outline aria-labelledby="ui.outline" {
            h2 id="ui.outline" class=[(view.shape == MapShape::Outline).then_some("unseen")] { (words.t("map-outline")) }
            (outline(words, &view.outline, 0, 2))
        }
    }
}

fn choices(words: &Words, view: &MindmapView) -> Markup {
    html! {
        form.inline action=(link_to(&view.action)) {
            @if let Some(rev) = &view.rev { input type="hidden" name="at" value=(rev); }
            @if !view.focus.is_empty() { input type="hidden" name="focus" value=(view.focus); }
            @if view.shape == MapShape::Outline { input type="hidden" name="shape" value="outline"; }
            span.pair {
                label for="ui.tree" { (words.t("map-by")) }
                select id="ui.tree" name="tree" {
                    option value="folders" selected[view.tree == MapTree::Folders] { (words.t("map-by-folders")) }
                    option value="links" selected[view.tree == MapTree::Links] { (words.t("map-by-links")) }
                    @if view.has_records {
                        option value="records" selected[view.tree == MapTree::Records] { (words.t("map-by-records")) }
                    }
                }
            }
            span.pair {
                label for="ui.depth" { (words.t("map-depth")) }
                select id="ui.depth" name="depth" {
                    @for depth in 1..=view.depth_max { option value=(depth) selected[depth == view.depth] { (depth) } }
                }
            }
            button type="submit" { (words.t("map-draw")) }
        }
    }
}

/// The first levels stand open.
pub(super) fn outline(words: &Words, items: &[OutlineItem], depth: usize, n_open: usize) -> Markup {
    html! {
        ul {
            @for item in items {
                li {
                    (topic(words, item))
                    @if !item.children.is_empty() && depth < OUTLINE_MAX_DEPTH {
                        // Links stand beside the summary, not in it: one control in another is neither.
                        details open[depth < n_open] {
                            summary {
                                (words.f("map-under", &[("count", Arg::Count(item.children.len() as u64))]))
                                (unseen(": ")) (unseen(&item.title))
                            }
                            (outline(words, &item.children, depth + 1, n_open))
                        }
                    }
                }
            }
        }
    }
}

fn topic(words: &Words, item: &OutlineItem) -> Markup {
    html! {
        div.topic {
            @match &item.href {
                Some(href) => a href=(link_to(href)) { bdi { (item.title) } },
                None => bdi { (item.title) },
            }
            @if !item.note.is_empty() { " " span.note { (item.note) } }
            @if let Some(href) = &item.focus_href {
                " " a.quiet href=(link_to(href)) { (words.t("map-focus")) (unseen(": ")) (unseen(&item.title)) }
            }
        }
    }
}
