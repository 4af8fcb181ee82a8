//! Gradient boosting (Friedman 2001) with the second-order trees of forust-ml, one tree at a time, so that it can be left between two.

use forust_ml::Matrix;
use forust_ml::binning::{TiledBins, bin_matrix};
use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::sampler::SampleMethod;
use forust_ml::splitter::MissingImputerSplitter;
use forust_ml::tree::Tree;
use pg_journey_core::kernel::{Error, Result};
use pg_journey_core::models::protocol::Fit;
use pg_journey_core::models::training::{Fitted, Node, Task, Trees, sigmoid};

use super::prepare::Table;
use super::progress::Watch;

/// Bins a feature, as LightGBM has it.
const BINS: u16 = 255;

/// Trees without a lower loss on the rows held back, after which no more are tried.
const PATIENCE: usize = 50;

/// Fewest rows of a leaf, by weight; of a classification by the weight that its probabilities leave, .1 a row at a rate of 11 %.
const LEAST_LEAF: f32 = 20.0;
const LEAST_LEAF_OF_CLASSES: f32 = 3.0;

/// Below this many rows, threads cost more than they bring.
const FEW_ROWS: usize = 20_000;

/// As many trees as `rounds`, or, with rows held back, until those say that more do worse; and the loss on these after each tree.
pub fn fit(
    fit: &Fit,
    table: &Table,
    rounds: usize,
    held: Option<&Table>,
    watch: Watch,
) -> Result<(Fitted, Vec<f64>)> {
    let unusable =
        |e: forust_ml::errors::ForustError| Error::invalid(format!("the rows cannot be learned from: {e}"));
    let is_parallel = table.rows >= FEW_ROWS;
    let matrix = Matrix::new(&table.values, table.rows, table.features);
    let binned = bin_matrix(&matrix, &table.weights, BINS, f64::NAN, is_parallel).map_err(unusable)?;
    let bins = Matrix::new(&binned.binned_data, table.rows, table.features);
    let tiles = is_parallel.then(|| TiledBins::new(&bins, &binned.cuts, true));
    let splitter = splitter(fit);
    let columns: Vec<usize> = (0..table.features).collect();

    let scale = Scale::of(fit.task, table);
    let mut margins = vec![scale.base; table.rows];
    let mut held_margins = vec![scale.base; held.map_or(0, |held| held.rows)];
    let (mut trees, mut losses) = (Vec::new(), Vec::new());
    let mut best = (0, f64::INFINITY);
    for round in 0..rounds {
        watch.next_round()?;
        let (gradients, hessians) = steps(fit.task, table, &margins, &scale);
        let mut tree = Tree::new();
        let rows = tree.fit_with_tiles(
            &bins,
            (0..table.rows).collect(),
            &columns,
            &binned.cuts,
            &gradients,
            &hessians,
            &splitter,
            usize::from(fit.leaves),
            usize::MAX,
            is_parallel,
            &SampleMethod::None,
            &GrowPolicy::LossGuide,
            tiles.as_ref(),
        );
        match rows {
            Some(rows) => rows.leaves(&tree).for_each(|(rows, value)| {
                rows.iter().for_each(|row| margins[*row] += value);
            }),
            None => add(&tree, &table.values, table.features, &mut margins),
        }
        if let Some(held) = held {
            add(&tree, &held.values, held.features, &mut held_margins);
            losses.push(loss(fit.task, held, &held_margins, &scale));
            best = if losses[round] < best.1 { (round, losses[round]) } else { best };
        }
        trees.push(tree);
        if held.is_some() && round >= best.0 + PATIENCE {
            watch.done(rounds - round - 1);
            break;
        }
    }
    let trees = trees.iter().map(|tree| nodes(tree, scale.deviation)).collect();
    let base = (scale.mean + scale.base * scale.deviation) as f32;
    Ok((Fitted::Trees(Trees { features: table.features, base, trees }), losses))
}

fn splitter(fit: &Fit) -> MissingImputerSplitter {
    let least = if fit.task == Task::Classification { LEAST_LEAF_OF_CLASSES } else { LEAST_LEAF };
    // A lone row or two may be all there is of a rare class in few rows.
    let least = least.min(fit.rows.count() as f32 / 100.0).max(0.5);
    MissingImputerSplitter::new(0.0, 1.0, 0.0, 0.0, least, fit.learning_rate, true, Default::default())
}

/// Values of a regression are brought to mean 0 and deviation 1, so that neither unit nor offset matters.
struct Scale {
    mean: f64,
    deviation: f64,
    base: f64,
}

impl Scale {
    fn of(task: Task, table: &Table) -> Scale {
        let mean = table.targets.iter().zip(&table.weights).map(|(t, w)| t * w).sum::<f64>()
            / table.weights.iter().sum::<f64>();
        match task {
            Task::Classification => Scale { mean: 0.0, deviation: 1.0, base: (mean / (1.0 - mean)).ln() },
            Task::Regression => {
                let squares: f64 = table.targets.iter().map(|target| (target - mean) * (target - mean)).sum();
                let deviation = (squares / table.rows as f64).sqrt();
                Scale { mean, deviation: if deviation > 0.0 { deviation } else { 1.0 }, base: 0.0 }
            }
        }
    }

    fn scaled(&self, target: f64) -> f64 {
        (target - self.mean) / self.deviation
    }
}

/// First and second derivatives of the loss.
fn steps(task: Task, table: &Table, margins: &[f64], scale: &Scale) -> (Vec<f32>, Vec<f32>) {
    let of = |row: usize| {
        let (margin, weight) = (margins[row], table.weights[row]);
        match task {
            Task::Classification => {
                let p = sigmoid(margin);
                (((p - table.targets[row]) * weight) as f32, (p * (1.0 - p) * weight) as f32)
            }
            Task::Regression => {
                (((margin - scale.scaled(table.targets[row])) * weight) as f32, weight as f32)
            }
        }
    };
    (0..table.rows).map(of).unzip()
}

fn loss(task: Task, held: &Table, margins: &[f64], scale: &Scale) -> f64 {
    let of = |row: usize| {
        let (margin, target) = (margins[row], held.targets[row]);
        match task {
            Task::Classification => margin.max(0.0) - margin * target + (-margin.abs()).exp().ln_1p(),
            Task::Regression => (margin - scale.scaled(target)) * (margin - scale.scaled(target)),
        }
    };
    (0..held.rows).map(of).sum::<f64>() / held.rows.max(1) as f64
}

/// Adds what a tree says of each row.
fn add(tree: &Tree, values: &[f64], features: usize, margins: &mut [f64]) {
    let told =
        tree.predict(&Matrix::new(values, margins.len(), features), margins.len() >= FEW_ROWS, &f64::NAN);
    margins.iter_mut().zip(told).for_each(|(margin, told)| *margin += told);
}

fn nodes(tree: &Tree, deviation: f64) -> Vec<Node> {
    let nodes = tree.nodes.iter();
    nodes
        .map(|node| Node {
            children: (!node.is_leaf).then_some((node.left_child, node.right_child)),
            feature: if node.is_leaf { 0 } else { node.split_feature },
            threshold: if node.is_leaf { 0.0 } else { single_at_least(node.split_value) },
            missing_left: !node.is_leaf && node.missing_node == node.left_child,
            value: if node.is_leaf { (f64::from(node.weight_value) * deviation) as f32 } else { 0.0 },
            cover: node.hessian_sum,
        })
        .collect()
}

/// The least single float that is no less: `x < value` says the same of it for every single float x.
fn single_at_least(value: f64) -> f32 {
    let single = value as f32;
    if f64::from(single) < value { single.next_up() } else { single }
}
