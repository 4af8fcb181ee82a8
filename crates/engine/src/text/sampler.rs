//! Chooses the next token from a row of logits: temperature, nucleus, steering.

use pg_journey_core::kernel::{Code, Error, Result};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::logits::Summary;

/// How many of the most likely tokens are looked at first. With top_p 0.9 and temperature 0.7 the nucleus rarely has
/// more than thirty; steering needs some more to choose from.
const FIRST_LOOK: usize = 96;

/// If none of so many is allowed, the text has reached a dead end. Asking for all 150,000 would hold up the batch.
const LAST_LOOK: usize = 6144;

/// The sum over a vocabulary is computed in single precision.
const ROUNDING: f64 = 1e-6;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// 0 takes the most likely token that is allowed.
    pub temperature: f32,
    pub top_p: f32,
}

impl Settings {
    pub fn check(&self) -> Result<()> {
        if !(0.0..=10.0).contains(&self.temperature) {
            return Err(Error::invalid(format!("temperature {} is outside 0 to 10", self.temperature)));
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return Err(Error::invalid(format!("top_p {} is not above 0 and at most 1", self.top_p)));
        }
        Ok(())
    }
}

pub struct Sampler {
    scale: f32,
    top_p: f64,
    random: ChaCha8Rng,
    summary: Summary,
}

/// A chosen token and its natural-log probability under the model itself: unmasked, at temperature 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    pub token: u32,
    pub logprob: f32,
}

/// Candidates with their weights, the most likely first.
#[derive(Default)]
struct Nucleus {
    tokens: Vec<(u32, f32)>,
    weights: Vec<f64>,
    mass: f64,
    /// Nothing that was not looked at can belong to it.
    closed: bool,
}

impl Sampler {
    /// Candidates of one request share its seed and differ in their stream.
    pub fn new(settings: Settings, seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        // The nucleus of no mass is the most likely token.
        let (scale, top_p) = match settings.temperature {
            0.0 => (1.0, 0.0),
            temperature => (1.0 / temperature, f64::from(settings.top_p)),
        };
        Sampler { scale, top_p, random, summary: Summary::default() }
    }

    /// None if no likely token is allowed. The nucleus is exact unless `steered`: then it is taken from the allowed
    /// ones among the most likely, since asking for every token of the vocabulary would cost more than the model.
    pub fn choose(
        &mut self,
        logits: &[f32],
        steered: bool,
        mut allowed: impl FnMut(u32) -> bool,
    ) -> Result<Option<Choice>> {
        self.summary.read(logits).ok_or_else(nonsense)?;
        let mut look = FIRST_LOOK;
        loop {
            let top = self.summary.top(logits, look);
            let all = top.len() == logits.len();
            let nucleus = self.nucleus(logits, &top, steered || all, &mut allowed);
            if nucleus.closed || all || (steered && !nucleus.tokens.is_empty()) {
                return Ok(self.draw(&nucleus));
            }
            if steered && look >= LAST_LOOK {
                return Ok(None);
            }
            look *= 8;
        }
    }

    /// The first tokens of `top` that are allowed and hold top_p of the mass.
    fn nucleus(
        &self,
        logits: &[f32],
        top: &[(u32, f32)],
        whole: bool,
        allowed: &mut impl FnMut(u32) -> bool,
    ) -> Nucleus {
        let weights: Vec<f64> =
            top.iter().map(|(_, x)| f64::from((x - self.summary.max) * self.scale).exp()).collect();
        let total =
            if whole { weights.iter().sum() } else { f64::from(self.summary.sum_exp(logits, self.scale)) };
        let mut nucleus = Nucleus::default();
        let mut unseen = total;
        for (candidate, weight) in top.iter().zip(weights) {
            unseen -= weight;
            if !allowed(candidate.0) {
                continue;
            }
            nucleus.tokens.push(*candidate);
            nucleus.weights.push(weight);
            nucleus.mass += weight;
            // Every token not yet seen may be forbidden or not; the nucleus holds top_p of the mass either way.
            if nucleus.mass >= self.top_p * (nucleus.mass + unseen.max(0.0)) * (1.0 - ROUNDING) {
                nucleus.closed = true;
                break;
            }
        }
        nucleus
    }

    fn draw(&mut self, nucleus: &Nucleus) -> Option<Choice> {
        let last = nucleus.tokens.len().checked_sub(1)?;
        let mut at = 0;
        if last > 0 {
            let mut point = self.random.random::<f64>() * nucleus.mass;
            while at < last && point >= nucleus.weights[at] {
                point -= nucleus.weights[at];
                at += 1;
            }
        }
        let (token, logit) = nucleus.tokens[at];
        Some(Choice { token, logprob: logit - self.summary.max - self.summary.sum.ln() })
    }
}

