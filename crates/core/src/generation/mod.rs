//! Stage generation.

pub use crate::models::steer;
