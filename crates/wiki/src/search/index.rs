//! The index: its fields, the documents made of pages, its writer to disk and its pieces in memory.
//!
//! What is asked of it stands in `find`.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use polder_core::access::Who;
use polder_core::doc::{self, Shape};
use polder_core::front::{Field as FrontField, Value as FrontValue};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Change, Entry, Manifest};
use polder_core::markdown;
use polder_core::path::{FilePath, Kind};
use polder_core::site::{Page, Site};
use rustc_hash::FxHashMap;
use tantivy::directory::RamDirectory;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::{InvertedIndexReader, SegmentId};
use tantivy::indexer::{IndexWriterOptions, SingleSegmentIndexWriter};
use tantivy::merge_policy::{LogMergePolicy, NoMergePolicy};
use tantivy::schema::{BytesOptions, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::StoreReader;
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};
use tantivy::{
    DocId, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, SegmentReader, TantivyDocument, TantivyError,
    Term,
};
use tracing::warn;

use super::{SearchError, patiently};
use crate::terms::{self, Cutter, Terms};

/// Raise this when pages are indexed differently; `terms::VERSION` counts for itself.
const VERSION: u32 = 1;
/// No more of a page's text is indexed. Larger pages are logs and exports.
const BODY_MAX_BYTES: usize = 1024 * 1024;
/// So much of a page's text is kept for passages; words behind it are found but not shown.
pub(super) const SHOWN_MAX_BYTES: usize = 20 * 1024;
/// The overlay is flushed when it has so many pieces, pages or bytes of text: each piece costs a
/// query some microseconds, and all of them are memory.
pub(super) const OVERLAY_MAX_PIECES: usize = 16;
const OVERLAY_MAX_PAGES: usize = 200;
const OVERLAY_MAX_BYTES: usize = 16 * 1024 * 1024;
/// Memory of the writer to disk, and of one piece of the overlay.
const WRITER_BYTES: usize = 50_000_000;
const PIECE_BYTES: usize = 3_000_000;
/// Stored texts are compressed in blocks of this size: one page or a few.
const STORE_BLOCK_BYTES: usize = 4 * 1024;
/// Blocks of stored text kept unpacked per segment.
const STORE_BLOCKS_KEPT: usize = 64;
/// Segments smaller than this many pages are merged among each other, not into the large ones.
const MERGE_MIN_PAGES: u32 = 500;
/// Times that a title is repeated in the text's own fields: see the weights in `find`.
const TITLE_TIMES: usize = 4;

pub(crate) const CUT_WORDS: &str = "polder-words";
pub(crate) const CUT_STEMS: &str = "polder-stems";
const CUT_BOTH: &str = "polder-both";

/// The fields of the index.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// The path, whole; also by document.
    path: Field,
    /// The id of the bytes, by document.
    blob: Field,
    /// Title, path, headings, frontmatter and body: words as they are, with positions.
    pub(super) words: Field,
    /// The same: stems.
    pub(super) stems: Field,
    /// The title: words and stems.
    pub(super) title: Field,
    /// Whole tags.
    pub(super) tag: Field,
    /// The begin of the body, to cut passages from.
    pub(super) shown: Field,
}

/// A page ready for the index, and how much text it has.
pub(super) struct Document {
    pub(super) inner: TantivyDocument,
    pub(super) n_bytes: usize,
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

pub(crate) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for (name, terms) in [(CUT_WORDS, Terms::Words), (CUT_STEMS, Terms::Stems), (CUT_BOTH, Terms::Both)] {
        manager.register(name, TextAnalyzer::from(Cutter { terms }));
    }
    manager
}

pub(crate) fn settings() -> IndexSettings {
    IndexSettings {
        docstore_blocksize: STORE_BLOCK_BYTES,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    }
}

impl Fields {
    /// The document for a change; `None` when the page is gone.
    pub(super) fn document_of(
        self,
        site: &Site,
        change: &Change,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    ) -> Option<Document> {
        let blob = change.new?;
        let who = Who::owner();
        let seen = site.seen_by(&who);
        let page = seen.page(seen.page_at(&change.path)?)?;
        Some(self.document_read(page, blob, read))
    }

