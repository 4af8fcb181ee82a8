//! BG/NBD: Fader, Hardie and Lee, "Counting Your Customers" the Easy Way, Marketing Science 24 (2005).
//!
//! A customer buys at a rate of his own, which is Gamma(r, alpha) over customers, and after each repeat purchase leaves for good
//! with a probability of his own, which is Beta(a, b).

use statrs::function::gamma::{digamma, ln_gamma};

use super::optimise::{Likelihood, Pause};
use super::purchases::{Groups, PAUSE};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
}

impl BgNbd {
    pub const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];

    pub fn of(theta: &[f64]) -> Option<BgNbd> {
        let [r, alpha, a, b] = <[f64; 4]>::try_from(theta).ok()?.map(f64::exp);
        Some(BgNbd { r, alpha, a, b })
    }

    /// The probability that a customer with this history has not left; 1 without a repeat purchase, for none leaves before.
    pub fn p_alive(&self, x: f64, tx: f64, t: f64) -> f64 {
        if x == 0.0 {
            return 1.0;
        }
        let odds_of_left =
            (self.a / (self.b + x - 1.0)).ln() + (self.r + x) * ((self.alpha + t) / (self.alpha + tx)).ln();
        1.0 / (1.0 + odds_of_left.exp())
    }

    /// What holds from now on of a customer who has not left: the rate has been learned, and so has the loyalty.
    pub fn after(&self, x: f64, t: f64) -> BgNbd {
        BgNbd { r: self.r + x, alpha: self.alpha + t, a: self.a, b: self.b + x }
    }

    /// The probability that who stayed through n purchases stays through the next one.
    pub fn stays_after(&self, n: f64) -> f64 {
        (self.b + n) / (self.a + self.b + n)
    }
}

/// Equation 6 of the paper, with the numbers of purchases taken together.
pub struct OfBgNbd<'g>(pub &'g Groups);

impl Likelihood for OfBgNbd<'_> {
    fn at(&self, theta: &[f64], pause: Pause) -> (f64, Vec<f64>) {
        let Some(BgNbd { r, alpha, a, b }) = BgNbd::of(theta) else { return (f64::NAN, vec![0.0; 4]) };
        let (log_alpha, log_gamma_r, digamma_r) = (alpha.ln(), ln_gamma(r), digamma(r));
        let (log_stay, digamma_ab, digamma_b) = (ln_gamma(a + b) - ln_gamma(b), digamma(a + b), digamma(b));
        let (mut sum, mut slope) = (0.0, [0.0; 4]);
        for group in self.0.iter() {
            let x = group.repeats;
            let mut common = ln_gamma(r + x) - log_gamma_r + r * log_alpha;
            let [mut by_a, mut by_b] = [0.0; 2];
            if x > 0.0 {
                let digamma_abx = digamma(a + b + x);
                common += log_stay + ln_gamma(b + x) - ln_gamma(a + b + x);
                by_a = digamma_ab - digamma_abx;
                by_b = digamma_ab + digamma(b + x) - digamma_b - digamma_abx;
            }
            let by_r = digamma(r + x) - digamma_r + log_alpha;
            let log_left = (a / (b + x - 1.0)).ln();
            for (place, row) in group.rows.iter().enumerate() {
                if place % PAUSE == 0 {
                    pause();
                }
                let (seen, last) = (alpha + row.age, alpha + row.recency);
                let log_seen = seen.ln();
                let mut log = common - (r + x) * log_seen;
                let mut left = 0.0;
                let mut between = 0.0;
                if x > 0.0 {
                    between = log_seen - last.ln();
                    let odds = (log_left + (r + x) * between).exp();
                    // Odds beyond a float's range: the sum is then its larger term.
                    (log, left) = if odds.is_finite() {
                        (log + odds.ln_1p(), odds / (1.0 + odds))
                    } else {
                        (log + log_left + (r + x) * between, 1.0)
                    };
                    slope[2] += row.weight * (by_a + left / a);
                    slope[3] += row.weight * (by_b - left / (b + x - 1.0));
                }
                sum += row.weight * log;
                slope[0] += row.weight * (by_r - log_seen + left * between);
                slope[1] +=
                    row.weight * (r / alpha - (r + x) / seen + left * (r + x) * (1.0 / seen - 1.0 / last));
            }
        }
        let chain = [r, alpha, a, b];
        (sum / self.0.weight, slope.iter().zip(chain).map(|(slope, by)| slope * by / self.0.weight).collect())
    }
}
