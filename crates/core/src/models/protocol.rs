//! The messages between the extension and the engine, and their framing.
//!
//! A frame is a little-endian `u32` length followed by that many bytes of postcard (<https://postcard.jamesmunns.com>).
//! A client sends [`Hello`] first; afterwards requests carry an id that the reply repeats, replies may come in any order,
//! and closing the connection drops every request of it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::steer::Steering;
use super::training::{Algorithm, Ranks, Rows, Task};
use crate::kernel::{Code, Error, Result};

/// Raised by one with each change of a message: an extension and an engine of two versions refuse each other.
pub const VERSION: u32 = 4;

/// The largest frame either side accepts, in bytes: 10,000 embeddings of 4,096 floats fit, a runaway length does not.
pub const MAX_FRAME: usize = 256 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub id: u64,
    pub call: Call,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Call {
    /// Answered by the connection's own thread: measures the overhead of a call.
    Ping,
    Status,
    /// Reads a model's files and says what they are, without running them. A model that is being registered names no
    /// files and no manifest yet: every file of the folder is hashed and named in the answer, its manifest.json given back.
    Inspect(ModelFiles),
    Embed(Embed),
    Generate(Generate),
    Score(Score),
    /// Learns a model from rows.
    Fit(Fit),
    /// Learns what texts feel like.
    FitTexts(FitTexts),
    /// Says what a graph is, without running it.
    InspectGraph(Graph),
    /// The content of one `.onnx` file below a model folder, to be kept in the registry.
    ReadGraph {
        path: String,
    },
}

/// A small model, which lies in a row of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    pub name: String,
    /// An ONNX model without other files.
    #[serde(with = "serde_bytes")]
    pub content: Vec<u8>,
}

/// Rows to be scored by a small model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// For messages.
    pub name: String,
    /// Of the graph: two registries share what they both have.
    pub sha256: [u8; 32],
    /// Given where the engine has answered that it does not hold it.
    #[serde(with = "serde_bytes")]
    pub graph: Option<Vec<u8>>,
    /// The output of the graph that is the score.
    pub output: String,
    /// Which of several classes it is of: a column of the output, or a key of its maps. None: the second of two.
    pub class: Option<String>,
    pub columns: u32,
    /// Rows × columns little-endian singles, row after row.
    #[serde(with = "serde_bytes")]
    pub values: Vec<u8>,
}

/// A model as the registry names it: the engine loads by content, so two registries never see each other's files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelFiles {
    pub name: String,
    /// A folder below one of the engine's model folders.
    pub directory: String,
    /// Every file the model may touch; anything else it names is refused.
    pub files: Vec<ModelFile>,
    /// `manifest.json` of the model, see models/README.md.
    pub manifest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelFile {
    pub name: String,
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Embed {
    pub model: ModelFiles,
    pub texts: Vec<String>,
}

/// A part of a prompt. Only `Control` may become control tokens: text that comes from data never can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    Control(String),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generate {
    pub model: ModelFiles,
    pub prompt: Vec<Segment>,
    /// How many leading segments other requests share: their attention state is computed once and kept.
    pub shared_segments: usize,
    /// Text the answer starts with; part of the answer.
    pub opening: String,
    pub candidates: u16,
    pub max_tokens: u16,
    pub temperature: f32,
    /// Nucleus sampling (Holtzman et al. 2020, arXiv:1904.09751).
    pub top_p: f32,
    pub seed: u64,
    /// The answer ends before the first of these.
    pub stop: Vec<String>,
    pub steering: Option<Steering>,
    /// To be computed even where the engine still has the answer to the same request.
    pub fresh: bool,
}

/// Rows, and how to learn from them; the fields are those options of journey_train() that concern the fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Its name, for whoever asks how far it is.
    pub model: String,
    pub task: Task,
    pub algorithm: Algorithm,
    pub folds: u8,
    pub seed: u32,
    pub balance: bool,
    pub rounds: u16,
    pub learning_rate: f32,
    pub leaves: u16,
    pub rows: Rows,
}

