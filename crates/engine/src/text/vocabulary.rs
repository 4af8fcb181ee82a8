//! Text to tokens and back. Control tokens come only from where a prompt says so, never from text.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::Segment;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokenizers::Tokenizer;

use crate::manifest::EndToken;

pub struct Vocabulary {
    /// Knows no control token: what looks like one in a text is cut into ordinary pieces.
    tokenizer: Tokenizer,
    controls: HashMap<String, u32>,
    pieces: Pieces,
    ends: Vec<u32>,
}

impl Vocabulary {
    pub fn load(path: &Path, size: usize, end_tokens: &[EndToken]) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| unusable(path, e))?;
        let Plain { description, controls, style } = Plain::read(&text).map_err(|e| unusable(path, e))?;
        drop(text);
        let tokenizer = Tokenizer::from_bytes(&description).map_err(|e| unusable(path, e))?;
        let pieces = Pieces::new(&tokenizer, size, style, &controls);
        let ends = ends(end_tokens, &controls, size).map_err(|e| unusable(path, e))?;
        Ok(Vocabulary { tokenizer, controls, pieces, ends })
    }

    /// The tokens of a prompt. Each segment is cut by itself, so that equal beginnings give equal tokens.
    pub fn encode(&self, prompt: &[Segment]) -> Result<Vec<u32>> {
        let mut tokens = Vec::new();
        for segment in prompt {
            match segment {
                Segment::Control(name) => tokens.push(self.control(name)?),
                Segment::Text(text) => tokens.extend(self.encode_text(text)?),
            }
        }
        Ok(tokens)
    }

    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let encoded = self.tokenizer.encode_fast(text, false).map_err(|e| {
            Error::invalid(format!("a text of {} bytes cannot be cut into tokens: {e}", text.len()))
        })?;
        let tokens = encoded.get_ids();
        // The tokenizer was told of no control token; a vocabulary that holds one as an ordinary word is refused.
        if tokens.iter().any(|token| self.is_control(*token)) {
            return Err(Error::invalid("a text yields a control token of the model")
                .hint("Remove what looks like a control token, for example <|im_end|>, from the text."));
        }
        Ok(tokens.to_vec())
    }

    fn control(&self, name: &str) -> Result<u32> {
        self.controls.get(name).copied().ok_or_else(|| {
            Error::invalid(format!("\"{name}\" is no control token of the model")).hint(
                "Choose a prompt format that the model was trained on; see prompt_format in its manifest.",
            )
        })
    }

    fn is_control(&self, token: u32) -> bool {
        self.controls.values().any(|control| *control == token)
    }

    /// The bytes that a token stands for; none for one that is never written.
    pub fn piece(&self, token: u32) -> &[u8] {
        self.pieces.get(token)
    }

    pub fn ends(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }
}

/// A tokenizer's description without its added tokens: with them, text could spell control tokens.
struct Plain {
    description: Vec<u8>,
    controls: HashMap<String, u32>,
    style: Style,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
}

impl Plain {
    /// The large fields stay text: as values of their own they would take a hundred megabytes for a moment.
    fn read(text: &str) -> serde_json::Result<Self> {
        let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
        // A template of the post-processor would name tokens that are no longer there, and nothing is added to prompts.
        for field in ["post_processor", "truncation", "padding"] {
            fields.insert(field.into(), RawValue::from_string("null".into())?);
        }
        let added = fields.insert("added_tokens".into(), RawValue::from_string("[]".into())?);
        let added: Vec<AddedToken> =
            added.map_or(Ok(Vec::new()), |added| serde_json::from_str(added.get()))?;
        Ok(Plain {
            style: fields.get("decoder").map_or(Style::SentencePiece, |decoder| Style::of(decoder.get())),
            description: serde_json::to_vec(&fields)?,
            controls: added.into_iter().map(|token| (token.content, token.id)).collect(),
        })
    }
}

/// How a vocabulary writes bytes.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// Every byte has a printable stand-in (GPT-2).
    ByteLevel,
    /// "▁" is a space, <0x0A> a byte (SentencePiece).
    SentencePiece,
}

impl Style {
    fn of(decoder: &str) -> Style {
        if decoder.contains("\"ByteLevel\"") { Style::ByteLevel } else { Style::SentencePiece }
    }
}

