//! What must hold in a record and between records: required fields, references, uniqueness, rules,
//! and what may follow on what.
//!
//! A change is judged by what it makes worse: the records that it touches, and those whose checks
//! read something that it changed, found by walking the paths of the checks backwards. So the cost
//! of a save does not grow with the number of records. Single values are read in `records`; names,
//! sizes and encodings are judged in `review`.

use rustc_hash::FxHashSet;

use crate::eval::{Eval, Place};
use crate::expr::{Code, Formula, Targets};
use crate::front;
use crate::limits;
use crate::links;
use crate::manifest::Change;
use crate::names::{Found, PageIdx};
use crate::path::FilePath;
use crate::problem::{Level, Pos, Problem};
use crate::records::{self, Record};
use crate::review::Located;
use crate::site::Seen;
use crate::types::{Aggregate, Allow, Field, FieldAt, FieldIdx, Kind, Part, Rule, Type, TypeIdx, Types};
use crate::value::Value;

/// Longest message of a rule, in characters.
const MESSAGE_MAX_CHARS: usize = 600;

/// Checks followed through the references of one type's formulas; more are judged everywhere.
const READS_MAX: usize = 400;

/// Everything that is wrong with the record of a page; nothing for a page without a type.
pub fn problems_of(eval: &Eval<'_>, page: PageIdx) -> Vec<Problem> {
    let mut problems = problems_within(eval, page);
    problems.extend(crate::succession::problem(eval.seen(), page));
    problems
}

fn problems_within(eval: &Eval<'_>, page: PageIdx) -> Vec<Problem> {
    let Some(at) = eval.seen().page(page) else { return Vec::new() };
    let Some(record) = eval.records().get(page) else {
        return unknown_type(eval.records().types(), &at.doc.front).into_iter().collect();
    };
    let mut judged = Judged {
        eval,
        page,
        record,
        front: &at.doc.front,
        problems: record.problems.clone(),
        n_lost: 0,
        is_costly: false,
    };
    let steps = eval.steps_left();
    judged.fields();
    judged.is_costly |= eval.is_exhausted();
    eval.next_of_many(steps);
    judged.rules();
    if judged.is_costly {
        // Nobody can say whether its rules hold: that is told, and holds up nothing.
        let place = records::place(&at.doc.front, "type");
        judged.problems.push(Problem::new(Level::Warning, place, "check-too-costly", &[]));
    }
    judged.problems
}

fn unknown_type(types: &Types, front: &front::Front) -> Option<Problem> {
    let name = front.text("type").filter(|_| !types.is_empty())?;
    if types.named(name).is_some() {
        return None;
    }
    let args = [("name", name), ("near", types.near(name).unwrap_or_default())];
    Some(Problem::new(Level::Warning, records::place(front, "type"), "type-unknown", &args))
}

struct Judged<'a> {
    eval: &'a Eval<'a>,
    page: PageIdx,
    record: &'a Record,
    front: &'a front::Front,
    problems: Vec<Problem>,
    n_lost: usize,
    is_costly: bool,
}

