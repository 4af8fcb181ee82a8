//! Which products of a graph are computed here: those get another domain's name, in a copy of the graph's bytes.
//!
//! The file stays a plain ONNX file that any runtime loads. The new name is as long as the old one, so nothing in the
//! bytes moves.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use prost::Message;
use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::form::Form;
use crate::onnx::proto::{EXTERNAL, Model, Node, OperatorSet, Tensor};

pub const OPERATOR: &str = "MatMulNBits";
const THEIRS: &str = "com.microsoft";
pub const DOMAIN: &str = "ai.pg_journey";
const _: () = assert!(THEIRS.len() == DOMAIN.len());

/// Numbers of the fields in onnx.proto.
const MODEL_GRAPH: u32 = 7;
const MODEL_OPERATOR_SETS: u32 = 8;
const GRAPH_NODE: u32 = 1;
const NODE_DOMAIN: u32 = 7;

/// TensorProto.DataType
const FLOAT: i32 = 1;
const UINT8: i32 = 2;

/// The only accuracy at which inputs may be rounded to 8 bits.
const ROUNDED_TO_8_BITS: i64 = 4;

/// The graph with the products that can be taken over under the name [`DOMAIN`]; None if there are none.
pub fn adopt(bytes: &[u8]) -> Option<Vec<u8>> {
    let model = Model::decode(bytes).ok()?;
    let graph = model.graph.as_ref()?;
    let taken =
        model.functions.iter().map(|f| &f.domain).chain(model.opset_import.iter().map(|set| &set.domain));
    if taken.into_iter().any(|domain| domain == DOMAIN) {
        return None;
    }
    // What is an input, too, may be given another value at each run.
    let inputs: HashSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    let constants = graph.initializer.iter().map(|t| (t.name.as_str(), t));
    let constants: HashMap<&str, &Tensor> = constants.filter(|(name, _)| !inputs.contains(name)).collect();
    let [within] = &fields(bytes, 0..bytes.len(), MODEL_GRAPH)?[..] else { return None };
    let places = fields(bytes, within.clone(), GRAPH_NODE)?;
    let mut renamed = bytes.to_vec();
    let mut adopted = 0;
    for (node, place) in graph.node.iter().zip(places) {
        if form(node, &constants).is_some() {
            let [domain] = &fields(bytes, place, NODE_DOMAIN)?[..] else { return None };
            renamed[domain.clone()].copy_from_slice(DOMAIN.as_bytes());
            adopted += 1;
        }
    }
    if adopted == 0 {
        return None;
    }
    // What is repeated may stand anywhere in a message, so at its end, too.
    let set = OperatorSet { domain: DOMAIN.into(), version: 1 };
    prost::encoding::message::encode(MODEL_OPERATOR_SETS, &set, &mut renamed);
    Some(renamed)
}

/// How a node's matrix is stored, if the node is a product that can be taken over.
fn form(node: &Node, constants: &HashMap<&str, &Tensor>) -> Option<Form> {
    let number = |name: &str| node.attribute.iter().find(|a| a.name == name).map_or(0, |a| a.i);
    let size = |name: &str| usize::try_from(number(name)).ok();
    let input = |i: usize| node.input.get(i).map(String::as_str).filter(|name| !name.is_empty());
    let constant = |i: usize, element: i32| {
        constants
            .get(input(i)?)
            .filter(|t| t.data_type == element)
            .map(|t| t.dims.iter().product::<i64>() as usize)
    };
    if node.op_type != OPERATOR || node.domain != THEIRS || number("accuracy_level") != ROUNDED_TO_8_BITS {
        return None;
    }
    // Zero points and an order of the inputs' groups are for ONNX Runtime.
    if node.output.len() != 1 || input(3).is_some() || input(4).is_some() || node.input.len() > 6 {
        return None;
    }
    let (columns, inputs, block, bits) = (size("N")?, size("K")?, size("block_size")?, size("bits")?);
    let form = Form { columns, blocks: inputs.checked_div(block)?, block, bits };
    // ONNX Runtime would keep weights that lie in the graph itself, beside ours.
    let is_mapped = constants.get(input(1)?)?.data_location == EXTERNAL;
    let fits = form.is_known()
        && is_mapped
        && form.inputs() == inputs
        && constant(1, UINT8)? == columns * form.blocks * form.block_bytes()
        && constant(2, FLOAT)? == columns * form.blocks
        && (input(5).is_none() || constant(5, FLOAT)? == columns);
    fits.then_some(form)
}

