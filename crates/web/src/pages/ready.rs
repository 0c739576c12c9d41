//! What machines ask a server: whether it lives, whether it is ready, its counters, and where to
//! report a hole in it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use jiff::{Timestamp, ToSpan as _};

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::metrics::Levels;

/// How far ahead `security.txt` says that it counts. RFC 9116 asks for less than a year; being made
/// anew for each request, it is always so.
const EXPIRES_DAYS: i64 = 300;

/// `GET /-/health`: 200 once pages can be served.
pub async fn health(reader: Reader) -> HttpResponse {
    Answer::text(StatusCode::OK, "ok\n").respond(&reader.request)
}

/// `GET /-/ready`: 200 when pages, history and search are level, else 503 with what is missing.
pub async fn ready(reader: Reader) -> HttpResponse {
    let missing = missing(&reader.ask);
    let answer = match missing.is_empty() {
        true => Answer::text(StatusCode::OK, "ready\n"),
        false => {
            Answer::text(StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n").with(header::RETRY_AFTER, "2")
        }
    };
    answer.respond(&reader.request)
}

/// For machines, and in English like the log.
fn missing(ask: &Ask) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if ask.app.stopping.is_going() {
        missing.push("stopping: what is being saved or pushed is finished, then the server ends");
    }
    if ask.app.accounts.is_away() {
        missing.push("accounts: the file that held them is gone");
    }
    if ask.world.history.is_none() {
        missing.push("history: commits are still being read");
    }
    if !ask.app.wiki.is_indexed(&ask.world) {
        missing.push("search: pages are still being indexed");
    }
    missing
}

/// `GET /-/metrics`, for this machine and the networks that the owner named; for others it is not
/// there.
pub async fn metrics(reader: Reader) -> HttpResponse {
    let ask = &reader.ask;
    let is_local = ask.client.is_loopback() && ask.is_local;
    let is_named = ask.app.stand.metrics.iter().any(|network| network.holds(ask.client));
    if !is_local && !is_named {
        return reader.run(|_| Err(Fail::NotFound)).await;
    }
    reader
        .run(|ask| {
            let made = match ask.world.main {
                Some(main) => ask.app.wiki.commit_facts(&ask.world, main)?.map(|facts| facts.time_s),
                None => None,
            };
            let now = Timestamp::now().as_second();
            let levels = Levels {
                commit_age_s: made.map_or(0, |made| now - made),
                pages: ask.seen().pages().len(),
                kept: ask.app.weights(),
                connections: ask.app.connections.len(),
                is_ready: missing(ask).is_empty(),
                mirrors: levels_of_mirrors(ask),
                webhooks: ask.app.webhooks.states().iter().map(|(_, state)| state.is_well()).collect(),
            };
            Ok(Answer::new(
                StatusCode::OK,
                "text/plain; version=0.0.4; charset=utf-8",
                ask.app.metrics.text(&levels).into(),
            ))
        })
        .await
}

fn levels_of_mirrors(ask: &Ask) -> Vec<(String, bool, i64)> {
    let states = ask.app.mirrors.states().into_iter();
    let level = states.map(|(setting, state)| {
        let is_level = state.fault.is_none() && state.succeeded_s.is_some();
        (setting.remote.name.clone(), is_level, state.succeeded_s.unwrap_or(0))
    });
    level.collect()
}

/// `GET /.well-known/security.txt` (RFC 9116), when the owner named a contact.
pub async fn security(reader: Reader) -> HttpResponse {
    reader
        .run(|ask| {
            let contacts = &ask.app.stand.security_contact;
            if contacts.is_empty() {
                return Err(Fail::NotFound);
            }
            let mut text = String::new();
            for contact in contacts {
                text.push_str(&format!("Contact: {contact}\n"));
            }
            let hours = (EXPIRES_DAYS * 24).hours();
            let expires = Timestamp::now().checked_add(hours).unwrap_or(Timestamp::MAX);
            text.push_str(&format!("Expires: {}\n", expires.strftime("%Y-%m-%dT%H:%M:%SZ")));
            text.push_str("Preferred-Languages: nl, en\n");
            // Only an address over HTTPS may stand there.
            if ask.home.starts_with("https://") {
                text.push_str(&format!("Canonical: {}/.well-known/security.txt\n", ask.home));
            }
            Ok(Answer::text(StatusCode::OK, text))
        })
        .await
}
