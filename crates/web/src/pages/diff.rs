//! Two versions of a page beside each other, line by line, with word marks.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use polder_core::diff::{self, Diff};
use polder_core::ids::CommitId;
use polder_core::path::{FilePath, Kind};
use polder_core::site::AtAddress;

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit::{self, moment_of, raw_page};
use crate::pages::moving::path_at;
use crate::pages::screen::{self, Screen};
use crate::views::diff::{DiffPart, DiffPiece, DiffRow, DiffSide, DiffView, Revert, RowKind, diff as diff_view};
use crate::views::{Part, Tab};

/// Equal lines shown around each change.
const CONTEXT: usize = 3;

/// Lines on one screen, and bytes of text in them: half a megabyte of HTML or some more. What follows is
/// on the next.
const SCREEN_MAX_LINES: usize = 2_000;
const SCREEN_MAX_BYTES: usize = 512 * 1024;

/// `GET /-/diff/<page>?from=…&to=…`: what the form on the history screen asks for.
pub async fn choose(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/diff/", &page))?;
            let commit = |name: &str| -> Result<CommitId, Fail> {
                let hex = screen::param(ask, name).unwrap_or_default();
                match ask.app.wiki.commit_named(&ask.world, &hex)? {
                    Some(commit) => Ok(commit),
                    None => Err(Fail::UnknownVersion(hex.chars().take(40).collect())),
                }
            };
            let (from, to) = (commit("from")?, commit("to")?);
            Ok(Answer::redirect(StatusCode::SEE_OTHER, &screen::diff_href(&path, from, to)))
        })
        .await
}

/// The difference of the sources of a page: `page@~a..~b?view=source`.
pub fn between(ask: &Ask, address: &str, from: CommitId, to: CommitId) -> Result<Answer, Fail> {
    let path = match ask.seen().at(address) {
        AtAddress::Page(page) => ask.seen().page(page).map(|page| page.path.clone()),
        AtAddress::File(path, _) if path.kind() == Kind::Settings => Some(path),
        _ => None,
    };
    let path = match path {
        Some(path) => path,
        None => screen::new_path(address)?,
    };
    let old = side(ask, &path, from)?;
    let new = side(ask, &path, to)?;
    if old.text.is_none() && new.text.is_none() {
        return Err(Fail::NotFound);
    }
    let difference = diff::lines(old.text.as_deref().unwrap_or(""), new.text.as_deref().unwrap_or(""));
    let seen = ask.seen();
    let page = seen.page_at(&path).and_then(|page| seen.page(page));
    let title = page.map_or_else(|| path.base_name().to_owned(), |page| page.title().to_owned());
    let moved = (old.path != new.path && old.text.is_some() && new.text.is_some())
        .then(|| (old.path.address().to_owned(), new.path.address().to_owned()));
    let (previous_href, next_href) = neighbours(ask, &path, from, to);
    // The old side can be put back; seen from now to an older version, that is the new side.
    let present = ask.seen().file(path.as_str());
    let from_now =
        present.is_some() && ask.app.wiki.file_at(&ask.world, from, old.path.as_str())? == present && old.path == path;
    let (good, bad) = if from_now { (&new, &old) } else { (&old, &new) };
    let can_revert = ask.can_edit && good.text.is_some() && good.text != bad.text;
    let revert = can_revert.then(|| Revert {
        action: screen::act_href("revert", &path),
        to: good.commit.to_string(),
        signature: edit::signature(ask, "", "", &ask.world.main.map(|main| main.to_string()).unwrap_or_default()),
    });
    let has_form = revert.is_some();
    let mut head = screen::head(ask, &path, &title, screen::content_lang(ask), Tab::History);
    if page.is_none() {
        head.edit_href = None;
    }
    let (pieces, part) = screenful(ask, pieces(&difference));
    let view = DiffView {
        head,
        pieces,
        part,
        added: difference.added,
        removed: difference.removed,
        exact: difference.exact,
        moved,
        previous_href: previous_href.map(as_source),
        next_href: next_href.map(as_source),
        plain_href: Some(ask.here.split('?').next().unwrap_or("/").to_owned()),
        revert,
        old: old.shown,
        new: new.shown,
    };
    let screen_title = format!("{}: {title}", ask.words.t("diff-act"));
    let frame = Screen { folder: path.folder(), ..Screen::new(&screen_title) };
    let mut answer = screen::screen(ask, frame, diff_view(ask.words, &view));
    // The form holds the name that this person gave before: no answer for anybody else.
    answer.keep = if has_form { Keep::Never } else { screen::keep(ask) };
    Ok(answer)
}

