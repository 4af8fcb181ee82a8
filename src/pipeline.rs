//! The way of messages into the tables, the same for one and for thousands: read → place → claim → store → lock → fold.
//!
//! Stages capture, identity and profile do the work; this says in which order, all in the caller's transaction. Locks
//! are taken table by table and in the order of profile_id, so two batches never wait for each other in a circle: first
//! those of the messages, then those of the profiles' parts. Whoever holds the latter is alone with the profile's orders and
//! sums, and everybody else who has news of it waits; so all that can be done before is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use pg_journey_core::capture::{self as messages, NameMap};
use pg_journey_core::identity::{Atom, Place, Rules};
use pg_journey_core::kernel::id::uuid_of;
use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::profile::{Parts, Signal};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use crate::capture::{self, Body, Bots, Incoming, Stored};
use crate::error::{OrRaise, raise};
use crate::jsonb::Jsonb;
use crate::statement::micros;
use crate::{identity, profile, worker};

extension_sql_file!(
    "../sql/functions/capture.sql",
    name = "capture",
    requires = ["profile", _journey_store, _journey_store_batch, _journey_drain]
);

/// What became of a message.
enum Outcome {
    Accepted(Uuid),
    Duplicate(Uuid),
    Rejected(Error),
}

struct Placed<'a> {
    stored: Stored<'a>,
    members: Vec<i64>,
}

/// Stores a batch and folds what is new; the outcomes are in step with `incoming`.
fn store(client: &mut SpiClient, incoming: &[Incoming], makes_partitions: bool) -> SpiResult<Vec<Outcome>> {
    let rules = identity::rules(client)?;
    let names = capture::names(client, incoming)?;
    let mapped: Vec<Option<Vec<u8>>> = incoming.iter().map(|message| message.mapped(&names)).collect();
    let read: Vec<Result<(messages::Event, Place)>> = incoming
        .iter()
        .zip(&mapped)
        .map(|(message, mapped)| read(message, mapped.as_deref(), &names, &rules))
        .collect();
    if makes_partitions {
        capture::make_partitions(client, read.iter().flatten().map(|(event, _)| event.timestamp))?;
    } else {
        capture::keep_partitions(client)?;
    }
    let placed = place(client, incoming, read)?;
    pgrx::check_for_interrupts!();

    let mut new = claim(&placed)?;
    let mut outcomes = Vec::with_capacity(placed.len());
    let mut fresh = Vec::with_capacity(placed.len());
    for message in placed {
        outcomes.push(match message {
            Err(error) => Outcome::Rejected(error),
            Ok(placed) => {
                let event_id = placed.stored.event_id;
                // Of those that are alike in one batch, the first one.
                if new.remove(&event_id) {
                    fresh.push(placed);
                    Outcome::Accepted(event_id)
                } else {
                    Outcome::Duplicate(event_id)
                }
            }
        });
    }
    capture::insert(&fresh.iter().map(|p| &p.stored).collect::<Vec<_>>())?;
    pgrx::check_for_interrupts!();
    // What a bot did is kept, and counts for nobody.
    fresh.retain(|p| !p.stored.is_bot);

    // From here on every profile with news is ours.
    let profiles: BTreeSet<i64> = fresh.iter().map(|p| p.stored.profile_id).collect();
    let mut parts = profile::lock(client, &profiles)?;
    link(client, &rules, &fresh)?;
    fold(client, fresh, &mut parts)?;
    Ok(outcomes)
}

fn read<'a>(
    message: &'a Incoming,
    mapped: Option<&'a [u8]>,
    names: &NameMap,
    rules: &Rules,
) -> Result<(messages::Event<'a>, Place)> {
    let event = message.read(mapped, names)?;
    let place = rules.place(&event.ids)?;
    Ok((event, place))
}

/// Gives every identifier its row; refuses messages whose identifier has the id of another.
fn place<'a>(
    client: &mut SpiClient,
    incoming: &'a [Incoming],
    read: Vec<Result<(messages::Event<'a>, Place)>>,
) -> SpiResult<Vec<Result<Placed<'a>>>> {
    let places = read.iter().flatten().map(|(_, place)| place);
    let mut atoms: Vec<&Atom> = places.flat_map(|p| p.members.iter().chain([&p.atom])).collect();
    atoms.sort_unstable();
    atoms.dedup();
    let taken = identity::register(client, &atoms)?;
    let check = |place: &Place| match place.members.iter().chain([&place.atom]).find(|a| taken.contains(*a)) {
        Some(atom) => Err(identity::collision(atom)),
        None => Ok(()),
    };
    let mut bots = Bots::default();
    let mut is_bot = |event: &Result<_>| match event {
        Ok((event, _)) => bots.contain(client, event),
        Err(_) => Ok(false),
    };
    let are_bots: Vec<bool> = read.iter().map(&mut is_bot).collect::<SpiResult<_>>()?;
    let placed = incoming.iter().zip(read).zip(are_bots).map(|((message, read), is_bot)| {
        let (event, place) = read?;
        check(&place)?;
        let profile_id = place.atom.profile_id;
        let event_id = uuid_of(profile_id, "event", &event.message_id);
        let members = place.members.iter().map(|m| m.profile_id).collect();
        Ok(Placed { stored: Stored { profile_id, event_id, incoming: message, event, is_bot }, members })
    });
    Ok(placed.collect())
}

