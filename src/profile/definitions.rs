//! Definitions of traits and segments, checked and compiled by the core.

use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::profile::segments::{self, Known};
use pg_journey_core::profile::traits::{self, Plan, Scope};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde_json::json;

use crate::error::OrRaise;

extension_sql_file!(
    "../../sql/functions/traits.sql",
    name = "traits",
    requires = ["profile", _journey_compile_trait]
);
extension_sql_file!(
    "../../sql/functions/segments.sql",
    name = "segments",
    requires = ["traits", _journey_compile_segment]
);

#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_compile_trait(definition: JsonB, one: bool) -> JsonB {
    compiled(traits::compile(&definition.0, scope(one)))
}

#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_compile_segment(rule: JsonB, known: JsonB, one: bool) -> JsonB {
    let known: Result<Known> = serde_json::from_value(known.0)
        .map_err(|e| Error::invalid(format!("what the rule may name is unreadable: {e}")));
    compiled(known.and_then(|known| segments::compile(&rule.0, &known, scope(one))))
}

fn scope(one: bool) -> Scope {
    if one { Scope::One } else { Scope::All }
}

fn compiled(plan: Result<Plan>) -> JsonB {
    JsonB(json!(plan.or_raise()))
}
