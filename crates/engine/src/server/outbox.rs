//! Replies on their way to a connection: any thread puts them in, the connection's thread writes them.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use pg_journey_core::models::protocol::Reply;
use rustix::event::{EventfdFlags, eventfd};

use crate::request::Replies;

pub struct Outbox {
    replies: Mutex<VecDeque<Reply>>,
    bell: OwnedFd,
}

impl Outbox {
    pub fn new() -> std::io::Result<Self> {
        let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Outbox { replies: Mutex::default(), bell })
    }

    pub fn take(&self) -> Option<Reply> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Readable when something was put in since the last [`Outbox::hush`].
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }

    pub fn hush(&self) {
        let mut count = [0u8; 8];
        // Fails only when it has not rung, which is as good.
        let _ = rustix::io::read(&self.bell, &mut count);
    }
}

impl Replies for Outbox {
    fn send(&self, reply: Reply) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).push_back(reply);
        // Fails only when it has rung 2^64 times.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }
}
