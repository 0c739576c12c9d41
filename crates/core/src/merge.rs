//! Brings two changes of one text together: prose by line, frontmatter by key, a list in it by item.
//!
//! What both sides did to the same place is never guessed: it is a clash, for a person to decide.
//! Lines right beside each other count as the same place, as in git. Where it is not certain which
//! lines were changed (the same lines stand twice), the uncertain lines count as changed. Words
//! within a line are not merged, and a moved paragraph is a removed and an added one.

use std::collections::HashMap;
use std::ops::Range;

use similar::Algorithm;

use crate::diff::{Hunk, hunks, number_lines, split_lines};
use crate::front::{self, Field, Split};
use crate::merge_list;

/// What became of two changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Both changes are in this text.
    Clean(String),
    /// Somebody must choose. At least one chunk is a clash.
    Clash(Vec<Chunk>),
}

/// A stretch of a merged text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Merged text.
    Same(String),
    /// Both sides changed this, each in its way.
    Clash { base: String, ours: String, theirs: String },
}

/// Merges what `ours` and `theirs` made of `base`.
pub fn merge3(base: &str, ours: &str, theirs: &str) -> Merge {
    if let Some(text) = settled(base, ours, theirs) {
        return Merge::Clean(text.to_owned());
    }
    let splits = [base, ours, theirs].map(front::split);
    let chunks = match merge_fronts(&splits) {
        Some(mut chunks) => {
            chunks.extend(merge_bodies(&splits));
            chunks
        }
        None => merge_lines(base, ours, theirs),
    };
    let merged = Merge::of(chunks);
    match &merged {
        // Lines can fit together and yet say a key twice, or make frontmatter of a body.
        Merge::Clean(text) if !is_readable(text) && is_readable(ours) && is_readable(theirs) => {
            let [base, ours, theirs] = splits.each_ref().map(|split| split.text[..split.body].to_owned());
            if ours == theirs {
                return merged;
            }
            let mut chunks = vec![Chunk::Clash { base, ours, theirs }];
            chunks.extend(merge_bodies(&splits));
            Merge::of(chunks)
        }
        _ => merged,
    }
}

/// The text to finish by hand: clashes stand between marks, the base in the middle.
pub fn marked(chunks: &[Chunk], ours_label: &str, base_label: &str, theirs_label: &str) -> String {
    let mut text = String::new();
    for chunk in chunks {
        match chunk {
            Chunk::Same(same) => text.push_str(same),
            Chunk::Clash { base, ours, theirs } => {
                let end = if [ours, theirs, base].iter().any(|side| side.contains("\r\n")) { "\r\n" } else { "\n" };
                mark(&mut text, "<<<<<<<", ours_label, end);
                text.push_str(ours);
                mark(&mut text, "|||||||", base_label, end);
                text.push_str(base);
                mark(&mut text, "=======", "", end);
                text.push_str(theirs);
                mark(&mut text, ">>>>>>>", theirs_label, end);
            }
        }
    }
    text
}

fn mark(text: &mut String, sign: &str, label: &str, end: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    text.push_str(sign);
    if !label.is_empty() {
        text.push(' ');
        text.extend(label.chars().map(|char| if char.is_control() { ' ' } else { char }));
    }
    text.push_str(end);
}

impl Merge {
    fn of(chunks: Vec<Chunk>) -> Merge {
        let mut joined: Vec<Chunk> = Vec::new();
        for chunk in chunks {
            match (joined.last_mut(), chunk) {
                (_, Chunk::Same(more)) if more.is_empty() => {}
                (Some(Chunk::Same(text)), Chunk::Same(more)) => text.push_str(&more),
                (_, chunk) => joined.push(chunk),
            }
        }
        match joined.as_mut_slice() {
            [] => Merge::Clean(String::new()),
            [Chunk::Same(text)] => Merge::Clean(std::mem::take(text)),
            _ => Merge::Clash(joined),
        }
    }
}

/// What is to be when at most one side changed something, or both the same.
fn settled<T: PartialEq>(base: T, ours: T, theirs: T) -> Option<T> {
    if ours == theirs || theirs == base {
        Some(ours)
    } else if ours == base {
        Some(theirs)
    } else {
        None
    }
}

fn is_readable(text: &str) -> bool {
    front::split(text).yaml().is_none_or(|yaml| front::read(yaml, front::FIRST_LINE).1.is_empty())
}

