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

/// What a file is sent as, by its name; what is not here is sent as mere bytes, to be kept. A client
/// never says what a file is.
const TYPES: [(&str, &str, Opened); 12] = [
    ("png", "image/png", Opened::Here),
    ("jpg", "image/jpeg", Opened::Here),
    ("jpeg", "image/jpeg", Opened::Here),
    ("gif", "image/gif", Opened::Here),
    ("webp", "image/webp", Opened::Here),
    ("avif", "image/avif", Opened::Here),
    // A drawing is shown in a page by an `img`, in which nothing runs and which does not ask how it
    // would be opened by itself.
    ("svg", "image/svg+xml", Opened::Kept),
    // Readers of these run scripts, and browsers show none of them in the sandbox.
    ("pdf", "application/pdf", Opened::Kept),
    ("txt", "text/plain; charset=utf-8", Opened::Here),
    ("csv", "text/plain; charset=utf-8", Opened::Here),
    ("yml", "text/plain; charset=utf-8", Opened::Here),
    ("yaml", "text/plain; charset=utf-8", Opened::Here),
];

const BYTES: &str = "application/octet-stream";

/// What a browser does with a file that is opened by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// Shows it: nothing in files of this type could run.
    Here,
    /// Offers to keep it on the reader's machine.
    Kept,
}

/// A file beside the pages, as it is at the moment that is looked at.
pub fn file(ask: &Ask, path: &FilePath, blob: BlobId) -> Result<Answer, Fail> {
    let bytes = ask.app.wiki.read(blob)?;
    let name = path.file_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let known = TYPES.iter().find(|(known, mime, _)| *known == extension && begins_like(&bytes, mime));
    let (mime, opened) = known.map_or((BYTES, Opened::Kept), |(_, mime, opened)| (*mime, *opened));
    let mut answer = Answer::new(StatusCode::OK, mime, Bytes::copy_from_slice(&bytes));
    answer.is_file = true;
    answer.keep = Keep::Tagged(format!("\"{blob}\""));
    answer.commit = ask.commit().and_then(|commit| header::HeaderValue::from_str(&commit.to_string()).ok());
    if opened == Opened::Kept {
        answer = answer.with(header::CONTENT_DISPOSITION, &disposition(name));
    }
    Ok(answer)
}

/// Whether a file begins as files of its type do, so that its name can't lie about what it is (R9).
/// What doesn't is offered for download.
fn begins_like(bytes: &[u8], mime: &str) -> bool {
    let at = |from: usize, word: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(word));
    match mime {
        "image/png" => at(0, b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => at(0, b"\xff\xd8\xff"),
        "image/gif" => at(0, b"GIF87a") || at(0, b"GIF89a"),
        "image/webp" => at(0, b"RIFF") && at(8, b"WEBP"),
        "image/avif" => at(4, b"ftyp") && [&b"avif"[..], b"avis", b"mif1"].iter().any(|brand| at(8, brand)),
        "application/pdf" => at(0, b"%PDF-"),
        "image/svg+xml" => std::str::from_utf8(bytes).is_ok_and(|text| {
            let text = text.trim_start_matches('\u{feff}').trim_start();
            ["<svg", "<?xml", "<!--", "<!DOCTYPE svg"].iter().any(|begin| text.starts_with(begin))
        }),
        _ => !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok(),
    }
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
                    // As with pages, what stood at the address then goes before what stands there now.
                    let path = match ask.app.wiki.file_at(&ask.world, commit, now.as_str())? {
                        Some(_) => now,
                        None => path_at(ask, &now, commit).ok_or(Fail::NotFound)?,
                    };
                    (&ask.at(moment), Some((commit, path)))
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
            let mime = if text { "text/plain; charset=utf-8" } else { BYTES };
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
