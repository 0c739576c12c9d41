//! Text that was taken away: for every commit, the lines that it took out of pages, to be searched.
//!
//! What one commit took away follows from that commit alone, so a document of this index stays right
//! for ever. Which commits count is asked of the history when somebody searches: those that a rewind
//! took from the branch are passed over, and need no clearing away. Bringing the index level is
//! indexing the commits of the history that it lacks, newest first, on a thread of its own with
//! pauses; it goes on where it was after a start. A line that only moved within its page, or with
//! its page to another address, was not taken away.
//!
//! Not here: pages as they are or were at one moment (`search`); who may see what: the history that is
//! asked has only what the reader sees (`narrow`).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use polder_core::ids::{BlobId, CommitId};
use polder_core::markdown;
use polder_core::path::{FilePath, Kind};
use polder_core::site::Seen;
use polder_store::{LogEntry, Store, Touch};
use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::collector::DocSetCollector;
use tantivy::columnar::{Column, StrColumn};
use tantivy::indexer::IndexWriterOptions;
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, RegexQuery, TermQuery};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{
    DocAddress, DocId, Index, IndexReader, ReloadPolicy, Searcher, SegmentReader, TantivyDocument, TantivyError, Term,
};
use tracing::{info, warn};

use crate::history::History;
use crate::kept::Kept;
use crate::search::index::{CUT_STEMS, CUT_WORDS, Disk, open_index, settings, tokenizers};
use crate::search::{SearchError, locked, patiently};
use crate::terms::{self, Clause, Marker, What};

/// Raise this when something else is taken for removed, or it is indexed differently.
const VERSION: u32 = 1;
/// No more of what one commit took from one page is indexed: the rest is a log or an export.
const TAKEN_MAX_BYTES: usize = 256 * 1024;
/// So much of it is kept for passages; words behind it are found but not shown.
const SHOWN_MAX_BYTES: usize = 8 * 1024;
/// Larger pages are not compared line by line.
const PAGE_MAX_BYTES: usize = 2 * 1024 * 1024;
/// Memory of the writer.
const WRITER_BYTES: usize = 24_000_000;
/// Texts kept between commits: what one commit made of a page is what the next one changed.
const TEXTS_KEPT_BYTES: usize = 16 * 1024 * 1024;
/// For more commits than this, git is asked for all of them at once.
const WALK_MAX_COMMITS: usize = 64;
/// The first so many commits can be searched at once, then twice as many, up to the second number.
const CHUNK_COMMITS: usize = 500;
const CHUNK_MAX_COMMITS: usize = 32_000;
/// Work and pause in turn, while there is much to do, so that others go first.
const WORK: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_millis(10);
/// Nobody pages further than this.
const FROM_MAX: usize = 1_000;

/// The index of what was taken away from one wiki's pages.
pub struct Removed {
    folder: Option<PathBuf>,
    keeper: Mutex<Option<Keeper>>,
    asked: RwLock<Option<Arc<Asked>>>,
    level: Mutex<Level>,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Commits that were looked at, of all.
    pub done: usize,
    pub of: usize,
    /// The tip of the history that was looked at whole.
    tip: Option<CommitId>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Pages found in all.
    pub n_found: usize,
    /// Every commit of the history was looked at.
    pub ready: bool,
}

/// A page from which something was taken that has all words: the last time that this happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The commit that took it away.
    pub commit: CommitId,
    /// Where the page was before that commit.
    pub path: FilePath,
    /// Where it is now, if it is.
    pub now: Option<FilePath>,
    /// Pieces of what was taken, in order, and whether each is a match.
    pub passage: Vec<(String, bool)>,
    /// Earlier commits that took such words from it too.
    pub n_earlier: usize,
}

#[derive(Clone, Copy)]
struct Fields {
    /// The id of the commit, in three numbers by document, which are quicker to read than bytes.
    commit: [Field; 3],
    /// Where the page was; empty in a document that only says that its commit was looked at.
    path: Field,
    words: Field,
    stems: Field,
    shown: Field,
}

