//! Settings of the server: from the file, the environment and the command line, the later wins.
//!
//! A key that is not known is an error that names the nearest known one, in the file and in the
//! environment alike.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::net::ToSocketAddrs as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use polder_core::names::nearest;
use polder_web::limit::Rates;
use polder_web::outbound::Place;
use polder_web::proxy::{AddressRange, PublicUrl};

use crate::cli::Serve;
use crate::remotes::{self, Remotes};
use crate::stop::Stop;

/// What a setting may be: a text, several, a choice of yes and no, or a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    List,
    Flag,
    Count,
}

/// Every setting. In the environment it is `POLDER_` and the same in capitals; lists are written
/// with commas there.
const KEYS: [(&str, Shape); 26] = [
    ("repo", Shape::Text),
    ("data", Shape::Text),
    ("listen", Shape::Text),
    ("accounts", Shape::Text),
    ("sign_up", Shape::Flag),
    ("smtp", Shape::Text),
    ("mail_from", Shape::Text),
    ("url", Shape::Text),
    ("oidc_issuer", Shape::Text),
    ("oidc_client_id", Shape::Text),
    ("oidc_secret_file", Shape::Text),
    ("oidc_key_file", Shape::Text),
    ("oidc_groups_claim", Shape::Text),
    ("oidc_sign_up", Shape::Flag),
    ("oidc_name", Shape::Text),
    ("oidc_acr", Shape::Text),
    ("proxies", Shape::List),
    ("tls_cert", Shape::Text),
    ("tls_key", Shape::Text),
    ("limits", Shape::Flag),
    ("searches_per_minute", Shape::Count),
    ("saves_per_minute", Shape::Count),
    ("costly_per_minute", Shape::Count),
    ("metrics", Shape::List),
    ("security_contact", Shape::List),
    ("log_format", Shape::Text),
];
/// What else may stand in the environment under our prefix.
const OTHER_VARIABLES: [&str; 5] =
    ["POLDER_CONFIG", "POLDER_LOG", "POLDER_HOOK_LANG", "POLDER_HOOK_CACHE", "POLDER_HOOK_WHO"];
const DEFAULT_FILE: &str = "polder.toml";
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// A repository that is somebody's own; `None` for the one in the data folder.
    pub repo: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: SocketAddr,
    /// A file or an address of PostgreSQL; `None` for the file in the data folder.
    pub accounts: Option<String>,
    /// Whether anybody may make an account for themselves.
    pub sign_up: bool,
    /// The address of a mail server, with its password; and from whom letters come.
    pub smtp: Option<String>,
    pub mail_from: Option<String>,
    /// Where else people sign in.
    pub oidc: Option<Oidc>,
    /// The address by which the public knows this wiki.
    pub url: Option<PublicUrl>,
    /// Who may say in whose name they ask.
    pub proxies: Vec<AddressRange>,
    /// Files with the certificates, leaf first, and the key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whether rates are limited; `None` for what goes without saying.
    pub limits: Option<bool>,
    /// How often, a minute; `None` for the numbers of the program.
    pub rates: Rates,
    /// Who may read the figures of the server besides this machine.
    pub metrics: Vec<AddressRange>,
    /// Where to report holes, as addresses (`mailto:`, `https:`).
    pub security_contact: Vec<String>,
    pub log_format: LogFormat,
    /// Repositories elsewhere, and who is told what changes.
    pub remotes: Remotes,
}

/// Single sign-on, as it was set.
#[derive(Clone, Debug)]
pub struct Oidc {
    pub issuer: Place,
    pub client_id: String,
    pub proof: OidcProof,
    pub groups_claim: Option<String>,
    /// Whether a first sign-in makes an account.
    pub sign_up: bool,
    /// What people call the issuer; `None` for its host.
    pub name: Option<String>,
    pub acr: Option<String>,
}

/// The file by which this wiki shows the issuer that it is itself.
#[derive(Clone, Debug)]
pub enum OidcProof {
    Secret(PathBuf),
    Key(PathBuf),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// One layer of settings, before the next one covers it: the values of each setting that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Layer(BTreeMap<&'static str, Vec<String>>);

/// Reads all three layers.
pub fn read(flags: &Serve) -> Result<Config, Stop> {
    let variables: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with("POLDER_"))
        .collect();
    let named = flags.config.clone().or_else(|| variable(&variables, "POLDER_CONFIG").map(PathBuf::from));
    let file = named.or_else(|| Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file()));
    let (from_file, remotes) = match file {
        Some(file) => {
            let text = read_file(&file)?;
            (file_layer(&file, &text)?, remotes::read(&file, &text)?)
        }
        None => (Layer::default(), Remotes::default()),
    };
    let settled = from_file.covered(environment_layer(&variables)?).covered(flag_layer(flags));
    Ok(Config { remotes, ..settled.settled()? })
}

