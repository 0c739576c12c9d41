//! The one door for changes (INV-3): merge with what came in since, judge, commit, catch up.
//!
//! Nothing else commits. Proposals stand in a line; whoever is first serves all that wait: each is merged
//! with and judged upon the one before it, each becomes a commit of its own author, and all are written and
//! synced together (`polder_store::Batch`). The line is a courtesy among the threads of this process; what
//! makes it right is the compare-and-swap of the ref, since a push is another process.

use std::collections::BTreeMap;
use std::sync::Arc;

use polder_core::access::{Right, Who};
use polder_core::doc::{self, Doc};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::{Change, Manifest};
use polder_core::merge::{Chunk, Merge, merge3};
use polder_core::path::FilePath;
use polder_core::problem::{Level, Pos, Problem};
use polder_core::review::{Located, New, Reviewed, Sites, Verdict, review, wants_sites};
use polder_core::site::{Site, wants_doc};
use polder_store::{Batch, CommitError, Draft, Person, StoreError, blob_id};
use rustc_hash::FxHashMap;

use crate::clock;
use crate::derive::{self, Docs};
use crate::line::{Line, Ticket};
use crate::wiki::Wiki;
use crate::world::World;

/// Tries before a save gives up against writers that keep moving the branch.
const TRIES: usize = 5;

/// Proposals that are written together at most: what the first of them waits for the last.
const TOGETHER_MAX: usize = 64;

/// A change to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The whole new content. Merged with what came in since the proposal's base.
    Put {
        path: FilePath,
        bytes: Vec<u8>,
    },
    Delete {
        path: FilePath,
    },
}

impl Edit {
    pub fn path(&self) -> &FilePath {
        match self {
            Edit::Put { path, .. } | Edit::Delete { path } => path,
        }
    }
}

/// Edits by someone, asking to become one commit.
#[derive(Clone, Debug)]
pub struct Proposal<'a> {
    pub edits: Vec<Edit>,
    /// The commit whose content the person had before them; `None` when there was none.
    pub base: Option<CommitId>,
    pub who: &'a Who,
    pub summary: String,
    /// Lines `Key: value` for the end of the commit's message.
    pub trailers: Vec<String>,
    pub time_s: i64,
    pub offset_min: i32,
}

/// A proposal that became a commit (or turned out to change nothing).
#[derive(Clone, Debug)]
pub struct Done {
    pub world: Arc<World>,
    /// `None` when the content was as proposed already.
    pub commit: Option<CommitId>,
    /// Whether something that came in since the base was merged.
    pub merged: bool,
    pub verdict: Verdict,
}

/// One file in which two changes collide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub path: FilePath,
    pub base: String,
    /// What the proposal says.
    pub ours: String,
    /// What the wiki says by now; `None` when the file is gone.
    pub theirs: Option<String>,
    pub chunks: Vec<Chunk>,
    /// The commit that `theirs` is of: the base of the next try.
    pub now: Option<CommitId>,
}

/// Why a proposal did not become a commit.
#[derive(Debug)]
pub enum ProposeError {
    Clash(Vec<Clash>),
    Refused(Verdict),
    /// The rules of access, as they are before the change, do not let them (INV-8). Of the paths only
    /// those that they may read: there may be others, or these alone.
    NotAllowed {
        paths: Vec<FilePath>,
    },
    /// Local changes in the owner's work tree stand in the way, in these files.
    WouldOverwrite(Vec<String>),
    /// The base is no commit of this wiki's branch.
    UnknownBase,
    /// The branch moved under every try.
    Busy,
    Store(StoreError),
}

impl From<StoreError> for ProposeError {
    fn from(error: StoreError) -> ProposeError {
        ProposeError::Store(error)
    }
}

/// A proposal that waits for its turn, on its own so that another thread may serve it.
pub(crate) struct Asked {
    edits: Vec<Edit>,
    base: Option<CommitId>,
    who: Who,
    message: String,
    time_s: i64,
    offset_min: i32,
    /// What its new files say, read by whoever proposes them while others are served.
    docs: Docs,
}

pub(crate) type Outcome = Result<Done, ProposeError>;

