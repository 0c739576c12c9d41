//! What an account is, and what may stand in its fields.
//!
//! The password is not here: only `hashing` and the database see its hash.

use std::collections::BTreeSet;

use polder_core::path::{fold, is_invisible};
use unicode_normalization::UnicodeNormalization as _;

use super::fault::AccountFault;

/// Longest login, display name, group (characters) and e-mail address (bytes; RFC 5321).
pub const LOGIN_MAX_CHARS: usize = 64;
pub const NAME_MAX_CHARS: usize = 80;
pub const EMAIL_MAX_BYTES: usize = 254;
pub const GROUP_MAX_BYTES: usize = 64;
/// Groups of one account: more than any office has, few enough to look through per request.
pub const GROUPS_MAX: usize = 200;

/// Names that access rules use for everybody, for all accounts and for admins.
pub const RESERVED_GROUPS: [&str; 3] = ["everyone", "accounts", "admins"];
/// Logins that would be taken for somebody else, or for something else than somebody on the screens of
/// those who keep the accounts.
const RESERVED_LOGINS: [&str; 8] =
    ["everyone", "accounts", "admins", "anonymous", "anoniem", "polder", "invite", "withdraw"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub i64);

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// The name to sign in with, as it was chosen. Compared without regard to case.
    pub login: String,
    /// The display name, which goes into commits. No other account has it, by whatever case.
    pub name: String,
    pub email: Option<String>,
    /// The language that the interface is shown in; `None` for the browser's.
    pub lang: Option<String>,
    /// All of them.
    pub groups: BTreeSet<Box<str>>,
    /// Those that were given here; the others come from an issuer of single sign-on.
    pub own_groups: BTreeSet<Box<str>>,
    pub is_admin: bool,
    pub is_enabled: bool,
    /// 16 hexadecimal digits that stand for the person in commits, and mean nothing once the
    /// account is removed.
    pub opaque: String,
    pub has_password: bool,
    pub made_s: i64,
}

/// An account to be made.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    pub login: String,
    /// Empty: the login.
    pub name: String,
    pub email: Option<String>,
    pub lang: Option<String>,
    pub groups: BTreeSet<Box<str>>,
    pub is_admin: bool,
    /// Without one, the account signs in by single sign-on or after a reset.
    pub password: Option<String>,
}

/// What is to be different; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub login: Option<String>,
    pub name: Option<String>,
    pub email: Option<Option<String>>,
    pub lang: Option<Option<String>>,
    /// Those that are given here.
    pub groups: Option<BTreeSet<Box<str>>>,
    pub is_admin: Option<bool>,
}

/// What stands after the `@` of an account's address in commits. It belongs to no one else, and reaches
/// nobody (RFC 2606).
pub const COMMIT_DOMAIN: &str = "users.polder.invalid";

impl Account {
    /// The address that stands in commits instead of the e-mail address.
    pub fn commit_address(&self) -> String {
        format!("{}@{COMMIT_DOMAIN}", self.opaque)
    }
}

/// The form in which logins are compared and kept apart: `É.Vries` and `é.vries` are one.
pub(super) fn login_key(login: &str) -> String {
    fold(&login.nfkc().collect::<String>())
}

