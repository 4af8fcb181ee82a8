//! Customer lifetime value: what customers paid to the core, and its parameters and forecasts back.
//!
//! What is read, and with whose rights, is the statement's business, which sql/functions/models_value.sql composes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::value::{
    self, Day, Fitted, Held, Model, Options, Parameters, Summary, evaluate, fit,
};
use pgrx::JsonB;
use pgrx::pg_sys::PgOid;
use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiHeapTupleData, SpiResult};
use serde_json::{Value, json};

use crate::error::{OrRaise, raise};
use crate::statement::{ByIndex, OnePlan};

extension_sql_file!(
    "../../sql/functions/models_registry.sql",
    name = "models_registry",
    requires = ["models"]
);
extension_sql_file!(
    "../../sql/functions/models_value.sql",
    name = "models_value",
    requires = [
        "models_registry",
        "profile",
        _journey_value_options,
        _journey_value_fit,
        _journey_value_forecast,
        _journey_value_days_until
    ]
);

/// The options of a training with their defaults.
#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_value_options(options: JsonB) -> JsonB {
    JsonB(json!(Options::read(options.0).or_raise()))
}

/// Parameters, metrics and snapshot of a fit to the rows of a statement; `until` in days since 1970, NULL: the last that is found.
#[pg_extern]
fn _journey_value_fit(statement: &str, options: JsonB, until: Option<i32>) -> JsonB {
    let options = Options::read(options.0).or_raise();
    let read = Spi::connect(|client| read(client, statement, None)).or_raise();
    JsonB(train(&read, &options, until).or_raise())
}

struct Read {
    customers: Vec<(String, Vec<Day>)>,
    rows: usize,
}

fn train(read: &Read, options: &Options, until: Option<i32>) -> Result<Value> {
    let mut pause = || {
        pgrx::check_for_interrupts!();
    };
    let days = || read.customers.iter().flat_map(|(_, days)| days.iter().map(|day| day.day));
    let until = until.or_else(|| days().max()).unwrap_or_default();
    let first = days().min().unwrap_or_default();
    let seen: Vec<Summary> =
        read.customers.iter().filter_map(|(_, days)| value::summary(days, until)).collect();
    let fitted = fit(&seen, options.model, options.unit.days(), &mut pause)?;
    let held = match options.holdout_of(first, until) {
        0 => Err("holdout is 0".to_owned()),
        holdout => {
            let customers: Vec<&[Day]> = read.customers.iter().map(|(_, days)| days.as_slice()).collect();
            evaluate(&customers, options.model, until - holdout, until, &mut pause).map_err(|e| e.message)
        }
    };
    Ok(json!({
        "parameters": parameters(&fitted),
        "metrics": metrics(&fitted, &held),
        "score": held.as_ref().ok().map(|held| held.gini),
        "snapshot": {"rows": read.rows, "customers": fitted.customers, "repeating": fitted.repeating, "first_day": first, "until": until},
    }))
}

fn parameters(fitted: &Fitted) -> Value {
    let mut parameters = json!(fitted.parameters);
    parameters["log_likelihood"] = fitted.log_likelihood.into();
    parameters["gamma_gamma_log_likelihood"] = fitted.value_log_likelihood.into();
    parameters
}

fn metrics(fitted: &Fitted, held: &std::result::Result<Held, String>) -> Value {
    json!({
        "boundary": fitted.at_bound,
        "slope": fitted.slope,
        "frequency_value_correlation": fitted.correlation,
        "holdout": held.as_ref().ok(),
        "no_holdout": held.as_ref().err(),
    })
}

type Told = (String, f64, f64, f64, f64, f64, f64, f64, f64, f64);

/// Forecasts for the customers of a statement, or one of them, as of a day since 1970.
#[pg_extern(stable)]
#[expect(clippy::type_complexity, reason = "pgrx reads the result's columns from the type")]
fn _journey_value_forecast(
    statement: &str,
    customer: Option<&str>,
    parameters: JsonB,
    options: JsonB,
    today: i32,
    horizon_days: f64,
) -> TableIterator<
    'static,
    (
        name!(customer, String),
        name!(historic, f64),
        name!(expected, f64),
        name!(p_alive, f64),
        name!(low, f64),
        name!(high, f64),
        name!(purchases, f64),
        name!(next_days, f64),
        name!(next_low, f64),
        name!(next_high, f64),
    ),
> {
    let model = model(parameters, options).or_raise();
    let read = Spi::connect(|client| read(client, statement, customer)).or_raise();
    let told = read.customers.into_iter().filter_map(move |(customer, days)| {
        pgrx::check_for_interrupts!();
        value::summary(&days, today).map(|seen| told(&model, customer, &seen, horizon_days))
    });
    TableIterator::new(told.collect::<Vec<_>>())
}

