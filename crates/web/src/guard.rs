//! Who asks, in which language, and whether they may change anything.
//!
//! A handler names the right it needs by what it takes: `Reader` or `Editor`. Until there are
//! accounts, editing is open only on a loopback listener, for a loopback `Host`, with a matching
//! `Origin` on whatever changes something, and without forwarding headers, so that a proxy in
//! front never opens it by accident.

use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, Version};
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use futures_util::future::{Either, Map};
use jiff::civil;
use polder_core::access::{Standing, Who};
use polder_core::ids::CommitId;
use polder_core::limits;
use polder_core::site::{Seen, Site};
use polder_wiki::world::World;
use tracing::warn;

use crate::answer::Answer;
use crate::app::App;
use crate::edge::Visit;
use crate::fail::{self, Fail};
use crate::limit::Cost;
use crate::moment::{self, Moment};
use crate::proxy::is_loopback_host;
use crate::words::{Lang, Words};

/// Cookies are only set for who chose a language or gave a name.
pub const LANG_COOKIE: &str = "polder-lang";
pub const NAME_COOKIE: &str = "polder-name";

/// One request, with everything that deciding an answer needs. The world is taken once (INV-1).
#[derive(Clone)]
pub struct Ask {
    pub app: Data<App>,
    pub world: Arc<World>,
    pub words: &'static Words,
    pub who: Who,
    pub can_edit: bool,
    /// The moment that is looked at; `None` for now.
    pub moment: Option<Arc<Moment>>,
    /// The day that rules and queries look at: of the moment, else of the clock.
    pub today: civil::Date,
    /// The day by the clock, in the wiki's zone.
    pub clock_day: civil::Date,
    /// Whether what is rendered for this is kept: not for an address that is asked for the first time.
    pub keeps: bool,
    /// The name given before, for forms.
    pub known_name: String,
    /// Path and query of this request.
    pub here: String,
    /// Scheme and host by which this wiki is known, as they stand in whole addresses.
    pub origin: String,
    /// Where the request comes from, as far as that can be known.
    pub client: IpAddr,
    /// Whether who asks does so over an encrypted connection, as far as this server can know.
    pub is_https: bool,
    /// Whether something stands in between, and says so.
    pub is_forwarded: bool,
    /// Names this request in the log and in the answer.
    pub id: Box<str>,
    /// Seconds until this may be asked for again, for what was asked for too often. For saves this
    /// is told by who has read the form, so that what was typed comes back.
    pub wait_s: Option<u64>,
}

/// Somebody who reads.
pub struct Reader {
    pub ask: Ask,
    pub request: HttpRequest,
}

/// Somebody who may change pages; the request is known not to come from another site.
pub struct Editor {
    pub ask: Ask,
    pub request: HttpRequest,
}

impl Ask {
    pub fn lang(&self) -> Lang {
        self.words.lang
    }

