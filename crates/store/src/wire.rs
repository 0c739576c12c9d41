//! Clone and push over HTTP: the two git programs that speak to a client.
//!
//! Made here, started by the caller, who streams bytes in and out and ends the process when the
//! client hangs up. Who may clone or push is the caller's to decide; what may be pushed, its
//! hook's.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::git::{self, Pace, Target};
use crate::store::Store;

/// Largest push, as it is sent. The settings below that mention sizes are in bytes.
const PUSH_MAX_BYTES: usize = 64 * 1024 * 1024;

/// Files of a push up to this size are held in memory while they are checked. As large as the largest that
/// is taken.
const BLOB_HELD_MAX_BYTES: usize = 32 * 1024 * 1024;

/// The largest piece of memory that git may take at once for a push: what a few bytes of a pack can
/// inflate to. A delta of the largest file needs twice its size.
const ALLOC_MAX_BYTES: usize = 2 * BLOB_HELD_MAX_BYTES + 1024 * 1024;

/// Seconds that each process of a push may compute. A pack of the largest size that people make takes some
/// ten; one that inflates for ever is ended.
#[cfg(target_os = "linux")]
const PUSH_MAX_CPU_S: u64 = 180;

/// Longest `Git-Protocol` header that is passed on; git itself sends `version=2`.
const PROTOCOL_MAX_BYTES: usize = 64;

/// Branches and tags are served and nothing else: a stash, notes, what was fetched from elsewhere and
/// Polder's own refs are nobody's business. The last setting that matches counts.
const SERVED_REFS: [&str; 3] =
    ["transfer.hideRefs=refs", "transfer.hideRefs=!refs/heads", "transfer.hideRefs=!refs/tags"];

impl Store {
    /// Serves a clone or fetch. `advertise`: list the refs, the first of the two requests.
    /// `protocol` is the client's `Git-Protocol` header; an ill-formed one is left out.
    pub fn upload_pack(&self, advertise: bool, protocol: Option<&str>) -> Command {
        let mut command = self.wire(git::gentle_command(Target::default(), Pace::Patient), protocol);
        for setting in SERVED_REFS.into_iter().chain([
            // One core and bounded memory for each clone, so that pages go first.
            "pack.threads=1",
            "pack.windowMemory=64m",
            "pack.deltaCacheSize=16m",
            "pack.useBitmaps=true",
            "core.multiPackIndex=true",
            "uploadpack.allowFilter=true",
            "uploadpack.allowTipSHA1InWant=false",
            "uploadpack.allowReachableSHA1InWant=false",
            "uploadpack.allowAnySHA1InWant=false",
        ]) {
            command.args(["-c", setting]);
        }
        command.args(["upload-pack", "--strict", "--stateless-rpc"]);
        self.addressed(command, advertise)
    }

    /// Receives a push. `hooks` is a folder with the hooks in it, which get `env` besides what git
    /// tells them. When the process has ended, call `follow` if the branch moved.
    pub fn receive_pack(&self, advertise: bool, protocol: Option<&str>, hooks: &Path, env: &[(&str, &str)]) -> Command {
        let mut command = self.wire(git::command(Target::default()), protocol);
        let mut hooks_path = std::ffi::OsString::from("core.hooksPath=");
        hooks_path.push(hooks);
        command.arg("-c").arg(hooks_path);
        command.args(["-c", &format!("receive.maxInputSize={PUSH_MAX_BYTES}")]);
        for setting in SERVED_REFS.into_iter().chain([
            "receive.fsckObjects=true",
            "receive.denyNonFastForwards=true",
            "receive.denyDeletes=true",
            // The work tree follows by `follow`, which also protects what is in it.
            "receive.denyCurrentBranch=ignore",
            // Always a pack: one file to sync instead of thousands.
            "receive.unpackLimit=1",
            "transfer.unpackLimit=1",
            "receive.autogc=false",
            "receive.advertisePushOptions=true",
            // What `proc-receive` takes is taken before the rest of a push is known to be.
            "receive.advertiseAtomic=false",
            // What is pushed to be merged, never stored under that name: taken by the hook `proc-receive`.
            "transfer.hideRefs=!refs/for",
            "receive.procReceiveRefs=refs/for",
            // A file larger than this is passed on to the disk, not held in memory; the hook refuses it.
            &format!("core.bigFileThreshold={BLOB_HELD_MAX_BYTES}"),
            "pack.threads=1",
            "core.deltaBaseCacheLimit=32m",
        ]) {
            command.args(["-c", setting]);
        }
        command.env("GIT_ALLOC_LIMIT", ALLOC_MAX_BYTES.to_string());
        command.envs(env.iter().copied());
        command.args(["receive-pack", "--stateless-rpc"]);
        self.addressed(command, advertise)
    }

