//! What a change of links or merges moves: locked, read, assigned anew, and written where it differs.

use std::collections::{BTreeMap, BTreeSet};

use pg_journey_core::identity::{Link, Member, Merge, Node, Rules, assign, best};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiHeapTupleData, SpiResult};
use uuid::Uuid;

use crate::arrays::{bigints, texts, timestamps};
use crate::error::OrRaise;
use crate::statement::{self, micros};

/// Links or merges that changed, from one identifier to another.
pub type Changes = BTreeSet<(i64, i64)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Links were added: an identifier that moves nobody else is looked at alone.
    New,
    /// All that is connected is looked at.
    All,
}

/// What is stored of identifiers now.
#[derive(Default)]
pub struct Known {
    pub nodes: BTreeMap<i64, Node>,
    members: BTreeMap<i64, Member>,
}

/// Returns how many identifiers moved.
pub fn settle(client: &mut SpiClient, rules: &Rules, changes: &Changes, scope: Scope) -> SpiResult<i64> {
    let related = lock(client, rules, changes, scope)?;
    let sources: BTreeSet<i64> = related.iter().copied().chain(changes.iter().map(|c| c.0)).collect();
    let links = links(client, &sources, changes)?;
    let targets = links.iter().map(|link| link.to);
    let known = read(client, rules, &sources.iter().copied().chain(targets).collect())?;
    let merges = merges(client, &related)?;

    // Those that move together, then those that move alone
    let nodes: Vec<Node> = known.nodes.values().filter(|node| related.contains(&node.id)).copied().collect();
    let mut whole = assign(&nodes, &links, &merges);
    let alone: Vec<Link> = links.into_iter().filter(|link| !related.contains(&link.from)).collect();
    let all: Vec<Node> = known.nodes.values().copied().collect();
    let mut moved: BTreeMap<i64, Option<Member>> =
        related.iter().map(|id| (*id, whole.members.get(id).copied())).collect();
    for (id, link) in best(&all, &alone) {
        whole.best.insert(id, link);
        if changes.contains(&(id, link.to)) {
            let target = if related.contains(&link.to) { &whole.members } else { &known.members };
            let target = target.get(&link.to).copied();
            let person = target.map_or(link.to, |member| member.person);
            let since = target.map_or(link.since, |member| member.since.max(link.since));
            moved.insert(id, Some(Member { person, since }));
        }
    }

    write_best(client, sources.iter().map(|id| (*id, whole.best.get(id).map_or(0, |link| link.to))))?;
    write(client, &known, &moved)
}

fn lock(client: &mut SpiClient, rules: &Rules, changes: &Changes, scope: Scope) -> SpiResult<BTreeSet<i64>> {
    let limited: Vec<&str> = rules.limited().collect();
    let [from, to] = ends(changes);
    let limited = match scope {
        Scope::New => texts(limited.iter().map(|kind| Some(*kind))),
        Scope::All => None::<Vec<String>>.into(),
    };
    let rows =
        statement::run(client, include_str!("../../sql/queries/identity_lock.sql"), &[from, to, limited])?;
    Ok(rows.first().get_one::<Vec<i64>>()?.unwrap_or_default().into_iter().collect())
}

fn ends(changes: &Changes) -> [pgrx::datum::DatumWithOid<'static>; 2] {
    [bigints(changes.iter().map(|change| change.0)), bigints(changes.iter().map(|change| change.1))]
}

/// The identifiers and whose they are.
pub fn read(client: &mut SpiClient, rules: &Rules, ids: &BTreeSet<i64>) -> SpiResult<Known> {
    let arguments = [bigints(ids.iter().copied())];
    let mut known = Known::default();
    for row in statement::run(client, include_str!("../../sql/queries/identity_nodes.sql"), &arguments)? {
        let Some(id) = row.get_by_name::<i64, _>("profile_id")? else { continue };
        known.nodes.insert(id, node(rules, id, &row, "kind", "value")?);
        let member = row.get_by_name("person_id")?.zip(time(&row, "since")?);
        known.members.extend(member.map(|(person, since)| (id, Member { person, since })));
    }
    Ok(known)
}

