//! Accounts as callers see them: the same cases on SQLite and on PostgreSQL.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::postgres_tests::Server;
use super::*;

const GOOD: &str = "mijn fiets staat scheef tegen de heg";
const OTHER: &str = "drie ganzen liepen langs";
const DAY_S: i64 = 24 * 3600;
const BEGIN_S: i64 = 1_800_000_000;
/// How long a change by another program may take to be seen, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Accounts on one of the databases, and a clock that the test moves.
struct Fixture {
    place: Place,
    accounts: Accounts,
    clock_s: Arc<AtomicI64>,
}

type Case = fn(&Fixture);

const CASES: &[(&str, Case)] = &[
    ("an account is made, found and listed", an_account_is_made_found_and_listed),
    ("fields are checked", fields_are_checked),
    ("a login is taken once", a_login_is_taken_once),
    ("a display name is taken once", a_display_name_is_taken_once),
    ("w3 each sign-in makes a new session, which is stored hashed", w3_each_sign_in_makes_a_new_session),
    ("sessions end by themselves", sessions_end_by_themselves),
    ("sessions are listed and ended", sessions_are_listed_and_ended),
    ("sessions are bounded", sessions_are_bounded),
    ("w4 guesses wait", w4_guesses_wait),
    ("w4 who guesses elsewhere does not keep an owner out", w4_who_guesses_elsewhere_keeps_nobody_out),
    ("w5 unknown names answer the same", w5_unknown_names_answer_the_same),
    ("w7 links are used once and expire", w7_links_are_used_once_and_expire),
    ("w15 the first admin is made by a link", w15_the_first_admin_is_made_by_a_link),
    ("invitations give what they say", invitations_give_what_they_say),
    ("p12 what is taken away is gone at once", p12_what_is_taken_away_is_gone_at_once),
    ("p15 disabled accounts get no session by any way", p15_disabled_accounts_get_no_session),
    ("tokens hold until they expire or end", tokens_hold_until_they_expire_or_end),
    ("a new password ends other sessions", a_new_password_ends_other_sessions),
    ("there is always an admin", there_is_always_an_admin),
    ("who becomes admin signs in anew", who_becomes_admin_signs_in_anew),
    ("the log says who came from where", the_log_says_who_came_from_where),
    ("links are listed and withdrawn", links_are_listed_and_withdrawn),
    ("a reset ends tokens too", a_reset_ends_tokens_too),
    ("what admins do is written down", what_admins_do_is_written_down),
    ("removing leaves nothing", removing_leaves_nothing),
    ("identities belong to one account", identities_belong_to_one_account),
    ("another program's changes are seen", changes_of_another_program_are_seen),
    ("writers in several programs lose nothing", writers_in_several_programs_lose_nothing),
    ("last uses survive a restart", last_uses_survive_a_restart),
    ("expired things are removed", expired_things_are_removed),
    ("hostile texts are only texts", hostile_texts_are_only_texts),
];

#[test]
fn all_cases_on_sqlite() {
    for (name, case) in CASES {
        eprintln!("on SQLite: {name}");
        let dir = tempfile::tempdir().unwrap();
        case(&Fixture::open(Place::File(dir.path().join("a b#%?ë.db"))));
    }
}

#[test]
fn all_cases_on_postgres() {
    let Some(server) = Server::start() else { return };
    for (name, case) in CASES {
        eprintln!("on PostgreSQL: {name}");
        case(&Fixture::open(Place::Postgres(server.database())));
    }
}

#[test]
fn memory_goes_on_while_postgres_is_away() {
    let Some(mut server) = Server::start() else { return };
    let here = Fixture::open(Place::Postgres(server.database()));
    let session = here.signed_in(&here.add("anna"));
    server.stop();
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_some());
    assert!(here.accounts.check().is_err());
    assert!(matches!(here.accounts.sign_in("anna", GOOD, &network(), "", BEGIN_S), Err(SignInError::Store(_))));
    server.start_again();
    let until = Instant::now() + PATIENCE;
    while here.accounts.check().is_err() {
        assert!(Instant::now() < until, "connects again");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(here.accounts.sign_in("anna", GOOD, &network(), "", BEGIN_S).is_ok());
}

#[test]
fn inv_7_the_file_is_its_owners_and_holds_no_secret() {
    // INV-7
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let here = Fixture::open(Place::File(dir.path().join("accounts.db")));
    let anna = here.add("anna");
    let session = here.signed_in(&anna);
    let token = here.accounts.new_token(anna.id, "laptop", Scope::Read, None).unwrap();
    let link = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    let mut n_files = 0;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap().path();
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        let bytes = std::fs::read(&file).unwrap();
        for secret in [&session.secret, &token, &link, GOOD] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{} holds a secret", file.display());
        }
        n_files += 1;
    }
    assert!(n_files >= 2, "the file and its log");
    assert!(!format!("{session:?}").contains(&session.secret));
}

#[test]
fn places_are_told_apart_and_shown_without_passwords() {
    assert_eq!(Place::parse("data/accounts.db"), Place::File("data/accounts.db".into()));
    let place = Place::parse("postgres://polder:s3cret@db.example.org/wiki?password=s3cret");
    assert_eq!(place.to_string(), "postgres://db.example.org/wiki");
    assert_eq!(format!("{place:?}"), "Place(postgres://db.example.org/wiki)");
    let error = Accounts::open(&Place::Postgres("postgres://a:s3cret@[".into())).err().expect("refused");
    assert!(matches!(error, AccountsError::BadPlace(_)) && !error.to_string().contains("s3cret"), "{error}");
    let missing = tempfile::tempdir().unwrap().path().join("no/such/folder.db");
    assert!(Accounts::open(&Place::File(missing)).is_err());
}

#[test]
fn a_database_of_a_newer_polder_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let here = Fixture::open(Place::File(dir.path().join("accounts.db")));
    here.sql("UPDATE polder_state SET shape = 99");
    assert_eq!(Accounts::open(&here.place).err(), Some(AccountsError::Newer));
}