/// What writes. Invariant: a commit in `done` has all its documents in the index.
struct Keeper {
    fields: Fields,
    writer: Disk,
    reader: IndexReader,
    done: FxHashSet<CommitId>,
}

/// What can be asked.
struct Asked {
    fields: Fields,
    searcher: Searcher,
}

/// What a commit did to pages that were there before it.
struct Step {
    commit: CommitId,
    /// Where the page was, its bytes, and those that it has now, if it is there.
    changes: Vec<(FilePath, BlobId, Option<BlobId>)>,
}

impl Removed {
    /// Quick: the index is opened by the first `sync`.
    pub fn new(folder: Option<&Path>) -> Removed {
        Removed {
            folder: folder.map(Path::to_path_buf),
            keeper: Mutex::new(None),
            asked: RwLock::new(None),
            level: Mutex::new(Level::default()),
        }
    }

    /// How far the index is.
    pub fn level(&self) -> Level {
        *locked(&self.level)
    }

    /// Whether every commit of this history was looked at.
    pub fn is_level_with(&self, history: &History) -> bool {
        let level = self.level();
        level.of == history.len() && level.done == level.of && level.tip == history.tip()
    }

    /// Indexes the commits of the history that are missing, until it is level or `going` says no.
    ///
    /// # Errors
    /// What can be searched stays so, and the next call opens the index anew.
    pub fn sync(&self, store: &Store, history: &History, going: &dyn Fn() -> bool) -> Result<(), SearchError> {
        if self.is_level_with(history) {
            return Ok(());
        }
        let mut slot = locked(&self.keeper);
        let result = self.sync_with(&mut slot, store, history, going);
        if result.is_err() {
            *slot = None;
        }
        result
    }

    fn sync_with(
        &self,
        slot: &mut Option<Keeper>,
        store: &Store,
        history: &History,
        going: &dyn Fn() -> bool,
    ) -> Result<(), SearchError> {
        let keeper = match slot {
            Some(keeper) => keeper,
            None => {
                let keeper = slot.insert(Keeper::open(self.folder.as_deref())?);
                self.show(keeper);
                keeper
            }
        };
        let missing: Vec<CommitId> =
            history.newest_first().into_iter().filter(|commit| !keeper.done.contains(commit)).collect();
        let of = history.len();
        let tell = |n_left: usize| {
            let tip = history.tip().filter(|_| n_left == 0);
            *locked(&self.level) = Level { done: of - n_left, of, tip };
        };
        tell(missing.len());
        let (mut n_left, many) = (missing.len(), missing.len() > WALK_MAX_COMMITS);
        let (started, mut worked) = (Instant::now(), Instant::now());
        let texts = Kept::new(TEXTS_KEPT_BYTES);
        let mut read = |blob| text_of(store, &texts, blob);
        let mut chunk = Chunk { size: CHUNK_COMMITS, n_waiting: 0 };
        for step in steps(store, history, missing, many)? {
            if !going() {
                break;
            }
            keeper.add(&step, &mut read)?;
            n_left -= 1;
            chunk.n_waiting += 1;
            if chunk.n_waiting >= chunk.size {
                keeper.commit()?;
                self.show(keeper);
                chunk = Chunk { size: (chunk.size * 2).min(CHUNK_MAX_COMMITS), n_waiting: 0 };
                tell(n_left);
            }
            if many && worked.elapsed() >= WORK {
                std::thread::sleep(PAUSE);
                worked = Instant::now();
            }
        }
        if chunk.n_waiting > 0 {
            keeper.commit()?;
            self.show(keeper);
        }
        tell(n_left);
        if many && n_left == 0 {
            let ms = started.elapsed().as_millis();
            info!(commits = of, ms, "what {of} commits took away can be searched");
        }
        Ok(())
    }

    /// Ends what still writes; what was shown stays.
    pub fn close(&self) {
        *locked(&self.keeper) = None;
    }