/// Proposals that wait, each for its outcome.
pub(crate) type Proposals = Line<Asked, Outcome>;

/// Why a round of proposals came to nothing.
enum Failure {
    /// The branch is somewhere else by now: all are judged anew.
    Moved,
    /// Local changes in the owner's work tree stand in the way of at least one of them.
    WouldOverwrite(Vec<String>),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Failure {
        match error {
            CommitError::Moved { .. } => Failure::Moved,
            CommitError::WouldOverwrite { paths } => Failure::WouldOverwrite(paths),
            CommitError::Clash { path } => Failure::Store(StoreError::Other(format!("{path} is taken"))),
            CommitError::Other(error) => Failure::Store(error),
        }
    }
}

impl From<Failure> for ProposeError {
    fn from(failure: Failure) -> ProposeError {
        match failure {
            Failure::Moved => ProposeError::Busy,
            Failure::WouldOverwrite(paths) => ProposeError::WouldOverwrite(paths),
            Failure::Store(error) => ProposeError::Store(error),
        }
    }
}

/// What became of a proposal, as long as its commit is not on the disk.
struct Taken {
    commit: Option<CommitId>,
    merged: bool,
    verdict: Verdict,
}

impl Wiki {
    /// Makes a proposal a commit on the default branch. A success is durable (INV-5), and the
    /// world in the answer shows it.
    ///
    /// Proposals that come while others are being written wait, and are then written together: each is
    /// judged upon the one before it and is a commit of its own.
    pub fn propose(&self, proposal: &Proposal<'_>) -> Result<Done, ProposeError> {
        let outcome = self.proposals.ask(self.asked(proposal), TOGETHER_MAX, |tickets| self.serve(tickets));
        outcome.unwrap_or_else(|| Err(ProposeError::Store(StoreError::Other("saving broke off".to_owned()))))
    }

    fn asked(&self, proposal: &Proposal<'_>) -> Asked {
        Asked {
            edits: proposal.edits.clone(),
            base: proposal.base,
            who: proposal.who.clone(),
            message: message(proposal),
            time_s: proposal.time_s,
            offset_min: proposal.offset_min,
            docs: self.read_edits(proposal),
        }
    }

    /// Of somebody who may not change these files nothing is read before they are told so.
    fn read_edits(&self, proposal: &Proposal<'_>) -> Docs {
        if may_change(&self.world().site, proposal.who, proposal.edits.iter().map(Edit::path)).is_err() {
            return Docs::default();
        }
        let put = |edit: &Edit| match edit {
            Edit::Put { path, bytes } if wants_doc(path) => {
                let kind = path.kind();
                Some(((kind, blob_id(bytes).ok()?), Arc::new(doc::parse(kind, bytes))))
            }
            _ => None,
        };
        proposal.edits.iter().filter_map(put).collect()
    }

