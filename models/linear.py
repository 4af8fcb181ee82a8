"""Linear layers over encoded weights: `x [..., K]` times the transpose of a matrix of N rows and K columns."""

import numpy as np
from onnx import TensorProto

from blocks import Offset, Plain, Symmetric
from graph import MICROSOFT

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
    product = graph.node("MatMul", [x, graph.constant(f"{name}.weight", form.weights.T)], f"{name}.product")
    if bias is None:
        return product
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], name)


def project_offset(graph, x, form, name, extra):
    """4 bits with an offset: MatMulNBits subtracts 8 from each integer, so what it leaves out is, for each block,
    (offset + 8 * scale) times the sum of the block's inputs. That is a small product of its own [K/32, N]; zero
    points would be rounded (Kullback-Leibler divergence 0.55) or, as floats, have no fast kernel."""
    packed = form.q[..., 0::2] | form.q[..., 1::2] << 4
    rest = form.offset + 8 * form.scale
    if not rest.any():
        return multiply(graph, x, packed, form.scale, 4, name, extra)
    product = multiply(graph, x, packed, form.scale, 4, f"{name}.product", extra)
    sums = block_sums(graph, x, form.q.shape[1])
    offset = graph.node("MatMul", [sums, graph.constant(f"{name}.rest", rest.T)], f"{name}.offset")
    return graph.node("Add", [product, offset], name)


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


def block_sums(graph, x, blocks):
    """x [B, S, 32 * blocks] → the sum of each block [B, S, blocks]; made once for all layers that read x."""
    name = f"{x}.sums"
    if graph.has(name):
        return name
    shape = graph.constant(f"into_{blocks}_blocks", np.array([0, 0, blocks, 32], np.int64))
    parts = graph.node("Reshape", [x, shape], f"{x}.blocks")
    last = graph.constant("last_axis", np.array([-1], np.int64))
    return graph.node("ReduceSum", [parts, last], name, keepdims=0)


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
