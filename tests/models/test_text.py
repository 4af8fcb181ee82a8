"""Text models: the fp32 graph is the reference, and the shipped one stays close to it where it matters.

The Kullback-Leibler divergence of next-token distributions is measured where text is generated: after the prompt and
after each token that the graph wrote. llama.cpp's own kernels, which round activations too, reach 8.3e-4 (0.5B) and
1.05e-3 (1.5B) on such positions.
"""

import shutil

import decoder
import numpy as np
import pytest
from graphs import TextGraph, tokenizer_of
from reference import Decoder, divergence

FP32_LIMIT = 1e-6
SHIPPED_LIMIT = 1.5e-3
LENGTH = 24

LARGE = [pytest.mark.large, pytest.mark.timeout(7200)]

PROMPTS = [
    "Write a short e-mail subject line for a 20% discount on the Aurora running shoes.",
    "Describe a waterproof backpack for commuters in two sentences.",
    "Write a polite reply to a customer whose parcel arrived late.",
    "List three benefits of merino wool.",
]


def chat(prompt):
    system = "You are a copywriter for an online shop."
    return f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"


def mean_divergence(model, folder):
    """Of the graph in `folder` from the reference, over the generated positions of all prompts."""
    tokenizer = tokenizer_of(model.folder)
    ends = {tokenizer.token_to_id(token) for token in model.manifest["end_tokens"]}
    graph = TextGraph(folder)
    prompts = [tokenizer.encode(chat(p)).ids for p in PROMPTS]
    written = [graph.write(prompt, LENGTH, ends) for prompt in prompts]
    del graph
    reference = Decoder(model.weights).logits([p + tokens for p, (tokens, _) in zip(prompts, written)])
    expected = [logits[len(p) - 1 :] for p, logits in zip(prompts, reference)]
    return np.mean(np.concatenate([divergence(e, got) for e, (_, got) in zip(expected, written)]))


@pytest.mark.parametrize(
    "name",
    [
        "smollm2-135m-instruct",
        "qwen2.5-coder-0.5b-instruct",
        pytest.param("qwen2.5-coder-1.5b-instruct", marks=LARGE),
    ],
)
def test_shipped_graph_stays_close_to_the_reference(model, name):
    found = mean_divergence(model(name), model(name).folder)
    print(f"{name}: {found:.2e}")
    assert found <= SHIPPED_LIMIT


@pytest.mark.parametrize(
    "name",
    [
        "smollm2-135m-instruct",
        pytest.param("qwen2.5-coder-0.5b-instruct", marks=LARGE),
        pytest.param("qwen2.5-coder-1.5b-instruct", marks=LARGE),
    ],
)
def test_fp32_graph_is_the_reference(model, name, tmp_path):
    decoder.build(model(name).weights, tmp_path, "fp32")
    found = mean_divergence(model(name), tmp_path)
    # gigabytes, which pytest would keep for three runs
    shutil.rmtree(tmp_path)
    print(f"{name}, fp32: {found:.2e}")
    assert found <= FP32_LIMIT


def test_rows_of_different_lengths_do_not_disturb_each_other(model):
    """A text in a batch beside a longer one gets the logits it gets alone, but for the rounding of activations."""
    folder = model("smollm2-135m-instruct").folder
    tokenizer, graph = tokenizer_of(folder), TextGraph(folder)
    long, short = (tokenizer.encode(chat(p)).ids for p in PROMPTS[:2])
    graph.start(len(short))
    alone = graph.step(short)[-1]
    padded = short + [0] * (len(long) - len(short))
    zeros = {f"past_{n}": np.zeros((2, graph.heads, 0, graph.head_size), np.float32) for n in graph.names}
    feeds = {
        "input_ids": np.array([long, padded], np.int64),
        "seqlens_k": np.array([len(long) - 1, len(short) - 1], np.int32),
        "total_len": np.array(len(long), np.int32),
        "logit_idx": np.array([len(long) + len(short) - 1], np.int64),
    }
    together = graph.session.run(["logits"], feeds | zeros)[0][0]
    assert divergence(alone[None], together[None])[0] < SHIPPED_LIMIT
