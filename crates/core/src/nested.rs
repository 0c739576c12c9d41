//! HTML that is put into other HTML: its ids become its own, so that none stands twice and what
//! refers to one still finds it.
//!
//! Takes HTML as this program and the sanitiser write it. Nothing is allowed or refused here.

use std::collections::HashSet;

/// Attributes whose value is ids.
const OF_IDS: [&str; 7] =
    ["aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details", "for", "headers"];

/// `html` with `prefix` before each of its ids. A link to an id that is not in it leads to that id at
/// `home`, an address without a fragment, escaped for an attribute.
pub fn within(html: &str, prefix: &str, home: &str) -> String {
    let mut ids: HashSet<&str> = HashSet::new();
    each_attribute(html, |name, value| {
        if name == "id" {
            ids.insert(&html[value]);
        }
    });
    let mut out = String::with_capacity(html.len() + 32 * ids.len());
    let mut done = 0;
    each_attribute(html, |name, span| {
        let value = &html[span.clone()];
        let new = match name {
            "id" => format!("{prefix}{value}"),
            "href" => match value.strip_prefix('#') {
                Some(id) if ids.contains(id) => format!("#{prefix}{id}"),
                Some(_) => format!("{home}{value}"),
                None => return,
            },
            _ if OF_IDS.contains(&name) => {
                let named: Vec<String> = value.split_whitespace().map(|id| format!("{prefix}{id}")).collect();
                named.join(" ")
            }
            // A gradient of a drawing.
            _ => match value.strip_prefix("url(#") {
                Some(id) => format!("url(#{prefix}{id}"),
                None => return,
            },
        };
        out.push_str(&html[done..span.start]);
        out.push_str(&new);
        done = span.end;
    });
    out.push_str(&html[done..]);
    out
}

/// Gives the name of each attribute that has a quoted value, and where the value stands.
fn each_attribute<'a>(html: &'a str, mut act: impl FnMut(&'a str, std::ops::Range<usize>)) {
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(open) = html[at..].find('<') {
        at += open + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        // Past the name of the tag.
        at += bytes[at..].iter().take_while(|byte| !ends_name(**byte)).count();
        while let Some(byte) = bytes.get(at) {
            if *byte == b'>' {
                break;
            }
            if ends_name(*byte) {
                at += 1;
                continue;
            }
            let name = at;
            at += bytes[at..].iter().take_while(|byte| !ends_name(**byte)).count();
            let name = &html[name..at];
            let (Some(b'='), Some(quote @ (b'"' | b'\''))) = (bytes.get(at), bytes.get(at + 1)) else { continue };
            let begin = at + 2;
            let Some(length) = bytes[begin..].iter().position(|byte| byte == quote) else { return };
            act(name, begin..begin + length);
            at = begin + length + 1;
        }
    }
}

fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'=' | b'"' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_their_own_and_references_follow() {
        let html = "<p id=\"a\">id=\"x\" <a href=\"#a\">een</a> <a class=\"w\" href=\"#b\">twee</a> <a href=\"/p#a\">drie</a></p>\
                    <table aria-labelledby=\"a c\"><caption id=\"c\">k</caption></table><rect fill=\"url(#a)\"/>";
        assert_eq!(
            within(html, "e1.", "/plan@v1"),
            "<p id=\"e1.a\">id=\"x\" <a href=\"#e1.a\">een</a> <a class=\"w\" href=\"/plan@v1#b\">twee</a> <a href=\"/p#a\">drie</a></p>\
             <table aria-labelledby=\"e1.a e1.c\"><caption id=\"e1.c\">k</caption></table><rect fill=\"url(#e1.a)\"/>"
        );
        // Within each other.
        assert_eq!(
            within(&within("<i id=\"a\"></i><a href=\"#a\">", "e2.", "/q"), "e1.", "/p"),
            "<i id=\"e1.e2.a\"></i><a href=\"#e1.e2.a\">"
        );
    }

    #[test]
    fn odd_html_is_left_as_it_is() {
        for html in [
            "",
            "<",
            "<p",
            "<p id",
            "<p id=",
            "<p id=\"",
            "<p id=\"a",
            "a < b id=\"x\"",
            "</p id=\"a\">",
            "<!-- <p id=\"a\"> ",
        ] {
            let _ = within(html, "e1.", "/p");
        }
        assert_eq!(within("<i title=\"<p id='a'>\" hidden></i>", "e1.", "/p"), "<i title=\"<p id='a'>\" hidden></i>");
        assert_eq!(within("<a href=\"#\">x</a>", "e1.", "/p"), "<a href=\"/p#\">x</a>");
    }
}
