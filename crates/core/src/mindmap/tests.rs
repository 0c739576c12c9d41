//! Where the boxes of a map lie: none on another, and the same for the same tree.

use super::*;

const NEAR: f64 = 1e-6;

/// A small repeatable source of numbers (xorshift), so that a failure can be run again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// A topic whose title is its size: "width,height".
fn sized(w: usize, h: usize) -> Topic {
    Topic { title: format!("{w},{h}"), ..Topic::default() }
}

fn by_title(topic: &Topic) -> Size {
    let (w, h) = topic.title.split_once(',').expect("a size");
    Size { w: w.parse().expect("a width"), h: h.parse().expect("a height") }
}

fn random_tree(seed: u64, n: usize) -> Tree {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut tree = Tree::new();
    // Small spreads make deep trees, large ones bushes.
    let spread = 1 + dice.below(n);
    for i in 0..n {
        let parent = i.saturating_sub(1 + dice.below(spread));
        tree.add(Some(parent), sized(24 + dice.below(20) * 15, 24 + dice.below(6) * 18));
    }
    tree
}

fn parse(source: &str) -> Tree {
    // "[40,40,[40,40]]": breadth and length of a box, then its children.
    let mut tree = Tree::new();
    let mut open: Vec<usize> = Vec::new();
    for chunk in source.split('[').skip(1) {
        let numbers: Vec<usize> = chunk.split([',', ']']).filter_map(|n| n.trim().parse().ok()).collect();
        let here = tree.add(open.last().copied(), sized(numbers[1], numbers[0]));
        open.push(here);
        for _ in 0..chunk.matches(']').count() {
            open.pop();
        }
    }
    assert!(open.is_empty());
    tree
}

fn check(tree: &Tree, layout: &Layout) {
    let boxes = &layout.boxes;
    assert_eq!(boxes.len(), tree.topics().len());
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|&a, &b| boxes[a].x.total_cmp(&boxes[b].x));
    for (nth, &a) in order.iter().enumerate() {
        let a = &boxes[a];
        assert!(a.x >= MARGIN_PX - NEAR && a.y >= MARGIN_PX - NEAR);
        assert!(a.x + a.w <= layout.width && a.y + a.h <= layout.height);
        // Boxes claim the gap behind them too.
        for &b in order[nth + 1..].iter().take_while(|&&b| boxes[b].x < a.x + a.w + 1.0) {
            let b = &boxes[b];
            let apart = (b.y - a.y - a.h).max(a.y - b.y - b.h);
            assert!(apart >= SIBLING_GAP_PX - NEAR, "{a:?} lies on {b:?}");
        }
    }
    for (i, topic) in tree.topics().iter().enumerate() {
        for side in [Side::Right, Side::Left] {
            let kids: Vec<&Box> = topic.children.iter().map(|&c| &boxes[c]).filter(|b| b.side == side).collect();
            let (Some(first), Some(last)) = (kids.first(), kids.last()) else {
                continue;
            };
            let extent = (first.y + last.y + last.h) / 2.0;
            assert!((boxes[i].y + boxes[i].h / 2.0 - extent).abs() < NEAR, "off centre: {i}");
            for pair in kids.windows(2) {
                assert!(pair[0].y + pair[0].h + SIBLING_GAP_PX <= pair[1].y + NEAR, "order");
            }
            for kid in &kids {
                assert_eq!(kid.depth, boxes[i].depth + 1);
                match side {
                    Side::Right => assert_eq!(kid.x, boxes[i].x + boxes[i].w + LEVEL_GAP_PX),
                    _ => assert_eq!(kid.x + kid.w + LEVEL_GAP_PX, boxes[i].x),
                }
            }
        }
    }
}

#[test]
fn random_trees_keep_the_rules() {
    for seed in 1..=400 {
        let tree = random_tree(seed, 2 + (seed as usize * 7) % 160);
        check(&tree, &layout(&tree, &by_title));
    }
}

/// Trees on which published versions of this algorithm left holes or laid boxes on each other.
#[test]
fn known_bad_trees_are_laid_out() {
    let fixtures = [
        "[40,40,[40,40],[40,40,[100,40],[200,40]]]",
        "[40,40,[40,40],[40,40,[40,40,[40,40,[100,40],[200,40],[40,40]]]]]",
        "[40,40,[40,40,[200,40],[100,40]],[40,40]]",
        "[40,40,[40,40,[40,40,[300,40]]],[40,40],[40,40],[40,40,[40,40,[300,40]]]]",
        "[40,40,[40,300],[40,24],[40,24],[40,24,[40,24],[40,24]],[40,300]]",
    ];
    for source in fixtures {
        // One child under the root keeps the fixture whole, on one side.
        let tree = parse(&format!("[40,40,{source}]"));
        check(&tree, &layout(&tree, &by_title));
        let tree = parse(source);
        check(&tree, &layout(&tree, &by_title));
    }
}

