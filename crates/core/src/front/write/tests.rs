//! Frontmatter changed in place: what changes, and that nothing else does.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::read;
use super::*;

#[test]
fn setting_a_field_changes_its_value_alone() {
    // INV-11
    let cases = [
        ("---\na: 1 # why\nb: 2\n---\nx\n", "3", "---\na: 3 # why\nb: 2\n---\nx\n"),
        ("---\r\na: 'x'\r\n---\r\nx", "it's", "---\r\na: 'it''s'\r\n---\r\nx"),
        ("---\na: \"x\"\n---\n", "y \"z\"\n", "---\na: \"y \\\"z\\\"\\n\"\n---\n"),
        ("---\na: x\n---\n", "[[Plan]]", "---\na: \"[[Plan]]\"\n---\n"),
        ("---\na: x\n---\n", "b: c", "---\na: \"b: c\"\n---\n"),
        ("---\na: x\n---\n", "", "---\na: \"\"\n---\n"),
        ("---\na: # none\nb: 2\n---\n", "x", "---\na: x # none\nb: 2\n---\n"),
        ("---\na: |\n  x\n  y\nb: 2\n---\n", "z", "---\na: z\nb: 2\n---\n"),
        ("---\nb: 2\n# end\n---\nx\n", "1", "---\nb: 2\n# end\na: 1\n---\nx\n"),
        ("---\r\nb: 2\r\n---\r\nx\r\n", "1", "---\r\nb: 2\r\na: 1\r\n---\r\nx\r\n"),
        ("---\n  b: 2\n---\n", "1", "---\n  b: 2\n  a: 1\n---\n"),
        ("---\n---\nx\n", "1", "---\na: 1\n---\nx\n"),
        ("x\r\ny", "1", "---\r\na: 1\r\n---\r\nx\r\ny"),
        ("\u{feff}x\n", "1", "\u{feff}---\na: 1\n---\nx\n"),
        ("", "1", "---\na: 1\n---\n"),
        ("---\nno end\n", "1", "---\na: 1\n---\n---\nno end\n"),
    ];
    for (text, value, want) in cases {
        assert_eq!(set_scalar(text, "a", value).as_deref(), Ok(want), "{text:?}");
    }
}

#[test]
fn a_list_changes_by_its_items() {
    // INV-11
    let texts =
        |items: &[&str]| NewValue::List(items.iter().map(|item| NewValue::Scalar((*item).to_owned())).collect());
    let cases: &[(&str, &[&str], &str)] = &[
        ("a:\n  - x # c\n  # d\n  - y\nb: 1\n", &["x", "z"], "a:\n  - x # c\n  # d\n  - z\nb: 1\n"),
        ("a:\n- x # c\n- 'y'\n# d\n", &["x", "y", "z"], "a:\n- x # c\n- 'y'\n- 'z'\n# d\n"),
        ("a:\n  - x # c\n  # d\n  - y # e\n  - z\n", &["x", "z"], "a:\n  - x # c\n  # d\n  - z\n"),
        ("a:\n  - x # c\n  - y\n", &["w", "x", "y"], "a:\n  - w\n  - x # c\n  - y\n"),
        ("a: # c\n  - x\n", &[], "a: [] # c\n"),
        ("a: # c\n    # d\n    - x\nb: 1\n", &["q\nr"], "a: # c\n    # d\n    - |-\n      q\n      r\nb: 1\n"),
        ("a: [x, \"y\"] # c\n", &["x", "z"], "a: [x, \"z\"] # c\n"),
        ("a: [x, y] # c\n", &["x", "y", "p, q"], "a: [x, y, \"p, q\"] # c\n"),
        ("a: [x, y, z]\n", &["x", "z"], "a: [x, z]\n"),
        ("a: [x, y, z]\n", &["x"], "a: [x]\n"),
        ("a: [x, y]\n", &["w", "x", "y"], "a: [w, x, y]\n"),
        ("a: [ x, ]\n", &["x", "y"], "a: [ x, y, ]\n"),
        ("a: []\n", &["x"], "a:\n  - x\n"),
        ("a: [\n  x, # c\n  y\n]\n", &["x", "y", "z"], "a: [\n  x, # c\n  y,\n  z\n]\n"),
        ("a: [\n  x, # c\n  y # d\n]\n", &["x", "y", "z"], "a: [\n  x, # c\n  y, # d\n  z\n]\n"),
        ("a: [\n  x, # c\n  y, # d\n]\n", &["x", "q", "y", "z"], "a: [\n  x, # c\n  q,\n  y, # d\n  z,\n]\n"),
        ("a: [\n  x, # c\n  # e\n  y # d\n]\n", &["x"], "a: [\n  x # c\n  # e\n]\n"),
        ("a: [\n  x,\n  y\n]\n", &["y"], "a: [\n  y\n]\n"),
        ("a: x # c\n", &["x", "2010"], "a: # c\n  - x\n  - 2010\n"),
        ("b: 1\n", &["- x", "#", ""], "b: 1\na:\n  - \"- x\"\n  - \"#\"\n  - \"\"\n"),
    ];
    for (yaml, items, want) in cases {
        for end in ["\n", "\r\n"] {
            let [text, want] = [yaml, want].map(|yaml| format!("\u{feff}---\n{yaml}---\nx").replace('\n', end));
            assert_eq!(set_value(&text, "a", &texts(items)).unwrap(), want, "{items:?} in {yaml:?}");
        }
    }
}

