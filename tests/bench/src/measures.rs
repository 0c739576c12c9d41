//! The measurements, each a few lines of the table.
//!
//! Everything is measured in turn (ours, the other, ours, the other …) and told by medians, since
//! a machine that others use too changes its mind by the minute. A ratio is the median of the
//! ratios of neighbours. CPU time is user and system time of the server's process.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use polder_core::path::FilePath;
use polder_store::{Draft, Person, Store};
use polder_wiki::search::Level;
use polder_wiki::wiki::Wiki;

use crate::anchor::ready_store;
use crate::http::{self, Asked, Client, encode, load};
use crate::make::{HOT, MOVED, Made, RARE, SPREAD, WARM};
use crate::process::{self, Cpu, Server};
use crate::table::{HEAD, Line, Wanted, median, percentile};
use crate::text::{Lang, Words};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 7;
/// One slice of load in a round of views.
const SLICE: Duration = Duration::from_millis(1_500);
const EDITORS: usize = 8;
const SAVES_PER_EDITOR: usize = 12;
/// Times that one editor saves, and then many at once.
const EDITOR_ROUNDS: usize = 5;
/// One-page saves after which catching up is timed.
const CATCH_UPS: usize = 60;
/// Saves after which the search is asked until it knows.
const FINDS: usize = 40;

/// Everything that the measurements share.
pub struct Bench {
    pub program: PathBuf,
    /// Where this run may write; removed afterwards.
    pub folder: PathBuf,
    /// Kept from run to run.
    pub work: PathBuf,
    /// Few pages, few commits.
    pub small: Made,
    /// Many pages, few commits.
    pub pages: Made,
    /// Many pages, many commits.
    pub big: Made,
    pub lines: Vec<Line>,
}

/// A copy of one of the three repositories with a server on it.
pub struct Site {
    pub made: Made,
    repo: PathBuf,
    pub server: Server,
    client: Client,
}

impl Bench {
    pub fn say(&mut self, line: Line) {
        if self.lines.is_empty() {
            eprintln!("{HEAD}");
        }
        eprintln!("{}", line.row());
        self.lines.push(line);
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// A copy that may be changed; packs are shared by hard links.
    pub fn copy(&self, made: &Made, name: &str) -> io::Result<PathBuf> {
        let to = self.folder.join(format!("{name}.git"));
        if !to.exists() {
            process::run(
                Command::new("git").args(["clone", "--quiet", "--bare", "--local"]).arg(&made.git_dir).arg(&to),
            )?;
            process::run(Command::new("git").arg("-C").arg(&to).args(["config", "gc.auto", "0"]))?;
        }
        Ok(to)
    }

    pub fn site(&self, made: &Made, name: &str) -> io::Result<Site> {
        let repo = self.copy(made, name)?;
        let server = Server::polder(&self.program, &repo, &self.folder.join(format!("{name}-data")), &self.log())?;
        server.wait_ready()?;
        server.wait_removed()?;
        let client = server.client()?;
        Ok(Site { made: made.clone(), repo, server, client })
    }

    fn anchor(&self, fixed: &[u8]) -> io::Result<Server> {
        let file = self.folder.join("fixed.html");
        fs::write(&file, fixed)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("anchor").arg(&self.big.git_dir).arg(&file).arg(&self.work);
        Server::start(&mut command, &self.log())
    }
}

/// Start until the first page, with nothing kept and with everything kept.
pub fn start(bench: &mut Bench) -> io::Result<()> {
    let repo = bench.copy(&bench.big, "big")?;
    let data = bench.folder.join("big-data");
    let mut first = Vec::new();
    let mut waited = 0;
    let (mut history, mut search) = (Duration::ZERO, Duration::ZERO);
    for round in 0..3 {
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        let server = Server::polder(&bench.program, &repo, &data, &bench.log())?;
        let mut client = server.client()?;
        expect(client.get("/")?.status, 200, "the first page")?;
        first.push(server.begun.elapsed().as_secs_f64());
        let is_reading = process::is_reading_history(&mut client)?;
        let is_building = process::is_building_search(&mut client)?;
        waited += usize::from(!is_reading || !is_building);
        if round == 2 {
            (history, search) = server.wait_ready()?;
            // Whatever is kept is written when it stops.
            server.stop()?;
        }
    }
    let size = size_of(&bench.big);
    bench.say(Line {
        what: format!("start without caches until the first page, {size}"),
        ours: format!(
            "first page {:.2} s; history ready {:.1} s, search ready {:.1} s",
            median(&first),
            history.as_secs_f64(),
            search.as_secs_f64()
        ),
        against: "starts in which history or search was ready before the first page".to_owned(),
        figure: waited as f64,
        unit: "",
        wanted: Wanted::AtMost { floor: 0.0, aim: 0.0 },
    });
    let (mut first, mut level) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let server = Server::polder(&bench.program, &repo, &data, &bench.log())?;
        let mut client = server.client()?;
        expect(client.get("/")?.status, 200, "the first page")?;
        first.push(server.begun.elapsed().as_secs_f64());
        let (history, search) = server.wait_ready()?;
        level.push(history.max(search).as_secs_f64());
        server.stop()?;
    }
    bench.say(Line {
        what: format!("start with caches until the first page, {size}"),
        ours: format!("p50 {:.2} s, history and search level after {:.2} s", median(&first), median(&level)),
        against: "–".to_owned(),
        figure: median(&first),
        unit: " s",
        wanted: Wanted::AtMost { floor: 1.0, aim: 0.3 },
    });
    Ok(())
}

