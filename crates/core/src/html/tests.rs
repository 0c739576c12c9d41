//! Marks: which texts could give one, and where they are cut out.

use super::marks::{MARK, cut_marks, may_mark};
use super::*;

#[test]
fn what_could_give_a_mark_by_itself_is_known() {
    for text in ["a &amp; b", "&#xFDD0;", "&#64976;", "&#;", "&#x;", "&#99999999999999999999;", "&"] {
        assert!(may_mark(text), "{text}");
    }
    for text in ["\u{fdd1}", "&#xFDD1;", "&#Xfdd1 x", "&#64977;", "&#0064977", "&#x000fdd1g"] {
        assert!(!may_mark(text), "{text}");
    }
}

#[test]
fn marks_are_cut_out_where_text_may_stand_and_dropped_elsewhere() {
    let (html, holes) = cut_marks(format!("<p>a{MARK}q0{MARK}b</p><i title=\"<{MARK}v1{MARK}>\">{MARK}v2{MARK}</i>"));
    assert_eq!(html, "<p>ab</p><i title=\"<>\"></i>");
    let what: Vec<Asked> = holes.iter().map(|hole| hole.what).collect();
    assert_eq!(what, [Asked::Query(0), Asked::Value(2)]);
    assert_eq!(&html[holes[0].at..], "b</p><i title=\"<>\"></i>");
    let rendered = Rendered { html, toc: Vec::new(), holes };
    let filled = rendered.filled(|asked, out| out.push_str(if asked == Asked::Query(0) { "[0]" } else { "[2]" }));
    assert_eq!(filled, "<p>a[0]b</p><i title=\"<>\">[2]</i>");
    for odd in
        [format!("{MARK}"), format!("{MARK}x{MARK}"), format!("{MARK}q{MARK}"), format!("{MARK}q0{MARK}{MARK}q0{MARK}")]
    {
        let (html, holes) = cut_marks(odd);
        assert!(!html.contains(MARK) && holes.len() <= 1, "{html}");
    }
}
