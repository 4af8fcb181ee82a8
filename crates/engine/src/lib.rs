//! The inference process: ONNX Runtime behind a Unix socket.
//!
//! It runs outside Postgres, so that a crash costs one call and never the cluster, with one copy of the weights for all
//! sessions. In: messages of [`pg_journey_core::models::protocol`]. Out: their answers. It opens no other socket, starts
//! no program, and reads no files but the models it is given.
//!
//! | module | its job |
//! |---|---|
//! | [`options`], [`process`], [`sandbox`] | how the process starts, is confined and ends |
//! | [`server`] | the socket, a thread a connection |
//! | [`engine`], [`models`], [`files`], [`manifest`], [`onnx`] | which models are in memory, and whether they may be |
//! | [`runtime`], [`turn`] | ONNX Runtime and its threads |
//! | [`matmul`] | the products that take most of the time, faster |
//! | [`client`] | how tests and measurements talk to it |
//! | [`request`], [`interrupt`], [`stats`] | a request on its way, how it is stopped, what is counted |
//! | [`answers`] | what was computed before |
//! | [`text`] | prompts in, candidates out |
//! | [`embedding`] | texts in, vectors out |
//! | [`scoring`] | rows of numbers in, a score each out |
//! | [`fitting`] | rows in, a model out |

pub mod answers;
pub mod client;
pub mod embedding;
pub mod engine;
pub mod files;
pub mod fitting;
pub mod interrupt;
pub mod log;
pub mod manifest;
pub mod matmul;
pub mod models;
pub mod onnx;
pub mod options;
pub mod process;
pub mod request;
pub mod runtime;
pub mod sandbox;
pub mod scoring;
pub mod server;
pub mod stats;
pub mod text;
pub mod turn;
