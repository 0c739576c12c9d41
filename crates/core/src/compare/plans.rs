//! A comparison told by plan: which plan each page that differs belongs to.
//!
//! A page belongs to the plan that it is, that it lies under in the tree of records, or that one of
//! its references leads to: a decision about a project belongs to the plan of that project. What
//! moved from one plan to another is told under both. Nothing is compared here; `compare` did.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Comparison, Count, Fate, PageChange, Pair, Pairing, TotalChange, count_in, path_of};
use crate::limits;
use crate::maptree;
use crate::names::PageIdx;
use crate::site::Seen;
use crate::value::Value;

/// The type of the records that others belong to.
pub const PLAN: &str = "plan";

/// A reference by which nothing belongs to what it names.
const SUCCESSOR: &str = "superseded_by";

/// What differs in one plan.
#[derive(Debug, Default)]
pub struct PlanChange<'f> {
    /// `None` for what belongs to no plan.
    pub plan: Option<Pair>,
    /// By path. Of a page that came from another plan the fate is `Joined`, of one that went there
    /// `Left`.
    pub changes: Vec<Cow<'f, PageChange>>,
    /// By type, as in `Pages`.
    pub counts: BTreeMap<Box<str>, Count>,
    pub totals: Vec<&'f TotalChange>,
}

/// The pages of a comparison by plan, by the paths of the plans, those of no plan last. Pages past the
/// bound of a comparison are not told apart and are in none.
pub fn by_plan<'f>(found: &'f Comparison, old: Seen<'_>, new: Seen<'_>, pairing: &Pairing) -> Vec<PlanChange<'f>> {
    let (mut olds, mut news) = (Plans::new(old), Plans::new(new));
    let mut plans_of = |pair: Pair| {
        let was = pair.old.and_then(|page| olds.of(page));
        let is = pair.new.and_then(|page| news.of(page));
        let was = was.map(|plan| Pair { old: Some(plan), new: pairing.new_of(plan) });
        (was, is.map(|plan| Pair { old: pairing.old_of(plan), new: Some(plan) }))
    };
    let mut plans: FxHashMap<Option<Pair>, PlanChange<'f>> = FxHashMap::default();
    let mut place = |plan: Option<Pair>, change: Cow<'f, PageChange>| {
        let told = plans.entry(plan).or_default();
        count_in(&mut told.counts, &change, old, new);
        told.changes.push(change);
    };
    for change in &found.pages.all {
        match (plans_of(change.pair), change.fate) {
            ((_, is), Fate::Added) => place(is, Cow::Borrowed(change)),
            ((was, _), Fate::Removed) => place(was, Cow::Borrowed(change)),
            ((was, is), _) if was == is => place(is, Cow::Borrowed(change)),
            ((was, is), _) => {
                place(was, Cow::Owned(PageChange { fate: Fate::Left, ..change.clone() }));
                place(is, Cow::Owned(PageChange { fate: Fate::Joined, ..change.clone() }));
            }
        }
    }
    for total in &found.totals {
        let (was, is) = plans_of(total.pair);
        plans.entry(is.or(was)).or_default().totals.push(total);
    }
    let mut plans: Vec<PlanChange<'f>> = plans.into_iter().map(|(plan, told)| PlanChange { plan, ..told }).collect();
    plans.sort_by_key(|told| (told.plan.is_none(), told.plan.and_then(|plan| path_of(plan, old, new))));
    plans
}

/// Which plan each page of a site belongs to, looked up as it is asked for.
struct Plans<'a> {
    seen: Seen<'a>,
    parents: FxHashMap<PageIdx, PageIdx>,
    found: FxHashMap<PageIdx, Option<PageIdx>>,
}

impl<'a> Plans<'a> {
    fn new(seen: Seen<'a>) -> Plans<'a> {
        let has_plans = seen.types().all().iter().any(|kind| &*kind.name == PLAN);
        let parents = if has_plans { maptree::parents(seen).into_iter().collect() } else { FxHashMap::default() };
        Plans { seen, parents, found: FxHashMap::default() }
    }

    fn of(&mut self, page: PageIdx) -> Option<PageIdx> {
        if let Some(found) = self.found.get(&page) {
            return *found;
        }
        let found = self.above(page).or_else(|| self.referred(page));
        self.found.insert(page, found);
        found
    }

    fn is_plan(&self, page: PageIdx) -> bool {
        let record = self.seen.records().get(page);
        record.is_some_and(|record| &*self.seen.types().get(record.of).name == PLAN)
    }

    /// The plan that a page is or lies under.
    fn above(&self, page: PageIdx) -> Option<PageIdx> {
        // Records may lie under each other in a circle.
        let above = std::iter::successors(Some(page), |page| self.parents.get(page).copied());
        above.take(limits::COMPARE_MAX_ABOVE).find(|page| self.is_plan(*page))
    }

    /// The plan that a reference of the page leads to, else the plan of a record that one leads to.
    fn referred(&self, page: PageIdx) -> Option<PageIdx> {
        let targets = self.targets(page);
        let direct = self.plan_among(&targets);
        direct.or_else(|| {
            targets.iter().find_map(|target| self.above(*target).or_else(|| self.plan_among(&self.targets(*target))))
        })
    }

    fn plan_among(&self, targets: &[PageIdx]) -> Option<PageIdx> {
        targets.iter().copied().find(|target| self.is_plan(*target))
    }

    /// The pages that a record refers to, in the order of its fields.
    fn targets(&self, page: PageIdx) -> Vec<PageIdx> {
        let Some(record) = self.seen.records().get(page) else { return Vec::new() };
        let kind = self.seen.types().get(record.of);
        let fields = kind.fields.iter().zip(&record.values).filter(|(field, _)| &*field.key != SUCCESSOR);
        let values = fields.flat_map(|(_, value)| match value {
            Value::List(items) => items.iter(),
            value => std::slice::from_ref(value).iter(),
        });
        let pages = values.filter_map(|value| if let Value::Page(page) = value { Some(*page) } else { None });
        pages.take(limits::COMPARE_MAX_ITEMS).collect()
    }
}
