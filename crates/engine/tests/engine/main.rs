//! The engine as a process, with real models where they have been built.

mod embedding;
mod past_kv;
mod process;
mod support;
mod text;
