//! Products computed here, in the models that are shipped, against ONNX Runtime's of inputs that are not rounded.
//!
//! tests/models compares the graphs, as ONNX Runtime computes them, with the models' sources; this compares what the
//! engine computes with the graphs.

#![allow(clippy::unwrap_used, reason = "a test")]

mod places;

use std::path::Path;

use ort::session::Session;
use pg_journey_engine::client::model_in;
use pg_journey_engine::interrupt::Interrupt;
use pg_journey_engine::manifest::Manifest;
use pg_journey_engine::runtime::{Library, Runtime};
use pg_journey_engine::text::{Decoder, SharedKv, Vocabulary};
use places::{cache, onnxruntime};

/// Mean Kullback-Leibler divergence, as for the shipped graphs (tests/models/test_text.py).
const LIMIT: f64 = 1.5e-3;

const PROMPT: &str =
    "Write a short e-mail subject line for a 20% discount on the Aurora running shoes, then describe them.";
const TEXT: &str =
    " The Aurora running shoes are light, soft and made for long mornings in the park. Save 20% this week.";

/// Logits after the prompt and after each token of a text, beside another text in the same batch.
fn logits(session: Session, folder: &Path) -> Vec<Vec<f32>> {
    let model = model_in(folder).unwrap();
    let manifest = Manifest::read(&model).unwrap();
    let architecture = manifest.architecture(&model).unwrap();
    let vocabulary =
        Vocabulary::load(&folder.join("tokenizer.json"), architecture.vocabulary, &manifest.end_tokens)
            .unwrap();
    let mut decoder = SharedKv::new(session, architecture, manifest.context_length, 2).unwrap();
    let prompt = vocabulary.encode_text(PROMPT).unwrap();
    let mut found = vec![decoder.extend(&prompt, &Interrupt::default()).unwrap().to_vec()];
    decoder.launch();
    decoder.launch();
    for token in vocabulary.encode_text(TEXT).unwrap() {
        let both = decoder.step(&[token, prompt[0]], None).unwrap();
        found.push(both[..architecture.vocabulary].to_vec());
    }
    found
}

/// The graph with products of unrounded inputs, which take ten times as long.
fn exact(graph: &[u8]) -> Vec<u8> {
    const ROUNDED: &[u8] = b"accuracy_level\x18\x04";
    let mut graph = graph.to_vec();
    let places: Vec<usize> = (0..graph.len()).filter(|at| graph[*at..].starts_with(ROUNDED)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| graph[at + ROUNDED.len() - 1] = 1);
    graph
}

fn mean_divergence(reference: &[Vec<f32>], other: &[Vec<f32>]) -> f64 {
    let all = reference.iter().zip(other).map(|(reference, other)| divergence(reference, other));
    all.sum::<f64>() / reference.len() as f64
}

fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|x| f64::from(x - max).exp()).sum();
    logits.iter().map(|x| f64::from(x - max) - sum.ln()).collect()
}

fn divergence(reference: &[f32], other: &[f32]) -> f64 {
    let (p, q) = (log_softmax(reference), log_softmax(other));
    p.iter().zip(q).map(|(p, q)| p.exp() * (p - q)).sum()
}

#[test]
fn rounding_inputs_here_costs_as_little_as_in_onnx_runtime() {
    compare(&["smollm2-135m-instruct"]);
}

#[test]
#[ignore = "takes minutes"]
fn rounding_inputs_costs_as_little_in_the_large_models() {
    compare(&["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"]);
}

fn compare(names: &[&str]) {
    let Some(library) = onnxruntime() else { return };
    let runtime: Runtime = Library::load(&library).unwrap().start(2).unwrap();
    for name in names {
        let folder = cache().join("models").join(name);
        let file = folder.join("model.onnx");
        let Ok(graph) = std::fs::read(&file) else {
            println!("skipped: no model in {}; run `make models`", folder.display());
            continue;
        };
        let reference = logits(runtime.plain_session(&exact(&graph), &file).unwrap(), &folder);
        let theirs = logits(runtime.plain_session(&graph, &file).unwrap(), &folder);
        let ours = logits(runtime.session(&graph, &file).unwrap(), &folder);
        let (theirs, ours) = (mean_divergence(&reference, &theirs), mean_divergence(&reference, &ours));
        println!("{name}: {ours:.2e}, with ONNX Runtime's own products {theirs:.2e}");
        assert!(ours <= LIMIT && ours <= 1.5 * theirs, "{name}: {ours:.2e}, {theirs:.2e}");
    }
}
