//! Which page took over from a page: `superseded_by` in frontmatter, followed to its end.
//!
//! That a newer *version* of the same page exists is another matter (`version`).

use crate::links;
use crate::names::{Found, PageIdx};
use crate::problem::{Level, Problem};
use crate::records;
use crate::site::Seen;

const KEY: &str = "superseded_by";

/// The page that a page names as the one that took over.
pub fn next(seen: Seen<'_>, page: PageIdx) -> Option<PageIdx> {
    let at = seen.page(page)?;
    let written = at.doc.front.text(KEY)?;
    let written = links::reference(written).unwrap_or(written);
    match seen.find(at.path.folder(), links::parts(written).name) {
        Found::Page(next) => Some(next),
        _ => None,
    }
}

/// The page at the end of the chain; `None` where none took over, or where the chain runs in a circle
/// and nobody can say what holds.
pub fn last(seen: Seen<'_>, page: PageIdx) -> Option<PageIdx> {
    let mut passed = vec![page];
    while let Some(further) = passed.last().and_then(|last| next(seen, *last)) {
        if passed.contains(&further) {
            return None;
        }
        passed.push(further);
    }
    passed.pop().filter(|last| *last != page)
}

/// A page of which the chain comes back to it: nobody could say what holds.
pub fn problem(seen: Seen<'_>, page: PageIdx) -> Option<Problem> {
    let at = seen.page(page)?;
    let mut passed = vec![page];
    let mut further = next(seen, page)?;
    while further != page {
        if passed.contains(&further) {
            return None; // The circle is told of the pages on it.
        }
        passed.push(further);
        further = next(seen, further)?;
    }
    let titles: Vec<&str> = passed.iter().filter_map(|page| seen.page(*page)).map(|page| page.title()).collect();
    let place = records::place(&at.doc.front, KEY);
    Some(Problem::new(Level::Error, place, "superseded-cycle", &[("pages", &titles.join(" → "))]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access::Who;
    use crate::doc;
    use crate::ids::{BlobId, CommitId};
    use crate::manifest::{Entry, Manifest};
    use crate::path::{FilePath, Kind};
    use crate::site::{Site, assemble};

    fn site(pages: &[(&str, &str)]) -> Site {
        let entries: Vec<Entry> = pages
            .iter()
            .map(|(path, _)| Entry { path: FilePath::parse(path).expect("a path"), blob: BlobId([0; 20]) })
            .collect();
        let docs = pages.iter().map(|(_, text)| Arc::new(doc::parse(Kind::Page, text.as_bytes()))).collect();
        assemble(CommitId([0; 20]), Arc::new(Manifest::new(entries, Vec::new())), docs, None)
    }

    #[test]
    fn the_chain_is_followed_to_its_end_and_a_circle_is_told() {
        let by = |name: &str| format!("---\nsuperseded_by: \"[[{name}]]\"\n---\n");
        let (a, b, x, y, z) = (by("b"), by("c"), by("y"), by("x"), by("x"));
        let site = site(&[("a.md", &a), ("b.md", &b), ("c.md", "# C\n"), ("x.md", &x), ("y.md", &y), ("z.md", &z)]);
        let who = Who::default();
        let seen = site.seen_by(&who);
        let end = |page| last(seen, page).and_then(|page| seen.page(page)).map(|page| page.path.address());
        assert_eq!((end(0), end(1), end(2)), (Some("c"), Some("c"), None));
        assert_eq!((end(3), end(5)), (None, None));
        let told = |page| problem(seen, page).map(|problem| problem.code.to_string());
        assert_eq!(told(3).as_deref(), Some("superseded-cycle"));
        assert_eq!(told(4).as_deref(), Some("superseded-cycle"));
        assert_eq!((told(0), told(5)), (None, None));
    }
}
