//! A fitted model as an ONNX file with the standard's own operators: `features` [N, F] of floats in, `score` [N, 1] of floats out.
//!
//! Trees are a TreeEnsembleRegressor, whose sums are the margin; what follows makes a score of it. All parameters are single floats,
//! so this crate and any runtime compare the same numbers. Covers stand as hit rates, so the file has all that reasons take.

mod graph;
mod proto;
mod trees;

use prost::Message;

use super::{Calibration, Fitted, Linear, Model};
use crate::kernel::{Code, Error, Result};
use graph::{Builder, constant};

const FEATURES: &str = "features";
const MARGIN: &str = "margin";
const SCORE: &str = "score";

pub fn write(model: &Model) -> Vec<u8> {
    let mut graph = Builder::default();
    match &model.fitted {
        Fitted::Trees(fitted) => graph.add_node(trees::node(fitted)),
        Fitted::Linear(linear) => write_linear(&mut graph, linear),
    }
    write_calibration(&mut graph, &model.calibration);
    graph.finish(model.width()).encode_to_vec()
}

fn write_linear(graph: &mut Builder, linear: &Linear) {
    let width = linear.weights.len() as i64;
    graph.add_constant("means", &[width], &linear.means);
    graph.add_constant("scales", &[width], &linear.scales);
    graph.add_constant("weights", &[width, 1], &linear.weights);
    graph.add_constant("intercept", &[1], &[linear.intercept as f32]);
    graph.add("IsNaN", &[FEATURES], "is_missing");
    graph.add("Where", &["is_missing", "means", FEATURES], "known");
    graph.add("Sub", &["known", "means"], "centred");
    graph.add("Mul", &["centred", "scales"], "scaled");
    graph.add("MatMul", &["scaled", "weights"], "sum");
    graph.add("Add", &["sum", "intercept"], MARGIN);
}

fn write_calibration(graph: &mut Builder, calibration: &Calibration) {
    match calibration {
        Calibration::None => graph.add("Identity", &[MARGIN], SCORE),
        Calibration::Clip { low, high } => {
            graph.add_constant("low", &[], &[*low as f32]);
            graph.add_constant("high", &[], &[*high as f32]);
            graph.add("Clip", &[MARGIN, "low", "high"], SCORE);
        }
        Calibration::Platt { slope, intercept } => {
            graph.add_constant("platt_slope", &[1], &[*slope as f32]);
            graph.add_constant("platt_intercept", &[1], &[*intercept as f32]);
            graph.add("Mul", &[MARGIN, "platt_slope"], "sloped");
            graph.add("Add", &["sloped", "platt_intercept"], "log_odds");
            graph.add("Sigmoid", &["log_odds"], SCORE);
        }
        // Each step of the curve rises by its height while the margin crosses its width.
        Calibration::Isotonic { margins, probabilities } => {
            let of = |v: &[f64], f: fn(f64, f64) -> f64| {
                v.windows(2).map(|w| f(w[0], w[1]) as f32).collect::<Vec<_>>()
            };
            let steps = margins.len().saturating_sub(1) as i64;
            graph.add_constant("isotonic_margins", &[steps], &of(margins, |from, _| from));
            graph.add_constant("isotonic_rates", &[steps], &of(margins, |from, to| 1.0 / (to - from)));
            graph.add_constant("isotonic_heights", &[steps, 1], &of(probabilities, |from, to| to - from));
            graph.add_constant(
                "isotonic_first",
                &[1],
                &[probabilities.first().copied().unwrap_or(0.5) as f32],
            );
            graph.add_constant("zero", &[], &[0.0]);
            graph.add_constant("one", &[], &[1.0]);
            graph.add("Sub", &[MARGIN, "isotonic_margins"], "beyond");
            graph.add("Mul", &["beyond", "isotonic_rates"], "share");
            graph.add("Clip", &["share", "zero", "one"], "done");
            graph.add("MatMul", &["done", "isotonic_heights"], "risen");
            graph.add("Add", &["risen", "isotonic_first"], SCORE);
        }
    }
}

/// Error (XX001): not a file that [`write`] made.
pub fn read(bytes: &[u8]) -> Result<Model> {
    let decoded = proto::Model::decode(bytes).map_err(|e| foreign(&e.to_string()))?;
    let graph = decoded.graph.ok_or_else(|| foreign("it has no graph"))?;
    let width = graph::width(&graph)?;
    let ensemble = graph.node.iter().find(|node| node.op_type == "TreeEnsembleRegressor");
    let fitted = match ensemble {
        Some(node) => Fitted::Trees(trees::read(node, width)?),
        None => Fitted::Linear(read_linear(&graph, width)?),
    };
    Ok(Model { fitted, calibration: read_calibration(&graph)? })
}

