//! The backend's side of the engine: one connection a session, opened by the first call.
//!
//! In: a [`Call`](pg_journey_core::models::protocol::Call). Out: its answer, or an error with SQLSTATE and hint. It may
//! not block: every wait is on the latch and the socket together, so statement_timeout, cancel, terminate, a lost client
//! and shutdown take effect at once. A call that is left early closes the connection, which drops its requests in the engine.

mod client;
mod link;
mod wait;

pub use client::{Pipeline, call, call_if_running, call_many, wrong_answer};
pub use link::Link;
