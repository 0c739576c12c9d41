//! A tree of topics, cut to a size that a person can take in and laid out as a two-sided map.
//!
//! Others make the [`Tree`] (from folders, from links); this file only knows topics with a title.
//! [`cut`] keeps what fits, [`layout`] gives every topic a box, `svg.rs` draws the boxes and the
//! outline beside the picture is made from the same cut tree.
//!
//! The layout is the non-layered tidy tree of A. van der Ploeg, "Drawing non-layered tidy trees in
//! linear time" (2014): every subtree lies as near to its neighbour as the real sizes of its boxes
//! allow. Depth runs along x, children are stacked along y. The root is in the middle; its first
//! children lie to the right, the others to the left as a mirror image. No recursion anywhere: a
//! child's index is above its parent's, so a plain loop down or up the arena is a walk.
//!
//! A label's size is estimated, because the server has no browser: the table in [`advance_em`]
//! holds mean advance widths of the usual system sans faces, and [`SLACK`] adds a tenth to that.
//! A wider face than those makes a label fill its padding; it never changes the order of things.
//!
//! Not here: which pages are in the tree, whom they may be shown to, colours, words.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::limits::{MAP_MAX_CHILDREN, MAP_MAX_TOPICS};

/// Lines of one label. A fourth line would make the pill higher than it is clear.
pub const LABEL_MAX_LINES: usize = 3;
/// Characters of a title that a label is made from: three lines of the narrowest letters
/// hold fewer, so that a title of a megabyte costs as little as a short one.
pub const LABEL_MAX_CHARS: usize = 400;
/// Largest side of a box in pixels, whatever the measure says.
pub const BOX_MAX_PX: f64 = 4096.0;
/// Smallest side of a box in pixels: the target size of WCAG 2.2, 2.5.8.
pub const BOX_MIN_PX: f64 = 24.0;

/// Size of a label's letters in pixels. The theme may change weight and face, not this.
pub const FONT_PX: f64 = 14.0;
/// Size of a note's letters in pixels.
pub const NOTE_PX: f64 = 12.0;
/// From one line of a label to the next, in pixels.
pub const LINE_PX: f64 = 18.0;
/// Height of the note's line, in pixels.
pub const NOTE_LINE_PX: f64 = 16.0;
/// Between a pill's end and its text, in pixels.
pub const PAD_X_PX: f64 = 11.0;
/// Above the first and below the last line, in pixels.
pub const PAD_Y_PX: f64 = 6.0;
/// Room for the glyph that tells a kind, in pixels.
pub const GLYPH_PX: f64 = 20.0;
/// Room for the zoom link, in pixels: a target may not be smaller.
pub const ZOOM_PX: f64 = 24.0;
/// A label is broken at about this many em.
pub const WRAP_EM: f64 = 24.0;
/// What the estimated width is multiplied by, because fonts differ.
pub const SLACK: f64 = 1.10;

/// Between children of one topic, in pixels.
pub const SIBLING_GAP_PX: f64 = 8.0;
/// Between neighbours with different parents, in pixels: families read as families.
pub const COUSIN_GAP_PX: f64 = 18.0;
/// From a box to its children, in pixels: room for the curves.
pub const LEVEL_GAP_PX: f64 = 44.0;
/// Around the whole map, in pixels: room for lines and focus rings.
pub const MARGIN_PX: f64 = 8.0;

/// What a topic stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TopicKind {
    #[default]
    Page,
    Folder,
    /// Stands for what was cut away.
    More,
    /// Points to a page that has its place elsewhere in the tree.
    See,
}

/// What became of a topic, in a map of two versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// The map is of one version, or nothing is to be said.
    #[default]
    Plain,
    Same,
    Changed,
    Moved,
    Added,
    Removed,
}

/// One thing in the map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topic {
    pub title: String,
    /// Where the topic leads to; `None` draws plain text.
    pub href: Option<String>,
    /// The map with this topic in the middle.
    pub focus_href: Option<String>,
    pub kind: TopicKind,
    /// A word under the title, such as the page's type; may be empty.
    pub note: String,
    pub standing: Standing,
    /// Filled by [`Tree::add`], in reading order.
    pub children: Vec<usize>,
}

