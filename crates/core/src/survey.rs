//! What a wiki is made of, for somebody who is about to open it with Polder for the first time: by
//! which program it was kept, how its links are written, which files have a meaning, where its
//! attachments lie, and which settings would say all that.
//!
//! Follows from a site alone. What stands in the texts is `foreign`'s, what is wrong with them
//! `Seen::problems`'.

use std::collections::BTreeMap;

use crate::doc::LinkKind;
use crate::links::{self, Target};
use crate::names::{FOLDER_PAGES, name_key};
use crate::path::{FilePath, Kind};
use crate::settings::{LinkOrder, Settings};
use crate::site::{Page, Seen};

/// Files told of one kind; others are counted.
pub const FILES_MAX: usize = 50;

/// Fewer links between double brackets with a bar than this prove nothing about their order.
const ORDER_MIN_LINKS: u64 = 5;

/// For which program the repository was made, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Polder,
    Obsidian,
    SilverBullet,
    Gollum,
    /// A wiki of GitHub, which has no folders.
    GitHub,
    GitLab,
    Plain,
}

impl Program {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Program::Polder => "polder",
            Program::Obsidian => "obsidian",
            Program::SilverBullet => "silverbullet",
            Program::Gollum => "gollum",
            Program::GitHub => "github",
            Program::GitLab => "gitlab",
            Program::Plain => "plain",
        }
    }
}

/// Links by how they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounts {
    /// `[[page]]`
    pub wiki: u64,
    /// `[[page|text]]`: of the two sides, only the left names something.
    pub target_first: u64,
    /// `[[text|page]]`: only the right does.
    pub text_first: u64,
    /// `[[a|b]]` of which both sides name something.
    pub both: u64,
    /// `[[a|b]]` of which neither does.
    pub neither: u64,
    /// `[text](page)`, within the wiki.
    pub markdown: u64,
    /// `![[page]]`
    pub embeds: u64,
    /// `![text](picture)`
    pub images: u64,
    /// Of all these, those that lead out of the wiki.
    pub external: u64,
}

/// A file that has a meaning to the wiki, or had one to the program that it was kept with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    /// `_Sidebar`, `_Header`, `_Footer`.
    Part,
    /// `_Template` and others that begin with `_`: pages like others here.
    Underscored,
    /// A page in a way of writing that is not Markdown.
    OtherMarkup,
    /// `.redirects.gollum`
    Redirects,
    /// `custom.css`, `custom.js`
    Look,
    /// Drawings on a canvas and tables of Obsidian.
    ObsidianFile,
}

impl Special {
    /// A stable name in kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            Special::Part => "part",
            Special::Underscored => "underscored",
            Special::OtherMarkup => "other-markup",
            Special::Redirects => "redirects",
            Special::Look => "look",
            Special::ObsidianFile => "obsidian-file",
        }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Survey {
    pub program: Program,
    /// What the settings say of the order of `[[a|b]]`, and what it comes to.
    pub order_set: LinkOrder,
    pub order: LinkOrder,
    pub links: LinkCounts,
    pub front_page: Option<FilePath>,
    /// Other pages that might have been the front page.
    pub other_fronts: Vec<FilePath>,
    /// By kind: how many, and the first of them.
    pub special: BTreeMap<Special, (usize, Vec<FilePath>)>,
    /// The folder in which most files lie that are no pages, with how many of how many.
    pub attachments: Option<(String, usize, usize)>,
    /// Files of `![[name]]` that lie elsewhere than the name says, with the page that names them. Other
    /// programs look for them in all folders.
    pub by_name_alone: (usize, Vec<(FilePath, u32, FilePath)>),
    /// Files that other programs keep for themselves (`.obsidian` and such).
    pub n_kept_by_others: usize,
}

/// Looks at the whole site.
pub fn survey(seen: Seen<'_>, order: LinkOrder) -> Survey {
    let settings = seen.settings();
    let mut survey = Survey {
        program: program(seen),
        order_set: settings.links,
        order,
        links: LinkCounts::default(),
        front_page: seen.front_page().and_then(|at| seen.page(at)).map(|page| page.path.clone()),
        other_fronts: Vec::new(),
        special: BTreeMap::new(),
        attachments: None,
        by_name_alone: (0, Vec::new()),
        n_kept_by_others: 0,
    };
    let files = FilesByName::of(seen);
    for page in seen.pages() {
        count_links(seen, page, &files, &mut survey);
    }
    survey.other_fronts = other_fronts(seen, survey.front_page.as_ref());
    for entry in seen.entries() {
        survey.n_kept_by_others += usize::from(is_hidden(entry.path.as_str()) && entry.path.kind() == Kind::File);
        if let Some(special) = special(&entry.path) {
            let (n, paths) = survey.special.entry(special).or_default();
            *n += 1;
            if paths.len() < FILES_MAX {
                paths.push(entry.path.clone());
            }
        }
    }
    survey.attachments = attachments(seen);
    survey
}

