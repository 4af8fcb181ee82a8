#!/usr/bin/env python3
"""llama.cpp on the prompts of a campaign, as well as it can: what the prompts begin with is computed once before the clock
starts, the rest of each once for its candidates, and all rows decode together. Tokens are fixed and logits are read but not
used, so sampling, masks and checks cost it nothing.

Reads {"weights", "prompts", "candidates", "steps", "threads"} from standard input, prints {"tokens", "wall", "cpu"}."""
import json
import os
import sys
import time

from contenders import LlamaCpp

ROWS = 32


def common(prompts):
    return len(os.path.commonprefix(prompts))


def write(llama, rests, prefix, candidates, steps):
    """The texts of some prompts: row 0 keeps what all begin with, every prompt has `candidates` rows of its own."""
    rows = [range(1 + at * candidates, 1 + (at + 1) * candidates) for at in range(len(rests))]
    for own in rows:
        for row in own:
            llama.forget(row)
        llama.share(0, own[0])
    lengths = [prefix + len(rest) for rest in rests]
    todo = [(token, prefix + place, own[0], place == len(rest) - 1)
            for rest, own in zip(rests, rows) for place, token in enumerate(rest)]
    for start in range(0, len(todo), llama.MOST):
        llama.run(*zip(*todo[start:start + llama.MOST]))
    for own in rows:
        for row in own[1:]:
            llama.share(own[0], row)
    all_rows = [row for own in rows for row in own]
    for step in range(steps):
        places = [length + step for length, own in zip(lengths, rows) for _ in own]
        llama.run([1000 + 7 * step + row for row in all_rows], places, all_rows, [1] * len(all_rows))


def main():
    asked = json.load(sys.stdin)
    llama = LlamaCpp(asked["weights"], asked["threads"])
    prompts = [llama.tokens(prompt) for prompt in asked["prompts"]]
    prefix = min(common(prompts), min(map(len, prompts)) - 1)
    llama.prefill(prompts[0][:prefix])
    rests = [prompt[prefix:] for prompt in prompts]
    group = ROWS // asked["candidates"]
    write(llama, rests[:group], prefix, asked["candidates"], 1)
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(rests), group):
        write(llama, rests[start:start + group], prefix, asked["candidates"], asked["steps"])
    json.dump({"tokens": len(rests) * asked["candidates"] * asked["steps"], "prefix": prefix,
               "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}, sys.stdout)


if __name__ == "__main__":
    main()
