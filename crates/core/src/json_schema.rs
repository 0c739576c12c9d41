//! The types of a site as JSON Schema (2020-12), for editors, forms and checks outside the wiki.
//!
//! An instance is a page's frontmatter as a reader of YAML 1.2 (core schema) gives it, in the
//! spelling that the wiki itself writes: lists as lists, empty fields left out, text quoted where
//! YAML would read something else. What a schema can say, it says; what is between records (rules,
//! `required_when`, uniqueness, where a reference leads) is told in keywords `x-polder-…`, which
//! other programs pass over. So what the wiki accepts in that spelling, the schema accepts, and it
//! may accept more.
//!
//! Fields that are computed are declared as read-only and as `not: {}`: an instance that holds one
//! is refused, as the wiki refuses a page that writes one.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::path::percent_encode;
use crate::types::{Allow, Bounds, Field, Kind, Texts, Type, Types};
use crate::value::{self, Currency};

/// Digits of a number in its one spelling.
const WHOLE: &str = "(0|[1-9][0-9]*)";
/// A year, a month or a day.
const DATE: &str = "[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?";
/// RFC 3339, of which the seconds may be left out.
const MOMENT: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2}(:[0-9]{2})?)?)$";

/// One schema with a definition for each type; as a whole it judges a page by the type that the
/// page names. Titles and descriptions are in the language asked for.
pub fn schema(types: &Types, lang: &str) -> Value {
    let defs: Map<String, Value> =
        types.all().iter().map(|kind| (kind.name.to_string(), definition(types, kind, lang))).collect();
    let cases: Vec<Value> = types
        .all()
        .iter()
        .map(|kind| {
            json!({
                "if": { "type": "object", "properties": { "type": { "const": &*kind.name } }, "required": ["type"] },
                "then": { "$ref": pointer(&kind.name) },
            })
        })
        .collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "polder:types",
        "type": "object",
        "$defs": defs,
    });
    // An empty `allOf` is no schema.
    if !cases.is_empty() {
        schema["allOf"] = cases.into();
    }
    schema
}

/// A JSON pointer in a fragment (RFC 6901 §6).
fn pointer(name: &str) -> String {
    let mut pointer = "#/$defs/".to_owned();
    percent_encode(&name.replace('~', "~0").replace('/', "~1"), &mut pointer);
    pointer
}

fn definition(types: &Types, kind: &Type, lang: &str) -> Value {
    let mut properties = properties(types, &kind.fields, lang);
    properties.insert("type".to_owned(), json!({ "const": &*kind.name }));
    let mut schema = described(&kind.label, &kind.hint, lang);
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    schema.insert("additionalProperties".to_owned(), true.into());
    let asked = required(&kind.fields);
    match draft(kind) {
        // A draft may still lack what it will need.
        Some(is_draft) if !asked.is_empty() => {
            schema.insert("required".to_owned(), json!(["type"]));
            schema.insert("if".to_owned(), is_draft);
            schema.insert("else".to_owned(), json!({ "required": asked }));
        }
        _ => {
            let all: Vec<&str> =
                std::iter::once("type").chain(asked.into_iter().filter(|key| *key != "type")).collect();
            schema.insert("required".to_owned(), json!(all));
        }
    }
    let rules: Vec<&str> = kind.rules.iter().map(|rule| &*rule.id).collect();
    if !rules.is_empty() {
        schema.insert("x-polder-rules".to_owned(), json!(rules));
    }
    schema.into()
}

/// What makes a record of this type a draft; `None` when it can't be one.
fn draft(kind: &Type) -> Option<Value> {
    let status = &kind.fields[usize::from(kind.field("status")?)];
    let may_be = matches!(status.kind, Kind::Text { .. }) || status.choice("draft").is_some();
    let says_draft = json!({ "properties": { "status": { "const": "draft" } }, "required": ["status"] });
    match &status.default {
        _ if !may_be => None,
        // Saying nothing is then the same as saying it.
        Some(default) if &**default == "draft" => Some(json!({ "properties": { "status": { "const": "draft" } } })),
        _ => Some(says_draft),
    }
}

