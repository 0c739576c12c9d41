//! `polder serve`: opens the repository, starts the wiki's loop and the web server, prints the
//! address.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io::{IsTerminal as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App as Server, HttpServer};
use polder_store::accounts::{Accounts, Kind};
use polder_store::{OpenError, Store, Whose};
use polder_web::app::{App, Stand};
use polder_web::connections::{CONNECTIONS_MAX, HANDSHAKE_TIME, bound_writes};
use polder_web::edge::edge;
use polder_web::mail::Post;
use polder_web::routes::routes;
use polder_web::webhook::Webhooks;
use polder_web::words::{Arg, Lang, Words};
use polder_wiki::mirror::Mirrors;
use polder_wiki::wiki::{Progress, Wiki};
use rustls::ServerConfig;

use crate::accounts;
use crate::cli::Serve;
use crate::cmd::hook;
use crate::config::{self, Config, LogFormat};
use crate::log::{self, Lines};
use crate::remotes;
use crate::sso;
use crate::starter;
use crate::stop::Stop;
use crate::tls;

/// Threads per worker for what may block: some saves waiting for the disk, and views beside them.
const BLOCKING_THREADS: usize = 8;

/// The repository in the data folder, where no other is served.
pub const REPOSITORY: &str = "wiki.git";

pub fn run(flags: &Serve) -> Result<ExitCode, Stop> {
    let config = config::read(flags)?;
    start_log(config.log_format)?;
    polder_core::address::serve_below(config.url.as_ref().map_or("", |url| &url.base));
    let data = data_folder(&config)?;
    let own = data.join("wiki");
    starter::ready_git(&own.join("git"))?;
    if flags.new_accounts {
        accounts::begin_anew(&config, &data)?;
    }
    // A wiki with rules had accounts, or is to have them: without any, the rules would not hold.
    let needs_accounts = !flags.new_accounts && accounts::are_missing(&config, &data);
    let known = if needs_accounts { None } else { Some(accounts::open(&config, &data)?) };
    let store = open(&config, &data)?;
    let hooks = make_hooks(&own.join("hooks"))?;
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        Stop::failed(format!(
            "could not listen on {}: {error}. Is Polder running already? Another port: --listen 127.0.0.1:8081",
            config.listen
        ))
    })?;
    let address = listener.local_addr().map_err(|error| Stop::failed(error.to_string()))?;
    let told = Teller::new();
    let wiki = Wiki::open(store, Some(&own.join("cache")), &|progress| told.tell(progress))
        .map_err(|error| Stop::failed(format!("the repository could not be read: {error}")))?;
    if config.repo.is_none() && wiki.world().main.is_none() {
        starter::fill(&wiki, starter::CONTENT, "De wiki van het bureau")?;
    }
    told.done();
    let accounts = match known {
        Some(accounts) => accounts,
        None if has_rules(&wiki) => return Err(accounts::none_for_rules(&config, &data)),
        None => accounts::open(&config, &data)?,
    };
    if !flags.new_accounts && !accounts.any() && has_rules(&wiki) {
        return Err(accounts::none_for_rules(&config, &data));
    }
    let host = config.url.as_ref().map(|url| url.host.clone());
    accounts.set_site_words(wiki.world().site.settings().title.clone().into_iter().chain(host).collect());
    let leads_others_here = !config.proxies.is_empty()
        || config.url.as_ref().is_some_and(|url| !polder_web::proxy::is_loopback_host(&url.host));
    let stand = Stand {
        loopback_only: address.ip().is_loopback() && !leads_others_here,
        hooks,
        sign_up: config.sign_up,
        url: config.url.clone(),
        proxies: config.proxies.clone(),
        limits: config.limits,
        rates: config.rates,
        metrics: config.metrics.clone(),
        security_contact: config.security_contact.clone(),
    };
    let encrypted = match &config.tls {
        Some((cert, key)) => Some(tls::config(cert, key)?),
        None => None,
    };
    let mail = match (&config.smtp, &config.mail_from) {
        (Some(smtp), Some(from)) => Some(Post::start(smtp, from).map_err(Stop::usage)?),
        _ => None,
    };
    // Where people find it, for the links that they follow.
    let scheme = if encrypted.is_some() { "https" } else { "http" };
    let home = config.url.as_ref().map_or_else(|| format!("{scheme}://{address}"), ToString::to_string);
    if config.oidc.is_some() && config.url.is_none() && !stand.loopback_only {
        return Err(Stop::usage(
            "`oidc_issuer` needs `url`: the issuer sends people back to one address, which it knows",
        ));
    }
    let oidc = config.oidc.as_ref().map(|oidc| sso::open(oidc, &home)).transpose()?;
    let webhooks = Webhooks::new(remotes::open(&config.remotes.hooks)?, &home);
    let mirrors = mirrors(&config, &wiki);
    let mut app = App::new(Arc::new(wiki), stand, accounts);
    app.mail = mail;
    app.oidc = oidc;
    app.mirrors = Arc::new(mirrors);
    app.webhooks = Arc::new(webhooks);
    let whose = if config.repo.is_none() { Whose::Ours } else { Whose::Theirs };
    serve(app, listener, encrypted, told, &home, whose)
}

