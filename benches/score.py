#!/usr/bin/env python3
"""journey_predict against raw ONNX Runtime: a million rows of a table, one row, and the way back to the version before.

Raw ONNX Runtime is Python's, over a matrix in memory, with the same model and as many threads, in the same run
(benches/score/peer.py); SQL reads a table of 20 columns and gives (id, score) of each row.
"""
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from support.cluster import ROOT, Cluster

ROWS = int(os.environ.get("PG_JOURNEY_BENCH_ROWS", "1000000"))
COLUMNS = 20
REPEATS = 3


def milliseconds(call, times):
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)


def main():
    python = subprocess.check_output([ROOT / "tools/venv.sh", ROOT / "tests/exporters/requirements.txt"], text=True).strip()
    with tempfile.TemporaryDirectory() as folder, Cluster("score") as cluster:
        graph = pathlib.Path(folder) / "model.onnx"
        peer = lambda: float(subprocess.check_output([python, ROOT / "benches/score/peer.py", graph, str(ROWS)], text=True))  # noqa: E731
        raw = peer()
        cluster.create_database("journey")
        with cluster.connect() as connection:
            numbers = ", ".join(f"random()::real AS f{place}" for place in range(COLUMNS))
            connection.execute(f"CREATE UNLOGGED TABLE rows AS SELECT n AS id, {numbers} FROM generate_series(1, {ROWS}) n")
            connection.execute("VACUUM ANALYZE rows")
            connection.execute("SELECT journey_import_model('bench', %s::bytea)", [graph.read_bytes()])
            every = "SELECT count(score) FROM journey_predict('bench', 'rows'::regclass)"
            assert connection.execute(every).fetchone() == (ROWS,)
            ours = milliseconds(lambda: connection.execute(every).fetchone(), REPEATS)[0] / 1000
            raw = min(raw, peer())
            print(f"{ROWS} rows of {COLUMNS} columns: onnxruntime {raw:.3f} s, SQL {ours:.3f} s: {raw / ours:.2f} of its speed (target 0.70)")

            row = json.dumps({f"f{place}": place / COLUMNS for place in range(COLUMNS)})
            connection.execute("PREPARE one AS SELECT journey_predict('bench', '%s'::jsonb)" % row)
            one = milliseconds(lambda: connection.execute("EXECUTE one", prepare=False).fetchone(), 2000)
            print(f"one score: p50 {statistics.median(one):.3f} ms, p95 {one[1900]:.3f} ms (target 0.3 ms)")

            signature = json.dumps({"class": 0})
            connection.execute("SELECT journey_import_model('bench', %s::bytea, %s::jsonb)", [graph.read_bytes(), signature])
            connection.execute("SELECT journey_deploy('bench', 1)")
            back = milliseconds(lambda: connection.execute("SELECT journey_deploy('bench', 3 - version) FROM journey.model_versions"
                                                           " WHERE model = 'bench' AND status = 'deployed'"), 20)
            print(f"another version deployed: p50 {statistics.median(back):.1f} ms, most {back[-1]:.1f} ms (target 50 ms)")


main()
