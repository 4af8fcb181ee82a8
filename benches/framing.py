#!/usr/bin/env python3
"""Fifty products for a customer who looks at prices and for one who buys the dearest, written by a real model: in how many
the two texts speak of different things first, in how many the facts are the same, and how many of the texts the model wrote.

  benches/framing.py [--kinds subject,push,message] [--model NAME] [--show N]"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support import framing  # noqa: E402
from support.cluster import Cluster  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kinds", default="subject,push,message")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct")
    parser.add_argument("--show", type=int, default=3)
    arguments = parser.parse_args()
    with Cluster("bench_framing") as server:
        server.create_database("framing")
        with server.connect(dbname="framing", autocommit=True) as connection:
            framing.create(connection)
            for kind in arguments.kinds.split(","):
                found = framing.compare(connection, kind, model=arguments.model)
                share = {name: 100 * sum(pair[name] for pair in found) / len(found) for name in ("differs", "equal")}
                written = sum(status == "ok" for pair in found for status in pair["statuses"])
                print(f"{kind:10} emphasis differs in {share['differs']:5.1f} % (target 95), facts equal in {share['equal']:5.1f} % (100), "
                      f"written by the model {written}/{2 * len(found)}", flush=True)
                for pair in [pair for pair in found if not pair["differs"]] + found[:arguments.show]:
                    print(f"    value: {pair['value']!r}\n    premium: {pair['premium']!r}")


if __name__ == "__main__":
    main()
