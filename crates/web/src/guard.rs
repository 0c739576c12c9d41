//! Who asks, in which language, and whether they may change anything.
//!
//! A handler names the right it needs by what it takes: `Reader`, `Editor`, `SignedIn`, `Admin`, or
//! for what changes something a `csrf::Posted`. Until there are accounts, editing is open only on a
//! loopback listener, for a loopback `Host`, with a matching `Origin` on whatever changes something,
//! and without forwarding headers, so that a proxy in front never opens it by accident. Who somebody
//! is, is found by `session`.

use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::Version;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::FutureExt as _;
use futures_util::future::{Either, Map};
use jiff::civil;
use polder_core::access::{Right, Standing, Who};
use polder_core::ids::CommitId;
use polder_core::limits;
use polder_core::path::percent_decode;
use polder_core::site::{Seen, Site};
use polder_wiki::world::World;
use tracing::warn;

use crate::answer::Answer;
use crate::app::App;
use crate::edge::Visit;
use crate::fail::{self, Fail};
use crate::limit::Cost;
use crate::moment::{self, Moment};
use crate::pages::sign;
use crate::proxy::is_loopback_host;
use crate::session::{By, Person};
use crate::words::{Lang, Words};

/// Cookies are only set for who chose a language or gave a name.
pub const LANG_COOKIE: &str = "polder-lang";
pub const NAME_COOKIE: &str = "polder-name";

/// Screens with a path of their own that is no page's.
const ABOUT_NO_PAGE: [&str; 11] =
    ["new", "merge", "account", "people", "mirrors", "first", "invite", "reset", "lang", "assets", "oidc"];

/// One request, with everything that deciding an answer needs. The world is taken once (INV-1).
#[derive(Clone)]
pub struct Ask {
    pub app: Data<App>,
    pub world: Arc<World>,
    pub words: &'static Words,
    pub who: Who,
    /// How that is known.
    pub person: Person,
    /// Whether the request comes from this very machine, as far as can be told.
    pub is_local: bool,
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
    /// Scheme, host and path by which this wiki is known: before an address of the wiki they make it
    /// whole.
    pub home: String,
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

/// Somebody who may change pages, and looks at a form for it. What is posted is a `csrf::Posted`.
pub struct Editor {
    pub ask: Ask,
    pub request: HttpRequest,
}

/// Somebody with an account, at a browser.
pub struct SignedIn {
    pub ask: Ask,
    pub request: HttpRequest,
}

/// Somebody who keeps the accounts, at a browser.
pub struct Admin {
    pub ask: Ask,
    pub request: HttpRequest,
}

/// Who keeps the wiki, at a browser: an admin, or its owner at the machine while there are no accounts.
pub struct Keeper {
    pub ask: Ask,
    pub request: HttpRequest,
}

impl Ask {
    /// Whether who asks keeps the wiki: see `Keeper`.
    pub fn keeps_wiki(&self) -> bool {
        match self.person.signed() {
            Some(signed) => signed.account.is_admin,
            None => self.who.standing == Standing::Owner,
        }
    }

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

