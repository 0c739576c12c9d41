//! What the raw HTML of a page would cost to sanitise, told before it is parsed.
//!
//! An HTML parser takes time that grows with how deep elements stand open times how many tags
//! there are, and copies formatting elements left open (`<b>` without `</b>`) into every block
//! that follows: a page of 200 KB can ask for gigabytes. Tags are paired here as strictly as is
//! needed for a count that is never too low; one that is too high only means that the HTML of a
//! page that has more of it than any real one is shown as text. Nothing is repaired or removed.

use comrak::nodes::{AstNode, NodeValue};

use crate::limits;

/// Elements without content, and thus without an end.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Elements that a parser opens anew in the blocks after the one in which they were left open.
const FORMATTING: [&str; 14] =
    ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Elements that may end by the end of what they stand in.
const ENDS_WITH_PARENT: [&str; 12] =
    ["p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup"];

/// How far inwards the beginning of what ends is looked for.
const LOOK_MAX: usize = 64;

/// Bounds on what a parser would find open at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    open: usize,
    formatting: usize,
    /// Whether some tag is written so that a parser may see others than are seen here.
    odd: bool,
}

impl Weight {
    /// Whether the HTML made of the page, with this raw HTML in it, may not be parsed.
    pub(crate) fn is_too_dear(&self, html: &str) -> bool {
        let n_tags = html.bytes().filter(|byte| *byte == b'<').count();
        self.open.saturating_mul(n_tags) > limits::RAW_HTML_MAX_STEPS
            || self.formatting.saturating_mul(n_tags) > limits::RAW_HTML_MAX_COPIES
            || (self.odd && html.len() > limits::RAW_HTML_ODD_MAX_BYTES)
    }
}

/// Weighs the raw HTML of a whole page. `None` when it has none.
pub(crate) fn weigh<'a>(root: &'a AstNode<'a>) -> Option<Weight> {
    let mut open = Open::default();
    let mut any = false;
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::HtmlBlock(block) => open.read(&block.literal),
            NodeValue::HtmlInline(literal) => open.read(literal),
            _ => continue,
        }
        any = true;
    }
    any.then_some(open.most)
}

/// Elements that may be open at some point.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    formatting: usize,
    most: Weight,
}

impl Open {
    fn read(&mut self, html: &str) {
        // A parser can take what is no strict tag for anything; ends in it prove nothing then.
        let strict = is_strict(html);
        self.most.odd |= !strict;
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let (is_end, named) = match rest.strip_prefix('/') {
                Some(named) => (true, named),
                None => (false, rest),
            };
            let len = named.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
            if len == 0 || !named.starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let name = named[..len].to_ascii_lowercase();
            match is_end {
                true if strict => self.close(&name),
                true => {}
                false => self.open(name),
            }
        }
    }

    fn open(&mut self, name: String) {
        if VOID.contains(&name.as_str()) {
            return;
        }
        self.formatting += usize::from(is_formatting(&name));
        self.names.push(name);
        self.most.open = self.most.open.max(self.names.len());
        self.most.formatting = self.most.formatting.max(self.formatting);
    }

    /// Takes away what surely ends: the innermost element, with those inside that end with it.
    fn close(&mut self, name: &str) {
        let inner = if is_formatting(name) {
            0
        } else {
            self.names
                .iter()
                .rev()
                .take(LOOK_MAX)
                .take_while(|open| *open != name && ENDS_WITH_PARENT.contains(&open.as_str()))
                .count()
        };
        let Some(at) = self.names.len().checked_sub(inner + 1) else { return };
        if self.names[at] == name {
            self.formatting -= usize::from(is_formatting(name));
            self.names.truncate(at);
        }
    }
}

fn is_formatting(name: &str) -> bool {
    FORMATTING.contains(&name)
}

/// Whether every `<` begins a whole tag of plain attributes, few enough, in which no quote, `<` or
/// `>` can be misread.
fn is_strict(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let Some(end) = rest[at..].find('>') else { return false };
        if !is_strict_tag(&rest[at + 1..at + end]) {
            return false;
        }
        rest = &rest[at + end + 1..];
    }
    true
}

/// What stands between `<` and `>`: `/name`, or `name a="b" c=d e /`.
fn is_strict_tag(tag: &str) -> bool {
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':'))
    };
    if let Some(name) = tag.strip_prefix('/') {
        return is_name(name.trim_end());
    }
    let tag = tag.trim_end_matches(['/', ' ', '\n', '\t', '\r']);
    let (name, mut rest) = tag.split_at(tag.find([' ', '\n', '\t', '\r']).unwrap_or(tag.len()));
    if !is_name(name) {
        return false;
    }
    for _ in 0..limits::RAW_HTML_MAX_ATTRIBUTES {
        rest = rest.trim_start();
        if rest.is_empty() {
            return true;
        }
        let end = rest.find(['=', ' ', '\n', '\t', '\r']).unwrap_or(rest.len());
        if !is_name(&rest[..end]) {
            return false;
        }
        let Some(value) = rest[end..].strip_prefix('=') else {
            rest = &rest[end..];
            continue;
        };
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let len = match quote {
            Some(quote) => match value[1..].find(quote) {
                Some(len) => len + 2,
                None => return false,
            },
            None => value.find([' ', '\n', '\t', '\r']).unwrap_or(value.len()),
        };
        if value[..len].contains('<') || (quote.is_none() && value[..len].contains(['"', '\'', '='])) {
            return false;
        }
        rest = &value[len..];
        if quote.is_some() && rest.starts_with(|c: char| !c.is_whitespace()) {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(html: &str) -> Weight {
        let mut open = Open::default();
        open.read(html);
        open.most
    }

    #[test]
    fn what_is_paired_weighs_little() {
        let row = "<tr><td>a <b>b</b><br><td><a href=\"x\">c</a><p>d</tr>";
        let table = format!("<table>{}</table>", row.repeat(1_000));
        assert_eq!(weight(&table), Weight { open: 5, formatting: 1, odd: false });
        assert!(!weight(&table).is_too_dear(&table));
    }

    #[test]
    fn what_only_looks_paired_counts_as_open() {
        for (html, open) in [
            ("<b><td></b>", 2),
            ("<b><!--</b>-->", 1),
            ("<b><a x=\"</b>\">", 2),
            ("<b><a x=\">\" y=\"</b>\">", 2),
            ("<b><a \" x=\">\" y=\"</b>\">", 2),
            ("<b><textarea></b>", 2),
            ("<b><? > </b> ?>", 1),
            ("<b></b", 1),
        ] {
            let twice = weight(&html.repeat(2));
            assert_eq!(twice.open, open * 2, "{html}");
        }
    }

    #[test]
    fn what_would_take_minutes_or_gigabytes_is_too_dear() {
        let copied = format!("<div>{}</div>{}", "<b id=x>".repeat(1_000), "<div>x</div>".repeat(20_000));
        let attributes = format!("<a {}>", (0..100_000).map(|n| format!("a{n} ")).collect::<String>());
        for html in ["<div>".repeat(50_000), "<ul><li>".repeat(40_000), copied, attributes] {
            assert!(weight(&html).is_too_dear(&html), "{}", &html[..20]);
        }
    }
}