#[test]
fn a_wide_family_slides_past_its_parents_short_sibling() {
    let tree = parse("[40,40,[40,40,[40,40],[40,40,[100,40],[200,40]]]]");
    let laid = layout(&tree, &by_title);
    let (short, long) = (&laid.boxes[2], &laid.boxes[3]);
    assert!((long.y - short.y - short.h - SIBLING_GAP_PX).abs() < NEAR);
}

#[test]
fn cousins_lie_further_apart_than_siblings() {
    let tree = parse("[40,40,[40,40,[40,40,[40,40],[40,40]],[40,40,[40,40],[40,40]]]]");
    let laid = layout(&tree, &by_title);
    // Topics 3, 4 are children of 2, and 6, 7 of 5.
    let gap = |a: usize, b: usize| laid.boxes[b].y - laid.boxes[a].y - laid.boxes[a].h;
    assert!((gap(3, 4) - SIBLING_GAP_PX).abs() < NEAR);
    assert!((gap(4, 6) - COUSIN_GAP_PX).abs() < NEAR);
}

#[test]
fn a_mirrored_tree_gives_the_mirrored_picture() {
    for seed in 1..=200 {
        let tree = random_tree(seed, 2 + (seed as usize * 11) % 120);
        // Under one child of the root, so that all of it lies on one side.
        let (mut there, mut back) = (Tree::new(), Tree::new());
        let (root_there, root_back) = (there.add(None, sized(40, 40)), back.add(None, sized(40, 40)));
        let mut open = vec![(0, root_there, root_back)];
        let mut twins = vec![(root_there, root_back)];
        while let Some((from, parent_there, parent_back)) = open.pop() {
            let topic = &tree.topics()[from];
            let here = there.add(Some(parent_there), topic.clone());
            let mirror = back.add(Some(parent_back), topic.clone());
            twins.push((here, mirror));
            open.extend(topic.children.iter().map(|&child| (child, here, mirror)));
        }
        for topic in &mut back.topics {
            topic.children.reverse();
        }
        let (a, b) = (layout(&there, &by_title), layout(&back, &by_title));
        for (here, mirror) in twins {
            let (p, q) = (&a.boxes[here], &b.boxes[mirror]);
            assert!((p.y - (b.height - q.y - q.h)).abs() < NEAR, "seed {seed}");
            assert_eq!((p.x, p.w, p.h), (q.x, q.w, q.h));
        }
    }
}

/// Copies `from` under `parent` and gives the new indexes in the order of the old ones.
fn graft(tree: &mut Tree, parent: usize, from: &Tree) -> Vec<usize> {
    let mut places = Vec::new();
    let mut parents = vec![parent; from.topics().len()];
    for (i, topic) in from.topics().iter().enumerate() {
        let here = tree.add(Some(parents[i]), topic.clone());
        places.push(here);
        for &child in &topic.children {
            parents[child] = here;
        }
    }
    places
}

#[test]
fn the_same_subtree_looks_the_same_everywhere() {
    for seed in 1..=100 {
        let part = random_tree(seed, 3 + (seed as usize * 5) % 60);
        let mut tree = random_tree(seed + 1000, 30);
        let n = tree.topics().len();
        let first = graft(&mut tree, 0, &part);
        let second = graft(&mut tree, n - 1, &part);
        let third = graft(&mut tree, 0, &part);
        let laid = layout(&tree, &by_title);
        check(&tree, &laid);
        let from_top = |places: &[usize], i: usize| {
            let (top, b) = (&laid.boxes[places[0]], &laid.boxes[places[i]]);
            match b.side {
                Side::Left => (top.x + top.w - b.x - b.w, b.y - top.y),
                _ => (b.x - top.x, b.y - top.y),
            }
        };
        for i in 0..part.topics().len() {
            let (x, y) = from_top(&first, i);
            for places in [&second, &third] {
                let (also_x, also_y) = from_top(places, i);
                assert!((x - also_x).abs() < NEAR && (y - also_y).abs() < NEAR);
            }
        }
    }
}

