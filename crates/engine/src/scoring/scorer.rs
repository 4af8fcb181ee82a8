//! One small model in memory.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use ort::session::{NoSelectedOutputs, RunOptions, Session, SessionInputValue};
use ort::value::{Outlet, Tensor, TensorElementType, TensorRef, ValueType};
use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Score, values_of};

use super::answer;
use crate::interrupt::{Interrupt, Stoppable};
use crate::runtime::Runtime;

/// So few rows are scored sooner than a turn is waited for.
const FEW: usize = 64;

pub struct Scorer {
    session: Session,
    inputs: Vec<Input>,
    stop: Arc<Stop>,
}

struct Input {
    name: String,
    kind: TensorElementType,
    rank: usize,
    /// Where the graph says it.
    columns: Option<usize>,
}

struct Stop(RunOptions<NoSelectedOutputs>);

impl Stoppable for Stop {
    fn stop(&self) {
        let _ = self.0.terminate();
    }

    fn renew(&self) -> Result<()> {
        self.0
            .unterminate()
            .map_err(|e| Error::new(Code::SystemError, format!("a run cannot be renewed: {e}")))
    }
}

impl Scorer {
    /// Of a graph that was checked.
    pub fn load(runtime: &Runtime, graph: &[u8], name: &str) -> Result<Self> {
        let session = runtime.plain_session(graph, Path::new(name))?;
        let inputs =
            session.inputs().iter().map(|input| read_input(input, name)).collect::<Result<Vec<_>>>()?;
        let options = RunOptions::new().map_err(|e| failed(name, &e.to_string()))?;
        Ok(Scorer { session, inputs, stop: Arc::new(Stop(options)) })
    }

    /// A score a row; NaN where the model has no answer.
    pub fn score(&mut self, call: &Score, runtime: &Runtime, interrupt: &Interrupt) -> Result<Vec<f32>> {
        let values = values_of(&call.values);
        let rows = self.rows(call, values.len())?;
        if rows == 0 {
            return Ok(Vec::new());
        }
        let inputs = inputs(&self.inputs, &values, rows).map_err(|e| failed(&call.name, &e.to_string()))?;
        let (session, stop) = (&mut self.session, self.stop.clone());
        interrupt.during(stop.clone(), || {
            let _mine = (rows > FEW).then(|| runtime.turn.take());
            let outputs =
                session.run_with_options(inputs, &stop.0).map_err(|e| failed(&call.name, &e.to_string()))?;
            let Some(output) = outputs.get(&call.output) else {
                let named = outputs.keys().collect::<Vec<_>>().join(", ");
                return Err(failed(
                    &call.name,
                    &format!("it has no output \"{}\"; it has {named}", call.output),
                ));
            };
            answer::read(output, rows, call.class.as_deref()).map_err(|why| failed(&call.name, &why))
        })
    }

    fn rows(&self, call: &Score, values: usize) -> Result<usize> {
        let columns = call.columns as usize;
        let wanted = match self.inputs.as_slice() {
            [matrix] => matrix.columns.unwrap_or(columns),
            columns => columns.len(),
        };
        if columns != wanted || columns == 0 || !values.is_multiple_of(columns) {
            return Err(failed(&call.name, &format!("it reads {wanted} features and was given {columns}")));
        }
        Ok(values / columns)
    }
}

fn read_input(input: &Outlet, model: &str) -> Result<Input> {
    let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
        return Err(failed(model, &format!("input \"{}\" is no tensor", input.name())));
    };
    let columns = shape.get(1).and_then(|columns| usize::try_from(*columns).ok());
    Ok(Input { name: input.name().to_owned(), kind: *ty, rank: shape.len(), columns })
}

type Named<'v> = Vec<(Cow<'v, str>, SessionInputValue<'v>)>;

/// One input of all columns, or an input a column.
fn inputs<'v>(inputs: &'v [Input], values: &'v [f32], rows: usize) -> ort::Result<Named<'v>> {
    let columns = values.len() / rows;
    if let [matrix] = inputs {
        let shape = [rows, columns];
        let value = match matrix.kind {
            TensorElementType::Float32 => TensorRef::from_array_view((shape, values))?.into(),
            _ => converted(matrix.kind, shape.to_vec(), values.iter().copied())?,
        };
        return Ok(vec![(matrix.name.as_str().into(), value)]);
    }
    let column = |(place, input): (usize, &'v Input)| {
        let shape = if input.rank == 1 { vec![rows] } else { vec![rows, 1] };
        let value = converted(input.kind, shape, values.iter().copied().skip(place).step_by(columns))?;
        Ok((input.name.as_str().into(), value))
    };
    inputs.iter().enumerate().map(column).collect()
}

/// Numbers in the type that the graph reads. What is not known is 0 in types that have no NaN.
fn converted<'v>(
    kind: TensorElementType,
    shape: Vec<usize>,
    values: impl Iterator<Item = f32>,
) -> ort::Result<SessionInputValue<'v>> {
    Ok(match kind {
        TensorElementType::Float32 => Tensor::from_array((shape, values.collect::<Vec<f32>>()))?.into(),
        TensorElementType::Float64 => {
            Tensor::from_array((shape, values.map(f64::from).collect::<Vec<_>>()))?.into()
        }
        TensorElementType::Int64 => {
            Tensor::from_array((shape, values.map(|v| v as i64).collect::<Vec<_>>()))?.into()
        }
        TensorElementType::Int32 => {
            Tensor::from_array((shape, values.map(|v| v as i32).collect::<Vec<_>>()))?.into()
        }
        TensorElementType::Bool => {
            Tensor::from_array((shape, values.map(|v| v > 0.0).collect::<Vec<_>>()))?.into()
        }
        other => return Err(ort::Error::new(format!("numbers are no input of type {other}"))),
    })
}

fn failed(model: &str, why: &str) -> Error {
    Error::new(Code::DataCorrupted, format!("model \"{model}\" cannot score: {why}"))
        .hint("Look at the model with journey_inspect_model(), and name its features, output and class in the signature.")
}
