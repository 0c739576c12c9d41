//! The command line. The texts here are the help that people read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A wiki whose pages are Markdown files in a git repository.
///
/// Without a command, `polder` does what `polder serve` does: it makes a wiki in ./data the first
/// time, serves it at http://127.0.0.1:8080 and says so.
#[derive(Debug, Parser)]
#[command(name = "polder", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a wiki in the browser, and by git clone and git push.
    Serve(Serve),
    /// Make a small wiki of your own in a new folder.
    Init(Init),
    /// Look for problems in a wiki: broken links, unreadable frontmatter, names that clash.
    Check(Check),
    /// Say what a repository is made of and what will look different, before anything is done with it.
    Doctor(Doctor),
    /// Show the types of pages and their fields, or write them as JSON Schema.
    Types(Types),
    /// Show who may do what.
    Access(Access),
    /// Write the repository and the accounts into one file. Works while the server runs.
    Backup(Backup),
    /// Put a wiki back from such a file, where there is none yet.
    Restore(Restore),
    /// Make and change accounts. Works while the server runs, which notices within a second.
    User(User),
}

/// Settings come from the configuration file, then from the environment (POLDER_REPO, POLDER_DATA,
/// POLDER_LISTEN, …), then from these options; the later wins.
#[derive(Args, Clone, Debug, Default)]
pub struct Serve {
    /// Git repository of Markdown pages to serve, bare or with a work tree. Without it, Polder
    /// keeps a repository of its own in the data folder, filled with a demonstration wiki.
    #[arg(long, value_name = "PATH")]
    pub repo: Option<PathBuf>,
    /// Folder for everything that is not in the repository [default: ./data, or with --repo a
    /// folder of your own data directory].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8080]. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Where the accounts are kept: a file, or postgres://NAME:PASSWORD@HOST/DATABASE [default:
    /// accounts.db in the data folder]. An address with a password belongs in the file or in
    /// POLDER_ACCOUNTS, since options can be read by others on the same machine.
    #[arg(long, value_name = "PLACE")]
    pub accounts: Option<String>,
    /// Begin without accounts, where there were some and their file is gone. Whoever is at this machine
    /// may do everything then, until there is an account.
    #[arg(long)]
    pub new_accounts: bool,
    /// Public address of the wiki, when it is not the one above: https://wiki.example.org, or
    /// https://example.org/wiki for one that is served below a path.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Address or network of a proxy that may say for whom it asks (X-Forwarded-For, Forwarded).
    /// From others such headers are not believed. May be given more than once.
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub proxies: Vec<String>,
    /// File with the certificates for HTTPS (PEM), the server's own first; read again when it changes.
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// File with the key of that certificate (PEM).
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Whether searches, saves and costly screens are limited to so many a minute [default: for all
    /// but this machine itself].
    #[arg(long, value_name = "YES", num_args = 0..=1, default_missing_value = "true")]
    pub limits: Option<bool>,
    /// Network that may read /-/metrics, besides this machine.
    #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// Where to report a hole in security, for /.well-known/security.txt: mailto:… or https://…
    #[arg(long, value_name = "CONTACT")]
    pub security_contact: Vec<String>,
    /// How the log is written: text or json.
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Configuration file with lines such as listen = "127.0.0.1:9000" [default: ./polder.toml,
    /// when there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Init {
    /// Folder to make the wiki in. It must not exist yet, or be empty.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Language of the pages that it starts with.
    #[arg(long, value_enum, default_value_t = StarterLang::Nl)]
    pub lang: StarterLang,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StarterLang {
    Nl,
    En,
}

/// Each problem is printed as file:line:column. The exit status is 1 when there are errors; with
/// --since, when the change adds an error.
#[derive(Args, Debug)]
pub struct Check {
    /// Git repository or plain folder.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Judge only what changed on the wiki's branch since it left this revision (a branch, a tag, a
    /// commit, HEAD~3), as a save or a push is judged.
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// How to print the problems.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each problem.
    Text,
    /// One object with all problems.
    Json,
    /// SARIF 2.1.0, for code hosts and editors.
    Sarif,
}

/// Opens the repository as `polder serve --repo PATH` would, and changes nothing: by which program the
/// wiki was kept, how its links are written, what is ambiguous or broken, sizes, and the settings that
/// would say all that. The exit status is 1 when there are errors or warnings.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Git repository or plain folder [default: the one that `polder serve` would serve, when it is
    /// there; else this folder].
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Throw away what Polder derived from the repository (its cache in the data folder), so that the
    /// next start makes it anew. Nothing else is told.
    #[arg(long)]
    pub rebuild: bool,
    /// Data folder of the wiki, for --rebuild [default: as for `polder serve`].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file of the wiki.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to print what was found.
    #[arg(long, value_enum, default_value_t = DoctorFormat::Text)]
    pub format: DoctorFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For people.
    Text,
    /// One object with all of it.
    Json,
}

/// Labels and descriptions are in the language of the terminal. The exit status is 1 when a type
/// can't be read as it stands.
#[derive(Args, Debug)]
pub struct Types {
    /// Git repository or plain folder.
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Print one JSON Schema (2020-12) with a definition for each type.
    #[arg(long)]
    pub json_schema: bool,
}

#[derive(Args, Debug)]
pub struct Access {
    #[command(subcommand)]
    pub command: AccessCommand,
}

#[derive(Debug, Subcommand)]
pub enum AccessCommand {
    /// Say for each right whether somebody has it at a path, and which rule decides.
    Explain(Explain),
}

/// The rules are those of the branch as it is now. The repository is found as `polder serve` finds it.
#[derive(Args, Debug)]
pub struct Explain {
    /// The name that somebody signs in with, or `anonymous` for a reader without an account.
    #[arg(value_name = "WHO")]
    pub who: String,
    /// Path of a page, file or folder, such as plans/budget; / is the whole wiki.
    #[arg(value_name = "PATH")]
    pub path: String,
    /// Git repository, or plain folder, whose rules hold.
    #[arg(long, value_name = "PATH")]
    pub repo: Option<PathBuf>,
    /// Data folder of the wiki.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// What if they were in this group besides; more by commas. WHO need have no account then.
    #[arg(long = "group", alias = "groups", value_name = "GROUP", value_delimiter = ',')]
    pub groups: Vec<String>,
}

/// In the file are all branches, versions and other refs with what they reach, and the accounts with
/// their groups, tokens and log of sign-ins; not sessions, links, settings, nor what Polder can make
/// anew. It is read back and compared before it gets its name. Passwords and tokens are in it as
/// hashes: keep it secret. `tar` and `git` open it without Polder.
#[derive(Args, Debug)]
pub struct Backup {
    /// File to write; it must not be there yet.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: AccountsPlace,
}

/// Every byte of the file is checked before anything is written, and nothing is overwritten. The
/// repository comes into the data folder, or to the PATH of --repo. Everybody has to sign in again.
#[derive(Args, Debug)]
pub struct Restore {
    /// File that `polder backup` wrote.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: AccountsPlace,
}

#[derive(Args, Debug)]
pub struct User {
    #[command(subcommand)]
    pub command: UserCommand,
    #[command(flatten)]
    pub place: AccountsPlace,
}

/// Where the accounts are: found as `polder serve` finds them.
#[derive(Args, Clone, Debug)]
pub struct AccountsPlace {
    /// Git repository that the wiki serves, if it is one of your own.
    #[arg(long, value_name = "PATH", global = true)]
    pub repo: Option<PathBuf>,
    /// Data folder of the wiki.
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// File of the accounts, or address of PostgreSQL.
    #[arg(long, value_name = "PLACE", global = true)]
    pub accounts: Option<String>,
    /// Configuration file of the wiki.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account.
    Add(UserAdd),
    /// List all accounts: name, display name, e-mail address, what is special, groups.
    List {
        /// Print one array with all of it.
        #[arg(long)]
        json: bool,
    },
    /// Let somebody sign in no more, by any way. Their sessions end at once.
    Disable {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Let somebody sign in again.
    Enable {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove an account and all that is held about it. What they wrote stays, under their display name.
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Print a link (its path, where the wiki's address is not set by `url`) by which somebody can choose a new password, once.
    Reset {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Put somebody in groups (+group) and take them out (-group); print the groups that they are in.
    Groups {
        #[arg(value_name = "NAME")]
        name: String,
        /// Like +team -guests. Options of the command go before the name.
        #[arg(value_name = "CHANGE", allow_hyphen_values = true, trailing_var_arg = true)]
        changes: Vec<String>,
    },
    /// Print a new access token for git and the API. It can't be shown again.
    Token(UserToken),
}

#[derive(Args, Debug)]
pub struct UserAdd {
    /// The name to sign in with: letters, digits and . _ - + @.
    #[arg(value_name = "NAME")]
    pub login: String,
    /// They may do everything.
    #[arg(long)]
    pub admin: bool,
    /// Read a password from standard input: its first line. Without, they need a link to choose one.
    #[arg(long)]
    pub password_stdin: bool,
    /// Name for others to see, and in commits [default: the name to sign in with].
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// E-mail address, for letters from the wiki. It is shown to admins only.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// A group that they are in; more by commas, or by saying it again.
    #[arg(long = "group", alias = "groups", value_name = "GROUP", value_delimiter = ',')]
    pub groups: Vec<String>,
}

#[derive(Args, Debug)]
pub struct UserToken {
    /// Whose token it is.
    #[arg(value_name = "NAME")]
    pub login: String,
    /// What it is good for: reading, or also writing.
    #[arg(long, value_enum)]
    pub scope: TokenScope,
    /// What it is for, to tell it from others.
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
    /// Days that it holds [default: until it is ended].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TokenScope {
    Read,
    Write,
}
