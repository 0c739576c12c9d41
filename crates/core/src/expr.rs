//! Expressions of types and queries: read, typed, and turned into code that always ends.
//!
//! The language is total: no loops but over the records of the site, no functions of its own, no
//! recursion. Every expression is typed against the types of the site when it is read, so that
//! `amount > 100` is refused with the amount to write instead. The grammar:
//!
//! ```text
//! or   := and {'or' and} ; and := not {'and' not} ; not := ['not'] cmp
//! cmp  := sum [('='|'!='|'<'|'<='|'>'|'>=') sum | ['not'] 'in' sum | 'contains' sum | 'overlaps' sum | 'is' ['not'] 'empty']
//! sum  := term {('+'|'-') term} ; term := atom {('*'|'/') atom}
//! atom := ['-'] (literal | name | call | '(' or ')') {'.' name | '[' or ']'}
//! literal := 'text' | 12 | 0.5 | 80% | EUR 10.00 | 2010-05 | true | false | '[' or {',' or} ']'
//! ```
//!
//! What code comes to for a record is computed in `eval`.

use std::fmt;
use std::sync::Arc;

use crate::front::Scalar;
use crate::limits;
use crate::names;
use crate::problem::{Level, Pos, Problem};
use crate::types::{Aggregate, Choice, Field, FieldAt, FieldIdx, TypeIdx, Types, aggregate_ty};
use crate::value::{Currency, Date, Fault, Money, Period, Value, strict_decimal, strict_percent};

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

// Reading.

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Literal(Value),
    /// A number, which a date of a year may be meant by.
    Number(String),
    Sign(&'static str),
    End,
}

#[derive(Debug)]
struct Ast {
    at: usize,
    node: Node,
}

#[derive(Debug)]
enum Node {
    Literal(Value),
    Number(String),
    Text(String),
    Name(String),
    Dot(Box<Ast>, String),
    Filter(Box<Ast>, Box<Ast>),
    Call(String, Vec<Ast>),
    Not(Box<Ast>),
    Neg(Box<Ast>),
    And(Box<Ast>, Box<Ast>),
    Or(Box<Ast>, Box<Ast>),
    Compare(Cmp, Box<Ast>, Box<Ast>),
    Arith(Arith, Box<Ast>, Box<Ast>),
    In(Box<Ast>, Box<Ast>),
    Contains(Box<Ast>, Box<Ast>),
    Overlaps(Box<Ast>, Box<Ast>),
    IsEmpty(Box<Ast>),
    List(Vec<Ast>),
}

fn parse(source: &str) -> Result<Ast, ExprFault> {
    if source.len() > limits::EXPR_MAX_BYTES {
        let most = limits::EXPR_MAX_BYTES.to_string();
        return Err(ExprFault::new(0, "expr-too-long", &[("most", &most)]));
    }
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens, at: 0, depth: 0, n_joined: 0 };
    let ast = parser.or()?;
    match parser.peek() {
        Token::End => Ok(ast),
        _ => Err(parser.unexpected("and, or")),
    }
}

const SIGNS: [&str; 17] = ["!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "%"];

fn tokens(source: &str) -> Result<Vec<(usize, Token)>, ExprFault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = source[at..].chars().next() {
        let rest = &source[at..];
        if char.is_whitespace() {
            at += char.len_utf8();
            continue;
        }
        let (token, len) = if char == '\'' || char == '"' {
            text_token(rest, char).ok_or_else(|| ExprFault::new(at, "expr-quote", &[]))?
        } else if char.is_ascii_digit() {
            digits_token(rest).ok_or_else(|| {
                let len = rest.find(|c: char| !c.is_alphanumeric() && !"._-/%".contains(c)).unwrap_or(rest.len());
                ExprFault::new(at, "expr-literal", &[("found", &rest[..len])])
            })?
        } else if char.is_alphabetic() || char == '_' {
            let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            match money_token(rest, len) {
                Some(found) => found,
                None => match &rest[..len] {
                    "true" => (Token::Literal(Value::Bool(true)), len),
                    "false" => (Token::Literal(Value::Bool(false)), len),
                    name => (Token::Name(name.to_owned()), len),
                },
            }
        } else {
            match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => return Err(ExprFault::new(at, "expr-character", &[("found", &char.to_string())])),
            }
        };
        tokens.push((at, token));
        at += len;
    }
    tokens.push((source.len(), Token::End));
    Ok(tokens)
}

