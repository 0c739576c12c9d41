//! Repositories that people have already, each as it may stand: they open, serve and take a save, and
//! nothing but what was saved is touched.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::wiki::{TINY, TestWiki, commit_files, git};

/// Everything of a repository that is its owner's: refs other than Polder's own, HEAD, configuration,
/// hooks, index, stash, and the files of the work tree, byte by byte.
#[derive(Debug, PartialEq, Eq)]
struct Owned {
    refs: BTreeMap<String, String>,
    head: String,
    stash: String,
    status: String,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

/// Files of a `.git` that say something of their own; objects, logs and refs are told by `refs`.
const OWN_FILES: [&str; 8] =
    ["config", "config.worktree", "index", "shallow", "objects/info/alternates", "info/exclude", "hooks", "worktrees"];

fn owned(repo: &Path) -> Owned {
    let told = |args: &[&str]| git(repo, args).stdout();
    let refs = told(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let refs = refs.lines().filter_map(|line| line.split_once(' '));
    let mut files = BTreeMap::new();
    let common = PathBuf::from(told(&["rev-parse", "--path-format=absolute", "--git-common-dir"]).trim());
    let own = PathBuf::from(told(&["rev-parse", "--path-format=absolute", "--git-dir"]).trim());
    for dir in [&common, &own] {
        for name in OWN_FILES {
            take(&dir.join(name), &mut files);
        }
    }
    let top = git(repo, &["rev-parse", "--show-toplevel"]);
    if top.0.status.success() {
        take(Path::new(top.stdout().trim()), &mut files);
    }
    Owned {
        refs: refs
            .filter(|(name, _)| !name.starts_with("refs/polder/"))
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .collect(),
        head: fs::read_to_string(own.join("HEAD")).expect("a HEAD"),
        stash: told(&["stash", "list"]),
        // Without looking at the files, which would refresh the index.
        status: told(&["--no-optional-locks", "diff", "--cached", "--name-status"]),
        files,
    }
}

/// All files below a path; `.git` of a work tree is left to `OWN_FILES`.
fn take(path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let Ok(kind) = fs::symlink_metadata(path) else { return };
    if kind.is_symlink() {
        files.insert(path.to_owned(), fs::read_link(path).expect("a link").into_os_string().into_encoded_bytes());
    } else if kind.is_file() {
        files.insert(path.to_owned(), fs::read(path).expect("readable"));
    } else {
        for entry in fs::read_dir(path).expect("readable").flatten() {
            if entry.file_name() != ".git" {
                take(&entry.path(), files);
            }
        }
    }
}

impl Owned {
    /// What differs, by name; a ref or file that came or went too.
    fn differs(&self, other: &Owned) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.refs.keys().chain(other.refs.keys()) {
            if self.refs.get(name) != other.refs.get(name) {
                names.push(name.clone());
            }
        }
        for path in self.files.keys().chain(other.files.keys()) {
            if self.files.get(path) != other.files.get(path) {
                names.push(path.file_name().expect("a name").to_string_lossy().into_owned());
            }
        }
        for (name, same) in [
            ("HEAD", self.head == other.head),
            ("stash", self.stash == other.stash),
            ("staged", self.status == other.status),
        ] {
            if !same {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

/// A repository with a work tree and the small wiki in it.
fn working_copy(home: &Path, name: &str, branch: &str) -> PathBuf {
    let dir = home.join(name);
    git(home, &["init", "-q", "-b", branch, name]).ok();
    for (path, text) in TINY {
        let file = dir.join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("made");
        fs::write(file, text).expect("written");
    }
    git(&dir, &["add", "."]).ok();
    git(&dir, &["commit", "-q", "-m", "Begin"]).ok();
    dir
}

/// Serves `repo` (below the folder), reads some screens, saves a page, and gives what differs after
/// reading alone, and after the save. The wiki still runs.
fn served_and_saved(home: tempfile::TempDir, repo: &str) -> (TestWiki, Vec<String>) {
    let dir = home.path().join(repo);
    let before = owned(&dir);
    let wiki = TestWiki::serve(home, &["--repo", repo]).ready();
    for screen in ["/", "/plan/dijk", "/-/index", "/-/changes", "/-/history/plan/dijk", "/-/search?q=dijk"] {
        wiki.get(screen).ok();
    }
    let read = owned(&dir);
    assert_eq!(read.differs(&before), Vec::<String>::new(), "reading changed something");
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    wiki.get("/plan/dijk").ok().shows("vertrek");
    let differs = owned(&dir).differs(&before);
    assert!(git(&dir, &["fsck", "--strict"]).ok().stderr().is_empty());
    (wiki, differs)
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_dirty_working_copy_with_branches_a_stash_and_hooks_of_its_own() {
    let home = home();
    let dir = working_copy(home.path(), "werk", "main");
    fs::write(dir.join("plan/sluis.md"), "weggelegd\n").expect("written");
    git(&dir, &["stash", "-q"]).ok();
    git(&dir, &["branch", "-q", "zijtak"]).ok();
    git(&dir, &["tag", "uitgave-1"]).ok();
    git(&dir, &["notes", "add", "-m", "aantekening"]).ok();
    git(&dir, &["config", "remote.origin.url", "https://example.org/x.git"]).ok();
    for hook in ["pre-receive", "update", "post-receive", "post-commit", "reference-transaction", "post-index-change"] {
        let file = dir.join(".git/hooks").join(hook);
        fs::write(&file, format!("#!/bin/sh\ntouch '{}'\n", home.path().join("ran").display())).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("made executable");
    }
    // Changed, changed and staged, new and staged, new, ignored, deleted.
    fs::write(dir.join("plan/sluis.md"), "# De sluis\n\neigen werk\n").expect("written");
    fs::write(dir.join("gestaged.md"), "een\n").expect("written");
    fs::write(dir.join(".gitignore"), "*.log\n").expect("written");
    let _ = fs::remove_file(home.path().join("ran"));
    git(&dir, &["-c", "core.hooksPath=/dev/null", "add", "gestaged.md", ".gitignore"]).ok();
    fs::write(dir.join("gestaged.md"), "twee\n").expect("written");
    fs::write(dir.join("los.md"), "los\n").expect("written");
    fs::write(dir.join("x.log"), "log\n").expect("written");
    fs::remove_file(dir.join("_Sidebar.md")).expect("removed");
    let _ = fs::remove_file(home.path().join("ran"));
    let (wiki, differs) = served_and_saved(home, "werk");
    assert_eq!(differs, ["dijk.md", "index", "refs/heads/main"]);
    wiki.get("/los").status(404);
    wiki.clone_as("noor").write("plan/nieuw.md", "nieuw\n").commit("Nieuw").push().ok();
    assert!(!wiki.folder.path().join("ran").exists(), "a hook of the owner ran");
    let status = git(&dir, &["-c", "core.hooksPath=/dev/null", "status", "--porcelain"]).ok().stdout();
    let mut status: Vec<&str> = status.lines().collect();
    status.sort_unstable();
    assert_eq!(status, [" D _Sidebar.md", " M plan/sluis.md", "?? los.md", "A  .gitignore", "AM gestaged.md"]);
}

#[test]
fn a_mirror_with_refs_of_a_code_host() {
    let home = home();
    let dir = working_copy(home.path(), "bron", "main");
    git(&dir, &["branch", "-q", "zijtak"]).ok();
    git(&dir, &["update-ref", "refs/pull/1/head", "main"]).ok();
    git(&dir, &["tag", "-a", "-m", "v", "plan/dijk@v1"]).ok();
    git(home.path(), &["clone", "-q", "--mirror", "bron", "spiegel.git"]).ok();
    let source = owned(&dir);
    let (wiki, differs) = served_and_saved(home, "spiegel.git");
    assert_eq!(differs, ["refs/heads/main"]);
    wiki.get("/plan/dijk@v1").ok().shows("begin");
    wiki.clone_as("noor").write("nieuw.md", "nieuw\n").commit("Nieuw").push().ok();
    assert_eq!(owned(&dir).differs(&source), Vec::<String>::new(), "the source is another repository");
}

#[test]
fn a_detached_head_stays_where_it_is_and_saves_go_to_the_branch() {
    let home = home();
    let dir = working_copy(home.path(), "werk", "main");
    git(&dir, &["branch", "-q", "zijtak"]).ok();
    git(&dir, &["checkout", "-q", "--detach"]).ok();
    let at = git(&dir, &["rev-parse", "HEAD"]).ok().stdout();
    let (wiki, differs) = served_and_saved(home, "werk");
    assert_eq!(differs, ["refs/heads/main"]);
    assert_eq!(git(&dir, &["rev-parse", "HEAD"]).ok().stdout(), at);
    assert_eq!(git(&dir, &["status", "--porcelain"]).ok().stdout(), "");
    let clone = wiki.clone_as("noor");
    clone.git(&["checkout", "-q", "-B", "main", "origin/main"]).ok();
    clone.write("nieuw.md", "nieuw\n").commit("Nieuw").push().ok();
    assert!(!dir.join("nieuw.md").exists());
}

#[test]
fn submodules_large_file_pointers_and_links_stay_in_the_tree() {
    let home = home();
    let dir = working_copy(home.path(), "werk", "main");
    let other = working_copy(home.path(), "ander", "main");
    let id = git(&other, &["rev-parse", "main"]).ok().stdout();
    let info = format!("160000,{},deel", id.trim());
    git(&dir, &["update-index", "--add", "--cacheinfo", &info]).ok();
    fs::create_dir(dir.join("deel")).expect("made");
    fs::write(dir.join(".gitmodules"), "[submodule \"deel\"]\n\tpath = deel\n\turl = ../ander\n").expect("written");
    fs::write(dir.join(".gitattributes"), "*.mp4 filter=lfs diff=lfs merge=lfs -text\n").expect("written");
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 9876543\n", "0".repeat(64));
    // As a clone without the program of Git LFS has it.
    fs::write(dir.join("film.mp4"), &pointer).expect("written");
    std::os::unix::fs::symlink("plan/dijk.md", dir.join("kort.md")).expect("linked");
    git(&dir, &["-c", "filter.lfs.clean=cat", "add", ".gitmodules", ".gitattributes", "film.mp4", "kort.md"]).ok();
    git(&dir, &["commit", "-q", "-m", "Delen"]).ok();
    let tree = git(&dir, &["ls-tree", "-r", "main"]).ok().stdout();
    let (wiki, differs) = served_and_saved(home, "werk");
    assert_eq!(differs, ["dijk.md", "index", "refs/heads/main"]);
    let now = git(&dir, &["ls-tree", "-r", "main"]).ok().stdout();
    let changed: Vec<&str> = tree.lines().filter(|line| !now.contains(line)).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    wiki.get("/film.mp4").ok().shows("size 9876543");
    wiki.get("/kort").status(404);
    // A link is never followed, also where it leads into the wiki.
    let ran = crate::wiki::polder(wiki.folder.path(), &["doctor", "werk"]).status(1);
    ran.says("kort.md").says("deel").says("film.mp4").says("[symlink]").says("[submodule]");
}

#[test]
fn an_empty_repository_takes_its_first_page() {
    let home = home();
    git(home.path(), &["init", "-q", "-b", "main", "leeg"]).ok();
    git(home.path(), &["init", "-q", "--bare", "-b", "hoofd", "leeg.git"]).ok();
    let wiki = TestWiki::serve(home, &["--repo", "leeg"]);
    wiki.get("/").status(404);
    let dir = wiki.folder.path().join("leeg");
    wiki.editor("eerste").text("# Eerste\n").save().status(303);
    wiki.get("/eerste").ok();
    assert_eq!(fs::read_to_string(dir.join("eerste.md")).expect("followed"), "# Eerste\n");
    assert_eq!(git(&dir, &["status", "--porcelain"]).ok().stdout(), "");
    let wiki = wiki.restarted(&["--repo", "leeg.git"]);
    wiki.editor("eerste").text("# Eerste\n").save().status(303);
    git(&wiki.folder.path().join("leeg.git"), &["rev-parse", "hoofd"]).ok();
}

#[test]
fn a_shallow_clone_a_borrowing_one_and_a_branch_of_another_name() {
    let home = home();
    let dir = working_copy(home.path(), "bron", "stam");
    for n in 0..5 {
        fs::write(dir.join("plan/sluis.md"), format!("# De sluis\n\n{n}\n")).expect("written");
        git(&dir, &["commit", "-q", "-a", "-m", "Verder"]).ok();
    }
    let url = format!("file://{}", dir.display());
    git(home.path(), &["clone", "-q", "--depth=2", &url, "ondiep"]).ok();
    git(home.path(), &["clone", "-q", "--shared", "bron", "lener"]).ok();
    let source = owned(&dir);
    let (wiki, differs) = served_and_saved(home, "ondiep");
    assert_eq!(differs, ["dijk.md", "index", "refs/heads/stam"]);
    wiki.stop();
    let TestWiki { folder, .. } = &wiki;
    // The same home again, for the other clone: a wiki keeps what it needs apart by repository.
    let before = owned(&folder.path().join("lener"));
    let wiki = wiki.restarted(&["--repo", "lener"]);
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    let lener = wiki.folder.path().join("lener");
    assert_eq!(owned(&lener).differs(&before), ["dijk.md", "index", "refs/heads/stam"]);
    git(&lener, &["fsck", "--strict"]).ok();
    assert_eq!(owned(&dir).differs(&source), Vec::<String>::new(), "what it borrows from stays as it was");
}

#[test]
fn a_linked_work_tree_serves_its_own_branch_and_leaves_the_main_one_alone() {
    let home = home();
    let dir = working_copy(home.path(), "werk", "main");
    git(&dir, &["worktree", "add", "-q", "-b", "wiki", "../aangehaakt"]).ok();
    fs::write(dir.join("plan/sluis.md"), "eigen werk\n").expect("written");
    let main = owned(&dir);
    let (_wiki, differs) = served_and_saved(home, "aangehaakt");
    // The index of the linked work tree lies below the common folder as well.
    assert_eq!(differs, ["dijk.md", "index", "refs/heads/wiki"]);
    let now = owned(&dir);
    assert_eq!((now.head, now.stash), (main.head, main.stash));
    assert_eq!(now.files[&dir.join("plan/dijk.md")], main.files[&dir.join("plan/dijk.md")]);
    assert_eq!(now.files[&dir.join("plan/sluis.md")], b"eigen werk\n");
}

/// Figures of a run are printed: `cargo test fifty_thousand -- --nocapture`.
#[test]
fn fifty_thousand_files_that_are_no_pages_hold_nobody_up() {
    let home = home();
    git(home.path(), &["init", "-q", "--bare", "-b", "main", "repo.git"]).ok();
    let repo = home.path().join("repo.git");
    let paths: Vec<(String, String)> =
        (0..50_000).map(|n| (format!("bijlagen/{}/{}/f{n}.bin", n % 50, n / 50 % 20), format!("{n}\n"))).collect();
    let mut files: Vec<(&str, &str)> = paths.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.extend(TINY);
    commit_files(&repo, &files, "Veel");
    let begun = Instant::now();
    let wiki = TestWiki::serve(home, &["--repo", "repo.git"]);
    wiki.get("/plan/dijk").ok();
    let opened = begun.elapsed();
    wiki.eventually("/-/search?q=sluis", |answer| answer.status == 200 && answer.has("/plan/sluis"));
    let begun = Instant::now();
    wiki.editor("plan/dijk").replace("begin", "vertrek").save().status(303);
    let saved = begun.elapsed();
    wiki.get("/bijlagen/1/0/f1.bin").ok();
    let status = fs::read_to_string(format!("/proc/{}/status", wiki.process())).unwrap_or_default();
    let peak_kb = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    let peak_mb = peak_kb.map_or(0, |kb: u64| kb / 1_000);
    let begun = Instant::now();
    let folder = wiki.folder.path();
    crate::wiki::polder(folder, &["doctor", "repo.git"]).says("Other files: 50,000");
    let looked = begun.elapsed();
    println!("opened {opened:?}, saved with editor {saved:?}, at most {peak_mb} MB; doctor {looked:?}");
    // Far above what it takes, and far below what people would bear.
    assert!(opened.as_secs() < 20 && saved.as_secs() < 10 && looked.as_secs() < 60 && peak_mb < 600);
}
