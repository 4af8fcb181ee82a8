//! The worker of one database: latch, transaction, one call of `_journey_tick()`.
//!
//! It ends by itself when the extension or the schema is gone, when another worker serves the database, or when
//! somebody waits to drop, rename or copy the database. A statement that fails for good ends it with an error in the
//! server's log; the launcher starts it again, later each time. `_journey_tick()` records failures of its parts itself.

use std::ffi::CStr;
use std::time::{Duration, Instant};

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder};
use pgrx::pg_sys;
use pgrx::prelude::*;

use super::{files, signals};
use crate::{query, role, settings};

/// After a tick that failed; doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A waiting DROP DATABASE gives up after five seconds, so no wait is longer than this without looking.
const LOOK: Duration = Duration::from_secs(2);
/// A session that starts a worker holds the worker's lock for an instant; a new worker tries this often.
const LOCK_TRIES: u32 = 10;

const TICK: &CStr = c"SELECT _journey_tick()";

/// What a tick did.
enum Tick {
    /// There is more to do at once.
    Busy,
    Idle,
    /// A part failed and was recorded; the others ran.
    Failed,
    /// The database does not want a worker now.
    Unwanted,
}

pub fn builder(database: pg_sys::Oid) -> BackgroundWorkerBuilder {
    BackgroundWorkerBuilder::new("pg_journey worker")
        .set_library("pg_journey")
        .set_function("pg_journey_worker_main")
        .enable_spi_access()
        .set_argument(database.into_datum())
}

