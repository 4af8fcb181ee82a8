//! Answers to requests that may come again. The same request has the same answer: it names the model by its content, and
//! the seed. So whatever changes in the facts of a text is another request, and nothing here is ever out of date.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pg_journey_core::models::protocol::{Generate, Generated, encode};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

/// Memory for answers: some tens of thousands of short texts.
const CAPACITY: u64 = 32 << 20;
/// What an answer takes beside its texts, and a text beside its characters.
const OVERHEAD: usize = 128;

/// Sha256 of a request.
pub type Key = [u8; 32];

pub struct Answers {
    kept: Cache<Key, Arc<Generated>, Weight>,
    repeated: AtomicU64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Generated>> for Weight {
    fn weight(&self, _: &Key, answer: &Arc<Generated>) -> u64 {
        let texts = answer.candidates.iter().map(|c| c.text.len() + OVERHEAD);
        (OVERHEAD + texts.sum::<usize>()) as u64
    }
}

impl Default for Answers {
    fn default() -> Self {
        let expected = CAPACITY as usize / (4 * OVERHEAD);
        Answers { kept: Cache::with_weighter(expected, CAPACITY, Weight), repeated: AtomicU64::new(0) }
    }
}

impl Answers {
    /// Of a request that may be answered from here; none: it cannot be written, or asks to be computed.
    pub fn key(call: &Generate) -> Option<Key> {
        if call.fresh {
            return None;
        }
        encode(call).ok().map(|bytes| Sha256::digest(bytes).into())
    }

    /// The answer, which took no time and no tokens to be computed this time.
    pub fn find(&self, key: &Key) -> Option<Generated> {
        let found = self.kept.get(key)?;
        self.repeated.fetch_add(1, Relaxed);
        Some(Generated {
            tokens_shared: found.tokens_in,
            queue_ms: 0.0,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            ..Generated::clone(&found)
        })
    }

    pub fn keep(&self, key: Key, answer: &Generated) {
        self.kept.insert(key, Arc::new(answer.clone()));
    }

    /// How many are kept, and how many requests one of them answered.
    pub fn count(&self) -> (u64, u64) {
        (self.kept.len() as u64, self.repeated.load(Relaxed))
    }
}