/// Where the contents of the fields of this number lie, of the message at `within`.
fn fields(bytes: &[u8], within: Range<usize>, number: u32) -> Option<Vec<Range<usize>>> {
    let mut rest = bytes.get(within.clone())?;
    let mut found = Vec::new();
    while rest.has_remaining() {
        let (tag, kind) = decode_key(&mut rest).ok()?;
        if kind == WireType::LengthDelimited {
            let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
            let start = within.end - rest.len();
            rest = rest.get(length..)?;
            if tag == number {
                found.push(start..start + length);
            }
        } else {
            skip_field(kind, tag, &mut rest, DecodeContext::default()).ok()?;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::proto::{Attribute, Function, Graph, ValueInfo};

    const INT: i32 = 2;

    fn tensor(name: &str, data_type: i32, dims: &[i64]) -> Tensor {
        let data_location = if name == "inline" { 0 } else { EXTERNAL };
        Tensor { name: name.into(), data_type, dims: dims.into(), data_location, ..Tensor::default() }
    }

    fn product(accuracy: i64, columns: i64, inputs: &[&str]) -> Node {
        let numbers =
            [("N", columns), ("K", 64), ("bits", 8), ("block_size", 32), ("accuracy_level", accuracy)];
        let attribute =
            numbers.map(|(name, i)| Attribute { name: name.into(), i, r#type: INT, ..Attribute::default() });
        Node {
            input: inputs.iter().map(|name| name.to_string()).collect(),
            output: vec!["y".into()],
            op_type: OPERATOR.into(),
            attribute: attribute.into(),
            domain: THEIRS.into(),
            ..Node::default()
        }
    }

    fn model(nodes: Vec<Node>) -> Vec<u8> {
        plain_model(nodes).encode_to_vec()
    }

    fn plain_model(nodes: Vec<Node>) -> Model {
        let constants = [
            tensor("q", UINT8, &[16, 2, 32]),
            tensor("s", FLOAT, &[16, 2]),
            tensor("b", FLOAT, &[16]),
            tensor("z", UINT8, &[16, 2]),
            tensor("inline", UINT8, &[16, 2, 32]),
            tensor("none", UINT8, &[0]),
            tensor("nothing", FLOAT, &[0]),
        ];
        let graph = Graph { node: nodes, initializer: constants.into(), ..Graph::default() };
        let opset_import = vec![OperatorSet { domain: THEIRS.into(), version: 1 }];
        Model { ir_version: 10, graph: Some(Box::new(graph)), opset_import, ..Model::default() }
    }

    fn domains(bytes: &[u8]) -> Vec<String> {
        Model::decode(bytes).unwrap().graph.unwrap().node.into_iter().map(|node| node.domain).collect()
    }

    #[test]
    fn products_that_the_loops_know_change_their_domain_and_nothing_else() {
        let (known, coarse) = (product(4, 16, &["x", "q", "s"]), product(0, 16, &["x", "q", "s"]));
        let biased = product(4, 16, &["x", "q", "s", "", "", "b"]);
        let bytes = model(vec![known, coarse, biased]);
        let adopted = adopt(&bytes).unwrap();
        assert_eq!(domains(&adopted), [DOMAIN, THEIRS, DOMAIN]);
        let mut back = Model::decode(&adopted[..]).unwrap();
        assert_eq!(back.opset_import.pop().unwrap().domain, DOMAIN);
        back.graph.as_mut().unwrap().node.iter_mut().for_each(|node| node.domain = THEIRS.into());
        assert_eq!(back, Model::decode(&bytes[..]).unwrap());
    }

    #[test]
    fn other_products_are_left_to_onnx_runtime() {
        let others = [
            product(0, 16, &["x", "q", "s"]),
            product(4, 32, &["x", "q", "s"]),
            product(4, 16, &["x", "q", "s", "z"]),
            product(4, 16, &["x", "q", "computed"]),
            product(4, 16, &["x", "inline", "s"]),
            // 2^62 columns of 64 inputs are none, modulo 2^64.
            product(4, 1 << 62, &["x", "none", "nothing"]),
            product(4, -16, &["x", "q", "s"]),
            product(4, 16, &["x", "q", "s", "", "", "z"]),
            Node { domain: String::new(), ..product(4, 16, &["x", "q", "s"]) },
            Node { op_type: "MatMul".into(), ..product(4, 16, &["x", "q", "s"]) },
        ];
        for other in others {
            assert!(adopt(&model(vec![other.clone()])).is_none(), "{other:?}");
        }
        let mut overridable = plain_model(vec![product(4, 16, &["x", "q", "s"])]);
        let input = ValueInfo { name: "q".into(), ..ValueInfo::default() };
        overridable.graph.as_mut().unwrap().input.push(input);
        assert!(adopt(&overridable.encode_to_vec()).is_none());
        let mut impostor = plain_model(vec![product(4, 16, &["x", "q", "s"])]);
        impostor.functions.push(Function {
            domain: DOMAIN.into(),
            name: OPERATOR.into(),
            ..Function::default()
        });
        assert!(adopt(&impostor.encode_to_vec()).is_none());
        assert!(adopt(b"no model").is_none());
        assert!(adopt(&[]).is_none());
    }
}
