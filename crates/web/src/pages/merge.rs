//! `/-/merge/<commit>`: finishes the merge of pushed commits that clash with the wiki.
//!
//! For who pushed them, and for admins. A file that is text on both sides is joined as far as it goes, with
//! marks where somebody must choose; of others one side is chosen whole. What was chosen is merged once
//! more with what came in meanwhile.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use polder_core::diff;
use polder_core::ids::{BlobId, CommitId};
use polder_core::line_ends;
use polder_core::merge::marked;
use polder_core::path::FilePath;
use polder_wiki::merging::{CLASHES_MAX, Chosen, FileClash, NotTaken};
use polder_wiki::propose::ProposeError;

use crate::answer::{Answer, Keep};
use crate::csrf::{Pairs, Posted, ToEdit};
use crate::fail::Fail;
use crate::guard::{Ask, Editor};
use crate::pages::diff::pieces;
use crate::pages::edit::{self, Form};
use crate::pages::screen::{self, Screen};
use crate::views::merge::{MergeClash, MergeFile, MergeView, merge as merge_view};
use crate::views::{Complaint, Field};

/// `GET /-/merge/<commit>`.
pub async fn open(editor: Editor, commit: Path<String>) -> HttpResponse {
    let commit = commit.into_inner();
    editor.run(move |ask| begin(ask, &commit)).await
}

/// `POST /-/merge/<commit>`: what was chosen.
pub async fn finish(posted: Posted<ToEdit>, commit: Path<String>) -> HttpResponse {
    let commit = commit.into_inner();
    posted.run_form(move |ask, pairs| finish_posted(ask, &commit, pairs)).await
}

fn begin(ask: &Ask, commit: &str) -> Result<Answer, Fail> {
    let tip = CommitId::parse(commit).ok_or(Fail::NotFound)?;
    ask.app.wiki.waiting_for(tip, &ask.who)?.ok_or(Fail::NotFound)?;
    let (at, files) = ask.app.wiki.clashes(tip).map_err(|why| failure(ask, why, ""))?;
    merge_screen(ask, tip, at, &files, &Form::default(), Vec::new(), StatusCode::OK)
}