fn merge_bodies(splits: &[Split<'_>; 3]) -> Vec<Chunk> {
    let [base, ours, theirs] = splits.each_ref().map(Split::body_text);
    merge_lines(base, ours, theirs)
}

// ---- Prose: by line ----

fn merge_lines(base: &str, ours: &str, theirs: &str) -> Vec<Chunk> {
    if let Some(text) = settled(base, ours, theirs) {
        return vec![Chunk::Same(text.to_owned())];
    }
    let texts = [base, ours, theirs].map(split_lines);
    let [base_ids, our_ids, their_ids] = number_lines(texts.each_ref().map(Vec::as_slice));
    let our_hunks = certain_hunks(&base_ids, &our_ids);
    let their_hunks = certain_hunks(&base_ids, &their_ids);
    let [base, ours, theirs] = texts;

    let mut chunks = Vec::new();
    let (mut our_next, mut their_next, mut at) = (0, 0, 0);
    while let Some(start) = first_start(&our_hunks[our_next..], &their_hunks[their_next..]) {
        let (our_first, their_first) = (our_next, their_next);
        let mut end = start;
        // All hunks that touch this place belong to it.
        loop {
            let our_more = our_hunks.get(our_next).filter(|hunk| hunk.old.start <= end);
            let their_more = their_hunks.get(their_next).filter(|hunk| hunk.old.start <= end);
            end = match (our_more, their_more) {
                (None, None) => break,
                (our_more, their_more) => {
                    our_next += usize::from(our_more.is_some());
                    their_next += usize::from(their_more.is_some());
                    our_more.into_iter().chain(their_more).fold(end, |end, hunk| end.max(hunk.old.end))
                }
            };
        }
        chunks.push(Chunk::Same(base[at..start].concat()));
        let place = start..end;
        let our_text = ours_of(&ours, &our_hunks[our_first..our_next], &place);
        let their_text = ours_of(&theirs, &their_hunks[their_first..their_next], &place);
        chunks.push(match (our_text, their_text) {
            (Some(text), None) | (None, Some(text)) => Chunk::Same(text),
            (Some(ours), Some(theirs)) if ours == theirs => Chunk::Same(ours),
            (ours, theirs) => {
                let base = base[place].concat();
                Chunk::Clash { base, ours: ours.unwrap_or_default(), theirs: theirs.unwrap_or_default() }
            }
        });
        at = end;
    }
    chunks.push(Chunk::Same(base[at..].concat()));
    chunks
}

fn first_start(ours: &[Hunk], theirs: &[Hunk]) -> Option<usize> {
    ours.first().into_iter().chain(theirs.first()).map(|hunk| hunk.old.start).min()
}

/// What one side has in a place of the base. None when it changed nothing there.
fn ours_of(lines: &[&str], hunks: &[Hunk], place: &Range<usize>) -> Option<String> {
    let (first, last) = (hunks.first()?, hunks.last()?);
    let start = first.new.start - (first.old.start - place.start);
    let end = last.new.end + (place.end - last.old.end);
    Some(lines[start..end].concat())
}

/// What surely was changed, and what perhaps was.
///
/// Which of two lines that changed places was moved can be told either way, and searches differ:
/// by way, from the begin or the end of a text, from the old or the new one. Only lines on which
/// all searches here agree count as kept.
fn certain_hunks(old: &[u32], new: &[u32]) -> Vec<Hunk> {
    let (old_back, new_back) = (reversed(old), reversed(new));
    let mirror = |hunk: Hunk| Hunk {
        old: old.len() - hunk.old.end..old.len() - hunk.old.start,
        new: new.len() - hunk.new.end..new.len() - hunk.new.start,
    };
    let swap = |hunk: Hunk| Hunk { old: hunk.new, new: hunk.old };
    let search = |old: &[u32], new: &[u32]| hunks(old, new, Algorithm::Myers).0.into_iter();
    let searches: [Vec<Hunk>; 4] = [
        search(old, new).collect(),
        search(new, old).map(swap).collect(),
        search(&old_back, &new_back).rev().map(mirror).collect(),
        search(&new_back, &old_back).rev().map(swap).map(mirror).collect(),
    ];
    let kept = |hunks: &[Hunk]| Kept::new(old, new, hunks).settle(old, new);
    let first = kept(&hunks(old, new, Algorithm::Patience).0);
    searches.iter().fold(first, |agreed, hunks| agreed.agreed_with(&kept(hunks))).hunks()
}

fn reversed(lines: &[u32]) -> Vec<u32> {
    lines.iter().rev().copied().collect()
}

/// The lines that two texts share: line `old[k]` of one is line `new[k]` of the other. Both lists
/// rise and end with the number of lines.
struct Kept {
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Kept {
    fn new(old: &[u32], new: &[u32], hunks: &[Hunk]) -> Kept {
        let mut kept = Kept { old: Vec::with_capacity(old.len() + 1), new: Vec::with_capacity(old.len() + 1) };
        let (mut at_old, mut at_new) = (0, 0);
        let end = Hunk { old: old.len()..old.len(), new: new.len()..new.len() };
        for hunk in hunks.iter().chain([&end]) {
            kept.old.extend(at_old..hunk.old.start);
            kept.new.extend(at_new..hunk.new.start);
            (at_old, at_new) = (hunk.old.end, hunk.new.end);
        }
        kept.old.push(old.len());
        kept.new.push(new.len());
        kept
    }

    /// Chooses among equal readings as git does, so that both come to the same merge: a change that could as well stand lower stands
    /// lowest, unless a removal and an addition can stand in one place.
    fn settle(mut self, old: &[u32], new: &[u32]) -> Kept {
        settle_side(old, &mut self.old, &self.new);
        settle_side(new, &mut self.new, &self.old);
        self
    }

    fn agreed_with(&self, other: &Kept) -> Kept {
        let pairs = |kept: &Kept| kept.old.iter().copied().zip(kept.new.iter().copied()).collect::<Vec<_>>();
        let (left, right) = (pairs(self), pairs(other));
        let mut agreed = Kept { old: Vec::with_capacity(left.len()), new: Vec::with_capacity(left.len()) };
        let mut at = 0;
        for pair in left {
            while at < right.len() && right[at].0 < pair.0 {
                at += 1;
            }
            if right.get(at) == Some(&pair) {
                agreed.old.push(pair.0);
                agreed.new.push(pair.1);
            }
        }
        agreed
    }

    fn hunks(&self) -> Vec<Hunk> {
        let mut hunks = Vec::new();
        let (mut at_old, mut at_new) = (0, 0);
        for (&old, &new) in self.old.iter().zip(&self.new) {
            if at_old < old || at_new < new {
                hunks.push(Hunk { old: at_old..old, new: at_new..new });
            }
            (at_old, at_new) = (old + 1, new + 1);
        }
        hunks
    }
}

/// How many changed lines stand right before the kept line `gap`.
fn gap_size(kept: &[usize], gap: usize) -> usize {
    match gap {
        0 => kept[0],
        _ => kept[gap] - kept[gap - 1] - 1,
    }
}

/// Moves the changed lines of one side within lines that look the same. A group of changed lines
/// can pass a kept line when its first line equals that one: then that first line is the kept one.
fn settle_side(lines: &[u32], kept: &mut [usize], other: &[usize]) {
    let last = kept.len() - 1;
    // Long runs of equal lines with many changes could be walked again and again.
    let mut steps_left = 16 * (kept.len() + lines.len());
    let mut gap = 0;
    while gap <= last {
        if gap_size(kept, gap) == 0 {
            gap += 1;
            continue;
        }
        let mut shared;
        loop {
            let size = gap_size(kept, gap);
            while steps_left > 0 && gap > 0 && can_rise(lines, kept, gap) {
                kept[gap - 1] += gap_size(kept, gap);
                gap -= 1;
                steps_left -= 1;
            }
            shared = (gap_size(other, gap) > 0).then_some(gap);
            while steps_left > 0 && gap < last && can_sink(lines, kept, gap) {
                kept[gap] -= gap_size(kept, gap);
                gap += 1;
                steps_left -= 1;
                if gap_size(other, gap) > 0 {
                    shared = Some(gap);
                }
            }
            // A group that met another is a larger one and may move differently.
            if gap_size(kept, gap) == size || steps_left == 0 {
                break;
            }
        }
        let bottom = gap;
        while shared.is_some_and(|shared| gap > shared) && can_rise(lines, kept, gap) {
            kept[gap - 1] += gap_size(kept, gap);
            gap -= 1;
        }
        gap = bottom + 1;
    }
}

fn can_rise(lines: &[u32], kept: &[usize], gap: usize) -> bool {
    lines[kept[gap - 1]] == lines[kept[gap] - 1]
}

fn can_sink(lines: &[u32], kept: &[usize], gap: usize) -> bool {
    lines[kept[gap]] == lines[kept[gap] - gap_size(kept, gap)]
}

// ---- Frontmatter: by key ----

/// A frontmatter cut into its fields.
#[derive(Clone, Debug, Default)]
struct Fields<'a> {
    /// The opening fence, with all before it.
    open: &'a str,
    fields: Vec<KeyLines<'a>>,
    /// Comments after the last field.
    tail: &'a str,
    close: &'a str,
}

/// A key with its lines, and the comment lines above them.
#[derive(Clone, Debug)]
struct KeyLines<'a> {
    field: Field,
    lines: &'a str,
}

