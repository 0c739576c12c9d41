//! Everything that can go wrong, as a status, words, and a way out. The only place in `web` where
//! errors become words.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use polder_wiki::StoreError;
use polder_wiki::propose::ProposeError;
use polder_wiki::verbs::VerbError;
use polder_wiki::wiki::PastError;
use tracing::error;

use crate::answer::Answer;
use crate::guard::Ask;
use crate::pages::screen::{Screen, folder_href, screen};
use crate::views::fail::{FailView, fail as view};
use crate::views::{Link, ProblemLine};
use crate::words::Arg;

/// When it is worth trying again, where the accounts can't be reached: a lock is gone by then, a person
/// who puts a file back may take longer.
pub const AWAY_S: u32 = 5;
/// Versions offered in place of one that is not there.
const WAYS_MAX: usize = 20;

/// Why an act did not happen.
#[derive(Debug)]
pub enum Fail {
    /// Editing is not open to this request.
    NotHere,
    /// A form that did not come from this wiki.
    ForeignForm,
    /// A screen that is not for this account.
    NotYours,
    /// A token that is none (any more).
    BadToken,
    /// A token that is for reading alone.
    TokenReads,
    /// A session would go over the network for anybody to take.
    NeedsTls,
    /// A link that was used, is too old, or never was.
    LinkGone,
    /// No such page, version or file; the screen of the missing page is another matter.
    NotFound,
    /// The address or form can't be understood.
    BadRequest(&'static str),
    /// This address does not have that method.
    WrongMethod,
    /// More was sent than a form may hold.
    TooMuch,
    /// What was sent took too long to come.
    TooSlow,
    /// Asked for too often; after so many seconds it may be again.
    TooOften { seconds: u64, typed: String },
    /// A commit that is not on the wiki's branch, or no name of a version at all.
    UnknownVersion(String),
    /// A label that no version of the page has.
    UnknownLabel { address: String, label: String },
    /// There are versions of the page, but none was in force on that day.
    NoVersionThen { address: String, day: Date },
    /// A text that names no moment since which something can have changed.
    UnknownSince(String),
    /// A page, by its title, that was taken for a meeting and has no date.
    Undated(String),
    /// Not a day, or one that is still to come.
    NoSuchDay(String),
    /// The wiki did not exist on that day.
    BeforeAll(Date),
    /// The commit of a version is not on the branch any more.
    LostVersion(String),
    /// The same in a clone that was made without older commits.
    ShallowVersion(String),
    /// The page was not there at the moment that is looked at.
    NotThere { address: String, is_now: bool, then: String },
    /// The history, which is needed for this, is still being read.
    Reading,
    /// Too much is looked up at once for somebody who reads; trying again helps.
    Crowded,
    /// The change was judged and refused.
    Refused { problems: Vec<ProblemLine>, typed: String },
    /// The rules of access do not let them change these files (of those that they may read).
    NotAllowed { files: Vec<String>, typed: String },
    /// Local changes in the owner's work tree stand in the way.
    WouldOverwrite { files: Vec<String>, typed: String },
    /// Too much at once; trying again helps.
    Busy { typed: String },
    /// Another program holds a lock of git's.
    Locked { typed: String },
    /// The accounts can't be reached: locked, failing, or gone. Trying again may help.
    Away { typed: String },
    /// Something broke.
    Broken { what: String, typed: String },
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Fail {
        Fail::Broken { what: error.to_string(), typed: String::new() }
    }
}

impl From<PastError> for Fail {
    fn from(error: PastError) -> Fail {
        match error {
            PastError::Busy => Fail::Crowded,
            PastError::Store(error) => error.into(),
        }
    }
}

impl Fail {
    /// What a proposal failed of, with the text that must not be lost. Clashes have a screen of
    /// their own and do not come here.
    pub fn of_proposal(ask: &Ask, error: ProposeError, typed: &str) -> Fail {
        let typed = typed.to_owned();
        match error {
            ProposeError::Refused(verdict) => {
                let problems = verdict
                    .refused
                    .iter()
                    .map(|located| crate::pages::screen::problem_line(ask.words, &located.problem, Some(&located.path)))
                    .collect();
                Fail::Refused { problems, typed }
            }
            ProposeError::NotAllowed { paths } => {
                Fail::NotAllowed { files: paths.iter().map(|path| path.address().to_owned()).collect(), typed }
            }
            ProposeError::WouldOverwrite(files) => Fail::WouldOverwrite { files, typed },
            ProposeError::UnknownBase => Fail::UnknownVersion(String::new()),
            ProposeError::Busy | ProposeError::Clash(_) => Fail::Busy { typed },
            ProposeError::Store(StoreError::Busy { .. }) => Fail::Locked { typed },
            ProposeError::Store(StoreError::WouldOverwrite { paths }) => Fail::WouldOverwrite { files: paths, typed },
            ProposeError::Store(error) => Fail::Broken { what: error.to_string(), typed },
        }
    }

