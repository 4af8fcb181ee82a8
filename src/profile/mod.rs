//! Profile: the parts of identifiers, in their table.
//!
//! In: parts that the core added up. Out: rows of `journey._parts`, locked before they are read. It may not know what an
//! event is.

mod columns;

use std::collections::HashMap;

use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{Parts, Signal};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiHeapTupleData, SpiResult};

use crate::arrays::bigints;
use crate::error::OrRaise;
use crate::statement::{self, micros};

extension_sql_file!("../../sql/functions/profile.sql", name = "profile", requires = ["identity"]);

/// Locks the parts of these profiles, making those that do not exist, and reads them. `ids` are sorted.
pub fn lock(client: &mut SpiClient, ids: &[i64]) -> SpiResult<HashMap<i64, Parts>> {
    statement::run(
        client,
        include_str!("../../sql/queries/parts_create.sql"),
        &[bigints(ids.iter().copied())],
    )?;
    let rows = statement::run(
        client,
        include_str!("../../sql/queries/parts_lock.sql"),
        &[bigints(ids.iter().copied())],
    )?;
    let mut parts = HashMap::with_capacity(rows.len());
    for row in rows {
        let (profile_id, part) = columns::read(&row)?;
        parts.insert(profile_id, part);
    }
    Ok(parts)
}

/// Writes back what `lock` has locked.
pub fn write(client: &mut SpiClient, profile_id: i64, parts: &Parts) -> SpiResult<()> {
    let arguments = columns::arguments(profile_id, parts);
    statement::run(client, include_str!("../../sql/queries/parts_write.sql"), &arguments)?;
    Ok(())
}

/// Makes the parts of one profile anew from all its events.
pub fn rebuild(client: &mut SpiClient, profile_id: i64) -> SpiResult<Parts> {
    let rows = statement::run(
        client,
        include_str!("../../sql/queries/events_of_profile.sql"),
        &[profile_id.into()],
    )?;
    let mut stored = Vec::with_capacity(rows.len());
    for row in rows {
        stored.push(StoredEvent::read(&row)?);
    }
    let signals: Vec<Signal> = stored.iter().map(|event| event.signal().or_raise()).collect();
    Ok(Parts::of(&signals))
}

struct StoredEvent {
    event_id: pgrx::Uuid,
    timestamp: Micros,
    kind: String,
    name: String,
    channel: Option<String>,
    properties: String,
}

impl StoredEvent {
    fn read(row: &SpiHeapTupleData) -> SpiResult<Self> {
        let at: Option<TimestampWithTimeZone> = row.get_by_name("timestamp")?;
        Ok(StoredEvent {
            event_id: row.get_by_name("event_id")?.unwrap_or(pgrx::Uuid::from_bytes([0; 16])),
            timestamp: at.map_or(0, micros),
            kind: row.get_by_name("type")?.unwrap_or_default(),
            name: row.get_by_name("event")?.unwrap_or_default(),
            channel: row.get_by_name("channel")?,
            properties: row.get_by_name("properties")?.unwrap_or_default(),
        })
    }

    fn signal(&self) -> pg_journey_core::kernel::Result<Signal<'_>> {
        let event_id = uuid::Uuid::from_bytes(*self.event_id.as_bytes());
        let channel = self.channel.as_deref();
        Signal::stored(event_id, self.timestamp, &self.kind, &self.name, channel, &self.properties)
    }
}