    /// Whether the whole wiki is theirs to take along.
    pub fn can_clone(&self) -> bool {
        if self.person.has_accounts { !self.world.is_narrow() } else { self.can_edit }
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

    /// The same request as somebody who has signed in just now. May take as long as a change.
    pub fn as_signed(&self, person: Person) -> Result<Ask, Fail> {
        let who = person.who(false);
        let world = self.app.wiki.world_for(&who)?;
        let can_edit = may_edit(&world, &who, &person, &self.here);
        let lang = person.account().and_then(|account| account.lang.as_deref()).and_then(Lang::parse);
        let words = lang.map_or(self.words, Words::get);
        Ok(Ask { who, world, can_edit, person, words, ..self.clone() })
    }

    /// The same somebody at another address.
    pub fn at_address(&self, here: String) -> Ask {
        Ask { can_edit: may_edit(&self.world, &self.who, &self.person, &here), here, ..self.clone() }
    }

    fn of(
        request: &HttpRequest,
        app: Data<App>,
        visit: &Visit,
        (person, who): (Person, Who),
        world: Arc<World>,
    ) -> Ask {
        let headers = request.headers();
        let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
        let site_lang = world.site.settings().language.as_deref().and_then(Lang::parse).unwrap_or(Lang::Nl);
        let accept = headers.get(header::ACCEPT_LANGUAGE).and_then(|accept| accept.to_str().ok());
        let own_lang = person.account().and_then(|account| account.lang.as_deref());
        let lang = Lang::from_accept(accept, cookie(cookies, LANG_COOKIE).or(own_lang), site_lang);
        let came = &visit.origin;
        let home = match &app.stand.url {
            Some(url) => url.to_string(),
            None => format!("{}://{}", if came.is_https { "https" } else { "http" }, came.host),
        };
        let here = request.uri().path_and_query().map_or("/", |here| here.as_str()).to_owned();
        let can_edit = may_edit(&world, &who, &person, &here);
        let known_name = cookie(cookies, NAME_COOKIE)
            .and_then(polder_core::path::percent_decode)
            .map(|name| clean_name(&name))
            .unwrap_or_default();
        let wait_s = wait(&app, request, &who, came.client);
        let today = polder_wiki::clock::today(world.site.settings());
        Ask {
            app,
            world,
            words: Words::get(lang),
            who,
            person,
            is_local: is_local(request, visit),
            can_edit,
            moment: None,
            today,
            clock_day: today,
            keeps: true,
            known_name,
            here,
            home,
            client: came.client,
            is_https: came.is_https,
            is_forwarded: came.is_forwarded,
            id: visit.id.clone(),
            wait_s,
        }
    }
}

/// Who sends a request, and by what that is known.
fn who(request: &HttpRequest, app: &App, visit: &Visit) -> (Person, Who) {
    let person = Person::of(app, request.headers(), &visit.origin);
    let is_owner = !person.has_accounts && app.stand.loopback_only && is_local(request, visit);
    let who = person.who(is_owner);
    (person, who)
}

/// Whether a request comes from this very machine, as far as can be told.
fn is_local(request: &HttpRequest, visit: &Visit) -> bool {
    let came = &visit.origin;
    // A proxy with nothing set up speaks HTTP/1.0 and sends a loopback `Host`; browsers and git do
    // not speak 1.0.
    let is_old = request.version() < Version::HTTP_11;
    came.client.is_loopback() && is_loopback_host(&came.host) && !came.is_forwarded && !is_old
}

/// Whether somebody may change the page that is asked for; on screens that are about no one page,
/// whether they may change anything as far as can be told. `Wiki::propose` judges every path again.
fn may_edit(world: &World, who: &Who, person: &Person, here: &str) -> bool {
    if !person.has_accounts {
        return who.standing == Standing::Owner;
    }
    if person.only_reads() {
        return false;
    }
    match path_of(here) {
        Some(path) => world.access().may(who, Right::Edit, &path),
        None => person.account().is_some() || world.access().may(who, Right::Edit, ""),
    }
}

/// The page that an address is about.
fn path_of(here: &str) -> Option<String> {
    let raw = here.split('?').next()?.trim_start_matches('/');
    let raw = match raw.strip_prefix("-/") {
        Some(own) => {
            let (verb, page) = own.split_once('/')?;
            if ABOUT_NO_PAGE.contains(&verb) || page.is_empty() {
                return None;
            }
            page
        }
        None => raw,
    };
    let raw = raw.rsplit_once('@').map_or(raw, |(page, _)| page);
    percent_decode(raw).map(|path| path.trim_matches('/').to_owned())
}

/// What a request asks, with the world as its sender may see it. That is at hand but for the first
/// request after a change, by the first of those who may read the same.
pub fn asking(request: &HttpRequest) -> Asking {
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return Either::Left(ready(None)) };
    // Put there by `edge`, which every request passes.
    let Some(visit) = request.extensions().get::<Rc<Visit>>().cloned() else { return Either::Left(ready(None)) };
    let who = who(request, &app, &visit);
    // The log names people by the number that stands in their commits, never by name.
    if let Some((opaque, _)) = who.1.address.as_deref().and_then(|address| address.split_once('@')) {
        let _ = visit.account.set(opaque.into());
    }
    if let Some(world) = app.wiki.world_at_hand(&who.1) {
        return Either::Left(ready(Some(Ask::of(request, app, &visit, who, world))));
    }
    let request = request.clone();
    Either::Right(Box::pin(async move {
        let (wiki, asked) = (Arc::clone(&app.wiki), who.1.clone());
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

pub type Asking = Either<Ready<Option<Ask>>, Pin<Box<dyn Future<Output = Option<Ask>>>>>;
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
}

impl Keeper {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run(self.ask, self.request, act).await
    }
}

fn in_time(ask: &Ask) -> Result<(), Fail> {
    match ask.wait_s {
        Some(seconds) => Err(Fail::TooOften { seconds, typed: String::new() }),
        None => Ok(()),
    }
}

impl SignedIn {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run(self.ask, self.request, act).await
    }
}

impl Admin {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        run(self.ask, self.request, act).await
    }
}

/// Runs `act` on a thread that may block, and answers.
pub async fn run(
    ask: Ask,
    request: HttpRequest,
    act: impl FnOnce(&Ask) -> Result<Answer, Fail> + Send + 'static,
) -> HttpResponse {
    match in_time(&ask) {
        Ok(()) => run_anyway(ask, request, act).await,
        Err(fail) => fail::answer(&ask, &fail).respond(&request),
    }
}

/// The same for a form with a text that must not be lost: `act` itself looks at `Ask::wait_s`.
pub async fn run_anyway(
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
        taken(request, |_| None, |ask, request| Reader { ask, request })
    }
}

