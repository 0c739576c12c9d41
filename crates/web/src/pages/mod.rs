//! One file per screen: the handler, and what fills its view.

pub mod changes;
pub mod compare;
mod compare_files;
mod compare_map;
mod compare_tables;
mod compare_words;
pub mod diff;
pub mod edit;
pub mod export;
pub mod files;
pub mod find;
pub mod form;
pub mod history;
pub mod index;
pub mod mindmap;
pub mod misc;
pub mod moving;
pub mod picture;
pub mod query;
pub mod screen;
pub mod set;
mod since;
pub mod total;
pub mod version;
pub mod versions;
pub mod view;