/// The mirrors that are set; what they write into the history is in the language of the wiki.
fn mirrors(config: &Config, wiki: &Wiki) -> Mirrors {
    let lang = wiki.world().site.settings().language.as_deref().and_then(Lang::parse).unwrap_or(Lang::Nl);
    let mut settings = config.remotes.mirrors.clone();
    for setting in &mut settings {
        setting.summary = Words::get(lang).f("summary-mirror", &[("name", Arg::Text(&setting.remote.name))]);
    }
    Mirrors::new(settings)
}

/// Starts a thread for each mirror and each webhook.
fn start_remotes(app: &App) -> Result<Vec<JoinHandle<()>>, Stop> {
    let mut threads = Vec::new();
    let mut start = |name: String, run: Box<dyn FnOnce() + Send>| {
        let thread = std::thread::Builder::new().name(name).spawn(run);
        threads.push(thread.map_err(|error| Stop::failed(error.to_string()))?);
        Ok::<(), Stop>(())
    };
    for at in 0..app.mirrors.len() {
        let (wiki, mirrors) = (Arc::clone(&app.wiki), Arc::clone(&app.mirrors));
        start(format!("mirror {}", at + 1), Box::new(move || mirrors.run(&wiki, at)))?;
    }
    for at in 0..app.webhooks.len() {
        let (wiki, webhooks) = (Arc::clone(&app.wiki), Arc::clone(&app.webhooks));
        start(format!("webhook {}", at + 1), Box::new(move || webhooks.run(&wiki, at)))?;
    }
    Ok(threads)
}

/// Whether somebody wrote down who may do what, also if that can't be read.
fn has_rules(wiki: &Wiki) -> bool {
    let world = wiki.world();
    world.access().is_closed() || !world.access().rules().is_empty()
}

