//! Search: in the pages of one moment, and in what was taken away from pages.

use actix_web::HttpResponse;
use maud::Markup;
use polder_core::path::{percent_encode, slug};
use polder_core::site::AtAddress;
use polder_wiki::search::Level;

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::moment;
use crate::pages::screen::{self, Screen};
use crate::views::frame::Place;
use crate::views::search::{Hit, RemovedHit, RemovedView, SearchView, removed as removed_view, search as search_view};
use crate::views::{Link, Part};
use crate::words::Moment;

/// Hits on one screen, and how far one can page.
const HITS: usize = 10;
const FROM_MAX: usize = 1_000;

/// `GET /-/search?q=…&from=10`, and `&at=` for the wiki of a moment, or `&past=1` for what was taken
/// away at any time.
pub async fn search(reader: Reader) -> HttpResponse {
    match screen::param(&reader.ask, "past").as_deref() {
        None | Some("" | "0") => reader.run_at(search_screen).await,
        Some(_) => reader.run(removed_screen).await,
    }
}

fn search_screen(ask: &Ask) -> Result<Answer, Fail> {
    let query = screen::param(ask, "q").unwrap_or_default();
    let query = query.trim();
    let from = screen::count_param(ask, "from", FROM_MAX);
    let seen = ask.seen();
    let href = |from: usize| {
        let mut href = String::from("/-/search?q=");
        percent_encode(query, &mut href);
        if from > 0 {
            href.push_str(&format!("&from={from}"));
        }
        ask.stay_here(href)
    };
    let mut view = SearchView {
        action: "/-/search".to_owned(),
        rev: ask.moment.as_ref().map(|moment| moment.rev()),
        query: query.to_owned(),
        total: 0,
        hits: Vec::new(),
        previous_href: None,
        next_href: None,
        building: !matches!(ask.app.wiki.search_level(), Level::Ready(_)),
        left_out: 0,
        suggestion: None,
        create_href: None,
    };
    if !query.is_empty() {
        let found = match &ask.moment {
            None => ask.app.wiki.find(seen, query, from, HITS),
            Some(_) => ask.app.wiki.find_at(seen, query, from, HITS),
        };
        view.total = found.n_found;
        view.building |= !found.ready;
        view.left_out = found.n_left_out;
        view.hits = found.hits.iter().filter_map(|hit| shown(ask, hit)).collect();
        view.previous_href = (from > 0).then(|| href(from.saturating_sub(HITS)));
        view.next_href = (from + HITS < found.n_found && from + HITS <= FROM_MAX).then(|| href(from + HITS));
        view.create_href = create_href(ask, query);
        if found.n_found == 0 {
            view.suggestion = seen.near_names(query, 1).first().and_then(|page| seen.page(*page)).map(|page| {
                let mut href = String::from("/-/search?q=");
                percent_encode(page.title(), &mut href);
                Link { title: page.title().to_owned(), href: ask.stay_here(href) }
            });
        }
    }
    Ok(framed(ask, query, search_view(ask.words, &view)))
}

fn framed(ask: &Ask, query: &str, content: Markup) -> Answer {
    let title = if query.is_empty() {
        ask.words.t("search-title").to_owned()
    } else {
        format!("{}: {query}", ask.words.t("search-title"))
    };
    let frame = Screen { query, ..Screen::new(&title).at(Place::Search) };
    let mut answer = screen::screen(ask, frame, content);
    answer.keep = Keep::Never;
    answer
}

fn removed_screen(ask: &Ask) -> Result<Answer, Fail> {
    let query = screen::param(ask, "q").unwrap_or_default();
    let query = query.trim();
    let from = screen::count_param(ask, "from", FROM_MAX);
    let href = |from: usize| {
        let mut href = String::from("/-/search?past=1&q=");
        percent_encode(query, &mut href);
        if from > 0 {
            href.push_str(&format!("&from={from}"));
        }
        href
    };
    let wiki = &ask.app.wiki;
    let level = wiki.removed_level();
    let n_commits = ask.world.history.as_ref().map_or(0, |history| history.len());
    let found = wiki.find_removed(&ask.world, ask.seen(), query, from, HITS);
    let is_level = found.as_ref().is_some_and(|found| found.ready);
    let found = found.unwrap_or_default();
    let mut hits = Vec::new();
    for hit in &found.hits {
        hits.extend(removed_hit(ask, hit)?);
    }
    let view = RemovedView {
        action: "/-/search".to_owned(),
        query: query.to_owned(),
        total: found.n_found,
        hits,
        previous_href: (from > 0).then(|| href(from.saturating_sub(HITS))),
        next_href: (from + HITS < found.n_found && from + HITS <= FROM_MAX).then(|| href(from + HITS)),
        building: (!is_level).then_some((level.done, n_commits.max(level.of))),
    };
    Ok(framed(ask, query, removed_view(ask.words, &view)))
}

/// `None` when the commit left the branch meanwhile.
fn removed_hit(ask: &Ask, hit: &polder_wiki::removed::Hit) -> Result<Option<RemovedHit>, Fail> {
    let Some(history) = &ask.world.history else { return Ok(None) };
    let Some(facts) = history.commit(hit.commit) else { return Ok(None) };
    let Some(parents) = ask.app.wiki.commit_facts(&ask.world, hit.commit)?.map(|facts| facts.parents) else {
        return Ok(None);
    };
    let seen = ask.seen();
    let now = hit.now.as_ref().and_then(|path| seen.page(seen.page_at(path)?));
    let before = parents.first().copied();
    Ok(Some(RemovedHit {
        title: now.map_or_else(|| hit.path.base_name().to_owned(), |page| page.title().to_owned()),
        address: hit.path.address().to_owned(),
        before_href: before.map(|before| screen::version_href(&hit.path, before)),
        compare_href: before.map(|before| screen::diff_href(&hit.path, before, hit.commit)),
        now_href: now.map(|page| moment::now_href(ask, &page.path)),
        at: Moment { unix_seconds: facts.time_s, offset_seconds: facts.offset_min * 60 },
        author: facts.author,
        summary: facts.summary,
        passage: hit.passage.iter().map(|(text, marked)| Part { text: text.clone(), marked: *marked }).collect(),
        n_earlier: hit.n_earlier,
    }))
}

fn shown(ask: &Ask, hit: &polder_wiki::search::Hit) -> Option<Hit> {
    let page = ask.seen().page(hit.page)?;
    let folder = page.path.folder();
    Some(Hit {
        title: vec![Part { text: page.title().to_owned(), marked: false }],
        href: ask.seen().href(&page.path),
        crumbs: folder.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect(),
        passage: hit.passage.iter().map(|(text, marked)| Part { text: text.clone(), marked: *marked }).collect(),
    })
}

/// A query that could be the name of a page that does not exist leads to making it.
fn create_href(ask: &Ask, query: &str) -> Option<String> {
    let address = slug(query);
    let plain = query.chars().count() <= 80 && !query.contains(['"', ':', '*']);
    if !ask.can_edit || !plain || address.is_empty() || !matches!(ask.seen().at(&address), AtAddress::Nothing) {
        return None;
    }
    let mut href = String::from("/-/edit/");
    percent_encode(&address, &mut href);
    href.push_str("?title=");
    percent_encode(query, &mut href);
    Some(href)
}
