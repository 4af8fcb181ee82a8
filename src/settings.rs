//! The settings, all with the prefix `pg_journey.`: what a setting does, its unit, and why its default is what it is.
//!
//! Settings of the engine and the workers are read from the configuration file only (`ALTER SYSTEM` and
//! `pg_reload_conf()`): one process serves every session. Those that name a path are for superusers to see and set.

use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Duration;

use pgrx::pg_sys;
use pgrx::{GucContext, GucFlags, GucRegistry, GucSetting};

static ENGINE_PATH: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"pg_journey_engine"));
static ONNXRUNTIME_PATH: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"pg_journey_onnxruntime.so"));
static MODEL_PATH: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"pg_journey/models"));
static ENGINE_THREADS: GucSetting<i32> = GucSetting::<i32>::new(0);
static ENGINE_MEMORY: GucSetting<i32> = GucSetting::<i32>::new(8192);
static ENGINE_MAX_BATCH: GucSetting<i32> = GucSetting::<i32>::new(32);
static ENGINE_START_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(10_000);
/// 16 TB: the engine refuses more.
const MOST_MEMORY_MB: i32 = 16 << 20;

static WORKER: GucSetting<bool> = GucSetting::<bool>::new(true);
static WORKER_NAPTIME: GucSetting<i32> = GucSetting::<i32>::new(1000);
static WORKER_BATCH: GucSetting<i32> = GucSetting::<i32>::new(10_000);
/// Read by the view journey.sessions.
static SESSION_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(30);

/// What the launcher needs to know to run the engine; a change of it restarts the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    pub engine: PathBuf,
    pub onnxruntime: PathBuf,
    pub model_folders: Vec<PathBuf>,
    pub threads: i32,
    pub memory_mb: i32,
    pub max_batch: i32,
}

pub fn engine() -> EngineSettings {
    let models = MODEL_PATH.get().unwrap_or_default().into_bytes();
    EngineSettings {
        engine: below(package_library_folder(), path(ENGINE_PATH.get())),
        onnxruntime: below(package_library_folder(), path(ONNXRUNTIME_PATH.get())),
        model_folders: models
            .split(|byte| *byte == b':')
            .filter(|folder| !folder.is_empty())
            .map(|folder| below(share_folder(), PathBuf::from(OsString::from_vec(folder.to_vec()))))
            .collect(),
        threads: ENGINE_THREADS.get(),
        memory_mb: ENGINE_MEMORY.get(),
        max_batch: ENGINE_MAX_BATCH.get(),
    }
}

pub fn engine_start_timeout() -> Duration {
    milliseconds(ENGINE_START_TIMEOUT.get())
}

pub fn worker_enabled() -> bool {
    WORKER.get()
}

pub fn worker_naptime() -> Duration {
    milliseconds(WORKER_NAPTIME.get())
}

pub fn init() {
    init_paths();
    init_engine();
    init_worker();
    init_sessions();
    // Postgres then refuses any other name with this prefix instead of accepting a misspelt one in silence.
    // SAFETY: called while the library is loaded, with a constant string.
    unsafe { pg_sys::MarkGUCPrefixReserved(c"pg_journey".as_ptr()) };
}

fn init_paths() {
    define_path(
        c"pg_journey.engine_path",
        c"The engine's executable.",
        c"A relative path starts at the server's package library folder (pg_config --pkglibdir), where make install puts it. A change restarts the engine.",
        &ENGINE_PATH,
    );
    define_path(
        c"pg_journey.onnxruntime_path",
        c"The ONNX Runtime library (1.32 or newer) that the engine loads.",
        c"A relative path starts at the server's package library folder (pg_config --pkglibdir). Older versions let a model read any file of the server. A change restarts the engine.",
        &ONNXRUNTIME_PATH,
    );
    define_path(
        c"pg_journey.model_path",
        c"The folders whose subfolders may be loaded as models, separated by colons.",
        c"The engine can open no other file. A relative path starts at the server's share folder (pg_config --sharedir), where make install puts the shipped models. A change restarts the engine.",
        &MODEL_PATH,
    );
}

