"""Linear layers over encoded weights: `x [..., K]` times the transpose of a matrix of N rows and K columns."""

import numpy as np
from onnx import TensorProto

from blocks import TINY, Plain, Symmetric
from graph import MICROSOFT

# Of the 4-bit form
BLOCK = 32
# Activations are rounded to 8 bits a block. The more exact levels have no fast kernels: 1 to 3 tokens/s.
ACCURACY_LEVEL = 4


def project(graph, x, form, name, bias=None):
    """Adds the layer `name` [..., N] and returns its name."""
    if isinstance(form, Plain):
        return project_plain(graph, x, form, name, bias)
    extra = [] if bias is None else ["", "", graph.constant(f"{name}.bias", bias)]
    if isinstance(form, Symmetric):
        return multiply(graph, x, form.q, form.scale, 8, name, extra)
    return project_offset(graph, x, form, name, extra)


def project_plain(graph, x, form, name, bias):
    weight = graph.constant(f"{name}.weight", form.weights.T)
    if bias is None:
        return graph.node("MatMul", [x, weight], name)
    product = graph.node("MatMul", [x, weight], f"{name}.product")
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], name)


def project_offset(graph, x, form, name, extra):
    """4 bits with an offset. MatMulNBits subtracts 8 from each integer, so what it leaves out is, for each block,
    rest = offset + 8 * scale times the sum of the block's inputs.

    These sums are appended to x twice, and the rest, rounded to 8 bits, to the matrix as two 4-bit digits: one product
    does it all. (Decoding is 20 % faster than with a product of its own for the rest in float32. MatMulNBits has zero
    points too, but rounds them, at a Kullback-Leibler divergence of 0.55, or takes floats, with no fast kernel.)
    """
    q, scale, rest = form.q, form.scale, form.offset + 8 * form.scale
    if rest.any():
        digits, steps = two_digits(rest)
        x = with_block_sums(graph, x, blocks=q.shape[1], padded=digits.shape[1] * BLOCK // 2)
        q, scale = np.concatenate([q, digits], 1), np.concatenate([scale, steps], 1)
    return multiply(graph, x, q[..., 0::2] | q[..., 1::2] << 4, scale, 4, name, extra)


def two_digits(rest):
    """float32 [N, K/32] → 4-bit integers [N, 2 * blocks, 32], the high digits first, and their scales [N, 2 * blocks].

    A value is step * (16 * high + low) with both digits from -8 to 7, stored plus 8 as MatMulNBits has them.
    """
    rows, columns = rest.shape
    blocks = np.pad(rest, ((0, 0), (0, -columns % BLOCK))).reshape(rows, -1, BLOCK)
    step = np.abs(blocks).max(-1) / np.float32(16 * 7 + 7)
    step[step == 0] = TINY
    value = np.rint(blocks / step[..., None]).astype(np.int16)
    low = (value + 8 & 15) - 8
    high = value - low >> 4
    return (np.concatenate([high, low], 1) + 8).astype(np.uint8), np.concatenate([16 * step, step], 1)


def with_block_sums(graph, x, blocks, padded):
    """x [B, S, 32 * blocks] followed by its blocks' sums, padded to `padded`, twice; made once for all that read x."""
    name = f"{x}.with_sums"
    if graph.has(name):
        return name
    into_blocks = graph.constant(f"into_{blocks}_blocks", np.array([0, 0, blocks, BLOCK], np.int64))
    cut = graph.node("Reshape", [x, into_blocks], f"{x}.blocks")
    last = graph.constant("last_axis", np.array([-1], np.int64))
    sums = graph.node("ReduceSum", [cut, last], f"{x}.sums", keepdims=0)
    if padded > blocks:
        behind = graph.constant(f"pad_{blocks}", np.array([0, 0, 0, 0, 0, padded - blocks], np.int64))
        sums = graph.node("Pad", [sums, behind], f"{x}.sums_padded")
    return graph.node("Concat", [x, sums, sums], name, axis=-1)


def multiply(graph, x, q, scale, bits, name, extra=(), stored=None):
    """MatMulNBits with q uint8 [N, blocks, bytes of a block] and scale float32 [N, blocks], kept under the name
    `stored` (`name` itself by default)."""
    stored = stored or name
    rows, blocks, size = q.shape
    block = size * 8 // bits
    weight, scale = graph.constant(f"{stored}.q", q), graph.constant(f"{stored}.scale", scale)
    shape = {"N": rows, "K": blocks * block, "bits": bits, "block_size": block}
    return graph.node(
        "MatMulNBits", [x, weight, scale, *extra], name, MICROSOFT, accuracy_level=ACCURACY_LEVEL, **shape
    )


def look_up(graph, table, ids, name):
    """The rows of `table` (Plain or Symmetric, [N, K]) that `ids` [B, S] name: [B, S, K]."""
    if isinstance(table, Plain):
        return graph.node("Gather", [graph.constant(f"{name}.weight", table.weights), ids], name)
    q, scale = graph.constant(f"{name}.q", table.q), graph.constant(f"{name}.scale", table.scale)
    q = graph.node("Gather", [q, ids], f"{name}.bytes")
    q = graph.node("Cast", [q], f"{name}.integers", to=TensorProto.FLOAT)
    q = graph.node("Sub", [q, graph.constant("zero_point", np.array(128, np.float32))], f"{name}.centred")
    scale = graph.node("Gather", [scale, ids], f"{name}.scales")
    last = graph.constant("last_axis", np.array([-1], np.int64))
    scale = graph.node("Unsqueeze", [scale, last], f"{name}.block_scales")
    blocks = graph.node("Mul", [q, scale], f"{name}.blocks")
    rows = graph.constant(f"{name}.shape", np.array([0, 0, table.q[0].size], np.int64))
    return graph.node("Reshape", [blocks, rows], name)
