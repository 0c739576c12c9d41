//! The types of a wiki: what `.polder/types/<type>.yml` says about the fields of a record.
//!
//! All types of a site are read together, because they speak of each other: references name types,
//! roll-ups name fields of others, expressions pass through both. A type file that is odd in one
//! place keeps the rest; each odd place is a problem of that file. What a page's fields hold is
//! read by `records`; what expressions come to, by `eval`; how the files are read stands in `read`,
//! what can't be in `possible`.

mod possible;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

pub(crate) use self::read::{entry, near_problem, pos, scalars, texts};
use crate::expr::{Formula, Targets, Ty};
use crate::names;
use crate::problem::{Level, Pos, Problem};
use crate::value::Currency;

/// A type's place among the types of its site.
pub type TypeIdx = u16;

/// A field's place in its type.
pub type FieldIdx = u16;

/// One field of one type.
pub type FieldAt = (TypeIdx, FieldIdx);

/// Where the file of a type stands.
pub fn path(name: &str) -> String {
    format!(".polder/types/{name}.yml")
}

/// A text in several languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(Vec<(Box<str>, Box<str>)>);

impl Texts {
    /// In the language asked for, else in the first there is.
    pub fn get(&self, lang: &str) -> Option<&str> {
        let found = self.0.iter().find(|text| &*text.0 == lang).or(self.0.first());
        found.map(|text| &*text.1)
    }

    /// All of them, by language.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(lang, text)| (&**lang, &**text))
    }
}

/// All types of a site.
#[derive(Debug, Default)]
pub struct Types {
    types: Vec<Type>,
    by_name: FxHashMap<Box<str>, TypeIdx>,
    /// By the type referred to and the name that it gives to those who refer.
    inverses: FxHashMap<(TypeIdx, Box<str>), Vec<FieldAt>>,
    /// What is odd in the files of the types, by the type's name.
    pub problems: BTreeMap<Box<str>, Vec<Problem>>,
}

/// One type.
#[derive(Debug)]
pub struct Type {
    pub name: Box<str>,
    pub label: Texts,
    /// What the type is for, in a sentence.
    pub hint: Texts,
    /// Where new pages of this type are made, e.g. `begroting/{date.year}/{id}`.
    pub path: Option<Box<str>>,
    /// Fields that name the topic above in the mindmap; the first that is filled counts.
    pub tree_parent: Vec<Box<str>>,
    /// Whether readers get the version in force where there is one, rather than the text as it is now.
    pub shows_published: bool,
    pub fields: Vec<Field>,
    pub rules: Vec<Rule>,
}

/// One field, of a type or of a nested record.
#[derive(Debug)]
pub struct Field {
    pub key: Box<str>,
    /// Where it is described in the type's file.
    pub at: Pos,
    pub label: Texts,
    pub hint: Texts,
    pub kind: Kind,
    pub required: bool,
    pub required_when: Option<Formula>,
    /// No two records of the type hold the same.
    pub unique: bool,
    /// No two records of the type that agree in this other field hold the same.
    pub unique_in: Option<FieldIdx>,
    pub immutable: bool,
    /// What counts where the page says nothing, as it would be written.
    pub default: Option<Box<str>>,
}

/// What a field holds.
#[derive(Debug)]
pub enum Kind {
    Text { max_chars: Option<usize>, pattern: Option<Pattern> },
    Markdown { max_chars: Option<usize> },
    Int(Bounds),
    Decimal(Bounds),
    Money { currencies: Vec<Currency>, unknown: Allow },
    Percent(Bounds),
    Date,
    Period,
    Moment,
    Bool,
    Choice { choices: Arc<[Choice]>, transitions: Option<Vec<(u16, Vec<u16>)>> },
    Ref(Targets),
    List { of: Box<Kind>, min: Option<usize>, max: Option<usize>, unique: bool },
    Record(Arc<[Field]>),
    Url { prefix: Option<Box<str>> },
    Email,
    Language,
    File,
    Computed { formula: Option<Formula>, ty: Ty, empty_when: Option<Formula> },
    Rollup(Box<Rollup>),
}

/// The least and the most that a number may be. Percents as fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
}

