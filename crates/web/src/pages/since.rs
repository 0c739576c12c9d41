//! What changed since a moment: a day, a version, a change, a meeting, a number of days. By plan, as a
//! screen, as JSON and as Atom.
//!
//! What differs is found by `core::compare` and told as in a comparison; which plan it belongs to says
//! `core::compare::by_plan`; which moments are meant, `span`. Recent changes one by one stand in
//! `changes`.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use polder_core::compare::{self, Comparison, Count, Fate, PLAN, PageChange, Pair, PlanChange};
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, percent_encoded};
use polder_core::site::Seen;
use polder_core::types::Aggregate;
use polder_wiki::history::Row;
use serde_json::{Value as Json, json};

use crate::answer::Answer;
use crate::fail::Fail;
use crate::guard::Ask;
use crate::pages::changes;
use crate::pages::compare::{found, side};
use crate::pages::compare_files;
use crate::pages::compare_tables::Tables;
use crate::pages::compare_words::{Tell, Version};
use crate::pages::screen::{self, Screen};
use crate::span::{self, Span};
use crate::views::Link;
use crate::views::atom::{AtomEntry, AtomView, atom as atom_view};
use crate::views::compare::{PageTable, TotalTable};
use crate::views::frame::Place;
use crate::views::since::{PlanView, SinceForm, SinceView, since as since_view};
use crate::words::{Arg, Moment};

/// The type of records that are told first.
const DECISION: &str = "decision";

/// The type of records that are offered as moments.
const MEETING: &str = "meeting";

/// The value of `plan=` for what belongs to no plan. No page has this address.
const NO_PLAN: &str = "-";

/// Plans shown on one screen, and named below it; a reader has seen enough long before.
const PLANS_MAX: usize = 30;
const PLANS_NAMED_MAX: usize = 200;

/// Rows of one plan among others, and of a plan alone.
const ROWS_MAX: usize = 50;
const ROWS_ALONE_MAX: usize = 500;

/// Totals of one plan among others.
const TOTALS_MAX: usize = 5;

/// Totals are open where there are no more plans than this.
const PLANS_OPEN_MAX: usize = 3;

/// Sentences about totals of what lies in a plan; those of the plan itself come first.
const TOTALS_TOLD_MAX: usize = 4;

/// Moments and plans offered in the form.
const VERSIONS_OFFERED: usize = 20;
const MEETINGS_OFFERED: usize = 20;
const PLANS_OFFERED: usize = 200;

/// What was asked for.
#[derive(Clone, Debug, Default)]
struct Wish {
    since: String,
    until: String,
    folder: Option<String>,
    plan: Option<String>,
}

impl Wish {
    fn read(ask: &Ask) -> Result<Wish, Fail> {
        let param = |name: &str| screen::param(ask, name).map(|value| value.trim().to_owned()).unwrap_or_default();
        let plan = Some(param("plan")).filter(|plan| !plan.is_empty());
        Ok(Wish { since: param("since"), until: param("until"), folder: changes::folder(ask)?, plan })
    }

    /// The address of the same, or of one plan of it.
    fn href(&self, address: &str, plan: Option<&str>) -> String {
        let mut href = format!("{address}?since={}", percent_encoded(&self.since));
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                href.push_str(&format!("&{name}={}", percent_encoded(value)));
            }
        };
        add("until", &self.until);
        add("folder", self.folder.as_deref().unwrap_or_default());
        add("plan", plan.or(self.plan.as_deref()).unwrap_or_default());
        href
    }
}

/// The screen or file of what changed since a moment; `None` where none is asked for.
pub fn asked(ask: &Ask) -> Result<Option<Answer>, Fail> {
    let mut wish = Wish::read(ask)?;
    // What is chosen in the form goes before what is written.
    let chosen =
        ["version", "meeting"].into_iter().find_map(|name| screen::param(ask, name).filter(|it| !it.is_empty()));
    if let Some(chosen) = chosen {
        wish.since = chosen;
        return Ok(Some(Answer::redirect(StatusCode::SEE_OTHER, &wish.href("/-/changes", None))));
    }
    if wish.since.is_empty() {
        return Ok(None);
    }
    let mut answer = match screen::param(ask, "format").as_deref() {
        None => with_changes(ask, &wish, screen_of)?,
        Some("json") => with_changes(ask, &wish, json_of)?,
        Some(_) => return Err(Fail::BadRequest("fail-format")),
    };
    answer.keep = screen::keep(ask);
    Ok(Some(answer))
}