#[test]
fn a_file_that_is_taken_away_or_replaced_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("accounts.db");
    let place = Place::File(path.clone());
    let first = Fixture::open(place.clone());
    let session = first.signed_in(&first.add("anna"));
    drop(first);
    let here = Fixture::open(place);
    std::fs::copy(&path, dir.path().join("copy.db")).unwrap();
    let bert = here.add("bert");
    std::fs::rename(&path, dir.path().join("elsewhere.db")).unwrap();
    here.wait_until(Accounts::is_away);
    assert!(here.accounts.any(), "there are accounts, wherever they are");
    assert_eq!(here.accounts.disable(bert.id), Err(AccountFault::Store(AccountsError::Away)));
    assert_eq!(here.guess("anna", GOOD, BEGIN_S), SignInError::Store(AccountsError::Away));
    assert_eq!(Accounts::open(&here.place).err(), Some(AccountsError::Away), "nor does another program begin anew");
    assert!(!path.exists(), "nothing was made in its place");
    std::fs::rename(dir.path().join("elsewhere.db"), &path).unwrap();
    here.wait_until(|accounts| !accounts.is_away());
    assert!(here.accounts.by_login("bert").is_some());
    // An empty one, as another program would make it.
    std::fs::rename(&path, dir.path().join("elsewhere.db")).unwrap();
    std::fs::write(&path, "").unwrap();
    here.wait_until(Accounts::is_away);
    assert!(here.accounts.any());
    assert_eq!(Accounts::open(&here.place).err(), Some(AccountsError::Away), "with the mark beside it");
    // One with fewer accounts, from before: put there while the log of the newer one still lies beside it.
    std::fs::rename(dir.path().join("copy.db"), &path).unwrap();
    here.wait_until(|accounts| !accounts.is_away() && accounts.by_login("bert").is_none());
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_some());
    here.add("carla");
    drop(here.again());
    Accounts::begin_anew(&here.place).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(!Fixture::open(here.place.clone()).accounts.any());
}

#[test]
fn accounts_may_be_asked_within_another_runtime() {
    let dir = tempfile::tempdir().unwrap();
    let place = Place::File(dir.path().join("accounts.db"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let here = Fixture::open(place);
        let anna = here.add("anna");
        assert!(here.accounts.session(&here.signed_in(&anna).secret, BEGIN_S).is_some());
    });
}

fn an_account_is_made_found_and_listed(here: &Fixture) {
    assert!(!here.accounts.any() && here.accounts.list().is_empty());
    let bert = here.add("Bert");
    let groups = ["team-1", "team-2"].map(Box::from).into();
    let new = NewAccount {
        login: " Anna ".to_owned(),
        name: "Anna  de Vries".to_owned(),
        email: Some("anna@example.org".to_owned()),
        lang: Some("nl".to_owned()),
        groups,
        ..NewAccount::default()
    };
    let anna = here.accounts.add(new).unwrap();
    assert!(here.accounts.any());
    assert_eq!((anna.login.as_str(), anna.name.as_str()), ("Anna", "Anna de Vries"));
    assert!(!anna.has_password && bert.has_password && anna.is_enabled && !anna.is_admin);
    assert_eq!(anna.made_s, BEGIN_S);
    assert!(anna.opaque.len() == 16 && anna.opaque != bert.opaque);
    assert_eq!(anna.commit_address(), format!("{}@users.polder.invalid", anna.opaque));
    assert_eq!(here.accounts.by_login("aNNa").as_deref(), Some(&*anna));
    assert_eq!(here.accounts.account(bert.id).as_deref(), Some(&*bert));
    assert_eq!(here.accounts.list(), [Arc::clone(&anna), bert]);
    let change = Change {
        name: Some("Anna Bakker".to_owned()),
        email: Some(None),
        groups: Some(["team-3".into()].into()),
        ..Change::default()
    };
    let changed = here.accounts.change(anna.id, change).unwrap();
    assert_eq!(changed.groups.iter().map(|group| &**group).collect::<Vec<_>>(), ["team-3"]);
    assert_eq!((changed.name.as_str(), changed.email.as_deref()), ("Anna Bakker", None));
    assert_eq!((changed.lang.as_deref(), changed.opaque.as_str()), (Some("nl"), anna.opaque.as_str()));
    assert_eq!(here.again().accounts.list(), here.accounts.list(), "the same after a restart");
}

fn fields_are_checked(here: &Fixture) {
    let new = |change: fn(&mut NewAccount)| {
        let mut new = NewAccount { login: "anna".to_owned(), ..NewAccount::default() };
        change(&mut new);
        here.accounts.add(new).expect_err("refused")
    };
    assert_eq!(new(|new| new.login = "a b".into()), AccountFault::LoginBad);
    assert_eq!(new(|new| new.name = "<b>".into()), AccountFault::NameBad);
    assert_eq!(new(|new| new.email = Some("a".into())), AccountFault::EmailBad);
    assert_eq!(new(|new| new.lang = Some("n/l".into())), AccountFault::LangBad);
    assert_eq!(new(|new| new.groups = ["admins".into()].into()), AccountFault::GroupBad);
    assert_eq!(new(|new| new.password = Some("kort".into())), AccountFault::PasswordShort);
    assert_eq!(new(|new| new.password = Some("x".repeat(257))), AccountFault::PasswordLong);
    assert_eq!(new(|new| new.password = Some("Welkom123456!".into())), AccountFault::PasswordCommon);
    here.accounts.set_site_words(vec!["Dijkversterking Noord".to_owned()]);
    assert_eq!(new(|new| new.password = Some("dijkversterking2".into())), AccountFault::PasswordIsName);
    assert!(!here.accounts.any());
    assert_eq!(here.accounts.change(AccountId(7), Change::default()), Err(AccountFault::Unknown));
    assert_eq!(here.accounts.set_password(AccountId(7), GOOD, None), Err(AccountFault::Unknown));
}

fn a_login_is_taken_once(here: &Fixture) {
    here.add("Émile");
    let taken = NewAccount { login: "e\u{301}mile".to_owned(), ..NewAccount::default() };
    assert_eq!(here.accounts.add(taken.clone()), Err(AccountFault::LoginTaken));
    assert_eq!(here.again().accounts.add(taken), Err(AccountFault::LoginTaken));
    let bert = here.add("bert");
    let change = |login: &str| Change { login: Some(login.to_owned()), ..Change::default() };
    assert_eq!(here.accounts.change(bert.id, change("émile")), Err(AccountFault::LoginTaken));
    assert_eq!(here.accounts.change(bert.id, change("BERT")).map(|bert| bert.login.clone()), Ok("BERT".to_owned()));
}

fn a_display_name_is_taken_once(here: &Fixture) {
    let named = |login: &str, name: &str| NewAccount { name: name.to_owned(), ..of(login) };
    fn of(login: &str) -> NewAccount {
        NewAccount { login: login.to_owned(), ..NewAccount::default() }
    }
    let noor = here.accounts.add(named("noor", "Noor Élan")).unwrap();
    for same in ["Noor Élan", "  NOOR  e\u{301}lan "] {
        assert!(here.accounts.is_name_taken(same), "{same}");
        assert_eq!(here.accounts.add(named("bas", same)), Err(AccountFault::NameTaken), "{same}");
    }
    assert!(!here.accounts.is_name_taken("Noor Elan"));
    let bas = here.accounts.add(named("bas", "Bas")).unwrap();
    let rename = |name: &str| Change { name: Some(name.to_owned()), ..Change::default() };
    assert_eq!(here.accounts.change(bas.id, rename("noor élan")), Err(AccountFault::NameTaken));
    assert_eq!(here.accounts.change(noor.id, rename("NOOR ÉLAN")).unwrap().name, "NOOR ÉLAN", "one's own");
    let link = Kind::Invite { groups: Default::default(), is_admin: false, email: None };
    let link = here.accounts.make_link(link, None, DAY_S).unwrap();
    let refused =
        here.accounts.use_invite(&link, NewAccount { password: Some(GOOD.into()), ..named("c", "BAS") }, BEGIN_S);
    assert_eq!(refused, Err(LinkFault::Refused(AccountFault::NameTaken)));
    here.accounts.remove(bas.id).unwrap();
    assert!(!here.accounts.is_name_taken("Bas"));
}

