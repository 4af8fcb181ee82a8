//! A request on its way from a connection to a model and back.

use std::sync::Arc;
use std::time::Instant;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Embed, Generate, Reply};

use crate::answers::{Answers, Key};
use crate::interrupt::Interrupt;
use crate::stats::Stats;

/// Where replies go; a connection, or a test.
pub trait Replies: Send + Sync {
    fn send(&self, reply: Reply);
}

/// The right to answer one request. It is answered exactly once: dropping it unanswered says so to the client.
pub struct Ticket {
    id: u64,
    interrupt: Arc<Interrupt>,
    replies: Option<Arc<dyn Replies>>,
    open: Option<Open>,
    keep: Option<Box<(Arc<Answers>, Key)>>,
    pub received: Instant,
}

/// Counts a request as open from now until it is dropped.
pub struct Open(Arc<Stats>);

impl Open {
    pub fn new(stats: Arc<Stats>) -> Self {
        Stats::add(&stats.requests, 1);
        Stats::add(&stats.open, 1);
        Open(stats)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        Stats::subtract(&self.0.open, 1);
    }
}

impl Ticket {
    pub fn new(id: u64, interrupt: Arc<Interrupt>, replies: Arc<dyn Replies>) -> Self {
        Ticket { id, interrupt, replies: Some(replies), open: None, keep: None, received: Instant::now() }
    }

    /// Counts the request with a model's.
    pub fn count(&mut self, open: Open) {
        self.open = Some(open);
    }

    /// Keeps the answer for the same request.
    pub fn keep(&mut self, answers: Arc<Answers>, key: Key) {
        self.keep = Some(Box::new((answers, key)));
    }

    pub fn interrupt(&self) -> &Arc<Interrupt> {
        &self.interrupt
    }

    pub fn answer(mut self, result: Result<Answer>) {
        self.send(result);
    }

    fn send(&mut self, result: Result<Answer>) {
        // Before the client knows: it may ask for the status next.
        self.open = None;
        if let (Some(keep), Ok(Answer::Generated(answer))) = (self.keep.take(), &result) {
            let (answers, key) = *keep;
            answers.keep(key, answer);
        }
        if let Some(replies) = self.replies.take() {
            replies.send(Reply { id: self.id, result });
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.send(Err(Error::new(Code::SystemError, "the engine dropped the request")
            .hint("Look for the reason in the server's log and try again.")));
    }
}

/// Work for a model.
#[expect(
    clippy::large_enum_variant,
    reason = "a job is moved into a channel and out again; a box would save nothing"
)]
pub enum Job {
    Generate(Generate, Ticket),
    Embed(Embed, Ticket),
}

impl Job {
    pub fn ticket(&mut self) -> &mut Ticket {
        match self {
            Job::Generate(_, ticket) | Job::Embed(_, ticket) => ticket,
        }
    }

    pub fn into_ticket(self) -> Ticket {
        match self {
            Job::Generate(_, ticket) | Job::Embed(_, ticket) => ticket,
        }
    }
}
