"""GGUF → ONNX: a decoder of the llama or qwen2 family as a graph that generates text.

    input_ids     int64 [B, S]           the next tokens of each row
    seqlens_k     int32 [B]              tokens of the row after this step, less one
    total_len     int32                  the longest row's tokens after this step
    logit_idx     int64 [M]              the positions in the flattened [B * S] whose logits are wanted
    past_k_i, past_v_i        float32 [B, kv_heads, P, head_size]      keys (rotated) and values of layer i so far
 →  logits        float32 [M, vocabulary]
    present_k_i, present_v_i             the same with this step's written in

When a layer's past and present are bound to one buffer of length P, the step writes in place.

Attention is ONNX Runtime's GroupQueryAttention, which takes rows of different lengths. Generating costs what reading
the weights costs, plus some time for each node: so matrices with a common input are one matrix, and the token table and
the output matrix, which are the same weights, are stored once.
"""

from dataclasses import dataclass

import numpy as np
from gguf import GGUFReader
from onnx import TensorProto

from blocks import Offset, Plain, concatenate, encode, plain, reorder
from graph import MICROSOFT, Graph
from linear import look_up, multiply, project

# The rotary tables end here; a row of the 1.5B model then takes 235 MB of keys and values at most.
CONTEXT_LENGTH = 4096


@dataclass
class Shape:
    """The numbers in a GGUF file's header."""

    family: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    epsilon: float
    rope_base: float

    @property
    def head_size(self):
        return self.width // self.heads


class Weights:
    """A GGUF file's tensors in one of the encodings

    "4-bit"   as the file has them, but the attention's and the tables always in 8 bits
    "8-bit"   4-bit ones widened: larger, faster in large batches
    "mixed"   gate and up in 8 bits, the rest in float32: a small model cannot bear that all activations are rounded
              to 8 bits (135M: Kullback-Leibler divergence 5.0e-3 with "8-bit", 4.6e-3 with "4-bit", 6e-4 so)
    "fp32"    the reference
    """

    def __init__(self, path, encoding):
        reader = GGUFReader(path)
        self.tensors = {t.name: t for t in reader.tensors}
        self.encoding = encoding
        self.shape = read_shape(path, reader)

    def vector(self, name):
        """float32 [n], or None where the file has no such tensor."""
        return np.asarray(self.tensors[name].data, np.float32).reshape(-1) if name in self.tensors else None

    def matrix(self, name, bits=None):
        """The matrix [N, K]; `bits=8` widens it in any case."""
        tensor = self.tensors[name]
        if self.encoding == "fp32" or self.encoding == "mixed" and not name.endswith(("gate.weight", "up.weight")):
            return plain(tensor)
        form = encode(tensor)
        if isinstance(form, Offset) and (bits == 8 or self.encoding != "4-bit"):
            form = form.widen()
        # smaller blocks of activations are rounded less
        return form.split(16) if self.encoding == "mixed" else form

    def tables(self):
        """The token table and the output matrix [vocabulary, width]. These models have one matrix for both; where the
        file holds it twice, quantised in two ways, the better one serves both but in the reference."""
        tokens, output = "token_embd.weight", "output.weight"
        output = self.matrix(output if output in self.tensors else tokens, bits=8)
        return self.matrix(tokens) if self.encoding == "fp32" else output, output

    def attention(self, layer):
        """Queries, keys and values as one matrix [(heads + 2 * kv_heads) * head_size, width], and its bias or None."""
        parts, biases = [], []
        for part in "qkv":
            name = f"blk.{layer}.attn_{part}"
            parts.append(self.for_halves(self.matrix(f"{name}.weight", bits=8), part))
            biases.append(self.vector(f"{name}.bias"))
        return concatenate(parts), None if biases[0] is None else np.concatenate(biases)

    def for_halves(self, form, part):
        """GroupQueryAttention rotates a head's first half with its second; llama files keep such pairs side by side."""
        if self.shape.family != "llama" or part == "v":
            return form
        heads = self.shape.heads if part == "q" else self.shape.kv_heads
        rows = np.arange(heads * self.shape.head_size).reshape(heads, -1, 2)
        return reorder(form, rows.swapaxes(1, 2).reshape(-1))


def read_shape(path, reader):
    family = reader.fields["general.architecture"].contents()
    if family not in ("llama", "qwen2"):
        raise ValueError(f"{path} holds a model of the family {family}; known are llama and qwen2")

    def head(key):
        return reader.fields[f"{family}.{key}"].contents()

    return Shape(
        family,
        layers=head("block_count"),
        width=head("embedding_length"),
        heads=head("attention.head_count"),
        kv_heads=head("attention.head_count_kv"),
        epsilon=head("attention.layer_norm_rms_epsilon"),
        rope_base=head("rope.freq_base"),
    )


