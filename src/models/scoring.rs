//! Scores of small models: names of features are checked here, numbers come from the engine.
//!
//! Which version is deployed is read by the statement's own snapshot each time, in one lookup; what the version is, is kept
//! in the session until its row changes. Rows are read with the caller's rights, slice by slice, while the engine scores
//! the slices before.

mod source;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::features::{self, Feature, expected};
use pg_journey_core::models::protocol::{Answer, Call, Graph, Score, bytes_of, values_of};
use pg_journey_core::models::signature::{self, Served};
use pgrx::JsonB;
use pgrx::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::source::digest;
use super::{check_name, check_task};
use crate::error::OrRaise;
use crate::{engine, query};

extension_sql_file!(
    "../../sql/functions/models_scoring.sql",
    name = "models_scoring",
    requires = [
        "models_registry",
        journey_predict,
        journey_predict_rows,
        journey_import_graph,
        journey_inspect_graph
    ]
);

/// Models that a session keeps the description of.
const MOST_KNOWN: usize = 64;

/// The deployed version of a model, or the one that was asked for, as scoring needs it.
pub struct Deployed {
    name: String,
    version: i32,
    sha256: [u8; 32],
    pub features: Vec<Feature>,
    output: String,
    class: Option<String>,
}

/// By the name of the model and the version that was asked for, with the row's version in the table: any change of it changes
/// that.
type Known = HashMap<(String, Option<i32>), (String, Rc<Deployed>)>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// The score of one row of features by the deployed version of a model; null where the model has none for it. Volatile, so
/// that planning a statement does not ask the engine; the version is that of the statement's snapshot all the same.
#[pg_extern(strict, volatile, parallel_safe, cost = 100000)]
fn journey_predict(model: &str, features: JsonB) -> Option<f64> {
    predict(model, features.0).or_raise()
}

/// A score for each row of a table.
#[pg_extern(name = "journey_predict", strict, volatile, parallel_safe, cost = 1000000)]
fn journey_predict_rows(
    model: &str,
    source: source::Regclass,
    id: default!(&str, "''"),
) -> TableIterator<'static, (name!(id, Option<String>), name!(score, Option<f64>))> {
    let scores = deployed(model, None).and_then(|model| source::Scores::of(model, source, id)).or_raise();
    TableIterator::new(scores)
}

/// What the engine finds in a model of one graph: inputs, outputs, operators.
#[pg_extern(name = "journey_inspect_model", strict)]
fn journey_inspect_graph(source: &[u8]) -> JsonB {
    JsonB(inspect("model", source.to_vec()).or_raise())
}

/// Registers an ONNX model under a name, deploys it and returns its version.
#[pg_extern(name = "journey_import_model")]
fn journey_import_graph(name: &str, source: &[u8], signature: default!(Option<JsonB>, "NULL")) -> i32 {
    import(name, source, signature.map(|JsonB(value)| value)).or_raise()
}

/// A model of one graph, from a file below pg_journey.model_path.
pub fn import_file(name: &str, path: &str, signature: Option<Value>) -> Result<i32> {
    import(name, &read_file(path)?, signature)
}

pub fn inspect_file(path: &str) -> Result<Value> {
    inspect(path, read_file(path)?)
}

fn read_file(path: &str) -> Result<Vec<u8>> {
    match engine::call(Call::ReadGraph { path: path.to_owned() })? {
        Answer::Content(content) => Ok(content),
        _ => Err(engine::wrong_answer()),
    }
}

fn import(name: &str, graph: &[u8], signature: Option<Value>) -> Result<i32> {
    check_name(name)?;
    let found = inspect(name, graph.to_vec())?;
    let served = signature::serve(&found["inputs"], &found["outputs"], signature.as_ref())?;
    let manifest = json!({"name": name, "task": served.task, "output": served.output, "class": served.class});
    check_task(name, &manifest)?;
    try_out(name, graph, &served)?;
    let arguments = [name.into(), JsonB(json!(served)).into(), graph.to_vec().into()];
    let version =
        Spi::get_one_with_args(include_str!("../../sql/queries/models_import_graph.sql"), &arguments);
    Ok(version.or_raise().unwrap_or_default())
}

fn inspect(name: &str, graph: Vec<u8>) -> Result<Value> {
    let Answer::Inspected(found) =
        engine::call(Call::InspectGraph(Graph { name: name.to_owned(), content: graph }))?
    else {
        return Err(engine::wrong_answer());
    };
    serde_json::from_str(&found).map_err(|e| {
        Error::new(Code::ProtocolViolation, format!("the engine's answer is not understood: {e}"))
    })
}

