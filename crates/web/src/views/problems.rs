//! What the wiki's content could do better: problems, by file.

use maud::Markup;
use maud::html;

use super::Level;
use super::ProblemLine;
use super::plain_head;
use super::problem_list;
use crate::words::Arg;
use crate::words::Words;

/// The problems of one file.
pub struct ProblemFile {
    pub path: String,
    pub href: String,
    pub edit_href: Option<String>,
    pub problems: Vec<ProblemLine>,
}

pub struct ProblemsView {
    /// Those with errors first.
    pub files: Vec<ProblemFile>,
    /// Files with problems that are not in the list.
    pub more_files: usize,
}

pub fn problems(words: &Words, view: &ProblemsView) -> Markup {
    html! {
        (plain_head(words.t("problems-title"), &html! { (lead(words, view)) }))
        @for (i, file) in view.files.iter().enumerate() {
            section.problem-file aria-labelledby={ "ui.file-" (i) } {
                h2 id={ "ui.file-" (i) } { a href=(file.href) { bdi { (file.path) } } }
                @if let Some(href) = &file.edit_href { a.quiet href=(href) { (words.t("problems-mend")) (super::unseen(" ")) (super::unseen(&file.path)) } }
                (problem_list(words, &file.problems))
            }
        }
        @if view.more_files > 0 { p.note { (words.f("problems-more", &[("count", Arg::Count(view.more_files as u64))])) } }
    }
}

fn lead(words: &Words, view: &ProblemsView) -> String {
    if view.files.is_empty() {
        return words.t("problems-none").to_owned();
    }
    let all = || view.files.iter().flat_map(|file| &file.problems);
    let errors = all().filter(|problem| problem.level == Level::Error).count();
    words.f("problems-lead", &[("count", Arg::Count(all().count() as u64)), ("errors", Arg::Count(errors as u64))])
}
