//! Two versions compared in the language of plans: `page@A..B`, `folder@A..B`, `/@A..B`.
//!
//! What differs is found by `core::compare`; here it becomes sentences, tables, files and a map. The
//! difference of the sources stays one click away (`?view=source`, in `diff`). Which commits and
//! days the two versions mean was decided before.

use std::cell::OnceCell;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use jiff::civil::Date;
use polder_core::compare::{self, Comparison, Fate, FieldChange, Known, Origin, Pair, Side, Standing};
use polder_core::doc::Shape;
use polder_core::eval::Eval;
use polder_core::html::{self, Asked as HoleAsked};
use polder_core::limits;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::prose;
use polder_core::site::{AtAddress, Page, Seen};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::Answer;
use crate::body;
use crate::csv::Variant;
use crate::fail::Fail;
use crate::guard::Ask;
use crate::moment::What;
use crate::pages::compare_tables::{TOTALS_MAX, Tables};
use crate::pages::compare_words::{Tell, Version, Which};
use crate::pages::edit::moment_of;
use crate::pages::moving::path_at;
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::pages::{compare_files, compare_map, diff};
use crate::views::compare::{
    CompareHead, CompareView, FieldRow, PageTable, ProsePiece, ProseView, TotalTable, compare as compare_view,
};
use crate::views::diff::DiffSide;
use crate::views::{Html, Link, Tab};
use crate::words::{Arg, Words};

/// Pages listed on the screen; the files have all of them.
const ROWS_MAX: usize = 500;

/// What is compared.
pub enum Scope {
    /// By its path now, or where it would be.
    Page(FilePath),
    Folder(String),
    Wiki,
}

/// Who asks for which comparison.
pub struct Asked<'a> {
    pub ask: &'a Ask,
    pub scope: Scope,
    pub tell: Tell<'a>,
    pub days: (Date, Date),
}

/// What an address with two versions is about. `?scope=folder` asks for what lies below a page.
pub fn scope(ask: &Ask, address: &str) -> Result<Scope, Fail> {
    let address = address.trim_matches('/');
    let wants_folder = screen::param(ask, "scope").as_deref() == Some("folder");
    let seen = ask.seen();
    match seen.at(address) {
        _ if address.is_empty() => Ok(Scope::Wiki),
        AtAddress::Page(page) | AtAddress::Moved(page) if !wants_folder => {
            seen.page(page).map(|page| Scope::Page(page.path.clone())).ok_or(Fail::NotFound)
        }
        AtAddress::Folder(folder) => Ok(Scope::Folder(folder)),
        AtAddress::File(path, _) => Ok(Scope::Page(path)),
        _ if wants_folder => Ok(Scope::Folder(address.to_owned())),
        _ => {
            let path = screen::new_path(address)?;
            // An old address of a page that moved.
            let now = ask.world.history.as_ref().and_then(|history| history.moved_to(&path));
            Ok(Scope::Page(now.filter(|now| seen.page_at(now).is_some()).unwrap_or(path)))
        }
    }
}

