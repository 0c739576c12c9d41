//! The wiki as values: what a page, a link, a difference, a map *is*.
//!
//! Text in, values out. Nothing here touches a disk, git, a clock, chance or HTTP, and nothing
//! here draws the furniture around a page. Reading order: `ids`, `path`, `problem`, `limits`;
//! then `front`, `markdown`, `doc` (one file); then `names`, `site` (all files of one commit);
//! then what is computed from a site: `html`, `blocks`, `links`, `moving`, `diff`, `merge`,
//! `maptree`, `mindmap`, `svg`; who may do what (`access`), whether a change may be (`review`); then what is computed from two: `compare`, `prose`, `mapdiff`.
//! What a wiki of another program brings along: `survey`, `foreign`.

pub mod access;
pub mod address;
pub mod blocks;
mod carry;
pub mod compare;
pub mod diff;
pub mod doc;
pub mod eval;
pub mod expr;
pub mod fields_changed;
pub mod filter;
pub mod foreign;
pub mod form;
pub mod front;
pub mod html;
pub mod ids;
pub mod json_schema;
pub mod judge;
pub mod limits;
pub mod line_ends;
pub mod links;
pub mod manifest;
pub mod mapdiff;
pub mod maptree;
pub mod markdown;
pub mod merge;
mod merge_list;
pub mod mindmap;
pub mod moving;
pub mod names;
pub mod nested;
pub mod path;
pub mod piece;
pub mod problem;
pub mod prose;
pub mod query;
mod rawhtml;
pub mod records;
pub mod review;
pub mod settings;
pub mod site;
pub mod spelling;
pub mod succession;
pub mod survey;
pub mod svg;
pub mod types;
pub mod value;
pub mod version;

#[cfg(test)]
mod site_tests;
#[cfg(test)]
mod typed_tests;
