//! What models that read the features of customers foretell of them, many customers at a time.

use pg_journey_core::kernel::Result;
use pg_journey_core::models::features::{Feature, encode, encode_placed, parse};
use pg_journey_core::profile::feature_types;
use pgrx::JsonB;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use serde_json::Value;

use super::attributes::known;
use super::scoring::deployed;
use crate::error::OrRaise;
use crate::profile::at::{Of, each_person};
use crate::statement::micros;

extension_sql_file!(
    "../../sql/functions/models_propensities.sql",
    name = "models_propensities",
    requires = ["models_goals", "models_scoring", _journey_score_persons, _journey_encode]
);

extension_sql_file!(
    "../../sql/functions/models_drift.sql",
    name = "models_drift",
    requires = ["models_propensities"]
);

/// The score of each person by a version of a model, as of a time, and the model's input; none of who has not bought, where
/// only `buyers` are asked for. The model reads nothing but features of customers.
#[pg_extern(volatile, strict, cost = 100000)]
fn _journey_score_persons(
    model: &str,
    version: i32,
    persons: Vec<i64>,
    at: TimestampWithTimeZone,
    buyers: bool,
) -> TableIterator<'static, (name!(profile_id, i64), name!(score, Option<f64>), name!(features, Vec<f32>))> {
    TableIterator::new(score(model, version, &persons, at, buyers).or_raise())
}

type Scored = (i64, Option<f64>, Vec<f32>);

fn score(
    model: &str,
    version: i32,
    persons: &[i64],
    at: TimestampWithTimeZone,
    buyers: bool,
) -> Result<Vec<Scored>> {
    let model = deployed(model, Some(version))?;
    let places = places(&model.features);
    let as_of = micros(at);
    let read = each_person(persons, at, Of::Everything, |person, rates, happened| {
        let asked = !buyers || person.parts.orders > 0;
        asked.then(|| (person.profile_id, known(person, as_of, rates, happened).features()))
    });
    let mut ids = Vec::new();
    let mut values = Vec::new();
    for (id, features) in read.or_raise().into_iter().flatten() {
        ids.push(id);
        values.extend(encode_placed(&model.features, &places, &features)?);
    }
    let scores = model.score_rows(&values)?;
    let inputs = values.chunks(model.features.len()).map(<[f32]>::to_vec);
    Ok(ids.into_iter().zip(scores).zip(inputs).map(|((id, score), input)| (id, score, input)).collect())
}

/// Where the values of a model's features are in a customer's.
fn places(features: &[Feature]) -> Vec<usize> {
    let place = |feature: &Feature| feature_types().iter().position(|(name, _)| *name == feature.name);
    features.iter().map(|feature| place(feature).unwrap_or(usize::MAX)).collect()
}

/// The input that features by name are to a model, by its registered features.
#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_encode(features: JsonB, row: JsonB) -> Vec<f32> {
    let Value::Object(row) = row.0 else { return Vec::new() };
    parse(&features.0).and_then(|features| encode(&features, &row)).or_raise()
}
