//! Two rendered texts as one: what is marked, and that nothing else is written.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::access::Who;
use crate::doc;
use crate::html::Labels as BodyLabels;
use crate::ids::CommitId;
use crate::manifest::Manifest;
use crate::path::{FilePath, Kind};
use crate::site;

fn rendered(markdown: &str) -> String {
    let site = site::assemble(CommitId([0; 20]), std::sync::Arc::new(Manifest::default()), Vec::new(), None);
    let who = Who::default();
    let seen = site.seen_by(&who);
    let doc = doc::parse(Kind::Page, markdown.as_bytes());
    let answers = seen.resolve(&doc, &FilePath::parse("x.md").unwrap());
    let labels = BodyLabels { table: "tabel".into(), ..BodyLabels::default() };
    html::render(markdown, &doc, &answers, seen, &labels).html
}

fn same(_: &str) -> Option<String> {
    None
}

fn labels() -> Labels {
    Labels {
        added: "+".into(),
        removed: "-".into(),
        end: ";".into(),
        moved_here: "hier".into(),
        moved_away: "weg".into(),
    }
}

fn compared(old: &str, new: &str) -> Prose {
    compare(&rendered(old), &rendered(new), &same, &labels()).unwrap()
}

/// The whole text, with `{+…+}` and `[-…-]` for marks.
fn shown(old: &str, new: &str) -> String {
    let prose = compared(old, new);
    let html: String = prose
        .pieces
        .iter()
        .map(|piece| match piece {
            Piece::Shown(html) => html.clone(),
            Piece::Folded(n, _) => format!("({n})"),
        })
        .collect();
    html.replace("<span class=\"unseen\"> </span>", "")
        .replace("<span class=\"unseen\">+</span>", "")
        .replace("<span class=\"unseen\">-</span>", "")
        .replace("<span class=\"unseen\">;</span>", "")
        .replace(" prose-block", "")
        .replace("<ins class=\"prose-added\">", "{+")
        .replace("</ins>", "+}")
        .replace("<del class=\"prose-removed\">", "[-")
        .replace("</del>", "-]")
        .replace('\n', "")
}

#[test]
fn words_are_marked_within_paragraphs_headings_and_items() {
    assert_eq!(shown("Het rode huis staat.", "Het groene huis staat."), "<p>Het [-rode-]{+groene+} huis staat.</p>");
    assert_eq!(
        shown("## Het begin van *alles* hier", "## Het einde van *alles* hier"),
        "<h2>Het [-begin-]{+einde+} van <em>alles</em> hier</h2>"
    );
    assert_eq!(
        shown("- een\n- twee appels erbij\n- drie", "- een\n- twee peren erbij\n- drie\n- vier"),
        "<ul><li>een</li><li>twee [-appels-]{+peren+} erbij</li><li>drie</li><li>{+vier+}</li></ul>"
    );
    assert_eq!(
        shown("Een **vet woord** blijft staan.", "Een **vet ding** blijft staan."),
        "<p>Een <strong>vet </strong>[-<strong>woord</strong>-]{+<strong>ding</strong>+} blijft staan.</p>"
    );
    // What was only set in another way is a change too.
    assert_eq!(shown("Een woord hier.", "Een *woord* hier."), "<p>Een [-woord-]{+<em>woord</em>+} hier.</p>");
    assert_eq!(
        shown("Zie [dit](https://a.nl) stuk nu.", "Zie [dit](https://b.nl) stuk nu."),
        "<p>Zie [-<a href=\"https://a.nl\" class=\"external\" rel=\"noopener noreferrer\">dit</a>-]{+<a href=\"https://b.nl\" class=\"external\" rel=\"noopener noreferrer\">dit</a>+} stuk nu.</p>"
    );
}

#[test]
fn entities_stay_whole() {
    assert_eq!(shown("a &lt; b is waar", "a &gt; b is waar"), "<p>a [-&lt;-]{+&gt;+} b is waar</p>");
    assert_eq!(
        shown("kaas & \"brood\" erbij", "kaas & \"melk\" erbij"),
        "<p>kaas &amp; &quot;[-brood-]{+melk+}&quot; erbij</p>"
    );
}

