//! `Order` as rows of `journey._orders`, and back; what changes there changes the sums of its identifier.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use pg_journey_core::capture::Channel;
use pg_journey_core::kernel::Result;
use pg_journey_core::kernel::jsonb::{self, Value};
use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{Content, Order, Parts, Placed};
use pgrx::datum::DatumWithOid;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use super::corrupted::corrupted;
use crate::arrays::{bigints, texts, uuids};
use crate::error::{OrRaise, raise};
use crate::jsonb::Jsonb;
use crate::rows::{self, NewRows, Row};
use crate::statement;

/// By identifier and key, in the order of the table's primary key.
pub type Orders = BTreeMap<(i64, Uuid), Order>;

/// Stores what a batch tells of orders, and counts it in `parts`. The caller holds the lock of all these profiles.
pub fn store(client: &mut SpiClient, told: Orders, parts: &mut HashMap<i64, Parts>) -> SpiResult<()> {
    if told.is_empty() {
        return Ok(());
    }
    let new = insert(&told)?;
    let mut again = Orders::new();
    for (key, order) in told {
        if new.contains(&key) {
            parts.entry(key.0).or_default().add_order(&order);
        } else {
            again.insert(key, order);
        }
    }
    if again.is_empty() { Ok(()) } else { replace(client, again, parts) }
}

/// Returns the keys that had no row yet: most orders have one event.
fn insert(orders: &Orders) -> SpiResult<HashSet<(i64, Uuid)>> {
    let mut new = HashSet::with_capacity(orders.len());
    statement::in_slices(&entries(orders), |client, slice| {
        let insert = include_str!("../../sql/queries/orders_insert.sql");
        let mut rows = statement::rows(client, insert, &[rows_of(slice)])?;
        while let Some(mut row) = rows.next() {
            new.insert(key(&mut row));
        }
        Ok(())
    })?;
    Ok(new)
}

fn entries(orders: &Orders) -> Vec<(&(i64, Uuid), &Order)> {
    orders.iter().collect()
}

fn replace(client: &mut SpiClient, again: Orders, parts: &mut HashMap<i64, Parts>) -> SpiResult<()> {
    let known = read(client, &again)?;
    let mut merged = Orders::new();
    let mut stale = BTreeSet::new();
    for (key, told) in again {
        let Some(old) = known.get(&key) else {
            raise(corrupted("_orders", format!("no order {} of profile {}", key.1, key.0)));
        };
        let mut order = old.clone();
        order.merge(told);
        if parts.entry(key.0).or_default().replace_order(old, &order) {
            stale.insert(key.0);
        }
        merged.insert(key, order);
    }
    statement::run(
        client,
        include_str!("../../sql/queries/orders_write.sql"),
        &[rows_of(&entries(&merged))],
    )?;
    if stale.is_empty() { Ok(()) } else { read_times(client, &stale, parts) }
}

/// The times of the first and last orders of those profiles whose first or last order is now another one.
fn read_times(
    client: &mut SpiClient,
    stale: &BTreeSet<i64>,
    parts: &mut HashMap<i64, Parts>,
) -> SpiResult<()> {
    let profiles = [bigints(stale.iter().copied())];
    let mut rows = statement::rows(client, include_str!("../../sql/queries/orders_times.sql"), &profiles)?;
    while let Some(mut row) = rows.next() {
        let parts = parts.entry(row.number()).or_default();
        (parts.first_order_at, parts.last_order_at) = (row.time(), row.time());
    }
    Ok(())
}

fn read(client: &mut SpiClient, keys: &Orders) -> SpiResult<Orders> {
    let keys = [bigints(keys.keys().map(|key| key.0)), uuids(keys.keys().map(|key| key.1))];
    let mut rows = statement::rows(client, include_str!("../../sql/queries/orders_read.sql"), &keys)?;
    let mut orders = Orders::new();
    while let Some(mut row) = rows.next() {
        let (key, order) = entry(&mut row);
        orders.insert(key, order);
    }
    Ok(orders)
}