/// The value of `a` in some YAML.
fn value_of(yaml: &str) -> NewValue {
    NewValue::from(read(yaml, 1).0.get("a").unwrap())
}

#[test]
fn a_list_of_maps_changes_by_its_entries() {
    // INV-11
    let old = "a: # c\n  # one\n  - who: Ada # d\n    role: 'lid'\n    days: [ma, wo]\n  -   who: Bo\n      # two\n      role: lid\n  # end\nb: 1\n";
    let cases = [
        ("[{role: lid, who: Ada, days: [ma, wo]}, {who: Bo, role: lid}]", old.to_owned()),
        ("[{who: Ada, role: baas, days: [ma, wo]}, {who: Bo, role: lid}]", old.replace("'lid'", "'baas'")),
        ("[{who: Ada, role: lid, days: [ma, do, wo]}, {who: Bo, role: lid}]", old.replace("[ma, ", "[ma, do, ")),
        ("[{role: lid, days: [ma, wo]}, {who: Bo, role: lid}]", old.replace("who: Ada # d\n    role", "role")),
        ("[{who: Ada, days: [ma, wo]}, {who: Bo, role: lid}]", old.replace("    role: 'lid'\n", "")),
        ("[{who: Ada, role: lid, days: []}, {who: Bo, role: lid}]", old.replace("[ma, wo]", "[]")),
        (
            "[{who: Ada, role: lid, days: [ma, wo], x: {}}, {who: Bo, role: lid, tags: [q]}]",
            old.replace("wo]\n", "wo]\n    x: {}\n").replace("role: lid\n", "role: lid\n      tags:\n        - q\n"),
        ),
        ("[{who: Bo, role: lid}]", old.replace("  - who: Ada # d\n    role: 'lid'\n    days: [ma, wo]\n", "")),
        (
            "[{who: Ada, role: lid, days: [ma, wo]}, {who: Bo, role: lid}, {who: Cy, role: x}]",
            old.replace("role: lid\n", "role: lid\n  -   who: Cy\n      role: x\n"),
        ),
        (
            "[{who: Ada, role: lid, days: [ma, wo]}, Bo]",
            old.replace("-   who: Bo\n      # two\n      role: lid\n", "- Bo\n      # two\n"),
        ),
    ];
    for (new, want) in cases {
        let [text, want] = [old, &want].map(|yaml| format!("---\n{yaml}---\n"));
        assert_eq!(set_value(&text, "a", &value_of(&format!("a: {new}\n"))).unwrap(), want, "{new}");
    }
    let made = set_value("", "a", &value_of(old)).unwrap();
    assert_eq!(
        made,
        "---\na:\n  - who: Ada\n    role: lid\n    days:\n      - ma\n      - wo\n  - who: Bo\n    role: lid\n---\n"
    );
}

