"""The same product reads differently for whom it is written for, and nothing true of it changes."""
import pytest

from support import framing


@pytest.fixture(scope="module")
def connection(cluster):
    cluster.create_database("framing")
    with cluster.connect(dbname="framing", autocommit=True) as opened:
        framing.create(opened)
        yield opened


@pytest.mark.parametrize("kind", ["subject", "message", "push", "product_description", "body", "banner", "landing_page"])
def test_luxury_and_value_customers_read_of_different_things(connection, kind):
    found = framing.compare(connection, kind, tier="template")
    assert all(pair["themes"] == framing.READERS for pair in found)
    assert all(pair["equal"] for pair in found)
    alike = [(pair["value"], pair["premium"]) for pair in found if not pair["differs"]]
    assert len(alike) <= 0.05 * len(found), alike


def test_what_a_model_makes_of_it_keeps_the_emphasis(connection):
    found = framing.compare(connection, "subject", framing.PRODUCTS[::10])
    assert all(pair["equal"] and pair["differs"] for pair in found), found


def test_no_text_says_an_attribute_twice(connection):
    twice = []
    for product in framing.PRODUCTS:
        for kind in ("product_description", "landing_page", "body", "banner"):
            text = framing.write(connection, kind, product, "premium", tier="template")["text"]
            said = [value for value in product["attributes"].values() if isinstance(value, str) and text.count(value) > 1]
            twice += [(kind, value, text) for value in said if value not in product["name"]]
    assert not twice, twice
