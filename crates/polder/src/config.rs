//! Settings of the server: from the file, the environment and the command line, the later wins.
//!
//! A key that is not known is an error that names the nearest known one, in the file and in the
//! environment alike.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};

use polder_core::names::nearest;

use crate::cli::Serve;
use crate::stop::Stop;

const KEYS: [&str; 4] = ["repo", "data", "listen", "accounts"];
/// What else may stand in the environment under our prefix.
const OTHER_VARIABLES: [&str; 5] =
    ["POLDER_CONFIG", "POLDER_LOG", "POLDER_HOOK_LANG", "POLDER_HOOK_CACHE", "POLDER_HOOK_WHO"];
const DEFAULT_FILE: &str = "polder.toml";
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// A repository that is somebody's own; `None` for the one in the data folder.
    pub repo: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: SocketAddr,
    /// A file or an address of PostgreSQL; `None` for the file in the data folder.
    pub accounts: Option<String>,
}

/// One layer of settings, before the next one covers it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Layer {
    repo: Option<PathBuf>,
    data: Option<PathBuf>,
    listen: Option<String>,
    accounts: Option<String>,
}

/// Reads all three layers.
pub fn read(flags: &Serve) -> Result<Config, Stop> {
    let variables: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
        .filter(|(name, _)| name.starts_with("POLDER_"))
        .collect();
    let named = flags.config.clone().or_else(|| variable(&variables, "POLDER_CONFIG").map(PathBuf::from));
    let from_file = match named {
        Some(file) => file_layer(&file, &read_file(&file)?)?,
        None if Path::new(DEFAULT_FILE).is_file() => {
            let file = Path::new(DEFAULT_FILE);
            file_layer(file, &read_file(file)?)?
        }
        None => Layer::default(),
    };
    let from_flags = Layer {
        repo: flags.repo.clone(),
        data: flags.data.clone(),
        listen: flags.listen.clone(),
        accounts: flags.accounts.clone(),
    };
    let settled = from_file.covered(environment_layer(&variables)?).covered(from_flags);
    let listen = settled.listen.unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    Ok(Config { repo: settled.repo, data: settled.data, listen: address(&listen)?, accounts: settled.accounts })
}

impl Layer {
    fn covered(self, above: Layer) -> Layer {
        Layer {
            repo: above.repo.or(self.repo),
            data: above.data.or(self.data),
            listen: above.listen.or(self.listen),
            accounts: above.accounts.or(self.accounts),
        }
    }
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
    for (key, value) in table {
        let Some(value) = value.as_str().map(str::to_owned) else {
            return Err(Stop::usage(format!("{}: `{key}` must be text in quotes, like {key} = \"…\"", file.display())));
        };
        match key.as_str() {
            "repo" => layer.repo = Some(value.into()),
            "data" => layer.data = Some(value.into()),
            "listen" => layer.listen = Some(value),
            "accounts" => layer.accounts = Some(value),
            _ => {
                let near = suggestion(&key, &KEYS);
                return Err(Stop::usage(format!("{}: `{key}` is no setting{near}", file.display())));
            }
        }
    }
    Ok(layer)
}

fn environment_layer(variables: &[(String, String)]) -> Result<Layer, Stop> {
    let known: Vec<String> = KEYS.iter().map(|key| format!("POLDER_{}", key.to_uppercase())).collect();
    let all: Vec<&str> = known.iter().map(String::as_str).chain(OTHER_VARIABLES).collect();
    if let Some((name, _)) = variables.iter().find(|(name, _)| !all.contains(&name.as_str())) {
        let near = suggestion(name, &all);
        return Err(Stop::usage(format!("the environment variable {name} is no setting{near}")));
    }
    Ok(Layer {
        repo: variable(variables, "POLDER_REPO").map(PathBuf::from),
        data: variable(variables, "POLDER_DATA").map(PathBuf::from),
        listen: variable(variables, "POLDER_LISTEN"),
        accounts: variable(variables, "POLDER_ACCOUNTS"),
    })
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
        let environment = Layer { listen: Some("b".into()), ..Layer::default() };
        let flags = Layer { data: Some("d".into()), ..Layer::default() };
        let settled = file.covered(environment).covered(flags);
        assert_eq!(settled.listen.as_deref(), Some("b"));
        assert_eq!(settled.repo, Some("r".into()));
        assert_eq!(settled.data, Some("d".into()));
    }

    #[test]
    fn a_bad_file_or_address_is_wrong_usage() {
        assert_eq!(file_layer(Path::new("p.toml"), "= =").expect_err("refused").status, 2);
        assert_eq!(file_layer(Path::new("p.toml"), "listen = 1").expect_err("refused").status, 2);
        assert_eq!(address("everywhere").expect_err("refused").status, 2);
        assert!(address("[::1]:0").is_ok());
    }
}
