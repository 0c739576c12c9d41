//! The search index: brought level with a site, asked for pages.
//!
//! The index is never the truth. It holds for each page the id of the bytes it was made from, so
//! that bringing it level is comparing two lists of files, after a start as after a save, a push
//! or a rewind (INV-2). What it answers are pages of the site that is asked about: a hit that the
//! site lacks, or that the reader may not see, is dropped before it is counted (INV-4). So an
//! index that lags can miss, never leak or dangle.
//!
//! Pages saved lately are indexed in memory first, in small pieces that can be asked at once, and
//! reach the disk by `flush`. Of pieces that hold the same page the newest counts.
//!
//! Queries are evaluated here, not by tantivy's query types: each term's postings are added up
//! per page, rarest condition first. That gives the count, the order and the permission filter in
//! one pass. tantivy does the rest: dictionaries, postings, phrases, files, merging.
//!
//! Not here: how a text is cut and what a query means (`terms`); old versions of pages (an old
//! site is answered from today's index and says that it is not ready).

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use polder_core::doc::{self, Shape};
use polder_core::filter::{self, Filter};
use polder_core::front::{Field as FrontField, Value as FrontValue};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Change, Entry, Manifest};
use polder_core::markdown;
use polder_core::names::PageIdx;
use polder_core::path::{FilePath, Kind};
use polder_core::site::{Page, Seen, Site, Who};
use rustc_hash::FxHashMap;
use tantivy::directory::RamDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::{InvertedIndexReader, SegmentId};
use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::{LogMergePolicy, NoMergePolicy};
use tantivy::postings::{Postings as _, TermInfo};
use tantivy::query::{Bm25StatisticsProvider, EnableScoring, PhraseQuery, Query as _, Weight};
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::store::StoreReader;
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{
    DocId, DocSet as _, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, SegmentReader,
    TERMINATED, TantivyDocument, TantivyError, Term,
};
use tracing::{info, warn};

use crate::terms::{self, Clause, Cutter, Marker, Place, Query, Terms, What};

/// Raise this when pages are indexed differently; `terms::VERSION` counts for itself.
const VERSION: u32 = 1;

/// No more of a page's text is indexed. Larger pages are logs and exports.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// So much of a page's text is kept for passages; words behind it are found but not shown.
const SHOWN_MAX_BYTES: usize = 20 * 1024;
/// So much Markdown is read again for a passage when a page is newer than the index.
const SHOWN_MAX_SOURCE_BYTES: usize = 64 * 1024;
/// More changes than this at once go straight to disk.
const OVERLAY_MAX_CHANGES: usize = 200;
/// The overlay is flushed when it has so many pieces, pages or bytes of text: each piece costs a
/// query some microseconds, and all of them are memory.
const OVERLAY_MAX_PIECES: usize = 16;
const OVERLAY_MAX_PAGES: usize = 200;
const OVERLAY_MAX_BYTES: usize = 16 * 1024 * 1024;
/// The first chunk of a large change is so many pages, each next one twice as many: something is
/// found soon, and the index ends in few segments.
const CHUNK_PAGES: usize = 1_000;
/// A chunk ends at so many bytes of text too, since text waits in memory for the writer.
const CHUNK_MAX_BYTES: usize = 32 * 1024 * 1024;
/// Progress is told once per so many pages.
const PROGRESS_PAGES: usize = 64;
/// Memory of the writer to disk, and of one piece of the overlay.
const WRITER_BYTES: usize = 50_000_000;
const PIECE_BYTES: usize = 3_000_000;
/// Stored texts are compressed in blocks of this size: one page or a few.
const STORE_BLOCK_BYTES: usize = 4 * 1024;
/// Blocks of stored text kept unpacked per segment.
const STORE_BLOCKS_KEPT: usize = 64;
/// Segments smaller than this many pages are merged among each other, not into the large ones.
const MERGE_MIN_PAGES: u32 = 500;
/// Nobody pages further than this; keeping more hits in order costs time.
const HITS_MAX: usize = 10_000;
/// Words that the begin of a word may stand for, commonest first, and how many are looked at.
const PREFIX_MAX_WORDS: usize = 32;
const PREFIX_MAX_LOOKED: usize = 2_000;
/// A list of postings this many times longer than the pages still in question is jumped through.
const SEEK_FROM_TIMES: usize = 16;

/// How often a lock is tried for, and what is waited between: a quarter of a second in all.
const LOCK_TRIES: usize = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// What a match counts for, by where and how it matches. A title is also repeated in the text's
/// own fields, which lifts it within BM25's own limits.
const WEIGHT_WORD: f32 = 1.0;
const WEIGHT_STEM: f32 = 0.6;
const WEIGHT_PREFIX: f32 = 0.3;
const WEIGHT_PHRASE: f32 = 1.5;
const WEIGHT_TITLE: f32 = 1.2;
const WEIGHT_TAG: f32 = 1.0;
const TITLE_TIMES: usize = 4;

/// BM25's usual constants.
const K1: f32 = 1.2;
const B: f32 = 0.75;

const CUT_WORDS: &str = "polder-words";
const CUT_STEMS: &str = "polder-stems";
const CUT_BOTH: &str = "polder-both";

/// Not a page of this site, or an older copy of one.
const NO_PAGE: PageIdx = PageIdx::MAX;
/// A page that is out, whatever else matches. Larger than any number of clauses.
const OUT: u8 = u8::MAX;

/// The search index of one wiki. Everything may be called from several threads; `sync` and
/// `flush` wait for each other, `find` waits for neither.
pub struct Search {
    folder: Option<PathBuf>,
    writer: Mutex<Option<Writer>>,
    shown: RwLock<Arc<Shown>>,
    level: Mutex<Level>,
    /// Held while this lives, so that no second process writes the folder; let go last.
    _lock: Option<File>,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Pages done, of pages to do; 0 of 0 before the first `sync`.
    Building { done: usize, of: usize },
    /// Level with this commit.
    Ready(CommitId),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub hits: Vec<Hit>,
    /// Pages found in all.
    pub n_found: usize,
    /// Every page found has all that was asked. `false`: none has, and these have some of it.
    pub exact: bool,
    /// The index is level with the site that was asked about.
    pub ready: bool,
}

/// A page that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub page: PageIdx,
    /// Pieces of text in order, and whether each is a match.
    pub passage: Vec<(String, bool)>,
    pub score: f32,
}

/// Why the index could not be used. It is rebuilt by the next `sync` where that can help.
#[derive(Debug)]
pub enum SearchError {
    /// Another process has the folder.
    InUse,
    Io(io::Error),
    Index(Box<TantivyError>),
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SearchError::InUse => f.write_str("another process uses this search index"),
            SearchError::Io(error) => write!(f, "the search index can't be read or written: {error}"),
            SearchError::Index(error) => write!(f, "the search index failed: {error}"),
        }
    }
}

impl std::error::Error for SearchError {}

impl From<io::Error> for SearchError {
    fn from(error: io::Error) -> SearchError {
        SearchError::Io(error)
    }
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> SearchError {
        SearchError::Index(Box::new(error))
    }
}

