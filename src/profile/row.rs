//! One row of a table of this stage, column by column.

use pg_journey_core::kernel::time::Micros;
use pg_journey_core::kernel::{Code, Error};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiHeapTupleData, SpiResult};
use uuid::Uuid;

use crate::statement::micros;

pub struct Row<'r, 'conn>(pub &'r SpiHeapTupleData<'conn>);

impl Row<'_, '_> {
    pub fn optional<T: FromDatum + IntoDatum>(&self, name: &str) -> SpiResult<Option<T>> {
        self.0.get_by_name(name)
    }

    pub fn get<T: FromDatum + IntoDatum + Default>(&self, name: &str) -> SpiResult<T> {
        Ok(self.optional(name)?.unwrap_or_default())
    }

    pub fn number(&self, name: &str) -> SpiResult<i64> {
        self.get(name)
    }

    pub fn time(&self, name: &str) -> SpiResult<Option<Micros>> {
        Ok(self.optional::<TimestampWithTimeZone>(name)?.map(micros))
    }

    pub fn uuid(&self, name: &str) -> SpiResult<Option<Uuid>> {
        Ok(self.optional::<pgrx::Uuid>(name)?.map(|id| Uuid::from_bytes(*id.as_bytes())))
    }
}

pub fn corrupted(table: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Code::DataCorrupted, format!("journey.{table} holds what it cannot: {what}"))
        .hint("Only journey_track and journey_drain may write this table.")
}
