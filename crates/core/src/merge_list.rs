//! Brings two changes of one list in a frontmatter together, item by item.
//!
//! Two people who add different items, or take different ones away, did not touch the same thing; the same
//! item added twice stands once. An item that one changed or took away and the other changed differently is
//! a clash, for the caller. So is everything that is not plain: items in another order, the same item
//! twice, comments between items, or two ways of writing a list.

use std::ops::Range;

use crate::diff::split_lines;

/// A key with its list, cut into items. Both spellings are kept as they are written.
struct List<'a> {
    /// All before the first item, comments above the key included.
    head: &'a str,
    items: Vec<&'a str>,
    way: Way<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    /// `- item` on lines of their own, so far from the left.
    Block { indent: &'a str },
    /// `key: [one, two]` on one line; what stands after the items.
    Flow { end: &'a str },
}

/// The lines of a key with what both sides made of its list. `None` for a clash, and for no plain list.
pub(crate) fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let [base, ours, theirs] = [cut(base)?, cut(ours)?, cut(theirs)?];
    let is_same = |side: &List<'_>| side.head == base.head && side.way == base.way;
    if !is_same(&ours) || !is_same(&theirs) {
        return None;
    }
    let items = merge_items(&base.items, &ours.items, &theirs.items)?;
    let (join, end) = match base.way {
        Way::Block { .. } => ("", ""),
        Way::Flow { end } => (", ", end),
    };
    // `key:` without an item is no list any more.
    let is_gone = items.is_empty() && matches!(base.way, Way::Block { .. });
    (!is_gone).then(|| format!("{}{}{end}", base.head, items.join(join)))
}

/// A stretch of the base that one side took away, and what it put there.
struct Step<'a, 'b> {
    old: Range<usize>,
    new: &'b [&'a str],
}

fn merge_items<'a>(base: &[&'a str], ours: &[&'a str], theirs: &[&'a str]) -> Option<Vec<&'a str>> {
    let (our_steps, their_steps) = (steps(base, ours)?, steps(base, theirs)?);
    let is_gone = |steps: &[Step<'_, '_>], at: usize| steps.iter().any(|step| step.old.contains(&at));
    for our in &our_steps {
        for their in &their_steps {
            let meet = our.old.start < their.old.end && their.old.start < our.old.end;
            let is_one = our.old == their.old && our.new == their.new;
            if meet && !is_one && !(our.new.is_empty() && their.new.is_empty()) {
                return None;
            }
        }
    }
    let mut merged: Vec<&'a str> = Vec::new();
    for at in 0..=base.len() {
        for step in our_steps.iter().chain(&their_steps).filter(|step| step.old.start == at) {
            for item in step.new {
                // Theirs, when it is ours as well.
                if !merged.contains(item) {
                    merged.push(item);
                }
            }
        }
        if at < base.len() && !is_gone(&our_steps, at) && !is_gone(&their_steps, at) {
            merged.push(base[at]);
        }
    }
    // Added by both, in two places that an item of the base lies between.
    is_unique(&merged).then_some(merged)
}

/// What leads from one list to another; `None` when items moved or stand twice.
fn steps<'a, 'b>(old: &[&'a str], new: &'b [&'a str]) -> Option<Vec<Step<'a, 'b>>> {
    if !is_unique(old) || !is_unique(new) {
        return None;
    }
    let mut steps = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let kept = new.iter().enumerate().filter_map(|(n, item)| Some((old.iter().position(|old| old == item)?, n)));
    for (next_old, next_new) in kept.chain([(old.len(), new.len())]) {
        if next_old < at_old {
            return None;
        }
        if at_old < next_old || at_new < next_new {
            steps.push(Step { old: at_old..next_old, new: &new[at_new..next_new] });
        }
        (at_old, at_new) = (next_old + 1, next_new + 1);
    }
    Some(steps)
}

fn is_unique(items: &[&str]) -> bool {
    // Lists of fields are short: the frontmatter is bounded.
    let mut sorted = items.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

fn cut(text: &str) -> Option<List<'_>> {
    let lines = split_lines(text);
    let key = lines.iter().position(|line| !line.starts_with('#') && !line.trim().is_empty())?;
    let head_end: usize = lines[..=key].iter().map(|line| line.len()).sum();
    match lines[key].trim_end().ends_with(':') {
        true => cut_block(text, head_end),
        false if lines.len() == key + 1 => cut_flow(text, head_end - lines[key].len()),
        false => None,
    }
}

fn cut_block(text: &str, head_end: usize) -> Option<List<'_>> {
    let lines = split_lines(&text[head_end..]);
    let indent = &lines.first()?[..lines.first()?.find('-')?];
    if !indent.bytes().all(|byte| byte == b' ') {
        return None;
    }
    let is_dash = |line: &str| {
        let rest = line.strip_prefix(indent).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.trim().is_empty() || rest.starts_with(' '))
    };
    let (mut items, mut from, mut at) = (Vec::new(), head_end, head_end);
    for line in lines {
        let is_plain = line.ends_with('\n') && !line.trim().is_empty() && !line.trim_start().starts_with('#');
        if !is_plain || (at == head_end && !is_dash(line)) {
            return None;
        }
        if is_dash(line) && at > head_end {
            items.push(&text[from..at]);
            from = at;
        }
        at += line.len();
    }
    items.push(&text[from..at]);
    Some(List { head: &text[..head_end], items, way: Way::Block { indent } })
}

