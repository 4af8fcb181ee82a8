//! The files that the processes share, in a folder of the data directory. Every server process runs inside the data
//! directory, so the paths are relative, which also keeps the socket's below the 108 bytes the kernel allows.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;

const FOLDER: &str = "pg_journey";
pub const SOCKET: &str = "pg_journey/engine.sock";
const LOCK: &str = "pg_journey/launcher.lock";
const FAILURE: &str = "pg_journey/engine.failure";

/// Creates the folder where it is missing.
pub fn create_folder() -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(FOLDER)
}

/// The launcher's lock, held while the returned file is open. `None`: somebody else holds it.
pub fn lock_launcher() -> io::Result<Option<File>> {
    let file = File::options().create(true).append(true).open(LOCK)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Whether a launcher runs, by its lock.
pub fn launcher_runs() -> bool {
    File::open(LOCK).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Why the engine does not start, if the last attempt failed.
pub fn engine_failure() -> Option<String> {
    fs::read_to_string(FAILURE).ok()
}

pub fn report_engine_failure(reason: &str) -> io::Result<()> {
    fs::write(FAILURE, reason)
}

pub fn clear_engine_failure() {
    // Nothing to clear is the usual case, and a file that stays only delays a call by its error.
    let _ = fs::remove_file(FAILURE);
}
