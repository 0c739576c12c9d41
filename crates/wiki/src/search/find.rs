//! Asking: which pages of a site match, in which order, and with which passage.
//!
//! Queries are evaluated here, not by tantivy's query types: each term's postings are added up per
//! page, rarest condition first. That gives the count, the order and the permission filter in one
//! pass.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use polder_core::doc;
use polder_core::filter::{self, Filter};
use polder_core::ids::{BlobId, CommitId};
use polder_core::markdown;
use polder_core::names::PageIdx;
use polder_core::path::Kind;
use polder_core::site::{Page, Seen};
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{Postings as _, TermInfo};
use tantivy::query::{Bm25StatisticsProvider, EnableScoring, PhraseQuery, Query as _, Weight};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::{DocId, DocSet as _, Searcher, TERMINATED, TantivyDocument, TantivyError, Term};

use super::index::{Fields, Part, SHOWN_MAX_BYTES, Spot, Writer, begin, shown_part};
use super::{Answer, HITS_MAX, Hit, SearchError, locked};
use crate::terms::{Clause, Marker, Place, Query, What};

/// So much Markdown is read again for a passage when a page is newer than the index.
const SHOWN_MAX_SOURCE_BYTES: usize = 64 * 1024;
/// Words that the begin of a word may stand for, commonest first, and how many are looked at.
const PREFIX_MAX_WORDS: usize = 32;
const PREFIX_MAX_LOOKED: usize = 2_000;
/// A list of postings this many times longer than the pages still in question is jumped through.
const SEEK_FROM_TIMES: usize = 16;

/// What a match counts for, by where and how it matches. A title is also repeated in the text's
/// own fields, which lifts it within BM25's own limits.
const WEIGHT_WORD: f32 = 1.0;
const WEIGHT_STEM: f32 = 0.6;
const WEIGHT_PREFIX: f32 = 0.3;
const WEIGHT_PHRASE: f32 = 1.5;
const WEIGHT_TITLE: f32 = 1.2;
const WEIGHT_TAG: f32 = 1.0;

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Not a page of this site, or an older copy of one.
const NO_PAGE: PageIdx = PageIdx::MAX;
/// A page that is out, whatever else matches. Larger than any number of clauses.
const OUT: u8 = u8::MAX;

/// What can be asked at one moment. Immutable, short of the views that it remembers.
#[derive(Default)]
pub(super) struct Shown {
    /// Oldest first; of the same page the last one counts.
    pub(super) parts: Vec<Arc<Part>>,
    pub(super) at: Option<CommitId>,
    pub(super) ranking: Option<Ranking>,
    /// The two last used: a site and the one that replaces it.
    pub(super) views: Mutex<Vec<Arc<View>>>,
}

/// What every question needs of the index, whichever site it is about.
#[derive(Clone)]
pub(super) struct Ranking {
    pub(super) fields: Fields,
    /// Only for tantivy's phrases, which ask for one.
    searcher: Searcher,
}

/// Which document is which page of one site.
///
/// Pages are numbered by the site, not by what one reader may see; every hit is still asked of
/// `Seen`.
pub(super) struct View {
    commit: CommitId,
    /// By part: the page of each document, or `NO_PAGE`.
    pages: Vec<Vec<PageIdx>>,
    /// By part: 0, or `OUT` where there is no page; where counting starts.
    starts: Vec<Vec<u8>>,
    /// How common a word is, is counted among the pages of this site; else among all documents, which
    /// is quicker and nearly the same where nearly all documents are pages.
    counts_pages: bool,
    n_docs: u64,
    n_tokens: [u64; 4],
    /// By spot and by coded length of a text: what the length takes off.
    lengths: [Box<[f32; 256]>; 4],
}

/// Which documents stand for a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// The newest at its path: it may lag, and is soon replaced.
    Newest,
    /// One made from the same bytes, replaced since or not.
    Same,
}