impl Layer {
    fn covered(mut self, above: Layer) -> Layer {
        self.0.extend(above.0);
        self
    }

    fn all(&self, key: &str) -> &[String] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.all(key).first().map(String::as_str)
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// A value that may stand in a file of its own, so that it need not be in the settings: `file:PATH`.
    fn secret(&self, key: &str) -> Result<Option<String>, Stop> {
        let Some(text) = self.text(key) else { return Ok(None) };
        let Some(path) = text.strip_prefix("file:") else { return Ok(Some(text.to_owned())) };
        fs::read_to_string(path)
            .map(|text| Some(text.trim().to_owned()))
            .map_err(|error| Stop::usage(format!("`{key}`: {path} could not be read: {error}")))
    }

    fn count(&self, key: &str) -> Result<Option<NonZeroU32>, Stop> {
        let Some(text) = self.text(key) else { return Ok(None) };
        text.parse()
            .map(Some)
            .map_err(|_| Stop::usage(format!("`{text}` is no number for `{key}`; write one from 1, like {key} = 60")))
    }

    fn networks(&self, key: &str) -> Result<Vec<AddressRange>, Stop> {
        let read = |text: &String| {
            AddressRange::parse(text).ok_or_else(|| {
                Stop::usage(format!("`{text}` in `{key}` is no address or network; write 10.0.0.7 or 10.0.0.0/8"))
            })
        };
        self.all(key).iter().map(read).collect()
    }

    /// Single sign-on: all of what it needs, or nothing of it.
    fn oidc(&self) -> Result<Option<Oidc>, Stop> {
        let owned = |key: &str| self.text(key).map(str::to_owned);
        let Some(issuer) = self.text("oidc_issuer") else {
            return match KEYS.iter().find(|(key, _)| key.starts_with("oidc_") && self.text(key).is_some()) {
                Some((key, _)) => Err(Stop::usage(format!("`{key}` needs `oidc_issuer`, the address of who signs in"))),
                None => Ok(None),
            };
        };
        let issuer = Place::parse(issuer).filter(|place| !place.as_str().contains('?')).ok_or_else(|| {
            Stop::usage(format!(
                "`{issuer}` is no issuer; write its address as it names itself, like https://login.example.org (http only on this machine)"
            ))
        })?;
        let Some(client_id) = owned("oidc_client_id") else {
            return Err(Stop::usage("`oidc_issuer` needs `oidc_client_id`, the name that it knows this wiki by"));
        };
        let proof = match (self.path("oidc_secret_file"), self.path("oidc_key_file")) {
            (Some(file), None) => OidcProof::Secret(file),
            (None, Some(file)) => OidcProof::Key(file),
            _ => {
                return Err(Stop::usage(
                    "`oidc_issuer` needs one of `oidc_secret_file` and `oidc_key_file`: how this wiki shows that it is itself",
                ));
            }
        };
        Ok(Some(Oidc {
            issuer,
            client_id,
            proof,
            groups_claim: owned("oidc_groups_claim"),
            sign_up: self.text("oidc_sign_up") == Some("true"),
            name: owned("oidc_name"),
            acr: owned("oidc_acr"),
        }))
    }

