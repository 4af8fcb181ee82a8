//! What was known of a person at a time: the events up to then, folded by the code that folds every event.

use std::collections::{BTreeMap, HashMap};

use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{Happening, LONGEST, Order, Parts, Rates, Signal};
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
    fold(&mut person, &stored);
    Ok(Some(person))
}

fn fold(person: &mut Person, stored: &[StoredEvent]) {
    let signals: Vec<Signal> = stored.iter().map(|event| event.signal().or_raise()).collect();
    let mut orders: BTreeMap<Uuid, Order> = BTreeMap::new();
    for (key, order) in signals.iter().filter_map(Order::of) {
        orders.entry(key).or_default().merge(order);
    }
    person.parts = Parts::of(&signals);
    person.orders = orders.into_values().collect();
}

/// Who stood for this customer at a time; NULL where the identifier is unknown.
#[pg_extern(stable, strict)]
fn _journey_person_at(customer: &str, at: TimestampWithTimeZone) -> Option<i64> {
    let found = |client: &SpiClient| -> SpiResult<Option<i64>> {
        let Some(atom) = identity::rules(client)?.customer(customer) else { return Ok(None) };
        Ok(known_at(client, atom.profile_id, at)?.map(|person| person.profile_id))
    };
    Spi::connect(|client| found(client)).or_raise()
}

/// Which events a question about persons is answered by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Everything,
    Orders,
}

/// Persons whose events are in memory at the same time: some megabytes.
const PERSONS: usize = 500;

/// Tells of each of these persons, by the identifiers that stood for them at a time, what was known of them then; nothing of
/// whom nothing was. `happened` is that of the last year; of orders alone, nothing else is read.
pub fn each_person<T>(
    ids: &[i64],
    at: TimestampWithTimeZone,
    of: Of,
    mut tell: impl FnMut(&Person, &Rates, &[Happening]) -> T,
) -> SpiResult<Vec<T>> {
    let mut told = Vec::with_capacity(ids.len());
    for slice in ids.chunks(PERSONS) {
        pgrx::check_for_interrupts!();
        Spi::connect(|client| -> SpiResult<()> {
            let persons = persons_by_atom(client, slice, at)?;
            let mut events = events_of(client, &persons, at, of)?;
            if of == Of::Orders {
                // Who has been seen but not ordered is told of, too.
                for atom in seen(client, &persons, at)? {
                    events.entry(person_of(&persons, atom)).or_default();
                }
            }
            for (profile_id, mut stored) in events {
                // Sums of floats depend on their order.
                stored.sort_unstable_by_key(|event| (event.timestamp, event.event_id));
                let mut person = Person::named(profile_id);
                fold(&mut person, &stored);
                let happened: Vec<Happening> = stored
                    .into_iter()
                    .map(StoredEvent::happening)
                    .filter(|event| event.at > micros(at) - LONGEST)
                    .collect();
                let rates = person.rates(client)?;
                told.push(tell(&person, &rates, &happened));
            }
            Ok(())
        })?;
    }
    Ok(told)
}

/// Each identifier that stood for one of the persons at a time, and the person.
type PersonsByAtom = HashMap<i64, i64>;

fn persons_by_atom(client: &SpiClient, ids: &[i64], at: TimestampWithTimeZone) -> SpiResult<PersonsByAtom> {
    let arguments = [bigints(ids.iter().copied()), at.into()];
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_members_at.sql"), &arguments)?;
    let mut persons: PersonsByAtom = ids.iter().map(|id| (*id, *id)).collect();
    while let Some(mut row) = rows.next() {
        persons.insert(row.number(), row.number());
    }
    Ok(persons)
}

fn person_of(persons: &PersonsByAtom, atom: i64) -> i64 {
    persons.get(&atom).copied().unwrap_or(atom)
}

/// Those of the identifiers of which something was known at a time.
fn seen(client: &SpiClient, persons: &PersonsByAtom, at: TimestampWithTimeZone) -> SpiResult<Vec<i64>> {
    let arguments = [bigints(persons.keys().copied()), at.into()];
    let mut rows = query::columns(client, include_str!("../../sql/queries/profile_seen.sql"), &arguments)?;
    let mut seen = Vec::new();
    while let Some(mut row) = rows.next() {
        seen.push(row.number());
    }
    Ok(seen)
}

fn events_of(
    client: &SpiClient,
    persons: &PersonsByAtom,
    at: TimestampWithTimeZone,
    of: Of,
) -> SpiResult<BTreeMap<i64, Vec<StoredEvent>>> {
    let arguments = [bigints(persons.keys().copied()), at.into(), (of == Of::Orders).into()];
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_events_of.sql"), &arguments)?;
    let mut events: BTreeMap<i64, Vec<StoredEvent>> = BTreeMap::new();
    while let Some(mut row) = rows.next() {
        let profile_id = person_of(persons, row.number());
        let mut event = StoredEvent::read(&mut row);
        (event.is_reduced, event.is_by_price) = (row.optional_boolean(), row.boolean());
        events.entry(profile_id).or_default().push(event);
    }
    Ok(events)
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
    is_reduced: Option<bool>,
    is_by_price: bool,
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
            is_reduced: None,
            is_by_price: false,
        }
    }

    fn happening(self) -> Happening {
        Happening {
            at: self.timestamp,
            event: self.name,
            is_reduced: self.is_reduced,
            is_by_price: self.is_by_price,
        }
    }

    fn signal(&self) -> pg_journey_core::kernel::Result<Signal<'_>> {
        let channel = self.channel.as_deref();
        Signal::stored(self.event_id, self.timestamp, &self.kind, &self.name, channel, &self.properties)
    }
}
