//! Who may do what where: the people who look, and the rules of `.polder/access.yml`.
//!
//! Per right the nearest rule above a path that names the right decides, else what holds without
//! rules. Paths are compared by whole segments, in one case and Unicode form. The file is read
//! closed on failure: a rule that can't be understood lets nobody but admins in, and a file that
//! can't be read closes the whole wiki.
//!
//! Which accounts exist and who is in a group is not known here, nor what a reader is shown.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use crate::doc::{self, Doc};
use crate::front::{Field, Value};
use crate::limits;
use crate::names::nearest;
use crate::path::{FilePath, Kind, fold, strip_page_extension};
use crate::problem::{Level, Pos, Problem};

/// Where the rules stand.
pub const PATH: &str = ".polder/access.yml";

const SETTINGS: &str = ".polder";
const TALK: &str = ".polder/talk";

/// By what somebody comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nobody that is known.
    #[default]
    Anonymous,
    /// Somebody with an account.
    Account,
    /// An account that may do everything.
    Admin,
    /// Whoever sits at the machine while there are no accounts, and the program itself: may do everything.
    Owner,
}

/// Who looks or acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The name to write in commits; `None` for a reader.
    pub name: Option<String>,
    /// The name that the account signs in with.
    pub account: Option<Box<str>>,
    /// The address to write in commits: of this wiki, and reaching nobody.
    pub address: Option<String>,
    pub groups: Arc<BTreeSet<Box<str>>>,
    pub standing: Standing,
}

impl Who {
    /// The owner at the machine, or the program itself.
    pub fn owner() -> Who {
        Who { standing: Standing::Owner, ..Who::default() }
    }

    /// Whether no rule binds them.
    pub fn may_all(&self) -> bool {
        matches!(self.standing, Standing::Admin | Standing::Owner)
    }
}

/// What can be allowed, rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    Read,
    Comment,
    Suggest,
    Edit,
    Admin,
}

impl Right {
    pub const ALL: [Right; 5] = [Right::Read, Right::Comment, Right::Suggest, Right::Edit, Right::Admin];

    /// As it is written in the rules.
    pub fn name(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Comment => "comment",
            Right::Suggest => "suggest",
            Right::Edit => "edit",
            Right::Admin => "admin",
        }
    }

    pub fn parse(name: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.name() == name)
    }
}

/// Whom a rule names for a right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub everyone: bool,
    pub accounts: bool,
    pub groups: BTreeSet<Box<str>>,
}

/// Words that no group may be called.
pub const RESERVED: [&str; 3] = ["everyone", "accounts", "admins"];

impl Named {
    /// Whom a right is for where no rule names it.
    fn default_for(right: Right) -> Named {
        Named {
            everyone: right == Right::Read,
            accounts: matches!(right, Right::Comment | Right::Suggest | Right::Edit),
            groups: BTreeSet::new(),
        }
    }

    fn has(&self, who: &Who) -> bool {
        match who.standing {
            Standing::Admin | Standing::Owner => true,
            Standing::Anonymous => self.everyone,
            Standing::Account => {
                self.everyone || self.accounts || who.groups.iter().any(|group| self.groups.contains(group))
            }
        }
    }
}

/// What holds for a path and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// As written, without slashes around it: empty for the whole wiki.
    pub path: Box<str>,
    pub at: Pos,
    /// By `Right`; `None` where the rule leaves it to the one above.
    named: [Option<Named>; 5],
    /// Something in it is wrong: it lets nobody in but admins.
    pub is_closed: bool,
}

impl Rule {
    /// Whom it names for a right.
    pub fn named(&self, right: Right) -> Option<&Named> {
        self.named[right as usize].as_ref()
    }

    /// Whether it gives `right`, which it names, to `who`: a higher right that it names brings it along.
    fn gives(&self, right: Right, who: &Who) -> bool {
        self.named[right as usize..].iter().flatten().any(|named| named.has(who))
    }
}

