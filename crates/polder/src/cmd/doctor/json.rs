//! What was found, for programs: one object. Codes and keys are the same in every language; only the
//! messages of problems are in the reader's.

use polder_core::path::FilePath;
use polder_core::review::Located;
use polder_core::settings::LinkOrder;
use polder_web::words::Words;
use serde_json::{Map, Value, json};

use super::{Few, Findings, Repository};
use crate::report;

/// The whole report. Lists may be cut; `count` beside them is not.
pub fn json(words: &Words, findings: &Findings) -> Value {
    let survey = &findings.survey;
    let links = &survey.links;
    let special: Map<String, Value> = survey
        .special
        .iter()
        .map(|(special, (n, files))| (special.code().to_owned(), json!({ "count": n, "files": paths(files) })))
        .collect();
    let foreign: Map<String, Value> = findings
        .foreign
        .iter()
        .map(|(what, writing)| {
            let (file, line) = &writing.first;
            let value = json!({ "count": writing.n, "pages": writing.n_pages, "file": file.as_str(), "line": line });
            (what.code().to_owned(), value)
        })
        .collect();
    let by_name: Vec<Value> = (survey.by_name_alone.1.iter())
        .map(|(page, line, file)| json!({ "file": page.as_str(), "line": line, "means": file.as_str() }))
        .collect();
    json!({
        "path": findings.path.display().to_string(),
        "repository": findings.repository.as_ref().map(of_git),
        "sizes": {
            "pages": findings.n_pages,
            "files": findings.n_files,
            "bytes": findings.size_bytes,
            "largest": findings.largest.iter()
                .map(|(file, bytes)| json!({ "file": file.as_str(), "bytes": bytes })).collect::<Vec<_>>(),
            "absent": few(&findings.absent),
        },
        "conventions": {
            "program": survey.program.code(),
            "front_page": survey.front_page.as_ref().map(FilePath::as_str),
            "other_front_pages": paths(&survey.other_fronts),
            "link_order": order(survey.order),
            "link_order_set": order(survey.order_set),
            "special": special,
            "attachments": survey.attachments.as_ref()
                .map(|(folder, n, all)| json!({ "folder": folder, "count": n, "of": all })),
            "kept_by_other_programs": survey.n_kept_by_others,
        },
        "links": {
            "wiki": links.wiki,
            "target_first": links.target_first,
            "text_first": links.text_first,
            "both": links.both,
            "neither": links.neither,
            "markdown": links.markdown,
            "embeds": links.embeds,
            "images": links.images,
            "external": links.external,
        },
        "problems": {
            "kinds": findings.kinds.iter()
                .map(|(level, code, n)| json!({ "level": level.to_string(), "code": code, "count": n }))
                .collect::<Vec<_>>(),
            "errors": places(words, &findings.errors),
            "ambiguous": places(words, &findings.ambiguous),
            "unresolved": places(words, &findings.broken),
            "unwritable_names": places(words, &findings.unwritable),
        },
        "different": {
            "writing": foreign,
            "named_without_folder": { "count": survey.by_name_alone.0, "places": by_name },
            "lfs": { "count": findings.lfs.n, "bytes": findings.lfs_bytes, "files": paths(&findings.lfs.first) },
        },
        "settings": findings.proposal,
    })
}

fn of_git(repository: &Repository) -> Value {
    let (besides, sizes) = (&repository.besides, &repository.sizes);
    let alternates: Vec<String> = besides.alternates.iter().map(|folder| folder.display().to_string()).collect();
    json!({
        "branch": repository.branch,
        "commit": repository.tip,
        "bare": repository.is_bare,
        "commits": besides.n_commits,
        "packs": sizes.n_packs,
        "pack_bytes": sizes.pack_bytes,
        "loose_objects": sizes.n_loose,
        "loose_bytes": sizes.loose_bytes,
        "versions": repository.n_versions,
        "tags_that_are_no_versions": { "count": repository.odd_tags.n, "names": repository.odd_tags.first },
        "other_branches": { "count": besides.n_branches, "names": besides.branches },
        "other_tags": { "count": besides.n_other_tags, "names": besides.other_tags },
        "detached": besides.is_detached,
        "linked_work_tree": besides.is_linked,
        "shallow": besides.is_shallow,
        "partial": besides.is_partial,
        "stash": besides.has_stash,
        "alternates": alternates,
        "hooks": besides.hooks,
        "changed_files": besides.n_changed,
    })
}

fn order(order: LinkOrder) -> &'static str {
    match order {
        LinkOrder::Auto => "auto",
        LinkOrder::TextFirst => "text-first",
        LinkOrder::TargetFirst => "target-first",
    }
}

fn paths(files: &[FilePath]) -> Vec<&str> {
    files.iter().map(FilePath::as_str).collect()
}

fn few(files: &Few<FilePath>) -> Value {
    json!({ "count": files.n, "files": paths(&files.first) })
}

fn places(words: &Words, places: &Few<Located>) -> Value {
    let listed: Vec<Value> = places.first.iter().map(|located| report::problem(words, located)).collect();
    json!({ "count": places.n, "places": listed })
}
