//! The index of all pages in five orders, and the list of problems.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, percent_encode};
use polder_core::problem::{Level, Problem};
use polder_core::site;
use polder_wiki::cites;

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::cite;
use crate::pages::screen::{self, Screen};
use crate::values;
use crate::views::frame::Place;
use crate::views::index::{IndexGroup, IndexOrder, IndexView, Problems, index as index_view};
use crate::views::problems::{ProblemFile, ProblemsView, problems as problems_view};
use crate::views::{Link, Listed, ProblemLine};

/// Wanted pages and files with problems listed at most.
const WANTED_MAX: usize = 1_000;
const FILES_MAX: usize = 500;
/// Problems told of one file, and of one kind.
const PROBLEMS_MAX: usize = 50;
const KIND_MAX: usize = 500;

/// `GET /-/index?by=alphabet|folder|type|tag|orphans|wanted`.
pub async fn index(reader: Reader) -> HttpResponse {
    reader.run_at(index_screen).await
}

fn index_screen(ask: &Ask) -> Result<Answer, Fail> {
    let order = match screen::param(ask, "by").as_deref() {
        Some("folder") => IndexOrder::Folder,
        Some("type") => IndexOrder::Type,
        Some("tag") => IndexOrder::Tag,
        Some("orphans") => IndexOrder::Orphans,
        Some("wanted") => IndexOrder::Wanted,
        _ => IndexOrder::Alphabet,
    };
    let groups = match order {
        IndexOrder::Alphabet => by_letter(ask),
        IndexOrder::Folder => by_folder(ask),
        IndexOrder::Type => by_type(ask),
        IndexOrder::Tag => by_tag(ask),
        IndexOrder::Orphans => vec![group(String::new(), screen::listed(ask.seen(), ask.seen().orphans()))],
        IndexOrder::Wanted => vec![group(String::new(), wanted(ask))],
    };
    let groups: Vec<IndexGroup> = groups.into_iter().filter(|group| !group.pages.is_empty()).collect();
    // Looking through a large wiki takes seconds, so it is left to who asks for the problems.
    let n_beside = || ask.seen().odd_names().count() + lost_links(ask).values().map(Vec::len).sum::<usize>();
    let n_problems = ask.seen().n_problems_known(ask.today).map(|n| n + n_beside());
    let view = IndexView {
        action: "/-/index".to_owned(),
        moment: ask.moment.as_ref().map_or_else(String::new, |moment| moment.at.clone()),
        order,
        has_types: !ask.seen().types().is_empty(),
        total: match order {
            // A page with two tags is in two groups.
            IndexOrder::Tag => groups.len(),
            _ => groups.iter().map(|group| group.pages.len()).sum(),
        },
        groups,
        new_href: (ask.can_edit && !ask.seen().types().is_empty()).then(|| "/-/new".to_owned()),
        problems: match n_problems {
            Some(0) => Problems::None,
            Some(n) => Problems::Counted(n),
            None => Problems::NotYetCounted,
        },
        problems_href: ask.seen().stay("/-/problems".to_owned()),
    };
    let frame = Screen { indexed: true, ..Screen::new(ask.words.t("index-title")).at(Place::Index) };
    let mut answer = screen::screen(ask, frame, index_view(ask.words, &view));
    // INV-2: what is not counted yet is said, and not kept.
    if n_problems.is_some() {
        answer.keep = screen::keep(ask);
    }
    Ok(answer)
}

fn group(name: String, pages: Vec<Listed>) -> IndexGroup {
    IndexGroup { name, href: None, pages }
}

fn grouped(ask: &Ask, pages: BTreeMap<String, Vec<PageIdx>>, href: impl Fn(&str) -> Option<String>) -> Vec<IndexGroup> {
    pages
        .into_iter()
        .map(|(name, mut pages)| {
            let seen = ask.seen();
            pages.sort_by_cached_key(|page| seen.page(*page).map(|page| page.title().to_lowercase()));
            IndexGroup { href: href(&name), pages: screen::listed(seen, pages), name }
        })
        .collect()
}

fn by_letter(ask: &Ask) -> Vec<IndexGroup> {
    let mut letters: BTreeMap<String, Vec<PageIdx>> = BTreeMap::new();
    for (at, page) in ask.seen().readable() {
        let key = polder_core::path::slug(page.title());
        let first = key.chars().next();
        let letter = match first {
            Some(first) if first.is_alphabetic() => first.to_uppercase().collect(),
            _ => "#".to_owned(),
        };
        letters.entry(letter).or_default().push(at);
    }
    grouped(ask, letters, |_| None)
}

fn by_folder(ask: &Ask) -> Vec<IndexGroup> {
    let mut folders: BTreeMap<String, Vec<PageIdx>> = BTreeMap::new();
    for (at, page) in ask.seen().readable() {
        folders.entry(page.path.folder().to_owned()).or_default().push(at);
    }
    let mut groups =
        grouped(ask, folders, |folder| (!folder.is_empty()).then(|| ask.seen().stay(screen::folder_href(folder))));
    for group in &mut groups {
        if group.name.is_empty() {
            group.name = "/".to_owned();
        }
        for page in &mut group.pages {
            page.note.clear();
        }
    }
    groups
}

/// Records by their types; the heading leads to a search, which can be narrowed further.
fn by_type(ask: &Ask) -> Vec<IndexGroup> {
    let seen = ask.seen();
    let types = seen.types().all();
    let groups = (0..).zip(types).map(|(at, kind)| {
        let mut pages = seen.records().of_type(at).to_vec();
        pages.sort_by_cached_key(|page| seen.page(*page).map(|page| page.title().to_lowercase()));
        let label = kind.label.get(ask.lang().code()).map_or_else(|| values::key_label(&kind.name), str::to_owned);
        let mut href = String::from("/-/search?q=type%3A");
        percent_encode(&kind.name, &mut href);
        IndexGroup { name: label, href: Some(seen.stay(href)), pages: screen::listed(seen, pages) }
    });
    let mut groups: Vec<IndexGroup> = groups.collect();
    groups.sort_by_cached_key(|group| group.name.to_lowercase());
    groups
}

