//! A laid-out map as one `<svg>` element, to stand inside a page or alone.
//!
//! The picture is made of links, so it is a group with a name and not an image. Elements are
//! nested in the order of the tree: who listens to it or walks through it by keyboard meets the
//! topics as in the outline. A topic's link is named by its full title even where the drawn
//! label is cut short, and its zoom link by words that the caller gives.
//!
//! Everything from a page is escaped, nothing is a style or a script, and `foreignObject` is not
//! used. Colours come from the theme, by class:
//!
//! | class | on |
//! |---|---|
//! | `map` | the `<svg>` |
//! | `map-node` with `map-root` or `map-depth-1` … `map-depth-4` (and deeper), and one of `map-page`, `map-folder`, `map-more`, `map-see` | the `<g>` of one topic |
//! | `map-added`, `map-removed`, `map-moved`, `map-changed`, `map-same` | the same `<g>`, in a map of two versions |
//! | `map-link` | the `<a>` (or `<g>` where a topic leads nowhere) around its `<rect>` and `<text>` |
//! | `map-glyph`, `map-note` | the small sign before a label, the small word under it |
//! | `map-focus` | the zoom link, a `<circle>` and a `<path>` |
//! | `map-line` | the curve from a topic to its parent |
//!
//! Sizes of letters are set here, since the boxes were measured by them. Without a theme all of
//! it is drawn in lines of the text's own colour.

use crate::address::at;
use crate::mindmap::{
    Box, FONT_PX, GLYPH_PX, LINE_PX, Layout, NOTE_LINE_PX, NOTE_PX, PAD_X_PX, PAD_Y_PX, Side, Standing, Topic,
    TopicKind, ZOOM_PX, has_glyph,
};

/// Characters of a title in a link's name. A longer title is a text; the page itself has it.
pub const LINK_NAME_MAX_CHARS: usize = 300;

/// What the picture says about itself, in the reader's language.
pub struct SvgWords<'w> {
    /// The name of the map.
    pub title: &'w str,
    /// One or two sentences: what it shows, how to use it.
    pub description: &'w str,
    /// The name of a topic's zoom link, with the topic in it: "Zoom in on Programme".
    pub zoom: &'w dyn Fn(&Topic) -> String,
}

/// Draws the map. The same layout and words give the same bytes.
pub fn draw(layout: &Layout<'_>, words: &SvgWords<'_>) -> String {
    let topics = layout.tree.topics();
    let mut svg = String::with_capacity(1024 + topics.len() * 900);
    open_svg(&mut svg, layout, words);
    // What is still to be written, last first; a chain of any length needs no call stack.
    let mut todo = Vec::new();
    if !topics.is_empty() {
        todo.push(Step::Open(0));
    }
    while let Some(step) = todo.pop() {
        let Step::Open(i) = step else {
            svg.push_str("</g>");
            continue;
        };
        svg.push_str("\n<g>");
        draw_line(&mut svg, layout, i);
        draw_topic(&mut svg, &topics[i], &layout.boxes[i], words);
        todo.push(Step::Close);
        todo.extend(topics[i].children.iter().rev().map(|&child| Step::Open(child)));
    }
    svg.push_str("\n</svg>\n");
    svg
}

enum Step {
    Open(usize),
    Close,
}

fn open_svg(svg: &mut String, layout: &Layout<'_>, words: &SvgWords<'_>) {
    let (w, h) = (layout.width.ceil(), layout.height.ceil());
    // `pointer-events` makes the whole pill a target, even where a theme leaves it unfilled.
    push(
        svg,
        &[
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"map\" role=\"group\"",
            " aria-labelledby=\"ui.map-title\" aria-describedby=\"ui.map-desc\"",
            &format!(" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\""),
            &format!(" font-size=\"{FONT_PX}\" font-family=\"system-ui, sans-serif\""),
            " fill=\"none\" stroke=\"currentColor\" pointer-events=\"all\">",
            "<title id=\"ui.map-title\">",
            &escape(words.title),
            "</title><desc id=\"ui.map-desc\">",
            &escape(words.description),
            "</desc>",
        ],
    );
}

