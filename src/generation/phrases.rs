//! Learning from reviewers: the core counts, tables hold what it found.

use pg_journey_core::generation::facts::Facts;
use pg_journey_core::generation::phrases::{self, Decided, Phrase};
use pg_journey_core::kernel::Result;
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::broken_row;
use crate::error::OrRaise;
use crate::query;

extension_sql_file!(
    "../../sql/functions/generation_phrases.sql",
    name = "generation_phrases",
    requires = ["generation_review", _journey_learn]
);

/// A row of journey.labels with the facts of its text.
#[derive(Deserialize)]
struct Label {
    text: String,
    made: Option<String>,
    facts: Facts,
}

#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_learn(labels: JsonB) -> JsonB {
    let labels: Vec<serde_json::Value> =
        serde_json::from_value(labels.0).map_err(|e| broken_row("labels", &e)).or_raise();
    // One whose facts are not understood teaches nothing, and keeps nobody from learning of the others.
    let decided = labels.into_iter().filter_map(|label| {
        let Label { text, made, facts } = serde_json::from_value(label).ok()?;
        Some(Decided { text, made, names: phrases::names(&facts) })
    });
    JsonB(json!(phrases::learn(&decided.collect::<Vec<_>>())))
}

/// What is known of phrases in texts of a kind.
pub fn of_kind(kind: &str) -> Result<Vec<Phrase>> {
    let found: Option<JsonB> =
        query::one(include_str!("../../sql/queries/generation_phrases.sql"), &[kind.into()]);
    let Some(JsonB(found)) = found else { return Ok(Vec::new()) };
    serde_json::from_value(found).map_err(|e| broken_row("a row of journey.phrases", &e))
}
