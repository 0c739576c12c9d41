//! Makes repositories of typed pages: plans with phases, activities, projects and what they cost,
//! by the types of the demonstration wiki, the same every time and without an error in them.
//!
//! Of a thousand pages or of fourteen thousand, the plans, projects and organisations are as many;
//! only the costs grow, as in an office of some years. One commit holds everything.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use crate::make::{Made, RARE, import};
use crate::text::{Dice, Lang, Words};

/// Raise this when other bytes are made: kept repositories are then made anew.
const VERSION: u32 = 5;
const SEED: u64 = 2010;

const N_ORGANISATIONS: usize = 10;
const N_PLANS: usize = 20;
const PHASES_PER_PLAN: usize = 4;
const ACTIVITIES_PER_PLAN: usize = 2;
const N_PROJECTS: usize = 200;
const FIRST_YEAR: usize = 2010;
const N_YEARS: usize = 15;
/// Each tenth cost is a commitment, of which the next two settle a part.
const ROUND: usize = 10;

/// The page with the five blocks.
pub const QUERIES: &str = "overzicht/vijf-vragen";

/// Five questions about all costs: a table, sums by category, a chart, and the totals of all
/// projects and all plans, which count every cost.
pub const BLOCKS: [&str; 5] = [
    "from: budget-entry\nwhere: kind = 'spent'\ncolumns: [title, project, amount, date]\nsort: [-date, title]\ntotal: [amount]\nlimit: 50\n",
    "from: budget-entry\ncolumns: [title, plan, amount]\ngroup: category\ntotal: [amount]\nlimit: 100\n",
    "from: budget-entry\nwhere: kind != 'conditional'\nview: {kind: chart, x: date.year, y: sum(amount), stack: kind}\n",
    "from: project\ncolumns: [title, status, planned, spent, used]\nsort: [-spent]\ntotal: [planned, spent]\nlimit: 50\n",
    "from: plan\ncolumns: [title, ceiling, possible_max, planned, committed, spent, free]\nsort: [title]\ntotal: [ceiling, spent]\n",
];

/// The repository with so many typed pages under `work`; made when it is not there. Its pages are
/// the costs alone.
pub fn repository(work: &Path, n_pages: usize) -> io::Result<Made> {
    let types = types()?;
    let git_dir = work.join(format!("r{VERSION}-{:08x}-{n_pages}-records.git", mark(&types)));
    let list = git_dir.join("bench-pages");
    if !list.is_file() {
        eprintln!("making {}", git_dir.display());
        if git_dir.exists() {
            fs::remove_dir_all(&git_dir)?;
        }
        fs::create_dir_all(&git_dir)?;
        let mut pages = Vec::new();
        import(&git_dir, &mut |stream| {
            stream.commit("Begin")?;
            for (name, text) in &types {
                stream.file(&format!(".polder/types/{name}"), text)?;
            }
            stream.file(".polder/config.yml", "title: Meting\nlanguage: nl\nlinks:\n  order: target-first\n")?;
            stream.file("FrontPage.md", "---\ntitle: Voorpagina\n---\n# Voorpagina\n")?;
            // Asked until the history is there.
            stream.file(&format!("{RARE}.md"), "---\ntitle: Zelden\n---\n# Zelden\n")?;
            let blocks: String = BLOCKS.iter().map(|block| format!("```yaml polder-query\n{block}```\n\n")).collect();
            stream
                .file(&format!("{QUERIES}.md"), &format!("---\ntitle: Vijf vragen\n---\n# Vijf vragen\n\n{blocks}"))?;
            for page in records(n_pages) {
                stream.file(&format!("{}.md", page.address), &page.text)?;
                if page.is_cost {
                    pages.push(page.address);
                }
            }
            Ok(())
        })?;
        fs::write(&list, pages.join("\n"))?;
    }
    let pages = fs::read_to_string(&list)?.lines().map(str::to_owned).collect();
    Ok(Made { git_dir, n_pages, n_commits: 1, pages })
}

/// The types of the demonstration wiki, by file name.
fn types() -> io::Result<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/.polder/types");
    let mut types = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        types.push((entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?));
    }
    types.sort();
    Ok(types)
}