    pub fn seen(&self) -> Seen<'_> {
        self.site().seen_by(&self.who).at_moment(self.moment.as_ref().map_or("", |moment| &moment.at))
    }

    /// An address of the program that goes with this very answer: to the same moment, also where links
    /// lead to now.
    pub fn stay_here(&self, href: String) -> String {
        let moment = self.moment.as_ref().map_or("", |moment| &moment.own);
        self.site().seen_by(&self.who).at_moment(moment).stay(href)
    }

    /// The site that is looked at.
    pub fn site(&self) -> &Site {
        self.moment.as_ref().map_or(&self.world.site, |moment| &moment.site)
    }

    /// The commit whose content is shown.
    pub fn commit(&self) -> Option<CommitId> {
        self.moment.as_ref().map(|moment| moment.commit).or(self.world.main)
    }

    /// The same request, answered with the version in force because that is what readers get: links
    /// lead on as from now, and what may be edited now may be.
    pub fn at_published(&self, moment: Moment) -> Ask {
        Ask { can_edit: self.can_edit, ..self.at(moment).without_links_to_it() }
    }

    /// The same request about now.
    pub fn of_now(&self) -> Ask {
        Ask { moment: None, today: self.clock_day, ..self.clone() }
    }

    /// The same at its moment, with links as from now.
    pub fn without_links_to_it(&self) -> Ask {
        let plain = |moment: &Arc<Moment>| Arc::new(Moment { at: String::new(), ..moment.as_ref().clone() });
        Ask { moment: self.moment.as_ref().map(plain), ..self.clone() }
    }

    /// The same request at a moment. What is past is not changed.
    pub fn at(&self, moment: Moment) -> Ask {
        let today = moment.day;
        Ask { moment: Some(Arc::new(moment)), today, can_edit: false, ..self.clone() }
    }

    fn of(request: &HttpRequest, app: Data<App>, visit: &Visit, who: Who, world: Arc<World>) -> Ask {
        let headers = request.headers();
        let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
        let site_lang = world.site.settings().language.as_deref().and_then(Lang::parse).unwrap_or(Lang::Nl);
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok());
        let lang = Lang::from_accept(accept, cookie(cookies, LANG_COOKIE), site_lang);
        let came = &visit.origin;
        let can_edit = who.standing == Standing::Owner;
        let origin = match &app.stand.url {
            Some(url) => url.origin(),
            None => format!("{}://{}", if came.is_https { "https" } else { "http" }, came.host),
        };
        let known_name = cookie(cookies, NAME_COOKIE)
            .and_then(polder_core::path::percent_decode)
            .map(|name| clean_name(&name))
            .unwrap_or_default();
        let here = request.uri().path_and_query().map_or("/", |here| here.as_str()).to_owned();
        let wait_s = wait(&app, request, came.client);
        let today = polder_wiki::clock::today(world.site.settings());
        Ask {
            app,
            world,
            words: Words::get(lang),
            who,
            can_edit,
            moment: None,
            today,
            clock_day: today,
            keeps: true,
            known_name,
            here,
            origin,
            client: came.client,
            is_https: came.is_https,
            is_forwarded: came.is_forwarded,
            id: visit.id.clone(),
            wait_s,
        }
    }
}

/// Who sends a request.
fn who(request: &HttpRequest, app: &App, visit: &Visit) -> Who {
    let came = &visit.origin;
    // A proxy with nothing set up speaks HTTP/1.0 and sends a loopback `Host`; browsers and git do
    // not speak 1.0.
    let is_old = request.version() < Version::HTTP_11;
    let is_own = app.stand.loopback_only && is_loopback_host(&came.host) && !came.is_forwarded && !is_old;
    if is_own { Who::owner() } else { Who::default() }
}

/// What a request asks, with the world as its sender may see it. That is at hand but for the first
/// request after a change, by the first of those who may read the same.
fn asking(request: &HttpRequest) -> Asking {
    let app = request.app_data::<Data<App>>().cloned();
    let visit = request.extensions().get::<Rc<Visit>>().cloned();
    let Some((app, visit)) = app.zip(visit) else { return Either::Left(ready(None)) };
    let who = who(request, &app, &visit);
    if let Some(world) = app.wiki.world_at_hand(&who) {
        return Either::Left(ready(Some(Ask::of(request, app, &visit, who, world))));
    }
    let request = request.clone();
    Either::Right(Box::pin(async move {
        let (wiki, asked) = (Arc::clone(&app.wiki), who.clone());
        let world = web::block(move || wiki.world_for(&asked)).await;
        match world {
            Ok(Ok(world)) => Some(Ask::of(&request, app, &visit, who, world)),
            Ok(Err(error)) => {
                warn!("what a reader sees could not be told: {error}");
                None
            }
            Err(_) => None,
        }
    }))
}

type Asking = Either<Ready<Option<Ask>>, Pin<Box<dyn Future<Output = Option<Ask>>>>>;
type Taken<T> = Map<Asking, Box<dyn FnOnce(Option<Ask>) -> Result<T, actix_web::Error>>>;

impl Reader {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run(self.ask, self.request, act).await
    }

    /// The same, at the moment that `?at=` asks for.
    pub async fn run_at(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        self.run(|ask| match moment::asked(ask)? {
            Some(moment) => act(&ask.at(moment)),
            None => act(ask),
        })
        .await
    }

    /// Runs `act` on the thread that took the request, and answers; `None` where `act` gives nothing.
    /// Only for what is soon done and waits for nobody: other requests of this thread stand still
    /// meanwhile.
    pub fn run_here(&self, act: impl FnOnce(&Ask) -> Option<Result<Answer, Fail>>) -> Option<HttpResponse> {
        // A panic leaves nothing half done: what requests share is whole at every moment.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let done = match in_time(&self.ask) {
                Ok(()) => act(&self.ask)?,
                Err(fail) => Err(fail),
            };
            Some(done.unwrap_or_else(|fail| fail::answer(&self.ask, &fail)))
        }));
        match done {
            Ok(answer) => Some(answer?.respond(&self.request)),
            Err(_) => Some(fail::bare(&self.request)),
        }
    }
}

