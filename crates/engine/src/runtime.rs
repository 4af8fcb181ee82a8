//! Loads ONNX Runtime: the right version, without telemetry, with one pool of threads for all models.

use std::ffi::{CStr, c_char, c_void};
use std::path::Path;
use std::sync::Arc;

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;
use ort::operator::OperatorDomain;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use pg_journey_core::kernel::{Code, Error, Result};

use crate::log_line;
use crate::matmul;
use crate::turn::Turn;

/// Older versions let a hostile model read any file of the server through external data (seen with 1.22 and 1.26).
const OLDEST_MINOR: u32 = 32;

/// Where ONNX Runtime looks for the data files of a graph that it is given as bytes.
const WEIGHTS_FOLDER: &str = "session.model_external_initializers_file_folder_path";

/// The loaded library. Nothing of it but its version number has run.
pub struct Library {
    builder: ort::environment::EnvironmentBuilder,
    pub version: String,
}

/// What every model shares: the environment, its threads, and whose turn it is to use them.
pub struct Runtime {
    environment: Environment,
    pub version: String,
    pub threads: usize,
    pub turn: Turn,
}

impl Library {
    pub fn load(path: &Path) -> Result<Self> {
        // Official Linux builds send telemetry unless this is set before they are loaded.
        // SAFETY: called first thing in main, while there is one thread.
        unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
        let version = version(path)?;
        check_version(&version, path)?;
        let builder = ort::init_from(path).map_err(|e| unloadable(path, e))?;
        Ok(Library { builder, version })
    }

    /// Starts the environment and with it the threads; the sandbox must be up by now.
    pub fn start(self, threads: usize) -> Result<Runtime> {
        let failed =
            |e: ort::Error| Error::new(Code::SystemError, format!("onnx runtime did not start: {e}"));
        // Waiting threads sleep: they would take the processor from the database otherwise.
        let pool = GlobalThreadPoolOptions::default()
            .with_intra_threads(threads)
            .and_then(|pool| pool.with_inter_threads(1))
            .and_then(|pool| pool.with_spin_control(false))
            .map_err(failed)?;
        let environment = self
            .builder
            .with_name("pg_journey")
            .with_telemetry(false)
            .with_global_thread_pool(pool)
            .with_logger(Arc::new(log_message))
            .build()
            .map_err(failed)?;
        // Otherwise every run hands over a dozen messages, to be thrown away here.
        environment.set_log_level(LogLevel::Error);
        Ok(Runtime { environment, version: self.version, threads, turn: Turn::default() })
    }
}

impl Runtime {
    /// A session of a graph that was read from the file `model`, whose weights lie beside it.
    pub fn session(&self, graph: &[u8], model: &Path) -> Result<Session> {
        match matmul::take_over(graph, self.threads).map_err(|e| unusable(model, e))? {
            Some(adopted) => self.open(&adopted.graph, model, Some(adopted.operators)),
            None => self.open(graph, model, None),
        }
    }

    /// The same with ONNX Runtime's own operators alone, to compare with.
    pub fn plain_session(&self, graph: &[u8], model: &Path) -> Result<Session> {
        self.open(graph, model, None)
    }

    fn open(&self, graph: &[u8], model: &Path, operators: Option<OperatorDomain>) -> Result<Session> {
        let folder = model.parent().unwrap_or(Path::new(".")).to_string_lossy();
        let build = || -> ort::Result<Session> {
            let builder: SessionBuilder = Session::builder(&self.environment)?;
            let builder = builder.with_log_level(LogLevel::Error)?;
            let mut builder = builder.with_config_entry(WEIGHTS_FOLDER, folder)?;
            if let Some(operators) = operators {
                builder = builder.with_operators(operators)?;
            }
            builder.commit_from_memory(graph)
        };
        build().map_err(|e| unusable(model, e))
    }
}

fn unusable(model: &Path, reason: impl std::fmt::Display) -> Error {
    Error::new(Code::DataCorrupted, format!("model file \"{}\" cannot be loaded: {reason}", model.display()))
        .hint("Build or copy the model again; journey_inspect_model() says what the file holds.")
}

/// The version that a library claims, by the one function that every version of it has.
fn version(path: &Path) -> Result<String> {
    // SAFETY: OrtApiBase has had this layout since version 1.0; the string is a constant of the library, and ort loads
    // the same library again before this handle is closed or uses the copy that stays mapped.
    unsafe {
        let library = libloading::Library::new(path).map_err(|e| unloadable(path, e))?;
        let base: libloading::Symbol<unsafe extern "C" fn() -> *const ApiBase> =
            library.get(b"OrtGetApiBase").map_err(|e| unloadable(path, e))?;
        let base = base();
        let text = CStr::from_ptr(((*base).version)()).to_string_lossy().into_owned();
        // Loaded for good: unloading and loading 35 MB again costs a tenth of a second.
        std::mem::forget(library);
        Ok(text)
    }
}

#[repr(C)]
struct ApiBase {
    api: unsafe extern "C" fn(u32) -> *const c_void,
    version: unsafe extern "C" fn() -> *const c_char,
}

fn check_version(version: &str, path: &Path) -> Result<()> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if major == 1 && minor >= OLDEST_MINOR {
        return Ok(());
    }
    Err(Error::new(
        Code::FeatureNotSupported,
        format!(
            "onnx runtime {version} in \"{}\" cannot be used: 1.{OLDEST_MINOR} or a later 1.x is needed",
            path.display()
        ),
    )
    .hint("Point pg_journey.onnxruntime_path at the library that `make install` puts beside the engine."))
}

fn unloadable(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::new(
        Code::UndefinedFile,
        format!("onnx runtime cannot be loaded from \"{}\": {reason}", path.display()),
    )
    .hint("Point pg_journey.onnxruntime_path at the library that `make install` puts beside the engine.")
}

fn log_message(level: LogLevel, _category: &str, _id: &str, _place: &str, message: &str) {
    if level >= LogLevel::Error {
        log_line!("onnx runtime: {message}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_without_the_file_reading_hole_are_taken() {
        let path = Path::new("libonnxruntime.so");
        for (version, taken) in
            [("1.32.0", true), ("1.33.1", true), ("1.31.9", false), ("2.0.0", false), ("x", false)]
        {
            assert_eq!(check_version(version, path).is_ok(), taken, "{version}");
        }
    }

    #[test]
    fn a_missing_library_is_named() {
        let error = version(Path::new("/nowhere/libonnxruntime.so")).unwrap_err();
        assert_eq!(error.code, Code::UndefinedFile);
        assert!(error.message.contains("/nowhere/libonnxruntime.so"));
    }
}