/// What becomes of one key.
enum Fate<'a> {
    Gone,
    Kept(&'a KeyLines<'a>),
    /// A list with the items of both.
    Joined {
        field: Field,
        lines: String,
    },
    Clash {
        base: Option<&'a KeyLines<'a>>,
        ours: Option<&'a KeyLines<'a>>,
        theirs: Option<&'a KeyLines<'a>>,
    },
}

/// Merges all before the bodies. None when the lines must do.
fn merge_fronts(splits: &[Split<'_>; 3]) -> Option<Vec<Chunk>> {
    // A closing fence without a line end must not run into a body that another side has.
    let is_open = |split: &Split<'_>| split.front.is_some() && !split.text[..split.body].ends_with('\n');
    if splits.iter().any(is_open) && splits.iter().any(|split| !split.body_text().is_empty()) {
        return None;
    }
    let [base, ours, theirs] = splits.each_ref().map(|split| &split.text[..split.body]);
    if let Some(front) = settled(base, ours, theirs) {
        return Some(vec![Chunk::Same(front.to_owned())]);
    }
    let base = match splits[0].front {
        Some(_) => cut(&splits[0])?,
        None => Fields { open: base, ..Fields::default() },
    };
    merge_fields(&base, &cut(&splits[1])?, &cut(&splits[2])?)
}

fn merge_fields(base: &Fields<'_>, ours: &Fields<'_>, theirs: &Fields<'_>) -> Option<Vec<Chunk>> {
    let open = settled(base.open, ours.open, theirs.open)?;
    let tail = settled(base.tail, ours.tail, theirs.tail)?;
    let close = settled(base.close, ours.close, theirs.close)?;
    let [in_base, in_ours, in_theirs] = [base, ours, theirs].map(Fields::by_key);
    let mut fates = Vec::new();
    for key in merged_order(base, ours, theirs) {
        let [base, ours, theirs] = [&in_base, &in_ours, &in_theirs].map(|fields| fields.get(key).copied());
        let lines = |side: Option<&KeyLines<'_>>| side.map(|key_lines| key_lines.lines.to_owned());
        fates.push(match settled(lines(base), lines(ours), lines(theirs)) {
            None => joined(base, ours, theirs).unwrap_or(Fate::Clash { base, ours, theirs }),
            Some(None) => Fate::Gone,
            Some(kept) if kept == lines(ours) => ours.map_or(Fate::Gone, Fate::Kept),
            Some(_) => theirs.map_or(Fate::Gone, Fate::Kept),
        });
    }
    // However the clashes end, every key must say what its side said, once.
    for side in [Choice::Ours, Choice::Theirs] {
        let chosen: Vec<(&Field, &str)> = fates.iter().filter_map(|fate| fate.choose(side)).collect();
        let yaml: String = chosen.iter().map(|(_, lines)| *lines).chain([tail]).collect();
        let (read, problems) = front::read(&yaml, front::FIRST_LINE);
        let want: Vec<Field> = chosen.iter().map(|(field, _)| (*field).clone()).collect();
        if !problems.is_empty() || !front::alike(&read.fields, &want) {
            return None;
        }
    }
    let mut chunks = vec![Chunk::Same(open.to_owned())];
    chunks.extend(fates.iter().filter_map(Fate::chunk));
    chunks.push(Chunk::Same(format!("{tail}{close}")));
    Some(chunks)
}

/// A list that both sides changed, when its items come together and read as a list.
fn joined<'a>(
    base: Option<&KeyLines<'_>>,
    ours: Option<&KeyLines<'_>>,
    theirs: Option<&KeyLines<'_>>,
) -> Option<Fate<'a>> {
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let is_list = |key_lines: &KeyLines<'_>| matches!(key_lines.field.value, front::Value::List(_));
    if !is_list(base) || !is_list(ours) || !is_list(theirs) {
        return None;
    }
    let lines = merge_list::merge(base.lines, ours.lines, theirs.lines)?;
    let (read, problems) = front::read(&lines, front::FIRST_LINE);
    match <[Field; 1]>::try_from(read.fields) {
        Ok([field]) if problems.is_empty() && field.key == base.field.key => Some(Fate::Joined { field, lines }),
        _ => None,
    }
}

