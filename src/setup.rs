//! `journey_setup()`: brings the schema `journey` to the version of this library, step by step.
//!
//! The tables are data, not extension members, so that pg_dump and pg_upgrade carry them and DROP EXTENSION keeps them.
//! Each step runs once and is recorded in `journey._setup_steps`; a released step is never edited, a change is a new step.

use pgrx::prelude::*;

use crate::error::OrRaise;
use crate::{models, query, worker};

struct Step {
    name: &'static str,
    sql: &'static str,
}

macro_rules! steps {
    ($($name:literal),* $(,)?) => {
        &[$(Step { name: $name, sql: include_str!(concat!("../sql/setup/", $name, ".sql")) }),*]
    };
}

/// In the order of the stages; the name is the file's.
const STEPS: &[Step] = steps![
    "0001_kernel",
    "0010_identity",
    "0020_capture",
    "0021_capture_rules",
    "0025_identity_health",
    "0028_profile_segments",
    "0030_profile",
    "0031_profile_persons",
    "0033_profile_events",
    "0034_profile_profiles",
    "0035_profile_sessions",
    "0040_catalog",
    "0041_catalog_images",
    "0045_sources",
    "0046_matching",
    "0050_models",
    "0055_models_attributes",
    "0056_models_scores",
    "0057_models_sentiment",
    "0070_generation",
    "0071_generation_kinds",
    "0072_generation_pages",
    "0073_generation_themes",
    "0075_generation_guardrails",
    "0076_generation_review",
    "0077_generation_style",
    "0078_generation_phrases",
    "0079_generation_jobs",
    "0080_pages",
    "0081_pages_layout",
    "0090_operations",
];

/// Creates or upgrades the schema `journey`; running it again changes nothing. Returns how many steps it ran.
///
/// The function's own search_path makes Postgres put the caller's back at the end.
#[pg_extern]
#[search_path(pg_catalog)]
fn journey_setup() -> i32 {
    Spi::run(include_str!("../sql/queries/setup_begin.sql")).or_raise();
    let mut ran = 0;
    for step in STEPS.iter().filter(|step| !is_applied(step.name)) {
        Spi::run(step.sql).or_raise();
        Spi::run_with_args(include_str!("../sql/queries/setup_record.sql"), &[step.name.into()]).or_raise();
        ran += 1;
    }
    models::register_shipped();
    Spi::run(include_str!("../sql/queries/setup_grants.sql")).or_raise();
    worker::ensure_database_worker();
    ran
}

fn is_applied(name: &str) -> bool {
    query::one(include_str!("../sql/queries/setup_applied.sql"), &[name.into()]).unwrap_or(false)
}