    fn settled(&self) -> Result<Config, Stop> {
        let url = match self.text("url") {
            None => None,
            Some(text) => Some(PublicUrl::parse(text).ok_or_else(|| {
                Stop::usage(format!(
                    "`{text}` is no public address; write one like https://wiki.example.org or https://example.org/wiki"
                ))
            })?),
        };
        let tls = match (self.path("tls_cert"), self.path("tls_key")) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err(Stop::usage("`tls_cert` and `tls_key` go together: the certificates, and their key")),
        };
        let log_format = match self.text("log_format") {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(other) => return Err(Stop::usage(format!("`{other}` is no log_format; there are text and json"))),
        };
        for contact in self.all("security_contact") {
            if !["mailto:", "https://", "tel:"].iter().any(|scheme| contact.starts_with(scheme))
                || !contact.bytes().all(|byte| byte.is_ascii_graphic())
            {
                return Err(Stop::usage(format!(
                    "`{contact}` is no contact; write mailto:somebody@example.org or https://…"
                )));
            }
        }
        let smtp = self.secret("smtp")?;
        if smtp.is_some() && (url.is_none() || self.text("mail_from").is_none()) {
            // The host of a request is what its sender says: a link that is mailed must not follow it.
            return Err(Stop::usage(
                "`smtp` needs `url`, for the links in letters, and `mail_from`, for who they come from",
            ));
        }
        Ok(Config {
            repo: self.path("repo"),
            data: self.path("data"),
            accounts: self.text("accounts").map(str::to_owned),
            sign_up: self.text("sign_up") == Some("true"),
            smtp,
            mail_from: self.text("mail_from").map(str::to_owned),
            listen: address(self.text("listen").unwrap_or(DEFAULT_LISTEN))?,
            oidc: self.oidc()?,
            url,
            proxies: self.networks("proxies")?,
            tls,
            limits: self.text("limits").map(|text| text == "true"),
            rates: Rates {
                searches: self.count("searches_per_minute")?,
                saves: self.count("saves_per_minute")?,
                costly: self.count("costly_per_minute")?,
            },
            metrics: self.networks("metrics")?,
            security_contact: self.all("security_contact").to_vec(),
            log_format,
            remotes: Remotes::default(),
        })
    }
}

fn flag_layer(flags: &Serve) -> Layer {
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let one = |value: Option<String>| value.into_iter().collect::<Vec<String>>();
    let all = [
        ("repo", one(shown(&flags.repo))),
        ("data", one(shown(&flags.data))),
        ("listen", one(flags.listen.clone())),
        ("accounts", one(flags.accounts.clone())),
        ("url", one(flags.url.clone())),
        ("proxies", flags.proxies.clone()),
        ("tls_cert", one(shown(&flags.tls_cert))),
        ("tls_key", one(shown(&flags.tls_key))),
        ("limits", one(flags.limits.map(|limits| limits.to_string()))),
        ("metrics", flags.metrics.clone()),
        ("security_contact", flags.security_contact.clone()),
        ("log_format", one(flags.log_format.clone())),
    ];
    Layer(all.into_iter().filter(|(_, values)| !values.is_empty()).collect())
}

fn read_file(file: &Path) -> Result<String, Stop> {
    fs::read_to_string(file)
        .map_err(|error| Stop::usage(format!("the configuration file {} could not be read: {error}", file.display())))
}

fn file_layer(file: &Path, text: &str) -> Result<Layer, Stop> {
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| Stop::usage(format!("{}: {}", file.display(), error.message())))?;
    let mut layer = Layer::default();
    for (key, value) in table.into_iter().filter(|(key, _)| !remotes::TABLES.contains(&key.as_str())) {
        let Some((known, shape)) = KEYS.iter().find(|(known, _)| *known == key) else {
            let names: Vec<&str> = KEYS.iter().map(|(name, _)| *name).chain(remotes::TABLES).collect();
            let near = suggestion(&key, &names);
            return Err(Stop::usage(format!("{}: `{key}` is no setting{near}", file.display())));
        };
        let Some(values) = values_of(*shape, &value) else {
            let should = match shape {
                Shape::Text => format!("text in quotes, like {key} = \"…\""),
                Shape::List => format!("a list, like {key} = [\"…\", \"…\"]"),
                Shape::Flag => format!("true or false, like {key} = true"),
                Shape::Count => format!("a number, like {key} = 60"),
            };
            return Err(Stop::usage(format!("{}: `{key}` must be {should}", file.display())));
        };
        layer.0.insert(known, values);
    }
    Ok(layer)
}

/// `None` when a setting is not of the shape that it must have.
fn values_of(shape: Shape, value: &toml::Value) -> Option<Vec<String>> {
    match (shape, value) {
        (Shape::Text | Shape::List, toml::Value::String(text)) => Some(vec![text.clone()]),
        (Shape::List, toml::Value::Array(items)) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        (Shape::Flag, toml::Value::Boolean(flag)) => Some(vec![flag.to_string()]),
        (Shape::Count, toml::Value::Integer(count)) => Some(vec![count.to_string()]),
        _ => None,
    }
}

