//! What other programs write in pages that Polder shows otherwise, found by its signs.
//!
//! For telling an owner before anything is changed: it goes by lines, knows fences and code in
//! backticks, and nothing else of Markdown. Nothing is rendered by what is found here.

use std::collections::BTreeMap;

/// Of a longer line this much is looked at, so that no line costs time by the square.
const LINE_MAX_BYTES: usize = 4_000;

/// A way of writing that means something to another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Foreign {
    /// `[[_TOC_]]`: Gollum, GitLab.
    Contents,
    /// `[[include:page]]`: Gollum; `::include{file=page}`: GitLab.
    Include,
    /// `<<Macro(words)>>`: Gollum.
    Macro,
    /// `[[picture.png|width=200px]]`: Gollum.
    PictureOptions,
    /// `[[!meta title="…"]]`: ikiwiki.
    Directive,
    /// `%%hidden%%`: Obsidian.
    Comment,
    /// `==marked==`: Obsidian.
    Mark,
    /// `> [!type]` of a kind that GitHub has not: Obsidian.
    Callout,
    /// A block of a plugin that asks for pages (dataview, tasks, query, base): Obsidian.
    QueryBlock,
    /// A drawing as text: mermaid, plantuml, graphviz, kroki.
    Diagram,
    /// `$$…$$`, `` $`…`$ `` or a block `math`.
    Math,
    /// `{++added++}`, `{--gone--}`, `{>>note<<}`: CriticMarkup.
    Critic,
    /// `#word` as a tag: Obsidian.
    InlineTag,
    /// `[text]()`, `[[text>>page]]`: Gitit, XWiki.
    OtherLink,
}

impl Foreign {
    /// A stable name in kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            Foreign::Contents => "contents",
            Foreign::Include => "include",
            Foreign::Macro => "macro",
            Foreign::PictureOptions => "picture-options",
            Foreign::Directive => "directive",
            Foreign::Comment => "comment",
            Foreign::Mark => "mark",
            Foreign::Callout => "callout",
            Foreign::QueryBlock => "query-block",
            Foreign::Diagram => "diagram",
            Foreign::Math => "math",
            Foreign::Critic => "critic",
            Foreign::InlineTag => "inline-tag",
            Foreign::OtherLink => "other-link",
        }
    }
}

/// How often each way of writing occurs in a text, and the line where it first does. Counts lines, not
/// signs: two on one line are one.
pub fn found_in(text: &str) -> BTreeMap<Foreign, Seen> {
    let mut found: BTreeMap<Foreign, Seen> = BTreeMap::new();
    let mut fence: Option<Fence> = None;
    let mut in_front = false;
    for (line, n) in text.lines().zip(1..) {
        if n == 1 && line.trim_end() == "---" {
            in_front = true;
            continue;
        }
        if in_front {
            in_front = !matches!(line.trim_end(), "---" | "...");
            continue;
        }
        let mut add = |what: Foreign| {
            found.entry(what).and_modify(|seen| seen.n += 1).or_insert(Seen { n: 1, line: n });
        };
        match (&fence, Fence::of(line)) {
            (Some(open), Some(mark)) if mark.closes(open) => fence = None,
            (Some(_), _) => {}
            (None, Some(mark)) => {
                if let Some(what) = block(mark.words) {
                    add(what);
                }
                fence = Some(Fence { words: "", ..mark });
            }
            (None, None) => {
                // Four blanks begin code, or go on with a list; what is in it is seldom a sign either way.
                if !line.is_empty() {
                    in_line(&without_code(&line[..line.floor_char_boundary(LINE_MAX_BYTES)]), &mut add);
                }
            }
        }
    }
    found
}

/// How often, and where first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub n: usize,
    /// Counts from 1.
    pub line: u32,
}

/// The mark that begins or ends a block of code.
struct Fence<'a> {
    sign: u8,
    length: usize,
    words: &'a str,
}

