//! Stage models: what the extension and the engine say to each other, what a shipped model is, and what customers are worth.
//!
//! In: requests of the SQL functions. Out: messages on the engine's socket. It may not load or run a model: that is the
//! engine's work.

pub mod chat;
pub mod features;
pub mod next_category;
pub mod protocol;
pub mod sentiment;
pub mod signature;
pub mod steer;
pub mod training;
pub mod value;
pub mod words;
