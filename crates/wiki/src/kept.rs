//! A bounded memory of what was computed, by generations.
//!
//! Two generations: what is used moves to the young one; when that is full it becomes the old one
//! and the old one is dropped. So what is used at least once per generation stays, at a constant
//! cost per use. It never holds more than its bound and an eighth.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use rustc_hash::FxHashMap;

/// Values by key, at most `max_weight` together. Weights are what the caller says (bytes, mostly).
#[derive(Debug)]
pub struct Kept<K, V> {
    max_weight: usize,
    shelves: Mutex<Shelves<K, V>>,
}

#[derive(Debug)]
struct Shelves<K, V> {
    young: FxHashMap<K, (V, usize)>,
    old: FxHashMap<K, (V, usize)>,
    young_weight: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Kept<K, V> {
    pub fn new(max_weight: usize) -> Kept<K, V> {
        let shelves = Shelves { young: HashMap::default(), old: HashMap::default(), young_weight: 0 };
        Kept { max_weight, shelves: Mutex::new(shelves) }
    }

    pub fn get(&self, key: &K) -> Option<V> {
        let mut shelves = self.lock();
        if let Some((value, _)) = shelves.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = shelves.old.remove(key)?;
        let dropped = shelves.add(key.clone(), value.clone(), weight, self.max_weight);
        drop(shelves);
        drop(dropped);
        Some(value)
    }

    /// Keeps a value. One heavier than an eighth of the bound is not kept at all.
    pub fn put(&self, key: K, value: V, weight: usize) {
        if weight <= self.max_weight / 8 {
            // A whole generation takes a while to free: not while others wait for the lock.
            let dropped = self.lock().add(key, value, weight, self.max_weight);
            drop(dropped);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelves<K, V>> {
        // A panic elsewhere leaves at worst an entry missing: nothing here can be half done.
        self.shelves.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<K: Hash + Eq, V> Shelves<K, V> {
    /// Gives back what it no longer holds.
    fn add(&mut self, key: K, value: V, weight: usize, max_weight: usize) -> FxHashMap<K, (V, usize)> {
        let before = self.young.insert(key, (value, weight)).map_or(0, |(_, weight)| weight);
        self.young_weight = self.young_weight + weight - before;
        if self.young_weight > max_weight / 2 {
            self.young_weight = 0;
            let young = std::mem::take(&mut self.young);
            return std::mem::replace(&mut self.old, young);
        }
        FxHashMap::default()
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
        let shelves = kept.lock();
        assert!(shelves.young.len() + shelves.old.len() <= 90);
        drop(shelves);
        assert_eq!(kept.get(&1), None);
        kept.put(5_000, 1, 11);
        assert_eq!(kept.get(&5_000), None, "too heavy to keep");
    }
}