impl Writer {
    pub(super) fn shown(&self) -> Shown {
        let parts: Vec<Arc<Part>> = self.on_disk.iter().chain(&self.overlay).cloned().collect();
        let ranking = Ranking { fields: self.fields, searcher: self.reader.searcher() };
        Shown { parts, at: self.at, ranking: Some(ranking), views: Mutex::default() }
    }
}

/// The index and the site that a question is about.
#[derive(Clone, Copy)]
struct Scale<'a> {
    ranking: &'a Ranking,
    view: &'a View,
}

impl Scale<'_> {
    fn rarity(&self, n_with: u64) -> f32 {
        let (all, with) = (self.view.n_docs as f32, n_with.min(self.view.n_docs) as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    fn field(&self, spot: Spot) -> Field {
        match spot {
            Spot::Words => self.ranking.fields.words,
            Spot::Stems => self.ranking.fields.stems,
            Spot::Title => self.ranking.fields.title,
            Spot::Tag => self.ranking.fields.tag,
        }
    }
}

/// How common words are in all parts together, for tantivy's phrases.
struct Statistics<'a> {
    shown: &'a Shown,
    scale: Scale<'a>,
}

impl Statistics<'_> {
    fn spot(&self, field: Field) -> Spot {
        if field == self.scale.ranking.fields.title { Spot::Title } else { Spot::Words }
    }

    fn n_with(&self, term: &Term) -> Result<u64, SearchError> {
        let spot = self.spot(term.field());
        let mut n_docs = 0;
        for (at, part) in self.shown.parts.iter().enumerate() {
            if let Some(info) = part.terms(spot).get_term_info(term)? {
                n_docs += self.shown.n_with(self.scale, spot, at, &info)?;
            }
        }
        Ok(n_docs)
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.scale.view.n_tokens[self.spot(field) as usize])
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.scale.view.n_docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.n_with(term).map_err(|error| match error {
            SearchError::Index(error) => *error,
            other => TantivyError::InternalError(other.to_string()),
        })
    }
}

/// The postings of one term in all parts.
struct List {
    spot: Spot,
    /// By part, in their order.
    infos: Vec<(usize, TermInfo)>,
    n_with: u64,
    weight: f32,
}

/// What answers one clause: any of the lists, or the phrase.
struct Lists {
    lists: Vec<List>,
    phrase: Option<(Box<dyn Weight>, f32)>,
    /// At most so many documents.
    n_with: u64,
}

/// What stays the same while one query is answered.
struct Ask<'a> {
    scale: Scale<'a>,
    seen: Seen<'a>,
    unwanted: Vec<Lists>,
    filters: &'a [Filter],
    keep: usize,
}

/// A document that matches.
#[derive(Clone, Copy)]
struct Found {
    score: f32,
    page: PageIdx,
    part: usize,
    doc: DocId,
}

/// Best first; what scores the same stands by path, so that paging is stable.
fn order(a: &Found, b: &Found) -> Ordering {
    b.score.total_cmp(&a.score).then(a.page.cmp(&b.page))
}

impl Shown {
    pub(super) fn find(
        &self,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        query: &Query,
        filters: &[Filter],
        from: usize,
        count: usize,
    ) -> Result<Answer, SearchError> {
        let Some(ranking) = &self.ranking else { return Ok(Answer::default()) };
        let view = self.view(seen);
        let scale = Scale { ranking, view: &view };
        let ask = Ask {
            scale,
            seen,
            unwanted: self.all_lists(scale, &query.unwanted)?,
            filters,
            keep: (from + count).min(HITS_MAX),
        };
        let (best, n_found) = self.best(&ask, &query.wanted, Mode::All)?;
        let loosened = query.loosened();
        if n_found > 0 || loosened.wanted.len() < 2 {
            let hits = self.hits(&ask, read, &query.wanted, best, from)?;
            return Ok(Answer { hits, n_found, exact: true, ..Answer::default() });
        }
        let (best, n_found) = self.best(&ask, &loosened.wanted, Mode::Any)?;
        let hits = self.hits(&ask, read, &loosened.wanted, best, from)?;
        Ok(Answer { hits, n_found, exact: n_found == 0, ..Answer::default() })
    }

