#!/usr/bin/env python3
"""A sheet of served texts to be read by a person, of every kind, over varied customers and products: docs/texts.md has the
rubric. The same seed asks for the same texts.

  benches/reading.py [--sheet build/reading.csv] [--each 15] [--seed 1] [--kinds a,b] [--model NAME] [--url URI]
  benches/reading.py --count sheet.csv

Without --url the products are those of benches/reading/products.jsonl and the customers made for it; with it those of that
shop, drawn by the seed, and what it writes is kept in its journey.generations. Enter in each row's column `sendable` 1 or 0, in
`cause` what is wrong; --count then says by kind how many can be sent unedited, against the targets, and shows the rest."""
import argparse
import collections
import concurrent.futures
import contextlib
import csv
import datetime
import json
import pathlib
import random
import sys

import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from support import cases  # noqa: E402
from support.cluster import Cluster  # noqa: E402

PRODUCTS = [json.loads(line) for line in (ROOT / "benches/reading/products.jsonl").read_text().splitlines()]
KINDS = """message subject preview push product_title product_description offer_explanation low_stock bundle banner body email
landing_page category_page support_reply""".split()
LONG = {"product_description", "body", "email", "landing_page", "category_page", "support_reply"}
TARGETS = {"short": 98, "long": 85, "all": 90}
COLUMNS = ["kind", "customer", "theme", "product", "given", "verdict", "text", "draft", "sendable", "cause"]
SHOP = {"products": "SELECT product_id, name, category, price::float8, currency FROM journey.available_products ORDER BY md5(product_id) LIMIT 500",
        "customers": "SELECT i.value FROM journey.profiles p JOIN journey.identifiers i USING (profile_id) WHERE i.kind = 'user_id' "
                     "ORDER BY md5(i.value) LIMIT 500"}
CATALOG = """INSERT INTO journey.products (product_id, name, category, brand, price, compare_at_price, currency, attributes)
SELECT * FROM jsonb_to_recordset(%s) AS p (product_id text, name text, category text, brand text, price numeric,
                                           compare_at_price numeric, currency text, attributes jsonb)"""
COMPOSE = "SELECT generation_id, status, text, verdict, error FROM journey_compose(%s, %s, %s, seed => %s, options => %s)"
EVIDENCE = "SELECT theme, draft, coalesce(text, (SELECT q.text FROM journey.review_queue q WHERE q.generation_id = g.generation_id)) " \
           "FROM journey.generations g WHERE generation_id = %s"

SUITS = {"low_stock": lambda product, every: sum(p["category"] == product["category"] for p in every) > 1,
         "bundle": lambda product, every: "goes_with" in product or not any("goes_with" in p for p in every)}
TICKETS = ["My parcel has not arrived and I have been waiting for two weeks!", "The zip was broken when I opened the box.",
           "You sent me a different item from the one I ordered.", "The jacket is too small for me.",
           "I was charged twice for one order.", "The colour is nothing like the picture."]
RESOLUTIONS = [{"resolution": "refund", "amount": 45, "currency": "USD"}, {"resolution": "refund"}, {"resolution": "replacement"},
               {"resolution": "exchange"}, {"resolution": "investigating"}]
EVENTS = [{"name": "Spring Fair", "date": "2026-05-03"}, {"name": "Denim Night"}]


def create(connection):
    """A shop with one customer a theme, and one who buys, but declined to be spoken to as a person."""
    cases.create_customers(connection)
    now = datetime.datetime.now(datetime.timezone.utc)
    traits = {"first_name": "Maria", "personalization_consent": False}
    messages = [{"type": "identify", "userId": "declined", "messageId": "declined-i", "timestamp": now.isoformat(), "traits": traits}]
    for customer, product in (("declined", "r17"), ("regular", "r24"), ("regular", "r05"), ("everyday", "r06"), ("return", "r24")):
        order = {"order_id": f"{customer}-{product}", "total": 20, "currency": "USD", "products": [{"product_id": product, "price": 20, "quantity": 1}]}
        days = 190 if customer == "return" else 9
        messages.append({"type": "track", "event": "Order Completed", "userId": customer, "messageId": f"{customer}-{product}",
                         "timestamp": (now - datetime.timedelta(days=days)).isoformat(), "properties": order})
    refused = connection.execute("SELECT error FROM journey_track_batch(%s) WHERE status <> 'accepted'", (json.dumps(messages),)).fetchall()
    assert not refused, refused
    connection.execute(CATALOG, (json.dumps(PRODUCTS),))


def of_shop(connection):
    """Products and customers of a shop that is there."""
    names = ("product_id", "name", "category", "price", "currency")
    products = [dict(zip(names, row)) for row in connection.execute(SHOP["products"]).fetchall()]
    return products, [row[0] for row in connection.execute(SHOP["customers"]).fetchall()]


