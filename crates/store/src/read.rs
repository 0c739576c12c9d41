//! Reading by id: files, listings, differences, and the facts of one commit.
//!
//! Commits are read from their bytes and never refused for what a stranger wrote in them: what
//! can't be read is empty or zero. History in bulk is `log`.

use std::collections::{HashSet, VecDeque};

use git2::{ErrorClass, ErrorCode, ObjectType, Odb, Oid, Repository};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Change, Manifest};
use polder_core::path::FilePath;

use crate::error::StoreError;
use crate::store::Store;
use crate::tree::{self, id_of, oid};

/// Larger files are not read into memory. What is pushed is held to much less; a file of this
/// size was put into the repository by its owner.
const READ_MAX_BYTES: usize = 256 * 1024 * 1024;

/// Commits looked at before the library is asked whether one comes before another: reading them
/// takes a millisecond.
const NEAR_COMMITS: usize = 200;

/// Shorter prefixes of a commit's id are not looked up, as in git's own advice.
const PREFIX_MIN_DIGITS: usize = 7;

/// Times that a four-digit year can show, from 0001 to 9999; others are cut off to them.
const TIME_MIN_S: i64 = -62_135_596_800;
const TIME_MAX_S: i64 = 253_402_300_799;

/// Offsets from UTC beyond this are taken for zero; the largest in use is 14 hours.
const OFFSET_MAX_MIN: i32 = 15 * 60;

/// A paragraph of more lines than this is no list of trailers.
const TRAILERS_MAX: usize = 100;

/// Who wrote or made a commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// What one commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    pub id: CommitId,
    pub parents: Vec<CommitId>,
    pub author: Person,
    pub committer: Person,
    /// When it was written, by the author's clock: seconds since 1970, within years 1 to 9999.
    pub time_s: i64,
    /// The author's distance from UTC in minutes.
    pub offset_min: i32,
    /// Without control characters but line ends and tabs; invalid UTF-8 replaced.
    pub message: String,
}

/// What differs between the files of two commits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Sorted by path.
    pub files: Vec<Change>,
    /// A name that a manifest lists as odd was touched: list again to know which there are.
    pub odd: bool,
}