#[derive(Clone, Copy)]
enum Choice {
    Ours,
    Theirs,
}

impl<'a> Fate<'a> {
    fn choose(&self, choice: Choice) -> Option<(&Field, &str)> {
        let whole = |key_lines: &'a KeyLines<'a>| (&key_lines.field, key_lines.lines);
        match (self, choice) {
            (Fate::Gone, _) => None,
            (Fate::Kept(kept), _) => Some(whole(kept)),
            (Fate::Joined { field, lines }, _) => Some((field, lines)),
            (Fate::Clash { ours, .. }, Choice::Ours) => ours.map(whole),
            (Fate::Clash { theirs, .. }, Choice::Theirs) => theirs.map(whole),
        }
    }

    fn chunk(&self) -> Option<Chunk> {
        let text = |side: &Option<&KeyLines<'_>>| side.map_or(String::new(), |key_lines| key_lines.lines.to_owned());
        match self {
            Fate::Gone => None,
            Fate::Kept(kept) => Some(Chunk::Same(kept.lines.to_owned())),
            Fate::Joined { lines, .. } => Some(Chunk::Same(lines.clone())),
            Fate::Clash { base, ours, theirs } => {
                Some(Chunk::Clash { base: text(base), ours: text(ours), theirs: text(theirs) })
            }
        }
    }
}

impl Fields<'_> {
    fn keys(&self) -> Vec<&str> {
        self.fields.iter().map(|key_lines| key_lines.field.key.as_str()).collect()
    }

    fn by_key(&self) -> HashMap<&str, &KeyLines<'_>> {
        self.fields.iter().map(|key_lines| (key_lines.field.key.as_str(), key_lines)).collect()
    }
}

