//! What every stage may use: errors, ids, time, money, text. It knows no stage.

pub mod error;

pub use error::{Code, Error, Result};
