//! `Order` as rows of `journey._orders`, and back; what changes there changes the sums of its identifier.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use pg_journey_core::capture::Channel;
use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::profile::{Content, Order, Parts, Placed};
use pgrx::datum::DatumWithOid;
use pgrx::spi::{SpiClient, SpiResult};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::row::{Row, corrupted, decimal};
use crate::arrays::{bigints, texts, timestamps, uuids};
use crate::error::{OrRaise, raise};
use crate::statement;

/// By identifier and key, in the order of the table's primary key.
pub type Orders = BTreeMap<(i64, Uuid), Order>;

/// What stands between two names in one parameter: names hold no control characters.
const SEPARATOR: &str = "\u{1f}";

/// Stores what a batch tells of orders, and counts it in `parts`. The caller holds the lock of all these profiles.
pub fn store(client: &mut SpiClient, told: Orders, parts: &mut HashMap<i64, Parts>) -> SpiResult<()> {
    if told.is_empty() {
        return Ok(());
    }
    let new = insert(client, &told)?;
    let (new, again): (Orders, Orders) = told.into_iter().partition(|(key, _)| new.contains(key));
    for ((profile_id, _), order) in &new {
        parts.entry(*profile_id).or_default().add_order(order);
    }
    if again.is_empty() { Ok(()) } else { replace(client, again, parts) }
}

/// Returns the keys that had no row yet: most orders have one event.
fn insert(client: &mut SpiClient, orders: &Orders) -> SpiResult<HashSet<(i64, Uuid)>> {
    let rows =
        statement::run(client, include_str!("../../sql/queries/orders_insert.sql"), &arguments(orders))?;
    let mut new = HashSet::with_capacity(rows.len());
    for row in rows {
        new.insert(key(&Row(&row))?);
    }
    Ok(new)
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
    statement::run(client, include_str!("../../sql/queries/orders_write.sql"), &arguments(&merged))?;
    if stale.is_empty() { Ok(()) } else { read_times(client, &stale, parts) }
}

/// The times of the first and last orders of those profiles whose first or last order is now another one.
fn read_times(
    client: &mut SpiClient,
    stale: &BTreeSet<i64>,
    parts: &mut HashMap<i64, Parts>,
) -> SpiResult<()> {
    let profiles = [bigints(stale.iter().copied())];
    for row in statement::run(client, include_str!("../../sql/queries/orders_times.sql"), &profiles)? {
        let row = Row(&row);
        let parts = parts.entry(row.number("profile_id")?).or_default();
        (parts.first_order_at, parts.last_order_at) = (row.time("first")?, row.time("last")?);
    }
    Ok(())
}

fn read(client: &mut SpiClient, keys: &Orders) -> SpiResult<Orders> {
    let keys = [bigints(keys.keys().map(|key| key.0)), uuids(keys.keys().map(|key| key.1))];
    let mut orders = Orders::new();
    for row in statement::run(client, include_str!("../../sql/queries/orders_read.sql"), &keys)? {
        let row = Row(&row);
        orders.insert(key(&row)?, order(&row)?);
    }
    Ok(orders)
}

