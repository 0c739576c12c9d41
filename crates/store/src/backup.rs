//! A backup: repository and accounts as one file, and both again from it.
//!
//! The file is a tar archive, so that nobody needs Polder to get at what is in it: a `README`, the
//! rows of the accounts, a bundle that git clones from, and a manifest with the sum of each part.
//! Its form is fixed to the byte: reading makes each header anew and compares, so there is no name in
//! it that could lead anywhere, and a byte that changed is noticed wherever it stands.
//!
//! The accounts are read first, in one transaction; at once after it the refs. A page saved meanwhile
//! is in the backup or it is not; nothing of it is in parts. Sessions and links are left out: they
//! would let somebody in. Caches are left out: they follow from the rest. The repository's own
//! configuration, hooks and work tree are left out as well.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use polder_core::ids::CommitId;
use sha2::{Digest as _, Sha256};

use crate::accounts::Rows;
use crate::error::StoreError;
use crate::git::{self, Next, Pace, Target};
use crate::store::{Store, sync_all_below, sync_folder};

/// Time for git to write or read all of a repository.
const WHOLE_MAX: Duration = Duration::from_secs(2 * 3600);

/// A list of refs; a hundred thousand versions take 10 MiB.
const REFS_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Rows of accounts, which are read at once. A million sign-ins take some 150 MiB.
const ACCOUNTS_MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The manifest has a dozen short lines.
const MANIFEST_MAX_BYTES: u64 = 16 * 1024;

const BLOCK: usize = 512;

const FORM: &str = "polder-backup 1";
const README: &str = "README";
const ACCOUNTS: &str = "accounts.jsonl";
const BUNDLE: &str = "repository.bundle";
const MANIFEST: &str = "manifest";

const README_TEXT: &str = "A backup of a wiki made by Polder.\n\
\n\
To put it back: polder restore FILE --data DIR\n\
\n\
Without Polder: tar -xf FILE, then git clone --mirror repository.bundle wiki.git\n\
accounts.jsonl has a line for each row of the accounts: passwords (argon2id) and tokens (SHA-256)\n\
are in it as hashes only. Keep this file as secret as the accounts themselves.\n";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Seconds since 1970.
    pub made_s: i64,
    pub branch: String,
    /// `None` for a wiki without pages.
    pub tip: Option<CommitId>,
    pub n_refs: usize,
    pub n_accounts: u64,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    size_bytes: u64,
    sum: String,
    /// Where it begins in the file; not written down.
    offset: u64,
}

/// Writes a backup into `file`, which must not be there yet, and reads it back. `rows` are the
/// accounts, read just before.
pub fn write(store: &Store, rows: &Rows, file: &Path, made_s: i64) -> Result<Backup, StoreError> {
    if store.borrows_objects() {
        return Err(StoreError::Other(
            "this repository lacks objects that it keeps elsewhere or left out when it was cloned, so it can't be backed up whole"
                .to_owned(),
        ));
    }
    must_fit(rows.lines.len() as u64, "the accounts of this wiki")?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Readable by its owner only, as temporary files are.
    let mut temp = tempfile::Builder::new().prefix(".polder-backup-").tempfile_in(folder)?;
    let mut backup = Backup {
        made_s,
        branch: store.branch().to_owned(),
        tip: None,
        n_refs: 0,
        n_accounts: rows.n_accounts,
        parts: Vec::new(),
    };
    let out = temp.as_file_mut();
    // The refs are read before anything that takes long.
    let refs = refs_of(store)?;
    backup.n_refs = refs.len();
    backup.tip = refs.last().filter(|(name, _)| *name == store.branch_ref()).and_then(|(_, id)| CommitId::parse(id));
    backup.parts.push(put(out, README, made_s, README_TEXT.as_bytes())?);
    backup.parts.push(put(out, ACCOUNTS, made_s, &rows.lines)?);
    if !refs.is_empty() {
        backup.parts.push(put_bundle(store, out, made_s, &refs)?);
    }
    let manifest = backup.manifest();
    put(out, MANIFEST, made_s, manifest.as_bytes())?;
    out.write_all(&[0; 2 * BLOCK])?;
    out.sync_all()?;
    let found = read(temp.path())?;
    if found != backup {
        return Err(StoreError::Other(
            "what was written reads back as something else; is the disk in order?".to_owned(),
        ));
    }
    temp.persist_noclobber(file).map_err(|error| error.error)?;
    sync_folder(folder)?;
    Ok(backup)
}