fn w3_each_sign_in_makes_a_new_session(here: &Fixture) {
    let anna = here.add("anna");
    let (one, two) = (here.signed_in(&anna), here.signed_in(&anna));
    assert_ne!(one.secret, two.secret);
    assert_ne!(one.signed.session, two.signed.session);
    assert_ne!(one.signed.csrf, two.signed.csrf);
    let signed = here.accounts.session(&one.secret, BEGIN_S).expect("signed in");
    assert_eq!((signed.account.id, signed.session, signed.csrf), (anna.id, one.signed.session, one.signed.csrf));
    assert_eq!((signed.made_s, signed.renewed_s), (BEGIN_S, BEGIN_S));
    for wrong in ["", "x", &one.secret[1..], &one.signed.session.to_string(), &"A".repeat(43), &"é".repeat(43)] {
        assert!(here.accounts.session(wrong, BEGIN_S).is_none(), "{wrong}");
    }
    assert!(here.accounts.token(&one.secret, BEGIN_S).is_none(), "a session is no token");
    assert!(here.again().accounts.session(&two.secret, BEGIN_S).is_some(), "survives a restart");
}

fn sessions_end_by_themselves(here: &Fixture) {
    let admin = here.add_admin("root-beheer");
    let anna = here.add("anna");
    let lives = |session: &NewSession, now_s: i64| here.accounts.session(&session.secret, now_s).is_some();
    let idle = here.signed_in(&anna);
    assert!(lives(&idle, BEGIN_S + 7 * DAY_S - 1));
    assert!(!lives(&idle, BEGIN_S + 14 * DAY_S));
    let used = here.signed_in(&anna);
    for day in 1..30 {
        assert!(lives(&used, BEGIN_S + day * DAY_S), "day {day}");
    }
    assert!(!lives(&used, BEGIN_S + 30 * DAY_S));
    let idle = here.signed_in(&admin);
    assert!(lives(&idle, BEGIN_S + 12 * 3600 - 1));
    let idle = here.signed_in(&admin);
    assert!(!lives(&idle, BEGIN_S + 12 * 3600));
    let used = here.signed_in(&admin);
    assert!(lives(&used, BEGIN_S + 11 * 3600) && lives(&used, BEGIN_S + 22 * 3600));
    assert!(!lives(&used, BEGIN_S + DAY_S));
}

fn sessions_are_listed_and_ended(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let (one, two, three) = (here.signed_in(&anna), here.signed_in(&anna), here.signed_in(&anna));
    let of_bert = here.signed_in(&bert);
    here.accounts.session(&two.secret, BEGIN_S + 60).unwrap();
    let rows = here.accounts.sessions(anna.id);
    assert_eq!(rows.len(), 3);
    assert_eq!((rows[0].key, rows[0].seen_s), (two.signed.session, BEGIN_S + 60), "last used first");
    assert_eq!((rows[0].from.as_str(), rows[0].agent.as_str()), ("192.0.2.0/24", "curl"));
    let key: SessionKey = one.signed.session.to_string().parse().unwrap();
    assert_eq!(here.accounts.end_session(bert.id, key), Err(AccountFault::Unknown), "not his");
    here.accounts.end_session(anna.id, key).unwrap();
    assert_eq!(here.accounts.end_session(anna.id, key), Err(AccountFault::Unknown));
    assert!(here.accounts.session(&one.secret, BEGIN_S).is_none());
    here.accounts.end_sessions(anna.id, Some(two.signed.session)).unwrap();
    assert!(here.accounts.session(&two.secret, BEGIN_S).is_some());
    assert!(here.accounts.session(&three.secret, BEGIN_S).is_none());
    here.accounts.end_sessions(anna.id, None).unwrap();
    assert!(here.accounts.sessions(anna.id).is_empty());
    assert!(here.accounts.session(&of_bert.secret, BEGIN_S).is_some());
    assert_eq!(here.again().accounts.sessions(anna.id).len(), 0);
}

fn sessions_are_bounded(here: &Fixture) {
    let anna = here.add("anna");
    let mut sessions = Vec::new();
    for n in 0..52 {
        let now_s = BEGIN_S + n;
        sessions.push(here.accounts.sign_in_as(anna.id, How::Oidc, &network(), "", now_s).unwrap());
    }
    assert_eq!(here.accounts.sessions(anna.id).len(), 50);
    assert!(here.accounts.session(&sessions[0].secret, BEGIN_S + 60).is_none());
    assert!(here.accounts.session(&sessions[51].secret, BEGIN_S + 60).is_some());
    assert_eq!(here.again().accounts.sessions(anna.id).len(), 50);
}

fn w4_guesses_wait(here: &Fixture) {
    let anna = here.add("anna");
    for _ in 0..5 {
        assert_eq!(here.guess("ANNA", "wrong", BEGIN_S), SignInError::Wrong);
    }
    assert_eq!(here.guess("anna", GOOD, BEGIN_S), SignInError::Wait { seconds: 1 }, "the right one too");
    assert!(here.accounts.sign_in("anna", GOOD, &network(), "", BEGIN_S + 1).is_ok());
    assert_eq!(here.guess("anna", "wrong", BEGIN_S + 1), SignInError::Wrong, "forgiven");
    here.clock_s.store(BEGIN_S + 10, Ordering::Relaxed);
    assert_eq!(here.accounts.check_password(anna.id, GOOD), Ok(()));
    for _ in 0..5 {
        assert_eq!(here.accounts.check_password(anna.id, "wrong"), Err(SignInError::Wrong));
    }
    assert_eq!(here.accounts.check_password(anna.id, GOOD), Err(SignInError::Wait { seconds: 1 }));
    let checked = here.accounts.check_login("anna", GOOD, &network(), "git", BEGIN_S + 60);
    assert_eq!(checked.map(|account| account.id), Ok(anna.id));
    assert_eq!(here.accounts.sessions(anna.id).len(), 1, "checking makes none");
}

