//! Small answers: language, assets, accessibility, robots.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{LANG_COOKIE, Reader};
use crate::pages::screen::{self, Screen};
use crate::session;
use crate::views::accessibility::{AccessibilityView, accessibility as accessibility_view};
use crate::words::Lang;

/// `GET /-/lang/<code>?next=/path`: remembers a language and goes back.
pub async fn language(reader: Reader, code: Path<String>) -> HttpResponse {
    let code = code.into_inner();
    reader
        .run(move |ask| {
            let lang = Lang::parse(&code).ok_or(Fail::BadRequest("fail-bad-language"))?;
            let next = screen::param(ask, "next");
            let next = next.as_deref().and_then(session::local).unwrap_or("/");
            Ok(Answer::redirect(StatusCode::SEE_OTHER, next).with_cookie(LANG_COOKIE, lang.code(), 365))
        })
        .await
}

/// `GET /-/assets/<name>`.
pub async fn asset(reader: Reader, name: Path<String>) -> HttpResponse {
    let Some((mime, bytes)) = reader.ask.app.assets.get(&name) else {
        return reader.run(|_| Err(Fail::NotFound)).await;
    };
    let mut answer = Answer::new(StatusCode::OK, mime, Bytes::copy_from_slice(bytes));
    answer.keep = Keep::ForEver;
    answer.respond(&reader.request)
}

/// `GET /favicon.ico`.
pub async fn icon(reader: Reader) -> HttpResponse {
    let (mime, bytes) = reader.ask.app.assets.icon();
    let mut answer = Answer::new(StatusCode::OK, mime, Bytes::from_static(bytes));
    answer.keep = Keep::Tagged("\"icon\"".to_owned());
    answer.respond(&reader.request)
}

/// `GET /robots.txt`.
pub async fn robots(reader: Reader) -> HttpResponse {
    let base = polder_core::address::base();
    let text = format!("User-agent: *\nDisallow: {base}/-/\nAllow: {base}/-/index\nAllow: {base}/-/assets/\n");
    Answer::text(StatusCode::OK, text).respond(&reader.request)
}

/// `GET /-/accessibility`.
pub async fn accessibility(reader: Reader) -> HttpResponse {
    reader
        .run(|ask| {
            let view = AccessibilityView { wiki_title: screen::wiki_title(ask), contact: String::new() };
            let frame = Screen { indexed: true, ..Screen::new(ask.words.t("access-title")) };
            let mut answer = screen::screen(ask, frame, accessibility_view(ask.words, &view));
            answer.keep = screen::keep(ask);
            Ok(answer)
        })
        .await
}

/// Everything below `/-/` that is no screen.
pub async fn unknown(reader: Reader) -> HttpResponse {
    reader.run(|_| Err(Fail::NotFound)).await
}

/// A method that an address does not have.
pub async fn wrong_method(reader: Reader) -> HttpResponse {
    reader.run(|_| Err(Fail::WrongMethod)).await
}
