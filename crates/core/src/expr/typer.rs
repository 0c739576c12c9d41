//! Expressions typed: a tree becomes code, or the fault says what would fit.
//!
//! Every name is looked up in the types of the site, so that code knows each field that it reads.

use std::sync::Arc;

use super::parse::{Ast, Node};
use super::{Arith, Cmp, Code, DatePart, ExprFault, Meta, Targets, Ty};
use crate::limits;
use crate::names;
use crate::types::{Aggregate, Choice, FieldAt, TypeIdx, Types, aggregate_ty};
use crate::value::{Currency, Date, Money, Period, Value, strict_decimal};

pub(super) struct Typer<'a> {
    pub(super) types: &'a Types,
    pub(super) this: Option<Targets>,
}

type Typed = (Code, Ty);

const FUNCTIONS: [&str; 19] = [
    "today",
    "sum",
    "count",
    "average",
    "min",
    "max",
    "earliest",
    "latest",
    "share",
    "year",
    "month",
    "overlaps",
    "linked",
    "previous",
    "siblings",
    "active",
    "precision",
    "has_version",
    "max_over_time",
];

const METAS: [(&str, Meta); 6] = [
    ("title", Meta::Title),
    ("path", Meta::Path),
    ("slug", Meta::Slug),
    ("folder", Meta::Folder),
    ("type", Meta::Type),
    ("tags", Meta::Tags),
];

