"""ONNX Runtime and the tokenizers library alone, for benches/embed_vs_onnxruntime.py: alone.py MODEL_FOLDER

Reads a line of JSON with the texts, then answers each line "run" with the seconds that embedding them took, by the clock
and by processor time. Texts are batched as the engine does: in order of length, up to 2048 tokens and 128 texts."""
import json
import os
import sys
import time
from pathlib import Path

# Read when the library is loaded: official builds send telemetry otherwise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["RAYON_NUM_THREADS"] = str(len(os.sched_getaffinity(0)))

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

BATCH_TOKENS, BATCH_TEXTS = 2048, 128


def open_session(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])


def open_tokenizer(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(json.loads((folder / "manifest.json").read_text())["embedding"]["max_tokens"])
    return tokenizer


def batches(texts):
    """Numbers of texts of nearly equal length."""
    order, batch = sorted(range(len(texts)), key=lambda i: len(texts[i])), []
    for i in order:
        if batch and (len(batch) == BATCH_TEXTS or (len(batch) + 1) * len(texts[i]) > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(i)
    yield batch


def embed(session, tokenizer, texts):
    encoded = [e.ids for e in tokenizer.encode_batch_fast(texts)]
    vectors = np.empty((len(texts), session.get_outputs()[0].shape[1]), np.float32)
    for batch in batches(encoded):
        longest = max(len(encoded[i]) for i in batch)
        ids, mask = np.zeros((2, len(batch), longest), np.int64)
        for row, i in enumerate(batch):
            ids[row, : len(encoded[i])], mask[row, : len(encoded[i])] = encoded[i], 1
        vectors[batch] = session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


def main():
    folder = Path(sys.argv[1])
    session, tokenizer = open_session(folder), open_tokenizer(folder)
    texts = json.loads(sys.stdin.readline())
    embed(session, tokenizer, texts[:64])
    print(json.dumps(len(texts)), flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        embed(session, tokenizer, texts)
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)


if __name__ == "__main__":
    main()
