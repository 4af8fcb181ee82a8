"""Copy of every kind for more than 400 cases of fashion, electronics, home and grocery shops: what is served is true and within its
limits, whatever the model writes."""
import json

import pytest

from support import cases
from support.copy_reader import faults

KINDS = sorted({case["kind"] for case in cases.read()})
CHECK = "SELECT rule, detail FROM journey_check(%s, %s, %s) WHERE NOT passed"


@pytest.fixture(scope="module")
def connection(cluster):
    cluster.create_database("kinds")
    with cluster.connect(dbname="kinds", autocommit=True) as opened:
        cases.create_customers(opened)
        yield opened


def test_the_cases_cover_every_kind_and_theme():
    everything, held_out = cases.read(), cases.read(held_out=True)
    assert len(everything) >= 300 and len(held_out) >= 100
    assert {case["kind"] for case in held_out} == set(KINDS)
    assert {case["customer"] for case in everything} == {"nobody", *cases.CUSTOMERS}


def test_the_customers_have_the_themes_they_are_named_for(connection):
    for name in cases.CUSTOMERS:
        cases.compose(connection, {"customer": name, "kind": "push", "facts": {"product": {"name": "Tea"}}}, 1, tier="template")
    themes = connection.execute("SELECT i.value, g.theme FROM journey.generations g JOIN journey.identifiers i USING (profile_id) "
                                "WHERE g.kind = 'push' AND i.kind = 'user_id'").fetchall()
    assert {name: theme for name, theme in themes} == {name: name for name in cases.CUSTOMERS}


@pytest.mark.parametrize("kind", KINDS)
def test_drafts_of_all_cases_are_true_and_within_limits(connection, kind):
    wrong = []
    for case in cases.read():
        if case["kind"] == kind:
            for seed in range(3):
                row = cases.compose(connection, case, seed, tier="template")
                wrong += judged(connection, case, row)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_model_writes_is_served_only_when_it_is_true(connection, kind):
    """The smallest model fails often, which is what the checks are there for."""
    wrong = []
    for case in [case for case in cases.read(held_out=True) if case["kind"] == kind][:2]:
        wrong += judged(connection, case, cases.compose(connection, case, 1))
    assert not wrong, "\n".join(wrong)


def test_the_judge_finds_what_is_wrong():
    case = next(case for case in cases.read() if case["kind"] == "low_stock" and "price" in case["facts"]["alternative"])
    facts = case["facts"]
    name, other, stock, price = facts["product"]["name"], facts["alternative"]["name"], facts["stock"], facts["alternative"]["price"]
    good = f"The {name}: {stock} left. Or take a look at the {other} instead."
    assert faults(case, good, {"low_stock": good}) == []
    for bad in [f"The {name}: {stock + 1} left. Or the {other} instead.", f"The {name} for {stock}. Or the {other}.",
                f"The {name}: {stock} left, free. Or the {other}.", f"The {name}: {stock} left.",
                f"The {name}: {stock} left. Or the {other} in {stock} days.", f"The {name}: {stock} left, {{ x }}. Or the {other}.",
                f"The {name}: {stock} left. Save ${price} on the {other}."]:
        assert faults(case, bad, {"low_stock": bad}), bad


def judged(connection, case, row):
    if row["text"] is None:
        return [f"{case['id']}: {row['error']}"]
    found = faults(case, row["text"], row["content"])
    context = {"customer": case["customer"], "facts": case["facts"]} | {k: case[k] for k in ("tone", "locale") if k in case}
    found += connection.execute(CHECK, (row["text"], case["kind"], json.dumps(context))).fetchall()
    return [f"{case['id']} {problem}: {row['text']}" for problem in found]
