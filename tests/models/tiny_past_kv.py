#!/usr/bin/env python3
"""Makes a tiny text model as exporters commonly lay it out, for tests of a model that a user brings:

    tiny_past_kv.py FOLDER

writes model.onnx (some 300 kB, random weights, operators of the ONNX standard only), tokenizer.json (bytes, a few
merges, ChatML's control tokens) and manifest.json (layout "past_kv"). It writes gibberish, the same on every machine.

    input_ids, position_ids int64 [B, S]     attention_mask int64 [B, P + S]
    past_key_values.N.key, .value            float32 [B, kv_heads, P, head_size]
 →  logits                                   float32 [B, S, vocabulary]
    present.N.key, .value                    float32 [B, kv_heads, P + S, head_size]
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, KV_HEADS, HEAD_SIZE, HIDDEN, CONTEXT = 2, 64, 4, 2, 16, 128, 512
MERGES = ["t h", "i n", "e r", "a n", "o n", "Ġ t", "Ġt h", "Ġth e", "r e", "Ġ a", "Ġ s", "in g", "o u", "Ġ o", "Ġo f"]
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_letters():
    """GPT-2's letter for each byte: printable Latin-1 stands for itself, the rest for letters from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def tokens():
    return byte_letters() + [merge.replace(" ", "") for merge in MERGES] + CONTROL


def tokenizer():
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    names = tokens()
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": names.index(token), "content": token, **flags} for token in CONTROL],
        "normalizer": None,
        "pre_tokenizer": level,
        "post_processor": None,
        "decoder": level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(names)},
            "merges": [merge.split(" ") for merge in MERGES],
        },
    }


class Builder:
    """Nodes, and constants that are named by what they hold."""

    def __init__(self):
        self.random = np.random.Generator(np.random.PCG64(7))
        self.nodes, self.constants = [], {}

    def op(self, operator, *inputs, name=None, **attributes):
        name = name or f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value, name=None):
        array = np.asarray(value)
        name = name or f"{array.dtype}_{array.tolist()}"
        self.constants[name] = numpy_helper.from_array(array, name)
        return name

    def weight(self, name, *shape):
        values = self.random.standard_normal(shape, np.float32) * np.float32(shape[0] ** -0.5)
        return self.constant(values.astype(np.float32), name)

    def norm(self, x):
        mean = self.op("ReduceMean", self.op("Mul", x, x), self.constant(np.array([-1])), keepdims=1)
        root = self.op("Sqrt", self.op("Add", mean, self.constant(np.float32(1e-6))))
        return self.op("Div", x, root)


def rotate(b, x, cos, sin):
    """x [B, heads, S, head_size]; cos and sin [B, 1, S, head_size]."""
    half = HEAD_SIZE // 2
    axis = b.constant(np.array([3]))
    first = b.op("Slice", x, b.constant(np.array([0])), b.constant(np.array([half])), axis)
    second = b.op("Slice", x, b.constant(np.array([half])), b.constant(np.array([HEAD_SIZE])), axis)
    turned = b.op("Concat", b.op("Neg", second), first, axis=3)
    return b.op("Add", b.op("Mul", x, cos), b.op("Mul", turned, sin))


def positions(b):
    """cos and sin of each token's place, and what is added to the scores: 0, or -1e9 where a token may not look."""
    angle = np.arange(CONTEXT)[:, None] * 10000.0 ** (-np.arange(0, HEAD_SIZE, 2) / HEAD_SIZE)
    angle = np.concatenate([angle, angle], 1)
    one, zero = b.constant(np.array([1])), b.constant(np.int64(0))
    tables = []
    for name, table in (("cos", np.cos(angle)), ("sin", np.sin(angle))):
        rows = b.op("Gather", b.constant(table.astype(np.float32), name), "position_ids")
        tables.append(b.op("Unsqueeze", rows, one))
    total = b.op("Squeeze", b.op("Shape", "attention_mask", start=1, end=2))
    steps = b.op("Squeeze", b.op("Shape", "input_ids", start=1, end=2))
    step = b.constant(np.int64(1))
    keys = b.op("Range", zero, total, step)
    queries = b.op("Unsqueeze", b.op("Range", b.op("Sub", total, steps), total, step), one)
    earlier = b.op("LessOrEqual", keys, queries)
    present = b.op("Cast", b.op("Unsqueeze", "attention_mask", b.constant(np.array([1, 2]))), to=TensorProto.BOOL)
    seen = b.op("And", present, earlier)
    return *tables, b.op("Where", seen, b.constant(np.float32(0)), b.constant(np.float32(-1e9)))