/// Texts as numbers, to learn a head from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitTexts {
    pub folds: u8,
    pub seed: u32,
    /// How many buckets follow the dense numbers of a row.
    pub buckets: u32,
    pub rows: Vec<TextRow>,
    /// Of each row, −1 to 1.
    pub targets: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextRow {
    /// As many in every row.
    pub dense: Vec<f32>,
    /// Places below `FitTexts::buckets`, and what is in them; the others are 0.
    pub buckets: Vec<(u32, f32)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub id: u64,
    pub result: Result<Answer>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Pong,
    Status(EngineStatus),
    /// JSON: `files` as [{name, bytes, sha256}], `manifest` (that of the folder, or null), and of the graph `inputs`,
    /// `outputs` and `operators`.
    Inspected(String),
    /// `texts × dimensions` values, row after row, each row of length 1.
    Embedded {
        dimensions: u32,
        values: Vec<f32>,
    },
    Generated(Generated),
    Fitted(Fitting),
    /// A little-endian single for each row; NaN where the model has no answer.
    Scored(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The engine has not, or no longer, the graph of this digest.
    NotHeld,
    Content(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// Numbers as they cross the socket.
pub fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The numbers that [`bytes_of`] wrote; bytes that make no whole one are left out.
pub fn values_of(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generated {
    pub candidates: Vec<Candidate>,
    pub tokens_in: u32,
    /// How many of `tokens_in` were taken from a shared prefix that was computed before.
    pub tokens_shared: u32,
    pub queue_ms: f32,
    pub prefill_ms: f32,
    pub decode_ms: f32,
}

/// A model that was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitting {
    pub onnx: Vec<u8>,
    /// As journey.model_versions.metrics has them.
    pub metrics: String,
    /// The area under the ROC curve, or R².
    pub score: f64,
    /// The order of each category's texts in the model; empty of a number.
    pub ranks: Vec<Ranks>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub text: String,
    pub tokens: u32,
    /// Mean natural-log probability of the chosen tokens under the unmasked model at temperature 1.
    pub mean_logprob: f32,
    pub finish: Finish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finish {
    /// The model ended the text.
    End,
    /// A stop string was met.
    Stop,
    /// `max_tokens` was reached.
    Length,
    /// The steering left no token to choose from.
    DeadEnd,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    pub pid: u32,
    pub version: String,
    pub onnxruntime: String,
    /// What confines the process, or why it is not confined.
    pub sandbox: String,
    pub threads: u32,
    pub memory_limit_bytes: u64,
    pub memory_used_bytes: u64,
    pub connections: u32,
    pub active: u32,
    pub queued: u32,
    /// Answers that are kept, and requests that one of them answered.
    pub answers_kept: u64,
    pub answers_repeated: u64,
    pub models: Vec<LoadedModel>,
    pub fits: Vec<FitProgress>,
}

/// A training that runs or waits for another one to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitProgress {
    pub model: String,
    pub rows: u64,
    pub features: u32,
    /// At most, of all folds and of the model of all rows: a fold that gets no better is left early.
    pub rounds: u32,
    pub rounds_done: u32,
    /// Since it was asked for.
    pub seconds: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadedModel {
    pub name: String,
    pub bytes: u64,
    pub load_ms: f32,
    pub requests: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    pub tokens_shared: u64,
}

/// A message as one frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>> {
    let mut frame = postcard::to_extend(message, vec![0u8; 4])
        .map_err(|e| Error::new(Code::ProtocolViolation, format!("a message cannot be written: {e}")))?;
    let length = frame.len() - 4;
    check_length(length)?;
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// The message in a frame's body, that is without its four length bytes.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let unreadable =
        |why: String| Error::new(Code::ProtocolViolation, format!("a message cannot be read: {why}"));
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok((_, rest)) => Err(unreadable(format!("{} bytes follow it", rest.len()))),
        Err(e) => Err(unreadable(e.to_string())),
    }
}

/// The length of a frame's body from its first four bytes.
pub fn body_length(head: [u8; 4]) -> Result<usize> {
    let length = u32::from_le_bytes(head) as usize;
    check_length(length)?;
    Ok(length)
}

fn check_length(length: usize) -> Result<()> {
    if length > MAX_FRAME {
        return Err(Error::new(
            Code::ProgramLimitExceeded,
            format!("a message of {length} bytes is larger than the limit of {MAX_FRAME}"),
        )
        .hint("Ask for fewer texts in one call."));
    }
    Ok(())
}
