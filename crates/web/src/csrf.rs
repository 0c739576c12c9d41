//! Forms: whether what was posted came from a screen of this wiki, shown to the one who sends it.
//!
//! One place for every handler that changes something: it takes a `Posted`, which exists only when
//! the request's `Origin` is this wiki, the form carries the token of the session that sends it, and
//! whoever sends it may do what the handler is for. Until then nothing of the body is acted on.
//! What was typed is not lost by a refusal: it comes back in a form that asks to sign in, or to send
//! once more. Without a session there is no token, and the `Origin` counts alone.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use crate::answer::Answer;
use crate::fail::{self, Fail};
use crate::guard::{self, Ask};
use crate::pages::{screen, sign};
use crate::session::By;

/// The field of a form, and the header of a program, with the token of the session.
pub const FIELD: &str = "csrf";
const HEADER: &str = "x-csrf-token";

/// Inputs of one form. The largest type with the longest lists that are edited in forms has fewer.
const INPUTS_MAX: usize = 5_000;

/// Fields of the form that asks to sign in around one that is kept.
const CARRYING_MAX: usize = 8;

/// The fields of a form, in their order.
pub type Pairs = Vec<(String, String)>;

/// What a handler takes for granted of whoever sends the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anybody may: signing in, asking for a link.
    Nothing,
    /// Who may change the page that the address names.
    Edit,
    /// Who has an account, and is signed in by a browser.
    Account,
    /// Who keeps the accounts.
    Admin,
    /// Who keeps the wiki: see `guard::Keeper`.
    Keep,
}

/// A need as a type, for the signature of handlers.
pub trait Need: 'static {
    const NEEDS: Needs;
}

pub struct Anybody;
pub struct ToEdit;
pub struct Own;
pub struct AsAdmin;
pub struct ToKeep;

impl Need for Anybody {
    const NEEDS: Needs = Needs::Nothing;
}

impl Need for ToEdit {
    const NEEDS: Needs = Needs::Edit;
}

impl Need for Own {
    const NEEDS: Needs = Needs::Account;
}

impl Need for AsAdmin {
    const NEEDS: Needs = Needs::Admin;
}

impl Need for ToKeep {
    const NEEDS: Needs = Needs::Keep;
}

/// A form that may be acted on.
pub struct Posted<N> {
    pub ask: Ask,
    pub request: HttpRequest,
    pub pairs: Pairs,
    need: PhantomData<N>,
}

impl<N: Need> Posted<N> {
    /// Runs `act` on a thread that may block, and answers.
    pub async fn run(self, act: impl FnOnce(&Ask, Pairs) -> Result<Answer, Fail> + Send + 'static) -> HttpResponse {
        let Posted { ask, request, pairs, .. } = self;
        guard::run(ask, request, move |ask| act(ask, pairs)).await
    }

    /// The same for a form with a text that must not be lost: `act` itself looks at `Ask::wait_s`.
    pub async fn run_form(
        self,
        act: impl FnOnce(&Ask, Pairs) -> Result<Answer, Fail> + Send + 'static,
    ) -> HttpResponse {
        let Posted { ask, request, pairs, .. } = self;
        guard::run_anyway(ask, request, move |ask| act(ask, pairs)).await
    }
}

impl<N: Need> FromRequest for Posted<N> {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Posted<N>, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let asking = guard::asking(request);
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let Some(ask) = asking.await else { return Err(guard::refusal(fail::bare(&request))) };
            let refused = |answer: Answer| guard::refusal(answer.respond(&request));
            if let Some(fault) = foreign(&ask, N::NEEDS, &request) {
                return Err(refused(fail::answer(&ask, &fault)));
            }
            let pairs = read(body.await, N::NEEDS).map_err(|fault| refused(fail::answer(&ask, &fault)))?;
            let pairs = own(&ask, N::NEEDS, request.headers(), pairs).map_err(|answer| refused(*answer))?;
            allowed(&ask, N::NEEDS, &pairs).map_err(|answer| refused(*answer))?;
            Ok(Posted { ask, request, pairs, need: PhantomData })
        })
    }
}

/// A form that was kept while somebody signed in, judged anew for who they are now.
pub fn again<N: Need>(
    ask: &Ask,
    pairs: Pairs,
    act: impl FnOnce(&Ask, Pairs) -> Result<Answer, Fail>,
) -> Result<Answer, Fail> {
    match allowed(ask, N::NEEDS, &pairs) {
        Ok(()) => act(ask, pairs),
        Err(answer) => Ok(*answer),
    }
}