#[test]
fn blocks_come_go_and_move() {
    let prose = compared("Een.\n\nTwee drie vier.\n\n---\n", "Twee drie vier.\n\n> Nieuw hier.\n\n---\n");
    assert_eq!((prose.n_added, prose.n_removed, prose.n_changed, prose.n_moved), (1, 1, 0, 0));
    assert_eq!(
        shown("Een.\n\nTwee drie vier.\n", "Twee drie vier.\n\n> Nieuw hier.\n"),
        "[-<p>Een.</p>-]<p>Twee drie vier.</p>{+<blockquote><p>Nieuw hier.</p></blockquote>+}"
    );
    let moved = compared("Alfa <b>x</b> & y.\n\nBravo.\n\nCharlie.\n", "Bravo.\n\nCharlie.\n\nAlfa <b>x</b> & y.\n");
    assert_eq!((moved.n_added, moved.n_removed, moved.n_moved), (0, 0, 1));
    let html = format!("{:?}", moved.pieces);
    assert!(html.contains("hier") && html.contains("weg “Alfa x &amp; y.”"), "{html}");
}

#[test]
fn tables_keep_their_columns() {
    let table = |rows: &str| format!("| Wat | Bedrag |\n|---|--:|\n{rows}");
    let text = shown(&table("| Zand | 10 |\n| Klei | 5 |\n"), &table("| Zand | 12 |\n| Klei | 5 |\n| Hout | 3 |\n"));
    assert!(text.contains("<td>Zand</td><td class=\"right\">[-10-]{+12+}</td>"), "{text}");
    assert!(text.contains("<tr><td>{+Hout+}</td><td class=\"right\">{+3+}</td></tr>"), "{text}");
    let wider =
        shown("| A | B |\n|---|---|\n| een | twee |\n", "| A | B | C |\n|---|---|---|\n| een | twee | drie |\n");
    assert_eq!(wider.matches("<tr>").count(), 4, "rows of other widths stand whole: {wider}");
}

#[test]
fn long_equal_stretches_fold_and_equal_texts_are_equal() {
    let text = |word: &str| {
        (0..12).map(|n| format!("Alinea {n} {}.\n\n", if n == 6 { word } else { "x" })).collect::<String>()
    };
    let prose = compared(&text("een appel"), &text("een peer"));
    let kinds: Vec<i64> =
        prose.pieces.iter().map(|piece| if let Piece::Folded(n, _) = piece { *n as i64 } else { 0 }).collect();
    assert_eq!(kinds, [5, 0, 4]);
    assert!(compared(&text("x"), &text("x")).is_same());
}

#[test]
fn what_is_not_read_is_not_compared() {
    for odd in ["<p>", "</p>", "<p></b></p>", "<p", "<p a=b></p>", "<p a='b'></p>", "<!-- x -->", "<p <b>>", "<1>"] {
        assert_eq!(compare(odd, "<p>x</p>", &same, &labels()), None, "{odd}");
    }
    let deep = format!("{}{}", "<div>".repeat(5_000), "</div>".repeat(5_000));
    assert_eq!(compare(&deep, &deep, &same, &labels()), None);
    assert_eq!(compare(&"x".repeat(limits::PROSE_MAX_BYTES + 1), "", &same, &labels()), None);
}

#[test]
fn content_can_neither_end_nor_fake_a_mark() {
    let hostile = [
        "<ins class=\"prose-added\">nep</ins>",
        "</ins></div><script>alert(1)</script>",
        "<del>een</del> <ins>twee</ins>",
        "`</del>` <span class=\"unseen\" id=\"ui.x\">x</span>",
        "<div><ins>\n\nopen",
        "<a href=\"javascript:x\">x</a> <b onclick=x>y</b>",
        "<p hidden>weg</p> <table><tr><td>los",
    ];
    for old in hostile {
        for new in hostile {
            let prose = compared(old, new);
            let html = format!("{:?}", prose.pieces);
            assert!(!html.contains("<script") && !html.contains("onclick") && !html.contains("javascript:"), "{html}");
            assert!(!html.contains("id="), "{html}");
            for piece in &prose.pieces {
                let (Piece::Shown(html) | Piece::Folded(_, html)) = piece;
                assert!(Tree::read(html, None).is_some(), "unbalanced: {html}");
            }
        }
    }
    let faked = compared("x y z", "x y z <ins class=\"prose-added\">nep</ins>");
    assert_eq!(format!("{:?}", faked.pieces).matches("prose-added").count(), 1);
}

