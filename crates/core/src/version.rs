//! Named versions: what an annotated tag such as `plannen/plan-van-aanpak@v1` says.
//!
//! The tag's name tells of what it is a version (a page, a folder, or the whole wiki) and its
//! label; the message holds a note and trailers (`Date`, `Decision`, `Supersedes`, `Kind`). A
//! tag made by hand counts like one that Polder made. Tags are not read or written here, and no
//! history is known: a version of a page that moved is still one of its old path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr as _;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization as _;

use crate::ids::{CommitId, TagId};
use crate::limits;
use crate::path::{FilePath, push_percents};

/// How the line begins at which git has a signature begin.
const SIGNATURES: [&str; 4] = [
    "-----BEGIN PGP SIGNATURE-----",
    "-----BEGIN PGP MESSAGE-----",
    "-----BEGIN SSH SIGNATURE-----",
    "-----BEGIN SIGNED MESSAGE-----",
];

/// Of what a version is one, and what it is called: the name of its tag, read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionName {
    /// The address of a page or the path of a folder, in NFC; empty for the whole wiki.
    pub scope: Box<str>,
    pub label: Box<str>,
}

/// What makes a text no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelFault {
    Empty,
    /// Longer than 64 characters.
    Long,
    /// Holds what is neither a letter of ASCII, a digit, `.`, `_` nor `-`, or begins with a sign.
    Letters,
    /// Git takes no name that ends so, or that holds two dots in a row.
    Git,
    /// Could be taken for a date.
    Date,
}

/// What a version is to those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionKind {
    #[default]
    Revision,
    /// Mends an earlier version, and says the same otherwise.
    Erratum,
    /// From its date on nothing is in force.
    Withdrawal,
}

impl VersionKind {
    pub const ALL: [VersionKind; 3] = [VersionKind::Revision, VersionKind::Erratum, VersionKind::Withdrawal];

    /// The word in the trailer.
    pub fn word(self) -> &'static str {
        match self {
            VersionKind::Revision => "revision",
            VersionKind::Erratum => "erratum",
            VersionKind::Withdrawal => "withdrawal",
        }
    }

    pub fn parse(word: &str) -> Option<VersionKind> {
        VersionKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word.trim()))
    }
}

/// What a version says of itself: what stands in the message of its tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionText {
    /// The first line.
    pub title: String,
    /// What follows, without the trailers.
    pub note: String,
    pub date: Option<Date>,
    /// What decided it: the path or name of a page, or free text.
    pub decision: Option<String>,
    /// Labels of the versions that it takes the place of.
    pub supersedes: Vec<String>,
    pub kind: VersionKind,
}

/// The bytes of a tag, as the repository gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFacts {
    /// The commit that it names in the end.
    pub commit: CommitId,
    pub tagger: String,
    /// Seconds since 1970, and minutes from UTC.
    pub time_s: i64,
    pub offset_min: i32,
    pub message: String,
}

/// A named version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub name: VersionName,
    pub tag: TagId,
    pub commit: CommitId,
    /// From when it is in force: as its trailer says, else the day on which the tag was made.
    pub date: Date,
    pub text: VersionText,
    pub tagger: String,
    pub time_s: i64,
    pub offset_min: i32,
}

/// Why a text is no label; `Ok` for one that is.
pub fn check_label(label: &str) -> Result<(), LabelFault> {
    let is_sign = |b: u8| matches!(b, b'.' | b'_' | b'-');
    let Some(first) = label.bytes().next() else { return Err(LabelFault::Empty) };
    if !first.is_ascii_alphanumeric() || !label.bytes().all(|b| b.is_ascii_alphanumeric() || is_sign(b)) {
        return Err(LabelFault::Letters);
    }
    if label.len() > limits::LABEL_MAX_CHARS {
        return Err(LabelFault::Long);
    }
    if label.contains("..") || label.ends_with('.') || label.to_ascii_lowercase().ends_with(".lock") {
        return Err(LabelFault::Git);
    }
    if looks_like_date(label) {
        return Err(LabelFault::Date);
    }
    Ok(())
}

/// `2010`, `2010-05`, `2010-05-01`, whether there is such a day or not.
pub fn looks_like_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let digits =
        |part: Option<&str>, n: usize| part.is_some_and(|p| p.len() == n && p.bytes().all(|b| b.is_ascii_digit()));
    digits(parts.next(), 4) && parts.clone().count() <= 2 && parts.all(|part| digits(Some(part), 2))
}

