#!/usr/bin/env python3
"""journey_match over 50,000 invented customers, of whom every fifth is there twice with slips of the hand: seconds, and F1.

Names, streets and cities are invented words of which the n-th is n times as rare as the first, as names are."""
import json
import pathlib
import random
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benches")]

from load import SETTINGS, Watch  # noqa: E402
from support.cluster import Cluster  # noqa: E402

CUSTOMERS = 50_000
TWICE = 5  # every fifth
LIMIT = 30  # seconds


def zipf_word(rng, syllables, count):
    """Of `count` invented words one, the n-th with frequency 1/n."""
    rank = min(int(count ** rng.random()), count - 1)
    made = random.Random(rank)
    return "".join(made.choice(syllables) for _ in range(2 + rank % 2))


FIRST = [a + b for a in ["an", "be", "ca", "di", "el", "fa", "gre", "hi", "jo", "ka", "le", "ma"] for b in ["na", "la", "ro", "mi", "ton", "ra"]]
LAST = [a + b for a in ["ab", "bran", "cas", "du", "erik", "fisch", "gru", "had", "kow", "lar", "mo", "nak", "ros", "sch"] for b in ["er", "ski", "ara", "sen", "bois", "ti"]]


def person(rng):
    first, last = zipf_word(rng, FIRST, 1_500).title(), zipf_word(rng, LAST, 12_000).title()
    return {"firstName": first, "lastName": last,
            "email": f"{first}.{last}{rng.randrange(1000)}@{rng.choice(['gmail', 'web', 'mail', 'post'])}.example.com".lower(),
            "phone": f"+49 {rng.randrange(30, 900)} {rng.randrange(10**7):07}",
            "birthday": f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
            "street": f"{zipf_word(rng, LAST, 3_000).title()} street {rng.randrange(1, 120)}",
            "city": zipf_word(rng, LAST, 400).title(), "postalCode": f"{rng.randrange(10_000):05}"}


def slip(rng, value):
    """One letter lost, doubled, or two in the wrong order."""
    at = rng.randrange(len(value) - 1)
    return rng.choice([value[:at] + value[at + 1:], value[:at] + value[at] + value[at:],
                       value[:at] + value[at + 1] + value[at] + value[at + 2:]])


def again(rng, person):
    copy = {}
    for name, value in person.items():
        die = rng.random()
        if die > 0.2:  # a fifth of the values is lost, one in seven has a slip
            copy[name] = slip(rng, value) if die < 0.35 else value
    return copy


def customers(rng):
    for number in range(CUSTOMERS * TWICE // (TWICE + 1)):
        one = person(rng)
        yield f"c{number}", one
        if number % TWICE == 0:
            yield f"twin{number}", again(rng, one)


def main():
    rng = random.Random(1)
    people = list(customers(rng))
    true = sum(name.startswith("twin") for name, _ in people)
    with Cluster("bench_matching", settings=SETTINGS) as cluster:
        cluster.create_database("journey")
        with cluster.connect() as connection:
            with connection.cursor() as cursor, cursor.copy("COPY journey.inbox (payload) FROM STDIN") as sink:
                for name, traits in people:
                    sink.write_row([json.dumps({"type": "identify", "userId": name, "timestamp": "2024-01-01T00:00:00Z", "traits": traits})])
            while connection.execute("SELECT journey_drain()").fetchone()[0]:
                pass
            connection.execute("ANALYZE")
            began = time.monotonic()
            with Watch(cluster) as watch:
                found = connection.execute("SELECT customer, other FROM journey_match()").fetchall()
            took = time.monotonic() - began
            # Whoever shares an address is one customer already, and nothing is left to be found.
            left = connection.execute("SELECT count(*) FROM journey.profiles").fetchone()[0]
    number = lambda name: name.split(":")[1].removeprefix("twin").removeprefix("c")  # noqa: E731
    right = sum(number(a) == number(b) for a, b in found)
    precision, recall = right / max(1, len(found)), right / true
    print(f"{left} customers, {true} of them twice: {len(found)} candidates in {took:.1f} s, {watch.cpu:.1f} s CPU (target: {LIMIT} s)")
    print(f"F1 {2 * right / (len(found) + true):.4f}, precision {precision:.4f}, recall {recall:.4f}")


if __name__ == "__main__":
    main()
