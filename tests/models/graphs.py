"""Runs built models with ONNX Runtime, as the engine does but one text at a time."""

import os

# Read when the library is loaded: official builds send telemetry otherwise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402


def open_session(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])


class TextGraph:
    """A graph of the layout "shared_kv"."""

    def __init__(self, folder):
        self.session = open_session(folder)
        past = [i for i in self.session.get_inputs() if i.name.startswith("past_")]
        self.names = [i.name.removeprefix("past_") for i in past]
        self.heads, self.head_size = past[0].shape[1], past[0].shape[3]

    def start(self, length):
        """Binds buffers for keys and values of one text of at most `length` tokens."""
        self.binding = self.session.io_binding()
        self.past = 0
        shape = (1, self.heads, length, self.head_size)
        self.buffers = [onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, np.float32)) for _ in self.names]
        for name, buffer in zip(self.names, self.buffers):
            self.binding.bind_ortvalue_input(f"past_{name}", buffer)
        for name, buffer in zip(self.names, self.buffers):
            self.binding.bind_ortvalue_output(f"present_{name}", buffer)

    def step(self, tokens):
        """Appends tokens to the text → the logits [tokens, vocabulary] after each."""
        self.past += len(tokens)
        bind = self.binding.bind_cpu_input
        bind("input_ids", np.array([tokens], np.int64))
        bind("seqlens_k", np.array([self.past - 1], np.int32))
        bind("total_len", np.array(self.past, np.int32))
        bind("logit_idx", np.arange(len(tokens), dtype=np.int64))
        self.binding.bind_output("logits", "cpu")
        self.session.run_with_iobinding(self.binding)
        return self.binding.get_outputs()[-1].numpy()

    def write(self, prompt, length, ends):
        """The likeliest continuation, token by token, and the logits it was chosen by."""
        self.start(len(prompt) + length)
        logits, tokens = [self.step(prompt)[-1]], []
        while len(tokens) < length - 1 and int(logits[-1].argmax()) not in ends:
            tokens.append(int(logits[-1].argmax()))
            logits.append(self.step(tokens[-1:])[0])
        return tokens, np.array(logits)


def tokenizer_of(folder):
    return Tokenizer.from_file(str(folder / "tokenizer.json"))