/// Page views: warm, warm while somebody saves, not in the cache.
pub fn view(bench: &mut Bench) -> io::Result<()> {
    let mut site = bench.site(&bench.big, "big")?;
    let page = site.client.get(&format!("/{WARM}"))?;
    expect(page.status, 200, "the warm page")?;
    let anchor = bench.anchor(&page.body)?;
    // Pages that nobody saw since the start, each once.
    let pages = &site.made.pages[site.made.n_pages / 14..];
    let chunk = (pages.len() / ROUNDS).min(1_000);
    let (mut ratios, mut cpu_ratios, mut ours, mut theirs, mut big_ratios) = (vec![], vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let range = round * chunk..(round + 1) * chunk;
        let asked =
            Asked::Each(pages[range.clone()].iter().map(|page| http::get(site.server.address, &href(page))).collect());
        let (rate, cpu) = loaded(&site.server, &asked)?;
        let first = site.made.n_pages / 14;
        let asked = Asked::Each(range.map(|n| http::get(anchor.address, &format!("/comrak/{}", first + n))).collect());
        let (other, other_cpu) = loaded(&anchor, &asked)?;
        let asked = Asked::Each((0..chunk).map(|_| http::get(anchor.address, "/comrak")).collect());
        let (big, _) = loaded(&anchor, &asked)?;
        ratios.push(rate / other);
        cpu_ratios.push(other_cpu / cpu);
        big_ratios.push(rate / big);
        ours.push((rate, cpu));
        theirs.push((other, other_cpu));
    }
    bench.say(Line {
        what: format!("page not in the cache, {CONNECTIONS} connections, {}", size_of(&site.made)),
        ours: rates(&ours),
        against: format!("actix + comrak on the same pages: {} (CPU ratio {:.2})", rates(&theirs), median(&cpu_ratios)),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtLeast { floor: 0.5, aim: 0.8 },
    });
    bench.say(Line {
        what: "the same pages against one page of 10 KB".to_owned(),
        ours: rates(&ours),
        against: "actix + comrak on the 10 KB page each time".to_owned(),
        figure: median(&big_ratios),
        unit: "x",
        wanted: Wanted::Stated,
    });
    warm(bench, &site, &anchor, page.body.len(), false)?;
    warm(bench, &site, &anchor, page.body.len(), true)?;
    let pss = site.server.pss_mb();
    bench.say(Line {
        what: format!("memory after these views, {}", size_of(&site.made)),
        ours: format!("{pss:.0} MB"),
        against: format!("actix with all texts, comrak and tantivy: {:.0} MB", anchor.pss_mb()),
        figure: pss / anchor.pss_mb(),
        unit: "x",
        wanted: Wanted::Stated,
    });
    site.server.stop()
}

fn warm(bench: &mut Bench, site: &Site, anchor: &Server, n_bytes: usize, while_saving: bool) -> io::Result<()> {
    let time = if while_saving { SLICE * 2 } else { SLICE };
    let own = Asked::Same(http::get(site.server.address, &format!("/{WARM}")), time);
    let fixed = Asked::Same(http::get(anchor.address, "/fixed"), time);
    let saving = AtomicBool::new(false);
    let ended = AtomicBool::new(false);
    let (mut ratios, mut cpu_ratios, mut ours, mut theirs) = (vec![], vec![], vec![], vec![]);
    std::thread::scope(|scope| -> io::Result<()> {
        let saver = scope.spawn(|| save_each_second(site, &saving, &ended));
        let measured = (0..ROUNDS).try_for_each(|_| {
            saving.store(while_saving, Ordering::Relaxed);
            let (rate, cpu) = loaded(&site.server, &own)?;
            saving.store(false, Ordering::Relaxed);
            let (other, other_cpu) = loaded(anchor, &fixed)?;
            ratios.push(rate / other);
            cpu_ratios.push(other_cpu / cpu);
            ours.push((rate, cpu));
            theirs.push((other, other_cpu));
            Ok(())
        });
        ended.store(true, Ordering::Relaxed);
        saver.join().unwrap_or_else(|_| Err(io::Error::other("the saver broke off"))).and(measured)
    })?;
    let also = if while_saving { ", another page saved each second" } else { "" };
    bench.say(Line {
        what: format!("warm page of {:.1} KB, {CONNECTIONS} connections{also}", n_bytes as f64 / 1000.0),
        ours: rates(&ours),
        against: format!(
            "actix, the same bytes from memory: {} (CPU ratio {:.2})",
            rates(&theirs),
            median(&cpu_ratios)
        ),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtLeast { floor: 0.5, aim: 0.75 },
    });
    Ok(())
}

