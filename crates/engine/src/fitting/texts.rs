//! A head for texts: ridge regression on the numbers of a text and its buckets, most of which are empty, by conjugate gradients
//! (Hestenes and Stiefel 1952) on the normal equations, scaled by their diagonal.

use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::models::protocol::{FitTexts, Fitting, TextRow};
use pg_journey_core::models::training::{
    Calibration, Fitted, Fold, Linear, Model, Task, check_target, classified, folds, regressed,
};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::progress::Watch;

/// The penalty on squared weights, in rows. Found on reviews by cross-validation, and flat around: 1 and 3 do as well.
const RIDGE: f64 = 2.0;

const MOST_STEPS: usize = 500;
/// Of the residual, beside that of the first step.
const TOLERANCE: f64 = 1e-5;

const BOUNDS: Calibration = Calibration::Clip { low: -1.0, high: 1.0 };

/// The head of all rows, and what the heads of the folds are worth on the rows that they have not seen.
pub fn run(fit: &FitTexts, watch: Watch) -> Result<Fitting> {
    check_target(Task::Regression, &fit.targets)?;
    let dense = check_rows(fit)?;
    let above: Vec<bool> = fit.targets.iter().map(|target| *target > 0.0).collect();
    let folds = folds(usize::from(fit.folds), &above, None, u64::from(fit.seed));
    let all: Vec<usize> = (0..fit.rows.len()).collect();
    let (head, told) = rayon::join(
        || ridge(fit, dense, &all, watch),
        || folds.par_iter().map(|fold| tell(fit, dense, fold, watch)).collect::<Result<Vec<_>>>(),
    );
    let (head, told) = (head?, told?);
    let (metrics, score) = measure(fit, &folds, &told);
    let weights: Vec<f32> = head[..head.len() - 1].iter().map(|weight| *weight as f32).collect();
    let linear = Linear {
        intercept: f64::from(head[head.len() - 1] as f32),
        means: vec![0.0; weights.len()],
        scales: vec![1.0; weights.len()],
        weights,
    };
    let model = Model { fitted: Fitted::Linear(linear), calibration: BOUNDS };
    Ok(Fitting { onnx: model.to_onnx(), metrics: metrics.to_string(), score, ranks: Vec::new() })
}

/// How many dense numbers each row has.
fn check_rows(fit: &FitTexts) -> Result<usize> {
    let dense = fit.rows.first().map_or(0, |row| row.dense.len());
    let is_sound = |row: &TextRow| {
        row.dense.len() == dense
            && row.dense.iter().all(|value| value.is_finite())
            && row.buckets.iter().all(|(place, value)| *place < fit.buckets && value.is_finite())
    };
    if fit.rows.len() == fit.targets.len()
        && fit.buckets <= 1 << 15
        && dense <= 1 << 13
        && fit.rows.iter().all(is_sound)
    {
        Ok(dense)
    } else {
        Err(Error::invalid(format!(
            "{} rows of texts and {} targets do not fit together",
            fit.rows.len(),
            fit.targets.len()
        )))
    }
}

/// What a head of the other rows says of those of a fold.
fn tell(fit: &FitTexts, dense: usize, fold: &Fold, watch: Watch) -> Result<Vec<f64>> {
    let head = ridge(fit, dense, &fold.train, watch)?;
    watch.done(1);
    Ok(fold.test.iter().map(|row| BOUNDS.apply(dot(&fit.rows[*row], dense, &head))).collect())
}

fn measure(fit: &FitTexts, folds: &[Fold], told: &[Vec<f64>]) -> (Value, f64) {
    let of = |told: &[f64], rows: &[usize]| {
        let actual: Vec<f64> = rows.iter().map(|row| fit.targets[*row]).collect();
        let mut metrics = json!(regressed(told, &actual));
        // Of two kinds of texts, too, how well they are told apart.
        if actual.iter().all(|target| target.abs() == 1.0) {
            let truths: Vec<bool> = actual.iter().map(|target| *target > 0.0).collect();
            metrics["auc"] = json!(classified(told, &truths).auc);
        }
        metrics
    };
    let rows: Vec<usize> = folds.iter().flat_map(|fold| fold.test.iter().copied()).collect();
    let mut metrics = of(&told.concat(), &rows);
    let score = metrics["r2"].as_f64().unwrap_or_default();
    metrics["folds"] = folds.iter().zip(told).map(|(fold, told)| of(told, &fold.test)).collect();
    (metrics, score)
}

/// A row times a head, whose last number is the intercept.
fn dot(row: &TextRow, dense: usize, head: &[f64]) -> f64 {
    let first: f64 = row.dense.iter().zip(head).map(|(value, weight)| f64::from(*value) * weight).sum();
    let second: f64 =
        row.buckets.iter().map(|(place, value)| f64::from(*value) * head[dense + *place as usize]).sum();
    first + second + head[head.len() - 1]
}

/// Adds a row, so many times, to a sum.
fn add(row: &TextRow, dense: usize, times: f64, sum: &mut [f64]) {
    row.dense.iter().zip(sum.iter_mut()).for_each(|(value, sum)| *sum += times * f64::from(*value));
    row.buckets.iter().for_each(|(place, value)| sum[dense + *place as usize] += times * f64::from(*value));
    let intercept = sum.len() - 1;
    sum[intercept] += times;
}