impl Store {
    /// All files of a commit.
    pub fn manifest(&self, at: CommitId) -> Result<Manifest, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            tree::list(&odb, tree_of(&odb, at)?)
        })
    }

    /// What leads from one commit's files to another's. Costs what differs, not what there is.
    pub fn changes(&self, old: CommitId, new: CommitId) -> Result<Changes, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            let found = tree::compare(&odb, Some(tree_of(&odb, old)?), Some(tree_of(&odb, new)?))?;
            let mut changes = Changes { files: Vec::new(), odd: found.odd };
            for difference in found.paths {
                let sides = [difference.old, difference.new];
                changes.odd |= sides.iter().flatten().any(|side| side.blob().is_none());
                let [old, new] = sides.map(|side| side.and_then(tree::Side::blob));
                // Equal when only the right to execute it changed, or a link became another.
                if old != new {
                    changes.files.push(Change { path: difference.path, old, new });
                }
            }
            Ok(changes)
        })
    }

    /// The bytes of a file.
    pub fn read(&self, blob: BlobId) -> Result<Vec<u8>, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            let size = file_size(&odb, blob)?;
            if size > READ_MAX_BYTES {
                return Err(StoreError::TooLarge(format!("file {blob} of {size} bytes")));
            }
            Ok(odb.read(oid(blob.0))?.data().to_vec())
        })
    }

    /// The bytes of a file that is known to be small, since they were read before: not asking for
    /// its size first spares a fifth of the time.
    pub fn read_small(&self, blob: BlobId) -> Result<Vec<u8>, StoreError> {
        self.with(|repository| {
            let odb = repository.odb()?;
            let object = odb.read(oid(blob.0))?;
            match object.kind() {
                ObjectType::Blob => Ok(object.data().to_vec()),
                _ => Err(StoreError::Absent(format!("file {blob}"))),
            }
        })
    }

    /// The size of a file in bytes, without reading it.
    pub fn size(&self, blob: BlobId) -> Result<usize, StoreError> {
        self.with(|repository| file_size(&repository.odb()?, blob))
    }

    /// The regular file at a path of a commit.
    pub fn file_at(&self, commit: CommitId, path: &str) -> Result<Option<BlobId>, StoreError> {
        let Ok(path) = FilePath::parse(path) else { return Ok(None) };
        self.with(|repository| {
            let odb = repository.odb()?;
            tree::find(&odb, tree_of(&odb, commit)?, &path)
        })
    }

    /// What a commit says of itself; `None` when there is no such commit.
    pub fn commit_facts(&self, id: CommitId) -> Result<Option<CommitFacts>, StoreError> {
        self.with(|repository| match facts_of(repository, id) {
            Ok(facts) => Ok(Some(facts)),
            Err(StoreError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        })
    }

    /// Whether `old` is `new` or comes before it.
    pub fn is_ancestor(&self, old: CommitId, new: CommitId) -> Result<bool, StoreError> {
        if old == new {
            return Ok(true);
        }
        self.with(|repository| {
            if let Some(found) = is_near_ancestor(repository, old, new)? {
                return Ok(found);
            }
            match repository.graph_descendant_of(oid(new.0), oid(old.0)) {
                Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
                other => Ok(other?),
            }
        })
    }

    /// The commit whose id begins with these 7 to 40 hexadecimal digits; `None` when there is
    /// none, or more than one object.
    pub fn resolve_prefix(&self, hex: &str) -> Result<Option<CommitId>, StoreError> {
        if !(PREFIX_MIN_DIGITS..=40).contains(&hex.len()) || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let short = Oid::from_str(hex)?;
        self.with(|repository| {
            let odb = repository.odb()?;
            let id = match odb.exists_prefix(short, hex.len()) {
                Ok(id) => id,
                Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::Ambiguous) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let (_, kind) = odb.read_header(id)?;
            Ok((kind == ObjectType::Commit).then(|| CommitId(id_of(id))))
        })
    }

    /// The commit that a revision means, spelled as for `git rev-parse`: a branch, a tag, an id,
    /// `HEAD~3`. `None` when it means no commit, or more than one. The library reads it, so it can't
    /// be taken for an option of a program.
    pub fn resolve(&self, revision: &str) -> Result<Option<CommitId>, StoreError> {
        self.with(|repository| {
            let found = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
            match found {
                Ok(commit) => Ok(Some(CommitId(id_of(commit.id())))),
                Err(error) if is_about_revision(&error) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
    }
}

/// Whether a revision could not be read or found, rather than the repository.
fn is_about_revision(error: &git2::Error) -> bool {
    match error.code() {
        ErrorCode::NotFound | ErrorCode::Ambiguous | ErrorCode::InvalidSpec | ErrorCode::Peel => true,
        _ => {
            matches!(error.class(), ErrorClass::None | ErrorClass::Invalid | ErrorClass::Regex | ErrorClass::Reference)
        }
    }
}

/// Looks among the nearest commits before `new`; `None` when it may be further away. After a
/// save or push the answer is near, while the library walks a whole history when clocks disagree.
fn is_near_ancestor(repository: &Repository, old: CommitId, new: CommitId) -> Result<Option<bool>, StoreError> {
    let mut seen = HashSet::from([new]);
    let mut next = VecDeque::from([new]);
    for _ in 0..NEAR_COMMITS {
        let Some(commit) = next.pop_front() else { return Ok(Some(false)) };
        if commit == old {
            return Ok(Some(true));
        }
        for parent in facts_of(repository, commit)?.parents {
            if seen.insert(parent) {
                next.push_back(parent);
            }
        }
    }
    Ok(None)
}

fn file_size(odb: &Odb<'_>, blob: BlobId) -> Result<usize, StoreError> {
    let (size, kind) = odb.read_header(oid(blob.0))?;
    if kind != ObjectType::Blob {
        return Err(StoreError::Absent(format!("file {blob}")));
    }
    Ok(size)
}

/// The root tree of a commit.
pub(crate) fn tree_of(odb: &Odb<'_>, commit: CommitId) -> Result<[u8; 20], StoreError> {
    let object = read_commit(odb, commit)?;
    header_lines(object.data())
        .find_map(|line| BlobId::parse_bytes(line.strip_prefix(b"tree ")?))
        .map(|tree| tree.0)
        .ok_or_else(|| StoreError::Absent(format!("tree of commit {commit}")))
}

/// What a commit says of itself. The parents are those that the library sees, so that a shallow
/// clone ends where its history ends.
pub(crate) fn facts_of(repository: &Repository, id: CommitId) -> Result<CommitFacts, StoreError> {
    let odb = repository.odb()?;
    let object = read_commit(&odb, id)?;
    let mut facts = parse_commit(id, object.data());
    if repository.is_shallow() {
        facts.parents = repository.find_commit(oid(id.0))?.parent_ids().map(|id| CommitId(id_of(id))).collect();
    }
    Ok(facts)
}

fn read_commit<'o>(odb: &'o Odb<'_>, id: CommitId) -> Result<git2::OdbObject<'o>, StoreError> {
    let object = odb.read(oid(id.0))?;
    if object.kind() != ObjectType::Commit {
        return Err(StoreError::Absent(format!("commit {id}")));
    }
    Ok(object)
}

/// The lines before the first empty one.
pub(crate) fn header_lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty())
}

fn parse_commit(id: CommitId, raw: &[u8]) -> CommitFacts {
    let mut facts = CommitFacts {
        id,
        parents: Vec::new(),
        author: Person::default(),
        committer: Person::default(),
        time_s: 0,
        offset_min: 0,
        message: String::new(),
    };
    let mut author_seen = false;
    for line in header_lines(raw) {
        if let Some(hex) = line.strip_prefix(b"parent ") {
            facts.parents.extend(BlobId::parse_bytes(hex).map(|id| CommitId(id.0)));
        } else if let Some(author) = line.strip_prefix(b"author ")
            && !author_seen
        {
            author_seen = true;
            (facts.author, facts.time_s, facts.offset_min) = parse_author(author);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            facts.committer = parse_author(committer).0;
        }
    }
    if let Some(end) = raw.windows(2).position(|pair| pair == b"\n\n") {
        facts.message = clean(&raw[end + 2..], |c| matches!(c, '\n' | '\t'));
    }
    facts
}

/// `Name <address> seconds zone`.
pub(crate) fn parse_author(line: &[u8]) -> (Person, i64, i32) {
    let open = line.iter().position(|byte| *byte == b'<').unwrap_or(line.len());
    let close = line.iter().rposition(|byte| *byte == b'>').filter(|close| *close > open);
    let email = close.map_or(&[][..], |close| &line[open + 1..close]);
    let person = Person { name: one_line(&line[..open]), email: one_line(email) };
    let mut words =
        close.map_or(&[][..], |close| &line[close + 1..]).split(|byte| *byte == b' ').filter(|w| !w.is_empty());
    let number = |word: Option<&[u8]>| std::str::from_utf8(word?).ok()?.parse::<i64>().ok();
    let time_s = number(words.next()).unwrap_or(0).clamp(TIME_MIN_S, TIME_MAX_S);
    let zone = number(words.next()).and_then(|zone| i32::try_from(zone).ok()).unwrap_or(0);
    let offset_min = (zone / 100).saturating_mul(60).saturating_add(zone % 100);
    let offset_min = if (-OFFSET_MAX_MIN..=OFFSET_MAX_MIN).contains(&offset_min) { offset_min } else { 0 };
    (person, time_s, offset_min)
}

/// The first line of a message that says something.
pub(crate) fn summary(message: &str) -> String {
    message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().replace('\t', " ")
}

/// The lines `Key: value` at the end of a message, when its last paragraph holds nothing else
/// (git-interpret-trailers). The first paragraph is the summary's and never counts.
pub(crate) fn trailers(message: &str) -> Vec<(String, String)> {
    let Some((_, last)) = message.trim_end().rsplit_once("\n\n") else { return Vec::new() };
    let pairs = last.lines().take(TRAILERS_MAX + 1).map(|line| {
        let (key, value) = line.split_once(": ")?;
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_key.then(|| (key.to_owned(), value.trim().to_owned()))
    });
    pairs.collect::<Option<Vec<_>>>().filter(|pairs| pairs.len() <= TRAILERS_MAX).unwrap_or_default()
}

fn one_line(raw: &[u8]) -> String {
    clean(raw, |_| false).trim().to_owned()
}

/// Text without control characters, but for those to be kept; invalid UTF-8 replaced.
pub(crate) fn clean(raw: &[u8], keep: impl Fn(char) -> bool) -> String {
    String::from_utf8_lossy(raw).chars().filter(|c| !c.is_control() || keep(*c)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use polder_core::manifest::OddKind;
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    #[test]
    fn any_bytes_can_be_read_as_a_commit() {
        let id = CommitId([1; 20]);
        let whole = b"tree 3f2a9c1b00ff00112233445566778899aabbccdd\nparent 3f2a9c1b00ff00112233445566778899aabbccdd\nauthor \x07An <b> <an@x> 1700000000 +0130\ncommitter C <c@x> 1 +0000\ngpgsig a\n b\n\n\nFirst\x1b[31m\tline  \nmore\n";
        let facts = parse_commit(id, whole);
        assert_eq!(facts.parents.len(), 1);
        assert_eq!(facts.author, Person { name: "An".into(), email: "b> <an@x".into() });
        assert_eq!((facts.time_s, facts.offset_min), (1_700_000_000, 90));
        assert_eq!(summary(&facts.message), "First[31m line");
        for cut in 0..whole.len() {
            parse_commit(id, &whole[..cut]);
        }
        let author = |line: &[u8]| parse_author(line);
        assert_eq!(author(b"A <a> 99999999999999999999 +0100").1, 0);
        assert_eq!(author(b"A <a> 9223372036854775807 -9999").1, TIME_MAX_S);
        assert_eq!(author(b"A <a> -9223372036854775808 +999999999999").1, TIME_MIN_S);
        assert_eq!(author(b"A <a> 5 -2147483648").2, 0);
        assert_eq!(author(b"A <a> 5 -0330").2, -210);
        assert_eq!(author(b"").0, Person::default());
        assert_eq!(author(b"><").0, Person { name: ">".into(), email: String::new() });
    }

    fn repository(dir: &Path) -> (Store, impl Fn(&[u8]) -> CommitId) {
        ready();
        git(dir, &["init", "-q", "-b", "main", "--bare"]);
        let store = Store::open(dir).expect("opened");
        let dir = dir.to_owned();
        let commit = move |tree: &[u8]| {
            let tree = git_fed(&dir, &["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], tree);
            CommitId::parse(&git(&dir, &["commit-tree", "-m", "x", &tree])).expect("an id")
        };
        (store, commit)
    }

    fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
        let id = BlobId::parse(id).expect("an id");
        [mode.as_bytes(), b" ", name, b"\0", &id.0].concat()
    }

    /// INV-9 for trees: whatever stands in them, they are listed and compared.
    #[test]
    fn hostile_trees_are_listed_as_odd() {
        let temp = TempDir::new().expect("a temporary folder");
        let (store, commit) = repository(temp.path());
        let blob = git_fed(temp.path(), &["hash-object", "-w", "--stdin"], b"text\n");
        let empty = git_fed(temp.path(), &["mktree"], b"");
        let plain = commit(&entry("100644", b"a.md", &blob));
        let folder = git_fed(temp.path(), &["mktree"], format!("100644 blob {blob}\tin.md\n").as_bytes());
        let hostile = [
            entry("100644", b"z.md", &blob),
            entry("100644", b"a.md", &blob),
            entry("100664", b"old-mode.md", &blob),
            entry("120000", b"link.md", &blob),
            entry("160000", b"module", &blob),
            entry("0", b"nothing", &blob),
            entry("100644", b"..", &blob),
            entry("40000", b"..", &folder),
            entry("40000", b".git", &folder),
            entry("100644", b"a/b.md", &blob),
            entry("100644", b"", &blob),
            entry("100644", b"bell\x07\n.md", &blob),
            entry("100644", b"\xff\xfe.md", &blob),
            entry("40000", b"a.md", &folder),
            entry("40000", b"empty", &empty),
            entry("100644", &b"x".repeat(5_000), &blob),
        ]
        .concat();
        let hostile = commit(&hostile);
        let manifest = store.manifest(hostile).expect("listed");
        let paths: Vec<_> = manifest.entries().iter().map(|entry| entry.path.as_str()).collect();
        // A name with a slash in it can't be told from a file in a folder, and is as harmless.
        assert_eq!(paths, ["a.md", "a.md/in.md", "a/b.md", "old-mode.md", "z.md"]);
        let odd = |why| manifest.odd.iter().filter(|odd| odd.why == why).count();
        assert_eq!((odd(OddKind::Symlink), odd(OddKind::Submodule)), (1, 2));
        assert!(manifest.odd.iter().any(|odd| odd.shown == "bell\u{fffd}\u{fffd}.md"));
        assert!(manifest.odd.iter().all(|odd| !odd.shown.chars().any(char::is_control)));
        for (old, new) in [(plain, hostile), (hostile, plain)] {
            let changes = store.changes(old, new).expect("compared");
            assert!(changes.odd);
            let (old, new) = (store.manifest(old).expect("listed"), store.manifest(new).expect("listed"));
            assert_eq!(changes.files, old.changes_to(&new));
        }
        assert_eq!(store.changes(hostile, hostile).expect("compared"), Changes::default());

        let cut = commit(&[entry("100644", b"a.md", &blob), b"100644 b".to_vec()].concat());
        let manifest = store.manifest(cut).expect("listed");
        assert_eq!((manifest.entries().len(), manifest.odd.len()), (1, 1));
        assert!(store.changes(plain, cut).expect("compared").odd);
    }

    #[test]
    fn deep_and_endless_trees_come_to_an_end() {
        let temp = TempDir::new().expect("a temporary folder");
        let (store, commit) = repository(temp.path());
        let blob = git_fed(temp.path(), &["hash-object", "-w", "--stdin"], b"text\n");
        let write =
            |tree: &[u8]| git_fed(temp.path(), &["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], tree);
        let mut deep = write(&entry("100644", b"a.md", &blob));
        for _ in 0..60 {
            deep = write(&entry("40000", b"d", &deep));
        }
        let deep = commit(&entry("40000", b"d", &deep));
        let manifest = store.manifest(deep).expect("listed");
        assert_eq!((manifest.entries().len(), manifest.odd.len()), (0, 1));
        assert!(store.touched(deep).expect("compared").touches.is_empty());

        // Ten levels of fifty names for the same tree: 10^17 files in eleven objects.
        let mut wide = write(&entry("100644", b"a.md", &blob));
        for _ in 0..10 {
            let entries: Vec<u8> =
                (0..50u8).flat_map(|i| entry("40000", &[b'a' + i / 25, b'a' + i % 25], &wide)).collect();
            wide = write(&entries);
        }
        let wide = commit(&entry("40000", b"w", &wide));
        assert!(matches!(store.manifest(wide), Err(StoreError::TooLarge(_))));
        assert!(matches!(store.changes(deep, wide), Err(StoreError::TooLarge(_))));
    }

    #[test]
    fn changes_lead_from_one_manifest_to_the_other() {
        let temp = TempDir::new().expect("a temporary folder");
        let (store, _) = repository(temp.path());
        let work = temp.path().join("work");
        git(temp.path(), &["clone", "-q", ".", "work"]);
        let write = |path: &str, text: &str| {
            let file = work.join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            std::fs::write(file, text).expect("written");
        };
        let save = || {
            git(&work, &["add", "-A"]);
            git(&work, &["commit", "-q", "--allow-empty", "-m", "x"]);
            git(&work, &["push", "-q", "origin", "HEAD:main"]);
            store.main_tip().expect("read").expect("there")
        };
        write("a", "1");
        write("a.b", "1");
        write("map/in/c", "1");
        write("same/d", "1");
        let mut commits = vec![save()];
        std::fs::remove_file(work.join("a")).expect("removed");
        write("a/e", "2");
        commits.push(save());
        write("map/in/c", "2");
        git(&work, &["mv", "map", "moved"]);
        commits.push(save());
        git(&work, &["rm", "-q", "-r", "."]);
        write("last", "1");
        commits.push(save());
        for old in &commits {
            for new in &commits {
                let changes = store.changes(*old, *new).expect("compared");
                assert!(!changes.odd);
                let manifest = store.manifest(*old).expect("listed");
                assert_eq!(manifest.changed(&changes.files, Vec::new()), store.manifest(*new).expect("listed"));
            }
        }
        let last = *commits.last().expect("four");
        let blob = store.file_at(last, "last").expect("read").expect("there");
        assert_eq!((store.size(blob).expect("asked"), store.read(blob).expect("read")), (1, b"1".to_vec()));
        assert!(matches!(store.read(BlobId(last.0)), Err(StoreError::Absent(_))), "a commit is no file");
        assert!(matches!(store.size(BlobId([3; 20])), Err(StoreError::Absent(_))));
        assert!(matches!(store.manifest(CommitId(blob.0)), Err(StoreError::Absent(_))));
        assert!(store.commit_facts(CommitId(blob.0)).expect("asked").is_none());
        assert!(store.file_at(last, "../x").expect("asked").is_none());
    }

    #[test]
    fn a_revision_is_read_as_git_reads_it_and_never_as_an_option() {
        let temp = TempDir::new().expect("a temporary folder");
        let (store, _) = repository(temp.path());
        git(temp.path(), &["clone", "-q", ".", "work"]);
        let work = temp.path().join("work");
        for _ in 0..3 {
            git(&work, &["commit", "-q", "--allow-empty", "-m", "x"]);
        }
        git(&work, &["tag", "-a", "-m", "v", "map/pagina@v1", "HEAD~1"]);
        git(&work, &["push", "-q", "origin", "HEAD:main", "map/pagina@v1"]);
        let tip = store.main_tip().expect("read").expect("there");
        let parent = store.commit_facts(tip).expect("read").expect("there").parents[0];
        let whole = tip.to_string();
        for (revision, commit) in [
            ("HEAD", tip),
            ("main", tip),
            (whole.as_str(), tip),
            (&whole[..12], tip),
            ("main^", parent),
            ("HEAD~1", parent),
            ("map/pagina@v1", parent),
            ("map/pagina@v1^{commit}", parent),
        ] {
            assert_eq!(store.resolve(revision).expect("asked"), Some(commit), "{revision}");
        }
        for revision in [
            "",
            "nergens",
            "--all",
            "-h",
            "main:",
            "HEAD~99",
            "main..HEAD",
            "a\0b",
            "@{",
            "^{",
            ":/(",
            "~",
            &"x".repeat(5000),
        ] {
            assert_eq!(store.resolve(revision).expect("asked"), None, "{revision:?}");
        }
    }
}
