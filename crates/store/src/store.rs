//! Opening and making a repository, and asking where its refs point.
//!
//! A repository is opened as it is named; parents are never searched. Handles of the library
//! may move between threads but not be shared, so a `Store` keeps a few. The host's git
//! configuration is never read: what it says must not change what a wiki does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use git2::{ConfigLevel, ErrorCode, Repository, RepositoryInitOptions, RepositoryOpenFlags};
use polder_core::ids::{CommitId, TagId};

use crate::batch::Desk;
use crate::error::{OpenError, StoreError};
use crate::tree::id_of;

/// Idle handles kept; each holds some open files and a cache. Blocking work rarely runs on more
/// threads than this at once.
const IDLE_HANDLES_MAX: usize = 8;

/// The branch of a new repository.
const FIRST_BRANCH: &str = "main";

/// The variables by which git tells a hook where pushed objects wait for judgement.
const QUARANTINE: [&str; 3] = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"];

/// What this process may do with repositories.
#[derive(Clone)]
enum Readiness {
    /// Nothing is read of the host's configuration, and written objects and refs are synced.
    Durable { config: PathBuf },
    /// Nothing is read of the host's configuration.
    ReadOnly,
}

static READINESS: Mutex<Option<Readiness>> = Mutex::new(None);

/// Makes libgit2 durable and blind to the host's configuration, for the whole process (INV-5).
/// Writes a `gitconfig` into `dir`. Call it first thing, before other threads use git; later
/// calls do nothing.
pub fn prepare(dir: &Path) -> Result<(), StoreError> {
    let mut readiness = lock(&READINESS);
    if matches!(*readiness, Some(Readiness::Durable { .. })) {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    let dir = dir.canonicalize()?;
    let config = dir.join("gitconfig");
    // A file in its place at once, so that a second process never reads half of it.
    let mut file = tempfile::NamedTempFile::new_in(&dir)?;
    file.write_all(
        b"# Written by Polder: libgit2 syncs objects and refs only when told so.\n[core]\n\tfsyncObjectFiles = true\n",
    )?;
    file.persist(&config).map_err(|error| error.error)?;
    blind(Some(&dir))?;
    *readiness = Some(Readiness::Durable { config });
    Ok(())
}

/// The folder that `prepare` was called with, for another process of this program.
pub fn settings_folder() -> Option<PathBuf> {
    match &*lock(&READINESS) {
        Some(Readiness::Durable { config }) => config.parent().map(Path::to_owned),
        _ => None,
    }
}

/// Leaves libgit2 no configuration but the repository's own and, if given, that of `system`.
#[allow(unsafe_code)]
fn blind(system: Option<&Path>) -> Result<(), StoreError> {
    let system = system.map_or_else(|| Path::new("").as_os_str(), Path::as_os_str);
    // SAFETY: the search paths are global and unsynchronised. All callers hold READINESS, no
    // repository is opened before one of them has returned, and nothing else here changes them.
    unsafe {
        git2::opts::set_search_path(ConfigLevel::System, system)?;
        git2::opts::set_search_path(ConfigLevel::Global, "")?;
        git2::opts::set_search_path(ConfigLevel::XDG, "")?;
        git2::opts::set_search_path(ConfigLevel::ProgramData, "")?;
    }
    Ok(())
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the mutexes guard here is whole at every moment, also after a panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One repository. May be used by many threads at once.
pub struct Store {
    place: Place,
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_tree: Option<PathBuf>,
    /// The work tree of the repository itself, also when a linked one was opened.
    pub(crate) main_work_tree: Option<PathBuf>,
    /// `None` only where HEAD names no branch and nothing will be changed.
    branch: Option<String>,
    durable_config: Option<PathBuf>,
    idle: Mutex<Vec<Repository>>,
    /// A courtesy that spares writers of this process from colliding. What makes a write
    /// correct is the compare-and-swap of the branch: other programs write too. Holds the handle of the
    /// last writer for the next one.
    pub(crate) writing: Mutex<Option<Desk>>,
}

/// What a repository is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Serve,
    Look,
}

enum Place {
    Named(PathBuf),
    /// As the variables of a hook say, with those that name its quarantine.
    Hook(Vec<(&'static str, OsString)>),
}

/// Where the refs point that the wiki reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tips {
    /// `None` while the repository is empty.
    pub main: Option<CommitId>,
    /// Tags with an `@` in their name, without `refs/tags/`, and what they point at: for an
    /// annotated tag an object of its own, which `Store::tag` reads.
    pub tags: BTreeMap<String, TagId>,
}

impl Store {
    /// Makes a bare repository with the branch `main` and no commits. Fails where one exists.
    pub fn create(dir: &Path) -> Result<Store, StoreError> {
        Store::make(dir, true)
    }

    /// Makes a repository whose branch is checked out in `dir` itself. Fails where one exists.
    pub fn create_with_work_tree(dir: &Path) -> Result<Store, StoreError> {
        Store::make(dir, false)
    }

    fn make(dir: &Path, bare: bool) -> Result<Store, StoreError> {
        let mut options = RepositoryInitOptions::new();
        options.bare(bare).no_reinit(true).mkpath(true).external_template(false).initial_head(FIRST_BRANCH);
        if lock(&READINESS).is_none() {
            return Err(StoreError::NotPrepared);
        }
        let repository = Repository::init_opts(dir, &options)?;
        let mut config = repository.config()?.open_level(ConfigLevel::Local)?;
        // A save or push never waits for tidying; `tidy` does it.
        config.set_i32("gc.auto", 0)?;
        config.set_bool("receive.autogc", false)?;
        config.set_bool("receive.fsckObjects", true)?;
        config.set_bool("receive.denyNonFastForwards", true)?;
        config.set_bool("receive.denyDeletes", true)?;
        sync_all_below(dir)?;
        if let Some(parent) = dir.canonicalize()?.parent() {
            sync_folder(parent)?;
        }
        Store::open(dir).map_err(|error| StoreError::Other(error.to_string()))
    }

    /// Opens a repository, bare or with a work tree. An empty one is fine. When HEAD names no branch,
    /// the wiki's is the one that people would take for it: see `branch_of`.
    pub fn open(dir: &Path) -> Result<Store, OpenError> {
        let store = Store::opened(dir, Purpose::Serve)?;
        store.resume_following();
        Ok(store)
    }

    /// Opens a repository of which nothing will be changed, not even what a crash left half done. When
    /// HEAD names no branch, as on machines that test, what it names stands for the wiki's branch.
    pub fn open_to_look(dir: &Path) -> Result<Store, OpenError> {
        Store::opened(dir, Purpose::Look)
    }

    fn opened(dir: &Path, purpose: Purpose) -> Result<Store, OpenError> {
        let not_readable = |why: &dyn std::fmt::Display| OpenError::NotReadable(why.to_string());
        match fs::metadata(dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(OpenError::Missing),
            Err(error) => return Err(not_readable(&error)),
            Ok(found) if !found.is_dir() => return Err(not_readable(&"this is a file, not a folder")),
            Ok(_) => {}
        }
        let dir = dir.canonicalize().map_err(|error| not_readable(&error))?;
        let Some(Readiness::Durable { config }) = lock(&READINESS).clone() else {
            return Err(not_readable(&StoreError::NotPrepared));
        };
        let place = Place::Named(dir.clone());
        let repository = match open_handle(&place, Some(&config)) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound && fs::symlink_metadata(dir.join(".git")).is_err() => {
                return Err(OpenError::PlainFolder);
            }
            Err(error) => return Err(not_readable(&error.message())),
        };
        Store::around(place, repository, Some(config), purpose).map_err(|error| not_readable(&error))
    }

    /// Opens the repository of the hook that this process is. It sees pushed objects before
    /// they are accepted. For reading only, unless `prepare` was called.
    pub fn open_from_hook() -> Result<Store, StoreError> {
        let mut readiness = lock(&READINESS);
        if readiness.is_none() {
            blind(None)?;
            *readiness = Some(Readiness::ReadOnly);
        }
        drop(readiness);
        let quarantine = QUARANTINE.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
        let place = Place::Hook(quarantine);
        let repository = open_handle(&place, None)?;
        Store::around(place, repository, None, Purpose::Serve)
    }

    fn around(
        place: Place,
        repository: Repository,
        durable_config: Option<PathBuf>,
        purpose: Purpose,
    ) -> Result<Store, StoreError> {
        let branch = match head_branch(&repository)? {
            Some(branch) => Some(branch),
            None if purpose == Purpose::Look => None,
            None => Some(branch_of(&repository)?.ok_or_else(|| {
                StoreError::Other("HEAD names no branch; check one out first, for example by `git switch main`".into())
            })?),
        };
        let git_dir = repository.path().canonicalize()?;
        let common_dir = repository.commondir().canonicalize()?;
        let work_tree = repository.workdir().map(Path::canonicalize).transpose()?;
        let main_work_tree = if repository.is_worktree() {
            let main = Repository::open(&common_dir)?;
            main.workdir().and_then(|dir| dir.canonicalize().ok())
        } else {
            work_tree.clone()
        };
        let idle = Mutex::new(vec![repository]);
        Ok(Store {
            place,
            git_dir,
            common_dir,
            work_tree,
            main_work_tree,
            branch,
            durable_config,
            idle,
            writing: Mutex::new(None),
        })
    }

    /// The wiki's branch: the one that HEAD named when the repository was opened. `HEAD` itself where
    /// it named none and the repository is only looked at.
    pub fn branch(&self) -> &str {
        self.branch.as_deref().unwrap_or("HEAD")
    }

    pub(crate) fn branch_ref(&self) -> String {
        self.branch.as_ref().map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"))
    }

    /// Absolute. For a linked work tree its own folder below `.git/worktrees`.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Absolute: where objects and branches lie, shared by all work trees.
    pub(crate) fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Where another process opens the same repository.
    pub fn place(&self) -> &Path {
        match &self.place {
            Place::Named(dir) => dir,
            Place::Hook(_) => &self.git_dir,
        }
    }

    /// Whether older commits were left out when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        std::fs::metadata(self.common_dir.join("shallow")).is_ok_and(|file| file.len() > 0)
    }

    /// Absolute; `None` when the repository is bare.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// Where pushed objects wait, when this process is a hook.
    pub(crate) fn quarantine(&self) -> &[(&'static str, OsString)] {
        match &self.place {
            Place::Named(_) => &[],
            Place::Hook(variables) => variables,
        }
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.durable_config.is_some()
    }

    /// All refs that the wiki reads. Cheap enough to ask every time.
    pub fn tips(&self) -> Result<Tips, StoreError> {
        self.with(|repository| {
            let mut tips = Tips { main: self.main_of(repository)?, tags: BTreeMap::new() };
            for reference in repository.references_glob("refs/tags/*")? {
                let Ok(reference) = reference else { continue };
                let name = reference.name().ok().and_then(|name| name.strip_prefix("refs/tags/"));
                let (Some(name), Some(target)) = (name, reference.target()) else { continue };
                if !name.contains('@') {
                    continue;
                }
                tips.tags.insert(name.to_owned(), TagId(id_of(target)));
            }
            Ok(tips)
        })
    }

    /// Where the wiki's branch points.
    pub fn main_tip(&self) -> Result<Option<CommitId>, StoreError> {
        self.with(|repository| self.main_of(repository))
    }

    pub(crate) fn main_of(&self, repository: &Repository) -> Result<Option<CommitId>, StoreError> {
        match repository.refname_to_id(&self.branch_ref()) {
            Ok(id) => Ok(Some(CommitId(id_of(id)))),
            // A repository that was taken away is not an empty one.
            Err(error) if error.code() == ErrorCode::NotFound && self.common_dir.join("objects").is_dir() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn open_handle(&self) -> Result<Repository, git2::Error> {
        open_handle(&self.place, self.durable_config.as_deref())
    }

    /// Runs `act` with a handle of its own.
    pub(crate) fn with<T, E: From<git2::Error>>(&self, act: impl FnOnce(&Repository) -> Result<T, E>) -> Result<T, E> {
        let idle = lock(&self.idle).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => self.open_handle()?,
        };
        let outcome = act(&handle);
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_HANDLES_MAX {
            idle.push(handle);
        }
        outcome
    }
}

/// The branch that HEAD names, whether or not it has commits.
pub(crate) fn head_branch(repository: &Repository) -> Result<Option<String>, StoreError> {
    let head = repository.find_reference("HEAD")?;
    let target = head.symbolic_target().ok().flatten().and_then(|name| name.strip_prefix("refs/heads/"));
    Ok(target.map(str::to_owned))
}

/// The branch that people take for the wiki's where HEAD names none: what it was cloned for, else `main`
/// or `master`, else the only one.
fn branch_of(repository: &Repository) -> Result<Option<String>, StoreError> {
    let cloned_for = repository.find_reference("refs/remotes/origin/HEAD").ok().and_then(|origin| {
        let target = origin.symbolic_target().ok().flatten()?;
        target.strip_prefix("refs/remotes/origin/").map(str::to_owned)
    });
    let likely = cloned_for.into_iter().chain(["main", "master"].map(str::to_owned));
    let is_there = |name: &String| repository.refname_to_id(&format!("refs/heads/{name}")).is_ok();
    if let Some(name) = likely.into_iter().find(is_there) {
        return Ok(Some(name));
    }
    let references = repository.references_glob("refs/heads/*")?;
    let mut names = references.flatten().filter_map(|reference| {
        reference.name().ok().and_then(|name| name.strip_prefix("refs/heads/")).map(str::to_owned)
    });
    let only = names.next();
    Ok(only.filter(|_| names.next().is_none()))
}

fn open_handle(place: &Place, durable_config: Option<&Path>) -> Result<Repository, git2::Error> {
    let repository = match place {
        Place::Named(dir) => {
            let no_ceilings: [&str; 0] = [];
            Repository::open_ext(dir, RepositoryOpenFlags::NO_SEARCH, no_ceilings)?
        }
        Place::Hook(_) => Repository::open_from_env()?,
    };
    if let Some(config) = durable_config {
        // Above the repository's own configuration, which could say that nothing is synced.
        repository.config()?.add_file(config, ConfigLevel::App, true)?;
    }
    Ok(repository)
}

/// Syncs every file and folder below `dir`, and `dir`.
pub(crate) fn sync_all_below(dir: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all_below(&entry.path())?;
        } else {
            fs::File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(dir)
}

/// Makes the names in a folder durable, as syncing a file does for its bytes.
pub(crate) fn sync_folder(dir: &Path) -> Result<(), StoreError> {
    Ok(fs::File::open(dir)?.sync_all()?)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};
    use crate::maintain::Whose;

    fn temp() -> TempDir {
        ready();
        TempDir::new().expect("a temporary folder")
    }

    #[test]
    fn a_store_may_be_shared_by_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Store>();
    }

    #[test]
    fn what_is_no_repository_is_told_apart() {
        let temp = temp();
        let inside = temp.path().join("plain/inside");
        fs::create_dir_all(&inside).expect("made");
        fs::write(inside.join("a.md"), "x").expect("written");
        assert!(matches!(Store::open(&inside), Err(OpenError::PlainFolder)));
        assert!(matches!(Store::open(&temp.path().join("nothing")), Err(OpenError::Missing)));
        assert!(matches!(Store::open(&inside.join("a.md")), Err(OpenError::NotReadable(_))));
        // A repository above is not searched for.
        git(temp.path(), &["init", "-q"]);
        assert!(matches!(Store::open(&inside), Err(OpenError::PlainFolder)));
        fs::write(inside.join(".git"), "gitdir: /nowhere\n").expect("written");
        assert!(matches!(Store::open(&inside), Err(OpenError::NotReadable(_))));
    }

    #[test]
    fn repositories_of_each_kind_are_opened() {
        let temp = temp();
        let work = temp.path().join("work");
        fs::create_dir(&work).expect("made");
        git(&work, &["init", "-q", "-b", "trunk"]);
        let empty = Store::open(&work).expect("an empty one");
        assert_eq!(empty.branch(), "trunk");
        assert_eq!(empty.tips().expect("read"), Tips::default());
        git(&work, &["commit", "-q", "--allow-empty", "-m", "one"]);
        let store = Store::open(&work).expect("with a work tree");
        assert_eq!(store.work_tree(), work.canonicalize().ok().as_deref());
        assert!(store.main_tip().expect("read").is_some());

        git(&work, &["worktree", "add", "-q", "-b", "side", "../linked"]);
        let linked = Store::open(&temp.path().join("linked")).expect("a linked work tree");
        assert_eq!(linked.branch(), "side");
        assert_eq!(linked.work_tree(), temp.path().join("linked").canonicalize().ok().as_deref());
        assert_eq!(linked.main_work_tree, work.canonicalize().ok());
        assert_eq!(linked.main_tip().expect("read"), store.main_tip().expect("read"));

        let bare = Store::create(&temp.path().join("deep/er/wiki.git")).expect("made");
        assert_eq!((bare.branch(), bare.work_tree()), ("main", None));
        assert!(!bare.git_dir().join("hooks/pre-commit.sample").exists());
        assert!(Store::create(bare.git_dir()).is_err(), "there is one already");

        // With HEAD on no branch, there are two to choose from; to look is possible all the same.
        git(&work, &["checkout", "-q", "--detach"]);
        assert!(matches!(Store::open(&work), Err(OpenError::NotReadable(why)) if why.contains("branch")));
        let looked = Store::open_to_look(&work).expect("to look");
        assert_eq!(looked.branch(), "HEAD");
        assert_eq!(looked.main_tip().expect("read"), store.main_tip().expect("read"));
        git(&work, &["branch", "-q", "main"]);
        assert_eq!(Store::open(&work).expect("opened").branch(), "main");
    }

    #[test]
    fn tips_are_the_branch_and_the_tags_with_an_at() {
        let temp = temp();
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        git(dir, &["commit", "-q", "--allow-empty", "-m", "one"]);
        let one = CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id");
        git(dir, &["tag", "-a", "-m", "v", "plannen/plan-van-aanpak@v1"]);
        git(dir, &["tag", "-a", "-m", "v", "@zomer", "plannen/plan-van-aanpak@v1"]);
        git(dir, &["tag", "light@v1"]);
        git(dir, &["tag", "-a", "-m", "v", "release-1"]);
        fs::write(dir.join(".git/refs/tags/broken@v1"), "nonsense\n").expect("written");
        let store = Store::open(dir).expect("opened");
        let tips = store.tips().expect("read");
        assert_eq!(tips.main, Some(one));
        assert_eq!(tips.tags.keys().collect::<Vec<_>>(), ["@zomer", "light@v1", "plannen/plan-van-aanpak@v1"]);
        fs::remove_file(dir.join(".git/refs/tags/broken@v1")).expect("removed");
        git(dir, &["pack-refs", "--all"]);
        assert_eq!(store.tips().expect("read"), tips);
    }

    #[test]
    fn many_threads_read_at_once_and_maintenance_disturbs_none() {
        let temp = temp();
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        for i in 0..20 {
            fs::write(dir.join(format!("{i}.md")), format!("{i}")).expect("written");
        }
        git(dir, &["add", "."]);
        git(dir, &["commit", "-q", "-m", "one"]);
        let store = Store::open(dir).expect("opened");
        let main = store.main_tip().expect("read").expect("there");
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        for entry in store.manifest(main).expect("listed").entries() {
                            assert!(!store.read(entry.blob).expect("read").is_empty());
                        }
                    }
                });
            }
            scope.spawn(|| {
                for round in 0..4 {
                    let blob = git_fed(dir, &["hash-object", "-w", "--stdin"], format!("{round}").as_bytes());
                    let tidied = store.tidy(Whose::Ours, SystemTime::now(), &|| true).expect("tidied");
                    assert_eq!(tidied.after.n_loose, 0, "{blob}");
                }
            });
        });
        assert!(lock(&store.idle).len() <= IDLE_HANDLES_MAX);
        let empty = Store::create(&dir.join("empty.git")).expect("made");
        empty.tidy(Whose::Ours, SystemTime::now(), &|| true).expect("an empty one too");
    }
}
