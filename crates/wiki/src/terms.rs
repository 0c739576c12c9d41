//! Words: how search cuts a text, what it takes for the same word, what a query means, and which
//! passage of a text to show for it.
//!
//! A word is a run of letters and digits, in lower case and without accents. Beside the word
//! itself its Dutch and its English stem are indexed, in a field of their own: pages in both
//! languages are found by both, a phrase or the begin of a word is still matched exactly, and
//! nobody has to say which language a page is in. No stop words: a page called "Het" is a page.
//!
//! Everything here is text in, values out. Nothing is known of pages or of the index.

use std::cell::RefCell;
use std::iter::once;
use std::ops::Range;

use rustc_hash::FxHashMap;
use tantivy::tokenizer::{Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Raise this when a text is cut into other words or stems: the index is then made anew.
pub const VERSION: u32 = 1;

/// A longer word is cut: what is longer is a hash or an encoded picture.
const WORD_MAX_BYTES: usize = 64;
/// No more of a word than this is looked at: a letter may carry any number of accents.
const WORD_READ_BYTES: usize = 4 * WORD_MAX_BYTES;
/// A query is cut here: more is a pasted page, not a question.
const QUERY_MAX_CHARS: usize = 1_000;
/// Words of a query that count. Below 255, since `search` counts them in a byte.
const QUERY_MAX_WORDS: usize = 64;
/// The begin of a word is looked for from so many letters on; one letter finds everything.
const PREFIX_MIN_CHARS: usize = 2;
/// Stems remembered per thread; nine in ten words of a text are among its commonest thousands.
const STEMS_KEPT: usize = 16_384;
/// A word is stemmed so many times at most; three is the most seen.
const STEM_ROUNDS: usize = 4;
/// How long a passage is about.
const PASSAGE_BYTES: usize = 200;
/// Marked words further apart than this don't belong to one passage.
const CLUSTER_BYTES: usize = 160;

/// The words of a text, as ranges of bytes.
///
/// Accents on a letter belong to the word, and so does the `'s` of `foto's`. Ideographs and kana,
/// which are written without blanks, are a word each; as a query they then make a phrase.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// See `words`.
pub struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Words<'_> {
    fn char(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_to_word(&mut self) -> Option<()> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if IS_PLAIN[usize::from(byte)] {
                return Some(());
            }
            if byte.is_ascii() {
                self.at += 1;
                continue;
            }
            let c = self.char()?;
            if c.is_alphanumeric() {
                return Some(());
            }
            self.at += c.len_utf8();
        }
    }

    /// The length of an apostrophe that is followed by the last `s` of a word, else 0.
    fn apostrophe(&self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let length = match rest {
            [b'\'', ..] => 1,
            [0xe2, 0x80, 0x99, ..] => 3,
            _ => return 0,
        };
        let mut after = self.text[self.at + length..].chars();
        let is_end = matches!(after.next(), Some('s' | 'S')) && !after.next().is_some_and(char::is_alphanumeric);
        if is_end { length } else { 0 }
    }
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        self.skip_to_word()?;
        let start = self.at;
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            if IS_PLAIN[usize::from(*byte)] {
                self.at += 1;
                continue;
            }
            if byte.is_ascii() && *byte != b'\'' {
                break;
            }
            let apostrophe = self.apostrophe();
            if apostrophe > 0 {
                self.at += apostrophe;
                continue;
            }
            let Some(c) = self.char().filter(|c| !c.is_ascii()) else { break };
            if stands_alone(c) {
                if self.at == start {
                    self.at += c.len_utf8();
                }
                break;
            }
            if !c.is_alphanumeric() && !is_combining_mark(c) {
                break;
            }
            self.at += c.len_utf8();
        }
        Some(start..self.at)
    }
}

