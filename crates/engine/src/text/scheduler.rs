//! Writes the texts of all requests for one model together: every step appends a token to each of them.
//!
//! Requests are begun in order of arrival. A prompt is read in chunks, with a step of the texts in progress between two
//! chunks, so that a long prompt delays them little; its candidates then join the batch. A request that was canceled
//! leaves at the next step, and at once while its prompt is being read.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Finish};

use super::decoder::Decoder;
use super::prefix::Prefixes;
use super::row::{Next, Row, Rules};
use super::vocabulary::Vocabulary;
use super::work::{Limits, Work};
use crate::log_line;
use crate::request::Job;
use crate::runtime::Runtime;
use crate::stats::Stats;

/// Prompt tokens read between two steps. A run of so many is about as efficient per token as a longer one.
const CHUNK: usize = 128;

/// Requests that wait in order. Beyond them the channel fills, and then requests are refused.
const MOST_WAITING: usize = 256;

/// Memory of ended texts is kept so long for the next ones.
const REST_AFTER: Duration = Duration::from_secs(5);

/// Below so many logits a step, a second thread to choose tokens costs more than it saves.
const WORTH_A_THREAD: usize = 400_000;

pub struct Scheduler<D: Decoder> {
    decoder: D,
    vocabulary: Vocabulary,
    runtime: Arc<Runtime>,
    stats: Arc<Stats>,
    limits: Limits,
    prefixes: Prefixes<D::Saved>,
    works: BTreeMap<u64, Work>,
    next_work: u64,
    waiting: VecDeque<u64>,
    reading: Option<Reading>,
    /// One for each row of the decoder, in the same order.
    rows: Vec<Active>,
}

/// The prompt in the staging slot.
struct Reading {
    work: u64,
    done: usize,
    /// After the last token; empty until then.
    logits: Vec<f32>,
}

struct Active {
    work: u64,
    index: usize,
    row: Row,
    token: u32,
}

impl<D: Decoder> Scheduler<D> {
    /// `memory` is what attention state and kept prefixes may take.
    pub fn new(
        decoder: D,
        vocabulary: Vocabulary,
        runtime: Arc<Runtime>,
        stats: Arc<Stats>,
        memory: usize,
    ) -> Self {
        let prefixes = Prefixes::new(memory / 4);
        let limits = Limits {
            context: decoder.context(),
            rows: decoder.max_rows(),
            position_bytes: decoder.position_bytes(),
            state_bytes: memory - memory / 4,
        };
        Scheduler {
            decoder,
            vocabulary,
            runtime,
            stats,
            limits,
            prefixes,
            works: BTreeMap::new(),
            next_work: 0,
            waiting: VecDeque::new(),
            reading: None,
            rows: Vec::new(),
        }
    }

