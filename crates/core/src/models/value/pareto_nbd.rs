//! Pareto/NBD: Schmittlein, Morrison and Colombo, Counting Your Customers, Management Science 33 (1987).
//!
//! As BG/NBD, but customers leave at any time, at a rate that is Gamma(s, beta) over customers. The time of leaving is
//! integrated numerically, which gives the gradient by the same sum and holds wherever alpha and beta lie.

use gauss_quad::GaussLegendre;
use statrs::function::gamma::{digamma, ln_gamma};

use super::optimise::{Likelihood, Pause};
use super::purchases::{Groups, PAUSE};

/// With 32 nodes the parameters of the CDNOW sample agree with those by the closed form, as lifetimes finds them, to four digits.
pub const NODES: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParetoNbd {
    pub r: f64,
    pub alpha: f64,
    pub s: f64,
    pub beta: f64,
}

impl ParetoNbd {
    pub const NAMES: [&str; 4] = ["r", "alpha", "s", "beta"];

    pub fn of(theta: &[f64]) -> Option<ParetoNbd> {
        let [r, alpha, s, beta] = <[f64; 4]>::try_from(theta).ok()?.map(f64::exp);
        Some(ParetoNbd { r, alpha, s, beta })
    }

    pub fn p_alive(&self, x: f64, tx: f64, t: f64) -> f64 {
        self.leavings(&nodes(), x, tx, t).alive
    }

    /// What holds from now on of a customer who has not left.
    pub fn after(&self, x: f64, t: f64) -> ParetoNbd {
        ParetoNbd { r: self.r + x, alpha: self.alpha + t, s: self.s, beta: self.beta + t }
    }

    /// How long a customer goes on buying within a time: durations and their probabilities.
    pub fn exposures(&self, t: f64) -> Vec<(f64, f64)> {
        let stays = (self.beta / (self.beta + t)).powf(self.s);
        let mut exposures = vec![(t, stays)];
        for (node, weight) in &nodes() {
            let leaves = (1.0 - stays) * (node + 1.0) / 2.0;
            let at = self.beta * ((1.0 - leaves).powf(-1.0 / self.s) - 1.0);
            exposures.push((at.min(t), (1.0 - stays) * weight / 2.0));
        }
        exposures
    }

    /// How likely each time of leaving is after this history.
    fn leavings(&self, nodes: &[(f64, f64)], x: f64, tx: f64, t: f64) -> Leavings {
        let ParetoNbd { r, alpha, s, beta } = *self;
        // On the logarithm of the time, where what is integrated is smooth; the smaller parameter sets its scale.
        let shift = alpha.min(beta);
        let (low, high) = ((shift + tx).ln(), (shift + t).ln());
        let alive = -(r + x) * (alpha + t).ln() - s * (beta + t).ln();
        let mut largest = alive;
        let mut left: Vec<(f64, f64)> = Vec::with_capacity(nodes.len());
        if high > low {
            for (node, weight) in nodes {
                let shifted = (low + (high - low) * (node + 1.0) / 2.0).exp();
                let at = shifted - shift;
                let log = (s * weight * (high - low) / 2.0 * shifted).ln()
                    - (r + x) * (alpha + at).ln()
                    - (s + 1.0) * (beta + at).ln();
                largest = largest.max(log);
                left.push((at, log));
            }
        }
        let sum = (alive - largest).exp() + left.iter().map(|(_, log)| (log - largest).exp()).sum::<f64>();
        left.iter_mut().for_each(|(_, log)| *log = (*log - largest).exp() / sum);
        Leavings { log: largest + sum.ln(), alive: (alive - largest).exp() / sum, left }
    }
}

struct Leavings {
    log: f64,
    alive: f64,
    /// Times and their probabilities.
    left: Vec<(f64, f64)>,
}

/// Of Gauss-Legendre quadrature on -1 to 1.
fn nodes() -> Vec<(f64, f64)> {
    let degree = std::num::NonZeroUsize::new(NODES);
    degree.map(|degree| GaussLegendre::new(degree).into_iter().collect()).unwrap_or_default()
}

pub struct OfParetoNbd<'g> {
    groups: &'g Groups,
    nodes: Vec<(f64, f64)>,
}

impl OfParetoNbd<'_> {
    pub fn new(groups: &Groups) -> OfParetoNbd<'_> {
        OfParetoNbd { groups, nodes: nodes() }
    }
}

impl Likelihood for OfParetoNbd<'_> {
    fn at(&self, theta: &[f64], pause: Pause) -> (f64, Vec<f64>) {
        let Some(model) = ParetoNbd::of(theta) else { return (f64::NAN, vec![0.0; 4]) };
        let ParetoNbd { r, alpha, s, beta } = model;
        let (mut sum, mut slope) = (0.0, [0.0; 4]);
        for group in self.groups.iter() {
            let x = group.repeats;
            let common = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
            let by_r = digamma(r + x) - digamma(r) + alpha.ln();
            for (place, row) in group.rows.iter().enumerate() {
                if place % PAUSE == 0 {
                    pause();
                }
                let found = model.leavings(&self.nodes, x, row.recency, row.age);
                sum += row.weight * (common + found.log);
                let mut by = [by_r, r / alpha, beta.ln() + (1.0 - found.alive) / s, s / beta];
                let mut add = |at: f64, probability: f64, s: f64| {
                    by[0] -= probability * (alpha + at).ln();
                    by[1] -= probability * (r + x) / (alpha + at);
                    by[2] -= probability * (beta + at).ln();
                    by[3] -= probability * s / (beta + at);
                };
                add(row.age, found.alive, s);
                found.left.iter().for_each(|(at, probability)| add(*at, *probability, s + 1.0));
                slope.iter_mut().zip(by).for_each(|(slope, by)| *slope += row.weight * by);
            }
        }
        let weight = self.groups.weight;
        let chain = [r, alpha, s, beta];
        (sum / weight, slope.iter().zip(chain).map(|(slope, by)| slope * by / weight).collect())
    }
}
