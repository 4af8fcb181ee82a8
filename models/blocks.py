"""GGUF's quantised tensors in the two forms that ONNX Runtime's MatMulNBits multiplies.

A GGUF tensor of N rows and K columns is cut along its rows into blocks, each with numbers of its own that scale it
(layouts: ggml's `ggml-common.h`). MatMulNBits (ONNX Runtime, docs/ContribOperators.md) knows blocks of 16 or 32
integers of 4 or 8 bits with one scale. So every type is carried over as follows; "exact" was checked on every tensor.

| GGUF type         | form                             | error                     |
|-------------------|----------------------------------|---------------------------|
| Q8_0, Q5_0        | `Symmetric`, block 32            | exact                     |
| Q6_K              | `Symmetric`, block 16            | exact                     |
| Q4_0, Q4_1, Q4_K  | `Offset`                         | exact                     |
| Q4_0, Q4_1, Q4_K  | `Symmetric`, by `Offset.widen()` | 0.2 % root mean square    |
"""

from dataclasses import dataclass, replace

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.quants import Q4_K, dequantize

# A scale of nothing but zeros; any value serves, zero itself would divide by zero.
TINY = np.float32(1e-8)


@dataclass
class Plain:
    """Weights as they are: float32 [N, K]."""

    weights: np.ndarray

    @property
    def rows(self):
        return len(self.weights)

    def values(self):
        return self.weights


@dataclass
class Symmetric:
    """8-bit blocks: weight = scale * (q - 128); q uint8 [N, K/block, block], scale float32 [N, K/block]."""

    q: np.ndarray
    scale: np.ndarray

    @property
    def rows(self):
        return len(self.q)

    def split(self, block):
        """The same weights in smaller blocks."""
        times = self.q.shape[2] // block
        return Symmetric(self.q.reshape(self.rows, -1, block), np.repeat(self.scale, times, axis=1))

    def values(self):
        """The float32 weights [N, K]."""
        blocks = (self.q.astype(np.float32) - 128) * self.scale[..., None]
        return blocks.reshape(len(blocks), -1)


@dataclass
class Offset:
    """4-bit blocks of 32: weight = scale * q + offset; q uint8 [N, K/32, 32], scale and offset float32 [N, K/32]."""

    q: np.ndarray
    scale: np.ndarray
    offset: np.ndarray

    def values(self):
        """The float32 weights [N, K]."""
        blocks = self.scale[..., None] * self.q + self.offset[..., None]
        return blocks.reshape(len(blocks), -1)

    def widen(self):
        """The nearest `Symmetric` form.

        A block holds at most 16 distinct values on a grid of step `scale`. With the step divided by k, the offset is
        rounded to a finer grid; the best k up to 17 whose integers still fit into 8 bits is kept.
        """
        weights = self.values().reshape(self.q.shape)
        nearest = round_to_8_bits(weights)
        error = ((nearest.values().reshape(weights.shape) - weights) ** 2).sum(-1)
        step = np.where(self.scale != 0, self.scale, 1)
        low, high = self.q.min(-1).astype(np.float32), self.q.max(-1).astype(np.float32)

        # Choose a divisor for each block; 0 keeps the plain rounding.
        divisor = np.zeros_like(step)
        for k in range(1, 18):
            exact = k * self.offset / step + 128
            zero = np.rint(exact)
            k_error = 32 * ((zero - exact) * step / k) ** 2
            fits = (self.scale != 0) & (k * low + zero >= 0) & (k * high + zero <= 255)
            better = fits & (k_error < error)
            error = np.where(better, k_error, error)
            divisor = np.where(better, np.float32(k), divisor)

        # Write every block on its grid.
        finer = divisor > 0
        zero = np.rint(divisor * self.offset / step + 128)
        q = np.where(finer[..., None], divisor[..., None] * self.q + zero[..., None], nearest.q)
        scale = np.where(finer, step / np.where(finer, divisor, 1), nearest.scale)
        return Symmetric(q.astype(np.uint8), scale.astype(np.float32))


def round_to_8_bits(blocks):
    """float32 [N, K/block, block] rounded to `Symmetric`: half a step of the largest value / 127 at most."""
    scale = np.abs(blocks).max(-1) / np.float32(127)
    scale[scale == 0] = TINY
    q = np.clip(np.rint(blocks / scale[..., None]) + 128, 0, 255)
    return Symmetric(q.astype(np.uint8), scale)


def plain(tensor):
    """A GGUF tensor as `Plain`, for reference graphs."""
    columns, rows = (int(n) for n in tensor.shape)
    return Plain(np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32).reshape(rows, columns))