fn init_engine() {
    GucRegistry::define_int_guc(
        c"pg_journey.engine_threads",
        c"How many threads the engine computes with; 0 is one a processor.",
        c"Lower it to leave processors to queries. A change restarts the engine.",
        &ENGINE_THREADS,
        0,
        1024,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_journey.engine_memory",
        c"How much memory the engine may use for models and running requests together.",
        c"Past it idle models are unloaded, then requests wait or are refused. The default holds the three shipped text models at once. A change restarts the engine.",
        &ENGINE_MEMORY,
        256,
        MOST_MEMORY_MB,
        GucContext::Sighup,
        GucFlags::UNIT_MB,
    );
    GucRegistry::define_int_guc(
        c"pg_journey.engine_max_batch",
        c"How many texts the engine generates at the same time; further ones wait.",
        c"More gives more texts a minute, but each takes longer and holds its own attention state in memory. A change restarts the engine.",
        &ENGINE_MAX_BATCH,
        1,
        1024,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_journey.engine_start_timeout",
        c"How long a call waits for an engine that is not running yet before it fails.",
        c"The engine starts in well under a second; models are loaded by the first call that needs them, which this time does not limit (statement_timeout does).",
        &ENGINE_START_TIMEOUT,
        0,
        600_000,
        GucContext::Userset,
        GucFlags::UNIT_MS,
    );
}

fn init_worker() {
    GucRegistry::define_bool_guc(
        c"pg_journey.worker",
        c"Whether a background worker runs in each database that has the extension.",
        c"Without it nothing empties journey.inbox but journey_drain().",
        &WORKER,
        GucContext::Sighup,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"pg_journey.worker_naptime",
        c"How long a database's worker sleeps when it found nothing to do.",
        c"Events in journey.inbox wait this long at most. DROP DATABASE waits for the next wake-up too, at most 5 seconds in all; that is why the nap cannot be longer than 4.",
        &WORKER_NAPTIME,
        10,
        4000,
        GucContext::Sighup,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"pg_journey.worker_batch",
        c"How many rows of journey.inbox the worker folds in one transaction.",
        c"Larger batches cost less a row, but hold locks on the profiles longer and repeat more work after a crash.",
        &WORKER_BATCH,
        1,
        100_000,
        GucContext::Sighup,
        GucFlags::default(),
    );
}

fn init_sessions() {
    GucRegistry::define_int_guc(
        c"pg_journey.session_timeout",
        c"How long a customer does nothing until the session ends.",
        c"30 minutes is what web analytics agree on. Sessions are computed when they are read, so a change counts at once, for all times; set it for a database rather than for a session of it.",
        &SESSION_TIMEOUT,
        1,
        10_080,
        GucContext::Userset,
        GucFlags::UNIT_MIN,
    );
}

fn define_path(
    name: &'static CStr,
    short: &'static CStr,
    long: &'static CStr,
    setting: &'static GucSetting<Option<CString>>,
) {
    GucRegistry::define_string_guc(name, short, long, setting, GucContext::Sighup, GucFlags::SUPERUSER_ONLY);
}

fn path(setting: Option<CString>) -> PathBuf {
    PathBuf::from(OsString::from_vec(setting.unwrap_or_default().into_bytes()))
}

/// `path` itself where it is absolute.
fn below(folder: PathBuf, path: PathBuf) -> PathBuf {
    folder.join(path)
}

/// `pg_config --pkglibdir` of the running server, wherever its tree was moved to.
fn package_library_folder() -> PathBuf {
    installed(pg_sys::get_pkglib_path)
}

/// `pg_config --sharedir` of the running server.
fn share_folder() -> PathBuf {
    installed(pg_sys::get_share_path)
}

fn installed(lookup: unsafe fn(*const std::ffi::c_char, *mut std::ffi::c_char)) -> PathBuf {
    let mut buffer = [0; pg_sys::MAXPGPATH as usize];
    // SAFETY: the server set my_exec_path at its start; both functions write at most MAXPGPATH bytes with a final NUL.
    let folder = unsafe {
        lookup((&raw const pg_sys::my_exec_path).cast(), buffer.as_mut_ptr());
        CStr::from_ptr(buffer.as_ptr())
    };
    PathBuf::from(OsString::from_vec(folder.to_bytes().to_vec()))
}

fn milliseconds(value: i32) -> Duration {
    Duration::from_millis(u64::try_from(value).unwrap_or(0))
}