/// The letters and digits of ASCII, by byte.
static IS_PLAIN: [bool; 256] = {
    let mut is_plain = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        is_plain[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    is_plain
};

/// Ideographs and kana.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Folds a word into `out`: lower case, no accents, no apostrophe, ligatures as letters.
pub fn fold_into(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        let letters = word.bytes().filter(u8::is_ascii_alphanumeric).take(WORD_MAX_BYTES);
        out.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    let mut end = word.len().min(WORD_READ_BYTES);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    let letters = word[..end].nfkd().flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c));
    for c in letters {
        if out.len() >= WORD_MAX_BYTES {
            return;
        }
        match c {
            '\'' | '\u{2019}' => {}
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
            'ı' => out.push('i'),
            'þ' => out.push_str("th"),
            'ς' => out.push('σ'),
            _ => out.push(c),
        }
    }
}

/// See `fold_into`.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    fold_into(word, &mut folded);
    folded
}

/// A tag as one term: its words, folded, with a blank between them. `open-data` is `Open data`.
pub fn fold_tag(tag: &str) -> String {
    let mut term = String::with_capacity(tag.len());
    for word in words(tag) {
        if !term.is_empty() {
            term.push(' ');
        }
        term.push_str(&fold(&tag[word]));
    }
    term
}

/// Hands the Dutch and the English stem of a folded word to `take`; `None` for a word that has no
/// stem, since it is no word of letters without accents.
pub fn with_stems<T>(folded: &str, take: impl FnOnce(Option<(&str, &str)>) -> T) -> T {
    if folded.is_empty() || !folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return take(None);
    }
    STEMS.with_borrow_mut(|stems| {
        if let Some((dutch, english)) = stems.known.get(folded) {
            return take(Some((dutch, english)));
        }
        if stems.known.len() >= STEMS_KEPT {
            stems.known.clear();
        }
        let (dutch, english) = (stem(&mut stems.dutch, folded), stem(&mut stems.english, folded));
        let taken = take(Some((&dutch, &english)));
        stems.known.insert(folded.into(), (dutch, english));
        taken
    })
}

thread_local! {
    static STEMS: RefCell<Stems> = RefCell::new(Stems {
        dutch: stemmer(Language::Dutch),
        english: stemmer(Language::English),
        known: FxHashMap::default(),
    });
}

struct Stems {
    dutch: TextAnalyzer,
    english: TextAnalyzer,
    known: FxHashMap<Box<str>, (Box<str>, Box<str>)>,
}

fn stemmer(language: Language) -> TextAnalyzer {
    TextAnalyzer::builder(RawTokenizer::default()).filter(Stemmer::new(language)).build()
}

/// Stems until nothing changes, so that a word and its stem always meet: the Dutch stem of
/// `fietsen` is `fiets`, and that of `fiets` is `fiet`.
///
/// Dutch stemming also takes `ge` off, which brings `gefietst` to `fiets`, but `gemeente` to
/// `mening` too. The `ge` is put back.
fn stem(stemmer: &mut TextAnalyzer, folded: &str) -> Box<str> {
    let mut stem = folded.to_owned();
    for _ in 0..STEM_ROUNDS {
        let shorter = match stemmer.token_stream(&stem).next() {
            Some(token) if token.text.is_empty() => break,
            Some(token) if stem.starts_with("ge") && !token.text.starts_with('g') => format!("ge{}", token.text),
            Some(token) => token.text.clone(),
            None => break,
        };
        if shorter == stem {
            break;
        }
        stem = shorter;
    }
    stem.into()
}

/// What a field holds of each word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// The word as it is, folded.
    Words,
    /// Its stems.
    Stems,
    /// The word and such stems as differ from it, all at its position.
    Both,
}

/// Cuts the text of a field for the index.
#[derive(Clone)]
pub struct Cutter {
    pub terms: Terms,
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Cut<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut<'a> {
        Cut {
            terms: self.terms,
            words: words(text),
            text,
            folded: String::new(),
            waiting: Default::default(),
            n_waiting: 0,
            token: Token::default(),
        }
    }
}