impl FromRequest for Editor {
    type Error = actix_web::Error;
    type Future = Taken<Editor>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        taken(request, |ask| (!ask.can_edit).then(|| closed(ask)), |ask, request| Editor { ask, request })
    }
}

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = Taken<SignedIn>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let refused = |ask: &Ask| ask.person.signed().is_none().then(|| closed(ask));
        taken(request, refused, |ask, request| SignedIn { ask, request })
    }
}

impl FromRequest for Admin {
    type Error = actix_web::Error;
    type Future = Taken<Admin>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_admin = |ask: &Ask| ask.person.signed().is_some_and(|signed| signed.account.is_admin);
        let refused = move |ask: &Ask| (!is_admin(ask)).then(|| closed(ask));
        taken(request, refused, |ask, request| Admin { ask, request })
    }
}

impl FromRequest for Keeper {
    type Error = actix_web::Error;
    type Future = Taken<Keeper>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let refused = |ask: &Ask| (!ask.keeps_wiki()).then(|| closed(ask));
        taken(request, refused, |ask, request| Keeper { ask, request })
    }
}

/// What a handler takes, unless something is refused.
fn taken<T>(
    request: &HttpRequest,
    refused: impl FnOnce(&Ask) -> Option<Answer> + 'static,
    make: impl FnOnce(Ask, HttpRequest) -> T + 'static,
) -> Taken<T> {
    let own = request.clone();
    asking(request).map(Box::new(move |ask| {
        let Some(ask) = ask else { return Err(refusal(fail::bare(&own))) };
        let answer = match ask.person.by {
            By::UnknownToken => Some(fail::answer(&ask, &Fail::BadToken)),
            By::Away => Some(fail::answer(&ask, &Fail::Away { typed: String::new() })),
            _ => refused(&ask),
        };
        match answer {
            Some(answer) => Err(refusal(answer.respond(&own))),
            None => Ok(make(ask, own)),
        }
    }))
}

/// Why a screen is not for whoever asks: a way to sign in for who is not known, words for who is.
fn closed(ask: &Ask) -> Answer {
    if !ask.person.has_accounts {
        return fail::answer(ask, &Fail::NotHere);
    }
    match ask.person.by {
        By::Nothing | By::UnknownToken => sign::before(ask),
        By::Away => fail::answer(ask, &Fail::Away { typed: String::new() }),
        By::Token(..) if ask.person.only_reads() => fail::answer(ask, &Fail::TokenReads),
        By::Session(_) | By::Token(..) => fail::answer(ask, &Fail::NotYours),
    }
}

pub fn refusal(response: HttpResponse) -> actix_web::Error {
    InternalError::from_response("refused", response).into()
}

/// Counts what costs. Seconds to wait for who asked too often.
fn wait(app: &App, request: &HttpRequest, who: &Who, client: IpAddr) -> Option<u64> {
    let is_limited = app.stand.limits.unwrap_or(!client.is_loopback() || app.accounts.any());
    let cost = Cost::of(request.method(), request.path(), request.query_string()).filter(|_| is_limited)?;
    let wait_s = app.limits.ask(cost, who.account.as_deref(), client).err()?;
    app.metrics.refused_rates.fetch_add(1, Ordering::Relaxed);
    Some(wait_s)
}

/// Whether the page that sent this was ours. Every browser sends `Origin` with a form. Ours is what
/// the owner says that it is, or the host that was asked for; over HTTPS it is nothing without it.
fn same_origin(headers: &HeaderMap, ask: &Ask, host: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN);
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    origin.to_str().is_ok_and(|origin| {
        // Where the owner says what is theirs, a host that somebody made up is not.
        let is_public = ask.app.stand.url.as_ref().is_some_and(|url| origin == url.origin());
        let may_be_host = ask.app.stand.url.is_none() || is_loopback_host(host);
        is_public
            || (may_be_host
                && (origin == format!("https://{host}") || (!ask.is_https && origin == format!("http://{host}"))))
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

pub fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
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