fn save_each_second(site: &Site, saving: &AtomicBool, ended: &AtomicBool) -> io::Result<()> {
    let mut editor = Editor::new(&site.server, HOT)?;
    let mut n = 0;
    let mut last = Instant::now();
    while !ended.load(Ordering::Relaxed) {
        if saving.load(Ordering::Relaxed) && last.elapsed() >= Duration::from_secs(1) {
            last = Instant::now();
            n += 1;
            expect(editor.save(&format!("elke{n}"))?.status, 303, "a save")?;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Five kinds of questions.
pub fn search(bench: &mut Bench) -> io::Result<()> {
    let mut site = bench.site(&bench.big, "big")?;
    let anchor = bench.anchor(b"-")?;
    let mut other = anchor.client()?;
    let mut all = Vec::new();
    for (kind, queries) in queries() {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (mut found, mut other_found) = (0, 0);
        let mut cpu = (0.0, 0.0);
        for round in 0..ROUNDS + 1 {
            let path = |start: &str, query: &str, end: &str| {
                let mut path = start.to_owned();
                encode(query, &mut path);
                path + end
            };
            let before = site.server.cpu_s();
            for _ in 0..4 {
                for query in &queries {
                    let reply = site.client.get(&path("/-/search?q=", query, ""))?;
                    expect(reply.status, 200, "a search")?;
                    if round > 0 {
                        ours.push(reply.took.as_secs_f64());
                    }
                    found += usize::from(!reply.text().contains("class=\"hits\""));
                }
            }
            let between = (site.server.cpu_s() - before, anchor.cpu_s());
            for _ in 0..4 {
                for query in &queries {
                    let bare = query.trim_end_matches('*');
                    let end = if kind == "prefix" { "&kind=prefix" } else { "" };
                    let reply = other.get(&path("/search?q=", bare, end))?;
                    expect(reply.status, 200, "a search of the anchor")?;
                    if round > 0 {
                        theirs.push(reply.took.as_secs_f64());
                    }
                    other_found += usize::from(reply.text().starts_with("<p>0</p>"));
                }
            }
            cpu = (cpu.0 + between.0, cpu.1 + anchor.cpu_s() - between.1);
        }
        let ratio = median(&ours) / median(&theirs);
        all.push(ratio);
        bench.say(Line {
            what: format!("search, {kind} (`{}` …)", queries[0]),
            ours: format!("p50 {}", ms(median(&ours))),
            against: format!(
                "actix + tantivy: p50 {} (CPU ratio {:.2}; without a hit: {found} of ours, {other_found} of its)",
                ms(median(&theirs)),
                cpu.0 / cpu.1.max(0.001)
            ),
            figure: ratio,
            unit: "x",
            wanted: Wanted::Stated,
        });
    }
    let mean = (all.iter().map(|ratio| ratio.ln()).sum::<f64>() / all.len() as f64).exp();
    bench.say(Line {
        what: format!("search over HTTP, all five kinds, {}", size_of(&site.made)),
        ours: format!("worst kind {:.2}x", all.iter().copied().fold(0.0, f64::max)),
        against: "actix + tantivy, geometric mean of the ratios".to_owned(),
        figure: mean,
        unit: "x",
        wanted: Wanted::AtMost { floor: 2.0, aim: 1.2 },
    });
    site.server.stop()
}

fn queries() -> Vec<(&'static str, Vec<String>)> {
    let words = Words::default();
    let nth = |lang: Lang, at: usize| words.of(lang)[at].clone();
    let stem = |lang: Lang, at: usize| nth(lang, words.first_stem(lang) + at);
    let both = |at: usize| [stem(Lang::Dutch, at), stem(Lang::English, at)];
    vec![
        ("common word", (0..4).flat_map(|at| both(3 * at)).collect()),
        ("rare word", (0..4).flat_map(|at| both(9_000 + 60 * at)).collect()),
        (
            "phrase",
            [r#""open overheid""#, r#""van de""#, r#""open government""#, r#""of the""#].map(str::to_owned).to_vec(),
        ),
        ("prefix", (20..24).flat_map(both).map(|word| format!("{}*", word.get(..3).unwrap_or(&word))).collect()),
        (
            "two words",
            (0..4)
                .flat_map(|at| {
                    [Lang::Dutch, Lang::English]
                        .map(|lang| format!("{} {}", stem(lang, 5 + at), stem(lang, 30 + 7 * at)))
                })
                .collect(),
        ),
    ]
}

/// History pages against `git log`, and renames against none.
pub fn history(bench: &mut Bench) -> io::Result<()> {
    let mut site = bench.site(&bench.big, "big")?;
    for (page, name) in [(RARE, "a page changed once"), (SPREAD, "a page changed 25 times over the years")] {
        let path = format!("/-/history/{page}");
        let file = format!("{page}.md");
        let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let own = sequence(&mut site.client, &path, 60)?;
            let mut log = Command::new("git");
            log.arg("--git-dir").arg(&bench.big.git_dir).args(["log", "-25", "--", &file]);
            let other = process::run(&mut log)?.as_secs_f64();
            ratios.push(other / own);
            ours.push(own);
            theirs.push(other);
        }
        bench.say(Line {
            what: format!("history, {name}, {}", size_of(&site.made)),
            ours: format!("p50 {}", ms(median(&ours))),
            against: format!("`git log -25 -- page` with changed-path filters: {}", ms(median(&theirs))),
            figure: median(&ratios),
            unit: "x faster",
            wanted: Wanted::AtLeast { floor: 50.0, aim: 300.0 },
        });
    }
    // The whole history through renames, as the program gives it.
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let own = sequence(&mut site.client, &format!("/-/history/{MOVED}"), 60)?;
        let mut log = Command::new("git");
        log.arg("--git-dir").arg(&bench.big.git_dir).args(["log", "--follow", "--", &format!("{MOVED}.md")]);
        let other = process::run(&mut log)?.as_secs_f64();
        ratios.push(other / own);
        ours.push(own);
        theirs.push(other);
    }
    bench.say(Line {
        what: format!("history of a page that was moved, {}", size_of(&site.made)),
        ours: format!("p50 {}", ms(median(&ours))),
        against: format!("`git log --follow -- page`: {}", ms(median(&theirs))),
        figure: median(&ratios),
        unit: "x faster",
        wanted: Wanted::AtLeast { floor: 50.0, aim: 300.0 },
    });
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let moved = cpu_each(&site.server, &format!("/-/history/{MOVED}"), 2_500)?;
        let plain = cpu_each(&site.server, &format!("/-/history/{SPREAD}"), 2_500)?;
        ratios.push(moved / plain);
        ours.push(moved);
        theirs.push(plain);
    }
    bench.say(Line {
        what: "history of 25 rows with three moves among them".to_owned(),
        ours: format!("CPU {}", ms(median(&ours))),
        against: format!("the same without moves: CPU {}", ms(median(&theirs))),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtMost { floor: 1.2, aim: 1.05 },
    });
    blame(bench, &mut site)?;
    site.server.stop()
}

/// Who wrote what, against `git blame` of the same page: asked for the first time, and once more.
fn blame(bench: &mut Bench, site: &mut Site) -> io::Result<()> {
    // The pages that were changed most among those that are not known yet.
    let pages: Vec<String> =
        [HOT, SPREAD, WARM].into_iter().map(str::to_owned).chain(site.made.pages.clone()).collect();
    let (mut first, mut again) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    let mut theirs = Vec::new();
    for page in pages.iter().take(ROUNDS) {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(&site.made.git_dir);
        git.args(["blame", "--incremental", "-w", "main", "--"]).arg(format!("{page}.md"));
        let other = process::run(&mut git)?.as_secs_f64();
        let path = format!("/-/blame/{page}");
        for (times, ratios, n) in [(&mut first.0, &mut first.1, 1), (&mut again.0, &mut again.1, 20)] {
            let own = sequence(&mut site.client, &path, n)?;
            ratios.push(other / own);
            times.push(own);
        }
        theirs.push(other);
    }
    let against = format!("`git blame --incremental -w`: {}", ms(median(&theirs)));
    let rows = [
        ("the first time", &first, Wanted::AtLeast { floor: 0.7, aim: 0.9 }),
        ("once more", &again, Wanted::AtLeast { floor: 10.0, aim: 30.0 }),
    ];
    for (name, (times, ratios), wanted) in rows {
        bench.say(Line {
            what: format!("who wrote what, the screen of a page {name}, {}", size_of(&site.made)),
            ours: format!("p50 {}", ms(median(times))),
            against: against.clone(),
            figure: median(ratios),
            unit: "x faster",
            wanted,
        });
    }
    let (mut ratios, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let log = sequence(&mut site.client, &format!("/-/fields/{HOT}"), 5)?;
        let history = sequence(&mut site.client, &format!("/-/history/{HOT}"), 5)?;
        ratios.push(log / history);
        ours.push(log);
    }
    bench.say(Line {
        what: format!("history of the fields of the page changed most, {}", size_of(&site.made)),
        ours: format!("p50 {}", ms(median(&ours))),
        against: "the history page of 25 rows".to_owned(),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::Stated,
    });
    Ok(())
}

/// From few pages to many, and from few commits to many.
pub fn growth(bench: &mut Bench) -> io::Result<()> {
    let mut sites =
        [bench.site(&bench.small, "small")?, bench.site(&bench.pages, "pages")?, bench.site(&bench.big, "big")?];
    let n_uncached = sites[0].made.n_pages / ROUNDS;
    let uncached = |site: &Site, round: usize| -> Vec<String> {
        site.made.pages[round * n_uncached..(round + 1) * n_uncached].iter().map(|page| href(page)).collect()
    };
    grown(bench, &sites, "view of a page not in the cache", &uncached)?;
    let warm = |_: &Site, _: usize| vec![format!("/{WARM}"); 15_000];
    grown(bench, &sites, "view, warm", &warm)?;
    let history = |_: &Site, _: usize| vec![format!("/-/history/{SPREAD}"); 2_000];
    grown(bench, &sites, "history of 25 rows", &history)?;
    let mut hrefs = Vec::new();
    for site in &mut sites {
        let text = site.client.get(&format!("/-/history/{SPREAD}"))?.text();
        let begin = text.find(&format!("/{SPREAD}@~")).ok_or_else(|| io::Error::other("no comparison to follow"))?;
        let all: Vec<String> = text[begin..]
            .split('"')
            .filter(|part| part.starts_with(&format!("/{SPREAD}@~")) && part.contains("..") && !part.contains('#'))
            .map(str::to_owned)
            .collect();
        // Of the sources: that is where one change leads to.
        let first = all.into_iter().find(|href| href.ends_with("?view=source"));
        let first = first.ok_or_else(|| io::Error::other("no comparison to follow"))?;
        expect(site.client.get(&first)?.status, 200, "a comparison")?;
        hrefs.push((site.made.clone(), first));
    }
    let diff = |site: &Site, _: usize| {
        let of = |made: &Made| (made.n_pages, made.n_commits);
        let href = hrefs.iter().find(|(made, _)| of(made) == of(&site.made)).map(|(_, href)| href.clone());
        vec![href.unwrap_or_default(); 1_000]
    };
    grown(bench, &sites, "diff of two versions", &diff)?;
    saves_grown(bench, &sites)?;
    sites.into_iter().try_for_each(|site| site.server.stop())
}

/// CPU time per answer on the three sizes in turn.
fn grown(
    bench: &mut Bench,
    sites: &[Site; 3],
    what: &str,
    asked: &dyn Fn(&Site, usize) -> Vec<String>,
) -> io::Result<()> {
    let mut cpu: [Vec<f64>; 3] = Default::default();
    for round in 0..ROUNDS {
        for (site, cpu) in sites.iter().zip(&mut cpu) {
            let hrefs = asked(site, round);
            let n = hrefs.len() as f64;
            let requests = hrefs.iter().map(|href| http::get(site.server.address, href)).collect();
            let before = site.server.cpu_s();
            let done = load(site.server.address, &Asked::Each(requests), 4)?;
            expect_all(&done)?;
            cpu.push((site.server.cpu_s() - before) / n);
        }
    }
    say_growth(bench, sites, what, "CPU", &cpu, (1.4, 1.4));
    Ok(())
}

fn saves_grown(bench: &mut Bench, sites: &[Site; 3]) -> io::Result<()> {
    const SAVES: usize = 8;
    let mut editors = sites
        .iter()
        .map(|site| Editor::many(&site.server, &last(&site.made, ROUNDS * SAVES)))
        .collect::<io::Result<Vec<_>>>()?;
    let (mut wall, mut cpu): ([Vec<f64>; 3], [Vec<f64>; 3]) = Default::default();
    for round in 0..ROUNDS {
        for (at, site) in sites.iter().enumerate() {
            let before = site.server.cpu_s();
            for n in 0..SAVES {
                let reply = editors[at].save_at(round * SAVES + n, &format!("groei{round}n{n}"))?;
                expect(reply.status, 303, "a save")?;
                wall[at].push(reply.took.as_secs_f64());
            }
            // What follows a save (search, history) counts too.
            std::thread::sleep(Duration::from_millis(300));
            cpu[at].push((site.server.cpu_s() - before) / SAVES as f64);
        }
    }
    say_growth(bench, sites, "save", "CPU, what follows included", &cpu, (2.0, 1.4));
    say_growth(bench, sites, "save", "until the answer", &wall, (2.0, 1.4));
    Ok(())
}

fn say_growth(bench: &mut Bench, sites: &[Site; 3], what: &str, of: &str, values: &[Vec<f64>; 3], most: (f64, f64)) {
    let [small, pages, big] = [0, 1, 2].map(|at| median(&values[at]));
    for (from, to, a, b, most) in [(0, 1, small, pages, most.0), (1, 2, pages, big, most.1)] {
        bench.say(Line {
            what: format!("growth of {what} ({of})"),
            ours: format!("{} at {}", ms(b), size_of(&sites[to].made)),
            against: format!("{} at {}", ms(a), size_of(&sites[from].made)),
            figure: b / a,
            unit: "x",
            wanted: Wanted::AtMost { floor: most, aim: most },
        });
    }
}

/// Saves: one editor against git, many editors, and until they are found.
pub fn save(bench: &mut Bench) -> io::Result<()> {
    const SAVES: usize = 5;
    let site = bench.site(&bench.big, "big")?;
    let tree = bench.folder.join("tree");
    process::run(Command::new("git").args(["clone", "--quiet", "--local"]).arg(&bench.big.git_dir).arg(&tree))?;
    let pages = last(&site.made, ROUNDS * SAVES);
    let mut editor = Editor::many(&site.server, &pages)?;
    let (mut ours, mut theirs, mut synced, mut ratios, mut synced_ratios) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut cpu, mut other_cpu) = (0.0, 0.0);
    for round in 0..ROUNDS {
        let (mut own, mut other, mut sync) = (vec![], vec![], vec![]);
        let before = site.server.cpu_s();
        for n in 0..SAVES {
            let reply = editor.save_at(round * SAVES + n, &format!("bewaar{round}n{n}"))?;
            expect(reply.status, 303, "a save")?;
            own.push(reply.took.as_secs_f64());
        }
        cpu += site.server.cpu_s() - before;
        let before = process::children_cpu_s();
        for n in 0..SAVES {
            other.push(git_save(&tree, &editor.pages[round * SAVES + n], &[])?);
        }
        other_cpu += process::children_cpu_s() - before;
        for n in 0..SAVES {
            let page = &mut editor.pages[round * SAVES + n];
            page.text.push_str("\nNog een keer.\n");
            sync.push(git_save(&tree, page, &["-c", "core.fsync=all"])?);
        }
        ratios.push(median(&own) / median(&other));
        synced_ratios.push(median(&own) / median(&sync));
        ours.extend(own);
        theirs.extend(other);
        synced.extend(sync);
    }
    let n_saves = (ROUNDS * SAVES) as f64;
    bench.say(Line {
        what: format!("durable save, one editor, {}", size_of(&site.made)),
        ours: format!("p50 {}, p95 {}, CPU {}", ms(median(&ours)), ms(percentile(&ours, 0.95)), ms(cpu / n_saves)),
        against: format!(
            "`git add` + `git commit` of the same change: p50 {}, CPU {}",
            ms(median(&theirs)),
            ms(other_cpu / n_saves)
        ),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtMost { floor: 0.35, aim: 0.10 },
    });
    bench.say(Line {
        what: "the same against a git that syncs as much".to_owned(),
        ours: format!("p50 {}", ms(median(&ours))),
        against: format!("with `core.fsync=all`: p50 {}", ms(median(&synced))),
        figure: median(&synced_ratios),
        unit: "x",
        wanted: Wanted::Stated,
    });
    many_editors(bench, &site)?;
    findable(bench, &site)?;
    site.server.stop()
}

