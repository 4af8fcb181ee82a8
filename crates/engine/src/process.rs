//! What the process does to itself when it starts, and when it must end.

use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicI32, Ordering};

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

/// The socket that clients connect to, while there is one.
static LISTENER: AtomicI32 = AtomicI32::new(-1);

/// Sees to it that the socket takes no more connections once the process begins to end: the kernel closes it only after it
/// has freed the memory, and a client of the next engine would find this one.
pub fn refuse_at_end(listener: &impl AsRawFd) {
    LISTENER.store(listener.as_raw_fd(), Ordering::SeqCst);
}

/// Ends without running destructors: freeing gigabytes of weights would delay a fast shutdown.
pub fn end_now() -> ! {
    // SAFETY: both only make a system call, also in a signal handler; without a listener the first fails.
    unsafe {
        libc::shutdown(LISTENER.load(Ordering::SeqCst), libc::SHUT_RDWR);
        libc::_exit(0)
    }
}

/// SIGTERM ends the process at once, with success.
pub fn end_on_sigterm() {
    extern "C" fn end(_signal: libc::c_int) {
        end_now();
    }
    // SAFETY: the handler calls nothing but `end_now`; SIGPIPE is ignored so that a
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

/// Lets go of the pages of a mapped file: they are read again, from the system's cache, when they are needed.
///
/// ONNX Runtime copies weights into a form of its own and keeps the file mapped: without this the process would hold them
/// twice. MADV_PAGEOUT would do for a file that is the engine's own only, which models should not be.
pub fn forget_pages(file: &Path) {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    for (start, end) in clean_mappings(&maps, file) {
        // SAFETY: nothing was written to the pages (see below), so what is read again is what they held.
        let advised = unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED) };
        if advised != 0 {
            log_line!("pages of {} stay in memory: {}", file.display(), std::io::Error::last_os_error());
        }
    }
}

/// Where a file is mapped, by /proc/self/smaps; without the mappings that hold pages which were written to.
fn clean_mappings(maps: &str, file: &Path) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut current = None;
    for line in maps.lines() {
        if let Some(bounds) = bounds(line) {
            current = line.ends_with(&*file.to_string_lossy()).then_some(bounds);
        }
        let (field, size) = line.split_once(':').unwrap_or_default();
        match field {
            "Anonymous" | "Swap" if size.trim() != "0 kB" => current = None,
            // After both.
            "Locked" => found.extend(current.take()),
            _ => {}
        }
    }
    found
}

/// The addresses at the beginning of a mapping's first line.
fn bounds(line: &str) -> Option<(usize, usize)> {
    let (start, end) = line.split_whitespace().next()?.split_once('-')?;
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    Some((address(start)?, address(end)?))
}

/// Keeps the heap small: one heap for all threads, and large blocks that return to the system when they are freed.
///
/// Otherwise the C library gives each thread a heap of its own, and counts ever larger blocks among the small ones: what
/// loading a model leaves between them would stay.
pub fn keep_heap_small() {
    #[cfg(target_env = "gnu")]
    // SAFETY: called first thing in main, while there is one thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 256 << 10);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_that_were_written_to_are_left_alone() {
        let mapping = |line: &str, anonymous, swapped| {
            format!("{line}\nRss: 64 kB\nAnonymous: {anonymous} kB\nSwap: {swapped} kB\nLocked: 0 kB\n")
        };
        let maps = [
            mapping("7f00-7f10 rw-p 00000000 fe:00 11    /models/a/model.onnx.data", 0, 0),
            mapping("7f10-7f20 rw-p 00010000 fe:00 11    /models/a/model.onnx.data", 4, 0),
            mapping("7f20-7f30 rw-p 00020000 fe:00 11    /models/a/model.onnx.data", 0, 4),
            mapping("7f30-7f38 rw-p 00000000 fe:00 12    /models/b/model.onnx.data", 0, 0),
            mapping("7f38-7f40 rw-p 00000000 00:00 0", 0, 0),
            mapping("7f40-7f80 r--p 00030000 fe:00 11    /models/a/model.onnx.data", 0, 0),
        ];
        let file = Path::new("/models/a/model.onnx.data");
        assert_eq!(clean_mappings(&maps.concat(), file), [(0x7f00, 0x7f10), (0x7f40, 0x7f80)]);
    }

    #[test]
    fn a_mapped_file_is_read_again_after_it_was_forgotten() {
        let path = std::env::temp_dir().join(format!("pg_journey_forget_{}", std::process::id()));
        std::fs::write(&path, vec![7u8; 1 << 20]).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let flags = rustix::mm::MapFlags::PRIVATE;
        // SAFETY: a new mapping of a file that nobody changes.
        let bytes = unsafe {
            let start =
                rustix::mm::mmap(std::ptr::null_mut(), 1 << 20, rustix::mm::ProtFlags::READ, flags, &file, 0);
            std::slice::from_raw_parts(start.unwrap().cast::<u8>(), 1 << 20)
        };
        let resident = || {
            let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
            let mine = maps.lines().skip_while(|line| !line.ends_with(&*path.to_string_lossy()));
            let rss = mine.skip(1).find_map(|line| line.strip_prefix("Rss:")).unwrap();
            rss.trim_end_matches("kB").trim().parse::<usize>().unwrap()
        };
        assert!(bytes.iter().all(|byte| *byte == 7));
        assert_eq!(resident(), 1024);
        forget_pages(&path);
        assert_eq!(resident(), 0);
        assert!(bytes.iter().all(|byte| *byte == 7));
        std::fs::remove_file(path).unwrap();
    }
}
