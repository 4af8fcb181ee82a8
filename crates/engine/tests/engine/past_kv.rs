//! A model as commonly exported, with a growing key-value cache, brought by a user: its folder is written here.
//!
//! Its keys are the tokens themselves, moved on by one, and its logits count them: the likeliest next token is the
//! successor of the one that occurs most often. So a lost, mixed up or repeated cache changes the text.

use std::path::PathBuf;

use crate::support::{Engine, onnxruntime, write};
use pg_journey_core::kernel::Code;
use pg_journey_core::models::protocol::{Answer, Call, Finish, Generate, ModelFiles, Segment};
use pg_journey_engine::client::model_in;
use pg_journey_engine::onnx::proto::Graph;
use prost::Message;
use serde_json::json;
use sha2::{Digest, Sha256};

/// The letters a to z, and the token that ends a text.
const LETTERS: usize = 26;
const SIZE: usize = LETTERS + 1;

fn tokens(text: &str) -> Vec<usize> {
    text.bytes().map(|byte| usize::from(byte - b'a')).collect()
}

/// What the model writes after a prompt.
fn expected(prompt: &str, length: usize) -> String {
    let mut text = tokens(prompt);
    for _ in 0..length {
        let mut counts = [0; LETTERS];
        text.iter().for_each(|token| counts[(token + 1) % LETTERS] += 1);
        let most = counts.iter().max().unwrap();
        text.push(counts.iter().position(|count| count == most).unwrap());
    }
    text[prompt.len()..].iter().map(|token| char::from(b'a' + *token as u8)).collect()
}

fn folder(name: &str, graph: &Graph) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("pg_journey_past_kv_{name}_{}", std::process::id())).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let model = onnx::model(graph.clone()).encode_to_vec();
    let files = [("model.onnx", model), ("tokenizer.json", tokenizer().into_bytes())];
    let mut named = Vec::new();
    for (file, content) in files {
        let sha256: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        named.push(json!({"name": file, "bytes": content.len(), "sha256": sha256}));
        std::fs::write(folder.join(file), content).unwrap();
    }
    let manifest = json!({
        "name": name, "task": "text", "layout": "past_kv", "context_length": 512, "end_tokens": ["<end>"],
        "architecture": {"layers": 1, "kv_heads": 1, "head_size": SIZE, "vocabulary": SIZE}, "files": named,
    });
    std::fs::write(folder.join("manifest.json"), manifest.to_string()).unwrap();
    folder
}

