//! Words, sentences and pages that look like those of a programme office, from a seed.
//!
//! Dutch and English, with the spread of real text: few words make most of it, most words are
//! rare. Equal seeds give equal bytes, so that repositories can be made again. Nothing here knows
//! of git or of files.

use std::fmt::Write as _;

/// Distinct words of each language, of which most are compounds.
const VOCABULARY: usize = 10_000;

/// A small generator of even numbers (splitmix64): the same on every machine.
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn of(seed: u64, what: u64) -> Dice {
        let mut dice = Dice(seed ^ what.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `below`, `below` itself left out.
    pub fn below(&mut self, below: usize) -> usize {
        ((u128::from(self.next()) * below.max(1) as u128) >> 64) as usize
    }

    /// From 0 to 1, 1 itself left out.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Dutch,
    English,
}

const DUTCH_SMALL: &str = "de van het een en in is dat op te met voor zijn die er aan niet worden door of bij uit \
    als naar ook over om deze dit wordt tot kan meer zij nog per binnen tussen na zonder onder";
const DUTCH_STEMS: &str = "dijk water plan overleg besluit bestuur beheer gemeente provincie project budget kosten \
    taak rol termijn fase doel bewoner partij bureau dienst kennis netwerk bron kaart gebied oever polder gemaal sluis \
    kade brug weg toets norm risico schade herstel ontwerp bouw onderhoud toezicht vergunning aanvraag advies verslag \
    agenda voorstel motie raad college minister ambtenaar team leider werk groep stuur kern regie opdracht levering \
    product resultaat mijlpaal planning jaar maand week dag begroting subsidie bijdrage bedrag rekening betaling \
    inkoop contract markt school zorg natuur bodem klimaat energie ruimte wonen verkeer haven stad dorp wijk straat \
    huis tuin veld akker molen boer visser schip boot vracht handel bank fonds wet regel recht plicht";
const DUTCH_ACCENTED: &str = "coördinatie financiën geïnteresseerd reünie één creëren beëindigd coöperatie";
const ENGLISH_SMALL: &str = "the of and to in a is that for it on with as be are by this at from or an not we have \
    which will can more their has all when they been each than into during between after before under";
const ENGLISH_STEMS: &str = "office plan board council project budget cost task role term phase goal citizen party \
    service knowledge network source map area bank lock quay bridge road test norm risk damage repair design work \
    care watch permit request advice report agenda motion member leader group order result stone year month week day \
    grant share amount account payment supply contract market school nature soil climate energy space house traffic \
    harbour city village street garden field mill farm fish ship boat freight trade fund law rule right duty river \
    flood gate dam pump sand clay tide storm level gauge ring land coast shore stream delta basin";

/// The words of both languages, commonest first.
#[derive(Debug)]
pub struct Words {
    dutch: Vec<String>,
    english: Vec<String>,
    stems_dutch: usize,
    stems_english: usize,
}

impl Default for Words {
    fn default() -> Words {
        let (dutch, stems_dutch) = vocabulary(DUTCH_SMALL, DUTCH_STEMS, DUTCH_ACCENTED, "s");
        let (english, stems_english) = vocabulary(ENGLISH_SMALL, ENGLISH_STEMS, "", "");
        Words { dutch, english, stems_dutch, stems_english }
    }
}

fn vocabulary(small: &str, stems: &str, accented: &str, joint: &str) -> (Vec<String>, usize) {
    let stems: Vec<&str> = stems.split_whitespace().collect();
    let mut words: Vec<String> = small.split_whitespace().map(str::to_owned).collect();
    let before = words.len();
    words.extend(stems.iter().map(|stem| (*stem).to_owned()));
    words.extend(accented.split_whitespace().map(str::to_owned));
    let mut compounds: Vec<String> = Vec::with_capacity(stems.len() * stems.len());
    for (at, first) in stems.iter().enumerate() {
        for (other, second) in stems.iter().enumerate().filter(|(other, _)| *other != at) {
            let joint = if (at + other) % 2 == 0 { joint } else { "" };
            compounds.push(format!("{first}{joint}{second}"));
        }
    }
    let mut dice = Dice(11);
    for at in (1..compounds.len()).rev() {
        compounds.swap(at, dice.below(at + 1));
    }
    words.extend(compounds);
    words.truncate(VOCABULARY);
    (words, before)
}

impl Words {
    pub fn of(&self, lang: Lang) -> &[String] {
        match lang {
            Lang::Dutch => &self.dutch,
            Lang::English => &self.english,
        }
    }

    /// Where the words with a meaning of their own begin.
    pub fn first_stem(&self, lang: Lang) -> usize {
        match lang {
            Lang::Dutch => self.stems_dutch,
            Lang::English => self.stems_english,
        }
    }

    /// A word as it comes in running text: the n-th commonest about 1/n as often as the first.
    fn running(&self, lang: Lang, dice: &mut Dice) -> &str {
        let words = self.of(lang);
        let rank = (words.len() as f64).powf(dice.part()) as usize;
        &words[rank.saturating_sub(1).min(words.len() - 1)]
    }

    /// A word with a meaning, in plain ASCII: for names of folders and files.
    pub fn name(&self, lang: Lang, dice: &mut Dice) -> &str {
        let from = self.first_stem(lang);
        let words = &self.of(lang)[from..];
        for _ in 0..8 {
            let word = dice.one(words);
            if word.is_ascii() {
                return word;
            }
        }
        &words[0]
    }

    pub fn sentence(&self, lang: Lang, dice: &mut Dice, out: &mut String) {
        let n_words = 6 + dice.below(14);
        let begin = out.len();
        for at in 0..n_words {
            if at > 0 {
                out.push_str(if at > 3 && dice.below(12) == 0 { ", " } else { " " });
            }
            let word = self.running(lang, dice);
            match dice.below(60) {
                0 => _ = write!(out, "**{word}**"),
                1 => _ = write!(out, "*{word}*"),
                2 => _ = write!(out, "`{word}`"),
                _ => out.push_str(word),
            }
        }
        if let Some(first) = out[begin..].chars().next() {
            let upper: String = first.to_uppercase().collect();
            out.replace_range(begin..begin + first.len_utf8(), &upper);
        }
        out.push_str(". ");
    }

    fn phrase(&self, lang: Lang, n_words: usize, dice: &mut Dice) -> String {
        let mut phrase = String::new();
        for at in 0..n_words {
            if at > 0 {
                phrase.push(' ');
            }
            phrase.push_str(self.name(lang, dice));
        }
        if let Some(first) = phrase.get(..1).map(str::to_uppercase) {
            phrase.replace_range(..1, &first);
        }
        phrase
    }
}

/// What a page is made of. An edit gives one of its paragraphs another seed.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub lang: Lang,
    pub title: String,
    /// One per paragraph.
    pub paragraphs: Vec<u64>,
    /// Base names of the pages linked to.
    pub links: Vec<String>,
    pub seed: u64,
}