pub fn node(rules: &Rules, id: i64, row: &SpiHeapTupleData, kind: &str, value: &str) -> SpiResult<Node> {
    let text = |name: &str| row.get_by_name::<String, _>(name).map(Option::unwrap_or_default);
    Ok(rules.node(id, &text(kind)?, &text(value)?))
}

pub fn links(client: &mut SpiClient, sources: &BTreeSet<i64>, changes: &Changes) -> SpiResult<Vec<Link>> {
    let [from, to] = ends(changes);
    let arguments = [bigints(sources.iter().copied()), from, to];
    let rows = statement::run(client, include_str!("../../sql/queries/identity_links.sql"), &arguments)?;
    let mut links = Vec::with_capacity(rows.len());
    for row in rows {
        links.extend(link(&row)?);
    }
    Ok(links)
}

pub fn link(row: &SpiHeapTupleData) -> SpiResult<Option<Link>> {
    let ends = row.get_by_name("profile_id")?.zip(row.get_by_name("target_id")?);
    Ok(ends.zip(time(row, "since")?).map(|((from, to), since)| Link { from, to, since }))
}

pub fn merges(client: &mut SpiClient, ids: &BTreeSet<i64>) -> SpiResult<Vec<Merge>> {
    let arguments = [bigints(ids.iter().copied())];
    let rows = statement::run(client, include_str!("../../sql/queries/identity_merges.sql"), &arguments)?;
    let mut merges = Vec::with_capacity(rows.len());
    for row in rows {
        let id: Option<pgrx::Uuid> = row.get_by_name("merge_id")?;
        let ends = row.get_by_name("profile_id")?.zip(row.get_by_name("into_profile_id")?);
        let is_forced = row.get_by_name("is_forced")?.unwrap_or(false);
        let merge = ends.zip(id).zip(time(&row, "merged_at")?);
        merges.extend(merge.map(|(((from, into), id), at)| {
            let id = Uuid::from_bytes(*id.as_bytes());
            Merge { id, from, into, at, is_forced }
        }));
    }
    Ok(merges)
}

fn time(row: &SpiHeapTupleData, name: &str) -> SpiResult<Option<i64>> {
    Ok(row.get_by_name::<TimestampWithTimeZone, _>(name)?.map(micros))
}

/// Marks the link of each identifier that counts; 0 is none.
pub fn write_best(
    client: &mut SpiClient,
    best: impl ExactSizeIterator<Item = (i64, i64)> + Clone,
) -> SpiResult<()> {
    let arguments = [bigints(best.clone().map(|b| b.0)), bigints(best.map(|b| b.1))];
    statement::run(client, include_str!("../../sql/queries/identity_best_write.sql"), &arguments)?;
    Ok(())
}

/// Writes who belongs to somebody else than before; returns how many do.
pub fn write(client: &mut SpiClient, known: &Known, moved: &BTreeMap<i64, Option<Member>>) -> SpiResult<i64> {
    let changed = moved.iter().filter(|(id, member)| known.members.get(id) != member.as_ref());
    let (alone, with): (Vec<_>, Vec<_>) = changed.partition(|(_, member)| member.is_none());
    if !alone.is_empty() {
        let arguments = [bigints(alone.iter().map(|(id, _)| **id))];
        statement::run(client, include_str!("../../sql/queries/identity_members_drop.sql"), &arguments)?;
    }
    let members: Vec<(i64, Member)> =
        with.iter().filter_map(|(id, member)| Some((**id, (**member)?))).collect();
    if !members.is_empty() {
        let arguments = [
            bigints(members.iter().map(|(id, _)| *id)),
            bigints(members.iter().map(|(_, member)| member.person)),
            timestamps(members.iter().map(|(_, member)| Some(member.since))),
        ];
        statement::run(client, include_str!("../../sql/queries/identity_members_write.sql"), &arguments)?;
    }
    Ok((alone.len() + members.len()) as i64)
}

/// After links or merges between these identifiers were added or taken back: who belongs to whom. Returns how many moved.
#[pg_extern(strict)]
fn _journey_settle(changed: Vec<i64>, targets: Vec<i64>) -> i64 {
    let changes: Changes = changed.into_iter().zip(targets).collect();
    Spi::connect_mut(|client| {
        let rules = super::rules(client)?;
        settle(client, &rules, &changes, Scope::All)
    })
    .or_raise()
}