fn tokenizer() -> String {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        (0..LETTERS).map(|i| (char::from(b'a' + i as u8).to_string(), i.into())).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
        "added_tokens": [{"id": LETTERS, "content": "<end>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    })
    .to_string()
}

fn call(model: &ModelFiles, shared: &str, own: &str, length: u16) -> Generate {
    Generate {
        prompt: vec![Segment::Text(shared.into()), Segment::Text(own.into())],
        shared_segments: 1,
        candidates: 2,
        max_tokens: length,
        ..crate::support::generate(model, "")
    }
}

#[test]
fn texts_continue_from_their_own_cache_alone_and_together() {
    if onnxruntime().is_none() {
        return;
    }
    let folder = folder("counting", &counting_graph(true));
    let model = model_in(&folder).unwrap();
    let engine = Engine::start_with(folder.parent().unwrap(), &[]).unwrap();
    let mut client = engine.client();
    let long = "hello".repeat(40);
    let cases =
        [("abc", "abcb", 20), ("abc", "zzz", 30), ("abc", "q", 1), (&long, "world", 40), ("", "m", 9)];

    let alone = write(&mut client, call(&model, "abc", "abcb", 20)).unwrap();
    assert_eq!(alone.candidates[0].text, expected("abcabcb", 20));
    assert_eq!(alone.candidates[0].finish, Finish::Length);

    let ids: Vec<u64> = cases
        .iter()
        .map(|(shared, own, length)| client.send(Call::Generate(call(&model, shared, own, *length))).unwrap())
        .collect();
    for _ in &ids {
        let reply = client.receive().unwrap();
        let (shared, own, length) = cases[ids.iter().position(|id| *id == reply.id).unwrap()];
        let Answer::Generated(generated) = reply.result.unwrap() else { unreachable!() };
        for candidate in &generated.candidates {
            assert_eq!(candidate.text, expected(&format!("{shared}{own}"), length.into()), "{shared} {own}");
        }
        if shared == "abc" {
            assert_eq!(generated.tokens_shared, 3);
        }
    }
    std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
}

#[test]
fn the_same_request_is_computed_once_unless_it_asks_for_more() {
    if onnxruntime().is_none() {
        return;
    }
    let folder = folder("repeating", &counting_graph(true));
    let model = model_in(&folder).unwrap();
    let engine = Engine::start_with(folder.parent().unwrap(), &[]).unwrap();
    let request = |own: &str, fresh| Generate { fresh, temperature: 0.9, ..call(&model, "abc", own, 30) };

    let first = write(&mut engine.client(), request("abcb", false)).unwrap();
    let again = write(&mut engine.client(), request("abcb", false)).unwrap();
    assert_eq!(again.candidates, first.candidates);
    assert!(first.decode_ms > 0.0 && again.decode_ms == 0.0 && again.prefill_ms == 0.0);
    let fresh = write(&mut engine.client(), request("abcb", true)).unwrap();
    assert_eq!(fresh.candidates, first.candidates);
    assert!(fresh.decode_ms > 0.0);
    assert!(write(&mut engine.client(), request("abca", false)).unwrap().decode_ms > 0.0);
    let status = engine.status();
    assert_eq!((status.answers_kept, status.answers_repeated), (2, 1));
    std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
}

#[test]
fn positions_are_optional_and_other_inputs_are_refused_by_name() {
    if onnxruntime().is_none() {
        return;
    }
    let folder_without = folder("positionless", &counting_graph(false));
    let model = model_in(&folder_without).unwrap();
    let engine = Engine::start_with(folder_without.parent().unwrap(), &[]).unwrap();
    let text = write(&mut engine.client(), call(&model, "a", "b", 5)).unwrap();
    assert_eq!(text.candidates[0].text, expected("ab", 5));

    let mut merged = counting_graph(true);
    merged.input.push(onnx::value("use_cache_branch", 9, &[Err(1)]));
    let folder_merged = folder("merged", &merged);
    let model = model_in(&folder_merged).unwrap();
    let engine = Engine::start_with(folder_merged.parent().unwrap(), &[]).unwrap();
    let error = write(&mut engine.client(), call(&model, "a", "b", 5)).unwrap_err();
    assert_eq!(error.code, Code::FeatureNotSupported);
    assert!(error.message.contains("use_cache_branch"), "{error}");
    for folder in [folder_without, folder_merged] {
        std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    }
}

fn counting_graph(positions: bool) -> Graph {
    // Row t of the table has its one at t + 1.
    let mut table = vec![0.0f32; SIZE * SIZE];
    (0..LETTERS).for_each(|token| table[token * SIZE + (token + 1) % LETTERS] = 1.0);
    let (n, size) = (SIZE as i64, Err(SIZE as i64));
    let cache = |name: &str, length: &'static str| onnx::value(name, 1, &[Err(1), Err(1), Ok(length), size]);
    let mut input = vec![
        onnx::value("input_ids", 7, &[Err(1), Ok("S")]),
        onnx::value("attention_mask", 7, &[Err(1), Ok("T")]),
        cache("past_key_values.0.key", "P"),
        cache("past_key_values.0.value", "P"),
    ];
    if positions {
        input.push(onnx::value("position_ids", 7, &[Err(1), Ok("S")]));
    }
    Graph {
        name: "counting".into(),
        input,
        output: vec![
            onnx::value("logits", 1, &[Err(1), Ok("S"), size]),
            cache("present.0.key", "T"),
            cache("present.0.value", "T"),
        ],
        node: vec![
            onnx::floats("flat", table),
            onnx::ints("square", vec![n, n]),
            onnx::ints("one", vec![1]),
            onnx::ints("two", vec![2]),
            onnx::node("Reshape", &["flat", "square"], "table", vec![]),
            onnx::node("Gather", &["table", "input_ids"], "rows", vec![]),
            onnx::node("Unsqueeze", &["rows", "one"], "new", vec![]),
            onnx::node("Concat", &["past_key_values.0.key", "new"], "present.0.key", onnx::int("axis", 2)),
            onnx::node(
                "Concat",
                &["past_key_values.0.value", "new"],
                "present.0.value",
                onnx::int("axis", 2),
            ),
            onnx::node("ReduceSum", &["present.0.key", "two"], "counts", onnx::int("keepdims", 0)),
            onnx::node("Shape", &["rows"], "shape", vec![]),
            onnx::node("Expand", &["counts", "shape"], "logits", vec![]),
        ],
        ..Graph::default()
    }
}

/// Writes small models in the library's own words.
mod onnx {
    use pg_journey_engine::onnx::proto::{
        Attribute, Dimension, Graph, Model, Node, OperatorSet, Shape, TensorType, Type, ValueInfo,
    };

    /// Numbers of `Attribute::type`.
    const INT: i32 = 2;
    const FLOATS: i32 = 6;
    const INTS: i32 = 7;

    pub fn model(graph: Graph) -> Model {
        let opset_import = vec![OperatorSet { domain: String::new(), version: 17 }];
        Model { ir_version: 8, graph: Some(Box::new(graph)), opset_import, ..Model::default() }
    }

    /// Dimensions are names or numbers.
    pub fn value(name: &str, elem_type: i32, dims: &[Result<&str, i64>]) -> ValueInfo {
        let dimension = |dim: &Result<&str, i64>| Dimension {
            dim_value: dim.err(),
            dim_param: dim.ok().map(str::to_owned),
        };
        let shape = Some(Shape { dim: dims.iter().map(dimension).collect() });
        ValueInfo {
            name: name.into(),
            r#type: Some(Type { tensor_type: Some(TensorType { elem_type, shape }), ..Type::default() }),
        }
    }

    pub fn node(op: &str, input: &[&str], output: &str, attribute: Vec<Attribute>) -> Node {
        Node {
            input: input.iter().map(|name| name.to_string()).collect(),
            output: vec![output.into()],
            op_type: op.into(),
            attribute,
            ..Node::default()
        }
    }

    pub fn int(name: &str, i: i64) -> Vec<Attribute> {
        vec![Attribute { name: name.into(), i, r#type: INT, ..Attribute::default() }]
    }

    pub fn floats(output: &str, floats: Vec<f32>) -> Node {
        let name = "value_floats".into();
        let values = Attribute { name, floats, r#type: FLOATS, ..Attribute::default() };
        node("Constant", &[], output, vec![values])
    }

    pub fn ints(output: &str, ints: Vec<i64>) -> Node {
        let values = Attribute { name: "value_ints".into(), ints, r#type: INTS, ..Attribute::default() };
        node("Constant", &[], output, vec![values])
    }
}
