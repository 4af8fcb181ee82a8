"""all-MiniLM-L6-v2 (safetensors) → ONNX: a BERT encoder whose output is one vector of length 1 for each text.

    input_ids, attention_mask     int64 [B, S]
 →  embedding                     float32 [B, width]      the mean over a text's tokens, scaled to length 1

The source is a model folder of sentence-transformers: config.json, model.safetensors, tokenizer.json.
"""

import json

import numpy as np
from onnx import TensorProto
from safetensors.numpy import load_file

from blocks import Plain, round_to_8_bits
from graph import MICROSOFT, Graph
from linear import look_up, project

# Half of the usual block: the worst cosine of 20 texts rises from 0.9981 to 0.9986, and nothing is slower.
BLOCK = 16


class Encoder:
    """The graph under construction, with the weights and the numbers of config.json."""

    def __init__(self, source, folder, encoding):
        self.config = json.loads((source / "config.json").read_text())
        self.weights = load_file(source / "model.safetensors")
        self.encoding = encoding
        self.graph = Graph(folder)

    def encode(self, weights):
        """float32 [N, K] as the graph multiplies it."""
        if self.encoding == "fp32":
            return Plain(weights)
        return round_to_8_bits(weights.reshape(len(weights), -1, BLOCK))

    def linear(self, x, out, name):
        """x times the named matrix [N, K] plus its bias."""
        return project(self.graph, x, self.encode(self.weights[f"{name}.weight"]), out, self.weights[f"{name}.bias"])

    def queries_keys_values(self, x, out, name):
        """The three as one layer, in float32: rounding them costs the most (the worst cosine of 20 texts is 0.9993
        then), and at this width MatMul is as fast."""
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weights = np.concatenate([self.weights[f"{part}.weight"] for part in parts])
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts])
        return project(self.graph, x, Plain(weights), out, bias)

    def norm(self, x, update, out, name):
        """The layer norm of x + update."""
        both = self.graph.node("Add", [x, update], f"{out}.sum")
        scale = self.graph.constant(f"{out}.scale", self.weights[f"{name}.weight"])
        bias = self.graph.constant(f"{out}.bias", self.weights[f"{name}.bias"])
        epsilon = self.config["layer_norm_eps"]
        return self.graph.node("LayerNormalization", [both, scale, bias], out, axis=-1, epsilon=epsilon)


def build(source, folder, encoding):
    """Writes the graph of the model folder `source` into `folder`; `encoding` is "8-bit" or "fp32"."""
    encoder = Encoder(source, folder, encoding)
    graph, config = encoder.graph, encoder.config
    graph.input("input_ids", TensorProto.INT64, ["B", "S"])
    graph.input("attention_mask", TensorProto.INT64, ["B", "S"])
    graph.output("embedding", TensorProto.FLOAT, ["B", config["hidden_size"]])
    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    x = add_embeddings(encoder)
    for layer in range(config["num_hidden_layers"]):
        x = add_layer(encoder, x, layer)
    add_pooling(graph, x)
    graph.save("bert")


def add_embeddings(encoder):
    """Word + position + type 0: the embeddings [B, S, width]."""
    graph, weights = encoder.graph, encoder.weights
    table = encoder.encode(weights["embeddings.word_embeddings.weight"])
    words = look_up(graph, table, "input_ids", "words")
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    # A slice: gathering by a range is fused into a broken node by ONNX Runtime 1.31 and later.
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    first = graph.constant("first", np.array([0], np.int64))
    place = graph.node("Slice", [graph.constant("positions", positions), first, length, first], "places")
    return encoder.norm(words, place, "embedded", "embeddings.LayerNorm")


def add_layer(encoder, x, layer):
    """Attention and feed-forward, each added to its input and normed after."""
    graph, name, out = encoder.graph, f"encoder.layer.{layer}", f"layer{layer}"
    packed = encoder.queries_keys_values(x, f"{out}.qkv", f"{name}.attention.self")
    split = [f"{out}.{part}" for part in ("query", "key", "value")]
    graph.node("Split", [packed], split, axis=-1, num_outputs=3)
    heads = encoder.config["num_attention_heads"]
    mixed = graph.node("MultiHeadAttention", [*split, "", "mask"], f"{out}.mixed", MICROSOFT, num_heads=heads)
    attended = encoder.linear(mixed, f"{out}.attended", f"{name}.attention.output.dense")
    x = encoder.norm(attended, x, f"{out}.middle", f"{name}.attention.output.LayerNorm")
    wide = encoder.linear(x, f"{out}.wide", f"{name}.intermediate.dense")
    wide = graph.node("Gelu", [wide], f"{out}.gelu", MICROSOFT)
    narrow = encoder.linear(wide, f"{out}.narrow", f"{name}.output.dense")
    return encoder.norm(narrow, x, f"{out}.out", f"{name}.output.LayerNorm")


def add_pooling(graph, x):
    """The mean scaled to length 1 is the sum scaled to length 1: mask [B, 1, S] times x [B, S, width]."""
    middle = graph.constant("middle_axis", np.array([1], np.int64))
    mask = graph.node("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT)
    row = graph.node("Unsqueeze", [mask, middle], "mask.row")
    total = graph.node("Squeeze", [graph.node("MatMul", [row, x], "total"), middle], "total.flat")
    graph.node("LpNormalization", [total], "embedding", axis=-1, p=2)
