//! `Parts` as columns of `journey._parts`, and back.

use std::collections::BTreeMap;

use pg_journey_core::kernel::money::Decimal;
use pg_journey_core::kernel::time::Micros;
use pg_journey_core::profile::{Money, Parts, Tally, TraitValue, ranked, ranked_channels, ranked_money};
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::spi::{SpiHeapTupleData, SpiResult};
use serde_json::value::RawValue;

use super::row::{Row, corrupted, decimal};
use crate::arrays::{bigints, texts, timestamps};
use crate::error::OrRaise;
use crate::statement::{micros, timestamp};

pub fn read(row: &SpiHeapTupleData) -> SpiResult<(i64, Parts)> {
    let row = Row(row);
    let parts = Parts {
        events: row.number("events")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        order_rows: row.number("order_rows")?,
        orders: row.number("orders")?,
        first_order_at: row.time("first_order_at")?,
        last_order_at: row.time("last_order_at")?,
        units: decimal(&row.get::<String>("units")?),
        refunds: row.number("refunds")?,
        coupon_orders: row.number("coupon_orders")?,
        coupons_redeemed: row.number("coupons_redeemed")?,
        product_views: row.number("product_views")?,
        emails_delivered: row.number("emails_delivered")?,
        emails_opened: row.number("emails_opened")?,
        emails_clicked: row.number("emails_clicked")?,
        email_unsubscribed_at: row.time("email_unsubscribed_at")?,
        money: row.money()?,
        categories: row.tallies("categories", "category_orders", "category_events", "category_last_at")?,
        brands: row.tallies("brands", "brand_orders", "brand_events", "brand_last_at")?,
        channels: row.tallies("channels", "channel_orders", "channel_events", "channel_last_at")?,
        traits: row.traits()?,
    };
    Ok((row.number("profile_id")?, parts))
}

/// In the order of `sql/queries/parts_write.sql`.
pub fn arguments<'a>(profile_id: i64, parts: &Parts) -> Vec<DatumWithOid<'a>> {
    let mut arguments: Vec<DatumWithOid> = vec![
        profile_id.into(),
        parts.events.into(),
        parts.first_seen.and_then(timestamp).into(),
        parts.last_seen.and_then(timestamp).into(),
        parts.order_rows.into(),
        parts.orders.into(),
        parts.first_order_at.and_then(timestamp).into(),
        parts.last_order_at.and_then(timestamp).into(),
        parts.units.normalize().to_string().into(),
        parts.refunds.into(),
        parts.coupon_orders.into(),
        parts.coupons_redeemed.into(),
        parts.product_views.into(),
        parts.emails_delivered.into(),
        parts.emails_opened.into(),
        parts.emails_clicked.into(),
        parts.email_unsubscribed_at.and_then(timestamp).into(),
    ];
    let money = ranked_money(&parts.money);
    let sum = |of: fn(&Money) -> Decimal| {
        let sums: Vec<String> = money.iter().map(|(_, m)| of(m).normalize().to_string()).collect();
        texts(sums.iter().map(|sum| Some(sum.as_str())))
    };
    arguments.push(texts(money.iter().map(|(currency, _)| Some(*currency))));
    arguments.push(bigints(money.iter().map(|(_, m)| m.orders)));
    arguments.extend([sum(|m| m.gross), sum(|m| m.revenue), sum(|m| m.refunded)]);
    for tallies in [ranked(&parts.categories), ranked(&parts.brands), ranked_channels(&parts.channels)] {
        arguments.push(texts(tallies.iter().map(|(name, _)| Some(*name))));
        arguments.push(bigints(tallies.iter().map(|(_, t)| t.orders)));
        arguments.push(bigints(tallies.iter().map(|(_, t)| t.events)));
        arguments.push(timestamps(tallies.iter().map(|(_, t)| Some(t.last_at))));
    }
    arguments.push(traits_json(&parts.traits).into());
    arguments
}

/// `None` for no traits, the usual case, which needs no JSON.
pub fn traits_json(traits: &BTreeMap<String, TraitValue>) -> Option<String> {
    let member = |(name, t): (&String, &TraitValue)| {
        format!("{}:{{\"at\":{},\"value\":{}}}", serde_json::Value::from(name.as_str()), t.at, t.value)
    };
    (!traits.is_empty()).then(|| format!("{{{}}}", traits.iter().map(member).collect::<Vec<_>>().join(",")))
}

impl Row<'_, '_> {
    fn money(&self) -> SpiResult<BTreeMap<String, Money>> {
        let currencies: Vec<String> = self.get("currencies")?;
        let orders: Vec<i64> = self.get("currency_orders")?;
        let [gross, revenue, refunded] =
            ["gross", "revenue", "refunded"].map(|name| self.get::<Vec<String>>(name));
        let (gross, revenue, refunded) = (gross?, revenue?, refunded?);
        let sums = gross.iter().zip(&revenue).zip(&refunded);
        let money = currencies.into_iter().zip(orders).zip(sums);
        Ok(money
            .map(|((currency, orders), ((gross, revenue), refunded))| {
                let money = Money {
                    orders,
                    gross: decimal(gross),
                    revenue: decimal(revenue),
                    refunded: decimal(refunded),
                };
                (currency, money)
            })
            .collect())
    }

    fn tallies(
        &self,
        names: &str,
        orders: &str,
        events: &str,
        last_at: &str,
    ) -> SpiResult<BTreeMap<String, Tally>> {
        let names: Vec<String> = self.get(names)?;
        let orders: Vec<i64> = self.get(orders)?;
        let events: Vec<i64> = self.get(events)?;
        let last_at: Vec<TimestampWithTimeZone> = self.get(last_at)?;
        let counts = orders.into_iter().zip(events).zip(last_at);
        let tally = |((orders, events), last_at)| Tally { orders, events, last_at: micros(last_at) };
        Ok(names.into_iter().zip(counts.map(tally)).collect())
    }

    fn traits(&self) -> SpiResult<BTreeMap<String, TraitValue>> {
        #[derive(serde::Deserialize)]
        struct Stored {
            at: Micros,
            value: Box<RawValue>,
        }
        let Some(text) = self.0.get_by_name::<String, _>("traits")? else { return Ok(BTreeMap::new()) };
        let stored: BTreeMap<String, Stored> =
            serde_json::from_str(&text).map_err(|error| corrupted("_parts", error)).or_raise();
        let traits = stored.into_iter().map(|(name, trait_)| {
            (
                name,
                TraitValue {
                    at: trait_.at,
                    value: pg_journey_core::kernel::json::compact(trait_.value.get()),
                },
            )
        });
        Ok(traits.collect())
    }
}
