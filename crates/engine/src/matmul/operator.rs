//! The operator as ONNX Runtime sees it: com.microsoft's MatMulNBits by another domain's name.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::{DynTensorValueType, TensorElementType};

use super::adopt::OPERATOR;
use super::form::Form;
use super::inputs::{Inputs, Part};
use super::tile::{Results, multiply};
use super::weights::Weights;

/// Products of fewer multiplications than this are done before another thread has woken up.
const WORTH_A_THREAD: usize = 1 << 20;

/// Inputs that take as long to round as another thread takes to wake up.
const ROUNDS_WORTH_A_THREAD: usize = 1 << 17;

/// Parts of a product for each thread.
const PARTS_A_THREAD: usize = 4;

pub struct MatMulNBits {
    pub threads: usize,
}

impl Operator for MatMulNBits {
    type Kernel<'attr> = Product;

    fn name(&self) -> &str {
        OPERATOR
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        use TensorElementType::{Float32, Int32, Uint8};
        let optional = [Uint8, Int32, Float32].map(OperatorInput::optional);
        [Float32, Uint8, Float32].map(OperatorInput::required).into_iter().chain(optional)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<Product> {
        let number = |name: &str| context.get::<i64>(name).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let block = number("block_size");
        let form =
            Form { columns: number("N"), blocks: number("K") / block.max(1), block, bits: number("bits") };
        let (q, scale) = (
            context.constant_input::<DynTensorValueType>(1)?,
            context.constant_input::<DynTensorValueType>(2)?,
        );
        let bias = context.constant_input::<DynTensorValueType>(BIAS).ok();
        let has_bias = bias.is_some();
        let bias = bias.as_ref().map(|bias| bias.try_extract_tensor::<f32>()).transpose()?;
        let (_, q) = q.try_extract_tensor::<u8>()?;
        let (_, scale) = scale.try_extract_tensor::<f32>()?;
        let weights = Weights::pack(form, q, scale, bias.map_or(&[], |(_, bias)| bias));
        Ok(Product {
            weights: weights.ok_or_else(|| ort::Error::new("a matrix is not as it was adopted"))?,
            has_bias,
            threads: self.threads,
        })
    }
}

/// Which input holds the bias.
const BIAS: usize = 5;

pub struct Product {
    weights: Weights,
    has_bias: bool,
    threads: usize,
}

thread_local! {
    /// One product is computed after the other, so all share the room for their rounded inputs.
    static INPUTS: RefCell<Inputs> = RefCell::default();
}

impl Kernel for Product {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let missing = || ort::Error::new("a tensor is missing");
        if !self.has_bias && context.num_inputs()? > BIAS && context.input(BIAS)?.is_some() {
            return Err(ort::Error::new("a bias is not constant"));
        }
        let x = context.input(0)?.ok_or_else(missing)?;
        let (shape, x) = x.try_extract_tensor::<f32>()?;
        let mut shape = shape.to_vec();
        let form = self.weights.form;
        match shape.last_mut() {
            Some(last) if *last == form.inputs() as i64 => *last = form.columns as i64,
            _ => return Err(ort::Error::new(format!("{:?} has not {} inputs", shape, form.inputs()))),
        }
        let mut y = context.output(0, shape)?.ok_or_else(missing)?;
        let (_, y) = y.try_extract_tensor_mut::<f32>()?;
        INPUTS.with_borrow_mut(|inputs| self.multiply(context, x, y, inputs))
    }
}

impl Product {
    fn multiply(
        &self,
        context: &ComputeContext,
        x: &[f32],
        y: &mut [f32],
        inputs: &mut Inputs,
    ) -> ort::Result<()> {
        let form = self.weights.form;
        let rows = x.len() / form.inputs();
        inputs.resize(rows, form);
        if rows == 0 {
            return Ok(());
        }
        self.round(context, x, inputs)?;
        let results = Results { start: y.as_mut_ptr(), width: form.columns };
        let (inputs, panels) = (&*inputs, form.panels());
        let small = rows * form.columns * form.inputs() < WORTH_A_THREAD;
        let parts = if small { 1 } else { (self.threads * PARTS_A_THREAD).min(panels) };
        self.divide(context, parts, |i| {
            // SAFETY: products are adopted only where the processor has the instructions; each part has panels of its
            // own, and `y` holds all of them.
            unsafe {
                multiply(inputs, &self.weights, rows, i * panels / parts..(i + 1) * panels / parts, results)
            };
        })
    }

    fn round(&self, context: &ComputeContext, x: &[f32], inputs: &mut Inputs) -> ort::Result<()> {
        let form = self.weights.form;
        let rows = x.len() / form.inputs();
        let parts = (x.len() / ROUNDS_WORTH_A_THREAD).clamp(1, self.threads);
        let share = rows.div_ceil(parts);
        let parts: Vec<Mutex<Part>> = inputs.parts(share, form).map(Mutex::new).collect();
        let shares: Vec<&[f32]> = x.chunks(share * form.inputs()).collect();
        self.divide(context, parts.len(), |i| {
            let mut part = parts[i].lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: as for the product; adopted forms are known ones.
            unsafe { part.round(shares[i], form) };
        })
    }

    /// Does each part of a work, on ONNX Runtime's threads if there are several.
    fn divide(
        &self,
        context: &ComputeContext,
        parts: usize,
        part: impl Fn(usize) + Sync + Send,
    ) -> ort::Result<()> {
        if parts == 1 {
            part(0);
            return Ok(());
        }
        // As many batches as parts: a thread that was held up leaves some to others.
        context.par_for(parts, parts, part)
    }
}