/// The feed of the same; `None` where no moment is asked for.
pub fn feed(ask: &Ask) -> Result<Option<Answer>, Fail> {
    let wish = Wish::read(ask)?;
    if wish.since.is_empty() {
        return Ok(None);
    }
    let mut answer = with_changes(ask, &wish, atom_of)?;
    answer.keep = screen::keep(ask);
    Ok(Some(answer))
}

/// What changed, on its way to the reader.
struct Told<'a> {
    ask: &'a Ask,
    wish: &'a Wish,
    span: &'a Span,
    found: &'a Comparison,
    tables: Tables<'a>,
    plans: Vec<PlanChange<'a>>,
}

fn with_changes(ask: &Ask, wish: &Wish, act: fn(&Told<'_>) -> Result<Answer, Fail>) -> Result<Answer, Fail> {
    let span = span::read(ask, &wish.since, &wish.until)?;
    let old = Version { ask: &span.since.ask, seen: span.since.ask.seen(), commit: span.since.commit };
    let new = Version { ask: &span.until.ask, seen: span.until.ask.seen(), commit: span.until.commit };
    let scope = wish.folder.as_deref().map_or(compare::Scope::Wiki, compare::Scope::Folder);
    let wanted = wish.plan.as_deref().map(|plan| wanted_plan(plan, old.seen, new.seen)).transpose()?;
    let found = found(ask, old, new, scope);
    let mut plans = compare::by_plan(&found, old.seen, new.seen, &found.pairing);
    if let Some(wanted) = wanted {
        plans.retain(|told| match (wanted, told.plan) {
            (None, plan) => plan.is_none(),
            (Some(wanted), Some(plan)) => {
                (wanted.new.is_some() && wanted.new == plan.new) || (wanted.old.is_some() && wanted.old == plan.old)
            }
            _ => false,
        });
    }
    let tables = Tables { ask, tell: Tell { words: ask.words, old, new } };
    let mut answer = act(&Told { ask, wish, span: &span, found: &found, tables, plans })?;
    answer.commit = header::HeaderValue::from_str(&new.commit.to_string()).ok();
    Ok(answer)
}

/// The plan that `plan=` names, as it is on either side; `None` for what belongs to none.
fn wanted_plan(name: &str, old: Seen<'_>, new: Seen<'_>) -> Result<Option<Pair>, Fail> {
    if name == NO_PLAN {
        return Ok(None);
    }
    let at = |seen: Seen<'_>| span::page_named(seen, name);
    let pair = match at(new) {
        // Its old side follows from the new one.
        Some(page) => Pair { old: None, new: Some(page) },
        None => Pair { old: at(old), new: None },
    };
    if pair == Pair::default() {
        return Err(Fail::NotFound);
    }
    let is_plan = |seen: Seen<'_>, page: Option<PageIdx>| page.is_some_and(|page| is_of(seen, page, PLAN));
    if is_plan(new, pair.new) || is_plan(old, pair.old) {
        Ok(Some(pair))
    } else {
        Err(Fail::BadRequest("since-no-plan"))
    }
}

fn is_of(seen: Seen<'_>, page: PageIdx, kind: &str) -> bool {
    seen.records().get(page).is_some_and(|record| &*seen.types().get(record.of).name == kind)
}

impl Told<'_> {
    fn is_alone(&self) -> bool {
        self.wish.plan.is_some()
    }

    fn is_decision(&self, change: &PageChange) -> bool {
        let tell = &self.tables.tell;
        let on = |seen: Seen<'_>, page: Option<PageIdx>| page.is_some_and(|page| is_of(seen, page, DECISION));
        on(tell.new.seen, change.pair.new) || on(tell.old.seen, change.pair.old)
    }

    fn title(&self) -> String {
        let words = self.ask.words;
        let (since, until) = (Arg::Text(&self.span.since.name), Arg::Text(&self.span.until.name));
        if self.span.until.name.is_empty() {
            words.f("since-title", &[("since", since)])
        } else {
            words.f("since-title-until", &[("since", since), ("until", until)])
        }
    }

    fn plan_title(&self, plan: Option<Pair>) -> String {
        match plan {
            Some(plan) => self.tables.title(plan).to_owned(),
            None => self.ask.words.t("since-outside").to_owned(),
        }
    }

    /// The value of `plan=` for a plan.
    fn plan_name(&self, plan: Option<Pair>) -> String {
        let page = plan.and_then(|plan| self.tables.new_page(plan).or_else(|| self.tables.old_page(plan)));
        page.map_or_else(|| NO_PLAN.to_owned(), |page| page.path.address().to_owned())
    }

    fn own_change<'t>(&self, told: &'t PlanChange<'_>) -> Option<&'t PageChange> {
        told.changes.iter().map(AsRef::as_ref).find(|change: &&PageChange| Some(change.pair) == told.plan)
    }

    /// What changed in a plan, in sentences.
    fn sentences(&self, told: &PlanChange<'_>) -> Vec<String> {
        let (words, mut lines) = (self.ask.words, Vec::new());
        match self.own_change(told) {
            Some(change) if change.fate == Fate::Added => lines.push(words.t("since-plan-added").to_owned()),
            Some(change) if change.fate == Fate::Removed => lines.push(words.t("since-plan-removed").to_owned()),
            Some(change) => self.tables.tell_page(change, &mut lines),
            None => {}
        }
        let within = self.tables.sorted(told.totals.iter().copied());
        let within: Vec<_> = within
            .into_iter()
            .filter(|total| Some(total.pair) != told.plan && total.how == Aggregate::Sum)
            .take(TOTALS_TOLD_MAX)
            .collect();
        self.tables.tell_totals(&within, told.changes.iter().map(AsRef::as_ref), &mut lines);
        // The plan itself was told.
        let is_told = |name: &str, count: &Count| name == PLAN && count.all() == 1 && self.own_change(told).is_some();
        let counts: BTreeMap<Box<str>, Count> = told
            .counts
            .iter()
            .filter(|(name, count)| !is_told(name, count))
            .map(|(name, count)| (name.clone(), count.clone()))
            .collect();
        lines.extend(self.tables.count_lines(&counts, ""));
        lines
    }

    /// Over all plans.
    fn summary(&self) -> Vec<String> {
        let words = self.ask.words;
        let counts = match (self.is_alone(), self.plans.first()) {
            (true, None) => return vec![words.t("since-nothing").to_owned()],
            (true, Some(told)) => &told.counts,
            (false, _) => &self.found.pages.counts,
        };
        let mut lines = Vec::new();
        let n_plans = self.plans.iter().filter(|told| told.plan.is_some()).count();
        if n_plans > 0 && !self.is_alone() {
            lines.push(words.f("since-n-plans", &[("count", Arg::Count(n_plans as u64))]));
        }
        lines.extend(self.tables.count_lines(counts, ""));
        if self.found.n_files > 0 && !self.is_alone() {
            lines.push(words.f("compare-n-files", &[("count", Arg::Count(self.found.n_files as u64))]));
        }
        if lines.is_empty() {
            lines.push(words.t("since-nothing").to_owned());
        }
        lines
    }

    fn n_untold(&self) -> usize {
        self.found.pages.n_different() - self.found.pages.all.len()
    }

    fn warnings(&self) -> Vec<String> {
        let words = self.ask.words;
        let mut warnings = Vec::new();
        if self.span.since.is_begin {
            warnings.push(words.t("since-begin").to_owned());
        }
        if self.found.is_cut {
            warnings.push(words.t("compare-cut").to_owned());
        }
        if self.n_untold() > 0 {
            warnings.push(words.f("since-untold", &[("count", Arg::Count(self.n_untold() as u64))]));
        }
        warnings
    }

    fn plan(&self, told: &PlanChange<'_>) -> PlanView {
        let most = if self.is_alone() { ROWS_ALONE_MAX } else { ROWS_MAX };
        let (decisions, others): (Vec<&PageChange>, Vec<&PageChange>) =
            told.changes.iter().map(AsRef::as_ref).partition(|change| self.is_decision(change));
        let texts: Vec<&PageChange> =
            told.changes.iter().map(AsRef::as_ref).filter(|change| is_rewritten(change)).collect();
        let records: Vec<&PageChange> = others.into_iter().filter(|change| !is_rewritten_only(change)).collect();
        let totals = self.tables.sorted(told.totals.iter().copied());
        let n_totals = if self.is_alone() { totals.len() } else { totals.len().min(TOTALS_MAX) };
        let is_open = self.is_alone() || self.plans.len() <= PLANS_OPEN_MAX;
        let table = |changes: &[&PageChange]| PageTable {
            lead: String::new(),
            groups: self.tables.groups(&mut changes.iter().copied().take(most), &told.counts),
            more: self.tables.more(changes.len(), most),
        };
        // Their heading says of which type they are.
        let mut told_first = table(&decisions);
        told_first.groups.iter_mut().for_each(|group| group.label.clear());
        let total = |total: &polder_core::compare::TotalChange| {
            let shown = self.tables.total(total, Some(total.pair) == told.plan);
            TotalTable { is_open: shown.is_open && is_open, ..shown }
        };
        let is_cut =
            [decisions.len(), records.len(), texts.len()].iter().any(|n| *n > most) || n_totals < told.totals.len();
        PlanView {
            title: self.plan_title(told.plan),
            href: told.plan.map(|plan| self.tables.page_href(plan)),
            only_href: (is_cut && !self.is_alone())
                .then(|| self.wish.href("/-/changes", Some(&self.plan_name(told.plan)))),
            summary: self.sentences(told),
            decisions: told_first,
            records: table(&records),
            totals: totals.iter().take(n_totals).map(|one| total(one)).collect(),
            totals_more: self.tables.more(told.totals.len(), n_totals),
            texts: texts
                .iter()
                .take(most)
                .map(|change| Link {
                    title: self.tables.title(change.pair).to_owned(),
                    href: self.tables.page_href(change.pair),
                })
                .collect(),
            texts_more: self.tables.more(texts.len(), most),
        }
    }
}