fn git_save(tree: &Path, page: &EditedPage, settings: &[&str]) -> io::Result<f64> {
    let file = format!("{}.md", page.address);
    fs::write(tree.join(&file), &page.text)?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(tree).args([
            "-c",
            "gc.auto=0",
            "-c",
            "user.name=Meter",
            "-c",
            "user.email=meter@wiki.invalid",
        ]);
        command.args(settings).args(arguments);
        command
    };
    let begun = Instant::now();
    process::run(&mut git(&["add", "--", &file]))?;
    process::run(&mut git(&["commit", "--quiet", "-m", "Meting"]))?;
    Ok(begun.elapsed().as_secs_f64())
}

/// One editor and many in turn, so that what else the machine does meets both alike.
fn many_editors(bench: &mut Bench, site: &Site) -> io::Result<()> {
    let before = git_output(&site.repo, &["rev-parse", "main"])?;
    let (mut alone, mut together, mut ratios, mut done) = (vec![], vec![], vec![], Vec::new());
    for pages in site.made.pages.chunks((EDITORS + 1) * SAVES_PER_EDITOR).take(EDITOR_ROUNDS) {
        let (first, others) = pages.split_at(SAVES_PER_EDITOR);
        let (one_per_s, edits) = edit_at_once(site, first, done.len())?;
        done.extend(edits);
        let (many_per_s, edits) = edit_at_once(site, others, done.len())?;
        done.extend(edits);
        ratios.push(many_per_s / one_per_s);
        alone.push(one_per_s);
        together.push(many_per_s);
    }
    let failed: usize = done.iter().map(|(failed, ..)| failed).sum();
    let times: Vec<f64> = done.iter().flat_map(|(_, times, ..)| times.clone()).collect();
    let range = format!("{before}..main");
    let commits: Vec<String> = git_output(&site.repo, &["rev-list", &range])?.lines().map(str::to_owned).collect();
    let mut lost = 0;
    for (.., texts, ids) in &done {
        lost += ids.iter().filter(|id| !commits.contains(id)).count();
        for (address, mark) in texts {
            let text = git_output(&site.repo, &["show", &format!("main:{address}.md")])?;
            lost += usize::from(!text.contains(mark));
        }
    }
    bench.say(Line {
        what: format!("{EDITORS} editors on different pages, saves per second"),
        ours: format!(
            "{:.1} saves/s, p50 {}, p95 {}",
            median(&together),
            ms(median(&times)),
            ms(percentile(&times, 0.95))
        ),
        against: format!("one editor: {:.1} saves/s", median(&alone)),
        figure: median(&ratios),
        unit: "x",
        wanted: Wanted::AtLeast { floor: 3.0, aim: 6.0 },
    });
    bench.say(Line {
        what: format!("{EDITORS} editors on different pages, saves that failed or got lost"),
        ours: format!("{} saves; {failed} failed, {lost} lost", times.len()),
        against: "–".to_owned(),
        figure: (failed + lost) as f64,
        unit: "",
        wanted: Wanted::AtMost { floor: 0.0, aim: 0.0 },
    });
    Ok(())
}

