#!/usr/bin/env python3
"""What four sessions that generate at once add to the memory of the machine: the proportional set size of all processes
of the server, against those of the server before the first call, relative to the size of the model's weights.

The weights alone take 1.0 times their size (1.1 to 1.2 where the processor lacks AVX-512 VNNI and ONNX Runtime's own
products are used); tokenizer, libraries and heaps some 100 MB; the rest is attention state, of which prompts that begin
alike share the beginning, and what a run works with.

  benches/memory.py [--models a,b] [--seconds 20]"""
import argparse
import json
import os
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support.cluster import Cluster  # noqa: E402
from support.engine import Call, children, engine_pid, launcher_pid  # noqa: E402

MODELS = "qwen2.5-coder-1.5b-instruct,qwen2.5-coder-0.5b-instruct"
SESSIONS = 4
WRITE = """SELECT count(*) FROM generate_series(1, 100000) AS n,
    LATERAL journey_compose('nobody', 'message', seed => n * {sessions} + {session}, options => '{{"model": "{model}", "cache": false}}')"""
MOST_TIMES_WEIGHTS, MOST_PRIVATE_MB = 1.3, 30


def megabytes(pid):
    """What a process holds for itself alone, and its proportional set size."""
    try:
        text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    sizes = {key: int(kilobytes) / 1024 for key, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Pss"]


def total(cluster):
    postmaster = cluster.postmaster_pid()
    pids = [postmaster, *children(postmaster), engine_pid(cluster)]
    return sum(megabytes(pid)[1] for pid in pids if pid)


def weights_mb(model):
    manifest = json.loads((pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "models" / model / "manifest.json").read_text())
    return sum(file["bytes"] for file in manifest["files"] if file["name"].endswith(".data")) / (1 << 20)


def measure(cluster, model, seconds):
    with cluster.connect() as first:
        first.execute("SELECT journey_status()")
        before = total(cluster)
        # The first call loads the model; what loading takes for a moment is told apart.
        first.execute("SELECT * FROM journey_compose('nobody', 'message', options => %s)", [json.dumps({"model": model})])
    calls = [Call(cluster, WRITE.format(sessions=SESSIONS, session=n, model=model)) for n in range(SESSIONS)]
    most, private = 0.0, 0.0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.3)
        most = max(most, total(cluster) - before)
        private = max(private, *(megabytes(call.pid)[0] for call in calls))
    assert not any(call.ended for call in calls), [call.error for call in calls]
    for call in calls:
        call.connection.cancel()
        call.outcome()
    weights = weights_mb(model)
    print(f"{model:28} weights {weights:.0f} MB, added by {SESSIONS} sessions {most:.0f} MB: {most / weights:.2f} x "
          f"(limit {MOST_TIMES_WEIGHTS}); private memory of a session {private:.0f} MB (limit {MOST_PRIVATE_MB})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--seconds", type=float, default=20)
    arguments = parser.parse_args()
    for model in arguments.models.split(","):
        with Cluster(f"bench_memory_{model}") as cluster:
            cluster.create_database("journey")
            assert launcher_pid(cluster)
            measure(cluster, model, arguments.seconds)


if __name__ == "__main__":
    main()
