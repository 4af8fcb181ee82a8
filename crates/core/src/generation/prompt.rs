//! The prompt: an approved row of journey.prompts around a draft.
//!
//! What all customers of a kind share comes first, so that the engine computes it once: system text, instruction and
//! examples. The customer's own part is the last turn, and holds nothing but the draft, on one line. The draft carries
//! theme and tone: a line that names the tone ends up in the texts of small models, word for word.

use minijinja::context;
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::template;
use crate::kernel::Result;
use crate::models::chat::{self, Speaker, Turn};
use crate::models::protocol::Segment;

/// A row of journey.prompts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    pub version: i32,
    pub system: String,
    pub instruction: String,
    pub examples: Vec<Example>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    pub draft: String,
    pub answer: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    pub segments: Vec<Segment>,
    pub shared_segments: usize,
}

impl Built {
    /// The exact input as text.
    pub fn text(&self) -> String {
        chat::text(&self.segments)
    }
}

/// The shop's `own` examples take the places of as many of the prompt, so that it grows no longer, and come last, where they
/// are imitated most.
pub fn build(prompt: &Prompt, kind: &Kind, own: &[Example], draft: &str) -> Result<Built> {
    let told = format!("{}\n{}", fill(&prompt.system, kind)?, fill(&prompt.instruction, kind)?);
    let mut turns = vec![Turn::new(Speaker::System, told)];
    for example in prompt.examples.iter().skip(own.len()).chain(own) {
        turns.push(Turn::new(Speaker::User, question(&example.draft)));
        turns.push(Turn::new(Speaker::Assistant, example.answer.clone()));
    }
    let shared = turns.len();
    turns.push(Turn::new(Speaker::User, question(draft)));
    Ok(Built { segments: chat::segments(&turns), shared_segments: chat::segments_of(shared) })
}

fn question(draft: &str) -> String {
    format!("Draft: {draft}")
}

/// Prompts may name the limits of their kind.
fn fill(text: &str, kind: &Kind) -> Result<String> {
    template::fill(
        "prompt",
        text,
        &context! {
            kind => &kind.kind,
            max_chars => kind.max_chars,
            max_sentences => kind.max_sentences,
        },
    )
}
