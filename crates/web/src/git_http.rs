//! Git's smart HTTP protocol: bytes between a client and a git process, nothing buffered whole.
//!
//! Three routes and no others (no dumb protocol). The right is decided by the handler that runs,
//! never by what a query says (G10). Git is no browser: it sends no `Origin`; one that is sent
//! must be ours. Who asks is known by a token, or by name and password as at the sign-in screen.
//! Cloning takes the right to read the whole wiki, pushing an account besides: what each commit of
//! it may change is judged by the hook.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use actix_web::dev::Decompress;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use futures_util::stream;
use polder_core::ids::CommitId;
use polder_wiki::accounts::{Account, Network, Scope, SignInError};
use polder_wiki::hook;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::answer::Answer;
use crate::app::App;
use crate::fail::{self, Fail};
use crate::guard::{Ask, Reader, is_ours};
use crate::pages::{screen, sign};
use crate::session::{self, By, Person, now_s};
use crate::turns::Turns;

/// Bytes of a request body, inflated.
const REQUEST_MAX_BYTES: usize = 256 * 1024 * 1024;
/// Clones at once, and pushes; the rest waits. Whoever reads slowly holds up no push, and with two of
/// the eight no clone of another network.
static CLONES: Turns = Turns::new(8, 2);
static PUSHES: Turns = Turns::new(4, 2);
/// How long a client may send or read nothing before its git process is ended.
const STALL: Duration = Duration::from_secs(60);
const CHUNK_BYTES: usize = 64 * 1024;

/// `GET /wiki.git/info/refs?service=…`.
pub async fn advertise(reader: Reader) -> HttpResponse {
    let service = screen::param(&reader.ask, "service").unwrap_or_default();
    let act = if service == "git-receive-pack" { Act::Push } else { Act::Clone };
    let reader = match admitted(reader, act).await {
        Ok(reader) => reader,
        Err(refused) => return refused,
    };
    let protocol = protocol(&reader.request);
    let app = &reader.ask.app;
    let command = match service.as_str() {
        "git-upload-pack" => app.wiki.upload_pack(true, protocol.as_deref()),
        "git-receive-pack" => app.wiki.receive_pack(true, protocol.as_deref(), &app.stand.hooks, &[]),
        _ => {
            let text = "Clone this wiki with git 1.6.6 or newer: it speaks the smart protocol only.\n";
            return Answer::text(StatusCode::FORBIDDEN, text).respond(&reader.request);
        }
    };
    let wires = if service == "git-receive-pack" { &PUSHES } else { &CLONES };
    let Some(_turn) = wires.take(reader.ask.client).await else { return fail::bare(&reader.request) };
    let output = match tokio::time::timeout(STALL, Command::from(command).kill_on_drop(true).output()).await {
        Ok(Ok(output)) if output.status.success() => output.stdout,
        Ok(Ok(output)) => return broken(&reader, &String::from_utf8_lossy(&output.stderr)),
        Ok(Err(error)) => return broken(&reader, &error.to_string()),
        Err(_) => return broken(&reader, "git took too long to list the refs"),
    };
    let v2 = service == "git-upload-pack" && protocol.as_deref().is_some_and(|protocol| protocol.contains("version=2"));
    let mut body = Vec::with_capacity(output.len() + 64);
    if !v2 {
        let line = format!("# service={service}\n");
        body.extend_from_slice(format!("{:04x}{line}0000", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(&output);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format!("application/x-{service}-advertisement")))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}

/// `POST /wiki.git/git-upload-pack`: a clone or fetch.
pub async fn upload_pack(reader: Reader, payload: Payload) -> HttpResponse {
    let reader = match admitted(reader, Act::Clone).await {
        Ok(reader) => reader,
        Err(refused) => return refused,
    };
    if let Some(refused) = wrong_type(&reader, "application/x-git-upload-pack-request") {
        return refused;
    }
    let protocol = protocol(&reader.request);
    let command = reader.ask.app.wiki.upload_pack(false, protocol.as_deref());
    converse(&reader, command, payload, "application/x-git-upload-pack-result", None).await
}

/// `POST /wiki.git/git-receive-pack`: a push. What it changed is seen before it is answered.
pub async fn receive_pack(reader: Reader, payload: Payload) -> HttpResponse {
    let reader = match admitted(reader, Act::Push).await {
        Ok(reader) => reader,
        Err(refused) => return refused,
    };
    if let Some(refused) = wrong_type(&reader, "application/x-git-receive-pack-request") {
        return refused;
    }
    let protocol = protocol(&reader.request);
    let app = reader.ask.app.clone();
    let lang = reader.ask.lang().code();
    let hooks: PathBuf = app.stand.hooks.clone();
    // Git takes a missing hook for consent; then nobody would judge this push (INV-3).
    for name in ["pre-receive", "proc-receive", "post-receive"] {
        if !is_program(&hooks.join(name)).await {
            return broken(&reader, &format!("the hook {name} is missing: start Polder again"));
        }
    }
    let who = hook::who_text(&reader.ask.who);
    let env = [("POLDER_HOOK_LANG", lang), (hook::WHO_VARIABLE, who.as_str()), (hook::HOME_VARIABLE, &reader.ask.home)];
    let command = app.wiki.receive_pack(false, protocol.as_deref(), &hooks, &env);
    converse(&reader, command, payload, "application/x-git-receive-pack-result", Some(app)).await
}

/// Whether a file is there that can be executed.
async fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    tokio::fs::metadata(file).await.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What somebody is about to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Clone,
    Push,
}