    /// The document of a page with these bytes.
    pub(super) fn document_read(self, page: &Page, blob: BlobId, read: &dyn Fn(BlobId) -> Option<Vec<u8>>) -> Document {
        let bytes = read(blob);
        if bytes.is_none() {
            warn!(page = %page.path.as_str(), "the text of a page can't be read: found by its title only");
        }
        self.document(page, &bytes.unwrap_or_default())
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
pub(super) fn shown_part<'a>(page: &Page, body: &'a str) -> &'a str {
    let body = match page.doc.title.as_deref().filter(|_| page.doc.title_is_heading) {
        Some(title) => body.trim_start().strip_prefix(title).unwrap_or(body),
        None => body,
    };
    begin(body.trim_start(), SHOWN_MAX_BYTES)
}

pub(super) fn begin(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// What changes the index. Its pieces in memory and its writer to disk hold the same changes.
pub(super) struct Writer {
    pub(super) fields: Fields,
    writer: Disk,
    pub(super) reader: IndexReader,
    /// The files that the index is made of, on disk and in memory together.
    files: Arc<Manifest>,
    /// The commit of those files; `None` in the midst of a large change.
    pub(super) at: Option<CommitId>,
    /// Pieces of the overlay, oldest first.
    pub(super) overlay: Vec<Arc<Part>>,
    overlay_bytes: usize,
    overlay_pages: usize,
    /// The segments on disk as last loaded, and the pages of each, which never change.
    pub(super) on_disk: Vec<Arc<Part>>,
    listings: FxHashMap<SegmentId, Arc<Listing>>,
    /// There is something that is not on disk yet.
    pub(super) is_dirty: bool,
}

/// tantivy's writer. When it is let go it has stopped writing: what it still merges would otherwise
/// be written, and files be taken away, under whoever opens the folder next.
pub(crate) struct Disk(Option<IndexWriter>);

impl Disk {
    pub(crate) fn new(writer: IndexWriter) -> Disk {
        Disk(Some(writer))
    }

    pub(crate) fn writer(&mut self) -> &mut IndexWriter {
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
    pub(super) fn open(folder: Option<&Path>) -> Result<Writer, SearchError> {
        let (schema, fields) = schema();
        let index = match folder {
            None => Index::builder().schema(schema).settings(settings()).create_in_ram()?,
            Some(folder) => open_index(folder, schema, &version())?,
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
            writer: Disk::new(writer),
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

    pub(super) fn changes_to(&self, site: &Site) -> Vec<Change> {
        if Arc::ptr_eq(&self.files, site.manifest()) {
            return Vec::new();
        }
        let mut changes = self.files.changes_to(site.manifest());
        changes.retain(|change| change.path.kind() == Kind::Page);
        changes
    }

    pub(super) fn level_with(&mut self, site: &Site) {
        self.files = Arc::clone(site.manifest());
        self.at = Some(site.at);
    }

    /// Puts changed pages into a piece of the overlay. They are not on their way to disk yet.
    pub(super) fn add_piece(
        &mut self,
        site: &Site,
        changes: &[Change],
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    ) -> Result<Vec<Option<TantivyDocument>>, SearchError> {
        let documents: Vec<Option<Document>> =
            changes.iter().map(|change| self.fields.document_of(site, change, read)).collect();
        let n_pages = documents.iter().flatten().count();
        if n_pages > 0 {
            let mut piece = Piece::new()?;
            for document in documents.iter().flatten() {
                piece.add(document.inner.clone())?;
                self.overlay_bytes += document.n_bytes;
            }
            self.overlay.append(&mut piece.finish(self.fields)?);
            self.overlay_pages += n_pages;
        }
        Ok(documents.into_iter().map(|document| document.map(|document| document.inner)).collect())
    }

    /// Hands changes to the writer to disk, to be committed some time.
    pub(super) fn write_later(
        &mut self,
        changes: &[Change],
        documents: Vec<Option<TantivyDocument>>,
    ) -> Result<(), SearchError> {
        for (change, document) in changes.iter().zip(documents) {
            self.write(change, document)?;
        }
        Ok(())
    }

    pub(super) fn write(&mut self, change: &Change, document: Option<TantivyDocument>) -> Result<(), SearchError> {
        self.is_dirty = true;
        self.writer.writer().delete_term(Term::from_field_text(self.fields.path, change.path.as_str()));
        if let Some(document) = document {
            self.writer.writer().add_document(document)?;
        }
        Ok(())
    }

    pub(super) fn is_overfull(&self) -> bool {
        self.overlay.len() > OVERLAY_MAX_PIECES
            || self.overlay_pages > OVERLAY_MAX_PAGES
            || self.overlay_bytes > OVERLAY_MAX_BYTES
    }

    /// Makes everything durable; the overlay is then empty.
    pub(super) fn commit(&mut self) -> Result<(), SearchError> {
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

/// A small index in memory while it is made.
pub(super) struct Piece(SingleSegmentIndexWriter);

impl Piece {
    pub(super) fn new() -> Result<Piece, SearchError> {
        let (schema, _) = schema();
        let index = Index::builder().schema(schema).settings(settings()).tokenizers(tokenizers());
        Ok(Piece(index.single_segment_index_writer(RamDirectory::create(), PIECE_BYTES)?))
    }

    pub(super) fn add(&mut self, document: TantivyDocument) -> Result<(), SearchError> {
        self.0.add_document(document)?;
        Ok(())
    }

    /// What can be asked; nothing where nothing was added.
    pub(super) fn finish(self, fields: Fields) -> Result<Vec<Arc<Part>>, SearchError> {
        let mut parts = Vec::new();
        for segment in self.0.finalize()?.searchable_segments()? {
            let reader = SegmentReader::open(&segment)?;
            let listing = Arc::new(Listing::read(&reader)?);
            parts.push(Arc::new(Part::new(reader, listing, fields)?));
        }
        Ok(parts)
    }
}

/// What is written with each commit: the versions, and the commit the index is level with.
fn payload(at: Option<CommitId>) -> String {
    let at = at.map_or("-".to_owned(), |at| at.to_string());
    format!("{} {at}", version())
}

pub(super) fn version() -> String {
    format!("polder-search-{VERSION}-{}", terms::VERSION)
}

/// Opens the index in a folder; makes a new one when there is none, or none that can be used. What is
/// committed to it begins with its version and a blank, as payload.
pub(crate) fn open_index(folder: &Path, schema: Schema, version: &str) -> Result<Index, SearchError> {
    match open_existing(folder, &schema, version) {
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
fn open_existing(folder: &Path, schema: &Schema, version: &str) -> Result<Option<Index>, SearchError> {
    if !folder.join("meta.json").exists() {
        return Ok(None);
    }
    let index = Index::open_in_dir(folder)?;
    let is_ours = index.load_metas()?.payload.is_some_and(|payload| payload.split(' ').next() == Some(version));
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
pub(super) struct Listing {
    pub(super) by_path: Vec<(Box<str>, DocId)>,
    /// By document.
    pub(super) blobs: Vec<BlobId>,
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
pub(super) struct Part {
    pub(super) reader: SegmentReader,
    pub(super) store: StoreReader,
    pub(super) listing: Arc<Listing>,
    pub(super) n_docs: usize,
    /// By `Spot`.
    pub(super) terms: [(Arc<InvertedIndexReader>, FieldNormReader); 4],
}

/// The fields that are searched, as an index into tables.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Words,
    Stems,
    Title,
    Tag,
}

impl Spot {
    pub(super) const ALL: [Spot; 4] = [Spot::Words, Spot::Stems, Spot::Title, Spot::Tag];
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

    pub(super) fn terms(&self, spot: Spot) -> &InvertedIndexReader {
        &self.terms[spot as usize].0
    }
}