fn w4_who_guesses_elsewhere_keeps_nobody_out(here: &Fixture) {
    let anna = here.add("anna");
    here.signed_in(&anna);
    let guesser = |n: u8| Network::of(std::net::IpAddr::from([198, 51, n, 1]));
    let mut n_guesses = 0;
    for network in 0..25 {
        while here
            .accounts
            .sign_in("anna", "wrong", &guesser(network), "", BEGIN_S)
            .is_err_and(|e| e == SignInError::Wrong)
        {
            n_guesses += 1;
        }
    }
    assert_eq!(n_guesses, 100, "from everywhere in an hour");
    let elsewhere = here.accounts.sign_in("anna", GOOD, &guesser(99), "", BEGIN_S + 60).map(|_| ());
    assert_eq!(elsewhere, Err(SignInError::Wait { seconds: 3_540 }));
    assert!(here.accounts.sign_in("anna", GOOD, &network(), "", BEGIN_S).is_ok(), "where she came from before");
    assert!(here.accounts.sign_in("anna", GOOD, &guesser(99), "", BEGIN_S + 3_600).is_ok());
}

fn w5_unknown_names_answer_the_same(here: &Fixture) {
    here.accounts.add(NewAccount { login: "carla".to_owned(), ..NewAccount::default() }).unwrap();
    let dora = here.add("dora");
    here.accounts.disable(dora.id).unwrap();
    // Each from a network of its own, so that only the account counts.
    for (n, login) in ["nobody", "carla", "dora"].into_iter().enumerate() {
        let from = Network::of(std::net::IpAddr::from([198, 51, 100 + n as u8, 1]));
        for _ in 0..5 {
            let answer = here.accounts.sign_in(login, GOOD, &from, "", BEGIN_S).expect_err("refused");
            assert_eq!(answer, SignInError::Wrong, "{login}");
        }
        let answer = here.accounts.sign_in(login, GOOD, &from, "", BEGIN_S).expect_err("refused");
        assert_eq!(answer, SignInError::Wait { seconds: 1 }, "{login}");
    }
    assert_eq!(here.guess(&"x".repeat(1 << 20), GOOD, BEGIN_S), SignInError::Wrong);
    assert_eq!(here.guess("dora", &"x".repeat(1 << 20), BEGIN_S + 100), SignInError::Wrong);
    assert_eq!(here.guess("", "", BEGIN_S), SignInError::Wrong);
}

fn w7_links_are_used_once_and_expire(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let session = here.signed_in(&anna);
    let reset = |id| here.accounts.make_link(Kind::Reset(id), None, RESET_LIVES_S).unwrap();
    let old = reset(anna.id);
    let of_bert = reset(bert.id);
    let link = reset(anna.id);
    assert_eq!(here.accounts.link(&old, BEGIN_S), Ok(None), "a newer one ends it");
    assert!(here.accounts.link(&of_bert, BEGIN_S).unwrap().is_some(), "but not that of others");
    assert_eq!(here.accounts.link(&link, BEGIN_S).unwrap().map(|link| link.kind), Some(Kind::Reset(anna.id)));
    assert_eq!(here.accounts.link(&link, BEGIN_S + RESET_LIVES_S), Ok(None));
    assert_eq!(here.accounts.use_reset(&link, OTHER, BEGIN_S + RESET_LIVES_S), Err(LinkFault::Gone));
    let refused = Err(LinkFault::Refused(AccountFault::PasswordShort));
    assert_eq!(here.accounts.use_reset(&link, "kort", BEGIN_S), refused, "and can be used again");
    let invited = here.accounts.use_invite(&link, NewAccount::default(), BEGIN_S);
    assert_eq!(invited, Err(LinkFault::Gone), "of another kind");
    assert_eq!(here.accounts.use_reset(&link, OTHER, BEGIN_S).map(|account| account.id), Ok(anna.id));
    assert_eq!(here.accounts.use_reset(&link, GOOD, BEGIN_S), Err(LinkFault::Gone), "once");
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none(), "sessions end");
    assert_eq!(here.guess("anna", GOOD, BEGIN_S), SignInError::Wrong);
    assert!(here.accounts.sign_in("anna", OTHER, &network(), "", BEGIN_S).is_ok());
    for never in ["", "x", &"A".repeat(43)] {
        assert_eq!(here.accounts.link(never, BEGIN_S), Ok(None));
        assert_eq!(here.accounts.use_reset(never, GOOD, BEGIN_S), Err(LinkFault::Gone));
    }
    let link = reset(anna.id);
    here.accounts.disable(anna.id).unwrap();
    assert_eq!(here.accounts.use_reset(&link, GOOD, BEGIN_S), Err(LinkFault::Gone), "gone with the account");
    let none = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S);
    assert_eq!(none, Err(AccountFault::Unknown));
    // Of many who use one link at the same moment, one gets something.
    let link = reset(bert.id);
    let n_used = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let other = here.again();
                if other.accounts.use_reset(&link, OTHER, BEGIN_S).is_ok() {
                    n_used.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(n_used.into_inner(), 1);
}

fn w15_the_first_admin_is_made_by_a_link(here: &Fixture) {
    let old = here.accounts.make_link(Kind::First, None, 0).unwrap();
    let link = here.accounts.make_link(Kind::First, None, 0).unwrap();
    let new = || NewAccount { login: "anna".to_owned(), password: Some(GOOD.to_owned()), ..NewAccount::default() };
    assert_eq!(here.accounts.use_first(&old, new(), BEGIN_S), Err(LinkFault::Gone), "remade at each start");
    let short = NewAccount { password: Some("kort".to_owned()), ..new() };
    let refused = Err(LinkFault::Refused(AccountFault::PasswordShort));
    assert_eq!(here.accounts.use_first(&link, short, BEGIN_S), refused);
    let anna = here.accounts.use_first(&link, new(), BEGIN_S + 400 * DAY_S).unwrap();
    assert!(anna.is_admin && here.accounts.sign_in("anna", GOOD, &network(), "", BEGIN_S).is_ok());
    assert_eq!(here.accounts.use_first(&link, new(), BEGIN_S), Err(LinkFault::Gone));
    let late = here.accounts.make_link(Kind::First, None, 0).unwrap();
    assert_eq!(here.accounts.link(&late, BEGIN_S), Ok(None), "there is an account");
    assert_eq!(here.accounts.use_first(&late, new(), BEGIN_S), Err(LinkFault::Gone));
}

