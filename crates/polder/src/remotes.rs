//! Mirrors and webhooks, from the settings: tables of the file alone, since they name other machines and
//! files with secrets. The secrets themselves stand neither in the settings nor on the command line.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use polder_core::names::nearest;
use polder_web::outbound::Place;
use polder_web::webhook::{self, Event, Secret};
use polder_wiki::mirror::{self, Direction, MirrorRemote, RemoteAddress, Ssh, Way, is_branch_name, is_remote_name};

use crate::stop::Stop;

/// The names of the tables.
pub const TABLES: [&str; 2] = ["mirror", "webhook"];

/// Mirrors and webhooks of one wiki: each has a thread.
const MIRRORS_MAX: usize = 20;
const WEBHOOKS_MAX: usize = 20;

/// How often a mirror is tried: more often is unkind to the other side, more rarely is no mirror.
const EVERY_MIN: Duration = Duration::from_secs(5);
const EVERY_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
const EVERY_DEFAULT: Duration = Duration::from_secs(10 * 60);

/// The name that goes with a token where none is set. Git hosts look at the token alone.
const DEFAULT_USER: &str = "polder";

const MIRROR_KEYS: [&str; 12] = [
    "name",
    "url",
    "direction",
    "every",
    "on_change",
    "branch",
    "user",
    "token_file",
    "ssh",
    "key_file",
    "known_hosts",
    "settings",
];
const WEBHOOK_KEYS: [&str; 3] = ["url", "secret_file", "events"];

/// A webhook as it was set, before its secret is read.
#[derive(Clone, Debug)]
pub struct Hook {
    place: Place,
    secret_file: PathBuf,
    events: BTreeSet<Event>,
}

/// What the tables say.
#[derive(Clone, Debug, Default)]
pub struct Remotes {
    pub mirrors: Vec<mirror::Setting>,
    pub hooks: Vec<Hook>,
}

/// One table, with the words by which it is spoken of.
struct Entry<'a> {
    file: &'a Path,
    name: &'static str,
    /// From 1.
    at: usize,
    table: &'a toml::Table,
}

impl Entry<'_> {
    fn wrong(&self, what: &str) -> Stop {
        Stop::usage(format!("{}: [[{}]] number {}: {what}", self.file.display(), self.name, self.at))
    }

    fn known(&self, keys: &[&'static str]) -> Result<(), Stop> {
        let Some(odd) = self.table.keys().find(|key| !keys.contains(&key.as_str())) else { return Ok(()) };
        let near = nearest(odd, keys.iter().copied());
        let near =
            near.map_or_else(|| format!("known are {}", keys.join(", ")), |near| format!("did you mean `{near}`?"));
        Err(self.wrong(&format!("`{odd}` is no setting; {near}")))
    }

    fn text(&self, key: &str) -> Result<Option<&str>, Stop> {
        match self.table.get(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.wrong(&format!("`{key}` must be text in quotes, like {key} = \"…\""))),
        }
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, Stop> {
        match self.table.get(key) {
            None => Ok(None),
            Some(toml::Value::Boolean(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(&format!("`{key}` must be true or false"))),
        }
    }

    /// A file. Git runs elsewhere, so that its place must be whole.
    fn path(&self, key: &str) -> Result<Option<PathBuf>, Stop> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let whole = std::path::absolute(text).map_err(|error| self.wrong(&format!("`{key}`: {error}")))?;
        if text.contains(['"', '\n', '\r']) {
            return Err(self.wrong(&format!("`{key}` holds a character that no such file has")));
        }
        Ok(Some(whole))
    }
}

/// Reads the tables of a settings file.
pub fn read(file: &Path, text: &str) -> Result<Remotes, Stop> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| Stop::usage(format!("{}: {}", file.display(), error.message())))?;
    let mut remotes = Remotes::default();
    for entry in entries(file, &table, "mirror", MIRRORS_MAX)? {
        let mirror = mirror_of(&entry)?;
        if remotes.mirrors.iter().any(|other| other.remote.name == mirror.remote.name) {
            return Err(entry.wrong(&format!("there is another mirror named `{}`", mirror.remote.name)));
        }
        remotes.mirrors.push(mirror);
    }
    for entry in entries(file, &table, "webhook", WEBHOOKS_MAX)? {
        remotes.hooks.push(hook_of(&entry)?);
    }
    Ok(remotes)
}

