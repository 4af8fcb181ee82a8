//! `journey_setup()`: brings the schema `journey` to the version of this library, step by step.
//!
//! The tables are data, not extension members, so that pg_dump and pg_upgrade carry them and DROP EXTENSION keeps them.
//! Each step runs once and is recorded in `journey._setup_steps`; a released step is never edited, a change is a new step.

use pgrx::prelude::*;

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
const STEPS: &[Step] =
    steps!["0001_kernel", "0010_identity", "0020_capture", "0030_profile", "0040_catalog"];

/// Creates or upgrades the schema `journey`; running it again changes nothing. Returns how many steps it ran.
#[pg_extern]
fn journey_setup() -> Result<i32, spi::Error> {
    Spi::run(include_str!("../sql/queries/setup_begin.sql"))?;
    let mut ran = 0;
    for step in STEPS {
        if is_applied(step.name)? {
            continue;
        }
        Spi::run(step.sql)?;
        Spi::run_with_args(include_str!("../sql/queries/setup_record.sql"), &[step.name.into()])?;
        ran += 1;
    }
    Ok(ran)
}

fn is_applied(name: &str) -> Result<bool, spi::Error> {
    let found = Spi::get_one_with_args(include_str!("../sql/queries/setup_applied.sql"), &[name.into()])?;
    Ok(found.unwrap_or(false))
}
