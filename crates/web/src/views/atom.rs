//! Changes as an Atom feed (RFC 4287).
//!
//! Well-formed whatever people typed: characters that XML 1.0 has no place for are left out.

use std::fmt::Write as _;

use crate::words::Moment;
use crate::words::iso;

pub struct AtomEntry {
    /// A permanent IRI, e.g. `urn:sha1:…` of the commit and page.
    pub id: String,
    pub title: String,
    pub href: String,
    pub at: Moment,
    pub author: String,
    pub summary: String,
}

pub struct AtomView {
    pub id: String,
    pub lang: &'static str,
    pub title: String,
    /// Absolute addresses of this feed and of the page it tells about.
    pub self_href: String,
    pub page_href: String,
    /// The newest entry's moment; of the wiki's last change when there are no entries.
    pub at: Moment,
    /// The newest first.
    pub entries: Vec<AtomEntry>,
}

pub fn atom(view: &AtomView) -> String {
    let mut xml = String::with_capacity(512 + view.entries.len() * 512);
    xml.push_str("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"");
    xml.push_str(view.lang);
    xml.push_str("\">\n");
    element(&mut xml, "id", &view.id);
    element(&mut xml, "title", &view.title);
    element(&mut xml, "updated", &iso(view.at));
    link(&mut xml, "self", &view.self_href);
    link(&mut xml, "alternate", &view.page_href);
    xml.push_str("<generator>Polder</generator>\n");
    for entry in &view.entries {
        xml.push_str("<entry>\n");
        element(&mut xml, "id", &entry.id);
        element(&mut xml, "title", &entry.title);
        element(&mut xml, "updated", &iso(entry.at));
        xml.push_str("<author>");
        element(&mut xml, "name", &entry.author);
        xml.push_str("</author>\n");
        link(&mut xml, "alternate", &entry.href);
        element(&mut xml, "summary", &entry.summary);
        xml.push_str("</entry>\n");
    }
    xml.push_str("</feed>\n");
    xml
}

fn element(xml: &mut String, name: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(xml, "<{name}>{}</{name}>", escaped(text));
}

fn link(xml: &mut String, rel: &str, href: &str) {
    let _ = writeln!(xml, "<link rel=\"{rel}\" href=\"{}\"/>", escaped(href));
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}