impl Typer<'_> {
    pub(super) fn code(&self, ast: &Ast, row: &Targets) -> Result<Typed, ExprFault> {
        match &ast.node {
            Node::Literal(value) => Ok((Code::Const(value.clone()), literal_ty(value))),
            Node::Number(number) => {
                let number = strict_decimal(number).map_err(|_| self.type_fault(ast.at, &Ty::Number, &Ty::Number))?;
                Ok((Code::Const(Value::Number(number)), Ty::Number))
            }
            Node::Text(text) => Ok((Code::Const(Value::text(text)), Ty::Text)),
            Node::Name(name) if name == "this" => match &self.this {
                Some(this) => Ok((Code::This, Ty::Page(this.clone()))),
                None => Err(ExprFault::new(ast.at, "expr-no-this", &[])),
            },
            Node::Name(name) => self.step(ast.at, Code::Row, row, name),
            Node::Dot(of, name) => self.dot(ast.at, of, name, row),
            Node::Filter(of, only) => {
                let (list, ty) = self.code(of, row)?;
                let Ty::List(item) = &ty else { return Err(self.want(of.at, &ty, "list")) };
                let Ty::Page(targets) = &**item else { return Err(self.want(of.at, item, "ref")) };
                let (only, is) = self.code(only, targets)?;
                if is != Ty::Bool {
                    return Err(self.want(ast.at, &is, "bool"));
                }
                Ok((Code::Filter(Box::new(list), Box::new(only)), ty))
            }
            Node::Call(name, args) => self.call(ast.at, name, args, row),
            Node::Not(of) => Ok((Code::Not(Box::new(self.bool(of, row)?)), Ty::Bool)),
            Node::Neg(of) => {
                let (code, ty) = self.code(of, row)?;
                if !ty.is_figure() {
                    return Err(self.want(of.at, &ty, "number"));
                }
                Ok((Code::Neg(Box::new(code)), ty))
            }
            Node::And(a, b) => Ok((Code::And(Box::new(self.bool(a, row)?), Box::new(self.bool(b, row)?)), Ty::Bool)),
            Node::Or(a, b) => Ok((Code::Or(Box::new(self.bool(a, row)?), Box::new(self.bool(b, row)?)), Ty::Bool)),
            Node::Compare(cmp, a, b) => {
                let (left, right, ty) = self.pair(a, b, row)?;
                if matches!(ty, Ty::List(_) | Ty::Record(_)) {
                    return Err(self.want(a.at, &ty, "contains, in"));
                }
                if matches!(ty, Ty::Page(_) | Ty::Bool) && !matches!(cmp, Cmp::Same | Cmp::Differs) {
                    return Err(self.want(a.at, &ty, "=, !="));
                }
                Ok((Code::Compare(*cmp, Box::new(left), Box::new(right)), Ty::Bool))
            }
            Node::Arith(how, a, b) => self.arith(ast.at, *how, a, b, row),
            Node::In(a, b) => {
                let (left, left_ty) = self.code(a, row)?;
                let right = match &b.node {
                    Node::List(items) => {
                        let items = items.iter().map(|item| Ok(self.pair(a, item, row)?.1));
                        Code::List(items.collect::<Result<Vec<Code>, ExprFault>>()?)
                    }
                    _ => {
                        let (list, ty) = self.code(b, row)?;
                        match &ty {
                            Ty::List(item) if **item == left_ty => list,
                            _ => return Err(self.want(b.at, &ty, "list")),
                        }
                    }
                };
                // A reference is compared by its address when the list names addresses.
                let left = match &right {
                    Code::List(items)
                        if matches!(left_ty, Ty::Page(_))
                            && items.iter().all(|item| matches!(item, Code::Const(Value::Text(_)))) =>
                    {
                        Code::Meta(Box::new(left), Meta::Path)
                    }
                    _ => left,
                };
                Ok((Code::In(Box::new(left), Box::new(right)), Ty::Bool))
            }
            Node::Contains(a, b) => {
                let (left, ty) = self.code(a, row)?;
                let right = match &ty {
                    Ty::Text => self.code(b, row)?.0,
                    Ty::List(item) => self.fit(b, row, item)?,
                    ty => return Err(self.want(a.at, ty, "list, text")),
                };
                Ok((Code::Contains(Box::new(left), Box::new(right)), Ty::Bool))
            }
            Node::Overlaps(a, b) => {
                let (left, right) = (self.periods(a, row)?, self.periods(b, row)?);
                Ok((Code::Overlaps(Box::new(left), Box::new(right)), Ty::Bool))
            }
            Node::IsEmpty(of) => Ok((Code::IsEmpty(Box::new(self.code(of, row)?.0)), Ty::Bool)),
            Node::List(items) => {
                let mut codes = Vec::new();
                let mut ty = Ty::Nothing;
                for item in items {
                    let (code, item_ty) = self.code(item, row)?;
                    if ty != Ty::Nothing && ty != item_ty {
                        return Err(self.type_fault(item.at, &ty, &item_ty));
                    }
                    ty = item_ty;
                    codes.push(code);
                }
                Ok((Code::List(codes), Ty::List(Box::new(if items.is_empty() { Ty::Text } else { ty }))))
            }
        }
    }

    fn want(&self, at: usize, found: &Ty, want: &str) -> ExprFault {
        match found {
            Ty::Nothing => ExprFault::new(at, "expr-unready", &[]),
            found => ExprFault::new(at, "expr-type", &[("found", found.name()), ("want", want)]),
        }
    }

    fn type_fault(&self, at: usize, left: &Ty, right: &Ty) -> ExprFault {
        if matches!(left, Ty::Nothing) || matches!(right, Ty::Nothing) {
            return ExprFault::new(at, "expr-unready", &[]);
        }
        ExprFault::new(at, "expr-pair", &[("left", left.name()), ("right", right.name())])
    }

    fn bool(&self, ast: &Ast, row: &Targets) -> Result<Code, ExprFault> {
        let (code, ty) = self.code(ast, row)?;
        if ty == Ty::Bool { Ok(code) } else { Err(self.want(ast.at, &ty, "bool")) }
    }

    /// A period, a date, or a list of them.
    fn periods(&self, ast: &Ast, row: &Targets) -> Result<Code, ExprFault> {
        if let Node::Text(text) = &ast.node
            && let Ok(period) = Period::parse(text)
        {
            return Ok(Code::Const(Value::Period(period)));
        }
        let (code, ty) = self.code(ast, row)?;
        let item = match &ty {
            Ty::List(item) => item,
            ty => ty,
        };
        match item {
            Ty::Period | Ty::Date => Ok(code),
            _ => Err(self.want(ast.at, &ty, "daterange")),
        }
    }

    /// Two sides of a comparison. A literal takes the kind of the other side.
    fn pair(&self, a: &Ast, b: &Ast, row: &Targets) -> Result<(Code, Code, Ty), ExprFault> {
        if is_literal(a) && !is_literal(b) {
            let (right, left, ty) = self.pair(b, a, row)?;
            return Ok((left, right, ty));
        }
        let (left, left_ty) = self.code(a, row)?;
        if let (Ty::Page(_), Node::Text(address)) = (&left_ty, &b.node) {
            let address = address.trim_start_matches("[[").trim_end_matches("]]");
            return Ok((Code::Meta(Box::new(left), Meta::Path), Code::Const(Value::text(address)), Ty::Text));
        }
        if is_literal(b) {
            return Ok((left, self.fit(b, row, &left_ty)?, left_ty));
        }
        let (right, right_ty) = self.code(b, row)?;
        let fits = match (&left_ty, &right_ty) {
            (Ty::Nothing, _) | (_, Ty::Nothing) => false,
            (Ty::Moment | Ty::Date, Ty::Moment | Ty::Date) => true,
            (Ty::Choice(_), Ty::Text) | (Ty::Text, Ty::Choice(_)) => true,
            (a, b) => a == b,
        };
        if fits { Ok((left, right, left_ty)) } else { Err(self.type_fault(a.at, &left_ty, &right_ty)) }
    }

    /// A literal where a value of this kind is asked for, or any expression of that kind.
    fn fit(&self, ast: &Ast, row: &Targets, want: &Ty) -> Result<Code, ExprFault> {
        let constant = |value: Value| Ok(Code::Const(value));
        match (&ast.node, want) {
            (_, Ty::Nothing) => Err(ExprFault::new(ast.at, "expr-unready", &[])),
            (Node::Text(text), Ty::Choice(choices)) => match choices.iter().find(|choice| *choice.id == **text) {
                Some(choice) => constant(Value::Text(Arc::clone(&choice.id))),
                None => {
                    let near = names::nearest(text, choices.iter().map(|choice| &*choice.id)).unwrap_or_default();
                    Err(ExprFault::new(ast.at, "expr-choice", &[("name", text), ("near", near)]))
                }
            },
            (Node::Text(text), Ty::Date | Ty::Moment) => match Date::parse(text) {
                Ok(date) => constant(Value::Date(date)),
                Err(_) => Err(self.type_fault(ast.at, want, &Ty::Text)),
            },
            (Node::Text(text), Ty::Period) => match Period::parse(text) {
                Ok(period) => constant(Value::Period(period)),
                Err(_) => Err(self.type_fault(ast.at, want, &Ty::Text)),
            },
            (Node::Text(text), Ty::Page(_)) => constant(Value::text(text)),
            (Node::Number(number), Ty::Date | Ty::Moment) => match Date::parse(number) {
                Ok(date) => constant(Value::Date(date)),
                Err(_) => Err(self.type_fault(ast.at, want, &Ty::Number)),
            },
            (Node::Number(number), Ty::Money) => match strict_decimal(number) {
                Ok(zero) if zero.is_zero() => constant(Value::Number(zero)),
                Ok(number) => {
                    let fix = Money { amount: number, currency: Currency::EUR }.to_string();
                    Err(ExprFault::new(ast.at, "expr-money-number", &[("fix", &fix)]))
                }
                Err(_) => Err(self.type_fault(ast.at, want, &Ty::Number)),
            },
            (Node::Number(number), Ty::Percent) => match strict_decimal(number) {
                Ok(zero) if zero.is_zero() => constant(Value::Percent(zero)),
                Ok(number) => {
                    let fix = Value::Percent(number).to_string();
                    Err(ExprFault::new(ast.at, "expr-percent-number", &[("fix", &fix)]))
                }
                Err(_) => Err(self.type_fault(ast.at, want, &Ty::Number)),
            },
            _ => {
                let (code, ty) = self.code(ast, row)?;
                let dates = matches!((want, &ty), (Ty::Date | Ty::Moment, Ty::Date | Ty::Moment));
                if ty == *want || dates { Ok(code) } else { Err(self.type_fault(ast.at, want, &ty)) }
            }
        }
    }

    fn arith(&self, at: usize, how: Arith, a: &Ast, b: &Ast, row: &Targets) -> Result<Typed, ExprFault> {
        let (left, left_ty) = self.code(a, row)?;
        if let (Arith::Plus | Arith::Minus, Ty::Date, Node::Text(text)) = (how, &left_ty, &b.node)
            && let Some(months) = months(text)
        {
            return Ok((Code::Arith(how, Box::new(left), Box::new(Code::Const(Value::Months(months)))), Ty::Date));
        }
        let (right, right_ty) = self.code(b, row)?;
        let ty = match (how, &left_ty, &right_ty) {
            (Arith::Plus | Arith::Minus, Ty::Date, Ty::Months) => Ty::Date,
            (Arith::Plus | Arith::Minus, a, b) if a == b && a.is_figure() => a.clone(),
            (Arith::Times, Ty::Money, Ty::Number | Ty::Percent)
            | (Arith::Times, Ty::Number | Ty::Percent, Ty::Money) => Ty::Money,
            (Arith::Times, Ty::Percent, Ty::Percent) => Ty::Percent,
            (Arith::Times, Ty::Number | Ty::Percent, Ty::Number | Ty::Percent) => Ty::Number,
            (Arith::Over, Ty::Money, Ty::Number) => Ty::Money,
            (Arith::Over, Ty::Percent, Ty::Number) => Ty::Percent,
            (Arith::Over, a, b) if a == b && a.is_figure() => Ty::Number,
            (_, Ty::Money, Ty::Number) | (_, Ty::Number, Ty::Money) if is_literal(a) || is_literal(b) => {
                let literal = if is_literal(a) { a } else { b };
                let fix = match &literal.node {
                    Node::Number(number) => strict_decimal(number)
                        .map(|amount| Money { amount, currency: Currency::EUR }.to_string())
                        .unwrap_or_default(),
                    _ => String::new(),
                };
                return Err(ExprFault::new(literal.at, "expr-money-number", &[("fix", &fix)]));
            }
            (_, a, b) => return Err(self.type_fault(at, a, b)),
        };
        Ok((Code::Arith(how, Box::new(left), Box::new(right)), ty))
    }

    fn dot(&self, at: usize, of: &Ast, name: &str, row: &Targets) -> Result<Typed, ExprFault> {
        let (code, ty) = self.code(of, row)?;
        let item = match &ty {
            Ty::List(item) => item,
            ty => ty,
        };
        let (step, step_ty) = match item {
            Ty::Page(targets) => {
                let mut n_references = 0;
                code.each(&mut |code| n_references += usize::from(matches!(code, Code::Field(..) | Code::Inverse(..))));
                if n_references > limits::EXPR_MAX_REFERENCES {
                    let most = limits::EXPR_MAX_REFERENCES.to_string();
                    return Err(ExprFault::new(at, "expr-references", &[("most", &most)]));
                }
                self.step(at, code, targets, name)?
            }
            Ty::Record(fields) => {
                let place = fields.iter().position(|field| &*field.key == name);
                match place.and_then(|place| u16::try_from(place).ok()) {
                    Some(place) => (Code::Part(Box::new(code), place), fields[usize::from(place)].kind.ty()),
                    None => {
                        let near = names::nearest(name, fields.iter().map(|field| &*field.key)).unwrap_or_default();
                        return Err(ExprFault::new(at, "expr-name", &[("name", name), ("near", near)]));
                    }
                }
            }
            Ty::Date | Ty::Moment | Ty::Period => {
                let part = match (name, item) {
                    ("year", Ty::Date | Ty::Moment) => DatePart::Year,
                    ("month", Ty::Date | Ty::Moment) => DatePart::Month,
                    ("day", Ty::Date | Ty::Moment) => DatePart::Day,
                    ("from", Ty::Period) => DatePart::From,
                    ("to", Ty::Period) => DatePart::To,
                    _ => {
                        let known = if *item == Ty::Period { "from, to" } else { "year, month, day" };
                        return Err(ExprFault::new(at, "expr-part", &[("name", name), ("want", known)]));
                    }
                };
                (Code::DatePart(Box::new(code), part), Ty::Date)
            }
            other => return Err(self.want(at, other, "ref, date, record")),
        };
        // Over a list the step is taken for each, and lists of lists become one.
        let whole = match (&ty, step_ty) {
            (Ty::List(_), Ty::List(item)) => Ty::List(item),
            (Ty::List(_), item) => Ty::List(Box::new(item)),
            (_, ty) => ty,
        };
        Ok((step, whole))
    }

    /// A field, an inverse or a property of the pages that `of` comes to.
    fn step(&self, at: usize, of: Code, targets: &Targets, name: &str) -> Result<Typed, ExprFault> {
        let mut places: Vec<FieldAt> = Vec::new();
        let mut inverses: Vec<FieldAt> = Vec::new();
        let mut ty: Option<Ty> = None;
        for kind in &targets.named {
            if let Some(field) = self.types.get(*kind).field(name) {
                let own = self.types.field((*kind, field)).kind.ty();
                match &ty {
                    Some(ty) if *ty != own => return Err(self.type_fault(at, ty, &own)),
                    _ => ty = Some(own),
                }
                places.push((*kind, field));
            }
            inverses.extend_from_slice(self.types.inverse(*kind, name));
        }
        if let Some(ty) = ty {
            return match ty {
                Ty::Nothing => Err(ExprFault::new(at, "expr-unready", &[])),
                ty => Ok((Code::Field(Box::new(of), places.into()), ty)),
            };
        }
        if !inverses.is_empty() {
            let mut named: Vec<TypeIdx> = inverses.iter().map(|field| field.0).collect();
            named.sort_unstable();
            named.dedup();
            let item = Ty::Page(Targets { any: false, named });
            return Ok((Code::Inverse(Box::new(of), inverses.into()), Ty::List(Box::new(item))));
        }
        if let Some((_, meta)) = METAS.iter().find(|meta| meta.0 == name) {
            let ty = if *meta == Meta::Tags { Ty::List(Box::new(Ty::Text)) } else { Ty::Text };
            return Ok((Code::Meta(Box::new(of), *meta), ty));
        }
        let fields = targets.named.iter().flat_map(|kind| &self.types.get(*kind).fields).map(|field| &*field.key);
        let inverses = targets.named.iter().flat_map(|kind| self.types.inverse_names(*kind));
        let known = fields.chain(inverses).chain(METAS.iter().map(|meta| meta.0));
        let near = names::nearest(name, known).unwrap_or_default();
        Err(ExprFault::new(at, "expr-name", &[("name", name), ("near", near)]))
    }

    fn call(&self, at: usize, name: &str, args: &[Ast], row: &Targets) -> Result<Typed, ExprFault> {
        let arity = |n: usize| match args.len() == n {
            true => Ok(()),
            false => Err(ExprFault::new(at, "expr-arguments", &[("name", name), ("want", &n.to_string())])),
        };
        if let Some(how) = Aggregate::named(name) {
            arity(1)?;
            let (code, ty) = self.code(&args[0], row)?;
            let Ty::List(_) = ty else { return Err(self.want(args[0].at, &ty, "list")) };
            if how == Aggregate::Share {
                return Err(self.want(args[0].at, &ty, "agg: share"));
            }
            let result =
                aggregate_ty(how, Some(&ty)).ok_or_else(|| self.want(args[0].at, &ty, "number, money, date"))?;
            return Ok((Code::Aggregate(how, result.clone(), Box::new(code)), result));
        }
        match name {
            "today" => arity(0).map(|()| (Code::Today, Ty::Date)),
            "year" | "month" => {
                arity(1)?;
                let (code, ty) = self.code(&args[0], row)?;
                if !matches!(ty, Ty::Date | Ty::Moment) {
                    return Err(self.want(args[0].at, &ty, "date"));
                }
                let part = if name == "year" { DatePart::YearNumber } else { DatePart::MonthNumber };
                Ok((Code::DatePart(Box::new(code), part), Ty::Number))
            }
            "precision" => {
                arity(1)?;
                let (code, ty) = self.code(&args[0], row)?;
                if ty != Ty::Date {
                    return Err(self.want(args[0].at, &ty, "date"));
                }
                let choices = ["year", "month", "day"].map(|id| Choice { id: id.into(), label: Default::default() });
                Ok((Code::Precision(Box::new(code)), Ty::Choice(choices.into())))
            }
            "overlaps" => {
                arity(1)?;
                let other = self.periods(&args[0], row)?;
                let own = Code::Field(Box::new(Code::Row), self.own_periods(at, row)?);
                Ok((Code::Overlaps(Box::new(own), Box::new(other)), Ty::Bool))
            }
            "active" => {
                arity(1)?;
                let (day, ty) = self.code(&args[0], row)?;
                if ty != Ty::Date {
                    return Err(self.want(args[0].at, &ty, "date"));
                }
                Ok((Code::Active(self.own_periods(at, row)?, Box::new(day)), Ty::Bool))
            }
            "linked" => {
                arity(1)?;
                let (page, ty) = self.code(&args[0], row)?;
                let Ty::Page(_) = ty else { return Err(self.want(args[0].at, &ty, "ref")) };
                Ok((Code::LinkedTo(Box::new(page)), Ty::Bool))
            }
            "siblings" => {
                arity(1)?;
                let field = self.own_field(&args[0], row)?;
                Ok((Code::Siblings(field), Ty::List(Box::new(Ty::Page(Targets::one(field.0))))))
            }
            "previous" => {
                arity(1)?;
                let order = self.own_field(&args[0], row)?;
                let within = self.types.field(order).unique_in;
                Ok((Code::Previous { order, within }, Ty::Page(Targets::one(order.0))))
            }
            "has_version" => {
                arity(1)?;
                Ok((Code::HasVersion(self.own_field(&args[0], row)?), Ty::Bool))
            }
            "max_over_time" => {
                arity(1)?;
                let shape = || ExprFault::new(at, "expr-over-time", &[]);
                let Node::Call(sum, inner) = &args[0].node else { return Err(shape()) };
                let [Ast { node: Node::Dot(items, field), at: place }] = inner.as_slice() else { return Err(shape()) };
                if sum != "sum" {
                    return Err(shape());
                }
                let (items, ty) = self.code(items, row)?;
                let Ty::List(item) = &ty else { return Err(shape()) };
                let Ty::Page(targets) = &**item else { return Err(shape()) };
                let (value, value_ty) = self.step(*place, Code::Row, targets, field)?;
                if !matches!(value_ty, Ty::Number | Ty::Percent) {
                    return Err(self.want(*place, &value_ty, "number, percent"));
                }
                let periods = self.own_periods(at, targets)?;
                Ok((Code::MaxOverTime { items: Box::new(items), value: Box::new(value), periods }, value_ty))
            }
            _ => {
                let near = names::nearest(name, FUNCTIONS.into_iter()).unwrap_or_default();
                Err(ExprFault::new(at, "expr-function", &[("name", name), ("near", near)]))
            }
        }
    }

    /// The period of the row: of each type that it may be of.
    fn own_periods(&self, at: usize, row: &Targets) -> Result<Box<[FieldAt]>, ExprFault> {
        let periods: Vec<FieldAt> =
            row.named.iter().filter_map(|kind| Some((*kind, self.types.get(*kind).period_field()?))).collect();
        if periods.is_empty() {
            return Err(ExprFault::new(at, "expr-name", &[("name", "period"), ("near", "")]));
        }
        Ok(periods.into())
    }

    /// A bare field of the row, which is of one type.
    fn own_field(&self, ast: &Ast, row: &Targets) -> Result<FieldAt, ExprFault> {
        let Node::Name(name) = &ast.node else {
            return Err(ExprFault::new(ast.at, "expr-own-field", &[]));
        };
        let [kind] = row.named.as_slice() else {
            return Err(ExprFault::new(ast.at, "expr-own-field", &[]));
        };
        let fields = &self.types.get(*kind).fields;
        match self.types.get(*kind).field(name) {
            Some(field) if fields[usize::from(field)].is_written() => Ok((*kind, field)),
            _ => {
                let near = names::nearest(name, fields.iter().map(|field| &*field.key)).unwrap_or_default();
                Err(ExprFault::new(ast.at, "expr-name", &[("name", name), ("near", near)]))
            }
        }
    }
}

fn is_literal(ast: &Ast) -> bool {
    matches!(ast.node, Node::Literal(_) | Node::Number(_) | Node::Text(_))
}

fn literal_ty(value: &Value) -> Ty {
    match value {
        Value::Bool(_) => Ty::Bool,
        Value::Percent(_) => Ty::Percent,
        Value::Money(_) => Ty::Money,
        Value::Date(_) => Ty::Date,
        Value::Period(_) => Ty::Period,
        Value::Number(_) => Ty::Number,
        _ => Ty::Text,
    }
}

/// `3 months`, `2 years`.
fn months(text: &str) -> Option<i32> {
    let (number, unit) = text.split_once(' ')?;
    let number: i32 = number.parse().ok()?;
    match unit {
        "month" | "months" => Some(number),
        "year" | "years" => number.checked_mul(12),
        _ => None,
    }
}
