"""llama.cpp and the ONNX graph behind one interface: prefill, a prefix shared by rows, steps of one token a row.

Tokens are fixed and logits are read but not used: what is measured is the model alone.
"""

import llama_cpp
import numpy as np
import onnxruntime

PREFIX = 200


class LlamaCpp:
    """The GGUF file with llama.cpp's own kernels; rows are sequences that share the prefix's cells."""

    MOST = 512  # tokens of one run

    def __init__(self, path, threads):
        llama_cpp.llama_log_set(SILENT, None)
        self.model = llama_cpp.llama_model_load_from_file(
            str(path).encode(), llama_cpp.llama_model_default_params()
        )
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx, settings.n_seq_max = 4096, 64
        settings.n_batch = settings.n_ubatch = self.MOST
        settings.n_threads = settings.n_threads_batch = threads
        settings.kv_unified = True
        self.context = llama_cpp.llama_init_from_model(self.model, settings)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.model)
        self.batch = llama_cpp.llama_batch_init(self.MOST, 0, 64)

    def tokens(self, text):
        data = text.encode()
        tokens = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(self.vocabulary, data, len(data), tokens, len(tokens), False, True)
        return list(tokens[:count])

    def run(self, tokens, places, rows, wanted):
        self.batch.n_tokens = len(tokens)
        for i, (token, place, row, want) in enumerate(zip(tokens, places, rows, wanted)):
            self.batch.token[i], self.batch.pos[i], self.batch.logits[i] = token, place, want
            self.batch.n_seq_id[i], self.batch.seq_id[i][0] = 1, row
        if llama_cpp.llama_decode(self.context, self.batch) != 0:
            raise RuntimeError("llama_decode failed")
        llama_cpp.llama_get_logits(self.context)

    def share(self, row, other):
        llama_cpp.llama_memory_seq_cp(self.memory, row, other, -1, -1)

    def forget(self, row):
        llama_cpp.llama_memory_seq_rm(self.memory, row, -1, -1)

    def prefill(self, tokens):
        llama_cpp.llama_memory_clear(self.memory, True)
        places = range(len(tokens))
        for start in range(0, len(tokens), self.MOST):
            some = places[start:start + self.MOST]
            self.run(tokens[some.start:some.stop], some, [0] * len(some), [place == places[-1] for place in some])

    def share_prefix(self, tokens, rows, steps):
        self.prefill(tokens[:PREFIX])
        for row in range(1, rows):
            self.share(0, row)
        self.rows, self.length = rows, PREFIX

    def decode(self, steps):
        for step in range(steps):
            tokens = [1000 + 7 * step + row for row in range(self.rows)]
            self.run(tokens, [self.length] * self.rows, range(self.rows), [1] * self.rows)
            self.length += 1


@llama_cpp.llama_log_callback
def SILENT(level, text, data):
    """Takes llama.cpp's log lines, of which there are hundreds."""


class Graph:
    """A built model of the layout "shared_kv" with ONNX Runtime; each row has a copy of the prefix."""

    def __init__(self, folder, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            folder / "model.onnx", options, providers=["CPUExecutionProvider"]
        )
        past = [i for i in self.session.get_inputs() if i.name.startswith("past_")]
        self.names = [i.name.removeprefix("past_") for i in past]
        self.heads, self.head_size = past[0].shape[1], past[0].shape[3]

    def allocate(self, rows, length):
        """Buffers for keys and values, read and written in place."""
        shape = (rows, self.heads, length, self.head_size)
        arrays = [np.zeros(shape, np.float32) for _ in self.names]
        self.buffers = [onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in arrays]
        self.binding = self.session.io_binding()
        for name, buffer in zip(self.names, self.buffers):
            self.binding.bind_ortvalue_input(f"past_{name}", buffer)
            self.binding.bind_ortvalue_output(f"present_{name}", buffer)
        self.rows, self.length = rows, 0

    def step(self, tokens):
        """tokens [rows, steps] behind what each row has; only the last one's logits are computed."""
        rows, steps = tokens.shape
        self.length += steps
        bind = self.binding.bind_cpu_input
        bind("input_ids", tokens)
        bind("seqlens_k", np.full(rows, self.length - 1, np.int32))
        bind("total_len", np.array(self.length, np.int32))
        bind("logit_idx", np.arange(1, rows + 1, dtype=np.int64) * steps - 1)
        self.binding.bind_output("logits", "cpu")
        self.session.run_with_iobinding(self.binding)

    def prefill(self, tokens):
        self.allocate(1, len(tokens))
        self.step(np.array([tokens], np.int64))

    def share_prefix(self, tokens, rows, steps):
        self.prefill(tokens[:PREFIX])
        prefix = [buffer.numpy() for buffer in self.buffers]
        self.allocate(rows, PREFIX + steps)
        for buffer, shared in zip(self.buffers, prefix):
            values = np.zeros(buffer.shape(), np.float32)
            values[:, :, :PREFIX] = shared
            buffer.update_inplace(values)
        self.length = PREFIX

    def decode(self, steps):
        for step in range(steps):
            tokens = 1000 + 7 * step + np.arange(self.rows, dtype=np.int64)
            self.step(tokens[:, None])
