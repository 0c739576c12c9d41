//! Accounts as callers see them.

use std::sync::Arc;

use super::*;

const GOOD: &str = "mijn fiets staat scheef tegen de heg";

fn network() -> Network {
    Network::of("192.0.2.7".parse().unwrap())
}

#[test]
fn an_account_signs_in_and_out() {
    let dir = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(&Place::File(dir.path().join("a b#%?.db"))).unwrap();
    assert!(!accounts.any());
    let new = NewAccount { login: "Anna".to_owned(), password: Some(GOOD.to_owned()), ..NewAccount::default() };
    let anna = accounts.add(new).unwrap();
    assert!(accounts.any() && accounts.by_login("ANNA").is_some());
    let now_s = now_s();
    let Err(error) = accounts.sign_in("anna", "wrong", &network(), "curl", now_s) else { panic!("signed in") };
    assert_eq!(error, SignInError::Wrong);
    let session = accounts.sign_in("anna", GOOD, &network(), "curl", now_s).unwrap();
    assert_eq!(accounts.session(&session.secret, now_s).map(|signed| signed.account.id), Some(anna.id));
    let again = Accounts::open(&Place::File(dir.path().join("a b#%?.db"))).unwrap();
    assert!(again.session(&session.secret, now_s).is_some());
    accounts.end_session(anna.id, session.signed.session).unwrap();
    assert!(accounts.session(&session.secret, now_s).is_none());
    let token = accounts.new_token(anna.id, "laptop", Scope::Read, None).unwrap();
    assert_eq!(accounts.token(&token, now_s).map(|(_, scope)| scope), Some(Scope::Read));
    let link = accounts.make_link(Kind::Reset(anna.id), None, RESET_LIVES_S).unwrap();
    assert!(accounts.use_reset(&link, "drie ganzen liepen langs", now_s).is_ok());
    assert_eq!(accounts.use_reset(&link, "drie ganzen liepen langs", now_s), Err(LinkFault::Gone));
    let _ = Arc::clone(&anna);
}