/// The form in which display names are compared: what looks like one name is one.
pub(super) fn name_key(name: &str) -> String {
    fold(&name.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A login is one word that can be typed, put in an address and sent by git: letters and digits of
/// any script, `.`, `_`, `-`, `+` and `@` between them.
pub(super) fn check_login(login: &str) -> Result<String, AccountFault> {
    let login: String = login.trim().nfc().collect();
    let is_edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_good = login.chars().count() <= LOGIN_MAX_CHARS
        && is_edge(login.chars().next())
        && is_edge(login.chars().next_back())
        && login.chars().all(|c| {
            c.is_alphanumeric()
                || unicode_normalization::char::is_combining_mark(c)
                || matches!(c, '.' | '_' | '-' | '+' | '@')
        })
        && !RESERVED_LOGINS.contains(&login_key(&login).as_str());
    if is_good { Ok(login) } else { Err(AccountFault::LoginBad) }
}

/// A display name must survive in a commit: one line, no angle brackets, something to read.
pub(super) fn check_name(name: &str) -> Result<String, AccountFault> {
    let name = name.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    let is_good = name.chars().count() <= NAME_MAX_CHARS
        && name.chars().any(char::is_alphanumeric)
        && !name.chars().any(|c| is_invisible(c) || matches!(c, '<' | '>'));
    if is_good { Ok(name) } else { Err(AccountFault::NameBad) }
}

/// Whether mail could go there at all. Who owns it is shown by a link that is mailed.
pub(super) fn check_email(email: &str) -> Result<String, AccountFault> {
    let email = email.trim();
    let is_good = email.len() <= EMAIL_MAX_BYTES
        && !email
            .chars()
            .any(|c| c.is_whitespace() || is_invisible(c) || matches!(c, '<' | '>' | ',' | ';' | '"' | '\\'))
        && email.split_once('@').is_some_and(|(user, host)| {
            let has_host = !host.is_empty() && host.split('.').all(|label| !label.is_empty());
            !user.is_empty() && has_host && !host.contains('@')
        });
    if is_good { Ok(email.to_owned()) } else { Err(AccountFault::EmailBad) }
}

/// Like `nl` or `pt-BR`; which ones there are is up to the interface.
pub(super) fn check_lang(lang: &str) -> Result<String, AccountFault> {
    let is_good =
        (2..=16).contains(&lang.len()) && lang.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_good { Ok(lang.to_owned()) } else { Err(AccountFault::LangBad) }
}

pub(super) fn check_groups(groups: &BTreeSet<Box<str>>) -> Result<(), AccountFault> {
    let is_good = groups.len() <= GROUPS_MAX && groups.iter().all(|group| is_group(group));
    if is_good { Ok(()) } else { Err(AccountFault::GroupBad) }
}

/// Whether this can be the name of a group: `[a-z0-9][a-z0-9-]{0,63}` and not reserved.
pub fn is_group(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= GROUP_MAX_BYTES
        && !name.starts_with('-')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !RESERVED_GROUPS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_words_and_compare_folded() {
        for good in ["anna", " anna ", "Å.de-Vries", "a", "anna@example.org", "安娜", "o+1"] {
            assert!(check_login(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "-a", "a-", "a:b", "a/b", "<a>", "a\u{200b}b", "Everyone", "polder", &"a".repeat(65)] {
            assert_eq!(check_login(bad), Err(AccountFault::LoginBad), "{bad:?}");
        }
        assert_eq!(login_key("É"), login_key("e\u{301}"));
        assert_eq!(login_key("ＡＮＮＡ"), "anna");
    }

    #[test]
    fn names_survive_in_a_commit() {
        assert_eq!(check_name("  Anna \n de  Vries ").as_deref(), Ok("Anna de Vries"));
        for bad in ["", "...", "a<b", "a\u{202e}b", "a\u{0}b", &"a".repeat(81)] {
            assert_eq!(check_name(bad), Err(AccountFault::NameBad), "{bad:?}");
        }
    }

    #[test]
    fn email_addresses_could_be_mailed_to() {
        for good in ["a@b", "anna.de.vries+wiki@mail.example.org"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@b\r\nBcc: c@d", "a@b,c@d", "<a@b>"] {
            assert_eq!(check_email(bad), Err(AccountFault::EmailBad), "{bad:?}");
        }
    }

    #[test]
    fn groups_are_small_words_that_rules_can_name() {
        assert!(is_group("team-1") && is_group("0") && is_group(&"a".repeat(64)));
        for bad in ["", "-a", "A", "a b", "a,b", "everyone", "accounts", "admins", &"a".repeat(65)] {
            assert!(!is_group(bad), "{bad:?}");
        }
    }
}