    /// Which document is which page of the site that is asked about.
    pub(super) fn view(&self, seen: Seen<'_>) -> Arc<View> {
        let mut views = locked(&self.views);
        if let Some(view) = views.iter().find(|view| view.commit == seen.commit()) {
            return Arc::clone(view);
        }
        drop(views);
        let view = Arc::new(View::new(&self.parts, seen, Stands::Newest));
        views = locked(&self.views);
        views.insert(0, Arc::clone(&view));
        views.truncate(2);
        view
    }

    fn all_lists(&self, scale: Scale<'_>, clauses: &[Clause]) -> Result<Vec<Lists>, SearchError> {
        clauses.iter().map(|clause| self.lists(scale, clause)).collect()
    }

    /// The postings that answer a clause.
    fn lists(&self, scale: Scale<'_>, clause: &Clause) -> Result<Lists, SearchError> {
        let mut lists = Vec::new();
        match (&clause.what, clause.place) {
            (What::Word { word, stems, is_prefix }, Place::Text) => {
                self.add_list(scale, Spot::Words, word, WEIGHT_WORD, &mut lists)?;
                for stem in stems {
                    self.add_list(scale, Spot::Stems, stem, WEIGHT_STEM / stems.len() as f32, &mut lists)?;
                }
                // What matches in a title has matched in the text too; this only lifts it.
                self.add_list(scale, Spot::Title, word, WEIGHT_TITLE, &mut lists)?;
                for stem in stems.iter().filter(|stem| *stem != word) {
                    self.add_list(scale, Spot::Title, stem, WEIGHT_TITLE / 2.0, &mut lists)?;
                }
                if *is_prefix {
                    self.add_prefixed(scale, Spot::Words, word, WEIGHT_PREFIX, &mut lists)?;
                }
            }
            (What::Word { word, stems, is_prefix }, Place::Title) => {
                self.add_list(scale, Spot::Title, word, WEIGHT_TITLE, &mut lists)?;
                for stem in stems.iter().filter(|stem| *stem != word) {
                    self.add_list(scale, Spot::Title, stem, WEIGHT_TITLE / 2.0, &mut lists)?;
                }
                if *is_prefix {
                    self.add_prefixed(scale, Spot::Title, word, WEIGHT_PREFIX, &mut lists)?;
                }
            }
            (What::Tag(tag), _) => self.add_list(scale, Spot::Tag, tag, WEIGHT_TAG, &mut lists)?,
            (What::Phrase(phrase), place) => return self.phrase(scale, phrase, place),
        }
        let n_with = lists.iter().map(|list| list.n_with).sum();
        Ok(Lists { lists, phrase: None, n_with })
    }

    fn add_list(
        &self,
        scale: Scale<'_>,
        spot: Spot,
        term: &str,
        weight: f32,
        lists: &mut Vec<List>,
    ) -> Result<(), SearchError> {
        let mut infos = Vec::new();
        for (at, part) in self.parts.iter().enumerate() {
            if let Some(info) = part.terms(spot).terms().get(term)? {
                infos.push((at, info));
            }
        }
        lists.extend(self.list(scale, spot, infos, weight)?);
        Ok(())
    }

    /// Adds the commonest words that begin so.
    fn add_prefixed(
        &self,
        scale: Scale<'_>,
        spot: Spot,
        prefix: &str,
        weight: f32,
        lists: &mut Vec<List>,
    ) -> Result<(), SearchError> {
        let mut words: BTreeMap<Box<[u8]>, Vec<(usize, TermInfo)>> = BTreeMap::new();
        for (at, part) in self.parts.iter().enumerate() {
            for (word, info) in commonest(part.terms(spot), prefix)? {
                words.entry(word).or_default().push((at, info));
            }
        }
        let mut found = Vec::new();
        for infos in words.into_values() {
            found.extend(self.list(scale, spot, infos, weight)?);
        }
        found.sort_by_key(|list: &List| Reverse(list.n_with));
        found.truncate(PREFIX_MAX_WORDS);
        lists.extend(found);
        Ok(())
    }