/// Why something is allowed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Admins and the owner may do everything.
    MayAll,
    /// The rule decides.
    Rule,
    /// No rule names the right.
    NoRule,
    /// The rule has an error, and lets nobody in but admins.
    ClosedRule,
    /// The whole file of rules has an error, and lets nobody in but admins.
    Closed,
    /// Settings are the admins'.
    Settings,
    /// The rules themselves are for those who may read everything.
    Rules,
    /// The path may not be read to begin with; the rule is the one that says so.
    Unread,
}

/// What the rules say of one right at one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    pub allowed: bool,
    pub rule: Option<&'a Rule>,
    pub why: Why,
}

/// The rules of a wiki.
#[derive(Debug)]
pub struct Access {
    rules: Vec<Rule>,
    /// By the key of their path.
    by_key: FxHashMap<Box<str>, u32>,
    /// Segments of the longest key.
    depth: usize,
    /// Groups that rules name, sorted, and the first place where each stands.
    groups: Vec<(Box<str>, Pos)>,
    /// Nobody but admins may do anything.
    is_closed: bool,
    problems: Vec<Problem>,
    everything: Arc<Reads>,
    classes: Mutex<FxHashMap<Class, Arc<Reads>>>,
}

/// Readers of whom the rules say the same: with an account or not, and in which of the groups that
/// rules name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    has_account: bool,
    groups: Vec<u32>,
}

impl PartialEq for Access {
    /// Whether the rules are the same; what is kept does not count.
    fn eq(&self, other: &Access) -> bool {
        self.rules == other.rules && self.is_closed == other.is_closed && self.problems == other.problems
    }
}

impl Default for Access {
    fn default() -> Access {
        Access::none()
    }
}

impl Access {
    /// What holds without a file of rules.
    pub fn none() -> Access {
        Access::of(Vec::new(), false, Vec::new())
    }

    /// Reads the text of a file of rules. Total: what is wrong closes, and is told by `problems`.
    pub fn read(text: &str) -> Access {
        Access::of_doc(&doc::parse(Kind::Settings, text.as_bytes()))
    }

    /// The same, of the parsed file.
    pub fn of_doc(doc: &Doc) -> Access {
        if doc.problems.iter().any(|problem| problem.level == Level::Error) {
            return Access::closed(doc.problems.clone());
        }
        let mut reader = Reader { rules: Vec::new(), by_key: FxHashMap::default(), problems: Vec::new() };
        let is_whole = reader.read(&doc.front.fields);
        let mut problems = doc.problems.clone();
        problems.extend(reader.problems);
        if is_whole { Access::of(reader.rules, false, problems) } else { Access::closed(problems) }
    }

    /// Rules that nobody could read: nobody but admins may do anything. `problems` say why.
    pub fn closed(mut problems: Vec<Problem>) -> Access {
        problems.truncate(limits::DOC_MAX_PROBLEMS - 1);
        problems.push(Problem::new(Level::Error, Pos::default(), "access-closed", &[]));
        Access::of(Vec::new(), true, problems)
    }