impl Judged<'_> {
    fn tell(&mut self, level: Level, at: Pos, code: &str, args: &[(&str, &str)]) {
        self.problems.push(Problem::new(level, at, code, args));
    }

    fn place(&self, key: &str) -> Pos {
        records::place(self.front, key)
    }

    fn holds(&self, formula: &Formula) -> Option<bool> {
        self.eval.holds(formula, Place::own(self.page))
    }

    fn fields(&mut self) {
        let eval = self.eval;
        let kind = eval.records().types().get(self.record.of);
        // A draft may still lack what it will need (but not say what is wrong).
        let is_draft = kind.field("status").is_some_and(
            |at| matches!(self.record.values.get(usize::from(at)), Some(Value::Text(status)) if &**status == "draft"),
        );
        for (at, (field, value)) in (0..).zip(kind.fields.iter().zip(&self.record.values)) {
            let is_asked =
                field.required || field.required_when.as_ref().is_some_and(|when| self.holds(when) == Some(true));
            let place = self.place(&field.key);
            self.references(&field.key, &field.kind, value, field.required, place);
            // What is spelled wrong has been told; it is not missing.
            let is_told = self.record.problems.iter().any(|problem| {
                problem.level == Level::Error && problem.args.first().is_some_and(|arg| *arg.1 == *field.key)
            });
            if is_asked && field.is_written() && value.is_empty() && !is_told && !is_draft {
                let code = if field.required { "field-required" } else { "field-required-when" };
                let when = field.required_when.as_ref().map_or("", |when| &*when.source);
                self.tell(Level::Error, place, code, &[("field", &field.key), ("when", when)]);
            }
            if let (Kind::Money { unknown: Allow::When(when), .. }, Value::Unknown) = (&field.kind, value)
                && self.holds(when) == Some(false)
            {
                self.tell(Level::Error, place, "value-unknown", &[("field", &field.key)]);
            }
            if (field.unique || field.unique_in.is_some()) && !value.is_empty() {
                self.unique((self.record.of, at), value, field.unique_in);
            }
        }
    }

    fn references(&mut self, key: &str, kind: &Kind, value: &Value, is_required: bool, place: Pos) {
        let eval = self.eval;
        match (kind, value) {
            (Kind::Ref(targets), Value::Page(target)) => {
                let of = eval.records().get(*target).map(|record| record.of);
                if targets.any || of.is_some_and(|of| targets.named.contains(&of)) {
                    return;
                }
                let types = eval.records().types();
                let want: Vec<&str> = targets.named.iter().map(|at| &*types.get(*at).name).collect();
                let found = of.map_or("page", |of| &*types.get(of).name);
                let target = eval.seen().page(*target).map_or("", |page| page.path.address());
                let args = [("field", key), ("target", target), ("found", found), ("want", &want.join(", "))];
                self.tell(Level::Error, place, "ref-type", &args);
            }
            (Kind::Ref(_), Value::Lost(text)) => {
                let name = links::parts(links::reference(text).unwrap_or(text)).name;
                let folder = eval.seen().page(self.page).map_or("", |page| page.path.folder());
                if let Found::Ambiguous(pages) = eval.seen().find(folder, name) {
                    let paths = pages.iter().filter_map(|page| eval.seen().page(*page)).map(|page| page.path.address());
                    let paths: Vec<&str> = paths.take(5).collect();
                    let args = [("field", key), ("target", name), ("pages", &paths.join(", "))];
                    let level = if is_required { Level::Error } else { Level::Warning };
                    return self.tell(level, place, "ref-ambiguous", &args);
                }
                self.n_lost += 1;
                let is_near_asked = self.n_lost <= limits::NEAR_NAMES_MAX;
                let near = if is_near_asked { eval.seen().near_names(name, 1) } else { Vec::new() };
                let near = near.first().and_then(|near| eval.seen().page(*near)).map_or("", |page| page.path.address());
                let level = if is_required { Level::Error } else { Level::Warning };
                self.tell(level, place, "ref-missing", &[("field", key), ("target", name), ("near", near)]);
            }
            (Kind::File, Value::Text(written)) => {
                let seen = eval.seen();
                let folder = seen.page(self.page).map_or("", |page| page.path.folder());
                let bare = written.trim_start_matches('/');
                let beside = if folder.is_empty() { bare.to_owned() } else { format!("{folder}/{bare}") };
                if seen.file(bare).is_none() && seen.file(&beside).is_none() {
                    self.tell(Level::Warning, place, "ref-file", &[("field", key), ("target", written)]);
                }
            }
            (Kind::List { of, .. }, Value::List(items)) => {
                for item in items.iter() {
                    self.references(key, of, item, false, place);
                }
            }
            (Kind::Record(fields), Value::Record(parts)) => {
                for (field, part) in fields.iter().zip(parts.iter()) {
                    let path = format!("{key}.{}", field.key);
                    self.references(&path, &field.kind, part, field.required, place);
                }
            }
            _ => {}
        }
    }

    fn unique(&mut self, at: FieldAt, value: &Value, within: Option<FieldIdx>) {
        let records = self.eval.records();
        let field = records.types().field(at);
        let scope = within.map(|within| (at.0, within));
        let own_scope = scope.and_then(|scope| records.value(self.page, scope));
        let same = records.holding(at, value);
        let other = same
            .into_iter()
            .find(|other| *other != self.page && scope.is_none_or(|scope| records.value(*other, scope) == own_scope));
        if let Some(other) = other.and_then(|other| self.eval.seen().page(other)) {
            let found = value.to_string();
            let args = [("field", &*field.key), ("found", &found), ("other", other.path.address())];
            self.tell(Level::Error, self.place(&field.key), "field-unique", &args);
        }
    }

    fn rules(&mut self) {
        let eval = self.eval;
        let kind = eval.records().types().get(self.record.of);
        for rule in &kind.rules {
            // Each rule has its own bound: a costly one does not switch off those after it.
            let steps = eval.steps_left();
            self.rule(kind, rule);
            self.is_costly |= eval.is_exhausted();
            eval.next_of_many(steps);
        }
    }

    fn rule(&mut self, kind: &Type, rule: &Rule) {
        let eval = self.eval;
        if rule.when.as_ref().is_some_and(|when| self.holds(when) != Some(true)) {
            return;
        }
        let is_filled = |at: &FieldIdx| !eval.field(self.page, (self.record.of, *at)).is_empty();
        let lacks = rule.require.iter().find(|at| !is_filled(at));
        let lacks_any = !rule.require_any.is_empty() && !rule.require_any.iter().any(is_filled);
        let fails = rule.check.as_ref().is_some_and(|check| self.holds(check) == Some(false));
        if lacks.is_none() && !lacks_any && !fails {
            return;
        }
        let about = lacks.or(rule.require_any.first().filter(|_| lacks_any)).copied();
        let about = about.or_else(|| first_field(rule, self.record.of));
        let field = about.map_or("", |at| &*kind.fields[usize::from(at)].key);
        let problem = self.broken(rule, field);
        self.problems.push(problem);
    }

    /// `message` with the values of its expressions numbered: they are spelled at the rim.
    fn broken(&self, rule: &Rule, field: &str) -> Problem {
        let mut args = vec![("id".to_owned(), rule.id.to_string()), ("field".to_owned(), field.to_owned())];
        let mut values: Vec<String> = Vec::new();
        for (lang, _) in &rule.message {
            let mut text = String::new();
            for part in rule.message(lang).unwrap_or_default() {
                match part {
                    Part::Text(part) => text.push_str(part),
                    Part::Value(formula) => {
                        let value = self.eval.value(formula, Place::own(self.page));
                        let shown = match &value {
                            Value::Page(page) => {
                                self.eval.seen().page(*page).map_or("", |page| page.title()).to_owned()
                            }
                            value => value.to_string(),
                        };
                        text.push_str(&format!("{{{}}}", values.len()));
                        values.push(shown);
                    }
                }
            }
            args.push((lang.to_string(), text.chars().take(MESSAGE_MAX_CHARS).collect()));
        }
        args.extend(values.into_iter().enumerate().map(|(n, value)| (n.to_string(), value)));
        let key = if field.is_empty() { "type" } else { field };
        Problem { level: rule.level, at: self.place(key), code: "rule".to_owned(), args }
    }
}