fn text_token(rest: &str, quote: char) -> Option<(Token, usize)> {
    let end = rest[1..].find(quote)?;
    Some((Token::Text(rest[1..=end].to_owned()), end + 2))
}

fn digits_token(rest: &str) -> Option<(Token, usize)> {
    let word = &rest[..rest.find(|c: char| !c.is_ascii_digit() && !"-./".contains(c)).unwrap_or(rest.len())];
    // Longest first: a period, a date, then a number.
    if let Ok(period) = Period::parse(word) {
        return Some((Token::Literal(Value::Period(period)), word.len()));
    }
    for len in [10, 7] {
        if let Some(Ok(date)) = word.get(..len).map(Date::parse)
            && !word[len..].starts_with(|c: char| c.is_ascii_digit() || c == '-')
        {
            return Some((Token::Literal(Value::Date(date)), len));
        }
    }
    let number = &rest[..rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len())];
    let after = &rest[number.len()..];
    if after.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    if let Some(len) = after.starts_with('%').then_some(number.len() + 1) {
        return strict_percent(&rest[..len]).ok().map(|fraction| (Token::Literal(Value::Percent(fraction)), len));
    }
    strict_decimal(number).ok().map(|_| (Token::Number(number.to_owned()), number.len()))
}

fn money_token(rest: &str, len: usize) -> Option<(Token, usize)> {
    Currency::parse(&rest[..len])?;
    let amount = rest[len..].strip_prefix(' ')?;
    let end = amount.find(|c: char| !c.is_ascii_digit() && !".-".contains(c)).unwrap_or(amount.len());
    let whole = &rest[..len + 1 + end];
    Money::parse(whole).ok().map(|money| (Token::Literal(Value::Money(money)), whole.len()))
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
    /// Signs and steps so far: each makes the tree one deeper at most.
    n_joined: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |token| &token.1)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.0)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(found) if found == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ExprFault> {
        if self.sign(sign) { Ok(()) } else { Err(self.unexpected(sign)) }
    }

    fn unexpected(&self, want: &str) -> ExprFault {
        let found = match self.peek() {
            Token::End => String::new(),
            Token::Name(name) => name.clone(),
            Token::Text(text) => format!("'{text}'"),
            Token::Number(number) => number.clone(),
            Token::Literal(value) => value.to_string(),
            Token::Sign(sign) => (*sign).to_owned(),
        };
        let code = if found.is_empty() { "expr-ends" } else { "expr-syntax" };
        ExprFault::new(self.place(), code, &[("found", &found), ("want", want)])
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T, ExprFault>) -> Result<T, ExprFault> {
        self.depth += 1;
        if self.depth > limits::EXPR_MAX_DEPTH {
            let most = limits::EXPR_MAX_DEPTH.to_string();
            return Err(ExprFault::new(self.place(), "expr-too-deep", &[("most", &most)]));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn or(&mut self) -> Result<Ast, ExprFault> {
        self.deeper(|parser| {
            let mut left = parser.and()?;
            while parser.word("or") {
                parser.joined()?;
                let right = parser.and()?;
                left = Ast { at: left.at, node: Node::Or(Box::new(left), Box::new(right)) };
            }
            Ok(left)
        })
    }

    /// A chain becomes as deep as it is long, and is walked by recursion.
    fn joined(&mut self) -> Result<(), ExprFault> {
        self.n_joined += 1;
        if self.n_joined > limits::EXPR_MAX_JOINS {
            let most = limits::EXPR_MAX_JOINS.to_string();
            return Err(ExprFault::new(self.place(), "expr-too-deep", &[("most", &most)]));
        }
        Ok(())
    }

    fn and(&mut self) -> Result<Ast, ExprFault> {
        let mut left = self.not()?;
        while self.word("and") {
            self.joined()?;
            let right = self.not()?;
            left = Ast { at: left.at, node: Node::And(Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Ast, ExprFault> {
        let at = self.place();
        if self.word("not") {
            return self.deeper(|parser| {
                let inner = parser.not()?;
                Ok(Ast { at, node: Node::Not(Box::new(inner)) })
            });
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Ast, ExprFault> {
        let left = self.sum()?;
        let at = left.at;
        const ORDERS: [(&str, Cmp); 6] = [
            ("=", Cmp::Same),
            ("!=", Cmp::Differs),
            ("<", Cmp::Less),
            ("<=", Cmp::AtMost),
            (">", Cmp::More),
            (">=", Cmp::AtLeast),
        ];
        for (sign, cmp) in ORDERS {
            if self.sign(sign) {
                let right = self.sum()?;
                return Ok(Ast { at, node: Node::Compare(cmp, Box::new(left), Box::new(right)) });
            }
        }
        let is_negated = match self.tokens.get(self.at..self.at + 2) {
            Some([(_, Token::Name(not)), (_, Token::Name(next))]) => not == "not" && next == "in",
            _ => false,
        };
        self.at += usize::from(is_negated);
        let node = if self.word("in") {
            Node::In(Box::new(left), Box::new(self.sum()?))
        } else if self.word("contains") {
            Node::Contains(Box::new(left), Box::new(self.sum()?))
        } else if self.word("overlaps") {
            Node::Overlaps(Box::new(left), Box::new(self.sum()?))
        } else if self.word("is") {
            let is_not = self.word("not");
            if !self.word("empty") {
                return Err(self.unexpected("empty"));
            }
            let empty = Node::IsEmpty(Box::new(left));
            if is_not { Node::Not(Box::new(Ast { at, node: empty })) } else { empty }
        } else {
            return Ok(left);
        };
        let found = Ast { at, node };
        Ok(if is_negated { Ast { at, node: Node::Not(Box::new(found)) } } else { found })
    }

    fn sum(&mut self) -> Result<Ast, ExprFault> {
        let mut left = self.term()?;
        loop {
            let how = if self.sign("+") {
                Arith::Plus
            } else if self.sign("-") {
                Arith::Minus
            } else {
                return Ok(left);
            };
            self.joined()?;
            let right = self.term()?;
            left = Ast { at: left.at, node: Node::Arith(how, Box::new(left), Box::new(right)) };
        }
    }

    fn term(&mut self) -> Result<Ast, ExprFault> {
        let mut left = self.atom()?;
        loop {
            let how = if self.sign("*") {
                Arith::Times
            } else if self.sign("/") {
                Arith::Over
            } else {
                return Ok(left);
            };
            self.joined()?;
            let right = self.atom()?;
            left = Ast { at: left.at, node: Node::Arith(how, Box::new(left), Box::new(right)) };
        }
    }

    fn atom(&mut self) -> Result<Ast, ExprFault> {
        let at = self.place();
        if self.sign("-") {
            return self.deeper(|parser| {
                let inner = parser.atom()?;
                Ok(Ast { at, node: Node::Neg(Box::new(inner)) })
            });
        }
        let node = match self.take() {
            Token::Literal(value) => Node::Literal(value),
            Token::Number(number) => Node::Number(number),
            Token::Text(text) => Node::Text(text),
            Token::Sign("(") => {
                let inner = self.or()?;
                self.expect(")")?;
                inner.node
            }
            Token::Sign("[") => Node::List(self.list("]")?),
            // `overlaps` is a sign between two periods and a function of one.
            Token::Name(name) if !is_word(&name) || (name == "overlaps" && *self.peek() == Token::Sign("(")) => {
                if self.sign("(") { Node::Call(name, self.list(")")?) } else { Node::Name(name) }
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected("name, 'text', 12, EUR 10.00"));
            }
        };
        let mut ast = Ast { at, node };
        loop {
            if self.sign(".") {
                let Token::Name(name) = self.take() else {
                    self.at -= 1;
                    return Err(self.unexpected("name"));
                };
                ast = Ast { at, node: Node::Dot(Box::new(ast), name) };
            } else if self.sign("[") {
                let inner = self.or()?;
                self.expect("]")?;
                ast = Ast { at, node: Node::Filter(Box::new(ast), Box::new(inner)) };
            } else {
                return Ok(ast);
            }
            self.joined()?;
        }
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Ast>, ExprFault> {
        let mut items = Vec::new();
        if self.sign(end) {
            return Ok(items);
        }
        loop {
            items.push(self.or()?);
            if self.sign(",") {
                continue;
            }
            self.expect(end)?;
            return Ok(items);
        }
    }
}

fn is_word(name: &str) -> bool {
    matches!(name, "and" | "or" | "not" | "in" | "is" | "contains" | "overlaps")
}

// Typing.

struct Typer<'a> {
    types: &'a Types,
    this: Option<Targets>,
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
    fn code(&self, ast: &Ast, row: &Targets) -> Result<Typed, ExprFault> {
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

impl fmt::Display for ExprFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code, self.at)
    }
}