#[test]
fn texts_of_several_lines_are_blocks_where_a_block_can_say_them() {
    let cases = [
        ("a: x # c\nb: 1\n", "p\nq", "a: |- # c\n  p\n  q\nb: 1\n"),
        ("a: 'x'\n", "p\n\n  q\n", "a: |\n  p\n\n    q\n"),
        ("a: |\n    p\n    q\nb: 1\n", "p\nr\n", "a: |\n    p\n    r\nb: 1\n"),
        ("a: > # c\n  p\n  q\n\nb: 1\n", "p\nr", "a: |- # c\n  p\n  r\n\nb: 1\n"),
        ("a: | # c\n  p\n# d\n", "x", "a: x # c\n# d\n"),
        ("a: x\n  # d\nb: 1\n", "p\nq", "a: \"p\\nq\"\n  # d\nb: 1\n"),
        ("a: x\n", " p\nq", "a: \" p\\nq\"\n"),
        ("a: x\n", "p\n \nq", "a: \"p\\n \\nq\"\n"),
        ("a: |\n  p\n  q \n    \nb: 1\n", "x", "a: x\nb: 1\n"),
        ("a: x\n", "p\r\nq", "a: \"p\\r\\nq\"\n"),
        ("a: x\n\nb: 1\n", "p\nq\n\n", "a: \"p\\nq\\n\\n\"\n\nb: 1\n"),
        ("{a: x}\n", "p\nq", "{a: \"p\\nq\"}\n"),
    ];
    for (yaml, value, want) in cases {
        let [text, want] = [yaml, want].map(|yaml| format!("---\n{yaml}---\n"));
        assert_eq!(set_value(&text, "a", &NewValue::Scalar(value.to_owned())).unwrap(), want, "{value:?}");
    }
}

#[test]
fn a_value_may_become_one_of_another_kind() {
    let cases = [
        ("a: # c\n  # d\n  - x # e\n  - y\nb: 1\n", "a: z\n", "a: z # c\n  # d\nb: 1\n"),
        ("a: [x, # c\n  y] # d\nb: 1\n", "a: z\n", "a: z # c\nb: 1\n"),
        ("a: x # c\n", "a:\n", "a: # c\n"),
        ("a: # c\n", "a: {p: [1], q: }\n", "a: # c\n  p:\n    - 1\n  q:\n"),
        ("? a\n: x\n", "a: [y]\n", "a:\n  - y\n"),
        ("? a\nb: 1\n", "a: y\n", "a: y\nb: 1\n"),
        (
            "a:\n    p: 1\n    q: 2\n",
            "a: {p: 1, q: 2, r: [{s: 1}]}\n",
            "a:\n    p: 1\n    q: 2\n    r:\n      - s: 1\n",
        ),
        ("a: {p: 1, q}\n", "a: {p: 1, q: 2}\n", "a: {p: 1, q: 2}\n"),
        ("{b: 1}\n", "a: [x]\n", "{b: 1, a: [x]}\n"),
        ("{}\n", "a: x\n", "{a: x}\n"),
    ];
    for (yaml, new, want) in cases {
        let [text, want] = [yaml, want].map(|yaml| format!("---\n{yaml}---\n"));
        assert_eq!(set_value(&text, "a", &value_of(new)).unwrap(), want, "{new:?} in {yaml:?}");
    }
}

#[test]
fn a_removed_field_takes_its_lines_along() {
    // INV-11
    let cases = [
        ("b: 1\na: x # c\n# d\nc: 2\n", "b: 1\n# d\nc: 2\n"),
        ("a:\n  # c\n  - x\n\n  - y # d\n\nb: 1\n", "  # c\n\nb: 1\n"),
        ("b: |\n  t\na:\n  # c\n  - x\nd: 1\n", "b: |\n  t\n# c\nd: 1\n"),
        ("b: |+\n  t\na: x\n\nd: 1\n", "b: |+\n  t\nd: 1\n"),
        ("a: |\n  # t\n  t\n# c\n", "# c\n"),
        ("? a\n: - x\n  - y\nb: 1\n", "b: 1\n"),
        ("{b: 1, a: [x, y]}\n", "{b: 1}\n"),
        ("{a: 1}\n", "{}\n"),
        ("a: 1\n", ""),
        ("b: 1\n", "b: 1\n"),
    ];
    for (yaml, want) in cases {
        let [text, want] = [yaml, want].map(|yaml| format!("---\n{yaml}---\nx"));
        assert_eq!(remove(&text, "a").unwrap(), want, "{yaml:?}");
    }
    assert_eq!(remove("a: 1\n", "a").as_deref(), Ok("a: 1\n"));
    assert!(matches!(remove("---\na: *x\n---\n", "a"), Err(SetError::Unreadable(_))));
}

