//! What the process does to itself when it starts, and when it must end.

use std::io::Read;

use rustix::process::{Signal, set_parent_process_death_signal};

use crate::log_line;

/// Closes what the launcher had open: its log pipe, data files and sockets are none of the engine's business.
pub fn close_inherited_files() {
    // SAFETY: called first thing in main, before anything owns a descriptor above standard error.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    if closed != 0 {
        log_line!("inherited files stay open: {}", std::io::Error::last_os_error());
    }
}

/// The kernel ends the engine when its launcher dies, and takes it before the server when memory runs out.
pub fn tie_to_parent() {
    if let Err(e) = set_parent_process_death_signal(Some(Signal::KILL)) {
        log_line!("the engine may outlive its launcher: {e}");
    }
    if let Err(e) = std::fs::write("/proc/self/oom_score_adj", "900") {
        log_line!("the kernel's out-of-memory score stays as it was: {e}");
    }
}

/// Ends the process, with success, when standard input ends: the launcher holds the other side.
pub fn end_with_input() {
    let mut ignored = [0u8; 256];
    let mut input = std::io::stdin().lock();
    loop {
        match input.read(&mut ignored) {
            Ok(0) => break,
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    end_now();
}

/// Ends without running destructors: freeing gigabytes of weights would delay a fast shutdown.
pub fn end_now() -> ! {
    // SAFETY: _exit only ends the process.
    unsafe { libc::_exit(0) }
}

/// SIGTERM ends the process at once, with success.
pub fn end_on_sigterm() {
    extern "C" fn end(_signal: libc::c_int) {
        end_now();
    }
    // SAFETY: the handler calls nothing but _exit, which is safe in a signal handler; SIGPIPE is ignored so that a
    // client that has gone is an error of write.
    unsafe {
        libc::signal(libc::SIGTERM, end as *const () as libc::sighandler_t);
        libc::signal(libc::SIGINT, end as *const () as libc::sighandler_t);
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
}

/// A fault ends the process at the first signal: Rust's own handler, which looks for stack overflows, would let a
/// SIGSEGV that somebody sends pass.
pub fn end_on_faults() {
    // SAFETY: the default action runs no code of ours.
    unsafe {
        libc::signal(libc::SIGSEGV, libc::SIG_DFL);
        libc::signal(libc::SIGBUS, libc::SIG_DFL);
    }
}

/// Lets go of pages of a mapped file that nothing has read lately; they are read again from the file when needed.
///
/// ONNX Runtime copies weights into a form of its own and keeps the file mapped: without this the process would seem to
/// hold them twice.
pub fn page_out(file: &std::path::Path) {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    for line in maps.lines().filter(|line| line.ends_with(&*file.to_string_lossy())) {
        let bounds = line.split_whitespace().next().and_then(|range| range.split_once('-'));
        let Some((start, end)) = bounds else { continue };
        let parse = |number| usize::from_str_radix(number, 16);
        if let (Ok(start), Ok(end)) = (parse(start), parse(end)) {
            // SAFETY: this advice changes where pages are, never what they hold.
            let advised =
                unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_PAGEOUT) };
            if advised != 0 {
                log_line!("pages of {} stay in memory: {}", file.display(), std::io::Error::last_os_error());
            }
        }
    }
}

/// Gives memory that was freed back to the system: loading a model leaves hundreds of megabytes behind.
pub fn trim() {
    // SAFETY: only returns free memory of the allocator.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Private memory in bytes: what the process holds beyond files it maps.
pub fn private_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let mut pages = statm.split_whitespace().skip(1).map(|field| field.parse::<u64>().unwrap_or(0));
    let (resident, shared) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    resident.saturating_sub(shared) * rustix::param::page_size() as u64
}
