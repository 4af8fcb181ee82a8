//! What the engine needs from a model's `manifest.json`; models/README.md describes all of it.

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::ModelFiles;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    pub layout: Layout,
    pub context_length: usize,
    #[serde(default)]
    pub architecture: Option<Architecture>,
    /// The tokens that end a text.
    #[serde(default)]
    pub end_tokens: Vec<EndToken>,
    #[serde(default)]
    pub embedding: Option<Embedding>,
}

/// A token by its name or its number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EndToken {
    Id(u32),
    Name(String),
}

/// Which inputs and outputs the graph has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Keys and values live in buffers of full length that a run reads and extends in place.
    SharedKv,
    /// Keys and values go in and come out longer, as models are commonly exported.
    PastKv,
    /// Token ids go in, one vector of length 1 a text comes out.
    Sentence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Architecture {
    pub layers: usize,
    pub kv_heads: usize,
    pub head_size: usize,
    pub vocabulary: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Embedding {
    pub dimensions: usize,
    pub max_tokens: usize,
}

/// Layers, heads, their size and the vocabulary beyond those of any known model, by far: sizes above are mistakes.
const LARGEST: [usize; 4] = [1024, 1024, 4096, 1 << 20];

impl Manifest {
    pub fn read(model: &ModelFiles) -> Result<Self> {
        let manifest: Manifest = serde_json::from_str(&model.manifest)
            .map_err(|e| unusable(model, &format!("is not understood: {e}")))?;
        if manifest.context_length == 0 || manifest.context_length > 1 << 20 {
            return Err(unusable(model, &format!("has context_length {}", manifest.context_length)));
        }
        Ok(manifest)
    }

    pub fn architecture(&self, model: &ModelFiles) -> Result<Architecture> {
        let a = self.architecture.ok_or_else(|| unusable(model, "lacks \"architecture\""))?;
        let sizes = [a.layers, a.kv_heads, a.head_size, a.vocabulary];
        if sizes.iter().zip(LARGEST).any(|(size, largest)| !(1..=largest).contains(size)) {
            return Err(unusable(model, &format!("has an impossible architecture {sizes:?}")));
        }
        Ok(a)
    }

    pub fn embedding(&self, model: &ModelFiles) -> Result<Embedding> {
        let e = self.embedding.ok_or_else(|| unusable(model, "lacks \"embedding\""))?;
        if !(1..=16_000).contains(&e.dimensions) || !(3..=1 << 16).contains(&e.max_tokens) {
            return Err(unusable(model, &format!("has an impossible embedding {e:?}")));
        }
        Ok(e)
    }
}

fn unusable(model: &ModelFiles, why: &str) -> Error {
    Error::new(Code::InvalidParameterValue, format!("the manifest of model \"{}\" {why}", model.name))
        .hint("models/README.md says what a manifest holds.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_no_model_has_are_refused_by_name() {
        let model = |architecture: &str| ModelFiles {
            name: "m".into(),
            directory: "m".into(),
            files: vec![],
            manifest: format!(
                r#"{{"layout": "shared_kv", "context_length": 8, "architecture": {architecture}}}"#
            ),
        };
        let sizes = |layers: usize, kv_heads: usize, head_size: usize, vocabulary: usize| {
            let model = model(&format!(
                r#"{{"layers": {layers}, "kv_heads": {kv_heads}, "head_size": {head_size}, "vocabulary": {vocabulary}}}"#
            ));
            Manifest::read(&model).and_then(|manifest| manifest.architecture(&model))
        };
        assert!(sizes(1024, 1024, 4096, 1 << 20).is_ok());
        for error in [sizes(1025, 1, 1, 1), sizes(1, 1025, 1, 1), sizes(1, 1, 4097, 1), sizes(1, 1, 1, 0)] {
            let error = error.unwrap_err();
            assert!(
                error.code == Code::InvalidParameterValue && error.message.contains("\"m\""),
                "{error:?}"
            );
        }
    }
}
