//! How MatMulNBits stores a matrix (ONNX Runtime, docs/ContribOperators.md).

/// Columns that are computed together: as many as a register holds results.
pub const PANEL: usize = 16;

/// A larger matrix is a slip or a trap; its sizes could not even be multiplied.
const MOST_BLOCKS: usize = 1 << 32;

/// A matrix as MatMulNBits stores it: weight = scale · (q − 2^(bits − 1)), in blocks along the inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// N, a multiple of [`PANEL`].
    pub columns: usize,
    /// Blocks of a column: K / `block`.
    pub blocks: usize,
    /// Inputs of a block: 16, 32, 64 or 128.
    pub block: usize,
    /// 4 or 8.
    pub bits: usize,
}

impl Form {
    pub fn inputs(&self) -> usize {
        self.blocks * self.block
    }

    pub fn panels(&self) -> usize {
        self.columns / PANEL
    }

    /// Lines of a block of a panel.
    pub fn lines(&self) -> usize {
        self.block * self.bits / 32
    }

    pub fn block_bytes(&self) -> usize {
        self.block * self.bits / 8
    }

    /// The integer that stands for zero.
    pub fn zero(&self) -> i32 {
        1 << (self.bits - 1)
    }

    /// Whether the loops can read it, and it is no larger than memory is.
    pub fn is_known(&self) -> bool {
        let known = matches!((self.bits, self.block), (4, 32 | 64 | 128) | (8, 16 | 32 | 64 | 128));
        let blocks = self.columns.checked_mul(self.blocks).filter(|blocks| *blocks <= MOST_BLOCKS);
        known && self.columns.is_multiple_of(PANEL) && blocks.is_some_and(|blocks| blocks > 0)
    }
}
