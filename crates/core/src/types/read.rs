//! How the files of types are read: all together, because they speak of each other.
//!
//! A file that is odd in one place keeps the rest; each odd place is a problem of that file. What a
//! type is stands in the module above; what is spelled well and still can't be, in `possible`.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{
    Aggregate, Allow, Bounds, Choice, Field, FieldAt, FieldIdx, Kind, Part, Pattern, Rollup, Rule, Texts, Type,
    TypeIdx, Types, aggregate_ty,
};
use crate::expr::{self, Formula, Scope, Targets, Ty};
use crate::front::{self, Front, Scalar};
use crate::limits;
use crate::names;
use crate::problem::{Level, Pos, Problem};
use crate::value::{self, Currency, Fault};

/// Kinds that a type file may name.
const KINDS: [&str; 20] = [
    "text",
    "markdown",
    "int",
    "decimal",
    "money",
    "percent",
    "date",
    "daterange",
    "datetime",
    "bool",
    "enum",
    "ref",
    "list",
    "record",
    "url",
    "email",
    "lang",
    "file",
    "computed",
    "rollup",
];

const TYPE_KEYS: [&str; 9] = ["type", "label", "hint", "path", "tree_parent", "default_view", "fields", "rules", "woo"];

const FIELD_KEYS: [&str; 32] = [
    "type",
    "label",
    "hint",
    "required",
    "required_when",
    "unique",
    "unique_in",
    "immutable",
    "default",
    "max",
    "min",
    "pattern",
    "values",
    "value_labels",
    "transitions",
    "to",
    "inverse",
    "required_target",
    "of",
    "record",
    "currency",
    "allow_unknown",
    "prefix",
    "as",
    "expr",
    "empty_when",
    "from",
    "via",
    "agg",
    "where",
    "by",
    "ref",
];

const RULE_KEYS: [&str; 7] = ["id", "level", "when", "check", "require", "require_any", "message"];

