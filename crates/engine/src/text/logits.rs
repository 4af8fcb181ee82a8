//! Reads a row of logits: their maximum, the sum of their exponentials, the largest of them.
//!
//! A row has up to 150,000 entries and a batch 32 rows a step, so nothing here sorts or allocates by the vocabulary.
//! The loops are written so that the compiler turns them into vector instructions, for AVX2 where the machine has it.

/// Entries summed up by one maximum. Small enough that few entries are read again, large enough to skip most.
const BLOCK: usize = 64;

/// What a first pass over a row finds.
#[derive(Debug, Default)]
pub struct Summary {
    pub max: f32,
    /// Σ exp(x − max).
    pub sum: f32,
    blocks: Vec<f32>,
}

impl Summary {
    /// None if the row holds no finite maximum: the model computed nonsense.
    pub fn read(&mut self, logits: &[f32]) -> Option<()> {
        self.blocks.clear();
        self.blocks.resize(logits.len().div_ceil(BLOCK), f32::NEG_INFINITY);
        block_maxima(logits, &mut self.blocks);
        self.max = self.blocks.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.sum = self.sum_exp(logits, 1.0);
        // A NaN loses every comparison in a maximum, so it is looked for in the sum.
        (self.max.is_finite() && self.sum.is_finite()).then_some(())
    }

    /// Σ exp((x − max) · scale).
    pub fn sum_exp(&self, logits: &[f32], scale: f32) -> f32 {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, by the line above.
            return unsafe { sum_exp_avx2(logits, self.max, scale) };
        }
        sum_exp(logits, self.max, scale)
    }

    /// The `k` largest logits in falling order (by number where equal), fewer if there are fewer.
    pub fn top(&self, logits: &[f32], k: usize) -> Vec<(u32, f32)> {
        let k = k.min(logits.len());
        if k == 0 {
            return Vec::new();
        }
        // At least k entries reach the k-th largest block maximum, and only blocks that reach it can hold them.
        let floor = self.floor(k);
        let mut found: Vec<(u32, f32)> = Vec::with_capacity(4 * k);
        for (block, max) in self.blocks.iter().enumerate() {
            if *max >= floor {
                let first = block * BLOCK;
                let entries = &logits[first..(first + BLOCK).min(logits.len())];
                found.extend(
                    entries
                        .iter()
                        .enumerate()
                        .filter(|(_, x)| **x >= floor)
                        .map(|(i, x)| ((first + i) as u32, *x)),
                );
            }
        }
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(k);
        found
    }

    fn floor(&self, k: usize) -> f32 {
        if k > self.blocks.len() {
            return f32::NEG_INFINITY;
        }
        let mut maxima = self.blocks.clone();
        *maxima.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
    }
}

#[inline(always)]
fn block_maxima_with(logits: &[f32], maxima: &mut [f32]) {
    for (block, max) in logits.chunks(BLOCK).zip(maxima) {
        let mut lanes = [f32::NEG_INFINITY; 8];
        let eights = block.chunks_exact(8);
        for x in eights.remainder() {
            lanes[0] = if *x > lanes[0] { *x } else { lanes[0] };
        }
        for eight in eights {
            for (lane, x) in lanes.iter_mut().zip(eight) {
                *lane = if *x > *lane { *x } else { *lane };
            }
        }
        *max = lanes.into_iter().fold(f32::NEG_INFINITY, f32::max);
    }
}

fn block_maxima(logits: &[f32], maxima: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn avx2(logits: &[f32], maxima: &mut [f32]) {
            block_maxima_with(logits, maxima);
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, by the line above.
            return unsafe { avx2(logits, maxima) };
        }
    }
    block_maxima_with(logits, maxima);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sum_exp_avx2(logits: &[f32], max: f32, scale: f32) -> f32 {
    sum_exp(logits, max, scale)
}

#[inline(always)]
fn sum_exp(logits: &[f32], max: f32, scale: f32) -> f32 {
    let mut total = 0.0f64;
    // Summed in parts, so that many small terms beside a large one are not lost.
    for part in logits.chunks(4096) {
        let mut lanes = [0.0f32; 16];
        let sixteens = part.chunks_exact(16);
        for x in sixteens.remainder() {
            lanes[0] += exp_of_negative((x - max) * scale);
        }
        for sixteen in sixteens {
            for (lane, x) in lanes.iter_mut().zip(sixteen) {
                *lane += exp_of_negative((x - max) * scale);
            }
        }
        total += lanes.iter().sum::<f32>() as f64;
    }
    total as f32
}

/// exp(x) for x ≤ 0 within a hundred-thousandth of it, without a branch: 2^n from the exponent's bits, 2^f by its Taylor polynomial
/// on [−½, ½]. Below −87 it is the smallest normal number instead of less.
#[inline(always)]
fn exp_of_negative(x: f32) -> f32 {
    let t = x * std::f32::consts::LOG2_E;
    // Not f32::max, which would hide a NaN.
    let t = if t < -126.0 { -126.0 } else { t };
    // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = t + ROUND;
    let n = shifted - ROUND;
    let f = t - n;
    let power = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5
                + f * (0.055_504_11 + f * (0.009_618_13 + f * (0.001_333_36 + f * 0.000_154_04)))));
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32).wrapping_add(127) << 23;
    f32::from_bits(exponent as u32) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn summary(logits: &[f32]) -> Summary {
        let mut summary = Summary::default();
        summary.read(logits).unwrap();
        summary
    }

    #[test]
    fn nonsense_is_noticed() {
        let mut summary = Summary::default();
        for bad in [f32::NAN, f32::INFINITY] {
            let mut logits = vec![0.5f32; 1000];
            logits[777] = bad;
            assert!(summary.read(&logits).is_none(), "{bad}");
        }
        assert!(summary.read(&[f32::NEG_INFINITY; 8]).is_none());
        assert!(summary.read(&[0.0, f32::NEG_INFINITY]).is_some());
    }

    proptest! {
        #[test]
        fn the_exponential_is_within_a_hundred_thousandth(x in -80.0f32..=0.0) {
            let exact = f64::from(x).exp();
            prop_assert!((f64::from(exp_of_negative(x)) - exact).abs() <= 1e-5 * exact);
        }

        #[test]
        fn the_largest_are_those_a_full_sort_finds(
            logits in proptest::collection::vec(-30.0f32..30.0, 1..2000), k in 1usize..200,
        ) {
            let mut sorted: Vec<(u32, f32)> = logits.iter().copied().enumerate().map(|(i, x)| (i as u32, x)).collect();
            sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            sorted.truncate(k);
            prop_assert_eq!(summary(&logits).top(&logits, k), sorted);
        }

        #[test]
        fn the_sum_is_that_of_doubles(logits in proptest::collection::vec(-30.0f32..30.0, 1..5000), scale in 0.3f32..3.0) {
            let s = summary(&logits);
            let exact: f64 = logits.iter().map(|x| f64::from((x - s.max) * scale).exp()).sum();
            prop_assert!((f64::from(s.sum_exp(&logits, scale)) - exact).abs() <= 1e-5 * exact);
        }
    }
}