/// Has as many editors as there are pages for save at once; the rate, and what came of each.
fn edit_at_once(site: &Site, pages: &[String], from: usize) -> io::Result<(f64, Vec<Edits>)> {
    // Everybody has read their pages before anybody saves.
    let editors = pages.chunks(SAVES_PER_EDITOR).map(|pages| Editor::many(&site.server, pages));
    let editors = editors.collect::<io::Result<Vec<_>>>()?;
    let begun = Instant::now();
    let done = std::thread::scope(|scope| {
        let saving = editors.into_iter().enumerate();
        let saving: Vec<_> = saving.map(|(at, editor)| scope.spawn(move || edit_all(editor, from + at))).collect();
        let ended = saving
            .into_iter()
            .map(|editor| editor.join().unwrap_or_else(|_| Err(io::Error::other("an editor broke off"))));
        ended.collect::<io::Result<Vec<_>>>()
    })?;
    Ok((pages.len() as f64 / begun.elapsed().as_secs_f64(), done))
}

type Edits = (usize, Vec<f64>, Vec<(String, String)>, Vec<String>);

fn edit_all(mut editor: Editor, at: usize) -> io::Result<Edits> {
    let (mut failed, mut times, mut texts, mut ids) = (0, Vec::new(), Vec::new(), Vec::new());
    for n in 0..editor.pages.len() {
        let mark = format!("samen{at}n{n}x");
        let reply = editor.save_at(n, &mark)?;
        times.push(reply.took.as_secs_f64());
        match (reply.status, reply.header("polder-commit")) {
            (303, Some(commit)) => {
                ids.push(commit.to_owned());
                texts.push((editor.pages[n].address.clone(), mark));
            }
            _ => failed += 1,
        }
    }
    Ok((failed, times, texts, ids))
}