impl Types {
    /// Reads the files of all types. Total: what can't be read is left out and told.
    pub fn read<'a>(files: impl Iterator<Item = (&'a str, &'a Front)>) -> Types {
        let mut types = Types::default();
        let files: Vec<(&str, &Front)> = files.take(limits::TYPES_MAX).collect();
        for (at, (name, _)) in (0..).zip(&files) {
            types.by_name.insert((*name).into(), at);
        }
        // Fields first, without what looks at other types; then totals and formulas, in an order in
        // which each knows the kinds of those that it looks at.
        let mut late = Vec::new();
        for (at, (name, front)) in (0..).zip(&files) {
            let mut reader = Reader { names: &types.by_name, at, problems: Vec::new(), late: Vec::new() };
            let kind = reader.read_type(name, front);
            let Reader { problems, late: own, .. } = reader;
            late.extend(own);
            types.types.push(kind);
            types.problems.insert((*name).into(), problems);
        }
        types.index_inverses(&files);
        types.finish(late);
        types.read_rules(&files);
        for (at, (_, front)) in (0..).zip(&files) {
            for problem in types.impossible(at, front) {
                types.tell(at, problem);
            }
        }
        types.problems.retain(|_, problems| !problems.is_empty());
        types
    }

    fn tell(&mut self, at: TypeIdx, problem: Problem) {
        let name = self.types[usize::from(at)].name.clone();
        let problems = self.problems.entry(name).or_default();
        if problems.len() < limits::DOC_MAX_PROBLEMS {
            problems.push(problem);
        }
    }

    fn index_inverses(&mut self, files: &[(&str, &Front)]) {
        for (at, (_, front)) in (0..).zip(files) {
            let Some(front::Value::Map(fields)) = front.get("fields") else { continue };
            for field in fields {
                let Some(own) = self.types[usize::from(at)].field(&field.key) else { continue };
                let Some(name) = entry(&field.value, "inverse").and_then(front::Value::text) else { continue };
                let Some(targets) = self.field((at, own)).targets() else { continue };
                for target in targets.named.clone().iter() {
                    self.inverses.entry((*target, name.into())).or_default().push((at, own));
                }
            }
        }
    }

    /// Formulas, each after those that it reads. What is left when none can go on goes in circles.
    fn finish(&mut self, mut late: Vec<Late>) {
        let mut n_rounds = 0;
        while !late.is_empty() {
            n_rounds += 1;
            let before = late.len();
            let mut waiting = Vec::new();
            for job in late {
                match self.try_late(&job) {
                    Done::Ready => {}
                    Done::Waits => waiting.push(job),
                }
            }
            late = waiting;
            if late.len() == before || n_rounds > limits::TYPES_MAX_ROUNDS {
                self.tell_cycle(&late);
                return;
            }
        }
    }

    fn tell_cycle(&mut self, late: &[Late]) {
        let names: Vec<String> = late
            .iter()
            .filter(|job| matches!(job.what, What::Expr | What::Rollup))
            .map(|job| format!("{}.{}", self.get(job.owner.0).name, self.field(job.owner).key))
            .collect();
        let path = names.join(", ");
        for job in late {
            let at = self.field(job.owner).at;
            self.tell(job.owner.0, Problem::new(Level::Error, at, "type-cycle", &[("fields", &path)]));
            if matches!(job.what, What::Expr | What::Rollup) {
                self.make_faulty(job.owner, Fault::Cycle);
            }
        }
    }

    /// Whether a formula reads a field whose own formula is not there yet.
    fn waits(&self, formula: &Formula) -> bool {
        formula.fields_read().iter().any(|at| match &self.field(*at).kind {
            Kind::Computed { formula, .. } => formula.is_none(),
            Kind::Rollup(rollup) => rollup.ty == Ty::Nothing,
            _ => false,
        })
    }

    fn try_late(&mut self, job: &Late) -> Done {
        let scope = Scope { types: self, row: Targets::one(job.owner.0), this: Some(Targets::one(job.owner.0)) };
        let compile = |source: &Scalar, scope: &Scope<'_>| expr::compile(&source.text, scope);
        match &job.what {
            What::RequiredWhen | What::AllowUnknown | What::EmptyWhen => {
                let Some(source) = &job.source else { return Done::Ready };
                let formula = compile(source, &scope).and_then(|formula| formula.expect(&Ty::Bool, source));
                if formula.as_ref().is_ok_and(|formula| self.waits(formula)) {
                    return Done::Waits;
                }
                match formula {
                    Ok(formula) => {
                        let field = &mut self.types[usize::from(job.owner.0)].fields[usize::from(job.owner.1)];
                        match (&job.what, &mut field.kind) {
                            (What::RequiredWhen, _) => field.required_when = Some(formula),
                            (What::AllowUnknown, Kind::Money { unknown, .. }) => *unknown = Allow::When(formula),
                            (_, Kind::Computed { empty_when, .. }) => *empty_when = Some(formula),
                            _ => {}
                        }
                    }
                    Err(fault) if fault.is_unready() => return Done::Waits,
                    Err(fault) => self.tell(job.owner.0, fault.problem(source)),
                }
                Done::Ready
            }
            What::Expr => {
                let Some(source) = &job.source else { return Done::Ready };
                let written = match &self.field(job.owner).kind {
                    Kind::Computed { ty, .. } => ty.clone(),
                    _ => return Done::Ready,
                };
                let formula = compile(source, &scope).and_then(|formula| formula.expect(&written, source));
                if formula.as_ref().is_ok_and(|formula| self.waits(formula)) {
                    return Done::Waits;
                }
                match formula {
                    Ok(ready) => {
                        let field = &mut self.types[usize::from(job.owner.0)].fields[usize::from(job.owner.1)];
                        if let Kind::Computed { formula, ty, .. } = &mut field.kind {
                            *ty = ready.ty.clone();
                            *formula = Some(ready);
                        }
                    }
                    Err(fault) if fault.is_unready() => return Done::Waits,
                    Err(fault) => {
                        self.tell(job.owner.0, fault.problem(source));
                        self.make_faulty(job.owner, Fault::Unreadable);
                    }
                }
                Done::Ready
            }
            What::Rollup => self.try_rollup(job),
        }
    }

    fn try_rollup(&mut self, job: &Late) -> Done {
        let Kind::Rollup(rollup) = &self.field(job.owner).kind else { return Done::Ready };
        let (from, how) = (rollup.from, rollup.how);
        let via = match self.via(job, from) {
            Ok(via) => via,
            Err(problem) => {
                self.tell(job.owner.0, problem);
                self.make_faulty(job.owner, Fault::Unreadable);
                return Done::Ready;
            }
        };
        let scope = Scope { types: self, row: Targets::one(from), this: Some(Targets::one(job.owner.0)) };
        let read = |source: &Option<Scalar>, want: Option<&Ty>| -> Result<Option<Formula>, Option<Problem>> {
            let Some(source) = source else { return Ok(None) };
            let formula = expr::compile(&source.text, &scope).and_then(|formula| match want {
                Some(want) => formula.expect(want, source),
                None => Ok(formula),
            });
            match formula {
                Ok(formula) if self.waits(&formula) => Err(None),
                Ok(formula) => Ok(Some(formula)),
                Err(fault) if fault.is_unready() => Err(None),
                Err(fault) => Err(Some(fault.problem(source))),
            }
        };
        let all = read(&job.source, None)
            .and_then(|of| Ok((of, read(&job.only, Some(&Ty::Bool))?)))
            .and_then(|(of, only)| Ok((of, only, read(&job.by, None)?)));
        let fault = match all {
            Err(None) => return Done::Waits,
            Err(Some(problem)) => problem,
            Ok((of, only, by)) => match aggregate_ty(how, of.as_ref().map(|formula| &formula.ty)) {
                Some(ty) => {
                    let ty = if by.is_some() { Ty::List(Box::new(ty)) } else { ty };
                    let field = &mut self.types[usize::from(job.owner.0)].fields[usize::from(job.owner.1)];
                    if let Kind::Rollup(rollup) = &mut field.kind {
                        rollup.via = via;
                        rollup.of = of;
                        rollup.only = only;
                        rollup.by = by;
                        rollup.ty = ty;
                    }
                    return Done::Ready;
                }
                None => {
                    let at = self.field(job.owner).at;
                    Problem::new(Level::Error, at, "type-rollup-of", &[("field", &self.field(job.owner).key)])
                }
            },
        };
        self.tell(job.owner.0, fault);
        self.make_faulty(job.owner, Fault::Unreadable);
        Done::Ready
    }

    /// The field of `from` that refers to the owner of a roll-up.
    fn via(&self, job: &Late, from: TypeIdx) -> Result<FieldIdx, Problem> {
        let source = job.via.as_ref().ok_or_else(|| missing(self.field(job.owner).at, "via"))?;
        let kind = self.get(from);
        let via = kind.field(&source.text).ok_or_else(|| {
            let near = names::nearest(&source.text, kind.fields.iter().map(|field| &*field.key));
            near_problem(source.at, "expr-name", &source.text, near)
        })?;
        match self.field((from, via)).targets() {
            Some(targets) if targets.may_be(job.owner.0) => Ok(via),
            _ => {
                let args = [("field", &*source.text), ("type", &*self.get(job.owner.0).name)];
                Err(Problem::new(Level::Error, source.at, "type-via", &args))
            }
        }
    }

    /// The field has no value any more, and nobody waits for it.
    fn make_faulty(&mut self, at: FieldAt, fault: Fault) {
        let field = &mut self.types[usize::from(at.0)].fields[usize::from(at.1)];
        let ty = match &field.kind {
            Kind::Computed { ty, .. } if *ty != Ty::Nothing => ty.clone(),
            _ => Ty::Number,
        };
        field.kind = Kind::Computed { formula: Some(Formula::faulty(fault)), ty, empty_when: None };
    }

    fn read_rules(&mut self, files: &[(&str, &Front)]) {
        for (at, (_, front)) in (0..).zip(files) {
            let Some(rules) = front.get("rules") else { continue };
            let front::Value::List(items) = rules else {
                self.tell(at, bad(pos(rules), "rules", "a list"));
                continue;
            };
            for item in items.iter().take(limits::TYPE_MAX_RULES) {
                match self.read_rule(at, item) {
                    Ok(rule) => self.types[usize::from(at)].rules.push(rule),
                    Err(problem) => self.tell(at, problem),
                }
            }
        }
    }

    fn read_rule(&mut self, at: TypeIdx, item: &front::Value) -> Result<Rule, Problem> {
        let place = pos(item);
        let front::Value::Map(entries) = item else { return Err(bad(place, "rules", "id, when, check")) };
        for entry in entries.iter().filter(|entry| !RULE_KEYS.contains(&entry.key.as_str())) {
            self.tell(at, unknown_key(entry, &RULE_KEYS));
        }
        let text = |key: &str| entry(item, key).and_then(front::Value::text);
        let id = text("id").ok_or_else(|| missing(place, "id"))?;
        let level = match text("level") {
            None | Some("error") => Level::Error,
            Some("warning") => Level::Warning,
            Some("hint") => Level::Hint,
            Some(_) => {
                let at = entry(item, "level").map_or(place, pos);
                return Err(bad(at, "level", "error, warning, hint"));
            }
        };
        let scope = Scope { types: self, row: Targets::one(at), this: Some(Targets::one(at)) };
        let formula = |key: &str| -> Result<Option<Formula>, Problem> {
            let source = match entry(item, key) {
                Some(front::Value::Scalar(source)) => source,
                Some(other) => return Err(bad(pos(other), key, "status = 'open'")),
                None => return Ok(None),
            };
            let formula = expr::compile(&source.text, &scope).and_then(|formula| formula.expect(&Ty::Bool, source));
            formula.map(Some).map_err(|fault| fault.problem(source))
        };
        let fields = |key: &str| -> Result<Vec<FieldIdx>, Problem> {
            let Some(list) = entry(item, key) else { return Ok(Vec::new()) };
            scalars(list)
                .into_iter()
                .map(|name| {
                    self.get(at).field(&name.text).ok_or_else(|| {
                        let near = names::nearest(&name.text, self.get(at).fields.iter().map(|field| &*field.key));
                        near_problem(name.at, "expr-name", &name.text, near)
                    })
                })
                .collect()
        };
        let mut message = Vec::new();
        if let Some(texts) = entry(item, "message") {
            let one = [(String::new(), texts)];
            let parts: Vec<(String, &front::Value)> = match texts {
                front::Value::Map(texts) => texts.iter().map(|text| (text.key.clone(), &text.value)).collect(),
                _ => one.to_vec(),
            };
            for (lang, text) in parts {
                let front::Value::Scalar(text) = text else { return Err(bad(pos(text), "message", "text")) };
                message.push((lang.into_boxed_str(), parts_of(text, &scope)?));
            }
        }
        let judges = ["check", "require", "require_any"].iter().any(|key| entry(item, key).is_some());
        if !judges {
            return Err(missing(place, "check"));
        }
        Ok(Rule {
            id: id.into(),
            level,
            at: place,
            when: formula("when")?,
            check: formula("check")?,
            require: fields("require")?,
            require_any: fields("require_any")?,
            message,
        })
    }
}

