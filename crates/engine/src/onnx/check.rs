//! Refuses models that reach beyond their own files, before ONNX Runtime reads them.
//!
//! A tensor may lie outside the graph's file, wherever its `location` says: older ONNX Runtimes open that path whatever
//! it is, so a model could read any file of the server. Tensors occur as initializers, in attributes of nodes, in
//! subgraphs and functions, and as parts of sparse tensors; every one is looked at.

use std::collections::HashSet;

use pg_journey_core::kernel::{Code, Error, Result};

use super::proto::{
    Attribute, EXTERNAL, Function, Graph, Model, Node, OperatorSet, SparseTensor, Tensor, Type, ValueInfo,
};

/// Operators that ONNX Runtime itself brings.
const DOMAINS: [&str; 4] = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// A compiled graph for an accelerator, as an opaque file or block of bytes.
const OPAQUE_OPERATOR: &str = "EPContext";

/// Larger tensors are not weights of a model that fits into memory: 2^40 elements.
const MOST_ELEMENTS: u128 = 1 << 40;

/// The files that tensors may lie in, with their sizes.
pub struct DataFiles<'a> {
    pub model: &'a str,
    pub files: Vec<(&'a str, u64)>,
}

/// Whether everything that the model names may be used.
pub fn check(model: &Model, data: &DataFiles) -> Result<()> {
    let check = Check {
        data,
        functions: model.functions.iter().map(|f| (f.domain.as_str(), f.name.as_str())).collect(),
    };
    check.operator_sets(&model.opset_import)?;
    if !model.training_info.is_empty() {
        return Err(check.refuse("holds training graphs"));
    }
    model.functions.iter().try_for_each(|function| check.function(function))?;
    match &model.graph {
        Some(graph) => check.graph(graph),
        None => Err(check.refuse("holds no graph")),
    }
}

struct Check<'a> {
    data: &'a DataFiles<'a>,
    /// Domain and name of the functions that the model brings itself: made of nodes that are looked at, too.
    functions: HashSet<(&'a str, &'a str)>,
}

