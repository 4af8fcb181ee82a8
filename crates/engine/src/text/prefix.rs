//! Beginnings of prompts that many requests share, with their attention state, so that they are read once.
//!
//! Only a beginning that is equal as a whole is taken: a part of a longer one would have been computed in runs of other
//! lengths, whose last digits differ, and the same request would no longer give the same text.

use std::collections::HashMap;

pub struct Prefixes<S> {
    entries: HashMap<Box<[u32]>, Entry<S>>,
    limit: usize,
    bytes: usize,
    clock: u64,
}

struct Entry<S> {
    state: S,
    bytes: usize,
    used: u64,
}

impl<S> Prefixes<S> {
    /// Keeps up to `limit` bytes, and forgets what was not used for longest beyond that.
    pub fn new(limit: usize) -> Self {
        Prefixes { entries: HashMap::new(), limit, bytes: 0, clock: 0 }
    }

    pub fn get(&mut self, tokens: &[u32]) -> Option<&S> {
        self.clock += 1;
        let entry = self.entries.get_mut(tokens)?;
        entry.used = self.clock;
        Some(&entry.state)
    }

    pub fn put(&mut self, tokens: &[u32], state: S, bytes: usize) {
        if bytes > self.limit {
            return;
        }
        self.clock += 1;
        let entry = Entry { state, bytes, used: self.clock };
        self.bytes += bytes;
        if let Some(old) = self.entries.insert(tokens.into(), entry) {
            self.bytes -= old.bytes;
        }
        while self.bytes > self.limit {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest =
            self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(tokens, _)| tokens.clone());
        if let Some(entry) = oldest.and_then(|tokens| self.entries.remove(&tokens)) {
            self.bytes -= entry.bytes;
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let mut prefixes = Prefixes::new(30);
        prefixes.put(&[1], "one", 10);
        prefixes.put(&[1, 2], "two", 10);
        prefixes.put(&[3], "three", 10);
        assert_eq!(prefixes.get(&[1]), Some(&"one"));
        prefixes.put(&[4], "four", 10);
        assert_eq!(prefixes.get(&[1, 2]), None);
        for (tokens, kept) in [([1], "one"), ([3], "three"), ([4], "four")] {
            assert_eq!(prefixes.get(&tokens), Some(&kept));
        }
        prefixes.put(&[5], "too large", 31);
        assert_eq!(prefixes.get(&[5]), None);
        assert_eq!(prefixes.bytes(), 30);
    }

    proptest! {
        #[test]
        fn the_limit_holds_and_only_equal_beginnings_are_found(
            puts in proptest::collection::vec((proptest::collection::vec(0u32..3, 1..4), 1usize..40), 1..60),
        ) {
            let mut prefixes = Prefixes::new(100);
            for (tokens, bytes) in &puts {
                prefixes.put(tokens, tokens.clone(), *bytes);
                prop_assert!(prefixes.bytes() <= 100);
                prop_assert_eq!(prefixes.bytes(), prefixes.entries.values().map(|e| e.bytes).sum::<usize>());
                for (asked, _) in &puts {
                    if let Some(found) = prefixes.get(asked) {
                        prop_assert_eq!(found, asked);
                    }
                }
            }
        }
    }
}