fn cut_flow(text: &str, line_start: usize) -> Option<List<'_>> {
    let line = &text[line_start..];
    let open = line.find(": [")? + 3;
    let rest = line[open..].trim_end();
    let close = open + rest.len() - rest.ends_with(']').then_some(1)?;
    // A value in quotes may hold anything, one in brackets is no plain item; a `#` may begin a comment.
    if line[..open].contains(['"', '\'', '#'])
        || line[open..close].contains(['"', '\'', '[', ']', '{', '}', '#', '&', '*'])
    {
        return None;
    }
    let inside = &line[open..close];
    let items: Vec<&str> = match inside.trim() {
        "" => Vec::new(),
        _ => inside.split(',').map(str::trim).collect(),
    };
    if items.iter().any(|item| item.is_empty()) {
        return None;
    }
    Some(List { head: &text[..line_start + open], items, way: Way::Flow { end: &line[close..] } })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn items_of_both_come_together_in_both_spellings() {
        assert_eq!(
            merge("tags: [a, b]\n", "tags: [a, x, b]\n", "tags: [b, y]\n").as_deref(),
            Some("tags: [x, b, y]\n")
        );
        assert_eq!(merge("t: []\n", "t: [a]\n", "t: [b, a]\n").as_deref(), Some("t: [a, b]\n"));
        let base = "# about\ntags:\n  - a\n  - b\n";
        let ours = "# about\ntags:\n  - a\n  - b\n  - c\n";
        let theirs = "# about\ntags:\n  - a\n  - b\n  - d\n  - c\n";
        assert_eq!(merge(base, ours, theirs).as_deref(), Some("# about\ntags:\n  - a\n  - b\n  - c\n  - d\n"));
        let base = "who:\r\n- name: Bo\r\n  role: x\r\n- name: Al\r\n  role: y\r\n";
        let (ours, theirs) = (base.replace("role: x", "role: z"), base.replace("- name: Al\r\n  role: y\r\n", ""));
        assert_eq!(merge(base, &ours, &theirs).as_deref(), Some("who:\r\n- name: Bo\r\n  role: z\r\n"));
        assert_eq!(merge(base, &ours, &base.replace("role: x", "role: w")), None, "one item, two ways");
        assert_eq!(merge(base, &ours, &base.replace("- name: Bo\r\n  role: x\r\n", "")), None, "changed and gone");
    }

    #[test]
    fn what_is_not_plain_is_left_to_the_caller() {
        for [base, ours, theirs] in [
            ["t: [a, b]\n", "t: [b, a]\n", "t: [a, b, c]\n"],
            ["t: [a, a]\n", "t: [a]\n", "t: [a, a, c]\n"],
            ["t: [a]\n", "t:\n- a\n- b\n", "t: [a, c]\n"],
            ["t: ['a, b']\n", "t: ['a, b', c]\n", "t: ['a, b', d]\n"],
            ["t:\n- a\n# x\n- b\n", "t:\n- a\n# x\n- b\n- c\n", "t:\n- a\n# x\n- b\n- d\n"],
            ["t:\n- a\n", "t:\n- b\n", "t:\n- c\n"],
            ["t: a\n", "t: b\n", "t: c\n"],
            ["t:\n", "t:\n- a\n", "t:\n- b\n"],
            ["t:\n- a\n- b\n", "t:\n- b\n", "t:\n- a\n"],
            ["t: [a, ]\n", "t: [b]\n", "t: [c]\n"],
        ] {
            assert_eq!(merge(base, ours, theirs), None, "{base:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Against sets: what was there and nobody took away, and what anybody added.
        #[test]
        fn a_merged_list_is_what_the_sets_say(
            was in proptest::collection::vec(any::<bool>(), 6),
            mine in proptest::collection::vec(any::<bool>(), 6),
            his in proptest::collection::vec(any::<bool>(), 6),
            is_block in any::<bool>(),
        ) {
            let names = ["a", "b", "c", "d", "e", "f"];
            let list = |there: &[bool]| -> String {
                let items: Vec<&str> = names.iter().zip(there).filter(|(_, there)| **there).map(|(name, _)| *name).collect();
                match is_block {
                    true => format!("t:\n{}", items.iter().map(|item| format!("- {item}\n")).collect::<String>()),
                    false => format!("t: [{}]\n", items.join(", ")),
                }
            };
            let (base, ours, theirs) = (list(&was), list(&mine), list(&his));
            let merged = merge(&base, &ours, &theirs);
            let turned = merge(&base, &theirs, &ours);
            prop_assert_eq!(merged.is_some(), turned.is_some());
            if let Some(merged) = merged {
                for (n, name) in names.iter().enumerate() {
                    let wanted = if was[n] { mine[n] && his[n] } else { mine[n] || his[n] };
                    let found = merged.matches(&format!("{name}\n")).count()
                        + merged.matches(&format!("{name},")).count()
                        + merged.matches(&format!("{name}]")).count();
                    prop_assert_eq!(found, usize::from(wanted), "{} in {:?}", name, merged);
                }
            }
        }
    }
}
