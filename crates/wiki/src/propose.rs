//! The one door for changes (INV-3): merge with what came in since, judge, commit, catch up.
//!
//! Nothing else calls `Store::commit`. The lock held here is a courtesy among the threads of this
//! process; what makes it right is the compare-and-swap of the ref, since a push is another
//! process.

use std::sync::Arc;

use polder_core::access::{Right, Who};
use polder_core::doc::{self, Doc};
use polder_core::ids::{BlobId, CommitId};
use polder_core::manifest::Change;
use polder_core::merge::{Chunk, Merge, merge3};
use polder_core::path::FilePath;
use polder_core::problem::{Level, Pos, Problem};
use polder_core::review::{Located, New, Reviewed, Sites, Verdict, review, wants_sites};
use polder_core::site::{Site, wants_doc};
use polder_store::{CommitError, Draft, Person, StoreError};

use crate::clock;
use crate::derive;
use crate::wiki::Wiki;
use crate::world::World;

/// Tries before a save gives up against writers that keep moving the branch.
const TRIES: usize = 5;

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

impl Wiki {
    /// Makes a proposal a commit on the default branch. A success is durable (INV-5), and the
    /// world in the answer shows it.
    pub fn propose(&self, proposal: &Proposal<'_>) -> Result<Done, ProposeError> {
        let _turn = self.take_turn();
        if let Some(base) = proposal.base
            && self.store().commit_facts(base)?.is_none()
        {
            return Err(ProposeError::UnknownBase);
        }
        for _ in 0..TRIES {
            let world = self.catch_up()?;
            may_change(&world.site, proposal.who, proposal.edits.iter().map(Edit::path))?;
            let merged = self.merge(&world, proposal)?;
            if merged.changes.is_empty() {
                return Ok(Done { world, commit: None, merged: merged.merged, verdict: Verdict::default() });
            }
            let verdict = self.judge_for(&world, proposal.who, &merged)?;
            if !verdict.refused.is_empty() {
                return Err(ProposeError::Refused(verdict));
            }
            match self.write(&world, proposal, &merged.files) {
                Ok(commit) => {
                    let world = self.catch_up()?;
                    self.poke();
                    return Ok(Done { world, commit: Some(commit), merged: merged.merged, verdict });
                }
                Err(CommitError::Moved { .. }) => {}
                Err(CommitError::WouldOverwrite { paths }) => return Err(ProposeError::WouldOverwrite(paths)),
                Err(CommitError::Clash { path }) => {
                    let problem = Problem::new(Level::Error, Pos::default(), "path-taken", &[]);
                    let refused = vec![Located { path, problem }];
                    return Err(ProposeError::Refused(Verdict { refused, warnings: Vec::new() }));
                }
                Err(CommitError::Other(error)) => return Err(ProposeError::Store(error)),
            }
        }
        Err(ProposeError::Busy)
    }

    fn write(
        &self,
        world: &World,
        proposal: &Proposal<'_>,
        files: &[(FilePath, Option<Vec<u8>>)],
    ) -> Result<CommitId, CommitError> {
        self.store().commit(&Draft {
            parent: world.main,
            merged: None,
            files,
            author: author(proposal.who),
            committer: Person { name: "Polder".to_owned(), email: "polder@wiki.invalid".to_owned() },
            time_s: proposal.time_s,
            offset_min: proposal.offset_min,
            message: &message(proposal),
        })
    }

    /// What the proposal comes to on top of `world`.
    fn merge(&self, world: &World, proposal: &Proposal<'_>) -> Result<Merged, ProposeError> {
        let mut merged = Merged::default();
        let mut clashes = Vec::new();
        let manifest = world.site.manifest();
        // A clash shows the base, so that it must be one that they may read.
        let seen = self.world_for(proposal.who)?;
        for edit in &proposal.edits {
            let (path, bytes) = match edit {
                Edit::Put { path, bytes } => (path, Some(bytes)),
                Edit::Delete { path } => (path, None),
            };
            let now = manifest.get(path.as_str());
            let base = match proposal.base {
                Some(base) if Some(base) == world.main => now,
                Some(base) => self.file_at(&seen, base, path.as_str())?,
                None => None,
            };
            let new = match bytes {
                Some(bytes) if base != now => match self.merge_file(world, path, bytes, base, now)? {
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
                    clashes.push(self.clash_of_deletion(world, path, base, now)?);
                    continue;
                }
                None => None,
            };
            merged.put(self, path, now, new)?;
        }
        if clashes.is_empty() { Ok(merged) } else { Err(ProposeError::Clash(clashes)) }
    }

