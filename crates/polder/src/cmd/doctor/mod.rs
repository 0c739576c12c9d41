//! `polder doctor [PATH]`: what a repository is made of, by which program it was kept, what is wrong in
//! it and what will look different. Changes nothing, and proposes settings without writing them.
//!
//! With `--rebuild`, the cache of the wiki is thrown away instead. What is found stands in `Findings`;
//! `text` tells it to people, `json` to programs.

mod json;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use polder_core::access::Who;
use polder_core::foreign::{self, Foreign};
use polder_core::path::{FilePath, Kind};
use polder_core::problem::{Level, Problem};
use polder_core::review::{Located, odd_problem};
use polder_core::settings;
use polder_core::site::{Problems, Seen, Site};
use polder_core::survey::{self, Survey};
use polder_store::{Besides, FileSize, Sizes};
use polder_web::words::{Arg, Words};
use polder_wiki::cites;
use polder_wiki::clear::{ClearError, clear_cache};

use crate::cli::{self, DoctorFormat, Serve};
use crate::cmd::check::{lost_links, problems};
use crate::cmd::serve::data_place;
use crate::cmd::terminal_lang;
use crate::config;
use crate::reading::{self, Source, failed};
use crate::stop::Stop;

/// Largest files told.
const LARGEST_MAX: usize = 5;

/// Tags told that look like versions and are none.
const ODD_TAGS_MAX: usize = 50;

/// Places told of one kind, in JSON as well; others are counted, and `polder check` has them all.
const PLACES_MAX: usize = 200;

/// Pages larger than this are not searched for what other programs write: they are shown as plain text.
const READ_MAX_BYTES: u64 = polder_core::limits::RENDER_MAX_BYTES as u64;

/// What was found.
struct Findings {
    path: PathBuf,
    /// `None` for a plain folder.
    repository: Option<Repository>,
    survey: Survey,
    n_pages: usize,
    n_files: usize,
    size_bytes: u64,
    largest: Vec<(FilePath, u64)>,
    /// Files of which the bytes are not here.
    absent: Few<FilePath>,
    /// Pointers of Git LFS, and what they stand for together.
    lfs: Few<FilePath>,
    lfs_bytes: u64,
    /// By level (worst first) and code.
    kinds: Vec<(Level, String, usize)>,
    /// Links to what is not there, and to more than one thing.
    broken: Few<Located>,
    ambiguous: Few<Located>,
    /// Errors, and names that are shown but never written.
    errors: Few<Located>,
    /// Names that would be refused if they were new, with why.
    unwritable: Few<Located>,
    foreign: BTreeMap<Foreign, Writing>,
    /// Lines of `.polder/config.yml`.
    proposal: Vec<String>,
    /// Whether that file is there.
    has_settings: bool,
}

/// What only a repository has.
struct Repository {
    branch: String,
    tip: Option<String>,
    is_bare: bool,
    besides: Besides,
    sizes: Sizes,
    n_versions: usize,
    /// Tags with an `@` that are no versions.
    odd_tags: Few<String>,
}

/// How often another program's way of writing occurs, on how many pages, and where first.
struct Writing {
    n: usize,
    n_pages: usize,
    first: (FilePath, u32),
}

/// The first of them, and how many there are.
struct Few<T> {
    n: usize,
    first: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few { n: 0, first: Vec::new() }
    }
}

impl<T> Few<T> {
    fn add(&mut self, one: T, most: usize) {
        self.n += 1;
        if self.first.len() < most {
            self.first.push(one);
        }
    }
}