def given(kind, product, products, chance):
    """What the caller says beside profile and catalog: always what the kind cannot do without, otherwise now and then."""
    others = [p for p in products if p["product_id"] != product["product_id"]]
    near = [p for p in others if p["category"] == product["category"]] or others
    fits = [p for p in others if p["product_id"] in product.get("goes_with", ())] or near
    offer = chance.choice([{"percent": 20}, {"percent": 15}, {"amount": 5, "currency": product.get("currency") or "USD"}])
    offer |= chance.choice([{}, *({"reason": r} for r in ("loyalty", "birthday", "win_back", "welcome", "price_drop"))])
    facts = {"offer_explanation": {"offer": offer}, "low_stock": {"stock": chance.choice([1, 2, 3, 5]), "alternative": chance.choice(near)["product_id"]},
             "bundle": {"bundle": {"products": [{"name": p["name"]} for p in (product, *chance.sample(fits, min(len(fits), 2)))]}},
             "category_page": {"category": product["category"]},
             "support_reply": {"ticket": {"text": chance.choice(TICKETS)} | chance.choice(RESOLUTIONS)}}.get(kind, {})
    if not facts and kind != "product_title":
        facts = chance.choice([{}, {}, {}, {"offer": offer}, {"stock": 3}, {"ship_days": 2}, {"event": chance.choice(EVENTS)}])
    return facts


def plan(kinds, each, products, customers, seed):
    """Every kind has the customers in turn, so that none is missing, and products by chance."""
    for kind in kinds:
        chance = random.Random(f"{seed} {kind}")
        # What is nearly gone or goes well with others needs others that are known for it; any shop has such in its categories.
        fit = [p for p in products if SUITS.get(kind, lambda p, _: True)(p, products)] or products
        drawn = chance.sample(fit, min(each, len(fit)))
        for n in range(each):
            product = drawn[n % len(drawn)]
            yield {"kind": kind, "customer": customers[n % len(customers)], "product": product["name"], "seed": seed + n,
                   "product_id": None if kind in ("category_page", "support_reply") else product["product_id"],
                   "given": given(kind, product, products, chance)}


def write(uri, work, model):
    options = {"facts": work["given"], "policy": "unreviewed"} | ({"model": model} if model else {})
    with psycopg.connect(uri, autocommit=True) as connection:
        try:
            row = connection.execute(COMPOSE, (work["customer"], work["kind"], work["product_id"], work["seed"], json.dumps(options))).fetchone()
        except psycopg.Error as error:
            row = (None, "error", None, None, str(error).splitlines()[0])
        theme, draft, text = connection.execute(EVIDENCE, (row[0],)).fetchone() if row[0] else (None, None, None)
    return work | {"theme": theme, "given": json.dumps(work["given"]) if work["given"] else "", "verdict": row[3] or row[1],
                   "text": text or f"({row[4] or row[1]})", "draft": draft}


def sheet(arguments):
    with contextlib.ExitStack() as stack:
        uri = arguments.url
        if not uri:
            server = stack.enter_context(Cluster("bench_reading"))
            server.create_database("reading")
            # Its databases ask the smallest model, which nobody would serve.
            arguments.model = arguments.model or "qwen2.5-coder-1.5b-instruct"
            uri = server.uri("reading")
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("INSERT INTO journey.guardrail_policies (policy) VALUES ('unreviewed') ON CONFLICT DO NOTHING")
            if arguments.url:
                products, customers = of_shop(connection)
            else:
                create(connection)
                products, customers = PRODUCTS, ["value", "premium", "welcome", "return", "declined", "regular", "everyday", "nobody"]
        file = stack.enter_context(open(arguments.sheet, "w", newline=""))
        table = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        table.writeheader()
        work = list(plan(arguments.kinds.split(","), arguments.each, products, customers, arguments.seed))
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(arguments.sessions))
        for row in pool.map(lambda work: write(uri, work, arguments.model), work):
            table.writerow(row)
            file.flush()


def count(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    unread = [row for row in rows if row["sendable"] not in ("0", "1")]
    if unread:
        sys.exit(f"{len(unread)} of {len(rows)} texts have no 0 or 1 in the column sendable")
    sums = collections.defaultdict(list)
    for row in rows:
        for group in (row["kind"], "long" if row["kind"] in LONG else "short", "all"):
            sums[group].append(row["sendable"] == "1")
    missed = 0
    for group, found in sums.items():
        share, least = 100 * sum(found) / len(found), TARGETS.get(group)
        missed += least is not None and share < least
        print(f"{group:20} {sum(found):3}/{len(found):3} {share:5.1f} %" + (f" (target {least})" if least else ""))
    for row in rows:
        if row["sendable"] == "0":
            print(f"\n{row['kind']}, {row['customer']}, {row['verdict']}: {row['cause']}\n    {row['text']!r}")
    sys.exit(1 if missed else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--sheet", default=str(ROOT / "build/reading.csv"))
    what.add_argument("--count")
    parser.add_argument("--url")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--each", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--model", help="without --url qwen2.5-coder-1.5b-instruct")
    arguments = parser.parse_args()
    if arguments.count:
        count(arguments.count)
    else:
        sheet(arguments)


if __name__ == "__main__":
    main()
