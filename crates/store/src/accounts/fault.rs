//! What can go wrong with accounts: what a caller can act on by name, the rest in one bag.
//!
//! The words here are for logs; what people read is written in `web` and `polder`.

use std::fmt;

/// The database did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountsError {
    /// The database was made by a newer Polder.
    Newer,
    /// The place can't be a database: a path that is not UTF-8, an address that can't be read.
    BadPlace(String),
    /// The file that held the accounts is gone, or another without any has its name.
    Away,
    /// Anything else, in the words of whoever found it; no values, no passwords.
    Other(String),
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Name or password are wrong, or the account is disabled: the three can't be told apart.
    Wrong,
    /// Too many failures; no sooner than after this time.
    Wait { seconds: u32 },
    /// Too many sign-ins wait already.
    Busy,
    /// The database did not answer.
    Store(AccountsError),
}

/// Why an account was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountFault {
    /// There is no such account, session or token.
    Unknown,
    LoginTaken,
    IdentityBad,
    /// It belongs to another account.
    IdentityTaken,
    LoginBad,
    NameBad,
    /// Another account has that display name.
    NameTaken,
    EmailBad,
    LangBad,
    GroupBad,
    LabelBad,
    PasswordShort,
    PasswordLong,
    /// One of the first that somebody would try.
    PasswordCommon,
    /// Made of the login, the name, the e-mail address or the name of the wiki.
    PasswordIsName,
    /// It would leave no enabled admin who can sign in.
    LastAdmin,
    /// More of these than an account may have.
    TooMany,
    Store(AccountsError),
}

/// Why a link did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// There is no such link: used, expired, of another kind, or never made.
    Gone,
    /// What came with it was refused. The link can be used again.
    Refused(AccountFault),
}

impl fmt::Display for AccountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccountsError::Newer => write!(f, "the accounts were written by a newer Polder"),
            AccountsError::Away => write!(f, "the file that held the accounts is gone"),
            AccountsError::BadPlace(why) | AccountsError::Other(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for AccountsError {}

impl From<AccountsError> for SignInError {
    fn from(error: AccountsError) -> SignInError {
        SignInError::Store(error)
    }
}

impl From<AccountsError> for AccountFault {
    fn from(error: AccountsError) -> AccountFault {
        AccountFault::Store(error)
    }
}

impl From<AccountFault> for LinkFault {
    fn from(fault: AccountFault) -> LinkFault {
        LinkFault::Refused(fault)
    }
}

impl From<AccountsError> for LinkFault {
    fn from(error: AccountsError) -> LinkFault {
        LinkFault::Refused(AccountFault::Store(error))
    }
}
