"""A GGUF file's vocabulary as tokenizer.json, the format of the Hugging Face tokenizers library.

GGUF keeps the tokens, their kinds, the merges of the byte-pair encoding, and a name for the way text is cut into words
before that; what the name means is code of llama.cpp (`src/llama-vocab.cpp`), spelt out in `WORDS`.
"""

import json

from gguf import GGUFReader
from gguf.constants import TokenType

DIGITS = {"type": "Digits", "individual_digits": True}
QWEN2_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = {"type": "Split", "pattern": {"Regex": QWEN2_PATTERN}, "behavior": "Isolated", "invert": False}


def byte_level(use_regex):
    """Bytes as printable letters; with `use_regex` cut into words by GPT-2's pattern first."""
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": use_regex}


WORDS = {
    "smollm": [DIGITS, byte_level(use_regex=True)],
    "qwen2": [QWEN2, byte_level(use_regex=False)],
}


def build(source, path):
    """Writes the tokenizer of the GGUF file `source` to `path`."""
    fields = GGUFReader(source).fields
    model, words = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("model", "pre"))
    if model != "gpt2" or words not in WORDS:
        known = ", ".join(f"gpt2/{name}" for name in WORDS)
        raise ValueError(f"{source} has the tokenizer {model}/{words}; known are {known}")
    tokens, kinds, merges = (fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "token_type", "merges"))
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": control_tokens(tokens, kinds),
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": WORDS[words]},
        "post_processor": None,
        "decoder": byte_level(use_regex=False),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            # Unused ids only fill the matrices up to a round number.
            "vocab": {token: i for i, token in enumerate(tokens) if kinds[i] != TokenType.UNUSED},
            "merges": [merge.split(" ") for merge in merges],
        },
    }
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")


def control_tokens(tokens, kinds):
    """The tokens that steer the model instead of standing for text. All are marked special, those that GGUF calls user
    defined (<tool_call>) too: a reader of data must be able to refuse every one of them."""
    wanted = (TokenType.CONTROL, TokenType.USER_DEFINED)
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return [{"id": i, "content": token, **flags} for i, token in enumerate(tokens) if kinds[i] in wanted]
