//! The index, on sites made of texts.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::Hasher as _;

use polder_core::doc;
use polder_core::manifest::{Entry, Manifest};
use polder_core::path::FilePath;
use polder_core::site::{assemble, wants_doc};
use rustc_hash::FxHashMap;

use super::find::*;
use super::index::*;
use super::*;

/// A repository as a list of files.
#[derive(Clone, Default)]
struct Files(BTreeMap<String, String>);

impl Files {
    fn of(files: &[(&str, &str)]) -> Files {
        Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn put(&mut self, path: &str, text: &str) {
        self.0.insert(path.to_owned(), text.to_owned());
    }

    /// The site; its commit follows from the files, as in git.
    fn site(&self) -> Site {
        let mut all = String::new();
        let mut entries = Vec::new();
        for (path, text) in &self.0 {
            all.push_str(&format!("{path}\0{text}\0"));
            entries.push(Entry { path: FilePath::parse(path).expect("a good path"), blob: BlobId(id(text)) });
        }
        let manifest = Manifest::new(entries, Vec::new());
        let docs = manifest
            .entries()
            .iter()
            .filter(|entry| wants_doc(&entry.path))
            .map(|entry| Arc::new(doc::parse(entry.path.kind(), self.0[entry.path.as_str()].as_bytes())));
        let docs = docs.collect();
        assemble(CommitId(id(&all)), Arc::new(manifest), docs, None)
    }

    fn read(&self, blob: BlobId) -> Option<Vec<u8>> {
        self.0.values().find(|text| id(text) == blob.0).map(|text| text.clone().into_bytes())
    }

    fn sync(&self, search: &Search) -> Site {
        let site = self.site();
        search.sync(&site, &|blob| self.read(blob), &|_, _| {}).unwrap();
        assert_eq!(search.level(), Level::Ready(site.at));
        site
    }

    /// The addresses found, best first.
    pub(super) fn find(&self, search: &Search, query: &str) -> Vec<String> {
        self.answer(search, query).1
    }

    fn answer(&self, search: &Search, query: &str) -> (Answer, Vec<String>) {
        let (site, who) = (self.site(), Who::default());
        let seen = site.seen_by(&who);
        let answer = search.find(seen, &|blob| self.read(blob), query, 0, 1_000);
        assert_eq!(answer.n_found, answer.hits.len());
        let addresses = answer.hits.iter().map(|hit| seen.page(hit.page).unwrap().path.address().to_owned()).collect();
        (answer, addresses)
    }
}

fn id(text: &str) -> [u8; 20] {
    let mut id = [0; 20];
    for (at, byte) in id.iter_mut().enumerate() {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write_usize(at);
        hasher.write(text.as_bytes());
        *byte = hasher.finish() as u8;
    }
    id
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

fn some_files() -> Files {
    Files::of(&[
        ("fiets.md", "# De fiets\n\nWie naar het werk fietst, krijgt een fietsplan."),
        (
            "plannen/plan-van-aanpak.md",
            "---\ntitle: Plan van aanpak\ntags: [Open Data, plan]\nowner: Bureau Ambtenaar\n---\n## Begroting\nDe fietsen staan in een café. Eén besluit.",
        ),
        ("policy.md", "# Policies\n\nOne policy for all meetings."),
        ("dijk.md", "# Dijk\n\nHet aanpak van een plan is lastig. De dijk bij BA-2009-004 houdt."),
        ("_Sidebar.md", "fiets policy"),
        ("bijlage.txt", "fiets"),
    ])
}

#[test]
fn words_are_found_in_both_languages_and_without_accents() {
    let (files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    assert_eq!(sorted(files.find(&search, "fietsen")), ["fiets", "plannen/plan-van-aanpak"]);
    assert_eq!(sorted(files.find(&search, "FIETS")), ["fiets", "plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "policies"), ["policy"]);
    assert_eq!(files.find(&search, "meeting"), ["policy"]);
    assert_eq!(files.find(&search, "cafe een"), files.find(&search, "café één"));
    assert_eq!(files.find(&search, "cafe\u{301}"), ["plannen/plan-van-aanpak"]);
    // Frontmatter, headings, title and path count too.
    assert_eq!(files.find(&search, "ambtenaar"), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "begrotingen"), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "plannen begroting"), ["plannen/plan-van-aanpak"]);
}

#[test]
fn phrases_prefixes_and_filters_count() {
    let (files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    assert_eq!(sorted(files.find(&search, "plan aanpak")), ["dijk", "plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "\"plan van aanpak\""), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "\"fietsen\""), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "BA-2009-004"), ["dijk"]);
    assert_eq!(files.find(&search, "fietspl"), ["fiets"]);
    assert_eq!(files.find(&search, "fietspl* werk"), ["fiets"]);
    assert_eq!(files.find(&search, "\"fietspl\""), Vec::<String>::new());
    assert_eq!(files.find(&search, "plan -dijken"), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "plan -\"plan van aanpak\""), ["dijk"]);
    assert_eq!(sorted(files.find(&search, "-plan")), ["fiets", "policy"]);
    assert_eq!(files.find(&search, "title:plan"), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "titel:\"plan van\""), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "tag:open-data"), ["plannen/plan-van-aanpak"]);
    assert_eq!(files.find(&search, "tag:data"), Vec::<String>::new());
    assert_eq!(files.find(&search, "tag:plan fiets"), ["plannen/plan-van-aanpak"]);
}

