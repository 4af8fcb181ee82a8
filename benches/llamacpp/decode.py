#!/usr/bin/env python3
"""Prefill and decoding against llama.cpp: the same weights, the same threads, in one run.

Three contenders take turns, so that what else the machine does hits all of them: llama.cpp on the publisher's GGUF
file, the ONNX graph built from it driven as plainly as llama.cpp is here, and the engine over its socket, which also
samples, detokenizes and schedules. Each decodes as many steps a round for B rows that share a prefix of 200 tokens;
prefill is 256 tokens. Figures are tokens a second of the best round, by the clock and by processor time; ratios are to
llama.cpp. Its threads wait for each other in a busy loop, so where cores are short only --threads 1, by processor time,
compares fairly.

The graph is computed by ONNX Runtime's own operators; the engine has products of its own (crates/engine/src/matmul) where
the processor has AVX-512 VNNI, which is most of the difference between the two.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import contenders  # noqa: E402

PREFILL = 256
BATCHES = (1, 8, 32)
# Decoding steps a round, alike for all: where the machine's speed wavers, the best of short rounds beats that of long ones
STEPS = {1: 48, 8: 32, 32: 24}
TARGETS = {("qwen2.5-coder-0.5b-instruct", batch): target for batch, target in ((1, 0.9), (8, 1.8), (32, 1.8))}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", help="a shipped text model; the 0.5B and the 1.5B by default")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--engine", type=Path, help="the engine's executable; without it only the graph is measured")
    parser.add_argument("--engine-bench", type=Path, help="the compiled benches/engine.rs")
    parser.add_argument("--onnxruntime", type=Path)
    given = parser.parse_args()
    given.model = given.model or ["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"]
    return given


def best(work, rounds):
    """Runs every contender's work once a round, in turn → {name: (tokens a second, tokens a processor second)}."""
    rates = {name: (0.0, 0.0) for name in work}
    for _ in range(rounds):
        for name, measure in work.items():
            found = measure()
            rates[name] = tuple(max(old, new) for old, new in zip(rates[name], found))
    return rates


def timed(tokens, run, prepare=lambda: None):
    """A measurement: prepares and runs once → (tokens a second, tokens a second of this process's time)."""

    def measure():
        prepare()
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        return tokens / (time.perf_counter() - wall), tokens / (time.process_time() - cpu)

    return measure


def report(model, what, rates, target=None):
    base = rates["llama.cpp"]
    for name, (wall, cpu) in rates.items():
        line = f"{model:28} {what:12} {name:9} {wall:8.1f} tokens/s {cpu:8.1f} a cpu second"
        if name != "llama.cpp":
            line += f"   {wall / base[0]:.2f} x  ({cpu / base[1]:.2f} x by cpu)"
            line += f"  target {target}" if target else ""
        print(line, flush=True)


def compare(given, name, engine):
    manifest = json.loads((given.cache / "models" / name / "manifest.json").read_text())
    weights = given.cache / "downloads" / name / manifest["source"]["packages"][0]["into"]
    rivals = {
        "llama.cpp": contenders.LlamaCpp(weights, given.threads),
        "graph": contenders.Graph(given.cache / "models" / name, given.threads),
    }
    tokens = list(range(1000, 1000 + PREFILL))
    for rival in rivals.values():
        rival.prefill(tokens)
    work = {label: timed(PREFILL, lambda r=rival: r.prefill(tokens)) for label, rival in rivals.items()}
    report(name, f"prefill {PREFILL}", best(work, given.rounds))
    for batch in BATCHES:
        steps = STEPS[batch]
        work = {
            label: timed(
                batch * steps, lambda r=rival: r.decode(steps), lambda r=rival: r.share_prefix(tokens, batch, steps)
            )
            for label, rival in rivals.items()
        }
        if engine:
            work["engine"] = lambda: engine.decode(name, batch, steps)
        report(name, f"decode {batch}", best(work, given.rounds), TARGETS.get((name, batch)))


class Engine:
    """The engine as a process of its own, asked by its own benchmark."""

    def __init__(self, given, folder):
        self.given, self.socket = given, Path(folder) / "engine.sock"
        models = given.cache / "models"
        command = [given.engine, "--socket", self.socket, "--model-dir", models, "--onnxruntime", given.onnxruntime]
        command += ["--threads", str(given.threads), "--memory-mb", "8192", "--max-batch", str(max(BATCHES))]
        # it ends when its standard input does
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while not self.socket.exists():
            if self.process.poll() is not None:
                raise SystemExit(f"error: {given.engine} ended with status {self.process.returncode}")
            time.sleep(0.05)

    def decode(self, name, batch, steps):
        folder = self.given.cache / "models" / name
        command = [self.given.engine_bench, "--socket", self.socket, "--text", folder, "--batch", str(batch)]
        # the first token comes from the prompt's run
        command += ["--tokens", str(steps + 1), "--rounds", "1"]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = next(f for f in map(json.loads, lines.splitlines()) if f["figure"] == "decode")
        return found["tokens_per_s"], found["tokens_per_cpu_s"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    given = arguments()
    print(f"{given.threads} threads, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(given, folder) if given.engine else None
        for name in given.model:
            compare(given, name, engine)
        if engine:
            engine.stop()
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
