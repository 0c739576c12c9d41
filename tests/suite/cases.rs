//! Runs the files under `tests/cases`: a case is added by adding files. `UPDATE=1` rewrites what
//! is expected; read the difference before committing it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polder_core::access::Who;
use polder_core::doc;
use polder_core::html::{Labels, render};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Entry, Manifest};
use polder_core::merge::{Merge, marked, merge3};
use polder_core::path::FilePath;
use polder_core::site::{self, Site};

use crate::words::root;

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/cases").join(kind);
    let mut found: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|_| panic!("no {}", folder.display()))
        .map(|entry| entry.expect("readable").path())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no cases of {kind}");
    found
}

#[track_caller]
fn compare(file: &Path, got: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, got).expect("written");
        return;
    }
    let want = fs::read_to_string(file).unwrap_or_default();
    assert!(want == got, "{} differs; got:\n{got}", file.display());
}

/// The little site in which the render cases stand.
fn little_site(case: &str) -> Site {
    let files = [
        ("case.md", case),
        ("FrontPage.md", "# Voorpagina\n"),
        ("map/pagina.md", "---\ntitle: De pagina\naliases: [Bijnaam]\n---\n## Een kop\n"),
        ("map/plaat.png", ""),
        ("dubbel/zelfde.md", "x"),
        ("elders/zelfde.md", "x"),
    ];
    let mut entries = Vec::new();
    for (n, (path, _)) in files.iter().enumerate() {
        let path = FilePath::parse(path).expect("a good path");
        entries.push(Entry { path, blob: BlobId([n as u8; 20]) });
    }
    let manifest = Manifest::new(entries, Vec::new());
    let text_of = |path: &FilePath| files.iter().find(|(name, _)| *name == path.as_str()).expect("known").1;
    let docs = manifest
        .entries()
        .iter()
        .filter(|entry| site::wants_doc(&entry.path))
        .map(|entry| Arc::new(doc::parse(entry.path.kind(), text_of(&entry.path).as_bytes())))
        .collect();
    site::assemble(CommitId([1; 20]), Arc::new(manifest), docs, None)
}

#[test]
fn pages_render_as_written_down() {
    let labels = Labels {
        table: "Tabel".into(),
        missing: "bestaat nog niet".into(),
        done: "gedaan".into(),
        open: "open".into(),
        alerts: ["Noot", "Tip", "Belangrijk", "Let op", "Pas op"].map(str::to_owned),
        back: "Terug naar".into(),
        no_version: "deze versie is er niet".into(),
        too_many: "te veel".into(),
    };
    for file in cases("render").iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(file).expect("readable");
        let site = little_site(&text);
        let who = Who::default();
        let seen = site.seen_by(&who);
        let page = seen.page_at(&FilePath::parse("case.md").expect("a good path")).expect("there");
        let rendered = render(&text, &seen.page(page).expect("there").doc, seen.links(page), seen, &labels);
        compare(&file.with_extension("html"), &rendered.html);
    }
}

#[test]
fn merges_come_out_as_written_down() {
    for folder in cases("merge") {
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("readable");
        let got = match merge3(&read("base.md"), &read("ours.md"), &read("theirs.md")) {
            Merge::Clean(text) => text,
            Merge::Clash(chunks) => marked(&chunks, "ours", "base", "theirs"),
        };
        compare(&folder.join("want.md"), &got);
    }
}

#[test]
fn catching_up_in_any_grouping_equals_starting_over() {
    // INV-2: a site assembled with a previous one is the site assembled without.
    let mut state = 11u64;
    let mut next = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut files: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let mut previous: Option<Site> = None;
    for round in 0..300u64 {
        for _ in 0..=next(3) {
            let path = match next(10) {
                0 => ".polder/config.yml".to_owned(),
                n => format!("f{}/p{n}.md", next(3)),
            };
            if next(5) == 0 {
                files.remove(&path);
                continue;
            }
            let text = if path.starts_with('.') {
                format!("links:\n  order: {}\n", ["auto", "text-first", "target-first"][next(3) as usize])
            } else {
                let title = if next(3) == 0 {
                    format!("---\ntitle: T{}\naliases: [A{}]\n---\n", next(4), next(4))
                } else {
                    String::new()
                };
                format!(
                    "{title}[[p{}|T{}]] [[T{}]] [x](../f{}/p{}.md) [[A{}|p{}]] {round}\n",
                    next(10),
                    next(4),
                    next(4),
                    next(3),
                    next(10),
                    next(4),
                    next(10)
                )
            };
            files.insert(path, text);
        }
        let mut entries = Vec::new();
        let mut docs = Vec::new();
        for (path, text) in &files {
            let path = FilePath::parse(path).expect("a good path");
            let mut id = [0u8; 20];
            for (at, byte) in text.bytes().enumerate() {
                id[at % 20] = byte.wrapping_add(id[at % 20].rotate_left(3));
            }
            // A doc of the same bytes is the same value, as it is in the running wiki.
            let known = previous.as_ref().and_then(|previous| {
                let at = previous
                    .manifest()
                    .entries()
                    .iter()
                    .filter(|entry| site::wants_doc(&entry.path))
                    .position(|entry| entry.path == path && entry.blob == BlobId(id))?;
                previous.docs().get(at).cloned()
            });
            if site::wants_doc(&path) {
                docs.push(known.unwrap_or_else(|| Arc::new(doc::parse(path.kind(), text.as_bytes()))));
            }
            entries.push(Entry { path, blob: BlobId(id) });
        }
        let manifest = Arc::new(Manifest::new(entries, Vec::new()));
        let at = CommitId([(round % 251) as u8; 20]);
        let grown = site::assemble(at, Arc::clone(&manifest), docs.clone(), previous.as_ref());
        let fresh = site::assemble(at, manifest, docs, None);
        assert_eq!(told(&grown), told(&fresh), "round {round}");
        previous = Some(grown);
    }
}

/// Everything a site answers, as text.
fn told(site: &Site) -> String {
    let who = Who::default();
    let seen = site.seen_by(&who);
    let mut all = String::new();
    for at in 0..seen.pages().len() as u32 {
        let page = seen.page(at).expect("there");
        all.push_str(&format!("{} {:?} {:?} {:?}\n", page.path, page.title(), seen.links(at), seen.backlinks(at)));
    }
    all.push_str(&format!(
        "{:?} {:?} {:?} {:?}\n",
        seen.wanted(),
        seen.orphans(),
        seen.tags(),
        seen.problems(polder_wiki::clock::today(seen.settings()))
    ));
    all
}
