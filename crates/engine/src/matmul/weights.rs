//! A matrix as the loops read it.

use rustix::mm::{Advice, madvise};

use super::form::{Form, PANEL};

/// Bytes that are read together: four inputs' weights for each column of a panel.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [u8; 64]);

pub struct Weights {
    pub form: Form,
    /// [panels, blocks, lines]. A line holds, for each column of the panel, four bytes: four inputs of 8 bits; or eight
    /// of 4 bits, the first four in the low halves.
    pub lines: Vec<Line>,
    /// [panels, blocks, PANEL]
    pub scales: Vec<f32>,
    /// [N], zeros where there is none.
    pub bias: Vec<f32>,
}

impl Weights {
    /// From q uint8 [N, blocks, block · bits / 8] (two 4-bit integers a byte, the first in the low half) and scale
    /// float32 [N, blocks]; bias float32 [N] or none. None if the sizes are others.
    pub fn pack(form: Form, q: &[u8], scale: &[f32], bias: &[f32]) -> Option<Self> {
        let fits = form.is_known()
            && q.len() == form.columns * form.blocks * form.block_bytes()
            && scale.len() == form.columns * form.blocks
            && (bias.is_empty() || bias.len() == form.columns);
        if !fits {
            return None;
        }
        let mut lines = lines(form.panels() * form.blocks * form.lines());
        let mut scales = vec![0.0; scale.len()];
        for column in 0..form.columns {
            let (panel, lane) = (column / PANEL, column % PANEL);
            for block in 0..form.blocks {
                let (from, to) = (column * form.blocks + block, panel * form.blocks + block);
                scales[to * PANEL + lane] = scale[from];
                let source = &q[from * form.block_bytes()..][..form.block_bytes()];
                let target = &mut lines[to * form.lines()..][..form.lines()];
                for (line, four) in target.iter_mut().zip(source.chunks_exact(4)) {
                    let four = if form.bits == 4 {
                        halves_apart(four)
                    } else {
                        [four[0], four[1], four[2], four[3]]
                    };
                    line.0[lane * 4..][..4].copy_from_slice(&four);
                }
            }
        }
        let mut bias = bias.to_vec();
        bias.resize(form.columns, 0.0);
        Some(Weights { form, lines, scales, bias })
    }
}

/// Memory in huge pages where the system has them: a text's every token reads all of it, and looking up where each small
/// page lies takes a tenth of that time.
fn lines(count: usize) -> Vec<Line> {
    let mut lines = Vec::<Line>::with_capacity(count);
    let page = rustix::param::page_size();
    let start = lines.as_mut_ptr().cast::<u8>();
    let unaligned = start.align_offset(page);
    if let Some(bytes) = (count * size_of::<Line>()).checked_sub(unaligned).filter(|bytes| *bytes > page) {
        // SAFETY: within the vector's memory; the advice changes nothing that it holds.
        let _ = unsafe { madvise(start.add(unaligned).cast(), bytes / page * page, Advice::LinuxHugepage) };
    }
    lines.resize(count, Line([0; 64]));
    lines
}

/// Eight 4-bit integers, stored in pairs: the first four into the low halves, the others into the high ones.
fn halves_apart(pairs: &[u8]) -> [u8; 4] {
    let integer = |i: usize| pairs[i / 2] >> (i % 2 * 4) & 15;
    std::array::from_fn(|i| integer(i) | integer(i + 4) << 4)
}