impl Search {
    /// Takes the folder, or memory alone. Quick: the index itself is opened, and checked, by the
    /// first `sync`; a damaged or older one is made anew then.
    ///
    /// # Errors
    /// `InUse`, or `Io` when the folder can't be made.
    pub fn open(folder: Option<&Path>) -> Result<Search, SearchError> {
        let lock = folder.map(lock).transpose()?;
        Ok(Search {
            folder: folder.map(|folder| folder.join("index")),
            _lock: lock,
            writer: Mutex::new(None),
            shown: RwLock::new(Arc::new(Shown::default())),
            level: Mutex::new(Level::Building { done: 0, of: 0 }),
        })
    }

    /// Brings the index level with `site`. `read` gives a page's bytes; `progress` hears pages done
    /// and to do. Few changes are findable when this returns but only in memory until `flush`.
    ///
    /// # Errors
    /// `Io` or `Index`; what was findable stays so, and the next call opens the index anew.
    pub fn sync(
        &self,
        site: &Site,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let mut slot = locked(&self.writer);
        let result = self.sync_with(&mut slot, site, read, progress);
        if result.is_err() {
            self.give_up(&mut slot);
        }
        result
    }

    /// Has the next `sync` open the index anew, and tells that it is no longer level.
    fn give_up(&self, slot: &mut Option<Writer>) {
        *slot = None;
        *locked(&self.level) = Level::Building { done: 0, of: 0 };
    }

    fn sync_with(
        &self,
        slot: &mut Option<Writer>,
        site: &Site,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let writer = match slot {
            Some(writer) => writer,
            None => slot.insert(Writer::open(self.folder.as_deref())?),
        };
        let changes = writer.changes_to(site);
        if changes.is_empty() {
            if writer.at != Some(site.at) {
                writer.level_with(site);
                self.show(writer, Some(site));
            }
        } else if changes.len() <= OVERLAY_MAX_CHANGES {
            let added = writer.add_piece(site, &changes, read)?;
            writer.level_with(site);
            self.show(writer, Some(site));
            writer.write_later(&changes, added)?;
        } else {
            self.sync_many(writer, site, &changes, read, progress)?;
        }
        *locked(&self.level) = Level::Ready(site.at);
        if writer.is_overfull() {
            writer.commit()?;
            self.show(writer, Some(site));
        }
        Ok(())
    }

    fn sync_many(
        &self,
        writer: &mut Writer,
        site: &Site,
        changes: &[Change],
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<(), SearchError> {
        let of = changes.len();
        let tell = |done: usize| {
            *locked(&self.level) = Level::Building { done, of };
            progress(done, of);
        };
        tell(0);
        writer.at = None;
        let (mut chunk_pages, mut n_pages, mut n_bytes) = (CHUNK_PAGES, 0, 0);
        for (done, change) in changes.iter().enumerate() {
            let document = writer.fields.document_of(site, change, read);
            n_bytes += document.as_ref().map_or(0, |document| document.n_bytes);
            n_pages += 1;
            writer.write(change, document.map(|document| document.inner))?;
            if n_pages >= chunk_pages || n_bytes >= CHUNK_MAX_BYTES {
                writer.commit()?;
                self.show(writer, Some(site));
                (chunk_pages, n_pages, n_bytes) = (chunk_pages.saturating_mul(2), 0, 0);
            }
            if done % PROGRESS_PAGES == 0 {
                tell(done);
            }
        }
        writer.level_with(site);
        writer.commit()?;
        self.show(writer, Some(site));
        tell(of);
        info!(n_pages = of, "indexed {of} changed pages for search");
        Ok(())
    }

    /// Writes what is only in memory to disk. Called by a timer and before the end.
    ///
    /// # Errors
    /// As `sync`.
    pub fn flush(&self) -> Result<(), SearchError> {
        let mut slot = locked(&self.writer);
        let Some(writer) = slot.as_mut().filter(|writer| writer.is_dirty) else { return Ok(()) };
        let result = writer.commit();
        match &result {
            Ok(()) => self.show(writer, None),
            Err(_) => self.give_up(&mut slot),
        }
        result
    }

    /// How far the index is.
    pub fn level(&self) -> Level {
        *locked(&self.level)
    }

    /// Finds the pages that match `query`, best first, of which `count` from the `from`-th (from 0)
    /// on are given with a passage. Any text is a query (see `terms::Query`).
    pub fn find(
        &self,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        query: &str,
        from: usize,
        count: usize,
    ) -> Answer {
        let shown = Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner));
        let ready = shown.at == Some(seen.commit());
        let (filters, words) = filter::split(seen, query);
        let query = Query::parse(&words);
        if query.is_empty() && filters.is_empty() {
            return Answer { exact: true, ready, ..Answer::default() };
        }
        match shown.find(seen, read, &query, &filters, from.min(HITS_MAX), count.min(HITS_MAX)) {
            Ok(answer) => Answer { ready, ..answer },
            Err(error) => {
                warn!(%error, "could not search; the index is opened anew");
                if let Ok(mut slot) = self.writer.try_lock() {
                    self.give_up(&mut slot);
                }
                Answer::default()
            }
        }
    }

    fn show(&self, writer: &Writer, site: Option<&Site>) {
        let shown = Arc::new(writer.shown());
        if let Some(site) = site {
            shown.view(site.seen_by(&Who::default()));
        }
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }
}

/// A panic elsewhere does not make what is behind a lock wrong: each is replaced as a whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(folder: &Path) -> Result<File, SearchError> {
    fs::create_dir_all(folder)?;
    let file = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    let locked = patiently(|| file.try_lock(), |error| matches!(error, TryLockError::WouldBlock));
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SearchError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Tries for a lock. A process that this one starts holds its locks too until it becomes another
/// program, so a lock that was let go a moment ago may still be held.
fn patiently<T, E>(mut take: impl FnMut() -> Result<T, E>, is_held: impl Fn(&E) -> bool) -> Result<T, E> {
    for _ in 1..LOCK_TRIES {
        match take() {
            Err(error) if is_held(&error) => std::thread::sleep(LOCK_PAUSE),
            taken => return taken,
        }
    }
    take()
}

/// The fields of the index.
#[derive(Clone, Copy)]
struct Fields {
    /// The path, whole; also by document.
    path: Field,
    /// The id of the bytes, by document.
    blob: Field,
    /// Title, path, headings, frontmatter and body: words as they are, with positions.
    words: Field,
    /// The same: stems.
    stems: Field,
    /// The title: words and stems.
    title: Field,
    /// Whole tags.
    tag: Field,
    /// The begin of the body, to cut passages from.
    shown: Field,
}

/// A page ready for the index, and how much text it has.
struct Document {
    inner: TantivyDocument,
    n_bytes: usize,
}

fn schema() -> (Schema, Fields) {
    let text = |cut: &str, record: IndexRecordOption| {
        let indexing = TextFieldIndexing::default().set_tokenizer(cut).set_index_option(record);
        TextOptions::default().set_indexing_options(indexing)
    };
    let mut schema = Schema::builder();
    let fields = Fields {
        path: schema.add_text_field("path", STRING.set_fast("raw")),
        blob: schema.add_bytes_field("blob", BytesOptions::default().set_fast()),
        words: schema.add_text_field("words", text(CUT_WORDS, IndexRecordOption::WithFreqsAndPositions)),
        stems: schema.add_text_field("stems", text(CUT_STEMS, IndexRecordOption::WithFreqs)),
        title: schema.add_text_field("title", text(CUT_BOTH, IndexRecordOption::WithFreqsAndPositions)),
        tag: schema.add_text_field("tag", text("raw", IndexRecordOption::WithFreqs)),
        shown: schema.add_text_field("shown", TextOptions::default().set_stored()),
    };
    (schema.build(), fields)
}

fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for (name, terms) in [(CUT_WORDS, Terms::Words), (CUT_STEMS, Terms::Stems), (CUT_BOTH, Terms::Both)] {
        manager.register(name, TextAnalyzer::from(Cutter { terms }));
    }
    manager
}

fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: STORE_BLOCK_BYTES,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

impl Fields {
    /// The document for a change; `None` when the page is gone.
    fn document_of(self, site: &Site, change: &Change, read: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> Option<Document> {
        let blob = change.new?;
        let who = Who::default();
        let seen = site.seen_by(&who);
        let page = seen.page(seen.page_at(&change.path)?)?;
        let bytes = read(blob);
        if bytes.is_none() {
            warn!(page = %change.path.as_str(), "the text of a page can't be read: found by its title only");
        }
        Some(self.document(page, &bytes.unwrap_or_default()))
    }

    fn document(self, page: &Page, bytes: &[u8]) -> Document {
        let text = match page.doc.shape {
            Shape::Binary => "",
            Shape::Text | Shape::Plain => std::str::from_utf8(bytes).unwrap_or_default(),
        };
        let body = markdown::plain(doc::body(text), BODY_MAX_BYTES);
        let mut inner = TantivyDocument::default();
        inner.add_text(self.path, page.path.as_str());
        inner.add_bytes(self.blob, &page.blob.0);
        inner.add_text(self.title, page.title());
        let mut add = |text: &str| {
            inner.add_text(self.words, text);
            inner.add_text(self.stems, text);
        };
        for _ in 0..TITLE_TIMES {
            add(page.title());
        }
        add(page.path.address());
        page.doc.headings.iter().for_each(|heading| add(&heading.text));
        values(&page.doc.front.fields, &mut add);
        add(&body);
        for tag in &page.doc.tags {
            inner.add_text(self.tag, terms::fold_tag(tag));
        }
        inner.add_text(self.shown, shown_part(page, &body));
        Document { inner, n_bytes: body.len() }
    }
}

/// Hands every scalar of a frontmatter to `add`.
fn values(fields: &[FrontField], add: &mut dyn FnMut(&str)) {
    fn value(of: &FrontValue, add: &mut dyn FnMut(&str)) {
        match of {
            FrontValue::Scalar(scalar) => add(&scalar.text),
            FrontValue::List(items) => items.iter().for_each(|item| value(item, add)),
            FrontValue::Map(fields) => values(fields, add),
            FrontValue::Empty => {}
        }
    }
    fields.iter().for_each(|field| value(&field.value, add));
}

/// The begin of a body, without the heading that is the title: the title stands above a passage.
fn shown_part<'a>(page: &Page, body: &'a str) -> &'a str {
    let body = match page.doc.title.as_deref().filter(|_| page.doc.title_is_heading) {
        Some(title) => body.trim_start().strip_prefix(title).unwrap_or(body),
        None => body,
    };
    begin(body.trim_start(), SHOWN_MAX_BYTES)
}