/// Topics in an arena; 0 is the root.
///
/// Every topic but the root is the child of exactly one topic, and lies after it in the arena.
/// Only [`Tree::add`] makes one, which is why the walks below need no check for cycles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    topics: Vec<Topic>,
}

impl Tree {
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `topic` last among its parent's children and gives its index. The first topic is the
    /// root; a later one without a parent, or with an unknown one, hangs under the root.
    pub fn add(&mut self, parent: Option<usize>, mut topic: Topic) -> usize {
        let here = self.topics.len();
        topic.children.clear();
        self.topics.push(topic);
        if here > 0 {
            let parent = parent.filter(|&p| p < here).unwrap_or(0);
            self.topics[parent].children.push(here);
        }
        here
    }

    /// Leads the "more" of the root somewhere: the root has no map of its own to lead to.
    pub fn lead_more_of_root_to(&mut self, href: &str) {
        let children = self.topics.first().map(|root| root.children.clone()).unwrap_or_default();
        for child in children {
            let topic = &mut self.topics[child];
            if topic.kind == TopicKind::More && topic.href.is_none() {
                topic.href = Some(href.to_owned());
            }
        }
    }

    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }
}

/// How much of a tree is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Levels below the root; what lies deeper becomes "more".
    pub depth: usize,
    /// Topics in all, "more" topics included. The root stays even at 0.
    pub max_topics: usize,
    /// Children of one topic, besides its "more".
    pub max_children: usize,
}

impl Default for Cut {
    fn default() -> Self {
        Self { depth: 2, max_topics: MAP_MAX_TOPICS, max_children: MAP_MAX_CHILDREN }
    }
}

/// Keeps the topics nearest to the root, breadth first.
///
/// Where children are left out, one topic made by `more(hidden, parent)` takes their place as the
/// last child: `hidden` counts the parent's own children that are not shown, its link is the map
/// around the parent. Room for these is set aside before another topic is taken in, so that the
/// total never passes `max_topics`; only when not even the root's own "more" fits is it left out.
pub fn cut(tree: &Tree, limits: Cut, more: &dyn Fn(usize, &Topic) -> Topic) -> Tree {
    let topics = tree.topics();
    let mut kept = Tree::new();
    let Some(root) = topics.first() else {
        return kept;
    };
    // Per kept topic: where it comes from and how deep it lies. "More" topics come from nowhere.
    let mut origins = vec![(Some(0), 0)];
    kept.add(None, root.clone());
    // Topics that have children and may still need a "more".
    let mut owing = usize::from(!root.children.is_empty());
    let mut next = 0;
    while let Some(&(origin, depth)) = origins.get(next) {
        let here = next;
        next += 1;
        let Some(parent) = origin.map(|i: usize| &topics[i]) else {
            continue;
        };
        if parent.children.is_empty() {
            continue;
        }
        owing -= 1;
        let room = if depth < limits.depth { limits.max_children } else { 0 };
        let mut n_shown = 0;
        for &child in parent.children.iter().take(room) {
            let owes_itself = usize::from(!topics[child].children.is_empty());
            let rest_is_hidden = usize::from(n_shown + 1 < parent.children.len());
            if kept.topics.len() + 1 + owing + owes_itself + rest_is_hidden > limits.max_topics {
                break;
            }
            kept.add(Some(here), topics[child].clone());
            origins.push((Some(child), depth + 1));
            owing += owes_itself;
            n_shown += 1;
        }
        let hidden = parent.children.len() - n_shown;
        if hidden > 0 && kept.topics.len() + owing < limits.max_topics {
            let words = more(hidden, parent);
            let href = parent.focus_href.clone();
            kept.add(Some(here), Topic { kind: TopicKind::More, href, focus_href: None, ..words });
            origins.push((None, depth + 1));
        }
    }
    kept
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub w: f64,
    pub h: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The root.
    Centre,
    Right,
    Left,
}

/// Where a topic is drawn (not the pointer of the same name). `x` and `y` are the upper left
/// corner, all four numbers are pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Box {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
    pub side: Side,
    /// Steps from the root.
    pub depth: usize,
    pub parent: Option<usize>,
    /// The title as it is drawn, 1 to [`LABEL_MAX_LINES`] lines; see [`label`].
    pub lines: Vec<String>,
    /// The note as it is drawn, on one line; may be empty.
    pub note: String,
}

