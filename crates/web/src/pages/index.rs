//! The index of all pages in five orders, and the list of problems.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, percent_encode};
use polder_core::problem::Level;

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::{Ask, Reader};
use crate::pages::screen::{self, Screen};
use crate::views::Listed;
use crate::views::frame::Place;
use crate::views::index::{IndexGroup, IndexOrder, IndexView, index as index_view};
use crate::views::problems::{ProblemFile, ProblemsView, problems as problems_view};

/// Wanted pages and files with problems listed at most.
const WANTED_MAX: usize = 1_000;
const FILES_MAX: usize = 500;
/// Problems told of one file.
const PROBLEMS_MAX: usize = 50;

/// `GET /-/index?by=alphabet|folder|tag|orphans|wanted`.
pub async fn index(reader: Reader) -> HttpResponse {
    reader.run(index_screen).await
}

fn index_screen(ask: &Ask) -> Result<Answer, Fail> {
    let order = match screen::param(ask, "by").as_deref() {
        Some("folder") => IndexOrder::Folder,
        Some("tag") => IndexOrder::Tag,
        Some("orphans") => IndexOrder::Orphans,
        Some("wanted") => IndexOrder::Wanted,
        _ => IndexOrder::Alphabet,
    };
    let groups = match order {
        IndexOrder::Alphabet => by_letter(ask),
        IndexOrder::Folder => by_folder(ask),
        IndexOrder::Tag => by_tag(ask),
        IndexOrder::Orphans => vec![group(String::new(), screen::listed(ask.seen(), ask.seen().orphans()))],
        IndexOrder::Wanted => vec![group(String::new(), wanted(ask))],
    };
    let groups: Vec<IndexGroup> = groups.into_iter().filter(|group| !group.pages.is_empty()).collect();
    let n_problems: usize =
        ask.seen().problems(ask.today).values().map(Vec::len).sum::<usize>() + ask.seen().odd_names().count();
    let view = IndexView {
        action: "/-/index".to_owned(),
        order,
        total: match order {
            // A page with two tags is in two groups.
            IndexOrder::Tag => groups.len(),
            _ => groups.iter().map(|group| group.pages.len()).sum(),
        },
        groups,
        new_href: (ask.can_edit && !ask.seen().types().is_empty()).then(|| "/-/new".to_owned()),
        problems: (n_problems > 0).then(|| (n_problems, "/-/problems".to_owned())),
    };
    let frame = Screen { indexed: true, ..Screen::new(ask.words.t("index-title")).at(Place::Index) };
    let mut answer = screen::screen(ask, frame, index_view(ask.words, &view));
    answer.keep = screen::keep(ask);
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
    let mut groups = grouped(ask, folders, |folder| (!folder.is_empty()).then(|| screen::folder_href(folder)));
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

/// `GET /-/problems`.
pub async fn problems(reader: Reader) -> HttpResponse {
    reader.run(problems_screen).await
}

fn problems_screen(ask: &Ask) -> Result<Answer, Fail> {
    let seen = ask.seen();
    let problems = seen.problems(ask.today);
    let mut files: Vec<(Level, ProblemFile)> = problems
        .iter()
        .map(|(path, problems)| {
            let worst = problems.iter().map(|problem| problem.level).max().unwrap_or(Level::Hint);
            let lines =
                problems.iter().take(PROBLEMS_MAX).map(|problem| screen::problem_line(ask.words, problem, None));
            let file = ProblemFile {
                path: path.as_str().to_owned(),
                href: href(path),
                edit_href: ask.can_edit.then(|| screen::act_href("edit", path)),
                problems: lines.collect(),
            };
            (worst, file)
        })
        .collect();
    for (shown, why) in seen.odd_names() {
        let problem = polder_core::review::odd_problem(why);
        files.push((
            Level::Error,
            ProblemFile {
                path: shown.to_owned(),
                href: "/-/index".to_owned(),
                edit_href: None,
                problems: vec![screen::problem_line(ask.words, &problem, None)],
            },
        ));
    }
    files.sort_by_key(|(worst, _)| std::cmp::Reverse(*worst));
    let more_files = files.len().saturating_sub(FILES_MAX);
    let view = ProblemsView { files: files.into_iter().take(FILES_MAX).map(|(_, file)| file).collect(), more_files };
    let frame = Screen::new(ask.words.t("problems-title")).at(Place::Index);
    let mut answer = screen::screen(ask, frame, problems_view(ask.words, &view));
    answer.keep = screen::keep(ask);
    Ok(answer)
}

fn href(path: &FilePath) -> String {
    match path.kind() {
        polder_core::path::Kind::Settings => screen::act_href("raw", path),
        _ => path.href(),
    }
}
