//! Which passwords may be chosen: long ones that nobody would try first.
//!
//! No list is shipped. A password is taken apart into what guessers put together: common words, runs
//! of the keyboard and the alphabet, years, repetitions. If few such pieces make all of it, it is
//! refused. So `Welkom123456!` falls, and a sentence of one's own stands. Nothing is asked of upper
//! case, digits or signs, and no password ever expires.

use std::collections::BTreeSet;

use polder_core::path::fold;

use super::fault::AccountFault;

/// Shortest and longest password in characters. Long enough to guess slowly; short enough to hash.
pub const SHORTEST: usize = 12;
pub const LONGEST: usize = 256;

/// Fewer different characters than this are a pattern, whatever they are.
const FEWEST_DIFFERENT: usize = 5;
/// So many pieces that guessers know make a password that guessers try.
const FEWEST_PIECES: u32 = 5;
/// A run shorter than this is chance.
const SHORTEST_RUN: usize = 3;
/// Words of the person or the wiki shorter than this are chance too.
const SHORTEST_OWN: usize = 4;
/// What must be left of a password besides the person's own words.
const FEWEST_BESIDES: usize = 8;
/// Longest prefix that is repeated to make a password, like `dijk-dijk-dijk-`.
const LONGEST_UNIT: usize = 8;

/// Rows of the keyboards in use here, and the two runs that everybody knows.
const RUNS: [&str; 10] = [
    "`1234567890-=",
    "qwertyuiop[]\\",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "azertyuiop",
    "qsdfghjklm",
    "qwertzuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
];

/// What people take for a password, in Dutch and English: greetings, seasons, months, days, love,
/// names of the trade, first names, animals, sports, swear words excepted.
const WORDS: &str = "password passwords passwd passwort pass passphrase wachtwoord wachtwoorden geheim geheime secret secrets \
 wachtzin sleutel login logon inloggen aanmelden signin user username gebruiker gebruikers admin administrator beheer beheerder \
 root toor master superuser guest gast test tester testing testen demo default standaard sample changeme change verander wijzig \
 temp temporary tijdelijk letmein open sesame welkom welcome hallo hello goedemorgen goodmorning hoi \
 lente voorjaar zomer herfst najaar winter spring summer autumn fall season seizoen \
 januari februari maart april mei juni juli augustus september oktober november december \
 january february march may june july august october \
 maandag dinsdag woensdag donderdag vrijdag zaterdag zondag monday tuesday wednesday thursday friday saturday sunday \
 vandaag morgen gisteren today tomorrow yesterday jaar year maand month week dag day \
 liefde lief schat schatje liefje love lover iloveyou loveyou ikhouvanjou houvanjou baby angel engel prinses princess koning king \
 queen koningin sunshine zonnetje zon sun star ster rainbow regenboog flower bloem bloemen \
 voetbal football soccer hockey tennis basketball baseball feyenoord ajax psv oranje holland nederland netherlands amsterdam \
 rotterdam utrecht denhaag groningen europa belgie vlaanderen brabant friesland \
 computer internet google facebook microsoft windows office apple android samsung linux ubuntu github gitlab wiki polder \
 server database network netwerk system systeem project projecten programma bureau kantoor gemeente provincie rijk overheid \
 ministerie ambtenaar ambtenaren waterschap dijk molen kaas tulp tulpen fiets \
 monkey aap dragon draak tiger tijger lion leeuw hond kat kater poes dog cat puppy paard horse vlinder butterfly panda beer bear \
 shadow schaduw hunter jager ninja pirate piraat batman superman spiderman pokemon starwars matrix trustno whatever freedom \
 vrijheid vrede peace money geld gold goud silver zilver diamond diamant chocolate chocolade koffie coffee bier beer pizza cookie \
 michael michelle jessica jennifer daniel thomas robert charlie jordan andrew joshua matthew ashley nicole amanda william george \
 jan piet klaas kees henk willem johan peter paul mark jeroen bas tim tom lars sem daan luuk lucas noah emma anna eva sophie lisa \
 laura sanne anouk maria johanna wilhelmina elisabeth nina mike alex sam max \
 correct horse battery staple qwerty azerty qwertz asdf zxcv qazwsx abc abcd aaa xxx zzz \
 een twee drie vier vijf zes zeven acht negen tien one two three four five six seven eight nine ten \
 de het mijn my jouw your the is van of for voor met with and en in op ik you i a";

/// Judges a new password of somebody with these own words (login, name, e-mail address, the wiki's).
pub(super) fn judge(password: &str, own: &[&str]) -> Result<(), AccountFault> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(AccountFault::PasswordShort);
    }
    if length > LONGEST {
        return Err(AccountFault::PasswordLong);
    }
    let folded: Vec<char> = fold(password).chars().collect();
    if is_mostly_own(&folded, own) {
        return Err(AccountFault::PasswordIsName);
    }
    if folded.iter().collect::<BTreeSet<_>>().len() < FEWEST_DIFFERENT || is_repeated(&folded) {
        return Err(AccountFault::PasswordCommon);
    }
    // Letters written as digits and signs are the first thing that guessers undo.
    let spelled: Vec<char> = folded.iter().copied().map(unmasked).collect();
    let words: BTreeSet<Vec<char>> = WORDS.split_whitespace().map(|word| word.chars().collect()).collect();
    match pieces(&folded, &spelled, &words) < FEWEST_PIECES {
        true => Err(AccountFault::PasswordCommon),
        false => Ok(()),
    }
}