/// A text with `{expression}` in it.
fn parts_of(source: &Scalar, scope: &Scope<'_>) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut rest = source.text.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            parts.push(Part::Text(before.into()));
        }
        parts.push(Part::Value(expr::compile(inside, scope).map_err(|fault| fault.problem(source))?));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.into()));
    }
    Ok(parts)
}

enum Done {
    Ready,
    Waits,
}

/// Something of a field that is read when the fields of all types are known.
struct Late {
    owner: FieldAt,
    what: What,
    source: Option<Scalar>,
    only: Option<Scalar>,
    by: Option<Scalar>,
    via: Option<Scalar>,
}

enum What {
    RequiredWhen,
    AllowUnknown,
    EmptyWhen,
    Expr,
    Rollup,
}

/// Reads one type's file, short of its formulas.
struct Reader<'a> {
    names: &'a FxHashMap<Box<str>, TypeIdx>,
    at: TypeIdx,
    problems: Vec<Problem>,
    late: Vec<Late>,
}

impl Reader<'_> {
    fn read_type(&mut self, name: &str, front: &Front) -> Type {
        for entry in front.fields.iter().filter(|entry| !TYPE_KEYS.contains(&entry.key.as_str())) {
            self.tell(unknown_key(entry, &TYPE_KEYS));
        }
        if let Some(said) = front.text("type").filter(|said| *said != name) {
            let at = front.get("type").map(pos).unwrap_or_default();
            self.tell(Problem::new(Level::Error, at, "type-name", &[("found", said), ("want", name)]));
        }
        if matches!(name, "page" | "pages") {
            // References and queries mean any page by these.
            let at = front.get("type").map(pos).unwrap_or_default();
            self.tell(Problem::new(Level::Error, at, "type-reserved", &[("name", name)]));
        }
        let view = front.text("default_view");
        if let Some(other) = view.filter(|view| !matches!(*view, "head" | "published")) {
            let at = front.get("default_view").map(pos).unwrap_or_default();
            let near = names::nearest(other, ["head", "published"].into_iter());
            self.tell(bad(at, "default_view", near.unwrap_or("published")));
        }
        let tree_parent = front.text("tree_parent").unwrap_or_default().split('|').map(str::trim);
        let mut kind = Type {
            name: name.into(),
            label: texts(front.get("label")),
            hint: texts(front.get("hint")),
            path: front.text("path").map(Box::from),
            shows_published: view == Some("published"),
            tree_parent: tree_parent.filter(|name| !name.is_empty()).map(Box::from).collect(),
            fields: Vec::new(),
            rules: Vec::new(),
        };
        match front.get("fields") {
            Some(front::Value::Map(entries)) => {
                if let Some(first) = entries.get(limits::TYPE_MAX_FIELDS) {
                    self.tell(too_many(first.at, "fields", limits::TYPE_MAX_FIELDS));
                }
                for entry in entries.iter().take(limits::TYPE_MAX_FIELDS) {
                    let own = FieldIdx::try_from(kind.fields.len()).unwrap_or(FieldIdx::MAX);
                    let n_late = self.late.len();
                    match self.read_field(entry, Some(own), &kind.fields) {
                        Ok(field) => kind.fields.push(field),
                        Err(problem) => {
                            self.late.truncate(n_late);
                            self.tell(problem);
                        }
                    }
                }
            }
            Some(other) => self.tell(bad(pos(other), "fields", "fields")),
            None => {}
        }
        kind
    }

    fn tell(&mut self, problem: Problem) {
        if self.problems.len() < limits::DOC_MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// `own` is the field's place when it is a field of the type itself.
    fn read_field(&mut self, from: &front::Field, own: Option<FieldIdx>, before: &[Field]) -> Result<Field, Problem> {
        let said = &from.value;
        if let front::Value::Map(entries) = said {
            for entry in entries.iter().filter(|entry| !FIELD_KEYS.contains(&entry.key.as_str())) {
                self.tell(unknown_key(entry, &FIELD_KEYS));
            }
        }
        let kind = self.read_kind(said, from.at, own)?;
        let text = |key: &str| entry(said, key).and_then(front::Value::text);
        let flag = |key: &str| -> Result<bool, Problem> {
            let Some(found) = entry(said, key) else { return Ok(false) };
            let read = found.text().and_then(|text| value::strict_bool(text).ok());
            read.ok_or_else(|| bad(pos(found), key, "true, false"))
        };
        let unique_in = match entry(said, "unique_in") {
            None => None,
            Some(found) => {
                let name = found.text().unwrap_or_default();
                let at = before.iter().position(|field| &*field.key == name);
                let at = at.ok_or_else(|| {
                    let near = names::nearest(name, before.iter().map(|field| &*field.key));
                    near_problem(pos(found), "expr-name", name, near)
                })?;
                FieldIdx::try_from(at).ok()
            }
        };
        self.later(said, own, "required_when", What::RequiredWhen);
        Ok(Field {
            key: from.key.as_str().into(),
            at: from.at,
            label: texts(entry(said, "label")),
            hint: texts(entry(said, "hint")),
            required: flag("required")?,
            required_when: None,
            unique: flag("unique")?,
            unique_in,
            immutable: flag("immutable")?,
            default: text("default").map(Box::from),
            kind,
        })
    }

    fn later(&mut self, said: &front::Value, own: Option<FieldIdx>, key: &str, what: What) {
        let (Some(own), Some(front::Value::Scalar(source))) = (own, entry(said, key)) else { return };
        let source = Some(source.clone());
        self.late.push(Late { owner: (self.at, own), what, source, only: None, by: None, via: None });
    }

    fn read_kind(&mut self, said: &front::Value, at: Pos, own: Option<FieldIdx>) -> Result<Kind, Problem> {
        let (name, place) = match said {
            front::Value::Scalar(name) => (name.text.as_str(), name.at),
            front::Value::Map(entries) => match entry(said, "type") {
                Some(name) => (name.text().unwrap_or_default(), pos(name)),
                // `{ref: [phase]}`, `{record: {…}}`, `{text: {}}`.
                None => match entries.iter().find(|entry| KINDS.contains(&entry.key.as_str())) {
                    Some(entry) => (entry.key.as_str(), entry.at),
                    None => return Err(missing(at, "type")),
                },
            },
            _ => return Err(missing(at, "type")),
        };
        let text = |key: &str| entry(said, key).and_then(front::Value::text);
        let count = |key: &str| -> Result<Option<usize>, Problem> {
            let Some(found) = entry(said, key) else { return Ok(None) };
            let number = found.text().and_then(|text| text.parse().ok());
            number.map(Some).ok_or_else(|| bad(pos(found), key, "5"))
        };
        let bounds = |read: fn(&str) -> Result<Decimal, value::Misspelt>, example: &str| -> Result<Bounds, Problem> {
            let bound = |key: &str| -> Result<Option<Decimal>, Problem> {
                let Some(found) = entry(said, key) else { return Ok(None) };
                let number = found.text().and_then(|text| read(text).ok());
                number.map(Some).ok_or_else(|| bad(pos(found), key, example))
            };
            Ok(Bounds { min: bound("min")?, max: bound("max")? })
        };
        let kind = match name {
            "text" => Kind::Text { max_chars: count("max")?, pattern: pattern(said)? },
            "markdown" => Kind::Markdown { max_chars: count("max")? },
            "int" => Kind::Int(bounds(value::strict_whole, "5")?),
            "decimal" => Kind::Decimal(bounds(value::strict_decimal, "0.5")?),
            "percent" => Kind::Percent(bounds(value::strict_percent, "80%")?),
            "money" => {
                let mut currencies = Vec::new();
                for code in entry(said, "currency").map(scalars).unwrap_or_default() {
                    currencies.push(Currency::parse(&code.text).ok_or_else(|| bad(code.at, "currency", "EUR"))?);
                }
                let unknown = match text("allow_unknown") {
                    None | Some("false") => Allow::Never,
                    Some("true") => Allow::Always,
                    Some(_) => {
                        self.later(said, own, "allow_unknown", What::AllowUnknown);
                        Allow::Never
                    }
                };
                Kind::Money { currencies, unknown }
            }
            "date" => Kind::Date,
            "daterange" => Kind::Period,
            "datetime" => Kind::Moment,
            "bool" => Kind::Bool,
            "enum" => self.read_choice(said, at)?,
            "ref" => Kind::Ref(self.read_targets(entry(said, "to").or_else(|| entry(said, "ref")))?),
            "list" => {
                let of = entry(said, "of").ok_or_else(|| missing(at, "of"))?;
                let inner = self.read_kind(of, pos(of), None)?;
                if matches!(inner, Kind::List { .. } | Kind::Computed { .. } | Kind::Rollup(_)) {
                    return Err(bad(pos(of), "of", "text, ref, record"));
                }
                let unique = text("unique") == Some("true");
                Kind::List { of: Box::new(inner), min: count("min")?, max: count("max")?, unique }
            }
            "record" => {
                let fields = entry(said, "record").or_else(|| entry(said, "fields"));
                let Some(front::Value::Map(entries)) = fields else { return Err(missing(at, "record")) };
                let mut fields = Vec::new();
                for entry in entries.iter().take(limits::TYPE_MAX_FIELDS) {
                    fields.push(self.read_field(entry, None, &fields)?);
                }
                if fields.iter().any(|field| matches!(field.kind, Kind::Record(_)) || !field.is_written()) {
                    return Err(bad(at, "record", "text, ref, date"));
                }
                Kind::Record(fields.into())
            }
            "url" => Kind::Url { prefix: text("prefix").map(Box::from) },
            "email" => Kind::Email,
            "lang" => Kind::Language,
            "file" => Kind::File,
            "computed" => {
                let ty = match text("as") {
                    None => Ty::Nothing,
                    Some(name) => Ty::named(name).ok_or_else(|| {
                        bad(entry(said, "as").map_or(at, pos), "as", "number, percent, money, date, text, bool")
                    })?,
                };
                if entry(said, "expr").is_none() {
                    return Err(missing(at, "expr"));
                }
                self.later(said, own, "expr", What::Expr);
                self.later(said, own, "empty_when", What::EmptyWhen);
                Kind::Computed { formula: None, ty, empty_when: None }
            }
            "rollup" => self.read_rollup(said, at, own)?,
            _ => return Err(near_problem(place, "type-kind", name, names::nearest(name, KINDS.into_iter()))),
        };
        let is_turned = match &kind {
            Kind::Int(bounds) | Kind::Decimal(bounds) | Kind::Percent(bounds) => {
                bounds.min.zip(bounds.max).is_some_and(|(min, max)| min > max)
            }
            Kind::List { min, max, .. } => min.zip(*max).is_some_and(|(min, max)| min > max),
            _ => false,
        };
        if is_turned {
            let args = [("min", text("min").unwrap_or_default()), ("max", text("max").unwrap_or_default())];
            self.tell(Problem::new(Level::Error, entry(said, "max").map_or(at, pos), "type-bounds", &args));
        }
        Ok(kind)
    }

    fn read_targets(&mut self, said: Option<&front::Value>) -> Result<Targets, Problem> {
        let Some(said) = said else { return Ok(Targets::any()) };
        let mut targets = Targets { any: false, named: Vec::new() };
        for name in scalars(said) {
            if name.text == "page" {
                targets.any = true;
                continue;
            }
            match self.names.get(name.text.as_str()) {
                Some(at) => targets.named.push(*at),
                None => {
                    let near = names::nearest(&name.text, self.names.keys().map(|name| &**name));
                    return Err(near_problem(name.at, "type-unknown", &name.text, near));
                }
            }
        }
        Ok(targets)
    }

    fn read_choice(&mut self, said: &front::Value, at: Pos) -> Result<Kind, Problem> {
        let values = entry(said, "values").ok_or_else(|| missing(at, "values"))?;
        let labels = entry(said, "value_labels");
        let mut choices: Vec<Choice> = Vec::new();
        if scalars(values).len() > limits::TYPE_MAX_CHOICES {
            return Err(too_many(pos(values), "values", limits::TYPE_MAX_CHOICES));
        }
        for id in scalars(values).into_iter().take(limits::TYPE_MAX_CHOICES) {
            let label = texts(labels.and_then(|labels| entry(labels, &id.text)));
            if choices.iter().any(|known| *known.id == *id.text) {
                return Err(bad(id.at, "values", "[open, done]"));
            }
            choices.push(Choice { id: id.text.as_str().into(), label });
        }
        let find = |name: &Scalar| {
            let at = choices.iter().position(|choice| *choice.id == *name.text);
            let at = at.and_then(|at| u16::try_from(at).ok());
            at.ok_or_else(|| {
                let near = names::nearest(&name.text, choices.iter().map(|choice| &*choice.id));
                near_problem(name.at, "expr-choice", &name.text, near)
            })
        };
        let transitions = match entry(said, "transitions") {
            Some(front::Value::Map(entries)) => {
                let mut all = Vec::new();
                for entry in entries {
                    let from = Scalar { text: entry.key.clone(), quoted: false, at: entry.at, span: (0, 0) };
                    let to = scalars(&entry.value).into_iter().map(find).collect::<Result<Vec<u16>, Problem>>()?;
                    all.push((find(&from)?, to));
                }
                Some(all)
            }
            Some(other) => return Err(bad(pos(other), "transitions", "open: [done]")),
            None => None,
        };
        if let Some(front::Value::Scalar(default)) = entry(said, "default") {
            find(default)?;
        }
        Ok(Kind::Choice { choices: choices.into(), transitions })
    }

    fn read_rollup(&mut self, said: &front::Value, at: Pos, own: Option<FieldIdx>) -> Result<Kind, Problem> {
        let text = |key: &str| entry(said, key).and_then(front::Value::text).ok_or_else(|| missing(at, key));
        let source = |key: &str| match entry(said, key) {
            Some(front::Value::Scalar(source)) => Some(source.clone()),
            _ => None,
        };
        let own = own.ok_or_else(|| bad(at, "type", "text"))?;
        let from = text("from")?;
        let from = self.names.get(from).copied().ok_or_else(|| {
            let near = names::nearest(from, self.names.keys().map(|name| &**name));
            near_problem(entry(said, "from").map_or(at, pos), "type-unknown", from, near)
        })?;
        let how = text("agg")?;
        let how = Aggregate::named(how).ok_or_else(|| {
            let near = names::nearest(how, Aggregate::NAMES.iter().map(|known| known.0));
            near_problem(entry(said, "agg").map_or(at, pos), "type-aggregate", how, near)
        })?;
        let via = source("via").ok_or_else(|| missing(at, "via"))?;
        self.late.push(Late {
            owner: (self.at, own),
            what: What::Rollup,
            source: source("of"),
            only: source("where"),
            by: source("by"),
            via: Some(via),
        });
        Ok(Kind::Rollup(Box::new(Rollup { from, via: 0, how, of: None, only: None, by: None, ty: Ty::Nothing })))
    }
}