/// The terms of one text. Buffers are kept from word to word, so that cutting allocates little.
pub struct Cut<'a> {
    terms: Terms,
    words: Words<'a>,
    text: &'a str,
    folded: String,
    /// Terms at the present position that are still to come, last first.
    waiting: [String; 3],
    n_waiting: usize,
    token: Token,
}

impl Cut<'_> {
    fn wait(&mut self, term: &str) {
        if self.waiting[..self.n_waiting].iter().any(|waiting| waiting == term) {
            return;
        }
        if let Some(slot) = self.waiting.get_mut(self.n_waiting) {
            slot.clear();
            slot.push_str(term);
            self.n_waiting += 1;
        }
    }
}

impl TokenStream for Cut<'_> {
    fn advance(&mut self) -> bool {
        while self.n_waiting == 0 {
            let Some(range) = self.words.next() else { return false };
            self.token.position = self.token.position.wrapping_add(1);
            (self.token.offset_from, self.token.offset_to) = (range.start, range.end);
            let mut folded = std::mem::take(&mut self.folded);
            fold_into(&self.text[range], &mut folded);
            if self.terms != Terms::Stems && !folded.is_empty() {
                self.wait(&folded);
            }
            if self.terms != Terms::Words {
                with_stems(&folded, |stems| {
                    if let Some((dutch, english)) = stems {
                        self.wait(dutch);
                        self.wait(english);
                    }
                });
            }
            self.folded = folded;
        }
        self.n_waiting -= 1;
        std::mem::swap(&mut self.token.text, &mut self.waiting[self.n_waiting]);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// What somebody looks for. Any text is a query; what means nothing in it is left out.
///
/// `words` all count, in any order · `"some words"` stand next to each other, spelled so ·
/// `-word` must not be there · `begin*` begins a word, as the last word always may · `title:word`
/// and `tag:word` look there only. A chunk such as `BA-2009-004` is a phrase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub wanted: Vec<Clause>,
    pub unwanted: Vec<Clause>,
}

/// One condition of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    pub place: Place,
    pub what: What,
}

/// Where a condition looks. `title:` with a phrase is loose about stems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Text,
    Title,
}

/// What a condition looks for; all words are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Word {
        word: String,
        /// No stems: only this spelling.
        stems: Vec<String>,
        /// Also words that begin so.
        is_prefix: bool,
    },
    /// Two or more words in this order.
    Phrase(Vec<String>),
    /// A whole tag, as `fold_tag` makes it.
    Tag(String),
}

impl Query {
    /// Reads a query as a person types it.
    pub fn parse(text: &str) -> Query {
        let end = text.char_indices().nth(QUERY_MAX_CHARS).map_or(text.len(), |(at, _)| at);
        let mut query = Query::default();
        let mut rest = &text[..end];
        let mut n_words = 0;
        // Whether the last clause is one that somebody may still be typing.
        let mut is_open = false;
        while n_words < QUERY_MAX_WORDS {
            let Some((chunk, after)) = next_chunk(rest) else { break };
            rest = after;
            let Some(what) = chunk.read(QUERY_MAX_WORDS - n_words) else { continue };
            n_words += what.n_words();
            let place = if chunk.field == Field::Title { Place::Title } else { Place::Text };
            is_open = !chunk.is_quoted && !chunk.is_unwanted;
            let list = if chunk.is_unwanted { &mut query.unwanted } else { &mut query.wanted };
            let clause = Clause { place, what };
            list.retain(|other| *other != clause);
            list.push(clause);
        }
        if is_open && let Some(Clause { what: What::Word { word, is_prefix, .. }, .. }) = query.wanted.last_mut() {
            *is_prefix |= word.chars().count() >= PREFIX_MIN_CHARS;
        }
        query
    }

    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty()
    }

    /// The same with phrases taken apart, for when nothing has it all.
    pub fn loosened(&self) -> Query {
        let wanted = self.wanted.iter().flat_map(|clause| match &clause.what {
            What::Phrase(phrase) => {
                let words = phrase.iter().map(|word| What::word(word, false));
                words.map(|what| Clause { place: clause.place, what }).collect()
            }
            _ => vec![clause.clone()],
        });
        Query { wanted: wanted.collect(), unwanted: self.unwanted.clone() }
    }
}

