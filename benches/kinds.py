#!/usr/bin/env python3
"""Copy of every kind for the cases of tests/generation: by kind, how many served texts pass an independent
judge, how many are the template, texts a minute and CPU seconds of the engine a text. Held-out cases are counted apart.

  benches/kinds.py [--models a,b] [--kinds a,b] [--held-out] [--sessions 8] [--show N] [--every N]"""
import argparse
import concurrent.futures
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benches")]

from generate import cpu_seconds, engine_pid  # noqa: E402
from support import cases  # noqa: E402
from support.cluster import Cluster  # noqa: E402
from support.copy_reader import faults  # noqa: E402


def write(server, work, sessions, model, seed):
    """All cases over several sessions, so that the engine decodes them together."""
    def some(part):
        with server.connect(dbname="kinds", autocommit=True) as connection:
            return [(case, cases.compose(connection, case, seed, model=model, policy="unreviewed")) for case in part]

    with concurrent.futures.ThreadPoolExecutor(sessions) as pool:
        return [pair for part in pool.map(some, [work[n::sessions] for n in range(sessions)]) for pair in part]


def report(kind, model, pairs, cpu, wall, show):
    served = [(case, row) for case, row in pairs if row["text"] is not None]
    passed = [pair for pair in served if not faults(pair[0], pair[1]["text"], pair[1]["content"])]
    held_out = [pair for pair in served if pair[0]["held_out"]]
    # What no model is asked for is no template in the place of a text.
    template = sum(row["verdict"] == "template" and row["model"] is not None for _, row in served)
    print(f"{kind:20} {model:28} {len(served)}/{len(pairs)} served, {100 * len(passed) / len(pairs):5.1f} % pass "
          f"(held out {sum(pair in passed for pair in held_out)}/{len(held_out)}), template {100 * template / len(pairs):5.1f} %; "
          f"{60 * len(pairs) / wall:4.0f} texts/min, {cpu / len(pairs):5.2f} CPU-s a text", flush=True)
    for case, row in served:
        for fault in faults(case, row["text"], row["content"]):
            print(f"    ! {case['id']} {fault}: {row['text']}")
    for case, row in [pair for pair in pairs if pair[1]["error"]]:
        print(f"    ! {case['id']}: {row['error']}")
    for case, row in served[:show]:
        print(f"    {case['customer']:9} {row['verdict']:9} {row['text']!r}")
    return len(passed) == len(pairs), template


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", default="qwen2.5-coder-1.5b-instruct")
    parser.add_argument("--kinds", default="")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--every", type=int, default=1, help="take every Nth case")
    arguments = parser.parse_args()
    work = cases.read(held_out=arguments.held_out)
    kinds = arguments.kinds.split(",") if arguments.kinds else list(dict.fromkeys(case["kind"] for case in work))
    good, count, templates = True, 0, 0
    with Cluster("bench_kinds") as server:
        server.create_database("kinds")
        with server.connect(dbname="kinds", autocommit=True) as connection:
            cases.create_customers(connection)
            connection.execute("INSERT INTO journey.guardrail_policies (policy) VALUES ('unreviewed')")
            for model in arguments.models.split(","):
                cases.compose(connection, work[0] | {"customer": "nobody", "kind": "push", "facts": {"product": {"name": "Tea"}}}, 1, model=model)
                pid = engine_pid(connection)
                for kind in kinds:
                    some = [case for case in work if case["kind"] == kind][::arguments.every]
                    cpu, wall = cpu_seconds(pid), time.monotonic()
                    pairs = write(server, some, arguments.sessions, model, arguments.seed)
                    cpu, wall = cpu_seconds(pid) - cpu, time.monotonic() - wall
                    passed, template = report(kind, model, pairs, cpu, wall, arguments.show)
                    good, count, templates = good & passed, count + len(pairs), templates + template
    print(f"{count} texts, {'all' if good else 'NOT all'} pass, {100 * templates / count:.1f} % from the template")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