fn findable(bench: &mut Bench, site: &Site) -> io::Result<()> {
    let pages = &site.made.pages[site.made.n_pages / 2..][..FINDS];
    let mut editor = Editor::many(&site.server, pages)?;
    let mut client = site.server.client()?;
    let mut times = Vec::new();
    for (n, page) in pages.iter().enumerate() {
        let mark = format!("vindbaar{n}q{}", n * 7);
        expect(editor.save_at(n, &mark)?.status, 303, "a save")?;
        let begun = Instant::now();
        let path = format!("/-/search?q={mark}");
        while !client.get(&path)?.text().contains(&href(page)) {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err(io::Error::other(format!("{page} is not found by what was saved in it")));
            }
        }
        times.push(begun.elapsed().as_secs_f64());
    }
    bench.say(Line {
        what: "from the answer to a save until search finds it, p95".to_owned(),
        ours: format!("p50 {}, p95 {}", ms(median(&times)), ms(percentile(&times, 0.95))),
        against: "–".to_owned(),
        figure: percentile(&times, 0.95) * 1000.0,
        unit: " ms",
        wanted: Wanted::AtMost { floor: 200.0, aim: 200.0 },
    });
    Ok(())
}

/// `catch_up` after a commit made beside the wiki, in this process.
pub fn catch_up(bench: &mut Bench) -> io::Result<()> {
    for made in [bench.small.clone(), bench.pages.clone(), bench.big.clone()] {
        let is_big = made.n_pages == bench.big.n_pages && made.n_commits == bench.big.n_commits;
        let repo = bench.copy(&made, &format!("catch-{}-{}", made.n_pages, made.n_commits))?;
        let [changed, retitled, new] = catch_ups(&repo, &bench.folder, &made)?;
        let bound = || if is_big { Wanted::AtMost { floor: 100.0, aim: 30.0 } } else { Wanted::Stated };
        for (what, times) in
            [("a page was changed", changed), ("a title was changed", retitled), ("a page was made", new)]
        {
            let p95 = percentile(&times, 0.95);
            bench.say(Line {
                what: format!("`catch_up` after {what}, p95, {}", size_of(&made)),
                ours: format!("p50 {}, p95 {}", ms(median(&times)), ms(p95)),
                against: "–".to_owned(),
                figure: p95 * 1000.0,
                unit: " ms",
                wanted: bound(),
            });
        }
    }
    Ok(())
}