impl Check<'_> {
    fn graph(&self, graph: &Graph) -> Result<()> {
        graph.initializer.iter().try_for_each(|tensor| self.tensor(tensor))?;
        graph.sparse_initializer.iter().try_for_each(|tensor| self.sparse_tensor(tensor))?;
        graph
            .input
            .iter()
            .chain(&graph.output)
            .chain(&graph.value_info)
            .try_for_each(|value| self.value(value))?;
        graph.node.iter().try_for_each(|node| self.node(node))
    }

    fn function(&self, function: &Function) -> Result<()> {
        self.operator_sets(&function.opset_import)?;
        function.attribute_proto.iter().try_for_each(|attribute| self.attribute(attribute))?;
        function.node.iter().try_for_each(|node| self.node(node))
    }

    fn operator_sets(&self, sets: &[OperatorSet]) -> Result<()> {
        for set in sets {
            let own = self.functions.iter().any(|(domain, _)| *domain == set.domain);
            if !own && !DOMAINS.contains(&set.domain.as_str()) {
                return Err(self.unknown_domain(&set.domain));
            }
        }
        Ok(())
    }

    fn node(&self, node: &Node) -> Result<()> {
        let own = self.functions.contains(&(node.domain.as_str(), node.op_type.as_str()));
        if !own && !DOMAINS.contains(&node.domain.as_str()) {
            return Err(self.unknown_domain(&node.domain));
        }
        if node.op_type == OPAQUE_OPERATOR {
            return Err(self.refuse(&format!("holds a compiled graph (operator {OPAQUE_OPERATOR})")));
        }
        node.attribute.iter().try_for_each(|attribute| self.attribute(attribute))
    }

    fn attribute(&self, attribute: &Attribute) -> Result<()> {
        attribute.t.iter().chain(&attribute.tensors).try_for_each(|tensor| self.tensor(tensor))?;
        let sparse = attribute.sparse_tensor.iter().chain(&attribute.sparse_tensors);
        sparse.into_iter().try_for_each(|tensor| self.sparse_tensor(tensor))?;
        attribute.g.as_deref().into_iter().chain(&attribute.graphs).try_for_each(|graph| self.graph(graph))
    }

    fn sparse_tensor(&self, tensor: &SparseTensor) -> Result<()> {
        self.elements(&tensor.dims, "a sparse tensor")?;
        tensor.values.iter().chain(&tensor.indices).try_for_each(|tensor| self.tensor(tensor))
    }

    fn tensor(&self, tensor: &Tensor) -> Result<()> {
        self.elements(&tensor.dims, &tensor.name)?;
        if tensor.data_location == 0 && tensor.external_data.is_empty() {
            return Ok(());
        }
        if tensor.data_location != EXTERNAL {
            return Err(self.refuse(&format!("says two things about where tensor \"{}\" lies", tensor.name)));
        }
        self.external(tensor)
    }

    fn external(&self, tensor: &Tensor) -> Result<()> {
        let (mut size, mut offset, mut length) = (None, 0u64, None);
        for entry in &tensor.external_data {
            let number = || {
                entry.value.parse::<u64>().map_err(|_| {
                    self.refuse(&format!(
                        "gives tensor \"{}\" the {} \"{}\"",
                        tensor.name, entry.key, entry.value
                    ))
                })
            };
            match entry.key.as_str() {
                "location" if size.is_none() => size = Some(self.registered(tensor, &entry.value)?),
                "offset" => offset = number()?,
                "length" => length = Some(number()?),
                "checksum" => {}
                other => {
                    return Err(
                        self.refuse(&format!("gives tensor \"{}\" the entry \"{other}\"", tensor.name))
                    );
                }
            }
        }
        let size =
            size.ok_or_else(|| self.refuse(&format!("does not say where tensor \"{}\" lies", tensor.name)))?;
        let end = offset.checked_add(length.unwrap_or(0));
        if end.is_none_or(|end| end > size) {
            return Err(self.refuse(&format!(
                "puts tensor \"{}\" beyond the end of its file of {size} bytes",
                tensor.name
            )));
        }
        Ok(())
    }

    /// The size of a data file, which must be one of those registered: so no path can lead out of the folder.
    fn registered(&self, tensor: &Tensor, location: &str) -> Result<u64> {
        let found = self.data.files.iter().find(|(name, _)| *name == location);
        found.map(|(_, bytes)| *bytes).ok_or_else(|| {
            self.refuse(&format!(
                "takes tensor \"{}\" from \"{location}\", which is not registered with it",
                tensor.name
            ))
        })
    }

    fn value(&self, value: &ValueInfo) -> Result<()> {
        value.r#type.as_ref().map_or(Ok(()), |r#type| self.value_type(r#type, &value.name))
    }

    fn value_type(&self, r#type: &Type, name: &str) -> Result<()> {
        let shape = r#type.tensor_type.iter().flat_map(|t| &t.shape);
        let dims: Vec<i64> = shape.flat_map(|s| &s.dim).filter_map(|dim| dim.dim_value).collect();
        self.elements(&dims, name)?;
        let items = r#type.sequence_type.iter().filter_map(|t| t.elem_type.as_deref());
        let values = r#type.map_type.iter().filter_map(|t| t.value_type.as_deref());
        items.chain(values).try_for_each(|inner| self.value_type(inner, name))
    }

    fn elements(&self, dims: &[i64], name: &str) -> Result<()> {
        let product =
            dims.iter().try_fold(1u128, |product, dim| product.checked_mul(u128::try_from(*dim).ok()?));
        if product.is_none_or(|elements| elements > MOST_ELEMENTS) {
            return Err(self.refuse(&format!("gives \"{name}\" the impossible shape {dims:?}")));
        }
        Ok(())
    }

    fn unknown_domain(&self, domain: &str) -> Error {
        self.refuse(&format!("uses operators of the unknown domain \"{domain}\""))
            .hint("Export the model with operators of ONNX, ai.onnx.ml or com.microsoft only.")
    }

    fn refuse(&self, why: &str) -> Error {
        Error::new(Code::InsufficientPrivilege, format!("model \"{}\" is refused: it {why}", self.data.model))
            .hint("Register every file of the model, and only models from a source you trust.")
    }
}
