//! Counters of a loaded model, written by its thread and read by whoever asks for the status.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Debug, Default)]
pub struct Stats {
    pub requests: AtomicU64,
    pub tokens_in: AtomicU64,
    pub tokens_out: AtomicU64,
    pub tokens_shared: AtomicU64,
    /// Requests handed to the model and not yet answered.
    pub open: AtomicU64,
    /// Those of them that are being worked on.
    pub active: AtomicU64,
    /// Memory beyond the weights: attention state and kept prefixes.
    pub state_bytes: AtomicU64,
}

impl Stats {
    pub fn add(counter: &AtomicU64, n: usize) {
        counter.fetch_add(n as u64, Relaxed);
    }

    pub fn subtract(counter: &AtomicU64, n: usize) {
        counter.fetch_sub(n as u64, Relaxed);
    }

    pub fn set(counter: &AtomicU64, n: usize) {
        counter.store(n as u64, Relaxed);
    }

    pub fn get(counter: &AtomicU64) -> u64 {
        counter.load(Relaxed)
    }
}
