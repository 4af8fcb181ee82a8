//! Confines the process before it starts threads or touches a model.
//!
//! Landlock: it may read its models and what describes the processor, and change no file at all. Seccomp: it may answer
//! on the socket it has, and neither open another, nor start a program or process, nor look into another one or signal
//! it, nor change a file in any way.
//! Where the kernel lacks one of the two, the other still holds, and the log and the status say so.

mod calls;

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope,
};
use pg_journey_core::kernel::{Code, Error, Result};

/// What ONNX Runtime reads to choose its kernels, and what the engine reads about its own memory.
const MACHINE: [&str; 3] = ["/proc/cpuinfo", "/sys/devices/system/cpu", "/proc/self"];

/// Confines every thread of the process. The text says what holds, for the log and `journey_status()`.
pub fn enter(model_dirs: &[PathBuf]) -> Result<String> {
    let files = restrict_files(model_dirs)?;
    let calls = restrict_calls()?;
    Ok(format!("{files}; {calls}"))
}

fn restrict_files(model_dirs: &[PathBuf]) -> Result<String> {
    let abi = ABI::V6;
    let failed = |e: landlock::RulesetError| unconfined("landlock", e);
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(abi)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .map_err(failed)?;
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    for folder in readable(model_dirs) {
        let Ok(descriptor) = PathFd::new(&folder) else { continue };
        let access = if folder.is_dir() { reading } else { AccessFs::ReadFile.into() };
        ruleset = ruleset.add_rule(PathBeneath::new(descriptor, access)).map_err(failed)?;
    }
    let status = ruleset.restrict_self().map_err(failed)?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => "landlock holds: reads models only, writes nothing".into(),
        RulesetStatus::PartiallyEnforced => {
            "landlock holds in part: this kernel lacks its newer rules".into()
        }
        RulesetStatus::NotEnforced => {
            "landlock does not hold: this kernel lacks it or has it switched off".into()
        }
    })
}

/// The model folders with every link resolved, those one step below them too: `make install` may link models.
fn readable(model_dirs: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = MACHINE.iter().map(PathBuf::from).collect();
    for folder in model_dirs {
        folders.extend(folder.canonicalize());
        let models = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        folders.extend(models.filter(|path| is_linked_folder(path)).flat_map(|path| path.canonicalize()));
    }
    folders
}

fn is_linked_folder(path: &Path) -> bool {
    path.is_symlink() && path.is_dir()
}

fn restrict_calls() -> Result<String> {
    for program in calls::filters()? {
        match seccompiler::apply_filter_all_threads(&program) {
            Ok(()) => {}
            Err(seccompiler::Error::Prctl(e) | seccompiler::Error::Seccomp(e))
                if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) =>
            {
                return Ok("seccomp does not hold: this kernel lacks it".into());
            }
            Err(e) => return Err(unconfined("seccomp", e)),
        }
    }
    Ok("seccomp holds: no other socket, program or process, no file is changed".into())
}

fn unconfined(what: &str, reason: impl std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("the engine cannot be confined by {what}: {reason}"))
}
