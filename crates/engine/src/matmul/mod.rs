//! Products with matrices of 4- and 8-bit blocks, for processors with AVX-512 VNNI.
//!
//! Four fifths of the time of writing a text are such products (com.microsoft MatMulNBits). ONNX Runtime's own reach a third
//! of what these processors can do, and keep a number more for each block. The ones here compute the same from the same
//! files, more than twice as fast and in less memory. Other processors, and products of other forms, are left to ONNX
//! Runtime.
//!
//! | module | its job |
//! |---|---|
//! | [`adopt`] | which products of a graph are computed here |
//! | [`form`] | how MatMulNBits stores a matrix |
//! | `operator` | what ONNX Runtime calls |
//! | `weights`, `inputs` | the two factors, in the order in which they are read |
//! | `tile` | the innermost loops |

mod adopt;
mod form;
#[cfg(target_arch = "x86_64")]
mod inputs;
#[cfg(target_arch = "x86_64")]
mod operator;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
#[cfg(target_arch = "x86_64")]
mod tile;
#[cfg(target_arch = "x86_64")]
mod weights;

use ort::operator::OperatorDomain;

/// A graph some of whose products are computed here, and the operator that computes them.
pub struct Adopted {
    pub graph: Vec<u8>,
    pub operators: OperatorDomain,
}

/// Takes over the products of `graph`, for at most `threads` at a time; None where there are none or the processor lacks
/// the instructions.
#[cfg(target_arch = "x86_64")]
pub fn take_over(graph: &[u8], threads: usize) -> ort::Result<Option<Adopted>> {
    if !is_supported() {
        return Ok(None);
    }
    let Some(graph) = adopt::adopt(graph) else { return Ok(None) };
    let operators = OperatorDomain::new(adopt::DOMAIN)?.add(operator::MatMulNBits { threads })?;
    Ok(Some(Adopted { graph, operators }))
}

#[cfg(not(target_arch = "x86_64"))]
pub fn take_over(_graph: &[u8], _threads: usize) -> ort::Result<Option<Adopted>> {
    Ok(None)
}

#[cfg(target_arch = "x86_64")]
fn is_supported() -> bool {
    use std::arch::is_x86_feature_detected;
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vnni")
}