#[test]
fn notes_are_compared_without_ways_to_and_fro() {
    let text = shown("Zie[^1].\n\n[^1]: Een meter.\n", "Zie[^1].\n\n[^1]: Twee meter.\n");
    assert!(text.contains("[-Een-]{+Twee+} meter."), "{text}");
    assert!(!text.contains("href=\"#") && !text.contains("↩"), "{text}");
}

#[test]
fn links_to_what_moved_are_the_same() {
    let now = |href: &str| (href == "/oud").then(|| "/nieuw".to_owned());
    let prose = compare("<p><a href=\"/oud\">x</a></p>", "<p><a href=\"/nieuw\">x</a></p>", &now, &labels()).unwrap();
    assert!(prose.is_same());
}

fn markdown() -> impl Strategy<Value = String> {
    let line = proptest::sample::select(vec![
        "",
        "",
        "een twee drie",
        "een *twee* vier",
        "- punt een",
        "- punt **twee**",
        "  - dieper",
        "> wie zegt dat",
        "## Kop een",
        "## Kop & twee",
        "| a | b |",
        "|---|---|",
        "| 1 | 2 |",
        "| 1 | 3 | 4 |",
        "```",
        "code <x>",
        "1. eerst",
        "3. daarna",
        "[^1]",
        "[^1]: noot",
        "- [x] klaar",
        "- [ ] open",
        "<div>",
        "</div>",
        "<b>vet",
        "---",
        "[[Pagina|tekst]]",
        "![plaat](https://x.nl/p.png)",
        "term",
        ": uitleg",
        "> [!NOTE]",
        "> let op",
        "a\\",
        "&lt;",
    ]);
    proptest::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

/// The text of HTML without what stands in elements of one name.
fn without(html: &str, name: &str) -> String {
    fn walk(nodes: &[Node], name: &str, class: &str, out: &mut String) {
        for node in nodes {
            match node {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) if element.name == name && element.open.contains(class) => {}
                Node::Element(element) if element.open.contains("\"unseen\"") => {}
                Node::Element(element) if element.open.contains("prose-note") => {}
                Node::Element(element) => walk(&element.children, name, class, out),
            }
        }
    }
    let mut text = String::new();
    walk(&Tree::read(html, None).unwrap().nodes, name, "prose-", &mut text);
    text.split_whitespace().collect::<Vec<_>>().join("")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn without_what_went_it_is_the_new_text(old in markdown(), new in markdown()) {
        let (old_html, new_html) = (rendered(&old), rendered(&new));
        let prose = compare(&old_html, &new_html, &same, &labels()).unwrap();
        let whole: String = prose
            .pieces
            .iter()
            .map(|piece| { let (Piece::Shown(html) | Piece::Folded(_, html)) = piece; html.as_str() })
            .collect();
        prop_assert_eq!(without(&whole, "del"), without(&new_html, "none"));
        if prose.n_moved == 0 {
            prop_assert_eq!(without(&whole, "ins"), without(&old_html, "none"));
        }
    }

    #[test]
    fn any_two_texts_are_taken(old in "[ -~\n]{0,120}", new in "[ -~\n]{0,120}") {
        let (old, new) = (rendered(&old), rendered(&new));
        // INV-9: compared or not, but never broken.
        if let Some(prose) = compare(&old, &new, &same, &labels()) {
            for piece in &prose.pieces {
                let (Piece::Shown(html) | Piece::Folded(_, html)) = piece;
                prop_assert!(Tree::read(html, None).is_some());
            }
        }
    }
}
