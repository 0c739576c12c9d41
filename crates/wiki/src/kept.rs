//! A bounded memory of what was computed, by second chances.
//!
//! What is kept stands in a queue. When room is needed, the first of the queue goes, unless it was
//! used since it came there: then it goes to the end once more. So what is used now and then stays,
//! and what was put in once and never asked for leaves first. It never holds more than its bound.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Mutex;

use rustc_hash::FxHashMap;

/// Second chances given for one value that comes in, so that its cost is bounded where everything
/// was used.
const CHANCES_MAX: usize = 32;

/// Values by key, at most `max_weight` together. Weights are what the caller says (bytes, mostly).
#[derive(Debug)]
pub struct Kept<K, V> {
    max_weight: usize,
    shelf: Mutex<Shelf<K, V>>,
}

/// Each key in `held` stands in `queue` once, and no other.
#[derive(Debug)]
struct Shelf<K, V> {
    held: FxHashMap<K, Held<V>>,
    queue: VecDeque<K>,
    weight: usize,
}

#[derive(Debug)]
struct Held<V> {
    value: V,
    weight: usize,
    /// Since it came to the end of the queue.
    used: bool,
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    pub fn new(max_weight: usize) -> Kept<K, V> {
        let shelf = Shelf { held: HashMap::default(), queue: VecDeque::new(), weight: 0 };
        Kept { max_weight, shelf: Mutex::new(shelf) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut shelf = self.lock();
        let held = shelf.held.get_mut(key)?;
        held.used = true;
        Some(held.value.clone())
    }

    /// Keeps a value. One heavier than an eighth of the bound is not kept at all.
    pub fn put(&self, key: K, value: V, weight: usize) {
        if weight <= self.max_weight / 8 {
            // What goes is freed when others don't wait for the lock any more.
            let gone = self.lock().add(key, value, weight, self.max_weight);
            drop(gone);
        }
    }

    /// What all of it weighs now.
    pub fn weight(&self) -> usize {
        self.lock().weight
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf<K, V>> {
        // A panic elsewhere leaves at worst an entry missing: nothing here can be half done.
        self.shelf.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone, V> Shelf<K, V> {
    /// Gives back what it no longer holds.
    fn add(&mut self, key: K, value: V, weight: usize, max_weight: usize) -> Vec<Held<V>> {
        let mut gone = Vec::new();
        let mut chances_left = CHANCES_MAX;
        // Before the new one comes in, which would be the first to go where all others were used.
        let before = self.held.get(&key).map_or(0, |held| held.weight);
        while self.weight - before + weight > max_weight
            && let Some(first) = self.queue.pop_front()
        {
            match self.held.get_mut(&first) {
                Some(held) if first == key || (held.used && chances_left > 0) => {
                    chances_left = chances_left.saturating_sub(1);
                    held.used = false;
                    self.queue.push_back(first);
                }
                _ => gone.extend(self.held.remove(&first).inspect(|held| self.weight -= held.weight)),
            }
        }
        self.weight = self.weight - before + weight;
        match self.held.insert(key.clone(), Held { value, weight, used: false }) {
            Some(old) => gone.push(old),
            None => self.queue.push_back(key),
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_bound_holds() {
        let kept: Kept<u32, u32> = Kept::new(80);
        kept.put(0, 0, 1);
        for n in 1..1_000 {
            kept.put(n, n, 1);
            assert_eq!(kept.get(&0), Some(0), "what is used stays");
        }
        assert_eq!(held(&kept), 80, "all of the bound is used, and no more");
        assert_eq!(kept.get(&1), None);
        kept.put(5_000, 1, 11);
        assert_eq!(kept.get(&5_000), None, "too heavy to keep");
    }

    #[test]
    fn what_changes_its_weight_keeps_the_bound() {
        let kept: Kept<u32, u32> = Kept::new(80);
        for n in 0..200 {
            kept.put(n % 20, n, n as usize % 10 + 1);
            assert!(held(&kept) <= 80);
            assert_eq!(kept.get(&(n % 20)), Some(n), "what came last is there");
        }
    }

    #[test]
    fn what_was_used_outlives_what_was_read_once_in_passing() {
        let kept: Kept<u32, u32> = Kept::new(80);
        for n in 0..80 {
            kept.put(n, n, 1);
        }
        for n in 40..60 {
            assert_eq!(kept.get(&n), Some(n));
        }
        for n in 100..160 {
            kept.put(n, n, 1);
        }
        let left: Vec<u32> = (0..80).filter(|n| kept.get(n).is_some()).collect();
        assert_eq!(left, (40..60).collect::<Vec<u32>>());
    }

    /// The weight of all that is held, counted anew; each stands in the queue once.
    fn held(kept: &Kept<u32, u32>) -> usize {
        let shelf = kept.lock();
        let weight = shelf.held.values().map(|held| held.weight).sum();
        assert_eq!(shelf.weight, weight);
        let mut queued: Vec<u32> = shelf.queue.iter().copied().collect();
        queued.sort_unstable();
        queued.dedup();
        assert_eq!(queued.len(), shelf.held.len());
        assert_eq!(shelf.queue.len(), shelf.held.len());
        weight
    }
}