    /// `None` where no page has the term.
    fn list(
        &self,
        scale: Scale<'_>,
        spot: Spot,
        infos: Vec<(usize, TermInfo)>,
        weight: f32,
    ) -> Result<Option<List>, SearchError> {
        let mut n_with = 0;
        for (part, info) in &infos {
            n_with += self.n_with(scale, spot, *part, info)?;
        }
        let weight = weight * scale.rarity(n_with) * (K1 + 1.0);
        Ok((n_with > 0).then_some(List { spot, infos, n_with, weight }))
    }

    /// The documents of a part with a term.
    fn n_with(&self, scale: Scale<'_>, spot: Spot, part: usize, info: &TermInfo) -> Result<u64, SearchError> {
        if !scale.view.counts_pages {
            return Ok(u64::from(info.doc_freq));
        }
        let pages = &scale.view.pages[part];
        let terms = self.parts[part].terms(spot);
        let mut block = terms.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let mut n_with = 0;
        while !block.docs().is_empty() {
            n_with += block.docs().iter().filter(|doc| pages[**doc as usize] != NO_PAGE).count() as u64;
            block.advance();
        }
        Ok(n_with)
    }

    fn phrase(&self, scale: Scale<'_>, phrase: &[String], place: Place) -> Result<Lists, SearchError> {
        let spot = if place == Place::Title { Spot::Title } else { Spot::Words };
        let terms: Vec<Term> = phrase.iter().map(|word| Term::from_field_text(scale.field(spot), word)).collect();
        let statistics = Statistics { shown: self, scale };
        let mut n_with = u64::MAX;
        for term in &terms {
            n_with = n_with.min(statistics.n_with(term)?);
        }
        if n_with == 0 || terms.len() < 2 {
            return Ok(Lists { lists: Vec::new(), phrase: None, n_with: 0 });
        }
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &scale.ranking.searcher);
        let weight = PhraseQuery::new(terms).weight(scoring)?;
        Ok(Lists { lists: Vec::new(), phrase: Some((weight, WEIGHT_PHRASE)), n_with })
    }

    /// The best documents, and how many match in all.
    fn best(&self, ask: &Ask<'_>, clauses: &[Clause], mode: Mode) -> Result<(Vec<Found>, usize), SearchError> {
        let mut wanted = self.all_lists(ask.scale, clauses)?;
        // Rarest first: the rest is then only looked up.
        wanted.sort_by_key(|lists| lists.n_with);
        let mut best = Best { found: Vec::new(), keep: ask.keep, floor: f32::NEG_INFINITY };
        let mut n_found = 0;
        if mode == Mode::All && wanted.first().is_some_and(|lists| lists.n_with == 0) {
            return Ok((best.found, 0));
        }
        for (at, part) in self.parts.iter().enumerate() {
            let mut tally = Tally {
                part,
                at,
                view: ask.scale.view,
                hits: ask.scale.view.starts[at].clone(),
                scores: vec![0.0; part.n_docs],
            };
            ask.unwanted.iter().try_for_each(|lists| tally.rule_out(lists))?;
            for doc in tally.matching(&wanted, mode)? {
                let page = ask.scale.view.pages[at][doc as usize];
                if ask.seen.page(page).is_some() && filter::fits(ask.seen, ask.filters, page) {
                    n_found += 1;
                    best.add(Found { score: tally.scores[doc as usize], page, part: at, doc });
                }
            }
        }
        Ok((best.finish(), n_found))
    }

    /// The hits from the `from`-th on, with their passages.
    fn hits(
        &self,
        ask: &Ask<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        clauses: &[Clause],
        best: Vec<Found>,
        from: usize,
    ) -> Result<Vec<Hit>, SearchError> {
        let marker = Marker::new(clauses);
        let mut hits = Vec::new();
        for found in best.into_iter().skip(from) {
            let Some(page) = ask.seen.page(found.page) else { continue };
            let part = &self.parts[found.part];
            let passage = if part.listing.blobs[found.doc as usize] == page.blob {
                let document: TantivyDocument = part.store.get(found.doc)?;
                let text = document.get_first(ask.scale.ranking.fields.shown).and_then(|text| text.as_str());
                marker.passage(text.unwrap_or_default())
            } else {
                marker.passage(&text_now(page, read))
            };
            hits.push(Hit { page: found.page, passage, score: found.score });
        }
        Ok(hits)
    }
}