/// The settings that say what was found, as lines of `.polder/config.yml`; what they say already stays.
/// Empty when there is nothing to add.
pub fn proposed(survey: &Survey, settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    let links = &survey.links;
    let shown = links.text_first + links.target_first;
    let by_marks = !matches!(survey.program, Program::Plain | Program::Polder);
    if settings.links == LinkOrder::Auto && (shown >= ORDER_MIN_LINKS || (by_marks && shown + links.neither > 0)) {
        // What nearly all links say goes before what a file beside them suggests.
        let order = match (links.text_first, links.target_first) {
            (text, target) if shown >= ORDER_MIN_LINKS && text * 100 >= (text + target) * 95 => LinkOrder::TextFirst,
            (text, target) if shown >= ORDER_MIN_LINKS && target * 100 >= (text + target) * 95 => {
                LinkOrder::TargetFirst
            }
            _ => survey.order,
        };
        let order = if order == LinkOrder::TextFirst { "text-first" } else { "target-first" };
        lines.extend(["links:".to_owned(), format!("  order: {order}")]);
    }
    if settings.home.is_none()
        && !survey.other_fronts.is_empty()
        && let Some(front) = &survey.front_page
    {
        lines.push(format!("home: {}", quoted(front.address())));
    }
    lines
}

/// A text as YAML that reads back as that text.
pub fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ' '))
        && text.starts_with(char::is_alphabetic)
        && text.trim() == text
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

fn program(seen: Seen<'_>) -> Program {
    let mut has_parts = false;
    let mut has_folders = false;
    let mut has_home = [false; 2];
    for entry in seen.entries() {
        let path = entry.path.as_str();
        match path {
            "CONFIG.md" => {}
            ".redirects.gollum" => return Program::Gollum,
            _ if path.starts_with(".obsidian/") => return Program::Obsidian,
            _ if path.starts_with(".silverbullet") => return Program::SilverBullet,
            _ if path.starts_with(".polder/") => return Program::Polder,
            _ => {}
        }
        has_parts |= entry.path.kind() == Kind::Part;
        has_folders |= entry.path.kind() == Kind::Page && path.contains('/');
        has_home[0] |= path == "Home.md";
        has_home[1] |= path == "home.md";
    }
    match (has_home, has_parts, has_folders) {
        ([_, true], _, _) => Program::GitLab,
        ([true, _], true, false) => Program::GitHub,
        (_, true, _) => Program::Gollum,
        ([true, _], false, false) => Program::GitHub,
        _ => Program::Plain,
    }
}

fn count_links(seen: Seen<'_>, page: &Page, files: &FilesByName<'_>, survey: &mut Survey) {
    // As if nothing were set, so that both sides are looked at.
    let looked_up = links::look_up(&page.doc, &page.path, seen.names(), LinkOrder::Auto);
    let votes = looked_up.votes;
    let decided = links::decide(&page.doc, u32::MAX, survey.order, looked_up);
    let counts = &mut survey.links;
    counts.text_first += u64::from(votes.second);
    counts.target_first += u64::from(votes.first);
    let mut piped: u64 = 0;
    let mut lost: u64 = 0;
    for (link, resolved) in page.doc.links.iter().zip(&decided.links) {
        let is_external = resolved.to == Target::External;
        counts.external += u64::from(is_external);
        match link.kind {
            LinkKind::Wiki if link.second.is_none() => counts.wiki += 1,
            LinkKind::Wiki if is_external || resolved.to == Target::Refused => {}
            LinkKind::Wiki => {
                piped += 1;
                lost += u64::from(matches!(resolved.to, Target::Missing(_)));
            }
            LinkKind::Embed => counts.embeds += 1,
            LinkKind::Markdown => counts.markdown += u64::from(!is_external),
            LinkKind::Image => counts.images += 1,
        }
        let is_lost = matches!(resolved.to, Target::Missing(_));
        if is_lost
            && matches!(link.kind, LinkKind::Embed | LinkKind::Wiki)
            && let Some(file) = files.named(links::parts(resolved.written(link)).name)
        {
            survey.by_name_alone.0 += 1;
            if survey.by_name_alone.1.len() < FILES_MAX {
                survey.by_name_alone.1.push((page.path.clone(), link.at.line, file.clone()));
            }
        }
    }
    let voted = u64::from(votes.first) + u64::from(votes.second);
    counts.neither += lost;
    counts.both += piped.saturating_sub(voted + lost);
}

