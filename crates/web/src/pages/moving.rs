//! Moving, deleting and putting back: acts on a whole page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use polder_core::ids::CommitId;
use polder_core::path::FilePath;
use polder_wiki::propose::ProposeError;
use polder_wiki::verbs::VerbError;

use crate::answer::Answer;
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::{Ask, Editor};
use crate::pages::edit::{self, Form, raw_page};
use crate::pages::screen::{self, Screen};
use crate::views::delete::{DeleteView, delete as delete_view};
use crate::views::moving::{MovingView, moving as moving_view};
use crate::views::{Complaint, Field, Listed, Tab};

/// `GET /-/move/<page>`.
pub async fn open_move(editor: Editor, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    editor
        .run(move |ask| {
            let path = existing(ask, &raw_page(ask, "/-/move/", &page))?;
            let form = Form { base: base(ask), to: path.address().to_owned(), ..Form::default() };
            move_screen(ask, &path, &form, Vec::new(), StatusCode::OK)
        })
        .await
}

/// `POST /-/move/<page>` with `to`.
pub async fn do_move(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run(move_posted).await
}

pub fn move_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let form = Form::read(pairs);
    let from = existing(ask, &raw_page(ask, "/-/move/", ""))?;
    let (who, no_name) = form.signed(ask);
    let mut complaints: Vec<Complaint> = no_name.into_iter().collect();
    let to = destination(&from, form.to.trim().trim_matches('/'));
    if to.is_none() {
        complaints.push(Complaint { field: Field::To, text: ask.words.t("complaint-path").to_owned() });
    }
    let (Some(to), true) = (to, complaints.is_empty()) else {
        return move_screen(ask, &from, &form, complaints, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let act = edit::act(&who, &form.summary);
    let default = screen::summary(ask, "summary-move", &format!("{} → {}", from.address(), to.address()));
    match ask.app.wiki.move_page(&from, &to, &act, &default) {
        Ok(done) => Ok(edit::saved(ask, &done, &to.href(), &form.name)),
        Err(VerbError::Taken(_) | VerbError::SamePath) => {
            let text = ask.words.t("complaint-taken").to_owned();
            let complaints = vec![Complaint { field: Field::To, text }];
            move_screen(ask, &from, &form, complaints, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(VerbError::Propose(ProposeError::Refused(verdict))) => {
            let complaints = verdict
                .refused
                .iter()
                .map(|located| Complaint {
                    field: Field::To,
                    text: screen::problem_line(ask.words, &located.problem, Some(&located.path)).text,
                })
                .collect();
            move_screen(ask, &from, &form, complaints, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(Fail::of_verb(ask, error)),
    }
}

/// The new path, with the extension that the file has.
fn destination(from: &FilePath, to: &str) -> Option<FilePath> {
    let extension = &from.as_str()[from.address().len()..];
    let bare = polder_core::path::strip_page_extension(to);
    FilePath::parse_new(&format!("{bare}{extension}")).ok().filter(|to| to.kind() == from.kind())
}

fn move_screen(
    ask: &Ask,
    path: &FilePath,
    form: &Form,
    complaints: Vec<Complaint>,
    status: StatusCode,
) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let page = seen.page_at(path).ok_or(Fail::NotFound)?;
    let title = seen.page(page).map_or_else(String::new, |page| page.title().to_owned());
    // What would be rewritten does not depend on where to, save for links that still lead there.
    let probe = destination(path, &format!("{}-2", path.address()));
    let rewritten: Vec<Listed> = match probe.map(|probe| ask.app.wiki.plan_move(path, &probe, &ask.who)) {
        Some(Ok(plan)) => {
            let pages = plan.rewrites.iter().filter_map(|rewrite| seen.page_at(&rewrite.path));
            screen::listed(seen, pages)
        }
        _ => Vec::new(),
    };
    let view = MovingView {
        head: screen::head(ask, path, &title, screen::content_lang(ask), Tab::None),
        action: screen::act_href("move", path),
        cancel_href: path.href(),
        from: path.address().to_owned(),
        to: form.to.clone(),
        rewritten,
        signature: form.signature(ask),
        complaints,
    };
    let screen_title = format!("{}: {title}", ask.words.t("move-act"));
    let mut answer = screen::screen(ask, Screen::new(&screen_title), moving_view(ask.words, &view));
    answer.status = status;
    Ok(answer)
}

/// `GET /-/delete/<page>`.
pub async fn open_delete(editor: Editor, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    editor
        .run(move |ask| {
            let path = existing(ask, &raw_page(ask, "/-/delete/", &page))?;
            let form = Form { base: base(ask), ..Form::default() };
            delete_screen(ask, &path, &form, Vec::new(), StatusCode::OK)
        })
        .await
}

/// `POST /-/delete/<page>`.
pub async fn do_delete(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run(delete_posted).await
}

pub fn delete_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let form = Form::read(pairs);
    let path = existing(ask, &raw_page(ask, "/-/delete/", ""))?;
    let (who, no_name) = form.signed(ask);
    if let Some(complaint) = no_name {
        return delete_screen(ask, &path, &form, vec![complaint], StatusCode::UNPROCESSABLE_ENTITY);
    }
    let base = match form.base()? {
        Some(base) => ask.app.wiki.on_branch(&ask.world, base)?,
        None => None,
    };
    let act = edit::act(&who, &form.summary);
    let default = screen::summary(ask, "summary-delete", path.address());
    match ask.app.wiki.delete(&path, base, &act, &default) {
        Ok(done) => Ok(edit::saved(ask, &done, &path.href(), &form.name)),
        Err(VerbError::Propose(ProposeError::Clash(_))) => {
            let text = ask.words.t("complaint-changed").to_owned();
            let form = Form { base: self::base(ask), ..form };
            let complaints = vec![Complaint { field: Field::Form, text }];
            delete_screen(ask, &path, &form, complaints, StatusCode::CONFLICT)
        }
        Err(error) => Err(Fail::of_verb(ask, error)),
    }
}

fn delete_screen(
    ask: &Ask,
    path: &FilePath,
    form: &Form,
    complaints: Vec<Complaint>,
    status: StatusCode,
) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let page = seen.page_at(path).ok_or(Fail::NotFound)?;
    let title = seen.page(page).map_or_else(String::new, |page| page.title().to_owned());
    let view = DeleteView {
        head: screen::head(ask, path, &title, screen::content_lang(ask), Tab::None),
        action: screen::act_href("delete", path),
        cancel_href: path.href(),
        backlinks: screen::backlinks(seen, page, usize::MAX),
        signature: form.signature(ask),
        complaints,
    };
    let screen_title = format!("{}: {title}", ask.words.t("delete-act"));
    let mut answer = screen::screen(ask, Screen::new(&screen_title), delete_view(ask.words, &view));
    answer.status = status;
    Ok(answer)
}

/// `POST /-/revert/<page>`: puts back the page as it was at `to`, undoing what came after, up to
/// `from` (or up to now). What others wrote since `from` stays.
pub async fn do_revert(posted: Posted<ToEdit>) -> HttpResponse {
    posted.run(revert_posted).await
}

pub fn revert_posted(ask: &Ask, pairs: Pairs) -> Result<Answer, Fail> {
    let form = Form::read(pairs);
    let path = screen::page_path(ask, &raw_page(ask, "/-/revert/", ""))?;
    let who = edit::signed_by(ask, &form.name);
    if let Some(key) = edit::name_fault(ask, &who) {
        return Err(Fail::BadRequest(key));
    }
    let good = branch_commit(ask, &form.to)?.ok_or(Fail::BadRequest("fail-bad-base"))?;
    let main = ask.world.main.ok_or(Fail::NotFound)?;
    // What the person saw is undone; what came in since then stays.
    let seen_then = match form.base()? {
        Some(base) => ask.app.wiki.on_branch(&ask.world, base)?,
        None => None,
    };
    let bad = branch_commit(ask, &form.from)?.or(seen_then).unwrap_or(main);
    // Where the page was not there, nothing of it is; not what stood at its path.
    let good_path = path_at(ask, &path, good);
    let bad_path = path_at(ask, &path, bad);
    let act = edit::act(&who, &form.summary);
    let default = screen::summary(ask, "summary-revert", &good.short());
    match ask.app.wiki.revert(&path, (good, good_path.as_ref()), (bad, bad_path.as_ref()), &act, &default) {
        Ok(done) => Ok(edit::saved(ask, &done, &path.href(), &form.name)),
        Err(VerbError::Propose(ProposeError::Clash(clashes))) => match clashes.first() {
            Some(clash) => Ok(edit::clash_screen(ask, clash, &form)),
            None => Err(Fail::NotFound),
        },
        Err(error) => Err(Fail::of_verb(ask, error)),
    }
}

fn branch_commit(ask: &Ask, hex: &str) -> Result<Option<CommitId>, Fail> {
    if hex.is_empty() {
        return Ok(None);
    }
    match ask.app.wiki.commit_named(&ask.world, hex)? {
        Some(commit) => Ok(Some(commit)),
        None => Err(Fail::UnknownVersion(hex.chars().take(40).collect())),
    }
}

/// Where the page that is at `path` now stood at a commit; `None` when it was not there then. While the
/// history is being read, it is taken to have stayed where it is.
pub fn path_at(ask: &Ask, path: &FilePath, commit: CommitId) -> Option<FilePath> {
    match &ask.world.history {
        Some(history) => history.path_at(path, commit),
        None => Some(path.clone()),
    }
}

fn existing(ask: &Ask, raw: &str) -> Result<FilePath, Fail> {
    let path = screen::page_path(ask, raw)?;
    if ask.seen().page_at(&path).is_some() { Ok(path) } else { Err(Fail::NotFound) }
}

fn base(ask: &Ask) -> String {
    ask.world.main.map(|main| main.to_string()).unwrap_or_default()
}