/// Starts a worker for this database after the transaction commits, unless one runs. Looks once a session.
pub fn ensure_at_commit() {
    thread_local! {
        static LOOKED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    // SAFETY: reads a flag in shared memory.
    if LOOKED.get() || !settings::worker_enabled() || unsafe { pg_sys::RecoveryInProgress() } {
        return;
    }
    LOOKED.set(true);
    if is_served() {
        return;
    }
    // A transaction that fails started nothing: the next one looks again.
    pgrx::register_xact_callback(pgrx::PgXactCallbackEvent::Abort, || LOOKED.set(false));
    // Before the commit the worker would not see the tables that journey_setup() makes.
    pgrx::register_xact_callback(pgrx::PgXactCallbackEvent::Commit, || {
        // SAFETY: the database of this session.
        let started = builder(unsafe { pg_sys::MyDatabaseId }).load_dynamic();
        if started.is_err() {
            pgrx::log!("no background worker is free for pg_journey; raise max_worker_processes");
        }
    });
}

fn is_served() -> bool {
    query::one(include_str!("../../sql/queries/worker_is_served.sql"), &[]).unwrap_or(false)
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pg_journey_worker_main(database: pg_sys::Datum) {
    signals::attach();
    let database = pg_sys::Oid::from(database.value() as u32);
    BackgroundWorker::connect_worker_to_spi_by_oid(Some(database), None);
    if files::create_folder().is_err() || !lock() {
        return;
    }
    let mut wait = FIRST_WAIT;
    loop {
        pgrx::check_for_interrupts!();
        signals::reload();
        if !settings::worker_enabled() || is_claimed(database) {
            return;
        }
        match tick() {
            Tick::Busy => wait = FIRST_WAIT,
            Tick::Idle => {
                wait = FIRST_WAIT;
                signals::wait(settings::worker_naptime());
            }
            Tick::Failed => {
                if !pause(database, wait) {
                    return;
                }
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Tick::Unwanted => return,
        }
    }
}

/// Waits in short steps. `false`: somebody claimed the database meanwhile.
fn pause(database: pg_sys::Oid, wait: Duration) -> bool {
    let end = Instant::now() + wait;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        signals::wait(left.min(LOOK));
        pgrx::check_for_interrupts!();
        if is_claimed(database) {
            return false;
        }
    }
}

/// One worker a database: a session lock that ends with the process.
fn lock() -> bool {
    for _ in 0..LOCK_TRIES {
        let locked = BackgroundWorker::transaction(|| {
            query::one::<bool>(include_str!("../../sql/queries/worker_lock.sql"), &[])
        });
        if locked == Some(true) {
            return true;
        }
        signals::wait(Duration::from_millis(20));
        pgrx::check_for_interrupts!();
    }
    false
}

/// Whether somebody holds the database's own lock, as DROP, ALTER and CREATE DATABASE … TEMPLATE do while they wait
/// for its sessions to end. Connecting takes the same lock for an instant, so trying it disturbs nobody.
pub fn is_claimed(database: pg_sys::Oid) -> bool {
    let tag = pg_sys::LOCKTAG {
        locktag_field1: 0, // a shared object belongs to no database
        locktag_field2: pg_sys::DatabaseRelationId.to_u32(),
        locktag_field3: database.to_u32(),
        locktag_field4: 0,
        locktag_type: pg_sys::LockTagType::LOCKTAG_OBJECT as u8,
        locktag_lockmethodid: pg_sys::DEFAULT_LOCKMETHOD as u8,
    };
    is_held(tag, pg_sys::RowExclusiveLock as i32)
}

/// Whether a worker that a session started serves the database: it holds the advisory lock of `worker_lock.sql`.
pub fn has_worker(database: pg_sys::Oid) -> bool {
    holds(database, b"worker")
}

/// Whether a process holds the advisory lock `('pg_journey', name)` of a database.
pub fn holds(database: pg_sys::Oid, name: &[u8]) -> bool {
    unsafe extern "C" {
        /// common/hashfn.h: what hashtext() computes.
        fn hash_bytes(text: *const u8, length: std::ffi::c_int) -> u32;
    }
    // SAFETY: reads the given bytes.
    let key = |text: &[u8]| unsafe { hash_bytes(text.as_ptr(), text.len() as i32) };
    let tag = pg_sys::LOCKTAG {
        locktag_field1: database.to_u32(),
        locktag_field2: key(b"pg_journey"),
        locktag_field3: key(name),
        locktag_field4: 2, // two keys of four bytes
        locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
        locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
    };
    is_held(tag, pg_sys::ExclusiveLock as i32)
}

fn is_held(mut tag: pg_sys::LOCKTAG, mode: i32) -> bool {
    // SAFETY: a session lock, asked for without waiting and given back at once.
    unsafe {
        if pg_sys::LockAcquire(&raw mut tag, mode, true, true)
            == pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
        {
            return true;
        }
        pg_sys::LockRelease(&raw mut tag, mode, true);
    }
    false
}

fn tick() -> Tick {
    reported(TICK, run_tick)
}

/// A transaction that pg_stat_activity shows as this statement.
pub fn reported<T>(
    statement: &'static CStr,
    work: impl FnOnce() -> T + std::panic::UnwindSafe + std::panic::RefUnwindSafe,
) -> T {
    activity(pg_sys::BackendState::STATE_RUNNING, statement.as_ptr());
    let outcome = BackgroundWorker::transaction(work);
    // SAFETY: sends what the transaction counted to the statistics, as every session does when it turns idle.
    unsafe { pg_sys::pgstat_report_stat(true) };
    activity(pg_sys::BackendState::STATE_IDLE, std::ptr::null());
    outcome
}

fn run_tick() -> Tick {
    let found = query::two(include_str!("../../sql/queries/worker_tick.sql"), &[]);
    let (Some(function), Some(owner)) = found else {
        return Tick::Unwanted;
    };
    // Not with the superuser's rights that a worker starts with: triggers and policies on the owner's tables run inside.
    let done = role::with(owner, || {
        // SAFETY: the query found a function without arguments that returns bigint.
        unsafe { pg_sys::OidFunctionCall0Coll(function, pg_sys::InvalidOid) }.value() as i64
    });
    match done {
        ..0 => Tick::Failed,
        0 => Tick::Idle,
        _ => Tick::Busy,
    }
}

fn activity(state: pg_sys::BackendState::Type, statement: *const std::ffi::c_char) {
    // SAFETY: the statement is null or a constant.
    unsafe { pg_sys::pgstat_report_activity(state, statement) };
}