    /// Works until nobody can send jobs any more and all are done.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        while self.receive(jobs) {
            self.drop_canceled();
            self.read_on();
            self.step();
            self.count();
        }
    }

    // Requests.

    /// Takes what has arrived, and waits for it if there is nothing to do. False when no more can arrive.
    fn receive(&mut self, jobs: &Receiver<Job>) -> bool {
        if self.works.is_empty() {
            let first = match jobs.recv_timeout(REST_AFTER) {
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(error) = self.decoder.rest() {
                        log_line!("memory is not given back: {error}");
                    }
                    self.count();
                    jobs.recv().ok()
                }
                other => other.ok(),
            };
            let Some(first) = first else { return false };
            self.accept(first);
        }
        while self.waiting.len() < MOST_WAITING {
            match jobs.try_recv() {
                Ok(job) => self.accept(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return !self.works.is_empty(),
            }
        }
        true
    }

    fn accept(&mut self, job: Job) {
        let (call, ticket) = match job {
            Job::Generate(call, ticket) => (call, ticket),
            Job::Embed(call, ticket) => return ticket.answer(Err(not_for_embedding(&call.model.name))),
        };
        match Work::new(call, ticket, &self.vocabulary, &self.limits) {
            Err((error, ticket)) => ticket.answer(Err(error)),
            Ok(work) => {
                self.waiting.push_back(self.next_work);
                self.works.insert(self.next_work, work);
                self.next_work += 1;
            }
        }
    }

    fn drop_canceled(&mut self) {
        let canceled: Vec<(u64, Error)> =
            self.works.iter().filter_map(|(id, work)| Some((*id, work.interrupt().check().err()?))).collect();
        for (id, error) in canceled {
            self.leave(id, Err(error));
        }
    }

    /// Takes a request out of everything and answers it: with its candidates, or with why there are none.
    fn leave(&mut self, id: u64, result: Result<()>) {
        for row in (0..self.rows.len()).rev().filter(|row| self.rows[*row].work == id).collect::<Vec<_>>() {
            self.end_row(row);
        }
        self.waiting.retain(|waiting| *waiting != id);
        if self.reading.as_ref().is_some_and(|reading| reading.work == id) {
            self.reading = None;
        }
        let Some(work) = self.works.remove(&id) else { return };
        Stats::add(&self.stats.tokens_out, work.tokens_out());
        match result {
            Ok(()) => work.answer(),
            Err(error) => work.ticket.answer(Err::<Answer, _>(error)),
        }
    }

    // Prompts.

    /// Reads a chunk of the prompt that is being read, or of the first that waits if there is room for it.
    fn read_on(&mut self) {
        let begun = match &self.reading {
            Some(reading) => Some(reading.work),
            None => self.next_with_room(),
        };
        let Some(id) = begun else { return };
        let result = self.begin(id).and_then(|()| self.read_chunk()).and_then(|()| self.launch());
        if let Err(error) = result {
            self.leave(id, Err(error));
        }
    }

    fn next_with_room(&self) -> Option<u64> {
        let first = *self.waiting.front()?;
        if self.rows.len() == self.limits.rows {
            return None;
        }
        let begun = self.works.iter().filter(|(id, _)| !self.waiting.contains(id));
        let promised: usize = begun.map(|(_, work)| work.state_bytes(&self.limits)).sum();
        let needs = self.works.get(&first)?.state_bytes(&self.limits);
        (promised == 0 || promised + needs <= self.limits.state_bytes).then_some(first)
    }

    /// Puts what is kept of a prompt's beginning into the staging slot.
    fn begin(&mut self, id: u64) -> Result<()> {
        if self.reading.is_some() {
            return Ok(());
        }
        let Some(work) = self.works.get_mut(&id) else { return Ok(()) };
        self.waiting.pop_front();
        // Slots of ended texts keep their memory for the next ones, until it is needed elsewhere.
        let needs = work.state_bytes(&self.limits);
        if self.decoder.held_bytes() + needs > self.limits.state_bytes {
            self.decoder.rest()?;
        }
        self.decoder.clear()?;
        work.start();
        let shared = &work.tokens[..work.shared];
        if let Some(saved) = self.prefixes.get(shared) {
            self.decoder.restore(saved);
            work.tokens_shared = shared.len();
        }
        Stats::add(&self.stats.tokens_in, work.tokens.len());
        Stats::add(&self.stats.tokens_shared, work.tokens_shared);
        self.reading = Some(Reading { work: id, done: work.tokens_shared, logits: Vec::new() });
        Ok(())
    }

    fn read_chunk(&mut self) -> Result<()> {
        let Some(reading) = &mut self.reading else { return Ok(()) };
        let Some(work) = self.works.get(&reading.work) else { return Ok(()) };
        if !reading.logits.is_empty() {
            return Ok(());
        }
        // A chunk ends where the shared part ends: its state is kept, and computed the same way every time.
        let end = if reading.done < work.shared { work.shared } else { work.tokens.len() };
        let end = end.min(reading.done + CHUNK);
        let logits = {
            let _mine = self.runtime.turn.take();
            self.decoder.extend(&work.tokens[reading.done..end], work.interrupt())?
        };
        if end == work.tokens.len() {
            reading.logits.extend_from_slice(logits);
        }
        reading.done = end;
        if end == work.shared {
            let bytes = end * self.limits.position_bytes;
            if let Some(saved) = self.decoder.save() {
                self.prefixes.put(&work.tokens[..end], saved, bytes);
            }
        }
        Ok(())
    }

    /// Lets the candidates of a prompt that has been read join the batch, as many as there is room for.
    fn launch(&mut self) -> Result<()> {
        let Some(reading) = &self.reading else { return Ok(()) };
        let Some(work) = self.works.get_mut(&reading.work) else { return Ok(()) };
        if reading.logits.is_empty() {
            return Ok(());
        }
        let id = reading.work;
        while self.decoder.rows() < self.limits.rows {
            let Some((index, mut row)) = work.launch() else { break };
            match row.advance(&reading.logits, &work.rules, &self.vocabulary)? {
                Next::Ends(finish) => work.record(index, row.into_candidate(finish)),
                Next::Token(token) => {
                    self.decoder.launch();
                    self.rows.push(Active { work: id, index, row, token });
                }
            }
        }
        if work.is_launched() {
            let done = work.is_done();
            self.reading = None;
            if done {
                self.leave(id, Ok(()));
            }
        }
        Ok(())
    }

    // Texts.

    fn step(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        match self.decode() {
            Ok(nexts) => self.apply(nexts),
            Err(error) => self.fail_all(&error),
        }
    }

    /// One token for every row.
    fn decode(&mut self) -> Result<Vec<Result<Next>>> {
        let tokens: Vec<u32> = self.rows.iter().map(|active| active.token).collect();
        let first = self.rows[0].work;
        let alone = self.rows.iter().all(|active| active.work == first);
        let interrupt = self.works.get(&first).filter(|_| alone).map(Work::interrupt);
        let _mine = self.runtime.turn.take();
        let logits = self.decoder.step(&tokens, interrupt)?;
        let width = logits.len() / tokens.len();
        Ok(choose(&mut self.rows, logits, width, &self.works, &self.vocabulary, self.runtime.threads))
    }

    fn apply(&mut self, nexts: Vec<Result<Next>>) {
        // From the last row on: the row that takes the place of an ended one has been looked at already.
        let mut failed = Vec::new();
        for (row, next) in nexts.into_iter().enumerate().rev() {
            match next {
                Ok(Next::Token(token)) => self.rows[row].token = token,
                Ok(Next::Ends(finish)) => self.complete(row, finish),
                Err(error) => failed.push((self.rows[row].work, error)),
            }
        }
        for (id, error) in failed {
            self.leave(id, Err(error));
        }
    }

    fn complete(&mut self, row: usize, finish: Finish) {
        let ended = self.end_row(row);
        let Some(work) = self.works.get_mut(&ended.work) else { return };
        work.record(ended.index, ended.row.into_candidate(finish));
        if work.is_done() {
            self.leave(ended.work, Ok(()));
        }
    }

    fn end_row(&mut self, row: usize) -> Active {
        self.decoder.finish(row);
        self.rows.swap_remove(row)
    }

    /// A run that failed has left all its rows in doubt.
    fn fail_all(&mut self, error: &Error) {
        let ids: Vec<u64> = self.rows.iter().map(|active| active.work).collect();
        for id in ids {
            self.leave(id, Err(error.clone()));
        }
    }

    fn count(&self) {
        Stats::set(&self.stats.active, self.works.len() - self.waiting.len());
        Stats::set(&self.stats.state_bytes, self.decoder.held_bytes() + self.prefixes.bytes());
    }
}