/// Returns the messages that are new.
fn claim(placed: &[Result<Placed>]) -> SpiResult<HashSet<Uuid>> {
    let claims = placed.iter().flatten().map(|p| (p.stored.profile_id, p.stored.event_id));
    let mut claims: Vec<(i64, Uuid)> = claims.collect();
    claims.sort_unstable();
    claims.dedup();
    capture::claim(&claims)
}

fn link(client: &mut SpiClient, rules: &Rules, fresh: &[Placed]) -> SpiResult<()> {
    let mut links = identity::Links::default();
    for Placed { stored, members } in fresh {
        for member in members {
            links.add(*member, stored.profile_id, stored.event.timestamp, stored.event_id);
        }
    }
    links.write(client, rules)
}

/// Adds the new events to the parts of their profiles, in the order of profile_id.
fn fold(client: &mut SpiClient, fresh: Vec<Placed>, parts: &mut HashMap<i64, Parts>) -> SpiResult<()> {
    let mut signals: BTreeMap<i64, Vec<Signal>> = BTreeMap::new();
    for Placed { stored, .. } in fresh {
        signals.entry(stored.profile_id).or_default().push(Signal::of(stored.event, stored.event_id));
    }
    profile::fold(client, &signals, parts)
}

/// One message in the caller's transaction, as jsonb or else as text; what is wrong with it is an error.
#[pg_extern]
fn _journey_store(
    payload: Option<Jsonb>,
    raw: Option<String>,
    source: Option<String>,
    received_at: TimestampWithTimeZone,
) -> pgrx::Uuid {
    begin(c"journey_track()");
    let message = Incoming { body: Body::of(payload, raw), source, received_at: micros(received_at) };
    let outcomes = Spi::connect_mut(|client| store(client, &[message], false)).or_raise();
    match outcomes.into_iter().next() {
        Some(Outcome::Accepted(id) | Outcome::Duplicate(id)) => pgrx::Uuid::from_bytes(*id.as_bytes()),
        Some(Outcome::Rejected(error)) => raise(error),
        None => raise(Error::invalid("no message")),
    }
}

/// Many messages in the caller's transaction, a row each; what is wrong with one does not touch the others.
#[pg_extern]
#[expect(clippy::type_complexity, reason = "pgrx reads the result's columns from the type")]
fn _journey_store_batch(
    batch: Jsonb,
    received_at: TimestampWithTimeZone,
) -> TableIterator<
    'static,
    (
        name!(message_id, Option<String>),
        name!(event_id, Option<pgrx::Uuid>),
        name!(status, &'static str),
        name!(error, Option<String>),
    ),
> {
    begin(c"journey_track_batch()");
    let received_at = micros(received_at);
    let bodies = messages::messages_of_batch(batch.bytes()).or_raise();
    let message = |bytes| Incoming { body: Body::Binary(Jsonb(bytes)), source: None, received_at };
    let incoming: Vec<Incoming> = bodies.into_iter().map(message).collect();
    let outcomes = Spi::connect_mut(|client| store(client, &incoming, false)).or_raise();
    let uuid = |id: Uuid| Some(pgrx::Uuid::from_bytes(*id.as_bytes()));
    let rows: Vec<_> = incoming
        .iter()
        .zip(outcomes)
        .map(|(message, outcome)| {
            let id = message.sent_id();
            match outcome {
                Outcome::Accepted(event) => (id, uuid(event), "accepted", None),
                Outcome::Duplicate(event) => (id, uuid(event), "duplicate", None),
                Outcome::Rejected(error) => (id, None, "rejected", Some(error.message)),
            }
        })
        .collect();
    TableIterator::new(rows)
}

/// Empties the inbox of up to `max` messages in one transaction; returns how many it took.
#[pg_extern]
fn _journey_drain(max: i64) -> i64 {
    begin(c"journey_drain()");
    Spi::connect_mut(|client| -> SpiResult<i64> {
        let incoming = capture::take(max.max(0) as usize)?;
        if incoming.is_empty() {
            return Ok(0);
        }
        let outcomes = store(client, &incoming, true)?;
        let dead = incoming.iter().zip(&outcomes).filter_map(|(message, outcome)| match outcome {
            Outcome::Rejected(error) => Some((message, error)),
            _ => None,
        });
        capture::bury(client, &dead.collect::<Vec<_>>())?;
        Ok(incoming.len() as i64)
    })
    .or_raise()
}

/// What every way in does first: on a standby it is an error that says so.
fn begin(command: &std::ffi::CStr) {
    // SAFETY: reads the server's state; raises an ERROR during recovery, and in a transaction that is read only.
    unsafe {
        pgrx::pg_sys::PreventCommandIfReadOnly(command.as_ptr());
        pgrx::pg_sys::PreventCommandDuringRecovery(command.as_ptr());
    }
    worker::ensure_database_worker();
}