impl What {
    /// A word in all its forms.
    fn word(folded: &str, is_prefix: bool) -> What {
        let mut stems = Vec::new();
        with_stems(folded, |found| {
            if let Some((dutch, english)) = found {
                stems.push(dutch.to_owned());
                if english != dutch {
                    stems.push(english.to_owned());
                }
            }
        });
        What::Word { word: folded.to_owned(), stems, is_prefix }
    }

    fn n_words(&self) -> usize {
        match self {
            What::Phrase(words) => words.len(),
            What::Word { .. } | What::Tag(_) => 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    None,
    Title,
    Tag,
}

/// A piece of a query between blanks, or between quotation marks.
struct Chunk<'a> {
    field: Field,
    is_unwanted: bool,
    is_quoted: bool,
    text: &'a str,
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

fn after_quote(text: &str) -> &str {
    text.strip_prefix(is_quote).unwrap_or(text)
}

/// Cuts the first chunk off. `None` when nothing is left.
fn next_chunk(text: &str) -> Option<(Chunk<'_>, &str)> {
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return None;
    }
    let is_unwanted = rest.starts_with('-');
    if is_unwanted {
        rest = &rest[1..];
    }
    let mut field = Field::None;
    for (name, named) in [("title:", Field::Title), ("titel:", Field::Title), ("tag:", Field::Tag)] {
        if rest.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name)) {
            field = named;
            rest = &rest[name.len()..];
            break;
        }
    }
    let is_quoted = rest.starts_with(is_quote);
    let (text, after) = if is_quoted {
        let inner = after_quote(rest);
        let end = inner.find(is_quote).unwrap_or(inner.len());
        (&inner[..end], after_quote(&inner[end..]))
    } else {
        let end = rest.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(rest.len());
        rest.split_at(end)
    };
    Some((Chunk { field, is_unwanted, is_quoted, text }, after))
}

impl Chunk<'_> {
    /// What the chunk asks for, with at most `most` words.
    fn read(&self, most: usize) -> Option<What> {
        if self.field == Field::Tag {
            let tag = fold_tag(self.text);
            return (!tag.is_empty()).then_some(What::Tag(tag));
        }
        let folded = words(self.text).map(|word| fold(&self.text[word]));
        let mut folded: Vec<String> = folded.filter(|word| !word.is_empty()).take(most).collect();
        match folded.len() {
            0 => None,
            1 => {
                let word = folded.pop()?;
                Some(match self.is_quoted {
                    true => What::Word { word, stems: Vec::new(), is_prefix: false },
                    false => What::word(&word, self.text.ends_with('*')),
                })
            }
            _ => Some(What::Phrase(folded)),
        }
    }
}

