//! One person's row of `journey.profiles`, from a few statements that each read a few rows by index.

use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{
    Cart, Happening, Known, LONGEST, Order, Parts, Rates, may_fill_cart, ranked_money,
};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::corrupted::corrupted;
use super::{columns, orders};
use crate::arrays::{bigints, texts};
use crate::error::{OrRaise, raise};
use crate::rows::{self, Row};
use crate::statement::micros;
use crate::{identity, query};

/// The row as JSON; NULL for a customer of whom there is no event.
#[pg_extern(stable, parallel_safe, strict)]
fn _journey_profile_row(customer: &str, now: TimestampWithTimeZone) -> Option<String> {
    let profile_id = identity::resolve(customer)?;
    Spi::connect(|client| {
        let now = micros(now);
        let Some(person) = Person::read(client, profile_id, now)? else { return Ok(None) };
        person.row(client, now, None).map(Some)
    })
    .or_raise()
}

/// A person, its identifiers that have events, and what these add up to.
pub struct Person {
    pub profile_id: i64,
    pub atoms: Vec<i64>,
    /// Kind and value of the one that stands for the person.
    pub identifier: Option<(String, String)>,
    pub parts: Parts,
    /// Those of the longest window, at least.
    pub orders: Vec<Order>,
}

impl Person {
    /// Of whom nothing is known yet.
    pub fn named(profile_id: i64) -> Person {
        Person {
            profile_id,
            atoms: Vec::new(),
            identifier: None,
            parts: Parts::default(),
            orders: Vec::new(),
        }
    }

    fn read(client: &SpiClient, profile_id: i64, now: Micros) -> SpiResult<Option<Person>> {
        let (mut atoms, mut identifier, mut parts) = (Vec::new(), None, Vec::new());
        let statement = include_str!("../../sql/queries/profile_parts.sql");
        let mut rows = query::columns(client, statement, &[profile_id.into()])?;
        while let Some(mut row) = rows.next() {
            let (atom, part) = columns::read(&mut row);
            if atom == profile_id {
                identifier = name(&mut row);
            }
            if part.events > 0 {
                atoms.push(atom);
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return Ok(None);
        }
        let (parts, orders) = with_orders(client, &atoms, parts, now)?;
        Ok(Some(Person { profile_id, atoms, identifier, parts, orders }))
    }

    /// `until`: what happened later is left out.
    pub fn row(&self, client: &SpiClient, as_of: Micros, until: Option<Micros>) -> SpiResult<String> {
        // Between the first event and the last lie fewer partitions.
        let last = until.unwrap_or(Micros::MAX).min(self.parts.last_seen.unwrap_or(Micros::MAX));
        let before = self.parts.first_seen.map_or(Micros::MIN, |first| first - 1).max(as_of - LONGEST);
        let happened = happened(client, &self.atoms, before, last)?;
        let known = Known {
            as_of,
            profile_id: self.profile_id,
            identifier: self.identifier.as_ref().map(|(kind, value)| (kind.as_str(), value.as_str())),
            parts: &self.parts,
            orders: &self.orders,
            rates: &self.rates(client)?,
            cart: if may_fill_cart(&happened, as_of) {
                cart(client, &self.atoms, as_of, last)?
            } else {
                Cart::default()
            },
            happened: &happened,
            segments: segments(client, self.profile_id, until)?,
        };
        known.row().or_else(|error| raise(corrupted("_parts", error)))
    }

    pub fn rates(&self, client: &SpiClient) -> SpiResult<Rates> {
        let home = ranked_money(&self.parts.money).first().map(|(currency, _)| (*currency).to_owned());
        let mut rates = Rates { home, others: BTreeMap::new() };
        let needed = rates.needed(&self.parts, &self.orders);
        if needed.is_empty() {
            return Ok(rates);
        }
        let arguments = [rows::text(rates.home.as_deref()), texts(needed.into_iter().map(Some))];
        let mut rows =
            query::columns(client, include_str!("../../sql/queries/profile_rates.sql"), &arguments)?;
        while let Some(mut row) = rows.next() {
            rates.others.insert(row.text().unwrap_or_default().to_owned(), row.decimal());
        }
        Ok(rates)
    }
}

/// Kind and value.
pub fn name(row: &mut Row) -> Option<(String, String)> {
    Some((row.text()?.to_owned(), row.text()?.to_owned()))
}

/// Where several identifiers know of orders, two may know the same one: then all orders are counted anew.
fn with_orders(
    client: &SpiClient,
    atoms: &[i64],
    parts: Vec<Parts>,
    now: Micros,
) -> SpiResult<(Parts, Vec<Order>)> {
    let with_orders = parts.iter().filter(|part| part.order_rows > 0).count();
    if with_orders > 1 {
        let orders = read_orders(client, atoms, None)?;
        return Ok((Parts::whole(parts, &orders), orders));
    }
    let mut whole = Parts::default();
    parts.into_iter().for_each(|part| whole.merge(part));
    let orders = if with_orders == 0 { Vec::new() } else { read_orders(client, atoms, Some(now - LONGEST))? };
    Ok((whole, orders))
}

fn read_orders(client: &SpiClient, atoms: &[i64], since: Option<Micros>) -> SpiResult<Vec<Order>> {
    let arguments = [bigints(atoms.iter().copied()), rows::time(since)];
    let mut merged: BTreeMap<Uuid, Order> = BTreeMap::new();
    let mut rows = query::columns(client, include_str!("../../sql/queries/profile_orders.sql"), &arguments)?;
    while let Some(mut row) = rows.next() {
        let ((_, key), order) = orders::entry(&mut row);
        merged.entry(key).or_default().merge(order);
    }
    Ok(merged.into_values().collect())
}

/// What happened after a time, until another.
fn happened(client: &SpiClient, atoms: &[i64], after: Micros, until: Micros) -> SpiResult<Vec<Happening>> {
    let arguments = [bigints(atoms.iter().copied()), rows::time(Some(after)), rows::time(Some(until))];
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_happened.sql"), &arguments)?;
    let mut happened = Vec::with_capacity(rows.len());
    while let Some(mut row) = rows.next() {
        happened.push(Happening {
            at: row.time().unwrap_or_default(),
            event: row.text().unwrap_or_default().to_owned(),
            is_reduced: row.optional_boolean(),
            is_by_price: row.boolean(),
        });
    }
    Ok(happened)
}

fn cart(client: &SpiClient, atoms: &[i64], as_of: Micros, until: Micros) -> SpiResult<Cart> {
    let arguments = [bigints(atoms.iter().copied()), rows::time(Some(as_of)), rows::time(Some(until))];
    let mut rows = query::columns(client, include_str!("../../sql/queries/profile_cart.sql"), &arguments)?;
    let cart = rows.next().map(|mut row| Cart {
        items: row.number(),
        value: row.text().map(str::to_owned),
        currency: row.text().map(str::to_owned),
        updated_at: row.time(),
        is_abandoned: row.boolean(),
    });
    Ok(cart.unwrap_or_default())
}

fn segments(client: &SpiClient, profile_id: i64, at: Option<Micros>) -> SpiResult<Vec<String>> {
    let arguments = [profile_id.into(), rows::time(at)];
    let mut rows =
        query::columns(client, include_str!("../../sql/queries/profile_segments.sql"), &arguments)?;
    let mut segments = Vec::with_capacity(rows.len());
    while let Some(mut row) = rows.next() {
        segments.extend(row.text().map(str::to_owned));
    }
    Ok(segments)
}