impl<'a> Fence<'a> {
    fn of(line: &'a str) -> Option<Fence<'a>> {
        let rest = line.trim_start_matches([' ', '\t', '>']);
        let sign = *rest.as_bytes().first().filter(|sign| matches!(sign, b'`' | b'~'))?;
        let length = rest.bytes().take_while(|byte| *byte == sign).count();
        let words = rest[length..].trim();
        (length >= 3 && (sign == b'~' || !words.contains('`'))).then_some(Fence { sign, length, words })
    }

    fn closes(&self, open: &Fence<'_>) -> bool {
        self.sign == open.sign && self.length >= open.length && self.words.is_empty()
    }
}

/// What a block of code is to other programs, by the words after its mark.
fn block(words: &str) -> Option<Foreign> {
    // Polder's own queries are blocks of YAML.
    let first = words.split([' ', '{', ',']).find(|word| !word.is_empty())?;
    match first.trim_start_matches('.').to_ascii_lowercase().as_str() {
        "dataview" | "dataviewjs" | "tasks" | "base" => Some(Foreign::QueryBlock),
        "query" if words == "query" => Some(Foreign::QueryBlock),
        "mermaid" | "plantuml" | "puml" | "graphviz" | "dot" | "kroki" | "ditaa" => Some(Foreign::Diagram),
        "math" => Some(Foreign::Math),
        _ => None,
    }
}

fn in_line(line: &str, add: &mut dyn FnMut(Foreign)) {
    let bytes = line.as_bytes();
    let has = |sign: u8| bytes.contains(&sign);
    if has(b'[') {
        brackets(line, add);
    }
    if has(b'<') && has_macro(line) {
        add(Foreign::Macro);
    }
    if line.trim_start().starts_with("::include{") {
        add(Foreign::Include);
    }
    if line.contains("%%") {
        add(Foreign::Comment);
    }
    if has(b'=') && is_pair(line, "==") {
        add(Foreign::Mark);
    }
    if has(b'$') && is_math(line) {
        add(Foreign::Math);
    }
    let is_around = |(open, close): &(&str, &str)| line.find(open).is_some_and(|at| line[at..].contains(close));
    if has(b'{') && [("{++", "++}"), ("{--", "--}"), ("{~~", "~~}"), ("{>>", "<<}")].iter().any(is_around) {
        add(Foreign::Critic);
    }
    if has(b'#') && has_tag(line) {
        add(Foreign::InlineTag);
    }
}

/// What stands in square brackets.
fn brackets(line: &str, add: &mut dyn FnMut(Foreign)) {
    for (at, _) in line.match_indices("[[") {
        let inner = &line[at + 2..];
        let Some(end) = inner.find("]]") else { break };
        let (inner, is_embed) = (inner[..end].trim(), line[..at].ends_with('!'));
        let lower = inner.to_ascii_lowercase();
        if lower.starts_with("_toc_") {
            add(Foreign::Contents);
        } else if lower.starts_with("include:") {
            add(Foreign::Include);
        } else if inner.starts_with('!') {
            add(Foreign::Directive);
        } else if inner.contains(">>") {
            add(Foreign::OtherLink);
        } else if !is_embed
            && let Some((name, options)) = lower.split_once('|')
            && is_picture(name)
            && ["alt=", "width=", "height=", "align=", "float", "frame"].iter().any(|word| options.contains(word))
        {
            add(Foreign::PictureOptions);
        }
    }
    if line.contains("]()") {
        add(Foreign::OtherLink);
    }
    let quoted = line.trim_start_matches([' ', '>']);
    if line.trim_start().starts_with('>')
        && let Some(kind) = quoted.strip_prefix("[!").and_then(|rest| rest.split(']').next())
        && !["note", "tip", "important", "warning", "caution"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    {
        add(Foreign::Callout);
    }
}

fn is_picture(name: &str) -> bool {
    [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"].iter().any(|end| name.trim_end().ends_with(end))
}

/// `<<Name(…)>>` or `<<Name>>`.
fn has_macro(line: &str) -> bool {
    line.match_indices("<<").any(|(at, _)| {
        let inner = &line[at + 2..];
        inner.starts_with(|c: char| c.is_ascii_uppercase())
            && inner.find(">>").is_some_and(|end| {
                let name = inner[..end].split('(').next().unwrap_or_default();
                name.chars().all(|c| c.is_ascii_alphanumeric())
            })
    })
}

/// A sign, words, and the same sign: `==x==`. A line of signs alone is a rule or a heading.
fn is_pair(line: &str, sign: &str) -> bool {
    let Some(at) = line.find(sign) else { return false };
    let rest = &line[at + sign.len()..];
    let is_word = |c: char| !c.is_whitespace() && c != '=';
    rest.starts_with(is_word) && rest.find(sign).is_some_and(|end| rest[..end].ends_with(is_word))
}

/// `$$` on a line, or `` $`…`$ ``, of which the code is gone by now. One dollar is money.
fn is_math(line: &str) -> bool {
    line.contains("$$") || line.contains("$\u{0}$")
}

/// `#word` after a blank or at the beginning: letters, digits, `/`, `-`, `_`, and not digits alone.
fn has_tag(line: &str) -> bool {
    line.match_indices('#').any(|(at, _)| {
        let begins = line[..at].chars().next_back().is_none_or(char::is_whitespace);
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_');
        let rest = &line[at + 1..];
        let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        begins && rest[..end].chars().any(char::is_alphabetic)
    })
}

/// The line with each piece of code in backticks as one mark.
fn without_code(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let length = rest[at..].bytes().take_while(|byte| *byte == b'`').count();
        let ticks = &rest[at..at + length];
        let after = &rest[at + length..];
        let Some(end) = after.find(ticks) else { break };
        out.push_str(&rest[..at]);
        out.push('\u{0}');
        rest = &after[end + length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        found_in(text).into_keys().map(Foreign::code).collect()
    }

    #[test]
    fn what_other_programs_write_is_told_by_its_signs() {
        for (text, code) in [
            ("[[_TOC_]]", "contents"),
            ("[[_TOC_ | levels=2]]", "contents"),
            ("[[include:Deel]]", "include"),
            ("::include{file=deel.md}", "include"),
            ("<<GlobalTOC(Alles)>>", "macro"),
            ("[[foto.png|alt=De dijk, width=200px]]", "picture-options"),
            ("[[!meta title=\"x\"]]", "directive"),
            ("een %%verborgen%% deel", "comment"),
            ("dit is ==belangrijk== werk", "mark"),
            ("> [!bug]- Titel", "callout"),
            ("```dataview\nTABLE x\n```", "query-block"),
            ("~~~ mermaid\nA-->B\n~~~", "diagram"),
            ("$$\nx^2\n$$", "math"),
            ("$`x^2`$", "math"),
            ("een {++nieuw++} woord", "critic"),
            ("iets over #water/dijk hier", "inline-tag"),
            ("[Voorpagina]()", "other-link"),
            ("[[de dijk>>plan.dijk]]", "other-link"),
        ] {
            assert_eq!(codes(text), [code], "{text}");
        }
    }

    #[test]
    fn plain_markdown_code_and_frontmatter_are_not_taken_for_it() {
        for text in [
            "# Kop\n\n## Nog een\n\nTekst [[plan/dijk|de dijk]] en [x](y.md#z).",
            "Kosten: $5 tot $10, of US$ 3.",
            "`[[_TOC_]]` en ``==x==`` zijn code.",
            "```\n[[_TOC_]]\n==x== #tag\n```",
            "````md\n```mermaid\n```\n<<Macro()>>\n````",
            "---\ntags: [a]\n# opmerking %%x%%\n---\ntekst",
            "> [!NOTE]\n> tekst",
            "a == b en c == d",
            "Titel\n=====\n",
            "regel nr #12 en C# en a#b",
            "```query type=project\n```",
            "1 << 2 en 3 >> 1",
            "| a | b |\n|--|--|\n",
        ] {
            assert_eq!(codes(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn lines_are_counted_and_the_first_is_known() {
        let found = found_in("a\n\n==b== ==c==\n==d==\n");
        assert_eq!(found[&Foreign::Mark], Seen { n: 2, line: 3 });
        // Never more than a look at each line, whatever stands in it.
        for text in ["`".repeat(50_000), "[[".repeat(50_000), "<<A".repeat(50_000), "#".repeat(50_000)] {
            let begun = std::time::Instant::now();
            found_in(&text);
            assert!(begun.elapsed().as_millis() < 2_000, "{}", &text[..3]);
        }
    }
}