/// A tree with a box for each of its topics, by index, and the size of the whole in pixels.
#[derive(Clone, Debug)]
pub struct Layout<'t> {
    pub tree: &'t Tree,
    pub boxes: Vec<Box>,
    pub width: f64,
    pub height: f64,
}

/// Lays the tree out. `measure` is [`pill_size`] unless a test says otherwise; sizes are rounded
/// up to whole pixels between [`BOX_MIN_PX`] and [`BOX_MAX_PX`].
pub fn layout<'t>(tree: &'t Tree, measure: &dyn Fn(&Topic) -> Size) -> Layout<'t> {
    let topics = tree.topics();
    let plan = Plan::new(topics, topics.iter().map(|topic| sane(measure(topic))).collect());
    let (tops, _) = Walk::positions(&plan);
    let mut boxes = Vec::with_capacity(topics.len());
    for (i, topic) in topics.iter().enumerate() {
        let Size { w, h } = plan.sizes[i];
        let middle = plan.sizes[0].w / 2.0;
        let side = plan.sides[i];
        let x = match side {
            Side::Centre | Side::Right => plan.near[i] - middle,
            Side::Left => middle - plan.near[i] - w,
        };
        let parent = plan.parents[i];
        let depth = parent.map_or(0, |p| boxes.get(p).map_or(0, |b: &Box| b.depth + 1));
        let (lines, note) = (label(&topic.title), note_line(&topic.note));
        boxes.push(Box { x, y: tops[i], w, h, side, depth, parent, lines, note });
    }
    let size = normalise(&mut boxes);
    Layout { tree, boxes, width: size.w, height: size.h }
}

/// The size of a topic's pill: label, note, glyph and zoom link with padding.
pub fn pill_size(topic: &Topic) -> Size {
    let lines = label(&topic.title);
    let note = note_line(&topic.note);
    let widest = lines.iter().map(|line| text_em(line) * FONT_PX).fold(0.0, f64::max);
    let text = widest.max(text_em(&note) * NOTE_PX) * SLACK;
    let glyph = if has_glyph(topic.kind) { GLYPH_PX } else { 0.0 };
    let zoom = if topic.focus_href.is_some() { ZOOM_PX } else { 0.0 };
    let note_height = if note.is_empty() { 0.0 } else { NOTE_LINE_PX };
    Size { w: text + glyph + zoom + 2.0 * PAD_X_PX, h: lines.len() as f64 * LINE_PX + note_height + 2.0 * PAD_Y_PX }
}

/// Pages are the rule and carry no glyph; "more" says what it is by its words.
pub fn has_glyph(kind: TopicKind) -> bool {
    matches!(kind, TopicKind::Folder | TopicKind::See)
}

fn sane(size: Size) -> Size {
    // `clamp` would let a NaN through, and one NaN spoils every sum.
    let side = |px: f64| match px.is_nan() {
        true => BOX_MIN_PX,
        false => px.ceil().clamp(BOX_MIN_PX, BOX_MAX_PX),
    };
    Size { w: side(size.w), h: side(size.h) }
}

/// Moves the map to the upper left corner and says how large it is.
fn normalise(boxes: &mut [Box]) -> Size {
    let left = boxes.iter().map(|b| b.x).reduce(f64::min).unwrap_or(0.0);
    let top = boxes.iter().map(|b| b.y).reduce(f64::min).unwrap_or(0.0);
    let mut size = Size { w: 0.0, h: 0.0 };
    for b in boxes {
        b.x += MARGIN_PX - left;
        b.y += MARGIN_PX - top;
        size.w = size.w.max(b.x + b.w);
        size.h = size.h.max(b.y + b.h);
    }
    Size { w: size.w + MARGIN_PX, h: size.h + MARGIN_PX }
}