/// Chooses the next token of every row, on several threads where that pays.
fn choose(
    rows: &mut [Active],
    logits: &[f32],
    width: usize,
    works: &BTreeMap<u64, Work>,
    vocabulary: &Vocabulary,
    threads: usize,
) -> Vec<Result<Next>> {
    let choose_some = |rows: &mut [Active], logits: &[f32]| -> Vec<Result<Next>> {
        let advance = |(active, logits): (&mut Active, &[f32])| match rules(works, active.work) {
            Some(rules) => active.row.advance(logits, rules, vocabulary),
            None => Ok(Next::Ends(Finish::DeadEnd)),
        };
        rows.iter_mut().zip(logits.chunks_exact(width)).map(advance).collect()
    };
    if threads == 1 || logits.len() < WORTH_A_THREAD {
        return choose_some(rows, logits);
    }
    let share = rows.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let choose_some = &choose_some;
        let mut shares = rows.chunks_mut(share).zip(logits.chunks(share * width));
        let own = shares.next();
        let others: Vec<_> = shares
            .map(|(rows, logits)| (rows.len(), scope.spawn(move || choose_some(rows, logits))))
            .collect();
        let mut nexts = own.map(|(rows, logits)| choose_some(rows, logits)).unwrap_or_default();
        for (rows, other) in others {
            nexts.extend(other.join().unwrap_or_else(|_| (0..rows).map(|_| Err(died())).collect()));
        }
        nexts
    })
}

fn died() -> Error {
    Error::new(Code::SystemError, "a thread that chooses tokens has died")
        .hint("Look for the reason in the server's log and try again.")
}

fn rules(works: &BTreeMap<u64, Work>, id: u64) -> Option<&Rules> {
    works.get(&id).map(|work| &work.rules)
}

fn not_for_embedding(model: &str) -> Error {
    Error::invalid(format!("model \"{model}\" writes text and has no embeddings"))
        .hint("Choose a model whose task is embedding; journey.models lists them.")
}
