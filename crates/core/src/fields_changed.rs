//! Which fields differ between two frontmatters, and how: by key, lists item by item.
//!
//! Only what is said counts, not how it is written: quotes, places, comments and the order of keys
//! make no difference, and `key:` with nothing after it is as if the key were not there. Types are
//! not known here.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::front::{Front, Value};

/// One field that changed. Not both sides are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange<'a> {
    pub key: &'a str,
    /// What it said before; `None` when it was not there or empty.
    pub old: Option<&'a Value>,
    pub new: Option<&'a Value>,
    pub how: How<'a>,
}

/// What is best told of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum How<'a> {
    Came,
    Went,
    /// Another value.
    Became,
    /// Of a list that keeps some of its items: those that came and those that went, in their order.
    Items {
        added: Vec<&'a Value>,
        removed: Vec<&'a Value>,
    },
    /// The same items in another order.
    Reordered,
}

/// The fields that differ: in the order of the new frontmatter, then those that went in the order
/// of the old.
pub fn field_changes<'a>(old: &'a Front, new: &'a Front) -> Vec<FieldChange<'a>> {
    // Looking each key up in the other one would take time by the square.
    let before: FxHashMap<&str, &Value> = old.fields.iter().map(|field| (field.key.as_str(), &field.value)).collect();
    let came_or_changed = new.fields.iter().filter_map(|field| {
        change(&field.key, said(before.get(field.key.as_str()).copied()), said(Some(&field.value)))
    });
    let kept: FxHashSet<&str> = new.fields.iter().map(|field| field.key.as_str()).collect();
    let gone = old.fields.iter().filter(|field| !kept.contains(field.key.as_str()));
    let went = gone.filter_map(|field| change(&field.key, said(Some(&field.value)), None));
    came_or_changed.chain(went).collect()
}

/// Whether two values say the same.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Scalar(a), Value::Scalar(b)) => a.text == b.text,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            let n_said = |fields: &[crate::front::Field]| {
                fields.iter().filter(|field| said(Some(&field.value)).is_some()).count()
            };
            let is_in = |field: &crate::front::Field| match said(Some(&field.value)) {
                None => true,
                Some(value) => {
                    b.iter().find(|other| other.key == field.key).is_some_and(|other| same(value, &other.value))
                }
            };
            n_said(a) == n_said(b) && a.iter().all(is_in)
        }
        (a, b) => said(Some(a)).is_none() && said(Some(b)).is_none(),
    }
}

fn said(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| match value {
        Value::Empty => false,
        Value::List(items) => !items.is_empty(),
        Value::Map(fields) => !fields.is_empty(),
        Value::Scalar(_) => true,
    })
}

fn change<'a>(key: &'a str, old: Option<&'a Value>, new: Option<&'a Value>) -> Option<FieldChange<'a>> {
    let how = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => How::Came,
        (Some(_), None) => How::Went,
        (Some(old), Some(new)) if same(old, new) => return None,
        (Some(old), Some(new)) => how(old, new)?,
    };
    Some(FieldChange { key, old, new, how })
}

/// `None` when only the brackets around a single item came or went.
fn how<'a>(old: &'a Value, new: &'a Value) -> Option<How<'a>> {
    if !matches!(old, Value::List(_)) && !matches!(new, Value::List(_)) {
        return Some(How::Became);
    }
    let (old, new) = (items(old), items(new));
    let removed = without(old, new);
    let added = without(new, old);
    if added.is_empty() && removed.is_empty() {
        let is_same = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new));
        return (!is_same).then_some(How::Reordered);
    }
    // Nothing in common: two values side by side say it better.
    if removed.len() == old.len() && !added.is_empty() {
        return Some(How::Became);
    }
    Some(How::Items { added, removed })
}

/// A single value counts as a list of one.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        value => std::slice::from_ref(value),
    }
}