fn properties(types: &Types, fields: &[Field], lang: &str) -> Map<String, Value> {
    fields.iter().map(|field| (field.key.to_string(), property(types, field, lang))).collect()
}

/// Fields without which a record is refused: those that a default fills are not among them.
fn required(fields: &[Field]) -> Vec<&str> {
    let asked = fields.iter().filter(|field| field.required && field.is_written() && field.default.is_none());
    asked.map(|field| &*field.key).collect()
}

fn described(label: &Texts, hint: &Texts, lang: &str) -> Map<String, Value> {
    let mut schema = Map::new();
    for (key, texts) in [("title", label), ("description", hint)] {
        if let Some(text) = texts.get(lang).filter(|text| !text.is_empty()) {
            schema.insert(key.to_owned(), text.into());
        }
    }
    schema
}

fn property(types: &Types, field: &Field, lang: &str) -> Value {
    let mut schema = described(&field.label, &field.hint, lang);
    schema.extend(of_kind(types, &field.kind, lang));
    schema.insert("x-polder-kind".to_owned(), field.kind.name().into());
    if let Some(default) = &field.default {
        schema.insert("default".to_owned(), written(&field.kind, default));
    }
    if let Some(when) = &field.required_when {
        schema.insert("x-polder-required-when".to_owned(), (&*when.source).into());
    }
    for (key, holds) in [("x-polder-unique", field.unique), ("x-polder-immutable", field.immutable)] {
        if holds {
            schema.insert(key.to_owned(), true.into());
        }
    }
    schema.into()
}

/// A scalar as YAML would read it from the file.
fn written(kind: &Kind, text: &str) -> Value {
    match kind {
        Kind::Bool => value::strict_bool(text).map_or_else(|_| text.into(), Value::Bool),
        Kind::Int(_) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Kind::Decimal(_) => number(text).unwrap_or_else(|| text.into()),
        Kind::List { of, .. } => json!([written(of, text)]),
        _ => text.into(),
    }
}

/// A JSON number. Only for bounds and defaults of plain numbers; amounts are never one.
fn number(text: &str) -> Option<Value> {
    serde_json::from_str::<serde_json::Number>(text).ok().map(Value::Number)
}

