//! The difference of two texts, line by line, with the changed words marked.
//!
//! Values only: no colours, no "added" in any language. A line keeps its end (`\n`, `\r\n` or
//! nothing), so that a missing last line end or another kind of line end is a change like any
//! other, and the rows hold both texts whole. Bounded by size, since there is no clock here. Moved
//! lines are told as removed and added.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffableStr as _};

use crate::limits;

/// Pairs of lines that one block of removed and added lines is searched for: 50 by 50. A larger
/// block is paired by position.
const PAIRS_MAX: usize = 2_500;

/// Steps that all word marks of one difference may take; afterwards lines stay without marks.
/// A step is a comparison of two words; this many take about a third of a second.
const WORD_STEPS_MAX: usize = 100_000_000;

/// Steps counted for each byte that is cut into words, which takes longer than comparing them.
pub(crate) const STEPS_PER_BYTE: usize = 8;

/// Words of two lines that are a pair must be equal for at least this share, in percent of bytes.
const PAIR_PERCENT: usize = 30;

/// All lines of both texts, in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    pub rows: Vec<Row>,
    /// Lines in the new text only.
    pub added: usize,
    /// Lines in the old text only.
    pub removed: usize,
    /// False when the texts differ too much to be compared: then all between the first and the
    /// last changed line counts as replaced.
    pub exact: bool,
}

/// One line of the old text, the new, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: RowKind,
    /// Line numbers count from 1.
    pub old_line: Option<u32>,
    pub new_line: Option<u32>,
    /// Together the line, with its end.
    pub parts: Vec<Part>,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Equal,
    Removed,
    Added,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    /// It is not in the line that this one was changed from or into. Never set in a line that has
    /// no such counterpart.
    pub changed: bool,
}

/// A piece of a difference in which what is equal is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Rows(&'a [Row]),
    /// This many equal lines are not shown.
    Skipped(usize),
}

impl Row {
    /// The line with its end.
    pub fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }

    /// Whether the text stops here without a line end, which nobody sees unless it is said.
    pub fn is_unterminated(&self) -> bool {
        !self.parts.last().is_some_and(|part| part.text.ends_with('\n'))
    }
}

/// Compares two texts.
pub fn lines(old: &str, new: &str) -> Diff {
    let (old, new) = (split_lines(old), split_lines(new));
    let (hunks, exact) = text_hunks(&old, &new);
    let mut diff = Diff { rows: Vec::with_capacity(old.len().max(new.len())), added: 0, removed: 0, exact };
    let mut steps_left = if exact { WORD_STEPS_MAX } else { 0 };
    let (mut at_old, mut at_new) = (0, 0);
    for hunk in hunks {
        diff.equal(&old, at_old..hunk.old.start, at_new);
        diff.change(&old, &new, &hunk, &mut steps_left);
        (at_old, at_new) = (hunk.old.end, hunk.new.end);
    }
    diff.equal(&old, at_old..old.len(), at_new);
    diff
}

/// Leaves out equal lines that are more than `context` lines away from a change.
pub fn folded(diff: &Diff, context: usize) -> Vec<Piece<'_>> {
    let rows = &diff.rows;
    let mut pieces = Vec::new();
    let mut shown_from = 0;
    let mut at = 0;
    while at < rows.len() {
        let n_equal = rows[at..].iter().take_while(|row| row.kind == RowKind::Equal).count();
        let end = at + n_equal;
        let from = if at == 0 { 0 } else { at + context.min(n_equal) };
        let to = if end == rows.len() { end } else { end.saturating_sub(context).max(at) };
        // A fold takes a line itself, so one line is not worth it.
        if to > from + 1 {
            if from > shown_from {
                pieces.push(Piece::Rows(&rows[shown_from..from]));
            }
            pieces.push(Piece::Skipped(to - from));
            shown_from = to;
        }
        at = end + rows[end..].iter().take_while(|row| row.kind != RowKind::Equal).count();
    }
    if shown_from < rows.len() {
        pieces.push(Piece::Rows(&rows[shown_from..]));
    }
    pieces
}

