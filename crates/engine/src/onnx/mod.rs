//! Reads a model's graph before ONNX Runtime may.

mod check;
mod inspect;
pub mod proto;
#[cfg(test)]
mod tests;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{ModelFile, ModelFiles};
use prost::Message;
use serde_json::Value;

/// A graph whose every name was found to be harmless.
pub struct CheckedGraph(proto::Model);

/// The file that holds the graph: the one whose name ends in `.onnx`.
pub fn graph_file(model: &ModelFiles) -> Result<&ModelFile> {
    let mut graphs = model.files.iter().filter(|file| file.name.ends_with(".onnx"));
    match (graphs.next(), graphs.next()) {
        (Some(graph), None) => Ok(graph),
        _ => Err(Error::invalid(format!(
            "model \"{}\" has not exactly one file that ends in .onnx",
            model.name
        ))
        .hint("Register one graph, with its data files beside it.")),
    }
}

impl CheckedGraph {
    /// Reads a graph; refuses what names files that are not registered or operators nobody knows.
    pub fn parse(bytes: &[u8], model: &ModelFiles) -> Result<Self> {
        let graph = graph_file(model)?;
        let decoded = proto::Model::decode(bytes).map_err(|e| {
            Error::new(Code::DataCorrupted, format!("model \"{}\" is no readable ONNX file: {e}", model.name))
                .hint("Build or copy the model again, or register another file.")
        })?;
        let files = model.files.iter().filter(|file| file.name != graph.name);
        let data = check::DataFiles {
            model: &model.name,
            files: files.map(|file| (file.name.as_str(), file.bytes)).collect(),
        };
        check::check(&decoded, &data)?;
        Ok(CheckedGraph(decoded))
    }

    /// Of a model that is a graph and nothing else: whatever file it names is refused.
    pub fn alone(bytes: &[u8], name: &str) -> Result<Self> {
        let graph = ModelFile { name: "model.onnx".into(), bytes: bytes.len() as u64, sha256: String::new() };
        let model = ModelFiles {
            name: name.to_owned(),
            directory: String::new(),
            files: vec![graph],
            manifest: String::new(),
        };
        CheckedGraph::parse(bytes, &model)
    }

    pub fn describe(&self) -> Value {
        inspect::describe(&self.0)
    }
}