/// Reads a backup and checks every byte of it.
pub fn read(file: &Path) -> Result<Backup, StoreError> {
    let damaged = |what: &str| StoreError::Other(format!("this is no whole backup of Polder: {what}"));
    let mut input = BufReader::new(File::open(file)?);
    let mut parts: Vec<Part> = Vec::new();
    let mut offset = 0u64;
    let (made_s, manifest) = loop {
        let mut header = [0; BLOCK];
        input.read_exact(&mut header).map_err(|_| damaged("it ends too early"))?;
        let name = [README, ACCOUNTS, BUNDLE, MANIFEST]
            .into_iter()
            .find(|name| header.starts_with(name.as_bytes()) && header[name.len()] == 0);
        let (Some(name), Some(size_bytes), Some(time_s)) = (name, number(&header[124..136]), number(&header[136..148]))
        else {
            return Err(damaged("there is something else in it"));
        };
        let made_s = i64::try_from(time_s).map_err(|_| damaged("its time"))?;
        if header_of(name, size_bytes, made_s) != header {
            return Err(damaged(&format!("the header of {name} was changed")));
        }
        offset += BLOCK as u64;
        let kept_max = if name == MANIFEST { MANIFEST_MAX_BYTES } else { 0 };
        if name == MANIFEST && size_bytes > kept_max {
            return Err(damaged("its manifest is too long"));
        }
        let (sum, kept) = take(&mut input, size_bytes, kept_max).map_err(|_| damaged("it ends too early"))?;
        let padding = padding(size_bytes);
        let mut zeros = vec![0; padding];
        input.read_exact(&mut zeros).map_err(|_| damaged("it ends too early"))?;
        if zeros.iter().any(|&byte| byte != 0) {
            return Err(damaged(&format!("something was written behind {name}")));
        }
        if name == MANIFEST {
            break (made_s, kept);
        }
        parts.push(Part { name: name.to_owned(), size_bytes, sum, offset });
        offset += size_bytes + padding as u64;
    };
    let mut end = Vec::new();
    input.take(2 * BLOCK as u64 + 1).read_to_end(&mut end)?;
    if end != [0; 2 * BLOCK] {
        return Err(damaged("its end is missing, or something follows it"));
    }
    let manifest = String::from_utf8(manifest).map_err(|_| damaged("its manifest was changed"))?;
    let backup = Backup::told(&manifest, made_s, parts).ok_or_else(|| damaged("its manifest can't be read"))?;
    if backup.manifest() != manifest {
        return Err(damaged("a part of it was changed: its sum is another"));
    }
    Ok(backup)
}

/// Makes the repository of a backup that was just read, in a folder that must not be there yet. What
/// git finds odd in it, and was so before, is told by `warn`.
pub fn restore_repository(
    file: &Path,
    backup: &Backup,
    dir: &Path,
    warn: &mut dyn FnMut(&str),
) -> Result<(), StoreError> {
    if fs::symlink_metadata(dir).is_ok() {
        return Err(StoreError::Other(format!("{} is there already", dir.display())));
    }
    let folder = dir.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let temp = tempfile::Builder::new().prefix(".polder-restore-").tempdir_in(folder)?;
    let fresh = temp.path().join("wiki.git");
    let store = Store::create(&fresh)?;
    if let Some(bundle) = backup.parts.iter().find(|part| part.name == BUNDLE) {
        let mut input = File::open(file)?;
        input.seek(SeekFrom::Start(bundle.offset))?;
        let (refs, head_bytes) = bundle_head(&mut BufReader::new(&mut input).take(bundle.size_bytes))?;
        input.seek(SeekFrom::Start(bundle.offset + head_bytes))?;
        let pack = BufReader::new(input).take(bundle.size_bytes - head_bytes);
        ran_fed(store.quietly(&["index-pack", "--stdin"]), Box::new(pack))?;
        let mut lines = Vec::new();
        for (name, id) in refs.iter().filter(|(name, _)| name != "HEAD") {
            lines.extend_from_slice(format!("create {name}\0{id}\0").as_bytes());
        }
        ran_fed(store.quietly(&["update-ref", "-z", "--stdin"]), Box::new(std::io::Cursor::new(lines)))?;
    }
    // One file to sync instead of one for each version.
    ran(store.quietly(&["pack-refs", "--all", "--prune"]))?;
    ran(store.quietly(&["symbolic-ref", "HEAD", &format!("refs/heads/{}", backup.branch)]))?;
    ran(store.quietly(&["fsck", "--connectivity-only", "--no-dangling", "--no-progress"]))?;
    if let Err(error) = ran(store.quietly(&["fsck", "--full", "--no-dangling", "--no-progress"])) {
        // Old repositories may hold objects that git would not make today.
        warn(&error.to_string());
    }
    let restored = Store::open(&fresh).map_err(|error| StoreError::Other(error.to_string()))?;
    if restored.branch() != backup.branch || restored.main_tip()? != backup.tip {
        return Err(StoreError::Other("the repository that came out is another than was backed up".to_owned()));
    }
    sync_all_below(&fresh)?;
    fs::rename(&fresh, dir)?;
    sync_folder(folder)
}