fn entries<'a>(
    file: &'a Path,
    table: &'a toml::Table,
    name: &'static str,
    most: usize,
) -> Result<Vec<Entry<'a>>, Stop> {
    let wrong = || Stop::usage(format!("{}: `{name}` is a table; begin each with [[{name}]]", file.display()));
    let Some(value) = table.get(name) else { return Ok(Vec::new()) };
    let list = value.as_array().ok_or_else(wrong)?;
    if list.len() > most {
        return Err(Stop::usage(format!("{}: there may be {most} [[{name}]] at most", file.display())));
    }
    (1..)
        .zip(list)
        .map(|(at, value)| Ok(Entry { file, name, at, table: value.as_table().ok_or_else(wrong)? }))
        .collect()
}

fn mirror_of(entry: &Entry<'_>) -> Result<mirror::Setting, Stop> {
    entry.known(&MIRROR_KEYS)?;
    let url = entry.text("url")?.ok_or_else(|| entry.wrong("`url` is missing: the address of the repository"))?;
    let address = RemoteAddress::parse(url).ok_or_else(|| {
        // Not shown: there may be a password in it.
        entry.wrong(
            "`url` is no address of a repository; write https://git.example.org/plan.git, ssh://git@git.example.org/plan.git, \
             git@git.example.org:plan.git or a whole path. Names go into `user`, tokens into `token_file`; http only on this machine",
        )
    })?;
    let name = entry.text("name")?.map_or_else(|| format!("{}", entry.at), str::to_owned);
    if !is_remote_name(&name) {
        return Err(entry.wrong(&format!("`{name}` is no name; write small letters, digits and `-`, 40 at most")));
    }
    let direction = match entry.text("direction")?.unwrap_or("push") {
        "push" => Direction::Push,
        "pull" => Direction::Pull,
        "both" => Direction::Both,
        other => return Err(entry.wrong(&format!("`{other}` is no direction; there are push, pull and both"))),
    };
    let every = match entry.text("every")? {
        None => EVERY_DEFAULT,
        Some(text) => duration(text).filter(|every| (EVERY_MIN..=EVERY_MAX).contains(every)).ok_or_else(|| {
            entry.wrong(&format!("`{text}` in `every` is no time from 5s to 30d; write one like 30s, 10m, 2h or 1d"))
        })?,
    };
    let branch = entry.text("branch")?.map(str::to_owned);
    if branch.as_deref().is_some_and(|branch| !is_branch_name(branch)) {
        return Err(entry.wrong("`branch` is no name of a branch"));
    }
    let user = entry.text("user")?.unwrap_or(DEFAULT_USER).to_owned();
    if user.contains(|c: char| c == ':' || c.is_control()) {
        return Err(entry.wrong("`user` holds a colon or a control character"));
    }
    let token_file = entry.path("token_file")?;
    if token_file.is_some() && !matches!(address.way, Way::Https | Way::Http) {
        return Err(entry.wrong("`token_file` goes with an address that begins with https://"));
    }
    let ssh =
        Ssh { program: entry.path("ssh")?, key_file: entry.path("key_file")?, known_hosts: entry.path("known_hosts")? };
    let has_ssh = ssh.program.is_some() || ssh.key_file.is_some() || ssh.known_hosts.is_some();
    if has_ssh && address.way != Way::Ssh {
        return Err(entry.wrong("`ssh`, `key_file` and `known_hosts` go with an address that is reached by SSH"));
    }
    Ok(mirror::Setting {
        remote: MirrorRemote { name, address, branch, ssh },
        direction,
        every,
        on_change: entry.flag("on_change")?.unwrap_or(direction != Direction::Pull),
        user,
        token_file,
        takes_settings: entry.flag("settings")?.unwrap_or(false),
        // Said in the language of the wiki, once that is known.
        summary: String::new(),
    })
}

/// `30s`, `10m`, `2h`, `1d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    Some(Duration::from_secs(count.checked_mul(seconds)?))
}

