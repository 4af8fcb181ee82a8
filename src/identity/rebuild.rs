//! All persons anew, from the links and merges that are known and the rules of now.

use std::collections::{BTreeMap, BTreeSet};

use pg_journey_core::identity::{Link, Node, Rules, assign, best};
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};

use super::settle;
use crate::error::OrRaise;
use crate::statement;

/// Identifiers a turn: some megabytes.
const TURN: i64 = 10_000;

/// Who belongs to whom by the rules of now; returns how many identifiers moved. New links wait until it has committed.
#[pg_extern]
fn journey_rebuild_identities() -> i64 {
    Spi::connect_mut(|client| {
        statement::run(client, include_str!("../../sql/queries/identity_rebuild_begin.sql"), &[])?;
        statement::run(client, include_str!("../../sql/queries/identity_rebuild_turn.sql"), &[])?;
        let rules = super::rules(client)?;
        let mut after = Some(0);
        while let Some(id) = after {
            after = choose_links(client, &rules, id)?;
            pgrx::check_for_interrupts!();
        }
        let (mut after, mut moved) = (Some(0), 0);
        while let Some(id) = after {
            after = assign_persons(client, &rules, id, &mut moved)?;
            pgrx::check_for_interrupts!();
        }
        SpiResult::Ok(moved)
    })
    .or_raise()
}

/// Which link counts, for the next identifiers; returns the last of them.
fn choose_links(client: &mut SpiClient, rules: &Rules, after: i64) -> SpiResult<Option<i64>> {
    let arguments = [after.into(), TURN.into()];
    let rows =
        statement::run(client, include_str!("../../sql/queries/identity_rebuild_links.sql"), &arguments)?;
    let mut links: Vec<Link> = Vec::with_capacity(rows.len());
    let mut nodes: BTreeMap<i64, Node> = BTreeMap::new();
    for row in rows {
        let Some(link) = settle::link(&row)? else { continue };
        nodes.insert(link.from, settle::node(rules, link.from, &row, "kind", "value")?);
        nodes.insert(link.to, settle::node(rules, link.to, &row, "target_kind", "target_value")?);
        links.push(link);
    }
    let chosen = best(&nodes.into_values().collect::<Vec<_>>(), &links);
    let sources: BTreeSet<i64> = links.iter().map(|link| link.from).collect();
    let best = sources.iter().map(|id| (*id, chosen.get(id).map_or(0, |link| link.to)));
    settle::write_best(client, best)?;
    Ok(sources.last().copied())
}

/// The persons of the next identifiers; returns the last of them.
fn assign_persons(
    client: &mut SpiClient,
    rules: &Rules,
    after: i64,
    moved: &mut i64,
) -> SpiResult<Option<i64>> {
    let arguments = [after.into(), TURN.into()];
    let rows =
        statement::run(client, include_str!("../../sql/queries/identity_rebuild_next.sql"), &arguments)?;
    let next: Vec<i64> = rows.first().get_one()?.unwrap_or_default();
    let Some(last) = next.last().copied() else { return Ok(None) };
    let rows =
        statement::run(client, include_str!("../../sql/queries/identity_related.sql"), &[next.into()])?;
    let related: BTreeSet<i64> =
        rows.first().get_one::<Vec<i64>>()?.unwrap_or_default().into_iter().collect();
    let known = settle::read(client, rules, &related)?;
    let links = settle::links(client, &related, &BTreeSet::new())?;
    let merges = settle::merges(client, &related)?;
    let nodes: Vec<Node> = known.nodes.values().copied().collect();
    let persons = assign(&nodes, &links, &merges);
    let after = related.iter().map(|id| (*id, persons.members.get(id).copied())).collect();
    *moved += settle::write(client, &known, &after)?;
    Ok(Some(last))
}