impl Editor {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run(self.ask, self.request, act).await
    }

    /// The same for a form with a text that must not be lost: `act` itself looks at `Ask::wait_s`.
    pub async fn run_form(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run_anyway(self.ask, self.request, act).await
    }
}

fn in_time(ask: &Ask) -> Result<(), Fail> {
    match ask.wait_s {
        Some(seconds) => Err(Fail::TooOften { seconds, typed: String::new() }),
        None => Ok(()),
    }
}

async fn run(
    ask: Ask,
    request: HttpRequest,
    act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static,
) -> HttpResponse {
    match in_time(&ask) {
        Ok(()) => run_anyway(ask, request, act).await,
        Err(fail) => fail::answer(&ask, &fail).respond(&request),
    }
}

async fn run_anyway(
    ask: Ask,
    request: HttpRequest,
    act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static,
) -> HttpResponse {
    let done = web::block(move || act(&ask).unwrap_or_else(|fail| fail::answer(&ask, &fail))).await;
    match done {
        Ok(answer) => answer.respond(&request),
        Err(_) => fail::bare(&request),
    }
}

impl FromRequest for Reader {
    type Error = actix_web::Error;
    type Future = Taken<Reader>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let own = request.clone();
        asking(request).map(Box::new(move |ask| match ask {
            Some(ask) => Ok(Reader { ask, request: own }),
            None => Err(refusal(fail::bare(&own))),
        }))
    }
}

impl FromRequest for Editor {
    type Error = actix_web::Error;
    type Future = Taken<Editor>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let own = request.clone();
        asking(request).map(Box::new(move |ask| {
            let Some(ask) = ask else { return Err(refusal(fail::bare(&own))) };
            let fault = if !ask.can_edit {
                Some(Fail::NotHere)
            } else if is_unsafe(own.method()) && !is_ours(&own, &ask, false) {
                Some(Fail::ForeignForm)
            } else {
                None
            };
            match fault {
                Some(fault) => Err(refusal(fail::answer(&ask, &fault).respond(&own))),
                None => Ok(Editor { ask, request: own }),
            }
        }))
    }
}

fn refusal(response: HttpResponse) -> actix_web::Error {
    InternalError::from_response("refused", response).into()
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Counts what costs. Seconds to wait for who asked too often.
fn wait(app: &App, request: &HttpRequest, client: IpAddr) -> Option<u64> {
    let is_limited = app.stand.limits.unwrap_or(!client.is_loopback());
    let cost = Cost::of(request.method(), request.path(), request.query_string()).filter(|_| is_limited)?;
    let wait_s = app.limits.ask(cost, None, client).err()?;
    app.metrics.refused_rates.fetch_add(1, Ordering::Relaxed);
    Some(wait_s)
}

/// Whether the page that sent this was ours. Every browser sends `Origin` with a form. Ours is what
/// the owner says that it is, or the host that was asked for; over HTTPS it is nothing without it.
fn same_origin(headers: &HeaderMap, ask: &Ask, host: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN);
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    origin.to_str().is_ok_and(|origin| {
        origin == ask.origin
            || origin == format!("https://{host}")
            || (!ask.is_https && origin == format!("http://{host}"))
    })
}

/// Whether something was sent by a page of this wiki; also without saying so where `may_be_silent`,
/// for git, which is no browser.
pub fn is_ours(request: &HttpRequest, ask: &Ask, may_be_silent: bool) -> bool {
    let headers = request.headers();
    let visit = request.extensions().get::<Rc<Visit>>().cloned();
    let host = visit.as_ref().map_or("", |visit| visit.origin.host.as_str());
    (may_be_silent && !headers.contains_key(header::ORIGIN)) || same_origin(headers, ask, host)
}

fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A name as it may stand in a commit.
pub fn clean_name(name: &str) -> String {
    let cleaned: String = name
        .chars()
        .filter(|c| !polder_core::path::is_invisible(*c) && !matches!(c, '<' | '>'))
        .take(limits::NAME_MAX_CHARS)
        .collect();
    cleaned.trim().to_owned()
}