/// What the walks need to know about the tree, by topic.
struct Plan {
    sizes: Vec<Size>,
    parents: Vec<Option<usize>>,
    sides: Vec<Side>,
    /// Distance from the root's near edge to this box's, along the depth.
    near: Vec<f64>,
    /// Where this box's claim ends and its children begin: its far edge and the gap for curves.
    far: Vec<f64>,
    /// All children one family after the other; `families` says which are whose.
    kids: Vec<usize>,
    families: Vec<Range<usize>>,
    /// How many of the root's children lie to the right.
    n_right: usize,
}

impl Plan {
    fn new(topics: &[Topic], sizes: Vec<Size>) -> Self {
        let n = topics.len();
        let mut plan = Plan {
            parents: vec![None; n],
            sides: vec![Side::Centre; n],
            near: vec![0.0; n],
            far: vec![0.0; n],
            kids: Vec::with_capacity(n),
            families: Vec::with_capacity(n),
            n_right: right_children(topics, &sizes),
            sizes,
        };
        for (i, topic) in topics.iter().enumerate() {
            plan.far[i] = plan.near[i] + plan.sizes[i].w + LEVEL_GAP_PX;
            let first = plan.kids.len();
            plan.kids.extend_from_slice(&topic.children);
            plan.families.push(first..plan.kids.len());
            for (nth, &child) in topic.children.iter().enumerate() {
                plan.parents[child] = Some(i);
                plan.near[child] = plan.far[i];
                plan.sides[child] = match plan.sides[i] {
                    Side::Centre if nth < plan.n_right => Side::Right,
                    Side::Centre => Side::Left,
                    side => side,
                };
            }
        }
        plan
    }

    fn root_families(&self) -> (Range<usize>, Range<usize>) {
        let all = self.families.first().cloned().unwrap_or(0..0);
        (all.start..all.start + self.n_right, all.start + self.n_right..all.end)
    }

    fn gap(&self, a: usize, b: usize) -> f64 {
        if self.parents[a] == self.parents[b] { SIBLING_GAP_PX } else { COUSIN_GAP_PX }
    }
}

/// Splits the root's children where both halves come out nearest to the same height. An odd one
/// goes to the right, where reading begins.
fn right_children(topics: &[Topic], sizes: &[Size]) -> usize {
    let Some(root) = topics.first() else { return 0 };
    let mut heights = vec![0.0; topics.len()];
    for i in (0..topics.len()).rev() {
        let children: f64 = topics[i].children.iter().map(|&c| heights[c]).sum();
        heights[i] = children.max(sizes[i].h + SIBLING_GAP_PX);
    }
    let total: f64 = root.children.iter().map(|&c| heights[c]).sum();
    let mut best = (0, f64::INFINITY);
    let mut right = 0.0;
    for (nth, &child) in root.children.iter().enumerate() {
        right += heights[child];
        let off = (2.0 * right - total).abs();
        if off <= best.1 {
            best = (nth + 1, off);
        }
    }
    best.0
}

/// One topic's place while subtrees are being joined.
#[derive(Clone, Default)]
struct Knot {
    /// Upper edge within the subtree's own frame.
    edge: f64,
    /// How far the whole subtree was moved within its parent's frame.
    moved: f64,
    /// Spreading of smaller subtrees that lie between two that met, paid out by `spread`.
    step: f64,
    step_end: f64,
    /// On from the end of a contour to the box that is seen behind it.
    upper_thread: Option<usize>,
    lower_thread: Option<usize>,
    /// Deepest box that is seen from above, and what must be added to its frame.
    upper_end: usize,
    upper_moved: f64,
    /// The same, seen from below.
    lower_end: usize,
    lower_moved: f64,
}

struct Walk<'p> {
    plan: &'p Plan,
    knots: Vec<Knot>,
    steps: usize,
}