/// Whether a page is there on both sides with another text.
fn is_rewritten(change: &PageChange) -> bool {
    change.body == Some(true) && !matches!(change.fate, Fate::Added | Fate::Removed)
}

/// Whether nothing else of it differs.
fn is_rewritten_only(change: &PageChange) -> bool {
    is_rewritten(change)
        && change.fate == Fate::Changed
        && change.fields.is_empty()
        && !change.is_moved
        && !change.is_renamed
        && !change.is_retyped
}

// The screen.

fn screen_of(told: &Told<'_>) -> Result<Answer, Fail> {
    let (ask, words, wish) = (told.ask, told.ask.words, told.wish);
    let title = told.title();
    let feed = Link { title: words.t("since-feed").to_owned(), href: wish.href("/-/changes.atom", None) };
    let tell = told.tables.tell;
    let whole = wish.folder.as_deref().map_or_else(|| "/".to_owned(), screen::folder_href);
    let mut whole = tell.between(&whole);
    if wish.folder.is_some() {
        whole.push_str("?scope=folder");
    }
    let links = vec![
        feed.clone(),
        Link {
            title: words.t("compare-json").to_owned(),
            href: format!("{}&format=json", wish.href("/-/changes", None)),
        },
        Link {
            title: words.t(if wish.folder.is_some() { "since-compare-folder" } else { "compare-wiki" }).to_owned(),
            href: whole,
        },
    ];
    let plans: Vec<PlanView> = told.plans.iter().take(PLANS_MAX).map(|plan| told.plan(plan)).collect();
    let named = told.plans.iter().skip(PLANS_MAX).take(PLANS_NAMED_MAX);
    let narrowed = match (&wish.plan, &wish.folder) {
        (Some(plan), _) => {
            let of = told.plans.first().map(|told_plan| told.plan_title(told_plan.plan));
            words.f("since-of-plan", &[("plan", Arg::Text(&of.unwrap_or_else(|| plan.clone())))])
        }
        (None, Some(folder)) => words.f("since-of-folder", &[("folder", Arg::Text(folder))]),
        (None, None) => String::new(),
    };
    let view = SinceView {
        narrowed,
        form: form_of(ask, wish),
        old: side(tell.old, true, front_href(tell.old))?,
        new: side(tell.new, true, front_href(tell.new))?,
        summary: told.summary(),
        warnings: told.warnings(),
        plans,
        more_plans: named
            .map(|plan| Link {
                title: told.plan_title(plan.plan),
                href: wish.href("/-/changes", Some(&told.plan_name(plan.plan))),
            })
            .collect(),
        more: told.tables.more(told.plans.len(), PLANS_MAX + PLANS_NAMED_MAX),
        links,
        title: title.clone(),
    };
    let frame = Screen { feeds: vec![feed], ..Screen::new(&title).at(Place::Changes) };
    Ok(screen::screen(ask, frame, since_view(words, &view)))
}

