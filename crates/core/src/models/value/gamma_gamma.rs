//! Gamma–Gamma: Fader and Hardie, The Gamma-Gamma Model of Monetary Value (2013).
//!
//! A purchase of a customer is Gamma(p, nu) with a nu of his own, which is Gamma(q, v) over customers: v is the papers' gamma.
//! How much a customer spends does not depend on how often: the correlation of both is reported with each fit.

use statrs::function::gamma::{digamma, ln_gamma};

use super::history::Summary;
use super::optimise::{Likelihood, Pause};
use super::purchases::PAUSE;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    pub p: f64,
    pub q: f64,
    pub v: f64,
}

impl GammaGamma {
    pub const NAMES: [&str; 3] = ["p", "q", "v"];

    /// q is searched above one: below it the mean of customers is infinite.
    pub fn of(theta: &[f64]) -> Option<GammaGamma> {
        let [p, above_one, v] = <[f64; 3]>::try_from(theta).ok()?.map(f64::exp);
        Some(GammaGamma { p, q: 1.0 + above_one, v })
    }

    /// What holds of a customer whose x repeat purchases had this mean.
    pub fn after(&self, x: f64, mean: Option<f64>) -> GammaGamma {
        let seen = mean.map_or(0.0, |_| x);
        GammaGamma { q: self.q + self.p * seen, v: self.v + seen * mean.unwrap_or(0.0), ..*self }
    }

    /// The expected value of a purchase.
    pub fn mean(&self) -> f64 {
        self.p * self.v / (self.q - 1.0)
    }
}

/// Customers with repeat purchases, their values divided by `scale`, in the order of their numbers.
pub struct OfGammaGamma {
    rows: Vec<(f64, f64)>,
    pub scale: f64,
    /// How many customers these are.
    pub weight: f64,
}

impl OfGammaGamma {
    pub fn new(customers: &[Summary]) -> OfGammaGamma {
        let mut rows: Vec<(f64, f64)> =
            customers.iter().filter_map(|c| c.value.map(|value| (f64::from(c.repeats), value))).collect();
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let scale = rows.iter().map(|(_, value)| value).sum::<f64>() / rows.len().max(1) as f64;
        rows.iter_mut().for_each(|(_, value)| *value /= scale);
        OfGammaGamma { weight: rows.len() as f64, rows, scale }
    }

    /// Pearson's, of numbers and mean values of repeat purchases.
    pub fn correlation(&self) -> Option<f64> {
        let mean = |of: fn(&(f64, f64)) -> f64| self.rows.iter().map(of).sum::<f64>() / self.weight;
        let (x, value) = (mean(|row| row.0), mean(|row| row.1));
        let [mut both, mut of_x, mut of_value] = [0.0; 3];
        for row in &self.rows {
            both += (row.0 - x) * (row.1 - value);
            of_x += (row.0 - x).powi(2);
            of_value += (row.1 - value).powi(2);
        }
        Some(both / (of_x * of_value).sqrt()).filter(|found| found.is_finite())
    }
}

/// Equation 1a of the note.
impl Likelihood for OfGammaGamma {
    fn at(&self, theta: &[f64], pause: Pause) -> (f64, Vec<f64>) {
        let Some(GammaGamma { p, q, v }) = GammaGamma::of(theta) else { return (f64::NAN, vec![0.0; 3]) };
        let (mut sum, mut slope) = (0.0, [0.0; 3]);
        let (log_gamma_q, digamma_q, log_v) = (ln_gamma(q), digamma(q), v.ln());
        let mut of_x = (f64::NAN, 0.0, 0.0, 0.0);
        for (place, (x, mean)) in self.rows.iter().enumerate() {
            if place % PAUSE == 0 {
                pause();
            }
            if of_x.0 != *x {
                let all = digamma(p * x + q);
                let log = ln_gamma(p * x + q) - ln_gamma(p * x) - log_gamma_q + q * log_v + p * x * x.ln();
                of_x = (*x, log, x * (all - digamma(p * x) + x.ln()), all - digamma_q + log_v);
            }
            let (_, log, by_p, by_q) = of_x;
            let (log_mean, seen) = (mean.ln(), v + x * mean);
            let log_seen = seen.ln();
            sum += log + (p * x - 1.0) * log_mean - (p * x + q) * log_seen;
            slope[0] += by_p + x * (log_mean - log_seen);
            slope[1] += by_q - log_seen;
            slope[2] += q / v - (p * x + q) / seen;
        }
        let chain = [p, q - 1.0, v];
        (sum / self.weight, slope.iter().zip(chain).map(|(slope, by)| slope * by / self.weight).collect())
    }
}
