//! Building a graph operator by operator.

use super::proto::{
    Dimension, FLOAT, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType, Type, ValueInfo,
};
use super::{FEATURES, SCORE, foreign};
use crate::kernel::Result;

/// The newest versions that runtimes of the last years all know: ONNX 1.12.
const IR_VERSION: i64 = 8;
const OPERATORS: [(&str, i64); 2] = [("", 17), ("ai.onnx.ml", 3)];

#[derive(Default)]
pub struct Builder(Graph);

impl Builder {
    pub fn add_node(&mut self, node: Node) {
        self.0.node.push(node);
    }

    pub fn add(&mut self, operator: &str, inputs: &[&str], output: &str) {
        self.add_node(Node {
            input: inputs.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: output.to_owned(),
            op_type: operator.to_owned(),
            ..Node::default()
        });
    }

    pub fn add_constant(&mut self, name: &str, dims: &[i64], values: &[f32]) {
        self.0.initializer.push(Tensor {
            dims: dims.to_vec(),
            data_type: FLOAT,
            float_data: values.to_vec(),
            name: name.to_owned(),
        });
    }

    pub fn finish(mut self, width: usize) -> Model {
        self.0.name = "model".to_owned();
        self.0.input = vec![floats(FEATURES, width)];
        self.0.output = vec![floats(SCORE, 1)];
        Model {
            ir_version: IR_VERSION,
            producer_name: "pg_journey".to_owned(),
            graph: Some(self.0),
            opset_import: OPERATORS
                .map(|(domain, version)| OperatorSet { domain: domain.to_owned(), version })
                .to_vec(),
        }
    }
}

/// Any number of rows.
fn floats(name: &str, width: usize) -> ValueInfo {
    let rows = Dimension { dim_param: Some("N".to_owned()), dim_value: None };
    let columns = Dimension { dim_value: Some(width as i64), dim_param: None };
    let tensor = TensorType { elem_type: FLOAT, shape: Some(Shape { dim: vec![rows, columns] }) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(tensor) }) }
}

/// How many features a row has.
pub fn width(graph: &Graph) -> Result<usize> {
    let input = graph.input.iter().find(|input| input.name == FEATURES);
    let shape = input.and_then(|input| input.r#type.as_ref()?.tensor_type.as_ref()?.shape.as_ref());
    let width = shape.and_then(|shape| shape.dim.get(1)?.dim_value);
    width
        .filter(|width| (1..=1 << 16).contains(width))
        .map(|width| width as usize)
        .ok_or_else(|| foreign("it has no input features [N, F]"))
}

pub fn constant(graph: &Graph, name: &str) -> Option<Vec<f32>> {
    graph.initializer.iter().find(|tensor| tensor.name == name).map(|tensor| tensor.float_data.clone())
}
