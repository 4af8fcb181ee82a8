//! From margins to probabilities that are true: of 100 rows with .3, 30.

use serde::{Deserialize, Serialize};

/// With fewer rows of the rarer class, two parameters are all that can be learned (Niculescu-Mizil and Caruana 2005 put the limit at
/// 1,000 rows, of which a tenth or so in the data of shops).
const FEWEST_FOR_ISOTONIC: usize = 1000;

/// Knots of the isotonic curve. More would only follow the noise.
const MOST_KNOTS: usize = 32;

/// A curve that never falls, fitted to margins of rows that the model has not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum Calibration {
    /// Values stay as they are: regression.
    None,
    /// Values stay within bounds.
    Clip { low: f64, high: f64 },
    /// 1 / (1 + exp(−(slope · margin + intercept))) (Platt 1999).
    Platt { slope: f64, intercept: f64 },
    /// Lines between points, level beyond them: isotonic regression (Zadrozny and Elkan 2002) by the means of its blocks.
    Isotonic { margins: Vec<f64>, probabilities: Vec<f64> },
}

impl Calibration {
    /// Fits to margins and what was true of them: Platt where the rarer class has fewer than 1,000 rows, else isotonic.
    pub fn fit(margins: &[f64], truths: &[bool]) -> Calibration {
        let positives = truths.iter().filter(|truth| **truth).count();
        if positives.min(truths.len() - positives) < FEWEST_FOR_ISOTONIC {
            platt(margins, truths)
        } else {
            isotonic(margins, truths)
        }
    }

    pub fn apply(&self, margin: f64) -> f64 {
        match self {
            Calibration::None => margin,
            Calibration::Clip { low, high } => margin.clamp(*low, *high),
            Calibration::Platt { slope, intercept } => sigmoid(slope * margin + intercept),
            Calibration::Isotonic { margins, probabilities } => {
                let steps = margins.windows(2).zip(probabilities.windows(2));
                let first = probabilities.first().copied().unwrap_or(0.5);
                first
                    + steps
                        .map(|(x, y)| (y[1] - y[0]) * ((margin - x[0]) / (x[1] - x[0])).clamp(0.0, 1.0))
                        .sum::<f64>()
            }
        }
    }
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Newton's method on Platt's likelihood with his targets, which keep it finite where classes part (Lin, Lin and Weng 2007).
fn platt(margins: &[f64], truths: &[bool]) -> Calibration {
    let positives = truths.iter().filter(|truth| **truth).count() as f64;
    let negatives = truths.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let targets: Vec<f64> = truths.iter().map(|truth| if *truth { high } else { low }).collect();
    let loss = |slope: f64, intercept: f64| -> f64 {
        margins
            .iter()
            .zip(&targets)
            .map(|(m, t)| softplus(slope * m + intercept) - t * (slope * m + intercept))
            .sum()
    };
    let (mut slope, mut intercept) = (0.0, ((positives + 1.0) / (negatives + 1.0)).ln());
    let mut best = loss(slope, intercept);
    for _ in 0..100 {
        let (mut g, mut h) = ([0.0; 2], [1e-12, 0.0, 1e-12]);
        for (m, t) in margins.iter().zip(&targets) {
            let p = sigmoid(slope * m + intercept);
            let w = p * (1.0 - p);
            g = [g[0] + m * (p - t), g[1] + (p - t)];
            h = [h[0] + w * m * m, h[1] + w * m, h[2] + w];
        }
        let det = h[0] * h[2] - h[1] * h[1];
        if g[0].abs() + g[1].abs() < 1e-8 || det <= 0.0 {
            break;
        }
        let step = [(h[2] * g[0] - h[1] * g[1]) / det, (h[0] * g[1] - h[1] * g[0]) / det];
        // A step that does not lower the loss is halved.
        let Some(size) = (0..30)
            .map(|k| 0.5f64.powi(k))
            .find(|s| loss(slope - s * step[0], intercept - s * step[1]) < best)
        else {
            break;
        };
        slope -= size * step[0];
        intercept -= size * step[1];
        best = loss(slope, intercept);
    }
    // A model that ranks backwards is told by its metrics, not turned around.
    Calibration::Platt { slope: slope.max(0.0), intercept }
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Pool adjacent violators over blocks of equal size, then one knot a level.
fn isotonic(margins: &[f64], truths: &[bool]) -> Calibration {
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|a, b| margins[*a].total_cmp(&margins[*b]));
    // Sums of a block: rows, margins, positives.
    let mut levels: Vec<(f64, f64, f64)> = Vec::new();
    for block in order.chunks(order.len().div_ceil(MOST_KNOTS)) {
        let rows = block.len() as f64;
        let margin: f64 = block.iter().map(|row| margins[*row]).sum();
        let positives = block.iter().filter(|row| truths[**row]).count() as f64;
        levels.push((rows, margin, positives));
        while let [.., a, b] = levels[..] {
            // Blocks of one margin are one, too: a line needs two ends.
            if a.2 / a.0 < b.2 / b.0 && a.1 / a.0 < b.1 / b.0 {
                break;
            }
            levels.truncate(levels.len() - 2);
            levels.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    // Nothing is impossible, or certain: one more row of either kind is thought of.
    let probability = |(rows, _, positives): &(f64, f64, f64)| {
        (positives + 1.0 / MOST_KNOTS as f64) / (rows + 2.0 / MOST_KNOTS as f64)
    };
    Calibration::Isotonic {
        margins: levels.iter().map(|level| level.1 / level.0).collect(),
        probabilities: levels.iter().map(probability).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// Margins that are twice too sure of themselves, and what was true.
    fn overconfident(rows: usize) -> (Vec<f64>, Vec<bool>) {
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        (0..rows)
            .map(|_| {
                let true_margin: f64 = random.random_range(-4.0..2.0);
                (2.0 * true_margin + 1.0, random.random_bool(sigmoid(true_margin)))
            })
            .unzip()
    }

    #[test]
    fn platt_finds_the_slope_and_the_shift() {
        let (margins, truths) = overconfident(5000);
        let Calibration::Platt { slope, intercept } = platt(&margins, &truths) else { unreachable!() };
        assert!((slope - 0.5).abs() < 0.03 && (intercept + 0.5).abs() < 0.06, "{slope} {intercept}");
    }

    #[test]
    fn isotonic_finds_the_curve_without_knowing_its_form() {
        let (margins, truths) = overconfident(40000);
        let fitted = Calibration::fit(&margins, &truths);
        assert!(matches!(fitted, Calibration::Isotonic { .. }));
        for margin in [-6.0, -4.0, -2.0, 0.0, 2.0, 4.0] {
            let (told, truth) = (fitted.apply(margin), sigmoid((margin - 1.0) / 2.0));
            assert!((told - truth).abs() < 0.03, "{margin}: {told} for {truth}");
        }
    }

    proptest! {
        #[test]
        fn a_greater_margin_never_gets_a_lesser_probability(rows in proptest::collection::vec((-9.0f64..9.0, any::<bool>()), 40..300), isotone: bool, a in -12.0f64..12.0, b in -12.0f64..12.0) {
            let (margins, truths): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let fitted = if isotone { isotonic(&margins, &truths) } else { platt(&margins, &truths) };
            let (low, high) = (fitted.apply(a.min(b)), fitted.apply(a.max(b)));
            prop_assert!(low <= high + 1e-12 && low > 0.0 && high < 1.0, "{} {} {:?}", low, high, fitted);
        }
    }
}