/// Whoever asks, known and allowed to, or an answer that says what to do.
async fn admitted(reader: Reader, act: Act) -> Result<Reader, HttpResponse> {
    if !is_ours(&reader.request, &reader.ask, true) {
        return Err(refusal(&reader, StatusCode::FORBIDDEN, "fail-foreign"));
    }
    let ask = match by_password(&reader).await {
        None => reader.ask,
        Some(Ok(ask)) => ask,
        Some(Err(refused)) => return Err(refused),
    };
    let reader = Reader { ask, request: reader.request };
    let ask = &reader.ask;
    if !ask.person.has_accounts {
        // Without accounts, reading all of the repository takes what editing takes.
        return if ask.can_edit { Ok(reader) } else { Err(refusal(&reader, StatusCode::FORBIDDEN, "fail-not-here")) };
    }
    let may_read_all = ask.world.access().reads(&ask.who).all();
    let is_known = ask.person.account().is_some();
    match act {
        _ if !is_known && (act == Act::Push || !may_read_all) => Err(challenge(&reader)),
        Act::Push if ask.person.only_reads() => Err(refusal(&reader, StatusCode::FORBIDDEN, "fail-token-reads")),
        _ if !may_read_all => Err(refusal(&reader, StatusCode::FORBIDDEN, "git-not-all")),
        _ => Ok(reader),
    }
}

/// Somebody who sends name and password, when they do. A token is known already by then.
async fn by_password(reader: &Reader) -> Option<Result<Ask, HttpResponse>> {
    let ask = &reader.ask;
    if !ask.person.has_accounts || ask.person.account().is_some() {
        return None;
    }
    let (login, password) = session::basic(reader.request.headers())?;
    if !ask.person.can_sign_in(ask.is_local) {
        return Some(Err(refusal(reader, StatusCode::FORBIDDEN, "fail-tls")));
    }
    let Some(_turn) = sign::turn().await else {
        return Some(Err(refusal(reader, StatusCode::SERVICE_UNAVAILABLE, "fail-later")));
    };
    let (own, agent) = (ask.clone(), sign::agent(&reader.request));
    let checked = web::block(move || {
        let from = Network::of(own.person.client);
        let account = own.app.accounts.check_login(&login, &password, &from, &agent, now_s())?;
        Ok(as_account(&own, account))
    });
    Some(match checked.await {
        Ok(Ok(Ok(ask))) => Ok(ask),
        Ok(Err(SignInError::Wrong)) => Err(challenge(reader)),
        Ok(Err(SignInError::Wait { seconds })) => {
            let mut refused = refusal(reader, StatusCode::TOO_MANY_REQUESTS, "git-wait");
            refused.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
            Err(refused)
        }
        Ok(Err(SignInError::Busy)) => Err(refusal(reader, StatusCode::SERVICE_UNAVAILABLE, "fail-later")),
        Ok(Err(SignInError::Store(error))) => Err(broken(reader, &error.to_string())),
        Ok(Ok(Err(fail))) => Err(fail::answer(ask, &fail).respond(&reader.request)),
        Err(_) => Err(fail::bare(&reader.request)),
    })
}

/// A password may what a token for writing may.
fn as_account(ask: &Ask, account: std::sync::Arc<Account>) -> Result<Ask, Fail> {
    ask.as_signed(Person { by: By::Token(account, Scope::Write), ..ask.person.clone() })
}

/// 401: git asks for a name and a password then.
fn challenge(reader: &Reader) -> HttpResponse {
    let text = format!("{}\n", reader.ask.words.t("git-sign-in"));
    Answer::text(StatusCode::UNAUTHORIZED, text)
        .with(header::WWW_AUTHENTICATE, "Basic realm=\"Polder\", charset=\"UTF-8\"")
        .respond(&reader.request)
}

/// Words that git shows.
fn refusal(reader: &Reader, status: StatusCode, key: &str) -> HttpResponse {
    Answer::text(status, format!("{}\n", reader.ask.words.t(key))).respond(&reader.request)
}

