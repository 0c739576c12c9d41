//! The frame around every screen: bar, side, main, foot.
//!
//! What folds on a phone (`details.fold`) is opened by the theme on a wide screen, without scripts
//! and without saying anything twice.

use std::sync::Arc;

use maud::DOCTYPE;
use maud::Markup;
use maud::Render;
use maud::html;
use polder_core::address::within;
use polder_core::path::percent_encoded;
use rustc_hash::FxHashMap;

use super::Html;
use super::Link;
use super::Room;
use super::link_to;
use super::unseen;
use crate::assets::Assets;
use crate::words::Lang;
use crate::words::Words;

/// The deepest folder tree drawn; paths themselves have at most 40 segments.
const TREE_MAX_DEPTH: usize = 40;

/// Which entry of the bar is where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    FrontPage,
    Mindmap,
    Index,
    Changes,
    Search,
    Elsewhere,
}

/// What stands left of the text.
#[derive(Clone, Debug)]
pub enum Side {
    /// The wiki's own `_Sidebar`.
    Own(Html),
    /// The folders around this page, and the address of the page, to be marked.
    Tree(Arc<Tree>, Option<String>),
    None,
}

/// A page or folder in the tree.
#[derive(Clone, Debug)]
pub struct TreeItem {
    pub title: String,
    pub href: String,
    /// The folder holds the page being read, so what is in it is shown.
    pub open: bool,
    pub children: Vec<TreeItem>,
}

/// Of which moment a screen is.
#[derive(Clone, Debug)]
pub struct MomentNote {
    pub text: String,
    pub now_href: String,
}

/// Whose screen it is, in the bar.
#[derive(Clone, Debug)]
pub enum Person {
    /// There are no accounts, so nobody is asked.
    NotAsked,
    /// Somebody who can sign in, and where that is done.
    Unknown {
        sign_in_href: String,
    },
    Known {
        name: String,
        csrf: String,
        is_admin: bool,
    },
}

/// Everything around a screen's content.
pub struct Frame<'a> {
    pub words: &'static Words,
    pub assets: &'a Assets,
    pub wiki_title: &'a str,
    /// For the window's title; the wiki's title follows it.
    pub page_title: &'a str,
    /// One sentence for search engines; may be empty.
    pub description: &'a str,
    /// Whether search engines may keep this screen.
    pub indexed: bool,
    pub here: Place,
    /// Path and query of this screen, for the language switch to come back to.
    pub path: &'a str,
    /// The words in the search field.
    pub query: &'a str,
    /// The moment that is looked at, percent-encoded, and as a form sends it; empty for now.
    pub moment: &'a str,
    pub person: Person,
    pub rev: Option<String>,
    /// Said above the content, unless that says it itself.
    pub note: Option<MomentNote>,
    pub canonical: Option<&'a str>,
    /// Atom feeds that a reader may subscribe to here.
    pub feeds: &'a [Link],
    pub side: &'a Side,
    /// The language of the wiki's own side bar and texts.
    pub content_lang: &'a str,
    /// Address to clone from; `None` when this reader may not.
    pub clone_url: Option<&'a str>,
    /// The licence of the wiki's text; may be empty.
    pub licence: &'a str,
    pub content: Markup,
}

