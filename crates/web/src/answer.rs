//! What goes out: status, type, bytes, and the headers that every answer carries.
//!
//! Headers follow `docs/decisions` on the content security policy: nothing inline, nothing from
//! elsewhere, nothing guessed from content.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use polder_core::address;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

/// For files that people put beside pages, and for all that is no screen: nothing in it may run or
/// load.
const CSP_FILE: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// What no answer may lack, where it says nothing else itself.
static GUARDS: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP_FILE)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Puts these on, whoever made the answer: also one of the web server's own, and git's.
pub fn guard_headers(headers: &mut HeaderMap) {
    for (name, value) in &GUARDS {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}

/// How long an answer may be kept, and by what it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Asked for again every time; 304 when the tag is the same.
    Tagged(String),
    /// The name says the content.
    ForEver,
    /// Not kept: it is about a moment, or about one person.
    Never,
}

/// An answer, ready to be sent and to be kept.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub mime: HeaderValue,
    pub body: Bytes,
    pub keep: Keep,
    pub extra: Vec<(HeaderName, HeaderValue)>,
    /// A file of the content rather than a screen of the program.
    pub is_file: bool,
    /// The commit whose content this shows.
    pub commit: Option<HeaderValue>,
}

impl Answer {
    pub fn html(status: StatusCode, body: String) -> Answer {
        Answer::new(status, "text/html; charset=utf-8", Bytes::from(body))
    }

    pub fn new(status: StatusCode, mime: &'static str, body: Bytes) -> Answer {
        Answer {
            status,
            mime: HeaderValue::from_static(mime),
            body,
            keep: Keep::Never,
            extra: Vec::new(),
            is_file: false,
            commit: None,
        }
    }

    pub fn text(status: StatusCode, body: impl Into<String>) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", Bytes::from(body.into()))
    }

    /// Elsewhere in this wiki; `location` is an address within it that this program made.
    pub fn redirect(status: StatusCode, location: &str) -> Answer {
        let mut answer = Answer::text(status, "");
        // A browser takes `//` and `/\\` for the beginning of another site's address.
        let is_path = location.starts_with('/') && !location[1..].starts_with(['/', '\\']);
        match HeaderValue::from_str(&address::at(location).to_string()) {
            Ok(location) if is_path => answer.extra.push((header::LOCATION, location)),
            _ => answer.status = StatusCode::BAD_REQUEST,
        }
        answer
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Answer {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.extra.push((name, value));
        }
        self
    }

    /// Has the browser remember a value (percent-encoded) for so many days, for this site only and
    /// out of reach of scripts.
    pub fn with_cookie(self, name: &str, value: &str, days: u32) -> Answer {
        let seconds = days * 24 * 3600;
        self.with(header::SET_COOKIE, &format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"))
    }

    /// As a response to `request`: 304 where the browser has it already, no body for HEAD.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let fresh = match &self.keep {
            Keep::Tagged(tag) if self.status == StatusCode::OK => {
                request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| {
                    known.to_str().is_ok_and(|known| known.split(',').any(|known| known.trim() == tag || known == "*"))
                })
            }
            _ => false,
        };
        let status = if fresh { StatusCode::NOT_MODIFIED } else { self.status };
        let mut response = HttpResponse::build(status);
        let mut put = |name: HeaderName, value: HeaderValue| {
            response.insert_header((name, value));
        };
        let fixed = HeaderValue::from_static;
        // The rest of them is the same for all, and `edge` puts it on.
        // Only screens run the program's own script; all else stands by itself, and runs nothing.
        let is_screen = !self.is_file && self.mime.as_bytes().starts_with(b"text/html");
        put(header::CONTENT_SECURITY_POLICY, fixed(if is_screen { CSP } else { CSP_FILE }));
        match &self.keep {
            Keep::Tagged(tag) => {
                put(header::CACHE_CONTROL, fixed("private, no-cache"));
                put(header::VARY, fixed("Accept-Language, Cookie"));
                if let Ok(tag) = HeaderValue::from_str(tag) {
                    put(header::ETAG, tag);
                }
            }
            Keep::ForEver => put(header::CACHE_CONTROL, fixed("public, max-age=31536000, immutable")),
            Keep::Never => put(header::CACHE_CONTROL, fixed("no-store")),
        }
        if let Some(commit) = &self.commit {
            put(HeaderName::from_static("polder-commit"), commit.clone());
        }
        for (name, value) in &self.extra {
            response.append_header((name.clone(), value.clone()));
        }
        if fresh {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, self.mime.clone()));
        response.body(self.body.clone())
    }
}
