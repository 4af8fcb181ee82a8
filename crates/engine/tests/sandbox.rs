//! The sandbox, entered by this very process: one test, as nothing leads out of it again.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::ffi::CString;
use std::io::Error;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use pg_journey_engine::sandbox;

const NOTHING: usize = 0;

fn path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

#[test]
fn other_processes_and_files_are_out_of_reach_and_work_goes_on() {
    let folder = std::env::temp_dir().join(format!("pg_journey_sandbox_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("file");
    std::fs::write(&file, b"a model").unwrap();
    let before = std::fs::metadata(&file).unwrap();
    // Ends with its input, and tidies up, which this process may not.
    let mut other = Command::new("sh")
        .args(["-c", "cat && rm -r \"$0\""])
        .arg(&folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let (pid, own) = (other.id() as usize, std::process::id() as usize);

    let holds = sandbox::enter(std::slice::from_ref(&folder)).unwrap();
    if holds.contains("seccomp holds") {
        nothing_else_is_reached(&file, pid);
        work_goes_on(own);
    } else {
        println!("skipped: {holds}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"a model");
    let after = std::fs::metadata(&file).unwrap();
    assert_eq!((after.mode(), after.mtime_nsec()), (before.mode(), before.mtime_nsec()));

    // It was not signalled.
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
}

fn nothing_else_is_reached(file: &Path, pid: usize) {
    let name = path(file);
    let name = name.as_ptr() as usize;
    let here = libc::AT_FDCWD as usize;
    let refused: &[(&str, libc::c_long, [usize; 4])] = &[
        ("truncate", libc::SYS_truncate, [name, 1, 0, 0]),
        ("emptied while opened", libc::SYS_openat, [here, name, libc::O_TRUNC as usize, 0]),
        ("opened to write", libc::SYS_openat, [here, name, libc::O_WRONLY as usize, 0]),
        ("chmod", libc::SYS_fchmodat, [here, name, 0o777, 0]),
        ("chown", libc::SYS_fchownat, [here, name, 1, 1]),
        ("setxattr", libc::SYS_setxattr, [name, name, name, 1]),
        ("utimensat", libc::SYS_utimensat, [here, name, NOTHING, 0]),
        ("unlink", libc::SYS_unlinkat, [here, name, 0, 0]),
        ("kill", libc::SYS_kill, [pid, libc::SIGTERM as usize, 0, 0]),
        ("tkill", libc::SYS_tkill, [pid, libc::SIGTERM as usize, 0, 0]),
        ("tgkill", libc::SYS_tgkill, [pid, pid, libc::SIGTERM as usize, 0]),
        ("queue a signal", libc::SYS_rt_sigqueueinfo, [pid, 0, NOTHING, 0]),
        ("signal by file", libc::SYS_fcntl, [0, libc::F_SETOWN as usize, pid, 0]),
        ("limits of another", libc::SYS_prlimit64, [pid, libc::RLIMIT_CORE as usize, NOTHING, NOTHING]),
        ("priority of another", libc::SYS_setpriority, [0, pid, 19, 0]),
        ("shared memory", libc::SYS_shmctl, [0, libc::IPC_RMID as usize, NOTHING, 0]),
        ("semaphores", libc::SYS_semctl, [0, 0, libc::IPC_RMID as usize, 0]),
        ("socket", libc::SYS_socket, [libc::AF_INET as usize, libc::SOCK_STREAM as usize, 0, 0]),
        ("fork", libc::SYS_clone, [libc::SIGCHLD as usize, 0, 0, 0]),
        #[cfg(target_arch = "x86_64")]
        ("x32 kill", 0x4000_0000 | libc::SYS_kill, [pid, libc::SIGTERM as usize, 0, 0]),
        #[cfg(target_arch = "x86_64")]
        ("x32 getpid", 0x4000_0000 | libc::SYS_getpid, [0; 4]),
    ];
    for (what, call, a) in refused {
        // SAFETY: pointers among the arguments are to a string that lives on, or null; what is asked for is refused.
        let result = unsafe { libc::syscall(*call, a[0], a[1], a[2], a[3]) };
        assert_eq!((result, Error::last_os_error().raw_os_error()), (-1, Some(libc::EPERM)), "{what}");
    }
}

fn work_goes_on(own: usize) {
    // SAFETY: asks about this process; signal 0 is sent to nobody.
    let (limits, signal) = unsafe {
        let limits = libc::syscall(libc::SYS_prlimit64, own, libc::RLIMIT_CORE as usize, NOTHING, NOTHING);
        (limits, libc::syscall(libc::SYS_tgkill, own, own, 0usize))
    };
    assert_eq!((limits, signal), (0, 0));
    assert_eq!(std::thread::spawn(|| 1).join().unwrap(), 1);
}