/// The whole document.
pub fn document(frame: &Frame<'_>) -> Markup {
    let words = frame.words;
    let side = match frame.side {
        Side::Own(own) => own.0.len(),
        Side::Tree(tree, _) => tree.html.len(),
        Side::None => 0,
    };
    html! {
        (Room(frame.content.0.len() + side + 4096))
        (DOCTYPE)
        html lang=(words.lang.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.page_title) @if frame.page_title != frame.wiki_title { " · " (frame.wiki_title) } }
                @if !frame.description.is_empty() { meta name="description" content=(frame.description); }
                @if !frame.indexed { meta name="robots" content="noindex"; }
                @if let Some(href) = frame.canonical { link rel="canonical" href=(link_to(href)); }
                @for feed in frame.feeds {
                    link rel="alternate" type="application/atom+xml" title=(feed.title) href=(link_to(&feed.href));
                }
                link rel="icon" type="image/svg+xml" href=(link_to(&frame.assets.icon_href));
                link rel="stylesheet" href=(link_to(&frame.assets.css_href));
                script src=(link_to(&frame.assets.js_href)) defer {}
            }
            body {
                a.skip href="#ui.main" { (words.t("skip")) }
                (bar(frame))
                div.body {
                    @if !matches!(frame.side, Side::None) {
                        details.fold.side {
                            summary { (words.t("side-summary")) }
                            nav aria-label=(words.t("side-label")) {
                                @match frame.side {
                                    Side::Own(own) => div.side-own lang=(frame.content_lang) { (own) },
                                    Side::Tree(tree, here) => div.tree { (Marked { tree, here: here.as_deref() }) },
                                    Side::None => {},
                                }
                            }
                        }
                    }
                    main id="ui.main" tabindex="-1" {
                        @if let Some(note) = &frame.note { (moment_note(words, note)) }
                        (frame.content)
                    }
                }
                (foot(frame))
            }
        }
    }
}

fn moment_note(words: &Words, note: &MomentNote) -> Markup {
    html! {
        aside.notice.notice-signal role="note" aria-label=(words.t("moment-label")) {
            p { (note.text) }
            ul.actions { li { a href=(link_to(&note.now_href)) { (words.t("moment-now")) } } }
        }
    }
}

fn bar(frame: &Frame<'_>) -> Markup {
    let words = frame.words;
    html! {
        header.bar {
            div.bar-row {
                a.bar-name href={ (link_to("/")) (stay(frame, '?')) } { bdi { (frame.wiki_title) } }
                details.fold.bar-fold {
                    summary { (words.t("bar-menu")) }
                    div.bar-panel {
                    nav.bar-nav aria-label=(words.t("bar-label")) {
                        ul {
                            li { (place(frame, Place::FrontPage, "/", words.t("nav-frontpage"))) }
                            li { (place(frame, Place::Mindmap, "/-/mindmap", words.t("nav-mindmap"))) }
                            li { (place(frame, Place::Index, "/-/index", words.t("nav-index"))) }
                            li { (place(frame, Place::Changes, "/-/changes", words.t("nav-changes"))) }
                            li { (place(frame, Place::Search, "/-/search", words.t("nav-search"))) }
                        }
                    }
                    form.bar-search role="search" action=(link_to("/-/search")) {
                        label.unseen for="ui.q" { (words.t("search-label")) }
                        input id="ui.q" type="search" name="q" value=(frame.query) maxlength="500"
                            placeholder=(words.t("search-placeholder")) enterkeyhint="search" autocomplete="off";
                        @if let Some(rev) = &frame.rev { input type="hidden" name="at" value=(rev); }
                        button type="submit" { (words.t("search-button")) }
                    }
                    (languages(frame))
                    (person(frame))
                    }
                }
            }
        }
    }
}

/// What keeps an address at the moment that is looked at.
fn stay(frame: &Frame<'_>, sign: char) -> String {
    if frame.moment.is_empty() { String::new() } else { format!("{sign}at={}", frame.moment) }
}

fn place(frame: &Frame<'_>, place: Place, path: &str, text: &str) -> Markup {
    html! {
        a href={ (link_to(path)) (if place == Place::Changes { String::new() } else { stay(frame, '?') }) } aria-current=[(frame.here == place).then_some("page")] { (text) }
    }
}

fn languages(frame: &Frame<'_>) -> Markup {
    html! {
        ul.bar-lang aria-label=(frame.words.t("bar-languages")) {
            @for lang in Lang::ALL {
                @if lang != frame.words.lang {
                    li {
                        a href={ (link_to("/-/lang/")) (lang.code()) "?next=" (percent_encoded(frame.path)) }
                            lang=(lang.code()) hreflang=(lang.code()) rel="nofollow" { (lang.own_name()) }
                    }
                }
            }
        }
    }
}

