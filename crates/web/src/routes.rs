//! Every address of the program, on one page.
//!
//! Whatever is not here is the address of a page. Each handler names the right it needs by taking
//! a `Reader`, an `Editor`, a `SignedIn`, an `Admin` or a `Keeper`, and for what is posted a `Posted`.

use actix_web::guard;
use actix_web::web::{self, ServiceConfig, post, resource, route};
use actix_web::{Resource, Route};

use crate::git_http;
use crate::pages::{
    account, blame, changes, diff, edit, export, fields, files, find, form, history, index, merge, mindmap, mirrors,
    misc, moving, oidc, people, privacy, ready, set, sign, total, version_list, versions, view,
};

/// Largest form: a page of the largest size, percent-encoded thrice over, and its other fields.
const FORM_MAX_BYTES: usize = 3 * polder_core::limits::PAGE_MAX_BYTES + 64 * 1024;

pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(FORM_MAX_BYTES))
        // Most requests are for pages: they need not be held against every other address first.
        .service(at("/{page:.*}").guard(guard::fn_guard(is_plain)).route(get().to(view::view)))
        .service(at("/-/edit/{page:.*}").route(get().to(edit::open)).route(post().to(edit::save)))
        .service(at("/-/merge/{commit}").route(get().to(merge::open)).route(post().to(merge::finish)))
        .service(at("/-/form/{page:.*}").route(get().to(form::open)).route(post().to(form::post)))
        .service(at("/-/new").route(get().to(form::choose)))
        .service(at("/-/new/{kind}").route(get().to(form::begin)).route(post().to(form::create)))
        .service(at("/-/move/{page:.*}").route(get().to(moving::open_move)).route(post().to(moving::do_move)))
        .service(at("/-/delete/{page:.*}").route(get().to(moving::open_delete)).route(post().to(moving::do_delete)))
        .service(at("/-/revert/{page:.*}").route(post().to(moving::do_revert)))
        .service(at("/-/query/{page:.*}").route(get().to(export::export)))
        .service(at("/-/total/{page:.*}").route(get().to(total::total)))
        .service(at("/-/set/{page:.*}").route(post().to(set::set)))
        .service(at("/-/history/{page:.*}").route(get().to(history::history)))
        .service(at("/-/blame/{page:.*}").route(get().to(blame::blame)))
        .service(at("/-/fields/{page:.*}").route(get().to(fields::fields)))
        .service(at("/-/versions/{page:.*}").route(get().to(version_list::versions)))
        .service(at("/-/publish/{page:.*}").route(get().to(versions::open)).route(post().to(versions::publish)))
        .service(at("/-/compare/{page:.*}").route(get().to(version_list::compare)))
        .service(at("/-/timegate/{page:.*}").route(get().to(versions::timegate)))
        .service(at("/-/timemap/{page:.*}").route(get().to(versions::timemap)))
        .service(at("/-/diff/{page:.*}").route(get().to(diff::choose)))
        .service(at("/-/raw/{page:.*}").route(get().to(files::raw)))
        .service(at("/-/page/{page:.*}").route(get().to(view::view_clashing)))
        .service(at("/-/changes").route(get().to(changes::changes)))
        .service(at("/-/changes.atom").route(get().to(changes::atom)))
        .service(at("/-/search").route(get().to(find::search)))
        .service(at("/-/mindmap").route(get().to(mindmap::mindmap)))
        .service(at("/-/index").route(get().to(index::index)))
        .service(at("/-/problems").route(get().to(index::problems)))
        .service(at("/-/lang/{code}").route(get().to(misc::language)))
        .service(at("/-/sign-in").route(get().to(sign::open)).route(post().to(sign::sign_in)))
        .service(at("/-/oidc/sign-in").route(post().to(oidc::begin)))
        .service(at("/-/oidc/link").route(post().to(oidc::link)))
        .service(at("/-/oidc/callback").route(get().to(oidc::callback)))
        .service(at("/-/sign-out").route(post().to(sign::sign_out)))
        .service(at("/-/sign-up").route(get().to(sign::sign_up)).route(post().to(sign::make_own)))
        .service(at("/-/first/{secret}").route(get().to(sign::first)).route(post().to(sign::make_first)))
        .service(at("/-/invite/{secret}").route(get().to(sign::invite)).route(post().to(sign::accept)))
        .service(at("/-/reset/{secret}").route(get().to(sign::reset)).route(post().to(sign::set_password)))
        .service(at("/-/forgot").route(get().to(sign::forgot)).route(post().to(sign::mail_link)))
        .service(at("/-/account").route(get().to(account::open)))
        .service(at("/-/account/export").route(get().to(account::export)))
        .service(at("/-/account/{act}").route(post().to(account::post)))
        .service(at("/-/people").route(get().to(people::open)))
        .service(at("/-/people-log").route(get().to(people::acts)))
        .service(at("/-/people/invite").route(post().to(people::post_invite)))
        .service(at("/-/people/withdraw").route(post().to(people::post_withdraw)))
        .service(at("/-/people/{login}").route(get().to(people::person)))
        .service(at("/-/people/{login}/{act}").route(post().to(people::post)))
        .service(at("/-/mirrors").route(get().to(mirrors::open)))
        .service(at("/-/mirrors/now").route(post().to(mirrors::now)))
        .service(at("/-/privacy").route(get().to(privacy::privacy)))
        .service(at("/-/assets/{name}").route(get().to(misc::asset)))
        .service(at("/-/accessibility").route(get().to(misc::accessibility)))
        .service(at("/-/health").route(get().to(ready::health)))
        .service(at("/-/ready").route(get().to(ready::ready)))
        .service(at("/-/metrics").route(get().to(ready::metrics)))
        .service(at("/-/{rest:.*}").route(get().to(misc::unknown)))
        .service(at("/-").route(get().to(misc::unknown)))
        .service(at("/.well-known/security.txt").route(get().to(ready::security)))
        .service(at("/robots.txt").route(get().to(misc::robots)))
        .service(at("/favicon.ico").route(get().to(misc::icon)))
        .service(at("/wiki.git/info/refs").route(get().to(git_http::advertise)))
        .service(at("/wiki.git/git-upload-pack").route(post().to(git_http::upload_pack)))
        .service(at("/wiki.git/git-receive-pack").route(post().to(git_http::receive_pack)))
        .service(at("/{page:.*}").route(get().to(view::view)));
}

/// An address that answers other methods than its own in words.
fn at(address: &str) -> Resource {
    resource(address).default_service(web::to(misc::wrong_method))
}

/// Whether an address can't be one of the program's own.
fn is_plain(context: &guard::GuardContext<'_>) -> bool {
    let path = context.head().uri.path();
    !path.starts_with("/-")
        && !path.starts_with("/wiki.git")
        && !matches!(path, "/robots.txt" | "/favicon.ico" | "/.well-known/security.txt")
}

/// GET, and HEAD, which is answered alike.
fn get() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