/// The field that a rule is about, for a place to point at: the first of its own that it reads.
fn first_field(rule: &Rule, of: TypeIdx) -> Option<FieldIdx> {
    let own = |formula: &Formula| formula.fields_read().into_iter().find(|at| at.0 == of).map(|at| at.1);
    rule.check.as_ref().and_then(own).or_else(|| rule.when.as_ref().and_then(own))
}

// What a change makes worse.

/// A step from a record to others.
#[derive(Clone, Debug, PartialEq)]
enum Hop {
    /// To those that these fields refer to.
    Forward(Box<[FieldAt]>),
    /// To those that refer here by these fields.
    Back(Box<[FieldAt]>),
    /// To those of the type that hold the same in this field.
    Beside(FieldAt),
    /// To all of a type.
    All(TypeIdx),
}

/// A check of records of one type reads `field` of the records at the end of `path`.
#[derive(Debug)]
struct Read {
    of: TypeIdx,
    path: Vec<Hop>,
    field: FieldAt,
}

/// Problems of a change: errors that it adds refuse it, the others are told. `before` and `after`
/// see the site without and with it.
pub fn judge_change(before: &Eval<'_>, after: &Eval<'_>, changes: &[Change]) -> (Vec<Located>, Vec<Located>) {
    let (mut refused, mut told) = (Vec::new(), Vec::new());
    let types_changed = !std::ptr::eq(before.records().types(), after.records().types());
    type_problems(before, after, &mut refused, &mut told);
    for path in affected(before, after, changes, types_changed) {
        let Some(page) = after.seen().page_at(&path) else { continue };
        let was = predecessor(before, after, changes, &path, page);
        let known = was.map(|was| problems_of(before, was)).unwrap_or_default();
        let mut known: Vec<_> = known.iter().map(Problem::identity).collect();
        let is_changed = changes.iter().any(|change| change.path == path);
        let mut problems = problems_of(after, page);
        match was {
            Some(was) if is_changed => problems.extend(succession(before, after, was, page)),
            Some(was) => problems.extend(turned(before, after, was, page)),
            None => {}
        }
        for problem in problems {
            let at = known.iter().position(|known| *known == problem.identity());
            if let Some(at) = at {
                known.swap_remove(at);
            }
            let located = Located { path: path.as_str().to_owned(), problem };
            match (located.problem.level, at) {
                (Level::Error, None) => refused.push(located),
                _ if is_changed => told.push(located),
                _ => {}
            }
        }
    }
    (refused, told)
}

/// Types are files too: an error in one is the change's own.
fn type_problems(before: &Eval<'_>, after: &Eval<'_>, refused: &mut Vec<Located>, told: &mut Vec<Located>) {
    let (old, new) = (before.records().types(), after.records().types());
    if std::ptr::eq(old, new) {
        return;
    }
    for kind in old.all().iter().filter(|kind| new.named(&kind.name).is_none()) {
        let pages = after.seen().readable().filter(|(_, page)| page.doc.front.text("type") == Some(&*kind.name));
        let count = pages.count();
        if count > 0 {
            let args = [("name", &*kind.name), ("count", &count.to_string())];
            let problem = Problem::new(Level::Error, Pos::default(), "type-in-use", &args);
            refused.push(Located { path: crate::types::path(&kind.name), problem });
        }
    }
    for (name, problems) in &new.problems {
        let known = old.problems.get(name).map_or(&[][..], Vec::as_slice);
        for problem in problems {
            let is_known = known.iter().any(|known| known.identity() == problem.identity());
            let located = Located { path: crate::types::path(name), problem: problem.clone() };
            if problem.level == Level::Error && !is_known { refused.push(located) } else { told.push(located) }
        }
    }
    for kind in new.all() {
        let located = |problem| Located { path: crate::types::path(&kind.name), problem };
        told.extend(default_problems(after.seen(), kind).into_iter().map(located));
    }
}

