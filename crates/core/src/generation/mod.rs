//! Stage generation.

pub mod steer;