/// What a value of this kind looks like.
fn of_kind(types: &Types, kind: &Kind, lang: &str) -> Map<String, Value> {
    let schema = match kind {
        Kind::Text { max_chars, pattern } => {
            let mut schema = text(None);
            length(&mut schema, *max_chars);
            if let Some(pattern) = pattern {
                // An expression that other engines read otherwise would spoil the whole schema.
                let key = if is_common(&pattern.source) { "pattern" } else { "x-polder-pattern" };
                schema[key] = format!("^(?:{})$", pattern.source).into();
            }
            schema
        }
        Kind::Markdown { max_chars } => {
            let mut schema = text(None);
            length(&mut schema, *max_chars);
            schema
        }
        Kind::Int(bounds) => bounded(json!({ "type": "integer" }), bounds),
        Kind::Decimal(bounds) => bounded(json!({ "type": "number" }), bounds),
        Kind::Percent(bounds) => {
            let mut schema = text(Some(&format!(r"^-?{WHOLE}(\.[0-9]+)?%$")));
            for (key, bound) in [("x-polder-minimum", bounds.min), ("x-polder-maximum", bounds.max)] {
                if let Some(bound) = bound {
                    schema[key] = format!("{}%", value::in_percents(bound)).into();
                }
            }
            schema
        }
        Kind::Money { currencies, unknown } => {
            let amount = amounts(currencies);
            match unknown {
                Allow::Never => text(Some(&format!("^{amount}$"))),
                Allow::Always => text(Some(&format!("^({amount}|unknown)$"))),
                Allow::When(when) => {
                    let mut schema = text(Some(&format!("^({amount}|unknown)$")));
                    schema["x-polder-unknown-when"] = (&*when.source).into();
                    schema
                }
            }
        }
        // A year alone is a number to YAML.
        Kind::Date => json!({
            "type": ["string", "integer"], "pattern": format!("^{DATE}$"), "minimum": 1000, "maximum": 9999,
        }),
        Kind::Period => text(Some(&format!(r"^({DATE}/({DATE}|\.\.)|\.\./{DATE})$"))),
        Kind::Moment => text(Some(MOMENT)),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Choice { choices, .. } => {
            let ids: Vec<&str> = choices.iter().map(|choice| &*choice.id).collect();
            let labels: BTreeMap<&str, &str> =
                choices.iter().filter_map(|choice| Some((&*choice.id, choice.label.get(lang)?))).collect();
            let mut schema = json!({ "enum": ids });
            if !labels.is_empty() {
                schema["x-polder-labels"] = json!(labels);
            }
            schema
        }
        Kind::Ref(targets) => {
            let mut schema = text(None);
            if !targets.any {
                let names: Vec<&str> = targets.named.iter().map(|at| &*types.get(*at).name).collect();
                schema["x-polder-to"] = json!(names);
            }
            schema
        }
        Kind::List { of, min, max, unique } => {
            let mut schema = json!({ "type": "array", "items": of_kind(types, of, lang) });
            for (key, bound) in [("minItems", min), ("maxItems", max)] {
                if let Some(bound) = bound {
                    schema[key] = (*bound).into();
                }
            }
            if *unique {
                schema["uniqueItems"] = true.into();
            }
            schema
        }
        Kind::Record(fields) => json!({
            "type": "object",
            "properties": properties(types, fields, lang),
            "required": required(fields),
            "additionalProperties": true,
        }),
        Kind::Url { prefix: Some(prefix) } => text(Some(&format!("^{}", escape(prefix)))),
        Kind::Url { prefix: None } => text(Some(r"^https?://\S*$")),
        Kind::Email => text(Some(r"^[^@\s]+@\S*\.\S*$")),
        Kind::Language => text(Some("^[A-Za-z0-9-]{1,35}$")),
        Kind::File => text(None),
        Kind::Computed { .. } | Kind::Rollup(_) => json!({ "readOnly": true, "not": {} }),
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn text(pattern: Option<&str>) -> Value {
    match pattern {
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": "string" }),
    }
}

fn length(schema: &mut Value, most: Option<usize>) {
    if let Some(most) = most {
        schema["maxLength"] = most.into();
    }
}

fn bounded(mut schema: Value, bounds: &Bounds) -> Value {
    let bound = |bound: Option<Decimal>| bound.and_then(|bound| number(&bound.to_string()));
    for (key, bound) in [("minimum", bound(bounds.min)), ("maximum", bound(bounds.max))] {
        if let Some(bound) = bound {
            schema[key] = bound;
        }
    }
    schema
}

/// The pattern of an amount: each currency has as many digits after the point as ISO 4217 says.
fn amounts(currencies: &[Currency]) -> String {
    if currencies.is_empty() {
        return format!(r"[A-Z]{{3}} -?{WHOLE}(\.[0-9]{{2,3}})?");
    }
    let each: Vec<String> = currencies
        .iter()
        .map(|currency| match currency.n_minor_digits() {
            0 => format!("{} -?{WHOLE}", currency.code()),
            n => format!(r"{} -?{WHOLE}\.[0-9]{{{n}}}", currency.code()),
        })
        .collect();
    match each.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join("|")),
    }
}