fn finish_posted(ask: &Ask, commit: &str, pairs: Pairs) -> Result<Answer, Fail> {
    let tip = CommitId::parse(commit).ok_or(Fail::NotFound)?;
    let typed: String = pairs.iter().filter(|(key, _)| key.starts_with("text:")).map(|(_, text)| &**text).collect();
    edit::in_time(ask, &typed)?;
    let waiting = ask.app.wiki.waiting_for(tip, &ask.who)?.ok_or(Fail::NotFound)?;
    let form = Form::read(pairs.clone());
    let (shown, files) = ask.app.wiki.clashes(tip).map_err(|why| failure(ask, why, &typed))?;
    let at = form.base()?.or(shown);
    // What was shown of a file, by which its line ends and the side that was kept are known.
    let mut chosen = Chosen { at, files: Default::default() };
    let mut complaints = Vec::new();
    for (key, value) in &pairs {
        let Some((how, path)) = key.split_once(':') else { continue };
        let Some(file) = files.iter().find(|file| file.path.as_str() == path) else { continue };
        let text = match (how, value.as_str()) {
            ("text", text) => {
                if edit::has_clash_marks(text) {
                    let text = format!("{path}: {}", ask.words.t("complaint-marks"));
                    complaints.push(Complaint { field: Field::Form, text });
                }
                Some(line_ends::kept(&read_text(ask, file.theirs)?, text).into_bytes())
            }
            ("keep", "mine") => bytes(ask, file.ours)?,
            ("keep", "theirs") => bytes(ask, file.theirs)?,
            _ => continue,
        };
        chosen.files.insert(file.path.clone(), text);
    }
    let (who, no_name) = form.signed(ask);
    complaints.extend(no_name);
    if !complaints.is_empty() {
        let files = with_chosen(files, &chosen);
        return merge_screen(ask, tip, shown, &files, &form, complaints, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let act = edit::act(&who, &form.summary);
    match ask.app.wiki.finish_merge(&waiting, &chosen, &act, ask.words.t("summary-merge")) {
        Ok(_) => {
            let first = chosen.files.keys().next().filter(|_| chosen.files.len() == 1);
            let href = first.map_or_else(|| "/-/changes".to_owned(), FilePath::href);
            Ok(edit::remember_name(Answer::redirect(StatusCode::SEE_OTHER, &href), &form.name))
        }
        Err(NotTaken::Clash { at, files }) => {
            let complaint = Complaint { field: Field::Form, text: ask.words.t("merge-again").to_owned() };
            merge_screen(ask, tip, Some(at), &files, &form, vec![complaint], StatusCode::CONFLICT)
        }
        Err(why) => Err(failure(ask, why, &typed)),
    }
}

/// The same clashes with what was typed, to be mended.
fn with_chosen(files: Vec<FileClash>, chosen: &Chosen) -> Vec<FileClash> {
    let with = |mut file: FileClash| {
        if let Some(Some(text)) = chosen.files.get(&file.path) {
            file.chosen = Some(text.clone());
            file.chunks =
                file.chunks.map(|_| vec![polder_core::merge::Chunk::Same(String::from_utf8_lossy(text).into_owned())]);
        }
        file
    };
    files.into_iter().map(with).collect()
}

fn failure(ask: &Ask, why: NotTaken, typed: &str) -> Fail {
    match why {
        NotTaken::Refused(judgement) if !judgement.not_allowed.is_empty() => {
            Fail::NotAllowed { files: judgement.not_allowed, typed: typed.to_owned() }
        }
        NotTaken::Refused(judgement) if !judgement.blocked.is_empty() => {
            Fail::WouldOverwrite { files: judgement.blocked, typed: typed.to_owned() }
        }
        NotTaken::Refused(mut judgement) => {
            let within = judgement.within.drain(..).map(|(_, located)| located);
            judgement.verdict.refused.extend(within);
            Fail::of_proposal(ask, ProposeError::Refused(judgement.verdict), typed)
        }
        NotTaken::Unrelated => Fail::BadRequest("push-for-unrelated"),
        NotTaken::Busy | NotTaken::Clash { .. } => Fail::Busy { typed: typed.to_owned() },
        NotTaken::Store(error) => Fail::of_proposal(ask, ProposeError::Store(error), typed),
    }
}

fn merge_screen(
    ask: &Ask,
    tip: CommitId,
    at: Option<CommitId>,
    files: &[FileClash],
    form: &Form,
    complaints: Vec<Complaint>,
    status: StatusCode,
) -> Result<Answer, Fail> {
    let base = at.map(|at| at.to_string()).unwrap_or_default();
    let message = ask.app.wiki.pushed_summary(tip)?;
    let n_more = files.len().saturating_sub(CLASHES_MAX);
    // With more than fit there is no form, and nothing to read for it.
    let shown: &[FileClash] = if n_more > 0 { &[] } else { files };
    let shown =
        shown.iter().map(|file| Ok(MergeFile { path: file.path.as_str().to_owned(), clash: clash(ask, file)? }));
    let view = MergeView {
        lang: screen::content_lang(ask).to_owned(),
        action: format!("/-/merge/{tip}"),
        cancel_href: "/-/changes".to_owned(),
        short: tip.short(),
        message,
        files: shown.collect::<Result<Vec<_>, Fail>>()?,
        n_clashes: files.len(),
        n_more,
        signature: edit::signature(ask, &form.name, &form.summary, &base),
        complaints,
    };
    let mut answer = screen::screen(ask, Screen::new(ask.words.t("merge-title")), merge_view(ask.words, &view));
    answer.status = status;
    answer.keep = Keep::Never;
    Ok(answer)
}

fn clash(ask: &Ask, file: &FileClash) -> Result<MergeClash, Fail> {
    let words = ask.words;
    let Some(chunks) = &file.chunks else {
        let size = |blob: Option<BlobId>| -> Result<Option<u64>, Fail> {
            Ok(blob.map(|blob| ask.app.wiki.size(blob)).transpose()?.map(|size| size as u64))
        };
        let (mine, theirs) = (size(file.ours)?, size(file.theirs)?);
        return Ok(MergeClash::Either { mine, theirs, keep_mine: file.chosen.is_some() || mine.is_some() });
    };
    let (base, mine, theirs) = (read_text(ask, file.base)?, read_text(ask, file.ours)?, read_text(ask, file.theirs)?);
    Ok(MergeClash::Texts {
        marked: marked(chunks, words.t("conflict-mine"), words.t("conflict-base"), words.t("conflict-theirs")),
        pieces: pieces(&diff::lines(&theirs, &mine)),
        mine,
        theirs,
        base,
    })
}

fn bytes(ask: &Ask, blob: Option<BlobId>) -> Result<Option<Vec<u8>>, Fail> {
    Ok(blob.map(|blob| ask.app.wiki.read(blob)).transpose()?.map(|bytes| bytes.to_vec()))
}

fn read_text(ask: &Ask, blob: Option<BlobId>) -> Result<String, Fail> {
    Ok(blob.map(|blob| ask.app.wiki.read_text(blob)).transpose()?.unwrap_or_default())
}
