//! Training on a table or query: rows to the engine, and the model it fitted back; and the reasons of such a model.
//!
//! What is read, and with whose rights, is the statement's business, which sql/functions/models_training.sql composes.

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::features::{Feature, Kind, encode, parse};
use pg_journey_core::models::protocol::{Answer, Call, Fit, Fitting, MAX_FRAME};
use pg_journey_core::models::training::{Model, Options, Rows, Task, check_target};
use pgrx::JsonB;
use pgrx::prelude::*;
use pgrx::spi::{SpiClient, SpiHeapTupleData, SpiResult};
use serde_json::{Map, Value, json};

use super::check_name;
use crate::engine;
use crate::error::{OrRaise, raise};

extension_sql_file!(
    "../../sql/functions/models_training.sql",
    name = "models_training",
    requires = [
        "models_value",
        _journey_train_options,
        _journey_columns,
        _journey_fit,
        _journey_check_name,
        _journey_contributions
    ]
);

/// The options of a training on a table with their defaults.
#[pg_extern(immutable, parallel_safe, strict)]
fn _journey_train_options(options: JsonB) -> JsonB {
    JsonB(json!(Options::read(options.0).or_raise()))
}

/// Raises where a model cannot have the name.
#[pg_extern(stable, strict)]
fn _journey_check_name(name: &str) {
    check_name(name).or_raise();
}

/// The columns of a query, which is run and should say LIMIT 0, each with what it can be: number, boolean, category, time, or other.
#[pg_extern(stable, strict)]
fn _journey_columns(query: &str) -> TableIterator<'static, (name!(name, String), name!(kind, String))> {
    let columns = Spi::connect(|client| {
        let found = client.select(query, None, &[])?;
        (1..=found.columns()?)
            .map(|place| Ok((found.column_name(place)?, kind_of(found.column_type_oid(place)?).to_owned())))
            .collect::<SpiResult<Vec<_>>>()
    });
    TableIterator::new(columns.or_raise())
}

/// By the type below its domains.
fn kind_of(oid: PgOid) -> &'static str {
    // SAFETY: a type of a column exists while the query that has it is planned; both functions read the catalog.
    let (base, is_enum) = unsafe {
        let base = pg_sys::getBaseType(oid.value());
        (base, pg_sys::type_is_enum(base))
    };
    match PgOid::from(base) {
        PgOid::BuiltIn(
            PgBuiltInOids::INT2OID
            | PgBuiltInOids::INT4OID
            | PgBuiltInOids::INT8OID
            | PgBuiltInOids::FLOAT4OID
            | PgBuiltInOids::FLOAT8OID
            | PgBuiltInOids::NUMERICOID,
        ) => "number",
        PgOid::BuiltIn(PgBuiltInOids::BOOLOID) => "boolean",
        PgOid::BuiltIn(
            PgBuiltInOids::TEXTOID
            | PgBuiltInOids::VARCHAROID
            | PgBuiltInOids::BPCHAROID
            | PgBuiltInOids::NAMEOID
            | PgBuiltInOids::CHAROID,
        ) => "category",
        PgOid::BuiltIn(
            PgBuiltInOids::DATEOID | PgBuiltInOids::TIMESTAMPOID | PgBuiltInOids::TIMESTAMPTZOID,
        ) => "time",
        _ if is_enum => "category",
        _ => "other",
    }
}

/// Texts of one category that are told apart: the first so many; others are not known to the model.
const MOST_TEXTS: usize = 1000;

/// Fits to the rows of a statement, whose columns are the target, the weight, the time, an array of numbers (booleans as 0 and 1) and
/// one of texts. `columns` lists the features as {"name", "kind"}.
#[pg_extern]
fn _journey_fit(model: &str, statement: &str, options: JsonB, columns: JsonB) -> JsonB {
    let options = Options::read(options.0).or_raise();
    let mut reader = Reader::new(&columns.0);
    Spi::connect(|client| reader.read(client, statement)).or_raise();
    JsonB(reader.fit(model, &options).or_raise())
}