/// In the order of the columns of `journey._orders`.
fn arguments<'a>(orders: &Orders) -> Vec<DatumWithOid<'a>> {
    let all = || orders.values();
    let placed = || all().map(|order| order.placed.as_ref());
    let content = || all().map(|order| order.content.as_ref());
    let updated = || content().map(|content| content.and_then(|content| content.updated));
    let amounts = |of: fn(&Content) -> Decimal| -> Vec<Option<String>> {
        content().map(|content| content.map(|content| of(content).normalize().to_string())).collect()
    };
    let names = |of: fn(&Content) -> &Vec<String>| -> Vec<Option<String>> {
        content().map(|content| content.map(|content| of(content).join(SEPARATOR))).collect()
    };
    let [gross, revenue, units] = [amounts(|c| c.gross), amounts(|c| c.revenue), amounts(|c| c.units)];
    let [categories, brands] = [names(|c| &c.categories), names(|c| &c.brands)];
    let refunded: Vec<Option<String>> = all().map(|order| refunded_json(&order.refunded)).collect();
    vec![
        bigints(orders.keys().map(|key| key.0)),
        uuids(orders.keys().map(|key| key.1)),
        texts(all().map(|order| order.order_id.as_deref())),
        timestamps(placed().map(|placed| placed.map(|placed| placed.at))),
        optional_uuids(placed().map(|placed| placed.map(|placed| placed.event_id))),
        booleans(placed().map(|placed| placed.is_some_and(|placed| !placed.is_update))),
        texts(placed().map(|placed| placed.and_then(|placed| Some(placed.channel?.name())))),
        timestamps(updated().map(|updated| updated.map(|updated| updated.0))),
        optional_uuids(updated().map(|updated| updated.map(|updated| updated.1))),
        timestamps(all().map(|order| order.cancelled_at)),
        texts(content().map(|content| content.map(|content| content.currency.as_str()))),
        some_texts(&gross),
        some_texts(&revenue),
        some_texts(&units),
        texts(content().map(|content| content.and_then(|content| content.coupon.as_deref()))),
        some_texts(&categories),
        some_texts(&brands),
        bigints(all().map(|order| order.refunds)),
        timestamps(all().map(|order| order.refunded_at)),
        booleans(all().map(|order| order.is_returned)),
        some_texts(&refunded),
    ]
}

fn some_texts<'a>(items: &[Option<String>]) -> DatumWithOid<'a> {
    texts(items.iter().map(Option::as_deref))
}

/// As texts, which the statement casts: few enough that a layout of their own would not pay.
fn optional_uuids<'a>(items: impl Iterator<Item = Option<Uuid>>) -> DatumWithOid<'a> {
    some_texts(&items.map(|item| item.map(|id| id.to_string())).collect::<Vec<_>>())
}

fn booleans<'a>(items: impl ExactSizeIterator<Item = bool> + Clone) -> DatumWithOid<'a> {
    texts(items.map(|item| Some(if item { "true" } else { "false" })))
}

fn refunded_json(refunded: &BTreeMap<String, Decimal>) -> Option<String> {
    let member = |(currency, amount): (&String, &Decimal)| format!("\"{currency}\":{}", amount.normalize());
    (!refunded.is_empty())
        .then(|| format!("{{{}}}", refunded.iter().map(member).collect::<Vec<_>>().join(",")))
}

fn key(row: &Row) -> SpiResult<(i64, Uuid)> {
    let Some(key) = row.uuid("order_key")? else { raise(corrupted("_orders", "no order_key")) };
    Ok((row.number("profile_id")?, key))
}

fn order(row: &Row) -> SpiResult<Order> {
    let placed = row.time("placed_at")?.zip(row.uuid("placed_event_id")?);
    let is_update = !row.get::<bool>("is_completed")?;
    let channel = row.optional::<String>("channel")?.and_then(|name| Channel::named(&name));
    Ok(Order {
        order_id: row.optional("order_id")?,
        placed: placed.map(|(at, event_id)| Placed { is_update, at, event_id, channel }),
        content: content(row)?,
        cancelled_at: row.time("cancelled_at")?,
        refunds: row.number("refunds")?,
        refunded_at: row.time("refunded_at")?,
        is_returned: row.get("is_returned")?,
        refunded: refunded(row.optional("refunded")?),
    })
}

fn content(row: &Row) -> SpiResult<Option<Content>> {
    let Some(currency) = row.optional("currency")? else { return Ok(None) };
    Ok(Some(Content {
        updated: row.time("updated_at")?.zip(row.uuid("updated_event_id")?),
        currency,
        gross: decimal(&row.get::<String>("gross")?),
        revenue: decimal(&row.get::<String>("revenue")?),
        units: decimal(&row.get::<String>("units")?),
        coupon: row.optional("coupon")?,
        categories: row.get("categories")?,
        brands: row.get("brands")?,
    }))
}

fn refunded(text: Option<String>) -> BTreeMap<String, Decimal> {
    let Some(text) = text else { return BTreeMap::new() };
    let stored: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&text).map_err(|error| corrupted("_orders", error)).or_raise();
    stored.into_iter().map(|(currency, amount)| (currency, decimal(amount.get()))).collect()
}
