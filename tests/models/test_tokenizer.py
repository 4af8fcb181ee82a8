"""Tokenizers: text survives, control tokens are marked as such, and the ids are those of the GGUF's own vocabulary."""

import functools
import json

import pytest
from gguf import GGUFReader
from graphs import tokenizer_of

# The 1.5B has the 0.5B's tokenizer, see the last test.
TEXT_MODELS = ["smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"]
TRICKY = [
    "",
    " ",
    "  two  spaces   and\ttabs\n\n\nlines \r\n",
    "Don't you'll WE'RE I'd they'VE",
    "Price: €1,299.00 (was £1,499) – save 13.35 %!",
    "12345678901234567890 3.14159 1e-9 ½ ² ٣",
    "naïve café Straße Ærøskøbing İstanbul",
    "e\u0301 is not \u00e9",
    "日本語のテキスト 中文 한국어 ภาษาไทย",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "\u200bzero\u200dwidth\ufeff\u00a0",
    "<|im_start >|<im_end|>",
    "SELECT * FROM journey.profiles WHERE revenue >= 100; -- comment",
    "a" * 300,
    "\x01\x7f\\n\\\\",
]


@functools.cache
def vocabulary(path):
    """Tokens, kinds and merges in a GGUF file; reading them takes seconds."""
    fields = GGUFReader(path).fields
    return [fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "token_type", "merges")]


def merge_by_rank(word, ranks):
    """Byte-pair encoding by its definition: the best-ranked neighbours are joined until none is known."""
    parts = list(word)
    while True:
        pairs = [(ranks[pair], i) for i, pair in enumerate(zip(parts, parts[1:])) if pair in ranks]
        if not pairs:
            return parts
        _, i = min(pairs)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_text_survives(model, name):
    tokenizer = tokenizer_of(model(name).folder)
    for text in TRICKY:
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_ids_follow_from_the_vocabulary_of_the_source(model, name):
    tokens, _, merges = vocabulary(model(name).weights)
    ids = {token: i for i, token in enumerate(tokens)}
    ranks = {tuple(merge.split(" ")): i for i, merge in enumerate(merges)}
    tokenizer = tokenizer_of(model(name).folder)
    for text in TRICKY:
        words = tokenizer.pre_tokenizer.pre_tokenize_str(text)
        expected = [ids[part] for word, _ in words for part in merge_by_rank(word, ranks)]
        assert tokenizer.encode(text).ids == expected


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_words_never_mix_letters_and_digits(model, name):
    tokenizer = tokenizer_of(model(name).folder)
    for token in tokenizer.encode("abc123 4x4 2,500 10% A1").tokens:
        text = token.replace("Ġ", "")
        assert not (any(c.isdigit() for c in text) and len(text) > 1), token


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_every_control_token_is_marked(model, name):
    names, kinds, _ = vocabulary(model(name).weights)
    # 3 is a control token, 4 one that the model's makers added, such as <tool_call>
    expected = {token for token, kind in zip(names, kinds) if kind in (3, 4)}
    tokenizer = json.loads((model(name).folder / "tokenizer.json").read_text())
    assert {t["content"] for t in tokenizer["added_tokens"] if t["special"]} == expected
    assert expected.issuperset(model(name).manifest["end_tokens"])
    assert all("<|" not in token for token in set(names) - expected if token.endswith("|>"))


def test_both_qwen_models_have_one_tokenizer(model):
    files = [model(f"qwen2.5-coder-{size}-instruct").manifest["files"] for size in ("0.5b", "1.5b")]
    first, second = ([f for f in of if f["name"] == "tokenizer.json"] for of in files)
    assert first == second