    /// Gives each of these proposals its outcome, in as few writes as can be.
    fn serve(&self, tickets: &[Arc<Ticket<Asked, Outcome>>]) {
        let _turn = self.take_turn();
        let mut waiting = tickets;
        let mut together = true;
        let mut tries = 0;
        while let Some(first) = waiting.first() {
            let round = if together { waiting } else { &waiting[..1] };
            tries += 1;
            let failure = match self.serve_round(round) {
                Ok(outcomes) => {
                    let (served, rest) = waiting.split_at(outcomes.len());
                    served.iter().zip(outcomes).for_each(|(ticket, outcome)| ticket.answer(outcome));
                    (waiting, tries) = (rest, 0);
                    continue;
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::Moved if tries < TRIES => {}
                // What stands in the way of one must not stop the others.
                Failure::Moved | Failure::WouldOverwrite(_) if round.len() > 1 => (together, tries) = (false, 0),
                Failure::Moved | Failure::WouldOverwrite(_) => {
                    first.answer(Err(failure.into()));
                    (waiting, tries) = (&waiting[1..], 0);
                }
                // A disk that is full or broken is so for all of them.
                Failure::Store(error) => {
                    round.iter().for_each(|ticket| ticket.answer(Err(ProposeError::Store(error.clone()))));
                    (waiting, tries) = (&waiting[round.len()..], 0);
                }
            }
        }
    }

    /// The outcomes of the first of these proposals, of one at least. None counts before all that became
    /// commits are durable: what was refused was judged upon those before it.
    fn serve_round(&self, tickets: &[Arc<Ticket<Asked, Outcome>>]) -> Result<Vec<Outcome>, Failure> {
        let mut top = Top::of(self.catch_up()?);
        let mut batch = self.store().begin(top.world.main)?;
        let mut taken = Vec::with_capacity(tickets.len());
        for ticket in tickets {
            if !batch.is_empty() && (batch.is_full() || !top.can_judge(&ticket.question)) {
                break;
            }
            taken.push(self.take(&mut top, &mut batch, &ticket.question));
        }
        let world = match top.tip.filter(|_| !batch.is_empty()) {
            None => top.world,
            Some(tip) => self.settle(tip, top, batch)?,
        };
        let done = |taken: Taken| Done {
            world: Arc::clone(&world),
            commit: taken.commit,
            merged: taken.merged,
            verdict: taken.verdict,
        };
        Ok(taken.into_iter().map(|taken| taken.map(done)).collect())
    }

    /// Makes the batch durable, and meanwhile the site that follows from it, since the disk leaves the
    /// processor idle. Nobody sees that site before all of the batch is on the disk.
    fn settle(&self, tip: CommitId, top: Top, batch: Batch<'_>) -> Result<Arc<World>, Failure> {
        let Top { world, manifest, docs, .. } = top;
        let site = std::thread::scope(|scope| {
            let ahead = scope.spawn(|| self.site_ahead(tip, &manifest, docs, &world));
            batch.publish()?;
            // What could not be derived ahead is derived now, and what is wrong is told then.
            Ok::<_, Failure>(ahead.join().ok().and_then(Result::ok))
        })?;
        let world = self.catch_up_with(site)?;
        self.poke();
        Ok(world)
    }

    /// Merges and judges one proposal, and adds its commit to the batch.
    fn take(&self, top: &mut Top, batch: &mut Batch<'_>, asked: &Asked) -> Result<Taken, ProposeError> {
        if let Some(base) = asked.base.filter(|base| Some(*base) != top.world.main)
            && self.store().commit_facts(base)?.is_none()
        {
            return Err(ProposeError::UnknownBase);
        }
        may_change(&top.site, &asked.who, asked.edits.iter().map(Edit::path))?;
        let merged = self.merge(top, asked)?;
        if merged.changes.is_empty() {
            return Ok(Taken { commit: None, merged: merged.merged, verdict: Verdict::default() });
        }
        let judged = self.judge_for(top, asked, &merged)?;
        if !judged.verdict.refused.is_empty() {
            return Err(ProposeError::Refused(judged.verdict));
        }
        let commit = batch.add(&Draft {
            parent: top.tip,
            merged: None,
            files: &merged.files,
            author: author(&asked.who),
            committer: Person { name: "Polder".to_owned(), email: "polder@wiki.invalid".to_owned() },
            time_s: asked.time_s,
            offset_min: asked.offset_min,
            message: &asked.message,
        });
        let commit = match commit {
            Ok(commit) => commit,
            Err(CommitError::Clash { path }) => {
                let problem = Problem::new(Level::Error, Pos::default(), "path-taken", &[]);
                let refused = vec![Located { path, problem }];
                return Err(ProposeError::Refused(Verdict { refused, warnings: Vec::new() }));
            }
            Err(error) => return Err(Failure::from(error).into()),
        };
        let (n_merged, verdict) = (merged.merged, judged.verdict.clone());
        top.grow(commit, merged, judged);
        Ok(Taken { commit: Some(commit), merged: n_merged, verdict })
    }

    /// What the proposal comes to on top of what came before it.
    fn merge(&self, top: &Top, asked: &Asked) -> Result<Merged, ProposeError> {
        let mut merged = Merged::default();
        let mut clashes = Vec::new();
        // A clash shows the base, so that it must be one that they may read.
        let seen = self.world_for(&asked.who)?;
        for edit in &asked.edits {
            let (path, bytes) = match edit {
                Edit::Put { path, bytes } => (path, Some(bytes)),
                Edit::Delete { path } => (path, None),
            };
            let now = top.manifest.get(path.as_str());
            let base = match asked.base {
                Some(base) if Some(base) == top.world.main => top.world.site.manifest().get(path.as_str()),
                Some(base) => self.file_at(&seen, base, path.as_str())?,
                None => None,
            };
            let new = match bytes {
                Some(bytes) if base != now => match self.merge_file(top, path, bytes, base, now)? {
                    Ok(text) => {
                        merged.merged = true;
                        Some(text)
                    }
                    Err(clash) => {
                        clashes.push(*clash);
                        continue;
                    }
                },
                Some(bytes) => Some(bytes.clone()),
                // What others wrote since the base is not thrown away unseen.
                None if base != now && now.is_some() => {
                    clashes.push(self.clash_of_deletion(top, path, base, now)?);
                    continue;
                }
                None => None,
            };
            merged.put(path, now, new)?;
        }
        if clashes.is_empty() { Ok(merged) } else { Err(ProposeError::Clash(clashes)) }
    }

    fn merge_file(
        &self,
        top: &Top,
        path: &FilePath,
        ours: &[u8],
        base: Option<BlobId>,
        now: Option<BlobId>,
    ) -> Result<Result<Vec<u8>, Box<Clash>>, StoreError> {
        let base_text = self.lossy(top, base)?.unwrap_or_default();
        let theirs = self.lossy(top, now)?;
        let ours_text = String::from_utf8_lossy(ours).into_owned();
        let chunks = match &theirs {
            Some(theirs) => match merge3(&base_text, &ours_text, theirs) {
                Merge::Clean(text) => return Ok(Ok(text.into_bytes())),
                Merge::Clash(chunks) => chunks,
            },
            None => vec![Chunk::Clash { base: base_text.clone(), ours: ours_text.clone(), theirs: String::new() }],
        };
        Ok(Err(Box::new(Clash { path: path.clone(), base: base_text, ours: ours_text, theirs, chunks, now: top.tip })))
    }

    fn clash_of_deletion(
        &self,
        top: &Top,
        path: &FilePath,
        base: Option<BlobId>,
        now: Option<BlobId>,
    ) -> Result<Clash, StoreError> {
        let base = self.lossy(top, base)?.unwrap_or_default();
        let theirs = self.lossy(top, now)?;
        let chunk =
            Chunk::Clash { base: base.clone(), ours: String::new(), theirs: theirs.clone().unwrap_or_default() };
        Ok(Clash { path: path.clone(), base, ours: String::new(), theirs, chunks: vec![chunk], now: top.tip })
    }

    fn lossy(&self, top: &Top, blob: Option<BlobId>) -> Result<Option<String>, StoreError> {
        blob.map(|blob| Ok(String::from_utf8_lossy(&self.read_upon(top, blob)?).into_owned())).transpose()
    }

    fn read_upon(&self, top: &Top, blob: BlobId) -> Result<Arc<[u8]>, StoreError> {
        top.texts.get(&blob).map_or_else(|| self.read(blob), |text| Ok(Arc::clone(text)))
    }

    /// What judging says to who may not read everything: what it would say if there were nothing else
    /// than what they may read, and that there is more if that alone refuses the change.
    fn judge_for(&self, top: &mut Top, asked: &Asked, merged: &Merged) -> Result<Judged, StoreError> {
        let who = &asked.who;
        if wants_sites(top.site.seen_by(&Who::owner()), &merged.changes) {
            top.level();
        }
        let mut whole = self.judge(top, (&top.site, &top.manifest), asked, merged)?;
        if top.world.access().reads(who).all() {
            return Ok(whole);
        }
        let seen = self.world_for(who)?;
        let mut said = self.judge(top, (&seen.site, seen.site.manifest()), asked, merged)?.verdict;
        if said.refused.is_empty() && !whole.verdict.refused.is_empty() {
            let problem = Problem::new(Level::Error, Pos::default(), "access-unseen", &[]);
            let of = merged.files.first().map(|(path, _)| path.as_str().to_owned()).unwrap_or_default();
            said.refused.push(Located { path: of, problem });
        }
        whole.verdict = said;
        Ok(whole)
    }

    /// Judges a change of `before`. `site` is the site of those files where records are to be compared.
    fn judge(
        &self,
        top: &Top,
        (site, before): (&Site, &Manifest),
        asked: &Asked,
        merged: &Merged,
    ) -> Result<Judged, StoreError> {
        let after = before.changed(&merged.changes, before.odd.clone());
        let mut olds: Vec<Option<Arc<Doc>>> = Vec::with_capacity(merged.files.len());
        let mut news: Vec<Option<Arc<Doc>>> = Vec::with_capacity(merged.files.len());
        for ((path, bytes), change) in merged.files.iter().zip(&merged.changes) {
            let old = change.old.filter(|_| wants_doc(path));
            olds.push(old.map(|old| self.doc_upon(top, site, path, old)).transpose()?);
            let new = bytes.as_ref().zip(change.new).filter(|_| wants_doc(path));
            news.push(new.map(|(bytes, blob)| match asked.docs.get(&(path.kind(), blob)) {
                Some(doc) => Arc::clone(doc),
                None => Arc::new(doc::parse(path.kind(), bytes)),
            }));
        }
        let files: Vec<Reviewed<'_>> = merged
            .files
            .iter()
            .zip(olds.iter().zip(&news))
            .map(|((path, bytes), (old, new))| Reviewed {
                path,
                old: old.as_deref(),
                new: bytes.as_ref().map(|bytes| New { size_bytes: bytes.len(), doc: new.as_deref() }),
            })
            .collect();
        let who = Who::owner();
        let seen = site.seen_by(&who);
        let would_be = wants_sites(seen, &merged.changes).then(|| {
            let paths = merged.files.iter().map(|file| file.0.clone());
            let docs: Vec<(FilePath, Arc<Doc>)> =
                paths.zip(&news).filter_map(|(path, doc)| Some((path, Arc::clone(doc.as_ref()?)))).collect();
            derive::site_after(site, after.clone(), &docs)
        });
        let today = clock::today(site.settings());
        let sites = would_be.as_ref().map(|would_be| Sites { before: seen, after: would_be.seen_by(&who), today });
        let verdict = review(before, &after, &merged.changes, &files, sites);
        drop(files);
        Ok(Judged { verdict, after, site: would_be, docs: news })
    }

    /// What a file says that stands at a path, mostly from what is known of it.
    fn doc_upon(&self, top: &Top, site: &Site, path: &FilePath, blob: BlobId) -> Result<Arc<Doc>, StoreError> {
        let who = Who::owner();
        let seen = site.seen_by(&who);
        let page = seen.page_at(path).and_then(|page| seen.page(page)).filter(|page| page.blob == blob);
        if let Some(page) = page {
            return Ok(Arc::clone(&page.doc));
        }
        if let Some(doc) = top.docs.get(&(path.kind(), blob)) {
            return Ok(Arc::clone(doc));
        }
        Ok(Arc::new(doc::parse(path.kind(), &self.read_upon(top, blob)?)))
    }
}

/// What stands on the branch, and upon it the commits of a batch that are not on the disk yet.
struct Top {
    world: Arc<World>,
    tip: Option<CommitId>,
    /// All files as they are upon the tip.
    manifest: Arc<Manifest>,
    /// A site with the rules, settings and types of the tip. Its files are those of the tip but for `fresh`.
    site: Arc<Site>,
    fresh: BTreeMap<FilePath, Option<Arc<Doc>>>,
    /// Contents that are not on the disk yet.
    texts: FxHashMap<BlobId, Arc<[u8]>>,
    /// What was read of contents that are new.
    docs: Docs,
    /// The batch changes what rules, settings and types say: nothing can be judged upon it before the
    /// world shows it.
    rules_changed: bool,
}

impl Top {
    fn of(world: Arc<World>) -> Top {
        Top {
            tip: world.main,
            manifest: Arc::clone(world.site.manifest()),
            site: Arc::clone(&world.site),
            fresh: BTreeMap::new(),
            texts: FxHashMap::default(),
            docs: Docs::default(),
            rules_changed: false,
            world,
        }
    }

