//! The engine as a library, for its executable, its tests and its benchmarks.
