//! Brings two changes of one text together: prose by line, frontmatter by key.
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
    if let Some(mut chunks) = merge_fronts(&splits) {
        chunks.extend(merge_bodies(&splits));
        return Merge::of(chunks);
    }
    let merged = Merge::of(merge_lines(base, ours, theirs));
    match &merged {
        // Lines can fit together and yet say a key twice.
        Merge::Clean(text) if !is_readable(text) && is_readable(ours) && is_readable(theirs) => {
            let [base, ours, theirs] = splits.each_ref().map(|split| split.text[..split.body].to_owned());
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
    Clash { base: Option<&'a KeyLines<'a>>, ours: Option<&'a KeyLines<'a>>, theirs: Option<&'a KeyLines<'a>> },
}

/// Merges all before the bodies. None when the lines must do.
fn merge_fronts(splits: &[Split<'_>; 3]) -> Option<Vec<Chunk>> {
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
            None => Fate::Clash { base, ours, theirs },
            Some(None) => Fate::Gone,
            Some(kept) if kept == lines(ours) => ours.map_or(Fate::Gone, Fate::Kept),
            Some(_) => theirs.map_or(Fate::Gone, Fate::Kept),
        });
    }
    // However the clashes end, every key must say what its side said, once.
    for side in [Choice::Ours, Choice::Theirs] {
        let chosen: Vec<&KeyLines<'_>> = fates.iter().filter_map(|fate| fate.choose(side)).collect();
        let yaml: String = chosen.iter().map(|key_lines| key_lines.lines).chain([tail]).collect();
        let (read, problems) = front::read(&yaml, front::FIRST_LINE);
        let want: Vec<Field> = chosen.iter().map(|key_lines| key_lines.field.clone()).collect();
        if !problems.is_empty() || !front::alike(&read.fields, &want) {
            return None;
        }
    }
    let mut chunks = vec![Chunk::Same(open.to_owned())];
    chunks.extend(fates.iter().filter_map(Fate::chunk));
    chunks.push(Chunk::Same(format!("{tail}{close}")));
    Some(chunks)
}

#[derive(Clone, Copy)]
enum Choice {
    Ours,
    Theirs,
}

impl<'a> Fate<'a> {
    fn choose(&self, choice: Choice) -> Option<&'a KeyLines<'a>> {
        match (self, choice) {
            (Fate::Gone, _) => None,
            (Fate::Kept(kept), _) => Some(kept),
            (Fate::Clash { ours, .. }, Choice::Ours) => *ours,
            (Fate::Clash { theirs, .. }, Choice::Theirs) => *theirs,
        }
    }

    fn chunk(&self) -> Option<Chunk> {
        let text = |side: &Option<&KeyLines<'_>>| side.map_or(String::new(), |key_lines| key_lines.lines.to_owned());
        match self {
            Fate::Gone => None,
            Fate::Kept(kept) => Some(Chunk::Same(kept.lines.to_owned())),
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