fn begin(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What changes the index. Its pieces in memory and its writer to disk hold the same changes.
struct Writer {
    fields: Fields,
    writer: Disk,
    reader: IndexReader,
    /// The files that the index is made of, on disk and in memory together.
    files: Arc<Manifest>,
    /// The commit of those files; `None` in the midst of a large change.
    at: Option<CommitId>,
    /// Pieces of the overlay, oldest first.
    overlay: Vec<Arc<Part>>,
    overlay_bytes: usize,
    overlay_pages: usize,
    /// The segments on disk as last loaded, and the pages of each, which never change.
    on_disk: Vec<Arc<Part>>,
    listings: FxHashMap<SegmentId, Arc<Listing>>,
    /// There is something that is not on disk yet.
    is_dirty: bool,
}

/// tantivy's writer. When it is let go it has stopped writing: what it still merges would otherwise
/// be written, and files be taken away, under whoever opens the folder next.
struct Disk(Option<IndexWriter>);

impl Disk {
    fn writer(&mut self) -> &mut IndexWriter {
        self.0.as_mut().expect("the writer is taken by `drop` only")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let Some(writer) = self.0.take() else { return };
        writer.set_merge_policy(Box::new(NoMergePolicy));
        if let Err(error) = writer.wait_merging_threads() {
            warn!(%error, "the search index could not be closed in order");
        }
    }
}

impl Writer {
    fn open(folder: Option<&Path>) -> Result<Writer, SearchError> {
        let (schema, fields) = schema();
        let index = match folder {
            None => Index::builder().schema(schema).settings(settings()).create_in_ram()?,
            Some(folder) => open_index(folder, schema)?,
        };
        let mut index = index;
        index.set_tokenizers(tokenizers());
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(WRITER_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let is_held = |error: &TantivyError| matches!(error, TantivyError::LockFailure(..));
        let writer: IndexWriter = patiently(|| index.writer_with_options(options.clone()), is_held)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_layer_size(MERGE_MIN_PAGES);
        merging.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(merging));
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let mut opened = Writer {
            fields,
            writer: Disk(Some(writer)),
            reader,
            files: Arc::default(),
            at: None,
            overlay: Vec::new(),
            overlay_bytes: 0,
            overlay_pages: 0,
            on_disk: Vec::new(),
            listings: FxHashMap::default(),
            is_dirty: false,
        };
        opened.load()?;
        opened.files = Arc::new(opened.indexed_files());
        Ok(opened)
    }

    /// The pages on disk and the bytes that each was made from.
    fn indexed_files(&self) -> Manifest {
        let mut entries = Vec::new();
        for part in &self.on_disk {
            for (path, doc) in &part.listing.by_path {
                if !part.reader.is_deleted(*doc)
                    && let Ok(path) = FilePath::parse(path)
                {
                    entries.push(Entry { path, blob: part.listing.blobs[*doc as usize] });
                }
            }
        }
        Manifest::new(entries, Vec::new())
    }

    fn changes_to(&self, site: &Site) -> Vec<Change> {
        if Arc::ptr_eq(&self.files, site.manifest()) {
            return Vec::new();
        }
        let mut changes = self.files.changes_to(site.manifest());
        changes.retain(|change| change.path.kind() == Kind::Page);
        changes
    }

    fn level_with(&mut self, site: &Site) {
        self.files = Arc::clone(site.manifest());
        self.at = Some(site.at);
    }

    /// Puts changed pages into a piece of the overlay. They are not on their way to disk yet.
    fn add_piece(
        &mut self,
        site: &Site,
        changes: &[Change],
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    ) -> Result<Vec<Option<TantivyDocument>>, SearchError> {
        let documents: Vec<Option<Document>> =
            changes.iter().map(|change| self.fields.document_of(site, change, read)).collect();
        let n_pages = documents.iter().flatten().count();
        if n_pages > 0 {
            let (schema, _) = schema();
            let mut piece = Index::builder()
                .schema(schema)
                .settings(settings())
                .tokenizers(tokenizers())
                .single_segment_index_writer(RamDirectory::create(), PIECE_BYTES)?;
            for document in documents.iter().flatten() {
                piece.add_document(document.inner.clone())?;
                self.overlay_bytes += document.n_bytes;
            }
            for segment in piece.finalize()?.searchable_segments()? {
                let reader = SegmentReader::open(&segment)?;
                let listing = Arc::new(Listing::read(&reader)?);
                self.overlay.push(Arc::new(Part::new(reader, listing, self.fields)?));
            }
            self.overlay_pages += n_pages;
        }
        Ok(documents.into_iter().map(|document| document.map(|document| document.inner)).collect())
    }

    /// Hands changes to the writer to disk, to be committed some time.
    fn write_later(&mut self, changes: &[Change], documents: Vec<Option<TantivyDocument>>) -> Result<(), SearchError> {
        for (change, document) in changes.iter().zip(documents) {
            self.write(change, document)?;
        }
        Ok(())
    }

    fn write(&mut self, change: &Change, document: Option<TantivyDocument>) -> Result<(), SearchError> {
        self.is_dirty = true;
        self.writer.writer().delete_term(Term::from_field_text(self.fields.path, change.path.as_str()));
        if let Some(document) = document {
            self.writer.writer().add_document(document)?;
        }
        Ok(())
    }

    fn is_overfull(&self) -> bool {
        self.overlay.len() > OVERLAY_MAX_PIECES
            || self.overlay_pages > OVERLAY_MAX_PAGES
            || self.overlay_bytes > OVERLAY_MAX_BYTES
    }

    /// Makes everything durable; the overlay is then empty.
    fn commit(&mut self) -> Result<(), SearchError> {
        let mut commit = self.writer.writer().prepare_commit()?;
        commit.set_payload(&payload(self.at));
        commit.commit()?;
        self.load()?;
        self.overlay.clear();
        (self.overlay_bytes, self.overlay_pages) = (0, 0);
        self.is_dirty = false;
        Ok(())
    }

    /// Takes over the segments that are on disk now.
    fn load(&mut self) -> Result<(), SearchError> {
        self.reader.reload()?;
        let mut listings = FxHashMap::default();
        let mut on_disk = Vec::new();
        for reader in self.reader.searcher().segment_readers() {
            let listing = match self.listings.get(&reader.segment_id()) {
                Some(listing) => Arc::clone(listing),
                None => Arc::new(Listing::read(reader)?),
            };
            listings.insert(reader.segment_id(), Arc::clone(&listing));
            on_disk.push(Arc::new(Part::new(reader.clone(), listing, self.fields)?));
        }
        (self.listings, self.on_disk) = (listings, on_disk);
        Ok(())
    }
}

/// What is written with each commit: the versions, and the commit the index is level with.
fn payload(at: Option<CommitId>) -> String {
    let at = at.map_or("-".to_owned(), |at| at.to_string());
    format!("{} {at}", version())
}

fn version() -> String {
    format!("polder-search-{VERSION}-{}", terms::VERSION)
}

/// Opens the index in a folder; makes a new one when there is none, or none that can be used.
fn open_index(folder: &Path, schema: Schema) -> Result<Index, SearchError> {
    match open_existing(folder, &schema) {
        Ok(Some(index)) => return Ok(index),
        Ok(None) => {}
        Err(error) => warn!(%error, "the search index is damaged and is made anew"),
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(Index::builder().schema(schema).settings(settings()).create_in_dir(folder)?)
}

/// `None` when there is no index, or one of another version.
fn open_existing(folder: &Path, schema: &Schema) -> Result<Option<Index>, SearchError> {
    if !folder.join("meta.json").exists() {
        return Ok(None);
    }
    let index = Index::open_in_dir(folder)?;
    let is_ours = index.load_metas()?.payload.is_some_and(|payload| payload.split(' ').next() == Some(&version()));
    if !is_ours || index.schema() != *schema {
        return Ok(None);
    }
    let damaged = index.validate_checksum()?;
    if !damaged.is_empty() {
        let first = damaged.into_iter().next().unwrap_or_default();
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", first.display())).into());
    }
    Ok(Some(index))
}

/// The pages of a segment.
struct Listing {
    by_path: Vec<(Box<str>, DocId)>,
    /// By document.
    blobs: Vec<BlobId>,
}

impl Listing {
    fn read(reader: &SegmentReader) -> Result<Listing, SearchError> {
        let wrong = |what: &str| SearchError::from(io::Error::new(io::ErrorKind::InvalidData, what));
        let columns = reader.fast_fields();
        let paths = columns.str("path")?.ok_or_else(|| wrong("the index has no paths"))?;
        let blobs = columns.bytes("blob")?.ok_or_else(|| wrong("the index has no ids"))?;
        let mut listing = Listing { by_path: Vec::new(), blobs: Vec::new() };
        let (mut path, mut blob) = (String::new(), Vec::new());
        for doc in 0..reader.max_doc() {
            path.clear();
            blob.clear();
            let of_path = paths.ords().first(doc).ok_or_else(|| wrong("a page has no path"))?;
            paths.ord_to_str(of_path, &mut path)?;
            let of_blob = blobs.ords().first(doc).ok_or_else(|| wrong("a page has no id"))?;
            blobs.ord_to_bytes(of_blob, &mut blob)?;
            listing.by_path.push((path.as_str().into(), doc));
            listing.blobs.push(BlobId(blob.as_slice().try_into().map_err(|_| wrong("an id is too short"))?));
        }
        listing.by_path.sort_unstable();
        Ok(listing)
    }
}

/// One segment of the index, on disk or in memory, with all that a query needs at hand.
struct Part {
    reader: SegmentReader,
    store: StoreReader,
    listing: Arc<Listing>,
    n_docs: usize,
    /// By `Spot`.
    terms: [(Arc<InvertedIndexReader>, FieldNormReader); 4],
}

/// The fields that are searched, as an index into tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spot {
    Words,
    Stems,
    Title,
    Tag,
}

impl Spot {
    const ALL: [Spot; 4] = [Spot::Words, Spot::Stems, Spot::Title, Spot::Tag];
}

impl Part {
    fn new(reader: SegmentReader, listing: Arc<Listing>, fields: Fields) -> Result<Part, SearchError> {
        let spot = |field: Field| -> Result<_, SearchError> {
            Ok((reader.inverted_index(field)?, reader.get_fieldnorms_reader(field)?))
        };
        Ok(Part {
            terms: [spot(fields.words)?, spot(fields.stems)?, spot(fields.title)?, spot(fields.tag)?],
            store: reader.get_store_reader(STORE_BLOCKS_KEPT)?,
            n_docs: reader.max_doc() as usize,
            listing,
            reader,
        })
    }

    fn terms(&self, spot: Spot) -> &InvertedIndexReader {
        &self.terms[spot as usize].0
    }
}

/// What can be asked at one moment. Immutable, short of the views that it remembers.
#[derive(Default)]
struct Shown {
    /// Oldest first; of the same page the last one counts.
    parts: Vec<Arc<Part>>,
    at: Option<CommitId>,
    ranking: Option<Ranking>,
    /// The two last used: a site and the one that replaces it.
    views: Mutex<Vec<Arc<View>>>,
}

/// What the order of hits is computed from.
struct Ranking {
    fields: Fields,
    /// Only for tantivy's phrases, which ask for one.
    searcher: Searcher,
    n_docs: u64,
    n_tokens: [u64; 4],
    /// By spot and by coded length of a text: what the length takes off.
    lengths: [Box<[f32; 256]>; 4],
}

/// Which document is which page of one site.
///
/// Pages are numbered by the site, not by what one reader may see; every hit is still asked of
/// `Seen`.
struct View {
    commit: CommitId,
    /// By part: the page of each document, or `NO_PAGE`.
    pages: Vec<Vec<PageIdx>>,
    /// By part: 0, or `OUT` where there is no page; where counting starts.
    starts: Vec<Vec<u8>>,
}

impl Writer {
    fn shown(&self) -> Shown {
        let parts: Vec<Arc<Part>> = self.on_disk.iter().chain(&self.overlay).cloned().collect();
        let ranking = Ranking::new(&parts, self.reader.searcher(), self.fields);
        Shown { parts, at: self.at, ranking: Some(ranking), views: Mutex::default() }
    }
}

impl Ranking {
    fn new(parts: &[Arc<Part>], searcher: Searcher, fields: Fields) -> Ranking {
        let n_docs = parts.iter().map(|part| part.n_docs as u64).sum();
        let n_tokens = Spot::ALL.map(|spot| parts.iter().map(|part| part.terms(spot).total_num_tokens()).sum());
        let lengths = n_tokens.map(|n_tokens: u64| {
            let average = (n_tokens as f32 / (n_docs as f32).max(1.0)).max(1.0);
            let mut table = Box::new([0.0; 256]);
            for (code, length) in (0..=u8::MAX).zip(table.iter_mut()) {
                *length = K1 * (1.0 - B + B * FieldNormReader::id_to_fieldnorm(code) as f32 / average);
            }
            table
        });
        Ranking { fields, searcher, n_docs, n_tokens, lengths }
    }

    fn rarity(&self, n_with: u64) -> f32 {
        let (all, with) = (self.n_docs as f32, n_with.min(self.n_docs) as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    fn field(&self, spot: Spot) -> Field {
        match spot {
            Spot::Words => self.fields.words,
            Spot::Stems => self.fields.stems,
            Spot::Title => self.fields.title,
            Spot::Tag => self.fields.tag,
        }
    }
}

/// How common words are in all parts together, for tantivy's phrases.
struct Statistics<'a> {
    parts: &'a [Arc<Part>],
    ranking: &'a Ranking,
}

impl Statistics<'_> {
    fn spot(&self, field: Field) -> Spot {
        if field == self.ranking.fields.title { Spot::Title } else { Spot::Words }
    }
}

impl Bm25StatisticsProvider for Statistics<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.ranking.n_tokens[self.spot(field) as usize])
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.ranking.n_docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut n_docs = 0;
        for part in self.parts {
            n_docs += u64::from(part.terms(self.spot(term.field())).doc_freq(term)?);
        }
        Ok(n_docs)
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
    ranking: &'a Ranking,
    view: &'a View,
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
    fn find(
        &self,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
        query: &Query,
        filters: &[Filter],
        from: usize,
        count: usize,
    ) -> Result<Answer, SearchError> {
        let Some(ranking) = &self.ranking else { return Ok(Answer::default()) };
        let ask = Ask {
            ranking,
            view: &self.view(seen),
            seen,
            unwanted: self.all_lists(ranking, &query.unwanted)?,
            filters,
            keep: (from + count).min(HITS_MAX),
        };
        let (best, n_found) = self.best(&ask, &query.wanted, Mode::All)?;
        let loosened = query.loosened();
        if n_found > 0 || loosened.wanted.len() < 2 {
            let hits = self.hits(&ask, read, &query.wanted, best, from)?;
            return Ok(Answer { hits, n_found, exact: true, ready: false });
        }
        let (best, n_found) = self.best(&ask, &loosened.wanted, Mode::Any)?;
        let hits = self.hits(&ask, read, &loosened.wanted, best, from)?;
        Ok(Answer { hits, n_found, exact: n_found == 0, ready: false })
    }

    /// Which document is which page of the site that is asked about.
    fn view(&self, seen: Seen<'_>) -> Arc<View> {
        let mut views = locked(&self.views);
        if let Some(view) = views.iter().find(|view| view.commit == seen.commit()) {
            return Arc::clone(view);
        }
        drop(views);
        let view = Arc::new(View::new(&self.parts, seen));
        views = locked(&self.views);
        views.insert(0, Arc::clone(&view));
        views.truncate(2);
        view
    }

    fn all_lists(&self, ranking: &Ranking, clauses: &[Clause]) -> Result<Vec<Lists>, SearchError> {
        clauses.iter().map(|clause| self.lists(ranking, clause)).collect()
    }

    /// The postings that answer a clause.
    fn lists(&self, ranking: &Ranking, clause: &Clause) -> Result<Lists, SearchError> {
        let mut lists = Vec::new();
        match (&clause.what, clause.place) {
            (What::Word { word, stems, is_prefix }, Place::Text) => {
                self.add_list(ranking, Spot::Words, word, WEIGHT_WORD, &mut lists)?;
                for stem in stems {
                    self.add_list(ranking, Spot::Stems, stem, WEIGHT_STEM / stems.len() as f32, &mut lists)?;
                }
                // What matches in a title has matched in the text too; this only lifts it.
                self.add_list(ranking, Spot::Title, word, WEIGHT_TITLE, &mut lists)?;
                for stem in stems.iter().filter(|stem| *stem != word) {
                    self.add_list(ranking, Spot::Title, stem, WEIGHT_TITLE / 2.0, &mut lists)?;
                }
                if *is_prefix {
                    self.add_prefixed(ranking, Spot::Words, word, WEIGHT_PREFIX, &mut lists)?;
                }
            }
            (What::Word { word, stems, is_prefix }, Place::Title) => {
                self.add_list(ranking, Spot::Title, word, WEIGHT_TITLE, &mut lists)?;
                for stem in stems.iter().filter(|stem| *stem != word) {
                    self.add_list(ranking, Spot::Title, stem, WEIGHT_TITLE / 2.0, &mut lists)?;
                }
                if *is_prefix {
                    self.add_prefixed(ranking, Spot::Title, word, WEIGHT_PREFIX, &mut lists)?;
                }
            }
            (What::Tag(tag), _) => self.add_list(ranking, Spot::Tag, tag, WEIGHT_TAG, &mut lists)?,
            (What::Phrase(phrase), place) => return self.phrase(ranking, phrase, place),
        }
        let n_with = lists.iter().map(|list| list.n_with).sum();
        Ok(Lists { lists, phrase: None, n_with })
    }

    fn add_list(
        &self,
        ranking: &Ranking,
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
        lists.extend(List::new(ranking, spot, infos, weight));
        Ok(())
    }

    /// Adds the commonest words that begin so.
    fn add_prefixed(
        &self,
        ranking: &Ranking,
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
        let mut found: Vec<List> =
            words.into_values().filter_map(|infos| List::new(ranking, spot, infos, weight)).collect();
        found.sort_by_key(|list| Reverse(list.n_with));
        found.truncate(PREFIX_MAX_WORDS);
        lists.extend(found);
        Ok(())
    }

    fn phrase(&self, ranking: &Ranking, phrase: &[String], place: Place) -> Result<Lists, SearchError> {
        let spot = if place == Place::Title { Spot::Title } else { Spot::Words };
        let terms: Vec<Term> = phrase.iter().map(|word| Term::from_field_text(ranking.field(spot), word)).collect();
        let statistics = Statistics { parts: &self.parts, ranking };
        let mut n_with = u64::MAX;
        for term in &terms {
            n_with = n_with.min(statistics.doc_freq(term)?);
        }
        if n_with == 0 || terms.len() < 2 {
            return Ok(Lists { lists: Vec::new(), phrase: None, n_with: 0 });
        }
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &ranking.searcher);
        let weight = PhraseQuery::new(terms).weight(scoring)?;
        Ok(Lists { lists: Vec::new(), phrase: Some((weight, WEIGHT_PHRASE)), n_with })
    }

    /// The best documents, and how many match in all.
    fn best(&self, ask: &Ask<'_>, clauses: &[Clause], mode: Mode) -> Result<(Vec<Found>, usize), SearchError> {
        let mut wanted = self.all_lists(ask.ranking, clauses)?;
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
                ranking: ask.ranking,
                hits: ask.view.starts[at].clone(),
                scores: vec![0.0; part.n_docs],
            };
            ask.unwanted.iter().try_for_each(|lists| tally.rule_out(lists))?;
            for doc in tally.matching(&wanted, mode)? {
                let page = ask.view.pages[at][doc as usize];
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
                let text = document.get_first(ask.ranking.fields.shown).and_then(|text| text.as_str());
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
    fn new(parts: &[Arc<Part>], seen: Seen<'_>) -> View {
        let pages = seen.pages();
        let mut taken = vec![false; pages.len()];
        let mut of_parts: Vec<Vec<PageIdx>> = Vec::with_capacity(parts.len());
        for part in parts.iter().rev() {
            let mut of_docs = vec![NO_PAGE; part.n_docs];
            let mut at = 0;
            for (path, doc) in &part.listing.by_path {
                at = skip_to(pages, at, path);
                let is_same = pages.get(at).is_some_and(|page| page.path.as_str() == &**path);
                if is_same && !taken[at] && !part.reader.is_deleted(*doc) {
                    taken[at] = true;
                    of_docs[*doc as usize] = PageIdx::try_from(at).unwrap_or(NO_PAGE);
                }
            }
            of_parts.push(of_docs);
        }
        of_parts.reverse();
        let start = |page: &PageIdx| if *page == NO_PAGE { OUT } else { 0 };
        let starts = of_parts.iter().map(|pages| pages.iter().map(start).collect()).collect();
        View { commit: seen.commit(), pages: of_parts, starts }
    }
}