fn ridge(fit: &FitTexts, dense: usize, rows: &[usize], watch: Watch) -> Result<Vec<f64>> {
    let width = dense + fit.buckets as usize + 1;
    let mut head = vec![0.0; width];
    head[width - 1] = rows.iter().map(|row| fit.targets[*row]).sum::<f64>() / rows.len() as f64;
    let mut residual = vec![0.0; width];
    let mut diagonal = vec![RIDGE; width];
    diagonal[width - 1] = rows.len() as f64;
    for row in rows {
        let text = &fit.rows[*row];
        add(text, dense, fit.targets[*row] - head[width - 1], &mut residual);
        text.dense.iter().zip(&mut diagonal).for_each(|(value, sum)| *sum += f64::from(value * value));
        text.buckets
            .iter()
            .for_each(|(place, value)| diagonal[dense + *place as usize] += f64::from(value * value));
    }
    let scaled =
        |residual: &[f64]| -> Vec<f64> { residual.iter().zip(&diagonal).map(|(r, d)| r / d).collect() };
    let times = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let mut next = scaled(&residual);
    let mut direction = next.clone();
    let mut size = times(&residual, &next);
    let enough = size * TOLERANCE * TOLERANCE;
    for _ in 0..MOST_STEPS {
        if size <= enough {
            break;
        }
        let image = image(fit, dense, rows, &direction, watch)?;
        let step = size / times(&direction, &image);
        head.iter_mut().zip(&direction).for_each(|(value, along)| *value += step * along);
        residual.iter_mut().zip(&image).for_each(|(value, along)| *value -= step * along);
        next = scaled(&residual);
        let before = std::mem::replace(&mut size, times(&residual, &next));
        direction.iter_mut().zip(&next).for_each(|(value, next)| *value = next + size / before * *value);
    }
    Ok(head)
}

/// The normal equations' matrix times a direction.
fn image(fit: &FitTexts, dense: usize, rows: &[usize], direction: &[f64], watch: Watch) -> Result<Vec<f64>> {
    watch.interrupt.check()?;
    let width = direction.len();
    let mut image: Vec<f64> = direction.iter().map(|value| RIDGE * value).collect();
    // The intercept is free.
    image[width - 1] = 0.0;
    for row in rows {
        let text = &fit.rows[*row];
        add(text, dense, dot(text, dense, direction), &mut image);
    }
    Ok(image)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::super::progress::Progress;
    use super::*;
    use crate::interrupt::Interrupt;

    /// Texts whose targets are a line of two dense numbers and three buckets.
    fn fit(count: usize) -> FitTexts {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let dense: Vec<f32> = (0..2).map(|_| random.random_range(-0.5..0.5)).collect();
            let place = random.random_range(0..3u32);
            let told = f64::from(dense[0]) - 0.5 * f64::from(dense[1]) + [0.2, -0.2, 0.0][place as usize];
            targets.push(told + random.random_range(-0.01..0.01));
            rows.push(TextRow { dense, buckets: vec![(place * 100, 1.0)] });
        }
        FitTexts { folds: 4, seed: 1, buckets: 1000, rows, targets }
    }

    #[test]
    fn the_line_is_found_and_the_file_says_the_same() {
        let fit = fit(2000);
        let fitting =
            run(&fit, Watch { interrupt: &Interrupt::default(), progress: &Progress::of_texts(&fit) })
                .unwrap();
        assert!(fitting.score > 0.99, "{}", fitting.metrics);
        let model = Model::of_onnx(&fitting.onnx).unwrap();
        assert_eq!((model.width(), model.calibration.clone()), (1002, BOUNDS));
        let mut row = vec![0.0; 1002];
        (row[0], row[1], row[2 + 100]) = (0.4, 0.2, 1.0);
        assert!((model.score(&row) - 0.1).abs() < 0.02, "{}", model.score(&row));
        row[0] = 40.0;
        assert_eq!(model.score(&row), 1.0);
    }

    #[test]
    fn the_gradient_of_the_loss_is_nothing_at_the_head() {
        let fit = fit(200);
        let rows: Vec<usize> = (0..200).collect();
        let head = ridge(
            &fit,
            2,
            &rows,
            Watch { interrupt: &Interrupt::default(), progress: &Progress::of_texts(&fit) },
        )
        .unwrap();
        let mut gradient: Vec<f64> = head.iter().map(|weight| RIDGE * weight).collect();
        gradient[1002] = 0.0;
        rows.iter().for_each(|row| {
            add(&fit.rows[*row], 2, dot(&fit.rows[*row], 2, &head) - fit.targets[*row], &mut gradient)
        });
        assert!(
            gradient.iter().all(|slope| slope.abs() < 1e-4),
            "{:?}",
            gradient.iter().copied().fold(0.0, f64::max)
        );
    }

    #[test]
    fn two_kinds_of_texts_have_an_auc() {
        let mut two = fit(500);
        two.targets.iter_mut().for_each(|target| *target = if *target > 0.0 { 1.0 } else { -1.0 });
        let metrics: Value = serde_json::from_str(
            &run(&two, Watch { interrupt: &Interrupt::default(), progress: &Progress::of_texts(&two) })
                .unwrap()
                .metrics,
        )
        .unwrap();
        assert!(
            metrics["auc"].as_f64().unwrap() > 0.95 && metrics["folds"].as_array().unwrap().len() == 4,
            "{metrics}"
        );
    }

    #[test]
    fn rows_that_do_not_fit_together_are_refused() {
        let mut longer = fit(100);
        longer.rows[3].dense.push(0.0);
        let mut beyond = fit(100);
        beyond.rows[0].buckets = vec![(1000, 1.0)];
        let mut fewer = fit(100);
        fewer.targets.pop();
        for bad in [longer, beyond, fewer, fit(20)] {
            assert!(
                run(&bad, Watch { interrupt: &Interrupt::default(), progress: &Progress::of_texts(&bad) })
                    .is_err()
            );
        }
    }
}
