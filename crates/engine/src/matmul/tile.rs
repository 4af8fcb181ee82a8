//! The innermost loops: some rows times some panels.

use std::arch::x86_64::*;
use std::ops::Range;

use super::form::PANEL;
use super::inputs::Inputs;
use super::weights::Weights;

/// Results [M, N] of several threads, each of which writes other columns.
#[derive(Clone, Copy)]
pub struct Results {
    pub start: *mut f32,
    pub width: usize,
}

// SAFETY: whoever makes one sees to it that no two threads write the same columns.
unsafe impl Send for Results {}
unsafe impl Sync for Results {}

/// Computes the columns of `panels` for all `rows`.
///
/// # Safety
/// The processor has the features (see `is_supported`), `inputs` holds the rows, and so do the results, of whose
/// columns in `panels` nobody else reads or writes any meanwhile.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub unsafe fn multiply(
    inputs: &Inputs,
    weights: &Weights,
    rows: usize,
    panels: Range<usize>,
    results: Results,
) {
    // SAFETY: as this function's own contract.
    unsafe {
        match weights.form.bits {
            4 => of_bits::<4>(inputs, weights, rows, panels, results),
            _ => of_bits::<8>(inputs, weights, rows, panels, results),
        }
    }
}

/// Panels whose weights stay in the processor's cache while all rows are multiplied with them.
const GROUP: usize = 4;

/// A product needs four or more sums at a time to keep the processor busy, and has registers for about twelve.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn of_bits<const BITS: usize>(
    inputs: &Inputs,
    weights: &Weights,
    rows: usize,
    panels: Range<usize>,
    results: Results,
) {
    let job = Job { inputs, weights, results };
    for first in panels.clone().step_by(GROUP) {
        let group = first..panels.end.min(first + GROUP);
        let mut row = 0;
        // SAFETY: as the caller's contract; rows and panels are within those given.
        unsafe {
            while rows - row >= 8 {
                job.panels::<BITS, 8, 1>(row, group.clone());
                row += 8;
            }
            if rows - row >= 4 {
                job.panels::<BITS, 4, 2>(row, group.clone());
                row += 4;
            }
            if rows - row >= 2 {
                job.panels::<BITS, 2, 4>(row, group.clone());
                row += 2;
            }
            if rows - row == 1 {
                job.panels::<BITS, 1, 4>(row, group);
            }
        }
    }
}

struct Job<'a> {
    inputs: &'a Inputs,
    weights: &'a Weights,
    results: Results,
}

impl Job<'_> {
    /// `R` rows from `row` on, `P` panels at a time.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn panels<const BITS: usize, const R: usize, const P: usize>(
        &self,
        row: usize,
        panels: Range<usize>,
    ) {
        let mut panel = panels.start;
        // SAFETY: as the caller's contract.
        unsafe {
            while panels.end - panel >= P {
                self.tile::<BITS, R, P>(row, panel);
                panel += P;
            }
            while panel < panels.end {
                self.tile::<BITS, R, 1>(row, panel);
                panel += 1;
            }
        }
    }

    /// The results of `R` rows and `P` panels.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    #[allow(clippy::needless_range_loop, reason = "r and p number rows and panels of several arrays")]
    unsafe fn tile<const BITS: usize, const R: usize, const P: usize>(&self, row: usize, panel: usize) {
        let blocks = self.weights.form.blocks;
        let mut totals = [[_mm512_setzero_ps(); P]; R];
        // SAFETY: rows, panels and blocks are within the vectors, whose sizes follow from the form.
        unsafe {
            for block in 0..blocks {
                let sums = self.block::<BITS, R, P>(row, panel, block);
                for p in 0..P {
                    let of_weights = self.weights.scales.as_ptr().add(((panel + p) * blocks + block) * PANEL);
                    let of_weights = _mm512_loadu_ps(of_weights);
                    for r in 0..R {
                        let of_inputs =
                            _mm512_set1_ps(*self.inputs.scales.get_unchecked((row + r) * blocks + block));
                        let sum = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[r][p]), of_inputs);
                        totals[r][p] = _mm512_fmadd_ps(sum, of_weights, totals[r][p]);
                    }
                }
            }
            for (r, totals) in totals.iter().enumerate() {
                for (p, total) in totals.iter().enumerate() {
                    let column = (panel + p) * PANEL;
                    let bias = _mm512_loadu_ps(self.weights.bias.as_ptr().add(column));
                    let target = self.results.start.add((row + r) * self.results.width + column);
                    _mm512_storeu_ps(target, _mm512_add_ps(*total, bias));
                }
            }
        }
    }

    /// The sums of a block, in integers.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
    unsafe fn block<const BITS: usize, const R: usize, const P: usize>(
        &self,
        row: usize,
        panel: usize,
        block: usize,
    ) -> [[__m512i; P]; R] {
        let form = self.weights.form;
        let low = _mm512_set1_epi8(15);
        // SAFETY: as for the tile.
        unsafe {
            let input = self.inputs.q.as_ptr().add(row * form.inputs() + block * form.block);
            let mut sums: [[__m512i; P]; R] = std::array::from_fn(|r| {
                [_mm512_set1_epi32(*self.inputs.starts.get_unchecked((row + r) * form.blocks + block)); P]
            });
            for line in 0..form.lines() {
                for p in 0..P {
                    let place = ((panel + p) * form.blocks + block) * form.lines() + line;
                    let w = _mm512_load_si512(self.weights.lines.as_ptr().add(place).cast());
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let x = input.add(r * form.inputs() + line * (32 / BITS));
                        if BITS == 8 {
                            sums[p] = _mm512_dpbusd_epi32(sums[p], w, four(x));
                        } else {
                            let (first, second) =
                                (_mm512_and_si512(w, low), _mm512_and_si512(_mm512_srli_epi16(w, 4), low));
                            sums[p] = _mm512_dpbusd_epi32(sums[p], first, four(x));
                            sums[p] = _mm512_dpbusd_epi32(sums[p], second, four(x.add(4)));
                        }
                    }
                }
            }
            sums
        }
    }
}

/// Four inputs, for each column of a panel.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn four(at: *const i8) -> __m512i {
    // SAFETY: the caller has four inputs there.
    _mm512_set1_epi32(unsafe { at.cast::<i32>().read_unaligned() })
}
