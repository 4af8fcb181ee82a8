//! Whether a running engine still answers: a process that hangs is not dead, and every call would wait for it.
//!
//! The engine answers a ping by a thread of its own, whatever its models do, so that only one that hangs takes seconds.

use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Call, Request};

use crate::engine::Link;

/// Between an answer and the next ping.
const REST: Duration = Duration::from_secs(5);
/// While an answer is awaited; it is there at the first look.
const LOOK: Duration = Duration::from_millis(100);
/// An engine that has not answered for so long hangs. A machine short of memory may keep one from answering for seconds.
pub const PATIENCE: Duration = Duration::from_secs(15);

pub enum Pulse {
    Resting { until: Instant },
    Asked { at: Instant, link: Option<Link> },
}

impl Pulse {
    pub fn new(now: Instant) -> Pulse {
        Pulse::Resting { until: now + REST }
    }

    /// After which time to look again, or nothing where the engine hangs.
    pub fn feel(&mut self, now: Instant) -> Option<Duration> {
        match self {
            Pulse::Resting { until } if now < *until => Some(*until - now),
            Pulse::Resting { .. } => {
                *self = Pulse::Asked { at: now, link: ask().ok() };
                Some(LOOK)
            }
            Pulse::Asked { at, link } => {
                match link.as_mut().map(has_answered) {
                    Some(Ok(true)) => *self = Pulse::new(now),
                    _ if now - *at > PATIENCE => return None,
                    Some(Ok(false)) => {}
                    // It refused the connection, or closed it.
                    Some(Err(_)) | None => *link = ask().ok(),
                }
                Some(LOOK)
            }
        }
    }
}

fn ask() -> Result<Link> {
    let mut link = Link::connect().map_err(|e| Error::new(Code::ConnectionFailure, e.to_string()))?;
    let id = link.next_id();
    link.queue(&Request { id, call: Call::Ping })?;
    link.flush()?;
    Ok(link)
}

fn has_answered(link: &mut Link) -> Result<bool> {
    link.flush()?;
    link.fill()?;
    Ok(link.take_reply()?.is_some())
}
