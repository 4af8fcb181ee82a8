//! Embedding models: texts go in, one vector of length 1 each comes out.
//!
//! The texts of a request are cut into tokens on several threads, sorted by length and run in batches of nearly equal
//! length, so that little is computed for padding. Requests take turns batch by batch: one text does not wait for ten
//! thousand.

mod tokens;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use ort::session::Session;
use ort::value::TensorRef;
use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Embed, MAX_FRAME};

use crate::manifest::Embedding;
use crate::request::{Job, Ticket};
use crate::runtime::Runtime;
use crate::stats::Stats;
pub use tokens::TextTokenizer;

/// Tokens of a batch, padding included. Long enough to keep every thread busy, short enough to take turns.
const BATCH_TOKENS: usize = 2048;

/// Texts of a batch, however short they are.
const BATCH_TEXTS: usize = 128;

/// More than an answer takes besides its vectors.
const FRAME_HEAD: usize = 64;

pub struct Embedder {
    session: Session,
    tokenizer: TextTokenizer,
    size: Embedding,
    runtime: Arc<Runtime>,
    stats: Arc<Stats>,
}

/// A request in progress.
struct Work {
    ticket: Ticket,
    texts: Vec<Box<[u32]>>,
    /// Numbers of texts, the longest first; done ones are taken off the end.
    order: Vec<usize>,
    values: Vec<f32>,
}

impl Embedder {
    pub fn new(
        session: Session,
        tokenizer: TextTokenizer,
        size: Embedding,
        runtime: Arc<Runtime>,
        stats: Arc<Stats>,
    ) -> Result<Self> {
        for wanted in ["input_ids", "attention_mask"] {
            if !session.inputs().iter().any(|input| input.name() == wanted) {
                return Err(misfit(&format!("the graph has no input \"{wanted}\"")));
            }
        }
        Ok(Embedder { session, tokenizer, size, runtime, stats })
    }

    /// Works until nobody can send jobs any more and all are done.
    pub fn run(mut self, jobs: &Receiver<Job>) {
        let mut works: VecDeque<Work> = VecDeque::new();
        while self.receive(jobs, &mut works) {
            Stats::set(&self.stats.active, works.len());
            let Some(mut work) = works.pop_front() else { continue };
            match self.run_batch(&mut work) {
                Err(error) => work.ticket.answer(Err(error)),
                Ok(()) if work.order.is_empty() => self.answer(work),
                Ok(()) => works.push_back(work),
            }
            Stats::set(&self.stats.active, works.len());
        }
    }

    /// Takes what has arrived, and waits for it if there is nothing to do. False when no more can arrive.
    fn receive(&mut self, jobs: &Receiver<Job>, works: &mut VecDeque<Work>) -> bool {
        if works.is_empty() {
            let Ok(first) = jobs.recv() else { return false };
            works.extend(self.accept(first));
        }
        loop {
            match jobs.try_recv() {
                Ok(job) => works.extend(self.accept(job)),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return !works.is_empty(),
            }
        }
    }

    fn accept(&mut self, job: Job) -> Option<Work> {
        match job {
            Job::Generate(call, ticket) => {
                ticket.answer(Err(not_for_text(&call.model.name)));
                None
            }
            Job::Embed(call, ticket) => match self.tokenize(&call, &ticket) {
                Ok(texts) => Some(self.plan(texts, ticket)),
                Err(error) => {
                    ticket.answer(Err(error));
                    None
                }
            },
        }
    }

    fn tokenize(&self, call: &Embed, ticket: &Ticket) -> Result<Vec<Box<[u32]>>> {
        check_answer(call.texts.len(), self.size.dimensions)?;
        self.tokenizer.encode_all(&call.texts, self.runtime.threads, ticket.interrupt())
    }