fn front_href(version: Version<'_>) -> Option<String> {
    version.seen.front_page().map(|_| version.href("/"))
}

/// The form, as it stands with the recent changes.
pub fn form(ask: &Ask) -> Result<SinceForm, Fail> {
    Ok(form_of(ask, &Wish { plan: None, ..Wish::read(ask)? }))
}

fn form_of(ask: &Ask, wish: &Wish) -> SinceForm {
    SinceForm {
        action: "/-/changes".to_owned(),
        since: wish.since.clone(),
        until: wish.until.clone(),
        folder: wish.folder.clone().unwrap_or_default(),
        plans: plans_offered(ask, wish),
        versions: versions_offered(ask),
        meetings: meetings_offered(ask),
    }
}

/// The pages of a type; none where there is no such type.
fn records_of<'a>(seen: Seen<'a>, kind: &str) -> &'a [PageIdx] {
    let at = (0..).zip(seen.types().all()).find(|(_, of)| &*of.name == kind);
    at.map_or(&[], |(at, _)| seen.records().of_type(at))
}

fn plans_offered(ask: &Ask, wish: &Wish) -> Vec<(String, String, bool)> {
    let seen = ask.seen();
    let plans = records_of(seen, PLAN).iter().filter_map(|page| seen.page(*page)).take(PLANS_OFFERED);
    let mut offered: Vec<(String, String, bool)> = plans
        .map(|page| {
            let address = page.path.address();
            (address.to_owned(), page.title().to_owned(), wish.plan.as_deref() == Some(address))
        })
        .collect();
    if !offered.is_empty() {
        let is_chosen = wish.plan.as_deref() == Some(NO_PLAN);
        offered.push((NO_PLAN.to_owned(), ask.words.t("since-outside").to_owned(), is_chosen));
    }
    if let Some(plan) = wish.plan.as_ref().filter(|_| offered.iter().all(|(_, _, is_chosen)| !is_chosen)) {
        offered.push((plan.clone(), plan.clone(), true));
    }
    offered
}