    fn show(&self, keeper: &Keeper) {
        let asked = Asked { fields: keeper.fields, searcher: keeper.reader.searcher() };
        *self.asked.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(asked));
    }

    /// Finds the pages from which one commit took something that has all that is asked: the last
    /// removals first, of which `count` from the `from`-th (from 0) on are given.
    ///
    /// `seen` shows the present site, `history` leads to it; `ready` says that all of it was looked at.
    pub fn find(
        &self,
        seen: Seen<'_>,
        history: &History,
        ready: bool,
        query: &str,
        from: usize,
        count: usize,
    ) -> Found {
        let asked = self.asked.read().unwrap_or_else(PoisonError::into_inner).clone();
        let query = terms::Query::parse(query);
        let (Some(asked), false) = (asked, query.wanted.is_empty()) else {
            return Found { ready, ..Found::default() };
        };
        match asked.find(seen, history, &query, from.min(FROM_MAX), count) {
            Ok(found) => Found { ready, ..found },
            Err(error) => {
                warn!(%error, "could not search in what was taken away; the index is opened anew");
                if let Ok(mut slot) = self.keeper.try_lock() {
                    *slot = None;
                    *locked(&self.level) = Level::default();
                }
                Found::default()
            }
        }
    }
}

/// Commits that wait for becoming durable together.
struct Chunk {
    size: usize,
    n_waiting: usize,
}

/// What each of some commits did, in their order.
fn steps(
    store: &Store,
    history: &History,
    commits: Vec<CommitId>,
    many: bool,
) -> Result<Box<dyn Iterator<Item = Step>>, SearchError> {
    let failed = |error| SearchError::Io(std::io::Error::other(error));
    let mut steps = FxHashMap::default();
    if many {
        let wanted: FxHashSet<CommitId> = commits.iter().copied().collect();
        let Some(tip) = history.tip() else { return Ok(Box::new(std::iter::empty())) };
        let mut each = |entry: LogEntry| {
            if wanted.contains(&entry.id) {
                let step = Step::of(history, entry);
                steps.insert(step.commit, step);
            }
            true
        };
        store.log(None, tip, &mut each).map_err(failed)?;
    } else {
        for commit in &commits {
            let step = Step::of(history, store.touched(*commit).map_err(failed)?);
            steps.insert(step.commit, step);
        }
    }
    Ok(Box::new(commits.into_iter().filter_map(move |commit| steps.remove(&commit))))
}

impl Step {
    fn of(history: &History, entry: LogEntry) -> Step {
        let is_page = |touch: &&Touch| touch.path.kind() == Kind::Page;
        let moves = if entry.touches.iter().any(|touch| touch.old.is_some() && touch.new.is_none()) {
            history.moves_in(entry.id)
        } else {
            Vec::new()
        };
        let blob_at = |path: &FilePath| entry.touches.iter().find(|touch| touch.path == *path)?.new;
        let now = |touch: &Touch| touch.new.or_else(|| blob_at(&moves.iter().find(|(from, _)| *from == touch.path)?.1));
        let change = |touch: &Touch| Some((touch.path.clone(), touch.old?, now(touch)));
        Step { commit: entry.id, changes: entry.touches.iter().filter(is_page).filter_map(change).collect() }
    }
}

/// The text of a page; `None` where there is none to compare.
fn text_of(store: &Store, texts: &Kept<BlobId, Arc<str>>, blob: BlobId) -> Option<Arc<str>> {
    if let Some(text) = texts.get(&blob) {
        return Some(text);
    }
    let bytes = store.read(blob).ok().filter(|bytes| bytes.len() <= PAGE_MAX_BYTES)?;
    let text: Arc<str> = String::from_utf8(bytes).ok()?.into();
    texts.put(blob, Arc::clone(&text), text.len() + 64);
    Some(text)
}

