//! Repositories elsewhere that this one is kept level with: what they have, fetched and pushed by git.
//!
//! Addresses come from the settings of the server alone. A token goes to git by its environment, never by
//! its arguments, and stands in no message. What is fetched lands in refs of Polder's own
//! (`refs/polder/mirror/<name>/…`), hidden from clones; whether it comes into the wiki is decided by who
//! calls. Nothing is ever forced on the other side. No redirect is followed, and git speaks no other
//! protocol than that of the address.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use git2::ErrorCode;
use polder_core::ids::{CommitId, TagId};

use crate::error::StoreError;
use crate::git::{self, Answer, Pace, Target};
use crate::store::{Store, lock, sync_folder};
use crate::tree::oid;

/// How long one conversation with a remote may take: the first copy of a large wiki over a slow line.
const CONVERSATION_MAX: Duration = Duration::from_secs(30 * 60);
/// How long listing what a remote has may take.
const LIST_MAX: Duration = Duration::from_secs(60);
/// How long counting commits may take.
const COUNT_MAX: Duration = Duration::from_secs(60);
/// Most of a list of refs that is read: some 100,000 versions.
const LIST_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most said by a push that is read.
const SAID_MAX_BYTES: usize = 1024 * 1024;
/// A line of this many bytes a second or less is taken for dead after so many seconds.
const SLOW_BYTES: u32 = 1_000;
const SLOW_SECONDS: u32 = 60;
/// Seconds until a host that does not answer is given up.
const CONNECT_SECONDS: u32 = 20;
/// Tags named in the arguments of one process.
const TAGS_AT_ONCE: usize = 100;
/// The largest piece of memory that git may take at once for what it fetches; as for a push.
const ALLOC_MAX_BYTES: usize = 128 * 1024 * 1024;
/// Longest address of a remote.
const ADDRESS_MAX_BYTES: usize = 2_048;
/// Longest name of a mirror, which is part of the name of a ref.
const NAME_MAX_BYTES: usize = 40;

/// How a remote is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Https,
    /// On this very machine only.
    Http,
    Ssh,
    /// A folder of this machine.
    File,
}

impl Way {
    fn protocol(self) -> &'static str {
        match self {
            Way::Https => "https",
            Way::Http => "http",
            Way::Ssh => "ssh",
            Way::File => "file",
        }
    }
}

/// The address of a remote. Holds no password, and can't be taken for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAddress {
    text: String,
    pub way: Way,
}

