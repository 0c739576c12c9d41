//! A page's history: which commits touched it, through renames, with what to do about each.

use actix_web::HttpResponse;
use actix_web::web::Path;
use polder_core::doc::Shape;
use polder_core::path::{FilePath, percent_encode};
use polder_wiki::history::{Row, What};

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::edit::raw_page;
use crate::pages::screen::{self, Screen};
use crate::views::history::{HistoryRow, HistoryView, history as history_view};
use crate::views::{Link, Tab};

/// Rows on one screen.
const ROWS: usize = 25;

/// `GET /-/history/<page>?from=25`.
pub async fn history(reader: Reader, page: Path<String>) -> HttpResponse {
    let page = page.into_inner();
    reader
        .run(move |ask| {
            let path = screen::page_path(ask, &raw_page(ask, "/-/history/", &page))?;
            history_screen(ask, &path)
        })
        .await
}

fn history_screen(ask: &Ask, path: &FilePath) -> Result<Answer, Fail> {
    let from = screen::count_param(ask, "from", 10_000_000);
    let title = match ask.seen().page_at(path).and_then(|page| ask.seen().page(page)) {
        Some(page) => page.title().to_owned(),
        None => path.base_name().to_owned(),
    };
    let (rows, total) = match &ask.world.history {
        Some(history) => {
            // One more than shown: the next older version is what the last row is compared with.
            let found = history.of(path, from, ROWS + 1);
            (found.rows, found.total)
        }
        None => (Vec::new(), 0),
    };
    if ask.world.history.is_some() && total == 0 && ask.seen().file(path.as_str()).is_none() {
        return Err(Fail::NotFound);
    }
    let page_href = |from: usize| {
        let href = screen::act_href("history", path);
        if from == 0 { href } else { format!("{href}?from={from}") }
    };
    let mut compare_action = String::from("/-/diff/");
    percent_encode(path.address(), &mut compare_action);
    let view = HistoryView {
        head: screen::head(ask, path, &title, screen::content_lang(ask), Tab::History),
        compare_action,
        more: more(ask, path),
        rows: filled(ask, path, &rows, from),
        newer_href: (from > 0).then(|| page_href(from.saturating_sub(ROWS))),
        older_href: (from + ROWS < total).then(|| page_href(from + ROWS)),
        reading: ask.world.history.is_none(),
    };
    let screen_title = format!("{}: {title}", ask.words.t("history-act"));
    let mut feed = String::from("/-/changes.atom?page=");
    percent_encode(path.address(), &mut feed);
    let frame = Screen {
        folder: path.folder(),
        feeds: vec![Link { title: ask.words.t("feed-page").to_owned(), href: feed }],
        ..Screen::new(&screen_title)
    };
    let mut answer = screen::screen(ask, frame, history_view(ask.words, &view));
    answer.keep = if view.reading { Keep::Never } else { screen::keep(ask) };
    Ok(answer)
}

/// Who wrote what, and how the fields changed, where there are any.
fn more(ask: &Ask, path: &FilePath) -> Vec<Link> {
    let seen = ask.seen();
    let Some(page) = seen.page_at(path).and_then(|page| seen.page(page)) else { return Vec::new() };
    let link = |key: &str, verb: &str| Link { title: ask.words.t(key).to_owned(), href: screen::act_href(verb, path) };
    let mut more = Vec::new();
    if page.doc.shape == Shape::Text {
        more.push(link("blame-act", "blame"));
    }
    if !page.doc.front.fields.is_empty() {
        more.push(link("fields-act", "fields"));
    }
    more
}

fn filled(ask: &Ask, path: &FilePath, rows: &[Row], from: usize) -> Vec<HistoryRow> {
    rows.iter()
        .take(ROWS)
        .enumerate()
        .map(|(at, row)| {
            let older = rows.get(at + 1);
            let is_present = from + at == 0;
            let there = row.what != What::Deleted;
            let diff = older.map(|older| screen::change_href(path, older.id, row.id));
            HistoryRow {
                commit: row.id.to_string(),
                short: row.id.short(),
                at: screen::moment(row),
                author: row.author.clone(),
                pushed_by: screen::pushed_by(ask, row.id),
                summary: row.summary.clone(),
                kind: screen::change_kind(&row.what),
                view_href: there.then(|| screen::version_href(&row.path, row.id)),
                diff_href: diff,
                revert_href: (ask.can_edit && there && !is_present)
                    .then(|| {
                        ask.world
                            .main
                            .map(|main| format!("{}?view=source#ui.revert", screen::diff_href(path, main, row.id)))
                    })
                    .flatten(),
            }
        })
        .collect()
}