def build(source, folder, encoding):
    """Writes the graph of the GGUF file `source` into `folder` and returns the manifest's "architecture"."""
    weights = Weights(source, encoding)
    graph = Graph(folder)
    shape = weights.shape
    for name, element, dims in (
        ("input_ids", TensorProto.INT64, ["B", "S"]),
        ("seqlens_k", TensorProto.INT32, ["B"]),
        ("total_len", TensorProto.INT32, []),
        ("logit_idx", TensorProto.INT64, ["M"]),
    ):
        graph.input(name, element, dims)
    tokens, output = weights.tables()
    graph.output("logits", TensorProto.FLOAT, ["M", output.rows])
    residual, update = look_up(graph, tokens, "input_ids", "tokens"), None
    add_rotary_tables(graph, shape)
    for layer in range(shape.layers):
        residual, update = add_layer(graph, weights, layer, residual, update)
    final, _ = add_norm(graph, weights, "output_norm.weight", residual, update, "final")
    add_logits(graph, output, final, shape.width, tied=tokens is output)
    graph.save(shape.family)
    return {
        "layers": shape.layers,
        "kv_heads": shape.kv_heads,
        "head_size": shape.head_size,
        "vocabulary": output.rows,
    }


def add_rotary_tables(graph, shape):
    """cos and sin [CONTEXT_LENGTH, head_size / 2]. Computed in extended precision, so that the last bit of the result
    does not hang on which sine the processor's vector library has."""
    pairs = np.arange(0, shape.head_size, 2, dtype=np.longdouble)
    frequency = np.longdouble(shape.rope_base) ** (-pairs / shape.head_size)
    angle = np.arange(CONTEXT_LENGTH, dtype=np.longdouble)[:, None] * frequency
    graph.constant("cos", np.cos(angle).astype(np.float32))
    graph.constant("sin", np.sin(angle).astype(np.float32))


def add_norm(graph, weights, name, residual, update, out):
    """residual + update → (its root-mean-square norm, the sum); `update` is None before the first layer."""
    scale = graph.constant(f"{out}.scale", weights.vector(name))
    epsilon = weights.shape.epsilon
    if update is None:
        norm = graph.node(
            "SimplifiedLayerNormalization", [residual, scale], f"{out}.norm", axis=-1, epsilon=epsilon, stash_type=1
        )
        return norm, residual
    outputs = [f"{out}.norm", "", "", f"{out}.residual"]
    graph.node("SkipSimplifiedLayerNormalization", [residual, update, scale], outputs, MICROSOFT, epsilon=epsilon)
    return outputs[0], outputs[3]


def add_layer(graph, weights, layer, residual, update):
    """One transformer block; returns the residual and what the next norm has yet to add to it."""
    block, name = f"blk.{layer}", f"layer{layer}"
    norm, residual = add_norm(graph, weights, f"{block}.attn_norm.weight", residual, update, f"{name}.attention")
    update = add_attention(graph, weights, layer, norm, name)
    norm, residual = add_norm(graph, weights, f"{block}.ffn_norm.weight", residual, update, f"{name}.feed")
    return residual, add_feed_forward(graph, weights, block, norm, name)


def add_attention(graph, weights, layer, norm, name):
    shape = weights.shape
    cache = [TensorProto.FLOAT, ["B", shape.kv_heads, "P", shape.head_size]]
    past = [graph.input(f"past_{part}_{layer}", *cache) for part in "kv"]
    present = [f"present_{part}_{layer}" for part in "kv"]
    for output in present:
        graph.output(output, TensorProto.FLOAT, ["B", shape.kv_heads, "P_present", shape.head_size])
    form, bias = weights.attention(layer)
    packed = project(graph, norm, form, f"{name}.qkv", bias)
    graph.node(
        "GroupQueryAttention",
        [packed, "", "", *past, "seqlens_k", "total_len", "cos", "sin"],
        [f"{name}.mixed", *present],
        MICROSOFT,
        num_heads=shape.heads,
        kv_num_heads=shape.kv_heads,
        scale=float(shape.head_size**-0.5),
        do_rotary=1,
        rotary_interleaved=0,
    )
    return project(graph, f"{name}.mixed", weights.matrix(f"blk.{layer}.attn_output.weight"), f"{name}.attended")


def add_feed_forward(graph, weights, block, norm, name):
    """down(silu(gate(x)) * up(x)); QuickGelu with alpha 1 is silu."""
    gate_up = concatenate([weights.matrix(f"{block}.ffn_{part}.weight") for part in ("gate", "up")])
    both = project(graph, norm, gate_up, f"{name}.gate_up")
    gate, up = f"{name}.gate", f"{name}.up"
    graph.node("Split", [both], [gate, up], axis=-1, num_outputs=2)
    gate = graph.node("QuickGelu", [gate], f"{name}.gate_silu", MICROSOFT, alpha=1.0)
    hidden = graph.node("Mul", [gate, up], f"{name}.hidden")
    return project(graph, hidden, weights.matrix(f"{block}.ffn_down.weight"), f"{name}.down")


def add_logits(graph, table, final, width, tied):
    """Only for the positions asked for. The matrix is `tied` to the token table where `look_up` stored it already."""
    flat = graph.constant("flat", np.array([-1, width], np.int64))
    positions = graph.node("Reshape", [final, flat], "positions")
    wanted = graph.node("Gather", [positions, "logit_idx"], "wanted")
    stored = "tokens" if tied else "output"
    if isinstance(table, Plain):
        graph.node("Gemm", [wanted, graph.constant(f"{stored}.weight", table.weights)], "logits", transB=1)
    else:
        multiply(graph, wanted, table.q, table.scale, 8, "logits", stored=stored)
