//! Sites of the past: what the index has of them, and small indexes in memory of what it lacks.
//!
//! Of the index, documents count that were made from the very bytes that a page of that site has. The
//! other pages of the site are indexed in memory when somebody asks, and kept for a few sites. So the
//! first question costs what differs, the next ones nearly nothing more than a question about now.
//! How common a word is, is counted among the pages of that site: hits stand in the order that a
//! wiki of that site alone would give.
//!
//! Of a site that differs too much only a part is indexed, and that is said.

use std::sync::{Arc, Mutex, Weak};

use polder_core::ids::{BlobId, CommitId};
use polder_core::names::PageIdx;
use polder_core::site::Seen;

use super::find::{Shown, Stands, View};
use super::index::{Part, Piece};
use super::{SearchError, locked};

/// Sites of which what the index lacks is kept.
const SITES_KEPT: usize = 6;
/// Pages indexed in memory for one site: some ten seconds, and what a wiki of this size needs for a
/// site in which every page was another.
const SITE_MAX_PAGES: usize = 20_000;
/// Bytes of text indexed in memory for one site, and for all that are kept. An index takes some three
/// times as much as its text.
const SITE_MAX_BYTES: usize = 48 * 1024 * 1024;
const KEPT_MAX_BYTES: usize = 64 * 1024 * 1024;

/// The sites of the past that were asked about lately.
#[derive(Default)]
pub(super) struct Past {
    /// The one asked about last at the end.
    kept: Mutex<Vec<Kept>>,
    /// Held while pages are indexed: two that ask the same have it done once.
    turn: Mutex<()>,
}

/// One site.
struct Kept {
    /// The commit, and which of its files are seen.
    site: (CommitId, u64),
    /// What the index lacked, when it was looked at.
    pieces: Vec<Arc<Part>>,
    n_bytes: usize,
    n_pages: usize,
    n_left_out: usize,
    /// All that can be asked, while the index is as it was.
    over: Weak<Shown>,
    whole: Option<Arc<Shown>>,
}

/// What can be asked about one site.
pub(super) struct Then {
    pub(super) shown: Arc<Shown>,
    /// The index was level with some site, so that all that it lacked could be told.
    pub(super) ready: bool,
    pub(super) n_left_out: usize,
}

impl Past {
    /// What can be asked about the site that `seen` shows, while the index shows `now`.
    pub(super) fn asked(
        &self,
        now: &Arc<Shown>,
        seen: Seen<'_>,
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    ) -> Result<Then, SearchError> {
        if let Some(then) = self.known(now, seen) {
            return Ok(then);
        }
        let _turn = locked(&self.turn);
        if let Some(then) = self.known(now, seen) {
            return Ok(then);
        }
        let kept = self.take(site(seen)).unwrap_or_else(|| Kept::new(site(seen)));
        let (mut view, mut parts) = kept.over(now, seen);
        let lacking = view.lacking(seen);
        // What an index that is not level lacks may be about to come.
        if now.at.is_none() && !lacking.is_empty() {
            let shown = Arc::new(kept.shown(now, parts, view));
            self.put(kept);
            return Ok(Then { shown, ready: false, n_left_out: 0 });
        }
        let mut kept = kept;
        if !lacking.is_empty() {
            kept.add(now, seen, &lacking, read)?;
            (view, parts) = kept.over(now, seen);
        }
        let shown = Arc::new(kept.shown(now, parts, view));
        let n_left_out = kept.n_left_out;
        (kept.over, kept.whole) = (Arc::downgrade(now), Some(Arc::clone(&shown)));
        self.put(kept);
        Ok(Then { shown, ready: true, n_left_out })
    }

    /// Lets go of what was made over an index that is replaced, so that its files are let go too.
    pub(super) fn loosen(&self) {
        locked(&self.kept).iter_mut().for_each(|kept| kept.whole = None);
    }

    fn known(&self, now: &Arc<Shown>, seen: Seen<'_>) -> Option<Then> {
        let mut all = locked(&self.kept);
        let at = all.iter().position(|kept| kept.site == site(seen))?;
        let shown = all[at].whole.clone().filter(|_| Weak::ptr_eq(&all[at].over, &Arc::downgrade(now)))?;
        let n_left_out = all[at].n_left_out;
        all[at..].rotate_left(1);
        Some(Then { shown, ready: true, n_left_out })
    }

    fn take(&self, site: (CommitId, u64)) -> Option<Kept> {
        let mut all = locked(&self.kept);
        let at = all.iter().position(|kept| kept.site == site)?;
        Some(all.remove(at))
    }

    fn put(&self, kept: Kept) {
        let mut all = locked(&self.kept);
        all.push(kept);
        while all.len() > SITES_KEPT
            || (all.len() > 1 && all.iter().map(|kept| kept.n_bytes).sum::<usize>() > KEPT_MAX_BYTES)
        {
            all.remove(0);
        }
    }
}

fn site(seen: Seen<'_>) -> (CommitId, u64) {
    (seen.commit(), seen.class())
}

impl Kept {
    fn new(site: (CommitId, u64)) -> Kept {
        let pieces = Vec::new();
        Kept { site, pieces, n_bytes: 0, n_pages: 0, n_left_out: 0, over: Weak::new(), whole: None }
    }

    fn over(&self, now: &Shown, seen: Seen<'_>) -> (View, Vec<Arc<Part>>) {
        let parts: Vec<Arc<Part>> = now.parts.iter().chain(&self.pieces).cloned().collect();
        (View::new(&parts, seen, Stands::Same), parts)
    }

    fn shown(&self, now: &Shown, parts: Vec<Arc<Part>>, view: View) -> Shown {
        let (at, ranking) = (Some(self.site.0), now.ranking.clone());
        Shown { parts, at, ranking, views: Mutex::new(vec![Arc::new(view)]) }
    }

    /// Indexes pages, as many as the bounds allow.
    fn add(
        &mut self,
        now: &Shown,
        seen: Seen<'_>,
        lacking: &[PageIdx],
        read: &dyn Fn(BlobId) -> Option<Vec<u8>>,
    ) -> Result<(), SearchError> {
        let Some(ranking) = &now.ranking else { return Ok(()) };
        let mut piece = Piece::new()?;
        let mut n_added = 0;
        for page in lacking.iter().filter_map(|page| seen.page(*page)) {
            if self.n_pages >= SITE_MAX_PAGES || self.n_bytes >= SITE_MAX_BYTES {
                break;
            }
            let document = ranking.fields.document_read(page, page.blob, read);
            self.n_bytes += document.n_bytes;
            self.n_pages += 1;
            n_added += 1;
            piece.add(document.inner)?;
        }
        self.n_left_out = lacking.len() - n_added;
        if n_added > 0 {
            self.pieces.append(&mut piece.finish(ranking.fields)?);
        }
        Ok(())
    }
}
