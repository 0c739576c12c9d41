//! What a server holds for one wiki: the running wiki, the theme, and what was rendered before.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil;
use polder_core::html::{Cite, Rendered};
use polder_core::ids::{BlobId, CommitId};
use polder_core::names::Names;
use polder_core::path::FilePath;
use polder_core::piece::Piece;
use polder_core::settings::LinkOrder;
use polder_wiki::accounts::Accounts;
use polder_wiki::kept::Kept;
use polder_wiki::mirror::Mirrors;
use polder_wiki::wiki::Wiki;
use rustc_hash::FxBuildHasher;

use crate::answer::Answer;
use crate::assets::Assets;
use crate::connections::Connections;
use crate::limit::{Limits, Rates};
use crate::mail::Post;
use crate::metrics::Metrics;
use crate::oidc::Oidc;
use crate::proxy::{AddressRange, PublicUrl};
use crate::stop::Stopping;
use crate::views::frame::Tree;
use crate::webhook::Webhooks;
use crate::words::Lang;

/// Bytes of whole answers kept, and of rendered bodies.
const ANSWERS_KEPT: usize = 64 * 1024 * 1024;
const BODIES_KEPT: usize = 64 * 1024 * 1024;
const PIECES_KEPT: usize = 16 * 1024 * 1024;
const TREES_KEPT: usize = 16 * 1024 * 1024;

/// Addresses remembered as asked for: more than a large wiki has pages.
const ASKED_KEPT: usize = 100_000;

/// How a server stands on the network.
#[derive(Clone, Debug, Default)]
pub struct Stand {
    /// Whether it listens on a loopback address only, with nothing that leads others to it: the
    /// condition for editing without accounts.
    pub loopback_only: bool,
    /// A folder with this program as `pre-receive`, for git.
    pub hooks: PathBuf,
    /// Whether anybody may make an account for themselves.
    pub sign_up: bool,
    /// The address by which the public knows it.
    pub url: Option<PublicUrl>,
    /// Who may say for whom they ask.
    pub proxies: Vec<AddressRange>,
    /// Whether rates are limited; `None`: for all but this machine itself.
    pub limits: Option<bool>,
    pub rates: Rates,
    /// Who may read the counters, besides this machine.
    pub metrics: Vec<AddressRange>,
    /// Where to report holes in security.
    pub security_contact: Vec<String>,
}

/// What an answer depends on, besides the address: equal keys, equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    pub commit: Option<CommitId>,
    /// What is seen of it.
    pub class: u64,
    pub versions: u64,
    /// The path and query as asked for.
    pub address: String,
    /// In the clone address, for who may clone; empty for others.
    pub home: String,
    pub lang: Lang,
    pub can_edit: bool,
    /// Whose screen it is: see `Person::mark`.
    pub person: u64,
    /// Queries may ask for the day.
    pub today: civil::Date,
}

/// What a body is kept by; the last are the moment that its links keep, `None` for now, and what is
/// seen of the wiki.
pub type BodyKey = (BlobId, FilePath, Lang, Option<Box<str>>, u64);

/// What a piece of a page that is shown within another is kept by.
pub type PieceKey = (BodyKey, Piece);

/// A rendered body, and by what it was made.
#[derive(Clone, Debug)]
pub struct KeptBody {
    /// The names and the order by which its links were resolved.
    pub names: Arc<Names>,
    pub order: LinkOrder,
    /// Without types, values in lines stay code.
    pub has_types: bool,
    /// What was said of the versions that it links to.
    pub cites: Arc<[Option<Cite>]>,
    pub rendered: Arc<Rendered>,
}

/// The state shared by all requests.
pub struct App {
    pub wiki: Arc<Wiki>,
    pub assets: Assets,
    pub stand: Stand,
    pub accounts: Accounts,
    /// `None` where there is no post to send letters by.
    pub mail: Option<Post>,
    /// `None` where nobody signs in elsewhere.
    pub oidc: Option<Oidc>,
    pub mirrors: Arc<Mirrors>,
    pub webhooks: Arc<Webhooks>,
    pub limits: Limits,
    pub metrics: Metrics,
    pub connections: Arc<Connections>,
    pub stopping: Arc<Stopping>,
    pub answers: Kept<AnswerKey, Arc<Answer>>,
    pub bodies: Kept<BodyKey, KeptBody>,
    pub pieces: Kept<PieceKey, KeptBody>,
    /// Addresses that were asked for, by their hash.
    pub asked: Kept<u64, ()>,
    secret: RandomState,
    /// Folder trees by the folder that is open, and the names that they show.
    pub trees: Kept<String, (Arc<Names>, Option<Arc<Tree>>)>,
}

impl App {
    pub fn new(wiki: Arc<Wiki>, stand: Stand, accounts: Accounts) -> App {
        App {
            wiki,
            assets: Assets::new(""),
            limits: Limits::new(stand.rates),
            metrics: Metrics::default(),
            connections: Arc::new(Connections::new(stand.proxies.clone(), stand.limits == Some(true))),
            stopping: Arc::default(),
            stand,
            accounts,
            mail: None,
            oidc: None,
            mirrors: Arc::default(),
            webhooks: Arc::default(),
            answers: Kept::new(ANSWERS_KEPT),
            asked: Kept::new(ASKED_KEPT),
            bodies: Kept::new(BODIES_KEPT),
            pieces: Kept::new(PIECES_KEPT),
            secret: RandomState::new(),
            trees: Kept::new(TREES_KEPT),
        }
    }

    /// What each memory holds, in bytes, by its name.
    pub fn weights(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("answers", self.answers.weight()),
            ("bodies", self.bodies.weight()),
            ("pieces", self.pieces.weight()),
            ("trees", self.trees.weight()),
        ]
    }

    /// A number that says the same, but only to this server: it follows from the names of what somebody
    /// may not read. 0 stays 0.
    pub fn sign(&self, readers: u64) -> u64 {
        if readers == 0 { 0 } else { self.secret.hash_one(readers) }
    }

    /// Whether an address was asked for before, as far as is remembered. Now it was.
    pub fn was_asked(&self, address: &str) -> bool {
        let hash = FxBuildHasher.hash_one(address);
        let before = self.asked.get(&hash).is_some();
        if !before {
            self.asked.put(hash, (), 1);
        }
        before
    }
}
