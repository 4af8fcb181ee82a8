//! Identity: identifiers, what brings them together, and whose they are, in their tables.
//!
//! In: places that the core found for events, merges that people make. Out: rows of `journey.identifiers`, `journey._links`
//! and `journey._members`, and answers to "which person is that". It may not read events or profiles.

mod rebuild;
mod settle;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use pg_journey_core::identity::{Atom, Normalizer, Rule, Rules};
use pg_journey_core::kernel::Error;
use pg_journey_core::kernel::id::uuid_of;
use pg_journey_core::kernel::time::Micros;
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use uuid::Uuid;

use crate::arrays::{bigints, texts, timestamps, uuids};
use crate::error::{OrRaise, raise};
use crate::{query, statement};

extension_sql_file!(
    "../../sql/functions/identity.sql",
    name = "identity",
    requires = [
        journey_resolve,
        journey_resolve_number,
        journey_resolve_uuid,
        _journey_identifier,
        _journey_register,
        settle::_journey_settle,
        rebuild::journey_rebuild_identities
    ]
);

thread_local! {
    /// With the version of the table they were read from: compiling patterns takes longer than storing an event.
    static RULES: RefCell<Option<(String, Rc<Rules>)>> = const { RefCell::new(None) };
}

/// The rules as they stand now: a change counts from the next message on.
pub fn rules(client: &SpiClient) -> SpiResult<Rc<Rules>> {
    let version = version(client)?;
    let known = RULES.with_borrow(|known| known.clone().filter(|known| known.0 == version));
    if let Some((_, rules)) = known {
        return Ok(rules);
    }
    let rules = Rc::new(read_rules(client)?);
    RULES.set(Some((version, rules.clone())));
    Ok(rules)
}

fn version(client: &SpiClient) -> SpiResult<String> {
    let rows = query::rows(client, include_str!("../../sql/queries/identity_rules_version.sql"), &[])?;
    rows.map(|row| Ok(row.get::<String>(1)?.unwrap_or_default())).collect()
}

fn read_rules(client: &SpiClient) -> SpiResult<Rules> {
    let rows = query::rows(client, include_str!("../../sql/queries/identity_rules.sql"), &[])?;
    let mut rules = Vec::with_capacity(rows.len());
    for row in rows {
        let kind: String = row.get_by_name("kind")?.unwrap_or_default();
        let normalizer: String = row.get_by_name("normalizer")?.unwrap_or_default();
        let limit: Option<i32> = row.get_by_name("max_values")?;
        let patterns: Vec<String> = row.get_by_name("blocked_patterns")?.unwrap_or_default();
        let rule = Rule::new(&kind, Normalizer::of(&normalizer).or_raise());
        let blocked = row.get_by_name("blocked")?.unwrap_or_default();
        let mut rule = rule.block(blocked, &patterns).or_raise();
        rule.limit = limit.and_then(|limit| limit.try_into().ok());
        rule.country_code = row.get_by_name("country_code")?;
        rules.push(rule);
    }
    Ok(Rules(rules))
}

/// Makes sure that all these identifiers, in order and each once, have a row; returns those whose id another one holds already.
pub fn register(client: &mut SpiClient, atoms: &[&Atom]) -> SpiResult<HashSet<Atom>> {
    let known = known(client, atoms.iter().copied())?;
    let missing: Vec<&Atom> =
        known.iter().filter(|(_, same)| same.is_none()).map(|(atom, _)| *atom).collect();
    let mut taken: HashSet<Atom> = others(known.iter().copied());
    if missing.is_empty() {
        return Ok(taken);
    }
    let register = include_str!("../../sql/queries/identity_register.sql");
    let made = statement::run(client, register, &columns(missing.iter().copied()))?;
    if made.len() < missing.len() {
        // Another session was first.
        taken.extend(others(self::known(client, missing.iter().copied())?.into_iter()));
    }
    Ok(taken)
}

/// Each identifier, and whether the one with its id is the same.
fn known<'a>(
    client: &mut SpiClient,
    atoms: impl ExactSizeIterator<Item = &'a Atom> + Clone,
) -> SpiResult<Vec<(&'a Atom, Option<bool>)>> {
    let known = include_str!("../../sql/queries/identity_known.sql");
    let mut rows = statement::rows(client, known, &columns(atoms.clone()))?;
    Ok(atoms.map(|atom| (atom, rows.next().and_then(|mut row| row.optional_boolean()))).collect())
}

