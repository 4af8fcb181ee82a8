//! What models read of customers as of a time, and the categories of their next orders; both from the same fold of their events.

use pg_journey_core::kernel::time::{DAY, Micros};
use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::next_category::{Bought, Habits, learn};
use pg_journey_core::profile::{
    Cart, FEATURES_VERSION, FeatureType, Happening, Known, Order, Rates, feature_types,
};
use pgrx::JsonB;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiResult};
use serde_json::{Value, json};

use crate::error::OrRaise;
use crate::profile::at::{Of, each_person};
use crate::profile::read::Person;
use crate::statement::micros;

extension_sql_file!(
    "../../sql/functions/models_attributes.sql",
    name = "models_attributes",
    requires = [
        "models_value",
        "profile",
        _journey_features,
        _journey_features_version,
        _journey_feature_types,
        _journey_likeliest_categories,
        _journey_learn_categories,
        _journey_habits
    ]
);

extension_sql_file!(
    "../../sql/functions/models_goals.sql",
    name = "models_goals",
    requires = ["models_attributes", "models_training", "traits"]
);
extension_sql_file!(
    "../../sql/functions/models_scores.sql",
    name = "models_scores",
    requires = ["models_propensities"]
);

#[pg_extern(immutable, parallel_safe)]
fn _journey_features_version() -> i32 {
    FEATURES_VERSION
}

/// What every vector of features consists of, in types of SQL.
#[pg_extern(immutable, parallel_safe)]
fn _journey_feature_types() -> TableIterator<'static, (name!(name, String), name!(type, String))> {
    TableIterator::new(feature_types().iter().map(|(name, kind)| {
        let kind = match kind {
            FeatureType::Number => "float8",
            FeatureType::Boolean => "boolean",
            FeatureType::Text => "text",
        };
        (name.clone(), kind.to_owned())
    }))
}

/// The features of persons as they were at a time, by the identifiers that stood for them then.
#[pg_extern(stable, strict)]
fn _journey_features(
    persons: Vec<i64>,
    at: TimestampWithTimeZone,
) -> TableIterator<'static, (name!(profile_id, i64), name!(features, JsonB))> {
    let as_of = micros(at);
    let told = each_person(&persons, at, Of::Everything, |person, rates, happened| {
        let known = known(person, as_of, rates, happened);
        (person.profile_id, JsonB(Value::Object(known.named_features())))
    });
    TableIterator::new(told.or_raise())
}

/// What features are made of: no carts and no segments, which are of now.
pub fn known<'a>(
    person: &'a Person,
    as_of: Micros,
    rates: &'a Rates,
    happened: &'a [Happening],
) -> Known<'a> {
    Known {
        as_of,
        profile_id: person.profile_id,
        identifier: None,
        parts: &person.parts,
        orders: &person.orders,
        happened,
        rates,
        cart: Cart::default(),
        segments: Vec::new(),
    }
}

/// The likeliest categories of the next orders of persons as they were at a time, the likeliest first.
#[pg_extern(stable, strict)]
fn _journey_likeliest_categories(
    persons: Vec<i64>,
    at: TimestampWithTimeZone,
    habits: JsonB,
    count: i32,
) -> TableIterator<
    'static,
    (name!(profile_id, i64), name!(category, String), name!(probability, f64), name!(rank, i32)),
> {
    let habits = read_habits(habits.0).or_raise();
    let (as_of, count) = (micros(at), usize::try_from(count).unwrap_or_default());
    let told = each_person(&persons, at, Of::Orders, |person, _, _| {
        let bought: Vec<Bought> = person.orders.iter().filter_map(bought).collect();
        (person.profile_id, habits.likeliest(&bought, as_of, count))
    });
    TableIterator::new(told.or_raise().into_iter().flat_map(|(profile_id, found)| {
        let ranked = found.into_iter().zip(1..);
        ranked.map(move |((category, probability), rank)| (profile_id, category, probability, rank))
    }))
}

fn bought(order: &Order) -> Option<Bought> {
    let (placed, content) = order.counted()?;
    Some(Bought { at: placed.at, categories: content.categories.clone() })
}

fn read_habits(habits: Value) -> Result<Habits> {
    let habits: Habits = serde_json::from_value(habits).map_err(|e| {
        Error::new(Code::DataCorrupted, format!("the parameters of the model are not understood: {e}"))
            .hint("Train the model next_category again with journey_train().")
    })?;
    habits.check()
}

/// Habits that were not learned, from the orders of a statement: rows of a person, a time and categories.
#[pg_extern(stable)]
fn _journey_habits(statement: &str, at: TimestampWithTimeZone) -> JsonB {
    let orders = Spi::connect(|client| read(client, statement)).or_raise();
    let orders = orders.into_iter().map(|(_, bought)| bought);
    JsonB(json!(Habits::of(orders, micros(at))))
}

/// Parameters, metrics and snapshot of habits learned from the orders of a statement, in the order of persons; the last
/// `holdout` days measure them.
#[pg_extern(stable)]
fn _journey_learn_categories(statement: &str, at: TimestampWithTimeZone, holdout: i32) -> JsonB {
    let orders = Spi::connect(|client| read(client, statement)).or_raise();
    let rows = orders.len();
    let mut customers: Vec<(i64, Vec<Bought>)> = Vec::new();
    for (person, bought) in orders {
        match customers.last_mut() {
            Some((last, orders)) if *last == person => orders.push(bought),
            _ => customers.push((person, vec![bought])),
        }
    }
    let customers: Vec<Vec<Bought>> = customers.into_iter().map(|(_, orders)| orders).collect();
    let as_of = micros(at);
    let cut: Micros = as_of - i64::from(holdout) * DAY;
    let learned = learn(&customers, cut, as_of, || {
        pgrx::check_for_interrupts!();
    });
    JsonB(json!({
        "parameters": learned.habits,
        "metrics": {"hit_at_5": learned.hit_at_5, "frequent_hit_at_5": learned.frequent_hit_at_5,
                    "popular_hit_at_5": learned.popular_hit_at_5, "customers": learned.customers, "learned": learned.learned},
        "score": learned.learned.then_some(learned.hit_at_5),
        "snapshot": {"rows": rows, "customers": customers.len()},
    }))
}

/// Rows of a statement at a time.
const BATCH: i64 = 10_000;

fn read(client: &SpiClient, statement: &str) -> SpiResult<Vec<(i64, Bought)>> {
    let mut orders = Vec::new();
    let mut cursor = client.open_cursor(statement, &[]);
    loop {
        let batch = cursor.fetch(BATCH)?;
        if batch.is_empty() {
            return Ok(orders);
        }
        for row in batch {
            let person = row.get(1)?.unwrap_or_default();
            let at: Option<TimestampWithTimeZone> = row.get(2)?;
            let categories: Vec<Option<String>> = row.get(3)?.unwrap_or_default();
            let categories = categories.into_iter().flatten().collect();
            orders.extend(at.map(|at| (person, Bought { at: micros(at), categories })));
        }
        pgrx::check_for_interrupts!();
    }
}