/// Finds the words of a query in texts. Made once per query.
pub struct Marker<'a> {
    /// Folded words and stems of the clauses.
    words: FxHashMap<&'a str, usize>,
    stems: FxHashMap<&'a str, usize>,
    prefixes: Vec<(&'a str, usize)>,
    phrases: Vec<(&'a [String], usize)>,
    n_clauses: usize,
    /// First bytes that a word must have to be looked at any closer.
    initials: [bool; 256],
}

/// A word to be marked, and the clause that it answers.
struct Mark {
    at: Range<usize>,
    clause: usize,
}

impl<'a> Marker<'a> {
    pub fn new(clauses: &'a [Clause]) -> Marker<'a> {
        let mut marker = Marker {
            words: FxHashMap::default(),
            stems: FxHashMap::default(),
            prefixes: Vec::new(),
            phrases: Vec::new(),
            n_clauses: clauses.len(),
            initials: [false; 256],
        };
        for (at, clause) in clauses.iter().enumerate() {
            match &clause.what {
                What::Word { word, stems, is_prefix } => {
                    marker.words.insert(word, at);
                    marker.stems.extend(stems.iter().map(|stem| (stem.as_str(), at)));
                    if *is_prefix {
                        marker.prefixes.push((word, at));
                    }
                    stems.iter().chain(once(word)).for_each(|form| marker.note_initial(form));
                }
                What::Phrase(phrase) => {
                    marker.phrases.push((phrase, at));
                    phrase.last().into_iter().for_each(|word| marker.note_initial(word));
                }
                What::Tag(_) => {}
            }
        }
        marker
    }

    fn note_initial(&mut self, form: &str) {
        if let Some(first) = form.bytes().next() {
            self.initials[usize::from(first)] = true;
            self.initials[usize::from(first.to_ascii_uppercase())] = true;
        }
        // What is not ASCII may fold to anything.
        self.initials[128..].fill(true);
    }

    /// Whether a word answers a clause.
    fn clause_of(&self, folded: &str) -> Option<usize> {
        if let Some(clause) = self.words.get(folded) {
            return Some(*clause);
        }
        if let Some((_, clause)) = self.prefixes.iter().find(|(prefix, _)| folded.starts_with(prefix)) {
            return Some(*clause);
        }
        if self.stems.is_empty() {
            return None;
        }
        with_stems(folded, |stems| {
            let (dutch, english) = stems?;
            self.stems.get(dutch).or_else(|| self.stems.get(english)).copied()
        })
    }

    /// Marks the words of a short text, such as a title.
    pub fn mark(&self, text: &str) -> Vec<(String, bool)> {
        let marks = self.find(text, None);
        pieces(text, 0..text.len(), &marks)
    }

    /// The passage of `text` where the words of the query stand closest together, else its begin.
    pub fn passage(&self, text: &str) -> Vec<(String, bool)> {
        let marks = self.find(text, Some(CLUSTER_BYTES));
        let cluster = self.best_cluster(&marks);
        let shown = surroundings(text, cluster);
        let mut pieces = pieces(text, shown.clone(), &marks);
        if shown.start > 0 {
            pieces.insert(0, ("… ".to_owned(), false));
        }
        if !text[shown.end..].trim().is_empty() {
            pieces.push((" …".to_owned(), false));
        }
        join(pieces)
    }

    /// All words to be marked, in order; with `within`, no further than a bit past the first place
    /// where every clause is answered by words that close together.
    fn find(&self, text: &str, within: Option<usize>) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        if self.words.is_empty() && self.phrases.is_empty() {
            return marks;
        }
        let mut before: Vec<Range<usize>> = Vec::new();
        let mut folded = String::new();
        let mut stop = text.len();
        for word in words(text) {
            if word.start >= stop {
                break;
            }
            if !self.phrases.is_empty() {
                before.push(word.clone());
            }
            if !self.initials[usize::from(text.as_bytes()[word.start])] {
                continue;
            }
            fold_into(&text[word.clone()], &mut folded);
            let n_marks = marks.len();
            for (phrase, clause) in &self.phrases {
                if let Some(first) = ends_phrase(text, &before, &folded, phrase) {
                    let at = before[first].start..word.end;
                    marks.push(Mark { at, clause: *clause });
                }
            }
            if marks.len() == n_marks
                && let Some(clause) = self.clause_of(&folded)
            {
                marks.push(Mark { at: word.clone(), clause });
            }
            if let Some(within) = within.filter(|_| marks.len() > n_marks && stop == text.len())
                && let Some(start) = self.all_within(&marks, within)
            {
                stop = start.saturating_add(PASSAGE_BYTES);
            }
        }
        marks.sort_by_key(|mark| (mark.at.start, mark.at.end));
        marks
    }

    /// Where the last marks begin that together answer all clauses within so many bytes.
    fn all_within(&self, marks: &[Mark], within: usize) -> Option<usize> {
        let end = marks.last()?.at.end;
        let mut answered = 0u64;
        for mark in marks.iter().rev() {
            if mark.at.start + within < end {
                return None;
            }
            answered |= 1 << (mark.clause % 64);
            if answered.count_ones() as usize == self.n_clauses.min(64) {
                return Some(mark.at.start);
            }
        }
        None
    }

    /// The bytes around the marks that answer most clauses close together, the first such.
    fn best_cluster(&self, marks: &[Mark]) -> Range<usize> {
        let mut best = 0..0;
        let mut best_worth = 0;
        let mut last = 0;
        for (first, mark) in marks.iter().enumerate() {
            last = last.max(first);
            while marks.get(last + 1).is_some_and(|next| next.at.end <= mark.at.start + CLUSTER_BYTES) {
                last += 1;
            }
            let cluster = &marks[first..=last];
            let answered = cluster.iter().fold(0u64, |all, mark| all | 1 << (mark.clause % 64));
            let worth = answered.count_ones() as usize * 100 + cluster.len().min(99);
            if worth > best_worth {
                best_worth = worth;
                best = mark.at.start..cluster.last().map_or(mark.at.end, |mark| mark.at.end);
            }
        }
        best
    }
}

/// Which of the words `before` begins `phrase`, when the last one, folded, ends it.
fn ends_phrase(text: &str, before: &[Range<usize>], folded: &str, phrase: &[String]) -> Option<usize> {
    let (last, firsts) = phrase.split_last()?;
    let first = before.len().checked_sub(phrase.len())?;
    (last == folded && firsts.iter().zip(&before[first..]).all(|(word, range)| fold(&text[range.clone()]) == *word))
        .then_some(first)
}

/// The bytes of `text` to show so that `cluster` is among them, cut between words.
fn surroundings(text: &str, cluster: Range<usize>) -> Range<usize> {
    let room = PASSAGE_BYTES.saturating_sub(cluster.len());
    let mut start = cluster.start.saturating_sub(room / 3);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start > 0 {
        let blank = text[start..cluster.start.max(start)].find(char::is_whitespace);
        start = blank.map_or(cluster.start, |blank| start + blank);
        start += text[start..].len() - text[start..].trim_start().len();
    }
    let mut end = start.saturating_add(PASSAGE_BYTES).max(cluster.end).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() {
        let from = cluster.end.clamp(start, end);
        end = text[from..end].rfind(char::is_whitespace).map_or(end, |blank| from + blank);
    }
    start..end.max(start)
}

/// The bytes `shown` of a text, cut where marks begin and end; runs of blanks become one.
fn pieces(text: &str, shown: Range<usize>, marks: &[Mark]) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut at = shown.start;
    for mark in marks {
        if mark.at.start < at || mark.at.end > shown.end {
            continue;
        }
        pieces.push((one_line(&text[at..mark.at.start]), false));
        pieces.push((one_line(&text[mark.at.clone()]), true));
        at = mark.at.end;
    }
    pieces.push((one_line(&text[at..shown.end]), false));
    join(pieces)
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() && !c.is_control() {
            line.push(c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

/// Joins neighbours of the same kind and leaves empty pieces out.
fn join(pieces: Vec<(String, bool)>) -> Vec<(String, bool)> {
    let mut joined: Vec<(String, bool)> = Vec::with_capacity(pieces.len());
    for (text, is_marked) in pieces {
        match joined.last_mut() {
            _ if text.is_empty() => {}
            Some((last, was_marked)) if *was_marked == is_marked => last.push_str(&text),
            _ => joined.push((text, is_marked)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|word| fold(&text[word])).collect()
    }

    fn terms(terms: Terms, text: &str) -> Vec<(usize, String)> {
        let mut cutter = Cutter { terms };
        let mut stream = cutter.token_stream(text);
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().position, stream.token().text.clone()));
        }
        found
    }

    fn stems(word: &str) -> Vec<String> {
        match What::word(&fold(word), false) {
            What::Word { stems, .. } => stems,
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_text_is_cut_into_words() {
        assert_eq!(folded("Het plan-van-aanpak, versie 2.0!"), ["het", "plan", "van", "aanpak", "versie", "2", "0"]);
        assert_eq!(folded("Foto's van één café's"), ["fotos", "van", "een", "cafes"]);
        assert_eq!(folded("foto’s zo'n 's avonds"), ["fotos", "zo", "n", "s", "avonds"]);
        assert_eq!(folded("cafe\u{301} CAFÉ"), ["cafe", "cafe"]);
        assert_eq!(folded("Straße Ærø ĳs ﬁets Łódź"), ["strasse", "aero", "ijs", "fiets", "lodz"]);
        assert_eq!(folded("計画 plan"), ["計", "画", "plan"]);
        assert_eq!(folded("\u{301}\u{301} … — ’"), Vec::<String>::new());
        assert!(folded(&"x".repeat(10_000))[0].len() <= WORD_MAX_BYTES);
        assert!(folded(&format!("e{}", "\u{301}".repeat(10_000)))[0].len() <= WORD_MAX_BYTES);
    }

    #[test]
    fn words_of_one_stem_meet_in_both_languages() {
        let meet = |a: &str, b: &str| stems(a).iter().any(|stem| stems(b).contains(stem));
        for (a, b) in [
            ("fietsen", "fiets"),
            ("vergaderingen", "vergadering"),
            ("beleidsregels", "beleidsregel"),
            ("huizen", "huis"),
            ("gemeenten", "gemeente"),
            ("policies", "policy"),
            ("meetings", "meeting"),
            ("foto's", "foto"),
        ] {
            assert!(meet(a, b), "{a} {:?}, {b} {:?}", stems(a), stems(b));
        }
        for (a, b) in [("plan", "plaats"), ("gemeente", "mening"), ("gebruik", "bruikbaar")] {
            assert!(!meet(a, b), "{a} {:?}, {b} {:?}", stems(a), stems(b));
        }
        assert_eq!(stems("2009"), Vec::<String>::new());
        assert_eq!(stems("план"), Vec::<String>::new());
    }

    #[test]
    fn a_word_and_its_stems_share_a_position() {
        let both = terms(Terms::Both, "De fietsen");
        assert!(both.contains(&(1, "fietsen".to_owned())) && both.contains(&(1, "fiet".to_owned())), "{both:?}");
        assert!(both.iter().all(|(at, _)| *at <= 1));
        assert_eq!(terms(Terms::Words, "De fietsen"), [(0, "de".to_owned()), (1, "fietsen".to_owned())]);
        assert!(!terms(Terms::Stems, "plan").is_empty());
        assert_eq!(terms(Terms::Stems, "2009"), []);
    }

    #[test]
    fn a_query_is_read() {
        let query = Query::parse("Fietsen \"plan van aanpak\" -concept titel:dijk tag:\"Open Data\" BA-2009 bel");
        assert_eq!(query.wanted.len(), 6);
        assert_eq!(query.unwanted.len(), 1);
        assert!(matches!(&query.wanted[0].what, What::Word { word, is_prefix: false, .. } if word == "fietsen"));
        assert!(matches!(&query.wanted[1].what, What::Phrase(words) if words.len() == 3));
        assert_eq!(query.wanted[2].place, Place::Title);
        assert_eq!(query.wanted[3].what, What::Tag("open data".to_owned()));
        assert!(matches!(&query.wanted[4].what, What::Phrase(words) if words == &["ba", "2009"]));
        assert!(matches!(&query.wanted[5].what, What::Word { is_prefix: true, .. }));
        let exact = Query::parse("\"fietsen\"");
        assert_eq!(
            exact.wanted[0].what,
            What::Word { word: "fietsen".to_owned(), stems: Vec::new(), is_prefix: false }
        );
        assert!(matches!(&Query::parse("de").wanted[0].what, What::Word { is_prefix: true, .. }));
        assert!(matches!(&Query::parse("d").wanted[0].what, What::Word { is_prefix: false, .. }));
        assert!(matches!(&Query::parse("beg* x").wanted[0].what, What::Word { is_prefix: true, .. }));
    }

    #[test]
    fn a_long_query_is_cut() {
        let words = |query: &Query| query.wanted.iter().map(|clause| clause.what.n_words()).sum::<usize>();
        let numbers: String = (0..10_000).map(|number| format!("{number} ")).collect();
        assert_eq!(words(&Query::parse(&numbers)), QUERY_MAX_WORDS);
        assert_eq!(words(&Query::parse(&"ab ".repeat(10_000))), 1);
        assert_eq!(words(&Query::parse(&"é-".repeat(10_000))), QUERY_MAX_WORDS);
        for odd in
            ["", "-", "\"", "\"\"", "-\"", "title:", "tag:", "tag:-", "*", "- - -", "\u{201e}x", ":", "-title:\""]
        {
            Query::parse(odd);
        }
        assert!(Query::parse("  \"\" - ** tag:, ").is_empty(), "{:?}", Query::parse("  \"\" - ** tag:, "));
    }

    #[test]
    fn the_best_passage_is_marked() {
        let mut text = "Over de dijk is veel te doen. ".repeat(20);
        text.push_str("Hier staat het plan voor de dijken\nin de Betuwe, met een begroting. ");
        text.push_str(&"Daarna volgt nog meer. ".repeat(20));
        let query = Query::parse("dijk plan begroting");
        let passage = Marker::new(&query.wanted).passage(&text);
        let marked: Vec<&str> = passage.iter().filter(|(_, marked)| *marked).map(|(text, _)| text.as_str()).collect();
        assert!(["plan", "dijken", "begroting"].iter().all(|word| marked.contains(word)), "{passage:?}");
        let whole: String = passage.iter().map(|(text, _)| text.as_str()).collect();
        assert!(whole.starts_with("… ") && whole.ends_with(" …") && !whole.contains('\n'), "{whole}");
        assert!(whole.len() < 2 * PASSAGE_BYTES, "{whole}");
    }

    #[test]
    fn a_phrase_is_marked_as_a_whole_only() {
        let query = Query::parse("\"plan van aanpak\"");
        let passage = Marker::new(&query.wanted).passage("Van het plan is een Plan van aanpak gemaakt, van hout.");
        let marked: Vec<&str> = passage.iter().filter(|(_, marked)| *marked).map(|(text, _)| text.as_str()).collect();
        assert_eq!(marked, ["Plan van aanpak"]);
    }

    #[test]
    fn a_text_without_the_words_shows_its_begin() {
        let query = Query::parse("elders");
        let marker = Marker::new(&query.wanted);
        assert_eq!(marker.passage("Kort."), [("Kort.".to_owned(), false)]);
        assert_eq!(marker.passage(""), []);
        assert_eq!(marker.mark("Iets elders"), [("Iets ".to_owned(), false), ("elders".to_owned(), true)]);
    }

    #[test]
    fn no_text_and_no_query_panics() {
        let letters: Vec<char> = "aeéE\u{301}’'s -\"*:\n\u{0}ßﬁ計𝔘😀İıςg٣½\u{202e}tagtitle".chars().collect();
        let mut seed = 1u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for _ in 0..20_000 {
            let n_chars = random(40);
            let text: String = (0..n_chars).map(|_| letters[random(letters.len())]).collect();
            let n_chars = random(600);
            let body: String = (0..n_chars).map(|_| letters[random(letters.len())]).collect();
            let query = Query::parse(&text);
            Marker::new(&query.wanted).passage(&body);
            Marker::new(&query.loosened().wanted).mark(&text);
            terms(Terms::Both, &text);
        }
    }
}