def attention(b, x, layer, cos, sin, mask):
    def heads(part, count):
        flat = b.op("MatMul", x, b.weight(f"layer{layer}.{part}", WIDTH, count * HEAD_SIZE))
        split = b.op("Reshape", flat, b.constant(np.array([0, 0, count, HEAD_SIZE])))
        return b.op("Transpose", split, perm=[0, 2, 1, 3])

    query = rotate(b, heads("query", HEADS), cos, sin)
    key, value = rotate(b, heads("key", KV_HEADS), cos, sin), heads("value", KV_HEADS)
    past = f"past_key_values.{layer}"
    key = b.op("Concat", f"{past}.key", key, axis=2, name=f"present.{layer}.key")
    value = b.op("Concat", f"{past}.value", value, axis=2, name=f"present.{layer}.value")
    # Each group of heads shares keys and values: [B, kv_heads, heads / kv_heads, S, head_size].
    grouped = b.op("Reshape", query, b.constant(np.array([0, KV_HEADS, HEADS // KV_HEADS, -1, HEAD_SIZE])))
    axis = b.constant(np.array([2]))
    turned = b.op("Unsqueeze", b.op("Transpose", key, perm=[0, 1, 3, 2]), axis)
    scores = b.op("Mul", b.op("MatMul", grouped, turned), b.constant(np.float32(HEAD_SIZE**-0.5)))
    shares = b.op("Softmax", b.op("Add", scores, b.op("Unsqueeze", mask, b.constant(np.array([1])))), axis=-1)
    mixed = b.op("MatMul", shares, b.op("Unsqueeze", value, axis))
    mixed = b.op("Reshape", mixed, b.constant(np.array([0, HEADS, -1, HEAD_SIZE])))
    mixed = b.op("Transpose", mixed, perm=[0, 2, 1, 3])
    flat = b.op("Reshape", mixed, b.constant(np.array([0, 0, WIDTH])))
    return b.op("MatMul", flat, b.weight(f"layer{layer}.output", WIDTH, WIDTH))


def feed_forward(b, x, layer):
    wide = b.op("MatMul", x, b.weight(f"layer{layer}.up", WIDTH, HIDDEN))
    return b.op("MatMul", b.op("Relu", wide), b.weight(f"layer{layer}.down", HIDDEN, WIDTH))


def model():
    b = Builder()
    vocabulary = len(tokens())
    cos, sin, mask = positions(b)
    x = b.op("Gather", b.weight("tokens", vocabulary, WIDTH), "input_ids")
    for layer in range(LAYERS):
        x = b.op("Add", x, attention(b, b.norm(x), layer, cos, sin, mask))
        x = b.op("Add", x, feed_forward(b, b.norm(x), layer))
    b.op("MatMul", b.norm(x), b.weight("output", WIDTH, vocabulary), name="logits")
    integer, value = TensorProto.INT64, helper.make_tensor_value_info
    inputs = [
        value("input_ids", integer, ["batch", "step"]),
        value("attention_mask", integer, ["batch", "total"]),
        value("position_ids", integer, ["batch", "step"]),
    ]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", "step", vocabulary])]
    for layer in range(LAYERS):
        for part in ("key", "value"):
            shape = "batch", KV_HEADS, "past", HEAD_SIZE
            inputs.append(value(f"past_key_values.{layer}.{part}", TensorProto.FLOAT, shape))
            shape = "batch", KV_HEADS, "total", HEAD_SIZE
            outputs.append(value(f"present.{layer}.{part}", TensorProto.FLOAT, shape))
    graph = helper.make_graph(b.nodes, "tiny", inputs, outputs, list(b.constants.values()))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def make(folder):
    """Writes the model into `folder` and returns its manifest."""
    folder = Path(folder)
    (folder / "model.onnx").write_bytes(model().SerializeToString(deterministic=True))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer(), ensure_ascii=False), encoding="utf-8")
    files = [folder / "model.onnx", folder / "tokenizer.json"]
    manifest = {
        "name": "tiny-past-kv",
        "task": "text",
        "description": "Random weights in the layout that exporters commonly write; for tests.",
        "license": "PostgreSQL",
        "layout": "past_kv",
        "context_length": CONTEXT,
        "prompt_format": "chatml",
        "end_tokens": ["<|im_end|>", "<|endoftext|>"],
        "architecture": {
            "layers": LAYERS,
            "kv_heads": KV_HEADS,
            "head_size": HEAD_SIZE,
            "vocabulary": len(tokens()),
        },
        "files": [
            {"name": f.name, "bytes": f.stat().st_size, "sha256": hashlib.sha256(f.read_bytes()).hexdigest()}
            for f in files
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


if __name__ == "__main__":
    make(sys.argv[1])