fn serve(
    app: App,
    listener: TcpListener,
    encrypted: Option<ServerConfig>,
    told: Teller,
    shown: &str,
    whose: Whose,
) -> Result<ExitCode, Stop> {
    let (wiki, accounts) = (Arc::clone(&app.wiki), app.accounts.clone());
    let address = listener.local_addr().map_err(|error| Stop::failed(error.to_string()))?;
    let looping = {
        let wiki = Arc::clone(&wiki);
        std::thread::Builder::new()
            .name("wiki".to_owned())
            .spawn(move || wiki.run(&|progress| told.tell(progress)))
            .map_err(|error| Stop::failed(error.to_string()))?
    };
    let caring = {
        let wiki = Arc::clone(&wiki);
        std::thread::Builder::new()
            .name("maintenance".to_owned())
            .spawn(move || wiki.run_maintenance(whose))
            .map_err(|error| Stop::failed(error.to_string()))?
    };
    let indexing = {
        let wiki = Arc::clone(&wiki);
        std::thread::Builder::new()
            .name("removed".to_owned())
            .spawn(move || wiki.run_removed())
            .map_err(|error| Stop::failed(error.to_string()))?
    };
    let remotes = start_remotes(&app)?;
    let (mirrors, webhooks) = (Arc::clone(&app.mirrors), Arc::clone(&app.webhooks));
    if !app.stand.loopback_only && !accounts.any() {
        eprintln!(
            "{} can be reached from other machines, so editing, cloning and pushing are closed until there are accounts.",
            address
        );
    }
    let app = Data::new(app);
    let (connections, stopping) = (Arc::clone(&app.connections), Arc::clone(&app.stopping));
    // More threads than this only take turns on the same cores, each with memory of its own.
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    bound_writes(&listener).map_err(|error| Stop::failed(error.to_string()))?;
    let server = HttpServer::new(move || Server::new().app_data(app.clone()).wrap(from_fn(edge)).configure(routes))
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(60))
        .tls_handshake_timeout(HANDSHAKE_TIME)
        .max_connections(CONNECTIONS_MAX / workers)
        .on_connect(move |connection, kept| connections.opened(connection, kept))
        .shutdown_signal(stopping.asked())
        // What is being written is done by then.
        .shutdown_timeout(5)
        .worker_max_blocking_threads(BLOCKING_THREADS)
        .workers(workers);
    let (scheme, server) = match encrypted {
        Some(config) => ("https", server.listen_rustls_0_23(listener, config)),
        None => ("http", server.listen(listener)),
    };
    let server = server.map_err(|error| Stop::failed(error.to_string()))?;
    offer_first(&accounts, shown)?;
    println!("{scheme}://{address}/");
    let _ = std::io::stdout().flush();
    eprintln!("The wiki is at {shown}/ (Ctrl-C stops it)");
    let ended = actix_web::rt::System::new().block_on(server.run());
    wiki.stop();
    mirrors.stop();
    webhooks.stop();
    let _ = looping.join();
    let _ = indexing.join();
    // Git is asked to end, and clears up behind it.
    let _ = caring.join();
    for thread in remotes {
        let _ = thread.join();
    }
    accounts.close();
    log::flush();
    ended.map_err(|error| Stop::failed(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

/// As long as there is no account, each start offers a link that makes one. It stands in the terminal
/// only: whoever reads it may become the first admin.
fn offer_first(accounts: &Accounts, url: &str) -> Result<(), Stop> {
    if accounts.any() {
        return Ok(());
    }
    let secret = accounts
        .make_link(Kind::First, None, 0)
        .map_err(|fault| Stop::failed(format!("no link for the first account could be made: {fault:?}")))?;
    eprintln!("There are no accounts yet. Make the first one, an admin, at {url}/-/first/{secret}");
    Ok(())
}

fn start_log(format: LogFormat) -> Result<(), Stop> {
    let filter = env::var("POLDER_LOG").unwrap_or_else(|_| "info,actix_server=warn".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(filter).unwrap_or_default();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    let _ = match format {
        LogFormat::Text => lines.with_ansi(false).with_writer(Lines::Plain).try_init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_writer(Lines::Json).try_init()
        }
    };
    log::start().map_err(|error| Stop::failed(format!("the log could not be started: {error}")))
}

/// Where everything lies that is not in the repository, if it is there yet. Never inside somebody's
/// work tree.
pub fn data_place(config: &Config) -> Result<PathBuf, Stop> {
    Ok(match (&config.data, &config.repo) {
        (Some(data), _) => data.clone(),
        (None, None) => PathBuf::from("data"),
        (None, Some(repo)) => {
            let place = repo.canonicalize().unwrap_or_else(|_| repo.clone());
            let mut hasher = DefaultHasher::new();
            place.hash(&mut hasher);
            let name = place.file_name().map_or_else(|| "wiki".to_owned(), |name| name.to_string_lossy().into_owned());
            user_data()?.join(format!("{name}-{:016x}", hasher.finish()))
        }
    })
}

/// The same folder, made if it isn't there.
pub fn data_folder(config: &Config) -> Result<PathBuf, Stop> {
    let folder = data_place(config)?;
    fs::create_dir_all(&folder)
        .map_err(|error| Stop::failed(format!("the data folder {} could not be made: {error}", folder.display())))?;
    folder.canonicalize().map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))
}