/// The pieces of a difference as the view has them.
pub fn pieces(difference: &Diff) -> Vec<DiffPiece> {
    let piece = |piece: diff::Piece<'_>| match piece {
        diff::Piece::Skipped(n) => DiffPiece::Skipped(n),
        diff::Piece::Rows(rows) => DiffPiece::Rows(rows.iter().map(row).collect()),
    };
    diff::folded(difference, CONTEXT).into_iter().map(piece).collect()
}

/// The lines that this screen shows, from `?line=` on, and where the others are.
fn screenful(ask: &Ask, pieces: Vec<DiffPiece>) -> (Vec<DiffPiece>, Option<DiffPart>) {
    let n_lines = |piece: &DiffPiece| match piece {
        DiffPiece::Rows(rows) => rows.len(),
        DiffPiece::Skipped(_) => 0,
    };
    let all: usize = pieces.iter().map(n_lines).sum();
    let first = screen::count_param(ask, "line", all.saturating_sub(1));
    let (mut at, mut n_shown, mut n_bytes) = (0, 0, 0);
    let mut shown = Vec::new();
    let mut is_full = false;
    for piece in pieces {
        if is_full {
            break;
        }
        let rows = match piece {
            DiffPiece::Rows(rows) => rows,
            DiffPiece::Skipped(n) => {
                shown.extend((at >= first && (at > 0 || first == 0)).then_some(DiffPiece::Skipped(n)));
                continue;
            }
        };
        let mut kept = Vec::new();
        for row in rows {
            if at < first {
                at += 1;
                continue;
            }
            let size: usize = row.parts.iter().map(|part| part.text.len()).sum();
            is_full = n_shown > 0 && (n_shown >= SCREEN_MAX_LINES || n_bytes + size > SCREEN_MAX_BYTES);
            if is_full {
                break;
            }
            (at, n_shown, n_bytes) = (at + 1, n_shown + 1, n_bytes + size);
            kept.push(row);
        }
        if !kept.is_empty() {
            shown.push(DiffPiece::Rows(kept));
        }
    }
    let end = first + n_shown;
    if first == 0 && end >= all {
        return (shown, None);
    }
    let here = ask.here.split('?').next().unwrap_or("/");
    let from = |line: usize| format!("{here}?view=source&line={line}");
    let part = DiffPart {
        first: first + 1,
        last: end,
        all,
        begin_href: (first > 0).then(|| from(0)),
        next_href: (end < all).then(|| from(end)),
    };
    (shown, Some(part))
}

fn row(row: &diff::Row) -> DiffRow {
    DiffRow {
        kind: match row.kind {
            diff::RowKind::Equal => RowKind::Equal,
            diff::RowKind::Removed => RowKind::Removed,
            diff::RowKind::Added => RowKind::Added,
        },
        old_line: row.old_line,
        new_line: row.new_line,
        parts: row.parts.iter().map(|part| Part { text: part.text.clone(), marked: part.changed }).collect(),
    }
}

struct Side {
    commit: CommitId,
    path: FilePath,
    /// `None` when the page did not exist.
    text: Option<String>,
    shown: DiffSide,
}

/// The address of a comparison, for who looks at sources.
fn as_source(href: String) -> String {
    format!("{href}?view=source")
}

fn side(ask: &Ask, path: &FilePath, commit: CommitId) -> Result<Side, Fail> {
    let there = path_at(ask, path, commit);
    let blob = match &there {
        Some(path) => ask.app.wiki.file_at(&ask.world, commit, path.as_str())?,
        None => None,
    };
    let path = there.unwrap_or_else(|| path.clone());
    let text = blob.map(|blob| ask.app.wiki.read_text(blob)).transpose()?;
    let facts = ask.app.wiki.commit_facts(&ask.world, commit)?.ok_or_else(|| Fail::UnknownVersion(commit.short()))?;
    let shown = DiffSide {
        version: None,
        at: Some(moment_of(facts.time_s, facts.offset_min)),
        author: facts.author.name,
        summary: facts.message.lines().next().unwrap_or_default().to_owned(),
        short: commit.short(),
        href: text.is_some().then(|| screen::version_href(&path, commit)),
    };
    Ok(Side { commit, path, text, shown })
}

/// The comparisons before and after this one in the page's history.
pub fn neighbours(ask: &Ask, path: &FilePath, from: CommitId, to: CommitId) -> (Option<String>, Option<String>) {
    let Some(history) = &ask.world.history else { return (None, None) };
    let then = |commit: CommitId| path_at(ask, path, commit).unwrap_or_else(|| path.clone());
    let before = history.before(&then(from), from).map(|row| screen::diff_href(path, row.id, from));
    let after = history.after(&then(to), to).map(|row| screen::diff_href(path, to, row.id));
    (before, after)
}