impl Diff {
    fn equal(&mut self, old: &[&str], range: Range<usize>, at_new: usize) {
        for (offset, at) in range.enumerate() {
            self.rows.push(Row {
                kind: RowKind::Equal,
                old_line: Some(line_number(at)),
                new_line: Some(line_number(at_new + offset)),
                parts: vec![Part { text: old[at].to_owned(), changed: false }],
            });
        }
    }

    fn change(&mut self, old: &[&str], new: &[&str], hunk: &Hunk, steps_left: &mut usize) {
        let removed = &old[hunk.old.clone()];
        let added = &new[hunk.new.clone()];
        let mut removed_parts: Vec<Vec<Part>> = removed.iter().map(|line| unmarked(line)).collect();
        let mut added_parts: Vec<Vec<Part>> = added.iter().map(|line| unmarked(line)).collect();
        for (left, right) in pair(removed, added, limits::DIFF_WORDS_MAX_BYTES, steps_left) {
            if let Some((old_parts, new_parts)) = words(removed[left], added[right], steps_left) {
                removed_parts[left] = old_parts;
                added_parts[right] = new_parts;
            }
        }
        self.removed += removed.len();
        self.added += added.len();
        for (at, parts) in hunk.old.clone().zip(removed_parts) {
            self.rows.push(Row { kind: RowKind::Removed, old_line: Some(line_number(at)), new_line: None, parts });
        }
        for (at, parts) in hunk.new.clone().zip(added_parts) {
            self.rows.push(Row { kind: RowKind::Added, old_line: None, new_line: Some(line_number(at)), parts });
        }
    }
}

fn unmarked(line: &str) -> Vec<Part> {
    vec![Part { text: line.to_owned(), changed: false }]
}

fn line_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1)
}

/// The lines of a text, each with its end. Only `\n` ends a line, as in git.
pub(crate) fn split_lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Lines of the old text that became lines of the new one. One of the ranges may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// Numbers for lines: equal lines have equal numbers in all texts.
pub(crate) fn number_lines<const N: usize>(texts: [&[&str]; N]) -> [Vec<u32>; N] {
    // The hasher is std's keyed one, since a page can be made of lines that collide in others.
    let mut known: HashMap<&str, u32> = HashMap::new();
    texts.map(|lines| {
        let mut number = |line| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(line).or_insert(next)
        };
        lines.iter().map(|line| number(*line)).collect()
    })
}

/// How many items are equal at the begin and, of the rest, at the end.
pub(crate) fn equal_ends<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    (head, tail)
}

fn text_hunks(old: &[&str], new: &[&str]) -> (Vec<Hunk>, bool) {
    let (head, tail) = equal_ends(old, new);
    let middle = Hunk { old: head..old.len() - tail, new: head..new.len() - tail };
    let n_bytes = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let is_large = n_bytes(&old[middle.old.clone()]) > limits::DIFF_MAX_BYTES
        || n_bytes(&new[middle.new.clone()]) > limits::DIFF_MAX_BYTES;
    if is_large && !middle.old.is_empty() && !middle.new.is_empty() {
        return (vec![middle], false);
    }
    let [old, new] = number_lines([old, new]);
    hunks(&old, &new, Algorithm::Patience)
}

/// What differs between two lists, in order; and whether it could be told exactly. Equal items lie
/// between any two hunks. Beyond `limits::DIFF_MAX_LINES` all between the equal ends is one hunk.
pub(crate) fn hunks(old: &[u32], new: &[u32], way: Algorithm) -> (Vec<Hunk>, bool) {
    let (head, tail) = equal_ends(old, new);
    let middle = Hunk { old: head..old.len() - tail, new: head..new.len() - tail };
    if middle.old.is_empty() && middle.new.is_empty() {
        return (Vec::new(), true);
    }
    if middle.old.is_empty() || middle.new.is_empty() {
        return (vec![middle], true);
    }
    if middle.old.len().max(middle.new.len()) > limits::DIFF_MAX_LINES {
        return (vec![middle], false);
    }
    let ops = similar::capture_diff_slices(way, &old[middle.old.clone()], &new[middle.new.clone()]);
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (old, new) = (op.old_range(), op.new_range());
        let next = Hunk { old: old.start + head..old.end + head, new: new.start + head..new.end + head };
        match hunks.last_mut() {
            Some(last) if last.old.end == next.old.start && last.new.end == next.new.start => {
                last.old.end = next.old.end;
                last.new.end = next.new.end;
            }
            _ => hunks.push(next),
        }
    }
    (hunks, true)
}

