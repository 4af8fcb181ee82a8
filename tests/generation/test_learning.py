"""Reviewers who always take out the same phrase: after fifty edits it is served half as often at most, to other customers."""
import json

import pytest

# The drafts of messages end with these words about as often as with any others.
PHRASE, BETTER = "Just add it to your list", "We would love to hear how you like it"
LESSONS, HELD_OUT = 50, 200


@pytest.fixture
def shop(cluster, new_database):
    database = new_database()
    with cluster.connect(database) as connection:
        connection.execute("INSERT INTO journey.products (product_id, name, category, price, currency) VALUES ('p', 'Cedar Lamp', 'Lamps', 40, 'USD'), ('q', 'Oak Stool', 'Stools', 55, 'USD')")
        connection.execute("INSERT INTO journey.guardrail_policies (policy, review_kinds, approvals) VALUES ('all', '{message}', 1)")
        connection.execute("UPDATE journey.model_roles SET model = 'smollm2-135m-instruct' WHERE task = 'text'")
        yield connection


def written(connection, seeds, options):
    """Texts about a product that no lesson was about, each by chance of its own."""
    return [connection.execute("SELECT text FROM journey_compose('nobody', 'message', 'q', seed => %s, options => %s)",
                               [seed, json.dumps(options)]).fetchone()[0] for seed in seeds]


def review(connection, seeds):
    """Takes the phrase out wherever it stands, and lets everything else stand; returns how many edits that were."""
    edits = 0
    for seed in seeds:
        connection.execute("SELECT FROM journey_compose('nobody', 'message', 'p', seed => %s, options => %s)",
                           [seed, json.dumps({"tier": "template", "policy": "all"})])
        review_id, text = connection.execute("SELECT id, text FROM journey_review_claim('rita')").fetchone()
        if PHRASE in text:
            edits += 1
            connection.execute("SELECT journey_review_decide(%s, 'edit', %s)", [review_id, text.replace(PHRASE, BETTER)])
        else:
            connection.execute("SELECT journey_review_decide(%s, 'approve')", [review_id])
        if edits == LESSONS:
            break
    return edits


@pytest.mark.parametrize("options", [{"tier": "template"}, {"candidates": 4}], ids=["drafts", "model"])
def test_what_reviewers_take_out_is_served_half_as_often(shop, options):
    held_out = range(10_000, 10_000 + (HELD_OUT if "tier" in options else 20))
    before = sum(PHRASE.lower() in text.lower() for text in written(shop, held_out, options))
    assert review(shop, range(1000)) == LESSONS
    learned = shop.execute("SELECT phrase, removed, kept FROM journey_learn_phrases() WHERE weight < 0").fetchall()
    assert ("just add it", LESSONS, 0) in learned, learned
    after = sum(PHRASE.lower() in text.lower() for text in written(shop, held_out, options))
    print(f"{before} of {len(held_out)} before, {after} after")
    assert before > 0 and after <= before / 2


def test_the_worker_learns_by_itself(shop):
    assert review(shop, range(1000)) == LESSONS
    assert shop.execute("SELECT _journey_learn_due()").fetchone() == (False,)
    shop.execute("UPDATE journey.labels SET decided_at = decided_at - interval '6 minutes'")
    shop.execute("SELECT _journey_learn_due()")
    assert shop.execute("SELECT count(*) > 0 FROM journey.phrases WHERE weight < -1").fetchone() == (True,)
    assert shop.execute("SELECT _journey_learn_due()").fetchone() == (False,)
