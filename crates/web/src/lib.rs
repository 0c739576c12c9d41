//! HTTP in, HTML and Atom out.
//!
//! Translates requests to verbs of the wiki and values to pages. Knows no git, no index, and no
//! rule about pages. Reading order: `routes` (every address, on one page), `app` (what a server
//! holds), `session` (who asks; `oidc` for who shows that elsewhere), `guard` (who may), `csrf` (whose form), `answer` and `fail` (what goes out), then one file per screen in
//! `pages`, which fills a struct of `views`.

pub mod answer;
pub mod app;
pub mod assets;
pub mod body;
pub mod connections;
pub mod csrf;
mod csv;
pub mod edge;
pub mod fail;
pub mod git_http;
pub mod guard;
pub mod limit;
pub mod mail;
pub mod metrics;
mod moment;
pub mod oidc;
pub mod outbound;
pub mod pages;
pub mod proxy;
pub mod routes;
pub mod session;
mod span;
pub mod stop;
mod turns;
pub mod values;
pub mod views;
pub mod webhook;
pub mod words;
