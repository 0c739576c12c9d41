//! Where the pages and files of one site stand in the next, and the walk that many pages share.
//!
//! Indices of pages and files are places in sorted lists: what comes or goes moves those after it.
//! What a site lends to the next (links, records, names) is brought to the new places by `Shift`,
//! without asking again what anything means.

use crate::path::FilePath;

/// Pages that are worked on by one thread; more are shared among two.
const PER_THREAD: usize = 1_000;

const GONE: u32 = u32::MAX;

/// How the places in a sorted list moved. Those that stay keep their order.
#[derive(Debug)]
pub struct Shift(Option<Maps>);

#[derive(Debug)]
struct Maps {
    to: Vec<u32>,
    from: Vec<u32>,
}

impl Shift {
    /// Nothing came and nothing went.
    pub fn none() -> Shift {
        Shift(None)
    }

    /// From one sorted list of paths to another.
    pub fn between<'a>(
        old: impl ExactSizeIterator<Item = &'a FilePath> + Clone,
        new: impl ExactSizeIterator<Item = &'a FilePath> + Clone,
    ) -> Shift {
        if old.len() == new.len() && old.clone().zip(new.clone()).all(|(old, new)| old.same(new)) {
            return Shift::none();
        }
        let mut maps = Maps { to: Vec::with_capacity(old.len()), from: Vec::with_capacity(new.len()) };
        let mut old = old.peekable();
        for (at, path) in (0..).zip(new) {
            while old.next_if(|before| !before.same(path) && *before < path).is_some() {
                maps.to.push(GONE);
            }
            match old.next_if(|before| before.same(path)) {
                Some(_) => {
                    maps.from.push(u32::try_from(maps.to.len()).unwrap_or(GONE));
                    maps.to.push(at);
                }
                None => maps.from.push(GONE),
            }
        }
        maps.to.extend(old.map(|_| GONE));
        Shift(Some(maps))
    }

    /// Whether every place is as it was.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Where that which stood at `old` stands now; `None` when it is gone.
    pub fn to(&self, old: u32) -> Option<u32> {
        match &self.0 {
            None => Some(old),
            Some(maps) => maps.to.get(old as usize).copied().filter(|new| *new != GONE),
        }
    }

    /// Where that which stands at `new` stood before; `None` when it came.
    pub fn from(&self, new: u32) -> Option<u32> {
        match &self.0 {
            None => Some(new),
            Some(maps) => maps.from.get(new as usize).copied().filter(|old| *old != GONE),
        }
    }

    /// What went, by its old place.
    pub fn gone(&self) -> impl Iterator<Item = u32> + '_ {
        let to = self.0.as_ref().map_or(&[][..], |maps| &maps.to);
        (0..).zip(to).filter(|(_, new)| **new == GONE).map(|(old, _)| old)
    }

    /// What came, by its new place.
    pub fn came(&self) -> impl Iterator<Item = u32> + '_ {
        let from = self.0.as_ref().map_or(&[][..], |maps| &maps.from);
        (0..).zip(from).filter(|(_, old)| **old == GONE).map(|(new, _)| new)
    }
}

/// `work` on each, in order; on two threads when there are many.
pub fn each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if all.len() < 2 * PER_THREAD {
        return all.iter().map(work).collect();
    }
    let (left, right) = all.split_at(all.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| right.iter().map(&work).collect::<Vec<R>>());
        let mut done: Vec<R> = left.iter().map(&work).collect();
        match other.join() {
            Ok(rest) => done.extend(rest),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<FilePath> {
        names.iter().map(|name| FilePath::parse(name).expect("a good path")).collect()
    }

    #[test]
    fn places_are_followed_past_what_came_and_went() {
        let (old, new) = (paths(&["a", "b", "d", "e"]), paths(&["b", "c", "d", "f"]));
        let shift = Shift::between(old.iter(), new.iter());
        assert_eq!([0, 1, 2, 3, 9].map(|at| shift.to(at)), [None, Some(0), Some(2), None, None]);
        assert_eq!([0, 1, 2, 3, 9].map(|at| shift.from(at)), [Some(1), None, Some(2), None, None]);
        assert_eq!((shift.gone().collect::<Vec<_>>(), shift.came().collect::<Vec<_>>()), (vec![0, 3], vec![1, 3]));
        assert!(Shift::between(old.iter(), paths(&["a", "b", "d", "e"]).iter()).is_none());
    }
}
