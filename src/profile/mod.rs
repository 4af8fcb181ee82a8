//! Profile: the parts and the orders of identifiers, in their tables.
//!
//! In: what events tell. Out: rows of `journey._orders` and of `journey._parts`, whose lock guards both.

mod at;
mod columns;
mod definitions;
mod orders;
mod row;

use std::collections::{BTreeMap, HashMap};

use pg_journey_core::profile::{Order, Parts, Signal};
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};

use self::orders::Orders;
use crate::arrays::bigints;
use crate::statement;

extension_sql_file!(
    "../../sql/functions/profile.sql",
    name = "profile",
    requires = ["identity", _journey_state_at]
);

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
fn write(client: &mut SpiClient, profile_id: i64, parts: &Parts) -> SpiResult<()> {
    let arguments = columns::arguments(profile_id, parts);
    statement::run(client, include_str!("../../sql/queries/parts_write.sql"), &arguments)?;
    Ok(())
}

/// Adds new events to the orders and the parts of their profiles, which are locked.
pub fn fold(
    client: &mut SpiClient,
    signals: &BTreeMap<i64, Vec<Signal>>,
    parts: &mut HashMap<i64, Parts>,
) -> SpiResult<()> {
    let mut told = Orders::new();
    for (profile_id, signals) in signals {
        let parts = parts.entry(*profile_id).or_default();
        for signal in signals {
            parts.see(signal);
            if let Some((key, order)) = Order::of(signal) {
                told.entry((*profile_id, key)).or_default().merge(order);
            }
        }
    }
    orders::store(client, told, parts)?;
    for profile_id in signals.keys() {
        if let Some(parts) = parts.get(profile_id) {
            write(client, *profile_id, parts)?;
        }
    }
    Ok(())
}
