"""Embeddings: every vector of the shipped graph points where the fp32 reference's does."""

import numpy as np
import pytest
import sentence
from graphs import open_session, tokenizer_of
from reference import SentenceEncoder

NAME = "all-minilm-l6-v2"
TEXTS = [
    "waterproof running shoes for women",
    "Men's trail running shoe, rain proof",
    "A cast iron pan.",
    "¿Dónde está mi pedido? – 12,50 €",
    "x",
    "shoes",
    "M",
    "refund please",
    "The parcel arrived two weeks late and the box was crushed. " * 20,
]


@pytest.fixture(scope="module")
def encoded(model):
    """Token ids of each text, as the engine feeds them: no padding, cut at the manifest's max_tokens."""
    tokenizer = tokenizer_of(model(NAME).folder)
    tokenizer.no_padding()
    tokenizer.enable_truncation(model(NAME).manifest["embedding"]["max_tokens"])
    return [e.ids for e in tokenizer.encode_batch(TEXTS)]


@pytest.fixture(scope="module")
def expected(model, encoded):
    encoder = SentenceEncoder(model(NAME).source)
    return np.array([encoder.embed(ids) for ids in encoded])


def embed_batch(folder, encoded):
    """All texts in one padded batch."""
    longest = max(len(ids) for ids in encoded)
    ids = np.array([e + [0] * (longest - len(e)) for e in encoded], np.int64)
    mask = np.array([[1] * len(e) + [0] * (longest - len(e)) for e in encoded], np.int64)
    return open_session(folder).run(None, {"input_ids": ids, "attention_mask": mask})[0]


def test_shipped_embeddings_point_where_the_reference_does(model, encoded, expected):
    found = embed_batch(model(NAME).folder, encoded)
    cosines = (found * expected).sum(-1)
    print(f"{NAME}: cosine at least {cosines.min():.5f}")
    assert found.shape == (len(TEXTS), model(NAME).manifest["embedding"]["dimensions"])
    assert np.allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
    assert cosines.min() >= 0.999


def test_fp32_graph_is_the_reference(model, encoded, expected, tmp_path):
    sentence.build(model(NAME).source, tmp_path, "fp32")
    assert np.abs(embed_batch(tmp_path, encoded) - expected).max() < 1e-5


def test_similar_texts_are_near(model, encoded):
    shoes, trail, pan = embed_batch(model(NAME).folder, encoded)[:3]
    assert shoes @ trail > 0.6 > 0.3 > shoes @ pan
