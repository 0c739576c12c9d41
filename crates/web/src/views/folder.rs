//! A folder that has no page of its own: the pages in it.

use maud::Markup;
use maud::html;

use super::Link;
use super::Listed;
use super::crumbs;
use super::link_to;
use super::listed_plainly;
use super::unseen;
use crate::words::Words;

pub struct FolderView {
    pub crumbs: Vec<Link>,
    pub title: String,
    pub folders: Vec<Listed>,
    pub pages: Vec<Listed>,
    /// Makes a page for the folder itself; `None` when this reader may not.
    pub create_href: Option<String>,
    pub changes_href: String,
    pub versions_href: String,
}

pub fn folder(words: &Words, view: &FolderView) -> Markup {
    html! {
        div.head {
            (crumbs(words, &view.crumbs))
            h1 { span.kicker { (words.t("folder-kicker")) (unseen(": ")) } bdi { (view.title) } }
        }
        ul.actions {
            @if let Some(href) = &view.create_href { li { a.button href=(link_to(href)) { (words.t("folder-create")) } } }
            li { a href=(link_to(&view.changes_href)) { (words.t("folder-changes")) } }
            li { a href=(link_to(&view.versions_href)) { (words.t("folder-versions")) } }
        }
        @if !view.folders.is_empty() {
            section.around aria-labelledby="ui.folders" {
                h2 id="ui.folders" { (words.t("folder-folders")) }
                (listed_plainly(&view.folders))
            }
        }
        section.around aria-labelledby="ui.pages" {
            h2 id="ui.pages" { (words.t("folder-pages")) }
            @if view.pages.is_empty() { p.empty { (words.t("folder-empty")) } } @else { (listed_plainly(&view.pages)) }
        }
    }
}