/// The comparison of two versions, as a screen or, with `?format=`, as a file.
pub fn between(ask: &Ask, scope: Scope, old_ask: &Ask, new_ask: &Ask) -> Result<Answer, Fail> {
    let commit = |ask: &Ask| ask.commit().ok_or(Fail::NotFound);
    let (from, to) = (commit(old_ask)?, commit(new_ask)?);
    let view = screen::param(ask, "view");
    let old = Version { ask: old_ask, seen: old_ask.seen(), commit: from };
    let new = Version { ask: new_ask, seen: new_ask.seen(), commit: to };
    let mut asked =
        Asked { ask, scope, tell: Tell { words: ask.words, old, new }, days: (old_ask.today, new_ask.today) };
    let mut pair = Pair::default();
    if let Scope::Page(path) = &asked.scope {
        let at = |version: Version<'_>| version.seen.page_at(&path_at(ask, path, version.commit)?);
        pair = Pair { old: at(old), new: at(new) };
        if pair == Pair::default() {
            let address = path.address().to_owned();
            let is_folder = |seen: Seen<'_>| seen.has_children(&address);
            if !is_folder(old.seen) && !is_folder(new.seen) {
                // An attachment or a settings file, or nothing.
                return diff::between(ask, path.as_str(), from, to);
            }
            asked.scope = Scope::Folder(address);
        }
    }
    let core_scope = match &asked.scope {
        Scope::Page(_) => compare::Scope::Page(pair),
        Scope::Folder(folder) => compare::Scope::Folder(folder),
        Scope::Wiki => compare::Scope::Wiki,
    };
    let found = found(ask, old, new, core_scope);
    let mut answer = match screen::param(ask, "format").as_deref() {
        Some("json") => Answer::new(
            StatusCode::OK,
            "application/json",
            Bytes::from(compare_files::as_json(&asked, &found).to_string()),
        ),
        Some("csv") => {
            let name = file_name(&asked);
            let variant = Variant::named(screen::param(ask, "variant").as_deref());
            let text = compare_files::csv(&asked, &found, variant);
            Answer::new(StatusCode::OK, "text/csv; charset=utf-8", Bytes::from(text))
                .with(header::CONTENT_DISPOSITION, &format!("inline; filename=\"{name}.csv\""))
        }
        Some(_) => return Err(Fail::BadRequest("compare-no-format")),
        None => {
            let tables = Tables { ask, tell: asked.tell };
            let page = Screened { asked: &asked, found: &found, pair, tables };
            page.screen(view.as_deref() == Some("map"))?
        }
    };
    answer.commit = header::HeaderValue::from_str(&to.to_string()).ok();
    answer.keep = screen::keep(ask);
    Ok(answer)
}

fn file_name(asked: &Asked<'_>) -> String {
    let name = match &asked.scope {
        Scope::Page(path) => path.base_name(),
        Scope::Folder(folder) => folder,
        Scope::Wiki => "wiki",
    };
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{name}-{}-{}", asked.tell.old.commit.short(), asked.tell.new.commit.short())
}

/// What differs between two versions.
pub fn found(ask: &Ask, old: Version<'_>, new: Version<'_>, scope: compare::Scope<'_>) -> Comparison {
    let came = OnceCell::new();
    let moved = |path: &FilePath| moved_to(ask, old, new, &came, path);
    let is_another = |path: &FilePath| is_another(ask, old, new, path);
    let read = |blob| ask.app.wiki.read_beside(blob).ok();
    let known = Known { is_another: &is_another, moved: &moved, read: &read };
    let (from, to) = (old.ask.today, new.ask.today);
    compare::compare(Side { seen: old.seen, today: from }, Side { seen: new.seen, today: to }, scope, &known)
}

/// Whether another page stands at a path in the new version, by the history.
fn is_another(ask: &Ask, old: Version<'_>, new: Version<'_>, path: &FilePath) -> bool {
    ask.world.history.as_ref().is_some_and(|history| history.is_another(path, old.commit, new.commit))
}

/// Where a page of the old version that is not at its path in the new one is there, by the history:
/// both are the page that is now in one place. `came` are the pages that only the new version has at
/// their path, by where they are now; it is filled when the first page is looked for, which is mostly
/// never.
fn moved_to(
    ask: &Ask,
    old: Version<'_>,
    new: Version<'_>,
    came: &OnceCell<FxHashMap<FilePath, FilePath>>,
    path: &FilePath,
) -> Option<FilePath> {
    let history = ask.world.history.as_ref()?;
    old.seen.page_at(path)?;
    let came = came.get_or_init(|| {
        let is_new = |path: &FilePath| old.seen.page_at(path).is_none() || is_another(ask, old, new, path);
        let pages = new.seen.readable().map(|(_, page)| &page.path).filter(|path| is_new(path));
        pages.filter_map(|path| Some((history.path_now(path, new.commit)?, path.clone()))).collect()
    });
    came.get(&history.path_now(path, old.commit)?).cloned()
}

