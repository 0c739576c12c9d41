//! Two versions compared in the language of plans: `page@A..B`, `folder@A..B`, `/@A..B`.
//!
//! What differs is found by `core::compare`; here it becomes sentences, tables, files and a map. The
//! difference of the sources stays one click away (`?view=source`, in `diff`). Which commits and
//! days the two versions mean was decided before.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use jiff::civil::Date;
use polder_core::compare::{
    self, Comparison, Count, Fate, FieldChange, Known, Line, Origin, PageChange, Pages, Pair, Side, Standing,
    TotalChange, Verdict,
};
use polder_core::doc::Shape;
use polder_core::eval::Eval;
use polder_core::html::{self, Asked as HoleAsked};
use polder_core::limits;
use polder_core::names::PageIdx;
use polder_core::path::FilePath;
use polder_core::prose;
use polder_core::site::{AtAddress, Page, Seen};
use polder_core::types::Aggregate;
use polder_core::value::Value;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::Answer;
use crate::body;
use crate::fail::Fail;
use crate::guard::Ask;
use crate::moment::What;
use crate::pages::compare_words::{Tell, Version, Which};
use crate::pages::edit::moment_of;
use crate::pages::moving::path_at;
use crate::pages::query::{self, On};
use crate::pages::screen::{self, Screen};
use crate::pages::{compare_files, compare_map, diff};
use crate::values;
use crate::views::compare::{
    CompareHead, CompareView, FieldRow, PageGroup, PageRow, PageTable, PartRow, ProsePiece, ProseView, TotalTable,
    compare as compare_view,
};
use crate::views::diff::DiffSide;
use crate::views::page::Tone;
use crate::views::query::Cell;
use crate::views::{Html, Link, Tab};
use crate::words::{Arg, Words};

/// Sentences about fields in a summary; the table has all of them.
const SENTENCES_MAX: usize = 8;

/// Pages listed on the screen; the files have all of them.
const ROWS_MAX: usize = 500;

/// Totals taken apart on the screen, of one page and of more.
const TOTALS_MAX: usize = 20;

/// Parts listed of one total on the screen.
const PARTS_MAX: usize = 50;

/// Changed fields told in the row of one page.
const BRIEFS_MAX: usize = 6;

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

