"""Graphs that reach for files or make no sense, given as bytes: refused with an SQLSTATE, nothing read, nothing restarted."""
import os
import random

import psycopg
import pytest
from support.engine import await_engine, engine_pid


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def field(tag, value):
    """A field of a protobuf message: a number, or bytes that hold a message or a text."""
    if isinstance(value, int):
        return varint(tag << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(tag << 3 | 2) + varint(len(value)) + value


def port(name, *dims):
    shape = b"".join(field(1, field(1, dim) if isinstance(dim, int) else field(2, dim)) for dim in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def node(operator, inputs, outputs, extra=b"", domain=""):
    return b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs) + field(4, operator) \
        + extra + (field(7, domain) if domain else b"")


def graph(*nodes, extra=b"", columns=2):
    return b"".join(field(1, n) for n in nodes) + field(2, "g") + extra \
        + field(11, port("x", "N", columns)) + field(12, port("score", "N", columns))


def model(body, extra=b""):
    return field(1, 8) + field(7, body) + field(8, field(1, "") + field(2, 13)) + extra


def external(path):
    entry = lambda key, value: field(13, field(1, key) + field(2, value))  # noqa: E731
    return field(1, 2) + field(2, 1) + field(8, "w") + entry("location", path) + entry("offset", "0") + entry("length", "8") + field(14, 1)


ADD = node("Add", ["x", "w"], ["score"])
PLAIN = field(1, 2) + field(2, 1) + field(8, "w") + field(9, bytes(8))
SOUND = model(graph(ADD, extra=field(5, PLAIN)))


def routes(path):
    """Every place of a graph where a tensor can stand."""
    tensor = external(path)
    constant = lambda attribute: graph(node("Constant", [], ["w"], field(5, field(1, "value") + attribute)), ADD)  # noqa: E731
    inner = graph(ADD, extra=field(5, tensor))
    return {
        "initializer": model(graph(ADD, extra=field(5, tensor))),
        "sparse values": model(graph(ADD, extra=field(15, field(1, tensor) + field(3, 2)))),
        "sparse indices": model(graph(ADD, extra=field(15, field(1, PLAIN) + field(2, tensor) + field(3, 2)))),
        "attribute": model(constant(field(5, tensor) + field(20, 4))),
        "attribute list": model(constant(field(10, tensor) + field(20, 9))),
        "sparse attribute": model(constant(field(22, field(1, tensor)) + field(20, 11))),
        "sparse attribute list": model(constant(field(23, field(1, tensor)) + field(20, 12))),
        "subgraph": model(constant(field(6, inner) + field(20, 5))),
        "subgraph list": model(constant(field(11, inner) + field(20, 10))),
        "function": model(graph(ADD), field(25, field(1, "F") + field(10, "own") + field(7, node("Constant", [], ["w"], field(5, field(1, "value") + field(5, tensor)))))),
        "default of a function": model(graph(ADD), field(25, field(1, "F") + field(10, "own") + field(11, field(1, "value") + field(5, tensor)))),
    }


def senseless():
    rng = random.Random(5)
    huge = field(1, 1 << 41) + field(2, 1) + field(8, "w")
    yield "empty", b""
    yield "no graph", field(1, 8)
    yield "unknown domain", model(graph(node("Add", ["x", "x"], ["score"], domain="evil")))
    yield "compiled", model(graph(node("EPContext", ["x"], ["score"], domain="com.microsoft")))
    yield "huge tensor", model(graph(ADD, extra=field(5, huge)))
    yield "less data than its shape", model(graph(ADD, extra=field(5, field(1, 1 << 30) + field(2, 1) + field(8, "w") + field(9, bytes(8)))))
    yield "huge input", model(graph(ADD, extra=field(5, PLAIN), columns=1 << 41))
    yield "wide input", model(graph(ADD, extra=field(5, PLAIN), columns=1 << 35))
    yield "unknown operator", model(graph(node("Nonsense", ["x"], ["score"])))
    yield "a missing name", model(graph(node("Add", ["x", "y"], ["score"])))
    for length in (1, 10, len(SOUND) // 2, len(SOUND) - 3):
        yield f"truncated to {length}", SOUND[:length]
    for length in (1, 100, 100_000):
        yield f"{length} random bytes", rng.randbytes(length)
    for trial in range(40):
        damaged = bytearray(SOUND)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        yield f"bit flip {trial}", bytes(damaged)


@pytest.fixture
def session(cluster, new_database):
    with cluster.connect(new_database()) as connection:
        yield connection


def code(session, statement, *arguments):
    try:
        session.execute(statement, arguments)
    except psycopg.Error as error:
        return error.sqlstate, str(error)
    return None, ""


def access_time(path):
    return os.stat(path).st_atime_ns


def test_no_planted_file_is_read(cluster, session, tmp_path):
    await_engine(cluster)
    postmaster, engine = cluster.postmaster_pid(), engine_pid(cluster)
    assert code(session, "SELECT journey_import_model('sound', %s::bytea)", SOUND) == (None, "")
    planted = tmp_path / "secret.bin"
    planted.write_bytes(b"\x00\x00\x80\x3fsecret")
    link = tmp_path / "link.bin"
    link.symlink_to(planted)
    os.utime(planted, ns=(0, 0))
    up = os.path.relpath(planted, cluster.data)
    for path in (str(planted), str(link), up, f"file://{planted}", "secret.bin", "*/_ORT_MEM_ADDR_/*", ""):
        for route, hostile in routes(path).items():
            for statement in ("SELECT journey_import_model('bad', %s::bytea)", "SELECT journey_inspect_model(%s::bytea)"):
                sqlstate, message = code(session, statement, hostile)
                assert sqlstate == "42501", (path, route, message)
    # a graph that got into the registry by another way is refused when it is to be used
    session.execute("UPDATE journey.model_versions SET artefact = %s WHERE model = 'sound'", [routes(str(planted))["initializer"]])
    assert code(session, """SELECT journey_predict('sound', '{"f0": 1, "f1": 2}')""")[0] == "42501"
    assert access_time(planted) == 0
    assert (cluster.postmaster_pid(), engine_pid(cluster)) == (postmaster, engine)


def test_what_makes_no_sense_is_refused_or_harmless(cluster, session):
    await_engine(cluster)
    postmaster, engine = cluster.postmaster_pid(), engine_pid(cluster)
    for what, hostile in senseless():
        sqlstate, message = code(session, "SELECT journey_import_model('bad', %s::bytea)", hostile)
        if what.startswith("bit flip"):  # some flips leave a sound graph of other numbers or names
            assert sqlstate in (None, "42501", "XX001", "22023"), (what, sqlstate, message)
        else:
            assert sqlstate in ("42501", "XX001", "22023", "54000"), (what, sqlstate, message)
    assert (cluster.postmaster_pid(), engine_pid(cluster)) == (postmaster, engine)
    assert code(session, "SELECT journey_import_model('sound', %s::bytea)", SOUND)[0] is None
