//! Layout `past_kv`, as decoder-only models are commonly exported: keys and values go in and come out longer.
//!
//! Inputs input_ids[B,S], attention_mask[B,P+S], where the graph has it position_ids[B,S], and past_key_values.N.key and
//! .value [B,heads,P,size]; outputs logits[B,S,V] and present.N.key and .value. Texts are run one after the other:
//! the layout has no way to batch texts of different lengths without padding their state.

use std::sync::Arc;

use ort::memory::Allocator;
use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};
use ort::value::{DynValue, Tensor, TensorElementType, TensorRef};
use pg_journey_core::kernel::{Code, Error, Result};

use super::bound::broken;
use super::decoder::Decoder;
use super::outlets::check_sizes;
use crate::interrupt::{Interrupt, Stoppable};
use crate::manifest::Architecture;

pub struct PastKv {
    session: Session,
    options: Arc<Options>,
    architecture: Architecture,
    context: usize,
    max_rows: usize,
    takes_positions: bool,
    past: Vec<String>,
    present: Vec<String>,
    staging: State,
    rows: Vec<State>,
    logits: Vec<f32>,
}

/// Keys and values of a text. A run makes new ones, so texts with the same beginning share theirs.
#[derive(Clone)]
pub struct State {
    values: Arc<Vec<DynValue>>,
    length: usize,
}

struct Options(RunOptions<NoSelectedOutputs>);

impl Stoppable for Options {
    fn stop(&self) {
        let _ = self.0.terminate();
    }

    fn renew(&self) -> Result<()> {
        self.0.unterminate().map_err(broken)
    }
}

impl PastKv {
    pub fn new(
        session: Session,
        architecture: Architecture,
        context: usize,
        max_rows: usize,
    ) -> Result<Self> {
        let planes = |stem: &str| -> Vec<String> {
            let plane = |i| [format!("{stem}.{i}.key"), format!("{stem}.{i}.value")];
            (0..architecture.layers).flat_map(plane).collect()
        };
        let (past, present) = (planes("past_key_values"), planes("present"));
        let takes_positions = check_graph(&session, &past, &present)?;
        let state = [None, Some(architecture.kv_heads), None, Some(architecture.head_size)];
        past.iter().try_for_each(|name| check_sizes(session.inputs(), name, &state))?;
        check_sizes(session.outputs(), "logits", &[None, None, Some(architecture.vocabulary)])?;
        let empty = empty_state(&session, architecture, past.len())?;
        Ok(PastKv {
            options: Arc::new(Options(RunOptions::new().map_err(broken)?)),
            session,
            architecture,
            context,
            max_rows,
            takes_positions,
            past,
            present,
            staging: empty,
            rows: Vec::new(),
            logits: Vec::new(),
        })
    }

    /// The state after some more tokens, and the logits after the last of them.
    fn run(&mut self, before: &State, tokens: &[u32]) -> Result<(State, Vec<f32>)> {
        let (past, length) = (before.length, before.length + tokens.len());
        let ids: Vec<i64> = tokens.iter().map(|token| i64::from(*token)).collect();
        let positions: Vec<i64> = (past as i64..length as i64).collect();
        let mask = vec![1i64; length];
        let row = [1usize, tokens.len()];
        let view = |shape: [usize; 2], data| TensorRef::from_array_view((shape, data)).map_err(broken);
        let mut inputs: Vec<(&str, SessionInputValue)> = vec![
            ("input_ids", view(row, ids.as_slice())?.into()),
            ("attention_mask", view([1, length], mask.as_slice())?.into()),
        ];
        if self.takes_positions {
            inputs.push(("position_ids", view(row, positions.as_slice())?.into()));
        }
        inputs.extend(
            self.past.iter().map(String::as_str).zip(before.values.iter().map(SessionInputValue::from)),
        );
        let mut outputs = self.session.run_with_options(inputs, &self.options.0).map_err(broken)?;

        let vocabulary = self.architecture.vocabulary;
        let (shape, logits) = outputs["logits"].try_extract_tensor::<f32>().map_err(broken)?;
        if **shape != [1, tokens.len() as i64, vocabulary as i64] {
            return Err(broken(format!("the logits have shape {shape:?}")));
        }
        let last = logits[logits.len() - vocabulary..].to_vec();
        let present = |name: &String| outputs.remove(name).ok_or_else(|| broken(format!("no output {name}")));
        let values = Arc::new(self.present.iter().map(present).collect::<Result<Vec<_>>>()?);
        Ok((State { values, length }, last))
    }
}

