//! Expressions read: a text becomes a tree. What names mean is not known here.
//!
//! The grammar:
//!
//! ```text
//! or   := and {'or' and} ; and := not {'and' not} ; not := ['not'] cmp
//! cmp  := sum [('='|'!='|'<'|'<='|'>'|'>=') sum | ['not'] 'in' sum | 'contains' sum | 'overlaps' sum | 'is' ['not'] 'empty']
//! sum  := term {('+'|'-') term} ; term := atom {('*'|'/') atom}
//! atom := ['-'] (literal | name | call | '(' or ')') {'.' name | '[' or ']'}
//! literal := 'text' | 12 | 0.5 | 80% | EUR 10.00 | 2010-05 | true | false | '[' or {',' or} ']'
//! ```
//!
//! Depth and number of joints are bounded, so that reading ends whatever the text.

use super::{Arith, Cmp, ExprFault};
use crate::limits;
use crate::value::{Currency, Date, Money, Period, Value, strict_decimal, strict_percent};

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
pub(super) struct Ast {
    pub(super) at: usize,
    pub(super) node: Node,
}

#[derive(Debug)]
pub(super) enum Node {
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

pub(super) fn parse(source: &str) -> Result<Ast, ExprFault> {
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