/// The first page from `at` on that does not stand before `path`. Near ones are found in a few
/// steps, far ones by halving.
fn skip_to(pages: &[Page], at: usize, path: &str) -> usize {
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
    fn new(ranking: &Ranking, spot: Spot, infos: Vec<(usize, TermInfo)>, weight: f32) -> Option<List> {
        let n_with: u64 = infos.iter().map(|(_, info)| u64::from(info.doc_freq)).sum();
        let weight = weight * ranking.rarity(n_with) * (K1 + 1.0);
        (n_with > 0).then_some(List { spot, infos, n_with, weight })
    }

    fn info(&self, part: usize) -> Option<&TermInfo> {
        self.infos.iter().find(|(at, _)| *at == part).map(|(_, info)| info)
    }
}

/// The documents of one part while a query is evaluated.
struct Tally<'a> {
    part: &'a Part,
    at: usize,
    ranking: &'a Ranking,
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
        let lengths = &self.ranking.lengths[list.spot as usize];
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
        let lengths = &self.ranking.lengths[list.spot as usize];
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;
    use std::hash::Hasher as _;

    use polder_core::site::{assemble, wants_doc};

    use super::*;

    /// A repository as a list of files.
    #[derive(Clone, Default)]
    struct Files(BTreeMap<String, String>);

    impl Files {
        fn of(files: &[(&str, &str)]) -> Files {
            Files(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
        }

        fn put(&mut self, path: &str, text: &str) {
            self.0.insert(path.to_owned(), text.to_owned());
        }

        /// The site; its commit follows from the files, as in git.
        fn site(&self) -> Site {
            let mut all = String::new();
            let mut entries = Vec::new();
            for (path, text) in &self.0 {
                all.push_str(&format!("{path}\0{text}\0"));
                entries.push(Entry { path: FilePath::parse(path).expect("a good path"), blob: BlobId(id(text)) });
            }
            let manifest = Manifest::new(entries, Vec::new());
            let docs = manifest
                .entries()
                .iter()
                .filter(|entry| wants_doc(&entry.path))
                .map(|entry| Arc::new(doc::parse(entry.path.kind(), self.0[entry.path.as_str()].as_bytes())));
            let docs = docs.collect();
            assemble(CommitId(id(&all)), Arc::new(manifest), docs, None)
        }

        fn read(&self, blob: BlobId) -> Option<Vec<u8>> {
            self.0.values().find(|text| id(text) == blob.0).map(|text| text.clone().into_bytes())
        }

        fn sync(&self, search: &Search) -> Site {
            let site = self.site();
            search.sync(&site, &|blob| self.read(blob), &|_, _| {}).unwrap();
            assert_eq!(search.level(), Level::Ready(site.at));
            site
        }

        /// The addresses found, best first.
        fn find(&self, search: &Search, query: &str) -> Vec<String> {
            self.answer(search, query).1
        }

        fn answer(&self, search: &Search, query: &str) -> (Answer, Vec<String>) {
            let (site, who) = (self.site(), Who::default());
            let seen = site.seen_by(&who);
            let answer = search.find(seen, &|blob| self.read(blob), query, 0, 1_000);
            assert_eq!(answer.n_found, answer.hits.len());
            let addresses =
                answer.hits.iter().map(|hit| seen.page(hit.page).unwrap().path.address().to_owned()).collect();
            (answer, addresses)
        }
    }

    fn id(text: &str) -> [u8; 20] {
        let mut id = [0; 20];
        for (at, byte) in id.iter_mut().enumerate() {
            let mut hasher = std::hash::DefaultHasher::new();
            hasher.write_usize(at);
            hasher.write(text.as_bytes());
            *byte = hasher.finish() as u8;
        }
        id
    }

    fn sorted(mut list: Vec<String>) -> Vec<String> {
        list.sort();
        list
    }

    fn some_files() -> Files {
        Files::of(&[
            ("fiets.md", "# De fiets\n\nWie naar het werk fietst, krijgt een fietsplan."),
            (
                "plannen/plan-van-aanpak.md",
                "---\ntitle: Plan van aanpak\ntags: [Open Data, plan]\nowner: Bureau Ambtenaar\n---\n## Begroting\nDe fietsen staan in een café. Eén besluit.",
            ),
            ("policy.md", "# Policies\n\nOne policy for all meetings."),
            ("dijk.md", "# Dijk\n\nHet aanpak van een plan is lastig. De dijk bij BA-2009-004 houdt."),
            ("_Sidebar.md", "fiets policy"),
            ("bijlage.txt", "fiets"),
        ])
    }

    #[test]
    fn words_are_found_in_both_languages_and_without_accents() {
        let (files, search) = (some_files(), Search::open(None).unwrap());
        files.sync(&search);
        assert_eq!(sorted(files.find(&search, "fietsen")), ["fiets", "plannen/plan-van-aanpak"]);
        assert_eq!(sorted(files.find(&search, "FIETS")), ["fiets", "plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "policies"), ["policy"]);
        assert_eq!(files.find(&search, "meeting"), ["policy"]);
        assert_eq!(files.find(&search, "cafe een"), files.find(&search, "café één"));
        assert_eq!(files.find(&search, "cafe\u{301}"), ["plannen/plan-van-aanpak"]);
        // Frontmatter, headings, title and path count too.
        assert_eq!(files.find(&search, "ambtenaar"), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "begrotingen"), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "plannen begroting"), ["plannen/plan-van-aanpak"]);
    }

    #[test]
    fn phrases_prefixes_and_filters_count() {
        let (files, search) = (some_files(), Search::open(None).unwrap());
        files.sync(&search);
        assert_eq!(sorted(files.find(&search, "plan aanpak")), ["dijk", "plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "\"plan van aanpak\""), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "\"fietsen\""), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "BA-2009-004"), ["dijk"]);
        assert_eq!(files.find(&search, "fietspl"), ["fiets"]);
        assert_eq!(files.find(&search, "fietspl* werk"), ["fiets"]);
        assert_eq!(files.find(&search, "\"fietspl\""), Vec::<String>::new());
        assert_eq!(files.find(&search, "plan -dijken"), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "plan -\"plan van aanpak\""), ["dijk"]);
        assert_eq!(sorted(files.find(&search, "-plan")), ["fiets", "policy"]);
        assert_eq!(files.find(&search, "title:plan"), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "titel:\"plan van\""), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "tag:open-data"), ["plannen/plan-van-aanpak"]);
        assert_eq!(files.find(&search, "tag:data"), Vec::<String>::new());
        assert_eq!(files.find(&search, "tag:plan fiets"), ["plannen/plan-van-aanpak"]);
    }

    #[test]
    fn when_no_page_has_it_all_some_is_enough_and_that_is_said() {
        let (files, search) = (some_files(), Search::open(None).unwrap());
        files.sync(&search);
        let (answer, found) = files.answer(&search, "fiets policy");
        assert!(!answer.exact && answer.ready);
        assert_eq!(sorted(found), ["fiets", "plannen/plan-van-aanpak", "policy"]);
        let (answer, found) = files.answer(&search, "\"dijk van aanpak\"");
        assert!(!answer.exact);
        assert_eq!(sorted(found), ["dijk", "plannen/plan-van-aanpak"]);
        let (answer, found) = files.answer(&search, "zeppelin luchtschip");
        assert!(answer.exact && found.is_empty());
        assert!(files.answer(&search, "zeppelin").0.exact);
    }

    #[test]
    fn a_title_goes_before_a_mention() {
        let mut files = Files::default();
        files.put("a.md", &format!("# Overzicht\n\n{}", "Een dijk. ".repeat(5)));
        files.put("b.md", &format!("# Dijk\n\nDit gaat over de dijk. {}", "Nog veel meer tekst. ".repeat(20)));
        let search = Search::open(None).unwrap();
        files.sync(&search);
        assert_eq!(files.find(&search, "dijk"), ["b", "a"]);
    }

    #[test]
    fn a_passage_shows_the_words_and_not_the_title() {
        let (files, search) = (some_files(), Search::open(None).unwrap());
        files.sync(&search);
        let (answer, _) = files.answer(&search, "fietsplan");
        assert_eq!(
            answer.hits[0].passage,
            [
                ("Wie naar het werk fietst, krijgt een ".to_owned(), false),
                ("fietsplan".to_owned(), true),
                (".".to_owned(), false)
            ]
        );
    }

    #[test]
    fn what_is_saved_is_found_and_what_is_deleted_is_gone() {
        let (mut files, search) = (some_files(), Search::open(None).unwrap());
        files.sync(&search);
        search.flush().unwrap();
        let old = files.clone();
        files.put("dijk.md", "# Dijk\n\nNu met een zeppelin.");
        // The index lags: nothing is said to be new, and the passage is of the page as it is now.
        let (answer, found) = files.answer(&search, "lastig");
        assert!(!answer.ready);
        assert_eq!(found, ["dijk"]);
        assert!(answer.hits[0].passage[0].0.contains("zeppelin"));
        files.sync(&search);
        let (answer, found) = files.answer(&search, "zeppelin");
        assert!(answer.ready);
        assert_eq!(found, ["dijk"]);
        assert_eq!(files.find(&search, "lastig"), Vec::<String>::new());
        files.0.remove("dijk.md");
        assert_eq!(files.find(&search, "zeppelin"), Vec::<String>::new(), "gone before the index knows");
        files.sync(&search);
        assert_eq!(files.find(&search, "zeppelin"), Vec::<String>::new());
        assert!(!old.answer(&search, "dijk").0.ready);
        old.sync(&search);
        assert_eq!(old.find(&search, "lastig"), ["dijk"], "a rewind is no special case");
    }

    #[test]
    fn paging_is_stable_and_the_count_is_of_all() {
        let mut files = Files::default();
        for number in 0..57 {
            files.put(&format!("p{number:02}.md"), "Overal staat hetzelfde.");
        }
        let search = Search::open(None).unwrap();
        let (site, who) = (files.sync(&search), Who::default());
        let page = |from, count| search.find(site.seen_by(&who), &|_| None, "hetzelfde", from, count);
        let all: Vec<PageIdx> = page(0, 100).hits.iter().map(|hit| hit.page).collect();
        assert_eq!(all, (0..57).collect::<Vec<PageIdx>>(), "what scores the same stands by path");
        let mut paged = Vec::new();
        for from in (0..60).step_by(10) {
            let answer = page(from, 10);
            assert_eq!(answer.n_found, 57);
            paged.extend(answer.hits.iter().map(|hit| hit.page));
        }
        assert_eq!(paged, all);
        assert_eq!(page(0, 0).n_found, 57);
        assert!(page(usize::MAX, usize::MAX).hits.is_empty());
    }

    #[test]
    fn many_saves_without_a_flush_reach_the_disk() {
        let (mut files, search) = (some_files(), Search::open(None).unwrap());
        for step in 0..=(2 * OVERLAY_MAX_PIECES) {
            files.put("dijk.md", &format!("# Dijk\n\nVersie v{step}."));
            files.put(&format!("p{step}.md"), "Nog een bladzijde.");
            files.sync(&search);
            assert_eq!(files.find(&search, &format!("\"v{step}\"")), ["dijk"]);
            assert_eq!(files.find(&search, "bladzijden").len(), step + 1);
            let n_pieces = search.writer.lock().unwrap().as_ref().unwrap().overlay.len();
            assert!(n_pieces <= OVERLAY_MAX_PIECES);
        }
        assert_eq!(files.find(&search, "\"v3\""), Vec::<String>::new());
    }

    #[test]
    fn skipping_finds_the_same_page_as_searching() {
        let mut files = Files::default();
        for number in 0..50 {
            files.put(&format!("p{:02}.md", number * 2), "");
        }
        let (site, who) = (files.site(), Who::default());
        let pages = site.seen_by(&who).pages();
        for from in 0..=pages.len() {
            for number in 0..110 {
                let path = format!("p{number:02}.md");
                let expected = pages.partition_point(|page| page.path.as_str() < path.as_str()).max(from);
                assert_eq!(skip_to(pages, from, &path), expected, "{path} from {from}");
            }
        }
    }

    #[test]
    fn an_index_synced_in_steps_answers_like_one_made_at_once() {
        // INV-2
        let folder = tempfile::tempdir().unwrap();
        let mut stepwise = Search::open(Some(folder.path())).unwrap();
        let words = ["dijk", "dijken", "plan", "plannen", "van", "aanpak", "café", "policy", "policies", "2009"];
        let queries = [
            "dijk",
            "plannen",
            "\"plan van aanpak\"",
            "pol",
            "-dijk",
            "caf",
            "dijk plan -policy",
            "title:plan",
            "zoek 2009 niets",
            "tag:dijk",
        ];
        let mut seed = 7u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let mut files = some_files();
        for step in 0..60 {
            for _ in 0..=random(6) {
                let path = format!("d{}/p{}.md", random(3), random(12));
                if random(4) == 0 {
                    files.0.remove(&path);
                } else {
                    let body: Vec<&str> = (0..random(12)).map(|_| words[random(words.len())]).collect();
                    let tag = words[random(words.len())];
                    files.put(
                        &path,
                        &format!("---\ntags: [{tag}]\n---\n# {}\n\n{}\n", words[random(words.len())], body.join(" ")),
                    );
                }
            }
            files.sync(&stepwise);
            if random(3) == 0 {
                stepwise.flush().unwrap();
            }
            if random(8) == 0 {
                drop(stepwise);
                stepwise = Search::open(Some(folder.path())).unwrap();
                files.sync(&stepwise);
            }
            if step % 5 == 4 {
                let at_once = Search::open(None).unwrap();
                files.sync(&at_once);
                for query in queries {
                    let (step, once) = (files.answer(&stepwise, query), files.answer(&at_once, query));
                    assert_eq!(sorted(step.1), sorted(once.1), "{query}");
                    assert_eq!((step.0.exact, step.0.ready), (once.0.exact, once.0.ready), "{query}");
                }
            }
        }
    }

    #[test]
    fn what_is_closed_writes_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let search = Search::open(Some(folder.path())).unwrap();
        let mut files = Files::default();
        // So many segments that they are merged, which goes on when `flush` is done.
        for n in 0..8 {
            for page in 0..20 {
                files.put(
                    &format!("p{n}-{page}.md"),
                    &format!("# Dijk {n}\n\n{}", "Een dijk en een plan. ".repeat(400)),
                );
            }
            files.sync(&search);
            search.flush().unwrap();
        }
        drop(search);
        let listed = || {
            let files = fs::read_dir(folder.path().join("index")).unwrap().map(|file| file.unwrap());
            let mut files: Vec<_> = files.map(|file| (file.file_name(), file.metadata().unwrap().len())).collect();
            files.sort();
            files
        };
        let then = listed();
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert_eq!(then, listed(), "another may have opened the folder by now");
        let search = Search::open(Some(folder.path())).unwrap();
        search.sync(&files.site(), &|_| panic!("the index is whole: nothing is read again"), &|_, _| {}).unwrap();
    }

    #[test]
    fn a_large_change_is_told_and_outlives_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::default();
        for number in 0..(CHUNK_PAGES + 300) {
            files.put(&format!("p{number:04}.md"), &format!("# Bladzijde {number}\n\nEen verhaal."));
        }
        let site = files.site();
        let texts: FxHashMap<[u8; 20], &String> = files.0.values().map(|text| (id(text), text)).collect();
        let n_read = Cell::new(0);
        let read = |blob: BlobId| {
            n_read.set(n_read.get() + 1);
            texts.get(&blob.0).map(|text| text.to_string().into_bytes())
        };
        let told = Cell::new((0, 0));
        let search = Search::open(Some(folder.path())).unwrap();
        assert_eq!(search.level(), Level::Building { done: 0, of: 0 });
        search.sync(&site, &read, &|done, of| told.set((done, of))).unwrap();
        assert_eq!(told.get(), (files.0.len(), files.0.len()));
        assert!(matches!(Search::open(Some(folder.path())), Err(SearchError::InUse)));
        drop(search);
        n_read.set(0);
        let search = Search::open(Some(folder.path())).unwrap();
        search.sync(&site, &read, &|_, _| {}).unwrap();
        assert_eq!(n_read.get(), 0, "nothing is indexed again");
        let who = Who::default();
        let answer = search.find(site.seen_by(&who), &read, "verhaal", 0, 10);
        assert_eq!((answer.n_found, answer.hits.len()), (files.0.len(), 10));
        assert_eq!(n_read.get(), 0, "passages come from the index");
    }

    #[test]
    fn a_damaged_or_older_index_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let files = some_files();
        let open = || Search::open(Some(folder.path())).unwrap();
        let index = folder.path().join("index");
        let damages: [&dyn Fn(); 4] = [
            &|| fs::write(index.join("meta.json"), b"{").unwrap(),
            &|| {
                let meta = fs::read_to_string(index.join("meta.json")).unwrap();
                fs::write(index.join("meta.json"), meta.replace(&version(), "polder-search-0-0")).unwrap();
            },
            &|| {
                for entry in fs::read_dir(&index).unwrap() {
                    let path = entry.unwrap().path();
                    if path.extension().is_some_and(|extension| extension == "term" || extension == "idx") {
                        let mut bytes = fs::read(&path).unwrap();
                        bytes[3] ^= 0x55;
                        fs::write(&path, bytes).unwrap();
                    }
                }
            },
            &|| {
                for entry in fs::read_dir(&index).unwrap() {
                    let path = entry.unwrap().path();
                    if path.extension().is_some_and(|extension| extension == "fast") {
                        fs::remove_file(&path).unwrap();
                    }
                }
            },
        ];
        for damage in damages {
            let search = open();
            files.sync(&search);
            search.flush().unwrap();
            drop(search);
            damage();
            let search = open();
            assert_eq!(files.answer(&search, "fiets").0, Answer { exact: false, ..Answer::default() });
            files.sync(&search);
            assert_eq!(sorted(files.find(&search, "fiets")), ["fiets", "plannen/plan-van-aanpak"]);
        }
    }

    #[test]
    fn any_page_and_any_query_is_taken() {
        // INV-9
        let mut files = some_files();
        let letters: Vec<char> = "aeéE\u{301}’'s -\"*:\n#[]|>`\u{0}ßﬁ計𝔘😀İıςg٣½\u{202e}dijk".chars().collect();
        let mut seed = 3u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for number in 0..50 {
            let text: String = (0..random(300)).map(|_| letters[random(letters.len())]).collect();
            files.put(&format!("odd{number}.md"), &text);
        }
        files.put("long.md", &"lang".repeat(100_000));
        files.put("deep.md", &">".repeat(5_000));
        files.put("front.md", "---\na: [\n---\ntekst");
        let search = Search::open(None).unwrap();
        let (site, who) = (files.sync(&search), Who::default());
        for _ in 0..3_000 {
            let query: String = (0..random(30)).map(|_| letters[random(letters.len())]).collect();
            search.find(site.seen_by(&who), &|_| None, &query, random(5), random(20));
        }
        for query in ["", "\0", "\"", "-", "title:", "tag:\"", "*", &"a".repeat(100_000), &"é ".repeat(5_000)] {
            search.find(site.seen_by(&who), &|_| None, query, 0, 10);
        }
    }
}