/// Days after one since 1970 until what persons are expected to spend reaches an amount each, by a statement that reads what some
/// customers paid; nothing of who does not within `most_days`.
#[pg_extern(stable, strict)]
fn _journey_value_days_until(
    statement: &str,
    parameters: JsonB,
    options: JsonB,
    today: i32,
    persons: Vec<i64>,
    amounts: Vec<f64>,
    most_days: f64,
) -> TableIterator<'static, (name!(person, i64), name!(days, f64))> {
    let model = model(parameters, options).or_raise();
    let asked = format!("{{{}}}", persons.iter().map(i64::to_string).collect::<Vec<_>>().join(","));
    let amounts: BTreeMap<i64, f64> = persons.into_iter().zip(amounts).collect();
    let read = Spi::connect(|client| read(client, statement, Some(&asked))).or_raise();
    let told = read.customers.into_iter().filter_map(move |(customer, days)| {
        pgrx::check_for_interrupts!();
        let person = customer.parse().ok()?;
        let seen = value::summary(&days, today)?;
        Some((person, model.days_until(&seen, *amounts.get(&person)?, most_days)?))
    });
    TableIterator::new(told.collect::<Vec<_>>())
}

fn model(parameters: JsonB, options: JsonB) -> Result<Model> {
    let options = Options::read(options.0)?;
    let parameters: Parameters = serde_json::from_value(parameters.0).map_err(|e| {
        Error::new(Code::DataCorrupted, format!("the parameters of the model are not understood: {e}"))
            .hint("Train it again with journey_train().")
    })?;
    Model::new(parameters, options.unit.days())
}

fn told(model: &Model, customer: String, seen: &Summary, horizon_days: f64) -> Told {
    let found = model.forecast(seen, horizon_days);
    let next = model.next_order(seen);
    (
        customer,
        seen.historic,
        found.value,
        found.p_alive,
        found.low,
        found.high,
        found.purchases,
        next.days,
        next.low,
        next.high,
    )
}

/// Rows of a statement at a time.
const BATCH: i64 = 10_000;

/// What each customer paid, from rows in the order of customers and days.
fn read(client: &SpiClient, statement: &str, customer: Option<&str>) -> SpiResult<Read> {
    let mut found = Read { customers: Vec::new(), rows: 0 };
    if customer.is_some() {
        let plan = kept(client, statement)?;
        let (_by_index, _one_plan) = (ByIndex::begin(), OnePlan::begin());
        for row in client.select(&*plan, None, &[customer.into()])? {
            found.add(payment(&row)?);
        }
        return Ok(found);
    }
    let mut cursor = client.open_cursor(statement, &[customer.into()]);
    loop {
        let batch = cursor.fetch(BATCH)?;
        if batch.is_empty() {
            return Ok(found);
        }
        for row in batch {
            found.add(payment(&row)?);
        }
        pgrx::check_for_interrupts!();
    }
}

impl Read {
    fn add(&mut self, (customer, day): (String, Day)) {
        self.rows += 1;
        match self.customers.last_mut() {
            Some((last, days)) if *last == customer => days.push(day),
            _ => self.customers.push((customer, vec![day])),
        }
    }
}

/// Statements of which a session keeps the plan: those of the model in use, of today and of some day that was asked about.
const KEPT: usize = 4;

thread_local! {
    static PLANS: RefCell<Vec<(String, Rc<OwnedPreparedStatement>)>> = const { RefCell::new(Vec::new()) };
}

/// The plan for one customer, or some: to make it takes longer than to run it. Postgres makes it anew when what it reads has changed.
fn kept(client: &SpiClient, statement: &str) -> SpiResult<Rc<OwnedPreparedStatement>> {
    let known = PLANS.with_borrow(|plans| {
        plans.iter().find(|(text, _)| text == statement).map(|(_, plan)| Rc::clone(plan))
    });
    if let Some(plan) = known {
        return Ok(plan);
    }
    let types = [PgOid::BuiltIn(PgBuiltInOids::TEXTOID)];
    let plan = Rc::new(client.prepare(statement, &types)?.keep());
    PLANS.with_borrow_mut(|plans| {
        plans.truncate(KEPT - 1);
        plans.insert(0, (statement.to_owned(), Rc::clone(&plan)));
    });
    Ok(plan)
}

fn payment(row: &SpiHeapTupleData) -> SpiResult<(String, Day)> {
    let customer: String = row.get(1)?.unwrap_or_default();
    if let Some(reason) = row.get::<String>(5)? {
        raise(
            Error::invalid(format!("customer {customer}: {reason}")).hint(
                "Amounts are converted by journey.fx_rates; rows of a source need a time and an amount.",
            ),
        );
    }
    let day = row.get::<i32>(2)?.unwrap_or_default();
    let (amount, returned) = (row.get(3)?.unwrap_or(f64::NAN), row.get(4)?.unwrap_or_default());
    let mut day = Day::of_amount(day, amount)
        .map_err(|e| Error { message: format!("customer {customer}: {}", e.message), ..e })
        .or_raise();
    day.refunded += f64::max(returned, 0.0);
    Ok((customer, day))
}