/// A word of a part, and its postings.
type Known = (Box<[u8]>, TermInfo);

/// The words of a part that begin with `prefix` but are longer, as many of the commonest as count.
fn commonest(terms: &InvertedIndexReader, prefix: &str) -> Result<Vec<Known>, SearchError> {
    let by_docs = |a: &Known, b: &Known| b.1.doc_freq.cmp(&a.1.doc_freq);
    let mut words: Vec<Known> = Vec::new();
    let mut floor = 0;
    let mut stream = terms.terms().range().gt(prefix).into_stream()?;
    for _ in 0..PREFIX_MAX_LOOKED {
        let Some((word, info)) = stream.next().filter(|(word, _)| word.starts_with(prefix.as_bytes())) else { break };
        if info.doc_freq <= floor {
            continue;
        }
        words.push((word.into(), info.clone()));
        if words.len() >= 2 * PREFIX_MAX_WORDS {
            words.select_nth_unstable_by(PREFIX_MAX_WORDS - 1, by_docs);
            words.truncate(PREFIX_MAX_WORDS);
            floor = words.iter().map(|(_, info)| info.doc_freq).min().unwrap_or(0);
        }
    }
    words.sort_by(by_docs);
    words.truncate(PREFIX_MAX_WORDS);
    Ok(words)
}