/// Defaults of a type that refer to no page, or to one that may not be referred to. A type can't tell
/// by itself which pages there are.
pub fn default_problems(seen: Seen<'_>, kind: &Type) -> Vec<Problem> {
    let mut problems = Vec::new();
    default_problems_in(seen, &kind.fields, "", &mut problems);
    problems
}

fn default_problems_in(seen: Seen<'_>, fields: &[Field], above: &str, problems: &mut Vec<Problem>) {
    for field in fields {
        let key = format!("{above}{}", field.key);
        match (&field.kind, field.default.as_deref()) {
            (Kind::Ref(targets), Some(default)) => {
                problems.extend(default_problem(seen, targets, default).map(|(code, args)| {
                    let args: Vec<(&str, &str)> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    let args = [&[("field", key.as_str())], &*args].concat();
                    Problem::new(Level::Warning, field.at, code, &args)
                }));
            }
            (Kind::Record(inner), _) => default_problems_in(seen, inner, &format!("{key}."), problems),
            (Kind::List { of, .. }, _) => {
                if let Kind::Record(inner) = &**of {
                    default_problems_in(seen, inner, &format!("{key}."), problems);
                }
            }
            _ => {}
        }
    }
}

type Told = (&'static str, Vec<(&'static str, String)>);

fn default_problem(seen: Seen<'_>, targets: &Targets, default: &str) -> Option<Told> {
    let name = links::parts(links::reference(default).unwrap_or(default)).name;
    let target = ("target", name.to_owned());
    match seen.find("", name) {
        Found::Page(page) => {
            let types = seen.types();
            let of = seen.records().get(page).map(|record| record.of);
            if targets.any || of.is_some_and(|of| targets.named.contains(&of)) {
                return None;
            }
            let want: Vec<&str> = targets.named.iter().map(|at| &*types.get(*at).name).collect();
            let found = of.map_or("page", |of| &*types.get(of).name).to_owned();
            Some(("ref-type", vec![target, ("found", found), ("want", want.join(", "))]))
        }
        Found::Ambiguous(pages) => {
            let paths = pages.iter().filter_map(|page| seen.page(*page)).map(|page| page.path.address());
            let paths: Vec<&str> = paths.take(5).collect();
            Some(("ref-ambiguous", vec![target, ("pages", paths.join(", "))]))
        }
        _ => {
            let near = seen.near_names(name, 1);
            let near = near.first().and_then(|near| seen.page(*near)).map_or("", |page| page.path.address());
            Some(("ref-missing", vec![target, ("near", near.to_owned())]))
        }
    }
}

/// The page that stood at this path before; for a new path, the one that was moved there: gone now,
/// and of the same type and title, or of the same immutable number.
fn predecessor(
    before: &Eval<'_>,
    after: &Eval<'_>,
    changes: &[Change],
    path: &FilePath,
    page: PageIdx,
) -> Option<PageIdx> {
    if let Some(was) = before.seen().page_at(path) {
        return Some(was);
    }
    let gone = changes.iter().filter(|change| change.new.is_none());
    let gone: Vec<PageIdx> = gone.filter_map(|change| before.seen().page_at(&change.path)).collect();
    let name = after.records().get(page).map(|record| &*after.records().types().get(record.of).name);
    let of = name.and_then(|name| before.records().types().named(name));
    let same = of.and_then(|of| moved_record(before, after, &gone, page, of));
    same.or_else(|| {
        // Moved and of another type at once: a title tells, of those that have something to keep.
        let other = gone.into_iter().filter(|was| before.records().get(*was).is_some_and(|old| Some(old.of) != of));
        let other = other.filter(|was| before.records().get(*was).is_some_and(|old| first_held(before, old).is_some()));
        titled(before, other.collect(), after.seen().page(page)?.doc.title.as_deref()?)
    })
}

/// Of the records of type `of` that are gone, the one that a record at a new path was.
fn moved_record(before: &Eval<'_>, after: &Eval<'_>, gone: &[PageIdx], page: PageIdx, of: TypeIdx) -> Option<PageIdx> {
    let record = after.records().get(page)?;
    let kind = before.records().types().get(of);
    let gone = gone.iter().copied();
    let gone: Vec<PageIdx> = gone.filter(|was| before.records().get(*was).is_some_and(|old| old.of == of)).collect();
    let number = kind.fields.iter().position(|field| field.unique && field.immutable);
    if let Some(at) = number.and_then(|at| FieldIdx::try_from(at).ok()) {
        let number = record.values.get(usize::from(at)).filter(|value| !value.is_empty())?;
        return gone.into_iter().find(|was| before.records().value(*was, (of, at)) == Some(number));
    }
    let doc = &after.seen().page(page)?.doc;
    let alike = |was: &&PageIdx| {
        let old = before.seen().page(**was);
        old.is_some_and(|old| front::alike(&old.doc.front.fields, &doc.front.fields))
    };
    // Of several that say the same any will do; of several with one title none can be told.
    match gone.iter().find(alike) {
        Some(same) => Some(*same),
        None => titled(before, gone, doc.title.as_deref()?),
    }
}

