"""The tiny model for tests of user-brought models behaves as a model with a cache must."""

import numpy as np
import pytest
import tiny_past_kv
from graphs import open_session, tokenizer_of


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tiny_past_kv.make(folder)
    return open_session(folder), tokenizer_of(folder)


def run(session, tokens, past=None, padding=0):
    """One row of tokens after `past`, with `padding` unused tokens at its front → (logits, present)."""
    shape = (1, tiny_past_kv.KV_HEADS, 0, tiny_past_kv.HEAD_SIZE)
    names = [i.name for i in session.get_inputs() if i.name.startswith("past_key_values")]
    past = past or [np.zeros(shape, np.float32)] * len(names)
    before = past[0].shape[2]
    ids = np.array([[0] * padding + tokens], np.int64)
    total = before + ids.shape[1]
    mask = np.ones((1, total), np.int64)
    mask[0, :padding] = 0
    places = np.maximum(np.arange(before, total) - padding, 0)[None]
    feeds = {"input_ids": ids, "attention_mask": mask, "position_ids": places, **dict(zip(names, past))}
    logits, *present = session.run(None, feeds)
    return logits[0], present


def test_cache_gives_what_one_run_gives(tiny):
    session, tokenizer = tiny
    tokens = tokenizer.encode("<|im_start|>user\nthe other thing<|im_end|>\n").ids
    whole, _ = run(session, tokens)
    _, past = run(session, tokens[:5])
    rest, present = run(session, tokens[5:], past)
    assert np.allclose(whole[5:], rest, atol=1e-4)
    assert present[0].shape[2] == len(tokens)


def test_padding_in_front_changes_nothing(tiny):
    session, tokenizer = tiny
    tokens = tokenizer.encode("another thing").ids
    assert np.allclose(run(session, tokens)[0], run(session, tokens, padding=3)[0][3:], atol=1e-4)


def test_tokenizer_gives_text_back(tiny):
    _, tokenizer = tiny
    text = "the Straße costs 12,50 €\n"
    assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text
    assert len(tokenizer.encode("<|im_start|>").ids) == 1
