"""The models computed plainly with numpy, from their sources, to compare the graphs with.

Nothing of models/ is used here: weights are read by the gguf and safetensors packages, formulas are the papers'. All
texts go through one layer before the next is read, so that one layer's weights are in memory at a time.
"""

import json

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import load_file


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def log_softmax(x):
    x = np.asarray(x, np.float64)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def divergence(reference, other):
    """The Kullback-Leibler divergence of each row: both [positions, vocabulary] of logits."""
    p, q = log_softmax(reference), log_softmax(other)
    return (np.exp(p) * (p - q)).sum(-1)


class Decoder:
    """A GGUF file of the llama family (Touvron et al. 2023) or qwen2 (which adds biases to queries, keys, values)."""

    def __init__(self, path):
        reader = GGUFReader(path)
        self.tensors = {t.name: t for t in reader.tensors}
        self.family = reader.fields["general.architecture"].contents()
        self.head = lambda key: reader.fields[f"{self.family}.{key}"].contents()
        self.heads, self.kv_heads = self.head("attention.head_count"), self.head("attention.head_count_kv")
        self.head_size = self.head("embedding_length") // self.heads

    def weights(self, name):
        tensor = self.tensors[name]
        return dequantize(tensor.data, tensor.tensor_type).reshape(tensor.shape[::-1]).astype(np.float32)

    def linear(self, x, name):
        """x [S, K] times the weights [N, K], plus the bias where there is one: [S, N]."""
        out = x @ self.weights(f"{name}.weight").T
        return out + self.weights(f"{name}.bias") if f"{name}.bias" in self.tensors else out

    def norm(self, x, name):
        mean = (x * x).mean(-1, keepdims=True)
        return x / np.sqrt(mean + self.head("attention.layer_norm_rms_epsilon")) * self.weights(f"{name}.weight")

    def rotate(self, x):
        """x [S, heads, head_size] turned by its position, as rotary embeddings do (Su et al. 2021)."""
        half = self.head_size // 2
        angle = np.arange(len(x))[:, None] * self.head("rope.freq_base") ** (-np.arange(half) / half)
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        # llama's files pair neighbours, qwen2's pair the two halves
        first, second = (x[..., 0::2], x[..., 1::2]) if self.family == "llama" else (x[..., :half], x[..., half:])
        turned = first * cos - second * sin, first * sin + second * cos
        axis = np.stack(turned, -1).reshape(x.shape) if self.family == "llama" else np.concatenate(turned, -1)
        return axis.astype(np.float32)

    def attend(self, q, k, v):
        """q, k, v [S, (kv_)heads * head_size] of one text → [S, heads * head_size]; each sees what came before it."""
        length = len(q)
        q = self.rotate(q.reshape(length, self.heads, -1))
        k, v = self.rotate(k.reshape(length, self.kv_heads, -1)), v.reshape(length, self.kv_heads, -1)
        k, v = (np.repeat(x, self.heads // self.kv_heads, axis=1) for x in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(self.head_size)
        scores[:, np.triu_indices(length, 1)[0], np.triu_indices(length, 1)[1]] = -np.inf
        return np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(length, -1)

    def logits(self, texts):
        """texts: lists of token ids → a list of [length, vocabulary]."""
        ends = np.cumsum([len(t) for t in texts])[:-1]
        x = self.weights("token_embd.weight")[np.concatenate(texts)]
        for layer in range(self.head("block_count")):
            block = f"blk.{layer}"
            h = self.norm(x, f"{block}.attn_norm")
            qkv = [np.split(self.linear(h, f"{block}.attn_{part}"), ends) for part in "qkv"]
            mixed = np.concatenate([self.attend(*parts) for parts in zip(*qkv)])
            x = x + self.linear(mixed, f"{block}.attn_output")
            h = self.norm(x, f"{block}.ffn_norm")
            gate = self.linear(h, f"{block}.ffn_gate")
            x = x + self.linear(gate / (1 + np.exp(-gate)) * self.linear(h, f"{block}.ffn_up"), f"{block}.ffn_down")
        output = "output" if "output.weight" in self.tensors else "token_embd"
        return np.split(self.linear(self.norm(x, "output_norm"), output), ends)


class SentenceEncoder:
    """BERT (Devlin et al. 2019), the mean over its tokens, scaled to length 1."""

    def __init__(self, folder):
        self.config = json.loads((folder / "config.json").read_text())
        self.weights = load_file(folder / "model.safetensors")

    def linear(self, x, name):
        return x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def attend(self, x, name):
        heads = self.config["num_attention_heads"]
        q, k, v = (self.linear(x, f"{name}.{part}").reshape(len(x), heads, -1) for part in ("query", "key", "value"))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(q.shape[-1])
        return np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(x), -1)

    def embed(self, tokens):
        """The token ids of one text → [width]."""
        table = "embeddings.{}_embeddings.weight"
        x = self.weights[table.format("word")][tokens] + self.weights[table.format("position")][: len(tokens)]
        x = self.norm(x + self.weights[table.format("token_type")][0], "embeddings.LayerNorm")
        for layer in range(self.config["num_hidden_layers"]):
            name = f"encoder.layer.{layer}"
            mixed = self.linear(self.attend(x, f"{name}.attention.self"), f"{name}.attention.output.dense")
            x = self.norm(x + mixed, f"{name}.attention.output.LayerNorm")
            wide = gelu(self.linear(x, f"{name}.intermediate.dense"))
            x = self.norm(x + self.linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = x.mean(0)
        return mean / np.sqrt((mean * mean).sum())


def gelu(x):
    """x times the normal distribution function of x; erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most."""
    z = np.abs(x) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    return x * 0.5 * (1 + erf)