fn empty_state(session: &Session, a: Architecture, planes: usize) -> Result<State> {
    let allocator: &Allocator = session.allocator();
    let shape = [1, a.kv_heads, 0, a.head_size];
    let plane = |_| Tensor::<f32>::new(allocator, shape).map(Tensor::into_dyn).map_err(broken);
    Ok(State { values: Arc::new((0..planes).map(plane).collect::<Result<Vec<_>>>()?), length: 0 })
}

/// Whether the graph has the inputs and outputs of the layout, and whether it takes positions.
fn check_graph(session: &Session, past: &[String], present: &[String]) -> Result<bool> {
    let known = ["input_ids", "attention_mask", "position_ids"];
    for input in session.inputs() {
        let name = input.name();
        if !known.contains(&name) && !past.iter().any(|past| past == name) {
            return Err(misfit(format!("has the input \"{name}\"")));
        }
    }
    let has = |name: &str| session.inputs().iter().any(|input| input.name() == name);
    if let Some(missing) =
        past.iter().map(String::as_str).chain(known[..2].iter().copied()).find(|name| !has(name))
    {
        return Err(misfit(format!("lacks the input \"{missing}\"")));
    }
    for wanted in present.iter().map(String::as_str).chain(["logits"]) {
        let Some(output) = session.outputs().iter().find(|output| output.name() == wanted) else {
            return Err(misfit(format!("lacks the output \"{wanted}\"")));
        };
        if output.dtype().tensor_type() != Some(TensorElementType::Float32) {
            return Err(misfit(format!("has the output \"{wanted}\" in another type than float")));
        }
    }
    Ok(has("position_ids"))
}

fn misfit(what: String) -> Error {
    Error::new(Code::FeatureNotSupported, format!("the graph does not fit layout past_kv: it {what}"))
        .hint("Export the model with a key-value cache, unmerged and in 32-bit floats.")
}

impl Decoder for PastKv {
    type Saved = State;

    fn max_rows(&self) -> usize {
        self.max_rows
    }

    fn context(&self) -> usize {
        self.context
    }

    fn position_bytes(&self) -> usize {
        let a = &self.architecture;
        2 * a.layers * a.kv_heads * a.head_size * size_of::<f32>()
    }

    fn held_bytes(&self) -> usize {
        let positions: usize = self.rows.iter().chain([&self.staging]).map(|state| state.length).sum();
        positions * self.position_bytes()
    }

    fn clear(&mut self) -> Result<()> {
        self.staging = empty_state(&self.session, self.architecture, self.past.len())?;
        Ok(())
    }

    fn extend(&mut self, tokens: &[u32], interrupt: &Interrupt) -> Result<&[f32]> {
        let before = self.staging.clone();
        let run: Arc<dyn Stoppable> = self.options.clone();
        (self.staging, self.logits) = interrupt.during(run, || self.run(&before, tokens))?;
        Ok(&self.logits)
    }

    fn save(&mut self) -> Option<State> {
        Some(self.staging.clone())
    }

    fn restore(&mut self, saved: &State) {
        self.staging = saved.clone();
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn launch(&mut self) {
        self.rows.push(self.staging.clone());
    }

    fn step(&mut self, tokens: &[u32], interrupt: Option<&Interrupt>) -> Result<&[f32]> {
        let mut all = Vec::with_capacity(tokens.len() * self.architecture.vocabulary);
        for (row, token) in tokens.iter().enumerate() {
            if let Some(interrupt) = interrupt {
                interrupt.check()?;
            }
            let before = self.rows[row].clone();
            let (after, logits) = self.run(&before, &[*token])?;
            self.rows[row] = after;
            all.extend(logits);
        }
        self.logits = all;
        Ok(&self.logits)
    }

    fn finish(&mut self, row: usize) {
        self.rows.swap_remove(row);
    }

    fn rest(&mut self) -> Result<()> {
        self.logits = Vec::new();
        self.clear()
    }
}
