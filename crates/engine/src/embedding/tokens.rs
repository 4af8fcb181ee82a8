//! Texts to tokens for an embedding model, with the model's own marks around them.

use std::path::Path;

use pg_journey_core::kernel::{Code, Error, Result};
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

/// Fewer texts than this are cut by the calling thread.
const WORTH_A_THREAD: usize = 64;

pub struct TextTokenizer(Tokenizer);

impl TextTokenizer {
    /// Texts are cut off after `max_tokens`, marks included; the model was not trained on longer ones.
    pub fn load(path: &Path, max_tokens: usize) -> Result<Self> {
        let unusable = |e: &dyn std::fmt::Display| {
            Error::new(Code::DataCorrupted, format!("tokenizer \"{}\" cannot be used: {e}", path.display()))
                .hint("Copy the tokenizer.json that belongs to the model beside it and register the model again.")
        };
        let mut tokenizer = Tokenizer::from_file(path).map_err(|e| unusable(&e))?;
        let truncation = TruncationParams {
            max_length: max_tokens,
            strategy: TruncationStrategy::LongestFirst,
            stride: 0,
            direction: TruncationDirection::Right,
        };
        tokenizer.with_truncation(Some(truncation)).map_err(|e| unusable(&e))?;
        // Batches are padded to their own longest text.
        tokenizer.with_padding(None);
        // "[SEP]" in a text is six characters, not the mark.
        tokenizer.set_encode_special_tokens(true);
        Ok(TextTokenizer(tokenizer))
    }

    pub fn encode_all(&self, texts: &[String], threads: usize) -> Result<Vec<Box<[u32]>>> {
        if texts.len() < WORTH_A_THREAD || threads == 1 {
            return self.encode_some(texts);
        }
        let share = texts.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts: Vec<_> =
                texts.chunks(share).map(|part| scope.spawn(move || self.encode_some(part))).collect();
            let mut all = Vec::with_capacity(texts.len());
            for part in parts {
                all.extend(part.join().unwrap_or_else(|_| Err(uncut("a thread has died")))?);
            }
            Ok(all)
        })
    }

    fn encode_some(&self, texts: &[String]) -> Result<Vec<Box<[u32]>>> {
        let encode = |text: &String| {
            let encoded = self.0.encode_fast(text.as_str(), true).map_err(uncut)?;
            Ok(encoded.get_ids().into())
        };
        texts.iter().map(encode).collect()
    }
}

fn uncut(reason: impl std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("a text cannot be cut into tokens: {reason}"))
}