/// The versions made last.
fn versions_offered(ask: &Ask) -> Vec<(String, String)> {
    let mut versions: Vec<_> = ask.world.versions().all().collect();
    versions.sort_by_key(|version| (std::cmp::Reverse(version.date), std::cmp::Reverse(version.time_s)));
    let offered = versions.into_iter().take(VERSIONS_OFFERED).map(|version| {
        let name = version.name.rev();
        let args = [("name", Arg::Text(name.as_str())), ("date", Arg::Text(&ask.words.civil(version.date)))];
        let text = ask.words.f("since-dated", &args);
        (name, text)
    });
    offered.collect()
}

/// Meetings that have been, the last first.
fn meetings_offered(ask: &Ask) -> Vec<(String, String)> {
    let seen = ask.seen();
    let dated = records_of(seen, MEETING).iter().filter_map(|page| Some((span::date_of(seen, *page)?.first(), *page)));
    let mut meetings: Vec<_> = dated.filter(|(day, _)| *day <= ask.clock_day).collect();
    meetings.sort_by_key(|(day, page)| (std::cmp::Reverse(*day), *page));
    let offered = meetings.into_iter().take(MEETINGS_OFFERED).filter_map(|(day, page)| {
        let page = seen.page(page)?;
        let args = [("name", Arg::Text(page.title())), ("date", Arg::Text(&ask.words.civil(day)))];
        Some((page.path.address().to_owned(), ask.words.f("since-dated", &args)))
    });
    offered.collect()
}

// JSON.

