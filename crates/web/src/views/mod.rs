//! What Polder's screens look like: functions of small structs to HTML.
//!
//! A view decides nothing: which links exist, who may edit and what a date is were decided before,
//! by who filled the struct. Views hold strings, numbers and lists of their own, no types of other
//! crates. Nothing is inline that a content security policy forbids: no style, no script, no `on…`.
//! Ids of the interface begin with `ui.`, which headings of pages can't produce.

use maud::Markup;
use maud::PreEscaped;
use maud::Render;
use maud::html;
use polder_core::address;

use crate::csrf::FIELD;
use crate::words::Arg;
use crate::words::Moment;
use crate::words::Words;
use crate::words::iso;

pub mod accessibility;
pub mod account;
pub mod atom;
pub mod blame;
pub mod changes;
pub mod compare;
pub mod conflict;
pub mod delete;
pub mod diff;
pub mod edit;
pub mod embed;
pub mod fail;
pub mod fields;
pub mod folder;
pub mod form;
pub mod frame;
pub mod history;
pub mod index;
pub mod inputs;
pub mod merge;
pub mod mindmap;
pub mod mirrors;
pub mod missing;
pub mod moving;
pub mod page;
pub mod people;
pub mod privacy;
pub mod problems;
pub mod query;
pub mod search;
pub mod set;
pub mod sign;
pub mod since;
pub mod total;
pub mod versions;

/// HTML that was made safe before (rendered Markdown, a drawn map). The one thing shown unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(pub String);

impl Render for Html {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&self.0);
    }
}

/// Text, escaped as everywhere, but copied in runs rather than byte by byte: for long lists.
pub struct Runs<'a>(pub &'a str);

impl Render for Runs<'_> {
    fn render_to(&self, buffer: &mut String) {
        let mut rest = self.0;
        while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"')) {
            let (run, escaped) = rest.split_at(at);
            let (one, after) = escaped.split_at(1);
            buffer.push_str(run);
            one.render_to(buffer);
            rest = after;
        }
        buffer.push_str(rest);
    }
}

/// An address of the wiki, as the public reaches it: every address in a view is written by this.
pub fn link_to(href: &str) -> Written<'_> {
    Written(href)
}

/// See `link_to`.
pub struct Written<'a>(&'a str);

impl Render for Written<'_> {
    fn render_to(&self, buffer: &mut String) {
        // The path of a public address needs no escaping: only plain characters are let into it.
        buffer.push_str(address::at(self.0).base);
        Runs(self.0).render_to(buffer);
    }
}

/// Draws nothing, but makes room for so many bytes in what is being written, so that a long text is
/// not moved time and again while it grows.
pub struct Room(pub usize);

impl Render for Room {
    fn render_to(&self, buffer: &mut String) {
        buffer.reserve(self.0);
    }
}

/// A link to something that has a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub title: String,
    pub href: String,
}

/// A page in a list: its title, and where it lies, for pages that are called the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub title: String,
    pub href: String,
    /// The path, or what else tells it apart; may be empty.
    pub note: String,
}

/// A stretch of text that may stand out: a found word, a changed word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub marked: bool,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warning,
    Hint,
}

/// A problem with content, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemLine {
    pub level: Level,
    /// Line in the file, from 1; `None` when the whole file is meant.
    pub line: Option<u32>,
    pub text: String,
}

/// What a change did to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Created,
    Edited,
    /// From this path.
    Moved(String),
    Deleted,
}

/// Which tab of a page is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    View,
    Edit,
    History,
    Versions,
    None,
}

/// The head that a page's own screens share: where it is, its name, what can be done with it.
#[derive(Clone, Debug)]
pub struct PageHead {
    /// The folders above the page, outermost first; not the page itself.
    pub crumbs: Vec<Link>,
    pub title: String,
    /// Language of the page's content, e.g. `nl`.
    pub lang: String,
    /// What kind of record this is ("Besluit"), on typed pages.
    pub kind: Option<String>,
    pub tab: Tab,
    pub view_href: String,
    /// `None` when this reader may not edit.
    pub edit_href: Option<String>,
    pub history_href: String,
    pub versions_href: String,
    pub raw_href: Option<String>,
    pub move_href: Option<String>,
    pub delete_href: Option<String>,
}

/// The fields of a save that every form shares.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// The last name given; `None` when the reader is known already and no name is asked.
    pub name: Option<String>,
    pub summary: String,
    /// The commit that the reader saw, hidden in the form.
    pub base: String,
    /// The token of the session; empty for whoever has none.
    pub csrf: String,
}

/// A field of a form that a complaint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Text,
    Summary,
    Name,
    Path,
    To,
    /// The form as a whole.
    Form,
}

/// What must be mended before a form is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub field: Field,
    pub text: String,
}

impl Field {
    /// The id of the control, to link a complaint to it.
    pub fn id(self) -> &'static str {
        match self {
            Field::Text => "ui.text",
            Field::Summary => "ui.summary",
            Field::Name => "ui.name",
            Field::Path => "ui.path",
            Field::To => "ui.to",
            Field::Form => "ui.form",
        }
    }
}