impl<'p> Walk<'p> {
    /// The upper edge of each box, counted from the root's middle, and the steps that it took.
    fn positions(plan: &'p Plan) -> (Vec<f64>, usize) {
        let n = plan.sizes.len();
        let mut walk = Walk { plan, knots: vec![Knot::default(); n], steps: 0 };
        let mut frames = vec![0.0; n];
        let mut tops = vec![0.0; n];
        if n == 0 {
            return (tops, 0);
        }
        // Children come after their parents in the arena: backwards is bottom up.
        for i in (1..n).rev() {
            walk.join(i, &plan.kids[plan.families[i].clone()]);
        }
        // The root belongs to both halves and is the middle of each.
        let half = plan.sizes[0].h / 2.0;
        let (right, left) = plan.root_families();
        for family in [right, left] {
            let kids = &plan.kids[family];
            walk.join(0, kids);
            walk.spread(kids, -walk.knots[0].edge - half, &mut frames);
        }
        tops[0] = -half;
        for i in 1..n {
            tops[i] = walk.knots[i].edge + frames[i];
            walk.spread(&plan.kids[plan.families[i].clone()], frames[i], &mut frames);
        }
        (tops, walk.steps)
    }

    /// Brings the children's subtrees together and puts `parent` before their middle.
    fn join(&mut self, parent: usize, kids: &[usize]) {
        self.steps += 1;
        let (Some(&first), Some(&last)) = (kids.first(), kids.last()) else {
            let knot = &mut self.knots[parent];
            (knot.upper_end, knot.lower_end) = (parent, parent);
            return;
        };
        // Which child is seen from below down to which depth; the shallowest lies on top.
        let mut seen = vec![(self.plan.far[self.knots[first].upper_end], 0)];
        for nth in 1..kids.len() {
            let reach = self.plan.far[self.knots[kids[nth]].lower_end];
            self.separate(kids, nth, &seen);
            while seen.pop_if(|(depth, _)| *depth <= reach).is_some() {}
            seen.push((reach, nth));
        }
        let (a, b) = (self.knots[first].clone(), self.knots[last].clone());
        let extent = a.edge + a.moved + b.edge + b.moved + self.plan.sizes[last].h;
        let knot = &mut self.knots[parent];
        knot.edge = (extent - self.plan.sizes[parent].h) / 2.0;
        (knot.upper_end, knot.upper_moved) = (a.upper_end, a.upper_moved);
        (knot.lower_end, knot.lower_moved) = (b.lower_end, b.lower_moved);
    }

    /// Moves the `nth` child's subtree against what the children before it look like from below.
    fn separate(&mut self, kids: &[usize], nth: usize, seen: &[(f64, usize)]) {
        let plan = self.plan;
        let (mut above, mut below) = (Some(kids[nth - 1]), Some(kids[nth]));
        let mut above_frame = self.knots[kids[nth - 1]].moved;
        let mut below_frame = self.knots[kids[nth]].moved;
        let mut top = seen.len() - 1;
        let mut first = true;
        while let (Some(a), Some(b)) = (above, below) {
            self.steps += 1;
            while top > 0 && plan.far[a] > seen[top].0 {
                top -= 1;
            }
            let lower_edge = above_frame + self.knots[a].edge + plan.sizes[a].h + plan.gap(a, b);
            let overlap = lower_edge - (below_frame + self.knots[b].edge);
            // A subtree may start far from its own top child. The first pair are the siblings
            // themselves: they are pulled together too, and pushed apart again further on.
            if overlap > 0.0 || first {
                below_frame += overlap;
                self.push(kids, nth, seen[top].1, overlap);
            }
            first = false;
            if plan.far[a] <= plan.far[b] {
                above = self.next_lower(a);
                above_frame += above.map_or(0.0, |next| self.knots[next].moved);
            }
            if plan.far[b] <= plan.far[a] {
                below = self.next_upper(b);
                below_frame += below.map_or(0.0, |next| self.knots[next].moved);
            }
        }
        match (above, below) {
            (None, Some(b)) => self.thread_upper(kids, nth, b, below_frame),
            (Some(a), None) => self.thread_lower(kids, nth, a, above_frame),
            _ => {}
        }
    }

    /// Moves a subtree, and lets those between it and the one it met share in the movement, as
    /// many equal parts as there are gaps. The stretches between two that meet never cross, they
    /// lie beside or inside each other, and the inner ones are paid first from either end: this
    /// is why a tree and its mirror image come out alike.
    fn push(&mut self, kids: &[usize], nth: usize, met: usize, by: f64) {
        let knot = &mut self.knots[kids[nth]];
        knot.moved += by;
        knot.upper_moved += by;
        knot.lower_moved += by;
        if met + 1 < nth {
            let share = by / (nth - met) as f64;
            self.knots[kids[met + 1]].step += share;
            let knot = &mut self.knots[kids[nth]];
            knot.step -= share;
            knot.step_end -= by - share;
        }
    }