/// The only one of these pages with this title.
fn titled(before: &Eval<'_>, mut pages: Vec<PageIdx>, title: &str) -> Option<PageIdx> {
    pages.retain(|page| before.seen().page(*page).is_some_and(|page| page.doc.title.as_deref() == Some(title)));
    match pages.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Whether two values of two sites say the same: pages by their paths.
fn same_value(before: &Eval<'_>, old: &Value, after: &Eval<'_>, new: &Value) -> bool {
    match (old, new) {
        (Value::Page(old), Value::Page(new)) => {
            let (old, new) = (before.seen().page(*old), after.seen().page(*new));
            old.map(|page| &page.path) == new.map(|page| &page.path)
        }
        (Value::List(old), Value::List(new)) | (Value::Record(old), Value::Record(new)) => {
            old.len() == new.len() && old.iter().zip(new.iter()).all(|(old, new)| same_value(before, old, after, new))
        }
        (old, new) => old == new,
    }
}

/// Whether the references in two values lead to the same pages; other values count for nothing.
fn same_references(before: &Eval<'_>, old: &Value, after: &Eval<'_>, new: &Value) -> bool {
    match (old, new) {
        (Value::Page(_) | Value::Lost(_), Value::Page(_) | Value::Lost(_)) => same_value(before, old, after, new),
        (Value::List(old), Value::List(new)) | (Value::Record(old), Value::Record(new)) => {
            old.iter().zip(new.iter()).all(|(old, new)| same_references(before, old, after, new))
        }
        _ => true,
    }
}

/// References of a page that nobody touched and that would lead to another page than before: its
/// amounts would silently count elsewhere.
fn turned(before: &Eval<'_>, after: &Eval<'_>, was: PageIdx, page: PageIdx) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (Some(old), Some(new)) = (before.records().get(was), after.records().get(page)) else { return problems };
    let Some(at) = after.seen().page(page).filter(|_| old.of == new.of) else { return problems };
    let fields = &after.records().types().get(new.of).fields;
    for (field, (old, new)) in fields.iter().zip(old.values.iter().zip(&new.values)) {
        let mut pairs = vec![(old, new)];
        while let Some((old, new)) = pairs.pop() {
            match (old, new) {
                (Value::Page(from), Value::Page(to)) if !same_value(before, old, after, new) => {
                    if is_move(before, after, *from, *to) {
                        // Its name still leads to it.
                        continue;
                    }
                    let (from, to) = (before.seen().page(*from), after.seen().page(*to));
                    let from = from.map_or("", |page| page.path.address());
                    let to = to.map_or("", |page| page.path.address());
                    let args = [("field", &*field.key), ("from", from), ("to", to)];
                    let place = records::place(&at.doc.front, &field.key);
                    problems.push(Problem::new(Level::Error, place, "ref-turned", &args));
                }
                (Value::List(old), Value::List(new)) | (Value::Record(old), Value::Record(new)) => {
                    pairs.extend(old.iter().zip(new.iter()));
                }
                _ => {}
            }
        }
    }
    problems
}

/// Whether a value holds for good, or until its next step: what the type says of it counts from one
/// save to the next.
fn is_held(field: &Field, value: &Value) -> bool {
    let is_firm = field.immutable || matches!(&field.kind, Kind::Choice { transitions: Some(_), .. });
    is_firm && !value.is_empty()
}

/// The first field of a record that holds its value so.
fn first_held<'a>(eval: &Eval<'a>, record: &Record) -> Option<&'a Field> {
    let fields = &eval.records().types().get(record.of).fields;
    fields.iter().zip(&record.values).find(|(field, value)| is_held(field, value)).map(|(field, _)| field)
}