/// The lines of a text that another one lacks, wherever they stand.
fn taken(old: &str, new: &str) -> String {
    // The hasher is std's keyed one, since a page can be made of lines that collide in others.
    let mut there: HashMap<&str, usize> = HashMap::new();
    for line in new.lines() {
        *there.entry(line.trim()).or_default() += 1;
    }
    let mut taken = String::new();
    for line in old.lines() {
        match there.get_mut(line.trim()) {
            Some(n_there) if *n_there > 0 => *n_there -= 1,
            _ if line.trim().is_empty() => {}
            _ if taken.len() >= TAKEN_MAX_BYTES => break,
            _ => {
                taken.push_str(line);
                taken.push('\n');
            }
        }
    }
    taken
}

fn schema() -> (Schema, Fields) {
    let text = |cut: &str, record: IndexRecordOption| {
        TextOptions::default()
            .set_indexing_options(TextFieldIndexing::default().set_tokenizer(cut).set_index_option(record))
    };
    let mut schema = Schema::builder();
    let fields = Fields {
        commit: ["commit_a", "commit_b", "commit_c"].map(|name| schema.add_u64_field(name, FAST)),
        path: schema.add_text_field("path", STRING.set_fast("raw")),
        words: schema.add_text_field("words", text(CUT_WORDS, IndexRecordOption::WithFreqsAndPositions)),
        stems: schema.add_text_field("stems", text(CUT_STEMS, IndexRecordOption::Basic)),
        shown: schema.add_text_field("shown", STORED),
    };
    (schema.build(), fields)
}

fn version() -> String {
    format!("polder-removed-{VERSION}-{}", terms::VERSION)
}

fn numbers(commit: CommitId) -> [u64; 3] {
    let mut bytes = [0; 24];
    bytes[..20].copy_from_slice(&commit.0);
    let number = |at: usize| u64::from_be_bytes(std::array::from_fn(|byte| bytes[at * 8 + byte]));
    [number(0), number(1), number(2)]
}

fn commit_of(numbers: [u64; 3]) -> CommitId {
    let mut bytes = [0; 24];
    for (chunk, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        chunk.copy_from_slice(&number.to_be_bytes());
    }
    CommitId(std::array::from_fn(|at| bytes[at]))
}

impl Keeper {
    fn open(folder: Option<&Path>) -> Result<Keeper, SearchError> {
        let (schema, fields) = schema();
        let mut index = match folder {
            None => Index::builder().schema(schema).settings(settings()).create_in_ram()?,
            Some(folder) => open_index(folder, schema, &version())?,
        };
        index.set_tokenizers(tokenizers());
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let is_held = |error: &TantivyError| matches!(error, TantivyError::LockFailure(..));
        let writer = patiently(|| index.writer_with_options(options.clone()), is_held)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut keeper = Keeper { fields, writer: Disk::new(writer), reader, done: FxHashSet::default() };
        keeper.done = keeper.looked_at()?;
        Ok(keeper)
    }

    fn looked_at(&self) -> Result<FxHashSet<CommitId>, SearchError> {
        let mut done = FxHashSet::default();
        for segment in self.reader.searcher().segment_readers() {
            let columns = Columns::of(segment)?;
            done.extend((0..segment.max_doc()).filter_map(|doc| columns.commit(doc)));
        }
        Ok(done)
    }

    fn add(&mut self, step: &Step, read: &mut dyn FnMut(BlobId) -> Option<Arc<str>>) -> Result<(), SearchError> {
        let mut n_added = 0;
        for (path, old, new) in &step.changes {
            let Some(old) = read(*old) else { continue };
            // What can't be read now may say all that the page said before.
            let new: Arc<str> = match new {
                Some(new) => match read(*new) {
                    Some(new) => new,
                    None => continue,
                },
                None => "".into(),
            };
            let text = markdown::plain(&taken(&old, &new), TAKEN_MAX_BYTES);
            if text.trim().is_empty() {
                continue;
            }
            let mut document = self.document(step.commit, path.as_str());
            document.add_text(self.fields.words, &text);
            document.add_text(self.fields.stems, &text);
            document.add_text(self.fields.shown, begin(&text));
            self.writer.writer().add_document(document)?;
            n_added += 1;
        }
        if n_added == 0 {
            let document = self.document(step.commit, "");
            self.writer.writer().add_document(document)?;
        }
        self.done.insert(step.commit);
        Ok(())
    }

