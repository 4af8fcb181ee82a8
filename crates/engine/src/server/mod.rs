//! The socket: who may connect, and a thread for each who does.

mod connection;
mod frames;
mod outbox;

use std::fs::Permissions;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pg_journey_core::kernel::{Code, Error, Result};

use crate::engine::Engine;
use crate::log_line;
use connection::Connection;
pub use frames::Quota;

/// More than Postgres' own default of connections, few enough for a thread each.
const MOST_CONNECTIONS: u32 = 4096;

/// A connection's thread keeps its buffers on the heap.
const STACK: usize = 256 << 10;

/// A killed engine's socket takes connections until the kernel has freed the engine's memory, gigabytes of it.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// Takes the place of the socket that a killed engine left behind, but not that of a living one.
pub fn bind(path: &Path) -> Result<UnixListener> {
    if path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket()) {
        let patience = Instant::now() + LAST_BREATH;
        while UnixStream::connect(path).is_ok() {
            if Instant::now() > patience {
                return Err(unusable(path, "another engine answers on it"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        std::fs::remove_file(path).map_err(|e| unusable(path, e))?;
    }
    // Nobody else may connect, from the first moment on.
    let previous = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    rustix::process::umask(previous);
    let listener = bound.map_err(|e| unusable(path, e))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(|e| unusable(path, e))?;
    Ok(listener)
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("the engine cannot listen on \"{}\": {why}", path.display()))
        .hint("End the other engine, or check who owns the folder.")
}

/// Serves clients until the process ends.
pub fn serve(listener: &UnixListener, engine: &Arc<Engine>) {
    loop {
        match listener.accept() {
            Ok((stream, _)) => welcome(stream, engine),
            Err(e) if matches!(e.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            // The process is ending: see process::refuse_at_end.
            Err(e) if e.kind() == ErrorKind::InvalidInput => std::thread::park(),
            Err(e) => {
                // Out of file descriptors, most likely; clients that leave give some back.
                log_line!("a connection is not accepted: {e}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

fn welcome(stream: UnixStream, engine: &Arc<Engine>) {
    if engine.connections.fetch_add(1, Ordering::SeqCst) >= MOST_CONNECTIONS {
        engine.connections.fetch_sub(1, Ordering::SeqCst);
        return;
    }
    let counted = Counted(engine.clone());
    let serve = move || {
        let counted = counted;
        match Connection::new(stream, counted.0.clone()) {
            Ok(connection) => connection.serve(),
            Err(e) => log_line!("a connection cannot be served: {e}"),
        }
    };
    if let Err(e) = std::thread::Builder::new().name("connection".into()).stack_size(STACK).spawn(serve) {
        log_line!("a connection gets no thread: {e}");
    }
}

struct Counted(Arc<Engine>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::SeqCst);
    }
}
