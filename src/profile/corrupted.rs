//! What is wrong with a table of this stage.

use pg_journey_core::kernel::{Code, Error};

pub fn corrupted(table: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Code::DataCorrupted, format!("journey.{table} holds what it cannot: {what}"))
        .hint("Only journey_track and journey_drain may write this table.")
}
