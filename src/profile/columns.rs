//! `Parts` as columns of `journey._parts`, and back.

use std::collections::BTreeMap;

use pg_journey_core::kernel::Result;
use pg_journey_core::kernel::jsonb::{self, Value};
use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::profile::{Money, Parts, Tally, TraitValue, ranked, ranked_channels, ranked_money};
use pgrx::datum::DatumWithOid;

use super::corrupted::corrupted;
use crate::arrays::{bigints, numerics, texts, timestamps};
use crate::error::OrRaise;
use crate::jsonb::Jsonb;
use crate::rows::{self, Row};

/// In the order of `sql/queries/parts_lock.sql`.
pub fn read(row: &mut Row) -> (i64, Parts) {
    let profile_id = row.number();
    let parts = Parts {
        events: row.number(),
        first_seen: row.time(),
        last_seen: row.time(),
        order_rows: row.number(),
        orders: row.number(),
        first_order_at: row.time(),
        last_order_at: row.time(),
        units: row.decimal(),
        refunds: row.number(),
        coupon_orders: row.number(),
        coupons_redeemed: row.number(),
        product_views: row.number(),
        emails_delivered: row.number(),
        emails_opened: row.number(),
        emails_clicked: row.number(),
        email_unsubscribed_at: row.time(),
        money: money(row),
        categories: tallies(row),
        brands: tallies(row),
        channels: tallies(row),
        traits: row.jsonb().map(|stored| traits(stored).or_raise()).unwrap_or_default(),
    };
    (profile_id, parts)
}

/// In the order of the columns of `journey._parts`.
pub fn columns<'a>(profile_id: i64, parts: &Parts) -> Vec<DatumWithOid<'a>> {
    let mut columns: Vec<DatumWithOid> = vec![
        profile_id.into(),
        parts.events.into(),
        rows::time(parts.first_seen),
        rows::time(parts.last_seen),
        parts.order_rows.into(),
        parts.orders.into(),
        rows::time(parts.first_order_at),
        rows::time(parts.last_order_at),
        rows::decimal(Some(parts.units)),
        parts.refunds.into(),
        parts.coupon_orders.into(),
        parts.coupons_redeemed.into(),
        parts.product_views.into(),
        parts.emails_delivered.into(),
        parts.emails_opened.into(),
        parts.emails_clicked.into(),
        rows::time(parts.email_unsubscribed_at),
    ];
    let money = ranked_money(&parts.money);
    let sum = |of: fn(&Money) -> Decimal| numerics(money.iter().map(|(_, m)| of(m)));
    columns.push(texts(money.iter().map(|(currency, _)| Some(*currency))));
    columns.push(bigints(money.iter().map(|(_, m)| m.orders)));
    columns.extend([sum(|m| m.gross), sum(|m| m.revenue), sum(|m| m.refunded)]);
    for tallies in [ranked(&parts.categories), ranked(&parts.brands), ranked_channels(&parts.channels)] {
        columns.push(texts(tallies.iter().map(|(name, _)| Some(*name))));
        columns.push(bigints(tallies.iter().map(|(_, t)| t.orders)));
        columns.push(bigints(tallies.iter().map(|(_, t)| t.events)));
        columns.push(timestamps(tallies.iter().map(|(_, t)| Some(t.last_at))));
    }
    columns.push(match traits_json(&parts.traits) {
        Some(json) => Jsonb::parse(&json).into(),
        None => rows::jsonb(Some(&jsonb::object([]))),
    });
    columns
}

/// `None` for no traits, the usual case, which needs no JSON.
fn traits_json(traits: &BTreeMap<String, TraitValue>) -> Option<String> {
    let member = |(name, t): (&String, &TraitValue)| {
        format!("{}:{{\"at\":{},\"value\":{}}}", serde_json::Value::from(name.as_str()), t.at, t.value)
    };
    (!traits.is_empty()).then(|| format!("{{{}}}", traits.iter().map(member).collect::<Vec<_>>().join(",")))
}

fn money(row: &mut Row) -> BTreeMap<String, Money> {
    let (currencies, orders) = (row.texts(), row.numbers());
    let [gross, revenue, refunded] = [row.decimals(), row.decimals(), row.decimals()];
    let sums = gross.into_iter().zip(revenue).zip(refunded);
    let money = |(orders, ((gross, revenue), refunded))| Money { orders, gross, revenue, refunded };
    currencies.into_iter().zip(orders.into_iter().zip(sums).map(money)).collect()
}

fn tallies(row: &mut Row) -> BTreeMap<String, Tally> {
    let names = row.texts();
    let counts = row.numbers().into_iter().zip(row.numbers()).zip(row.times());
    names
        .into_iter()
        .zip(counts.map(|((orders, events), last_at)| Tally { orders, events, last_at }))
        .collect()
}

fn traits(stored: &[u8]) -> Result<BTreeMap<String, TraitValue>> {
    let members = |value| match value {
        Value::Object(object) => object.members(),
        _ => Err(corrupted("_parts", "traits")),
    };
    let mut traits = BTreeMap::new();
    for member in members(Value::of(stored)?)? {
        let (name, stored) = member?;
        let mut value = TraitValue { at: 0, value: String::new() };
        for field in members(stored)? {
            match field? {
                ("at", Value::Number(at)) => value.at = jsonb::decimal(at)?.try_into().unwrap_or_default(),
                (_, stored) => stored.write(&mut value.value)?,
            }
        }
        traits.insert(name.to_owned(), value);
    }
    Ok(traits)
}