/// The text of a page that the index does not have yet, for a passage.
fn text_now(page: &Page, read: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> String {
    let bytes = read(page.blob).unwrap_or_default();
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let body = markdown::plain(begin(doc::body(text), SHOWN_MAX_SOURCE_BYTES), SHOWN_MAX_BYTES);
    shown_part(page, &body).to_owned()
}

impl View {
    pub(super) fn new(parts: &[Arc<Part>], seen: Seen<'_>, stands: Stands) -> View {
        let pages = seen.pages();
        let mut taken = vec![false; pages.len()];
        let mut of_parts: Vec<Vec<PageIdx>> = Vec::with_capacity(parts.len());
        for part in parts.iter().rev() {
            let mut of_docs = vec![NO_PAGE; part.n_docs];
            let mut at = 0;
            for (path, doc) in &part.listing.by_path {
                at = skip_to(pages, at, path);
                let is_same = pages.get(at).is_some_and(|page| page.path.as_str() == &**path);
                let stands = match stands {
                    Stands::Newest => !part.reader.is_deleted(*doc),
                    Stands::Same => pages.get(at).is_some_and(|page| page.blob == part.listing.blobs[*doc as usize]),
                };
                if is_same && stands && !taken[at] {
                    taken[at] = true;
                    of_docs[*doc as usize] = PageIdx::try_from(at).unwrap_or(NO_PAGE);
                }
            }
            of_parts.push(of_docs);
        }
        of_parts.reverse();
        let start = |page: &PageIdx| if *page == NO_PAGE { OUT } else { 0 };
        let starts = of_parts.iter().map(|pages| pages.iter().map(start).collect()).collect();
        let counts_pages = stands == Stands::Same;
        let n_docs = of_parts.iter().flatten().filter(|page| !counts_pages || **page != NO_PAGE).count() as u64;
        let n_tokens = Spot::ALL.map(|spot| {
            let of_part = |(part, pages): (&Arc<Part>, &Vec<PageIdx>)| -> u64 {
                let (_, norms) = &part.terms[spot as usize];
                let counted = (0..).zip(pages).filter(|(_, page)| !counts_pages || **page != NO_PAGE);
                counted.map(|(doc, _)| u64::from(norms.fieldnorm(doc))).sum()
            };
            parts.iter().zip(&of_parts).map(of_part).sum()
        });
        let lengths = n_tokens.map(|n_tokens: u64| {
            let average = (n_tokens as f32 / (n_docs as f32).max(1.0)).max(1.0);
            let mut table = Box::new([0.0; 256]);
            for (code, length) in (0..=u8::MAX).zip(table.iter_mut()) {
                *length = K1 * (1.0 - B + B * FieldNormReader::id_to_fieldnorm(code) as f32 / average);
            }
            table
        });
        View { commit: seen.commit(), pages: of_parts, starts, counts_pages, n_docs, n_tokens, lengths }
    }

    /// The pages of the site that no document stands for; what is no page of its own has none.
    pub(super) fn lacking(&self, seen: Seen<'_>) -> Vec<PageIdx> {
        let mut is_there = vec![false; seen.pages().len()];
        for page in self.pages.iter().flatten().filter(|page| **page != NO_PAGE) {
            is_there[*page as usize] = true;
        }
        let lacks = |(page, is_there): &(&Page, bool)| !is_there && page.path.kind() == Kind::Page;
        let all = (0..).zip(seen.pages().iter().zip(is_there));
        all.filter(|(_, page)| lacks(page)).map(|(page, _)| page).collect()
    }
}

/// The first page from `at` on that does not stand before `path`. Near ones are found in a few
/// steps, far ones by halving.
pub(super) fn skip_to(pages: &[Page], at: usize, path: &str) -> usize {
    let mut step = 1;
    let mut low = at;
    while let Some(page) = pages.get(low + step - 1) {
        if page.path.as_str() >= path {
            break;
        }
        low += step;
        step *= 2;
    }
    let high = (low + step).min(pages.len());
    low + pages[low..high].partition_point(|page| page.path.as_str() < path)
}

/// Which documents match: those that answer all clauses, or any.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    All,
    Any,
}

impl List {
    fn info(&self, part: usize) -> Option<&TermInfo> {
        self.infos.iter().find(|(at, _)| *at == part).map(|(_, info)| info)
    }
}

/// The documents of one part while a query is evaluated.
struct Tally<'a> {
    part: &'a Part,
    at: usize,
    view: &'a View,
    /// How many clauses each document has answered, or `OUT`.
    hits: Vec<u8>,
    scores: Vec<f32>,
}

/// A clause being counted: documents with `from` hits get one more.
struct Step {
    from: u8,
    /// Documents that answered this clause.
    reached: Vec<DocId>,
}