#[test]
fn halves_have_about_the_same_height_and_keep_their_order() {
    let mut tree = Tree::new();
    tree.add(None, sized(40, 40));
    for _ in 0..8 {
        tree.add(Some(0), sized(40, 40));
    }
    let laid = layout(&tree, &by_title);
    let sides: Vec<Side> = laid.boxes[1..].iter().map(|b| b.side).collect();
    assert_eq!(sides, [[Side::Right; 4], [Side::Left; 4]].concat());
    for (right, left) in [(1, 5), (4, 8)] {
        assert!((laid.boxes[right].y - laid.boxes[left].y).abs() < NEAR);
    }
    let middle = laid.boxes[0].x + 20.0;
    assert!((middle - laid.width / 2.0).abs() < NEAR);
}

#[test]
fn a_chain_of_ten_thousand_neither_overflows_nor_bends() {
    let mut tree = Tree::new();
    for i in 0..10_000_usize {
        tree.add(i.checked_sub(1), sized(40, 40));
    }
    let laid = layout(&tree, &by_title);
    assert!(laid.boxes.iter().all(|b| (b.y - MARGIN_PX).abs() < NEAR));
    assert_eq!(laid.boxes[9_999].depth, 9_999);
    assert_eq!(laid.height, 40.0 + 2.0 * MARGIN_PX);
}

#[test]
fn work_grows_with_the_tree_and_not_faster() {
    let steps = |tree: &Tree| {
        let topics = tree.topics();
        let plan = Plan::new(topics, topics.iter().map(by_title).collect());
        Walk::positions(&plan).1
    };
    for seed in 1..=8 {
        let tree = random_tree(seed, 10_000);
        assert!(steps(&tree) <= 8 * 10_000, "{}", steps(&tree));
    }
    // A comb: a long spine where every vertebra has ribs.
    let mut comb = Tree::new();
    let mut spine = comb.add(None, sized(40, 40));
    for _ in 0..2_500 {
        comb.add(Some(spine), sized(90, 30));
        let next = comb.add(Some(spine), sized(30, 30));
        comb.add(Some(spine), sized(60, 30));
        comb.add(Some(spine), sized(400, 30));
        spine = next;
    }
    assert!(steps(&comb) <= 8 * 10_001);
}

#[test]
fn odd_measures_are_tamed() {
    let mut tree = random_tree(3, 20);
    tree.topics[7].title = "x".into();
    for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let laid = layout(&tree, &|_| Size { w: odd, h: odd });
        check(&tree, &laid);
        assert!(laid.boxes.iter().all(|b| b.h >= BOX_MIN_PX && b.w <= BOX_MAX_PX));
    }
    let none = Tree::new();
    assert!(layout(&none, &pill_size).boxes.is_empty());
}

fn plus(hidden: usize, _: &Topic) -> Topic {
    Topic { title: format!("+ {hidden} …"), ..Topic::default() }
}

fn focusable(title: &str) -> Topic {
    let focus_href = Some(format!("/-/mindmap?focus={title}"));
    Topic { title: title.into(), href: Some(format!("/{title}")), focus_href, ..Topic::default() }
}

#[test]
fn what_is_cut_is_counted_and_linked() {
    let mut tree = Tree::new();
    let root = tree.add(None, focusable("root"));
    for i in 0..49 {
        tree.add(Some(root), focusable(&format!("p{i}")));
    }
    let small = cut(&tree, Cut::default(), &plus);
    let more = small.topics().last().expect("a topic");
    assert_eq!((small.topics().len(), more.title.as_str()), (14, "+ 37 …"));
    assert_eq!(more.kind, TopicKind::More);
    assert_eq!(more.href.as_deref(), Some("/-/mindmap?focus=root"));
    assert_eq!(small.topics()[0].children, (1..=13).collect::<Vec<_>>());
    assert_eq!(small.topics()[1].title, "p0");
}

