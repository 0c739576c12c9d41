//! Conditions on records inside a search: `type:project status:running plan:"Plan van aanpak"`.
//!
//! A word with a colon is a condition only where the site has a type or field of that name, so
//! that any other text stays what it is: words to look for. Only what is written in a page counts;
//! what is computed is asked for by a query block.

use crate::names::PageIdx;
use crate::site::Seen;
use crate::types::{Kind, Texts};
use crate::value::Value;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// `type`, or the key of a field.
    key: String,
    /// Folded: case does not count.
    value: String,
    is_not: bool,
}

/// Parts a query into its conditions and the rest. `soort:` is `type:` in Dutch.
pub fn split(seen: Seen<'_>, query: &str) -> (Vec<Filter>, String) {
    let types = seen.types();
    if types.is_empty() || !query.contains(':') {
        return (Vec::new(), query.to_owned());
    }
    let is_field = |key: &str| types.all().iter().any(|kind| kind.field(key).is_some());
    let (mut filters, mut rest) = (Vec::new(), String::new());
    let mut at = 0;
    while at < query.len() {
        let chunk = &query[at..];
        let blank = chunk.len() - chunk.trim_start().len();
        let chunk = &chunk[blank..];
        // Up to the next blank that is not between quotes.
        let mut in_quotes = false;
        let end = chunk
            .char_indices()
            .find(|(_, char)| {
                in_quotes ^= *char == '"';
                char.is_whitespace() && !in_quotes
            })
            .map_or(chunk.len(), |(end, _)| end);
        let word = &chunk[..end];
        let (is_not, bare) = word.strip_prefix('-').map_or((false, word), |bare| (true, bare));
        let found = bare.split_once(':').and_then(|(key, value)| {
            let value = value.trim_matches('"').trim();
            let key = if matches!(key, "type" | "soort") { "type" } else { key };
            // `title:` is known to search itself, which knows its stems.
            let is_known = key == "type" || (key != "title" && is_field(key));
            (is_known && !value.is_empty()).then(|| Filter { key: key.to_owned(), value: fold(value), is_not })
        });
        match found {
            Some(filter) => filters.push(filter),
            None => {
                if !rest.is_empty() {
                    rest.push(' ');
                }
                rest.push_str(word);
            }
        }
        at += blank + end;
        if blank + end == 0 {
            break;
        }
    }
    (filters, rest)
}

/// Whether a page meets all conditions.
pub fn fits(seen: Seen<'_>, filters: &[Filter], page: PageIdx) -> bool {
    filters.iter().all(|filter| fits_one(seen, filter, page) != filter.is_not)
}

fn fits_one(seen: Seen<'_>, filter: &Filter, page: PageIdx) -> bool {
    let Some(record) = seen.records().get(page) else { return false };
    let kind = seen.types().get(record.of);
    if filter.key == "type" {
        return fold(&kind.name) == filter.value || is_label(&kind.label, &filter.value);
    }
    let Some(at) = kind.field(&filter.key) else { return false };
    let (field, value) = (&kind.fields[usize::from(at)], &record.values[usize::from(at)]);
    holds(seen, &field.kind, value, &filter.value)
}

fn holds(seen: Seen<'_>, kind: &Kind, value: &Value, want: &str) -> bool {
    match (kind, value) {
        (_, Value::List(items)) => {
            let of = match kind {
                Kind::List { of, .. } => of,
                kind => kind,
            };
            items.iter().any(|item| holds(seen, of, item, want))
        }
        (Kind::Record(fields), Value::Record(parts)) => {
            fields.iter().zip(parts.iter()).any(|(field, part)| holds(seen, &field.kind, part, want))
        }
        (Kind::Choice { choices, .. }, Value::Text(id)) => {
            let label = choices.iter().find(|choice| choice.id == *id).map(|choice| &choice.label);
            fold(id) == want || label.is_some_and(|label| is_label(label, want))
        }
        (_, Value::Page(target)) => seen
            .page(*target)
            .is_some_and(|target| fold(target.title()).contains(want) || fold(target.path.address()) == want),
        // A year or month holds every day in it.
        (_, Value::Date(date)) => date.to_string().starts_with(want),
        (_, Value::Moment(moment)) => moment.to_string().to_lowercase().starts_with(want),
        (_, Value::Text(text)) => fold(text).contains(want),
        (_, value) => !value.is_empty() && fold(&value.to_string()) == want,
    }
}

fn is_label(label: &Texts, want: &str) -> bool {
    label.all().any(|(_, text)| fold(text) == want)
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}