def encode(tensor):
    """A quantised GGUF tensor in its exact form."""
    columns, rows = (int(n) for n in tensor.shape)
    kind = tensor.tensor_type
    if kind not in READERS:
        known = ", ".join(t.name for t in READERS)
        raise ValueError(f"tensor {tensor.name} is of type {kind.name}; known are {known}")
    return READERS[kind](np.asarray(tensor.data), rows, columns)


def concatenate(parts):
    """Matrices of one form below each other; the smallest block becomes the block of all."""
    if isinstance(parts[0], Symmetric):
        block = min(part.q.shape[2] for part in parts)
        parts = [part.split(block) for part in parts]
    fields = vars(parts[0])
    return type(parts[0])(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in fields})


def reorder(form, rows):
    """The same matrix with its rows in another order."""
    return replace(form, **{name: array[rows] for name, array in vars(form).items()})


def halves(packed):
    """uint8 [..., n] holding two 4-bit integers each -> [..., 2n], the low halves first."""
    return np.concatenate([packed & 15, packed >> 4], -1)


def float16(raw):
    """uint8 [..., 2] read as one half-precision number -> float32 [...]."""
    return np.ascontiguousarray(raw).view(np.float16)[..., 0].astype(np.float32)


def read_q8_0(data, rows, columns):
    """Block of 34 bytes: scale, 32 signed integers."""
    block = data.reshape(rows, columns // 32, 34)
    q = block[..., 2:].view(np.int8).astype(np.int16) + 128
    return Symmetric(q.astype(np.uint8), float16(block[..., :2]))


def read_q5_0(data, rows, columns):
    """Block of 22 bytes: scale, the 32 fifth bits, 32 times 4 low bits; value = scale * (integer - 16)."""
    block = data.reshape(rows, columns // 32, 22)
    fifth = np.ascontiguousarray(block[..., 2:6]).view(np.uint32) >> np.arange(32, dtype=np.uint32) & 1
    q = halves(block[..., 6:]) + (fifth.astype(np.uint8) << 4) + np.uint8(128 - 16)
    return Symmetric(q, float16(block[..., :2]))


def read_q6_k(data, rows, columns):
    """Super-block of 256 in 210 bytes: 4 low bits, 2 high bits, 16 scales, one scale of the scales; integer - 32."""
    block = data.reshape(rows * columns // 256, 210)
    low = block[:, :128].reshape(-1, 2, 1, 64) >> np.array([0, 4], np.uint8).reshape(1, 1, 2, 1) & 15
    high = block[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1) & 3
    q = low.reshape(-1, 8, 32) | high.reshape(-1, 8, 32) << 4
    scale = float16(block[:, 208:210])[:, None] * block[:, 192:208].view(np.int8).astype(np.float32)
    return Symmetric((q + np.uint8(128 - 32)).reshape(rows, columns // 16, 16), scale.reshape(rows, columns // 16))


def read_q4_0(data, rows, columns):
    """Block of 18 bytes: scale, 32 times 4 bits; value = scale * (integer - 8)."""
    block = data.reshape(rows, columns // 32, 18)
    scale = float16(block[..., :2])
    return Offset(halves(block[..., 2:]), scale, -8 * scale)


def read_q4_1(data, rows, columns):
    """Block of 20 bytes: scale, offset, 32 times 4 bits."""
    block = data.reshape(rows, columns // 32, 20)
    return Offset(halves(block[..., 4:]), float16(block[..., :2]), float16(block[..., 2:4]))


def read_q4_k(data, rows, columns):
    """Super-block of 256 in 144 bytes: two scales, 8 times a 6-bit scale and offset, 256 times 4 bits."""
    block = data.reshape(rows * columns // 256, 144)
    scale, offset = Q4_K.get_scale_min(block[:, 4:16])
    scale = float16(block[:, :2])[:, None] * scale.astype(np.float32)
    offset = -float16(block[:, 2:4])[:, None] * offset.astype(np.float32)
    q = block[:, 16:].reshape(-1, 4, 1, 32) >> np.array([0, 4], np.uint8).reshape(1, 1, 2, 1) & 15
    shape = rows, columns // 32
    return Offset(q.reshape(*shape, 32), scale.reshape(shape), offset.reshape(shape))


READERS = {
    Type.Q8_0: read_q8_0,
    Type.Q5_0: read_q5_0,
    Type.Q6_K: read_q6_k,
    Type.Q4_0: read_q4_0,
    Type.Q4_1: read_q4_1,
    Type.Q4_K: read_q4_k,
}