fn by_tag(ask: &Ask) -> Vec<IndexGroup> {
    grouped(ask, ask.seen().tags().clone(), |_| None)
}

fn wanted(ask: &Ask) -> Vec<Listed> {
    ask.seen()
        .wanted()
        .iter()
        .take(WANTED_MAX)
        .map(|wanted| {
            let mut href = String::from("/-/edit/");
            percent_encode(&wanted.path, &mut href);
            let from: Vec<&str> =
                wanted.from.iter().take(3).filter_map(|page| ask.seen().page(*page)).map(|page| page.title()).collect();
            Listed { title: wanted.path.clone(), href, note: format!("← {}", from.join(", ")) }
        })
        .collect()
}

/// `GET /-/problems?by=kind|file`.
pub async fn problems(reader: Reader) -> HttpResponse {
    reader.run_at(problems_screen).await
}

fn problems_screen(ask: &Ask) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let by_file = screen::param(ask, "by").as_deref() == Some("file");
    let (found, lost) = (seen.problems(ask.today), lost_links(ask));
    let odd: Vec<(&str, Problem)> =
        seen.odd_names().map(|(shown, why)| (shown, polder_core::review::odd_problem(why))).collect();
    let of_files = found
        .iter()
        .chain(lost.iter())
        .flat_map(|(path, all)| all.iter().map(move |one| (Some(path), path.as_str(), one)));
    let of_names = odd.iter().map(|(shown, problem)| (None, *shown, problem));
    let mut groups: BTreeMap<(usize, String), ProblemGroup> = BTreeMap::new();
    let (mut n_all, mut n_errors) = (0, 0);
    for (path, shown, problem) in of_files.chain(of_names) {
        n_all += 1;
        n_errors += usize::from(problem.level == Level::Error);
        let (rank, words) = kind_of(&problem.code);
        let (key, title) = match by_file {
            true => ((0, shown.to_owned()), shown.to_owned()),
            false => ((rank, String::new()), ask.words.t(words).to_owned()),
        };
        let group = groups.entry(key).or_insert_with(|| ProblemGroup {
            title,
            href: path.filter(|_| by_file).map(|path| href(ask, path)),
            edit_href: path.filter(|_| by_file && ask.can_edit).map(|path| screen::act_href("edit", path)),
            worst: Level::Hint,
            n_problems: 0,
            lines: Vec::new(),
        });
        group.worst = group.worst.max(problem.level);
        group.n_problems += 1;
        if group.lines.len() < if by_file { PROBLEMS_MAX } else { KIND_MAX } {
            let at = || path.map_or_else(|| seen.stay("/-/index".to_owned()), |path| href(ask, path));
            let place = (!by_file).then(|| Link { title: shown.to_owned(), href: at() });
            group.lines.push((problem.level, place, screen::problem_line(ask.words, problem, None)));
        }
    }
    let mut groups: Vec<ProblemGroup> = groups.into_values().collect();
    for group in &mut groups {
        group.lines.sort_by_key(|line| std::cmp::Reverse(line.0));
    }
    if by_file {
        groups.sort_by_key(|group| std::cmp::Reverse(group.worst));
    }
    let more_files = groups.len().saturating_sub(FILES_MAX);
    groups.truncate(FILES_MAX);
    let files = groups.into_iter().map(|group| ProblemFile {
        more: group.n_problems - group.lines.len(),
        title: group.title,
        href: group.href,
        edit_href: group.edit_href,
        problems: group.lines.into_iter().map(|(_, place, line)| (place, line)).collect(),
    });
    let view = ProblemsView { by_file, n_all, n_errors, files: files.collect(), more_files };
    let frame = Screen::new(ask.words.t("problems-title")).at(Place::Index);
    let mut answer = screen::screen(ask, frame, problems_view(ask.words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}

/// Links to versions that are not there, which a site can't tell by itself.
fn lost_links(ask: &Ask) -> Arc<site::Problems> {
    match &ask.moment {
        None => ask.app.wiki.lost_links(&ask.world),
        Some(_) => Arc::new(cites::lost_links(&ask.world, ask.seen(), &|commit, now| cite::is_in(ask, commit, now))),
    }
}

/// Problems of one file or of one kind.
struct ProblemGroup {
    title: String,
    href: Option<String>,
    edit_href: Option<String>,
    worst: Level,
    n_problems: usize,
    lines: Vec<(Level, Option<Link>, ProblemLine)>,
}

/// Kinds of problems by the begin of their codes, in the order in which they are listed.
fn kind_of(code: &str) -> (usize, &'static str) {
    match code.split('-').next().unwrap_or(code) {
        "front" | "settings" => (0, "problems-kind-front"),
        "type" => (1, "problems-kind-type"),
        "field" => (2, "problems-kind-field"),
        "value" | "list" => (3, "problems-kind-value"),
        "rule" | "check" => (4, "problems-kind-rule"),
        "ref" | "superseded" => (5, "problems-kind-ref"),
        "query" | "expr" => (6, "problems-kind-query"),
        "link" => (7, "problems-kind-link"),
        _ => (8, "problems-kind-file"),
    }
}

fn href(ask: &Ask, path: &FilePath) -> String {
    ask.seen().stay(match path.kind() {
        polder_core::path::Kind::Settings => screen::act_href("raw", path),
        _ => path.href(),
    })
}