    fn wire(&self, mut command: Command, protocol: Option<&str>) -> Command {
        if let Some(protocol) = protocol.filter(|protocol| is_well_formed(protocol)) {
            command.env("GIT_PROTOCOL", protocol);
        }
        command.current_dir(self.git_dir());
        command
    }

    fn addressed(&self, mut command: Command, advertise: bool) -> Command {
        if advertise {
            command.arg("--http-backend-info-refs").stdin(Stdio::null());
        } else {
            command.stdin(Stdio::piped());
        }
        // Absolute, so it can't be taken for an option.
        command.arg(self.git_dir());
        command
    }
}

/// Bounds what the process that receives a push, and each that it starts, may compute. Call it before the
/// process is told anything. Where the system can't do that, nothing is bounded.
#[cfg(target_os = "linux")]
pub fn bound_push(process: u32) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let bound = Rlimit { current: Some(PUSH_MAX_CPU_S), maximum: Some(PUSH_MAX_CPU_S) };
        // It may have ended already.
        let _ = prlimit(Some(pid), Resource::Cpu, bound);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn bound_push(_process: u32) {}

fn is_well_formed(protocol: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b':' | b'.' | b'-' | b'_');
    (1..=PROTOCOL_MAX_BYTES).contains(&protocol.len()) && protocol.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use polder_core::ids::CommitId;
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    /// A bare repository with one commit, and a pack that brings a second.
    fn pushed() -> (TempDir, Store, PathBuf, CommitId, CommitId, Vec<u8>) {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let work = temp.path().join("work");
        fs::create_dir(&work).expect("made");
        git(&work, &["init", "-q", "-b", "main"]);
        fs::write(work.join("a.md"), "one\n").expect("written");
        git(&work, &["add", "."]);
        git(&work, &["commit", "-q", "-m", "one"]);
        git(temp.path(), &["clone", "-q", "--bare", "work", "wiki.git"]);
        let old = CommitId::parse(&git(&work, &["rev-parse", "HEAD"])).expect("an id");
        fs::write(work.join("a.md"), "two\n").expect("written");
        git(&work, &["commit", "-q", "-a", "-m", "two"]);
        let new = CommitId::parse(&git(&work, &["rev-parse", "HEAD"])).expect("an id");
        let mut pack_objects = crate::git::testing::person_command(&work);
        pack_objects.args(["pack-objects", "--revs", "--stdout", "-q"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pack_objects.spawn().expect("git runs");
        child.stdin.take().expect("piped").write_all(format!("{new}\n^{old}\n").as_bytes()).expect("written");
        let pack = child.wait_with_output().expect("git ends").stdout;
        let store = Store::open(&temp.path().join("wiki.git")).expect("opened");
        let request = {
            let line = format!("{old} {new} refs/heads/main\0report-status");
            let mut request = format!("{:04x}{line}0000", line.len() + 4).into_bytes();
            request.extend_from_slice(&pack);
            request
        };
        (temp, store, work, old, new, request)
    }

    fn answer(mut command: Command, input: &[u8]) -> (bool, String) {
        let mut child = command.spawn().expect("git runs");
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input).expect("written");
        }
        let out = child.wait_with_output().expect("git ends");
        let said = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn hook(dir: &Path, text: &str) {
        let file = dir.join("pre-receive");
        fs::write(&file, text).expect("written");
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("allowed");
    }

    #[test]
    fn refs_are_listed_but_for_those_that_polder_keeps() {
        let (temp, store, _, old, _, _) = pushed();
        git(store.git_dir(), &["update-ref", "refs/polder/own", &old.to_string()]);
        for command in [store.upload_pack(true, None), store.receive_pack(true, None, temp.path(), &[])] {
            let (ok, said) = answer(command, b"");
            assert!(ok, "{said}");
            assert!(said.contains(&format!("{old} refs/heads/main")) || said.contains("refs/heads/main\0"), "{said}");
            assert!(!said.contains("refs/polder"), "{said}");
        }
        let (_, said) = answer(store.upload_pack(true, Some("version=2")), b"");
        assert!(said.contains("version 2"), "{said}");
        let (_, said) = answer(store.upload_pack(true, Some("version=2\n; x")), b"");
        assert!(!said.contains("version 2"), "{said}");
    }

    #[test]
    fn a_push_passes_the_hook_or_changes_nothing() {
        let (temp, store, _, old, new, request) = pushed();
        let hooks = temp.path().join("hooks");
        fs::create_dir(&hooks).expect("made");
        hook(&hooks, "#!/bin/sh\necho \"a.md:1:1 not so, $POLDER_WHO, ${HOME-homeless}\" >&2\nexit 1\n");
        let env = [("POLDER_WHO", "Ada")];
        let (_, said) = answer(store.receive_pack(false, None, &hooks, &env), &request);
        assert!(said.contains("a.md:1:1 not so, Ada, homeless"), "{said}");
        assert!(said.contains("pre-receive hook declined"), "{said}");
        assert_eq!(store.main_tip().expect("read"), Some(old));
        assert!(store.commit_facts(new).expect("asked").is_none(), "what was refused is gone");

        hook(&hooks, "#!/bin/sh\nexit 0\n");
        let (ok, said) = answer(store.receive_pack(false, None, &hooks, &env), &request);
        assert!(ok && said.contains("ok refs/heads/main"), "{said}");
        assert_eq!(store.main_tip().expect("read"), Some(new));
        assert!(store.commit_facts(new).expect("asked").is_some());

        let back = format!("{new} {old} refs/heads/main\0report-status");
        let mut rewind = format!("{:04x}{back}0000", back.len() + 4).into_bytes();
        rewind.extend_from_slice(
            b"PACK\0\0\0\x02\0\0\0\0\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3\x1e",
        );
        let (_, said) = answer(store.receive_pack(false, None, &hooks, &env), &rewind);
        assert!(said.contains("ng refs/heads/main"), "INV-10: {said}");
        assert_eq!(store.main_tip().expect("read"), Some(new));
    }

    /// The hook is a process of its own: this test, started again by the hook's script.
    #[test]
    fn a_hook_sees_what_waits_for_its_judgement() {
        let (temp, store, _, old, new, request) = pushed();
        let work = temp.path().join("checked-out");
        git(temp.path(), &["clone", "-q", "wiki.git", "checked-out"]);
        let served = Store::open(&work).expect("opened");
        fs::write(work.join("a.md"), "owner\n").expect("written");
        let hooks = temp.path().join("hooks");
        fs::create_dir(&hooks).expect("made");
        let test = std::env::current_exe().expect("this program");
        hook(&hooks, &format!("#!/bin/sh\nexec {} --exact wire::tests::as_a_hook --nocapture >&2\n", test.display()));
        let (old_text, new_text) = (old.to_string(), new.to_string());
        let env = [("POLDER_TEST_OLD", old_text.as_str()), ("POLDER_TEST_NEW", new_text.as_str())];
        let (_, said) = answer(served.receive_pack(false, None, &hooks, &env), &request);
        assert!(said.contains("files [\"a.md\"] blocked by [\"a.md\"]"), "{said}");
        assert!(said.contains("ok refs/heads/main"), "{said}");
        assert_eq!(served.main_tip().expect("read"), Some(new));
        assert_eq!(store.main_tip().expect("read"), Some(old));
        fs::write(work.join("a.md"), "one\n").expect("written");
        served.follow(Some(old), new).expect("followed");
        assert_eq!(git(&work, &["status", "--porcelain"]), "");
        assert_eq!(fs::read_to_string(work.join("a.md")).expect("read"), "two\n");
        git_fed(&work, &["hash-object", "--stdin"], b"");
    }

    /// Run as a hook by `a_hook_sees_what_waits_for_its_judgement`; by itself it does nothing.
    #[test]
    fn as_a_hook() {
        let id = |name| std::env::var(name).ok().and_then(|hex| CommitId::parse(&hex));
        let (Some(old), Some(new)) = (id("POLDER_TEST_OLD"), id("POLDER_TEST_NEW")) else { return };
        let store = Store::open_from_hook().expect("opened");
        assert_eq!(store.main_tip().expect("read"), Some(old));
        let changes = store.changes(old, new).expect("compared");
        let files: Vec<_> = changes.files.iter().map(|change| change.path.as_str().to_owned()).collect();
        let mut logged = 0;
        store
            .log(Some(old), new, &mut |_| {
                logged += 1;
                true
            })
            .expect("a log");
        assert_eq!(logged, 1);
        println!("files {files:?} blocked by {:?}", store.work_tree_blockers(Some(old), new).expect("asked"));
    }
}
