//! One model in memory, as those see it who send it work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pg_journey_core::models::protocol::LoadedModel;

use crate::request::Job;
use crate::stats::Stats;

pub struct Entry {
    name: String,
    pub jobs: SyncSender<Job>,
    pub stats: Arc<Stats>,
    pub footprint: Arc<Footprint>,
    last_used: Instant,
    thread: Option<JoinHandle<()>>,
}

/// Memory that a model takes or was promised.
#[derive(Debug, Default)]
pub struct Footprint {
    /// Measured once it is loaded; an estimate while it is being loaded.
    weights: AtomicU64,
    /// What attention state and kept prefixes may grow to.
    state_limit: AtomicU64,
    /// 0 until it is loaded.
    load_us: AtomicU64,
}

impl Footprint {
    pub fn promise(&self, weights: u64, state_limit: u64) {
        self.weights.store(weights, Relaxed);
        self.state_limit.store(state_limit, Relaxed);
    }

    pub fn loaded(&self, weights: u64, took: Duration) {
        self.weights.store(weights, Relaxed);
        self.load_us.store(took.as_micros().max(1) as u64, Relaxed);
    }

    pub fn weights(&self) -> u64 {
        self.weights.load(Relaxed)
    }

    pub fn promised(&self) -> u64 {
        self.weights() + self.state_limit.load(Relaxed)
    }

    pub fn load_ms(&self) -> f32 {
        self.load_us.load(Relaxed) as f32 / 1000.0
    }

    fn is_loaded(&self) -> bool {
        self.load_us.load(Relaxed) > 0
    }
}

impl Entry {
    pub fn new(
        name: String,
        jobs: SyncSender<Job>,
        stats: Arc<Stats>,
        footprint: Arc<Footprint>,
        thread: Option<JoinHandle<()>>,
    ) -> Self {
        Entry { name, jobs, stats, footprint, last_used: Instant::now(), thread }
    }

    pub fn touch(&mut self) {
        self.last_used = Instant::now();
    }

    pub fn last_used(&self) -> Instant {
        self.last_used
    }

    /// Whether it is in memory and nobody waits for it.
    pub fn is_idle(&self) -> bool {
        self.footprint.is_loaded() && Stats::get(&self.stats.open) == 0
    }

    /// Ends the model's thread and waits until its memory is free.
    pub fn end(self) {
        let Entry { jobs, thread, .. } = self;
        drop(jobs);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    pub fn describe(&self) -> Option<LoadedModel> {
        let stats = &self.stats;
        self.footprint.is_loaded().then(|| LoadedModel {
            name: self.name.clone(),
            bytes: self.footprint.weights() + Stats::get(&stats.state_bytes),
            load_ms: self.footprint.load_ms(),
            requests: Stats::get(&stats.requests),
            tokens_in: Stats::get(&stats.tokens_in),
            tokens_out: Stats::get(&stats.tokens_out),
            tokens_shared: Stats::get(&stats.tokens_shared),
        })
    }
}