/// Times after changes, after changed titles, and after new pages: those move all pages after them.
fn catch_ups(repo: &Path, folder: &Path, made: &Made) -> io::Result<[Vec<f64>; 3]> {
    let beside = ready_store(repo, folder)?;
    let wiki = Wiki::open(ready_store(repo, folder)?, None, &|_| {}).map_err(failed)?;
    std::thread::scope(|scope| {
        scope.spawn(|| wiki.run(&|_| {}));
        let line = |mut bytes: Vec<u8>, n: usize| {
            bytes.extend_from_slice(format!("\nBijgehaald {n}.\n").as_bytes());
            bytes
        };
        let times = wait_level(&wiki).and_then(|()| {
            let changes = (0..CATCH_UPS).map(|n| (format!("{}.md", made.pages[n * 7 % made.pages.len()]), n));
            let changed = changes
                .map(|(path, n)| Ok(one_catch_up(&wiki, &beside, &path, n, &line)?.wall_s))
                .collect::<io::Result<_>>()?;
            let title = |bytes: Vec<u8>, n: usize| {
                let text = String::from_utf8_lossy(&bytes);
                let old = text.lines().find(|line| line.starts_with("title: ")).unwrap_or_default();
                text.replacen(old, &format!("title: Hernoemd {n}"), 1).into_bytes()
            };
            let titles = (0..CATCH_UPS / 4).map(|n| (format!("{}.md", made.pages[n * 11 % made.pages.len()]), n));
            let retitled = titles
                .map(|(path, n)| Ok(one_catch_up(&wiki, &beside, &path, n, &title)?.wall_s))
                .collect::<io::Result<_>>()?;
            let news = (0..CATCH_UPS / 4).map(|n| (format!("bench/nieuw-{n}.md"), n));
            let new = news
                .map(|(path, n)| Ok(one_catch_up(&wiki, &beside, &path, n, &line)?.wall_s))
                .collect::<io::Result<_>>()?;
            Ok([changed, retitled, new])
        });
        wiki.stop();
        times
    })
}