fn nonsense() -> Error {
    Error::new(Code::DataCorrupted, "the model computed values that are not numbers")
        .hint("Build or copy the model again, or deploy another version.")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draws(
        settings: Settings,
        logits: &[f32],
        steered: bool,
        allowed: fn(u32) -> bool,
        n: usize,
    ) -> Vec<u32> {
        let mut sampler = Sampler::new(settings, 7, 0);
        (0..n).map(|_| sampler.choose(logits, steered, allowed).unwrap().unwrap().token).collect()
    }

    #[test]
    fn temperature_0_takes_the_most_likely_that_is_allowed() {
        let logits: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.37).sin()).collect();
        let greedy = Settings { temperature: 0.0, top_p: 0.9 };
        let best = (0..1000).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap() as u32;
        assert_eq!(draws(greedy, &logits, false, |_| true, 3), [best; 3]);
        let odd = draws(greedy, &logits, true, |token| token % 2 == 1, 1)[0];
        assert!((0..1000).filter(|i| i % 2 == 1).all(|i| logits[i] <= logits[odd as usize]));
    }

    #[test]
    fn frequencies_follow_the_model() {
        // Probabilities 0.6, 0.3, 0.1 at temperature 1; the nucleus of 0.85 holds the first two.
        let logits = [0.6f32.ln(), 0.3f32.ln(), 0.1f32.ln()];
        let n = 20_000;
        let of = |top_p: f32, token: u32| {
            let tokens = draws(Settings { temperature: 1.0, top_p }, &logits, false, |_| true, n);
            tokens.iter().filter(|t| **t == token).count() as f64 / n as f64
        };
        // Four standard deviations of a frequency of 20,000 draws are below 0.014.
        assert!((of(1.0, 0) - 0.6).abs() < 0.014 && (of(1.0, 2) - 0.1).abs() < 0.014);
        assert!((of(0.85, 0) - 2.0 / 3.0).abs() < 0.014);
        assert_eq!(of(0.85, 2), 0.0);
    }

    #[test]
    fn a_flat_distribution_is_drawn_from_as_a_whole() {
        let logits = vec![0.0f32; 5000];
        let tokens = draws(Settings { temperature: 1.0, top_p: 1.0 }, &logits, false, |_| true, 300);
        assert!(tokens.iter().any(|t| *t > 4000) && tokens.iter().any(|t| *t < 1000));
    }

    #[test]
    fn steering_looks_further_and_then_gives_up() {
        let logits: Vec<f32> = (0..20_000).map(|i| -(i as f32) / 1000.0).collect();
        let mut sampler = Sampler::new(Settings { temperature: 0.7, top_p: 0.9 }, 1, 0);
        assert_eq!(sampler.choose(&logits, true, |t| t == 700).unwrap().unwrap().token, 700);
        assert_eq!(sampler.choose(&logits, true, |t| t == 19_999).unwrap(), None);
        assert_eq!(sampler.choose(&[f32::NAN; 10], true, |_| true).unwrap_err().code, Code::DataCorrupted);
    }

    #[test]
    fn seed_and_stream_decide() {
        let logits: Vec<f32> = (0..500).map(|i| (i as f32 * 0.11).cos()).collect();
        let run = |seed, stream| {
            let mut sampler = Sampler::new(Settings { temperature: 1.0, top_p: 0.95 }, seed, stream);
            (0..20)
                .map(|_| sampler.choose(&logits, false, |_| true).unwrap().unwrap().token)
                .collect::<Vec<_>>()
        };
        assert_eq!(run(1, 0), run(1, 0));
        assert_ne!(run(1, 0), run(1, 1));
        assert_ne!(run(1, 0), run(2, 0));
    }

    proptest! {
        #[test]
        fn what_is_drawn_is_allowed_and_in_the_nucleus(
            logits in proptest::collection::vec(-8.0f32..8.0, 2..400), top_p in 0.05f32..1.0, seed: u64,
        ) {
            let mut sampler = Sampler::new(Settings { temperature: 1.0, top_p }, seed, 0);
            let choice = sampler.choose(&logits, false, |_| true).unwrap().unwrap();
            let exps: Vec<f64> = logits.iter().map(|x| f64::from(*x).exp()).collect();
            let total: f64 = exps.iter().sum();
            let mine = exps[choice.token as usize];
            let above: f64 = exps.iter().filter(|x| **x > mine).sum();
            prop_assert!(above / total <= f64::from(top_p) + 1e-4);
            prop_assert!((f64::from(choice.logprob) - (mine / total).ln()).abs() < 1e-3);
        }
    }
}