/// A day as it stands in an address: `2010-05-01`.
pub fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 10 || !looks_like_date(text) {
        return None;
    }
    Date::from_str(text).ok()
}

impl VersionName {
    /// A name of parts that are known to be good.
    pub fn new(scope: &str, label: &str) -> VersionName {
        VersionName { scope: scope.nfc().collect::<String>().into(), label: label.into() }
    }

    /// Reads the name of a tag (without `refs/tags/`); `None` where it names no version.
    pub fn parse(tag: &str) -> Option<VersionName> {
        let (scope, label) = tag.rsplit_once('@')?;
        check_label(label).ok()?;
        let scope = crate::path::percent_decode(scope)?;
        // What Polder would not write so is another tag of the same name: not a version.
        let name = VersionName::new(&scope, label);
        (name.tag() == tag).then_some(name)
    }

    /// The name of its tag: the path with everything encoded that git or the `@` could trip over.
    pub fn tag(&self) -> String {
        let mut tag = String::with_capacity(self.scope.len() + self.label.len() + 1);
        for (at, segment) in self.scope.split('/').enumerate() {
            if at > 0 {
                tag.push('/');
            }
            let ends_like_lock = segment.len() >= 5
                && segment.is_char_boundary(segment.len() - 5)
                && segment[segment.len() - 5..].eq_ignore_ascii_case(".lock");
            let mut before = None;
            for (n, c) in segment.char_indices() {
                let is_last = n + c.len_utf8() == segment.len();
                let odd_dot = c == '.'
                    && (n == 0 || before == Some('.') || is_last || (ends_like_lock && n == segment.len() - 5));
                let refused = c.is_control() || matches!(c, '%' | '@' | ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
                if odd_dot || refused {
                    push_percents(c.encode_utf8(&mut [0; 4]), &mut tag);
                } else {
                    tag.push(c);
                }
                before = Some(c);
            }
        }
        tag.push('@');
        tag.push_str(&self.label);
        tag
    }

    /// As it is written for `?at=`: the scope as it is, `@`, the label.
    pub fn rev(&self) -> String {
        format!("{}@{}", self.scope, self.label)
    }

    /// Reads what `rev` wrote.
    pub fn parse_rev(rev: &str) -> Option<VersionName> {
        let (scope, label) = rev.rsplit_once('@')?;
        check_label(label).ok()?;
        Some(VersionName::new(scope.trim_matches('/'), label))
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.scope, self.label)
    }
}

impl VersionText {
    /// Reads the message of a tag. Trailers are the last paragraph, when every line of it is one
    /// (as `git interpret-trailers`); what is no known trailer is left alone, and a value that
    /// can't be read counts as absent.
    pub fn read(message: &str) -> VersionText {
        let message = message.trim();
        let (title, rest) = message.split_once('\n').unwrap_or((message, ""));
        let rest = rest.trim();
        let (note, last) = match rest.rfind("\n\n") {
            Some(at) => (&rest[..at], &rest[at + 2..]),
            None => ("", rest),
        };
        let mut text = VersionText { title: title.trim().to_owned(), ..VersionText::default() };
        let trailers: Option<Vec<(&str, &str)>> = last.lines().map(trailer).collect();
        let Some(trailers) = trailers.filter(|trailers| !trailers.is_empty()) else {
            text.note = rest.to_owned();
            return text;
        };
        text.note = note.trim().to_owned();
        for (key, value) in trailers {
            match key.to_ascii_lowercase().as_str() {
                "date" => text.date = parse_date(value),
                "decision" => text.decision = Some(value.to_owned()).filter(|value| !value.is_empty()),
                "supersedes" => text.supersedes.extend(
                    value.split(',').map(str::trim).filter(|label| check_label(label).is_ok()).map(str::to_owned),
                ),
                "kind" => text.kind = VersionKind::parse(value).unwrap_or_default(),
                _ => {}
            }
        }
        text
    }