    fn document(&self, commit: CommitId, path: &str) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        for (field, number) in self.fields.commit.into_iter().zip(numbers(commit)) {
            document.add_u64(field, number);
        }
        document.add_text(self.fields.path, path);
        document
    }

    fn commit(&mut self) -> Result<(), SearchError> {
        let mut commit = self.writer.writer().prepare_commit()?;
        commit.set_payload(&format!("{} ", version()));
        commit.commit()?;
        self.reader.reload()?;
        Ok(())
    }
}

fn begin(text: &str) -> &str {
    let mut end = text.len().min(SHOWN_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What each document of a segment is about.
struct Columns {
    commit: [Column<u64>; 3],
    paths: Option<StrColumn>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> Result<Columns, SearchError> {
        let columns = segment.fast_fields();
        let commit = [columns.u64("commit_a")?, columns.u64("commit_b")?, columns.u64("commit_c")?];
        Ok(Columns { commit, paths: columns.str("path")? })
    }

    fn commit(&self, doc: DocId) -> Option<CommitId> {
        let [a, b, c] = &self.commit;
        Some(commit_of([a.first(doc)?, b.first(doc)?, c.first(doc)?]))
    }
}

/// A document that matches, by the place of its commit in the history.
struct Match {
    place: usize,
    commit: CommitId,
    /// Stands for where the page was.
    path: u32,
    address: DocAddress,
}

impl Asked {
    fn find(
        &self,
        seen: Seen<'_>,
        history: &History,
        query: &terms::Query,
        from: usize,
        count: usize,
    ) -> Result<Found, SearchError> {
        let (mut matches, paths) = self.matches(history, query)?;
        // Of a commit only a part may be seen.
        if seen.class() != 0 {
            matches.retain(|found| history.touched(found.commit, &paths[found.path as usize]));
        }
        matches.sort_unstable_by(|a, b| b.place.cmp(&a.place).then(a.path.cmp(&b.path)));
        // Of the same page, wherever it was, the last removal counts.
        let nows: Vec<Option<FilePath>> = paths.iter().map(|path| present(seen, history, path)).collect();
        let mut of_page: FxHashMap<&FilePath, usize> = FxHashMap::default();
        let mut pages: Vec<(Match, usize)> = Vec::new();
        for found in matches {
            let path = found.path as usize;
            let at = *of_page.entry(nows[path].as_ref().unwrap_or(&paths[path])).or_insert(pages.len());
            match pages.get_mut(at) {
                Some((_, n_earlier)) => *n_earlier += 1,
                None => pages.push((found, 0)),
            }
        }
        let marker = Marker::new(&query.wanted);
        let n_found = pages.len();
        let mut hits = Vec::new();
        for (found, n_earlier) in pages.into_iter().skip(from).take(count) {
            let document: TantivyDocument = self.searcher.doc(found.address)?;
            let text = document.get_first(self.fields.shown).and_then(|text| text.as_str()).unwrap_or_default();
            hits.push(Hit {
                commit: found.commit,
                path: paths[found.path as usize].clone(),
                now: nows[found.path as usize].clone(),
                passage: marker.passage(text),
                n_earlier,
            });
        }
        Ok(Found { hits, n_found, ready: false })
    }

    /// The documents that match and whose commit is on the branch; and the paths that they are about.
    fn matches(&self, history: &History, query: &terms::Query) -> Result<(Vec<Match>, Vec<FilePath>), SearchError> {
        let found = self.searcher.search(&self.query(query), &DocSetCollector)?;
        let mut by_segment: Vec<Vec<DocId>> = vec![Vec::new(); self.searcher.segment_readers().len()];
        for address in found {
            by_segment[address.segment_ord as usize].push(address.doc_id);
        }
        let mut matches = Vec::new();
        let (mut paths, mut known) = (Vec::new(), FxHashMap::default());
        for (segment, docs) in by_segment.into_iter().enumerate() {
            let columns = Columns::of(self.searcher.segment_reader(segment as u32))?;
            let Some(names) = &columns.paths else { continue };
            let mut of_ord: FxHashMap<u64, Option<u32>> = FxHashMap::default();
            for doc in docs {
                let Some(commit) = columns.commit(doc) else { continue };
                let (Some(place), Some(ord)) = (history.order_of(commit), names.ords().first(doc)) else { continue };
                let path = match of_ord.get(&ord) {
                    Some(path) => *path,
                    None => {
                        let mut name = String::new();
                        names.ord_to_str(ord, &mut name)?;
                        let path = FilePath::parse(&name).ok().map(|path| {
                            *known.entry(path.clone()).or_insert_with(|| {
                                paths.push(path);
                                paths.len() as u32 - 1
                            })
                        });
                        of_ord.insert(ord, path);
                        path
                    }
                };
                let address = DocAddress::new(segment as u32, doc);
                matches.extend(path.map(|path| Match { place, commit, path, address }));
            }
        }
        Ok((matches, paths))
    }

    fn query(&self, query: &terms::Query) -> BooleanQuery {
        let wanted = query.wanted.iter().map(|clause| (Occur::Must, self.clause(clause)));
        let unwanted = query.unwanted.iter().map(|clause| (Occur::MustNot, self.clause(clause)));
        BooleanQuery::new(wanted.chain(unwanted).collect())
    }

    /// Titles and tags are looked for as text: what was taken away has neither.
    fn clause(&self, clause: &Clause) -> Box<dyn Query> {
        match &clause.what {
            What::Word { word, stems, is_prefix } => {
                let mut any = vec![self.term(self.fields.words, word)];
                any.extend(stems.iter().map(|stem| self.term(self.fields.stems, stem)));
                if *is_prefix && let Ok(begun) = RegexQuery::from_pattern(&format!("{word}.*"), self.fields.words) {
                    any.push(Box::new(begun));
                }
                Box::new(BooleanQuery::union(any))
            }
            What::Phrase(words) => self.phrase(words.iter().map(String::as_str)),
            What::Tag(tag) => self.phrase(tag.split(' ')),
        }
    }

    fn term(&self, field: Field, word: &str) -> Box<dyn Query> {
        Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::Basic))
    }

    fn phrase<'a>(&self, words: impl Iterator<Item = &'a str>) -> Box<dyn Query> {
        let terms: Vec<Term> = words.map(|word| Term::from_field_text(self.fields.words, word)).collect();
        match <[Term; 1]>::try_from(terms) {
            Ok([term]) => Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
            Err(terms) if terms.is_empty() => Box::new(BooleanQuery::new(Vec::new())),
            Err(terms) => Box::new(PhraseQuery::new(terms)),
        }
    }
}

/// Where the page is that was at `path` once.
fn present(seen: Seen<'_>, history: &History, path: &FilePath) -> Option<FilePath> {
    if seen.page_at(path).is_some() {
        return Some(path.clone());
    }
    history.moved_to(path).filter(|now| seen.page_at(now).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_only_moved_was_not_taken_away() {
        assert_eq!(taken("een\ntwee\ndrie\n", "drie\n  een\nvier\n"), "twee\n");
        assert_eq!(taken("een\neen\n\n", "een\n"), "een\n", "twice there, once left");
        assert_eq!(taken("een\r\ntwee", "een\ntwee\n"), "", "line ends say nothing");
        assert_eq!(taken("een\n", ""), "een\n");
        assert!(taken(&"lang\n".repeat(TAKEN_MAX_BYTES), "").len() <= TAKEN_MAX_BYTES + 5);
    }

    #[test]
    fn a_commit_is_three_numbers_and_back() {
        let id = CommitId(std::array::from_fn(|at| at as u8 * 13 + 1));
        assert_eq!(commit_of(numbers(id)), id);
        assert_eq!(commit_of(numbers(CommitId([0xff; 20]))), CommitId([0xff; 20]));
    }
}
