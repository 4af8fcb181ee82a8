//! Small models out of the registry: rows of numbers go in, a score each comes out.
//!
//! A model is named by the digest of its graph, which the client sends only when it is not held here. One thread scores:
//! a request is a slice of rows at most, so one customer does not wait for a million.

mod answer;
mod scorer;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Instant;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Score, bytes_of};
use sha2::{Digest, Sha256};

use crate::log_line;
use crate::onnx::CheckedGraph;
use crate::request::Ticket;
use crate::runtime::Runtime;
use scorer::Scorer;

/// Requests that wait.
const CHANNEL: usize = 1024;

/// Trees take some eight times the space of their file once ONNX Runtime has them ready, and a session some more.
const EXPANSION: u64 = 8;
const SESSION: u64 = 1 << 20;

/// What small models may take of the engine's memory: an eighth.
const SHARE: u64 = 8;

pub struct Scoring {
    jobs: SyncSender<(Score, Ticket)>,
    taken: Arc<AtomicU64>,
}

impl Scoring {
    /// `memory`: that of the whole engine, in bytes.
    pub fn new(runtime: Arc<Runtime>, memory: u64) -> Self {
        let (jobs, received) = sync_channel(CHANNEL);
        let taken = Arc::new(AtomicU64::new(0));
        let scorers = Scorers { runtime, limit: memory / SHARE, taken: taken.clone(), held: HashMap::new() };
        let thread = std::thread::Builder::new().name("score".into());
        if let Err(e) = thread.spawn(move || scorers.run(&received)) {
            log_line!("no thread for scores: {e}");
        }
        Scoring { jobs, taken }
    }

    /// An estimate of the memory that the models held take, in bytes; other models' room is less by this.
    pub fn memory(&self) -> Arc<AtomicU64> {
        self.taken.clone()
    }

    pub fn submit(&self, call: Score, ticket: Ticket) {
        if let Err(TrySendError::Full((_, ticket)) | TrySendError::Disconnected((_, ticket))) =
            self.jobs.try_send((call, ticket))
        {
            ticket.answer(Err(Error::new(
                Code::ProgramLimitExceeded,
                "more requests wait for scores than the engine takes",
            )
            .hint("Try again, or run fewer at a time.")));
        }
    }
}

struct Held {
    scorer: Scorer,
    bytes: u64,
    last_used: Instant,
}

struct Scorers {
    runtime: Arc<Runtime>,
    limit: u64,
    taken: Arc<AtomicU64>,
    held: HashMap<[u8; 32], Held>,
}

impl Scorers {
    fn run(mut self, jobs: &Receiver<(Score, Ticket)>) {
        while let Ok((mut call, ticket)) = jobs.recv() {
            let answer = self.answer(&mut call, &ticket);
            ticket.answer(answer);
        }
    }

    fn answer(&mut self, call: &mut Score, ticket: &Ticket) -> Result<Answer> {
        ticket.interrupt().check()?;
        if let Some(graph) = call.graph.take()
            && !self.held.contains_key(&call.sha256)
        {
            self.load(call, &graph)?;
        }
        let Some(held) = self.held.get_mut(&call.sha256) else { return Ok(Answer::NotHeld) };
        held.last_used = Instant::now();
        let scores = held.scorer.score(call, &self.runtime, ticket.interrupt())?;
        Ok(Answer::Scored(bytes_of(&scores)))
    }

    fn load(&mut self, call: &Score, graph: &[u8]) -> Result<()> {
        let digest: [u8; 32] = Sha256::digest(graph).into();
        if digest != call.sha256 {
            return Err(Error::new(
                Code::DataCorrupted,
                format!("the graph of model \"{}\" is not the registered one", call.name),
            )
            .hint("Import or train the model again."));
        }
        CheckedGraph::alone(graph, &call.name)?;
        let bytes = self.make_room(call, graph)?;
        let scorer = Scorer::load(&self.runtime, graph, &call.name)?;
        self.held.insert(digest, Held { scorer, bytes, last_used: Instant::now() });
        self.count();
        Ok(())
    }

    /// Lets those models go that were not used for longest, until there is room for one more.
    fn make_room(&mut self, call: &Score, graph: &[u8]) -> Result<u64> {
        let needed = SESSION + EXPANSION * graph.len() as u64;
        if needed > self.limit {
            return Err(Error::new(
                Code::OutOfMemory,
                format!("model \"{}\" needs some {} MB and small models may take {}", call.name, needed >> 20, self.limit >> 20),
            )
            .hint("Raise pg_journey.engine_memory, of which small models have an eighth, or train a smaller model."));
        }
        while self.sum() + needed > self.limit {
            let Some(oldest) =
                self.held.iter().min_by_key(|(_, held)| held.last_used).map(|(digest, _)| *digest)
            else {
                break;
            };
            self.held.remove(&oldest);
        }
        Ok(needed)
    }

    fn sum(&self) -> u64 {
        self.held.values().map(|held| held.bytes).sum()
    }

    fn count(&self) {
        self.taken.store(self.sum(), Relaxed);
    }
}
