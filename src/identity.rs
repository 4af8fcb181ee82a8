//! Identity: identifiers and the links between them, in their tables.
//!
//! In: places that the core found for events. Out: rows of `journey.identifiers` and `journey._members`, and answers to
//! "which person is that". It may not read events or profiles.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use pg_journey_core::identity::{Atom, Normalizer, Rule, Rules};
use pg_journey_core::kernel::Error;
use pg_journey_core::kernel::time::Micros;
use pgrx::datum::Uuid;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};

use crate::arrays::{bigints, texts, timestamps};
use crate::error::OrRaise;
use crate::{query, statement};

extension_sql_file!(
    "../sql/functions/identity.sql",
    name = "identity",
    requires = [journey_resolve, journey_resolve_number, journey_resolve_uuid]
);

/// The rules as they stand now: a change counts from the next message on.
pub fn rules(client: &SpiClient) -> SpiResult<Rules> {
    let rows = query::rows(client, include_str!("../sql/queries/identity_rules.sql"), &[])?;
    let mut rules = Vec::with_capacity(rows.len());
    for row in rows {
        let normalizer: String = row.get_by_name("normalizer")?.unwrap_or_default();
        rules.push(Rule {
            kind: row.get_by_name("kind")?.unwrap_or_default(),
            normalizer: Normalizer::of(&normalizer).or_raise(),
            blocked: row.get_by_name("blocked")?.unwrap_or_default(),
        });
    }
    Ok(Rules(rules))
}

/// Makes sure that all these identifiers have a row; returns those whose id another identifier holds already.
pub fn register(client: &mut SpiClient, atoms: &BTreeSet<Atom>) -> SpiResult<HashSet<Atom>> {
    let arguments = || {
        [
            bigints(atoms.iter().map(|a| a.profile_id)),
            texts(atoms.iter().map(|a| Some(a.kind.as_str()))),
            texts(atoms.iter().map(|a| Some(a.value.as_str()))),
        ]
    };
    let made = statement::run(client, include_str!("../sql/queries/identity_register.sql"), &arguments())?;
    if made.len() == atoms.len() {
        return Ok(HashSet::new());
    }
    let mut taken = HashSet::new();
    let rows = statement::run(client, include_str!("../sql/queries/identity_collisions.sql"), &arguments())?;
    for row in rows {
        let id: Option<i64> = row.get_by_name("profile_id")?;
        taken.extend(atoms.iter().filter(|a| Some(a.profile_id) == id).cloned());
    }
    Ok(taken)
}

/// Whom identifiers belong to, and since when.
#[derive(Default)]
pub struct Links(BTreeMap<i64, (Micros, i64)>);

impl Links {
    /// Of several persons the earliest counts, whatever order they come in.
    pub fn add(&mut self, member: i64, person: i64, since: Micros) {
        let link = self.0.entry(member).or_insert((since, person));
        *link = (*link).min((since, person));
    }

    pub fn write(&self, client: &mut SpiClient) -> SpiResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let arguments = [
            bigints(self.0.keys().copied()),
            bigints(self.0.values().map(|link| link.1)),
            timestamps(self.0.values().map(|link| Some(link.0))),
        ];
        statement::run(client, include_str!("../sql/queries/identity_link.sql"), &arguments)?;
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
    let atom = Spi::connect(rules).or_raise().customer(customer)?;
    let arguments = [atom.profile_id.into(), atom.kind.into(), atom.value.into()];
    query::one(include_str!("../sql/queries/identity_resolve.sql"), &arguments)
}

/// A user_id that is a number.
#[pg_extern(name = "journey_resolve", stable, parallel_safe, strict)]
fn journey_resolve_number(customer: i64) -> Option<i64> {
    journey_resolve(&customer.to_string())
}

/// A user_id that is a uuid.
#[pg_extern(name = "journey_resolve", stable, parallel_safe, strict)]
fn journey_resolve_uuid(customer: Uuid) -> Option<i64> {
    journey_resolve(&customer.to_string())
}