#[test]
fn what_could_not_be_read_afterwards_is_refused() {
    let page = "---\na: x\n---\n";
    let text = |n: usize| NewValue::Scalar("x".repeat(n));
    let nested = |depth: usize| (0..depth).fold(text(1), |value, _| NewValue::List(vec![value]));
    let twice = NewValue::Map(vec![("k".to_owned(), text(1)), ("k".to_owned(), text(2))]);
    let many = NewValue::List(vec![text(1); limits::FRONT_MAX_EVENTS]);
    let too_much = [text(limits::FRONT_MAX_BYTES), nested(limits::FRONT_MAX_DEPTH), nested(60), twice, many];
    for value in too_much {
        for key in ["a", "b"] {
            assert_eq!(set_value(page, key, &value), Err(SetError::Entangled));
        }
        assert_eq!(set_value("", "a", &value), Err(SetError::Entangled));
    }
    let deepest = nested(limits::FRONT_MAX_DEPTH - 1);
    let new = set_value(page, "a", &deepest).unwrap();
    assert!(NewValue::from(front_of(&new).get("a").unwrap()).says(&deepest));
    let long_key = "k".repeat(2_000);
    assert_eq!(set_value(page, &long_key, &text(1)), Err(SetError::Entangled));
}

#[test]
fn what_can_not_be_set_alone_is_left_alone() {
    assert_eq!(set_scalar("---\na: [1]\n---\n", "a", "2"), Err(SetError::NotScalar));
    assert!(matches!(set_scalar("---\nb: *x\n---\n", "a", "2"), Err(SetError::Unreadable(_))));
    let full = format!("---\nb: {}\n---\n", "x".repeat(limits::FRONT_MAX_BYTES - 4));
    assert!(split(&full).front.is_some());
    assert_eq!(set_scalar(&full, "a", "2"), Err(SetError::Entangled));
}

#[test]
fn a_scalar_is_replaced_by_its_place_at_any_depth() {
    let text = "---\nrefs: [oud, 'oud']\nmap:\n  - ref: oud # c\n    text: |\n      oud\n---\noud\n";
    let at = |line, column| Pos { line, column };
    let replaced = |place, value| replace_scalar_at(text, place, value);
    assert_eq!(replaced(at(2, 8), "nieuw").unwrap(), text.replacen("oud", "nieuw", 1));
    assert_eq!(replaced(at(2, 8), "a, b").unwrap(), text.replacen("oud", "\"a, b\"", 1));
    assert_eq!(replaced(at(2, 13), "it's").unwrap(), text.replace("'oud'", "'it''s'"));
    assert_eq!(replaced(at(4, 10), "[[x]]").unwrap(), text.replace("oud # c", "\"[[x]]\" # c"));
    for nowhere in [at(6, 7), at(2, 9), at(3, 1), at(99, 1)] {
        assert_eq!(replaced(nowhere, "x"), Err(SetError::NotScalar));
    }
}

/// A frontmatter that can be read, with a field `a` or without one.
fn good_page() -> impl Strategy<Value = String> {
    let fields = vec![
        "a: 1",
        "b: [1, 2]",
        "c: \"q\\n\"",
        "# comment",
        "",
        "d:\n  - x\n  - y",
        "e: |\n  t\n\n  u",
        "f: {g: 1}",
        "h: 2010-01",
        "\"i j\": k",
    ];
    let own = proptest::sample::select(vec!["a: 1", "a: 'x' # c", "a:", "a: \"\\t\"", "a: >-\n  x\n  y", "# a"]);
    let lines =
        (0..fields.len()).prop_flat_map(move |n| proptest::sample::subsequence(fields[1..].to_vec(), n)).prop_shuffle();
    let end = proptest::sample::select(vec!["\n", "\r\n"]);
    (lines, own, 0_usize..9, end).prop_map(|(mut lines, own, at, end)| {
        lines.insert(at.min(lines.len()), own);
        format!("---\n{}\n---\nbody\n\nend", lines.join("\n")).replace('\n', end)
    })
}