impl Sheet {
    pub fn new(words: &Words, seed: u64, n_paragraphs: usize, links: Vec<String>) -> Sheet {
        let mut dice = Dice::of(seed, 1);
        let lang = if dice.below(10) < 6 { Lang::Dutch } else { Lang::English };
        let n_words = 2 + dice.below(2);
        let title = words.phrase(lang, n_words, &mut dice);
        let paragraphs = (0..n_paragraphs).map(|_| dice.next()).collect();
        Sheet { lang, title, paragraphs, links, seed }
    }

    /// The page as Markdown with frontmatter.
    pub fn text(&self, words: &Words) -> String {
        let mut dice = Dice::of(self.seed, 2);
        let lang = self.lang;
        let mut out = String::with_capacity(self.paragraphs.len() * 700 + 800);
        let (tag, other) = (words.name(lang, &mut dice), words.name(lang, &mut dice));
        let (year, month) = (2005 + dice.below(20), 1 + dice.below(12));
        let _ = write!(
            out,
            "---\ntitle: {}\nlang: {}\ntags: [{tag}, {other}]\ndate: {year}-{month:02}\nbudget: EUR {}.00\n---\n# {}\n\n",
            self.title,
            if lang == Lang::Dutch { "nl" } else { "en" },
            1_000 * (1 + dice.below(900)),
            self.title
        );
        let mut links = self.links.iter();
        let per_paragraph = self.links.len().div_ceil(self.paragraphs.len().max(1));
        for (at, paragraph) in self.paragraphs.iter().enumerate() {
            if at % 3 == 1 {
                let _ = write!(out, "## {}\n\n", words.phrase(lang, 2, &mut dice));
            }
            self.paragraph(words, *paragraph, &mut links, per_paragraph, &mut out);
            match at % 6 {
                1 => table(words, lang, &mut dice, &mut out),
                3 => list(words, lang, &mut dice, &mut out),
                _ => {}
            }
        }
        out
    }

    fn paragraph<'a>(
        &self,
        words: &Words,
        seed: u64,
        links: &mut impl Iterator<Item = &'a String>,
        n_links: usize,
        out: &mut String,
    ) {
        let mut dice = Dice::of(seed, 3);
        let n_sentences = 3 + dice.below(4);
        for at in 0..n_sentences {
            words.sentence(self.lang, &mut dice, out);
            if at < n_links
                && let Some(link) = links.next()
            {
                let shown = words.name(self.lang, &mut dice);
                let lead = if self.lang == Lang::Dutch { "Zie" } else { "See" };
                _ = if at % 2 == 0 {
                    write!(out, "{lead} [[{link}]]. ")
                } else {
                    write!(out, "{lead} [[{link}|{shown}]]. ")
                };
            }
        }
        if dice.below(25) == 0 {
            out.push_str(if self.lang == Lang::Dutch {
                "Zo werkt een open overheid. "
            } else {
                "So works an open government. "
            });
        }
        out.truncate(out.trim_end().len());
        out.push_str("\n\n");
    }
}

fn table(words: &Words, lang: Lang, dice: &mut Dice, out: &mut String) {
    out.push_str(if lang == Lang::Dutch { "| Post | Bedrag | Wie |\n" } else { "| Item | Amount | Who |\n" });
    out.push_str("| --- | ---: | --- |\n");
    for _ in 0..3 + dice.below(4) {
        let (item, amount) = (words.name(lang, dice), 100 * (1 + dice.below(5_000)));
        let _ = writeln!(out, "| {item} | EUR {amount}.00 | {} |", words.name(lang, dice));
    }
    out.push('\n');
}

fn list(words: &Words, lang: Lang, dice: &mut Dice, out: &mut String) {
    for _ in 0..3 + dice.below(3) {
        out.push_str(if dice.below(4) == 0 { "- [ ] " } else { "- " });
        words.sentence(lang, dice, out);
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out.push('\n');
}