fn invitations_give_what_they_say(here: &Fixture) {
    let admin = here.add_admin("beheerder-1");
    let invite = |is_admin, email: Option<&str>| {
        let kind = Kind::Invite { groups: ["team".into()].into(), is_admin, email: email.map(str::to_owned) };
        here.accounts.make_link(kind, Some(admin.id), INVITE_LIVES_S).unwrap()
    };
    let new = |login: &str| NewAccount {
        login: login.to_owned(),
        email: Some("mine@example.org".to_owned()),
        groups: ["bosses".into()].into(),
        is_admin: true,
        password: Some(GOOD.to_owned()),
        ..NewAccount::default()
    };
    let link = invite(false, None);
    assert_eq!(here.accounts.link(&link, BEGIN_S).unwrap().unwrap().by, Some(admin.id));
    let anna = here.accounts.use_invite(&link, new("anna"), BEGIN_S).unwrap();
    assert!(!anna.is_admin && anna.groups == ["team".into()].into());
    assert_eq!(anna.email.as_deref(), Some("mine@example.org"));
    assert_eq!(here.accounts.use_invite(&link, new("bert"), BEGIN_S), Err(LinkFault::Gone));
    let link = invite(true, Some("bert@example.org"));
    let taken = here.accounts.use_invite(&link, new("anna"), BEGIN_S);
    assert_eq!(taken, Err(LinkFault::Refused(AccountFault::LoginTaken)), "and can be used again");
    let bert = here.accounts.use_invite(&link, new("bert"), BEGIN_S).unwrap();
    assert!(bert.is_admin && bert.email.as_deref() == Some("bert@example.org"));
    let link = invite(false, None);
    assert_eq!(here.accounts.use_invite(&link, new("carla"), BEGIN_S + INVITE_LIVES_S), Err(LinkFault::Gone));
    here.accounts.change(admin.id, Change { is_admin: Some(false), ..Change::default() }).unwrap();
    assert_eq!(here.accounts.link(&link, BEGIN_S), Ok(None), "who invites is no admin any more");
    let bad = Kind::Invite { groups: ["everyone".into()].into(), is_admin: false, email: None };
    assert_eq!(here.accounts.make_link(bad, Some(bert.id), DAY_S), Err(AccountFault::GroupBad));
}

fn p12_what_is_taken_away_is_gone_at_once(here: &Fixture) {
    let anna = here.add("anna");
    let session = here.signed_in(&anna);
    let token = here.accounts.new_token(anna.id, "", Scope::Write, None).unwrap();
    let change = Change { groups: Some(["team".into()].into()), ..Change::default() };
    here.accounts.change(anna.id, change).unwrap();
    assert_eq!(here.accounts.session(&session.secret, BEGIN_S).unwrap().account.groups.len(), 1);
    here.accounts.change(anna.id, Change { groups: Some([].into()), ..Change::default() }).unwrap();
    assert!(here.accounts.session(&session.secret, BEGIN_S).unwrap().account.groups.is_empty());
    assert!(here.accounts.token(&token, BEGIN_S).unwrap().0.groups.is_empty());
    here.accounts.disable(anna.id).unwrap();
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none());
    assert!(here.accounts.token(&token, BEGIN_S).is_none());
    here.accounts.enable(anna.id).unwrap();
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none(), "sessions don't come back");
    assert!(here.accounts.token(&token, BEGIN_S).is_some());
}

fn p15_disabled_accounts_get_no_session(here: &Fixture) {
    let anna = here.add("anna");
    let reset = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    here.accounts.disable(anna.id).unwrap();
    assert_eq!(here.guess("anna", GOOD, BEGIN_S), SignInError::Wrong);
    for how in [How::Password, How::Oidc, How::Invite, How::Reset, How::First] {
        let answer = here.accounts.sign_in_as(anna.id, how, &network(), "", BEGIN_S).expect_err("refused");
        assert_eq!(answer, SignInError::Wrong);
    }
    assert_eq!(here.accounts.check_password(anna.id, GOOD), Err(SignInError::Wrong));
    let checked = here.accounts.check_login("anna", GOOD, &network(), "git", BEGIN_S);
    assert_eq!(checked.err(), Some(SignInError::Wrong));
    assert_eq!(here.accounts.use_reset(&reset, OTHER, BEGIN_S), Err(LinkFault::Gone));
    assert_eq!(here.accounts.disable(AccountId(77)), Err(AccountFault::Unknown));
    // Another server that has not noticed yet gives none either.
    let other = here.again();
    here.accounts.enable(anna.id).unwrap();
    other.wait_until(|accounts| accounts.account(anna.id).is_some_and(|anna| anna.is_enabled));
    here.accounts.disable(anna.id).unwrap();
    assert!(other.accounts.sign_in_as(anna.id, How::Oidc, &network(), "", BEGIN_S).is_err());
}

fn tokens_hold_until_they_expire_or_end(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let read = here.accounts.new_token(anna.id, " my  laptop ", Scope::Read, Some(BEGIN_S + DAY_S)).unwrap();
    let write = here.accounts.new_token(anna.id, "", Scope::Write, None).unwrap();
    assert!(read.starts_with("pld_") && read.len() == 47);
    let holds = |token: &str, now_s: i64| here.accounts.token(token, now_s).map(|(account, scope)| (account.id, scope));
    assert_eq!(holds(&read, BEGIN_S + DAY_S - 1), Some((anna.id, Scope::Read)));
    assert_eq!(holds(&read, BEGIN_S + DAY_S), None);
    assert_eq!(holds(&write, BEGIN_S + 1_000 * DAY_S), Some((anna.id, Scope::Write)));
    assert_eq!(holds(&read[4..], BEGIN_S), None);
    assert!(here.accounts.session(&write, BEGIN_S).is_none(), "a token is no session");
    let rows = here.accounts.tokens(anna.id);
    let row = rows.iter().find(|row| row.scope == Scope::Read).unwrap();
    assert_eq!((row.label.as_str(), row.expires_s), ("my laptop", Some(BEGIN_S + DAY_S)));
    assert_eq!(row.used_s, Some(BEGIN_S + DAY_S - 1));
    let row = rows.iter().find(|row| row.scope == Scope::Write).unwrap();
    let key: TokenKey = row.key.to_string().parse().unwrap();
    assert_eq!(here.accounts.end_token(bert.id, key), Err(AccountFault::Unknown), "not his");
    here.accounts.end_token(anna.id, key).unwrap();
    assert_eq!(holds(&write, BEGIN_S), None);
    assert_eq!(here.again().accounts.tokens(anna.id).len(), 1);
    assert_eq!(here.accounts.new_token(AccountId(77), "", Scope::Read, None), Err(AccountFault::Unknown));
    assert_eq!(here.accounts.new_token(anna.id, &"x".repeat(81), Scope::Read, None), Err(AccountFault::LabelBad));
}

fn a_new_password_ends_other_sessions(here: &Fixture) {
    let anna = here.add("anna");
    let (kept, ended) = (here.signed_in(&anna), here.signed_in(&anna));
    let link = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    assert_eq!(here.accounts.set_password(anna.id, "kort", None), Err(AccountFault::PasswordShort));
    here.accounts.set_password(anna.id, OTHER, Some(kept.signed.session)).unwrap();
    assert!(here.accounts.session(&kept.secret, BEGIN_S).is_some());
    assert!(here.accounts.session(&ended.secret, BEGIN_S).is_none());
    assert_eq!(here.accounts.link(&link, BEGIN_S), Ok(None));
    assert_eq!(here.guess("anna", GOOD, BEGIN_S), SignInError::Wrong);
    assert!(here.accounts.sign_in("anna", OTHER, &network(), "", BEGIN_S).is_ok());
}

