//! What was found, for people: a heading for each subject and a line for each fact.

use polder_core::foreign::Foreign;
use polder_core::path::FilePath;
use polder_core::problem::Level;
use polder_core::review::Located;
use polder_core::settings::LinkOrder;
use polder_core::survey::{Program, Special};
use polder_web::words::{Arg, Words};

use super::{Few, Findings, Repository};
use crate::cmd::problem_line;

/// Places told of one kind.
const PLACES_SHOWN: usize = 20;

/// Names told in one line.
const NAMES_SHOWN: usize = 8;

/// The whole report.
pub fn text(words: &Words, findings: &Findings) -> String {
    let mut out = Out { words, text: format!("{}\n", findings.path.display()) };
    out.repository(findings);
    out.conventions(findings);
    out.links(findings);
    out.problems(findings);
    out.different(findings);
    out.settings(findings);
    out.text
}

struct Out<'w> {
    words: &'w Words,
    text: String,
}

/// A number as an argument.
fn count(n: usize) -> Arg<'static> {
    Arg::Count(n as u64)
}

impl Out<'_> {
    fn heading(&mut self, key: &str) {
        self.text.push_str(&format!("\n{}\n", self.words.t(key)));
    }

    /// Control characters in names can't move the cursor of a terminal.
    fn line(&mut self, line: &str) {
        let clean: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        self.text.push_str(&format!("  {clean}\n"));
    }

    fn say(&mut self, key: &str, args: &[(&str, Arg<'_>)]) {
        // A text of more lines than one, by its choices, is one line here.
        let line = self.words.f(key, args);
        self.line(&line);
    }

    fn plain(&mut self, key: &str) {
        let line = self.words.t(key).to_owned();
        self.line(&line);
    }

    fn repository(&mut self, findings: &Findings) {
        self.heading("doctor-h-repository");
        match &findings.repository {
            None => self.plain("doctor-folder"),
            Some(repository) => self.of_git(repository),
        }
        let size = self.words.size(findings.size_bytes);
        self.say(
            "doctor-sizes",
            &[("pages", count(findings.n_pages)), ("files", count(findings.n_files)), ("size", Arg::Text(&size))],
        );
        for (file, bytes) in &findings.largest {
            let size = self.words.size(*bytes);
            self.say("doctor-largest", &[("file", Arg::Text(file.as_str())), ("size", Arg::Text(&size))]);
        }
        if findings.absent.n > 0 {
            self.say("doctor-absent", &[("count", count(findings.absent.n))]);
        }
    }

    fn of_git(&mut self, repository: &Repository) {
        let (besides, sizes) = (&repository.besides, &repository.sizes);
        let key = if repository.is_bare { "doctor-bare" } else { "doctor-work-tree" };
        self.say(key, &[("branch", Arg::Text(&repository.branch))]);
        match (&repository.tip, besides.branches.first()) {
            (None, Some(other)) => self.say("doctor-empty-others", &[("branch", Arg::Text(other))]),
            (None, None) => self.plain("doctor-empty"),
            (Some(_), _) => {}
        }
        for (holds, key) in [
            (besides.is_detached, "doctor-detached"),
            (besides.is_linked, "doctor-linked"),
            (besides.is_shallow, "doctor-shallow"),
            (besides.is_partial, "doctor-partial"),
            (besides.has_stash, "doctor-stash"),
        ] {
            if holds {
                self.plain(key);
            }
        }
        for folder in &besides.alternates {
            self.say("doctor-alternate", &[("folder", Arg::Text(&folder.display().to_string()))]);
        }
        if !besides.hooks.is_empty() {
            self.say("doctor-hooks", &[("names", Arg::Text(&besides.hooks.join(", ")))]);
        }
        if let Some(n) = besides.n_changed.filter(|n| *n > 0) {
            self.say("doctor-changed", &[("count", count(n))]);
        }
        for (key, n, names) in [
            ("doctor-branches", besides.n_branches, &besides.branches),
            ("doctor-tags", besides.n_other_tags, &besides.other_tags),
        ] {
            if n > 0 {
                let names = listed(names.iter().map(String::as_str), n);
                self.say(key, &[("count", count(n)), ("names", Arg::Text(&names))]);
            }
        }
        if repository.n_versions > 0 {
            self.say("doctor-versions", &[("count", count(repository.n_versions))]);
        }
        for tag in repository.odd_tags.first.iter().take(NAMES_SHOWN) {
            self.say("doctor-odd-tag", &[("tag", Arg::Text(tag))]);
        }
        let (packed, loosed) = (self.words.size(sizes.pack_bytes), self.words.size(sizes.loose_bytes));
        self.say(
            "doctor-commits",
            &[
                ("commits", Arg::Count(besides.n_commits.unwrap_or(0))),
                ("packs", count(sizes.n_packs)),
                ("packed", Arg::Text(&packed)),
                ("loose", count(sizes.n_loose)),
                ("loosed", Arg::Text(&loosed)),
            ],
        );
    }

    fn conventions(&mut self, findings: &Findings) {
        let survey = &findings.survey;
        self.heading("doctor-h-conventions");
        self.plain(match survey.program {
            Program::Polder => "doctor-program-polder",
            Program::Obsidian => "doctor-program-obsidian",
            Program::SilverBullet => "doctor-program-silverbullet",
            Program::Gollum => "doctor-program-gollum",
            Program::GitHub => "doctor-program-github",
            Program::GitLab => "doctor-program-gitlab",
            Program::Plain => "doctor-program-plain",
        });
        match &survey.front_page {
            Some(front) => self.say("doctor-front", &[("file", Arg::Text(front.as_str()))]),
            None => self.plain("doctor-front-none"),
        }
        if !survey.other_fronts.is_empty() {
            let files = listed(survey.other_fronts.iter().map(FilePath::as_str), survey.other_fronts.len());
            self.say("doctor-front-others", &[("files", Arg::Text(&files))]);
        }
        let order = self.words.t(match survey.order {
            LinkOrder::TextFirst => "doctor-order-text-first",
            LinkOrder::TargetFirst | LinkOrder::Auto => "doctor-order-target-first",
        });
        let key = if survey.order_set == LinkOrder::Auto { "doctor-order-found" } else { "doctor-order-set" };
        self.say(key, &[("order", Arg::Text(order))]);
        if let Some((n, files)) = survey.special.get(&Special::Part) {
            let files = listed(files.iter().map(FilePath::as_str), *n);
            self.say("doctor-parts", &[("files", Arg::Text(&files))]);
        }
        if let Some((folder, n, all)) = &survey.attachments {
            let key = if folder.is_empty() { "doctor-attachments-root" } else { "doctor-attachments" };
            self.say(key, &[("folder", Arg::Text(folder)), ("count", count(*n)), ("all", count(*all))]);
        }
        if survey.n_kept_by_others > 0 {
            self.say("doctor-hidden", &[("count", count(survey.n_kept_by_others))]);
        }
    }

    fn links(&mut self, findings: &Findings) {
        let links = &findings.survey.links;
        self.heading("doctor-h-links");
        self.say("doctor-links-wiki", &[("count", Arg::Count(links.wiki))]);
        self.say(
            "doctor-links-piped",
            &[
                ("target", Arg::Count(links.target_first)),
                ("text", Arg::Count(links.text_first)),
                ("both", Arg::Count(links.both)),
                ("neither", Arg::Count(links.neither)),
            ],
        );
        for (key, n) in [
            ("doctor-links-markdown", links.markdown),
            ("doctor-links-embeds", links.embeds),
            ("doctor-links-images", links.images),
            ("doctor-links-external", links.external),
        ] {
            self.say(key, &[("count", Arg::Count(n))]);
        }
    }

    fn problems(&mut self, findings: &Findings) {
        self.heading("doctor-h-problems");
        if findings.kinds.is_empty() {
            self.plain("doctor-no-problems");
        }
        for (level, code, n) in &findings.kinds {
            let level = self.words.t(match level {
                Level::Error => "level-error",
                Level::Warning => "level-warning",
                Level::Hint => "level-hint",
            });
            let args = [("level", Arg::Text(level)), ("code", Arg::Text(code)), ("count", count(*n))];
            self.say("doctor-level-count", &args);
        }
        self.places("doctor-errors", &findings.errors, findings);
        self.places("doctor-ambiguous", &findings.ambiguous, findings);
        self.places("doctor-broken", &findings.broken, findings);
        self.places("doctor-unwritable", &findings.unwritable, findings);
    }

    fn places(&mut self, key: &str, places: &Few<Located>, findings: &Findings) {
        if places.n == 0 {
            return;
        }
        self.say(key, &[("count", count(places.n))]);
        for Located { path, problem } in places.first.iter().take(PLACES_SHOWN) {
            let line = problem_line(self.words.lang, path, problem);
            self.line(&format!("  {line}"));
        }
        if places.n > PLACES_SHOWN {
            let path = findings.path.display().to_string();
            let args = [("count", count(places.n - PLACES_SHOWN)), ("path", Arg::Text(&path))];
            let line = self.words.f("doctor-more", &args);
            self.line(&format!("  {line}"));
        }
    }

    fn different(&mut self, findings: &Findings) {
        let survey = &findings.survey;
        self.heading("doctor-h-different");
        let begun = self.text.len();
        for (what, writing) in &findings.foreign {
            let place = format!("{}:{}", writing.first.0.as_str(), writing.first.1);
            let args = [
                ("what", Arg::Text(self.words.t(foreign_key(*what)))),
                ("count", count(writing.n)),
                ("pages", count(writing.n_pages)),
                ("place", Arg::Text(&place)),
            ];
            self.say("doctor-foreign-place", &args);
        }
        for (special, (n, files)) in &survey.special {
            let key = match special {
                Special::Part => continue,
                Special::Underscored => "doctor-special-underscored",
                Special::OtherMarkup => "doctor-special-other-markup",
                Special::Redirects => "doctor-special-redirects",
                Special::Look => "doctor-special-look",
                Special::ObsidianFile => "doctor-special-obsidian-file",
            };
            let files = listed(files.iter().map(FilePath::as_str), *n);
            self.say(key, &[("files", Arg::Text(&files))]);
        }
        let (n, named) = &survey.by_name_alone;
        if *n > 0 {
            self.say("doctor-by-name", &[("count", count(*n))]);
            for (page, line, file) in named.iter().take(PLACES_SHOWN) {
                let place = format!("{}:{line}", page.as_str());
                let args = [("place", Arg::Text(&place)), ("file", Arg::Text(file.as_str()))];
                let line = self.words.f("doctor-by-name-place", &args);
                self.line(&format!("  {line}"));
            }
        }
        if findings.lfs.n > 0 {
            let files = listed(findings.lfs.first.iter().map(FilePath::as_str), findings.lfs.n);
            let size = self.words.size(findings.lfs_bytes);
            let args = [("count", count(findings.lfs.n)), ("size", Arg::Text(&size)), ("files", Arg::Text(&files))];
            self.say("doctor-lfs", &args);
        }
        if self.text.len() == begun {
            self.plain("doctor-nothing-different");
        }
    }

    fn settings(&mut self, findings: &Findings) {
        self.heading("doctor-h-settings");
        if findings.proposal.is_empty() {
            self.plain("doctor-settings-none");
            return;
        }
        self.plain(if findings.has_settings { "doctor-settings-add" } else { "doctor-settings-new" });
        self.text.push('\n');
        for line in &findings.proposal {
            self.line(&format!("  {line}"));
        }
    }
}

/// The first names, and that there are more.
fn listed<'a>(names: impl Iterator<Item = &'a str>, n: usize) -> String {
    let mut text = names.take(NAMES_SHOWN).collect::<Vec<_>>().join(", ");
    if n > NAMES_SHOWN {
        text.push_str(", …");
    }
    text
}

fn foreign_key(what: Foreign) -> &'static str {
    match what {
        Foreign::Contents => "doctor-foreign-contents",
        Foreign::Include => "doctor-foreign-include",
        Foreign::Macro => "doctor-foreign-macro",
        Foreign::PictureOptions => "doctor-foreign-picture-options",
        Foreign::Directive => "doctor-foreign-directive",
        Foreign::Comment => "doctor-foreign-comment",
        Foreign::Mark => "doctor-foreign-mark",
        Foreign::Callout => "doctor-foreign-callout",
        Foreign::QueryBlock => "doctor-foreign-query-block",
        Foreign::Diagram => "doctor-foreign-diagram",
        Foreign::Math => "doctor-foreign-math",
        Foreign::Critic => "doctor-foreign-critic",
        Foreign::InlineTag => "doctor-foreign-inline-tag",
        Foreign::OtherLink => "doctor-foreign-other-link",
    }
}