/// What can be said before the body is read.
fn foreign(ask: &Ask, needs: Needs, request: &HttpRequest) -> Option<Fail> {
    let headers = request.headers();
    if needs != Needs::Nothing && !ask.person.has_accounts && !ask.can_edit {
        return Some(Fail::NotHere);
    }
    let is_ours = match ask.person.by {
        // Programs send no `Origin`; a browser that keeps a password by itself does.
        By::Token(..) | By::UnknownToken => guard::is_ours(request, ask, true),
        By::Session(_) | By::Nothing | By::Away => guard::is_ours(request, ask, false),
    };
    let is_form = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    });
    if !is_ours {
        Some(Fail::ForeignForm)
    } else if !is_form {
        Some(Fail::BadRequest("fail-bad-form"))
    } else {
        None
    }
}

/// The fields of a form as they were sent. A field that can't be read refuses the form: what was
/// typed in it would be gone, and nobody told.
fn read(body: Result<Bytes, actix_web::Error>, needs: Needs) -> Result<Pairs, Fail> {
    let body = body.map_err(|error| match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Fail::TooMuch,
        Some(PayloadError::Io(error)) if error.kind() == std::io::ErrorKind::TimedOut => Fail::TooSlow,
        _ => Fail::BadRequest("fail-bad-form"),
    })?;
    let body = std::str::from_utf8(&body).map_err(|_| Fail::BadRequest("fail-not-utf8"))?;
    // A form that is kept while somebody signs in has a few fields around it.
    let most = if needs == Needs::Nothing { INPUTS_MAX + CARRYING_MAX } else { INPUTS_MAX };
    if body.bytes().filter(|byte| *byte == b'&').count() >= most {
        return Err(Fail::BadRequest("fail-form-inputs"));
    }
    screen::pairs(body).collect::<Option<_>>().ok_or(Fail::BadRequest("fail-not-utf8"))
}

/// The form without its token, when that is the one of this session.
fn own(ask: &Ask, needs: Needs, headers: &HeaderMap, pairs: Pairs) -> Result<Pairs, Box<Answer>> {
    let (tokens, rest): (Pairs, Pairs) = pairs.into_iter().partition(|(key, _)| key == FIELD);
    if ask.person.signed().is_none() {
        return Ok(rest);
    }
    let in_header = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let sent = match tokens.as_slice() {
        [] => in_header.unwrap_or_default(),
        [(_, token)] => token,
        // Two tokens are no token.
        _ => "",
    };
    // Signing in sends the browser's old session along, and needs none.
    if needs == Needs::Nothing || same(sent.as_bytes(), ask.person.csrf().as_bytes()) {
        return Ok(rest);
    }
    Err(Box::new(sign::send_again(ask, rest)))
}

/// Compares in a time that does not depend on where two texts of one length differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// Whether whoever sends a form may do what it is for.
fn allowed(ask: &Ask, needs: Needs, pairs: &Pairs) -> Result<(), Box<Answer>> {
    let person = &ask.person;
    let is_known = person.account().is_some();
    let is_allowed = match needs {
        Needs::Nothing => true,
        Needs::Edit => ask.can_edit,
        Needs::Account => person.signed().is_some(),
        Needs::Admin => person.signed().is_some_and(|signed| signed.account.is_admin),
        Needs::Keep => ask.keeps_wiki(),
    };
    let typed = || pairs.iter().find(|(key, _)| key == "text" || key == "body").map_or("", |(_, text)| text).to_owned();
    if matches!(person.by, By::Away) && needs != Needs::Nothing {
        return Err(Box::new(fail::answer(ask, &Fail::Away { typed: typed() })));
    }
    if is_allowed {
        return Ok(());
    }
    if matches!(person.by, By::UnknownToken) {
        return Err(Box::new(fail::answer(ask, &Fail::BadToken)));
    }
    if person.only_reads() {
        return Err(Box::new(fail::answer(ask, &Fail::TokenReads)));
    }
    if !person.has_accounts {
        return Err(Box::new(fail::answer(ask, &Fail::NotHere)));
    }
    if !is_known {
        return Err(Box::new(sign::within(ask, pairs.clone())));
    }
    let files = Vec::new();
    Err(Box::new(fail::answer(ask, &Fail::NotAllowed { files, typed: typed() })))
}