/// Places in a text where markup goes in; characters that no locale file uses.
pub const SLOT: Arg<'static> = Arg::Text("\u{e000}");
pub const OTHER_SLOT: Arg<'static> = Arg::Text("\u{e001}");

/// Puts markup into the slots of a text: so a translation decides where a link or name stands.
pub fn fill(text: &str, slot: &Markup, other: Option<&Markup>) -> Markup {
    let mut filled = String::with_capacity(text.len() + slot.0.len());
    for piece in text.split_inclusive(['\u{e000}', '\u{e001}']) {
        let plain = piece.trim_end_matches(['\u{e000}', '\u{e001}']);
        plain.render_to(&mut filled);
        match piece[plain.len()..].chars().next() {
            Some('\u{e000}') => filled.push_str(&slot.0),
            Some(_) => filled.push_str(other.map_or("", |markup| &markup.0)),
            None => {}
        }
    }
    PreEscaped(filled)
}

/// A moment for people, with the exact one for machines.
pub fn time(words: &Words, at: Moment) -> Markup {
    html! { time datetime=(iso(at)) { (words.date(at)) } }
}

/// Words that only a screen reader says.
pub fn unseen(text: &str) -> Markup {
    html! { span.unseen { (text) } }
}

/// The head of a page's screen. `act` is what the screen does with the page ("Bewerken"), said
/// above its title; empty on the page itself.
pub fn head(words: &Words, head: &PageHead, act: &str) -> Markup {
    html! {
        div.head {
            (crumbs(words, &head.crumbs))
            h1 lang=(head.lang) {
                @if !act.is_empty() {
                    span.kicker lang=(words.lang.code()) { (act) (unseen(": ")) }
                } @else if let Some(kind) = &head.kind {
                    span.kicker lang=(words.lang.code()) { (kind) (unseen(": ")) }
                }
                bdi { (head.title) }
            }
            (tabs(words, head))
        }
    }
}

/// The folders above a page.
pub fn crumbs(words: &Words, crumbs: &[Link]) -> Markup {
    html! {
        @if !crumbs.is_empty() {
            nav.crumbs aria-label=(words.t("crumbs-label")) {
                ol {
                    @for crumb in crumbs {
                        li { a href=(link_to(&crumb.href)) { bdi { (crumb.title) } } }
                    }
                }
            }
        }
    }
}

/// The head of a screen about a page that isn't there yet, and so has no tabs.
pub fn new_head(words: &Words, head: &PageHead, act: &str) -> Markup {
    html! {
        div.head {
            (crumbs(words, &head.crumbs))
            h1 lang=(head.lang) {
                span.kicker lang=(words.lang.code()) { (act) (unseen(": ")) }
                bdi { (head.title) }
            }
        }
    }
}

fn tabs(words: &Words, head: &PageHead) -> Markup {
    html! {
        nav.tabs aria-label=(words.t("tabs-label")) {
            ul {
                li { (tab(&head.view_href, words.t("tab-view"), head.tab == Tab::View)) }
                @if let Some(href) = &head.edit_href {
                    li { (tab(href, words.t("tab-edit"), head.tab == Tab::Edit)) }
                }
                li { (tab(&head.history_href, words.t("tab-history"), head.tab == Tab::History)) }
                li { (tab(&head.versions_href, words.t("tab-versions"), head.tab == Tab::Versions)) }
            }
            ul.tabs-quiet {
                @if let Some(href) = &head.move_href {
                    li { a href=(link_to(href)) { (words.t("menu-move")) } }
                }
                @if let Some(href) = &head.delete_href {
                    li { a href=(link_to(href)) { (words.t("menu-delete")) } }
                }
                @if let Some(href) = &head.raw_href {
                    li { a href=(link_to(href)) { (words.t("menu-raw")) } }
                }
            }
        }
    }
}

/// One link of a row of which one is open.
pub fn tab(href: &str, text: &str, open: bool) -> Markup {
    html! {
        a href=(link_to(href)) aria-current=[open.then_some("page")] { (text) }
    }
}

/// The head of a screen that belongs to the wiki, not to a page.
pub fn plain_head(title: &str, lead: &Markup) -> Markup {
    html! {
        div.head {
            h1 { (title) }
            @if !lead.0.is_empty() { p.lead { (lead) } }
        }
    }
}

/// Summary and name: the foot of every form that makes a commit.
pub fn signature(words: &Words, signed: &Signature, complaints: &[Complaint]) -> Markup {
    html! {
        input type="hidden" name="base" value=(signed.base);
        (csrf(&signed.csrf))
        div.fields {
            div.field {
                label for="ui.summary" { (words.t("form-summary")) }
                p.hint id="ui.summary-hint" { (words.t("form-summary-hint")) }
                input id="ui.summary" type="text" name="summary" value=(signed.summary) maxlength="500"
                    autocomplete="off" aria-describedby="ui.summary-hint"
                    aria-invalid=[invalid(Field::Summary, complaints)];
            }
            @if let Some(name) = &signed.name {
                div.field {
                    label for="ui.name" { (words.t("form-name")) }
                    p.hint id="ui.name-hint" { (words.t("form-name-hint")) }
                    input id="ui.name" type="text" name="name" value=(name) maxlength="100" required
                        autocomplete="name" aria-describedby="ui.name-hint"
                        aria-invalid=[invalid(Field::Name, complaints)];
                }
            }
        }
    }
}

