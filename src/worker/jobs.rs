//! The process that works on the jobs of one database: texts take a second each, and messages cannot wait so long.
//!
//! The database worker starts it when a job is due; it ends when none is. It leaves its place to other databases after a
//! [`TURN`], and at once when somebody waits to drop, rename or copy the database.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder};
use pgrx::pg_sys;
use pgrx::prelude::*;

use super::{database, signals};
use crate::error::OrRaise;
use crate::{query, role, settings};

/// Where background workers are few, a database that has none can take the place in the pause.
const TURN: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_secs(5);

/// Whether this process is one.
static IS_THIS: AtomicBool = AtomicBool::new(false);

/// Starts the process for this database unless one runs, or has just ended its turn.
#[pg_extern(volatile)]
fn _journey_start_jobs() {
    start().or_raise();
}

fn start() -> Result<()> {
    thread_local! {
        static STARTED: RefCell<Option<Instant>> = const { RefCell::new(None) };
    }
    // SAFETY: the database of this session.
    let database = unsafe { pg_sys::MyDatabaseId };
    let is_running = database::holds(database, b"jobs");
    if is_running || STARTED.with_borrow(|at| at.is_some_and(|at| at.elapsed() < PAUSE)) {
        return Ok(());
    }
    builder(database).load_dynamic().map_err(|_| {
        Error::new(Code::ProgramLimitExceeded, "no background worker is free for jobs")
            .hint("Raise max_worker_processes.")
    })?;
    STARTED.set(Some(Instant::now()));
    Ok(())
}

fn builder(database: pg_sys::Oid) -> BackgroundWorkerBuilder {
    BackgroundWorkerBuilder::new("pg_journey jobs")
        .set_library("pg_journey")
        .set_function("pg_journey_jobs_main")
        .enable_spi_access()
        .set_argument(database.into_datum())
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_journey_jobs_main(database: pg_sys::Datum) {
    signals::attach();
    let database = pg_sys::Oid::from(database.value() as u32);
    BackgroundWorker::connect_worker_to_spi_by_oid(Some(database), None);
    IS_THIS.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let is_alone = BackgroundWorker::transaction(|| {
        query::one::<bool>(include_str!("../../sql/queries/worker_jobs_lock.sql"), &[]) == Some(true)
    });
    while is_alone && began.elapsed() < TURN && settings::worker_enabled() && !database::is_claimed(database)
    {
        pgrx::check_for_interrupts!();
        signals::reload();
        if !database::reported(c"SELECT _journey_work()", work) {
            return;
        }
    }
}

/// One slice; false: no job is due.
fn work() -> bool {
    let found = query::two(include_str!("../../sql/queries/worker_work.sql"), &[]);
    let (Some(function), Some(owner)) = found else {
        return false;
    };
    role::with(owner, || {
        // SAFETY: the query found a function without arguments that returns bigint.
        unsafe { pg_sys::OidFunctionCall0Coll(function, pg_sys::InvalidOid) }.value() as i64
    }) > 0
}

/// While the engine writes: ends this process at the next check for interrupts where the database is wanted.
pub fn leave_if_claimed() {
    // SAFETY: reads the database of this process; sets flags that signal handlers set, too.
    unsafe {
        if IS_THIS.load(Ordering::Relaxed) && database::is_claimed(pg_sys::MyDatabaseId) {
            (&raw mut pg_sys::ProcDiePending).write_volatile(1);
            (&raw mut pg_sys::InterruptPending).write_volatile(1);
        }
    }
}
