//! What all screens share: the frame filled in, heads, crumbs, problems in words, times.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use maud::Markup;
use polder_core::doc::Shape;
use polder_core::ids::CommitId;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, Kind, percent_decode, percent_encode, percent_encoded};
use polder_core::problem::{self, Problem};
use polder_core::site::{AtAddress, Child, Seen};
use polder_wiki::history::{Row, What};

use crate::answer::{Answer, Keep};
use crate::body;
use crate::fail::Fail;
use crate::guard::Ask;
use crate::moment::{Moment as Past, What as Named};
use crate::pages::version;
use crate::views::frame::{Frame, MomentNote, Person, Place, Side, Tree, TreeItem, document};
use crate::views::{ChangeKind, Level, Link, Listed, PageHead, ProblemLine, Tab};
use crate::words::{Arg, Lang, Moment, Words};

/// Pages shown per folder of the tree beside the text; the index has them all.
const TREE_MAX_ITEMS: usize = 100;

/// Folders opened inside each other in the tree.
const TREE_MAX_DEPTH: usize = 10;

/// What differs between screens in the frame around them.
pub struct Screen<'a> {
    pub place: Place,
    pub title: &'a str,
    pub description: &'a str,
    pub indexed: bool,
    pub query: &'a str,
    pub feeds: Vec<Link>,
    pub canonical: Option<String>,
    /// The folder whose side bar counts, and the page being read.
    pub folder: &'a str,
    pub page: Option<PageIdx>,
    /// Whether the content itself says of which moment it is.
    pub says_moment: bool,
}

impl<'a> Screen<'a> {
    pub fn new(title: &'a str) -> Screen<'a> {
        Screen {
            place: Place::Elsewhere,
            title,
            description: "",
            indexed: false,
            query: "",
            feeds: Vec::new(),
            canonical: None,
            folder: "",
            page: None,
            says_moment: false,
        }
    }

    pub fn at(mut self, place: Place) -> Screen<'a> {
        self.place = place;
        self
    }
}

/// A whole screen as an answer: 200, not kept unless the caller says so.
pub fn screen(ask: &Ask, screen: Screen<'_>, content: Markup) -> Answer {
    let note = ask.moment.as_deref().filter(|_| !screen.says_moment).map(|moment| moment_note(ask, moment));
    let clone_url = format!("{}/wiki.git", ask.home);
    let title = wiki_title(ask);
    let side = side(ask, &screen);
    let frame = Frame {
        words: ask.words,
        assets: &ask.app.assets,
        wiki_title: &title,
        page_title: screen.title,
        description: screen.description,
        indexed: screen.indexed,
        here: screen.place,
        path: &ask.here,
        query: screen.query,
        moment: ask.moment.as_ref().map_or("", |moment| &moment.at),
        person: person(ask),
        rev: ask.moment.as_ref().map(|moment| moment.rev()),
        note,
        canonical: screen.canonical.as_deref(),
        feeds: &screen.feeds,
        side: &side,
        content_lang: content_lang(ask),
        clone_url: ask.can_clone().then_some(clone_url.as_str()),
        licence: "",
        content,
    };
    let mut answer = Answer::html(StatusCode::OK, document(&frame).0);
    answer.commit = ask.commit().and_then(|main| HeaderValue::from_str(&main.to_string()).ok());
    answer
}

/// Whose screen it is.
fn person(ask: &Ask) -> Person {
    match ask.person.account() {
        Some(account) => {
            Person::Known { name: account.name.clone(), csrf: ask.person.csrf(), is_admin: account.is_admin }
        }
        None if ask.person.has_accounts => {
            let is_door = ask.here.starts_with("/-/sign-in") || ask.here.starts_with("/-/forgot");
            let next = if is_door { "/" } else { &ask.here };
            Person::Unknown { sign_in_href: format!("/-/sign-in?next={}", percent_encoded(next)) }
        }
        None => Person::NotAsked,
    }
}

/// Of which moment a screen is, and the way back to now.
fn moment_note(ask: &Ask, moment: &Past) -> MomentNote {
    MomentNote { text: moment_text(ask, moment), now_href: without(&ask.here, "at") }
}

/// Which moment is looked at.
pub fn moment_text(ask: &Ask, moment: &Past) -> String {
    let words = ask.words;
    match &moment.what {
        Named::Version(version) => {
            let (label, date) = (version.label(), words.civil(version.date));
            let args = [("label", Arg::Text(label)), ("date", Arg::Text(&date))];
            match &*version.name.scope {
                "" => words.f("moment-of-wiki", &args),
                scope => {
                    let title = scope_title(ask, scope);
                    words.f("moment-of-scope", &[args[0], args[1], ("of", Arg::Text(&title))])
                }
            }
        }
        Named::Day(day) => words.f("moment-day", &[("date", Arg::Text(&words.civil(*day)))]),
        Named::Commit => words.f(
            "moment-commit",
            &[("commit", Arg::Text(&moment.commit.short())), ("date", Arg::Text(&words.civil(moment.day)))],
        ),
    }
}

