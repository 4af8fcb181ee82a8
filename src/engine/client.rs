//! Calls to the engine.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Call, Reply, Request};

use super::link::Link;
use super::wait;
use crate::{settings, worker};

/// Between two looks for an engine that is starting.
const START_POLL: Duration = Duration::from_millis(10);

thread_local! {
    /// The session's connection while no call uses it. A call takes it out, so a call that is left early drops it.
    static IDLE: RefCell<Option<Link>> = const { RefCell::new(None) };
}

/// Sends one call and waits for its answer.
pub fn call(call: Call) -> Result<Answer> {
    let mut answers = call_many(vec![call])?;
    answers.pop().unwrap_or_else(|| Err(unexpected_reply(0)))
}

/// The same, but an engine that is not running is left alone: `None`.
pub fn call_if_running(call: Call) -> Result<Option<Answer>> {
    let Some(link) = idle_link().or_else(|| Link::connect().ok()) else {
        return Ok(None);
    };
    exchange(link, vec![call])?.pop().transpose()
}

/// Sends all calls at once and returns their answers in the same order; each may fail on its own.
pub fn call_many(calls: Vec<Call>) -> Result<Vec<Result<Answer>>> {
    exchange(open()?, calls)
}

fn exchange(mut link: Link, calls: Vec<Call>) -> Result<Vec<Result<Answer>>> {
    // Ask everything before waiting for anything: the engine batches what it has.
    let mut places = HashMap::with_capacity(calls.len());
    for (place, call) in calls.into_iter().enumerate() {
        let id = link.next_id();
        link.queue(&Request { id, call })?;
        places.insert(id, place);
    }

    // Replies come in any order.
    let mut answers: Vec<Option<Result<Answer>>> = vec![None; places.len()];
    while !places.is_empty() {
        let Reply { id, result } = receive(&mut link)?;
        match places.remove(&id) {
            Some(place) => answers[place] = Some(result),
            None => return Err(result.err().unwrap_or_else(|| unexpected_reply(id))),
        }
    }

    link.shrink();
    IDLE.set(Some(link));
    Ok(answers.into_iter().flatten().collect())
}

/// Calls whose answers are asked for in the order of the calls, while further ones are sent.
pub struct Pipeline {
    link: Link,
    asked: VecDeque<u64>,
    /// Answers that came before their turn.
    early: HashMap<u64, Result<Answer>>,
}

impl Pipeline {
    pub fn open() -> Result<Pipeline> {
        Ok(Pipeline { link: open()?, asked: VecDeque::new(), early: HashMap::new() })
    }

    /// Queues a call, and writes what the socket takes now.
    pub fn send(&mut self, call: Call) -> Result<()> {
        let id = self.link.next_id();
        self.link.queue(&Request { id, call })?;
        self.asked.push_back(id);
        self.link.flush()
    }

    /// The answer to the oldest call that has none yet.
    pub fn receive(&mut self) -> Result<Answer> {
        let wanted = self.asked.pop_front().ok_or_else(|| unexpected_reply(0))?;
        loop {
            if let Some(result) = self.early.remove(&wanted) {
                return result;
            }
            let Reply { id, result } = receive(&mut self.link)?;
            if id != wanted && !self.asked.contains(&id) {
                return Err(result.err().unwrap_or_else(|| unexpected_reply(id)));
            }
            self.early.insert(id, result);
        }
    }
}

/// Writes what is queued and reads until a whole reply is there.
fn receive(link: &mut Link) -> Result<Reply> {
    loop {
        link.flush()?;
        if let Some(reply) = link.take_reply()? {
            return Ok(reply);
        }
        if !link.fill()? {
            wait::for_socket(link.socket(), link.has_output());
        }
    }
}

fn idle_link() -> Option<Link> {
    let mut link = IDLE.take()?;
    link.is_idle().then_some(link)
}

/// The session's connection, or a new one; starts the launcher, and by it the engine, where none runs.
fn open() -> Result<Link> {
    if let Some(link) = idle_link() {
        return Ok(link);
    }
    let patience = settings::engine_start_timeout();
    let began = Instant::now();
    loop {
        match Link::connect() {
            Ok(link) => return Ok(link),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
                worker::ensure_launcher()?;
                if let Some(reason) = worker::files::engine_failure() {
                    return Err(not_running(&reason));
                }
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => {}
            Err(e) => return Err(not_running(&e.to_string())),
        }
        if began.elapsed() >= patience {
            let waited = patience.as_millis();
            return Err(not_running(&format!("it did not answer within {waited} ms")));
        }
        wait::nap(START_POLL);
    }
}

fn not_running(reason: &str) -> Error {
    Error::new(Code::ConnectionFailure, format!("the engine is not running: {}", reason.trim_end()))
        .hint("The server's log says more; pg_journey.engine_path, onnxruntime_path and model_path say where its files are.")
}

fn unexpected_reply(id: u64) -> Error {
    Error::new(Code::ProtocolViolation, format!("the engine answered a request {id} that was not made"))
        .hint(VERSIONS)
}

/// The engine answered one call with another's answer.
pub fn wrong_answer() -> Error {
    Error::new(Code::ProtocolViolation, "the engine answered with what was not asked for").hint(VERSIONS)
}

const VERSIONS: &str =
    "The extension and the engine must be of one version; install both and restart the server.";