    fn plan(&self, texts: Vec<Box<[u32]>>, ticket: Ticket) -> Work {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(texts[*i].len()));
        Stats::add(&self.stats.tokens_in, texts.iter().map(|text| text.len()).sum());
        Work { ticket, values: vec![0.0; texts.len() * self.size.dimensions], texts, order }
    }

    /// Embeds the shortest texts that are left, as many as make a batch.
    fn run_batch(&mut self, work: &mut Work) -> Result<()> {
        work.ticket.interrupt().check()?;
        let count = batch_size(&work.order, &work.texts);
        let batch: Vec<usize> = work.order.split_off(work.order.len() - count);
        if batch.is_empty() {
            return Ok(());
        }
        let vectors = self.run_texts(&batch, &work.texts)?;
        let d = self.size.dimensions;
        for (vector, text) in vectors.chunks_exact(d).zip(batch) {
            work.values[text * d..(text + 1) * d].copy_from_slice(vector);
        }
        Ok(())
    }

    fn run_texts(&mut self, batch: &[usize], texts: &[Box<[u32]>]) -> Result<Vec<f32>> {
        let longest = batch.iter().map(|text| texts[*text].len()).max().unwrap_or(0);
        let mut tokens = vec![0i64; batch.len() * longest];
        let mut mask = vec![0i64; batch.len() * longest];
        for (row, text) in batch.iter().enumerate() {
            for (column, token) in texts[*text].iter().enumerate() {
                tokens[row * longest + column] = i64::from(*token);
                mask[row * longest + column] = 1;
            }
        }
        let shape = [batch.len(), longest];
        let runs = |e: ort::Error| misfit(&e.to_string());
        let inputs = ort::inputs![
            "input_ids" => TensorRef::from_array_view((shape, tokens.as_slice())).map_err(runs)?,
            "attention_mask" => TensorRef::from_array_view((shape, mask.as_slice())).map_err(runs)?,
        ];
        let _mine = self.runtime.turn.take();
        let outputs = self.session.run(inputs).map_err(runs)?;
        let (shape, values) = outputs[0].try_extract_tensor::<f32>().map_err(runs)?;
        if **shape != [batch.len() as i64, self.size.dimensions as i64] {
            return Err(misfit(&format!("the output has shape {shape:?}")));
        }
        check_finite(values)?;
        Ok(values.to_vec())
    }

    fn answer(&self, work: Work) {
        let dimensions = self.size.dimensions as u32;
        work.ticket.answer(Ok(Answer::Embedded { dimensions, values: work.values }));
    }
}

/// How many of the last texts of `order`, which get longer towards the front, make a batch.
fn batch_size(order: &[usize], texts: &[Box<[u32]>]) -> usize {
    let fits = |count: &usize| count * texts[order[order.len() - count]].len() <= BATCH_TOKENS;
    let most = order.len().min(BATCH_TEXTS);
    (1..=most).take_while(|count| *count == 1 || fits(count)).last().unwrap_or(0)
}

/// Refuses what could not be sent once it is computed.
fn check_answer(texts: usize, dimensions: usize) -> Result<()> {
    let most = (MAX_FRAME - FRAME_HEAD) / (dimensions * size_of::<f32>());
    if texts <= most {
        return Ok(());
    }
    Err(Error::new(
        Code::ProgramLimitExceeded,
        format!("the vectors of {texts} texts of {dimensions} numbers each do not fit into one answer"),
    )
    .hint(format!("Embed at most {most} texts in one call.")))
}

fn check_finite(values: &[f32]) -> Result<()> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(Error::new(Code::DataCorrupted, "the model computed values that are not numbers")
        .hint("Build or copy the model again, or deploy another version."))
}

fn not_for_text(model: &str) -> Error {
    Error::invalid(format!("model \"{model}\" embeds texts and writes none"))
        .hint("Choose a model whose task is text; journey.models lists them.")
}

fn misfit(reason: &str) -> Error {
    Error::new(Code::DataCorrupted, format!("the embedding model failed: {reason}"))
        .hint("Check with journey_inspect_model() that the graph has the inputs and outputs of layout \"sentence\".")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use pg_journey_core::models::protocol::{Reply, encode};

    #[test]
    fn as_many_texts_are_taken_as_an_answer_holds() {
        let answer = Answer::Embedded { dimensions: u32::MAX, values: vec![1.0; 1 << 16] };
        let frame = encode(&Reply { id: u64::MAX, result: Ok(answer) }).unwrap();
        assert!(frame.len() <= FRAME_HEAD + (4 << 16), "{}", frame.len());

        let most = (MAX_FRAME - FRAME_HEAD) / (16_000 * 4);
        assert!(check_answer(most, 16_000).is_ok());
        let error = check_answer(most + 1, 16_000).unwrap_err();
        assert_eq!(error.code, Code::ProgramLimitExceeded);
        assert!(error.hint.unwrap().contains(&most.to_string()));
    }

    proptest! {
        #[test]
        fn batches_take_every_text_once_and_stay_small(lengths in proptest::collection::vec(2usize..600, 1..300)) {
            let texts: Vec<Box<[u32]>> = lengths.iter().map(|n| vec![1u32; *n].into()).collect();
            let mut order: Vec<usize> = (0..texts.len()).collect();
            order.sort_by_key(|i| std::cmp::Reverse(texts[*i].len()));
            let mut seen = vec![false; texts.len()];
            while !order.is_empty() {
                let count = batch_size(&order, &texts);
                prop_assert!(count >= 1);
                let batch = order.split_off(order.len() - count);
                let longest = batch.iter().map(|i| texts[*i].len()).max().unwrap();
                prop_assert!(count == 1 || count * longest <= BATCH_TOKENS && count <= BATCH_TEXTS);
                for text in batch {
                    prop_assert!(!std::mem::replace(&mut seen[text], true));
                }
            }
            prop_assert!(seen.into_iter().all(|seen| seen));
        }
    }
}
