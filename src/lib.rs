//! pg_journey: arguments in, crates called, SQLSTATEs out. The logic is in `crates/core`, the SQL in `sql/`.

mod arrays;
mod capture;
mod engine;
mod error;
mod generation;
mod identity;
mod jsonb;
mod matching;
mod models;
mod operations;
mod pages;
mod pipeline;
mod profile;
mod query;
mod role;
mod rows;
mod settings;
mod setup;
mod sources;
mod statement;
mod vector;
mod worker;

use pgrx::prelude::*;

::pgrx::pg_module_magic!(name, version);

/// Runs when a process first loads the library.
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::init();
    worker::init();
}
