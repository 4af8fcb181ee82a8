//! What a customer will do within a time: how many purchases, what they come to, and when the next one is due.
//!
//! Both models leave a customer who has not left with a rate that is Gamma(r + x, alpha + T). What a number of purchases comes
//! to is a ratio of gammas, so the value has a distribution in closed form: a sum over numbers of incomplete beta functions.

use statrs::function::beta::beta_reg;

use super::bg_nbd::BgNbd;
use super::gamma_gamma::GammaGamma;

/// Numbers of purchases that are less likely than this are left out.
const UNLIKELY: f64 = 1e-9;
/// What does not matter to an interval that holds 80 %.
const NEGLIGIBLE: f64 = 1e-6;
/// Purchases within one horizon; more is no customer.
const MOST: u32 = 10_000;

/// How a customer goes on from now.
#[derive(Debug, Clone)]
pub struct Outlook {
    pub p_alive: f64,
    /// Of the rate of who has not left.
    pub r: f64,
    pub alpha: f64,
    /// BG/NBD: whether a customer stays through a number of purchases.
    pub stays: Option<BgNbd>,
    pub value: GammaGamma,
}

/// Numbers of purchases within a time and their probabilities.
#[derive(Debug, Clone)]
pub struct Purchases {
    /// The n-th is the probability of n purchases.
    pub probabilities: Vec<f64>,
    pub expected: f64,
}

impl Outlook {
    /// `exposures`: how long who has not left goes on buying, and how likely that is.
    pub fn purchases(&self, exposures: &[(f64, f64)]) -> Purchases {
        let mut rates: Vec<(f64, AtLeast)> = exposures
            .iter()
            .map(|(t, weight)| (*weight, AtLeast::new(self.r, t / (self.alpha + t))))
            .collect();
        let (mut probabilities, mut expected, mut at_least, mut stays) = (Vec::new(), 0.0, 1.0, 1.0);
        for n in 1..=MOST {
            // By his rate he buys n times, and he stays through n - 1 of these.
            let by_rate: f64 = rates.iter_mut().map(|(weight, rate)| *weight * rate.next()).sum();
            let next = (stays * by_rate).min(at_least);
            stays *= self.stays.map_or(1.0, |model| model.stays_after(f64::from(n) - 1.0));
            probabilities.push(self.p_alive * (at_least - next));
            expected += next;
            at_least = next;
            if next < UNLIKELY {
                break;
            }
        }
        if let Some(none) = probabilities.first_mut() {
            *none += 1.0 - self.p_alive;
        }
        Purchases { probabilities, expected: self.p_alive * expected }
    }

    /// Times until the next purchase of who has not left: the quantile of this level.
    pub fn next_after(&self, level: f64) -> f64 {
        self.alpha * ((1.0 - level).powf(-1.0 / self.r) - 1.0)
    }

    /// The interval that holds the value of these purchases with the probability `1 - 2 * tail`. It begins at nothing where nothing is
    /// likelier than `tail`: then all that is left out lies above it.
    pub fn interval(&self, purchases: &Purchases, tail: f64) -> (f64, f64) {
        let none = purchases.probabilities.first().copied().unwrap_or(1.0);
        if none > tail {
            return (0.0, self.quantile(purchases, 1.0 - 2.0 * tail));
        }
        (self.quantile(purchases, tail), self.quantile(purchases, 1.0 - tail))
    }

    /// The probability that these purchases come to no more than `value`.
    pub fn probability_below(&self, purchases: &Purchases, value: f64) -> f64 {
        let share = value / (value + self.value.v);
        let terms = purchases.probabilities.iter().enumerate().map(|(n, probability)| match n {
            0 => *probability,
            _ if *probability < NEGLIGIBLE => 0.0,
            _ => probability * incomplete_beta(self.value.p * n as f64, self.value.q, share),
        });
        terms.sum()
    }

    /// By the Illinois rule on the logarithm of the value.
    fn quantile(&self, purchases: &Purchases, level: f64) -> f64 {
        if self.probability_below(purchases, 0.0) >= level {
            return 0.0;
        }
        let above = |log: f64| self.probability_below(purchases, log.exp()) - level;
        let start = (purchases.expected.max(1e-3) * self.value.mean()).ln();
        let Some((mut low, mut high)) = bracket(start, above) else { return f64::INFINITY };
        let (mut of_low, mut of_high) = (above(low), above(high));
        for _ in 0..100 {
            let middle = (low * of_high - high * of_low) / (of_high - of_low);
            let of_middle = above(middle);
            if of_middle.abs() < NEGLIGIBLE || (high - low).abs() < 1e-9 {
                return middle.exp();
            }
            if (of_middle < 0.0) == (of_high < 0.0) {
                of_low /= 2.0;
            } else {
                (low, of_low) = (high, of_high);
            }
            (high, of_high) = (middle, of_middle);
        }
        high.exp()
    }
}

/// The probabilities that a gamma rate with this shape gives at least 1, 2, 3 … purchases, each from the one before: the
/// incomplete beta function of n and the shape, less the probability of exactly n.
struct AtLeast {
    shape: f64,
    share: f64,
    n: f64,
    at_least: f64,
    exactly: f64,
}

impl AtLeast {
    fn new(shape: f64, share: f64) -> AtLeast {
        AtLeast { shape, share, n: 0.0, at_least: 1.0, exactly: (1.0 - share).powf(shape) }
    }

    fn next(&mut self) -> f64 {
        if self.exactly < f64::MIN_POSITIVE {
            // Few purchases are so unlikely that a float does not hold it, and what follows from it is not known.
            self.n += 1.0;
            return incomplete_beta(self.n, self.shape, self.share);
        }
        self.at_least = (self.at_least - self.exactly).max(0.0);
        self.exactly *= self.share * (self.n + self.shape) / (self.n + 1.0);
        self.n += 1.0;
        self.at_least
    }
}

/// Two places on both sides of the root of a rising function.
fn bracket(start: f64, above: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
    let mut step = 1.0;
    let is_above = above(start) > 0.0;
    let mut from = start;
    for _ in 0..12 {
        let to = if is_above { from - step } else { from + step };
        if (above(to) > 0.0) != is_above {
            return Some((from.min(to), from.max(to)));
        }
        (from, step) = (to, step * 2.0);
    }
    None
}

fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    match x {
        _ if x <= 0.0 => 0.0,
        _ if x >= 1.0 => 1.0,
        _ => beta_reg(a, b, x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probability_follows_from_the_one_before() {
        for (shape, share) in [(0.3, 0.05), (2.0, 0.9), (30.0, 0.4), (400.0, 0.9), (5.0, 0.0), (0.5, 0.9999)]
        {
            let mut found = AtLeast::new(shape, share);
            for n in 1..200 {
                let (next, expected) = (found.next(), incomplete_beta(f64::from(n), shape, share));
                assert!((next - expected).abs() < 1e-11, "{shape} {share} {n}: {next}, not {expected}");
            }
        }
    }
}
