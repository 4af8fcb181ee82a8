//! Ridge and logistic regression by Newton's method (iteratively reweighted least squares; Nelder and Wedderburn 1972).

use pg_journey_core::kernel::Result;
use pg_journey_core::models::training::{Fitted, Linear, Task, sigmoid};

use super::prepare::Table;
use crate::interrupt::Interrupt;

/// The penalty on squared weights, in rows: enough that features that tell the same do not run away.
const RIDGE: f64 = 1.0;

const MOST_STEPS: usize = 50;

/// Features are brought to mean 0 and deviation 1; a value that is not known is the mean.
pub fn fit(task: Task, table: &Table, interrupt: &Interrupt) -> Result<Fitted> {
    let (means, scales) = moments(table);
    let mean = table.targets.iter().zip(&table.weights).map(|(t, w)| t * w).sum::<f64>() / table.rows as f64;
    // The intercept comes last.
    let mut solution = vec![0.0; table.features + 1];
    solution[table.features] = match task {
        Task::Classification => (mean / (1.0 - mean)).ln(),
        Task::Regression => mean,
    };
    for _ in 0..MOST_STEPS {
        let step = step(task, table, &means, &scales, &solution, interrupt)?;
        solution.iter_mut().zip(&step).for_each(|(value, step)| *value -= step);
        let size = step.iter().fold(0.0, |size: f64, step| size.max(step.abs()));
        if size < 1e-8 * solution.iter().fold(1.0, |size: f64, value| size.max(value.abs())) {
            break;
        }
    }
    Ok(Fitted::Linear(Linear {
        intercept: f64::from(solution[table.features] as f32),
        means,
        scales,
        weights: solution[..table.features].iter().map(|weight| *weight as f32).collect(),
    }))
}

/// Means, and 1 / deviations, of what is known.
fn moments(table: &Table) -> (Vec<f32>, Vec<f32>) {
    let of = |feature: usize| {
        let column = &table.values[feature * table.rows..(feature + 1) * table.rows];
        let known = || column.iter().zip(&table.weights).filter(|(value, _)| !value.is_nan());
        let weight = known().map(|(_, weight)| weight).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = known().map(|(value, weight)| value * weight).sum::<f64>() / weight;
        let variance =
            known().map(|(value, weight)| weight * (value - mean) * (value - mean)).sum::<f64>() / weight;
        let scale =
            if variance > 1e-12 * mean * mean && variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 };
        (mean as f32, scale as f32)
    };
    (0..table.features).map(of).unzip()
}

/// The Newton step: the inverse Hessian times the gradient.
fn step(
    task: Task,
    table: &Table,
    means: &[f32],
    scales: &[f32],
    at: &[f64],
    interrupt: &Interrupt,
) -> Result<Vec<f64>> {
    let width = at.len();
    let mut gradient = vec![0.0; width];
    let mut hessian = vec![0.0; width * width];
    let mut row = vec![1.0; width];
    for place in 0..table.rows {
        if place % 1024 == 0 {
            interrupt.check()?;
        }
        for feature in 0..width - 1 {
            let value = table.values[feature * table.rows + place];
            let centred = if value.is_nan() { 0.0 } else { value - f64::from(means[feature]) };
            row[feature] = centred * f64::from(scales[feature]);
        }
        let margin: f64 = row.iter().zip(at).map(|(x, w)| x * w).sum();
        let weight = table.weights[place];
        let (slope, bend) = match task {
            Task::Classification => {
                let p = sigmoid(margin);
                (p - table.targets[place], (p * (1.0 - p)).max(1e-9))
            }
            Task::Regression => (margin - table.targets[place], 1.0),
        };
        for a in 0..width {
            gradient[a] += weight * slope * row[a];
            for b in 0..=a {
                hessian[a * width + b] += weight * bend * row[a] * row[b];
            }
        }
    }
    for feature in 0..width - 1 {
        gradient[feature] += RIDGE * at[feature];
        hessian[feature * width + feature] += RIDGE;
    }
    Ok(solve(hessian, gradient))
}

/// By Cholesky's decomposition of a matrix whose lower half is given; the ridge keeps it positive.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for a in 0..n {
        for b in 0..=a {
            let sum: f64 = (0..b).map(|k| matrix[a * n + k] * matrix[b * n + k]).sum();
            let left = matrix[a * n + b] - sum;
            matrix[a * n + b] = if a == b { left.max(1e-12).sqrt() } else { left / matrix[b * n + b] };
        }
    }
    for a in 0..n {
        let sum: f64 = (0..a).map(|k| matrix[a * n + k] * right[k]).sum();
        right[a] = (right[a] - sum) / matrix[a * n + a];
    }
    for a in (0..n).rev() {
        let sum: f64 = (a + 1..n).map(|k| matrix[k * n + a] * right[k]).sum();
        right[a] = (right[a] - sum) / matrix[a * n + a];
    }
    right
}
