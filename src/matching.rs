//! Matching: what is known of customers to the core, and its candidates back. It reads profiles, so it stands after them;
//! the model itself belongs to identity.

use pg_journey_core::identity::matching::{Attribute, Candidate, Reason, Records, candidates};
use pg_journey_core::kernel::id::uuid_of;
use pgrx::JsonB;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};

use crate::error::OrRaise;
use crate::query;

extension_sql_file!(
    "../sql/functions/matching.sql",
    name = "matching",
    requires = ["identity", "profile", _journey_match]
);

#[pg_extern]
fn _journey_match(
    threshold: f64,
    seed: i64,
) -> TableIterator<
    'static,
    (
        name!(profile_id, i64),
        name!(other_id, i64),
        name!(candidate_id, pgrx::Uuid),
        name!(probability, f64),
        name!(weight, f64),
        name!(reasons, JsonB),
    ),
> {
    let (profiles, records) = Spi::connect(read).or_raise();
    let mut pause = || {
        pgrx::check_for_interrupts!();
    };
    let (found, summary) = candidates(&records, threshold, seed as u64, &mut pause);
    pgrx::debug1!("pg_journey matching: {summary:?}, {} candidates", found.len());
    TableIterator::new(found.into_iter().map(move |c| row(&profiles, c)))
}

fn read(client: &SpiClient) -> SpiResult<(Vec<i64>, Records)> {
    let (mut profiles, mut records) = (Vec::new(), Records::default());
    for row in query::rows(client, include_str!("../sql/queries/matching_records.sql"), &[])? {
        let Some(profile_id) = row.get_by_name("profile_id")? else { continue };
        let mut values: [Option<String>; Attribute::ALL.len()] = Default::default();
        for (value, attribute) in values.iter_mut().zip(Attribute::ALL) {
            *value = row.get_by_name(attribute.name())?;
        }
        profiles.push(profile_id);
        records.push(|attribute| values[attribute as usize].as_deref());
        if profiles.len() % 1000 == 0 {
            pgrx::check_for_interrupts!();
        }
    }
    Ok((profiles, records))
}

fn row(profiles: &[i64], candidate: Candidate) -> (i64, i64, pgrx::Uuid, f64, f64, JsonB) {
    let ids = (profiles[candidate.left as usize], profiles[candidate.right as usize]);
    let (profile_id, other_id) = (ids.0.min(ids.1), ids.0.max(ids.1));
    let id = uuid_of(profile_id, "match", &other_id.to_string());
    let rounded = |number: f64| (number * 1e4).round() / 1e4;
    let reason = |r: &Reason| serde_json::json!({"attribute": r.attribute, "level": r.level, "weight": rounded(r.weight)});
    (
        profile_id,
        other_id,
        pgrx::Uuid::from_bytes(*id.as_bytes()),
        rounded(candidate.probability),
        rounded(candidate.weight),
        JsonB(candidate.reasons.iter().map(reason).collect()),
    )
}
