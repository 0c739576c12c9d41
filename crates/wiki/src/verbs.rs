//! What people do to pages. Each verb builds a proposal and leaves the rest to `propose`.

use polder_core::access::Who;
use polder_core::ids::CommitId;
use polder_core::limits;
use polder_core::line_ends;
use polder_core::manifest::Change;
use polder_core::moving::{self, Rewrite};
use polder_core::path::{FilePath, Kind, fold};
use polder_core::site::{self, Site};
use std::sync::Arc;

use crate::propose::{Done, Edit, Proposal, ProposeError, may_change};
use crate::wiki::Wiki;
use crate::world::World;

/// Plans of one move before it gives up against writers that keep changing its pages.
const MOVE_TRIES: usize = 5;

/// By whom, when and why.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    pub who: &'a Who,
    /// As typed; empty means that the verb finds its own words.
    pub summary: &'a str,
    pub time_s: i64,
    pub offset_min: i32,
}

/// Why a verb did nothing.
#[derive(Debug)]
pub enum VerbError {
    Propose(ProposeError),
    /// There is no such page (any more).
    NoPage,
    /// Something stands at the new path.
    Taken(FilePath),
    /// The old and the new path are the same.
    SamePath,
    /// Only text can be merged.
    NotText,
}

impl From<ProposeError> for VerbError {
    fn from(error: ProposeError) -> VerbError {
        VerbError::Propose(error)
    }
}

impl From<polder_store::StoreError> for VerbError {
    fn from(error: polder_store::StoreError) -> VerbError {
        VerbError::Propose(ProposeError::Store(error))
    }
}

/// What a move would do.
#[derive(Clone, Debug, Default)]
pub struct MovePlan {
    pub rewrites: Vec<Rewrite>,
}

