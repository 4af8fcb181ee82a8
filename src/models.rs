//! Models: which file set a name stands for, embeddings, registering models, and what customers are worth (`value`).
//!
//! In: the name of a role or a model, and texts. Out: the files the engine is to load, and vectors. It may not open model
//! files: only the engine does, inside its sandbox.

mod attributes;
mod propensities;
mod scoring;
mod sentiment;
mod training;
mod value;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Call, Embed, ModelFile, ModelFiles};
use pgrx::datum::JsonB;
use pgrx::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::OrRaise;
use crate::vector::Vector;
use crate::{engine, query};

extension_sql_file!(
    "../sql/functions/models.sql",
    name = "models",
    requires = [journey_embed, journey_embed_many, journey_inspect_model, journey_import_model]
);

/// What a model must be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Text,
    Embedding,
}

impl Task {
    fn name(self) -> &'static str {
        match self {
            Task::Text => "text",
            Task::Embedding => "embedding",
        }
    }
}

/// The deployed version of a model.
#[derive(Debug, Clone, Deserialize)]
pub struct Model {
    pub version: i32,
    pub prompt_format: Option<String>,
    pub context_length: Option<usize>,
    pub files: ModelFiles,
}

/// The model behind a role (`text`, `fast_text`, `embedding`) or a model's own name.
pub fn resolve(name: &str, task: Task) -> Result<Model> {
    let arguments = [name.into(), task.name().into()];
    let found = query::one::<JsonB>(include_str!("../sql/queries/models_resolve.sql"), &arguments);
    let JsonB(model) = found.ok_or_else(|| unknown(name, task))?;
    serde_json::from_value(model).map_err(|e| {
        Error::new(
            Code::DataCorrupted,
            format!("the registration of model \"{name}\" is not understood: {e}"),
        )
        .hint("Register it again with journey_import_model(), or run journey_setup() for a shipped one.")
    })
}

fn unknown(name: &str, task: Task) -> Error {
    let task = task.name();
    let known: Option<String> = query::one(include_str!("../sql/queries/models_known.sql"), &[task.into()]);
    let error = Error::new(Code::UndefinedObject, format!("there is no {task} model \"{name}\""));
    match known {
        Some(known) => error.hint(format!("There are: {known}.")),
        None => error.hint("Run journey_setup() to register the shipped models."),
    }
}

/// The meaning of a text as a vector of length 1, by the model of the role embedding.
#[pg_extern(strict, stable, parallel_safe, cost = 100000)]
fn journey_embed(text: &str) -> Vector {
    let mut vectors = embed(vec![text.to_owned()]).or_raise();
    vectors.pop().ok_or_else(|| short_answer(0, 1)).or_raise()
}

/// The same for many texts at once, which takes less time each; a null stays null.
#[pg_extern(name = "journey_embed", strict, stable, parallel_safe, cost = 1000000)]
fn journey_embed_many(texts: Vec<Option<String>>) -> Vec<Option<Vector>> {
    let present = texts.iter().flatten().cloned().collect::<Vec<_>>();
    let mut vectors = embed(present).or_raise().into_iter();
    texts.iter().map(|text| text.as_ref().and_then(|_| vectors.next())).collect()
}

/// The vectors of `texts`, in order.
pub fn embed(texts: Vec<String>) -> Result<Vec<Vector>> {
    embed_by("embedding", texts)?.into_iter().map(Vector::new).collect()
}

/// The same by the embedding model of a role or a name.
pub fn embed_by(name: &str, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
    let wanted = texts.len();
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let model = resolve(name, Task::Embedding)?.files;
    let Answer::Embedded { dimensions, values } = engine::call(Call::Embed(Embed { model, texts }))? else {
        return Err(engine::wrong_answer());
    };
    let vectors: Vec<_> = values.chunks_exact((dimensions as usize).max(1)).map(<[f32]>::to_vec).collect();
    if vectors.len() == wanted { Ok(vectors) } else { Err(short_answer(vectors.len(), wanted)) }
}

fn short_answer(got: usize, wanted: usize) -> Error {
    Error::new(Code::ProtocolViolation, format!("the engine returned {got} vectors for {wanted} texts"))
}

/// What the engine finds in a model folder, or in a file that ends in .onnx, below pg_journey.model_path: files, manifest, inputs, outputs, operators.
#[pg_extern(strict)]
fn journey_inspect_model(source: &str) -> JsonB {
    let inspected = if is_graph(source) {
        scoring::inspect_file(source)
    } else {
        inspect(source, source, Vec::new(), String::new())
    };
    JsonB(inspected.or_raise())
}

/// Whether a path below pg_journey.model_path names one graph, which is kept in the registry, and not a folder.
fn is_graph(source: &str) -> bool {
    source.ends_with(".onnx")
}

/// Registers a model folder below pg_journey.model_path under a name, deploys it and returns its version. The manifest is
/// the folder's manifest.json with the keys of `signature` put over it. A path that ends in .onnx is a model of one graph.
#[pg_extern]
fn journey_import_model(name: &str, source: &str, signature: default!(Option<JsonB>, "NULL")) -> i32 {
    if is_graph(source) {
        return scoring::import_file(name, source, signature.map(|JsonB(value)| value)).or_raise();
    }
    check_name(name).or_raise();
    let manifest = manifest_of(name, source, signature.map(|JsonB(value)| value)).or_raise();
    check_task(name, &manifest).or_raise();
    // Once more with the manifest, which the engine may not be able to follow.
    let files = files_of(&manifest).or_raise();
    inspect(name, source, files, manifest.to_string()).or_raise();
    register(&manifest, source, false)
}

