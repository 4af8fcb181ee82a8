"""The same products for a customer who looks at prices and for one who buys the dearest: what each text speaks of first."""
import json
import pathlib

from support import cases

PRODUCTS = [json.loads(line) for line in (pathlib.Path(__file__).resolve().parents[1] / "generation/products.jsonl").read_text().splitlines()]
READERS = ("value", "premium")


def create(connection):
    cases.create_customers(connection)
    connection.execute("INSERT INTO journey.products (product_id, name, category, brand, price, compare_at_price, currency, attributes) "
                       "SELECT * FROM jsonb_to_recordset(%s) AS p (product_id text, name text, category text, brand text, price numeric, "
                       "compare_at_price numeric, currency text, attributes jsonb)", (json.dumps(PRODUCTS),))


def write(connection, kind, product, reader, **options):
    """Text and facts of the product in one text."""
    text, status, generation = connection.execute(
        "SELECT text, status, generation_id FROM journey_compose(%s, %s, %s, seed => 1, options => %s)",
        (reader, kind, product["product_id"], json.dumps(options))).fetchone()
    theme, facts = connection.execute(
        "SELECT theme, (SELECT jsonb_agg(f ORDER BY f ->> 'fact', f -> 'value') FROM jsonb_array_elements(facts) f "
        "WHERE f ->> 'source' LIKE 'journey.products%%') FROM journey.generations WHERE generation_id = %s", (generation,)).fetchone()
    return {"text": text, "status": status, "theme": theme, "facts": facts}


def emphasis(text, product):
    """What is said first beside the name: price, an attribute by its name, brand, or nothing."""
    known = {"price": ["$"], "brand": [product["brand"]]}
    for name, value in product["attributes"].items():
        known[name] = value if isinstance(value, list) else [value]
    text = text.lower().replace(product["name"].lower(), "")
    places = {name: text.find(word.lower()) for name, words in known.items() for word in words}
    said = {name: at for name, at in places.items() if at >= 0}
    return min(said, key=said.get, default=None)


def compare(connection, kind, products=PRODUCTS, **options):
    """Per product both texts, what they speak of first, and whether the facts are the same."""
    found = []
    for product in products:
        value, premium = (write(connection, kind, product, reader, **options) for reader in READERS)
        found.append({"product": product, "value": value["text"], "premium": premium["text"],
                      "differs": emphasis(value["text"], product) != emphasis(premium["text"], product),
                      "equal": value["facts"] == premium["facts"],
                      "themes": (value["theme"], premium["theme"]), "statuses": (value["status"], premium["status"])})
    return found
