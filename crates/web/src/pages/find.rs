//! Search.

use actix_web::HttpResponse;
use polder_core::path::{percent_encode, slug};
use polder_core::site::AtAddress;
use polder_wiki::search::Level;

use crate::answer::{Answer, Keep};
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::screen::{self, Screen};
use crate::views::frame::Place;
use crate::views::search::{Hit, SearchView, search as search_view};
use crate::views::{Link, Part};

/// Hits on one screen, and how far one can page.
const HITS: usize = 10;
const FROM_MAX: usize = 1_000;

/// `GET /-/search?q=…&from=10`.
pub async fn search(reader: Reader) -> HttpResponse {
    reader.run(search_screen).await
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
        href
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
        suggestion: None,
        create_href: None,
    };
    if !query.is_empty() {
        let found = ask.app.wiki.find(seen, query, from, HITS);
        view.total = found.n_found;
        view.building |= !found.ready;
        view.hits = found.hits.iter().filter_map(|hit| shown(ask, hit)).collect();
        view.previous_href = (from > 0).then(|| href(from.saturating_sub(HITS)));
        view.next_href = (from + HITS < found.n_found && from + HITS <= FROM_MAX).then(|| href(from + HITS));
        view.create_href = create_href(ask, query);
        if found.n_found == 0 {
            view.suggestion = seen.near_names(query, 1).first().and_then(|page| seen.page(*page)).map(|page| {
                let mut href = String::from("/-/search?q=");
                percent_encode(page.title(), &mut href);
                Link { title: page.title().to_owned(), href }
            });
        }
    }
    let title = if query.is_empty() {
        ask.words.t("search-title").to_owned()
    } else {
        format!("{}: {query}", ask.words.t("search-title"))
    };
    let frame = Screen { query, ..Screen::new(&title).at(Place::Search) };
    let mut answer = screen::screen(ask, frame, search_view(ask.words, &view));
    answer.keep = Keep::Never;
    Ok(answer)
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
