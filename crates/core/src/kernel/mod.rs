//! What every stage may use: errors, ids, time, money, JSON. It knows no stage.

pub mod error;
pub mod id;
pub mod json;
pub mod jsonb;
pub mod money;
pub mod numeric;
pub mod time;

pub use error::{Code, Error, Result};