/// Whether little is left when the person's own words are taken out.
fn is_mostly_own(folded: &[char], own: &[&str]) -> bool {
    let mut rest: String = folded.iter().filter(|c| c.is_alphanumeric()).collect();
    let mut words: Vec<String> = own
        .iter()
        .flat_map(|text| {
            let text = fold(text);
            let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
            let parts: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
            std::iter::once(joined).chain(parts)
        })
        .filter(|word| word.chars().count() >= SHORTEST_OWN)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let before = rest.len();
    for word in &words {
        rest = rest.replace(word.as_str(), "");
    }
    rest.len() < before && rest.chars().count() < FEWEST_BESIDES
}

fn is_repeated(folded: &[char]) -> bool {
    (1..=LONGEST_UNIT.min(folded.len() / 2))
        .any(|unit| folded.iter().zip(&folded[unit..]).all(|(before, after)| before == after))
}

fn unmasked(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        _ => c,
    }
}

/// How many pieces make the whole at the least. A word, a run, up to four digits (a year, a day) and
/// any other letter are one piece; blanks and signs between them are none.
fn pieces(folded: &[char], spelled: &[char], words: &BTreeSet<Vec<char>>) -> u32 {
    let longest = words.iter().map(Vec::len).max().unwrap_or(0);
    let mut least = vec![0_u32; folded.len() + 1];
    for end in 1..=folded.len() {
        let last = folded[end - 1];
        let mut best = least[end - 1] + u32::from(last.is_alphanumeric());
        for start in end.saturating_sub(longest)..end {
            if words.contains(&folded[start..end]) || words.contains(&spelled[start..end]) {
                best = best.min(least[start] + 1);
            }
        }
        for start in (0..end).rev() {
            let piece = &folded[start..end];
            if piece.len() >= 2 && !is_run(piece) && !is_digits(piece) {
                break;
            }
            if is_digits(piece) || piece.len() >= SHORTEST_RUN {
                best = best.min(least[start] + 1);
            }
        }
        least[end] = best;
    }
    least[folded.len()]
}

fn is_digits(piece: &[char]) -> bool {
    piece.len() <= 4 && piece.iter().all(char::is_ascii_digit)
}

/// A stretch of one row in either direction, or one character again and again.
fn is_run(piece: &[char]) -> bool {
    let forward: String = piece.iter().collect();
    let backward: String = piece.iter().rev().collect();
    piece.iter().all(|c| *c == piece[0]) || RUNS.iter().any(|row| row.contains(&forward) || row.contains(&backward))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), AccountFault> {
        judge(password, &["anna", "Anna de Vries", "a.devries@example.org", "Dijkversterking Noord"])
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(judged("kort maar 1"), Err(AccountFault::PasswordShort));
        assert_eq!(judged("éééééééééé"), Err(AccountFault::PasswordShort));
        assert_eq!(judged("zeven gele vogels"), Ok(()));
        let mut long = "zeven gele vogels ".repeat(20);
        long.truncate(256);
        assert_ne!(judged(&long), Err(AccountFault::PasswordLong));
        assert_eq!(judged(&format!("{long}x")), Err(AccountFault::PasswordLong));
        assert_eq!(judged(&"x".repeat(10_000_000)), Err(AccountFault::PasswordLong));
    }

    #[test]
    fn what_guessers_try_first_is_refused() {
        for common in [
            "password1234",
            "Password2024!",
            "P@ssw0rd2025",
            "wachtwoord123",
            "Welkom123456!",
            "Welkom2026!!",
            "welkom01welkom",
            "qwertyuiop[]",
            "qwertyuiopas",
            "1qaz2wsx3edc",
            "123456789012",
            "zomer-2024-zomer",
            "Herfst2025!!!",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "dijk-dijk-dijk-",
            "januari12345",
            "iloveyou2000",
            "letmein12345",
            "administrator1",
            "0987654321qwerty",
            "abcdefghijklm",
            "changeme1234",
            "Wachtwoord!Wachtwoord!",
        ] {
            assert_eq!(judged(common), Err(AccountFault::PasswordCommon), "{common}");
        }
    }

    #[test]
    fn own_words_are_refused_where_little_else_is_left() {
        for own in
            ["annadevries12", "Anna-de-Vries!!", "a.devries@example.org", "DijkversterkingNoord1", "devries-devries"]
        {
            assert_eq!(judged(own), Err(AccountFault::PasswordIsName), "{own}");
        }
        assert_eq!(judged("anna eet graag haring"), Ok(()));
    }

    #[test]
    fn sentences_and_chance_may_be_chosen() {
        for good in [
            "mijn fiets staat scheef tegen de heg",
            "x7Tq-pL0w-zzKe",
            "paars konijn onder tafel",
            "Vq3!nR8#kz2Lw",
            "drie ganzen liepen langs",
            "пароль длинный как река",
            "長い秘密の言葉をここに書いておく",
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
    }
}
