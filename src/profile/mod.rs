//! Profile: the parts and the orders of identifiers, in their tables.
//!
//! In: what events tell. Out: rows of `journey._orders` and of `journey._parts`, whose lock guards both.

pub mod at;
mod columns;
mod corrupted;
mod definitions;
mod orders;
pub mod read;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pg_journey_core::profile::{Order, Parts, Signal};
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};

use self::orders::Orders;
use crate::arrays::bigints;
use crate::rows::NewRows;
use crate::statement;

extension_sql_file!(
    "../../sql/functions/profile.sql",
    name = "profile",
    requires = ["identity", read::_journey_profile_row, at::_journey_profile_row_at, at::_journey_person_at]
);

/// Locks the parts of these profiles, making those that do not exist, and reads them.
pub fn lock(client: &mut SpiClient, ids: &BTreeSet<i64>) -> SpiResult<HashMap<i64, Parts>> {
    statement::run(
        client,
        include_str!("../../sql/queries/parts_create.sql"),
        &[bigints(ids.iter().copied())],
    )?;
    let arguments = [bigints(ids.iter().copied())];
    let mut rows = statement::rows(client, include_str!("../../sql/queries/parts_lock.sql"), &arguments)?;
    let mut parts = HashMap::with_capacity(rows.len());
    while let Some(mut row) = rows.next() {
        let (profile_id, part) = columns::read(&mut row);
        parts.insert(profile_id, part);
    }
    Ok(parts)
}

/// Writes back what `lock` has locked.
fn write(parts: &[(i64, &Parts)]) -> SpiResult<()> {
    statement::in_slices(parts, |client, slice| {
        let mut rows = NewRows::of(c"_parts", slice.len());
        slice.iter().for_each(|(id, parts)| rows.push(&columns::columns(*id, parts)));
        statement::run(client, include_str!("../../sql/queries/parts_write.sql"), &[rows.finish()])?;
        Ok(())
    })
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
    let changed = signals.keys().filter_map(|id| Some((*id, parts.get(id)?)));
    write(&changed.collect::<Vec<_>>())
}