    fn of(rules: Vec<Rule>, is_closed: bool, mut problems: Vec<Problem>) -> Access {
        problems.truncate(limits::DOC_MAX_PROBLEMS);
        let mut groups: Vec<(Box<str>, Pos)> = Vec::new();
        for rule in &rules {
            for group in rule.named.iter().flatten().flat_map(|named| &named.groups) {
                groups.push((group.clone(), rule.at));
            }
        }
        groups.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        groups.dedup_by(|later, kept| later.0 == kept.0);
        let by_key: FxHashMap<Box<str>, u32> =
            (0..).zip(&rules).map(|(at, rule)| (key(&rule.path).into_owned().into_boxed_str(), at)).collect();
        let depth = by_key.keys().map(|key| depth(key)).max().unwrap_or(0);
        let everything = Arc::new(Reads::new(true, Vec::new()));
        Access { rules, by_key, depth, groups, is_closed, problems, everything, classes: Mutex::default() }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether the file could not be read, so that only admins may do anything.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// What is wrong in the file, in the order in which it was found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Groups that rules name and that have no member, as far as the caller knows: hints, at the rule
    /// that names each first.
    pub fn empty_groups(&self, has_member: &dyn Fn(&str) -> bool) -> Vec<Problem> {
        let empty = self.groups.iter().filter(|(group, _)| !has_member(group));
        empty.map(|(group, at)| Problem::new(Level::Hint, *at, "access-empty-group", &[("found", group)])).collect()
    }

    /// Whether `who` has a right at a path: of a file or a folder, with or without `.md`.
    pub fn may(&self, who: &Who, right: Right, path: &str) -> bool {
        self.decide(who, right, path).allowed
    }

    /// The same, with what decided.
    pub fn decide(&self, who: &Who, right: Right, path: &str) -> Decision<'_> {
        if who.may_all() {
            return Decision { allowed: true, rule: None, why: Why::MayAll };
        }
        if self.is_closed {
            return Decision { allowed: false, rule: None, why: Why::Closed };
        }
        let key = key(path);
        if &*key == PATH {
            let allowed = right == Right::Read && self.reads(who).all();
            return Decision { allowed, rule: None, why: Why::Rules };
        }
        let read = self.nearest(who, Right::Read, &key);
        if right == Right::Read {
            return read;
        }
        if !read.allowed {
            return Decision { why: Why::Unread, ..read };
        }
        // What is said of a page is the page's, all but the files that hold it.
        let path = fold_path(path);
        if is_within(&path, SETTINGS) && (right >= Right::Edit || !is_within(&path, TALK)) {
            return Decision { allowed: false, rule: None, why: Why::Settings };
        }
        self.nearest(who, right, &key)
    }

    /// What the nearest rule that names the right says of it alone.
    fn nearest(&self, who: &Who, right: Right, key: &str) -> Decision<'_> {
        let rules = prefixes(key, self.depth).filter_map(|prefix| self.by_key.get(prefix));
        let naming = rules.map(|at| &self.rules[*at as usize]).filter(|rule| rule.named(right).is_some());
        match naming.last() {
            Some(rule) if rule.is_closed => Decision { allowed: false, rule: Some(rule), why: Why::ClosedRule },
            Some(rule) => Decision { allowed: rule.gives(right, who), rule: Some(rule), why: Why::Rule },
            None => Decision { allowed: Named::default_for(right).has(who), rule: None, why: Why::NoRule },
        }
    }

    /// What `who` may read: computed once for all of whom the rules say the same.
    pub fn reads(&self, who: &Who) -> Arc<Reads> {
        if who.may_all() || (self.rules.is_empty() && !self.is_closed) {
            return Arc::clone(&self.everything);
        }
        let class = self.class(who);
        // A panic elsewhere leaves at worst less kept.
        let mut classes = self.classes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reads) = classes.get(&class) {
            return Arc::clone(reads);
        }
        let reads = Arc::new(self.find_reads(who));
        if classes.len() >= limits::ACCESS_MAX_CLASSES {
            classes.clear();
        }
        classes.insert(class, Arc::clone(&reads));
        reads
    }

    fn class(&self, who: &Who) -> Class {
        if who.standing == Standing::Anonymous {
            return Class { has_account: false, groups: Vec::new() };
        }
        let place = |group: &str| self.groups.binary_search_by(|known| (*known.0).cmp(group)).ok();
        let groups =
            who.groups.iter().filter_map(|group| place(group)).filter_map(|at| u32::try_from(at).ok()).collect();
        Class { has_account: true, groups }
    }

    fn find_reads(&self, who: &Who) -> Reads {
        if self.is_closed {
            return Reads::new(false, Vec::new());
        }
        let root = self.nearest(who, Right::Read, "").allowed;
        let naming = self.by_key.iter().filter(|(_, at)| self.rules[**at as usize].named(Right::Read).is_some());
        Reads::new(root, naming.map(|(key, _)| (key.clone(), self.nearest(who, Right::Read, key).allowed)).collect())
    }
}

/// What a class of readers may read. Equal for those who may read the same.
#[derive(Debug)]
pub struct Reads {
    root: bool,
    /// By key of a path: where reading is not as it is above.
    turns: FxHashMap<Box<str>, bool>,
    depth: usize,
    all: bool,
    token: u64,
}