    /// The message of a tag that says this. Line ends within a trailer become spaces; a line
    /// that could be taken for the beginning of a signature gets a space before it.
    pub fn write(&self) -> String {
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut message = unsigned(&one_line(&self.title));
        message.push('\n');
        let note = unsigned(self.note.trim());
        if !note.trim().is_empty() {
            message.push('\n');
            message.push_str(note.trim_end());
            message.push('\n');
        }
        message.push('\n');
        let mut put = |key: &str, value: &str| message.push_str(&format!("{key}: {value}\n"));
        if let Some(date) = self.date {
            put("Date", &date.to_string());
        }
        if let Some(decision) = &self.decision {
            put("Decision", &one_line(decision));
        }
        for label in &self.supersedes {
            put("Supersedes", label);
        }
        put("Kind", self.kind.word());
        message
    }
}

/// Whether a line of a tag's message is one at which its signature begins.
pub fn begins_signature(line: &str) -> bool {
    SIGNATURES.iter().any(|begin| line.starts_with(begin))
}

/// The same text without a line that could be taken for the beginning of a signature.
fn unsigned(text: &str) -> String {
    // What a tag can't hold goes first, so that nothing that goes later makes such a line.
    let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines = text.split('\n').map(|line| match begins_signature(line) {
        true => format!(" {line}"),
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `Key: value`.
fn trailer(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_key && (value.is_empty() || value.starts_with(' '))).then(|| (key, value.trim()))
}

impl Version {
    /// The version that a tag is; `None` where its name names none.
    pub fn read(tag_name: &str, tag: TagId, facts: &TagFacts) -> Option<Version> {
        let name = VersionName::parse(tag_name)?;
        let text = VersionText::read(&facts.message);
        let date = text.date.or_else(|| day_of(facts.time_s, facts.offset_min))?;
        Some(Version {
            name,
            tag,
            commit: facts.commit,
            date,
            text,
            tagger: facts.tagger.clone(),
            time_s: facts.time_s,
            offset_min: facts.offset_min,
        })
    }

    pub fn label(&self) -> &str {
        &self.name.label
    }
}

/// The day of a moment, by the clock that it was told by.
pub fn day_of(time_s: i64, offset_min: i32) -> Option<Date> {
    let offset = jiff::tz::Offset::from_seconds(offset_min.checked_mul(60)?).ok()?;
    Some(offset.to_datetime(jiff::Timestamp::from_second(time_s).ok()?).date())
}

/// All versions of a wiki.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// By scope; each list in the order in which they came into force.
    by_scope: BTreeMap<Box<str>, Vec<Version>>,
}

impl Versions {
    /// Puts versions in order. Of two labels of one scope that differ in case only, both are kept:
    /// each is found as it is written.
    pub fn new(all: impl IntoIterator<Item = Version>) -> Versions {
        let mut by_scope: BTreeMap<Box<str>, Vec<Version>> = BTreeMap::new();
        for version in all {
            by_scope.entry(version.name.scope.clone()).or_default().push(version);
        }
        for list in by_scope.values_mut() {
            list.sort_by(|a, b| order(a).cmp(&order(b)));
        }
        Versions { by_scope }
    }

    pub fn is_empty(&self) -> bool {
        self.by_scope.is_empty()
    }

    /// Every version, by scope and then by date.
    pub fn all(&self) -> impl Iterator<Item = &Version> {
        self.by_scope.values().flatten()
    }

    /// The pages and folders that have versions; `""` for the wiki.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.by_scope.keys().map(AsRef::as_ref)
    }

    /// The versions of exactly this page or folder, or of the wiki (`""`), oldest first.
    pub fn of(&self, scope: &str) -> &[Version] {
        self.by_scope.get(&*normal(scope)).map_or(&[], Vec::as_slice)
    }

    /// The version whose name is exactly this.
    pub fn named(&self, name: &VersionName) -> Option<&Version> {
        self.of(&name.scope).iter().find(|version| version.name == *name)
    }

    /// The version of exactly this scope with this label; where none is spelled so, one that
    /// differs in case.
    pub fn get(&self, scope: &str, label: &str) -> Option<&Version> {
        let list = self.of(scope);
        let exact = list.iter().find(|version| version.label() == label);
        exact.or_else(|| list.iter().find(|version| version.label().eq_ignore_ascii_case(label)))
    }

    /// The version that `page@label` means: the page's own before its folder's, the nearest folder
    /// before those above it, the wiki's last (DESIGN §3).
    pub fn find(&self, address: &str, label: &str) -> Option<&Version> {
        scopes(address).find_map(|scope| self.get(scope, label))
    }
}

fn order(version: &Version) -> (Date, i64, &str) {
    (version.date, version.time_s, version.label())
}

