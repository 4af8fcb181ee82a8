//! Where tests find what is built beside the project: PG_JOURNEY_ONNXRUNTIME names the library, PG_JOURNEY_CACHE the folder
//! that `make models` fills.

use std::path::PathBuf;

pub fn cache() -> PathBuf {
    std::env::var_os("PG_JOURNEY_CACHE").map_or_else(|| PathBuf::from("/var/cache/pg_journey"), PathBuf::from)
}

/// None, and a line that says so, where there is no ONNX Runtime.
pub fn onnxruntime() -> Option<PathBuf> {
    let library = std::env::var_os("PG_JOURNEY_ONNXRUNTIME").map(PathBuf::from).filter(|path| path.exists());
    if library.is_none() {
        println!("skipped: PG_JOURNEY_ONNXRUNTIME names no ONNX Runtime; run `make setup`");
    }
    library
}
