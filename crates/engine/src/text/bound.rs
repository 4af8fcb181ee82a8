//! A session that runs on memory of our own: attention state is read and extended in place, logits land where we say.
//!
//! ort's safe binding copies borrowed inputs, so this speaks to the C interface. It is the only unsafe code of text
//! models besides the memory mapping of [`super::arena`].

use std::ffi::{CString, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use ort::memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType};
use ort::session::Session;
use ort::{AsPointer, ortsys, sys};
use pg_journey_core::kernel::{Code, Error, Result};

use crate::interrupt::Stoppable;

/// Element types of the tensors that are bound.
pub trait Element {
    const TYPE: sys::ONNXTensorElementDataType;
}

impl Element for f32 {
    const TYPE: sys::ONNXTensorElementDataType =
        sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

impl Element for i64 {
    const TYPE: sys::ONNXTensorElementDataType =
        sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64;
}

impl Element for i32 {
    const TYPE: sys::ONNXTensorElementDataType =
        sys::ONNXTensorElementDataType::ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
}

/// The options of runs in progress; stopping makes ONNX Runtime leave the graph between two nodes.
pub struct RunOptions(NonNull<sys::OrtRunOptions>);

// SAFETY: ONNX Runtime documents RunOptionsSetTerminate for use from other threads; nothing else is called on it.
unsafe impl Send for RunOptions {}
unsafe impl Sync for RunOptions {}

impl RunOptions {
    pub fn new() -> Result<Arc<Self>> {
        let mut options = ptr::null_mut();
        wrap(|| {
            ortsys![unsafe CreateRunOptions(&mut options)?];
            Ok(())
        })?;
        NonNull::new(options)
            .map(|options| Arc::new(RunOptions(options)))
            .ok_or_else(|| broken("no run options"))
    }
}

impl Stoppable for RunOptions {
    fn stop(&self) {
        let _ = wrap(|| {
            ortsys![unsafe RunOptionsSetTerminate(self.0.as_ptr())?];
            Ok(())
        });
    }

    fn renew(&self) -> Result<()> {
        wrap(|| {
            ortsys![unsafe RunOptionsUnsetTerminate(self.0.as_ptr())?];
            Ok(())
        })
    }
}

impl Drop for RunOptions {
    fn drop(&mut self) {
        ortsys![unsafe ReleaseRunOptions(self.0.as_ptr())];
    }
}

/// Inputs and outputs of a session, by name.
pub struct Binding(NonNull<sys::OrtIoBinding>);

// SAFETY: a binding is plain data of ONNX Runtime; it is used by one thread at a time through `&mut`.
unsafe impl Send for Binding {}

impl Binding {
    pub fn new(session: &Session) -> Result<Self> {
        let mut binding = ptr::null_mut();
        wrap(|| {
            ortsys![unsafe CreateIoBinding(session.ptr().cast_mut(), &mut binding)?];
            Ok(())
        })?;
        NonNull::new(binding).map(Binding).ok_or_else(|| broken("no binding"))
    }

    /// # Safety
    /// `data` must hold as many elements as `shape` says until the name is bound again or the binding is dropped, and
    /// during a run nothing else may use it.
    pub unsafe fn input<T: Element>(&mut self, name: &CString, data: *mut T, shape: &[i64]) -> Result<()> {
        // SAFETY: as this function's own contract.
        let value = unsafe { Value::borrow(data, shape) }?;
        wrap(|| {
            ortsys![unsafe BindInput(self.0.as_ptr(), name.as_ptr(), value.0.as_ptr())?];
            Ok(())
        })
    }

    /// # Safety
    /// As for [`Binding::input`]; the run writes to `data`.
    pub unsafe fn output<T: Element>(&mut self, name: &CString, data: *mut T, shape: &[i64]) -> Result<()> {
        // SAFETY: as this function's own contract.
        let value = unsafe { Value::borrow(data, shape) }?;
        wrap(|| {
            ortsys![unsafe BindOutput(self.0.as_ptr(), name.as_ptr(), value.0.as_ptr())?];
            Ok(())
        })
    }

    pub fn run(&mut self, session: &mut Session, options: &RunOptions) -> Result<()> {
        wrap(|| {
            ortsys![unsafe RunWithBinding(session.ptr_mut(), options.0.as_ptr(), self.0.as_ptr())?];
            Ok(())
        })
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        ortsys![unsafe ReleaseIoBinding(self.0.as_ptr())];
    }
}

/// A tensor over memory that somebody else owns. A binding keeps its own reference to it.
struct Value(NonNull<sys::OrtValue>);

impl Value {
    unsafe fn borrow<T: Element>(data: *mut T, shape: &[i64]) -> Result<Self> {
        let elements: i64 = shape.iter().product();
        let bytes = elements as usize * size_of::<T>();
        let mut value = ptr::null_mut();
        wrap(|| {
            let memory =
                MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Device, MemoryType::Default)?;
            ortsys![
                unsafe CreateTensorWithDataAsOrtValue(
                    memory.ptr(),
                    data.cast::<c_void>(),
                    bytes,
                    shape.as_ptr(),
                    shape.len(),
                    T::TYPE,
                    &mut value
                )?
            ];
            Ok(())
        })?;
        NonNull::new(value).map(Value).ok_or_else(|| broken("no tensor"))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        ortsys![unsafe ReleaseValue(self.0.as_ptr())];
    }
}

pub fn name(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| broken("a name holds a zero byte"))
}

fn wrap(call: impl FnOnce() -> ort::Result<()>) -> Result<()> {
    call().map_err(broken)
}

pub fn broken(reason: impl std::fmt::Display) -> Error {
    Error::new(Code::SystemError, format!("onnx runtime failed: {reason}"))
        .hint("Check with journey_inspect_model() that the model has the inputs and outputs of its layout.")
}
