//! Makes repositories of a given size, by `git fast-import`, the same every time.
//!
//! All pages come with the first commit, in nested folders of at most 175 files; each later commit
//! changes one paragraph of one page, few pages often and most seldom, or now and then moves a
//! page. A folder `bench/` holds pages with a known past. A finished repository is kept; an
//! unfinished one is made again.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use crate::text::{Dice, Lang, Sheet, Words};

/// Raise this when other bytes are made: kept repositories are then made anew.
const VERSION: u32 = 2;
const SEED: u64 = 2009;
const FILES_PER_FOLDER: usize = 175;
const FOLDERS_PER_TOP: usize = 8;
/// One commit in so many moves a page instead of changing it.
const MOVE_EVERY: usize = 300;
/// Changes of the pages whose past is spread evenly; their history fills one screen.
pub const SPREAD_COMMITS: usize = 25;
/// The page whose whole HTML is 25-30 KB has so many paragraphs: about 10 KB of Markdown.
const WARM_PARAGRAPHS: usize = 15;

/// Links in the sidebar of `bench/` and on the front page, as in a wiki of some age.
const SIDEBAR_LINKS: usize = 60;
const FRONT_LINKS: usize = 40;

/// Pages with a known past.
pub const WARM: &str = "bench/warm";
/// Made and once changed at the very beginning.
pub const RARE: &str = "bench/rare";
/// Changed `SPREAD_COMMITS` times, evenly over all commits.
pub const SPREAD: &str = "bench/spread";
/// The same, and three of the changes are moves.
pub const MOVED: &str = "bench/moved";
/// The page that is changed most.
pub const HOT: &str = "bench/hot";

/// A repository on disk.
#[derive(Clone, Debug)]
pub struct Made {
    pub git_dir: PathBuf,
    pub n_pages: usize,
    pub n_commits: usize,
    /// Addresses of all pages outside `bench/`, as they are at the tip.
    pub pages: Vec<String>,
}

/// The repository with so many pages and commits under `work`; made when it is not there.
pub fn repository(work: &Path, n_pages: usize, n_commits: usize) -> io::Result<Made> {
    let git_dir = work.join(format!("v{VERSION}-{n_pages}-pages-{n_commits}-commits.git"));
    let list = git_dir.join("bench-pages");
    if !list.is_file() {
        eprintln!("making {}", git_dir.display());
        if git_dir.exists() {
            fs::remove_dir_all(&git_dir)?;
        }
        fs::create_dir_all(&git_dir)?;
        let mut pages = Vec::new();
        import(&git_dir, &mut |stream| {
            pages = write_history(stream, n_pages, n_commits)?;
            Ok(())
        })?;
        fs::write(&list, pages.join("\n"))?;
    }
    let pages = fs::read_to_string(&list)?.lines().map(str::to_owned).collect();
    Ok(Made { git_dir, n_pages, n_commits, pages })
}

struct Page {
    /// Without `.md`.
    address: String,
    sheet: Sheet,
}

/// Makes a bare repository in an empty folder, of what `write` streams.
pub fn import(git_dir: &Path, write: &mut dyn FnMut(&mut Stream) -> io::Result<()>) -> io::Result<()> {
    git(git_dir, &["init", "--quiet", "--bare", "--initial-branch=main", "."])?;
    let mut child = Command::new("git")
        .arg("--git-dir")
        .arg(git_dir)
        .args(["fast-import", "--quiet", "--depth=10"])
        .stdin(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take().ok_or_else(|| io::Error::other("git fast-import has no input"))?;
    let mut stream = Stream { out: BufWriter::with_capacity(1 << 20, stdin), n_commits: 0 };
    write(&mut stream)?;
    stream.out.flush()?;
    drop(stream);
    if !child.wait()?.success() {
        return Err(io::Error::other("git fast-import failed"));
    }
    git(git_dir, &["commit-graph", "write", "--reachable", "--changed-paths", "--no-progress"])
}

fn git(git_dir: &Path, arguments: &[&str]) -> io::Result<()> {
    let status = Command::new("git").arg("-C").arg(git_dir).args(arguments).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("git {} failed", arguments.join(" ")))) }
}