/// How a side is called, where it has a name.
fn version_name(ask: &Ask) -> Option<String> {
    match &ask.moment.as_ref()?.what {
        What::Version(version) => {
            let date = ask.words.civil(version.date);
            Some(ask.words.f("compare-version", &[("label", Arg::Text(version.label())), ("date", Arg::Text(&date))]))
        }
        What::Day(day) => Some(ask.words.civil(*day)),
        What::Commit => None,
    }
}

/// What is said of one of the two versions; of one in which the page was not there, no time.
pub fn side(version: Version<'_>, is_there: bool, href: Option<String>) -> Result<DiffSide, Fail> {
    let unknown = || Fail::UnknownVersion(version.commit.short());
    let facts = version.ask.app.wiki.commit_facts(&version.ask.world, version.commit)?.ok_or_else(unknown)?;
    Ok(DiffSide {
        at: is_there.then(|| moment_of(facts.time_s, facts.offset_min)),
        author: facts.author.name,
        summary: facts.message.lines().next().unwrap_or_default().to_owned(),
        short: version.commit.short(),
        version: version_name(version.ask),
        href,
    })
}

/// A comparison on its way to the screen.
struct Screened<'a> {
    asked: &'a Asked<'a>,
    found: &'a Comparison,
    /// The page that it is about, when it is about one.
    pair: Pair,
    tables: Tables<'a>,
}

