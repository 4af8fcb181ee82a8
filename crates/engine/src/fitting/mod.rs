//! Fitting models to rows: boosted trees or a linear model, measured on folds that they have not seen, calibrated, as ONNX.
//!
//! In: columns of numbers and a target. Out: the model, its metrics and its score. One fit runs at a time, on its own threads; between
//! two trees it looks whether it is still wanted.

mod boost;
mod linear;
mod measure;
mod prepare;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Fit, Fitting};
use pg_journey_core::models::training::{Algorithm, Fitted, Task, check_target};

use crate::interrupt::Interrupt;
use crate::log_line;
use crate::request::Ticket;
use crate::turn::Turn;
use prepare::Table;

/// Fits one after the other, each on a thread of its own.
pub struct Fits {
    turn: Arc<Turn>,
    threads: usize,
}

impl Fits {
    pub fn new(threads: usize) -> Self {
        Fits { turn: Arc::default(), threads }
    }

    /// Answers when the fit has ended. Without a thread the ticket is dropped, which says so.
    pub fn start(&self, fit: Fit, ticket: Ticket) {
        let (turn, threads) = (self.turn.clone(), self.threads);
        let work = move || {
            let _mine = turn.take();
            let result = run(&fit, threads, ticket.interrupt());
            ticket.answer(result.map(Answer::Fitted));
        };
        if let Err(e) = std::thread::Builder::new().name("fit".into()).spawn(work) {
            log_line!("no thread for a fit: {e}");
        }
    }
}

/// The whole of a training on rows. Error: what `Rows::check` and `check_target` refuse, 57014 when it was interrupted.
pub fn run(fit: &Fit, threads: usize, interrupt: &Interrupt) -> Result<Fitting> {
    fit.rows.check()?;
    check_target(fit.task, &fit.rows.targets)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::new(Code::SystemError, format!("a fit gets no threads: {e}")))?;
    pool.install(|| measure::run(fit, interrupt))
}

/// A model of some rows of a table and, of trees, how the loss on others went, tree by tree.
fn learn(
    fit: &Fit,
    table: &Table,
    rounds: usize,
    held: Option<&Table>,
    interrupt: &Interrupt,
) -> Result<(Fitted, Vec<f64>)> {
    match fit.algorithm {
        Algorithm::Trees => boost::fit(fit, table, rounds, held, interrupt),
        Algorithm::Linear => Ok((linear::fit(fit.task, table, interrupt)?, Vec::new())),
    }
}

/// The mean weight is 1, and with `balance` both classes weigh the same.
fn weights(fit: &Fit, rows: &[usize]) -> Vec<f64> {
    let mut weights: Vec<f64> =
        rows.iter().map(|row| fit.rows.weights.get(*row).copied().unwrap_or(1.0)).collect();
    if fit.balance && fit.task == Task::Classification {
        let of = |class: f64| -> f64 {
            rows.iter()
                .zip(&weights)
                .filter(|(row, _)| fit.rows.targets[**row] == class)
                .map(|(_, weight)| weight)
                .sum()
        };
        let sums = [of(0.0), of(1.0)];
        rows.iter()
            .zip(&mut weights)
            .for_each(|(row, weight)| *weight /= sums[fit.rows.targets[*row] as usize]);
    }
    let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
    weights.iter_mut().for_each(|weight| *weight /= mean);
    weights
}