fn others<'a>(known: impl Iterator<Item = (&'a Atom, Option<bool>)>) -> HashSet<Atom> {
    known.filter(|(_, same)| *same == Some(false)).map(|(atom, _)| atom.clone()).collect()
}

fn columns<'a>(atoms: impl ExactSizeIterator<Item = &'a Atom> + Clone) -> [DatumWithOid<'static>; 3] {
    [
        bigints(atoms.clone().map(|a| a.profile_id)),
        texts(atoms.clone().map(|a| Some(a.kind.as_str()))),
        texts(atoms.map(|a| Some(a.value.as_str()))),
    ]
}

/// What a batch of events shows of identifiers: from the weaker to the stronger, the earliest event that shows both.
#[derive(Default)]
pub struct Links(BTreeMap<(i64, i64), (Micros, Uuid)>);

impl Links {
    pub fn add(&mut self, from: i64, to: i64, since: Micros, event_id: Uuid) {
        let seen = self.0.entry((from, to)).or_insert((since, event_id));
        *seen = (*seen).min((since, event_id));
    }

    /// Writes what is news, and moves the identifiers it moves.
    pub fn write(&self, client: &mut SpiClient, rules: &Rules) -> SpiResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (pairs, seen) = (self.0.keys(), self.0.values());
        let arguments = [
            bigints(pairs.clone().map(|pair| pair.0)),
            bigints(pairs.clone().map(|pair| pair.1)),
            timestamps(seen.clone().map(|event| Some(event.0))),
            uuids(seen.map(|event| event.1)),
            uuids(pairs.map(|(from, to)| uuid_of(*from, "link", &to.to_string()))),
        ];
        let rows = statement::run(client, include_str!("../../sql/queries/identity_link.sql"), &arguments)?;
        let mut news = BTreeSet::new();
        for row in rows {
            news.extend(row.get_by_name("profile_id")?.zip(row.get_by_name("target_id")?));
        }
        if !news.is_empty() {
            settle::settle(client, rules, &news, settle::Scope::New)?;
        }
        Ok(())
    }
}

/// What is told when two identifiers have one hash: one in ten million shops with a hundred million customers.
pub fn collision(atom: &Atom) -> Error {
    let name =
        format!("{} \"{}\" has the id {} of another identifier", atom.kind, atom.value, atom.profile_id);
    Error::invalid(name).hint("Give this customer another id.")
}

/// The person that a customer argument means; NULL for one never seen.
#[pg_extern(stable, parallel_safe, strict)]
fn journey_resolve(customer: &str) -> Option<i64> {
    resolve(customer)
}

/// The same for the stages after this one.
pub fn resolve(customer: &str) -> Option<i64> {
    find(customer, include_str!("../../sql/queries/identity_resolve.sql"))
}

fn find(customer: &str, statement: &'static str) -> Option<i64> {
    let atom = Spi::connect(rules).or_raise().customer(customer)?;
    query::one(statement, &[atom.profile_id.into(), atom.kind.into(), atom.value.into()])
}

/// A user_id that is a number.
#[pg_extern(name = "journey_resolve", stable, parallel_safe, strict)]
fn journey_resolve_number(customer: i64) -> Option<i64> {
    journey_resolve(&customer.to_string())
}

/// A user_id that is a uuid.
#[pg_extern(name = "journey_resolve", stable, parallel_safe, strict)]
fn journey_resolve_uuid(customer: pgrx::datum::Uuid) -> Option<i64> {
    journey_resolve(&customer.to_string())
}

/// The identifier that a customer argument names, not the person it belongs to; NULL for one never seen.
#[pg_extern(stable, strict)]
fn _journey_identifier(customer: &str) -> Option<i64> {
    find(customer, include_str!("../../sql/queries/identity_find.sql"))
}

/// The id of an identifier, which is known from now on.
#[pg_extern(strict)]
fn _journey_register(kind: &str, value: &str) -> i64 {
    let taken = |atom: &Atom| Spi::connect_mut(|client| register(client, &[atom])).or_raise();
    let atom = Spi::connect(rules).or_raise().identifier(kind, value).or_raise();
    if !taken(&atom).is_empty() {
        raise(collision(&atom));
    }
    atom.profile_id
}
