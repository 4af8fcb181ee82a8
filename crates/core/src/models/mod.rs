//! Stage models: what the extension and the engine say to each other, and what a shipped model is.
//!
//! In: requests of the SQL functions. Out: messages on the engine's socket. It may not load or run a model: that is the
//! engine's work.

pub mod chat;
pub mod protocol;
pub mod steer;
pub mod words;