pub fn wait_level(wiki: &Wiki) -> io::Result<()> {
    let begun = Instant::now();
    while wiki.world().history.is_none() || !matches!(wiki.search_level(), Level::Ready(_)) {
        if begun.elapsed() > Duration::from_secs(900) {
            return Err(io::Error::other("the wiki did not become ready"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// How long one call took.
pub struct Took {
    pub wall_s: f64,
    /// Of the thread that called.
    pub cpu_s: f64,
}

/// Commits one file, changed, beside the wiki, and times how the wiki takes it in.
pub fn one_catch_up(
    wiki: &Wiki,
    beside: &Store,
    path: &str,
    n: usize,
    change: &dyn Fn(Vec<u8>, usize) -> Vec<u8>,
) -> io::Result<Took> {
    let path = FilePath::parse(path).map_err(failed)?;
    let commit = {
        let world = wiki.catch_up().map_err(failed)?;
        let blob = world.site.manifest().get(path.as_str());
        let bytes = blob.map(|blob| beside.read(blob).map_err(failed)).transpose()?.unwrap_or_default();
        let bytes = change(bytes, n);
        let who = Person { name: "Meter".to_owned(), email: "meter@wiki.invalid".to_owned() };
        beside
            .commit(&Draft {
                parent: world.main,
                merged: None,
                files: &[(path, Some(bytes))],
                author: who.clone(),
                committer: who,
                time_s: 1_700_000_000 + n as i64,
                offset_min: 0,
                message: "Meting",
            })
            .map_err(failed)?
    };
    let (begun, cpu) = (Instant::now(), Cpu::now()?);
    let world = wiki.catch_up().map_err(failed)?;
    let took = Took { wall_s: begun.elapsed().as_secs_f64(), cpu_s: cpu.elapsed_s()? };
    if world.main != Some(commit) || world.history.is_none() {
        return Err(io::Error::other("catching up did not arrive"));
    }
    // So that the loop is not in the middle of the last one.
    std::thread::sleep(Duration::from_millis(100));
    Ok(took)
}

pub fn failed(error: impl std::fmt::Debug) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

/// Somebody who saves pages through the form.
struct Editor {
    client: Client,
    pages: Vec<EditedPage>,
    base: String,
}

struct EditedPage {
    address: String,
    text: String,
}

impl Editor {
    fn new(server: &Server, page: &str) -> io::Result<Editor> {
        Editor::many(server, &[page.to_owned()])
    }

    fn many(server: &Server, pages: &[String]) -> io::Result<Editor> {
        let mut client = server.client()?;
        let mut read = Vec::with_capacity(pages.len());
        for address in pages {
            let reply = client.get(&format!("/-/raw{}", href(address)))?;
            expect(reply.status, 200, "a raw page")?;
            read.push(EditedPage { address: address.clone(), text: reply.text() });
        }
        let base = client.get("/")?.header("polder-commit").unwrap_or_default().to_owned();
        Ok(Editor { client, pages: read, base })
    }

    fn save(&mut self, mark: &str) -> io::Result<http::Reply> {
        self.save_at(0, mark)
    }

    fn save_at(&mut self, at: usize, mark: &str) -> io::Result<http::Reply> {
        let page = &mut self.pages[at];
        page.text.push_str(&format!("\nDeze regel kwam erbij: {mark}.\n"));
        let path = format!("/-/edit{}", href(&page.address));
        let fields =
            [("text", page.text.as_str()), ("summary", "Meting"), ("name", "Meter"), ("base", self.base.as_str())];
        let reply = self.client.post(&path, &fields)?;
        if let Some(commit) = reply.header("polder-commit") {
            self.base = commit.to_owned();
        }
        Ok(reply)
    }
}

fn loaded(server: &Server, asked: &Asked) -> io::Result<(f64, f64)> {
    let before = server.cpu_s();
    let done = load(server.address, asked, CONNECTIONS)?;
    expect_all(&done)?;
    Ok((done.per_second(), (server.cpu_s() - before) / done.n_answers as f64))
}

/// The median time of one answer after the other, in seconds.
fn sequence(client: &mut Client, path: &str, n: usize) -> io::Result<f64> {
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        let reply = client.get(path)?;
        expect(reply.status, 200, path)?;
        times.push(reply.took.as_secs_f64());
    }
    Ok(median(&times))
}

/// CPU time per answer, in seconds.
fn cpu_each(server: &Server, path: &str, n: usize) -> io::Result<f64> {
    let before = server.cpu_s();
    let requests = vec![http::get(server.address, path); n];
    expect_all(&load(server.address, &Asked::Each(requests), 4)?)?;
    Ok((server.cpu_s() - before) / n as f64)
}

pub fn expect(status: u16, wanted: u16, what: &str) -> io::Result<()> {
    if status == wanted {
        Ok(())
    } else {
        Err(io::Error::other(format!("{what}: status {status} instead of {wanted}")))
    }
}

pub fn expect_all(load: &http::Load) -> io::Result<()> {
    if load.n_others == 0 && load.n_answers > 0 {
        Ok(())
    } else {
        Err(io::Error::other(format!("{} of {} answers were not 200", load.n_others, load.n_answers)))
    }
}

pub fn git_output(repo: &Path, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("git").arg("--git-dir").arg(repo).args(arguments).output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// The addresses of the last pages, which were never changed by other measurements.
fn last(made: &Made, n: usize) -> Vec<String> {
    made.pages[made.pages.len().saturating_sub(n)..].to_vec()
}

fn href(address: &str) -> String {
    format!("/{address}")
}

pub fn size_of(made: &Made) -> String {
    format!("{} pages, {} commits", made.n_pages, made.n_commits)
}

fn rates(values: &[(f64, f64)]) -> String {
    let rate: Vec<f64> = values.iter().map(|(rate, _)| *rate).collect();
    let cpu: Vec<f64> = values.iter().map(|(_, cpu)| *cpu).collect();
    format!("{:.0}/s, CPU {:.0} µs", median(&rate), median(&cpu) * 1e6)
}

pub fn ms(seconds: f64) -> String {
    match seconds * 1000.0 {
        ms if ms >= 100.0 => format!("{ms:.0} ms"),
        ms if ms >= 10.0 => format!("{ms:.1} ms"),
        ms if ms >= 1.0 => format!("{ms:.2} ms"),
        ms => format!("{:.0} µs", ms * 1000.0),
    }
}