/// Whether an amount may be `unknown`.
#[derive(Debug)]
pub enum Allow {
    Never,
    Always,
    When(Formula),
}

/// One value of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: Arc<str>,
    pub label: Texts,
}

/// A regular expression that a whole text must match.
#[derive(Debug)]
pub struct Pattern {
    pub source: Box<str>,
    regex: Regex,
}

impl Pattern {
    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// A total over records that refer to this one.
#[derive(Debug)]
pub struct Rollup {
    pub from: TypeIdx,
    /// The field of `from` that refers to this record.
    pub via: FieldIdx,
    pub how: Aggregate,
    pub of: Option<Formula>,
    pub only: Option<Formula>,
    /// Totals apart for each value of this.
    pub by: Option<Formula>,
    pub ty: Ty,
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Sum,
    Count,
    Average,
    Min,
    Max,
    Earliest,
    Latest,
    /// The part of the records for which the condition holds.
    Share,
}

impl Aggregate {
    pub const NAMES: [(&'static str, Aggregate); 8] = [
        ("sum", Aggregate::Sum),
        ("count", Aggregate::Count),
        ("average", Aggregate::Average),
        ("min", Aggregate::Min),
        ("max", Aggregate::Max),
        ("earliest", Aggregate::Earliest),
        ("latest", Aggregate::Latest),
        ("share", Aggregate::Share),
    ];

    pub fn named(name: &str) -> Option<Aggregate> {
        Aggregate::NAMES.iter().find(|known| known.0 == name).map(|known| known.1)
    }
}

/// What must hold in every record of a type.
#[derive(Debug)]
pub struct Rule {
    pub id: Box<str>,
    pub level: Level,
    /// Where it stands in the type's file.
    pub at: Pos,
    pub when: Option<Formula>,
    pub check: Option<Formula>,
    /// Fields of which all must be filled.
    pub require: Vec<FieldIdx>,
    /// Fields of which one must be filled.
    pub require_any: Vec<FieldIdx>,
    /// What is said when it does not hold, in parts.
    pub message: Vec<(Box<str>, Vec<Part>)>,
}

/// A piece of a message.
#[derive(Debug)]
pub enum Part {
    Text(Box<str>),
    Value(Formula),
}

impl Rule {
    pub fn message(&self, lang: &str) -> Option<&[Part]> {
        let found = self.message.iter().find(|message| &*message.0 == lang).or(self.message.first());
        found.map(|message| message.1.as_slice())
    }
}

impl Type {
    pub fn field(&self, key: &str) -> Option<FieldIdx> {
        let at = self.fields.iter().position(|field| &*field.key == key)?;
        FieldIdx::try_from(at).ok()
    }

    /// The field whose period says when the record counts: `period`, else the only one of its kind.
    pub fn period_field(&self) -> Option<FieldIdx> {
        self.field("period").filter(|at| matches!(self.fields[usize::from(*at)].kind, Kind::Period)).or_else(|| {
            let mut periods = (0..).zip(&self.fields).filter(|(_, field)| matches!(field.kind, Kind::Period));
            match (periods.next(), periods.next()) {
                (Some((at, _)), None) => Some(at),
                _ => None,
            }
        })
    }
}

impl Field {
    /// Whether a page may write this field: what is computed is never in the file.
    pub fn is_written(&self) -> bool {
        !matches!(self.kind, Kind::Computed { .. } | Kind::Rollup(_))
    }

    /// What it refers to, alone or as a list.
    pub fn targets(&self) -> Option<&Targets> {
        match &self.kind {
            Kind::Ref(targets) => Some(targets),
            Kind::List { of, .. } => match &**of {
                Kind::Ref(targets) => Some(targets),
                _ => None,
            },
            _ => None,
        }
    }