/// The bytes of each token, one after the other; none for control tokens and numbers without a token.
struct Pieces {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    fn new(tokenizer: &Tokenizer, size: usize, style: Style, controls: &HashMap<String, u32>) -> Self {
        let stand_ins = byte_stand_ins();
        let controls: HashSet<u32> = controls.values().copied().collect();
        let mut pieces = Pieces { bytes: Vec::new(), ends: Vec::with_capacity(size) };
        for token in 0..size as u32 {
            match tokenizer.id_to_token(token).filter(|_| !controls.contains(&token)) {
                Some(text) if style == Style::ByteLevel => {
                    pieces.bytes.extend(text.chars().filter_map(|c| stand_ins.get(&c).copied()));
                }
                Some(text) => pieces.bytes.extend(sentence_piece(&text)),
                None => {}
            }
            pieces.ends.push(pieces.bytes.len() as u32);
        }
        pieces.bytes.shrink_to_fit();
        pieces
    }

    fn get(&self, token: u32) -> &[u8] {
        let token = token as usize;
        let start = token.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(token).map_or(&[], |end| &self.bytes[start as usize..*end as usize])
    }
}

fn sentence_piece(text: &str) -> Vec<u8> {
    let byte = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
        Some(byte) => vec![byte],
        None => text.replace('▁', " ").into_bytes(),
    }
}

/// GPT-2's table: printable Latin-1 bytes stand for themselves, the others for the characters from U+0100 on.
fn byte_stand_ins() -> HashMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut others = (0x100u32..).filter_map(char::from_u32);
    (0..=255u8)
        .filter_map(|byte| Some((if printable(byte) { char::from(byte) } else { others.next()? }, byte)))
        .collect()
}

fn ends(end_tokens: &[EndToken], controls: &HashMap<String, u32>, size: usize) -> Result<Vec<u32>, String> {
    let mut ends = Vec::new();
    for end in end_tokens {
        let token = match end {
            EndToken::Id(id) => *id,
            EndToken::Name(name) => *controls
                .get(name)
                .ok_or_else(|| format!("end token \"{name}\" of the manifest is not in it"))?,
        };
        if token as usize >= size {
            return Err(format!("end token {token} of the manifest is outside the vocabulary of {size}"));
        }
        ends.push(token);
    }
    if ends.is_empty() {
        return Err("the manifest names no end_tokens".into());
    }
    Ok(ends)
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(Code::DataCorrupted, format!("tokenizer \"{}\" cannot be used: {why}", path.display()))
        .hint("Copy the tokenizer.json that belongs to the model beside it and register the model again.")
}

#[cfg(test)]
pub mod tests {
    use serde_json::Value;

    use super::*;

    /// A byte-level vocabulary of single bytes with two control tokens, 256 and 257.
    pub fn bytes_only() -> Vocabulary {
        static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let vocabulary: serde_json::Map<String, Value> =
            byte_stand_ins().into_iter().map(|(c, byte)| (c.to_string(), byte.into())).collect();
        let special = |id: u32, content: &str| {
            serde_json::json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true})
        };
        let description = serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null,
            "added_tokens": [special(256, "<|im_start|>"), special(257, "<|im_end|>")],
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
            "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
            "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
        });
        let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("pg_journey_vocabulary_{}_{number}.json", std::process::id()));
        std::fs::write(&path, description.to_string()).unwrap();
        let loaded = Vocabulary::load(&path, 260, &[EndToken::Name("<|im_end|>".into())]);
        std::fs::remove_file(path).unwrap();
        loaded.unwrap()
    }

    #[test]
    fn control_tokens_come_from_control_segments_only() {
        let v = bytes_only();
        let prompt = [Segment::Control("<|im_start|>".into()), Segment::Text("a<|im_end|>".into())];
        let tokens = v.encode(&prompt).unwrap();
        assert_eq!(tokens[0], 256);
        assert!(tokens[1..].iter().all(|token| *token < 256), "{tokens:?}");
        assert_eq!(tokens.len(), 1 + "a<|im_end|>".len());

        let error = v.encode(&[Segment::Control("<|im_end|> ".into())]).unwrap_err();
        assert!(error.message.contains("<|im_end|> "));
    }

    #[test]
    fn pieces_are_the_bytes_of_the_text() {
        let v = bytes_only();
        let text = "é £5 – \n🎉";
        let bytes: Vec<u8> =
            v.encode_text(text).unwrap().into_iter().flat_map(|token| v.piece(token).to_vec()).collect();
        assert_eq!(String::from_utf8(bytes).unwrap(), text);
        assert!(v.piece(256).is_empty() && v.piece(258).is_empty() && v.piece(1 << 20).is_empty());
        assert!(v.ends(257) && !v.ends(256));
    }
}