/// Which removed line became which added line: index pairs, both rising. Lines of more than
/// `most_bytes` are no pairs.
pub(crate) fn pair(removed: &[&str], added: &[&str], most_bytes: usize, steps_left: &mut usize) -> Vec<(usize, usize)> {
    let (height, width) = (removed.len(), added.len());
    if height.saturating_mul(width) > PAIRS_MAX {
        let mut is_pair = |at: &usize| {
            let (left, right) = (bag(removed[*at], most_bytes, steps_left), bag(added[*at], most_bytes, steps_left));
            likeness(&left, &right, steps_left) > 0
        };
        return (0..height.min(width)).filter(|at| is_pair(at)).map(|at| (at, at)).collect();
    }
    let left: Vec<Bag<'_>> = removed.iter().map(|line| bag(line, most_bytes, steps_left)).collect();
    let right: Vec<Bag<'_>> = added.iter().map(|line| bag(line, most_bytes, steps_left)).collect();
    // best[a][b]: the most likeness that the lines from a and from b on can have together.
    let mut like = vec![0; height * width];
    let mut best = vec![0; (height + 1) * (width + 1)];
    let stride = width + 1;
    for a in (0..height).rev() {
        for b in (0..width).rev() {
            let likeness = likeness(&left[a], &right[b], steps_left);
            like[a * width + b] = likeness;
            let apart = best[(a + 1) * stride + b].max(best[a * stride + b + 1]);
            let together = if likeness > 0 { best[(a + 1) * stride + b + 1] + likeness } else { 0 };
            best[a * stride + b] = apart.max(together);
        }
    }
    let mut pairs = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < height && b < width {
        let likeness = like[a * width + b];
        let here = best[a * stride + b];
        if likeness > 0 && here == best[(a + 1) * stride + b + 1] + likeness {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if here == best[(a + 1) * stride + b] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

/// The words of a line, sorted, without blanks and signs. None when that is too much work.
type Bag<'a> = Option<(&'a str, Vec<&'a str>)>;

fn bag<'a>(line: &'a str, most_bytes: usize, steps_left: &mut usize) -> Bag<'a> {
    if line.len() > most_bytes || !spend(steps_left, line.len() * STEPS_PER_BYTE) {
        return None;
    }
    let mut words = line.tokenize_unicode_words();
    words.retain(|word| word.chars().any(char::is_alphanumeric));
    words.sort_unstable();
    Some((line.trim_end(), words))
}

/// How much two lines have in common: 1 to 1,000, or 0 for "not a pair".
fn likeness(left: &Bag<'_>, right: &Bag<'_>, steps_left: &mut usize) -> u32 {
    let (Some((left_line, left)), Some((right_line, right))) = (left, right) else {
        return 0;
    };
    if left_line == right_line {
        return 1_000;
    }
    if !spend(steps_left, left.len() + right.len()) {
        return 0;
    }
    let (mut a, mut b, mut common) = (0, 0, 0);
    while a < left.len() && b < right.len() {
        match left[a].cmp(right[b]) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                common += 2 * left[a].len();
                (a, b) = (a + 1, b + 1);
            }
        }
    }
    let all: usize = left.iter().chain(right).map(|word| word.len()).sum();
    if all == 0 || common * 100 < all * PAIR_PERCENT {
        return 0;
    }
    u32::try_from(common * 999 / all).unwrap_or(0)
}

pub(crate) fn spend(steps_left: &mut usize, steps: usize) -> bool {
    let is_enough = *steps_left >= steps;
    *steps_left = steps_left.saturating_sub(steps);
    is_enough
}

