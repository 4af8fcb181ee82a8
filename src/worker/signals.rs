//! Signals and waiting, alike for the launcher and the database workers.

use std::time::Duration;

use pgrx::bgworkers::{BackgroundWorker, SignalWakeFlags};
use pgrx::pg_sys;

/// Reload, child exits and termination wake the process; termination is served where interrupts are checked, so a
/// running statement is left cleanly.
pub fn attach() {
    // SAFETY: installs a handler that only sets flags and the latch, as Postgres' own `die` does.
    unsafe {
        #[cfg(feature = "pg18")]
        pg_sys::pqsignal_be(pg_sys::SIGTERM as i32, Some(on_terminate));
        #[cfg(not(feature = "pg18"))]
        pg_sys::pqsignal(pg_sys::SIGTERM as i32, Some(on_terminate));
    }
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGCHLD);
}

unsafe extern "C-unwind" fn on_terminate(_signal: i32) {
    // SAFETY: flags made to be set by signal handlers; MyLatch exists before signals are unblocked.
    unsafe {
        (&raw mut pg_sys::ProcDiePending).write_volatile(1);
        (&raw mut pg_sys::InterruptPending).write_volatile(1);
        pg_sys::SetLatch(pg_sys::MyLatch);
    }
}

/// Whether the process was told to end and has not served that yet.
pub fn terminating() -> bool {
    // SAFETY: reads a flag.
    unsafe { (&raw const pg_sys::ProcDiePending).read_volatile() != 0 }
}

/// Waits for the latch or the timeout; a dead postmaster ends the process. Interrupts are the caller's to serve.
pub fn wait(timeout: Duration) {
    let wake = pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
    let milliseconds = timeout.as_millis() as std::ffi::c_long;
    // SAFETY: MyLatch belongs to this process.
    unsafe {
        pg_sys::WaitLatch(pg_sys::MyLatch, wake as i32, milliseconds, pg_sys::PG_WAIT_EXTENSION);
        pg_sys::ResetLatch(pg_sys::MyLatch);
    }
}

/// Reads the configuration file again after a reload. `true` if it did.
pub fn reload() -> bool {
    let asked = BackgroundWorker::sighup_received();
    if asked {
        // SAFETY: called between transactions, as the documentation of ProcessConfigFile asks.
        unsafe {
            (&raw mut pg_sys::ConfigReloadPending).write_volatile(0);
            pg_sys::ProcessConfigFile(pg_sys::GucContext::PGC_SIGHUP);
        }
    }
    asked
}
