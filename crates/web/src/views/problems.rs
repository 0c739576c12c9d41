//! What the wiki's content could do better: problems, by kind or by file.

use maud::Markup;
use maud::html;

use super::Link;
use super::ProblemLine;
use super::link_to;
use crate::words::Arg;
use crate::words::Words;

/// The problems of one file or of one kind.
pub struct ProblemFile {
    pub title: String,
    pub href: Option<String>,
    pub edit_href: Option<String>,
    /// Each with its file, where the heading does not name it.
    pub problems: Vec<(Option<Link>, ProblemLine)>,
    /// Problems that are not in the list.
    pub more: usize,
}

pub struct ProblemsView {
    pub by_file: bool,
    pub n_all: usize,
    pub n_errors: usize,
    /// Those with errors first.
    pub files: Vec<ProblemFile>,
    /// Files with problems that are not in the list.
    pub more_files: usize,
}

pub fn problems(words: &Words, view: &ProblemsView) -> Markup {
    html! {
        div.head {
            h1 { (words.t("problems-title")) }
            nav.tabs aria-label=(words.t("problems-orders")) {
                ul {
                    li { (super::tab("/-/problems", words.t("problems-by-kind"), !view.by_file)) }
                    li { (super::tab("/-/problems?by=file", words.t("problems-by-file"), view.by_file)) }
                }
            }
        }
        p.lead { (lead(words, view)) }
        @for (i, file) in view.files.iter().enumerate() {
            section.problem-file aria-labelledby={ "ui.file-" (i) } {
                h2 id={ "ui.file-" (i) } {
                    @match &file.href { Some(href) => a href=(link_to(href)) { bdi { (file.title) } }, None => (file.title) }
                }
                @if let Some(href) = &file.edit_href { a.quiet href=(link_to(href)) { (words.t("problems-mend")) (super::unseen(" ")) (super::unseen(&file.title)) } }
                (list(words, &file.problems))
                @if file.more > 0 { p.note { (words.f("problems-more-lines", &[("count", Arg::Count(file.more as u64))])) } }
            }
        }
        @if view.more_files > 0 { p.note { (words.f("problems-more", &[("count", Arg::Count(view.more_files as u64))])) } }
    }
}

fn list(words: &Words, problems: &[(Option<Link>, ProblemLine)]) -> Markup {
    html! {
        ul.problems {
            @for (place, problem) in problems {
                li {
                    (super::level(words, problem.level)) " "
                    @if let Some(place) = place { a href=(link_to(&place.href)) { bdi { (place.title) } } " " }
                    @if let Some(line) = problem.line {
                        span.problem-line { (words.f("problem-line", &[("line", Arg::Count(u64::from(line)))])) } " "
                    }
                    (problem.text)
                }
            }
        }
    }
}

fn lead(words: &Words, view: &ProblemsView) -> String {
    if view.files.is_empty() {
        return words.t("problems-none").to_owned();
    }
    let counts = [("count", Arg::Count(view.n_all as u64)), ("errors", Arg::Count(view.n_errors as u64))];
    words.f("problems-lead", &counts)
}