/// What may not follow on what was there. A type that was taken off or changed is no way around it:
/// what was held must be held by the new type as well.
fn succession(before: &Eval<'_>, after: &Eval<'_>, was: PageIdx, page: PageIdx) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (Some(old), Some(at)) = (before.records().get(was), after.seen().page(page)) else { return problems };
    let old_kind = before.records().types().get(old.of);
    let new = after.records().get(page).map(|new| (new, after.records().types().get(new.of)));
    let is_same_type = new.is_some_and(|(_, kind)| kind.name == old_kind.name);
    // INV-8: rules bind from before, so the type as it was says what may follow.
    for (field, before_value) in old_kind.fields.iter().zip(&old.values).filter(|(field, value)| is_held(field, value))
    {
        let held = new.and_then(|(new, kind)| {
            let place = usize::from(kind.field(&field.key)?);
            Some((kind.fields.get(place)?, new.values.get(place)?))
        });
        let (from, to) = (before_value.to_string(), held.map(|held| held.1.to_string()).unwrap_or_default());
        let place = records::place(&at.doc.front, &field.key);
        let mut tell = |at: Pos, code: &str, args: &[(&str, &str)]| {
            let args: Vec<(&str, &str)> =
                [("field", &*field.key), ("from", &from)].iter().chain(args).copied().collect();
            problems.push(Problem::new(Level::Error, at, code, &args));
        };
        let value = match held {
            Some((_, value)) if is_same_type => value,
            // The type itself lost the field: that is a change of the type, and judged there.
            None if is_same_type => continue,
            Some((new_field, value)) if is_held(new_field, before_value) => value,
            _ => {
                tell(records::place(&at.doc.front, "type"), "type-held", &[("type", &old_kind.name)]);
                continue;
            }
        };
        if field.immutable && !is_kept(before, before_value, after, value) {
            tell(place, "field-immutable", &[("to", &to)]);
        }
        let Kind::Choice { choices, transitions: Some(transitions) } = &field.kind else { continue };
        // What is spelled wrong is told as such.
        let is_written = at.doc.front.get(&field.key).is_some_and(|value| !matches!(value, front::Value::Empty));
        if from == to || (to.is_empty() && is_written) {
            continue;
        }
        let place_of =
            |id: &str| choices.iter().position(|choice| *choice.id == *id).and_then(|at| u16::try_from(at).ok());
        let Some(from_at) = place_of(&from) else { continue };
        let next = transitions.iter().find(|step| step.0 == from_at).map_or(&[][..], |step| step.1.as_slice());
        let want: Vec<&str> = next.iter().map(|at| &*choices[usize::from(*at)].id).collect();
        let args = [("to", &*to), ("want", &want.join(", "))];
        match place_of(&to) {
            _ if to.is_empty() => tell(place, "field-emptied", &[]),
            Some(to_at) if next.contains(&to_at) => {}
            // A value that only the type after the change knows: the change brings its step with it.
            None => {}
            Some(_) => tell(place, if next.is_empty() { "field-final" } else { "field-transition" }, &args),
        }
    }
    problems
}

/// Whether a value says what it said: a reference also when it follows its page to another address.
fn is_kept(before: &Eval<'_>, old: &Value, after: &Eval<'_>, new: &Value) -> bool {
    match (old, new) {
        (Value::Page(from), Value::Page(to)) => {
            same_value(before, old, after, new) || is_move(before, after, *from, *to)
        }
        (Value::List(old), Value::List(new)) | (Value::Record(old), Value::Record(new)) => {
            old.len() == new.len() && old.iter().zip(new.iter()).all(|(old, new)| is_kept(before, old, after, new))
        }
        _ => same_value(before, old, after, new),
    }
}

/// Whether one page is gone and the other was not there: as when it was moved.
fn is_move(before: &Eval<'_>, after: &Eval<'_>, from: PageIdx, to: PageIdx) -> bool {
    let is_gone = before.seen().page(from).is_some_and(|from| after.seen().page_at(&from.path).is_none());
    let is_new = after.seen().page(to).is_some_and(|to| before.seen().page_at(&to.path).is_none());
    is_gone && is_new
}

/// The pages of which the checks may come out otherwise.
fn affected(before: &Eval<'_>, after: &Eval<'_>, changes: &[Change], types_changed: bool) -> Vec<FilePath> {
    let mut paths: FxHashSet<FilePath> = changes.iter().map(|change| change.path.clone()).collect();
    let all = |eval: &Eval<'_>| -> Vec<FilePath> {
        let pages = eval.seen().readable().filter(|(at, _)| eval.records().get(*at).is_some());
        pages.map(|(_, page)| page.path.clone()).collect()
    };
    if types_changed {
        paths.extend(all(after));
    } else {
        let reads = reads_of(after.records().types());
        for eval in [before, after] {
            let fields = changed_fields(before, after, eval, changes);
            for (page, changed) in &fields {
                for read in reads.iter().filter(|read| changed.contains(&read.field)) {
                    paths.extend(back(eval, read, *page));
                }
            }
        }
        // Who refers to a page asks of what type it is.
        for change in changes {
            let of = |eval: &Eval<'_>| {
                let record = record_at(eval, &change.path)?;
                Some(eval.records().types().get(record.of).name.clone())
            };
            if of(before) == of(after) {
                continue;
            }
            for eval in [before, after] {
                let Some(page) = eval.seen().page_at(&change.path) else { continue };
                for from in eval.records().all_referrers(page) {
                    paths.extend(eval.seen().page(from).map(|from| from.path.clone()));
                }
            }
        }
        // References that led to a page that is gone, or that its name no longer tells apart.
        let names_changed = changes.iter().any(|change| change.old.is_none() != change.new.is_none())
            || !std::ptr::eq(before.seen().names(), after.seen().names());
        if names_changed {
            paths.extend(unsettled(before, after));
        }
    }
    let mut paths: Vec<FilePath> = paths.into_iter().collect();
    paths.sort_unstable();
    paths
}

