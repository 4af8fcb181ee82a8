//! What was known of a person at a time: the events up to then, folded by the code that folds every event.

use std::collections::BTreeMap;

use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::kernel::time::{self, Micros};
use pg_journey_core::profile::{Money, Order, Parts, Signal, Tally, ranked, ranked_channels, ranked_money};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiHeapTupleData, SpiResult};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::columns::traits_json;
use super::row::{Row, corrupted};
use crate::arrays::bigints;
use crate::error::{OrRaise, raise};
use crate::{identity, query};

/// The state that `journey._profiles_of` reads, as JSON; NULL where nothing was known yet.
#[pg_extern(stable, strict)]
fn _journey_state_at(customer: &str, at: TimestampWithTimeZone) -> Option<String> {
    Spi::connect(|client| state(client, customer, at)).or_raise()
}

fn state(client: &SpiClient, customer: &str, at: TimestampWithTimeZone) -> SpiResult<Option<String>> {
    let Some(atom) = identity::rules(client)?.customer(customer) else { return Ok(None) };
    let atoms = atoms(client, atom.profile_id, at)?;
    let stored = events(client, &atoms, at)?;
    let Some(profile_id) = atoms.first().copied().filter(|_| !stored.is_empty()) else { return Ok(None) };
    let signals: Vec<Signal> = stored.iter().map(|event| event.signal().or_raise()).collect();
    let mut orders: BTreeMap<Uuid, Order> = BTreeMap::new();
    for (key, order) in signals.iter().filter_map(Order::of) {
        orders.entry(key).or_default().merge(order);
    }
    let state = State {
        person: Person::of(profile_id, atoms, &Parts::of(&signals)),
        orders: orders.values().map(|order| OrderRow::of(profile_id, order)).collect(),
    };
    match serde_json::to_string(&state) {
        Ok(json) => Ok(Some(json)),
        Err(error) => raise(corrupted("events", error)),
    }
}

fn atoms(client: &SpiClient, atom: i64, at: TimestampWithTimeZone) -> SpiResult<Vec<i64>> {
    let rows = query::rows(
        client,
        include_str!("../../sql/queries/profile_atoms_at.sql"),
        &[atom.into(), at.into()],
    )?;
    rows.map(|row| Row(&row).number("profile_id")).collect()
}

fn events(client: &SpiClient, atoms: &[i64], at: TimestampWithTimeZone) -> SpiResult<Vec<StoredEvent>> {
    let arguments = [bigints(atoms.iter().copied()), at.into()];
    let rows = query::rows(client, include_str!("../../sql/queries/profile_events_at.sql"), &arguments)?;
    rows.map(|row| StoredEvent::read(&row)).collect()
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
    fn read(row: &SpiHeapTupleData) -> SpiResult<Self> {
        let row = Row(row);
        Ok(StoredEvent {
            event_id: row.uuid("event_id")?.unwrap_or_default(),
            timestamp: row.time("timestamp")?.unwrap_or_default(),
            kind: row.get("type")?,
            name: row.get("event")?,
            channel: row.optional("channel")?,
            properties: row.get("properties")?,
        })
    }

    fn signal(&self) -> pg_journey_core::kernel::Result<Signal<'_>> {
        let channel = self.channel.as_deref();
        Signal::stored(self.event_id, self.timestamp, &self.kind, &self.name, channel, &self.properties)
    }
}

#[derive(Serialize)]
struct State {
    person: Person,
    orders: Vec<OrderRow>,
}

/// A row of `journey._persons`. Amounts are strings, which Postgres reads exactly.
#[derive(Serialize)]
struct Person {
    profile_id: i64,
    atoms: Vec<i64>,
    events: i64,
    first_seen: Option<String>,
    last_seen: Option<String>,
    orders: i64,
    first_order_at: Option<String>,
    last_order_at: Option<String>,
    units: String,
    refunds: i64,
    coupon_orders: i64,
    coupons_redeemed: i64,
    product_views: i64,
    emails_delivered: i64,
    emails_opened: i64,
    emails_clicked: i64,
    email_unsubscribed_at: Option<String>,
    currencies: Vec<String>,
    gross: Vec<String>,
    revenue: Vec<String>,
    refunded: Vec<String>,
    categories: Vec<String>,
    brands: Vec<String>,
    channels: Vec<String>,
    traits: Box<RawValue>,
}

impl Person {
    fn of(profile_id: i64, atoms: Vec<i64>, parts: &Parts) -> Person {
        let money = ranked_money(&parts.money);
        let amounts = |of: fn(&Money) -> Decimal| money.iter().map(|(_, m)| of(m).to_string()).collect();
        let [categories, brands, channels] =
            [ranked(&parts.categories), ranked(&parts.brands), ranked_channels(&parts.channels)];
        let traits = traits_json(&parts.traits).unwrap_or_else(|| "{}".to_owned());
        Person {
            profile_id,
            atoms,
            events: parts.events,
            first_seen: parts.first_seen.map(time::format),
            last_seen: parts.last_seen.map(time::format),
            orders: parts.orders,
            first_order_at: parts.first_order_at.map(time::format),
            last_order_at: parts.last_order_at.map(time::format),
            units: parts.units.to_string(),
            refunds: parts.refunds,
            coupon_orders: parts.coupon_orders,
            coupons_redeemed: parts.coupons_redeemed,
            product_views: parts.product_views,
            emails_delivered: parts.emails_delivered,
            emails_opened: parts.emails_opened,
            emails_clicked: parts.emails_clicked,
            email_unsubscribed_at: parts.email_unsubscribed_at.map(time::format),
            currencies: money.iter().map(|(currency, _)| (*currency).to_owned()).collect(),
            gross: amounts(|m| m.gross),
            revenue: amounts(|m| m.revenue),
            refunded: amounts(|m| m.refunded),
            categories: names(&categories),
            brands: names(&brands),
            channels: names(&channels),
            traits: RawValue::from_string(traits).map_err(|error| corrupted("events", error)).or_raise(),
        }
    }
}

fn names(tallies: &[(&str, Tally)]) -> Vec<String> {
    tallies.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// What windows need of a row of `journey._person_orders`.
#[derive(Serialize)]
struct OrderRow {
    person_id: i64,
    is_counted: bool,
    placed_at: Option<String>,
    refunded_at: Option<String>,
    currency: Option<String>,
    gross: Option<String>,
    revenue: Option<String>,
    coupon: Option<String>,
    refunded: BTreeMap<String, String>,
}

impl OrderRow {
    fn of(person_id: i64, order: &Order) -> OrderRow {
        let content = order.content.as_ref();
        OrderRow {
            person_id,
            is_counted: order.counted().is_some(),
            placed_at: order.placed.map(|placed| time::format(placed.at)),
            refunded_at: order.refunded_at.map(time::format),
            currency: content.map(|content| content.currency.clone()),
            gross: content.map(|content| content.gross.to_string()),
            revenue: content.map(|content| content.revenue.to_string()),
            coupon: content.and_then(|content| content.coupon.clone()),
            refunded: order
                .returned()
                .iter()
                .map(|(key, sum)| ((*key).to_owned(), sum.to_string()))
                .collect(),
        }
    }
}