/// As the CHECK on journey.models has it, but with a hint; a shipped model's name is taken.
fn check_name(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    if name.len() > 100
        || !name.chars().all(is_plain)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(Error::invalid(format!("a model cannot be called \"{name}\"")).hint(
            "A name has 1 to 100 characters, lower-case letters, digits, dots, underscores and hyphens.",
        ));
    }
    if query::one(include_str!("../sql/queries/models_is_shipped.sql"), &[name.into()]) == Some(true) {
        let message = format!("the name \"{name}\" belongs to a model that comes with pg_journey");
        return Err(Error::new(Code::DuplicateObject, message).hint("Choose another name."));
    }
    Ok(())
}

/// A further version of a model does what the earlier ones do.
fn check_task(name: &str, manifest: &Value) -> Result<()> {
    let known: Option<String> = query::one(include_str!("../sql/queries/models_task.sql"), &[name.into()]);
    match known {
        Some(task) if manifest["task"] != task.as_str() => {
            let message = format!("model \"{name}\" has the task {task}, not {}", manifest["task"]);
            Err(Error::invalid(message).hint("Choose another name."))
        }
        _ => Ok(()),
    }
}

fn manifest_of(name: &str, source: &str, signature: Option<Value>) -> Result<Value> {
    let inspected = inspect(name, source, Vec::new(), String::new())?;
    let mut manifest = match inspected.get("manifest") {
        Some(Value::Object(manifest)) => manifest.clone(),
        _ => Map::new(),
    };
    match signature {
        Some(Value::Object(keys)) => manifest.extend(keys),
        None | Some(Value::Null) => {}
        Some(other) => {
            return Err(Error::invalid(format!("the signature {other} is not a JSON object")).hint(SIGNATURE));
        }
    }
    manifest.insert("name".into(), json!(name));
    manifest.insert("files".into(), inspected.get("files").cloned().unwrap_or_default());
    match manifest.get("task").and_then(Value::as_str) {
        Some("text" | "embedding") => Ok(Value::Object(manifest)),
        task => {
            Err(Error::invalid(format!("the model's task is {}", task.unwrap_or("missing"))).hint(SIGNATURE))
        }
    }
}

const SIGNATURE: &str = "A signature is like '{\"task\": \"text\", \"layout\": \"past_kv\", \"context_length\": 2048, …}'; models/README.md lists the keys.";

fn files_of(manifest: &Value) -> Result<Vec<ModelFile>> {
    serde_json::from_value(manifest["files"].clone()).map_err(|e| {
        Error::new(Code::ProtocolViolation, format!("the engine's list of files is not understood: {e}"))
    })
}

fn inspect(name: &str, source: &str, files: Vec<ModelFile>, manifest: String) -> Result<Value> {
    let model = ModelFiles { name: name.to_owned(), directory: source.to_owned(), files, manifest };
    let Answer::Inspected(found) = engine::call(Call::Inspect(model))? else {
        return Err(engine::wrong_answer());
    };
    serde_json::from_str(&found).map_err(|e| {
        Error::new(Code::ProtocolViolation, format!("the engine's answer is not understood: {e}"))
    })
}

/// A model that comes with pg_journey, and the role it has unless somebody chose another.
struct Shipped {
    manifest: &'static str,
    role: Option<&'static str>,
}

/// Folder names are model names; the weights themselves are files that `make install` puts into place.
const SHIPPED: &[Shipped] = &[
    Shipped {
        manifest: include_str!("../models/qwen2.5-coder-1.5b-instruct/manifest.json"),
        role: Some("text"),
    },
    Shipped {
        manifest: include_str!("../models/qwen2.5-coder-0.5b-instruct/manifest.json"),
        role: Some("fast_text"),
    },
    Shipped { manifest: include_str!("../models/smollm2-135m-instruct/manifest.json"), role: None },
    Shipped { manifest: include_str!("../models/all-minilm-l6-v2/manifest.json"), role: Some("embedding") },
];

/// Registers the shipped models as this library knows them; does nothing for those that are registered so already.
pub fn register_shipped() {
    for shipped in SHIPPED {
        let manifest: Value = serde_json::from_str(shipped.manifest)
            .map_err(|e| Error::new(Code::SystemError, format!("a shipped manifest is not understood: {e}")))
            .or_raise();
        let name = manifest["name"].as_str().unwrap_or_default();
        register(&manifest, name, true);
        if let Some(role) = shipped.role {
            let arguments = [role.into(), name.into()];
            Spi::run_with_args(include_str!("../sql/queries/models_role.sql"), &arguments).or_raise();
        }
    }
}

fn register(manifest: &Value, directory: &str, is_shipped: bool) -> i32 {
    let arguments = [JsonB(manifest.clone()).into(), directory.into(), is_shipped.into()];
    let version = Spi::get_one_with_args(include_str!("../sql/queries/models_register.sql"), &arguments);
    version.or_raise().unwrap_or_default()
}