/// Records of which a reference leads elsewhere than before, or nowhere.
fn unsettled(before: &Eval<'_>, after: &Eval<'_>) -> Vec<FilePath> {
    let mut paths = Vec::new();
    let mut later = after.seen().readable().peekable();
    for (was, page) in before.seen().readable() {
        let is_before = |path: &FilePath| !path.same(&page.path) && *path < page.path;
        while later.next_if(|(_, now)| is_before(&now.path)).is_some() {}
        let Some((now, _)) = later.next_if(|(_, now)| now.path.same(&page.path)) else { continue };
        if before.records().is_same(was, after.records(), now) {
            continue;
        }
        let (Some(old), Some(new)) = (before.records().get(was), after.records().get(now)) else { continue };
        let mut pairs = old.values.iter().zip(&new.values);
        if !pairs.all(|(old, new)| same_references(before, old, after, new)) {
            paths.push(page.path.clone());
        }
    }
    paths
}

/// For each changed page that `eval` sees: the fields of its record that differ (all, when it is
/// new, gone, or of another type).
fn changed_fields(
    before: &Eval<'_>,
    after: &Eval<'_>,
    eval: &Eval<'_>,
    changes: &[Change],
) -> Vec<(PageIdx, FxHashSet<FieldAt>)> {
    let mut fields = Vec::new();
    for change in changes {
        let Some(page) = eval.seen().page_at(&change.path) else { continue };
        let Some(record) = eval.records().get(page) else { continue };
        let (old, new) = (record_at(before, &change.path), record_at(after, &change.path));
        let changed = (0..).zip(&record.values).filter(|(at, _)| match (old, new) {
            (Some(old), Some(new)) if old.of == new.of => {
                let at = usize::from(*at);
                !same_value(before, &old.values[at], after, &new.values[at])
            }
            _ => true,
        });
        fields.push((page, changed.map(|(at, _): (FieldIdx, _)| (record.of, at)).collect()));
    }
    fields
}

fn record_at<'a>(eval: &Eval<'a>, path: &FilePath) -> Option<&'a Record> {
    eval.records().get(eval.seen().page_at(path)?)
}

/// Pages whose check takes `read` to `page`.
fn back(eval: &Eval<'_>, read: &Read, page: PageIdx) -> Vec<FilePath> {
    let mut pages: FxHashSet<PageIdx> = FxHashSet::from_iter([page]);
    let records = eval.records();
    for hop in read.path.iter().rev() {
        let mut next: FxHashSet<PageIdx> = FxHashSet::default();
        match hop {
            Hop::All(of) => next.extend(records.of_type(*of)),
            Hop::Forward(fields) => {
                for page in &pages {
                    for field in fields.iter() {
                        next.extend(records.referrers(*field, *page));
                    }
                }
            }
            Hop::Back(fields) => {
                for page in &pages {
                    for field in fields.iter() {
                        match records.value(*page, *field) {
                            Some(Value::Page(target)) => {
                                next.insert(*target);
                            }
                            Some(Value::List(items)) => next.extend(items.iter().filter_map(|item| match item {
                                Value::Page(target) => Some(*target),
                                _ => None,
                            })),
                            _ => {}
                        }
                    }
                }
            }
            Hop::Beside(field) => {
                for page in &pages {
                    if let Some(value) = records.value(*page, *field) {
                        next.extend(records.holding(*field, value));
                    }
                }
            }
        }
        pages = next;
    }
    pages
        .into_iter()
        .filter(|page| records.get(*page).is_some_and(|record| record.of == read.of))
        .filter_map(|page| eval.seen().page(page).map(|page| page.path.clone()))
        .collect()
}

/// What the checks of all types read of other records. Only checks that refuse count.
fn reads_of(types: &Types) -> Vec<Read> {
    let mut reads = Vec::new();
    for (of, kind) in (0..).zip(types.all()) {
        let mut walk = Walk { types, of, reads: &mut reads, n: 0, deep: 0 };
        for field in &kind.fields {
            if let Some(when) = &field.required_when {
                walk.formula(when, &[]);
            }
            if let Kind::Money { unknown: Allow::When(when), .. } = &field.kind {
                walk.formula(when, &[]);
            }
        }
        for rule in kind.rules.iter().filter(|rule| rule.level == Level::Error) {
            for formula in rule.when.iter().chain(&rule.check) {
                walk.formula(formula, &[]);
            }
        }
    }
    reads
}

struct Walk<'a> {
    types: &'a Types,
    of: TypeIdx,
    reads: &'a mut Vec<Read>,
    n: usize,
    /// Computed fields inside each other; they never go in circles, but may be many.
    deep: usize,
}