fn pattern(said: &front::Value) -> Result<Option<Pattern>, Problem> {
    let Some(front::Value::Scalar(source)) = entry(said, "pattern") else { return Ok(None) };
    let build = |text: &str| regex::RegexBuilder::new(text).size_limit(limits::PATTERN_MAX_BYTES).build();
    let mut whole = String::new();
    let _ = write!(whole, "^(?:{})$", source.text);
    // Alone too: a bracket must not close the one around it.
    match build(&source.text).and_then(|_| build(&whole)) {
        Ok(regex) => Ok(Some(Pattern { source: source.text.as_str().into(), regex })),
        Err(_) => Err(bad(source.at, "pattern", r"[A-Z]{2}-\d{3}")),
    }
}

/// The value of a key of a map.
pub(crate) fn entry<'a>(value: &'a front::Value, key: &str) -> Option<&'a front::Value> {
    let front::Value::Map(fields) = value else { return None };
    fields.iter().find(|field| field.key == key).map(|field| &field.value)
}

/// A list of scalars, or one.
pub(crate) fn scalars(value: &front::Value) -> Vec<&Scalar> {
    let items = match value {
        front::Value::List(items) => items.as_slice(),
        value => std::slice::from_ref(value),
    };
    items
        .iter()
        .filter_map(|item| match item {
            front::Value::Scalar(scalar) => Some(scalar),
            _ => None,
        })
        .collect()
}