fn hook_of(entry: &Entry<'_>) -> Result<Hook, Stop> {
    entry.known(&WEBHOOK_KEYS)?;
    let url = entry.text("url")?.ok_or_else(|| entry.wrong("`url` is missing: where messages go"))?;
    let place = Place::parse(url)
        .ok_or_else(|| entry.wrong("`url` is no address that begins with https:// (http only on this machine)"))?;
    let secret_file = entry
        .path("secret_file")?
        .ok_or_else(|| entry.wrong("`secret_file` is missing: a file with the secret that messages are signed with"))?;
    let events = match entry.table.get("events") {
        None => Event::ALL.into_iter().collect(),
        Some(toml::Value::Array(list)) if !list.is_empty() => {
            let read = |value: &toml::Value| {
                value.as_str().and_then(Event::parse).ok_or_else(|| {
                    let known = Event::ALL.map(Event::name).join(" and ");
                    entry.wrong(&format!("`{value}` is no event; there are {known}"))
                })
            };
            list.iter().map(read).collect::<Result<BTreeSet<Event>, Stop>>()?
        }
        Some(_) => return Err(entry.wrong("`events` must be a list, like events = [\"wiki.changed\"]")),
    };
    Ok(Hook { place, secret_file, events })
}

/// The hooks with their secrets.
pub fn open(hooks: &[Hook]) -> Result<Vec<webhook::Setting>, Stop> {
    let open = |hook: &Hook| {
        let file = hook.secret_file.display();
        let text = fs::read_to_string(&hook.secret_file)
            .map_err(|error| Stop::usage(format!("`secret_file`: {file} could not be read: {error}")))?;
        let secret = Secret::parse(&text).ok_or_else(|| {
            Stop::usage(format!("`secret_file`: {file} holds no secret; write whsec_ and base64 of 24 to 64 bytes"))
        })?;
        Ok(webhook::Setting { place: hook.place.clone(), secret, events: hook.events.clone() })
    };
    hooks.iter().map(open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrors(text: &str) -> Result<Remotes, String> {
        read(Path::new("p.toml"), text).map_err(|stop| stop.says)
    }

    #[test]
    fn a_mirror_needs_little_and_says_what_it_is() {
        let read = mirrors("[[mirror]]\nurl = \"/srv/a.git\"\n[[mirror]]\nname = \"b\"\nurl = \"git@example.org:b\"\ndirection = \"pull\"\nevery = \"2h\"\nkey_file = \"/srv/key\"\n").expect("read");
        let [first, second] = read.mirrors.as_slice() else { panic!("{:?}", read.mirrors) };
        assert_eq!((first.remote.name.as_str(), first.direction, first.on_change), ("1", Direction::Push, true));
        assert_eq!(first.every, EVERY_DEFAULT);
        assert_eq!((second.direction, second.on_change), (Direction::Pull, false));
        assert_eq!(second.every, Duration::from_secs(7_200));
    }

    #[test]
    fn what_is_wrong_is_said_and_no_password_is_repeated() {
        let refused = |text: &str| mirrors(text).expect_err("refused");
        let says = refused("[[mirror]]\nurl = \"https://noor:geheim@example.org/x\"\n");
        assert!(says.contains("token_file") && !says.contains("geheim"), "{says}");
        assert!(refused("[[mirror]]\nurl = \"/a\"\ndirecton = \"push\"\n").contains("did you mean `direction`"));
        assert!(refused("[[mirror]]\nurl = \"/a\"\nevery = \"1s\"\n").contains("10m"));
        assert!(refused("[[mirror]]\nurl = \"/a\"\nname = \"A b\"\n").contains("small letters"));
        assert!(refused("[[mirror]]\nurl = \"/a\"\ntoken_file = \"/t\"\n").contains("https://"));
        assert!(refused("[[mirror]]\nurl = \"/a\"\nkey_file = \"/t\"\n").contains("SSH"));
        assert!(
            refused("[[mirror]]\nurl = \"/a\"\nname = \"a\"\n[[mirror]]\nurl = \"/b\"\nname = \"a\"\n")
                .contains("another")
        );
        assert!(refused("[mirror]\nurl = \"/a\"\n").contains("[[mirror]]"));
        assert!(refused("[[webhook]]\nurl = \"http://example.org/x\"\nsecret_file = \"/s\"\n").contains("https://"));
        assert!(refused("[[webhook]]\nurl = \"https://example.org/x\"\n").contains("secret_file"));
        let says = refused("[[webhook]]\nurl = \"https://example.org/x\"\nsecret_file = \"/s\"\nevents = [\"x\"]\n");
        assert!(says.contains("wiki.changed"), "{says}");
    }

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("1d"), Some(Duration::from_secs(86_400)));
        for text in ["", "5", "m", "5x", "-5m", "99999999999999999999d", "18446744073709551615d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