    /// The next box seen from above, towards the depth.
    fn next_upper(&self, i: usize) -> Option<usize> {
        self.own_kids(i).first().copied().or(self.knots[i].upper_thread)
    }

    fn next_lower(&self, i: usize) -> Option<usize> {
        self.own_kids(i).last().copied().or(self.knots[i].lower_thread)
    }

    fn own_kids(&self, i: usize) -> &'p [usize] {
        &self.plan.kids[self.plan.families[i].clone()]
    }

    /// The children so far end before the new one does: seen from above, it goes on at `next`.
    fn thread_upper(&mut self, kids: &[usize], nth: usize, next: usize, frame: f64) {
        let (first, new) = (kids[0], kids[nth]);
        let end = self.knots[first].upper_end;
        let offset = frame - self.knots[next].moved - self.knots[first].upper_moved;
        self.knots[end].upper_thread = Some(next);
        // The end has no children: its frame may carry the offset to what it is tied to.
        self.knots[end].moved += offset;
        self.knots[end].edge -= offset;
        self.knots[first].upper_end = self.knots[new].upper_end;
        self.knots[first].upper_moved = self.knots[new].upper_moved;
    }

    /// The new child ends before those above it do: seen from below, it goes on at `next`.
    fn thread_lower(&mut self, kids: &[usize], nth: usize, next: usize, frame: f64) {
        let (previous, new) = (kids[nth - 1], kids[nth]);
        let end = self.knots[new].lower_end;
        let offset = frame - self.knots[next].moved - self.knots[new].lower_moved;
        self.knots[end].lower_thread = Some(next);
        self.knots[end].moved += offset;
        self.knots[end].edge -= offset;
        self.knots[new].lower_end = self.knots[previous].lower_end;
        self.knots[new].lower_moved = self.knots[previous].lower_moved;
    }

    /// Pays out the shares that `push` noted and tells the children their frames.
    fn spread(&self, kids: &[usize], frame: f64, frames: &mut [f64]) {
        let (mut step, mut spread) = (0.0, 0.0);
        for &kid in kids {
            let knot = &self.knots[kid];
            step += knot.step;
            spread += step + knot.step_end;
            frames[kid] = frame + knot.moved + spread;
        }
    }
}

/// A title as lines: broken at about [`WRAP_EM`] em into at most [`LABEL_MAX_LINES`] lines of
/// like length, with an ellipsis where it is cut off. Never empty: a blank title gives "…".
pub fn label(title: &str) -> Vec<String> {
    let pieces = pieces(title);
    let (lines, whole) = fill(&pieces, WRAP_EM, LABEL_MAX_LINES);
    if !whole || lines.len() < 2 {
        return lines;
    }
    // The narrowest measure that needs no more lines; a word alone on the last line looks lost.
    let (mut low, mut high) = (WRAP_EM / 2.0, WRAP_EM);
    let mut balanced = lines;
    while high - low > 0.5 {
        let middle = (low + high) / 2.0;
        match fill(&pieces, middle, balanced.len()) {
            (lines, true) => (balanced, high) = (lines, middle),
            (_, false) => low = middle,
        }
    }
    balanced
}

/// A note on one line; empty when there is none.
pub fn note_line(note: &str) -> String {
    if note.trim().is_empty() {
        return String::new();
    }
    fill(&pieces(note), WRAP_EM, 1).0.concat()
}

/// Estimated width of a text in em, without slack.
pub fn text_em(text: &str) -> f64 {
    text.chars().map(advance_em).sum()
}