impl PartialEq for Reads {
    fn eq(&self, other: &Reads) -> bool {
        self.token == other.token && self.root == other.root && self.turns == other.turns
    }
}

impl Eq for Reads {}

impl Hash for Reads {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.token.hash(state);
    }
}

impl Reads {
    /// `said` is by key what holds from there on, the root aside.
    fn new(root: bool, mut said: Vec<(Box<str>, bool)>) -> Reads {
        let all = root && said.iter().all(|(_, may)| *may);
        said.retain(|(key, _)| !key.is_empty() && &**key != PATH);
        if !all {
            said.push((Box::from(PATH), false));
        }
        said.sort();
        let mut reads = Reads { root, turns: FxHashMap::default(), depth: 0, all, token: 0 };
        let mut hasher = FxHasher::default();
        root.hash(&mut hasher);
        // What is above comes first.
        for (key, may) in said {
            if reads.may_key(&key) != may {
                (&key, may).hash(&mut hasher);
                reads.depth = reads.depth.max(depth(&key));
                reads.turns.insert(key, may);
            }
        }
        reads.token = hasher.finish();
        reads
    }

    /// Whether everything may be read, so that nothing needs filtering.
    pub fn all(&self) -> bool {
        self.all
    }

    /// Stands for what may be read, for keeping things apart. It follows from the names of what may
    /// not be read: where readers may see it, it must be mixed with a secret.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Whether a path may be read: of a file or a folder, with or without `.md`.
    pub fn may(&self, path: &str) -> bool {
        self.all || (if self.turns.is_empty() { self.root } else { self.may_key(&key(path)) })
    }

    fn may_key(&self, key: &str) -> bool {
        let turns = prefixes(key, self.depth).filter_map(|prefix| self.turns.get(prefix));
        turns.last().copied().unwrap_or(self.root)
    }
}

/// The root, then each path above `key` and itself, down to `depth` segments.
fn prefixes(key: &str, depth: usize) -> impl Iterator<Item = &str> {
    let ends = key.match_indices('/').map(|(at, _)| at).chain((!key.is_empty()).then_some(key.len()));
    std::iter::once("").chain(ends.take(depth).map(|end| &key[..end]))
}

fn depth(key: &str) -> usize {
    if key.is_empty() { 0 } else { key.matches('/').count() + 1 }
}

/// What a path is governed by: one case and form, no slashes around it, pages without `.md`, and the
/// talk about a page with the page.
fn key(path: &str) -> Cow<'_, str> {
    let mut key = fold_path(path);
    if is_within(&key, TALK) {
        key = Cow::Owned(key[TALK.len()..].trim_start_matches('/').to_owned());
    }
    // A folder named like a page counts with it.
    if key.split('/').any(|segment| strip_page_extension(segment).len() < segment.len()) {
        let segments: Vec<&str> = key.split('/').map(strip_page_extension).collect();
        return Cow::Owned(segments.join("/"));
    }
    key
}

fn fold_path(path: &str) -> Cow<'_, str> {
    let path = path.trim_matches('/');
    let is_plain = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_plain && !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    Cow::Owned(fold(&segments.join("/")))
}

/// Whether a problem only says what another one leads to.
pub fn is_consequence(problem: &Problem) -> bool {
    matches!(problem.code.as_str(), "access-closed" | "access-rule-closed")
}

/// Whether a file is meant for the rules and is not read, for its name.
pub fn is_misnamed(path: &FilePath) -> bool {
    let key = fold_path(path.as_str());
    path.as_str() != PATH && (&*key == PATH || &*key == ".polder/access.yaml")
}

/// Whether what stands there, and is no file, stands in the way of the rules.
pub fn stands_for_rules(path: &str) -> bool {
    matches!(path, PATH | SETTINGS)
}

/// Whether a folded path is this folder or lies in it.
fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Reads rules one by one.
struct Reader {
    rules: Vec<Rule>,
    by_key: FxHashMap<String, usize>,
    problems: Vec<Problem>,
}

