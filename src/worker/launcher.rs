//! The launcher: supervises the engine and starts the database workers.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, BgWorkerStartTime};
use pgrx::pg_sys;
use pgrx::prelude::*;

use super::databases::Databases;
use super::supervisor::Supervisor;
use super::{files, signals};
use crate::settings;

/// A launcher that failed is started again after this time.
const RESTART: Duration = Duration::from_secs(1);
/// How long a new launcher waits for the lock: an old one may be ending, or a session may just be looking at it.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// A started launcher that holds no lock after this time is started again by the session that waits for it.
const START_PATIENCE: Duration = Duration::from_secs(2);

/// Registers the launcher where the library is loaded with the server.
pub fn init() {
    // SAFETY: reads a flag of the server.
    if unsafe { pg_sys::process_shared_preload_libraries_in_progress } {
        builder().set_restart_time(Some(RESTART)).load();
    }
}

/// Starts the launcher unless one runs.
pub fn ensure() -> Result<()> {
    thread_local! {
        static STARTED: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
    }
    let just_started = STARTED.get().is_some_and(|at| at.elapsed() < START_PATIENCE);
    if just_started || files::launcher_runs() {
        return Ok(());
    }
    // What an earlier server's launcher wrote no longer holds.
    files::clear_engine_failure();
    builder().load_dynamic().map_err(|_| {
        Error::new(Code::ProgramLimitExceeded, "no background worker is free to run the engine")
            .hint("Raise max_worker_processes, or add pg_journey to shared_preload_libraries.")
    })?;
    STARTED.set(Some(Instant::now()));
    Ok(())
}

/// It may start on a standby too: reading models needs no writing.
fn builder() -> BackgroundWorkerBuilder {
    BackgroundWorkerBuilder::new("pg_journey launcher")
        .set_library("pg_journey")
        .set_function("pg_journey_launcher_main")
        .enable_spi_access()
        .set_start_time(BgWorkerStartTime::ConsistentState)
}

/// Never returns: a worker that returns after SIGTERM would not be started again (its exit code would be 0).
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_journey_launcher_main(_argument: pg_sys::Datum) {
    signals::attach();
    // Without a database: only the shared catalogs can be read, and nobody's DROP DATABASE has to wait.
    BackgroundWorker::connect_worker_to_spi(None, None);
    match lock() {
        Ok(Some(lock)) => run(lock),
        Ok(None) => pgrx::debug1!("another pg_journey launcher runs"),
        Err(e) => pgrx::log!("pg_journey cannot write to its folder in the data directory: {e}"),
    }
    // SAFETY: ends this process through the server's own exit.
    unsafe { pg_sys::proc_exit(1) }
}

fn lock() -> io::Result<Option<File>> {
    files::create_folder()?;
    let began = Instant::now();
    loop {
        let lock = files::lock_launcher()?;
        if lock.is_some() || began.elapsed() > LOCK_PATIENCE || signals::terminating() {
            return Ok(lock);
        }
        signals::wait(Duration::from_millis(20));
    }
}

fn run(_lock: File) {
    let mut engine = Supervisor::new(settings::engine());
    let mut databases = Databases::new();
    while !signals::terminating() {
        pgrx::check_for_interrupts!();
        if signals::reload() {
            engine.reload(settings::engine());
            databases.reload();
        }
        let now = Instant::now();
        let engine_nap = engine.step(now);
        let databases_nap = databases.step(now);
        signals::wait(engine_nap.min(databases_nap));
    }
    engine.leave();
}
