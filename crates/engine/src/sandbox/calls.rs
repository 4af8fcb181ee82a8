//! The system calls that are refused: those that reach beyond the process, whatever the kernel's Landlock can do.
//!
//! Landlock of Linux 6.1 knows neither truncation nor signals, and no Landlock knows modes, owners and limits. The engine
//! runs as the server's own user, so each of these would reach the server's files and processes.

use pg_journey_core::kernel::Result;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    sock_filter,
};

use super::unconfined;

type Rules = Vec<(libc::c_long, Vec<SeccompRule>)>;

/// The filters, the first to be applied first.
pub fn filters() -> Result<Vec<BpfProgram>> {
    // The C library asks for a thread by clone3, and may open a file by openat2; a filter cannot see what these are
    // told. Told that the call does not exist, it uses the older one.
    let unseen = vec![(libc::SYS_clone3, vec![]), (libc::SYS_openat2, vec![])];
    let mut filters = vec![
        filter(unseen, libc::ENOSYS)?,
        filter(refused(), libc::EPERM)?,
        filter(refused_in_part()?, libc::EPERM)?,
    ];
    if cfg!(target_arch = "x86_64") {
        filters.push(second_numbering());
    }
    Ok(filters)
}

/// Calls that are refused whatever they are told.
fn refused() -> Rules {
    [&SOCKETS[..], &PROCESSES, &FILES, &SHARED_MEMORY, &MACHINE, &OLD_CALLS]
        .concat()
        .into_iter()
        .map(|call| (call, Vec::new()))
        .collect()
}

/// Sockets beyond the one that listens.
const SOCKETS: [libc::c_long; 6] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_io_uring_setup,
];

/// Other programs and other processes.
const PROCESSES: [libc::c_long; 22] = [
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_kcmp,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
];

/// Changes of files and of what is known about them.
const FILES: [libc::c_long; 25] = [
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_utimensat,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_unlinkat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_renameat2,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
];

/// A newer call than the C library's headers may know; its number is the same on every architecture.
const FCHMODAT2: libc::c_long = 452;

/// The server has segments, semaphores and queues of this kind.
const SHARED_MEMORY: [libc::c_long; 14] = [
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmdt,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// The machine and its kernel.
const MACHINE: [libc::c_long; 24] = [
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_userfaultfd,
];

/// What newer architectures have left out, as a newer call does the same.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: [libc::c_long; 17] = [
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_creat,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mkdir,
    libc::SYS_mknod,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_rename,
    libc::SYS_renameat,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: [libc::c_long; 1] = [libc::SYS_renameat];

/// Calls that are refused depending on what they are told.
fn refused_in_part() -> Result<Rules> {
    let own = u64::from(std::process::id());
    let threads = libc::CLONE_THREAD as u64;
    let mut rules = vec![
        (libc::SYS_clone, vec![all(&[(0, SeccompCmpOp::MaskedEq(threads), 0)])?]),
        // abort() sends itself a signal this way.
        (libc::SYS_tgkill, vec![all(&[(0, SeccompCmpOp::Ne, own)])?]),
        (libc::SYS_prlimit64, vec![all(&[(0, SeccompCmpOp::Ne, 0), (0, SeccompCmpOp::Ne, own)])?]),
        (libc::SYS_fcntl, any(1, SeccompCmpOp::Eq, &SIGNAL_BY_FILE)?),
        (libc::SYS_ioctl, any(1, SeccompCmpOp::Eq, &SIGNAL_BY_DEVICE)?),
        (libc::SYS_openat, writing(2)?),
    ];
    #[cfg(target_arch = "x86_64")]
    rules.push((libc::SYS_open, writing(1)?));
    Ok(rules)
}

/// Have a process signalled when a file is ready: F_SETSIG, F_SETOWN, F_SETOWN_EX of fcntl.
const SIGNAL_BY_FILE: [u64; 3] = [10, 8, 15];

/// The same by ioctl: FIOSETOWN and SIOCSPGRP; and TIOCSTI, which types into a terminal.
const SIGNAL_BY_DEVICE: [u64; 3] = [0x8901, 0x8902, 0x5412];

/// Opening to write, to make or to empty a file; emptying needs no leave to write where Landlock is old.
fn writing(flags: u8) -> Result<Vec<SeccompRule>> {
    [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC]
        .into_iter()
        .map(|flag| all(&[(flags, SeccompCmpOp::MaskedEq(flag as u64), flag as u64)]))
        .collect()
}

fn any(argument: u8, compare: SeccompCmpOp, values: &[u64]) -> Result<Vec<SeccompRule>> {
    values.iter().map(|value| all(&[(argument, compare.clone(), *value)])).collect()
}

/// A rule that holds where every condition does. The arguments are all 32 bits wide.
fn all(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule> {
    let condition = |(argument, compare, value): &(u8, SeccompCmpOp, u64)| {
        SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, compare.clone(), *value)
    };
    let conditions = conditions.iter().map(condition).collect::<std::result::Result<Vec<_>, _>>();
    conditions.and_then(SeccompRule::new).map_err(|e| unconfined("seccomp", e))
}

fn filter(rules: Rules, errno: libc::c_int) -> Result<BpfProgram> {
    let architecture = std::env::consts::ARCH.try_into().map_err(|e| unconfined("seccomp", e))?;
    let refuse = SeccompAction::Errno(errno as u32);
    SeccompFilter::new(rules.into_iter().collect(), SeccompAction::Allow, refuse, architecture)
        .and_then(BpfProgram::try_from)
        .map_err(|e| unconfined("seccomp", e))
}

/// Refuses the numbers by which x86-64 offers every call once more (x32): the filters above do not name them.
fn second_numbering() -> BpfProgram {
    const X32: u32 = 0x4000_0000;
    let instruction = |code: u32, jt, jf, k| sock_filter { code: code as u16, jt, jf, k };
    vec![
        // The call's number is the first field of what a filter sees.
        instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        instruction(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, 0, 1, X32),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        instruction(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}