fn json_of(told: &Told<'_>) -> Result<Answer, Fail> {
    let (tell, span) = (&told.tables.tell, told.span);
    let end = |end: &span::End| json!({"asked": end.asked, "name": end.name, "commit": end.commit.to_string(), "as_of": end.ask.today.to_string()});
    let plans = told.plans.iter().map(|plan| {
        let of = |is_wanted: bool| -> Vec<Json> {
            let changes = plan.changes.iter().filter(|change| told.is_decision(change) == is_wanted);
            changes.map(|change| compare_files::page_json(tell, change)).collect()
        };
        json!({
            "plan": plan.plan.map(|of| told.plan_name(Some(of))),
            "title": told.plan_title(plan.plan),
            "summary": told.sentences(plan),
            "counts": compare_files::counts(tell, &plan.counts),
            "decisions": of(true),
            "pages": of(false),
            "totals": plan.totals.iter().map(|total| compare_files::total_json(tell, total)).collect::<Vec<Json>>(),
        })
    });
    let body = json!({
        "since": end(&span.since),
        "until": end(&span.until),
        "folder": told.wish.folder,
        "is_complete": !told.found.is_cut && told.n_untold() == 0,
        "counts": compare_files::counts(tell, &told.found.pages.counts),
        "plans": plans.collect::<Vec<Json>>(),
    });
    Ok(Answer::new(StatusCode::OK, "application/json", Bytes::from(body.to_string())))
}

// The feed.

fn atom_of(told: &Told<'_>) -> Result<Answer, Fail> {
    let ask = told.ask;
    let origin = &ask.home;
    let mut entries: Vec<AtomEntry> = told.plans.iter().filter_map(|plan| entry(told, plan, origin)).collect();
    entries.sort_by(|a, b| b.at.unix_seconds.cmp(&a.at.unix_seconds).then_with(|| a.id.cmp(&b.id)));
    let own = told.wish.href("/-/changes.atom", None);
    let now = || {
        let facts = ask.app.wiki.commit_facts(&ask.world, told.span.until.commit).ok().flatten();
        facts.map_or(Moment { unix_seconds: 0, offset_seconds: 0 }, |facts| Moment {
            unix_seconds: facts.time_s,
            offset_seconds: facts.offset_min * 60,
        })
    };
    let view = AtomView {
        id: format!("{origin}{own}"),
        lang: ask.lang().code(),
        title: format!("{} · {}", screen::wiki_title(ask), told.title()),
        self_href: format!("{origin}{}", ask.here),
        page_href: format!("{origin}{}", told.wish.href("/-/changes", None)),
        at: entries.first().map_or_else(now, |entry| entry.at),
        entries,
    };
    Ok(Answer::new(StatusCode::OK, "application/atom+xml; charset=utf-8", Bytes::from(atom_view(&view))))
}

/// A plan in which files changed. It is one entry for each day on which it changed last, so that a
/// reader of feeds is told anew when it changes on another day.
fn entry(told: &Told<'_>, plan: &PlanChange<'_>, origin: &str) -> Option<AtomEntry> {
    let ask = told.ask;
    let newest = plan.changes.iter().filter_map(|change| newest(told, change)).max_by_key(|row| row.time_s)?;
    let at = screen::moment(&newest);
    let day = polder_core::version::day_of(newest.time_s, newest.offset_min)?;
    let href = told.wish.href("/-/changes", Some(&told.plan_name(plan.plan)));
    let lines = told.sentences(plan);
    Some(AtomEntry {
        id: format!("{origin}{href}#{day}"),
        title: told.plan_title(plan.plan),
        href: format!("{origin}{href}"),
        at,
        author: newest.author,
        summary: if lines.is_empty() { ask.words.t("since-computed").to_owned() } else { lines.join(" ") },
    })
}

/// The last change to the file of a page, where that is what differs.
fn newest(told: &Told<'_>, change: &PageChange) -> Option<Row> {
    let (old, new) = (told.tables.old_page(change.pair), told.tables.new_page(change.pair));
    let is_same = matches!((old, new), (Some(old), Some(new)) if old.blob == new.blob && old.path == new.path);
    let path: &FilePath = &new.or(old).filter(|_| !is_same)?.path;
    let history = told.ask.world.history.as_ref()?;
    history.up_to(path, told.span.until.commit).or_else(|| history.last(path))
}