/// The same bound on accounts when they are written and when they are read, so that no backup is made
/// that can't be put back.
fn must_fit(size_bytes: u64, what: &str) -> Result<(), StoreError> {
    if size_bytes > ACCOUNTS_MAX_BYTES { Err(StoreError::TooLarge(what.to_owned())) } else { Ok(()) }
}

/// The rows of the accounts in a backup that was just read.
pub fn accounts_of(file: &Path, backup: &Backup) -> Result<Rows, StoreError> {
    let Some(part) = backup.parts.iter().find(|part| part.name == ACCOUNTS) else { return Ok(Rows::default()) };
    must_fit(part.size_bytes, "the accounts of this backup")?;
    let mut input = File::open(file)?;
    input.seek(SeekFrom::Start(part.offset))?;
    let (sum, lines) = take(&mut BufReader::new(input), part.size_bytes, part.size_bytes)?;
    if sum != part.sum {
        return Err(StoreError::Other("the backup changed while it was read".to_owned()));
    }
    Ok(Rows { lines, n_accounts: backup.n_accounts })
}

impl Backup {
    fn manifest(&self) -> String {
        let tip = self.tip.map_or_else(|| "-".to_owned(), |tip| tip.to_string());
        let mut text = format!(
            "{FORM}\nmade_s {}\nbranch {}\ntip {tip}\nrefs {}\naccounts {}\n",
            self.made_s, self.branch, self.n_refs, self.n_accounts
        );
        for part in &self.parts {
            text.push_str(&format!("part {} {} {}\n", part.name, part.size_bytes, part.sum));
        }
        let sum = hex(&Sha256::digest(text.as_bytes()));
        text.push_str(&format!("sum {sum}\n"));
        text
    }

    /// What a manifest tells, of parts that were found. Whether they are those that it names shows
    /// when it is written out again.
    fn told(text: &str, made_s: i64, parts: Vec<Part>) -> Option<Backup> {
        let mut lines = text.lines();
        (lines.next()? == FORM).then_some(())?;
        let made = lines.next()?.strip_prefix("made_s ")?.parse::<i64>().ok()?;
        let branch = lines.next()?.strip_prefix("branch ")?.to_owned();
        let tip = lines.next()?.strip_prefix("tip ")?;
        let tip = if tip == "-" { None } else { Some(CommitId::parse(tip)?) };
        let n_refs = lines.next()?.strip_prefix("refs ")?.parse().ok()?;
        let n_accounts = lines.next()?.strip_prefix("accounts ")?.parse().ok()?;
        (made == made_s).then_some(Backup { made_s, branch, tip, n_refs, n_accounts, parts })
    }

    /// Bytes of all parts.
    pub fn size_bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.size_bytes).sum()
    }
}

/// All refs and where they point, the wiki's branch read last: so what a version names lies on it.
fn refs_of(store: &Store) -> Result<Refs, StoreError> {
    let command = store.quietly(&["for-each-ref", "--format=%(objectname) %(refname) %(symref)"]);
    let answer = git::run(command, WHOLE_MAX)?;
    if !answer.ok {
        return Err(StoreError::Other(answer.complaint));
    }
    let said = String::from_utf8(answer.out)
        .map_err(|_| StoreError::Other("a ref has a name that is not UTF-8".to_owned()))?;
    let branch = store.branch_ref();
    // What stands for another ref has a name behind the last space.
    let lines = said.lines().filter_map(|line| line.strip_suffix(' ')?.split_once(' '));
    let mut refs: Refs =
        lines.filter(|(_, name)| *name != branch).map(|(id, name)| (name.to_owned(), id.to_owned())).collect();
    if let Some(tip) = store.main_tip()? {
        refs.push((branch, tip.to_string()));
    }
    Ok(refs)
}

