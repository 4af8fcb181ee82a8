//! How far a fit is, for whoever asks the engine, and whether it is still wanted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use pg_journey_core::kernel::Result;
use pg_journey_core::models::protocol::{Fit, FitProgress, FitTexts};
use pg_journey_core::models::training::Algorithm;

use crate::interrupt::Interrupt;

/// One fit: it is done when all its rounds are, those of each fold and those of the model of all rows.
pub struct Progress {
    model: String,
    rows: u64,
    features: u32,
    rounds: u32,
    done: AtomicU32,
    began: Instant,
}

impl Progress {
    pub fn of(fit: &Fit) -> Self {
        let rounds = (u32::from(fit.folds) + 1) * rounds_of(fit);
        Progress::new(&fit.model, fit.rows.count(), fit.rows.categories.len(), rounds)
    }

    pub fn of_texts(fit: &FitTexts) -> Self {
        let features = fit.rows.first().map_or(0, |row| row.dense.len()) + fit.buckets as usize;
        Progress::new("sentiment", fit.rows.len(), features, u32::from(fit.folds) + 1)
    }

    fn new(model: &str, rows: usize, features: usize, rounds: u32) -> Self {
        Progress {
            model: model.to_owned(),
            rows: rows as u64,
            features: features as u32,
            rounds,
            done: AtomicU32::new(0),
            began: Instant::now(),
        }
    }

    pub fn told(&self) -> FitProgress {
        FitProgress {
            model: self.model.clone(),
            rows: self.rows,
            features: self.features,
            rounds: self.rounds,
            rounds_done: self.done.load(Ordering::Relaxed).min(self.rounds),
            seconds: self.began.elapsed().as_secs_f32(),
        }
    }
}

/// Rounds of one model at most; a linear model is one.
fn rounds_of(fit: &Fit) -> u32 {
    match fit.algorithm {
        Algorithm::Trees => u32::from(fit.rounds),
        Algorithm::Linear => 1,
    }
}

/// What a fit looks at between two rounds.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    pub interrupt: &'a Interrupt,
    pub progress: &'a Progress,
}

impl Watch<'_> {
    /// Error (57014): nobody wants the fit any more.
    pub fn next_round(&self) -> Result<()> {
        self.interrupt.check()?;
        self.done(1);
        Ok(())
    }

    /// Rounds that need not be done.
    pub fn done(&self, rounds: usize) {
        self.progress.done.fetch_add(rounds as u32, Ordering::Relaxed);
    }
}

/// The fits that run or wait for their turn.
#[derive(Clone, Default)]
pub struct Underway(Arc<Mutex<Vec<Arc<Progress>>>>);

impl Underway {
    pub fn begin(&self, progress: &Arc<Progress>) -> Ending {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(progress.clone());
        Ending { underway: self.clone(), progress: progress.clone() }
    }

    pub fn told(&self) -> Vec<FitProgress> {
        let underway = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        underway.iter().map(|progress| progress.told()).collect()
    }
}

/// Takes a fit out of the list when it ends, however it does.
pub struct Ending {
    underway: Underway,
    progress: Arc<Progress>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        let mut underway = self.underway.0.lock().unwrap_or_else(PoisonError::into_inner);
        underway.retain(|other| !Arc::ptr_eq(other, &self.progress));
    }
}
