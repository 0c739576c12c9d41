//! Annotated tags: read by the id that a ref points at, and made once. A tag is never moved.
//!
//! What a tag's name and message mean is not known here.

use std::path::Path;

use git2::{ErrorCode, ObjectType, Oid, Repository};
use polder_core::ids::{BlobId, CommitId, TagId};
use polder_core::limits;
use polder_core::version::TagFacts;

use crate::commit::{signature, zone};
use crate::error::StoreError;
use crate::read::{Person, clean, header_lines, parse_author};
use crate::store::{Store, lock, sync_folder};
use crate::tree::{id_of, oid};

/// Tags inside tags followed to find a commit; real ones have one level.
const TAG_MAX_DEPTH: usize = 8;

/// A tag to be made.
#[derive(Debug)]
pub struct TagDraft<'a> {
    /// Without `refs/tags/`; a name that git takes.
    pub name: &'a str,
    pub commit: CommitId,
    pub tagger: Person,
    /// Seconds since 1970, and minutes from UTC.
    pub time_s: i64,
    pub offset_min: i32,
    pub message: &'a str,
}

impl Store {
    /// What an annotated tag says, and which commit it names in the end. `None` for what is no
    /// such tag: a commit (a lightweight tag), a tag of a file, something that is not there.
    pub fn tag(&self, id: TagId) -> Result<Option<TagFacts>, StoreError> {
        self.with(|repository| tag_of(repository, id))
    }