impl<'a> Screened<'a> {
    fn words(&self) -> &'static Words {
        self.asked.tell.words
    }

    fn ask(&self) -> &'a Ask {
        self.asked.ask
    }

    fn old_page(&self, pair: Pair) -> Option<&'a Page> {
        self.tables.old_page(pair)
    }

    fn new_page(&self, pair: Pair) -> Option<&'a Page> {
        self.tables.new_page(pair)
    }

    fn screen(&self, as_map: bool) -> Result<Answer, Fail> {
        let (words, ask) = (self.words(), self.ask());
        let prose = if as_map { (ProseView::None, None) } else { self.prose()? };
        let map = as_map.then(|| self.map());
        let (from, to) = (self.asked.tell.old.commit, self.asked.tell.new.commit);
        let (previous_href, next_href) = match &self.asked.scope {
            Scope::Page(path) => diff::neighbours(ask, path, from, to),
            _ => (None, None),
        };
        let title = self.title();
        let view = CompareView {
            head: self.head(&title),
            tabs: self.tabs(as_map),
            old: self.side(Which::Old)?,
            new: self.side(Which::New)?,
            previous_href,
            next_href,
            summary: self.summary(prose.1),
            warnings: self.warnings(),
            fields: self.fields(),
            totals: self.totals(),
            totals_more: self.tables.more(self.found.n_totals, TOTALS_MAX.min(self.found.totals.len())),
            pages: match self.asked.scope {
                Scope::Page(_) => PageTable::default(),
                _ => self.tables.table(&self.found.pages, ROWS_MAX, String::new()),
            },
            records: self.tables.table(&self.found.records, ROWS_MAX, words.t("compare-records-lead").to_owned()),
            files: self.files(),
            files_more: self.tables.more(self.found.n_files, self.found.files.len()),
            prose: prose.0,
            map,
            links: self.links(),
        };
        let screen_title = format!("{}: {title}", words.t("compare-act"));
        let folder = match &self.asked.scope {
            Scope::Page(path) => path.folder(),
            Scope::Folder(folder) => folder,
            Scope::Wiki => "",
        };
        let frame = Screen { folder, ..Screen::new(&screen_title) };
        Ok(screen::screen(ask, frame, compare_view(words, &view)))
    }

    fn title(&self) -> String {
        match &self.asked.scope {
            Scope::Page(path) => {
                let page = self.new_page(self.pair).or_else(|| self.old_page(self.pair));
                page.map_or_else(|| path.base_name(), |page| page.title()).to_owned()
            }
            Scope::Folder(folder) => {
                let page = match self.asked.tell.new.seen.at(folder) {
                    AtAddress::Page(page) => self.asked.tell.new.seen.page(page),
                    _ => None,
                };
                page.map_or_else(|| folder.rsplit('/').next().unwrap_or(folder), |page| page.title()).to_owned()
            }
            Scope::Wiki => screen::wiki_title(self.ask()),
        }
    }

    fn head(&self, title: &str) -> CompareHead {
        let ask = self.ask();
        match &self.asked.scope {
            Scope::Page(path) => {
                let mut head = screen::head(ask, path, title, screen::content_lang(ask), Tab::History);
                if ask.seen().page_at(path).is_none() {
                    head.edit_href = None;
                }
                CompareHead::Page(Box::new(head))
            }
            Scope::Folder(folder) => {
                CompareHead::Folder { crumbs: screen::crumbs(ask, folder), title: title.to_owned() }
            }
            Scope::Wiki => CompareHead::Folder { crumbs: Vec::new(), title: title.to_owned() },
        }
    }

    /// The same address with other parameters.
    fn here(&self, query: &str) -> String {
        let here = self.ask().here.split('?').next().unwrap_or("/");
        let asks_folder = screen::param(self.ask(), "scope").is_some() && matches!(self.asked.scope, Scope::Folder(_));
        let query: Vec<&str> = [if asks_folder { "scope=folder" } else { "" }, query]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        if query.is_empty() { here.to_owned() } else { format!("{here}?{}", query.join("&")) }
    }

    fn tabs(&self, as_map: bool) -> Vec<(Link, bool)> {
        let tab = |key: &str, query: &str| Link { title: self.words().t(key).to_owned(), href: self.here(query) };
        let other = match self.asked.scope {
            Scope::Page(_) => (tab("compare-way-source", "view=source"), false),
            _ => (tab("compare-way-map", "view=map"), as_map),
        };
        vec![(tab("compare-way-plan", ""), !as_map), other]
    }

    fn side(&self, which: Which) -> Result<DiffSide, Fail> {
        let (version, page) = match which {
            Which::Old => (self.asked.tell.old, self.old_page(self.pair)),
            Which::New => (self.asked.tell.new, self.new_page(self.pair)),
        };
        let href = match &self.asked.scope {
            Scope::Page(_) => page.map(|page| version.href(&page.path.href())),
            Scope::Folder(_) => None,
            Scope::Wiki => version.seen.front_page().map(|_| version.href("/")),
        };
        let is_there = href.is_some() || !matches!(self.asked.scope, Scope::Page(_));
        side(version, is_there, href)
    }

    fn links(&self) -> Vec<Link> {
        let link = |key: &str, query: &str| Link { title: self.words().t(key).to_owned(), href: self.here(query) };
        let mut links = vec![
            link("compare-csv", "format=csv"),
            link("compare-csv-excel", "format=csv&variant=excel-nl"),
            link("compare-json", "format=json"),
        ];
        if let Scope::Page(path) = &self.asked.scope
            && [self.asked.tell.old.seen, self.asked.tell.new.seen].iter().any(|seen| seen.has_children(path.address()))
        {
            links.push(link("compare-folder", "scope=folder"));
        }
        if !matches!(self.asked.scope, Scope::Wiki) {
            links.push(Link { title: self.words().t("compare-wiki").to_owned(), href: self.asked.tell.between("/") });
        }
        links
    }

    fn warnings(&self) -> Vec<String> {
        let words = self.words();
        let mut warnings = compare_files::left_out(&self.asked.tell, self.found);
        if self.ask().world.history.is_none() {
            warnings.push(words.t("compare-no-history").to_owned());
        }
        warnings
    }

    // The difference in sentences.

    fn summary(&self, prose: Option<String>) -> Vec<String> {
        let words = self.words();
        let mut lines = Vec::new();
        match &self.asked.scope {
            Scope::Page(_) => {
                if let Some(change) = self.found.pages.all.first() {
                    self.tables.tell_page(change, &mut lines);
                }
            }
            _ => {
                let totals = self.tables.sorted(self.found.totals.iter());
                self.tables.tell_totals(&totals, self.found.pages.all.iter(), &mut lines);
                lines.extend(self.tables.count_lines(&self.found.pages.counts, ""));
                if self.found.n_files > 0 {
                    lines.push(words.f("compare-n-files", &[("count", Arg::Count(self.found.n_files as u64))]));
                }
            }
        }
        let belonging = if self.found.pages.all.is_empty() { "" } else { words.t("compare-belonging") };
        let belonging = if matches!(self.asked.scope, Scope::Page(_)) { "" } else { belonging };
        lines.extend(self.tables.count_lines(&self.found.records.counts, belonging));
        lines.extend(prose);
        if lines.is_empty() {
            lines.push(words.t("diff-same").to_owned());
        }
        lines
    }

    // Tables.

    fn fields(&self) -> Vec<FieldRow> {
        let (words, tell) = (self.words(), &self.asked.tell);
        let is_page = matches!(self.asked.scope, Scope::Page(_));
        let change = self.found.pages.all.first().filter(|_| is_page);
        let row = |field: &FieldChange| FieldRow {
            label: tell.label(field),
            note: match (field.standing, field.origin) {
                (Standing::Gained, _) => words.t("compare-gained"),
                (Standing::Lost, _) => words.t("compare-lost"),
                (_, Origin::Total) => words.t("compare-total"),
                (_, Origin::Computed) => words.t("compare-computed"),
                (_, Origin::Written | Origin::Untyped) => "",
            }
            .to_owned(),
            old: tell.cell(Which::Old, &field.old),
            new: tell.cell(Which::New, &field.new),
            change: match change.map(|change| change.fate) {
                Some(Fate::Added | Fate::Removed) => String::new(),
                _ => tell.change(field),
            },
        };
        change.map(|change| change.fields.iter().map(row).collect()).unwrap_or_default()
    }

    fn totals(&self) -> Vec<TotalTable> {
        let of_one = matches!(self.asked.scope, Scope::Page(_));
        let shown = self.tables.sorted(self.found.totals.iter());
        shown.into_iter().map(|total| self.tables.total(total, of_one)).collect()
    }

    fn files(&self) -> Vec<(String, String)> {
        let word = |fate: Fate| match fate {
            Fate::Added => self.words().t("compare-fate-added"),
            Fate::Removed => self.words().t("compare-fate-removed"),
            _ => self.words().t("compare-fate-changed"),
        };
        let files = self.found.files.iter();
        files.map(|file| (word(file.fate).to_owned(), file.path.as_str().to_owned())).collect()
    }

    fn map(&self) -> crate::views::compare::MapView {
        let tell = &self.asked.tell;
        let changed: FxHashSet<String> = self
            .found
            .pages
            .all
            .iter()
            .filter(|change| change.fate == Fate::Changed && !change.is_spelling_only())
            .filter_map(|change| self.new_page(change.pair).map(|page| page.path.href()))
            .collect();
        let moves = self.found.pairing.moves(tell.old.seen, tell.new.seen);
        let moved: FxHashMap<String, String> = moves.map(|(old, new)| (old.path.href(), new.path.href())).collect();
        compare_map::map(self.asked, &changed, &moved)
    }

    // The text.

    /// The text as an edited text, and a sentence about it for the summary.
    fn prose(&self) -> Result<(ProseView, Option<String>), Fail> {
        let (words, ask) = (self.words(), self.ask());
        let Scope::Page(_) = self.asked.scope else { return Ok((ProseView::None, None)) };
        let (Some(old), Some(new)) = (self.old_page(self.pair), self.new_page(self.pair)) else {
            return Ok((ProseView::None, None));
        };
        let said =
            |key: &str| (ProseView::Said(words.t(key).to_owned()), Some(words.t("compare-prose-changed").to_owned()));
        let change = self.found.pages.all.first();
        if old.blob == new.blob || change.is_some_and(|change| change.body == Some(false)) {
            return Ok((ProseView::None, None));
        }
        if old.doc.shape == Shape::Binary || new.doc.shape == Shape::Binary {
            return Ok(said("compare-prose-not-text"));
        }
        let moves: FxHashMap<String, String> = self
            .found
            .pairing
            .moves(self.asked.tell.old.seen, self.asked.tell.new.seen)
            .map(|(old, new)| (old.path.href(), new.path.href()))
            .collect();
        let now = |href: &str| moves.get(href).cloned();
        let old_html = self.body(Which::Old, self.pair.old, old)?;
        let new_html = self.body(Which::New, self.pair.new, new)?;
        let labels = prose::Labels {
            added: words.t("diff-word-added").to_owned(),
            removed: words.t("diff-word-removed").to_owned(),
            end: words.t("compare-word-end").to_owned(),
            moved_here: words.t("compare-moved-here").to_owned(),
            moved_away: words.t("compare-moved-away").to_owned(),
        };
        Ok(match prose::compare(&old_html, &new_html, &now, &labels) {
            None => said("compare-prose-too-large"),
            Some(prose) if prose.is_same() => (ProseView::Said(words.t("compare-prose-hidden").to_owned()), None),
            Some(prose) => {
                let lead = self.prose_lead(&prose);
                let pieces = prose.pieces.into_iter().map(|piece| match piece {
                    prose::Piece::Shown(html) => ProsePiece::Shown(Html(html)),
                    prose::Piece::Folded(n, html) => ProsePiece::Folded(n, Html(html)),
                });
                let lang = screen::page_lang(ask, &new.doc).to_owned();
                (ProseView::Compared { lead: lead.clone(), pieces: pieces.collect(), lang }, Some(lead))
            }
        })
    }

    fn prose_lead(&self, prose: &prose::Prose) -> String {
        let words = self.words();
        let parts: Vec<String> = [
            (prose.n_changed, "compare-n-changed"),
            (prose.n_added, "compare-n-added"),
            (prose.n_removed, "compare-n-removed"),
            (prose.n_moved, "compare-n-moved"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, key)| words.f(key, &[("count", Arg::Count(n as u64))]))
        .collect();
        words.f("compare-prose-lead", &[("what", Arg::Text(&parts.join(", ")))])
    }

    /// The body of a page in its version, with the values in its lines as they were then. Queries and
    /// pieces of other pages stand as they are written: what queries come to is told by records and
    /// totals, and other pages are compared by themselves.
    fn body(&self, which: Which, page: Option<PageIdx>, at: &Page) -> Result<String, Fail> {
        let version = match which {
            Which::Old => self.asked.tell.old,
            Which::New => self.asked.tell.new,
        };
        // Addresses must not differ between the sides for their moments alone.
        let ask = &version.ask.without_links_to_it();
        let (seen, today) = (ask.seen(), ask.today);
        let rendered = body::of_page_alone(ask, page.ok_or(Fail::NotFound)?)?;
        let on = On { seen, page, doc: &at.doc, path: &at.path, today, is_now: false, is_alone: false };
        let eval = Eval::new(seen, today);
        let mut steps_left = limits::PAGE_MAX_STEPS;
        Ok(rendered.filled(|asked, out| match asked {
            HoleAsked::Query(n) => {
                if let Some(block) = at.doc.queries.get(n) {
                    out.push_str("<pre tabindex=\"0\"><code>");
                    html::escape(&block.source, out);
                    out.push_str("</code></pre>");
                }
            }
            HoleAsked::Embed(n) => {
                if let Some(link) = at.doc.links.get(n) {
                    out.push_str("<p><code>![[");
                    html::escape(&link.first, out);
                    out.push_str("]]</code></p>");
                }
            }
            // Only where who wrote what is asked for.
            HoleAsked::Block(_) => {}
            HoleAsked::Value(n) => {
                if let Some(inline) = at.doc.values.get(n) {
                    let most = steps_left.min(limits::EVAL_MAX_STEPS);
                    eval.renew_up_to(most);
                    out.push_str(&query::inline_value(ask, &on, &eval, &inline.source).0);
                    steps_left -= most - eval.steps_left();
                }
            }
        }))
    }
}
