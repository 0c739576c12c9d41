//! What every request passes on its way in and out, whichever handler answers it: where it comes
//! from, how long its body may take, the headers that no answer may lack, the counters, and one line
//! in the log.
//!
//! Decides nothing about content and about who may; that is `guard`'s.

use std::future::Future as _;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse, Url};
use actix_web::error::PayloadError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage as _, HttpResponse};
use futures_util::Stream;
use polder_core::address;
use polder_wiki::accounts::Network;
use tokio::time::Sleep;
use tracing::info;

use crate::answer::guard_headers;
use crate::app::App;
use crate::limit::Cost;
use crate::metrics::Class;
use crate::proxy::{Origin, Wire};

/// How long a body may take at least, and the rate that it must keep beyond that. A form over the
/// slowest telephone is done in time; a large push over a slow line is, too.
const BODY_TIME: Duration = Duration::from_secs(60);
const BODY_FLOOR_BYTES_PER_S: u64 = 1024;

/// Two years and all names below, as browsers' preload lists ask. Only over HTTPS: elsewhere it is
/// ignored by browsers anyway.
const HSTS: &str = "max-age=63072000; includeSubDomains";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id of a request that is taken over from a proxy.
const ID_MAX_BYTES: usize = 64;

/// One request on its way.
#[derive(Debug)]
pub struct Visit {
    pub origin: Origin,
    /// Names this request in the log, in the answer, and on the screen of a failure.
    pub id: Box<str>,
    /// Who is known to ask, for the log: set by who finds out.
    pub account: std::cell::OnceCell<Box<str>>,
}

/// The middleware.
pub async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let origin = origin(&request, &app);
    let id = id(&request, &origin);
    let is_https = origin.is_https;
    let client = origin.client;
    let visit = Rc::new(Visit { origin, id, account: std::cell::OnceCell::new() });
    request.extensions_mut().insert(Rc::clone(&visit));
    if let Some(elsewhere) = below_base(&mut request) {
        let mut response = request.into_response(elsewhere);
        guard_headers(response.headers_mut());
        return Ok(response);
    }
    let path = request.path();
    let class = Class::of(path);
    let method = request.method().clone();
    let is_save = Cost::of(&method, path, "") == Some(Cost::Save);
    if has_body(&method) {
        let payload = request.take_payload();
        let timed = Timed { payload, limit: None, began, n_bytes: 0 };
        request.set_payload(Payload::Stream { payload: Box::pin(timed) });
    }
    // A server that is asked to stop waits for it.
    let _under_way = is_save.then(|| app.stopping.begin());
    let mut response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let headers = response.headers_mut();
    guard_headers(headers);
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        secure_cookies(headers);
    }
    if let Ok(id) = HeaderValue::from_str(&visit.id) {
        headers.insert(REQUEST_ID.clone(), id);
    }
    let took = began.elapsed();
    app.metrics.answered(class, status.as_u16(), took);
    if is_save && status == StatusCode::SEE_OTHER {
        app.metrics.saves.fetch_add(1, Ordering::Relaxed);
    }
    info!(
        target: "polder::request",
        method = %logged_method(&method),
        route = class.name(),
        status = status.as_u16(),
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        user = visit.account.get().map_or("-", |account| account),
        client = %Network::of(client),
        id = %visit.id,
        "request"
    );
    Ok(response)
}

/// Cookies that were set over HTTPS go over nothing else.
fn secure_cookies(headers: &mut HeaderMap) {
    if !headers.contains_key(SET_COOKIE) {
        return;
    }
    let cookies: Vec<HeaderValue> = headers.remove(SET_COOKIE).collect();
    for cookie in cookies {
        let text = cookie.to_str().unwrap_or_default();
        let is_secure = text.split(';').any(|part| part.trim().eq_ignore_ascii_case("secure"));
        let secured = if is_secure { None } else { HeaderValue::from_str(&format!("{text}; Secure")).ok() };
        headers.append(SET_COOKIE, secured.unwrap_or(cookie));
    }
}

/// What machines and browsers look for at the root of a site, wherever the wiki is.
const AT_ROOT: [&str; 6] =
    ["/-/health", "/-/ready", "/-/metrics", "/robots.txt", "/favicon.ico", "/.well-known/security.txt"];

/// Makes the address of a request one within the wiki. What is not below its path is not there; a
/// proxy passes the path on as it is asked for.
fn below_base(request: &mut ServiceRequest) -> Option<HttpResponse> {
    let base = address::base();
    if base.is_empty() || AT_ROOT.contains(&request.path()) {
        return None;
    }
    let uri = request.uri().clone();
    let rest = uri.path_and_query().and_then(|asked| asked.as_str().strip_prefix(base));
    let inner = match rest {
        Some("") => return Some(redirect_home()),
        Some(rest) if rest.starts_with('/') => PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(rest.as_bytes())),
        _ => {
            return Some(
                HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("Nothing is served here.\n"),
            );
        }
    };
    let mut parts = uri.into_parts();
    parts.path_and_query = inner.ok();
    match Uri::from_parts(parts) {
        Ok(uri) => {
            request.match_info_mut().set(Url::new(uri.clone()));
            request.head_mut().uri = uri;
            None
        }
        Err(_) => Some(HttpResponse::BadRequest().finish()),
    }
}

fn redirect_home() -> HttpResponse {
    let home = address::at("/").to_string();
    HttpResponse::PermanentRedirect().insert_header((actix_web::http::header::LOCATION, home)).finish()
}

/// A method that somebody made up is not written down.
fn logged_method(method: &Method) -> &str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("OTHER")
}

fn has_body(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn origin(request: &ServiceRequest, app: &App) -> Origin {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let peer = request.peer_addr().map_or(nowhere, |peer| peer.ip());
    let stand = &app.stand;
    let wire = Wire { peer, is_tls: request.app_config().secure() };
    Origin::of(wire, request.headers(), request.uri(), &stand.proxies, stand.url.as_ref())
}

/// What the proxy called it, if it is one of ours, so that both logs name the same; else a new one.
fn id(request: &ServiceRequest, origin: &Origin) -> Box<str> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(|id| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        origin.by_proxy && (8..=ID_MAX_BYTES).contains(&id.len()) && id.bytes().all(plain)
    });
    match given {
        Some(id) => id.into(),
        None => format!("{:016x}", SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))).into(),
    }
}

/// A body that has to come in time.
struct Timed {
    payload: Payload,
    /// When it has to have come; made when somebody first waits.
    limit: Option<Pin<Box<Sleep>>>,
    began: Instant,
    n_bytes: u64,
}

impl Timed {
    fn deadline(&self) -> Instant {
        let by_rate = Duration::from_secs(self.n_bytes / BODY_FLOOR_BYTES_PER_S);
        self.began + BODY_TIME.max(by_rate)
    }
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(chunk) = Pin::new(&mut this.payload).poll_next(context) {
            if let Some(Ok(bytes)) = &chunk {
                this.n_bytes += bytes.len() as u64;
            }
            return Poll::Ready(chunk);
        }
        let deadline = this.deadline().into();
        let limit = this.limit.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if limit.deadline() != deadline {
            limit.as_mut().reset(deadline);
        }
        match limit.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(PayloadError::Io(std::io::ErrorKind::TimedOut.into())))),
            Poll::Pending => Poll::Pending,
        }
    }
}
