//! Models of any table: what a training may be asked for, how well it did, and the model as ONNX and as reasons.
//!
//! In: rows of numbers, NaN where a value is not known, and a target. Out: probabilities or values. The fit itself is the
//! engine's, which has the threads; all that can be told without one is here.

mod calibration;
mod folds;
mod linear;
mod metrics;
mod onnx;
mod options;
mod rows;
mod trees;

pub use calibration::{Calibration, sigmoid};
pub use folds::{Fold, folds};
pub use linear::Linear;
pub use metrics::{Classified, Regressed, classified, cross_calibrated, regressed};
pub use options::{Algorithm, FEWEST_OF_A_CLASS, FEWEST_ROWS, Options, Task};
pub use rows::{Ranks, Rows, check_target, ranks_by_target};
pub use trees::{Node, Trees};

use crate::kernel::Result;

/// What has been fitted, before calibration.
#[derive(Debug, Clone, PartialEq)]
pub enum Fitted {
    Trees(Trees),
    Linear(Linear),
}

/// A model that can be asked: what was fitted, then what makes probabilities of log odds, or values of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub fitted: Fitted,
    pub calibration: Calibration,
}

impl Model {
    /// The probability, or the value, of a row of encoded features.
    pub fn score(&self, row: &[f32]) -> f64 {
        self.calibration.apply(self.fitted.margin(row))
    }

    /// The score of the mean row, and what each feature adds to it: they sum to the score of the row.
    ///
    /// Contributions are those to the margin (log odds, or the value itself), all multiplied by one number that makes them sum to
    /// the difference in scores: the rescale rule of DeepLIFT (Shrikumar, Greenside and Kundaje 2017).
    pub fn contributions(&self, row: &[f32]) -> (f64, Vec<f64>) {
        let (base, mut parts) = self.fitted.contributions(row);
        let sum: f64 = parts.iter().sum();
        let told = self.calibration.apply(base);
        let factor = if sum == 0.0 { 0.0 } else { (self.calibration.apply(base + sum) - told) / sum };
        parts.iter_mut().for_each(|part| *part *= factor);
        (told, parts)
    }

    /// How many features a row has.
    pub fn width(&self) -> usize {
        match &self.fitted {
            Fitted::Trees(trees) => trees.features,
            Fitted::Linear(linear) => linear.weights.len(),
        }
    }

    pub fn to_onnx(&self) -> Vec<u8> {
        onnx::write(self)
    }

    /// Error (XX001): bytes that [`Model::to_onnx`] did not write.
    pub fn of_onnx(bytes: &[u8]) -> Result<Model> {
        onnx::read(bytes)
    }
}

impl Fitted {
    /// Log odds of classification, the value of regression.
    pub fn margin(&self, row: &[f32]) -> f64 {
        match self {
            Fitted::Trees(trees) => trees.margin(row),
            Fitted::Linear(linear) => linear.margin(row),
        }
    }

    fn contributions(&self, row: &[f32]) -> (f64, Vec<f64>) {
        match self {
            Fitted::Trees(trees) => trees.contributions(row),
            Fitted::Linear(linear) => linear.contributions(row),
        }
    }
}
