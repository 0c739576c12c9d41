//! The piece of a page that a link names (a section, a block, the whole), and whether it is the same
//! in two texts of the page.
//!
//! Compares text as it is written, line ends aside. Which texts are compared is not decided here.

use crate::doc::{self, Doc};
use crate::front;
use crate::markdown;
use crate::path::Kind;

/// What a fragment names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Whole,
    /// By the anchor of its heading, or its words: everything until the next heading that is not
    /// below it.
    Section(Box<str>),
    /// By the id at its end.
    Block(Box<str>),
}

impl Piece {
    /// Reads what stands after the `#` of a link; of `#heading#heading below it` the last counts.
    pub fn of(fragment: Option<&str>) -> Piece {
        let last = fragment.map_or("", |fragment| fragment.rsplit('#').next().unwrap_or(fragment).trim());
        match last.strip_prefix('^').filter(|id| markdown::is_block_id(id)) {
            Some(id) => Piece::Block(id.into()),
            None if last.is_empty() => Piece::Whole,
            None => Piece::Section(last.into()),
        }
    }
}

/// The anchor of the heading in `doc` that a name means: its anchor itself, or its words.
pub fn section<'a>(doc: &'a Doc, name: &str) -> Option<&'a str> {
    let slug = comrak::Anchorizer::new().anchorize(name);
    doc.headings.iter().map(|heading| heading.slug.as_str()).find(|known| *known == slug || *known == name)
}

/// How a piece of a page differs between an earlier text and a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Same,
    /// The text is the same, what the frontmatter says is not.
    Fields,
    Changed,
    /// The later text has no such piece.
    Gone,
    /// The earlier text has none.
    Absent,
}

/// Compares a piece of two texts of a page.
pub fn change(old: &str, new: &str, piece: &Piece) -> Change {
    if *piece == Piece::Whole {
        return match (same(doc::body(old), doc::body(new)), same(front_of(old), front_of(new))) {
            (true, true) => Change::Same,
            (true, false) => Change::Fields,
            (false, _) => Change::Changed,
        };
    }
    match (text_of(old, piece), text_of(new, piece)) {
        (None, _) => Change::Absent,
        (_, None) => Change::Gone,
        (Some(old), Some(new)) if same(old, new) => Change::Same,
        _ => Change::Changed,
    }
}

fn front_of(text: &str) -> &str {
    front::split(text).front.map_or("", |range| &text[range])
}

/// The text of a section or block, from its first line to its last.
fn text_of<'a>(text: &'a str, piece: &Piece) -> Option<&'a str> {
    let doc = doc::parse(Kind::Page, text.as_bytes());
    let (first, last) = match piece {
        Piece::Whole => return Some(doc::body(text)),
        Piece::Block(id) => {
            let spot = doc.spots.iter().find(|spot| spot.id == *id)?;
            (spot.line, Some(spot.last))
        }
        Piece::Section(name) => {
            let slug = section(&doc, name)?;
            let mut rest = doc.headings.iter().skip_while(|heading| heading.slug != slug);
            let own = rest.next()?;
            (own.line, rest.find(|heading| heading.level <= own.level).map(|next| next.line.saturating_sub(1)))
        }
    };
    let begin_of = |line: u32| match line {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line as usize - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    text.get(begin_of(first)..last.map_or(text.len(), |last| begin_of(last.saturating_add(1))))
}

/// Whether two texts are the same but for line ends and what is blank around them.
fn same(a: &str, b: &str) -> bool {
    a.trim().lines().map(str::trim_end).eq(b.trim().lines().map(str::trim_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "---\ntype: plan\nend: 2010\n---\n# Plan\n\nBegin.\n\n## Doel\n\nHet doel. ^doel\n\n### Onder\n\nx\n\n## Slot\n\nHet slot.\n";

    #[test]
    fn a_fragment_names_a_section_a_block_or_nothing() {
        assert_eq!(Piece::of(None), Piece::Whole);
        assert_eq!(Piece::of(Some("")), Piece::Whole);
        assert_eq!(Piece::of(Some("Een kop")), Piece::Section("Een kop".into()));
        assert_eq!(Piece::of(Some("a#b")), Piece::Section("b".into()));
        assert_eq!(Piece::of(Some("^b-1")), Piece::Block("b-1".into()));
        assert_eq!(Piece::of(Some("^niet zo")), Piece::Section("^niet zo".into()));
    }

    #[test]
    fn only_the_named_piece_counts() {
        let of = |new: &str, fragment: &str| change(OLD, new, &Piece::of(Some(fragment)));
        let slot = OLD.replace("Het slot.", "Een ander slot.");
        assert_eq!(of(&slot, ""), Change::Changed);
        assert_eq!(of(&slot, "doel"), Change::Same);
        assert_eq!(of(&slot, "^doel"), Change::Same);
        assert_eq!(of(&slot, "Slot"), Change::Changed);
        // What stands under a smaller heading is part of the section, and not of the block.
        let under = OLD.replace("\nx\n", "\ny\n");
        assert_eq!(of(&under, "doel"), Change::Changed);
        assert_eq!(of(&under, "^doel"), Change::Same);
        let fields = OLD.replace("2010", "2011");
        assert_eq!(of(&fields, ""), Change::Fields);
        assert_eq!(of(&fields, "doel"), Change::Same);
        assert_eq!(of(&OLD.replace("## Slot", "## Einde"), "slot"), Change::Gone);
        assert_eq!(of(OLD, "einde"), Change::Absent);
        assert_eq!(of(&OLD.replace('\n', "\r\n"), "doel"), Change::Same);
        assert_eq!(of(&OLD.replace('\n', "\r\n"), ""), Change::Same);
        assert_eq!(of(&format!("{OLD}\n\n"), ""), Change::Same);
        assert_eq!(of(&OLD.replace("# Plan\n\n", "# Plan\n\nMeer.\n\n"), "^doel"), Change::Same);
    }

    #[test]
    fn any_text_can_be_compared() {
        for text in ["", "---", "\n", "# a", "^x", "a ^x", "a ^x\r", "## a\n## a", "\u{feff}# a"] {
            for fragment in ["", "a", "a-1", "^x"] {
                change(text, OLD, &Piece::of(Some(fragment)));
                assert_ne!(change(text, text, &Piece::of(Some(fragment))), Change::Changed, "{text:?} {fragment}");
            }
        }
    }
}
