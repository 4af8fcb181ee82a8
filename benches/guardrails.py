#!/usr/bin/env python3
"""What the guardrails cost: judging one text by all shipped rules in a session, plain texts and texts in disguise, against a
call that does nothing. Prints p50, p99 and the ratio; the rules of a shop with 2,000 terms more are measured, too."""
import json
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/guardrails")]

from attacks import attacks  # noqa: E402
from catalogue import texts  # noqa: E402
from support.cluster import Cluster  # noqa: E402
from test_guardrails import SUBJECT, TERMS  # noqa: E402

ROUNDS = 4000
LIMIT = 2.0  # milliseconds, p99


def times(connection, statement, arguments):
    """Milliseconds of each call, as the server counts them would hide the way there: as the client sees them."""
    taken = []
    for number in range(ROUNDS + 200):
        values = arguments(number)
        began = time.perf_counter()
        connection.execute(statement, values, prepare=True).fetchone()
        taken.append((time.perf_counter() - began) * 1000)
    taken = sorted(taken[200:])
    return statistics.median(taken), taken[len(taken) * 99 // 100]


def report(what, connection, found, nothing):
    p50, p99 = times(connection, "SELECT _journey_judge(%s, 'default', %s)", lambda n: (found[n % len(found)], SUBJECT))
    print(f"{what}: p50 {p50:.3f} ms, p99 {p99:.3f} ms (target: {LIMIT} ms), {p50 / nothing:.1f} times a call that does nothing")
    return p99


def main():
    with Cluster("guardrails") as server:
        server.create_database("journey")
        with server.connect() as connection:
            nothing, _ = times(connection, "SELECT length(%s), length(%s)", lambda n: ("Take a look at Walnut Bread.", SUBJECT))
            plain = texts()
            odd = [text for _, _, text in attacks([row[0] for row in connection.execute(TERMS)])]
            worst = [report("plain texts", connection, plain, nothing), report("texts in disguise", connection, odd, nothing)]
            long = [" ".join(plain[n:n + 12])[:260] for n in range(0, len(plain) - 12, 12)]
            worst.append(report("texts of 260 characters", connection, long, nothing))
            terms = [f"{a}{b}{n}" for n, (a, b) in enumerate((x, y) for x in plain[:50] for y in ("shop", "store", "mart", "market") * 10)]
            connection.execute("INSERT INTO journey.guardrails (guardrail, status, type, definition) VALUES ('many', 'approved', 'competitor_terms', %s)",
                               (json.dumps({"terms": terms}),))
            worst.append(report(f"texts of 260 characters, {len(terms)} terms more", connection, long, nothing))
            if max(worst) > LIMIT:
                sys.exit(f"the slowest p99 is {max(worst):.3f} ms")


main()
