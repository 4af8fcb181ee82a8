"""A text depends on its facts, prompt, model and seed alone: not on the texts it was written with, nor on whether it was written before."""
import json

import pytest

PRODUCTS = """
INSERT INTO journey.products (product_id, name, category, price, currency)
SELECT 'p' || n, name, 'Garden', 10 + n, 'USD'
  FROM unnest('{Copper Watering Can,Oak Bird House,Linen Apron,Steel Rake,Clay Pot,Wool Socks,Pine Bench,Wax Jacket}'::text[]) WITH ORDINALITY p (name, n)"""
COMPOSE = """SELECT text, status, seed, ms, tokens_out, generation_id FROM journey_compose('nobody', %s, %s, seed => %s, options => %s)"""


@pytest.fixture(scope="module")
def shop(cluster):
    cluster.create_database("repeats")
    with cluster.connect("repeats") as connection:
        connection.execute(PRODUCTS)
        connection.execute("UPDATE journey.model_roles SET model = 'smollm2-135m-instruct' WHERE task = 'text'")
        yield connection


def compose(connection, kind, product, seed, **options):
    return connection.execute(COMPOSE, [kind, product, seed, json.dumps(options)]).fetchone()


def candidates(connection, row):
    return connection.execute("SELECT candidates FROM journey.generations WHERE generation_id = %s", [row[-1]]).fetchone()[0]


@pytest.mark.parametrize("kind", ["subject", "message"])
def test_a_text_run_again_alone_is_the_same(shop, kind):
    """Written eight at a time first: four variants of it, and those of other sessions' products beside it."""
    for product in ("p1", "p5"):
        together = shop.execute("SELECT text, seed, generation_id FROM journey_compose('nobody', %s, %s, variants => 8, seed => 11, options => %s)",
                                [kind, product, '{"cache": false}']).fetchall()
        for text, seed, generation in together:
            alone = compose(shop, kind, product, seed, cache=False)
            assert alone[0] == text
            assert candidates(shop, alone) == candidates(shop, (generation,))
            assert alone[3] > 0


def test_what_was_written_is_not_written_again_until_a_fact_changes(shop):
    first = compose(shop, "subject", "p2", 5)
    again = compose(shop, "subject", "p2", 5)
    assert again[0] == first[0] and candidates(shop, again) == candidates(shop, first)
    assert first[3] > 0 and again[3] == 0
    shop.execute("UPDATE journey.products SET name = 'Birch Bird House' WHERE product_id = 'p2'")
    changed = compose(shop, "subject", "p2", 5)
    assert changed[3] > 0 and "Birch" in changed[0] and "Oak" not in changed[0]


def test_what_was_written_is_judged_anew(shop):
    """A guardrail that comes later holds for texts that the engine still has."""
    written = compose(shop, "subject", "p3", 7)
    assert "Linen" in written[0]
    shop.execute("INSERT INTO journey.guardrails (guardrail, type, definition, on_fail) VALUES ('no_linen', 'banned_terms', '{\"terms\": [\"linen\"], \"skip_names\": false}', 'refuse')")
    shop.execute("SELECT journey_approve_guardrail('no_linen')")
    refused = compose(shop, "subject", "p3", 7)
    assert (refused[0], refused[1]) == (None, "refused")