    /// The choice with this id.
    pub fn choice(&self, id: &str) -> Option<&Choice> {
        match &self.kind {
            Kind::Choice { choices, .. } => choices.iter().find(|choice| &*choice.id == id),
            _ => None,
        }
    }
}

impl Kind {
    /// The name of the kind in type files.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Text { .. } => "text",
            Kind::Markdown { .. } => "markdown",
            Kind::Int(_) => "int",
            Kind::Decimal(_) => "decimal",
            Kind::Money { .. } => "money",
            Kind::Percent(_) => "percent",
            Kind::Date => "date",
            Kind::Period => "daterange",
            Kind::Moment => "datetime",
            Kind::Bool => "bool",
            Kind::Choice { .. } => "enum",
            Kind::Ref(_) => "ref",
            Kind::List { .. } => "list",
            Kind::Record(_) => "record",
            Kind::Url { .. } => "url",
            Kind::Email => "email",
            Kind::Language => "lang",
            Kind::File => "file",
            Kind::Computed { .. } => "computed",
            Kind::Rollup(_) => "rollup",
        }
    }

    /// What an expression sees of it.
    pub fn ty(&self) -> Ty {
        match self {
            Kind::Text { .. } | Kind::Markdown { .. } | Kind::Url { .. } | Kind::Email => Ty::Text,
            Kind::Language | Kind::File => Ty::Text,
            Kind::Int(_) | Kind::Decimal(_) => Ty::Number,
            Kind::Money { .. } => Ty::Money,
            Kind::Percent(_) => Ty::Percent,
            Kind::Date => Ty::Date,
            Kind::Period => Ty::Period,
            Kind::Moment => Ty::Moment,
            Kind::Bool => Ty::Bool,
            Kind::Choice { choices, .. } => Ty::Choice(Arc::clone(choices)),
            Kind::Ref(targets) => Ty::Page(targets.clone()),
            Kind::List { of, .. } => Ty::List(Box::new(of.ty())),
            Kind::Record(fields) => Ty::Record(Arc::clone(fields)),
            Kind::Computed { ty, .. } => ty.clone(),
            Kind::Rollup(rollup) => rollup.ty.clone(),
        }
    }
}

impl Types {
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    pub fn named(&self, name: &str) -> Option<TypeIdx> {
        self.by_name.get(name).copied()
    }

    /// All types, by name; the place of each is its `TypeIdx`.
    pub fn all(&self) -> &[Type] {
        &self.types
    }

    pub fn get(&self, at: TypeIdx) -> &Type {
        &self.types[usize::from(at)]
    }

    pub fn field(&self, (kind, field): FieldAt) -> &Field {
        &self.types[usize::from(kind)].fields[usize::from(field)]
    }

    /// Which fields refer to records of `target` under this name.
    pub fn inverse(&self, target: TypeIdx, name: &str) -> &[FieldAt] {
        self.inverses.get(&(target, name.into())).map_or(&[], Vec::as_slice)
    }

    /// Names under which records of `target` are referred to.
    pub fn inverse_names(&self, target: TypeIdx) -> impl Iterator<Item = &str> {
        self.inverses.keys().filter(move |key| key.0 == target).map(|key| &*key.1)
    }

    /// The name nearest to one that is not there.
    pub fn near(&self, name: &str) -> Option<&str> {
        names::nearest(name, self.types.iter().map(|kind| &*kind.name))
    }
}

/// What an aggregate of such values is; `None` when it has no meaning.
pub fn aggregate_ty(how: Aggregate, of: Option<&Ty>) -> Option<Ty> {
    let of = match of {
        Some(Ty::List(item)) => Some(&**item),
        of => of,
    };
    match (how, of) {
        (Aggregate::Count, _) => Some(Ty::Number),
        (Aggregate::Share, _) => Some(Ty::Percent),
        (Aggregate::Sum, Some(ty @ (Ty::Number | Ty::Percent | Ty::Money | Ty::Months))) => Some(ty.clone()),
        (Aggregate::Average, Some(ty @ (Ty::Number | Ty::Percent | Ty::Money))) => Some(ty.clone()),
        (Aggregate::Min | Aggregate::Max, Some(ty @ (Ty::Number | Ty::Percent | Ty::Money | Ty::Months))) => {
            Some(ty.clone())
        }
        (
            Aggregate::Min | Aggregate::Max | Aggregate::Earliest | Aggregate::Latest,
            Some(ty @ (Ty::Date | Ty::Moment)),
        ) => Some(ty.clone()),
        (Aggregate::Earliest | Aggregate::Latest, Some(Ty::Period)) => Some(Ty::Date),
        _ => None,
    }
}