struct Reader {
    features: Vec<Feature>,
    /// Of each feature, as it comes.
    values: Vec<Vec<f32>>,
    rows: Rows,
    /// Rows without a target.
    left_out: usize,
}

const BATCH: i64 = 10_000;

impl Reader {
    fn new(columns: &Value) -> Reader {
        let features = columns.as_array().into_iter().flatten().map(|column| {
            let name = column["name"].as_str().unwrap_or_default().to_owned();
            let kind = match column["kind"].as_str() {
                Some("category") => Kind::Category { values: Vec::new() },
                Some("boolean") => Kind::Boolean,
                _ => Kind::Number,
            };
            Feature { name, kind }
        });
        let features: Vec<Feature> = features.collect();
        Reader { values: vec![Vec::new(); features.len()], features, rows: Rows::default(), left_out: 0 }
    }

    fn read(&mut self, client: &SpiClient, statement: &str) -> SpiResult<()> {
        let mut cursor = client.open_cursor(statement, &[]);
        loop {
            let batch = cursor.fetch(BATCH)?;
            if batch.is_empty() {
                return Ok(());
            }
            for row in batch {
                self.add(&row)?;
            }
            self.check_size().or_raise();
            pgrx::check_for_interrupts!();
        }
    }

    fn add(&mut self, row: &SpiHeapTupleData) -> SpiResult<()> {
        let Some(target) = row.get::<f64>(1)? else {
            self.left_out += 1;
            return Ok(());
        };
        let number = |name: &str, value: f64| {
            if value.is_infinite() || value.is_finite() && (value as f32).is_infinite() {
                raise(
                    Error::invalid(format!(
                        "{name} is {} in a row",
                        if value > 0.0 { "too large" } else { "too small" }
                    ))
                    .hint("Numbers are finite and below 3.4e38."),
                );
            }
            value
        };
        self.rows.targets.push(number("the target", target));
        if let Some(weight) = row.get::<f64>(2)? {
            if !(weight > 0.0 && weight.is_finite()) {
                raise(
                    Error::invalid(format!("the weight of a row is {weight}")).hint("Weights are above 0."),
                );
            }
            self.rows.weights.push(weight);
        }
        if let Some(time) = row.get::<f64>(3)? {
            self.rows.times.push(time);
        }
        let numbers: Vec<Option<f64>> = row.get(4)?.unwrap_or_default();
        let texts: Vec<Option<String>> = row.get(5)?.unwrap_or_default();
        let (mut numbers, mut texts) = (numbers.into_iter(), texts.into_iter());
        for (feature, values) in self.features.iter_mut().zip(&mut self.values) {
            values.push(match &mut feature.kind {
                Kind::Category { values } => code(values, texts.next().flatten()),
                Kind::Number | Kind::Boolean => {
                    numbers.next().flatten().map_or(f32::NAN, |value| number(&feature.name, value) as f32)
                }
            });
        }
        Ok(())
    }

    /// The engine takes no larger message, and this process holds no more.
    fn check_size(&self) -> Result<()> {
        let rows = self.rows.count();
        let bytes = rows * (4 * self.features.len() + 24);
        if bytes < MAX_FRAME {
            return Ok(());
        }
        let message = format!(
            "{rows} rows and more of {} features are larger than the limit of {} MB",
            self.features.len(),
            MAX_FRAME >> 20
        );
        Err(Error::new(Code::ProgramLimitExceeded, message)
            .hint("Name fewer features, or train on a sample of the rows."))
    }

