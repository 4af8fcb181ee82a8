//! Hostile models, each by another route.

use prost::Message;

use super::proto::*;
use super::*;

const DATA: &str = "model.onnx.data";

fn registered() -> ModelFiles {
    let file = |name: &str, bytes| ModelFile { name: name.into(), bytes, sha256: String::new() };
    ModelFiles {
        name: "hostile".into(),
        directory: "hostile".into(),
        files: vec![file("model.onnx", 10), file(DATA, 1000), file("tokenizer.json", 10)],
        manifest: String::new(),
    }
}

fn parse(model: &Model) -> Result<CheckedGraph> {
    CheckedGraph::parse(&model.encode_to_vec(), &registered())
}

fn entry(key: &str, value: &str) -> Entry {
    Entry { key: key.into(), value: value.into() }
}

fn external(location: &str) -> Tensor {
    Tensor {
        name: "w".into(),
        dims: vec![10],
        data_type: 1,
        data_location: EXTERNAL,
        external_data: vec![entry("location", location), entry("offset", "0"), entry("length", "40")],
    }
}

fn attribute(attribute: Attribute) -> Graph {
    Graph {
        node: vec![Node { op_type: "Constant".into(), attribute: vec![attribute], ..Node::default() }],
        ..Graph::default()
    }
}

fn model(graph: Graph) -> Model {
    Model { ir_version: 10, graph: Some(Box::new(graph)), ..Model::default() }
}

/// Every place of a model where a tensor can stand.
fn routes(tensor: &Tensor) -> Vec<(&'static str, Model)> {
    let t = || tensor.clone();
    let sparse = |values, indices| SparseTensor { values, indices, dims: vec![10] };
    let initializer = || Graph { initializer: vec![t()], ..Graph::default() };
    let function = |f: Function| Model { functions: vec![f], ..model(Graph::default()) };
    vec![
        ("initializer", model(initializer())),
        (
            "sparse values",
            model(Graph { sparse_initializer: vec![sparse(Some(t()), None)], ..Graph::default() }),
        ),
        (
            "sparse indices",
            model(Graph { sparse_initializer: vec![sparse(None, Some(t()))], ..Graph::default() }),
        ),
        ("attribute", model(attribute(Attribute { t: Some(t()), ..Attribute::default() }))),
        ("attribute list", model(attribute(Attribute { tensors: vec![t()], ..Attribute::default() }))),
        (
            "sparse attribute",
            model(attribute(Attribute {
                sparse_tensor: Some(sparse(Some(t()), None)),
                ..Attribute::default()
            })),
        ),
        (
            "sparse attribute list",
            model(attribute(Attribute {
                sparse_tensors: vec![sparse(None, Some(t()))],
                ..Attribute::default()
            })),
        ),
        (
            "subgraph",
            model(attribute(Attribute { g: Some(Box::new(initializer())), ..Attribute::default() })),
        ),
        (
            "subgraph list",
            model(attribute(Attribute { graphs: vec![initializer()], ..Attribute::default() })),
        ),
        (
            "subgraph of a subgraph",
            model(attribute(Attribute {
                graphs: vec![attribute(Attribute {
                    g: Some(Box::new(initializer())),
                    ..Attribute::default()
                })],
                ..Attribute::default()
            })),
        ),
        (
            "function",
            function(Function {
                node: attribute(Attribute { t: Some(t()), ..Attribute::default() }).node,
                ..Function::default()
            }),
        ),
        (
            "default of a function",
            function(Function {
                attribute_proto: vec![Attribute { t: Some(t()), ..Attribute::default() }],
                ..Function::default()
            }),
        ),
    ]
}

#[test]
fn the_registered_data_file_is_taken_by_every_route() {
    for (route, model) in routes(&external(DATA)) {
        assert!(parse(&model).is_ok(), "{route}");
    }
}

#[test]
fn any_other_file_is_refused_by_every_route() {
    let locations = [
        "/etc/passwd",
        "../secret",
        "./model.onnx.data",
        "sub/../model.onnx.data",
        "model.onnx",
        "other.data",
        "",
        "*/_ORT_MEM_ADDR_/*",
        "MODEL.onnx.data",
        "model.onnx.data\0/etc/passwd",
    ];
    for location in locations {
        for (route, model) in routes(&external(location)) {
            let error = parse(&model).err().unwrap_or_else(|| panic!("{location} by {route}"));
            assert_eq!(error.code, Code::InsufficientPrivilege, "{location} by {route}");
        }
    }
}

#[test]
fn offsets_beyond_the_file_and_unknown_entries_are_refused() {
    let with = |key: &str, value: &str| {
        let mut tensor = external(DATA);
        tensor.external_data.retain(|e| e.key != key);
        tensor.external_data.push(entry(key, value));
        tensor
    };
    let bad = [
        with("offset", "961"),
        with("offset", "18446744073709551615"),
        with("offset", "-1"),
        with("length", "1001"),
        with("length", "x"),
        with("prepacked_0", "0;40"),
        Tensor { external_data: vec![entry("offset", "0")], ..external(DATA) },
        Tensor {
            external_data: [external(DATA).external_data, vec![entry("location", "/etc/passwd")]].concat(),
            ..external(DATA)
        },
        Tensor { data_location: 0, ..external(DATA) },
        Tensor { data_location: 2, ..external(DATA) },
    ];
    for tensor in bad {
        for (route, model) in routes(&tensor) {
            assert!(parse(&model).is_err(), "{tensor:?} by {route}");
        }
    }
}