fn environment_layer(variables: &[(String, String)]) -> Result<Layer, Stop> {
    let known: Vec<String> = KEYS.iter().map(|(key, _)| format!("POLDER_{}", key.to_uppercase())).collect();
    let all: Vec<&str> = known.iter().map(String::as_str).chain(OTHER_VARIABLES).collect();
    if let Some((name, _)) = variables.iter().find(|(name, _)| !all.contains(&name.as_str())) {
        let near = suggestion(name, &all);
        return Err(Stop::usage(format!("the environment variable {name} is no setting{near}")));
    }
    let mut layer = Layer::default();
    for ((key, shape), name) in KEYS.iter().zip(&known) {
        let Some(value) = variable(variables, name) else { continue };
        let values = match shape {
            Shape::List => {
                value.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            Shape::Flag if value != "true" && value != "false" => {
                return Err(Stop::usage(format!("the environment variable {name} must be true or false")));
            }
            _ => vec![value],
        };
        layer.0.insert(key, values);
    }
    Ok(layer)
}

fn variable(variables: &[(String, String)], name: &str) -> Option<String> {
    variables.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.clone())
}

fn suggestion(key: &str, known: &[&str]) -> String {
    match nearest(key, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

fn address(listen: &str) -> Result<SocketAddr, Stop> {
    let wrong = || Stop::usage(format!("`{listen}` is no address to listen on; write one like 127.0.0.1:8080"));
    listen.to_socket_addrs().map_err(|_| wrong())?.next().ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_its_nearest_neighbour() {
        let says = file_layer(Path::new("p.toml"), "lisen = \"x\"").expect_err("refused").says;
        assert!(says.contains("`lisen`") && says.contains("`listen`"), "{says}");
        let variables = [("POLDER_LISTN".to_owned(), "x".to_owned())];
        let says = environment_layer(&variables).expect_err("refused").says;
        assert!(says.contains("POLDER_LISTEN"), "{says}");
    }

    #[test]
    fn the_environment_covers_the_file_and_a_flag_covers_both() {
        let file = file_layer(Path::new("p.toml"), "listen = \"a\"\nrepo = \"r\"").expect("read");
        let variables = [("POLDER_LISTEN".to_owned(), "b".to_owned())];
        let environment = environment_layer(&variables).expect("read");
        let flags = flag_layer(&Serve { data: Some("d".into()), ..Serve::default() });
        let settled = file.covered(environment).covered(flags);
        assert_eq!(settled.text("listen"), Some("b"));
        assert_eq!(settled.path("repo"), Some("r".into()));
        assert_eq!(settled.path("data"), Some("d".into()));
    }

    #[test]
    fn lists_flags_and_numbers_are_read_from_file_and_environment() {
        let file =
            "proxies = [\"10.0.0.0/8\", \"::1\"]\nlimits = false\nsaves_per_minute = 5\nlisten = \"127.0.0.1:0\"";
        let config = file_layer(Path::new("p.toml"), file).expect("read").settled().expect("settled");
        assert_eq!((config.proxies.len(), config.limits), (2, Some(false)));
        assert_eq!(config.rates.saves.map(NonZeroU32::get), Some(5));
        let variables = [("POLDER_PROXIES", "192.0.2.1, 192.0.2.2"), ("POLDER_LIMITS", "true")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = environment_layer(&variables).expect("read").settled().expect("settled");
        assert_eq!((config.proxies.len(), config.limits), (2, Some(true)));
    }

    #[test]
    fn a_setting_that_makes_no_sense_is_refused_with_what_to_write() {
        let refused = |text: &str| {
            file_layer(Path::new("p.toml"), text).and_then(|layer| layer.settled()).expect_err("refused").says
        };
        assert!(refused("url = \"wiki.example.org\"").contains("https://wiki.example.org"));
        assert!(refused("url = \"https://a@b/\"").contains("public address"));
        assert!(refused("proxies = [\"nginx\"]").contains("10.0.0.0/8"));
        assert!(refused("proxies = [\"10.0.0.0/33\"]").contains("10.0.0.0/33"));
        assert!(refused("tls_cert = \"c.pem\"").contains("tls_key"));
        assert!(refused("limits = \"yes\"").contains("true or false"));
        assert!(refused("saves_per_minute = 0").contains("saves_per_minute"));
        assert!(refused("log_format = \"xml\"").contains("json"));
        assert!(refused("security_contact = \"somebody\"").contains("mailto:"));
    }

    #[test]
    fn a_bad_file_or_address_is_wrong_usage() {
        assert_eq!(file_layer(Path::new("p.toml"), "= =").expect_err("refused").status, 2);
        assert_eq!(file_layer(Path::new("p.toml"), "listen = 1").expect_err("refused").status, 2);
        assert_eq!(address("everywhere").expect_err("refused").status, 2);
        assert!(address("[::1]:0").is_ok());
    }
}