fn person(frame: &Frame<'_>) -> Markup {
    let words = frame.words;
    match &frame.person {
        Person::NotAsked => html! {},
        Person::Unknown { sign_in_href } => html! {
            p.bar-person { a href=(link_to(sign_in_href)) rel="nofollow" { (words.t("sign-in-title")) } }
        },
        Person::Known { name, csrf, is_admin } => html! {
            details.bar-person.person {
                summary { (unseen(words.t("bar-person"))) bdi { (name) } }
                ul {
                    li { a href=(link_to("/-/account")) { (words.t("account-title")) } }
                    @if *is_admin { li { a href=(link_to("/-/people")) { (words.t("people-title")) } } }
                    @if *is_admin { li { a href=(link_to("/-/mirrors")) { (words.t("mirrors-title")) } } }
                    li {
                        form method="post" action=(link_to("/-/sign-out")) {
                            (super::csrf(csrf))
                            button.bar-out type="submit" { (words.t("sign-out")) }
                        }
                    }
                }
            }
        },
    }
}

/// A drawn tree: the same for every page in a folder, so that it need not be drawn for each.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    html: String,
    /// Where the begin of the first link to each address ends in `html`.
    links: FxHashMap<String, usize>,
}

impl Tree {
    pub fn new(items: &[TreeItem]) -> Tree {
        const OPEN: &str = "<a href=\"";
        let html = tree(items, TREE_MAX_DEPTH).0;
        let mut links = FxHashMap::default();
        for (at, _) in html.match_indices(OPEN) {
            let begin = at + OPEN.len();
            if let Some(len) = html[begin..].find('"') {
                // As escaped, which is as it is: addresses of pages are percent-encoded.
                links.entry(within(&html[begin..begin + len]).to_owned()).or_insert(begin + len + 1);
            }
        }
        Tree { html, links }
    }

    /// About how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        self.html.len() + self.links.keys().map(|href| href.len() + 64).sum::<usize>()
    }
}

/// The tree with the link to the page being read marked as such.
struct Marked<'a> {
    tree: &'a Tree,
    here: Option<&'a str>,
}

impl Render for Marked<'_> {
    fn render_to(&self, buffer: &mut String) {
        let place = self.here.and_then(|href| self.tree.links.get(href)).copied();
        let (before, after) = self.tree.html.split_at(place.unwrap_or(self.tree.html.len()));
        buffer.push_str(before);
        if place.is_some() {
            buffer.push_str(" aria-current=\"page\"");
        }
        buffer.push_str(after);
    }
}

fn tree(items: &[TreeItem], depth_left: usize) -> Markup {
    html! {
        ul {
            @for item in items {
                li {
                    a href=(link_to(&item.href)) { bdi { (item.title) } }
                    @if item.open && !item.children.is_empty() && depth_left > 1 { (tree(&item.children, depth_left - 1)) }
                }
            }
        }
    }
}

fn foot(frame: &Frame<'_>) -> Markup {
    let words = frame.words;
    html! {
        footer.foot {
            div.foot-row {
                @if let Some(url) = frame.clone_url {
                    div.clone {
                        span.clone-label { (words.t("foot-clone")) }
                        code id="ui.clone" { "git clone " (url) }
                        button.copy type="button" hidden data-copy="ui.clone" data-done=(words.t("foot-copied")) {
                            (words.t("foot-copy")) (unseen(words.t("foot-copy-what")))
                        }
                        span.unseen role="status" {}
                    }
                }
                ul.foot-links {
                    @if !frame.licence.is_empty() { li { (frame.licence) } }
                    @for feed in frame.feeds { li { a href=(link_to(&feed.href)) { (feed.title) } } }
                    li { a href=(link_to("/-/accessibility")) { (words.t("foot-accessibility")) } }
                    @if !matches!(frame.person, Person::NotAsked) {
                        li { a href=(link_to("/-/privacy")) { (words.t("privacy-title")) } }
                    }
                }
            }
        }
    }
}