/// Files that are no pages, by their last segment.
struct FilesByName<'a>(BTreeMap<Box<str>, Option<&'a FilePath>>);

impl<'a> FilesByName<'a> {
    fn of(seen: Seen<'a>) -> FilesByName<'a> {
        let mut by_name = BTreeMap::new();
        for entry in seen.entries().iter().filter(|entry| entry.path.kind() == Kind::File) {
            let same = by_name.entry(name_key(entry.path.file_name())).or_insert(Some(&entry.path));
            if same.is_some_and(|path| path != &entry.path) {
                *same = None;
            }
        }
        FilesByName(by_name)
    }

    /// The only file of this name, when the name has no folders.
    fn named(&self, name: &str) -> Option<&'a FilePath> {
        if name.contains('/') {
            return None;
        }
        *self.0.get(&name_key(name))?
    }
}

/// Other pages at the root with a name that front pages have.
fn other_fronts(seen: Seen<'_>, front: Option<&FilePath>) -> Vec<FilePath> {
    let is_front = |path: &FilePath| FOLDER_PAGES.contains(&&*name_key(path.address()));
    let pages = seen.readable().map(|(_, page)| &page.path);
    pages.filter(|path| path.folder().is_empty() && is_front(path) && Some(*path) != front).cloned().collect()
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|segment| segment.starts_with('.'))
}

fn special(path: &FilePath) -> Option<Special> {
    let name = path.file_name();
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match path.kind() {
        Kind::Part => Some(Special::Part),
        Kind::Page => name.starts_with('_').then_some(Special::Underscored),
        Kind::Settings => None,
        Kind::File if path.as_str() == ".redirects.gollum" => Some(Special::Redirects),
        Kind::File if matches!(path.as_str(), "custom.css" | "custom.js") => Some(Special::Look),
        Kind::File if is_hidden(path.as_str()) => None,
        Kind::File => match end.as_str() {
            "mediawiki" | "wiki" | "rst" | "org" | "textile" | "asciidoc" | "adoc" | "creole" | "rdoc" | "pod"
            | "mdwn" | "mkd" => Some(Special::OtherMarkup),
            "canvas" | "base" => Some(Special::ObsidianFile),
            _ => None,
        },
    }
}

