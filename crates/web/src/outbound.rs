//! Requests to another server. With letters (`mail`), the only place that connects to elsewhere.
//!
//! Nothing comes here that stands in a page, a form or a profile: addresses are those of webhooks, from
//! the settings, and of the issuer of single sign-on, from the settings or from its own description of
//! itself (W10). No redirect is
//! followed, no proxy is taken from the environment, and sizes and times are bounded. Blocks: to be
//! called on a thread that may.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::Agent;
use ureq::http::header;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::proxy::is_loopback_host;

/// How long a whole request may take. Somebody waits for it.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest answer. Descriptions and keys of large issuers have some 10 KB, claims with hundreds of
/// groups some 50.
const ANSWER_MAX_BYTES: u64 = 1024 * 1024;
/// Headers of an answer.
const HEADERS_MAX_BYTES: usize = 32 * 1024;
const ADDRESS_MAX_BYTES: usize = 2_048;

/// An address that may be asked: by TLS, or on this very machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// `None` for another scheme, plain HTTP to another machine, a user, a fragment, odd characters.
    pub fn parse(text: &str) -> Option<Place> {
        let (is_https, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let is_plain = text.len() <= ADDRESS_MAX_BYTES
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'#'));
        let is_host = !host.is_empty() && !host.contains('@');
        (is_plain && is_host && (is_https || is_loopback_host(host))).then(|| Place(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What came back.
pub struct Received {
    pub status: u16,
    pub body: Vec<u8>,
}

/// Asks other servers.
pub struct Outbound {
    agent: Agent,
}

impl Outbound {
    /// Trusts the certificates of this system.
    pub fn new() -> Outbound {
        let roots = rustls_native_certs::load_native_certs();
        let roots: Vec<Certificate<'static>> =
            roots.certs.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .max_response_header_size(HEADERS_MAX_BYTES)
            .user_agent("Polder")
            .accept("application/json")
            .build()
            .new_agent();
        Outbound { agent }
    }

    /// Errors say what happened, and hold nothing that was sent.
    pub fn get(&self, place: &Place, authorization: Option<&str>) -> Result<Received, String> {
        let mut request = self.agent.get(place.as_str());
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        received(request.call())
    }

    /// Sends JSON, with these headers.
    pub fn post_json(&self, place: &Place, body: &str, headers: &[(&str, &str)]) -> Result<Received, String> {
        let mut request = self.agent.post(place.as_str()).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        received(request.send(body))
    }

    /// Sends a form.
    pub fn post(&self, place: &Place, form: &str, authorization: Option<&str>) -> Result<Received, String> {
        let mut request =
            self.agent.post(place.as_str()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        received(request.send(form))
    }
}

impl Default for Outbound {
    fn default() -> Outbound {
        Outbound::new()
    }
}

fn received(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Received, String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let body =
        answer.body_mut().with_config().limit(ANSWER_MAX_BYTES).read_to_vec().map_err(|error| error.to_string())?;
    Ok(Received { status: answer.status().as_u16(), body })
}
