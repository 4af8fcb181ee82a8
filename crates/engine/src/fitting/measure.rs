//! Folds, then the model of all rows.

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Fit, Fitting};
use pg_journey_core::models::training::{
    Calibration, Fitted, Fold, Model, Task, classified, cross_calibrated, folds, regressed,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::learn;
use super::prepare::{Table, ranks};
use super::progress::Watch;

/// What one fold says of its rows.
struct Told {
    fold: Fold,
    held: Table,
    fitted: Fitted,
    losses: Vec<f64>,
}

pub fn run(fit: &Fit, watch: Watch) -> Result<Fitting> {
    let classes: Vec<bool> =
        fit.rows.targets.iter().map(|target| fit.task == Task::Classification && *target == 1.0).collect();
    let times = (!fit.rows.times.is_empty()).then_some(fit.rows.times.as_slice());
    let folds = folds(usize::from(fit.folds), &classes, times, u64::from(fit.seed));
    check_folds(fit, &folds)?;
    let told = folds.into_par_iter().map(|fold| tell(fit, fold, watch)).collect::<Result<Vec<_>>>()?;
    let rounds = best_rounds(fit, &told);
    let measured = measure(fit, &told, rounds);

    let all: Vec<usize> = (0..fit.rows.count()).collect();
    let ranks = ranks(&fit.rows, &all);
    let (fitted, _) = learn(fit, &Table::new(fit, &all, &ranks), rounds, None, watch)?;
    let mut metrics = measured.metrics;
    metrics["calibration"] = json!(measured.calibration);
    if let Fitted::Trees(trees) = &fitted {
        metrics["trees"] = json!(trees.trees.len());
    }
    let model = Model { fitted, calibration: measured.calibration };
    Ok(Fitting { onnx: model.to_onnx(), metrics: metrics.to_string(), score: measured.score, ranks })
}

/// A fold by time may hold rows of one class only.
fn check_folds(fit: &Fit, folds: &[Fold]) -> Result<()> {
    let is_one = |rows: &[usize]| rows.iter().all(|row| fit.rows.targets[*row] == fit.rows.targets[rows[0]]);
    let bad = folds
        .iter()
        .filter(|fold| is_one(&fold.train) || fit.task == Task::Classification && is_one(&fold.test))
        .count();
    if folds.is_empty() || bad > 0 {
        let message = format!("by time, {bad} of {} folds have rows of one target only", folds.len());
        return Err(Error::new(Code::InvalidParameterValue, message)
            .hint("Ask for fewer folds, or leave the option time out."));
    }
    Ok(())
}

fn tell(fit: &Fit, fold: Fold, watch: Watch) -> Result<Told> {
    let ranks = ranks(&fit.rows, &fold.train);
    let held = Table::new(fit, &fold.test, &ranks);
    let table = Table::new(fit, &fold.train, &ranks);
    let (fitted, losses) = learn(fit, &table, usize::from(fit.rounds), Some(&held), watch)?;
    Ok(Told { fold, held, fitted, losses })
}

/// With which the mean loss of the folds is least. A fold that was left early stays at its last loss.
fn best_rounds(fit: &Fit, told: &[Told]) -> usize {
    let longest = told.iter().map(|told| told.losses.len()).max().unwrap_or_default();
    let mean = |round: usize| -> f64 {
        told.iter().filter_map(|told| told.losses.get(round).or(told.losses.last())).sum()
    };
    let best = (0..longest).min_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    best.map_or(usize::from(fit.rounds), |round| round + 1)
}

struct Measured {
    metrics: Value,
    score: f64,
    calibration: Calibration,
}

/// Margins of the rows that were held back, by fold, then what they are worth.
fn measure(fit: &Fit, told: &[Told], rounds: usize) -> Measured {
    let (mut margins, mut targets, mut fold_of) = (Vec::new(), Vec::new(), Vec::new());
    for (place, told) in told.iter().enumerate() {
        let fitted = shortened(&told.fitted, rounds);
        margins.extend((0..told.held.rows).map(|row| fitted.margin(&told.held.row(row))));
        targets.extend(told.fold.test.iter().map(|row| fit.rows.targets[*row]));
        fold_of.extend(std::iter::repeat_n(place, told.held.rows));
    }
    let of_fold = |place: usize, values: &[f64]| -> Vec<f64> {
        values.iter().zip(&fold_of).filter(|(_, fold)| **fold == place).map(|(value, _)| *value).collect()
    };
    let each = 0..told.len();
    match fit.task {
        Task::Classification => {
            let truths = |targets: &[f64]| targets.iter().map(|target| *target == 1.0).collect::<Vec<_>>();
            let probabilities = cross_calibrated(&margins, &truths(&targets), &fold_of, told.len());
            let pooled = classified(&probabilities, &truths(&targets));
            let mut metrics = json!(pooled);
            let of = |place| classified(&of_fold(place, &probabilities), &truths(&of_fold(place, &targets)));
            metrics["folds"] = json!(each.map(of).collect::<Vec<_>>());
            Measured {
                metrics,
                score: pooled.auc,
                calibration: Calibration::fit(&margins, &truths(&targets)),
            }
        }
        Task::Regression => {
            let pooled = regressed(&margins, &targets);
            let mut metrics = json!(pooled);
            let of = |place| regressed(&of_fold(place, &margins), &of_fold(place, &targets));
            metrics["folds"] = json!(each.map(of).collect::<Vec<_>>());
            Measured { metrics, score: pooled.r2, calibration: Calibration::None }
        }
    }
}

fn shortened(fitted: &Fitted, rounds: usize) -> Fitted {
    let mut fitted = fitted.clone();
    if let Fitted::Trees(trees) = &mut fitted {
        trees.trees.truncate(rounds);
    }
    fitted
}
