"""The shipped guardrails find what is said in disguise, let a real catalogue pass, and say the same to everybody."""
import collections
import concurrent.futures
import json

import pytest

from attacks import attacks
from catalogue import texts

SUBJECT = json.dumps({"kind": "message"})
BLOCKED = """
    SELECT t.text, EXISTS (SELECT FROM jsonb_array_elements(_journey_judge(t.text, 'default', %s)) v
                            WHERE NOT (v ->> 'passed')::boolean AND v ->> 'severity' = 'error') AS blocked
      FROM unnest(%s::text[]) WITH ORDINALITY t (text, place) ORDER BY t.place"""
TERMS = """
    SELECT term FROM journey.guardrails g, jsonb_array_elements_text(g.definition -> 'terms') term
     WHERE g.status = 'approved' AND g.type IN ('banned_terms', 'prohibited_claims', 'competitor_terms') ORDER BY g.guardrail, term"""


@pytest.fixture(scope="module")
def attacked(cluster):
    with cluster.connect() as connection:
        return attacks([row[0] for row in connection.execute(TERMS)])


def judged(connection, found):
    return connection.execute(BLOCKED, (SUBJECT, found)).fetchall()


def test_what_may_not_be_said_is_found_in_every_disguise(connect, attacked):
    verdicts = judged(connect(), [text for _, _, text in attacked])
    missed = [(name, text) for (_, name, text), (_, blocked) in zip(attacked, verdicts) if not blocked]
    recall = 1 - len(missed) / len(attacked)
    print(f"{len(attacked)} attacks, {len(missed)} missed, recall {recall:.4f}", dict(collections.Counter(name for name, _ in missed)))
    assert len(attacked) >= 500
    assert recall >= 0.99, missed[:20]


def test_the_carriers_alone_pass(connect):
    from attacks import CARRIERS
    assert not [text for text, blocked in judged(connect(), [carrier.format("tea") for carrier in CARRIERS]) if blocked]


def test_a_real_catalogue_passes(connect):
    found = texts()
    blocked = [text for text, blocked in judged(connect(), found) if blocked]
    print(f"{len(found)} texts of a catalogue, {len(blocked)} blocked ({len(blocked) / len(found):.2%})", blocked)
    assert len(found) >= 1000
    assert len(blocked) <= len(found) / 100, blocked[:20]


def test_sixteen_sessions_say_what_one_says(cluster, attacked):
    found = [text for _, _, text in attacked[:300]] + texts()[:300]

    def of_a_session(_):
        with cluster.connect() as connection:
            return judged(connection, found)

    alone = of_a_session(0)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        together = list(pool.map(of_a_session, range(16)))
    assert any(blocked for _, blocked in alone) and not all(blocked for _, blocked in alone)
    assert all(verdicts == alone for verdicts in together)


def test_every_text_in_scope_has_its_disclosure_or_is_none(connect, new_database, cluster):
    with cluster.connect(dbname=new_database()) as connection:
        connection.execute("""INSERT INTO journey.products (product_id, name, category, price, currency)
                              SELECT 'w' || n, 'Red Hill Number ' || repeat('x', n), 'Wine', 9, 'USD' FROM generate_series(1, 30) n""")
        connection.execute("SELECT journey_approve_guardrail('alcohol_notice')")
        rows = connection.execute("""
            SELECT c.text, c.status FROM generate_series(1, 30) n, unnest(ARRAY['subject', 'message']) kind,
                   journey_compose_many(ARRAY['nobody'], kind, 'w' || n, variants => 8, seed => n, options => '{"tier": "template"}') c""").fetchall()
        assert len(rows) == 480 and any(text for text, _ in rows)
        assert all(text.endswith("Please drink responsibly.") for text, _ in rows if text)
        assert all(status in ("error", "refused") for text, status in rows if not text)
