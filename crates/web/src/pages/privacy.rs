//! What the wiki holds about people. Says what is so, not what a lawyer would like: whoever changes
//! what is kept changes this screen.

use actix_web::HttpResponse;

use crate::guard::Reader;
use crate::pages::screen::{self, Screen};
use crate::views::privacy::{HeldLine, PrivacyView, privacy as privacy_view};
use crate::words::Words;

/// `GET /-/privacy`.
pub async fn privacy(reader: Reader) -> HttpResponse {
    reader
        .run(|ask| {
            let words = ask.words;
            let view = PrivacyView {
                lead: words.t("privacy-lead").to_owned(),
                held: held(words),
                cookies: cookies(words),
                notes: ["privacy-git", "privacy-none"].map(|key| words.t(key).to_owned()).into(),
                account_href: ask.person.signed().map(|_| "/-/account".to_owned()),
            };
            let frame = Screen { indexed: true, ..Screen::new(words.t("privacy-title")) };
            let mut answer = screen::screen(ask, frame, privacy_view(words, &view));
            answer.keep = screen::keep(ask);
            Ok(answer)
        })
        .await
}

fn lines(words: &Words, keys: &[[&str; 3]]) -> Vec<HeldLine> {
    let line = |[what, why, how_long]: &[&str; 3]| HeldLine {
        what: words.t(what).to_owned(),
        why: words.t(why).to_owned(),
        how_long: words.t(how_long).to_owned(),
    };
    keys.iter().map(line).collect()
}

fn held(words: &Words) -> Vec<HeldLine> {
    lines(
        words,
        &[
            ["privacy-account", "privacy-account-why", "privacy-account-long"],
            ["privacy-password", "privacy-password-why", "privacy-account-long"],
            ["privacy-session", "privacy-session-why", "privacy-session-long"],
            ["privacy-log", "privacy-log-why", "privacy-log-long"],
            ["privacy-acts", "privacy-acts-why", "privacy-acts-long"],
            ["privacy-changes", "privacy-changes-why", "privacy-changes-long"],
        ],
    )
}

fn cookies(words: &Words) -> Vec<HeldLine> {
    lines(
        words,
        &[
            ["privacy-cookie-session", "privacy-cookie-session-why", "privacy-cookie-session-long"],
            ["privacy-cookie-oidc", "privacy-cookie-oidc-why", "privacy-cookie-oidc-long"],
            ["privacy-cookie-lang", "privacy-cookie-lang-why", "privacy-cookie-lang-long"],
            ["privacy-cookie-name", "privacy-cookie-name-why", "privacy-cookie-name-long"],
        ],
    )
}