/// The curve from a topic's parent: level at both ends.
fn draw_line(svg: &mut String, layout: &Layout<'_>, i: usize) {
    let here = &layout.boxes[i];
    let Some(parent) = here.parent.map(|p| &layout.boxes[p]) else {
        return;
    };
    let (from, to) = match here.side {
        Side::Left => (parent.x, here.x + here.w),
        _ => (parent.x + parent.w, here.x),
    };
    let (from_y, to_y) = (parent.y + parent.h / 2.0, here.y + here.h / 2.0);
    let bend = px((from + to) / 2.0);
    push(
        svg,
        &[
            "<path class=\"map-line\" aria-hidden=\"true\" d=\"M",
            &px(from),
            " ",
            &px(from_y),
            "C",
            &bend,
            " ",
            &px(from_y),
            " ",
            &bend,
            " ",
            &px(to_y),
            " ",
            &px(to),
            " ",
            &px(to_y),
            "\"/>",
        ],
    );
}

fn draw_topic(svg: &mut String, topic: &Topic, place: &Box, words: &SvgWords<'_>) {
    push(
        svg,
        &[
            "<g class=\"map-node ",
            depth_class(place.depth),
            " ",
            kind_class(topic.kind),
            standing_class(topic.standing),
            "\" transform=\"translate(",
            &px(place.x),
            " ",
            &px(place.y),
            ")\">",
        ],
    );
    draw_link(svg, topic, place);
    if let Some(href) = &topic.focus_href {
        draw_zoom(svg, href, &(words.zoom)(topic), place);
    }
    svg.push_str("</g>");
}

fn draw_link(svg: &mut String, topic: &Topic, place: &Box) {
    let name = escape(&name(topic));
    match &topic.href {
        Some(href) => push(svg, &["<a class=\"map-link\" href=\"", at(href).base, &escape(href), "\""]),
        None => push(svg, &["<g class=\"map-link\" role=\"img\""]),
    }
    push(svg, &[" aria-label=\"", &name, "\">"]);
    if is_cut_short(topic, place) {
        push(svg, &["<title>", &name, "</title>"]);
    }
    let (w, h) = (px(place.w), px(place.h));
    let round = px((place.h / 2.0).min(14.0));
    push(svg, &["<rect width=\"", &w, "\" height=\"", &h, "\" rx=\"", &round, "\"/>"]);
    let left = if zooms_left(topic, place) { ZOOM_PX + PAD_X_PX / 2.0 } else { PAD_X_PX };
    if has_glyph(topic.kind) {
        draw_glyph(svg, topic.kind, left, place.h / 2.0);
    }
    let left = left + if has_glyph(topic.kind) { GLYPH_PX } else { 0.0 };
    draw_text(svg, place, left);
    svg.push_str(if topic.href.is_some() { "</a>" } else { "</g>" });
}

fn draw_text(svg: &mut String, place: &Box, left: f64) {
    let left = px(left);
    // Centred as a block, also when the box is higher than its text.
    let note_height = if place.note.is_empty() { 0.0 } else { NOTE_LINE_PX };
    let text_height = place.lines.len() as f64 * LINE_PX + note_height;
    let top = ((place.h - text_height) / 2.0).max(PAD_Y_PX.min(place.h / 2.0));
    // The base line of 14 px letters in a line of 18 px lies 13 px under its top.
    let base = |nth: usize| px(top + nth as f64 * LINE_PX + 13.0);
    svg.push_str("<text fill=\"currentColor\" stroke=\"none\">");
    for (nth, line) in place.lines.iter().enumerate() {
        // A space between lines, for whoever reads the text without the picture.
        let space = if nth == 0 { "" } else { " " };
        push(svg, &[space, "<tspan x=\"", &left, "\" y=\"", &base(nth), "\">"]);
        push(svg, &[&escape(line), "</tspan>"]);
    }
    if !place.note.is_empty() {
        push(svg, &[" <tspan class=\"map-note\" font-size=\"", &px(NOTE_PX), "\" x=\"", &left]);
        push(svg, &["\" y=\"", &base(place.lines.len()), "\">", &escape(&place.note), "</tspan>"]);
    }
    svg.push_str("</text>");
}

/// A folder, or an arrow to where the page really is: 14 px wide, its middle at `y`.
fn draw_glyph(svg: &mut String, kind: TopicKind, x: f64, y: f64) {
    let shape = match kind {
        TopicKind::See => "m0 4v-4q0-3 3-3h9m-4-4 4 4-4 4",
        _ => "m.5-5h4.5l1.5 2h7v8.500h-13z",
    };
    push(svg, &["<path class=\"map-glyph\" d=\"M", &px(x), " ", &px(y), shape, "\"/>"]);
}