/// A model that cannot score a row is not registered.
fn try_out(name: &str, graph: &[u8], served: &Served) -> Result<()> {
    let model = Deployed {
        name: name.to_owned(),
        version: 0,
        sha256: source::sha256(graph),
        features: served.features.clone(),
        output: served.output.clone(),
        class: served.class.clone(),
    };
    let row = vec![0.0; model.features.len()];
    match engine::call(Call::Score(Score { graph: Some(graph.to_vec()), ..model.request(&row) }))? {
        Answer::Scored(scores) if values_of(&scores).len() == 1 => Ok(()),
        _ => Err(engine::wrong_answer()),
    }
}

fn predict(name: &str, features: Value) -> Result<Option<f64>> {
    let model = deployed(name, None)?;
    let Value::Object(row) = features else {
        return Err(Error::invalid(format!("the features {features} are not a JSON object"))
            .hint(format!("Expected are {}.", expected(&model.features))));
    };
    let scores = model.score_rows(&features::encode(&model.features, &row)?)?;
    Ok(scores.first().copied().flatten())
}

impl Deployed {
    fn request(&self, values: &[f32]) -> Score {
        Score {
            name: self.name.clone(),
            sha256: self.sha256,
            graph: None,
            output: self.output.clone(),
            class: self.class.clone(),
            columns: self.features.len() as u32,
            values: bytes_of(values),
        }
    }

    /// A score for each encoded row, None where the model has none.
    pub fn score_rows(&self, values: &[f32]) -> Result<Vec<Option<f64>>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let scores = self.score(self.request(values))?;
        Ok(scores.into_iter().map(|score| (!score.is_nan()).then_some(f64::from(score))).collect())
    }

    /// Scores of the request's rows; the graph is sent along where the engine does not hold it.
    fn score(&self, request: Score) -> Result<Vec<f32>> {
        ask(self.version, request)
    }
}

/// Scores of the rows of a request by a version of the model it names.
pub fn ask(version: i32, request: Score) -> Result<Vec<f32>> {
    let graph = || {
        let arguments = [request.name.as_str().into(), version.into()];
        let found = query::one(include_str!("../../sql/queries/models_artefact.sql"), &arguments);
        found.ok_or_else(|| unknown(&request.name))
    };
    let answer = match engine::call(Call::Score(request.clone()))? {
        Answer::NotHeld => engine::call(Call::Score(Score { graph: Some(graph()?), ..request.clone() }))?,
        answer => answer,
    };
    match answer {
        Answer::Scored(scores) => Ok(values_of(&scores)),
        _ => Err(engine::wrong_answer()),
    }
}

/// A version by the snapshot of the statement, or the deployed one.
pub fn deployed(name: &str, version: Option<i32>) -> Result<Rc<Deployed>> {
    let stamp: Option<String> =
        query::one(include_str!("../../sql/queries/models_stamp.sql"), &[name.into(), version.into()]);
    let stamp = stamp.ok_or_else(|| unknown(name))?;
    let key = (name.to_owned(), version);
    let known = KNOWN.with_borrow(|known| {
        known.get(&key).filter(|(seen, _)| *seen == stamp).map(|(_, model)| model.clone())
    });
    if let Some(known) = known {
        return Ok(known);
    }
    let model = Rc::new(describe(name, version)?);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(key, (stamp, model.clone()));
    });
    Ok(model)
}

fn describe(name: &str, version: Option<i32>) -> Result<Deployed> {
    #[derive(Deserialize)]
    struct Described {
        version: i32,
        features: Value,
        sha256: Option<String>,
        output: String,
        class: Option<String>,
    }
    let found: Option<JsonB> =
        query::one(include_str!("../../sql/queries/models_graph.sql"), &[name.into(), version.into()]);
    let JsonB(found) = found.ok_or_else(|| unknown(name))?;
    let found: Described = serde_json::from_value(found).map_err(|e| {
        Error::new(
            Code::DataCorrupted,
            format!("the registration of model \"{name}\" is not understood: {e}"),
        )
    })?;
    let sha256 = found.sha256.as_deref().and_then(source::digest).ok_or_else(|| {
        Error::new(Code::ObjectNotInPrerequisiteState, format!("model \"{name}\" scores no rows of features"))
            .hint("Name a model whose task is classification or regression; journey.models lists them.")
    })?;
    Ok(Deployed {
        name: name.to_owned(),
        version: found.version,
        sha256,
        features: features::parse(&found.features)?,
        output: found.output,
        class: found.class,
    })
}

fn unknown(name: &str) -> Error {
    let known: Option<String> = query::one(include_str!("../../sql/queries/models_scoring_known.sql"), &[]);
    let error = Error::new(Code::UndefinedObject, format!("no version of a model \"{name}\" is deployed"));
    match known {
        Some(known) => error.hint(format!("There are: {known}.")),
        None => error.hint("Make one with journey_train() or journey_import_model()."),
    }
}