    pub fn of_verb(ask: &Ask, error: VerbError) -> Fail {
        match error {
            VerbError::Propose(error) => Fail::of_proposal(ask, error, ""),
            VerbError::NoPage => Fail::NotFound,
            VerbError::Taken(_) | VerbError::SamePath => Fail::BadRequest("fail-taken"),
            VerbError::NotText => Fail::BadRequest("fail-not-text"),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Fail::NotHere
            | Fail::ForeignForm
            | Fail::NotAllowed { .. }
            | Fail::NotYours
            | Fail::TokenReads
            | Fail::NeedsTls => StatusCode::FORBIDDEN,
            Fail::BadToken => StatusCode::UNAUTHORIZED,
            Fail::NotFound
            | Fail::LinkGone
            | Fail::UnknownVersion(_)
            | Fail::UnknownLabel { .. }
            | Fail::NoVersionThen { .. }
            | Fail::NoSuchDay(_)
            | Fail::UnknownSince(_)
            | Fail::BeforeAll(_)
            | Fail::LostVersion(_)
            | Fail::ShallowVersion(_)
            | Fail::NotThere { .. } => StatusCode::NOT_FOUND,
            Fail::BadRequest(_) | Fail::Undated(_) => StatusCode::BAD_REQUEST,
            Fail::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Fail::TooMuch => StatusCode::PAYLOAD_TOO_LARGE,
            Fail::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Fail::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Fail::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Fail::WouldOverwrite { .. } => StatusCode::CONFLICT,
            Fail::Busy { .. } | Fail::Locked { .. } | Fail::Reading | Fail::Crowded | Fail::Away { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Fail::Broken { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The screen for a failure.
pub fn answer(ask: &Ask, fail: &Fail) -> Answer {
    let words = ask.words;
    if let Fail::Broken { what, .. } = fail {
        error!(id = %ask.id, "could not answer: {what}");
    }
    let (title, happened, advice) = match fail {
        Fail::NotHere => ("fail-not-here-title", words.t("fail-not-here").to_owned(), words.t("fail-not-here-do")),
        Fail::ForeignForm => ("fail-foreign-title", words.t("fail-foreign").to_owned(), words.t("fail-foreign-do")),
        Fail::NotYours => {
            ("fail-not-allowed-title", words.t("fail-not-yours").to_owned(), words.t("fail-not-yours-do"))
        }
        Fail::BadToken => ("fail-token-title", words.t("fail-token").to_owned(), words.t("fail-token-do")),
        Fail::TokenReads => {
            ("fail-token-title", words.t("fail-token-reads").to_owned(), words.t("fail-token-reads-do"))
        }
        Fail::NeedsTls => ("fail-tls-title", words.t("fail-tls").to_owned(), words.t("fail-tls-do")),
        Fail::LinkGone => ("fail-link-title", words.t("fail-link").to_owned(), words.t("fail-link-do")),
        Fail::NotFound => ("fail-not-found-title", words.t("fail-not-found").to_owned(), words.t("fail-not-found-do")),
        Fail::WrongMethod => ("fail-bad-title", words.t("fail-method").to_owned(), words.t("fail-bad-do")),
        Fail::TooMuch => ("fail-bad-title", words.t("fail-too-much").to_owned(), words.t("fail-too-much-do")),
        Fail::TooSlow => ("fail-bad-title", words.t("fail-too-slow").to_owned(), words.t("fail-later-do")),
        Fail::TooOften { seconds, .. } => (
            "fail-too-often-title",
            words.f("fail-too-often", &[("seconds", Arg::Count(*seconds))]),
            words.t("fail-too-often-do"),
        ),
        Fail::BadRequest(key) => ("fail-bad-title", words.t(key).to_owned(), words.t("fail-bad-do")),
        Fail::UnknownVersion(name) => {
            ("fail-version-title", words.f("fail-version", &[("version", Arg::Text(name))]), words.t("fail-version-do"))
        }
        Fail::UnknownLabel { label, .. } => {
            ("fail-version-title", words.f("fail-version", &[("version", Arg::Text(label))]), words.t("fail-label-do"))
        }
        Fail::NoVersionThen { day, .. } => (
            "fail-version-title",
            words.f("fail-no-version-then", &[("date", Arg::Text(&words.civil(*day)))]),
            words.t("fail-label-do"),
        ),
        Fail::NoSuchDay(text) => {
            ("fail-version-title", words.f("fail-no-day", &[("date", Arg::Text(text))]), words.t("fail-no-day-do"))
        }
        Fail::UnknownSince(text) => {
            ("since-unknown-title", words.f("since-unknown", &[("text", Arg::Text(text))]), words.t("since-do"))
        }
        Fail::Undated(title) => {
            ("since-unknown-title", words.f("since-undated", &[("title", Arg::Text(title))]), words.t("since-do"))
        }
        Fail::BeforeAll(day) => (
            "fail-version-title",
            words.f("fail-before-all", &[("date", Arg::Text(&words.civil(*day)))]),
            words.t("fail-no-day-do"),
        ),
        Fail::LostVersion(name) => {
            ("fail-version-title", words.f("fail-lost", &[("version", Arg::Text(name))]), words.t("fail-lost-do"))
        }
        Fail::ShallowVersion(name) => {
            ("fail-version-title", words.f("fail-shallow", &[("version", Arg::Text(name))]), words.t("fail-shallow-do"))
        }
        Fail::NotThere { then, .. } => (
            "fail-not-found-title",
            words.f("fail-not-there", &[("date", Arg::Text(then))]),
            words.t("fail-not-there-do"),
        ),
        Fail::Reading => ("fail-later-title", words.t("fail-reading").to_owned(), words.t("fail-later-do")),
        Fail::Crowded => ("fail-later-title", words.t("fail-later").to_owned(), words.t("fail-later-do")),
        Fail::Refused { problems, .. } => {
            let list: Vec<&str> = problems.iter().map(|problem| problem.text.as_str()).collect();
            ("fail-refused-title", list.join(" "), words.t("fail-refused-do"))
        }
        Fail::NotAllowed { files, .. } => {
            let happened = match files.as_slice() {
                [] => words.t("fail-not-allowed-here").to_owned(),
                files => words.f("fail-not-allowed", &[("files", Arg::Text(&files.join(", ")))]),
            };
            ("fail-not-allowed-title", happened, words.t("fail-not-allowed-do"))
        }
        Fail::WouldOverwrite { files, .. } => (
            "fail-overwrite-title",
            words.f("fail-overwrite", &[("files", Arg::Text(&files.join(", ")))]),
            words.t("fail-overwrite-do"),
        ),
        Fail::Locked { .. } => ("fail-busy-title", words.t("fail-locked").to_owned(), words.t("fail-locked-do")),
        Fail::Busy { .. } => ("fail-busy-title", words.t("fail-busy").to_owned(), words.t("fail-busy-do")),
        Fail::Away { .. } => ("fail-later-title", words.t("fail-away").to_owned(), words.t("fail-away-do")),
        Fail::Broken { .. } => ("fail-broken-title", words.t("fail-broken").to_owned(), words.t("fail-broken-do")),
    };
    let typed = match fail {
        Fail::Refused { typed, .. }
        | Fail::NotAllowed { typed, .. }
        | Fail::WouldOverwrite { typed, .. }
        | Fail::Busy { typed }
        | Fail::Locked { typed }
        | Fail::TooOften { typed, .. }
        | Fail::Away { typed }
        | Fail::Broken { typed, .. } => typed.clone(),
        _ => String::new(),
    };
    let filled = FailView {
        status: fail.status().as_u16(),
        title: words.t(title).to_owned(),
        happened,
        advice: advice.to_owned(),
        ways_out: ways_out(ask, fail),
        typed,
        // Only for what is the fault of the server: all other failures of a kind look the same, so that
        // none tells what somebody may not read.
        id: if fail.status().is_server_error() { ask.id.to_string() } else { String::new() },
    };
    let mut answer = screen(ask, Screen::new(words.t(title)), view(words, &filled));
    answer.status = fail.status();
    match fail {
        Fail::BadToken => answer.with(header::WWW_AUTHENTICATE, "Bearer realm=\"Polder\", error=\"invalid_token\""),
        Fail::Away { .. } => answer.with(header::RETRY_AFTER, &AWAY_S.to_string()),
        Fail::TooOften { seconds, .. } => answer.with(header::RETRY_AFTER, &seconds.to_string()),
        // What is still to come of the body is nobody's business any more.
        Fail::TooSlow => answer.with(header::CONNECTION, "close"),
        _ => answer,
    }
}

/// The versions that there are, where one was asked for that is not; the front page.
fn ways_out(ask: &Ask, fail: &Fail) -> Vec<Link> {
    let mut ways = Vec::new();
    if let Fail::UnknownLabel { address, .. } | Fail::NoVersionThen { address, .. } = fail {
        let scope = folder_href(address);
        for version in ask.world.versions_above(address).into_iter().rev().take(WAYS_MAX) {
            let title = format!("{} ({})", version.name.rev(), ask.words.civil(version.date));
            ways.push(Link { title, href: format!("{scope}@{}", version.label()) });
        }
        if let Fail::NoVersionThen { day, .. } = fail {
            let title = ask.words.f("fail-as-it-stood", &[("date", Arg::Text(&ask.words.civil(*day)))]);
            ways.push(Link { title, href: format!("{scope}?at={day}") });
        }
        ways.push(Link { title: ask.words.t("banner-present").to_owned(), href: scope });
    }
    if let Fail::NotThere { address, is_now: true, .. } = fail {
        ways.push(Link { title: ask.words.t("banner-present").to_owned(), href: folder_href(address) });
    }
    if let Fail::UnknownSince(_) | Fail::Undated(_) = fail {
        ways.push(Link { title: ask.words.t("since-ask").to_owned(), href: "/-/changes".to_owned() });
    }
    ways.push(Link { title: ask.words.t("fail-front").to_owned(), href: "/".to_owned() });
    ways
}

/// For what breaks before there is anybody to speak to.
pub fn bare(request: &HttpRequest) -> HttpResponse {
    Answer::text(StatusCode::INTERNAL_SERVER_ERROR, "Polder could not answer this. Please try again.\n")
        .respond(request)
}
