//! The engine as a process, with real models where they have been built.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod embedding;
mod past_kv;
#[path = "../places/mod.rs"]
mod places;
mod process;
mod support;
mod text;