/// The words in which two lines differ. None when that is too much work.
fn words(old: &str, new: &str, steps_left: &mut usize) -> Option<(Vec<Part>, Vec<Part>)> {
    if !spend(steps_left, (old.len() + new.len()) * STEPS_PER_BYTE) {
        return None;
    }
    let (old, new) = (old.tokenize_unicode_words(), new.tokenize_unicode_words());
    let (head, tail) = equal_ends(&old, &new);
    let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    if !spend(steps_left, old_middle.len() * new_middle.len()) {
        return None;
    }
    let mut sides = (Side::default(), Side::default());
    sides.0.add(&old[..head], false);
    sides.1.add(&new[..head], false);
    let ops = similar::capture_diff_slices(Algorithm::Myers, old_middle, new_middle);
    for (index, op) in ops.iter().enumerate() {
        let old_words = &old_middle[op.old_range()];
        let is_between = index > 0 && index + 1 < ops.len();
        // "the _red house_" reads better than "the _red_ _house_".
        let is_gap = is_between && old_words.iter().all(|word| word.trim().is_empty());
        let changed = !matches!(op, DiffOp::Equal { .. }) || is_gap;
        sides.0.add(old_words, changed);
        sides.1.add(&new_middle[op.new_range()], changed);
    }
    sides.0.add(&old[old.len() - tail..], false);
    sides.1.add(&new[new.len() - tail..], false);
    Some((sides.0.parts, sides.1.parts))
}

/// One of two lines, being put together again.
#[derive(Default)]
struct Side {
    parts: Vec<Part>,
}