/// A plus in a ring at the pill's outer end.
fn draw_zoom(svg: &mut String, href: &str, name: &str, place: &Box) {
    let x = match place.side {
        Side::Left => ZOOM_PX / 2.0 + 2.0,
        _ => place.w - ZOOM_PX / 2.0 - 2.0,
    };
    let (x, y, r) = (px(x), px(place.h / 2.0), px(ZOOM_PX / 2.0));
    push(svg, &["<a class=\"map-focus\" href=\"", at(href).base, &escape(href), "\" aria-label=\""]);
    push(svg, &[&escape(name), "\"><circle cx=\"", &x, "\" cy=\"", &y, "\" r=\"", &r, "\"/>"]);
    push(svg, &["<path d=\"M", &x, " ", &y, "m-4 0h8m-4-4v8\"/></a>"]);
}

fn zooms_left(topic: &Topic, place: &Box) -> bool {
    topic.focus_href.is_some() && place.side == Side::Left
}

fn depth_class(depth: usize) -> &'static str {
    match depth {
        0 => "map-root",
        1 => "map-depth-1",
        2 => "map-depth-2",
        3 => "map-depth-3",
        _ => "map-depth-4",
    }
}

fn kind_class(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Page => "map-page",
        TopicKind::Folder => "map-folder",
        TopicKind::More => "map-more",
        TopicKind::See => "map-see",
    }
}

fn standing_class(standing: Standing) -> &'static str {
    match standing {
        Standing::Plain => "",
        Standing::Same => " map-same",
        Standing::Changed => " map-changed",
        Standing::Moved => " map-moved",
        Standing::Added => " map-added",
        Standing::Removed => " map-removed",
    }
}

/// What a topic's link is called: its title in full and its note.
fn name(topic: &Topic) -> String {
    let title = topic.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut name: String = title.chars().take(LINK_NAME_MAX_CHARS).collect();
    if name.len() < title.len() || name.is_empty() {
        name.push('…');
    }
    let note = topic.note.trim();
    if !note.is_empty() {
        name.push_str(", ");
        name.extend(note.chars().take(LINK_NAME_MAX_CHARS));
    }
    name
}

fn is_cut_short(topic: &Topic, place: &Box) -> bool {
    let ends = |drawn: Option<&str>, whole: &str| {
        drawn.is_some_and(|drawn| drawn.ends_with('…') && !whole.trim_end().ends_with('…'))
    };
    ends(place.lines.last().map(String::as_str), &topic.title) || ends(Some(&place.note), &topic.note)
}

fn push(svg: &mut String, parts: &[&str]) {
    svg.extend(parts.iter().copied());
}

/// A number of pixels with at most one decimal.
fn px(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0;
    // Adding zero turns -0 into 0.
    (tenths + 0.0).to_string()
}