    /// Makes an annotated tag that survives a power cut. `Ok(false)` when there is one of that
    /// name: it is left as it is.
    pub fn make_tag(&self, draft: &TagDraft<'_>) -> Result<bool, StoreError> {
        if !self.is_durable() {
            return Err(StoreError::NotPrepared);
        }
        let _writing = lock(&self.writing);
        self.with(|repository| {
            let bytes = tag_text(draft);
            if bytes.len() > limits::TAG_MAX_BYTES {
                // It would be made for good, and never be read.
                return Err(StoreError::TooLarge(format!("tag {}", draft.name)));
            }
            let name = format!("refs/tags/{}", draft.name);
            if repository.find_reference(&name).is_ok() {
                return Ok(false);
            }
            let odb = repository.odb()?;
            let id = odb.write(ObjectType::Tag, bytes.as_bytes())?;
            let objects = self.common_dir().join("objects");
            sync_folder(&objects.join(&id.to_string()[..2]))?;
            sync_folder(&objects)?;
            match repository.reference(&name, id, false, "polder: version") {
                Ok(_) => {}
                Err(error) if error.code() == ErrorCode::Exists => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            // The folders on the way to the ref may be new.
            let file = self.common_dir().join(&name);
            for folder in file.ancestors().skip(1).take_while(|folder| folder.starts_with(self.common_dir())) {
                if folder.is_dir() {
                    sync_folder(Path::new(folder))?;
                }
            }
            Ok(true)
        })
    }
}

fn tag_of(repository: &Repository, tag: TagId) -> Result<Option<TagFacts>, StoreError> {
    let odb = repository.odb()?;
    let mut facts: Option<TagFacts> = None;
    let mut id = oid(tag.0);
    for _ in 0..TAG_MAX_DEPTH {
        let Ok((size, kind)) = odb.read_header(id) else { return Ok(None) };
        match kind {
            ObjectType::Commit => {
                return Ok(facts.map(|facts| TagFacts { commit: CommitId(id_of(id)), ..facts }));
            }
            ObjectType::Tag if size <= limits::TAG_MAX_BYTES => {
                let object = odb.read(id)?;
                let (next, read) = parse_tag(object.data());
                let Some(next) = next else { return Ok(None) };
                // The outermost tag is the one that was given this name.
                facts.get_or_insert(read);
                id = next;
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

fn parse_tag(raw: &[u8]) -> (Option<Oid>, TagFacts) {
    let mut facts =
        TagFacts { commit: CommitId([0; 20]), tagger: String::new(), time_s: 0, offset_min: 0, message: String::new() };
    let mut next = None;
    for line in header_lines(raw) {
        if let Some(hex) = line.strip_prefix(b"object ") {
            next = BlobId::parse_bytes(hex).map(|id| oid(id.0));
        } else if let Some(tagger) = line.strip_prefix(b"tagger ") {
            let (person, time_s, offset_min) = parse_author(tagger);
            (facts.tagger, facts.time_s, facts.offset_min) = (person.name, time_s, offset_min);
        }
    }
    if let Some(end) = raw.windows(2).position(|pair| pair == b"\n\n") {
        facts.message = clean(&raw[end + 2..], |c| matches!(c, '\n' | '\t'));
        // A signature is no part of what is said.
        if let Some(at) = facts.message.find("-----BEGIN ") {
            facts.message.truncate(at);
        }
    }
    (next, facts)
}

fn tag_text(draft: &TagDraft<'_>) -> String {
    let mut text = format!(
        "object {}\ntype commit\ntag {}\ntagger {} {} {}\n\n",
        draft.commit,
        draft.name,
        signature(&draft.tagger),
        draft.time_s,
        zone(draft.offset_min),
    );
    let message = draft.message.replace("\r\n", "\n");
    text.extend(message.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')));
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::git::testing::{git, git_fed, ready};

    #[test]
    fn a_tag_is_made_once_and_git_reads_it() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        git(dir, &["commit", "-q", "--allow-empty", "-m", "one"]);
        let store = Store::open(dir).expect("opened");
        let commit = store.main_tip().expect("read").expect("there");
        let draft = TagDraft {
            name: "plannen/plan@v1",
            commit,
            tagger: Person { name: "Anna <x>\n".into(), email: "a@example.org".into() },
            time_s: 1_262_302_200,
            offset_min: 60,
            message: "Eerste versie\r\n\r\nMet een noot.\r\n\r\nDate: 2010-01-01",
        };
        assert!(store.make_tag(&draft).expect("made"));
        assert!(!store.make_tag(&TagDraft { message: "other", ..draft }).expect("refused"));
        git(dir, &["fsck", "--strict"]);
        assert_eq!(git(dir, &["rev-parse", "plannen/plan@v1^{commit}"]), commit.to_string());
        let tips = store.tips().expect("read");
        let facts = store.tag(tips.tags["plannen/plan@v1"]).expect("read").expect("a tag");
        assert_eq!((facts.commit, facts.tagger.as_str()), (commit, "Anna x"));
        assert_eq!((facts.time_s, facts.offset_min), (1_262_302_200, 60));
        assert_eq!(facts.message, "Eerste versie\n\nMet een noot.\n\nDate: 2010-01-01\n");
    }

    #[test]
    fn only_annotated_tags_of_commits_are_read() {
        ready();
        let temp = TempDir::new().expect("a temporary folder");
        let dir = temp.path();
        git(dir, &["init", "-q", "-b", "main"]);
        git(dir, &["commit", "-q", "--allow-empty", "-m", "one"]);
        let one = CommitId::parse(&git(dir, &["rev-parse", "HEAD"])).expect("an id");
        git(dir, &["tag", "-a", "-m", "inner", "plan@v1"]);
        git(dir, &["tag", "-a", "-m", "outer", "@zomer", "plan@v1"]);
        git(dir, &["tag", "light@v1"]);
        git(dir, &["tag", "-a", "-m", "v", "release-1"]);
        let blob = git_fed(dir, &["hash-object", "-w", "--stdin"], b"x");
        git(dir, &["tag", "-a", "-m", "v", "blob@v1", &blob]);
        let odd = git_fed(dir, &["hash-object", "-t", "tag", "--literally", "-w", "--stdin"], b"object x\n\n\xff");
        fs::write(dir.join(".git/refs/tags/odd@v1"), format!("{odd}\n")).expect("written");
        fs::write(dir.join(".git/refs/tags/gone@v1"), "1234567890123456789012345678901234567890\n").expect("written");
        fs::write(dir.join(".git/refs/tags/broken@v1"), "nonsense\n").expect("written");
        let store = Store::open(dir).expect("opened");
        let tips = store.tips().expect("read");
        let read = |name: &str| store.tag(tips.tags[name]).expect("read");
        assert_eq!(read("plan@v1").map(|facts| (facts.commit, facts.message)), Some((one, "inner\n".to_owned())));
        assert_eq!(read("@zomer").map(|facts| (facts.commit, facts.message)), Some((one, "outer\n".to_owned())));
        for none in ["light@v1", "blob@v1", "gone@v1", "odd@v1"] {
            assert_eq!(read(none), None, "{none}");
        }
        assert!(!tips.tags.contains_key("broken@v1") && !tips.tags.contains_key("release-1"));
    }
}
