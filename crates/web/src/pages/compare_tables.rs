//! What differs between two versions, as sentences, rows and tables: of one page, or of many.
//!
//! Shared by the comparison of an address (`compare`) and by what changed since a moment (`since`).
//! What belongs on a screen, and in which order, they decide themselves.

use std::collections::BTreeMap;

use polder_core::compare::{Count, Fate, FieldChange, Line, Origin, PageChange, Pages, Pair, TotalChange, Verdict};
use polder_core::site::{Page, Seen};
use polder_core::types::Aggregate;
use polder_core::value::Value;

use crate::guard::Ask;
use crate::pages::compare_words::{Tell, Which};
use crate::values;
use crate::views::compare::{PageGroup, PageRow, PageTable, PartRow, TotalTable};
use crate::views::page::Tone;
use crate::views::query::Cell;
use crate::words::{Arg, Words};

/// Sentences about fields in a summary; the table has all of them.
const SENTENCES_MAX: usize = 8;

/// Totals taken apart on the screen, of one page and of more.
pub const TOTALS_MAX: usize = 20;

/// Parts listed of one total on the screen.
const PARTS_MAX: usize = 50;

/// Changed fields told in the row of one page.
const BRIEFS_MAX: usize = 6;

/// Tells of pages on both sides.
#[derive(Clone, Copy)]
pub struct Tables<'a> {
    pub ask: &'a Ask,
    pub tell: Tell<'a>,
}

impl<'a> Tables<'a> {
    fn words(&self) -> &'static Words {
        self.tell.words
    }

    pub fn old_page(&self, pair: Pair) -> Option<&'a Page> {
        self.tell.old.seen.page(pair.old?)
    }

    pub fn new_page(&self, pair: Pair) -> Option<&'a Page> {
        self.tell.new.seen.page(pair.new?)
    }

    /// A page by its new title, else by its old one.
    pub fn title(&self, pair: Pair) -> &'a str {
        self.new_page(pair).or_else(|| self.old_page(pair)).map_or("", |page| page.title())
    }

    pub fn more(&self, all: usize, shown: usize) -> String {
        match all.saturating_sub(shown) {
            0 => String::new(),
            n => self.words().f("compare-not-shown", &[("count", Arg::Count(n as u64))]),
        }
    }

    // In sentences.

    pub fn tell_page(&self, change: &PageChange, lines: &mut Vec<String>) {
        let (words, tell) = (self.words(), &self.tell);
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

    /// Sums in sentences: those of pages that lie highest.
    pub fn tell_totals<'t>(
        &self,
        totals: &[&TotalChange],
        changes: impl Iterator<Item = &'t PageChange> + Clone,
        lines: &mut Vec<String>,
    ) {
        for total in totals.iter().filter(|total| total.how == Aggregate::Sum).take(SENTENCES_MAX) {
            let change = changes.clone().find(|change| change.pair == total.pair);
            let field = change.and_then(|change| change.fields.iter().find(|field| field.key == total.key));
            let prefix = format!("{}: ", self.title(total.pair));
            lines.extend(field.and_then(|field| self.tell.sentence(field, &prefix)));
        }
    }

    pub fn count_lines(&self, counts: &BTreeMap<Box<str>, Count>, suffix: &str) -> Vec<String> {
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

    pub fn label_of(&self, name: &str, count: &Count) -> String {
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

    // In tables.

    /// Sums first, and of those what lies under nothing; then as they stand.
    pub fn sorted<'t>(&self, totals: impl Iterator<Item = &'t TotalChange>) -> Vec<&'t TotalChange> {
        let mut totals: Vec<&TotalChange> = totals.collect();
        let seen = self.tell.new.seen;
        let lies_under = |total: &TotalChange| {
            let record = total.pair.new.and_then(|page| seen.records().get(page));
            record.is_some_and(|record| !seen.types().get(record.of).tree_parent.is_empty())
        };
        totals.sort_by_key(|total| (total.how != Aggregate::Sum, lies_under(total)));
        totals.truncate(TOTALS_MAX);
        totals
    }

    /// A total taken apart; under its own name alone where all of them are of one page.
    pub fn total(&self, total: &TotalChange, of_one: bool) -> TotalTable {
        let (words, tell) = (self.words(), &self.tell);
        let label = total.label.get(words.lang.code()).map_or_else(|| values::key_label(&total.key), str::to_owned);
        let title = if of_one { label } else { format!("{}: {label}", self.title(total.pair)) };
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
        let tell = &self.tell;
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
    pub fn page_href(&self, pair: Pair) -> String {
        let tell = &self.tell;
        match (self.old_page(pair), self.new_page(pair)) {
            (Some(_), Some(new)) => {
                // By the path that it has now, where the address can be found from.
                let history = self.ask.world.history.as_ref();
                let now = history.and_then(|history| history.path_now(&new.path, tell.new.commit));
                self.tell.between(&now.unwrap_or_else(|| new.path.clone()).href())
            }
            (Some(old), None) => tell.old.href(&old.path.href()),
            (None, Some(new)) => tell.new.href(&new.path.href()),
            (None, None) => String::new(),
        }
    }

    /// Pages that differ, at most so many; the rest is counted.
    pub fn table(&self, pages: &Pages, most: usize, lead: String) -> PageTable {
        let groups = self.groups(&mut pages.all.iter().take(most), &pages.counts);
        let shown = pages.all.len().min(most);
        PageTable { lead, groups, more: self.more(pages.n_different(), shown) }
    }

    /// Rows under the names of their types.
    pub fn groups(
        &self,
        changes: &mut dyn Iterator<Item = &PageChange>,
        counts: &BTreeMap<Box<str>, Count>,
    ) -> Vec<PageGroup> {
        let mut by_type: BTreeMap<&str, Vec<PageRow>> = BTreeMap::new();
        for change in changes {
            let page = self.new_page(change.pair).or_else(|| self.old_page(change.pair));
            let name = page.and_then(|page| page.doc.front.text("type")).unwrap_or_default();
            let name = if counts.contains_key(name) { name } else { "" };
            by_type.entry(name).or_default().push(self.row(change));
        }
        let groups = by_type.into_iter().map(|(name, rows)| PageGroup {
            label: counts.get(name).map_or_else(String::new, |count| self.label_of(name, count)),
            rows,
        });
        groups.collect()
    }

    pub fn row(&self, change: &PageChange) -> PageRow {
        let (words, tell) = (self.words(), &self.tell);
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
            title: self.title(change.pair).to_owned(),
            href: self.page_href(change.pair),
            fate: words.t(fate).to_owned(),
            tone,
            old_href: old.map(|page| tell.old.href(&page.path.href())),
            new_href: new.map(|page| tell.new.href(&page.path.href())),
            changes,
        }
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