/// Text for an element or an attribute in double quotes, in HTML and in XML. Characters that XML
/// does not know become the replacement character.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mindmap::{Cut, Size, Tree, cut, layout, pill_size};

    const HOSTILE: &str = "</svg><script>alert('1')</script> & \"x\" onload=\"y\" \u{0}\u{8}\u{b}\u{ffff}";

    fn zoom(topic: &Topic) -> String {
        format!("Zoom in op {}", topic.title)
    }

    const WORDS: SvgWords<'static> = SvgWords { title: "Kaart", description: "Mappen en pagina's.", zoom: &zoom };

    fn topic(title: &str, kind: TopicKind) -> Topic {
        Topic {
            title: title.into(),
            href: Some(format!("/{}", title.replace(' ', "-"))),
            focus_href: Some(format!("/-/mindmap?focus={}&depth=2", title.replace(' ', "-"))),
            kind,
            ..Topic::default()
        }
    }

    fn sample() -> Tree {
        let mut tree = Tree::new();
        let root = tree.add(None, topic("Bureau", TopicKind::Page));
        for folder in ["Plannen", "Projecten", "Besluiten"] {
            let folder = tree.add(Some(root), topic(folder, TopicKind::Folder));
            for nth in 0..4 {
                let title = format!("Pagina {nth} van map {folder} met een wat langere titel erbij");
                tree.add(Some(folder), Topic { note: "plan".into(), ..topic(&title, TopicKind::Page) });
            }
        }
        tree.add(Some(1), Topic { href: None, focus_href: None, ..topic("Elders", TopicKind::See) });
        tree
    }

    /// Start tags with their attributes, after a check that the text is well-formed XML of the
    /// simple kind that is drawn here.
    fn tags(svg: &str) -> Vec<(String, Vec<(String, String)>)> {
        let mut tags = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = svg;
        while let Some(start) = rest.find('<') {
            check_text(&rest[..start]);
            let end = start + rest[start..].find('>').expect("a tag ends");
            let tag = &rest[start + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let (tag, is_empty) = match tag.strip_suffix('/') {
                Some(tag) => (tag, true),
                None => (tag, false),
            };
            let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase()), "{name}");
            let mut found: Vec<(String, String)> = Vec::new();
            while !attributes.is_empty() {
                let (key, after) = attributes.split_once("=\"").expect("attributes are quoted");
                let (value, after) = after.split_once('"').expect("quotes end");
                check_text(value);
                assert!(key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-'), "{key}");
                assert!(!key.starts_with("on") && key != "style", "{key}");
                assert!(found.iter().all(|(k, _)| k != key), "{key} twice");
                found.push((key.into(), value.into()));
                attributes = after.trim_start();
            }
            tags.push((name.into(), found));
            if !is_empty {
                open.push(name.into());
            }
        }
        check_text(rest);
        assert!(open.is_empty());
        tags
    }

    fn check_text(text: &str) {
        assert!(!text.contains(['<', '>', '"', '\'']));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
        for (at, _) in text.match_indices('&') {
            let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
            assert!(known.iter().any(|entity| text[at..].starts_with(entity)), "{text}");
        }
    }

    fn attribute<'a>(tag: &'a (String, Vec<(String, String)>), key: &str) -> Option<&'a str> {
        tag.1.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    fn hrefs_in(svg: &str) -> BTreeSet<String> {
        let unescape = |href: &str| {
            href.replace("&#39;", "'")
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        };
        tags(svg).iter().filter_map(|tag| attribute(tag, "href")).map(unescape).collect()
    }

    #[test]
    fn hostile_titles_stay_text() {
        let mut tree = Tree::new();
        let bad = Topic {
            standing: Standing::Removed,
            title: HOSTILE.into(),
            href: Some(format!("/{HOSTILE}")),
            focus_href: Some(HOSTILE.into()),
            kind: TopicKind::See,
            note: HOSTILE.into(),
            children: vec![],
        };
        tree.add(None, bad.clone());
        tree.add(Some(0), Topic { href: None, ..bad });
        let words = SvgWords { title: HOSTILE, description: HOSTILE, zoom: &zoom };
        let svg = draw(&layout(&tree, &pill_size), &words);
        let allowed = ["svg", "title", "desc", "g", "a", "rect", "path", "text", "tspan", "circle"];
        for (name, _) in tags(&svg) {
            assert!(allowed.contains(&name.as_str()), "{name}");
        }
        assert_eq!(svg.matches("</svg>").count(), 1);
    }

    #[test]
    fn the_picture_links_to_what_the_tree_links_to() {
        let tree = sample();
        let svg = draw(&layout(&tree, &pill_size), &WORDS);
        let wanted: BTreeSet<String> =
            tree.topics().iter().flat_map(|t| [t.href.clone(), t.focus_href.clone()]).flatten().collect();
        assert_eq!(hrefs_in(&svg), wanted);
    }

    #[test]
    fn links_come_in_reading_order_with_their_full_names() {
        let tree = sample();
        let svg = draw(&layout(&tree, &pill_size), &WORDS);
        let names: Vec<String> = tags(&svg)
            .iter()
            .filter(|tag| attribute(tag, "class") == Some("map-link"))
            .filter_map(|tag| attribute(tag, "aria-label").map(str::to_owned))
            .collect();
        let mut wanted = Vec::new();
        let mut open = vec![0];
        while let Some(i) = open.pop() {
            let topic = &tree.topics()[i];
            let note = if topic.note.is_empty() { "" } else { ", plan" };
            wanted.push(format!("{}{note}", topic.title));
            open.extend(topic.children.iter().rev());
        }
        assert_eq!(names, wanted);
        let zooms = tags(&svg)
            .iter()
            .filter(|tag| attribute(tag, "class") == Some("map-focus"))
            .filter(|tag| attribute(tag, "aria-label").is_some_and(|n| n.starts_with("Zoom in op ")))
            .count();
        assert_eq!(zooms, tree.topics().len() - 1);
    }

    #[test]
    fn the_group_has_its_name_first_and_lines_are_silent() {
        let svg = draw(&layout(&sample(), &pill_size), &WORDS);
        let tags = tags(&svg);
        assert_eq!(attribute(&tags[0], "role"), Some("group"));
        assert_eq!(attribute(&tags[0], "aria-labelledby"), attribute(&tags[1], "id"));
        assert_eq!(attribute(&tags[0], "aria-describedby"), attribute(&tags[2], "id"));
        let ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        assert_eq!(ids, ["ui.map-title", "ui.map-desc"]);
        let lines: Vec<_> = tags.iter().filter(|tag| attribute(tag, "class") == Some("map-line")).collect();
        assert_eq!(lines.len(), sample().topics().len() - 1);
        assert!(lines.iter().all(|tag| attribute(tag, "aria-hidden") == Some("true")));
    }

    #[test]
    fn every_target_has_at_least_24_pixels() {
        let tree = sample();
        for measure in [&pill_size as &dyn Fn(&Topic) -> Size, &|_| Size { w: 1.0, h: 1.0 }] {
            let svg = draw(&layout(&tree, measure), &WORDS);
            for tag in tags(&svg) {
                let number = |key| attribute(&tag, key).and_then(|v| v.parse::<f64>().ok());
                match tag.0.as_str() {
                    "rect" => {
                        assert!(number("height") >= Some(24.0) && number("width") >= Some(24.0))
                    }
                    "circle" => assert!(number("r") >= Some(12.0)),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_full_map_is_small_and_always_the_same() {
        let mut tree = Tree::new();
        let root = tree.add(None, topic("FrontPage van het bureau", TopicKind::Page));
        for i in 0..20 {
            let folder = tree.add(Some(root), topic(&format!("Map met plannen {i}"), TopicKind::Folder));
            for j in 0..20 {
                let title = format!("Verslag van het overleg van deelnemende organisaties {i}.{j}");
                let page = Topic { note: "overleg".into(), ..topic(&title, TopicKind::Page) };
                let page = tree.add(Some(folder), page);
                tree.add(Some(page), topic("Bijlage", TopicKind::Page));
            }
        }
        let more = |hidden: usize, _: &Topic| topic(&format!("+ {hidden} …"), TopicKind::More);
        let render = || {
            let small = cut(&tree, Cut::default(), &more);
            assert_eq!(small.topics().len(), 150);
            draw(&layout(&small, &pill_size), &WORDS)
        };
        let svg = render();
        assert!(svg.len() <= 150 * 1024, "{} bytes", svg.len());
        assert_eq!(svg, render());
    }

    #[test]
    fn cut_labels_show_their_full_title_on_a_pointer() {
        let mut tree = Tree::new();
        tree.add(None, topic(&"heel lang ".repeat(30), TopicKind::Page));
        tree.add(Some(0), topic("kort", TopicKind::Page));
        let svg = draw(&layout(&tree, &pill_size), &WORDS);
        assert_eq!(svg.matches("<title>heel lang heel").count(), 1);
        assert_eq!(svg.matches("<title").count(), 2);
    }

    #[test]
    fn a_title_of_a_megabyte_does_not_swell_the_picture() {
        let mut tree = Tree::new();
        tree.add(None, Topic { title: "&".repeat(1 << 20), ..Topic::default() });
        assert!(draw(&layout(&tree, &pill_size), &WORDS).len() < 10_000);
    }

    #[test]
    fn a_chain_of_ten_thousand_is_drawn() {
        let mut tree = Tree::new();
        for i in 0..10_000_usize {
            tree.add(i.checked_sub(1), Topic { title: i.to_string(), ..Topic::default() });
        }
        let svg = draw(&layout(&tree, &pill_size), &WORDS);
        assert_eq!(svg.matches("<rect").count(), 10_000);
        assert_eq!(svg.matches("</g>").count(), svg.matches("<g").count());
    }

    #[test]
    fn an_empty_tree_is_an_empty_picture() {
        let tree = Tree::new();
        assert_eq!(tags(&draw(&layout(&tree, &pill_size), &WORDS)).len(), 3);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([px(-0.01), px(12.0), px(12.3456), px(-7.25)], ["0", "12", "12.3", "-7.3"]);
    }
}