impl Wiki {
    /// Saves a page's whole text. Line ends stay as the file has them: forms send CRLF.
    pub fn save(
        &self,
        path: &FilePath,
        text: &str,
        base: Option<CommitId>,
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Done, ProposeError> {
        let world = self.world();
        let now = world.site.manifest().get(path.as_str());
        // Of the past they get nothing to merge with that they may not read.
        let seen = self.world_for(act.who)?;
        let then = match base {
            Some(base) if Some(base) != world.main => self.file_at(&seen, base, path.as_str())?,
            _ => now,
        };
        // What the form was filled with.
        let old = then.or(now).map(|blob| self.read_text(blob)).transpose()?.unwrap_or_default();
        let text = line_ends::kept(&old, text);
        // A page that was moved away since the base is edited where it is now.
        let path = match (base, now, &world.history) {
            (Some(base), None, Some(history)) if then.is_some() => match history.moved_to(path) {
                // Where they may not change it, it is gone for them.
                Some(now)
                    if world.site.manifest().get(now.as_str()).is_some()
                        && may_change(&world.site, act.who, [path, &now].into_iter()).is_ok() =>
                {
                    return self.save_moved(path, now, text, base, act, default_summary);
                }
                _ => path.clone(),
            },
            _ => path.clone(),
        };
        self.propose(&proposal(vec![Edit::Put { path, bytes: text.into_bytes() }], base, act, default_summary))
    }

    /// The edit was of `old`, which is `now` by now: merge there, with the old text as base.
    fn save_moved(
        &self,
        old: &FilePath,
        now: FilePath,
        text: String,
        base: CommitId,
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Done, ProposeError> {
        let world = self.world();
        let seen = self.world_for(act.who)?;
        let base_blob = self.file_at(&seen, base, old.as_str())?;
        let base_text = base_blob.map(|blob| self.read_text(blob)).transpose()?.unwrap_or_default();
        let now_blob = world.site.manifest().get(now.as_str());
        let theirs = now_blob.map(|blob| self.read_text(blob)).transpose()?.unwrap_or_default();
        match polder_core::merge::merge3(&base_text, &text, &theirs) {
            polder_core::merge::Merge::Clean(merged) => {
                let edit = Edit::Put { path: now, bytes: merged.into_bytes() };
                let mut done = self.propose(&proposal(vec![edit], world.main, act, default_summary))?;
                done.merged = true;
                Ok(done)
            }
            polder_core::merge::Merge::Clash(chunks) => Err(ProposeError::Clash(vec![crate::propose::Clash {
                path: now,
                base: base_text,
                ours: text,
                theirs: Some(theirs),
                chunks,
                now: world.main,
            }])),
        }
    }

    /// Deletes a page as it was at `base`; what others wrote since is a clash.
    pub fn delete(
        &self,
        path: &FilePath,
        base: Option<CommitId>,
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Done, VerbError> {
        let world = self.catch_up()?;
        may_change(&world.site, act.who, [path].into_iter())?;
        if world.site.manifest().get(path.as_str()).is_none() {
            return Err(VerbError::NoPage);
        }
        let edit = Edit::Delete { path: path.clone() };
        Ok(self.propose(&proposal(vec![edit], base.or(world.main), act, default_summary))?)
    }

    /// What moving a page would rewrite elsewhere, of what they may change.
    pub fn plan_move(&self, from: &FilePath, to: &FilePath, who: &Who) -> Result<MovePlan, VerbError> {
        let world = self.world();
        self.plan_move_in(&world.site, from, to, who)
    }

    fn plan_move_in(&self, site: &Site, from: &FilePath, to: &FilePath, who: &Who) -> Result<MovePlan, VerbError> {
        may_change(site, who, [from, to].into_iter())?;
        if from == to {
            return Err(VerbError::SamePath);
        }
        let manifest = site.manifest();
        let Some(blob) = manifest.get(from.as_str()) else { return Err(VerbError::NoPage) };
        let key = fold(to.as_str());
        if let Some(taken) =
            manifest.entries().iter().find(|entry| entry.path != *from && fold(entry.path.as_str()) == key)
        {
            return Err(VerbError::Taken(taken.path.clone()));
        }
        let changes = [
            Change { path: from.clone(), old: Some(blob), new: None },
            Change { path: to.clone(), old: None, new: Some(blob) },
        ];
        let after = Arc::new(manifest.changed(&changes, manifest.odd.clone()));
        let docs = self.docs_for(&after)?;
        let after = site::assemble(site.at, after, docs, None);
        let text_of = |path: &FilePath| self.read_text(manifest.get(path.as_str())?).ok();
        // Links on pages that they may not change, or not know of, stay: the old address leads on.
        let mut rewrites = moving::rewrites(site, &after, from, to, &text_of);
        rewrites.retain(|rewrite| may_change(site, who, [&rewrite.path].into_iter()).is_ok());
        Ok(MovePlan { rewrites })
    }

    /// Moves a page in one commit that also rewrites the links to it.
    pub fn move_page(
        &self,
        from: &FilePath,
        to: &FilePath,
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Done, VerbError> {
        // The plan is of one state. Whoever writes to one of its pages meanwhile makes it plan again.
        for _ in 0..MOVE_TRIES {
            let world = self.catch_up()?;
            match self.propose(&self.move_proposal(&world, from, to, act, default_summary)?) {
                Err(ProposeError::Clash(_)) => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(VerbError::Propose(ProposeError::Busy))
    }

    fn move_proposal<'a>(
        &self,
        world: &World,
        from: &FilePath,
        to: &FilePath,
        act: &Act<'a>,
        default_summary: &str,
    ) -> Result<Proposal<'a>, VerbError> {
        let plan = self.plan_move_in(&world.site, from, to, act.who)?;
        let Some(blob) = world.site.manifest().get(from.as_str()) else { return Err(VerbError::NoPage) };
        let mut edits = vec![Edit::Delete { path: from.clone() }];
        let mut own = self.read(blob)?.to_vec();
        for rewrite in plan.rewrites {
            if rewrite.path == *to {
                own = rewrite.text.into_bytes();
            } else {
                edits.push(Edit::Put { path: rewrite.path, bytes: rewrite.text.into_bytes() });
            }
        }
        edits.push(Edit::Put { path: to.clone(), bytes: own });
        let mut proposal = proposal(edits, world.main, act, default_summary);
        // Recorded, so that history need not guess it from how alike the texts are.
        proposal.trailers.push(format!("{}: {from} -> {to}", crate::history::MOVED_TRAILER));
        Ok(proposal)
    }

    /// Undoes what happened to a page after `good` up to and including `bad`; later changes stay.
    /// With `bad` the newest change, this puts the text of `good` back. Each commit comes with where the
    /// page stood then, if it was there.
    pub fn revert(
        &self,
        path: &FilePath,
        good: (CommitId, Option<&FilePath>),
        bad: (CommitId, Option<&FilePath>),
        act: &Act<'_>,
        default_summary: &str,
    ) -> Result<Done, VerbError> {
        let world = self.catch_up()?;
        may_change(&world.site, act.who, [path].into_iter())?;
        // What they may not read now does not come back by this either.
        let seen = self.world_for(act.who)?;
        if path.kind() == Kind::File {
            return Err(VerbError::NotText);
        }
        let text_at = |(commit, path): (CommitId, Option<&FilePath>)| -> Result<Option<String>, VerbError> {
            let Some(path) = path else { return Ok(None) };
            let blob = self.file_at(&seen, commit, path.as_str())?;
            match blob.map(|blob| self.read(blob)).transpose()? {
                Some(bytes) => match String::from_utf8(bytes.to_vec()) {
                    Ok(text) => Ok(Some(text)),
                    Err(_) => Err(VerbError::NotText),
                },
                None => Ok(None),
            }
        };
        let Some(good_text) = text_at(good)? else { return Err(VerbError::NoPage) };
        let bad_text = text_at(bad)?.unwrap_or_default();
        let now = world.site.manifest().get(path.as_str());
        let now_text = now.map(|blob| self.read_text(blob)).transpose()?;
        let new = match &now_text {
            None => good_text,
            Some(now_text) => match polder_core::merge::merge3(&bad_text, &good_text, now_text) {
                polder_core::merge::Merge::Clean(text) => text,
                polder_core::merge::Merge::Clash(chunks) => {
                    return Err(VerbError::Propose(ProposeError::Clash(vec![crate::propose::Clash {
                        path: path.clone(),
                        base: bad_text,
                        ours: good_text,
                        theirs: now_text.clone().into(),
                        chunks,
                        now: world.main,
                    }])));
                }
            },
        };
        let edit = Edit::Put { path: path.clone(), bytes: new.into_bytes() };
        Ok(self.propose(&proposal(vec![edit], world.main, act, default_summary))?)
    }
}

fn proposal<'a>(edits: Vec<Edit>, base: Option<CommitId>, act: &Act<'a>, default_summary: &str) -> Proposal<'a> {
    let typed = act.summary.trim();
    let summary = if typed.is_empty() { default_summary } else { typed };
    let one_line: String = summary.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Proposal {
        edits,
        base,
        who: act.who,
        summary: one_line.chars().take(limits::SUMMARY_MAX_CHARS).collect(),
        trailers: Vec::new(),
        time_s: act.time_s,
        offset_min: act.offset_min,
    }
}