/// The folder with the most files that are no pages; the files that programs keep do not count.
fn attachments(seen: Seen<'_>) -> Option<(String, usize, usize)> {
    let mut by_folder: BTreeMap<&str, usize> = BTreeMap::new();
    let mut n_all = 0;
    for entry in seen.entries() {
        if entry.path.kind() == Kind::File && !is_hidden(entry.path.as_str()) {
            *by_folder.entry(entry.path.folder()).or_default() += 1;
            n_all += 1;
        }
    }
    // Of equals, the first by name.
    let most = by_folder.iter().rev().max_by_key(|(_, n)| **n)?;
    Some(((*most.0).to_owned(), *most.1, n_all))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access::Who;
    use crate::doc;
    use crate::ids::{BlobId, CommitId};
    use crate::manifest::{Entry, Manifest};
    use crate::site::{Site, assemble, wants_doc};

    fn site(files: &[(&str, &str)]) -> Site {
        let mut files = files.to_vec();
        files.sort();
        let (mut entries, mut docs) = (Vec::new(), Vec::new());
        for (n, (path, text)) in files.iter().enumerate() {
            let path = FilePath::parse(path).expect("a good path");
            if wants_doc(&path) {
                docs.push(Arc::new(doc::parse(path.kind(), text.as_bytes())));
            }
            entries.push(Entry { path, blob: BlobId([u8::try_from(n).expect("few"); 20]) });
        }
        assemble(CommitId([0; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, None)
    }

    fn looked_at(site: &Site) -> Survey {
        survey(site.seen_by(&Who::owner()), site.link_order())
    }

    #[test]
    fn the_program_shows_by_its_files() {
        for (files, program) in [
            (&["a.md", ".obsidian/app.json"][..], Program::Obsidian),
            (&["index.md", ".silverbullet.db"], Program::SilverBullet),
            (&["Home.md", ".redirects.gollum"], Program::Gollum),
            (&["Home.md", "deel/_Sidebar.md", "deel/a.md"], Program::Gollum),
            (&["Home.md", "_Sidebar.md", "Andere.md"], Program::GitHub),
            (&["home.md", "_sidebar.md", "deel/a.md"], Program::GitLab),
            (&["README.md", "docs/a.md"], Program::Plain),
            (&["a.md", ".polder/config.yml"], Program::Polder),
        ] {
            let files: Vec<(&str, &str)> = files.iter().map(|path| (*path, "")).collect();
            assert_eq!(looked_at(&site(&files)).program, program, "{files:?}");
        }
    }

    #[test]
    fn links_are_counted_by_kind_and_by_side() {
        let page = "[[b]] [[b|tekst]] [[tekst|b]] [[b|c]] [[nee|ook niet]] [x](b.md) [y](https://a.nl) ![[b]] ![z](p.png) [[Site|https://a.nl]]";
        let found = looked_at(&site(&[("a.md", page), ("b.md", ""), ("c.md", ""), ("p.png", "")]));
        let LinkCounts { wiki, target_first, text_first, both, neither, markdown, embeds, images, external } =
            found.links;
        assert_eq!((wiki, target_first, text_first, both, neither), (1, 1, 1, 1, 1));
        assert_eq!((markdown, embeds, images, external), (1, 1, 1, 2));
    }

    #[test]
    fn settings_are_proposed_where_they_would_say_more_than_nothing() {
        let page = "[[Een|b]] [[Twee|b]] [[Drie|b]] [[Vier|b]] [[Vijf|b]]";
        let wiki = site(&[("Home.md", page), ("README.md", ""), ("b.md", "")]);
        let found = looked_at(&wiki);
        let seen_settings = wiki.settings();
        assert_eq!(found.front_page.as_ref().map(FilePath::as_str), Some("Home.md"));
        let lines = proposed(&found, seen_settings);
        assert_eq!(lines, ["links:", "  order: text-first", "home: Home"]);
        let settled = site(&[
            ("Home.md", page),
            ("README.md", ""),
            ("b.md", ""),
            (".polder/config.yml", &format!("{}\n", lines.join("\n"))),
        ]);
        assert_eq!(settled.link_order(), LinkOrder::TextFirst);
        assert_eq!(proposed(&looked_at(&settled), settled.settings()), Vec::<String>::new());
        // A sidebar suggests the order of Gollum, and the links say otherwise.
        let page = "[[b|Een]] [[b|Twee]] [[b|Drie]] [[b|Vier]] [[b|Vijf]]";
        let wiki = site(&[("Home.md", page), ("_Sidebar.md", ""), ("b.md", "")]);
        assert_eq!(wiki.link_order(), LinkOrder::TextFirst);
        assert_eq!(proposed(&looked_at(&wiki), wiki.settings()), ["links:", "  order: target-first"]);
        assert_eq!(quoted("no"), "\"no\"");
        assert_eq!(quoted("a: b"), "\"a: b\"");
    }

    #[test]
    fn files_that_are_meant_by_name_alone_and_where_most_of_them_lie() {
        let found = looked_at(&site(&[
            ("notities/a.md", "Zie\n![[foto.png]] en ![[twee.png]] en [[x/foto.png]]"),
            ("bijlagen/foto.png", ""),
            ("bijlagen/twee.png", ""),
            ("elders/twee.png", ""),
            (".obsidian/app.json", ""),
            ("bord.canvas", ""),
            ("_Template.md", ""),
        ]));
        let (n, listed) = &found.by_name_alone;
        let listed: Vec<(&str, u32, &str)> = listed.iter().map(|(a, n, b)| (a.as_str(), *n, b.as_str())).collect();
        assert_eq!((*n, listed.as_slice()), (1, &[("notities/a.md", 2, "bijlagen/foto.png")][..]));
        assert_eq!(found.attachments, Some(("bijlagen".to_owned(), 2, 4)));
        assert_eq!(found.special.keys().copied().collect::<Vec<_>>(), [Special::Underscored, Special::ObsidianFile]);
        assert_eq!(found.n_kept_by_others, 1);
    }
}
