//! A conversation as the segments of a prompt, in the format ChatML that the shipped text models were tuned with.

use super::protocol::Segment;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    System,
    User,
    Assistant,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub speaker: Speaker,
    pub text: String,
}

impl Turn {
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Turn { speaker, text: text.into() }
    }
}

/// The turns, and the beginning of the answer. Only the marks around turns are control segments.
pub fn segments(turns: &[Turn]) -> Vec<Segment> {
    let mut segments = Vec::with_capacity(turns.len() * 4 + 2);
    for turn in turns {
        segments.push(Segment::Control("<|im_start|>".into()));
        segments.push(Segment::Text(format!("{}\n{}", name(turn.speaker), turn.text)));
        segments.push(Segment::Control("<|im_end|>".into()));
        segments.push(Segment::Text("\n".into()));
    }
    segments.push(Segment::Control("<|im_start|>".into()));
    segments.push(Segment::Text(format!("{}\n", name(Speaker::Assistant))));
    segments
}

/// How many leading segments belong to the first `turns` turns.
pub const fn segments_of(turns: usize) -> usize {
    turns * 4
}

/// What the model reads, for people.
pub fn text(segments: &[Segment]) -> String {
    segments.iter().map(|(Segment::Control(text) | Segment::Text(text))| text.as_str()).collect()
}

const fn name(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::System => "system",
        Speaker::User => "user",
        Speaker::Assistant => "assistant",
    }
}