/// Items of the one list that the other has not, or not as often.
fn without<'a>(list: &'a [Value], other: &'a [Value]) -> Vec<&'a Value> {
    // Frontmatter holds a few thousand values at most, of which scalars are told apart at once.
    let mut left: Vec<&Value> = other.iter().collect();
    let mut texts: FxHashMap<&str, usize> = FxHashMap::default();
    left.retain(|value| match value.text() {
        Some(text) => {
            *texts.entry(text).or_default() += 1;
            false
        }
        None => true,
    });
    list.iter()
        .filter(|value| match value.text() {
            Some(text) => match texts.get_mut(text) {
                Some(n) if *n > 0 => {
                    *n -= 1;
                    false
                }
                _ => true,
            },
            None => match left.iter().position(|other| same(value, other)) {
                Some(at) => {
                    left.swap_remove(at);
                    false
                }
                None => true,
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::read;

    fn told(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (read(old, 2).0, read(new, 2).0);
        let texts = |values: &[&Value]| values.iter().map(|value| text(value)).collect::<Vec<_>>().join("+");
        field_changes(&old, &new)
            .into_iter()
            .map(|change| {
                let side = |value: Option<&Value>| value.map_or_else(|| "-".to_owned(), text);
                let how = match &change.how {
                    How::Came => "came".to_owned(),
                    How::Went => "went".to_owned(),
                    How::Became => "became".to_owned(),
                    How::Reordered => "reordered".to_owned(),
                    How::Items { added, removed } => format!("+{} -{}", texts(added), texts(removed)),
                };
                format!("{}: {} > {} ({how})", change.key, side(change.old), side(change.new))
            })
            .collect()
    }

    fn text(value: &Value) -> String {
        match value {
            Value::Empty => String::new(),
            Value::Scalar(scalar) => scalar.text.clone(),
            Value::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(",")),
            Value::Map(fields) => {
                let pairs = fields.iter().map(|field| format!("{}={}", field.key, text(&field.value)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn fields_come_go_and_become_others() {
        assert_eq!(
            told("a: 1\nb: 2\nc: 3\n", "c: 4\na: 1\nd: 5\n"),
            ["c: 3 > 4 (became)", "d: - > 5 (came)", "b: 2 > - (went)"]
        );
        assert_eq!(told("", ""), Vec::<String>::new());
        assert_eq!(told("type: plan\nx: a\n", "type: phase\nx: a\n"), ["type: plan > phase (became)"]);
    }

    #[test]
    fn how_it_is_written_makes_no_difference() {
        for (old, new) in [
            ("a: 1\nb: 2\n", "b: '2'\n# why\na: \"1\"\n"),
            ("a:\n", ""),
            ("a: []\n", "a: {}\n"),
            ("a: [x, y]\n", "a:\n  - x\n  - y\n"),
            ("a: x\n", "a: [x]\n"),
            ("a: {b: 1, c: 2}\n", "a:\n  c: 2\n  b: 1\n  d:\n"),
        ] {
            assert_eq!(told(old, new), Vec::<String>::new(), "{old} {new}");
        }
    }

    #[test]
    fn lists_are_told_item_by_item() {
        assert_eq!(told("a: [x, y, z]\n", "a: [x, z, w, w]\n"), ["a: [x,y,z] > [x,z,w,w] (+w+w -y)"]);
        assert_eq!(told("a: [x, y]\n", "a: [y, x]\n"), ["a: [x,y] > [y,x] (reordered)"]);
        assert_eq!(told("a: [x, x]\n", "a: [x]\n"), ["a: [x,x] > [x] (+ -x)"]);
        assert_eq!(told("a: x\n", "a: [x, y]\n"), ["a: x > [x,y] (+y -)"]);
        assert_eq!(told("a: [x]\n", "a: [y]\n"), ["a: [x] > [y] (became)"]);
        assert_eq!(
            told("a: [{b: 1}, {b: 2}]\n", "a: [{b: 2}, {b: 3}]\n"),
            ["a: [{b=1},{b=2}] > [{b=2},{b=3}] (+{b=3} -{b=1})"]
        );
        assert_eq!(told("a: {b: 1}\n", "a: {b: 2}\n"), ["a: {b=1} > {b=2} (became)"]);
    }

    #[test]
    fn a_difference_with_itself_is_none_and_turned_round_it_is_the_reverse() {
        let all = ["", "a: 1\n", "a: [1, 2]\nb: {c: 3}\n", "a: [2, 1]\n", "b: {c: 4}\na: 2\n", "a: [{x: 1}, {}]\n"];
        for one in all {
            assert_eq!(told(one, one), Vec::<String>::new());
            for other in all {
                let keys = |old, new| {
                    let mut keys: Vec<String> = told(old, new).iter().map(|line| line[..1].to_owned()).collect();
                    keys.sort();
                    keys
                };
                assert_eq!(keys(one, other), keys(other, one), "{one} {other}");
            }
        }
    }
}