fn there_is_always_an_admin(here: &Fixture) {
    let (one, anna) = (here.add_admin("beheer-een"), here.add("anna"));
    let no_admin = || Change { is_admin: Some(false), ..Change::default() };
    assert_eq!(here.accounts.disable(one.id), Err(AccountFault::LastAdmin));
    assert_eq!(here.accounts.remove(one.id), Err(AccountFault::LastAdmin));
    assert_eq!(here.accounts.change(one.id, no_admin()), Err(AccountFault::LastAdmin));
    let two = here.add_admin("beheer-twee");
    here.accounts.disable(two.id).unwrap();
    assert_eq!(here.accounts.remove(one.id), Err(AccountFault::LastAdmin), "a disabled one does not count");
    here.accounts.enable(two.id).unwrap();
    here.accounts.remove(one.id).unwrap();
    assert!(here.accounts.change(anna.id, no_admin()).is_ok());
    assert_eq!(here.accounts.disable(two.id), Err(AccountFault::LastAdmin));
    // An admin who can't sign in keeps nothing.
    let bare = NewAccount { login: "kaal".to_owned(), is_admin: true, ..NewAccount::default() };
    let bare = here.accounts.add(bare).unwrap();
    assert_eq!(here.accounts.disable(two.id), Err(AccountFault::LastAdmin));
    assert_eq!(here.accounts.remove(two.id), Err(AccountFault::LastAdmin));
    assert_eq!(here.accounts.change(two.id, no_admin()), Err(AccountFault::LastAdmin));
    here.accounts.link_identity(bare.id, "https://login.example.org", "kaal").unwrap();
    here.accounts.disable(two.id).unwrap();
    let unlinked = here.accounts.unlink_identity(bare.id, "https://login.example.org", "kaal");
    assert_eq!(unlinked, Err(AccountFault::LastAdmin), "nor does it become one who can't");
    assert_eq!(here.accounts.remove(bare.id), Err(AccountFault::LastAdmin));
    here.accounts.enable(two.id).unwrap();
    here.accounts.unlink_identity(bare.id, "https://login.example.org", "kaal").unwrap();
    here.accounts.remove(bare.id).unwrap();
}

fn who_becomes_admin_signs_in_anew(here: &Fixture) {
    let anna = here.add("anna");
    let session = here.signed_in(&anna);
    here.accounts.change(anna.id, Change { is_admin: Some(true), ..Change::default() }).unwrap();
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none());
    assert!(here.signed_in(&anna).signed.account.is_admin);
}

fn the_log_says_who_came_from_where(here: &Fixture) {
    let anna = here.add("anna");
    let agent = format!("curl/8\r\n\u{202e}{}", "x".repeat(300));
    here.accounts.sign_in("anna", GOOD, &network(), &agent, BEGIN_S).unwrap();
    here.guess("ANNA", "wrong", BEGIN_S + 1);
    let typed = "een wachtwoord in het verkeerde veld";
    here.guess(typed, "wrong", BEGIN_S + 2);
    let all = here.accounts.log(None, 0, 10).unwrap();
    let whats: Vec<(Option<&str>, What)> = all.iter().map(|row| (row.login.as_deref(), row.what)).collect();
    let expected = [(None, What::Failed), (Some("anna"), What::Failed), (Some("anna"), What::SignedIn(How::Password))];
    assert_eq!(whats, expected);
    assert!(!format!("{all:?}").contains("veld") && !format!("{all:?}").contains("192.0.2.7"));
    let first = &all[2];
    assert_eq!((first.time_s, first.from.as_str()), (BEGIN_S, "192.0.2.0/24"));
    assert!(first.agent.starts_with("curl/8xxx") && first.agent.chars().count() == 200, "{}", first.agent);
    assert_eq!(here.accounts.log(Some(anna.id), 0, 10).unwrap().len(), 2);
    assert_eq!(here.accounts.log(None, 1, 1).unwrap(), all[1..2]);
    assert_eq!(here.accounts.log(None, 99, usize::MAX).unwrap(), []);
}

fn links_are_listed_and_withdrawn(here: &Fixture) {
    let (admin, anna) = (here.add_admin("beheer"), here.add("anna"));
    let groups = || [Box::from("hr")].into();
    let invite = || Kind::Invite { groups: groups(), is_admin: false, email: Some("c@example.org".to_owned()) };
    let secret = here.accounts.make_link(invite(), Some(admin.id), INVITE_LIVES_S).unwrap();
    here.clock_s.store(BEGIN_S + 1, Ordering::Relaxed);
    here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    let all = here.accounts.links(None).unwrap();
    let kinds: Vec<_> = all.iter().map(|row| (row.link.kind.clone(), row.link.by)).collect();
    assert_eq!(kinds, [(Kind::Reset(anna.id), None), (invite(), Some(admin.id))]);
    assert!(all.iter().all(|row| row.key.0.len() == 16 && !secret.contains(&row.key.0)));
    assert_eq!(here.accounts.links(Some(admin.id)).unwrap(), all[1..]);
    assert_eq!(here.accounts.export(admin.id).unwrap().expect("there").links, all[1..]);
    assert!(here.accounts.link(&secret, BEGIN_S).unwrap().is_some());
    here.accounts.withdraw_link(&all[1].key).unwrap();
    assert_eq!(here.accounts.link(&secret, BEGIN_S), Ok(None));
    for never in [&all[1].key, &LinkKey(String::new()), &LinkKey("%".repeat(16))] {
        assert_eq!(here.accounts.withdraw_link(never), Err(AccountFault::Unknown));
    }
    assert_eq!(here.accounts.links(None).unwrap(), all[..1]);
    here.clock_s.store(BEGIN_S + 1 + RESET_LIVES_S, Ordering::Relaxed);
    assert_eq!(here.accounts.links(None).unwrap(), [], "expired");
}

fn a_reset_ends_tokens_too(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let token = |id| here.accounts.new_token(id, "laptop", Scope::Read, None).unwrap();
    let (of_anna, of_bert) = (token(anna.id), token(bert.id));
    here.accounts.set_password(anna.id, OTHER, None).unwrap();
    assert!(here.accounts.token(&of_anna, BEGIN_S).is_some(), "a change by oneself does not");
    let link = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    here.accounts.use_reset(&link, GOOD, BEGIN_S).unwrap();
    assert!(here.accounts.token(&of_anna, BEGIN_S).is_none());
    assert!(here.accounts.token(&of_bert, BEGIN_S).is_some());
    let session = here.signed_in(&bert);
    here.accounts.end_all(bert.id).unwrap();
    assert!(here.accounts.token(&of_bert, BEGIN_S).is_none());
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none());
}

