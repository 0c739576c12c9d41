//! The blocks of a page's text that stand in no other (paragraphs, headings, lists, tables …), with
//! the lines of the file that they are written in.
//!
//! Lines are counted as git counts them, by line feeds. Markdown ends a line at a carriage return
//! too, so its own counting is turned into the other here.

use comrak::Arena;
use comrak::nodes::{Ast, AstNode, NodeValue};

use crate::front;

/// More blocks than this are taken together, several at a time: something is said beneath each.
const BLOCKS_MAX: usize = 5_000;

/// A block, or several in a row where there are very many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First and last line of each stretch without blank lines, counted from 1, in order.
    pub lines: Vec<(u32, u32)>,
    /// All notes at the foot of the page, which are shown as one.
    pub is_notes: bool,
}

/// Puts `mark(n)` into the tree after the n-th block, but for the notes at the end, which the
/// formatter closes last. `root` was parsed from the body of `text`.
pub(crate) fn mark<'a>(
    arena: &'a Arena<'a>,
    root: &'a AstNode<'a>,
    text: &str,
    mark: &dyn Fn(usize) -> String,
) -> Vec<Block> {
    let lines = Lines::of(text);
    let (notes, plain): (Vec<&AstNode<'_>>, Vec<&AstNode<'_>>) =
        root.children().partition(|node| matches!(node.data().value, NodeValue::FootnoteDefinition(_)));
    let n_together = plain.len().div_ceil(BLOCKS_MAX).max(1);
    let mut blocks = Vec::with_capacity(plain.len().min(BLOCKS_MAX) + 1);
    // There is nothing to be said of a rule but what is said of the block after it.
    let is_rule = |node: &AstNode<'_>| matches!(node.data().value, NodeValue::ThematicBreak);
    let mut begin = 0;
    for (at, node) in plain.iter().enumerate() {
        let is_last = at + 1 == plain.len();
        if !is_last && (at + 1 - begin < n_together || is_rule(node)) {
            continue;
        }
        let nodes = &plain[begin..=at];
        begin = at + 1;
        let end = node.data().sourcepos.end;
        node.insert_after(arena.alloc(Ast::new(NodeValue::Raw(mark(blocks.len())), end).into()));
        blocks.push(Block { lines: lines.of_all(nodes), is_notes: false });
    }
    if !notes.is_empty() {
        blocks.push(Block { lines: lines.of_all(&notes), is_notes: true });
    }
    blocks
}

/// Of each line by Markdown's counting: which line it is by git's, and whether it is blank.
struct Lines(Vec<(u32, bool)>);

impl Lines {
    fn of(text: &str) -> Lines {
        let split = front::split(text);
        let body = split.body_text().as_bytes();
        let n_before = text[..split.body].matches('\n').count();
        let mut number = u32::try_from(n_before + 1).unwrap_or(u32::MAX);
        let mut lines = Vec::new();
        let mut at = 0;
        while at < body.len() {
            let len = body[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(body.len() - at);
            let is_blank = body[at..at + len].iter().all(|byte| matches!(byte, b' ' | b'\t'));
            lines.push((number, is_blank));
            at += len;
            at += usize::from(body[at..].starts_with(b"\r\n"));
            number = number.saturating_add(u32::from(body.get(at) == Some(&b'\n')));
            at += 1;
        }
        Lines(lines)
    }

    fn of_all(&self, nodes: &[&AstNode<'_>]) -> Vec<(u32, u32)> {
        let mut found: Vec<(u32, u32)> = Vec::new();
        for node in nodes {
            let place = node.data().sourcepos;
            let (from, to) = (place.start.line.saturating_sub(1), place.end.line.min(self.0.len()));
            for (line, is_blank) in self.0.get(from..to).unwrap_or_default() {
                match found.last_mut() {
                    _ if *is_blank => {}
                    Some(last) if *line == last.1 || *line == last.1.saturating_add(1) => last.1 = *line,
                    _ => found.push((*line, *line)),
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{doc, markdown};

    fn blocks(text: &str) -> Vec<Vec<(u32, u32)>> {
        let arena = Arena::new();
        let root = markdown::parse(&arena, doc::body(text)).expect("parsed");
        let blocks = mark(&arena, root, text, &|n| format!("[{n}]"));
        let n_marks = root.children().filter(|node| matches!(node.data().value, NodeValue::Raw(_))).count();
        assert_eq!(n_marks, blocks.iter().filter(|block| !block.is_notes).count());
        blocks.into_iter().map(|block| block.lines).collect()
    }

    #[test]
    fn blocks_know_the_lines_of_the_file_that_they_are_written_in() {
        let text = "---\na: 1\n---\n# Kop\n\nEen\ntwee\n\n- a\n\n- b\n\n\n| x |\n| - |\n| 1 |\n\n```\nc\n\nd\n```\n\n<div>\n\nin\n\n</div>\n";
        assert_eq!(
            blocks(text),
            [
                vec![(4, 4)],
                vec![(6, 7)],
                vec![(9, 9), (11, 11)],
                vec![(14, 16)],
                vec![(18, 19), (21, 22)],
                vec![(24, 24)],
                vec![(26, 26)],
                vec![(28, 28)],
            ]
        );
    }

    #[test]
    fn line_ends_of_all_kinds_are_counted_as_git_counts() {
        assert_eq!(blocks("a\r\n\r\nb\r\nc\r\n"), [vec![(1, 1)], vec![(3, 4)]]);
        // A carriage return alone ends a line for Markdown, not for git.
        assert_eq!(blocks("a\r\rb\n\nc\n"), [vec![(1, 1)], vec![(1, 1)], vec![(3, 3)]]);
        assert_eq!(blocks("\u{feff}a\n\n \t\n\nb"), [vec![(1, 1)], vec![(5, 5)]]);
        assert_eq!(blocks(""), Vec::<Vec<(u32, u32)>>::new());
    }

    #[test]
    fn a_rule_goes_with_what_follows() {
        assert_eq!(blocks("a\n\n---\n\nb\n\n***\n"), [vec![(1, 1)], vec![(3, 3), (5, 5)], vec![(7, 7)]]);
    }

    #[test]
    fn notes_are_one_block_wherever_they_are_written() {
        let text = "Een[^1] en twee[^2].\n\n[^1]: Noot.\n\nMidden.\n\n[^2]: Noot\n    meer.\n[^3]: Niet genoemd.\n";
        assert_eq!(blocks(text), [vec![(1, 1)], vec![(5, 5)], vec![(3, 3), (7, 8)]]);
    }

    #[test]
    fn very_many_blocks_are_taken_together() {
        let found = blocks(&"a\n\n".repeat(12_000));
        assert_eq!(found.len(), 4_000);
        assert_eq!(found[0], [(1, 1), (3, 3), (5, 5)]);
    }
}
