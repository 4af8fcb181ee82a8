"""Models of one's own: registered by folder, used by name, replaced by a further version."""
import json

import psycopg
import pytest
from support.engine import SHORT_CALL

MODEL = "all-minilm-l6-v2"
SIGNATURE = json.dumps({"task": "embedding", "layout": "sentence", "context_length": 256,
                        "embedding": {"dimensions": 384, "max_tokens": 256}})


@pytest.fixture
def session(cluster, new_database):
    with cluster.connect(new_database()) as connection:
        yield connection


def refused(session, *arguments):
    with pytest.raises(psycopg.Error) as error:
        session.execute("SELECT journey_import_model(%s, %s, %s)", arguments)
    assert error.value.diag.message_hint
    return error.value.sqlstate, str(error.value)


def test_an_imported_model_is_used_like_a_shipped_one(session):
    shipped = session.execute(SHORT_CALL).fetchone()
    assert session.execute("SELECT journey_import_model('mine', %s, %s)", [MODEL, SIGNATURE]).fetchone() == (1,)
    session.execute("UPDATE journey.model_roles SET model = 'mine' WHERE role = 'embedding'")
    assert session.execute(SHORT_CALL).fetchone() == shipped
    # the same folder again is the same version; another manifest is another
    assert session.execute("SELECT journey_import_model('mine', %s, %s)", [MODEL, SIGNATURE]).fetchone() == (1,)
    shorter = SIGNATURE.replace("256}", "128}")
    assert session.execute("SELECT journey_import_model('mine', %s, %s)", [MODEL, shorter]).fetchone() == (2,)
    assert session.execute("SELECT version, status FROM journey.model_versions WHERE model = 'mine' ORDER BY 1"
                           ).fetchall() == [(1, "retired"), (2, "deployed")]


@pytest.mark.parametrize("name, source, signature, sqlstate, part", [
    ("Mine", MODEL, SIGNATURE, "22023", '"Mine"'),
    (MODEL, MODEL, SIGNATURE, "42710", MODEL),
    ("mine", "../elsewhere", SIGNATURE, "22023", "../elsewhere"),
    ("mine", "/etc", SIGNATURE, "22023", "/etc"),
    ("mine", "nowhere", SIGNATURE, "58P01", "nowhere"),
    ("mine", MODEL, "[1]", "22023", "[1]"),
    ("mine", MODEL, '{"task": "poetry"}', "22023", "poetry"),
    ("mine", MODEL, '{"layout": "poem"}', "22023", "poem"),
], ids=["bad_name", "shipped_name", "above", "absolute", "missing", "no_object", "unknown_task", "unknown_layout"])
def test_what_cannot_be_registered_is_refused_with_a_hint(session, name, source, signature, sqlstate, part):
    state, message = refused(session, name, source, signature)
    assert state == sqlstate and part in message
    assert session.execute("SELECT count(*) FROM journey.models WHERE NOT is_shipped").fetchone() == (0,)


def test_a_version_has_its_models_task(session):
    session.execute("SELECT journey_import_model('mine', %s, %s)", [MODEL, SIGNATURE])
    state, message = refused(session, "mine", "smollm2-135m-instruct", '{"task": "text"}')
    assert state == "22023" and "embedding" in message


def test_an_inspected_folder_names_files_inputs_and_operators(session):
    found = session.execute("SELECT journey_inspect_model(%s)", [MODEL]).fetchone()[0]
    assert {file["name"] for file in found["files"]} == {"model.onnx", "model.onnx.data", "tokenizer.json"}
    assert "input_ids" in {entry["name"] for entry in found["inputs"]}
    assert found["operators"]


def test_an_unknown_role_says_what_there_is(session):
    session.execute("DELETE FROM journey.model_roles WHERE role = 'embedding'")
    with pytest.raises(psycopg.Error) as error:
        session.execute(SHORT_CALL)
    assert error.value.sqlstate == "42704" and MODEL in error.value.diag.message_hint


def test_embedding_many_texts_equals_embedding_each(session):
    single, many = session.execute("""
        SELECT ARRAY[journey_embed('a warm coat'), journey_embed('a red apple')]::text[],
               journey_embed(ARRAY['a warm coat', NULL, 'a red apple'])::text[]""").fetchone()
    assert many[1] is None
    distance = """SELECT max(1 - (a::vector <=> b::vector)) < 1.001 AND min(1 - (a::vector <=> b::vector)) > 0.999
                    FROM unnest(%s::text[], %s::text[]) AS pairs (a, b)"""
    assert session.execute(distance, [single, [many[0], many[2]]]).fetchone() == (True,)
    assert session.execute("SELECT journey_embed(NULL::text) IS NULL, journey_embed('{}'::text[]) = '{}'").fetchone() == (True, True)
    assert session.execute("SELECT vector_norm(journey_embed(''))").fetchone()[0] == pytest.approx(1, abs=1e-3)