    /// Whether a proposal can be judged upon commits that no world shows yet. What those see who may not
    /// read everything is derived from worlds.
    fn can_judge(&self, asked: &Asked) -> bool {
        !self.rules_changed && self.world.access().reads(&asked.who).all()
    }

    /// Has the site show all files of the tip.
    fn level(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let docs: Vec<(FilePath, Arc<Doc>)> =
            std::mem::take(&mut self.fresh).into_iter().filter_map(|(path, doc)| Some((path, doc?))).collect();
        self.site = Arc::new(derive::site_after(&self.site, Manifest::clone(&self.manifest), &docs));
    }

    fn grow(&mut self, commit: CommitId, merged: Merged, judged: Judged) {
        self.tip = Some(commit);
        self.manifest = Arc::new(judged.after);
        for ((path, bytes), (change, doc)) in merged.files.into_iter().zip(merged.changes.iter().zip(judged.docs)) {
            self.rules_changed |= is_rule(&path);
            if let Some((bytes, blob)) = bytes.zip(change.new) {
                self.docs.extend(doc.as_ref().map(|doc| ((path.kind(), blob), Arc::clone(doc))));
                self.texts.insert(blob, bytes.into());
            }
            self.fresh.insert(path, doc);
        }
        if let Some(site) = judged.site {
            self.site = Arc::new(site);
            self.fresh.clear();
        }
    }
}

/// Whether a file says something about others: everything of Polder's own but comments.
fn is_rule(path: &FilePath) -> bool {
    let path = path.as_str();
    let first = path.split('/').next().unwrap_or(path);
    first.eq_ignore_ascii_case(".polder") && !path.starts_with(".polder/talk/")
}

/// What judging found, and what it made for it.
struct Judged {
    verdict: Verdict,
    after: Manifest,
    /// The site after the change, where records were compared.
    site: Option<Site>,
    /// What the changed files say, one for each.
    docs: Vec<Option<Arc<Doc>>>,
}

fn message(proposal: &Proposal<'_>) -> String {
    if proposal.trailers.is_empty() {
        return proposal.summary.clone();
    }
    format!("{}\n\n{}\n", proposal.summary, proposal.trailers.join("\n"))
}

/// Whether `who` may change all these files of `site`. Whoever may not read a place is told the same
/// whether or not something stands there.
pub(crate) fn may_change<'p>(
    site: &Site,
    who: &Who,
    paths: impl Iterator<Item = &'p FilePath>,
) -> Result<(), ProposeError> {
    if who.may_all() {
        return Ok(());
    }
    let access = site.access();
    let denied: Vec<&FilePath> = paths.filter(|path| !access.may(who, Right::Edit, path.as_str())).collect();
    if denied.is_empty() {
        return Ok(());
    }
    let reads = access.reads(who);
    Err(ProposeError::NotAllowed {
        paths: denied.into_iter().filter(|path| reads.may(path.as_str())).cloned().collect(),
    })
}

/// The address written for an author is opaque: it belongs to this wiki and reaches nobody.
pub(crate) fn author(who: &Who) -> Person {
    let name = who.name.as_deref().unwrap_or("anonymous");
    if let Some(address) = &who.address {
        return Person { name: name.to_owned(), email: address.clone() };
    }
    let slug = polder_core::path::slug(name);
    let user = if slug.is_ascii() && !slug.is_empty() { slug } else { "somebody".to_owned() };
    Person { name: name.to_owned(), email: format!("{user}@wiki.invalid") }
}

/// Files to write, each with the change it is.
#[derive(Debug, Default)]
struct Merged {
    files: Vec<(FilePath, Option<Vec<u8>>)>,
    changes: Vec<Change>,
    merged: bool,
}

impl Merged {
    fn put(&mut self, path: &FilePath, now: Option<BlobId>, new: Option<Vec<u8>>) -> Result<(), StoreError> {
        let id = new.as_deref().map(blob_id).transpose()?;
        if id != now {
            self.changes.push(Change { path: path.clone(), old: now, new: id });
            self.files.push((path.clone(), new));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