/// The token of the session, in every form that changes something.
pub fn csrf(token: &str) -> Markup {
    html! { @if !token.is_empty() { input type="hidden" name=(FIELD) value=(token); } }
}

/// `aria-invalid` for a field that somebody complained about.
pub fn invalid(field: Field, complaints: &[Complaint]) -> Option<&'static str> {
    complaints.iter().any(|complaint| complaint.field == field).then_some("true")
}

/// The list of what must be mended, above a form; each leads to its field.
pub fn complaints(words: &Words, complaints: &[Complaint]) -> Markup {
    let listed: Vec<(&str, &str)> =
        complaints.iter().map(|complaint| (complaint.field.id(), complaint.text.as_str())).collect();
    complaint_list(words, &listed)
}

/// The same for any inputs: the id of each, and what is wrong with it.
pub fn complaint_list(words: &Words, complaints: &[(&str, &str)]) -> Markup {
    html! {
        @if !complaints.is_empty() {
            section.notice.notice-error id="ui.complaints" role="alert" aria-labelledby="ui.complaints-title" tabindex="-1" {
                h2 id="ui.complaints-title" {
                    (words.f("form-complaints", &[("count", Arg::Count(complaints.len() as u64))]))
                }
                ul {
                    @for (id, text) in complaints {
                        li { a href={ "#" (id) } { (text) } }
                    }
                }
            }
        }
    }
}

/// Problems with content, the worst first as they come.
pub fn problem_list(words: &Words, problems: &[ProblemLine]) -> Markup {
    html! {
        ul.problems {
            @for problem in problems {
                li {
                    (level(words, problem.level)) " "
                    @if let Some(line) = problem.line {
                        span.problem-line { (words.f("problem-line", &[("line", Arg::Count(u64::from(line)))])) } " "
                    }
                    (problem.text)
                }
            }
        }
    }
}

/// A level as a worded pill.
pub fn level(words: &Words, level: Level) -> Markup {
    match level {
        Level::Error => html! { span.pill.pill-error { (words.t("level-error")) } },
        Level::Warning => html! { span.pill.pill-warning { (words.t("level-warning")) } },
        Level::Hint => html! { span.pill { (words.t("level-hint")) } },
    }
}

/// What a change did, as a quiet word; an ordinary edit says nothing.
pub fn change_kind(words: &Words, kind: &ChangeKind) -> Markup {
    match kind {
        ChangeKind::Created => html! { span.pill.pill-good { (words.t("change-created")) } },
        ChangeKind::Edited => html! {},
        ChangeKind::Moved(from) => html! {
            span.pill { (fill(&words.f("change-moved", &[("from", SLOT)]), &html! { bdi { (from) } }, None)) }
        },
        ChangeKind::Deleted => html! { span.pill.pill-warning { (words.t("change-deleted")) } },
    }
}

/// A way back or on: its words and where it leads, when it leads somewhere.
pub type Way<'a> = (&'a str, Option<&'a str>);

/// Ways back and on, beneath a list that goes on.
pub fn paging(label: &str, back: Way<'_>, on: Way<'_>) -> Markup {
    html! {
        @if back.1.is_some() || on.1.is_some() {
            nav.paging aria-label=(label) {
                @if let (text, Some(href)) = back { a rel="prev" href=(link_to(href)) { "←\u{a0}" (text) } }
                @if let (text, Some(href)) = on { a rel="next" href=(link_to(href)) { (text) "\u{a0}→" } }
            }
        }
    }
}

/// Paging through time.
pub fn paging_by_age(words: &Words, newer: Option<&str>, older: Option<&str>) -> Markup {
    paging(words.t("paging-label"), (words.t("paging-newer"), newer), (words.t("paging-older"), older))
}

/// A list of pages that lie in one place, which need no telling apart.
pub fn listed_plainly(pages: &[Listed]) -> Markup {
    html! { ul.listed { @for page in pages { li { a href=(link_to(&page.href)) { bdi { (page.title) } } } } } }
}

/// A list of pages.
pub fn listed(pages: &[Listed]) -> Markup {
    html! {
        ul.listed {
            @for page in pages {
                li {
                    a href=(link_to(&page.href)) { bdi { (Runs(&page.title)) } }
                    @if !page.note.is_empty() { " " bdi.note { (Runs(&page.note)) } }
                }
            }
        }
    }
}

/// Text whose marked parts stand out as found words.
pub fn passage(parts: &[Part]) -> Markup {
    html! {
        @for part in parts {
            @if part.marked { mark { (part.text) } } @else { (part.text) }
        }
    }
}

/// A text field's content: HTML drops one line break at its start, so that one is given extra.
pub fn area_text(text: &str) -> Markup {
    html! { "\n" (text) }
}
