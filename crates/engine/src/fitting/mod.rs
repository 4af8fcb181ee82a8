//! Fitting models to rows: boosted trees or a linear model, measured on folds that they have not seen, calibrated, as ONNX.
//!
//! In: columns of numbers and a target. Out: the model, its metrics and its score. One fit runs at a time, on its own threads; between
//! two trees it looks whether it is still wanted.

mod boost;
mod linear;
mod measure;
mod prepare;
mod progress;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::Arc;

use pg_journey_core::kernel::{Code, Error, Result};
use pg_journey_core::models::protocol::{Answer, Fit, FitProgress, FitTexts, Fitting};
use pg_journey_core::models::training::{Algorithm, Fitted, Task, check_target};

use crate::log_line;
use crate::request::Ticket;
use crate::turn::Turn;
use prepare::Table;
use progress::{Progress, Underway, Watch};

/// What is to be learned from.
pub enum Lesson {
    Rows(Fit),
    Texts(FitTexts),
}

/// Fits one after the other, each on a thread of its own.
pub struct Fits {
    turn: Arc<Turn>,
    threads: usize,
    underway: Underway,
}

impl Fits {
    pub fn new(threads: usize) -> Self {
        Fits { turn: Arc::default(), threads, underway: Underway::default() }
    }

    /// Answers when the fit has ended. Without a thread the ticket is dropped, which says so.
    pub fn start(&self, lesson: Lesson, ticket: Ticket) {
        let (turn, threads) = (self.turn.clone(), self.threads);
        let progress = Arc::new(match &lesson {
            Lesson::Rows(fit) => Progress::of(fit),
            Lesson::Texts(fit) => Progress::of_texts(fit),
        });
        let ending = self.underway.begin(&progress);
        let work = move || {
            let _ending = ending;
            let _mine = turn.take();
            let watch = Watch { interrupt: ticket.interrupt(), progress: &progress };
            let result = match lesson {
                Lesson::Rows(fit) => run(&fit, threads, watch),
                Lesson::Texts(fit) => on(threads, || texts::run(&fit, watch)),
            };
            ticket.answer(result.map(Answer::Fitted));
        };
        if let Err(e) = std::thread::Builder::new().name("fit".into()).spawn(work) {
            log_line!("no thread for a fit: {e}");
        }
    }
}

impl Fits {
    pub fn underway(&self) -> Vec<FitProgress> {
        self.underway.told()
    }
}

/// The whole of a training on rows. Error: what `Rows::check` and `check_target` refuse, 57014 when it was interrupted.
fn run(fit: &Fit, threads: usize, watch: Watch) -> Result<Fitting> {
    fit.rows.check()?;
    check_target(fit.task, &fit.rows.targets)?;
    on(threads, || measure::run(fit, watch))
}

/// On threads of its own.
fn on(threads: usize, work: impl FnOnce() -> Result<Fitting> + Send) -> Result<Fitting> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::new(Code::SystemError, format!("a fit gets no threads: {e}")))?;
    pool.install(work)
}

/// A model of some rows of a table and, of trees, how the loss on others went, tree by tree.
fn learn(
    fit: &Fit,
    table: &Table,
    rounds: usize,
    held: Option<&Table>,
    watch: Watch,
) -> Result<(Fitted, Vec<f64>)> {
    match fit.algorithm {
        Algorithm::Trees => boost::fit(fit, table, rounds, held, watch),
        Algorithm::Linear => {
            watch.done(1);
            Ok((linear::fit(fit.task, table, watch.interrupt)?, Vec::new()))
        }
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