#[test]
fn impossible_shapes_are_refused() {
    for dims in [vec![-1], vec![1 << 41], vec![1 << 30, 1 << 30], vec![i64::MAX, i64::MAX, 2], vec![0, -5]] {
        let tensor = Tensor { dims: dims.clone(), data_location: 0, external_data: vec![], ..external(DATA) };
        for (route, model) in routes(&tensor) {
            assert!(parse(&model).is_err(), "{dims:?} by {route}");
        }
        let dim = |value: &i64| Dimension { dim_value: Some(*value), dim_param: None };
        let shape = Shape { dim: dims.iter().map(dim).collect() };
        let value = ValueInfo {
            name: "x".into(),
            r#type: Some(Type {
                tensor_type: Some(TensorType { elem_type: 1, shape: Some(shape) }),
                ..Type::default()
            }),
        };
        assert!(parse(&model(Graph { input: vec![value], ..Graph::default() })).is_err());
    }
}

#[test]
fn only_known_operators_and_functions_of_the_model_itself_are_taken() {
    let node = |domain: &str, op: &str| Graph {
        node: vec![Node { domain: domain.into(), op_type: op.into(), ..Node::default() }],
        ..Graph::default()
    };
    let import = |domain: &str| vec![OperatorSet { domain: domain.into(), version: 1 }];
    for domain in ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"] {
        let model = Model { opset_import: import(domain), ..model(node(domain, "MatMul")) };
        assert!(parse(&model).is_ok(), "{domain}");
    }
    for domain in ["evil", "ai.onnx.training", "com.microsoft.experimental", "ai.onnx.contrib", " "] {
        assert!(parse(&model(node(domain, "MatMul"))).is_err(), "{domain}");
        assert!(
            parse(&Model { opset_import: import(domain), ..model(Graph::default()) }).is_err(),
            "{domain}"
        );
        let inner =
            attribute(Attribute { g: Some(Box::new(node(domain, "MatMul"))), ..Attribute::default() });
        assert!(parse(&model(inner)).is_err(), "{domain} in a subgraph");
    }
    assert!(parse(&model(node("com.microsoft", "EPContext"))).is_err());

    let own = |body: &str| Model {
        functions: vec![Function {
            name: "Norm".into(),
            domain: "local".into(),
            node: node(body, "Mul").node,
            opset_import: import(""),
            ..Function::default()
        }],
        opset_import: import("local"),
        ..model(node("local", "Norm"))
    };
    assert!(parse(&own("")).is_ok());
    assert!(parse(&own("evil")).is_err());
    assert!(parse(&Model { functions: vec![], ..own("") }).is_err());
}

#[test]
fn training_graphs_missing_graphs_and_garbage_are_refused() {
    let training = TrainingInfo { initialization: Some(Graph::default()), algorithm: None };
    assert!(parse(&Model { training_info: vec![training], ..model(Graph::default()) }).is_err());
    assert!(parse(&Model { graph: None, ..model(Graph::default()) }).is_err());
    let garbage = CheckedGraph::parse(b"\xff\xff\xff not a model", &registered()).err().unwrap();
    assert_eq!(garbage.code, Code::DataCorrupted);

    // Graphs nested without end exhaust the reader's patience, not its stack.
    let mut deep = Graph::default();
    for _ in 0..200 {
        deep = attribute(Attribute { g: Some(Box::new(deep)), ..Attribute::default() });
    }
    assert!(parse(&model(deep)).is_err());
}

#[test]
fn a_description_names_inputs_outputs_and_operators() {
    let dims = vec![
        Dimension { dim_value: None, dim_param: Some("B".into()) },
        Dimension { dim_value: Some(4), dim_param: None },
    ];
    let value = |name: &str| ValueInfo {
        name: name.into(),
        r#type: Some(Type {
            tensor_type: Some(TensorType { elem_type: 1, shape: Some(Shape { dim: dims.clone() }) }),
            ..Type::default()
        }),
    };
    let graph = Graph {
        input: vec![value("x")],
        output: vec![value("y")],
        initializer: vec![external(DATA)],
        node: vec![Node { op_type: "Relu".into(), ..Node::default() }],
        ..Graph::default()
    };
    let description = parse(&model(graph)).unwrap().describe();
    assert_eq!(description["inputs"], serde_json::json!([{"name": "x", "type": "float", "shape": ["B", 4]}]));
    assert_eq!(description["operators"], serde_json::json!({"Relu": 1}));
    assert_eq!(description["external_data"], serde_json::json!([DATA]));
    assert_eq!(description["parameters"], 10);
}
