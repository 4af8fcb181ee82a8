//! One request for text, from its prompt to its answer.

use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Candidate, Generate, Generated};
use pg_journey_core::models::steer::Guide;

use super::row::{Row, Rules};
use super::sampler::{Sampler, Settings};
use super::vocabulary::Vocabulary;
use crate::interrupt::Interrupt;
use crate::request::Ticket;

pub struct Work {
    pub ticket: Ticket,
    /// The whole prompt with the opening.
    pub tokens: Vec<u32>,
    /// How many leading tokens other requests share.
    pub shared: usize,
    pub rules: Rules,
    settings: Settings,
    seed: u64,
    launched: usize,
    candidates: Vec<Option<Candidate>>,
    clock: Clock,
    /// Tokens taken from a kept prefix.
    pub tokens_shared: usize,
}

struct Clock {
    started: Option<Instant>,
    read: Option<Instant>,
}

/// What a model can take.
pub struct Limits {
    pub context: usize,
    pub rows: usize,
    pub position_bytes: usize,
    /// Memory for attention state.
    pub state_bytes: usize,
}

impl Work {
    pub fn new(
        call: Generate,
        ticket: Ticket,
        vocabulary: &Vocabulary,
        limits: &Limits,
    ) -> Result<Self, (Error, Ticket)> {
        match Self::prepare(&call, vocabulary, limits) {
            Err(e) => Err((e, ticket)),
            Ok((tokens, shared, settings)) => Ok(Work {
                ticket,
                tokens,
                shared,
                rules: Rules {
                    guide: call.steering.as_ref().map(Guide::new),
                    stop: call.stop,
                    max_tokens: call.max_tokens.into(),
                    opening: call.opening,
                },
                settings,
                seed: call.seed,
                launched: 0,
                candidates: vec![None; call.candidates.into()],
                clock: Clock { started: None, read: None },
                tokens_shared: 0,
            }),
        }
    }

    fn prepare(
        call: &Generate,
        vocabulary: &Vocabulary,
        limits: &Limits,
    ) -> Result<(Vec<u32>, usize, Settings)> {
        let settings = Settings { temperature: call.temperature, top_p: call.top_p };
        settings.check()?;
        check_counts(call)?;
        let (shared, own) = call.prompt.split_at(call.shared_segments.min(call.prompt.len()));
        let mut tokens = vocabulary.encode(shared)?;
        let shared = tokens.len();
        tokens.extend(vocabulary.encode(own)?);
        tokens.extend(vocabulary.encode_text(&call.opening)?);
        if tokens.is_empty() {
            return Err(Error::invalid("the prompt is empty"));
        }
        check_length(tokens.len(), call, limits)?;
        // The last token is always read, for the logits after it.
        let shared = shared.min(tokens.len() - 1);
        Ok((tokens, shared, settings))
    }

    pub fn interrupt(&self) -> &Interrupt {
        self.ticket.interrupt()
    }

    /// Attention state that the request may come to hold.
    pub fn state_bytes(&self, limits: &Limits) -> usize {
        state_bytes(self.tokens.len(), self.rules.max_tokens as usize, self.candidates.len(), limits)
    }

    pub fn start(&mut self) {
        self.clock.started = Some(Instant::now());
    }

    /// The next candidate to write, once the prompt is read.
    pub fn launch(&mut self) -> Option<(usize, Row)> {
        self.clock.read.get_or_insert_with(Instant::now);
        if self.launched == self.candidates.len() {
            return None;
        }
        let index = self.launched;
        self.launched += 1;
        Some((index, Row::new(&self.rules, Sampler::new(self.settings, self.seed, index as u64))))
    }

    pub fn is_launched(&self) -> bool {
        self.launched == self.candidates.len()
    }

    pub fn record(&mut self, index: usize, candidate: Candidate) {
        self.candidates[index] = Some(candidate);
    }

    pub fn is_done(&self) -> bool {
        self.candidates.iter().all(Option::is_some)
    }

    pub fn tokens_out(&self) -> usize {
        self.candidates.iter().flatten().map(|candidate| candidate.tokens as usize).sum()
    }

    pub fn answer(self) {
        let received = self.ticket.received;
        let started = self.clock.started.unwrap_or(received);
        let read = self.clock.read.unwrap_or(started);
        let generated = Generated {
            tokens_in: self.tokens.len() as u32,
            tokens_shared: self.tokens_shared as u32,
            queue_ms: milliseconds(started - received),
            prefill_ms: milliseconds(read - started),
            decode_ms: milliseconds(read.elapsed()),
            candidates: self.candidates.into_iter().flatten().collect(),
        };
        self.ticket.answer(Ok(Answer::Generated(generated)));
    }
}

fn milliseconds(duration: Duration) -> f32 {
    duration.as_secs_f32() * 1000.0
}

fn state_bytes(prompt: usize, max_tokens: usize, candidates: usize, limits: &Limits) -> usize {
    // The staging slot holds the prompt once more.
    let positions = (prompt + max_tokens) * candidates.min(limits.rows) + prompt;
    positions * limits.position_bytes
}

/// More candidates than rows are written in turns; the bound keeps a slip from taking the engine for hours.
const MOST_CANDIDATES: u16 = 256;

fn check_counts(call: &Generate) -> Result<()> {
    if !(1..=MOST_CANDIDATES).contains(&call.candidates) {
        return Err(Error::invalid(format!(
            "{} candidates are outside 1 to {MOST_CANDIDATES}",
            call.candidates
        )));
    }
    if call.max_tokens == 0 {
        return Err(Error::invalid("max_tokens is 0"));
    }
    Ok(())
}

fn check_length(prompt: usize, call: &Generate, limits: &Limits) -> Result<()> {
    let max_tokens = usize::from(call.max_tokens);
    if prompt + max_tokens > limits.context {
        return Err(Error::new(
            Code::ProgramLimitExceeded,
            format!(
                "a prompt of {prompt} tokens and {max_tokens} to write exceed the {} tokens of model \"{}\"",
                limits.context, call.model.name
            ),
        )
        .hint("Shorten the prompt or ask for fewer tokens."));
    }
    let bytes = state_bytes(prompt, max_tokens, call.candidates.into(), limits);
    if bytes > limits.state_bytes {
        return Err(Error::new(
            Code::OutOfMemory,
            format!(
                "{} candidates of up to {} tokens need {} MB, and the engine has {} MB for them",
                call.candidates,
                prompt + max_tokens,
                bytes >> 20,
                limits.state_bytes >> 20
            ),
        )
        .hint("Ask for fewer candidates or tokens, or raise pg_journey.engine_memory."));
    }
    Ok(())
}
