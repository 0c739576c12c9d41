//! What a type's file says about names: labels of the type, its fields and their values.
//!
//! Reads `.polder/types/<type>.yml` as plain YAML. Judging and computing fields is not done here.

use crate::front::{Field, Front, Value};

/// Where the file of a type stands.
pub fn path(name: &str) -> String {
    format!(".polder/types/{name}.yml")
}

/// The name of the type itself.
pub fn label(kind: &Front, lang: &str) -> Option<String> {
    in_language(kind.get("label")?, lang)
}

/// The name of one of its fields.
pub fn field_label(kind: &Front, key: &str, lang: &str) -> Option<String> {
    in_language(entry(field(kind, key)?, "label")?, lang)
}

/// The name of one value of a field that has a list of values.
pub fn value_label(kind: &Front, key: &str, value: &str, lang: &str) -> Option<String> {
    let labels = entry(field(kind, key)?, "value_labels")?;
    in_language(entry(labels, value)?, lang)
}

/// Whether a field refers to another page.
pub fn is_ref(kind: &Front, key: &str) -> bool {
    let Some(Value::Scalar(scalar)) = field(kind, key).and_then(|field| entry(field, "type")) else { return false };
    scalar.text == "ref"
}

fn field<'a>(kind: &'a Front, key: &str) -> Option<&'a Value> {
    entry(kind.get("fields")?, key)
}

fn entry<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Map(fields) = value else { return None };
    fields.iter().find(|field: &&Field| field.key == key).map(|field| &field.value)
}

/// A text in the language asked for, else in the first there is.
fn in_language(value: &Value, lang: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::Scalar(scalar) => Some(scalar.text.clone()),
        _ => None,
    };
    match value {
        Value::Map(fields) => entry(value, lang).or(fields.first().map(|field| &field.value)).and_then(text),
        value => text(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_in_the_language_asked_for() {
        let yaml = "label: {nl: Besluit, en: Decision}\nfields:\n  outcome:\n    label: {nl: Uitkomst}\n    value_labels: {go: {nl: Door, en: Go}}\n";
        let (kind, problems) = crate::front::read(yaml, 1);
        assert_eq!(problems, []);
        assert_eq!(label(&kind, "en").as_deref(), Some("Decision"));
        assert_eq!(field_label(&kind, "outcome", "en").as_deref(), Some("Uitkomst"));
        assert_eq!(value_label(&kind, "outcome", "go", "nl").as_deref(), Some("Door"));
        assert_eq!(field_label(&kind, "missing", "nl"), None);
    }
}