impl Reader {
    /// `false` when the file says something of which it is not known what it holds for.
    fn read(&mut self, fields: &[Field]) -> bool {
        let mut is_whole = true;
        for field in fields {
            if field.key != "rules" {
                self.unknown_key(field, &["rules"]);
                is_whole = false;
                continue;
            }
            match &field.value {
                Value::Empty => {}
                Value::List(rules) if rules.len() > limits::ACCESS_MAX_RULES => {
                    let most = limits::ACCESS_MAX_RULES.to_string();
                    self.tell(field.at, "access-too-many-rules", &[("most", &most)]);
                    is_whole = false;
                }
                Value::List(rules) => {
                    for rule in rules {
                        is_whole &= self.rule(rule, field.at);
                    }
                }
                _ => {
                    self.tell(field.at, "access-rules-not-list", &[]);
                    is_whole = false;
                }
            }
        }
        is_whole
    }

    fn rule(&mut self, rule: &Value, list_at: Pos) -> bool {
        let Value::Map(fields) = rule else {
            let at = match rule {
                Value::Scalar(scalar) => scalar.at,
                _ => list_at,
            };
            self.tell(at, "access-rule-not-fields", &[]);
            return false;
        };
        let at = fields.first().map_or(list_at, |field| field.at);
        let Some(path) = self.path(fields, at) else { return false };
        let mut rule = Rule { path, at, named: Default::default(), is_closed: false };
        let n_before = self.problems.iter().filter(|problem| problem.level == Level::Error).count();
        let mut is_empty = true;
        for field in fields.iter().filter(|field| field.key != "path") {
            is_empty = false;
            match Right::parse(&field.key) {
                Some(right) => rule.named[right as usize] = Some(self.named(field)),
                None => self.unknown_key(field, &["path", "read", "comment", "suggest", "edit", "admin"]),
            }
        }
        if is_empty {
            self.warn(at, "access-rule-empty", &[("path", &shown(&rule.path))]);
        }
        self.fixed(&rule);
        self.keep(rule, n_before);
        true
    }

    fn path(&mut self, fields: &[Field], at: Pos) -> Option<Box<str>> {
        let Some(field) = fields.iter().find(|field| field.key == "path") else {
            self.tell(at, "access-no-path", &[]);
            return None;
        };
        let Some(written) = field.value.text() else {
            self.tell(field.at, "access-no-path", &[]);
            return None;
        };
        let path = written.trim_matches('/');
        // A pattern would hold for nothing, and look as if it did.
        let is_pattern = path.contains(['*', '?', '#', '[', ']', '{', '}']);
        if written.is_empty() || is_pattern || (!path.is_empty() && FilePath::parse(path).is_err()) {
            self.tell(field.at, "access-path", &[("found", written)]);
            return None;
        }
        Some(path.into())
    }

    /// Some places have rules of their own.
    fn fixed(&mut self, rule: &Rule) {
        let path = fold_path(&rule.path);
        if &*path == PATH || is_within(&path, TALK) {
            self.tell(rule.at, "access-path-fixed", &[("found", &rule.path)]);
        }
    }

    /// `n_before` errors were told before those of the rule.
    fn keep(&mut self, rule: Rule, n_before: usize) {
        let key = key(&rule.path).into_owned();
        let mut at = self.rules.len();
        match self.by_key.get(&key) {
            Some(first) => {
                at = *first;
                let line = self.rules[at].at.line.to_string();
                self.tell(rule.at, "access-path-twice", &[("found", &shown(&rule.path)), ("line", &line)]);
            }
            None => {
                self.by_key.insert(key, at);
                self.rules.push(rule);
            }
        }
        let n_now = self.problems.iter().filter(|problem| problem.level == Level::Error).count();
        if n_now > n_before {
            let rule = &mut self.rules[at];
            rule.is_closed = true;
            rule.named = std::array::from_fn(|_| Some(Named::default()));
            let (at, path) = (rule.at, shown(&rule.path));
            self.warn(at, "access-rule-closed", &[("path", &path)]);
        }
    }

