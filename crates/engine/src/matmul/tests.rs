//! The loops against the sums that they stand for.

use proptest::prelude::*;

use super::form::{Form, PANEL};
use super::inputs::Inputs;
use super::tile::{Results, multiply};
use super::weights::Weights;

fn forms() -> impl Strategy<Value = Form> {
    let kinds = prop::sample::select(vec![(8, 16), (8, 32), (8, 64), (8, 128), (4, 32), (4, 64), (4, 128)]);
    (1usize..8, 1usize..4, kinds).prop_map(|(panels, blocks, (bits, block))| Form {
        columns: panels * PANEL,
        blocks,
        block,
        bits,
    })
}

/// Numbers that look random and are the same every time.
fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

struct Matrix {
    form: Form,
    q: Vec<u8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Matrix {
    fn random(form: Form, seed: u64) -> Self {
        let mut next = noise(seed);
        let bytes = form.columns * form.blocks * form.block_bytes();
        Matrix {
            form,
            q: (0..bytes).map(|_| next() as u8).collect(),
            scale: (0..form.columns * form.blocks).map(|_| (next() % 1000) as f32 / 1e4).collect(),
            bias: (0..form.columns).map(|_| (next() % 100) as f32).collect(),
        }
    }

    /// The integer of an input, centred.
    fn integer(&self, column: usize, input: usize) -> i64 {
        let place = column * self.form.inputs() + input;
        let q = match self.form.bits {
            8 => self.q[place],
            _ => self.q[place / 2] >> (place % 2 * 4) & 15,
        };
        i64::from(q) - i64::from(self.form.zero())
    }

    /// By the definition, of inputs that are rounded already.
    fn times(&self, x: &Inputs, row: usize, column: usize) -> f64 {
        let f = self.form;
        let block = |b: usize| {
            let input = |i: usize| b * f.block + i;
            let products = (0..f.block)
                .map(|i| self.integer(column, input(i)) * i64::from(x.q[row * f.inputs() + input(i)]));
            products.sum::<i64>() as f64
                * f64::from(self.scale[column * f.blocks + b])
                * f64::from(x.scales[row * f.blocks + b])
        };
        (0..f.blocks).map(block).sum::<f64>() + f64::from(self.bias[column])
    }
}

fn rounded(x: &[f32], rows: usize, form: Form) -> Inputs {
    let mut inputs = Inputs::default();
    inputs.resize(rows, form);
    for (part, x) in inputs.parts(2, form).zip(x.chunks(2 * form.inputs())) {
        let mut part = part;
        // SAFETY: the caller has looked for the instructions; the forms above are known ones.
        unsafe { part.round(x, form) };
    }
    inputs
}

proptest! {
    #[test]
    fn products_are_the_sums_of_the_definition(form in forms(), rows in 1usize..20, seed: u64) {
        if !super::is_supported() {
            return Ok(());
        }
        let matrix = Matrix::random(form, seed);
        let mut next = noise(seed ^ 7);
        let x: Vec<f32> = (0..rows * form.inputs()).map(|_| (next() % 2001) as f32 / 1000.0 - 1.0).collect();
        let inputs = rounded(&x, rows, form);
        let weights = Weights::pack(form, &matrix.q, &matrix.scale, &matrix.bias).unwrap();
        let mut y = vec![f32::NAN; rows * form.columns];
        let results = Results { start: y.as_mut_ptr(), width: form.columns };
        for panel in 0..form.panels() {
            // SAFETY: the processor has the instructions, and `y` holds all rows.
            unsafe { multiply(&inputs, &weights, rows, panel..panel + 1, results) };
        }
        let singly = y.clone();
        // SAFETY: as above.
        unsafe { multiply(&inputs, &weights, rows, 0..form.panels(), results) };
        for (at, (value, singly)) in y.iter().zip(&singly).enumerate() {
            let expected = matrix.times(&inputs, at / form.columns, at % form.columns);
            prop_assert!((f64::from(*value) - expected).abs() <= 1e-3 + 1e-5 * expected.abs(), "{value} {expected}");
            prop_assert_eq!(value, singly, "however the work is divided");
        }
    }

    #[test]
    fn inputs_are_rounded_to_half_a_step(form in forms(), rows in 1usize..5, seed: u64) {
        if !super::is_supported() {
            return Ok(());
        }
        let mut next = noise(seed);
        let mut x: Vec<f32> = (0..rows * form.inputs()).map(|_| (next() % 4001) as f32 / 100.0 - 20.0).collect();
        x[..form.block].fill(0.0);
        let inputs = rounded(&x, rows, form);
        for (block, (scale, start)) in inputs.scales.iter().zip(&inputs.starts).enumerate() {
            let range = block * form.block..(block + 1) * form.block;
            let q = &inputs.q[range.clone()];
            for (x, q) in x[range].iter().zip(q) {
                prop_assert!((x - scale * f32::from(*q)).abs() <= scale * 0.5001);
            }
            prop_assert_eq!(*start, -form.zero() * q.iter().map(|q| i32::from(*q)).sum::<i32>());
        }
        prop_assert!(inputs.q[..form.block].iter().all(|q| *q == 0), "a block of zeros");
    }
}

#[test]
fn nonsense_in_stays_nonsense() {
    if !super::is_supported() {
        return;
    }
    let form = Form { columns: PANEL, blocks: 2, block: 32, bits: 8 };
    let matrix = Matrix::random(form, 1);
    let weights = Weights::pack(form, &matrix.q, &matrix.scale, &[]).unwrap();
    for nonsense in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = vec![0.5; form.inputs()];
        x[40] = nonsense;
        let mut y = [0.0; PANEL];
        let results = Results { start: y.as_mut_ptr(), width: PANEL };
        // SAFETY: the processor has the instructions, and `y` holds the row.
        unsafe { multiply(&rounded(&x, 1, form), &weights, 1, 0..1, results) };
        assert!(y.iter().all(|y| !y.is_finite()), "{nonsense} {y:?}");
    }
}

#[test]
fn sizes_that_do_not_belong_together_are_refused() {
    let form = Form { columns: 32, blocks: 2, block: 32, bits: 8 };
    let (q, scale) = (vec![0; 32 * 64], vec![0.0; 64]);
    assert!(Weights::pack(form, &q, &scale, &[]).is_some());
    assert!(Weights::pack(form, &q[1..], &scale, &[]).is_none());
    assert!(Weights::pack(form, &q, &scale[1..], &[]).is_none());
    assert!(Weights::pack(form, &q, &scale, &[1.0]).is_none());
    assert!(Weights::pack(Form { columns: 24, ..form }, &q, &scale, &[]).is_none());
}