/// An address in the form in which versions are named: names of files may be decomposed, those of
/// tags never are.
pub fn normal(address: &str) -> Cow<'_, str> {
    match unicode_normalization::is_nfc(address) {
        true => Cow::Borrowed(address),
        false => Cow::Owned(address.nfc().collect()),
    }
}

/// The page itself, the folders above it from the nearest on, the wiki.
pub fn scopes(address: &str) -> impl Iterator<Item = &str> {
    let above = std::iter::successors((!address.is_empty()).then_some(address), |scope| {
        Some(scope.rsplit_once('/').map_or("", |(folder, _)| folder)).filter(|_| !scope.is_empty())
    });
    above.chain(address.is_empty().then_some(""))
}

/// Whether a file is what a version of `scope` is of: its page, a file of that path, or one in its folder.
pub fn is_of(path: &FilePath, scope: &str) -> bool {
    let address = normal(path.address());
    address.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || scope.is_empty())
}

/// Of versions in order, the one in force on a day; a withdrawal is in force too, and says that
/// nothing else is.
pub fn in_force<'a>(list: &[&'a Version], day: Date) -> Option<&'a Version> {
    list.iter().rev().find(|version| version.date <= day).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        parse_date(text).expect("a day")
    }

    fn version(tag: &str, message: &str, time_s: i64) -> Version {
        let facts = TagFacts {
            commit: CommitId([1; 20]),
            tagger: "Anna".into(),
            time_s,
            offset_min: 60,
            message: message.into(),
        };
        Version::read(tag, TagId([2; 20]), &facts).expect("a version")
    }

    #[test]
    fn the_name_of_a_tag_is_a_path_and_a_label() {
        let name = VersionName::parse("plannen/plan-van-aanpak@v1").expect("a name");
        assert_eq!((&*name.scope, &*name.label), ("plannen/plan-van-aanpak", "v1"));
        assert_eq!(VersionName::parse("@zomer").expect("a name").scope.as_ref(), "");
        let odd = VersionName::new("a b/.c@d%/e..f.lock", "v1");
        assert_eq!(odd.tag(), "a%20b/%2Ec%40d%25/e.%2Ef%2Elock@v1");
        assert_eq!(VersionName::parse(&odd.tag()), Some(odd));
        for tag in ["plan", "plan@", "plan@2010-01-01", "a b@v1", "a@b@v1", "plan@-x", "pl%61n@v1", "plan@v 1"] {
            assert_eq!(VersionName::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_label_is_told_why_it_is_none() {
        for good in ["v1", "1.2", "zomer", "v1.1-rc_2", "2010a", "2010-q1"] {
            assert_eq!(check_label(good), Ok(()), "{good}");
        }
        for (bad, fault) in [
            ("", LabelFault::Empty),
            ("v 1", LabelFault::Letters),
            (".v", LabelFault::Letters),
            ("v/1", LabelFault::Letters),
            ("één", LabelFault::Letters),
            ("v1..2", LabelFault::Git),
            ("v1.", LabelFault::Git),
            ("a.LOCK", LabelFault::Git),
            ("2010", LabelFault::Date),
            ("2010-13", LabelFault::Date),
            ("2010-01-01", LabelFault::Date),
        ] {
            assert_eq!(check_label(bad), Err(fault), "{bad}");
        }
        assert_eq!(check_label(&"v".repeat(65)), Err(LabelFault::Long));
    }

    #[test]
    fn a_message_is_a_title_a_note_and_trailers() {
        let text = VersionText::read(
            "Eerste versie\n\nVoorgelegd aan het overleg.\nTwee regels.\n\nDate: 2009-09-01\nDecision: besluiten/b-1\nSupersedes: v0, v0.1\nKind: erratum\nReviewed-by: Anna\n",
        );
        assert_eq!(text.title, "Eerste versie");
        assert_eq!(text.note, "Voorgelegd aan het overleg.\nTwee regels.");
        assert_eq!((text.date, text.kind), (Some(day("2009-09-01")), VersionKind::Erratum));
        assert_eq!(text.decision.as_deref(), Some("besluiten/b-1"));
        assert_eq!(text.supersedes, ["v0", "v0.1"]);
        let plain = VersionText::read("Alleen dit\n\nGeen aanhangsel: dit is een zin\nen nog een.");
        assert_eq!(plain.note, "Geen aanhangsel: dit is een zin\nen nog een.");
        assert_eq!(plain.date, None);
        let odd = VersionText::read("x\n\nDate: 2009-02-30\nKind: onbekend\nDecision:\n");
        assert_eq!((odd.date, odd.kind, odd.decision), (None, VersionKind::Revision, None));
    }

    #[test]
    fn what_is_said_is_never_taken_for_a_signature() {
        let text = VersionText {
            title: "-----BEGIN SSH SIGNATURE-----".into(),
            note: "a\n\u{0}-----BEGIN PGP SIGNATURE-----\r\n-----BEGIN SIGNED MESSAGE----- b".into(),
            kind: VersionKind::Withdrawal,
            ..VersionText::default()
        };
        let message = text.write();
        assert!(!message.lines().any(begins_signature), "{message:?}");
        let read = VersionText::read(&message);
        assert_eq!((read.title, read.kind), (text.title, VersionKind::Withdrawal));
        assert_eq!(read.note, "a\n -----BEGIN PGP SIGNATURE-----\n -----BEGIN SIGNED MESSAGE----- b");
    }

    #[test]
    fn versions_are_ordered_by_when_they_hold() {
        let list = Versions::new([
            version("plan@v2", "b\n\nDate: 2010-01-01\n", 0),
            version("plan@v1", "a\n\nDate: 2009-09-01\n", 900),
            version("plan@weg", "c\n\nDate: 2011-01-01\nKind: withdrawal\n", 0),
            version("@zomer", "d\n\nDate: 2010-06-01\n", 0),
            version("a@v1", "e\n\nDate: 2010-06-01\n", 0),
        ]);
        let own: Vec<&Version> = list.of("plan").iter().collect();
        assert_eq!(own.iter().map(|version| version.label()).collect::<Vec<_>>(), ["v1", "v2", "weg"]);
        let label = |text: &str| in_force(&own, day(text)).map(Version::label);
        assert_eq!(label("2009-08-31"), None);
        assert_eq!(label("2009-09-01"), Some("v1"));
        assert_eq!(label("2010-12-31"), Some("v2"));
        assert_eq!(label("2011-01-01"), Some("weg"));
        assert_eq!(list.find("a/b/c", "v1").map(|found| found.name.rev()).as_deref(), Some("a@v1"));
        assert_eq!(list.find("plan", "V1").map(Version::label), Some("v1"));
        assert_eq!(list.find("plan", "zomer").map(|found| found.name.rev()).as_deref(), Some("@zomer"));
        assert_eq!(list.find("plan", "v9"), None);
        assert_eq!(scopes("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(scopes("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn without_a_date_the_tag_says_the_day() {
        // 23:30 UTC on 31 December is the next day an hour further east.
        assert_eq!(version("plan@v1", "x", 1_262_302_200).date, day("2010-01-01"));
    }

    proptest! {
        #[test]
        fn every_path_has_a_tag_that_git_takes_and_that_reads_back(scope in "[^\\u{0}-\\u{1f}/]{0,12}(/[^\\u{0}-\\u{1f}/]{1,12}){0,3}") {
            let name = VersionName::new(&scope, "v1");
            prop_assume!(!name.scope.split('/').any(str::is_empty) || name.scope.is_empty());
            let tag = name.tag();
            prop_assert!(git2_like(&tag), "{tag}");
            prop_assert_eq!(VersionName::parse(&tag), Some(name));
        }

        #[test]
        fn what_is_written_reads_back(title in "[a-zA-Z ]{1,20}", note in "[a-z :\n]{0,60}", decision in "[a-z/ ]{0,20}", n in 0..3usize) {
            let text = VersionText {
                title: title.split_whitespace().collect::<Vec<_>>().join(" "),
                note: note.trim().to_owned(),
                date: Some(day("2010-05-01")),
                decision: Some(decision.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty()),
                supersedes: vec!["v0".to_owned(); n],
                kind: VersionKind::Erratum,
            };
            prop_assume!(!text.title.is_empty());
            prop_assert_eq!(VersionText::read(&text.write()), text);
        }

        #[test]
        fn any_message_is_read(message in any::<String>()) {
            VersionText::read(&message);
        }
    }

    /// The rules of `git check-ref-format` for what follows `refs/tags/`.
    fn git2_like(tag: &str) -> bool {
        !tag.contains("..")
            && !tag.contains("@{")
            && !tag.ends_with('.')
            && !tag.contains(|c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c))
            && tag.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
    }
}