/// A bundle of these refs as git takes it: a list, and a pack of all that they reach. Git's own way to
/// make one leaves out what moves meanwhile.
fn put_bundle(store: &Store, out: &mut File, made_s: i64, refs: &Refs) -> Result<Part, StoreError> {
    let begin = out.stream_position()?;
    out.write_all(&[0; BLOCK])?;
    let mut head = String::from("# v2 git bundle\n");
    for (name, id) in refs {
        head.push_str(&format!("{id} {name}\n"));
    }
    if let Some((_, id)) = refs.last().filter(|(name, _)| *name == store.branch_ref()) {
        // What is checked out by whoever clones from it.
        head.push_str(&format!("{id} HEAD\n"));
    }
    head.push('\n');
    out.write_all(head.as_bytes())?;
    let mut command = store.quietly(&["pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q"]);
    let ids: Vec<&str> = refs.iter().map(|(_, id)| id.as_str()).collect();
    command.stdin(fed((ids.join("\n") + "\n").as_bytes())?);
    let (mut hasher, mut size_bytes) = (Sha256::new_with_prefix(head.as_bytes()), head.len() as u64);
    let (ok, complaint) = git::stream(command, WHOLE_MAX, &mut |piece| {
        hasher.update(piece);
        size_bytes += piece.len() as u64;
        out.write_all(piece)?;
        Ok(Next::More)
    })?;
    if !ok {
        return Err(StoreError::Other(complaint));
    }
    out.write_all(&vec![0; padding(size_bytes)])?;
    let end = out.stream_position()?;
    out.seek(SeekFrom::Start(begin))?;
    out.write_all(&header_of(BUNDLE, size_bytes, made_s))?;
    out.seek(SeekFrom::Start(end))?;
    Ok(Part { name: BUNDLE.to_owned(), size_bytes, sum: hex(&hasher.finalize()), offset: begin + BLOCK as u64 })
}

/// Names of refs, and where they point.
type Refs = Vec<(String, String)>;

/// The refs of a bundle, and how many bytes stand before its pack.
fn bundle_head(input: &mut impl BufRead) -> Result<(Refs, u64), StoreError> {
    let odd = || StoreError::Other("the repository in this backup can't be read".to_owned());
    let mut refs = Vec::new();
    let mut n_bytes = 0u64;
    while n_bytes < REFS_MAX_BYTES {
        let mut line = Vec::new();
        n_bytes += input.by_ref().take(REFS_MAX_BYTES).read_until(b'\n', &mut line)? as u64;
        let Some(b'\n') = line.pop() else { return Err(odd()) };
        let text = String::from_utf8(line).map_err(|_| odd())?;
        if text.is_empty() {
            return Ok((refs, n_bytes));
        }
        if refs.is_empty() && text == "# v2 git bundle" {
            continue;
        }
        // Anything else, as what it would need beside it, is not what `write` writes.
        let (id, name) = text.split_once(' ').ok_or_else(odd)?;
        if CommitId::parse(id).is_none() || !(name == "HEAD" || name.starts_with("refs/")) || name.contains('\0') {
            return Err(odd());
        }
        refs.push((name.to_owned(), id.to_owned()));
    }
    Err(odd())
}

impl Store {
    /// A command that waits its turn behind readers, and takes one core.
    fn quietly(&self, arguments: &[&str]) -> std::process::Command {
        let target = Target { git_dir: Some(self.git_dir()), ..Target::default() };
        let mut command = git::gentle_command(target, Pace::Patient);
        command.args(["-c", "pack.threads=1", "-c", "pack.windowMemory=256m"]).args(arguments);
        command
    }
}

fn ran(command: std::process::Command) -> Result<(), StoreError> {
    let answer = git::run_while(command, WHOLE_MAX, &|| true)?;
    if answer.ok { Ok(()) } else { Err(StoreError::Other(answer.complaint)) }
}

