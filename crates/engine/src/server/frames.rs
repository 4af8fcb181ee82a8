//! Cuts what arrives on a connection into frames, and bounds what all connections may make the engine hold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::body_length;

/// Frames up to this length are not counted: a prompt with its facts is a few kilobytes.
const SMALL: usize = 64 << 10;

/// What large frames of all connections may take together.
pub struct Quota {
    left: AtomicUsize,
}

impl Quota {
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Quota { left: AtomicUsize::new(bytes) })
    }

    fn take(&self, bytes: usize) -> bool {
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.left.fetch_add(bytes, Ordering::SeqCst);
    }
}

pub struct Frames {
    buffer: Vec<u8>,
    quota: Arc<Quota>,
    /// Bytes of the quota that the frame in the buffer has taken.
    taken: usize,
    /// The longest frame that is accepted now.
    limit: usize,
}

impl Frames {
    pub fn new(quota: Arc<Quota>, limit: usize) -> Self {
        Frames { buffer: Vec::new(), quota, taken: 0, limit }
    }

    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Hands the next complete frame's body to `read`. None if it has not arrived completely.
    pub fn next<T>(&mut self, read: impl FnOnce(&[u8]) -> Result<T>) -> Result<Option<T>> {
        let Some(head) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = body_length(*head)?;
        self.admit(length)?;
        let Some(body) = self.buffer.get(4..4 + length) else { return Ok(None) };
        let message = read(body)?;
        self.buffer.drain(..4 + length);
        self.quota.give(std::mem::take(&mut self.taken));
        if self.buffer.is_empty() {
            self.buffer.shrink_to(SMALL);
        }
        Ok(Some(message))
    }

    /// Whether a frame of this length may arrive. Memory is taken only as its bytes do.
    fn admit(&mut self, length: usize) -> Result<()> {
        if length > self.limit {
            return Err(Error::new(
                Code::ProtocolViolation,
                format!("a message of {length} bytes came where {} are the most", self.limit),
            ));
        }
        if length <= SMALL || self.taken > 0 {
            return Ok(());
        }
        if !self.quota.take(length) {
            return Err(Error::new(
                Code::OutOfMemory,
                format!("a message of {length} bytes came while the engine reads others as large"),
            )
            .hint("Ask for fewer texts in one call, or try again."));
        }
        self.taken = length;
        Ok(())
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.quota.give(self.taken);
    }
}

#[cfg(test)]
mod tests {
    use pg_journey_core::models::protocol::{Call, Request, decode, encode};
    use proptest::prelude::*;

    use super::*;

    fn read_all(frames: &mut Frames) -> Result<Vec<Request>> {
        let mut requests = Vec::new();
        while let Some(request) = frames.next(decode::<Request>)? {
            requests.push(request);
        }
        Ok(requests)
    }

    #[test]
    fn frames_beyond_the_limit_or_the_quota_are_refused() {
        let quota = Quota::new(1 << 20);
        let mut first = Frames::new(quota.clone(), 1 << 20);
        first.push(&(900_000u32).to_le_bytes());
        assert!(read_all(&mut first).unwrap().is_empty());
        let mut second = Frames::new(quota.clone(), 1 << 20);
        second.push(&(900_000u32).to_le_bytes());
        assert_eq!(read_all(&mut second).unwrap_err().code, Code::OutOfMemory);
        drop(first);
        assert!(read_all(&mut second).unwrap().is_empty(), "what the first had taken is free again");

        let mut third = Frames::new(quota, 1000);
        third.push(&(1001u32).to_le_bytes());
        assert_eq!(read_all(&mut third).unwrap_err().code, Code::ProtocolViolation);
    }

    proptest! {
        #[test]
        fn frames_come_out_whole_however_they_arrive(ids in proptest::collection::vec(any::<u64>(), 1..20), cut in 1usize..9) {
            let bytes: Vec<u8> =
                ids.iter().flat_map(|id| encode(&Request { id: *id, call: Call::Ping }).unwrap()).collect();
            let mut frames = Frames::new(Quota::new(0), 1 << 20);
            let mut seen = Vec::new();
            for part in bytes.chunks(cut) {
                frames.push(part);
                seen.extend(read_all(&mut frames).unwrap().into_iter().map(|request| request.id));
            }
            prop_assert_eq!(seen, ids);
        }

        #[test]
        fn garbage_is_an_error_or_waits_for_more(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut frames = Frames::new(Quota::new(0), 1 << 20);
            frames.push(&bytes);
            let _ = read_all(&mut frames);
        }
    }
}
