//! The other factor: rows of floats, rounded to 8 bits a block.

use std::arch::x86_64::*;

use super::form::Form;

/// M rows of K inputs: input ≈ scale · q.
#[derive(Default)]
pub struct Inputs {
    /// [M, K]
    pub q: Vec<i8>,
    /// [M, blocks]
    pub scales: Vec<f32>,
    /// What a block's sum starts with, so that the weights need not be centred first: −zero · Σ q; [M, blocks].
    pub starts: Vec<i32>,
}

impl Inputs {
    /// Makes room for M rows, whatever they hold.
    pub fn resize(&mut self, rows: usize, form: Form) {
        self.q.resize(rows * form.inputs(), 0);
        self.scales.resize(rows * form.blocks, 0.0);
        self.starts.resize(rows * form.blocks, 0);
    }

    /// The same room in parts of so many rows, for several threads.
    pub fn parts(&mut self, rows: usize, form: Form) -> impl Iterator<Item = Part<'_>> {
        let blocks = rows * form.blocks;
        let numbers = self.scales.chunks_mut(blocks).zip(self.starts.chunks_mut(blocks));
        let parts = self.q.chunks_mut(rows * form.inputs()).zip(numbers);
        parts.map(|(q, (scales, starts))| Part { q, scales, starts })
    }
}

/// Some of the rows.
pub struct Part<'a> {
    q: &'a mut [i8],
    scales: &'a mut [f32],
    starts: &'a mut [i32],
}

impl Part<'_> {
    /// Rounds rows [M, K] as ONNX Runtime does: the largest of a block becomes ±127.
    ///
    /// # Safety
    /// The processor has the features (see `is_supported`), and the form is a known one.
    #[target_feature(enable = "avx512f")]
    pub unsafe fn round(&mut self, x: &[f32], form: Form) {
        let blocks = x.chunks_exact(form.block).zip(self.q.chunks_exact_mut(form.block));
        let numbers = self.scales.iter_mut().zip(&mut *self.starts);
        for ((x, q), (scale, start)) in blocks.zip(numbers) {
            // SAFETY: as many integers as inputs, by the chunks' size, which is a multiple of 16.
            let (largest, sum) = unsafe { round_block(x, q.as_mut_ptr()) };
            (*scale, *start) = (largest / 127.0, (-form.zero()).wrapping_mul(sum));
        }
    }
}

/// Writes a block's integers, and gives the largest input and the sum of the integers.
///
/// # Safety
/// As many integers as there are inputs, a multiple of 16, are the caller's.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn round_block(x: &[f32], q: *mut i8) -> (f32, i32) {
    let sixteen = |i: usize| {
        // SAFETY: within the slice, whose length is a multiple of 16.
        unsafe { _mm512_loadu_ps(x.as_ptr().add(i * 16)) }
    };
    let (mut largest, mut nonsense) = (_mm512_setzero_ps(), 0);
    for i in 0..x.len() / 16 {
        largest = _mm512_max_ps(largest, _mm512_abs_ps(sixteen(i)));
        nonsense |= _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(sixteen(i), sixteen(i));
    }
    if nonsense != 0 {
        // A maximum hides it; as a scale it reaches every result.
        return (f32::NAN, 0);
    }
    let largest = _mm512_reduce_max_ps(largest);
    let factor = _mm512_set1_ps(if largest > 0.0 { 127.0 / largest } else { 0.0 });
    let mut sum = _mm512_setzero_si512();
    for i in 0..x.len() / 16 {
        let rounded = _mm512_cvtps_epi32(_mm512_mul_ps(sixteen(i), factor));
        sum = _mm512_add_epi32(sum, rounded);
        // SAFETY: as the caller's contract.
        unsafe { _mm_storeu_si128(q.add(i * 16).cast(), _mm512_cvtepi32_epi8(rounded)) };
    }
    (largest, _mm512_reduce_add_epi32(sum))
}
