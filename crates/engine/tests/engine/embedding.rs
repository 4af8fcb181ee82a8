//! Embedding texts with a real model.

use crate::support::{EMBEDDING, model, shared};
use pg_journey_core::models::protocol::{Answer, Call, Embed, ModelFiles};
use pg_journey_engine::client::Client;

fn embed(client: &mut Client, model: &ModelFiles, texts: &[&str]) -> Vec<Vec<f32>> {
    let texts = texts.iter().map(|text| text.to_string()).collect();
    match client.call(Call::Embed(Embed { model: model.clone(), texts })).unwrap() {
        Answer::Embedded { dimensions, values } => {
            values.chunks_exact(dimensions as usize).map(<[f32]>::to_vec).collect()
        }
        other => unreachable!("{other:?}"),
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn similar_texts_have_similar_vectors_of_length_1() {
    let (Some(engine), Some(m)) = (shared(), model(EMBEDDING)) else { return };
    let texts = ["fresh whole grain bread", "a loaf of wholemeal bread", "a garden hose of ten metres", ""];
    let vectors = embed(&mut engine.client(), &m, &texts);
    assert_eq!(vectors.len(), texts.len());
    for vector in &vectors {
        assert_eq!(vector.len(), 384);
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-4);
    }
    assert!(cosine(&vectors[0], &vectors[1]) > cosine(&vectors[0], &vectors[2]) + 0.3);
    assert!(embed(&mut engine.client(), &m, &[]).is_empty());
}

#[test]
fn a_text_has_the_same_vector_alone_and_among_others() {
    let (Some(engine), Some(m)) = (shared(), model(EMBEDDING)) else { return };
    let mut client = engine.client();
    let long = "a very long description of a product ".repeat(100);
    let texts: Vec<String> =
        (0..300).map(|i| format!("product {i} {}", "with cream ".repeat(i % 30))).collect();
    let mut all: Vec<&str> = texts.iter().map(String::as_str).collect();
    all.push(&long);
    let together = embed(&mut client, &m, &all);
    for i in [0, 7, 29, 150, 299, 300] {
        let alone = embed(&mut client, &m, &[all[i]]).remove(0);
        // Activations are rounded to 8 bits, so batches differ in the last digits.
        assert!(cosine(&alone, &together[i]) > 0.999, "text {i}");
    }
    // What is beyond the limit is cut off.
    let longer = format!("{long} and a word more");
    assert!(cosine(&embed(&mut client, &m, &[&longer])[0], &together[300]) > 0.9999);
}