/// A page by its title, a folder by its path.
pub fn scope_title(ask: &Ask, scope: &str) -> String {
    let seen = ask.site().seen_by(&ask.who);
    match seen.at(scope) {
        AtAddress::Page(page) => seen.page(page).map_or_else(|| scope.to_owned(), |page| page.title().to_owned()),
        _ => scope.to_owned(),
    }
}

/// An address without one parameter of its query.
pub fn without(here: &str, name: &str) -> String {
    let Some((path, query)) = here.split_once('?') else { return here.to_owned() };
    let is_kept = |pair: &&str| !pair.is_empty() && pair.split('=').next() != Some(name);
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// The tag of an answer that follows from the world alone (INV-1). `None` while parts of the
/// world are still being read: such an answer is not kept.
pub fn keep(ask: &Ask) -> Keep {
    let (Some(main), Some(_)) = (ask.world.main, &ask.world.history) else { return Keep::Never };
    let class = if ask.can_edit { 'e' } else { 'r' };
    let (commit, lang, versions) = (&main.to_string()[..20], ask.lang().code(), ask.world.versions_token());
    let (day, mark, readers) = (ask.clock_day, &ask.app.assets.mark, ask.app.sign(ask.world.readers()));
    let person = ask.app.sign(ask.person.mark());
    Keep::Tagged(format!("W/\"{commit}-{lang}{class}{readers:x}-{person:x}-{versions:x}-{day}-{mark}\""))
}

pub fn wiki_title(ask: &Ask) -> String {
    ask.site().settings().title.clone().unwrap_or_else(|| "Polder".to_owned())
}

/// The language of the wiki's own texts.
pub fn content_lang(ask: &Ask) -> &str {
    ask.site().settings().language.as_deref().unwrap_or("nl")
}

/// The language of one page.
pub fn page_lang<'a>(ask: &'a Ask, doc: &'a polder_core::doc::Doc) -> &'a str {
    doc.front.text("lang").filter(|lang| is_language_tag(lang)).unwrap_or_else(|| content_lang(ask))
}

fn is_language_tag(tag: &str) -> bool {
    (2..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn side(ask: &Ask, screen: &Screen<'_>) -> Side {
    // Where readers get a version, what stands beside it leads on as from now.
    if ask.moment.as_ref().is_some_and(|moment| moment.at.is_empty()) {
        let of_now = ask.of_now();
        let path = screen.page.and_then(|page| ask.seen().page(page)).map(|page| version::path_now(ask, &page.path));
        let folder = path.as_ref().map_or(screen.folder, |path| path.folder());
        let page = path.as_ref().and_then(|path| of_now.seen().page_at(path));
        return side(&of_now, &Screen { folder, page, ..Screen::new(screen.title) });
    }
    let own = body::part(ask, screen.folder, "_Sidebar");
    if !own.0.is_empty() {
        return Side::Own(own);
    }
    let here = screen.page.and_then(|page| ask.seen().page(page)).map(|page| ask.seen().href(&page.path));
    let opened = match &here {
        // A page with a folder of its name shows what is in it.
        Some(_) => screen.page.and_then(|page| ask.seen().page(page)).map_or(screen.folder, |page| {
            if ask.seen().has_children(page.path.address()) { page.path.address() } else { screen.folder }
        }),
        None => screen.folder,
    };
    drawn_tree(ask, opened).map_or(Side::None, |tree| Side::Tree(tree, here))
}

/// The tree as it is drawn for every page in a folder; kept as long as no name changes.
fn drawn_tree(ask: &Ask, folder: &str) -> Option<Arc<Tree>> {
    let names = ask.site().names_token();
    let key = format!("{:x} {}", ask.world.class(), ask.seen().stay(folder.to_owned()));
    if let Some((kept, tree)) = ask.app.trees.get(&key)
        && Arc::ptr_eq(&kept, &names)
    {
        return tree;
    }
    let items = tree(ask.seen(), "", folder, 0);
    let drawn = (!items.is_empty()).then(|| Arc::new(Tree::new(&items)));
    let weight = drawn.as_ref().map_or(0, |tree| tree.weight()) + 256;
    ask.app.trees.put(key, (names, drawn.clone()), weight);
    drawn
}

/// The folder tree, opened along the way to a folder.
fn tree(seen: Seen<'_>, folder: &str, open: &str, depth: usize) -> Vec<TreeItem> {
    let mut items: Vec<TreeItem> = Vec::new();
    for child in seen.children(folder).into_iter().take(TREE_MAX_ITEMS) {
        let item = match child {
            Child::Page(page) => {
                let Some(at) = seen.page(page) else { continue };
                TreeItem { title: at.title().to_owned(), href: seen.href(&at.path), open: false, children: Vec::new() }
            }
            Child::Folder(path, page) => {
                let is_open = open == path || open.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'));
                let at = page.and_then(|page| seen.page(page));
                let children =
                    if is_open && depth < TREE_MAX_DEPTH { tree(seen, &path, open, depth + 1) } else { Vec::new() };
                let name = path.rsplit('/').next().unwrap_or(&path);
                TreeItem {
                    title: at.map_or_else(|| name.to_owned(), |at| at.title().to_owned()),
                    href: at.map_or_else(|| seen.stay(folder_href(&path)), |at| seen.href(&at.path)),
                    open: is_open,
                    children,
                }
            }
        };
        // A page with a folder of its name is shown once, with the folder.
        if let Some(twin) = items.iter_mut().find(|known| known.href == item.href) {
            if item.open || twin.children.is_empty() {
                *twin = item;
            }
        } else {
            items.push(item);
        }
    }
    items
}

pub fn folder_href(folder: &str) -> String {
    let mut href = String::from("/");
    percent_encode(folder, &mut href);
    href
}

/// `/-/<verb>/<page address>`.
pub fn act_href(verb: &str, path: &FilePath) -> String {
    let mut href = format!("/-/{verb}/");
    percent_encode(path.address(), &mut href);
    href
}

/// A text that is cut off where it is long.
pub fn cut(text: &str, most_chars: usize) -> String {
    match text.char_indices().nth(most_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A page's address at a commit.
pub fn version_href(path: &FilePath, commit: CommitId) -> String {
    format!("{}@~{}", path.href(), commit.short())
}

/// A comparison of a page between two commits.
pub fn diff_href(path: &FilePath, from: CommitId, to: CommitId) -> String {
    format!("{}@~{}..~{}", path.href(), from.short(), to.short())
}

/// What one change did to a page: the difference of two neighbouring versions, by their source, for
/// which only the two files are read. From there it is one click to the language of plans.
pub fn change_href(path: &FilePath, from: CommitId, to: CommitId) -> String {
    format!("{}?view=source", diff_href(path, from, to))
}

/// The folders above an address, each a link, with the titles of the pages that stand for them.
pub fn crumbs(ask: &Ask, address: &str) -> Vec<Link> {
    let seen = ask.seen();
    let mut crumbs = Vec::new();
    for (end, _) in address.match_indices('/') {
        let folder = &address[..end];
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let page = seen.page_of(folder).and_then(|page| seen.page(page));
        crumbs.push(Link {
            title: page.map_or(name, |page| page.title()).to_owned(),
            href: page.map_or_else(|| seen.stay(folder_href(folder)), |page| seen.href(&page.path)),
        });
    }
    crumbs
}

/// The head of a page's screens.
pub fn head(ask: &Ask, path: &FilePath, title: &str, lang: &str, tab: Tab) -> PageHead {
    let edit = |verb: &str| ask.can_edit.then(|| act_href(verb, path));
    let exists = ask.seen().page_at(path).is_some() || ask.seen().file(path.as_str()).is_some();
    PageHead {
        crumbs: crumbs(ask, path.address()),
        title: title.to_owned(),
        lang: lang.to_owned(),
        kind: None,
        tab,
        view_href: ask.seen().href(path),
        edit_href: edit(if has_form(ask, path) { "form" } else { "edit" }),
        history_href: act_href("history", path),
        versions_href: act_href("versions", path),
        raw_href: exists.then(|| ask.stay_here(act_href("raw", path))),
        move_href: edit("move").filter(|_| exists),
        delete_href: edit("delete").filter(|_| exists),
    }
}

/// Whether a page is a record whose frontmatter a form can hold.
pub fn has_form(ask: &Ask, path: &FilePath) -> bool {
    let seen = ask.seen();
    let page = seen.page_at(path).and_then(|page| seen.page(page));
    page.is_some_and(|page| {
        let is_readable = !page.doc.problems.iter().any(|problem| problem.code.starts_with("front-"));
        page.path.kind() == Kind::Page
            && page.doc.shape != Shape::Binary
            && is_readable
            && seen.type_of(&page.doc).is_some()
    })
}

/// Pages that link to this one; side bars link to much, and do not count.
pub fn backlinks(seen: Seen<'_>, page: PageIdx, most: usize) -> Vec<Listed> {
    let is_page = |from: &PageIdx| seen.page(*from).is_some_and(|page| page.path.kind() == Kind::Page);
    let by_field = if seen.types().is_empty() { Vec::new() } else { seen.records().all_referrers(page) };
    let mut pages: Vec<PageIdx> = seen.backlinks(page).iter().copied().chain(by_field).collect();
    pages.sort_unstable();
    pages.dedup();
    listed(seen, pages.into_iter().filter(|from| *from != page).filter(is_page).take(most))
}

/// Pages in a list, told apart by their folders.
pub fn listed(seen: Seen<'_>, pages: impl IntoIterator<Item = PageIdx>) -> Vec<Listed> {
    pages
        .into_iter()
        .filter_map(|page| seen.page(page))
        .map(|page| Listed {
            title: page.title().to_owned(),
            href: seen.href(&page.path),
            note: page.path.folder().to_owned(),
        })
        .collect()
}

/// A problem in words; `file` goes before it where the file is not plain from the place.
pub fn problem_line(words: &Words, problem: &Problem, file: Option<&str>) -> ProblemLine {
    let text = words.problem(&problem.code, &problem.args);
    ProblemLine {
        level: match problem.level {
            problem::Level::Error => Level::Error,
            problem::Level::Warning => Level::Warning,
            problem::Level::Hint => Level::Hint,
        },
        line: (problem.at.line > 0).then_some(problem.at.line),
        text: file.map_or_else(|| text.clone(), |file| format!("{file}: {text}")),
    }
}

pub fn moment(row: &Row) -> Moment {
    Moment { unix_seconds: row.time_s, offset_seconds: row.offset_min * 60 }
}

/// Who pushed a commit, where that is somebody else than its author.
pub fn pushed_by(ask: &Ask, commit: CommitId) -> Option<String> {
    let address = ask.app.wiki.pushed_by(&ask.world, commit)?;
    let account = ask.app.accounts.by_commit_address(&address);
    let name = account.map_or_else(|| ask.words.t("pushed-by-gone").to_owned(), |account| account.name.clone());
    Some(ask.words.f("pushed-by", &[("name", Arg::Text(&name))]))
}

pub fn change_kind(what: &What) -> ChangeKind {
    match what {
        What::Created => ChangeKind::Created,
        What::Edited => ChangeKind::Edited,
        What::Deleted => ChangeKind::Deleted,
        What::Renamed { from } => ChangeKind::Moved(from.address().to_owned()),
    }
}

/// The file of a page address in a URL: the page that stands there, else where it would be made.
pub fn page_path(ask: &Ask, raw: &str) -> Result<FilePath, Fail> {
    let address = percent_decode(raw).ok_or(Fail::BadRequest("fail-bad-address"))?;
    let address = address.trim_matches('/');
    let seen = ask.seen();
    if let Ok(path) = FilePath::parse(address)
        && path.kind() == Kind::Settings
    {
        return Ok(path);
    }
    match seen.at(address) {
        AtAddress::Page(page) => seen.page(page).map(|page| page.path.clone()).ok_or(Fail::NotFound),
        AtAddress::File(path, _) => Ok(path),
        _ => new_path(address),
    }
}

/// The path of a page that is not there (yet).
pub fn new_path(address: &str) -> Result<FilePath, Fail> {
    let name = if FilePath::parse(address).is_ok_and(|path| matches!(path.kind(), Kind::Page | Kind::Part)) {
        address.to_owned()
    } else {
        format!("{address}.md")
    };
    match FilePath::parse(&name) {
        Ok(path) if path.kind() != Kind::File => Ok(path),
        _ => Err(Fail::BadRequest("fail-bad-address")),
    }
}

/// `?a=b&c` as decoded pairs.
pub fn query_pairs(query: &str) -> Vec<(String, String)> {
    pairs(query).flatten().take(50).collect()
}

/// The same, as many as there are; `None` for one that is not UTF-8.
pub fn pairs(query: &str) -> impl Iterator<Item = Option<(String, String)>> + '_ {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plus = |text: &str| percent_decode(&text.replace('+', " "));
        Some((plus(key)?, plus(value)?))
    })
}

/// One parameter of the query.
pub fn param(ask: &Ask, name: &str) -> Option<String> {
    let query = ask.here.split_once('?')?.1;
    query_pairs(query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A parameter that counts, bounded; 0 when absent or no number.
pub fn count_param(ask: &Ask, name: &str, most: usize) -> usize {
    param(ask, name).and_then(|value| value.parse::<usize>().ok()).unwrap_or(0).min(most)
}

/// The words for a default summary, in the language of the wiki, since everybody reads them.
pub fn summary(ask: &Ask, key: &str, page: &str) -> String {
    let lang = Lang::parse(content_lang(ask)).unwrap_or(Lang::Nl);
    Words::get(lang).f(key, &[("page", Arg::Text(page))])
}