pub fn run(asked: &cli::Doctor) -> Result<ExitCode, Stop> {
    let words = Words::get(terminal_lang());
    let config = config::read(&Serve {
        repo: asked.path.clone(),
        data: asked.data.clone(),
        config: asked.config.clone(),
        ..Serve::default()
    })?;
    if asked.rebuild {
        let own = data_place(&config)?.join("wiki/cache");
        return rebuild(words, &own);
    }
    let path = match config.repo {
        Some(repo) => repo,
        // The wiki that is kept in the data folder, when there is one.
        None => [data_place(&config)?.join("wiki.git")].into_iter().find(|dir| dir.is_dir()).unwrap_or(".".into()),
    };
    let findings = reading::with(&path, |source| look(&path, source))?;
    match asked.format {
        DoctorFormat::Text => print!("{}", text::text(words, &findings)),
        DoctorFormat::Json => println!("{:#}", json::json(words, &findings)),
    }
    let is_fine = findings.kinds.iter().all(|(level, _, _)| *level == Level::Hint);
    Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn rebuild(words: &Words, cache: &Path) -> Result<ExitCode, Stop> {
    let shown = cache.display().to_string();
    match clear_cache(cache) {
        Ok(cleared) => {
            let key = if cleared.n_taken == 0 { "doctor-rebuild-nothing" } else { "doctor-rebuilt" };
            eprintln!("{}", words.f(key, &[("folder", Arg::Text(&shown))]));
            Ok(ExitCode::SUCCESS)
        }
        Err(ClearError::InUse) => Err(Stop::failed(words.f("doctor-in-use", &[("folder", Arg::Text(&shown))]))),
        Err(ClearError::Io(error)) => Err(Stop::failed(format!("{shown}: {error}"))),
    }
}

fn look(path: &Path, source: Source<'_>) -> Result<Findings, Stop> {
    let site = reading::site(source)?;
    let (repository, lost, site) = match source {
        Source::Folder(_) => (None, Problems::new(), Arc::new(site)),
        Source::Repository(store) => {
            let world = cites::world_of(store, site).map_err(failed)?;
            let versions: BTreeSet<String> = world.versions().all().map(|version| version.name.tag()).collect();
            let mut odd_tags = Few::default();
            for tag in world.tagged.tags.keys().filter(|tag| !versions.contains(*tag)) {
                odd_tags.add(tag.clone(), ODD_TAGS_MAX);
            }
            let repository = Repository {
                branch: store.branch().to_owned(),
                tip: world.main.map(|tip| tip.to_string()),
                is_bare: store.work_tree().is_none(),
                besides: store.besides().map_err(failed)?,
                sizes: store.sizes().map_err(failed)?,
                n_versions: versions.len(),
                odd_tags,
            };
            (Some(repository), lost_links(store, &world), Arc::clone(&world.site))
        }
    };
    let who = Who::owner();
    let seen = site.seen_by(&who);
    let survey = survey::survey(seen, site.link_order());
    let mut findings = Findings {
        path: fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        repository,
        proposal: survey::proposed(&survey, seen.settings()),
        has_settings: seen.file(settings::PATH).is_some(),
        survey,
        n_pages: seen.readable().count(),
        n_files: seen.entries().iter().filter(|entry| entry.path.kind() == Kind::File).count(),
        size_bytes: 0,
        largest: Vec::new(),
        absent: Few::default(),
        lfs: Few::default(),
        lfs_bytes: 0,
        kinds: Vec::new(),
        broken: Few::default(),
        ambiguous: Few::default(),
        errors: Few::default(),
        unwritable: Few::default(),
        foreign: BTreeMap::new(),
    };
    findings.weigh(seen, source)?;
    findings.judge(seen, &site, &lost);
    Ok(findings)
}

impl Findings {
    /// Sizes, and what stands in the texts.
    fn weigh(&mut self, seen: Seen<'_>, source: Source<'_>) -> Result<(), Stop> {
        let sizes = match source {
            Source::Repository(store) => {
                let mut files = seen.entries().iter().map(|entry| (entry.blob, entry.path.kind() == Kind::File));
                store.file_sizes(&mut files).map_err(failed)?
            }
            Source::Folder(root) => seen.entries().iter().map(|entry| size_in(root, &entry.path)).collect(),
        };
        let mut all: Vec<(FilePath, u64)> = Vec::with_capacity(sizes.len());
        for (entry, size) in seen.entries().iter().zip(sizes) {
            let Some(FileSize { bytes, lfs_bytes }) = size else {
                self.absent.add(entry.path.clone(), PLACES_MAX);
                continue;
            };
            self.size_bytes += bytes;
            if let Some(lfs_bytes) = lfs_bytes {
                self.lfs.add(entry.path.clone(), PLACES_MAX);
                self.lfs_bytes = self.lfs_bytes.saturating_add(lfs_bytes);
            }
            all.push((entry.path.clone(), bytes));
            if !matches!(entry.path.kind(), Kind::Page | Kind::Part) || bytes > READ_MAX_BYTES {
                continue;
            }
            let text = match source {
                Source::Repository(store) => store.read(entry.blob).ok(),
                Source::Folder(root) => fs::read(root.join(entry.path.as_str())).ok(),
            };
            if let Some(text) = text.and_then(|bytes| String::from_utf8(bytes).ok()) {
                self.add_foreign(&entry.path, &text);
            }
        }
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        all.truncate(LARGEST_MAX);
        self.largest = all;
        Ok(())
    }

    fn add_foreign(&mut self, path: &FilePath, text: &str) {
        for (what, seen) in foreign::found_in(text) {
            self.foreign
                .entry(what)
                .and_modify(|writing| {
                    writing.n += seen.n;
                    writing.n_pages += 1;
                })
                .or_insert_with(|| Writing { n: seen.n, n_pages: 1, first: (path.clone(), seen.line) });
        }
    }

    /// Problems by kind, and the places of those that somebody must decide about.
    fn judge(&mut self, seen: Seen<'_>, site: &Site, lost: &Problems) {
        let mut all = problems(site, lost, &|_| true);
        all.extend(seen.odd_names().map(|(shown, why)| Located { path: shown.to_owned(), problem: odd_problem(why) }));
        let mut kinds: BTreeMap<(std::cmp::Reverse<Level>, String), usize> = BTreeMap::new();
        for located in all {
            let problem = &located.problem;
            *kinds.entry((std::cmp::Reverse(problem.level), problem.code.clone())).or_default() += 1;
            match (&*problem.code, problem.level) {
                ("link-broken", _) => self.broken.add(located, PLACES_MAX),
                ("link-ambiguous", _) => self.ambiguous.add(located, PLACES_MAX),
                (_, Level::Error) => self.errors.add(located, PLACES_MAX),
                _ => {}
            }
        }
        self.kinds = kinds.into_iter().map(|((level, code), n)| (level.0, code, n)).collect();
        for entry in seen.entries() {
            if let Err(fault) = FilePath::parse_new(entry.path.as_str()) {
                let problem = Problem::new(Level::Hint, Default::default(), fault.code(), &[]);
                self.unwritable.add(Located { path: entry.path.as_str().to_owned(), problem }, PLACES_MAX);
            }
        }
    }
}

fn size_in(root: &Path, path: &FilePath) -> Option<FileSize> {
    let bytes = fs::metadata(root.join(path.as_str())).ok()?.len();
    Some(FileSize { bytes, lfs_bytes: None })
}