/// The order of all keys of both sides: that of the side that moved keys, ours when in doubt. A
/// key that only the other side has stands after the one that it followed there.
fn merged_order<'a>(base: &'a Fields<'_>, ours: &'a Fields<'_>, theirs: &'a Fields<'_>) -> Vec<&'a str> {
    let (base, ours, theirs) = (base.keys(), ours.keys(), theirs.keys());
    let (lead, rest) = match moved_keys(&base, &theirs) && !moved_keys(&base, &ours) {
        true => (theirs, ours),
        false => (ours, theirs),
    };
    let mut after: HashMap<Option<&str>, Vec<&str>> = HashMap::new();
    let mut anchor = None;
    for key in &rest {
        match lead.contains(key) {
            true => anchor = Some(*key),
            false => after.entry(anchor).or_default().push(key),
        }
    }
    let mut order = Vec::with_capacity(lead.len() + rest.len());
    let mut waiting = after.remove(&None).unwrap_or_default();
    for key in lead {
        // What both sides added in one place: first the leading side's, then the other's.
        if base.contains(&key) || rest.contains(&key) {
            order.append(&mut waiting);
        }
        order.push(key);
        waiting.extend(after.remove(&Some(key)).unwrap_or_default());
    }
    order.append(&mut waiting);
    order
}

fn moved_keys(base: &[&str], side: &[&str]) -> bool {
    let in_base = base.iter().filter(|key| side.contains(key));
    let in_side = side.iter().filter(|key| base.contains(key));
    !in_base.eq(in_side)
}

/// Cuts a frontmatter into fields. None when it can't be read, or not be cut at lines.
fn cut<'a>(split: &Split<'a>) -> Option<Fields<'a>> {
    let range = split.front.clone()?;
    let yaml = &split.text[range.clone()];
    let (front, problems) = front::read(yaml, 1);
    if !problems.is_empty() || yaml.replace("\r\n", "\n").contains('\r') {
        return None;
    }
    let lines = split_lines(yaml);
    // Fields begin at the begin of a line, each on its own: not so within `{…}` or after `? `.
    let starts: Vec<usize> = front.fields.iter().map(|field| field.at.line as usize - 1).collect();
    let is_cuttable = front.fields.iter().all(|field| field.at.column == 1)
        && starts.windows(2).all(|pair| pair[0] < pair[1])
        && starts.last().is_none_or(|start| *start < lines.len());
    if !is_cuttable {
        return None;
    }
    let end = comments_above(&lines, starts.last().map_or(0, |start| start + 1), lines.len());
    let mut bounds = vec![0];
    for pair in starts.windows(2) {
        bounds.push(comments_above(&lines, pair[0] + 1, pair[1]));
    }
    bounds.push(end);
    let offsets: Vec<usize> = std::iter::once(0)
        .chain(lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        }))
        .collect();
    let tail_from = if front.fields.is_empty() { 0 } else { end };
    let fields = front.fields.into_iter().zip(bounds.windows(2));
    Some(Fields {
        open: &split.text[..range.start],
        fields: fields
            .map(|(field, bound)| KeyLines { field, lines: &yaml[offsets[bound[0]]..offsets[bound[1]]] })
            .collect(),
        tail: &yaml[offsets[tail_from]..],
        close: &split.text[range.end..split.body],
    })
}

