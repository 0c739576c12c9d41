//! The only integration binary: the real program, a real repository, real git.
//!
//! Each module is a subject; `wiki` is the helper that every test speaks through; `cases` runs the
//! files under `tests/cases`; `tidy` holds the house rules.

mod access;
mod backup;
mod blame;
mod care;
mod cases;
mod check;
mod cite;
mod cli;
mod compare;
mod content;
mod doctor;
mod edge;
mod existing;
mod form;
mod git_http;
mod history;
mod hostile;
mod in_a_clone;
mod map_index;
mod mirror;
mod oidc;
mod people;
mod push;
mod query;
mod readers;
mod rows;
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