#[test]
fn depth_is_cut_where_it_is_said() {
    let mut tree = Tree::new();
    for (i, title) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        tree.add(i.checked_sub(1), focusable(title));
    }
    let titles = |depth| {
        let small = cut(&tree, Cut { depth, ..Cut::default() }, &plus);
        small.topics().iter().map(|t| t.title.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(titles(2), "a b c + 1 …");
    assert_eq!(titles(0), "a + 1 …");
    assert_eq!(titles(9), "a b c d e");
}

#[test]
fn no_cut_is_larger_than_its_limit_and_none_hides_silently() {
    for seed in 1..=150 {
        let tree = random_tree(seed, 300);
        for max_topics in [0, 1, 2, 3, 7, 40, 150, 1000] {
            let limits = Cut { depth: seed as usize % 5, max_topics, max_children: 12 };
            let small = cut(&tree, limits, &plus);
            let n = small.topics().len();
            assert!(n <= max_topics.max(1));
            assert_eq!(small, cut(&tree, limits, &plus));
            if max_topics < 2 {
                continue;
            }
            // Shown children and the number on "more" add up to what was there.
            let mut open = vec![(0, 0)];
            let mut seen = 0;
            while let Some((new, old)) = open.pop() {
                seen += 1;
                let (new, old) = (&small.topics()[new], &tree.topics()[old]);
                assert_eq!(new.title, old.title);
                let mut total = 0;
                for (nth, &child) in new.children.iter().enumerate() {
                    let topic = &small.topics()[child];
                    if topic.kind == TopicKind::More {
                        seen += 1;
                        let n: String = topic.title.chars().filter(char::is_ascii_digit).collect();
                        total += n.parse::<usize>().expect("a count");
                    } else {
                        total += 1;
                        assert!(nth < 12);
                        open.push((child, old.children[nth]));
                    }
                }
                assert_eq!(total, old.children.len());
            }
            assert_eq!(seen, n);
        }
    }
}

#[test]
fn a_tree_stays_a_tree_whatever_parents_are_named() {
    let mut tree = Tree::new();
    tree.add(Some(9), Topic { children: vec![0, 0, 5], ..Topic::default() });
    tree.add(None, Topic::default());
    tree.add(Some(77), Topic::default());
    tree.add(Some(1), Topic::default());
    assert_eq!(tree.topics()[0].children, [1, 2]);
    assert_eq!(tree.topics()[1].children, [3]);
}

#[test]
fn labels_are_broken_into_even_lines() {
    assert_eq!(label("Programma"), ["Programma"]);
    assert_eq!(label("  twee \n\t woorden "), ["twee woorden"]);
    assert_eq!(label(" \u{7} "), ["…"]);
    let two = label("Overleg van deelnemende organisaties over de samenwerking in 2009");
    assert_eq!(two.len(), 2);
    let widths: Vec<f64> = two.iter().map(|line| text_em(line)).collect();
    assert!((widths[0] - widths[1]).abs() < 6.0, "{two:?}");
    assert_eq!(two.join(" "), "Overleg van deelnemende organisaties over de samenwerking in 2009");
}

#[test]
fn long_labels_end_in_an_ellipsis() {
    for title in ["woord ".repeat(90), "w".repeat(100_000), "漢字".repeat(200), "a-b/".repeat(500)] {
        let lines = label(&title);
        assert_eq!(lines.len(), LABEL_MAX_LINES);
        assert!(lines[2].ends_with('…'));
        assert!(lines.iter().all(|line| text_em(line) <= WRAP_EM + NEAR), "{lines:?}");
    }
    assert_eq!(note_line(""), "");
    assert!(note_line(&"woord ".repeat(90)).ends_with('…'));
}

#[test]
fn marks_stay_with_their_letters() {
    let accents = "e\u{301}".repeat(60);
    for line in label(&accents) {
        assert!(line.starts_with('e') && line.ends_with('\u{301}'));
    }
    let family = "👩\u{200d}👧".repeat(30);
    assert!(label(&family).iter().all(|line| !line.starts_with('\u{200d}')));
    assert_eq!(label("\u{301}").concat(), "\u{301}");
}

#[test]
fn pills_are_wide_enough_for_common_faces() {
    // Widths of DejaVu Sans, the widest face that Linux desktops fall back to, in em.
    for (text, em) in [("Programma", 5.75), ("Begroting 2009", 8.42), ("Wijzigingen", 6.34)] {
        assert!(text_em(text) * SLACK + 2.0 * PAD_X_PX / FONT_PX > em, "{text}");
    }
    let plain = pill_size(&sized(1, 1));
    assert!(plain.h >= BOX_MIN_PX);
    let rich = pill_size(&Topic { note: "plan".into(), ..focusable("1,1") });
    assert_eq!(rich.h, plain.h + NOTE_LINE_PX);
    assert!(rich.w >= plain.w + ZOOM_PX);
}