    fn fit(mut self, model: &str, options: &Options) -> Result<Value> {
        let task = options.task.unwrap_or(Task::Regression);
        if task == Task::Classification
            && let Some(other) = self.rows.targets.iter().find(|target| **target != 0.0 && **target != 1.0)
        {
            return Err(Error::invalid(format!("the target of a classification is {other} in a row"))
                .hint("A target is boolean, or 0 and 1; write a query such as SELECT …, status = 'churned' AS target."));
        }
        check_target(task, &self.rows.targets)?;
        let rows = self.rows.count();
        self.rows.categories =
            self.features.iter().map(texts_of).map(|texts| texts.map_or(0, <[String]>::len) as u32).collect();
        self.rows.values = self.values.concat();
        self.values.clear();
        let fit = Fit {
            model: model.to_owned(),
            task,
            algorithm: options.algorithm,
            folds: options.folds,
            seed: options.seed,
            balance: options.balance,
            rounds: options.rounds,
            learning_rate: options.learning_rate,
            leaves: options.leaves,
            rows: std::mem::take(&mut self.rows),
        };
        let Answer::Fitted(Fitting { onnx, metrics, score, ranks }) = engine::call(Call::Fit(fit))? else {
            return Err(engine::wrong_answer());
        };
        for (feature, ranks) in self.features.iter_mut().zip(ranks) {
            if let Kind::Category { values } = &mut feature.kind {
                *values = in_order(values, &ranks);
            }
        }
        let metrics: Value = serde_json::from_str(&metrics).map_err(|e| {
            Error::new(Code::ProtocolViolation, format!("the engine's metrics are not understood: {e}"))
        })?;
        Ok(json!({
            "features": self.features,
            "metrics": metrics,
            "score": score,
            "snapshot": {"rows": rows, "without_target": self.left_out},
            "artefact": hex(&onnx),
        }))
    }
}

fn texts_of(feature: &Feature) -> Option<&[String]> {
    match &feature.kind {
        Kind::Category { values } => Some(values),
        Kind::Number | Kind::Boolean => None,
    }
}

/// The place of a text among those that were seen, which it joins while there is room.
fn code(seen: &mut Vec<String>, text: Option<String>) -> f32 {
    let Some(text) = text else { return f32::NAN };
    if let Some(place) = seen.iter().position(|other| *other == text) {
        return place as f32;
    }
    if seen.len() == MOST_TEXTS {
        return f32::NAN;
    }
    seen.push(text);
    (seen.len() - 1) as f32
}

/// Texts by their rank in the model.
fn in_order(texts: &[String], ranks: &[Option<u32>]) -> Vec<String> {
    let mut ranked: Vec<_> =
        ranks.iter().zip(texts).filter_map(|(rank, text)| rank.map(|rank| (rank, text))).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, text)| text.clone()).collect()
}

/// As `decode(…, 'hex')` reads it.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The score of a row of features, and what each adds to that of the mean row, by the artefact and the features of a version.
#[pg_extern(stable, strict, cost = 10000)]
fn _journey_contributions(
    artefact: &[u8],
    features: JsonB,
    row: JsonB,
) -> TableIterator<
    'static,
    (name!(feature, Option<String>), name!(value, Option<JsonB>), name!(contribution, f64)),
> {
    let told = contributions(artefact, &features.0, &row.0).or_raise();
    TableIterator::new(told.into_iter().map(|(name, value, part)| (name, value.map(JsonB), part)))
}

/// A feature, its value, and what it adds to the score.
type Reason = (Option<String>, Option<Value>, f64);

/// The base comes first, without a name.
fn contributions(artefact: &[u8], features: &Value, row: &Value) -> Result<Vec<Reason>> {
    let features = parse(features)?;
    let empty = Map::new();
    let row = row.as_object().unwrap_or(&empty);
    let model = Model::of_onnx(artefact)?;
    let encoded = encode(&features, row)?;
    if model.width() != encoded.len() {
        let message =
            format!("the model reads {} features, of which {} are registered", model.width(), encoded.len());
        return Err(Error::new(Code::DataCorrupted, message).hint("Train it again with journey_train()."));
    }
    let (base, parts) = model.contributions(&encoded);
    let named = features.into_iter().zip(parts).map(|(feature, part)| {
        let value = row.get(&feature.name).cloned();
        (Some(feature.name), value, part)
    });
    Ok(std::iter::once((None, None, base)).chain(named).collect())
}
