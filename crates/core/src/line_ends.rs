//! The line ends of a text that went through a form: those of the file that it was made of.
//!
//! Browsers send every line end as CRLF, whatever the file has. A line that is as it was keeps its
//! own end, also in a file that mixes them, so that a save changes the lines that somebody changed
//! and no others (INV-11). A carriage return alone ends a line too, since browsers take it for one.

use similar::Algorithm;

use crate::diff::{hunks, number_lines};

/// One line and what ends it: `\n`, `\r\n`, `\r`, or nothing at the end of a text.
type Line<'a> = (&'a str, &'a str);

/// `new` with the line ends of `old`. What is added ends as the lines around it; the last line has an
/// end unless that of `old` has none.
pub fn kept(old: &str, new: &str) -> String {
    let (old, new) = (split(old), split(new));
    let usual = old.first().map_or("\n", |line| line.1);
    let usual = if usual.is_empty() { "\n" } else { usual };
    let is_open = old.last().is_some_and(|line| line.1.is_empty());
    let ends = ends_for(&old, &new, usual);
    let mut text = String::with_capacity(new.iter().map(|line| line.0.len() + 2).sum());
    for ((content, typed), end) in new.iter().zip(ends) {
        text.push_str(content);
        match (typed.is_empty() && is_open, end.is_empty()) {
            (true, _) => {}
            (false, true) => text.push_str(usual),
            (false, false) => text.push_str(end),
        }
    }
    text
}

fn split(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find(['\r', '\n']).unwrap_or(rest.len());
        let n_end = if rest[at..].starts_with("\r\n") { 2 } else { usize::from(at < rest.len()) };
        lines.push((&rest[..at], &rest[at..at + n_end]));
        rest = &rest[at + n_end..];
    }
    lines
}

/// An end for each line of `new`.
fn ends_for<'a>(old: &[Line<'a>], new: &[Line<'_>], usual: &'a str) -> Vec<&'a str> {
    let mut ends = vec![usual; new.len()];
    if old.iter().all(|line| line.1 == usual || line.1.is_empty()) {
        return ends;
    }
    let old_contents: Vec<&str> = old.iter().map(|line| line.0).collect();
    let new_contents: Vec<&str> = new.iter().map(|line| line.0).collect();
    let [old_numbers, new_numbers] = number_lines([&old_contents, &new_contents]);
    let (mut at_old, mut at_new) = (0, 0);
    let end_of = |at: usize| old.get(at).map_or(usual, |line| line.1);
    let (changes, _) = hunks(&old_numbers, &new_numbers, Algorithm::Myers);
    for hunk in changes {
        for (at, end) in ends[at_new..hunk.new.start].iter_mut().enumerate() {
            *end = end_of(at_old + at);
        }
        // A changed line ends as the one that it stands for; more of them as the last.
        let last = hunk.old.end.saturating_sub(1);
        for (at, end) in ends[hunk.new.clone()].iter_mut().enumerate() {
            *end = end_of((hunk.old.start + at).min(last));
        }
        (at_old, at_new) = (hunk.old.end, hunk.new.end);
    }
    for (at, end) in ends[at_new..].iter_mut().enumerate() {
        *end = end_of(at_old + at);
    }
    ends
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a browser sends it.
    fn sent(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
    }

    #[test]
    fn a_changed_line_leaves_the_ends_of_others_alone() {
        let old = "een\r\ntwee\ndrie\rvier\r\nvijf\n";
        assert_eq!(kept(old, &sent(&old.replace("drie", "3"))), "een\r\ntwee\n3\rvier\r\nvijf\n");
        assert_eq!(
            kept(old, &sent("een\ntwee\nextra\nnog een\nvier\nvijf\n")),
            "een\r\ntwee\nextra\rnog een\rvier\r\nvijf\n"
        );
        assert_eq!(
            kept(old, &sent("nieuw\neen\ntwee\ndrie\nvier\nvijf\nzes")),
            "nieuw\r\neen\r\ntwee\ndrie\rvier\r\nvijf\nzes\n"
        );
        assert_eq!(kept("a\r\nb", "a\r\nb"), "a\r\nb");
        assert_eq!(kept("a\r\nb\nc", "a\nb\nc\nd"), "a\r\nb\nc\r\nd");
        assert_eq!(kept("", "a\r\nb"), "a\nb\n");
        assert_eq!(kept("a", ""), "");
    }

    proptest! {
        #[test]
        fn what_nobody_changed_comes_back_as_it_was(old in "[ab]{0,2}(\r\n|\n|\r|[ab]){0,12}", at in 0usize..12) {
            // INV-11
            let back = kept(&old, &sent(&old));
            prop_assert!(back == old, "{old:?}: {back:?}");
            // One line gets another text.
            let mut lines = split(&old);
            prop_assume!(!lines.is_empty());
            let at = at % lines.len();
            lines[at].0 = "anders";
            let changed: String = lines.iter().map(|line| format!("{}{}", line.0, line.1)).collect();
            prop_assert_eq!(kept(&old, &sent(&changed)), changed);
        }
    }
}