fn what_admins_do_is_written_down(here: &Fixture) {
    let (admin, anna) = (here.add_admin("beheer"), here.add("anna"));
    assert_eq!(here.accounts.acts(0, 10).unwrap(), [], "what is one's own is no matter of this log");
    let (by_admin, machine) = (here.accounts.acting(Doer::Admin(admin.id)), here.accounts.acting(Doer::Machine));
    let groups = |names: &[&str]| names.iter().copied().map(Box::from).collect();
    let change = Change { groups: Some(groups(&["hr", "team"])), is_admin: Some(true), ..Change::default() };
    by_admin.change(anna.id, change.clone()).unwrap();
    by_admin.change(anna.id, change).unwrap();
    let change = Change { groups: Some(groups(&["hr"])), is_admin: Some(false), ..Change::default() };
    by_admin.change(anna.id, change).unwrap();
    by_admin.disable(anna.id).unwrap();
    let invite = Kind::Invite { groups: groups(&["hr"]), is_admin: true, email: Some("c@example.org".to_owned()) };
    let secret = by_admin.make_link(invite, Some(admin.id), INVITE_LIVES_S).unwrap();
    let new = NewAccount { login: "cas".to_owned(), password: Some(GOOD.to_owned()), ..NewAccount::default() };
    here.accounts.use_invite(&secret, new, BEGIN_S).unwrap();
    machine.remove(anna.id).unwrap();
    let by = |row: &ActRow| match &row.by {
        Named::Login(login) => login.clone(),
        other => format!("{other:?}"),
    };
    let whom = |row: &ActRow| match &row.whom {
        Named::Login(login) => login.clone(),
        other => format!("{other:?}"),
    };
    let acts = here.accounts.acts(0, 20).unwrap();
    let told: Vec<String> =
        acts.iter().map(|row| format!("{} {} {} {}", by(row), row.act.code(), whom(row), row.more)).collect();
    assert_eq!(
        told,
        [
            "Nobody removed Gone anna",
            "beheer admin-given cas ",
            "beheer made cas ",
            "beheer invited Nobody hr admins",
            "beheer disabled Gone ",
            "beheer admin-taken Gone ",
            "beheer groups Gone -team",
            "beheer admin-given Gone ",
            "beheer groups Gone +hr +team",
        ]
    );
    assert_eq!(here.accounts.acts(1, 1).unwrap(), acts[1..2]);
    assert_eq!(here.again().accounts.acts(0, 20).unwrap(), acts);
    here.clock_s.store(BEGIN_S + 3 * 365 * DAY_S, Ordering::Relaxed);
    here.accounts.shared.prune().unwrap();
    assert_eq!(here.accounts.acts(0, 20).unwrap(), [], "not for ever");
}

fn removing_leaves_nothing(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let session = here.signed_in(&anna);
    let token = here.accounts.new_token(anna.id, "laptop", Scope::Read, None).unwrap();
    here.accounts.link_identity(anna.id, "https://sso.example.org", "42").unwrap();
    let link = here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    here.guess("anna", "wrong", BEGIN_S);
    let held = here.accounts.export(anna.id).unwrap().expect("there");
    assert_eq!((held.sessions.len(), held.tokens.len(), held.identities.len()), (1, 1, 1));
    assert_eq!((held.account.id, held.log.len()), (anna.id, 3));
    here.accounts.remove(anna.id).unwrap();
    assert!(here.accounts.export(anna.id).unwrap().is_none());
    assert!(here.accounts.session(&session.secret, BEGIN_S).is_none());
    assert!(here.accounts.token(&token, BEGIN_S).is_none());
    assert!(here.accounts.identity("https://sso.example.org", "42").is_none());
    assert_eq!(here.accounts.link(&link, BEGIN_S), Ok(None));
    assert_eq!(here.accounts.log(None, 0, 10).unwrap(), []);
    assert_eq!(here.accounts.remove(anna.id), Err(AccountFault::Unknown));
    for table in ["sessions", "tokens", "links", "identities", "sign_ins", "memberships", "issued_memberships"] {
        assert_eq!(here.count(table), 0, "{table}");
    }
    let again = here.add("anna");
    assert!(again.id != anna.id && again.id != bert.id && again.opaque != anna.opaque);
}

fn identities_belong_to_one_account(here: &Fixture) {
    let (anna, bert) = (here.add("anna"), here.add("bert"));
    let issuer = "https://sso.example.org";
    here.accounts.link_identity(anna.id, issuer, "42").unwrap();
    here.accounts.link_identity(anna.id, issuer, "42").unwrap();
    assert_eq!(here.accounts.link_identity(bert.id, issuer, "42"), Err(AccountFault::IdentityTaken));
    assert_eq!(here.accounts.link_identity(bert.id, issuer, ""), Err(AccountFault::IdentityBad));
    assert_eq!(here.accounts.link_identity(bert.id, issuer, &"x".repeat(1_001)), Err(AccountFault::IdentityBad));
    here.accounts.link_identity(bert.id, "https://other.example.org", "42").unwrap();
    assert_eq!(here.accounts.identity(issuer, "42").map(|account| account.id), Some(anna.id));
    assert!(here.accounts.identity(issuer, "43").is_none());
    assert_eq!(here.again().accounts.identities(anna.id), [(issuer.to_owned(), "42".to_owned())]);
}

fn changes_of_another_program_are_seen(here: &Fixture) {
    let other = here.again();
    let anna = other.add("anna");
    here.wait_until(|accounts| accounts.by_login("anna").is_some());
    let session = other.signed_in(&anna);
    here.wait_until(|accounts| accounts.session(&session.secret, BEGIN_S).is_some());
    here.accounts.session(&session.secret, BEGIN_S + 100).unwrap();
    let token = other.accounts.new_token(anna.id, "", Scope::Read, None).unwrap();
    here.wait_until(|accounts| accounts.token(&token, BEGIN_S).is_some());
    assert_eq!(here.accounts.sessions(anna.id)[0].seen_s, BEGIN_S + 100, "what was only in memory is kept");
    other.accounts.disable(anna.id).unwrap();
    here.wait_until(|accounts| accounts.session(&session.secret, BEGIN_S).is_none());
    assert!(here.accounts.token(&token, BEGIN_S).is_none());
    // Own changes after those of others, which this one has not read yet.
    let bert = other.add("bert");
    here.add("carla");
    assert_eq!(here.accounts.list().len(), 3);
    let of_bert = other.signed_in(&bert);
    let of_bert_too = here.signed_in(&bert);
    assert!(here.accounts.session(&of_bert.secret, BEGIN_S).is_some());
    assert!(here.accounts.session(&of_bert_too.secret, BEGIN_S).is_some());
}

