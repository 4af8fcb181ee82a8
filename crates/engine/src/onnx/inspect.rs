//! What a model is, for people: its inputs, outputs and operators.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::proto::{Graph, Model, TYPES, Type, ValueInfo};

/// The description that `journey_inspect_model` returns.
pub fn describe(model: &Model) -> Value {
    let empty = Graph::default();
    let graph = model.graph.as_deref().unwrap_or(&empty);
    let opsets: BTreeMap<&str, i64> =
        model.opset_import.iter().map(|set| (domain(&set.domain), set.version)).collect();
    let weights: BTreeSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs = graph.input.iter().filter(|input| !weights.contains(input.name.as_str()));
    json!({
        "ir_version": model.ir_version,
        "producer": format!("{} {}", model.producer_name, model.producer_version).trim_end(),
        "opsets": opsets,
        "inputs": inputs.map(signature).collect::<Vec<_>>(),
        "outputs": graph.output.iter().map(signature).collect::<Vec<_>>(),
        "operators": operators(graph),
        "functions": model.functions.iter().map(|f| format!("{}::{}", f.domain, f.name)).collect::<Vec<_>>(),
        "weights": graph.initializer.len(),
        "parameters": graph.initializer.iter().map(|t| t.dims.iter().product::<i64>()).sum::<i64>(),
        "external_data": external_files(graph),
    })
}

fn signature(value: &ValueInfo) -> Value {
    let tensor = value.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let shape = tensor.and_then(|t| t.shape.as_ref()).map(|shape| {
        let dimension = |dim: &super::proto::Dimension| match (&dim.dim_value, &dim.dim_param) {
            (Some(value), _) => json!(value),
            (None, Some(name)) => json!(name),
            (None, None) => Value::Null,
        };
        shape.dim.iter().map(dimension).collect::<Vec<_>>()
    });
    json!({"name": value.name, "type": value.r#type.as_ref().map_or("other".into(), type_name), "shape": shape})
}

/// As ONNX writes types: `float` of a tensor, `sequence(map(int64, float))` of a list of maps.
fn type_name(r#type: &Type) -> String {
    let element = |number: i32| TYPES.get(number as usize).copied().unwrap_or("other");
    let inner = |inner: &Option<Box<Type>>| inner.as_deref().map_or("other".into(), type_name);
    match (&r#type.tensor_type, &r#type.sequence_type, &r#type.map_type) {
        (Some(tensor), ..) => element(tensor.elem_type).to_owned(),
        (_, Some(sequence), _) => format!("sequence({})", inner(&sequence.elem_type)),
        (_, _, Some(map)) => format!("map({}, {})", element(map.key_type), inner(&map.value_type)),
        _ => "other".to_owned(),
    }
}

fn operators(graph: &Graph) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    count_operators(graph, &mut counts);
    counts
}

fn count_operators(graph: &Graph, counts: &mut BTreeMap<String, usize>) {
    for node in &graph.node {
        let name = match node.domain.as_str() {
            "" | "ai.onnx" => node.op_type.clone(),
            domain => format!("{domain}::{}", node.op_type),
        };
        *counts.entry(name).or_default() += 1;
        for inner in node.attribute.iter().flat_map(|a| a.g.as_deref().into_iter().chain(&a.graphs)) {
            count_operators(inner, counts);
        }
    }
}

fn external_files(graph: &Graph) -> BTreeSet<&str> {
    let entries = graph.initializer.iter().flat_map(|tensor| &tensor.external_data);
    entries.filter(|entry| entry.key == "location").map(|entry| entry.value.as_str()).collect()
}

fn domain(name: &str) -> &str {
    if name.is_empty() { "ai.onnx" } else { name }
}
