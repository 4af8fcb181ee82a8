use pg_journey_core::kernel::{Code, Result};
use pg_journey_core::models::protocol::{Fit, Fitting};
use pg_journey_core::models::training::{Algorithm, Model, Rows, Task};
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use super::progress::{Progress, Watch};
use crate::interrupt::Interrupt;

/// Two numbers, a category of six texts, and noise; a fifth of the values is not known. The log odds are theirs, added up.
fn fit(count: usize, task: Task, algorithm: Algorithm) -> Fit {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut columns = vec![Vec::new(); 4];
    let mut targets = Vec::new();
    for _ in 0..count {
        let row: [f32; 4] = [
            random.random_range(-2.0..2.0),
            random.random_range(0.0..1000.0),
            random.random_range(0..6) as f32,
            random.random_range(-1.0..1.0),
        ];
        let lift = [3.0, -2.0, 1.0, 0.0, 2.0, -1.0][row[2] as usize];
        let margin = f64::from(row[0] + (row[1] - 500.0) / 400.0 + lift) - 1.5;
        targets.push(match task {
            Task::Classification => f64::from(u8::from(random.random_bool(1.0 / (1.0 + (-margin).exp())))),
            Task::Regression => 1000.0 + 20.0 * margin + random.random_range(-5.0..5.0),
        });
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(if random.random_bool(0.1) { f32::NAN } else { value });
        }
    }
    let rows = Rows { categories: vec![0, 0, 6, 0], values: columns.concat(), targets, ..Rows::default() };
    Fit {
        model: "test".to_owned(),
        task,
        algorithm,
        folds: 4,
        seed: 1,
        balance: false,
        rounds: 300,
        learning_rate: 0.1,
        leaves: 8,
        rows,
    }
}

fn run(fit: &Fit, threads: usize, interrupt: &Interrupt) -> Result<Fitting> {
    super::run(fit, threads, Watch { interrupt, progress: &Progress::of(fit) })
}

fn metrics(fit: &Fit) -> (Model, Value, f64) {
    let fitting = run(fit, 2, &Interrupt::default()).unwrap();
    (Model::of_onnx(&fitting.onnx).unwrap(), serde_json::from_str(&fitting.metrics).unwrap(), fitting.score)
}

#[test]
fn both_algorithms_learn_both_tasks() {
    for (task, algorithm, least) in [
        (Task::Classification, Algorithm::Trees, 0.84),
        (Task::Classification, Algorithm::Linear, 0.84),
        (Task::Regression, Algorithm::Trees, 0.8),
        (Task::Regression, Algorithm::Linear, 0.75),
    ] {
        let (_, metrics, score) = metrics(&fit(3000, task, algorithm));
        assert!(score > least, "{task:?} {algorithm:?} {metrics}");
        assert_eq!(metrics["folds"].as_array().map(Vec::len), Some(4));
        if task == Task::Classification {
            assert!(metrics["ece"].as_f64().unwrap() < 0.05, "{metrics}");
        }
    }
}

#[test]
fn balance_changes_the_fit_and_leaves_the_probabilities_true() {
    let plain = fit(3000, Task::Classification, Algorithm::Linear);
    let (model, metrics, _) = metrics(&Fit { balance: true, ..plain.clone() });
    let rows = plain.rows.count();
    let row = |at: usize| (0..4).map(|feature| plain.rows.column(feature)[at]).collect::<Vec<_>>();
    let _ = model.score(&row(0));
    assert!(metrics["ece"].as_f64().unwrap() < 0.05 && metrics["rows"] == rows, "{metrics}");
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let asked = fit(500, Task::Classification, Algorithm::Trees);
    let once = run(&asked, 2, &Interrupt::default()).unwrap();
    assert_eq!(once, run(&asked, 1, &Interrupt::default()).unwrap(), "on any number of threads");
    assert_ne!(once.metrics, run(&Fit { seed: 2, ..asked }, 2, &Interrupt::default()).unwrap().metrics);
}

#[test]
fn noise_is_not_learned() {
    let mut asked = fit(1000, Task::Classification, Algorithm::Trees);
    asked.rows.values = asked.rows.column(3).repeat(4);
    asked.rows.categories = vec![0; 4];
    let (_, metrics, score) = metrics(&asked);
    assert!((score - 0.5).abs() < 0.06, "{metrics}");
}

#[test]
fn by_time_only_later_rows_measure() {
    let mut asked = fit(1000, Task::Regression, Algorithm::Trees);
    asked.rows.times = (0..1000).map(f64::from).collect();
    let (_, metrics, _) = metrics(&asked);
    // Of five blocks the first is only learned from.
    assert_eq!(metrics["rows"], 800);
}

#[test]
fn an_interrupt_ends_a_fit_and_bad_rows_are_refused() {
    let asked = fit(400, Task::Classification, Algorithm::Trees);
    let interrupt = Interrupt::default();
    interrupt.raise();
    assert_eq!(run(&asked, 1, &interrupt).unwrap_err().code, Code::QueryCanceled);
    let mut short = asked.clone();
    short.rows.values.pop();
    assert_eq!(run(&short, 1, &Interrupt::default()).unwrap_err().code, Code::InvalidParameterValue);
    let few = fit(30, Task::Classification, Algorithm::Trees);
    assert!(run(&few, 1, &Interrupt::default()).unwrap_err().message.contains("30 rows"));
}

#[test]
fn a_fit_says_how_far_it_is_and_ends_where_it_said() {
    for algorithm in [Algorithm::Trees, Algorithm::Linear] {
        let asked = Fit { rounds: 20, ..fit(400, Task::Classification, algorithm) };
        let progress = Progress::of(&asked);
        assert_eq!(progress.told().rounds_done, 0);
        super::run(&asked, 1, Watch { interrupt: &Interrupt::default(), progress: &progress }).unwrap();
        let told = progress.told();
        // The model of all rows has as many trees as did best, which may be fewer.
        let least = if algorithm == Algorithm::Trees { 4 * 20 + 1 } else { 5 };
        assert!((least..=told.rounds).contains(&told.rounds_done), "{told:?}");
        assert_eq!((told.model.as_str(), told.rows, told.features), ("test", 400, 4));
    }
}
