//! What was known of a person at a time: the events up to then, folded by the code that folds every event.

use std::collections::BTreeMap;

use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{Order, Parts, Signal};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use super::read::{self, Person};
use crate::arrays::bigints;
use crate::error::OrRaise;
use crate::rows::Row;
use crate::statement::micros;
use crate::{identity, query};

/// The row of that time as JSON; NULL where nothing was known yet.
#[pg_extern(stable, strict)]
fn _journey_profile_row_at(customer: &str, at: TimestampWithTimeZone) -> Option<String> {
    Spi::connect(|client| match person(client, customer, at)? {
        Some(person) => person.row(client, micros(at), Some(micros(at))).map(Some),
        None => Ok(None),
    })
    .or_raise()
}

fn person(client: &SpiClient, customer: &str, at: TimestampWithTimeZone) -> SpiResult<Option<Person>> {
    let Some(atom) = identity::rules(client)?.customer(customer) else { return Ok(None) };
    let Some(mut person) = known_at(client, atom.profile_id, at)? else { return Ok(None) };
    let stored = events(client, &person.atoms, at)?;
    if stored.is_empty() {
        return Ok(None);
    }
    let signals: Vec<Signal> = stored.iter().map(|event| event.signal().or_raise()).collect();
    let mut orders: BTreeMap<Uuid, Order> = BTreeMap::new();
    for (key, order) in signals.iter().filter_map(Order::of) {
        orders.entry(key).or_default().merge(order);
    }
    person.parts = Parts::of(&signals);
    person.orders = orders.into_values().collect();
    Ok(Some(person))
}

/// Whom the identifier belonged to then, and by which others that person was known.
fn known_at(client: &SpiClient, atom: i64, at: TimestampWithTimeZone) -> SpiResult<Option<Person>> {
    let arguments = [atom.into(), at.into()];
    let mut person: Option<Person> = None;
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_atoms_at.sql"), &arguments)?;
    while let Some(mut row) = rows.next() {
        let profile_id = row.number();
        let known = person.get_or_insert_with(|| Person::named(profile_id));
        known.atoms.push(row.number());
        if known.atoms.last() == Some(&profile_id) {
            known.identifier = read::name(&mut row);
        }
    }
    Ok(person)
}

fn events(client: &SpiClient, atoms: &[i64], at: TimestampWithTimeZone) -> SpiResult<Vec<StoredEvent>> {
    let arguments = [bigints(atoms.iter().copied()), at.into()];
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_events_at.sql"), &arguments)?;
    let mut events = Vec::with_capacity(rows.len());
    while let Some(mut row) = rows.next() {
        events.push(StoredEvent::read(&mut row));
    }
    Ok(events)
}

struct StoredEvent {
    event_id: Uuid,
    timestamp: Micros,
    kind: String,
    name: String,
    channel: Option<String>,
    properties: String,
}

impl StoredEvent {
    fn read(row: &mut Row) -> Self {
        StoredEvent {
            event_id: row.uuid().unwrap_or_default(),
            timestamp: row.time().unwrap_or_default(),
            kind: row.text().unwrap_or_default().to_owned(),
            name: row.text().unwrap_or_default().to_owned(),
            channel: row.text().map(str::to_owned),
            properties: row.text().unwrap_or_default().to_owned(),
        }
    }

    fn signal(&self) -> pg_journey_core::kernel::Result<Signal<'_>> {
        let channel = self.channel.as_deref();
        Signal::stored(self.event_id, self.timestamp, &self.kind, &self.name, channel, &self.properties)
    }
}