fn read_linear(graph: &proto::Graph, width: usize) -> Result<Linear> {
    let of = |name: &str| {
        let values = constant(graph, name).ok_or_else(|| foreign(&format!("{name} is missing")))?;
        if values.len() == width {
            Ok(values)
        } else {
            Err(foreign(&format!("{name} has {} values", values.len())))
        }
    };
    let intercept = constant(graph, "intercept").and_then(|values| values.first().copied());
    Ok(Linear {
        means: of("means")?,
        scales: of("scales")?,
        weights: of("weights")?,
        intercept: f64::from(intercept.ok_or_else(|| foreign("intercept is missing"))?),
    })
}

fn read_calibration(graph: &proto::Graph) -> Result<Calibration> {
    let numbers =
        |name: &str| constant(graph, name).map(|v| v.into_iter().map(f64::from).collect::<Vec<_>>());
    let one = |name: &str| numbers(name).and_then(|values| values.first().copied());
    if let (Some(low), Some(high)) = (one("low"), one("high")) {
        return if low < high {
            Ok(Calibration::Clip { low, high })
        } else {
            Err(foreign("its bounds are crossed"))
        };
    }
    if let (Some(slope), Some(intercept)) = (one("platt_slope"), one("platt_intercept")) {
        return Ok(Calibration::Platt { slope, intercept });
    }
    let Some(first) = one("isotonic_first") else { return Ok(Calibration::None) };
    let (Some(starts), Some(rates), Some(heights)) =
        (numbers("isotonic_margins"), numbers("isotonic_rates"), numbers("isotonic_heights"))
    else {
        return Err(foreign("the isotonic curve is not whole"));
    };
    if starts.len() != rates.len() || starts.len() != heights.len() {
        return Err(foreign("the isotonic curve has ends that do not meet"));
    }
    let last = starts.last().zip(rates.last()).map(|(start, rate)| start + 1.0 / rate);
    let mut probabilities = vec![first];
    heights.iter().for_each(|height| probabilities.push(probabilities[probabilities.len() - 1] + height));
    Ok(Calibration::Isotonic {
        margins: starts.into_iter().chain(last.or(Some(0.0))).collect(),
        probabilities,
    })
}

fn foreign(why: &str) -> Error {
    Error::new(Code::DataCorrupted, format!("the model is not one that journey_train() made: {why}"))
        .hint("Reasons are given by models that were trained here; train it again, or ask another.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Trees, trees::tests::tree};
    use super::*;

    fn calibrations() -> Vec<Calibration> {
        vec![
            Calibration::None,
            Calibration::Clip { low: -1.0, high: 0.5 },
            Calibration::Platt { slope: 0.75, intercept: -1.5 },
            Calibration::Isotonic {
                margins: vec![-2.0, 0.0, 1.0, 5.0],
                probabilities: vec![0.125, 0.25, 0.5, 0.75],
            },
            Calibration::Isotonic { margins: vec![0.0], probabilities: vec![0.25] },
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(codes in proptest::collection::vec(any::<u8>(), 1..60), row in proptest::collection::vec(prop_oneof![-4.0f32..4.0, Just(f32::NAN)], 3)) {
            for calibration in calibrations() {
                for fitted in [
                    Fitted::Trees(Trees { features: 3, base: 0.25, trees: vec![tree(&codes, 3), tree(&codes[..1], 3)] }),
                    Fitted::Linear(Linear { intercept: 0.5, means: vec![1.0, 2.0, 3.0], scales: vec![1.0, 0.5, 0.0], weights: vec![1.0, -1.0, 2.0] }),
                ] {
                    let model = Model { fitted, calibration: calibration.clone() };
                    let read = Model::of_onnx(&model.to_onnx()).unwrap();
                    prop_assert_eq!(&read.fitted, &model.fitted);
                    prop_assert!((read.score(&row) - model.score(&row)).abs() < 1e-6);
                    let (base, parts) = model.contributions(&row);
                    prop_assert!((base + parts.iter().sum::<f64>() - model.score(&row)).abs() < 1e-9);
                }
            }
        }

        #[test]
        fn other_bytes_are_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..400, at in 0usize..400, put: u8) {
            let _ = Model::of_onnx(&bytes);
            let model = Model { fitted: Fitted::Trees(Trees { features: 3, base: 0.25, trees: vec![tree(&[4, 8, 1, 1], 3)] }), calibration: Calibration::None };
            let mut written = model.to_onnx();
            let place = at % written.len();
            written[place] = put;
            if let Ok(read) = Model::of_onnx(&written) {
                read.contributions(&vec![f32::NAN; read.width()]);
            }
            written.truncate(cut.min(written.len()));
            let _ = Model::of_onnx(&written);
        }
    }
}