    fn named(&mut self, field: &Field) -> Named {
        let mut named = Named::default();
        let words = match &field.value {
            Value::List(words) => words.as_slice(),
            value => std::slice::from_ref(value),
        };
        if words.is_empty() || field.value == Value::Empty {
            self.tell(field.at, "access-nobody", &[("key", &field.key)]);
        }
        if words.len() > limits::ACCESS_MAX_NAMES {
            let most = limits::ACCESS_MAX_NAMES.to_string();
            self.tell(field.at, "access-too-many-names", &[("key", &field.key), ("most", &most)]);
            return named;
        }
        for word in words {
            match word {
                Value::Scalar(word) => self.name(&word.text, word.at, &mut named),
                Value::Empty if words.len() == 1 && field.value == Value::Empty => {}
                _ => self.tell(field.at, "access-name", &[("found", &word.on_one_line())]),
            }
        }
        named
    }

    fn name(&mut self, word: &str, at: Pos, named: &mut Named) {
        match word {
            "everyone" => named.everyone = true,
            "accounts" => named.accounts = true,
            // They may do everything without being named.
            "admins" => {}
            word if is_group_name(word) => {
                if let Some(near) = nearest(word, RESERVED.into_iter()) {
                    self.warn(at, "access-name-near", &[("found", word), ("near", near)]);
                }
                named.groups.insert(word.into());
            }
            word => self.tell(at, "access-name", &[("found", word)]),
        }
    }

    fn unknown_key(&mut self, field: &Field, known: &[&str]) {
        let near = nearest(&field.key, known.iter().copied()).unwrap_or("none");
        self.tell(field.at, "access-unknown-key", &[("key", &field.key), ("near", near)]);
    }

    fn tell(&mut self, at: Pos, code: &str, args: &[(&str, &str)]) {
        self.problems.push(Problem::new(Level::Error, at, code, args));
    }

    fn warn(&mut self, at: Pos, code: &str, args: &[(&str, &str)]) {
        self.problems.push(Problem::new(Level::Warning, at, code, args));
    }
}

/// Whether a group may be called so: `[a-z0-9][a-z0-9-]{0,63}`, and no reserved word.
pub fn is_group_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=limits::GROUP_MAX_CHARS).contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || byte == b'-')
        && !name.starts_with('-')
        && !RESERVED.contains(&name)
}