fn odd_value() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "a",
        "é",
        ": ",
        ":",
        " ",
        "#",
        " #",
        "'",
        "\"",
        "\\",
        "[",
        "]",
        "{",
        ",",
        "-",
        "?",
        "|",
        "\n",
        "\t",
        "\u{85}",
        "\u{feff}",
        "%",
        "@",
        "2010",
        "~",
        "---",
        "\u{1f30d}",
    ]);
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn front_of(text: &str) -> Front {
    split(text).yaml().map(|yaml| read_whole(yaml).unwrap()).unwrap_or_default()
}

/// The pages of `tests/cases/front-odd`, with either line end, and with a byte order mark or not.
fn odd_page() -> impl Strategy<Value = String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cases/front-odd");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let pages: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let page = proptest::sample::select(pages);
    (page, any::<bool>(), any::<bool>()).prop_map(|(page, crlf, mark)| {
        let page = if crlf { page.replace('\n', "\r\n") } else { page };
        if mark { format!("\u{feff}{page}") } else { page }
    })
}

fn odd_new() -> impl Strategy<Value = NewValue> {
    let texts = || proptest::sample::select(vec!["a", "b", "one\ntwo", "x\n\ny\n", "z\n\n", " p\nq", "Ada"]);
    let scalar = || prop_oneof![odd_value(), texts().prop_map(str::to_owned)].prop_map(NewValue::Scalar);
    let small = || prop_oneof![6 => scalar(), 1 => Just(NewValue::Empty)];
    let list = || proptest::collection::vec(small(), 0..4).prop_map(NewValue::List);
    let key = proptest::sample::select(vec!["who", "role", "days", "é", "a: b", "", "<<"]);
    let entry = prop_oneof![small(), list()];
    let map = proptest::collection::btree_map(key, entry, 0..4).prop_map(|entries| {
        NewValue::Map(entries.into_iter().rev().map(|(key, value)| (key.to_owned(), value)).collect())
    });
    let maps = proptest::collection::vec(prop_oneof![3 => map.clone(), 1 => small()], 0..4).prop_map(NewValue::List);
    prop_oneof![small(), list(), map, maps]
}

/// One change that somebody makes to a value in a form.
#[derive(Clone, Debug)]
enum Turn {
    Whole(NewValue),
    Put(prop::sample::Index, NewValue),
    Drop(prop::sample::Index),
    Swap(prop::sample::Index),
    Within(prop::sample::Index, Box<Turn>),
}

fn turn() -> impl Strategy<Value = Turn> {
    let index = any::<prop::sample::Index>;
    let leaf = prop_oneof![
        odd_new().prop_map(Turn::Whole),
        (index(), odd_new()).prop_map(|(at, new)| Turn::Put(at, new)),
        index().prop_map(Turn::Drop),
        index().prop_map(Turn::Swap),
    ];
    leaf.prop_recursive(2, 4, 1, move |inner| (index(), inner).prop_map(|(at, turn)| Turn::Within(at, Box::new(turn))))
}

fn turned(value: NewValue, turn: &Turn) -> NewValue {
    let key = |at: &prop::sample::Index| ["who", "role", "new: x", "text"][at.index(4)].to_owned();
    match (value, turn) {
        (_, Turn::Whole(new)) => new.clone(),
        (NewValue::List(mut items), Turn::Put(at, new)) => {
            items.insert(at.index(items.len() + 1), new.clone());
            NewValue::List(items)
        }
        (NewValue::Map(mut entries), Turn::Put(at, new)) => {
            entries.retain(|(old, _)| *old != key(at));
            entries.push((key(at), new.clone()));
            NewValue::Map(entries)
        }
        (NewValue::List(mut items), _) if !items.is_empty() => {
            match turn {
                Turn::Drop(at) => drop(items.remove(at.index(items.len()))),
                Turn::Swap(at) => {
                    let n = at.index(items.len());
                    items.rotate_left(n);
                }
                Turn::Within(at, turn) => {
                    let item = at.get_mut(&mut items);
                    *item = turned(item.clone(), turn);
                }
                _ => {}
            }
            NewValue::List(items)
        }
        (NewValue::Map(mut entries), _) if !entries.is_empty() => {
            match turn {
                Turn::Drop(at) => drop(entries.remove(at.index(entries.len()))),
                Turn::Swap(at) => {
                    let n = at.index(entries.len());
                    entries.rotate_left(n);
                }
                Turn::Within(at, turn) => {
                    let entry = at.get_mut(&mut entries);
                    entry.1 = turned(entry.1.clone(), turn);
                }
                _ => {}
            }
            NewValue::Map(entries)
        }
        (value, _) => value,
    }
}