fn ran_fed(command: std::process::Command, input: git::Input) -> Result<(), StoreError> {
    let answer = git::run_fed(command, Some(input), WHOLE_MAX, &|| true)?;
    if answer.ok { Ok(()) } else { Err(StoreError::Other(answer.complaint)) }
}

/// Something for a process to read.
fn fed(bytes: &[u8]) -> Result<Stdio, StoreError> {
    let mut file = tempfile::tempfile()?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(Stdio::from(file))
}

fn put(out: &mut File, name: &str, made_s: i64, bytes: &[u8]) -> Result<Part, StoreError> {
    let size_bytes = bytes.len() as u64;
    out.write_all(&header_of(name, size_bytes, made_s))?;
    let offset = out.stream_position()?;
    out.write_all(bytes)?;
    out.write_all(&vec![0; padding(size_bytes)])?;
    Ok(Part { name: name.to_owned(), size_bytes, sum: hex(&Sha256::digest(bytes)), offset })
}

/// Reads so many bytes: their sum, and themselves if they are no more than `kept_max`.
fn take(input: &mut impl Read, size_bytes: u64, kept_max: u64) -> std::io::Result<(String, Vec<u8>)> {
    let (mut hasher, mut kept) = (Sha256::new(), Vec::new());
    let mut left = size_bytes;
    let mut piece = vec![0; 256 * 1024];
    while left > 0 {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
        input.read_exact(&mut piece[..n])?;
        hasher.update(&piece[..n]);
        if size_bytes <= kept_max {
            kept.extend_from_slice(&piece[..n]);
        }
        left -= n as u64;
    }
    Ok((hex(&hasher.finalize()), kept))
}

fn padding(size_bytes: u64) -> usize {
    (BLOCK - (size_bytes % BLOCK as u64) as usize) % BLOCK
}

