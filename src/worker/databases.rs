//! Which databases there are, and a worker for each that may need one.
//!
//! Whether a database has the extension can be seen from inside only: the worker looks and ends at once if not. So a
//! worker that ended soon is started again later and later, at most every [`LONGEST_WAIT`].
//!
//! Where max_worker_processes is too low for all of them, they take turns: the worker that has served for longest, and
//! for a [`TURN`] at least, makes room for a database that has none.

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
/// A worker's transactions take well under a second, so this many give it time to get something done.
const TURN: Duration = Duration::from_secs(10);
/// pg_database.datconnlimit of a database whose DROP was interrupted (DATCONNLIMIT_INVALID_DB).
const INVALID_DATABASE: i32 = -2;

pub struct Databases {
    workers: HashMap<pg_sys::Oid, Served>,
    next_look: Instant,
    /// When the next worker may be sent away for another.
    next_turn: Instant,
}

struct Served {
    worker: Option<DynamicBackgroundWorker>,
    started: Instant,
    wait: Duration,
    next_start: Instant,
    /// The server had no background worker left for it.
    is_waiting: bool,
}

impl Databases {
    pub fn new() -> Databases {
        let now = Instant::now();
        Databases { workers: HashMap::new(), next_look: now, next_turn: now }
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
        // Who was served last comes last, when a place becomes free.
        let mut all: Vec<(&pg_sys::Oid, &mut Served)> = self.workers.iter_mut().collect();
        all.sort_by_key(|(_, served)| served.started);
        let mut next = self.next_look;
        for (database, served) in all {
            next = next.min(served.step(*database, now));
        }
        self.take_turns(now);
        next.saturating_duration_since(now)
    }

    /// Where a database waits for a place, ends the worker that has had one for longest.
    fn take_turns(&mut self, now: Instant) {
        if now < self.next_turn || !self.workers.values().any(|served| served.is_waiting) {
            return;
        }
        let longest = self
            .workers
            .values_mut()
            .filter(|served| served.worker.is_some() && now - served.started >= TURN)
            .min_by_key(|served| served.started);
        if let Some(served) = longest {
            served.end(now);
            // The place is free a moment later; no second worker need go for the same database.
            self.next_turn = now + FIRST_WAIT;
        }
    }
}

impl Served {
    fn new(now: Instant) -> Served {
        Served { worker: None, started: now, wait: FIRST_WAIT, next_start: now, is_waiting: false }
    }

    fn end(&mut self, now: Instant) {
        if let Some(worker) = self.worker.take() {
            let _ = worker.terminate();
        }
        self.started = now;
        self.next_start = now + FIRST_WAIT;
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
        if now >= self.next_start && database::has_worker(database) {
            self.is_waiting = false;
            self.next_start = now + LOOK;
        }
        if now >= self.next_start {
            // The handle must outlive transactions.
            self.worker = unsafe {
                PgMemoryContexts::TopMemoryContext.switch_to(|_| {
                    database::builder(database).set_notify_pid(pg_sys::MyProcPid).load_dynamic().ok()
                })
            };
            if self.worker.is_some() {
                self.started = now;
                self.is_waiting = false;
                self.next_start = now + self.wait;
            } else {
                if !self.is_waiting {
                    pgrx::log!(
                        "no background worker is free for database {database}; its worker takes turns with others until max_worker_processes is raised"
                    );
                }
                self.is_waiting = true;
                self.next_start = now + FIRST_WAIT;
            }
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