impl Walk<'_> {
    fn formula(&mut self, formula: &Formula, row: &[Hop]) {
        self.code(&formula.code, row, &[]);
    }

    fn read(&mut self, path: &[Hop], field: FieldAt) {
        self.n += 1;
        if self.n > READS_MAX {
            // Judged everywhere, rather than not at all.
            let path = vec![Hop::All(self.of)];
            if self.n < 4 * READS_MAX {
                self.reads.push(Read { of: self.of, path, field });
            }
            return;
        }
        if !path.is_empty() {
            self.reads.push(Read { of: self.of, path: path.to_vec(), field });
        }
    }

    /// Walks code of which the row is reached by `row` and `this` by `this`; says by what path the
    /// pages are reached that it comes to.
    fn code(&mut self, code: &Code, row: &[Hop], this: &[Hop]) -> Option<Vec<Hop>> {
        let longer = |path: &[Hop], hop: Hop| path.iter().cloned().chain([hop]).collect::<Vec<Hop>>();
        match code {
            Code::Row => Some(row.to_vec()),
            Code::This => Some(this.to_vec()),
            Code::Const(_) | Code::Fault(_) | Code::Today => None,
            Code::Field(of, fields) => {
                let path = self.code(of, row, this)?;
                for at in fields.iter() {
                    self.read(&path, *at);
                    self.computed(*at, &path);
                }
                Some(longer(&path, Hop::Forward(fields.clone())))
            }
            Code::Inverse(of, fields) => {
                let path = longer(&self.code(of, row, this)?, Hop::Back(fields.clone()));
                for at in fields.iter() {
                    self.read(&path, *at);
                }
                Some(path)
            }
            Code::Filter(list, only) => {
                let path = self.code(list, row, this)?;
                self.code(only, &path, this);
                Some(path)
            }
            Code::Siblings(at) => {
                let path = longer(row, Hop::Beside(*at));
                self.read(&path, *at);
                Some(path)
            }
            Code::Previous { order, within } => {
                let hop = within.map_or(Hop::All(order.0), |within| Hop::Beside((order.0, within)));
                let path = longer(row, hop);
                self.read(&path, *order);
                Some(path)
            }
            Code::Active(fields, day) => {
                for at in fields.iter() {
                    self.read(row, *at);
                }
                self.code(day, row, this);
                None
            }
            Code::HasVersion(at) => {
                self.read(row, *at);
                None
            }
            Code::MaxOverTime { items, value, periods } => {
                if let Some(path) = self.code(items, row, this) {
                    self.code(value, &path, this);
                    for at in periods.iter() {
                        self.read(&path, *at);
                    }
                }
                None
            }
            Code::Meta(of, _) | Code::Part(of, _) | Code::DatePart(of, _) | Code::Not(of) | Code::Neg(of) => {
                self.code(of, row, this);
                None
            }
            Code::IsEmpty(of) | Code::AsPercent(of) | Code::Aggregate(_, _, of) => {
                self.code(of, row, this);
                None
            }
            Code::Precision(of) | Code::LinkedTo(of) => {
                self.code(of, row, this);
                None
            }
            Code::And(a, b) | Code::Or(a, b) | Code::Compare(_, a, b) | Code::Arith(_, a, b) | Code::In(a, b) => {
                self.code(a, row, this);
                self.code(b, row, this);
                None
            }
            Code::Contains(a, b) | Code::Overlaps(a, b) => {
                self.code(a, row, this);
                self.code(b, row, this);
                None
            }
            Code::List(items) => {
                for item in items {
                    self.code(item, row, this);
                }
                None
            }
        }
    }

    fn computed(&mut self, at: FieldAt, path: &[Hop]) {
        if self.deep > 20 || self.n > READS_MAX {
            return;
        }
        self.deep += 1;
        match &self.types.field(at).kind {
            Kind::Computed { formula, empty_when, .. } => {
                for formula in formula.iter().chain(empty_when) {
                    self.code(&formula.code, path, path);
                }
            }
            Kind::Rollup(rollup) => {
                let via = (rollup.from, rollup.via);
                let rows: Vec<Hop> = path.iter().cloned().chain([Hop::Back([via].into())]).collect();
                self.read(&rows, via);
                for formula in rollup.of.iter().chain(&rollup.only).chain(&rollup.by) {
                    self.code(&formula.code, &rows, path);
                }
            }
            _ => {}
        }
        self.deep -= 1;
    }
}

/// The pages whose values make up a roll-up, and what each adds to it.
pub fn parts_of_total(eval: &Eval<'_>, page: PageIdx, at: FieldAt) -> Option<Vec<(PageIdx, Value)>> {
    let Kind::Rollup(rollup) = &eval.records().types().field(at).kind else { return None };
    let rows = eval.counted(rollup, page);
    let parts = rows.into_iter().map(|row| {
        let place = Place { row, this: Some(page) };
        let value = match (&rollup.of, rollup.how, &rollup.only) {
            (_, Aggregate::Share, Some(only)) => Value::Bool(eval.holds(only, place) == Some(true)),
            (Some(of), ..) => eval.value(of, place),
            _ => Value::Empty,
        };
        (row, value)
    });
    Some(parts.collect())
}