impl Side {
    fn add(&mut self, words: &[&str], changed: bool) {
        if words.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(last) if last.changed == changed => words.iter().for_each(|word| last.text.push_str(word)),
            _ => self.parts.push(Part { text: words.concat(), changed }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of one text, put together again from the rows.
    fn text_of(diff: &Diff, without: RowKind) -> String {
        diff.rows.iter().filter(|row| row.kind != without).map(Row::text).collect()
    }

    /// Rows as `-` / `+` lines, changed parts in brackets.
    fn shown(old: &str, new: &str) -> Vec<String> {
        let show = |row: &Row| {
            let sign = match row.kind {
                RowKind::Equal => ' ',
                RowKind::Removed => '-',
                RowKind::Added => '+',
            };
            let parts = row.parts.iter().map(|part| match part.changed {
                true => format!("[{}]", part.text),
                false => part.text.clone(),
            });
            format!("{sign}{}", parts.collect::<String>())
        };
        lines(old, new).rows.iter().map(show).collect()
    }

    #[test]
    fn changed_words_are_marked_in_lines_that_belong_together() {
        assert_eq!(
            shown("a\nhet rode huis staat daar\n", "a\nhet groene huis staat hier\n"),
            [" a\n", "-het [rode] huis staat [daar]\n", "+het [groene] huis staat [hier]\n"]
        );
        // The second added line is the changed one; words side by side are one mark.
        assert_eq!(
            shown("De raad keurt het plan goed.\n", "Nieuw punt.\nDe raad wees dat plan goed.\n"),
            ["-De raad [keurt het] plan goed.\n", "+Nieuw punt.\n", "+De raad [wees dat] plan goed.\n"]
        );
        assert_eq!(shown("één\n", "twee\n"), ["-één\n", "+twee\n"]);
    }

    #[test]
    fn line_ends_are_part_of_the_difference() {
        assert_eq!(shown("a b\r\n", "a b\n"), ["-a b[\r\n]", "+a b[\n]"]);
        assert_eq!(shown("a b\n", "a b"), ["-a b[\n]", "+a b"]);
        assert_eq!(shown("\n", ""), ["-\n"]);
        assert!(lines("x", "y").rows.iter().all(Row::is_unterminated));
        assert!(!lines("x\n", "").rows[0].is_unterminated());
    }

    #[test]
    fn rows_know_their_line_numbers() {
        let diff = lines("a\nb\nc\n", "a\nx\ny\nc\n");
        let numbers: Vec<_> = diff.rows.iter().map(|row| (row.old_line, row.new_line)).collect();
        let want = [(Some(1), Some(1)), (Some(2), None), (None, Some(2)), (None, Some(3)), (Some(3), Some(4))];
        assert_eq!(numbers, want);
        assert_eq!((diff.added, diff.removed, diff.exact), (2, 1, true));
        let same = lines("a\n", "a\n");
        assert_eq!((same.added, same.removed, same.rows.len()), (0, 0, 1));
    }

    #[test]
    fn long_equal_stretches_fold() {
        let old: String = (0..30).map(|n| format!("line {n}\n")).collect();
        let diff = lines(&old, &old.replace("line 10\n", "x\n").replace("line 15\n", "y\n"));
        let sizes: Vec<_> = folded(&diff, 3)
            .iter()
            .map(|piece| match piece {
                Piece::Rows(rows) => rows.len() as i64,
                Piece::Skipped(n) => -(*n as i64),
            })
            .collect();
        assert_eq!(sizes, [-7, 14, -11]);
        assert_eq!(folded(&lines(&old, &old), 3), [Piece::Skipped(30)]);
        assert_eq!(folded(&lines("", ""), 3), []);
    }

    #[test]
    fn a_difference_too_large_is_told_as_one() {
        let n = limits::DIFF_MAX_LINES + 1;
        let text = |word: &str| (0..n).map(|at| format!("{word} {at}\n")).collect::<String>();
        let diff = lines(&format!("a\n{}z\n", text("x")), &format!("a\n{}z\n", text("y")));
        assert_eq!((diff.exact, diff.removed, diff.added, diff.rows.len()), (false, n, n, 2 * n + 2));
        let long = "x".repeat(limits::DIFF_MAX_BYTES / 2);
        let diff = lines(&long, &format!("{long}y"));
        assert_eq!((diff.exact, diff.rows.len(), diff.rows[1].parts.len()), (true, 2, 1));
        // Large, but all of it equal or added.
        let longest = text("x").repeat(12);
        assert!(lines(&longest, &format!("{longest}{longest}")).exact);
    }

    fn text() -> impl Strategy<Value = String> {
        let line = proptest::sample::select(vec![
            "",
            "a",
            "b",
            "a b c",
            "a c",
            "een twee drie",
            "een 2 drie",
            "- ",
            "é 🌍 x",
            "a b c\r",
            "c\rd",
        ]);
        (proptest::collection::vec(line, 0..14), any::<bool>())
            .prop_map(|(lines, ends)| lines.join("\n") + if ends { "\n" } else { "" })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_rows_hold_both_texts(old in text(), new in text()) {
            let diff = lines(&old, &new);
            prop_assert_eq!(text_of(&diff, RowKind::Added), old.clone());
            prop_assert_eq!(text_of(&diff, RowKind::Removed), new.clone());
            prop_assert_eq!(diff.added == 0 && diff.removed == 0, old == new);
            let n = |kind| diff.rows.iter().filter(|row| row.kind == kind).count();
            prop_assert_eq!((n(RowKind::Added), n(RowKind::Removed)), (diff.added, diff.removed));
            let numbers: Vec<u32> = diff.rows.iter().filter_map(|row| row.new_line).collect();
            prop_assert!(numbers.iter().copied().eq(1..=new.split_inclusive('\n').count() as u32));
            let marked = |row: &Row| row.parts.iter().any(|part| part.changed);
            prop_assert!(!diff.rows.iter().any(|row| row.kind == RowKind::Equal && marked(row)));
        }

        #[test]
        fn folding_leaves_nothing_out_but_equal_rows(old in text(), new in text(), context in 0_usize..5) {
            let diff = lines(&old, &new);
            let mut at = 0;
            for piece in folded(&diff, context) {
                match piece {
                    Piece::Rows(rows) => {
                        prop_assert_eq!(rows, &diff.rows[at..at + rows.len()]);
                        at += rows.len();
                    }
                    Piece::Skipped(n) => {
                        let (from, to) = (at.saturating_sub(context), (at + n + context).min(diff.rows.len()));
                        prop_assert!(n > 1 && diff.rows[from..to].iter().all(|row| row.kind == RowKind::Equal)
                            || at == 0 || at + n == diff.rows.len());
                        prop_assert!(diff.rows[at..at + n].iter().all(|row| row.kind == RowKind::Equal));
                        at += n;
                    }
                }
            }
            prop_assert_eq!(at, diff.rows.len());
        }
    }
}
