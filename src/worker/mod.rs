//! The background processes: one launcher a server, one worker a database, and while it has jobs one more.
//!
//! The launcher supervises the engine and starts the database workers; it opens no user database. With
//! shared_preload_libraries it starts with the server, else a session that needs it starts it; a lock file in the data
//! directory sees to it that there is never a second. A database worker only turns the handle of `_journey_tick()`.

mod database;
mod databases;
pub mod files;
mod jobs;
mod launcher;
mod pulse;
mod signals;
mod supervisor;

pub use database::ensure_at_commit as ensure_database_worker;
pub use jobs::leave_if_claimed;
pub use launcher::ensure as ensure_launcher;

pub fn init() {
    launcher::init();
}