/// The first of the comment lines that stand right above line `below`, not above `from`; else
/// `below`. Blank lines count to the comment only when one stands above them: they may be the end
/// of the text before. An indented `#` may be text of a block.
fn comments_above(lines: &[&str], from: usize, below: usize) -> usize {
    let mut first = below;
    for at in (from..below).rev() {
        if lines[at].starts_with('#') {
            first = at;
        } else if !lines[at].trim().is_empty() {
            break;
        }
    }
    first
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;
    use std::path::Path;
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn clean(base: &str, ours: &str, theirs: &str) -> String {
        match merge3(base, ours, theirs) {
            Merge::Clean(text) => text,
            Merge::Clash(chunks) => panic!("clash: {chunks:?}"),
        }
    }

    fn clash(base: &str, ours: &str, theirs: &str) -> Vec<Chunk> {
        match merge3(base, ours, theirs) {
            Merge::Clean(text) => panic!("clean: {text:?}"),
            Merge::Clash(chunks) => chunks,
        }
    }

    fn same(text: &str) -> Chunk {
        Chunk::Same(text.to_owned())
    }

    fn chunk(base: &str, ours: &str, theirs: &str) -> Chunk {
        Chunk::Clash { base: base.to_owned(), ours: ours.to_owned(), theirs: theirs.to_owned() }
    }

    #[test]
    fn changes_apart_merge_and_changes_side_by_side_clash() {
        assert_eq!(clean("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n"), "A\nb\nC\n");
        assert_eq!(clean("a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC"), "A\r\nb\r\nC");
        assert_eq!(clean("a\nb\nc\n", "a\nx\nc\n", "a\nx\nc\n"), "a\nx\nc\n");
        assert_eq!(clean("a\nb\nc\nd\n", "a\nx\nc\nD\n", "a\nx\nc\nd\n"), "a\nx\nc\nD\n");
        assert_eq!(clash("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n"), [chunk("a\nb\n", "A\nb\n", "a\nB\n"), same("c\n")]);
        assert_eq!(clash("a\nb\n", "a\nx\nb\n", "a\ny\nb\n"), [same("a\n"), chunk("", "x\n", "y\n"), same("b\n")]);
        assert_eq!(clash("a\nb\nc\n", "a\nc\n", "a\nB\nc\n"), [same("a\n"), chunk("b\n", "", "B\n"), same("c\n")]);
        assert_eq!(clash("a\n", "a\nx", "a\ny"), [same("a\n"), chunk("", "x", "y")]);
    }

    #[test]
    fn a_paragraph_added_below_the_one_being_edited_merges() {
        let base = "# Kop\n\neen\n\ntwee\n\ndrie\n";
        let ours = "# Kop\n\neen!\n\ntwee\n\ndrie\n";
        assert_eq!(clean(base, ours, "# Kop\n\neen\n\nnieuw\n\ntwee\n\ndrie\n"), ours.replace("twee", "nieuw\n\ntwee"));
        assert_eq!(clean(base, ours, "# Kop\n\neen\n\ntwee!\n\ndrie\n"), ours.replace("twee", "twee!"));
    }

    #[test]
    fn clashes_are_marked_with_the_base_between() {
        let chunks = clash("k\nb\n", "k\no", "k\nt\n");
        assert_eq!(
            marked(&chunks, "mine", "was", "his\nx"),
            "k\n<<<<<<< mine\no\n||||||| was\nb\n=======\nt\n>>>>>>> his x\n"
        );
        let chunks = clash("k\r\nb\r\n", "k\r\no\r\n", "k\r\nt\r\n");
        assert!(!marked(&chunks, "", "", "").replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn different_keys_merge_on_lines_side_by_side() {
        let base = "---\na: 1\nb: 2\nc: 3\n---\nbody\n";
        let (ours, theirs) = (base.replace("a: 1", "a: x"), base.replace("b: 2", "b: y"));
        assert_eq!(clean(base, &ours, &theirs), "---\na: x\nb: y\nc: 3\n---\nbody\n");
        // The last key and the first line of the body are apart too.
        assert_eq!(
            clean(base, &base.replace("c: 3", "c: z"), &base.replace("body", "text")),
            "---\na: 1\nb: 2\nc: z\n---\ntext\n"
        );
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(clean(&crlf(base), &crlf(&ours), &crlf(&theirs)), crlf("---\na: x\nb: y\nc: 3\n---\nbody\n"));
    }

    #[test]
    fn the_same_key_changed_twice_is_one_clash() {
        let base = "---\na: 1\ntags:\n- x\n# about b\nb: 2\n---\nbody\n";
        let chunks = clash(base, &base.replace("- x", "- y"), &base.replace("- x", "- z"));
        assert_eq!(
            chunks,
            [
                same("---\na: 1\n"),
                chunk("tags:\n- x\n", "tags:\n- y\n", "tags:\n- z\n"),
                same("# about b\nb: 2\n---\nbody\n")
            ]
        );
        let gone = clash(base, &base.replace("a: 1\n", ""), &base.replace("a: 1", "a: 3"));
        assert_eq!(gone[1], chunk("a: 1\n", "", "a: 3\n"));
    }

    #[test]
    fn two_who_add_to_one_list_did_not_touch_the_same_thing() {
        let base = "---\na: 1\ntags: [x]\nwho:\n  - Bo\n---\nbody\n";
        assert_eq!(
            clean(
                base,
                &base.replace("[x]", "[x, y]").replace("- Bo", "- Al\n  - Bo"),
                &base.replace("[x]", "[x, z]").replace("- Bo", "- Bo\n  - Cy"),
            ),
            "---\na: 1\ntags: [x, y, z]\nwho:\n  - Al\n  - Bo\n  - Cy\n---\nbody\n"
        );
    }

    #[test]
    fn added_removed_and_moved_keys_come_together() {
        let base = "---\na: 1\nb: 2\n---\n";
        assert_eq!(
            clean(base, "---\na: 1\nx: 3\nb: 2\n---\n", "---\na: 1\ny: 4\nb: 2\n---\n"),
            "---\na: 1\nx: 3\ny: 4\nb: 2\n---\n"
        );
        assert_eq!(clean(base, "---\nb: 2\n---\n", "---\na: 1\nb: 3\n---\n"), "---\nb: 3\n---\n");
        assert_eq!(clean(base, "---\na: 5\nb: 2\n---\n", "---\nb: 2\na: 1\n---\n"), "---\nb: 2\na: 5\n---\n");
        assert_eq!(clean("x\n", "---\na: 1\n---\nx\n", "---\nb: 2\n---\nx\n"), "---\na: 1\nb: 2\n---\nx\n");
        assert_eq!(clean("x\n", "---\na: 1\n---\nx\n", "y\n"), "---\na: 1\n---\ny\n");
        assert_eq!(clean(base, "", "---\na: 1\nb: 2\n---\n"), "");
    }

    #[test]
    fn a_key_is_never_said_twice() {
        // By line this would be clean: both add `n`, in two places.
        let base = "---\na: 1\nb: 2\nc: 3\n---\n";
        let chunks = clash(base, "---\nn: 1\na: 1\nb: 2\nc: 3\n---\n", "---\na: 1\nb: 2\nc: 3\nn: 2\n---\n");
        assert!(chunks.contains(&chunk("", "n: 1\n", "n: 2\n")), "{chunks:?}");
        // Where it can't be cut into keys, all of it clashes.
        let flow = |more: &str, last: &str| format!("---\n{{a: 1,{more}\nb: 2,\nc: 3{last}}}\n---\nbody\n");
        let chunks = clash(&flow("", ""), &flow("n: 1,", ""), &flow("", ",n: 2"));
        assert!(matches!(&chunks[..], [Chunk::Clash { .. }, Chunk::Same(body)] if body == "body\n"));
    }

    #[test]
    fn a_fence_at_the_end_of_the_text_does_not_swallow_a_body() {
        for (base, ours, theirs) in [("", "---\n---", "..."), ("---\na: 1\n---\n", "---\n---", "---\na: 1\n---\nx\n")] {
            let merge = merge3(base, ours, theirs);
            let last = theirs.lines().last().unwrap_or_default();
            assert!(seen(&merge).contains(last), "{merge:?}");
        }
        assert_eq!(
            clean("---\na: 1\nb: 1\n---", "---\na: 2\nb: 1\n---", "---\na: 1\nb: 2\n---"),
            "---\na: 2\nb: 2\n---"
        );
    }

    #[test]
    fn unreadable_frontmatter_merges_by_line() {
        let base = "---\na: *x\nb: 1\nc: 2\n---\nbody\n";
        let merged = clean(base, &base.replace("*x", "*y"), &base.replace("c: 2", "c: 3"));
        assert_eq!(merged, "---\na: *y\nb: 1\nc: 3\n---\nbody\n");
    }

    /// A small generator, so that the cases below are the same everywhere.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            ((self.0 >> 11) % sides as u64) as usize
        }

        fn line(&mut self, words: usize) -> String {
            match self.roll(words) {
                0 => String::new(),
                word => format!("w{word}"),
            }
        }

        fn edited(&mut self, lines: &[String], words: usize) -> Vec<String> {
            let mut lines = lines.to_vec();
            for _ in 0..=self.roll(3) {
                let at = self.roll(lines.len() + 1);
                match self.roll(4) {
                    0 | 1 => lines.insert(at, self.line(words)),
                    2 if at < lines.len() => drop(lines.remove(at)),
                    3 if at < lines.len() => lines[at] = self.line(words),
                    _ => {}
                }
            }
            lines
        }

        fn text(&mut self, lines: &[String]) -> String {
            let end = if lines.is_empty() || self.roll(8) == 0 { "" } else { "\n" };
            lines.join("\n") + end
        }

        fn case(&mut self) -> [String; 3] {
            let words = [3, 6, 12, 40][self.roll(4)];
            let size = [4, 10, 20][self.roll(3)];
            let base: Vec<String> = (0..self.roll(size)).map(|_| self.line(words)).collect();
            let (ours, theirs) = (self.edited(&base, words), self.edited(&base, words));
            [self.text(&base), self.text(&ours), self.text(&theirs)]
        }
    }

    /// What git makes of it. None when it finds a conflict.
    fn git_merge(folder: &Path, [base, ours, theirs]: &[String; 3]) -> Option<String> {
        for (name, text) in [("base", base), ("ours", ours), ("theirs", theirs)] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let output = Command::new("git")
            .args(["merge-file", "-p", "-q", "ours", "base", "theirs"])
            .current_dir(folder)
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn prose_merges_as_git_merges_it_or_clashes() {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(88_172_645_463_325_252);
        let (mut n_clean, mut n_git_clean) = (0, 0);
        for _ in 0..400 {
            let texts = dice.case();
            let git = git_merge(folder.path(), &texts);
            n_git_clean += usize::from(git.is_some());
            if let Merge::Clean(text) = merge3(&texts[0], &texts[1], &texts[2]) {
                n_clean += 1;
                assert_eq!(Some(text), git, "{texts:?}");
            }
        }
        // Caution must not cost much: git merges hardly more.
        assert!(n_clean > 150 && n_clean * 100 >= n_git_clean * 95, "{n_clean} of {n_git_clean}");
    }

    fn new_lines<'a>(base: &'a str, side: &'a str) -> HashSet<&'a str> {
        let known: HashSet<&str> = base.lines().collect();
        side.lines().filter(|line| !known.contains(line)).collect()
    }

    /// Everything that a person would get to see of a merge.
    fn seen(merge: &Merge) -> HashSet<String> {
        let text = match merge {
            Merge::Clean(text) => text.clone(),
            Merge::Clash(chunks) => marked(chunks, "", "", ""),
        };
        text.lines().map(str::to_owned).collect()
    }

    fn check(base: &str, ours: &str, theirs: &str) -> Result<(), TestCaseError> {
        prop_assert_eq!(merge3(base, ours, base), Merge::Clean(ours.to_owned()));
        prop_assert_eq!(merge3(base, base, theirs), Merge::Clean(theirs.to_owned()));
        prop_assert_eq!(merge3(base, ours, ours), Merge::Clean(ours.to_owned()));
        let (merge, turned) = (merge3(base, ours, theirs), merge3(base, theirs, ours));
        prop_assert_eq!(matches!(&merge, Merge::Clean(_)), matches!(&turned, Merge::Clean(_)));
        let seen = seen(&merge);
        for line in new_lines(base, ours).into_iter().chain(new_lines(base, theirs)) {
            prop_assert!(seen.contains(line), "{:?} is lost in {:?}", line, merge);
        }
        match &merge {
            Merge::Clean(text) => {
                let was_good = is_readable(ours) && is_readable(theirs);
                prop_assert!(!was_good || is_readable(text), "{:?}", text);
                let is_crlf = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
                prop_assert!(!is_crlf(base) || !is_crlf(ours) || !is_crlf(theirs) || is_crlf(text));
            }
            Merge::Clash(chunks) => {
                let is_clash = |chunk: &Chunk| matches!(chunk, Chunk::Clash { ours, theirs, .. } if ours != theirs);
                let is_text = |chunk: &Chunk| matches!(chunk, Chunk::Same(text) if !text.is_empty());
                prop_assert!(chunks.iter().all(|chunk| is_clash(chunk) || is_text(chunk)));
                prop_assert!(chunks.iter().any(is_clash));
            }
        }
        Ok(())
    }

    #[test]
    fn a_merge_loses_nothing_in_many_small_cases() {
        let mut dice = Dice(6_364_136_223_846_793_005);
        for _ in 0..3_000 {
            let [base, ours, theirs] = dice.case();
            check(&base, &ours, &theirs).unwrap();
            check(&base.replace('\n', "\r\n"), &ours.replace('\n', "\r\n"), &theirs.replace('\n', "\r\n")).unwrap();
        }
    }

    /// Pages whose frontmatter is now and then odd.
    fn page() -> impl Strategy<Value = String> {
        let field = proptest::sample::select(vec![
            "a: 1",
            "a: 2",
            "b: 1",
            "b: [1, 2]",
            "c:\n- x",
            "c:\n- x\n- y",
            "# note",
            "d: |\n  t\n\n",
            "e: 'x'",
            "f:",
            "a: *x",
            "{g: 1}",
            "h: |\n  # no note\n",
            "",
        ]);
        let line = proptest::sample::select(vec!["", "x", "y", "---", "...", "a: 1", "z"]);
        let has_front = proptest::bool::weighted(0.8);
        let parts = (proptest::collection::vec(field, 0..6), proptest::collection::vec(line, 0..6), has_front);
        parts.prop_map(|(fields, lines, has_front)| match has_front {
            true => format!("---\n{}\n---\n{}", fields.join("\n"), lines.join("\n")),
            false => lines.join("\n"),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_merge_of_pages_loses_nothing(base in page(), ours in page(), theirs in page()) {
            check(&base, &ours, &theirs)?;
        }

        #[test]
        fn keys_keep_what_one_side_made_of_them(
            was in proptest::collection::vec(0_u8..3, 5),
            mine in proptest::collection::vec(0_u8..3, 5),
            his in proptest::collection::vec(0_u8..3, 5),
        ) {
            // 0 = no such key.
            let page = |values: &[u8]| {
                let fields = "abcde".chars().zip(values).filter(|(_, value)| **value > 0);
                format!("---\n{}---\nx\n", fields.map(|(key, value)| format!("{key}: {value}\n")).collect::<String>())
            };
            let wanted: Vec<Option<u8>> =
                (0..5).map(|at| settled(was[at], mine[at], his[at])).collect();
            match merge3(&page(&was), &page(&mine), &page(&his)) {
                Merge::Clean(text) => {
                    let (front, _) = front::read(front::split(&text).yaml().unwrap(), 1);
                    for (key, value) in ["a", "b", "c", "d", "e"].iter().zip(wanted) {
                        let value = value.filter(|value| *value > 0).map(|value| value.to_string());
                        prop_assert_eq!(front.text(key), value.as_deref());
                    }
                }
                Merge::Clash(_) => prop_assert!(wanted.contains(&None)),
            }
        }
    }
}