/// Whether a regular expression means the same in ECMA-262, and is one there: without flags, named
/// groups, Unicode classes, class arithmetic and anchors that only some engines know.
fn is_common(pattern: &str) -> bool {
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let mut taken = first.len_utf8();
        match first {
            '\\' => {
                let Some(escaped) = after.chars().next() else { return false };
                if !(r"dDsSwW.*+?()[]{}|^$/\-ntr".contains(escaped) || (escaped == 'b' && !in_class)) {
                    return false;
                }
                taken += escaped.len_utf8();
            }
            '(' if !in_class && after.starts_with('?') && !after.starts_with("?:") => return false,
            '[' if in_class => return false,
            '[' => in_class = true,
            ']' => in_class = false,
            '&' | '-' | '~' if in_class && after.starts_with(first) => return false,
            _ => {}
        }
        rest = &rest[taken..];
    }
    true
}

/// Text as a pattern that matches just itself.
fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for char in text.chars() {
        if r".*+?()[]{}|^$/\".contains(char) {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use regex::Regex;

    use super::*;
    use crate::front;
    use crate::value::{Date, Moment, Money, Period};

    fn types(files: &[(&str, &str)]) -> Types {
        let fronts: Vec<_> = files.iter().map(|(name, text)| (*name, front::read(text, 1).0)).collect();
        let types = Types::read(fronts.iter().map(|(name, front)| (*name, front)));
        assert!(types.problems.is_empty(), "{:?}", types.problems);
        types
    }

    fn post() -> Value {
        let types = types(&[
            (
                "place",
                "type: place\nfields:\n  title: {type: text}\n  sum: {type: rollup, from: post, via: where, agg: sum, of: amount}\n",
            ),
            (
                "post",
                "type: post\nlabel: {nl: Post, en: Entry}\nfields:\n  id: {type: text, pattern: 'A-\\d+', max: 9, required: true, unique: true}\n  amount: {type: money, currency: [EUR, JPY], allow_unknown: true, required: true}\n  any: {type: money}\n  share: {type: percent, max: 100%}\n  day: {type: date}\n  period: {type: daterange}\n  moment: {type: datetime}\n  n: {type: int, min: 0, default: 3, required: true}\n  part: {type: decimal, max: 0.5}\n  open: {type: bool, default: false}\n  kind: {type: enum, values: [planned, spent], value_labels: {planned: {nl: gepland, en: planned}}}\n  where: {type: ref, to: [place], label: {nl: Waar, en: Where}}\n  odd: {type: text, pattern: '(?i)\\p{L}+'}\n  twice: {type: computed, as: money, expr: amount + amount}\n  who:\n    type: list\n    min: 1\n    of:\n      record:\n        name: {type: text, required: true}\n        mail: {type: email}\n",
            ),
        ]);
        schema(&types, "nl")
    }

    #[test]
    fn a_type_says_in_json_schema_what_it_says_in_its_file() {
        let whole = post();
        assert_eq!(whole["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(whole["$id"], "polder:types");
        assert_eq!(whole["allOf"][1]["then"]["$ref"], "#/$defs/post");
        let post = &whole["$defs"]["post"];
        assert_eq!(post["title"], "Post");
        assert_eq!(post["properties"]["type"], json!({ "const": "post" }));
        assert_eq!(post["required"], json!(["type", "id", "amount"]), "what a default fills is not asked");
        assert_eq!(post["additionalProperties"], true);
        let field = |key: &str| &post["properties"][key];
        assert_eq!(field("id")["pattern"], r"^(?:A-\d+)$");
        assert_eq!(field("id")["maxLength"], 9);
        assert_eq!(field("id")["x-polder-unique"], true);
        assert_eq!(field("n"), &json!({ "type": "integer", "minimum": 0, "default": 3, "x-polder-kind": "int" }));
        assert_eq!(field("part")["maximum"], json!(0.5));
        assert_eq!(field("open")["default"], false);
        assert_eq!(field("kind")["enum"], json!(["planned", "spent"]));
        assert_eq!(field("kind")["x-polder-labels"], json!({ "planned": "gepland" }));
        assert_eq!(field("where")["type"], "string");
        assert_eq!(field("where")["title"], "Waar");
        assert_eq!(field("where")["x-polder-to"], json!(["place"]));
        assert_eq!(field("odd").get("pattern"), None, "other engines could not read it");
        for computed in [field("twice"), &whole["$defs"]["place"]["properties"]["sum"]] {
            assert_eq!((&computed["readOnly"], &computed["not"]), (&json!(true), &json!({})));
        }
        let who = field("who");
        assert_eq!((&who["type"], &who["minItems"]), (&json!("array"), &json!(1)));
        assert_eq!(who["items"]["required"], json!(["name"]));
        assert_eq!(who["items"]["additionalProperties"], true);
    }

    #[test]
    fn a_draft_may_lack_what_it_will_need() {
        let yaml = |default: &str| {
            format!(
                "type: plan\nfields:\n  title: {{type: text, required: true}}\n  status: {{type: enum, values: [draft, done]{default}}}\n"
            )
        };
        let plan = schema(&types(&[("plan", &yaml(""))]), "en")["$defs"]["plan"].clone();
        assert_eq!(plan["required"], json!(["type"]));
        assert_eq!(plan["if"]["required"], json!(["status"]));
        assert_eq!(plan["else"]["required"], json!(["title"]));
        let plan = schema(&types(&[("plan", &yaml(", default: draft"))]), "en")["$defs"]["plan"].clone();
        assert_eq!(plan["if"].get("required"), None, "a plan that says nothing is a draft");
    }

    #[test]
    fn the_patterns_let_through_what_the_wiki_reads_and_stop_what_it_never_reads() {
        let post = post();
        let pattern =
            |key: &str| Regex::new(post["$defs"]["post"]["properties"][key]["pattern"].as_str().unwrap()).unwrap();
        let cases = [
            "EUR 500000.00",
            "EUR -0.50",
            "EUR 1.5",
            "EUR 01.00",
            "JPY 500",
            "JPY 500.00",
            "USD 1.00",
            "unknown",
            "EUR",
            "80%",
            "-12.5%",
            "80",
            "8,5%",
            ".5%",
            "2010",
            "2010-05",
            "2010-05-01",
            "2010-13",
            "2010-5",
            "10-05-2010",
            "2010/2011",
            "2009-09/..",
            "../2009-12-31",
            "../..",
            "2010-01-01/2010-05",
            "2010",
            "2010-03-04T10:00:00+01:00",
            "2010-03-04T10:00Z",
            "2010-03-04 10:00",
            "2010-03-04T10:00",
            "",
            " ",
        ];
        for case in cases {
            let of = |money: Money| ["EUR", "JPY"].contains(&money.currency.code());
            assert_eq!(
                pattern("amount").is_match(case),
                case == "unknown" || Money::parse(case).is_ok_and(of),
                "{case}"
            );
            assert_eq!(pattern("share").is_match(case), value::strict_percent(case).is_ok(), "{case}");
            assert_eq!(pattern("day").is_match(case), Date::parse(case).is_ok(), "{case}");
            assert_eq!(pattern("period").is_match(case), Period::parse(case).is_ok(), "{case}");
            assert_eq!(pattern("moment").is_match(case), Moment::parse(case).is_ok(), "{case}");
            assert!(pattern("any").is_match(case) || Money::parse(case).is_err(), "{case}");
        }
    }

    #[test]
    fn only_expressions_that_every_engine_reads_alike_are_handed_on() {
        for common in [r"[A-Z]{2,4}-\d{4}-\d{3,}", r"v\d+(\.\d+)*(-[a-z0-9]+)?", r"(?:a|b)[^\]-]\.", "é+"] {
            assert!(is_common(common), "{common}");
        }
        for own in [r"(?i)a", r"\p{L}", r"(?P<n>a)", r"\Aa\z", r"[[:alpha:]]", r"[a&&b]", r"[a--b]", r"\x{41}", "\\"] {
            assert!(!is_common(own), "{own}");
        }
    }
}