/// Where a value begins; 0:0 for what is empty.
pub(crate) fn pos(value: &front::Value) -> Pos {
    match value {
        front::Value::Scalar(scalar) => scalar.at,
        front::Value::List(items) => items.first().map(pos).unwrap_or_default(),
        front::Value::Map(fields) => fields.first().map(|field| field.at).unwrap_or_default(),
        front::Value::Empty => Pos::default(),
    }
}

pub(crate) fn texts(said: Option<&front::Value>) -> Texts {
    match said {
        Some(front::Value::Map(fields)) => Texts(
            fields.iter().filter_map(|field| Some((field.key.as_str().into(), field.value.text()?.into()))).collect(),
        ),
        Some(front::Value::Scalar(scalar)) => Texts(vec![("".into(), scalar.text.as_str().into())]),
        _ => Texts::default(),
    }
}

fn bad(at: Pos, key: &str, want: &str) -> Problem {
    Problem::new(Level::Error, at, "type-bad", &[("key", key), ("want", want)])
}

fn too_many(at: Pos, key: &str, most: usize) -> Problem {
    Problem::new(Level::Error, at, "type-too-many", &[("key", key), ("most", &most.to_string())])
}

fn missing(at: Pos, key: &str) -> Problem {
    Problem::new(Level::Error, at, "type-missing", &[("key", key)])
}

fn unknown_key(entry: &front::Field, known: &[&'static str]) -> Problem {
    let mut problem = near_problem(entry.at, "type-key", &entry.key, names::nearest(&entry.key, known.iter().copied()));
    problem.level = Level::Warning;
    problem
}

/// A name that is not there, with the one that was perhaps meant; `near` is empty when none is.
pub(crate) fn near_problem(at: Pos, code: &str, name: &str, near: Option<&str>) -> Problem {
    Problem::new(Level::Error, at, code, &[("name", name), ("near", near.unwrap_or_default())])
}