impl RemoteAddress {
    /// `https://host/path`, `ssh://user@host/path`, `user@host:path`, a whole path, or `http://` on this
    /// machine. `None` for all else, and for a password in it.
    pub fn parse(text: &str) -> Option<RemoteAddress> {
        let is_plain = text.len() <= ADDRESS_MAX_BYTES
            && text.chars().all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\' | '`'));
        if !is_plain {
            return None;
        }
        let of = |way| Some(RemoteAddress { text: text.to_owned(), way });
        if let Some(rest) = text.strip_prefix("https://") {
            return host_and_path(rest).filter(|(host, _)| !host.contains('@')).and_then(|_| of(Way::Https));
        }
        if let Some(rest) = text.strip_prefix("http://") {
            let (host, _) = host_and_path(rest)?;
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            return matches!(name, "localhost" | "127.0.0.1" | "[::1]").then(|| of(Way::Http)).flatten();
        }
        if let Some(rest) = text.strip_prefix("ssh://") {
            let (host, _) = host_and_path(rest)?;
            let (user, name) = host.split_once('@').unwrap_or(("git", host));
            let is_user = !user.is_empty() && !user.contains(':') && !user.starts_with('-');
            return (is_user && !name.starts_with('-') && !name.contains('@')).then(|| of(Way::Ssh)).flatten();
        }
        if let Some(path) = text.strip_prefix("file://") {
            return path.starts_with('/').then(|| of(Way::File)).flatten();
        }
        if text.starts_with('/') {
            return of(Way::File);
        }
        let (host, path) = text.split_once(':')?;
        let (user, name) = host.split_once('@')?;
        let is_word = |word: &str| {
            !word.is_empty()
                && !word.starts_with('-')
                && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        (is_word(user) && is_word(name) && !path.is_empty() && !path.starts_with(['-', ':']))
            .then(|| of(Way::Ssh))
            .flatten()
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn host_and_path(rest: &str) -> Option<(&str, &str)> {
    let (host, path) = rest.split_once('/')?;
    (!host.is_empty() && !host.starts_with('-') && !path.is_empty()).then_some((host, path))
}

/// How SSH is spoken: by the system's program.
#[derive(Clone, Debug, Default)]
pub struct Ssh {
    /// `None` for `ssh` on the PATH.
    pub program: Option<PathBuf>,
    /// `None` for the keys that the program finds by itself.
    pub key_file: Option<PathBuf>,
    pub known_hosts: Option<PathBuf>,
}

impl Ssh {
    /// As git hands it to a shell: each word is quoted.
    fn command(&self) -> String {
        let program = self.program.as_ref().map_or_else(|| "ssh".into(), |program| program.to_string_lossy());
        let mut words: Vec<String> = vec![program.into_owned()];
        let mut option = |text: String| words.extend(["-o".to_owned(), text]);
        // Nobody is there to be asked, and a host that is not known is not trusted.
        option("BatchMode=yes".to_owned());
        option("StrictHostKeyChecking=yes".to_owned());
        option(format!("ConnectTimeout={CONNECT_SECONDS}"));
        option("ForwardAgent=no".to_owned());
        option("ClearAllForwardings=yes".to_owned());
        if let Some(known) = &self.known_hosts {
            // Quotes within, since the program splits this list at spaces.
            option(format!("UserKnownHostsFile=\"{}\"", known.display()));
        }
        if let Some(key) = &self.key_file {
            option("IdentitiesOnly=yes".to_owned());
            words.extend(["-i".to_owned(), key.to_string_lossy().into_owned()]);
        }
        words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect::<Vec<_>>().join(" ")
    }
}

/// By what this wiki is let in, over HTTP. Never shown.
#[derive(Clone)]
pub struct Token {
    pub user: String,
    pub secret: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// A repository elsewhere.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Part of the names of refs: see `is_remote_name`.
    pub name: String,
    pub address: RemoteAddress,
    /// Its branch; `None` for one of the same name.
    pub branch: Option<String>,
    pub ssh: Ssh,
}

/// Whether a mirror may be called so: small letters, digits and `-`.
pub fn is_remote_name(name: &str) -> bool {
    (1..=NAME_MAX_BYTES).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether git takes a branch of this name, of the plain ones.
pub fn is_branch_name(name: &str) -> bool {
    git2::Reference::is_valid_name(&format!("refs/heads/{name}")) && !name.contains('*') && !name.starts_with('-')
}

/// What a remote has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteRefs {
    pub branch: Option<CommitId>,
    /// Tags with an `@`, without `refs/tags/`.
    pub tags: BTreeMap<String, TagId>,
}

/// What a remote said to one ref of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    Done,
    /// It has what was not known here.
    Stale,
    /// In its own words.
    Refused(String),
}

/// Why a conversation with a remote came to nothing. No message holds a secret.
#[derive(Debug)]
pub enum RemoteError {
    /// It does not let this wiki in.
    Denied(String),
    /// SSH does not know the host, or takes it for another.
    HostKey(String),
    /// It answers, and has no such repository.
    NoRepository(String),
    /// Anything else, in git's words.
    Unreachable(String),
    TookTooLong,
    /// Polder stops.
    Stopped,
    Store(StoreError),
}

impl From<StoreError> for RemoteError {
    fn from(error: StoreError) -> RemoteError {
        RemoteError::Store(error)
    }
}

/// Commits that one side has and the other has not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    pub count: u64,
    /// The newest of them.
    pub newest: Vec<CommitId>,
}

impl Store {
    /// Lists the branch and the tags of a remote.
    pub fn remote_refs(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        going: &dyn Fn() -> bool,
    ) -> Result<RemoteRefs, RemoteError> {
        let branch = self.remote_branch(remote);
        let mut command = self.talk(remote, token);
        command.args(["ls-remote", "--refs", "--quiet", "--", remote.address.as_str(), &branch, "refs/tags/*"]);
        let answer = converse(command, LIST_MAX, LIST_MAX_BYTES, token, going)?;
        if !answer.ok {
            return Err(failure(answer.complaint));
        }
        if answer.out.len() >= LIST_MAX_BYTES {
            return Err(StoreError::TooLarge("the list of what the remote has".to_owned()).into());
        }
        let mut refs = RemoteRefs::default();
        for line in answer.out.split(|byte| *byte == b'\n') {
            let Some((id, name)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once('\t')) else {
                continue;
            };
            let Some(id) = CommitId::parse(id) else { continue };
            if name == branch {
                refs.branch = Some(id);
            } else if let Some(tag) = name.strip_prefix("refs/tags/").filter(|tag| tag.contains('@')) {
                // What git would not take as a name here is no version anyway.
                if git2::Reference::is_valid_name(name) && !tag.contains('*') {
                    refs.tags.insert(tag.to_owned(), TagId(id.0));
                }
            }
        }
        Ok(refs)
    }

    /// Fetches the branch of a remote into a ref of Polder's own. Gives where it is.
    pub fn fetch_branch(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        going: &dyn Fn() -> bool,
    ) -> Result<CommitId, RemoteError> {
        let own = format!("refs/polder/mirror/{}/branch", remote.name);
        self.fetch(remote, token, &[format!("+{}:{own}", self.remote_branch(remote))], going)?;
        let id = self.with(|repository| repository.refname_to_id(&own).map_err(StoreError::from))?;
        Ok(CommitId(crate::tree::id_of(id)))
    }

    /// Fetches tags of a remote, to be judged.
    pub fn fetch_tags(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        names: &[String],
        going: &dyn Fn() -> bool,
    ) -> Result<(), RemoteError> {
        for some in names.chunks(TAGS_AT_ONCE) {
            let own = format!("refs/polder/mirror/{}/tags", remote.name);
            let specs: Vec<String> = some.iter().map(|name| format!("+refs/tags/{name}:{own}/{name}")).collect();
            self.fetch(remote, token, &specs, going)?;
        }
        Ok(())
    }

    fn fetch(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        specs: &[String],
        going: &dyn Fn() -> bool,
    ) -> Result<(), RemoteError> {
        let mut command = self.talk(remote, token);
        for setting in ["fetch.fsckObjects=true", "fetch.unpackLimit=1", "transfer.unpackLimit=1", "fetch.prune=false"]
        {
            command.args(["-c", setting]);
        }
        command.args([
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--refmap=",
            "--no-recurse-submodules",
        ]);
        command.args(["--no-auto-maintenance", "--", remote.address.as_str()]).args(specs);
        let answer = converse(command, CONVERSATION_MAX, SAID_MAX_BYTES, token, going)?;
        if answer.ok { Ok(()) } else { Err(failure(answer.complaint)) }
    }

    /// Pushes a commit to the branch of a remote. Never forced.
    pub fn push_branch(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        commit: CommitId,
        going: &dyn Fn() -> bool,
    ) -> Result<Pushed, RemoteError> {
        let branch = self.remote_branch(remote);
        let said = self.push(remote, token, &[format!("{commit}:{branch}")], going)?;
        Ok(said.into_values().next().unwrap_or(Pushed::Done))
    }

    /// Pushes tags of this repository to a remote that has none of these names. Gives those that it
    /// refused, with its reason.
    pub fn push_tags(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        names: &[String],
        going: &dyn Fn() -> bool,
    ) -> Result<Vec<(String, String)>, RemoteError> {
        let mut refused = Vec::new();
        for some in names.chunks(TAGS_AT_ONCE) {
            let specs: Vec<String> = some.iter().map(|name| format!("refs/tags/{name}:refs/tags/{name}")).collect();
            for (name, pushed) in self.push(remote, token, &specs, going)? {
                let name = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
                match pushed {
                    Pushed::Done => {}
                    Pushed::Stale => refused.push((name, String::new())),
                    Pushed::Refused(why) => refused.push((name, why)),
                }
            }
        }
        Ok(refused)
    }

    fn push(
        &self,
        remote: &Remote,
        token: Option<&Token>,
        specs: &[String],
        going: &dyn Fn() -> bool,
    ) -> Result<BTreeMap<String, Pushed>, RemoteError> {
        let mut command = self.talk(remote, token);
        command.args(["push", "--porcelain", "--quiet", "--no-verify", "--no-follow-tags", "--no-signed"]);
        command.args(["--recurse-submodules=no", "--", remote.address.as_str()]).args(specs);
        let answer = converse(command, CONVERSATION_MAX, SAID_MAX_BYTES, token, going)?;
        let said = String::from_utf8_lossy(&answer.out);
        let mut all = BTreeMap::new();
        for line in said.lines() {
            let mut parts = line.splitn(3, '\t');
            let (Some(flag), Some(spec), Some(summary)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let name = spec.rsplit_once(':').map_or(spec, |(_, to)| to).to_owned();
            all.insert(name, if flag == "!" { refusal(summary, &answer.complaint) } else { Pushed::Done });
        }
        if !answer.ok && !all.values().any(|pushed| *pushed != Pushed::Done) {
            return Err(failure(answer.complaint));
        }
        Ok(all)
    }

    /// Makes a tag of the wiki of one that was fetched. `Ok(false)` when there is one of that name: it is
    /// left as it is.
    pub fn adopt_tag(&self, name: &str, tag: TagId) -> Result<bool, StoreError> {
        if !self.is_durable() {
            return Err(StoreError::NotPrepared);
        }
        let _writing = lock(&self.writing);
        let name = format!("refs/tags/{name}");
        self.with(|repository| {
            match repository.reference(&name, oid(tag.0), false, "polder: version from a mirror") {
                Ok(_) => {}
                Err(error) if error.code() == ErrorCode::Exists => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            let file = self.common_dir().join(&name);
            for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(self.common_dir())) {
                if folder.is_dir() {
                    sync_folder(Path::new(folder))?;
                }
            }
            Ok(true)
        })
    }

    /// The commits that `one` has and `other` has not; of `newest` at most `most`.
    pub fn apart(&self, one: CommitId, other: Option<CommitId>, most: usize) -> Result<Apart, StoreError> {
        let range = match other {
            Some(other) => format!("{other}..{one}"),
            None => one.to_string(),
        };
        let list = |more: &[String]| {
            let mut command = git::command(Target { git_dir: Some(self.git_dir()), ..Target::default() });
            command.arg("rev-list").args(more).arg("--end-of-options").arg(&range).arg("--");
            let answer = git::run(command, COUNT_MAX)?;
            if !answer.ok {
                return Err(StoreError::Other(answer.complaint));
            }
            Ok(String::from_utf8_lossy(&answer.out).into_owned())
        };
        let count = list(&["--count".to_owned()])?.trim().parse().unwrap_or(0);
        let newest = if count == 0 { String::new() } else { list(&[format!("--max-count={most}")])? };
        Ok(Apart { count, newest: newest.lines().filter_map(CommitId::parse).collect() })
    }

    fn remote_branch(&self, remote: &Remote) -> String {
        format!("refs/heads/{}", remote.branch.as_deref().unwrap_or(self.branch()))
    }

    /// Git, about to talk to a remote, at low priority.
    fn talk(&self, remote: &Remote, token: Option<&Token>) -> Command {
        let mut command =
            git::gentle_command(Target { git_dir: Some(self.git_dir()), ..Target::default() }, Pace::Idle);
        // Above whatever the repository's own configuration allows.
        command.env("GIT_ALLOW_PROTOCOL", remote.address.way.protocol());
        command.env("GIT_ALLOC_LIMIT", ALLOC_MAX_BYTES.to_string());
        for setting in ["credential.helper=", "http.followRedirects=false", "pack.threads=1", "push.gpgSign=false"] {
            command.args(["-c", setting]);
        }
        command.args(["-c", &format!("http.lowSpeedLimit={SLOW_BYTES}")]);
        command.args(["-c", &format!("http.lowSpeedTime={SLOW_SECONDS}")]);
        if let (Way::Https | Way::Http, Some(token)) = (remote.address.way, token) {
            let both = base64(format!("{}:{}", token.user, token.secret).as_bytes());
            command.env("GIT_CONFIG_COUNT", "1");
            command.env("GIT_CONFIG_KEY_0", "http.extraHeader");
            command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {both}"));
        }
        if remote.address.way == Way::Ssh {
            command.env("GIT_SSH_COMMAND", remote.ssh.command()).env("GIT_SSH_VARIANT", "ssh");
            for name in ["SSH_AUTH_SOCK", "HOME"] {
                command.envs(std::env::var_os(name).map(|value| (name, value)));
            }
        }
        command
    }
}

fn converse(
    command: Command,
    limit: Duration,
    out_max: usize,
    token: Option<&Token>,
    going: &dyn Fn() -> bool,
) -> Result<Answer, RemoteError> {
    match git::run_keeping(command, None, limit, out_max, going) {
        Ok(answer) => Ok(Answer { complaint: cleaned(&answer.complaint, token), ..answer }),
        Err(_) if !going() => Err(RemoteError::Stopped),
        Err(StoreError::TookTooLong(_)) => Err(RemoteError::TookTooLong),
        Err(error) => Err(RemoteError::Store(error)),
    }
}

/// What the other side said, as it may be shown: whatever it echoes of the secret is left out.
fn cleaned(text: &str, token: Option<&Token>) -> String {
    let mut text = text.to_owned();
    if let Some(token) = token.filter(|token| !token.secret.is_empty()) {
        let both = base64(format!("{}:{}", token.user, token.secret).as_bytes());
        for secret in [token.secret.as_str(), both.as_str()] {
            text = text.replace(secret, "…");
        }
    }
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

fn refusal(summary: &str, complaint: &str) -> Pushed {
    // What git finds by itself is about what is known here; the rest is the remote's own, but for a branch
    // that somebody else moved at that moment.
    let is_race = ["failed to update ref", "cannot lock ref", "incorrect old value", "fetch first", "non-fast-forward"];
    if summary.starts_with("[rejected]") || is_race.iter().any(|words| summary.contains(words)) {
        return Pushed::Stale;
    }
    let said = complaint.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim_end);
    let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
    Pushed::Refused(if said.is_empty() { summary.to_owned() } else { said.join("\n") })
}

fn failure(complaint: String) -> RemoteError {
    let has = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    if has(&["Host key verification failed", "REMOTE HOST IDENTIFICATION"]) {
        RemoteError::HostKey(complaint)
    } else if has(&[
        "Authentication failed",
        "could not read Username",
        "could not read Password",
        "terminal prompts disabled",
        "Permission denied",
        "error: 401",
        "error: 403",
    ]) {
        RemoteError::Denied(complaint)
    } else if has(&["not found", "does not appear to be a git repository", "error: 404"]) {
        RemoteError::NoRepository(complaint)
    } else {
        RemoteError::Unreachable(complaint)
    }
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(three.get(at).copied().unwrap_or(0)));
        let bits = a << 16 | b << 8 | c;
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, ready};

    fn remote(address: &str) -> Remote {
        let address = RemoteAddress::parse(address).expect("an address");
        Remote { name: "elders".to_owned(), address, branch: None, ssh: Ssh::default() }
    }

    #[test]
    fn addresses_are_of_four_kinds_and_hold_no_password() {
        for (text, way) in [
            ("https://git.example.org/plan.git", Way::Https),
            ("http://127.0.0.1:8080/wiki.git", Way::Http),
            ("ssh://git@git.example.org:2222/plan.git", Way::Ssh),
            ("git@git.example.org:groep/plan.git", Way::Ssh),
            ("/srv/plan.git", Way::File),
            ("file:///srv/plan.git", Way::File),
        ] {
            assert_eq!(RemoteAddress::parse(text).map(|address| address.way), Some(way), "{text}");
        }
        for text in [
            "",
            "plan.git",
            "../plan.git",
            "-oProxyCommand=x",
            "--upload-pack=x",
            "ext::sh -c x",
            "ext::x",
            "git@ext::x",
            "http://git.example.org/plan.git",
            "http://localhost.example.org/x",
            "https://noor:geheim@git.example.org/plan.git",
            "https://",
            "https:///plan.git",
            "ssh://-oProxyCommand=x/plan",
            "ssh://git@-oProxyCommand=x/plan",
            "ssh://git:geheim@git.example.org/plan",
            "git@-x:plan",
            "git@host:-x",
            "git://git.example.org/plan.git",
            "/srv/plan\n.git",
            "/srv/a b",
        ] {
            assert_eq!(RemoteAddress::parse(text), None, "{text}");
        }
    }

    #[test]
    fn base64_of_known_texts() {
        for (text, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(text.as_bytes()), coded);
        }
    }

    #[test]
    fn words_for_ssh_are_quoted_and_nobody_is_asked() {
        let ssh = Ssh { key_file: Some("/srv/it's.key".into()), known_hosts: Some("/srv/known".into()), program: None };
        let command = ssh.command();
        assert!(command.starts_with("'ssh' '-o' 'BatchMode=yes' '-o' 'StrictHostKeyChecking=yes'"), "{command}");
        assert!(command.contains("'UserKnownHostsFile=\"/srv/known\"'"), "{command}");
        assert!(command.ends_with("'-i' '/srv/it'\\''s.key'"), "{command}");
    }

    #[test]
    fn what_a_remote_echoes_of_a_secret_is_left_out() {
        let token = Token { user: "git".to_owned(), secret: "pld_geheim".to_owned() };
        assert_eq!(cleaned("no pld_geheim\u{1b}, Z2l0OnBsZF9nZWhlaW0=", Some(&token)), "no …, …");
        assert_eq!(format!("{token:?}"), "Token");
    }

    #[test]
    fn branch_and_tags_go_there_and_come_back_and_nothing_is_forced() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main", "own"]);
        git(dir, &["init", "-q", "--bare", "-b", "main", "elders.git"]);
        let own = dir.join("own");
        git(&own, &["commit", "-q", "--allow-empty", "-m", "one"]);
        git(&own, &["tag", "-a", "-m", "v", "plan@v1"]);
        let store = Store::open(&own).expect("opened");
        let there = remote(&dir.join("elders.git").display().to_string());
        let going = || true;
        assert_eq!(store.remote_refs(&there, None, &going).expect("listed"), RemoteRefs::default());
        let tip = store.main_tip().expect("read").expect("there");
        assert_eq!(store.push_branch(&there, None, tip, &going).expect("pushed"), Pushed::Done);
        assert!(store.push_tags(&there, None, &["plan@v1".to_owned()], &going).expect("pushed").is_empty());
        let refs = store.remote_refs(&there, None, &going).expect("listed");
        assert_eq!((refs.branch, refs.tags), (Some(tip), store.tips().expect("read").tags));

        // Somebody else was there first.
        git(dir, &["clone", "-q", "elders.git", "other"]);
        let other = dir.join("other");
        git(&other, &["commit", "-q", "--allow-empty", "-m", "theirs"]);
        git(&other, &["tag", "-a", "-m", "v", "plan@v2"]);
        git(&other, &["push", "-q", "origin", "HEAD:main", "plan@v2"]);
        git(&own, &["commit", "-q", "--allow-empty", "-m", "ours"]);
        let tip = store.main_tip().expect("read").expect("there");
        assert_eq!(store.push_branch(&there, None, tip, &going).expect("said"), Pushed::Stale);
        let theirs = store.fetch_branch(&there, None, &going).expect("fetched");
        assert_eq!(theirs.to_string(), git(&other, &["rev-parse", "HEAD"]));
        assert_eq!(store.main_tip().expect("read"), Some(tip), "fetching moves nothing");
        let apart = store.apart(theirs, Some(tip), 5).expect("counted");
        assert_eq!((apart.count, apart.newest), (1, vec![theirs]));
        assert_eq!(store.apart(tip, None, 1).expect("counted").count, 2);

        store.fetch_tags(&there, None, &["plan@v2".to_owned()], &going).expect("fetched");
        let tag = store.remote_refs(&there, None, &going).expect("listed").tags["plan@v2"];
        assert!(!store.tips().expect("read").tags.contains_key("plan@v2"), "to be judged first");
        assert!(store.adopt_tag("plan@v2", tag).expect("made"));
        assert!(!store.adopt_tag("plan@v2", tag).expect("left"));
        assert_eq!(store.tips().expect("read").tags["plan@v2"], tag);
        assert_eq!(git(&own, &["fsck", "--strict"]), "");
    }

    #[test]
    fn what_is_not_there_is_told_and_a_stop_ends_it() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        git(temp.path(), &["init", "-q", "-b", "main"]);
        let store = Store::open(temp.path()).expect("opened");
        let gone = remote("/nowhere/at/all.git");
        assert!(matches!(store.remote_refs(&gone, None, &|| true), Err(RemoteError::NoRepository(_))));
        let slow = Remote {
            ssh: Ssh { program: Some("/bin/sleep".into()), ..Ssh::default() },
            ..remote("git@git.example.org:plan.git")
        };
        assert!(store.remote_refs(&slow, None, &|| false).is_err());
    }

    #[test]
    fn g5_no_address_makes_git_start_what_the_repository_names() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        git(temp.path(), &["init", "-q", "-b", "main"]);
        let store = Store::open(temp.path()).expect("opened");
        git(temp.path(), &["config", "url.ext::touch .insteadOf", "/tric/"]);
        git(temp.path(), &["config", "protocol.ext.allow", "always"]);
        let canary = temp.path().join("canary");
        let trick = remote(&format!("/tric/{}", canary.display()));
        assert!(store.remote_refs(&trick, None, &|| true).is_err());
        assert!(!canary.exists());
    }
}
