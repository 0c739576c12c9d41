//! The only integration binary: the real program, a real repository, real git.
//!
//! Each module is a subject; `wiki` is the helper that every test speaks through; `cases` runs the
//! files under `tests/cases`; `tidy` holds the house rules.

mod access;
mod blame;
mod cases;
mod check;
mod cite;
mod cli;
mod compare;
mod content;
mod edge;
mod form;
mod git_http;
mod history;
mod hostile;
mod map_index;
mod mirror;
mod oidc;
mod people;
mod query;
mod readers;
mod save;
mod search;
mod since;
mod tidy;
mod typed;
mod types;
mod user;
mod version;
mod view;
mod wiki;
mod words;
mod worktree;
