"""The weights are in memory once, in the engine; a session that generates stays small."""
import pathlib
import re
import time

from support.engine import LONG_GENERATION, SHORT_CALL, Call, await_engine

SESSIONS = 4
MOST_PRIVATE_MB = 30


def megabytes(pid):
    """What a process holds for itself alone, and its share of what it shares (PSS)."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {key: int(kilobytes) / 1024 for key, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Pss"]


def test_sessions_that_generate_hold_little_memory(cluster):
    with cluster.connect() as connection:
        connection.execute(SHORT_CALL)
    calls = [Call(cluster, LONG_GENERATION) for _ in range(SESSIONS)]
    most = {call.pid: 0.0 for call in calls}
    for _ in range(15):
        time.sleep(0.2)
        for pid in most:
            most[pid] = max(most[pid], megabytes(pid)[0])
    print("private MB of each session:", [round(size, 1) for size in most.values()],
          "PSS of the engine:", round(megabytes(await_engine(cluster))[1]))
    for call in calls:
        call.connection.cancel()
        assert call.outcome().sqlstate == "57014"
    assert max(most.values()) < MOST_PRIVATE_MB


def test_embedding_thousands_of_texts_gives_the_memory_back(cluster, connect):
    session = connect()
    session.execute("""SELECT count(*) FROM unnest(journey_embed(ARRAY(SELECT 'text ' || n FROM generate_series(1, 2000) n)))""")
    for _ in range(50):
        session.execute(SHORT_CALL)
    assert megabytes(session.info.backend_pid)[0] < MOST_PRIVATE_MB
