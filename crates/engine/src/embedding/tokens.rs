//! Texts to tokens for an embedding model, with the model's own marks around them.

use std::path::Path;

use pg_journey_core::kernel::{Code, Error, Result};
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams, TruncationStrategy};

use crate::interrupt::Interrupt;

/// Fewer texts than this are cut by the calling thread.
const WORTH_A_THREAD: usize = 64;

/// A text is cut off after so many bytes for each token that it may have, before it is cut into tokens: a token is seldom
/// longer than 16 bytes, and a text of 100 MB would take minutes.
const BYTES_A_TOKEN: usize = 64;

pub struct TextTokenizer {
    tokenizer: Tokenizer,
    most_bytes: usize,
}

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
        Ok(TextTokenizer { tokenizer, most_bytes: max_tokens * BYTES_A_TOKEN })
    }

    /// Leaves off between two texts when the request is canceled.
    pub fn encode_all(
        &self,
        texts: &[String],
        threads: usize,
        interrupt: &Interrupt,
    ) -> Result<Vec<Box<[u32]>>> {
        if texts.len() < WORTH_A_THREAD || threads == 1 {
            return self.encode_some(texts, interrupt);
        }
        let share = texts.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let encode = |part| scope.spawn(move || self.encode_some(part, interrupt));
            let parts: Vec<_> = texts.chunks(share).map(encode).collect();
            let mut all = Vec::with_capacity(texts.len());
            for part in parts {
                all.extend(part.join().unwrap_or_else(|_| Err(uncut("a thread has died")))?);
            }
            Ok(all)
        })
    }

    fn encode_some(&self, texts: &[String], interrupt: &Interrupt) -> Result<Vec<Box<[u32]>>> {
        let encode = |text: &String| {
            interrupt.check()?;
            let text = &text[..text.floor_char_boundary(self.most_bytes)];
            let encoded = self.tokenizer.encode_fast(text, true).map_err(uncut)?;
            Ok(encoded.get_ids().into())
        };
        texts.iter().map(encode).collect()
    }
}

fn uncut(reason: impl std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("a text cannot be cut into tokens: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows the letter ö as token 1; anything else is token 0.
    fn tokenizer(max_tokens: usize) -> TextTokenizer {
        let path =
            std::env::temp_dir().join(format!("pg_journey_tokens_{max_tokens}_{}", std::process::id()));
        let description = serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
            "added_tokens": [], "decoder": null,
            "pre_tokenizer": {"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated", "invert": false},
            "model": {"type": "WordLevel", "vocab": {"?": 0, "ö": 1}, "unk_token": "?"},
        });
        std::fs::write(&path, description.to_string()).unwrap();
        let tokenizer = TextTokenizer::load(&path, max_tokens).unwrap();
        std::fs::remove_file(path).unwrap();
        tokenizer
    }

    #[test]
    fn long_texts_are_cut_off_between_letters_before_they_are_read() {
        let long = format!("x{}", "ö".repeat(50 << 20));
        let began = std::time::Instant::now();
        let texts = vec!["xö".to_string(), long, String::new()];
        let tokens = tokenizer(5).encode_all(&texts, 1, &Interrupt::default()).unwrap();
        assert_eq!(tokens, [[0, 1].into(), [0, 1, 1, 1, 1].into(), Box::default()] as [Box<[u32]>; 3]);
        // Reading 100 MB takes a hundred times as long.
        assert!(began.elapsed() < std::time::Duration::from_secs(2), "{:?}", began.elapsed());
    }

    #[test]
    fn a_canceled_request_is_not_read_on() {
        let (tokenizer, canceled) = (tokenizer(6), Interrupt::default());
        canceled.raise();
        for threads in [1, 2] {
            let error = tokenizer.encode_all(&vec!["ö".to_string(); 200], threads, &canceled).unwrap_err();
            assert_eq!(error.code, Code::QueryCanceled);
        }
    }
}
