//! Waiting as Postgres wants it: on the process latch, with interrupts served at every wake-up.

use std::os::fd::RawFd;
use std::time::Duration;

use pgrx::pg_sys;

use crate::worker;

/// How often a wait looks whether the client is still there: Postgres does so by itself only where
/// client_connection_check_interval is set.
const CLIENT_CHECK: Duration = Duration::from_millis(100);

/// Waits until the socket is readable (or also writable), at most [`CLIENT_CHECK`]. Raises on cancel and the like.
pub fn for_socket(socket: RawFd, also_writable: bool) {
    let writable = if also_writable { pg_sys::WL_SOCKET_WRITEABLE } else { 0 };
    on_latch(pg_sys::WL_SOCKET_READABLE | writable, socket, CLIENT_CHECK);
}

/// Waits for the latch or for `nap`, whatever comes first. Raises on cancel and the like.
pub fn nap(nap: Duration) {
    on_latch(0, pg_sys::PGINVALID_SOCKET, nap.min(CLIENT_CHECK));
}

fn on_latch(events: u32, socket: RawFd, timeout: Duration) {
    let wake = events | pg_sys::WL_LATCH_SET | pg_sys::WL_TIMEOUT | pg_sys::WL_EXIT_ON_PM_DEATH;
    let milliseconds = timeout.as_millis() as std::ffi::c_long;
    // SAFETY: MyLatch belongs to this process and the socket is open while its owner waits.
    let woken = unsafe {
        pg_sys::WaitLatchOrSocket(
            pg_sys::MyLatch,
            wake as i32,
            socket,
            milliseconds,
            pg_sys::PG_WAIT_EXTENSION,
        )
    } as u32;
    if woken & pg_sys::WL_LATCH_SET != 0 {
        // SAFETY: as above.
        unsafe { pg_sys::ResetLatch(pg_sys::MyLatch) };
    }
    if woken & pg_sys::WL_TIMEOUT != 0 {
        notice_lost_client();
        worker::leave_if_claimed();
    }
    pgrx::check_for_interrupts!();
}

/// Tells Postgres that the client hung up, so that the next interrupt check ends the session.
fn notice_lost_client() {
    // SAFETY: `pgsocket sock` is the first field of Port in Postgres 15 to 18 (libpq-be.h), and null has no Port.
    let Some(client) = (unsafe { pg_sys::MyProcPort.cast::<libc::c_int>().as_ref() }) else {
        return;
    };
    let mut poll = libc::pollfd { fd: *client, events: libc::POLLRDHUP, revents: 0 };
    // SAFETY: one entry, and a timeout of zero returns at once.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 0) };
    if ready > 0 && poll.revents & (libc::POLLRDHUP | libc::POLLHUP | libc::POLLERR) != 0 {
        // SAFETY: flags that signal handlers set too.
        unsafe {
            (&raw mut pg_sys::ClientConnectionLost).write_volatile(1);
            (&raw mut pg_sys::InterruptPending).write_volatile(1);
        }
    }
}