    fn merge_file(
        &self,
        world: &World,
        path: &FilePath,
        ours: &[u8],
        base: Option<BlobId>,
        now: Option<BlobId>,
    ) -> Result<Result<Vec<u8>, Box<Clash>>, StoreError> {
        let base_text = self.lossy(base)?.unwrap_or_default();
        let theirs = self.lossy(now)?;
        let ours_text = String::from_utf8_lossy(ours).into_owned();
        let chunks = match &theirs {
            Some(theirs) => match merge3(&base_text, &ours_text, theirs) {
                Merge::Clean(text) => return Ok(Ok(text.into_bytes())),
                Merge::Clash(chunks) => chunks,
            },
            None => vec![Chunk::Clash { base: base_text.clone(), ours: ours_text.clone(), theirs: String::new() }],
        };
        Ok(Err(Box::new(Clash {
            path: path.clone(),
            base: base_text,
            ours: ours_text,
            theirs,
            chunks,
            now: world.main,
        })))
    }

    fn clash_of_deletion(
        &self,
        world: &World,
        path: &FilePath,
        base: Option<BlobId>,
        now: Option<BlobId>,
    ) -> Result<Clash, StoreError> {
        let base = self.lossy(base)?.unwrap_or_default();
        let theirs = self.lossy(now)?;
        let chunk =
            Chunk::Clash { base: base.clone(), ours: String::new(), theirs: theirs.clone().unwrap_or_default() };
        Ok(Clash { path: path.clone(), base, ours: String::new(), theirs, chunks: vec![chunk], now: world.main })
    }

    fn lossy(&self, blob: Option<BlobId>) -> Result<Option<String>, StoreError> {
        blob.map(|blob| Ok(String::from_utf8_lossy(&self.read(blob)?).into_owned())).transpose()
    }

    /// What judging says to who may not read everything: what it would say if there were nothing else
    /// than what they may read, and that there is more if that alone refuses the change.
    fn judge_for(&self, world: &World, who: &Who, merged: &Merged) -> Result<Verdict, StoreError> {
        let whole = self.judge(&world.site, merged)?;
        if world.access().reads(who).all() {
            return Ok(whole);
        }
        let mut said = self.judge(&self.world_for(who)?.site, merged)?;
        if said.refused.is_empty() && !whole.refused.is_empty() {
            let problem = Problem::new(Level::Error, Pos::default(), "access-unseen", &[]);
            let of = merged.files.first().map(|(path, _)| path.as_str().to_owned()).unwrap_or_default();
            said.refused.push(Located { path: of, problem });
        }
        Ok(said)
    }

    fn judge(&self, site: &Site, merged: &Merged) -> Result<Verdict, StoreError> {
        let before = site.manifest();
        let after = before.changed(&merged.changes, before.odd.clone());
        let mut olds: Vec<Option<Doc>> = Vec::with_capacity(merged.files.len());
        let mut news: Vec<Option<Arc<Doc>>> = Vec::with_capacity(merged.files.len());
        for ((path, bytes), change) in merged.files.iter().zip(&merged.changes) {
            let kind = path.kind();
            let old = change.old.filter(|_| wants_doc(path));
            olds.push(old.map(|old| Ok::<_, StoreError>(doc::parse(kind, &self.read(old)?))).transpose()?);
            news.push(bytes.as_ref().filter(|_| wants_doc(path)).map(|bytes| Arc::new(doc::parse(kind, bytes))));
        }
        let files: Vec<Reviewed<'_>> = merged
            .files
            .iter()
            .zip(olds.iter().zip(&news))
            .map(|((path, bytes), (old, new))| Reviewed {
                path,
                old: old.as_ref(),
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
        Ok(review(before, &after, &merged.changes, &files, sites))
    }
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
    fn put(
        &mut self,
        wiki: &Wiki,
        path: &FilePath,
        now: Option<BlobId>,
        new: Option<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let unchanged = match (&new, now) {
            (None, None) => true,
            (Some(new), Some(now)) => *wiki.read(now)? == **new,
            _ => false,
        };
        if !unchanged {
            // Only whether there is a new blob counts for judging; its id is git's business.
            let mark = new.as_ref().map(|_| BlobId([0; 20]));
            self.changes.push(Change { path: path.clone(), old: now, new: mark });
            self.files.push((path.clone(), new));
        }
        Ok(())
    }
}