/// Mean advance of a character in the usual system sans faces, in em.
fn advance_em(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '’' | 'ì'..='ï' => 0.26,
        'I' | '.' | ',' | ':' | ';' | '!' | 'Ì'..='Ï' => 0.31,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '"' | '“' | '”' => 0.38,
        'm' => 0.88,
        'w' => 0.77,
        'M' | 'W' | '@' | '%' | '…' | '—' | 'Æ' | 'Œ' | 'æ' | 'œ' => 0.94,
        '0'..='9' => 0.58,
        'a'..='z' => 0.56,
        'A'..='Z' => 0.68,
        _ if c.is_whitespace() => 0.30,
        _ if is_joined(c) || c.is_control() => 0.0,
        _ if is_wide(c) => 1.0,
        '\u{80}'..='\u{24f}' if c.is_lowercase() => 0.57,
        '\u{80}'..='\u{24f}' if c.is_alphabetic() => 0.70,
        _ if c.is_uppercase() => 0.74,
        _ if c.is_alphabetic() => 0.64,
        _ => 0.62,
    }
}

/// Characters of one em: Chinese, Japanese and Korean, full-width forms, emoji.
fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Marks and joiners that belong to the character before them: no width, no break before them.
fn is_joined(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}'
        | '\u{64b}'..='\u{65f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// A stretch of a title that is not broken as long as it fits on a line.
struct Piece {
    text: String,
    em: f64,
    /// A space lies between this piece and the one before it.
    spaced: bool,
}

/// Pieces end at spaces, after a hyphen or a slash, and at wide characters.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut fresh, mut spaced) = (true, false);
    let mut previous = '\0';
    for c in text.chars().take(LABEL_MAX_CHARS) {
        if c.is_whitespace() || c.is_control() {
            (fresh, spaced) = (true, true);
            continue;
        }
        let joined = is_joined(c) || previous == '\u{200d}';
        let may_break = fresh || is_wide(c) || is_wide(previous) || matches!(previous, '-' | '/');
        previous = c;
        match pieces.last_mut() {
            Some(piece) if !may_break || (joined && !fresh) => {
                piece.text.push(c);
                piece.em += advance_em(c);
            }
            _ => {
                let spaced = spaced && !pieces.is_empty();
                pieces.push(Piece { text: c.into(), em: advance_em(c), spaced });
            }
        }
        (fresh, spaced) = (false, false);
    }
    if text.chars().nth(LABEL_MAX_CHARS).is_some() {
        // What is not looked at is still missed: the last line gets its ellipsis.
        pieces.push(Piece { text: "…".into(), em: f64::INFINITY, spaced: false });
    }
    pieces
}

/// Fills lines of at most `max_em`; says whether all of it fitted in `max_lines`.
fn fill(pieces: &[Piece], max_em: f64, max_lines: usize) -> (Vec<String>, bool) {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0.0;
    for piece in pieces {
        let space = if piece.spaced { advance_em(' ') } else { 0.0 };
        match lines.last_mut() {
            Some(line) if used + space + piece.em <= max_em => {
                if piece.spaced {
                    line.push(' ');
                }
                line.push_str(&piece.text);
                used += space + piece.em;
                continue;
            }
            _ => {}
        }
        // A piece that is wider than a line is broken where the line is full.
        let mut rest = piece.text.as_str();
        loop {
            if lines.len() == max_lines {
                if let Some(line) = lines.last_mut() {
                    *line = ellipsis(line, rest, piece.spaced, max_em);
                }
                return (lines, false);
            }
            let end = if piece.em <= max_em { rest.len() } else { fitting(rest, max_em) };
            let (line, after) = rest.split_at(end);
            used = text_em(line);
            lines.push(line.to_owned());
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
    }
    if lines.is_empty() {
        lines.push("…".into());
    }
    (lines, true)
}

/// Bytes of `text` that fit in `max_em`: at least one character with its marks.
fn fitting(text: &str, max_em: f64) -> usize {
    let mut used = 0.0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        used += advance_em(c);
        if used > max_em && at > 0 && !is_joined(c) {
            return end;
        }
        end = at + c.len_utf8();
    }
    end
}

/// The line and as much of what follows as fits before an ellipsis.
fn ellipsis(line: &str, next: &str, spaced: bool, max_em: f64) -> String {
    let glue = if spaced { " " } else { "" };
    let all = format!("{line}{glue}{next}");
    let cut = &all[..fitting(&all, max_em - advance_em('…'))];
    format!("{}…", cut.trim_end_matches([' ', '…']))
}