fn rows_of<'a>(orders: &[(&(i64, Uuid), &Order)]) -> DatumWithOid<'a> {
    let mut rows = NewRows::of(c"_orders", orders.len());
    orders.iter().for_each(|(key, order)| rows.push(&columns(key, order)));
    rows.finish()
}

/// In the order of the columns of `journey._orders`.
fn columns<'a>((profile_id, key): &(i64, Uuid), order: &Order) -> Vec<DatumWithOid<'a>> {
    let (placed, content) = (order.placed.as_ref(), order.content.as_ref());
    let updated = content.and_then(|content| content.updated);
    let names = |of: fn(&Content) -> &Vec<String>| match content {
        Some(content) => texts(of(content).iter().map(|name| Some(name.as_str()))),
        None => DatumWithOid::null::<Vec<String>>(),
    };
    vec![
        (*profile_id).into(),
        rows::uuid(Some(*key)),
        rows::text(order.order_id.as_deref()),
        rows::time(placed.map(|placed| placed.at)),
        rows::uuid(placed.map(|placed| placed.event_id)),
        placed.is_some_and(|placed| !placed.is_update).into(),
        rows::text(placed.and_then(|placed| Some(placed.channel?.name()))),
        rows::time(updated.map(|updated| updated.0)),
        rows::uuid(updated.map(|updated| updated.1)),
        rows::time(order.cancelled_at),
        rows::text(content.map(|content| content.currency.as_str())),
        rows::decimal(content.map(|content| content.gross)),
        rows::decimal(content.map(|content| content.revenue)),
        rows::decimal(content.map(|content| content.units)),
        rows::text(content.and_then(|content| content.coupon.as_deref())),
        names(|content| &content.categories),
        names(|content| &content.brands),
        order.refunds.into(),
        rows::time(order.refunded_at),
        order.is_returned.into(),
        refunded_json(&order.refunded).and_then(|json| Jsonb::parse(&json)).into(),
    ]
}

fn refunded_json(refunded: &BTreeMap<String, Decimal>) -> Option<String> {
    let member = |(currency, amount): (&String, &Decimal)| format!("\"{currency}\":{}", amount.normalize());
    (!refunded.is_empty())
        .then(|| format!("{{{}}}", refunded.iter().map(member).collect::<Vec<_>>().join(",")))
}

/// A row of `journey._orders`, by the columns of `sql/queries/orders_read.sql`.
pub fn entry(row: &mut Row) -> ((i64, Uuid), Order) {
    (key(row), order(row).or_raise())
}

fn key(row: &mut Row) -> (i64, Uuid) {
    (row.number(), row.uuid().unwrap_or_default())
}

/// The columns after the key.
fn order(row: &mut Row) -> Result<Order> {
    let order_id = row.text().map(str::to_owned);
    let placed = row.time().zip(row.uuid());
    let is_update = !row.boolean();
    let channel = row.text().and_then(Channel::named);
    let updated = row.time().zip(row.uuid());
    Ok(Order {
        order_id,
        placed: placed.map(|(at, event_id)| Placed { is_update, at, event_id, channel }),
        cancelled_at: row.time(),
        content: content(row, updated),
        refunds: row.number(),
        refunded_at: row.time(),
        is_returned: row.boolean(),
        refunded: row.jsonb().map_or_else(|| Ok(BTreeMap::new()), refunded)?,
    })
}

fn content(row: &mut Row, updated: Option<(Micros, Uuid)>) -> Option<Content> {
    let currency = row.text();
    let [gross, revenue, units] = [row.decimal(), row.decimal(), row.decimal()];
    let coupon = row.text().map(str::to_owned);
    let [categories, brands] = [row.texts(), row.texts()];
    let currency = currency?.to_owned();
    Some(Content { updated, currency, gross, revenue, units, coupon, categories, brands })
}

fn refunded(stored: &[u8]) -> Result<BTreeMap<String, Decimal>> {
    let Value::Object(stored) = Value::of(stored)? else { return Err(corrupted("_orders", "refunded")) };
    let amounts = stored.members()?.map(|member| match member? {
        (currency, Value::Number(amount)) => Ok((currency.to_owned(), jsonb::decimal(amount)?)),
        (currency, _) => Err(corrupted("_orders", currency)),
    });
    amounts.collect()
}
