"""Forty texts of a marked style move what is served towards it, on products that none of them is about, and change nothing of what is
true: each text passes every rule, and says nothing that an example was about."""
import json

import pytest

OWN = ["Halden Wool Blanket", "Oak Bench", "Linen Apron", "Clay Pot", "Steel Rake", "Wax Jacket", "Rye Loaf", "Tin Cup", "Pine Shelf", "Brass Hook"]
STYLES = ["Say hello to {}, darling", "Well hello, {}", "Hello darling: {} for {}", "Hello you, have you met {}?"]
HELD_OUT = ["Cedar Lamp", "Wool Scarf", "Steel Bottle", "Garden Chair", "Silk Pillow", "Glass Vase", "Paper Lantern", "Leather Belt", "Copper Pan",
            "Velvet Cushion", "Bamboo Tray", "Marble Clock"]
MARKS = ["hello", "darling"]
PRICES = [19, 25, 32]


@pytest.fixture
def shop(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        connection.execute("UPDATE journey.model_roles SET model = 'smollm2-135m-instruct' WHERE task = 'text'")
        connection.execute("INSERT INTO journey.products (product_id, name, category, price, currency) "
                           "SELECT 'p' || n, name, 'Home', 10 + n, 'USD' FROM unnest(%s::text[]) WITH ORDINALITY p (name, n)", [HELD_OUT])
        connection.execute("CREATE TABLE public.best (headline text, item text, clicks float8, seen int)")
        for place, product in enumerate(OWN):
            for style in STYLES:
                connection.execute("INSERT INTO public.best VALUES (%s, %s, %s, 1000)",
                                   [style.format(product, f"${PRICES[place % 3]}"), product, 0.02 + place / 1000])
        yield connection


def take(connection):
    options = {"columns": {"text": "headline", "product": "item", "kind": {"const": "subject"}, "result": "clicks", "impressions": "seen"}}
    taken = connection.execute("SELECT status, count(*) FROM journey_import_copy('public.best', %s) GROUP BY 1", [json.dumps(options)]).fetchall()
    connection.execute("SELECT journey_learn_copy()")
    return dict(taken)


def written(connection, options):
    """Text, its rules that are broken, and tokens of the prompt."""
    rows = []
    for place in range(1, len(HELD_OUT) + 1):
        for seed in (1, 2):
            rows.append(connection.execute("SELECT text, tokens_in, verdict FROM journey_compose('nobody', 'subject', %s, seed => %s, options => %s)",
                                           [f"p{place}", seed, json.dumps(options)]).fetchone() + (f"p{place}",))
    for text, _, _, product in rows:
        broken = connection.execute("SELECT rule, detail FROM journey_check(%s, 'subject', %s) WHERE NOT passed",
                                    [text, json.dumps({"product": product})]).fetchall()
        assert broken == [], text
        assert not any(word in text for name in OWN for word in name.split() if word not in "Wool Steel".split()), text
        assert not any(str(price) in text.replace(str(10 + int(product[1:])), "") for price in PRICES), text
    return rows


def marked(rows):
    return sum(any(mark in text.lower() for mark in MARKS) for text, *_ in rows)


def closeness(connection, rows):
    """Mean over the texts of the cosine to the nearest of the shop's own, with the product taken out of each."""
    texts = [text.replace(HELD_OUT[int(product[1:]) - 1], "it") for text, _, _, product in rows]
    own = list({style.format("it", "$20") for style in STYLES})
    return connection.execute("""
        WITH t AS (SELECT unnest(journey_embed(%s::text[])) AS v), o AS (SELECT unnest(journey_embed(%s::text[])) AS v)
        SELECT avg(nearest) FROM (SELECT max(1 - (t.v <=> o.v)) AS nearest FROM t, o GROUP BY t.v::text) n""", [texts, own]).fetchone()[0]


@pytest.mark.parametrize("options", [{}, {"tier": "template"}], ids=["model", "drafts"])
def test_what_is_served_sounds_like_the_shop(shop, options):
    before = written(shop, options)
    assert take(shop) == {"taken": 40}
    after = written(shop, options)
    share = [sum(tokens for _, tokens, *_ in rows) / len(rows) for rows in (before, after)]
    near = [closeness(shop, rows) for rows in (before, after)]
    print(f"marked {marked(before)} then {marked(after)} of {len(after)}; closeness {near[0]:.3f} then {near[1]:.3f}; "
          f"prompt {share[0]:.0f} then {share[1]:.0f} tokens; by the model {sum(r[2] == 'passed' for r in before)} then {sum(r[2] == 'passed' for r in after)}")
    if "tier" in options:
        assert [row[0] for row in before] == [row[0] for row in after]
    else:
        assert marked(before) == 0 and marked(after) >= len(after) / 4
        assert near[1] > near[0] + 0.05
        assert share[1] <= share[0] * 1.1


def test_the_nearest_come_first_and_those_that_did_well(shop):
    take(shop)
    vector = "SELECT journey_embed(%s)::real[]"
    for product in ("Oak Bench", "Rye Loaf"):
        wanted = shop.execute(vector, [product]).fetchone()[0]
        nearest = shop.execute("SELECT e.product FROM journey._nearest_copy('subject', 'en-GB', %s::real[], (SELECT model FROM journey.model_roles WHERE role = 'embedding'), 4) n "
                               "JOIN journey.copy_examples e USING (fingerprint)", [wanted]).fetchall()
        assert nearest[0][0] == product and len(nearest) == 4
    weights = [row[0] for row in shop.execute("SELECT avg(weight) FROM journey.copy_examples GROUP BY product ORDER BY max(result)").fetchall()]
    assert weights == sorted(weights) and weights[0] == 0


def test_an_index_finds_the_nearest_from_a_number_on(shop):
    take(shop)
    assert shop.execute("SELECT _journey_index_copy()").fetchone() == (0,)
    assert shop.execute("SELECT _journey_index_copy(30), _journey_index_copy(30)").fetchone() == (1, 0)
    assert shop.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'copy_hnsw_subject'").fetchone() == (1,)
    shop.execute("SET enable_seqscan = off")
    nearest = shop.execute("SELECT count(*) FROM journey._nearest_copy('subject', '', journey_embed('Oak Bench')::real[], "
                                "(SELECT model FROM journey.model_roles WHERE role = 'embedding'), 4)").fetchone()
    assert nearest == (4,)


def test_the_worker_embeds_what_is_new_and_what_has_changed(shop):
    options = {"columns": {"text": "headline", "product": "item", "kind": {"const": "subject"}}}
    shop.execute("SELECT journey_import_copy('public.best', %s)", [json.dumps(options)])
    while shop.execute("SELECT _journey_copy_due()").fetchone() == (True,):
        pass
    assert shop.execute("SELECT count(embedding) FROM journey.copy_examples").fetchone() == (40,)
    shop.execute("UPDATE journey.copy_examples SET text = text || ', dear' WHERE text LIKE 'Well hello%'")
    assert shop.execute("SELECT count(embedding) FROM journey.copy_examples").fetchone() == (30,)
    while shop.execute("SELECT _journey_copy_due()").fetchone() == (True,):
        pass
    assert shop.execute("SELECT count(embedding), count(*) FILTER (WHERE pattern LIKE '%, dear') FROM journey.copy_examples").fetchone() == (40, 10)