fn writers_in_several_programs_lose_nothing(here: &Fixture) {
    let anna = here.add("anna").id;
    std::thread::scope(|scope| {
        for program in 0..3 {
            scope.spawn(move || {
                let other = here.again();
                for n in 0..10 {
                    other
                        .accounts
                        .add(NewAccount { login: format!("a{program}-{n}"), ..NewAccount::default() })
                        .unwrap();
                    other.accounts.sign_in_as(anna, How::Oidc, &network(), "", BEGIN_S).unwrap();
                }
            });
            scope.spawn(move || {
                for n in 0..5 {
                    here.accounts
                        .add(NewAccount { login: format!("b{program}-{n}"), ..NewAccount::default() })
                        .unwrap();
                }
            });
        }
    });
    let again = here.again();
    assert_eq!(again.accounts.list().len(), 1 + 3 * 10 + 3 * 5);
    assert_eq!(again.accounts.sessions(anna).len(), 30);
    here.wait_until(|accounts| accounts.list().len() == 46 && accounts.sessions(anna).len() == 30);
}

fn last_uses_survive_a_restart(here: &Fixture) {
    let anna = here.add("anna");
    let session = here.signed_in(&anna);
    let token = here.accounts.new_token(anna.id, "", Scope::Read, None).unwrap();
    here.accounts.session(&session.secret, BEGIN_S + 100).unwrap();
    here.accounts.token(&token, BEGIN_S + 200).unwrap();
    here.accounts.flush().unwrap();
    let again = here.again();
    assert_eq!(again.accounts.sessions(anna.id)[0].seen_s, BEGIN_S + 100);
    assert_eq!(again.accounts.tokens(anna.id)[0].used_s, Some(BEGIN_S + 200));
    // An older time of another server does not win.
    again.accounts.session(&session.secret, BEGIN_S + 300).unwrap();
    again.accounts.flush().unwrap();
    here.accounts.session(&session.secret, BEGIN_S + 250).unwrap();
    here.accounts.flush().unwrap();
    assert_eq!(here.again().accounts.sessions(anna.id)[0].seen_s, BEGIN_S + 300);
}

fn expired_things_are_removed(here: &Fixture) {
    let (admin, anna) = (here.add_admin("beheer-een"), here.add("anna"));
    let old = here.signed_in(&anna);
    here.signed_in(&admin);
    here.accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    here.accounts.new_token(anna.id, "", Scope::Read, Some(BEGIN_S + 10)).unwrap();
    here.clock_s.store(BEGIN_S + 2 * DAY_S, Ordering::Relaxed);
    here.accounts.shared.prune().unwrap();
    assert_eq!((here.count("sessions"), here.count("links")), (1, 0), "the admin's went first");
    assert!(here.accounts.session(&old.secret, BEGIN_S + 6 * DAY_S).is_some());
    here.clock_s.store(BEGIN_S + 8 * DAY_S, Ordering::Relaxed);
    here.accounts.shared.prune().unwrap();
    assert_eq!(here.count("sessions"), 1, "used two days ago");
    here.clock_s.store(BEGIN_S + 91 * DAY_S, Ordering::Relaxed);
    here.accounts.shared.prune().unwrap();
    assert_eq!((here.count("sessions"), here.count("sign_ins")), (0, 0));
    assert_eq!(here.accounts.tokens(anna.id).len(), 1, "expired tokens are shown");
}

fn hostile_texts_are_only_texts(here: &Fixture) {
    let evil = "x'; DROP TABLE accounts; --";
    let anna = here.add("anna");
    assert_eq!(here.guess(evil, evil, BEGIN_S), SignInError::Wrong);
    assert_eq!(here.guess("an\0na", "a\0b", BEGIN_S), SignInError::Wrong);
    here.accounts.new_token(anna.id, evil, Scope::Read, None).unwrap();
    here.accounts.sign_in("anna", GOOD, &network(), "a\0b'; --", BEGIN_S + 60).unwrap();
    here.accounts.change(anna.id, Change { name: Some(evil.to_owned()), ..Change::default() }).unwrap();
    assert_eq!(here.accounts.link_identity(anna.id, "a\0b", evil), Err(AccountFault::IdentityBad));
    here.accounts.link_identity(anna.id, "a", evil).unwrap();
    assert_eq!(here.again().accounts.account(anna.id).unwrap().name, evil);
}

impl Fixture {
    fn open(place: Place) -> Fixture {
        let clock_s = Arc::new(AtomicI64::new(BEGIN_S));
        let accounts = Fixture::accounts(&place, &clock_s);
        Fixture { place, accounts, clock_s }
    }

    /// The same accounts, as another program sees them.
    fn again(&self) -> Fixture {
        let accounts = Fixture::accounts(&self.place, &self.clock_s);
        Fixture { place: self.place.clone(), accounts, clock_s: Arc::clone(&self.clock_s) }
    }

    fn accounts(place: &Place, clock_s: &Arc<AtomicI64>) -> Accounts {
        let clock_s = Arc::clone(clock_s);
        Accounts::open_at(place, Arc::new(move || clock_s.load(Ordering::Relaxed))).expect("opened")
    }

    fn add(&self, login: &str) -> Arc<Account> {
        self.add_with(login, false)
    }

    fn add_admin(&self, login: &str) -> Arc<Account> {
        self.add_with(login, true)
    }

    fn add_with(&self, login: &str, is_admin: bool) -> Arc<Account> {
        let password = Some(GOOD.to_owned());
        let new = NewAccount { login: login.to_owned(), password, is_admin, ..NewAccount::default() };
        self.accounts.add(new).expect("made")
    }

    fn signed_in(&self, account: &Account) -> NewSession {
        self.accounts.sign_in(&account.login, GOOD, &network(), "curl", BEGIN_S).expect("signed in")
    }

    fn guess(&self, login: &str, password: &str, now_s: i64) -> SignInError {
        self.accounts.sign_in(login, password, &network(), "", now_s).expect_err("refused")
    }

    fn wait_until(&self, pleases: impl Fn(&Accounts) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !pleases(&self.accounts) {
            assert!(Instant::now() < until, "the change of another program was not seen");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn sql(&self, sql: &'static str) {
        let done = self.accounts.shared.database.read(async |connection| {
            sqlx::query(sql).execute(connection).await.map_err(|error| AccountsError::Other(error.to_string()))
        });
        done.expect("done");
    }

    fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let counted = self.accounts.shared.database.read(async |connection| {
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .fetch_one(connection)
                .await
                .map_err(|error| AccountsError::Other(error.to_string()))
        });
        counted.expect("counted")
    }
}

fn network() -> Network {
    Network::of("192.0.2.7".parse().unwrap())
}