#[test]
fn when_no_page_has_it_all_some_is_enough_and_that_is_said() {
    let (files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    let (answer, found) = files.answer(&search, "fiets policy");
    assert!(!answer.exact && answer.ready);
    assert_eq!(sorted(found), ["fiets", "plannen/plan-van-aanpak", "policy"]);
    let (answer, found) = files.answer(&search, "\"dijk van aanpak\"");
    assert!(!answer.exact);
    assert_eq!(sorted(found), ["dijk", "plannen/plan-van-aanpak"]);
    let (answer, found) = files.answer(&search, "zeppelin luchtschip");
    assert!(answer.exact && found.is_empty());
    assert!(files.answer(&search, "zeppelin").0.exact);
}

#[test]
fn a_title_goes_before_a_mention() {
    let mut files = Files::default();
    files.put("a.md", &format!("# Overzicht\n\n{}", "Een dijk. ".repeat(5)));
    files.put("b.md", &format!("# Dijk\n\nDit gaat over de dijk. {}", "Nog veel meer tekst. ".repeat(20)));
    let search = Search::open(None).unwrap();
    files.sync(&search);
    assert_eq!(files.find(&search, "dijk"), ["b", "a"]);
}

#[test]
fn a_passage_shows_the_words_and_not_the_title() {
    let (files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    let (answer, _) = files.answer(&search, "fietsplan");
    assert_eq!(
        answer.hits[0].passage,
        [
            ("Wie naar het werk fietst, krijgt een ".to_owned(), false),
            ("fietsplan".to_owned(), true),
            (".".to_owned(), false)
        ]
    );
}

#[test]
fn what_is_saved_is_found_and_what_is_deleted_is_gone() {
    let (mut files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    search.flush().unwrap();
    let old = files.clone();
    files.put("dijk.md", "# Dijk\n\nNu met een zeppelin.");
    // The index lags: nothing is said to be new, and the passage is of the page as it is now.
    let (answer, found) = files.answer(&search, "lastig");
    assert!(!answer.ready);
    assert_eq!(found, ["dijk"]);
    assert!(answer.hits[0].passage[0].0.contains("zeppelin"));
    files.sync(&search);
    let (answer, found) = files.answer(&search, "zeppelin");
    assert!(answer.ready);
    assert_eq!(found, ["dijk"]);
    assert_eq!(files.find(&search, "lastig"), Vec::<String>::new());
    files.0.remove("dijk.md");
    assert_eq!(files.find(&search, "zeppelin"), Vec::<String>::new(), "gone before the index knows");
    files.sync(&search);
    assert_eq!(files.find(&search, "zeppelin"), Vec::<String>::new());
    assert!(!old.answer(&search, "dijk").0.ready);
    old.sync(&search);
    assert_eq!(old.find(&search, "lastig"), ["dijk"], "a rewind is no special case");
}

#[test]
fn paging_is_stable_and_the_count_is_of_all() {
    let mut files = Files::default();
    for number in 0..57 {
        files.put(&format!("p{number:02}.md"), "Overal staat hetzelfde.");
    }
    let search = Search::open(None).unwrap();
    let (site, who) = (files.sync(&search), Who::default());
    let page = |from, count| search.find(site.seen_by(&who), &|_| None, "hetzelfde", from, count);
    let all: Vec<PageIdx> = page(0, 100).hits.iter().map(|hit| hit.page).collect();
    assert_eq!(all, (0..57).collect::<Vec<PageIdx>>(), "what scores the same stands by path");
    let mut paged = Vec::new();
    for from in (0..60).step_by(10) {
        let answer = page(from, 10);
        assert_eq!(answer.n_found, 57);
        paged.extend(answer.hits.iter().map(|hit| hit.page));
    }
    assert_eq!(paged, all);
    assert_eq!(page(0, 0).n_found, 57);
    assert!(page(usize::MAX, usize::MAX).hits.is_empty());
}

#[test]
fn many_saves_without_a_flush_reach_the_disk() {
    let (mut files, search) = (some_files(), Search::open(None).unwrap());
    for step in 0..=(2 * OVERLAY_MAX_PIECES) {
        files.put("dijk.md", &format!("# Dijk\n\nVersie v{step}."));
        files.put(&format!("p{step}.md"), "Nog een bladzijde.");
        files.sync(&search);
        assert_eq!(files.find(&search, &format!("\"v{step}\"")), ["dijk"]);
        assert_eq!(files.find(&search, "bladzijden").len(), step + 1);
        let n_pieces = search.writer.lock().unwrap().as_ref().unwrap().overlay.len();
        assert!(n_pieces <= OVERLAY_MAX_PIECES);
    }
    assert_eq!(files.find(&search, "\"v3\""), Vec::<String>::new());
}

#[test]
fn skipping_finds_the_same_page_as_searching() {
    let mut files = Files::default();
    for number in 0..50 {
        files.put(&format!("p{:02}.md", number * 2), "");
    }
    let (site, who) = (files.site(), Who::default());
    let pages = site.seen_by(&who).pages();
    for from in 0..=pages.len() {
        for number in 0..110 {
            let path = format!("p{number:02}.md");
            let expected = pages.partition_point(|page| page.path.as_str() < path.as_str()).max(from);
            assert_eq!(skip_to(pages, from, &path), expected, "{path} from {from}");
        }
    }
}

#[test]
fn an_index_synced_in_steps_answers_like_one_made_at_once() {
    // INV-2
    let folder = tempfile::tempdir().unwrap();
    let mut stepwise = Search::open(Some(folder.path())).unwrap();
    let words = ["dijk", "dijken", "plan", "plannen", "van", "aanpak", "café", "policy", "policies", "2009"];
    let queries = [
        "dijk",
        "plannen",
        "\"plan van aanpak\"",
        "pol",
        "-dijk",
        "caf",
        "dijk plan -policy",
        "title:plan",
        "zoek 2009 niets",
        "tag:dijk",
    ];
    let mut seed = 7u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut files = some_files();
    for step in 0..60 {
        for _ in 0..=random(6) {
            let path = format!("d{}/p{}.md", random(3), random(12));
            if random(4) == 0 {
                files.0.remove(&path);
            } else {
                let body: Vec<&str> = (0..random(12)).map(|_| words[random(words.len())]).collect();
                let tag = words[random(words.len())];
                files.put(
                    &path,
                    &format!("---\ntags: [{tag}]\n---\n# {}\n\n{}\n", words[random(words.len())], body.join(" ")),
                );
            }
        }
        files.sync(&stepwise);
        if random(3) == 0 {
            stepwise.flush().unwrap();
        }
        if random(8) == 0 {
            drop(stepwise);
            stepwise = Search::open(Some(folder.path())).unwrap();
            files.sync(&stepwise);
        }
        if step % 5 == 4 {
            let at_once = Search::open(None).unwrap();
            files.sync(&at_once);
            for query in queries {
                let (step, once) = (files.answer(&stepwise, query), files.answer(&at_once, query));
                assert_eq!(sorted(step.1), sorted(once.1), "{query}");
                assert_eq!((step.0.exact, step.0.ready), (once.0.exact, once.0.ready), "{query}");
            }
        }
    }
}

#[test]
fn a_site_of_the_past_is_searched_as_a_wiki_of_it_alone_would_be() {
    let words = ["dijk", "dijken", "plan", "plannen", "van", "aanpak", "café", "policy", "policies", "2009"];
    let queries =
        ["dijk", "plannen aanpak", "\"plan van\"", "pol", "-dijk", "title:plan", "2009 niets", "tag:dijk", "caf*"];
    let mut seed = 11u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let folder = tempfile::tempdir().unwrap();
    let mut search = Search::open(Some(folder.path())).unwrap();
    let (mut files, mut past) = (some_files(), Vec::new());
    for step in 0..50 {
        for _ in 0..=random(5) {
            let path = format!("d{}/p{}.md", random(3), random(10));
            if random(4) == 0 {
                files.0.remove(&path);
            } else {
                let body: Vec<&str> = (0..random(60)).map(|_| words[random(words.len())]).collect();
                let (tag, title) = (words[random(words.len())], words[random(words.len())]);
                files.put(&path, &format!("---\ntags: [{tag}]\n---\n# {title}\n\n{}\n", body.join(" ")));
            }
        }
        files.sync(&search);
        past.push(files.clone());
        if random(3) == 0 {
            search.flush().unwrap();
        }
        if random(8) == 0 {
            drop(search);
            search = Search::open(Some(folder.path())).unwrap();
            files.sync(&search);
        }
        for _ in 0..2 {
            let then = &past[random(past.len())];
            // Of the present, words are counted in documents that are no pages any more too.
            if search.level() == Level::Ready(then.site().at) {
                continue;
            }
            let alone = Search::open(None).unwrap();
            let (site, who) = (then.sync(&alone), Who::default());
            let seen = site.seen_by(&who);
            for query in queries {
                let read = |blob| then.read(blob);
                let found = search.find_at(seen, &read, query, 0, 1_000);
                let expected = alone.find(seen, &read, query, 0, 1_000);
                assert_eq!(
                    (found.n_found, found.exact, found.ready, found.n_left_out),
                    (expected.n_found, expected.exact, expected.ready, 0),
                    "{query} at {step}"
                );
                let score_of = |page| expected.hits.iter().find(|hit| hit.page == page).unwrap();
                for (hit, place) in found.hits.iter().zip(&expected.hits) {
                    let expected = score_of(hit.page);
                    assert_eq!(hit.passage, expected.passage, "{query} at {step}");
                    assert!((hit.score - place.score).abs() <= 1e-4 * place.score.abs(), "{query} at {step}");
                    assert!((hit.score - expected.score).abs() <= 1e-4 * expected.score.abs(), "{query} at {step}");
                }
            }
        }
    }
}

#[test]
fn what_the_index_has_of_the_past_is_not_read_again() {
    let (mut files, search) = (some_files(), Search::open(None).unwrap());
    files.sync(&search);
    let then = files.clone();
    files.put("dijk.md", "# Dijk\n\nNu met een zeppelin.");
    files.0.remove("fiets.md");
    files.sync(&search);
    search.flush().unwrap();
    let (site, who) = (then.site(), Who::default());
    let seen = site.seen_by(&who);
    let n_read = Cell::new(0);
    let read = |blob| {
        n_read.set(n_read.get() + 1);
        then.read(blob)
    };
    let find = |query: &str| search.find_at(seen, &read, query, 0, 10);
    assert_eq!(find("lastig").n_found, 1);
    assert_eq!(find("zeppelin").n_found, 0, "nothing of later");
    assert_eq!(find("fietsplan").n_found, 1, "gone since");
    let n_first = n_read.get();
    assert!(n_first <= 2, "only what differs is read, and that once");
    files.put("nog.md", "Nog iets anders.");
    files.sync(&search);
    assert_eq!(find("lastig").n_found, 1);
    assert_eq!(n_read.get(), n_first, "a change since makes nothing new of it");
    let unready = Search::open(None).unwrap();
    assert!(!unready.find_at(seen, &read, "dijk", 0, 10).ready);
}

#[test]
fn what_is_closed_writes_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let search = Search::open(Some(folder.path())).unwrap();
    let mut files = Files::default();
    // So many segments that they are merged, which goes on when `flush` is done.
    for n in 0..8 {
        for page in 0..20 {
            files.put(&format!("p{n}-{page}.md"), &format!("# Dijk {n}\n\n{}", "Een dijk en een plan. ".repeat(400)));
        }
        files.sync(&search);
        search.flush().unwrap();
    }
    drop(search);
    let listed = || {
        let files = fs::read_dir(folder.path().join("index")).unwrap().map(|file| file.unwrap());
        let mut files: Vec<_> = files.map(|file| (file.file_name(), file.metadata().unwrap().len())).collect();
        files.sort();
        files
    };
    let then = listed();
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert_eq!(then, listed(), "another may have opened the folder by now");
    let search = Search::open(Some(folder.path())).unwrap();
    search.sync(&files.site(), &|_| panic!("the index is whole: nothing is read again"), &|_, _| {}).unwrap();
}

#[test]
fn a_large_change_is_told_and_outlives_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::default();
    for number in 0..(CHUNK_PAGES + 300) {
        files.put(&format!("p{number:04}.md"), &format!("# Bladzijde {number}\n\nEen verhaal."));
    }
    let site = files.site();
    let texts: FxHashMap<[u8; 20], &String> = files.0.values().map(|text| (id(text), text)).collect();
    let n_read = Cell::new(0);
    let read = |blob: BlobId| {
        n_read.set(n_read.get() + 1);
        texts.get(&blob.0).map(|text| text.to_string().into_bytes())
    };
    let told = Cell::new((0, 0));
    let search = Search::open(Some(folder.path())).unwrap();
    assert_eq!(search.level(), Level::Building { done: 0, of: 0 });
    search.sync(&site, &read, &|done, of| told.set((done, of))).unwrap();
    assert_eq!(told.get(), (files.0.len(), files.0.len()));
    assert!(matches!(Search::open(Some(folder.path())), Err(SearchError::InUse)));
    drop(search);
    n_read.set(0);
    let search = Search::open(Some(folder.path())).unwrap();
    search.sync(&site, &read, &|_, _| {}).unwrap();
    assert_eq!(n_read.get(), 0, "nothing is indexed again");
    let who = Who::default();
    let answer = search.find(site.seen_by(&who), &read, "verhaal", 0, 10);
    assert_eq!((answer.n_found, answer.hits.len()), (files.0.len(), 10));
    assert_eq!(n_read.get(), 0, "passages come from the index");
}

#[test]
fn a_damaged_or_older_index_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let files = some_files();
    let open = || Search::open(Some(folder.path())).unwrap();
    let index = folder.path().join("index");
    let damages: [&dyn Fn(); 4] = [
        &|| fs::write(index.join("meta.json"), b"{").unwrap(),
        &|| {
            let meta = fs::read_to_string(index.join("meta.json")).unwrap();
            fs::write(index.join("meta.json"), meta.replace(&version(), "polder-search-0-0")).unwrap();
        },
        &|| {
            for entry in fs::read_dir(&index).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "term" || extension == "idx") {
                    let mut bytes = fs::read(&path).unwrap();
                    bytes[3] ^= 0x55;
                    fs::write(&path, bytes).unwrap();
                }
            }
        },
        &|| {
            for entry in fs::read_dir(&index).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "fast") {
                    fs::remove_file(&path).unwrap();
                }
            }
        },
    ];
    for damage in damages {
        let search = open();
        files.sync(&search);
        search.flush().unwrap();
        drop(search);
        damage();
        let search = open();
        assert_eq!(files.answer(&search, "fiets").0, Answer { exact: false, ..Answer::default() });
        files.sync(&search);
        assert_eq!(sorted(files.find(&search, "fiets")), ["fiets", "plannen/plan-van-aanpak"]);
    }
}

#[test]
fn any_page_and_any_query_is_taken() {
    // INV-9
    let mut files = some_files();
    let letters: Vec<char> = "aeéE\u{301}’'s -\"*:\n#[]|>`\u{0}ßﬁ計𝔘😀İıςg٣½\u{202e}dijk".chars().collect();
    let mut seed = 3u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for number in 0..50 {
        let text: String = (0..random(300)).map(|_| letters[random(letters.len())]).collect();
        files.put(&format!("odd{number}.md"), &text);
    }
    files.put("long.md", &"lang".repeat(100_000));
    files.put("deep.md", &">".repeat(5_000));
    files.put("front.md", "---\na: [\n---\ntekst");
    let search = Search::open(None).unwrap();
    let (site, who) = (files.sync(&search), Who::default());
    for _ in 0..3_000 {
        let query: String = (0..random(30)).map(|_| letters[random(letters.len())]).collect();
        search.find(site.seen_by(&who), &|_| None, &query, random(5), random(20));
    }
    for query in ["", "\0", "\"", "-", "title:", "tag:\"", "*", &"a".repeat(100_000), &"é ".repeat(5_000)] {
        search.find(site.seen_by(&who), &|_| None, query, 0, 10);
    }
}