fn check_set(old: &str, new: &str, key: &str, value: &NewValue) {
    let (old_front, new_front) = (front_of(old), front_of(new));
    assert!(NewValue::from(new_front.get(key).unwrap()).says(value), "{new}");
    let rest =
        |front: &Front| -> Vec<Field> { front.fields.iter().filter(|field| field.key != key).cloned().collect() };
    assert!(alike(&rest(&old_front), &rest(&new_front)), "{new}");
    assert_eq!(split(old).body_text(), split(new).body_text());
    assert_eq!(old.starts_with('\u{feff}'), new.starts_with('\u{feff}'));
    assert_eq!(new.matches('\n').count() == new.matches("\r\n").count(), old.contains('\r'), "{new:?}");
    check_lines(old, new, key);
}

/// Lines before and after those of a field are as they were, and comments within it remain.
fn check_lines(old: &str, new: &str, key: &str) {
    let front = front_of(old);
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let new_lines: Vec<&str> = new.split_inclusive('\n').collect();
    let Some(at) = front.fields.iter().position(|field| field.key == key) else {
        let end = split(old).front.map_or(split(old).body, |range| range.end);
        assert!(split(old).front.is_none() || old.contains("\n{") || new.starts_with(&old[..end]), "{new}");
        return;
    };
    if old.contains("\n{") {
        return;
    }
    let first = front.fields[at].at.line as usize - 1;
    let mut next =
        front.fields.get(at + 1).map_or(split(old).body_line as usize - 2, |field| field.at.line as usize - 1);
    let own = lines[first..next].concat();
    let has_block = own
        .lines()
        .any(|line| line.contains(": |") || line.contains("- |") || line.contains(": >") || line.contains("- >"));
    let is_loose = |line: &str| match line.trim() {
        "" => !own.contains('+'),
        text => text.starts_with('#') && (!has_block || line.starts_with('#')),
    };
    while next > first + 1 && is_loose(lines[next - 1]) {
        next -= 1;
    }
    assert!(new_lines.starts_with(&lines[..first]), "before {key}: {new}");
    // Blank lines would become part of a text that keeps them and now stands right before.
    let tail = match old.contains("|+") {
        true => lines[next..].iter().position(|line| !line.trim().is_empty()).map_or(lines.len(), |at| next + at),
        false => next,
    };
    assert!(new_lines.ends_with(&lines[tail..]), "after {key}: {new}");
    if !has_block && !own.contains(['"', '\'']) {
        let comments = |text: &[&str]| -> Vec<String> {
            text.iter().map(|line| line.trim().to_owned()).filter(|line| line.starts_with('#')).collect()
        };
        let (old_comments, new_comments) = (comments(&lines[first..next]), comments(&new_lines[first..]));
        let mut left = new_comments.iter();
        assert!(old_comments.iter().all(|comment| left.any(|new| new == comment)), "{old_comments:?} in {key}: {new}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_set_field_reads_back_and_the_rest_stays(text in good_page(), key in "[ahz]", value in odd_value()) {
        // INV-11
        let old = split(&text);
        let (front, problems) = read(old.yaml().unwrap(), FIRST_LINE);
        prop_assume!(problems.is_empty() && !matches!(front.get(&key), Some(Value::List(_) | Value::Map(_))));
        let new = set_scalar(&text, &key, &value).unwrap();
        let split_new = split(&new);
        let (read_back, problems) = read(split_new.yaml().unwrap(), FIRST_LINE);
        prop_assert_eq!(problems, vec![]);
        prop_assert_eq!(read_back.text(&key), Some(value.as_str()));
        prop_assert_eq!(split_new.body_text(), old.body_text());
        let rest = |front: &Front| Front {
            fields: front.fields.iter().filter(|field| field.key != key).cloned().collect(),
        };
        prop_assert!(alike(&rest(&front).fields, &rest(&read_back).fields));
        let is_block = value.trim_matches('\n').contains('\n');
        if is_block || (text.contains("a: >-") && key == "a") {
            return Ok(());
        }
        // At most one line differs: it was changed or added.
        let (old_lines, new_lines): (Vec<_>, Vec<_>) = (text.split('\n').collect(), new.split('\n').collect());
        let head = old_lines.iter().zip(&new_lines).take_while(|(a, b)| a == b).count();
        let tail = old_lines.len().saturating_sub(head + 1);
        prop_assert!(old_lines.ends_with(&new_lines[new_lines.len() - tail..]));
        prop_assert!(new_lines.len() - tail - head <= 1 || new_lines.len() == old_lines.len() + 1);
        prop_assert_eq!(new.matches("\r\n").count() == new.matches('\n').count(), text.contains("\r\n"));
    }

    #[test]
    fn any_value_reads_back_in_any_frontmatter_and_the_rest_stays(
        page in odd_page(),
        pick in any::<prop::sample::Index>(),
        turns in proptest::collection::vec(turn(), 1..4),
    ) {
        // INV-11
        let front = front_of(&page);
        let keys = front.fields.iter().map(|field| field.key.as_str());
        let keys: Vec<&str> = keys.chain(["new", "é: ü"]).collect();
        let key = keys[pick.index(keys.len())];
        let old = front.get(key).map(NewValue::from);
        let value = turns.into_iter().fold(old.clone().unwrap_or(NewValue::Empty), |value, turn| turned(value, &turn));
        let new = match set_value(&page, key, &value) {
            Ok(new) => new,
            // Within brackets nothing can't be an item.
            Err(SetError::Entangled) if page.contains("\n{") || page.contains("\r{") => return Ok(()),
            Err(error) => panic!("{key:?} {value:?} {error:?}"),
        };
        check_set(&page, &new, key, &value);
        prop_assert_eq!(set_value(&new, key, &value).unwrap(), new.clone());
        match old {
            Some(old) => check_set(&new, &set_value(&new, key, &old).unwrap(), key, &old),
            // Between braces a blank is left of it.
            None if page.contains("\n{") && value == NewValue::Empty => {}
            None if split(&page).front.is_some() => prop_assert_eq!(remove(&new, key).unwrap(), page),
            None => prop_assert!(split(&remove(&new, key).unwrap()).yaml() == Some("")),
        }
    }

    #[test]
    fn a_removed_field_is_gone_and_the_rest_stays(page in odd_page(), pick in any::<prop::sample::Index>()) {
        let mut front = front_of(&page);
        if !front.fields.is_empty() {
            let key = front.fields.remove(pick.index(front.fields.len())).key;
            let new = remove(&page, &key).unwrap();
            prop_assert!(alike(&front.fields, &front_of(&new).fields), "{new}");
            prop_assert_eq!(split(&new).body_text(), split(&page).body_text());
            check_lines(&page, &new, &key);
            prop_assert_eq!(remove(&new, &key).unwrap(), new);
        }
    }

    #[test]
    fn writing_is_total(yaml in super::super::tests::odd_yaml(), value in odd_new(), key in "[abcé]") {
        // INV-9
        let page = format!("---\n{yaml}\n---\nbody");
        if let Ok(new) = set_value(&page, &key, &value) {
            prop_assert!(NewValue::from(front_of(&new).get(&key).unwrap()).says(&value));
        }
        if let Ok(new) = remove(&page, &key) {
            prop_assert!(front_of(&new).get(&key).is_none());
        }
        let _ = (set_value(&yaml, &yaml, &NewValue::Scalar(yaml.clone())), remove(&yaml, &yaml));
    }
}
