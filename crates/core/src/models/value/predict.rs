//! What a customer will do within a time: how many purchases, what they come to, and when the next one is due.
//!
//! Both models leave a customer who has not left with a rate that is Gamma(r + x, alpha + T). What a number of purchases comes
//! to is a ratio of gammas, so the value has a distribution in closed form: a sum over numbers of incomplete beta functions.

use statrs::function::beta::beta_reg;
use statrs::function::gamma::ln_gamma;

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

    /// By Newton's method on the logarithm of the value, between bounds that close in.
    fn quantile(&self, purchases: &Purchases, level: f64) -> f64 {
        let sums = Sums::of(self, purchases);
        if sums.none >= level {
            return 0.0;
        }
        let mut log = (purchases.expected.max(1e-3) * self.value.mean()).ln();
        let (mut low, mut high) = (log - FAR, log + FAR);
        for _ in 0..100 {
            let (below, slope) = sums.below(log);
            let above = below - level;
            if above.abs() < NEGLIGIBLE || high - low < 1e-9 {
                break;
            }
            if above > 0.0 {
                high = log;
            } else {
                low = log;
            }
            let next = log - above / slope;
            // Where the slope tells nothing, or leads out of the bounds: the middle.
            log = if next > low && next < high { next } else { f64::midpoint(low, high) };
        }
        // Who has a finite rate spends a finite sum: beyond the bound none was found.
        if high - log < 1e-6 && high > 700.0 { f64::INFINITY } else { log.exp() }
    }
}

/// Of a value's logarithm: a bound of what is looked at, e^±60 of the expected value.
const FAR: f64 = 60.0;

/// What numbers of purchases come to: of each number its probability, and the shape of the ratio of gammas.
struct Sums {
    none: f64,
    terms: Vec<Term>,
    q: f64,
    log_v: f64,
}

struct Term {
    probability: f64,
    shape: f64,
    /// The logarithm of the beta function of the shape and q.
    log_beta: f64,
}

impl Sums {
    fn of(outlook: &Outlook, purchases: &Purchases) -> Sums {
        let GammaGamma { p, q, v } = outlook.value;
        let log_gamma_q = ln_gamma(q);
        let counted = purchases.probabilities.iter().enumerate().skip(1);
        let terms = counted.filter(|(_, probability)| **probability >= NEGLIGIBLE).map(|(n, probability)| {
            let shape = p * n as f64;
            let log_beta = ln_gamma(shape) + log_gamma_q - ln_gamma(shape + q);
            Term { probability: *probability, shape, log_beta }
        });
        let none = purchases.probabilities.first().copied().unwrap_or(1.0);
        Sums { none, terms: terms.collect(), q, log_v: v.ln() }
    }

    /// The probability of no more than this, and how it grows with the logarithm.
    fn below(&self, log_value: f64) -> (f64, f64) {
        // The share value / (value + v) and the rest of it, by their logarithms, so that neither is lost near 0 and 1.
        let odds = log_value - self.log_v;
        let (log_share, log_rest) = (-(-odds).exp().ln_1p(), -odds.exp().ln_1p());
        if log_share == f64::NEG_INFINITY {
            return (self.none, 0.0);
        }
        let (share, rest) = (log_share.exp(), log_rest.exp());
        let (mut below, mut slope) = (self.none, 0.0);
        for term in &self.terms {
            let front = (term.shape * log_share + self.q * log_rest - term.log_beta).exp();
            slope += term.probability * front;
            below += term.probability
                * if share < (term.shape + 1.0) / (term.shape + self.q + 2.0) {
                    front * fraction(term.shape, self.q, share) / term.shape
                } else {
                    1.0 - front * fraction(self.q, term.shape, rest) / self.q
                };
        }
        (below, slope)
    }
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let away = |number: f64| if number.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { number };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..10_000 {
        let m = f64::from(step);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            value *= d * c;
        }
        if (d * c - 1.0).abs() < 1e-10 {
            break;
        }
    }
    value
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

    fn below(outlook: &Outlook, purchases: &Purchases, value: f64) -> f64 {
        Sums::of(outlook, purchases).below(value.ln()).0
    }

    #[test]
    fn the_sums_are_incomplete_beta_functions() {
        for (p, q, v) in [(6.25, 3.74, 15.44), (0.3, 1.01, 200.0), (40.0, 900.0, 3e5), (2.0, 380.0, 1e3)] {
            let outlook =
                Outlook { p_alive: 1.0, r: 1.0, alpha: 1.0, stays: None, value: GammaGamma { p, q, v } };
            for n in [1_usize, 3, 40, 300] {
                let mut probabilities = vec![0.0; n + 1];
                probabilities[n] = 1.0;
                let one = Purchases { probabilities, expected: n as f64 };
                let mean = p * v / (q - 1.0) * n as f64;
                for value in [mean / 1e3, mean / 2.0, mean, mean * 1.7, mean * 1e3] {
                    let expected = incomplete_beta(p * n as f64, q, value / (value + v));
                    let found = below(&outlook, &one, value);
                    assert!((found - expected).abs() < 1e-9, "{p} {q} {n} {value}: {found}, not {expected}");
                }
                for level in [0.1, 0.8, 0.9] {
                    let found = below(&outlook, &one, outlook.quantile(&one, level));
                    assert!((found - level).abs() < 1e-5, "{p} {q} {n} {level}: {found}");
                }
            }
        }
    }

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
