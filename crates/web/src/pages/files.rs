//! Files that are no pages, and the source of pages: served so that nothing in them can run.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Path};
use polder_core::ids::BlobId;
use polder_core::path::FilePath;
use polder_core::version;

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::moment;
use crate::pages::edit::raw_page;
use crate::pages::moving::path_at;
use crate::pages::screen;

/// Types that browsers show without running anything. The rest is offered for download.
const SHOWN: [(&str, &str); 12] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    // A drawing in an `img` can't run; opened by itself the sandbox policy stops it.
    ("svg", "image/svg+xml"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain; charset=utf-8"),
    ("csv", "text/plain; charset=utf-8"),
    ("yml", "text/plain; charset=utf-8"),
    ("yaml", "text/plain; charset=utf-8"),
];

/// A file beside the pages, as it is at the moment that is looked at.
pub fn file(ask: &Ask, path: &FilePath, blob: BlobId) -> Result<Answer, Fail> {
    let bytes = ask.app.wiki.read(blob)?;
    let name = path.file_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let shown = SHOWN.iter().find(|(known, _)| *known == extension).map(|(_, mime)| *mime);
    let is_text = shown.is_some_and(|mime| mime.starts_with("text/"));
    let mime = match shown {
        Some(_) if is_text && std::str::from_utf8(&bytes).is_err() => "application/octet-stream",
        Some(mime) => mime,
        None => "application/octet-stream",
    };
    let mut answer = Answer::new(StatusCode::OK, mime, Bytes::copy_from_slice(&bytes));
    answer.is_file = true;
    answer.keep = Keep::Tagged(format!("\"{blob}\""));
    answer.commit = ask.commit().and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
    if mime == "application/octet-stream" {
        answer = answer.with(header::CONTENT_DISPOSITION, &disposition(name));
    }
    Ok(answer)
}

/// The name is only ever given in the encoded form, so that nothing in it is syntax (RFC 6266).
fn disposition(name: &str) -> String {
    let mut encoded = String::from("attachment; filename*=UTF-8''");
    polder_core::path::percent_encode(&name.replace('/', "_"), &mut encoded);
    encoded
}

/// The source of a page, at `?at=~commit` as it was.
pub async fn raw(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let raw = raw_page(ask, "/-/raw/", &page);
            let (ask, at) = match screen::param(ask, "at") {
                Some(rev) if !rev.is_empty() => {
                    let now = screen::page_path(ask, &raw)?;
                    // A label by itself is one of this page: so it stands in older links.
                    let is_whole = rev.contains('@') || rev.starts_with('~') || version::looks_like_date(&rev);
                    let moment = match is_whole {
                        true => moment::of_rev(ask, &rev)?,
                        false => moment::of_page(ask, now.address(), &rev)?,
                    };
                    let commit = moment.commit;
                    (&ask.at(moment), Some((commit, path_at(ask, &now, commit))))
                }
                _ => (ask, None),
            };
            let (path, blob) = match at {
                Some((commit, path)) => (path.clone(), ask.app.wiki.file_at(&ask.world, commit, path.as_str())?),
                None => {
                    let path = screen::page_path(ask, &raw)?;
                    let blob = ask.seen().file(path.as_str());
                    (path, blob)
                }
            };
            let blob = blob.ok_or(Fail::NotFound)?;
            let bytes = ask.app.wiki.read(blob)?;
            let text = std::str::from_utf8(&bytes).is_ok();
            let mime = if text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
            let mut answer = Answer::new(StatusCode::OK, mime, Bytes::copy_from_slice(&bytes));
            answer.is_file = true;
            answer.keep = Keep::Tagged(format!("\"{blob}\""));
            answer.commit = ask.commit().and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
            if !text {
                answer = answer.with(header::CONTENT_DISPOSITION, &disposition(path.file_name()));
            }
            Ok(answer)
        })
        .await
}
