"""ALTER EXTENSION … UPDATE leaves every row as it was, and the updated database goes on working.

Until a second version is released the next one is made here: the installed script with every function replaced, which is
what a release that changes functions brings.
"""
import os
import pathlib
import re
import shutil

import pytest
from support.cluster import pg_config
from test_dump import EVENTS, NO_WORKER, assert_same_and_at_work, checksums, structure

FOLDER = pathlib.Path(pg_config("sharedir")) / "extension"
NEXT = "9999.0.0"


@pytest.fixture
def next_version():
    """A script that leads from the installed version to the next."""
    if not os.access(FOLDER, os.W_OK):
        pytest.skip(f"{FOLDER} cannot be written to")
    installed = re.search(r"^default_version = '(.+)'$", (FOLDER / "pg_journey.control").read_text(), re.M)[1]
    script = (FOLDER / f"pg_journey--{installed}.sql").read_text()
    made = FOLDER / f"pg_journey--{installed}--{NEXT}.sql"
    made.write_text(re.sub(r"^(\s*CREATE)\s+(?:OR REPLACE\s+)?FUNCTION", r"\1 OR REPLACE FUNCTION", script, flags=re.M))
    shutil.copymode(FOLDER / "pg_journey.control", made)
    yield NEXT
    made.unlink()


def test_an_update_keeps_checksums(new_cluster, next_version):
    with new_cluster(settings=NO_WORKER).connect() as connection:
        connection.execute(EVENTS)
        before, shape = checksums(connection), structure(connection)
        assert before["journey.events"][0] > 0, "the test must keep events"

        connection.execute(f"ALTER EXTENSION pg_journey UPDATE TO '{next_version}'")
        found = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'pg_journey'").fetchone()
        assert found == (next_version,)

        assert_same_and_at_work(connection, before, shape)