fn write_history(stream: &mut Stream, n_pages: usize, n_commits: usize) -> io::Result<Vec<String>> {
    let words = Words::default();
    let mut dice = Dice(SEED);
    let mut pages = page_list(&words, n_pages);
    let mut special: Vec<Page> = [WARM, RARE, SPREAD, MOVED, HOT]
        .iter()
        .enumerate()
        .map(|(at, address)| {
            let n_paragraphs = if *address == WARM { WARM_PARAGRAPHS } else { 8 };
            let links = links(&pages, n_pages, SEED + at as u64);
            Page { address: (*address).to_owned(), sheet: Sheet::new(&words, at as u64, n_paragraphs, links) }
        })
        .collect();
    // The moved page begins elsewhere and arrives at its address by three moves.
    let way = ["bench/first", "bench/second", "bench/third", MOVED];
    special[3].address = way[0].to_owned();
    stream.commit("Begin")?;
    stream.file(".polder/config.yml", "title: Meting\nlanguage: nl\nlinks:\n  order: target-first\n")?;
    let listed = |n: usize| -> String {
        pages.iter().take(n).map(|page| format!("- [[{}|{}]]\n", base(&page.address), page.sheet.title)).collect()
    };
    let (side, front) = (listed(SIDEBAR_LINKS), listed(FRONT_LINKS));
    stream.file("bench/_Sidebar.md", &side)?;
    stream.file("FrontPage.md", &format!("---\ntitle: Voorpagina\n---\n# Voorpagina\n\n{front}"))?;
    for page in pages.iter().chain(&special) {
        stream.file(&format!("{}.md", page.address), &page.sheet.text(&words))?;
    }
    let spread_every = (n_commits / SPREAD_COMMITS).max(2);
    let mut n_moves = 0;
    let mut by_rank: Vec<usize> = (0..n_pages).collect();
    for at in (1..n_pages).rev() {
        by_rank.swap(at, dice.below(at + 1));
    }
    for n in 1..n_commits {
        if n == 1 {
            change(stream, &words, &mut special[1], &mut dice)?;
        } else if n % spread_every == 0 && n / spread_every < SPREAD_COMMITS {
            change(stream, &words, &mut special[2], &mut dice)?;
        } else if n % spread_every == 1 && n / spread_every > 0 && n / spread_every < SPREAD_COMMITS {
            match n / spread_every {
                6 | 12 | 18 => {
                    let to = way[n / spread_every / 6];
                    move_page(stream, &mut special[3], to.to_owned())?;
                }
                _ => change(stream, &words, &mut special[3], &mut dice)?,
            }
        } else if n % MOVE_EVERY == 7 {
            let page = &mut pages[by_rank[dice.below(n_pages)]];
            let to = format!("archief/a{:03}/{}", n_moves / FILES_PER_FOLDER, base(&page.address));
            if page.address.starts_with("archief/") {
                change(stream, &words, page, &mut dice)?;
            } else {
                move_page(stream, page, to)?;
                n_moves += 1;
            }
        } else {
            // The n-th page is changed 1/sqrt(n) times as often as the first; the last tenth never.
            let part = dice.part();
            let rank = (part * part * n_pages as f64 * 0.9) as usize;
            let page = if rank == 0 { &mut special[4] } else { &mut pages[by_rank[rank]] };
            change(stream, &words, page, &mut dice)?;
        }
    }
    Ok(pages.into_iter().map(|page| page.address).collect())
}

fn page_list(words: &Words, n_pages: usize) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::with_capacity(n_pages);
    let mut folder = String::new();
    for at in 0..n_pages {
        let mut dice = Dice::of(SEED, at as u64);
        if at % FILES_PER_FOLDER == 0 {
            let number = at / FILES_PER_FOLDER;
            let top = number / FOLDERS_PER_TOP;
            let top_name = words.name(Lang::Dutch, &mut Dice::of(SEED, 1_000_000 + top as u64)).to_owned();
            folder = format!("{top_name}-{top}/{}-{number}", words.name(Lang::Dutch, &mut dice));
        }
        // From 2 to 22 paragraphs, most pages short.
        let part = dice.part();
        let n_paragraphs = 3 + (part * part * 17.0) as usize;
        let sheet = Sheet::new(words, SEED.wrapping_add(77 * at as u64), n_paragraphs, Vec::new());
        let name = words.name(sheet.lang, &mut dice);
        pages.push(Page { address: format!("{folder}/{name}-{at}"), sheet });
    }
    for at in 0..n_pages {
        pages[at].sheet.links = links(&pages, n_pages, at as u64);
    }
    pages
}

/// Ten to twenty pages to link to, half of them near by.
fn links(pages: &[Page], n_pages: usize, of: u64) -> Vec<String> {
    let mut dice = Dice::of(SEED, 2_000_000 + of);
    let n_links = (10 + dice.below(11)).min(n_pages);
    let near = of as usize % n_pages;
    (0..n_links)
        .map(|at| if at % 2 == 0 { (near + 1 + dice.below(60)) % n_pages } else { dice.below(n_pages) })
        .map(|at| base(&pages[at].address).to_owned())
        .collect()
}

fn base(address: &str) -> &str {
    address.rsplit('/').next().unwrap_or(address)
}

fn change(stream: &mut Stream, words: &Words, page: &mut Page, dice: &mut Dice) -> io::Result<()> {
    let n_paragraphs = page.sheet.paragraphs.len();
    page.sheet.paragraphs[dice.below(n_paragraphs)] = dice.next();
    stream.commit(&format!("{} bijgewerkt", page.sheet.title))?;
    stream.file(&format!("{}.md", page.address), &page.sheet.text(words))
}

fn move_page(stream: &mut Stream, page: &mut Page, to: String) -> io::Result<()> {
    stream.commit(&format!("{} verplaatst", page.sheet.title))?;
    writeln!(stream.out, "R \"{}.md\" \"{to}.md\"", page.address)?;
    page.address = to;
    Ok(())
}

/// What `git fast-import` reads.
pub struct Stream {
    out: BufWriter<ChildStdin>,
    n_commits: usize,
}

impl Stream {
    pub fn commit(&mut self, message: &str) -> io::Result<()> {
        let who = ["Anna de Vries", "Bram Jansen", "Carla Smit", "Dirk Visser", "Eva Mulder"][self.n_commits % 5];
        let mail = who.split(' ').next().unwrap_or_default().to_lowercase();
        // One commit every seven minutes from 2009 on.
        let time_s = 1_230_800_000 + self.n_commits * 420;
        writeln!(self.out, "commit refs/heads/main")?;
        writeln!(self.out, "author {who} <{mail}@wiki.invalid> {time_s} +0100")?;
        writeln!(self.out, "committer Polder <polder@wiki.invalid> {time_s} +0100")?;
        writeln!(self.out, "data {}\n{message}", message.len())?;
        self.n_commits += 1;
        Ok(())
    }

    pub fn file(&mut self, path: &str, text: &str) -> io::Result<()> {
        writeln!(self.out, "M 100644 inline \"{path}\"\ndata {}", text.len())?;
        self.out.write_all(text.as_bytes())?;
        self.out.write_all(b"\n")
    }
}