/// The block before a part: POSIX's `ustar`, a plain file that its owner may read. Sizes of 8 GiB and
/// more are written as GNU's tar and BSD's write them.
fn header_of(name: &str, size_bytes: u64, time_s: i64) -> [u8; BLOCK] {
    let mut header = [0; BLOCK];
    let mut set = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    set(0, name.as_bytes());
    set(100, b"0000600\0");
    set(108, b"0000000\0");
    set(116, b"0000000\0");
    if size_bytes < 1 << 33 {
        set(124, format!("{size_bytes:011o}\0").as_bytes());
    } else {
        set(124, &[0x80, 0, 0, 0]);
        set(128, &size_bytes.to_be_bytes());
    }
    set(136, format!("{:011o}\0", time_s.clamp(0, (1 << 33) - 1)).as_bytes());
    set(148, b"        ");
    set(156, b"0");
    set(257, b"ustar\x0000");
    set(329, b"0000000\0");
    set(337, b"0000000\0");
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A number in a header.
fn number(field: &[u8]) -> Option<u64> {
    if field.first() == Some(&0x80) {
        return Some(u64::from_be_bytes(field.get(4..12)?.try_into().ok()?));
    }
    let text = std::str::from_utf8(field.strip_suffix(b"\0")?).ok()?;
    u64::from_str_radix(text, 8).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether others on this machine could read a file.
pub fn is_open_to_others(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready};

    const ROWS: &[u8] = b"{}\n";

    fn wiki() -> (TempDir, Store) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let work = temp.path().join("work");
        fs::create_dir(&work).expect("made");
        git(&work, &["init", "-q", "-b", "trunk"]);
        for n in 0..5 {
            fs::write(work.join("a.md"), format!("{n}\n")).expect("written");
            git(&work, &["add", "."]);
            git(&work, &["commit", "-q", "-m", "x"]);
        }
        git(&work, &["tag", "-a", "-m", "v", "plannen/plan-van-aanpak@v1", "HEAD~2"]);
        git(&work, &["update-ref", "refs/polder/own", "HEAD~1"]);
        git(&work, &["branch", "suggest/1", "HEAD~1"]);
        git(&work, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/trunk"]);
        let store = Store::open(&work).expect("opened");
        (temp, store)
    }

    fn rows() -> Rows {
        Rows { lines: ROWS.to_vec(), n_accounts: 0 }
    }

    fn refs(dir: &Path) -> String {
        let all = git(dir, &["for-each-ref", "--format=%(objectname) %(refname)"]);
        all.lines().filter(|line| !line.contains("origin/HEAD")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_repository_comes_back_with_all_its_refs() {
        let (temp, store) = wiki();
        let (file, dir) = (temp.path().join("b.tar"), temp.path().join("back.git"));
        let backup = write(&store, &rows(), &file, 1_790_000_000).expect("written");
        assert!(!is_open_to_others(&file));
        assert_eq!(read(&file).expect("read"), backup);
        assert_eq!((backup.n_refs, backup.tip), (4, store.main_tip().expect("asked")));
        let mut said = String::new();
        restore_repository(&file, &backup, &dir, &mut |words| said.push_str(words)).expect("restored");
        assert_eq!(said, "");
        assert_eq!(refs(&dir), refs(store.work_tree().expect("there")));
        assert_eq!(git(&dir, &["symbolic-ref", "HEAD"]), "refs/heads/trunk");
        assert_eq!(accounts_of(&file, &backup).expect("read").lines, ROWS);
        assert!(restore_repository(&file, &backup, &dir, &mut |_| {}).is_err(), "it is there already");
        assert!(write(&store, &rows(), &file, 0).is_err(), "nothing is overwritten");
        // Without Polder.
        git(temp.path(), &["clone", "-q", "--mirror", "back.git", "again.git"]);
        let tar = crate::git::testing::tar_command(&file, temp.path()).output();
        assert!(tar.expect("tar runs").status.success());
        git(temp.path(), &["clone", "-q", BUNDLE, "from-bundle"]);
        assert_eq!(fs::read_to_string(temp.path().join("from-bundle/a.md")).expect("read"), "4\n");
    }

    #[test]
    fn an_empty_wiki_is_backed_up_too() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let store = Store::create(&temp.path().join("wiki.git")).expect("made");
        let file = temp.path().join("b.tar");
        let backup = write(&store, &Rows::default(), &file, 5).expect("written");
        assert_eq!((backup.tip, backup.n_refs), (None, 0));
        restore_repository(&file, &backup, &temp.path().join("back.git"), &mut |_| {}).expect("restored");
    }

    #[test]
    fn a_changed_byte_anywhere_is_noticed_and_so_is_an_end_too_early() {
        let (temp, store) = wiki();
        let file = temp.path().join("b.tar");
        write(&store, &rows(), &file, 1_790_000_000).expect("written");
        let whole = fs::read(&file).expect("read");
        let other = temp.path().join("c.tar");
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&other, &bytes).expect("written");
            assert!(read(&other).is_err(), "byte {at} of {}", whole.len());
        }
        for end in (0..whole.len()).step_by(97) {
            fs::write(&other, &whole[..end]).expect("written");
            assert!(read(&other).is_err(), "{end} bytes of {}", whole.len());
        }
        fs::write(&other, [whole.as_slice(), b"x"].concat()).expect("written");
        assert!(read(&other).is_err(), "something behind it");
    }

    #[test]
    fn archives_of_others_are_refused() {
        let temp = TempDir::new().expect("a temporary folder");
        let file = temp.path().join("b.tar");
        let refused = |bytes: &[u8]| {
            fs::write(&file, bytes).expect("written");
            read(&file).expect_err("refused").to_string()
        };
        for name in ["../../etc/passwd", "/etc/passwd", "README/../x", "wiki.git/hooks/post-update"] {
            let mut bytes = header_of(name, 2, 0).to_vec();
            bytes.extend_from_slice(&[b'x'; BLOCK]);
            assert!(refused(&bytes).contains("something else"), "{name}");
        }
        // A link, a size that lies, one that is not there.
        let mut link = header_of(README, 0, 0);
        link[156] = b'2';
        assert!(refused(&link).contains("header"));
        assert!(refused(&header_of(BUNDLE, u64::MAX / 2, 0)).contains("too early"));
        assert!(refused(&header_of(MANIFEST, 1 << 40, 0)).contains("too long"));
        assert!(refused(b"").contains("too early"));
    }

    #[test]
    fn sizes_beyond_eight_gibibytes_are_written_and_read() {
        for size in [0, 511, (1 << 33) - 1, 1 << 33, 1 << 40] {
            assert_eq!(number(&header_of(BUNDLE, size, 7)[124..136]), Some(size));
        }
    }
}
