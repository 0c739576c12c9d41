//! Expressions of types and queries: read, typed, and turned into code that always ends.
//!
//! The language is total: no loops but over the records of the site, no functions of its own, no
//! recursion. Every expression is typed against the types of the site when it is read, so that
//! `amount > 100` is refused with the amount to write instead. `parse` makes a tree of a text, by the
//! grammar that stands there; `typer` makes code of the tree. What code comes to for a record is
//! computed in `eval`.

mod parse;
mod typer;

use std::fmt;
use std::sync::Arc;

use self::parse::{Node, parse};
use self::typer::Typer;
use crate::front::Scalar;
use crate::problem::{Level, Pos, Problem};
use crate::types::{Aggregate, Choice, Field, FieldAt, FieldIdx, TypeIdx, Types, aggregate_ty};
use crate::value::{Fault, Value};

/// What an expression comes to.
#[derive(Clone, Debug)]
pub enum Ty {
    /// Not known (yet).
    Nothing,
    Bool,
    Number,
    Percent,
    Money,
    /// A length of time, in months.
    Months,
    Text,
    Choice(Arc<[Choice]>),
    Date,
    Period,
    Moment,
    Page(Targets),
    List(Box<Ty>),
    Record(Arc<[Field]>),
}

impl PartialEq for Ty {
    fn eq(&self, other: &Ty) -> bool {
        match (self, other) {
            (Ty::Choice(a), Ty::Choice(b)) => Arc::ptr_eq(a, b) || a == b,
            (Ty::Page(_), Ty::Page(_)) => true,
            (Ty::List(a), Ty::List(b)) => a == b,
            (Ty::Record(a), Ty::Record(b)) => Arc::ptr_eq(a, b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Ty {
    /// By the name that type files use (`as: money`).
    pub fn named(name: &str) -> Option<Ty> {
        Some(match name {
            "bool" => Ty::Bool,
            "number" | "int" | "decimal" => Ty::Number,
            "percent" => Ty::Percent,
            "money" => Ty::Money,
            "text" => Ty::Text,
            "date" => Ty::Date,
            "daterange" => Ty::Period,
            "datetime" => Ty::Moment,
            _ => return None,
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Ty::Nothing => "nothing",
            Ty::Bool => "bool",
            Ty::Number => "number",
            Ty::Percent => "percent",
            Ty::Money => "money",
            Ty::Months => "months",
            Ty::Text => "text",
            Ty::Choice(_) => "enum",
            Ty::Date => "date",
            Ty::Period => "daterange",
            Ty::Moment => "datetime",
            Ty::Page(_) => "ref",
            Ty::List(_) => "list",
            Ty::Record(_) => "record",
        }
    }

    /// Whether it stands in a column of figures.
    pub fn is_figure(&self) -> bool {
        matches!(self, Ty::Number | Ty::Percent | Ty::Money | Ty::Months)
    }
}

/// Which pages something may be: records of some types, or any page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    pub any: bool,
    pub named: Vec<TypeIdx>,
}

impl Targets {
    pub fn one(at: TypeIdx) -> Targets {
        Targets { any: false, named: vec![at] }
    }

    pub fn any() -> Targets {
        Targets { any: true, named: Vec::new() }
    }

    pub fn may_be(&self, at: TypeIdx) -> bool {
        self.any || self.named.contains(&at)
    }
}

/// What names mean in an expression.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub types: &'a Types,
    /// The record that bare names are fields of.
    pub row: Targets,
    /// What `this` is.
    pub this: Option<Targets>,
}

/// An expression ready to be computed.
#[derive(Debug)]
pub struct Formula {
    pub source: Box<str>,
    pub ty: Ty,
    pub(crate) code: Code,
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprFault {
    /// Bytes from its beginning.
    pub at: usize,
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
}

impl ExprFault {
    fn new(at: usize, code: &'static str, args: &[(&'static str, &str)]) -> ExprFault {
        ExprFault { at, code, args: args.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
    }

    /// It looks at a formula that is itself not read yet.
    pub(crate) fn is_unready(&self) -> bool {
        self.code == "expr-unready"
    }

    /// As a problem of the file in which the expression stands.
    pub fn problem(&self, source: &Scalar) -> Problem {
        let shift = u32::try_from(self.at).unwrap_or(0) + u32::from(source.quoted);
        let at = match source.at {
            Pos { line: 0, .. } => source.at,
            at => Pos { line: at.line, column: at.column.saturating_add(shift) },
        };
        let args: Vec<(&str, &str)> = self.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Problem::new(Level::Error, at, self.code, &args)
    }
}

/// What is computed; every part knows what it reads.
#[derive(Debug)]
pub(crate) enum Code {
    Const(Value),
    Fault(Fault),
    Row,
    This,
    Meta(Box<Code>, Meta),
    Field(Box<Code>, Box<[FieldAt]>),
    /// Records that refer to this one.
    Inverse(Box<Code>, Box<[FieldAt]>),
    Part(Box<Code>, u16),
    DatePart(Box<Code>, DatePart),
    Filter(Box<Code>, Box<Code>),
    Not(Box<Code>),
    Neg(Box<Code>),
    And(Box<Code>, Box<Code>),
    Or(Box<Code>, Box<Code>),
    Compare(Cmp, Box<Code>, Box<Code>),
    Arith(Arith, Box<Code>, Box<Code>),
    In(Box<Code>, Box<Code>),
    Contains(Box<Code>, Box<Code>),
    Overlaps(Box<Code>, Box<Code>),
    IsEmpty(Box<Code>),
    List(Vec<Code>),
    AsPercent(Box<Code>),
    Today,
    /// With the kind of what it comes to.
    Aggregate(Aggregate, Ty, Box<Code>),
    /// Other records of the row's type with the same value of this field.
    Siblings(FieldAt),
    /// The record with the next lower value of `order` among those with the same `within`.
    Previous {
        order: FieldAt,
        within: Option<FieldIdx>,
    },
    Active(Box<[FieldAt]>, Box<Code>),
    Precision(Box<Code>),
    HasVersion(FieldAt),
    LinkedTo(Box<Code>),
    /// The largest sum of `value` over those of `items` and the row whose periods run together.
    MaxOverTime {
        items: Box<Code>,
        value: Box<Code>,
        periods: Box<[FieldAt]>,
    },
}

/// What every page has, whatever its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    Title,
    Path,
    Slug,
    Folder,
    Type,
    Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatePart {
    /// The year and the month, as a date of that precision.
    Year,
    Month,
    Day,
    From,
    To,
    /// The year as a number.
    YearNumber,
    MonthNumber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Same,
    Differs,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arith {
    Plus,
    Minus,
    Times,
    Over,
}

impl Formula {
    /// What stands for an expression that can't be computed.
    pub(crate) fn faulty(fault: Fault) -> Formula {
        Formula { source: "".into(), ty: Ty::Nothing, code: Code::Fault(fault) }
    }

    /// The field itself, when the expression is nothing but a field of the row.
    pub fn own_field(&self) -> Option<FieldAt> {
        match &self.code {
            Code::Field(of, at) if matches!(**of, Code::Row) && at.len() == 1 => Some(at[0]),
            _ => None,
        }
    }

    /// Whether it is the title of the row's page.
    pub fn is_title(&self, types: &Types) -> bool {
        match &self.code {
            Code::Meta(of, Meta::Title) => matches!(**of, Code::Row),
            Code::Field(of, at) => matches!(**of, Code::Row) && at.iter().all(|at| &*types.field(*at).key == "title"),
            _ => false,
        }
    }

    /// The same formula where a value of this kind is asked for.
    pub(crate) fn expect(mut self, want: &Ty, source: &Scalar) -> Result<Formula, ExprFault> {
        let _ = source;
        match (&self.ty, want) {
            (_, Ty::Nothing) => Ok(self),
            (have, want) if have == want => Ok(self),
            (Ty::Number, Ty::Percent) if matches!(self.code, Code::Arith(Arith::Over, ..)) => {
                self.code = Code::AsPercent(Box::new(self.code));
                self.ty = Ty::Percent;
                Ok(self)
            }
            (have, want) => Err(ExprFault::new(0, "expr-result", &[("found", have.name()), ("want", want.name())])),
        }
    }

    /// All fields that it looks at, of whatever record.
    pub(crate) fn fields_read(&self) -> Vec<FieldAt> {
        let mut fields = Vec::new();
        self.code.each(&mut |code| match code {
            Code::Field(_, at) | Code::Inverse(_, at) | Code::Active(at, _) => fields.extend_from_slice(at),
            Code::MaxOverTime { periods, .. } => fields.extend_from_slice(periods),
            Code::Siblings(at) | Code::HasVersion(at) => fields.push(*at),
            Code::Previous { order, within } => {
                fields.push(*order);
                fields.extend(within.map(|within| (order.0, within)));
            }
            _ => {}
        });
        fields
    }
}

impl Code {
    /// Visits this and everything in it.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(&Code)) {
        visit(self);
        match self {
            Code::Const(_) | Code::Fault(_) | Code::Row | Code::This | Code::Today => {}
            Code::Siblings(_) | Code::Previous { .. } | Code::HasVersion(_) => {}
            Code::Meta(of, _) | Code::Field(of, _) | Code::Inverse(of, _) | Code::Part(of, _) => of.each(visit),
            Code::DatePart(of, _) | Code::Not(of) | Code::Neg(of) | Code::IsEmpty(of) | Code::AsPercent(of) => {
                of.each(visit);
            }
            Code::Aggregate(_, _, of) | Code::Active(_, of) | Code::Precision(of) | Code::LinkedTo(of) => {
                of.each(visit)
            }
            Code::Filter(a, b) | Code::And(a, b) | Code::Or(a, b) | Code::Compare(_, a, b) | Code::Arith(_, a, b) => {
                a.each(visit);
                b.each(visit);
            }
            Code::In(a, b) | Code::Contains(a, b) | Code::Overlaps(a, b) => {
                a.each(visit);
                b.each(visit);
            }
            Code::List(items) => items.iter().for_each(|item| item.each(visit)),
            Code::MaxOverTime { items, value, .. } => {
                items.each(visit);
                value.each(visit);
            }
        }
    }
}

/// Reads and types an expression.
pub fn compile(source: &str, scope: &Scope<'_>) -> Result<Formula, ExprFault> {
    let ast = parse(source)?;
    let typer = Typer { types: scope.types, this: scope.this.clone() };
    let (code, ty) = typer.code(&ast, &scope.row)?;
    if ty == Ty::Nothing {
        return Err(ExprFault::new(0, "expr-unready", &[]));
    }
    Ok(Formula { source: source.into(), ty, code })
}

/// `sum(amount)` and the like over the rows of a group: how, and of what. `count()` is of nothing;
/// an expression without such a call is of its sum where it can be summed.
pub fn compile_aggregate(source: &str, scope: &Scope<'_>) -> Result<(Aggregate, Option<Formula>, Ty), ExprFault> {
    let ast = parse(source)?;
    let (how, of) = match &ast.node {
        Node::Call(name, args) if Aggregate::named(name).is_some() && args.len() <= 1 => {
            (Aggregate::named(name), args.first())
        }
        _ => (Some(Aggregate::Sum), Some(&ast)),
    };
    let how = how.unwrap_or(Aggregate::Sum);
    let typer = Typer { types: scope.types, this: scope.this.clone() };
    let of = match of {
        None => None,
        Some(of) => {
            let (code, ty) = typer.code(of, &scope.row)?;
            let at = of.at;
            let text = source.get(at..).unwrap_or(source).trim_end_matches(')');
            Some(Formula { source: text.into(), ty, code })
        }
    };
    let ty = aggregate_ty(how, of.as_ref().map(|of| &of.ty));
    let ty = ty.ok_or_else(|| {
        let found = of.as_ref().map_or("nothing", |of| of.ty.name());
        ExprFault::new(0, "expr-aggregate", &[("found", found)])
    })?;
    Ok((how, of, ty))
}

impl fmt::Display for ExprFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code, self.at)
    }
}
