//! What in a type's file is spelled well and still can't be: addresses that no record gets, defaults
//! that their field refuses, names that stand in the way of each other.
//!
//! Told once all types are read. Nothing is left out for it: the rest of the type goes on.

use super::{Field, Kind, Type, TypeIdx, Types, entry, near_problem, pos, scalars};
use crate::front::{self, Front};
use crate::names::{self, Names};
use crate::path::{self, FilePath};
use crate::problem::{Level, Pos, Problem};
use crate::records;

/// Keys in an address that every page has, whatever its type.
const COMMON: [&str; 2] = ["title", "name"];

impl Types {
    /// What is impossible in the file of a type.
    pub(super) fn impossible(&self, at: TypeIdx, front: &Front) -> Vec<Problem> {
        let kind = self.get(at);
        let mut problems = Vec::new();
        if let Some(front::Value::Scalar(pattern)) = front.get("path") {
            problems.extend(address(kind, &pattern.text, pattern.at));
        }
        if let Some(front::Value::Map(said)) = front.get("fields") {
            defaults(&kind.fields, said, &mut problems);
            for field in said {
                problems.extend(self.inverse_in_the_way(kind, field));
            }
        }
        problems
    }

    /// A name for those who refer that a field of the page referred to has already.
    fn inverse_in_the_way(&self, kind: &Type, said: &front::Field) -> Option<Problem> {
        let Some(front::Value::Scalar(name)) = entry(&said.value, "inverse") else { return None };
        let targets = kind.fields.get(usize::from(kind.field(&said.key)?))?.targets()?;
        let target = targets.named.iter().map(|at| self.get(*at)).find(|target| target.field(&name.text).is_some())?;
        let args = [("name", &*name.text), ("type", &*target.name)];
        Some(Problem::new(Level::Error, name.at, "type-inverse", &args))
    }
}

/// What keeps a record from ever getting the address of a pattern (`begroting/{date.year}/{id}`).
fn address(kind: &Type, pattern: &str, at: Pos) -> Option<Problem> {
    let bad = |found: &str| Some(Problem::new(Level::Error, at, "type-path", &[("found", found)]));
    let mut example = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, after)) = after.split_once('}') else { return bad(pattern) };
        let (key, part) = inside.trim().split_once('.').unwrap_or((inside.trim(), ""));
        if key != "slug" {
            let field = kind.field(key).map(|at| &kind.fields[usize::from(at)].kind);
            match field {
                None if COMMON.contains(&key) && part.is_empty() => {}
                None => {
                    let near = names::nearest(key, kind.fields.iter().map(|field| &*field.key));
                    return Some(near_problem(at, "type-path-field", key, near));
                }
                Some(field) if !may_be_in_address(field, part) => return bad(&format!("{{{inside}}}")),
                Some(_) => {}
            }
        } else if !part.is_empty() {
            return bad(&format!("{{{inside}}}"));
        }
        example.push_str(before);
        example.push('x');
        rest = after;
    }
    example.push_str(rest);
    let whole = format!("{}.md", example.trim_matches('/'));
    let is_page = FilePath::parse_new(&whole).is_ok_and(|path| path.kind() == path::Kind::Page);
    if is_page && !rest.contains('}') { None } else { bad(pattern) }
}

/// Whether a value of this kind, or this part of it, can stand in an address.
fn may_be_in_address(kind: &Kind, part: &str) -> bool {
    match (kind, part) {
        (Kind::List { .. } | Kind::Record(_) | Kind::Computed { .. } | Kind::Rollup(_), _) => false,
        (Kind::Date | Kind::Period | Kind::Moment, "year" | "month") => true,
        (_, "" | "slug") => true,
        _ => false,
    }
}

/// Defaults that a page could not write itself, also in groups of fields.
fn defaults(fields: &[Field], said: &[front::Field], problems: &mut Vec<Problem>) {
    for said in said {
        let Some(field) = fields.iter().find(|field| *field.key == *said.key) else { continue };
        if let Some(default) = entry(&said.value, "default") {
            default_of(field, default, said.at, problems);
        }
        let group = match &field.kind {
            Kind::Record(inner) => Some((inner, Some(&said.value))),
            Kind::List { of, .. } => match &**of {
                Kind::Record(inner) => Some((inner, entry(&said.value, "of"))),
                _ => None,
            },
            _ => None,
        };
        let Some((inner, Some(described))) = group else { continue };
        let own = entry(described, "record").or_else(|| entry(described, "fields"));
        if let Some(front::Value::Map(own)) = own {
            defaults(inner, own, problems);
        }
    }
}

fn default_of(field: &Field, said: &front::Value, key_at: Pos, problems: &mut Vec<Problem>) {
    let at = if pos(said) == Pos::default() { key_at } else { pos(said) };
    let can_have = !matches!(field.kind, Kind::List { .. } | Kind::Record(_)) && field.is_written();
    if !can_have || scalars(said).len() != 1 || matches!(said, front::Value::List(_)) {
        let args = [("field", &*field.key), ("kind", field.kind.name())];
        return problems.push(Problem::new(Level::Error, at, "type-default", &args));
    }
    // Which pages there are, no type knows.
    if matches!(field.kind, Kind::Ref(_)) {
        return;
    }
    if let Err(refused) = records::read_value(field, said, "", &Names::default()) {
        problems.extend(refused.into_iter().map(|problem| Problem { at, ..problem }));
    }
}
