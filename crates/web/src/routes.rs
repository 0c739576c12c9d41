//! Every address of the program, on one page.
//!
//! Whatever is not here is the address of a page. Each handler names the right it needs by taking
//! a `Reader` or an `Editor`.

use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::git_http;
use crate::pages::{changes, diff, edit, files, find, history, index, mindmap, misc, moving, view};

/// Largest form: a page of the largest size, percent-encoded thrice over, and its other fields.
const FORM_MAX_BYTES: usize = 3 * polder_core::limits::PAGE_MAX_BYTES + 64 * 1024;

pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(FORM_MAX_BYTES))
        .service(resource("/-/edit/{page:.*}").route(get().to(edit::open)).route(post().to(edit::save)))
        .service(resource("/-/move/{page:.*}").route(get().to(moving::open_move)).route(post().to(moving::do_move)))
        .service(
            resource("/-/delete/{page:.*}").route(get().to(moving::open_delete)).route(post().to(moving::do_delete)),
        )
        .service(resource("/-/revert/{page:.*}").route(post().to(moving::do_revert)))
        .service(resource("/-/history/{page:.*}").route(get().to(history::history)))
        .service(resource("/-/diff/{page:.*}").route(get().to(diff::choose)))
        .service(resource("/-/raw/{page:.*}").route(get().to(files::raw)))
        .service(resource("/-/page/{page:.*}").route(get().to(view::view_clashing)))
        .service(resource("/-/changes").route(get().to(changes::changes)))
        .service(resource("/-/changes.atom").route(get().to(changes::atom)))
        .service(resource("/-/search").route(get().to(find::search)))
        .service(resource("/-/mindmap").route(get().to(mindmap::mindmap)))
        .service(resource("/-/index").route(get().to(index::index)))
        .service(resource("/-/problems").route(get().to(index::problems)))
        .service(resource("/-/lang/{code}").route(get().to(misc::language)))
        .service(resource("/-/assets/{name}").route(get().to(misc::asset)))
        .service(resource("/-/accessibility").route(get().to(misc::accessibility)))
        .service(resource("/-/health").route(get().to(misc::health)))
        .service(resource("/-/{rest:.*}").route(get().to(misc::unknown)))
        .service(resource("/-").route(get().to(misc::unknown)))
        .service(resource("/robots.txt").route(get().to(misc::robots)))
        .service(resource("/favicon.ico").route(get().to(misc::icon)))
        .service(resource("/wiki.git/info/refs").route(get().to(git_http::advertise)))
        .service(resource("/wiki.git/git-upload-pack").route(post().to(git_http::upload_pack)))
        .service(resource("/wiki.git/git-receive-pack").route(post().to(git_http::receive_pack)))
        .service(resource("/{page:.*}").route(get().to(view::view)).route(web::head().to(view::view)));
}