fn user_data() -> Result<PathBuf, Stop> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|share| share.join("polder"))
        .ok_or_else(|| Stop::usage("there is no home folder to keep data in; say where: --data DIR"))
}

/// Opens the repository that these settings name, or makes one in the data folder.
pub fn open(config: &Config, data: &Path) -> Result<Store, Stop> {
    let Some(repo) = &config.repo else {
        let dir = data.join(REPOSITORY);
        return match Store::open(&dir) {
            Ok(store) => Ok(store),
            Err(OpenError::Missing) => Store::create(&dir)
                .map_err(|error| Stop::failed(format!("{} could not be made: {error}", dir.display()))),
            Err(error) => Err(Stop::failed(format!("{}: {error}", dir.display()))),
        };
    };
    let shown = repo.display();
    Store::open(repo).map_err(|error| match error {
        OpenError::Missing => {
            Stop::usage(format!("{shown} does not exist. To make a new wiki there: polder init {shown}"))
        }
        OpenError::PlainFolder => Stop::usage(format!(
            "{shown} is a folder without a git repository. Make a new wiki beside it with: polder init DIR; or keep what is in it: git init {shown}, then git add and git commit, and serve it again. What is wrong in it shows: polder check {shown}"
        )),
        OpenError::NotReadable(why) => Stop::failed(format!("{shown} could not be opened: {why}")),
    })
}

/// A folder in which git finds this program under the names of its hooks. A hard link or copy, since a
/// symbolic link would dangle once the program is moved, and git takes a missing hook for consent.
fn make_hooks(folder: &Path) -> Result<PathBuf, Stop> {
    let failed = |error: std::io::Error| Stop::failed(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    let program = env::current_exe().map_err(failed)?;
    for name in hook::NAMES {
        let fresh = folder.join(format!("new.{}", std::process::id()));
        let _ = fs::remove_file(&fresh);
        if fs::hard_link(&program, &fresh).is_err() {
            fs::copy(&program, &fresh).map_err(failed)?;
        }
        fs::rename(&fresh, folder.join(name)).map_err(failed)?;
        // Renaming onto another link to the same file leaves both names.
        let _ = fs::remove_file(&fresh);
    }
    Ok(folder.to_path_buf())
}

/// Shows how far reading is: on a terminal as one line that changes, else a line now and then.
#[derive(Clone)]
struct Teller {
    state: Arc<std::sync::Mutex<Told>>,
    terminal: bool,
}

#[derive(Default)]
struct Told {
    shown: bool,
    last: Option<std::time::Instant>,
}

impl Teller {
    fn new() -> Teller {
        Teller { state: Arc::default(), terminal: std::io::stderr().is_terminal() }
    }

    fn tell(&self, progress: Progress) {
        let every = Duration::from_millis(if self.terminal { 100 } else { 2_000 });
        let mut told = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.last.is_some_and(|last| last.elapsed() < every) {
            return;
        }
        if told.last.is_none() {
            // Small wikis are read before anybody needs to be told.
            told.last = Some(std::time::Instant::now());
            return;
        }
        told.last = Some(std::time::Instant::now());
        told.shown = true;
        let line = match progress {
            Progress::Pages { done, of } => format!("reading pages: {done} of {of}"),
            Progress::Commits { done } => format!("reading history: {done} commits"),
            Progress::Index { done, of } => format!("indexing for search: {done} of {of} pages"),
        };
        if self.terminal {
            eprint!("\r\x1b[K{line}");
        } else {
            eprintln!("{line}");
        }
    }

    fn done(&self) {
        let mut told = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if std::mem::take(&mut told.shown) && self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