fn wrong_type(reader: &Reader, expected: &str) -> Option<HttpResponse> {
    let sent = reader.request.headers().get(header::CONTENT_TYPE);
    if sent.is_some_and(|sent| sent.as_bytes() == expected.as_bytes()) {
        return None;
    }
    Some(Answer::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("expected {expected}\n")).respond(&reader.request))
}

fn protocol(request: &HttpRequest) -> Option<String> {
    request.headers().get("git-protocol").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn broken(reader: &Reader, what: &str) -> HttpResponse {
    warn!("git could not answer: {what}");
    fail::answer(&reader.ask, &Fail::Broken { what: what.to_owned(), typed: String::new() }).respond(&reader.request)
}

/// The body to git's standard input, its standard output back, both as they come.
async fn converse(
    reader: &Reader,
    mut command: std::process::Command,
    payload: Payload,
    mime: &'static str,
    pushed: Option<Data<App>>,
) -> HttpResponse {
    let wires = if pushed.is_some() { &PUSHES } else { &CLONES };
    let Some(turn) = wires.take(reader.ask.client).await else { return fail::bare(&reader.request) };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let wiki = std::sync::Arc::clone(&reader.ask.app.wiki);
    let before = match web::block(move || wiki.tip_now()).await {
        Ok(Ok(before)) => before,
        _ => return fail::bare(&reader.request),
    };
    let mut child = match Command::from(command).kill_on_drop(true).spawn() {
        Ok(child) => child,
        Err(error) => return broken(reader, &error.to_string()),
    };
    if let (Some(_), Some(process)) = (&pushed, child.id()) {
        polder_wiki::bound_push(process);
    }
    feed(&mut child, reader.request.clone(), payload);
    let under_way = pushed.as_ref().map(|app| app.stopping.begin());
    let (sender, receiver) = mpsc::channel(4);
    actix_web::rt::spawn(async move {
        pump(child, sender, pushed, before).await;
        drop((turn, under_way));
    });
    let answer = stream::unfold(receiver, |mut receiver| async move {
        let chunk: Result<Bytes, actix_web::Error> = receiver.recv().await?;
        Some((chunk, receiver))
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, mime))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(Box::pin(answer))
}

/// What git says, to whoever still listens. A client that hangs up ends a clone; a push goes on to
/// its end all the same, so that what it changed is never half noticed.
async fn pump(
    mut child: Child,
    sender: mpsc::Sender<Result<Bytes, actix_web::Error>>,
    pushed: Option<Data<App>>,
    before: Option<CommitId>,
) {
    let Some(mut stdout) = child.stdout.take() else { return };
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut listening = true;
    loop {
        let n = match tokio::time::timeout(STALL * 10, stdout.read(&mut chunk)).await {
            Ok(Ok(0)) => break,
            Ok(Ok(n)) => n,
            Ok(Err(_)) | Err(_) => {
                let fault = actix_web::error::ErrorGatewayTimeout("git took too long");
                let _ = tokio::time::timeout(STALL, sender.send(Err(fault))).await;
                break;
            }
        };
        let said = sender.send(Ok(Bytes::copy_from_slice(&chunk[..n])));
        if listening && !matches!(tokio::time::timeout(STALL, said).await, Ok(Ok(()))) {
            listening = false;
            if pushed.is_none() {
                return;
            }
        }
    }
    if let Err(error) = child.wait().await {
        warn!("a git process could not be waited for: {error}");
    }
    let Some(app) = pushed else { return };
    let level = web::block(move || app.wiki.pushed(before)).await;
    if let Ok(Err(error)) = level {
        warn!("could not catch up after a push: {error}");
    }
}

/// Copies the request's body, inflated where it is compressed, until it or git ends.
fn feed(child: &mut Child, request: HttpRequest, payload: Payload) {
    let Some(mut stdin) = child.stdin.take() else { return };
    let stderr = child.stderr.take();
    actix_web::rt::spawn(async move {
        let mut body = Decompress::from_headers(payload, request.headers());
        let mut total = 0usize;
        while let Ok(Some(Ok(chunk))) = tokio::time::timeout(STALL, body.next()).await {
            total += chunk.len();
            if total > REQUEST_MAX_BYTES || stdin.write_all(&chunk).await.is_err() {
                break;
            }
        }
        drop(stdin);
    });
    actix_web::rt::spawn(async move {
        let Some(mut stderr) = stderr else { return };
        let mut said = Vec::new();
        let mut chunk = [0; 1024];
        while let Ok(n) = stderr.read(&mut chunk).await {
            if n == 0 {
                break;
            }
            if said.len() < 4096 {
                said.extend_from_slice(&chunk[..n]);
            }
        }
        let said = String::from_utf8_lossy(&said);
        if !said.trim().is_empty() {
            info!("git said: {}", said.trim());
        }
    });
}