impl Tally<'_> {
    /// The documents that match. A clause's lists may meet in a document: it is then counted once
    /// and scored for each.
    fn matching(&mut self, wanted: &[Lists], mode: Mode) -> Result<Vec<DocId>, SearchError> {
        if wanted.is_empty() {
            let all = (0..).zip(&self.hits).filter(|(_, hits)| **hits == 0);
            return Ok(all.map(|(doc, _)| doc).collect());
        }
        let mut reached: Vec<DocId> = Vec::new();
        let mut is_sorted = true;
        let mut all = Vec::new();
        for (lists, from) in wanted.iter().zip(0u8..) {
            let from = if mode == Mode::Any { 0 } else { from };
            let mut step = Step { from, reached: Vec::new() };
            if let Some((weight, boost)) = &lists.phrase {
                self.count_phrase(&mut step, weight.as_ref(), *boost)?;
            }
            for list in &lists.lists {
                let Some(info) = list.info(self.at) else { continue };
                if from > 0 && info.doc_freq as usize / SEEK_FROM_TIMES > reached.len() {
                    if !is_sorted {
                        reached.sort_unstable();
                        is_sorted = true;
                    }
                    self.look_up(&mut step, list, info, &reached)?;
                } else {
                    self.count(&mut step, list, info)?;
                }
            }
            match mode {
                Mode::Any => all.append(&mut step.reached),
                Mode::All if step.reached.is_empty() => return Ok(Vec::new()),
                Mode::All => {
                    reached = step.reached;
                    is_sorted = lists.lists.len() < 2;
                }
            }
        }
        Ok(if mode == Mode::Any { all } else { reached })
    }

    #[inline]
    fn hit(&mut self, step: &mut Step, doc: DocId, score: f32) {
        let at = doc as usize;
        let hits = self.hits[at];
        if hits == step.from {
            self.hits[at] = step.from + 1;
            step.reached.push(doc);
        } else if hits != step.from + 1 {
            return;
        }
        self.scores[at] += score;
    }

    /// Counts all postings of a list.
    fn count(&mut self, step: &mut Step, list: &List, info: &TermInfo) -> Result<(), SearchError> {
        let (terms, norms) = &self.part.terms[list.spot as usize];
        let lengths = &self.view.lengths[list.spot as usize];
        let mut block = terms.read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        while !block.docs().is_empty() {
            for (doc, freq) in block.docs().iter().zip(block.freqs()) {
                let freq = *freq as f32;
                let score = list.weight * freq / (freq + lengths[usize::from(norms.fieldnorm_id(*doc))]);
                self.hit(step, *doc, score);
            }
            block.advance();
        }
        Ok(())
    }

    /// Counts the postings of a list for a few documents.
    fn look_up(&mut self, step: &mut Step, list: &List, info: &TermInfo, docs: &[DocId]) -> Result<(), SearchError> {
        let (terms, norms) = &self.part.terms[list.spot as usize];
        let lengths = &self.view.lengths[list.spot as usize];
        let mut postings = terms.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
        for doc in docs {
            if postings.doc() < *doc {
                postings.seek(*doc);
            }
            if postings.doc() == *doc {
                let freq = postings.term_freq() as f32;
                let score = list.weight * freq / (freq + lengths[usize::from(norms.fieldnorm_id(*doc))]);
                self.hit(step, *doc, score);
            }
        }
        Ok(())
    }

    fn count_phrase(&mut self, step: &mut Step, weight: &dyn Weight, boost: f32) -> Result<(), SearchError> {
        let mut scorer = weight.scorer(&self.part.reader, boost)?;
        let mut doc = scorer.doc();
        while doc != TERMINATED {
            let score = scorer.score();
            self.hit(step, doc, score);
            doc = scorer.advance();
        }
        Ok(())
    }

    /// Takes out the documents that answer an unwanted clause.
    fn rule_out(&mut self, lists: &Lists) -> Result<(), SearchError> {
        let mut step = Step { from: 0, reached: Vec::new() };
        if let Some((weight, boost)) = &lists.phrase {
            self.count_phrase(&mut step, weight.as_ref(), *boost)?;
        }
        for list in &lists.lists {
            if let Some(info) = list.info(self.at) {
                self.count(&mut step, list, info)?;
            }
        }
        step.reached.into_iter().for_each(|doc| self.hits[doc as usize] = OUT);
        Ok(())
    }
}

/// Keeps the best documents in a buffer of twice as many, halved when it is full.
struct Best {
    found: Vec<Found>,
    keep: usize,
    /// What scores less is not among the best.
    floor: f32,
}

impl Best {
    fn add(&mut self, found: Found) {
        if found.score < self.floor || self.keep == 0 {
            return;
        }
        self.found.push(found);
        if self.found.len() >= self.keep * 2 {
            let (_, last, _) = self.found.select_nth_unstable_by(self.keep - 1, order);
            self.floor = last.score;
            self.found.truncate(self.keep);
        }
    }

    fn finish(mut self) -> Vec<Found> {
        self.found.sort_unstable_by(order);
        self.found.truncate(self.keep);
        self.found
    }
}