fn shown(path: &str) -> String {
    format!("/{path}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn who(standing: Standing, groups: &[&str]) -> Who {
        Who { standing, groups: Arc::new(groups.iter().map(|group| Box::from(*group)).collect()), ..Who::default() }
    }

    const OFFICE: &str = "rules:\n  - path: /\n    edit: [editors]\n  - path: personeel\n    read: [hr, board]\n    edit: hr\n  - path: personeel/open\n    read: everyone\n";

    #[test]
    fn the_nearest_rule_that_names_a_right_decides() {
        let access = Access::read(OFFICE);
        assert_eq!(access.problems(), []);
        let (nobody, hr, board) = (Who::default(), who(Standing::Account, &["hr"]), who(Standing::Account, &["board"]));
        assert!(access.may(&nobody, Right::Read, "plan.md"));
        assert!(!access.may(&nobody, Right::Read, "personeel/x.md"));
        assert!(access.may(&nobody, Right::Read, "personeel/open/x.md"));
        assert!(access.may(&hr, Right::Edit, "personeel/x.md"));
        assert!(access.may(&board, Right::Read, "personeel/x.md"));
        assert!(!access.may(&board, Right::Edit, "personeel/x.md"));
        assert!(!access.may(&hr, Right::Edit, "plan.md"));
        let decision = access.decide(&board, Right::Edit, "Personeel/X");
        assert_eq!((decision.why, decision.rule.map(|rule| rule.at.line)), (Why::Rule, Some(4)));
    }

    #[test]
    fn what_cannot_be_read_closes() {
        for text in ["rules: [", "rules: &a [*a]", "rule: []", "rules: x", "rules:\n  - x\n", "rules:\n  - read: hr\n"]
        {
            let access = Access::read(text);
            assert!(access.is_closed(), "{text}");
            assert!(!access.may(&who(Standing::Account, &["hr"]), Right::Read, "x"), "{text}");
            assert!(access.may(&who(Standing::Admin, &[]), Right::Edit, "x"), "{text}");
            assert!(access.problems().iter().any(|problem| problem.code == "access-closed"), "{text}");
        }
        let access = Access::read("rules:\n  - path: x\n    red: everyone\n");
        assert!(!access.may(&Who::default(), Right::Read, "x/y"));
        assert!(access.may(&Who::default(), Right::Read, "xy"));
    }

    #[test]
    fn hostile_files_are_read_quickly_and_close() {
        // INV-9
        let many: String = (0..10_000).map(|n| format!("  - {{path: p{n}, read: hr}}\n")).collect();
        let few: String = (0..=limits::ACCESS_MAX_RULES).map(|n| format!("  - {{path: p{n}, read: hr}}\n")).collect();
        let names = vec!["x"; limits::ACCESS_MAX_NAMES + 1].join(", ");
        let deep = "[".repeat(5_000);
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n".to_owned();
        for text in [format!("rules:\n{many}"), format!("rules:\n{few}"), format!("rules: {deep}"), bomb] {
            let access = Access::read(&text);
            assert!(access.is_closed() && !access.may(&Who::default(), Right::Read, "x"), "{:.40}", text);
            assert!(access.problems().len() <= limits::DOC_MAX_PROBLEMS);
        }
        let access = Access::read(&format!("rules:\n  - path: x\n    read: [{names}]\n"));
        assert!(!access.is_closed() && !access.may(&who(Standing::Account, &["x"]), Right::Read, "x"));
        for text in [
            "",
            "\0",
            "rules:",
            "rules: {}",
            "- x",
            "rules:\n  - path: ../x\n",
            "rules:\n  - path: [x]\n",
            "\u{feff}rules:",
        ] {
            Access::read(text).may(&Who::default(), Right::Read, "x");
        }
        let longest = "a/".repeat(5_000);
        assert!(!Access::read(OFFICE).reads(&Who::default()).may(&format!("personeel/{longest}")));
    }

    #[test]
    fn as_many_rules_as_may_be_are_read() {
        let few: String = (0..limits::ACCESS_MAX_RULES).map(|n| format!("  - {{path: p{n}, read: g{n}}}\n")).collect();
        let access = Access::read(&format!("rules:\n{few}"));
        assert_eq!((access.rules().len(), access.problems()), (limits::ACCESS_MAX_RULES, &[][..]));
        // More classes of readers than are kept.
        for n in 0..limits::ACCESS_MAX_CLASSES + 50 {
            let group = format!("g{}", n % limits::ACCESS_MAX_RULES);
            let reads = access.reads(&who(Standing::Account, &[&group]));
            assert!(reads.may(&format!("p{n}/x")) && !reads.may("p499/x"));
        }
    }

    #[test]
    fn a_word_that_is_nearly_another_is_told_and_what_is_wrong_has_its_line() {
        let access =
            Access::read("rules:\n  - path: x\n    read: account\n    edti: hr\n  - path: a//b\n  - path: geheim/*\n");
        let told: Vec<(&str, u32)> =
            access.problems().iter().map(|problem| (problem.code.as_str(), problem.at.line)).collect();
        let want = [
            ("access-name-near", 3),
            ("access-unknown-key", 4),
            ("access-rule-closed", 2),
            ("access-path", 5),
            ("access-path", 6),
            ("access-closed", 0),
        ];
        assert_eq!(told, want);
    }

    /// One rule of the model: a path, and whom it names for each right.
    type Said = (String, Vec<(Right, Vec<&'static str>)>);

    fn yaml(rules: &[Said]) -> String {
        let mut text = "rules:\n".to_owned();
        for (path, rights) in rules {
            text.push_str(&format!("  - path: \"/{path}\"\n"));
            for (right, names) in rights {
                text.push_str(&format!("    {}: [{}]\n", right.name(), names.join(", ")));
            }
        }
        text
    }

    /// What the rules mean, without any of the ways in which they are looked up fast.
    fn model(rules: &[Said], who: &Who, right: Right, path: &str) -> bool {
        if who.may_all() {
            return true;
        }
        if right != Right::Read && !model(rules, who, Right::Read, path) {
            return false;
        }
        let is_account = who.standing == Standing::Account;
        let has = |names: &[&str]| {
            names.iter().any(|name| match *name {
                "everyone" => true,
                "accounts" => is_account,
                group => is_account && who.groups.contains(group),
            })
        };
        let segments = |path: &str| -> Vec<String> {
            path.split('/').filter(|part| !part.is_empty()).map(|part| part.to_lowercase()).collect()
        };
        let path = segments(path);
        let above = rules.iter().filter(|rule| path.starts_with(&segments(&rule.0)));
        let naming = above.filter(|rule| rule.1.iter().any(|(named, _)| *named == right));
        match naming.max_by_key(|rule| segments(&rule.0).len()) {
            Some((_, rights)) => rights.iter().any(|(named, names)| *named >= right && has(names)),
            None => right == Right::Read || (right != Right::Admin && is_account),
        }
    }

    fn a_path() -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(vec!["a", "b", "ab", "B", "a-b"]), 0..4)
            .prop_map(|parts| parts.join("/"))
    }

    fn some_rules() -> impl Strategy<Value = Vec<Said>> {
        let names = proptest::sample::subsequence(vec!["everyone", "accounts", "admins", "hr", "board"], 1..4);
        let rights = proptest::collection::btree_map(proptest::sample::select(Right::ALL.to_vec()), names, 1..4);
        let rule = (a_path(), rights.prop_map(|rights| rights.into_iter().collect::<Vec<_>>()));
        proptest::collection::vec(rule, 0..8).prop_map(|mut rules: Vec<Said>| {
            rules.sort_by_key(|rule| rule.0.to_lowercase());
            rules.dedup_by_key(|rule| rule.0.to_lowercase());
            rules
        })
    }

    proptest! {
        #[test]
        fn rules_mean_what_they_say_however_they_are_looked_up(rules in some_rules(), path in a_path()) {
            let access = Access::read(&yaml(&rules));
            prop_assert_eq!(access.problems(), &[][..]);
            let people = [
                Who::default(),
                who(Standing::Anonymous, &["hr"]),
                who(Standing::Account, &[]),
                who(Standing::Account, &["hr", "other"]),
                who(Standing::Account, &["board", "hr"]),
                who(Standing::Admin, &[]),
            ];
            for someone in &people {
                for right in Right::ALL {
                    prop_assert_eq!(access.may(someone, right, &path), model(&rules, someone, right, &path), "{:?}", right);
                }
                let reads = access.reads(someone);
                prop_assert_eq!(reads.may(&path), access.may(someone, Right::Read, &path));
                prop_assert_eq!(reads.may(&format!("{path}/x.md")), access.may(someone, Right::Read, &format!("{path}/x")));
                prop_assert!(!reads.all() || reads.may(&path));
                prop_assert_eq!(reads.may(PATH), reads.all());
                for other in &people {
                    let (others, alike) = (access.reads(other), access.reads(someone));
                    prop_assert_eq!(*others == *alike, others.token() == alike.token());
                    prop_assert!(*others != *alike || others.may(&path) == alike.may(&path));
                }
            }
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}", path in "\\PC{0,60}") {
            let access = Access::read(&text);
            access.may(&Who::default(), Right::Edit, &path);
            let reads = access.reads(&Who::default());
            prop_assert_eq!(reads.may(&path), access.may(&Who::default(), Right::Read, &path));
        }
    }

    #[test]
    fn readers_of_whom_the_rules_say_the_same_share_what_they_may_read() {
        let access = Access::read(OFFICE);
        let (one, other) = (who(Standing::Account, &["hr", "x"]), who(Standing::Account, &["y", "hr"]));
        assert!(Arc::ptr_eq(&access.reads(&one), &access.reads(&other)));
        assert_eq!(access.reads(&Who::default()), access.reads(&who(Standing::Account, &["y"])));
        assert!(access.reads(&one).all() && access.reads(&Who::owner()).all());
        assert_eq!(access.reads(&one).token(), access.reads(&Who::owner()).token());
        assert!(!access.reads(&Who::default()).may(PATH));
    }
}