/// Tells other types apart (FNV-1a).
fn mark(types: &[(String, String)]) -> u32 {
    let bytes = types.iter().flat_map(|(name, text)| name.bytes().chain(text.bytes()));
    bytes.fold(0x811c_9dc5, |mark, byte| (mark ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

struct Page {
    address: String,
    text: String,
    is_cost: bool,
}

fn records(n_pages: usize) -> Vec<Page> {
    let words = Words::default();
    let mut pages = Vec::with_capacity(n_pages);
    let mut add = |address: String, fields: String, n_sentences: usize, is_cost: bool| {
        let mut text = format!("---\n{fields}---\n");
        let mut dice = Dice::of(SEED, pages.len() as u64);
        prose(&words, n_sentences, &mut dice, &mut text);
        pages.push(Page { address, text, is_cost });
    };
    for at in 0..N_ORGANISATIONS {
        let kind = ["ministry", "municipality", "agency", "company", "water-board"][at % 5];
        let fields =
            format!("type: organisation\ntitle: Organisatie {at}\nname: Organisatie nummer {at}\nkind: {kind}\n");
        add(organisation(at), fields, 12, false);
    }
    for at in 0..N_PLANS {
        let year = FIRST_YEAR + at % N_YEARS;
        let fields = format!(
            "type: plan\ntitle: Plan {at}\nstatus: current\nperiod: {year}-01/{}-12\nowner: {}\ntarget_staff: 5\n",
            year + 3,
            organisation(at % N_ORGANISATIONS)
        );
        add(plan(at), fields, 40, false);
        for order in 0..PHASES_PER_PLAN {
            let year = year + order;
            let fields = format!(
                "type: phase\ntitle: Fase {order} van plan {at}\nplan: {}\norder: {}\nperiod: {year}-01/{year}-12\nstatus: upcoming\n",
                plan(at),
                order + 1
            );
            add(phase(at, order), fields, 15, false);
        }
        for number in 0..ACTIVITIES_PER_PLAN {
            let title = format!("Activiteit {number} van plan {at}");
            let fields = format!("type: activity\ntitle: {title}\nplan: {}\ncode: A{number}\n", plan(at));
            add(activity(at, number), fields, 10, false);
        }
    }
    for at in 0..N_PROJECTS {
        let (of, year) = (at % N_PLANS, FIRST_YEAR + at % N_YEARS);
        let fields = format!(
            "type: project\ntitle: Project {at}\nplan: {}\nactivity: {}\nkind: own\nstatus: {}\nlead: {}\npartners:\n  - {{who: {}, role: adviseur}}\nperiod: {year}-03/{}-06\n",
            plan(of),
            activity(of, at / N_PLANS % ACTIVITIES_PER_PLAN),
            ["accepted", "running", "running", "done"][at % 4],
            organisation(at % N_ORGANISATIONS),
            organisation((at + 3) % N_ORGANISATIONS),
            year + 2
        );
        add(project(at), fields, 25, false);
    }
    let n_others = N_ORGANISATIONS + N_PLANS * (1 + PHASES_PER_PLAN + ACTIVITIES_PER_PLAN) + N_PROJECTS;
    for at in 0..n_pages.saturating_sub(n_others) {
        let n_sentences = 2 + Dice::of(SEED, 7_000_000 + at as u64).below(7);
        add(cost(at), cost_fields(at), n_sentences, true);
    }
    pages
}

fn organisation(at: usize) -> String {
    format!("organisaties/organisatie-{at}")
}

fn plan(at: usize) -> String {
    format!("plannen/plan-{at}")
}

fn phase(plan: usize, order: usize) -> String {
    format!("fasen/plan-{plan}-fase-{order}")
}

fn activity(plan: usize, number: usize) -> String {
    format!("activiteiten/plan-{plan}-activiteit-{number}")
}

fn project(at: usize) -> String {
    format!("projecten/project-{at}")
}

fn year_of(cost: usize) -> usize {
    FIRST_YEAR + cost / ROUND % N_YEARS
}

fn cost(at: usize) -> String {
    format!("begroting/{}/{}", year_of(at), number(at))
}

fn number(cost: usize) -> String {
    format!("BA-{}-{:05}", year_of(cost), cost)
}

fn cost_fields(at: usize) -> String {
    let mut dice = Dice::of(SEED, 9_000_000 + at as u64);
    let round = at / ROUND * ROUND;
    let of = round / ROUND % N_PROJECTS;
    let plan_at = of % N_PLANS;
    let kind = match at % ROUND {
        0 => "committed",
        7 | 8 => "planned",
        9 if at / ROUND % 50 == 5 => "conditional",
        9 => "reserved",
        _ => "spent",
    };
    let euros = match kind {
        "committed" => 50_000 + dice.below(50_000),
        "reserved" | "conditional" => 300_000 + dice.below(900_000),
        _ => 50 + dice.below(20_000),
    };
    let mut fields = format!(
        "type: budget-entry\ntitle: Post {at}\nid: {}\nplan: {}\nphase: {}\nproject: {}\ncategory: {}\nkind: {kind}\n",
        number(at),
        plan(plan_at),
        phase(plan_at, at % PHASES_PER_PLAN),
        project(of),
        ["staff", "bureau", "project", "facility", "meeting", "communication", "other"][dice.below(7)],
    );
    let date = format!("{}-{:02}-{:02}", year_of(at), 1 + dice.below(12), 1 + dice.below(28));
    _ = if kind == "planned" && dice.below(20) == 0 {
        write!(fields, "amount: unknown\ndate: {date}\n")
    } else {
        write!(fields, "amount: EUR {euros}.{:02}\ndate: {date}\n", dice.below(100))
    };
    _ = match kind {
        "committed" => write!(fields, "vat: included\n"),
        "conditional" => write!(fields, "condition: Als het nodig is.\ndecide_by: 2099-12-31\nstate: open\n"),
        "spent" => {
            write!(fields, "vat: included\ncounterparty: {}\n", organisation(dice.below(N_ORGANISATIONS)))
        }
        _ => Ok(()),
    };
    if matches!(at % ROUND, 1 | 2) {
        _ = writeln!(fields, "settles: {}", cost(round));
    }
    fields
}

fn prose(words: &Words, n_sentences: usize, dice: &mut Dice, out: &mut String) {
    for at in 0..n_sentences {
        words.sentence(Lang::Dutch, dice, out);
        if at % 8 == 4 {
            let (of, name) = (dice.below(N_PROJECTS), words.name(Lang::Dutch, dice));
            _ = write!(out, "Zie [[{}|{name}]]. ", project(of));
        }
        if at % 5 == 4 {
            out.truncate(out.trim_end().len());
            out.push_str("\n\n");
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
}