impl Asked<'_> {
    /// The comparison of what stands at an address, between the same versions.
    pub fn between(&self, href: &str) -> String {
        format!("{href}@~{}..~{}", self.tell.old.commit.short(), self.tell.new.commit.short())
    }
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
    let (from_day, to_day) = (old_ask.today, new_ask.today);
    let view = screen::param(ask, "view");
    if let (Scope::Page(path), Some("source")) = (&scope, view.as_deref()) {
        return diff::between(ask, path.address(), from, to);
    }
    let old = Version { ask: old_ask, seen: old_ask.seen(), commit: from };
    let new = Version { ask: new_ask, seen: new_ask.seen(), commit: to };
    let mut asked = Asked { ask, scope, tell: Tell { words: ask.words, old, new }, days: (from_day, to_day) };
    let mut pair = Pair::default();
    if let Scope::Page(path) = &asked.scope {
        let at = |version: Version<'_>| version.seen.page_at(&path_at(ask, path, version.commit));
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
    let came = OnceCell::new();
    let moved = |path: &FilePath| moved_to(ask, old.seen, new.seen, &came, path);
    let read = |blob| ask.app.wiki.read_beside(blob).ok();
    let known = Known { moved: &moved, read: &read };
    let found = compare::compare(
        Side { seen: old.seen, today: from_day },
        Side { seen: new.seen, today: to_day },
        core_scope,
        &known,
    );
    let mut answer = match screen::param(ask, "format").as_deref() {
        Some("json") => Answer::new(
            StatusCode::OK,
            "application/json",
            Bytes::from(compare_files::as_json(&asked, &found).to_string()),
        ),
        Some("csv") => {
            let name = file_name(&asked);
            Answer::new(StatusCode::OK, "text/csv; charset=utf-8", Bytes::from(compare_files::csv(&asked, &found)))
                .with(header::CONTENT_DISPOSITION, &format!("inline; filename=\"{name}.csv\""))
        }
        Some(_) => return Err(Fail::BadRequest("compare-no-format")),
        None => {
            let page = Screened { asked: &asked, found: &found, pair };
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

/// Where a page of the old version that is not at its path in the new one is there, by the history:
/// both are the page that is now in one place. `came` are the pages that only the new version has, by
/// where they are now; it is filled when the first page is looked for, which is mostly never.
fn moved_to(
    ask: &Ask,
    old: Seen<'_>,
    new: Seen<'_>,
    came: &OnceCell<FxHashMap<FilePath, FilePath>>,
    path: &FilePath,
) -> Option<FilePath> {
    let history = ask.world.history.as_ref()?;
    old.page_at(path)?;
    let settled = |path: &FilePath| history.moved_to(path).unwrap_or_else(|| path.clone());
    let came = came.get_or_init(|| {
        let pages = new.readable().filter(|(_, page)| old.page_at(&page.path).is_none());
        pages.map(|(_, page)| (settled(&page.path), page.path.clone())).collect()
    });
    came.get(&settled(path)).cloned()
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

/// A comparison on its way to the screen.
struct Screened<'a> {
    asked: &'a Asked<'a>,
    found: &'a Comparison,
    /// The page that it is about, when it is about one.
    pair: Pair,
}

impl<'a> Screened<'a> {
    fn words(&self) -> &'static Words {
        self.asked.tell.words
    }

    fn ask(&self) -> &'a Ask {
        self.asked.ask
    }

    fn old_page(&self, pair: Pair) -> Option<&'a Page> {
        self.asked.tell.old.seen.page(pair.old?)
    }

    fn new_page(&self, pair: Pair) -> Option<&'a Page> {
        self.asked.tell.new.seen.page(pair.new?)
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
            totals_more: self.more(self.found.n_totals, TOTALS_MAX.min(self.found.totals.len())),
            pages: match self.asked.scope {
                Scope::Page(_) => PageTable::default(),
                _ => self.table(&self.found.pages, String::new()),
            },
            records: self.table(&self.found.records, words.t("compare-records-lead").to_owned()),
            files: self.files(),
            files_more: self.more(self.found.n_files, self.found.files.len()),
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
        let unknown = || Fail::UnknownVersion(version.commit.short());
        let facts = self.ask().app.wiki.commit_facts(version.commit)?.ok_or_else(unknown)?;
        let href = match &self.asked.scope {
            Scope::Page(_) => page.map(|page| version.href(&page.path.href())),
            Scope::Folder(_) => None,
            Scope::Wiki => version.seen.front_page().map(|_| version.href("/")),
        };
        let is_there = href.is_some() || !matches!(self.asked.scope, Scope::Page(_));
        Ok(DiffSide {
            at: is_there.then(|| moment_of(facts.time_s, facts.offset_min)),
            author: facts.author.name,
            summary: facts.message.lines().next().unwrap_or_default().to_owned(),
            short: version.commit.short(),
            version: version_name(version.ask),
            href,
        })
    }

    fn links(&self) -> Vec<Link> {
        let link = |key: &str, query: &str| Link { title: self.words().t(key).to_owned(), href: self.here(query) };
        let mut links = vec![link("compare-csv", "format=csv"), link("compare-json", "format=json")];
        if let Scope::Page(path) = &self.asked.scope
            && [self.asked.tell.old.seen, self.asked.tell.new.seen].iter().any(|seen| seen.has_children(path.address()))
        {
            links.push(link("compare-folder", "scope=folder"));
        }
        if !matches!(self.asked.scope, Scope::Wiki) {
            links.push(Link { title: self.words().t("compare-wiki").to_owned(), href: self.asked.between("/") });
        }
        links
    }

    fn warnings(&self) -> Vec<String> {
        let words = self.words();
        let mut warnings = Vec::new();
        if self.found.is_cut {
            warnings.push(words.t("compare-cut").to_owned());
        }
        if self.ask().world.history.is_none() {
            warnings.push(words.t("compare-no-history").to_owned());
        }
        warnings
    }

    fn more(&self, all: usize, shown: usize) -> String {
        match all.saturating_sub(shown) {
            0 => String::new(),
            n => self.words().f("compare-not-shown", &[("count", Arg::Count(n as u64))]),
        }
    }

    // The difference in sentences.

    fn summary(&self, prose: Option<String>) -> Vec<String> {
        let words = self.words();
        let mut lines = Vec::new();
        match &self.asked.scope {
            Scope::Page(_) => {
                if let Some(change) = self.found.pages.all.first() {
                    self.tell_page(change, &mut lines);
                }
            }
            _ => {
                self.tell_totals(&mut lines);
                lines.extend(self.count_lines(&self.found.pages.counts, ""));
                if self.found.n_files > 0 {
                    lines.push(words.f("compare-n-files", &[("count", Arg::Count(self.found.n_files as u64))]));
                }
            }
        }
        let belonging = if self.found.pages.all.is_empty() { "" } else { words.t("compare-belonging") };
        let belonging = if matches!(self.asked.scope, Scope::Page(_)) { "" } else { belonging };
        lines.extend(self.count_lines(&self.found.records.counts, belonging));
        lines.extend(prose);
        if lines.is_empty() {
            lines.push(words.t("diff-same").to_owned());
        }
        lines
    }

    fn tell_page(&self, change: &PageChange, lines: &mut Vec<String>) {
        let (words, tell) = (self.words(), &self.asked.tell);
        let (old, new) = (self.old_page(change.pair), self.new_page(change.pair));
        match (change.fate, old.zip(new)) {
            (Fate::Added, _) => lines.push(words.t("compare-page-added").to_owned()),
            (Fate::Removed, _) => lines.push(words.t("compare-page-removed").to_owned()),
            (_, Some((old, new))) => {
                if change.is_moved {
                    let args = [("from", Arg::Text(old.path.address())), ("to", Arg::Text(new.path.address()))];
                    lines.push(words.f("diff-moved", &args));
                }
                if change.is_renamed {
                    let args = [("old", Arg::Text(old.title())), ("new", Arg::Text(new.title()))];
                    lines.push(words.f("compare-renamed", &args));
                }
                if change.is_retyped {
                    let kind = |seen: Seen<'_>, page: &Page| self.kind(seen, page);
                    let (old, new) = (kind(tell.old.seen, old), kind(tell.new.seen, new));
                    lines.push(words.f("compare-retyped", &[("old", Arg::Text(&old)), ("new", Arg::Text(&new))]));
                }
                if change.is_spelling_only() {
                    lines.push(words.t("compare-spelling-only").to_owned());
                }
                let mut fields: Vec<&FieldChange> = change.fields.iter().collect();
                fields.sort_by_key(|field| weight(field));
                let sentences: Vec<String> = fields.iter().filter_map(|field| tell.sentence(field, "")).collect();
                let more = change.fields.len() - sentences.len().min(SENTENCES_MAX);
                lines.extend(sentences.into_iter().take(SENTENCES_MAX));
                if more > 0 {
                    lines.push(words.f("compare-more-fields", &[("count", Arg::Count(more as u64))]));
                }
            }
            _ => {}
        }
    }

    /// The totals that changed most, of pages that lie highest.
    fn tell_totals(&self, lines: &mut Vec<String>) {
        let told = self.shown_totals().into_iter().filter(|total| total.how == Aggregate::Sum).take(SENTENCES_MAX);
        for total in told {
            let change = self.found.pages.all.iter().find(|change| change.pair == total.pair);
            let field = change.and_then(|change| change.fields.iter().find(|field| field.key == total.key));
            let title = self.new_page(total.pair).or_else(|| self.old_page(total.pair)).map_or("", |page| page.title());
            lines.extend(field.and_then(|field| self.asked.tell.sentence(field, &format!("{title}: "))));
        }
    }

    fn count_lines(&self, counts: &BTreeMap<Box<str>, Count>, suffix: &str) -> Vec<String> {
        let words = self.words();
        let line = |name: &str, count: &Count| {
            let label = self.label_of(name, count);
            let parts: Vec<String> = [
                (count.added, "compare-n-added"),
                (count.removed, "compare-n-removed"),
                (count.joined, "compare-n-joined"),
                (count.left, "compare-n-left"),
                (count.changed - count.moved.min(count.changed), "compare-n-changed"),
                (count.moved, "compare-n-moved"),
            ]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, key)| words.f(key, &[("count", Arg::Count(n as u64))]))
            .collect();
            let suffix = if suffix.is_empty() { String::new() } else { format!(" ({suffix})") };
            format!("{label}{suffix}: {}.", parts.join(", "))
        };
        counts.iter().map(|(name, count)| line(name, count)).collect()
    }

    fn label_of(&self, name: &str, count: &Count) -> String {
        match name {
            "" => self.words().t("compare-plain-pages").to_owned(),
            name => count.label.get(self.words().lang.code()).map_or_else(|| values::key_label(name), str::to_owned),
        }
    }

    fn kind(&self, seen: Seen<'_>, page: &Page) -> String {
        let Some(name) = page.doc.front.text("type") else { return self.words().t("compare-nothing").to_owned() };
        let label = seen.type_of(&page.doc).and_then(|kind| kind.label.get(self.words().lang.code()));
        label.map_or_else(|| values::key_label(name), str::to_owned)
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

    /// Those of what lies under nothing first, then as they stand.
    fn shown_totals(&self) -> Vec<&'a TotalChange> {
        let mut totals: Vec<&TotalChange> = self.found.totals.iter().collect();
        let seen = self.asked.tell.new.seen;
        let lies_under = |total: &TotalChange| {
            let record = total.pair.new.and_then(|page| seen.records().get(page));
            record.is_some_and(|record| !seen.types().get(record.of).tree_parent.is_empty())
        };
        totals.sort_by_key(|total| (total.how != Aggregate::Sum, lies_under(total)));
        totals.truncate(TOTALS_MAX);
        totals
    }

    fn totals(&self) -> Vec<TotalTable> {
        self.shown_totals().into_iter().map(|total| self.total(total)).collect()
    }

    fn total(&self, total: &TotalChange) -> TotalTable {
        let (words, tell) = (self.words(), &self.asked.tell);
        let label = total.label.get(words.lang.code()).map_or_else(|| values::key_label(&total.key), str::to_owned);
        let title = match self.asked.scope {
            Scope::Page(_) => label,
            _ => {
                let page = self.new_page(total.pair).or_else(|| self.old_page(total.pair));
                format!("{}: {label}", page.map_or("", |page| page.title()))
            }
        };
        let spelled = |which: Which| match tell.text(which, if which == Which::Old { &total.old } else { &total.new }) {
            text if text.is_empty() => words.t("compare-nothing").to_owned(),
            text => text,
        };
        let rows = total.parts.iter().take(PARTS_MAX).filter_map(|part| {
            let (old, new) = (self.old_page(part.pair), self.new_page(part.pair));
            let page = new.or(old)?;
            let cell = |which: Which| match if which == Which::Old { &part.old } else { &part.new } {
                Some(held) => match tell.cell(which, held) {
                    Cell::Nothing => Cell::Quiet(words.t("compare-nothing").to_owned()),
                    cell => cell,
                },
                None => Cell::Nothing,
            };
            Some(PartRow {
                title: page.title().to_owned(),
                href: self.page_href(part.pair),
                old: cell(Which::Old),
                new: cell(Which::New),
                change: tell.part(part),
            })
        });
        let rows: Vec<PartRow> = rows.collect();
        let mut more = vec![self.more(total.n_changed, rows.len())];
        if total.n_same > 0 {
            more.push(words.f("compare-parts-same", &[("count", Arg::Count(total.n_same as u64))]));
        }
        more.retain(|part| !part.is_empty());
        TotalTable {
            title,
            lead: format!("{} → {}", spelled(Which::Old), spelled(Which::New)),
            rows,
            more: more.join(" "),
            checks: total.lines.iter().map(|line| self.check(line)).collect(),
            verdict: self.verdict(total),
            is_broken: total.verdict == Verdict::Broken,
            is_open: total.how == Aggregate::Sum,
        }
    }

    /// `€ 500.000,00 + € 150.000,00 = € 650.000,00`
    fn check(&self, line: &Line) -> String {
        let tell = &self.asked.tell;
        let (old, new) = (tell.figure(line.unit, line.old), tell.figure(line.unit, line.new));
        let args = [
            ("old", Arg::Text(&old)),
            ("change", Arg::Text(&tell.signed_figure(line.unit, line.change))),
            ("new", Arg::Text(&new)),
        ];
        self.words().f("compare-line", &args)
    }

    fn verdict(&self, total: &TotalChange) -> String {
        let words = self.words();
        match total.verdict {
            Verdict::Holds => words.t("compare-holds").to_owned(),
            Verdict::HoldsForKnown => {
                let (old, new) = (words.count(u64::from(total.unknown.0)), words.count(u64::from(total.unknown.1)));
                words.f("compare-holds-known", &[("old", Arg::Text(&old)), ("new", Arg::Text(&new))])
            }
            Verdict::Broken => words.t("compare-broken").to_owned(),
            Verdict::NotASum => words.t("compare-not-a-sum").to_owned(),
            Verdict::Unknown => words.t("compare-total-unknown").to_owned(),
            Verdict::Fault(fault) => {
                let why = words.t(values::fault_key(fault));
                words.f("compare-total-fault", &[("why", Arg::Text(why))])
            }
        }
    }

    /// The comparison of a page, or the only version that there is.
    fn page_href(&self, pair: Pair) -> String {
        let tell = &self.asked.tell;
        match (self.old_page(pair), self.new_page(pair)) {
            (Some(_), Some(new)) => {
                // By the path that it has now, where the address can be found from.
                let now = self.ask().world.history.as_ref().and_then(|history| history.moved_to(&new.path));
                self.asked.between(&now.unwrap_or_else(|| new.path.clone()).href())
            }
            (Some(old), None) => tell.old.href(&old.path.href()),
            (None, Some(new)) => tell.new.href(&new.path.href()),
            (None, None) => String::new(),
        }
    }

    fn table(&self, pages: &Pages, lead: String) -> PageTable {
        let mut by_type: BTreeMap<&str, Vec<&PageChange>> = BTreeMap::new();
        for change in pages.all.iter().take(ROWS_MAX) {
            let page = self.new_page(change.pair).or_else(|| self.old_page(change.pair));
            let name = page.and_then(|page| page.doc.front.text("type")).unwrap_or_default();
            let name = if pages.counts.contains_key(name) { name } else { "" };
            by_type.entry(name).or_default().push(change);
        }
        let groups = by_type.into_iter().map(|(name, changes)| PageGroup {
            label: pages.counts.get(name).map_or_else(String::new, |count| self.label_of(name, count)),
            rows: changes.into_iter().map(|change| self.row(change)).collect(),
        });
        let shown = pages.all.len().min(ROWS_MAX);
        PageTable { lead, groups: groups.collect(), more: self.more(pages.n_different(), shown) }
    }

    fn row(&self, change: &PageChange) -> PageRow {
        let (words, tell) = (self.words(), &self.asked.tell);
        let (old, new) = (self.old_page(change.pair), self.new_page(change.pair));
        let (fate, tone) = match change.fate {
            Fate::Added => ("compare-fate-added", Tone::Good),
            Fate::Removed => ("compare-fate-removed", Tone::Warning),
            Fate::Joined => ("compare-fate-joined", Tone::Good),
            Fate::Left => ("compare-fate-left", Tone::Warning),
            Fate::Changed if change.is_moved => ("compare-fate-moved", Tone::Neutral),
            Fate::Changed => ("compare-fate-changed", Tone::Neutral),
        };
        let is_one_sided = matches!(change.fate, Fate::Added | Fate::Removed);
        let mut changes = Vec::new();
        if let (Some(old), Some(new), true) = (old, new, change.is_moved) {
            let from = old.path.address();
            if from != new.path.address() {
                changes.push(words.f("change-moved", &[("from", Arg::Text(from))]));
            }
        }
        if let (Some(old), true) = (old, change.is_renamed) {
            changes.push(words.f("compare-was-called", &[("title", Arg::Text(old.title()))]));
        }
        let mut fields: Vec<&FieldChange> = change.fields.iter().collect();
        fields.sort_by_key(|field| weight(field));
        if is_one_sided {
            // What it holds that counts: amounts and dates.
            let figures = fields.iter().filter(|field| field.origin == Origin::Written);
            let figures = figures.filter_map(|field| {
                let (which, held) = match change.fate {
                    Fate::Removed => (Which::Old, &field.old),
                    _ => (Which::New, &field.new),
                };
                let is_amount = matches!(
                    held.value,
                    Value::Money(_) | Value::Sum(_) | Value::Unknown | Value::Date(_) | Value::Period(_)
                );
                is_amount.then(|| format!("{} {}", tell.label(field), tell.text(which, held)))
            });
            changes.extend(figures.take(BRIEFS_MAX));
        } else {
            changes.extend(fields.iter().take(BRIEFS_MAX).map(|field| tell.brief(field)));
            if fields.len() > BRIEFS_MAX {
                changes.push(words.f("compare-more", &[("count", Arg::Count((fields.len() - BRIEFS_MAX) as u64))]));
            }
            if change.body == Some(true) {
                changes.push(words.t("compare-text-changed").to_owned());
            }
            if change.is_spelling_only() {
                changes.push(words.t("compare-spelling-brief").to_owned());
            }
        }
        PageRow {
            title: new.or(old).map_or("", |page| page.title()).to_owned(),
            href: self.page_href(change.pair),
            fate: words.t(fate).to_owned(),
            tone,
            old_href: old.map(|page| tell.old.href(&page.path.href())),
            new_href: new.map(|page| tell.new.href(&page.path.href())),
            changes,
        }
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

/// What is told first: totals of amounts, other amounts, dates, what was chosen, the rest.
fn weight(field: &FieldChange) -> u8 {
    use polder_core::expr::Ty;
    match (&field.new.ty, field.origin) {
        (Ty::Money, Origin::Written) => 0,
        (Ty::Money, Origin::Total) => 1,
        (Ty::Date | Ty::Period | Ty::Moment, _) => 2,
        (Ty::Choice(_), _) => 3,
        (Ty::Money, _) => 4,
        (Ty::Number | Ty::Percent | Ty::Months, _) => 5,
        (_, Origin::Untyped) => 7,
        _ => 6,
    }
}
