"""The cases of tests/generation, and the customers that they are written for.

cases.jsonl was looked at while drafts, prompts and checks were made; held_out.jsonl was not."""
import datetime
import json
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMPOSE = """SELECT generation_id, status, model, text, content, verdict, error FROM journey_compose(%s, %s, seed => %s, options => %s)"""

REVIEWED = """SELECT q.text, _journey_content(q.kind, g.guardrails -> 'outline', q.text)
                FROM journey.review_queue q JOIN journey.generations g USING (profile_id, generation_id) WHERE generation_id = %s"""

# orders, days between them, days since the last one, discount a unit of 100, loyalty tier; one customer a theme
CUSTOMERS = {"welcome": (1, 0, 5, 0, None), "return": (12, 7, 200, 0, None), "value": (12, 20, 3, 40, None),
             "premium": (12, 20, 3, 0, "gold"), "regular": (30, 6, 2, 0, None), "everyday": (12, 20, 3, 0, None)}


def read(held_out=None):
    """All cases, or only those that were held out, or that were not."""
    names = {None: ["cases", "held_out"], True: ["held_out"], False: ["cases"]}[held_out]
    return [json.loads(line) | {"held_out": name == "held_out"}
            for name in names for line in (ROOT / f"generation/{name}.jsonl").read_text().splitlines()]


def create_customers(connection):
    """One customer a theme, by orders that make it; `nobody` stays unknown."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for name, (orders, between, since, discount, tier) in CUSTOMERS.items():
        messages = [{"type": "identify", "userId": name, "messageId": f"{name}-i", "timestamp": now.isoformat(),
                     "traits": {"first_name": "Maria"} | ({"loyalty_tier": tier} if tier else {})}]
        for n in range(orders):
            at = now - datetime.timedelta(days=since + between * n)
            messages.append({"type": "track", "event": "Order Completed", "userId": name, "messageId": f"{name}-{n}",
                             "timestamp": at.isoformat(), "properties": {
                                 "order_id": f"{name}-{n}", "total": 100 - discount, "subtotal": 100 - discount, "discount": discount,
                                 "currency": "USD", "products": [{"product_id": "x", "price": 100, "quantity": 1}]}})
        refused = connection.execute("SELECT error FROM journey_track_batch(%s) WHERE status <> 'accepted'",
                                     (json.dumps(messages),)).fetchall()
        assert not refused, refused


def compose(connection, case, seed, **options):
    """The row of journey_compose as an object; of a text that waits for a person what would be served when it is approved."""
    options |= {"facts": case["facts"]} | {name: case[name] for name in ("tone", "locale") if name in case}
    cursor = connection.execute(COMPOSE, (case["customer"], case["kind"], seed, json.dumps(options)))
    row = dict(zip([column.name for column in cursor.description], cursor.fetchone()))
    if row["status"] == "review":
        assert row["text"] is None and row["content"] is None
        row["text"], row["content"] = connection.execute(REVIEWED, (row["generation_id"],)).fetchone()
    return row
