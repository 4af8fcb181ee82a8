//! Which databases there are, and a worker for each that may need one.
//!
//! Whether a database has the extension can be seen from inside only: the worker looks and ends at once if not. So a
//! worker that ended soon is started again later and later, at most every [`LONGEST_WAIT`].

use std::collections::HashMap;
use std::time::{Duration, Instant};

use pgrx::PgMemoryContexts;
use pgrx::bgworkers::{BackgroundWorkerStatus, DynamicBackgroundWorker};
use pgrx::pg_sys;

use super::database;
use crate::settings;

/// How often pg_database is read.
const LOOK: Duration = Duration::from_secs(10);
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// journey_setup() starts a worker itself, so this matters only after failures and restores.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A worker that lived this long had a reason to: it is started again after the first wait.
const HEALTHY: Duration = Duration::from_secs(30);
/// pg_database.datconnlimit of a database whose DROP was interrupted (DATCONNLIMIT_INVALID_DB).
const INVALID_DATABASE: i32 = -2;

pub struct Databases {
    workers: HashMap<pg_sys::Oid, Served>,
    next_look: Instant,
}

struct Served {
    worker: Option<DynamicBackgroundWorker>,
    started: Instant,
    wait: Duration,
    next_start: Instant,
}

impl Databases {
    pub fn new() -> Databases {
        Databases { workers: HashMap::new(), next_look: Instant::now() }
    }

    /// Settings changed: look at once.
    pub fn reload(&mut self) {
        self.next_look = Instant::now();
    }

    /// Starts the workers that are due and says after which time to come back at the latest.
    pub fn step(&mut self, now: Instant) -> Duration {
        // SAFETY: reads a flag in shared memory. A standby's workers start when it is promoted.
        if !settings::worker_enabled() || unsafe { pg_sys::RecoveryInProgress() } {
            return LOOK;
        }
        if now >= self.next_look {
            let found = connectable();
            self.workers.retain(|database, _| found.contains(database));
            for database in found {
                self.workers.entry(database).or_insert_with(|| Served::new(now));
            }
            self.next_look = now + LOOK;
        }
        let mut next = self.next_look;
        for (database, served) in &mut self.workers {
            next = next.min(served.step(*database, now));
        }
        next.saturating_duration_since(now)
    }
}

impl Served {
    fn new(now: Instant) -> Served {
        Served { worker: None, started: now, wait: FIRST_WAIT, next_start: now }
    }

    /// Returns when to look again; the end of a worker wakes the launcher by itself.
    fn step(&mut self, database: pg_sys::Oid, now: Instant) -> Instant {
        if let Some(worker) = &self.worker {
            if !matches!(worker.pid(), Err(BackgroundWorkerStatus::Stopped)) {
                return now + LOOK;
            }
            self.wait =
                if now - self.started > HEALTHY { FIRST_WAIT } else { (self.wait * 2).min(LONGEST_WAIT) };
            self.worker = None;
            self.next_start = now + self.wait;
        }
        if now >= self.next_start {
            self.started = now;
            // The handle must outlive transactions.
            self.worker = unsafe {
                PgMemoryContexts::TopMemoryContext.switch_to(|_| {
                    database::builder(database).set_notify_pid(pg_sys::MyProcPid).load_dynamic().ok()
                })
            };
            if self.worker.is_none() {
                pgrx::log!(
                    "no background worker is free for database {database}; raise max_worker_processes"
                );
                self.wait = (self.wait * 2).min(LONGEST_WAIT);
            }
            self.next_start = now + self.wait;
        }
        self.next_start
    }
}

/// The databases one may connect to, templates aside: a session in a template would block CREATE DATABASE.
fn connectable() -> Vec<pg_sys::Oid> {
    let mut found = Vec::new();
    // SAFETY: scans a shared catalog inside a transaction; each tuple is read while the scan stands on it.
    unsafe {
        pg_sys::StartTransactionCommand();
        let relation = pg_sys::table_open(pg_sys::DatabaseRelationId, pg_sys::AccessShareLock as i32);
        let scan = pg_sys::systable_beginscan(
            relation,
            pg_sys::InvalidOid,
            false,
            std::ptr::null_mut(),
            0,
            std::ptr::null_mut(),
        );
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            let database = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_database>();
            if (*database).datallowconn
                && !(*database).datistemplate
                && (*database).datconnlimit != INVALID_DATABASE
            {
                found.push((*database).oid);
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        pg_sys::CommitTransactionCommand();
    }
    found
}
